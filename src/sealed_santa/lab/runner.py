"""Running attacks, and the table of what became of them: attack × mode.

A run is one attack in one mode. It shows the same whenever it is made, as its seeds are fixed, so the
table in THREAT_MODEL.md can be compared with a run of today. What a cell says was observed in its run.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sealed_santa.base.errors import YOU, Party, UndecidedError, UsageError
from sealed_santa.lab.attack import MODES, Attack, Effect, Outcome, attacks, named

ATTACKS: Final = "attacks"  # the name of the table
KNOWLEDGE: Final = "knowledge"  # an id of `santa lab run`, beside those of the attacks
ATTACK_HEAD: Final = ("attack", "threat", *MODES)
NOT_HERE: Final = "–"

_WHO: Final = {
    Party.NOBODY: "nobody", Party.YOU: "whoever typed it", Party.PEER: "the other end", Party.PLAYER: "a player",
    Party.ORGANISER: "the organiser", Party.SERVER: "the server", Party.PLAYER_OR_SERVER: "a player or the server",
    Party.UNKNOWN: "",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Run:
    """One attack in one mode: what it showed, or why it does not apply there."""

    attack: str
    mode: str
    outcome: Outcome | None
    elsewhere: str = ""


def run(attack_id: str, mode: str) -> Run:
    """Carry out an attack in a mode.

    Raises:
        UsageError: `lab.unknown`, `lab.mode`.
        UndecidedError: `lab.unshown`, the run did not show what it is there to show.
    """
    attack = named(attack_id)
    if mode not in MODES:
        raise UsageError("lab.mode", f"there is no mode {mode!r}", blame=YOU, hint=f"the modes are {', '.join(MODES)}")
    if mode in attack.elsewhere:
        return Run(attack.id, mode, None, attack.elsewhere[mode])
    outcome = attack.runs[mode]()
    missing = [name for name in ("honest", "story", "victim") if not getattr(outcome, name)]
    missing += ["why"] if outcome.effect is Effect.WORKS and not outcome.why else []
    if missing or (outcome.effect is Effect.DETECTED and not (outcome.code or outcome.check)):
        what = ", ".join(missing) or "what detected it"
        raise UndecidedError("lab.unshown", f"{attack.id} in {mode}: the run does not say {what}")
    return Run(attack.id, mode, outcome)


def jobs(ids: Iterable[str] | None = None) -> tuple[tuple[str, str], ...]:
    """Return every attack with every mode in which it is run, in the order of the table."""
    chosen = attacks() if ids is None else {attack_id: named(attack_id) for attack_id in ids}
    return tuple((attack.id, mode) for attack in chosen.values() for mode in MODES if mode in attack.runs)


# --- the table ------------------------------------------------------------------------------------


def cell(run: Run | None) -> str:
    """Return what the table says of a run: the effect, the check or the code, and who is to blame."""
    if run is None or run.outcome is None:
        return NOT_HERE
    outcome = run.outcome
    by = outcome.check or outcome.code
    said = f"{outcome.effect.value}: {by}" if by and outcome.effect is not Effect.WORKS else outcome.effect.value
    who = _WHO[outcome.blame.party]
    if not who or outcome.effect is Effect.WORKS:
        return said
    return f"{said}; {who}, {outcome.blame.certainty.value}"


def attack_rows(runs: Iterable[Run]) -> list[tuple[str, ...]]:
    """Return one row an attack, with the columns of `ATTACK_HEAD`."""
    found = {(run.attack, run.mode): run for run in runs}
    ids = sorted({run.attack for run in found.values()})
    return [(i, named(i).threat or NOT_HERE, *(cell(found.get((i, mode))) for mode in MODES)) for i in ids]


def markdown(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table as Markdown, a line a row."""
    lines = [f"| {' | '.join(head)} |", f"|{'---|' * len(head)}"]
    lines += [f"| {' | '.join(c.replace('|', '/') for c in row)} |" for row in rows]
    return "\n".join(lines)


# --- the page -------------------------------------------------------------------------------------


def marks(name: str) -> tuple[str, str]:
    """Return the lines between which a measured table stands in a page."""
    return f"<!-- measured: {name} (written by santa lab matrix --write) -->", f"<!-- end: {name} -->"


def table_in(page: str, name: str) -> str:
    """Return the table that stands between the marks of this name.

    Raises:
        UsageError: `lab.page`, the marks are not there, or not once each and in order.
    """
    begin, end = marks(name)
    if page.count(begin) != 1 or page.count(end) != 1 or page.index(end) < page.index(begin):
        hint = "two lines, one after the other: " + begin + " and " + end
        raise UsageError("lab.page", f"the page has no place for the table {name!r}", blame=YOU, hint=hint)
    return page[page.index(begin) + len(begin) : page.index(end)].strip("\n")


def write_tables(page: str, tables: Mapping[str, str]) -> str:
    """Return a page with these tables between their marks, and everything else as it was; raises as `table_in`."""
    for name, table in tables.items():
        table_in(page, name)
        begin, end = marks(name)
        page = f"{page[: page.index(begin) + len(begin)]}\n{table}\n{page[page.index(end) :]}"
    return page


# --- for scripts ----------------------------------------------------------------------------------


def attack_json(attack: Attack) -> dict[str, Any]:
    """Return what `list` says of an attack."""
    return {
        "id": attack.id, "title": attack.title, "attacker": attack.attacker, "threat": attack.threat or None,
        "modes": [mode for mode in MODES if mode in attack.runs], "elsewhere": dict(attack.elsewhere),
        "course": attack.course, "tests": list(attack.tests), "cases": list(attack.cases),
    }  # fmt: skip


def run_json(run: Run) -> dict[str, Any]:
    """Return what a run says; all of `outcome` is null where the attack does not apply."""
    outcome = run.outcome
    if outcome is None:
        return {"attack": run.attack, "mode": run.mode, "effect": None, "elsewhere": run.elsewhere}
    blame = outcome.blame
    return {
        "attack": run.attack, "mode": run.mode, "effect": outcome.effect.value, "elsewhere": None,
        "honest": outcome.honest, "story": outcome.story, "victim": outcome.victim,
        "why": outcome.why or None,
        "code": outcome.code or None, "check": outcome.check or None,
        "blame": {"party": blame.party.value, "who": blame.who, "certainty": blame.certainty.value},
        "figures": dict(outcome.figures),
    }  # fmt: skip


def paragraphs(text: str) -> Iterator[str]:
    """Yield the paragraphs of a lesson, each as one line."""
    for part in text.strip().split("\n\n"):
        yield " ".join(part.split())
