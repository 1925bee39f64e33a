"""Forgeries that a weaker argument would let through: each works against the weak one and fails here.

Each rule that stops one is marked [attack] in docs/protocol.md. The weak verifiers are the reference
verifier without that rule, or the real one with weights that can be foreseen.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

import proof_reference as reference
from proof_cases import Case, context, nonce, public
from proof_reference import Weak
from sealed_santa.base.canon import pack
from sealed_santa.base.errors import ParseError, ProofError
from sealed_santa.base.labels import Label
from sealed_santa.crypto.challenge import Transcript, derive_session_id
from sealed_santa.crypto.commitments import card_commit, commit, deck_commit, deck_from_key
from sealed_santa.crypto.group import BASE, ORDER, encode_points
from sealed_santa.crypto.hashing import expand
from sealed_santa.proofs.product.prove import (
    DealWitness,
    ProductWitness,
    hedged,
    prove_exclusion,
    prove_permutation,
    prove_product,
)
from sealed_santa.proofs.product.statements import (
    Claim,
    ExclusionStatement,
    PermutationStatement,
    ProductProof,
    begin_exclusion,
    begin_permutation,
    exclusion_claim,
    exclusion_shape,
    parse_proof,
    permutation_claim,
)
from sealed_santa.proofs.product.verify import ProvenDeal, derived_weights, verify_deal

N = 5
FORMS = tuple((i, i) for i in range(1, N + 1))  # player i holds the card in slot i


def deck(wanted: Callable[[tuple[int, ...]], bool]) -> tuple[bytes, tuple[int, ...], int]:
    """The first key whose deck is as wanted: a dealer may choose its key, before the coins."""
    for k in range(10**5):
        key = k.to_bytes(32, "little")
        order, blinding = deck_from_key(key, N)
        if wanted(order):
            return key, order, blinding
    raise AssertionError("no such deck")


def derangement(order: tuple[int, ...]) -> bool:
    return all(value != slot for slot, value in enumerate(order, 1))


def fixed_at_one(order: tuple[int, ...]) -> bool:
    return order[0] == 1 and all(value != slot for slot, value in enumerate(order[1:], 2))


def statements(key: bytes, values: tuple[int, ...], blindings: tuple[int, ...]) -> ProvenDeal:
    """The two statements, with proofs still to be filled in."""
    cards = tuple(card_commit(m, b) for m, b in zip(values, blindings, strict=True))
    permutation = PermutationStatement(context(N), deck_commit(key, N), cards)
    exclusion = ExclusionStatement(context(N), cards, FORMS)
    none: ProductProof = None  # type: ignore[assignment]
    return ProvenDeal(permutation, none, exclusion, none)


def honest_deal() -> Case:
    key, order, blinding = deck(derangement)
    witness = DealWitness(b"s" * 32, order, tuple(range(100, 100 + N)), blinding)
    deal = statements(key, order, witness.card_blindings)
    permutation_proof = prove_permutation(deal.permutation, witness, nonce(1))
    exclusion_proof = prove_exclusion(deal.exclusion, witness, nonce(2))
    return Case(replace(deal, permutation_proof=permutation_proof, exclusion_proof=exclusion_proof), witness, ())


def test_the_honest_run_works() -> None:
    case = honest_deal()
    verify_deal(case.deal)
    assert reference.permutation_holds(public(case.deal), case.deal.permutation_proof.encode())
    assert reference.exclusion_holds(public(case.deal), case.deal.exclusion_proof.encode())


# --- cards left out before ρ --------------------------------------------------------------------


def weak_begin(tag: bytes, *shown: bytes | str | int) -> Transcript:
    transcript = Transcript(derive_session_id(tag))
    transcript.absorb(pack(*shown))
    return transcript


def weak_permutation(statement: PermutationStatement) -> tuple[Transcript, Claim]:
    shown = (statement.context.roster, N, Label.GENERATOR.value, statement.deck.raw)
    transcript = weak_begin(statement.tag(), *shown)
    return transcript, permutation_claim(statement, transcript.challenge())


def weak_exclusion(statement: ExclusionStatement) -> tuple[Transcript, Claim]:
    flat = b"".join(number.to_bytes(8, "little") for form in statement.forms for number in form)
    shown = (statement.context.roster, N, Label.GENERATOR.value, N, flat, (1).to_bytes(32, "little"), 1)
    return weak_begin(statement.tag(), *shown), exclusion_claim(statement)


def exclusion_witness(values: tuple[int, ...], blindings: tuple[int, ...]) -> ProductWitness:
    factors = [(values[s - 1] - j) % ORDER for s, j in FORMS]
    tail = 1
    for factor in factors:
        tail = tail * factor % ORDER
    factors.append(pow(tail, -1, ORDER))
    return ProductWitness(tuple(factors), 4242, blindings, commit(factors, 4242))


def test_attack_cards_left_out_before_rho_forge_a_fixed_point() -> None:
    """Knowing both ρ before it makes the cards, the dealer solves for cards that only agree in the two sums."""
    key, order, blinding = deck(derangement)
    blindings = tuple(range(100, 100 + N))
    believed = exclusion_witness(order, blindings)
    empty = statements(key, order, blindings)
    transcript, _ = weak_permutation(empty.permutation)
    rho = transcript.challenge()
    transcript, _ = weak_exclusion(empty.exclusion)
    transcript.absorb(believed.commitment.raw)  # type: ignore[union-attr]
    sigma = transcript.challenge()

    # Player 1 gets itself; the cards of two accomplices, who won't complain, make up for it.
    a = (1 - order[0]) % ORDER
    # rho·a + rho²·b + rho³·c = 0 and sigma·a + sigma²·b + sigma³·c = 0, each divided by its unknown's base:
    c = a * pow(rho * sigma, -1, ORDER) % ORDER
    b = -(a + rho**2 * c) * pow(rho, -1, ORDER) % ORDER
    for base in (rho, sigma):
        assert (a + base * b + base**2 * c) % ORDER == 0
    values = ((order[0] + a) % ORDER, (order[1] + b) % ORDER, (order[2] + c) % ORDER, *order[3:])
    assert values[0] == 1
    forged = statements(key, values, blindings)

    def proofs(begin_p: Callable, begin_x: Callable) -> ProvenDeal:  # type: ignore[type-arg]
        transcript, claim = begin_p(forged.permutation)
        x = claim.link.forms[0][1]
        witness = ProductWitness(tuple((v - x) % ORDER for v in order), blinding, blindings)
        draw = iter(range(10**9, 10**10, 7919)).__next__
        permutation_proof = prove_product(transcript, claim, witness, draw)
        exclusion_proof = prove_product(*begin_x(forged.exclusion), believed, draw)
        return replace(forged, permutation_proof=permutation_proof, exclusion_proof=exclusion_proof)

    weak = proofs(weak_permutation, weak_exclusion)
    assert reference.permutation_holds(public(weak), weak.permutation_proof.encode(), Weak(without_cards=True))
    assert reference.exclusion_holds(public(weak), weak.exclusion_proof.encode(), Weak(without_cards=True))
    for deal in (weak, proofs(begin_permutation, begin_exclusion)):
        assert not reference.permutation_holds(public(deal), deal.permutation_proof.encode())
        assert not reference.exclusion_holds(public(deal), deal.exclusion_proof.encode())
        with pytest.raises(ProofError) as caught:
            verify_deal(deal)
        assert caught.value.code == "deal.permutation.wrong"


# --- one p̂ too many -----------------------------------------------------------------------------


def test_attack_one_partial_product_too_many_pushes_the_target_out_of_its_equation() -> None:
    """A zero factor: the true last partial product, 0, stands where e·target belongs."""
    key, order, blinding = deck(fixed_at_one)
    blindings = tuple(range(100, 100 + N))
    deal = statements(key, order, blindings)
    witness = DealWitness(b"s" * 32, order, blindings, blinding)
    deal = replace(deal, permutation_proof=prove_permutation(deal.permutation, witness, nonce(1)))
    factors = (*((order[s - 1] - j) % ORDER for s, j in FORMS), 1)
    assert factors[0] == 0
    false = ProductWitness(factors, 4242, blindings, commit(factors, 4242))
    transcript, claim = begin_exclusion(deal.exclusion)
    proof = prove_product(transcript, claim, false, hedged(nonce(3), witness, deal.exclusion))
    longer = replace(proof, partial_answers=(*proof.partial_answers, 0))  # e·p_N + δ_N = 0

    assert reference.exclusion_holds(public(deal), longer.encode(), Weak(any_count=True))
    assert not reference.exclusion_holds(public(deal), longer.encode())
    assert not reference.exclusion_holds(public(deal), proof.encode())
    with pytest.raises(ParseError) as parsed:
        parse_proof(longer.encode(), exclusion_shape(N))
    assert parsed.value.code == "length.wrong"
    for bad, code in ((longer, "proof.shape.wrong"), (proof, "deal.exclusion.wrong")):
        with pytest.raises(ProofError) as caught:
            verify_deal(replace(deal, exclusion_proof=bad))
        assert caught.value.code == code


# --- a predictable weight -----------------------------------------------------------------------


def foreseeable(deal: ProvenDeal) -> Callable[[int], bytes]:
    """Weights from the statements alone: known to the dealer before it makes its proofs."""
    stream = iter(range(0, 16 * 100, 16))
    whole = expand(Label.PROOF_WEIGHTS, 1600, deal.permutation.instance(), deal.exclusion.instance())

    def weights(length: int) -> bytes:
        start = next(stream)
        return whole[start : start + length]

    return weights


def without_proofs(deal: ProvenDeal) -> Callable[[int], bytes]:
    """Weights by the derivation of the real ones, but over nothing that the dealer chooses last."""
    return derived_weights((), None)


@pytest.mark.parametrize("foreseen", [foreseeable, without_proofs])
def test_attack_a_predictable_weight_forges_a_fixed_point(foreseen: Callable) -> None:  # type: ignore[type-arg]
    """What the false exclusion argument is off by is put, weighted, into U of the permutation argument."""
    key, order, blinding = deck(fixed_at_one)
    blindings = tuple(range(100, 100 + N))
    witness = DealWitness(b"s" * 32, order, blindings, blinding)
    deal = statements(key, order, blindings)

    pretended = (3, *order[1:])  # player 1's card holds 1; the exclusion argument is made for a 3
    believed = exclusion_witness(pretended, blindings)
    draw = hedged(nonce(3), witness, deal.exclusion)
    exclusion_proof = prove_product(*begin_exclusion(deal.exclusion), believed, draw)
    transcript, _ = begin_exclusion(deal.exclusion)
    transcript.absorb(believed.commitment.raw)  # type: ignore[union-attr]
    rho = transcript.challenge()
    transcript.absorb(exclusion_proof.announced())
    off = transcript.challenge() * rho * (1 - 3) % ORDER  # the third equation's sum is off·G

    weights = foreseen(deal)
    w = [int.from_bytes(weights(16), "little") for _ in range(6)]
    shift = -w[5] * off * pow(w[2], -1, ORDER) % ORDER
    deal = replace(deal, exclusion_proof=exclusion_proof, permutation_proof=_shifted_proof(deal, witness, shift))

    verify_deal(deal, weights=foreseen(deal))  # the weak verifier sees nothing
    for chosen in (None, nonce(11)):
        with pytest.raises(ProofError) as caught:
            verify_deal(deal, weights=chosen)
        assert caught.value.code == "deal.permutation.wrong"
    honest = replace(deal, permutation_proof=prove_permutation(deal.permutation, witness, nonce(1)))
    with pytest.raises(ProofError) as caught:
        verify_deal(honest)
    assert caught.value.code == "deal.exclusion.wrong"


def _shifted_proof(deal: ProvenDeal, witness: DealWitness, shift: int) -> ProductProof:
    """An honest permutation argument but for U, which has shift·G more before the last challenge is drawn."""
    transcript, claim = begin_permutation(deal.permutation)
    x = claim.link.forms[0][1]  # type: ignore[union-attr]
    w = [(value - x) % ORDER for value in witness.values]
    p = [w[0]]
    for factor in w[1:]:
        p.append(p[-1] * factor % ORDER)
    rho = transcript.challenge()
    powers = [pow(rho, k, ORDER) for k in range(1, N + 1)]
    d = [1000 + k for k in range(N)]
    delta = [d[0], *(2000 + k for k in range(1, N - 1)), 0]
    r_d, t, s_one, s_cross = 31, 37, 41, 43
    points = (
        commit(d, r_d),
        commit([-delta[k - 1] * d[k] for k in range(1, N)], s_one),
        commit([delta[k] - w[k] * delta[k - 1] - p[k - 1] * d[k] for k in range(1, N)], s_cross),
        card_commit(sum(a * b for a, b in zip(powers, d, strict=True)), t) + shift * BASE,
    )
    transcript.absorb(encode_points(points))
    e = transcript.challenge()
    beta = sum(a * b for a, b in zip(powers, witness.card_blindings, strict=True))
    return ProductProof(
        None,
        *points,
        tuple((e * w[k] + d[k]) % ORDER for k in range(N)),
        tuple((e * p[k] + delta[k]) % ORDER for k in range(1, N - 1)),
        (e * witness.deck_blinding + r_d) % ORDER,
        (e * s_cross + s_one) % ORDER,
        (e * beta + t) % ORDER,
    )


def test_the_shifted_prover_without_a_shift_is_honest() -> None:
    case = honest_deal()
    verify_deal(replace(case.deal, permutation_proof=_shifted_proof(case.deal, case.witness, 0)))
