"""Trustees of a blind game that do as they like (docs/protocol.md, sections 11.5, 11.6 and 11.9 to 11.11).

Each has what a real trustee has: its own secrets and the log. Only `opened` puts the secrets of all
of them together; nobody in a game can, and no cheat uses it: the lab looks with it at what was done.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

from sealed_santa.crypto.elgamal import Cipher, encode_ciphers, encode_rows
from sealed_santa.crypto.group import BASE, ORDER, Point, encode_points, scalar_from_wide
from sealed_santa.crypto.sharing import lagrange
from sealed_santa.game.batches import Batch, Deck
from sealed_santa.game.mixing import mix_input
from sealed_santa.game.stages import blind_state, present, the_batch
from sealed_santa.game.state import Phase
from sealed_santa.game.statements import blinding_statement, decryption_statement, joint_key, shuffle_statement
from sealed_santa.lab import stage
from sealed_santa.lab.simulator import FOUR, Simulator
from sealed_santa.log.fields import Hash, Points, Proof
from sealed_santa.log.posts import Blinding, BlindTerms, Exclusions, Mix, OpeningPost
from sealed_santa.proofs.linear.prove import prove_linear
from sealed_santa.proofs.shuffle.prove import ShuffleWitness, mix_rows, prove_shuffle
from sealed_santa.roles import player, trustee

Spoil = Callable[[Deck], Deck]
TRIES = 40


def scalar(game: Simulator) -> int:
    """Return a scalar that nobody else knows, and never zero."""
    return 1 + scalar_from_wide(game.entropy(64)) % (ORDER - 1)


def scalars(game: Simulator, many: int) -> tuple[int, ...]:
    """Return so many of them."""
    return tuple(scalar(game) for _ in range(many))


def index_of(game: Simulator, name: str) -> int:
    """Return the index of a trustee."""
    number = player.own(game.state, game.players[name]).number
    index = blind_state(game.state).index(number)
    if index is None:
        raise stage.unshown(f"{name} is no trustee")
    return index


def work(game: Simulator, phase: Phase, *, but_for: str) -> Simulator:
    """Let everybody work in this phase until the cheater is the only one who can go on."""
    moved = True
    while moved and game.state.phase is phase:
        moved = False
        for name in game.players:
            batch = the_batch(game.state)
            last = len(batch.blinders if phase is Phase.BLINDING else batch.openings) == (
                blind_state(game.state).threshold - 1
            )
            if name == but_for or (last and phase is not Phase.MIXING) or game.state.phase is not phase:
                continue
            for body in game.owed(name).posts:
                game.say(name, body)
                moved = True
    return game


@cache
def _seed(fits: Callable[[Simulator], bool], first: int, exclusions: Exclusions, decks: int) -> str:
    for number in range(first, first + TRIES):
        if fits(_mixed(f"lab/{number}", exclusions, decks)):
            return f"lab/{number}"
    raise stage.unshown("no game among many in which the cheat would be needed")


def _mixed(seed: str, exclusions: Exclusions, decks: int) -> Simulator:
    terms = few_decks(decks, 2 * len(exclusions.groups))
    return stage.at_phase("blind", Phase.BLINDING, FOUR, seed, exclusions=exclusions, blind=terms)


def few_decks(decks: int, pairs: int = 0, players: int = len(FOUR)) -> BlindTerms:
    """Return the terms of a blind game with so many decks in a batch."""
    return BlindTerms(batch_tests=decks * (players + pairs), game_tests=100_000, threshold=0)


def quick(mode: str) -> dict[str, Any]:
    """Return what makes a blind game of four a short one: a single deck, and a seed with which it is dealt."""
    return {"seed": "lab/2", "blind": few_decks(1)} if mode == "blind" else {}


def waiting(
    fits: Callable[[Simulator], bool],
    first: int = 0,
    exclusions: Exclusions = Exclusions(groups=(), pairs=()),  # noqa: B008  # a frozen value
    decks: int = 2,
) -> Simulator:
    """Return a new game that waits for its tests, the first by its seed in which the mixed decks are so.

    `first` is where the search begins: a game that is known to fit saves the others' time.
    """
    return _mixed(_seed(fits, first, exclusions, decks), exclusions, decks)


# --- what a cheater may post --------------------------------------------------------------------


def mix_of(game: Simulator, name: str, spoil: Spoil = lambda deck: deck) -> Mix:
    """Return a trustee's mix of all decks with the rows spoilt, and the best proof that there is."""
    state, secrets = game.state, game.players[name]
    batch = the_batch(state)
    before = mix_input(state, 0 if batch.decks else trustee.decks_wanted(state))
    rows, proofs = [], []
    for number, old in enumerate(before):
        witness = witness_of(game, old)
        after = spoil(mix_rows(joint_key(state), old, witness.permutation, witness.randomness))
        statement = shuffle_statement(state, secrets.key, number, old, after)
        rows.append(encode_rows(after))
        proofs.append(prove_shuffle(statement, witness, secrets.seed, game.entropy).encode())
    return mix_post(game, name, b"".join(rows), b"".join(proofs))


def mix_post(game: Simulator, name: str, rows: bytes, proofs: bytes) -> Mix:
    """Return a mix of this trustee with these rows and proofs."""
    state = game.state
    return Mix(
        game=state.game, by=game.players[name].key, seen=state.head, round=state.round,
        batch=the_batch(state).number, rows=Points(rows), proofs=Proof(proofs),
    )  # fmt: skip


def witness_of(game: Simulator, deck: Deck) -> ShuffleWitness:
    """Return an order and randomness for a mix."""
    marks = [(scalar(game), place) for place in range(1, len(deck) + 1)]
    return ShuffleWitness(tuple(place for _, place in sorted(marks)), tuple(scalars(game, len(r)) for r in deck))


def blinding_of(game: Simulator, name: str, spoil: Callable[[Cipher], Cipher] = lambda pair: pair) -> Blinding:
    """Return a trustee's blinding with the pairs spoilt, and the best proof that there is."""
    state, secrets, batch = game.state, game.players[name], the_batch(game.state)
    first = not batch.blinders
    factors = scalars(game, len(batch.pairs))
    pairs = []
    for factor, test, pair in zip(factors, batch.tests, batch.pairs, strict=True):
        off = pair.v - test.value * BASE if first else pair.v
        pairs.append(spoil(Cipher(factor * pair.u, factor * off)))
    statement = blinding_statement(state, secrets.key, tuple(pairs))
    return Blinding(
        game=state.game, by=secrets.key, seen=state.head, round=state.round, batch=batch.number,
        pairs=Points(encode_ciphers(pairs)),
        proof=Proof(prove_linear(statement, factors, secrets.seed, game.entropy)),
    )  # fmt: skip


def opening_of(game: Simulator, name: str, spoil: Callable[[list[Point]], list[Point]]) -> OpeningPost:
    """Return a trustee's decryption shares, spoilt, and the best proof that there is."""
    state, secrets, batch = game.state, game.players[name], the_batch(game.state)
    me, index = player.own(state, secrets), index_of(game, name)
    x = trustee.own_share(state, secrets, me, index)
    if x is None:
        raise stage.unshown(f"{name} has no share of the joint key")
    shares = tuple(spoil([x * cipher.u for cipher in batch.opened()]))
    statement = decryption_statement(state, secrets.key, index, shares)
    return OpeningPost(
        game=state.game, by=secrets.key, seen=state.head, round=state.round, batch=batch.number,
        shares=Points(encode_points(shares)),
        proof=Proof(prove_linear(statement, (x,), secrets.seed, game.entropy)),
    )  # fmt: skip


def share_for(game: Simulator, name: str, place: int, wanted: Point) -> Point:
    """Return the share with which the last opener makes the ciphertext at a place come out as it likes."""
    batch, index = the_batch(game.state), index_of(game, name)
    cipher = batch.opened()[place]
    factors = lagrange((*batch.openings, index))
    rest = cipher.v - wanted
    for other, shares in batch.openings.items():
        rest = rest - factors[other] * shares[place]
    return pow(factors[index], -1, ORDER) * rest


# --- what only the lab can see ------------------------------------------------------------------


def opened(game: Simulator, deck: Deck) -> tuple[int, ...]:
    """Return the numbers that the rows of a deck hold, with the keys of all trustees together; 0 for nobody's."""
    state = game.state
    blind, roster = blind_state(state), state.roster or Hash(bytes(32))
    owners = [state.players[number - 1].name for number in blind.trustees]
    joint = sum(game.players[name].polynomial(state.round, roster, blind.threshold - 1)[0] for name in owners)
    numbers = {p.number * BASE: p.number for p in state.players}
    return tuple(numbers.get(row[0].v - joint * row[0].u, 0) for row in deck)


def clean(game: Simulator, batch: Batch) -> tuple[bool, ...]:
    """Return, for each deck of a batch of cards, whether no row holds what is forbidden to its player."""
    here = [p.number for p in present(game.state)]
    forbidden = set(game.state.forbidden)
    return tuple(not forbidden.intersection(zip(here, opened(game, deck), strict=True)) for deck in batch.decks)


def known(game: Simulator) -> dict[str, str]:
    """Return whom each player's own client says it gives to."""
    found = {}
    for name, secrets in game.players.items():
        to = player.knowledge(game.state, secrets).recipient
        found[name] = "nobody" if to is None else to.name
    return found
