"""docs/classic.md says what the code does: its lines, its commands, its events, and the game that it shows.

The game is played with netcat where there is one, else with bare sockets; in both cases over loopback.
"""

from __future__ import annotations

import asyncio
import re
import shlex
import shutil
from pathlib import Path

import pytest

from classic.cases import START, Table, chance
from sealed_santa.base.errors import UsageError
from sealed_santa.classic.game import FEWEST, OFFERED, check_gifts
from sealed_santa.classic.lines import Say
from sealed_santa.classic.server import Limits, Server
from sealed_santa.cli.classic import classic
from sealed_santa.cli.ui import Screen
from sealed_santa.game.catalogue import Gift, default_catalogue

PAGE = (Path(__file__).parents[2] / "docs" / "classic.md").read_text("utf-8")
SESSION = re.findall(r"^    (alice|bob|carol) +([$><]) (.*)$", PAGE, re.M)
NETCAT = shutil.which("nc")
WAIT = 10  # seconds


def section(title):
    return PAGE.split(f"\n## {title}\n")[1].split("\n## ")[0]


def test_the_page_has_every_line_of_the_server_and_no_other():
    rows = re.findall(r"^\| `([^`]+)` \|", section("What the server says"), re.M)
    assert len(rows) == len(set(rows))
    assert sorted(rows) == sorted(say.value for say in Say)


def test_the_page_has_the_limits_that_are_built_in():
    limits = Limits()
    text = section("Limits")
    assert f"| connections | {limits.connections} |" in text
    assert f"| a line | {limits.line} bytes |" in text
    assert f"{limits.idle / 60:.0f} minutes without" in text
    assert f"| time to choose | {limits.choose / 60:.0f} minutes |" in text
    assert f"| without a name | {limits.name / 60:.0f} minutes, " in text
    assert f"| {limits.buffer // 1024} KiB |" in text
    assert Say.NO_TOO_FEW.value.startswith(f"no: a game needs {FEWEST} ")


def test_the_page_names_every_word_that_no_gift_may_be_called():
    rule = section("Rules").split("means something else when it is typed: ")[1].split(". ")[0]
    words = [*re.findall(r"`([^`#]+)`", rule), *map(str, range(1, OFFERED + 1)), "#x"]
    assert f"1 to {OFFERED}" in rule
    for word in words:
        with pytest.raises(UsageError) as caught:
            check_gifts([Gift("kite", word, 0, ())])
        assert caught.value.code == "gifts.word"


def test_the_longest_list_fits_into_the_buffer_twice():
    line = len(Say.ENTRY.value.format(id="x" * 32, name="\U0001f385" * 80).encode()) + 1
    assert 500 * line * 2 <= Limits().buffer


def test_a_line_of_a_client_has_a_meaning_and_everything_on_the_page_is_one():
    rows = re.findall(r"^\| `([^`]+)` \|", section("What a client says"), re.M)
    assert rows == ["#NAME", START, "list", "quit"]
    made = Table()
    for word in rows:
        made.come(len(made.heard) + 1)
        made.say(len(made.heard), word)
        assert Say.NO_SENSE not in [line.say for line in made.last], word


@pytest.mark.parametrize("line", re.findall(r"^    (santa .*)$", PAGE, re.M))
def test_what_is_shown_can_be_parsed(line):
    _, group, name, *rest = shlex.split(line, comments=True)
    assert group == "classic"
    command = classic.get_command(None, name)
    assert command is not None
    with command.make_context(name, rest, obj=Screen()):
        pass


@pytest.mark.parametrize("name", ["serve", "join"])
def test_the_options_of_the_page_are_those_of_the_command(name):
    table = PAGE.split(f"| `santa classic {name}` | |\n")[1].split("\n\n")[0]
    command = classic.get_command(None, name)
    there = {o for p in command.params for o in p.opts if p.expose_value}
    assert set(re.findall(r"`(--[a-z-]+)", table)) - {"--check"} == there
    defaults = {p.opts[0]: str(p.default) for p in command.params if p.opts[0].endswith(("-within", "idle"))}
    for option, default in defaults.items():
        (row,) = [row for row in table.splitlines() if option in row]
        assert f"`{default}`" in row


# --- the game that is shown -----------------------------------------------------------------------


class Hands:
    """Somebody at a netcat, or at a bare socket."""

    def __init__(self, reader, writer, process=None):
        self.reader, self.writer, self.process = reader, writer, process

    @classmethod
    async def open(cls, port, netcat):
        if netcat is None:
            return cls(*await asyncio.open_connection("127.0.0.1", port))
        process = await asyncio.create_subprocess_exec(
            netcat, "127.0.0.1", str(port), stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
        )
        return cls(process.stdout, process.stdin, process)

    async def close(self):
        self.writer.close()
        if self.process is not None:
            await self.process.wait()


async def replay(netcat):
    server = Server(default_catalogue(), chance=chance("session"))
    _, port = await server.start("127.0.0.1", 0)
    hands = {}
    try:
        async with asyncio.timeout(WAIT):
            for who, sign, text in SESSION:
                if sign == "$":
                    assert text == "nc localhost 3000"
                    hands[who] = await Hands.open(port, netcat)
                    hello = await hands[who].reader.readuntil(b"\n") if who != "alice" else None
                    assert hello in (None, Say.HELLO.value.encode() + b"\n")  # ids are given in the order of the page
                elif sign == ">":
                    hands[who].writer.write(text.encode() + b"\n")
                    await hands[who].writer.drain()
                else:
                    assert (await hands[who].reader.readline()).decode() == text + "\n"
            hands["alice"].writer.close()
            assert await hands["alice"].reader.read() == b""
    finally:
        await server.close()
        for each in hands.values():
            await each.close()


def test_the_game_on_the_page_is_played_with_sockets():
    assert {who for who, _, _ in SESSION} == {"alice", "bob", "carol"}
    assert len(SESSION) > 30
    asyncio.run(replay(None))


@pytest.mark.skipif(NETCAT is None, reason="there is no netcat here; the test above plays the same game")
def test_the_game_on_the_page_is_played_with_netcat():
    asyncio.run(replay(NETCAT))
