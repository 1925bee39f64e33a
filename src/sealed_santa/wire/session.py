"""One connection as a state machine, the same for both ends (docs/protocol.md, section 9.4).

The theory. Both ends hold the same machine and move it by every message, sent or received, in the
order of the stream. Who may say a message follows from its type, so one table serves both:

    NEW      nothing was said                hello -> GREETED
    GREETED  the client has said hello       welcome -> OPEN
    OPEN     requests, replies and entries   -> OPEN
    CLOSED   nothing may be said
    any but CLOSED                           error -> CLOSED

Beside the state there are three ledgers: ids of requests grow; each reply answers one open request,
and is of its kind; entries come only for a followed game, and follow one another without a gap.

Any bytes lead to messages or to one typed error, nothing else; after an error the session is closed.
Sans-IO: no clock, no socket. Time limits are for `net/`. Posts and entries are opaque here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from enum import StrEnum
from typing import Final, Generic, TypeVar

from sealed_santa.base.errors import PEER, YOU, NetworkError, SantaError, UsageError
from sealed_santa.log.fields import Hash
from sealed_santa.wire.frames import TO_CLIENT, TO_SERVER, FrameDecoder, encode_frame
from sealed_santa.wire.messages import (
    Accepted,
    ClientMessage,
    Entries,
    Error,
    Follow,
    Followed,
    Hello,
    Message,
    Offer,
    Offered,
    Ping,
    Pong,
    Refused,
    ServerMessage,
    Submit,
    Welcome,
    cut,
    encode_message,
    parse_from_client,
    parse_from_server,
)

MAX_OPEN: Final = 64  # requests without a reply
MAX_FOLLOWED: Final = 16  # games on one connection


class Phase(StrEnum):
    """Where a connection stands."""

    NEW = "new"
    GREETED = "greeted"
    OPEN = "open"
    CLOSED = "closed"


_TALK: Final = (Offer, Submit, Follow, Ping, Offered, Accepted, Followed, Pong, Refused, Entries)
TRANSITIONS: Final[dict[tuple[Phase, type], Phase]] = {
    (Phase.NEW, Hello): Phase.GREETED,
    (Phase.GREETED, Welcome): Phase.OPEN,
    **{(Phase.OPEN, kind): Phase.OPEN for kind in _TALK},
    **{(phase, Error): Phase.CLOSED for phase in (Phase.NEW, Phase.GREETED, Phase.OPEN)},
}
REPLIES: Final[dict[type, tuple[type, ...]]] = {
    Offer: (Offered, Refused),
    Submit: (Accepted, Refused),
    Follow: (Followed, Refused),
    Ping: (Pong,),
}

_Said = TypeVar("_Said", bound=Message)  # what this end says
_Heard = TypeVar("_Heard", bound=Message)  # what the other end says


class _Broken(Exception):
    """A message that the machine does not allow; whose fault it is, the caller knows."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class _Machine:
    """State and ledgers of one connection."""

    def __init__(self) -> None:
        self.phase = Phase.NEW
        self.next_id = 0
        self.open: dict[int, Offer | Submit | Follow | Ping] = {}
        self.followed: dict[Hash, int] = {}  # the number of the next entry

    def move(self, message: Message) -> None:
        """Go one step, or raise `_Broken` and change nothing."""
        after = TRANSITIONS.get((self.phase, type(message)))
        if after is None:
            raise _Broken("session.out-of-turn", f"{type(message).__name__} in a connection that is {self.phase}")
        if isinstance(message, (Offer, Submit, Follow, Ping)):
            self._ask(message)
        elif isinstance(message, (Offered, Accepted, Followed, Pong, Refused)):
            self._answer(message)
        elif isinstance(message, Entries):
            self._carry(message)
        self.phase = after

    def _ask(self, request: Offer | Submit | Follow | Ping) -> None:
        if request.id < self.next_id:
            raise _Broken("session.id", f"the id {request.id} of a request is not larger than the one before")
        if len(self.open) >= MAX_OPEN:
            raise _Broken("session.too-many-requests", f"more than {MAX_OPEN} requests without a reply")
        if isinstance(request, Follow):
            waiting = {r.game for r in self.open.values() if isinstance(r, Follow)}
            if request.game in self.followed or request.game in waiting:
                raise _Broken("session.follows-already", "the game is followed on this connection already")
            if len(self.followed) + len(waiting) >= MAX_FOLLOWED:
                raise _Broken("session.too-many-games", f"more than {MAX_FOLLOWED} games on one connection")
        self.next_id = request.id + 1
        self.open[request.id] = request

    def _answer(self, reply: Offered | Accepted | Followed | Pong | Refused) -> None:
        request = self.open.get(reply.id)
        if request is None or not isinstance(reply, REPLIES[type(request)]):
            raise _Broken("session.no-such-request", f"{type(reply).__name__} answers no open request")
        del self.open[reply.id]
        if isinstance(request, Follow) and isinstance(reply, Followed):
            self.followed[request.game] = request.since

    def _carry(self, message: Entries) -> None:
        due = self.followed.get(message.game)
        if due is None:
            raise _Broken("session.not-followed", "entries of a game that is not followed")
        if message.since != due:
            raise _Broken("session.gap", f"entries from {message.since} on, where {due} is next")
        self.followed[message.game] = due + len(message.entries)


class Session(Generic[_Said, _Heard]):
    """One end of a connection."""

    def __init__(
        self, *, say_limit: int, hear_limit: int, parse: Callable[[bytes], _Heard]
    ) -> None:
        self._machine = _Machine()
        self._say_limit = say_limit
        self._parse = parse
        self._decoder = FrameDecoder(hear_limit)

    @property
    def phase(self) -> Phase:
        """Where the connection stands."""
        return self._machine.phase

    @property
    def inside_frame(self) -> bool:
        """Whether the peer has begun a frame and not ended it."""
        return self._decoder.inside

    @property
    def next_id(self) -> int:
        """The smallest id that a new request may have."""
        return self._machine.next_id

    @property
    def waiting(self) -> int:
        """The number of requests without a reply."""
        return len(self._machine.open)

    def send(self, message: _Said) -> bytes:
        """Return the bytes that say a message.

        Raises:
            UsageError: `session.*`: it must not be said now; a mistake of this program. Nothing changed.
            ParseError: `frame.too-large`.
        """
        frame = encode_frame(encode_message(message), self._say_limit)
        try:
            self._machine.move(message)
        except _Broken as e:
            raise UsageError(e.code, e.message, blame=YOU) from e
        return frame

    def receive(self, data: bytes) -> Iterator[_Heard]:
        """Yield the messages that these bytes complete; to be exhausted before the next call.

        Raises:
            ParseError: `frame.*`, `message.*`, `protocol.unknown`, or what a typed field refuses.
            NetworkError: `session.*`: a message that must not be said now. After any error, and after
                an `error` message, the session is closed and refuses all bytes (`session.closed`).
        """
        self._decoder.feed(data)
        try:
            while (payload := self._take()) is not None:
                message = self._parse(payload)
                try:
                    self._machine.move(message)
                except _Broken as e:
                    raise NetworkError(e.code, e.message, blame=PEER) from e
                yield message
        except SantaError:
            self._machine.phase = Phase.CLOSED
            raise

    def _take(self) -> bytes | None:
        if self._machine.phase is not Phase.CLOSED:
            return self._decoder.take()
        if self._decoder.inside:
            raise NetworkError("session.closed", "bytes after the end of the connection", blame=PEER)
        return None


class ServerSession(Session[ServerMessage, ClientMessage]):
    """The server's end."""

    def __init__(self, limit: int = TO_SERVER) -> None:
        super().__init__(say_limit=TO_CLIENT, hear_limit=limit, parse=parse_from_client)
        self._said_why = False

    def farewell(self, code: str, message: str) -> bytes:
        """Close the session and return the bytes that say why; nothing if that has been said."""
        self._machine.phase = Phase.CLOSED
        if self._said_why:
            return b""
        self._said_why = True
        return encode_frame(encode_message(Error(code=code, message=cut(message))), self._say_limit)


class ClientSession(Session[ClientMessage, ServerMessage]):
    """The client's end."""

    def __init__(self) -> None:
        super().__init__(say_limit=TO_SERVER, hear_limit=TO_CLIENT, parse=parse_from_server)
