"""Courtesies of an honest server and client at the door; not rules of a log (docs/protocol.md, 5.11).

What is refused here would be legal, but nobody wants it: names that look alike, a draw that cannot
succeed. A log that holds such a post is still a good log, so auditors do not ask for these.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from sealed_santa.base.errors import UsageError
from sealed_santa.base.names import look_alike
from sealed_santa.game.exclusions import resolve
from sealed_santa.game.lobby import without
from sealed_santa.game.odds import Chance, chance, check_deck_limit, feasible
from sealed_santa.game.state import State
from sealed_santa.log.posts import Create, Drop, Exclusions, Join, Post, Start

MAX_FORMS: Final = 40_000  # forbidden pairs, (i, i) included; the deal with its proof must fit into a post


@dataclass(frozen=True, slots=True)
class Outlook:
    """What a draw among these people has before it: the chance of a permitted deal, and the decks."""

    chance: Chance
    decks: int

    @property
    def deals(self) -> float:
        """How many deals are to be expected."""
        return 1 / self.chance.value


def outlook(names: list[str], exclusions: Exclusions, deck_limit: int) -> Outlook:
    """Return what a draw among these people has before it.

    Raises:
        UsageError: `exclusions.impossible`, naming who leave each other no one;
            `exclusions.too-many-decks`, with what would help.
    """
    forbidden = resolve(exclusions, names)
    if len(forbidden) > MAX_FORMS:
        raise UsageError(
            "exclusions.too-many-pairs",
            f"the exclusions forbid {len(forbidden)} pairs; a proof has room for {MAX_FORMS}",
            hint="make the groups smaller",
        )
    feasible(len(names), forbidden, names)
    odds = chance(len(names), forbidden, samples=4000, seed=b"outlook")
    return Outlook(odds, check_deck_limit(len(names), odds.value, deck_limit, exclusions))


Weigh = Callable[[list[str], Exclusions, int], Outlook]  # as `outlook`


def admit(state: State | None, post: Post, weigh: Weigh = outlook) -> None:
    """Refuse a legal post that an honest server does not order; call it after the rules.

    `weigh` is `outlook`, or something that remembers what it said: it takes up to half a second.

    Raises:
        UsageError: `join.look-alike`, `exclusions.impossible`, `exclusions.too-many-decks`.
    """
    if state is None:
        if isinstance(post, Create):
            _admit_create(post, weigh)
        return
    match post:
        case Join():
            twin = next((p.name for p in state.players if look_alike(p.name, post.name)), None)
            if twin is not None:
                raise UsageError(
                    "join.look-alike", f"{post.name!r} looks like {twin!r}, who plays already", hint="take another name"
                )
        case Start():
            weigh([p.name for p in state.players], state.create.exclusions, state.create.deck_limit)
        case Drop():
            left = without(state.players, frozenset(post.players))
            weigh([p.name for p in left], state.create.exclusions, state.create.deck_limit)


def _admit_create(post: Create, weigh: Weigh) -> None:
    """If every invite is for a named person, the whole roster is known: see whether it can be drawn."""
    names = [i.name for i in post.invites if i.name is not None]
    if len(names) == len(post.invites) and len(names) >= 3:
        weigh(names, post.exclusions, post.deck_limit)
