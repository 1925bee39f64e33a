"""The dealer of a sealed game: what the server owes next (docs/protocol.md, sections 5 and 8).

A pure function of its secrets, the log and the time: decks, the deal, refusals, the close, the
delivery, the reveal. After a crash it is simply asked again. The same decks, cards and keys come
out, as they derive from the seed; only the ephemeral keys of boxes are drawn anew, and nothing that
was drawn before had left the server.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sealed_santa.base.errors import ParseError, UsageError, VerificationError
from sealed_santa.base.labels import Label
from sealed_santa.crypto.commitments import card_commits, deck_commits, deck_from_key
from sealed_santa.crypto.group import encode_points, encode_scalars
from sealed_santa.crypto.sealing import BoxKey, BoxSecret, seal
from sealed_santa.game.boxes import HOUSE, INNER_SIZE, CardOpening, Choice, Envelope, Unveiling, box_info
from sealed_santa.game.draw import deal_order, hits, statements
from sealed_santa.game.giving import read_choice, read_gift
from sealed_santa.game.odds import chance, decks_needed
from sealed_santa.game.state import Phase, Player, StandingGift, State
from sealed_santa.log.fields import (
    CardBoxes,
    CardOpenings,
    Envelopes,
    GiftSecrets,
    Hash,
    Opened,
    Openings,
    Points,
    Proof,
    RevealBoxes,
    SealKey,
    SealKeys,
)
from sealed_santa.log.posts import Close, Deal, Deck, Delivery, Post, Refusal, Reveal
from sealed_santa.proofs.product.prove import DealWitness, prove_exclusion, prove_permutation
from sealed_santa.roles import keeper
from sealed_santa.roles.secrets import DealerSecrets

Entropy = Callable[[int], bytes]


@dataclass(frozen=True, slots=True, repr=False)
class OpenedGift:
    """A gift that the dealer has opened; secret."""

    choice: Choice
    inner: bytes


Memo = dict[Hash, OpenedGift]
"""Gifts by the hash of their post: a cache that saves opening each again, and holds no decision."""


def duties(
    state: State, secrets: DealerSecrets, now: int, entropy: Entropy, memo: Memo | None = None
) -> tuple[Post, ...]:
    """Return the bodies that the dealer owes now, to be signed, ordered and asked for again after.

    `now` in milliseconds decides only whether a deadline is over. May take seconds for many players.
    """
    if not state.mode.dealer:
        return keeper.duties(state, now)
    memo = {} if memo is None else memo
    match state.phase:
        case Phase.DECK:
            return (make_deck(state, secrets),)
        case Phase.DEAL:
            return (make_deal(state, secrets, entropy),)
        case Phase.CHOOSING | Phase.CLOSED:
            refusals = tuple(r for p in state.players if (r := examine(state, secrets, p, memo)) is not None)
            if refusals:
                return refusals[:1]
            if state.phase is Phase.CLOSED:
                return (make_delivery(state, secrets, memo),)
            if state.closable(now):
                return (Close(game=state.game, by=secrets.key, seen=state.head, round=state.round),)
        case Phase.DELIVERED:
            if state.revealable(now):
                return (make_reveal(state, secrets, memo),)
    return ()


def next_wake(state: State, now: int = 0) -> int | None:
    """Return the time (milliseconds) at which a deadline gives the dealer something to do, if any."""
    if not state.mode.dealer:
        return keeper.next_wake(state, now)
    if state.phase is Phase.CHOOSING and state.create.choose_by is not None:
        return max(state.create.choose_by, state.deal_at + state.create.patience)
    if state.phase is Phase.DELIVERED and state.create.reveal != "never":
        return state.create.reveal_at
    return None


def deck_count(state: State) -> int:
    """Return how many decks to make: all of them out in less than 1 % of draws, within the limit."""
    n = len(state.players)
    odds = chance(n, state.forbidden, samples=4000, seed=bytes(state.roster or b""))
    try:
        wanted = decks_needed(odds.value)
    except UsageError:
        wanted = state.create.deck_limit
    return max(1, min(wanted, state.create.deck_limit // n))


def _roster(state: State) -> Hash:
    if state.roster is None:
        raise UsageError("dealer.no-roster", "the roster is not locked")
    return state.roster


def make_deck(state: State, secrets: DealerSecrets) -> Deck:
    """Commit to the decks of this round and hand out two gift keys a giver."""
    n, roster = len(state.players), _roster(state)
    keys = [secrets.deck_key(state.game, state.round, roster, t) for t in range(deck_count(state))]
    gift_keys = b"".join(
        make(state.game, state.round, roster, giver, 0).public().raw
        for giver in range(1, n + 1)
        for make in (secrets.choice_key, secrets.note_key)
    )
    return Deck(
        game=state.game, by=secrets.key, seen=state.head, round=state.round, roster=roster,
        commitments=Points(encode_points(deck_commits(keys, n))), keys=SealKeys(gift_keys),
    )  # fmt: skip


def standing_deck(state: State, secrets: DealerSecrets) -> tuple[int, tuple[bytes, ...]]:
    """Return the first deck whose deal is permitted (or K) and the keys of all before it."""
    seed, n, roster = state.joint_seed(), len(state.players), _roster(state)
    count = state.deck.commitments.count() if state.deck is not None else 0
    keys: list[bytes] = []
    for t in range(count):
        key = secrets.deck_key(state.game, state.round, roster, t)
        if not hits(state.forbidden, deck_from_key(key, n)[0], deal_order(seed, t, n)):
            return t, tuple(keys)
        keys.append(key)
    return count, tuple(keys)


def _cards(state: State, secrets: DealerSecrets, t: int) -> tuple[tuple[int, ...], int, tuple[int, ...]]:
    """Return the values by slot, the deck's blinding and the cards' blindings of deck t."""
    n, seed = len(state.players), state.joint_seed()
    key = secrets.deck_key(state.game, state.round, _roster(state), t)
    values, blinding = deck_from_key(key, n)
    return values, blinding, tuple(
        secrets.card_blinding(state.game, state.round, seed, t, slot) for slot in range(1, n + 1)
    )


def make_deal(state: State, secrets: DealerSecrets, entropy: Entropy) -> Deal:
    """Deal: open the decks passed over, prove the first permitted one, seal each card to its holder."""
    t, keys = standing_deck(state, secrets)
    cards = permutation_proof = exclusion_proof = sealed = b""
    if state.deck is not None and t < state.deck.commitments.count():
        seed = state.joint_seed()
        values, blinding, blindings = _cards(state, secrets, t)
        cards = encode_points(card_commits(values, blindings))
        permutation, exclusion = statements(state, seed, t, cards)
        witness = DealWitness(secrets.seed, values, blindings, blinding)
        permutation_proof = prove_permutation(permutation, witness, entropy).encode()
        exclusion_proof = prove_exclusion(exclusion, witness, entropy).encode()
        sealed = _sealed_cards(state, seed, t, values, blindings)
    return Deal(
        game=state.game, by=secrets.key, seen=state.head, round=state.round, deck=t,
        openings=Openings(b"".join(keys)), cards=Points(cards), permutation=Proof(permutation_proof),
        exclusion=Proof(exclusion_proof), sealed=CardBoxes(sealed),
    )  # fmt: skip


def _sealed_cards(state: State, seed: Hash, t: int, values: tuple[int, ...], blindings: tuple[int, ...]) -> bytes:
    order = deal_order(seed, t, len(state.players))
    boxes = []
    for player in state.players:
        slot = order[player.number - 1]
        opening = CardOpening(values[slot - 1], encode_scalars([blindings[slot - 1]]))
        boxes.append(_seal_to(state, Label.SEAL_CARD, player, player.card_key, opening.encode()))
    return b"".join(boxes)


def _seal_to(state: State, label: Label, player: Player, key: SealKey, content: bytes) -> bytes:
    info = box_info(label, state.game, state.round, player.number, key, state.create.server)
    return seal(BoxKey.parse(key), content, info)


def recipients(state: State, secrets: DealerSecrets) -> dict[int, int]:
    """Return recipient by giver (numbers). The whole secret of a sealed game."""
    if state.deal is None or state.seed is None:
        return {}
    values, _, _ = _cards(state, secrets, state.deal.deck)
    order = deal_order(state.seed, state.deal.deck, len(state.players))
    return {p.number: values[order[p.number - 1] - 1] for p in state.players}


def _gift_keys(
    state: State, secrets: DealerSecrets, giver: Player, standing: StandingGift
) -> tuple[BoxSecret, BoxSecret, int, int]:
    """Return the secrets that a gift is sealed to, and the next number of each kind of key."""
    roster = _roster(state)
    choice = next(
        (k, c) for c in range(64)
        if (k := secrets.choice_key(state.game, state.round, roster, giver.number, c)).public().raw
        == standing.choice_key
    )  # fmt: skip
    note = next(
        (k, c) for c in range(64)
        if (k := secrets.note_key(state.game, state.round, roster, giver.number, c)).public().raw == standing.note_key
    )  # fmt: skip
    return choice[0], note[0], choice[1] + 1, note[1] + 1


def examine(state: State, secrets: DealerSecrets, giver: Player, memo: Memo) -> Refusal | None:
    """Open a giver's standing gift; return the refusal of a bad one, remember a good one."""
    standing = state.gifts.get(giver.number)
    if standing is None or standing.contested or standing.post in memo:
        return None
    choice_secret, note_secret, next_choice, next_note = _gift_keys(state, secrets, giver, standing)
    try:
        choice, inner = read_gift(state, giver, standing, choice_secret, note_secret)
    except (VerificationError, ParseError):
        pass
    else:
        memo[standing.post] = OpenedGift(choice, inner)
        return None
    both = _choice_is_fine(state, giver, standing, choice_secret)
    roster, game, round_ = _roster(state), state.game, state.round
    fresh_choice = secrets.choice_key(game, round_, roster, giver.number, next_choice).public().raw
    fresh_note = secrets.note_key(game, round_, roster, giver.number, next_note).public().raw
    return Refusal(
        game=game, by=secrets.key, seen=state.head, round=round_, giver=giver.number, gift=standing.post,
        choice_secret=Opened(choice_secret.secret), note_secret=Opened(note_secret.secret) if both else None,
        next_choice=SealKey(fresh_choice), next_note=SealKey(fresh_note) if both else None,
    )  # fmt: skip


def _choice_is_fine(state: State, giver: Player, standing: StandingGift, secret: BoxSecret) -> bool:
    try:
        read_choice(state, giver, standing, secret)
    except (VerificationError, ParseError):
        return False
    return True


def opened_gift(state: State, secrets: DealerSecrets, giver: Player, memo: Memo) -> OpenedGift | None:
    """Return a giver's gift, opened, or None if the house gives in its place."""
    standing = state.gifts.get(giver.number)
    if standing is None:
        return None
    if standing.post not in memo:
        choice_secret, note_secret, _, _ = _gift_keys(state, secrets, giver, standing)
        memo[standing.post] = OpenedGift(*read_gift(state, giver, standing, choice_secret, note_secret))
    return memo[standing.post]


def make_delivery(state: State, secrets: DealerSecrets, memo: Memo) -> Delivery:
    """Seal to each recipient what its Santa chose, or the house gift."""
    givers = {recipient: giver for giver, recipient in recipients(state, secrets).items()}
    boxes = []
    for player in state.players:
        gift = opened_gift(state, secrets, state.players[givers[player.number] - 1], memo)
        envelope = Envelope(HOUSE, bytes(INNER_SIZE)) if gift is None else Envelope(gift.choice.gift, gift.inner)
        boxes.append(_seal_to(state, Label.SEAL_ENVELOPE, player, player.gift_key, envelope.encode()))
    return Delivery(
        game=state.game, by=secrets.key, seen=state.head, round=state.round, envelopes=Envelopes(b"".join(boxes))
    )


def make_reveal(state: State, secrets: DealerSecrets, memo: Memo) -> Reveal:
    """Open all cards and all k, or tell each recipient alone, as the game was made."""
    deck = state.deal.deck if state.deal is not None else 0
    values, _, blindings = _cards(state, secrets, deck)
    ks = {p.number: gift.choice.k for p in state.players if (gift := opened_gift(state, secrets, p, memo)) is not None}
    openings = secrets_ = boxes = b""
    raw = [encode_scalars([b]) for b in blindings]
    if state.create.reveal == "public":
        openings = b"".join(CardOpening(m, b).encode() for m, b in zip(values, raw, strict=True))
        secrets_ = b"".join(ks.get(p.number, bytes(32)) for p in state.players)
    else:
        order = deal_order(state.joint_seed(), deck, len(state.players))
        givers = {recipient: giver for giver, recipient in recipients(state, secrets).items()}
        boxes = b"".join(
            _seal_to(
                state, Label.SEAL_REVEAL, p, p.reveal_key,
                Unveiling(g := givers[p.number], raw[order[g - 1] - 1], ks.get(g)).encode(),
            )
            for p in state.players
        )  # fmt: skip
    return Reveal(
        game=state.game, by=secrets.key, seen=state.head, round=state.round, openings=CardOpenings(openings),
        secrets=GiftSecrets(secrets_), boxes=RevealBoxes(boxes),
    )  # fmt: skip
