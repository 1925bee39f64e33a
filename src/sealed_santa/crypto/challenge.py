"""Fiat-Shamir challenges (docs/protocol.md, section 6.3): draft-irtf-cfrg-fiat-shamir with SHAKE128.

A duplex sponge on `hashlib.shake_128`: what is absorbed is one byte string, a squeeze reads on in
its extendable output, an absorb of at least one byte starts the output anew.

What it does not do: it frames nothing. Callers absorb values of fixed size or `pack`ed ones.
"""

from __future__ import annotations

import hashlib
from typing import Final

from sealed_santa.crypto.group import ORDER

_RATE: Final = 168  # bytes of SHAKE128's rate: the session id fills the first block
_DERIVATION: Final = b"irtf-cfrg-fiat-shamir/session-id"
CHALLENGE_SIZE: Final = 48  # squeezed for a scalar: 16 bytes more than its size


class Transcript:
    """The state of one proof's challenges; prover and verifier feed it the same bytes in the same order."""

    def __init__(self, session: bytes) -> None:
        """Begin with a session id of 32 bytes."""
        if len(session) != 32:
            raise ValueError("a session id has 32 bytes")
        self._sponge = hashlib.shake_128(session + bytes(_RATE - len(session)))
        self._read = 0

    def absorb(self, data: bytes) -> None:
        """Take in bytes; none at all change nothing."""
        if data:
            self._sponge.update(data)
            self._read = 0

    def squeeze(self, length: int) -> bytes:
        """Return the next `length` bytes of the output."""
        start, self._read = self._read, self._read + length
        return self._sponge.digest(self._read)[start:]

    def challenge(self) -> int:
        """Return a scalar challenge: 48 squeezed bytes, little-endian, modulo the group's order."""
        return decode_uint(self.squeeze(CHALLENGE_SIZE), ORDER)


def derive_session_id(tag: bytes) -> bytes:
    """Return the 32-byte session id of a tag (the draft's DeriveSessionID)."""
    sponge = Transcript(_DERIVATION)
    sponge.absorb(tag)
    return sponge.squeeze(32)


def decode_uint(raw: bytes, modulus: int) -> int:
    """Return uniform bytes, little-endian, reduced by the modulus (the draft's DecodeUint; never fails)."""
    return int.from_bytes(raw, "little") % modulus
