"""The prime-order subgroup of edwards25519 (docs/protocol.md, section 6.1): points, scalars, generators.

The only module that knows which group and which library. Points are written additively; the base
point is G, the further generators are H (index 0) and G_1, G_2, ... Everything here calls libsodium
through PyNaCl, which releases the interpreter's lock, so that long sums run on two threads.

Rules: a `Point` is an element of the subgroup, the identity included; bytes from outside become one
only in `decode_point`, which refuses the identity too. A scalar is an `int` in 0..ORDER-1.

What it does not do: multiplication with a secret scalar is constant-time in libsodium, but scalars
are Python integers and the arithmetic between them is not; `combine_small` branches on its
multiples. Whoever can time single instructions on the prover's machine is not kept out.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from typing import Final

from nacl.bindings import (
    crypto_core_ed25519_add,
    crypto_core_ed25519_is_valid_point,
    crypto_core_ed25519_sub,
    crypto_scalarmult_ed25519_base_noclamp,
    crypto_scalarmult_ed25519_noclamp,
)

from sealed_santa.base.canon import pack
from sealed_santa.base.errors import ParseError
from sealed_santa.base.labels import Label

FIELD: Final = 2**255 - 19
ORDER: Final = 2**252 + 27742317777372353535851937790883648493
SIZE: Final = 32  # bytes of a point and of a scalar

_ZERO: Final = b"\x01" + bytes(31)  # encoding of the identity
_THREADS_FROM: Final = 100  # terms; below, starting a thread costs more than it saves


@dataclass(frozen=True, slots=True)
class Point:
    """An element of the prime-order subgroup by its canonical encoding of 32 bytes."""

    raw: bytes

    def __add__(self, other: Point) -> Point:
        return Point(crypto_core_ed25519_add(self.raw, other.raw))

    def __sub__(self, other: Point) -> Point:
        return Point(crypto_core_ed25519_sub(self.raw, other.raw))

    def __rmul__(self, scalar: int) -> Point:
        return Point(_multiply(scalar % ORDER, self.raw))


IDENTITY: Final = Point(_ZERO)
BASE: Final = Point(crypto_scalarmult_ed25519_base_noclamp((1).to_bytes(SIZE, "little")))


def _multiply(scalar: int, raw: bytes) -> bytes:
    """Return the multiple; libsodium refuses zero and the identity, so these are answered here."""
    if scalar == 0 or raw == _ZERO:
        return _ZERO
    s = scalar.to_bytes(SIZE, "little")
    if raw == BASE.raw:
        return crypto_scalarmult_ed25519_base_noclamp(s)
    return crypto_scalarmult_ed25519_noclamp(s, raw)


# --- bytes from outside -------------------------------------------------------------------------


def decode_point(raw: bytes) -> Point:
    """Return the point that 32 bytes from outside encode.

    Raises:
        ParseError: `length.wrong`; `point.invalid` for a non-canonical encoding, a point off the
            curve or outside the prime-order subgroup, and for the identity.
    """
    if len(raw) != SIZE:
        raise ParseError("length.wrong", f"a point has {SIZE} bytes, not {len(raw)}")
    if not crypto_core_ed25519_is_valid_point(raw):
        raise ParseError("point.invalid", "not the canonical encoding of a point of prime order")
    return Point(raw)


def decode_points(blob: bytes, count: int) -> tuple[Point, ...]:
    """Return the `count` points that a blob of exactly 32·count bytes holds.

    Raises:
        ParseError: `length.wrong`, `point.invalid`.
    """
    return tuple(decode_point(raw) for raw in _split(blob, count))


def encode_points(points: Iterable[Point]) -> bytes:
    """Return the encodings one after the other, 32 bytes each."""
    return b"".join(p.raw for p in points)


def decode_scalar(raw: bytes) -> int:
    """Return the scalar that 32 little-endian bytes from outside encode.

    Raises:
        ParseError: `length.wrong`; `scalar.not-canonical` when it is not below the group's order.
    """
    if len(raw) != SIZE:
        raise ParseError("length.wrong", f"a scalar has {SIZE} bytes, not {len(raw)}")
    value = int.from_bytes(raw, "little")
    if value >= ORDER:
        raise ParseError("scalar.not-canonical", "a scalar is not below the group's order")
    return value


def decode_scalars(blob: bytes, count: int) -> tuple[int, ...]:
    """Return the `count` scalars that a blob of exactly 32·count bytes holds.

    Raises:
        ParseError: `length.wrong`, `scalar.not-canonical`.
    """
    return tuple(decode_scalar(raw) for raw in _split(blob, count))


def encode_scalars(scalars: Iterable[int]) -> bytes:
    """Return the scalars (each in 0..ORDER-1) one after the other, 32 bytes little-endian each."""
    return b"".join(s.to_bytes(SIZE, "little") for s in scalars)


def scalar_from_wide(raw: bytes) -> int:
    """Return uniform bytes, little-endian and at least 48 of them, reduced to a scalar (bias below 2^-128)."""
    return int.from_bytes(raw, "little") % ORDER


def _split(blob: bytes, count: int) -> Iterable[bytes]:
    if len(blob) != SIZE * count:
        raise ParseError("length.wrong", f"expected {count} values of {SIZE} bytes, got {len(blob)} bytes")
    return (blob[i : i + SIZE] for i in range(0, len(blob), SIZE))


# --- sums ---------------------------------------------------------------------------------------


def combine(terms: Iterable[tuple[int, Point]]) -> Point:
    """Return the sum of scalar·point; long sums are split over two threads.

    Terms are not merged here: callers that meet a base twice add its scalars first.
    """
    pairs = [(s % ORDER, p.raw) for s, p in terms]
    if len(pairs) < _THREADS_FROM:
        return Point(_sum_of_products(pairs))
    half = len(pairs) // 2
    with ThreadPoolExecutor(max_workers=1) as pool:
        left = pool.submit(_sum_of_products, pairs[:half])
        right = _sum_of_products(pairs[half:])
        return Point(crypto_core_ed25519_add(left.result(), right))


def _sum_of_products(pairs: Sequence[tuple[int, bytes]]) -> bytes:
    total = _ZERO
    for scalar, raw in pairs:
        total = crypto_core_ed25519_add(total, _multiply(scalar, raw))
    return total


def combine_small(multiples: Sequence[int], bases: Sequence[Point]) -> Point:
    """Return the sum of multiple·base for small signed multiples, by running sums.

    Costs at most one addition a base and two for each integer up to the largest magnitude: a
    permutation of 1..n takes 2n additions and no multiplication. Not constant-time in the multiples.
    """
    buckets: list[bytes | None] = [None] * max((abs(m) for m in multiples), default=0)
    for multiple, base in zip(multiples, bases, strict=True):
        if multiple == 0:
            continue
        place = abs(multiple) - 1
        held = buckets[place]
        if multiple < 0:
            buckets[place] = crypto_core_ed25519_sub(held or _ZERO, base.raw)
        else:
            buckets[place] = base.raw if held is None else crypto_core_ed25519_add(held, base.raw)
    if len(buckets) < _THREADS_FROM:
        return Point(_running_sum(buckets)[0])
    # The upper half's place i stands for half + i: its weighted sum and half times its plain sum.
    half = len(buckets) // 2
    with ThreadPoolExecutor(max_workers=1) as pool:
        upper = pool.submit(_running_sum, buckets[half:])
        low, _ = _running_sum(buckets[:half])
        weighted, plain = upper.result()
    high = crypto_core_ed25519_add(weighted, _multiply(half, plain))
    return Point(crypto_core_ed25519_add(low, high))


def _running_sum(buckets: Sequence[bytes | None]) -> tuple[bytes, bytes]:
    """Return (Σ i·B_i, Σ B_i) over places i = 1, 2, ...; an empty place is the identity."""
    weighted = plain = _ZERO
    for raw in reversed(buckets):
        if raw is not None:
            plain = crypto_core_ed25519_add(plain, raw)
        weighted = crypto_core_ed25519_add(weighted, plain)
    return weighted, plain


# --- generators ---------------------------------------------------------------------------------


@cache  # grows with the largest game seen, 32 bytes a generator; never on disk
def generator(index: int) -> Point:
    """Return generator `index`: 0 is H, k >= 1 is G_k. Nobody knows a discrete logarithm between any two.

    The first counter 0, 1, ... counts whose candidate, the first 32 bytes of
    SHA-512(pack(label, index, counter)), lifts to a point.
    """
    counter = 0
    while True:
        digest = hashlib.sha512(pack(Label.GENERATOR.value, index, counter)).digest()
        point = lift(digest[:SIZE])
        if point is not None:
            return point
        counter += 1


def lift(candidate: bytes) -> Point | None:
    """Return 8 times the curve point that 32 bytes encode, or None.

    None if the y-coordinate (without the sign bit) is not below the field's prime, if no point of
    the curve has it, or if the multiple is the identity. libsodium's addition takes non-canonical
    encodings, hence the first test; a zero x with its sign bit set has small order and goes with
    the last. Multiplication refuses points outside the subgroup, hence doublings. Eight times any
    point lies in the subgroup, so that what is not the identity is valid.
    """
    if int.from_bytes(candidate, "little") % 2**255 >= FIELD:
        return None
    try:
        double = crypto_core_ed25519_add(candidate, candidate)
    except RuntimeError:  # PyNaCl's word for libsodium's refusal: no such point
        return None
    quadruple = crypto_core_ed25519_add(double, double)
    point = Point(crypto_core_ed25519_add(quadruple, quadruple))
    return None if point == IDENTITY else point


def blinder() -> Point:
    """Return H, the generator that carries blindings."""
    return generator(0)


def generators(count: int) -> tuple[Point, ...]:
    """Return G_1, ..., G_count."""
    return tuple(generator(k) for k in range(1, count + 1))
