"""What is said on a connection: a closed union for each direction (docs/protocol.md, section 9.3).

A payload is canonical JSON: its bytes must equal what the decoded message encodes to. Posts and
entries inside are kept as they came (`msgspec.Raw`); `log/entry.py` judges them. Every request has an
id, and every request gets one reply with the same id. Nothing here is signed: what matters later is
signed inside the posts and entries.
"""

from __future__ import annotations

from typing import Annotated, Final, TypeVar

import msgspec

from sealed_santa.base.canon import MAX_INT
from sealed_santa.base.errors import PEER, Certainty, ParseError, Party
from sealed_santa.base.labels import VERSION
from sealed_santa.log.fields import Hash, SignKey, decode_field, encode_field

MAX_BATCH: Final = 1000  # entries in one message
MAX_TEXT: Final = 500  # characters of a message or hint for people

Id = Annotated[int, msgspec.Meta(ge=0, le=MAX_INT)]
Number = Annotated[int, msgspec.Meta(ge=0, le=MAX_INT)]
Code = Annotated[str, msgspec.Meta(pattern=r"\A[a-z0-9]+([.-][a-z0-9]+)*\Z", max_length=64)]
Text = Annotated[str, msgspec.Meta(max_length=MAX_TEXT)]


class _Struct(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Immutable; no field more and none less."""


class Hello(_Struct, frozen=True, tag_field="type", tag="hello"):
    """The client's first message: the protocol it speaks, and what it calls itself."""

    agent: Annotated[str, msgspec.Meta(max_length=64)]
    protocol: Annotated[str, msgspec.Meta(max_length=64)]


class Offer(_Struct, frozen=True, tag_field="type", tag="offer"):
    """Asks for the server's key of a game that is to be created."""

    id: Id


class Submit(_Struct, frozen=True, tag_field="type", tag="submit"):
    """Carries a signed post to the log: one's own, or another's."""

    id: Id
    post: msgspec.Raw


class Follow(_Struct, frozen=True, tag_field="type", tag="follow"):
    """Asks for the entries of a game from `since` on, now and as they come."""

    id: Id
    game: Hash
    since: Number


class Ping(_Struct, frozen=True, tag_field="type", tag="ping"):
    """Asks for a sign of life."""

    id: Id


class Limits(_Struct, frozen=True):
    """What the server holds a connection to: payload bytes, and milliseconds of silence."""

    frame: Number
    idle: Number


class Welcome(_Struct, frozen=True, tag_field="type", tag="welcome"):
    """The server's first message: its clock (milliseconds) and limits."""

    limits: Limits
    now: Number
    protocol: Annotated[str, msgspec.Meta(max_length=64)]


class Offered(_Struct, frozen=True, tag_field="type", tag="offered"):
    """A fresh key of the server, to stand in one `create`."""

    id: Id
    key: SignKey


class Accepted(_Struct, frozen=True, tag_field="type", tag="accepted"):
    """The post is durably in the log, in the entry of this number and hash."""

    hash: Hash
    id: Id
    seq: Number


class Followed(_Struct, frozen=True, tag_field="type", tag="followed"):
    """The game is known; its log has `length` entries now."""

    id: Id
    length: Number


class Pong(_Struct, frozen=True, tag_field="type", tag="pong"):
    """A sign of life."""

    id: Id


class Blamed(_Struct, frozen=True):
    """Whom a refusal points at; see `base.errors.Blame`."""

    certainty: Certainty
    party: Party
    who: Text


class Refused(_Struct, frozen=True, tag_field="type", tag="refused"):
    """The request was not done, and why; the connection goes on.

    `length` is the number of entries that the game's log had then (0 of an unknown game): who knows
    fewer may have asked too late, who knows as many was refused for good.
    """

    blame: Blamed
    code: Code
    hint: Text
    id: Id
    length: Number
    message: Text


class Entries(_Struct, frozen=True, tag_field="type", tag="entries"):
    """Entries of a followed game, in order; the first has the number `since`."""

    entries: Annotated[tuple[msgspec.Raw, ...], msgspec.Meta(min_length=1, max_length=MAX_BATCH)]
    game: Hash
    since: Number


class Error(_Struct, frozen=True, tag_field="type", tag="error"):
    """The server's last message: it closes the connection for this reason."""

    code: Code
    message: Text


Request = Offer | Submit | Follow | Ping
Reply = Offered | Accepted | Followed | Pong | Refused
ClientMessage = Hello | Request
ServerMessage = Welcome | Reply | Entries | Error
Message = ClientMessage | ServerMessage

_encoder: Final = msgspec.json.Encoder(enc_hook=encode_field, order="sorted")
_from_client: Final = msgspec.json.Decoder(ClientMessage, dec_hook=decode_field)
_from_server: Final = msgspec.json.Decoder(ServerMessage, dec_hook=decode_field)


_M = TypeVar("_M")


class _Peek(msgspec.Struct):
    """Just enough of a message to tell an unknown type or version from a broken one."""

    type: str
    protocol: str = VERSION


_peek: Final = msgspec.json.Decoder(_Peek)
_CLIENT_TYPES: Final = frozenset(t.__struct_config__.tag for t in ClientMessage.__args__)
_SERVER_TYPES: Final = frozenset(t.__struct_config__.tag for t in ServerMessage.__args__)


def encode_message(message: Message) -> bytes:
    """Return the canonical payload of a message."""
    return _encoder.encode(message)


def parse_from_client(payload: bytes) -> ClientMessage:
    """Decode what a client says.

    Raises:
        ParseError: `message.malformed`, `message.unknown-type`, `message.not-canonical`,
            `protocol.unknown` for a hello of another protocol, and what the typed fields refuse.
    """
    _look(payload, _CLIENT_TYPES)
    message: ClientMessage = _decode(_from_client, payload)
    return message


def parse_from_server(payload: bytes) -> ServerMessage:
    """Decode what a server says; raises as `parse_from_client`."""
    _look(payload, _SERVER_TYPES)
    message: ServerMessage = _decode(_from_server, payload)
    return message


def cut(text: str) -> str:
    """Return a text short enough for `message` and `hint`, and without lone surrogates."""
    clean = text.encode("utf-8", "replace").decode("utf-8")
    return clean if len(clean) <= MAX_TEXT else clean[: MAX_TEXT - 1] + "…"


def _look(payload: bytes, known: frozenset[object]) -> None:
    try:
        head = _peek.decode(payload)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as e:
        raise ParseError("message.malformed", f"not a message: {e}", blame=PEER) from e
    if head.protocol != VERSION:
        raise ParseError(
            "protocol.unknown",
            f"the peer speaks {head.protocol[:40]!r}, not {VERSION}",
            blame=PEER,
            hint="use versions of sealed-santa that go together",
        )
    if head.type not in known:
        raise ParseError("message.unknown-type", f"no message has the type {head.type[:40]!r}", blame=PEER)


def _decode(decoder: msgspec.json.Decoder[_M], payload: bytes) -> _M:
    try:
        message = decoder.decode(payload)
        same = _encoder.encode(message) == payload
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as e:
        raise ParseError("message.malformed", f"not a message: {e}", blame=PEER) from e
    if not same:
        raise ParseError("message.not-canonical", "the bytes are not canonical JSON (RFC 8785)", blame=PEER)
    return message
