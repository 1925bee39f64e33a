"""What the arguments of a deal claim, and the bytes of a proof (docs/protocol.md, section 6.4).

The single-value product argument of Bayer and Groth (EUROCRYPT 2012, 5.3), linked to cards by a
random combination. A claim: a commitment V opens to w_1..w_N with ∏ w_k = target and, where there is
a link, w_k = m_{s_k} − c_k for its forms (s_k, c_k), where m_s is the value of card s. Of N factors
at most one more than there are forms: the tail, which is free.

- Permutation argument: the cards are the permutation that V_t commits to.
- Exclusion argument: no card of the forms has its forbidden value.

Rules: every public value of a statement is absorbed before the first challenge; the session id names
version, argument, game, round, author and deck. What derives from challenges is not absorbed again.
The numbers of points and scalars in a proof follow from the claim and from nothing in the proof.
"""

from __future__ import annotations

from dataclasses import dataclass

from sealed_santa.base.canon import pack
from sealed_santa.base.errors import ParseError
from sealed_santa.base.labels import VERSION, Label
from sealed_santa.crypto.challenge import Transcript, derive_session_id
from sealed_santa.crypto.group import (
    ORDER,
    SIZE,
    Point,
    decode_points,
    decode_scalars,
    encode_points,
    encode_scalars,
    generators,
)

# --- statements ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Context:
    """Where a proof belongs: a proof for one context is none for another.

    `game` and `roster` are hashes, `author` an Ed25519 key, 32 bytes each; `players` is n >= 2.
    """

    game: bytes
    round: int
    author: bytes
    roster: bytes
    deck_index: int
    players: int

    def __post_init__(self) -> None:
        sized = all(len(raw) == 32 for raw in (self.game, self.author, self.roster))
        if not sized or self.round < 0 or self.deck_index < 0 or self.players < 2:
            raise ParseError("statement.malformed", "a proof's context has a wrong length or number")

    def tag(self, argument: Label) -> bytes:
        """Return the bytes that the session id of an argument is derived from."""
        return pack(
            Label.PROOF_SESSION.value, VERSION, argument.value, self.game, self.round, self.author, self.deck_index
        )


@dataclass(frozen=True, slots=True)
class PermutationStatement:
    """The cards, in the order of their slots, hold the permutation of 1..n that `deck` commits to."""

    context: Context
    deck: Point
    cards: tuple[Point, ...]

    def __post_init__(self) -> None:
        _check_cards(self.context, self.cards)

    def tag(self) -> bytes:
        """Return what the session id is derived from."""
        return self.context.tag(Label.PROOF_PERMUTATION)

    def instance(self) -> bytes:
        """Return the public values in the order in which they are absorbed."""
        c = self.context
        return pack(c.roster, c.players, Label.GENERATOR.value, encode_points(self.cards), self.deck.raw)


@dataclass(frozen=True, slots=True)
class ExclusionStatement:
    """For each form (slot, value), both in 1..n, the card in that slot does not hold that value."""

    context: Context
    cards: tuple[Point, ...]
    forms: tuple[tuple[int, int], ...]

    def __post_init__(self) -> None:
        _check_cards(self.context, self.cards)
        n = self.context.players
        if not self.forms or not all(1 <= slot <= n and 1 <= value <= n for slot, value in self.forms):
            raise ParseError("statement.malformed", "the forms are none, or name a slot or a value that there is not")

    def tag(self) -> bytes:
        """Return what the session id is derived from."""
        return self.context.tag(Label.PROOF_EXCLUSION)

    def instance(self) -> bytes:
        """Return the public values in the order in which they are absorbed; V follows on its own."""
        c = self.context
        forms = b"".join(number.to_bytes(8, "little") for form in self.forms for number in form)
        target, tail = (1).to_bytes(SIZE, "little"), 1
        cards = encode_points(self.cards)
        return pack(c.roster, c.players, Label.GENERATOR.value, cards, len(self.forms), forms, target, tail)


def _check_cards(context: Context, cards: tuple[Point, ...]) -> None:
    if len(cards) != context.players:
        raise ParseError("statement.malformed", f"{len(cards)} cards for {context.players} players")


# --- claims -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Link:
    """Ties the first factors to cards: w_k = m_{s_k} − c_k for the forms (s_k, c_k); slots count from 1."""

    cards: tuple[Point, ...]
    forms: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Shape:
    """What decides how many points and scalars a proof has: N factors, V made by the prover or not, a link or not."""

    factors: int
    made: bool
    linked: bool

    @property
    def points(self) -> int:
        """[V], D, Δ1, Δ2, [U]."""
        return 3 + int(self.made) + int(self.linked)

    @property
    def scalars(self) -> int:
        """N for ŵ, N − 2 for p̂, r̂, ŝ, [β̂]."""
        return 2 * self.factors + int(self.linked)

    @property
    def size(self) -> int:
        """Length of a proof in bytes."""
        return SIZE * (self.points + self.scalars)


@dataclass(frozen=True, slots=True)
class Claim:
    """A statement as the product argument sees it, after the challenges that shape it.

    `given` is V as a sum of scalar·point, or None where the prover makes V and sends it.
    """

    factors: int
    target: int
    given: tuple[tuple[int, Point], ...] | None
    link: Link | None

    @property
    def shape(self) -> Shape:
        """The shape that a proof of this claim must have."""
        return Shape(self.factors, self.given is None, self.link is not None)


def begin_permutation(statement: PermutationStatement) -> tuple[Transcript, Claim]:
    """Return the transcript after the challenge x, and the claim ∏ (π(s) − x) = ∏ (j − x)."""
    transcript = Transcript(derive_session_id(statement.tag()))
    transcript.absorb(statement.instance())
    x = transcript.challenge()
    return transcript, permutation_claim(statement, x)


def permutation_claim(statement: PermutationStatement, x: int) -> Claim:
    """Return the claim on V_t − x·ΣG_s, with a form (s, x) for every slot s and no tail."""
    n = statement.context.players
    target = 1
    for j in range(1, n + 1):
        target = target * (j - x) % ORDER
    given = ((1, statement.deck), *((ORDER - x, g) for g in generators(n)))
    forms = tuple((slot, x) for slot in range(1, n + 1))
    return Claim(n, target, given, Link(statement.cards, forms))


def begin_exclusion(statement: ExclusionStatement) -> tuple[Transcript, Claim]:
    """Return the transcript with the statement absorbed, and the claim tail·∏ (m_s − j) = 1 on a V of the prover's.

    A product that has an inverse has no zero factor.
    """
    transcript = Transcript(derive_session_id(statement.tag()))
    transcript.absorb(statement.instance())
    return transcript, exclusion_claim(statement)


def exclusion_claim(statement: ExclusionStatement) -> Claim:
    """Return the claim of an exclusion statement; nothing in it depends on a challenge."""
    return Claim(len(statement.forms) + 1, 1, None, Link(statement.cards, statement.forms))


# --- proofs -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ProductProof:
    """A proof in the order of its bytes: points, then scalars, 32 bytes each.

    `commitment` is V where the prover made it; `link_mask` is U and `link_answer` β̂, both only with a link.
    `factor_answers` are ŵ_1..ŵ_N, `partial_answers` p̂_2..p̂_{N−1}.
    """

    commitment: Point | None
    masks: Point  # D
    delta_one: Point
    delta_two: Point
    link_mask: Point | None  # U
    factor_answers: tuple[int, ...]
    partial_answers: tuple[int, ...]
    blinding_answer: int  # r̂
    delta_answer: int  # ŝ
    link_answer: int | None  # β̂

    @property
    def shape(self) -> Shape | None:
        """The shape that this proof has, or None when its parts belong to no one shape."""
        shape = Shape(len(self.factor_answers), self.commitment is not None, self.link_mask is not None)
        sound = len(self.partial_answers) == shape.factors - 2 and shape.linked == (self.link_answer is not None)
        return shape if sound else None

    def announced(self) -> bytes:
        """Return D, Δ1, Δ2 and U as they are absorbed before the last challenge."""
        points = (self.masks, self.delta_one, self.delta_two, self.link_mask)
        return encode_points(p for p in points if p is not None)

    def encode(self) -> bytes:
        """Return the bytes of the proof: 32·(points + scalars) as `Shape` counts them."""
        made = b"" if self.commitment is None else self.commitment.raw
        last = () if self.link_answer is None else (self.link_answer,)
        answers = (*self.factor_answers, *self.partial_answers, self.blinding_answer, self.delta_answer, *last)
        return made + self.announced() + encode_scalars(answers)


def parse_proof(blob: bytes, shape: Shape) -> ProductProof:
    """Return the proof that a blob of exactly the shape's numbers of points and scalars holds.

    Raises:
        ParseError: `length.wrong`, `point.invalid`, `scalar.not-canonical`.
    """
    if len(blob) != shape.size:
        raise ParseError("length.wrong", f"this proof has {shape.size} bytes, not {len(blob)}")
    split = SIZE * shape.points
    at = decode_points(blob[:split], shape.points)
    answers = decode_scalars(blob[split:], shape.scalars)
    n, made = shape.factors, int(shape.made)
    return ProductProof(
        commitment=at[0] if shape.made else None,
        masks=at[made],
        delta_one=at[made + 1],
        delta_two=at[made + 2],
        link_mask=at[made + 3] if shape.linked else None,
        factor_answers=answers[:n],
        partial_answers=answers[n : 2 * n - 2],
        blinding_answer=answers[2 * n - 2],
        delta_answer=answers[2 * n - 1],
        link_answer=answers[2 * n] if shape.linked else None,
    )


def permutation_shape(players: int) -> Shape:
    """Return the shape of a permutation argument: 4 points and 2n + 1 scalars, 32·(2n + 5) bytes."""
    return Shape(players, made=False, linked=True)


def exclusion_shape(forms: int) -> Shape:
    """Return the shape of an exclusion argument for q forms: 5 points and 2q + 3 scalars, 32·(2q + 8) bytes."""
    return Shape(forms + 1, made=True, linked=True)
