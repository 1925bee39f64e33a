"""Invites and addresses: one line that survives a chat, and says what happened to it if it did not."""

import base64
import hashlib
import re

import pytest
import segno

from sealed_santa.base.errors import ParseError, SantaError, UndecidedError
from sealed_santa.log.fields import Hash
from sealed_santa.net.invite import PREFIX, Address, Invite, parse_address, parse_host, parse_invite

PIN = Hash(bytes(range(32)))
INVITE = Invite(Address("santa.example.org", 3000, PIN), Hash(b"g" * 32), b"s" * 32)
TEXT = INVITE.encode()


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "::1", "2001:db8::7", "a-b.example.org", "x" * 63])
@pytest.mark.parametrize("port", [1, 3000, 65535])
def test_an_invite_and_an_address_come_back(host: str, port: int) -> None:
    invite = Invite(Address(host, port, PIN), INVITE.game, INVITE.seed)
    assert parse_invite(invite.encode()) == invite
    assert parse_address(str(invite.address)) == invite.address


def test_an_invite_is_one_line_that_a_chat_leaves_alone_and_a_qr_code_holds() -> None:
    assert re.fullmatch(r"SANTA1:[A-Z2-7]+", TEXT)
    code = segno.make(TEXT, error="m")
    assert code.mode == "alphanumeric"
    assert code.version <= 10


@pytest.mark.parametrize(
    "paste", [f"  {TEXT}\n", TEXT.lower(), f"{TEXT[:50]}\n{TEXT[50:]}", f"{TEXT[:9]} {TEXT[9:]}", f"\ufeff{TEXT}"[1:]]
)
def test_what_people_do_when_they_paste_does_no_harm(paste: str) -> None:
    assert parse_invite(paste) == INVITE


def test_an_invite_does_not_show_its_secret() -> None:
    assert TEXT not in repr(INVITE)
    assert "s" * 8 not in repr(INVITE)
    assert "ssss" not in f"{INVITE}"


@pytest.mark.parametrize("left", range(len(PREFIX), len(TEXT)))
def test_a_cut_off_invite_is_called_cut_off(left: int) -> None:
    with pytest.raises(ParseError) as e:
        parse_invite(TEXT[:left])
    assert e.value.code == "invite.cut-off"


@pytest.mark.parametrize("at", range(len(PREFIX), len(TEXT), 7))
def test_a_mistyped_character_is_noticed(at: int) -> None:
    other = "A" if TEXT[at] != "A" else "B"
    with pytest.raises(ParseError) as e:
        parse_invite(TEXT[:at] + other + TEXT[at + 1 :])
    assert e.value.code in ("invite.mistyped", "invite.cut-off", "invite.too-long", "invite.malformed")
    if at > len(PREFIX) + 1:  # behind the length
        assert e.value.code == "invite.mistyped"


def forge(body: bytes) -> str:
    whole = bytes([len(body) + 5]) + body
    return PREFIX + base64.b32encode(whole + hashlib.sha256(whole).digest()[:4]).decode().rstrip("=")


FIELDS = b"\x0b\xb8" + bytes(96)

BAD: list[tuple[str, type[SantaError], str]] = [
    ("", ParseError, "invite.prefix"),
    ("hello", ParseError, "invite.prefix"),
    ("SANTA2:AAAA", UndecidedError, "invite.newer"),
    (forge(b"\x02" + FIELDS + b"localhost"), UndecidedError, "invite.newer"),
    (f"{TEXT}A", ParseError, "invite.too-long"),
    (f"{TEXT} and see you there", ParseError, "invite.too-long"),
    (f"{TEXT[:20]}01{TEXT[22:]}", ParseError, "invite.characters"),
    (f"{TEXT}=", ParseError, "invite.characters"),
    (forge(b"\x01" + FIELDS), ParseError, "invite.malformed"),
    (forge(b"\x01" + FIELDS + b"two words"), ParseError, "invite.malformed"),
    (forge(b"\x01" + FIELDS + "é".encode()), ParseError, "invite.malformed"),
    (forge(b"\x01" + b"\0\0" + FIELDS[2:] + b"localhost"), ParseError, "invite.malformed"),
]


@pytest.mark.parametrize(("text", "kind", "code"), BAD)
def test_a_bad_invite_gets_one_typed_error(text: str, kind: type[SantaError], code: str) -> None:
    with pytest.raises(kind) as e:
        parse_invite(text)
    assert e.value.code == code


P = str(INVITE.address).partition("#")[2]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("localhost:3000", "address.pin"),
        ("localhost:3000#", "address.pin"),
        (f"localhost:3000#{P}=", "address.pin"),
        (f"localhost:3000#{P[:-4]}", "address.pin"),
        (f"localhost:0#{P}", "address.port"),
        (f"localhost:65536#{P}", "address.port"),
        (f"localhost:http#{P}", "address.port"),
        (f"localhost:+80#{P}", "address.port"),
        (f"localhost:٣#{P}", "address.port"),
        (f"localhost:#{P}", "address.port"),
        (f"[::1]3000#{P}", "address.port"),
        (f"::1:3000#{P}", "address.host"),
        (f"[::1:3000#{P}", "address.host"),
        (f"[localhost]:3000#{P}", "address.host"),
        (f":3000#{P}", "address.host"),
        (f"a b:3000#{P}", "address.host"),
        (f"-a.org:3000#{P}", "address.host"),
        (f"1.2.3:3000#{P}", "address.host"),
        (f"{'x' * 151}:3000#{P}", "address.host"),
    ],
)
def test_a_bad_address_gets_one_typed_error(text: str, code: str) -> None:
    with pytest.raises(ParseError) as e:
        parse_address(text)
    assert e.value.code == code


def test_a_port_may_be_left_out() -> None:
    assert parse_address(f"localhost#{P}").port == 3000
    assert parse_address(f"[::1]#{P}") == Address("::1", 3000, PIN)


def test_hosts_have_one_spelling() -> None:
    assert parse_host("2001:0DB8:0::7") == "2001:db8::7"
    assert parse_host("Example.ORG") == "example.org"


def test_the_example_of_the_protocol_page() -> None:
    invite = Invite(Address("localhost", 3000, PIN), Hash(b"\x11" * 32), b"\x22" * 32)
    assert invite.encode() == (
        "SANTA1:OEAQXOAAAEBAGBAFAYDQQCIKBMGA2DQPCAIREEYUCULBOGAZDINRYHI6D4IRCEIRCEIRCEIRCEIRCEIRCEIRCEIRCEIRC"
        "EIRCEIRCEIRCEIRCIRCEIRCEIRCEIRCEIRCEIRCEIRCEIRCEIRCEIRCEIRCEIRCEIRCNRXWGYLMNBXXG5EJI7V32"
    )
    assert str(invite.address) == "localhost:3000#AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"
