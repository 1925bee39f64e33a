"""Two verifiers that are weak on purpose, and what can be forged against them. Nothing but the lab uses them.

The first draws its challenges without looking at what the proof is about (weak Fiat-Shamir). The
second takes generators whose logarithms somebody knows (a trapdoor). All else is as in docs/protocol.md,
sections 6.4 and 11.9: each of them is one mistake.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import fields

from sealed_santa.base.canon import pack
from sealed_santa.base.labels import Label
from sealed_santa.crypto.challenge import Transcript, derive_session_id
from sealed_santa.crypto.elgamal import Cipher
from sealed_santa.crypto.group import BASE, ORDER, Point, blinder, combine, generator, scalar_from_wide
from sealed_santa.proofs.equations import Sum, add_term, holds
from sealed_santa.proofs.product.prove import ProductWitness
from sealed_santa.proofs.product.statements import (
    Claim,
    ExclusionStatement,
    PermutationStatement,
    ProductProof,
    exclusion_claim,
    permutation_claim,
)
from sealed_santa.proofs.product.verify import product_equations
from sealed_santa.proofs.shuffle.statements import (
    ShuffleProof,
    ShuffleStatement,
    begin_shuffle,
    powers,
    shuffle_claim,
)
from sealed_santa.proofs.shuffle.verify import shuffle_equations

Draw = Callable[[], int]
MOST = 64  # generators that are planted

# --- weak Fiat-Shamir: the cards are left out ---------------------------------------------------


def weak_permutation(statement: PermutationStatement) -> tuple[Transcript, Claim]:
    """Begin a permutation argument whose challenges do not take in the cards."""
    c = statement.context
    transcript = Transcript(derive_session_id(statement.tag()))
    transcript.absorb(pack(c.roster, c.players, Label.GENERATOR.value, statement.deck.raw))
    return transcript, permutation_claim(statement, transcript.challenge())


def weak_exclusion(statement: ExclusionStatement) -> tuple[Transcript, Claim]:
    """Begin an exclusion argument whose challenges do not take in the cards."""
    c = statement.context
    forms = b"".join(number.to_bytes(8, "little") for form in statement.forms for number in form)
    transcript = Transcript(derive_session_id(statement.tag()))
    transcript.absorb(pack(c.roster, c.players, Label.GENERATOR.value, len(statement.forms), forms))
    return transcript, exclusion_claim(statement)


def weakly_holds(begun: tuple[Transcript, Claim], proof: ProductProof) -> bool:
    """Check an argument from wherever it was begun: the real equations, with these challenges."""
    return all(holds(equation) for equation in product_equations(*begun, proof))


class ForgetfulShuffle(ShuffleStatement):
    """A shuffle whose challenges take in neither the rows before nor the rows after."""

    def instance(self) -> bytes:
        """Return what is left to absorb."""
        return pack(self.roster, self.joint.raw, self.step, self.rows, self.width)


def forgetful(statement: ShuffleStatement) -> ForgetfulShuffle:
    """Return the same statement for the forgetful verifier."""
    return ForgetfulShuffle(**{f.name: getattr(statement, f.name) for f in fields(ShuffleStatement)})


def shuffle_holds(statement: ShuffleStatement, proof: ShuffleProof) -> bool:
    """Check a shuffle argument as the statement draws its challenges."""
    return all(holds(equation) for equation in shuffle_equations(statement, proof))


# --- generators with a trapdoor -----------------------------------------------------------------


def logarithm(index: int) -> int:
    """Return what the planter knows: planted generator `index` is so many times H."""
    return scalar_from_wide(hashlib.shake_256(b"planted generator %d" % index).digest(64))


def planted_commit(values: Sequence[int], blinding: int) -> Point:
    """Return a commitment under planted generators; one multiplication, as all of them are multiples of H."""
    known = sum(logarithm(k) * value for k, value in enumerate(values, 1))
    return (known + blinding) * blinder()


def other_blinding(values: Sequence[int], blinding: int, others: Sequence[int]) -> int:
    """Return the blinding with which a planted commitment to some values opens to other ones."""
    known = sum(logarithm(k) * (a - b) for k, (a, b) in enumerate(zip(values, others, strict=True), 1))
    return (blinding + known) % ORDER


def planted(total: Sum) -> Sum:
    """Return an equation with every generator replaced by the planted one of its number."""
    swapped: Sum = {}
    numbers = {generator(k): k for k in range(1, MOST + 1)}
    for base, scalar in total.items():
        k = numbers.get(base)
        if k is None:
            add_term(swapped, scalar, base)
        else:
            add_term(swapped, scalar * logarithm(k), blinder())
    return swapped


def planted_holds(equations: Iterable[Sum]) -> bool:
    """Check equations as a verifier does that took the planted generators for good ones."""
    return all(holds(planted(equation)) for equation in equations)


def planted_product(transcript: Transcript, claim: Claim, witness: ProductWitness, draw: Draw) -> ProductProof:
    """Run the prover of the product argument under planted generators, whether or not the claim is true."""
    n, w = claim.factors, witness.factors
    if witness.commitment is not None:
        transcript.absorb(witness.commitment.raw)
    rho = powers(transcript.challenge(), len(claim.link.forms)) if claim.link else []
    p = [w[0]]
    for factor in w[1:]:
        p.append(p[-1] * factor % ORDER)
    d = [draw() for _ in range(n)]
    delta = [d[0], *(draw() for _ in range(n - 2)), 0]
    r_d, t, one, cross = draw(), draw(), draw(), draw()
    masks = planted_commit(d, r_d)
    delta_one = planted_commit([-delta[k - 1] * d[k] for k in range(1, n)], one)
    delta_two = planted_commit([delta[k] - w[k] * delta[k - 1] - p[k - 1] * d[k] for k in range(1, n)], cross)
    mask = _dot(rho, d) * BASE + t * blinder() if claim.link else None
    transcript.absorb(b"".join(x.raw for x in (masks, delta_one, delta_two, mask) if x is not None))
    e = transcript.challenge()
    return ProductProof(
        witness.commitment, masks, delta_one, delta_two, mask,
        tuple((e * w[k] + d[k]) % ORDER for k in range(n)),
        tuple((e * p[k] + delta[k]) % ORDER for k in range(1, n - 1)),
        (e * witness.blinding + r_d) % ORDER,
        (e * cross + one) % ORDER,
        (e * _dot(rho, witness.card_blindings) + t) % ORDER if claim.link else None,
    )  # fmt: skip


def _dot(left: Sequence[int], right: Sequence[int]) -> int:
    return sum(a * b for a, b in zip(left, right, strict=False)) % ORDER


def planted_shuffle(
    statement: ShuffleStatement, values: Sequence[int], randomness: Sequence[int], draw: Draw
) -> ShuffleProof:
    """Prove, under planted generators, that a first mix whose rows hold any values is a shuffle of 1, ..., N.

    Row i after is (r_i·G, value_i·G + r_i·Y). A and B are made for the order 1, ..., N; once the last challenge is
    known, B is opened to other numbers: such that the sum over the rows comes out.
    """
    n, joint = statement.rows, statement.joint
    transcript, r_a, r_b = begin_shuffle(statement), draw(), draw()
    a = planted_commit(range(1, n + 1), r_a)
    transcript.absorb(a.raw)
    x = powers(transcript.challenge(), n)
    b = planted_commit(x, r_b)
    transcript.absorb(b.raw)
    y, z = transcript.challenge(), transcript.challenge()
    factors = tuple((y * place + power - z) % ORDER for place, power in enumerate(x, 1))
    claim = shuffle_claim(a, b, x, (y, z))
    product = planted_product(transcript, claim, ProductWitness(factors, (y * r_a + r_b) % ORDER), draw)
    beta = list(x)  # what B is opened to: the first number makes up for all that is wrong with the values
    wrong = sum(power * (place - value) for place, (power, value) in enumerate(zip(x, values, strict=True), 1))
    beta[0] = (beta[0] + wrong * pow(values[0], -1, ORDER)) % ORDER
    d, r_d, s = [draw() for _ in range(n)], draw(), draw()
    mask = planted_commit(d, r_d)
    rest = _dot(d, randomness) - s
    column = Cipher(rest % ORDER * BASE, combine([(_dot(d, values), BASE), (rest, joint)]))
    transcript.absorb(mask.raw + column.u.raw + column.v.raw)
    f = transcript.challenge()
    opened = other_blinding(x, r_b, beta)
    return ShuffleProof(
        commitment=a, power_commitment=b, product=product, power_mask=mask, column_masks=(column,),
        power_answers=tuple((f * beta[i] + d[i]) % ORDER for i in range(n)),
        power_blinding=(f * opened + r_d) % ORDER,
        column_answers=((f * _dot(beta, randomness) + s) % ORDER,),
    )  # fmt: skip
