"""Check product arguments and whole deals (docs/protocol.md, sections 6.4 and 6.5).

An argument is right when its equations hold, sums of points that must be the identity. A deal is
checked as one sum of all its equations with random weights; only when that fails are they looked at
one by one, to say which is wrong.

Rules: knows nothing of how proofs are made. Weights must not be foreseeable while any byte of the
proofs can still be chosen. What it does not do: judge whether a passed-over deck had a forbidden
pair, or whether the forms are the right ones; that is for the rules of the game.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sealed_santa.base.canon import pack
from sealed_santa.base.errors import Blame, Certainty, ParseError, Party, ProofError
from sealed_santa.base.labels import Label
from sealed_santa.crypto.challenge import Transcript
from sealed_santa.crypto.commitments import deck_from_key
from sealed_santa.crypto.group import BASE, ORDER, Point, blinder, generators
from sealed_santa.crypto.hashing import tagged_hash
from sealed_santa.proofs.equations import Equation, Sum, Weights, holds, refuse_wrong, weighted_sum, weights_from
from sealed_santa.proofs.product.statements import (
    Claim,
    ExclusionStatement,
    PermutationStatement,
    ProductProof,
    begin_exclusion,
    begin_permutation,
)

_PROVEN = Blame(Party.SERVER, certainty=Certainty.PROVEN)

# --- one argument -------------------------------------------------------------------------------


def product_equations(transcript: Transcript, claim: Claim, proof: ProductProof) -> tuple[Sum, ...]:
    """Return the two equations of the argument and, with a link, the third; each sum must be the identity.

    `transcript` stands where the claim's begin function left it.
    Source: Bayer and Groth, EUROCRYPT 2012, section 5.3, with the link added.

    Raises:
        ProofError: `proof.shape.wrong` when the proof has other numbers of points or scalars than the claim.
    """
    if proof.shape != claim.shape:
        raise _error("proof.shape.wrong", "the proof has other numbers of points and scalars than its claim")
    if proof.commitment is not None:
        transcript.absorb(proof.commitment.raw)
    rho = transcript.challenge() if claim.link else 0
    transcript.absorb(proof.announced())
    e = transcript.challenge()
    equations = [_opening(claim, proof, e), _chain(claim, proof, e)]
    if claim.link:
        equations.append(_linking(claim, proof, e, rho))
    return tuple(equations)


def _opening(claim: Claim, proof: ProductProof, e: int) -> Sum:
    """e·V + D − Com(ŵ; r̂)."""
    made = () if proof.commitment is None else ((1, proof.commitment),)
    total: Sum = {}
    for scalar, point in made if claim.given is None else claim.given:
        total[point] = total.get(point, 0) + e * scalar
    total[proof.masks] = total.get(proof.masks, 0) + 1
    for base, answer in zip(generators(claim.factors), proof.factor_answers, strict=True):
        total[base] = total.get(base, 0) - answer
    total[blinder()] = total.get(blinder(), 0) - proof.blinding_answer
    return total


def _chain(claim: Claim, proof: ProductProof, e: int) -> Sum:
    """e·Δ2 + Δ1 − Com(e·p̂_2 − p̂_1·ŵ_2, ..., e·p̂_N − p̂_{N−1}·ŵ_N; ŝ) with p̂_1 = ŵ_1 and p̂_N = e·target."""
    w = proof.factor_answers
    p = (w[0], *proof.partial_answers, e * claim.target % ORDER)
    total = {base: p[k] * w[k + 1] - e * p[k + 1] for k, base in enumerate(generators(claim.factors - 1))}
    for base, scalar in ((proof.delta_two, e), (proof.delta_one, 1), (blinder(), -proof.delta_answer)):
        total[base] = total.get(base, 0) + scalar
    return total


def _linking(claim: Claim, proof: ProductProof, e: int, rho: int) -> Sum:
    """e·Σ ρ^k·(C_{s_k} − c_k·G) + U − (Σ ρ^k·ŵ_k)·G − β̂·H over the forms k = 1, 2, ..."""
    if claim.link is None or proof.link_mask is None or proof.link_answer is None:
        raise ValueError("a proof of another shape than the claim")
    cards = claim.link.cards
    total: Sum = {}
    plain, power = 0, 1
    for (slot, constant), answer in zip(claim.link.forms, proof.factor_answers, strict=False):  # the tail has no form
        power = power * rho % ORDER
        card, scalar = cards[slot - 1], e * power % ORDER
        total[card] = total.get(card, 0) + scalar
        plain -= scalar * constant + power * answer
    for base, scalar in ((proof.link_mask, 1), (BASE, plain), (blinder(), -proof.link_answer)):
        total[base] = total.get(base, 0) + scalar
    return total


# --- a deal -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Opening:
    """A deck that was passed over: its number, its commitment and the key (32 bytes) that is said to open it."""

    deck_index: int
    deck: Point
    key: bytes


@dataclass(frozen=True, slots=True)
class ProvenDeal:
    """The two statements about the cards that were dealt, each with its proof."""

    permutation: PermutationStatement
    permutation_proof: ProductProof
    exclusion: ExclusionStatement
    exclusion_proof: ProductProof


def verify_deal(deal: ProvenDeal, openings: Iterable[Opening] = (), weights: Weights | None = None) -> None:
    """Check both arguments and every opened deck, as one sum with a weight of 16 bytes for each equation.

    `weights(length)` gives unforeseeable bytes, as os.urandom does; without it they are `derived_weights`,
    a hash over everything that is checked, answers included. They must never be known before the
    proofs are: then wrong equations can be made to cancel. The cards may be `claimed_points`; each of
    them is multiplied, and thereby checked.

    Raises:
        ProofError: `deal.statements.differ`, `proof.shape.wrong`, `deal.cards`, `deal.opening.wrong`,
            `deal.permutation.wrong`, `deal.exclusion.wrong`; to blame is the server, whose signed post holds the proof.
    """
    p, x = deal.permutation, deal.exclusion
    if p.context != x.context or p.cards != x.cards:
        raise _error("deal.statements.differ", "the two arguments are not about the same cards")
    opened = tuple(openings)
    equations = [_opened_deck(opening, p.context.players) for opening in opened]
    arguments = (
        ("deal.permutation.wrong", *begin_permutation(p), deal.permutation_proof),
        ("deal.exclusion.wrong", *begin_exclusion(x), deal.exclusion_proof),
    )
    for code, transcript, claim, proof in arguments:
        message = f"the {code.split('.')[1]} argument for deck {p.context.deck_index} does not hold"
        equations += [Equation(s, code, message) for s in product_equations(transcript, claim, proof)]
    _check(equations, weights or derived_weights(opened, deal))


def verify_openings(openings: Iterable[Opening], players: int, weights: Weights | None = None) -> None:
    """Check opened decks alone, where no deck was dealt.

    Raises:
        ProofError: `deal.opening.wrong`, as in `verify_deal`.
    """
    opened = tuple(openings)
    _check([_opened_deck(opening, players) for opening in opened], weights or derived_weights(opened, None))


def derived_weights(openings: Iterable[Opening], deal: ProvenDeal | None) -> Weights:
    """Return weights that are a hash over the statements, all bytes of the proofs and the openings."""
    opened = b"".join(pack(o.deck_index, o.deck.raw, o.key) for o in openings)
    parts = [opened]
    if deal is not None:
        p, x = deal.permutation, deal.exclusion
        parts += [p.tag(), p.instance(), deal.permutation_proof.encode()]
        parts += [x.tag(), x.instance(), deal.exclusion_proof.encode()]
    return weights_from(tagged_hash(Label.PROOF_WEIGHTS, *parts))


def _opened_deck(opening: Opening, players: int) -> Equation:
    """V_t − Com(π_t(1), ..., π_t(n); r_t) with π_t and r_t from the published key."""
    order, blinding = deck_from_key(opening.key, players)
    total = {base: -value for base, value in zip(generators(players), order, strict=True)}
    for base, scalar in ((opening.deck, 1), (blinder(), -blinding)):
        total[base] = total.get(base, 0) + scalar
    message = f"the key for deck {opening.deck_index} does not open its commitment"
    return Equation(total, "deal.opening.wrong", message)


def _check(equations: Sequence[Equation], weights: Weights) -> None:
    """Raise for the first equation that does not hold, unless the weighted sum of all does."""
    try:
        if holds(weighted_sum(equations, weights)):
            return
    except ParseError as e:  # only cards come here unchecked
        raise _error("deal.cards", f"a card is no valid point: {e.message}") from e
    refuse_wrong(equations, _PROVEN)


def _error(code: str, message: str) -> ProofError:
    return ProofError(code, message, blame=_PROVEN)
