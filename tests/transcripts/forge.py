"""Tools to make transcripts: the simulator, and ways to let its parties cheat.

A dishonest server signs any entry (`Simulator.force`), a dishonest dealer deals what it likes and
runs the prover on false statements, a dishonest player signs any body.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, TypeVar

import msgspec
from nacl.bindings import crypto_core_ed25519_add

from sealed_santa.base.labels import Label
from sealed_santa.crypto.commitments import card_commit, commit, commit_small, deck_from_key
from sealed_santa.crypto.group import ORDER, encode_points, generator
from sealed_santa.crypto.signing import SigningKey, sign
from sealed_santa.game.draw import deal_order, hits, statements
from sealed_santa.game.rules import apply
from sealed_santa.game.state import Phase, State
from sealed_santa.lab.simulator import Simulator
from sealed_santa.log.entry import NO_ENTRY, Entry, SignedPost, entry_hash, sign_post
from sealed_santa.log.fields import CardBoxes, Hash, Openings, Points, Proof, Signature, SignKey
from sealed_santa.log.posts import CatalogueGift, CoinPost, Deal, Join, Post, encode_body
from sealed_santa.proofs.product.prove import DealWitness, ProductWitness, hedged, prove_product
from sealed_santa.proofs.product.statements import (
    Context,
    ExclusionStatement,
    PermutationStatement,
    begin_exclusion,
    begin_permutation,
)
from sealed_santa.roles import dealer, player

B = TypeVar("B", bound=msgspec.Struct)

# Few gifts, so that the corpus stays small.
CATALOGUE = (
    CatalogueGift(id="wool-socks", name="Wool socks", price=1200, tags=("warm",)),
    CatalogueGift(id="puzzle", name="A puzzle of 500 pieces", price=1500, tags=("play",)),
    CatalogueGift(id="tea", name="A tin of tea", price=900, tags=("food", "warm")),
    CatalogueGift(id="seeds", name="Seeds for a window box", price=600, tags=("garden",)),
)

FOUR = ("Ann", "Bob", "Cem", "Dot")
SERVER, ORGANISER = "the server", "the organiser"

IDENTITY = b"\x01" + bytes(31)
ORDER_EIGHT = bytes.fromhex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05")
NOT_CANONICAL = (2**255 - 19 + 3).to_bytes(32, "little")  # y is not below the field's prime
NO_POINT = (2).to_bytes(32, "little")
LOW_ORDER_BOX = bytes(32)  # X25519
HIGH_BIT = 1 << 255


def mixed_order(point: bytes) -> bytes:
    """Return a point with a part of order eight."""
    return crypto_core_ed25519_add(point, ORDER_EIGHT)


def people(n: int) -> tuple[str, ...]:
    """Return n names."""
    return tuple(f"Player {i}" for i in range(1, n + 1))


class Forger(Simulator):
    """A simulator whose parties can cheat."""

    def key_of(self, who: str) -> SigningKey:
        """Return the signing key of a player, the server or the organiser."""
        if who == SERVER:
            return self.server
        return self.organiser.signing if who == ORGANISER else self.players[who].signing

    def id_of(self, who: str) -> SignKey:
        """Return the public key of a player, the server or the organiser."""
        return SignKey(self.key_of(who).public().raw)

    def order(self, post: SignedPost) -> Entry:
        """Be an honest server; equations of blind posts are left to the audit, which has one sum for them all."""
        if self.changes.get("mode") != "blind":
            return super().order(post)
        seq, prev = len(self.entries), self.entries[-1].hash if self.entries else NO_ENTRY
        digest = entry_hash(seq, self.now, prev, post)
        after = apply(self.current, post, self.now, digest, lambda equations: None)
        entry = self.force(post)
        self.current = after
        return entry

    def slip(self, post: SignedPost) -> Entry:
        """Order a post that the rules allow, without a look at its signatures, and go on with it."""
        seq, prev = len(self.entries), self.state.head
        after = apply(self.state, post, self.now, entry_hash(seq, self.now, prev, post))
        entry = self.force(post)
        self.current = after
        return entry

    def smuggle(self, who: str, body: Post) -> bytes:
        """Put a body in the log that the rules do not allow; return the transcript, which ends there."""
        self.force(sign_post(body, self.key_of(who)))
        return self.transcript()

    def bend(self, who: str, body: Post, old: bytes, new: bytes) -> bytes:
        """Put a body in the log with other bytes than its own, rightly signed; return the transcript."""
        raw = encode_body(body)
        if raw.count(old) < 1:
            raise ValueError(f"{old!r} is not in the body")
        bent = raw.replace(old, new, 1)
        return self.smuggle_raw(who, body, bent)

    def smuggle_raw(self, who: str, body: Post, raw: bytes) -> bytes:
        """Put any bytes in the log as a body, rightly signed; return the transcript."""
        self.force(SignedPost(raw, body, Signature(sign(self.key_of(who), Label.POST_SIGNATURE, raw))))
        return self.transcript()

    def say_what_is_owed(self, *names: str) -> Forger:
        """Let these players say the first thing that they owe."""
        for name in names:
            self.say(name, self.owed(name).posts[0])
        return self

    def next_join(self, name: str) -> tuple[Any, SigningKey]:
        """Return the body of a join by somebody new, and the key to sign it with; nothing is ordered."""
        secrets = Forger(f"{self.seed}/{name}").organiser  # any fresh key will do
        other = player.PlayerSecrets(secrets.seed, self.state.game)
        return player.make_join(other, SignKey(self.invite.public().raw), self.state.head, name, ""), other.signing

    def smuggle_join(self, *, called: str = "Eve", invite: SigningKey | None = None, **changes: object) -> bytes:
        """Put the join of somebody new in the log, with these fields changed; return the transcript.

        With another invite, it is countersigned by that one, and names it.
        """
        body, key = self.next_join("Eve")
        countersigner = invite or self.invite
        fields = {"name": called, "invite": SignKey(countersigner.public().raw), **changes}
        self.force(sign_post(changed(body, **fields), key, countersigner))
        return self.transcript()


def game(until: Phase = Phase.OVER, names: Sequence[str] = FOUR, seed: str = "corpus", **changes: object) -> Forger:
    """Return a game of these players, played until a phase is reached."""
    made = Forger(seed, names, {"catalogue": CATALOGUE, "title": "A game of the corpus", **changes})
    made.fill()
    if until is not Phase.JOINING:
        made.start()
        made.run(until)
    return made


def changed(body: B, **fields: object) -> B:
    """Return a body with some fields changed."""
    return msgspec.structs.replace(body, **fields)


def altered(raw: bytes, place: int, value: bytes) -> bytes:
    """Return bytes with some of them replaced."""
    return raw[:place] + value + raw[place + len(value) :]


def lines(data: bytes) -> list[bytes]:
    """Return the lines of a transcript, with their line feeds."""
    return data.splitlines(keepends=True)


def search(found: Callable[[Forger], bool], until: Phase, limit: int = 200, **arguments: Any) -> Forger:
    """Return the first game, by seed, of which something is so."""
    for number in range(limit):
        made = game(until, seed=f"corpus/{number}", **arguments)
        if found(made):
            return made
    raise LookupError("no such game among the first seeds")


# --- dealing ------------------------------------------------------------------------------------


def permitted(state: State, made: Forger) -> list[bool]:
    """Return, for each deck of the round, whether its deal is permitted."""
    n = len(state.players)
    assert state.deck is not None
    assert state.roster is not None
    keys = deck_keys(made, state.deck.commitments.count())
    seed = state.joint_seed()
    return [not hits(state.forbidden, deck_from_key(k, n)[0], deal_order(seed, t, n)) for t, k in enumerate(keys)]


def deck_keys(made: Forger, count: int) -> tuple[bytes, ...]:
    """Return the keys of the first decks of this round."""
    state = made.state
    assert state.roster is not None
    return tuple(made.dealer.deck_key(state.game, state.round, state.roster, t) for t in range(count))


def honest_deal(made: Forger) -> Deal:
    """Return the deal that the dealer owes."""
    return dealer.make_deal(made.state, made.dealer, made.entropy)


def forged_deal(
    made: Forger,
    t: int,
    values: Sequence[int] | None = None,
    context: Callable[[Context], Context] = lambda c: c,
) -> Deal:
    """Return a deal of deck t whose prover does its best, whatever is true.

    `values` are the cards by slot, if they are not to be those of the deck; `context` changes what the
    proofs are made for.
    """
    state, secrets = made.state, made.dealer
    committed, blinding, blindings = dealer._cards(state, secrets, t)
    held = tuple(values or committed)
    seed = state.joint_seed()
    cards = encode_points(card_commit(m, b) for m, b in zip(held, blindings, strict=True))
    permutation, exclusion = statements(state, seed, t, cards)
    permutation = replace(permutation, context=context(permutation.context))
    exclusion = replace(exclusion, context=context(exclusion.context))
    witness = DealWitness(secrets.seed, held, blindings, blinding)
    return Deal(
        game=state.game, by=secrets.key, seen=state.head, round=state.round, deck=t,
        openings=Openings(b"".join(deck_keys(made, t))), cards=Points(cards),
        permutation=Proof(forced_permutation(permutation, witness, made)),
        exclusion=Proof(forced_exclusion(exclusion, witness, made)),
        sealed=CardBoxes(dealer._sealed_cards(state, seed, t, held, blindings)),
    )  # fmt: skip


def forced_permutation(statement: PermutationStatement, witness: DealWitness, made: Forger) -> bytes:
    """Run the prover of the permutation argument, true or not."""
    transcript, claim = begin_permutation(statement)
    assert claim.link is not None
    x = claim.link.forms[0][1]
    factors = tuple((value - x) % ORDER for value in witness.values)
    product = ProductWitness(factors, witness.deck_blinding, witness.card_blindings)
    return prove_product(transcript, claim, product, hedged(made.entropy, witness, statement)).encode()


def forced_exclusion(statement: ExclusionStatement, witness: DealWitness, made: Forger) -> bytes:
    """Run the prover of the exclusion argument, true or not; a product of zero gets the tail 1."""
    transcript, claim = begin_exclusion(statement)
    draw = hedged(made.entropy, witness, statement)
    small = [witness.values[slot - 1] - value for slot, value in statement.forms]
    product = 1
    for factor in small:
        product = product * factor % ORDER
    tail, blinding = pow(product, -1, ORDER) if product else 1, draw()
    point = commit_small(small, blinding) + tail * generator(claim.factors)
    factors = (*(factor % ORDER for factor in small), tail)
    blindings = tuple(witness.card_blindings[slot - 1] for slot, _ in statement.forms)
    return prove_product(transcript, claim, ProductWitness(factors, blinding, blindings, point), draw).encode()


def false_deck(made: Forger, values: Sequence[int], t: int) -> bytes:
    """Return the commitment to a deck t that holds these values, with the blinding of the honest one."""
    _, blinding, _ = deck_parts(made, t)
    return commit(values, blinding).raw


def deck_parts(made: Forger, t: int) -> tuple[tuple[int, ...], int, bytes]:
    """Return values and blinding of deck t of this round, and its key."""
    key = deck_keys(made, t + 1)[t]
    values, blinding = deck_from_key(key, len(made.state.players))
    return values, blinding, key


# --- pieces -------------------------------------------------------------------------------------


def joined(title: str = "A game of the corpus") -> Forger:
    """Return a game that four players have joined."""
    return game(Phase.JOINING, title=title)


def go_on(made: Forger, until: Phase = Phase.OVER) -> bytes:
    """Play on after an entry that was slipped in."""
    return made.run(until).transcript()


def some_coin(made: Forger) -> CoinPost:
    """Return Ann's coin of round 1, deck or no deck."""
    secrets = made.players["Ann"]
    return CoinPost(
        game=made.state.game, by=secrets.key, seen=made.state.head, round=1,
        roster=made.state.roster or Hash(bytes(32)), coin=secrets.coin(1),
    )  # fmt: skip


def countersigned(made: Forger, body: Join, key: SigningKey, raw: bytes) -> SignedPost:
    """Return bytes as a join, rightly signed and countersigned."""
    post = SignedPost(raw, body, Signature(sign(key, Label.POST_SIGNATURE, raw)))
    return replace(post, countersig=Signature(sign(made.invite, Label.COUNTERSIGNATURE, post.raw)))
