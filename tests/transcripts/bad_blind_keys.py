"""Bad transcripts of blind games: keys of trustees."""

from __future__ import annotations

from dataclasses import fields

from sealed_santa.crypto.group import BASE, ORDER, Point, combine
from sealed_santa.crypto.sharing import commit_polynomial
from sealed_santa.game.stages import blind_state
from sealed_santa.game.state import Phase
from sealed_santa.game.statements import key_statement
from sealed_santa.log.fields import Points, Proof, ShareBoxes
from sealed_santa.proofs.linear.prove import prove_linear
from sealed_santa.proofs.possession import KeyStatement
from sealed_santa.roles import player
from transcripts.blind_forge import (
    PATIENCE,
    SCALARS,
    at,
    coefficients,
    complaint,
    forged_key,
    heads,
    in_session,
    large,
    owes,
    play,
    put,
)
from transcripts.cases import bad
from transcripts.forge import (
    IDENTITY,
    NO_POINT,
    NOT_CANONICAL,
    ORGANISER,
    SERVER,
    Forger,
    changed,
    mixed_order,
)

# --- keys -----------------------------------------------------------------------------------------


def keys(count: int = 0) -> Forger:
    """Return a game in which so many keys are in."""
    return at(Phase.KEYS, count)


@bad("B02 key.possession 13")
def blind_rogue_key() -> bytes:
    """The last trustee chooses A_0 = X - the sum of the others': the joint key would be X, whose secret it knows."""
    made = keys(3)
    others = combine((-1, c[0]) for c in blind_state(made.state).commitments.values())
    chosen = 12345
    commitments = (chosen * BASE + others, *commit_polynomial(coefficients(made, "Dot"))[1:])
    return made.smuggle("Dot", forged_key(made, "Dot", commitments=commitments, secret=chosen))


@bad("B02 key.possession 13")
def blind_key_that_makes_a_share_zero() -> bytes:
    """The last trustee chooses A_2 so that Bob's share of the joint key is zero, which would end the game."""
    made = keys(3)
    return made.smuggle("Dot", forged_key(made, "Dot", commitments=zero_share_of(made, 2)))


def zero_share_of(made: Forger, index: int) -> tuple[Point, ...]:
    """Return Dot's A_0 and A_1, and the A_2 with which the public share of an index is the identity."""
    own = commit_polynomial(coefficients(made, "Dot"))[:2]
    others = blind_state(made.state).commitments.values()
    rest = [(index**m, point) for key in (*others, own) for m, point in enumerate(key)]
    last = -pow(index**2, -1, ORDER) % ORDER * combine(rest)
    return (*own, last)


@bad("B02 key.possession 13")
def blind_key_proven_for_its_first_commitment() -> bytes:
    """The same with a right proof for A_0, and for nothing else."""
    made = keys(3)
    commitments = zero_share_of(made, 2)
    first = coefficients(made, "Dot")[0]
    statement = key_statement(made.state, made.id_of("Dot"), 4, commitments)
    alone = type("FirstAlone", (KeyStatement,), {
        "announced": 1, "witnesses": 1, "relations": lambda self, t: KeyStatement.relations(self, t)[:1],
    })  # fmt: skip
    weak = alone(**{f.name: getattr(statement, f.name) for f in fields(statement)})
    proof = Proof(prove_linear(weak, (first,), b"s" * 32, made.entropy))
    return made.smuggle("Dot", changed(forged_key(made, "Dot", commitments=commitments), possession=proof))


@bad("B02 key.possession 11")
def blind_key_that_undoes_another() -> bytes:
    """A trustee's key is another's with the opposite sign, so that this one would not count."""
    made = keys(1)
    theirs = blind_state(made.state).commitments[1]
    commitments = tuple(-1 * point for point in theirs)
    return made.smuggle("Bob", forged_key(made, "Bob", commitments=commitments))


@bad("B02 key.possession 11")
def blind_key_copied() -> bytes:
    """Bob posts Ann's commitments and her proof as his own."""
    made = keys(1)
    theirs = owes(keys(), "Ann")
    return made.smuggle("Bob", changed(owes(made, "Bob"), commitments=theirs.commitments, possession=theirs.possession))


@bad("B02 key.possession 10")
def blind_key_with_a_proof_for_other_commitments() -> bytes:
    """The first commitment is proven, and another one was changed after that."""
    made = keys()
    body = owes(made, "Ann")
    return made.smuggle("Ann", changed(body, commitments=put(body.commitments, 1, BASE.raw)))


@bad("B02 key.possession 10")
def blind_key_with_a_proof_of_another_game() -> bytes:
    """The proof of possession was made in another game."""
    made = keys()
    return made.smuggle("Ann", forged_key(made, "Ann", statement=in_session(game=b"\x07" * 32)))


@bad("B02 key.possession 10")
def blind_key_with_a_proof_of_another_index() -> bytes:
    """The proof of possession was made for the trustee of another index."""
    made = keys()
    return made.smuggle("Ann", forged_key(made, "Ann", statement=in_session(position=2)))


@bad("B02 key.possession 10")
def blind_key_without_a_proof() -> bytes:
    """No proof of possession at all."""
    made = keys()
    return made.smuggle("Ann", changed(owes(made, "Ann"), possession=Proof(b"")))


@bad("B02 key.possession 10")
def blind_key_with_a_large_scalar() -> bytes:
    """The answer of the proof is written as itself plus the group's order."""
    made = keys()
    body = owes(made, "Ann")
    return made.smuggle("Ann", changed(body, possession=large(body.possession)))


@bad("B02 key.possession 10")
def blind_key_with_a_proof_of_zeros() -> bytes:
    """Announced is the identity, the answer is zero."""
    made = keys()
    return made.smuggle("Ann", changed(owes(made, "Ann"), possession=Proof(IDENTITY * 3 + bytes(96))))


@bad("B02 key.possession 10")
def blind_key_with_a_proof_of_mixed_order() -> bytes:
    """The announced point has a part of order eight."""
    made = keys()
    body = owes(made, "Ann")
    wrong = mixed_order(body.possession.units()[0])
    return made.smuggle("Ann", changed(body, possession=put(body.possession, 0, wrong)))


@bad("B02 key.commitments 10")
def blind_key_of_a_lower_degree() -> bytes:
    """t - 1 commitments: fewer than t trustees could use the share of this one."""
    made = keys()
    return made.smuggle("Ann", forged_key_of(made, 2))


@bad("B02 key.commitments 10")
def blind_key_of_a_higher_degree() -> bytes:
    """t + 1 commitments: t trustees could open nothing."""
    made = keys()
    return made.smuggle("Ann", forged_key_of(made, 4))


def forged_key_of(made: Forger, count: int) -> object:
    """Return Ann's key with another number of commitments, and shares to fit."""
    polynomial = (*coefficients(made, "Ann"), 5)[:count]
    fitting = forged_key(made, "Ann", (*polynomial, 0)[:3])
    return changed(fitting, commitments=Points(b"".join(p.raw for p in commit_polynomial(polynomial))))


@bad("B02 key.commitments 10")
def blind_key_with_a_zero_in_front() -> bytes:
    """A_0 is the identity: the part of this trustee is zero, and everybody knows it."""
    made = keys()
    body = owes(made, "Ann")
    return made.smuggle("Ann", changed(body, commitments=put(body.commitments, 0, IDENTITY)))


@bad("B02 key.commitments 10")
def blind_key_with_a_zero_at_the_end() -> bytes:
    """A_(t-1) is the identity: the polynomial has a lower degree."""
    made = keys()
    body = owes(made, "Ann")
    return made.smuggle("Ann", changed(body, commitments=put(body.commitments, -1, IDENTITY)))


@bad("B02 key.commitments 10")
def blind_key_of_mixed_order() -> bytes:
    """A_0 has a part of order eight: shares could fit for some and not for others."""
    made = keys()
    body = owes(made, "Ann")
    wrong = mixed_order(body.commitments.units()[0])
    return made.smuggle("Ann", changed(body, commitments=put(body.commitments, 0, wrong)))


@bad("B02 key.commitments 10")
def blind_key_off_the_curve() -> bytes:
    """A commitment is no point."""
    made = keys()
    body = owes(made, "Ann")
    return made.smuggle("Ann", changed(body, commitments=put(body.commitments, 2, NO_POINT)))


@bad("B02 key.commitments 10")
def blind_key_not_canonical() -> bytes:
    """A commitment is written as no point is written."""
    made = keys()
    body = owes(made, "Ann")
    return made.smuggle("Ann", changed(body, commitments=put(body.commitments, 1, NOT_CANONICAL)))


@bad("B02 key.possession 10")
def blind_key_with_a_proof_off_the_curve() -> bytes:
    """An announced point is none."""
    made = keys()
    body = owes(made, "Ann")
    return made.smuggle("Ann", changed(body, possession=put(body.possession, 2, NO_POINT)))


@bad("B02 key.shares 10")
def blind_key_with_a_share_missing() -> bytes:
    """Three boxes for four trustees."""
    made = keys()
    body = owes(made, "Ann")
    return made.smuggle("Ann", changed(body, shares=ShareBoxes(body.shares[80:])))


@bad("B02 key.twice 12")
def blind_key_twice() -> bytes:
    """A trustee posts a second key after it has seen others."""
    made = keys(2)
    return made.smuggle("Ann", forged_key(made, "Ann", SCALARS[:3]))


@bad("A15 turn.wrong 14")
def blind_key_after_the_close() -> bytes:
    """A key comes after the server has closed the keys without it."""
    made = without_the_key_of_dot()
    return made.smuggle("Dot", changed(owes(keys(3), "Dot"), seen=made.state.head))


@bad("B01 trustee.not 15")
def blind_mix_without_a_key() -> bytes:
    """A trustee whose key was not there mixes all the same."""
    made = without_the_key_of_dot()
    made.say("Ann", owes(made, "Ann"))
    return made.smuggle("Dot", changed(owes(made, "Bob"), **heads(made, "Dot")))


@bad("B03 complaint.accused 14")
def blind_complaint_about_a_trustee_without_a_key() -> bytes:
    """Ann complains of a trustee whose key was not there, and of whom nothing is needed."""
    made = without_the_key_of_dot()
    return made.smuggle("Ann", complaint(made, "Ann", 4))


def without_the_key_of_dot() -> Forger:
    """Return a game whose keys the server has closed although Dot's is missing."""
    made = keys(3)
    made.now += PATIENCE
    return play(made, lambda state: state.phase is Phase.MIXING, silent=["Dot"])


@bad("A32 close.too-early 13")
def blind_keys_closed_too_early() -> bytes:
    """The server closes the keys before the time for them is over."""
    made = keys(3)
    return made.smuggle(SERVER, player.make_close(made.state, made.state.create.server))


@bad("A32 close.too-early 13")
def blind_keys_closed_too_early_by_the_organiser() -> bytes:
    """The organiser closes the keys before the time for them is over."""
    made = keys(3)
    return made.smuggle(ORGANISER, player.make_close(made.state, made.organiser.key))


@bad("B07 close.too-few 12")
def blind_keys_closed_with_too_few() -> bytes:
    """Two keys are in when the time is over, and the server closes; that would end the game, and is the organiser's."""
    made = keys(2)
    made.now += PATIENCE
    return made.smuggle(SERVER, player.make_close(made.state, made.state.create.server))


@bad("A32 close.too-early 12")
def blind_keys_closed_with_too_few_before_their_time() -> bytes:
    """The organiser ends a game whose trustees still have time for their keys."""
    made = keys(2)
    return made.smuggle(ORGANISER, player.make_close(made.state, made.organiser.key))
