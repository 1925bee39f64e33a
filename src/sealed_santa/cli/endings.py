"""Why a blind game cannot go on, or could not without somebody, in plain words.

Pure. It asks the rules (`game/stages.can_go_on`) and says what they found; it judges nothing itself.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from sealed_santa.base.errors import YOU, UsageError
from sealed_santa.cli.options import and_list
from sealed_santa.game.batches import MAX_BATCHES, Kind
from sealed_santa.game.stages import blind_state, can_go_on, present
from sealed_santa.game.state import Phase, State
from sealed_santa.log.fields import SignKey
from sealed_santa.log.posts import Leave
from sealed_santa.roles.player import make_leave

ENDS: Final = "if you go, the game ends for everybody"


def while_giving(state: State) -> bool:
    """Tell whether somebody can go after the deal now: until the gifts are shuffled."""
    if state.blind is None:
        return False
    batch = state.blind.batch
    return state.phase is Phase.CHOOSING or (
        state.phase is Phase.MIXING and batch is not None and batch.kind is Kind.GIFTS
    )


def ends_without(state: State, name: str) -> str:
    """Say why the game would end if this player went now; empty if it would go on, or nobody can go now."""
    player = state.named(name)
    if player is None or not while_giving(state) or player not in present(state):
        return ""
    blind = blind_state(state)
    index = blind.index(player.number)
    out = blind.out if index is None else blind.out | {index}
    after = replace(state, blind=replace(blind, gone=blind.gone | {player.number}, out=out))
    return "" if can_go_on(after) else _too_little(after)


def leaving(state: State, key: SignKey, name: str, *, end: bool) -> Leave:
    """Return the post with which a player goes; if the game ends with it, only where that is wanted.

    Raises:
        UsageError: `leave.ends-game`.
    """
    if not end and (why := ends_without(state, name)):
        message = f"nobody has left: {ENDS}: {why}"
        raise UsageError("leave.ends-game", message, blame=YOU, hint="type end the game")
    return make_leave(state, key)


def _too_little(state: State) -> str:
    """Say of what there is too little; `can_go_on` is false."""
    blind = blind_state(state)
    if len(present(state)) < 3:
        return "fewer than three players are left"
    if len(blind.active()) < blind.threshold:
        return f"fewer than {blind.threshold} trustees are left"
    return "no permitted draw is left"


def why_void(state: State) -> str:
    """Say why a blind game is void, and who has left it; empty for other games."""
    blind = state.blind
    if state.phase is not Phase.VOID or blind is None or not blind.threshold:
        return ""
    if len(blind.commitments) < blind.threshold:
        return f"{len(blind.commitments)} of the {blind.threshold} keys came that are needed"
    if not can_go_on(state):
        gone = [p.name for p in state.players if p.number in blind.gone]
        verb = "has" if len(gone) == 1 else "have"
        left = f"{and_list(gone, 100)} {verb} left, and " if gone else ""
        return left + _too_little(state)
    if len(blind.qualified()) < blind.threshold:
        return f"fewer than {blind.threshold} keys are left that count"
    if blind.joint is None:
        return "the keys make no joint key"
    if blind.batches >= MAX_BATCHES:
        return f"there were {MAX_BATCHES} batches, and no more are allowed"
    return ""
