"""How often something came about, and what can be said of its chance (`assignments.wilson`).

Runs of the lab have fixed seeds, so a rate that is near its chance today is near it tomorrow.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sealed_santa.lab.assignments import wilson


@dataclass(frozen=True, slots=True)
class Rate:
    """So many hits in so many tries."""

    hits: int
    tries: int

    @property
    def share(self) -> float:
        """The hits as a part of the tries; 0 without tries."""
        return self.hits / self.tries if self.tries else 0.0

    @property
    def interval(self) -> tuple[float, float]:
        """The least and the greatest chance that go with this rate."""
        return wilson(self.share, self.tries) if self.tries else (0.0, 1.0)

    def near(self, chance: float) -> bool:
        """Whether this chance lies in the interval."""
        low, high = self.interval
        return low <= chance <= high

    def above(self, chance: float) -> bool:
        """Whether the whole interval lies above this chance."""
        return self.interval[0] > chance

    def __str__(self) -> str:
        low, high = self.interval
        return f"{percent(self.share)} ({self.hits} of {self.tries}; {percent(low)} to {percent(high)})"


def rate(outcomes: Iterable[bool]) -> Rate:
    """Return the rate of a row of outcomes."""
    seen = list(outcomes)
    return Rate(sum(seen), len(seen))


def percent(share: float) -> str:
    """Return a part of one as people write it."""
    return f"{100 * share:.1f} %"
