"""All games of one server: its store, its tables, the keys that it has offered. No sockets here.

At the start every game that is not over is replayed from the store, whole, by the judge that
everybody runs; a store that does not replay is refused. Games that are over are replayed when
somebody asks for them.
"""

from __future__ import annotations

import asyncio
from typing import Final

from sealed_santa.base.errors import NOBODY, YOU, LocalDamageError, SantaError, UsageError
from sealed_santa.crypto.signing import SigningKey
from sealed_santa.game.admission import admit
from sealed_santa.game.replay import fold, judge
from sealed_santa.game.state import State
from sealed_santa.log.entry import NO_ENTRY, SignedPost, parse_entry, sign_entry
from sealed_santa.log.fields import Hash, SignKey
from sealed_santa.log.posts import Create
from sealed_santa.net.store import Offered, StoredGame
from sealed_santa.net.table import Placed, Table, World

SEED_SIZE: Final = 32


class Hall:
    """The games of a server, by id."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._tables: dict[Hash, Table] = {}
        self._finished: dict[Hash, StoredGame] = {}
        self._creating = asyncio.Lock()

    async def open(self) -> None:
        """Replay what the store holds, and go on with it.

        Raises:
            LocalDamageError: `store.damaged`.
        """
        for stored in self._world.store.games():
            if stored.over:
                self._finished[stored.game] = stored
            else:
                self._tables[stored.game] = await self._load(stored)
        for table in self._tables.values():
            table.open()

    async def close(self) -> None:
        """Stop all games."""
        await asyncio.gather(*(table.close() for table in self._tables.values()))

    def count(self) -> int:
        """Return how many games are kept, those that are over included."""
        return len(self._tables) + len(self._finished)

    async def find(self, game: Hash) -> Table | None:
        """Return the table of a game, if this server has the game."""
        table = self._tables.get(game)
        if table is None and game in self._finished:
            async with self._creating:
                stored = self._finished.get(game)
                if stored is not None:
                    loaded = await self._load(stored)
                    loaded.open()
                    self._tables[game] = loaded
                    del self._finished[game]
            table = self._tables.get(game)
        return table

    async def offer(self) -> SignKey:
        """Return a fresh key of this server for one game; it stands for `offer_life`, restarts included.

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
        seed = world.entropy(SEED_SIZE)
        key = SignKey(SigningKey.from_seed(seed).public().raw)
        await asyncio.wrap_future(world.store.add_offer(Offered(key, seed, world.entropy(SEED_SIZE), now)))
        return key

    async def submit(self, post: SignedPost) -> Placed:
        """Order a post in the game that it names, or open the game that it creates.

        Raises:
            UsageError: `game.unknown`, `create.offer-unknown`, `create.too-large`, `server.too-many-games`.
            SantaError: as `Table.submit`.
        """
        table = await self.find(post.game)
        if table is not None:
            return await table.submit(post)
        if isinstance(post.body, Create):
            return await self._create(post, post.body)
        raise unknown_game()

    async def _create(self, post: SignedPost, body: Create) -> Placed:
        world = self._world
        async with self._creating:
            table = self._tables.get(post.game)
            if table is None:
                self._check_room()
                if body.max_players > world.limits.players:
                    raise UsageError(
                        "create.too-large", f"this server takes games of at most {world.limits.players} players",
                        blame=YOU, hint="lower the largest number of players",
                    )  # fmt: skip
                offer = world.store.offer(body.server)
                if offer is None:
                    raise UsageError(
                        "create.offer-unknown", "this server has not offered the key in `create`, or long ago",
                        blame=YOU, hint="make the game anew",
                    )  # fmt: skip
                now = world.clock()
                state = await asyncio.to_thread(judge, None, post, now)
                await asyncio.to_thread(admit, None, body)
                signing = SigningKey.from_seed(offer.server_seed)
                entry = sign_entry(0, now, NO_ENTRY, post, signing)
                await asyncio.wrap_future(world.store.add_game(post.game, offer, entry.raw))
                table = Table(world, state, [entry.raw], signing, offer.dealer_seed)
                self._tables[post.game] = table
                table.open()
        return Placed(0, table.state.chain[0])

    def _check_room(self) -> None:
        playing = sum(not table.state.over for table in self._tables.values())
        if playing >= self._world.limits.games:
            raise UsageError("server.too-many-games", "this server takes no more games", blame=NOBODY)

    async def _load(self, stored: StoredGame) -> Table:
        state, raws = await asyncio.to_thread(self._replay, stored.game)
        return Table(self._world, state, raws, SigningKey.from_seed(stored.server_seed), stored.dealer_seed)

    def _replay(self, game: Hash) -> tuple[State, tuple[bytes, ...]]:
        raws = self._world.store.entries(game)
        try:
            state = fold(parse_entry(raw) for raw in raws)
        except LocalDamageError:
            raise
        except SantaError as e:
            raise LocalDamageError(
                "store.damaged", f"game {game.hex()[:16]} does not replay: {e}", blame=YOU,
                hint="keep the file as it is and start from a copy",
            ) from e  # fmt: skip
        if state.game != game:
            raise LocalDamageError("store.damaged", f"the log of {game.hex()[:16]} is another game's", blame=YOU)
        return state, raws


def unknown_game() -> UsageError:
    """Return the refusal of a game that is not here."""
    return UsageError("game.unknown", "this server has no such game", blame=YOU, hint="check the invite")
