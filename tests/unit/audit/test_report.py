"""The report in its three forms: nothing hostile gets through, nothing is lost."""

from __future__ import annotations

import json
from functools import cache
from html.parser import HTMLParser

import msgspec
import pytest

from sealed_santa.audit.auditor import audit
from sealed_santa.audit.checks import CHECKS
from sealed_santa.audit.compare import fork
from sealed_santa.audit.findings import Report, Status, Verdict
from sealed_santa.audit.report import MANY, comparison_json, comparison_lines, to_html, to_json, to_lines
from sealed_santa.game.state import Phase
from sealed_santa.lab.simulator import Simulator, played
from sealed_santa.log.entry import sign_post

HOSTILE = '<script>alert("x")</script>'


@cache
def good() -> Report:
    return audit(played((HOSTILE, "Bob & Co", "Cem", "שרה")).transcript())


@cache
def failed() -> Report:
    made = Simulator("report").fill().start().run(Phase.CHOOSING)
    body = made.owed("Ann").posts[0]
    made.force(sign_post(msgspec.structs.replace(body, round=2), made.players["Ann"].signing))
    return audit(made.transcript())


def test_lines_are_safe_for_a_terminal_and_say_everything() -> None:
    for report in (good(), failed()):
        text = "\n".join(to_lines(report, explain=True))
        assert all(ord(char) >= 32 or char == "\n" for char in text)
        for check in CHECKS:
            assert check.id in text
            assert check.title in text


def test_the_first_line_is_the_verdict_and_the_last_the_next_step() -> None:
    assert to_lines(good())[0].startswith("verified: ")
    lines = to_lines(failed())
    assert lines[0].startswith("failed: ")
    assert lines[-1].startswith("next: keep this file")
    assert any("round.wrong" in line for line in lines)
    assert any("to blame: server (proven)" in line for line in lines)


@pytest.mark.parametrize("mode", ["sealed", "blind"])
def test_a_draw_is_said_to_be_drawn_once_cards_are_dealt_and_not_before(mode: str) -> None:
    made = Simulator("drawn", changes={"mode": mode}).fill()
    said = {}
    for phase in (Phase.JOINING, Phase.COINS, Phase.CHOOSING):
        if phase is Phase.COINS:
            made.start()
        if phase is not Phase.JOINING:
            made.run(phase)
        lines = to_lines(audit(made.transcript()))
        said[phase] = next(line.split(None, 1)[1] for line in lines if line.strip().startswith("draw:"))
    assert said[Phase.JOINING] == "not drawn yet"
    assert said[Phase.COINS].startswith("draw 1 has begun, nothing is dealt")
    assert said[Phase.CHOOSING].startswith("drawn once")


def test_what_is_no_transcript_fills_no_screen_and_says_how_much_was_summed_up() -> None:
    report = audit(b"not\na\ntranscript\nbut\nsix\nlines\n")
    lines = to_lines(report)
    assert len(lines) < 30
    assert sum("entry.malformed" in line for line in lines) == MANY
    assert any(line.strip() == "and 2 more" for line in lines)
    undecided = [r for r in report.results if r.status is Status.UNDECIDED and r.note]
    told = [line for line in lines if " checks (the rules could not be applied" in line]
    counts = [int(line.split("decided: ")[1].split()[0]) for line in told]
    assert sum(counts) == len(undecided) > 40
    whole = "\n".join(to_lines(report, explain=True))
    assert whole.count("entry.malformed") == 6
    assert all(f"  {check.id}  " in whole for check in CHECKS)


def test_hostile_messages_are_made_visible() -> None:
    made = Simulator("report", ())
    create = msgspec.structs.replace(made.state.create, title="x\x1b[2J\u202e")
    made.entries = []
    made.force(sign_post(create, made.organiser.signing))
    report = audit(made.transcript())
    assert report.verdict is Verdict.FAILED
    for text in ("\n".join(to_lines(report)), to_html(report)):
        assert "\x1b" not in text
        assert "\u202e" not in text


def test_json_survives_its_encoder_and_has_the_documented_fields() -> None:
    for report in (good(), failed()):
        said = json.loads(json.dumps(to_json(report)))
        assert set(said) == {"format", "verdict", "exit", "summary", "checks", "proves", "does_not_prove"}
        assert (said["verdict"], said["exit"]) == (report.verdict.value, report.exit_code)
        assert [c["id"] for c in said["checks"]] == [c.id for c in CHECKS]
    (finding,) = (f for c in json.loads(json.dumps(to_json(failed())))["checks"] for f in c["findings"])
    assert finding["blame"] == {"party": "server", "who": "", "certainty": "proven"}
    assert set(finding) == {"check", "code", "seq", "message", "blame", "next"}


class Page(HTMLParser):
    """Collects the tags and the text of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.words = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        assert not any(name in ("src", "href") or name.startswith("on") for name, _ in attrs)

    def handle_data(self, data: str) -> None:
        self.words += data


@pytest.mark.parametrize("report", [good, failed])
def test_html_is_one_page_without_scripts_or_other_files(report) -> None:  # type: ignore[no-untyped-def]
    page = Page(to_html(report()))
    assert "script" not in page.tags
    assert page.tags[0] == "html"
    assert all(check.title in page.words for check in CHECKS)


def test_html_shows_names_as_they_are() -> None:
    assert HOSTILE in Page(to_html(good())).words
    assert HOSTILE not in to_html(good())


def test_a_comparison_is_said_in_lines_and_json() -> None:
    one, other = (Simulator("report").fill().start().run(Phase.COINS) for _ in range(2))
    one.say("Ann", one.owed("Ann").posts[0])
    other.say("Bob", other.owed("Bob").posts[0])
    found = fork(one.transcript(), other.transcript())
    said = json.loads(json.dumps(comparison_json(found)))
    assert (said["relation"], said["exit"], len(said["evidence"])) == ("forked", 1, 3)
    assert any("copy.fork" in line for line in comparison_lines(found))
