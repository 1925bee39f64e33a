"""A dealer that spoils envelopes: clients say what is wrong, publish no key unasked, and keep theirs."""

import asyncio
import json
from pathlib import Path

import pytest

from net_cases import Robot, new_game, new_player, serving
from sealed_santa.base.canon import b64
from sealed_santa.cli.main import run
from sealed_santa.game.state import Phase
from sealed_santa.log.fields import Envelopes
from sealed_santa.log.posts import Dispute
from sealed_santa.net.client import GameClient, Settled
from sealed_santa.net.home import Home
from sealed_santa.net.identity import SEED_FILE
from sealed_santa.net.party import party_of
from sealed_santa.roles import dealer
from sealed_santa.roles.player import make_call, make_start

NAMES = ("Ann", "Bob", "Cem")
honest = dealer.make_delivery


def spoilt(state, secrets, memo):
    body = honest(state, secrets, memo)
    return type(body)(
        game=body.game, by=body.by, seen=body.seen, round=body.round, envelopes=Envelopes(bytes(len(body.envelopes)))
    )


def wrong_of(robot: Robot):
    return next((e.owed.wrong for e in reversed(robot.events) if isinstance(e, Settled)), None)


async def _play(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    home = Home(tmp_path / "home")
    async with serving(tmp_path / "server") as (_, address):
        organiser, invite = await new_game(home, address)
        robots = [Robot(home.open(new_player(home, invite, name))) for name in NAMES]
        async with asyncio.timeout(60), asyncio.TaskGroup() as group:
            for robot in robots:
                group.create_task(robot.client.run(lambda state, owed: state.phase is Phase.DELIVERED))
            for robot in robots:
                await robot.join()
            await robots[0].client.act(lambda state: make_start(state, robots[0].party.key))
        secrets = [b64(robot.party.secrets.gift.secret).encode() for robot in robots]
        for robot in robots:
            found = wrong_of(robot)
            assert found is not None
            assert found.code == "box.does-not-open"
            robot.identity.close()
        with home.open(organiser) as identity:  # the game goes on to its end without them
            client = GameClient(identity, party_of(identity))
            task = asyncio.create_task(client.run())
            await client.act(lambda state: make_call(state, client.state.create.by))
            await task

        async def sync(*more: str) -> tuple[int, list[dict]]:
            capsys.readouterr()
            code = await asyncio.to_thread(run, ["sync", "--json", "--as", "Ann", *more])
            return code, [json.loads(line) for line in capsys.readouterr().out.splitlines()]

        code, said = await sync()
        assert code == 1
        (told,) = [e for e in said if e["event"] == "wrong"]
        assert told["code"] == "box.does-not-open"
        folder = robots[0].identity.folder
        assert (folder / SEED_FILE).exists()  # the game is over, but her key may still be wanted
        with home.open(folder) as ann:
            assert ann.entries[-1].post.body.__struct_config__.tag == "reveal"
            assert not any(secret in entry.raw for secret in secrets for entry in ann.entries)
        await sync("--publish-gift-key")
        with home.open(folder) as ann:
            about = [e.post.body.about for e in ann.entries if isinstance(e.post.body, Dispute)]
        assert about == ["delivery", "reveal"]


def test_attack_envelopes_are_spoilt_to_fetch_the_keys(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(dealer, "make_delivery", spoilt)
    monkeypatch.setenv("SANTA_HOME", str(tmp_path / "home"))
    asyncio.run(_play(tmp_path, capsys))
