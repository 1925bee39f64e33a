"""What is sealed, and to whom: contents and HPKE `info` of every box (docs/protocol.md, section 7).

`info` binds protocol version and purpose (the label), game, round, number and key of the reader,
and the author. The inner box alone binds no author: its reader must not be able to find the author
by trying names.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from sealed_santa.base.canon import pack
from sealed_santa.base.errors import VerificationError
from sealed_santa.base.labels import Label
from sealed_santa.base.names import parse_note
from sealed_santa.crypto.hashing import tagged_hash
from sealed_santa.crypto.sealing import OVERHEAD
from sealed_santa.log.fields import Hash, SealKey, SignKey

NOTE_SIZE: Final = 512  # bytes of a padded note: 2 of length, the text, zeros
MAX_NOTE: Final = NOTE_SIZE - 2  # bytes of UTF-8
INNER_SIZE: Final = NOTE_SIZE + OVERHEAD
HOUSE: Final = 0xFFFFFFFF  # stands for a choice where the house gives


def box_info(label: Label, game: Hash, round_: int, number: int, key: SealKey, author: SignKey) -> bytes:
    """Return the `info` of a box from a known author to the reader with this number and key."""
    return pack(label.value, game, round_, number, key, author)


def inner_info(game: Hash, round_: int, number: int, key: SealKey) -> bytes:
    """Return the `info` of an inner box: nothing about its author."""
    return pack(Label.SEAL_INNER.value, game, round_, number, key)


def gift_hash(game: Hash, round_: int, giver: int, k: bytes, choice: int, inner: bytes) -> Hash:
    """Return h, which binds a giver to choice and inner box; k hides both."""
    return Hash(tagged_hash(Label.GIFT, game, round_, giver, k, choice, inner))


def _malformed(what: str) -> VerificationError:
    return VerificationError("box.malformed", f"{what} does not have the form that it must have")


@dataclass(frozen=True, slots=True)
class CardOpening:
    """The opening (m, b) of a card: who is to be given to, and the blinding (a scalar, 32 bytes)."""

    value: int
    blinding: bytes = field(repr=False)

    def encode(self) -> bytes:
        """Return 4 + 32 bytes."""
        return self.value.to_bytes(4, "little") + self.blinding

    @classmethod
    def decode(cls, raw: bytes) -> CardOpening:
        """Split 36 bytes; that it opens a card is another question."""
        if len(raw) != 36:
            raise _malformed("the opening of a card")
        return cls(int.from_bytes(raw[:4], "little"), raw[4:])


@dataclass(frozen=True, slots=True)
class Choice:
    """What a giver tells the dealer: the place of the gift in the catalogue (from 0), and k."""

    gift: int
    k: bytes = field(repr=False)

    def encode(self) -> bytes:
        """Return 4 + 32 bytes."""
        return self.gift.to_bytes(4, "little") + self.k

    @classmethod
    def decode(cls, raw: bytes) -> Choice:
        """Split 36 bytes."""
        if len(raw) != 36:
            raise _malformed("a choice")
        return cls(int.from_bytes(raw[:4], "little"), raw[4:])


@dataclass(frozen=True, slots=True)
class Envelope:
    """What a recipient is sent: the choice (or `HOUSE`) and the inner box (zeros from the house)."""

    gift: int
    inner: bytes

    def encode(self) -> bytes:
        """Return 4 + 560 bytes."""
        return self.gift.to_bytes(4, "little") + self.inner

    @classmethod
    def decode(cls, raw: bytes) -> Envelope:
        """Split 564 bytes; a house gift must have an inner box of zeros."""
        if len(raw) != 4 + INNER_SIZE:
            raise _malformed("an envelope")
        envelope = cls(int.from_bytes(raw[:4], "little"), raw[4:])
        if envelope.gift == HOUSE and any(envelope.inner):
            raise _malformed("the envelope of a house gift")
        return envelope


@dataclass(frozen=True, slots=True)
class Unveiling:
    """What a recipient is told in private: its giver, that card's blinding, k if a gift stands."""

    giver: int
    blinding: bytes = field(repr=False)
    k: bytes | None = field(repr=False)

    def encode(self) -> bytes:
        """Return 4 + 32 + 1 + 32 bytes."""
        has, k = (b"\x00", bytes(32)) if self.k is None else (b"\x01", self.k)
        return self.giver.to_bytes(4, "little") + self.blinding + has + k

    @classmethod
    def decode(cls, raw: bytes) -> Unveiling:
        """Split 69 bytes; without a gift k must be zeros."""
        if len(raw) != 69 or raw[36] > 1 or (raw[36] == 0 and any(raw[37:])):
            raise _malformed("a private reveal")
        return cls(int.from_bytes(raw[:4], "little"), raw[4:36], raw[37:] if raw[36] else None)


def pad_note(note: str) -> bytes:
    """Return the 512 bytes of a note: its length, its UTF-8, zeros.

    Raises:
        ParseError: as `names.parse_note` says; the note has at most 510 bytes of UTF-8.
    """
    raw = parse_note(note, MAX_NOTE).encode("utf-8")
    return len(raw).to_bytes(2, "little") + raw + bytes(MAX_NOTE - len(raw))


def unpad_note(raw: bytes) -> str:
    """Return the note in 512 padded bytes.

    Raises:
        VerificationError: `box.malformed`; whoever sealed it is to blame.
        ParseError: the text is not one that a note may have.
    """
    length = int.from_bytes(raw[:2], "little")
    if len(raw) != NOTE_SIZE or length > MAX_NOTE or any(raw[2 + length :]):
        raise _malformed("a note")
    try:
        text = raw[2 : 2 + length].decode("utf-8")
    except UnicodeDecodeError as e:
        raise _malformed("the text of a note") from e
    return parse_note(text, MAX_NOTE)
