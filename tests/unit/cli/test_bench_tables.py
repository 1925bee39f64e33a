"""The tables of blind games, and the page that benchmarks/run.py writes them to."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

from sealed_santa.cli import bench
from sealed_santa.lab.measure import A_PLAYER, SECONDS, Figure

FOLDER = Path(__file__).parents[3] / "benchmarks"


def figure(**changes) -> Figure:
    return Figure(**{"part": "blind", "group": "mixes", "what": "mix", "value": 0.25, "unit": SECONDS, **changes})


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """benchmarks/run.py as a module; it finds its neighbours, and is gone afterwards."""
    monkeypatch.syspath_prepend(str(FOLDER))
    for name in ("blind", "run"):
        spec = importlib.util.spec_from_file_location(name, FOLDER / f"{name}.py")
        module = importlib.util.module_from_spec(spec)
        monkeypatch.setitem(sys.modules, name, module)
        spec.loader.exec_module(module)
    return module


def test_rows_go_by_their_fields():
    figures = [
        figure(what=what, players=n, columns=1, unit=unit, value=value, goal=goal)
        for n in (5, 100)
        for what in ("mix", "verify")
        for unit, value, goal in ((SECONDS, 0.25, None), (A_PLAYER, 2.75, 3.0))
    ]
    head, rows = bench.by_fields(figures, ("players", "columns"))
    assert head == ("players", "columns", "mix", "verify")
    assert rows[0] == ("5", "1", "0.25 s  2.75 (3)", "0.25 s  2.75 (3)")
    assert [row[0] for row in rows] == ["5", "100"]


def test_what_was_not_measured_is_empty():
    _, rows = bench.by_fields([figure(players=5), figure(players=100, what="verify")], ("players",))
    assert rows == [("5", "0.25 s", ""), ("100", "", "0.25 s")]


def test_counts_have_no_unit():
    _, rows = bench.by_fields([figure(unit="", value=12345.0, players=5)], ("players",))
    assert rows == [("5", "12345")]


def test_each_group_has_its_table_and_games_stand_with_other_games():
    groups = ("mixes", "screening", "audits", "games")
    found = bench.tables([figure(group=group, players=5) for group in groups])
    assert len(found) == 4
    assert found[-1][1] == (("what", "measured", "goal"), [("blind mix, 5 players", "0.25 s", "")])


def test_the_page_has_both_lists(run: ModuleType):
    page = run.PAGE.read_text("utf-8")
    for name in run.LISTS:
        changed = run.replaced(page, name, "tables")
        assert f"<!-- {name}: written by benchmarks/run.py -->\n\ntables\n\n<!-- end of {name} -->" in changed
        assert changed.count("<!--") == page.count("<!--") == 2 * len(run.LISTS)
    parts = [part for parts, _ in run.LISTS.values() for part in parts]
    assert sorted(parts) == sorted(bench.PARTS)


@pytest.mark.parametrize("page", ["", "<!-- figures: written by benchmarks/run.py -->", "<!-- end of figures -->"])
def test_a_page_without_its_marks_is_left_alone(run: ModuleType, page: str):
    with pytest.raises(ValueError, match="no list"):
        run.replaced(page, "figures", "tables")


def measured(run: ModuleType, monkeypatch: pytest.MonkeyPatch, page: Path, *words: str) -> list[str]:
    """Run the program with figures that are made up; returns the parts that it measured."""
    parts: list[str] = []

    def measure(part: str, *, quick: bool) -> list[Figure]:
        parts.append(part)
        return [figure(part=part, group=None, unit="ms", what="something")]

    monkeypatch.setattr(run, "measure", measure)
    monkeypatch.setattr(run.blind, "peer", lambda n, parties: {"n": n, "parties": parties, "missing": "not here"})
    monkeypatch.setattr(run, "PAGE", page)
    monkeypatch.setattr(sys, "argv", ["run.py", *words])
    run.main()
    return parts


def test_a_list_is_written_when_all_of_it_was_measured(
    run: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    before, page = run.PAGE.read_text("utf-8"), tmp_path / "page.md"
    for words, lists in (
        (["--only", "blind"], {"figures of blind games"}),
        (["--only", "draw"], set()),
        (["--only", "blind", "--check"], set()),
        (["--quick"], set()),
        ([], set(run.LISTS)),
    ):
        page.write_text(before, "utf-8")
        parts = measured(run, monkeypatch, page, *words)
        assert parts == ([words[1]] if "--only" in words else list(bench.PARTS))
        after = page.read_text("utf-8")
        for name in run.LISTS:
            start, end = f"<!-- {name}:", f"<!-- end of {name}"
            old, new = (text.partition(start)[2].partition(end)[0] for text in (before, after))
            assert (old != new) == (name in lists), (words, name)


def test_a_game_stands_above_its_peers(run: ModuleType):
    games = [figure(group="games", what="whole game", players=n, value=4.5, goal=8.0) for n in (5, 30)]
    peers = [
        {"n": 5, "parties": 5, "runs": 2, "attempts": [1, 4], "attempt_seconds": 0.05, "average_seconds": 1.25,
         "mpyc": "0.11"},
        {"n": 30, "parties": 7, "missing": "no MPyC"},
    ]  # fmt: skip
    _, rows = run.blind.games_table(games, peers)
    assert [row[0] for row in rows] == ["5", "5", "30", "30"]
    assert rows[0][2] == "4.5 (8)"
    assert rows[1][1:] == ("MPyC 0.11, 5 parties", "1.25", "0.05", "2", "1, 4")
    assert rows[3][1:3] == ("MPyC, 7 parties", "no MPyC")
    assert all(len(row) == 6 for row in rows)


def test_a_peer_that_cannot_run_says_why(run: ModuleType):
    found = run.blind.peer(3, 2)  # two parties share nothing
    assert (found["n"], found["parties"]) == (3, 2)
    assert "at least 3" in found["missing"]
