"""A seed under a passphrase: Argon2id (RFC 9106) and XSalsa20-Poly1305 (NaCl's secretbox).

For files that never leave their machine, so not part of docs/protocol.md. Randomness is an argument.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from nacl.exceptions import CryptoError
from nacl.pwhash import argon2id
from nacl.secret import SecretBox

from sealed_santa.base.errors import YOU, KeyMissingError, LocalDamageError

SALT_SIZE: Final = argon2id.SALTBYTES  # 16
NONCE_SIZE: Final = SecretBox.NONCE_SIZE  # 24
MAX_OPS: Final = 16
MAX_MEMORY: Final = 1 << 30  # bytes


@dataclass(frozen=True, slots=True)
class Cost:
    """How hard a passphrase is to try: passes and bytes of memory."""

    ops: int = argon2id.OPSLIMIT_MODERATE
    memory: int = argon2id.MEMLIMIT_MODERATE


@dataclass(frozen=True, slots=True)
class LockedSeed:
    """A seed that only its passphrase opens."""

    cost: Cost
    salt: bytes
    box: bytes = field(repr=False)  # nonce and ciphertext


def lock_seed(seed: bytes, passphrase: bytes, salt: bytes, nonce: bytes, cost: Cost | None = None) -> LockedSeed:
    """Lock a seed of 32 bytes; `salt` (16 bytes) and `nonce` (24 bytes) are fresh randomness."""
    cost = Cost() if cost is None else cost
    return LockedSeed(cost, salt, bytes(_box(passphrase, salt, cost).encrypt(seed, nonce)))


def open_seed(locked: LockedSeed, passphrase: bytes) -> bytes:
    """Return the seed; secret.

    Raises:
        KeyMissingError: `passphrase.wrong` (or the file was changed; nobody can tell these apart).
        LocalDamageError: `key.damaged`: lengths or costs that no program of ours writes.
    """
    cost = locked.cost
    sane = (
        len(locked.salt) == SALT_SIZE
        and argon2id.OPSLIMIT_MIN <= cost.ops <= MAX_OPS
        and argon2id.MEMLIMIT_MIN <= cost.memory <= MAX_MEMORY
        and len(locked.box) == NONCE_SIZE + SecretBox.MACBYTES + 32
    )
    if not sane:
        raise LocalDamageError("key.damaged", "the key file has values that no key file has", blame=YOU)
    try:
        return bytes(_box(passphrase, locked.salt, cost).decrypt(locked.box))
    except CryptoError as e:
        raise KeyMissingError("passphrase.wrong", "this passphrase does not open the key file", blame=YOU) from e


def _box(passphrase: bytes, salt: bytes, cost: Cost) -> SecretBox:
    return SecretBox(argon2id.kdf(SecretBox.KEY_SIZE, passphrase, salt, opslimit=cost.ops, memlimit=cost.memory))
