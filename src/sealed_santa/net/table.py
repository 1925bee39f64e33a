"""One game as the server keeps it: judge, order, make durable, publish, deal.

A single task judges, so a post is judged against everything before it. What waits when it comes
round is one batch: judged, signed, committed together. Only after the commit are posts
acknowledged, the state replaced (one assignment) and followers woken. A second task does what the
dealer owes, after every change and when a deadline is over, through the same door as all posts; in a
blind game the server has no secret, and this task says only that a time is over.

The judge is `game/replay.py`; what `game/admission.py` and the limits of this server add is no rule.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final

from sealed_santa.base.errors import NOBODY, SantaError, UsageError
from sealed_santa.crypto.signing import SigningKey
from sealed_santa.game.admission import admit
from sealed_santa.game.replay import judge
from sealed_santa.game.state import State
from sealed_santa.log.entry import Entry, SignedPost, sign_entry, sign_post
from sealed_santa.log.fields import Hash
from sealed_santa.log.posts import Drop, Leave, Start
from sealed_santa.net.limits import ServerLimits
from sealed_santa.net.proving import Proving, bears_proof
from sealed_santa.net.quotas import Tally
from sealed_santa.net.store import Store
from sealed_santa.net.weighing import Weighing
from sealed_santa.roles import dealer as dealing
from sealed_santa.roles import keeper
from sealed_santa.roles.dealer import Memo
from sealed_santa.roles.secrets import DealerSecrets

INLINE: Final = 16 * 1024  # bytes of posts that are judged without going to another thread
_RETRY: Final = 60.0  # seconds until a dealer that failed tries again by itself
_LONGEST_SLEEP: Final = 3600.0  # seconds; a clock may be set while we sleep


@dataclass(frozen=True, slots=True)
class World:
    """What the tables of a server share."""

    store: Store
    limits: ServerLimits
    clock: Callable[[], int]  # milliseconds
    entropy: Callable[[int], bytes]
    report: Callable[[str, BaseException | None], None]
    weighing: Weighing = field(default_factory=Weighing)
    proving: Proving = field(default_factory=Proving)


@dataclass(frozen=True, slots=True)
class Placed:
    """Where a post stands in the log, durably."""

    seq: int
    hash: Hash


@dataclass(frozen=True, slots=True)
class _Batch:
    """Judged posts: the state after them, what they count, their entries, and the answer to each post."""

    state: State
    tally: Tally
    entries: tuple[Entry, ...]
    answers: tuple[Placed | SantaError, ...]


class Table:
    """A game that is being served."""

    def __init__(
        self, world: World, state: State, raws: Sequence[bytes], tally: Tally, signing: SigningKey, dealer: bytes | None
    ) -> None:
        self._world = world
        self._tally = tally
        self._signing = signing
        self._dealer = None if dealer is None else DealerSecrets(dealer, signing)
        self._serving = dealer is not None or not state.mode.dealer  # whether anything is done here until it is over
        self._waiting: asyncio.Queue[tuple[SignedPost, asyncio.Future[Placed]]] = asyncio.Queue()
        self._changed = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self._judging = False
        self.size = sum(len(raw) for raw in raws)
        self.watchers = 0  # who holds this table and waits for news
        self.state = state
        self.raws = list(raws)

    @property
    def changed(self) -> asyncio.Event:
        """The event that the next change of the log sets."""
        return self._changed

    @property
    def idle(self) -> bool:
        """Whether nobody has joined, watches or posts: then the table can be made again from the store."""
        return len(self.raws) == 1 and not self.watchers and not self._judging and self._waiting.empty()

    def leave(self) -> None:
        """Watch no more."""
        self.watchers -= 1

    def open(self) -> None:
        """Begin to judge and to deal."""
        self._tasks = [asyncio.create_task(self._judge_loop()), asyncio.create_task(self._dealer_loop())]

    def stop(self) -> None:
        """Begin to stop; an idle table needs no more."""
        for task in self._tasks:
            task.cancel()

    async def close(self) -> None:
        """Stop; posts that were not acknowledged are as good as never sent."""
        self.stop()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        while not self._waiting.empty():
            _, answer = self._waiting.get_nowait()
            answer.cancel()

    async def submit(self, post: SignedPost) -> Placed:
        """Order a post and return its place once it is durable; one that is in the log already keeps its place.

        Raises:
            SantaError: why it was refused; as `game.replay.judge`, `game.admission.admit`,
                `net.quotas.Tally.check`, `store.unwritable`.
        """
        answer: asyncio.Future[Placed] = asyncio.get_running_loop().create_future()
        self._waiting.put_nowait((post, answer))
        return await answer

    # judging

    async def _judge_loop(self) -> None:
        while True:
            batch = [await self._waiting.get()]
            self._judging = True
            while len(batch) < self._world.limits.group and not _heavy(batch[-1][0]) and not self._waiting.empty():
                batch.append(self._waiting.get_nowait())
            try:
                answers = await self._order([post for post, _ in batch])
            except asyncio.CancelledError:
                for _, answer in batch:
                    answer.cancel()
                raise
            except SantaError as e:
                self._world.report("posts could not be kept", e)
                answers = (e,) * len(batch)
            except Exception as e:  # a mistake of ours must not stop the game for good
                self._world.report("posts could not be judged", e)
                answers = (UsageError("internal", "the server failed; nothing was kept", blame=NOBODY),) * len(batch)
            self._judging = False
            for (_, answer), outcome in zip(batch, answers, strict=True):
                if answer.done():
                    continue
                if isinstance(outcome, Placed):
                    answer.set_result(outcome)
                else:
                    answer.set_exception(outcome)

    async def _order(self, posts: list[SignedPost]) -> tuple[Placed | SantaError, ...]:
        now = max(self._world.clock(), self.state.at)
        if any(_heavy(post) for post in posts):
            batch = await self._world.weighing.run(self._judge, posts, now)
        elif any(bears_proof(post.body) or (self.state.blind and isinstance(post.body, Leave)) for post in posts):
            batch = await self._world.proving.run(self._judge, posts, now)
        elif sum(len(post.raw_body) for post in posts) <= INLINE:
            batch = self._judge(posts, now)
        else:
            batch = await asyncio.to_thread(self._judge, posts, now)
        if batch.entries:
            raws = [entry.raw for entry in batch.entries]
            await asyncio.wrap_future(self._world.store.append(self.state.game, len(self.raws), raws))
            self.state, self._tally = batch.state, batch.tally
            self.raws += raws
            self.size += sum(len(raw) for raw in raws)
            changed, self._changed = self._changed, asyncio.Event()
            changed.set()
        return batch.answers

    def _judge(self, posts: list[SignedPost], now: int) -> _Batch:
        state, tally, entries, size = self.state, self._tally.copy(), [], self.size
        answers: list[Placed | SantaError] = []
        for post in posts:
            known = state.posts.find(post.hash)
            if known is not None:
                answers.append(Placed(known, state.chain[known]))
                continue
            try:
                tally.check(self._world.limits, state, post.body, size + len(post.raw_body))
                self._world.proving.check(post.body)
                after = judge(state, post, now)
                admit(state, post.body, self._world.weighing.outlook)
            except SantaError as e:
                self._world.proving.refused(post.body, e)
                answers.append(e)
                continue
            size += len(post.raw_body)
            tally.add(post.body)
            entry = sign_entry(len(state.chain), now, state.head, post, self._signing)
            answers.append(Placed(entry.seq, entry.hash))
            entries.append(entry)
            state = after
        return _Batch(state, tally, tuple(entries), tuple(answers))

    # dealing

    async def _dealer_loop(self) -> None:
        memo: Memo = {}
        while self._serving:
            state, changed = self.state, self._changed
            if state.over:
                self._dealer, self._serving = None, False
                await self._forget_dealer()
                return
            try:
                now = self._world.clock()
                done = await self._deal_once(state, now, memo)
                pause = self._pause(state, now)
            except Exception as e:
                self._world.report("the dealer failed", e)
                done, pause = False, _RETRY
            if not done and self.state is state:
                with suppress(TimeoutError):
                    await asyncio.wait_for(changed.wait(), pause)

    async def _deal_once(self, state: State, now: int, memo: Memo) -> bool:
        """Do what is owed in this state at this time; tell whether there was anything."""
        if self._dealer is None:
            bodies = keeper.duties(state, now)
        else:
            bodies = await asyncio.to_thread(dealing.duties, state, self._dealer, now, self._world.entropy, memo)
        for body in bodies:
            try:
                await self.submit(sign_post(body, self._signing))
            except SantaError:
                if self.state is state:
                    raise
                return True  # the game has moved on meanwhile; ask again
        return bool(bodies)

    def _pause(self, state: State, now: int) -> float | None:
        """Return the seconds until a deadline; a deadline that was over `now` and brought nothing waits for posts."""
        wake = dealing.next_wake(state, now)
        if wake is None or wake <= now:
            return None
        return min(max(wake - self._world.clock(), 1) / 1000, _LONGEST_SLEEP)

    async def _forget_dealer(self) -> None:
        try:
            await asyncio.wrap_future(self._world.store.end_game(self.state.game))
        except SantaError as e:
            self._world.report("the dealer's seed could not be deleted", e)


def _heavy(post: SignedPost) -> bool:
    """Tell whether admission weighs a draw for this post; it is judged apart, and last of its group."""
    return isinstance(post.body, (Start, Drop))
