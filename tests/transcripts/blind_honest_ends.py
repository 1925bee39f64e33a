"""Good transcripts of blind games: people who leave, gifts, reveals, games that are not over."""

from __future__ import annotations

from collections.abc import Sequence

from sealed_santa.game.batches import Kind
from sealed_santa.game.stages import blind_state, present
from sealed_santa.game.state import Phase
from sealed_santa.lab.simulator import START
from sealed_santa.roles import player
from transcripts.blind_forge import (
    PATIENCE,
    SHORT,
    at,
    blind_game,
    blind_search,
    complaint,
    finish,
    owes,
    play,
    stands,
)
from transcripts.blind_honest import groups, pairs
from transcripts.cases import honest
from transcripts.forge import FOUR, Forger, changed, people

SO_FAR = "verified so far"

# --- leaving --------------------------------------------------------------------------------------


def leaving(
    who: str, names: Sequence[str] = people(5), begin: int = 0, batches: Sequence[Kind] = (), **how: object
) -> Forger:
    """Return a game in which somebody leaves when two have given, and these batches follow until the next gift."""

    def make(seed: str) -> Forger:
        made = blind_game(Phase.COINS, names, seed, 1, **how)  # type: ignore[arg-type]
        play(made, lambda state: stands(state, Phase.CHOOSING, 2))
        made.say(who, player.make_leave(made.state, made.id_of(who)))
        return made.run(Phase.CHOOSING)

    def found(made: Forger) -> bool:
        past = [batch.kind for batch in blind_state(made.state).past]
        return past[len(past) - len(batches) :] == list(batches) and Kind.CARDS in past[: len(past) - len(batches)]

    return blind_search(found, begin, make)


REPAIRED = (Kind.BRIDGE, Kind.ORDER, Kind.SCREEN)


@honest()
def blind_left_and_bridged() -> bytes:
    """A player leaves while gifts are chosen; its giver gets its recipient, and nobody learns who that is."""
    return leaving("Player 5", batches=REPAIRED).run().transcript()


@honest()
def blind_dropped_and_bridged() -> bytes:
    """The organiser drops a player who gives nothing; the cards are repaired without it."""
    made = blind_game(Phase.CHOOSING, people(5), "corpus/blind/0", decks=1).run(silent=["Player 2"])
    made.now += 2 * PATIENCE
    made.organise(player.make_drop(made.state, made.organiser.key, present(made.state)[1:2]))
    return made.run(silent=["Player 2"]).transcript()


@honest()
def blind_dropped_by_a_player() -> bytes:
    """The deadline is over, the organiser does nothing, and a player drops who gave nothing."""
    made = blind_game(Phase.CHOOSING, FOUR, SHORT, decks=1, choose_by=START + PATIENCE)
    made.run(silent=["Bob"])
    made.now += 2 * PATIENCE
    made.say("Dot", player.make_drop(made.state, made.id_of("Dot"), present(made.state)[1:2]))
    return made.run(silent=["Bob"]).transcript()


@honest()
def blind_dropped_who_is_no_trustee() -> bytes:
    """Of eight players, the one who is no trustee is dropped."""
    made = at(Phase.CHOOSING, game="eight")
    number = next(n for n in range(1, 9) if n not in blind_state(made.state).trustees)
    gone = made.state.players[number - 1]
    made.run(silent=[gone.name])
    made.now += 2 * PATIENCE
    made.organise(player.make_drop(made.state, made.organiser.key, (gone,)))
    return made.run(silent=[gone.name]).transcript()


@honest()
def blind_bridge_that_hits() -> bytes:
    """The leaver and somebody gave to each other: bridged, that one would give to itself, and all is mixed anew."""
    return leaving("Player 5", begin=1, batches=(*REPAIRED, Kind.CARDS)).run().transcript()


@honest()
def blind_left_and_mixed_anew() -> bytes:
    """Exclusions around the leaver would make a bridge favour some deals: the cards are mixed anew."""
    five = people(5)
    around = pairs((five[0], five[4]), (five[4], five[1]))
    return leaving("Player 5", exclusions=around, batches=(Kind.CARDS,)).run().transcript()


@honest()
def blind_left_two() -> bytes:
    """Two players leave, one after the other; five of seven trustees are enough to the end."""
    made = leaving("Player 7", people(7), begin=1, batches=REPAIRED)
    made.say("Player 2", player.make_leave(made.state, made.id_of("Player 2")))
    return made.run().transcript()


@honest()
def blind_left_during_the_mix_of_gifts() -> bytes:
    """A player leaves while the gifts are mixed; they come anew after the repair."""
    made = blind_game(Phase.COINS, people(5), "corpus/blind/0", decks=1)
    play(made, lambda state: stands(state, Phase.MIXING, 2, Kind.GIFTS))
    made.say("Player 4", player.make_leave(made.state, made.id_of("Player 4")))
    return made.run().transcript()


def lost_in_the_repair(phase: Phase, kind: Kind, begin: int) -> bytes:
    """Return a game of seven in which one leaves, and a trustee is silent from a step of the repair on."""

    def make(seed: str) -> Forger:
        made = blind_game(Phase.COINS, people(7), seed, 1)
        play(made, lambda state: stands(state, Phase.CHOOSING, 2))
        made.say("Player 7", player.make_leave(made.state, made.id_of("Player 7")))
        play(made, lambda state: stands(state, phase, 0, kind) or state.phase is Phase.CHOOSING)
        return finish(made, silent=["Player 2"])

    def found(made: Forger) -> bool:
        return tuple(batch.kind for batch in blind_state(made.state).past) == (Kind.CARDS, *REPAIRED, Kind.GIFTS)

    return blind_search(found, begin, make).transcript()


@honest()
def blind_lost_before_the_mix_of_a_bridge() -> bytes:
    """One of seven left, and a trustee is lost before its mix of the bridge: the other five are enough."""
    return lost_in_the_repair(Phase.MIXING, Kind.BRIDGE, 7)


@honest()
def blind_lost_before_the_opening_of_an_order() -> bytes:
    """One of seven left, and a trustee is lost before the new order is opened: the other five are enough."""
    return lost_in_the_repair(Phase.OPENING, Kind.ORDER, 7)


@honest()
def blind_lost_before_the_blinding_of_a_screen() -> bytes:
    """One of seven left, and a trustee is lost before the repaired cards are tested: the other five are enough."""
    return lost_in_the_repair(Phase.BLINDING, Kind.SCREEN, 7)


@honest()
def blind_left_of_three() -> bytes:
    """One of three leaves: two would know everything, and the game is void."""
    made = blind_game(Phase.CHOOSING, people(3))
    made.say("Player 1", player.make_leave(made.state, made.id_of("Player 1")))
    return made.transcript()


@honest()
def blind_left_too_few_trustees() -> bytes:
    """One leaves where all four trustees are needed: the game is void."""
    made = blind_game(Phase.CHOOSING, threshold=4)
    made.say("Dot", player.make_leave(made.state, made.id_of("Dot")))
    return made.transcript()


@honest()
def blind_left_and_nothing_permitted() -> bytes:
    """Without the one who left no assignment avoids the exclusions: the game is void."""
    made = blind_game(Phase.CHOOSING, exclusions=groups(FOUR[:2]))
    made.say("Dot", player.make_leave(made.state, made.id_of("Dot")))
    return made.transcript()


@honest()
def blind_coin_withheld() -> bytes:
    """A player withholds its coin, is dropped, and the others begin a new round with new keys."""
    made = blind_game(Phase.COINS, people(5)).run(Phase.KEYS, silent=["Player 3"])
    made.now += 2 * PATIENCE
    made.organise(player.make_drop(made.state, made.organiser.key, made.state.missing_coins()))
    return made.run(silent=["Player 3"]).transcript()


# --- gifts ----------------------------------------------------------------------------------------


def givers(*names: str) -> Forger:
    """Return a game in which only these give, and the organiser closes the choosing."""
    made = at(Phase.CHOOSING).say_what_is_owed(*names)
    made.organise(player.make_close(made.state, made.organiser.key))
    return made


@honest()
def blind_nobody_gives() -> bytes:
    """Nobody gives: there is nothing to mix, and the house gives to all."""
    return givers().run().transcript()


@honest()
def blind_two_give() -> bytes:
    """Two give, which is too few to hide who: nothing is opened, and the house gives to all."""
    return givers("Ann", "Cem").run().transcript()


@honest()
def blind_gift_of_the_house() -> bytes:
    """One of four gives nothing; whoever has no box has the gift of the house."""
    return givers("Ann", "Bob", "Dot").run().transcript()


@honest()
def blind_gift_replaced() -> bytes:
    """A giver thinks again before the close; the last envelope counts."""
    made = at(Phase.CHOOSING).say_what_is_owed("Cem")
    made.intents["Cem"] = player.Intent(gift=0, note="on second thoughts", publish_gift_key=True)
    body = owes(at(Phase.CHOOSING), "Cem")
    made.say("Cem", changed(body, seen=made.state.head))
    return made.run().transcript()


@honest()
def blind_closed_by_the_deadline() -> bytes:
    """The server closes the choosing when its time is over; one gift is missing."""
    made = blind_game(Phase.CHOOSING, choose_by=START + PATIENCE)
    made.run(silent=["Bob"])
    made.now += 3 * PATIENCE
    play(made, lambda state: state.phase is not Phase.CHOOSING, silent=FOUR)
    return made.run().transcript()


# --- reveals --------------------------------------------------------------------------------------


@honest()
def blind_reveal_never() -> bytes:
    """No reveal: the last receipt ends the game, and the pairs are never opened."""
    return blind_game(reveal="never").transcript()


@honest()
def blind_reveal_never_called_off() -> bytes:
    """No reveal, two receipts missing: the organiser ends the game, and a receipt comes after the end."""
    made = blind_game(Phase.DELIVERED, reveal="never").say_what_is_owed("Ann", "Bob")
    made.organise(player.make_call(made.state, made.organiser.key))
    return made.say_what_is_owed("Cem").transcript()


@honest()
def blind_reveal_called() -> bytes:
    """The organiser calls the reveal before all receipts are in; receipts come during it and after the end."""
    made = at(Phase.DELIVERED).say_what_is_owed("Ann")
    made.organise(player.make_call(made.state, made.organiser.key))
    return made.say_what_is_owed("Bob", "Cem", "Dot").run().transcript()


@honest()
def blind_reveal_at() -> bytes:
    """The reveal waits for its date, which the server says."""
    made = blind_game(reveal_at=START + 24 * PATIENCE)
    made.now = START + 24 * PATIENCE
    return made.run().transcript()


# --- not over -------------------------------------------------------------------------------------


@honest(SO_FAR)
def blind_unfinished_joining() -> bytes:
    """Four players have joined."""
    return blind_game(Phase.JOINING).transcript()


@honest(SO_FAR)
def blind_unfinished_mixing() -> bytes:
    """Two trustees of four have mixed."""
    return at(Phase.MIXING, 2).transcript()


@honest(SO_FAR)
def blind_unfinished_complaint() -> bytes:
    """A complaint waits for its answer."""
    made = at(Phase.MIXING)
    made.say("Bob", complaint(made, "Bob", 1))
    return made.transcript()


@honest(SO_FAR)
def blind_unfinished_tests() -> bytes:
    """One trustee has blinded the tests."""
    return at(Phase.BLINDING, 1).transcript()


@honest(SO_FAR)
def blind_unfinished_opening() -> bytes:
    """Two trustees have opened the tests."""
    return at(Phase.OPENING, 2).transcript()


@honest(SO_FAR)
def blind_unfinished_choosing() -> bytes:
    """Two players have given."""
    return at(Phase.CHOOSING, 2).transcript()


@honest(SO_FAR)
def blind_unfinished_repair() -> bytes:
    """Somebody left, and the bridge is mixed and not tested yet."""
    return at(Phase.BLINDING, 0, Kind.BRIDGE, "five").transcript()


@honest(SO_FAR)
def blind_unfinished_delivered() -> bytes:
    """Two receipts are missing."""
    return at(Phase.DELIVERED, 2).transcript()


@honest(SO_FAR)
def blind_unfinished_reveal() -> bytes:
    """One trustee has opened the pairs."""
    return at(Phase.REVEALING, 1).transcript()
