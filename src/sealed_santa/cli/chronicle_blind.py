"""What an entry of a blind game means, told to people and to scripts; `tell` does it for games of every mode.

As `chronicle`, and with the same words where the same happens. What only a blind game has are its trustees' steps:
scripts get an event for each, people a sentence for each shuffle and for each turn that the game takes.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from sealed_santa.cli import chronicle
from sealed_santa.cli.chronicle import Told, name_of, parcel_told, recipient_told, santa_told, trouble
from sealed_santa.cli.options import and_list
from sealed_santa.cli.standing import given, seat_of, trustee_names
from sealed_santa.game.batches import Kind
from sealed_santa.game.stages import blind_state, present
from sealed_santa.game.state import Phase, State
from sealed_santa.log.entry import Entry
from sealed_santa.log.posts import (
    Answer,
    Blinding,
    Close,
    Complaint,
    Drop,
    EnvelopePost,
    Hand,
    KeyPost,
    Leave,
    Mix,
    OpeningPost,
)
from sealed_santa.roles.player import knowledge
from sealed_santa.roles.secrets import PlayerSecrets

_ANEW: Final = "the cards are dealt again, and everybody is asked for a gift again, as recipients may have changed"


def tell(before: State | None, after: State, entry: Entry, secrets: PlayerSecrets | None = None) -> tuple[Told, ...]:
    """Return what an entry means to the player with these secrets, or to somebody who only reads the log."""
    body = entry.post.body
    if before is None or after.blind is None:
        return chronicle.tell(before, after, entry, secrets)
    teller = None if before.blind is None else _TELLERS.get(type(body))
    if isinstance(body, EnvelopePost):
        told = [_envelope(after, mine=secrets is not None and body.by == secrets.key)]
    elif teller is None or (isinstance(body, Drop) and before.phase is Phase.COINS):
        told = list(chronicle.tell(before, after, entry, secrets))
    else:
        told = [*teller(before, after, body), *trouble(before, after)]
    return (*told, *_turn(before, after, secrets))


# --- what somebody did ------------------------------------------------------------------------------


def _key(before: State, after: State, body: KeyPost) -> list[Told]:
    blind = blind_state(after)
    fields = {"name": name_of(after, body.by), "keys": len(blind.commitments), "trustees": len(blind.trustees)}
    return [Told("key", fields)]


def _complaint(before: State, after: State, body: Complaint) -> list[Told]:
    name, (accused,) = name_of(after, body.by), trustee_names(after, (body.accused,))
    text = f"{name} says that the share which {accused} sealed is wrong; {accused} has to show it"
    return [Told("complaint", {"name": name, "accused": accused}, text, "bad")]


def _answer(before: State, after: State, body: Answer) -> list[Told]:
    name, (accuser,) = name_of(after, body.by), trustee_names(after, (body.accuser,))
    right = len(after.faults) == len(before.faults)
    text = f"{name} has shown the share for {accuser}, and it is right" if right else ""
    return [Told("answer", {"name": name, "accuser": accuser, "right": right}, text)]


def _mix(before: State, after: State, body: Mix) -> list[Told]:
    name, batch = name_of(after, body.by), blind_state(before).batch
    kind = Kind.CARDS if batch is None else batch.kind
    count = 1 if batch is None else len(batch.mixers) + 1
    trustees = len(blind_state(before).active())
    what = "the gifts" if kind is Kind.GIFTS else "the cards"
    fields = {"name": name, "batch": body.batch, "kind": kind.value, "mixed": count, "trustees": trustees}
    return [Told("mix", fields, f"{name} has shuffled {what} ({count} of {trustees})", "dim")]


def _step(event: str, count: Callable[[State], int]) -> Callable[[State, State, Any], list[Told]]:
    """Return what tells of a step of which as many are needed as the threshold says."""

    def told(before: State, after: State, body: Any) -> list[Told]:
        fields = {"name": name_of(after, body.by), "batch": body.batch, "done": count(before) + 1,
                  "needed": blind_state(before).threshold}  # fmt: skip
        return [Told(event, fields)]

    return told


def _blinded(state: State) -> int:
    batch = blind_state(state).batch
    return 0 if batch is None else len(batch.blinders)


def _opened(state: State) -> int:
    batch = blind_state(state).batch
    return 0 if batch is None else len(batch.openings)


def _envelope(after: State, *, mine: bool) -> Told:
    count, players = len(given(after)), len(present(after))
    who = "your gift is in the log" if mine else "a gift is in"
    return Told("gift", {"you": mine, "gifts": count, "players": players}, f"{who} ({count} of {players})",
                "good" if mine else "dim")  # fmt: skip


def _close(before: State, after: State, body: Close) -> list[Told]:
    by = "server" if body.by == after.create.server else "organiser"
    blind, batch = blind_state(before), blind_state(before).batch
    if before.phase is Phase.CHOOSING:
        missing = len(present(before)) - len(given(before))
        text = "every gift is in; the choosing is closed"
        if missing:
            text = f"the {by} has closed the choosing; {missing} did not choose, and the house gives in their place"
        return [Told("closed", {"by": by, "missing": missing}, text)]
    if before.phase is Phase.DELIVERED:
        return []
    done = tuple(blind.commitments) if batch is None else batch.mixers
    late = trustee_names(before, (i for i in blind.active() if i not in done))
    return [Told("late", {"by": by, "phase": before.phase.value, "names": list(late)},
                 f"the {by} waits no longer for {and_list(late)}" if late else "")]  # fmt: skip


def _gone(before: State, after: State, body: Leave | Drop) -> list[Told]:
    gone = blind_state(after).gone - blind_state(before).gone
    name = and_list(p.name for p in before.players if p.number in gone)
    fields: dict[str, Any] = {"players": [p.name for p in present(after)]}
    if isinstance(body, Leave):
        fields["name"] = name
        told = Told("left", fields, f"{name} has left after the deal", "head")
    else:
        fields |= {"names": [p.name for p in before.players if p.number in gone], "round": after.round}
        told = Told("dropped", fields, f"{name} was dropped after the deal, as no gift came", "head")
    if after.phase is Phase.VOID:
        return [told]
    batch = blind_state(after).batch
    bridged = batch is not None and batch.kind is Kind.BRIDGE
    text = f"who had {name} gets the recipient of {name} instead, and nobody learns who that is; " if bridged else ""
    return [told, Told("", {}, text + _ANEW)]


_TELLERS: Final[dict[type, Callable[[State, State, Any], list[Told]]]] = {
    KeyPost: _key, Complaint: _complaint, Answer: _answer, Mix: _mix, Close: _close, Leave: _gone, Drop: _gone,
    Blinding: _step("blinding", _blinded), OpeningPost: _step("opening", _opened),
    Hand: _step("hand", lambda state: len(blind_state(state).hands)),
}  # fmt: skip


# --- what turn the game took ------------------------------------------------------------------------


def _turn(before: State, after: State, secrets: PlayerSecrets | None) -> list[Told]:
    """Return what is told when another phase, or another batch, has begun."""
    old, new = before.blind, blind_state(after)
    if before.phase is after.phase and (old is None or old.batches == new.batches):
        return []
    match after.phase:
        case Phase.MIXING:
            return _batch(before, after)
        case Phase.BLINDING:
            return [Told("", {}, "now the decks are tested for forbidden pairs; nothing else is opened", "dim")]
        case Phase.DEALING:
            return [Told("", {}, "a deck without a forbidden pair stands; each card is opened for one player", "dim")]
        case Phase.CHOOSING:
            return _dealt(after, secrets)
        case Phase.DELIVERED:
            return _delivered(after, secrets)
        case Phase.REVEALING:
            return [Told("", {}, "the reveal: the trustees open who gave to whom")]
        case Phase.OVER if new.pairs:
            return _revealed(after, secrets)
    return []


def _batch(before: State, after: State) -> list[Told]:
    blind, batch = blind_state(after), blind_state(after).batch
    if batch is None:
        return []
    who = trustee_names(after, blind.active())
    fields = {"batch": batch.number, "kind": batch.kind.value, "trustees": list(who), "threshold": blind.threshold}
    last = blind.past[-1] if blind.past else None
    if batch.kind is Kind.CARDS and batch.number == 1:
        text = f"the joint key is made; now {and_list(who)} shuffle the cards, each in turn"
    elif batch.kind is Kind.CARDS and before.phase is Phase.OPENING and last is not None and last.kind is Kind.CARDS:
        text = f"all {last.decks} decks held a forbidden pair; the cards are shuffled again"
    elif batch.kind is Kind.GIFTS:
        text = f"now {and_list(who)} shuffle the gifts, so that nobody knows whose is whose"
    else:
        text = "the cards are shuffled again"
    return [Told("batch", fields, text)]


def passed_over(state: State) -> int:
    """Return how many decks were mixed, and had a forbidden pair, before the one that was dealt last."""
    count = found = 0
    for past in blind_state(state).past:
        if past.dealt is not None:
            found, count = count + past.dealt, 0
        elif past.kind is Kind.CARDS:
            count += past.decks
    return found


def _dealt(after: State, secrets: PlayerSecrets | None) -> list[Told]:
    deals, passed = blind_state(after).deals, passed_over(after)
    text = "the cards are dealt: every proof was verified here, the draw is fair"
    if deals > 1:
        text = "the cards are dealt again, and every proof was verified here"
        if secrets is not None and seat_of(after, secrets.key) is not None:
            text += "; look whom you give to now"
    told = [Told("deal", {"round": after.round, "passed_over": passed, "verified": True}, text, "good")]
    if secrets is not None and (recipient := knowledge(after, secrets).recipient) is not None:
        told.append(recipient_told(recipient))
    return told


def _delivered(after: State, secrets: PlayerSecrets | None) -> list[Told]:
    told = [Told("delivery", {"round": after.round}, "the gifts are delivered; every proof was verified here")]
    if secrets is None:
        return told
    known = knowledge(after, secrets)
    parcels = [] if known.parcel is None else [known.parcel, *known.more]
    if known.more:
        told.append(Told("", {}, f"{len(parcels)} boxes open for you; one is from your Santa", "bad"))
    return [*told, *(parcel_told(after, parcel.gift, parcel.note) for parcel in parcels)]


def _revealed(after: State, secrets: PlayerSecrets | None) -> list[Told]:
    who = {p.number: p.name for p in after.players}
    named = [[who[g], who[r]] for g, r in blind_state(after).pairs]
    told = [Told("reveal", {"policy": after.create.reveal, "pairs": named}, "the reveal is here, and was verified")]
    if secrets is not None and (santa := knowledge(after, secrets).santa) is not None:
        told.append(santa_told(santa.name))
    if len(named) <= 30:
        told.append(Told("", {}, note="\n".join(f"{g} gave to {r}" for g, r in named)))
    return told
