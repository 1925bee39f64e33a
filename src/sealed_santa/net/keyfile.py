"""The seed of a party on disk: one small file, 0600, written once, never overwritten.

Two forms, told apart by `kind`: `plain`, and `passphrase` (Argon2id, see `crypto/keyfile_box.py`).
The file is JSON with exactly these fields; bytes are unpadded base64url.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import msgspec

from sealed_santa.base.canon import b64, unb64
from sealed_santa.base.errors import YOU, KeyMissingError, LocalDamageError, ParseError, UndecidedError
from sealed_santa.crypto.keyfile_box import NONCE_SIZE, SALT_SIZE, Cost, LockedSeed, lock_seed, open_seed
from sealed_santa.net.files import create_private, read_private, sync_folder

FORMAT: Final = "sealed-santa/1/seed-file"
SEED_SIZE: Final = 32
_MAX: Final = 4096  # bytes of a key file

Entropy = Callable[[int], bytes]


class _Plain(msgspec.Struct, tag_field="kind", tag="plain", forbid_unknown_fields=True, kw_only=True):
    format: str
    seed: str


class _Locked(msgspec.Struct, tag_field="kind", tag="passphrase", forbid_unknown_fields=True, kw_only=True):
    format: str
    ops: int
    memory: int
    salt: str
    box: str


class _Peek(msgspec.Struct):
    format: str


_File = _Plain | _Locked
_decoder: Final = msgspec.json.Decoder(_File)
_peek: Final = msgspec.json.Decoder(_Peek)


@dataclass(frozen=True, slots=True, repr=False)
class Passphrase:
    """What somebody typed or keeps in a file; secret."""

    raw: bytes
    cost: Cost = field(default_factory=Cost)

    def __repr__(self) -> str:
        return "Passphrase(<secret>)"


def write_seed(path: Path, seed: bytes, entropy: Entropy, passphrase: Passphrase | None = None) -> None:
    """Create the key file of a seed of 32 bytes.

    Raises:
        UsageError: `file.exists`.
        LocalDamageError: `file.unwritable`.
    """
    if passphrase is None:
        content: _File = _Plain(format=FORMAT, seed=b64(seed))
    else:
        locked = lock_seed(seed, passphrase.raw, entropy(SALT_SIZE), entropy(NONCE_SIZE), passphrase.cost)
        content = _Locked(
            format=FORMAT, ops=locked.cost.ops, memory=locked.cost.memory, salt=b64(locked.salt), box=b64(locked.box)
        )
    create_private(path, msgspec.json.encode(content) + b"\n")


def shred_seed(path: Path) -> None:
    """Overwrite and delete a key file, if it is there. A try: a file system may keep what was there."""
    if path.exists():
        with path.open("r+b") as file:
            file.write(bytes(os.fstat(file.fileno()).st_size))
            os.fsync(file.fileno())
        path.unlink()
        sync_folder(path.parent)


def needs_passphrase(path: Path) -> bool:
    """Tell whether a key file is locked; raises as `read_seed`, except for the passphrase."""
    return isinstance(_read(path), _Locked)


def read_seed(path: Path, passphrase: Passphrase | None = None) -> bytes:
    """Return the seed in a key file; secret.

    Raises:
        KeyMissingError: `passphrase.missing`, `passphrase.wrong`.
        LocalDamageError: `file.*`, `key.damaged`.
        UndecidedError: `key.newer`.
    """
    content = _read(path)
    try:
        if isinstance(content, _Plain):
            seed = unb64(content.seed)
        elif passphrase is None:
            raise KeyMissingError(
                "passphrase.missing", f"{path} is locked with a passphrase", blame=YOU, hint="give the passphrase"
            )
        else:
            cost = Cost(content.ops, content.memory)
            seed = open_seed(LockedSeed(cost, unb64(content.salt), unb64(content.box)), passphrase.raw)
    except ParseError as e:
        raise _damaged(path) from e
    if len(seed) != SEED_SIZE:
        raise _damaged(path)
    return seed


def _read(path: Path) -> _File:
    raw = read_private(path, _MAX)
    try:
        head = _peek.decode(raw)
        if head.format != FORMAT:
            if head.format.startswith("sealed-santa/"):
                raise UndecidedError("key.newer", f"{path} was written by another version of sealed-santa", blame=YOU)
            raise _damaged(path)
        content: _File = _decoder.decode(raw)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as e:
        raise _damaged(path) from e
    return content


def _damaged(path: Path) -> LocalDamageError:
    return LocalDamageError("key.damaged", f"{path} is not a key file, or is damaged", blame=YOU)
