"""What an audit says: findings, one result for each check, the verdict (docs/protocol.md, section 10.1).

Only data. Nothing here decides anything but the verdict, which follows from the results alone.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from sealed_santa.audit.check import Check
from sealed_santa.audit.checks import OVER
from sealed_santa.base.errors import Blame, Certainty, Party


class Status(StrEnum):
    """How a check ended."""

    PASSED = "passed"
    FAILED = "failed"
    UNDECIDED = "could not be decided"
    NOT_APPLICABLE = "does not apply"


class Verdict(StrEnum):
    """What all checks together say about a transcript."""

    VERIFIED = "verified"
    SO_FAR = "verified so far"
    FAILED = "failed"
    UNDECIDED = "undecided"


EXIT_CODES: Final = {Verdict.VERIFIED: 0, Verdict.FAILED: 1, Verdict.SO_FAR: 3, Verdict.UNDECIDED: 3}


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong: which check it fails, where it stands, who is to blame, what to do next.

    `seq` is the place in the file, counted from 0 as entries are; None where the file as a whole is meant.
    """

    check: str
    code: str
    seq: int | None
    message: str
    blame: Blame
    hint: str = ""

    @property
    def next_step(self) -> str:
        """What to do now, for people."""
        return self.hint or next_step(self.blame)


def next_step(blame: Blame) -> str:
    """Return the advice that fits whoever is to blame."""
    if blame.certainty is Certainty.PROVEN and blame.party is Party.SERVER:
        return "keep this file: it convinces anyone; do not go on with this game"
    if blame.party is Party.PLAYER:
        return f"keep this file, and talk to {blame.who or 'the player'}; the others did nothing wrong"
    if blame.party is Party.PLAYER_OR_SERVER:
        return "keep this file; a reveal would show which of the two it was"
    if blame.party is Party.YOU:
        return "look at your own files before you accuse anybody"
    return "get the transcript again from somebody else, and compare: santa audit FILE --with OTHER"


@dataclass(frozen=True, slots=True)
class Result:
    """How one check ended, with what was found and what else there is to say about it."""

    check: Check
    status: Status
    findings: tuple[Finding, ...] = ()
    note: str = ""  #: what a reader should know although nothing is wrong, or why nothing was decided
    more: int = 0  #: findings beyond those that are listed


@dataclass(frozen=True, slots=True)
class DrawnRound:
    """How one draw ended: who was dropped for a coin that never came; nobody if all decks were out."""

    number: int
    dropped: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class BatchFact:
    """One batch of a blind game: how many decks, mixed by whom in this order, and which was dealt (from 0), if any."""

    number: int
    kind: str
    decks: int
    mixers: tuple[str, ...]
    dealt: int | None = None


@dataclass(frozen=True, slots=True)
class BlindFacts:
    """What the transcript of a blind game says about its trustees and their work, by names."""

    trustees: tuple[str, ...] = ()
    threshold: int = 0
    idle: tuple[str, ...] = ()  #: trustees who gave no key in time
    found_out: tuple[str, ...] = ()  #: trustees whose keys do not count, after a complaint
    batches: tuple[BatchFact, ...] = ()
    left: tuple[tuple[str, str], ...] = ()  #: who went after the deal, and what became of the deal
    boxes: int | None = None  #: delivered


@dataclass(frozen=True, slots=True)
class Summary:
    """What the transcript says about the game, as far as it could be followed."""

    entries: int  #: lines of the file
    followed: int  #: entries that the rules of the game were applied to
    head: str = ""  #: hash of the last entry that was read, base64url
    game: str = ""
    mode: str = ""
    title: str = ""
    reveal: str = ""
    phase: str = ""
    players: tuple[str, ...] = ()
    draws: int = 0
    rounds: tuple[DrawnRound, ...] = ()
    words: tuple[str, ...] = ()
    words_round: int = 0
    passed_over: int | None = None  #: decks passed over in the deal that stands
    forbidden: int = 0  #: forbidden pairs, beyond giving to oneself
    confirmed: tuple[str, ...] = ()
    unconfirmed: tuple[str, ...] = ()
    gave: tuple[str, ...] = ()
    house: tuple[str, ...] = ()  #: players for whom the house stands in
    receipts: tuple[str, ...] = ()
    pairs: tuple[tuple[str, str], ...] = ()  #: (giver, recipient) of a public reveal
    blind: BlindFacts | None = None  #: in blind games, once the roster is locked


@dataclass(frozen=True, slots=True)
class Report:
    """Everything that an audit says about one transcript."""

    results: tuple[Result, ...]
    summary: Summary
    proves: tuple[str, ...]
    does_not_prove: tuple[str, ...]

    @property
    def verdict(self) -> Verdict:
        """What all checks together say."""
        return conclude(self.results)

    @property
    def exit_code(self) -> int:
        """0 verified, 1 failed, 3 verified so far or undecided."""
        return EXIT_CODES[self.verdict]

    @property
    def findings(self) -> tuple[Finding, ...]:
        """All findings, in the order of the checks."""
        return tuple(f for r in self.results for f in r.findings)

    def failed(self) -> tuple[Result, ...]:
        """Return the results of the checks that failed."""
        return tuple(r for r in self.results if r.status is Status.FAILED)


def conclude(results: Iterable[Result]) -> Verdict:
    """Return the verdict: one failed check fails all; so far, if only the end of the game is missing."""
    status = {r.check.id: r.status for r in results}
    if Status.FAILED in status.values():
        return Verdict.FAILED
    undecided = {check for check, s in status.items() if s is Status.UNDECIDED}
    if undecided - {OVER}:
        return Verdict.UNDECIDED
    return Verdict.SO_FAR if undecided else Verdict.VERIFIED
