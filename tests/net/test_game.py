"""A whole game over real sockets: server and players in one process, each with its own home folder."""

import asyncio
from pathlib import Path

from net_cases import QUICK, Robot, new_game, new_player, serving
from sealed_santa.game.replay import fold
from sealed_santa.game.state import Phase
from sealed_santa.log.archive import encode_transcript
from sealed_santa.net.client import GameClient, sync
from sealed_santa.net.home import Home
from sealed_santa.net.identity import Identity
from sealed_santa.net.store import Store
from sealed_santa.roles.player import knowledge, make_start

NAMES = ("Ann", "Bob", "Cem")


async def _play(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    async with serving(tmp_path / "server") as (_, address):
        _, invite = await new_game(home, address)
        robots = [Robot(home.open(new_player(home, invite, name))) for name in NAMES]
        async with asyncio.timeout(60), asyncio.TaskGroup() as group:
            runs = [group.create_task(robot.client.run()) for robot in robots]
            for robot in robots:
                await robot.join()
            first = robots[0]
            await first.client.act(lambda state: make_start(state, first.party.key))
        states = [run.result() for run in runs]
        for robot in robots:
            robot.identity.close()
    assert {s.phase for s in states} == {Phase.OVER}
    known = [knowledge(states[0], robot.party.secrets) for robot in robots]
    assert {k.recipient.name for k in known if k.recipient} == set(NAMES)
    for robot, mine in zip(robots, known, strict=True):
        assert mine.santa is not None
        assert mine.parcel is not None
        assert mine.parcel.note == f"from {mine.santa.name}"
        assert mine.santa.name != robot.identity.profile.name
    copies = {encode_transcript(robot.identity.entries) for robot in robots}
    assert len(copies) <= 3  # late receipts may be missing in a copy; each is a prefix of the longest
    longest = max(copies, key=len)
    assert all(longest.startswith(copy) for copy in copies)
    store = Store(tmp_path / "server")
    stored = store.games()[0]
    raws = store.entries(stored.game)
    store.close()
    assert stored.over
    assert stored.dealer_seed is None
    assert b"".join(raw + b"\n" for raw in raws).startswith(longest)
    assert fold(robots[0].identity.entries).over
    async with serving(tmp_path / "server") as (_, address):
        with Identity(robots[0].identity.folder) as late:
            late.move_to(address)  # days later, on another port: a game that is over is still there
            state = await GameClient(late, robots[0].party, settings=QUICK).run(sync)
            assert len(state.chain) == len(raws)


def test_three_players_and_a_server_play_a_whole_game(tmp_path: Path) -> None:
    asyncio.run(_play(tmp_path))
