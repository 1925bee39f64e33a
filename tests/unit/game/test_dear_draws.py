"""Exclusions that are made to be dear: what it costs to weigh them is bounded, and what is said stays true."""

from __future__ import annotations

import random
import time
from collections.abc import Callable

import pytest

from game_cases import raises
from sealed_santa.base.errors import ParseError, UsageError
from sealed_santa.game import odds, rooks
from sealed_santa.game.admission import outlook
from sealed_santa.game.exclusions import check_exclusions, resolve
from sealed_santa.game.odds import chance, feasible
from sealed_santa.game.rooks import permitted_assignments
from sealed_santa.log.posts import Exclusions

LONG = 4.0  # seconds of processor time; each takes about half of one, and took from 10 to 100


def names(n: int) -> list[str]:
    return [f"p{i}" for i in range(n)]


def sliding(n: int, size: int) -> Exclusions:
    who = names(n)
    return Exclusions(groups=tuple(tuple(who[i : i + size]) for i in range(n - size + 1)), pairs=())


def with_diagonal(n: int, pairs: set[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    return tuple(sorted(pairs | {(i, i) for i in range(1, n + 1)}))


def spent(work: Callable[[], object]) -> float:
    start = time.process_time()
    work()
    return time.process_time() - start


def test_attack_sliding_groups_of_four_are_weighed_in_bounded_time() -> None:
    def weigh() -> None:
        with raises(UsageError, "exclusions.too-many-decks"):
            outlook(names(780), sliding(780, 4), 100_000)

    assert spent(weigh) < LONG


SHARED = {(i, j) for i in range(1, 41) for j in range(40, 1001)}  # 40 people may give to 39
DEAR = {
    "a chain": with_diagonal(1000, {(i, i + 1) for i in range(1, 1000)}),
    "a star": with_diagonal(1000, {(i, 1) for i in range(1, 999)}),
    "forty stars": with_diagonal(1000, {(i, 1 + i % 40) for i in range(1, 1001)}),
    "a tangle": resolve(sliding(1000, 9), names(1000)),
    "a dense tangle": with_diagonal(190, {(i, j) for i in range(1, 191) for j in range(1, 191) if (i - j) % 190 > 2}),
    "many households": tuple(
        (i, j) for i in range(1, 991) for j in range(1, 991) if (i - 1) // 11 == (j - 1) // 11
    ),
    "households of all sizes": tuple(
        (i, j) for k in range(1, 44) for i in range(k * (k - 1) // 2 + 1, k * (k + 1) // 2 + 1)
        for j in range(k * (k - 1) // 2 + 1, k * (k + 1) // 2 + 1)
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", DEAR)
def test_attack_dear_boards_are_weighed_in_bounded_time(what: str) -> None:
    board = DEAR[what]
    n = max(i for i, _ in board)

    def weigh() -> None:
        feasible(n, board)
        found = chance(n, board, samples=4000)
        assert 0 <= found.value < 1
        assert found.exact == (found.margin == 0) or found.value == 0

    assert spent(weigh) < LONG


def test_attack_people_with_few_partners_are_found_in_bounded_time() -> None:
    def refuse() -> None:
        with raises(UsageError, "exclusions.impossible"):
            feasible(1000, with_diagonal(1000, SHARED))
        with raises(UsageError, "exclusions.impossible"):
            feasible(1000, with_diagonal(1000, {(j, i) for i, j in SHARED}))
        feasible(1000, with_diagonal(1000, {(i, j) for i, j in SHARED if j != 40}))  # 40 partners for 40 people

    assert spent(refuse) < LONG


def test_attack_a_name_that_comes_twice_among_many_is_found_at_once() -> None:
    def refuse() -> None:
        with pytest.raises(ParseError) as e:
            check_exclusions([[*names(85_000), "p84999"]], [])
        assert e.value.code == "exclusions.group"
        assert "p84999" in e.value.message

    assert spent(refuse) < LONG


def test_the_cost_of_a_count_is_that_of_its_numbers() -> None:
    """The chain of 1000 has two columns open at a time: few steps, each with numbers of 200,000 bits."""
    assert permitted_assignments(1000, DEAR["a chain"]) is None
    assert permitted_assignments(100, tuple(p for p in DEAR["a chain"] if max(p) <= 100)) is not None


@pytest.mark.parametrize(("n", "size"), [(300, 2), (120, 3)])
def test_few_samples_of_a_large_game_are_near_the_count(monkeypatch: pytest.MonkeyPatch, n: int, size: int) -> None:
    board = resolve(sliding(n, size), names(n))
    monkeypatch.setattr(rooks, "MAX_WORK", 1 << 60)
    exact = chance(n, board)
    monkeypatch.setattr(rooks, "MAX_WORK", 0)
    found = chance(n, board, samples=4000, seed=b"seed")
    assert exact.exact
    assert not found.exact
    assert 0 < found.margin < 0.1 * exact.value
    assert abs(found.value - exact.value) <= found.margin


def test_samples_are_rationed_by_their_cost_and_two_are_always_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    taken = {n: len(list(odds._sampled_weights(n, with_diagonal(n, set()), 4000, b""))) for n in (10, 100, 1000)}
    assert taken[10] == 4000
    assert 2 < taken[1000] <= odds.MAX_TURNS // 1000 + 1 < taken[100] <= odds.MAX_TURNS // 100 + 1
    monkeypatch.setattr(odds, "MAX_TURNS", 10)
    assert len(list(odds._sampled_weights(50, ((1, 1),), 10, b""))) == 2


def test_the_order_of_a_count_loses_no_row() -> None:
    draw = random.Random(5)
    for _ in range(50):
        cells = {(draw.randint(1, 9), draw.randint(1, 9)) for _ in range(20)}
        columns_of, rows_of = rooks.board_of(sorted(cells))
        start = min(columns_of)
        order = rooks._narrow_order(start, columns_of, rows_of)
        assert sorted(order) == sorted(rooks._component(start, columns_of, rows_of))
