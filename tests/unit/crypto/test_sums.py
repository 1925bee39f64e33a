"""Sums that check, and sums that are short cuts: each equals the plain one, and refuses what it refuses."""

from __future__ import annotations

import random

import pytest
from nacl.bindings import crypto_core_ed25519_add

from sealed_santa.base.errors import ParseError
from sealed_santa.crypto.commitments import card_commit, card_commits, commit, deck_commit, deck_commits, deck_from_key
from sealed_santa.crypto.group import (
    BASE,
    FIELD,
    IDENTITY,
    ORDER,
    Point,
    claimed_points,
    combine,
    combine_small,
    decode_points,
    doubled,
    generator,
    generators,
)

ORDER_TWO = (FIELD - 1).to_bytes(32, "little")  # (0, −1)
NOT_POINTS = {
    "off the curve": (2).to_bytes(32, "little"),
    "of small order": ORDER_TWO,
    "outside the subgroup": crypto_core_ed25519_add(generator(1).raw, ORDER_TWO),
    "not canonical": (FIELD + 1).to_bytes(32, "little"),
    "all ones": b"\xff" * 32,
}


def test_claimed_points_are_the_points_that_decoding_gives() -> None:
    blob = b"".join(p.raw for p in generators(4))
    assert claimed_points(blob, 4) == decode_points(blob, 4)
    assert claimed_points(b"", 0) == ()


@pytest.mark.parametrize("size", [0, 31, 33, 64])
def test_claimed_points_have_their_number(size: int) -> None:
    with pytest.raises(ParseError) as caught:
        claimed_points(bytes(size), 1)
    assert caught.value.code == "length.wrong"


def test_the_identity_is_never_claimed() -> None:
    with pytest.raises(ParseError) as caught:
        claimed_points(BASE.raw + IDENTITY.raw, 2)
    assert caught.value.code == "point.invalid"


@pytest.mark.parametrize("scalar", [0, 1, 8, ORDER, 2**200], ids=["zero", "one", "cofactor", "order", "large"])
@pytest.mark.parametrize("kind", NOT_POINTS)
def test_a_sum_refuses_what_decoding_refuses(kind: str, scalar: int) -> None:
    (claimed,) = claimed_points(NOT_POINTS[kind], 1)
    term, rest = [(scalar, claimed)], [(5, BASE)] * 250
    for terms in (term, rest + term, term + rest):
        with pytest.raises(ParseError) as caught:
            combine(terms)
        assert caught.value.code == "point.invalid"
    with pytest.raises(ParseError):
        decode_points(NOT_POINTS[kind], 1)


@pytest.mark.parametrize("n", [1, 2, 3, 4, 7, 10, 31, 100, 257])
def test_a_deck_is_committed_to_as_any_vector_is(n: int) -> None:
    for key in (bytes(32), b"k" * 32, bytes(range(32))):
        order, blinding = deck_from_key(key, n)
        assert deck_commit(key, n) == commit(order, blinding)


@pytest.mark.parametrize("count", [0, 1, 2, 11])
def test_many_decks_are_the_decks_in_their_order(count: int) -> None:
    keys = [bytes([k]) * 32 for k in range(count)]
    for n in (3, 40):
        assert deck_commits(keys, n) == tuple(deck_commit(key, n) for key in keys)


@pytest.mark.parametrize("count", [0, 1, 199, 201])
def test_many_cards_are_the_cards_in_their_order(count: int) -> None:
    seeded = random.Random(count)
    blindings = [seeded.randrange(ORDER) for _ in range(count)]
    assert card_commits(range(count), blindings) == tuple(card_commit(k, b) for k, b in enumerate(blindings))


def test_a_card_without_a_blinding_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="zip"):
        card_commits([1, 2], [3])


def test_a_card_below_zero_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="negative"):
        card_commits([2, -1], [3, 4])


@pytest.mark.parametrize("gap", [1, 2, 3, 6, 7, 8, 9, 100, 10**6])
def test_gaps_between_magnitudes_count(gap: int) -> None:
    multiples = [gap, -2 * gap, 3 * gap + 1, 3 * gap + 1, 0]
    bases = generators(5)
    assert combine_small(multiples, bases) == combine(zip(multiples, bases, strict=True))


def test_what_cancels_leaves_the_identity() -> None:
    p = generator(3)
    assert combine_small([4, -4], [p, p]) == combine_small([4, 5], [p, IDENTITY]) - 4 * p == IDENTITY
    assert combine_small([7, -7, 2], [p, p, BASE]) == 2 * BASE
    assert combine_small([-3], [IDENTITY]) == IDENTITY


def test_doubled_generators() -> None:
    assert [doubled(k) for k in range(3)] == [2 * generator(k) for k in range(3)]


def test_equal_points_are_one_key() -> None:
    copy = Point(bytes(BASE.raw))
    assert {BASE: 1}[copy] == 1
    assert generator(1) not in {BASE: 1}
