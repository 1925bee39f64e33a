"""Whole games in memory: sizes, policies, silence, refusals, disputes, rounds, restarts."""

from __future__ import annotations

from typing import Any

import pytest

from game_cases import (
    COUPLE,
    FEW_DECKS,
    NAMES,
    but,
    dealt,
    dispute,
    facts,
    game_at,
    gift_with,
    owed,
    wrong_cards,
)
from sealed_santa.game.replay import fold, step
from sealed_santa.game.state import Phase, State
from sealed_santa.game.verdicts import pairs
from sealed_santa.lab.simulator import Simulator, played, seeded_entropy
from sealed_santa.log.archive import encode_transcript, parse_transcript
from sealed_santa.log.entry import sign_post
from sealed_santa.log.posts import Exclusions
from sealed_santa.roles import dealer, player
from sealed_santa.roles.player import Intent
from sealed_santa.roles.secrets import DealerSecrets, PlayerSecrets

TWELVE = tuple(f"Player {k}" for k in range(1, 13))
HOUSEHOLDS = Exclusions(groups=(TWELVE[:3], TWELVE[3:5]), pairs=((TWELVE[5], TWELVE[6]), (TWELVE[6], TWELVE[7])))
SIZES: dict[str, tuple[tuple[str, ...], Exclusions]] = {
    "3": (NAMES[:3], Exclusions(groups=(), pairs=())),
    "3, one way round": (NAMES[:3], Exclusions(groups=(), pairs=(("Ann", "Bob"),))),
    "4, a couple": (NAMES, COUPLE),
    "5": ((*NAMES, "Eve"), Exclusions(groups=(("Ann", "Eve"),), pairs=(("Bob", "Cem"),))),
    "12, households": (TWELVE, HOUSEHOLDS),
}


def check_whole(game: Simulator) -> None:
    """What must be true of every game that came to its end honestly."""
    state = game.state
    assert state.phase is Phase.OVER
    assert state.faults == ()
    assert game.replay() == state
    assert encode_transcript(parse_transcript(game.transcript())) == game.transcript()
    drawn = dealer.recipients(state, game.dealer)
    assert sorted(drawn) == sorted(drawn.values()) == list(range(1, len(state.players) + 1))
    assert not set(drawn.items()) & set(state.forbidden)
    assert dealer.duties(state, game.dealer, game.now, game.entropy) == ()
    assert all(not game.owed(name).posts for name in game.players)
    if state.create.reveal == "public":
        assert dict(pairs(state)) == drawn


@pytest.mark.parametrize("reveal", ["public", "private", "never"])
@pytest.mark.parametrize("size", list(SIZES))
def test_a_whole_game(size: str, reveal: str) -> None:
    names, exclusions = SIZES[size]
    game = played(names, seed=f"{size} {reveal}", exclusions=exclusions, reveal=reveal)
    check_whole(game)
    for name in names:
        known = player.knowledge(game.state, game.players[name])
        assert known.recipient is not None
        assert known.parcel is not None
        assert (known.santa is None) is (reveal == "never")
        if known.santa is not None:
            assert dealer.recipients(game.state, game.dealer)[known.santa.number] == player.own(
                game.state, game.players[name]
            ).number


def test_a_game_is_a_function_of_its_seed_but_for_the_ephemeral_keys() -> None:
    one, two, three = played(seed="a"), played(seed="a"), played(seed="b")
    assert dealer.recipients(one.state, one.dealer) == dealer.recipients(two.state, two.dealer)
    assert one.state.game == two.state.game != three.state.game
    assert seeded_entropy("x")(32) == seeded_entropy("x")(32) != seeded_entropy("y")(32)
    draw = seeded_entropy("x")
    assert draw(32) != draw(32)


# --- silence ------------------------------------------------------------------------------------


def test_who_opens_no_coin_is_dropped_and_the_rest_play_on() -> None:
    names = (*NAMES, "Eve")
    game = game_at(Phase.COINS, names, exclusions=COUPLE).run(silent=("Bob", "Dot"))
    assert [p.name for p in game.state.missing_coins()] == ["Bob", "Dot"]
    game.now += game.state.create.patience
    game.organise(player.make_drop(game.state, game.organiser.key, game.state.missing_coins()))
    assert game.state.forbidden == ((1, 1), (2, 2), (3, 3))  # Ann's other half is gone
    game.run()
    check_whole(game)
    assert [r.dropped for r in game.state.rounds] == [("Bob", "Dot")]


def test_who_gives_nothing_is_stood_in_for_by_the_house() -> None:
    game = game_at(Phase.CHOOSING).run(silent=("Cem",))
    assert game.state.phase is Phase.CHOOSING
    game.organise(player.make_close(game.state, game.organiser.key))
    game.run()
    check_whole(game)
    to = dealer.recipients(game.state, game.dealer)[3]
    for p in game.state.players:
        parcel = player.knowledge(game.state, game.players[p.name]).parcel
        assert parcel is not None
        assert (parcel.gift is None) is (p.number == to)


def test_nobody_gives_anything() -> None:
    game = game_at(Phase.CHOOSING)
    game.organise(player.make_close(game.state, game.organiser.key))
    game.run()
    check_whole(game)
    for name in NAMES:
        parcel = player.knowledge(game.state, game.players[name]).parcel
        assert parcel is not None
        assert parcel.gift is None


@pytest.mark.parametrize("reveal", ["public", "private", "never"])
def test_who_sends_no_receipt_does_not_stop_the_end(reveal: str) -> None:
    game = game_at(Phase.DELIVERED, reveal=reveal).run(silent=("Dot",))
    assert game.state.phase is Phase.DELIVERED
    game.organise(player.make_call(game.state, game.organiser.key))
    game.run(silent=("Dot",))
    assert game.state.phase is Phase.OVER
    assert game.state.receipts == {1, 2, 3}
    for body in game.owed("Dot").posts:
        game.say("Dot", body)
    check_whole(game)


def test_deadlines_end_the_choosing_and_bring_the_reveal_without_an_organiser() -> None:
    date = game_at().now + 10**9
    game = game_at(Phase.CHOOSING, choose_by=date - 10**8, reveal_at=date).run(silent=("Dot",))
    assert game.state.phase is Phase.CHOOSING
    game.now = date - 10**8
    game.run(silent=("Dot",))
    assert game.state.phase is Phase.DELIVERED
    game.now = date
    game.run(silent=("Dot",))
    assert game.state.phase is Phase.OVER
    assert game.state.called_seq == 0


# --- refusals and disputes ----------------------------------------------------------------------


def test_a_refused_gift_is_given_anew() -> None:
    game = game_at(Phase.CHOOSING)
    game.say("Ann", owed(game, "Ann"))
    game.say("Ann", gift_with(game, "Ann", choice=10_000))
    game.run()
    assert game.state.phase is Phase.CHOOSING  # Ann's owner must choose again
    assert game.owed("Ann").choose
    game.intents["Ann"] = Intent(gift=4, note="now right", refusals=1)
    game.run()
    check_whole(game)
    to = game.state.players[dealer.recipients(game.state, game.dealer)[1] - 1].name
    parcel = player.knowledge(game.state, game.players[to]).parcel
    assert parcel is not None
    assert (parcel.gift, parcel.note) == (4, "now right")


def test_a_founded_dispute_about_a_card_ends_the_game_for_all() -> None:
    game = game_at(Phase.DEAL)
    game.deal_with(wrong_cards(game, dealt(game), 2))
    game.run()
    assert game.state.phase is Phase.VOID
    assert game.replay() == game.state
    assert [(f.code, str(f.blame)) for f in game.state.faults] == [("box.does-not-open", "server (proven)")]


def test_disputes_without_ground_do_not_stop_a_game() -> None:
    game = game_at(Phase.CHOOSING)
    game.say("Ann", dispute(game, "Ann", "card", card=game.players["Ann"].card.secret))
    game.run(until=Phase.DELIVERED)
    game.say("Bob", dispute(game, "Bob", "delivery", gift=game.players["Bob"].gift.secret))
    game.run()
    game.say("Cem", dispute(game, "Cem", "reveal", gift=game.players["Cem"].gift.secret))
    assert game.state.phase is Phase.OVER
    assert [(f.code, f.blame.who) for f in game.state.faults] == [
        ("dispute.unfounded", "Ann"), ("dispute.unfounded", "Bob"), ("dispute.unfounded", "Cem"),
    ]  # fmt: skip
    assert game.replay() == game.state


# --- rounds -------------------------------------------------------------------------------------


def test_with_one_deck_a_round_it_may_take_several() -> None:
    taken = set()
    for k in range(12):
        game = played(seed=f"one deck {k}", **FEW_DECKS)
        check_whole(game)
        assert all(r.dropped == () for r in game.state.rounds)
        assert len(game.state.rounds) == game.state.round - 1
        taken.add(game.state.round)
    assert len(taken) > 2
    assert min(taken) == 1


def test_drops_and_rounds_in_turn() -> None:
    names = (*NAMES, "Eve", "Fay")
    game = Simulator("turns", names).fill().start()
    for silent in ("Fay", "Eve", "Bob"):
        game.run(until=Phase.DEAL, silent=(silent,))
        game.now += 10**7
        game.organise(player.make_drop(game.state, game.organiser.key, game.state.missing_coins()))
    game.run()
    check_whole(game)
    assert game.state.round == 4
    assert [r.dropped for r in game.state.rounds] == [("Fay",), ("Eve",), ("Bob",)]


# --- restarts -----------------------------------------------------------------------------------


def eventful() -> Simulator:
    """A game with everything in it: a drop, a refusal, a replaced gift, a dispute, a late receipt."""
    game = game_at(Phase.COINS, (*NAMES, "Eve"), reveal="private", exclusions=COUPLE).run(silent=("Eve",))
    game.now += 10**7
    game.organise(player.make_drop(game.state, game.organiser.key, game.state.missing_coins()))
    game.run(until=Phase.CHOOSING)
    game.say("Ann", owed(game, "Ann"))
    game.say("Ann", gift_with(game, "Ann", choice=10_000))
    game.deal_with(dealt(game))
    game.intents["Ann"] = Intent(gift=1, note="n", refusals=1)
    game.run(until=Phase.CLOSED)
    game.run(until=Phase.DELIVERED)
    game.say("Bob", dispute(game, "Bob", "delivery", gift=game.players["Bob"].gift.secret))
    game.run(silent=("Dot",))
    game.organise(player.make_call(game.state, game.organiser.key))
    game.run()
    assert game.state.phase is Phase.OVER
    return game


def restarted(state: State, secrets: PlayerSecrets, intent: Intent) -> Any:
    """Return what a player owes that has nothing but its seed and this log."""
    again = PlayerSecrets(secrets.seed, secrets.game)
    return player.duties(state, again, intent, lambda size: b"r" * size)


def public_part(body: Any) -> Any:
    """Leave out what is sealed anew each time: HPKE draws its own ephemeral key."""
    fresh = {"choice", "note", "h", "sealed", "envelopes", "boxes"}
    return {f: getattr(body, f) for f in body.__struct_fields__ if f not in fresh}


def test_everybody_may_be_restarted_at_every_entry() -> None:
    """From (seed, copy of the log) comes the same state and the same duties, and what is done is not owed again."""
    game = eventful()
    said = [entry.post.body for entry in game.entries]
    for count in range(1, len(game.entries) + 1):
        copy = fold(parse_transcript(encode_transcript(game.entries[:count])))
        twin = fold(game.entries[:count])
        assert copy == twin
        done = {(b.by, type(b), getattr(b, "round", 0)) for b in said[:count]}
        now = game.entries[count - 1].at
        for name, secrets in game.players.items():
            intent = Intent(gift=1, note="n", refusals=1)
            first, second = restarted(copy, secrets, intent), restarted(twin, secrets, intent)
            assert [public_part(p) for p in first.posts] == [public_part(p) for p in second.posts], (count, name)
            for post in first.posts:
                repeatable = type(post).__name__ in ("Gift", "Dispute")
                assert repeatable or (post.by, type(post), post.round) not in done, (count, name)
        server = DealerSecrets(game.dealer.seed, game.server)
        drawn = [dealer.duties(s, server, now, lambda size: b"r" * size, {}) for s in (copy, twin)]
        assert [public_part(p) for p in drawn[0]] == [public_part(p) for p in drawn[1]], count
        for post in drawn[0]:
            assert type(post).__name__ == "Refusal" or (post.by, type(post), post.round) not in done, count


def test_a_game_goes_on_from_any_prefix_of_its_log() -> None:
    """Killed at any entry, started again with seeds and log: the same draw, nothing lost, nothing twice."""
    whole = played(seed="killed")
    drawn = dealer.recipients(whole.state, whole.dealer)
    first = next(e.seq for e in whole.entries if type(e.post.body).__name__ == "Start")
    for count in range(first + 1, len(whole.entries) + 1):
        game = Simulator("killed").fill()
        game.entries = list(whole.entries[:count])
        game.current = fold(game.entries)
        game.now = game.entries[-1].at + 5000
        game.run()
        check_whole(game)
        if count > whole.state.deck_seq:  # before it, the time of the decks is still to come, and it is in the seed
            assert dealer.recipients(game.state, game.dealer) == drawn, count
        assert len(game.entries) == len(whole.entries)


def test_states_do_not_change_under_who_holds_them() -> None:
    game = eventful()
    state: State | None = None
    held = []
    for entry in game.entries:
        state = step(state, entry)
        held.append((state, facts(state)))
    for state, then in held:
        assert facts(state) == then


def test_a_dishonest_server_of_the_simulator_does_not_move_the_state() -> None:
    game = game_at(Phase.COINS)
    before = facts(game.state)
    body = but(owed(game, "Ann"), round=2)
    game.force(sign_post(body, game.players["Ann"].signing))
    assert facts(game.state) == before
    assert len(game.entries) == len(before["chain"]) + 1
