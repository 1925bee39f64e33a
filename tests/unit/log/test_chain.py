"""The hashes of a log: a value, although snapshots share what they hold."""

from __future__ import annotations

import random
import time

import pytest

from sealed_santa.log.chain import Chain
from sealed_santa.log.fields import Hash


def h(text: str) -> Hash:
    return Hash(text.encode().ljust(32, b"."))


def chain(*texts: str) -> Chain:
    made = Chain()
    for text in texts:
        made = made.append(h(text))
    return made


def listed(value: Chain) -> list[bytes]:
    return [value[i] for i in range(len(value))]


def test_hashes_stand_in_order() -> None:
    value = chain("a", "b", "c")
    assert listed(value) == [h("a"), h("b"), h("c")]
    assert [value.find(h(t)) for t in "abcd"] == [0, 1, 2, None]
    assert value.head() == h("c")
    assert Chain().head() is None


@pytest.mark.parametrize("seq", [-1, 3, 100])
def test_there_is_nothing_outside(seq: int) -> None:
    with pytest.raises(IndexError):
        chain("a", "b", "c")[seq]


def test_an_older_snapshot_does_not_see_what_came_later() -> None:
    old = chain("a", "b")
    new = old.append(h("c"))
    assert (old.find(h("c")), new.find(h("c"))) == (None, 2)
    assert (len(old), old.head()) == (2, h("b"))
    with pytest.raises(IndexError):
        old[2]


def test_a_fork_leaves_both_branches_as_they_are() -> None:
    trunk = chain("a", "b")
    left, right = trunk.append(h("c")), trunk.append(h("d"))
    left, right = left.append(h("e")), right.append(h("f"))
    assert listed(left) == [h("a"), h("b"), h("c"), h("e")]
    assert listed(right) == [h("a"), h("b"), h("d"), h("f")]
    assert [left.find(h(t)) for t in "cdef"] == [2, None, 3, None]
    assert [right.find(h(t)) for t in "cdef"] == [None, 2, None, 3]
    assert listed(trunk) == [h("a"), h("b")]


def test_one_hash_in_two_branches_has_a_place_in_each() -> None:
    trunk = chain("a")
    left = trunk.append(h("b")).append(h("x"))
    right = trunk.append(h("x"))
    assert (left.find(h("x")), right.find(h("x")), trunk.find(h("x"))) == (2, 1, None)


def test_a_hash_that_comes_twice_is_found_at_its_first_place() -> None:
    value = chain("a", "b", "a")
    assert value.find(h("a")) == 0
    assert value[2] == h("a")


def test_chains_are_equal_by_what_they_hold() -> None:
    trunk = chain("a", "b")
    longer = trunk.append(h("c"))
    assert trunk == chain("a", "b")
    assert longer == trunk.append(h("c"))  # a fork with the same next hash
    assert trunk != longer
    assert trunk != chain("a", "c")
    assert trunk != [h("a"), h("b")]


def test_attack_a_log_of_refused_posts_is_not_copied_for_each() -> None:
    """A server that judges and then refuses leaves a hash behind the snapshot that it goes on with."""
    log = Chain()
    for k in range(20_000):
        log = log.append(h(str(k)))
    start = time.process_time()
    for k in range(3000):
        log.append(h(f"refused {k}"))
        log = log.append(h(f"accepted {k}"))
    assert time.process_time() - start < 5  # about 0.1 s; copies would take 20 s
    assert (len(log), log.find(h("7")), log.find(h("accepted 2999"))) == (23_000, 7, 22_999)
    assert log.find(h("refused 0")) is None


def test_forks_of_forks_hold_what_lists_would(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sealed_santa.log.chain.TAIL", 3)
    draw = random.Random(11)
    known: list[tuple[Chain, list[Hash]]] = [(Chain(), [])]
    for _ in range(600):
        old, texts = known[draw.randrange(len(known))] if draw.random() < 0.5 else known[-1]
        new = h(str(draw.randrange(40)))
        known.append((old.append(new), [*texts, new]))
    for value, texts in known:
        assert list(value) == texts
        assert (len(value), value.head()) == (len(texts), texts[-1] if texts else None)
        for k in range(40):
            assert value.find(h(str(k))) == (texts.index(h(str(k))) if h(str(k)) in texts else None)
        assert value == chain(*[bytes(t).rstrip(b".").decode() for t in texts])
