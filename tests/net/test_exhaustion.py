"""Strangers and players who take all they can get: the others are served, and games come to their end."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec
import pytest

from game_cases import IMPOSSIBLE, NAMES, raises
from net_cases import QUICK, seed, serving
from sealed_santa.base.errors import ParseError, SantaError, UsageError
from sealed_santa.base.labels import VERSION
from sealed_santa.crypto.signing import SigningKey
from sealed_santa.game.state import Phase, State
from sealed_santa.lab.simulator import terms
from sealed_santa.log.entry import SignedPost, sign_post
from sealed_santa.log.fields import Hash, SignKey
from sealed_santa.log.posts import Invite
from sealed_santa.net import parsing
from sealed_santa.net.connection import ClientSettings, Connection, Refusal
from sealed_santa.net.hall import Hall
from sealed_santa.net.limits import ServerLimits
from sealed_santa.net.parsing import Parsing
from sealed_santa.net.store import Store
from sealed_santa.net.table import INLINE, Placed, Table, World
from sealed_santa.net.weighing import Weighing
from sealed_santa.roles import player
from sealed_santa.roles.secrets import OrganiserSecrets, PlayerSecrets
from sealed_santa.wire.messages import Entries, Followed, Limits, Ping, Pong, Submit, Welcome
from sealed_santa.wire.session import ServerSession

ORGANISER = OrganiserSecrets(seed("organiser"))
INVITE = SigningKey.from_seed(seed("invite"))
SHARED = Invite(key=SignKey(INVITE.public().raw), name=None)


@asynccontextmanager
async def hall(
    folder: Path, clock: Callable[[], int] | None = None, weighing: Weighing | None = None, **limits: Any
) -> AsyncIterator[Hall]:
    """Open the games of a folder, without sockets; nothing may be reported."""
    reports: list[object] = []
    store = Store(folder)
    world = World(
        store, ServerLimits(**limits), clock or (lambda: 10**12), os.urandom, lambda *what: reports.append(what),
        weighing or Weighing(),
    )  # fmt: skip
    games = Hall(world)
    try:
        await games.open()
        async with asyncio.timeout(60):
            yield games
    finally:
        await games.close()
        store.close()
    assert reports == []


def create(server: SignKey, **changes: object) -> SignedPost:
    return sign_post(terms(server, ORGANISER.key, changes.pop("invites", [SHARED]), **changes), ORGANISER.signing)  # type: ignore[arg-type]


async def opened(games: Hall, **changes: object) -> Table:
    post = create(await games.offer(), **changes)
    await games.submit(post)
    table = await games.find(post.game)
    assert table is not None
    return table


def joined(state: State, name: str) -> tuple[PlayerSecrets, SignedPost]:
    secrets = PlayerSecrets(seed(name), state.game)
    body = player.make_join(secrets, SHARED.key, state.head, name, "")
    return secrets, sign_post(body, secrets.signing, INVITE)


async def reached(table: Table, wanted: Callable[[State], bool]) -> State:
    while not wanted(table.state):
        await table.changed.wait()
    return table.state


async def seat(table: Table, *names: str) -> dict[str, PlayerSecrets]:
    seated = {}
    for name in names:
        seated[name], post = joined(table.state, name)
        await table.submit(post)
    return seated


async def do_duties(table: Table, players: dict[str, PlayerSecrets]) -> None:
    for secrets in players.values():
        for body in player.duties(table.state, secrets, player.Intent(), os.urandom).posts:
            await table.submit(sign_post(body, secrets.signing))


async def choosing(table: Table, *names: str) -> dict[str, PlayerSecrets]:
    """Play until all have confirmed their cards."""
    players = await seat(table, *names)
    first = next(iter(players.values()))
    await table.submit(sign_post(player.make_start(table.state, first.key), first.signing))
    while table.state.phase is not Phase.CHOOSING:  # in one draw of a hundred all decks are out: then another round
        state = await reached(table, lambda s: s.phase is Phase.CHOOSING or (s.phase is Phase.COINS and not s.coins))
        if state.phase is Phase.COINS:
            await do_duties(table, players)
    await do_duties(table, players)
    return players


async def give(table: Table, secrets: PlayerSecrets) -> Placed:
    return await table.submit(sign_post(player.make_gift(table.state, secrets, 0, "", os.urandom), secrets.signing))


async def give_until_refused(table: Table, secrets: PlayerSecrets) -> tuple[int, str]:
    for count in range(1000):
        try:
            await give(table, secrets)
        except UsageError as e:
            return count, e.code
    return 1000, ""


# --- the log of a game --------------------------------------------------------------------------


def test_attack_a_player_fills_the_log_with_gifts_and_the_game_ends_all_the_same(tmp_path: Path) -> None:
    async def play() -> None:
        async with hall(tmp_path, posts_per_author=6) as games:
            table = await opened(games, max_players=3)
            players = await choosing(table, "Ann", "Bob", "Cem")
            assert await give_until_refused(table, players["Ann"]) == (5, "game.too-many-posts")
            await give(table, players["Bob"])
            game, length = table.state.game, len(table.raws)
        async with hall(tmp_path, posts_per_author=6) as games:  # what was counted is counted again
            again = await games.find(game)
            assert again is not None
            assert len(again.raws) == length
            assert await give_until_refused(again, players["Ann"]) == (0, "game.too-many-posts")
            await give(again, players["Cem"])
            await reached(again, lambda s: s.phase is Phase.DELIVERED)
            await do_duties(again, players)
            await reached(again, lambda s: s.over)

    asyncio.run(play())


def test_attack_a_full_log_has_room_for_close_receipts_and_reveal(tmp_path: Path) -> None:
    async def play() -> None:
        async with hall(tmp_path, entries=40) as games:
            table = await opened(games, max_players=3)
            players = await choosing(table, "Ann", "Bob", "Cem")
            count, code = await give_until_refused(table, players["Ann"])
            assert (code, count > 0) == ("game.log-full", True)
            assert len(table.raws) <= 22
            with raises(UsageError, "game.log-full"):
                await give(table, players["Bob"])
            await table.submit(sign_post(player.make_close(table.state, ORGANISER.key), ORGANISER.signing))
            await reached(table, lambda s: s.phase is Phase.DELIVERED)
            await do_duties(table, players)
            await reached(table, lambda s: s.over)

    asyncio.run(play())


def test_attack_joining_and_leaving_stops_and_a_refused_post_counts_nothing(tmp_path: Path) -> None:
    async def play() -> None:
        async with hall(tmp_path, joins_per_player=0) as games:  # 64 joins
            table = await opened(games, max_players=3)
            await seat(table, "Ann")
            for _ in range(100):
                with raises(UsageError, "join.look-alike"):
                    await table.submit(joined(table.state, "ANN")[1])
            for k in range(63):
                secrets = (await seat(table, f"Player {k}"))[f"Player {k}"]
                await table.submit(sign_post(player.make_leave(table.state, secrets.key), secrets.signing))
            with raises(UsageError, "game.too-many-joins"):
                await seat(table, "Bob")
            assert len(table.raws) == 2 + 2 * 63

    asyncio.run(play())


# --- making games -------------------------------------------------------------------------------


def named() -> list[Invite]:
    return [Invite(key=SignKey(SigningKey.from_seed(seed(n)).public().raw), name=n) for n in NAMES]


def test_attack_an_offer_is_used_up_by_a_create_that_is_refused(tmp_path: Path) -> None:
    async def play() -> None:
        async with hall(tmp_path, offers_per_address=1) as games:
            post = create(await games.offer("a"), invites=named(), exclusions=IMPOSSIBLE)
            with raises(UsageError, "server.too-many-offers"):
                await games.offer("a")
            with raises(UsageError, "exclusions.impossible"):
                await games.submit(post, "a")
            with raises(UsageError, "create.offer-unknown"):
                await games.submit(post, "a")
            post = create(await games.offer("a"))
            forged = SignedPost(post.raw_body, post.body, joined_signature(post))
            with raises(SantaError, "post.signature"):
                await games.submit(forged, "a")
            with raises(UsageError, "create.offer-unknown"):
                await games.submit(post, "a")
            assert games.count() == 0
            await games.offer("a")  # and none of them waits any more

    asyncio.run(play())


def joined_signature(post: SignedPost) -> Any:
    return type(post.sig)(post.sig[::-1])


class Slow(Weighing):
    """Weighs when it is told to."""

    def __init__(self) -> None:
        super().__init__()
        self.begun: list[Hash] = []
        self.go: dict[Hash, asyncio.Event] = {}

    async def run(self, work: Any, *args: Any, **kwargs: Any) -> Any:
        game = args[0].game
        self.begun.append(game)
        await self.go.setdefault(game, asyncio.Event()).wait()
        return work(*args, **kwargs)


def test_attack_a_create_that_is_long_judged_keeps_nobody_waiting(tmp_path: Path) -> None:
    async def play() -> None:
        scales = Slow()
        async with hall(tmp_path, weighing=scales) as games:
            dear, cheap = [create(await games.offer()) for _ in range(2)]
            waiting = asyncio.create_task(games.submit(dear))
            twin = asyncio.create_task(games.submit(dear))  # the client lost its connection and asks again
            scales.go[cheap.game] = asyncio.Event()
            scales.go[cheap.game].set()
            assert (await games.submit(cheap)).seq == 0
            assert not waiting.done()
            await games.offer()
            scales.go[dear.game].set()
            assert await waiting == await twin
            assert scales.begun.count(dear.game) == 1
            assert games.count() == 2

    asyncio.run(play())


def test_attack_one_address_takes_its_share_of_offers_and_games(tmp_path: Path) -> None:
    async def play() -> None:
        now = [10**12]
        async with hall(tmp_path, lambda: now[0], offers_per_address=2, creates_per_hour=2) as games:
            posts = [create(await games.offer("a")) for _ in range(2)]
            with raises(UsageError, "server.too-many-offers"):
                await games.offer("a")
            elsewhere = create(await games.offer("b"))
            for post in posts:
                await games.submit(post, "a")
            third = create(await games.offer("a"))
            with raises(UsageError, "server.too-many-games"):
                await games.submit(third, "a")
            await games.submit(elsewhere, "b")
            now[0] += 3_600_000
            await games.submit(third, "a")  # the offer was not used up by that

    asyncio.run(play())


def test_offers_are_counted_by_the_address_of_the_connection(tmp_path: Path) -> None:
    async def play() -> None:
        async with asyncio.timeout(20), serving(tmp_path, ServerLimits(offers_per_address=1)) as (_, address):
            async with await Connection.open(address, settings=QUICK) as first:
                await first.offer()
            async with await Connection.open(address, settings=QUICK) as second:
                with pytest.raises(Refusal) as e:
                    await second.offer()
                assert e.value.code == "server.too-many-offers"

    asyncio.run(play())


def test_attack_games_that_nobody_joins_leave_the_memory_and_come_back(tmp_path: Path) -> None:
    async def play() -> None:
        async with hall(tmp_path, idle_bytes=0) as games:
            first = await opened(games)
            game = first.state.game
            second = await opened(games)
            await seat(second, "Ann")
            watched = await opened(games)
            watched.watchers += 1
            last = await opened(games)
            for _ in range(2):
                last = await opened(games)
            in_memory = set(games._tables)
            assert in_memory == {second.state.game, watched.state.game, last.state.game}
            assert games.count() == 6
            back = await games.find(game)
            assert back is not None
            assert back.raws == first.raws
            assert all(task.done() for task in first._tasks)
            await seat(back, "Ann", "Bob")
            assert len(back.raws) == 3
        async with hall(tmp_path, idle_bytes=0) as games:  # after a start, too
            assert set(games._tables) == {second.state.game, game}
            assert games.count() == 6
            players = await choosing(await opened(games, max_players=3), "Ann", "Bob", "Cem")
            assert len(players) == 3
        async with hall(tmp_path, games=7) as games:
            with raises(UsageError, "server.too-many-games"):
                await games.offer()  # those on the shelf count as well

    asyncio.run(play())


# --- large posts --------------------------------------------------------------------------------


def test_attack_a_large_post_is_parsed_once_and_not_by_the_loop(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    threads: list[tuple[int, int]] = []
    parse = parsing.parse_post

    def count(raw: bytes) -> SignedPost:
        threads.append((len(raw), threading.get_ident()))
        return parse(raw)

    monkeypatch.setattr(parsing, "parse_post", count)

    async def play() -> None:
        async with (
            asyncio.timeout(20), serving(tmp_path) as (_, address),
            await Connection.open(address, settings=QUICK) as connection,
        ):  # fmt: skip
            for size in (10, INLINE):
                raw = b'{"body":"' + b"x" * size + b'","sig":"' + b"A" * 86 + b'"}'
                request = Submit(id=connection._session.next_id, post=msgspec.Raw(raw))
                with pytest.raises(Refusal) as e:
                    await connection._ask(request, Followed)
                assert e.value.code == "post.malformed"
        (small, here), (large, there) = threads
        assert small < INLINE < large
        assert here == threading.get_ident() != there

    asyncio.run(play())


def test_attack_large_posts_of_one_address_do_not_queue_before_those_of_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    order: list[bytes] = []
    go = threading.Event()

    def wait(raw: bytes) -> SignedPost:
        go.wait(20)
        order.append(raw[:1])
        raise ParseError("post.malformed", "for the test")

    monkeypatch.setattr(parsing, "parse_post", wait)

    async def play() -> None:
        desk = Parsing()
        raw = b"%d" + b"x" * INLINE
        jobs = [asyncio.create_task(desk.parse(raw % k, "many")) for k in range(4)]
        await asyncio.sleep(0)
        jobs.append(asyncio.create_task(desk.parse(raw % 9, "one")))
        await asyncio.sleep(0)
        go.set()
        outcomes = await asyncio.gather(*jobs, return_exceptions=True)
        assert all(isinstance(e, ParseError) for e in outcomes)
        desk.close()

    asyncio.run(play())
    assert order == [b"0", b"9", b"1", b"2", b"3"]


# --- a hostile server ---------------------------------------------------------------------------


class Wire:
    """A server's end that a test speaks through: what the client writes is heard at once."""

    def __init__(self, settings: ClientSettings) -> None:
        self.reader = asyncio.StreamReader(limit=65536)
        self.session = ServerSession()
        self.heard: list[Any] = []
        self.connection = Connection(self.reader, self, asyncio.Event(), settings)  # type: ignore[arg-type]
        self.transport = self

    def write(self, data: bytes) -> None:
        self.heard += self.session.receive(data)

    def say(self, message: Any) -> None:
        self.reader.feed_data(self.session.send(message))

    def close(self) -> None: ...

    abort = close

    async def wait_closed(self) -> None: ...


async def settle() -> None:
    for _ in range(50):
        await asyncio.sleep(0)


async def greeted(settings: ClientSettings, idle: int = 180_000) -> Wire:
    wire = Wire(settings)
    greeting = asyncio.create_task(wire.connection._greet())
    await settle()
    wire.say(Welcome(limits=Limits(frame=1 << 19, idle=idle), now=0, protocol=VERSION))
    await greeting
    return wire


def test_attack_entries_without_end_wait_with_the_server_until_the_log_is_checked() -> None:
    async def play() -> None:
        game, size, held = Hash(bytes(32)), 50_000, 120_000
        wire = await greeted(ClientSettings(held=held))
        following = asyncio.create_task(wire.connection.follow(game, 0))
        await settle()
        wire.say(Followed(id=0, length=10**9))
        assert await following == 10**9
        raw = msgspec.Raw(b'"' + b"x" * size + b'"')
        for k in range(20):
            wire.say(Entries(entries=(raw,), game=game, since=k))
        taken = []
        for _ in range(20):
            await settle()
            came = wire.connection.take()
            assert sum(len(m.entries[0]) for m in came) <= held + 2 * size
            taken += [m.since for m in came]
        assert taken == list(range(20))  # nothing is lost
        asking = asyncio.create_task(wire.connection._ask(Ping(id=1), Pong))
        await settle()
        wire.say(Pong(id=1))
        assert (await asking).id == 1
        await wire.connection.close()

    asyncio.run(play())


@pytest.mark.parametrize(("idle", "pause"), [(0, 1 / 3), (1, 1 / 3), (999, 1 / 3), (3000, 1.0), (10**9, 60.0)])
def test_attack_a_server_that_wants_a_ping_each_moment_gets_three_a_second(
    monkeypatch: pytest.MonkeyPatch, idle: int, pause: float
) -> None:
    pauses: list[float] = []

    async def note(_: Connection, seconds: float) -> None:
        pauses.append(seconds)

    monkeypatch.setattr(Connection, "_keep_alive", note)

    async def play() -> None:
        wire = await greeted(ClientSettings(), idle)
        await settle()
        await wire.connection.close()

    asyncio.run(play())
    assert pauses == [pytest.approx(pause)]
