"""Blind games in memory at every point of their lives, and what their parties hold and would send."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache

from game_cases import NAMES, but, by_dealer, by_organiser, clone
from sealed_santa.crypto.elgamal import encode_rows, encrypt
from sealed_santa.crypto.group import ORDER, Point, decode_points, encode_points
from sealed_santa.game.batches import BlindState, Kind
from sealed_santa.game.stages import blind_state, the_batch
from sealed_santa.game.state import Phase, Player, State
from sealed_santa.game.statements import envelope_statement, joint_key
from sealed_santa.lab.simulator import Simulator
from sealed_santa.log.fields import Points, Proof, SignKey
from sealed_santa.log.posts import BlindTerms, Close, EnvelopePost, Receipt
from sealed_santa.proofs.linear.prove import prove_linear
from sealed_santa.roles import dealer, player, trustee

THREE_DECKS = BlindTerms(batch_tests=12, game_tests=100_000, threshold=0)  # of four players; fast
PATIENCE = 3_600_000  # milliseconds; as the simulator's terms have it


def blind_game(names: Sequence[str] = NAMES, seed: str = "blind", **changes: object) -> Simulator:
    """Return a blind game with small batches whose players have joined."""
    return Simulator(seed, names, {"mode": "blind", "blind": THREE_DECKS, **changes}).fill()


def advance(
    game: Simulator, done: Callable[[State], bool], silent: Sequence[str] = (), server: bool = True
) -> Simulator:
    """Let everybody who is not silent do what is owed, one post at a time, until something is true or nobody moves."""
    moved = True
    while moved and not done(game.state):
        moved = False
        for name in (None, *game.players):
            if name in silent or done(game.state) or (name is None and not server):
                continue
            moved = (keep(game) if name is None else act(game, name)) or moved
    return game


def patiently(game: Simulator, done: Callable[[State], bool], silent: Sequence[str] = ()) -> Simulator:
    """Do the same, and let the time for everything pass where nobody moves; a game that is stuck stays so."""
    while not done(game.state):
        length = len(game.entries)
        advance(game, done, silent)
        if not done(game.state):
            game.now += 2 * PATIENCE
            advance(game, done, silent)
        if len(game.entries) == length:
            break
    return game


def act(game: Simulator, name: str) -> bool:
    """Let a player post the first thing that it owes; return whether there was one."""
    posts = game.owed(name).posts
    if posts:
        game.say(name, posts[0])
    return bool(posts)


def keep(game: Simulator) -> bool:
    """Let the server of a blind game post the close that it owes, if any."""
    posts = dealer.duties(game.state, game.dealer, game.now, game.entropy, game.memo)
    for body in posts:
        game.deal_with(body)
    return bool(posts)


def at_batch(kind: Kind, phase: Phase = Phase.MIXING) -> Callable[[State], bool]:
    """Return whether a game has reached a batch of a kind in a phase."""
    return lambda s: (
        s.phase is phase and s.blind is not None and s.blind.batch is not None and s.blind.batch.kind is kind
    )


def at_phase(phase: Phase) -> Callable[[State], bool]:
    """Return whether a game has reached a phase."""
    return lambda s: s.phase is phase


@cache
def _stage(place: str, names: tuple[str, ...], seed: str, changes: tuple[tuple[str, object], ...]) -> Simulator:
    game = blind_game(names, seed, **dict(changes))
    if place == "joining":
        return game
    game.start()
    done = at_batch(Kind.GIFTS) if place == "gifts" else at_phase(Phase(place))
    advance(game, done)
    assert done(game.state), place
    return game


def blind_at(place: str, names: Sequence[str] = NAMES, seed: str = "blind", **changes: object) -> Simulator:
    """Return a blind game that has just reached a phase, or "gifts": the mixing of gifts. Cached, and cloned."""
    return clone(_stage(place, tuple(names), seed, tuple(sorted(changes.items()))))


def leaving(game: Simulator, name: str) -> Simulator:
    """Let a player leave."""
    game.say(name, player.make_leave(game.state, game.players[name].key))
    return game


@cache
def _bridged(kind: Kind, phase: Phase, names: tuple[str, ...], leaver: str) -> Simulator:
    done = at_batch(kind, phase)
    for k in range(50):
        game = leaving(blind_at("choosing", names, f"bridge {k}"), leaver)
        advance(game, lambda s: done(s) or at_batch(Kind.CARDS)(s) or (s.phase is Phase.DEALING))
        if done(game.state):
            return game
    raise LookupError("no such game")


def bridged(
    kind: Kind, phase: Phase = Phase.MIXING, names: Sequence[str] = (*NAMES, "Eve"), leaver: str = "Bob"
) -> Simulator:
    """Return a game in which somebody has left after the deal, at a batch of the repair. Cached, and cloned."""
    return clone(_bridged(kind, phase, tuple(names), leaver))


def blind(game: Simulator) -> BlindState:
    """Return the blind state of a game."""
    return blind_state(game.state)


def me(game: Simulator, name: str) -> Player:
    """Return a player of a game."""
    return player.own(game.state, game.players[name])


def share(game: Simulator, name: str) -> int:
    """Return a trustee's share of the joint secret."""
    index = blind(game).trustees.index(me(game, name).number) + 1
    found = trustee.own_share(game.state, game.players[name], me(game, name), index)
    assert found is not None
    return found


def joint_secret(game: Simulator) -> int:
    """Return y, which nobody knows."""
    left = {game.state.players[blind(game).trustees[i - 1] - 1].name for i in blind(game).qualified()}
    return sum(trustee._polynomial(game.state, game.players[name])[0] for name in left) % ORDER


def secret_pairs(game: Simulator) -> dict[int, int]:
    """Return recipient by giver, read with all players' own keys."""
    found = {name: player.knowledge(game.state, game.players[name]).recipient for name in game.players}
    numbers = {p.name: p.number for p in game.state.players}
    return {numbers[name]: to.number for name, to in found.items() if to is not None and name in numbers}


def close(game: Simulator, key: SignKey) -> Close:
    """Return a close by this author."""
    return Close(game=game.state.game, by=key, seen=game.state.head, round=game.state.round)


def by_close(game: Simulator, server: bool) -> str:
    """Return the verdict on a close by the server or the organiser."""
    if server:
        return by_dealer(game, close(game, game.dealer.key))
    return by_organiser(game, close(game, game.organiser.key))


def receipt(game: Simulator, name: str) -> Receipt:
    """Return a receipt of a player."""
    return Receipt(game=game.state.game, by=game.players[name].key, seen=game.state.head, round=game.state.round)


def envelope_of(game: Simulator, name: str, pieces: Sequence[Point], seed: int = 7, **changes: object) -> EnvelopePost:
    """Return an envelope with these seven points, encrypted and proven rightly."""
    state, secrets, joint = game.state, game.players[name], joint_key(game.state)
    scalars = [seed + 1 + i for i in range(len(pieces))]
    row = tuple(encrypt(joint, point, r) for point, r in zip(pieces, scalars, strict=True))
    statement = envelope_statement(state, me(game, name), row)
    body = EnvelopePost(
        game=state.game, by=secrets.key, seen=state.head, round=state.round, batch=blind(game).deal_batch,
        row=Points(encode_rows([row])), proof=Proof(prove_linear(statement, scalars, secrets.seed, game.entropy)),
    )  # fmt: skip
    return but(body, **changes)


def deck_secrets(game: Simulator, name: str, number: int = 0) -> trustee.ShuffleWitness:
    """Return the permutation and the randomness with which this trustee would mix a deck now."""
    state, batch = game.state, the_batch(game.state)
    deck = trustee.mix_input(state, 0 if batch.decks else trustee.decks_wanted(state))[number]
    return trustee._mixed(state, game.players[name], batch, number, deck)[1]


# Ways to spoil a string of points and scalars, each 32 bytes.

SMALL_ORDER = (2**255 - 20).to_bytes(32, "little")
BAD_POINTS = {
    "identity": bytes([1]) + bytes(31),
    "small order": SMALL_ORDER,
    "off the curve": bytes([2]) + bytes(31),
    "not canonical": b"\xff" * 32,
}


def unit(blob: bytes, place: int, value: bytes) -> bytes:
    """Return a string of units of 32 bytes with one of them replaced; from the end if `place` is negative."""
    units = [blob[i : i + 32] for i in range(0, len(blob), 32)]
    units[place] = value
    return b"".join(units)


def other_scalar(blob: bytes, place: int) -> bytes:
    """Return the string with one scalar greater by one."""
    start = place * 32 if place >= 0 else len(blob) + place * 32
    value = int.from_bytes(blob[start : start + 32], "little")
    return unit(blob, place, ((value + 1) % ORDER).to_bytes(32, "little"))


def other_point(blob: bytes, place: int) -> bytes:
    """Return the string with one point doubled."""
    start = place * 32 if place >= 0 else len(blob) + place * 32
    (point,) = decode_points(blob[start : start + 32], 1)
    return unit(blob, place, encode_points([2 * point]))
