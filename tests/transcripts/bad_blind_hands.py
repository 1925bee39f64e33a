"""Bad transcripts of blind games: shares of cards that are handed to their players."""

from __future__ import annotations

from typing import Any

from sealed_santa.crypto.group import BASE, Point
from sealed_santa.game.state import Phase
from sealed_santa.log.fields import Points
from transcripts.bad_blind_tests import bob, with_marked_proof
from transcripts.blind_forge import (
    at,
    forged_hand,
    in_session,
    large,
    put,
    share_of,
    swapped,
)
from transcripts.cases import bad
from transcripts.forge import IDENTITY, NO_POINT, NOT_CANONICAL, Forger, changed, mixed_order

# --- hands ----------------------------------------------------------------------------------------


def dealing(count: int = 1) -> Forger:
    """Return a game in which so many trustees have handed out their shares."""
    return at(Phase.DEALING, count)


def hands(**how: Any) -> bytes:
    """Let Bob hand out wrong shares, and prove them as well as he can."""
    made = dealing()
    return made.smuggle("Bob", forged_hand(made, "Bob", **how))


@bad("B12 hand.proof-wrong 25")
def blind_hand_for_another_card() -> bytes:
    """Ann and Bob get shares of each other's cards."""
    return hands(firsts=lambda points: swapped(points, 0, 1))


@bad("B12 hand.proof-wrong 25")
def blind_hand_that_another_can_read() -> bytes:
    """Ann's shares are hidden by Bob's key: with t such hands he reads her card, and she cannot."""
    return hands(keys=lambda keys: [keys[1], *keys[1:]])


@bad("B12 hand.proof-wrong 25")
def blind_hand_with_the_share_of_another() -> bytes:
    """Bob hands out Ann's shares."""
    return hands(share=share_of(dealing(), "Ann"))


@bad("B12 hand.proof-wrong 25")
def blind_hand_that_changes_a_card() -> bytes:
    """One hand gets something added: its player believes to have another recipient."""
    return hands(hands=lambda pairs: [(pairs[0][0], pairs[0][1] + BASE), *pairs[1:]])


@bad("B12 hand.cards 25")
def blind_hand_in_the_open() -> bytes:
    """The mask of a hand is zero: with two more of the kind everybody could read the card."""
    return hands(hands=lambda pairs: [(Point(IDENTITY), pairs[0][1]), *pairs[1:]])


@bad("B12 hand.cards 25")
def blind_hand_with_a_card_missing() -> bytes:
    """Three hands for four players."""
    return bob(dealing(), lambda body: changed(body, cards=Points(body.cards[:-64])))


@bad("B12 hand.cards 25")
def blind_hand_of_mixed_order() -> bytes:
    """A hand has a part of order eight, and the proof was made for it."""
    return hands(hands=lambda pairs: [(pairs[0][0], Point(mixed_order(pairs[0][1].raw))), *pairs[1:]])


@bad("B12 hand.cards 25")
def blind_hand_off_the_curve() -> bytes:
    """A hand is no point."""
    return bob(dealing(), lambda body: changed(body, cards=put(body.cards, 3, NO_POINT)))


@bad("B12 hand.cards 25")
def blind_hand_not_canonical() -> bytes:
    """A hand is written as no point is written."""
    return bob(dealing(), lambda body: changed(body, cards=put(body.cards, 3, NOT_CANONICAL)))


@bad("B12 hand.proof-wrong 25")
def blind_hand_with_a_proof_off_the_curve() -> bytes:
    """An announced point is none."""
    return bob(dealing(), lambda body: changed(body, proof=put(body.proof, 2, NO_POINT)))


@bad("B12 hand.proof-wrong 25")
def blind_hand_with_a_proof_of_mixed_order() -> bytes:
    """An announced point has a part of order eight, and the answers were made for it."""
    made = dealing()
    return made.smuggle("Bob", with_marked_proof(lambda: forged_hand(made, "Bob")))


@bad("B12 hand.twice 26")
def blind_hand_twice() -> bytes:
    """Cem hands out his shares twice, so that two trustees would be enough."""
    made = dealing(2)
    return made.smuggle("Cem", forged_hand(made, "Cem"))


@bad("B12 hand.proof-wrong 25")
def blind_hand_proven_by_another_trustee() -> bytes:
    """The proof is Cem's."""
    return hands(statement=in_session(author=dealing().id_of("Cem")))


@bad("B12 hand.proof-wrong 25")
def blind_hand_proven_for_another_game() -> bytes:
    """The proof was made in another game."""
    return hands(statement=in_session(game=b"\x07" * 32))


@bad("B12 hand.proof-form 25")
def blind_hand_with_a_large_scalar() -> bytes:
    """An answer is written as itself plus the group's order."""
    return bob(dealing(), lambda body: changed(body, proof=large(body.proof)))


@bad("B12 hand.proof-form 25")
def blind_hand_with_an_identity_in_its_proof() -> bytes:
    """An announced point is the identity."""
    return bob(dealing(), lambda body: changed(body, proof=put(body.proof, 0, IDENTITY)))
