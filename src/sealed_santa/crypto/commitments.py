"""Commitments, cards and decks (docs/protocol.md, sections 6.2, 5.6 and 2.7).

    Com(a_1..a_N; r) = Σ a_k·G_k + r·H          Card(m; b) = m·G + b·H

Hiding statistically, binding as long as nobody knows a discrete logarithm between the generators.
A deck is a permutation of 1..n and a blinding, both from one key, so that publishing the key opens it.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from sealed_santa.base.labels import Label
from sealed_santa.crypto.group import (
    BASE,
    ORDER,
    THREADS_FROM,
    Point,
    base_multiples,
    blinder,
    combine,
    combine_small,
    doubled,
    generator,
    generators,
    in_halves,
    scalar_from_wide,
)
from sealed_santa.crypto.hashing import expand

KEY_SIZE = 32
_CARDS_FROM = 3 * THREADS_FROM  # in decks; a card there costs two or three additions and no multiplication


def commit(values: Sequence[int], blinding: int) -> Point:
    """Return Com(values; blinding), one multiplication a value. Values and blinding are secret scalars."""
    terms = [(value, generator(k)) for k, value in enumerate(values, 1)]
    return combine([*terms, (blinding, blinder())])


def commit_small(values: Sequence[int], blinding: int) -> Point:
    """Return Com(values; blinding) for values of small magnitude, negative ones too, by additions."""
    return combine_small(values, generators(len(values))) + blinding * blinder()


def card_commit(value: int, blinding: int) -> Point:
    """Return Card(value; blinding). Both are the card's secret opening."""
    return value % ORDER * BASE + blinding * blinder()


def card_commits(values: Sequence[int], blindings: Sequence[int]) -> tuple[Point, ...]:
    """Return Card(value; blinding) for values of a deck (0..n); long work is shared by two threads."""
    if min(values, default=0) < 0:
        raise ValueError("a card's value is not negative")
    multiples = base_multiples(max(values, default=0))
    pairs = [(multiples[value], blinding) for value, blinding in zip(values, blindings, strict=True)]
    if len(pairs) < THREADS_FROM:
        return _blind(pairs)
    first, second = in_halves(_blind, pairs)
    return first + second


def _blind(pairs: Sequence[tuple[Point, int]]) -> tuple[Point, ...]:
    return tuple(point + blinding * blinder() for point, blinding in pairs)


def shuffle_from_stream(label: Label, n: int, *parts: bytes | str | int) -> tuple[int, ...]:
    """Return a uniform permutation of 1..n from SHAKE256(pack(label, parts...)).

    Fisher-Yates from the end (Durstenfeld 1964). Words are 4 bytes little-endian; for a choice among i, words
    from the largest multiple of i up to 2^32 on are passed over, so that no place is favoured.
    """
    order = list(range(1, n + 1))
    stream = expand(label, 4 * n + 64, *parts)
    read = 0
    for i in range(n, 1, -1):
        bound = 2**32 // i * i
        while True:
            if read + 4 > len(stream):  # the output's first bytes do not depend on its length
                stream = expand(label, 2 * len(stream), *parts)
            word = int.from_bytes(stream[read : read + 4], "little")
            read += 4
            if word < bound:
                break
        j = word % i
        order[i - 1], order[j] = order[j], order[i - 1]
    return tuple(order)


def deck_from_key(key: bytes, n: int) -> tuple[tuple[int, ...], int]:
    """Return (permutation of 1..n by slot, blinding) of the deck with this 32-byte key. Secret until it is opened."""
    order = shuffle_from_stream(Label.DECK_PERMUTATION, n, key)
    return order, scalar_from_wide(expand(Label.DECK_BLINDING, 64, key))


def deck_commit(key: bytes, n: int) -> Point:
    """Return V = Com(π(1), ..., π(n); r) of the deck with this key: 4n/3 additions, one multiplication."""
    order, blinding = deck_from_key(key, n)
    return _commit_permutation(order) + blinding * blinder()


def deck_commits(keys: Sequence[bytes], n: int) -> tuple[Point, ...]:
    """Return V of the decks with these keys; long work is shared by two threads."""
    if len(keys) * n < _CARDS_FROM:
        return tuple(deck_commit(key, n) for key in keys)
    first, second = in_halves(lambda part: tuple(deck_commit(key, n) for key in part), keys)
    return first + second


def _commit_permutation(order: Sequence[int]) -> Point:
    """Return Σ order_k·G_k for a permutation of 1..n, in fewer additions than `combine_small` alone would take.

    Values are counted from the middle, so that plus and minus a number share a place. A number in which
    the factor 2 occurs an odd number of times is halved, and counts for 2·G_k: two thirds of the places are left.
    """
    middle = (len(order) + 1) // 2
    multiples, bases = [], []
    for k, value in enumerate(order, 1):
        multiple = value - middle
        halved = (multiple & -multiple).bit_length() % 2 == 0  # counts the zeros behind the last 1, and that 1
        multiples.append(multiple // 2 if halved else multiple)
        bases.append(doubled(k) if halved else generator(k))
    return combine_small(multiples, bases) + _every_generator(len(order), middle)


@cache
def _every_generator(n: int, multiple: int) -> Point:
    """Return Σ multiple·G_k over k = 1..n; the same for every deck."""
    return multiple * combine_small([1] * n, generators(n))
