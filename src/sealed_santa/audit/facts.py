"""What a transcript says about its game, in a few facts (docs/protocol.md, section 10.4).

Facts are read off the state that the rules reached; nothing is judged here.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from sealed_santa.audit.facts_blind import blind_facts, blind_limits, blind_notes, given
from sealed_santa.audit.findings import DrawnRound, Summary
from sealed_santa.base.canon import b64
from sealed_santa.game.state import Phase, State
from sealed_santa.game.verdicts import pairs

WAITS: Final = {
    Phase.JOINING: "for players, and for somebody to start the draw",
    Phase.DECK: "for the dealer's decks",
    Phase.COINS: "for coins",
    Phase.DEAL: "for the deal",
    Phase.KEYS: "for the trustees' keys",
    Phase.MIXING: "for the trustees to mix",
    Phase.BLINDING: "for the trustees to blind the tests",
    Phase.OPENING: "for the trustees to open what was mixed",
    Phase.DEALING: "for the trustees to hand out the cards",
    Phase.CHOOSING: "for gifts",
    Phase.CLOSED: "for the delivery",
    Phase.DELIVERED: "for receipts and the reveal",
    Phase.REVEALING: "for the trustees to open the pairs",
    Phase.OVER: "for nothing",
    Phase.VOID: "for nothing: it cannot go on",
}


def names(state: State, numbers: Iterable[int]) -> tuple[str, ...]:
    """Return the names of the players with these numbers, in roster order."""
    return tuple(state.players[number - 1].name for number in sorted(numbers))


def _others(state: State, numbers: Iterable[int]) -> tuple[str, ...]:
    held = set(numbers)
    return names(state, (p.number for p in state.players if p.number not in held))


def summarise(entries: int, followed: int, head: bytes | None, state: State | None) -> Summary:
    """Return the facts of a transcript of so many entries that could be followed so far."""
    shown = "" if head is None else b64(head)
    if state is None:
        return Summary(entries, followed, shown)
    dealt, closed = state.deal is not None, state.closed_seq > 0
    themselves = {(i, i) for i in range(1, len(state.players) + 1)}
    gave = state.gifts.keys() if state.blind is None else given(state.blind)
    gone = frozenset() if state.blind is None else state.blind.gone
    closed = closed or (state.blind is not None and state.blind.delivered_seq > 0)
    revealed = pairs(state) if state.blind is None else state.blind.pairs
    return Summary(
        entries, followed, shown, game=b64(state.game), mode=state.create.mode, title=state.create.title,
        reveal=state.create.reveal, phase=state.phase.value, players=tuple(p.name for p in state.players),
        draws=state.round, rounds=tuple(DrawnRound(r.number, r.dropped) for r in state.rounds),
        words=state.words or (), words_round=state.round if state.words else 0,
        passed_over=state.deal.deck if state.deal is not None else None,
        forbidden=len(set(state.forbidden) - themselves),
        confirmed=names(state, state.accepted) if dealt else (),
        unconfirmed=_others(state, state.accepted) if dealt else (),
        gave=names(state, gave), house=_others(state, {*gave, *gone}) if closed else (),
        receipts=names(state, state.receipts),
        pairs=tuple((state.players[g - 1].name, state.players[r - 1].name) for g, r in revealed),
        blind=None if state.blind is None else blind_facts(state, state.blind),
    )  # fmt: skip


def _list(people: Iterable[str]) -> str:
    return ", ".join(people) or "nobody"


def draw_history(summary: Summary) -> str:
    """Return "drawn r times; dropped: ..." in words."""
    if not summary.draws:
        return "not drawn yet"
    blind = () if summary.blind is None else summary.blind.batches
    dealt = summary.passed_over is not None or any(batch.dealt is not None for batch in blind)
    times = "once" if summary.draws == 1 else f"{summary.draws} times"
    dropped = [name for r in summary.rounds for name in r.dropped]
    out = sum(1 for r in summary.rounds if not r.dropped)
    redraw = f"; all decks out: {out} times" if out else ""
    if not dealt:
        return f"draw {summary.draws} has begun, nothing is dealt; dropped: {_list(dropped)}{redraw}"
    return f"drawn {times}; dropped: {_list(dropped)}{redraw}"


def notes(summary: Summary, state: State | None) -> dict[str, str]:
    """Return, by number of check, what a reader should know although nothing is wrong."""
    if state is None:
        return {}
    said = {"A21": draw_history(summary), "A40": f"the game waits {WAITS[state.phase]}"}
    if state.deal is not None:
        said["A24"] = f"decks passed over: {state.deal.deck}"
        said["A29"] = f"confirmed: {len(state.accepted)} of {len(state.players)}"
        if summary.unconfirmed:
            said["A29"] += f"; not confirmed: {_list(summary.unconfirmed)}"
    if state.refusals:
        said["A31"] = "; ".join(f"{names(state, [n])[0]}: {count} refused" for n, count in state.refusals.items())
    if state.closed_seq and summary.house:
        said["A30"] = f"the house gives in place of {_list(summary.house)}"
    if state.blind is not None and summary.blind is not None:
        said |= blind_notes(state, state.blind, summary.blind)
    if state.delivery is not None:
        said["A34"] = f"receipts: {len(state.receipts)} of {len(state.players)}"
    return said


def limits(state: State | None, passed: frozenset[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return what the checks that passed prove together, and what they do not."""
    if state is not None and not state.mode.dealer:
        return blind_limits(state, passed)
    proves, not_proven = [], []
    if {"A07", "A08", "A10"} <= passed:
        proves.append("This history was acknowledged by the server, and everybody said what it says they said.")
    if {"A19", "A20", "A24", "A27", "A28"} <= passed:
        proves.append("The draw is the first permitted one of decks that were fixed before anybody's coin: neither "
                      "the server nor a player chose it.")  # fmt: skip
    if "A36" in passed:
        proves.append("Everybody can see who gave to whom, and that this is what was drawn.")
    not_proven.append("That the people are who you think they are: compare the safety words by voice.")
    not_proven.append("That nobody has another version of this log: compare copies with --with and --since.")
    if state is None:
        return tuple(proves), tuple(not_proven)
    not_proven.append(f"That nobody knows the pairs: in this mode {state.mode.knows_pairs} knows them.")
    if state.create.reveal == "never":
        not_proven.append("That no gift was exchanged on its way: without a reveal nobody can compare.")
    elif state.reveal is None:
        not_proven.append("That no gift was exchanged on its way: that shows at the reveal.")
    else:
        not_proven.append("That no gift was exchanged, for those who have not compared; each client does it by itself.")
    dropped = [name for r in state.rounds for name in r.dropped]
    if dropped:
        not_proven.append(f"That {_list(dropped)} withheld a coin by accident: every draw more is one more chance.")
    if len(state.players) == 3:
        not_proven.append("That anything is secret: of three players each knows all pairs from their own card.")
    return tuple(proves), tuple(not_proven)
