"""The draw: a derangement, each as likely as any other."""

from collections import Counter
from itertools import permutations, product
from math import prod

import pytest

from classic.cases import chance, wheel
from sealed_santa.classic.draw import derangement


class Again(Exception):
    """The first shuffle was thrown away."""


@pytest.mark.parametrize("count", [2, 3, 4, 5])
def test_every_derangement_comes_from_exactly_one_shuffle(count):
    """Over all values of the source, each shuffle comes once; so those that are kept are uniform, exactly."""
    found = Counter()
    thrown = 0
    for numbers in product(*(range(i + 1) for i in range(count - 1, 0, -1))):
        rest = list(numbers)

        def source(n, rest=rest):
            if not rest:
                raise Again
            return rest.pop(0)

        try:
            found[derangement(count, source)] += 1
        except Again:
            thrown += 1
    wanted = {p for p in permutations(range(count)) if all(a != b for a, b in enumerate(p))}
    assert found == Counter(wanted)
    assert thrown + len(wanted) == prod(range(2, count + 1))


def test_after_a_thrown_shuffle_the_next_is_fresh():
    draws = Counter(derangement(4, chance(k)) for k in range(9000))
    assert len(draws) == 9
    assert sum((n - 1000) ** 2 / 1000 for n in draws.values()) < 31.8  # chi-square, 8 degrees: once in 10,000


def test_the_source_is_asked_for_no_more_than_there_is():
    asked = []

    def source(n):
        asked.append(n)
        return 0

    assert derangement(5, source) == (1, 2, 3, 4, 0)
    assert asked == [5, 4, 3, 2]


@pytest.mark.parametrize("count", [-1, 0, 1])
def test_fewer_than_two_cannot_be_deranged(count):
    with pytest.raises(ValueError, match="two"):
        derangement(count, wheel)


@pytest.mark.parametrize("count", [2, 3, 10, 64, 500])
def test_nobody_gives_to_himself(count):
    order = derangement(count, chance(count))
    assert sorted(order) == list(range(count))
    assert all(a != b for a, b in enumerate(order))
