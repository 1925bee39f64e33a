"""The product argument and the check of a whole deal: honest ones pass, everything else is refused."""

from __future__ import annotations

from dataclasses import replace

import pytest

import proof_reference as reference
from proof_cases import Case, context, honest, nonce, public
from sealed_santa.base.errors import Certainty, ParseError, Party, ProofError, UsageError
from sealed_santa.crypto.challenge import Transcript
from sealed_santa.crypto.commitments import card_commit, commit
from sealed_santa.crypto.group import IDENTITY, ORDER, Point, blinder, generator
from sealed_santa.proofs.product.prove import ProductWitness, hedged, prove_exclusion, prove_permutation, prove_product
from sealed_santa.proofs.product.statements import (
    Claim,
    ExclusionStatement,
    PermutationStatement,
    ProductProof,
    Shape,
    begin_exclusion,
    begin_permutation,
    exclusion_shape,
    parse_proof,
    permutation_shape,
)
from sealed_santa.proofs.product.verify import (
    Opening,
    ProvenDeal,
    derived_weights,
    holds,
    product_equations,
    verify_deal,
    verify_openings,
)

# RFC 8032's curve has points of small order; this one, of order 8, is added to make a torsion component.
TORSION = bytes.fromhex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05")


def refused(deal: ProvenDeal, code: str, openings: tuple[Opening, ...] = ()) -> ProofError:
    with pytest.raises(ProofError) as caught:
        verify_deal(deal, openings)
    assert caught.value.code == code
    return caught.value


def all_of(deal: ProvenDeal, **changes: object) -> ProvenDeal:
    """The same proofs for a context with something changed."""
    there = replace(deal.permutation.context, **changes)
    return replace(
        deal, permutation=replace(deal.permutation, context=there), exclusion=replace(deal.exclusion, context=there)
    )


# --- honest -------------------------------------------------------------------------------------


@pytest.mark.parametrize("n", range(2, 13))
def test_an_honest_deal_is_accepted_by_both_verifiers(n: int) -> None:
    case = honest(n, seed=n, extra=n // 3)
    deal = case.deal
    verify_deal(deal, case.openings)
    verify_deal(deal, case.openings, nonce(7))
    if n <= 5:
        assert reference.permutation_holds(public(deal), deal.permutation_proof.encode())
        assert reference.exclusion_holds(public(deal), deal.exclusion_proof.encode())


def test_a_proof_has_exactly_the_announced_size_and_survives_its_bytes() -> None:
    deal = honest(5, extra=3).deal
    q = len(deal.exclusion.forms)
    p, x = deal.permutation_proof.encode(), deal.exclusion_proof.encode()
    assert (len(p), len(x)) == (32 * (2 * 5 + 5), 32 * (2 * q + 8))
    assert parse_proof(p, permutation_shape(5)) == deal.permutation_proof
    assert parse_proof(x, exclusion_shape(q)) == deal.exclusion_proof


def test_the_smallest_argument_has_two_factors_and_no_partial_products() -> None:
    deal = honest(2).deal
    assert deal.permutation_proof.partial_answers == ()
    assert permutation_shape(2).size == 288


def test_an_argument_without_a_link_proves_a_product_of_a_given_commitment() -> None:
    values, blinding = (3, 5, 7, 11), 12345
    claim = Claim(4, 1155, ((1, commit(values, blinding)),), None)
    draw = iter(range(10**6, 10**7, 7919)).__next__
    proof = prove_product(Transcript(bytes(32)), claim, ProductWitness(values, blinding), draw)
    assert claim.shape == proof.shape == Shape(4, made=False, linked=False)
    assert parse_proof(proof.encode(), claim.shape) == proof
    assert all(holds(e) for e in product_equations(Transcript(bytes(32)), claim, proof))
    other = replace(claim, target=1156)
    assert not all(holds(e) for e in product_equations(Transcript(bytes(32)), other, proof))


# --- statements ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "changes", [{"game": b"h" * 32}, {"round": 2}, {"author": b"b" * 32}, {"roster": b"s" * 32}, {"deck_index": 77}]
)
def test_a_proof_is_none_for_another_context(changes: dict[str, object]) -> None:
    case = honest(4)
    refused(all_of(case.deal, **changes), "deal.permutation.wrong")
    verify_deal(all_of(case.deal, round=1), case.openings)


def test_a_proof_is_none_for_another_deck() -> None:
    deal = honest(4).deal
    other = replace(deal, permutation=replace(deal.permutation, deck=deal.permutation.deck + generator(1)))
    refused(other, "deal.permutation.wrong")


def test_cards_cannot_be_swapped_or_rerandomised() -> None:
    deal = honest(4).deal
    a, b, *rest = deal.permutation.cards
    for cards in ((b, a, *rest), (a + blinder(), b, *rest)):
        permutation, exclusion = replace(deal.permutation, cards=cards), replace(deal.exclusion, cards=cards)
        refused(replace(deal, permutation=permutation, exclusion=exclusion), "deal.permutation.wrong")
        refused(replace(deal, permutation=permutation), "deal.statements.differ")


def test_the_two_arguments_must_be_about_one_context() -> None:
    deal = honest(4).deal
    there = replace(deal.exclusion.context, round=9)
    refused(replace(deal, exclusion=replace(deal.exclusion, context=there)), "deal.statements.differ")


def test_forms_cannot_be_reordered_dropped_or_replaced() -> None:
    deal = honest(5, extra=2).deal
    forms = deal.exclusion.forms
    swapped = (forms[1], forms[0], *forms[2:])
    refused(replace(deal, exclusion=replace(deal.exclusion, forms=swapped)), "deal.exclusion.wrong")
    moved = ((forms[0][0], forms[0][1] % 5 + 1), *forms[1:])
    refused(replace(deal, exclusion=replace(deal.exclusion, forms=moved)), "deal.exclusion.wrong")
    refused(replace(deal, exclusion=replace(deal.exclusion, forms=forms[1:])), "proof.shape.wrong")


@pytest.mark.parametrize(
    "changes",
    [{"game": b"short"}, {"author": bytes(33)}, {"roster": b""}, {"round": -1}, {"deck_index": -1}, {"players": 1}],
)
def test_a_malformed_context_is_refused(changes: dict[str, object]) -> None:
    with pytest.raises(ParseError) as caught:
        replace(context(3), **changes)
    assert caught.value.code == "statement.malformed"


@pytest.mark.parametrize("forms", [(), ((0, 1),), ((4, 1),), ((1, 0),), ((1, 4),), ((-1, 2),)])
def test_malformed_forms_are_refused(forms: tuple[tuple[int, int], ...]) -> None:
    with pytest.raises(ParseError) as caught:
        ExclusionStatement(context(3), (generator(1),) * 3, forms)
    assert caught.value.code == "statement.malformed"


def test_the_number_of_cards_is_the_number_of_players() -> None:
    with pytest.raises(ParseError) as caught:
        PermutationStatement(context(3), generator(1), (generator(1),) * 4)
    assert caught.value.code == "statement.malformed"


# --- proofs -------------------------------------------------------------------------------------


def test_every_point_and_every_scalar_of_a_proof_counts() -> None:
    deal = honest(3).deal
    q = len(deal.exclusion.forms)
    for name, shape in (("permutation", permutation_shape(3)), ("exclusion", exclusion_shape(q))):
        blob = getattr(deal, f"{name}_proof").encode()
        for k in range(shape.points + shape.scalars):
            part = blob[32 * k : 32 * k + 32]
            if k < shape.points:
                changed = (Point(part) + generator(5)).raw
            else:
                changed = ((int.from_bytes(part, "little") + 1) % ORDER).to_bytes(32, "little")
            proof = parse_proof(blob[: 32 * k] + changed + blob[32 * k + 32 :], shape)
            refused(replace(deal, **{f"{name}_proof": proof}), f"deal.{name}.wrong")


def test_the_arguments_do_not_stand_for_each_other() -> None:
    deal = honest(4).deal
    refused(replace(deal, permutation_proof=deal.exclusion_proof), "proof.shape.wrong")
    refused(replace(deal, exclusion_proof=deal.permutation_proof), "proof.shape.wrong")


def test_a_proof_of_another_deal_is_refused() -> None:
    one, two = honest(4, seed=1).deal, honest(4, seed=2).deal
    refused(replace(one, permutation_proof=two.permutation_proof), "deal.permutation.wrong")
    refused(replace(one, exclusion_proof=two.exclusion_proof), "deal.exclusion.wrong")


def test_points_of_one_proof_with_answers_of_another_are_refused() -> None:
    case = honest(4)
    again = prove_permutation(case.deal.permutation, case.witness, nonce(99))
    mixed = replace(again, masks=case.deal.permutation_proof.masks)
    refused(replace(case.deal, permutation_proof=mixed), "deal.permutation.wrong")


@pytest.mark.parametrize("size", [0, 31, 32, 416 - 32, 416 - 1, 416 + 1, 416 + 32, 832])
def test_a_proof_of_another_length_is_refused(size: int) -> None:
    blob = honest(4).deal.permutation_proof.encode()
    assert len(blob) == 416
    with pytest.raises(ParseError) as caught:
        parse_proof((blob * 2)[:size], permutation_shape(4))
    assert caught.value.code == "length.wrong"


def test_an_all_zero_proof_is_refused() -> None:
    with pytest.raises(ParseError) as caught:
        parse_proof(bytes(permutation_shape(4).size), permutation_shape(4))
    assert caught.value.code == "point.invalid"


def test_zero_answers_behind_valid_points_are_refused() -> None:
    deal = honest(4).deal
    blob = deal.permutation_proof.encode()[:128]
    proof = parse_proof(blob + bytes(32 * 9), permutation_shape(4))
    refused(replace(deal, permutation_proof=proof), "deal.permutation.wrong")


@pytest.mark.parametrize("k", range(5))
@pytest.mark.parametrize("bad", [IDENTITY.raw, bytes(32), TORSION, b"\xff" * 32, "torsion"], ids=str)
def test_bad_points_are_refused_in_every_place(k: int, bad: bytes | str) -> None:
    deal = honest(3).deal
    blob = deal.exclusion_proof.encode()
    held = Point(blob[32 * k : 32 * k + 32])
    raw = (held + Point(TORSION)).raw if isinstance(bad, str) else bad
    with pytest.raises(ParseError) as caught:
        parse_proof(blob[: 32 * k] + raw + blob[32 * k + 32 :], exclusion_shape(3))
    assert caught.value.code == "point.invalid"


def test_a_scalar_plus_the_order_is_refused_in_every_place() -> None:
    blob = honest(3).deal.permutation_proof.encode()
    shape = permutation_shape(3)
    for k in range(shape.points, shape.points + shape.scalars):
        value = int.from_bytes(blob[32 * k : 32 * k + 32], "little") + ORDER
        with pytest.raises(ParseError) as caught:
            parse_proof(blob[: 32 * k] + value.to_bytes(32, "little") + blob[32 * k + 32 :], shape)
        assert caught.value.code == "scalar.not-canonical"


# --- false statements ---------------------------------------------------------------------------


def test_the_prover_refuses_what_is_false() -> None:
    case = honest(4)
    doubled = replace(case.witness, values=(1, 1, *case.witness.values[2:]))
    with pytest.raises(UsageError) as caught:
        prove_permutation(case.deal.permutation, doubled, nonce(1))
    assert caught.value.code == "proof.statement.false"
    slot = case.deal.exclusion.forms[0][0]
    forbidden = replace(case.deal.exclusion, forms=((slot, case.witness.values[slot - 1]),))
    with pytest.raises(UsageError) as caught:
        prove_exclusion(forbidden, case.witness, nonce(1))
    assert caught.value.code == "proof.statement.false"


def test_cards_that_are_no_permutation_cannot_be_proven() -> None:
    case = honest(4)
    values = (case.witness.values[1], *case.witness.values[1:])
    cards = (card_commit(values[0], case.witness.card_blindings[0]), *case.deal.permutation.cards[1:])
    statement = replace(case.deal.permutation, cards=cards)
    # The liar leaves out the check and runs the argument, once on the deck's values and once on the cards'.
    for believed in (case.witness.values, values):
        proof = _lying_permutation(statement, case, believed)
        exclusion = replace(case.deal.exclusion, cards=cards)
        deal = replace(case.deal, permutation=statement, permutation_proof=proof, exclusion=exclusion)
        assert refused(deal, "deal.permutation.wrong").blame.party is Party.SERVER


def _lying_permutation(statement: PermutationStatement, case: Case, values: tuple[int, ...]) -> ProductProof:
    transcript, claim = begin_permutation(statement)
    x = claim.link.forms[0][1]  # type: ignore[union-attr]
    factors = tuple((v - x) % ORDER for v in values)
    witness = ProductWitness(factors, case.witness.deck_blinding, case.witness.card_blindings)
    return prove_product(transcript, claim, witness, hedged(nonce(5), case.witness, statement))


@pytest.mark.parametrize("tail", [0, 1, 12345])
def test_a_forbidden_pair_cannot_be_proven_away(tail: int) -> None:
    case = honest(4)
    slot = case.deal.exclusion.forms[0][0]
    forms = ((slot, case.witness.values[slot - 1]), *case.deal.exclusion.forms[1:])
    statement = replace(case.deal.exclusion, forms=forms)
    factors = (*((case.witness.values[s - 1] - j) % ORDER for s, j in forms), tail)
    assert factors[0] == 0
    blindings = tuple(case.witness.card_blindings[s - 1] for s, _ in forms)
    witness = ProductWitness(factors, 77, blindings, commit(factors, 77))
    proof = prove_product(*begin_exclusion(statement), witness, hedged(nonce(5), case.witness, statement))
    refused(replace(case.deal, exclusion=statement, exclusion_proof=proof), "deal.exclusion.wrong")


# --- opened decks -------------------------------------------------------------------------------


def opened_case() -> Case:
    return next(case for case in (honest(4, seed) for seed in range(50)) if len(case.openings) >= 2)


def test_opened_decks_are_checked_with_the_deal_and_alone() -> None:
    case = opened_case()
    verify_deal(case.deal, case.openings)
    verify_openings(case.openings, 4)
    verify_openings(case.openings, 4, nonce(3))
    verify_openings((), 4)
    for opening in case.openings:
        assert reference.deck_commitment(opening.key, 4) == opening.deck.raw


@pytest.mark.parametrize("which", [0, 1])
def test_a_key_that_does_not_open_its_deck_is_named(which: int) -> None:
    case = opened_case()
    for changed in (
        replace(case.openings[which], key=b"k" * 32),
        replace(case.openings[which], deck=case.openings[which].deck + blinder()),
    ):
        openings = tuple(changed if k == which else o for k, o in enumerate(case.openings))
        error = refused(case.deal, "deal.opening.wrong", openings)
        assert f"deck {which}" in error.message
        assert (error.blame.party, error.blame.certainty) == (Party.SERVER, Certainty.PROVEN)
        with pytest.raises(ProofError) as caught:
            verify_openings(openings, 4)
        assert caught.value.code == "deal.opening.wrong"


def test_the_first_wrong_equation_is_named() -> None:
    case = opened_case()
    wrong = replace(case.deal.exclusion_proof, blinding_answer=1)
    deal = replace(case.deal, exclusion_proof=wrong)
    refused(deal, "deal.exclusion.wrong", case.openings)
    refused(deal, "deal.opening.wrong", (replace(case.openings[0], key=b"k" * 32), *case.openings[1:]))


# --- masks and weights --------------------------------------------------------------------------


def test_masks_are_hedged_by_seed_statement_and_witness() -> None:
    case = honest(4)
    stuck = bytes  # a broken random source: always zeros
    first = prove_permutation(case.deal.permutation, case.witness, stuck)
    assert prove_permutation(case.deal.permutation, case.witness, stuck) == first
    other_seed = replace(case.witness, seed=b"s" * 32)
    assert prove_permutation(case.deal.permutation, other_seed, stuck).masks != first.masks
    other_round = replace(case.deal.permutation, context=replace(case.deal.permutation.context, round=2))
    assert prove_permutation(other_round, case.witness, stuck).masks != first.masks
    other_witness = replace(case.witness, deck_blinding=5)
    assert prove_permutation(case.deal.permutation, other_witness, stuck).masks != first.masks
    assert prove_permutation(case.deal.permutation, case.witness, nonce(1)).masks != first.masks


def test_a_witness_shows_no_secret() -> None:
    case = honest(4)
    shown = repr(case.witness) + repr(ProductWitness((5, 6), 424242))
    assert str(case.witness.card_blindings[0]) not in shown
    assert "424242" not in shown
    assert str(case.witness.seed) not in shown


def test_derived_weights_depend_on_every_answer() -> None:
    case = opened_case()
    first = derived_weights(case.openings, case.deal)(16)
    deal = case.deal
    changed = [
        (case.openings, replace(deal, permutation_proof=replace(deal.permutation_proof, link_answer=1))),
        (case.openings, replace(deal, exclusion_proof=replace(deal.exclusion_proof, delta_answer=1))),
        (case.openings, all_of(deal, round=2)),
        (case.openings[1:], deal),
        ((replace(case.openings[0], key=bytes(32)), *case.openings[1:]), deal),
    ]
    others = {derived_weights(openings, other)(16) for openings, other in changed}
    assert len(others | {first}) == 6
    stream = derived_weights(case.openings, case.deal)
    assert stream(16) == first != stream(16)
