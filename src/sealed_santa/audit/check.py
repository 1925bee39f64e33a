"""One check of an audit, as a value (docs/protocol.md, section 10.2)."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Check:
    """One check: its number, what it says to people, and which codes fail it."""

    id: str
    title: str
    section: str  #: of docs/protocol.md
    meaning: str  #: what is known when it passed
    does_not_prove: str
    about: frozenset[str] = frozenset()
    codes: tuple[str, ...] = ()


def make_check(number: str, title: str, section: str, about: str, codes: str, meaning: str, limit: str) -> Check:
    """Return a check; topics and codes are lists of words."""
    return Check(number, title, section, meaning, limit, frozenset(about.split()), tuple(codes.split()))
