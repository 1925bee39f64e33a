"""Check shuffle arguments (docs/protocol.md, section 11.9).

Consecutive mixes share their rows, and all share the generators: checked in one `check`, with equal
bases merged, k mixes of N rows cost about N·(1 + 2w·(k + 1)) multiplications.

Rules: knows nothing of how proofs are made. Rows and announced points may be no points; whoever checks
the equations finds out, as each of them is multiplied.
"""

from __future__ import annotations

from collections.abc import Sequence

from sealed_santa.base.errors import ParseError
from sealed_santa.crypto.group import BASE, Point, blinder, generators
from sealed_santa.proofs.equations import Sum, add_term
from sealed_santa.proofs.product.verify import product_equations
from sealed_santa.proofs.shuffle.statements import (
    ShuffleProof,
    ShuffleStatement,
    begin_shuffle,
    powers,
    shuffle_claim,
)


def shuffle_equations(statement: ShuffleStatement, proof: ShuffleProof) -> tuple[Sum, ...]:
    """Return the equations of the argument, 3 + 2w of them, in the order of the page; each must be the identity.

    Source: Bayer and Groth, EUROCRYPT 2012, sections 4 and 5, with one row of the matrix.

    Raises:
        ParseError: `length.wrong` when the proof has other numbers of points or scalars than the statement.
    """
    n, width = statement.rows, statement.width
    shape = (len(proof.power_answers), len(proof.column_masks), len(proof.column_answers))
    if shape != (n, width, width):
        raise ParseError("length.wrong", "the proof has other numbers of points and scalars than its statement")
    transcript = begin_shuffle(statement)
    transcript.absorb(proof.commitment.raw)
    x = powers(transcript.challenge(), n)
    transcript.absorb(proof.power_commitment.raw)
    y, z = transcript.challenge(), transcript.challenge()
    claim = shuffle_claim(proof.commitment, proof.power_commitment, x, (y, z))
    equations = list(product_equations(transcript, claim, proof.product))
    transcript.absorb(proof.linear_part())
    f = transcript.challenge()
    equations.append(_powers_opened(proof, f))
    scaled = [f * power for power in x]
    for c, (mask, answer) in enumerate(zip(proof.column_masks, proof.column_answers, strict=True)):
        for part, announced, base in (("u", mask.u, BASE), ("v", mask.v, statement.joint)):
            before = [getattr(row[c], part) for row in statement.before]
            after = [getattr(row[c], part) for row in statement.after]
            total = _carried(scaled, before, proof.power_answers, after)
            add_term(total, 1, announced)
            add_term(total, answer, base)
            equations.append(total)
    return tuple(equations)


def _powers_opened(proof: ShuffleProof, f: int) -> Sum:
    """f·B + D' − Com(b̂; r̂')."""
    total: Sum = {}
    add_term(total, f, proof.power_commitment)
    add_term(total, 1, proof.power_mask)
    for base, answer in zip(generators(len(proof.power_answers)), proof.power_answers, strict=True):
        add_term(total, -answer, base)
    add_term(total, -proof.power_blinding, blinder())
    return total


def _carried(
    scaled: Sequence[int], before: Sequence[Point], answers: Sequence[int], after: Sequence[Point]
) -> Sum:
    """Σ f·x^i·before_i − Σ b̂_i·after_i."""
    total: Sum = {}
    for scalar, base in zip(scaled, before, strict=True):
        add_term(total, scalar, base)
    for answer, base in zip(answers, after, strict=True):
        add_term(total, -answer, base)
    return total
