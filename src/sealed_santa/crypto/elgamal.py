"""ElGamal encryption of points, rows of ciphertexts, and bytes as points (docs/protocol.md, sections 11.5 to 11.7).

    key Y = y·G          ciphertext (u, v) = (r·G, M + r·Y)          plaintext M = v − y·u

y is shared: trustee j gives d_j = x_j·u, and M = v − Σ λ_j·d_j. A row is a tuple of ciphertexts; a
deck is a list of rows of one width, and travels as one string: row by row, u and then v.

Rules: randomness is fresh and secret for each ciphertext. Alone, a ciphertext can be changed and
copied (it is malleable); the proofs of section 11 are what binds it. Identities occur where the
rules make ciphertexts, and never in what comes from outside.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from sealed_santa.base.errors import ParseError
from sealed_santa.crypto.group import (
    BASE,
    IDENTITY,
    ORDER,
    Point,
    claimed_points,
    combine,
    decode_point,
    decode_points,
)
from sealed_santa.crypto.sharing import lagrange

PIECE_SIZE: Final = 30  # bytes that a point carries; the other two are a counter
_COUNTER_SIZE: Final = 2


@dataclass(frozen=True, slots=True)
class Cipher:
    """A ciphertext (u, v)."""

    u: Point
    v: Point


Row = tuple[Cipher, ...]


def trivial(value: int) -> Cipher:
    """Return (0, value·G): a ciphertext under every key, without randomness, that hides nothing."""
    return Cipher(IDENTITY, value % ORDER * BASE)


def encrypt(key: Point, plaintext: Point, r: int) -> Cipher:
    """Return (r·G, plaintext + r·key). `r` is a secret fresh scalar."""
    return rerandomise(key, Cipher(IDENTITY, plaintext), r)


def rerandomise(key: Point, cipher: Cipher, r: int) -> Cipher:
    """Return (u + r·G, v + r·key), which has the same plaintext. `r` is a secret fresh scalar."""
    return Cipher(_plus(cipher.u, r * BASE), _plus(cipher.v, r * key))


def _plus(left: Point, right: Point) -> Point:
    """Return the sum; the identity, which all of a trivial deck is full of, costs nothing."""
    return right if left == IDENTITY else left + right


def plaintext(cipher: Cipher, shares: Mapping[int, Point]) -> Point:
    """Return v − Σ λ_j·d_j from the decryption shares d_j by index.

    Raises:
        ParseError: `point.invalid` when one of `claimed_points` is none.
        ValueError: for an index below 1.
    """
    terms = [(-factor, shares[index]) for index, factor in lagrange(shares).items()]
    return combine([(1, cipher.v), *terms])


# --- rows as bytes ------------------------------------------------------------------------------


def encode_ciphers(ciphers: Iterable[Cipher]) -> bytes:
    """Return u ‖ v of each, 64 bytes a ciphertext."""
    return b"".join([part for cipher in ciphers for part in (cipher.u.raw, cipher.v.raw)])


def encode_rows(rows: Iterable[Row]) -> bytes:
    """Return the rows one after the other, column by column, 64 bytes a ciphertext."""
    return b"".join([encode_ciphers(row) for row in rows])


def claimed_ciphers(blob: bytes, count: int) -> tuple[Cipher, ...]:
    """Return the `count` ciphertexts of a blob of exactly 64·count bytes, by the rules of `claimed_points`.

    They have to be multiplied, all of them, before they are good for anything but their bytes.

    Raises:
        ParseError: `length.wrong`, `point.invalid` for the identity.
    """
    return _paired(claimed_points(blob, 2 * count))


def decode_ciphers(blob: bytes, count: int) -> tuple[Cipher, ...]:
    """Return the `count` ciphertexts of a blob of exactly 64·count bytes, each point checked.

    Raises:
        ParseError: `length.wrong`, `point.invalid`.
    """
    return _paired(decode_points(blob, 2 * count))


def claimed_rows(blob: bytes, rows: int, width: int) -> tuple[Row, ...]:
    """Return `rows` rows of `width` ciphertexts from a blob of exactly 64·rows·width bytes, as `claimed_ciphers`.

    Raises:
        ParseError: `length.wrong`, `point.invalid` for the identity.
    """
    ciphers = claimed_ciphers(blob, rows * width)
    return tuple(ciphers[start : start + width] for start in range(0, len(ciphers), width))


def _paired(points: Sequence[Point]) -> tuple[Cipher, ...]:
    return tuple([Cipher(u, v) for u, v in zip(points[::2], points[1::2], strict=True)])


# --- bytes as points ----------------------------------------------------------------------------


def embed(piece: bytes) -> Point:
    """Return the point whose encoding is 30 bytes ‖ the least counter (2 bytes, little-endian) that makes it valid.

    About one counter in sixteen does. Not constant-time: the number of counters tried depends on the piece.

    Raises:
        ValueError: for another length; no piece without a counter will ever be met.
    """
    if len(piece) != PIECE_SIZE:
        raise ValueError(f"a piece has {PIECE_SIZE} bytes")
    for counter in range(2 ** (8 * _COUNTER_SIZE)):
        try:
            return decode_point(piece + counter.to_bytes(_COUNTER_SIZE, "little"))
        except ParseError:
            continue
    raise ValueError("no counter makes a point of this piece")


def extract(point: Point) -> bytes:
    """Return the 30 bytes that a point carries, whatever its counter is."""
    return point.raw[:PIECE_SIZE]
