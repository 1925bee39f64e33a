"""What README and guides show can be typed: every command line parses, and every one of them is run here.

Each page has a test that plays what the page tells, with its own lines: `Page.take` hands out a line of the page with
INVITE, ADDRESS and the like filled in, and at the end none may be left. Where a line is typed at a terminal, a
pipe stands for it here; tests/net/test_cli_game.py plays the same evening at pseudo-terminals.
"""

from __future__ import annotations

import os
import re
import shlex
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from sealed_santa.cli.main import COMMANDS, cli
from sealed_santa.cli.ui import Screen

ROOT = Path(__file__).parents[2]
PAGES = ("README.md", "docs/guides/play.md", "docs/guides/host.md", "docs/guides/audit.md")
HERE = {"0.0.0.0": "127.0.0.1", "1d": "0s", "2026-12-24": "2999-12-24"}  # noqa: S104  what a test has instead
WAIT = 60  # seconds
FOUR = ("Ada", "Ben", "Cat", "Dan")  # of a blind game


def text_of(page):
    return (ROOT / page).read_text("utf-8")


def shown(page):
    """The command lines that a page shows, as words without `santa`."""
    return [shlex.split(line, comments=True)[1:] for line in re.findall(r"^    (santa .*)$", text_of(page), re.M)]


SHOWN = [(page, words) for page in PAGES for words in shown(page)]


# --- every line parses ------------------------------------------------------------------------------


@pytest.mark.parametrize(("page", "words"), SHOWN, ids=[f"{p}: {' '.join(w)}" for p, w in SHOWN])
def test_what_is_shown_can_be_parsed(page, words):
    command = cli.get_command(None, words[0])
    assert command is not None, words[0]
    with command.make_context(words[0], words[1:], obj=Screen()) as context:
        assert set(context.params) == {p.name for p in command.params if p.expose_value}


@pytest.mark.parametrize("page", PAGES[1:])
def test_commands_and_options_that_are_named_in_passing_exist(page):
    options = {o for name in COMMANDS for p in cli.get_command(None, name).params for o in p.opts}
    spans = [span for span in re.findall(r"`([^`\n]+)`", text_of(page)) if span.startswith(("santa ", "-"))]
    assert spans
    for span in spans:
        words = span.split()
        if words[0] == "santa":
            command = cli.get_command(None, words[1])
            assert command is not None, span
            known = {o for p in command.params for o in p.opts}
        else:
            known = options | {"-"}
        assert [w for w in words if w.startswith("-") and w not in known] == [], span


def test_a_line_that_does_not_exist_would_be_found():
    command = cli.get_command(None, "give")
    with pytest.raises(Exception, match=r"[Nn]o such option"):
        command.make_context("give", ["--wrap", "gold"], obj=Screen())


# --- every line is run ------------------------------------------------------------------------------


class Page:
    """The lines of a page that have not been run yet."""

    def __init__(self, page):
        self.left = shown(page)

    def take(self, beginning, **filled):
        """Return the shortest line that begins like this, filled in."""
        begin = shlex.split(beginning)
        fitting = sorted((w for w in self.left if w[: len(begin)] == begin), key=len)
        assert fitting, f"no line left that begins with {beginning!r}: {self.left}"
        self.left.remove(fitting[0])
        return [{**HERE, **filled}.get(word, word) for word in fitting[0]]


class Window:
    """A command in a process of its own, with a pipe where somebody types and one where they read."""

    def __init__(self, home, words):
        self._process = subprocess.Popen(
            [sys.executable, "-m", "sealed_santa", *words],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            env={**os.environ, "SANTA_HOME": str(home)},
        )  # fmt: skip
        self.read = ""
        self._watch = threading.Timer(WAIT, self._process.kill)
        self._watch.start()

    def until(self, pattern):
        """Read to a line in which the pattern is found."""
        for line in self._process.stdout:
            self.read += line
            if found := re.search(pattern, line):
                return found
        raise AssertionError(f"{pattern!r} did not come:\n{self.read}")

    def type(self, line):
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()

    def interrupt(self):
        self._process.send_signal(signal.SIGINT)

    def end(self):
        self.read += self._process.communicate()[0]
        self._watch.cancel()
        return self._process.returncode


@pytest.fixture
def window(tmp_path):
    """Open a window with a command in it; at the end all are closed."""
    opened = []

    def begin(home, words):
        opened.append(Window(tmp_path / home, words))
        return opened[-1]

    yield begin
    for one in opened:
        if one._process.poll() is None:
            one._process.kill()
        one.end()


@pytest.fixture
def do(santa, tmp_path, monkeypatch):
    """Run a command that must succeed, in a folder of the test: do("Ann", "sync"), or do("Ann", words)."""
    monkeypatch.chdir(tmp_path)

    def run(home, *argv, code=0):
        said = santa(*(argv[0] if isinstance(argv[0], list) else argv), home=home)
        assert said.code == code, (argv, said.out, said.err)
        return said

    return run


def invites_in(text):
    """The invites that `new` or `host` printed, by name."""
    return dict(re.findall(r"^invite for (.+):\n(SANTA1:[A-Z2-7]+)$", text, re.M))


def open_coins(do, names):
    """Two rounds of visits: coins, and what comes of them."""
    for _ in range(2):
        for name in names:
            do(name, "sync")


def give_all(do, names):
    for name in names:
        do(name, "give", "--gift", "1", "--note", f"from {name}")


def type_to_the_choice(player):
    """Read as somebody at a live client does, and choose."""
    player.until(r"safety words of round 1:\s+(\w+ \w+ \w+)")
    recipient = player.until(r"you give to:\s+(\w+)")[1]
    player.until("type a number or an id")
    player.type("1")
    player.until("a note with it")
    player.type("for you")
    player.until("your gift is in the log")
    return recipient


def test_readme_an_evening_and_a_game_over_weeks(do, window, tmp_path):
    page = Page("README.md")
    host = window("host", [*page.take("host"), "--port", "0"])
    invite = host.until("SANTA1:[A-Z2-7]+")[0]
    ann = window("ann", page.take("join INVITE --name Ann --wish", INVITE=invite))
    ann.until("you can type")
    friends = ("Bob", "Cem", "Dot")
    for name in friends:
        do(name, "join", invite, "--name", name, "--no-wait")
    ann.until("Dot is in")
    ann.type("start user distribution")
    ann.until("now every player adds a coin")
    for name in friends:
        do(name, "sync")
    assert type_to_the_choice(ann) in ("Cem", "Dot")
    for name in friends:
        do(name, "sync")
    give_all(do, friends)
    for name in friends:
        do(name, "sync")
    ann.until("you get:")
    ann.until("your Santa was:")
    assert ann.end() == 0
    host.interrupt()
    assert host.end() == 130

    serve = window("server", [*page.take("serve"), "--port", "0"])
    address = serve.until(r"serving at\s+(\S+)")[1]
    names = ("Ann", "Hal", "Ida")
    (tmp_path / "names.txt").write_text("\n".join(names))
    invites = invites_in(do("office", page.take("new", ADDRESS=address)).out)
    assert set(invites) == set(names)
    do("Ann", page.take("join", INVITE=invites["Ann"]))
    for name in names[1:]:
        do(name, "join", invites[name], "--name", name, "--no-wait")
    do("Ann", page.take("sync"))
    do("Ann", page.take("start"))
    open_coins(do, names)
    do("Ann", page.take("give"))
    assert "waiting for gifts: Hal and Ida" in do("Ann", page.take("status")).out
    give_all(do, names[1:])
    do("office", "reveal")
    for name in names[:2]:
        do(name, "sync")
    do("Hal", "transcript", "--out", "bobs-copy.santa")
    do("Ann", page.take("transcript"))
    assert do("Ann", page.take("audit")).out.startswith("verified: ")
    assert "--with:" in do("Ann", page.take("audit")).out
    assert page.left == []


def test_playing_live_over_weeks_and_by_itself(do, window, new_game, santa, tmp_path):
    page = Page("docs/guides/play.md")
    invite = new_game()["invites"][0]["invite"]
    (tmp_path / "invite.txt").write_text(invite + "\n")
    do("Bob", page.take("join @invite.txt"))
    do("Dot", "join", invite, "--name", "Dot", "--no-wait")
    do("Dot", page.take("leave"))
    blind = new_game("--mode", "blind", "--batch-tests", "40", home="blind")["invites"][0]["invite"]
    for name in FOUR:
        do(f"blind {name}", "join", blind, "--name", name, "--no-wait")
    do("blind Ada", "start")
    while "you give to:" not in do("blind Ada", "status").out + santa("status", "--recipient", home="blind Ada").out:
        for name in FOUR:
            do(f"blind {name}", "sync")
    assert "Ada has left" in do("blind Ada", page.take("leave")).out
    assert "waiting for players: 1 is in" in do("Bob", page.take("sync")).out
    ann = window("Ann", page.take("join INVITE --name Ann", INVITE=invite))
    ann.until("you can type")
    cem = window("Cem", page.take("join INVITE --name Cem", INVITE=invite))
    ann.until("Cem is in")
    do("Bob", page.take("start"))
    gives = {"Ann": type_to_the_choice(ann)}
    do("Bob", "sync")
    gives["Bob"] = re.match(r"you give to:  (\w+)\n", do("Bob", page.take("status --recipient")).out)[1]
    assert "wool-socks" in do("Bob", page.take("give --list")).out
    do("Bob", page.take("give --gift"))
    assert "you are Bob" in do("Bob", page.take("status")).out
    do("Bob", "sync")
    assert (ann.end(), cem.end()) == (0, 0)
    got = {"Ann": ann.read, "Cem": cem.read, "Bob": do("Bob", "status", "--parcel").out}
    assert "    | Stay warm!" in got[gives["Bob"]]
    assert "    | for you" in got[gives["Ann"]]
    assert page.left == []


def test_hosting_for_an_evening_and_for_weeks(do, window, tmp_path):
    page = Page("docs/guides/host.md")
    host = window("host", [*page.take("host"), "--port", "0"])
    again = shlex.split(host.until("next:  santa (serve .*)    # go on later")[1])
    host.interrupt()
    assert host.end() == 130
    host = window("host", again)
    host.until("serving at")
    host.interrupt()
    assert host.end() == 130

    quiet = window("quiet", [*page.take("host"), "--port", "0"])
    invite = quiet.until("SANTA1:[A-Z2-7]+")[0]
    quiet.until("it has no secret of this game")
    for name in FOUR:
        do(f"quiet {name}", "join", invite, "--name", name, "--no-wait")
    do("quiet", "start")
    for name in (*FOUR, "Ada", "Ben"):  # Dan's coin is the last, so that Dan shuffles at once, and then these two
        do(f"quiet {name}", "sync")
    assert "the organiser waits no longer for Cat" in do("quiet", page.take("close")).out
    quiet.interrupt()
    assert quiet.end() == 130

    serve = window("server", [*page.take("serve"), "--port", "0"])
    address = serve.until(r"serving at\s+(\S+)")[1]
    assert (tmp_path / "DATA").is_dir()
    names = ("Ann", "Bob", "Cem", "Dot", "Eve")
    (tmp_path / "names.txt").write_text("\n".join(names))
    said = do("o", page.take("new", ADDRESS=address))
    invites = invites_in(said.out)
    assert "3:  Ann and Bob" in said.err
    assert all(invite in do("o", "games", "--invites").out for invite in invites.values())
    for name in names:
        do(name, "join", invites[name], "--name", name, "--no-wait")
    do("o", "sync")
    assert "5 players are in" in do("o", page.take("status")).out
    do("o", "start")
    rest = ("Ann", "Bob", "Cem", "Eve")
    for name in rest:
        do(name, "sync")
    assert "Dot was dropped" in do("o", page.take("drop")).out
    open_coins(do, rest)
    give_all(do, rest[:3])
    assert "1 did not choose" in do("o", page.take("close")).out
    assert "the game is over" in do("o", page.take("reveal")).out
    assert do("o", page.take("games")).code == 0
    assert "you were dropped" in do("Dot", "sync").out
    assert page.left == []


def test_auditing_ones_own_copy_and_those_of_others(do, new_game):
    page = Page("docs/guides/audit.md")
    invite = new_game()["invites"][0]["invite"]
    names = ("Ann", "Bob", "Cem")
    for name in names:
        do(name, "join", invite, "--name", name, "--no-wait")
    do("Ann", "start")
    open_coins(do, names)
    do("Ann", "transcript", "--out", "older.santa")
    assert do("Ann", "audit", "older.santa", code=3).out.startswith("verified so far")
    give_all(do, names)
    for name in (*names, *names):
        do(name, "sync")
    do("Bob", "transcript", "--out", "bob.santa")
    do("Ann", page.take("transcript"))
    for beginning, said in (
        ("audit game.santa", "verified: "), ("audit game.santa --explain", "does not prove:"),
        ("audit game.santa --json", '"verdict": "verified"'), ("audit game.santa --as", "A50  passed"),
        ("audit game.santa --since", "--since:"), ("audit game.santa --with", "--with:"),
    ):  # fmt: skip
        assert said in do("Ann", page.take(beginning)).out
    assert page.left == []
