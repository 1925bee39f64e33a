"""Where a proof of blind mode belongs (docs/protocol.md, section 11.8): a proof for one place is none for another."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from sealed_santa.base.canon import pack
from sealed_santa.base.errors import ParseError
from sealed_santa.base.labels import VERSION, Label


@dataclass(frozen=True, slots=True)
class Session:
    """Game (its id) and author (Ed25519 key), 32 bytes each; round, batch, and the position that the argument asks for.

    Raises:
        ParseError: `statement.malformed` for other lengths and for negative numbers.
    """

    game: bytes
    round: int
    author: bytes
    batch: int
    position: int

    def __post_init__(self) -> None:
        require(len(self.game) == 32 and len(self.author) == 32, "a game's id and an author's key have 32 bytes")
        require(min(self.round, self.batch, self.position) >= 0, "round, batch and position are not negative")

    def tag(self, argument: Label) -> bytes:
        """Return the bytes that the session id of an argument is derived from."""
        place = (self.game, self.round, self.author, self.batch, self.position)
        return pack(Label.PROOF_SESSION.value, VERSION, argument.value, *place)


class Statement(Protocol):
    """What every statement says of itself."""

    def tag(self) -> bytes:
        """Return what the session id is derived from."""

    def instance(self) -> bytes:
        """Return the public values in the order in which they are absorbed."""


def require(condition: bool, message: str) -> None:
    """Refuse a statement that cannot be one.

    Raises:
        ParseError: `statement.malformed`.
    """
    if not condition:
        raise ParseError("statement.malformed", message)
