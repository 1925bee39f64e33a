"""The sponge of the challenges: the rules that the published vectors do not spell out."""

from __future__ import annotations

import hashlib

import pytest

from sealed_santa.crypto.challenge import Transcript, decode_uint, derive_session_id
from sealed_santa.crypto.group import ORDER


def test_a_session_id_has_32_bytes() -> None:
    for length in (0, 31, 33):
        with pytest.raises(ValueError, match="32 bytes"):
            Transcript(bytes(length))


def test_it_is_shake128_over_a_padded_session_id_and_all_that_was_absorbed() -> None:
    t = Transcript(b"s" * 32)
    t.absorb(b"one")
    first = t.squeeze(10) + t.squeeze(10)
    t.absorb(b"two")
    assert first == hashlib.shake_128(b"s" * 32 + bytes(136) + b"one").digest(20)
    assert t.squeeze(20) == hashlib.shake_128(b"s" * 32 + bytes(136) + b"onetwo").digest(20)


def test_an_absorb_starts_the_output_anew_and_an_empty_one_does_not() -> None:
    a, b = Transcript(bytes(32)), Transcript(bytes(32))
    a.squeeze(5)
    a.absorb(b"")
    assert a.squeeze(5) == b.squeeze(10)[5:]
    a.absorb(b"x")
    b.absorb(b"x")
    assert a.squeeze(5) == b.squeeze(5)


def test_consecutive_challenges_differ_and_are_reduced_from_48_bytes() -> None:
    t, raw = Transcript(bytes(32)), Transcript(bytes(32))
    x, y = t.challenge(), t.challenge()
    assert x != y
    assert x == int.from_bytes(raw.squeeze(48), "little") % ORDER
    assert y == int.from_bytes(raw.squeeze(48), "little") % ORDER


def test_uniform_bytes_are_reduced_little_endian() -> None:
    assert decode_uint(b"\x01\x02", 1000) == 513
    assert decode_uint(b"\xff" * 48, ORDER) == (2**384 - 1) % ORDER


def test_session_ids_of_different_tags_differ() -> None:
    assert len({derive_session_id(tag) for tag in (b"", b"\0", b"\0\0", b"a", b"ab")}) == 5
