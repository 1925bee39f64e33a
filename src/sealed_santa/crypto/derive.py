"""Secrets from a seed (docs/protocol.md, section 8): HKDF-SHA256 (RFC 5869)."""

from __future__ import annotations

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from sealed_santa.base.canon import pack
from sealed_santa.base.labels import Label


def derive(seed: bytes, label: Label, *parts: bytes | str | int, length: int = 32) -> bytes:
    """Return `length` bytes of HKDF-SHA256(seed; no salt; info = pack(label, parts...)). Seed and result are secret."""
    return HKDF(SHA256(), length, salt=None, info=pack(label.value, *parts)).derive(seed)
