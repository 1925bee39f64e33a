"""Bad transcripts of blind games: who spoke when, and what they had seen."""

from __future__ import annotations

from sealed_santa.game.batches import Kind
from sealed_santa.game.state import Phase
from sealed_santa.log.fields import Hash
from sealed_santa.log.posts import KeyPost, Mix
from sealed_santa.roles import player
from transcripts.blind_forge import at, heads, outsider, owes
from transcripts.cases import bad
from transcripts.forge import (
    ORGANISER,
    SERVER,
    Forger,
    changed,
)

# --- who and when ---------------------------------------------------------------------------------


@bad("A15 turn.wrong 13")
def blind_key_before_the_trustees_are_known() -> bytes:
    """Eight players, and not all coins are in: nobody can know yet who the trustees are."""
    made = at(Phase.COINS, 3, game="eight")
    body: KeyPost = owes(at(Phase.KEYS, game="eight"), "Player 1")
    return made.smuggle("Player 1", changed(body, seen=made.state.head))


@bad("B01 trustee.not 18")
def blind_key_of_a_player_who_is_no_trustee() -> bytes:
    """The coins chose seven others."""
    made = at(Phase.KEYS, game="eight")
    name = outsider(made)
    other = next(p.name for p in made.state.players if p.name != name)
    return made.smuggle(name, changed(owes(made, other), **heads(made, name)))


@bad("B01 trustee.not 26")
def blind_mix_of_a_player_who_is_no_trustee() -> bytes:
    """Somebody mixes who is no trustee."""
    made = at(Phase.MIXING, 1, game="eight")
    name = outsider(made)
    return made.smuggle(name, changed(owes(made, "Player 2"), **heads(made, name)))


@bad("A15 author.wrong 15")
def blind_mix_of_the_server() -> bytes:
    """The server mixes, so that it would know an order."""
    made = at(Phase.MIXING, 1)
    return made.smuggle(SERVER, changed(owes(made, "Bob"), by=made.id_of(SERVER)))


@bad("A15 turn.wrong 18")
def blind_mix_after_the_mixing() -> bytes:
    """A trustee mixes again when the tests have begun: they would be about other rows."""
    made = at(Phase.BLINDING)
    body: Mix = owes(at(Phase.MIXING, 3), "Dot")
    return made.smuggle("Dot", changed(body, seen=made.state.head))


@bad("A15 turn.wrong 20")
def blind_opening_before_the_blinding_is_over() -> bytes:
    """Tests are opened that only two have blinded: those two would learn more than whether they hit."""
    made = at(Phase.BLINDING, 2)
    return made.smuggle("Ann", changed(owes(at(Phase.OPENING), "Ann"), seen=made.state.head))


@bad("A15 turn.wrong 23")
def blind_hand_before_the_tests_are_opened() -> bytes:
    """A trustee hands out cards of a deck that may be forbidden."""
    made = at(Phase.OPENING, 2, game="short")
    return made.smuggle("Ann", changed(owes(at(Phase.DEALING), "Ann"), seen=made.state.head))


@bad("A15 turn.wrong 26")
def blind_envelope_before_the_deal() -> bytes:
    """A gift before the cards are dealt."""
    made = at(Phase.DEALING, 2)
    return made.smuggle("Ann", changed(owes(at(Phase.CHOOSING), "Ann"), seen=made.state.head))


@bad("A15 turn.wrong 32")
def blind_envelope_after_the_close() -> bytes:
    """A second gift when the mix of the gifts has begun: it would be the only one that is not in it."""
    made = at(Phase.MIXING, 0, Kind.GIFTS)
    body = owes(at(Phase.CHOOSING), "Ann")
    return made.smuggle("Ann", changed(body, seen=made.state.head))


@bad("A15 turn.wrong 41")
def blind_reveal_before_it_is_called() -> bytes:
    """A trustee opens the pairs while receipts are missing."""
    made = at(Phase.DELIVERED, 2)
    return made.smuggle("Ann", changed(owes(at(Phase.REVEALING), "Ann"), seen=made.state.head))


@bad("A15 turn.wrong 25")
def blind_leave_while_cards_are_dealt() -> bytes:
    """A player leaves while the cards are handed out."""
    made = at(Phase.DEALING, 1)
    return made.smuggle("Bob", player.make_leave(made.state, made.id_of("Bob")))


@bad("A15 turn.wrong 40")
def blind_leave_after_the_delivery() -> bytes:
    """A player leaves with its gift."""
    made = at(Phase.DELIVERED, 1)
    return made.smuggle("Bob", player.make_leave(made.state, made.id_of("Bob")))


@bad("A15 turn.wrong 16")
def blind_drop_while_cards_are_mixed() -> bytes:
    """The organiser drops a player in the middle of a mix of cards."""
    made = at(Phase.MIXING, 2, Kind.CARDS)
    made.now += 10_000_000
    return made.smuggle(ORGANISER, player.make_drop(made.state, made.organiser.key, made.state.players[:1]))


@bad("A15 round.wrong 14")
def blind_mix_of_another_round() -> bytes:
    """A mix that says it is for round 2."""
    made = at(Phase.MIXING)
    return made.smuggle("Ann", changed(owes(made, "Ann"), round=2))


@bad("B01 batch.wrong 14")
def blind_mix_of_another_batch() -> bytes:
    """A mix that says it is for the next batch."""
    made = at(Phase.MIXING)
    return made.smuggle("Ann", changed(owes(made, "Ann"), batch=2))


@bad("B01 batch.wrong 18")
def blind_blinding_of_another_batch() -> bytes:
    """A blinding for a batch that never was."""
    made = at(Phase.BLINDING)
    return made.smuggle("Ann", changed(owes(made, "Ann"), batch=0))


@bad("B01 batch.wrong 36")
def blind_opening_of_another_batch() -> bytes:
    """What was made for the tests is posted for the gifts."""
    made = at(Phase.OPENING, 0, Kind.GIFTS)
    return made.smuggle("Ann", changed(owes(at(Phase.OPENING, game="short"), "Ann"), seen=made.state.head))


@bad("B01 batch.wrong 24")
def blind_hand_of_another_batch() -> bytes:
    """Cards of another batch."""
    made = at(Phase.DEALING)
    return made.smuggle("Ann", changed(owes(made, "Ann"), batch=2))


@bad("B01 batch.wrong 69")
def blind_envelope_for_the_deal_before() -> bytes:
    """A gift to the recipient of the deal before somebody left: it would be sealed to the wrong one."""
    made = at(Phase.CHOOSING, 0, game="five")
    assert made.state.blind is not None
    return made.smuggle("Player 1", changed(owes(made, "Player 1"), batch=1))


# --- seen -----------------------------------------------------------------------------------------


def not_seen(made: Forger, who: str, seq: int, body: object = None) -> bytes:
    """Let a player say what it owes, with an older entry as the last that it has seen."""
    return made.smuggle(who, changed(body or owes(made, who), seen=made.state.chain[seq]))


@bad("A14 seen.unknown 16")
def blind_mix_that_saw_a_fork() -> bytes:
    """A trustee mixes on another branch of the log."""
    made = at(Phase.MIXING, 2)
    return made.smuggle("Cem", changed(owes(made, "Cem"), seen=Hash(b"\x5a" * 32)))


@bad("A14 seen.backwards 15")
def blind_mix_seen_going_back() -> bytes:
    """A trustee names an older entry than in its key: it was put back to an older copy."""
    made = at(Phase.MIXING)
    made.say("Bob", owes(made, "Bob"))
    return not_seen(made, "Cem", 3)


@bad("A14 seen.too-old 6")
def blind_key_that_has_not_seen_the_lock() -> bytes:
    """A key of somebody who does not know the roster."""
    return not_seen(at(Phase.COINS), "Ann", 4, owes(at(Phase.KEYS), "Ann"))


@bad("A14 seen.too-old 16")
def blind_mix_that_has_not_seen_the_last_one() -> bytes:
    """A mix of somebody who has not seen the mix that it goes on from."""
    made = at(Phase.MIXING, 2)
    return not_seen(made, "Cem", len(made.entries) - 2)


@bad("A14 seen.too-old 21")
def blind_opening_that_has_not_seen_the_last_blinding() -> bytes:
    """A trustee opens before it can know that the blinding is over."""
    made = at(Phase.OPENING)
    return not_seen(made, "Ann", len(made.entries) - 2)


@bad("A14 seen.too-old 28")
def blind_envelope_without_seeing_the_one_before() -> bytes:
    """A second gift of a giver who does not know of its first."""
    made = at(Phase.CHOOSING)
    first = owes(made, "Ann")
    made.say("Ann", first)
    again = owes(at(Phase.CHOOSING), "Ann")
    return made.smuggle("Ann", changed(again, seen=first.seen))


@bad("A14 seen.too-old 39")
def blind_receipt_without_seeing_the_delivery() -> bytes:
    """A receipt of somebody who has not seen what was delivered."""
    made = at(Phase.DELIVERED)
    return not_seen(made, "Ann", len(made.entries) - 2)


@bad("A14 seen.too-old 27")
def blind_leave_that_has_not_seen_the_deal() -> bytes:
    """A player leaves with a post that it signed before the cards were dealt."""
    made = at(Phase.CHOOSING)
    body = player.make_leave(made.state, made.id_of("Dot"))
    return not_seen(made, "Dot", len(made.entries) - 2, body)
