"""Blind games over real sockets: to their end, with parties that die, are away, leave, or look in once a day."""

from __future__ import annotations

import asyncio
import base64
import gc
import random
import re
import sqlite3
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from contextlib import AsyncExitStack, closing, suppress
from dataclasses import dataclass, field
from functools import cache
from itertools import combinations
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from blind_cases import act, blind_game, keep
from blind_spy import Spy, ransack
from net_cases import Robot, new_game, new_player, serving
from sealed_santa.audit import auditor
from sealed_santa.cli.standing import trustee_names
from sealed_santa.crypto.group import encode_scalars
from sealed_santa.crypto.sharing import evaluate
from sealed_santa.game.batches import Kind
from sealed_santa.game.replay import as_recorded, fold
from sealed_santa.game.stages import blind_state, the_batch
from sealed_santa.game.state import Phase, State
from sealed_santa.log.archive import encode_transcript, parse_transcript
from sealed_santa.log.fields import SignKey
from sealed_santa.log.posts import (
    Blinding,
    BlindTerms,
    CoinPost,
    EnvelopePost,
    Hand,
    Join,
    KeyPost,
    Leave,
    Mix,
    OpeningPost,
    Post,
    Receipt,
    Start,
)
from sealed_santa.net.client import ClientSettings, Denied, GameClient, sync
from sealed_santa.net.clock import wall_clock
from sealed_santa.net.home import Home
from sealed_santa.net.identity import Identity
from sealed_santa.net.invite import Address, Invite
from sealed_santa.net.party import party_of
from sealed_santa.net.server import Server
from sealed_santa.net.store import Store
from sealed_santa.net.table import Table
from sealed_santa.roles.player import knowledge, make_call, make_close, make_leave, make_start
from sealed_santa.roles.secrets import PlayerSecrets
from sealed_santa.roles.trustee import own_share

FIVE = ("Ann", "Bob", "Cem", "Dot", "Eve")
HOUR = 3_600_000
BRIEF = ClientSettings(connect=5, reply=20, first_pause=0.01, longest_pause=0.05, turn=0.0)
STAYING = ClientSettings(connect=5, reply=20, first_pause=0.01, longest_pause=0.05, turn=2.0)
WORK = (Mix, Blinding, OpeningPost, Hand)
FEW = BlindTerms(batch_tests=40, game_tests=100_000, threshold=0)  # eight decks in a batch of five, as time is short


@dataclass
class Evening:
    """A server that can be stopped and started, and players that stay connected."""

    folder: Path
    names: tuple[str, ...] = FIVE
    later: int = 0  #: milliseconds that everybody's clock is ahead
    robots: dict[str, Robot] = field(default_factory=dict)
    runs: dict[str, asyncio.Task[State]] = field(default_factory=dict)
    changes: dict[str, object] = field(default_factory=dict)
    port: int = 0

    def clock(self) -> int:
        return wall_clock() + self.later

    @property
    def home(self) -> Home:
        return Home(self.folder / "home")

    async def __aenter__(self) -> Evening:
        self._shelf = AsyncExitStack()
        address = await self.serve()
        self.organiser, self.invite = await new_game(self.home, address, mode="blind", blind=FEW, **self.changes)
        for name in self.names:
            self.come_back(name, new_player(self.home, self.invite, name))
        await asyncio.gather(*(robot.join() for robot in self.robots.values()))
        return self

    async def __aexit__(self, *_: object) -> None:
        for run in self.runs.values():
            run.cancel()
        await asyncio.gather(*self.runs.values(), return_exceptions=True)
        await self._shelf.aclose()
        for robot in self.robots.values():
            robot.identity.close()

    async def serve(self) -> Address:
        self.server, address = await self._shelf.enter_async_context(
            serving(self.folder / "server", port=self.port, clock=self.clock)
        )
        self.port = address.port
        return address

    async def restart(self, later: int = 0) -> None:
        """Stop the server and start it again, everybody's clock moved on."""
        await self._shelf.aclose()
        self.later += later
        await self.serve()

    def come_back(self, name: str, folder: Path) -> Robot:
        robot = Robot(self.home.open(folder), settings=STAYING, clock=self.clock)
        self.robots[name] = robot
        self.runs[name] = asyncio.create_task(robot.client.run())
        return robot

    async def die(self, name: str) -> Path:
        """End a client without a goodbye, and let its files be opened again."""
        self.runs[name].cancel()
        await asyncio.wait({self.runs.pop(name)})
        robot = self.robots.pop(name)
        robot.identity.close()
        return robot.identity.folder

    async def start(self) -> None:
        first = self.robots[self.names[0]]
        await first.client.act(lambda state: make_start(state, first.party.key))

    async def keys_without(self, away: str) -> None:
        """Start, and let somebody go for good as soon as its key is in the log and before anything is mixed."""
        last = next(name for name in reversed(self.names) if name != away)
        folder = await self.die(last)  # without this player's coin the game waits
        await self.start()
        await self.until(lambda s: s.blind is not None and len(s.blind.commitments) == len(self.names) - 1)
        self.gone = await self.die(away)
        self.come_back(last, folder)

    async def organise(self, make: Callable[[State, SignKey], Post]) -> None:
        """Say something as the organiser, who looks in for it."""
        with self.home.open(self.organiser) as identity:
            party = party_of(identity)
            client = GameClient(identity, party, settings=BRIEF, clock=self.clock)
            act = asyncio.ensure_future(client.act(lambda state: make(state, party.key)))
            await asyncio.sleep(0)
            await client.run(sync)
            await act

    async def until(self, wanted: Callable[[State], bool]) -> State:
        """Return the first state for which this holds, as the first who is there sees it."""
        return await next(iter(self.robots.values())).until(wanted)

    async def end(self) -> dict[str, State]:
        """Wait until all who are there have seen the end."""
        return dict(zip(self.runs, await asyncio.gather(*self.runs.values()), strict=True))

    def log(self) -> bytes:
        """The longest copy of the log."""
        return max((encode_transcript(r.identity.entries) for r in self.robots.values()), key=len)


def in_time(play: Any, seconds: float = 90) -> None:
    asyncio.run(asyncio.wait_for(play, seconds))


def verified(log: bytes) -> None:
    report = auditor.audit(log)
    assert report.exit_code == 0, report


def test_five_play_a_blind_game_to_its_end(tmp_path: Path) -> None:
    async def play() -> None:
        async with Evening(tmp_path) as evening:
            await evening.start()
            states = await evening.end()
            assert {s.phase for s in states.values()} == {Phase.OVER}
            names, blind = [p.name for p in states["Ann"].players], blind_state(states["Ann"])
            for giver, recipient in blind.pairs:
                g, r = names[giver - 1], names[recipient - 1]
                gave, got = evening.robots[g].identity.keepsake, evening.robots[r].identity.keepsake
                assert gave is not None
                assert got is not None
                assert gave.recipient == r
                assert (got.santa, got.note, got.more) == (g, f"from {g}", ())
            assert all(not (robot.identity.folder / "seed").exists() for robot in evening.robots.values())
            posts = Counter(type(e.post.body) for e in longest(evening))
            assert posts[Mix] == 5 * sum(p.mixers != () for p in blind.past)
            wasted = [e for r in evening.robots.values() for e in r.events if isinstance(e, Denied)]
            assert len(wasted) <= 5  # turns keep trustees from doing each other's work
            verified(evening.log())

    in_time(play())


def longest(evening: Evening) -> Any:
    return max((r.identity.entries for r in evening.robots.values()), key=len)


# --- what the server has --------------------------------------------------------------------------


def secrets_of(state: State, secrets: PlayerSecrets) -> dict[str, bytes]:
    """Everything that a player must keep to itself, as bytes; what the log publishes by its rules is not in it."""
    me = state.player(secrets.key)
    blind = state.blind
    assert me is not None
    assert blind is not None
    assert state.roster is not None
    polynomial = secrets.polynomial(state.round, state.roster, blind.threshold - 1)
    found = {
        "seed": secrets.seed, "sign": secrets.signing.secret, "card": secrets.card.secret, "gift": secrets.gift.secret,
        "reveal": secrets.reveal.secret, "group": encode_scalars([secrets.group]), "next coin": secrets.coin(2),
    }  # fmt: skip
    found |= {f"coefficient {m}": encode_scalars([a]) for m, a in enumerate(polynomial)}
    found |= {f"share for {j}": encode_scalars([evaluate(polynomial, j)]) for j in range(1, len(blind.trustees) + 1)}
    index = blind.index(me.number)
    if index is not None and (x := own_share(state, secrets, me, index)) is not None:
        found["own share"] = encode_scalars([x])
    return found


_ELSEWHERE = (type, ModuleType, asyncio.AbstractEventLoop, asyncio.Future)  # lead to the clients in this process


def reachable(root: object) -> list[object]:
    """Return every object that the server's games lead to, as the collector of garbage sees it."""
    seen: dict[int, object] = {}
    todo: list[object] = [root]
    while todo:
        one = todo.pop()
        if id(one) in seen or isinstance(one, _ELSEWHERE) or callable(one):
            continue
        seen[id(one)] = one
        todo += gc.get_referents(one)
    return list(seen.values())


def written_out(objects: Iterable[object]) -> bytes:
    """Return all bytes, texts and numbers among some objects."""
    parts = []
    for one in objects:
        if isinstance(one, (bytes, bytearray)):
            parts.append(bytes(one))
        elif isinstance(one, str):
            parts.append(one.encode())
        elif isinstance(one, int) and 0 <= one < 2**512 and one > 2**64:
            parts.append(one.to_bytes(64, "little"))
    return b"\n".join(parts)


def with_base64(raw: bytes) -> bytes:
    """Return bytes, and behind them whatever stands in them as base64url."""
    parts = [raw]
    for found in re.findall(rb"[A-Za-z0-9_-]{40,}", raw):
        with suppress(ValueError):
            parts.append(base64.urlsafe_b64decode(found + b"=" * (-len(found) % 4)))
    return b"\n".join(parts)


def cells(file: Path) -> list[object]:
    """Return everything that stands in a database."""
    found: list[object] = []
    with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as db:
        for (table,) in db.execute("SELECT name FROM sqlite_schema WHERE type = 'table'").fetchall():
            found += [cell for row in db.execute(f'SELECT * FROM "{table}"') for cell in row]  # noqa: S608
    return found


def spied_on(state: State, file: bytes, seized: list[object], parties: dict[int, PlayerSecrets]) -> None:
    """Hand a spy all that the server has, and the seeds of some players: of any t - 1, and of any t.

    It takes a share of the joint secret, the secret of a group key, a seed, or the joint secret itself, wherever it
    stands in memory, database or traffic, and uses it; that it does is shown with one that is put there.
    """
    entries, blind = list(parse_transcript(file)), blind_state(state)
    truth = {number: to.number for number, p in parties.items() if (to := knowledge(state, p).recipient) is not None}
    assert sorted(truth) == list(blind.holders) == list(range(1, len(parties) + 1))
    loot = ransack(state, seized)
    assert not loot

    def spy(numbers: Iterable[int], more: Iterable[object] = ()) -> Spy:
        return Spy(entries, state, {n: parties[n] for n in numbers}, ransack(state, more) if more else loot, history)

    def read(one: Spy) -> dict[int, int | None]:
        return {giver: one.name(one.decrypt(blind.slot(giver))) for giver in truth}

    history = Spy(entries, state, {}).steps()
    for numbers in combinations(truth, blind.threshold - 1):
        assert set(read(spy(numbers)).values()) == {None}
        assert {spy(numbers).box_of(giver) for giver in truth if giver not in numbers} == {None}
    for numbers in combinations(truth, blind.threshold):
        assert read(spy(numbers)) == truth
        assert {giver: spy(numbers).guess(giver) for giver in truth} == truth
        assert sorted(spy(numbers).box_of(giver) or 0 for giver in truth) == list(range(len(truth)))
    *few, last = range(1, blind.threshold + 1)
    share = own_share(state, parties[last], state.players[last - 1], last)
    assert share is not None
    for planted in (encode_scalars([share]), share, b"seed" + parties[last].seed):
        assert read(spy(few, [planted])) == truth


def test_the_server_of_a_blind_game_holds_no_secret_of_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    heard: list[bytes] = []
    submit = Table.submit

    async def listen(table: Table, post: Any) -> Any:
        heard.append(post.raw)
        return await submit(table, post)

    monkeypatch.setattr(Table, "submit", listen)

    async def play() -> None:
        async with Evening(tmp_path, changes={"reveal_at": wall_clock() + HOUR}) as evening:
            await evening.start()
            # all gifts are there; the pairs are still secret
            state = await evening.until(lambda s: len(s.receipts) == 5)
            (table,) = evening.server._hall._tables.values()  # type: ignore[union-attr]
            assert table._dealer is None
            assert table.state.blind is not None
            assert table.state.blind.pairs == ()
            files = b"".join(p.read_bytes() for p in (tmp_path / "server").iterdir() if "sqlite" in p.name)
            objects = reachable(evening.server._hall)
            memory = written_out(objects)
            traffic = b"\n".join([*heard, *table.raws])
            assert all(raw in memory for raw in table.raws)
            assert all(share.raw in memory for share in next(iter(table.state.blind.hands.values()))[0])
            everything = with_base64(files) + with_base64(memory) + with_base64(traffic)
            for robot in evening.robots.values():
                for what, secret in secrets_of(state, robot.party.secrets).items():
                    assert secret not in everything, what
            assert bytes(robot.party.key) in everything  # the search does find what is there
            commitment = table.state.blind.commitments[1][0].raw
            assert commitment in with_base64(traffic)
            database = [cell for file in (tmp_path / "server").glob("*.sqlite") for cell in cells(file)]
            assert set(table.raws) <= set(database)
            seats = {p.key: p.number for p in state.players}
            parties = {seats[r.party.key]: r.party.secrets for r in evening.robots.values()}
            spied_on(table.state, b"".join(raw + b"\n" for raw in table.raws), [*objects, *database, *heard], parties)
            evening.later += HOUR + 1
            await evening.restart()
            states = await evening.end()
            assert {s.phase for s in states.values()} == {Phase.OVER}
        store = Store(tmp_path / "server")
        assert [(game.dealer_seed, game.over) for game in store.games()] == [(None, True)]
        store.close()

    in_time(play())


def test_a_server_draws_a_dealers_seed_for_sealed_games_alone(tmp_path: Path) -> None:
    async def play() -> None:
        for mode, seeds in (("sealed", 2), ("blind", 1)):
            drawn: list[int] = []

            def entropy(length: int, drawn: list[int] = drawn) -> bytes:
                drawn.append(length)
                return len(drawn).to_bytes(1, "big") * length

            server = Server(tmp_path / mode, entropy=entropy)
            address = await server.start("127.0.0.1", 0)
            await new_game(Home(tmp_path / f"home of {mode}"), address, mode=mode)
            await server.close()
            assert drawn == [32] * seeds
            store = Store(tmp_path / mode)
            assert (store.games()[0].dealer_seed is None) is (mode == "blind")
            store.close()

    in_time(play())


# --- people who die, are away, leave --------------------------------------------------------------


@pytest.mark.parametrize("phase", [Phase.MIXING, Phase.OPENING, Phase.DEALING])
def test_a_trustee_that_is_killed_in_the_middle_goes_on_where_it_was(tmp_path: Path, phase: Phase) -> None:
    async def play() -> None:
        async with Evening(tmp_path) as evening:
            await evening.start()
            await evening.until(lambda s: s.phase is phase or s.phase is Phase.CHOOSING)
            folder = await evening.die("Cem")
            again = evening.come_back("Cem", folder)
            states = await evening.end()
            assert {s.phase for s in states.values()} == {Phase.OVER}
            assert not again.identity.restored
            mine = [e.post for e in longest(evening) if e.post.body.by == again.party.key]
            assert {p.hash for p in mine} <= {p.hash for p in again.identity.outbox.posts}
            verified(evening.log())

    in_time(play())


def test_a_server_that_is_restarted_in_the_middle_goes_on(tmp_path: Path) -> None:
    async def play() -> None:
        async with Evening(tmp_path) as evening:
            await evening.start()
            for phase in (Phase.MIXING, Phase.CHOOSING, Phase.DELIVERED):
                await evening.until(lambda s, phase=phase: s.phase is phase or s.over)  # type: ignore[misc]
                await evening.restart()
            states = await evening.end()
            assert {s.phase for s in states.values()} == {Phase.OVER}
            verified(evening.log())

    in_time(play())


def test_a_trustee_that_is_away_for_good_is_waited_for_and_then_not(tmp_path: Path) -> None:
    async def play() -> None:
        async with Evening(tmp_path) as evening:
            await evening.keys_without("Eve")
            state = await evening.until(lambda s: s.phase is Phase.MIXING and len(the_batch(s).mixers) == 4)
            assert "Eve" not in trustee_names(state, the_batch(state).mixers)
            await evening.restart(HOUR + 1)
            await evening.until(lambda s: s.phase is Phase.CHOOSING and len(blind_state(s).envelopes) == 4)
            await evening.organise(make_close)
            await evening.until(lambda s: s.phase is Phase.MIXING and len(the_batch(s).mixers) == 4)
            await evening.restart(HOUR + 1)
            await evening.until(lambda s: len(s.receipts) == 4)
            await evening.organise(make_call)
            states = await evening.end()
            assert {s.phase for s in states.values()} == {Phase.OVER}
            assert len(blind_state(states["Ann"]).pairs) == 5
            got = [evening.robots[name].identity.keepsake for name in FIVE[:4]]
            assert sum(kept is not None and kept.gift is None for kept in got) <= 1  # from the house, in Eve's place
            verified(evening.log())
            with evening.home.open(evening.gone) as late:  # weeks later it comes back, and finds its gift
                client = GameClient(late, party_of(late), settings=BRIEF, clock=evening.clock)
                assert (await client.run(sync)).over
                assert late.keepsake is not None
                assert late.keepsake.delivered

    in_time(play())


def test_who_leaves_after_the_deal_is_bridged_and_all_are_asked_again(tmp_path: Path) -> None:
    async def play() -> None:
        async with Evening(tmp_path) as evening:
            leaver = evening.robots["Bob"]
            leaver.shy = True
            await evening.start()
            await leaver.until(lambda s: s.phase is Phase.CHOOSING and len(blind_state(s).envelopes) == 4)
            await leaver.client.act(lambda s: make_leave(s, leaver.party.key))
            states = await evening.end()
            assert {s.phase for s in states.values()} == {Phase.OVER}
            last, names = blind_state(states["Ann"]), [p.name for p in states["Ann"].players]
            assert len(last.pairs) == 4
            assert last.deals == 2
            assert Kind.BRIDGE in {p.kind for p in last.past}
            assert "Bob" not in {names[number - 1] for pair in last.pairs for number in pair}
            for giver, recipient in last.pairs:
                kept = evening.robots[names[recipient - 1]].identity.keepsake
                assert kept is not None
                assert kept.note == f"from {names[giver - 1]}"  # the gift of the second choice, to the new recipient
            assert sum(isinstance(e.post.body, Leave) for e in longest(evening)) == 1
            verified(evening.log())

    in_time(play())


def test_a_restored_trustee_does_nothing_until_it_is_confirmed(tmp_path: Path) -> None:
    async def play() -> None:
        async with Evening(tmp_path) as evening:
            await evening.keys_without("Eve")
            with evening.home.open(evening.gone) as identity:
                identity.mark_restored()
            eve = evening.come_back("Eve", evening.gone)
            state = await eve.until(lambda s: s.phase is Phase.MIXING and len(the_batch(s).mixers) == 4)
            assert "Eve" not in trustee_names(state, the_batch(state).mixers)
            assert not any(isinstance(p.body, WORK) for p in eve.identity.outbox.posts)
            eve.identity.confirm()
            eve.client.poke()
            states = await evening.end()
            assert {s.phase for s in states.values()} == {Phase.OVER}

    in_time(play())


# --- people who look in ---------------------------------------------------------------------------


Visits = dict[str, list[list[Post]]]  # by name, what was posted on each visit on which something was


@dataclass
class Days:
    """A game of people who look in once a day, in an order of its own on each, and stay for one go."""

    folder: Path
    names: tuple[str, ...]
    seed: str
    visits: Visits = field(default_factory=lambda: defaultdict(list))
    days: int = 0

    async def play(self) -> State:
        chance, home = random.Random(self.seed), Home(self.folder / "home")
        async with serving(self.folder / "server") as (_, address):
            _, invite = await new_game(home, address, mode="blind", blind=FEW)
            folders = {name: new_player(home, invite, name) for name in self.names}
            for name in self.names:
                await self._visit(folders[name], invite, joins=True)
            state = await self._visit(folders[self.names[0]], invite, starts=True)
            while not state.over:
                self.days += 1
                assert self.days < 30
                for name in chance.sample(self.names, len(self.names)):
                    state = await self._visit(folders[name], invite)
            for name in self.names:  # and whoever was early on the last day
                state = await self._visit(folders[name], invite)
        self.folders = folders
        return state

    async def _visit(self, folder: Path, invite: Invite, *, joins: bool = False, starts: bool = False) -> State:
        with Identity(folder) as identity:
            if identity.keepsake is not None:
                return fold(identity.entries, settle=as_recorded)
            before = len(identity.outbox.posts)
            robot = Robot(identity, settings=BRIEF)
            if joins:
                act: Any = asyncio.ensure_future(robot.join())
            elif starts:
                act = asyncio.ensure_future(robot.client.act(lambda s: make_start(s, robot.party.key)))
            else:
                act = None
            await asyncio.sleep(0)
            state = await robot.client.run(lambda s, owed: not owed.choose or robot.party.intent.gift is None)
            if act is not None:
                await act
            refused = [e for e in robot.events if isinstance(e, Denied)]
            assert refused == []
            if len(identity.outbox.posts) > before:
                self.visits[identity.profile.name].append([p.body for p in identity.outbox.posts[before:]])
            return state


@cache
def remembered_days(count: int, seed: str) -> tuple[State, Visits, int]:
    """Play the same in memory; return the state at the end, the visits, and how many days it took."""
    chance, game = random.Random(seed), blind_game([f"Player {k}" for k in range(count)], seed, blind=FEW)
    visits: Visits = defaultdict(list, {e.post.body.name: [[e.post.body]] for e in game.entries[1:]})
    names, days = list(game.players), 0
    while not game.state.over:
        days += 1
        assert days < 30
        for name in names if days == 1 else chance.sample(names, count):
            before = len(game.entries)
            if days == 1 and name == names[0]:
                game.start()
            while act(game, name) or keep(game):
                pass
            mine = [e.post.body for e in game.entries[before:] if e.post.body.by == game.players[name].key]
            visits[name] += [mine] if mine else []
    return game.state, visits, days


# What the last column of the table of visits calls the posts that they are for; the key has a row with the coin.
CALLED: dict[str, tuple[type, Kind | None]] = {
    "join": (Join, None), "coin and key": (CoinPost, None), "mix the cards": (Mix, Kind.CARDS),
    "blind the tests": (Blinding, Kind.CARDS), "open the tests": (OpeningPost, Kind.CARDS), "deal": (Hand, None),
    "give": (EnvelopePost, None), "mix the gifts": (Mix, Kind.GIFTS), "open the gifts": (OpeningPost, Kind.GIFTS),
    "receipt": (Receipt, None), "open the pairs": (OpeningPost, Kind.REVEAL),
}  # fmt: skip
NUMBERS = {"three": 3, "four": 4, "five": 5}


@dataclass(frozen=True)
class Page:
    """Section 11.14 of docs/protocol.md: the number of the row for each kind of post, and what is said below."""

    row: dict[tuple[type, Kind | None], int]
    enough: frozenset[int]  #: rows that need t trustees, not all
    others: int  #: visits of a player who is no trustee

    @classmethod
    def read(cls, page: str) -> Page:
        section = page.split("### 11.14 Visits")[1].split("\n## ")[0]
        rows = re.findall(r"^\| (\d+) \| .+ \| (.+) \|$", section, re.M)
        assert [int(number) for number, _ in rows] == list(range(1, len(rows) + 1))
        called = [CALLED[part] for _, text in rows for part in re.split("[;,] ", text) if part in CALLED]
        assert len(called) == len(rows)
        assert set(called) == set(CALLED.values())
        text = " ".join(section.split())
        assert "with more than 7 players a trustee makes its key on a visit of its own" in text
        assert "times: to join, for its coin, for its gift, for its receipt" in text
        ((enough, others),) = re.findall(r"Steps ([\d, and]+) need t .* no trustee looks in (\w+) times", text)
        return cls(
            {what: number for number, what in enumerate(called, 1)},
            frozenset(int(number) for number in re.findall(r"\d+", enough)),
            NUMBERS[others],
        )

    def of(self, state: State, body: Post) -> float:
        """Return the row of a post; that of a key on a visit of its own is a row between two."""
        kinds = {past.number: past.kind for past in blind_state(state).past}
        if isinstance(body, KeyPost):
            return self.row[CoinPost, None] + (0.5 if len(state.players) > 7 else 0)
        batch = kinds.get(body.batch, Kind.REVEAL) if isinstance(body, (Mix, Blinding, OpeningPost)) else None
        return self.row[type(body), batch]


PAGE = (Path(__file__).parents[2] / "docs" / "protocol.md").read_text("utf-8")


def check_visits(state: State, visits: Visits, days: int, text: str = PAGE) -> None:
    """Check the table of visits against a game of people who looked in once a day, each day in another order."""
    page, blind = Page.read(text), blind_state(state)
    assert state.phase is Phase.OVER
    batches = sum(p.kind is Kind.CARDS for p in blind.past)
    trustees = {state.players[number - 1].name for number in blind.trustees}
    rows = {
        name: [[page.of(state, body) for body in visit if not isinstance(body, Start)] for visit in found]
        for name, found in visits.items()
    }
    apart = len(state.players) > 7
    again = page.row[OpeningPost, Kind.CARDS] - page.row[Mix, Kind.CARDS] + 1  # for a further batch of decks
    most = len(page.row) + apart + again * (batches - 1)
    assert all(len(rows[name]) <= most for name in trustees)
    assert days <= most + (again + 1) * (batches - 1)
    # no row too many: there is a trustee who looked in for this, and had nothing before it to do on the visit
    first = {visit[0] for name in trustees for visit in rows[name]}
    assert first == {*range(1, len(page.row) + 1), *([page.row[CoinPost, None] + 0.5] if apart else [])}
    # who is no trustee
    alone = [[page.row[kind, None]] for kind in (Join, CoinPost, EnvelopePost, Receipt)]
    assert len(alone) == page.others
    assert all(rows[player.name] == alone for player in state.players if player.name not in trustees)
    # in the order of the rows, but for what a further batch repeats
    repeated = {page.row[kind, Kind.CARDS] for kind in (Mix, Blinding, OpeningPost)}
    for found in rows.values():
        once = [row for visit in found for row in visit if row not in repeated]
        assert once == sorted(once)
    # how many do it: t, all trustees, or everybody
    done = Counter(row for found in rows.values() for visit in found for row in set(visit))
    for number in range(1, len(page.row) + 1):
        mixes = number in (page.row[Mix, Kind.CARDS], page.row[Mix, Kind.GIFTS])
        authors = blind.threshold if number in page.enough else len(trustees) if mixes else len(state.players)
        assert done[number] == authors * (batches if number in repeated else 1), number


@pytest.mark.parametrize(("count", "seed"), [(5, "one"), pytest.param(9, "two", marks=pytest.mark.slow)])
def test_people_who_look_in_once_a_day_reach_the_end(tmp_path: Path, count: int, seed: str) -> None:
    """They look in as often as docs/protocol.md, section 11.14, says; and three times more for each batch more."""
    days = Days(tmp_path, tuple(f"Player {k}" for k in range(count)), seed)

    async def play() -> None:
        state = await days.play()
        check_visits(state, days.visits, days.days)

    in_time(play())


@pytest.mark.parametrize("count", [4, 8])
def test_the_table_of_visits_holds_in_memory_too(count: int) -> None:
    check_visits(*remembered_days(count, "days"))


@pytest.mark.parametrize(
    ("there", "instead"),
    [
        ("| 6 | t openings | deal |\n| 7 |", "| 6 |"),
        ("| 11 | the last receipt", "| 11 | the receipts | receipt |\n| 12 | the last receipt"),
        ("| blind the tests |", "| open the tests |"),
        ("| mix the gifts |", "| mix and open the gifts |"),
        ("Steps 4, 5, 6, 9 and 11 need t", "Steps 4, 5, 6 and 9 need t"),
        ("Steps 4, 5, 6, 9 and 11 need t", "Steps 3, 4, 5, 6, 9 and 11 need t"),
        ("looks in four times", "looks in three times"),
    ],
)
def test_another_table_of_visits_would_not_hold(there: str, instead: str) -> None:
    assert PAGE.count(there) == 1
    with pytest.raises(AssertionError):
        check_visits(*remembered_days(4, "days"), text=PAGE.replace(there, instead))


def test_another_order_of_visits_would_not_hold() -> None:
    """Whoever mixed the gifts before everybody gave."""
    exchanged = PAGE.replace("| read its card, give |", "| X |").replace("| mix the gifts |", "| give |")
    with pytest.raises(AssertionError):
        check_visits(*remembered_days(4, "days"), text=exchanged.replace("| X |", "| mix the gifts |"))
