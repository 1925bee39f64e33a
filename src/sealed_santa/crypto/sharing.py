"""Feldman's verifiable secret sharing (docs/protocol.md, section 11.4; Feldman, FOCS 1987).

A dealer's polynomial f of degree t − 1 gives index j the share f(j); A_m = a_m·G commits to each
coefficient, so that every share can be checked. Any t shares give f(0) by Lagrange's interpolation.

Rules: indices count from 1; index 0 would be the secret itself. What it does not do: it says nothing
of who dealt (rogue keys are kept out by a proof of possession), and adds up no dealers.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache

from sealed_santa.base.errors import ParseError, VerificationError
from sealed_santa.crypto.group import BASE, ORDER, Point, combine, decode_scalar


def evaluate(coefficients: Sequence[int], index: int) -> int:
    """Return f(index) for the secret coefficients a_0, a_1, ...; a secret scalar."""
    _check_index(index)
    value = 0
    for coefficient in reversed(coefficients):
        value = (value * index + coefficient) % ORDER
    return value


def commit_polynomial(coefficients: Sequence[int]) -> tuple[Point, ...]:
    """Return A_m = a_m·G for the secret coefficients a_0, a_1, ..."""
    return tuple(coefficient * BASE for coefficient in coefficients)


def public_share(commitments: Sequence[Point], index: int) -> Point:
    """Return Σ index^m·A_m, which is f(index)·G. Commitments of several dealers may be added up before.

    Raises:
        ParseError: `point.invalid`, as `combine`.
    """
    _check_index(index)
    return combine((pow(index, m, ORDER), commitment) for m, commitment in enumerate(commitments))


def check_share(commitments: Sequence[Point], index: int, raw: bytes) -> int:
    """Return the scalar of a share of 32 bytes that fits the commitments; zero is a share like any other.

    Raises:
        VerificationError: `share.wrong` when it has another length, is no canonical scalar or does not fit.
    """
    try:
        share = decode_scalar(raw)
    except ParseError as e:
        raise VerificationError("share.wrong", f"a share is no scalar: {e.message}") from e
    if share * BASE != public_share(commitments, index):
        raise VerificationError("share.wrong", "a share does not fit the commitments to its polynomial")
    return share


def lagrange(indices: Iterable[int]) -> dict[int, int]:
    """Return λ_j = Π m/(m − j) over the other indices m, for each index j: f(0) = Σ λ_j·f(j).

    Raises:
        ValueError: for an index below 1, and for one that comes twice.
    """
    return dict(_lagrange(tuple(indices)))


@lru_cache(maxsize=64)  # the same few trustees open all ciphertexts of a batch
def _lagrange(indices: tuple[int, ...]) -> tuple[tuple[int, int], ...]:
    for index in indices:
        _check_index(index)
    if len(set(indices)) != len(indices):
        raise ValueError("an index comes twice")
    found = []
    for j in indices:
        above, below = 1, 1
        for m in indices:
            if m != j:
                above = above * m % ORDER
                below = below * (m - j) % ORDER
        found.append((j, above * pow(below, -1, ORDER) % ORDER))
    return tuple(found)


def _check_index(index: int) -> None:
    if not 0 < index < ORDER:
        raise ValueError("indices count from 1")
