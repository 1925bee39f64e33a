"""Proofs that take long have threads of their own; who sends wrong ones is heard no more after a while."""

from __future__ import annotations

import asyncio
import threading

import pytest

from sealed_santa.base.errors import IllegalPost, NetworkError, UsageError
from sealed_santa.game.state import Phase
from sealed_santa.lab.simulator import Simulator
from sealed_santa.log.posts import BlindTerms
from sealed_santa.net.limits import ServerLimits
from sealed_santa.net.proving import WASTED, Proving, bears_proof
from sealed_santa.net.quotas import Lanes, Tally

FEW = BlindTerms(batch_tests=16, game_tests=100_000, threshold=0)


@pytest.fixture(scope="module")
def game() -> Simulator:
    return Simulator("proving", ("Ann", "Bob", "Cem", "Dot"), {"mode": "blind", "blind": FEW}).fill().start().run(
        Phase.MIXING
    )


def test_which_posts_bear_proofs(game: Simulator) -> None:
    kinds = {type(e.post.body).__name__: bears_proof(e.post.body) for e in game.entries}
    assert kinds == {"Create": False, "Join": False, "Start": False, "CoinPost": False, "KeyPost": True}
    mixes = [bears_proof(body) for name in game.players for body in game.owed(name).posts]
    assert mixes
    assert all(mixes)


@pytest.mark.parametrize(
    ("code", "counts"),
    [("mix.proof-wrong", True), ("mix.rows", True), ("key.possession", True), ("mix.twice", False),
     ("seen.too-old", False), ("batch.wrong", False), ("turn.wrong", False), ("mix.proof-form", False)],
)  # fmt: skip
def test_attack_who_sends_wrong_proofs_is_not_judged_for_ever(game: Simulator, code: str, counts: bool) -> None:
    proving = Proving()
    name = next(name for name in game.players if game.owed(name).posts)
    body = game.owed(name).posts[0]
    for _ in range(WASTED):
        proving.check(body)
        proving.refused(body, IllegalPost(code, "no"))
    if counts:
        with pytest.raises(UsageError) as caught:
            proving.check(body)
        assert caught.value.code == "game.too-many-posts"  # not `server.*`, so that a client does not send it again
    else:
        proving.check(body)
    other = next(n for n in game.players if n != name)
    proving.check(game.owed(other).posts[0])
    proving.close()


def test_attack_proofs_hold_no_thread_that_others_wait_for() -> None:
    async def play() -> None:
        proving, go = Proving(), threading.Event()
        jobs = [asyncio.create_task(proving.run(go.wait, 20)) for _ in range(20)]
        assert await asyncio.wait_for(asyncio.to_thread(lambda: "parsed"), 10) == "parsed"
        go.set()
        assert all(await asyncio.gather(*jobs))
        proving.close()

    asyncio.run(play())


def test_large_frames_take_turns_and_do_not_wait_for_ever() -> None:
    async def play() -> None:
        lanes = Lanes(ServerLimits(large_frames=3, large_frames_per_address=2))
        due = asyncio.get_running_loop().time() + 20
        held = [await lanes.enter("a", due), await lanes.enter("a", due)]
        with pytest.raises(NetworkError) as caught:
            await lanes.enter("a", 0)  # its time is over, and its address has two already
        assert caught.value.code == "timeout.half-frame"
        held.append(await lanes.enter("b", due))
        with pytest.raises(NetworkError):
            await lanes.enter("c", 0)
        waiting = asyncio.create_task(lanes.enter("a", due))
        await asyncio.sleep(0)
        assert not waiting.done()
        held.pop(0).leave()
        held.append(await waiting)
        for lane in held:
            lane.leave()
        assert all([await lanes.enter(origin, due) for origin in "abc"])  # nothing was lost on the way

    asyncio.run(play())


def test_envelopes_are_counted_and_trustees_work_is_not(game: Simulator) -> None:
    limits = ServerLimits(posts_per_author=1)
    choosing = Simulator("proving", ("Ann", "Bob", "Cem", "Dot"), {"mode": "blind", "blind": FEW}).fill().start()
    choosing.run(Phase.CHOOSING)
    envelope, tally = choosing.owed("Ann").posts[0], Tally()
    tally.add(envelope)
    with pytest.raises(UsageError) as caught:
        tally.check(limits, choosing.state, envelope, 1000)
    assert caught.value.code == "game.too-many-posts"
    mix = next(body for name in game.players for body in game.owed(name).posts)
    for _ in range(3):
        tally.add(mix)
        tally.check(limits, game.state, mix, 1000)
    tally.check(limits, game.state, mix, limits.blind_log_bytes)
    with pytest.raises(UsageError) as full:
        tally.check(limits, game.state, mix, limits.blind_log_bytes + 1)
    assert full.value.code == "game.log-full"
