"""Where a prover's secret random scalars come from (docs/protocol.md, section 6.4, Prove).

Rules: masks are fresh from the system's random source, hedged: they are derived from the nonce, the
prover's seed, the statement and the witness together, so that a weak source repeats no mask on two
inputs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import count
from typing import Final

from sealed_santa.base.labels import Label
from sealed_santa.crypto.group import scalar_from_wide
from sealed_santa.crypto.hashing import expand, tagged_hash
from sealed_santa.proofs.session import Statement

NONCE_SIZE: Final = 32
_WIDE: Final = 64  # bytes drawn for a scalar
_BATCH: Final = 64  # scalars drawn at once

Draw = Callable[[], int]  # the next secret random scalar
Nonce = Callable[[int], bytes]  # a length -> so many fresh random bytes


def hedged_masks(nonce: Nonce, seed: bytes, statement: Statement, secret: bytes) -> Draw:
    """Return a source of secret scalars from a fresh nonce, the seed, the statement and the witness together."""
    parts = (nonce(NONCE_SIZE), seed, statement.tag(), statement.instance(), secret)
    return _scalars(tagged_hash(Label.PROOF_NONCE, *parts)).__next__


def _scalars(key: bytes) -> Iterator[int]:
    """Yield the secret scalars of a key, a batch at a time."""
    for batch in count():
        raw = expand(Label.PROOF_NONCE, _BATCH * _WIDE, key, batch)
        for start in range(0, len(raw), _WIDE):
            yield scalar_from_wide(raw[start : start + _WIDE])
