"""Properties of the arguments: everything public decides the challenges, every honest proof verifies."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import proof_reference as reference
from proof_cases import Case, honest, nonce, public
from sealed_santa.base.errors import SantaError
from sealed_santa.crypto.challenge import Transcript
from sealed_santa.crypto.group import ORDER, SIZE, Point, generator
from sealed_santa.proofs.product.statements import (
    Claim,
    ExclusionStatement,
    PermutationStatement,
    begin_exclusion,
    begin_permutation,
    exclusion_shape,
    parse_proof,
    permutation_shape,
)
from sealed_santa.proofs.product.verify import verify_deal

Statement = PermutationStatement | ExclusionStatement


@lru_cache(maxsize=64)
def case(n: int, seed: int, extra: int) -> Case:
    return honest(n, seed, extra)


def challenges(statement: Statement, made: bytes, announced: bytes) -> list[int]:
    """All challenges that a proof with these points meets, in order."""
    begin = begin_permutation if isinstance(statement, PermutationStatement) else begin_exclusion
    transcript, claim = begin(statement)  # type: ignore[operator]
    drawn = _shaping(claim, statement)
    transcript.absorb(made)
    drawn.append(transcript.challenge())
    transcript.absorb(announced)
    return [*drawn, transcript.challenge()]


def _shaping(claim: Claim, statement: Statement) -> list[int]:
    assert claim.link is not None
    return [claim.link.forms[0][1]] if isinstance(statement, PermutationStatement) else []


def other_hash(raw: bytes, bit: int) -> bytes:
    return (int.from_bytes(raw, "little") ^ 1 << bit).to_bytes(32, "little")


@settings(max_examples=20, deadline=None)
@given(st.integers(2, 9), st.integers(0, 50), st.integers(0, 4))
def test_honest_deals_verify(n: int, seed: int, extra: int) -> None:
    found = case(n, seed, extra if n > 4 else 0)
    verify_deal(found.deal, found.openings)
    verify_deal(found.deal, found.openings, nonce(seed))


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_every_public_value_changes_every_later_challenge(data: st.DataObject) -> None:
    deal = case(5, 3, 2).deal
    kind = data.draw(st.sampled_from(["permutation", "exclusion"]))
    statement: Statement = getattr(deal, kind)
    proof = getattr(deal, f"{kind}_proof")
    made = proof.commitment.raw if proof.commitment else b""
    changed = _with_one_change(statement, data)
    before = challenges(statement, made, proof.announced())
    after = challenges(changed, made, proof.announced())
    assert all(a != b for a, b in zip(before, after, strict=True))


def _with_one_change(statement: Statement, data: st.DataObject) -> Statement:
    context = statement.context
    values = ["game", "author", "roster", "round", "deck_index", "cards", "swap"]
    values.append("deck" if isinstance(statement, PermutationStatement) else "forms")
    value = data.draw(st.sampled_from(values))
    if value in ("game", "author", "roster"):
        bit = data.draw(st.integers(0, 255))
        return replace(statement, context=replace(context, **{value: other_hash(getattr(context, value), bit)}))
    if value in ("round", "deck_index"):
        number = data.draw(st.integers(0, 2**53 - 1).filter(lambda v: v != getattr(context, value)))
        return replace(statement, context=replace(context, **{value: number}))
    if value == "deck":
        return replace(statement, deck=statement.deck + generator(data.draw(st.integers(0, 9))))  # type: ignore[union-attr]
    k = data.draw(st.integers(0, 4))
    cards = list(statement.cards)
    if value == "cards":
        cards[k] = cards[k] + generator(0)
        return replace(statement, cards=tuple(cards))
    if value == "swap":
        cards[k], cards[k - 1] = cards[k - 1], cards[k]
        return replace(statement, cards=tuple(cards))
    forms = list(statement.forms)  # type: ignore[union-attr]
    slot, forbidden = forms[k]
    changes = [forms[:k] + forms[k + 1 :], [*forms, forms[k]], [*forms[:k], (slot, forbidden % 5 + 1), *forms[k + 1 :]]]
    changes.append([*forms[:k], (slot % 5 + 1, forbidden), *forms[k + 1 :]])
    return replace(statement, forms=tuple(data.draw(st.sampled_from(changes))))


def test_the_number_of_players_is_absorbed_on_its_own() -> None:
    """Four players and five are told apart even by what is framed before the cards."""
    four, five = case(4, 1, 0).deal.permutation, case(5, 1, 0).deal.permutation
    assert four.instance()[36:48] != five.instance()[36:48]
    assert four.instance()[:36] == five.instance()[:36]


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_each_announced_point_changes_every_later_challenge(data: st.DataObject) -> None:
    deal = case(5, 3, 2).deal
    proof = deal.exclusion_proof
    assert proof.commitment is not None
    before = challenges(deal.exclusion, proof.commitment.raw, proof.announced())
    k = data.draw(st.integers(0, 3))
    points = proof.announced()
    other = (Point(points[SIZE * k : SIZE * (k + 1)]) + generator(1)).raw
    after = challenges(
        deal.exclusion, proof.commitment.raw, points[: SIZE * k] + other + points[SIZE * (k + 1) :]
    )
    assert (after[0], after[1] != before[1]) == (before[0], True)
    made = (proof.commitment + generator(1)).raw
    assert all(a != b for a, b in zip(before, challenges(deal.exclusion, made, points), strict=True))


def test_the_two_arguments_draw_from_different_sessions() -> None:
    deal = case(4, 1, 0).deal
    tags = {deal.permutation.tag(), deal.exclusion.tag()}
    assert len(tags) == 2


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_a_proof_with_any_change_is_refused_by_both_verifiers(data: st.DataObject) -> None:
    """One byte flipped, one scalar or point replaced: a parse error or a proof error, never acceptance."""
    deal = case(3, 2, 0).deal
    kind = data.draw(st.sampled_from(["permutation", "exclusion"]))
    shape = permutation_shape(3) if kind == "permutation" else exclusion_shape(3)
    blob = getattr(deal, f"{kind}_proof").encode()
    k = data.draw(st.integers(0, shape.points + shape.scalars - 1))
    part = blob[SIZE * k : SIZE * (k + 1)]
    how = data.draw(st.sampled_from(["flip", "shift", "negate"]))
    if how == "flip":
        part = other_hash(part, data.draw(st.integers(0, 255)))
    elif k < shape.points:
        part = (Point(part) + generator(2)).raw if how == "shift" else (-1 * Point(part)).raw
    else:
        value = int.from_bytes(part, "little")
        part = ((value + 1 if how == "shift" else -value) % ORDER).to_bytes(SIZE, "little")
    changed = blob[: SIZE * k] + part + blob[SIZE * (k + 1) :]
    verdict = reference.permutation_holds if kind == "permutation" else reference.exclusion_holds
    assert not verdict(public(deal), changed)
    with pytest.raises(SantaError) as caught:
        verify_deal(replace(deal, **{f"{kind}_proof": parse_proof(changed, shape)}))
    assert caught.value.code in {"point.invalid", "scalar.not-canonical", f"deal.{kind}.wrong"}


@settings(max_examples=30, deadline=None)
@given(st.binary(max_size=600))
def test_any_bytes_are_a_proof_or_a_parse_error(blob: bytes) -> None:
    with pytest.raises(SantaError) as caught:
        parse_proof(blob, permutation_shape(3))
    assert caught.value.code in {"length.wrong", "point.invalid", "scalar.not-canonical"}


def test_a_transcript_is_decided_by_its_bytes_alone() -> None:
    a, b = Transcript(bytes(32)), Transcript(bytes(32))
    a.absorb(b"ab")
    b.absorb(b"a")
    b.absorb(b"b")
    assert a.challenge() == b.challenge()
