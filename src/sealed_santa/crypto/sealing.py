"""Sealed boxes (docs/protocol.md, sections 2.6 and 7): HPKE (RFC 9180), base mode, without associated data.

DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, ChaCha20-Poly1305. A box is the encapsulated key (32 bytes),
the ciphertext and its tag (16): 48 bytes longer than what is in it. The caller's `info` binds what a
box is for. Nothing says who sealed it; the post that carries it does.

`seal` draws its own ephemeral key: the one place below net/ whose randomness is no argument, as the
library takes none.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

from sealed_santa.base.errors import ParseError, VerificationError

KEY_SIZE: Final = 32
OVERHEAD: Final = 48  # encapsulated key and tag

_FIELD: Final = 2**255 - 19
_ORDER_EIGHT: Final = 325606250916557431795983626356110631294008115727848805560023387167927233504
# The canonical u-coordinates of small order, on the curve or on its twist (libsodium refuses the same).
_SMALL_ORDER: Final = frozenset(
    {
        0,
        1,
        _FIELD - 1,
        _ORDER_EIGHT,
        39382357235489614581723060781553021112529911719440698176882885853963445705823,
    }
)


@dataclass(frozen=True, slots=True)
class BoxKey:
    """An X25519 public key that `parse` has let in."""

    raw: bytes

    @staticmethod
    def parse(raw: bytes) -> BoxKey:
        """Return the X25519 public key that 32 bytes from outside encode.

        Raises:
            ParseError: `key.invalid` for a wrong length, a value not below 2^255 - 19 (the high bit
                set included), and for the five values of small order.
        """
        value = int.from_bytes(raw, "little")
        if len(raw) != KEY_SIZE or value >= _FIELD or value in _SMALL_ORDER:
            raise ParseError("key.invalid", "not a canonical X25519 public key of large order")
        return BoxKey(raw)


@dataclass(frozen=True, slots=True, repr=False)
class BoxSecret:
    """An X25519 secret key of 32 bytes; any 32 bytes are one."""

    secret: bytes

    def __post_init__(self) -> None:
        if len(self.secret) != KEY_SIZE:
            raise ParseError("key.invalid", f"an X25519 secret key has {KEY_SIZE} bytes")

    def __repr__(self) -> str:
        return "BoxSecret(<secret>)"

    def public(self) -> BoxKey:
        """Return the public half."""
        return BoxKey(X25519PrivateKey.from_private_bytes(self.secret).public_key().public_bytes_raw())


def seal(key: BoxKey, plaintext: bytes, info: bytes) -> bytes:
    """Return a box of len(plaintext) + 48 bytes that only the holder of the secret key can open."""
    return _suite().encrypt(plaintext, X25519PublicKey.from_public_bytes(key.raw), info)


def open_box(secret: BoxSecret, box: bytes, info: bytes) -> bytes:
    """Return what was sealed to this key under this `info`.

    Raises:
        VerificationError: `box.does-not-open` for another key or info, and for any changed byte.
    """
    if len(box) < OVERHEAD:
        raise VerificationError("box.does-not-open", "the sealed box is too short to be one")
    try:
        return _suite().decrypt(box, X25519PrivateKey.from_private_bytes(secret.secret), info)
    except (InvalidTag, ValueError) as e:
        raise VerificationError("box.does-not-open", "the sealed box does not open with this key") from e


@lru_cache(maxsize=1)
def _suite() -> Suite:
    return Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.CHACHA20_POLY1305)
