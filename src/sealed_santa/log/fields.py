"""The typed fields of posts: byte strings of known meaning and length (docs/protocol.md, section 3.1).

Every one travels as unpadded base64url. A value of one of these types has been decoded from its one
spelling and has the right length (`Fixed`) or a whole number of units (`Vector`); public keys have
also been checked to be valid. Points and scalars inside vectors are decoded where the rules use
them, as only the state of the game knows how many there must be.
"""

from __future__ import annotations

from typing import ClassVar

from sealed_santa.base.canon import b64, unb64
from sealed_santa.base.errors import ParseError
from sealed_santa.crypto import group, sealing, signing


class Fixed(bytes):
    """Bytes of one exact length, `SIZE`."""

    SIZE: ClassVar[int] = 32

    @classmethod
    def check(cls, raw: bytes) -> None:
        """Refuse what is not of this type, beyond its length; nothing for plain bytes."""

    @classmethod
    def parse(cls, text: str) -> Fixed:
        """Decode one value.

        Raises:
            ParseError: `base64.invalid`, `length.wrong` or what `check` says.
        """
        raw = unb64(text)
        if len(raw) != cls.SIZE:
            raise ParseError("length.wrong", f"{cls.__name__} has {len(raw)} bytes, not {cls.SIZE}")
        cls.check(raw)
        return cls(raw)


class Hash(Fixed):
    """A SHA-256 digest: of a game, a post, an entry, a roster or a gift."""


class SignKey(Fixed):
    """An Ed25519 public key; canonical and in the prime-order subgroup. Also a party's identity."""

    @classmethod
    def check(cls, raw: bytes) -> None:
        signing.VerifyKey.parse(raw)


class SealKey(Fixed):
    """An X25519 public key; canonical and not of low order."""

    @classmethod
    def check(cls, raw: bytes) -> None:
        sealing.BoxKey.parse(raw)


class GroupKey(Fixed):
    """A player's key in the group of the proofs: a valid point, not the identity."""

    @classmethod
    def check(cls, raw: bytes) -> None:
        try:
            group.decode_point(raw)
        except ParseError as e:
            raise ParseError("key.invalid", f"a group key is no valid point: {e.message}") from e


class Share(Fixed):
    """A share of a trustee's secret, published in answer to a complaint; the rules say whether it is right."""


class Coin(Fixed):
    """A link of a player's coin chain."""


class Opened(Fixed):
    """An X25519 secret key that a dispute or a refusal publishes."""


class Signature(Fixed):
    """An Ed25519 signature."""

    SIZE: ClassVar[int] = 64


class ChoiceBox(Fixed):
    """HPKE box with a choice and its k: 4 + 32 bytes of plaintext."""

    SIZE: ClassVar[int] = 36 + sealing.OVERHEAD


class NoteBox(Fixed):
    """HPKE box with an inner box in it."""

    SIZE: ClassVar[int] = 512 + 2 * sealing.OVERHEAD


class Vector(bytes):
    """Units of `UNIT` bytes, one after the other; how many is for the rules to say."""

    UNIT: ClassVar[int] = 32

    @classmethod
    def parse(cls, text: str) -> Vector:
        """Decode a whole number of units.

        Raises:
            ParseError: `base64.invalid` or `length.wrong`.
        """
        raw = unb64(text)
        if len(raw) % cls.UNIT:
            raise ParseError("length.wrong", f"{cls.__name__} is not a whole number of {cls.UNIT}-byte units")
        return cls(raw)

    def units(self) -> tuple[bytes, ...]:
        """Return the units in order."""
        size = self.UNIT
        return tuple(bytes(self[i : i + size]) for i in range(0, len(self), size))

    def count(self) -> int:  # type: ignore[override]
        """Return how many units there are."""
        return len(self) // self.UNIT


class Points(Vector):
    """Encoded group elements."""


class SealKeys(Vector):
    """X25519 public keys; each is checked by the rules."""


class Openings(Vector):
    """Keys k_t of decks that were passed over, 32 bytes each."""


class CardBoxes(Vector):
    """One HPKE box a player, with the opening of its card."""

    UNIT: ClassVar[int] = 36 + sealing.OVERHEAD


class Envelopes(Vector):
    """One HPKE box a recipient, with choice and inner box."""

    UNIT: ClassVar[int] = 4 + 512 + 2 * sealing.OVERHEAD


class CardOpenings(Vector):
    """Openings of cards: value (4 bytes, little-endian) and blinding (32 bytes)."""

    UNIT: ClassVar[int] = 36


class GiftSecrets(Vector):
    """The k of each giver, 32 bytes; zeros where no gift stands."""


class RevealBoxes(Vector):
    """One HPKE box a recipient: giver, blinding of its card, whether a gift stands, k."""

    UNIT: ClassVar[int] = 4 + 32 + 1 + 32 + sealing.OVERHEAD


class ShareBoxes(Vector):
    """One HPKE box a trustee, with its share of the author's secret."""

    UNIT: ClassVar[int] = 32 + sealing.OVERHEAD


class Proof(Vector):
    """Points and scalars of a proof; the order is that of docs/protocol.md, section 6."""


def decode_field(kind: type, value: object) -> object:
    """Decode one field (hook for msgspec); only strings can be fields of these types.

    Raises:
        TypeError: not a string; msgspec makes of it the error of the object that the field is in.
        ParseError: as `parse` of the type says.
    """
    if issubclass(kind, (Fixed, Vector)):
        if not isinstance(value, str):
            raise TypeError(f"{kind.__name__} must be a string")
        return kind.parse(value)
    raise ParseError("field.type", f"no field of type {kind.__name__} is known")


def encode_field(value: object) -> object:
    """Encode one field (hook for msgspec): base64url."""
    if isinstance(value, bytes):
        return b64(value)
    raise ParseError("field.type", f"cannot encode {type(value).__name__}")
