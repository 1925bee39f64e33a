"""What an attack of the lab is: a cheat that is carried out, in every mode to which it applies, and what came of it.

Each attack is a module of `lab/attacks` with one `ATTACK`. A run first plays the honest game, so that
a defence which refuses everything would show; then it cheats, with the real code of the other
parties. What it returns was observed in that run: nothing is said of an attack that was not run.
"""

from __future__ import annotations

import difflib
import importlib
import pkgutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache
from typing import Final

from sealed_santa.base.errors import UNKNOWN, YOU, Blame, UsageError

MODES: Final = ("classic", "sealed", "blind")


class Effect(StrEnum):
    """What became of an attack."""

    WORKS = "works"  # the mode promises nothing against it
    DETECTED = "detected"  # it happens, and a check shows it, with somebody to blame
    PREVENTED = "prevented"  # the other parties refuse, or what is sought cannot be had


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one run showed."""

    effect: Effect
    honest: str  #: what the honest run before it showed, in a sentence
    story: str  #: what was tried and what came of it, in plain words
    victim: str  #: what the victim sees on its screen, or that it sees nothing
    code: str = ""  #: of the refusal or finding, if there is one
    check: str = ""  #: of the audit, if it is a check that shows it
    blame: Blame = UNKNOWN
    figures: Mapping[str, str] = field(default_factory=dict)  #: measured in this run
    why: str = ""  #: where it works: why the mode promises nothing against it


@dataclass(frozen=True, slots=True, kw_only=True)
class Attack:
    """A cheat: who does what, what it teaches, and how to run it in each mode."""

    id: str  #: lower case with hyphens; the same in threat model, corpus and tests
    title: str  #: "the dealer deals a fixed point"
    attacker: str  #: who cheats: a party, or several
    lesson: str  #: a few paragraphs: the idea, the defence, where it stands in docs/protocol.md
    weak: str  #: what a weaker protocol would let through, and why somebody built it so
    threat: str  #: row of THREAT_MODEL.md that promises against it, e.g. T02; empty if nothing is promised
    tests: tuple[str, ...]  #: tests of the project that carry it out, as file::function
    cases: tuple[str, ...] = ()  #: bad transcripts that hold it
    course: str  #: the lesson of the course that goes with it, by its file's name
    runs: Mapping[str, Callable[[], Outcome]]  #: by mode
    elsewhere: Mapping[str, str] = field(default_factory=dict)  #: why it does not apply to a mode

    def __post_init__(self) -> None:
        if set(self.runs) | set(self.elsewhere) != set(MODES) or set(self.runs) & set(self.elsewhere):
            raise ValueError(f"{self.id}: every mode is run, or it is said why not")


_PACKAGE: Final = "sealed_santa.lab.attacks"


@cache
def ids() -> tuple[str, ...]:
    """Return the ids of all attacks, in their order; no attack is imported for that."""
    package = importlib.import_module(_PACKAGE)
    return tuple(sorted(module.name.replace("_", "-") for module in pkgutil.iter_modules(package.__path__)))


@cache
def attacks() -> Mapping[str, Attack]:
    """Return all attacks by their id, in the order of their ids."""
    return {attack_id: named(attack_id) for attack_id in ids()}


@cache
def named(attack_id: str) -> Attack:
    """Return the attack with this id; only its own module is imported.

    Raises:
        UsageError: `lab.unknown`.
    """
    if attack_id not in ids():
        near = difflib.get_close_matches(attack_id, ids(), n=2)
        hint = f"did you mean {' or '.join(near)}?" if near else "santa lab list"
        raise UsageError("lab.unknown", f"there is no attack {attack_id!r}", blame=YOU, hint=hint)
    module = importlib.import_module(f"{_PACKAGE}.{attack_id.replace('-', '_')}")
    attack: Attack = module.ATTACK
    if attack.id != attack_id:
        raise ValueError(f"the module of {attack_id} holds {attack.id}")
    return attack
