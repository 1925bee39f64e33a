"""All players but one tell each other what they know."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Final

from sealed_santa.lab import stage
from sealed_santa.lab.assignments import likeliest, pure_chance
from sealed_santa.lab.attack import Attack
from sealed_santa.lab.attacks.three_players import dealt
from sealed_santa.lab.plain import Table
from sealed_santa.lab.plain import in_words as table_in_words
from sealed_santa.lab.rates import Rate, percent
from sealed_santa.lab.simulator import FOUR, seeded_entropy
from sealed_santa.lab.trial import NOTHING, Seen, Trial, runs

_GAMES: Final = {"classic": 60, "sealed": 12, "blind": 3}
_N: Final = len(FOUR)


def _guesses(truth: dict[int, int], coalition: int, seed: str) -> Iterator[bool]:
    """Let the first so many players pool their cards and guess whom each of the others gives to."""
    lots = seeded_entropy(f"collude/{seed}")
    known = tuple((giver, truth[giver]) for giver in range(1, coalition + 1))
    best = likeliest(_N, (), known)
    for giver in range(coalition + 1, _N + 1):
        yield best[giver - 1][lots(1)[0] % len(best[giver - 1])] == truth[giver]


def _measured(mode: str, coalition: int) -> Rate:
    found = [hit for k in range(_GAMES[mode]) for hit in _guesses(dealt(mode, FOUR, f"pool/{k}"), coalition, str(k))]
    return Rate(sum(found), len(found))


def _trial(mode: str, cheat: bool) -> Seen:
    fewer = _measured(mode, 1)
    chance = pure_chance(_N, (), (1,), (), tuple(range(2, _N + 1)))
    if not fewer.near(chance.share):
        raise stage.unshown(f"one player alone guesses {fewer}, and chance is {percent(chance.share)}")
    if not cheat:
        words = table_in_words(Table().start().choose()) if mode == "classic" else stage.in_words(stage.honest(mode))
        story = f"{words}. One player alone guesses the pairs of the others in {fewer}."
        return Seen(story=story, won=fewer.share == 1)
    found = _measured(mode, _N - 1)
    return Seen(
        story=f"{_N - 1} of {_N} players read their cards to each other. The last one gives to whoever is left.",
        victim=NOTHING, won=found.share == 1,
        why="It follows from the rules of the game and not from the mode: the recipients are one permutation, and what "
        "is left over when all but one are known is the last one. People cannot be kept from talking.",
        figures={
            f"{_N - 1} players, the pair of the last one": str(found), "1 player, the pairs of the others": str(fewer),
            "1 player, by pure chance": percent(chance.share),
        },
    )  # fmt: skip


TRIALS: Final[Mapping[str, Trial]] = {mode: partial(_trial, mode) for mode in _GAMES}

ATTACK = Attack(
    id="n-minus-one-collude",
    title="all players but one work together",
    attacker="all players but one",
    lesson="""
A card is secret as long as its holder keeps it. Players who show each other their cards have given up their own
secrets; the question is what they learn about the others. If m of n players pool what they know, all assignments of
the rest that fit are still equally likely. For m = n − 1 only one fits.

No mode can promise more, because no mode can forbid people to talk. What the better modes promise is that talking
is all they can do: the coalition learns what its own cards say, and nothing from the log, from the server or from
the mix.

The table of who learns what (`santa lab run knowledge`) has the same question for the server, the organiser and the
network. See docs/protocol.md, section 1.
""",
    weak="A draw in which the assignments are not equally likely, such as one big circle: then two players who compare "
    "their cards learn more than their cards say.",
    threat="",
    tests=("tests/statistics/test_uniform.py::test_draws_are_uniform_also_given_the_log",),
    course="08-what-no-mode-can-hide",
    runs=runs(TRIALS),
)
