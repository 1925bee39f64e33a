"""A connection to a classic game: lines out, lines in, nothing else. It trusts nothing that comes to be short."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Final

from sealed_santa.base.errors import NetworkError
from sealed_santa.classic.lines import LineBuffer, Say

MAX_LINE: Final = 4096  # bytes, from the server
TOO_LONG: Final = "(a line that is too long was left out)"
NOT_UTF8: Final = "(a line that is not UTF-8 was left out)"
_GOODBYE: Final = 2.0  # seconds


class Client:
    """One client; `open` makes one."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer
        self._buffer = LineBuffer(MAX_LINE)
        self._lines: deque[str | Say] = deque()
        self._ended = False

    @classmethod
    async def open(cls, host: str, port: int, patience: float = 10.0) -> Client:
        """Connect within `patience` seconds.

        Raises:
            NetworkError: `connect.failed`, `connect.timeout`.
        """
        try:
            async with asyncio.timeout(patience):
                return cls(*await asyncio.open_connection(host, port))
        except TimeoutError as e:
            raise NetworkError("connect.timeout", f"{host}:{port} does not answer", hint="check host and port") from e
        except (OSError, UnicodeError) as e:
            reason = e.strerror if isinstance(e, OSError) and e.strerror else e
            raise NetworkError(
                "connect.failed", f"cannot connect to {host}:{port}: {reason}",
                hint="is the server running? santa classic serve starts one",
            ) from e  # fmt: skip

    async def next(self) -> str | None:
        """Return the next line of the server without its end, or None when it has closed the connection."""
        while not self._lines and not self._ended:
            try:
                data = await self._reader.read(MAX_LINE)
            except OSError:
                data = b""
            self._ended = not data
            self._lines.extend(self._buffer.feed(data) if data else self._buffer.finish())
        if not self._lines:
            return None
        line = self._lines.popleft()
        return {Say.NO_TOO_LONG: TOO_LONG, Say.NO_UTF8: NOT_UTF8}[line] if isinstance(line, Say) else line

    async def say(self, line: str) -> None:
        """Send a line; if the connection is gone, `next` tells."""
        await self.write(" ".join(line.splitlines()).encode("utf-8", "replace") + b"\n")

    async def write(self, data: bytes) -> None:
        """Send bytes as they are; if the connection is gone, `next` tells."""
        try:
            self._writer.write(data)
            await self._writer.drain()
        except OSError:
            pass

    async def close(self) -> None:
        """Let go."""
        self._writer.close()
        try:
            async with asyncio.timeout(_GOODBYE):
                await self._writer.wait_closed()
        except (OSError, TimeoutError):
            pass
        finally:
            self._writer.transport.abort()
