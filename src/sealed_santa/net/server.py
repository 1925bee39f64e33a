"""The server's sockets: TLS, time limits, one task a connection (docs/protocol.md, sections 9.1 to 9.5).

A connection is counted before its handshake. It is read one message at a time: the next is read when
the last is answered, so whoever sends faster than it is served waits in its own buffers. Followers
hold a position in the log and no queue, so one that does not read costs one message of memory until
the write limit drops it. Whatever a peer does ends its own connection at most. What goes wrong here
is reported through a callback, and the peer is told `internal` and nothing else.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import os
import socket
import ssl
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec

from sealed_santa.base.errors import Blame, NetworkError, SantaError, UsageError
from sealed_santa.base.labels import VERSION
from sealed_santa.log.entry import SignedPost
from sealed_santa.net.clock import wall_clock
from sealed_santa.net.hall import Hall, unknown_game
from sealed_santa.net.invite import Address, parse_host
from sealed_santa.net.limits import ServerLimits
from sealed_santa.net.parsing import Parsing
from sealed_santa.net.quotas import Lane, Lanes, origin_of
from sealed_santa.net.store import Store
from sealed_santa.net.table import Table, World
from sealed_santa.net.tls import server_context
from sealed_santa.wire.messages import (
    MAX_BATCH,
    Accepted,
    Blamed,
    ClientMessage,
    Entries,
    Follow,
    Followed,
    Hello,
    Limits,
    Offer,
    Offered,
    Ping,
    Pong,
    Refused,
    ServerMessage,
    Submit,
    Welcome,
    cut,
)
from sealed_santa.wire.session import Phase, ServerSession

_READ: Final = 65536
_SHUTDOWN: Final = 2.0  # seconds for a TLS goodbye


def _silent(what: str, error: BaseException | None) -> None:
    return None


class Server:
    """Many games on one port."""

    def __init__(
        self,
        folder: Path,
        *,
        limits: ServerLimits | None = None,
        clock: Callable[[], int] = wall_clock,
        entropy: Callable[[int], bytes] = os.urandom,
        report: Callable[[str, BaseException | None], None] = _silent,
    ) -> None:
        self._folder = folder
        self._limits = limits or ServerLimits()
        self._clock, self._entropy, self._report = clock, entropy, report
        self._peers: dict[asyncio.Task[None], _Peer | None] = {}
        self._from: Counter[str] = Counter()
        self._parsing = Parsing()
        self._lanes = Lanes(self._limits)
        self._store: Store | None = None
        self._hall: Hall | None = None
        self._listener: asyncio.Server | None = None
        self._closing = asyncio.Event()

    async def start(self, host: str, port: int) -> Address:
        """Open the store, go on with its games, listen; return where, with the pin. Port 0 takes a free one.

        Raises:
            LocalDamageError, UndecidedError, UsageError: as `Store`, `server_context`, `Hall.open`.
            NetworkError: `server.port-in-use`, `server.cannot-listen`.
        """
        self._store = Store(self._folder)
        try:
            self._context, pin = server_context(self._folder)
            world = World(self._store, self._limits, self._clock, self._entropy, self._report)
            self._hall = Hall(world)
            await self._hall.open()
            self._listener = await self._listen(host, port)
        except BaseException:
            await self.close()
            raise
        bound = self._listener.sockets[0].getsockname()
        return Address(parse_host(host), bound[1], pin)

    async def _listen(self, host: str, port: int) -> asyncio.Server:
        loop = asyncio.get_running_loop()
        try:
            if port == 0:  # a name may have two addresses, and each would get a port of its own
                host = str((await loop.getaddrinfo(host, 0, type=socket.SOCK_STREAM))[0][4][0])
            return await loop.create_server(lambda: _Door(self._enter), host, port, backlog=1024)
        except OSError as e:
            code = "server.port-in-use" if e.errno == errno.EADDRINUSE else "server.cannot-listen"
            raise NetworkError(
                code, f"cannot listen on {host}:{port}: {e.strerror or e}", hint="give another --host or --port"
            ) from e

    async def serve_forever(self) -> None:
        """Return when `close` has been called."""
        await self._closing.wait()

    @property
    def connections(self) -> int:
        """How many connections there are, those in their handshake included."""
        return len(self._peers)

    async def close(self) -> None:
        """Take no more connections, say goodbye, keep what was acknowledged, let go of everything."""
        self._closing.set()
        if self._listener is not None:
            self._listener.close()
        for peer in [p for p in self._peers.values() if p is not None]:
            peer.leave("server.closing", "the server is stopping; try again soon")
        tasks = list(self._peers)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if self._hall is not None:
            await self._hall.close()
        if self._store is not None:
            await asyncio.to_thread(self._store.close)
            self._store = None
        self._parsing.close()

    # connections

    def _enter(self, raw: asyncio.Transport) -> None:
        """Take a fresh TCP connection, or drop it where there are too many."""
        name = raw.get_extra_info("peername")
        address = origin_of(str(name[0])) if name else "?"
        full = len(self._peers) >= self._limits.connections or self._from[address] >= self._limits.per_address
        if full or self._closing.is_set():
            raw.abort()
            return
        self._from[address] += 1
        task = asyncio.create_task(self._attend(raw, address))
        self._peers[task] = None
        task.add_done_callback(lambda done: self._leave(done, address))

    def _leave(self, task: asyncio.Task[None], address: str) -> None:
        self._peers.pop(task, None)
        self._from[address] -= 1
        if not self._from[address]:
            del self._from[address]
        if not task.cancelled() and (error := task.exception()) is not None:
            self._report("a connection failed", error)

    async def _attend(self, raw: asyncio.Transport, origin: str) -> None:
        """Serve one connection from its handshake to its end."""
        hall = self._hall
        loop = asyncio.get_running_loop()
        reader = asyncio.StreamReader(limit=_READ)
        protocol = asyncio.StreamReaderProtocol(reader)
        try:
            secure = await loop.start_tls(
                raw, protocol, self._context, server_side=True,
                ssl_handshake_timeout=self._limits.handshake, ssl_shutdown_timeout=_SHUTDOWN,
            )  # fmt: skip
        except (OSError, TimeoutError, ssl.SSLError):
            raw.abort()
            return
        except asyncio.CancelledError:
            raw.abort()
            raise
        if secure is None or hall is None:
            raw.abort()
            return
        protocol.connection_made(secure)
        desk = _Desk(hall, self._limits, self._clock, self._report, self._parsing, self._lanes, origin)
        peer = _Peer(desk, reader, secure, protocol)
        task = asyncio.current_task()
        if task is not None:
            self._peers[task] = peer
        await peer.serve()


class _Door(asyncio.Protocol):
    """Holds a connection still until its handshake begins."""

    def __init__(self, enter: Callable[[asyncio.Transport], None]) -> None:
        self._enter = enter

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if isinstance(transport, asyncio.Transport):
            transport.pause_reading()  # the first bytes belong to TLS
            self._enter(transport)


@dataclass(frozen=True, slots=True)
class _Desk:
    """What the server has for one client."""

    hall: Hall
    limits: ServerLimits
    clock: Callable[[], int]
    report: Callable[[str, BaseException | None], None]
    parsing: Parsing
    lanes: Lanes
    origin: str  #: the client's address


class _Peer:
    """One client, after its handshake."""

    def __init__(
        self,
        desk: _Desk,
        reader: asyncio.StreamReader,
        transport: asyncio.Transport,
        protocol: asyncio.StreamReaderProtocol,
    ) -> None:
        self._desk, self._hall, self._limits, self._report = desk, desk.hall, desk.limits, desk.report
        self._reader, self._transport = reader, transport
        self._writer = asyncio.StreamWriter(transport, protocol, reader, asyncio.get_running_loop())
        self._session = ServerSession(desk.limits.frame)
        self._talking = asyncio.Lock()
        self._followers: list[asyncio.Task[None]] = []
        self._offers = 0
        self._lane: Lane | None = None  # while a large frame is taken in

    async def serve(self) -> None:
        """Answer messages until the peer goes, breaks a rule or runs into a limit."""
        try:
            await self._listen()
        except SantaError as e:
            self.leave(e.code, e.message)
        except (OSError, TimeoutError, ssl.SSLError):
            pass  # the connection is gone
        except Exception as e:
            self._report("a request failed", e)
            self.leave("internal", "the server failed")
        finally:
            self._leave_lane()
            for follower in self._followers:
                follower.cancel()
            await asyncio.gather(*self._followers, return_exceptions=True)
            self._writer.close()
            try:
                async with asyncio.timeout(_SHUTDOWN + 1):
                    await self._writer.wait_closed()
            except (OSError, TimeoutError, ssl.SSLError):
                pass
            finally:
                self._transport.abort()

    async def _listen(self) -> None:
        loop = asyncio.get_running_loop()
        heard = loop.time()  # when the last whole message came
        begun: float | None = None  # when the frame began that is not whole yet
        held = 0  # bytes of it
        while True:
            due, code = heard + self._limits.idle, "timeout.idle"
            if self._session.phase is Phase.NEW:
                due, code = heard + self._limits.hello, "timeout.hello"
            if begun is not None and begun + self._limits.half_frame < due:
                due, code = begun + self._limits.half_frame, "timeout.half-frame"
            try:
                async with asyncio.timeout_at(due):
                    data = await self._reader.read(_READ)
            except TimeoutError as e:
                raise NetworkError(code, "nothing was heard for too long") from e
            if not data:
                return
            held += len(data)
            for message in self._session.receive(data):
                self._leave_lane()
                await self._answer(message)
                heard, begun, held = loop.time(), None, 0
            if not self._session.inside_frame:
                begun, held = None, 0
            elif begun is None:
                begun = loop.time()
            if held > self._limits.small_frame and self._lane is None and begun is not None:
                self._lane = await self._desk.lanes.enter(self._desk.origin, begun + self._limits.half_frame)

    def _leave_lane(self) -> None:
        if self._lane is not None:
            self._lane.leave()
            self._lane = None

    async def _answer(self, message: ClientMessage) -> None:
        match message:
            case Hello():
                limits = Limits(frame=self._limits.frame, idle=int(self._limits.idle * 1000))
                await self._say(Welcome(limits=limits, now=self._desk.clock(), protocol=VERSION))
            case Ping():
                await self._say(Pong(id=message.id))
            case Follow():
                await self._follow(message)
            case Offer() | Submit():
                await self._say(await (self._offer(message) if isinstance(message, Offer) else self._submit(message)))

    async def _offer(self, message: Offer) -> ServerMessage:
        try:
            self._offers += 1
            if self._offers > self._limits.offers_per_connection:
                raise UsageError("server.too-many-offers", "too many keys were asked for on this connection")
            return Offered(id=message.id, key=await self._hall.offer(self._desk.origin))
        except SantaError as e:
            return refused(message.id, e, 0)

    async def _submit(self, message: Submit) -> ServerMessage:
        post: SignedPost | None = None
        try:
            post = await self._desk.parsing.parse(bytes(message.post), self._desk.origin)
            placed = await self._hall.submit(post, self._desk.origin)
            return Accepted(hash=placed.hash, id=message.id, seq=placed.seq)
        except SantaError as e:
            return refused(message.id, e, 0 if post is None else await self._length(post))

    async def _length(self, post: SignedPost) -> int:
        with contextlib.suppress(SantaError):
            table = await self._hall.find(post.game)
            return 0 if table is None else len(table.raws)
        return 0

    async def _follow(self, message: Follow) -> None:
        table = await self._hall.find(message.game)
        if table is None:
            await self._say(refused(message.id, unknown_game(), 0))
            return
        table.watchers += 1  # before anything else runs: it stays in memory
        try:
            await self._say(Followed(id=message.id, length=len(table.raws)))
        except BaseException:
            table.watchers -= 1
            raise
        follower = asyncio.create_task(self._push(table, message))
        follower.add_done_callback(lambda _: table.leave())
        self._followers.append(follower)

    async def _push(self, table: Table, wish: Follow) -> None:
        """Send the log of a game from the wished entry on, and then what comes."""
        position = wish.since
        try:
            while True:
                changed = table.changed
                while position < len(table.raws):
                    batch = self._batch(table, position)
                    await self._say(Entries(entries=batch, game=wish.game, since=position))
                    position += len(batch)
                await changed.wait()
        except (OSError, TimeoutError, ssl.SSLError):
            self._transport.abort()
        except SantaError as e:
            self._report("a follower failed", e)
            self._transport.abort()

    def _batch(self, table: Table, position: int) -> tuple[msgspec.Raw, ...]:
        batch: list[msgspec.Raw] = []
        size = 0
        for raw in table.raws[position : position + MAX_BATCH]:
            size += len(raw)
            if batch and size > self._limits.batch:
                break
            batch.append(msgspec.Raw(raw))
        return tuple(batch)

    async def _say(self, message: ServerMessage) -> None:
        """Send a message; a peer that does not read in time is dropped.

        Raises:
            TimeoutError: it was dropped.
        """
        async with self._talking:
            if self._session.phase is Phase.CLOSED:
                raise ConnectionAbortedError
            data = self._session.send(message)
            self._writer.write(data)
            try:
                async with asyncio.timeout(self._limits.write + len(data) / self._limits.pace):
                    await self._writer.drain()
            except TimeoutError:
                self._transport.abort()
                raise

    def leave(self, code: str, message: str) -> None:
        """Say why this is the end, if the peer still listens; what follows closes the connection."""
        if not self._transport.is_closing():
            self._writer.write(self._session.farewell(code, message))


def refused(id_: int, error: SantaError, length: int) -> Refused:
    """Return the refusal that tells a client why."""
    return Refused(
        blame=_blamed(error.blame), code=error.code, hint=cut(error.hint), id=id_, length=length,
        message=cut(error.message),
    )  # fmt: skip


def _blamed(blame: Blame) -> Blamed:
    return Blamed(certainty=blame.certainty, party=blame.party, who=cut(blame.who))
