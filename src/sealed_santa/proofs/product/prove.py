"""Make product arguments (docs/protocol.md, section 6.4).

Rules: masks are fresh and hedged (proofs/masks.py). The prover refuses to prove what is false. It
does not check its own proof.

Scalars are Python integers: the arithmetic is not constant-time (see crypto/group.py).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sealed_santa.base.errors import UsageError
from sealed_santa.crypto.challenge import Transcript
from sealed_santa.crypto.commitments import commit, commit_small
from sealed_santa.crypto.group import BASE, ORDER, Point, blinder, encode_scalars, generator
from sealed_santa.proofs.masks import Draw, Nonce, hedged_masks
from sealed_santa.proofs.product.statements import (
    Claim,
    ExclusionStatement,
    PermutationStatement,
    ProductProof,
    begin_exclusion,
    begin_permutation,
)


@dataclass(frozen=True, slots=True, repr=False)
class DealWitness:
    """What the dealer knows about the cards: value (1..n) and blinding by slot, and the deck's blinding.

    `seed` only hedges the masks.
    """

    seed: bytes
    values: tuple[int, ...]
    card_blindings: tuple[int, ...]
    deck_blinding: int

    def __repr__(self) -> str:
        return f"DealWitness(<secret>, {len(self.values)} cards)"


@dataclass(frozen=True, slots=True, repr=False)
class ProductWitness:
    """What the product argument is about: all N factors, V's blinding, and the card blinding of each form.

    `commitment` is V where the prover makes it.
    """

    factors: tuple[int, ...]
    blinding: int
    card_blindings: tuple[int, ...] = ()
    commitment: Point | None = None

    def __repr__(self) -> str:
        return f"ProductWitness(<secret>, {len(self.factors)} factors)"


def prove_permutation(statement: PermutationStatement, witness: DealWitness, nonce: Nonce) -> ProductProof:
    """Prove that the cards hold the permutation that the deck commits to. About 3n multiplications.

    `nonce(32)` gives fresh random bytes, as os.urandom does.

    Raises:
        UsageError: `proof.statement.false` when the values are no permutation of 1..n.
    """
    if sorted(witness.values) != list(range(1, statement.context.players + 1)):
        raise UsageError("proof.statement.false", "the cards are no permutation")
    transcript, claim = begin_permutation(statement)
    draw = hedged(nonce, witness, statement)
    x = claim.link.forms[0][1] if claim.link else 0
    factors = tuple((value - x) % ORDER for value in witness.values)
    product = ProductWitness(factors, witness.deck_blinding, witness.card_blindings)
    return prove_product(transcript, claim, product, draw)


def prove_exclusion(statement: ExclusionStatement, witness: DealWitness, nonce: Nonce) -> ProductProof:
    """Prove that no form's card holds its forbidden value. About 3·(forms + 1) multiplications.

    Raises:
        UsageError: `proof.statement.false` when one does.
    """
    transcript, claim = begin_exclusion(statement)
    draw = hedged(nonce, witness, statement)
    small = [witness.values[slot - 1] - forbidden for slot, forbidden in statement.forms]
    product = 1
    for factor in small:
        product = product * factor % ORDER
    if product == 0:
        raise UsageError("proof.statement.false", "a card holds a value that is forbidden in its slot")
    tail, blinding = pow(product, -1, ORDER), draw()
    made = commit_small(small, blinding) + tail * generator(claim.factors)
    factors = (*(factor % ORDER for factor in small), tail)
    blindings = tuple(witness.card_blindings[slot - 1] for slot, _ in statement.forms)
    return prove_product(transcript, claim, ProductWitness(factors, blinding, blindings, made), draw)


def prove_product(transcript: Transcript, claim: Claim, witness: ProductWitness, draw: Draw) -> ProductProof:
    """Run the prover of the product argument, whether or not the claim is true.

    `transcript` stands where the claim's begin function left it. Source: Bayer and Groth, EUROCRYPT
    2012, section 5.3, with the link added.
    """
    n, w = claim.factors, witness.factors
    if witness.commitment is not None:
        transcript.absorb(witness.commitment.raw)
    rho = _powers(transcript.challenge(), len(claim.link.forms)) if claim.link else []
    p = list(w)
    for k in range(1, n):
        p[k] = p[k - 1] * w[k] % ORDER
    d = [draw() for _ in range(n)]
    delta = [d[0], *(draw() for _ in range(n - 2)), 0]
    r_d, t, s_one, s_cross = draw(), draw(), draw(), draw()
    cross = [delta[k] - w[k] * delta[k - 1] - p[k - 1] * d[k] for k in range(1, n)]
    masks = commit(d, r_d)
    delta_one = commit([-delta[k - 1] * d[k] for k in range(1, n)], s_one)
    delta_two = commit(cross, s_cross)
    link_mask = _dot(rho, d) * BASE + t * blinder() if claim.link else None
    announced = (masks, delta_one, delta_two, link_mask)
    transcript.absorb(b"".join(point.raw for point in announced if point is not None))
    e = transcript.challenge()
    return ProductProof(
        witness.commitment,
        *announced,
        tuple((e * w[k] + d[k]) % ORDER for k in range(n)),
        tuple((e * p[k] + delta[k]) % ORDER for k in range(1, n - 1)),
        (e * witness.blinding + r_d) % ORDER,
        (e * s_cross + s_one) % ORDER,
        (e * _dot(rho, witness.card_blindings) + t) % ORDER if claim.link else None,
    )


def hedged(nonce: Nonce, witness: DealWitness, statement: PermutationStatement | ExclusionStatement) -> Draw:
    """Return a source of secret scalars from a fresh nonce, the seed, the statement and the witness together."""
    secret = encode_scalars((*witness.values, *witness.card_blindings, witness.deck_blinding))
    return hedged_masks(nonce, witness.seed, statement, secret)


def _powers(base: int, count: int) -> list[int]:
    """Return base^1, ..., base^count."""
    powers = [base] * count
    for k in range(1, count):
        powers[k] = powers[k - 1] * base % ORDER
    return powers


def _dot(left: Sequence[int], right: Sequence[int]) -> int:
    """Return the inner product over the shorter length (the tail has no form)."""
    return sum(a * b for a, b in zip(left, right, strict=False)) % ORDER
