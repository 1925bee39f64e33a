"""The hashes of a log, in order: an append-only sequence with cheap snapshots.

A `Chain` is a value: it never changes. Snapshots of one log share their storage; appending to the
newest snapshot is O(1), appending to an older one (a fork) copies. Used for `seen`, which must name
an entry of the same log (docs/protocol.md, section 3.3).
"""

from __future__ import annotations

from sealed_santa.log.fields import Hash


class Chain:
    """The first `len(chain)` entry hashes of a log."""

    __slots__ = ("_hashes", "_index", "_length")

    def __init__(self) -> None:
        self._hashes: list[Hash] = []
        self._index: dict[Hash, int] = {}
        self._length = 0

    def append(self, digest: Hash) -> Chain:
        """Return the chain with one more hash."""
        longer = Chain.__new__(Chain)
        if len(self._hashes) == self._length:
            longer._hashes, longer._index = self._hashes, self._index
        else:
            longer._hashes = self._hashes[: self._length]
            longer._index = {h: i for i, h in reversed(list(enumerate(longer._hashes)))}  # the first place counts
        longer._index.setdefault(digest, self._length)
        longer._hashes.append(digest)
        longer._length = self._length + 1
        return longer

    def find(self, digest: Hash) -> int | None:
        """Return the `seq` of the entry with this hash, or None if this log has no such entry."""
        seq = self._index.get(digest)
        return seq if seq is not None and seq < self._length else None

    def head(self) -> Hash | None:
        """Return the hash of the newest entry, or None of an empty log."""
        return self._hashes[self._length - 1] if self._length else None

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Chain):
            return NotImplemented
        return self._hashes[: self._length] == other._hashes[: other._length]

    __hash__ = None  # type: ignore[assignment]  # compared, never looked up

    def __len__(self) -> int:
        return self._length

    def __getitem__(self, seq: int) -> Hash:
        if not 0 <= seq < self._length:
            raise IndexError(seq)
        return self._hashes[seq]
