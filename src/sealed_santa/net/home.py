"""The client's home: one folder an identity, an identity for each person and game.

    HOME/identities/<game>-<who>/   seed  identity.json  log.jsonl  outbox.jsonl  evidence/  lock

`HOME` is the folder named by SANTA_HOME, or the usual place for a user's data. A new identity is
made aside and moved in place when it is whole and durable.
"""

from __future__ import annotations

import hashlib
import shutil
import stat
import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

import msgspec
import platformdirs

from sealed_santa.base.errors import YOU, LocalDamageError, UsageError
from sealed_santa.log.entry import SignedPost
from sealed_santa.log.fields import Hash
from sealed_santa.net.files import Lock, create_private, file_mark, make_private_folder, sync_folder
from sealed_santa.net.identity import (
    LOCK_FILE,
    LOG_FILE,
    OUTBOX_FILE,
    PROFILE_FILE,
    SEED_FILE,
    Identity,
    Profile,
    encode_profile,
    in_use,
    read_profile,
)
from sealed_santa.net.keyfile import Passphrase, shred_seed, write_seed

VARIABLE: Final = "SANTA_HOME"

Entropy = Callable[[int], bytes]


def home_folder(environment: Mapping[str, str]) -> Path:
    """Return where identities live for this user."""
    named = environment.get(VARIABLE)
    return Path(named) if named else platformdirs.user_data_path("sealed-santa", appauthor=False)


class Home:
    """All identities of one user."""

    def __init__(self, root: Path) -> None:
        self.root: Final = root
        self._shelf: Final = root / "identities"

    def folder(self, game: Hash, role: str, name: str) -> Path:
        """Return the folder of an identity, whether it exists or not."""
        who = hashlib.sha256(f"{role}\n{name}".encode()).hexdigest()[:8]
        return self._shelf / f"{game.hex()[:16]}-{who}"

    def create(
        self,
        profile: Profile,
        seed: bytes,
        entropy: Entropy,
        *,
        passphrase: Passphrase | None = None,
        outbox: tuple[SignedPost, ...] = (),
    ) -> Path:
        """Make an identity with a fresh seed and perhaps a post that is to be sent first; return its folder.

        Raises:
            UsageError: `identity.exists`.
            LocalDamageError: `file.unwritable`, `file.open-to-others`.
        """
        make_private_folder(self._shelf)
        self._check_folders()
        place = self.folder(profile.game, profile.role, profile.name)
        if place.exists():
            raise _exists(place)
        aside = Path(tempfile.mkdtemp(prefix=".new-", dir=self._shelf))
        try:
            write_seed(aside / SEED_FILE, seed, entropy, passphrase)
            noted = msgspec.structs.replace(profile, seed_mark=file_mark(aside / SEED_FILE))
            create_private(aside / PROFILE_FILE, encode_profile(noted))
            create_private(aside / LOG_FILE, b"")
            create_private(aside / OUTBOX_FILE, b"".join(b'{"post":' + post.raw + b"}\n" for post in outbox))
            try:
                aside.rename(place)  # fails if another process was faster: the folder is not empty
            except OSError as e:
                raise _exists(place) from e
            sync_folder(self._shelf)
        finally:
            shutil.rmtree(aside, ignore_errors=True)
        return place

    def folders(self) -> tuple[Path, ...]:
        """Return the folders of all identities, sorted by name."""
        if not self._shelf.exists():
            return ()
        try:
            return tuple(sorted(p for p in self._shelf.iterdir() if p.is_dir() and not p.name.startswith(".new-")))
        except OSError as e:
            raise LocalDamageError("file.unreadable", f"cannot read {self._shelf}: {e.strerror}", blame=YOU) from e

    def identities(self) -> tuple[tuple[Path, Profile], ...]:
        """Return all identities, without opening them.

        Raises:
            LocalDamageError: `identity.damaged`, `file.*`.
            UndecidedError: `identity.newer`.
        """
        return tuple((folder, read_profile(folder)) for folder in self.folders())

    def open(self, folder: Path, passphrase: Passphrase | None = None, *, wait: float = 0.0) -> Identity:
        """Open an identity.

        Raises:
            LocalDamageError: `file.open-to-others`: others could put files of theirs in the place of ours.
            SantaError: as `Identity`.
        """
        self._check_folders()
        return Identity(folder, passphrase, wait=wait)

    def _check_folders(self) -> None:
        for folder in (self.root, self._shelf):
            if sys.platform == "win32" or not folder.exists():
                continue
            mode = stat.S_IMODE(folder.stat().st_mode)
            if mode & 0o022:
                raise LocalDamageError(
                    "file.open-to-others", f"{folder} holds secrets, and others may change it (mode {mode:04o})",
                    blame=YOU, hint=f"chmod 700 {folder}",
                )  # fmt: skip

    def forget(self, folder: Path) -> None:
        """Delete an identity with its seed, for good.

        Raises:
            UsageError: `identity.in-use`, or `identity.unknown` if it is not one of this home.
        """
        if folder not in self.folders():
            raise UsageError("identity.unknown", f"{folder} is no identity of this home", blame=YOU)
        with Lock(folder / LOCK_FILE, lambda: in_use(folder)):
            shred_seed(folder / SEED_FILE)
            shutil.rmtree(folder)
            sync_folder(self._shelf)


def _exists(place: Path) -> UsageError:
    return UsageError(
        "identity.exists", "there is an identity of this name for this game already", blame=YOU,
        hint=f"it is in {place}; go on with it, or take another name",
    )  # fmt: skip
