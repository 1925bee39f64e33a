"""Many equations as one sum: what is wrong is found and named, and weights leave no room."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

import pytest

from blind_proof_cases import NO_POINTS, nonce
from proof_reference import frame
from sealed_santa.base.errors import PEER, UNKNOWN, Blame, ParseError, ProofError
from sealed_santa.crypto.group import BASE, IDENTITY, ORDER, Point, generator
from sealed_santa.proofs.equations import (
    Equation,
    Sum,
    Weights,
    add_term,
    check,
    derived_weights,
    holds,
    weighted_sum,
)

POINTS = [k * BASE for k in range(2, 6)]


def right(k: int) -> Equation:
    """k·P − (k·p)·G = 0."""
    return Equation({POINTS[k % 4]: k + 1, BASE: -(k + 1) * (k % 4 + 2)}, f"code {k}", f"message {k}")


def off_by(equation: Equation, scalar: int, base: Point = BASE) -> Equation:
    total = dict(equation.sum)
    add_term(total, scalar, base)
    return Equation(total, equation.code, equation.message)


def refused(equations: list[Equation], weights: Weights | None = None, blame: Blame = UNKNOWN) -> ProofError:
    with pytest.raises(ProofError) as caught:
        check(equations, weights, blame)
    return caught.value


def test_right_equations_pass_with_any_weights() -> None:
    equations = [right(k) for k in range(6)]
    check(equations)
    check(equations, nonce(3))
    check([])


def test_the_first_that_is_wrong_is_named_with_its_message_and_the_blame() -> None:
    equations = [right(k) for k in range(5)]
    equations[2], equations[4] = off_by(equations[2], 1), off_by(equations[4], 5)
    for weights in (None, nonce(1)):
        error = refused(equations, weights, PEER)
        assert (error.code, error.message, error.blame) == ("code 2", "message 2", PEER)
    assert refused(equations).blame == UNKNOWN


@pytest.mark.parametrize("name", [name for name in NO_POINTS if name != "identity"])
@pytest.mark.parametrize("scalar", [0, 1, ORDER, ORDER - 1, 2**128])
def test_a_base_that_is_no_point_is_found_with_any_scalar(name: str, scalar: int) -> None:
    equations = [right(0), Equation({**right(1).sum, Point(NO_POINTS[name]): scalar}, "here", "m"), right(2)]
    assert refused(equations).code == "here"
    with pytest.raises(ParseError):
        holds(equations[1].sum)


def test_equal_bases_are_merged_and_none_is_lost() -> None:
    equations = [right(0), right(4), off_by(right(1), 0, generator(1))]
    total = weighted_sum(equations, lambda length: (1).to_bytes(16, "little") * (length // 16))
    assert total == {POINTS[0]: 1 + 5, POINTS[1]: 2, BASE: -2 - 10 - 6, generator(1): 0}


def test_the_identity_is_a_base_like_any_other() -> None:
    check([Equation({IDENTITY: 5}, "c", "m"), right(1)])
    assert refused([Equation({IDENTITY: 5, BASE: 1}, "c", "m")]).code == "c"


def by_count(equations: list[Equation]) -> Weights:
    """Weights that only depend on how many equations there are."""
    return lambda length: hashlib.shake_256(bytes([len(equations)])).digest(length)


def test_attack_errors_cancel_under_weights_that_are_known_before() -> None:
    weights = by_count([right(0), right(1)])(32)
    first, second = (int.from_bytes(weights[i : i + 16], "little") for i in (0, 16))
    wrong = [off_by(right(0), second), off_by(right(1), -first)]
    check([right(0), right(1)], by_count(wrong))
    check(wrong, by_count(wrong))  # the weak verifier sees nothing
    assert refused(wrong).code == "code 0"
    assert refused(wrong, nonce(7)).code == "code 0"


def test_attack_errors_cancel_without_weights() -> None:
    ones: Weights = lambda length: (1).to_bytes(16, "little") * (length // 16)  # noqa: E731
    wrong = [off_by(right(0), 1), off_by(right(1), -1)]
    check(wrong, ones)
    assert refused(wrong).code == "code 0"


# --- the default weights ------------------------------------------------------------------------


def test_default_weights_are_a_hash_over_every_term() -> None:
    equations = [right(0), right(1)]
    label = "sealed-santa/1/proof-weights"
    flat = [
        b"".join(base.raw + (scalar % ORDER).to_bytes(32, "little") for base, scalar in e.sum.items())
        for e in equations
    ]
    digest = hashlib.sha256(frame(label, *flat)).digest()
    whole = hashlib.shake_256(frame(label, digest)).digest(64)
    weights = derived_weights(equations)
    assert weights(16) + weights(16) + weights(32) == whole


CHANGES: list[Callable[[Sum], Sum]] = [
    lambda s: {base: scalar + (base == BASE) for base, scalar in s.items()},
    lambda s: {**s, generator(2): 0},
    lambda s: dict(reversed(s.items())),
    lambda s: {base: scalar for base, scalar in s.items() if base != BASE},
]


@pytest.mark.parametrize("change", range(4))
def test_any_change_of_a_term_changes_all_default_weights(change: int) -> None:
    equations = [right(0), right(1)]
    other = [right(0), Equation(CHANGES[change](right(1).sum), "c", "m")]
    before, after = derived_weights(equations)(32), derived_weights(other)(32)
    assert before[:16] != after[:16]
    assert before[16:] != after[16:]


def test_what_an_equation_says_of_itself_does_not_change_them() -> None:
    e = right(0)
    assert derived_weights([e])(16) == derived_weights([Equation(e.sum, "other", "words")])(16)


def test_a_scalar_counts_by_its_value() -> None:
    shifted = Equation({base: scalar + ORDER for base, scalar in right(0).sum.items()}, "c", "m")
    assert derived_weights([right(0)])(16) == derived_weights([shifted])(16)
    check([shifted])
