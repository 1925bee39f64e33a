"""Shares of a secret: they fit their commitments, t of them give it back, fewer do not."""

from __future__ import annotations

import random
from itertools import combinations

import pytest

from sealed_santa.base.errors import ParseError, VerificationError
from sealed_santa.crypto.group import BASE, IDENTITY, ORDER, Point
from sealed_santa.crypto.sharing import check_share, commit_polynomial, evaluate, lagrange, public_share

K, T = 5, 4


def polynomial(seed: int, t: int = T) -> tuple[int, ...]:
    rng = random.Random(seed)
    return tuple(rng.randrange(ORDER) for _ in range(t))


def raw(share: int) -> bytes:
    return share.to_bytes(32, "little")


def refused(commitments: tuple[Point, ...], index: int, share: bytes) -> str:
    with pytest.raises(VerificationError) as caught:
        check_share(commitments, index, share)
    return caught.value.code


def test_a_share_is_the_polynomial_at_the_index() -> None:
    assert evaluate((5, 7, 11), 3) == 5 + 7 * 3 + 11 * 9
    assert evaluate((ORDER - 1, 1), 1) == 0
    assert evaluate((42,), 6) == 42


def test_every_share_fits_its_commitments() -> None:
    f = polynomial(1)
    commitments = commit_polynomial(f)
    assert len(commitments) == T
    for j in range(1, K + 1):
        assert public_share(commitments, j) == evaluate(f, j) * BASE
        assert check_share(commitments, j, raw(evaluate(f, j))) == evaluate(f, j)


def test_a_share_for_another_index_or_of_another_dealer_does_not_fit() -> None:
    f, other = polynomial(1), polynomial(2)
    for j in range(1, K + 1):
        for share in (evaluate(f, j % K + 1), evaluate(other, j), evaluate(f, j) + 1, ORDER - evaluate(f, j)):
            assert refused(commit_polynomial(f), j, raw(share % ORDER)) == "share.wrong"


def test_what_is_no_canonical_scalar_is_a_wrong_share() -> None:
    f = polynomial(3)
    share = evaluate(f, 2)
    for bad in (raw(share + ORDER), raw(share)[:-1], raw(share) + b"\0", b"", b"\xff" * 32):
        assert refused(commit_polynomial(f), 2, bad) == "share.wrong"


def test_a_share_of_zero_is_a_share_if_it_fits() -> None:
    f = (ORDER - 6, 1, 1)  # zero at 2
    assert check_share(commit_polynomial(f), 2, bytes(32)) == 0
    assert public_share(commit_polynomial(f), 2) == IDENTITY
    assert refused(commit_polynomial(f), 1, bytes(32)) == "share.wrong"
    assert refused(commit_polynomial(f), 2, raw(1)) == "share.wrong"


def test_commitments_may_be_added_up_before() -> None:
    f, g = polynomial(4), polynomial(5)
    total = [a + b for a, b in zip(commit_polynomial(f), commit_polynomial(g), strict=True)]
    assert public_share(total, 3) == (evaluate(f, 3) + evaluate(g, 3)) * BASE


def test_a_commitment_that_is_no_point_is_found() -> None:
    order_two = Point((2**255 - 20).to_bytes(32, "little"))
    mixed = Point((BASE + order_two).raw)
    for bad in (order_two, mixed, Point(bytes([2]) + bytes(31))):
        with pytest.raises(ParseError) as caught:
            public_share((BASE, bad), 2)
        assert caught.value.code == "point.invalid"


@pytest.mark.parametrize("index", [0, -1, ORDER])
def test_an_index_counts_from_one(index: int) -> None:
    with pytest.raises(ValueError, match="count from 1"):
        evaluate((1, 2), index)
    with pytest.raises(ValueError, match="count from 1"):
        public_share((BASE,), index)
    with pytest.raises(ValueError, match="count from 1"):
        lagrange([1, index])


def test_any_t_shares_give_the_secret_and_fewer_do_not() -> None:
    f = polynomial(6)
    shares = {j: evaluate(f, j) for j in range(1, K + 1)}
    for size in range(1, K + 1):
        for some in combinations(shares, size):
            found = sum(factor * shares[j] for j, factor in lagrange(some).items()) % ORDER
            assert (found == f[0]) is (size >= T)


def test_factors_are_those_of_the_formula() -> None:
    assert lagrange([1]) == {1: 1}
    assert lagrange([1, 2]) == {1: 2, 2: ORDER - 1}
    assert lagrange((3, 1)) == {3: -1 * pow(2, -1, ORDER) % ORDER, 1: 3 * pow(2, -1, ORDER) % ORDER}
    assert sum(lagrange(range(1, 8)).values()) % ORDER == 1


def test_an_index_counts_once() -> None:
    with pytest.raises(ValueError, match="twice"):
        lagrange([1, 2, 1])


def test_what_is_returned_can_be_changed_without_harm() -> None:
    lagrange([1, 2])[1] = 5
    assert lagrange([1, 2])[1] == 2
