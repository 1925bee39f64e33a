"""One sealed box that opens for two readers: what ChaCha20-Poly1305 allows whoever seals it.

The cipher does not commit to its key (Albertini and others, USENIX Security 2022). A tag is a polynomial in a secret
r of each key, plus a secret s. With both keys known, one block of the ciphertext is left free and solved
so that both readers compute the same tag. What they read is one keystream against the other: the author chooses
each byte for one of them at most.

The key schedule of HPKE is written here once more (RFC 9180), as the library shows no keys.
"""

from __future__ import annotations

import hashlib
import hmac
import random
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms

_PRIME = 2**130 - 5
_CLAMP = 0x0FFFFFFC0FFFFFFC0FFFFFFC0FFFFFFF
_KEM, _HPKE = b"KEM" + bytes([0, 0x20]), b"HPKE" + bytes.fromhex("002000010003")
BLOCK = 16


def _extract(suite: bytes, salt: bytes, label: bytes, value: bytes) -> bytes:
    return hmac.digest(salt or bytes(32), b"HPKE-v1" + suite + label + value, hashlib.sha256)


def _expand(suite: bytes, key: bytes, label: bytes, info: bytes, length: int) -> bytes:
    """One block of HKDF is enough here."""
    text = length.to_bytes(2, "big") + b"HPKE-v1" + suite + label + info + b"\x01"
    return hmac.digest(key, text, hashlib.sha256)[:length]


@dataclass(frozen=True)
class Reader:
    """What somebody will decrypt with: key and nonce of the cipher."""

    key: bytes
    nonce: bytes

    def stream(self, block: int, length: int) -> bytes:
        """The keystream from a block of 64 bytes on; block 0 is the key of the tag."""
        start = block.to_bytes(4, "little") + self.nonce
        return Cipher(algorithms.ChaCha20(self.key, start), None).encryptor().update(bytes(length))


def reader(ephemeral: X25519PrivateKey, public: bytes, info: bytes) -> Reader:
    """The context of base mode for a reader's public key."""
    both = ephemeral.public_key().public_bytes_raw() + public
    shared = ephemeral.exchange(X25519PublicKey.from_public_bytes(public))
    secret = _expand(_KEM, _extract(_KEM, b"", b"eae_prk", shared), b"shared_secret", both, 32)
    context = b"\0" + _extract(_HPKE, b"", b"psk_id_hash", b"") + _extract(_HPKE, b"", b"info_hash", info)
    inner = _extract(_HPKE, secret, b"secret", b"")
    return Reader(_expand(_HPKE, inner, b"key", context, 32), _expand(_HPKE, inner, b"base_nonce", context, 12))


def shared_box(targets: list[tuple[bytes, bytes]], content: bytes, seed: int = 0) -> bytes:
    """A box of content and 48 bytes more that opens for both (public key, info).

    The first reads the content but for its last block of 16 bytes, the second something else.
    """
    rng = random.Random(seed)
    ephemeral = X25519PrivateKey.from_private_bytes(rng.randbytes(32))
    readers = [reader(ephemeral, *target) for target in targets]
    size = len(content)
    stream = readers[0].stream(1, size)
    for _ in range(1000):
        plain = content[: size - BLOCK - 2] + rng.randbytes(2)  # something to try again with
        head = bytes(a ^ b for a, b in zip(plain, stream, strict=False))
        last = _last_block(readers, head, size)
        if last is not None:
            text = head + last
            return ephemeral.public_key().public_bytes_raw() + text + _tag(readers[0], text)
    raise LookupError("no box was found")


def _secrets(of: Reader) -> tuple[int, int]:
    raw = of.stream(0, 32)
    return int.from_bytes(raw[:16], "little") & _CLAMP, int.from_bytes(raw[16:], "little")


def _blocks(text: bytes) -> list[int]:
    padded = text + bytes(-len(text) % BLOCK) + bytes(8) + len(text).to_bytes(8, "little")
    return [int.from_bytes(padded[i : i + BLOCK] + b"\x01", "little") for i in range(0, len(padded), BLOCK)]


def _sum(r: int, blocks: list[int]) -> int:
    total = 0
    for block in blocks:
        total = (total + block) * r % _PRIME
    return total


def _tag(of: Reader, text: bytes) -> bytes:
    r, s = _secrets(of)
    return ((_sum(r, _blocks(text)) + s) % 2**128).to_bytes(16, "little")


def _last_block(readers: list[Reader], head: bytes, size: int) -> bytes | None:
    """Solve for the block with which both tags are the same: it stands before the lengths, so its factor is r²."""
    (r1, s1), (r2, s2) = map(_secrets, readers)
    blocks = _blocks(head + bytes(BLOCK))
    known = _sum(r2, blocks) - _sum(r1, blocks)
    for carry in range(-3, 4):
        value = (known + s2 - s1 + carry * 2**128) * pow(r1 * r1 - r2 * r2, -1, _PRIME) % _PRIME
        if value < 2**128:
            block = value.to_bytes(BLOCK, "little")
            if size == len(head) + BLOCK and _tag(readers[0], head + block) == _tag(readers[1], head + block):
                return block
    return None
