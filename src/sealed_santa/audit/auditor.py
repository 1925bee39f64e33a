"""The audit: every check over a transcript, also after the first one that fails (docs/protocol.md, section 10).

Three passes: the form, line by line; what entries show by themselves (`sound`); the rules, by the fold
that every party runs, as far as the entries are sound. Faults that the log shows without ending the
game are findings as well. What lies behind the first unsound entry was not judged by the rules, and
the checks that it concerns could not be decided.

Rules: it needs the bytes and nothing else, never raises for what they hold, and reads no clock. It
does not judge on its own what a post may do: `game.rules` does.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final, cast

from sealed_santa.audit import facts
from sealed_santa.audit.arguments import EQUATIONS, broken_parts
from sealed_santa.audit.checks import BY_CODE, CHECKS, OVER, Check, topics_of
from sealed_santa.audit.findings import Finding, Report, Result, Status
from sealed_santa.audit.own import Identity, own_results
from sealed_santa.audit.sound import SERVER_PROVEN, SUSPECT, examine, finding_of
from sealed_santa.base.errors import SantaError, UndecidedError
from sealed_santa.game.rules import TABLES, apply
from sealed_santa.game.state import Phase, State
from sealed_santa.log.archive import split_transcript
from sealed_santa.log.entry import Entry, parse_entry
from sealed_santa.log.posts import Create, Deal

MAX_LISTED: Final = 25  # findings of one check in a report

_FORM: Final = frozenset({"A01", "A02", "A04"})
_SEPARATE: Final = frozenset({"A07", "A08", "A09", "A10", "A11", "A12", "A13"})
_DEAL_ORDER: Final = ("A22", "A24", "A25", "A26")  # as the rules judge a deal; the equations come last
_EQUATION_CHECKS: Final = frozenset({"A23", "A27", "A28"})


@dataclass(frozen=True, slots=True)
class Reading:
    """A file line by line: the entries, None for a line that is none; what was found on the way."""

    entries: tuple[Entry | None, ...]
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class Following:
    """How far the rules could follow: `place` of the first entry that they did not accept, if any.

    `settled` are the checks that were decided about that very entry although it was not accepted.
    """

    state: State | None
    place: int
    findings: tuple[Finding, ...]
    settled: frozenset[str] = frozenset()


def audit(data: bytes, identity: Identity | None = None) -> Report:
    """Run all checks on a transcript; with an identity, that player's own checks too."""
    reading = read(data)
    separate = examine(reading.entries) if known(reading) else ()
    following = follow(reading, separate)
    found = (*reading.findings, *separate, *following.findings)
    if not known(reading):  # by rules that are not known nothing else can be right or wrong
        found = tuple(f for f in found if f.check == "A03")
    state = following.state
    head = next((e.hash for e in reversed(reading.entries) if e is not None), None)
    summary = facts.summarise(len(reading.entries), following.place, head, state)
    said = facts.notes(summary, state)
    results = [_result(check, reading, following, found, said.get(check.id, "")) for check in CHECKS]
    if identity is not None:
        whole = following.place == len(reading.entries)
        results += own_results(identity, reading.entries, state, whole)
    passed = frozenset(r.check.id for r in results if r.status is Status.PASSED)
    return Report(tuple(results), summary, *facts.limits(state, passed))


# --- pass 1: the form of each line ----------------------------------------------------------------


def read(data: bytes) -> Reading:
    """Decode a transcript line by line; a line that cannot be read does not stop it."""
    entries: list[Entry | None] = []
    findings: list[Finding] = []
    lines = split_transcript(data)
    while True:
        place = len(entries)
        try:
            line = next(lines, None)
            if line is None:
                return Reading(tuple(entries), tuple(findings))
            entries.append(parse_entry(line))
        except SantaError as e:
            where = f"line {place + 1}: {e.message}" if data else e.message
            findings.append(finding_of(e, place, SUSPECT, where))
            entries.append(None)


def known(reading: Reading) -> bool:
    """Whether the rules of this game are known; nothing can be said about a log of other rules."""
    return not any(f.seq == 0 and f.check == "A03" for f in reading.findings)


# --- pass 3: the rules ----------------------------------------------------------------------------


def follow(reading: Reading, separate: Iterable[Finding]) -> Following:
    """Apply the rules to each entry up to the first that is unsound or that they do not allow."""
    unsound = {f.seq for f in (*reading.findings, *separate)}
    state: State | None = None
    for place, entry in enumerate(reading.entries):
        if entry is None or place in unsound:
            return Following(state, place, _faults(state))
        try:
            state = apply(state, entry.post, entry.at, entry.hash)
        except UndecidedError as e:
            return Following(state, place, (*_faults(state), finding_of(e, place, e.blame)))
        except SantaError as e:
            found, settled = _broken(state, place, entry, e)
            return Following(state, place, (*_faults(state), *found), settled)
    return Following(state, len(reading.entries), _faults(state))


def _faults(state: State | None) -> tuple[Finding, ...]:
    faults = () if state is None else state.faults
    return tuple(Finding(BY_CODE[f.code].id, f.code, f.seq, f.message, f.blame) for f in faults)


def _broken(
    state: State | None, place: int, entry: Entry, error: SantaError
) -> tuple[tuple[Finding, ...], frozenset[str]]:
    """Return what is wrong with an entry that the rules refuse, and the checks that are settled about it.

    The server signed it and must have refused it: that is proof against the server.
    """
    check, body = BY_CODE[error.code].id, entry.post.body
    finding = finding_of(error, place, SERVER_PROVEN, f"entry {place}: {error.message}")
    settled = {"A14", "A15"} if check not in ("A06", "A14", "A15") else set()
    if error.code == "round.wrong":
        settled.add("A14")
    if not isinstance(body, Deal) or state is None:
        return (finding,), frozenset(settled)
    if check in _DEAL_ORDER:
        return (finding,), frozenset(settled.union(_DEAL_ORDER[: _DEAL_ORDER.index(check)]))
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


# --- what each check says -------------------------------------------------------------------------


def _result(check: Check, reading: Reading, following: Following, found: Sequence[Finding], note: str) -> Result:
    mine = tuple(f for f in found if f.check == check.id)
    listed, more = mine[:MAX_LISTED], max(0, len(mine) - MAX_LISTED)
    if check.id == "A03":
        status = Status.UNDECIDED if mine or not _begins(reading) else Status.PASSED
    elif mine:
        status = Status.FAILED
    elif not known(reading):
        status = Status.UNDECIDED
    else:
        status = _unhurt(check, reading, following)
    if status is Status.UNDECIDED and check.id != OVER and not mine:
        note = _why_undecided(reading, following)
    elif status is Status.NOT_APPLICABLE:
        note = ""
    return Result(check, status, listed, note, more)


def _begins(reading: Reading) -> bool:
    first = reading.entries[0] if reading.entries else None
    return first is not None and isinstance(first.post.body, Create)


def _why_undecided(reading: Reading, following: Following) -> str:
    if following.place < len(reading.entries):
        return f"the rules could not be applied from line {following.place + 1} on"
    return "the log does not say"


def _unhurt(check: Check, reading: Reading, following: Following) -> Status:
    """Return the status of a check that has no finding: passed, undecided, or not applicable."""
    unread = any(e is None for e in reading.entries) or not reading.entries
    whole = following.place == len(reading.entries)
    if check.id == OVER:
        return Status.PASSED if whole and following.state is not None and following.state.over else Status.UNDECIDED
    if check.id in ("A07", "A12") and not _begins(reading):
        return Status.UNDECIDED
    if check.id in _FORM or (check.id in _SEPARATE and not check.about):
        return Status.UNDECIDED if unread else Status.PASSED
    settled = following.place + int(check.id in following.settled)
    if not check.about:
        return Status.PASSED if settled >= len(reading.entries) else Status.UNDECIDED
    if check.id == "A36" and following.state is not None and following.state.create.reveal == "private":
        return Status.NOT_APPLICABLE
    judged = len(reading.entries) if check.id in _SEPARATE else settled
    if _concerns(check, reading.entries[judged:], following.state) or (
        check.id in _SEPARATE and _concerns(check, [e for e in reading.entries if e is None], following.state)
    ):
        return Status.UNDECIDED
    met = any(e is not None and topics_of(e.post.body) & check.about for e in reading.entries[:judged])
    return Status.PASSED if met else Status.NOT_APPLICABLE


_ORDER: Final = tuple(p for p in Phase if p is not Phase.VOID)
_DRAW: Final = frozenset({Phase.DECK, Phase.COINS, Phase.DEAL})  # a new round goes through these again


def reachable(state: State | None) -> frozenset[Phase]:
    """Return the phases that a game can still be in, from this state on."""
    if state is None:
        return frozenset(Phase)
    if state.phase is Phase.VOID:
        return frozenset({Phase.VOID})
    start = Phase.DECK if state.phase in _DRAW else state.phase
    return frozenset((*_ORDER[_ORDER.index(start) :], Phase.VOID))


def _concerns(check: Check, entries: Sequence[Entry | None], state: State | None) -> bool:
    """Whether entries that were not judged concern a check; an unreadable one does if it could hold such a post."""
    if any(e is not None and topics_of(e.post.body) & check.about for e in entries):
        return True
    if all(e is not None for e in entries):
        return False
    open_phases = reachable(state)
    types = {topic.partition(".")[0] for topic in check.about}
    table = TABLES["sealed" if state is None else state.create.mode]
    possible = {str(cast(Any, t).__struct_config__.tag): set(rule.phases) for t, rule in table.items()}
    return any((state is None and t == "create") or possible.get(t, set()) & open_phases for t in types)
