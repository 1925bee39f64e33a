"""The wall clock, in the one unit of the protocol."""

from __future__ import annotations

import time


def wall_clock() -> int:
    """Return the time in milliseconds since 1970-01-01T00:00:00Z."""
    return time.time_ns() // 1_000_000
