"""One trustee counts as two, so that fewer than t are enough."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from sealed_santa.crypto.elgamal import plaintext
from sealed_santa.crypto.group import IDENTITY
from sealed_santa.game.batches import Batch
from sealed_santa.game.stages import the_batch
from sealed_santa.game.state import Phase
from sealed_santa.lab import cheats, mixing, stage
from sealed_santa.lab.attack import Attack
from sealed_santa.lab.simulator import Simulator
from sealed_santa.lab.trial import Seen, Trial, at_the_door, runs


def hits_by(batch: Batch, shares: dict[int, int]) -> int:
    """Return how many tests of a batch say yes when they are opened with these shares, by index."""
    return sum(plaintext(c, {j: x * c.u for j, x in shares.items()}) == IDENTITY for c in batch.opened())


def before_the_last(phase: Phase) -> Simulator:
    """Return a game of four in which all openings but the last of a phase are there: Ann's and Bob's."""
    game = stage.at_phase("blind", phase)
    for name in ("Ann", "Bob"):
        game.say(name, cheats.owes(game, name))
    return game


def _blind(cheat: bool) -> Seen:
    game = before_the_last(Phase.OPENING)
    if not cheat:
        return at_the_door(
            game, cheats.signed(game, "Cem", cheats.owes(game, "Cem")), stage.in_words(stage.honest("blind")), won=False
        )
    batch = the_batch(game.state)
    x = {j: cheats.share_of(game, name) for j, name in enumerate(("Ann", "Bob", "Cem"), 1)}
    right = hits_by(batch, x)
    counted = hits_by(batch, {1: x[1], 2: x[2], 3: x[2]})
    story = (
        "Three of four trustees are needed to open the tests, and two have done it. Bob opens a second time, to be the "
        "third. A rule that counts posts would be content; but the sum with Bob twice in it is not what was encrypted, "
        "and every test would say no."
    )
    again = mixing.opening_of(game, "Bob", lambda shares: shares)
    return at_the_door(
        game, cheats.signed(game, "Bob", again), story, won=right > 0 and not counted,
        **{"tests that hit": str(right), "if Bob counted twice": str(counted)},
    )  # fmt: skip


TRIALS: Final[Mapping[str, Trial]] = {"blind": _blind}

ATTACK = Attack(
    id="threshold-counted-twice",
    title="one trustee counts as two",
    attacker="a trustee",
    lesson="""
"Any three of four" is easily said. A program has to count, and it can count the wrong thing: posts instead of
people, names instead of keys, or the same person under two numbers. Real systems for shared keys have been caught
with each of these.

Here a trustee has one index, fixed with the roster, and each step takes one post from an index. A share under
another index does not pass, because its proof speaks of the public share of exactly that index. So three openings
are three trustees.

What goes wrong otherwise is instructive. Opening with too few real shares gives no error. It gives another point,
at random. The tests for forbidden pairs ask whether a point is zero, so all of them would say: no, nothing is
forbidden here. See docs/protocol.md, section 11.6.
""",
    weak="A rule that waits for t posts. It passes every test in which all trustees are honest and post once.",
    threat="T39",
    tests=("tests/attacks/test_trustee_proofs.py::test_attack_a_threshold_counted_twice_or_wrong_factors_open_something_else",),
    cases=("blind-opening-twice_fail", "blind-reveal-by-one-trustee-twice_fail"),
    course="07-take-the-server-out",
    runs=runs(TRIALS),
    elsewhere={
        "classic": "There is no threshold: one server decides.",
        "sealed": "There is no threshold: one dealer deals.",
    },
)
