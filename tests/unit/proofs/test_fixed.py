"""A deal of three players with all its challenges, kept as it was made: the bytes must not drift.

`deal.json` is the worked example of docs/protocol.md; a verifier in another language can start from it.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import proof_reference as reference
from sealed_santa.base.errors import ProofError
from sealed_santa.crypto.challenge import derive_session_id
from sealed_santa.crypto.commitments import deck_from_key
from sealed_santa.crypto.group import decode_point
from sealed_santa.proofs.product.statements import (
    Context,
    ExclusionStatement,
    PermutationStatement,
    begin_exclusion,
    begin_permutation,
    exclusion_shape,
    parse_proof,
    permutation_shape,
)
from sealed_santa.proofs.product.verify import Opening, ProvenDeal, verify_deal

FIXED: dict[str, Any] = json.loads(Path(__file__).with_name("deal.json").read_text("utf-8"))


def little(value: int) -> str:
    return value.to_bytes(32, "little").hex()


def raw(name: str) -> bytes:
    return bytes.fromhex(FIXED[name])


def fixed() -> tuple[ProvenDeal, Opening]:
    context = Context(raw("game"), FIXED["round"], raw("author"), raw("roster"), FIXED["deck_index"], FIXED["n"])
    cards = tuple(decode_point(bytes.fromhex(card)) for card in FIXED["cards"])
    forms = tuple((slot, value) for slot, value in FIXED["forms"])
    proofs = [bytes.fromhex(FIXED[name]["proof"]) for name in ("permutation", "exclusion")]
    deal = ProvenDeal(
        PermutationStatement(context, decode_point(raw("deck")), cards),
        parse_proof(proofs[0], permutation_shape(FIXED["n"])),
        ExclusionStatement(context, cards, forms),
        parse_proof(proofs[1], exclusion_shape(len(forms))),
    )
    o = FIXED["opening"]
    return deal, Opening(o["deck_index"], decode_point(bytes.fromhex(o["deck"])), bytes.fromhex(o["key"]))


def test_the_kept_deal_verifies() -> None:
    deal, opening = fixed()
    verify_deal(deal, [opening])
    with pytest.raises(ProofError):
        verify_deal(deal, [Opening(opening.deck_index, opening.deck, bytes(32))])


def test_the_reference_accepts_the_kept_deal() -> None:
    cards = tuple(bytes.fromhex(card) for card in FIXED["cards"])
    forms = tuple((slot, value) for slot, value in FIXED["forms"])
    numbers = (raw("game"), FIXED["round"], raw("author"), raw("roster"), FIXED["deck_index"], FIXED["n"])
    public = reference.Public(*numbers, raw("deck"), cards, forms)
    assert reference.permutation_holds(public, bytes.fromhex(FIXED["permutation"]["proof"]))
    assert reference.exclusion_holds(public, bytes.fromhex(FIXED["exclusion"]["proof"]))


def test_sessions_and_challenges_are_the_kept_ones() -> None:
    deal, _ = fixed()
    transcript, claim = begin_permutation(deal.permutation)
    assert derive_session_id(deal.permutation.tag()).hex() == FIXED["permutation"]["session"]
    assert claim.link is not None
    assert little(claim.link.forms[0][1]) == FIXED["permutation"]["x"]
    assert little(transcript.challenge()) == FIXED["permutation"]["rho"]
    transcript.absorb(deal.permutation_proof.announced())
    assert little(transcript.challenge()) == FIXED["permutation"]["e"]
    transcript, _ = begin_exclusion(deal.exclusion)
    assert derive_session_id(deal.exclusion.tag()).hex() == FIXED["exclusion"]["session"]
    assert deal.exclusion_proof.commitment is not None
    transcript.absorb(deal.exclusion_proof.commitment.raw)
    assert little(transcript.challenge()) == FIXED["exclusion"]["rho"]
    transcript.absorb(deal.exclusion_proof.announced())
    assert little(transcript.challenge()) == FIXED["exclusion"]["e"]


def test_the_opened_deck_is_the_kept_one() -> None:
    order, blinding = deck_from_key(bytes.fromhex(FIXED["opening"]["key"]), 3)
    assert (list(order), little(blinding)) == (FIXED["opening"]["order"], FIXED["opening"]["blinding"])
