"""Bad transcripts of blind games: posts whose author had not seen what they answer (section 11.3 of docs/protocol.md).

Each names the entry directly before the least that it must have seen, so that this one rule alone is broken.
"""

from __future__ import annotations

from sealed_santa.game.batches import Kind
from sealed_santa.game.state import Phase
from sealed_santa.lab.simulator import START
from sealed_santa.log.posts import Post
from sealed_santa.roles import player
from transcripts.bad_blind_delivery import dispute
from transcripts.bad_blind_shares import away, complained, late
from transcripts.bad_blind_turn import not_seen
from transcripts.blind_forge import (
    PATIENCE,
    at,
    blind_game,
    complaint,
    forged_envelope,
    forged_mix,
    me,
    owes,
    play,
    stands,
)
from transcripts.cases import bad
from transcripts.forge import FOUR, ORGANISER, SERVER, Forger


def drop_of(made: Forger, name: str) -> Post:
    """Return the organiser's drop of a player."""
    return player.make_drop(made.state, made.organiser.key, (me(made, name)[0],))


def closed_by(who: str, made: Forger, wait: int = 2 * PATIENCE) -> bytes:
    """Let somebody close who has seen all but the last entry."""
    made.now += wait
    return not_seen(made, who, len(made.entries) - 2, player.make_close(made.state, made.id_of(who)))


# --- coins, keys, drops ---------------------------------------------------------------------------


@bad("A14 seen.too-old 6")
def blind_coin_that_has_not_seen_the_lock() -> bytes:
    """A coin of somebody who does not know the roster; there is no deck in this mode, and the lock is what counts."""
    return not_seen(at(Phase.COINS), "Bob", 4)


@bad("A14 seen.too-old 9")
def blind_drop_that_has_not_seen_the_lock() -> bytes:
    """The organiser drops a player for its coin, and has not seen that coins were asked for."""
    made = at(Phase.COINS, 3)
    made.now += 2 * PATIENCE
    return not_seen(made, ORGANISER, 4, drop_of(made, "Dot"))


@bad("A14 seen.too-old 27")
def blind_drop_that_has_not_seen_the_deal() -> bytes:
    """The organiser drops a player for its gift, and has not seen that cards were dealt."""
    made = at(Phase.CHOOSING)
    made.now += 2 * PATIENCE
    return not_seen(made, ORGANISER, 25, drop_of(made, "Dot"))


@bad("A14 seen.too-old 32")
def blind_leave_that_has_not_seen_the_close() -> bytes:
    """A player leaves while gifts are mixed, with a post that it signed before the choosing was closed."""
    made = at(Phase.MIXING, 0, Kind.GIFTS)
    return not_seen(made, "Dot", 30, player.make_leave(made.state, made.id_of("Dot")))


@bad("A14 seen.too-old 18")
def blind_key_that_has_not_seen_the_last_coin() -> bytes:
    """Eight players: the last coin names the trustees, and somebody has its key ready before it."""
    made = at(Phase.KEYS, game="eight")
    name = next(p.name for p in made.state.players if me(made, p.name)[1])
    return not_seen(made, name, 16)


# --- complaints, answers, work --------------------------------------------------------------------


@bad("A14 seen.too-old 14")
def blind_complaint_that_has_not_seen_all_keys() -> bytes:
    """Bob complains with a post that he signed before the last key was in."""
    made = at(Phase.MIXING)
    return not_seen(made, "Bob", 12, complaint(made, "Bob", 1))


@bad("A14 seen.too-old 15")
def blind_answer_that_has_not_seen_the_complaint() -> bytes:
    """Ann publishes a share in advance: the server could ask for it whenever it likes."""
    made = complained()
    return not_seen(made, "Ann", 13)


@bad("A14 seen.too-old 19")
def blind_blinding_that_has_not_seen_the_last_one() -> bytes:
    """A blinding of somebody who has not seen the one that it goes on from."""
    made = at(Phase.BLINDING, 1)
    return not_seen(made, "Bob", 17)


@bad("A14 seen.too-old 24")
def blind_hand_that_has_not_seen_the_opening() -> bytes:
    """A trustee hands out cards before it can know which deck is dealt."""
    return not_seen(at(Phase.DEALING), "Ann", 22)


@bad("A14 seen.too-old 43")
def blind_reveal_that_has_not_seen_the_last_receipt() -> bytes:
    """A trustee opens the pairs before it can know that they may be opened."""
    return not_seen(at(Phase.REVEALING), "Ann", 41)


@bad("A14 seen.too-old 27")
def blind_envelope_that_has_not_seen_the_deal() -> bytes:
    """A gift of somebody who cannot know yet to whom it gives."""
    return not_seen(at(Phase.CHOOSING), "Ann", 25)


@bad("A14 seen.too-old 39")
def blind_dispute_without_seeing_the_delivery() -> bytes:
    """Ann disputes what she has not seen."""
    made = at(Phase.DELIVERED)
    return not_seen(made, "Ann", 37, dispute(made, "Ann"))


@bad("A14 seen.too-old 39")
def blind_call_without_seeing_the_delivery() -> bytes:
    """The organiser calls the reveal of what it has not seen delivered."""
    made = at(Phase.DELIVERED)
    return not_seen(made, ORGANISER, 37, player.make_call(made.state, made.organiser.key))


# --- closes: by the organiser the beginning of the phase, by the server every step of it ----------


@bad("A14 seen.too-old 27")
def blind_close_of_an_organiser_who_has_not_seen_the_deal() -> bytes:
    """The organiser closes the choosing before it can know that it has begun."""
    return closed_by(ORGANISER, at(Phase.CHOOSING))


@bad("A14 seen.too-old 13")
def blind_close_without_seeing_the_last_key() -> bytes:
    """The server closes the keys, and says that it has not seen the last of them."""
    return closed_by(SERVER, at(Phase.KEYS, 3))


@bad("A14 seen.too-old 17")
def blind_close_without_seeing_the_last_mix() -> bytes:
    """The server closes the mixing, and says that it has not seen the last mix."""
    return closed_by(SERVER, at(Phase.MIXING, 3))


@bad("A14 seen.too-old 15")
def blind_close_without_seeing_the_complaint() -> bytes:
    """The server finds a trustee out for a complaint that it says it has not seen."""
    return closed_by(SERVER, complained())


@bad("A14 seen.too-old 19")
def blind_close_without_seeing_the_answer() -> bytes:
    """Three have mixed, and the server closes the mixing without having seen the answer that came last."""
    made = complained()
    for name in ("Ann", "Cem", "Dot"):
        made.say(name, forged_mix(made, name))
    made.say("Ann", owes(made, "Ann"))
    return closed_by(SERVER, made)


@bad("A14 seen.too-old 21")
def blind_close_without_seeing_the_last_blinding() -> bytes:
    """A complaint is overdue, and the server finds out who is silent without having seen the blinding after it."""
    made = late(Phase.BLINDING, 1)
    made.say("Bob", owes(made, "Bob"))
    return closed_by(SERVER, made)


@bad("A14 seen.too-old 24")
def blind_close_without_seeing_the_last_opening() -> bytes:
    """The same while the tests are opened."""
    made = late(Phase.OPENING, 1)
    made.say("Bob", owes(made, "Bob"))
    return closed_by(SERVER, made)


@bad("A14 seen.too-old 26")
def blind_close_without_seeing_the_first_hand() -> bytes:
    """The server would find a trustee out as if no card had been handed out; the hand is what it has not seen."""
    made = late(Phase.DEALING)
    made.say("Bob", owes(made, "Bob"))
    return closed_by(SERVER, made)


@bad("A14 seen.too-old 31")
def blind_close_without_seeing_the_last_envelope() -> bytes:
    """All have given, and the server closes the choosing without having seen the last gift."""
    return closed_by(SERVER, at(Phase.CHOOSING).say_what_is_owed(*FOUR), 0)


@bad("A14 seen.too-old 32")
def blind_close_without_seeing_the_complaint_of_the_choosing() -> bytes:
    """All have given, and the complaint that came last is what the server has not seen."""
    made = away(Phase.CHOOSING).say_what_is_owed(*FOUR)
    made.say("Dot", complaint(made, "Dot", 1))
    return closed_by(SERVER, made, 0)


@bad("A14 seen.too-old 33")
def blind_close_without_seeing_the_answer_of_the_choosing() -> bytes:
    """All have given, and the answer that came last is what the server has not seen."""
    made = late(Phase.CHOOSING).say_what_is_owed("Bob", "Cem", "Dot")
    made.say("Ann", forged_envelope(made, "Ann"))
    made.say("Ann", owes(made, "Ann"))
    return closed_by(SERVER, made, 0)


@bad("A14 seen.too-old 42")
def blind_close_without_seeing_the_last_receipt() -> bytes:
    """The server begins the reveal at its date, and says that it has not seen the last receipt."""
    made = play(dated(), lambda state: stands(state, Phase.DELIVERED, 3))
    return closed_by(SERVER, made, 10 * PATIENCE)


@bad("A39 dispute.unfounded 39 by player Ann (proven)", "A14 seen.too-old 40")
def blind_close_without_seeing_the_dispute() -> bytes:
    """The same with a dispute."""
    made = dated()
    made.say("Ann", dispute(made, "Ann"))
    return closed_by(SERVER, made, 10 * PATIENCE)


def dated() -> Forger:
    """Return a game with a date for the reveal, in which the gifts are delivered."""
    return blind_game(Phase.DELIVERED, reveal_at=START + 10 * PATIENCE)


@bad("A14 seen.too-old 35")
def blind_close_without_seeing_the_last_mix_of_gifts() -> bytes:
    """The organiser may close on what it saw when the phase began; the server may not."""
    return closed_by(SERVER, at(Phase.MIXING, 3, Kind.GIFTS))
