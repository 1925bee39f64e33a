"""The whole tree of errors: a stable code, who is to blame and how sure we are, what to do next.

Rules: an error is data and is never printed here. A code never changes its meaning. If ignoring a
result would be wrong, the function raises; the audit is the one place that collects instead.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Party(StrEnum):
    """Whom an error points at."""

    NOBODY = "nobody"
    YOU = "you"
    PEER = "peer"
    PLAYER = "player"
    ORGANISER = "organiser"
    SERVER = "server"
    PLAYER_OR_SERVER = "player-or-server"
    UNKNOWN = "unknown"


class Certainty(StrEnum):
    """How far the blame can be carried.

    PROVEN: signed evidence that convinces anyone. OBSERVED: you saw it, others must believe you.
    SUSPECTED: the most likely explanation; damage in transit or on disk would look the same.
    """

    PROVEN = "proven"
    OBSERVED = "observed"
    SUSPECTED = "suspected"


@dataclass(frozen=True, slots=True)
class Blame:
    """A party, the name or number that tells which one, and how sure we are."""

    party: Party
    who: str = ""
    certainty: Certainty = Certainty.OBSERVED

    def __str__(self) -> str:
        who = f" {self.who}" if self.who else ""
        return f"{self.party}{who} ({self.certainty})"


NOBODY = Blame(Party.NOBODY)
YOU = Blame(Party.YOU)
PEER = Blame(Party.PEER)
UNKNOWN = Blame(Party.UNKNOWN, certainty=Certainty.SUSPECTED)


class SantaError(Exception):
    """Base of all errors that a user can meet; `code` is stable, `hint` says what to do next."""

    def __init__(self, code: str, message: str, *, blame: Blame = UNKNOWN, hint: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.blame = blame
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} [{self.code}]"


class UsageError(SantaError):
    """What was asked for cannot be asked for; nothing was done."""


class ParseError(SantaError):
    """Bytes from outside are not one of the forms of docs/protocol.md; says nothing about intent."""


class VerificationError(SantaError):
    """Something was checked and is wrong: evidence of cheating or of damage."""


class ProofError(VerificationError):
    """A proof was checked and does not hold for its statement."""


class IllegalPost(VerificationError):
    """A well-formed, well-signed post that the rules do not allow in this place of this log.

    `code` is the rule of docs/protocol.md that it breaks. As a refusal it blames the author; found
    in a log it blames the server too, which should not have ordered it.
    """


class ForkError(VerificationError):
    """Two histories of one game that cannot both be true."""


class UndecidedError(SantaError):
    """It could not be checked: neither right nor wrong has been shown."""


class KeyMissingError(SantaError):
    """A key, a passphrase or an invite is needed and is not there."""


class NetworkError(SantaError):
    """A server could not be reached, or the connection broke a limit or the wire's rules."""


class LocalDamageError(SantaError):
    """Files of our own cannot be read, are damaged or belong to something else."""
