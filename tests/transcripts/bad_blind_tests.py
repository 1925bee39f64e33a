"""Bad transcripts of blind games: blindings of tests."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any
from unittest import mock

from sealed_santa.crypto.elgamal import Cipher
from sealed_santa.crypto.group import BASE, Point
from sealed_santa.game.batches import Kind
from sealed_santa.game.state import Phase
from sealed_santa.log.fields import Points
from sealed_santa.proofs.linear import prove as linear_prover
from transcripts.blind_forge import (
    SCALARS,
    Change,
    at,
    forged_blinding,
    in_session,
    large,
    owes,
    put,
)
from transcripts.cases import bad
from transcripts.forge import IDENTITY, NO_POINT, NOT_CANONICAL, Forger, changed, mixed_order

Ciphers = tuple[Cipher, ...]


def bob(made: Forger, change: Change) -> bytes:
    """Let Bob post what he owes, changed after it was proven."""
    return made.smuggle("Bob", change(owes(made, "Bob")))


def with_marked_proof(forge: Callable[[], Any]) -> Any:
    """Return what is forged with a part of order eight in the first point that is announced, and answers for it."""
    real = linear_prover._announce

    def marked(*arguments: Any) -> tuple[Point, ...]:
        first, *rest = real(*arguments)
        return (Point(mixed_order(first.raw)), *rest)

    with mock.patch.object(linear_prover, "_announce", marked):
        return forge()


# --- blindings ------------------------------------------------------------------------------------


def blinding(count: int = 1) -> Forger:
    """Return a game in which the tests have been blinded so often."""
    return at(Phase.BLINDING, count)


def blinds(count: int = 1, **how: Any) -> bytes:
    """Let Bob blind wrongly, and prove it as well as he can."""
    made = blinding(count)
    return made.smuggle("Bob", forged_blinding(made, "Bob", **how))


def one_pair(change: Change) -> Change:
    """Return what changes the first of the pairs."""
    return lambda pairs: (change(pairs[0]), *pairs[1:])


@bad("B08 blinding.proof-wrong 19")
def blind_blinding_with_two_factors() -> bytes:
    """The two halves of a pair get different factors: a test that should hit does not."""
    return blinds(pairs=one_pair(lambda c: Cipher(c.u, 2 * c.v)))


@bad("B08 blinding.proof-wrong 19")
def blind_blinding_that_hides_a_hit() -> bytes:
    """A pair is replaced by one that hits nothing."""
    return blinds(pairs=one_pair(lambda c: Cipher(BASE, 5 * BASE)))


@bad("B08 blinding.proof-wrong 19")
def blind_blinding_with_another_pair() -> bytes:
    """The pair of another test stands in place of the first."""
    return blinds(pairs=lambda pairs: (pairs[1], *pairs[1:]))


@bad("B08 blinding.proof-wrong 19")
def blind_blinding_with_two_errors_that_cancel() -> bytes:
    """What one pair gets more another gets less."""

    def shifted(pairs: Ciphers) -> Ciphers:
        one, other, *rest = pairs
        return (Cipher(one.u, one.v + BASE), Cipher(other.u, other.v - BASE), *rest)

    return blinds(pairs=shifted)


@bad("B08 blinding.proof-wrong 18")
def blind_blinding_for_another_player() -> bytes:
    """The first blinding asks whether the row holds player 2, where it must ask for player 1."""
    made = blinding(0)
    assert made.state.blind is not None
    assert made.state.blind.batch is not None
    values = [test.value for test in made.state.blind.batch.tests]
    return blinds(0, values=(2, *values[1:]))


@bad("B08 blinding.proof-wrong 19")
def blind_blinding_of_the_tests_again() -> bytes:
    """Bob starts from the tests themselves and so undoes Ann's blinding: with one of his own he can read cards."""
    first = blinding(0)
    assert first.state.blind is not None
    assert first.state.blind.batch is not None
    before = tuple(Cipher(p.u, p.v - t.value * BASE) for p, t in zip(*_tests(first), strict=True))
    return blinds(before=before)


def _tests(made: Forger) -> tuple[Any, Any]:
    assert made.state.blind is not None
    assert made.state.blind.batch is not None
    return made.state.blind.batch.pairs, made.state.blind.batch.tests


@bad("B08 blinding.proof-wrong 41")
def blind_blinding_of_another_column() -> bytes:
    """The tests of a bridge are about holders instead of slots: the holders are known, and nobody would be found."""
    made = at(Phase.BLINDING, 0, Kind.BRIDGE, "five")
    assert made.state.blind is not None
    assert made.state.blind.batch is not None
    deck = made.state.blind.batch.decks[0]
    before = tuple(row[0] for row in deck)
    return made.smuggle("Player 1", forged_blinding(made, "Player 1", SCALARS[:4], before=before))


@bad("B08 blinding.pairs 19")
def blind_blinding_with_zero() -> bytes:
    """The factor of a pair is zero: its test hits."""
    return blinds(factors=(0, *SCALARS[1:]))


@bad("B08 blinding.pairs 19")
def blind_blinding_with_half_an_identity() -> bytes:
    """The first half of a pair is the identity: anybody could open it."""
    return blinds(pairs=one_pair(lambda c: Cipher(Point(IDENTITY), c.v)))


@bad("B08 blinding.pairs 19")
def blind_blinding_with_a_pair_missing() -> bytes:
    """Eleven pairs for twelve tests."""
    return bob(blinding(), lambda body: changed(body, pairs=Points(body.pairs[:-64])))


def with_pair(unit: bytes) -> bytes:
    """Let Bob post a blinding with a half of a pair changed."""
    return bob(blinding(), lambda body: changed(body, pairs=put(body.pairs, 2, unit)))


@bad("B08 blinding.proof-wrong 19")
def blind_blinding_of_mixed_order() -> bytes:
    """A half of a pair has a part of order eight, and the proof was made for it."""
    return blinds(pairs=one_pair(lambda c: Cipher(Point(mixed_order(c.u.raw)), c.v)))


@bad("B08 blinding.proof-wrong 19")
def blind_blinding_off_the_curve() -> bytes:
    """A half of a pair is no point."""
    return with_pair(NO_POINT)


@bad("B08 blinding.proof-wrong 19")
def blind_blinding_not_canonical() -> bytes:
    """A half of a pair is written as no point is written."""
    return with_pair(NOT_CANONICAL)


@bad("B08 blinding.proof-wrong 19")
def blind_blinding_with_a_proof_of_mixed_order() -> bytes:
    """An announced point has a part of order eight, and the answers were made for it."""
    made = blinding()
    return made.smuggle("Bob", with_marked_proof(lambda: forged_blinding(made, "Bob")))


@bad("B08 blinding.twice 20")
def blind_blinding_twice() -> bytes:
    """Ann blinds a second time, in place of a third trustee."""
    made = blinding(2)
    return made.smuggle("Ann", forged_blinding(made, "Ann"))


def blinds_elsewhere(statement: Change) -> bytes:
    return blinds(statement=statement)


@bad("B08 blinding.proof-wrong 19")
def blind_blinding_proven_by_another_trustee() -> bytes:
    """The proof is Cem's."""
    return blinds_elsewhere(in_session(author=blinding().id_of("Cem")))


@bad("B08 blinding.proof-wrong 19")
def blind_blinding_proven_for_another_game() -> bytes:
    """The proof was made in another game."""
    return blinds_elsewhere(in_session(game=b"\x07" * 32))


@bad("B08 blinding.proof-wrong 19")
def blind_blinding_proven_for_another_place() -> bytes:
    """The proof was made for the third blinding, and this is the second."""
    return blinds_elsewhere(in_session(position=2))


@bad("B08 blinding.proof-wrong 19")
def blind_blinding_proven_for_other_tests() -> bytes:
    """The proof was made for tests of other rows."""
    return blinds_elsewhere(lambda claim: replace(claim, tests=tuple(reversed(claim.tests))))


@bad("B08 blinding.proof-form 19")
def blind_blinding_with_a_large_scalar() -> bytes:
    """An answer is written as itself plus the group's order."""
    return bob(blinding(), lambda body: changed(body, proof=large(body.proof)))


@bad("B08 blinding.proof-form 19")
def blind_blinding_with_an_identity_in_its_proof() -> bytes:
    """An announced point is the identity."""
    return bob(blinding(), lambda body: changed(body, proof=put(body.proof, 0, IDENTITY)))
