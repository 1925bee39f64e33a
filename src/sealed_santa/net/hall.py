"""All games of one server: its store, its tables, the keys that it has offered. No sockets here.

At the start every game that is not over is replayed from the store, whole, by the judge that
everybody runs (proofs that take long were checked before they were stored); a store that does not replay
is refused. Games that are over, and many that nobody has
joined, are not kept in memory and replayed when somebody asks for them.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Final
from weakref import WeakValueDictionary

from sealed_santa.base.errors import NOBODY, YOU, LocalDamageError, SantaError, UsageError
from sealed_santa.crypto.signing import SigningKey
from sealed_santa.game.admission import admit
from sealed_santa.game.replay import as_recorded, fold, judge
from sealed_santa.game.state import State
from sealed_santa.log.entry import NO_ENTRY, Entry, SignedPost, parse_entry, sign_entry
from sealed_santa.log.fields import Hash, SignKey
from sealed_santa.log.posts import Create
from sealed_santa.net.quotas import Origins, Tally
from sealed_santa.net.store import Offered, StoredGame
from sealed_santa.net.table import Placed, Table, World

SEED_SIZE: Final = 32


class Hall:
    """The games of a server, by id."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._tables: dict[Hash, Table] = {}
        self._shelved: dict[Hash, bool] = {}  # not in memory; whether it is over
        self._loading = asyncio.Lock()
        self._creating: WeakValueDictionary[SignKey, asyncio.Lock] = WeakValueDictionary()
        self._origins = Origins(world.limits)

    async def open(self) -> None:
        """Replay what the store holds, and go on with it.

        Raises:
            LocalDamageError: `store.damaged`.
        """
        idle = 0
        for stored in self._world.store.games():
            table = None if stored.over else await self._load(stored)
            if table is not None and table.idle:
                idle += table.size
            if table is None or (table.idle and idle > self._world.limits.idle_bytes):
                self._shelved[stored.game] = stored.over
            else:
                self._tables[stored.game] = table
        for table in self._tables.values():
            table.open()

    async def close(self) -> None:
        """Stop all games."""
        self._world.weighing.close()
        self._world.proving.close()
        await asyncio.gather(*(table.close() for table in self._tables.values()))

    def count(self) -> int:
        """Return how many games are kept, those that are over included."""
        return len(self._tables) + len(self._shelved)

    async def find(self, game: Hash) -> Table | None:
        """Return the table of a game, if this server has the game.

        It may leave the memory again when others run, unless it is watched or has something to judge.
        """
        table = self._tables.get(game)
        if table is None and game in self._shelved:
            async with self._loading:
                stored = self._world.store.game(game) if game in self._shelved else None
                if stored is not None:
                    loaded = await self._load(stored)
                    del self._shelved[game]
                    self._take_in(game, loaded)
                table = self._tables.get(game)
        return table

    async def offer(self, origin: str = "") -> SignKey:
        """Return a fresh key of this server for one game; it stands for `offer_life`, restarts included.

        `origin` is the address that asks.

        Raises:
            UsageError: `server.too-many-offers`, `server.too-many-games`.
        """
        world = self._world
        now = world.clock()
        await asyncio.wrap_future(world.store.drop_offers(now - int(world.limits.offer_life * 1000)))
        self._check_room()
        if world.store.offer_count() >= world.limits.offers:
            raise UsageError(
                "server.too-many-offers", "too many games are being made on this server", blame=NOBODY,
                hint="try again in an hour",
            )  # fmt: skip
        self._origins.check_offer(origin, now)
        seed = world.entropy(SEED_SIZE)
        key = SignKey(SigningKey.from_seed(seed).public().raw)
        self._origins.offered(key, origin, now)
        await asyncio.wrap_future(world.store.add_offer(Offered(key, seed, now)))
        return key

    async def submit(self, post: SignedPost, origin: str = "") -> Placed:
        """Order a post in the game that it names, or open the game that it creates; `origin` is whose address sent it.

        Raises:
            UsageError: `game.unknown`, `create.offer-unknown`, `create.too-large`, `server.too-many-games`.
            SantaError: as `Table.submit`.
        """
        table = await self.find(post.game)
        if table is not None:
            return await table.submit(post)
        if isinstance(post.body, Create):
            return await self._create(post, post.body, origin)
        raise unknown_game()

    async def _create(self, post: SignedPost, body: Create, origin: str) -> Placed:
        world = self._world
        turn = self._creating.setdefault(body.server, asyncio.Lock())
        async with turn:  # one `create` of an offer after the other; those of other offers do not wait
            table = await self.find(post.game)
            if table is None:
                offer = self._check_create(body)
                now = world.clock()
                self._origins.create(origin, now)
                try:
                    state = await world.weighing.run(self._judge, post, body, now)
                except SantaError:  # who wants to be judged again asks for another offer
                    await asyncio.wrap_future(world.store.drop_offer(body.server))
                    self._origins.used(body.server)
                    raise
                signing = SigningKey.from_seed(offer.server_seed)
                entry = sign_entry(0, now, NO_ENTRY, post, signing)
                dealer = world.entropy(SEED_SIZE) if state.mode.dealer else None  # a blind game has no such secret
                await asyncio.wrap_future(world.store.add_game(post.game, offer, entry.raw, dealer))
                self._origins.used(body.server)
                table = Table(world, state, [entry.raw], Tally(), signing, dealer)
                self._take_in(post.game, table)
        return Placed(0, table.state.chain[0])

    def _check_create(self, body: Create) -> Offered:
        """Return the offer that a `create` takes up."""
        self._check_room()
        players = self._world.limits.players
        if body.max_players > players:
            raise UsageError(
                "create.too-large", f"this server takes games of at most {players} players", blame=YOU,
                hint="lower the largest number of players",
            )  # fmt: skip
        offer = self._world.store.offer(body.server)
        if offer is None:
            raise UsageError(
                "create.offer-unknown", "this server has not offered the key in `create`, or long ago", blame=YOU,
                hint="make the game anew",
            )  # fmt: skip
        return offer

    def _judge(self, post: SignedPost, body: Create, now: int) -> State:
        state = judge(None, post, now)
        admit(None, body, self._world.weighing.outlook)
        return state

    def _check_room(self) -> None:
        playing = sum(not table.state.over for table in self._tables.values())
        if playing + sum(not over for over in self._shelved.values()) >= self._world.limits.games:
            raise UsageError("server.too-many-games", "this server takes no more games", blame=NOBODY)

    def _take_in(self, game: Hash, table: Table) -> None:
        """Open a table, and put games that nobody has joined back on the shelf, the oldest first, if they are too many.

        Strangers make games for nothing, and one costs twenty times its bytes in memory.
        """
        idle = [(other, kept) for other, kept in self._tables.items() if kept.idle]
        held = table.size * table.idle + sum(kept.size for _, kept in idle)
        for other, kept in idle:
            if held <= self._world.limits.idle_bytes:
                break
            held -= kept.size
            del self._tables[other]
            self._shelved[other] = False
            kept.stop()
        self._tables[game] = table
        table.open()

    async def _load(self, stored: StoredGame) -> Table:
        state, raws, tally = await asyncio.to_thread(self._replay, stored.game)
        return Table(self._world, state, raws, tally, SigningKey.from_seed(stored.server_seed), stored.dealer_seed)

    def _replay(self, game: Hash) -> tuple[State, tuple[bytes, ...], Tally]:
        raws, tally = self._world.store.entries(game), Tally()

        def read() -> Iterator[Entry]:
            for raw in raws:
                entry = parse_entry(raw)
                tally.add(entry.post.body)
                yield entry

        try:
            state = fold(read(), settle=as_recorded)
        except LocalDamageError:
            raise
        except SantaError as e:
            raise LocalDamageError(
                "store.damaged", f"game {game.hex()[:16]} does not replay: {e}", blame=YOU,
                hint="keep the file as it is and start from a copy",
            ) from e  # fmt: skip
        if state.game != game:
            raise LocalDamageError("store.damaged", f"the log of {game.hex()[:16]} is another game's", blame=YOU)
        return state, raws, tally


def unknown_game() -> UsageError:
    """Return the refusal of a game that is not here."""
    return UsageError("game.unknown", "this server has no such game", blame=YOU, hint="check the invite")
