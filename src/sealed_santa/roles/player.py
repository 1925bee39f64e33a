"""A player: what it owes next, and what it knows (docs/protocol.md, 5 and 8; of blind games see `guest` and `trustee`).

A pure function of its secrets, its owner's wishes and the log. It opens a coin only for decks that
are in the log that it was given (which its caller has made durable), confirms its card only when
its own opening opens it, and publishes a key only when what it was sent is shown to be wrong by the
same rules that everybody applies. Its gift key it publishes only when its owner says so: the server
has the box with the note, and who spoils an envelope must not be able to fetch the key to it.
"""

from __future__ import annotations

from dataclasses import dataclass

from msgspec import UNSET

from sealed_santa.base.errors import Blame, Certainty, Party, SantaError, UsageError, VerificationError
from sealed_santa.base.labels import Label
from sealed_santa.crypto.sealing import BoxKey, seal
from sealed_santa.game.boxes import Choice, box_info, gift_hash, inner_info, pad_note
from sealed_santa.game.modes import SEALED, Mode
from sealed_santa.game.state import MAX_REFUSALS, Phase, Player, State, roster_hash
from sealed_santa.game.verdicts import Parcel, compare_gift, read_card, read_parcel, unveiled
from sealed_santa.log.fields import ChoiceBox, Hash, NoteBox, Opened, SealKey, SignKey
from sealed_santa.log.posts import (
    Accept,
    Call,
    Close,
    CoinPost,
    Dispute,
    Drop,
    Gift,
    Join,
    Leave,
    Post,
    Receipt,
    Start,
)
from sealed_santa.roles import guest, trustee
from sealed_santa.roles.intent import Entropy as Entropy
from sealed_santa.roles.intent import Intent as Intent
from sealed_santa.roles.intent import Owed as Owed
from sealed_santa.roles.secrets import PlayerSecrets

SANTA_OR_SERVER = Blame(Party.PLAYER_OR_SERVER, "your Santa", Certainty.OBSERVED)


def make_join(
    secrets: PlayerSecrets, invite: SignKey, seen: Hash, name: str, wish: str, mode: Mode = SEALED
) -> Join:
    """Return the join of a player; to be countersigned with the invite key."""
    return Join(
        game=secrets.game, by=secrets.key, seen=seen, name=name, wish=wish,
        card_key=SealKey(secrets.card.public().raw), gift_key=SealKey(secrets.gift.public().raw),
        reveal_key=SealKey(secrets.reveal.public().raw), coin=secrets.coin(0), invite=invite,
        group_key=UNSET if mode.dealer else secrets.group_key,
    )  # fmt: skip


def make_leave(state: State, key: SignKey) -> Leave:
    """Return the post with which a player goes."""
    return Leave(game=state.game, by=key, seen=state.head)


def make_start(state: State, key: SignKey) -> Start:
    """Return "start user distribution" for the roster as it is in this state."""
    return Start(game=state.game, by=key, seen=state.head, roster=roster_hash(state.game, 1, state.players))


def make_drop(state: State, key: SignKey, players: tuple[Player, ...]) -> Drop:
    """Return the organiser's post that drops these players."""
    return Drop(game=state.game, by=key, seen=state.head, round=state.round, players=tuple(p.key for p in players))


def make_close(state: State, key: SignKey) -> Close:
    """Return the organiser's post that closes the choosing."""
    return Close(game=state.game, by=key, seen=state.head, round=state.round)


def make_call(state: State, key: SignKey) -> Call:
    """Return the organiser's post that calls the reveal or the end."""
    return Call(game=state.game, by=key, seen=state.head, round=state.round)


def make_gift(state: State, secrets: PlayerSecrets, choice: int, note: str, entropy: Entropy) -> Gift:
    """Seal a choice for the dealer, and a note for the recipient that the dealer cannot read.

    `entropy` gives the 32 bytes of k. Only legal once the player has accepted.

    Raises:
        VerificationError: the player's card does not open.
        ParseError: the note is not one that may be sent.
    """
    me = own(state, secrets)
    recipient = state.players[read_card(state, me, secrets.card) - 1]
    k = entropy(32)
    inner = seal(
        BoxKey.parse(recipient.gift_key),
        pad_note(note),
        inner_info(state.game, state.round, recipient.number, recipient.gift_key),
    )
    choice_key, note_key = state.choice_keys[me.number], state.note_keys[me.number]
    choice_info = box_info(Label.SEAL_CHOICE, state.game, state.round, me.number, choice_key, me.key)
    note_info = box_info(Label.SEAL_NOTE, state.game, state.round, me.number, note_key, me.key)
    return Gift(
        game=state.game, by=me.key, seen=state.head, round=state.round,
        choice=ChoiceBox(seal(BoxKey.parse(choice_key), Choice(choice, k).encode(), choice_info)),
        note=NoteBox(seal(BoxKey.parse(note_key), inner, note_info)),
        h=gift_hash(state.game, state.round, me.number, k, choice, inner),
    )  # fmt: skip


def own(state: State, secrets: PlayerSecrets) -> Player:
    """Return the player that these secrets belong to.

    Raises:
        UsageError: `player.not-seated`: it has not joined, has left or was dropped.
    """
    me = state.player(secrets.key)
    if me is None:
        raise UsageError("player.not-seated", "this player is not in the game (not joined, gone or dropped)")
    return me


def rank(state: State, key: SignKey) -> int:
    """Return `Owed.rank` of what a player owes now, without doing the work: 0 for all but a trustee's."""
    me = state.player(key)
    return 0 if me is None or state.mode.dealer else trustee.rank(state, me)


def duties(state: State, secrets: PlayerSecrets, intent: Intent, entropy: Entropy) -> Owed:
    """Return what a player owes now; the caller signs, keeps and sends it, and asks again."""
    me = state.player(secrets.key)
    if me is None:
        return Owed()
    if state.phase is Phase.COINS and me.key not in state.coins:
        return Owed(held=True) if intent.hold_coins else Owed((_coin(state, secrets),))
    if not state.mode.dealer:
        work = trustee.duties(state, secrets, me, intent.hold_coins, entropy)
        return work if work.posts or work.held else guest.duties(state, secrets, me, intent, entropy)
    match state.phase:
        case Phase.CHOOSING:
            return _choosing(state, secrets, me, intent, entropy)
        case Phase.CLOSED if me.number not in state.accepted and ("card", me.number) not in state.disputed:
            return Owed(_card_dispute(state, secrets, me))
        case Phase.DELIVERED:
            return _delivered(state, secrets, me, intent)
        case Phase.OVER:
            first, second = _delivered(state, secrets, me, intent), _revealed(state, secrets, me, intent)
            return Owed((*first.posts, *second.posts), wrong=second.wrong or first.wrong)
    return Owed()


def _coin(state: State, secrets: PlayerSecrets) -> CoinPost:
    return CoinPost(
        game=state.game, by=secrets.key, seen=state.head, round=state.round, roster=state.roster or Hash(bytes(32)),
        coin=secrets.coin(state.round),
    )  # fmt: skip


def _dispute(state: State, secrets: PlayerSecrets, about: str, **keys: Opened) -> Dispute:
    given = {"card_secret": None, "gift_secret": None, "reveal_secret": None, **keys}
    return Dispute(game=state.game, by=secrets.key, seen=state.head, round=state.round, about=about, **given)  # type: ignore[arg-type]


def _card_dispute(state: State, secrets: PlayerSecrets, me: Player) -> tuple[Post, ...]:
    try:
        read_card(state, me, secrets.card)
    except VerificationError:
        return (_dispute(state, secrets, "card", card_secret=Opened(secrets.card.secret)),)
    return ()


def _choosing(state: State, secrets: PlayerSecrets, me: Player, intent: Intent, entropy: Entropy) -> Owed:
    if me.number not in state.accepted:
        bad = _card_dispute(state, secrets, me)
        if bad:
            return Owed(() if ("card", me.number) in state.disputed else bad)
        return Owed((Accept(game=state.game, by=me.key, seen=state.head, round=state.round),))
    refusals = state.refusals.get(me.number, 0)
    if me.number in state.gifts or refusals >= MAX_REFUSALS:
        return Owed()
    if intent.gift is None or intent.refusals < refusals:
        return Owed(choose=True)
    return Owed((make_gift(state, secrets, intent.gift, intent.note, entropy),))


def _delivered(state: State, secrets: PlayerSecrets, me: Player, intent: Intent) -> Owed:
    if me.number in state.receipts or state.delivery is None:
        return Owed()
    try:
        parcel = read_parcel(state, me, secrets.gift)
    except VerificationError as e:
        wrong: SantaError = e
    else:
        if parcel.note is not None:
            return Owed((Receipt(game=state.game, by=me.key, seen=state.head, round=state.round),))
        wrong = VerificationError("delivery.note", "the note in the envelope does not open", blame=SANTA_OR_SERVER)
    if not intent.publish_gift_key:
        return Owed(wrong=wrong)
    return Owed((_dispute(state, secrets, "delivery", gift_secret=Opened(secrets.gift.secret)),), wrong=wrong)


def _revealed(state: State, secrets: PlayerSecrets, me: Player, intent: Intent) -> Owed:
    if state.reveal is None or ("reveal", me.number) in state.disputed:
        return Owed()
    private = state.create.reveal == "private"
    reveal_key = {"reveal_secret": Opened(secrets.reveal.secret)} if private else {}
    try:
        giver, k = unveiled(state, me, secrets.reveal)
    except VerificationError as e:
        return Owed((_dispute(state, secrets, "reveal", **reveal_key),), wrong=e)
    try:
        compare_gift(state, me, read_parcel(state, me, secrets.gift), giver, k)
    except VerificationError as e:
        if not intent.publish_gift_key:
            return Owed(wrong=e)
        keys = {"gift_secret": Opened(secrets.gift.secret), **reveal_key}
        return Owed((_dispute(state, secrets, "reveal", **keys),), wrong=e)
    return Owed()


@dataclass(frozen=True, slots=True)
class Knowledge:
    """What one player knows beyond the log; None where there is nothing to know yet."""

    recipient: Player | None = None
    parcel: Parcel | None = None
    santa: Player | None = None
    more: tuple[Parcel, ...] = ()  #: further boxes of a blind game that opened for it


def knowledge(state: State, secrets: PlayerSecrets) -> Knowledge:
    """Open everything that has been sealed to this player so far; what does not open is None."""
    me = state.player(secrets.key)
    if me is None:
        return Knowledge()
    if not state.mode.dealer:
        parcels = guest.parcels(state, secrets, me)
        first, more = (parcels[0], parcels[1:]) if parcels else (None, ())
        return Knowledge(guest.recipient(state, secrets, me), first, guest.santa(state, me), more)
    recipient = parcel = santa = None
    if state.deal is not None:
        try:
            recipient = state.players[read_card(state, me, secrets.card) - 1]
        except VerificationError:
            recipient = None
    if state.delivery is not None:
        try:
            parcel = read_parcel(state, me, secrets.gift)
        except VerificationError:
            parcel = None
    if state.reveal is not None:
        try:
            santa, _ = unveiled(state, me, secrets.reveal)
        except VerificationError:
            santa = None
    return Knowledge(recipient, parcel, santa)
