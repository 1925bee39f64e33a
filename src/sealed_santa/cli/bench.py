"""`santa bench`: what proofs, games and connections cost on this computer.

The tables are made here and also serve `benchmarks/run.py`, which writes docs/benchmarks.md.
"""

from __future__ import annotations

import asyncio
import contextlib
import importlib.metadata
import os
import platform
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Final

import click

from sealed_santa import __version__
from sealed_santa.cli import bench_load
from sealed_santa.cli.main import SantaCommand
from sealed_santa.cli.ui import Screen
from sealed_santa.lab.measure import A_PLAYER, SECONDS, Clock, Figure, draw_figures, prepare
from sealed_santa.lab.measure_blind import audit_figures, mix_pieces, piece_figures, play_blind, screening_pieces

PARTS: Final = ("draw", "games", "joins", "memory", "start", "blind")
PASSED: Final = (0, 1, 5)  # decks passed over
REPEATS: Final = {10: 25, 100: 11, 1000: 5}  # by players
QUICK_REPEATS: Final = {10: 9, 100: 3}
GAMES: Final = {5: 5, 20: 3, 100: 1}  # how often, by players
QUICK_GAMES: Final = {5: 1, 20: 1}
BLIND: Final = {5: (9, 3), 10: (5, 3), 30: (0, 1), 100: (3, 1)}  # how often each post, and the audit, by players
QUICK_BLIND: Final = {5: (3, 1)}
BLIND_GAMES: Final = {5: 3, 10: 3, 30: 1}
QUICK_BLIND_GAMES: Final = {5: 1}
BLIND_TABLES: Final = {  # by group: the title, and the fields that a row stands for
    "mixes": (
        "Mixes of a blind game: seconds, multiplications a row (together: a row and mix), and (their goal)",
        ("players", "columns", "decks", "cores"),
    ),
    "screening": (
        "Screening and dealing of a blind game: seconds, multiplications a test (dealing: a player)",
        ("players", "decks", "cores"),
    ),
    "audits": ("The rules' pass of an audit of a blind game", ("players",)),
}

Table = tuple[tuple[str, ...], list[tuple[str, ...]]]


@click.command(cls=SantaCommand)
@click.option("--quick", is_flag=True, help="Smaller and fewer; takes less than 20 seconds.")
@click.option("--only", type=click.Choice(PARTS), multiple=True, help="Measure this part alone. Repeat for more.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON line a figure; the last names the machine.")
@click.pass_obj
def bench(screen: Screen, quick: bool, only: tuple[str, ...], as_json: bool) -> None:
    """Measure proofs and games on this computer.

    The cost of proofs is given in seconds and in raw multiplications of the group (measured in the same minute), for
    each player: that figure says something about the program. Close other programs; busy machines give worse ones.
    """
    screen.answer(machine(), style="dim")
    found: list[Figure] = []
    for part in only or PARTS:
        with screen.working(f"measuring: {part}"):
            figures = measure(part, quick=quick)
        for figure in figures:
            screen.event("figure", **asdict(figure))
        found += figures
    for title, (head, rows) in tables(found):
        screen.answer("", title, style="head")
        screen.table(head, rows)
    screen.event("bench", machine=machine(), version=__version__, quick=quick)
    if quick:
        screen.next_step("santa bench", "all of it, in a few minutes")


def measure(part: str, *, quick: bool) -> list[Figure]:
    """Measure one of `PARTS`.

    Raises:
        UndecidedError: `bench.*`, a program under the clock failed.
    """
    match part:
        case "draw":
            return _draws(QUICK_REPEATS if quick else REPEATS)
        case "games":
            games = QUICK_GAMES if quick else GAMES
            return [f for players, often in games.items() for f in bench_load.game_figures(players, often)]
        case "joins":
            return asyncio.run(bench_load.join_figures(*((20, 3) if quick else (50, 9))))
        case "blind":
            games = QUICK_BLIND_GAMES if quick else BLIND_GAMES
            played = [f for n, often in games.items() for f in bench_load.game_figures(n, often, "blind")]
            return _blind(QUICK_BLIND if quick else BLIND) + played
        case "memory":
            return asyncio.run(bench_load.memory_figures(50 if quick else 200))
        case _:
            return bench_load.start_figures(5 if quick else 20)


def _draws(sizes: dict[int, int]) -> list[Figure]:
    figures: list[Figure] = []
    for players, repeats in sizes.items():
        draw = prepare(players, PASSED)
        for cores, clock in _clocks():
            figures += draw_figures(draw, clock, repeats, cores)
    return figures


def _blind(sizes: dict[int, tuple[int, int]]) -> list[Figure]:
    figures: list[Figure] = []
    for players, (posts, audits) in sizes.items():
        game = play_blind(players)
        pieces = [*mix_pieces(game), *screening_pieces(game)] if posts else []
        for cores, clock in _clocks():
            figures += piece_figures(game, pieces, clock, posts, cores)
        figures += audit_figures(game, time.perf_counter, audits, os.cpu_count() or 1)
    return figures


def _clocks() -> Iterator[tuple[int, Clock]]:
    """Yield one core and two, as far as there are so many, with the clock for each; the process is held to them.

    On one core, processor time: what else runs does not count. On two, nothing but the wall clock tells.
    """
    for cores in (1, 2):
        with on_cores(cores) as granted:
            if granted:
                yield cores, time.thread_time if cores == 1 else time.perf_counter


@contextlib.contextmanager
def on_cores(count: int) -> Iterator[bool]:
    """Let this thread, and those that it starts, use so many cores only; yields whether that is possible.

    Where a system knows no such thing, two cores are taken for granted and one for impossible.
    """
    if sys.platform != "linux":
        yield count > 1
        return
    allowed = os.sched_getaffinity(0)
    if len(allowed) < count:
        yield False
        return
    os.sched_setaffinity(0, sorted(allowed)[:count])
    try:
        yield True
    finally:
        os.sched_setaffinity(0, allowed)


# --- tables -------------------------------------------------------------------------------------


def machine() -> str:
    """Return the computer and the libraries in one line."""
    name = platform.processor() or platform.machine()
    with contextlib.suppress(OSError, IndexError):
        name = Path("/proc/cpuinfo").read_text("utf-8").split("model name")[1].split("\n")[0].strip("\t: ")
    libraries = ", ".join(f"{lib} {importlib.metadata.version(lib)}" for lib in ("PyNaCl", "cryptography"))
    return (
        f"{name}, {os.cpu_count()} cores, {platform.system()}, Python {platform.python_version()}, {libraries}, "
        f"sealed-santa {__version__}"
    )


def tables(figures: Sequence[Figure]) -> list[tuple[str, Table]]:
    """Return the figures as tables with their titles."""
    draws = [f for f in figures if f.part == "draw"]
    others = [f for f in figures if f.part != "draw" and f.group not in BLIND_TABLES]
    found = []
    if draws:
        found.append(("A draw: seconds, multiplications a player, and (their goal)", draw_table(draws)))
    for group, (title, fields) in BLIND_TABLES.items():
        if here := [f for f in figures if f.group == group]:
            found.append((title, by_fields(here, fields)))
    if others:
        found.append(("Whole programs", other_table(others)))
    return found


def draw_table(figures: Sequence[Figure]) -> Table:
    """Return one row for each number of players and cores, one column a piece of work."""
    columns = list(dict.fromkeys((f.what, f.passed) for f in figures))
    rows = []
    for players, decks, cores in dict.fromkeys((f.players, f.decks, f.cores) for f in figures):
        here = {(f.what, f.passed, f.unit): f for f in figures if (f.players, f.cores) == (players, cores)}
        cells = [_draw_cell(here, *column) for column in columns]
        rows.append((str(players), str(decks), str(cores), *cells))
    return ("players", "decks", "cores", *(_draw_head(*column) for column in columns)), rows


def _draw_head(what: str, passed: int | None) -> str:
    return f"{what}, {passed} passed over" if passed else what


def _draw_cell(here: dict[tuple[str, int | None, str], Figure], what: str, passed: int | None) -> str:
    seconds, units = here.get((what, passed, SECONDS)), here.get((what, passed, A_PLAYER))
    if seconds is None or units is None:
        return ""
    goal = "" if units.goal is None else f" ({units.goal:.2g})"
    return f"{seconds.value:.3g} s  {units.value:.2f}{goal}"


def by_fields(figures: Sequence[Figure], fields: Sequence[str]) -> Table:
    """Return one row for each combination of these fields, one column for each `what`, all its units in one cell."""
    columns = list(dict.fromkeys(f.what for f in figures))
    cells: dict[tuple[str, ...], dict[str, list[str]]] = {}
    for figure in figures:
        row = cells.setdefault(tuple(str(getattr(figure, field)) for field in fields), {})
        row.setdefault(figure.what, []).append(_value(figure))
    rows = [(*key, *("  ".join(row.get(what, [])) for what in columns)) for key, row in cells.items()]
    return (*fields, *columns), rows


def _value(figure: Figure) -> str:
    if not figure.unit:
        return f"{figure.value:.0f}"
    if figure.unit == SECONDS:
        return f"{figure.value:.3g} s"
    return f"{figure.value:.2f}" + ("" if figure.goal is None else f" ({figure.goal:.2g})")


def other_table(figures: Sequence[Figure]) -> Table:
    """Return one row a figure."""
    rows: list[tuple[str, ...]] = []
    for figure in figures:
        what = f"{figure.part} {figure.what}" if figure.group else figure.what
        what = what if figure.players is None else f"{what}, {figure.players} players"
        goal = "" if figure.goal is None else f"{figure.goal:g} {figure.unit}"
        rows.append((what, f"{figure.value:.3g} {figure.unit}", goal))
    return ("what", "measured", "goal"), rows
