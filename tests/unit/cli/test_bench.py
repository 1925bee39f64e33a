"""The benchmarks produce figures whose units agree. Nothing here says how fast anything is."""

from __future__ import annotations

import asyncio
import io
import itertools
import json
import os

import pytest

from sealed_santa.base.errors import UndecidedError, UsageError
from sealed_santa.cli import bench, bench_load
from sealed_santa.cli.main import cli
from sealed_santa.cli.ui import Screen
from sealed_santa.game.state import Phase
from sealed_santa.lab.measure import A_PLAYER, SECONDS, UNITS, Figure, cost, draw_figures, prepare, timed, unit_seconds


def ticks(step=0.5):
    """A clock that goes on by one step each time it is read."""
    return itertools.count(0.0, step).__next__


def figure(**changes) -> Figure:
    return Figure(**{"part": "draw", "what": "commit", "value": 1.0, "unit": SECONDS, **changes})


# --- measuring ----------------------------------------------------------------------------------


def test_the_clock_is_the_callers():
    assert timed(lambda: None, ticks(2.0)) == 2.0
    assert unit_seconds(ticks(10.0), count=5) == 2.0


def test_a_cost_in_multiplications_is_the_time_over_the_unit():
    # Every piece of work takes one tick, and so does every sample of the unit.
    measured = cost(lambda: None, ticks(0.5), repeats=3)
    assert (measured.seconds, measured.multiplications) == (0.5, UNITS)


@pytest.mark.parametrize("repeats", [1, 2, 5])
def test_work_runs_as_often_as_asked(repeats: int):
    runs = []
    cost(lambda: runs.append(1), ticks(), repeats)
    assert len(runs) == repeats


def test_the_work_of_a_draw_is_the_real_work():
    draw = prepare(5, (0, 2))
    assert (draw.players, draw.decks) == (5, 11)
    assert len(set(draw.commit())) == draw.decks
    assert draw.prove() is None
    for passed, verify in draw.verify.items():
        state = verify()
        assert state.phase is Phase.CHOOSING
        assert state.deal.deck == passed


def test_more_decks_than_there_are_cannot_be_passed_over(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("sealed_santa.lab.measure.MAX_TRIES", 3)
    with pytest.raises(UsageError) as caught:
        prepare(4, (99,))
    assert caught.value.code == "measure.passed"


def test_both_units_of_a_draw_agree():
    figures = draw_figures(prepare(4, (0, 1)), ticks(), repeats=1, cores=1)
    pieces = [("commit", None), ("prove", None), ("verify", 0), ("verify", 1)]
    assert [(f.what, f.passed) for f in figures[::2]] == pieces
    for seconds, units in zip(figures[::2], figures[1::2], strict=True):
        assert (seconds.unit, units.unit) == (SECONDS, A_PLAYER)
        assert (seconds.what, seconds.players, seconds.cores) == (units.what, units.players, units.cores)
        assert units.value == pytest.approx(seconds.value / (0.5 / UNITS) / 4)
        assert seconds.goal is None
    assert [f.goal for f in figures[1::2]] == [3.0, 9.0, 2.5, 3.5]


def test_goals_are_smaller_on_two_cores():
    one, two = (draw_figures(prepare(4), ticks(), repeats=1, cores=cores) for cores in (1, 2))
    for a, b in zip(one[1::2], two[1::2], strict=True):
        assert b.goal == pytest.approx(a.goal / 1.7)


def test_cores_are_given_back():
    before = os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else None
    with bench.on_cores(1) as granted:
        if granted and before is not None:
            assert len(os.sched_getaffinity(0)) == 1
    if before is not None:
        assert os.sched_getaffinity(0) == before


def test_cores_that_are_not_there_are_not_given():
    with bench.on_cores(100_000) as granted:
        assert granted == (not hasattr(os, "sched_getaffinity"))


# --- whole programs -----------------------------------------------------------------------------


def test_a_game_is_timed():
    (found,) = bench_load.game_figures(3)
    assert (found.part, found.players, found.unit) == ("games", 3, SECONDS)
    assert found.value > 0


def test_a_game_that_fails_is_no_figure():
    with pytest.raises(UndecidedError) as caught:
        bench_load.game_figures(2)
    assert caught.value.code == "bench.game"


def test_start_up_is_given_in_milliseconds():
    (found,) = bench_load.start_figures(1)
    assert (found.part, found.unit, found.goal) == ("start", "ms", 150.0)


def test_joins_stand_beside_handshakes():
    figures = {f.what: f for f in asyncio.run(bench_load.join_figures(2, 2))}
    assert {"TLS handshakes", "joins"} <= set(figures)
    for what in ("TLS handshakes", "joins"):
        assert figures[what].unit == "/s"
        assert figures[what].value > 0
    assert all(f.unit in ("/s", "ms") for f in figures.values())


def test_memory_is_that_of_the_server_and_not_ours():
    figures = asyncio.run(bench_load.memory_figures(3))
    assert [(f.part, f.unit) for f in figures] in ([("memory", "kB")], [])


def test_of_a_process_that_is_not_there_nothing_is_known():
    assert bench_load.cpu_seconds(2**30) is None
    assert bench_load.resident_bytes(2**30) is None


# --- tables and the command ---------------------------------------------------------------------


def test_a_draw_is_one_row_a_size_and_number_of_cores():
    figures = [
        figure(what=what, passed=passed, players=players, cores=1, decks=11, unit=unit, value=value, goal=goal)
        for players in (10, 100)
        for what, passed in (("commit", None), ("verify", 0), ("verify", 5))
        for unit, value, goal in ((SECONDS, 0.25, None), (A_PLAYER, 2.75, 3.0))
    ]
    head, rows = bench.draw_table(figures)
    assert head == ("players", "decks", "cores", "commit", "verify", "verify, 5 passed over")
    assert [row[:3] for row in rows] == [("10", "11", "1"), ("100", "11", "1")]
    assert all(len(row) == len(head) for row in rows)
    assert rows[0][3] == "0.25 s  2.75 (3)"


def test_a_figure_that_is_missing_leaves_its_cell_empty():
    both = [figure(players=10, cores=1, unit=unit) for unit in (SECONDS, A_PLAYER)]
    lone = figure(what="prove", players=10, cores=1)
    _, rows = bench.draw_table([*both, lone])
    assert rows[0][-1] == ""


def test_other_figures_have_a_row_each():
    games = figure(part="games", what="whole game", players=5, value=1.234, goal=3.0)
    memory = figure(part="memory", what="server, for one idle client", value=46.9, unit="kB")
    _, rows = bench.other_table([games, memory])
    assert rows == [("whole game, 5 players", "1.23 s", "3 s"), ("server, for one idle client", "46.9 kB", "")]


def test_tables_are_only_of_what_was_measured():
    assert bench.tables([]) == []
    assert len(bench.tables([figure(part="start", unit="ms")])) == 1


def run(*args: str, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setattr(bench, "measure", lambda part, quick: [figure(part=part, what="something", unit="ms")])
    out = io.StringIO()
    screen = Screen(json_lines="--json" in args, stdout=out, stderr=io.StringIO(), environ={})
    cli.main(args=["bench", *args], prog_name="santa", standalone_mode=False, obj=screen)
    return out.getvalue()


def test_the_command_prints_a_table(monkeypatch: pytest.MonkeyPatch):
    assert "something  1 ms" in run("--quick", "--only", "start", monkeypatch=monkeypatch)


def test_the_command_prints_json_lines(monkeypatch: pytest.MonkeyPatch):
    printed = run("--json", "--quick", "--only", "start", monkeypatch=monkeypatch)
    lines = [json.loads(line) for line in printed.splitlines()]
    assert [line["event"] for line in lines] == ["figure", "bench"]
    assert (lines[0]["part"], lines[0]["value"], lines[0]["unit"]) == ("start", 1.0, "ms")
    assert lines[1]["quick"] is True
    assert "cores" in lines[1]["machine"]


def test_all_parts_are_measured_unless_some_are_named(monkeypatch: pytest.MonkeyPatch):
    lines = [json.loads(line) for line in run("--json", monkeypatch=monkeypatch).splitlines()]
    assert tuple(line["part"] for line in lines[:-1]) == bench.PARTS


@pytest.mark.parametrize("part", ["draws", "", "all"])
def test_a_part_that_there_is_not(part: str, monkeypatch: pytest.MonkeyPatch):
    from click import BadParameter

    with pytest.raises(BadParameter):
        run("--only", part, monkeypatch=monkeypatch)
