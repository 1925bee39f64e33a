"""Creating, joining, leaving, locking (docs/protocol.md, sections 5.1 to 5.3).

Each function takes the state before a post and returns the state after it, or raises `IllegalPost`.
Phase, author's role, `seen` and replays have been judged by `rules.apply`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Final

import msgspec

from sealed_santa.base.errors import Blame, IllegalPost, ParseError, Party, UsageError
from sealed_santa.base.names import parse_line, parse_name
from sealed_santa.crypto.group import Point
from sealed_santa.game.catalogue import check_catalogue, from_jsonable
from sealed_santa.game.exclusions import check_exclusions, resolve
from sealed_santa.game.modes import MODES
from sealed_santa.game.state import Phase, Player, State, roster_hash
from sealed_santa.log.chain import Chain
from sealed_santa.log.entry import SignedPost
from sealed_santa.log.fields import GroupKey, Hash, SignKey
from sealed_santa.log.posts import BlindTerms, Create, Exclusions, Invite, Join, Leave, Start

MAX_TITLE: Final = 80  # characters
MAX_BUDGET: Final = 40
MAX_HOUSE: Final = 120
MAX_WISH: Final = 280
MAX_DECK_POINTS: Final = 100_000  # the largest deck_limit
MAX_BATCH_TESTS: Final = 8000  # the blindings of a batch must fit into a frame to the server
MAX_PATIENCE: Final = 366 * 24 * 3600 * 1000  # milliseconds


def refuse(code: str, message: str, *, hint: str = "") -> IllegalPost:
    """Return the error for a post that breaks a rule; blames its author until a log holds it."""
    return IllegalPost(code, message, blame=Blame(Party.PEER), hint=hint)


def _text(value: str, limit: int, what: str, *, empty: bool = False) -> None:
    if empty and not value:
        return
    try:
        parse_line(value, limit)
    except ParseError as e:
        raise refuse("create.text" if what != "wish" else "join.wish", f"{what}: {e.message}") from e


def _names(names: Iterable[str], what: str) -> None:
    for name in names:
        try:
            parse_name(name)
        except ParseError as e:
            raise refuse(e.code, f"{what}: {e.message}") from e


def _distinct(values: Iterable[object]) -> bool:
    seen = list(values)
    return len(set(seen)) == len(seen)


def _check_invites(invites: tuple[Invite, ...]) -> None:
    if not 1 <= len(invites) <= 1000:
        raise refuse("create.invites", f"{len(invites)} invites; from 1 to 1000 are allowed")
    named = [i.name for i in invites if i.name is not None]
    _names(named, "invite")
    if not _distinct(named):
        raise refuse("create.invites", "two invites have the same name")


def _check_exclusions(terms: Exclusions) -> None:
    try:
        check_exclusions(terms.groups, terms.pairs)
    except ParseError as e:
        raise refuse(e.code if e.code.startswith("name.") else "create.exclusions", f"exclusion: {e.message}") from e


def _check_limits(body: Create) -> None:
    if not 3 <= body.min_players <= body.max_players:
        raise refuse("create.limits", "3 <= min_players <= max_players must hold")
    if not 3 <= body.deck_limit <= MAX_DECK_POINTS:
        raise refuse("create.limits", f"deck_limit must be from 3 to {MAX_DECK_POINTS}")
    if body.max_players > body.deck_limit:
        raise refuse("create.limits", "deck_limit leaves no deck for max_players")
    if body.patience > MAX_PATIENCE:
        raise refuse("create.limits", "patience is more than a year")
    if isinstance(body.blind, BlindTerms) and not (
        1 <= body.blind.batch_tests <= MAX_BATCH_TESTS and body.blind.game_tests >= 1
    ):
        raise refuse("create.limits", f"batch_tests must be from 1 to {MAX_BATCH_TESTS}, game_tests at least 1")


def create(post: SignedPost, body: Create) -> State:
    """Open a game: check every term that `create` freezes.

    Raises:
        IllegalPost: `create.*`, `name.*`.
    """
    mode = MODES[body.mode]  # a body of another mode is not parsed
    if body.reveal not in mode.reveals:
        raise refuse("create.reveal", f"{mode.name} games have no reveal {body.reveal!r}")
    _text(body.title, MAX_TITLE, "title")
    _text(body.house, MAX_HOUSE, "house")
    _text(body.budget, MAX_BUDGET, "budget", empty=True)
    _check_invites(body.invites)
    _check_exclusions(body.exclusions)
    _check_limits(body)
    try:
        check_catalogue([from_jsonable(msgspec.structs.asdict(g)) for g in body.catalogue])
    except (ParseError, UsageError) as e:
        raise refuse("create.catalogue", e.message) from e
    keys = [body.by, body.server, *(i.key for i in body.invites)]
    if not _distinct(keys):
        raise refuse("create.keys", "organiser, server and invites must all have different keys")
    return State(
        game=Hash(post.game), create=body, chain=Chain(), posts=Chain(), at=0, keys=frozenset(bytes(k) for k in keys)
    )


def join(state: State, post: SignedPost, body: Join) -> State:
    """Seat a player.

    Raises:
        IllegalPost: `join.full`, `join.invite-unknown`, `join.invite-name`, `join.invite-used`,
            `join.name-taken`, `join.group-key`, `join.key-used`, `join.wish`, `name.*`.
    """
    _names([body.name], "name")
    _text(body.wish, MAX_WISH, "wish", empty=True)
    if len(state.players) >= state.create.max_players:
        raise refuse("join.full", f"the game is full: {state.create.max_players} players", hint="ask the organiser")
    invite = next((i for i in state.create.invites if i.key == body.invite), None)
    if invite is None:
        raise refuse("join.invite-unknown", "this game has no such invite", hint="ask the organiser for an invite")
    if invite.name is not None:
        if invite.name != body.name:
            raise refuse("join.invite-name", f"this invite is for {invite.name!r}", hint="join with that name")
        if any(p.invite == body.invite for p in state.players):
            raise refuse("join.invite-used", "this invite has been used", hint="ask the organiser for one of your own")
    elif any(i.name == body.name for i in state.create.invites):
        raise refuse("join.invite-name", f"{body.name!r} has an invite of its own", hint="take another name")
    if state.named(body.name) is not None:
        raise refuse("join.name-taken", f"the name {body.name!r} is taken", hint="take another name")
    group_key = body.group_key if isinstance(body.group_key, GroupKey) else None
    if (group_key is None) is isinstance(state.create.blind, BlindTerms):
        raise refuse("join.group-key", "players of blind games have a group key, and no others have")
    keys = [bytes(k) for k in (body.by, body.card_key, body.gift_key, body.reveal_key, *filter(None, [group_key]))]
    if not _distinct(keys) or state.keys.intersection(keys):
        raise refuse("join.key-used", "a key of this join has been used in this game already")
    player = Player(
        number=len(state.players) + 1, key=body.by, name=body.name, wish=body.wish, card_key=body.card_key,
        gift_key=body.gift_key, reveal_key=body.reveal_key, coin_end=body.coin, invite=body.invite, join=post.hash,
        seq=len(state.chain), group_key=None if group_key is None else Point(bytes(group_key)),
    )  # fmt: skip
    return replace(state, players=(*state.players, player), keys=state.keys.union(keys))


def without(players: tuple[Player, ...], gone: frozenset[SignKey]) -> tuple[Player, ...]:
    """Return the players that are left, numbered anew from 1 in joining order."""
    left = (p for p in players if p.key not in gone)
    return tuple(replace(p, number=i) for i, p in enumerate(left, start=1))


def leave(state: State, post: SignedPost, body: Leave) -> State:
    """Let a player go before the start; its name and a named invite are free again, its keys never."""
    return replace(state, players=without(state.players, frozenset({body.by})))


def begin_round(state: State, players: tuple[Player, ...]) -> State:
    """Lock the roster of the next round: new numbers, new roster hash, new decks and coins to come."""
    number = state.round + 1
    names = [p.name for p in players]
    return replace(
        state,
        phase=Phase.DECK,
        players=players,
        round=number,
        roster=roster_hash(state.game, number, players),
        forbidden=resolve(state.create.exclusions, names),
        lock_seq=len(state.chain),
        deck=None,
        coins={},
    )


def start(state: State, post: SignedPost, body: Start) -> State:
    """Lock the roster and begin round 1.

    Raises:
        IllegalPost: `start.not-allowed`, `start.too-few`, `start.roster-moved`.
    """
    if state.create.starters == "organiser" and body.by != state.create.by:
        raise refuse("start.not-allowed", "in this game only the organiser starts")
    least = state.create.min_players
    if len(state.players) < least:
        message = f"{len(state.players)} players; at least {least} are needed"
        raise refuse("start.too-few", message, hint="wait for more players")
    if body.roster != roster_hash(state.game, 1, state.players):
        raise refuse("start.roster-moved", "somebody joined or left meanwhile", hint="look at the roster, start again")
    return begin_round(state, state.players)
