"""A server that shows two histories of a blind game, and trustees who work in one of them or in both.

An honest trustee works in the branch that it is shown. What it says there names an entry that the other branch
does not have, so that it counts in one of them alone (docs/protocol.md, section 3.3). A corrupt one signs twice.

Here both branches are played on side by side, and every post is carried over to the other one: that shows which of
them can go on. What a party learns by a fork, where the pairs are opened in one branch, is for `branching`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from sealed_santa.base.errors import SantaError
from sealed_santa.game.stages import blind_state
from sealed_santa.game.state import State
from sealed_santa.lab.simulator import Simulator
from sealed_santa.lab.trial import twin
from sealed_santa.log.entry import SignedPost
from sealed_santa.roles import dealer

TURNS = 8


@dataclass(frozen=True, slots=True)
class Fork:
    """Two branches, who works in which of them, and what became of posts that were carried over."""

    branches: tuple[Simulator, Simulator]
    sides: tuple[tuple[str, ...], tuple[str, ...]]
    corrupt: tuple[str, ...]
    refused: list[str] = field(default_factory=list)
    carried: list[SignedPost] = field(default_factory=list)  #: honest posts of the second branch


def fork(game: Simulator, shown: Mapping[str, int], corrupt: tuple[str, ...]) -> Fork:
    """Fork a game here: each honest player is shown branch 0 or 1, and who is not in the map sees nothing more."""
    one, two = game, twin(game)
    two.now += 1  # the first entry differs, be it only in its time
    left, right = (tuple(name for name, side in shown.items() if side == k) for k in (0, 1))
    return Fork((one, two), (left, right), corrupt)


def dealt(state: State) -> bool:
    """Whether all cards of a branch are handed out."""
    return bool(blind_state(state).dealt_seq)


def play(made: Fork, done: Callable[[State], bool] = dealt, turns: int = TURNS) -> tuple[bool, bool]:
    """Let all work where they are until something is so there, and time pass; return in which branches it is."""
    for _ in range(turns):
        before = [len(branch.entries) for branch in made.branches]
        for k in (0, 1):
            _turn(made, k, done)
            made.branches[k].now += 2 * made.branches[k].state.create.patience
        if [len(branch.entries) for branch in made.branches] == before:
            break
    return done(made.branches[0].state), done(made.branches[1].state)


def _turn(made: Fork, k: int, done: Callable[[State], bool]) -> None:
    here, there = made.branches[k], made.branches[1 - k]
    moved = True
    while moved and not done(here.state):
        moved = False
        for body in dealer.duties(here.state, here.dealer, here.now, here.entropy, here.memo):
            here.deal_with(body)
            moved = True
        for name in (*made.corrupt, *made.sides[k]):
            posts = () if done(here.state) else here.owed(name).posts
            if not posts:
                continue
            post = here.say(name, posts[0]).post
            moved = True
            if name in made.sides[k] and name not in made.sides[1 - k]:
                _carry(made, post, there)
                if k:
                    made.carried.append(post)


def _carry(made: Fork, post: SignedPost, there: Simulator) -> None:
    try:
        there.order(post)
    except SantaError as e:
        made.refused.append(e.code)
