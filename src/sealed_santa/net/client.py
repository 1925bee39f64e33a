"""The loop of one party: read, check, write down, do what is owed (docs/protocol.md, "Transport and wire").

    connect -> follow from the own copy -> check new entries (net/reader.py) -> append them to the copy
            -> copy durable -> duties -> outbox, durable -> send -> ... until settled

A party can be killed anywhere in this and started again. What proves the server wrong ends the
loop; a broken connection does not: it is made again after 1 s, 2 s, ... up to a minute. What a
party owes is not decided here but in `roles/`; what its owner wants beyond that comes through `act`.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from sealed_santa.base.errors import NetworkError, SantaError, UsageError
from sealed_santa.game.admission import admit
from sealed_santa.game.replay import judge
from sealed_santa.game.state import State
from sealed_santa.log.entry import SignedPost
from sealed_santa.log.fields import Hash, SignKey
from sealed_santa.log.posts import Create, Post
from sealed_santa.net.clock import wall_clock
from sealed_santa.net.connection import ClientSettings, Connection, Refusal
from sealed_santa.net.identity import Identity
from sealed_santa.net.invite import Address
from sealed_santa.net.party import Party
from sealed_santa.net.reader import Reader, Step
from sealed_santa.roles.player import Owed
from sealed_santa.wire.messages import Accepted

INLINE: Final = 16 * 1024  # bytes of entries that are checked without going to another thread
_PASSING: Final = ("internal", "store.", "server.")  # refusals that say nothing about the post


@dataclass(frozen=True, slots=True)
class Connected:
    """A connection stands and its pin was right."""

    address: Address


@dataclass(frozen=True, slots=True)
class Lost:
    """The connection is gone, or did not come about; the next try is in `pause` seconds."""

    error: NetworkError
    pause: float


@dataclass(frozen=True, slots=True)
class Entered:
    """A new entry was checked and is in the copy."""

    step: Step


@dataclass(frozen=True, slots=True)
class Posted:
    """A post of this party is durably in the log, in this entry."""

    post: SignedPost
    seq: int


@dataclass(frozen=True, slots=True)
class Denied:
    """The server refused a post of this party."""

    post: SignedPost
    error: SantaError


@dataclass(frozen=True, slots=True)
class Restored:
    """This may be a copy or an older state of the identity: no coin is opened until its owner confirms."""

    head: Hash


@dataclass(frozen=True, slots=True)
class Settled:
    """Everything that is owed is done and acknowledged; `owed` says what waits for the owner."""

    state: State
    owed: Owed


Event = Connected | Lost | Entered | Posted | Denied | Restored | Settled
Done = Callable[[State, Owed], bool]


def sync(state: State, owed: Owed) -> bool:
    """Stop as soon as everything that is owed is done."""
    return True


def live(state: State, owed: Owed) -> bool:
    """Stop when the game is over."""
    return state.over


@dataclass(slots=True)
class _Act:
    """Something that the owner wants, once."""

    make: Callable[[State], Post]
    done: asyncio.Future[int]
    post: SignedPost | None = None
    seq: int | None = None


def _ignore(event: Event) -> None:
    return None


class GameClient:
    """One party of one game. `run` is the loop; `act`, `poke` and `state` may be used while it runs."""

    def __init__(
        self,
        identity: Identity,
        party: Party,
        *,
        on_event: Callable[[Event], None] = _ignore,
        settings: ClientSettings | None = None,
        clock: Callable[[], int] = wall_clock,
        entropy: Callable[[int], bytes] = os.urandom,
    ) -> None:
        """Replay the identity's copy; raises as `Reader`."""
        self._identity, self._party, self._emit = identity, party, on_event
        self._settings = settings or ClientSettings()
        self._clock, self._entropy = clock, entropy
        self._reader = Reader(identity, party.key, clock, int(self._settings.ahead * 1000))
        self._wake = asyncio.Event()
        self._acts: list[_Act] = []
        self._target = 0  # entries to have before anything is done
        self._stuck = -1  # length of the copy at which the server refused what it owes by our account
        self._told_restored = False

    @property
    def state(self) -> State | None:
        """The newest checked state, or None before the first entry."""
        return self._reader.state

    def poke(self) -> None:
        """Make the loop look again: what the owner wants, or the identity, has changed."""
        self._stuck = -1
        self._wake.set()

    async def act(self, make: Callable[[State], Post]) -> int:
        """Post what `make` returns for the newest state, once; return the number of its entry.

        Only while `run` runs. If it ends first, what is in the outbox is sent by the next `run`.

        Raises:
            SantaError: what `make` or the rules say (nothing was sent), or why the server refused it.
            asyncio.CancelledError: `run` ended first.
        """
        act = _Act(make, asyncio.get_running_loop().create_future())
        self._acts.append(act)
        self._wake.set()
        return await act.done

    async def run(self, done: Done = live) -> State:
        """Take part until everything owed is done and `done` says so; return the last state.

        Raises:
            ForkError, VerificationError: the server was caught; evidence is in the identity's folder.
            Refusal: `game.unknown`, or a post that is owed was refused while only syncing.
            NetworkError: no server within `give_up`; or it breaks the rules of the wire (`session.*`).
            LocalDamageError: files cannot be written.
        """
        pause, lost_at = self._settings.first_pause, asyncio.get_running_loop().time()
        try:
            while True:
                try:
                    async with await Connection.open(
                        self._identity.profile.place, self._wake, self._settings
                    ) as connection:
                        pause = self._settings.first_pause
                        self._emit(Connected(self._identity.profile.place))
                        return await self._converse(connection, done)
                except NetworkError as e:
                    lost_at = self._still_patient(e, lost_at, pause)
                    wait = pause * (0.75 + int.from_bytes(self._entropy(2), "big") / 131072)
                    self._emit(Lost(e, wait))
                    await asyncio.sleep(wait)
                    pause = min(2 * pause, self._settings.longest_pause)
        finally:
            for act in self._acts:
                act.done.cancel()
            self._acts.clear()
            await asyncio.to_thread(self._identity.sync)

    def _still_patient(self, error: NetworkError, lost_at: float, pause: float) -> float:
        """Return since when there has been no connection, or give up."""
        if error.code.startswith("session."):
            raise error
        now = asyncio.get_running_loop().time()
        if pause == self._settings.first_pause and error.code not in ("connect.failed", "connect.timeout"):
            lost_at = now
        if self._settings.give_up is not None and now - lost_at >= self._settings.give_up:
            raise error
        return lost_at

    # one connection

    async def _converse(self, connection: Connection, done: Done) -> State:
        overlap = await self._begin(connection)
        sent: set[Hash] = set()
        while True:
            self._wake.clear()
            overlap = await self._absorb(connection, overlap)
            state = self._reader.state
            if state is not None and len(self._reader) >= self._target:
                if await self._send_one(connection, state, sent, done):
                    self._wake.set()  # look again at once: there may be more to do
                    await asyncio.sleep(0)
                    continue
                owed = self._owed(state)
                if len(self._reader) >= self._target and not self._acts:
                    self._emit(Settled(state, owed))
                    if done(state, owed):
                        return state
            await self._wake.wait()

    async def _begin(self, connection: Connection) -> bool:
        """Follow from the last entry that we have, so that a fork shows at once; tell if there is one."""
        game, have = self._identity.profile.game, len(self._reader)
        try:
            length = await connection.follow(game, max(have - 1, 0))
        except Refusal as e:
            create = next((p for p in self._identity.outbox.posts if isinstance(p.body, Create)), None)
            if e.code != "game.unknown" or create is None or have:
                raise
            await self._submit(connection, create)
            length = await connection.follow(game, 0)
        self._reader.check_length(length)
        self._target = length
        return have > 0

    async def _absorb(self, connection: Connection, overlap: bool) -> bool:
        for message in connection.take():
            raws = [bytes(raw) for raw in message.entries]
            if overlap:
                self._reader.overlap(raws.pop(0))
                overlap = False
            known = self._identity.restored
            had = len(self._reader)
            try:
                if sum(map(len, raws)) <= INLINE:
                    self._reader.extend(raws)
                else:
                    await asyncio.to_thread(self._reader.extend, raws)
            finally:
                self._tell(had)
            if self._identity.restored and not known:
                self._told_restored = False
        state = self._reader.state
        if self._identity.restored and not self._told_restored and state is not None:
            self._told_restored = True
            self._emit(Restored(state.head))
        return overlap
