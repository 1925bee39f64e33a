"""Identities on disk: whole or not at all, one process at a time, and copies are noticed."""

import os
import shutil
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from sealed_santa.base.errors import KeyMissingError, LocalDamageError, SantaError, UndecidedError, UsageError
from sealed_santa.crypto.keyfile_box import Cost
from sealed_santa.lab.simulator import Simulator
from sealed_santa.log.archive import encode_transcript
from sealed_santa.log.fields import Hash
from sealed_santa.net.home import Home, home_folder
from sealed_santa.net.identity import LOG_FILE, OUTBOX_FILE, PROFILE_FILE, SEED_FILE, Identity, Profile
from sealed_santa.net.invite import Address
from sealed_santa.net.keyfile import Passphrase

ADDRESS = Address("localhost", 3000, Hash(bytes(32)))
SEED = b"a seed of thirty-two bytes......"


def entropy(length: int) -> bytes:
    return b"\x07" * length


@pytest.fixture(scope="module")
def game() -> Simulator:
    sim = Simulator("home")
    for name in sim.names:
        sim.join(name)
    return sim


def make(tmp_path: Path, game: Simulator, name: str = "Ann", **options: object) -> Path:
    profile = Profile(role="player", name=name, game=game.state.game, address=str(ADDRESS))
    return Home(tmp_path).create(profile, SEED, entropy, **options)  # type: ignore[arg-type]


def test_an_identity_comes_back_with_its_seed_log_and_outbox(tmp_path: Path, game: Simulator) -> None:
    folder = make(tmp_path, game)
    with Identity(folder) as me:
        me.append(game.entries[:2])
        me.put(game.entries[2].post)
        me.turn_down(game.entries[2].post, "turn.wrong")
    with Identity(folder) as me:
        assert me.seed == SEED
        assert [e.raw for e in me.entries] == [e.raw for e in game.entries[:2]]
        assert [p.raw for p in me.outbox.posts] == [game.entries[2].post.raw]
        assert me.outbox.refused == {game.entries[2].post.hash}
        assert not me.restored
    assert (folder / LOG_FILE).read_bytes() == encode_transcript(game.entries[:2])


def test_everything_in_an_identity_is_for_its_owner_alone(tmp_path: Path, game: Simulator) -> None:
    folder = make(tmp_path, game)
    with Identity(folder) as me:
        me.keep_evidence("fork.head", {"why.txt": b"because"})
    for path in (folder, *folder.rglob("*")):
        assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0, path


def test_an_identity_is_not_made_twice(tmp_path: Path, game: Simulator) -> None:
    folder = make(tmp_path, game)
    with pytest.raises(UsageError) as e:
        make(tmp_path, game)
    assert e.value.code == "identity.exists"
    assert Home(tmp_path).folders() == (folder,)
    assert make(tmp_path, game, "Bob") != folder


def test_two_processes_do_not_run_one_identity(tmp_path: Path, game: Simulator) -> None:
    folder = make(tmp_path, game)
    with Identity(folder):
        with pytest.raises(UsageError) as e:
            Identity(folder)
        assert e.value.code == "identity.in-use"
        with pytest.raises(UsageError) as e:
            Home(tmp_path).forget(folder)
        assert e.value.code == "identity.in-use"
    Identity(folder).close()


def test_a_torn_last_line_is_cut_off(tmp_path: Path, game: Simulator) -> None:
    folder = make(tmp_path, game)
    whole = encode_transcript(game.entries[:2])
    (folder / LOG_FILE).write_bytes(whole + game.entries[2].raw[:-1])
    (folder / OUTBOX_FILE).write_bytes(b'{"post":{"bo')
    with Identity(folder) as me:
        assert len(me.entries) == 2
        assert me.outbox.posts == ()
        me.append(game.entries[2:3])
    assert (folder / LOG_FILE).read_bytes() == encode_transcript(game.entries[:3])
    assert (folder / OUTBOX_FILE).read_bytes() == b""


def flip(name: str, at: int) -> Callable[[Path], None]:
    def spoil(folder: Path) -> None:
        raw = bytearray((folder / name).read_bytes())
        raw[at] ^= 0x20
        (folder / name).write_bytes(bytes(raw))

    return spoil


def write(name: str, content: bytes) -> Callable[[Path], None]:
    return lambda folder: (folder / name).write_bytes(content) and None


DAMAGE: list[tuple[Callable[[Path], None], type[SantaError], str]] = [
    (write(LOG_FILE, b"{}\n"), LocalDamageError, "log.damaged"),
    (write(LOG_FILE, b"\n"), LocalDamageError, "log.damaged"),
    (write(LOG_FILE, bytes(100) + b"\n"), LocalDamageError, "log.damaged"),
    (flip(LOG_FILE, 3), LocalDamageError, "log.damaged"),
    (write(OUTBOX_FILE, b"{}\n"), LocalDamageError, "outbox.damaged"),
    (write(OUTBOX_FILE, b'{"post":{}}\n'), LocalDamageError, "outbox.damaged"),
    (write(OUTBOX_FILE, b'{"code":"x","refused":"AAAA"}\n'), LocalDamageError, "outbox.damaged"),
    (write(PROFILE_FILE, b""), LocalDamageError, "identity.damaged"),
    (write(PROFILE_FILE, b"[1]"), LocalDamageError, "identity.damaged"),
    (write(PROFILE_FILE, b'{"format":"sealed-santa/2/identity"}'), UndecidedError, "identity.newer"),
    (flip(PROFILE_FILE, 2), LocalDamageError, "identity.damaged"),
    (lambda folder: (folder / PROFILE_FILE).unlink(), LocalDamageError, "file.missing"),
    (lambda folder: (folder / SEED_FILE).unlink(), LocalDamageError, "file.missing"),
    (lambda folder: (folder / SEED_FILE).chmod(0o644), LocalDamageError, "file.open-to-others"),
    (lambda folder: (folder / LOG_FILE).chmod(0o644), LocalDamageError, "file.open-to-others"),
]


@pytest.mark.parametrize(("spoil", "kind", "code"), DAMAGE)
def test_damage_is_named_and_leaves_no_lock(
    tmp_path: Path, game: Simulator, spoil: Callable[[Path], None], kind: type[SantaError], code: str
) -> None:
    folder = make(tmp_path, game)
    with Identity(folder) as me:
        me.append(game.entries)
    spoil(folder)
    for _ in range(2):
        with pytest.raises(kind) as e:
            Identity(folder)
        assert e.value.code == code


def test_a_copied_identity_counts_as_restored_until_its_owner_confirms(tmp_path: Path, game: Simulator) -> None:
    folder = make(tmp_path, game)
    copy = tmp_path / "copy"
    shutil.copytree(folder, copy)
    with Identity(copy) as me:
        assert me.restored
    with Identity(copy) as me:
        assert me.restored
        me.confirm()
    with Identity(copy) as me:
        assert not me.restored
    with Identity(folder) as me:
        assert not me.restored


@pytest.mark.parametrize(("kept", "restored"), [(0, True), (1, True), (3, True), (4, False), (5, False)])
def test_a_player_whose_log_was_cut_counts_as_restored(
    tmp_path: Path, game: Simulator, kept: int, restored: bool
) -> None:
    """Its last post has seen the fourth entry: without that entry it could do the same again by another one."""
    folder = make(tmp_path, game)
    with Identity(folder) as me:
        me.append(game.entries[:5])
        me.put(game.entries[4].post)
    assert game.entries[4].post.body.seen == game.entries[3].hash
    (folder / LOG_FILE).write_bytes(encode_transcript(game.entries[:kept]) if kept else b"")
    with Identity(folder) as me:
        assert me.restored is restored
        if restored:
            me.confirm()
    with Identity(folder) as me:
        assert me.restored is restored  # until the log is whole again, it has to be confirmed each time
        me.append(game.entries[kept:5])
        me.confirm()
    with Identity(folder) as me:
        assert not me.restored


def test_attack_rollback_a_home_that_is_put_back_under_the_same_inode_counts_as_restored(
    tmp_path: Path, game: Simulator
) -> None:
    """A file system may give the copy the number of the file that was just deleted: the time of change tells."""
    folder = make(tmp_path, game)
    with Identity(folder) as me:
        assert not me.restored
    seed = folder / SEED_FILE
    before = seed.stat()
    os.chmod(seed, 0o600)  # changes nothing but the time of change, as a restored file with the old inode would have
    assert seed.stat().st_ino == before.st_ino
    with Identity(folder) as me:
        assert me.restored
        me.confirm()
    with Identity(folder) as me:
        assert not me.restored


def test_a_passphrase_is_asked_for(tmp_path: Path, game: Simulator) -> None:
    word = Passphrase(b"word", Cost(1, 8192))
    folder = make(tmp_path, game, passphrase=word)
    with pytest.raises(KeyMissingError) as e:
        Identity(folder)
    assert e.value.code == "passphrase.missing"
    with Identity(folder, word) as me:
        assert me.seed == SEED


def test_evidence_is_kept_in_folders_of_its_own(tmp_path: Path, game: Simulator) -> None:
    with Identity(make(tmp_path, game)) as me:
        places = [me.keep_evidence("fork.head", {"ours.json": b"1", "theirs.json": b"2"}) for _ in range(2)]
    assert len(set(places)) == 2
    assert (places[1] / "theirs.json").read_bytes() == b"2"


def test_a_forgotten_identity_is_gone(tmp_path: Path, game: Simulator) -> None:
    folder = make(tmp_path, game)
    Home(tmp_path).forget(folder)
    assert Home(tmp_path).folders() == ()
    with pytest.raises(UsageError) as e:
        Home(tmp_path).forget(folder)
    assert e.value.code == "identity.unknown"


def test_a_half_made_identity_is_not_listed(tmp_path: Path, game: Simulator) -> None:
    folder = make(tmp_path, game)
    (folder.parent / ".new-left-by-a-crash").mkdir()
    assert [p for p, _ in Home(tmp_path).identities()] == [folder]


def test_the_home_is_where_the_user_says() -> None:
    assert home_folder({"SANTA_HOME": "/some/where"}) == Path("/some/where")
    assert home_folder({}).name == "sealed-santa"
    assert home_folder({"SANTA_HOME": ""}).name == "sealed-santa"


def test_secrets_do_not_show(tmp_path: Path, game: Simulator) -> None:
    with Identity(make(tmp_path, game)) as me:
        assert "seed of" not in repr(me)


@pytest.mark.skipif(os.name == "nt", reason="modes of files")
@pytest.mark.parametrize("mode", [0o777, 0o775, 0o1777])
def test_attack_a_home_open_to_others_is_refused_with_a_hint(tmp_path: Path, game: Simulator, mode: int) -> None:
    folder = make(tmp_path / "home", game)
    for open_to_others in (tmp_path / "home", tmp_path / "home" / "identities"):
        open_to_others.chmod(mode)
        with pytest.raises(LocalDamageError) as e:
            Home(tmp_path / "home").open(folder)
        assert e.value.code == "file.open-to-others"
        assert e.value.hint == f"chmod 700 {open_to_others}"
        with pytest.raises(LocalDamageError) as e:
            make(tmp_path / "home", game, "Bob")
        assert e.value.code == "file.open-to-others"
        open_to_others.chmod(0o755)
    with Home(tmp_path / "home").open(folder) as me:
        assert me.seed == SEED
