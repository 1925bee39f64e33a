"""Check linear proofs (docs/protocol.md, sections 11.8 and 11.10 to 11.13).

Rules: knows nothing of how proofs are made. Announced points may be no points; whoever checks the
equations finds out, as each of them is multiplied.
"""

from __future__ import annotations

from sealed_santa.base.errors import ParseError
from sealed_santa.crypto.group import SIZE, claimed_points, decode_scalars
from sealed_santa.proofs.equations import Sum, add_term
from sealed_santa.proofs.linear.statements import LinearStatement, begin_linear, linear_size


def linear_equations(statement: LinearStatement, blob: bytes) -> tuple[Sum, ...]:
    """Return an equation for each relation, in order: Σ answer·coefficient·base − announced − e·target.

    Raises:
        ParseError: `length.wrong`; `point.invalid` for the identity; `scalar.not-canonical`.
    """
    size, split = linear_size(statement), SIZE * statement.announced
    if len(blob) != size:
        raise ParseError("length.wrong", f"this proof has {size} bytes, not {len(blob)}")
    announced = claimed_points(blob[:split], statement.announced)
    answers = decode_scalars(blob[split:], statement.witnesses)
    transcript, relations = begin_linear(statement)
    transcript.absorb(blob[:split])
    e = transcript.challenge()
    equations = []
    for relation, point in zip(relations, announced, strict=True):
        total: Sum = {}
        for i, coefficient, base in relation.terms:
            add_term(total, answers[i] * coefficient, base)
        add_term(total, -1, point)
        for scalar, base in relation.target:
            add_term(total, -e * scalar, base)
        equations.append(total)
    return tuple(equations)
