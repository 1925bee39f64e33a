"""How many assignments exclusions permit, counted exactly while that is cheap. Advice, as odds.py.

How many there are follows from the rook numbers r_k of the forbidden board (the ways to choose k forbidden
pairs, no two in a row or column) by inclusion and exclusion: Σ_k (−1)^k·r_k·(n−k)!  (Riordan 1958, ch. 7).
The board falls apart into components (single people, households, chains of last year's pairs), whose rook
polynomials are multiplied. What a count costs is added up before it is done, and one that is too dear is not begun:
the number of steps is not enough for that, as each step adds numbers of thousands of digits.
"""

from __future__ import annotations

import heapq
import math
from collections import Counter
from collections.abc import Sequence
from typing import Final

MAX_WORK: Final = 150_000_000  # nanoseconds of an ordinary machine, by our estimate; any game of 12 stays below

Pairs = Sequence[tuple[int, int]]


class _TooMuch(Exception):
    """An exact count would take too long."""


class _Work:
    """Adds up what an exact count costs."""

    __slots__ = ("_left",)

    def __init__(self) -> None:
        self._left = MAX_WORK

    def spend(self, cost: float) -> None:
        """Take what the next step costs from what is left, or raise `_TooMuch`."""
        self._left -= int(cost)
        if self._left < 0:
            raise _TooMuch


def permitted_assignments(n: int, forbidden: Pairs) -> int | None:
    """Return how many permutations of 1..n avoid E, or None if E is too interwoven for an exact count."""
    try:
        board = _rook_board(forbidden, _Work())
    except _TooMuch:
        return None
    count = 0  # by Horner's rule: (n − k)! is (n − k)·(n − k − 1)!
    for k, rooks in enumerate(board):
        count = count * (n - k + 1) + (-rooks if k % 2 else rooks)
    return count * math.factorial(n - len(board) + 1)


def _rook_board(forbidden: Pairs, work: _Work) -> list[int]:
    """Return the rook numbers of the whole board, without zeros at the end."""
    shapes: Counter[tuple[tuple[int, ...], ...]] = Counter()
    households: Counter[int] = Counter()
    columns_of, rows_of = board_of(forbidden)
    done: set[int] = set()
    for start in columns_of:
        if start in done:
            continue
        component = _component(start, columns_of, rows_of)
        done |= component
        size, columns = len(component), {j for i in component for j in columns_of[i]}
        if len(columns) == size and all(len(columns_of[i]) == size for i in component):  # a full square
            households[size] += 1
            continue
        order = _narrow_order(start, columns_of, rows_of)
        number: dict[int, int] = {}
        shapes[tuple(tuple(number.setdefault(j, len(number)) for j in columns_of[i]) for i in order)] += 1
    factors: list[list[int]] = []
    for size, times in households.items():
        numbers = [math.comb(size, k) ** 2 * math.factorial(k) for k in range(size + 1)]
        factors.append(_power(numbers, times, work))
    for rows, times in shapes.items():
        factors.append(_power(_rook_numbers(rows, work), times, work))
    heap = [(len(f), k, f) for k, f in enumerate(factors)]  # the shortest first: two long ones are multiplied once
    heapq.heapify(heap)
    while len(heap) > 1:
        (_, k, a), (_, _, b) = heapq.heappop(heap), heapq.heappop(heap)
        product = _multiply(a, b, work)
        heapq.heappush(heap, (len(product), k, product))
    return heap[0][2] if heap else [1]


def board_of(forbidden: Pairs) -> tuple[dict[int, list[int]], dict[int, list[int]]]:
    """Return the columns of each row and the rows of each column."""
    columns_of: dict[int, list[int]] = {}
    rows_of: dict[int, list[int]] = {}
    for i, j in forbidden:
        columns_of.setdefault(i, []).append(j)
        rows_of.setdefault(j, []).append(i)
    return columns_of, rows_of


def _component(start: int, columns_of: dict[int, list[int]], rows_of: dict[int, list[int]]) -> set[int]:
    """Return the rows that hang together with a row through shared columns."""
    rows, columns, stack = {start}, set[int](), [start]
    while stack:
        for j in columns_of[stack.pop()]:
            if j not in columns:
                columns.add(j)
                new = [i for i in rows_of[j] if i not in rows]
                rows.update(new)
                stack += new
    return rows


def _narrow_order(start: int, columns_of: dict[int, list[int]], rows_of: dict[int, list[int]]) -> list[int]:
    """Return the rows of a component so that few columns are open at once.

    A column is open from its first row to its last. Next comes whoever opens fewest new ones.
    """
    order: list[int] = []
    seen, placed = set[int](), set[int]()
    fresh = {start: len(columns_of[start])}  # how many columns a row would open
    heap = [(fresh[start], start)]
    while heap:
        opens, row = heapq.heappop(heap)
        if row in placed or opens != fresh[row]:
            continue  # it stands in the heap again, with the number that is true now
        order.append(row)
        placed.add(row)
        for j in columns_of[row]:
            if j in seen:
                continue
            seen.add(j)
            for i in rows_of[j]:
                fresh[i] = fresh.get(i, len(columns_of[i])) - 1
                if i not in placed:
                    heapq.heappush(heap, (fresh[i], i))
    return order


def _rook_numbers(rows: tuple[tuple[int, ...], ...], work: _Work) -> list[int]:
    """Return r_0, r_1, … of a component: for each row its columns, numbered from 0, rows in a narrow order.

    Counts row by row, for every set of taken columns among the open ones. The numbers of ways by number of rooks
    are kept in one integer, a slot of `width` bits each; a step costs its own time and that of the bytes it adds.
    """
    width = 1 + sum((len(columns) + 1).bit_length() for columns in rows)
    last = {j: k for k, columns in enumerate(rows) for j in columns}
    opened, closed = set[int](), 0
    for k, columns in enumerate(rows):
        opened.update(columns)
        wide = len(opened) - closed
        work.spend((len(columns) + 1 << min(wide, 40)) * (150 + (k + 2) * width // 8))
        closed += sum(last[j] == k for j in columns)
    states = {0: 1}
    for k, columns in enumerate(rows):
        open_still = ~sum(1 << j for j in columns if last[j] == k)
        following: dict[int, int] = {}
        for taken, ways in states.items():
            key = taken & open_still
            following[key] = following.get(key, 0) + ways
            for j in columns:
                if not taken >> j & 1:
                    key = (taken | 1 << j) & open_still
                    following[key] = following.get(key, 0) + (ways << width)
        states = following
    slot = (1 << width) - 1
    return [states[0] >> k * width & slot for k in range(states[0].bit_length() // width + 1)]


def _power(polynomial: list[int], exponent: int, work: _Work) -> list[int]:
    result = [1]
    while exponent:
        if exponent & 1:
            result = _multiply(result, polynomial, work)
        exponent >>= 1
        polynomial = _multiply(polynomial, polynomial, work) if exponent else polynomial
    return result


def _multiply(a: list[int], b: list[int], work: _Work) -> list[int]:
    """Multiply polynomials with coefficients ≥ 0 by packing each into one integer, which Python multiplies fast."""
    width = max(a).bit_length() + max(b).bit_length() + min(len(a), len(b)).bit_length()
    size = width // 8 + 1
    short, long = sorted((len(a) * size / 4 + 1, len(b) * size / 4 + 1))
    length = len(a) + len(b) - 1
    work.spend(5 * long * short**0.585 + length * (200 + size))  # Karatsuba, and the packing
    packed = [int.from_bytes(b"".join(c.to_bytes(size, "little") for c in p), "little") for p in (a, b)]
    raw = (packed[0] * packed[1]).to_bytes(size * length, "little")
    return [int.from_bytes(raw[k : k + size], "little") for k in range(0, size * length, size)]
