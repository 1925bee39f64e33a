"""`santa classic serve` and `santa classic join`: the plain game that hides nothing (docs/classic.md).

The client shows what the server says, line by line, and sends what is typed. Flags answer for somebody who cannot
type: a name, when to start, a gift. Everything the server says passes the screen, which strips what could
disturb a terminal.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, TypeVar

import click

from sealed_santa.base.errors import YOU, NetworkError, UsageError
from sealed_santa.classic.client import Client
from sealed_santa.classic.lines import LIST_WORD, NAME_SIGN, QUIT_WORD, START_WORDS, Say, read, split
from sealed_santa.classic.server import Limits, Server
from sealed_santa.cli.catalogue import load_catalogue
from sealed_santa.cli.lines import Lines
from sealed_santa.cli.main import SantaCommand
from sealed_santa.cli.options import parse_duration, parse_one_name
from sealed_santa.cli.serving import stopping
from sealed_santa.cli.ui import Screen

_F = TypeVar("_F", bound=Callable[..., Any])

PORT: Final = 3000
HOST: Final = "localhost"
_STYLES: Final = {"you give to": "name", "you get": "good", "your santa was": "good", "warning": "bad", "no": "bad",
                  "next": "dim"}  # fmt: skip


class _Group(SantaCommand, click.Group):
    """A command with commands of its own."""


@click.group(cls=_Group, invoke_without_command=True, no_args_is_help=False)
@click.pass_context
def classic(ctx: click.Context) -> None:
    """Serve or join the classic game, in plain text over TCP: it hides nothing.

    The server knows who gives to whom, and so does whoever listens on the network: this is the game to learn
    from. It can be played with `nc localhost 3000` alone. For a game that keeps its secrets see `santa host`.
    """
    if ctx.invoked_subcommand is None:
        ctx.find_object(Screen).answer(*ctx.get_help().split("\n"))  # type: ignore[union-attr]


def _place(purpose: str, lowest: int, more: str = "") -> Callable[[_F], _F]:
    """Add the options that say where the server is."""
    host = click.option("--host", metavar="ADDRESS", default=HOST, show_default=True, help=f"Where {purpose}.")
    port = click.option("--port", type=click.IntRange(lowest, 65535), metavar="PORT", default=PORT, show_default=True,
                        help=f"The port{more}.")  # fmt: skip
    return lambda command: host(port(command))


# --- serve ----------------------------------------------------------------------------------------


@classic.command(cls=SantaCommand)
@_place("to listen", 0, "; 0 takes a free one")
@click.option("--gifts", metavar="FILE", help="A dictionary of gifts of your own (TOML); see santa catalogue.")
@click.option("--choose-within", metavar="TIME", default="5m", show_default=True,
              help="The time to choose; then the server chooses.")  # fmt: skip
@click.option("--idle", metavar="TIME", default="30m", show_default=True,
              help="Who says nothing for so long is sent away.")  # fmt: skip
@click.option("--name-within", metavar="TIME", default="2m", show_default=True,
              help="Who takes no name for so long, though it could, is sent away.")  # fmt: skip
@click.option("--clients", type=click.IntRange(3, 1000), metavar="N", default=64, show_default=True,
              help="How many may be connected.")  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Print one JSON line when the server is ready.")
@click.pass_obj
def serve(
    screen: Screen, host: str, port: int, gifts: str | None, choose_within: str, idle: str, name_within: str,
    clients: int, as_json: bool,
) -> None:  # fmt: skip
    """Serve one classic game after the other, until Ctrl-C.

    Nothing is kept and nothing is hidden.
    """
    limits = Limits(
        connections=clients, idle=_seconds(idle, "--idle"), name=_seconds(name_within, "--name-within"),
        choose=_seconds(choose_within, "--choose-within"),
    )  # fmt: skip
    asyncio.run(_serve(screen, Server(load_catalogue(gifts), limits=limits), host, port))


def _seconds(text: str, option: str) -> float:
    span = parse_duration(text, option)
    if not 1000 <= span <= 7 * 86_400_000:
        raise UsageError("duration.invalid", f"{option}: not between a second and a week", blame=YOU)
    return span / 1000


async def _serve(screen: Screen, server: Server, host: str, port: int) -> None:
    with stopping() as stop:
        _, bound = await server.start(host, port)
        try:
            screen.event("ready", host=host, port=bound, gifts=len(server.game.gifts))
            screen.answer(f"serving the classic game at  {host}:{bound}", style="head")
            screen.say("nothing is hidden: this server knows who gives to whom, and so does whoever listens")
            screen.next_step(f"santa classic join{_flags(host, bound)}", "in another window")
            screen.next_step(f"nc {host} {bound}", "the same without this program")
            await stop.wait()
        finally:
            await server.close()
    screen.say("stopped; a game that was going on is lost")


def _flags(host: str, port: int) -> str:
    return ("" if host == HOST else f" --host {host}") + ("" if port == PORT else f" --port {port}")


# --- join -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the flags of `join` say."""

    name: str | None
    start_when: int | None
    gift: str | None


@classic.command(cls=SantaCommand)
@_place("the server is", 1)
@click.option("--name", metavar="NAME", help="Take this name; else type #NAME.")
@click.option("--start-when", type=click.IntRange(3), metavar="N", help="Start when so many have a name.")
@click.option("--gift", metavar="GIFT", help="Choose this gift: a number of the suggestions, an id or a name.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON lines, one for each line of the server.")
@click.pass_obj
def join(
    screen: Screen, host: str, port: int, name: str | None, start_when: int | None, gift: str | None, as_json: bool
) -> None:
    """Join a classic game: see what the server says, and type what you say to it.

    Type quit to leave. If nothing can be typed (a script), the flags answer, and the command ends with the game.
    """
    wishes = Wishes(None if name is None else parse_one_name(name), start_when, gift)
    asyncio.run(_join(screen, host, port, wishes))


async def _join(screen: Screen, host: str, port: int, wishes: Wishes) -> None:
    client = await Client.open(host, port)
    screen.event("connected", host=host, port=port)
    try:
        await Player(screen, client, wishes).play()
    finally:
        await client.close()


class Player:
    """One client of a classic game: what it shows, sends, and answers by itself, once for each flag."""

    def __init__(self, screen: Screen, client: Client, wishes: Wishes) -> None:
        self._screen, self._client, self._wishes = screen, client, wishes
        self._names: set[str] = set()
        self._greeted = asyncio.Event()
        self._flags_used: set[Say] = set()
        self._asked: Say | None = None  #: what the server asks for and nobody has answered
        self._answered: set[Say] = set()  #: to what an answer was sent; asked again it counts if that was refused
        self._refused = ""  #: why
        self._playing = self._played = self._leaving = self._typed_end = False
        self._named = self._starting = False
        self._farewell = ""

    async def play(self) -> None:
        """Play until somebody types quit, or if nothing can be typed any more until the end of a game.

        Raises:
            UsageError: `input.missing`, `name.refused`, `gift.refused`: nobody can be asked.
            NetworkError: `connect.lost`.
        """
        hearing = asyncio.create_task(self._hear_all())
        typing = asyncio.create_task(self._type_all())
        try:
            await asyncio.wait({hearing, typing}, return_when=asyncio.FIRST_COMPLETED)
            if typing.done():
                await typing
            await hearing
        finally:
            for task in (hearing, typing):
                task.cancel()
            await asyncio.gather(hearing, typing, return_exceptions=True)
        if not (self._leaving or self._played):
            said = f", with the words: {self._farewell}" if self._farewell else ""
            raise NetworkError("connect.lost", f"the server closed the connection{said}", hint="join again later")

    # --- what is typed --------------------------------------------------------------------------

    async def _type_all(self) -> None:
        lines = Lines(self._screen.stdin)
        await self._greeted.wait()  # so that the first line answers the first question
        while (line := await lines.next()) is not None:
            word = line.strip().casefold()
            self._leaving = self._leaving or word == QUIT_WORD
            if self._asked is not None and word not in ("", LIST_WORD):
                self._answered.add(self._asked)
                self._asked, self._refused = None, ""
            await self._client.say(line)
        self._typed_end = True
        if self._leaving:
            return
        if self._played or self._screen.stdin.isatty():
            await self._leave()
        elif self._asked is not None:
            self._nobody_answers()

    async def _leave(self) -> None:
        self._leaving = True
        await self._client.say(QUIT_WORD)

    def _nobody_answers(self) -> None:
        what, flag = ("a name", "--name NAME") if self._asked is Say.NEXT_NAME else ("a gift", "--gift GIFT")
        if self._refused and self._asked in self._flags_used & self._answered:
            code = "name.refused" if self._asked is Say.NEXT_NAME else "gift.refused"
            message = f"the server refused {what}: {self._refused}"
            raise UsageError(code, message, blame=YOU, hint=f"give another {flag}")
        raise UsageError("input.missing", f"missing: {what}, and nobody can be asked", blame=YOU, hint=f"give {flag}")

    # --- what the server says -------------------------------------------------------------------

    async def _hear_all(self) -> None:
        while (line := await self._client.next()) is not None:
            key, value = split(line)
            self._screen.event("line", key=key, value=value)
            self._screen.answer(line, style=_STYLES.get(key, ""))
            if key == "bye":
                self._farewell = value or ""
            understood = read(line)
            if understood is not None and not self._leaving:
                await self._react(*understood)
            if key == "next":
                self._greeted.set()

    async def _react(self, say: Say, values: dict[str, str]) -> None:
        match say:
            case Say.HERE | Say.NAME:
                self._names.add(values["name"])
                self._named = self._named or say is Say.NAME
                await self._perhaps_start()
            case Say.GONE:
                self._names.discard(values["name"])
            case Say.GIVE:
                self._playing, self._played = True, False
            case Say.NEXT_NAME:
                name = self._wishes.name
                await self._answer(say, None if name is None else NAME_SIGN + name)
            case Say.NEXT_CHOOSE:
                await self._answer(say, self._wishes.gift)
            case Say.NO_GOOD_NAME | Say.NO_NAME_FREE | Say.NO_GIFT | Say.NO_SENSE:
                self._refused = values.get("reason") or split(say.value)[1] or ""
            case Say.NO_TOO_FEW:
                self._starting = False
            case Say.CHOSEN | Say.CHOSEN_FOR_YOU | Say.NEXT_START | Say.NEXT_WATCH:
                self._asked = None
            case Say.ENDED:
                self._played = self._played or self._playing
                self._playing = self._named = self._starting = False
                self._asked, self._refused = None, ""
                self._answered.clear()
                self._names.clear()
                if self._played and self._typed_end:
                    await self._leave()

    async def _answer(self, asked: Say, flag: str | None) -> None:
        """Answer with a flag that was not used yet; else somebody has to type."""
        if flag is not None and asked not in self._flags_used:
            self._flags_used.add(asked)
            self._answered.add(asked)
            self._refused = ""
            await self._client.say(flag)
            return
        if asked in self._answered and not self._refused:
            return  # the answer is under way
        self._asked = asked
        if self._typed_end:
            self._nobody_answers()

    async def _perhaps_start(self) -> None:
        wanted = self._wishes.start_when
        if wanted is not None and self._named and not self._starting and len(self._names) >= wanted:
            self._starting = True
            await self._client.say(START_WORDS)
