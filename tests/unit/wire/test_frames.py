"""Frames: lengths are judged first, and how the bytes are cut does not matter."""

import pytest

from sealed_santa.base.errors import ParseError
from sealed_santa.wire.frames import FrameDecoder, encode_frame


def test_a_frame_is_its_length_and_its_payload() -> None:
    assert encode_frame(b"santa", 5) == b"\x00\x00\x00\x05santa"


@pytest.mark.parametrize(("payload", "code"), [(b"", "frame.empty"), (b"123456", "frame.too-large")])
def test_payloads_out_of_bounds_are_not_encoded(payload: bytes, code: str) -> None:
    with pytest.raises(ParseError) as e:
        encode_frame(payload, 5)
    assert e.value.code == code


@pytest.mark.parametrize(
    ("header", "code"),
    [
        (b"\x00\x00\x00\x00", "frame.empty"),
        (b"\x00\x00\x00\x06", "frame.too-large"),
        (b"\xff\xff\xff\xff", "frame.too-large"),
        (b"\x05\x00\x00\x00", "frame.too-large"),  # little-endian
        (b"GET ", "frame.too-large"),
    ],
)
def test_a_bad_length_is_refused_before_any_payload_comes(header: bytes, code: str) -> None:
    decoder = FrameDecoder(5)
    decoder.feed(header)
    with pytest.raises(ParseError) as e:
        decoder.take()
    assert e.value.code == code


def test_the_largest_frame_is_taken() -> None:
    decoder = FrameDecoder(5)
    decoder.feed(encode_frame(b"12345", 5))
    assert decoder.take() == b"12345"
    assert decoder.take() is None
    assert not decoder.inside


def test_bytes_one_by_one_give_the_same_as_all_at_once() -> None:
    stream = b"".join(encode_frame(p, 9) for p in (b"a", b"bcd", b"123456789"))
    decoder = FrameDecoder(9)
    got = []
    for i in range(len(stream)):
        decoder.feed(stream[i : i + 1])
        while (payload := decoder.take()) is not None:
            got.append(payload)
    assert got == [b"a", b"bcd", b"123456789"]


@pytest.mark.parametrize("cut", [1, 3, 4, 5])
def test_half_a_frame_gives_nothing_and_shows_as_begun(cut: int) -> None:
    decoder = FrameDecoder(9)
    decoder.feed(encode_frame(b"ab", 9)[:cut])
    assert decoder.take() is None
    assert decoder.inside


def test_good_frames_before_a_bad_one_are_given_out() -> None:
    decoder = FrameDecoder(9)
    decoder.feed(encode_frame(b"ab", 9) + bytes(4))
    assert decoder.take() == b"ab"
    with pytest.raises(ParseError):
        decoder.take()
