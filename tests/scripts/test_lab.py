"""`santa lab`: list, run, matrix; what is printed and what scripts get."""

from concurrent.futures import Future, ProcessPoolExecutor

import pytest

from sealed_santa.base.errors import UndecidedError
from sealed_santa.cli import lab
from sealed_santa.lab import runner
from sealed_santa.lab.attack import MODES, attacks, ids, named
from sealed_santa.lab.knowledge import PARTIES, Column, games_of
from sealed_santa.lab.runner import marks

SOME = "fixed-point-dealt"


@pytest.fixture
def few(monkeypatch):
    """Two attacks and a few games, so that a matrix takes seconds."""
    chosen = (SOME, "look-alike-name")
    monkeypatch.setattr(lab, "GAMES", {"classic": 3, "sealed": 2, "blind": 1})
    monkeypatch.setattr(runner, "attacks", lambda: {k: named(k) for k in chosen})
    return chosen


@pytest.fixture(autouse=True)
def _here(monkeypatch):
    """Work in this process; that two do the same is a test of its own."""
    monkeypatch.setattr(lab, "ProcessPoolExecutor", Here)


class Here:
    """A pool of no processes."""

    def __init__(self, *_, **__):
        pass

    def __enter__(self):
        return self

    def __exit__(self, *_):
        return False

    def submit(self, function, job):
        future = Future()
        try:
            future.set_result(function(job))
        except Exception as e:
            future.set_exception(e)
        return future

    def shutdown(self, **_):
        pass


# --- list -----------------------------------------------------------------------------------------


def test_without_a_command_the_help_is_printed(santa):
    said = santa("lab")
    assert said.code == 0
    assert said.out == santa("lab", "--help").out
    assert all(f"  {name} " in said.out for name in ("list", "run", "matrix"))


@pytest.mark.parametrize("command", ["list", "run", "matrix"])
def test_every_command_of_the_lab_has_help(santa, command):
    said = santa("lab", command, "--help")
    assert said.code == 0
    assert said.out.startswith(f"Usage: santa lab {command}")
    assert "--json" in said.out
    assert "--debug" in said.out


def test_the_list_has_every_attack_and_who_learns_what(santa):
    said = santa("lab", "list")
    assert said.code == 0
    assert [line.split()[0] for line in said.out.splitlines()[1:]] == [*ids(), "knowledge"]
    assert "santa lab run" in said.err


def test_the_list_for_scripts(santa):
    events = santa("lab", "list", "--json").events
    assert [e["id"] for e in events] == [*ids(), "knowledge"]
    for event in events[:-1]:
        attack = attacks()[event["id"]]
        assert event["modes"] == [mode for mode in MODES if mode in attack.runs]
        assert sorted([*event["modes"], *event["elsewhere"]]) == sorted(MODES)
        assert (event["course"], event["threat"]) == (attack.course, attack.threat or None)
        assert (event["tests"], event["cases"]) == (list(attack.tests), list(attack.cases))


# --- run ------------------------------------------------------------------------------------------


def test_a_run_tells_the_story(santa):
    said = santa("lab", "run", SOME)
    attack = named(SOME)
    assert said.code == 0
    first, *rest = said.out.splitlines()
    assert first == f"{attack.title}  [{SOME}]"
    order = [said.out.index(f"Mode {mode}") for mode in MODES] + [
        said.out.index(text) for text in ("What it teaches", "What a weaker protocol", "Where else it stands")
    ]
    assert order == sorted(order)
    for words in ("honest run:", "the cheat:", "what came of it:", "the victim sees:"):
        assert said.out.count(words) == len(attack.runs)
    assert rest[-1] == f"  lesson docs/lessons/{attack.course}.md"
    assert f"threat {attack.threat}" in said.out


def test_the_check_that_detects_is_named_with_its_title(santa):
    said = santa("lab", "run", SOME, "--mode", "sealed")
    assert "by check A28 (No card is forbidden to its holder)" in said.out
    assert "blame: the server (proven by signed evidence)" in said.out
    assert "Mode classic" not in said.out


def test_where_it_works_it_says_why_it_can_and_accuses_nobody(santa):
    said = santa("lab", "run", SOME, "--mode", "classic")
    (why,) = (event["why"] for event in santa("lab", "run", SOME, "--mode", "classic", "--json").events)
    assert f"  why it can:  {why}" in said.out.splitlines()
    assert "it works\n" in said.out
    assert "blame" not in said.out.split("What it teaches")[0]
    assert "why it can" not in santa("lab", "run", SOME, "--mode", "blind").out


def test_a_run_for_scripts(santa):
    events = santa("lab", "run", SOME, "--json").events
    assert [(e["event"], e["attack"], e["mode"]) for e in events] == [("run", SOME, mode) for mode in MODES]
    sealed = events[MODES.index("sealed")]
    assert (sealed["effect"], sealed["check"], sealed["blame"]["party"]) == ("detected", "A28", "server")
    assert santa("lab", "run", SOME, "--json", "--mode", "blind").events == [events[2]]


def test_where_an_attack_does_not_apply_it_says_why(santa):
    attack = next(a for a in attacks().values() if a.elsewhere)
    mode = next(iter(attack.elsewhere))
    said = santa("lab", "run", attack.id, "--mode", mode)
    assert said.code == 0
    assert f"does not apply: {attack.elsewhere[mode]}" in said.out
    (event,) = santa("lab", "run", attack.id, "--mode", mode, "--json").events
    assert (event["effect"], event["elsewhere"]) == (None, attack.elsewhere[mode])


def test_a_run_that_shows_nothing_is_undecided(santa, monkeypatch):
    def nothing(attack_id, mode):
        raise UndecidedError("lab.unshown", "nothing")

    monkeypatch.setattr(runner, "run", nothing)
    said = santa("lab", "run", SOME)
    assert (said.code, said.refusal) == (3, "lab.unshown")


@pytest.mark.parametrize(
    ("argv", "code", "hint"),
    [
        (("run", "fixed-point"), "lab.unknown", "fixed-point-dealt"),
        (("run", "xyzzy"), "lab.unknown", "santa lab list"),
        (("run", SOME, "--mode", "open"), "usage", "santa lab run --help"),
        (("run",), "usage", "santa lab run --help"),
        ((SOME,), "command.unknown", f"santa lab run {SOME}"),
        (("knowledge",), "command.unknown", "santa lab run knowledge"),
        (("lsit",), "command.unknown", "list"),
        (("matrix", "--write", "no-such-file.md"), "file.missing", None),
    ],
)
def test_wrong_use(santa, argv, code, hint):
    said = santa("lab", *argv)
    assert (said.code, said.refusal) == (2, code)
    assert hint is None or hint in said.err
    assert said.out == ""


# --- knowledge ------------------------------------------------------------------------------------


def test_who_learns_what_is_told(santa, few):
    said = santa("lab", "run", "knowledge", "--mode", "sealed")
    assert said.code == 0
    assert "Mode sealed, 2 games of 7 players" in said.out
    assert "Mode blind" not in said.out
    assert sum(line.startswith(tuple(p.title for p in PARTIES)) for line in said.out.splitlines()) == sum(
        "sealed" in party.modes for party in PARTIES
    )
    assert said.out.splitlines()[-1].startswith("  lesson docs/lessons/08-")


def test_who_learns_what_for_scripts(santa, few):
    events = santa("lab", "run", "knowledge", "--mode", "sealed", "--json").events
    assert {e["event"] for e in events} == {"knowledge"}
    found = {(e["party"], e["moment"]): e for e in events}
    assert list(found) == [
        (party.id, column.name.lower()) for party in PARTIES for column in Column
        if "sealed" in party.modes and games_of("sealed", party, column, 2)
    ]  # fmt: skip
    server = found["server", "dealt"]
    assert (server["games"], server["right"], server["asked"], server["share"]) == (2, 14, 14, 1.0)
    assert all(0 <= e["low"] <= e["share"] <= e["high"] <= 1 for e in events)


# --- matrix ---------------------------------------------------------------------------------------


def test_the_matrix_has_both_tables(santa, few):
    said = santa("lab", "matrix")
    assert said.code == 0
    assert all(f"\n{attack_id} " in said.out for attack_id in few)
    assert all(f"Mode {mode}, " in said.out for mode in MODES)
    assert "games, in portions: " in said.err


def test_the_matrix_for_scripts(santa, few):
    events = santa("lab", "matrix", "--json").events
    runs = [e for e in events if e["event"] == "run"]
    assert [(e["attack"], e["mode"]) for e in runs] == list(runner.jobs())
    assert {e["mode"] for e in events if e["event"] == "knowledge"} == set(MODES)


def test_the_matrix_is_written_into_a_page(santa, few, tmp_path):
    page = tmp_path / "page.md"
    page.write_text("\n".join(["above", *marks("attacks"), "between", *marks("knowledge"), "below", ""]))
    said = santa("lab", "matrix", "--write", page)
    assert said.code == 0
    text = page.read_text()
    assert text.startswith("above\n")
    assert "\nbetween\n" in text
    assert text.endswith("\nbelow\n")
    assert all(f"\n| {attack_id} | " in text for attack_id in few)
    assert "\n| blind, 1 games | " in text


def test_a_page_without_marks_is_refused_before_anything_is_run(santa, few, tmp_path, monkeypatch):
    monkeypatch.setattr(runner, "run", lambda *_: pytest.fail("it was run"))
    page = tmp_path / "page.md"
    page.write_text("nothing\n")
    said = santa("lab", "matrix", "--write", page)
    assert (said.code, said.refusal) == (2, "lab.page")
    assert page.read_text() == "nothing\n"


def test_one_table_alone(santa, few, tmp_path):
    page = tmp_path / "page.md"
    page.write_text("\n".join(marks("attacks")))
    said = santa("lab", "matrix", "--only", "attacks", "--write", page, "--json")
    assert said.code == 0
    assert {e["event"] for e in said.events} == {"run"}
    assert "look-alike-name" in page.read_text()
    assert santa("lab", "matrix", "--only", "knowledge", "--write", page).refusal == "lab.page"


def test_an_error_in_one_run_is_the_error_of_the_matrix(santa, few, monkeypatch):
    def nothing(attack_id, mode):
        raise UndecidedError("lab.unshown", "nothing")

    monkeypatch.setattr(runner, "run", nothing)
    said = santa("lab", "matrix")
    assert (said.code, said.refusal) == (3, "lab.unshown")


def test_processes_of_their_own_find_the_same_in_the_same_order(santa, few, monkeypatch):
    argv = ("lab", "run", "knowledge", "--mode", "sealed", "--json")
    monkeypatch.setattr(lab, "GAMES", {"sealed": 3})
    alone = santa(*argv)
    monkeypatch.setattr(lab, "ProcessPoolExecutor", ProcessPoolExecutor)
    assert santa(*argv).out == alone.out
