"""What reaches a terminal, and what does not."""

import io
import json
import os

import pytest

from sealed_santa.base.errors import Blame, Certainty, Party, UsageError, VerificationError
from sealed_santa.cli.ui import Screen, blame_in_words

PAINT = "\x1b[31mAnn\x1b[0m\x07\u202eevil\u2066\r\n\x9b2J"


class Terminal(io.StringIO):
    def isatty(self):
        return True


def screen(*, json_lines=False, terminal=False, **environ):
    kind = Terminal if terminal else io.StringIO
    environ = {"TERM": "xterm-256color", **environ}
    out, err = kind(), kind()
    return Screen(json_lines=json_lines, stdin=kind(), stdout=out, stderr=err, environ=environ), out, err


@pytest.mark.parametrize("terminal", [False, True])
def test_nothing_that_is_printed_can_paint_the_terminal(terminal):
    shown, out, err = screen(terminal=terminal, NO_COLOR="1")
    shown.answer(PAINT)
    shown.say(PAINT)
    shown.quote(PAINT)
    shown.warn(PAINT)
    shown.next_step(PAINT)
    shown.table(("a",), [(PAINT,)])
    shown.error(VerificationError("x.y", PAINT, blame=Blame(Party.PLAYER, PAINT, Certainty.PROVEN), hint=PAINT))
    for text in (out.getvalue(), err.getvalue()):
        assert not set(text) & set("\x1b\x07\x9b\u202e\u2066\r")
        assert "\\u{1B}[31mAnn" in text


def test_a_line_stays_one_line_and_a_note_gets_a_margin():
    shown, out, _ = screen()
    shown.answer("Ann\nsanta: error: made up")
    shown.quote("dear you\nsanta: error: made up")
    lines = out.getvalue().splitlines()
    assert lines == ["Ann\\u{A}santa: error: made up", "    | dear you", "    | santa: error: made up"]


def test_styles_are_for_terminals_alone():
    plain, out, _ = screen()
    plain.answer("good", style="good")
    assert out.getvalue() == "good\n"
    for environ in ({"NO_COLOR": "1"}, {"TERM": "dumb"}):
        quiet, out, _ = screen(terminal=True, **environ)
        quiet.answer("good", style="good")
        assert out.getvalue() == "good\n"
    bright, out, _ = screen(terminal=True)
    bright.answer("good", style="good")
    assert "\x1b[" in out.getvalue()
    assert "good" in out.getvalue()


def test_markup_of_the_terminal_library_is_plain_text():
    shown, out, _ = screen(terminal=True)
    shown.answer("[red]Ann[/red] :santa:", style="name")
    assert "[red]Ann[/red] :santa:" in out.getvalue()


def test_json_has_stdout_for_itself_and_errors_are_objects_too():
    shown, out, err = screen(json_lines=True)
    shown.answer("for people")
    shown.say("for people")
    shown.table(("a",), [("b",)])
    shown.event("joined", name=PAINT)
    shown.error(UsageError("a.b", "no", hint="do"))
    first, second = (json.loads(line) for line in out.getvalue().splitlines())
    assert first == {"event": "joined", "name": PAINT}
    assert out.getvalue().isascii()
    assert second == {
        "event": "error", "code": "a.b", "message": "no", "hint": "do",
        "blame": {"party": "unknown", "who": "", "certainty": "suspected"},
    }  # fmt: skip
    assert "for people" not in err.getvalue()
    assert err.getvalue().startswith("santa: error: no [a.b]\n")


def test_without_json_no_event_is_printed():
    shown, out, err = screen()
    shown.event("joined", name="Ann")
    assert out.getvalue() + err.getvalue() == ""


def test_nobody_is_asked_where_there_is_no_terminal():
    shown, _, err = screen()
    with pytest.raises(UsageError) as caught:
        shown.ask("your name:", "--name NAME")
    assert caught.value.code == "input.missing"
    assert "--name NAME" in caught.value.hint
    assert err.getvalue() == ""


def test_a_terminal_is_not_asked_when_json_is_wanted():
    shown, _, _ = screen(json_lines=True, terminal=True)
    with pytest.raises(UsageError) as caught:
        shown.ask("your name:", "--name NAME")
    assert caught.value.code == "input.missing"


@pytest.mark.parametrize("party", list(Party))
@pytest.mark.parametrize("certainty", list(Certainty))
def test_every_blame_has_words(party, certainty):
    words = blame_in_words(Blame(party, "Ann", certainty))
    assert (words == "") == (party in (Party.NOBODY, Party.YOU))
    if party is Party.PLAYER:
        assert "Ann" in words


def test_bytes_never_go_to_a_terminal():
    shown, _, _ = screen(terminal=True)
    with pytest.raises(UsageError) as caught:
        shown.raw(b"\x1b[31m")
    assert caught.value.code == "output.terminal"


def test_what_the_encoding_cannot_carry_is_escaped():
    out = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    Screen(stdout=out, stderr=out, environ={}).answer("Zoë gave…")
    out.seek(0)
    assert out.read() == "Zo\\xeb gave\\u2026\n"


def test_no_qr_code_outside_a_terminal():
    shown, out, _ = screen()
    shown.qr_code("SANTA1:ABC")
    assert out.getvalue() == ""
    dumb, out, _ = screen(terminal=True, TERM="dumb")
    dumb.qr_code("SANTA1:ABC")
    assert out.getvalue() == ""


def test_work_that_is_quick_says_nothing():
    shown, _, err = screen()
    with shown.working("checking"):
        pass
    assert err.getvalue() == ""


class Narrow(Terminal):
    def fileno(self):
        return 1


@pytest.fixture
def narrow(monkeypatch):
    monkeypatch.setattr("os.get_terminal_size", lambda fd: os.terminal_size((40, 24)))
    out, err = Narrow(), Narrow()
    return Screen(stdin=Narrow(), stdout=out, stderr=err, environ={"TERM": "xterm", "NO_COLOR": "1"}), out, err


def test_long_lines_are_folded_under_their_own_beginning(narrow):
    shown, out, _ = narrow
    shown.answer("   a line that is set in by three and does not fit")
    shown.quote("a note that is longer than the terminal is wide")
    assert out.getvalue().splitlines() == [
        "   a line that is set in by three and", "     does not fit",
        "    | a note that is longer than the", "    | terminal is wide",
    ]  # fmt: skip


def test_a_command_to_copy_is_never_folded(narrow):
    shown, _, err = narrow
    command = "santa join --name Annabel --game abcdefgh"
    shown.next_step(command, "come back and stay")
    shown.next_step("santa sync", "look in")
    assert err.getvalue().splitlines() == [
        f"next:  {command}", "       # come back and stay", "next:  santa sync    # look in"
    ]  # fmt: skip


def test_unknown_blame_is_said_of_evidence_alone():
    for error, blamed in ((UsageError("a.b", "no"), False), (VerificationError("a.b", "no"), True)):
        shown, _, err = screen()
        shown.error(error)
        assert ("santa: blame: not known" in err.getvalue()) == blamed
