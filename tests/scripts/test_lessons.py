"""Every command of every lesson is run, in the order of the page, and what the page shows is what comes out.

A lesson has blocks. `python` is a file, named by its first line. `console` is typed: `$` begins a command, `>` is a
line typed into it, `^C` ends it, and everything else is what comes out. `…` stands for what varies: in a line for
some text, alone in a line for some lines. INVITE is the invite that was printed last, and ports are free ones.

`console NAME` is a window of its own, with a process in it that may go on while others work. A block without a name is
run to its end in this process; its hints (standard error) are not shown on the page.
"""

from __future__ import annotations

import os
import re
import runpy
import shlex
import signal
import socket
import subprocess
import sys
import threading
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest

from sealed_santa.audit.checks import BY_ID
from sealed_santa.cli.main import cli
from sealed_santa.lab import knowledge
from sealed_santa.lab.attack import attacks

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "docs" / "lessons"
LESSONS = sorted(path.stem for path in FOLDER.glob("[0-9][0-9]-*.md"))
TEACH = (ROOT / "docs" / "guides" / "teach.md").read_text("utf-8")
PARTS = ("What you need", "The idea", "Look", "Questions", "Exercise", "Go on")
WAIT = 60  # seconds, for a command in a window
BLOCK = re.compile(r"^```(\w+)(?: (\w+))?\n(.*?)^```$", re.M | re.S)


def text_of(lesson):
    return (FOLDER / f"{lesson}.md").read_text("utf-8")


def free_port():
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


def fits(shown, line):
    """Whether a line is what the page shows, `…` being any text."""
    return re.fullmatch(".*".join(re.escape(part) for part in shown.rstrip().split("…")), line.rstrip()) is not None


def mismatch(shown, lines):
    """Return the first line of the page that did not come, or None; `…` alone is any number of lines."""
    at, loose = 0, False
    for want in shown:
        if want.strip() == "…":
            loose = True
            continue
        while loose and at < len(lines) and not fits(want, lines[at]):
            at += 1
        if at == len(lines) or not fits(want, lines[at]):
            return want
        at, loose = at + 1, False
    return None if loose or at == len(lines) else f"(nothing after it, but: {lines[at]})"


class Window:
    """A window of its own: commands one after the other, in a home of their own."""

    def __init__(self, lesson):
        self.lesson, self.home, self.process, self.watch = lesson, lesson.folder / "home", None, None
        self.read, self.loose = "", False

    def start(self, words):
        self.stop()
        run = {"santa": [sys.executable, "-m", "sealed_santa"], "python": [sys.executable], "nc": [sys.executable, NC]}
        argv = [*run[words[0]], *words[1:]]
        self.process = subprocess.Popen(
            argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            cwd=self.lesson.folder, env={**os.environ, "SANTA_HOME": str(self.home)},
        )  # fmt: skip
        self.watch = threading.Timer(WAIT, self.process.kill)
        self.watch.start()

    def line(self):
        line = self.process.stdout.readline()
        self.read += line
        assert line, f"nothing more came:\n{self.read}"
        self.lesson.remember(line)
        return line.rstrip("\n")

    def expect(self, shown):
        """Read what the page shows; after `…` also lines that came before something was typed may stand."""
        for want in shown:
            if want.strip() == "…":
                self.loose = True
                continue
            while not fits(want, line := self.line()):
                assert self.loose, f"the page has {want!r}, but it was {line!r}:\n{self.read}"
            self.loose = False

    def type(self, text):
        self.process.stdin.write(text + "\n")
        self.process.stdin.flush()

    def interrupt(self):
        self.process.send_signal(signal.SIGINT)
        self.process.wait()

    def stop(self):
        """Wait for the end of what runs here, if its page waits for it; a game is read to its end."""
        if self.process is not None:
            self.read += self.process.communicate()[0]
            self.watch.cancel()
            self.process, self.loose = None, False

    def close(self):
        if self.process is not None:
            self.process.kill()
            self.stop()


NC = str(Path(__file__).with_name("plain_client.py"))


class Lesson:
    """A page that is played."""

    def __init__(self, name, folder, santa, capsys):
        self.folder, self._santa, self._capsys = folder, santa, capsys
        self.text = text_of(name)
        self.ports = {"3000": str(free_port()), "3001": str(free_port())}
        self.invite, self.code, self.windows = "", 0, {}
        for tool in ("tap.py", "posts.py"):
            self.write(tool, (FOLDER / tool).read_text("utf-8"))

    def write(self, name, text):
        (self.folder / name).write_text(self.filled(text), "utf-8")

    def filled(self, text):
        return re.sub(r"\b300[01]\b", lambda m: self.ports[m[0]], text)

    def remember(self, text):
        if found := re.findall(r"SANTA1:[A-Z2-7]+", text):
            self.invite = found[-1]

    def play(self):
        for kind, window, content in BLOCK.findall(self.text):
            if kind == "python":
                name = re.match(r"# (\w+\.py)\n", content)
                assert name, f"a block of Python begins with the name of its file: {content[:40]!r}"
                self.write(name[1], content)
            elif kind == "console":
                self._typed(window, content)
            else:
                assert kind == "text", kind

    def _typed(self, window, content):
        lines = self.filled(content).splitlines()
        signs = ("$ ", "> ", "^C") if window else ("$ ",)
        starts = [k for k, line in enumerate(lines) if line.startswith(signs)]
        if window and starts[:1] != [0]:  # what comes while others type
            self.windows[window].expect(lines[: starts[0] if starts else len(lines)])
        else:
            assert starts[0] == 0, lines
        for begin, end in zip(starts, [*starts, len(lines)][1:], strict=True):
            line, shown = lines[begin].replace("INVITE", self.invite), lines[begin + 1 : end]
            if window:
                self._in_window(self.windows.setdefault(window, Window(self)), line, shown)
            else:
                out = self._run(shlex.split(line[2:]))
                wrong = mismatch(shown, out.splitlines())
                assert wrong is None, f"{line}\nthe page has {wrong!r}, but it was:\n{out}"

    def _in_window(self, window, line, shown):
        if line == "^C":
            window.interrupt()
        elif line.startswith("> "):
            window.type(line[2:])
        elif found := re.fullmatch(r"\$ export SANTA_HOME=(\w+)", line):
            window.home = self.folder / found[1]
        else:
            window.start(shlex.split(line[2:]))
        window.expect(shown)

    def _run(self, words):
        if words == ["echo", "$?"]:
            return f"{self.code}\n"
        if words[0] == "santa":
            said = self._santa(*words[1:], home=self.home)
            for _ in range(3 if words[1] == "demo" else 0):
                if "drawn once" in said.out:  # in one game of a hundred all decks are out; the pages show the others
                    break
                said = self._santa(*words[1:], "--force", home=self.home)
            assert said.code in (0, 1, 3), said.err
            self.code = said.code
            return said.out
        if words[0] == "python":
            self._capsys.readouterr()
            before, sys.argv = sys.argv, words[1:]
            try:
                runpy.run_path(str(self.folder / words[1]), run_name="__main__")
            finally:
                sys.argv = before
            return self._capsys.readouterr().out
        assert words[0] == "grep", words
        return subprocess.run(words, cwd=self.folder, capture_output=True, text=True).stdout

    @property
    def home(self):
        """The home of commands without a window: the first that was named."""
        return next((w.home.name for w in self.windows.values() if w.home.name != "home"), "home")

    def close(self):
        for window in self.windows.values():
            window.close()


@pytest.mark.parametrize("name", LESSONS)
def test_a_lesson_is_played_and_shows_what_it_says(name, tmp_path, monkeypatch, santa, capsys):
    monkeypatch.chdir(tmp_path)
    lesson = Lesson(name, tmp_path, santa, capsys)
    try:
        lesson.play()
    finally:
        lesson.close()


# --- the player of pages finds what is wrong ------------------------------------------------------


@pytest.mark.parametrize(
    ("shown", "said", "wrong"),
    [
        (["a", "b"], ["a", "b"], None), (["a", "…", "c"], ["a", "b", "b", "c"], None), (["a", "…"], ["a"], None),
        (["x … z"], ["x y z"], None), (["…", "z"], ["z"], None),
        (["a"], ["b"], "a"), (["a", "b"], ["a"], "b"), (["a"], ["a", "b"], "(nothing after it, but: b)"),
        (["a", "…", "c"], ["a", "b"], "c"), (["x … z"], ["x y"], "x … z"), (["a.c"], ["abc"], "a.c"),
    ],
)  # fmt: skip
def test_what_a_page_shows_is_compared(shown, said, wrong):
    assert mismatch(shown, said) == wrong


# --- what every lesson has ------------------------------------------------------------------------


def test_there_is_a_lesson_for_every_attack_and_none_is_missing():
    named = {attack.course for attack in attacks().values()} | {knowledge.COURSE}
    assert named == set(LESSONS)
    assert [lesson[:2] for lesson in LESSONS] == [f"{k:02}" for k in range(1, 9)]


@pytest.mark.parametrize("lesson", LESSONS)
def test_a_lesson_has_its_parts_and_answers_are_folded(lesson):
    text = text_of(lesson)
    assert re.findall(r"^## (.*)$", text, re.M) == list(PARTS)
    assert re.search(r"^\*\*\d\d minutes\.\*\* ", text, re.M)
    questions = text.split("## Questions\n")[1].split("\n## ")[0]
    asked = re.findall(r"^\d\. ", questions, re.M)
    assert 3 <= len(asked) == questions.count("<summary>Answer</summary>") == questions.count("</details>")
    assert text.split("## Exercise\n")[1].count("<summary>Solution</summary>") == 1
    assert text.count("<details>") == text.count("</details>") == text.count("\n<details>\n<summary>")


@pytest.mark.parametrize("lesson", LESSONS)
def test_the_exercise_runs_before_the_cheat_and_its_solution_is_about_a_dozen_lines(lesson):
    start, solution = text_of(lesson).split("## Exercise\n")[1].split("<summary>Solution</summary>")
    for part in (start, solution):
        assert [kind for kind, _, _ in BLOCK.findall(part)][:2] == ["python", "console"]
    first, cheat = (next(c for kind, _, c in BLOCK.findall(part) if kind == "python") for part in (start, solution))
    given = set(first.splitlines())
    assert 1 <= len([line for line in cheat.splitlines() if line.strip() and line not in given]) <= 16


@pytest.mark.parametrize("lesson", LESSONS)
def test_a_lesson_names_the_attacks_that_go_with_it_and_checks_that_exist(lesson):
    text = text_of(lesson)
    ids = {attack.id for attack in attacks().values() if attack.course == lesson}
    listed = re.findall(r"^- `([a-z-]+)`: ", text.split("## Go on\n")[1], re.M)
    assert sorted(listed) == sorted(ids | ({"knowledge"} if lesson == knowledge.COURSE else set()))
    assert set(re.findall(r"\b[AB]\d\d\b", text)) <= set(BY_ID)


@pytest.mark.parametrize("lesson", LESSONS)
def test_what_is_named_in_passing_exists(lesson):
    for span in re.findall(r"`(santa [^`\n]+)`", text_of(lesson)):
        check_words(shlex.split(span))


def check_words(words):
    """Every word of a command line is a command, and every option one of its options."""
    command = cli
    for word in words[1:]:
        inner = command.get_command(None, word) if hasattr(command, "get_command") else None
        if inner is None:
            break
        command = inner
    assert command is not cli, words
    known = {option for parameter in command.params for option in parameter.opts}
    assert [word for word in words if word.startswith("--") and word not in known] == [], words


# --- pictures -------------------------------------------------------------------------------------


def test_the_pictures_are_what_the_script_draws_from_the_code(tmp_path):
    draw = runpy.run_path(str(FOLDER / "draw.py"))
    drawn = draw["pictures"]()
    assert sorted(drawn) == sorted(path.name for path in FOLDER.glob("*.svg"))
    for name, text in drawn.items():
        ElementTree.fromstring(text)  # noqa: S314  our own
        assert (FOLDER / name).read_text("utf-8") == text, f"python docs/lessons/draw.py  # {name}"


@pytest.mark.parametrize("lesson", LESSONS)
def test_every_lesson_shows_its_picture_with_words_for_who_cannot_see_it(lesson):
    shown = re.findall(r"!\[([^\]]+)\]\((\S+\.svg)\)", text_of(lesson))
    assert len(shown) == 1
    words, file = shown[0]
    assert file == f"{lesson}.svg"
    assert len(words) > 40
    assert (FOLDER / file).exists()


# --- the page for teachers ------------------------------------------------------------------------


def test_the_teacher_has_every_lesson_with_its_time():
    rows = re.findall(r"^\| \d \| \[[^\]]+\]\(\.\./lessons/([0-9a-z-]+)\.md\) \| (\d\d) \|", TEACH, re.M)
    assert [lesson for lesson, _ in rows] == LESSONS
    for lesson, minutes in rows:
        assert f"**{minutes} minutes.** " in text_of(lesson)
        assert 15 <= int(minutes) <= 30


def test_commands_of_the_teacher_can_be_parsed():
    shown = [shlex.split(line, comments=True) for line in re.findall(r"^    (santa .*)$", TEACH, re.M)]
    assert shown
    for words in shown:
        check_words(words)
    for span in re.findall(r"`(santa [^`\n]+)`", TEACH):
        check_words(shlex.split(span))


def test_commands_of_the_teacher_are_run(santa, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for line in re.findall(r"^    (santa .*)$", TEACH, re.M):
        words = shlex.split(line, comments=True)[1:]
        if words[:2] == ["lab", "matrix"]:
            continue  # a minute; tests/scripts/test_lab.py runs it with a few attacks and games
        said = santa(*words)
        assert said.code == 0, (line, said.err)
