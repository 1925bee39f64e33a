"""The tagged hash and the extendable output of docs/protocol.md, section 2.4."""

from __future__ import annotations

import hashlib

from sealed_santa.base.canon import pack
from sealed_santa.base.labels import Label


def tagged_hash(label: Label, *parts: bytes | str | int) -> bytes:
    """Return SHA-256(pack(label, parts...)), 32 bytes."""
    return hashlib.sha256(pack(label.value, *parts)).digest()


def expand(label: Label, length: int, *parts: bytes | str | int) -> bytes:
    """Return the first `length` bytes of SHAKE256(pack(label, parts...))."""
    return hashlib.shake_256(pack(label.value, *parts)).digest(length)
