"""What a client lets into its copy of the log, and what it keeps as evidence against whom."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from sealed_santa.base.errors import (
    Certainty,
    ForkError,
    IllegalPost,
    LocalDamageError,
    ParseError,
    Party,
    SantaError,
    VerificationError,
)
from sealed_santa.crypto.signing import SigningKey
from sealed_santa.lab.simulator import Simulator
from sealed_santa.log.entry import Entry, SignedPost, sign_entry
from sealed_santa.log.fields import Hash, Signature, SignKey
from sealed_santa.net.home import Home
from sealed_santa.net.identity import EVIDENCE, LOG_FILE, Identity, Profile
from sealed_santa.net.invite import Address
from sealed_santa.net.reader import Reader

AHEAD = 300_000
STRANGER = SignKey(SigningKey.from_seed(bytes(32)).public().raw)


@pytest.fixture
def game() -> Simulator:
    sim = Simulator("reader")
    for name in sim.names:
        sim.join(name)
    return sim


@pytest.fixture
def me(tmp_path: Path, game: Simulator) -> Iterator[Identity]:
    profile = Profile(
        role="player", name="Ann", game=game.state.game, address=str(Address("localhost", 1, Hash(bytes(32))))
    )
    with Identity(Home(tmp_path).create(profile, bytes(32), lambda n: bytes(n))) as identity:
        yield identity


def reader(me: Identity, game: Simulator, key: SignKey = STRANGER) -> Reader:
    return Reader(me, key, lambda: game.now, AHEAD)


def evidence(me: Identity) -> dict[str, bytes]:
    shelf = me.folder / EVIDENCE
    (place,) = shelf.iterdir()
    return {p.name: p.read_bytes() for p in place.iterdir()}


def test_an_honest_log_goes_in_and_comes_back(me: Identity, game: Simulator) -> None:
    first = reader(me, game)
    first.extend(e.raw for e in game.entries)
    assert [s.entry.seq for s in first.news()] == [0, 1, 2, 3, 4]
    assert first.news() == ()
    again = reader(me, game)
    assert again.state is not None
    assert again.state.head == game.state.head
    again.overlap(game.entries[-1].raw)
    again.check_length(len(game.entries))
    assert not me.restored
    assert not (me.folder / EVIDENCE).exists()


Forge = Callable[[Simulator, Entry], bytes]


def signed(game: Simulator, entry: Entry) -> bytes:
    return sign_entry(entry.seq, entry.at, entry.prev, entry.post, game.server).raw


CASES: list[tuple[Forge, type[SantaError], str, Party, Certainty]] = [
    (lambda g, e: b"{}", ParseError, "entry.malformed", Party.UNKNOWN, Certainty.SUSPECTED),
    (lambda g, e: e.raw[:-1] + b" }", ParseError, "json.not-canonical", Party.UNKNOWN, Certainty.SUSPECTED),
    (
        lambda g, e: signed(g, replace(e, at=g.now + AHEAD + 1)),
        VerificationError, "clock.ahead", Party.SERVER, Certainty.SUSPECTED,
    ),
    (
        lambda g, e: signed(g, replace(e, at=e.at - 10_000_000)),
        VerificationError, "chain.time", Party.SERVER, Certainty.PROVEN,
    ),
    (
        lambda g, e: signed(g, replace(e, prev=Hash(b"x" * 32))),
        ForkError, "fork.history", Party.SERVER, Certainty.PROVEN,
    ),
    (lambda g, e: signed(g, replace(e, seq=e.seq + 1)), ForkError, "fork.history", Party.SERVER, Certainty.PROVEN),
    (
        lambda g, e: replace(e, prev=Hash(b"x" * 32)).raw,
        ForkError, "fork.history", Party.SERVER, Certainty.OBSERVED,
    ),
    (
        lambda g, e: replace(e, sig=Signature(g.entries[0].sig)).raw,
        VerificationError, "entry.signature", Party.UNKNOWN, Certainty.SUSPECTED,
    ),
    (
        lambda g, e: signed(g, replace(e, post=g.entries[1].post)),
        IllegalPost, "post.replayed", Party.SERVER, Certainty.PROVEN,
    ),
    (
        lambda g, e: signed(
            g, replace(e, post=SignedPost(e.post.raw_body, e.post.body, e.post.sig, g.entries[1].post.countersig))
        ),
        VerificationError, "join.countersignature", Party.SERVER, Certainty.PROVEN,
    ),
]  # fmt: skip


@pytest.mark.parametrize(("forge", "kind", "code", "party", "certainty"), CASES)
def test_a_bad_entry_is_refused_and_kept_and_those_before_it_stand(
    me: Identity, game: Simulator, forge: Forge, kind: type[SantaError], code: str, party: Party, certainty: Certainty
) -> None:
    bad = forge(game, game.entries[4])
    copy = reader(me, game)
    with pytest.raises(kind) as e:
        copy.extend([*(x.raw for x in game.entries[:4]), bad])
    assert e.value.code == code
    assert (e.value.blame.party, e.value.blame.certainty) == (party, certainty)
    assert [x.raw for x in me.entries] == [x.raw for x in game.entries[:4]]
    assert copy.state is not None
    assert len(copy.state.chain) == 4
    kept = evidence(me)
    assert kept["theirs.json"] == bad
    assert code.encode() in kept["why.txt"]
    if kind is ForkError:
        assert kept["ours.json"] == game.entries[3].raw


def test_a_log_of_another_game_is_refused(me: Identity, game: Simulator) -> None:
    other = Simulator("another game")
    with pytest.raises(VerificationError) as e:
        reader(me, game).extend([other.entries[0].raw])
    assert e.value.code == "game.wrong"


def test_another_entry_at_the_end_of_our_copy_is_proof_of_a_fork(me: Identity, game: Simulator) -> None:
    copy = reader(me, game)
    copy.extend(e.raw for e in game.entries)
    last = game.entries[-1]
    theirs = signed(game, replace(last, at=last.at + 1))
    with pytest.raises(ForkError) as e:
        copy.overlap(theirs)
    assert e.value.code == "fork.head"
    assert e.value.blame.certainty is Certainty.PROVEN
    assert evidence(me)["ours.json"] == last.raw
    assert evidence(me)["theirs.json"] == theirs


def test_a_shorter_log_is_refused(me: Identity, game: Simulator) -> None:
    copy = reader(me, game)
    copy.extend(e.raw for e in game.entries)
    with pytest.raises(ForkError) as e:
        copy.check_length(4)
    assert e.value.code == "fork.shorter"
    assert evidence(me)["ours.json"] == game.entries[-1].raw


@pytest.mark.parametrize("late", [False, True])
def test_an_acknowledgement_binds_the_server(me: Identity, game: Simulator, late: bool) -> None:
    copy = reader(me, game)

    def be_promised() -> None:
        if late:
            copy.extend(x.raw for x in game.entries)
        copy.promise(3, game.entries[2].hash)
        copy.extend(x.raw for x in game.entries)

    with pytest.raises(ForkError) as e:
        be_promised()
    assert e.value.code == "fork.promise"


def test_a_promise_that_is_kept_is_fine(me: Identity, game: Simulator) -> None:
    copy = reader(me, game)
    copy.promise(3, game.entries[3].hash)
    copy.extend(e.raw for e in game.entries)
    copy.promise(4, game.entries[4].hash)


def test_a_post_of_ours_that_we_never_wrote_down_marks_us_as_restored(me: Identity, game: Simulator) -> None:
    copy = reader(me, game, game.players["Bob"].key)
    copy.extend(e.raw for e in game.entries)
    assert me.restored


def test_a_post_of_ours_that_is_in_the_outbox_does_not(me: Identity, game: Simulator) -> None:
    bob = game.players["Bob"].key
    post = next(e.post for e in game.entries if e.post.body.by == bob)
    me.put(post)
    reader(me, game, bob).extend(e.raw for e in game.entries)
    assert not me.restored


def test_a_copy_that_does_not_replay_is_damage_at_home_and_nobodys_fault_elsewhere(
    me: Identity, game: Simulator
) -> None:
    me.append(game.entries[1:3])
    with pytest.raises(LocalDamageError) as e:
        reader(me, game)
    assert e.value.code == "log.damaged"
    assert (me.folder / LOG_FILE).stat().st_size > 0
