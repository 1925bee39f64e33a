"""The audit: every check over a transcript, also after the first one that fails (docs/protocol.md, section 10).

Three passes: the form, line by line; what entries show by themselves (`sound`); the rules, by the fold
that every party runs, as far as the entries are sound (`following`). Faults that the log shows without
ending the game are findings as well. What lies behind the first unsound entry was not judged by the
rules, and the checks that it concerns could not be decided.

Rules: it needs the bytes and nothing else, never raises for what they hold, and reads no clock. It
does not judge on its own what a post may do: `game.rules` does.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final, cast

from sealed_santa.audit import facts, following
from sealed_santa.audit.check import Check
from sealed_santa.audit.checks import OVER, checks_of, topics_of
from sealed_santa.audit.findings import Finding, Report, Result, Status
from sealed_santa.audit.following import Following
from sealed_santa.audit.own import Identity, own_results
from sealed_santa.audit.sound import SUSPECT, examine, finding_of
from sealed_santa.base.errors import SantaError
from sealed_santa.game.rules import TABLES
from sealed_santa.game.state import Phase, State
from sealed_santa.log.archive import split_transcript
from sealed_santa.log.entry import Entry, parse_entry
from sealed_santa.log.posts import Create

MAX_LISTED: Final = 25  # findings of one check in a report

_FORM: Final = frozenset({"A01", "A02", "A04"})
_SEPARATE: Final = frozenset({"A07", "A08", "A09", "A10", "A11", "A12", "A13"})


@dataclass(frozen=True, slots=True)
class Reading:
    """A file line by line: the entries, None for a line that is none; what was found on the way."""

    entries: tuple[Entry | None, ...]
    findings: tuple[Finding, ...]


def audit(data: bytes, identity: Identity | None = None) -> Report:
    """Run all checks on a transcript; with an identity, that player's own checks too."""
    reading = read(data)
    separate = examine(reading.entries) if known(reading) else ()
    rules = follow(reading, separate)
    found = (*reading.findings, *separate, *rules.findings)
    if not known(reading):  # by rules that are not known nothing else can be right or wrong
        found = tuple(f for f in found if f.check == "A03")
    state = rules.state
    head = next((e.hash for e in reversed(reading.entries) if e is not None), None)
    summary = facts.summarise(len(reading.entries), rules.place, head, state)
    said = facts.notes(summary, state)
    shown = checks_of(mode_of(reading), {f.check for f in found})
    results = [_result(check, reading, rules, found, said.get(check.id, "")) for check in shown]
    if identity is not None:
        whole = rules.place == len(reading.entries)
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


def mode_of(reading: Reading) -> str | None:
    """Return the mode that the create in line 0 names; None without one that can be read."""
    first = reading.entries[0] if reading.entries else None
    return first.post.body.mode if first is not None and isinstance(first.post.body, Create) else None


def follow(reading: Reading, separate: Iterable[Finding], *, gather: bool = True) -> Following:
    """Run the third pass: the rules, up to the first entry that is unsound or that they do not allow.

    What the posts of a blind game must prove is checked as one sum; with gather=False post by post, which
    takes longer and finds the same.
    """
    unsound = {f.seq for f in (*reading.findings, *separate)}
    return following.follow(reading.entries, unsound, gather=gather)


# --- what each check says -------------------------------------------------------------------------


def _result(check: Check, reading: Reading, rules: Following, found: Sequence[Finding], note: str) -> Result:
    mine = tuple(f for f in found if f.check == check.id)
    listed, more = mine[:MAX_LISTED], max(0, len(mine) - MAX_LISTED)
    if check.id == "A03":
        status = Status.UNDECIDED if mine or mode_of(reading) is None else Status.PASSED
    elif mine:
        status = Status.FAILED
    elif not known(reading):
        status = Status.UNDECIDED
    else:
        status = _unhurt(check, reading, rules)
    if status is Status.UNDECIDED and check.id != OVER and not mine:
        note = _why_undecided(reading, rules)
    elif status is Status.NOT_APPLICABLE:
        note = ""
    return Result(check, status, listed, note, more)


def _why_undecided(reading: Reading, rules: Following) -> str:
    if rules.place < len(reading.entries):
        return f"the rules could not be applied from line {rules.place + 1} on"
    return "the log does not say"


def _unhurt(check: Check, reading: Reading, rules: Following) -> Status:
    """Return the status of a check that has no finding: passed, undecided, or not applicable."""
    unread = any(e is None for e in reading.entries) or not reading.entries
    whole = rules.place == len(reading.entries)
    if check.id == OVER:
        return Status.PASSED if whole and rules.state is not None and rules.state.over else Status.UNDECIDED
    if check.id in ("A07", "A12") and mode_of(reading) is None:
        return Status.UNDECIDED
    if check.id in _FORM or (check.id in _SEPARATE and not check.about):
        return Status.UNDECIDED if unread else Status.PASSED
    settled = rules.place + int(check.id in rules.settled)
    if not check.about:
        return Status.PASSED if settled >= len(reading.entries) else Status.UNDECIDED
    if check.id == "A36" and rules.state is not None and rules.state.create.reveal == "private":
        return Status.NOT_APPLICABLE
    judged = len(reading.entries) if check.id in _SEPARATE else settled
    if _concerns(check, reading.entries[judged:], rules.state) or (
        check.id in _SEPARATE and _concerns(check, [e for e in reading.entries if e is None], rules.state)
    ):
        return Status.UNDECIDED
    met = any(e is not None and topics_of(e.post.body) & check.about for e in reading.entries[:judged])
    return Status.PASSED if met else Status.NOT_APPLICABLE


_ORDER: Final = tuple(p for p in Phase if p is not Phase.VOID)
# Through these a game goes again: a sealed one in a new round, a blind one in a new batch.
_CYCLES: Final = (
    (Phase.DECK, Phase.COINS, Phase.DEAL),
    (Phase.MIXING, Phase.BLINDING, Phase.OPENING, Phase.DEALING, Phase.CHOOSING),
)


def reachable(state: State | None) -> frozenset[Phase]:
    """Return the phases that a game can still be in, from this state on (and some that its mode does not have)."""
    if state is None:
        return frozenset(Phase)
    if state.phase is Phase.VOID:
        return frozenset({Phase.VOID})
    cycle = _CYCLES[0] if state.mode.dealer else _CYCLES[1]
    start = cycle[0] if state.phase in cycle else state.phase
    return frozenset((*_ORDER[_ORDER.index(start) :], Phase.VOID))


def _concerns(check: Check, entries: Sequence[Entry | None], state: State | None) -> bool:
    """Whether entries that were not judged concern a check; an unreadable one does if it could hold such a post."""
    if any(e is not None and topics_of(e.post.body) & check.about for e in entries):
        return True
    if all(e is not None for e in entries):
        return False
    open_phases = reachable(state)
    types = {topic.partition(".")[0] for topic in check.about}
    tables = TABLES.values() if state is None else (TABLES[state.create.mode],)
    legal = [(cast(Any, post), rule.phases) for table in tables for post, rule in table.items()]
    possible = {str(post.__struct_config__.tag) for post, phases in legal if open_phases.intersection(phases)}
    return bool(types & possible) or (state is None and "create" in types)
