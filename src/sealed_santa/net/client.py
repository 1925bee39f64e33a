"""The loop of one party: read, check, write down, do what is owed (docs/protocol.md, section 9.6).

    connect -> follow from the own copy -> check new entries (net/reader.py) -> append them to the copy
            -> copy durable -> duties -> outbox, durable -> send -> ... until settled

A party can be killed anywhere in this and started again. What proves the server wrong ends the
loop; a broken connection does not: it is made again after 1 s, 2 s, ... up to a minute. What a
party owes is not decided here but in `roles/`; what its owner wants beyond that comes through `act`.

What several trustees of a blind game may do, but only one after the other, is done by turns: who stays
connected waits a little for each that comes before it, and looks again when an entry came. Who only looks in
does at once all that it can. To lose such a race is no error.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from sealed_santa.base.errors import NetworkError, SantaError
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
from sealed_santa.net.party import Party, retire
from sealed_santa.net.reader import Reader, Step
from sealed_santa.roles.player import Owed
from sealed_santa.wire.messages import Accepted

INLINE: Final = 16 * 1024  # bytes of entries that are checked without going to another thread
_LONGEST_TURN: Final = 10.0  # seconds
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
        self._pause = self._settings.first_pause
        self._settled_at = 0.0
        self._news_at = 0.0  # when the last entry was checked
        self._took = 0.0  # seconds; the longest that an entry took lately
        self._timer: asyncio.TimerHandle | None = None

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
        self._pause = self._settings.first_pause
        self._settled_at = asyncio.get_running_loop().time()
        try:
            while True:
                try:
                    place = self._identity.profile.place
                    async with await Connection.open(place, self._wake, self._settings) as connection:
                        self._emit(Connected(place))
                        return await self._converse(connection, done)
                except NetworkError as e:
                    await self._rest(e)
        finally:
            if self._timer is not None:
                self._timer.cancel()
            for act in self._acts:
                act.done.cancel()
            self._acts.clear()
            await asyncio.to_thread(self._identity.sync)

    async def _rest(self, error: NetworkError) -> None:
        """Wait before the next try, longer each time (up to a quarter more or less), or give up."""
        lost = asyncio.get_running_loop().time() - self._settled_at
        given_up = self._settings.give_up is not None and lost >= self._settings.give_up
        if given_up or error.code.startswith("session."):
            raise error
        pause = self._pause * (0.75 + int.from_bytes(self._entropy(2), "big") / 131072)
        self._emit(Lost(error, pause))
        await asyncio.sleep(pause)
        self._pause = min(2 * self._pause, self._settings.longest_pause)

    # one connection

    async def _converse(self, connection: Connection, done: Done) -> State:
        overlap = await self._begin(connection)
        sent: set[Hash] = set()
        while True:
            self._wake.clear()
            overlap = await self._absorb(connection, overlap)
            state = self._reader.state
            if state is not None and len(self._reader) >= self._target:
                owed = await self._send_one(connection, state, sent, done)
                if owed is None:
                    self._wake.set()  # something was sent, there may be more to do
                    await asyncio.sleep(0)
                else:
                    self._pause, self._settled_at = self._settings.first_pause, asyncio.get_running_loop().time()
                    self._emit(Settled(state, owed))
                    # What is wrong may still be shown, with the key; but no share of a joint key outlives its game.
                    if state.over and (owed.wrong is None or not state.mode.dealer):
                        await asyncio.to_thread(retire, self._identity, self._party, state)
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
        loop = asyncio.get_running_loop()
        for message in connection.take():
            raws = [bytes(raw) for raw in message.entries]
            if overlap:
                self._reader.overlap(raws.pop(0))
                overlap = False
            try:
                if sum(map(len, raws)) <= INLINE and not self._laborious():
                    self._reader.extend(raws)
                else:
                    begun = loop.time()
                    await asyncio.to_thread(self._reader.extend, raws)
                    self._took = max(0.8 * self._took, (loop.time() - begun) / max(1, len(raws)))
                if raws:
                    self._news_at = loop.time()
            finally:
                for new in self._reader.news():
                    self._emit(Entered(new))
        state = self._reader.state
        for act in list(self._acts):  # also those that were ordered while an acknowledgement got lost
            if state is not None and act.post is not None:
                act.seq = state.posts.find(act.post.hash)
                if act.seq is not None:
                    self._settle(act, None)
        if self._identity.restored and not self._told_restored and state is not None:
            self._told_restored = True
            self._emit(Restored(state.head))
        return overlap

    async def _send_one(self, connection: Connection, state: State, sent: set[Hash], done: Done) -> Owed | None:
        """Send the next thing that is to be sent, or return what is owed beyond that."""
        outbox = self._identity.outbox
        for post in outbox.posts:
            if post.hash not in outbox.refused and post.hash not in sent and state.posts.find(post.hash) is None:
                sent.add(post.hash)
                await self._submit(connection, post)
                return None
        act = next((a for a in self._acts if a.post is None), None)
        if act is not None:
            act.post = await self._prepare(act, state)
            return None  # it is in the outbox now
        if len(self._reader) == self._stuck:
            return Owed()
        if self._waits_its_turn(state):
            return Owed(rank=self._party.rank(state))
        restored = self._identity.restored
        if self._laborious():
            owed = await asyncio.to_thread(self._party.owed, state, hold_coins=restored)
        else:
            owed = self._party.owed(state, hold_coins=restored)
        if not owed.posts:
            return owed
        post = self._party.sign(owed.posts[0])
        sent.add(post.hash)
        await asyncio.to_thread(self._identity.put, post)
        error = await self._submit(connection, post)
        if error is not None and error.length <= len(self._reader):
            self._stuck = len(self._reader)  # the server knew no more than we do: it does not want this
            if done(state, owed):
                raise error
        return None

    def _laborious(self) -> bool:
        """Tell whether entries and duties may take long: those of a blind game that has begun."""
        state = self._reader.state
        return state is not None and state.blind is not None and not state.over

    def _waits_its_turn(self, state: State) -> bool:
        """Tell whether another trustee should do first what there is to do, and come back when it had its time."""
        if self._timer is not None:
            self._timer.cancel()
        rank = self._party.rank(state) if self._settings.turn else 0
        if not rank:
            return False
        loop = asyncio.get_running_loop()
        due = self._news_at + rank * max(self._settings.turn, min(4 * self._took, _LONGEST_TURN))
        if loop.time() >= due:
            return False
        self._timer = loop.call_at(due, self._wake.set)
        return True

    async def _prepare(self, act: _Act, state: State) -> SignedPost | None:
        """Put what the owner wants in the outbox, if the rules allow it; else tell the owner why not."""
        try:
            body = act.make(state)
            post = self._party.sign(body)
            await asyncio.to_thread(judge, state, post, max(self._clock(), state.at))
            await asyncio.to_thread(admit, state, body)
            await asyncio.to_thread(self._identity.put, post)
        except SantaError as e:
            self._settle(act, e)
            return None
        return post

    async def _submit(self, connection: Connection, post: SignedPost) -> Refusal | None:
        """Send a post that is in the outbox; return the refusal, if it was refused."""
        act = next((a for a in self._acts if a.post is post), None)
        try:
            accepted = await connection.submit(post)
        except Refusal as e:
            if e.code.startswith(_PASSING):
                raise NetworkError(e.code, e.message, blame=e.blame, hint=e.hint) from e
            await asyncio.to_thread(self._identity.turn_down, post, e.code)
            self._target = max(self._target, e.length)
            self._emit(Denied(post, e))
            if act is not None:
                self._settle(act, e)
            return e
        self._reader.promise(accepted.seq, accepted.hash)
        self._target = max(self._target, accepted.seq + 1)
        self._emit(Posted(post, accepted.seq))
        return None

    def _settle(self, act: _Act, error: SantaError | None) -> None:
        """Tell the owner how it ended."""
        self._acts.remove(act)
        if act.done.done():
            return
        if error is not None:
            act.done.set_exception(error)
        elif act.seq is not None:
            act.done.set_result(act.seq)


async def create_game(
    address: Address, build: Callable[[SignKey], SignedPost], settings: ClientSettings | None = None
) -> Accepted:
    """Make a game on a server: get the key that it offers, have `build` make the `create`, send that.

    `build` gets the server's key for the new game and returns the signed `create`, having made it
    durable (an identity with the post in its outbox): if this is cut off, `GameClient` sends it again.

    Raises:
        Refusal: as the server says, for instance `server.too-many-games`, `create.too-large`.
        VerificationError, NetworkError, UndecidedError: as `Connection.open`.
    """
    async with await Connection.open(address, settings=settings) as connection:
        return await connection.submit(build(await connection.offer()))
