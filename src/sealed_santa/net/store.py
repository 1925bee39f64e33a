"""What the server keeps: keys and logs, in one SQLite file that survives `kill -9`.

WAL with synchronous=FULL: a commit that returned is on the disk. One thread writes; whatever waits
for it when it comes round (up to 64 jobs) becomes one transaction, and each job is reported done
only after the commit. A dealer's seed is made with its game, if the mode has a dealer at all;
`secure_delete` overwrites it when it goes.

A folder belongs to one running server. A file that is foreign, damaged or newer is refused and
never changed. Whether the logs are right is not judged here (the server replays them).
"""

from __future__ import annotations

import queue
import sqlite3
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from sealed_santa.base.errors import YOU, LocalDamageError, SantaError, UndecidedError, UsageError
from sealed_santa.log.fields import Hash, SignKey
from sealed_santa.net.files import PRIVATE, Lock, create_private, make_private_folder

FILE: Final = "games.sqlite"
LOCK_FILE: Final = "lock"
APPLICATION_ID: Final = 0x53414E54  # "SANT"
USER_VERSION: Final = 2  # form 1 had a dealer's seed for every offer
GROUP: Final = 64  # jobs in one transaction
_MAGIC: Final = b"SQLite format 3\x00"

_SCHEMA: Final = f"""
PRAGMA application_id = {APPLICATION_ID};
PRAGMA user_version = {USER_VERSION};
CREATE TABLE games (
    game BLOB PRIMARY KEY CHECK (length(game) = 32),
    server_seed BLOB NOT NULL CHECK (length(server_seed) = 32),
    dealer_seed BLOB CHECK (length(dealer_seed) = 32),
    over INTEGER NOT NULL DEFAULT 0 CHECK (over IN (0, 1))
) STRICT, WITHOUT ROWID;
CREATE TABLE entries (
    game BLOB NOT NULL REFERENCES games (game),
    seq INTEGER NOT NULL CHECK (seq >= 0),
    raw BLOB NOT NULL,
    PRIMARY KEY (game, seq)
) STRICT;
"""
_OFFERS: Final = """
CREATE TABLE offers (
    key BLOB PRIMARY KEY CHECK (length(key) = 32),
    server_seed BLOB NOT NULL CHECK (length(server_seed) = 32),
    at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
"""
_UPGRADE: Final = f"BEGIN; DROP TABLE offers; {_OFFERS} PRAGMA user_version = {USER_VERSION}; COMMIT;"


@dataclass(frozen=True, slots=True)
class Offered:
    """A key that was promised for a game which does not exist yet; the seed is secret."""

    key: SignKey
    server_seed: bytes = field(repr=False)
    at: int


@dataclass(frozen=True, slots=True)
class StoredGame:
    """A game and its keys; the seeds are secret. A dealer's is gone once the game is over; a blind game has none."""

    game: Hash
    server_seed: bytes = field(repr=False)
    dealer_seed: bytes | None = field(repr=False)
    over: bool


Job = Callable[[sqlite3.Connection], None]


class Store:
    """The open database; `close` lets go of the folder."""

    def __init__(self, folder: Path) -> None:
        """Open or make the database of a folder, and keep other servers away from it.

        Raises:
            UsageError: `store.in-use`.
            LocalDamageError: `store.foreign`, `store.damaged`, `file.*`.
            UndecidedError: `store.newer`.
        """
        make_private_folder(folder)
        self._path = folder / FILE
        self._lock = Lock(folder / LOCK_FILE, lambda: _in_use(folder))
        try:
            self._writer_connection = _open(self._path)
            self._reader = _connect(self._path)
        except BaseException:
            self._lock.close()
            raise
        self._reading = threading.Lock()
        self._wipe = False  # whether the write-ahead log holds a page that must go
        self._jobs: queue.SimpleQueue[tuple[Job, Future[None]] | None] = queue.SimpleQueue()
        self._writer = threading.Thread(target=self._write, name="store", daemon=True)
        self._writer.start()

    def close(self) -> None:
        """Finish what was asked for, then let go of the file and the folder."""
        self._jobs.put(None)
        self._writer.join()
        self._reader.close()
        self._writer_connection.close()
        self._lock.close()

    # reading

    def games(self) -> tuple[StoredGame, ...]:
        """Return all games."""
        rows = self._rows("SELECT game, server_seed, dealer_seed, over FROM games")
        return tuple(StoredGame(Hash(g), s, d, bool(over)) for g, s, d, over in rows)

    def game(self, game: Hash) -> StoredGame | None:
        """Return one game, if it is here."""
        rows = self._rows("SELECT game, server_seed, dealer_seed, over FROM games WHERE game = ?", game)
        return next((StoredGame(Hash(g), s, d, bool(over)) for g, s, d, over in rows), None)

    def entries(self, game: Hash) -> tuple[bytes, ...]:
        """Return the entries of a game, in order.

        Raises:
            LocalDamageError: `store.damaged`, also where one is missing in between.
        """
        rows = self._rows("SELECT seq, raw FROM entries WHERE game = ? ORDER BY seq", game)
        if [seq for seq, _ in rows] != list(range(len(rows))):
            raise _damaged(self._path, "entries are missing")
        return tuple(raw for _, raw in rows)

    def offer(self, key: SignKey) -> Offered | None:
        """Return the offer of this key, if it stands."""
        rows = self._rows("SELECT key, server_seed, at FROM offers WHERE key = ?", key)
        return next((Offered(SignKey(k), s, at) for k, s, at in rows), None)

    def offer_count(self) -> int:
        """Return how many offers stand."""
        return int(self._rows("SELECT count(*) FROM offers")[0][0])

    # writing: each returns at once; the future is done after the commit

    def add_offer(self, offer: Offered) -> Future[None]:
        """Keep an offer."""
        row = (bytes(offer.key), offer.server_seed, offer.at)
        return self._do(lambda db: _run(db, "INSERT INTO offers VALUES (?, ?, ?)", row))

    def drop_offer(self, key: SignKey) -> Future[None]:
        """Forget an offer."""
        return self._do(lambda db: _run(db, "DELETE FROM offers WHERE key = ?", (bytes(key),)))

    def drop_offers(self, before: int) -> Future[None]:
        """Forget the offers made before a time (milliseconds)."""
        return self._do(lambda db: _run(db, "DELETE FROM offers WHERE at < ?", (before,)))

    def add_game(self, game: Hash, offer: Offered, first: bytes, dealer_seed: bytes | None) -> Future[None]:
        """Turn an offer into a game with its first entry, and its dealer's seed if it has a dealer."""

        def job(db: sqlite3.Connection) -> None:
            _run(db, "DELETE FROM offers WHERE key = ?", (bytes(offer.key),))
            _run(db, "INSERT INTO games VALUES (?, ?, ?, 0)", (bytes(game), offer.server_seed, dealer_seed))
            _run(db, "INSERT INTO entries VALUES (?, 0, ?)", (bytes(game), first))

        return self._do(job)

    def append(self, game: Hash, first: int, raws: Iterable[bytes]) -> Future[None]:
        """Add entries to a log, the first of them with the number `first`: all or none."""
        rows = [(bytes(game), seq, raw) for seq, raw in enumerate(raws, start=first)]

        def job(db: sqlite3.Connection) -> None:
            db.executemany("INSERT INTO entries VALUES (?, ?, ?)", rows)

        return self._do(job)

    def end_game(self, game: Hash) -> Future[None]:
        """Mark a game as over and delete the dealer's seed for good."""

        def job(db: sqlite3.Connection) -> None:
            _run(db, "UPDATE games SET over = 1, dealer_seed = NULL WHERE game = ?", (bytes(game),))
            self._wipe = True

        return self._do(job)

    def _rows(self, sql: str, *values: bytes) -> list[tuple]:  # type: ignore[type-arg]
        try:
            with self._reading:
                return self._reader.execute(sql, [bytes(v) for v in values]).fetchall()
        except sqlite3.Error as e:
            raise _damaged(self._path, str(e)) from e

    def _do(self, job: Job) -> Future[None]:
        done: Future[None] = Future()
        self._jobs.put((job, done))
        return done

    def _write(self) -> None:
        """Run the writing thread: gather, commit, report."""
        ended = False
        while not ended:
            group = [self._jobs.get()]
            while len(group) < GROUP and not self._jobs.empty():
                group.append(self._jobs.get())
            ended = None in group
            # A job that nobody waits for any more is left out; one that has begun cannot be cancelled.
            self._commit([item for item in group if item is not None and item[1].set_running_or_notify_cancel()])

    def _commit(self, group: list[tuple[Job, Future[None]]]) -> None:
        db = self._writer_connection
        outcomes: list[tuple[Future[None], Exception | None]] = []
        try:
            db.execute("BEGIN IMMEDIATE")
            for job, done in group:
                outcomes.append((done, _attempt(db, job)))
            db.execute("COMMIT")
            if self._wipe:
                db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
                self._wipe = False
        except sqlite3.Error as e:
            if db.in_transaction:
                db.execute("ROLLBACK")
            outcomes = [(done, e) for _, done in group]
        for done, error in outcomes:
            if error is None:
                done.set_result(None)
            else:
                failure = LocalDamageError("store.unwritable", f"cannot write {self._path}: {error}", blame=YOU)
                failure.__cause__ = error
                done.set_exception(failure)


def _attempt(db: sqlite3.Connection, job: Job) -> Exception | None:
    """Run one job of a group; if it fails the others stand."""
    db.execute("SAVEPOINT job")
    try:
        job(db)
    except sqlite3.IntegrityError as e:
        db.execute("ROLLBACK TO job")
        return e
    finally:
        db.execute("RELEASE job")
    return None


def _run(db: sqlite3.Connection, sql: str, values: tuple[object, ...]) -> None:
    db.execute(sql, values)


def _connect(path: Path) -> sqlite3.Connection:
    db = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=10)
    db.executescript("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;")
    db.execute("PRAGMA secure_delete = ON").fetchall()
    return db


def _open(path: Path) -> sqlite3.Connection:
    if not path.exists():
        _create(path)
    try:
        with path.open("rb") as file:
            head = file.read(len(_MAGIC))
        if head != _MAGIC:
            raise LocalDamageError(
                "store.foreign", f"{path} is not a database of sealed-santa (or is empty)", blame=YOU,
                hint="give another folder with --data",
            )  # fmt: skip
        return _check(path)
    except OSError as e:
        raise LocalDamageError("file.unreadable", f"cannot read {path}: {e.strerror}", blame=YOU) from e
    except sqlite3.Error as e:
        raise _damaged(path, str(e)) from e


def _check(path: Path) -> sqlite3.Connection:
    """Look before the first change: a read-only connection judges what the file is."""
    with path.open("r+b"):
        pass  # says now, and clearly, if we may not write it
    look = sqlite3.connect(path, isolation_level=None, timeout=10)
    try:
        owner = look.execute("PRAGMA application_id").fetchone()[0]
        version = look.execute("PRAGMA user_version").fetchone()[0]
        if owner != APPLICATION_ID:
            raise LocalDamageError(
                "store.foreign", f"{path} is the database of another program", blame=YOU,
                hint="give another folder with --data",
            )  # fmt: skip
        if version > USER_VERSION:
            raise UndecidedError(
                "store.newer", f"{path} was written by a newer sealed-santa (form {version})", blame=YOU,
                hint="use the newer version",
            )  # fmt: skip
        if not 1 <= version <= USER_VERSION:
            raise _damaged(path, f"unknown form {version}")
        verdict = look.execute("PRAGMA quick_check(1)").fetchone()[0]
        if verdict != "ok":
            raise _damaged(path, verdict)
        tables = {row[0] for row in look.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        if tables != {"games", "entries", "offers"}:
            raise _damaged(path, "its tables are not those of a server")
    finally:
        look.close()
    db = _connect(path)
    if version < USER_VERSION:  # offers live for an hour; who waits for one makes the game anew
        db.executescript(_UPGRADE)
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    return db


def _create(path: Path) -> None:
    """Make the database aside and give it its name when it is whole; so an empty file is never ours."""
    aside = path.with_name(path.name + ".new")
    aside.unlink(missing_ok=True)  # of a start that was killed; the folder's lock is ours
    create_private(aside, b"")
    aside.chmod(PRIVATE)
    try:
        db = sqlite3.connect(aside, isolation_level=None)
        try:
            db.executescript("PRAGMA synchronous = FULL; BEGIN;" + _SCHEMA + _OFFERS + "COMMIT;")
        finally:
            db.close()
        aside.rename(path)
    except (OSError, sqlite3.Error) as e:
        raise LocalDamageError("file.unwritable", f"cannot make {path}: {e}", blame=YOU) from e


def _in_use(folder: Path) -> UsageError:
    return UsageError(
        "store.in-use", f"another server is running on {folder}", blame=YOU, hint="stop it, or give another --data"
    )


def _damaged(path: Path, why: str) -> SantaError:
    return LocalDamageError(
        "store.damaged", f"{path} is damaged: {why}", blame=YOU,
        hint="keep the file as it is and start from a copy; clients notice a log that became shorter",
    )  # fmt: skip
