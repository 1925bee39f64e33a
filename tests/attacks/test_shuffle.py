"""A mixer that drops, doubles, replaces or watches a row, and proofs that belong elsewhere.

The weak verifiers are the real one with a statement or a proof that leaves something out of the
challenges, or without some of the equations.
"""

from __future__ import annotations

from dataclasses import fields, replace

import pytest

import blind_proof_reference
from blind_proof_cases import (
    JOINT,
    NO_POINTS,
    SEED,
    Mixed,
    accept,
    encrypted_rows,
    equations,
    mixed,
    moved,
    nonce,
    reference_holds,
    refusal,
    shuffle_witness,
)
from proof_reference import lift
from sealed_santa.base.canon import pack
from sealed_santa.base.errors import ProofError
from sealed_santa.base.labels import Label
from sealed_santa.crypto.elgamal import Cipher, Row, encode_rows, encrypt, rerandomise
from sealed_santa.crypto.group import BASE, IDENTITY, ORDER, SIZE, Point, combine, encode_scalars
from sealed_santa.proofs.equations import Equation, check
from sealed_santa.proofs.session import Session
from sealed_santa.proofs.shuffle import prove
from sealed_santa.proofs.shuffle.prove import ShuffleWitness, mix_rows, prove_shuffle
from sealed_santa.proofs.shuffle.statements import ShuffleProof, ShuffleStatement, parse_shuffle, powers
from sealed_santa.proofs.shuffle.verify import shuffle_equations

N = 4
FRESH = encrypt(JOINT, 3 * BASE, 4242)


def reproven(case: Mixed, after: tuple[Row, ...]) -> tuple[ShuffleStatement, bytes]:
    """Other rows after, with a proof made for them by the witness of the mix."""
    statement = replace(case.statement, after=after)
    return statement, prove_shuffle(statement, case.witness, SEED, nonce(1)).encode()


def refused_as_it_is_and_reproven(case: Mixed, after: tuple[Row, ...]) -> None:
    assert refusal(replace(case.statement, after=after), case.proof) == "proof-wrong"
    statement, proof = reproven(case, after)
    assert refusal(statement, proof) == "proof-wrong"
    assert not reference_holds(statement, proof)


def test_the_honest_run_works() -> None:
    case = mixed(N)
    accept(case.statement, case.proof)
    assert reference_holds(case.statement, case.proof)


# --- what a mixer may do to rows ----------------------------------------------------------------


def test_attack_a_row_is_dropped_for_another_one() -> None:
    case = mixed(N)
    a, b, c, d = case.statement.after
    for after in ((a, a, c, d), (a, (rerandomise(JOINT, a[0], 77),), c, d), ((FRESH,), b, c, d), (a, b, d, d)):
        refused_as_it_is_and_reproven(case, after)


def test_attack_one_value_is_changed_under_the_same_randomness() -> None:
    case = mixed(N)
    (cipher,) = case.statement.after[1]
    for changed in (Cipher(cipher.u, cipher.v + BASE), Cipher(cipher.u + BASE, cipher.v), Cipher(cipher.v, cipher.u)):
        refused_as_it_is_and_reproven(case, (case.statement.after[0], (changed,), *case.statement.after[2:]))


def test_attack_what_is_added_to_one_row_is_taken_from_another() -> None:
    """The sum of all rows stays; a shuffle that is checked by sums alone would pass."""
    case = mixed(N)
    a, b, c, d = (row[0] for row in case.statement.after)
    after = (Cipher(a.u, a.v + BASE), Cipher(b.u, b.v - BASE), c, d)
    refused_as_it_is_and_reproven(case, tuple((cipher,) for cipher in after))


def test_attack_rows_after_are_exchanged_behind_the_proof() -> None:
    case = mixed(N)
    a, b, c, d = case.statement.after
    assert refusal(replace(case.statement, after=(b, a, c, d)), case.proof) == "proof-wrong"
    assert refusal(replace(case.statement, before=case.statement.before[::-1]), case.proof) == "proof-wrong"


def test_attack_columns_are_swapped() -> None:
    case = mixed(N, 2)
    accept(case.statement, case.proof)
    rows = case.statement.after
    refused_as_it_is_and_reproven(case, tuple(row[::-1] for row in rows))
    refused_as_it_is_and_reproven(case, (rows[0][::-1], *rows[1:]))
    one_column = tuple((rows[(i + 1) % N][0], rows[i][1]) for i in range(N))  # each column is a shuffle; no row is
    refused_as_it_is_and_reproven(case, one_column)


def test_attack_a_mixer_commits_to_what_is_no_permutation(monkeypatch: pytest.MonkeyPatch) -> None:
    """Row 1 twice, row 2 never."""
    monkeypatch.setattr(prove, "_check_witness", lambda *_: None)
    before = encrypted_rows(N)
    witness = ShuffleWitness((1, 1, 3, 4), shuffle_witness(N, 1, 5).randomness)
    after = mix_rows(JOINT, before, witness.permutation, witness.randomness)
    statement = replace(mixed(N).statement, before=before, after=after)
    assert refusal(statement, prove_shuffle(statement, witness, SEED, nonce(1)).encode()) == "proof-wrong"


def test_attack_a_row_is_doubled(monkeypatch: pytest.MonkeyPatch) -> None:
    """Twice row 1, with half of x in B: columns and B agree; only the product argument asks what B opens to."""
    before = encrypted_rows(N)
    witness = ShuffleWitness(tuple(range(1, N + 1)), shuffle_witness(N, 1, 5).randomness)
    doubled = ((Cipher(2 * before[0][0].u, 2 * before[0][0].v),), *before[1:])
    after = mix_rows(JOINT, doubled, witness.permutation, witness.randomness)
    true = replace(mixed(N).statement, before=before, after=after)

    class Pretended(ShuffleStatement):
        def instance(self) -> bytes:
            return true.instance()

    def halved(x: int, count: int) -> list[int]:
        return [x * pow(2, -1, ORDER), *powers(x, count)[1:]]

    monkeypatch.setattr(prove, "powers", halved)
    values = {f.name: getattr(true, f.name) for f in fields(ShuffleStatement)}
    proof = prove_shuffle(Pretended(**{**values, "before": doubled}), witness, SEED, nonce(1)).encode()
    found = equations(true, proof)
    check([found[0], *found[2:]])  # the weak verifier sees nothing
    with pytest.raises(ProofError):
        check([found[1]])
    assert refusal(true, proof) == "proof-wrong"
    assert not reference_holds(true, proof)


def test_attack_the_permutation_is_proven_and_other_rows_are_posted() -> None:
    """Without the columns' equations a mixer could post what it likes."""
    case = mixed(N)
    statement, proof = reproven(case, ((FRESH,), *case.statement.after[1:]))
    found = equations(statement, proof)
    check(found[:3])  # the weak verifier
    for k in (3, 4):
        with pytest.raises(ProofError):
            check([found[k]])
    assert refusal(statement, proof) == "proof-wrong"


def test_attack_randomness_under_another_key() -> None:
    """Rows re-randomised under a key that the mixer knows could be read by it, and by nobody else."""
    own = 5 * BASE
    before, witness = encrypted_rows(N), shuffle_witness(N, 1, 3)
    after = mix_rows(own, before, witness.permutation, witness.randomness)
    statement = replace(mixed(N).statement, before=before, after=after)
    for joint in (JOINT, own):
        proof = prove_shuffle(replace(statement, joint=joint), witness, SEED, nonce(1)).encode()
        assert refusal(statement, proof) == "proof-wrong"


# --- points of small and mixed order ------------------------------------------------------------


def with_torsion(case: Mixed) -> tuple[Row, ...]:
    (first, *rest) = case.statement.after
    order_two = Point(NO_POINTS["order 2"])
    return ((Cipher(first[0].u + order_two, first[0].v),), *rest)


def test_attack_a_row_is_marked_with_a_point_of_order_two(monkeypatch: pytest.MonkeyPatch) -> None:
    """The mark would be seen in every mix after; a library that doesn't look at subgroups lets every other one pass."""
    case = mixed(3)
    statement = replace(case.statement, after=with_torsion(case))
    for k in range(20):
        proof = prove_shuffle(statement, case.witness, SEED, nonce(k)).encode()
        if parse_shuffle(proof, 3, 1).power_answers[0] % 2 == 0:
            break
    with monkeypatch.context() as patch:
        patch.setattr(blind_proof_reference, "decode", lift)
        assert reference_holds(statement, proof)  # the weak verifier
    assert refusal(statement, proof) == "proof-wrong"


@pytest.mark.parametrize("name", NO_POINTS)
def test_attack_rows_that_are_no_points(name: str) -> None:
    case = mixed(3)
    bad = Point(NO_POINTS[name])
    for cipher in (Cipher(bad, BASE), Cipher(BASE, bad)):
        after = ((cipher,), *case.statement.after[1:])
        assert refusal(replace(case.statement, after=after), case.proof) == "proof-wrong"


def test_attack_a_row_that_is_no_point_under_an_answer_of_zero() -> None:
    """With b̂_1 = 0 the row is not needed for the sum; it is looked at all the same."""
    case = mixed(3)
    at = SIZE * (8 + 6)
    proof = case.proof[:at] + bytes(SIZE) + case.proof[at + SIZE :]
    bad = Cipher(Point(NO_POINTS["mixed order"]), BASE)
    statement = replace(case.statement, after=((bad,), *case.statement.after[1:]))
    found = shuffle_equations(statement, parse_shuffle(proof, 3, 1))
    with pytest.raises(ProofError, match="not the canonical encoding"):
        check([Equation(found[3], "column", "first column")])


# --- proofs of nothing --------------------------------------------------------------------------


def test_attack_all_zero_proofs() -> None:
    case = mixed(N)
    points, scalars = 8, 3 * N + 2
    assert refusal(case.statement, bytes(len(case.proof))) == "proof-wrong"
    assert refusal(case.statement, IDENTITY.raw * points + bytes(SIZE * scalars)) == "point.invalid"
    assert refusal(case.statement, BASE.raw * points + bytes(SIZE * scalars)) == "proof-wrong"
    assert refusal(case.statement, case.proof[: SIZE * points] + bytes(SIZE * scalars)) == "proof-wrong"
    assert refusal(case.statement, b"\xff" * len(case.proof)) == "scalar.not-canonical"


# --- proofs that belong elsewhere ---------------------------------------------------------------

PLACES = [
    {"game": b"h" * 32}, {"round": 3}, {"author": b"b" * 32}, {"batch": 4}, {"position": 1}, {"round": 3, "batch": 2},
]  # fmt: skip


@pytest.mark.parametrize("change", PLACES)
def test_attack_a_proof_is_moved_to_another_place(change: dict[str, object]) -> None:
    """Another game, round, author, batch, deck."""
    case = mixed(3)
    assert refusal(moved(case.statement, **change), case.proof) == "proof-wrong"


def test_attack_a_proof_is_moved_to_other_public_values() -> None:
    case = mixed(3)
    s = case.statement
    others = (
        replace(s, roster=b"R" * 32),
        replace(s, joint=JOINT + BASE),
        replace(s, step=1),
        replace(s, before=encrypted_rows(3, seed=6)),
        replace(s, before=s.after, after=s.before),
    )
    for other in others:
        assert refusal(other, case.proof) == "proof-wrong"


def test_attack_a_mix_is_copied_by_the_next_mixer(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its rows and its proof, as if somebody else had mixed the same input; or as a mix of their own output."""
    case = mixed(3)
    copied = moved(case.statement, author=b"b" * 32)  # nothing else differs: the server has kept the first one back
    assert refusal(copied, case.proof) == "proof-wrong"
    later = replace(copied, step=1)
    assert refusal(later, case.proof) == "proof-wrong"
    assert refusal(replace(later, before=case.statement.after), case.proof) == "proof-wrong"
    with monkeypatch.context() as patch:
        patch.setattr(Session, "tag", without_author)
        proof = prove_shuffle(case.statement, case.witness, SEED, nonce(1)).encode()
        accept(copied, proof)  # the weak verifier sees nothing


def without_author(session: Session, argument: Label) -> bytes:
    return pack(argument.value, session.game, session.round, session.batch, session.position)


# --- something left out of the challenges -------------------------------------------------------


class ListsLeftOut(ShuffleStatement):
    def instance(self) -> bytes:
        return pack(self.roster, self.joint.raw, self.step, self.rows, self.width)


class AfterLeftOut(ShuffleStatement):
    def instance(self) -> bytes:
        return pack(self.roster, self.joint.raw, self.step, self.rows, self.width, encode_rows(self.before))


@pytest.mark.parametrize("weak", [ListsLeftOut, AfterLeftOut])
def test_attack_lists_left_out_of_the_challenges_replace_two_rows(weak: type[ShuffleStatement]) -> None:
    """Knowing all challenges, the mixer takes from one row, weighted, what it adds to another."""
    case = mixed(N)
    forgetful = weak(**{f.name: getattr(case.statement, f.name) for f in fields(ShuffleStatement)})
    proof = prove_shuffle(forgetful, case.witness, SEED, nonce(1))
    accept_weak(forgetful, proof)
    (first,), (second,), *rest = case.statement.after
    added = 5 * BASE
    taken = (proof.power_answers[0] * pow(proof.power_answers[1], -1, ORDER)) % ORDER * added
    after = ((Cipher(first.u, first.v + added),), (Cipher(second.u, second.v - taken),), *rest)
    accept_weak(replace(forgetful, after=after), proof)  # the weak verifier sees nothing
    statement = replace(case.statement, after=after)
    assert refusal(statement, proof.encode()) == "proof-wrong"
    assert refusal(*reproven(case, after)) == "proof-wrong"
    assert not reference_holds(statement, proof.encode())


def accept_weak(statement: ShuffleStatement, proof: ShuffleProof) -> None:
    check([Equation(total, "weak", "") for total in shuffle_equations(statement, proof)])


class MasksLeftOut(ShuffleProof):
    def linear_part(self) -> bytes:
        return b""


def test_attack_masks_left_out_of_the_last_challenge_carry_any_rows() -> None:
    """Announced after f is known, D' and E make up for whatever the rows are off by."""
    case = mixed(N)
    statement = replace(case.statement, after=((FRESH,), (FRESH,), *case.statement.after[2:]))
    made = prove_shuffle(statement, case.witness, SEED, nonce(1))
    weak = MasksLeftOut(**{f.name: getattr(made, f.name) for f in fields(ShuffleProof)})
    off = [combine((k, base) for base, k in total.items()) for total in shuffle_equations(statement, weak)]
    (mask,) = weak.column_masks
    masks = (Cipher(mask.u - off[3], mask.v - off[4]),)
    forged = replace(weak, power_mask=weak.power_mask - off[2], column_masks=masks)
    accept_weak(statement, forged)  # the weak verifier sees nothing
    sent = ShuffleProof(**{f.name: getattr(forged, f.name) for f in fields(ShuffleProof)}).encode()
    assert refusal(statement, sent) == "proof-wrong"
    assert not reference_holds(statement, sent)


def test_scalars_are_where_the_attacks_above_look_for_them() -> None:
    proof = parse_shuffle(mixed(3).proof, 3, 1)
    assert proof.encode()[SIZE * (8 + 6) :] == encode_scalars(
        (*proof.power_answers, proof.power_blinding, *proof.column_answers)
    )
