"""The dear part of admission (game/admission.py), apart from everything else and never done twice.

To weigh a draw takes up to half a second, and whoever made the game may ask for it again and again. So it has a
thread of its own, which dealers and logs do not wait for, and what it said last is remembered: refusals, too.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final, ParamSpec, TypeVar

import msgspec

from sealed_santa.base.errors import UsageError
from sealed_santa.game.admission import Outlook, outlook
from sealed_santa.log.posts import BlindTerms, Exclusions

KEPT: Final = 256  # answers; each is small

_P = ParamSpec("_P")
_R = TypeVar("_R")


class Weighing:
    """One thread that weighs draws, and the newest answers."""

    def __init__(self, kept: int = KEPT) -> None:
        self._kept = kept
        self._answers: OrderedDict[bytes, Outlook | UsageError] = OrderedDict()
        self._thread = ThreadPoolExecutor(1, "weighing")

    async def run(self, work: Callable[_P, _R], *args: _P.args, **kwargs: _P.kwargs) -> _R:
        """Return what `work` returns, from the thread of its own; there, and only there, `outlook` may be asked."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, lambda: work(*args, **kwargs))

    def outlook(
        self, names: list[str], exclusions: Exclusions, deck_limit: int, blind: BlindTerms | None = None
    ) -> Outlook:
        """Return or raise what `game.admission.outlook` does; the same question is answered from memory."""
        question = hashlib.sha256(msgspec.json.encode((names, exclusions, deck_limit, blind))).digest()
        answer = self._answers.pop(question, None)
        if answer is None:
            try:
                answer = outlook(names, exclusions, deck_limit, blind)
            except UsageError as e:
                answer = e
        self._answers[question] = answer
        if len(self._answers) > self._kept:
            self._answers.popitem(last=False)
        if isinstance(answer, UsageError):  # a new one each time: an exception carries where it was raised
            raise UsageError(answer.code, answer.message, blame=answer.blame, hint=answer.hint)
        return answer

    def close(self) -> None:
        """Begin nothing more."""
        self._thread.shutdown(wait=False, cancel_futures=True)
