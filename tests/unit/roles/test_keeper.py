"""The server of a blind game: it closes what is late, and does nothing else."""

from __future__ import annotations

import pytest

from blind_cases import PATIENCE, advance, blind, blind_at
from game_cases import NAMES, by_dealer, game_at, owed
from sealed_santa.game.state import Phase
from sealed_santa.roles import keeper

P = Phase
PLACES = (
    "coins", "keys", "mixing", "blinding", "opening", "dealing", "choosing", "gifts", "delivered", "revealing", "over",
)  # fmt: skip


@pytest.mark.parametrize("place", PLACES)
def test_what_it_owes_is_legal_and_nothing_is_owed_early(place: str) -> None:
    game = blind_at(place)
    assert keeper.duties(game.state, game.now) == ()
    for later in (0, PATIENCE - 1, PATIENCE, 3 * PATIENCE, 2**51):
        game.now += later
        for body in keeper.duties(game.state, game.now):
            assert by_dealer(game, body) == "ok"


def test_it_closes_keys_and_mixes_when_their_time_is_over() -> None:
    game = blind_at("keys")
    due = blind(game).coins_at + PATIENCE
    assert keeper.duties(game.state, due) == ()  # too few keys: that is the organiser's to close
    advance(game, lambda s: False, silent=("Dot",))
    assert (keeper.next_wake(game.state), keeper.duties(game.state, due - 1)) == (due, ())
    assert len(keeper.duties(game.state, due)) == 1
    game = blind_at("mixing")
    due = game.state.phase_at + PATIENCE
    assert keeper.duties(game.state, due) == ()  # too few have mixed
    advance(game, lambda s: False, silent=("Dot",))
    assert (keeper.next_wake(game.state), keeper.duties(game.state, due - 1)) == (due, ())
    assert len(keeper.duties(game.state, due)) == 1


def test_it_wakes_for_what_is_next_and_not_for_what_is_past() -> None:
    game = blind_at("choosing", choose_by=2**50)
    assert keeper.next_wake(game.state) == keeper.next_wake(game.state, 2**50 - 1) == 2**50
    assert keeper.next_wake(game.state, 2**50) is None


def test_it_closes_the_choosing_when_all_gave_or_the_deadline_is_over() -> None:
    game = blind_at("choosing")
    assert keeper.next_wake(game.state) is None
    assert keeper.duties(game.state, 2**51) == ()
    for name in NAMES:
        assert keeper.duties(game.state, game.now) == ()
        game.say(name, owed(game, name))
    assert len(keeper.duties(game.state, game.now)) == 1
    game = blind_at("choosing", choose_by=1)
    due = blind(game).dealt_at + PATIENCE
    assert (keeper.next_wake(game.state), keeper.duties(game.state, due - 1)) == (due, ())
    assert len(keeper.duties(game.state, due)) == 1


def test_it_begins_a_reveal_that_is_due() -> None:
    game = blind_at("delivered", reveal_at=2**50)
    assert keeper.next_wake(game.state) == 2**50
    assert keeper.duties(game.state, 2**50 - 1) == ()
    assert len(keeper.duties(game.state, 2**50)) == 1
    never = blind_at("delivered", reveal="never", reveal_at=5)
    assert (keeper.next_wake(never.state), keeper.duties(never.state, 2**51)) == (None, ())


def test_a_game_that_has_not_begun_and_a_sealed_one_owe_nothing() -> None:
    for game in (blind_at("joining"), game_at(P.CHOOSING)):
        assert (keeper.duties(game.state, 2**51), keeper.next_wake(game.state)) == ((), None)
