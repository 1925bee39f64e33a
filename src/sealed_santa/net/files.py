"""Files that must survive a crash: exclusive, private, atomic, durable; and locks between processes.

Used by the server's store and the client's home. A file that holds a secret is created with mode
0600 and refused if others may read it. What is written here is on the disk when the call returns.
"""

from __future__ import annotations

import os
import stat
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Final

from sealed_santa.base.errors import YOU, LocalDamageError, UsageError

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

PRIVATE: Final = 0o600
_POLL: Final = 0.05  # seconds between two tries to take a lock


def make_private_folder(path: Path) -> None:
    """Create a folder, and those above it, for its owner alone; an existing one is left as it is.

    Raises:
        LocalDamageError: `file.unwritable`.
    """
    try:
        for folder in reversed([path, *path.parents]):
            folder.mkdir(mode=0o700, exist_ok=True)
    except OSError as e:
        raise LocalDamageError("file.unwritable", f"cannot make the folder {path}: {e.strerror}", blame=YOU) from e


def sync_folder(path: Path) -> None:
    """Make the names in a folder durable, where the system can."""
    if sys.platform == "win32":
        return
    fd = os.open(path, os.O_RDONLY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def _write_temporary(path: Path, data: bytes) -> Path:
    fd, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)  # mkstemp gives mode 0600
    try:
        with os.fdopen(fd, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    return Path(name)


def create_private(path: Path, data: bytes) -> None:
    """Create a file of mode 0600 with this content, whole or not at all; never overwrites.

    Raises:
        UsageError: `file.exists`.
        LocalDamageError: `file.unwritable`.
    """
    try:
        temporary = _write_temporary(path, data)
        try:
            os.link(temporary, path)  # unlike a rename, this fails if the name is taken
        finally:
            temporary.unlink(missing_ok=True)
        sync_folder(path.parent)
    except FileExistsError as e:
        raise UsageError("file.exists", f"{path} exists already and is not overwritten", blame=YOU) from e
    except OSError as e:
        raise LocalDamageError("file.unwritable", f"cannot write {path}: {e.strerror}", blame=YOU) from e


def replace_private(path: Path, data: bytes) -> None:
    """Put a new content in a file at once: whoever reads it sees the old or the new one, whole.

    Raises:
        LocalDamageError: `file.unwritable`.
    """
    try:
        os.replace(_write_temporary(path, data), path)
        sync_folder(path.parent)
    except OSError as e:
        raise LocalDamageError("file.unwritable", f"cannot write {path}: {e.strerror}", blame=YOU) from e


def file_mark(path: Path) -> str:
    """Return what changes when a file is copied, put back or replaced: its inode and its time of change.

    The inode alone does not do: a file system may give a copy the number of a file that was just deleted.

    Raises:
        LocalDamageError: `file.unreadable`.
    """
    try:
        status = path.stat()
    except OSError as e:
        raise LocalDamageError("file.unreadable", f"cannot read {path}: {e.strerror}", blame=YOU) from e
    return f"{status.st_ino}:{status.st_ctime_ns}"


def read_private(path: Path, limit: int) -> bytes:
    """Return the content of a file that holds a secret.

    Raises:
        LocalDamageError: `file.missing`, `file.unreadable`, `file.too-large`, `file.open-to-others`
            (others may read or write it).
    """
    try:
        with path.open("rb") as file:
            mode = os.fstat(file.fileno()).st_mode
            data = file.read(limit + 1)
    except FileNotFoundError as e:
        raise LocalDamageError("file.missing", f"{path} is not there", blame=YOU) from e
    except OSError as e:
        raise LocalDamageError("file.unreadable", f"cannot read {path}: {e.strerror}", blame=YOU) from e
    if sys.platform != "win32" and stat.S_IMODE(mode) & 0o077:
        raise LocalDamageError(
            "file.open-to-others",
            f"{path} holds a secret, and others may read or change it (mode {stat.S_IMODE(mode):04o})",
            blame=YOU,
            hint=f"chmod 600 {path}",
        )
    if len(data) > limit:
        raise LocalDamageError("file.too-large", f"{path} has more than {limit} bytes", blame=YOU)
    return data


class Appender:
    """A private file that only grows; `sync` makes durable what was appended."""

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            self._fd = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, PRIVATE)
            sync_folder(path.parent)
        except OSError as e:
            raise LocalDamageError("file.unwritable", f"cannot write {path}: {e.strerror}", blame=YOU) from e
        self._dirty = False

    def append(self, data: bytes) -> None:
        """Write bytes at the end, all of them.

        Raises:
            LocalDamageError: `file.unwritable`; how much was written is unknown.
        """
        self._dirty = True
        try:
            view = memoryview(data)
            while view:
                view = view[os.write(self._fd, view) :]
        except OSError as e:
            raise LocalDamageError("file.unwritable", f"cannot write {self._path}: {e.strerror}", blame=YOU) from e

    def sync(self) -> None:
        """Return once everything that was appended is on the disk.

        Raises:
            LocalDamageError: `file.unwritable`.
        """
        if not self._dirty:
            return
        try:
            os.fsync(self._fd)
        except OSError as e:
            raise LocalDamageError("file.unwritable", f"cannot write {self._path}: {e.strerror}", blame=YOU) from e
        self._dirty = False

    def cut(self, length: int) -> None:
        """Cut the file to its first `length` bytes, durably."""
        os.ftruncate(self._fd, length)
        os.fsync(self._fd)

    def close(self) -> None:
        """Make everything durable and let go of the file."""
        try:
            self.sync()
        finally:
            os.close(self._fd)


class Lock:
    """Keeps other processes (and other locks of this one) away until it is closed or the process ends."""

    def __init__(self, path: Path, busy: Callable[[], UsageError], *, wait: float = 0.0) -> None:
        """Take the lock on a file, trying for `wait` seconds.

        Raises:
            UsageError: what `busy` makes, if another holds it to the end.
            LocalDamageError: `file.unwritable`.
        """
        try:
            self._fd = os.open(path, os.O_RDWR | os.O_CREAT, PRIVATE)
        except OSError as e:
            raise LocalDamageError("file.unwritable", f"cannot write {path}: {e.strerror}", blame=YOU) from e
        until = time.monotonic() + wait
        while not _try_lock(self._fd):
            if time.monotonic() >= until:
                os.close(self._fd)
                raise busy()
            time.sleep(_POLL)

    def close(self) -> None:
        """Let others in."""
        os.close(self._fd)

    def __enter__(self) -> Lock:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _try_lock(fd: int) -> bool:
    try:
        if sys.platform == "win32":
            msvcrt.locking(fd, msvcrt.LK_NBLCK, 1)
        else:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
