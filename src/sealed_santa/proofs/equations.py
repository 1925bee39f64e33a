"""Equations between points, and how many of them are checked at once (docs/protocol.md, section 6.5).

An equation is a sum that must be the identity. Many are checked as one sum with a random weight of
128 bits for each, with equal bases merged; only when that fails are they looked at one by one, to
say which is wrong.

Rules: weights must not be foreseeable while anything in the equations can still be chosen; known
before, they let wrong equations cancel. Every base is multiplied, and so checked, also with scalar 0.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from sealed_santa.base.errors import UNKNOWN, Blame, ParseError, ProofError
from sealed_santa.base.labels import Label
from sealed_santa.crypto.group import IDENTITY, ORDER, SIZE, Point, combine
from sealed_santa.crypto.hashing import expand, tagged_hash

WEIGHT_SIZE: Final = 16

Sum = dict[Point, int]  # base -> scalar, not reduced; equal bases are merged
Weights = Callable[[int], bytes]  # a length -> so many bytes


@dataclass(frozen=True, slots=True)
class Equation:
    """A sum that must be the identity, and what to say when it is not."""

    sum: Sum
    code: str
    message: str


def add_term(total: Sum, scalar: int, base: Point) -> None:
    """Add scalar·base to a sum."""
    total[base] = total.get(base, 0) + scalar


def holds(equation: Sum) -> bool:
    """Return whether a sum is the identity.

    Raises:
        ParseError: `point.invalid`, as `combine`.
    """
    return combine((scalar, base) for base, scalar in equation.items()) == IDENTITY


def check(equations: Sequence[Equation], weights: Weights | None = None, blame: Blame = UNKNOWN) -> None:
    """Check all equations, as one sum with a weight of 16 bytes for each.

    `weights(length)` gives unforeseeable bytes, as os.urandom does; without it they are `derived_weights`.
    An equation with a base that is no valid point (one of `claimed_points`) is wrong.

    Raises:
        ProofError: with code and message of the first equation that is wrong, and the blame given.
    """
    try:
        if holds(weighted_sum(equations, weights or derived_weights(equations))):
            return
    except ParseError:  # the equation with this point is found below
        pass
    refuse_wrong(equations, blame)


def weighted_sum(equations: Sequence[Equation], weights: Weights) -> Sum:
    """Return Σ weight·sum with equal bases merged."""
    stream = weights(WEIGHT_SIZE * len(equations))
    total: Sum = {}
    for i, equation in enumerate(equations):
        weight = int.from_bytes(stream[WEIGHT_SIZE * i : WEIGHT_SIZE * (i + 1)], "little")
        for base, scalar in equation.sum.items():
            total[base] = total.get(base, 0) + weight * scalar
    return total


def refuse_wrong(equations: Sequence[Equation], blame: Blame) -> None:
    """Look at the equations one by one.

    Raises:
        ProofError: with code and message of the first that is wrong or has a base that is no valid point.
    """
    for equation in equations:
        try:
            right = holds(equation.sum)
        except ParseError as e:
            raise ProofError(equation.code, f"{equation.message}: {e.message}", blame=blame) from e
        if not right:
            raise ProofError(equation.code, equation.message, blame=blame)


def derived_weights(equations: Sequence[Equation]) -> Weights:
    """Return weights that are a hash over all terms of all equations: a default without a random source.

    Answers are in it with everything else: no scalar of an equation can be changed under its weight.
    """
    return weights_from(tagged_hash(Label.PROOF_WEIGHTS, *(_encoded(equation.sum) for equation in equations)))


def weights_from(digest: bytes) -> Weights:
    """Return weights read one after the other from SHAKE256(pack(label, digest)), with a digest of 32 bytes."""
    read = 0

    def weights(length: int) -> bytes:
        nonlocal read
        start, read = read, read + length
        return expand(Label.PROOF_WEIGHTS, read, digest)[start:]

    return weights


def _encoded(equation: Sum) -> bytes:
    """Return base ‖ scalar for each term, 64 bytes a term."""
    return b"".join([base.raw + (scalar % ORDER).to_bytes(SIZE, "little") for base, scalar in equation.items()])
