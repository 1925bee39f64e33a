"""The third pass of an audit: the rules, entry by entry (docs/protocol.md, sections 5, 10.2 and 11).

The equations that the posts of a blind game must satisfy are gathered on the way, and checked in one
sum where the fold ends. Until then nothing is known: states behind a post that proves nothing may be
nonsense, and points may be none. So if the sum is not right, or anything at all goes
wrong on the way, all of it is forgotten, and the fold begins again with each post checked by itself.
What is found is then the same as without gathering, to the letter.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from sealed_santa.audit.arguments import EQUATIONS, broken_parts
from sealed_santa.audit.checks import BY_CODE
from sealed_santa.audit.checks_blind import BLIND_CHECKS
from sealed_santa.audit.findings import Finding
from sealed_santa.audit.sound import SERVER_PROVEN, finding_of
from sealed_santa.base.errors import ProofError, SantaError, UndecidedError
from sealed_santa.game.rules import Settle, apply
from sealed_santa.game.state import State
from sealed_santa.log.entry import Entry
from sealed_santa.log.posts import Deal
from sealed_santa.proofs.equations import Equation, check

MAX_TERMS: Final = 250_000  # gathered before a sum is checked, about 100 MB; ordinary games have fewer

_DEAL_ORDER: Final = ("A22", "A24", "A25", "A26")  # as the rules judge a deal; the equations come last
_EQUATION_CHECKS: Final = frozenset({"A23", "A27", "A28"})


@dataclass(frozen=True, slots=True)
class Following:
    """How far the rules could follow: `place` of the first entry that they did not accept, if any.

    `settled` are the checks that were decided about that very entry although it was not accepted.
    """

    state: State | None
    place: int
    findings: tuple[Finding, ...]
    settled: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class _Stop:
    """Where a fold ended, and the error that ended it, if the rules did."""

    state: State | None
    place: int
    error: SantaError | None = None


class _Doubt(Exception):
    """Gathered equations do not hold together."""


@dataclass(frozen=True, slots=True)
class _Gathered:
    """Equations that wait for their sum, and how many terms each post brought; emptied when it is checked."""

    equations: list[Equation] = field(default_factory=list)
    terms: list[int] = field(default_factory=list)

    def take(self, equations: tuple[Equation, ...]) -> None:
        """Keep the equations of one post; many are checked now, so that no log can fill the memory."""
        self.equations.extend(equations)
        self.terms.append(sum(len(equation.sum) for equation in equations))
        if sum(self.terms) > MAX_TERMS:
            self.settle()

    def settle(self) -> None:
        """Check everything that was gathered, as one sum.

        Raises:
            _Doubt: something in it does not hold.
        """
        try:
            check(self.equations)
        except ProofError as e:
            raise _Doubt from e
        self.equations.clear()
        self.terms.clear()


def follow(entries: Sequence[Entry | None], unsound: Collection[int | None], *, gather: bool = True) -> Following:
    """Apply the rules to each entry up to the first that is unsound or that they do not allow.

    `unsound` are the places of entries that an earlier pass found wrong. With gather=False every post is
    checked at once, which takes longer and finds the same.
    """
    stop = _gathered(entries, unsound) if gather else None
    if stop is None:
        stop = _fold(entries, unsound, check)
    state, place, error = stop.state, stop.place, stop.error
    entry = entries[place] if place < len(entries) else None
    if error is None or entry is None:
        return Following(state, place, _faults(state))
    if isinstance(error, UndecidedError):
        return Following(state, place, (*_faults(state), finding_of(error, place, error.blame)))
    found, settled = _broken(state, place, entry, error)
    return Following(state, place, (*_faults(state), *found), settled)


def _fold(entries: Sequence[Entry | None], unsound: Collection[int | None], settle: Settle) -> _Stop:
    state: State | None = None
    for place, entry in enumerate(entries):
        if entry is None or place in unsound:
            return _Stop(state, place)
        try:
            state = apply(state, entry.post, entry.at, entry.hash, settle)
        except SantaError as e:
            return _Stop(state, place, e)
    return _Stop(state, len(entries))


def _gathered(entries: Sequence[Entry | None], unsound: Collection[int | None]) -> _Stop | None:
    """Follow with the equations gathered; None if that says nothing, and each post must be looked at."""
    gathered = _Gathered()
    try:
        stop = _fold(entries, unsound, gathered.take)
        gathered.settle()  # also after an error: a wrong post before may be its reason, or it is as true as the sum
    except Exception:  # unproven values may break anything; what is true is found without them
        return None
    return stop


# --- what an entry that is refused says -----------------------------------------------------------


def _faults(state: State | None) -> tuple[Finding, ...]:
    faults = () if state is None else state.faults
    return tuple(Finding(BY_CODE[f.code].id, f.code, f.seq, f.message, f.blame) for f in faults)


def _broken(
    state: State | None, place: int, entry: Entry, error: SantaError
) -> tuple[tuple[Finding, ...], frozenset[str]]:
    """Return what is wrong with an entry that the rules refuse, and the checks that are settled about it.

    The server signed it and must have refused it: that is proof against the server.
    """
    check_id, body = BY_CODE[error.code].id, entry.post.body
    finding = finding_of(error, place, SERVER_PROVEN, f"entry {place}: {error.message}")
    settled = {"A14", "A15"} if check_id not in ("A06", "A14", "A15") else set()
    if error.code == "round.wrong":
        settled.add("A14")
    settled.update(_judged_before(check_id, str(body.__struct_config__.tag)))
    if not isinstance(body, Deal) or state is None:
        return (finding,), frozenset(settled)
    if check_id in _DEAL_ORDER:
        return (finding,), frozenset(settled.union(_DEAL_ORDER[: _DEAL_ORDER.index(check_id)]))
    if error.code not in EQUATIONS:
        return (finding,), frozenset(settled)
    codes = broken_parts(state, body)
    found = [finding] + [
        Finding(BY_CODE[code].id, code, place, f"entry {place}: so does another part of the deal", SERVER_PROVEN)
        for code in codes
        if code != error.code
    ]
    settled |= {*_DEAL_ORDER, *_EQUATION_CHECKS}
    if "deal.opening.wrong" in codes:
        settled.discard("A24")  # it was judged by decks that were not the committed ones
    return tuple(found), frozenset(settled)


def _judged_before(check_id: str, tag: str) -> Iterable[str]:
    """Return the checks of blind games that such a post had passed when this one failed; they stand in that order."""
    order = [c.id for c in BLIND_CHECKS if tag in c.about]
    return order[: order.index(check_id)] if check_id in order else ()
