"""Games in memory at every point of their lives, and what the rules say to a post there."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from copy import copy
from dataclasses import dataclass, fields, replace
from typing import Any

import msgspec
import pytest

from sealed_santa.base.errors import IllegalPost, SantaError
from sealed_santa.base.labels import Label
from sealed_santa.crypto.sealing import BoxKey, seal
from sealed_santa.crypto.signing import SigningKey
from sealed_santa.game.boxes import HOUSE, INNER_SIZE, Choice, Envelope, box_info, gift_hash
from sealed_santa.game.replay import judge, step
from sealed_santa.game.state import Phase, State
from sealed_santa.lab.simulator import Simulator
from sealed_santa.log.entry import Entry, sign_post
from sealed_santa.log.fields import CardBoxes, ChoiceBox, Envelopes, NoteBox, Opened, SignKey
from sealed_santa.log.posts import Deal, Delivery, Dispute, Exclusions, Gift, Invite, Post
from sealed_santa.roles import dealer, player

NAMES = ("Ann", "Bob", "Cem", "Dot")
COUPLE = Exclusions(groups=(("Ann", "Bob"),), pairs=())
IMPOSSIBLE = Exclusions(groups=(("Ann", "Bob", "Cem"),), pairs=())  # of four: one recipient for three
FEW_DECKS = {"deck_limit": 4, "max_players": 4}


def game_at(
    phase: Phase | None = None, names: Sequence[str] = NAMES, seed: str = "simulator", **changes: object
) -> Simulator:
    """Return a game that has just reached a phase; without one, a game whose players have joined."""
    game = Simulator(seed, names, dict(changes)).fill()
    if phase is None or phase is Phase.JOINING:
        return game
    game.start()
    return game.run(until=phase)


def clone(game: Simulator) -> Simulator:
    """Return a game with the same log and parties that goes its own way from here."""
    twin = copy(game)
    twin.entries, twin.memo, twin.intents = list(game.entries), dict(game.memo), dict(game.intents)
    return twin


def but(body: Any, **changes: object) -> Any:
    """Return a body with some fields changed."""
    return msgspec.structs.replace(body, **changes)


def verdict(game: Simulator, body: Post, key: SigningKey, invite: SigningKey | None = None) -> str:
    """Return the code with which the rules refuse this body here, or "ok"; the game does not move."""
    try:
        judge(game.state, sign_post(body, key, invite), game.now)
    except IllegalPost as e:
        return e.code
    return "ok"


def by_player(game: Simulator, name: str, body: Post) -> str:
    """Return the verdict on a body of this player."""
    return verdict(game, body, game.players[name].signing)


def by_organiser(game: Simulator, body: Post) -> str:
    """Return the verdict on a body of the organiser."""
    return verdict(game, body, game.organiser.signing)


def by_dealer(game: Simulator, body: Post) -> str:
    """Return the verdict on a body of the server."""
    return verdict(game, body, game.server)


def owed(game: Simulator, name: str) -> Any:
    """Return the one body that a player owes."""
    (body,) = game.owed(name).posts
    return body


def dealt(game: Simulator) -> Any:
    """Return the one body that the dealer owes."""
    (body,) = dealer.duties(game.state, game.dealer, game.now, game.entropy, game.memo)
    return body


@contextmanager
def raises(kind: type[SantaError], code: str) -> Iterator[None]:
    """Expect an error of a kind with exactly this code."""
    with pytest.raises(kind) as caught:
        yield
    assert caught.value.code == code


def facts(state: State) -> dict[str, Any]:
    """Return a state as a dict of independent values, to see later that it has not changed."""
    values = {f.name: getattr(state, f.name) for f in fields(state)}
    values["chain"] = [state.chain[i] for i in range(len(state.chain))]
    values["posts"] = [state.posts[i] for i in range(len(state.posts))]
    return {name: dict(v) if hasattr(v, "items") else v for name, v in values.items()}


def fresh_signer(text: str) -> SigningKey:
    """Return some Ed25519 key that no game knows."""
    return SigningKey.from_seed(text.encode().ljust(32, b"."))


# --- seen ---------------------------------------------------------------------------------------


def oldest(game: Simulator, judged: Callable[[Any], str], body: Any) -> int:
    """Return the seq of the oldest entry that this body may have seen here."""
    codes = [judged(but(body, seen=entry.hash)) for entry in game.entries]
    assert codes[-1] == "ok", codes
    first = codes.index("ok")
    assert all(code in ("seen.too-old", "seen.backwards", "post.replayed") for code in codes[:first])
    assert set(codes[first:]) == {"ok"}
    return first


def stranger_to(game: Simulator, *names: str) -> None:
    """Forget what these players have seen, so that only the rule of the type decides."""
    gone = {game.players[name].key for name in names} | {game.dealer.key, game.organiser.key}
    seen = {key: seq for key, seq in game.state.last_seen.items() if key not in gone}
    game.current = replace(game.state, last_seen=seen)


# --- what a dishonest party would send ----------------------------------------------------------


def wrong_cards(game: Simulator, body: Deal, victim: int) -> Deal:
    """Return a deal whose sealed card for one player (number) is no box at all."""
    units = list(body.sealed.units())
    units[victim - 1] = bytes(len(units[0]))
    return but(body, sealed=CardBoxes(b"".join(units)))


def envelope_to(game: Simulator, number: int, content: Envelope) -> bytes:
    """Seal an envelope for a recipient as the dealer would."""
    state, to = game.state, game.state.players[number - 1]
    info = box_info(Label.SEAL_ENVELOPE, state.game, state.round, number, to.gift_key, state.create.server)
    return seal(BoxKey.parse(to.gift_key), content.encode(), info)


def swap_envelope(game: Simulator, body: Delivery, number: int, content: Envelope | bytes) -> Delivery:
    """Return a delivery with another envelope for one recipient: another content, or raw bytes."""
    units = list(body.envelopes.units())
    units[number - 1] = content if isinstance(content, bytes) else envelope_to(game, number, content)
    return but(body, envelopes=Envelopes(b"".join(units)))


def house() -> Envelope:
    """Return the content of the house's envelope."""
    return Envelope(HOUSE, bytes(INNER_SIZE))


def gift_with(
    game: Simulator, name: str, *, choice: int = 0, k: bytes = b"k" * 32, inner: bytes | None = None, **changes: object
) -> Gift:
    """Return a gift of a player with contents of its own making, sealed rightly."""
    state, secrets = game.state, game.players[name]
    me = player.own(state, secrets)
    inner = bytes(INNER_SIZE) if inner is None else inner
    choice_key, note_key = state.choice_keys[me.number], state.note_keys[me.number]
    info = box_info(Label.SEAL_CHOICE, state.game, state.round, me.number, choice_key, me.key)
    note_info = box_info(Label.SEAL_NOTE, state.game, state.round, me.number, note_key, me.key)
    body = Gift(
        game=state.game, by=me.key, seen=state.head, round=state.round,
        choice=ChoiceBox(seal(BoxKey.parse(choice_key), Choice(choice, k).encode(), info)),
        note=NoteBox(seal(BoxKey.parse(note_key), inner, note_info)),
        h=gift_hash(state.game, state.round, me.number, k, choice, inner),
    )  # fmt: skip
    return but(body, **changes)


def dispute(game: Simulator, name: str, about: str, **keys: bytes) -> Dispute:
    """Return a dispute; keys are given by purpose: card, gift, reveal."""
    given = {f"{kind}_secret": None for kind in ("card", "gift", "reveal")}
    given |= {f"{kind}_secret": Opened(secret) for kind, secret in keys.items()}
    state = game.state
    return Dispute(
        game=state.game, by=game.players[name].key, seen=state.head, round=state.round, about=about, **given
    )  # type: ignore[arg-type]


def invite_for(text: str, name: str | None) -> tuple[SigningKey, Invite]:
    """Return an invite key and its public half."""
    key = fresh_signer(text)
    return key, Invite(key=SignKey(key.public().raw), name=name)


@dataclass(frozen=True)
class Replay:
    """How far a log could be followed, and why no further."""

    states: int
    state: State | None
    error: SantaError | None


def follow(entries: Iterable[Entry]) -> Replay:
    """Follow a log as far as it is right."""
    state, count = None, 0
    for entry in entries:
        try:
            state = step(state, entry)
        except SantaError as e:
            return Replay(count, state, e)
        count += 1
    return Replay(count, state, None)
