"""Commitments, cards and decks (docs/protocol.md, sections 6.2, 5.6 and 2.7).

    Com(a_1..a_N; r) = Σ a_k·G_k + r·H          Card(m; b) = m·G + b·H

Hiding statistically, binding as long as nobody knows a discrete logarithm between the generators.
A deck is a permutation of 1..n and a blinding, both from one key, so that publishing the key opens it.
"""

from __future__ import annotations

from collections.abc import Sequence

from sealed_santa.base.labels import Label
from sealed_santa.crypto.group import (
    BASE,
    ORDER,
    Point,
    blinder,
    combine,
    combine_small,
    generator,
    generators,
    scalar_from_wide,
)
from sealed_santa.crypto.hashing import expand

KEY_SIZE = 32


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
    """Return V = Com(π(1), ..., π(n); r) of the deck with this key: 2n additions, one multiplication."""
    order, blinding = deck_from_key(key, n)
    return commit_small(order, blinding)
