"""The store: durable in groups, one server a folder, and no file of somebody else's is touched."""

import os
import sqlite3
import stat
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from sealed_santa.base.errors import LocalDamageError, SantaError, UndecidedError, UsageError
from sealed_santa.log.fields import Hash, SignKey
from sealed_santa.net.store import FILE, USER_VERSION, Offered, Store

GAME = Hash(b"g" * 32)
OFFER = Offered(SignKey(b"k" * 32), b"s" * 32, 1000)
DEALER = b"dealer-seed-" + b"d" * 20


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = Store(tmp_path)
    yield store
    store.close()


def with_game(store: Store) -> None:
    store.add_offer(OFFER).result()
    store.add_game(GAME, OFFER, b"first", DEALER).result()


def test_what_was_committed_is_there_after_a_restart(tmp_path: Path) -> None:
    store = Store(tmp_path)
    with_game(store)
    store.append(GAME, 1, [b"second", b"third"]).result()
    store.close()
    again = Store(tmp_path)
    assert again.entries(GAME) == (b"first", b"second", b"third")
    assert again.games()[0].dealer_seed == DEALER
    assert again.offer(OFFER.key) is None
    again.close()


def test_files_are_for_their_owner_alone(store: Store, tmp_path: Path) -> None:
    with_game(store)
    modes = {stat.S_IMODE(p.stat().st_mode) for p in tmp_path.iterdir()}
    assert modes == {0o600}


def test_a_second_entry_of_one_number_is_refused_and_the_rest_of_the_group_stands(store: Store) -> None:
    with_game(store)
    good = store.append(GAME, 1, [b"second"])
    bad = store.append(GAME, 1, [b"other"])
    after = store.append(GAME, 2, [b"third"])
    assert good.result() is None
    with pytest.raises(LocalDamageError) as e:
        bad.result()
    assert e.value.code == "store.unwritable"
    assert after.result() is None
    assert store.entries(GAME) == (b"first", b"second", b"third")


def test_half_a_batch_is_never_kept(store: Store) -> None:
    with_game(store)
    store.append(GAME, 2, [b"x"]).result()
    with pytest.raises(LocalDamageError):
        store.append(GAME, 1, [b"one", b"collides"]).result()
    with pytest.raises(LocalDamageError) as e:  # 1 is missing between 0 and 2
        store.entries(GAME)
    assert e.value.code == "store.damaged"


def test_the_seed_of_the_dealer_is_gone_from_the_disk_when_a_game_ends(store: Store, tmp_path: Path) -> None:
    with_game(store)
    held = b"".join(p.read_bytes() for p in tmp_path.iterdir())
    assert DEALER in held
    store.end_game(GAME).result()
    assert store.games()[0].dealer_seed is None
    assert store.games()[0].over
    assert DEALER not in b"".join(p.read_bytes() for p in tmp_path.iterdir())


def test_a_game_without_a_dealer_has_no_seed_of_one(store: Store) -> None:
    store.add_offer(OFFER).result()
    store.add_game(GAME, OFFER, b"first", None).result()
    assert store.games()[0].dealer_seed is None
    assert not store.games()[0].over


def test_a_file_of_the_first_form_is_taken_over_without_the_seeds_in_its_offers(tmp_path: Path) -> None:
    filled(tmp_path / FILE)
    db = sqlite3.connect(tmp_path / FILE)
    db.executescript(
        "DROP TABLE offers; CREATE TABLE offers (key BLOB PRIMARY KEY, server_seed BLOB NOT NULL, dealer_seed BLOB"
        " NOT NULL, at INTEGER NOT NULL) STRICT, WITHOUT ROWID; PRAGMA user_version = 1;"
    )
    db.execute("INSERT INTO offers VALUES (?, ?, ?, 1)", (b"o" * 32, b"p" * 32, b"seed of an offer".ljust(32, b"!")))
    db.commit()
    db.close()
    for _ in range(2):
        store = Store(tmp_path)
        assert store.offer_count() == 0
        assert len(store.entries(GAME)) == 51
        assert store.games()[0].dealer_seed == DEALER
        store.close()
    assert b"seed of an offer" not in b"".join(p.read_bytes() for p in tmp_path.iterdir())


def test_old_offers_are_forgotten(store: Store) -> None:
    store.add_offer(OFFER).result()
    store.drop_offers(1000).result()
    assert store.offer_count() == 1
    store.drop_offers(1001).result()
    assert store.offer_count() == 0


def test_a_second_server_on_the_folder_is_refused(store: Store, tmp_path: Path) -> None:
    with pytest.raises(UsageError) as e:
        Store(tmp_path)
    assert e.value.code == "store.in-use"
    assert store.games() == ()


def foreign_application(path: Path) -> None:
    db = sqlite3.connect(path)
    db.executescript("PRAGMA application_id = 7; PRAGMA user_version = 1; CREATE TABLE games (x);")
    db.close()


def newer(path: Path) -> None:
    Store(path.parent).close()
    db = sqlite3.connect(path)
    db.executescript(f"PRAGMA user_version = {USER_VERSION + 1};")
    db.close()


def other_tables(path: Path) -> None:
    Store(path.parent).close()
    db = sqlite3.connect(path)
    db.executescript("CREATE TABLE more (x);")
    db.close()


def filled(path: Path) -> bytes:
    store = Store(path.parent)
    with_game(store)
    store.append(GAME, 1, [os.urandom(3000) for _ in range(50)]).result()
    store.close()
    return path.read_bytes()


def truncated(path: Path) -> None:
    raw = filled(path)
    path.write_bytes(raw[: len(raw) // 2])


def overwritten(path: Path) -> None:
    raw = bytearray(filled(path))
    raw[4096:12288] = b"\xff" * 8192
    path.write_bytes(bytes(raw))


CASES: list[tuple[Callable[[Path], object], type[SantaError], str]] = [
    (lambda p: p.write_bytes(b""), LocalDamageError, "store.foreign"),
    (lambda p: p.write_bytes(b"not a database, but long enough to be read"), LocalDamageError, "store.foreign"),
    (foreign_application, LocalDamageError, "store.foreign"),
    (newer, UndecidedError, "store.newer"),
    (other_tables, LocalDamageError, "store.damaged"),
    (truncated, LocalDamageError, "store.damaged"),
    (overwritten, LocalDamageError, "store.damaged"),
    (lambda p: p.write_bytes(b"SQLite format 3\x00" + bytes(84)), LocalDamageError, "store.damaged"),
]


@pytest.mark.parametrize(("spoil", "kind", "code"), CASES)
def test_a_file_that_is_not_ours_or_not_whole_is_refused_and_left_alone(
    tmp_path: Path, spoil: Callable[[Path], object], kind: type[SantaError], code: str
) -> None:
    path = tmp_path / FILE
    spoil(path)
    before = path.read_bytes()
    for _ in range(2):  # the first refusal must not leave a lock behind
        with pytest.raises(kind) as e:
            Store(tmp_path)
        assert e.value.code == code
    assert path.read_bytes() == before


def test_jobs_that_were_given_up_do_not_hurt_the_others(store: Store) -> None:
    with_game(store)
    jobs = [store.append(GAME, seq, [b"x"]) for seq in range(1, 40)]
    given_up = [job for job in jobs if job.cancel()]
    store.add_offer(OFFER).result(timeout=5)
    assert all(job.done() for job in jobs)
    rows = store._rows("SELECT count(*) FROM entries")
    assert rows[0][0] == 1 + len(jobs) - len(given_up)
