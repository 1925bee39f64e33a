"""A whole live game at terminals: a host and three players who type, one of whom goes and comes back."""

from __future__ import annotations

import os
import re
import sys

import pexpect
import pytest

NAMES = ("Annabel", "Bobby", "Cemil")
WAIT = 60
SGR = re.compile(r"\x1b\[[0-9;]*m")


@pytest.fixture
def terminal(tmp_path):
    """Open a terminal with a command in it: terminal("Annabel", "join")."""
    opened = []

    def begin(home, *argv, **environ):
        child = pexpect.spawn(
            sys.executable, ["-m", "sealed_santa", *argv], encoding="utf-8", timeout=WAIT, dimensions=(60, 250),
            env={**os.environ, "SANTA_HOME": str(tmp_path / home), "TERM": "xterm-256color", **environ},
        )  # fmt: skip
        opened.append(child)
        return child

    yield begin
    for child in opened:
        child.close(force=True)


def plain(text):
    return SGR.sub("", text)


def come_in(terminal, invite, name):
    child = terminal(name, "join")
    child.expect("the invite:")
    child.sendline(invite)
    child.expect("your name:")
    child.sendline(name)
    child.expect("its key is the one in the invite")
    child.expect("you are in")
    child.expect("you can type")
    return child


def read_card(child):
    """Read to the choice of a gift; return safety words and recipient, having checked what is on that page."""
    child.expect(r"safety words of round 1:\s+(\w+ \w+ \w+)")
    words = child.match[1]
    child.expect(r"compare them with the others by voice")
    child.expect(r"\x1b\[2J\x1b\[H")
    child.expect(r"you give to:\s+(\w+)")
    recipient = child.match[1]
    child.expect("choose a gift")
    page = plain(child.before)
    child.expect("type a number or an id")
    page += plain(child.before)
    assert [n for n in NAMES if n in page] == []
    assert len(re.findall(r"^\s+[1-5]\. [a-z]", page, re.M)) == 5
    return words, recipient


def choose(child, number, note):
    child.sendline("a pony")
    child.expect(r"gift\.unknown")
    child.sendline("99")
    child.expect(r"gift\.unknown")
    child.sendline("list")
    child.expect("wool-socks")
    child.sendline(number)
    child.expect("you give: ")
    child.expect("only your recipient can read it")
    child.sendline("\x16\x1b[31m red")
    child.expect(r"note\.character")
    child.sendline(note)
    child.expect("your gift is in the log")


def test_an_evening_among_friends(terminal):
    host = terminal("host", "host", "--port", "0", "--title", "Evening")
    host.expect("serving at")
    host.expect("invite for everybody")
    host.expect(r"SANTA1:[A-Z2-7]+")
    invite = host.match[0]
    host.expect("[▄▀█]{20}")  # the QR code
    host.expect("you run the server")

    ann, bob = (come_in(terminal, invite, name) for name in NAMES[:2])
    ann.expect("Bobby is in")
    bob.sendline("start user distribution")
    bob.expect(r"start\.too-few")
    cem = come_in(terminal, invite, NAMES[2])
    players = dict(zip(NAMES, (ann, bob, cem), strict=True))
    ann.expect("Cemil is in")
    ann.sendline("who")
    ann.expect("players: Annabel, Bobby and Cemil")
    ann.sendline("words")
    ann.expect("there are no safety words yet")
    ann.sendline("sing")
    ann.expect("means nothing now")
    ann.sendline("start user distribution")

    cards = {name: read_card(child) for name, child in players.items()}
    assert len({words for words, _ in cards.values()}) == 1
    gives = {name: recipient for name, (_, recipient) in cards.items()}
    assert sorted(gives.values()) == sorted(NAMES)
    assert all(name != recipient for name, recipient in gives.items())

    cem.sendintr()
    cem.expect("the game goes on")
    cem.expect("santa join --name")
    cem.expect(pexpect.EOF)
    cem.close()
    assert cem.exitstatus == 130

    choose(ann, "1", "for you")
    choose(bob, "2", "")
    cem = players["Cemil"] = terminal("Cemil", "join")
    cem.expect("welcome back")
    cem.expect("type a number or an id")
    choose(cem, "mittens", "a note from Cemil")

    for name, child in players.items():
        child.expect(r"you get:\s+\w")
        child.expect(r"your Santa was:\s+(\w+)")
        assert gives[child.match[1]] == name
        child.expect("the game is over")
        child.expect("santa transcript --out")
        child.expect(pexpect.EOF)
        child.close()
        assert child.exitstatus == 0

    host.sendintr()
    host.expect(pexpect.EOF)
    host.close()
    assert host.exitstatus == 130


def test_a_blind_evening_on_which_somebody_leaves_after_the_deal(terminal):
    host = terminal("host", "host", "--mode", "blind", "--batch-tests", "70", "--port", "0", "--title", "Quiet")
    host.expect("A note has at most 160 bytes")
    host.expect(r"SANTA1:[A-Z2-7]+")
    invite = host.match[0]
    host.expect("it has no secret of this game")
    ann, dot = come_in(terminal, invite, "Annabel"), come_in(terminal, invite, "Dorothy")
    others = [terminal(name, "join", invite, "--name", name, "--auto") for name in ("Bobby", "Cemil", "Esther")]
    ann.expect(r"\(5 players now\)")
    ann.sendline("start user distribution")
    for child in (ann, dot):
        child.expect("has shuffled the cards")
        child.expect(r"you give to:\s+(\w+)")
        child.expect("type a number or an id")
    dot.sendline("leave")
    dot.expect("cannot come back")
    dot.expect("type leave once more to go")
    dot.sendline("leave")
    dot.expect("you have left the game")
    dot.expect(pexpect.EOF)
    dot.close()
    assert dot.exitstatus == 0
    ann.expect("Dorothy has left after the deal")
    ann.expect("nobody learns who that is|recipients may have changed")
    ann.expect("the cards are dealt again")
    ann.expect(r"you give to:\s+(\w+)")
    assert ann.match[1] != "Dorothy"
    ann.expect("choose a gift")
    ann.sendline("who")
    ann.expect("players: Annabel, .*Esther")
    assert "Dorothy" not in plain(ann.after)
    ann.sendline("1")
    ann.expect("only your recipient can read it")
    ann.sendline("é" * 81)
    ann.expect(r"note\.too-long")
    ann.sendline("a short note")
    ann.expect("your gift is in the log")
    ann.expect("shuffled the gifts")
    ann.expect(r"you get:\s+\w")
    ann.expect(r"your Santa was:\s+(\w+)")
    ann.expect(pexpect.EOF)
    ann.close()
    assert ann.exitstatus == 0
    for child in others:
        child.expect(pexpect.EOF)
        child.close()
        assert child.exitstatus == 0
    host.sendintr()
    host.expect(pexpect.EOF)


def test_a_plain_terminal_gets_plain_lines(terminal):
    for environ in ({"TERM": "dumb"}, {"NO_COLOR": "1"}):
        child = terminal("demo", "demo", "--players", "3", **environ)
        child.expect("verified")
        text = child.before
        child.expect(pexpect.EOF)
        child.close()
        assert "\x1b" not in text
        assert child.exitstatus == 0


def test_a_bright_terminal_gets_colour(terminal):
    child = terminal("demo", "demo", "--players", "3", NO_COLOR="")
    child.expect("verified")
    assert "\x1b[" in child.before
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 0


def test_a_passphrase_is_asked_for_and_not_shown(terminal):
    host = terminal("host", "host", "--port", "0", "--title", "Evening", "--passphrase")
    host.expect("passphrase:")
    host.sendline("correct horse")
    host.expect("the same again:")
    host.sendline("correct horse")
    host.expect("serving at")
    assert "correct horse" not in host.before
    host.expect("leave this window open")
    wrong = terminal("host", "sync")
    wrong.expect("passphrase:")
    wrong.sendline("incorrect horse")
    wrong.expect(r"passphrase\.wrong")
    wrong.expect(pexpect.EOF)
    wrong.close()
    assert wrong.exitstatus == 4
