"""Running attacks: what a run must say, the table, the page, and the one id that links everything."""

from __future__ import annotations

import ast
import json
import re
from pathlib import Path

import pytest

from sealed_santa.audit.checks import BY_CODE, BY_ID
from sealed_santa.base.errors import UNKNOWN, Blame, Certainty, Party, UndecidedError, UsageError
from sealed_santa.lab import attack as frame
from sealed_santa.lab import runner, stage
from sealed_santa.lab.attack import MODES, Attack, Effect, Outcome, attacks, ids, named
from sealed_santa.lab.runner import ATTACK_HEAD, ATTACKS, Run, attack_rows, cell, marks, table_in, write_tables

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "THREAT_MODEL.md").read_text("utf-8")
SERVER = Blame(Party.SERVER, certainty=Certainty.PROVEN)

#: Every promise of the page, by its id: what it says, its checks, and its test.
PROMISES = {
    row[0]: (" | ".join(row), set(re.findall(r"[AB]\d\d", row[3])), row[4])
    for row in (line.strip("| ").split(" | ") for line in PAGE.splitlines() if re.match(r"\| T\d\d \|", line))
}

#: Promises that no attack of the lab has as its threat, and why.
NO_ATTACK = {
    "T05": "later-deal-picked passes a permitted deck over; its promise is T01",
    "T18": "it is refused as key-that-signs-everything is, by the check of keys; what boxes are bound to is T48",
    "T20": "what a refusal publishes is seen in gift-outside-the-catalogue; its promise is T46",
    "T24": "a k is its giver's own: nobody cheats anybody with it, and any is allowed",
    "T25": "an accusation changes nothing in a game; the audit recomputes it",
    "T28": "it takes a process that is killed, and a disk",
    "T31": "it takes TLS, which is below everything that the lab plays",
    "T51": "the table of who learns what measures it; t-trustees-collude shows what one more can do",
    "T09": "fork-with-trustees does it to a blind game, as far as that promises it: T52; split-view is T10",
    "T53": "complaint-that-extorts-a-key complains too late to have anything drawn again; its promise is T42",
    "T55": "it takes an AEAD under two keys, which the lab does not write",
    "T56": "predictable-weights has this of the auditor, too; its promise is T26",
    "T35": "proof-moved-to-another-place shows another's mix as one's own; its promise is T14",
}


def outcome(**changes) -> Outcome:
    said = {"honest": "it works", "story": "a cheat", "victim": "nothing", "why": "nothing is promised"}
    fields = {"effect": Effect.WORKS, **said, **changes}
    return Outcome(**fields)


def an_attack(**changes) -> Attack:
    fields = {
        "id": "a-cheat", "title": "a cheat", "attacker": "somebody", "lesson": "One.\n\nTwo\nthree.", "weak": "all",
        "threat": "", "tests": (), "course": "01-sniff-the-classic-game",
        "runs": dict.fromkeys(MODES, outcome), **changes,
    }  # fmt: skip
    return Attack(**fields)


@pytest.fixture
def only(monkeypatch):
    """Let the lab hold one attack and no other."""

    def put(attack):
        monkeypatch.setattr(runner, "named", lambda attack_id: attack)
        monkeypatch.setattr(runner, "attacks", lambda: {attack.id: attack})
        return attack

    return put


# --- attacks and their ids ------------------------------------------------------------------------


def test_there_are_at_least_thirty_attacks():
    assert len(ids()) >= 30


@pytest.mark.parametrize(
    ("runs", "elsewhere"),
    [(("classic", "sealed"), ()), (("classic", "sealed", "blind"), ("blind",)), (("sealed",), ("classic", "other"))],
)
def test_an_attack_is_run_in_every_mode_or_says_why_not(runs, elsewhere):
    with pytest.raises(ValueError, match="every mode"):
        an_attack(runs=dict.fromkeys(runs, outcome), elsewhere=dict.fromkeys(elsewhere, "no"))


@pytest.mark.parametrize("typed", ["", "nothing", "fixed_point_dealt", "Fixed-Point-Dealt", "../runner", "__init__"])
def test_an_id_that_is_none_is_refused(typed):
    with pytest.raises(UsageError) as refused:
        named(typed)
    assert refused.value.code == "lab.unknown"


def test_a_typing_error_is_answered_with_the_id_that_was_meant():
    with pytest.raises(UsageError) as refused:
        named("fixed-point-delt")
    assert "fixed-point-dealt" in refused.value.hint


def test_a_module_that_holds_another_attack_is_found_out(monkeypatch):
    class Module:
        ATTACK = an_attack(id="another")

    monkeypatch.setattr(frame.importlib, "import_module", lambda name: Module)
    with pytest.raises(ValueError, match="holds another"):
        frame.named.__wrapped__("fixed-point-dealt")


@pytest.mark.parametrize("attack_id", ids())
def test_what_an_attack_names_exists(attack_id):
    attack = named(attack_id)
    assert attack.id == attack_id
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", attack.id)
    assert not attack.threat or PROMISES[attack.threat][2] in attack.tests, attack.threat
    for test in attack.tests:
        path, _, name = test.partition("::")
        text = (ROOT / path).read_text("utf-8")
        assert not name or re.search(rf"^(async )?def {re.escape(name)}\b", text, re.M), test
    for case in attack.cases:
        assert (ROOT / "tests" / "transcripts" / case / "expect.json").exists(), case
    assert attack.tests or attack.cases


def test_every_promise_has_an_attack_or_it_is_said_why_not():
    carried_out = {attack.threat for attack in attacks().values()} - {""}
    assert not set(PROMISES) - carried_out - set(NO_ATTACK)
    assert not carried_out.intersection(NO_ATTACK)
    assert set(NO_ATTACK) < set(PROMISES)


@pytest.mark.parametrize("attack_id", ids())
def test_no_attack_writes_down_what_a_run_has_to_show(attack_id):
    """Blame, check and code come from a report or an error, and nobody wins because it is written down."""
    path = ROOT / "src" / "sealed_santa" / "lab" / "attacks" / f"{attack_id.replace('-', '_')}.py"
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Call):
            assert not (isinstance(node.func, ast.Name) and node.func.id == "Blame"), node.lineno
        if isinstance(node, ast.keyword) and isinstance(node.value, ast.Constant) and node.value.value:
            assert node.arg not in ("code", "check", "blame", "won", "harm"), (node.lineno, node.arg)


@pytest.mark.parametrize("attack_id", ids())
def test_the_lesson_of_an_attack_exists(attack_id):
    assert (ROOT / "docs" / "lessons" / f"{named(attack_id).course}.md").exists()


@pytest.mark.parametrize("attack_id", ids())
def test_the_text_of_an_attack_is_a_lesson(attack_id):
    attack = named(attack_id)
    assert 2 <= len(list(runner.paragraphs(attack.lesson))) <= 5
    assert re.search(r"docs/(protocol|classic)\.md", attack.lesson)
    assert attack.weak.strip()
    assert attack.title == attack.title.strip().rstrip(".")
    assert all(why.strip() for why in attack.elsewhere.values())


def test_no_two_attacks_have_one_title():
    titles = [attack.title for attack in attacks().values()]
    assert len(titles) == len(set(titles))


# --- every attack, in every mode, and the page ----------------------------------------------------


def shown(run):
    """Return every word of a run that could be a check or a code: its own, and those that it has measured."""
    outcome = run.outcome
    figures = " ".join(outcome.figures.values())
    return {outcome.check, outcome.code, *re.findall(r"[a-z0-9.-]+[a-z0-9]|[AB]\d\d", figures)} - {""}


def expected(case):
    """Return the checks and codes of what is wrong with a bad transcript, or with its two copies."""
    said = json.loads((ROOT / "tests" / "transcripts" / case / "expect.json").read_text("utf-8"))
    codes = {found["code"] for found in said["findings"]} | {said.get("copies", {}).get("code", "")} - {""}
    return codes | {found["check"] for found in said["findings"]}


def is_linked(attack, runs):
    """Check that threat, transcripts and runs of an attack are about the same thing."""
    played = [run for run in runs if run.outcome is not None]
    stopped = [run for run in played if run.outcome.effect is not Effect.WORKS]
    assert bool(stopped) is bool(attack.threat), "a threat is where somebody promises something"
    for run in stopped:
        text, checks, _ = PROMISES[attack.threat]
        if run.outcome.check:
            assert run.outcome.check in checks, (run.mode, run.outcome.check, attack.threat)
        elif run.outcome.code:
            assert f"`{run.outcome.code}`" in text, (run.mode, run.outcome.code, attack.threat)
    words = set().union(*(shown(run) for run in played))
    if not any(run.outcome.check or run.outcome.code for run in stopped):  # it leaves no trace: what would leave one
        words |= PROMISES[attack.threat][1] if attack.threat else set()
    for case in attack.cases:
        assert expected(case) & words, case
    assert attack.cases or not any(run.outcome.check for run in stopped), "what a check finds is in a bad transcript"


@pytest.mark.parametrize("attack_id", ids())
def test_the_page_says_what_the_attack_shows(attack_id):
    """One id links threat, transcripts and runs; the row of the page is that of today's runs."""
    runs = [runner.run(attack_id, mode) for mode in MODES]
    is_linked(named(attack_id), runs)
    for run in runs:
        if run.outcome is not None and run.outcome.check:
            assert run.outcome.check in BY_ID
        if run.outcome is not None and run.outcome.effect is Effect.DETECTED and run.outcome.check:
            owner = BY_CODE.get(run.outcome.code)
            assert owner is None or owner.id == run.outcome.check, (run.mode, run.outcome.code)
    (row,) = attack_rows(runs)
    assert f"| {' | '.join(row)} |" in table_in(PAGE, ATTACKS).splitlines()


def test_the_page_has_exactly_the_attacks_that_there_are():
    head, _, *rows = table_in(PAGE, ATTACKS).splitlines()
    assert head == f"| {' | '.join(ATTACK_HEAD)} |"
    assert [row.split(" | ")[0].removeprefix("| ") for row in rows] == list(ids())


# --- one run --------------------------------------------------------------------------------------


def test_a_run_is_made_in_the_mode_that_is_asked_for(only):
    only(an_attack(runs={mode: (lambda mode=mode: outcome(story=mode)) for mode in MODES}))
    assert [runner.run("a-cheat", mode).outcome.story for mode in MODES] == list(MODES)


def test_where_an_attack_does_not_apply_nothing_is_run(only):
    only(an_attack(runs={"classic": outcome}, elsewhere={"sealed": "no cards", "blind": "no dealer"}))
    assert runner.run("a-cheat", "blind") == Run("a-cheat", "blind", None, "no dealer")
    assert runner.jobs() == (("a-cheat", "classic"),)


def test_a_mode_that_is_none_is_refused(only):
    only(an_attack())
    with pytest.raises(UsageError) as refused:
        runner.run("a-cheat", "open")
    assert refused.value.code == "lab.mode"


@pytest.mark.parametrize(
    "missing", [{"honest": ""}, {"story": ""}, {"victim": ""}, {"why": ""}, {"effect": Effect.DETECTED}],
)  # fmt: skip
def test_a_run_that_leaves_something_unsaid_is_no_run(only, missing):
    only(an_attack(runs=dict.fromkeys(MODES, lambda: outcome(**missing))))
    with pytest.raises(UndecidedError) as refused:
        runner.run("a-cheat", "sealed")
    assert refused.value.code == "lab.unshown"


# --- the table ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "written"),
    [
        (outcome(), "works"),
        (outcome(code="a.b", blame=SERVER), "works"),
        (outcome(effect=Effect.PREVENTED), "prevented"),
        (outcome(effect=Effect.PREVENTED, code="a.b"), "prevented: a.b"),
        (outcome(effect=Effect.PREVENTED, code="a.b", blame=SERVER), "prevented: a.b; the server, proven"),
        (outcome(effect=Effect.DETECTED, code="a.b"), "detected: a.b"),
        (outcome(effect=Effect.DETECTED, code="a.b", check="A28", blame=SERVER), "detected: A28; the server, proven"),
        (outcome(effect=Effect.DETECTED, check="A28", blame=UNKNOWN), "detected: A28"),
    ],
)
def test_cells(said, written):
    assert cell(Run("a-cheat", "sealed", said)) == written


def test_a_cell_without_a_run_is_a_dash():
    assert cell(None) == cell(Run("a-cheat", "blind", None, "no")) == "–"


def test_a_bar_in_a_cell_does_not_break_the_table():
    assert runner.markdown(("a", "b"), [("x|y", "z")]).splitlines() == ["| a | b |", "|---|---|", "| x/y | z |"]


def test_paragraphs_are_lines():
    assert list(runner.paragraphs(an_attack().lesson)) == ["One.", "Two three."]


# --- the page -------------------------------------------------------------------------------------


def page_with(*tables):
    return "\n".join(["before", *(f"{marks(t)[0]}\nold\n{marks(t)[1]}" for t in tables), "after", ""])


def test_a_table_is_written_between_its_marks_and_nothing_else_changes():
    page = page_with("one", "two")
    written = write_tables(page, {"one": "new\ntable"})
    assert table_in(written, "one") == "new\ntable"
    assert table_in(written, "two") == "old"
    assert written.replace("new\ntable", "old") == page
    assert write_tables(written, {"one": "new\ntable"}) == written


@pytest.mark.parametrize(
    "page",
    ["", page_with("two"), page_with("one", "one"), f"{marks('one')[1]}\n{marks('one')[0]}\n", f"{marks('one')[0]}\n"],
)
def test_a_page_without_a_place_is_refused(page):
    with pytest.raises(UsageError) as refused:
        write_tables(page, {"one": "new"})
    assert refused.value.code == "lab.page"


# --- for attacks ----------------------------------------------------------------------------------


def test_a_refusal_is_found_and_its_absence_is_no_verdict():
    error = stage.refusal(lambda: named("nothing"))
    assert error.code == "lab.unknown"
    with pytest.raises(UndecidedError) as refused:
        stage.refusal(lambda: None)
    assert refused.value.code == "lab.unshown"


def test_an_honest_log_has_no_finding():
    with pytest.raises(UndecidedError) as refused:
        stage.finding(stage.honest("sealed").entries)
    assert refused.value.code == "lab.unshown"
