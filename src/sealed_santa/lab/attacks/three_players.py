"""Three players: each knows all pairs from the own card, and no cryptography helps."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Final

from sealed_santa.classic.lines import Say
from sealed_santa.game.state import Phase
from sealed_santa.lab import stage
from sealed_santa.lab.assignments import completions, likeliest, pure_chance
from sealed_santa.lab.attack import Attack
from sealed_santa.lab.plain import Table
from sealed_santa.lab.plain import in_words as table_in_words
from sealed_santa.lab.rates import Rate, percent
from sealed_santa.lab.simulator import FOUR
from sealed_santa.lab.trial import NOTHING, Seen, Trial, runs
from sealed_santa.roles.player import knowledge

_THREE: Final = FOUR[:3]
_GAMES: Final = {"classic": 40, "sealed": 12, "blind": 2}


def dealt(mode: str, names: tuple[str, ...], seed: str) -> dict[int, int]:
    """Return recipient by giver, each told by its own client, of a real game."""
    if mode == "classic":
        table = Table(names, seed).start()
        return {k: names.index(table.told(name, Say.GIVE)[0]) + 1 for k, name in enumerate(names, 1)}
    game = stage.at_phase(mode, Phase.CHOOSING, names, seed)
    known = {name: knowledge(game.state, game.players[name]).recipient for name in names}
    return {k: to.number for k, name in enumerate(names, 1) if (to := known[name]) is not None}


def _guesses(n: int, truth: dict[int, int]) -> Iterator[bool]:
    """Let every player guess, from its own recipient, whom each of the others gives to; yield whether it is right."""
    for me in truth:
        best = likeliest(n, (), ((me, truth[me]),))
        yield from (best[giver - 1][0] == truth[giver] for giver in truth if giver != me)


def _measured(mode: str, names: tuple[str, ...]) -> Rate:
    found = [hit for k in range(_GAMES[mode]) for hit in _guesses(len(names), dealt(mode, names, f"few/{k}"))]
    return Rate(sum(found), len(found))


def _told(mode: str) -> str:
    """Return what the audit of such a game says of it."""
    if mode == "classic":
        return NOTHING
    said = [line for line in stage.audited(stage.honest(mode, _THREE).entries).does_not_prove if "three" in line]
    if not said:
        raise stage.unshown("the audit does not say that three players know everything")
    return f"{NOTHING} What the audit does not prove: {said[0]}"


def _trial(mode: str, cheat: bool) -> Seen:
    if not cheat:
        found = _measured(mode, FOUR)
        words = table_in_words(Table().start().choose()) if mode == "classic" else stage.in_words(stage.honest(mode))
        story = f"{words}. Of four players each guesses the pairs of the others in {found}."
        return Seen(story=story, won=found.share == 1)
    found, more = _measured(mode, _THREE), pure_chance(4, (), (1,), (), (2, 3, 4))
    left = len(completions(3, ()))
    return Seen(
        story=f"There are {left} ways in which three people can give to each other, and they have no pair in common. "
        "Whoever knows its own recipient knows the way, and so every pair. It only takes a moment's thought.",
        victim=_told(mode), won=found.share == 1,
        why="It follows from the rules of the game and not from the mode: with three players one's own recipient "
        "decides all pairs. Nothing is left that could be hidden.",
        figures={
            "pairs of others, three players": str(found),
            "the same guess among four": f"{percent(more.share)} by chance",
        },
    )  # fmt: skip


TRIALS: Final[Mapping[str, Trial]] = {mode: partial(_trial, mode) for mode in _GAMES}

ATTACK = Attack(
    id="three-players",
    title="three players know everything",
    attacker="any of three players",
    lesson="""
Ann, Bob and Cem draw names. If Ann gives to Bob, then Bob cannot give to Ann: then Cem would be left with Cem. So
Bob gives to Cem, and Cem to Ann. Ann knows all of it before anybody has opened a present.

Nothing was broken here. The rules of the game themselves say it, and so it holds in every mode, with the best
cryptography there is. With four players nine ways are left, and three of them fit one's own card. With two couples
among four it is four ways, and two fit. Exclusions cost secrecy: each one that is added leaves fewer ways (Liberti
and Raimondi asked in 2008 when any secret is left at all).

The program says at the set-up how many people could still be each person's Santa. That number is worth more
attention than the length of any key. See docs/protocol.md, section 2.10.
""",
    weak="No variant is stronger: what follows from the rules cannot be hidden by them.",
    threat="",
    tests=("tests/statistics/test_uniform.py::test_how_many_assignments_are_permitted",),
    course="08-what-no-mode-can-hide",
    runs=runs(TRIALS),
)
