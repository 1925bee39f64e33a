"""What can be said of a draw without any secret: permitted assignments, the best guess, its exact chance.

An assignment gives each giver 1..n another recipient, and avoids the forbidden pairs; the rules of every mode
make all of them equally likely. Whoever knows some pairs for certain has the assignments that fit them left, and
guesses for each giver the recipient that most of these have. All of it is counted, for a handful of players.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

Pairs = tuple[tuple[int, int], ...]

CONFIDENCE: Final = "99.9 %"
QUANTILE: Final = 3.2905  # of the normal distribution, for that confidence on both sides


def completions(n: int, forbidden: Pairs, known: Pairs = ()) -> tuple[tuple[int, ...], ...]:
    """Return all permitted assignments (recipient of 1, of 2, …) with the known pairs (giver, recipient) in them."""
    return _completions(n, tuple(sorted(forbidden)), tuple(sorted(known)))


@lru_cache(maxsize=4096)
def _completions(n: int, forbidden: Pairs, known: Pairs) -> tuple[tuple[int, ...], ...]:
    if not known:
        return tuple(_extend(n, frozenset(forbidden), ()))
    fixed = dict(known)
    return tuple(
        a for a in _completions(n, forbidden, known[:-1]) if a[known[-1][0] - 1] == fixed[known[-1][0]]
    )


def _extend(n: int, forbidden: frozenset[tuple[int, int]], begun: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
    giver = len(begun) + 1
    if giver > n:
        yield begun
        return
    for recipient in range(1, n + 1):
        if recipient not in begun and recipient != giver and (giver, recipient) not in forbidden:
            yield from _extend(n, forbidden, (*begun, recipient))


@lru_cache(maxsize=4096)
def likeliest(n: int, forbidden: Pairs, known: Pairs) -> tuple[tuple[int, ...], ...]:
    """Return for each giver the most likely recipients, several where they are equally likely."""
    left = completions(n, forbidden, known)
    best = []
    for giver in range(n):
        count = Counter(a[giver] for a in left)
        most = max(count.values(), default=0)
        best.append(tuple(sorted(r for r, times in count.items() if times == most)))
    return tuple(best)


@dataclass(frozen=True, slots=True)
class Chance:
    """Pure chance: the expected share of right guesses, and how many independent guesses a game is worth."""

    share: float
    trials: float


@lru_cache(maxsize=1024)
def pure_chance(
    n: int, forbidden: Pairs, givers: tuple[int, ...], santas: tuple[int, ...], asked: tuple[int, ...]
) -> Chance:
    """Return the exact chance of somebody to whom the rules tell some pairs, and nobody anything else.

    `givers` are those whose recipients it is told, `santas` those whose Santas, `asked` the givers that it is asked
    about. Ties are broken by lot.

    The guesses of one game hang together, so a game is worth fewer independent guesses than it has pairs, or more:
    the number is the one with which the share would vary as it does, and at most the number of pairs.
    """
    means, spreads = [], []
    for truth in completions(n, forbidden):
        known = [(g, truth[g - 1]) for g in givers] + [(truth.index(r) + 1, r) for r in santas]
        best = likeliest(n, forbidden, tuple(sorted(set(known))))
        hits = [1 / len(best[g - 1]) if truth[g - 1] in best[g - 1] else 0.0 for g in asked]
        means.append(sum(hits) / len(hits))
        spreads.append(sum(h * (1 - h) for h in hits) / len(hits) ** 2)
    share = math.fsum(means) / len(means)
    variance = math.fsum((m - share) ** 2 for m in means) / len(means) + math.fsum(spreads) / len(spreads)
    trials = share * (1 - share) / variance if variance > 1e-12 else 1.0
    return Chance(share, min(trials, float(len(asked))))


def wilson(share: float, trials: float, quantile: float = QUANTILE) -> tuple[float, float]:
    """Return the interval of Wilson (1927) for a share that was measured in so many independent trials."""
    square = quantile * quantile
    middle = (share + square / (2 * trials)) / (1 + square / trials)
    half = quantile / (1 + square / trials) * math.sqrt(share * (1 - share) / trials + square / (4 * trials * trials))
    return max(0.0, min(share, middle - half)), min(1.0, max(share, middle + half))


def as_pairs(known: Mapping[int, int]) -> Pairs:
    """Return a mapping as sorted pairs."""
    return tuple(sorted(known.items()))
