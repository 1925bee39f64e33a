"""`santa lab`: attacks carried out in every mode, who learns what, and the table of both.

Everything runs on this computer, in memory; nothing that is played here is a game of anybody.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import contextmanager
from typing import Any, Final

import click

from sealed_santa.audit.checks import BY_ID
from sealed_santa.base.errors import YOU, UsageError
from sealed_santa.cli.main import SantaCommand
from sealed_santa.cli.options import read_bytes, write_new
from sealed_santa.cli.ui import Screen, blame_in_words
from sealed_santa.lab import knowledge, runner
from sealed_santa.lab.attack import MODES, Attack, Effect, attacks, ids, named
from sealed_santa.lab.knowledge import GAMES, Cell
from sealed_santa.lab.recorder import NAMES
from sealed_santa.lab.runner import ATTACKS, KNOWLEDGE, Run

CORES: Final = 2  # at most; the lab is not the only program of a computer
LESSONS: Final = "docs/lessons"
_STYLES: Final = {Effect.WORKS: "bad", Effect.DETECTED: "good", Effect.PREVENTED: "good"}

Work = Callable[[Callable[[Any], Any], Sequence[Any], str], list[Any]]
"""Does a function on every job, and says how far it is; the jobs are named by the text."""


class LabGroup(click.Group):
    """The commands of the lab; without one it prints its help, as `santa` does."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find a command, or say which ones there are."""
        if args and args[0] not in self.commands and not args[0].startswith("-"):
            known = args[0] in (*ids(), KNOWLEDGE)
            hint = f"santa lab run {args[0]}" if known else f"there are {', '.join(self.commands)}"
            raise UsageError("command.unknown", f"there is no command lab {args[0]!r}", blame=YOU, hint=hint)
        return super().resolve_command(ctx, args)


@click.group(
    cls=LabGroup, invoke_without_command=True, no_args_is_help=False,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)  # fmt: skip
@click.option("--debug", is_flag=True, expose_value=False, help="Show the traceback of an error.")
@click.pass_context
def lab(ctx: click.Context) -> None:
    """Carry out attacks in every mode, and measure who learns what.

    Each attack plays an honest game first, then cheats with the real code of everybody else, and says what came of
    it: it works, it is detected (by which check, and who is to blame), or it is prevented.
    """
    if ctx.invoked_subcommand is None:
        ctx.obj.answer(*ctx.get_help().split("\n"))


# --- list -----------------------------------------------------------------------------------------


@lab.command("list", cls=SantaCommand)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON line an attack.")
@click.pass_obj
def list_attacks(screen: Screen, as_json: bool) -> None:
    """List the attacks, and the modes that each is run in."""
    rows = [(a.id, ", ".join(m for m in MODES if m in a.runs), a.title) for a in attacks().values()]
    for attack in attacks().values():
        screen.event("attack", **runner.attack_json(attack))
    screen.event("attack", **_knowledge_entry())
    rows.append((KNOWLEDGE, ", ".join(MODES), knowledge.TITLE))
    screen.table(("id", "modes", "what happens"), rows)
    screen.next_step(f"santa lab run {rows[0][0]}", "see it happen")


def _knowledge_entry() -> dict[str, Any]:
    return {
        "id": KNOWLEDGE, "title": knowledge.TITLE, "attacker": "every party", "threat": None, "modes": list(MODES),
        "elsewhere": {}, "course": knowledge.COURSE, "tests": ["tests/unit/lab/test_knowledge.py"], "cases": [],
    }  # fmt: skip


# --- run ------------------------------------------------------------------------------------------


@lab.command("run", cls=SantaCommand)
@click.argument("attack_id", metavar="ID")
@click.option("--mode", type=click.Choice(MODES), help="Run it in this mode alone.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON line a mode.")
@click.pass_obj
def run_attack(screen: Screen, attack_id: str, mode: str | None, as_json: bool) -> None:
    """Carry out the attack ID and tell what came of it; or `knowledge`."""
    if attack_id == KNOWLEDGE:
        with cores(screen) as work:
            show_knowledge(screen, measure(work, [mode] if mode else MODES))
        _lesson(screen, knowledge.LESSON)
        _elsewhere(screen, [f"lesson {LESSONS}/{knowledge.COURSE}.md"])
        return
    attack = named(attack_id)
    screen.answer(f"{attack.title}  [{attack.id}]", style="head")
    screen.answer(f"who cheats: {attack.attacker}")
    for which in [mode] if mode else MODES:
        with screen.working(f"{attack.id} in mode {which}"):
            run = runner.run(attack.id, which)
        screen.event("run", **runner.run_json(run))
        tell(screen, run)
    _lesson(screen, attack.lesson)
    screen.answer("What a weaker protocol would let through", style="head")
    screen.answer(*runner.paragraphs(attack.weak), "")
    _elsewhere(screen, links(attack))


def tell(screen: Screen, run: Run) -> None:
    """Tell what one attack showed in one mode."""
    outcome = run.outcome
    screen.answer("", f"Mode {run.mode}", style="head")
    if outcome is None:
        screen.answer(f"  does not apply: {run.elsewhere}")
        return
    screen.answer(f"  honest run:  {outcome.honest}")
    screen.answer(f"  the cheat:   {outcome.story}")
    screen.answer(f"  what came of it: {_verdict(run)}", style=_STYLES[outcome.effect])
    if outcome.why:
        screen.answer(f"  why it can:  {outcome.why}")
    screen.answer(f"  the victim sees: {outcome.victim}")
    for what, figure in outcome.figures.items():
        screen.answer(f"  measured:    {what}: {figure}")


def _verdict(run: Run) -> str:
    outcome = run.outcome
    if outcome is None:
        return runner.NOT_HERE
    said = [{"works": "it works", "detected": "it is detected", "prevented": "it is prevented"}[outcome.effect.value]]
    if outcome.check:
        by = "as noted by" if outcome.effect is Effect.WORKS else "by"
        said.append(f"{by} check {outcome.check} ({BY_ID[outcome.check].title})")
    if outcome.code:
        said.append(f"[{outcome.code}]")
    blame = blame_in_words(outcome.blame) if outcome.effect is not Effect.WORKS else ""
    return " ".join(said) + (f"; blame: {blame}" if blame and blame != "not known" else "")


def _lesson(screen: Screen, text: str) -> None:
    screen.answer("", "What it teaches", style="head")
    for paragraph in runner.paragraphs(text):
        screen.answer(paragraph, "")


def _elsewhere(screen: Screen, lines: Sequence[str]) -> None:
    screen.answer("Where else it stands", style="head")
    screen.answer(*(f"  {line}" for line in lines))
    screen.next_step("santa lab list", "everything that can be run")


def links(attack: Attack) -> list[str]:
    """Return where else an attack stands, under the same id: threat, tests, transcripts, and last its lesson."""
    return [
        f"threat {attack.threat} of THREAT_MODEL.md" if attack.threat else "no threat: nothing is promised against it",
        *(f"test {test}" for test in attack.tests),
        *(f"transcript tests/transcripts/{case}" for case in attack.cases),
        f"lesson {LESSONS}/{attack.course}.md",
    ]


# --- matrix ---------------------------------------------------------------------------------------


@lab.command("matrix", cls=SantaCommand)
@click.option("--only", type=click.Choice((ATTACKS, KNOWLEDGE)), help="One of the two tables alone.")
@click.option("--write", "page", metavar="FILE", help="Write what was measured into FILE, between its marks.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON line a run, and one a cell of who learns what.")
@click.pass_obj
def matrix(screen: Screen, only: str | None, page: str | None, as_json: bool) -> None:
    """Carry out every attack in every mode, measure who learns what, and print both tables.

    It takes a minute or two on two cores.
    """
    wanted = (only,) if only else (ATTACKS, KNOWLEDGE)
    for name in () if page is None else wanted:
        runner.table_in(_page(page), name)  # refused before a minute is spent
    tables = {}
    with cores(screen) as work:
        if ATTACKS in wanted:
            runs = work(_run_job, runner.jobs(), ATTACKS)
            tables[ATTACKS] = attack_page(runs)
            show_attacks(screen, runs)
        if KNOWLEDGE in wanted:
            measured = measure(work, MODES)
            tables[KNOWLEDGE] = knowledge_page(measured)
            show_knowledge(screen, measured)
    if page is not None:
        written = runner.write_tables(_page(page), tables).encode("utf-8", "surrogateescape")
        write_new(page, written, "--write", replace=True)
    screen.next_step("santa lab run ID", "see one of them happen")


def _page(path: str | None) -> str:
    """Return the page as it is now: it may be edited while the lab is busy."""
    return "" if path is None else read_bytes(path, "--write").decode("utf-8", "surrogateescape")


def show_attacks(screen: Screen, runs: Sequence[Run]) -> None:
    """Print attack × mode."""
    for run in runs:
        screen.event("run", **runner.run_json(run))
    screen.answer("Attacks", style="head")
    screen.table(runner.ATTACK_HEAD, runner.attack_rows(runs))
    screen.answer("")


def attack_page(runs: Sequence[Run]) -> str:
    """Return the table of attacks as it stands in THREAT_MODEL.md."""
    return runner.markdown(runner.ATTACK_HEAD, runner.attack_rows(runs))


def knowledge_page(measured: Mapping[str, Sequence[Cell]]) -> str:
    """Return the table of who learns what as it stands in THREAT_MODEL.md."""
    rows = [row for mode, found in measured.items() for row in knowledge_rows(mode, found)]
    return runner.markdown(("mode", *knowledge.HEAD), rows)


def knowledge_rows(mode: str, found: Sequence[Cell]) -> list[tuple[str, ...]]:
    """Return the rows of that table for one mode."""
    return [(f"{mode}, {found[0].games} games", *row) for row in knowledge.rows(found)]


def measure(work: Work, modes: Sequence[str]) -> dict[str, tuple[Cell, ...]]:
    """Play the games of these modes and return the cells of each."""
    jobs = knowledge.jobs(modes, GAMES)
    scores = dict(zip(jobs, work(_play_job, jobs, "games, in portions"), strict=True))
    return {
        mode: knowledge.cells(mode, knowledge.total(s for job, s in scores.items() if job[0] == mode), GAMES[mode])
        for mode in modes
    }


def show_knowledge(screen: Screen, measured: Mapping[str, Sequence[Cell]]) -> None:
    """Print who learns what, a table a mode."""
    screen.answer(knowledge.TITLE, style="head")
    screen.answer(*knowledge.LEGEND)
    for mode, found in measured.items():
        for cell in found:
            screen.event("knowledge", **knowledge.cell_json(cell))
        screen.answer("", f"Mode {mode}, {found[0].games} games of {len(NAMES)} players", style="head")
        screen.table(knowledge.HEAD, knowledge.rows(found))


def _play_job(job: tuple[str, int, int]) -> knowledge.Score:
    return knowledge.play(*job)


def _run_job(job: tuple[str, str]) -> Run:
    return runner.run(*job)


@contextmanager
def cores(screen: Screen) -> Iterator[Work]:
    """Yield a function that does many jobs on two cores, and says now and then how far it is.

    The results come in the order of the jobs, whichever is done first.
    """
    count = min(CORES, os.cpu_count() or 1)
    with ProcessPoolExecutor(count, multiprocessing.get_context("spawn"), initializer=_leave_signals) as pool:

        def work(function: Callable[[Any], Any], jobs: Sequence[Any], what: str) -> list[Any]:
            waiting = [pool.submit(function, job) for job in jobs]
            try:
                for done, future in enumerate(as_completed(waiting), 1):
                    future.result()
                    if done % -(-len(jobs) // 4) == 0:
                        screen.say(f"{what}: {done} of {len(jobs)}", style="dim")
            except BaseException:
                for process in multiprocessing.active_children():
                    process.terminate()  # nothing is lost with them, and nobody waits for the end of a game
                pool.shutdown(cancel_futures=True)
                raise
            return [future.result() for future in waiting]

        yield work


def _leave_signals() -> None:
    """Let Ctrl-C be the matter of the process that was started by hand."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
