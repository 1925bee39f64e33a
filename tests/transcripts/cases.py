"""What a case of the corpus is: how it is made, and what the audit must say about it.

The declared outcome stands in the decorator, beside the code that makes the file; the docstring of
that code says why the case is bad, and is the README of its directory.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

SERVER = "server (proven)"
UNKNOWN = "unknown (suspected)"

Build = Callable[[], "bytes | tuple[bytes, bytes]"]


@dataclass(frozen=True)
class Expected:
    """One finding that the audit must make."""

    check: str
    code: str
    seq: int | None
    blame: str

    def as_json(self) -> dict[str, Any]:
        return {"check": self.check, "code": self.code, "seq": self.seq, "blame": self.blame}


@dataclass(frozen=True)
class Case:
    """One directory: `game.santa` (and `other.santa`, of two copies the second), expect.json, README.md if bad."""

    name: str
    build: Build = field(repr=False)
    why: str
    verdict: str
    exit: int
    findings: tuple[Expected, ...] = ()
    copies: dict[str, Any] | None = None  # what comparing the two copies must say

    def expectation(self) -> dict[str, Any]:
        said: dict[str, Any] = {
            "verdict": self.verdict,
            "exit": self.exit,
            "findings": [finding.as_json() for finding in self.findings],
        }
        if self.copies is not None:
            said["copies"] = self.copies
        return said

    def readme(self) -> str:
        lines = [f"# {self.name}", "", self.why, ""]
        for f in self.findings:
            place = "" if f.seq is None else f" at entry {f.seq}"
            lines.append(f"- must find: {f.check}, `{f.code}`{place}; to blame: {f.blame}")
        if self.copies is not None:
            lines.append(f"- comparing `game.santa` with `other.santa`: {self.copies['relation']}")
        lines.append(f"- verdict: {self.verdict}, exit code {self.exit}")
        return "\n".join(lines) + "\n"


CASES: dict[str, Case] = {}


def _add(case: Case) -> None:
    if case.name in CASES:
        raise ValueError(f"two cases are called {case.name}")
    CASES[case.name] = case


def honest(verdict: str = "verified") -> Callable[[Build], Build]:
    """Declare a good transcript: `verified`, or `verified so far` of an unfinished game."""

    def declare(build: Build) -> Build:
        name = build.__name__.strip("_").replace("_", "-")
        _add(Case(name, build, inspect.getdoc(build) or "", verdict, 0 if verdict == "verified" else 3))
        return build

    return declare


def bad(*findings: str, blame: str = SERVER, verdict: str = "failed") -> Callable[[Build], Build]:
    """Declare a bad transcript by its findings, each "A16 join.name-taken 3" and perhaps "by whom" after that."""

    def declare(build: Build) -> Build:
        name = build.__name__.strip("_").replace("_", "-") + "_fail"
        _add(Case(name, build, inspect.getdoc(build) or "", verdict, 1 if verdict == "failed" else 3,
                  tuple(_expected(line, blame) for line in findings)))  # fmt: skip
        return build

    return declare


def _expected(line: str, blame: str) -> Expected:
    said, _, whose = line.partition(" by ")
    check, code, seq = said.split()
    return Expected(check, code, None if seq == "-" else int(seq), whose or blame)


def copies(relation: str, exit_code: int, code: str, common: int, verdict: str) -> Callable[[Build], Build]:
    """Declare two copies of which each may be right alone; `verdict` is that of the first."""

    def declare(build: Build) -> Build:
        name = build.__name__.replace("_", "-") + "_fail"
        said = {"relation": relation, "exit": exit_code, "code": code, "common": common}
        _add(Case(name, build, inspect.getdoc(build) or "", verdict, 0 if verdict == "verified" else 3, (), said))
        return build

    return declare
