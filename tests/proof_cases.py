"""Honest deals to start from: statements, witness and proofs for a small game, all from one number."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass

from proof_reference import Public
from sealed_santa.base.labels import Label
from sealed_santa.crypto.commitments import card_commit, deck_commit, deck_from_key, shuffle_from_stream
from sealed_santa.crypto.group import ORDER
from sealed_santa.proofs.product.prove import DealWitness, prove_exclusion, prove_permutation
from sealed_santa.proofs.product.statements import Context, ExclusionStatement, PermutationStatement
from sealed_santa.proofs.product.verify import Opening, ProvenDeal


@dataclass(frozen=True)
class Case:
    deal: ProvenDeal
    witness: DealWitness
    openings: tuple[Opening, ...]


def context(n: int, deck_index: int = 0) -> Context:
    return Context(b"g" * 32, 1, b"a" * 32, b"r" * 32, deck_index, n)


def nonce(seed: int) -> Callable[[int], bytes]:
    return random.Random(seed).randbytes


def forms_for(n: int, pairs: set[tuple[int, int]], seed: bytes, deck_index: int) -> tuple[tuple[int, int], ...]:
    sigma = shuffle_from_stream(Label.DEAL, n, seed, deck_index)
    return tuple((sigma[i - 1], j) for i, j in sorted(pairs))


def honest(n: int, seed: int = 0, extra: int = 0) -> Case:
    """A game of n players whose decks 0, 1, ... are tried in turn until one has no forbidden pair."""
    rng = random.Random(seed * 1000 + n)
    pairs = {(i, i) for i in range(1, n + 1)}
    pairs |= {tuple(rng.sample(range(1, n + 1), 2)) for _ in range(extra)}
    joint = rng.randbytes(32)
    openings: list[Opening] = []
    while True:
        t, key = len(openings), rng.randbytes(32)
        order, blinding = deck_from_key(key, n)
        forms = forms_for(n, pairs, joint, t)
        if all(order[slot - 1] != value for slot, value in forms):
            break
        openings.append(Opening(t, deck_commit(key, n), key))
    witness = DealWitness(rng.randbytes(32), order, tuple(rng.randrange(ORDER) for _ in range(n)), blinding)
    cards = tuple(card_commit(m, b) for m, b in zip(witness.values, witness.card_blindings, strict=True))
    permutation = PermutationStatement(context(n, t), deck_commit(key, n), cards)
    exclusion = ExclusionStatement(context(n, t), cards, forms)
    draw = nonce(seed)
    return Case(
        ProvenDeal(
            permutation,
            prove_permutation(permutation, witness, draw),
            exclusion,
            prove_exclusion(exclusion, witness, draw),
        ),
        witness,
        tuple(openings),
    )


def public(deal: ProvenDeal) -> Public:
    """The deal's public values as the reference verifier takes them."""
    c, p = deal.permutation.context, deal.permutation
    cards = tuple(card.raw for card in p.cards)
    numbers = (c.game, c.round, c.author, c.roster, c.deck_index, c.players)
    return Public(*numbers, p.deck.raw, cards, deal.exclusion.forms)
