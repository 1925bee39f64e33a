"""Points and scalars from outside, sums, generators."""

from __future__ import annotations

import random

import pytest

import proof_reference as reference
from sealed_santa.base.errors import ParseError
from sealed_santa.crypto.group import (
    BASE,
    FIELD,
    IDENTITY,
    ORDER,
    Point,
    blinder,
    combine,
    combine_small,
    decode_point,
    decode_points,
    decode_scalar,
    decode_scalars,
    encode_points,
    encode_scalars,
    generator,
    generators,
    lift,
)

ORDER_EIGHT = bytes.fromhex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05")


def small_order_points() -> list[bytes]:
    """All eight, as multiples of one of order 8."""
    step, held, out = Point(ORDER_EIGHT), IDENTITY, []
    for _ in range(8):
        out.append(held.raw)
        held = held + step
    assert held == IDENTITY
    assert len(set(out)) == 8
    return out


def non_canonical() -> list[bytes]:
    """Every encoding whose y is not below the prime: nineteen values, two signs each."""
    return [(y | sign << 255).to_bytes(32, "little") for y in range(FIELD, 2**255) for sign in (0, 1)]


def test_points_are_their_canonical_bytes() -> None:
    raw = encode_points([BASE, generator(1)])
    assert decode_points(raw, 2) == (BASE, generator(1))
    assert decode_points(b"", 0) == ()


@pytest.mark.parametrize("raw", [*small_order_points(), *non_canonical()], ids=bytes.hex)
def test_points_of_small_order_and_other_spellings_are_refused(raw: bytes) -> None:
    with pytest.raises(ParseError) as caught:
        decode_point(raw)
    assert caught.value.code == "point.invalid"


@pytest.mark.parametrize("torsion", small_order_points()[1:], ids=bytes.hex)
def test_a_torsion_component_is_refused(torsion: bytes) -> None:
    with pytest.raises(ParseError) as caught:
        decode_point((generator(3) + Point(torsion)).raw)
    assert caught.value.code == "point.invalid"


def test_bytes_off_the_curve_are_refused() -> None:
    seeded = random.Random(1)
    refused = 0
    for _ in range(200):
        raw = seeded.randbytes(32)
        if reference.lift(raw) is None:
            refused += 1
            with pytest.raises(ParseError) as caught:
                decode_point(raw)
            assert caught.value.code == "point.invalid"
    assert refused > 50


@pytest.mark.parametrize("length", [0, 31, 33, 64])
def test_lengths_are_exact(length: int) -> None:
    for decode in (decode_point, decode_scalar):
        with pytest.raises(ParseError) as caught:
            decode(bytes(length))
        assert caught.value.code == "length.wrong"
    for decode_many in (decode_points, decode_scalars):
        with pytest.raises(ParseError) as caught:
            decode_many(bytes(length), 3)
        assert caught.value.code == "length.wrong"


def test_scalars_have_one_spelling() -> None:
    values = (0, 1, ORDER - 1)
    assert decode_scalars(encode_scalars(values), 3) == values
    for value in (ORDER, ORDER + 1, 2**253, 2**256 - 1):
        with pytest.raises(ParseError) as caught:
            decode_scalar(value.to_bytes(32, "little"))
        assert caught.value.code == "scalar.not-canonical"


def test_one_bad_value_spoils_a_vector() -> None:
    with pytest.raises(ParseError) as caught:
        decode_points(BASE.raw + IDENTITY.raw + BASE.raw, 3)
    assert caught.value.code == "point.invalid"


def test_zero_and_the_identity_are_handled_as_values() -> None:
    p = generator(1)
    assert 0 * p == ORDER * p == 5 * IDENTITY == p - p == IDENTITY
    assert 0 * BASE == IDENTITY
    assert p + IDENTITY == p == IDENTITY + p
    assert -1 * p + p == IDENTITY
    assert combine([]) == combine([(0, p), (1, IDENTITY)]) == IDENTITY


def test_multiples_agree_with_the_reference_curve() -> None:
    seeded = random.Random(2)
    for index in range(4):
        p, q = generator(index), reference.generator(index)
        s = seeded.randrange(ORDER)
        assert (s * p).raw == reference.encode(reference.mul(s, q))
    s = seeded.randrange(ORDER)
    assert (s * BASE).raw == reference.encode(reference.mul(s, reference.BASE))


@pytest.mark.parametrize("count", [1, 2, 99, 100, 101, 257])
def test_a_sum_is_the_same_on_one_thread_and_on_two(count: int) -> None:
    seeded = random.Random(count)
    terms = [(seeded.randrange(ORDER), generator(k % 5)) for k in range(count)]
    by_base = [(sum(s for s, p in terms if p == generator(k)), generator(k)) for k in range(5)]
    assert combine(terms) == combine(by_base)


@pytest.mark.parametrize("reach", [1, 3, 99, 100, 250])
def test_small_multiples_of_either_sign_may_repeat(reach: int) -> None:
    seeded = random.Random(reach)
    multiples = [seeded.randint(-reach, reach) for _ in range(40)]
    bases = [generator(k % 7) for k in range(40)]
    assert combine_small(multiples, bases) == combine(zip(multiples, bases, strict=True))


def test_small_multiples_of_nothing_and_zeros() -> None:
    assert combine_small([], []) == combine_small([0, 0], generators(2)) == IDENTITY
    with pytest.raises(ValueError, match="zip"):
        combine_small([1, 2], generators(1))


def test_generators_agree_with_the_reference_and_are_pairwise_different() -> None:
    for index in range(12):
        assert generator(index).raw == reference.encode(reference.generator(index))
    many = {blinder(), BASE, *generators(100)}
    assert len(many) == 102
    assert all(decode_point(p.raw) == p for p in many)
    assert blinder() == generator(0)


def test_generators_are_fixed() -> None:
    assert generator(0).raw.hex() == GENERATORS[0]
    assert generator(1).raw.hex() == GENERATORS[1]
    assert generator(1000).raw.hex() == GENERATORS[2]


GENERATORS = (
    "f16a8e8205a58d87439b8cb0d3cd1a8bf4e5d9510d11b3cd63ea2b0c27c502d4",
    "8ad241b2cf63108f66ec77e2c3ec9934db246e8bf6e4eaf16f9c473b27e719ec",
    "d513c377cb1d62d730102d14d2c04d674c974be292dbbe0a06c4b21781a7072b",
)


@pytest.mark.parametrize("raw", non_canonical(), ids=bytes.hex)
def test_a_candidate_must_be_canonical(raw: bytes) -> None:
    assert lift(raw) is None


@pytest.mark.parametrize("raw", small_order_points(), ids=bytes.hex)
def test_a_candidate_of_small_order_is_passed_over(raw: bytes) -> None:
    assert lift(raw) is None
    assert lift(raw[:31] + bytes([raw[31] ^ 0x80])) is None  # also "minus zero"


def test_a_candidate_becomes_eight_times_itself() -> None:
    seeded = random.Random(3)
    for _ in range(30):
        raw = seeded.randbytes(32)
        there = reference.lift(raw)
        point = lift(raw)
        assert (point is None) == (there is None)
        if point is not None and there is not None:
            assert point.raw == reference.encode(reference.mul(8, there))
