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
import os
import sys
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache, partial
from itertools import accumulate, pairwise, repeat
from operator import add
from typing import Final, TypeVar

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
THREADS_FROM: Final = 200  # multiplications; below, starting a thread costs more than it saves
_FEW: Final = 7  # times; from here on, one multiplication costs less than additions
_NO_POINT: Final = "not the canonical encoding of a point of prime order"

Item = TypeVar("Item")
Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Point:
    """An element of the prime-order subgroup by its canonical encoding of 32 bytes."""

    raw: bytes

    def __hash__(self) -> int:
        return hash(self.raw)

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
        raise ParseError("point.invalid", _NO_POINT)
    return Point(raw)


def decode_points(blob: bytes, count: int) -> tuple[Point, ...]:
    """Return the `count` points that a blob of exactly 32·count bytes holds.

    Raises:
        ParseError: `length.wrong`, `point.invalid`.
    """
    return tuple(decode_point(raw) for raw in _split(blob, count))


def claimed_points(blob: bytes, count: int) -> tuple[Point, ...]:
    """Return the `count` points that a blob of exactly 32·count bytes is said to hold; `combine` checks them.

    Half of the work of a multiplication is libsodium's check that it multiplies a point of the subgroup
    (what `decode_point` asks for, and nothing else). So points that will all be multiplied need no
    check of their own. Until `combine` has had them, such points are good for nothing but their bytes.

    Raises:
        ParseError: `length.wrong`, `point.invalid` for the identity; the rest is found by `combine`.
    """
    points = tuple(Point(raw) for raw in _split(blob, count))
    if IDENTITY in points:
        raise ParseError("point.invalid", _NO_POINT)
    return points


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
    values = tuple([int.from_bytes(raw, "little") for raw in _split(blob, count)])
    if max(values, default=0) >= ORDER:
        raise ParseError("scalar.not-canonical", "a scalar is not below the group's order")
    return values


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

    Raises:
        ParseError: `point.invalid`, for a term with one of `claimed_points` that is none.
    """
    pairs = [(s % ORDER, p.raw) for s, p in terms]
    if len(pairs) < THREADS_FROM:
        return Point(_sum_of_products(pairs))
    return Point(_add(*in_halves(_sum_of_products, pairs)))


def in_halves(work: Callable[[Sequence[Item]], Result], items: Sequence[Item]) -> tuple[Result, Result]:
    """Return what the work makes of the first and of the second half of the items, done on two threads.

    For work that is spent in libsodium, at least some milliseconds of it. One core gets one thread.
    """
    middle = len(items) // 2
    if _cores() == 1:
        return work(items[:middle]), work(items[middle:])
    with ThreadPoolExecutor(max_workers=1) as pool:
        first = pool.submit(work, items[:middle])
        second = work(items[middle:])
        return first.result(), second


def _cores() -> int:
    """Return how many cores this process may use."""
    if sys.platform == "linux":
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _sum_of_products(pairs: Sequence[tuple[int, bytes]]) -> bytes:
    total = _ZERO
    try:
        for scalar, raw in pairs:
            if scalar and raw != BASE.raw and raw != _ZERO:
                product = crypto_scalarmult_ed25519_noclamp(scalar.to_bytes(SIZE, "little"), raw)
            elif scalar or raw == _ZERO:
                product = _multiply(scalar, raw)
            else:
                decode_point(raw)  # no multiplication will check it
                continue
            total = product if total == _ZERO else crypto_core_ed25519_add(total, product)
    except RuntimeError as e:  # PyNaCl's word for libsodium's refusal
        raise ParseError("point.invalid", _NO_POINT) from e
    return total


def _add(left: bytes, right: bytes) -> bytes:
    """Return the sum; the identity costs nothing."""
    if left == _ZERO:
        return right
    return left if right == _ZERO else crypto_core_ed25519_add(left, right)


def _negate(raw: bytes) -> bytes:
    """Return the inverse: the sign of x is the highest bit, and only the identity has x = 0 here."""
    return raw if raw == _ZERO else raw[:-1] + bytes([raw[-1] ^ 0x80])


def combine_small(multiples: Sequence[int], bases: Sequence[Point]) -> Point:
    """Return the sum of multiple·base for small signed multiples, by running sums.

    Costs an addition a base and one more for each magnitude that occurs; and a few multiplications,
    if there are gaps between magnitudes. Not constant-time in the multiples.
    """
    places: dict[int, bytes] = {}
    for multiple, base in zip(multiples, bases, strict=True):
        if multiple:
            raw = base.raw if multiple > 0 else _negate(base.raw)
            places[abs(multiple)] = _add(places.get(abs(multiple), _ZERO), raw)
    # Every plain sum on the way down counts as often as there are steps to the next place; those that
    # count equally often are added up first.
    plain = _ZERO
    by_gap: dict[int, bytes] = {}
    for place, below in pairwise((*sorted(places, reverse=True), 0)):
        plain = _add(plain, places[place])
        by_gap[place - below] = _add(by_gap.get(place - below, _ZERO), plain)
    total = _ZERO
    for gap, raw in by_gap.items():
        total = _add(total, _multiply(gap, raw) if gap > _FEW else _few_times(gap, raw))
    return Point(total)


def _few_times(count: int, raw: bytes) -> bytes:
    """Return the multiple by doublings and additions."""
    total = raw
    for bit in f"{count:b}"[1:]:
        total = _add(total, total)
        if bit == "1":
            total = _add(total, raw)
    return total


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


@cache
def doubled(index: int) -> Point:
    """Return 2·G_index."""
    return generator(index) + generator(index)


def blinder() -> Point:
    """Return H, the generator that carries blindings."""
    return generator(0)


def generators(count: int) -> tuple[Point, ...]:
    """Return G_1, ..., G_count."""
    return tuple(generator(k) for k in range(1, count + 1))


@cache
def base_multiples(count: int) -> tuple[Point, ...]:
    """Return 0·G, 1·G, ..., count·G, each by an addition to the one before."""
    return tuple(accumulate(repeat(BASE, count), add, initial=IDENTITY))


def one_multiplication() -> Callable[[], bytes]:
    """Return libsodium's multiplication of a point by a scalar of full length: the unit of our benchmarks."""
    return partial(crypto_scalarmult_ed25519_noclamp, (ORDER // 3).to_bytes(SIZE, "little"), generator(1).raw)
