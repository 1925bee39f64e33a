"""Values of blind games: thresholds, counts of decks, tests in order, who takes part."""

from __future__ import annotations

import pytest

from blind_cases import act, blind, blind_at, bridged
from sealed_santa.crypto.elgamal import Cipher, trivial
from sealed_santa.crypto.group import BASE, IDENTITY
from sealed_santa.game import batches
from sealed_santa.game.batches import (
    GIFT_COLUMNS,
    MAX_TRUSTEES,
    PIECE,
    Batch,
    BlindState,
    Kind,
    decks_allowed,
    threshold_of,
)
from sealed_santa.game.envelopes import CONTENT_SIZE
from sealed_santa.game.stages import the_batch
from sealed_santa.game.state import Phase


def test_a_threshold_is_more_than_two_thirds_and_never_more_than_all() -> None:
    assert [threshold_of(k, 0) for k in range(3, 8)] == [3, 3, 4, 5, 5]
    for k in range(3, 8):
        for least in range(8):
            t = threshold_of(k, least)
            assert 2 * k < 3 * t <= 3 * k
            assert t >= min(k, least)
            assert t in (threshold_of(k, 0), least, k)
            assert 2 * t - k >= 1  # no two branches of a fork without a corrupt trustee in both


def test_a_threshold_is_only_raised() -> None:
    assert [threshold_of(7, least) for least in (0, 1, 4, 5, 6, 7)] == [5, 5, 5, 5, 6, 7]
    assert threshold_of(4, 7) == 4
    assert threshold_of(MAX_TRUSTEES, 0) == 5


@pytest.mark.parametrize(
    ("rows", "tests", "limit", "bounds"),
    [
        (4, 4, 12, (3, 3)), (4, 4, 39, (9, 9)), (4, 4, 40, (10, 10)), (4, 4, 44, (10, 11)), (4, 4, 5000, (10, 16)),
        (4, 4, 3, (1, 1)), (4, 4, 4, (1, 1)), (4, 4, 1, (1, 1)), (100, 5000, 5000, (1, 1)), (4, 5, 8000, (24, 48)),
        (4, 8, 8000, (24, 48)), (4, 9, 8000, (72, 144)), (4, 13, 8000, (216, 432)), (4, 13, 130, (10, 10)),
        (3, 1, 8000, (10, 16)), (4, 0, 5000, (10, 16)), (3, 300, 8000, (13, 26)), (1, 1000, 10**9, (500_000, 10**6)),
        (4, 5, 95, (10, 19)), (4, 5, 100, (10, 20)), (4, 5, 105, (11, 21)), (4, 5, 110, (11, 22)),  # half, upwards
        (8, 16, 8000, (24, 48)), (20, 40, 8000, (24, 48)), (20, 40, 880, (11, 22)),  # couples: two tests a row
    ],
)  # fmt: skip
def test_how_many_decks_a_batch_may_have(rows: int, tests: int, limit: int, bounds: tuple[int, int]) -> None:
    assert decks_allowed(rows, tests, limit) == bounds


def test_no_card_was_handed_out_before_the_first_hand() -> None:
    """What may be drawn anew: from the first hand on somebody may know a card, also when the deal is repaired."""
    for place in ("keys", "mixing", "blinding", "opening", "dealing"):
        assert blind(blind_at(place)).undealt, place
    for place in ("choosing", "gifts", "delivered", "revealing", "over"):
        assert not blind(blind_at(place)).undealt, place
    game = blind_at("dealing")
    act(game, "Cem")
    assert (game.state.phase, len(blind(game).hands), blind(game).undealt) == (Phase.DEALING, 1, False)
    anew = blind(bridged(Kind.CARDS, leaver="Bob"))
    assert (anew.hands, anew.deck, anew.undealt) == ({}, (), False)


def test_tests_come_deck_by_deck_in_the_order_of_the_pairs() -> None:
    pairs = ((2, 2), (2, 5), (5, 5), (7, 2))
    assert batches.tests_of(2, (2, 5, 7), pairs) == (
        batches.Test(0, 1, 2), batches.Test(0, 1, 5), batches.Test(0, 2, 5), batches.Test(0, 3, 2),
        batches.Test(1, 1, 2), batches.Test(1, 1, 5), batches.Test(1, 2, 5), batches.Test(1, 3, 2),
    )  # fmt: skip
    assert batches.tests_of(0, (2, 5, 7), pairs) == batches.tests_of(3, (1, 2, 3), ()) == ()


def test_who_takes_part_and_whose_key_counts() -> None:
    state = BlindState(trustees=(2, 3, 5, 9), commitments={1: (), 3: (), 4: ()}, out=frozenset({2, 4}),
                       found_out=frozenset({4}))  # fmt: skip
    assert state.active() == (1, 3)
    assert state.qualified() == (1, 3)
    assert [state.index(number) for number in range(1, 10)] == [None, 1, None, None, 3, None, None, None, None]
    gone_but_honest = BlindState(trustees=(1, 2, 3), commitments={1: (), 2: (), 3: ()}, out=frozenset({2}))
    assert gone_but_honest.qualified() == (1, 2, 3)  # who left is out, and its key still counts
    assert BlindState().active() == BlindState().qualified() == ()


def test_what_a_batch_opens() -> None:
    ciphers = [trivial(i) for i in range(1, 9)]
    deck = tuple((ciphers[2 * i], ciphers[2 * i + 1]) for i in range(4))
    single = tuple((c,) for c in ciphers[:4])
    pairs = (Cipher(IDENTITY, BASE),)
    tested = Batch(1, Kind.CARDS, (single, single), tests=(batches.Test(1, 1, 1),), pairs=pairs)
    assert tested.opened() == pairs
    assert Batch(1, Kind.CARDS, (single, single)).opened() == (*ciphers[:4], *ciphers[:4])  # never opened by the rules
    assert Batch(1, Kind.ORDER, (deck,)).opened() == tuple(row[0] for row in deck)
    assert Batch(1, Kind.GIFTS, (deck,)).opened() == tuple(ciphers)
    assert Batch(1, Kind.REVEAL, (single,)).opened() == tuple(ciphers[:4])
    assert [Batch(1, kind).column for kind in Kind] == [0, 1, 0, 0, 0, 0]


def test_slots_go_by_the_player_s_number_also_after_somebody_left() -> None:
    game = bridged(Kind.ORDER)
    state = blind(game)
    assert state.gone == {2}
    assert state.holders == (1, 2, 3, 4, 5)
    assert [state.slot(n) for n in state.holders] == [row[0] for row in state.deck]
    with pytest.raises(ValueError, match="not in tuple"):
        state.slot(6)
    hit = the_batch(game.state).decks[0]
    assert sum(row[1] == state.slot(2) for row in hit) == 1  # the leaver's slot stands where the leaver stood


def test_batches_are_numbered_once() -> None:
    game = blind_at("over")
    numbers = [p.number for p in blind(game).past]
    assert numbers == list(range(1, len(numbers) + 1))
    assert blind(game).batches == numbers[-1] + 1  # the reveal
    assert [p.kind for p in blind(game).past] == [Kind.CARDS, Kind.GIFTS]


def test_a_box_fills_the_columns() -> None:
    assert GIFT_COLUMNS * PIECE == 8 * 30 == CONTENT_SIZE + 48
