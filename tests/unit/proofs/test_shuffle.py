"""The shuffle argument: form, bytes, the second verifier's opinion, mixes checked together."""

from __future__ import annotations

import hashlib
from dataclasses import replace

import pytest

from blind_proof_cases import (
    JOINT,
    NO_POINTS,
    SEED,
    Mixed,
    accept,
    code_of,
    encrypted_rows,
    equations,
    mixed,
    nonce,
    reference_holds,
    refusal,
    shuffle_witness,
    trivial_rows,
    with_part,
)
from sealed_santa.base.errors import UsageError
from sealed_santa.crypto.elgamal import trivial
from sealed_santa.crypto.group import BASE, ORDER, SIZE, Point
from sealed_santa.proofs.equations import Equation, Sum, check, weighted_sum
from sealed_santa.proofs.shuffle.prove import ShuffleWitness, mix_rows, prove_shuffle
from sealed_santa.proofs.shuffle.statements import parse_shuffle, shuffle_size
from sealed_santa.proofs.shuffle.verify import shuffle_equations


@pytest.mark.parametrize(("n", "width"), [(2, 1), (3, 1), (3, 2), (2, 8)])
@pytest.mark.parametrize("rows", [trivial_rows, encrypted_rows])
def test_an_honest_shuffle_is_accepted_by_both_verifiers(n: int, width: int, rows) -> None:  # type: ignore[no-untyped-def]
    case = mixed(n, width, before=rows(n, width))
    accept(case.statement, case.proof)
    assert reference_holds(case.statement, case.proof)


@pytest.mark.parametrize("n", [60, 120])
def test_long_lists_take_two_threads_and_come_out_alike(n: int) -> None:
    case = mixed(n, before=trivial_rows(n))
    accept(case.statement, case.proof)
    alone = [mix_rows(JOINT, [row], [1], [rho]) for row, rho in zip(case.statement.before, case.witness.randomness)]  # noqa: B905
    moved = mix_rows(JOINT, case.statement.before, range(1, n + 1), case.witness.randomness)
    assert moved == tuple(row for (row,) in alone)


def test_a_mix_decrypts_to_the_same_plaintexts_in_the_order_of_the_permutation() -> None:
    key = 31337
    rows = trivial_rows(5, 2)
    witness = shuffle_witness(5, 2, 9)
    after = mix_rows(key * BASE, rows, witness.permutation, witness.randomness)
    for place, row in zip(witness.permutation, after, strict=True):
        assert [c.v - key * c.u for c in row] == [trivial(value).v for value in (place, 10 + place)]


def test_neither_of_the_equations_can_be_left_out() -> None:
    """Each answer and point is in one of them: 3 + 2w equations."""
    for width in (1, 2):
        case = mixed(3, width)
        assert len(equations(case.statement, case.proof)) == 3 + 2 * width


# --- the form -----------------------------------------------------------------------------------


@pytest.mark.parametrize(("n", "width"), [(2, 1), (4, 1), (3, 8)])
def test_the_size_follows_from_rows_and_columns(n: int, width: int) -> None:
    case = mixed(n, width)
    size = 32 * (6 + 2 * width) + 32 * (3 * n + 1 + width)
    assert len(case.proof) == shuffle_size(n, width) == size
    assert parse_shuffle(case.proof, n, width).encode() == case.proof


@pytest.mark.parametrize("change", [-SIZE, -1, 1, SIZE])
def test_one_scalar_too_many_or_too_few_is_refused(change: int) -> None:
    case = mixed(3)
    proof = case.proof[:change] if change < 0 else case.proof + case.proof[:change]
    assert refusal(case.statement, proof) == "length.wrong"


def test_a_proof_for_other_numbers_is_no_proof_for_these() -> None:
    case, wider, longer = mixed(3, 1), mixed(3, 2), mixed(4, 1)
    for other in (wider, longer):
        foreign = parse_shuffle(other.proof, other.statement.rows, other.statement.width)
        assert code_of(lambda: shuffle_equations(case.statement, foreign)) == "length.wrong"  # noqa: B023
    own = parse_shuffle(case.proof, 3, 1)
    short = replace(own, product=replace(own.product, partial_answers=()))
    assert code_of(lambda: shuffle_equations(case.statement, short)) == "proof.shape.wrong"


@pytest.mark.parametrize("name", NO_POINTS)
def test_what_is_no_point_is_refused_in_every_place(name: str) -> None:
    case = mixed(3, 2)
    expected = "point.invalid" if name == "identity" else "proof-wrong"
    for k in range(10):
        assert refusal(case.statement, with_part(case.proof, k, NO_POINTS[name])) == expected


def test_a_scalar_that_is_not_below_the_order_is_refused_in_every_place() -> None:
    case = mixed(3)
    for k in range(8, 8 + 11):
        value = int.from_bytes(case.proof[SIZE * k : SIZE * (k + 1)], "little")
        for other in (value + ORDER, ORDER, 2**256 - 1):
            proof = with_part(case.proof, k, other.to_bytes(SIZE, "little"))
            assert refusal(case.statement, proof) == "scalar.not-canonical"


def test_any_other_part_is_refused() -> None:
    case = mixed(3)
    for k in range(8 + 11):
        part = case.proof[SIZE * k : SIZE * (k + 1)]
        if k < 8:
            other = (Point(part) + BASE).raw
        else:
            other = ((int.from_bytes(part, "little") + 1) % ORDER).to_bytes(SIZE, "little")
        assert refusal(case.statement, with_part(case.proof, k, other)) == "proof-wrong"


def test_malformed_statements_are_refused() -> None:
    s, wide = mixed(3).statement, mixed(3, 2).statement
    bad = (
        lambda: replace(s, roster=b""),
        lambda: replace(s, step=-1),
        lambda: replace(s, after=s.after[:-1]),
        lambda: replace(s, before=s.before[:1], after=s.after[:1]),
        lambda: replace(s, before=(), after=()),
        lambda: replace(s, after=wide.after),
        lambda: replace(wide, after=(wide.after[0][:1], *wide.after[1:])),
        lambda: replace(s, before=((), (), ()), after=((), (), ())),
    )
    for make in bad:
        assert code_of(make) == "statement.malformed"


def test_the_prover_refuses_what_is_no_permutation() -> None:
    case = mixed(3)
    rho = case.witness.randomness
    for witness in (
        ShuffleWitness((1, 1, 3), rho),
        ShuffleWitness((0, 1, 2), rho),
        ShuffleWitness((1, 2), rho),
        ShuffleWitness((1, 2, 3), rho[:2]),
        ShuffleWitness((1, 2, 3), ((1, 2), *rho[1:])),
    ):
        with pytest.raises(UsageError) as caught:
            prove_shuffle(case.statement, witness, SEED, nonce(0))
        assert caught.value.code == "proof.statement.false"
        with pytest.raises(UsageError) as caught:
            mix_rows(JOINT, case.statement.before, witness.permutation, witness.randomness)
        assert caught.value.code == "proof.statement.false"


def test_a_witness_does_not_show_itself() -> None:
    assert repr(mixed(3).witness) == "ShuffleWitness(<secret>, 3 rows)"


def test_masks_depend_on_nonce_seed_statement_and_witness() -> None:
    case = mixed(3)
    other = ShuffleWitness(case.witness.permutation, ((5,), *case.witness.randomness[1:]))
    proofs = (
        case.proof,
        prove_shuffle(case.statement, case.witness, SEED, nonce(1)).encode(),
        prove_shuffle(case.statement, case.witness, b"t" * 32, nonce(0)).encode(),
        prove_shuffle(replace(case.statement, step=7), case.witness, SEED, nonce(0)).encode(),
        prove_shuffle(case.statement, other, SEED, nonce(0)).encode(),
    )
    assert prove_shuffle(case.statement, case.witness, SEED, nonce(0)).encode() == case.proof
    assert len({proof[:SIZE] for proof in proofs}) == 5


def test_statement_and_proof_are_the_same_bytes_as_ever() -> None:
    case = mixed(3, 2)
    seen = case.statement.tag() + case.statement.instance() + case.proof
    assert hashlib.sha256(seen).hexdigest()[:16] == "2f6213261089dc03"


# --- together -----------------------------------------------------------------------------------


def chain(n: int, count: int) -> list[Mixed]:
    rows, found = trivial_rows(n), []
    for step in range(count):
        found.append(mixed(n, step=step, before=rows))
        rows = found[-1].statement.after
    return found


def named(cases: list[Mixed]) -> list[Equation]:
    return [
        Equation(e.sum, f"mix {i}", e.message)
        for i, case in enumerate(cases)
        for e in equations(case.statement, case.proof)
    ]


def test_consecutive_mixes_share_their_bases() -> None:
    """N·(1 + 2w·(k + 1)) multiplications and a few for each mix; the trivial deck's u cost nothing."""
    n, k = 6, 5
    total: Sum = weighted_sum(named(chain(n, k)), nonce(1))
    assert len(total) <= n * (1 + 2 * (k + 1)) + 8 * k + 3


def test_the_wrong_mix_of_a_chain_is_named() -> None:
    cases = chain(3, 4)
    check(named(cases))
    for i, case in enumerate(cases):
        proof = with_part(case.proof, 8, bytes(32))
        assert code_of(lambda: check(named([*cases[:i], replace(case, proof=proof), *cases[i + 1 :]]))) == f"mix {i}"  # noqa: B023
