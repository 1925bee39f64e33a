"""Reveal and disputes: what a published key shows, and about whom (docs/protocol.md, 5.9, 5.10).

A dispute is judged by recomputing what its author was sent. The same functions tell a client,
before it publishes anything, whether it has a reason to dispute.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from sealed_santa.base.errors import Blame, Certainty, ParseError, Party, SantaError, VerificationError
from sealed_santa.base.labels import Label
from sealed_santa.crypto.commitments import card_commit
from sealed_santa.crypto.group import decode_points, decode_scalar
from sealed_santa.crypto.sealing import BoxSecret, open_box
from sealed_santa.game.boxes import (
    HOUSE,
    CardOpening,
    Envelope,
    Unveiling,
    box_info,
    gift_hash,
    inner_info,
    unpad_note,
)
from sealed_santa.game.draw import DEALER, check_round, deal_order
from sealed_santa.game.giving import expected_secrets, gift_fault, public_key, received, seated
from sealed_santa.game.lobby import refuse
from sealed_santa.game.state import Fault, Phase, Player, State
from sealed_santa.log.entry import SignedPost
from sealed_santa.log.posts import Dispute, Reveal


@dataclass(frozen=True, slots=True)
class Parcel:
    """A delivered gift as its recipient finds it; `note` is None if the inner box does not open."""

    gift: int | None  #: place in the catalogue, None from the house
    note: str | None
    inner: bytes
    code: str = ""  #: what is wrong with the note, if it does not open


def slot_of(state: State, giver: int) -> int:
    """Return the slot (1..n) whose card the player with this number holds."""
    if state.seed is None or state.deal is None:
        raise refuse("deal.missing", "nothing has been dealt")
    return deal_order(state.seed, state.deal.deck, len(state.players))[giver - 1]


def opens_card(state: State, slot: int, opening: CardOpening) -> bool:
    """Whether the card in a slot is the commitment to this value with this blinding."""
    if state.deal is None or not 1 <= opening.value <= len(state.players):
        return False
    try:
        blinding = decode_scalar(opening.blinding)
        (card,) = decode_points(state.deal.cards.units()[slot - 1], 1)
    except ParseError:
        return False
    return card_commit(opening.value, blinding) == card


def read_card(state: State, player: Player, secret: BoxSecret) -> int:
    """Open a player's sealed card and return the number of its recipient.

    Raises:
        VerificationError: `box.does-not-open`, `box.malformed`, `card.does-not-open`; the dealer is
            to blame.
    """
    if state.deal is None:
        raise refuse("deal.missing", "nothing has been dealt")
    info = box_info(
        Label.SEAL_CARD, state.game, state.round, player.number, player.card_key, state.create.server
    )
    opening = CardOpening.decode(open_box(secret, state.deal.sealed.units()[player.number - 1], info))
    if not opens_card(state, slot_of(state, player.number), opening):
        raise VerificationError("card.does-not-open", "the sealed opening does not open the card", blame=DEALER)
    return opening.value


def read_parcel(state: State, player: Player, secret: BoxSecret) -> Parcel:
    """Open a recipient's envelope and the note in it.

    A note that does not open is not yet anybody's fault: the reveal tells whose.

    Raises:
        VerificationError: `box.does-not-open`, `box.malformed`, `gift.not-in-catalogue`; the dealer
            is to blame.
    """
    if state.delivery is None:
        raise refuse("delivery.missing", "nothing has been delivered")
    info = box_info(
        Label.SEAL_ENVELOPE, state.game, state.round, player.number, player.gift_key, state.create.server
    )
    envelope = Envelope.decode(open_box(secret, state.delivery.envelopes.units()[player.number - 1], info))
    if envelope.gift == HOUSE:
        return Parcel(None, "", envelope.inner)
    if envelope.gift >= len(state.create.catalogue):
        raise VerificationError("gift.not-in-catalogue", "the delivered gift is not in the catalogue", blame=DEALER)
    try:
        padded = open_box(secret, envelope.inner, inner_info(state.game, state.round, player.number, player.gift_key))
        return Parcel(envelope.gift, unpad_note(padded), envelope.inner)
    except SantaError as e:
        return Parcel(envelope.gift, None, envelope.inner, e.code)


def read_unveiling(state: State, player: Player, secret: BoxSecret) -> tuple[Player, bytes | None]:
    """Open a private reveal: the giver, proven by its card, and k if a gift of it stands.

    Raises:
        VerificationError: `box.*`, `reveal.card`, `reveal.secrets`; the dealer is to blame.
    """
    if state.reveal is None:
        raise refuse("reveal.missing", "nothing has been revealed")
    info = box_info(
        Label.SEAL_REVEAL, state.game, state.round, player.number, player.reveal_key, state.create.server
    )
    told = Unveiling.decode(open_box(secret, state.reveal.boxes.units()[player.number - 1], info))
    if not 1 <= told.giver <= len(state.players):
        raise VerificationError("reveal.card", "there is no such giver", blame=DEALER)
    if not opens_card(state, slot_of(state, told.giver), CardOpening(player.number, told.blinding)):
        raise VerificationError("reveal.card", "the card of this giver does not name this recipient", blame=DEALER)
    if (told.giver in state.gifts) != (told.k is not None):
        raise VerificationError("reveal.secrets", "k is there without a gift, or a gift without k", blame=DEALER)
    return state.players[told.giver - 1], told.k


def pairs(state: State) -> tuple[tuple[int, int], ...]:
    """Return all (giver, recipient) pairs of a public reveal."""
    if state.reveal is None or not state.reveal.openings:
        return ()
    values = [CardOpening.decode(unit).value for unit in state.reveal.openings.units()]
    return tuple((p.number, values[slot_of(state, p.number) - 1]) for p in state.players)


def unveiled(state: State, player: Player, reveal_secret: BoxSecret | None) -> tuple[Player, bytes | None]:
    """Return the giver of a player and its k, from a public reveal or the player's own box."""
    if state.create.reveal == "private":
        if reveal_secret is None:
            raise refuse("dispute.keys", "the reveal key is needed")
        return read_unveiling(state, player, reveal_secret)
    giver = next(g for g, r in pairs(state) if r == player.number)
    k = None if state.reveal is None or giver not in state.gifts else state.reveal.secrets.units()[giver - 1]
    return state.players[giver - 1], k


def compare_gift(state: State, player: Player, parcel: Parcel, giver: Player, k: bytes | None) -> None:
    """Check that what was delivered is what the giver's h in the log binds.

    Raises:
        VerificationError: `delivery.exchanged`, `delivery.house-instead`,
            `delivery.gift-from-nobody` (the dealer), `gift.note` (the giver).
    """
    standing = state.gifts.get(giver.number)
    h = None
    if parcel.gift is not None and k is not None:
        h = gift_hash(state.game, state.round, giver.number, k, parcel.gift, parcel.inner)
    if parcel.gift is not None and k is None:
        raise VerificationError("delivery.gift-from-nobody", "a gift was delivered that nobody gave", blame=DEALER)
    if code := gift_fault(None if standing is None else standing.body.h, h):
        raise VerificationError(code, "what was delivered is not what was given", blame=DEALER)
    if parcel.gift is not None and parcel.note is None:
        blame = Blame(Party.PLAYER, giver.name, Certainty.PROVEN)
        raise VerificationError("gift.note", "the note was sealed wrongly by its giver", blame=blame)


def reveal(state: State, post: SignedPost, body: Reveal, at: int) -> State:
    """Take a reveal; a public one must open every card.

    Raises:
        IllegalPost: `round.wrong`, `reveal.not-yet`, `reveal.form`, `reveal.card`, `reveal.secrets`.
    """
    check_round(state, body.round)
    if not state.revealable(at):
        raise refuse("reveal.not-yet", "the reveal is not due")
    n = len(state.players)
    counts = (body.openings.count(), body.secrets.count(), body.boxes.count())
    if counts != ((n, n, 0) if state.create.reveal == "public" else (0, 0, n)):
        raise refuse("reveal.form", f"this is not a {state.create.reveal} reveal for {n} players")
    if state.create.reveal == "public":
        openings = [CardOpening.decode(unit) for unit in body.openings.units()]
        if not all(opens_card(state, slot, opening) for slot, opening in enumerate(openings, start=1)):
            raise refuse("reveal.card", "an opening does not open its card")
        if not expected_secrets(state, body.secrets.units()):
            raise refuse("reveal.secrets", "there is a k of a giver whose gift does not stand")
    return replace(state, phase=Phase.OVER, reveal=body, reveal_seq=len(state.chain))


_KEYS = {"card": (True, False, False), "delivery": (False, True, False)}


def _check_form(state: State, player: Player, body: Dispute) -> None:
    given = tuple(k is not None for k in (body.card_secret, body.gift_secret, body.reveal_secret))
    if body.about == "reveal":
        private = state.create.reveal == "private"
        allowed = given in (((False, False, True), (False, True, True)) if private else ((False, True, False),))
    else:
        allowed = given == _KEYS[body.about]
    if not allowed:
        raise refuse("dispute.keys", f"a dispute about the {body.about} publishes other keys")
    for secret, key in (
        (body.card_secret, player.card_key),
        (body.gift_secret, player.gift_key),
        (body.reveal_secret, player.reveal_key),
    ):
        if secret is not None and public_key(secret) != key:
            raise refuse("dispute.wrong-key", "a published key is not that of the author's join")


def _check_turn(state: State, player: Player, body: Dispute) -> None:
    number = player.number
    if (body.about, number) in state.disputed:
        raise refuse("dispute.twice", "this player has disputed that already")
    if body.about == "card" and number in state.accepted:
        raise refuse("dispute.after-accept", "this player has confirmed its card")
    if body.about == "delivery" and number in state.receipts:
        raise refuse("dispute.after-receipt", "this player has confirmed its delivery")
    if (body.about == "delivery" and state.delivery is None) or (body.about == "reveal" and state.reveal is None):
        raise refuse("dispute.too-early", f"there is no {body.about} to dispute yet")


def _box(secret: bytes | None) -> BoxSecret | None:
    return None if secret is None else BoxSecret(bytes(secret))


def _examine(state: State, player: Player, body: Dispute) -> VerificationError | None:
    """Recompute what the author was sent; return what is wrong with it, or None."""
    gift_secret, reveal_secret = _box(body.gift_secret), _box(body.reveal_secret)
    try:
        if body.card_secret is not None:
            read_card(state, player, BoxSecret(bytes(body.card_secret)))
        elif body.about == "delivery" and gift_secret is not None:
            if read_parcel(state, player, gift_secret).note is None:
                blame = Blame(Party.PLAYER_OR_SERVER, f"the Santa of {player.name}", Certainty.PROVEN)
                return VerificationError("delivery.note", "the note in the envelope does not open", blame=blame)
        else:
            giver, k = unveiled(state, player, reveal_secret)
            if gift_secret is not None:
                compare_gift(state, player, read_parcel(state, player, gift_secret), giver, k)
    except VerificationError as e:
        return VerificationError(e.code, e.message, blame=e.blame if e.blame.who else DEALER)
    return None


def dispute(state: State, post: SignedPost, body: Dispute) -> State:
    """Judge a dispute; a founded one about a card ends the game.

    Raises:
        IllegalPost: `round.wrong`, `dispute.*`, `author.not-a-player`.
    """
    check_round(state, body.round)
    player = seated(state, body.by)
    _check_turn(state, player, body)
    _check_form(state, player, body)
    wrong, seq = _examine(state, player, body), len(state.chain)
    state = replace(state, disputed=state.disputed | {(body.about, player.number)})
    if wrong is None:
        blame = Blame(Party.PLAYER, player.name, Certainty.PROVEN)
        message = f"the dispute of {player.name} about the {body.about} has no ground"
        state = replace(state, faults=(*state.faults, Fault(seq, "dispute.unfounded", message, blame)))
    else:
        message = f"dispute of {player.name} about the {body.about}: {wrong.message}"
        state = replace(state, faults=(*state.faults, Fault(seq, wrong.code, message, wrong.blame)))
    if body.about == "card":
        if wrong is not None:  # a game that is over stays over: nobody may undo it afterwards
            return state if state.phase is Phase.OVER else replace(state, phase=Phase.VOID)
        return replace(state, accepted=state.accepted | {player.number})
    return received(state, player.number) if body.about == "delivery" else state
