"""The server of a blind game: it has no secret, and says only that a time is over (docs/protocol.md, section 11.3).

A pure function of the log and the time. Its only posts are `close`: for keys and mixes that are late,
for a choosing in which everybody gave or the deadline is over, and for a reveal that is due.
"""

from __future__ import annotations

from sealed_santa.game.envelopes import closable, due
from sealed_santa.game.stages import blind_state, the_batch
from sealed_santa.game.state import Phase, State
from sealed_santa.game.trustees import overdue, pending
from sealed_santa.log.posts import Close, Post


def duties(state: State, now: int) -> tuple[Post, ...]:
    """Return the bodies that the server owes at this time, in milliseconds."""
    if state.blind is None or not _closes(state, now):
        return ()
    return (Close(game=state.game, by=state.create.server, seen=state.head, round=state.round),)


def _closes(state: State, now: int) -> bool:
    blind, patience = blind_state(state), state.create.patience
    match state.phase:
        case Phase.KEYS:
            return len(blind.commitments) >= blind.threshold and now >= blind.coins_at + patience
        case Phase.MIXING:
            if overdue(state, now):
                return True
            enough = len(the_batch(state).mixers) >= blind.threshold
            return enough and not pending(state, now) and now >= state.phase_at + patience
        case Phase.BLINDING | Phase.OPENING | Phase.DEALING:
            return bool(overdue(state, now))
        case Phase.CHOOSING:
            return bool(overdue(state, now)) or closable(state, now)
        case Phase.DELIVERED:
            return due(state, now)
    return False


def next_wake(state: State, now: int = 0) -> int | None:
    """Return the next time after `now` (milliseconds) at which the server may have something to say, if any."""
    if state.blind is None:
        return None
    patience, blind = state.create.patience, state.blind
    times = [c.at + patience for c in blind.complaints.values()]
    match state.phase:
        case Phase.KEYS:
            times.append(blind.coins_at + patience)
        case Phase.MIXING:
            times.append(state.phase_at + patience)
        case Phase.CHOOSING if state.create.choose_by is not None:
            times.append(max(state.create.choose_by, blind.dealt_at + patience))
        case Phase.DELIVERED if state.create.reveal != "never" and state.create.reveal_at is not None:
            times.append(state.create.reveal_at)
    return min((t for t in times if t > now), default=None)
