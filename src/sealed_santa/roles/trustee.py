"""A trustee of a blind game: key, mixes, blindings, openings, hands (docs/protocol.md, sections 11.4 to 11.6).

A pure function of the player's secrets and the log, as all duties are. Every secret that is applied to
public data derives from the seed and the hash of that data, so that a trustee whose log was rolled
back or forked never uses one secret on two inputs; and whoever is asked again makes the same mix. Masks
of proofs are fresh.

What a trustee opens is decided by the rules alone: the tests of a batch whose blinding is over, the
cards each for its player, the mixed gifts, and all pairs once the reveal has begun.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from sealed_santa.base.canon import pack
from sealed_santa.base.errors import SantaError, VerificationError
from sealed_santa.base.labels import Label
from sealed_santa.crypto.elgamal import Cipher, encode_ciphers, encode_rows
from sealed_santa.crypto.group import BASE, Point, encode_points, encode_scalars
from sealed_santa.crypto.hashing import tagged_hash
from sealed_santa.crypto.sealing import BoxKey, open_box, seal
from sealed_santa.crypto.sharing import check_share, commit_polynomial, evaluate
from sealed_santa.game.batches import Batch, Deck
from sealed_santa.game.boxes import box_info
from sealed_santa.game.mixing import deck_bounds, mix_input
from sealed_santa.game.odds import chance, decks_needed
from sealed_santa.game.stages import blind_state, forbidden_left, present, the_batch
from sealed_santa.game.state import Phase, Player, State
from sealed_santa.game.statements import (
    blinding_statement,
    decryption_statement,
    group_keys,
    hand_statement,
    joint_key,
    key_statement,
    shuffle_statement,
)
from sealed_santa.log.fields import Hash, Points, Proof, Share, ShareBoxes
from sealed_santa.log.posts import Answer, Blinding, Complaint, Hand, KeyPost, Mix, OpeningPost, Post
from sealed_santa.proofs.linear.prove import prove_linear
from sealed_santa.proofs.shuffle.prove import ShuffleWitness, mix_rows, prove_shuffle
from sealed_santa.roles.intent import Entropy, Owed
from sealed_santa.roles.secrets import PlayerSecrets

_CONTEST: Final = frozenset(
    {Phase.MIXING, Phase.BLINDING, Phase.OPENING, Phase.DEALING, Phase.CHOOSING, Phase.REVEALING}
)


def duties(state: State, secrets: PlayerSecrets, me: Player, hold: bool, entropy: Entropy) -> Owed:
    """Return what a player owes as a trustee; nothing if it is none.

    `hold` keeps everything back (of a restored identity); the result says then that something is due.
    """
    if state.blind is None or (index := state.blind.index(me.number)) is None:
        return Owed()
    protest = _protest(state, secrets, me, index)
    due, rank = _due(state, index)
    if not due and not protest:
        return Owed()
    if hold:
        return Owed(held=True)
    return Owed(protest) if protest else Owed(_work(state, secrets, me, index, entropy), rank=rank)


def rank(state: State, me: Player) -> int:
    """Return how many other trustees may do before this one what it has to do; 0 if it has nothing to do."""
    index = None if state.blind is None else state.blind.index(me.number)
    due, place = (False, 0) if index is None else _due(state, index)
    return place if due else 0


def _due(state: State, index: int) -> tuple[bool, int]:
    """Tell whether this trustee has something to do, and how many others may do it before."""
    blind = blind_state(state)
    match state.phase:
        case Phase.COINS | Phase.KEYS:
            return index not in blind.commitments, 0
        case Phase.MIXING:
            return index not in the_batch(state).mixers, _rank(blind.active(), the_batch(state).mixers, index)
        case Phase.BLINDING:
            done: Sequence[int] = the_batch(state).blinders
            return index not in done, _rank(blind.active(), done, index)
        case Phase.OPENING | Phase.REVEALING:
            done = tuple(the_batch(state).openings)
        case Phase.DEALING:
            done = tuple(blind.hands)
        case _:
            return False, 0
    needed = blind.threshold - len(done)
    return index not in done, max(0, _rank(blind.active(), done, index) - needed + 1)


def _rank(active: Sequence[int], done: Sequence[int], index: int) -> int:
    """Return the place of a trustee among those that have it still to do, from 0."""
    return sum(1 for other in active if other < index and other not in done)


def _work(state: State, secrets: PlayerSecrets, me: Player, index: int, entropy: Entropy) -> tuple[Post, ...]:
    match state.phase:
        case Phase.COINS | Phase.KEYS:
            return (make_key(state, secrets, me, index, entropy),)
        case Phase.MIXING:
            return _mixing(state, secrets, me, index, entropy)
        case Phase.BLINDING:
            return (make_blinding(state, secrets, entropy),)
    if own_share(state, secrets, me, index) is None:
        return ()
    if state.phase is Phase.DEALING:
        return (make_hand(state, secrets, me, index, entropy),)
    return (make_opening(state, secrets, me, index, entropy),)


# --- keys -----------------------------------------------------------------------------------------


def _roster(state: State) -> Hash:
    return state.roster or Hash(bytes(32))


def _polynomial(state: State, secrets: PlayerSecrets) -> tuple[int, ...]:
    return secrets.polynomial(state.round, _roster(state), blind_state(state).threshold - 1)


def make_key(state: State, secrets: PlayerSecrets, me: Player, index: int, entropy: Entropy) -> KeyPost:
    """Commit to a polynomial, prove its secret known, and seal a share to each trustee."""
    blind, coefficients = blind_state(state), _polynomial(state, secrets)
    commitments = commit_polynomial(coefficients)
    statement = key_statement(state, me.key, index, commitments)
    boxes = []
    for j, number in enumerate(blind.trustees, 1):
        reader = state.players[number - 1]
        info = box_info(Label.SEAL_SHARE, state.game, state.round, j, reader.card_key, me.key)
        boxes.append(seal(BoxKey.parse(reader.card_key), encode_scalars([evaluate(coefficients, j)]), info))
    return KeyPost(
        game=state.game, by=me.key, seen=state.head, round=state.round, commitments=Points(encode_points(commitments)),
        possession=Proof(prove_linear(statement, coefficients, secrets.seed, entropy)),
        shares=ShareBoxes(b"".join(boxes)),
    )  # fmt: skip


def share_from(state: State, secrets: PlayerSecrets, me: Player, index: int, sender: int) -> int:
    """Return this trustee's share from another: published in answer to its complaint, its own, or sealed to it.

    Raises:
        SantaError: `box.does-not-open`, `share.wrong`; the sender is to blame.
    """
    blind = blind_state(state)
    published = blind.published.get((index, sender))
    if published is not None:
        return published
    if sender == index:
        return evaluate(_polynomial(state, secrets), index)
    author = state.players[blind.trustees[sender - 1] - 1]
    info = box_info(Label.SEAL_SHARE, state.game, state.round, index, me.card_key, author.key)
    raw = open_box(secrets.card, blind.share_boxes[sender][index - 1], info)
    return check_share(blind.commitments[sender], index, raw)


def own_share(state: State, secrets: PlayerSecrets, me: Player, index: int) -> int | None:
    """Return x, this trustee's share of the joint secret, or None if a share that it needs is wrong."""
    try:
        return sum(share_from(state, secrets, me, index, sender) for sender in blind_state(state).qualified())
    except SantaError:
        return None


def _wrong_senders(state: State, secrets: PlayerSecrets, me: Player, index: int) -> tuple[int, ...]:
    """Return the indices of those whose shares this trustee, who has not confirmed them, finds wrong."""
    blind = blind_state(state)
    wrong = []
    for sender in () if index in blind.confirmed else blind.qualified():
        try:
            share_from(state, secrets, me, index, sender)
        except VerificationError:
            wrong.append(sender)
    return tuple(wrong)


def _protest(state: State, secrets: PlayerSecrets, me: Player, index: int) -> tuple[Post, ...]:
    """Return an answer to a complaint about this trustee, or a complaint of its own, if it owes one."""
    blind = blind_state(state)
    if state.phase not in _CONTEST:
        return ()
    for accuser, accused in sorted(blind.complaints):
        if accused == index:
            return (_answer(state, secrets, me, accuser),)
    for sender in _wrong_senders(state, secrets, me, index):
        if (index, sender) not in blind.complained:
            return (Complaint(game=state.game, by=me.key, seen=state.head, round=state.round, accused=sender),)
    return ()


def _mixing(state: State, secrets: PlayerSecrets, me: Player, index: int, entropy: Entropy) -> tuple[Post, ...]:
    """Mix, which confirms the shares; not while a complaint of one's own waits for its answer."""
    if any(accuser == index for accuser, _ in blind_state(state).complaints):
        return ()
    return (make_mix(state, secrets, me, entropy),)


def _answer(state: State, secrets: PlayerSecrets, me: Player, accuser: int) -> Answer:
    share = encode_scalars([evaluate(_polynomial(state, secrets), accuser)])
    return Answer(
        game=state.game, by=me.key, seen=state.head, round=state.round, accuser=accuser, share=Share(share)
    )


# --- batches --------------------------------------------------------------------------------------


def decks_wanted(state: State) -> int:
    """Return how many decks to begin a batch of cards with: all of them out in less than 1 % of batches."""
    players, least_most = present(state), deck_bounds(state)
    place = {p.number: row for row, p in enumerate(players, 1)}
    pairs = tuple((place[i], place[j]) for i, j in forbidden_left(state))
    odds = chance(len(players), pairs, samples=4000, seed=bytes(_roster(state)))
    least, most = least_most
    try:
        return max(least, min(most, decks_needed(odds.value)))
    except SantaError:
        return most


def _input_hash(state: State, *parts: bytes | int) -> bytes:
    """Return the hash of everything that a secret is applied to: the roster, the joint key, and the parts."""
    return tagged_hash(Label.KEY_MIX, _roster(state), joint_key(state).raw, pack(*parts))


def make_mix(state: State, secrets: PlayerSecrets, me: Player, entropy: Entropy) -> Mix:
    """Shuffle and re-encrypt all decks of the batch, and prove it."""
    batch = the_batch(state)
    before = mix_input(state, 0 if batch.decks else decks_wanted(state))
    rows, proofs = [], []
    for number, deck in enumerate(before):
        after, witness = _mixed(state, secrets, batch, number, deck)
        statement = shuffle_statement(state, me.key, number, deck, after)
        rows.append(encode_rows(after))
        proofs.append(prove_shuffle(statement, witness, secrets.seed, entropy).encode())
    return Mix(
        game=state.game, by=me.key, seen=state.head, round=state.round, batch=batch.number,
        rows=Points(b"".join(rows)), proofs=Proof(b"".join(proofs)),
    )  # fmt: skip


def _mixed(
    state: State, secrets: PlayerSecrets, batch: Batch, number: int, deck: Deck
) -> tuple[Deck, ShuffleWitness]:
    data = _input_hash(state, len(batch.mixers), encode_rows(deck))
    rows, columns = len(deck), len(deck[0])
    order = secrets.shuffle(batch.number, number, data, rows)
    flat = secrets.scalars(Label.KEY_MIX, batch.number, number, data, rows * columns)
    randomness = tuple(flat[i * columns : (i + 1) * columns] for i in range(rows))
    return mix_rows(joint_key(state), deck, order, randomness), ShuffleWitness(order, randomness)


def make_blinding(state: State, secrets: PlayerSecrets, entropy: Entropy) -> Blinding:
    """Multiply every tested pair by a factor of its own, and prove it."""
    batch = the_batch(state)
    first = not batch.blinders
    values = tuple(test.value if first else 0 for test in batch.tests)
    data = _input_hash(state, len(batch.blinders), encode_ciphers(batch.pairs), *values)
    factors = secrets.scalars(Label.KEY_BLINDING, batch.number, 0, data, len(values))
    pairs = tuple(
        Cipher(s * cipher.u, s * (cipher.v - value * BASE if value else cipher.v))
        for s, cipher, value in zip(factors, batch.pairs, values, strict=True)
    )
    statement = blinding_statement(state, secrets.key, pairs)
    return Blinding(
        game=state.game, by=secrets.key, seen=state.head, round=state.round, batch=batch.number,
        pairs=Points(encode_ciphers(pairs)), proof=Proof(prove_linear(statement, factors, secrets.seed, entropy)),
    )  # fmt: skip


def _need(share: int | None) -> int:
    if share is None:
        raise VerificationError("share.wrong", "a share of the joint key is wrong; this trustee cannot decrypt")
    return share


def make_opening(state: State, secrets: PlayerSecrets, me: Player, index: int, entropy: Entropy) -> OpeningPost:
    """Give this trustee's decryption shares of what the batch opens, and prove them.

    Raises:
        VerificationError: `share.wrong`, its own share of the joint key is not known.
    """
    batch, x = the_batch(state), _need(own_share(state, secrets, me, index))
    shares = tuple(x * cipher.u for cipher in batch.opened())
    statement = decryption_statement(state, me.key, index, shares)
    return OpeningPost(
        game=state.game, by=me.key, seen=state.head, round=state.round, batch=batch.number,
        shares=Points(encode_points(shares)), proof=Proof(prove_linear(statement, (x,), secrets.seed, entropy)),
    )  # fmt: skip


def make_hand(state: State, secrets: PlayerSecrets, me: Player, index: int, entropy: Entropy) -> Hand:
    """Give this trustee's decryption shares of the cards, each for its player alone, and prove them.

    Raises:
        VerificationError: `share.wrong`, its own share of the joint key is not known.
    """
    blind, x = blind_state(state), _need(own_share(state, secrets, me, index))
    keys, firsts = group_keys(present(state)), tuple(row[0].u for row in blind.deck)
    data = _input_hash(state, encode_rows(blind.deck), encode_points(keys))
    masks = secrets.scalars(Label.KEY_HAND, blind.deal_batch, 0, data, len(keys))
    hands: tuple[tuple[Point, Point], ...] = tuple(
        (rho * BASE, x * u + rho * key) for rho, u, key in zip(masks, firsts, keys, strict=True)
    )
    statement = hand_statement(state, me.key, index, hands)
    return Hand(
        game=state.game, by=me.key, seen=state.head, round=state.round, batch=blind.deal_batch,
        cards=Points(encode_points(point for pair in hands for point in pair)),
        proof=Proof(prove_linear(statement, (x, *masks), secrets.seed, entropy)),
    )  # fmt: skip
