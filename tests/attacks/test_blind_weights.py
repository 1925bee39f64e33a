"""Attack: two posts that prove nothing, whose errors cancel where an audit adds up equations.

An audit of a blind game checks all its equations as one sum. Two authors who conspire (or one with two posts)
shift their answers by opposite amounts: each equation is wrong by a multiple of one point, and the plain sum
is right. The weights of the sum are a hash over everything in it, so that nobody can aim at them; and when the sum
is wrong, posts are looked at one by one.
"""

from __future__ import annotations

from typing import Any

import pytest

from blind_audit_cases import Blindfolded, begun, found, place_of, spoilt
from sealed_santa.audit import following
from sealed_santa.audit.auditor import audit, read
from sealed_santa.audit.findings import Verdict
from sealed_santa.game.state import Phase
from sealed_santa.proofs.equations import Equation, check, derived_weights, holds, weighted_sum

SERVER = "server (proven)"
# Where an answer stands alone with one base in its equation: key z·G, envelope z_c·G. So two of them can cancel.
CASES = [
    (("envelope", 0, 1), ("envelope", 1, -1)),
    (("key", 0, 1), ("key", 2, -1)),
    (("key", 1, 5), ("envelope", 2, -5)),
]
FIELD = {"key": "possession", "envelope": "proof"}
FIRST = {"key": ("B02", "key.possession"), "envelope": ("B13", "envelope.proof-wrong")}


def conspired(lies: tuple[tuple[str, int, int], ...]) -> Blindfolded:
    """Return a game, played to its end, in which the nth posts of some types have answers shifted by so much."""
    made = begun(3, "conspired", Blindfolded)
    assert isinstance(made, Blindfolded)
    met: dict[str, int] = {}

    def change(body: Any) -> Any:
        tag = body.__struct_config__.tag
        nth, met[tag] = met.get(tag, 0), met.get(tag, 0) + 1
        for kind, which, by in lies:
            if (kind, which) == (tag, nth):
                return spoilt(body, by, FIELD[tag])
        return body

    made.change = change
    made.run()
    assert made.state.phase is Phase.OVER
    return made


def gathered(made: Blindfolded) -> list[Equation]:
    """Return all equations of a log, unchecked."""
    equations: list[Equation] = []
    following._fold(read(made.transcript()).entries, (), equations.extend)
    return equations


def equal(length: int) -> bytes:
    """Weights of 1: what a plain sum is."""
    return (b"\x01" + bytes(15)) * (length // 16)


def test_an_honest_game_holds_with_any_weights() -> None:
    made = conspired(())
    equations = gathered(made)
    assert holds(weighted_sum(equations, equal))
    assert holds(weighted_sum(equations, derived_weights(equations)))
    assert audit(made.transcript()).verdict is Verdict.VERIFIED


@pytest.mark.parametrize("lies", CASES)
def test_errors_that_cancel_in_a_plain_sum_are_found(lies: tuple[tuple[str, int, int], ...]) -> None:
    made = conspired(lies)
    equations = gathered(made)
    assert holds(weighted_sum(equations, equal))  # the attack works on an audit that adds up without weights
    assert not holds(weighted_sum(equations, derived_weights(equations)))
    first = min(place_of(made, tag, nth) for tag, nth, _ in lies)
    tag = next(tag for tag, nth, _ in lies if place_of(made, tag, nth) == first)
    assert found(audit(made.transcript())) == [(*FIRST[tag], first, SERVER)]


def test_the_second_of_the_two_is_found_alone() -> None:
    made = conspired((("envelope", 1, -1),))
    assert not holds(weighted_sum(gathered(made), equal))
    place = place_of(made, "envelope", 1)
    assert found(audit(made.transcript())) == [("B13", "envelope.proof-wrong", place, SERVER)]


def test_an_audit_with_equal_weights_would_be_fooled(monkeypatch: pytest.MonkeyPatch) -> None:
    """The weights are what finds it: with weights that are known before, the same audit says "verified"."""
    made = conspired(CASES[0])
    monkeypatch.setattr(following, "check", lambda equations: check(equations, equal))
    assert audit(made.transcript()).verdict is Verdict.VERIFIED


def test_weights_cannot_be_foreseen_from_the_log_before() -> None:
    """Another last answer gives every equation another weight, also those of posts long before."""
    one, other = (gathered(conspired((("envelope", 2, by),))) for by in (1, 2))
    first, second = derived_weights(one)(32), derived_weights(other)(32)
    assert first[:16] != second[:16]
    assert first[16:] != second[16:]
