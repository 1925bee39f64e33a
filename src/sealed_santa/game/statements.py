"""What the posts of a blind game must prove, for the provers and for the judge (docs/protocol.md, 11.8 to 11.13).

One place that says which values of a game a statement is made of, so that trustee, player and rules
cannot differ on it.
"""

from __future__ import annotations

from collections.abc import Sequence

from sealed_santa.base.errors import ParseError, UsageError
from sealed_santa.crypto.elgamal import Cipher, Row
from sealed_santa.crypto.group import Point
from sealed_santa.game.batches import Deck
from sealed_santa.game.lobby import refuse
from sealed_santa.game.stages import blind_state, present, the_batch
from sealed_santa.game.state import Player, State
from sealed_santa.log.fields import Hash, SignKey
from sealed_santa.proofs.equality import BlindingStatement, DecryptionStatement, HandStatement
from sealed_santa.proofs.equations import Equation
from sealed_santa.proofs.linear.statements import LinearStatement
from sealed_santa.proofs.linear.verify import linear_equations
from sealed_santa.proofs.possession import EnvelopeStatement, KeyStatement
from sealed_santa.proofs.session import Session
from sealed_santa.proofs.shuffle.statements import ShuffleStatement


def _roster(state: State) -> Hash:
    if state.roster is None:
        raise UsageError("game.not-started", "the roster is not locked")
    return state.roster


def joint_key(state: State) -> Point:
    """Return Y."""
    joint = blind_state(state).joint
    if joint is None:
        raise UsageError("game.no-key", "there is no joint key yet")
    return joint


def _session(state: State, author: SignKey, batch: int, position: int) -> Session:
    return Session(state.game, state.round, author, batch, position)


def key_statement(state: State, author: SignKey, index: int, commitments: tuple[Point, ...]) -> KeyStatement:
    """The author knows the secret that its first commitment holds."""
    blind = blind_state(state)
    session = _session(state, author, 0, index)
    return KeyStatement(session, _roster(state), len(blind.trustees), blind.threshold, commitments)


def shuffle_statement(state: State, author: SignKey, deck: int, before: Deck, after: Deck) -> ShuffleStatement:
    """The rows after a mix are those before it, in another order and encrypted again."""
    batch = the_batch(state)
    session = _session(state, author, batch.number, deck)
    return ShuffleStatement(session, _roster(state), joint_key(state), len(batch.mixers), before, after)


def blinding_statement(state: State, author: SignKey, after: tuple[Cipher, ...]) -> BlindingStatement:
    """Every pair after a blinding is a multiple of the pair before it."""
    batch = the_batch(state)
    position = len(batch.blinders)
    session = _session(state, author, batch.number, position)
    tests = tuple((test.deck, test.row, test.value) for test in batch.tests)
    return BlindingStatement(session, _roster(state), joint_key(state), tests, position == 0, batch.pairs, after)


def decryption_statement(state: State, author: SignKey, index: int, shares: tuple[Point, ...]) -> DecryptionStatement:
    """The shares are the author's part of decrypting what the batch opens."""
    batch = the_batch(state)
    session = _session(state, author, batch.number, 0)
    firsts = tuple(cipher.u for cipher in batch.opened())
    public = blind_state(state).publics[index]
    return DecryptionStatement(session, _roster(state), joint_key(state), public, firsts, shares)


def group_keys(players: Sequence[Player]) -> tuple[Point, ...]:
    """Return P_i of these players."""
    keys = tuple(p.group_key for p in players if p.group_key is not None)
    if len(keys) != len(players):
        raise UsageError("mode.wrong", "players of a blind game have group keys")
    return keys


def hand_statement(
    state: State, author: SignKey, index: int, hands: tuple[tuple[Point, Point], ...]
) -> HandStatement:
    """Every hand holds the author's decryption share of a player's card, for that player alone."""
    blind = blind_state(state)
    session = _session(state, author, blind.deal_batch, 0)
    firsts = tuple(row[0].u for row in blind.deck)
    keys = group_keys(present(state))
    return HandStatement(session, _roster(state), joint_key(state), blind.publics[index], keys, firsts, hands)


def envelope_statement(state: State, author: Player, row: Row) -> EnvelopeStatement:
    """The author knows what it has encrypted."""
    session = _session(state, author.key, blind_state(state).deal_batch, author.number)
    return EnvelopeStatement(session, _roster(state), joint_key(state), row)


def shown(statement: LinearStatement, proof: bytes, message: str, *, form: str, wrong: str) -> tuple[Equation, ...]:
    """Return what must hold for a post to show its statement, each equation with what it means if it does not.

    Raises:
        IllegalPost: `form`, when the proof has another length than the statement asks for.
    """
    try:
        sums = linear_equations(statement, proof)
    except ParseError as e:
        raise refuse(form, f"{message}: {e.message}") from e
    return tuple(Equation(s, wrong, message) for s in sums)
