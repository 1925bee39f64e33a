"""Honest statements, witnesses and proofs of blind mode to start from, all from one number."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import blind_proof_reference as reference
from blind_proof_reference import Place
from sealed_santa.base.errors import ParseError, ProofError, SantaError
from sealed_santa.crypto.elgamal import Cipher, Row, encode_ciphers, encode_rows, encrypt, rerandomise, trivial
from sealed_santa.crypto.group import BASE, ORDER, SIZE, Point, encode_points
from sealed_santa.crypto.sharing import commit_polynomial
from sealed_santa.proofs.equality import BlindingStatement, DecryptionStatement, HandStatement
from sealed_santa.proofs.equations import Equation, check
from sealed_santa.proofs.linear.prove import prove_linear
from sealed_santa.proofs.linear.verify import linear_equations
from sealed_santa.proofs.possession import EnvelopeStatement, KeyStatement
from sealed_santa.proofs.session import Session
from sealed_santa.proofs.shuffle.prove import ShuffleWitness, mix_rows, prove_shuffle
from sealed_santa.proofs.shuffle.statements import ShuffleStatement, parse_shuffle
from sealed_santa.proofs.shuffle.verify import shuffle_equations

KINDS = ("possession", "envelope", "blinding", "later blinding", "decryption", "hand")
ROSTER = b"r" * 32
JOINT = 987654321 * BASE
SEED = b"s" * 32

# Points that are none: y = 0 and x = 0, y = −1 have small order, y = 2 is off the curve; one is not canonical.
NO_POINTS = {
    "identity": bytes([1]) + bytes(31),
    "order 4": bytes(32),
    "order 2": (2**255 - 20).to_bytes(32, "little"),
    "off the curve": bytes([2]) + bytes(31),
    "not canonical": (2**255 - 19 + 3).to_bytes(32, "little"),
    "mixed order": (BASE + Point((2**255 - 20).to_bytes(32, "little"))).raw,
}


def nonce(seed: int) -> Callable[[int], bytes]:
    return random.Random(seed).randbytes


def session(position: int = 0) -> Session:
    return Session(b"g" * 32, 2, b"a" * 32, 3, position)


def numbers(seed: int, count: int) -> tuple[int, ...]:
    rng = random.Random(seed)
    return tuple(rng.randrange(1, ORDER) for _ in range(count))


# --- linear proofs ------------------------------------------------------------------------------


@dataclass(frozen=True)
class Linear:
    """A statement of one of KINDS (of any class), its witness and an honest proof."""

    statement: Any
    witness: tuple[int, ...]
    proof: bytes


def linear(kind: str, n: int = 3, seed: int = 0) -> Linear:
    statement, witness = _linear(kind, n, seed)
    return Linear(statement, witness, prove_linear(statement, witness, SEED, nonce(seed)))


def _linear(kind: str, n: int, seed: int) -> tuple[Any, tuple[int, ...]]:
    secret, more, third = (numbers(100 * seed + i, n) for i in range(3))
    points = tuple(value * BASE for value in third)
    if kind == "possession":
        return KeyStatement(session(2), ROSTER, n + 1, n, commit_polynomial(secret)), secret
    if kind == "envelope":
        randomness = numbers(seed, 8)
        row = tuple(encrypt(JOINT, trivial(c + 1).v, r) for c, r in enumerate(randomness))
        return EnvelopeStatement(session(n), ROSTER, JOINT, row), randomness
    if kind == "decryption":
        x = secret[0]
        shares = tuple(x * u for u in points)
        return DecryptionStatement(session(), ROSTER, JOINT, x * BASE, points, shares), (x,)
    if kind == "hand":
        keys = tuple(value * BASE for value in more)
        x, rhos = 4711 + seed, secret
        hands = tuple((rho * BASE, x * u + rho * key) for rho, key, u in zip(rhos, keys, points, strict=True))
        return HandStatement(session(), ROSTER, JOINT, x * BASE, keys, points, hands), (x, *rhos)
    before = tuple(encrypt(JOINT, trivial(i + 1).v, r) for i, r in enumerate(more))
    tests = tuple((i // 2, i + 1, i + 2) for i in range(n))
    first = kind == "blinding"
    shifted = [Cipher(c.u, c.v - trivial(j if first else 0).v) for c, (_, _, j) in zip(before, tests, strict=True)]
    after = tuple(Cipher(s * c.u, s * c.v) for s, c in zip(secret, shifted, strict=True))
    place = session(0 if first else 1)
    return BlindingStatement(place, ROSTER, JOINT, tests, first, before, after), secret


def place_of(where: Session) -> Place:
    return Place(where.game, where.round, where.author, where.batch, where.position)


def reference_holds(statement: Any, proof: bytes) -> bool:
    """What the second verifier says of a statement of any kind."""
    s, place = statement, place_of(statement.session)
    if isinstance(s, KeyStatement):
        return reference.possession_holds(place, s.roster, s.trustees, s.threshold, encode_points(s.commitments), proof)
    if isinstance(s, EnvelopeStatement):
        return reference.envelope_holds(place, s.roster, s.joint.raw, encode_rows([s.row]), proof)
    if isinstance(s, BlindingStatement):
        pairs = (encode_ciphers(s.before), encode_ciphers(s.after))
        return reference.blinding_holds(place, s.roster, s.joint.raw, list(s.tests), *pairs, proof)
    if isinstance(s, DecryptionStatement):
        lists = (encode_points(s.firsts), encode_points(s.shares))
        return reference.decryption_holds(place, s.roster, s.joint.raw, s.public.raw, *lists, proof)
    if isinstance(s, HandStatement):
        lists3 = (encode_points(s.keys), encode_points(s.firsts), encode_points(p for hand in s.hands for p in hand))
        return reference.hand_holds(place, s.roster, s.joint.raw, s.public.raw, *lists3, proof)
    lists = (encode_rows(s.before), encode_rows(s.after))
    sizes = (s.step, s.rows, s.width)
    return reference.shuffle_holds(place, s.roster, s.joint.raw, *sizes, *lists, proof)


# --- shuffles -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Mixed:
    statement: ShuffleStatement
    witness: ShuffleWitness
    proof: bytes


def trivial_rows(n: int, width: int = 1) -> tuple[Row, ...]:
    return tuple(tuple(trivial(10 * c + i) for c in range(width)) for i in range(1, n + 1))


def encrypted_rows(n: int, width: int = 1, seed: int = 5) -> tuple[Row, ...]:
    rng = random.Random(seed)
    rows = trivial_rows(n, width)
    return tuple(tuple(rerandomise(JOINT, cipher, rng.randrange(ORDER)) for cipher in row) for row in rows)


def shuffle_witness(n: int, width: int, seed: int) -> ShuffleWitness:
    rng = random.Random(seed)
    order = rng.sample(range(1, n + 1), n)
    return ShuffleWitness(tuple(order), tuple(tuple(rng.randrange(ORDER) for _ in range(width)) for _ in range(n)))


def mixed(n: int = 4, width: int = 1, seed: int = 0, step: int = 0, before: tuple[Row, ...] | None = None) -> Mixed:
    """A mix of encrypted rows, or of those given."""
    rows = encrypted_rows(n, width) if before is None else before
    witness = shuffle_witness(n, width, 1000 * seed + step)
    after = mix_rows(JOINT, rows, witness.permutation, witness.randomness)
    statement = ShuffleStatement(session(), ROSTER, JOINT, step, rows, after)
    return Mixed(statement, witness, prove_shuffle(statement, witness, SEED, nonce(seed)).encode())


# --- verdicts -----------------------------------------------------------------------------------


def equations(statement: Any, proof: bytes) -> list[Equation]:
    if isinstance(statement, ShuffleStatement):
        sums = shuffle_equations(statement, parse_shuffle(proof, statement.rows, statement.width))
    else:
        sums = linear_equations(statement, proof)
    return [Equation(total, "proof-wrong", f"equation {i}") for i, total in enumerate(sums)]


def accept(statement: Any, proof: bytes) -> None:
    check(equations(statement, proof))


def refusal(statement: Any, proof: bytes) -> str:
    """The code with which a proof is refused: a form's, or `proof-wrong`."""
    try:
        accept(statement, proof)
    except (ParseError, ProofError) as e:
        return e.code
    raise AssertionError("a proof that should be refused was accepted")


def with_part(proof: bytes, k: int, raw: bytes) -> bytes:
    """The proof with its k-th part of 32 bytes, from 0, replaced."""
    return proof[: SIZE * k] + raw + proof[SIZE * (k + 1) :]


def moved(statement: Any, **changes: object) -> Any:
    """The statement in another place."""
    return replace(statement, session=replace(statement.session, **changes))


def code_of(call: Callable[[], object]) -> str:
    try:
        call()
    except SantaError as e:
        return e.code
    raise AssertionError("nothing was refused")
