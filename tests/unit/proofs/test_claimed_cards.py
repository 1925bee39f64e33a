"""Cards that nobody has checked: verifying a deal checks them, and says so before anything else."""

from __future__ import annotations

from dataclasses import replace

import pytest
from nacl.bindings import crypto_core_ed25519_add

from proof_cases import honest
from sealed_santa.base.errors import ProofError
from sealed_santa.crypto.group import FIELD, Point, claimed_points, encode_points
from sealed_santa.proofs.product.verify import ProvenDeal, verify_deal

ORDER_TWO = (FIELD - 1).to_bytes(32, "little")


def with_cards(deal: ProvenDeal, cards: tuple[Point, ...]) -> ProvenDeal:
    permutation, exclusion = replace(deal.permutation, cards=cards), replace(deal.exclusion, cards=cards)
    return replace(deal, permutation=permutation, exclusion=exclusion)


@pytest.mark.parametrize("n", [3, 60])
def test_honest_cards_need_no_check_of_their_own(n: int) -> None:
    case = honest(n, seed=1)
    cards = claimed_points(encode_points(case.deal.permutation.cards), n)
    verify_deal(with_cards(case.deal, cards), case.openings)


@pytest.mark.parametrize("slot", [0, 2, 59])
@pytest.mark.parametrize(
    "spoil",
    [
        lambda card: crypto_core_ed25519_add(card, ORDER_TWO),
        lambda card: ORDER_TWO,
        lambda card: (2).to_bytes(32, "little"),
        lambda card: b"\xff" * 32,
    ],
    ids=["order two added", "of order two", "off the curve", "not canonical"],
)
def test_one_bad_card_is_named_whatever_else_is_wrong(slot: int, spoil) -> None:
    n = 60
    deal = honest(n, seed=1).deal
    raws = [card.raw for card in deal.permutation.cards]
    raws[slot] = spoil(raws[slot])
    with pytest.raises(ProofError) as caught:
        verify_deal(with_cards(deal, claimed_points(b"".join(raws), n)))
    assert caught.value.code == "deal.cards"


def test_another_card_is_not_a_bad_card() -> None:
    deal = honest(3, seed=1).deal
    cards = deal.permutation.cards
    with pytest.raises(ProofError) as caught:
        verify_deal(with_cards(deal, (cards[1], cards[0], cards[2])))
    assert caught.value.code == "deal.permutation.wrong"
