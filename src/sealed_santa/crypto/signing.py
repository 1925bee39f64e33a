"""Ed25519 signatures with the one rule that libraries agree on (docs/protocol.md, section 2.5).

A public key and the R of a signature must be canonical encodings of points of prime order, and S
must be below the group's order. Libraries differ on everything else (Chalkias, Garillot and
Nikolaenko 2020), so nothing else is let in. What is signed is pack(label, body).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from nacl.bindings import (
    crypto_core_ed25519_is_valid_point,
    crypto_sign,
    crypto_sign_open,
    crypto_sign_seed_keypair,
)
from nacl.exceptions import BadSignatureError

from sealed_santa.base.canon import pack
from sealed_santa.base.errors import ParseError, VerificationError
from sealed_santa.base.labels import Label

KEY_SIZE: Final = 32
SIGNATURE_SIZE: Final = 64


@dataclass(frozen=True, slots=True)
class VerifyKey:
    """A public key that `parse` has let in."""

    raw: bytes

    @staticmethod
    def parse(raw: bytes) -> VerifyKey:
        """Return the public key that 32 bytes from outside encode.

        Raises:
            ParseError: `key.invalid` for a wrong length, a non-canonical encoding, a point off the
                curve or outside the prime-order subgroup, and for the identity.
        """
        return _parse(raw)


@lru_cache(maxsize=4096)  # a game's keys come again with every post; bounded, as strangers send keys too
def _parse(raw: bytes) -> VerifyKey:
    if len(raw) != KEY_SIZE or not crypto_core_ed25519_is_valid_point(raw):
        raise ParseError("key.invalid", "not an Ed25519 public key of prime order")
    return VerifyKey(raw)


@dataclass(frozen=True, slots=True, repr=False)
class SigningKey:
    """A secret key, in libsodium's form of 64 bytes: the seed and the public key."""

    secret: bytes

    @staticmethod
    def from_seed(seed: bytes) -> SigningKey:
        """Return the secret key of a secret seed of 32 bytes.

        Raises:
            ParseError: `key.invalid` for another length.
        """
        if len(seed) != KEY_SIZE:
            raise ParseError("key.invalid", f"the seed of an Ed25519 key has {KEY_SIZE} bytes")
        return SigningKey(crypto_sign_seed_keypair(seed)[1])

    def public(self) -> VerifyKey:
        """Return the public half."""
        return VerifyKey(self.secret[KEY_SIZE:])

    def __repr__(self) -> str:
        return f"SigningKey(<secret of {self.public().raw.hex()}>)"


def sign(key: SigningKey, label: Label, body: bytes) -> bytes:
    """Return the signature, 64 bytes, over pack(label, body). Deterministic (RFC 8032)."""
    return crypto_sign(pack(label.value, body), key.secret)[:SIGNATURE_SIZE]


def verify(key: VerifyKey, label: Label, body: bytes, signature: bytes) -> None:
    """Check a signature over pack(label, body).

    Raises:
        VerificationError: `signature.wrong`.
    """
    verify_bytes(key, pack(label.value, body), signature)


def verify_bytes(key: VerifyKey, message: bytes, signature: bytes) -> None:
    """Check a signature over bare bytes (for published vectors; posts and entries use `verify`).

    Raises:
        VerificationError: `signature.wrong`.
    """
    sound = len(signature) == SIGNATURE_SIZE
    if not sound or not (library_compares_r() or crypto_core_ed25519_is_valid_point(signature[:32])):
        raise VerificationError("signature.wrong", "not a signature in its one accepted form")
    try:
        crypto_sign_open(signature + message, key.raw)
    except BadSignatureError as e:
        raise VerificationError("signature.wrong", "the signature does not fit the message and the key") from e


@lru_cache(maxsize=1)
def library_compares_r() -> bool:
    """Return whether the library verifies by comparing the bytes of R, as libsodium does; asked once.

    If it does, the rule for R holds by itself and the check, which takes as long as the rest, is not needed:
    with a key of prime order the R that is recomputed is canonical and in the subgroup, and R must be the same
    bytes. (libsodium also refuses R of small order.) A library that multiplies by the cofactor instead accepts
    this signature, whose R has a component of order eight and which is right but for that.
    """
    try:
        crypto_sign_open(_TORSION_IN_R + b"torsion", _TORSION_KEY)
    except BadSignatureError:
        return True
    return False


_TORSION_KEY: Final = bytes.fromhex("88aa55e6afeed8960a3191de78600347db8acd0a3795412f275f049b86260488")
_TORSION_IN_R: Final = bytes.fromhex(
    "607055ca3d4aa8af26961afb12b1e60a75fac88f9c260ff25806631dbb269159"
    "10d0f378cb0ccc2bc19b08609fc95915e9819cc4549db67a61333a11efc6db07"
)
