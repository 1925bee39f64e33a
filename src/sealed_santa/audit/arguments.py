"""The parts of a deal, one by one (docs/protocol.md, sections 5.6 and 6).

The rules judge a deal as a whole and stop at the first thing that is wrong. An audit wants to know
about each part; this asks the same verifiers for each argument on its own.
"""

from __future__ import annotations

from typing import Final

from sealed_santa.base.errors import ProofError
from sealed_santa.crypto.group import SIZE, decode_points
from sealed_santa.game.draw import statements
from sealed_santa.game.state import State
from sealed_santa.log.posts import Deal
from sealed_santa.proofs.equations import holds
from sealed_santa.proofs.product.statements import (
    begin_exclusion,
    begin_permutation,
    exclusion_shape,
    parse_proof,
    permutation_shape,
)
from sealed_santa.proofs.product.verify import Opening, product_equations, verify_openings

EQUATIONS: Final = frozenset({"deal.opening.wrong", "deal.permutation.wrong", "deal.exclusion.wrong"})


def broken_parts(state: State, body: Deal) -> tuple[str, ...]:
    """Return the codes of all parts of a deal whose equations do not hold, in the order of the checks.

    For a deal that the rules refused with one of `EQUATIONS`; its form has been found right. About as
    much work as judging it.
    """
    broken = []
    n = len(state.players)
    commitments = state.deck.commitments if state.deck is not None else b""
    points = decode_points(commitments, len(commitments) // SIZE)
    opened = [Opening(t, points[t], key) for t, key in enumerate(body.openings.units())]
    try:
        verify_openings(opened, n)
    except ProofError as e:
        broken.append(e.code)
    if not body.cards:
        return tuple(broken)
    permutation, exclusion = statements(state, state.joint_seed(), body.deck, body.cards)
    parts = (
        ("deal.permutation.wrong", *begin_permutation(permutation), body.permutation, permutation_shape(n)),
        ("deal.exclusion.wrong", *begin_exclusion(exclusion), body.exclusion, exclusion_shape(len(exclusion.forms))),
    )
    for code, transcript, claim, blob, shape in parts:
        if not all(holds(equation) for equation in product_equations(transcript, claim, parse_proof(blob, shape))):
            broken.append(code)
    return tuple(broken)
