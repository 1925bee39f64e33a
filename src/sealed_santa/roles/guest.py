"""A player of a blind game, apart from any trustee's work (docs/protocol.md, section 11.7).

Its client reads its card out of public posts, and finds its gift by trying all boxes. It publishes its
gift key only when its owner says so: the boxes are public, and with the key everybody reads the note.
"""

from __future__ import annotations

from sealed_santa.base.errors import Blame, Certainty, Party, UsageError, VerificationError
from sealed_santa.base.labels import Label
from sealed_santa.crypto.elgamal import embed, encode_rows, encrypt
from sealed_santa.crypto.group import encode_points
from sealed_santa.crypto.hashing import tagged_hash
from sealed_santa.crypto.sealing import BoxKey, seal
from sealed_santa.game.batches import GIFT_COLUMNS, PIECE, Kind
from sealed_santa.game.envelopes import BlindGift, Found, encode_gift, gift_info, search
from sealed_santa.game.mixing import read_hand
from sealed_santa.game.stages import blind_state, present
from sealed_santa.game.state import Phase, Player, State
from sealed_santa.game.statements import envelope_statement, joint_key
from sealed_santa.game.verdicts import Parcel
from sealed_santa.log.fields import Opened, Points, Proof
from sealed_santa.log.posts import Dispute, EnvelopePost, Receipt
from sealed_santa.proofs.linear.prove import prove_linear
from sealed_santa.roles.intent import Entropy, Intent, Owed, asked
from sealed_santa.roles.secrets import PlayerSecrets

_WORDS = {
    "gift.missing": "none of the boxes opens for you, and everybody gave",
    "gift.doubled": "more than one box opens for you; only one is from your Santa",
    "gift.bad": "the gift is not in the catalogue, or its note is none",
}


def duties(state: State, secrets: PlayerSecrets, me: Player, intent: Intent, entropy: Entropy) -> Owed:
    """Return what a player owes now, beyond its coin and a trustee's work."""
    if me.number in blind_state(state).gone if state.blind is not None else True:
        return Owed()
    match state.phase:
        case Phase.CHOOSING:
            return _choosing(state, secrets, me, intent, entropy)
        case Phase.DELIVERED | Phase.REVEALING | Phase.OVER:
            return _delivered(state, secrets, me, intent)
    return Owed()


def _choosing(state: State, secrets: PlayerSecrets, me: Player, intent: Intent, entropy: Entropy) -> Owed:
    if me.number in blind_state(state).envelopes:
        return Owed()
    if intent.gift is None or intent.refusals < asked(state, me.number):
        return Owed(choose=True)
    return Owed((make_envelope(state, secrets, intent.gift, intent.note, entropy),))


def _delivered(state: State, secrets: PlayerSecrets, me: Player, intent: Intent) -> Owed:
    if me.number in state.receipts:
        return Owed()
    found = search(state, me, secrets.gift)
    if not found.code:
        return Owed((Receipt(game=state.game, by=me.key, seen=state.head, round=state.round),))
    blame = Blame(Party.PLAYER, "your Santa" if found.code == "gift.missing" else "", Certainty.OBSERVED)
    wrong = VerificationError(found.code, _WORDS[found.code], blame=blame)
    if not intent.publish_gift_key:
        return Owed(wrong=wrong)
    dispute = Dispute(
        game=state.game, by=me.key, seen=state.head, round=state.round, about="delivery", card_secret=None,
        gift_secret=Opened(secrets.gift.secret), reveal_secret=None,
    )  # fmt: skip
    return Owed((dispute,), wrong=wrong)


def make_envelope(state: State, secrets: PlayerSecrets, choice: int, note: str, entropy: Entropy) -> EnvelopePost:
    """Seal a gift to this player's recipient, and encrypt it to the joint key.

    Raises:
        UsageError: `player.not-seated`, `card.not-dealt`.
        ParseError: the note is not one that may be sent.
    """
    me = state.player(secrets.key)
    if me is None:
        raise UsageError("player.not-seated", "this player is not in the game (not joined, gone or dropped)")
    to = recipient(state, secrets, me)
    if to is None:
        raise UsageError("card.not-dealt", "the cards are not dealt")
    box = seal(BoxKey.parse(to.gift_key), encode_gift(BlindGift(choice, note)), gift_info(state, to))
    points = tuple(embed(box[PIECE * c : PIECE * (c + 1)]) for c in range(GIFT_COLUMNS))
    joint, batch = joint_key(state), blind_state(state).deal_batch
    data = tagged_hash(Label.KEY_ENVELOPE, joint.raw, encode_points(points))
    scalars = secrets.scalars(Label.KEY_ENVELOPE, batch, 0, data, GIFT_COLUMNS)
    row = tuple(encrypt(joint, point, r) for point, r in zip(points, scalars, strict=True))
    statement = envelope_statement(state, me, row)
    return EnvelopePost(
        game=state.game, by=me.key, seen=state.head, round=state.round, batch=batch, row=Points(encode_rows([row])),
        proof=Proof(prove_linear(statement, scalars, secrets.seed, entropy)),
    )  # fmt: skip


# --- what a player knows --------------------------------------------------------------------------


def recipient(state: State, secrets: PlayerSecrets, me: Player) -> Player | None:
    """Return whom this player gives to, once t trustees have dealt."""
    blind = state.blind
    if blind is None or me.number in blind.gone:
        return None
    if blind.batch is not None and blind.batch.kind not in (Kind.GIFTS, Kind.REVEAL):
        return None  # the cards are being dealt anew
    number = read_hand(state, me.number, secrets.group)
    return None if number is None else state.players[number - 1]


def parcels(state: State, secrets: PlayerSecrets, me: Player) -> tuple[Parcel, ...]:
    """Return what was delivered to this player: one parcel, or more if somebody cheated; none before the delivery."""
    if state.blind is None or not state.blind.delivered_seq or me.number in state.blind.gone:
        return ()
    found: Found = search(state, me, secrets.gift)
    if not found.gifts:
        return () if found.everybody_gave and present(state) else (Parcel(None, "", b""),)
    return tuple(
        Parcel(None, None, b"", "gift.bad") if gift is None else Parcel(gift.gift, gift.note, b"")
        for gift in found.gifts
    )


def santa(state: State, me: Player) -> Player | None:
    """Return who gave to this player, once the pairs are revealed."""
    pairs = () if state.blind is None else state.blind.pairs
    number = next((g for g, r in pairs if r == me.number), None)
    return None if number is None else state.players[number - 1]
