"""Courtesies at the door: legal, and yet refused by an honest server."""

from __future__ import annotations

import re
from typing import Any

import pytest

from game_cases import FEW_DECKS, IMPOSSIBLE, NAMES, but, by_organiser, by_player, game_at, invite_for, raises, verdict
from sealed_santa.base.errors import UsageError
from sealed_santa.game.admission import admit, outlook
from sealed_santa.game.state import Phase
from sealed_santa.lab.simulator import Simulator
from sealed_santa.log.fields import SignKey
from sealed_santa.log.posts import BlindTerms, Exclusions
from sealed_santa.roles import player
from sealed_santa.roles.secrets import PlayerSecrets


def join_as(game: Simulator, name: str) -> Any:
    secrets = PlayerSecrets(b"newcomer".ljust(32), game.state.game)
    body = player.make_join(secrets, SignKey(game.invite.public().raw), game.state.head, name, "")
    assert verdict(game, body, secrets.signing, game.invite) == "ok"  # the log would take it
    return body


def test_a_new_name_is_let_in() -> None:
    game = game_at()
    admit(game.state, join_as(game, "Eve"))


@pytest.mark.parametrize("name", ["ann", "ANN", "Аnn", "Ann.", "Änn", "A nn"])
def test_a_name_that_looks_like_another_is_not(name: str) -> None:
    game = game_at()
    with raises(UsageError, "join.look-alike"):
        admit(game.state, join_as(game, name))


def test_a_possible_draw_may_start() -> None:
    game = game_at()
    admit(game.state, player.make_start(game.state, game.players["Ann"].key))


def test_an_impossible_draw_is_refused_before_it_starts_and_names_people() -> None:
    game = game_at(exclusions=IMPOSSIBLE)
    body = player.make_start(game.state, game.players["Ann"].key)
    assert by_player(game, "Ann", body) == "ok"
    with pytest.raises(UsageError) as caught:
        admit(game.state, body)
    assert caught.value.code == "exclusions.impossible"
    assert sum(name in caught.value.message for name in ("Ann", "Bob", "Cem")) == 2  # two of them are too many for Dot
    assert "Dot" in caught.value.message


def test_a_draw_that_needs_too_many_decks_is_refused() -> None:
    game = game_at(deck_limit=12, max_players=4)
    with raises(UsageError, "exclusions.too-many-decks"):
        admit(game.state, player.make_start(game.state, game.players["Ann"].key))
    enough = game_at(deck_limit=40, max_players=4)
    admit(enough.state, player.make_start(enough.state, enough.players["Ann"].key))


def test_a_drop_must_leave_a_possible_draw() -> None:
    names = (*NAMES, "Eve")
    couple = Exclusions(groups=(("Ann", "Bob"),), pairs=())
    for gone, possible in ((("Eve",), True), (("Dot", "Eve"), False)):
        game = game_at(Phase.COINS, names, exclusions=couple).run(silent=("Dot", "Eve"))
        game.now += 10**7
        players = tuple(p for p in game.state.players if p.name in gone)
        body = player.make_drop(game.state, game.organiser.key, players)
        assert by_organiser(game, body) == "ok"
        if possible:
            admit(game.state, body)
        else:
            with raises(UsageError, "exclusions.impossible"):
                admit(game.state, body)


def test_a_create_that_names_everybody_is_judged_at_once() -> None:
    create = game_at(names=()).state.create
    invites = tuple(invite_for(name, name)[1] for name in NAMES)
    named = but(create, invites=invites)
    admit(None, named)
    with raises(UsageError, "exclusions.impossible"):
        admit(None, but(named, exclusions=IMPOSSIBLE))
    with raises(UsageError, "exclusions.too-many-decks"):
        admit(None, but(named, deck_limit=8, max_players=4))
    admit(None, but(create, exclusions=IMPOSSIBLE))  # who will come is not known yet
    admit(None, but(named, exclusions=IMPOSSIBLE, invites=(*invites, invite_for("shared", None)[1])))


def test_other_posts_are_nobody_s_affair_here() -> None:
    game = game_at(exclusions=IMPOSSIBLE, **FEW_DECKS)
    admit(game.state, player.make_leave(game.state, game.players["Ann"].key))
    admit(None, player.make_leave(game.state, game.players["Ann"].key))


def test_the_outlook_of_a_draw() -> None:
    look = outlook(list(NAMES), Exclusions(groups=(), pairs=()), 1000)
    assert look.chance.value == 9 / 24
    assert look.deals == pytest.approx(24 / 9)
    assert look.decks == 10  # (15/24)^10 is the first power below 1 %
    assert outlook(list(NAMES[:3]), Exclusions(groups=(), pairs=()), 1000).decks == 12


BLIND = BlindTerms(batch_tests=5000, game_tests=100_000, threshold=0)


def tables(people: int, size: int) -> tuple[list[str], Exclusions]:
    """People who sit at tables of one size, and give to nobody at their own."""
    names = [f"Player {k}" for k in range(people)]
    return names, Exclusions(groups=tuple(tuple(names[k : k + size]) for k in range(0, people, size)), pairs=())


@pytest.mark.parametrize(("people", "size"), [(12, 4), (16, 4), (20, 4), (20, 5), (25, 5), (10, 5), (40, 5), (30, 2)])
def test_families_of_four_and_five_are_ordinary_in_blind_games(people: int, size: int) -> None:
    names, exclusions = tables(people, size)
    look = outlook(names, exclusions, 100_000, BLIND).trustees
    assert look is not None
    assert (look.count, look.threshold, look.absent) == (7, 5, 2)
    assert look.tests <= 100_000
    assert look.decks * people * size <= 5000  # as many pairs are tested in a deck
    assert look.batches >= 1


@pytest.mark.parametrize(("people", "size"), [(24, 6), (30, 6), (100, 6)])
def test_a_blind_game_that_needs_too_many_tests_is_refused_with_what_would_help(people: int, size: int) -> None:
    names, exclusions = tables(people, size)
    with pytest.raises(UsageError) as caught:
        outlook(names, exclusions, 100_000, BLIND)
    assert caught.value.code == "exclusions.too-many-tests"
    assert f"the largest group has {size}: Player 0, Player 1" in caught.value.hint
    assert "--max-tests" in caught.value.hint
    raised = int(re.findall(r"--max-tests (\d+)", caught.value.hint)[0])
    assert outlook(names, exclusions, 100_000, but(BLIND, game_tests=raised)).trustees is not None
    with raises(UsageError, "exclusions.too-many-tests"):
        outlook(names, exclusions, 100_000, but(BLIND, game_tests=raised - 1))


def test_a_blind_game_must_end_within_its_batches() -> None:
    names, exclusions = tables(10, 5)  # one deck in 252 is permitted; 256 batches of one deck are not enough
    with pytest.raises(UsageError) as caught:
        outlook(names, exclusions, 100_000, but(BLIND, batch_tests=50))
    assert caught.value.code == "exclusions.too-many-tests"
    assert "--batch-tests" in caught.value.hint


def test_the_tests_of_one_deck_must_fit_into_a_post() -> None:
    names, exclusions = tables(180, 90)
    with raises(UsageError, "exclusions.too-many-pairs"):
        outlook(names, exclusions, 100_000, BLIND)
    assert outlook(names[:100], Exclusions(groups=(), pairs=()), 100, BLIND).trustees is not None  # no cards to count


@pytest.mark.parametrize(
    ("players", "least", "expected"), [(3, 0, (3, 3, 0)), (4, 0, (4, 3, 1)), (5, 0, (5, 4, 1)), (6, 0, (6, 5, 1)),
                                       (7, 0, (7, 5, 2)), (9, 0, (7, 5, 2)), (9, 7, (7, 7, 0)), (4, 7, (4, 4, 0))],
)  # fmt: skip
def test_how_many_trustees_may_be_lost(players: int, least: int, expected: tuple[int, int, int]) -> None:
    names = [f"Player {k}" for k in range(players)]
    look = outlook(names, Exclusions(groups=(), pairs=()), 100_000, but(BLIND, threshold=least)).trustees
    assert look is not None
    assert (look.count, look.threshold, look.absent) == expected


def test_the_door_weighs_blind_games_by_their_tests() -> None:
    game = game_at(mode="blind", blind=but(BLIND, game_tests=10))
    start = player.make_start(game.state, game.players["Ann"].key)
    with raises(UsageError, "exclusions.too-many-tests"):
        admit(game.state, start)
    enough = game_at(mode="blind", deck_limit=4, max_players=4)  # cards are not counted
    admit(enough.state, player.make_start(enough.state, enough.players["Ann"].key))
    create = enough.state.create
    invites = tuple(invite_for(name, name)[1] for name in NAMES)
    admit(None, but(create, invites=invites))
    with raises(UsageError, "exclusions.too-many-tests"):
        admit(None, but(create, invites=invites, blind=but(BLIND, game_tests=10)))


def test_a_drop_after_the_deal_is_for_the_rules_alone() -> None:
    game = game_at(Phase.CHOOSING, mode="blind", blind=but(BLIND, batch_tests=40))
    body = player.make_drop(game.state, game.organiser.key, game.state.players[:1])
    admit(game.state, body, lambda *what: pytest.fail(f"weighed: {what}"))


def test_exclusions_must_fit_into_a_proof() -> None:
    names = [f"Player {k}" for k in range(210)]
    household = Exclusions(groups=(tuple(names[:201]),), pairs=())
    with raises(UsageError, "exclusions.too-many-pairs"):
        outlook(names, household, 100_000)
