"""Good transcripts at the limits of the rules: what is just allowed, in games of both modes.

The bad games one step further are in `bad_edges`, `bad_blind_edges` and `bad_blind_complaints`.
"""

from __future__ import annotations

from sealed_santa.game.state import Phase
from sealed_santa.lab.simulator import BLIND, START
from sealed_santa.log.entry import Entry, SignedPost
from sealed_santa.log.posts import BlindTerms, Exclusions, Receipt
from sealed_santa.roles import dealer, player
from transcripts import bad_blind_terms, bad_terms
from transcripts.bad_blind_complaints import (
    at_patience,
    five,
    leaves,
    overdue_in_the_mix_of_gifts,
)
from transcripts.bad_blind_complaints import revealing as blind_revealing
from transcripts.bad_blind_edges import deadline_over, not_all_gave, three
from transcripts.bad_blind_shares import complained
from transcripts.bad_edges import excluded, gifts, invites
from transcripts.bad_giving import revealing
from transcripts.blind_forge import (
    PATIENCE,
    SHORT,
    at,
    blind_game,
    complaint,
    finish,
    forged_key,
    forged_mix,
    forged_opening,
    heads,
    me,
    owes,
    play,
    stands,
)
from transcripts.cases import honest
from transcripts.forge import CATALOGUE, FOUR, Forger, changed, game, people

SO_FAR = "verified so far"


def until(made: Forger, phase: Phase, count: int = 1) -> bytes:
    """Play on until so many have done their part of a phase."""
    return play(made, lambda state: stands(state, phase, count)).transcript()


def closed(made: Forger) -> Forger:
    """Let the server close."""
    made.deal_with(player.make_close(made.state, made.state.create.server))
    return made


class Still(Forger):
    """A game in which no time passes."""

    def force(self, post: SignedPost) -> Entry:
        entry = super().force(post)
        self.now = entry.at
        return entry


# --- terms ----------------------------------------------------------------------------------------


@honest(SO_FAR)
def terms_at_their_limits() -> bytes:
    """Everything in the terms is as long, as large and as many as it may be."""
    texts = {"title": "T" * 80, "house": "h" * 120, "budget": "2" * 40}
    sizes = {"min_players": 3, "max_players": 1000, "deck_limit": 100_000, "patience": 31_622_400_000}
    lists = {"invites": invites(1000), "exclusions": excluded(2500, 2500)}
    made = Forger("corpus", (), {**texts, **sizes, **lists, "catalogue": gifts(500)})
    return made.transcript()


@honest(SO_FAR)
def terms_at_their_least() -> bytes:
    """Everything is as little as it may be: a game of three with one deck, no patience, one gift."""
    sizes = {"min_players": 3, "max_players": 3, "deck_limit": 3, "patience": 0}
    return bad_terms.created(title="T", house="h", budget="", **sizes)


@honest(SO_FAR)
def blind_terms_at_their_limits() -> bytes:
    """A batch may have 8000 tests; more than seven trustees are never needed."""
    return bad_blind_terms.created(blind=BlindTerms(batch_tests=8000, game_tests=1, threshold=7))


@honest()
def blind_threshold_above_the_trustees() -> bytes:
    """The terms say seven, and there are three trustees: all three are needed, and no more."""
    return blind_game(names=people(3), threshold=7).transcript()


@honest()
def blind_threshold_below_two_thirds() -> bytes:
    """The terms say at least one; three of four are needed all the same."""
    return blind_game(seed=SHORT, decks=1, threshold=1).transcript()


# --- times ----------------------------------------------------------------------------------------


@honest()
def in_one_moment() -> bytes:
    """All entries of a game have one time."""
    made = Still("corpus", FOUR, {"catalogue": CATALOGUE, "title": "A game of the corpus"})
    return made.fill().start().run().transcript()


@honest()
def blind_in_one_moment() -> bytes:
    """All entries of a game have one time, and nobody has any patience."""
    made = Still("corpus/blind", FOUR, {"mode": "blind", "blind": BLIND, "catalogue": CATALOGUE, "patience": 0})
    return made.fill().start().run().transcript()


@honest(SO_FAR)
def drop_to_the_millisecond() -> bytes:
    """A player is dropped for its coin as soon as that is allowed."""
    made = game(Phase.COINS).say_what_is_owed("Ann", "Bob", "Cem")
    made.now = made.entries[6].at + PATIENCE
    made.organise(player.make_drop(made.state, made.organiser.key, made.state.players[3:]))
    return made.transcript()


@honest(SO_FAR)
def close_at_the_deadline() -> bytes:
    """The server closes the choosing in the millisecond of the deadline."""
    made = game(Phase.CHOOSING, choose_by=START + 10 * PATIENCE)
    made.now = START + 10 * PATIENCE
    return closed(made).transcript()


@honest(SO_FAR)
def close_to_the_millisecond_after_the_deal() -> bytes:
    """The deadline was before the deal; the server closes as soon as everybody had the promised time."""
    made = game(Phase.CHOOSING, choose_by=START)
    made.now = made.entries[11].at + PATIENCE
    return closed(made).transcript()


@honest()
def reveal_at_its_date() -> bytes:
    """The server reveals in the millisecond of the date."""
    made = revealing(reveal_at=START + 10 * PATIENCE)
    made.now = START + 10 * PATIENCE
    made.deal_with(dealer.make_reveal(made.state, made.dealer, {}))
    return made.transcript()


@honest(SO_FAR)
def blind_keys_closed_to_the_millisecond() -> bytes:
    """The server closes the keys as soon as that is allowed."""
    return closed(at_patience(at(Phase.KEYS, 3), 9)).transcript()


@honest(SO_FAR)
def blind_mixing_closed_to_the_millisecond() -> bytes:
    """The server closes the mixing as soon as that is allowed."""
    return closed(at_patience(at(Phase.MIXING, 3), 13)).transcript()


@honest(SO_FAR)
def blind_mixing_closed_after_a_late_mix() -> bytes:
    """The third mix comes when the time is over; it gives the fourth trustee no more of it."""
    made = at_patience(at(Phase.MIXING, 2), 13)
    made.say("Cem", owes(made, "Cem"))
    return closed(made).transcript()


@honest(SO_FAR)
def blind_mixing_closed_at_once_by_the_organiser() -> bytes:
    """Three have mixed, and the organiser waits for nobody; so it may."""
    made = at(Phase.MIXING, 3)
    made.organise(player.make_close(made.state, made.organiser.key))
    return until(made, Phase.BLINDING)


@honest(SO_FAR)
def blind_drop_of_a_coin_to_the_millisecond() -> bytes:
    """A player is dropped for its coin as soon as that is allowed."""
    made = at_patience(at(Phase.COINS, 3), 5)
    made.organise(player.make_drop(made.state, made.organiser.key, (me(made, "Dot")[0],)))
    return made.transcript()


@honest(SO_FAR)
def blind_drop_to_the_millisecond() -> bytes:
    """A player is dropped for its gift as soon as that is allowed."""
    made = at_patience(at(Phase.CHOOSING), 26)
    made.organise(player.make_drop(made.state, made.organiser.key, (me(made, "Dot")[0],)))
    return until(made, Phase.MIXING)


@honest(SO_FAR)
def blind_drop_by_a_player_at_the_deadline() -> bytes:
    """A player drops another in the millisecond of the deadline."""
    made = blind_game(Phase.CHOOSING, choose_by=START + 10 * PATIENCE)
    made.now = START + 10 * PATIENCE
    made.say("Ann", player.make_drop(made.state, made.id_of("Ann"), (me(made, "Dot")[0],)))
    return made.transcript()


@honest(SO_FAR)
def blind_choosing_closed_at_the_deadline() -> bytes:
    """The server closes the choosing in the millisecond of the deadline."""
    made = blind_game(Phase.CHOOSING, choose_by=START + 10 * PATIENCE)
    made.now = START + 10 * PATIENCE
    return closed(made).transcript()


@honest(SO_FAR)
def blind_choosing_closed_to_the_millisecond_after_the_deal() -> bytes:
    """The deadline was before the deal; the server closes as soon as everybody had the promised time."""
    return closed(at_patience(deadline_over(), 26)).transcript()


@honest()
def blind_reveal_to_the_millisecond() -> bytes:
    """The server begins the reveal in the millisecond of its date, and the receipts come during it."""
    made = blind_game(Phase.DELIVERED, reveal_at=START + 10 * PATIENCE)
    made.now = START + 10 * PATIENCE
    return closed(made).run().transcript()


@honest()
def blind_closed_by_an_organiser_who_saw_no_gift() -> bytes:
    """The organiser's close need not have seen the gifts, only the deal."""
    made = at(Phase.CHOOSING).say_what_is_owed("Ann", "Bob", "Cem")
    made.organise(changed(player.make_close(made.state, made.organiser.key), seen=made.state.chain[26]))
    return made.run().transcript()


# --- keys, complaints -----------------------------------------------------------------------------


@honest(SO_FAR)
def blind_keys_before_the_last_coin() -> bytes:
    """All keys are there, also of the player whose coin is the last to come: the mixing begins with that coin."""
    made = at(Phase.COINS, 3)
    coin = owes(made, "Dot")
    for name in FOUR:
        made.say(name, forged_key(made, name))
    made.say("Dot", changed(coin, seen=made.state.head))
    return until(made, Phase.MIXING)


@honest(SO_FAR)
def blind_answer_that_completes_the_mix() -> bytes:
    """All four have mixed, the accuser, too, and wait for an answer; it is right, and with it the cards are mixed."""
    made = complained()
    for name in FOUR:
        made.say(name, forged_mix(made, name))
    made.say("Ann", owes(made, "Ann"))
    return until(made, Phase.BLINDING)


@honest(SO_FAR)
def blind_complaint_about_a_leaver() -> bytes:
    """Player 5 leaves without an answer to a complaint, which is gone with it: the repair waits for nothing."""
    made = five()
    made.say("Player 4", complaint(made, "Player 4", 5))
    return until(leaves(made, "Player 5"), Phase.BLINDING)


@honest()
def blind_gifts_mixed_with_a_complaint_overdue() -> bytes:
    """The mix of gifts is closed although a complaint has no answer; nobody is found out, and it comes later."""
    return overdue_in_the_mix_of_gifts().run().transcript()


@honest()
def blind_complaint_in_the_reveal_answered() -> bytes:
    """Dot complains when the pairs are to be opened, and has an answer."""
    made = blind_revealing()
    made.say("Dot", complaint(made, "Dot", 1))
    return made.run().transcript()


@honest()
def blind_complaint_in_the_reveal_without_an_answer() -> bytes:
    """Ann never answers, is not found out, and opens the pairs with two others."""
    made = blind_revealing()
    made.say("Dot", complaint(made, "Dot", 1))
    made.now += 2 * PATIENCE
    for name in ("Ann", "Bob", "Cem"):
        made.say(name, forged_opening(made, name))
    return made.transcript()


# --- decks ----------------------------------------------------------------------------------------


@honest()
def blind_decks_more_than_sixteen() -> bytes:
    """More pairs are excluded than a deck has rows, so that a batch may have more than sixteen decks."""
    made = three(18, (1, 2))
    made.say("Player 1", forged_mix(made, "Player 1", decks=18))
    return made.run().transcript()


@honest(SO_FAR)
def blind_decks_more_than_forty_eight() -> bytes:
    """Nine pairs are excluded in a deck of four, and there is room for a hundred decks: fifty are the fewest."""
    pairs = tuple((FOUR[i], FOUR[j]) for i, j in ((0, 1), (1, 2), (2, 3), (3, 0), (0, 2)))
    made = blind_game(Phase.MIXING, decks=100, exclusions=Exclusions(groups=(), pairs=pairs))
    made.say("Ann", forged_mix(made, "Ann", decks=50))
    return made.transcript()


@honest(SO_FAR)
def blind_decks_half_of_an_odd_room() -> bytes:
    """There is room for 21 decks: eleven are the fewest."""
    made = three(21, (1, 2))
    made.say("Player 1", forged_mix(made, "Player 1", decks=11))
    return made.transcript()


# --- gifts, receipts, the end ---------------------------------------------------------------------


@honest()
def blind_dropped_while_gifts_are_mixed() -> bytes:
    """The organiser drops a player without a gift when the others' gifts are mixed already; they come anew."""
    made = not_all_gave()
    made.organise(player.make_drop(made.state, made.organiser.key, (me(made, "Bob")[0],)))
    return finish(made, silent=["Bob"]).transcript()


@honest()
def blind_receipts_during_the_reveal() -> bytes:
    """All receipts come between the call of the reveal and the opening of the pairs: the last one changes nothing."""
    made = at(Phase.DELIVERED)
    made.organise(player.make_call(made.state, made.organiser.key))
    made.say("Ann", owes(made, "Ann"))
    for name in FOUR:
        made.say(name, Receipt(**heads(made, name)))
    return made.run().transcript()


@honest()
def blind_reveal_never_with_a_date() -> bytes:
    """The terms say never, and have a date, too: the last receipt ends the game before it."""
    return blind_game(reveal="never", reveal_at=START + 1000 * PATIENCE).transcript()
