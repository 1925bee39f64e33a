"""With one deck, "deal s had a forbidden pair" is public knowledge about the deal that stands."""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations

import pytest

from game_cases import by_dealer, dealt, game_at
from sealed_santa.base.labels import Label
from sealed_santa.crypto.commitments import deck_from_key
from sealed_santa.crypto.hashing import tagged_hash
from sealed_santa.game.draw import deal_order, hits
from sealed_santa.game.state import Phase
from sealed_santa.lab.simulator import Simulator
from sealed_santa.log.fields import Hash
from sealed_santa.roles import dealer
from sealed_santa.roles.secrets import DealerSecrets

N = 4
SELF = tuple((i, i) for i in range(1, N + 1))
DRAWS = 1500
ALL = tuple(permutations(range(1, N + 1)))


def key(k: int, t: int) -> bytes:
    return tagged_hash(Label.KEY_DECK, "one deck", k, t)


def seed(k: int) -> Hash:
    return Hash(tagged_hash(Label.SEED, "one deck", k))


def draw(k: int, *, one_deck: bool) -> tuple[int, tuple[int, ...]]:
    """Return the deal that stands in draw k and the deck that it is dealt from."""
    for t in range(10_000):
        deck, _ = deck_from_key(key(k, 0 if one_deck else t), N)
        if not hits(SELF, deck, deal_order(seed(k), t, N)):
            return t, deck
    raise AssertionError("no permitted deal")


def certain(k: int, *, one_deck: bool) -> int:
    """Return how many of the players know their Santa, from the log and their own card."""
    t, deck = draw(k, one_deck=one_deck)
    order = deal_order(seed(k), t, N)
    before = [deal_order(seed(k), s, N) for s in range(t)] if one_deck else []
    possible = [
        p for p in ALL if not hits(SELF, p, order) and all(hits(SELF, p, earlier) for earlier in before)
    ]  # fmt: skip
    assert deck in possible
    know = 0
    for i in range(1, N + 1):
        mine = order[i - 1] - 1
        left = [p for p in possible if p[mine] == deck[mine]]
        santas = {next(g for g in range(1, N + 1) if p[order[g - 1] - 1] == i) for p in left}
        know += len(santas) == 1
    return know


def test_with_one_deck_some_know_their_santa() -> None:
    """A given player knows it in about 27 % of draws."""
    known = sum(certain(k, one_deck=True) for k in range(DRAWS))
    assert 0.22 < known / (DRAWS * N) < 0.32


def test_with_independent_decks_nobody_ever_does() -> None:
    """What is opened are other decks; they say nothing about the one that stands."""
    assert sum(certain(k, one_deck=False) for k in range(DRAWS)) == 0
    assert sum(draw(k, one_deck=False)[0] > 0 for k in range(100)) > 30  # and decks were passed over


def test_the_dealer_s_decks_are_independent() -> None:
    game = game_at(Phase.DEAL)
    roster = game.state.roster
    assert roster is not None
    keys = [game.dealer.deck_key(game.state.game, 1, roster, t) for t in range(20)]
    assert len(set(keys)) == 20
    assert len({deck_from_key(k, 12)[0] for k in keys}) == 20


# --- one deck, committed several times ----------------------------------------------------------


def test_equal_decks_would_open_the_one_that_stands(monkeypatch: pytest.MonkeyPatch) -> None:
    """A dealer whose decks are one deck: the key of a deck that was passed over is that of the deck that stands."""
    monkeypatch.setattr(DealerSecrets, "deck_key", lambda self, game, round_, roster, t: key(0, 0))
    for k in range(100):
        game = game_at(Phase.DECK, seed=f"equal {k}")
        assert by_dealer(game, dealt(game)) == "deck.twice"
        body = dealt(game)
        game.current = replace(game.state, phase=Phase.DEAL, deck=body, coins={
            p.key: game.players[p.name].coin(1) for p in game.state.players
        })  # fmt: skip  # the rules without this one, with all coins in
        t, opened = dealer.standing_deck(game.state, game.dealer)
        if 0 < t < body.commitments.count():
            break
    order = deal_order(game.state.joint_seed(), t, N)
    public = deck_from_key(opened[0], N)[0]  # everybody can compute it
    assert [public[order[i] - 1] for i in range(N)] == [dealt_values(game, t)[order[i] - 1] for i in range(N)]


def dealt_values(game: Simulator, t: int) -> tuple[int, ...]:
    return dealer._cards(game.state, game.dealer, t)[0]
