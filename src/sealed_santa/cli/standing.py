"""Where a game stands, in plain words: what is waited for, by whom, and what one can do next.

Pure: made of a state, and of who asks. `status`, `sync` and the live client share it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from sealed_santa.base.canon import b64
from sealed_santa.cli.endings import why_void
from sealed_santa.cli.options import and_list, show_when
from sealed_santa.game.batches import Kind
from sealed_santa.game.stages import blind_state, present, the_batch
from sealed_santa.game.state import MAX_REFUSALS, Phase, Player, State
from sealed_santa.log.fields import SignKey

LEAVING: Final = (
    "the cards are dealt: who leaves now gives nothing, gets nothing, and cannot come back",
    "who had you gets your recipient instead; nobody learns who that is, and all are asked for a gift again",
)
_SHUFFLED: Final = {
    Kind.CARDS: "the cards", Kind.BRIDGE: "the cards again, as somebody has left",
    Kind.ORDER: "the cards again, as somebody has left", Kind.GIFTS: "the gifts",
}  # fmt: skip
_OPENED: Final = {
    Kind.CARDS: "show which decks pass the tests", Kind.SCREEN: "show whether the repaired deck passes the tests",
    Kind.BRIDGE: "find the card of who has left", Kind.ORDER: "put the cards in order again",
    Kind.GIFTS: "open the gifts", Kind.REVEAL: "open the pairs",
}  # fmt: skip


def seat_of(state: State, key: bytes) -> Player | None:
    """Return the player with this key, if it is in the roster and has not left since."""
    player = state.player(key)
    gone = frozenset() if state.blind is None else state.blind.gone
    return None if player is None or player.number in gone else player


def given(state: State) -> frozenset[int]:
    """Return the numbers of the players whose gift is in the log."""
    if state.blind is None:
        return frozenset(state.gifts)
    return frozenset(state.blind.givers) if state.blind.delivered_seq else frozenset(state.blind.envelopes)


def dealt(state: State) -> bool:
    """Tell whether everybody has a card now; not while a blind game deals again."""
    if state.blind is None:
        return state.deal is not None
    batch = state.blind.batch
    whole = 0 < state.blind.threshold <= len(state.blind.hands)
    return whole and (batch is None or batch.kind in (Kind.GIFTS, Kind.REVEAL))


@dataclass(frozen=True, slots=True)
class Standing:
    """What a game waits for, and the people who can bring it on."""

    waits: str
    people: tuple[str, ...] = ()  #: players who have something to do; empty if it is not the players' turn

    def sentence(self, you: str = "") -> str:
        """Return both in one line; `you` is the name of the person who reads it."""
        people = [f"{name} (you)" if name == you else name for name in self.people]
        return f"{self.waits}: {and_list(people)}" if people else self.waits


def standing(state: State) -> Standing:
    """Say what a game waits for."""
    create, players = state.create, present(state)
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
            silent = tuple(p.name for p in players if p.number not in given(state))
            end = time_ends(state)
            until = "" if create.choose_by is None or end is None else f" (until {show_when(end)})"
            return Standing(f"waiting for gifts{until}", silent)
        case Phase.CLOSED:
            return Standing("the choosing is closed; waiting for the server's delivery")
        case Phase.DELIVERED:
            return _delivered(state)
        case Phase.OVER:
            return Standing("the game is over")
        case Phase.VOID:
            why = why_void(state)
            return Standing(f"the game cannot go on: {why}" if why else "the game cannot go on")
    return _trustees(state)


def _trustees(state: State) -> Standing:
    """Say which trustees of a blind game have something to do, and what."""
    blind = blind_state(state)
    match state.phase:
        case Phase.KEYS:
            return _all_of(state, blind.active(), tuple(blind.commitments), "make the key that they hold together")
        case Phase.MIXING if blind.complaints:
            accused = {state.players[blind.trustees[index - 1] - 1].name for _, index in blind.complaints}
            return Standing("a trustee complains of a share; waiting for it to be shown by", tuple(sorted(accused)))
        case Phase.MIXING:
            batch = the_batch(state)
            return _all_of(state, blind.active(), batch.mixers, f"shuffle {_SHUFFLED[batch.kind]}")
        case Phase.BLINDING:
            return _some_of(state, the_batch(state).blinders, "test the cards for forbidden pairs")
        case Phase.OPENING | Phase.REVEALING:
            batch = the_batch(state)
            return _some_of(state, tuple(batch.openings), _OPENED[batch.kind])
        case Phase.DEALING:
            return _some_of(state, tuple(blind.hands), "hand out the cards")
    return Standing(f"the game is {state.phase}")


def trustee_names(state: State, indices: Iterable[int]) -> tuple[str, ...]:
    """Return the names of trustees by their index."""
    trustees = blind_state(state).trustees
    return tuple(state.players[trustees[index - 1] - 1].name for index in indices)


def _all_of(state: State, active: tuple[int, ...], done: tuple[int, ...], what: str) -> Standing:
    late = [index for index in active if index not in done]
    return Standing(f"waiting for {len(late)} of {len(active)} to {what}", trustee_names(state, late))


def _some_of(state: State, done: tuple[int, ...], what: str) -> Standing:
    """Wait for as many trustees as the threshold says, whoever they are."""
    blind = blind_state(state)
    late = [index for index in blind.active() if index not in done]
    needed = blind.threshold - len(done)
    which = f"{needed} of {len(late)}" if needed == len(late) else f"any {needed} of these {len(late)}"
    return Standing(f"waiting for {which} to {what}", trustee_names(state, late))


def counted(state: State, you: str = "") -> str:
    """Return where a game stands; while a recipient is on the screen the others are counted and not named."""
    now = standing(state)
    if state.phase is Phase.CHOOSING:
        return f"waiting for {len(now.people)} of {len(present(state))} gifts"
    return now.sentence(you)


def time_ends(state: State) -> int | None:
    """Return until when those who are waited for have time: what may happen then, `afterwards` says."""
    patience, blind = state.create.patience, state.blind
    match state.phase:
        case Phase.COINS:
            return state.deck_at + patience
        case Phase.KEYS if blind is not None:
            return blind.coins_at + patience
        case Phase.MIXING if blind is not None and blind.complaints:
            return min(opened.at for opened in blind.complaints.values()) + patience
        case Phase.MIXING:
            return state.phase_at + patience
        case Phase.CHOOSING if blind is not None:
            return max(state.create.choose_by or 0, blind.dealt_at + patience)
        case Phase.CHOOSING if state.create.choose_by is not None:
            return max(state.create.choose_by, state.deal_at + patience)
    return None


def afterwards(state: State) -> str:
    """Say what may happen to those who are late when their time is over."""
    if (end := time_ends(state)) is None or not standing(state).people:
        return ""
    until = f"they have until {show_when(end)}"
    match state.phase:
        case Phase.COINS:
            return f"{until}; then the organiser can drop who is late"
        case Phase.CHOOSING if state.create.choose_by is None:
            return f"{until}; then the organiser can drop who is late"
        case Phase.CHOOSING:
            return f"{until}; then the choosing is closed, and the house gives for who is late"
    needed = blind_state(state).threshold
    if blind_state(state).complaints:
        return f"{until}; then who has not shown it takes no part any more, if {needed} are left"
    return f"{until}; then it goes on without who is late, if {needed} have done it"


def _are(count: int, more: str = "") -> str:
    number = str(count) if count else "nobody"
    return " ".join(word for word in (number, more, "is" if count <= 1 else "are") if word)


def not_in(state: State) -> tuple[str, ...]:
    """Return who was invited by name and has no seat."""
    return tuple(i.name for i in state.create.invites if i.name is not None and state.named(i.name) is None)


def absence(state: State, name: str) -> str:
    """Say why somebody who has an identity for a game has no seat in it; empty if they have one."""
    player = state.named(name)
    if player is not None and seat_of(state, player.key) is not None:
        return ""
    if player is not None:
        return "you left this game, or were dropped, after the deal; you can look on, and audit it"
    if any(name in round_.dropped for round_ in state.rounds):
        return "you were dropped: your coin was not in the log in time; you can look on, and audit the game"
    return "you have no seat in this game" + ("" if state.phase is not Phase.JOINING else " now")


def _delivered(state: State) -> Standing:
    silent = tuple(p.name for p in present(state) if p.number not in state.receipts)
    if state.create.reveal == "never":
        return Standing("the gifts are delivered; waiting for receipts", silent)
    if state.called_seq:
        return Standing("waiting for the server's reveal")
    if state.create.reveal_at is not None:
        return Standing(f"the gifts are delivered; the reveal comes on {show_when(state.create.reveal_at)}")
    if silent:
        return Standing("the gifts are delivered; the reveal waits for receipts", silent)
    return Standing("waiting for the server's reveal")


_WORK: Final = frozenset(
    {Phase.KEYS, Phase.MIXING, Phase.BLINDING, Phase.OPENING, Phase.DEALING, Phase.REVEALING}
)


def keyless(state: State) -> tuple[str, ...]:
    """Return the trustees whose part of the joint key is not in the log, while all players are trustees."""
    blind = state.blind
    if blind is None or state.phase is not Phase.COINS:
        return ()
    return trustee_names(state, (i for i in blind.active() if i not in blind.commitments))


@dataclass(frozen=True, slots=True)
class Step:
    """A command that makes sense now."""

    command: str
    purpose: str
    mine: bool  #: the game waits for this person to do it


def steps(state: State, me: SignKey | None, *, organiser: bool) -> tuple[Step, ...]:
    """Return what somebody can do next: a player, the organiser, or both; the most useful first."""
    player = None if me is None else seat_of(state, me)
    found: list[Step] = []
    if state.phase in _WORK and player is not None and player.name in standing(state).people:
        found.append(Step("santa sync", "do your part of it", True))
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
            elif player is not None and player.name in keyless(state):
                found.append(Step("santa sync", "give your part of the joint key", True))
            late = state.missing_coins()
            if organiser and late and len(state.players) - len(late) >= 3:
                names = " ".join(_shell(p.name) for p in late[:5])
                found.append(Step(f"santa drop {names}", "go on without them, when their time is over", False))
        case Phase.KEYS if organiser:
            found.append(Step("santa close", "go on without them, when their time is over", False))
        case Phase.MIXING if organiser and len(the_batch(state).mixers) >= blind_state(state).threshold:
            found.append(Step("santa close", "go on without those who are late", False))
        case Phase.CHOOSING:
            silent = [p for p in present(state) if p.number not in given(state)]
            if player in silent and player is not None:
                if state.refusals.get(player.number, 0) < MAX_REFUSALS:
                    found.append(Step("santa give", "choose a gift", True))
            elif organiser and silent:
                found.append(Step("santa close", "do not wait for the rest; the house gives", False))
                if state.blind is not None:
                    found.append(Step("santa drop NAME", "deal on without somebody who is gone", False))
        case Phase.DELIVERED:
            if player is not None and player.number not in state.receipts:
                found.append(Step("santa sync", "open your envelope", True))
            if organiser and not state.called_seq:
                found.append(Step("santa reveal", "do not wait any longer", False))
            if not found and not state.called_seq:
                purpose = "look again later; the organiser can end the wait with santa reveal"
                return (Step("santa sync", purpose, False),)
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
        "gifts": len(given(state)),
        "receipts": len(state.receipts),
        "waits_for": list(now.people),
        "waits": now.waits,
        "time_ends": time_ends(state),
        "reveal": state.create.reveal,
        "reveal_at": state.create.reveal_at,
        "choose_by": state.create.choose_by,
        "entries": len(state.chain),
        "head": b64(state.head),
        "faults": [{"code": f.code, "message": f.message, "blame": str(f.blame)} for f in state.faults],
        "trustees": _trustees_record(state),
        "next": [{"command": s.command, "purpose": s.purpose, "yours": s.mine} for s in steps(
            state, me, organiser=organiser)],
    }  # fmt: skip


def _trustees_record(state: State) -> dict[str, Any] | None:
    """Return what is special about a blind game, or None."""
    blind = state.blind
    if blind is None:
        return None
    return {
        "names": list(trustee_names(state, range(1, len(blind.trustees) + 1))),
        "active": list(trustee_names(state, blind.active())),
        "threshold": blind.threshold,
        "batch": blind.batches,
        "kind": None if blind.batch is None else blind.batch.kind.value,
        "deals": blind.deals,
        "gone": [p.name for p in state.players if p.number in blind.gone],
    }
