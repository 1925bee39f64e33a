"""The modes of a game, as data: who is trusted for what (docs/protocol.md, section 1).

A mode is a record; code asks it and does not compare names. `classic` keeps no log and is not here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Mode:
    """What a mode promises and what it allows."""

    name: str
    reveals: tuple[str, ...]  #: reveal policies that the mode has
    knows_pairs: str  #: who knows the pairs before the reveal, for people
    dealer: bool  #: whether the server deals, and so holds a secret of the game


SEALED: Final = Mode(
    name="sealed",
    reveals=("public", "private", "never"),
    knows_pairs="the server alone",
    dealer=True,
)

BLIND: Final = Mode(
    name="blind",
    reveals=("public", "never"),
    knows_pairs="nobody, unless trustees of the threshold's number collude",
    dealer=False,
)

MODES: Final = {mode.name: mode for mode in (SEALED, BLIND)}
