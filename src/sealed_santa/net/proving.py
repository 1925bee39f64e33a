"""Posts of blind games whose proofs take long to check, apart from everything else.

A mix takes a tenth of a second, and the tests of a large batch some seconds. So they have two threads of their own,
which dealers and small posts do not wait for. Who sends wrong proofs makes the server work for nothing: after
`WASTED` of them no more are looked at, until the server is started again.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final, ParamSpec, TypeVar

from sealed_santa.base.errors import YOU, SantaError, UsageError
from sealed_santa.log.posts import Blinding, EnvelopePost, Hand, KeyPost, Mix, OpeningPost, Post

WASTED: Final = 16  # posts with a wrong proof of one author; a key belongs to one game
_BEARING: Final = (KeyPost, Mix, Blinding, OpeningPost, Hand, EnvelopePost)
_WRONG: Final = ("proof-wrong", "possession", "rows", "pairs", "shares", "cards", "row")

_P = ParamSpec("_P")
_R = TypeVar("_R")


def bears_proof(body: Post) -> bool:
    """Tell whether a post bears a proof of section 11 of docs/protocol.md."""
    return isinstance(body, _BEARING)


class Proving:
    """Two threads that check proofs, and who has sent wrong ones."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(2, "proving")
        self._wasted: Counter[bytes] = Counter()

    async def run(self, work: Callable[_P, _R], *args: _P.args, **kwargs: _P.kwargs) -> _R:
        """Return what `work` returns, from one of the threads."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, lambda: work(*args, **kwargs))

    def check(self, body: Post) -> None:
        """Refuse a proof of somebody who has sent too many wrong ones.

        Raises:
            UsageError: `game.too-many-posts`.
        """
        if bears_proof(body) and self._wasted[bytes(body.by)] >= WASTED:
            raise UsageError(
                "game.too-many-posts", f"this server looks at no more proofs after {WASTED} wrong ones", blame=YOU
            )

    def refused(self, body: Post, error: SantaError) -> None:
        """Note that a post was refused; only wrong proofs count, and not who came too late."""
        if bears_proof(body) and error.code.partition(".")[2] in _WRONG:
            self._wasted[bytes(body.by)] += 1

    def close(self) -> None:
        """Begin nothing more."""
        self._threads.shutdown(wait=False, cancel_futures=True)
