"""From the bytes of a post to the post, without keeping everybody waiting.

Small posts are parsed at once. A large one takes a tenth of a second, so it goes to the one thread that there is
for this, and of those that come from one address only one stands in that thread's queue.
"""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from weakref import WeakValueDictionary

from sealed_santa.log.entry import SignedPost, parse_post
from sealed_santa.net.table import INLINE


class Parsing:
    """The thread for large posts, and whose turn it is."""

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(1, "parsing")
        self._turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def parse(self, raw: bytes, origin: str) -> SignedPost:
        """Return the post that an address sent; raises as `parse_post`."""
        if len(raw) <= INLINE:
            return parse_post(raw)
        turn = self._turns.setdefault(origin, asyncio.Lock())
        async with turn:
            return await asyncio.get_running_loop().run_in_executor(self._thread, parse_post, raw)

    def close(self) -> None:
        """Begin nothing more."""
        self._thread.shutdown(wait=False, cancel_futures=True)
