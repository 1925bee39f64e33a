"""Gifts of a blind game: envelopes through the mix, receipts and disputes, leaving (docs/protocol.md, section 11.7).

An envelope is an HPKE box to its recipient that names no author, cut into points and encrypted to the
joint key. Mixed and opened, the boxes stand in an order that nobody knows; each player tries all of
them, and one opens.

See `lobby` for what a function takes and returns.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from sealed_santa.base.canon import pack
from sealed_santa.base.errors import Blame, Certainty, ParseError, Party, SantaError, VerificationError
from sealed_santa.base.labels import Label
from sealed_santa.base.names import parse_note
from sealed_santa.crypto.elgamal import decode_ciphers
from sealed_santa.crypto.sealing import BoxSecret, open_box
from sealed_santa.game.batches import GIFT_COLUMNS, LEAST_GIFTS, PIECE, Batch, Kind, Standing
from sealed_santa.game.draw import check_round
from sealed_santa.game.giving import public_key, seated
from sealed_santa.game.lobby import refuse
from sealed_santa.game.mixing import check_batch, close_mixing
from sealed_santa.game.stages import (
    after_leaving,
    begin_batch,
    blind_state,
    can_go_on,
    delivered,
    name_santas,
    present,
    progress,
    reveal_now,
)
from sealed_santa.game.state import Fault, Phase, Player, State
from sealed_santa.game.statements import envelope_statement, shown
from sealed_santa.game.trustees import close_early, expel, overdue
from sealed_santa.log.entry import SignedPost
from sealed_santa.log.posts import Call, Close, Dispute, Drop, EnvelopePost, Leave, Receipt

MAX_BLIND_NOTE: Final = 160  # bytes of UTF-8
ZEROS: Final = PIECE  # bytes before a gift: HPKE's cipher does not commit to its key, and one box could open for many
CONTENT_SIZE: Final = ZEROS + 2 + MAX_BLIND_NOTE


# --- what is in a box -----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class BlindGift:
    """What a box holds: the place of the gift in the catalogue, and the note."""

    gift: int
    note: str


def gift_info(state: State, recipient: Player) -> bytes:
    """Return the `info` of a gift box: nothing about its author."""
    batch = blind_state(state).deal_batch
    return pack(Label.SEAL_GIFT.value, state.game, state.round, batch, recipient.number, recipient.gift_key)


def encode_gift(gift: BlindGift) -> bytes:
    """Return the 192 bytes of a gift: zeros (30), its place (2), its note (160), filled up with zeros.

    Raises:
        ParseError: as `names.parse_note` says; the note has at most 160 bytes of UTF-8.
    """
    raw = parse_note(gift.note, MAX_BLIND_NOTE).encode("utf-8")
    return bytes(ZEROS) + gift.gift.to_bytes(2, "little") + raw + bytes(MAX_BLIND_NOTE - len(raw))


def decode_gift(state: State, raw: bytes) -> BlindGift:
    """Return the gift in the 192 bytes of a box, whose zeros have been looked at.

    Raises:
        VerificationError: `box.malformed`, `gift.not-in-catalogue`; whoever sealed it is to blame.
        ParseError: the note is not one that may be sent.
    """
    if len(raw) != CONTENT_SIZE:
        raise VerificationError("box.malformed", "a gift does not have the form that it must have")
    raw = raw[ZEROS:]
    gift = int.from_bytes(raw[:2], "little")
    if gift >= len(state.create.catalogue):
        raise VerificationError("gift.not-in-catalogue", "the choice is not in the catalogue")
    try:
        text = raw[2:].rstrip(b"\0").decode("utf-8")
    except UnicodeDecodeError as e:
        raise VerificationError("box.malformed", "the text of a note is no text") from e
    return BlindGift(gift, parse_note(text, MAX_BLIND_NOTE))


@dataclass(frozen=True, slots=True)
class Found:
    """What a recipient finds among the boxes: those that open, each None if it is not good."""

    gifts: tuple[BlindGift | None, ...]
    everybody_gave: bool

    @property
    def code(self) -> str:
        """What is wrong, or an empty string: one good gift, or nothing where somebody gave nothing."""
        if not self.gifts:
            return "gift.missing" if self.everybody_gave else ""
        if len(self.gifts) > 1:
            return "gift.doubled"
        return "" if self.gifts[0] is not None else "gift.bad"


def search(state: State, player: Player, secret: BoxSecret) -> Found:
    """Try all delivered boxes with a player's gift key; a box opens if its content begins with the zeros."""
    blind, info = blind_state(state), gift_info(state, player)
    gifts: list[BlindGift | None] = []
    for box in blind.boxes:
        try:
            raw = open_box(secret, box, info)
        except VerificationError:
            continue
        if any(raw[:ZEROS]):
            continue
        try:
            gifts.append(decode_gift(state, raw))
        except SantaError:
            gifts.append(None)
    return Found(tuple(gifts), len(blind.givers) == len(present(state)))


# --- giving ---------------------------------------------------------------------------------------


def envelope(state: State, post: SignedPost, body: EnvelopePost, at: int) -> State:
    """Let an envelope stand, in place of an earlier one of the same giver.

    Raises:
        IllegalPost: `round.wrong`, `author.wrong`, `batch.wrong`, `envelope.row`, `envelope.proof-form`,
            `envelope.proof-wrong`.
    """
    check_round(state, body.round)
    author = here(state, seated(state, body.by))
    check_batch(state, body.batch)
    try:
        row = decode_ciphers(body.row, GIFT_COLUMNS)  # no equation has all of them, so they are checked here
    except ParseError as e:
        raise refuse("envelope.row", f"an envelope is {GIFT_COLUMNS} ciphertexts: {e.message}") from e
    message = f"{author.name} does not show that it knows what is in its envelope"
    statement = envelope_statement(state, author, row)
    claims = shown(statement, body.proof, message, form="envelope.proof-form", wrong="envelope.proof-wrong")
    blind = blind_state(state)
    standing = Standing(len(state.chain), row)
    return progress(state, replace(blind, envelopes={**blind.envelopes, author.number: standing}), claims=claims)


def here(state: State, player: Player) -> Player:
    """Return the player, who must not be gone.

    Raises:
        IllegalPost: `author.wrong`.
    """
    if player.number in blind_state(state).gone:
        raise refuse("author.wrong", "the author has left the game")
    return player


def closable(state: State, at: int) -> bool:
    """Whether the server may close the choosing: everybody gave, or the deadline is over."""
    blind = blind_state(state)
    if len(blind.envelopes) == len(present(state)):
        return True
    limit = state.create.choose_by
    return limit is not None and at >= max(limit, blind.dealt_at + state.create.patience)


def _close_choosing(state: State, body: Close, at: int) -> State:
    if body.by != state.create.by and not closable(state, at):
        raise refuse("close.too-early", "not everybody has given, and the deadline is not over")
    blind = blind_state(state)
    deck = tuple(blind.envelopes[number].row for number in sorted(blind.envelopes))
    if len(deck) < LEAST_GIFTS:
        return delivered(state, at, (), ())
    return begin_batch(state, at, Batch(0, Kind.GIFTS, (deck,)))


def close(state: State, post: SignedPost, body: Close, at: int) -> State:
    """Close keys, a mixing or the choosing before all have done their part, or begin the reveal that is due.

    Where the answer to a complaint is overdue, and no card was handed out, a close finds out the accused instead.

    Raises:
        IllegalPost: `round.wrong`, `author.wrong`, `close.too-early`, `close.too-few`.
    """
    check_round(state, body.round)
    if state.phase is Phase.KEYS:
        return close_early(state, body, at)
    if state.phase is not Phase.DELIVERED and (late := overdue(state, at)):
        return expel(state, at, late)
    match state.phase:
        case Phase.MIXING:
            return close_mixing(state, body, at)
        case Phase.CHOOSING:
            return _close_choosing(state, body, at)
        case Phase.BLINDING | Phase.OPENING | Phase.DEALING:
            raise refuse("close.too-early", "this goes on by itself when enough trustees have done their part")
    if body.by != state.create.server:
        raise refuse("author.wrong", "the organiser calls the reveal, and does not close for it")
    if not due(state, at):
        raise refuse("close.too-early", "the reveal is not due")
    return reveal_now(state, at)


def due(state: State, at: int) -> bool:
    """Whether the server may begin the reveal at this time."""
    limit = state.create.reveal_at
    return state.phase is Phase.DELIVERED and state.create.reveal != "never" and limit is not None and at >= limit


# --- receipts, disputes, the call -----------------------------------------------------------------


def _received(state: State, number: int, at: int, **changes: object) -> State:
    receipts = state.receipts | {number}
    after = progress(state, blind_state(state), receipts=receipts, receipt_seq=len(state.chain), **changes)
    everybody = all(p.number in receipts for p in present(state))
    waits = state.create.reveal_at is not None and state.create.reveal != "never"
    if everybody and state.phase is Phase.DELIVERED and not waits:
        return reveal_now(after, at)
    return after


def receipt(state: State, post: SignedPost, body: Receipt, at: int) -> State:
    """Note a receipt; the last one may begin the reveal.

    Raises:
        IllegalPost: `round.wrong`, `author.wrong`, `receipt.twice`.
    """
    check_round(state, body.round)
    number = here(state, seated(state, body.by)).number
    if number in state.receipts:
        raise refuse("receipt.twice", "this player has a receipt or a dispute in the log already")
    return _received(state, number, at)


def call(state: State, post: SignedPost, body: Call, at: int) -> State:
    """Begin the reveal now; with `never`, end the game.

    Raises:
        IllegalPost: `round.wrong`.
    """
    check_round(state, body.round)
    return reveal_now(replace(state, called_seq=len(state.chain)), at)


def dispute(state: State, post: SignedPost, body: Dispute, at: int) -> State:
    """Judge, with the published gift key, what its author finds among the boxes.

    Raises:
        IllegalPost: `round.wrong`, `author.wrong`, `dispute.twice`, `dispute.after-receipt`, `dispute.keys`,
            `dispute.wrong-key`.
    """
    check_round(state, body.round)
    player = here(state, seated(state, body.by))
    if ("delivery", player.number) in state.disputed:
        raise refuse("dispute.twice", "this player has disputed that already")
    if player.number in state.receipts:
        raise refuse("dispute.after-receipt", "this player has confirmed its delivery")
    if body.about != "delivery" or body.gift_secret is None or body.card_secret or body.reveal_secret:
        raise refuse("dispute.keys", "in a blind game only a delivery is disputed, with the gift key alone")
    if public_key(body.gift_secret) != player.gift_key:
        raise refuse("dispute.wrong-key", "a published key is not that of the author's join")
    found = search(state, player, BoxSecret(bytes(body.gift_secret)))
    fault = _fault(len(state.chain), player, found)
    after = _received(
        state, player.number, at,
        disputed=state.disputed | {("delivery", player.number)}, faults=(*state.faults, fault),
    )  # fmt: skip
    return name_santas(after)


def _fault(seq: int, player: Player, found: Found) -> Fault:
    santa = Blame(Party.PLAYER, f"the Santa of {player.name}", Certainty.PROVEN)
    somebody = Blame(Party.PLAYER, "somebody who gave", Certainty.SUSPECTED)
    match found.code:
        case "gift.missing":
            message = f"none of the boxes opens for {player.name}, and everybody gave"
            return Fault(seq, "gift.missing", message, santa, player.number)
        case "gift.doubled":
            blame = Blame(Party.PLAYER, f"somebody who is not the Santa of {player.name}", Certainty.SUSPECTED)
            return Fault(seq, "gift.doubled", f"{len(found.gifts)} boxes open for {player.name}", blame)
        case "gift.bad":
            message = f"the gift for {player.name} is not in the catalogue, or its note is none"
            if found.everybody_gave:
                return Fault(seq, "gift.bad", message, santa, player.number)
            return Fault(seq, "gift.bad", message, somebody)
    message = f"the dispute of {player.name} about the delivery has no ground"
    return Fault(seq, "dispute.unfounded", message, Blame(Party.PLAYER, player.name, Certainty.PROVEN))


# --- leaving --------------------------------------------------------------------------------------


def _while_giving(state: State) -> bool:
    """Whether a player may still be bridged: until the mix of the gifts is over."""
    batch = blind_state(state).batch
    return state.phase is Phase.CHOOSING or (
        state.phase is Phase.MIXING and batch is not None and batch.kind is Kind.GIFTS
    )


def leave(state: State, post: SignedPost, body: Leave, at: int) -> State:
    """Let a player go after the deal; its giver gets its recipient, and nobody learns who that is.

    Raises:
        IllegalPost: `author.wrong`, `turn.wrong`.
    """
    player = here(state, seated(state, body.by))
    if not _while_giving(state):
        raise refuse("turn.wrong", "nobody can leave at this moment", hint="wait until the cards are dealt")
    return after_leaving(state, at, player.number)


def drop(state: State, post: SignedPost, body: Drop, at: int) -> State:
    """Go on without a player who has not given: the organiser, or after the deadline of the choosing any player.

    Raises:
        IllegalPost: `round.wrong`, `author.wrong`, `turn.wrong`, `drop.too-early`, `drop.players`, `drop.too-few`.
    """
    check_round(state, body.round)
    if body.by != state.create.by:
        here(state, seated(state, body.by))
        if state.phase is not Phase.CHOOSING:
            raise refuse("turn.wrong", "when gifts are mixed only the organiser drops players")
    if not _while_giving(state):
        raise refuse("turn.wrong", "nobody can be dropped at this moment")
    blind = blind_state(state)
    gone = [p for p in present(state) if p.key in body.players and p.number not in blind.envelopes]
    if len(body.players) != 1 or len(gone) != 1:
        raise refuse("drop.players", "after the deal, drop names one player who has not given")
    limit = state.create.choose_by
    if at < max(limit or 0, blind.dealt_at + state.create.patience) or (limit is None and body.by != state.create.by):
        raise refuse("drop.too-early", "the player still has time for a gift", hint="wait until it is over")
    number = gone[0].number
    index = blind.index(number)
    out = blind.out if index is None else blind.out | {index}
    if not can_go_on(replace(state, blind=replace(blind, gone=blind.gone | {number}, out=out))):
        raise refuse("drop.too-few", "without this player the game could not go on", hint="make a new game")
    return after_leaving(state, at, number)
