"""`santa classic`: whole games by the command line, what it refuses, and what it lets out to a terminal."""

from __future__ import annotations

import asyncio
import io
import json
import os
import signal
import socket
import subprocess
import sys

import pytest

from classic.cases import GIFTS, chance
from sealed_santa.classic.client import Client
from sealed_santa.classic.server import Limits, Server
from sealed_santa.cli.classic import Player, Wishes
from sealed_santa.cli.main import run
from sealed_santa.cli.ui import Screen

WAIT = 20  # seconds


@pytest.fixture
def santa(monkeypatch, capsys):
    """Run a command in this process: (code, stdout, stderr)."""

    def call(*argv):
        monkeypatch.setattr(sys, "stdin", io.StringIO(""))
        capsys.readouterr()
        code = run([str(a) for a in argv])
        said = capsys.readouterr()
        assert "Traceback" not in said.err
        return code, said.out, said.err

    return call


def process_of(*argv):
    return subprocess.Popen(
        [sys.executable, "-m", "sealed_santa", "classic", *argv], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, text=True, env={**os.environ, "NO_COLOR": "1"},
    )  # fmt: skip


@pytest.fixture
def begin():
    """Start commands in processes of their own; none outlives the test."""
    running = []

    def start(*argv):
        running.append(process_of(*argv))
        return running[-1]

    yield start
    for process in running:
        if process.returncode is None:
            process.kill()
            process.communicate()


@pytest.fixture(scope="module")
def port():
    """The port of a server in a process of its own, which ends as it should."""
    process = process_of("serve", "--port", "0", "--json")
    try:
        ready = json.loads(process.stdout.readline())
        yield ready["port"]
    finally:
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate(timeout=WAIT)
    assert ready == {"event": "ready", "host": "localhost", "port": ready["port"], "gifts": ready["gifts"]}
    assert (process.returncode, out, err) == (0, "", "")


# --- whole games ----------------------------------------------------------------------------------


def test_a_game_by_flags_alone(port, begin):
    joins = {
        name: begin("join", "--port", str(port), "--name", name, "--gift", "1", "--start-when", "3", "--json")
        for name in ("Alice", "Bob", "Carol")
    }
    gives, santas = {}, {}
    for name, process in joins.items():
        out, err = process.communicate(timeout=WAIT)
        assert (process.returncode, err) == (0, "")
        events = [json.loads(line) for line in out.splitlines()]
        assert events[0] == {"event": "connected", "host": "localhost", "port": port}
        assert {e["event"] for e in events[1:]} == {"line"}
        said = {e["key"]: e["value"] for e in events[1:]}
        gives[name], santas[name] = said["you give to"], said["your santa was"]
        assert said["the game has ended"] is None
        assert said["bye"] == "you have left"
    assert {santas[r] for r in gives.values()} == set(gives)
    assert all(santas[recipient] == giver != recipient for giver, recipient in gives.items())


def test_ctrl_c_is_130_on_both_sides(begin):
    server = begin("serve", "--port", "0")
    first = server.stdout.readline()
    assert first.startswith("serving the classic game at  localhost:")
    client = begin("join", "--port", first.rsplit(":", 1)[1].strip(), "--name", "Ann")
    assert any(line.startswith("name: Ann") for line in iter(client.stdout.readline, ""))
    for process in (client, server):
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=WAIT)
        assert process.returncode == 130
        assert "Traceback" not in err


# --- the client -----------------------------------------------------------------------------------


class Typed(io.StringIO):
    """Where nothing is typed any more, or nothing yet (a pipe)."""

    def __init__(self, fd):
        super().__init__()
        self._fd = fd

    def fileno(self):
        return self._fd


async def meet(wishes, typed, others=(), said=(), **limits):
    """Play one client with these wishes and typed lines, beside others that answer; return what it printed."""
    server = Server(GIFTS, limits=Limits(**limits), chance=chance("command"))
    _, port = await server.start("127.0.0.1", 0)
    read, write = os.pipe()
    os.write(write, typed.encode())
    os.close(write)
    out = io.StringIO()
    screen = Screen(stdin=Typed(read), stdout=out, stderr=out, environ={})
    seats = [asyncio.create_task(other(port, wish)) for wish in others]
    client = await Client.open("127.0.0.1", port)
    try:
        async with asyncio.timeout(WAIT):
            await Player(screen, client, wishes).play()
            await asyncio.gather(*seats)
    finally:
        for seat in seats:
            seat.cancel()
        await client.close()
        await server.close()
        os.close(read)
    return out.getvalue()


async def other(port, wish):
    """Another player, by the same client, with nobody at the keyboard."""
    client = await Client.open("127.0.0.1", port)
    screen = Screen(json_lines=True, stdin=io.StringIO(), stdout=io.StringIO(), stderr=io.StringIO(), environ={})
    try:
        await Player(screen, client, wish).play()
    finally:
        await client.close()


TWO = (Wishes("Bob", None, "tea"), Wishes("Carol", None, "jam"))


def test_a_name_that_is_typed_and_flags_for_the_rest():
    out = asyncio.run(meet(Wishes(None, 3, "kite"), "#Alice\n", TWO))
    assert "name: Alice" in out
    assert "chosen: Kite" in out
    assert out.count("the game has ended") == 1


@pytest.mark.parametrize(
    ("wishes", "typed", "code"),
    [
        (Wishes(None, 3, "tea"), "", "input.missing"),
        (Wishes(None, 3, "tea"), "hello\n", "input.missing"),
        (Wishes("Alice", 3, None), "", "input.missing"),
        (Wishes("Alice", 3, "nonsense"), "", "gift.refused"),
        (Wishes("x" * 99, 3, "tea"), "", "name.refused"),
        (Wishes(None, 3, None), "#Alice\n", "input.missing"),
    ],
)
def test_where_nobody_answers_it_is_an_error_with_a_hint(wishes, typed, code):
    with pytest.raises(Exception, match=r".") as caught:
        asyncio.run(meet(wishes, typed, (Wishes("Bob", None, "tea"), Wishes("Carol", None, "jam"))))
    assert caught.value.code == code
    assert "--" in caught.value.hint


def test_who_types_quit_has_left():
    assert "bye: you have left" in asyncio.run(meet(Wishes(None, None, None), "quit\n"))


def test_a_server_that_sends_one_away_is_an_error_of_the_network():
    with pytest.raises(Exception, match="too many") as caught:
        asyncio.run(meet(Wishes("Ann", None, None), "", connections=0))
    assert caught.value.code == "connect.lost"


def test_nothing_that_a_server_says_can_paint_the_terminal():
    async def play():
        async def paint(reader, writer):
            writer.write(b"hello: \x1b[31m\x07\xe2\x80\xae\r\nyou give to: \x9b2J\nid: \x00\n")
            writer.close()

        server = await asyncio.start_server(paint, "127.0.0.1", 0)
        out = io.StringIO()
        client = await Client.open("127.0.0.1", server.sockets[0].getsockname()[1])
        screen = Screen(stdin=io.StringIO(), stdout=out, stderr=out, environ={})
        with pytest.raises(Exception, match="closed"):
            await Player(screen, client, Wishes("Ann", None, None)).play()
        await client.close()
        server.close()
        return out.getvalue()

    out = asyncio.run(play())
    assert "\\u{1B}[31m" in out
    assert all(char == "\n" or char.isprintable() for char in out)


# --- what is refused ------------------------------------------------------------------------------


def test_without_a_command_it_is_the_help(santa):
    code, out, err = santa("classic")
    assert (code, err) == (0, "")
    assert out == santa("classic", "--help")[1]
    assert "hides nothing" in out


@pytest.mark.parametrize("name", ["serve", "join"])
def test_each_command_has_help_and_each_option_too(santa, name):
    code, out, err = santa("classic", name, "-h")
    assert (code, err) == (0, "")
    assert out.startswith(f"Usage: santa classic {name}")
    assert all(option in out for option in ("--host", "--port", "--json", "--debug"))


@pytest.mark.parametrize(
    ("argv", "code", "refusal"),
    [
        (("lurk",), 2, "usage"),
        (("serve", "--port", "70000"), 2, "usage"),
        (("serve", "--clients", "2"), 2, "usage"),
        (("serve", "--idle", "soon"), 2, "duration.invalid"),
        (("serve", "--idle", "0s"), 2, "duration.invalid"),
        (("serve", "--choose-within", "9d"), 2, "duration.invalid"),
        (("serve", "--name-within", "later"), 2, "duration.invalid"),
        (("serve", "--gifts", "there-is-no-such-file.toml"), 2, "file.missing"),
        (("serve", "--gifts", __file__), 2, "catalogue.syntax"),
        (("serve", "--host", "203.0.113.1"), 5, "server.cannot-listen"),
        (("join", "--port", "0"), 2, "usage"),
        (("join", "--name", "\x1b[2J"), 2, "name.character"),
        (("join", "--start-when", "2"), 2, "usage"),
        (("join", "--host", "127.0.0.1", "--port", "1"), 5, "connect.failed"),
    ],
)
def test_what_cannot_be_is_refused_with_a_code(santa, argv, code, refusal):
    got, out, err = santa("classic", *argv)
    assert (got, out) == (code, "")
    assert err.splitlines()[0].endswith(f"[{refusal}]")
    got, out, _ = santa("classic", *argv, "--json")
    assert (got, json.loads(out)["code"]) == (code, refusal)


def test_a_dictionary_that_takes_a_word_of_the_game_is_2(santa, tmp_path):
    file = tmp_path / "gifts.toml"
    file.write_text('[[gift]]\nid = "quit"\nname = "A way out"\nprice = 1\n', "utf-8")
    code, out, err = santa("classic", "serve", "--gifts", file)
    assert (code, out) == (2, "")
    assert "the gift quit" in err
    assert "[gifts.word]" in err
    assert "santa: hint: " in err


def test_a_port_that_is_taken_is_5(santa):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        code, _, err = santa("classic", "serve", "--host", "127.0.0.1", "--port", taken.getsockname()[1])
    assert code == 5
    assert "[server.port-in-use]" in err
    assert "santa: hint: " in err
