"""Bad transcripts of blind games: openings of tests, gifts and pairs."""

from __future__ import annotations

from typing import Any

from sealed_santa.crypto.group import BASE, Point
from sealed_santa.game.batches import Kind
from sealed_santa.game.state import Phase
from sealed_santa.log.fields import Points
from transcripts.bad_blind_tests import bob, with_marked_proof
from transcripts.blind_forge import (
    at,
    forged_opening,
    in_session,
    large,
    put,
    share_of,
    swapped,
)
from transcripts.cases import bad
from transcripts.forge import IDENTITY, NO_POINT, NOT_CANONICAL, Forger, changed, mixed_order

# --- openings -------------------------------------------------------------------------------------


def opening(count: int = 1, kind: Kind | None = None) -> Forger:
    """Return a game in which so many trustees have opened a batch."""
    return at(Phase.OPENING, count, kind)


def opens(kind: Kind = Kind.CARDS, **how: Any) -> bytes:
    """Let Bob open wrongly, and prove it as well as he can."""
    made = opening(1, kind)
    return made.smuggle("Bob", forged_opening(made, "Bob", **how))


@bad("B09 opening.proof-wrong 22")
def blind_opening_with_the_share_of_another() -> bytes:
    """Bob opens with the share of Dot, who has opened: the same trustee would count twice."""
    return opens(share=share_of(opening(), "Dot"))


@bad("B09 opening.proof-wrong 22")
def blind_opening_with_an_invented_share() -> bytes:
    """Bob opens with any number: tests that should hit do not, or the other way round."""
    return opens(share=4711)


@bad("B09 opening.proof-wrong 22")
def blind_opening_of_other_ciphertexts() -> bytes:
    """Bob opens what was to be opened before the last blinding."""
    made = opening()
    before = at(Phase.BLINDING, 2).state.blind
    assert before is not None
    assert before.batch is not None
    return made.smuggle("Bob", forged_opening(made, "Bob", ciphers=before.batch.pairs))


@bad("B09 opening.proof-wrong 22")
def blind_opening_with_one_share_changed() -> bytes:
    """One of the shares is another point, so that a certain deck is out."""
    return opens(shares=lambda points: (points[0] + BASE, *points[1:]))


@bad("B09 opening.proof-wrong 22")
def blind_opening_with_two_errors_that_cancel() -> bytes:
    """What one share has more another has less."""
    return opens(shares=lambda points: (points[0] + BASE, points[1] - BASE, *points[2:]))


@bad("B09 opening.shares 22")
def blind_opening_with_a_share_missing() -> bytes:
    """Eleven shares for twelve tests."""
    return bob(opening(), lambda body: changed(body, shares=Points(body.shares[:-32])))


@bad("B09 opening.shares 22")
def blind_opening_with_the_identity() -> bytes:
    """A share is the identity."""
    return bob(opening(), lambda body: changed(body, shares=put(body.shares, 0, IDENTITY)))


@bad("B09 opening.shares 22")
def blind_opening_of_mixed_order() -> bytes:
    """A share has a part of order eight, and the proof was made for it."""
    return opens(shares=lambda points: (Point(mixed_order(points[0].raw)), *points[1:]))


@bad("B09 opening.shares 22")
def blind_opening_off_the_curve() -> bytes:
    """A share is no point."""
    return bob(opening(), lambda body: changed(body, shares=put(body.shares, 3, NO_POINT)))


@bad("B09 opening.proof-wrong 22")
def blind_opening_with_a_proof_not_canonical() -> bytes:
    """An announced point is written as no point is written."""
    return bob(opening(), lambda body: changed(body, proof=put(body.proof, 1, NOT_CANONICAL)))


@bad("B09 opening.proof-wrong 22")
def blind_opening_with_a_proof_of_mixed_order() -> bytes:
    """An announced point has a part of order eight, and the answer was made for it."""
    made = opening()
    return made.smuggle("Bob", with_marked_proof(lambda: forged_opening(made, "Bob")))


@bad("B09 opening.twice 23")
def blind_opening_twice() -> bytes:
    """Ann opens twice, so that two trustees would be enough."""
    made = opening(2)
    return made.smuggle("Ann", forged_opening(made, "Ann"))


@bad("B09 opening.proof-wrong 22")
def blind_opening_proven_by_another_trustee() -> bytes:
    """The proof is Cem's."""
    return opens(statement=in_session(author=opening().id_of("Cem")))


@bad("B09 opening.proof-wrong 22")
def blind_opening_proven_for_another_game() -> bytes:
    """The proof was made in another game."""
    return opens(statement=in_session(game=b"\x07" * 32))


@bad("B09 opening.proof-form 22")
def blind_opening_with_a_large_scalar() -> bytes:
    """The answer is written as itself plus the group's order."""
    return bob(opening(), lambda body: changed(body, proof=large(body.proof)))


@bad("B09 opening.proof-form 22")
def blind_opening_with_an_identity_in_its_proof() -> bytes:
    """An announced point is the identity."""
    return bob(opening(), lambda body: changed(body, proof=put(body.proof, 1, IDENTITY)))


@bad("B09 opening.proof-wrong 37")
def blind_gift_opening_that_spoils_a_gift() -> bytes:
    """A share of a piece of a gift is wrong, so that it opens for nobody."""
    return opens(Kind.GIFTS, shares=lambda points: (points[0] + BASE, *points[1:]))


@bad("B09 opening.shares 37")
def blind_gift_opening_without_a_gift() -> bytes:
    """The pieces of the last gift are left unopened."""
    return bob(opening(1, Kind.GIFTS), lambda body: changed(body, shares=Points(body.shares[: -8 * 32])))


@bad("B09 opening.proof-wrong 44")
def blind_reveal_of_another_pair() -> bytes:
    """In the reveal, the shares of two cards are exchanged."""
    made = at(Phase.REVEALING, 1)
    return made.smuggle("Bob", forged_opening(made, "Bob", shares=lambda points: swapped(points, 0, 1)))


@bad("B09 opening.twice 45")
def blind_reveal_by_one_trustee_twice() -> bytes:
    """In the reveal, Ann opens twice."""
    made = at(Phase.REVEALING, 2)
    return made.smuggle("Ann", forged_opening(made, "Ann"))
