"""The memory of admission: the same draw is weighed once, a refusal too."""

from __future__ import annotations

import asyncio
import threading

import pytest

from sealed_santa.base.errors import UsageError
from sealed_santa.game.admission import Outlook, outlook
from sealed_santa.log.posts import BlindTerms, Exclusions
from sealed_santa.net import weighing
from sealed_santa.net.weighing import Weighing

NONE = Exclusions(groups=(), pairs=())
IMPOSSIBLE = Exclusions(groups=(("Ann", "Bob"),), pairs=())
TRIO = ["Ann", "Bob", "Cem"]


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, ...]]:
    seen: list[tuple[str, ...]] = []

    def count(names: list[str], exclusions: Exclusions, limit: int, blind: BlindTerms | None = None) -> Outlook:
        seen.append(tuple(names))
        return outlook(names, exclusions, limit, blind)

    monkeypatch.setattr(weighing, "outlook", count)
    return seen


def test_attack_a_refused_draw_that_is_asked_for_again_is_not_weighed_again(asked: list[tuple[str, ...]]) -> None:
    scales = Weighing()
    caught = []
    for _ in range(3):
        with pytest.raises(UsageError) as e:
            scales.outlook(TRIO, IMPOSSIBLE, 1000)
        caught.append(e.value)
    assert len(asked) == 1
    assert {e.code for e in caught} == {"exclusions.impossible"}
    assert len({(e.message, e.hint, str(e.blame)) for e in caught}) == 1
    assert len({id(e) for e in caught}) == 3


def test_every_part_of_the_question_counts(asked: list[tuple[str, ...]]) -> None:
    scales = Weighing()
    one_way = Exclusions(groups=(), pairs=(("Ann", "Bob"),))
    for names, terms, limit in [(TRIO, NONE, 1000), (TRIO, NONE, 999), (TRIO[::-1], NONE, 1000), (TRIO, one_way, 1000),
                                (["Ann", "Bob,Cem", "Dot"], NONE, 1000)]:  # fmt: skip
        first, again = scales.outlook(names, terms, limit), scales.outlook(names, terms, limit)
        assert first == again == outlook(names, terms, limit)
    terms = [BlindTerms(batch_tests=b, game_tests=g, threshold=t) for b, g, t in [(9, 99, 0), (12, 99, 0), (9, 98, 0),
                                                                                 (9, 99, 3)]]  # fmt: skip
    for blind in terms:
        assert scales.outlook(TRIO, NONE, 1000, blind) == outlook(TRIO, NONE, 1000, blind)
    assert len(asked) == 9


def test_the_oldest_answer_is_forgotten_first(asked: list[tuple[str, ...]]) -> None:
    scales = Weighing(kept=2)
    for name in ("Cem", "Dot", "Cem", "Eve", "Cem", "Dot"):
        scales.outlook(["Ann", "Bob", name], NONE, 1000)
    assert [names[2] for names in asked] == ["Cem", "Dot", "Eve", "Dot"]


def test_attack_weighing_holds_no_thread_that_dealers_wait_for() -> None:
    async def play() -> None:
        scales, go = Weighing(), threading.Event()
        jobs = [asyncio.create_task(scales.run(go.wait, 20)) for _ in range(50)]
        assert await asyncio.wait_for(asyncio.to_thread(lambda: "dealt"), 10) == "dealt"
        assert not any(job.done() for job in jobs)
        go.set()
        assert all(await asyncio.gather(*jobs))
        scales.close()

    asyncio.run(play())
