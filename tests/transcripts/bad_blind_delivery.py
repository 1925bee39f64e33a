"""Bad transcripts of blind games: the delivery and disputes about it, the reveal, leaving."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from sealed_santa.crypto.sealing import BoxKey, seal
from sealed_santa.game.batches import GIFT_COLUMNS, PIECE, Kind
from sealed_santa.game.envelopes import CONTENT_SIZE, ZEROS, BlindGift, encode_gift, gift_info
from sealed_santa.game.stages import present
from sealed_santa.game.state import Phase
from sealed_santa.lab.simulator import START
from sealed_santa.log.fields import Opened
from sealed_santa.log.posts import Dispute
from sealed_santa.roles import player
from shared_box import shared_box
from transcripts.bad_blind_gifts import choosing
from transcripts.blind_forge import (
    PATIENCE,
    at,
    blind_game,
    finish,
    forged_envelope,
    heads,
    me,
    owes,
    play,
    santa,
    stands,
)
from transcripts.cases import bad
from transcripts.forge import (
    ORGANISER,
    SERVER,
    Forger,
    changed,
    people,
)

# --- the delivery ---------------------------------------------------------------------------------


def dispute(made: Forger, who: str, about: str = "delivery", secret: bytes | None = None, **keys: Opened) -> Dispute:
    """Return a dispute that publishes the gift key, or another secret as if it were."""
    fields = {"card_secret": None, "reveal_secret": None, **keys}
    gift = Opened(made.players[who].gift.secret if secret is None else secret)
    return Dispute(**{**heads(made, who), "about": about, "gift_secret": gift, **fields})  # type: ignore[arg-type]


def given(who: str, **how: Any) -> Forger:
    """Return a game in which somebody gave wrongly, and all others rightly."""
    made = choosing(0)
    made.say(who, forged_envelope(made, who, **how))
    return made


ANNS = "Dot"  # gives to Ann in the game of `choosing`
ANNS_PROVEN = f"player {ANNS} (proven)"
SUSPECTED = "player somebody who gave (suspected)"
NOT_BOBS = "player somebody who is not the Santa of Bob (suspected)"


@bad("B15 gift.missing 40", blame=ANNS_PROVEN)
def blind_gift_for_nobody() -> bytes:
    """Ann's Santa gave something that no key opens. All gave, so that it was hers; the reveal says who that was."""
    return given(ANNS, box=bytes(range(GIFT_COLUMNS * PIECE))).run().transcript()


@bad("B15 gift.missing 40", blame="player the Santa of Ann (proven)")
def blind_gift_for_nobody_without_a_reveal() -> bytes:
    """The same where the pairs are never revealed: her Santa did it, and nobody else learns who that is."""
    made = blind_game(Phase.CHOOSING, reveal="never")
    who = santa(made, "Ann")
    made.say(who, forged_envelope(made, who, box=bytes(range(GIFT_COLUMNS * PIECE))))
    return made.run().transcript()


@bad(f"B15 gift.missing 40 by {ANNS_PROVEN}", f"B15 gift.doubled 41 by {NOT_BOBS}")
def blind_gift_for_another() -> bytes:
    """Ann's Santa gave to another player, who has two gifts now, and she has none."""
    return two_gifts().transcript()


def two_gifts() -> Forger:
    """Return a game in which Ann's Santa gave to somebody else."""
    made = choosing(0)
    other = next(p for p in made.state.players if p.name not in ("Ann", ANNS))
    made.say(ANNS, forged_envelope(made, ANNS, to=other))
    return made.run()


@bad("B15 gift.bad 40", blame=ANNS_PROVEN)
def blind_gift_of_no_catalogue() -> bytes:
    """The box opens for Ann, and the gift is not in the catalogue; all gave, so that it was her Santa."""
    return given(ANNS, content=bytes(ZEROS) + (77).to_bytes(2, "little") + bytes(160)).run().transcript()


@bad("B15 gift.bad 40", blame=ANNS_PROVEN)
def blind_gift_with_a_note_that_is_none() -> bytes:
    """The note in the box is no text."""
    return given(ANNS, content=bytes(ZEROS + 2) + b"\xff" * 160).run().transcript()


@bad("B15 gift.bad 40", blame=ANNS_PROVEN)
def blind_gift_with_something_after_the_note() -> bytes:
    """There is more behind the zeros that end the note."""
    note = b"for you" + bytes(3) + b"from me".ljust(150, b"\0")
    return given(ANNS, content=bytes(ZEROS + 2) + note).run().transcript()


@bad("B15 gift.missing 40", blame=ANNS_PROVEN)
def blind_gift_without_its_zeros() -> bytes:
    """The box opens for Ann, and its content does not begin with the zeros: it counts for nobody."""
    return given(ANNS, content=b"\x01" + bytes(CONTENT_SIZE - 1)).run().transcript()


@bad("B15 gift.missing 40", blame=ANNS_PROVEN)
def blind_gift_that_opens_for_two() -> bytes:
    """Ann's Santa made one box that the cipher opens for her and for Bob; without the zeros it counts for nobody."""
    made = choosing(0)
    readers = [me(made, name)[0] for name in ("Ann", "Bob")]
    targets = [(bytes(reader.gift_key), gift_info(made.state, reader)) for reader in readers]
    box = shared_box(targets, b"\x01" * CONTENT_SIZE)
    made.say(ANNS, forged_envelope(made, ANNS, box=box))
    return made.run().transcript()


@bad("B15 gift.missing 46", blame=ANNS_PROVEN)
def blind_gift_for_nobody_disputed_after_the_end() -> bytes:
    """Ann looks for her gift when the pairs are known: the fault names at once who gave to her."""
    made = given(ANNS, box=bytes(range(GIFT_COLUMNS * PIECE))).run(Phase.DELIVERED)
    made.run(silent=["Ann"])
    made.organise(player.make_call(made.state, made.organiser.key))
    made.run(silent=["Ann"])
    made.say("Ann", dispute(made, "Ann"))
    return made.transcript()


@bad("B15 gift.missing 40", blame=ANNS_PROVEN)
def blind_gift_sealed_for_another_deal() -> bytes:
    """The box is sealed to Ann for the cards of another batch, and so does not open for her."""
    made = choosing(0)
    ann, state = me(made, "Ann")[0], made.state
    assert state.blind is not None
    other = replace(state, blind=replace(state.blind, deal_batch=7))
    box = seal(BoxKey.parse(ann.gift_key), encode_gift(BlindGift(1, "")), gift_info(other, ann))
    made.say(ANNS, forged_envelope(made, ANNS, box=box))
    return made.run().transcript()


@bad("B15 gift.bad 38", blame=SUSPECTED)
def blind_gift_that_is_bad_where_not_all_gave() -> bytes:
    """One player gave nothing, and a box for Ann is bad: her Santa is only likely to have made it."""
    silent = next(name for name in ("Bob", "Cem", "Dot") if name != ANNS)
    made = given(ANNS, content=bytes(ZEROS) + (77).to_bytes(2, "little") + bytes(160))
    return finish(made, silent=[silent]).transcript()


@bad("A39 dispute.unfounded 39 by player Ann (proven)")
def blind_dispute_without_ground() -> bytes:
    """Ann says that her gift is wrong; it is not, and now everybody can read it. The game ends well."""
    made = at(Phase.DELIVERED)
    made.say("Ann", dispute(made, "Ann"))
    return made.run().transcript()


@bad("A39 dispute.unfounded 38 by player Ann (proven)")
def blind_dispute_about_the_house_gift() -> bytes:
    """Nothing opens for Ann, but her Santa gave nothing: she has the house gift, and no ground."""
    made = play(choosing(0), lambda state: stands(state, Phase.CHOOSING, 3), silent=[ANNS])
    made.organise(player.make_close(made.state, made.organiser.key))
    play(made, lambda state: state.phase is Phase.DELIVERED)
    made.say("Ann", dispute(made, "Ann"))
    return made.run().transcript()


@bad("A39 dispute.unfounded 39 by player Bob (proven)", "A39 dispute.twice 40")
def blind_dispute_twice() -> bytes:
    """Bob disputes in vain, and a second time."""
    made = at(Phase.DELIVERED)
    made.say("Bob", dispute(made, "Bob"))
    return made.smuggle("Bob", dispute(made, "Bob"))


@bad("A39 dispute.after-receipt 40")
def blind_dispute_after_the_receipt() -> bytes:
    """Bob disputes what he has found right."""
    made = at(Phase.DELIVERED)
    made.say("Bob", owes(made, "Bob"))
    return made.smuggle("Bob", dispute(made, "Bob"))


@bad("A34 receipt.twice 40")
def blind_receipt_twice() -> bytes:
    """Bob confirms twice: he has seen more at the second time."""
    made = at(Phase.DELIVERED)
    made.say("Bob", owes(made, "Bob"))
    return made.smuggle("Bob", changed(owes(at(Phase.DELIVERED), "Bob"), seen=made.state.head))


@bad("A39 dispute.wrong-key 39")
def blind_dispute_with_another_key() -> bytes:
    """The published key is not that of Bob's join: of course nothing opens."""
    made = at(Phase.DELIVERED)
    return made.smuggle("Bob", dispute(made, "Bob", secret=b"\x07" * 32))


@bad("A39 dispute.keys 39")
def blind_dispute_without_a_key() -> bytes:
    """An accusation that shows nothing."""
    made = at(Phase.DELIVERED)
    return made.smuggle("Bob", changed(dispute(made, "Bob"), gift_secret=None))


@bad("A39 dispute.keys 39")
def blind_dispute_about_a_card() -> bytes:
    """Cards of a blind game are proven; there is nothing to dispute."""
    made = at(Phase.DELIVERED)
    return made.smuggle("Bob", dispute(made, "Bob", "card"))


@bad("A15 turn.wrong 37")
def blind_dispute_before_the_delivery() -> bytes:
    """Bob disputes what is not delivered yet."""
    made = at(Phase.OPENING, 1, Kind.GIFTS)
    return made.smuggle("Bob", dispute(made, "Bob"))


# --- the reveal -----------------------------------------------------------------------------------


def delivered(**terms: object) -> Forger:
    """Return a game with other terms in which the gifts are delivered."""
    return blind_game(Phase.DELIVERED, **terms)  # type: ignore[arg-type]


@bad("A32 close.too-early 39")
def blind_reveal_before_its_date() -> bytes:
    """The server begins the reveal before its date."""
    made = delivered(reveal_at=START + 10 * PATIENCE)
    return made.smuggle(SERVER, player.make_close(made.state, made.state.create.server))


@bad("A32 close.too-early 41")
def blind_reveal_by_the_server() -> bytes:
    """The server begins the reveal while receipts are missing; there is no date."""
    made = at(Phase.DELIVERED, 2)
    made.now += 10 * PATIENCE
    return made.smuggle(SERVER, player.make_close(made.state, made.state.create.server))


@bad("A32 close.too-early 39")
def blind_reveal_where_there_is_none() -> bytes:
    """The server begins a reveal where the terms say never."""
    made = delivered(reveal="never", reveal_at=START)
    return made.smuggle(SERVER, player.make_close(made.state, made.state.create.server))


@bad("A15 turn.wrong 43")
def blind_opening_of_the_pairs_where_there_is_no_reveal() -> bytes:
    """The game is over without a reveal, and a trustee opens the pairs."""
    made = delivered(reveal="never").run()
    return made.smuggle("Ann", changed(owes(at(Phase.REVEALING), "Ann"), **heads(made, "Ann")))


@bad("A15 author.wrong 41")
def blind_reveal_closed_by_the_organiser() -> bytes:
    """The organiser says close where only a call is asked for."""
    made = at(Phase.DELIVERED, 2)
    return made.smuggle(ORGANISER, player.make_close(made.state, made.organiser.key))


@bad("A15 author.wrong 41")
def blind_reveal_called_by_a_player() -> bytes:
    """A player calls the reveal."""
    made = at(Phase.DELIVERED, 2)
    return made.smuggle("Bob", player.make_call(made.state, made.id_of("Bob")))


# --- leaving --------------------------------------------------------------------------------------


def drops(made: Forger, *names: str, wait: bool = True) -> bytes:
    """Let the organiser drop these players."""
    made.now += 2 * PATIENCE if wait else 0
    gone = tuple(me(made, name)[0] for name in names)
    return made.smuggle(ORGANISER, player.make_drop(made.state, made.organiser.key, gone))


@bad("A21 drop.players 28")
def blind_drop_of_somebody_who_gave() -> bytes:
    """The organiser drops a player who has given."""
    made = choosing(0)
    made.say("Bob", owes(made, "Bob"))
    return drops(made, "Bob")


@bad("A21 drop.players 27")
def blind_drop_of_two() -> bytes:
    """The organiser drops two players at once."""
    return drops(choosing(0), "Bob", "Cem")


@bad("A21 drop.players 69")
def blind_drop_of_somebody_who_left() -> bytes:
    """The organiser drops a player who has left."""
    return drops(at(Phase.CHOOSING, 0, game="five"), "Player 5")


@bad("A21 drop.too-early 27")
def blind_drop_too_early() -> bytes:
    """The organiser drops a player who still has time to give."""
    return drops(choosing(0), "Bob", wait=False)


@bad("A15 author.wrong 27")
def blind_drop_by_the_server() -> bytes:
    """The server drops a player, whom it let nobody hear."""
    made = choosing(0)
    made.now += 2 * PATIENCE
    gone = (me(made, "Bob")[0],)
    return made.smuggle(SERVER, changed(player.make_drop(made.state, made.organiser.key, gone), by=made.id_of(SERVER)))


def dropped_by_ann(made: Forger) -> bytes:
    """Let Ann drop Bob."""
    return made.smuggle("Ann", player.make_drop(made.state, made.id_of("Ann"), (me(made, "Bob")[0],)))


@bad("A21 drop.too-early 27")
def blind_drop_by_a_player_before_the_deadline() -> bytes:
    """A player drops another that still has time to give."""
    made = blind_game(Phase.CHOOSING, choose_by=START + 10 * PATIENCE)
    made.now += 2 * PATIENCE
    return dropped_by_ann(made)


@bad("A21 drop.too-early 27")
def blind_drop_by_a_player_without_a_deadline() -> bytes:
    """A player drops another where no time was set; only the organiser can lose patience."""
    made = choosing(0)
    made.now += 100 * PATIENCE
    return dropped_by_ann(made)


@bad("A15 author.wrong 9")
def blind_drop_of_a_coin_by_a_player() -> bytes:
    """A player drops another for its coin, although the time for coins is over: it would choose among draws."""
    made = play(at(Phase.COINS), lambda state: stands(state, Phase.COINS, 3), silent=["Bob"])
    made.now += 2 * PATIENCE
    return dropped_by_ann(made)


@bad("A21 drop.too-few 23")
def blind_drop_leaves_two() -> bytes:
    """Three players, and the organiser drops one: the other two would know everything."""
    return drops(blind_game(Phase.CHOOSING, people(3)), "Player 3")


@bad("A21 drop.too-few 30")
def blind_drop_leaves_too_few_trustees() -> bytes:
    """Four players with a threshold of four: without one of them nothing could be opened any more."""
    return drops(blind_game(Phase.CHOOSING, threshold=4), "Bob")


def left() -> Forger:
    """Return a game of five whose last player has left, and the cards are repaired."""
    return at(Phase.CHOOSING, 1, game="five")


GONE = "Player 5"


@bad("A15 author.wrong 70")
def blind_leave_twice() -> bytes:
    """Who has left leaves again."""
    made = left()
    return made.smuggle(GONE, player.make_leave(made.state, made.id_of(GONE)))


@bad("A15 author.wrong 70")
def blind_envelope_of_a_player_who_left() -> bytes:
    """Who has left gives something all the same: there would be a gift too many."""
    made = left()
    other = next(p.name for p in present(made.state) if made.owed(p.name).posts)
    return made.smuggle(GONE, changed(owes(made, other), **heads(made, GONE)))


@bad("B01 trustee.not 75")
def blind_mix_of_a_trustee_who_left() -> bytes:
    """Who has left mixes the gifts."""
    made = at(Phase.MIXING, 1, Kind.GIFTS, "five")
    other = next(p.name for p in present(made.state) if made.owed(p.name).posts)
    return made.smuggle(GONE, changed(owes(made, other), **heads(made, GONE)))


@bad("B01 trustee.not 46")
def blind_opening_of_a_trustee_who_left() -> bytes:
    """Who has left opens the tests of the bridge, and would learn who gave to it."""
    made = at(Phase.OPENING, 1, Kind.BRIDGE, "five")
    other = next(p.name for p in present(made.state) if made.owed(p.name).posts)
    return made.smuggle(GONE, changed(owes(made, other), **heads(made, GONE)))
