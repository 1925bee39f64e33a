"""Sealed boxes and derived secrets."""

from __future__ import annotations

import hashlib
import hmac

import pytest

from sealed_santa.base.canon import pack
from sealed_santa.base.errors import ParseError, VerificationError
from sealed_santa.base.labels import Label
from sealed_santa.crypto.derive import derive
from sealed_santa.crypto.sealing import OVERHEAD, BoxKey, BoxSecret, open_box, seal

SECRET = BoxSecret(b"x" * 32)
FIELD = 2**255 - 19
SMALL = (
    0,
    1,
    FIELD - 1,
    int.from_bytes(bytes.fromhex("e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800"), "little"),
    int.from_bytes(bytes.fromhex("5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157"), "little"),
)


def closed(secret: BoxSecret, box: bytes, info: bytes) -> None:
    with pytest.raises(VerificationError) as caught:
        open_box(secret, box, info)
    assert caught.value.code == "box.does-not-open"


@pytest.mark.parametrize("plaintext", [b"", b"wool socks", bytes(1000)])
def test_a_box_opens_with_its_key_and_info_and_is_48_bytes_longer(plaintext: bytes) -> None:
    box = seal(BoxKey.parse(SECRET.public().raw), plaintext, b"info")
    assert len(box) == len(plaintext) + OVERHEAD == len(plaintext) + 48
    assert open_box(SECRET, box, b"info") == plaintext
    closed(BoxSecret(b"y" * 32), box, b"info")
    closed(SECRET, box, b"")
    closed(SECRET, box, b"info ")


def test_two_boxes_of_one_content_differ() -> None:
    assert seal(SECRET.public(), b"a", b"") != seal(SECRET.public(), b"a", b"")


def test_every_byte_of_a_box_counts() -> None:
    box = seal(SECRET.public(), b"wool socks", b"info")
    for k in range(len(box)):
        closed(SECRET, box[:k] + bytes([box[k] ^ 0x80]) + box[k + 1 :], b"info")
    closed(SECRET, box + b"\0", b"info")


@pytest.mark.parametrize("length", [0, 1, 31, 32, 47, 48, 57])
def test_a_cut_box_does_not_open(length: int) -> None:
    closed(SECRET, seal(SECRET.public(), b"wool socks", b"info")[:length], b"info")


@pytest.mark.parametrize("value", SMALL)
def test_a_box_under_an_ephemeral_key_of_small_order_does_not_open(value: int) -> None:
    closed(SECRET, value.to_bytes(32, "little") + bytes(16), b"info")


@pytest.mark.parametrize("value", SMALL)
def test_keys_of_small_order_are_refused_in_every_spelling(value: int) -> None:
    spellings = [value, value | 1 << 255] + [value + FIELD] * (value + FIELD < 2**256)
    for spelling in spellings:
        with pytest.raises(ParseError) as caught:
            BoxKey.parse(spelling.to_bytes(32, "little"))
        assert caught.value.code == "key.invalid"


def test_keys_that_are_not_canonical_are_refused() -> None:
    good = int.from_bytes(SECRET.public().raw, "little")
    others = [good | 1 << 255, *range(FIELD, 2**255), FIELD + 2 | 1 << 255]
    for raw in [v.to_bytes(32, "little") for v in others] + [b"", bytes(31), SECRET.public().raw + b"\0"]:
        with pytest.raises(ParseError) as caught:
            BoxKey.parse(raw)
        assert caught.value.code == "key.invalid"
    assert BoxKey.parse((FIELD - 2).to_bytes(32, "little")).raw[0] == 0xEB


def test_a_secret_is_not_shown_and_has_32_bytes() -> None:
    assert "x" * 32 not in repr(SECRET)
    assert SECRET.secret.hex() not in repr(SECRET)
    with pytest.raises(ParseError) as caught:
        BoxSecret(bytes(33))
    assert caught.value.code == "key.invalid"


def test_derivation_is_hkdf_sha256_over_framed_parts() -> None:
    info = pack("sealed-santa/1/key/deck", b"game", 3)
    prk = hmac.digest(bytes(32), b"seed", "sha256")
    first = hmac.digest(prk, info + b"\x01", "sha256")
    second = hmac.digest(prk, first + info + b"\x02", "sha256")
    assert derive(b"seed", Label.KEY_DECK, b"game", 3) == first
    assert derive(b"seed", Label.KEY_DECK, b"game", 3, length=64) == first + second
    assert hashlib.sha256().digest_size == len(first)


def test_every_part_of_a_derivation_counts() -> None:
    results = {
        derive(b"seed", Label.KEY_DECK, b"ab", b"c"),
        derive(b"seed", Label.KEY_DECK, b"a", b"bc"),
        derive(b"seed", Label.KEY_DECK, b"ab", b"c", 0),
        derive(b"seed", Label.KEY_CARD, b"ab", b"c"),
        derive(b"Seed", Label.KEY_DECK, b"ab", b"c"),
    }
    assert len(results) == 5
