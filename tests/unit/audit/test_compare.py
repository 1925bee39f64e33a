"""Two copies of a log: beginnings, rollbacks, forks with proof, damage without."""

from __future__ import annotations

import pytest

from sealed_santa.audit.compare import Relation, fork, since
from sealed_santa.base.canon import b64
from sealed_santa.crypto.signing import VerifyKey
from sealed_santa.game.state import Phase
from sealed_santa.lab.simulator import Simulator, played
from sealed_santa.log.entry import parse_entry, sign_entry, verify_entry
from sealed_santa.log.posts import Create


def coins(*names: str, seed: str = "compare") -> Simulator:
    made = Simulator(seed).fill().start().run(Phase.COINS)
    for name in names:
        made.say(name, made.owed(name).posts[0])
    return made


def test_a_copy_that_goes_on_is_fine_both_ways() -> None:
    short, long = coins("Ann").transcript(), coins("Ann", "Bob").transcript()
    assert since(short, long).relation is Relation.LONGER
    assert fork(long, short).relation is Relation.SHORTER
    assert since(long, long).relation is Relation.SAME
    assert {since(short, long).exit_code, fork(long, short).exit_code, since(long, long).exit_code} == {0}


def test_a_newer_copy_with_less_is_a_rollback() -> None:
    found = since(coins("Ann", "Bob").transcript(), coins("Ann").transcript())
    assert (found.exit_code, [f.code for f in found.findings]) == (1, ["copy.rollback"])


def test_a_fork_comes_with_evidence_that_stands_alone() -> None:
    one, other = coins("Ann"), coins("Bob")
    found = fork(one.transcript(), other.transcript())
    assert (found.relation, found.exit_code, found.common) == (Relation.FORKED, 1, 7)
    assert str(found.findings[0].blame) == "server (proven)"
    create, left, right = (parse_entry(line) for line in found.evidence)
    assert isinstance(create.post.body, Create)
    key = VerifyKey.parse(create.post.body.server)
    for entry in (left, right):
        verify_entry(entry, key)
    assert left.seq == right.seq
    assert left.hash != right.hash
    assert left.post.game == right.post.game == create.post.game
    assert since(one.transcript(), other.transcript()).relation is Relation.FORKED


def test_the_hashes_of_both_entries_are_said() -> None:
    one, other = coins("Ann"), coins("Bob")
    (finding,) = fork(one.transcript(), other.transcript()).findings
    assert b64(one.entries[7].hash) in finding.message
    assert b64(other.entries[7].hash) in finding.message


def test_an_entry_that_is_not_signed_proves_nothing() -> None:
    one, other = coins("Ann"), coins("Ann")
    e = other.entries[7]
    other.entries[7] = sign_entry(e.seq, e.at + 1, e.prev, e.post, Simulator("stranger").server)
    found = fork(one.transcript(), other.transcript())
    assert (found.relation, found.exit_code, found.evidence) == (Relation.DIFFERENT, 3, ())
    assert "the second copy was changed" in found.findings[0].message


def test_copies_of_two_games_are_undecided() -> None:
    found = fork(coins().transcript(), coins(seed="other").transcript())
    assert (found.relation, found.exit_code) == (Relation.OTHER_GAME, 3)


@pytest.mark.parametrize("junk", [b"", b"\n", b"junk\n", b"{}"])
def test_what_cannot_be_read_is_undecided(junk: bytes) -> None:
    good = coins().transcript()
    for pair in ((good, junk), (junk, good), (junk, junk)):
        assert fork(*pair).relation is Relation.UNREADABLE
        assert since(*pair).exit_code == 3


def test_a_damaged_line_in_the_middle_is_undecided() -> None:
    data = coins("Ann").transcript()
    lines = data.splitlines(keepends=True)
    damaged = b"".join([*lines[:3], b"{}\n", *lines[4:]])
    found = fork(data, damaged)
    assert (found.relation, found.common) == (Relation.UNREADABLE, 3)


def test_a_cut_off_last_line_is_no_fork() -> None:
    data = played().transcript()
    assert fork(data, data[:-10]).relation is Relation.UNREADABLE
