"""What a linear proof claims, and its challenges (docs/protocol.md, sections 11.8 and 11.10 to 11.13).

Possession, envelopes, blinding, decryption and hands are one and the same proof: knowledge of
scalars (the witness) for which linear relations between public points hold (Maurer, AFRICACRYPT 2009,
"Unifying zero-knowledge proofs of knowledge", after Schnorr and Chaum-Pedersen).

    relation:  Σ witness_i·coefficient·base = Σ scalar·point

Proof: one announced point for each relation, in order; a challenge; one answer for each scalar of the
witness, in order. Rules: the whole instance is absorbed first; numbers of points and scalars follow
from the statement and from nothing in the proof.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from sealed_santa.crypto.challenge import Transcript, derive_session_id
from sealed_santa.crypto.group import SIZE, Point
from sealed_santa.proofs.session import Statement


@dataclass(frozen=True, slots=True)
class Relation:
    """Σ witness_i·coefficient·base over the terms (i, coefficient, base), i from 0, equals Σ scalar·point."""

    terms: tuple[tuple[int, int, Point], ...]
    target: tuple[tuple[int, Point], ...]


class LinearStatement(Statement, Protocol):
    """A statement of this kind: its place and public values, how large it is, and its relations."""

    @property
    def announced(self) -> int:
        """How many relations there are: one announced point for each."""

    @property
    def witnesses(self) -> int:
        """How many scalars the witness has: one answer for each."""

    def relations(self, transcript: Transcript) -> tuple[Relation, ...]:
        """Return the relations; the transcript has the instance, and may give challenges that they need."""


def knowledge(witness: int, base: Point, target: Point) -> Relation:
    """Return the relation witness·base = target."""
    return Relation(((witness, 1, base),), ((1, target),))


def linear_size(statement: LinearStatement) -> int:
    """Return the length of a proof in bytes."""
    return SIZE * (statement.announced + statement.witnesses)


def begin_linear(statement: LinearStatement) -> tuple[Transcript, tuple[Relation, ...]]:
    """Return the transcript with the instance absorbed, where the announced points come next, and the relations."""
    transcript = Transcript(derive_session_id(statement.tag()))
    transcript.absorb(statement.instance())
    return transcript, statement.relations(transcript)
