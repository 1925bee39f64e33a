"""The odds against brute force on small boards, and E against its definition."""

import itertools
import math

from hypothesis import given, settings
from hypothesis import strategies as st

from sealed_santa.base.errors import UsageError
from sealed_santa.game import odds
from sealed_santa.game.exclusions import Exclusions, parse_exclusion_file, parse_exclusion_option, resolve
from sealed_santa.game.odds import chance, feasible, hidden


@st.composite
def boards(draw, most=6):
    n = draw(st.integers(1, most))
    cells = [(i, j) for i in range(1, n + 1) for j in range(1, n + 1)]
    extra = draw(st.sets(st.sampled_from(cells), max_size=n * n))
    diagonal = {(i, i) for i in range(1, n + 1)} if draw(st.booleans()) else set()
    return n, tuple(sorted(extra | diagonal))


def permitted(n, forbidden):
    bad = set(forbidden)
    everyone = itertools.permutations(range(1, n + 1))
    return [p for p in everyone if not any((i, j) in bad for i, j in enumerate(p, 1))]


def refusal(n, forbidden, names=()):
    try:
        feasible(n, forbidden, names)
    except UsageError as e:
        return e
    return None


@given(boards())
def test_the_exact_chance_is_that_of_brute_force(board):
    n, forbidden = board
    found = chance(n, forbidden)
    assert found.exact
    assert found.value == len(permitted(n, forbidden)) / math.factorial(n)


@given(boards(most=5))
@settings(max_examples=25)
def test_the_sampled_chance_is_near_that_of_brute_force(board):
    n, forbidden = board
    weights = list(odds._sampled_weights(n, forbidden, 2000, b"fixed"))
    exact = len(permitted(n, forbidden)) / math.factorial(n)
    mean = sum(weights) / len(weights)
    spread = math.sqrt(sum((w - mean) ** 2 for w in weights) / len(weights) / (len(weights) - 1))
    assert abs(mean - exact) <= 6 * spread + 1e-9


@given(boards())
def test_feasible_agrees_with_brute_force_and_its_reason_is_one(board):
    n, forbidden = board
    error = refusal(n, forbidden)
    assert (error is None) == bool(permitted(n, forbidden))
    if error is not None:
        assert error.code == "exclusions.impossible"
        people, partners, receiving = understood(error.message)
        bad = {(j, i) for i, j in forbidden} if receiving else set(forbidden)
        rows = {i: {j for j in range(1, n + 1) if (i, j) not in bad} for i in range(1, n + 1)}
        assert set().union(*(rows[i] for i in people)) == partners
        assert len(partners) < len(people)
        for smaller in itertools.combinations(people, len(people) - 1):  # and no one in it is there for nothing
            assert not smaller or len(set().union(*(rows[i] for i in smaller))) >= len(smaller)


def understood(message):
    """Read (people, partners, whether they receive) back from a message with numbers for names."""
    text = message.removeprefix("no draw is possible: ")
    if "nobody" in text:
        return numbers(text), set(), text.startswith("nobody")
    receiving = "can only receive from" in text
    people, partners = text.split("can only receive from" if receiving else "can only give to")
    return numbers(people), numbers(partners), receiving


def numbers(text):
    return {int(word.strip(",")) for word in text.split() if word.strip(",").isdigit()}


@given(boards())
def test_the_report_agrees_with_brute_force(board):
    n, forbidden = board
    assignments = permitted(n, forbidden)
    if not assignments:
        assert refusal(n, forbidden) is not None
        return
    found = hidden(n, forbidden)
    santas = [{p.index(j) + 1 for p in assignments} for j in range(1, n + 1)]
    assert found.santas == tuple(map(len, santas))
    assert found.forced == tuple((j, min(who)) for j, who in enumerate(santas, 1) if len(who) == 1)
    assert found.assignments == len(assignments)


NAMES = st.lists(st.sampled_from("ABCDEFGH"), unique=True)


@given(NAMES, st.lists(NAMES), st.lists(st.tuples(*[st.sampled_from("ABCDEFGH")] * 2)))
def test_e_is_what_its_definition_says(names, groups, pairs):
    found = resolve(Exclusions(tuple(map(tuple, groups)), tuple(pairs)), names)
    expected = []
    for i, a in enumerate(names, 1):
        for j, b in enumerate(names, 1):
            if i == j or any(a in group and b in group for group in groups) or (a, b) in pairs:
                expected.append((i, j))
    assert list(found) == expected


@given(st.text(st.sampled_from('ab,> "#\n\t\u202e\u00e9')))
def test_any_text_is_read_or_refused_with_a_code(text):
    for parse in (parse_exclusion_file, parse_exclusion_option):
        try:
            parse(text)
        except UsageError as e:
            if not e.code.startswith("exclusions."):
                raise
