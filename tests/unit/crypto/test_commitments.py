"""Commitments, cards, and decks from keys."""

from __future__ import annotations

import hashlib
import random
from collections import Counter

import pytest

import proof_reference as reference
from sealed_santa.base.canon import pack
from sealed_santa.base.labels import Label
from sealed_santa.crypto import commitments
from sealed_santa.crypto.commitments import (
    card_commit,
    commit,
    commit_small,
    deck_commit,
    deck_from_key,
    shuffle_from_stream,
)
from sealed_santa.crypto.group import BASE, IDENTITY, ORDER, blinder, generator


def test_commitments_are_the_sums_that_they_are_said_to_be() -> None:
    assert commit([2, 0, ORDER - 1], 5) == 2 * generator(1) - generator(3) + 5 * blinder()
    assert commit_small([2, 0, -1], 5) == commit([2, 0, ORDER - 1], 5)
    assert commit([], 0) == IDENTITY
    assert card_commit(3, 4) == 3 * BASE + 4 * blinder()
    assert card_commit(1, 0) == BASE


def test_commitments_add_up() -> None:
    seeded = random.Random(1)
    a, b = ([seeded.randrange(ORDER) for _ in range(5)] for _ in range(2))
    assert commit(a, 7) + commit(b, 8) == commit([x + y for x, y in zip(a, b, strict=True)], 15)


@pytest.mark.parametrize("n", [1, 2, 3, 10, 120])
def test_a_deck_is_a_permutation_and_its_commitment_opens(n: int) -> None:
    key = hashlib.sha256(n.to_bytes(2, "little")).digest()
    order, blinding = deck_from_key(key, n)
    assert sorted(order) == list(range(1, n + 1))
    assert deck_commit(key, n) == commit(order, blinding)
    if n <= 10:
        assert deck_commit(key, n).raw == reference.deck_commitment(key, n)
        assert list(order) == reference.shuffled("sealed-santa/1/deck-permutation", n, key)


def test_keys_and_sizes_give_different_decks() -> None:
    keys = [bytes([k]) * 32 for k in range(20)]
    assert len({deck_commit(key, 6) for key in keys}) == 20
    assert deck_commit(keys[0], 6) != deck_commit(keys[0], 7)
    assert deck_from_key(keys[0], 6)[1] == deck_from_key(keys[0], 7)[1]


def test_the_first_shuffles_are_fixed() -> None:
    assert shuffle_from_stream(Label.DEAL, 10, b"seed", 0) == SHUFFLES[0]
    assert shuffle_from_stream(Label.DEAL, 10, b"seed", 1) == SHUFFLES[1]
    assert shuffle_from_stream(Label.DEAL, 1, b"seed", 1) == (1,)


SHUFFLES = ((9, 4, 10, 6, 8, 7, 1, 3, 2, 5), (10, 1, 9, 3, 4, 6, 2, 7, 5, 8))


def test_label_and_parts_are_framed() -> None:
    shuffles = [
        shuffle_from_stream(Label.DEAL, 30, b"ab", b"c"),
        shuffle_from_stream(Label.DEAL, 30, b"a", b"bc"),
        shuffle_from_stream(Label.DEAL, 30, b"abc"),
        shuffle_from_stream(Label.DECK_PERMUTATION, 30, b"abc"),
    ]
    assert len(set(shuffles)) == 4


def test_words_above_the_bound_are_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    """For a choice among 3 the largest word, 2^32 - 1, is one too many: the next word decides."""
    words = [2**32 - 1, 2**32 - 2, 1]
    stream = b"".join(w.to_bytes(4, "little") for w in words) + bytes(500)
    monkeypatch.setattr(commitments, "expand", lambda label, length, *parts: stream[:length])
    # i = 3: 2^32-1 is refused, 2^32-2 = 2 mod 3 leaves the last in place; i = 2: 1 leaves the second.
    assert shuffle_from_stream(Label.DEAL, 3) == (1, 2, 3)


def test_a_stream_that_runs_out_is_read_further_not_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    """A hundred refused words at the front: the shuffle goes on behind them, whatever the chunks."""
    rejected = (2**32 - 1).to_bytes(4, "little") * 100
    tail = hashlib.shake_256(b"tail").digest(4000)
    asked = []

    def expand(label: Label, length: int, *parts: object) -> bytes:
        asked.append(length)
        return (rejected + tail)[:length]

    monkeypatch.setattr(commitments, "expand", expand)
    order = shuffle_from_stream(Label.DEAL, 7)
    assert len(asked) > 1
    monkeypatch.setattr(commitments, "expand", lambda label, length, *parts: tail[:length])
    assert shuffle_from_stream(Label.DEAL, 7) == order


def test_every_permutation_comes_about_equally_often() -> None:
    counts = Counter(shuffle_from_stream(Label.DEAL, 4, k) for k in range(2400))
    assert len(counts) == 24
    assert sum((c - 100) ** 2 / 100 for c in counts.values()) < 60  # chi-square, 23 degrees: p below 1 in 10^4


def test_the_blinding_is_64_bytes_of_the_stream_reduced() -> None:
    key = b"k" * 32
    stream = hashlib.shake_256(pack("sealed-santa/1/deck-blinding", key)).digest(64)
    assert deck_from_key(key, 3)[1] == int.from_bytes(stream, "little") % ORDER
