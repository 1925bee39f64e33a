"""Proofs that one secret stands in several places (docs/protocol.md, sections 11.10 to 11.12; Chaum-Pedersen 1992).

- Blinding: both halves of a tested ciphertext were multiplied by one factor.
- Decryption: all shares were made with the author's share of the key. The ciphertexts are taken
  together, with factors μ that are drawn after all shares are fixed; known before, two wrong shares
  could cancel.
- Hand: what is given to each player is a decryption share, hidden by that player's key.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from sealed_santa.base.canon import pack
from sealed_santa.base.labels import Label
from sealed_santa.crypto.challenge import Transcript
from sealed_santa.crypto.elgamal import Cipher, encode_ciphers
from sealed_santa.crypto.group import BASE, Point, encode_points
from sealed_santa.proofs.linear.statements import Relation, knowledge
from sealed_santa.proofs.session import Session, require

_FACTOR_SIZE: Final = 16  # bytes of a μ


@dataclass(frozen=True, slots=True)
class BlindingStatement:
    """The author knows s_i with after_i = s_i·before_i, for every test; witness (s_1, ..., s_M).

    `tests` are (deck from 0, row from 1, value j). Where the blinding is the `first` of its batch, before_i
    is the tested ciphertext (u, v), and (u, v − j·G) is what is multiplied. Position: how many blindings
    there were, so `first` is position 0.
    """

    session: Session
    roster: bytes
    joint: Point
    tests: tuple[tuple[int, int, int], ...]
    first: bool
    before: tuple[Cipher, ...]
    after: tuple[Cipher, ...]

    def __post_init__(self) -> None:
        require(len(self.roster) == 32, "a roster's hash has 32 bytes")
        require(len(self.tests) == len(self.before) == len(self.after) >= 1, "a pair before and after for each test")
        require(self.first == (self.session.position == 0), "the first blinding has position 0")
        require(min(min(test) for test in self.tests) >= 0, "numbers of tests are not negative")

    @property
    def announced(self) -> int:
        """T_1, W_1, ..., T_M, W_M."""
        return 2 * len(self.tests)

    @property
    def witnesses(self) -> int:
        """s_1, ..., s_M."""
        return len(self.tests)

    def tag(self) -> bytes:
        """Return what the session id is derived from."""
        return self.session.tag(Label.PROOF_BLINDING)

    def instance(self) -> bytes:
        """Return the public values in the order in which they are absorbed."""
        tests = b"".join([number.to_bytes(8, "little") for test in self.tests for number in test])
        pairs = (encode_ciphers(self.before), encode_ciphers(self.after))
        return pack(self.roster, self.joint.raw, len(self.tests), tests, *pairs)

    def relations(self, transcript: Transcript) -> tuple[Relation, ...]:
        """s_i·a_i = a'_i and s_i·(b_i − j_i·G) = b'_i."""
        found = []
        for i, ((_, _, value), before, after) in enumerate(zip(self.tests, self.before, self.after, strict=True)):
            found.append(knowledge(i, before.u, after.u))
            shift = ((i, -value, BASE),) if self.first else ()
            found.append(Relation(((i, 1, before.v), *shift), ((1, after.v),)))
        return tuple(found)


@dataclass(frozen=True, slots=True)
class DecryptionStatement:
    """The author knows x with x·G = public and x·u_i = shares_i for all ciphertexts. Position 0; witness (x,).

    `firsts` are the u of the ciphertexts.
    """

    session: Session
    roster: bytes
    joint: Point
    public: Point
    firsts: tuple[Point, ...]
    shares: tuple[Point, ...]

    def __post_init__(self) -> None:
        require(len(self.roster) == 32, "a roster's hash has 32 bytes")
        require(len(self.firsts) == len(self.shares) >= 1, "a share for each ciphertext")

    @property
    def announced(self) -> int:
        """T, W."""
        return 2

    @property
    def witnesses(self) -> int:
        """x."""
        return 1

    def tag(self) -> bytes:
        """Return what the session id is derived from."""
        return self.session.tag(Label.PROOF_DECRYPTION)

    def instance(self) -> bytes:
        """Return the public values in the order in which they are absorbed."""
        points = (encode_points(self.firsts), encode_points(self.shares))
        return pack(self.roster, self.joint.raw, self.public.raw, len(self.firsts), *points)

    def relations(self, transcript: Transcript) -> tuple[Relation, ...]:
        """x·G = X and x·Σ μ_i·u_i = Σ μ_i·d_i, with μ drawn here."""
        raw = transcript.squeeze(_FACTOR_SIZE * len(self.firsts))
        factors = [
            int.from_bytes(raw[start : start + _FACTOR_SIZE], "little") for start in range(0, len(raw), _FACTOR_SIZE)
        ]
        terms = tuple((0, factor, first) for factor, first in zip(factors, self.firsts, strict=True))
        return knowledge(0, BASE, self.public), Relation(terms, tuple(zip(factors, self.shares, strict=True)))


@dataclass(frozen=True, slots=True)
class HandStatement:
    """The author knows x and ρ_i with x·G = public, R_i = ρ_i·G and S_i = x·u_i + ρ_i·P_i.

    Position 0; witness (x, ρ_1, ..., ρ_n).
    `keys` are the P_i of the present players in order, `firsts` the u_i of their slots, `hands` the (R_i, S_i).
    """

    session: Session
    roster: bytes
    joint: Point
    public: Point
    keys: tuple[Point, ...]
    firsts: tuple[Point, ...]
    hands: tuple[tuple[Point, Point], ...]

    def __post_init__(self) -> None:
        require(len(self.roster) == 32, "a roster's hash has 32 bytes")
        require(len(self.keys) == len(self.firsts) == len(self.hands) >= 1, "a key, a slot and a hand for each player")

    @property
    def announced(self) -> int:
        """T, T_1, W_1, ..., T_n, W_n."""
        return 1 + 2 * len(self.keys)

    @property
    def witnesses(self) -> int:
        """x, ρ_1, ..., ρ_n."""
        return 1 + len(self.keys)

    def tag(self) -> bytes:
        """Return what the session id is derived from."""
        return self.session.tag(Label.PROOF_HAND)

    def instance(self) -> bytes:
        """Return the public values in the order in which they are absorbed."""
        hands = encode_points([point for hand in self.hands for point in hand])
        points = (encode_points(self.keys), encode_points(self.firsts), hands)
        return pack(self.roster, self.joint.raw, self.public.raw, len(self.keys), *points)

    def relations(self, transcript: Transcript) -> tuple[Relation, ...]:
        """x·G = X, and for each player ρ_i·G = R_i and x·u_i + ρ_i·P_i = S_i."""
        found = [knowledge(0, BASE, self.public)]
        for i, (key, first, (r, s)) in enumerate(zip(self.keys, self.firsts, self.hands, strict=True), 1):
            found.append(knowledge(i, BASE, r))
            found.append(Relation(((0, 1, first), (i, 1, key)), ((1, s),)))
        return tuple(found)
