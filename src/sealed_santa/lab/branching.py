"""A fork of the log of a blind game that has the pairs opened early in one branch (docs/protocol.md, section 11).

The game goes on in one branch, and that takes t trustees: those who are corrupt, who act in both branches, and as
many honest ones as are needed besides. All other honest trustees are shown the second branch. There the organiser,
who belongs to it, closes the choosing at once and calls the reveal, which t trustees open. Of k trustees k − t honest
ones are to be had for that, so the second branch has t trustees if 2t − k are corrupt, and one too few with one fewer.

Everybody acts by the functions that clients use; what comes of it is what the rules make of it. It is for what a party
learns, which `knowledge` asks. Whether both branches can go on, with every post carried over, is for `forking`.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from sealed_santa.game.stages import blind_state
from sealed_santa.game.state import Phase
from sealed_santa.lab.recorder import apart
from sealed_santa.lab.simulator import Simulator
from sealed_santa.roles import player


@dataclass(frozen=True, slots=True, repr=False)
class Branches:
    """Two branches of one log, to be played on; names of the honest trustees that are shown each."""

    pressed: Simulator  #: where the organiser calls the reveal
    other: Simulator  #: where the game goes on
    shown: tuple[str, ...]
    kept: tuple[str, ...]


def split(game: Simulator, corrupt: Collection[str], seed: str) -> Branches:
    """Fork a log after its last entry; the game stays as it is. `corrupt` are names of trustees.

    The times of the two branches differ from the first entry on.
    """
    blind = blind_state(game.state)
    trustees = [game.state.players[blind.trustees[index - 1] - 1].name for index in blind.active()]
    honest = tuple(name for name in trustees if name not in corrupt)
    shown = len(trustees) - blind.threshold
    pressed, other = apart(game, f"{seed}/pressed"), apart(game, f"{seed}/other")
    other.now += 1
    return Branches(pressed, other, honest[:shown], honest[shown:])


def press(game: Simulator, active: Collection[str]) -> Simulator:
    """Let the organiser hurry on, and these players do what they owe, until the game is over or nobody can move."""
    moved = True
    while moved and not game.state.over:
        moved = hurry(game) or any(_post(game, name) for name in active)
    return game


def hurry(game: Simulator) -> bool:
    """Let the organiser close the choosing or call the reveal; return whether it was time for either."""
    key = game.organiser.key
    if game.state.phase is Phase.CHOOSING:
        game.organise(player.make_close(game.state, key))
    elif game.state.phase is Phase.DELIVERED and not game.state.called_seq:
        game.organise(player.make_call(game.state, key))
    else:
        return False
    return True


def _post(game: Simulator, name: str) -> bool:
    posts = game.owed(name).posts
    if posts:
        game.say(name, posts[0])
    return bool(posts)
