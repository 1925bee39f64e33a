"""Courtesies of an honest server and client at the door; not rules of a log (docs/protocol.md, 5.11).

What is refused here would be legal, but nobody wants it: names that look alike, a draw that cannot
succeed. A log that holds such a post is still a good log, so auditors do not ask for these.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from sealed_santa.base.errors import YOU, UsageError
from sealed_santa.base.names import look_alike
from sealed_santa.game.batches import MAX_BATCHES, MAX_TRUSTEES, decks_allowed, threshold_of
from sealed_santa.game.exclusions import resolve
from sealed_santa.game.lobby import MAX_BATCH_TESTS, without
from sealed_santa.game.odds import Chance, chance, check_deck_limit, decks_needed, feasible, largest_group
from sealed_santa.game.state import Phase, State
from sealed_santa.log.posts import BlindTerms, Create, Drop, Exclusions, Join, Post, Start

MAX_FORMS: Final = 40_000  # forbidden pairs, (i, i) included; the deal with its proof must fit into a post


@dataclass(frozen=True, slots=True)
class Trustees:
    """What is special about a draw in a blind game: who works on it, and how much there is to do."""

    count: int
    threshold: int
    decks: int  #: in one batch
    batches: float  #: that are to be expected, as a mean
    tests: int  #: the same

    @property
    def absent(self) -> int:
        """How many trustees may be lost."""
        return self.count - self.threshold


@dataclass(frozen=True, slots=True)
class Outlook:
    """What a draw among these people has before it: the chance of a permitted deal, and the decks."""

    chance: Chance
    decks: int  #: of which all hold a forbidden pair in less than 1 % of draws
    trustees: Trustees | None = None  #: in a blind game

    @property
    def deals(self) -> float:
        """How many deals are to be expected."""
        return 1 / self.chance.value


def outlook(
    names: list[str], exclusions: Exclusions, deck_limit: int, blind: BlindTerms | None = None
) -> Outlook:
    """Return what a draw among these people has before it; `blind` are the terms of a blind game.

    Raises:
        UsageError: `exclusions.impossible`, naming who leave each other no one; `exclusions.too-many-pairs`,
            `exclusions.too-many-decks`, in a blind game `exclusions.too-many-tests`, with what would help.
    """
    forbidden = resolve(exclusions, names)
    room = MAX_FORMS if blind is None else MAX_BATCH_TESTS
    if len(forbidden) > room:
        raise UsageError(
            "exclusions.too-many-pairs",
            f"the exclusions forbid {len(forbidden)} pairs; a proof has room for {room}",
            hint="make the groups smaller",
        )
    feasible(len(names), forbidden, names)
    odds = chance(len(names), forbidden, samples=4000, seed=b"outlook")
    if blind is None:
        return Outlook(odds, check_deck_limit(len(names), odds.value, deck_limit, exclusions))
    return Outlook(odds, decks_needed(odds.value), _trustees(len(names), len(forbidden), odds.value, blind, exclusions))


def _trustees(n: int, pairs: int, p: float, blind: BlindTerms, exclusions: Exclusions) -> Trustees:
    """Return what the trustees of a game have before them, if it is within the limits of the game."""
    count = min(n, MAX_TRUSTEES)
    least, most = decks_allowed(n, pairs, blind.batch_tests)
    wanted = decks_needed(p)
    decks = max(least, min(most, wanted))
    batches = 1 / -math.expm1(decks * math.log1p(-p)) if p < 1 else 1.0
    tests = math.ceil(batches * decks * pairs)
    raised = []
    if tests > blind.game_tests:
        raised.append(f"raise the limit of {blind.game_tests} tests with --max-tests {tests}")
    if wanted > MAX_BATCHES * decks:
        raised.append(f"raise --batch-tests, which is {blind.batch_tests}")
    if raised:
        often = "one batch" if round(batches) == 1 else f"{batches:.0f} batches"
        message = (
            f"one deck in {1 / p:.0f} would be permitted; the players would have to mix {often}, and to "
            f"test {tests} pairs under encryption"
        )
        hint = f"split a group{largest_group(exclusions.groups)}, invite more people, or {' and '.join(raised)}"
        raise UsageError("exclusions.too-many-tests", message, blame=YOU, hint=f"{hint}; or play in mode sealed")
    return Trustees(count, threshold_of(count, blind.threshold), decks, batches, tests)


Weigh = Callable[[list[str], Exclusions, int, BlindTerms | None], Outlook]  # as `outlook`


def admit(state: State | None, post: Post, weigh: Weigh = outlook) -> None:
    """Refuse a legal post that an honest server does not order; call it after the rules.

    `weigh` is `outlook`, or something that remembers what it said: it takes up to half a second.

    Raises:
        UsageError: `join.look-alike`, `exclusions.impossible`, `exclusions.too-many-decks`,
            `exclusions.too-many-tests`.
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
            _weigh(weigh, state.create, [p.name for p in state.players])
        case Drop() if state.phase is Phase.COINS:  # after the deal of a blind game the rules know what can go on
            _weigh(weigh, state.create, [p.name for p in without(state.players, frozenset(post.players))])


def _admit_create(post: Create, weigh: Weigh) -> None:
    """If every invite is for a named person, the whole roster is known: see whether it can be drawn."""
    names = [i.name for i in post.invites if i.name is not None]
    if len(names) == len(post.invites) and len(names) >= 3:
        _weigh(weigh, post, names)


def _weigh(weigh: Weigh, create: Create, names: list[str]) -> None:
    blind = create.blind if isinstance(create.blind, BlindTerms) else None
    weigh(names, create.exclusions, create.deck_limit, blind)
