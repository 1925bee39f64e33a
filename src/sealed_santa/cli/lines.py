"""Lines that somebody types while a game goes on: a thread that reads, a queue that hands out.

The thread reads the file descriptor and no Python stream, so that the program can end while it waits.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import threading
from typing import Final, TextIO

from sealed_santa.cli.chronicle import START_WORDS

_MAX_LINE: Final = 65536  # bytes

HELP: Final = (
    f"you can type:  {START_WORDS}    draw, when all are here",
    "               who    the players, and what is waited for",
    "               words  the safety words of this round",
    "               list   the whole catalogue",
    "               change another gift in the place of yours, until the choosing closes",
    "               leave  go, before the start; in a blind game also after the deal",
    "               quit   close this window; come back later",
)


class Lines:
    """The lines of stdin; the last one is None."""

    def __init__(self, stdin: TextIO) -> None:
        """Begin to read, in a running event loop; a stdin without a descriptor has no lines."""
        self._queue: asyncio.Queue[str | None] = asyncio.Queue()
        self._events = asyncio.get_running_loop()
        try:
            fd = stdin.fileno()
        except (OSError, ValueError, AttributeError):
            self._queue.put_nowait(None)
            return
        threading.Thread(target=self._read, args=(fd,), daemon=True).start()

    async def next(self) -> str | None:
        """Return the next line without its end, or None when there will be no more."""
        return await self._queue.get()

    def _read(self, fd: int) -> None:
        rest = b""
        while True:
            try:
                data = os.read(fd, 4096)
            except OSError:
                data = b""
            *whole, rest = (rest + data).split(b"\n")
            for line in whole:
                self._hand_out(line)
            if not data:
                if rest:
                    self._hand_out(rest)
                self._hand_out(None)
                return
            rest = rest[:_MAX_LINE]

    def _hand_out(self, line: bytes | None) -> None:
        text = None if line is None else line.decode("utf-8", "replace").rstrip("\r")
        with contextlib.suppress(RuntimeError):  # the loop has ended
            self._events.call_soon_threadsafe(self._queue.put_nowait, text)
