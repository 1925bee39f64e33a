"""What attacks of the lab share: honest games, and looking at what the honest code of others says.

Nothing here cheats and nothing decides an outcome; an attack looks at what these functions return. A run
that does not show what it is there to show raises `lab.unshown`: it must never pass for a defence.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache

from sealed_santa.audit import auditor
from sealed_santa.audit.findings import Finding, Report
from sealed_santa.base.errors import SantaError, UndecidedError
from sealed_santa.game.state import Phase, State
from sealed_santa.lab.simulator import FOUR, Simulator
from sealed_santa.log.archive import encode_transcript
from sealed_santa.log.entry import Entry
from sealed_santa.log.posts import BlindTerms, Exclusions

SEED = "lab"


def small(mode: str, names: Sequence[str] = FOUR, decks: int = 3) -> dict[str, object]:
    """Return the terms of a quick game: in blind mode only so many decks in a batch, without exclusions."""
    if mode != "blind":
        return {"mode": mode}
    tests = len(names)
    return {"mode": mode, "blind": BlindTerms(batch_tests=decks * tests, game_tests=100_000, threshold=0)}


def seated(mode: str, names: Sequence[str] = FOUR, seed: str = SEED, **changes: object) -> Simulator:
    """Return a new game with everybody in and started; it is the caller's to spoil."""
    return Simulator(seed, names, {**small(mode, names), **changes}).fill().start()


def at_phase(mode: str, phase: Phase, names: Sequence[str] = FOUR, seed: str = SEED, **changes: object) -> Simulator:
    """Return a new game, played honestly until a phase begins; it is the caller's to spoil."""
    return seated(mode, names, seed, **changes).run(phase)


@cache
def honest(mode: str, names: tuple[str, ...] = FOUR, seed: str = SEED) -> Simulator:
    """Return a whole honest game, played once and shared: look at it, change nothing."""
    return seated(mode, names, seed).run()


def coupled(first: str, second: str) -> Exclusions:
    """Return the exclusion of one couple."""
    return Exclusions(groups=((first, second),), pairs=())


def audited(entries: Sequence[Entry]) -> Report:
    """Return what the audit says of a log, as a file."""
    return auditor.audit(encode_transcript(list(entries)))


def findings(report: Report) -> tuple[Finding, ...]:
    """Return everything that an audit found wrong."""
    return tuple(finding for result in report.results for finding in result.findings)


def finding(entries: Sequence[Entry]) -> Finding:
    """Return the first thing that the audit finds wrong with a log.

    Raises:
        UndecidedError: `lab.unshown`, it finds nothing.
    """
    found = findings(audited(entries))
    if not found:
        raise unshown("the audit finds nothing wrong with this log")
    return found[0]


def refusal(attempt: Callable[[], object]) -> SantaError:
    """Return the error with which an attempt is refused.

    Raises:
        UndecidedError: `lab.unshown`, it was not refused.
    """
    try:
        attempt()
    except SantaError as e:
        return e
    raise unshown("nobody refused what was tried")


def unshown(what: str) -> UndecidedError:
    """Return the error of a run that did not show what it is there to show; to be raised."""
    return UndecidedError("lab.unshown", f"the run did not show what it is there to show: {what}")


def in_words(game: Simulator) -> str:
    """Say in one sentence what an honest game showed: how it ended, and what an audit of it says."""
    state: State = game.state
    verdict = audited(game.entries).verdict
    return f"{len(state.players)} players, {len(game.entries)} entries, phase {state.phase}; the audit says: {verdict}"
