"""The sockets of the classic game: one task a connection, and limits (docs/classic.md, "Limits").

A connection is read a line at a time: the next line is judged when what the last one brought has mostly been
taken away, so whoever sends faster than it reads waits in its own buffers. What others bring upon a client that
does not read is bounded too: beyond `buffer` bytes its connection is cut. Whatever a client does, the game
itself (`classic/game.py`) hears of it as one of four events, one after the other.

There is no TLS, no key and no log: this is the game to be listened to. `tap` is told every byte, for the lab.
"""

from __future__ import annotations

import asyncio
import errno
import secrets
import socket
from collections import deque
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import Final, TypeVar

from sealed_santa.base.errors import NetworkError
from sealed_santa.classic.draw import Chance
from sealed_santa.classic.game import Came, Event, Game, Gone, Said, TimeUp, check_gifts, step
from sealed_santa.classic.lines import Line, LineBuffer, Say
from sealed_santa.game.catalogue import Gift

_T = TypeVar("_T")

_READ: Final = 4096  # bytes
_NO_SUCH_ADDRESS: Final = (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT)

Tap = Callable[[int, str, bytes], None]
"""Called with a client's id, `in` or `out`, and the bytes that went over the wire."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What a server puts up with; times in seconds."""

    connections: int = 64
    line: int = 1024  #: bytes
    buffer: int = 512 * 1024  #: bytes that may wait for a client to read them; the longest list has half of that
    idle: float = 1800.0  #: without a whole line from a client
    name: float = 120.0  #: without a name, while one can be taken
    choose: float = 300.0  #: from the start of a game until the server chooses for those who have not
    goodbye: float = 2.0  #: for a client to read the last line and close


class _Enough(Exception):
    """Our patience with a client is over."""

    def __init__(self, farewell: Say) -> None:
        super().__init__(farewell.name)
        self.farewell = farewell


class Server:
    """One game after the other on one port.

    Raises:
        UsageError: `gifts.word`, as `check_gifts` says.
    """

    def __init__(
        self,
        gifts: tuple[Gift, ...],
        *,
        limits: Limits | None = None,
        chance: Chance = secrets.randbelow,
        tap: Tap | None = None,
    ) -> None:
        check_gifts(gifts)
        self._limits = limits or Limits()
        self.game = Game(
            gifts, seconds=round(self._limits.choose), idle=round(self._limits.idle),
            nameless=round(self._limits.name), limit=self._limits.line,
        )  # fmt: skip
        self._chance, self._tap = chance, tap
        self._clients: dict[int, asyncio.StreamWriter] = {}
        self._came: dict[int, float] = {}  #: when a client has connected, by the clock of the loop
        self._heard: dict[int, float] = {}  #: when a line of it was last heard
        self._ended = 0.0  #: when the last game has ended
        self._tasks: dict[asyncio.Task[None], asyncio.StreamWriter] = {}
        self._events: deque[Event] = deque()
        self._judging = False
        self._last_id = 0
        self._alarm: tuple[int, asyncio.TimerHandle] | None = None  #: for the game of this number
        self._listeners: list[asyncio.Server] = []
        self._closing = False

    async def start(self, host: str, port: int) -> tuple[str, int]:
        """Listen on every address of a host and return the first of them with its port; port 0 takes a free one.

        Raises:
            NetworkError: `server.port-in-use`, `server.cannot-listen`.
        """
        loop = asyncio.get_running_loop()
        try:
            found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
            await self._listen_on(list(dict.fromkeys(str(entry[4][0]) for entry in found)), port)
        except (OSError, UnicodeError) as e:
            await self.close()
            in_use = isinstance(e, OSError) and e.errno == errno.EADDRINUSE
            reason = e.strerror if isinstance(e, OSError) and e.strerror else e
            raise NetworkError(
                "server.port-in-use" if in_use else "server.cannot-listen",
                f"cannot listen on {host}:{port}: {reason}", hint="give another --host or --port",
            ) from e  # fmt: skip
        bound = self._listeners[0].sockets[0].getsockname()
        return str(bound[0]), int(bound[1])

    async def _listen_on(self, addresses: list[str], port: int) -> None:
        """Listen on each address; one that this computer has not is left out unless it is the only one."""
        for left, address in zip(reversed(range(len(addresses))), addresses, strict=True):
            try:
                self._listeners.append(await asyncio.start_server(self._enter, address, port, limit=_READ))
            except OSError as e:
                if e.errno not in _NO_SUCH_ADDRESS or not (left or self._listeners):
                    raise
            if port == 0 and self._listeners:
                return  # each address would get a port of its own

    async def close(self) -> None:
        """Take no more connections, say goodbye, let go of everything."""
        self._closing = True
        if self._alarm is not None:
            self._alarm[1].cancel()
        for listener in self._listeners:
            listener.close()
        for guest in list(self._clients):
            self._send(guest, Say.BYE_STOP.value + "\n")
        tasks = dict(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for writer in tasks.values():
            writer.transport.abort()

    # --- events -------------------------------------------------------------------------------------

    def _feed(self, event: Event) -> None:
        """Let the game judge an event, and those that come of telling people about it."""
        self._events.append(event)
        if self._judging:
            return
        self._judging = True
        try:
            while self._events:
                done, was_running = step(self.game, self._events.popleft(), self._chance), self.game.running
                self.game = done.game
                if was_running and not self.game.running:
                    self._ended = asyncio.get_running_loop().time()
                for guest, text in _letters(done.lines).items():
                    self._send(guest, text)
        finally:
            self._judging = False
        self._set_alarm()

    def _set_alarm(self) -> None:
        number = self.game.round if self.game.running and not self._closing else None
        if self._alarm is not None and self._alarm[0] != number:
            self._alarm[1].cancel()
            self._alarm = None
        if self._alarm is None and number is not None:
            loop = asyncio.get_running_loop()
            self._alarm = number, loop.call_later(self._limits.choose, self._feed, TimeUp(number))

    def _send(self, guest: int, text: str) -> None:
        writer = self._clients.get(guest)
        if writer is None or writer.transport.is_closing():
            return
        data = text.encode("utf-8")
        if self._tap is not None:
            self._tap(guest, "out", data)
        writer.write(data)
        if writer.transport.get_write_buffer_size() > self._limits.buffer:
            writer.transport.abort()
            self._events.append(Gone(guest))

    # --- connections --------------------------------------------------------------------------------

    def _enter(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(self._attend(reader, writer))
        self._tasks[task] = writer
        task.add_done_callback(lambda done: self._tasks.pop(done, None))

    async def _attend(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection from its beginning to its end."""
        if self._closing or len(self._clients) >= self._limits.connections:
            writer.write(Say.BYE_FULL.value.encode() + b"\n")
            await self._part(reader, writer)
            return
        self._last_id += 1
        guest = self._last_id
        self._clients[guest] = writer
        self._came[guest] = self._heard[guest] = asyncio.get_running_loop().time()
        self._feed(Came(guest))
        farewell: Say | None = None
        try:
            await self._listen(guest, reader, writer)
            farewell = Say.BYE
        except _Enough as e:
            farewell = e.farewell
        except OSError:
            pass  # the connection is gone
        finally:
            if not self._closing:
                self._feed(Gone(guest, farewell))
            del self._clients[guest], self._came[guest], self._heard[guest]
            await self._part(reader, writer)

    async def _listen(self, guest: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Hand line after line to the game, until the client's end of input or the end of its stay.

        Raises:
            _Enough: no whole line came for too long, what was said was not read, or no name was taken.
            OSError: the connection broke.
        """
        buffer = LineBuffer(self._limits.line)
        while guest in self.game.guests:
            await self._patiently(guest, writer.drain)
            data = await self._patiently(guest, lambda: reader.read(_READ))
            if data and self._tap is not None:
                self._tap(guest, "in", data)
            for line in buffer.feed(data) if data else buffer.finish():
                self._heard[guest] = asyncio.get_running_loop().time()
                self._feed(Said(guest, line))
                if guest not in self.game.guests:
                    return
                await self._patiently(guest, writer.drain)
                await asyncio.sleep(0)  # others get their turn, however much of this one is waiting
                if guest not in self.game.guests:
                    return
            if not data:
                return

    async def _patiently(self, guest: int, work: Callable[[], Awaitable[_T]]) -> _T:
        """Wait for a client to do something, as long as it may take; `work` may be begun more than once.

        A game that begins or ends changes how long that is, so it is judged anew before it can have changed.

        Raises:
            _Enough: the client has taken too long.
        """
        clock = asyncio.get_running_loop().time
        while True:
            until, farewell = self._patience(guest)
            if clock() >= until:
                raise _Enough(farewell)
            try:
                async with asyncio.timeout_at(min(until, clock() + self._limits.name)) as waiting:
                    return await work()
            except TimeoutError:
                if not waiting.expired():
                    raise  # the system gave the connection up

    def _patience(self, guest: int) -> tuple[float, Say]:
        """Return until when a client may be silent, and what it is told then."""
        silent = self._heard[guest] + self._limits.idle
        nameless = self.game.guests.get(guest) == ""  # None if it is gone already
        if self.game.running or not nameless:
            return silent, Say.BYE_SILENT
        unnamed = max(self._came[guest], self._ended) + self._limits.name
        return (unnamed, Say.BYE_NAMELESS) if unnamed < silent else (silent, Say.BYE_SILENT)

    async def _part(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Close a connection so that what was said last can be read: what still comes is read and forgotten, for
        a system that closes on unread bytes takes back what it has not delivered."""
        try:
            async with asyncio.timeout(self._limits.goodbye):
                if not writer.transport.is_closing():
                    writer.write_eof()
                    while not self._closing and await reader.read(_READ):
                        pass
                writer.close()
                await writer.wait_closed()
        except (OSError, TimeoutError):
            pass
        finally:
            writer.transport.abort()


def _letters(lines: Iterable[Line]) -> dict[int, str]:
    """Return for each guest all that it is told, in order."""
    letters: dict[int, str] = {}
    for line in lines:
        letters[line.to] = f"{letters.get(line.to, '')}{line.text}\n"
    return letters
