"""Servers and clients that die in the middle: nothing that was acknowledged is lost, nothing is done twice."""

import asyncio
import os
import signal
import sys
from pathlib import Path

import pytest

from net_cases import QUICK, Robot, new_game, new_player, serving
from sealed_santa.base.errors import ForkError, NetworkError
from sealed_santa.game.replay import fold
from sealed_santa.game.state import Phase
from sealed_santa.log.entry import parse_entry
from sealed_santa.log.posts import CoinPost
from sealed_santa.net.client import ClientSettings, GameClient, Lost, Posted, Restored, sync
from sealed_santa.net.connection import Connection
from sealed_santa.net.home import Home
from sealed_santa.net.identity import Identity
from sealed_santa.net.invite import Address, parse_address
from sealed_santa.net.party import party_of
from sealed_santa.net.store import Store
from sealed_santa.roles.player import make_start

NAMES = ("Ann", "Bob", "Cem")
PROGRAM = """
import asyncio, sys
from pathlib import Path
from sealed_santa.net.server import Server

async def main():
    server = Server(Path(sys.argv[1]))
    print(await server.start("127.0.0.1", int(sys.argv[2])), flush=True)
    await server.serve_forever()

asyncio.run(main())
"""


class Killable:
    """A server in a process of its own, on one folder and one port, that is killed and started again."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = 0

    async def start(self) -> Address:
        self.process = await asyncio.create_subprocess_exec(
            sys.executable, "-c", PROGRAM, str(self.folder), str(self.port), stdout=asyncio.subprocess.PIPE
        )
        assert self.process.stdout is not None
        address = parse_address((await self.process.stdout.readline()).decode())
        self.port = address.port
        return address

    async def kill(self) -> None:
        if self.process.returncode is None:
            self.process.send_signal(signal.SIGKILL)
            await self.process.communicate()

    async def __aenter__(self) -> "Killable":
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.kill()


def log_in(folder: Path) -> list[bytes]:
    store = Store(folder)
    try:
        return list(store.entries(store.games()[0].game))
    finally:
        store.close()


@pytest.mark.skipif(os.name == "nt", reason="SIGKILL")
def test_a_server_killed_under_fire_keeps_what_it_acknowledged_and_the_game_ends(tmp_path: Path) -> None:
    home, folder = Home(tmp_path / "home"), tmp_path / "server"

    async def play() -> None:
        async with asyncio.timeout(60), Killable(folder) as server:
            address = await server.start()
            _, invite = await new_game(home, address)
            robots = [Robot(home.open(new_player(home, invite, f"Player {i}"))) for i in range(8)]
            runs = [asyncio.create_task(robot.client.run()) for robot in robots]
            joins = [asyncio.create_task(robot.join()) for robot in robots]
            await asyncio.wait(joins, return_when=asyncio.FIRST_COMPLETED)
            await server.kill()  # in the middle of the other joins
            acknowledged = {e.post.hash for robot in robots for e in robot.events if isinstance(e, Posted)}
            kept = [parse_entry(raw) for raw in log_in(folder)]
            assert acknowledged
            assert acknowledged <= {e.post.hash for e in kept}
            await server.start()
            await asyncio.gather(*joins)
            start = asyncio.create_task(robots[0].client.act(lambda s: make_start(s, robots[0].party.key)))
            await robots[1].until(lambda s: s.phase is not Phase.JOINING)
            await server.kill()  # somewhere in deck and coins
            await server.start()
            await start
            states = await asyncio.gather(*runs)
        assert {s.phase for s in states} == {Phase.OVER}
        assert {p.name for p in states[0].players} == {f"Player {i}" for i in range(8)}
        assert any(isinstance(e, Lost) for robot in robots for e in robot.events)
        entries = [parse_entry(raw) for raw in log_in(folder)]
        assert [e.raw for e in entries[: len(kept)]] == [e.raw for e in kept]
        assert fold(entries).over
        assert sum(isinstance(e.post.body, CoinPost) for e in entries) == 8
        for robot in robots:
            assert [e.raw for e in robot.identity.entries] == [e.raw for e in entries][: len(robot.identity.entries)]
            robot.identity.close()

    asyncio.run(play())


def test_a_client_that_comes_back_sends_what_it_had_written_down_and_nothing_twice(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")

    async def play() -> None:
        async with serving(tmp_path / "server") as (_, address):
            _, invite = await new_game(home, address)
            robots = [Robot(home.open(new_player(home, invite, name))) for name in NAMES]
            ann = robots[0]
            runs = [asyncio.create_task(robot.client.run()) for robot in robots]
            await asyncio.gather(*(robot.join() for robot in robots))
            await ann.until(lambda s: len(s.players) == 3)
            state = ann.client.state
            assert state is not None
            runs[0].cancel()
            await asyncio.wait({runs[0]})
            start = ann.party.sign(make_start(state, ann.party.key))
            ann.identity.put(start)  # written down, and then the machine went dark
            ann.identity.close()
            assert ann.identity.outbox.holds(start.hash)
            again = Robot(Identity(ann.identity.folder))
            await asyncio.gather(again.client.run(), *runs[1:])
            posts = [e.post for e in again.identity.entries]
            assert sum(p.hash == start.hash for p in posts) == 1
            assert sum(p.body.by == again.party.key for p in posts) == len(again.identity.outbox.posts)
            assert not again.identity.restored
            for robot in (again, *robots[1:]):
                robot.identity.close()

    asyncio.run(asyncio.wait_for(play(), 30))


def test_a_restored_identity_opens_no_coin_until_it_is_confirmed(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")

    async def play() -> None:
        async with serving(tmp_path / "server") as (_, address):
            _, invite = await new_game(home, address)
            robots = [Robot(home.open(new_player(home, invite, name))) for name in NAMES]
            ann = robots[0]
            runs = [asyncio.create_task(robot.client.run()) for robot in robots]
            await asyncio.gather(*(robot.join() for robot in robots))
            await ann.until(lambda s: len(s.players) == 3)
            ann.identity.mark_restored()
            await ann.client.act(lambda s: make_start(s, ann.party.key))
            state = await ann.until(lambda s: len(s.coins) == 2)
            assert ann.party.key not in state.coins
            assert any(isinstance(e, Restored) for e in ann.events)
            ann.identity.confirm()
            ann.client.poke()
            await asyncio.gather(*runs)
            for robot in robots:
                robot.identity.close()

    asyncio.run(asyncio.wait_for(play(), 30))


def test_a_server_set_back_to_an_older_state_is_caught(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")

    async def play() -> None:
        async with serving(tmp_path / "server") as (_, address):
            _, invite = await new_game(home, address)
        backup = {p.name: p.read_bytes() for p in (tmp_path / "server").iterdir()}
        async with serving(tmp_path / "server", port=address.port):
            robot = Robot(home.open(new_player(home, invite, "Ann")))
            run = asyncio.create_task(robot.client.run())
            await robot.join()
            run.cancel()
            await asyncio.wait({run})
        for name, content in backup.items():
            (tmp_path / "server" / name).write_bytes(content)
        async with serving(tmp_path / "server", port=address.port):
            with pytest.raises(ForkError) as e:
                await robot.client.run(sync)
            assert e.value.code == "fork.shorter"
            robot.identity.close()

    asyncio.run(asyncio.wait_for(play(), 30))


def test_a_create_that_was_cut_off_is_sent_by_the_next_run(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")

    class CutOff(Exception):
        pass

    async def play() -> None:
        async with serving(tmp_path / "server") as (_, address):
            submit = Connection.submit

            async def die(*_: object) -> None:
                raise CutOff

            Connection.submit = die  # type: ignore[method-assign, assignment]
            try:
                with pytest.raises(CutOff):
                    await new_game(home, address)
            finally:
                Connection.submit = submit  # type: ignore[method-assign]
            ((folder, profile),) = home.identities()
            with home.open(folder) as organiser:
                client = GameClient(organiser, party_of(organiser), settings=QUICK)
                state = await client.run(sync)
                assert state.game == profile.game
                assert len(state.chain) == 1

    asyncio.run(asyncio.wait_for(play(), 30))


def test_a_client_gives_up_when_it_was_told_how_long_to_try(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")

    async def play() -> None:
        async with serving(tmp_path / "server") as (_, address):
            folder, _ = await new_game(home, address)
        events: list[object] = []
        settings = ClientSettings(first_pause=0.001, longest_pause=0.002, give_up=0.02)
        with home.open(folder) as organiser:
            client = GameClient(organiser, party_of(organiser), on_event=events.append, settings=settings)
            with pytest.raises(NetworkError) as e:
                await client.run(sync)
            assert e.value.code == "connect.failed"
        assert any(isinstance(e, Lost) for e in events)

    asyncio.run(asyncio.wait_for(play(), 30))
