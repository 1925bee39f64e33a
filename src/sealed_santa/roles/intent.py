"""What the owner of a player wants, and what the player owes: in and out of every `duties`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from sealed_santa.base.errors import SantaError
from sealed_santa.game.state import State
from sealed_santa.log.posts import Post

Entropy = Callable[[int], bytes]


@dataclass(frozen=True, slots=True)
class Intent:
    """What the owner of a player wants; everything else a player does by itself."""

    gift: int | None = None  #: place in the catalogue, from 0
    note: str = field(default="", repr=False)
    refusals: int = 0  #: how often the owner had been asked anew when it chose, as `asked` counts
    publish_gift_key: bool = False  #: the owner wants the fault shown, and knows that the note becomes public
    hold_coins: bool = False  #: restored or copied, and not yet confirmed: open no coin, do no trustee's work


@dataclass(frozen=True, slots=True)
class Owed:
    """What a player has to post now, and whether it waits for its owner to choose a gift."""

    posts: tuple[Post, ...] = ()
    choose: bool = False
    held: bool = False  #: a coin or a trustee's work is due and is held back, as `Intent.hold_coins` says
    rank: int = 0  #: how many others may do the same before; who comes by alone need not wait
    wrong: SantaError | None = None  #: what is wrong with what was sent; showing it needs `publish_gift_key`


def asked(state: State, number: int) -> int:
    """Return how often a player has been asked for a gift anew: after refusals, or after new deals of a blind game."""
    if state.blind is not None:
        return max(0, state.blind.deals - 1)
    return state.refusals.get(number, 0)
