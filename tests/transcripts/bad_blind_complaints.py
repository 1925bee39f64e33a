"""Bad transcripts of blind games: complaints at the limits of section 11.4 of docs/protocol.md.

Overdue or not, before the first hand and after it, up to the reveal; of and about those who left; and what
the others do when somebody is found out. The good games at the same limits are in `edges`.
"""

from __future__ import annotations

from sealed_santa.crypto.sharing import evaluate
from sealed_santa.game.batches import Kind
from sealed_santa.game.state import Phase
from sealed_santa.roles import player
from transcripts.bad_blind_keys import without_the_key_of_dot
from transcripts.bad_blind_shares import ANN, EITHER, away, complained, late
from transcripts.blind_forge import (
    PATIENCE,
    answer,
    at,
    blind_game,
    blind_search,
    coefficients,
    complaint,
    finish,
    forged_mix,
    me,
    owes,
    play,
    stands,
)
from transcripts.cases import bad
from transcripts.forge import FOUR, SERVER, Forger, changed, people

BOB = "player Bob (proven)"
ONE = "player Player 1 (proven)"


def close_of(who: str, made: Forger) -> bytes:
    """Let somebody close; return the transcript, which ends there."""
    return made.smuggle(who, player.make_close(made.state, made.id_of(who)))


def wrong(made: Forger, accuser: str, *accused: str) -> Forger:
    """Let somebody complain of these, and each of them publish a wrong share."""
    index = me(made, accuser)[1]
    for name in accused:
        made.say(accuser, complaint(made, accuser, me(made, name)[1]))
    for name in accused:
        made.say(name, answer(made, name, index, 7))
    return made


# --- complaints before the first hand -------------------------------------------------------------


@bad(f"B04 share.wrong 15 by {ANN}", "A15 turn.wrong 16")
def blind_complaint_when_too_few_are_qualified() -> bytes:
    """Of four keys three were there, and one of them counts no more: the game is void, and nothing comes after."""
    made = wrong(without_the_key_of_dot(), "Bob", "Ann")
    return made.smuggle("Cem", complaint(made, "Cem", 2))


@bad(f"B04 share.wrong 15 by {ANN}", "B03 complaint.accused 16")
def blind_complaint_about_somebody_found_out() -> bytes:
    """Ann was found out, and Cem complains of her, too: nothing of hers is needed any more."""
    made = wrong(at(Phase.MIXING), "Bob", "Ann")
    return made.smuggle("Cem", complaint(made, "Cem", 1))


@bad(f"B04 share.wrong 17 by {ANN}", "B03 complaint.twice 18")
def blind_complaint_again_in_a_new_batch() -> bytes:
    """Dot answered Bob rightly; Ann is found out and all is mixed anew, which gives Bob no second complaint of Dot."""
    made = at(Phase.MIXING)
    made.say("Bob", complaint(made, "Bob", 4))
    made.say("Dot", owes(made, "Dot"))
    wrong(made, "Bob", "Ann")
    return made.smuggle("Bob", complaint(made, "Bob", 4))


@bad(f"B04 share.wrong 16 by {ANN}", "B03 complaint.after-mix 17")
def blind_complaint_after_the_mix_of_a_void_batch() -> bytes:
    """Cem mixed before Ann was found out; that batch is void, but he has confirmed his shares in it."""
    made = at(Phase.MIXING)
    made.say("Cem", forged_mix(made, "Cem"))
    wrong(made, "Bob", "Ann")
    return made.smuggle("Cem", complaint(made, "Cem", 2))


def seven() -> Forger:
    """Return a game of seven trustees, of whom five are needed, whose keys are in."""
    return blind_game(Phase.MIXING, people(7), decks=1)


@bad(
    "B04 share.missing 25 by player-or-server Player 1 or Player 2 (suspected)",
    "B04 share.missing 25 by player-or-server Player 2 or Player 3 (suspected)",
)
def blind_two_who_do_not_answer() -> bytes:
    """Two complaints are overdue and both are found out at once, although one of them complained of the other."""
    made = seven()
    made.say("Player 3", complaint(made, "Player 3", 2))
    made.say("Player 2", complaint(made, "Player 2", 1))
    made.now += PATIENCE
    return play(made, lambda state: stands(state, Phase.MIXING, 1), silent=["Player 1", "Player 2"]).transcript()


@bad(f"B04 share.missing 16 by {EITHER.format('Bob')}", f"B04 share.missing 16 by {EITHER.format('Cem')}")
def blind_one_who_does_not_answer_two() -> bytes:
    """Cem and Bob complain of Ann, who answers neither: one fault for each complaint."""
    made = at(Phase.MIXING)
    for name in ("Cem", "Bob"):
        made.say(name, complaint(made, name, 1))
    made.now += PATIENCE
    return play(made, lambda state: stands(state, Phase.MIXING, 1), silent=["Ann"]).transcript()


@bad("B07 close.too-few 16")
def blind_close_for_two_complaints_that_cannot_expel() -> bytes:
    """Two complaints are overdue; without both accused there would be too few, so that neither is found out."""
    made = at(Phase.MIXING)
    made.say("Bob", complaint(made, "Bob", 1))
    made.say("Cem", complaint(made, "Cem", 4))
    made.now += PATIENCE
    return close_of(SERVER, made)


@bad(f"B04 share.missing 16 by {EITHER.format('Bob')}")
def blind_complaint_overdue_beside_one_that_is_not() -> bytes:
    """Ann is late with her answer, Dot is not; the server closes, and Dot's answer still counts in the new batch."""
    made = at(Phase.MIXING)
    made.say("Bob", complaint(made, "Bob", 1))
    made.now = made.entries[14].at + PATIENCE - 1
    made.say("Cem", complaint(made, "Cem", 4))
    made.deal_with(player.make_close(made.state, made.state.create.server))
    return finish(made, silent=["Ann"]).transcript()


def at_patience(made: Forger, seq: int, less: int = 0) -> Forger:
    """Put the clock to where an entry is so old as `patience` says, or a bit less."""
    made.now = made.entries[seq].at + PATIENCE - less
    return made


@bad(f"B04 share.missing 20 by {EITHER.format('Dot')}")
def blind_complaint_overdue_to_the_millisecond() -> bytes:
    """The server closes in the very millisecond in which the complaint is overdue."""
    made = at_patience(late(Phase.BLINDING, 1), 19)
    made.deal_with(player.make_close(made.state, made.state.create.server))
    return play(made, lambda state: stands(state, Phase.MIXING, 1), silent=["Ann"]).transcript()


@bad("A32 close.too-early 20")
def blind_complaint_a_millisecond_before_it_is_overdue() -> bytes:
    """The server closes a millisecond earlier."""
    return close_of(SERVER, at_patience(late(Phase.BLINDING, 1), 19, 1))


@bad("A32 close.too-early 18")
def blind_mixing_closed_a_millisecond_before_a_complaint_is_overdue() -> bytes:
    """The patience for the mixes is over, that for the answer is not, by a millisecond."""
    made = complained()
    for name in ("Bob", "Cem", "Dot"):
        made.say(name, forged_mix(made, name))
    return close_of(SERVER, at_patience(made, 14, 1))


@bad(f"B04 share.missing 23 by {EITHER.format('Dot')}")
def blind_complaint_overdue_while_tests_are_opened() -> bytes:
    """Ann does not answer while the tests are opened: she is found out, and the cards are mixed anew."""
    made = at_patience(late(Phase.OPENING, 1), 22)
    made.deal_with(player.make_close(made.state, made.state.create.server))
    return play(made, lambda state: stands(state, Phase.MIXING, 1), silent=["Ann"]).transcript()


@bad(f"B04 share.missing 25 by {EITHER.format('Dot')}")
def blind_complaint_overdue_before_the_first_hand() -> bytes:
    """Ann does not answer, and no card was handed out: she is found out, and the cards are mixed anew."""
    made = at_patience(late(Phase.DEALING), 24)
    made.organise(player.make_close(made.state, made.organiser.key))
    return play(made, lambda state: stands(state, Phase.MIXING, 1), silent=["Ann"]).transcript()


# --- complaints after it --------------------------------------------------------------------------


@bad("A32 close.too-early 26")
def blind_complaint_overdue_after_the_first_hand() -> bytes:
    """A card was handed out; from then on silence finds nobody out, and a close does nothing."""
    return close_of(SERVER, at_patience(late(Phase.DEALING, 1), 25))


@bad(f"B04 share.wrong 29 by {ANN}", f"B04 share.wrong 30 by {BOB}", "A15 turn.wrong 31")
def blind_envelope_when_too_few_are_left() -> bytes:
    """Two are found out while gifts are chosen: the other two can open nothing, and the game is void."""
    made = away(Phase.CHOOSING)
    body = owes(made, "Cem")
    wrong(made, "Dot", "Ann", "Bob")
    return made.smuggle("Cem", changed(body, seen=made.state.head))


@bad(f"B04 share.wrong 27 by {ANN}", f"B04 share.wrong 28 by {BOB}", "A15 turn.wrong 29")
def blind_hand_when_too_few_are_left() -> bytes:
    """The same while cards are handed out: a hand comes after the end."""
    made = away(Phase.DEALING, 1)
    body = owes(made, "Cem")
    wrong(made, "Dot", "Ann", "Bob")
    return made.smuggle("Cem", changed(body, seen=made.state.head))


def gifts_mixed() -> Forger:
    """Return a game in which Dot was away while the cards were mixed, and all four have given."""
    made = away(Phase.CHOOSING).say_what_is_owed(*FOUR)
    made.deal_with(player.make_close(made.state, made.state.create.server))
    return made


@bad("B04 share.wrong 36", blame=ANN)
def blind_wrong_answer_that_completes_the_mix_of_gifts() -> bytes:
    """All but Ann have mixed the gifts, and wait for her answer; it is wrong, she is out, and the gifts are mixed."""
    made = gifts_mixed()
    made.say("Dot", complaint(made, "Dot", 1))
    for name in ("Bob", "Cem", "Dot"):
        made.say(name, forged_mix(made, name))
    made.say("Ann", answer(made, "Ann", 4, 7))
    return finish(made).transcript()


@bad("B04 share.wrong 36", blame=ANN)
def blind_wrong_answer_of_one_who_has_mixed_the_gifts() -> bytes:
    """Ann has mixed the gifts before she is found out: her mix stands, and the others go on from it."""
    made = gifts_mixed()
    made.say("Ann", forged_mix(made, "Ann"))
    made.say("Dot", complaint(made, "Dot", 1))
    for name in ("Bob", "Cem"):
        made.say(name, forged_mix(made, name))
    made.say("Ann", answer(made, "Ann", 4, 7))
    return finish(made).transcript()


@bad("A15 turn.wrong 41")
def blind_answer_after_the_delivery() -> bytes:
    """A complaint has no answer when the gifts are delivered; then it can have none before the reveal."""
    made = overdue_in_the_mix_of_gifts()
    return made.smuggle("Ann", answer(made, "Ann", 4, evaluate(coefficients(made, "Ann"), 4)))


def overdue_in_the_mix_of_gifts() -> Forger:
    """Return a game whose mix of gifts was closed with a complaint overdue, and whose gifts are delivered."""
    made = gifts_mixed()
    made.say("Dot", complaint(made, "Dot", 1))
    for name in FOUR:
        made.say(name, forged_mix(made, name))
    at_patience(made, 32)
    made.deal_with(player.make_close(made.state, made.state.create.server))
    for name in ("Bob", "Cem", "Dot"):
        made.say(name, owes(made, name))
    return made


def revealing() -> Forger:
    """Return a game whose pairs are to be opened, in which Dot has mixed neither the cards nor the gifts."""
    made = gifts_mixed()
    play(made, lambda state: stands(state, Phase.MIXING, 3), silent=["Dot"])
    made.now += PATIENCE
    play(made, lambda state: state.phase is Phase.DELIVERED, silent=["Dot"])
    return play(made, lambda state: state.phase is Phase.REVEALING)


@bad("B04 share.wrong 44", blame=ANN)
def blind_complaint_in_the_reveal_answered_wrongly() -> bytes:
    """Dot complains when the pairs are to be opened; Ann's answer is wrong, and the others open them."""
    return finish(wrong(revealing(), "Dot", "Ann")).transcript()


@bad(f"B04 share.wrong 44 by {ANN}", "B01 trustee.not 45")
def blind_reveal_by_somebody_found_out() -> bytes:
    """The same, and Ann opens."""
    made = revealing()
    body = owes(made, "Ann")
    wrong(made, "Dot", "Ann")
    return made.smuggle("Ann", changed(body, seen=made.state.head))


@bad(f"B04 share.wrong 45 by {ANN}", f"B04 share.wrong 46 by {BOB}", "A15 turn.wrong 47")
def blind_reveal_when_too_few_are_left() -> bytes:
    """Two are found out in the reveal: the game is void, and nobody opens anything."""
    made = revealing()
    body = owes(made, "Cem")
    wrong(made, "Dot", "Ann", "Bob")
    return made.smuggle("Cem", changed(body, seen=made.state.head))


@bad("A15 turn.wrong 44")
def blind_close_in_the_reveal() -> bytes:
    """The server closes, to find somebody out who does not answer while the pairs are opened."""
    made = revealing()
    made.say("Dot", complaint(made, "Dot", 1))
    return close_of(SERVER, at_patience(made, 43))


# --- complaints and those who leave ---------------------------------------------------------------


def away_of(n: int, who: str, begin: int) -> Forger:
    """Return a game of n whose cards are dealt at once, and one trustee was away while they were mixed."""

    def make(seed: str) -> Forger:
        made = blind_game(Phase.MIXING, people(n), seed, 1)
        play(made, lambda state: stands(state, Phase.MIXING, n - 1), silent=[who])
        made.now += PATIENCE
        return play(made, lambda state: state.phase is Phase.CHOOSING, silent=[who])

    return blind_search(lambda made: made.state.phase is Phase.CHOOSING, begin, make)


def leaves(made: Forger, who: str) -> Forger:
    """Let somebody leave."""
    made.say(who, player.make_leave(made.state, made.id_of(who)))
    return made


def five() -> Forger:
    """Return such a game of five, of whom four are needed; Player 4 was away."""
    return away_of(5, "Player 4", 0)


@bad("B03 complaint.accused 35")
def blind_complaint_about_somebody_who_left() -> bytes:
    """Player 5 has left, and Player 4 complains of it."""
    made = leaves(five(), "Player 5")
    return made.smuggle("Player 4", complaint(made, "Player 4", 5))


@bad("B03 answer.no-complaint 36")
def blind_answer_to_somebody_who_left() -> bytes:
    """Player 4 complained of Player 1 and left: with that its complaint is gone, and nobody needs the share."""
    made = five()
    made.say("Player 4", complaint(made, "Player 4", 1))
    body = owes(made, "Player 1")
    leaves(made, "Player 4")
    return made.smuggle("Player 1", changed(body, seen=made.state.head))


@bad(f"B04 share.wrong 36 by {ONE}", "A15 turn.wrong 37")
def blind_mix_of_a_bridge_when_too_few_are_left() -> bytes:
    """Four of five are needed, one left and one is found out while the cards are repaired: the game is void."""
    made = leaves(five(), "Player 5")
    body = owes(made, "Player 2")
    wrong(made, "Player 4", "Player 1")
    return made.smuggle("Player 2", changed(body, seen=made.state.head))


def completed(made: Forger) -> bytes:
    """Let Player 6 complain of Player 1, all others mix, and then Player 1 answer wrongly; go on for three entries."""
    made.say("Player 6", complaint(made, "Player 6", 1))
    for number in range(2, 7):
        made.say(f"Player {number}", forged_mix(made, f"Player {number}"))
    made.say("Player 1", answer(made, "Player 1", 6, 7))
    count = len(made.entries)
    return play(made, lambda state: len(made.entries) == count + 3).transcript()


@bad("B04 share.wrong 52", blame=ONE)
def blind_found_out_while_a_bridge_is_mixed() -> bytes:
    """Player 1 is found out while the cards are repaired: nothing begins anew, and the bridge is mixed with that."""
    return completed(leaves(away_of(7, "Player 6", 0), "Player 7"))


@bad("B04 share.wrong 68", blame=ONE)
def blind_found_out_while_an_order_is_mixed() -> bytes:
    """The same one batch later, when the bridge is opened and its new order is mixed."""
    made = leaves(away_of(7, "Player 6", 0), "Player 7")
    play(made, lambda state: stands(state, Phase.MIXING, 5), silent=["Player 6"])
    made.now += PATIENCE
    return completed(play(made, lambda state: stands(state, Phase.MIXING, 0, Kind.ORDER), silent=["Player 6"]))
