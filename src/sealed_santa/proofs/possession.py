"""Proofs of knowing what is one's own (docs/protocol.md, sections 11.8 and 11.13).

- Key: the author knows every a_m of A_m = a_m·G. Without it a trustee that posts last could choose its key
  so that the joint key is one of which it knows the secret (a rogue key), or its other commitments so that
  somebody's public share is the identity, which would end the game.
- Envelope: the author knows the randomness of its row, and so the plaintext. Without it a row could be
  copied from somebody else's, or made from one, and read when the rows are opened.
"""

from __future__ import annotations

from dataclasses import dataclass

from sealed_santa.base.canon import pack
from sealed_santa.base.labels import Label
from sealed_santa.crypto.challenge import Transcript
from sealed_santa.crypto.elgamal import Row, encode_rows
from sealed_santa.crypto.group import BASE, Point, encode_points
from sealed_santa.proofs.linear.statements import Relation, knowledge
from sealed_santa.proofs.session import Session, require


@dataclass(frozen=True, slots=True)
class KeyStatement:
    """The author knows a_m with a_m·G = commitments[m]. Batch 0, position its index; witness (a_0, ..., a_(t-1)).

    `trustees` is k, `threshold` t; `roster` is a hash of 32 bytes.
    """

    session: Session
    roster: bytes
    trustees: int
    threshold: int
    commitments: tuple[Point, ...]

    def __post_init__(self) -> None:
        require(len(self.roster) == 32, "a roster's hash has 32 bytes")
        require(len(self.commitments) == self.threshold >= 1, "there are as many commitments as the threshold says")
        require(self.threshold <= self.trustees, "the threshold is at most the number of trustees")

    @property
    def announced(self) -> int:
        """T_0, ..., T_(t-1)."""
        return self.threshold

    @property
    def witnesses(self) -> int:
        """a_0, ..., a_(t-1)."""
        return self.threshold

    def tag(self) -> bytes:
        """Return what the session id is derived from."""
        return self.session.tag(Label.PROOF_POSSESSION)

    def instance(self) -> bytes:
        """Return the public values in the order in which they are absorbed."""
        return pack(self.roster, self.trustees, self.threshold, encode_points(self.commitments))

    def relations(self, transcript: Transcript) -> tuple[Relation, ...]:
        """a_m·G = A_m, for every m."""
        return tuple(knowledge(m, BASE, commitment) for m, commitment in enumerate(self.commitments))


@dataclass(frozen=True, slots=True)
class EnvelopeStatement:
    """The author knows r_c with r_c·G = u_c for every column. Position the author's number; witness (r_1, ..., r_w).

    The v of a row are bound by the instance alone: nothing here checks that they are points.
    """

    session: Session
    roster: bytes
    joint: Point
    row: Row

    def __post_init__(self) -> None:
        require(len(self.roster) == 32, "a roster's hash has 32 bytes")
        require(len(self.row) >= 1, "a row has at least one ciphertext")

    @property
    def announced(self) -> int:
        """T_1, ..., T_w."""
        return len(self.row)

    @property
    def witnesses(self) -> int:
        """r_1, ..., r_w."""
        return len(self.row)

    def tag(self) -> bytes:
        """Return what the session id is derived from."""
        return self.session.tag(Label.PROOF_ENVELOPE)

    def instance(self) -> bytes:
        """Return the public values in the order in which they are absorbed."""
        return pack(self.roster, self.joint.raw, len(self.row), encode_rows([self.row]))

    def relations(self, transcript: Transcript) -> tuple[Relation, ...]:
        """r_c·G = u_c."""
        return tuple(knowledge(c, BASE, cipher.u) for c, cipher in enumerate(self.row))
