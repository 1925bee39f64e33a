"""Possession, envelopes, blinding, decryption, hands: form, bytes, and the second verifier's opinion."""

from __future__ import annotations

import hashlib
from dataclasses import replace

import pytest

from blind_proof_cases import (
    KINDS,
    NO_POINTS,
    ROSTER,
    SEED,
    accept,
    code_of,
    equations,
    linear,
    nonce,
    reference_holds,
    refusal,
    session,
    with_part,
)
from sealed_santa.base.errors import UsageError
from sealed_santa.crypto.group import BASE, IDENTITY, ORDER, SIZE, Point
from sealed_santa.proofs.equality import BlindingStatement, DecryptionStatement, HandStatement
from sealed_santa.proofs.equations import Equation, check
from sealed_santa.proofs.linear.prove import prove_linear
from sealed_santa.proofs.linear.statements import linear_size
from sealed_santa.proofs.possession import EnvelopeStatement, KeyStatement

SIZES = {"possession": 6, "envelope": 16, "blinding": 9, "later blinding": 9, "decryption": 3, "hand": 11}


@pytest.mark.parametrize("kind", KINDS)
def test_an_honest_proof_is_accepted_by_both_verifiers(kind: str) -> None:
    case = linear(kind)
    accept(case.statement, case.proof)
    assert reference_holds(case.statement, case.proof)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("n", [1, 2, 5])
def test_any_number_of_players_or_ciphertexts(kind: str, n: int) -> None:
    case = linear(kind, n, seed=n)
    accept(case.statement, case.proof)


@pytest.mark.parametrize("kind", KINDS)
def test_the_size_follows_from_the_statement(kind: str) -> None:
    case = linear(kind)
    assert len(case.proof) == linear_size(case.statement) == SIZE * SIZES[kind]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("change", [-SIZE, -1, 1, SIZE])
def test_another_length_is_refused(kind: str, change: int) -> None:
    case = linear(kind)
    proof = case.proof[:change] if change < 0 else case.proof + case.proof[:change]
    assert refusal(case.statement, proof) == "length.wrong"
    assert not reference_holds(case.statement, proof)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", NO_POINTS)
def test_what_is_no_point_is_refused_in_every_place(kind: str, name: str) -> None:
    case = linear(kind)
    expected = "point.invalid" if name == "identity" else "proof-wrong"
    for k in range(case.statement.announced):
        assert refusal(case.statement, with_part(case.proof, k, NO_POINTS[name])) == expected


@pytest.mark.parametrize("kind", KINDS)
def test_a_scalar_that_is_not_below_the_order_is_refused_in_every_place(kind: str) -> None:
    case = linear(kind)
    for k in range(case.statement.announced, case.statement.announced + case.statement.witnesses):
        value = int.from_bytes(case.proof[SIZE * k : SIZE * (k + 1)], "little")
        for other in (value + ORDER, ORDER, 2**256 - 1):
            proof = with_part(case.proof, k, other.to_bytes(SIZE, "little"))
            assert refusal(case.statement, proof) == "scalar.not-canonical"


@pytest.mark.parametrize("kind", KINDS)
def test_any_other_part_is_refused(kind: str) -> None:
    case = linear(kind)
    for k in range(SIZES[kind]):
        part = case.proof[SIZE * k : SIZE * (k + 1)]
        if k < case.statement.announced:
            other = (Point(part) + BASE).raw
        else:
            other = ((int.from_bytes(part, "little") + 1) % ORDER).to_bytes(SIZE, "little")
        proof = with_part(case.proof, k, other)
        assert refusal(case.statement, proof) == "proof-wrong"
        assert not reference_holds(case.statement, proof)


@pytest.mark.parametrize("kind", KINDS)
def test_another_witness_proves_nothing(kind: str) -> None:
    case = linear(kind)
    for k in range(len(case.witness)):
        other = tuple((value + 1) % ORDER if i == k else value for i, value in enumerate(case.witness))
        assert refusal(case.statement, prove_linear(case.statement, other, SEED, nonce(0))) == "proof-wrong"


@pytest.mark.parametrize("kind", KINDS)
def test_the_prover_wants_as_many_secrets_as_the_statement_says(kind: str) -> None:
    case = linear(kind)
    for witness in ((), case.witness[:-1], (*case.witness, 1)):
        with pytest.raises(UsageError) as caught:
            prove_linear(case.statement, witness, SEED, nonce(0))
        assert caught.value.code == "proof.statement.false"


@pytest.mark.parametrize("kind", KINDS)
def test_masks_depend_on_nonce_seed_statement_and_witness(kind: str) -> None:
    case = linear(kind)
    changed = (
        prove_linear(case.statement, case.witness, SEED, nonce(1)),
        prove_linear(case.statement, case.witness, b"t" * 32, nonce(0)),
        prove_linear(replace(case.statement, roster=b"R" * 32), case.witness, SEED, nonce(0)),
        prove_linear(case.statement, tuple(w + 1 for w in case.witness), SEED, nonce(0)),
    )
    assert prove_linear(case.statement, case.witness, SEED, nonce(0)) == case.proof
    announced = {proof[:SIZE] for proof in (case.proof, *changed)}
    assert len(announced) == 5


# --- the bytes ----------------------------------------------------------------------------------

FIXED = {
    "possession": "9134a340a86e7323",
    "envelope": "d6047a4493e767bc",
    "blinding": "f39fa89c39d6b931",
    "later blinding": "b5bd175761344d83",
    "decryption": "a41bf44463c747a2",
    "hand": "87d5eddb423181dd",
}


@pytest.mark.parametrize("kind", KINDS)
def test_statements_and_proofs_are_the_same_bytes_as_ever(kind: str) -> None:
    case = linear(kind)
    seen = case.statement.tag() + case.statement.instance() + case.proof
    assert hashlib.sha256(seen).hexdigest()[:16] == FIXED[kind]


def test_the_instance_of_a_blinding_is_the_one_of_the_page() -> None:
    """Numbers by hand: three tests, eight bytes a number, the pairs before without j."""
    s = linear("blinding").statement
    raw = s.instance()
    assert raw[:36] == (32).to_bytes(4, "little") + ROSTER
    assert raw[72:84] == (8).to_bytes(4, "little") + (3).to_bytes(8, "little")
    tests = [int.from_bytes(raw[88 + 8 * i : 96 + 8 * i], "little") for i in range(9)]
    assert tests == [0, 1, 2, 0, 2, 3, 1, 3, 4]
    assert raw[164:228] == s.before[0].u.raw + s.before[0].v.raw
    assert len(raw) == 36 + 36 + 12 + 4 + 72 + 2 * (4 + 3 * 64)


def test_the_kinds_have_different_sessions() -> None:
    tags = {linear(kind).statement.tag() for kind in KINDS}
    assert len(tags) == len(KINDS)


# --- statements that are none -------------------------------------------------------------------


def test_malformed_statements_are_refused() -> None:
    p, e, b, d, h = (linear(k).statement for k in ("possession", "envelope", "blinding", "decryption", "hand"))
    bad = (
        lambda: replace(session(), game=b"g"),
        lambda: replace(session(), author=b"a" * 33),
        lambda: replace(session(), batch=-1),
        lambda: replace(session(), position=-1),
        lambda: replace(p, commitments=p.commitments[:-1]),
        lambda: replace(p, threshold=0, commitments=()),
        lambda: replace(p, trustees=2),
        lambda: replace(e, row=()),
        lambda: replace(b, tests=b.tests[:-1]),
        lambda: replace(b, before=b.before[:-1]),
        lambda: replace(b, tests=(), before=(), after=()),
        lambda: replace(b, first=False),
        lambda: replace(b, session=session(1)),
        lambda: replace(b, tests=((0, 1, -1), *b.tests[1:])),
        lambda: replace(d, shares=d.shares[:-1]),
        lambda: replace(d, shares=(), firsts=()),
        lambda: replace(h, hands=h.hands[:-1]),
        lambda: replace(h, keys=h.keys[:-1]),
        *((lambda s=s: replace(s, roster=b"")) for s in (p, e, b, d, h)),
    )
    for make in bad:
        assert code_of(make) == "statement.malformed"
    assert {type(s) for s in (p, e, b, d, h)} == {
        KeyStatement, EnvelopeStatement, BlindingStatement, DecryptionStatement, HandStatement,
    }  # fmt: skip


# --- more at once -------------------------------------------------------------------------------


def test_many_statements_are_checked_as_one_and_the_wrong_one_is_named() -> None:
    cases = [linear(kind, seed=seed) for kind in KINDS for seed in (1, 2)]
    found: list[Equation] = []
    for i, case in enumerate(cases):
        found += [Equation(e.sum, f"statement {i}", e.message) for e in equations(case.statement, case.proof)]
    check(found)
    wrong = [*found]
    at = next(i for i, e in enumerate(found) if e.code == "statement 7")
    total = {**found[at].sum}
    total[BASE] = total.get(BASE, 0) + 1
    wrong[at] = Equation(total, found[at].code, found[at].message)
    assert code_of(lambda: check(wrong)) == "statement 7"


def test_long_lists_are_announced_by_two_threads_alike() -> None:
    """200 relations and more take the other way through the prover."""
    case = linear("blinding", 101)
    accept(case.statement, case.proof)


def test_identities_in_a_statement_are_values() -> None:
    """Rows that the rules make hold (0, r·G): a share of it is the identity."""
    case = linear("decryption")
    s = case.statement
    other = replace(s, firsts=(IDENTITY, *s.firsts[1:]), shares=(IDENTITY, *s.shares[1:]))
    proof = prove_linear(other, case.witness, SEED, nonce(0))
    accept(other, proof)
    assert reference_holds(other, proof)
    assert refusal(replace(other, shares=s.shares), proof) == "proof-wrong"
