"""A trustee opens something else than what was asked, so that a forbidden pair is not noticed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from sealed_santa.crypto.group import Point
from sealed_santa.game.stages import the_batch
from sealed_santa.game.state import Phase
from sealed_santa.lab import cheats, mixing, stage
from sealed_santa.lab.attack import Attack
from sealed_santa.lab.attacks.threshold_counted_twice import before_the_last, hits_by
from sealed_santa.lab.simulator import Simulator
from sealed_santa.lab.trial import Seen, Trial, at_the_door, let_through, runs, twin
from sealed_santa.log.entry import SignedPost


def _moved_by_one(shares: list[Point]) -> list[Point]:
    return [*shares[1:], shares[0]]


def _unproven(game: Simulator, post: SignedPost) -> tuple[int, int]:
    """Go on as if nobody asked for the proof; return how many were dealt themselves, and how many cards were dealt."""
    weak = twin(game)
    let_through(weak, post)
    x = {mixing.index_of(weak, name): cheats.share_of(weak, name) for name in ("Ann", "Bob", "Cem")}
    cards = cheats.read_cards(weak.state, x) if weak.state.phase is Phase.DEALING else {}
    return sum(giver == recipient for giver, recipient in cards.items()), len(cards)


def _blind(cheat: bool) -> Seen:
    game = before_the_last(Phase.OPENING)
    if not cheat:
        return at_the_door(
            game, cheats.signed(game, "Cem", cheats.owes(game, "Cem")), stage.in_words(stage.honest("blind")), won=False
        )
    x = {j: cheats.share_of(game, name) for j, name in enumerate(("Ann", "Bob", "Cem"), 1)}
    post = cheats.signed(game, "Cem", mixing.opening_of(game, "Cem", _moved_by_one))
    story = (
        "Cem opens last, and so sees what the tests will say before it posts. Some of them would say that somebody "
        "drew themselves. It posts good shares, but each in the place of another test. Then no test says anything, and "
        "the first deck looks clean."
    )
    selves, cards = _unproven(game, post)
    return at_the_door(
        game, post, story, won=selves > 0,
        **{
            "tests that hit": str(hits_by(the_batch(game.state), x)),
            "without the proof, players who are dealt themselves": f"{selves} of {cards}",
        },
    )  # fmt: skip


TRIALS: Final[Mapping[str, Trial]] = {"blind": _blind}

ATTACK = Attack(
    id="decryption-share-for-another-ciphertext",
    title="a trustee opens something else",
    attacker="the trustee who opens last",
    lesson="""
To open a ciphertext together, each trustee computes a share from it, and the shares are combined. The result is a
number that nobody could check by looking: nobody knows what it should have been. If one share is wrong, the result
is simply something else.

That is worst where the question is "is this zero?". A forbidden pair shows as zero. Any disturbance turns it into
something that is not zero, and hides it.

So a trustee proves that all its shares were made with its share of the key, from the very ciphertexts that are
opened, in this order. All of them are taken together in one proof, with factors that are drawn after the shares are
fixed. If they were known before, two wrong shares could be made to cancel. See docs/protocol.md, section 11.11.
""",
    weak="Shares without a proof, as in a group of friends. Or one proof for the plain sum of all shares, which lets "
    "errors cancel.",
    threat="T38",
    tests=(
        "tests/attacks/test_trustee_proofs.py::test_attack_a_share_for_another_ciphertext",
        "tests/attacks/test_trustee_proofs.py::test_attack_two_wrong_shares_cancel_under_factors_that_are_known_before",
    ),
    cases=("blind-opening-with-an-invented-share_fail", "blind-opening-of-other-ciphertexts_fail"),
    course="07-take-the-server-out",
    runs=runs(TRIALS),
    elsewhere={
        "classic": "Nothing is encrypted, so nothing is decrypted.",
        "sealed": "No ciphertext is opened together: boxes have one reader each.",
    },
)
