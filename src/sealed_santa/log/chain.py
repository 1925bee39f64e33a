"""The hashes of a log, in order: an append-only sequence with cheap snapshots.

A `Chain` is a value: it never changes. Snapshots of one log share their storage; appending to the
newest snapshot is O(1). Appending to an older one (a fork) copies a short tail at most and stands on the rest: a server
makes a fork each time it judges a post and then refuses it. Used for `seen`, which must name an entry of the same
log (docs/protocol.md, section 3.3).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from sealed_santa.log.fields import Hash

TAIL: Final = 256  # hashes that a fork copies at most; a log of N entries stands on at most N / TAIL chains


class Chain:
    """The first `len(chain)` entry hashes of a log."""

    __slots__ = ("_base", "_hashes", "_index", "_length", "_start")

    def __init__(self) -> None:
        self._base: Chain | None = None  # has the first `_start` hashes, and exactly these
        self._start = 0
        self._hashes: list[Hash] = []  # shared: those from `_start` on, and perhaps more than are ours
        self._index: dict[Hash, int] = {}
        self._length = 0

    def append(self, digest: Hash) -> Chain:
        """Return the chain with one more hash."""
        own = self._length - self._start
        longer = Chain()
        longer._base, longer._start, longer._length = self._base, self._start, self._length + 1
        if len(self._hashes) == own:
            longer._hashes, longer._index = self._hashes, self._index
        elif own > TAIL:
            longer._base, longer._start = self, self._length
        else:
            longer._hashes = self._hashes[:own]
            places = enumerate(longer._hashes, self._start)
            longer._index = {h: i for i, h in reversed(list(places))}  # the first place counts
        longer._index.setdefault(digest, self._length)
        longer._hashes.append(digest)
        return longer

    def find(self, digest: Hash) -> int | None:
        """Return the `seq` of the entry with this hash, or None if this log has no such entry."""
        found, chain = None, self
        while True:
            seq = chain._index.get(digest)
            if seq is not None and seq < chain._length:
                found = seq  # and an earlier place counts more
            if chain._base is None:
                return found
            chain = chain._base

    def head(self) -> Hash | None:
        """Return the hash of the newest entry, or None of an empty log."""
        return self._hashes[self._length - self._start - 1] if self._length else None

    def __iter__(self) -> Iterator[Hash]:
        return (self[seq] for seq in range(self._length))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Chain):
            return NotImplemented
        return self._length == other._length and all(a == b for a, b in zip(self, other, strict=True))

    __hash__ = None  # type: ignore[assignment]  # compared, never looked up

    def __len__(self) -> int:
        return self._length

    def __getitem__(self, seq: int) -> Hash:
        if not 0 <= seq < self._length:
            raise IndexError(seq)
        chain = self
        while seq < chain._start and chain._base is not None:
            chain = chain._base
        return chain._hashes[seq - chain._start]
