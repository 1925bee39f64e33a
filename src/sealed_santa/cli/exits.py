"""From an error to an exit code: the one table, and the few lines around it.

    0    done, or everything was verified
    1    verification failed: evidence of cheating or of damage
    2    what was asked for cannot be asked for
    3    it could not be decided (also: a mistake in this program)
    4    a key, passphrase or invite is missing or does not fit
    5    server or network
    6    files of this computer are damaged
    130  Ctrl-C

"Could not be checked" is never 0 and never 1.
"""

from __future__ import annotations

from typing import Final

from sealed_santa.base.errors import (
    IllegalPost,
    KeyMissingError,
    LocalDamageError,
    NetworkError,
    ParseError,
    Party,
    SantaError,
    UndecidedError,
    UsageError,
    VerificationError,
)

DONE: Final = 0
FAILED: Final = 1
USAGE: Final = 2
UNDECIDED: Final = 3
NETWORK: Final = 5
INTERRUPTED: Final = 130

EXITS: Final[tuple[tuple[type[SantaError], int], ...]] = (
    (UsageError, USAGE),
    (ParseError, USAGE),
    (VerificationError, FAILED),
    (UndecidedError, UNDECIDED),
    (KeyMissingError, 4),
    (NetworkError, NETWORK),
    (LocalDamageError, 6),
)
"""The first class that fits decides."""

_OURS: Final = (Party.YOU, Party.PEER, Party.NOBODY)


def exit_code(error: SantaError) -> int:
    """Return the exit code of an error.

    A post of ours that the rules do not allow was a wrong request (2); the same found in a log
    blames somebody else and is evidence (1). What a server cannot do just now (`server.*`) is its matter (5).
    """
    if isinstance(error, IllegalPost) and error.blame.party in _OURS:
        return USAGE
    if isinstance(error, UsageError) and error.code.startswith("server."):
        return NETWORK
    return next((code for kind, code in EXITS if isinstance(error, kind)), UNDECIDED)
