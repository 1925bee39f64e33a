"""Two tables of five, the largest families that are ordinary: admitted with the usual limits, and played to the end."""

from __future__ import annotations

import math

import pytest

from blind_cases import advance, blind, blind_game
from sealed_santa.audit import auditor
from sealed_santa.game.batches import Kind, decks_allowed
from sealed_santa.game.odds import chance, decks_needed
from sealed_santa.game.state import Phase
from sealed_santa.log.posts import BlindTerms, Exclusions

NAMES = ("Ann", "Bob", "Cem", "Dot", "Eve", "Fay", "Gus", "Hal", "Ida", "Jo")
TABLES = Exclusions(groups=(NAMES[:5], NAMES[5:]), pairs=())
FORBIDDEN = tuple((i, j) for i in range(1, 11) for j in range(1, 11) if (i <= 5) == (j <= 5))


def test_one_deck_in_252_is_clean() -> None:
    """Each of one table gives to one of the other: 5!·5! of 10! decks."""
    odds = chance(10, FORBIDDEN)
    assert odds.exact
    assert 1 / odds.value == pytest.approx(math.comb(10, 5))
    assert 1000 < decks_needed(odds.value) < 1300  # 252·ln 100 = 1160


def test_batches_are_of_bounded_size() -> None:
    """Fifty tests a deck, so that the largest batch has room for 160 decks."""
    assert decks_allowed(10, len(FORBIDDEN), 8000) == (80, 160)
    assert decks_allowed(10, len(FORBIDDEN), 500) == (10, 10)


@pytest.mark.slow
def test_two_tables_of_five_play_to_the_end() -> None:
    """With every proof, in small batches: one of ten decks holds a clean one in 4 % of cases, here the second does."""
    small = BlindTerms(batch_tests=500, game_tests=100_000, threshold=0)
    game = blind_game(NAMES, "families 26", exclusions=TABLES, blind=small).start()
    advance(game, lambda s: s.over)
    assert game.state.phase is Phase.OVER
    assert set(FORBIDDEN) == set(game.state.forbidden)
    first, second, gifts = blind(game).past
    assert (first.kind, first.decks, first.dealt) == (Kind.CARDS, 10, None)
    assert (second.kind, second.decks, gifts.kind) == (Kind.CARDS, 10, Kind.GIFTS)
    assert second.dealt == 5
    assert [len(past.mixers) for past in (first, second, gifts)] == [7, 7, 7]
    pairs = dict(blind(game).pairs)
    assert sorted(pairs) == sorted(pairs.values()) == list(range(1, 11))
    assert all((giver <= 5) != (recipient <= 5) for giver, recipient in pairs.items())
    report = auditor.audit(game.transcript())
    assert report.exit_code == 0, report
    assert not report.findings
