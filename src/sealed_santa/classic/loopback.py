"""A classic server and its guests on loopback sockets, with a clock that can be put forward: for the lab.

The server is the one of `santa classic serve`, with its own limits; the connections are real. Only the clock of
their loop is not: `wait` puts it forward, and all that is due by then happens at once. So half an hour of silence
takes no time, and a run shows the same whenever it is made. What is called here returns when it is done.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from types import TracebackType
from typing import Any, Final, TypeVar

from sealed_santa.base.errors import NetworkError
from sealed_santa.classic.client import Client
from sealed_santa.classic.draw import Chance
from sealed_santa.classic.lines import NAME_SIGN, QUIT_WORD, Say, split
from sealed_santa.classic.server import Limits, Server
from sealed_santa.game.catalogue import Gift

_T = TypeVar("_T")

_HOST: Final = "127.0.0.1"
_PATIENCE: Final = 20.0  # seconds of this computer, for a line that is on its way
_TURNS: Final = 50  # of the loop, in which everything that is due gets done
_ENDS: Final = ("next", "bye")  # keys of the lines that end an answer


class _Loop(asyncio.SelectorEventLoop):
    """A loop whose clock can be put forward."""

    ahead = 0.0  # seconds

    def time(self) -> float:
        return super().time() + self.ahead


class Loopback:
    """A server with its guests; to be used in a `with`, and outside of any other loop.

    Raises:
        NetworkError: `server.cannot-listen`; of all methods `connect.timeout`, when nothing more is said.
    """

    def __init__(self, gifts: tuple[Gift, ...], chance: Chance, limits: Limits | None = None) -> None:
        self.limits = limits or Limits()
        self._server = Server(gifts, limits=self.limits, chance=chance)
        self._loop = _Loop()
        self._runner = asyncio.Runner(loop_factory=lambda: self._loop)
        self._guests: list[Client] = []
        self._port = 0

    def __enter__(self) -> Loopback:
        self._runner.__enter__()
        _, self._port = self._runner.run(self._server.start(_HOST, 0))
        return self

    def __exit__(self, kind: type[BaseException] | None, e: BaseException | None, trace: TracebackType | None) -> None:
        self._runner.run(self._close())
        self._runner.__exit__(kind, e, trace)

    async def _close(self) -> None:
        await self._server.close()
        for guest in self._guests:
            await guest.close()

    def _do(self, work: Coroutine[Any, Any, _T]) -> _T:
        async def bounded() -> _T:
            async with asyncio.timeout(_PATIENCE):
                return await work

        try:
            return self._runner.run(bounded())
        except TimeoutError as e:
            raise NetworkError("connect.timeout", "the classic server says nothing more") from e

    def connect(self) -> tuple[Client, list[str]]:
        """Connect somebody, and return it with the lines of the greeting; or with the one that sends it away."""

        async def open_one() -> tuple[Client, list[str]]:
            guest = await Client.open(_HOST, self._port)
            self._guests.append(guest)
            return guest, await _answer(guest)

        return self._do(open_one())

    def ask(self, guest: Client, line: str) -> list[str]:
        """Send a line, and return what is said up to the next `next` or `bye`, which may answer an earlier line."""

        async def ask_one() -> list[str]:
            await guest.say(line)
            return await _answer(guest)

        return self._do(ask_one())

    def hear(self, guest: Client, last: Say) -> list[str]:
        """Return what is said to a guest up to a line of this kind."""

        async def hear_one() -> list[str]:
            lines: list[str] = []
            while (line := await guest.next()) is not None:
                lines.append(line)
                if split(line)[0] == split(last.value)[0]:
                    break
            return lines

        return self._do(hear_one())

    def write(self, guest: Client, data: bytes) -> None:
        """Send bytes as they are, a line or a part of one; nothing is waited for."""
        self._do(guest.write(data))

    def newcomer(self, name: str) -> str:
        """Let somebody new connect, take a name and leave; return what the server said to the name, or its farewell."""
        guest, greeting = self.connect()
        if split(greeting[-1])[0] == "bye":
            return greeting[-1]
        said = self.ask(guest, f"{NAME_SIGN}{name}")[0]
        self._do(guest.write(f"{QUIT_WORD}\n".encode()))
        self.hear(guest, Say.BYE)
        return said

    def wait(self, seconds: float) -> None:
        """Put the clock forward, and let happen what is due."""

        async def let_happen() -> None:
            for _ in range(_TURNS):
                await asyncio.sleep(0)

        self._do(let_happen())
        self._loop.ahead += seconds
        self._do(let_happen())


async def _answer(guest: Client) -> list[str]:
    lines: list[str] = []
    while (line := await guest.next()) is not None:
        lines.append(line)
        if split(line)[0] in _ENDS:
            break
    return lines
