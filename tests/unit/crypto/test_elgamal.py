"""Ciphertexts, rows as bytes, bytes as points."""

from __future__ import annotations

import random

import pytest

import proof_reference as reference
from sealed_santa.base.errors import ParseError
from sealed_santa.crypto.elgamal import (
    Cipher,
    claimed_ciphers,
    claimed_rows,
    decode_ciphers,
    embed,
    encode_ciphers,
    encode_rows,
    encrypt,
    extract,
    plaintext,
    rerandomise,
    trivial,
)
from sealed_santa.crypto.group import BASE, IDENTITY, ORDER, Point, encode_points
from sealed_santa.crypto.sharing import evaluate, lagrange

F = (1111, 2222, 3333)  # t = 3
KEY = F[0] * BASE
ORDER_TWO = Point((2**255 - 20).to_bytes(32, "little"))
BAD = (ORDER_TWO, Point((BASE + ORDER_TWO).raw), Point(bytes([2]) + bytes(31)))


def shares(cipher: Cipher, indices: tuple[int, ...]) -> dict[int, Point]:
    return {j: evaluate(F, j) * cipher.u for j in indices}


def code(call) -> str:  # type: ignore[no-untyped-def]
    with pytest.raises(ParseError) as caught:
        call()
    return caught.value.code


def test_trivial_ciphertexts_hide_nothing() -> None:
    assert trivial(3) == Cipher(IDENTITY, 3 * BASE)
    assert trivial(0) == Cipher(IDENTITY, IDENTITY)
    assert trivial(-1).v == -1 * BASE


def test_an_encryption_is_the_formula() -> None:
    message = 77 * BASE
    assert encrypt(KEY, message, 5) == Cipher(5 * BASE, message + 5 * KEY)
    assert rerandomise(KEY, encrypt(KEY, message, 5), 6) == encrypt(KEY, message, 11)
    assert rerandomise(KEY, trivial(4), 6) == Cipher(6 * BASE, 4 * BASE + 6 * KEY)
    assert encrypt(KEY, message, 0) == Cipher(IDENTITY, message)


def test_any_t_trustees_decrypt() -> None:
    message = 99 * BASE
    cipher = rerandomise(KEY, encrypt(KEY, message, 12345), 678)
    for indices in ((1, 2, 3), (2, 5, 7), (7, 1, 4), (1, 2, 3, 4)):
        assert plaintext(cipher, shares(cipher, indices)) == message
    for indices in ((1,), (1, 2), (6, 7)):
        assert plaintext(cipher, shares(cipher, indices)) != message


def test_factors_of_other_trustees_decrypt_nothing() -> None:
    """A wrong λ: the same shares, said to be those of other indices."""
    cipher = encrypt(KEY, IDENTITY, 5)
    right = shares(cipher, (1, 2, 3))
    assert plaintext(cipher, right) == IDENTITY
    assert plaintext(cipher, dict(zip((1, 2, 4), right.values(), strict=True))) != IDENTITY
    assert plaintext(cipher, dict(zip((2, 1, 3), right.values(), strict=True))) != IDENTITY
    with pytest.raises(ValueError, match="count from 1"):
        plaintext(cipher, {0: right[1], 2: right[2], 3: right[3]})
    assert lagrange((1, 2, 3)) != lagrange((1, 2, 4))


def test_the_plaintext_may_be_the_identity_and_so_may_all_else() -> None:
    assert plaintext(trivial(0), {1: IDENTITY, 2: IDENTITY}) == IDENTITY
    assert plaintext(trivial(5), {1: IDENTITY, 2: IDENTITY}) == 5 * BASE


@pytest.mark.parametrize("bad", BAD)
def test_a_claimed_point_that_is_none_is_a_parse_error_wherever_it_stands(bad: Point) -> None:
    cipher = encrypt(KEY, BASE, 5)
    right = shares(cipher, (1, 2, 3))
    assert code(lambda: plaintext(Cipher(cipher.u, bad), right)) == "point.invalid"
    for j in right:
        assert code(lambda: plaintext(cipher, {**right, j: bad})) == "point.invalid"  # noqa: B023


# --- rows as bytes ------------------------------------------------------------------------------


def some_rows(rows: int, width: int) -> tuple[tuple[Cipher, ...], ...]:
    return tuple(tuple(encrypt(KEY, (10 * r + c + 1) * BASE, 7 * r + c + 1) for c in range(width)) for r in range(rows))


def test_rows_travel_row_by_row_and_column_by_column() -> None:
    rows = some_rows(2, 2)
    (a, b), (c, d) = rows
    points = (a.u, a.v, b.u, b.v, c.u, c.v, d.u, d.v)
    assert encode_rows(rows) == encode_points(points) == encode_ciphers((a, b, c, d))
    assert claimed_rows(encode_rows(rows), 2, 2) == rows
    assert claimed_rows(encode_rows(rows), 4, 1) == ((a,), (b,), (c,), (d,))
    assert claimed_ciphers(encode_rows(rows), 4) == decode_ciphers(encode_rows(rows), 4) == (a, b, c, d)


@pytest.mark.parametrize("change", [-64, -32, -1, 1, 32, 64])
def test_another_length_is_refused(change: int) -> None:
    blob = encode_rows(some_rows(3, 2))
    blob = blob[:change] if change < 0 else blob + blob[:change]
    assert code(lambda: claimed_rows(blob, 3, 2)) == "length.wrong"
    assert code(lambda: claimed_ciphers(blob, 6)) == "length.wrong"
    assert code(lambda: decode_ciphers(blob, 6)) == "length.wrong"


def test_the_identity_is_refused_in_every_place() -> None:
    blob = encode_rows(some_rows(2, 2))
    for k in range(8):
        bad = blob[: 32 * k] + IDENTITY.raw + blob[32 * k + 32 :]
        assert code(lambda: claimed_rows(bad, 2, 2)) == "point.invalid"  # noqa: B023
        assert code(lambda: decode_ciphers(bad, 4)) == "point.invalid"  # noqa: B023


@pytest.mark.parametrize("bad", BAD)
def test_points_that_are_decoded_are_checked_and_claimed_ones_wait(bad: Point) -> None:
    blob = encode_ciphers([Cipher(BASE, bad)])
    assert code(lambda: decode_ciphers(blob, 1)) == "point.invalid"
    assert claimed_ciphers(blob, 1) == (Cipher(BASE, bad),)


# --- bytes as points ----------------------------------------------------------------------------


def test_a_piece_becomes_the_first_valid_point_and_comes_back() -> None:
    rng = random.Random(8)
    for piece in (bytes(30), b"\xff" * 30, *(rng.randbytes(30) for _ in range(6))):
        point = embed(piece)
        counter = int.from_bytes(point.raw[30:], "little")
        assert extract(point) == piece
        assert reference.decode(point.raw) is not None
        assert all(reference.decode(piece + c.to_bytes(2, "little")) is None for c in range(counter))


def test_a_reader_does_not_look_at_the_counter() -> None:
    assert extract(Point(b"x" * 30 + b"\xff\xff")) == b"x" * 30


@pytest.mark.parametrize("length", [0, 29, 31, 32])
def test_another_length_is_no_piece(length: int) -> None:
    with pytest.raises(ValueError, match="30 bytes"):
        embed(bytes(length))


def test_seven_pieces_survive_encryption_and_mixing() -> None:
    box = random.Random(3).randbytes(210)
    row = [encrypt(KEY, embed(box[i : i + 30]), i + 1) for i in range(0, 210, 30)]
    row = [rerandomise(KEY, cipher, ORDER - 5) for cipher in row]
    opened = [plaintext(cipher, shares(cipher, (1, 3, 6))) for cipher in row]
    assert b"".join(map(extract, opened)) == box
