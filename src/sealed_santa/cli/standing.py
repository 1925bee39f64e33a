"""Where a game stands, in plain words: what is waited for, by whom, and what one can do next.

Pure: made of a state, and of who asks. `status`, `sync` and the live client share it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sealed_santa.base.canon import b64
from sealed_santa.cli.options import and_list, show_when
from sealed_santa.game.state import MAX_REFUSALS, Phase, State
from sealed_santa.log.fields import SignKey


@dataclass(frozen=True, slots=True)
class Standing:
    """What a game waits for, and the people who can bring it on."""

    waits: str
    people: tuple[str, ...] = ()  #: players who have something to do; empty if it is not the players' turn

    def sentence(self) -> str:
        """Return both in one line."""
        return f"{self.waits}: {and_list(self.people)}" if self.people else self.waits


def standing(state: State) -> Standing:
    """Say what a game waits for."""
    create, players = state.create, state.players
    match state.phase:
        case Phase.JOINING:
            short = create.min_players - len(players)
            if short > 0:
                return Standing(f"waiting for players: {_are(len(players))} in, {_are(short, 'more')} needed")
            who = "the organiser" if create.starters == "organiser" else "anybody"
            return Standing(f"{len(players)} players are in; waiting for {who} to start the distribution")
        case Phase.DECK:
            return Standing("waiting for the server's decks")
        case Phase.COINS:
            return Standing("waiting for coins", tuple(p.name for p in state.missing_coins()))
        case Phase.DEAL:
            return Standing("all coins are in; waiting for the server's deal")
        case Phase.CHOOSING:
            silent = tuple(p.name for p in players if p.number not in state.gifts)
            until = "" if create.choose_by is None else f" (until {show_when(create.choose_by)})"
            return Standing(f"waiting for gifts{until}", silent)
        case Phase.CLOSED:
            return Standing("the choosing is closed; waiting for the server's delivery")
        case Phase.DELIVERED:
            return _delivered(state)
        case Phase.OVER:
            return Standing("the game is over")
        case Phase.VOID:
            return Standing("the game cannot go on")
    return Standing(f"the game is {state.phase}")


def counted(state: State) -> str:
    """Return where a game stands; while a recipient is on the screen the others are counted and not named."""
    now = standing(state)
    if state.phase is Phase.CHOOSING:
        return f"waiting for {len(now.people)} of {len(state.players)} gifts"
    return now.sentence()


def _are(count: int, more: str = "") -> str:
    number = str(count) if count else "nobody"
    return " ".join(word for word in (number, more, "is" if count <= 1 else "are") if word)


def absence(state: State, name: str) -> str:
    """Say why somebody who has an identity for a game has no seat in it; empty if they have one."""
    if state.named(name) is not None:
        return ""
    if any(name in round_.dropped for round_ in state.rounds):
        return "you were dropped: your coin was not in the log in time; you can look on, and audit the game"
    return "you have no seat in this game" + ("" if state.phase is not Phase.JOINING else " now")


def _delivered(state: State) -> Standing:
    silent = tuple(p.name for p in state.players if p.number not in state.receipts)
    if state.create.reveal == "never":
        return Standing("the gifts are delivered; waiting for receipts", silent)
    if state.called_seq:
        return Standing("waiting for the server's reveal")
    if state.create.reveal_at is not None:
        return Standing(f"the gifts are delivered; the reveal comes on {show_when(state.create.reveal_at)}")
    if silent:
        return Standing("the gifts are delivered; the reveal waits for receipts", silent)
    return Standing("waiting for the server's reveal")


@dataclass(frozen=True, slots=True)
class Step:
    """A command that makes sense now."""

    command: str
    purpose: str
    mine: bool  #: the game waits for this person to do it


def steps(state: State, me: SignKey | None, *, organiser: bool) -> tuple[Step, ...]:
    """Return what somebody can do next: a player, the organiser, or both; the most useful first."""
    player = None if me is None else state.player(me)
    found: list[Step] = []
    match state.phase:
        case Phase.JOINING:
            if me is not None and player is None:
                return (Step("santa games", "you have left this game", False),)
            enough = len(state.players) >= state.create.min_players
            if enough and (organiser or (player is not None and state.create.starters == "anyone")):
                found.append(Step("santa start", "lock the roster and draw", True))
        case Phase.COINS:
            if player is not None and player.key not in state.coins:
                found.append(Step("santa sync", "open your coin", True))
            late = state.missing_coins()
            if organiser and late and len(state.players) - len(late) >= 3:
                names = " ".join(_shell(p.name) for p in late[:5])
                found.append(Step(f"santa drop {names}", "go on without them, when their time is over", False))
        case Phase.CHOOSING:
            if player is not None and player.number not in state.gifts:
                if state.refusals.get(player.number, 0) < MAX_REFUSALS:
                    found.append(Step("santa give", "choose a gift", True))
            elif organiser and len(state.gifts) < len(state.players):
                found.append(Step("santa close", "do not wait for the rest; the house gives", False))
        case Phase.DELIVERED:
            if player is not None and player.number not in state.receipts:
                found.append(Step("santa sync", "open your envelope", True))
            if organiser and not state.called_seq:
                found.append(Step("santa reveal", "do not wait any longer", False))
        case Phase.OVER | Phase.VOID:
            return (Step("santa transcript --out game.santa", "keep the log", False),
                    Step("santa audit game.santa", "check all of it", False))  # fmt: skip
    return tuple(found) or (Step("santa sync", "look again later", False),)


def _shell(name: str) -> str:
    import shlex

    return shlex.quote(name)


def status_record(state: State, me: SignKey | None, *, organiser: bool) -> dict[str, Any]:
    """Return where a game stands as `status --json` prints it."""
    now = standing(state)
    return {
        "event": "status",
        "game": b64(state.game),
        "title": state.create.title,
        "mode": state.create.mode,
        "phase": state.phase.value,
        "round": state.round,
        "players": [p.name for p in state.players],
        "you": None if me is None or (p := state.player(me)) is None else p.name,
        "organiser": organiser,
        "words": None if state.words is None else list(state.words),
        "dropped": [list(r.dropped) for r in state.rounds],
        "gifts": len(state.gifts),
        "receipts": len(state.receipts),
        "waits_for": list(now.people),
        "waits": now.waits,
        "reveal": state.create.reveal,
        "reveal_at": state.create.reveal_at,
        "choose_by": state.create.choose_by,
        "entries": len(state.chain),
        "head": b64(state.head),
        "faults": [{"code": f.code, "message": f.message, "blame": str(f.blame)} for f in state.faults],
        "next": [{"command": s.command, "purpose": s.purpose, "yours": s.mine} for s in steps(
            state, me, organiser=organiser)],
    }  # fmt: skip
