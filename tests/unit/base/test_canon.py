"""Bytes and values: one spelling each, everything else refused."""

from __future__ import annotations

import pytest

from game_cases import raises
from sealed_santa.base.canon import MAX_INT, b64, check_canonical, encode_json, pack, unb64
from sealed_santa.base.errors import ParseError

CANONICAL = [
    b"0",
    b"true",
    b"null",
    b'""',
    b"[]",
    b"{}",
    b"%d" % MAX_INT,
    b'{"a":1,"b":[2,{"c":null}]}',
    b'"/"',
    b'"\x7f"',  # DEL needs no escape
    '"Zoë"'.encode(),
    '{"😀":1,"\ufffd":2}'.encode(),  # keys go by UTF-16 code units: U+D83D before U+FFFD
    rb'"\b\t\n\f\r\"\\\u0001"',
]


@pytest.mark.parametrize("raw", CANONICAL)
def test_canonical_bytes_are_taken(raw: bytes) -> None:
    check_canonical(raw)


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"{",
        b'{"a":1',
        b"{'a':1}",
        b'{"a":1,}',
        b"NaN",
        b"Infinity",
        b"-Infinity",
        b"01",
        b"+1",
        b".5",
        b"True",
        b"\xff",
        b'"\xff"',
        b'"\xed\xa0\x80"',  # a surrogate in UTF-8
        b'"\\ud800"',
        b'"\x00"',
        b"\xef\xbb\xbf1",  # a byte order mark
        b"1 2",
        b"[" * 100_000,
        b'{"a":' * 100_000,
    ],
)
def test_what_is_no_json_is_refused(raw: bytes) -> None:
    with raises(ParseError, "json.invalid"):
        check_canonical(raw)


@pytest.mark.parametrize(
    "raw",
    [
        b'{"a":1,"a":1}',  # a key twice, even with one value
        b'{"a":1,"a":2}',
        b'{"a":{"b":1,"b":1}}',
        b'{"b":1,"a":2}',  # another order
        '{"\ufffd":2,"😀":1}'.encode(),  # the order of code points, not of UTF-16
        b' {"a":1}',
        b'{"a":1} ',
        b'{"a": 1}',
        b'{"a" :1}',
        b"[1, 2]",
        b'{"a":1}\n',
        b"\t1",
        rb'"\u0041"',
        rb'"\/"',
        rb'"\u000a"',
        rb'"\u000A"',
        rb'"\u00eb"',
        rb'"\ud83d\ude00"',
        b"1.0",
        b"1e2",
        b"1E2",
        b"-0",
        b"100e-2",
        b"9007199254740992",  # 2^53
        b"18446744073709551616",
        b"1" * 400,
    ],
)
def test_every_other_spelling_is_refused(raw: bytes) -> None:
    with raises(ParseError, "json.not-canonical"):
        check_canonical(raw)


def test_encoding_gives_what_the_check_takes() -> None:
    value = {"b": [1, None, True, "Zoë \u2028 \x01"], "a": {"z": 0, "\U0001f600": MAX_INT}}
    raw = encode_json(value)
    check_canonical(raw)
    assert raw == '{"a":{"z":0,"😀":9007199254740991},"b":[1,null,true,"Zoë \u2028 \\u0001"]}'.encode()


@pytest.mark.parametrize(
    ("raw", "text"),
    [(b"", ""), (b"\x00", "AA"), (b"\xff", "_w"), (b"\xfb\xef", "--8"), (b"abc", "YWJj"), (bytes(32), "A" * 43)],
)
def test_base64url_has_one_spelling(raw: bytes, text: str) -> None:
    assert b64(raw) == text
    assert unb64(text) == raw


@pytest.mark.parametrize(
    "text",
    [
        "A",  # no number of bytes has this length
        "AAAAA",
        "AA==",
        "AA=",
        "AAAA=",
        "=",
        "AB",  # stray bits: AA is the spelling of these bytes
        "Af",
        "AAB",
        "A" * 42 + "B",
        "+/8A",  # the other alphabet
        "__8/",
        "AA AA",
        "AAAA\n",
        "\nAAAA",
        "AA-=",
        "ÄÄÄÄ",
        "AAA\u00e9",
        "AAAA.",
        "AAAA\x00",
    ],
)
def test_every_other_base64_is_refused(text: str) -> None:
    with raises(ParseError, "base64.invalid"):
        unb64(text)


def test_pack_is_the_page_s_example() -> None:
    assert pack("ab", 1).hex() == "020000006162080000000100000000000000"


def test_pack_keeps_boundaries_apart() -> None:
    assert len({pack("ab", "c"), pack("a", "bc"), pack("abc", ""), pack("", "abc"), pack("abc")}) == 5
    assert pack() == b""
    assert pack("é") == b"\x02\x00\x00\x00\xc3\xa9"
    assert pack(b"x") == pack("x")  # kinds are the label's affair


@pytest.mark.parametrize("number", [-1, 2**64])
def test_pack_holds_eight_bytes_of_an_integer(number: int) -> None:
    with pytest.raises(OverflowError):
        pack(number)
