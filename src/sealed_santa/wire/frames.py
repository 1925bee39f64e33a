"""Frames: a length and as many bytes (docs/protocol.md, section 9.2).

A frame is its payload's length (4 bytes, big-endian) and the payload, 1 to `limit` bytes. The length
is judged before a byte of the payload is kept, so a peer can make us hold `limit` bytes and no more.
How the bytes are cut on their way does not matter: whole frames and single bytes give the same.
Sans-IO: nothing here reads, writes or waits. After an error the decoder takes nothing more.
"""

from __future__ import annotations

from typing import Final

from sealed_santa.base.errors import PEER, ParseError

HEADER: Final = 4
TO_SERVER: Final = 2 * 1024 * 1024  # payload bytes; a blinding of 8000 tests has 1.7 MB
TO_CLIENT: Final = 6 * 1024 * 1024  # payload bytes; above the largest entry


def encode_frame(payload: bytes, limit: int) -> bytes:
    """Return the frame of a payload of 1 to `limit` bytes.

    Raises:
        ParseError: `frame.empty` or `frame.too-large`.
    """
    _check_length(len(payload), limit)
    return len(payload).to_bytes(HEADER, "big") + payload


class FrameDecoder:
    """Turns bytes, cut anywhere, into payloads."""

    __slots__ = ("_buffer", "_length", "_limit")

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._buffer = bytearray()
        self._length = 0  # of the payload that is being read; 0 while its header is

    @property
    def inside(self) -> bool:
        """Whether a frame has begun and not ended."""
        return bool(self._buffer) or self._length > 0

    def feed(self, data: bytes) -> None:
        """Take bytes in; `take` gives out what they complete."""
        self._buffer += data

    def take(self) -> bytes | None:
        """Return the next whole payload, or None if more bytes are needed.

        Raises:
            ParseError: `frame.empty` or `frame.too-large`; the position in the stream is lost.
        """
        if not self._length:
            if len(self._buffer) < HEADER:
                return None
            length = int.from_bytes(self._buffer[:HEADER], "big")
            _check_length(length, self._limit)
            self._length = length
            del self._buffer[:HEADER]
        if len(self._buffer) < self._length:
            return None
        payload = bytes(self._buffer[: self._length])
        del self._buffer[: self._length]
        self._length = 0
        return payload


def _check_length(length: int, limit: int) -> None:
    if length == 0:
        raise ParseError("frame.empty", "a frame with nothing in it", blame=PEER)
    if length > limit:
        raise ParseError("frame.too-large", f"a frame of {length} bytes; at most {limit} are allowed", blame=PEER)
