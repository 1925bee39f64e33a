"""What a transcript says about a blind game: its trustees, their batches, who left (docs/protocol.md, section 10.4).

Facts are read off the state that the rules reached; nothing is judged here.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Final

from sealed_santa.audit.findings import BatchFact, BlindFacts
from sealed_santa.game.batches import Batch, BlindState, Kind, Past
from sealed_santa.game.state import Phase, State

_KINDS: Final = {
    Kind.CARDS: "everybody's card", Kind.BRIDGE: "finds the card of who left", Kind.ORDER: "puts the rest in order",
    Kind.SCREEN: "tests the repaired deck", Kind.GIFTS: "the envelopes", Kind.REVEAL: "opens who gave to whom",
}  # fmt: skip


def _list(people: Iterable[str]) -> str:
    return ", ".join(people) or "nobody"


def given(blind: BlindState) -> Collection[int]:
    """Return the numbers of those whose envelopes stand, or were delivered."""
    return blind.givers if blind.delivered_seq else sorted(blind.envelopes)


def blind_facts(state: State, blind: BlindState) -> BlindFacts:
    """Return the facts of a blind game whose roster is locked."""

    def of(indices: Iterable[int]) -> tuple[str, ...]:
        return tuple(state.players[blind.trustees[index - 1] - 1].name for index in indices)

    batches = [BatchFact(p.number, p.kind.value, p.decks, of(p.mixers), p.dealt) for p in blind.past]
    if blind.batch is not None:
        now = blind.batch
        batches.append(BatchFact(now.number, now.kind.value, len(now.decks), of(now.mixers)))
    idle = [i for i in range(1, len(blind.trustees) + 1) if blind.keys_seq and i not in blind.commitments]
    return BlindFacts(
        trustees=of(range(1, len(blind.trustees) + 1)), threshold=blind.threshold, idle=of(idle),
        found_out=of(sorted(blind.found_out)), batches=tuple(batches),
        left=tuple((state.players[n - 1].name, _became(state, blind, n)) for n in sorted(blind.gone)),
        boxes=len(blind.boxes) if blind.delivered_seq else None,
    )  # fmt: skip


def _became(state: State, blind: BlindState, leaver: int) -> str:
    """Return what became of the deal when this player left it."""
    if state.phase is Phase.VOID:
        return "the game is void"
    every: tuple[Past | Batch, ...] = (*blind.past, *((blind.batch,) if blind.batch is not None else ()))
    mine = [batch for batch in every if batch.leaver == leaver]
    if not mine:
        return "the cards were mixed anew"
    last = mine[-1]
    if last is blind.batch:
        return "the deal is being repaired"
    if isinstance(last, Past) and last.kind is Kind.SCREEN and last.dealt is not None:
        return "bridged"
    return "a bridge was tried, then the cards were mixed anew"


def blind_lines(blind: BlindFacts | None) -> list[tuple[str, str]]:
    """Return the facts as pairs of a heading and a line, not made safe yet; empty ones have an empty line."""
    if blind is None:
        return []
    who = f"{len(blind.trustees)}: {_list(blind.trustees)}; any {blind.threshold} of them can open"
    return [
        ("trustees", who if blind.trustees else ""),
        ("gave no key", ", ".join(blind.idle)),
        ("keys found out", ", ".join(blind.found_out)),
        *((f"batch {batch.number}", _batch_line(batch)) for batch in blind.batches),
        ("left after the deal", "; ".join(f"{name} ({became})" for name, became in blind.left)),
        ("boxes delivered", "" if blind.boxes is None else str(blind.boxes)),
    ]


def _batch_line(batch: BatchFact) -> str:
    decks = f", {batch.decks} deck{'s' if batch.decks != 1 else ''}" if batch.decks else ""
    times = "once" if len(batch.mixers) == 1 else f"{len(batch.mixers)} times"
    mixed = f", mixed {times}: {_list(batch.mixers)}" if batch.mixers else ""
    dealt = "" if batch.dealt is None else f"; deck {batch.dealt} dealt, {batch.dealt} passed over"
    return f"{batch.kind} ({_KINDS[Kind(batch.kind)]}){decks}{mixed}{dealt}"


def blind_notes(state: State, blind: BlindState, told: BlindFacts) -> dict[str, str]:
    """Return, by number of check, what a reader should know although nothing is wrong."""
    said = {}
    here = len(state.players) - len(blind.gone)
    if told.trustees:
        said["B01"] = f"threshold {told.threshold} of {len(told.trustees)}"
    if told.idle:
        said["B02"] = f"no key came from {_list(told.idle)}"
    if blind.complained:
        said["B04"] = f"complaints: {len(blind.complained)}, answered rightly: {len(blind.published)}"
    mixes = sum(len(batch.mixers) for batch in told.batches)
    if mixes:
        said["B06"] = f"{mixes} mixes in {len(told.batches)} batches"
    if told.boxes is not None:
        said["A34"] = f"receipts: {len(state.receipts - blind.gone)} of {here}"
    said["A32"] = "in this mode keys, mixings and the reveal, too"
    return said


# --- what is proven, and what is not --------------------------------------------------------------


def blind_limits(state: State, passed: frozenset[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return what the checks that passed prove together in a blind game, and what they do not."""
    return tuple(_proves(state, passed)), tuple(_not_proven(state))


def _proves(state: State, passed: frozenset[str]) -> list[str]:
    proves = []
    blind = state.blind or BlindState()
    if {"A07", "A08", "A10"} <= passed:
        proves.append("This history was acknowledged by the server, and everybody said what it says they said.")
    if {"A20", "B02", "B05", "B06", "B08", "B09"} <= passed and blind.deals:
        proves.append("The cards are those of the players, each once, mixed by one trustee after the other, and the "
                      "first deck without a forbidden pair was dealt: who did not know the order of every mix chose "
                      "nothing.")  # fmt: skip
    if {"B06", "B09", "B13"} <= passed and blind.boxes:
        proves.append("Every envelope that stood at the close was delivered as it was: no gift was exchanged, added or "
                      "taken out on its way, by the server or by a trustee.")  # fmt: skip
    if "B09" in passed and blind.pairs:
        proves.append("Everybody can see who gave to whom, and that this is what was dealt.")
    return proves


def _not_proven(state: State) -> list[str]:
    said = ["That the people are who you think they are: compare the safety words by voice."]
    blind = state.blind or BlindState()
    k, t = len(blind.trustees), blind.threshold
    if k:
        said.append(f"That nobody knows the pairs: any {t} of the {k} trustees can find out together, and leave no "
                    "trace.")  # fmt: skip
        said.append(f"That nobody has another version of this log: a server that shows two of them, with the help of "
                    f"{2 * t - k} trustees, could have more opened than this log shows. Compare copies with --with and "
                    "--since.")  # fmt: skip
    else:
        said.append("That nobody has another version of this log: compare copies with --with and --since.")
    said.append("That a giver cannot be recognised: by the gift, by the style of the note, by when it was online.")
    if blind.delivered_seq and (others := _without_gift(state, blind)):
        said.append(f"That nobody can guess: who finds no box knows that its Santa is among {_list(others)}.")
    dropped = [name for r in state.rounds for name in r.dropped]
    if dropped:
        said.append(f"That {_list(dropped)} withheld a coin by accident: every draw more is one more chance.")
    if blind.gone:
        gone = (state.players[number - 1].name for number in sorted(blind.gone))
        said.append(f"That {_list(gone)} did not leave because of a card: each new deal is one more chance.")
    if len(state.players) - len(blind.gone) == 3:
        said.append("That anything is secret: of three players each knows all pairs from their own card.")
    return said


def _without_gift(state: State, blind: BlindState) -> tuple[str, ...]:
    silent = {*blind.givers, *blind.gone}
    return tuple(p.name for p in state.players if p.number not in silent)
