"""Blind draws are uniform over the permitted assignments, also after a bridge; and why a bridge has a condition.

Permutations are drawn by the trustees' real function (`PlayerSecrets.shuffle`) and composed as mixes
compose them; the first clean deck is taken as the rules take it. Whole games are checked, too, on a
smaller scale. Everything is seeded; a limit is passed by chance in one run of ten thousand.
"""

from __future__ import annotations

import hashlib
import math
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import cache
from itertools import permutations

import pytest

from blind_cases import THREE_DECKS, advance, at_batch, blind, blind_game, leaving, secret_pairs
from sealed_santa.game.batches import Kind
from sealed_santa.game.state import Phase
from sealed_santa.log.fields import Hash
from sealed_santa.log.posts import Exclusions
from sealed_santa.roles.secrets import PlayerSecrets

GAME = Hash(bytes(32))
Pairs = frozenset[tuple[int, int]]
Assignment = tuple[tuple[int, int], ...]
NOBODY: Pairs = frozenset()


def limit(degrees: int) -> float:
    """Return the value that chi-square passes with probability 1e-4 (Wilson and Hilferty 1931)."""
    spread = 2 / (9 * degrees)
    return degrees * (1 - spread + 3.719 * math.sqrt(spread)) ** 3


def chi_square(seen: Iterable[Assignment], cells: Sequence[Assignment]) -> float:
    counts = Counter(seen)
    assert set(counts) <= set(cells)
    expected = sum(counts.values()) / len(cells)
    return sum((counts[c] - expected) ** 2 / expected for c in cells)


def permitted(numbers: Sequence[int], forbidden: Pairs) -> list[Assignment]:
    """Return all assignments of these players without a forbidden pair, as sorted pairs."""
    found = (tuple(zip(numbers, order, strict=True)) for order in permutations(numbers))
    return [f for f in found if not any(g == r or (g, r) in forbidden for g, r in f)]


def orders(text: str, k: int, batch: int, rows: int) -> tuple[int, ...]:
    """Return the composition of two trustees' permutations, one of them the same in all games."""
    at = tuple(range(1, rows + 1))
    for name in ("fixed", f"{text} {k}"):
        secrets = PlayerSecrets(hashlib.sha256(name.encode()).digest(), GAME)
        at = tuple(at[place - 1] for place in secrets.shuffle(batch, 0, b"d" * 32, rows))
    return at


def cards(text: str, k: int, numbers: Sequence[int], forbidden: Pairs, first: int = 0) -> Assignment:
    """Draw as the trustees do: decks one after the other until one is clean."""
    for batch in range(first, first + 500):
        at = orders(text, k, batch, len(numbers))
        deal = tuple(zip(numbers, (numbers[place - 1] for place in at), strict=True))
        if not any(g == r or (g, r) in forbidden for g, r in deal):
            return deal
    raise LookupError("no clean deck")


def condition(numbers: Sequence[int], forbidden: Pairs, leaver: int) -> bool:
    """The condition of docs/protocol.md, section 11.7, spelt out a second time."""
    left = [n for n in numbers if n != leaver]
    return all(
        (g, r) in forbidden
        for g in left for r in left
        if g != r and (g, leaver) in forbidden and (leaver, r) in forbidden
    )  # fmt: skip


def after_leaving(text: str, k: int, numbers: Sequence[int], forbidden: Pairs, leaver: int, always: bool) -> Assignment:
    """Draw, let somebody leave, and repair: bridge where the condition holds (or always), and screen."""
    deal = dict(cards(text, k, numbers, forbidden))
    left = [n for n in numbers if n != leaver]
    if always or condition(numbers, forbidden, leaver):
        bridge = tuple((g, deal[leaver] if deal[g] == leaver else deal[g]) for g in left)
        if not any(g == r or (g, r) in forbidden for g, r in bridge):
            return bridge
    return cards(text, k, left, forbidden, 1000)


@pytest.mark.parametrize(
    ("count", "forbidden"),
    [(3, NOBODY), (4, NOBODY), (4, frozenset({(1, 2), (2, 1)})), (4, frozenset({(1, 2)})), (5, frozenset({(1, 2)}))],
)
def test_draws_are_uniform(count: int, forbidden: Pairs) -> None:
    numbers = range(1, count + 1)
    cells = permitted(numbers, forbidden)
    sample = [cards(f"draw {count} {sorted(forbidden)}", k, numbers, forbidden) for k in range(100 * len(cells))]
    assert chi_square(sample, cells) < limit(len(cells) - 1)


RULES: dict[str, Pairs] = {
    "nobody": NOBODY,
    "a couple with the leaver": frozenset({(1, 5), (5, 1)}),
    "a couple without the leaver": frozenset({(1, 2), (2, 1)}),
    "somebody may not give to the leaver": frozenset({(1, 5)}),
    "the leaver may not give to somebody": frozenset({(5, 1)}),
    "a chain that is closed": frozenset({(1, 5), (5, 2), (1, 2)}),
}


@pytest.mark.parametrize("rule", sorted(RULES))
def test_a_bridged_deal_is_uniform_where_the_condition_holds(rule: str) -> None:
    numbers, forbidden = range(1, 6), RULES[rule]
    assert condition(numbers, forbidden, 5)
    cells = permitted(range(1, 5), forbidden)
    sample = [after_leaving(f"bridge {rule}", k, numbers, forbidden, 5, False) for k in range(3000)]
    assert chi_square(sample, cells) < limit(len(cells) - 1)


CHAIN: Pairs = frozenset({(1, 5), (5, 2)})  # 1 may not give to 5 nor 5 to 2, and 1 may give to 2


def test_without_the_condition_a_bridge_would_be_biased() -> None:
    """Who gives to 2 in the end: fewer draws lead to 1 → 2 than to anybody else's giving, or more."""
    assert not condition(range(1, 6), CHAIN, 5)
    cells = permitted(range(1, 5), CHAIN)
    biased = [after_leaving("chain", k, range(1, 6), CHAIN, 5, True) for k in range(3000)]
    assert chi_square(biased, cells) > 2 * limit(len(cells) - 1)
    rules = [after_leaving("chain", k, range(1, 6), CHAIN, 5, False) for k in range(3000)]
    assert chi_square(rules, cells) < limit(len(cells) - 1)


def test_the_bias_of_the_chain_counted_exactly() -> None:
    """Each assignment that is left comes from as many draws as there are places for the leaver: not equally many."""
    for forbidden, equal in ((CHAIN, False), *((rule, True) for rule in RULES.values())):
        draws = permitted(range(1, 6), forbidden)
        ends: Counter[Assignment] = Counter()
        for draw in draws:
            deal = dict(draw)
            ends[tuple((g, deal[5] if deal[g] == 5 else deal[g]) for g in range(1, 5))] += 1
        counts = {ends[cell] for cell in permitted(range(1, 5), forbidden)}
        assert (len(counts) == 1) is equal, forbidden


@cache
def chain_rules(closed: bool) -> Exclusions:
    pairs = [("Ann", "Eve"), ("Eve", "Bob")]
    return Exclusions(groups=(), pairs=(*pairs, ("Ann", "Bob")) if closed else tuple(pairs))


@pytest.mark.parametrize(("closed", "kind"), [(False, Kind.CARDS), (True, Kind.BRIDGE)])
def test_the_rules_keep_to_the_condition(closed: bool, kind: Kind) -> None:
    names = ("Ann", "Bob", "Cem", "Dot", "Eve")
    game = blind_game(names, "chain", exclusions=chain_rules(closed)).start()
    advance(game, lambda s: s.phase is Phase.CHOOSING)
    leaving(game, "Eve")
    assert at_batch(kind)(game.state)


def test_the_limit_is_that_of_the_tables() -> None:
    for degrees, value in ((3, 21.11), (8, 31.83), (100, 161.3)):
        assert limit(degrees) == pytest.approx(value, rel=0.04)


def test_the_check_would_notice_a_small_bias() -> None:
    cells = permitted(range(1, 5), NOBODY)
    sample = [cells[0] if k % 12 == 0 else cards("bias", k, range(1, 5), NOBODY) for k in range(4000)]
    assert chi_square(sample, cells) > limit(len(cells) - 1)


@pytest.mark.slow
def test_whole_games_are_uniform() -> None:
    """With real mixes and proofs; three players have two assignments, four have nine."""
    for names, games in ((("Ann", "Bob", "Cem"), 80), (("Ann", "Bob", "Cem", "Dot"), 180)):
        cells, sample = permitted(range(1, len(names) + 1), NOBODY), []
        for k in range(games):
            game = blind_game(names, f"whole {k}", blind=THREE_DECKS).start()
            advance(game, lambda s: s.phase is Phase.CHOOSING)
            sample.append(tuple(sorted(secret_pairs(game).items())))
        assert chi_square(sample, cells) < limit(len(cells) - 1)
        assert blind(game).deals == 1
