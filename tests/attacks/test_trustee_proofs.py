"""Trustees and givers that cheat in what they prove alone: keys, blindings, decryption shares, hands, envelopes."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

import pytest

from blind_proof_cases import (
    JOINT,
    KINDS,
    NO_POINTS,
    ROSTER,
    SEED,
    accept,
    equations,
    linear,
    moved,
    nonce,
    numbers,
    reference_holds,
    refusal,
    session,
)
from sealed_santa.base.canon import pack
from sealed_santa.base.errors import ProofError
from sealed_santa.crypto.challenge import Transcript
from sealed_santa.crypto.elgamal import Cipher, encode_ciphers, encrypt, plaintext, rerandomise
from sealed_santa.crypto.group import BASE, IDENTITY, ORDER, SIZE, Point, blinder, encode_points
from sealed_santa.crypto.sharing import commit_polynomial, evaluate, public_share
from sealed_santa.proofs.equality import BlindingStatement, DecryptionStatement
from sealed_santa.proofs.equations import check
from sealed_santa.proofs.linear.prove import prove_linear
from sealed_santa.proofs.linear.statements import begin_linear
from sealed_santa.proofs.possession import EnvelopeStatement, KeyStatement


def reproven(statement: Any, witness: tuple[int, ...]) -> str:
    """How a proof for a statement is refused, made with the witness that the author has."""
    proof = prove_linear(statement, witness, SEED, nonce(1))
    assert not reference_holds(statement, proof)
    return refusal(statement, proof)


def as_weak(weak: type, statement: Any) -> Any:
    return weak(**{f.name: getattr(statement, f.name) for f in fields(statement)})


@pytest.mark.parametrize("kind", KINDS)
def test_the_honest_run_works(kind: str) -> None:
    case = linear(kind)
    accept(case.statement, case.proof)


# --- any of them --------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_attack_all_zero_proofs(kind: str) -> None:
    case = linear(kind)
    points, scalars = case.statement.announced, case.statement.witnesses
    assert refusal(case.statement, bytes(len(case.proof))) == "proof-wrong"
    assert refusal(case.statement, IDENTITY.raw * points + bytes(SIZE * scalars)) == "point.invalid"
    assert refusal(case.statement, BASE.raw * points + bytes(SIZE * scalars)) == "proof-wrong"
    assert refusal(case.statement, case.proof[: SIZE * points] + bytes(SIZE * scalars)) == "proof-wrong"


@pytest.mark.parametrize("kind", KINDS)
def test_attack_a_proof_is_moved_to_another_place(kind: str) -> None:
    """Another game, round, author, batch, position, roster, joint key."""
    case = linear(kind)
    others = [
        moved(case.statement, **change)
        for change in ({"game": b"h" * 32}, {"round": 3}, {"author": b"b" * 32}, {"batch": 4}, {"round": 3, "batch": 2})
    ]
    if kind != "blinding":  # whose position says that it is the first
        others.append(moved(case.statement, position=case.statement.session.position + 1))
    others.append(replace(case.statement, roster=b"R" * 32))
    if kind != "possession":
        others.append(replace(case.statement, joint=JOINT + BASE))
    for other in others:
        assert refusal(other, case.proof) == "proof-wrong"


def test_attack_a_proof_of_one_kind_is_none_of_another() -> None:
    """Possession and an envelope of as many columns prove the same equations, in different sessions."""
    key = linear("possession", 2)
    row = tuple(Cipher(point, BASE) for point in key.statement.commitments)
    envelope = EnvelopeStatement(key.statement.session, ROSTER, JOINT, row)
    accept(envelope, prove_linear(envelope, key.witness, SEED, nonce(1)))
    assert refusal(envelope, key.proof) == "proof-wrong"


# --- keys ---------------------------------------------------------------------------------------


def keys(count: int) -> list[tuple[int, ...]]:
    return [numbers(50 + i, 2) for i in range(count)]


def test_attack_a_rogue_key_makes_the_joint_key_one_of_its_own() -> None:
    """The last trustee posts A_0 = X − ΣA_i. Without possession the joint key is X, whose secret it knows."""
    honest = [commit_polynomial(f) for f in keys(2)]
    secret = 777
    others = honest[0][0] + honest[1][0]
    rogue = (secret * BASE - others, 9 * BASE)
    joint = others + rogue[0]
    cipher = encrypt(joint, 3 * BASE, 12345)
    assert cipher.v - secret * cipher.u == 3 * BASE  # it reads every card alone

    statement = KeyStatement(session(3), ROSTER, 3, 2, rogue)
    for known in (secret, 0, 1, ORDER - 1):
        assert reproven(statement, (known, 9)) == "proof-wrong"
    fair = replace(statement, commitments=(secret * BASE, 9 * BASE))
    proof = prove_linear(fair, (secret, 9), SEED, nonce(1))
    accept(fair, proof)
    assert refusal(statement, proof) == "proof-wrong"


def test_attack_somebody_elses_key_is_posted_again() -> None:
    """Copied whole, or with coefficients of one's own behind another's A_0."""
    case = linear("possession")
    s = case.statement
    assert refusal(moved(s, author=b"b" * 32), case.proof) == "proof-wrong"
    assert refusal(moved(s, position=3), case.proof) == "proof-wrong"
    assert refusal(replace(s, commitments=(s.commitments[0], *s.commitments[:0:-1])), case.proof) == "proof-wrong"
    negated = tuple(-1 * point for point in s.commitments)
    assert refusal(replace(s, commitments=negated), case.proof) == "proof-wrong"
    assert refusal(replace(s, trustees=5), case.proof) == "proof-wrong"


class FirstAlone(KeyStatement):
    """Possession of A_0 and of no other coefficient."""

    @property
    def announced(self) -> int:
        return 1

    @property
    def witnesses(self) -> int:
        return 1

    def relations(self, transcript: Transcript) -> Any:
        return super().relations(transcript)[:1]


@pytest.mark.parametrize("victim", [1, 2])
def test_attack_the_last_key_makes_somebodys_public_share_the_identity(victim: int) -> None:
    """A_{t−1} = −(what all commit to at j, and its own A_0)/j: the game would be void, and nobody to blame."""
    honest = [commit_polynomial(f) for f in keys(2)]
    secret = 777
    rest = honest[0][0] + honest[1][0] + secret * BASE + victim * (honest[0][1] + honest[1][1])
    chosen = (secret * BASE, (-pow(victim, -1, ORDER)) % ORDER * rest)
    sums = tuple(honest[0][m] + honest[1][m] + chosen[m] for m in range(2))
    assert public_share(sums, victim) == IDENTITY
    assert public_share(sums, 3 - victim) != IDENTITY
    assert sums[0] != IDENTITY

    statement = KeyStatement(session(3), ROSTER, 3, 2, chosen)
    weak = as_weak(FirstAlone, statement)
    alone = prove_linear(weak, (secret,), SEED, nonce(1))
    accept(weak, alone)  # the weak verifier sees nothing
    assert refusal(statement, alone) == "length.wrong"
    for known in (0, 1, secret, ORDER - secret):
        assert reproven(statement, (secret, known)) == "proof-wrong"
    fair = replace(statement, commitments=(chosen[0], 9 * BASE))
    proof = prove_linear(fair, (secret, 9), SEED, nonce(1))
    accept(fair, proof)
    assert refusal(statement, proof) == "proof-wrong"


class KeyLeftOut(KeyStatement):
    def instance(self) -> bytes:
        return pack(self.roster, self.trustees, self.threshold)


def test_attack_a_key_left_out_of_its_challenge_has_no_secret_that_anybody_knows() -> None:
    """Announced points, answers and then the key: A_m = (z_m·G − T_m)/e."""
    announced, answers = (blinder(), 77 * BASE), (5, 6)
    weak = KeyLeftOut(session(1), ROSTER, 3, 2, (BASE, BASE))
    transcript, _ = begin_linear(weak)
    transcript.absorb(encode_points(announced))
    e = transcript.challenge()
    keys = tuple(pow(e, -1, ORDER) * (z * BASE - t) for z, t in zip(answers, announced, strict=True))
    proof = encode_points(announced) + b"".join(z.to_bytes(SIZE, "little") for z in answers)
    forged = replace(weak, commitments=keys)
    accept(forged, proof)  # the weak verifier sees nothing
    statement = as_weak(KeyStatement, forged)
    assert refusal(statement, proof) == "proof-wrong"
    assert not reference_holds(statement, proof)


# --- blinding -----------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["blinding", "later blinding"])
def test_attack_another_factor_for_the_second_part(kind: str) -> None:
    """A hit, whose second part is y times the first, would look like a miss."""
    case = linear(kind)
    first, *rest = case.statement.after
    other = replace(case.statement, after=(Cipher(first.u, 2 * first.v), *rest))
    assert refusal(other, case.proof) == "proof-wrong"
    assert reproven(other, case.witness) == "proof-wrong"
    assert reproven(other, (2 * case.witness[0], *case.witness[1:])) == "proof-wrong"


@pytest.mark.parametrize("kind", ["blinding", "later blinding"])
def test_attack_tests_are_exchanged_or_made_for_other_values(kind: str) -> None:
    case = linear(kind)
    s = case.statement
    a, b, c = s.after
    assert reproven(replace(s, after=(b, a, c)), case.witness) == "proof-wrong"
    assert refusal(replace(s, after=(b, a, c)), case.proof) == "proof-wrong"
    assert refusal(replace(s, before=(s.before[1], s.before[0], s.before[2])), case.proof) == "proof-wrong"
    for k in range(3):
        one = list(s.tests[0])
        one[k] += 1
        assert refusal(replace(s, tests=(tuple(one), *s.tests[1:])), case.proof) == "proof-wrong"
    other_value = replace(s, tests=((0, 1, 9), *s.tests[1:]))
    if kind == "blinding":
        assert reproven(other_value, case.witness) == "proof-wrong"
    else:  # the value was taken off by the first blinding, once
        accept(other_value, prove_linear(other_value, case.witness, SEED, nonce(1)))


def test_attack_the_value_is_taken_off_twice_or_never() -> None:
    first, later = linear("blinding"), linear("later blinding")
    as_later = replace(first.statement, first=False, session=session(1))
    assert reproven(as_later, first.witness) == "proof-wrong"
    as_first = replace(later.statement, first=True, session=session(0))
    assert reproven(as_first, later.witness) == "proof-wrong"


class BlindingWithoutAfter(BlindingStatement):
    def instance(self) -> bytes:
        return pack(self.roster, self.joint.raw, len(self.tests), encode_ciphers(self.before))


def test_attack_pairs_left_out_of_the_challenge_turn_a_hit_into_a_miss() -> None:
    key = 987654321  # of JOINT; nobody has it, it is here to look into the pairs
    before = encrypt(JOINT, 4 * BASE, 31)
    tests, s = ((0, 1, 4),), 55
    hit = Cipher(s * before.u, s * (before.v - 4 * BASE))
    assert hit.v - key * hit.u == IDENTITY
    weak = BlindingWithoutAfter(session(), ROSTER, JOINT, tests, True, (before,), (hit,))
    k, announced = 1234, 99 * BASE
    transcript, _ = begin_linear(weak)
    transcript.absorb(encode_points((k * before.u, announced)))
    e = transcript.challenge()
    z = (k + e * s) % ORDER
    miss = Cipher(hit.u, pow(e, -1, ORDER) * (z * (before.v - 4 * BASE) - announced))
    assert miss.v - key * miss.u != IDENTITY
    proof = encode_points((k * before.u, announced)) + z.to_bytes(SIZE, "little")
    forged = replace(weak, after=(miss,))
    accept(forged, proof)  # the weak verifier sees nothing
    statement = as_weak(BlindingStatement, forged)
    assert refusal(statement, proof) == "proof-wrong"
    assert not reference_holds(statement, proof)


# --- decryption ---------------------------------------------------------------------------------


def test_attack_a_share_for_another_ciphertext() -> None:
    case = linear("decryption")
    s = case.statement
    a, b, c = s.shares
    for shares in ((b, a, c), (a, a, c), (a, b, b), (a, b, c + BASE), (a, b, -1 * c), (s.firsts[0], b, c)):
        other = replace(s, shares=shares)
        assert reproven(other, case.witness) == "proof-wrong"
        assert refusal(other, case.proof) == "proof-wrong"


def test_attack_shares_made_with_another_key() -> None:
    """With one that is no share of the joint key every plaintext would be another one."""
    case = linear("decryption")
    s = case.statement
    for x in (case.witness[0] + 1, 1, ORDER - case.witness[0]):
        other = replace(s, shares=tuple(x * u for u in s.firsts))
        assert reproven(other, (x,)) == "proof-wrong"
        assert reproven(other, case.witness) == "proof-wrong"
    assert refusal(replace(s, public=s.public + BASE), case.proof) == "proof-wrong"


def test_attack_another_trustees_shares_are_copied() -> None:
    """Counted twice they would make t out of t − 1; the copy is not for the other's X."""
    f = (11, 22)
    u = tuple(k * BASE for k in (5, 6))
    x = evaluate(f, 1)
    statement = DecryptionStatement(session(), ROSTER, JOINT, x * BASE, u, tuple(x * p for p in u))
    proof = prove_linear(statement, (x,), SEED, nonce(1))
    accept(statement, proof)
    copied = moved(statement, author=b"b" * 32)
    assert refusal(copied, proof) == "proof-wrong"
    own = replace(copied, public=evaluate(f, 2) * BASE)
    assert refusal(own, proof) == "proof-wrong"
    assert reproven(own, (evaluate(f, 2),)) == "proof-wrong"


class SharesLeftOut(DecryptionStatement):
    def instance(self) -> bytes:
        return pack(self.roster, self.joint.raw, self.public.raw, len(self.firsts), encode_points(self.firsts))


class EqualFactors(DecryptionStatement):
    def relations(self, transcript: Transcript) -> Any:
        first, second = super().relations(transcript)
        terms = tuple((i, 1, base) for i, _, base in second.terms)
        return first, replace(second, terms=terms, target=tuple((1, base) for _, base in second.target))


@pytest.mark.parametrize("weak", [SharesLeftOut, EqualFactors])
def test_attack_two_wrong_shares_cancel_under_factors_that_are_known_before(weak: type) -> None:
    """What is added to one share, weighted, is taken from another: two cards are read as others."""
    case = linear("decryption")
    s = as_weak(weak, case.statement)
    _, (_, relation) = begin_linear(s)
    (first, _), (second, _), _ = relation.target
    a, b, c = s.shares
    forged = replace(s, shares=(a + second * BASE, b - first * BASE, c))
    proof = prove_linear(forged, case.witness, SEED, nonce(1))
    accept(forged, proof)  # the weak verifier sees nothing
    statement = as_weak(DecryptionStatement, forged)
    assert refusal(statement, proof) == "proof-wrong"
    assert reproven(statement, case.witness) == "proof-wrong"


def test_attack_a_threshold_counted_twice_or_wrong_factors_open_something_else() -> None:
    """t shares, one of them under another index, or one of them twice: not the plaintext."""
    f = (101, 202)
    cipher = encrypt(f[0] * BASE, 7 * BASE, 33)
    share = {j: evaluate(f, j) * cipher.u for j in (1, 2, 3)}
    assert plaintext(cipher, {1: share[1], 2: share[2]}) == 7 * BASE
    assert plaintext(cipher, {1: share[1], 2: share[1]}) != 7 * BASE
    assert plaintext(cipher, {1: share[1], 3: share[2]}) != 7 * BASE


# --- hands --------------------------------------------------------------------------------------


def test_attack_a_hand_hides_something_else() -> None:
    """A player would read another card, or none; everybody sees it before."""
    case = linear("hand")
    s, (x, *rhos) = case.statement, case.witness
    (r, good), *rest = s.hands
    others = {
        "another share": (r, (x + 1) * s.firsts[0] + rhos[0] * s.keys[0]),
        "another slot": (r, x * s.firsts[1] + rhos[0] * s.keys[0]),
        "another reader": (r, x * s.firsts[0] + rhos[0] * s.keys[1]),
        "another randomness": (r, x * s.firsts[0] + rhos[1] * s.keys[0]),
        "not hidden": (r, x * s.firsts[0]),
        "another R": (r + BASE, good),
        "the next player's": s.hands[1],
    }
    for hand in others.values():
        other = replace(s, hands=(hand, *rest))
        assert refusal(other, case.proof) == "proof-wrong"
        assert reproven(other, case.witness) == "proof-wrong"


def test_attack_slots_or_keys_of_players_are_exchanged() -> None:
    case = linear("hand")
    s = case.statement
    for name in ("keys", "firsts", "hands"):
        a, b, c = getattr(s, name)
        assert refusal(replace(s, **{name: (b, a, c)}), case.proof) == "proof-wrong"
    assert refusal(replace(s, public=s.public + BASE), case.proof) == "proof-wrong"


# --- envelopes ----------------------------------------------------------------------------------


def test_attack_an_envelope_is_copied_and_rerandomised() -> None:
    """The copy would be opened beside the original, and tell whose it was; its author does not know u's logarithm."""
    case = linear("envelope")
    s = case.statement
    more = numbers(9, 8)
    copy = tuple(rerandomise(JOINT, cipher, r) for cipher, r in zip(s.row, more, strict=True))
    thief = replace(moved(s, author=b"b" * 32, position=5), row=copy)
    assert reproven(thief, more) == "proof-wrong"
    assert refusal(thief, case.proof) == "proof-wrong"
    assert refusal(replace(thief, row=s.row), case.proof) == "proof-wrong"
    own = tuple((r + q) % ORDER for r, q in zip(case.witness, more, strict=True))
    accept(thief, prove_linear(thief, own, SEED, nonce(1)))  # who knows the randomness made the row


def test_attack_an_envelope_is_changed_under_its_proof() -> None:
    """v is in no equation; it is in the challenge."""
    case = linear("envelope")
    s = case.statement
    for changed in (
        tuple(Cipher(c.u, c.v + BASE) for c in s.row),
        (Cipher(s.row[0].u, s.row[1].v), Cipher(s.row[1].u, s.row[0].v), *s.row[2:]),
        s.row[::-1],
        s.row[:7] + s.row[:1],
    ):
        assert refusal(replace(s, row=changed), case.proof) == "proof-wrong"


def test_attack_one_column_is_not_known() -> None:
    """A column of somebody else's among one's own: seven logarithms of eight are not enough."""
    case = linear("envelope")
    foreign = Cipher(blinder(), BASE)
    for c in range(8):
        row = tuple(foreign if i == c else cipher for i, cipher in enumerate(case.statement.row))
        assert reproven(replace(case.statement, row=row), case.witness) == "proof-wrong"


# --- points that are none -----------------------------------------------------------------------


@pytest.mark.parametrize("name", [name for name in NO_POINTS if name != "identity"])
def test_attack_public_values_that_are_no_points(name: str) -> None:
    """Whatever is claimed and multiplied is found, in every field."""
    bad = Point(NO_POINTS[name])
    key, envelope, blinding, decryption, hand = (
        linear(k).statement for k in ("possession", "envelope", "blinding", "decryption", "hand")
    )
    pair, (r, s) = blinding.after[0], hand.hands[0]
    others = (
        ("possession", replace(key, commitments=(bad, *key.commitments[1:]))),
        ("envelope", replace(envelope, row=(Cipher(bad, BASE), *envelope.row[1:]))),
        ("blinding", replace(blinding, after=(Cipher(bad, pair.v), *blinding.after[1:]))),
        ("blinding", replace(blinding, after=(Cipher(pair.u, bad), *blinding.after[1:]))),
        ("blinding", replace(blinding, before=(Cipher(bad, BASE), *blinding.before[1:]))),
        ("decryption", replace(decryption, shares=(bad, *decryption.shares[1:]))),
        ("decryption", replace(decryption, public=bad)),
        ("hand", replace(hand, hands=((bad, s), *hand.hands[1:]))),
        ("hand", replace(hand, hands=((r, bad), *hand.hands[1:]))),
        ("hand", replace(hand, public=bad)),
    )
    for kind, statement in others:
        with pytest.raises(ProofError, match="not the canonical encoding"):
            check([e for e in equations(statement, linear(kind).proof) if bad in e.sum])
        assert refusal(statement, linear(kind).proof) == "proof-wrong"


def test_attack_a_mark_of_order_two_in_a_share_is_found() -> None:
    """An even factor would wipe it out in the sum."""
    case = linear("decryption")
    mark = Point(NO_POINTS["order 2"])
    for k in range(6):
        s = replace(case.statement, shares=(case.statement.shares[0] + mark, *case.statement.shares[1:]))
        proof = prove_linear(s, case.witness, SEED, nonce(k))
        assert refusal(s, proof) == "proof-wrong"
