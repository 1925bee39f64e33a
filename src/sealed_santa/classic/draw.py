"""Who gives to whom: a uniform derangement. Randomness is an argument: `chance(n)` is uniform in 0 … n - 1."""

from __future__ import annotations

from collections.abc import Callable

Chance = Callable[[int], int]


def derangement(count: int, chance: Chance) -> tuple[int, ...]:
    """Return a uniform permutation of 0 … count - 1 without fixed points; count is 2 or more.

    Whole shuffles are thrown away until one has no fixed point, which leaves each derangement equally likely;
    that takes e = 2.72 shuffles on average. To mend a bad shuffle instead would make some of them likelier.
    """
    if count < 2:
        raise ValueError("fewer than two cannot be deranged")
    while True:
        order = _shuffled(count, chance)
        if all(place != value for place, value in enumerate(order)):
            return order


def _shuffled(count: int, chance: Chance) -> tuple[int, ...]:
    """Return a uniform permutation (Fisher and Yates)."""
    order = list(range(count))
    for i in range(count - 1, 0, -1):
        j = chance(i + 1)
        order[i], order[j] = order[j], order[i]
    return tuple(order)
