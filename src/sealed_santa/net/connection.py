"""The client's end of one connection: TLS, pin, session, replies, keep-alive (docs/protocol.md, section 9).

One task reads and hands out: a reply to whoever asked, entries to a list that `take` empties. Any
failure ends the connection and every request on it with the same error.
"""

from __future__ import annotations

import asyncio
import ssl
from dataclasses import dataclass
from typing import Any, Final, TypeVar

import msgspec

from sealed_santa import __version__
from sealed_santa.base.errors import Blame, NetworkError, ParseError, SantaError, UndecidedError, UsageError
from sealed_santa.base.labels import VERSION
from sealed_santa.log.entry import SignedPost
from sealed_santa.log.fields import Hash, SignKey
from sealed_santa.net.invite import Address
from sealed_santa.net.tls import check_pin, client_context
from sealed_santa.wire.messages import (
    Accepted,
    Entries,
    Error,
    Follow,
    Followed,
    Hello,
    Offer,
    Offered,
    Ping,
    Pong,
    Refused,
    Reply,
    Request,
    ServerMessage,
    Submit,
    Welcome,
)
from sealed_santa.wire.session import ClientSession

_READ: Final = 65536
_GOODBYE: Final = 2.0  # seconds
_SHORTEST_IDLE: Final = 1000  # milliseconds; a server that says less would have us ping without end
_ENTRY_COST: Final = 200  # bytes of memory that an entry takes beside its own

_R = TypeVar("_R", bound=Reply)
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientSettings:
    """How patient a client is; times in seconds."""

    connect: float = 10.0  #: for TCP and TLS together
    reply: float = 120.0  #: for the answer to a request
    ping: float = 60.0  #: between two signs of life, or a third of the server's idle limit if that is less
    first_pause: float = 1.0  #: before connecting again; doubles each time
    longest_pause: float = 60.0
    ahead: float = 300.0  #: how far the server's clock may be ahead of ours
    held: int = 24 * 1024 * 1024  #: bytes of entries that wait until the log is checked so far; then nothing is read
    turn: float = 0.5  #: how long a trustee waits at least for each that may do the same first; 0: it only looks in
    give_up: float | None = None  #: how long to go on trying to reach a server; None: for ever


class Refusal(UsageError):
    """The server did not do what was asked; `length` is the number of entries that its log had then."""

    def __init__(self, message: Refused) -> None:
        blame = Blame(message.blame.party, message.blame.who, message.blame.certainty)
        super().__init__(message.code, message.message, blame=blame, hint=message.hint)
        self.length = message.length


class Connection:
    """An open connection to a server whose pin was right; `open` makes one."""

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, wake: asyncio.Event, settings: ClientSettings
    ) -> None:
        self._reader, self._writer, self._settings = reader, writer, settings
        self._session = ClientSession()
        self._wake = wake
        self._replies: dict[int, asyncio.Future[Reply]] = {}
        self._entries: list[Entries] = []
        self._held = 0
        self._space = asyncio.Event()
        self._welcome: asyncio.Future[Welcome] = asyncio.get_running_loop().create_future()
        self._failure: SantaError | None = None
        self._tasks: list[asyncio.Task[None]] = []

    @classmethod
    async def open(
        cls, address: Address, wake: asyncio.Event | None = None, settings: ClientSettings | None = None
    ) -> Connection:
        """Connect, check the pin, say hello; `wake` is set whenever something comes.

        Raises:
            VerificationError: `tls.wrong-pin`, `tls.bad-certificate`; nothing was said to that server.
            NetworkError: `connect.failed`, `connect.timeout`, `connect.no-tls`, `timeout.reply`, or
                what the server says.
            UndecidedError: `protocol.unknown`.
        """
        settings = settings or ClientSettings()
        reader, writer = await _connect(address, settings)
        connection = cls(reader, writer, wake or asyncio.Event(), settings)
        try:
            secure = writer.get_extra_info("ssl_object")
            check_pin(None if secure is None else secure.getpeercert(binary_form=True), address.pin)
            await connection._greet()
        except BaseException:
            await connection.close()
            raise
        return connection

    async def _greet(self) -> None:
        self._tasks.append(asyncio.create_task(self._read()))
        self._write(self._session.send(Hello(agent=f"sealed-santa {__version__}", protocol=VERSION)))
        welcome = await self._wait(self._welcome)
        pause = min(self._settings.ping, max(welcome.limits.idle, _SHORTEST_IDLE) / 3000)
        self._tasks.append(asyncio.create_task(self._keep_alive(pause)))

    async def offer(self) -> SignKey:
        """Ask for the server's key of a new game; raises as `submit`."""
        return (await self._ask(Offer(id=self._session.next_id), Offered)).key

    async def submit(self, post: SignedPost) -> Accepted:
        """Carry a post to the log and return where it stands, durably.

        Raises:
            Refusal: the server says why.
            NetworkError: nobody knows whether it was accepted; send the same again later.
        """
        return await self._ask(Submit(id=self._session.next_id, post=msgspec.Raw(post.raw)), Accepted)

    async def follow(self, game: Hash, since: int) -> int:
        """Ask for entries from `since` on and return the length of the log; raises as `submit`."""
        return (await self._ask(Follow(id=self._session.next_id, game=game, since=since), Followed)).length

    def take(self) -> list[Entries]:
        """Return the entries that came since the last call.

        Raises:
            SantaError: there are none and the connection is broken.
        """
        came, self._entries, self._held = self._entries, [], 0
        self._space.set()
        if not came and self._failure is not None:
            raise self._failure
        return came

    async def close(self) -> None:
        """Say goodbye and let go."""
        self._fail(NetworkError("connect.closed", "the connection was closed"))
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._writer.close()
        try:
            async with asyncio.timeout(_GOODBYE):
                await self._writer.wait_closed()
        except (OSError, TimeoutError, ssl.SSLError):
            pass
        finally:
            self._writer.transport.abort()

    async def __aenter__(self) -> Connection:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    # requests and replies

    async def _ask(self, request: Request, kind: type[_R]) -> _R:
        if self._failure is not None:
            raise self._failure
        answer: asyncio.Future[Reply] = asyncio.get_running_loop().create_future()
        frame = self._session.send(request)
        self._replies[request.id] = answer
        self._write(frame)
        reply = await self._wait(answer)
        if isinstance(reply, Refused):
            raise Refusal(reply)
        if not isinstance(reply, kind):  # the session pairs requests and replies
            raise NetworkError("session.no-such-request", "the reply is not of the right kind")
        return reply

    async def _wait(self, future: asyncio.Future[_T]) -> _T:
        try:
            async with asyncio.timeout(self._settings.reply):
                return await future
        except TimeoutError as e:
            error = NetworkError("timeout.reply", "the server does not answer")
            self._fail(error)
            raise error from e

    def _write(self, frame: bytes) -> None:
        # At most 64 requests of bounded size are open at a time, so this buffer is bounded too.
        self._writer.write(frame)

    async def _keep_alive(self, pause: float) -> None:
        while True:
            await asyncio.sleep(pause)
            try:
                await self._ask(Ping(id=self._session.next_id), Pong)
            except SantaError as e:
                self._fail(e)
                return

    # what comes in

    async def _read(self) -> None:
        try:
            while True:
                data = await self._reader.read(_READ)
                if not data:
                    raise NetworkError("connect.lost", "the server closed the connection")
                for message in self._session.receive(data):
                    self._hand_out(message)
                    while self._held > self._settings.held:  # the server's bytes wait with the server
                        self._space.clear()
                        await self._space.wait()
        except ParseError as e:
            if e.code == "protocol.unknown":
                self._fail(UndecidedError(e.code, e.message, blame=e.blame, hint=e.hint))
            else:
                self._fail(e)
        except SantaError as e:
            self._fail(e)
        except (OSError, ssl.SSLError) as e:
            self._fail(NetworkError("connect.lost", f"the connection was lost: {e}"))

    def _hand_out(self, message: ServerMessage) -> None:
        match message:
            case Welcome():
                if not self._welcome.done():
                    self._welcome.set_result(message)
            case Entries():
                self._entries.append(message)
                self._held += sum(len(raw) + _ENTRY_COST for raw in message.entries)
                self._wake.set()
            case Error(code="protocol.unknown"):
                raise UndecidedError(message.code, f"the server says: {message.message}")
            case Error():
                raise NetworkError(message.code, f"the server says: {message.message}")
            case _:
                answer = self._replies.pop(message.id, None)
                if answer is not None and not answer.done():
                    answer.set_result(message)

    def _fail(self, error: SantaError) -> None:
        if self._failure is None:
            self._failure = error
        waiting: list[asyncio.Future[Any]] = [self._welcome, *self._replies.values()]
        for future in waiting:
            if not future.done():
                future.set_exception(self._failure)
                future.exception()  # whoever still waits gets it; nobody has to
        self._replies.clear()
        self._wake.set()


async def _connect(address: Address, settings: ClientSettings) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    try:
        async with asyncio.timeout(settings.connect):
            return await asyncio.open_connection(
                address.host, address.port, ssl=client_context(), server_hostname="", ssl_shutdown_timeout=_GOODBYE
            )
    except TimeoutError as e:
        raise NetworkError(
            "connect.timeout", f"{address.host}:{address.port} does not answer", hint="check address and network"
        ) from e
    except ssl.SSLError as e:
        raise NetworkError(
            "connect.no-tls", f"{address.host}:{address.port} does not speak TLS 1.3", hint="check host and port"
        ) from e
    except OSError as e:
        raise NetworkError(
            "connect.failed", f"cannot connect to {address.host}:{address.port}: {e.strerror or e}",
            hint="check address and network; is the server running?",
        ) from e  # fmt: skip
