"""What a shuffle argument claims, and the bytes of its proof (docs/protocol.md, section 11.9).

After Bayer and Groth (EUROCRYPT 2012), with one row of the matrix. There are a permutation π and
scalars ρ with c'_i = c_{π(i)} + (ρ_{i,c}·G, ρ_{i,c}·Y) in each column c. A commits to π before the
challenge x, B to x^{π(1)}, x^{π(2)}, ... before y and z; the product argument shows that the two
belong together, the linear part that B carries the rows before into the rows after.

Rules: both lists of rows, and everything else that is public, are absorbed before the first challenge.
The numbers of points and scalars follow from rows and columns and from nothing in the proof.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sealed_santa.base.canon import pack
from sealed_santa.base.errors import ParseError
from sealed_santa.base.labels import Label
from sealed_santa.crypto.challenge import Transcript, derive_session_id
from sealed_santa.crypto.elgamal import Cipher, Row, claimed_ciphers, encode_ciphers, encode_rows
from sealed_santa.crypto.group import (
    ORDER,
    SIZE,
    Point,
    claimed_points,
    decode_scalars,
    encode_points,
    encode_scalars,
    generators,
)
from sealed_santa.proofs.product.statements import Claim, ProductProof
from sealed_santa.proofs.session import Session, require


@dataclass(frozen=True, slots=True)
class ShuffleStatement:
    """The rows after are the rows before, in another order and with other randomness, under the joint key.

    Position: the number of the deck in its batch, from 0. `step` is the number of mixes of this batch
    before this one; `roster` is a hash of 32 bytes. At least two rows, all of one width.
    """

    session: Session
    roster: bytes
    joint: Point
    step: int
    before: tuple[Row, ...]
    after: tuple[Row, ...]

    def __post_init__(self) -> None:
        require(len(self.roster) == 32, "a roster's hash has 32 bytes")
        require(self.step >= 0, "the number of mixes before is not negative")
        require(len(self.before) == len(self.after) >= 2, "as many rows after as before, at least two")
        widths = {len(row) for row in (*self.before, *self.after)}
        require(len(widths) == 1 and 0 not in widths, "all rows have one width, at least one column")

    @property
    def rows(self) -> int:
        """N."""
        return len(self.before)

    @property
    def width(self) -> int:
        """w, the number of columns."""
        return len(self.before[0])

    def tag(self) -> bytes:
        """Return what the session id is derived from."""
        return self.session.tag(Label.PROOF_SHUFFLE)

    def instance(self) -> bytes:
        """Return the public values in the order in which they are absorbed."""
        numbers = (self.step, self.rows, self.width)
        lists = (encode_rows(self.before), encode_rows(self.after))
        return pack(self.roster, self.joint.raw, *numbers, Label.GENERATOR.value, *lists)


# --- challenges ---------------------------------------------------------------------------------


def begin_shuffle(statement: ShuffleStatement) -> Transcript:
    """Return the transcript with the instance absorbed, where A comes next."""
    transcript = Transcript(derive_session_id(statement.tag()))
    transcript.absorb(statement.instance())
    return transcript


def powers(x: int, count: int) -> list[int]:
    """Return x^1, ..., x^count."""
    found = [x] * count
    for i in range(1, count):
        found[i] = found[i - 1] * x % ORDER
    return found


def shuffle_claim(
    commitment: Point, power_commitment: Point, x_powers: Sequence[int], challenges: tuple[int, int]
) -> Claim:
    """Return the claim that y·A + B − z·ΣG_k opens to factors with the product of all y·i + x^i − z.

    `challenges` are y and z. As polynomials in z, then y, the products agree only if B opens to x^{π(i)} for the
    permutation π that A opens to.
    """
    y, z = challenges
    target = 1
    for i, power in enumerate(x_powers, 1):
        target = target * (y * i + power - z) % ORDER
    ones = tuple((ORDER - z, generator) for generator in generators(len(x_powers)))
    return Claim(len(x_powers), target, ((y, commitment), (1, power_commitment), *ones), None)


# --- proofs -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ShuffleProof:
    """A proof by its parts; `encode` puts them in the order of the page."""

    commitment: Point  # A
    power_commitment: Point  # B
    product: ProductProof  # D, Δ1, Δ2; ŵ, p̂, r̂, ŝ
    power_mask: Point  # D'
    column_masks: tuple[Cipher, ...]  # E_1, ..., E_w
    power_answers: tuple[int, ...]  # b̂
    power_blinding: int  # r̂'
    column_answers: tuple[int, ...]  # ρ̂_1, ..., ρ̂_w

    def linear_part(self) -> bytes:
        """Return D' and the E as they are absorbed before the last challenge."""
        return self.power_mask.raw + encode_ciphers(self.column_masks)

    def encode(self) -> bytes:
        """Return the bytes of the proof, `shuffle_size` of them."""
        p = self.product
        points = encode_points((self.commitment, self.power_commitment)) + p.announced() + self.linear_part()
        answers = (*p.factor_answers, *p.partial_answers, p.blinding_answer, p.delta_answer)
        return points + encode_scalars((*answers, *self.power_answers, self.power_blinding, *self.column_answers))


def shuffle_size(rows: int, width: int) -> int:
    """Return the length of a proof in bytes: 6 + 2w points and 3N + 1 + w scalars."""
    return SIZE * (6 + 2 * width + 3 * rows + 1 + width)


def parse_shuffle(blob: bytes, rows: int, width: int) -> ShuffleProof:
    """Return the proof that a blob of exactly `shuffle_size` bytes is said to hold; at least two rows.

    Its points are `claimed_points`: all of them are multiplied when the equations are checked.

    Raises:
        ParseError: `length.wrong`; `point.invalid` for the identity; `scalar.not-canonical`.
    """
    size = shuffle_size(rows, width)
    if len(blob) != size:
        raise ParseError("length.wrong", f"this proof has {size} bytes, not {len(blob)}")
    split = SIZE * (6 + 2 * width)
    a, b, d, one, two, mask = claimed_points(blob[: 6 * SIZE], 6)
    columns = claimed_ciphers(blob[6 * SIZE : split], width)
    s = decode_scalars(blob[split:], 3 * rows + 1 + width)
    n = rows
    return ShuffleProof(
        commitment=a,
        power_commitment=b,
        product=ProductProof(None, d, one, two, None, s[:n], s[n : 2 * n - 2], s[2 * n - 2], s[2 * n - 1], None),
        power_mask=mask,
        column_masks=columns,
        power_answers=s[2 * n : 3 * n],
        power_blinding=s[3 * n],
        column_answers=s[3 * n + 1 :],
    )
