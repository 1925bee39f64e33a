"""Make linear proofs (docs/protocol.md, sections 11.8 and 11.10 to 11.13).

Rules: masks are hedged (proofs/masks.py). It does not check that the witness is one: a proof of what
is false is refused by everybody. Not constant-time beyond what crypto/group.py says.
"""

from __future__ import annotations

from collections.abc import Sequence

from sealed_santa.base.errors import UsageError
from sealed_santa.crypto.group import (
    ORDER,
    THREADS_FROM,
    Point,
    combine,
    encode_points,
    encode_scalars,
    in_halves,
)
from sealed_santa.proofs.linear.statements import LinearStatement, Relation, begin_linear
from sealed_santa.proofs.masks import Nonce, hedged_masks


def prove_linear(statement: LinearStatement, witness: Sequence[int], seed: bytes, nonce: Nonce) -> bytes:
    """Return a proof of knowledge of the witness, one multiplication for each term of a relation.

    The witness is secret scalars in the statement's order; `seed`, secret too, only hedges the masks;
    `nonce(32)` gives fresh random bytes, as os.urandom does.

    Raises:
        UsageError: `proof.statement.false` when the witness has another length than the statement says.
    """
    if len(witness) != statement.witnesses:
        raise UsageError("proof.statement.false", "the witness has another length than its statement")
    scalars = [value % ORDER for value in witness]
    draw = hedged_masks(nonce, seed, statement, encode_scalars(scalars))
    transcript, relations = begin_linear(statement)
    masks = [draw() for _ in scalars]
    announced = encode_points(_announce(relations, masks))
    transcript.absorb(announced)
    e = transcript.challenge()
    answers = [(mask + e * scalar) % ORDER for mask, scalar in zip(masks, scalars, strict=True)]
    return announced + encode_scalars(answers)


def _announce(relations: Sequence[Relation], masks: Sequence[int]) -> tuple[Point, ...]:
    """Return Σ mask_i·coefficient·base of each relation; many relations are shared by two threads."""

    def work(part: Sequence[Relation]) -> tuple[Point, ...]:
        return tuple(combine((masks[i] * c, base) for i, c, base in relation.terms) for relation in part)

    if len(relations) < THREADS_FROM:
        return work(relations)
    first, second = in_halves(work, relations)
    return first + second
