"""Mix rows and prove it (docs/protocol.md, section 11.9).

Rules: permutation and randomness are secret, and used for one input only; masks are hedged
(proofs/masks.py). It does not check the rows after against the witness: a proof of what is false is
refused by everybody. Not constant-time beyond what crypto/group.py says.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sealed_santa.base.errors import UsageError
from sealed_santa.crypto.commitments import commit, commit_small
from sealed_santa.crypto.elgamal import Cipher, Row, rerandomise
from sealed_santa.crypto.group import BASE, ORDER, THREADS_FROM, Point, combine, encode_scalars, in_halves
from sealed_santa.proofs.masks import Nonce, hedged_masks
from sealed_santa.proofs.product.prove import ProductWitness, prove_product
from sealed_santa.proofs.shuffle.statements import (
    ShuffleProof,
    ShuffleStatement,
    begin_shuffle,
    powers,
    shuffle_claim,
)


@dataclass(frozen=True, slots=True, repr=False)
class ShuffleWitness:
    """π(1), ..., π(N), counted from 1, and the scalars ρ_{i,c} by row after and column."""

    permutation: tuple[int, ...]
    randomness: tuple[tuple[int, ...], ...]

    def __repr__(self) -> str:
        return f"ShuffleWitness(<secret>, {len(self.permutation)} rows)"


def mix_rows(
    joint: Point, rows: Sequence[Row], permutation: Sequence[int], randomness: Sequence[Sequence[int]]
) -> tuple[Row, ...]:
    """Return the rows after: row i is row π(i), re-randomised with ρ_{i,c} in column c. About 1.5 multiplications each.

    `permutation` (of 1..N) and `randomness` are secret.

    Raises:
        UsageError: `proof.statement.false` when the permutation is none or there is no scalar for each ciphertext.
    """
    _check_witness(len(rows), len(rows[0]) if rows else 0, permutation, randomness)
    width = len(rows[0]) if rows else 1
    pairs = [
        (cipher, scalar)
        for place, scalars in zip(permutation, randomness, strict=True)
        for cipher, scalar in zip(rows[place - 1], scalars, strict=True)
    ]

    def work(part: Sequence[tuple[Cipher, int]]) -> tuple[Cipher, ...]:
        return tuple(rerandomise(joint, cipher, scalar) for cipher, scalar in part)

    if 2 * len(pairs) < THREADS_FROM:
        mixed = work(pairs)
    else:
        first, second = in_halves(work, pairs)
        mixed = first + second
    return tuple(mixed[start : start + width] for start in range(0, len(mixed), width))


def prove_shuffle(statement: ShuffleStatement, witness: ShuffleWitness, seed: bytes, nonce: Nonce) -> ShuffleProof:
    """Prove that the rows after are a shuffle of the rows before. About (5 + 2w)·N multiplications.

    `seed`, secret, only hedges the masks; `nonce(32)` gives fresh random bytes, as os.urandom does.

    Raises:
        UsageError: `proof.statement.false` when the permutation is none or there is no scalar for each ciphertext.
    """
    n, order = statement.rows, witness.permutation
    _check_witness(n, statement.width, order, witness.randomness)
    secret = encode_scalars((*order, *(scalar % ORDER for row in witness.randomness for scalar in row)))
    draw = hedged_masks(nonce, seed, statement, secret)
    transcript = begin_shuffle(statement)
    r_a, r_b = draw(), draw()
    a = commit_small(order, r_a)
    transcript.absorb(a.raw)
    x = powers(transcript.challenge(), n)
    b = [x[place - 1] for place in order]
    b_commitment = commit(b, r_b)
    transcript.absorb(b_commitment.raw)
    y, z = transcript.challenge(), transcript.challenge()
    claim = shuffle_claim(a, b_commitment, x, (y, z))
    factors = tuple((y * place + power - z) % ORDER for place, power in zip(order, b, strict=True))
    product = prove_product(transcript, claim, ProductWitness(factors, (y * r_a + r_b) % ORDER), draw)

    d, r_d, s = [draw() for _ in range(n)], draw(), [draw() for _ in range(statement.width)]
    d_commitment = commit(d, r_d)
    masks = tuple(_column_mask(statement, witness, c, d, scalar) for c, scalar in enumerate(s))
    transcript.absorb(d_commitment.raw + b"".join([mask.u.raw + mask.v.raw for mask in masks]))
    f = transcript.challenge()
    return ShuffleProof(
        commitment=a,
        power_commitment=b_commitment,
        product=product,
        power_mask=d_commitment,
        column_masks=masks,
        power_answers=tuple((f * b[i] + d[i]) % ORDER for i in range(n)),
        power_blinding=(f * r_b + r_d) % ORDER,
        column_answers=tuple(
            (f * sum(b[i] * witness.randomness[i][c] for i in range(n)) + s[c]) % ORDER
            for c in range(statement.width)
        ),
    )


def _column_mask(
    statement: ShuffleStatement, witness: ShuffleWitness, column: int, d: Sequence[int], s: int
) -> Cipher:
    """Return E_c = Σ d_i·c'_i − (s·G, s·Y), from the rows before: those of the rules' own inputs hold identities."""
    rows = [statement.before[place - 1][column] for place in witness.permutation]
    rest = sum(mask * scalars[column] for mask, scalars in zip(d, witness.randomness, strict=True)) - s
    u = combine([*((mask, row.u) for mask, row in zip(d, rows, strict=True)), (rest, BASE)])
    v = combine([*((mask, row.v) for mask, row in zip(d, rows, strict=True)), (rest, statement.joint)])
    return Cipher(u, v)


def _check_witness(rows: int, width: int, permutation: Sequence[int], randomness: Sequence[Sequence[int]]) -> None:
    if sorted(permutation) != list(range(1, rows + 1)):
        raise UsageError("proof.statement.false", "the rows are not permuted")
    if [len(scalars) for scalars in randomness] != [width] * rows:
        raise UsageError("proof.statement.false", "there is not one scalar for each ciphertext")
