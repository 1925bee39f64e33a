"""Confirming cards, gifts and their refusal, delivery, receipts (docs/protocol.md, 5.7 and 5.8).

See `lobby` for what a function takes and returns.
"""

from __future__ import annotations

from dataclasses import replace

from sealed_santa.base.errors import ParseError, VerificationError
from sealed_santa.base.labels import Label
from sealed_santa.crypto.sealing import BoxSecret, open_box
from sealed_santa.game.boxes import Choice, box_info, gift_hash
from sealed_santa.game.draw import DEALER, check_round, seal_keys
from sealed_santa.game.lobby import refuse
from sealed_santa.game.state import MAX_REFUSALS, Fault, Phase, Player, StandingGift, State
from sealed_santa.log.entry import SignedPost
from sealed_santa.log.fields import Hash, Opened, SealKey
from sealed_santa.log.posts import Accept, Call, Close, Delivery, Gift, Receipt, Refusal


def seated(state: State, key: bytes) -> Player:
    """Return the player with this key.

    Raises:
        IllegalPost: `author.not-a-player`.
    """
    player = state.player(key)
    if player is None:
        raise refuse("author.not-a-player", "the author is not a player of this round")
    return player


def accept(state: State, post: SignedPost, body: Accept) -> State:
    """Note that a player has verified the deal and its card.

    Raises:
        IllegalPost: `round.wrong`, `accept.twice`.
    """
    check_round(state, body.round)
    number = seated(state, body.by).number
    if number in state.accepted:
        raise refuse("accept.twice", "this player has confirmed its card already")
    return replace(state, accepted=state.accepted | {number})


def gift(state: State, post: SignedPost, body: Gift) -> State:
    """Let a gift stand, in place of an earlier one of the same giver.

    Raises:
        IllegalPost: `round.wrong`, `gift.before-accept`, `gift.refused-too-often`.
    """
    check_round(state, body.round)
    number = seated(state, body.by).number
    if number not in state.accepted:
        raise refuse("gift.before-accept", "the card must be confirmed before a gift is chosen")
    if state.refusals.get(number, 0) >= MAX_REFUSALS:
        raise refuse("gift.refused-too-often", f"{MAX_REFUSALS} gifts of this player were refused")
    seq = len(state.chain)
    standing = StandingGift(seq, post.hash, body, state.choice_keys[number], state.note_keys[number])
    return replace(
        state,
        gifts={**state.gifts, number: standing},
        gift_seqs={**state.gift_seqs, number: seq},
        choosing_seq=seq,
    )


def public_key(secret: Opened) -> SealKey:
    """Return the X25519 public key of a published secret."""
    return SealKey(BoxSecret(bytes(secret)).public().raw)


def read_choice(state: State, giver: Player, standing: StandingGift, secret: BoxSecret) -> Choice:
    """Open the choice box of a gift and check the choice against the catalogue.

    Raises:
        VerificationError: `box.does-not-open`, `box.malformed`, `gift.not-in-catalogue`; the giver
            is to blame.
    """
    info = box_info(Label.SEAL_CHOICE, state.game, state.round, giver.number, standing.choice_key, giver.key)
    choice = Choice.decode(open_box(secret, standing.body.choice, info))
    if choice.gift >= len(state.create.catalogue):
        raise VerificationError("gift.not-in-catalogue", "the choice is not in the catalogue")
    return choice


def read_gift(
    state: State, giver: Player, standing: StandingGift, choice_secret: BoxSecret, note_secret: BoxSecret
) -> tuple[Choice, bytes]:
    """Open both boxes of a gift and check that h binds them; return the choice and the inner box.

    Raises:
        VerificationError: as `read_choice`; `gift.hash-wrong`.
    """
    choice = read_choice(state, giver, standing, choice_secret)
    info = box_info(Label.SEAL_NOTE, state.game, state.round, giver.number, standing.note_key, giver.key)
    inner = open_box(note_secret, standing.body.note, info)
    if gift_hash(state.game, state.round, giver.number, choice.k, choice.gift, inner) != standing.body.h:
        raise VerificationError("gift.hash-wrong", "h does not bind this choice and this inner box")
    return choice, inner


def _founded(state: State, giver: Player, standing: StandingGift, body: Refusal) -> str:
    """Return the code of what is wrong with a refused gift, or an empty string."""
    try:
        choice_secret = BoxSecret(bytes(body.choice_secret))
        if body.note_secret is None:
            read_choice(state, giver, standing, choice_secret)
        else:
            read_gift(state, giver, standing, choice_secret, BoxSecret(bytes(body.note_secret)))
    except (VerificationError, ParseError) as e:
        return e.code
    return ""


def refusal(state: State, post: SignedPost, body: Refusal) -> State:
    """Judge a refusal: founded, the gift is gone; unfounded, it stands and the dealer is at fault.

    Raises:
        IllegalPost: `round.wrong`, `refusal.no-gift`, `refusal.again`, `refusal.wrong-key`, `key.*`.
    """
    check_round(state, body.round)
    standing = state.gifts.get(body.giver)
    if standing is None or standing.post != body.gift:
        raise refuse("refusal.no-gift", "this gift does not stand")
    if standing.contested:
        raise refuse("refusal.again", "this gift was refused before, without reason")
    both = body.note_secret is not None
    wrong = public_key(body.choice_secret) != standing.choice_key
    if body.note_secret is not None:
        wrong = wrong or public_key(body.note_secret) != standing.note_key
    if wrong or both != (body.next_note is not None):
        raise refuse("refusal.wrong-key", "the published keys are not those that the gift was sealed to")
    fresh = seal_keys(state, tuple(bytes(k) for k in (body.next_choice, body.next_note) if k is not None))
    giver = state.players[body.giver - 1]
    code, seq = _founded(state, giver, standing, body), len(state.chain)
    gifts, refusals = dict(state.gifts), dict(state.refusals)
    faults = state.faults
    if code:
        del gifts[body.giver]
        refusals[body.giver] = refusals.get(body.giver, 0) + 1
    else:
        gifts[body.giver] = replace(standing, contested=True)
        message = f"a good gift of {giver.name} was refused, and with that its choice made public"
        faults = (*faults, Fault(seq, "refusal.unfounded", message, DEALER))
    note_keys = state.note_keys if body.next_note is None else {**state.note_keys, body.giver: body.next_note}
    return replace(
        state,
        gifts=gifts,
        refusals=refusals,
        faults=faults,
        keys=state.keys.union(bytes(k) for k in fresh),
        choice_keys={**state.choice_keys, body.giver: body.next_choice},
        note_keys=note_keys,
        refusal_seqs={**state.refusal_seqs, body.giver: seq},
        choosing_seq=seq,
    )


def close(state: State, post: SignedPost, body: Close, at: int) -> State:
    """Close the choosing: the organiser at any time, the server when it may.

    Raises:
        IllegalPost: `round.wrong`, `close.too-early`.
    """
    check_round(state, body.round)
    if body.by == state.create.server and not state.closable(at):
        raise refuse("close.too-early", "gifts are missing and the deadline is not over")
    return replace(state, phase=Phase.CLOSED, closed_seq=len(state.chain))


def delivery(state: State, post: SignedPost, body: Delivery) -> State:
    """Take the envelopes; what is in them only their recipients can say.

    Raises:
        IllegalPost: `round.wrong`, `delivery.count`.
    """
    check_round(state, body.round)
    n = len(state.players)
    if body.envelopes.count() != n:
        raise refuse("delivery.count", f"{body.envelopes.count()} envelopes for {n} recipients")
    return replace(state, phase=Phase.DELIVERED, delivery=body, delivery_seq=len(state.chain))


def received(state: State, number: int) -> State:
    """Note that a recipient has looked into its envelope; with `never` the last one ends the game."""
    receipts = state.receipts | {number}
    done = state.create.reveal == "never" and len(receipts) == len(state.players)
    phase = Phase.OVER if done and state.phase is Phase.DELIVERED else state.phase
    return replace(state, receipts=receipts, receipt_seq=len(state.chain), phase=phase)


def receipt(state: State, post: SignedPost, body: Receipt) -> State:
    """Note a receipt.

    Raises:
        IllegalPost: `round.wrong`, `receipt.twice`.
    """
    check_round(state, body.round)
    number = seated(state, body.by).number
    if number in state.receipts:
        raise refuse("receipt.twice", "this player has a receipt or a dispute in the log already")
    return received(state, number)


def call(state: State, post: SignedPost, body: Call) -> State:
    """Call the reveal; with `never` the end.

    Raises:
        IllegalPost: `round.wrong`, `call.twice`.
    """
    check_round(state, body.round)
    if state.called_seq:
        raise refuse("call.twice", "the reveal has been called already")
    phase = Phase.OVER if state.create.reveal == "never" else state.phase
    return replace(state, called_seq=len(state.chain), phase=phase)


def expected_secrets(state: State, secrets: tuple[bytes, ...]) -> bool:
    """Whether k is zero for every giver without a gift.

    Whose gift stands may have any k, zeros too: it chose k itself, and must not be able to make the
    reveal impossible. A wrong k shows when its recipient computes h.
    """
    return not any(any(secrets[p.number - 1]) for p in state.players if p.number not in state.gifts)


def gift_fault(giver_h: Hash | None, h: Hash | None) -> str:
    """Return the code of how a delivered gift differs from the logged one, or an empty string."""
    if giver_h is None:
        return "" if h is None else "delivery.gift-from-nobody"
    if h is None:
        return "delivery.house-instead"
    return "" if h == giver_h else "delivery.exchanged"
