"""What an entry of the log means, told to people and to scripts: one entry in, sentences and records out.

Pure: made of the state before, the entry, the state after, and the secrets of the player who reads it. The
live client, `sync` and the demo tell a game with it, so they use the same words. The names of the
events and their fields are documented in docs/cli-json.md.

What is told about one's recipient has exactly one name in it: the recipient's. So from the deal to the delivery
the others are counted and not named.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

from sealed_santa.base.canon import b64
from sealed_santa.cli.endings import why_void
from sealed_santa.cli.options import and_list, or_list, show_when
from sealed_santa.cli.standing import given
from sealed_santa.game.catalogue import Gift
from sealed_santa.game.stages import present
from sealed_santa.game.state import Phase, Player, State
from sealed_santa.game.verdicts import pairs
from sealed_santa.log import posts
from sealed_santa.log.entry import Entry
from sealed_santa.log.posts import (
    Accept,
    Call,
    Close,
    CoinPost,
    Create,
    Deal,
    Deck,
    Delivery,
    Drop,
    Exclusions,
    Join,
    Leave,
    Receipt,
    Refusal,
    Reveal,
    Start,
)
from sealed_santa.roles.player import knowledge
from sealed_santa.roles.secrets import PlayerSecrets

MAX_TOLD: Final = 12  # exclusions that are named
START_WORDS: Final = "start user distribution"
COMPARE: Final = "compare them with the others by voice; if somebody has other words, stop playing and say so"


@dataclass(frozen=True, slots=True)
class Told:
    """Something that happened: an event with its fields for scripts, a sentence for people."""

    event: str  #: empty if scripts need not be told
    fields: dict[str, Any] = field(default_factory=dict)
    text: str = ""  #: empty if people need not be told
    style: str = ""
    note: str | None = None  #: a text of several lines that belongs to it


def count_players(state: State) -> str:
    """Return how many play, in words."""
    return "1 player" if len(state.players) == 1 else f"{len(state.players)} players"


def price(gift: Gift) -> str:
    """Return a gift's price for people."""
    return f"{gift.price // 100}" if gift.price % 100 == 0 else f"{gift.price / 100:.2f}"


def gift_record(state: State, place: int | None) -> dict[str, Any]:
    """Return a gift of the catalogue, or the house gift, as JSON has it."""
    if place is None:
        return {"id": None, "name": state.create.house, "house": True}
    gift = state.create.catalogue[place]
    return {"id": gift.id, "name": gift.name, "house": False}


def tell(before: State | None, after: State, entry: Entry, secrets: PlayerSecrets | None = None) -> tuple[Told, ...]:
    """Return what an entry means to the player with these secrets, or to somebody who only reads the log."""
    teller = _TELLERS.get(type(entry.post.body))
    told: list[Told] = [] if teller is None else teller(before or after, after, entry.post.body, secrets)
    return (*told, *trouble(before, after))


def trouble(before: State | None, after: State) -> tuple[Told, ...]:
    """Return what an entry has shown to be wrong, and whether it ended the game."""
    told: list[Told] = []
    old_faults = 0 if before is None else len(before.faults)
    for fault in after.faults[old_faults:]:
        told.append(Told(
            "fault", {"code": fault.code, "message": fault.message, "blame": str(fault.blame)},
            f"something is wrong: {fault.message}; to blame: {fault.blame}", "bad",
        ))  # fmt: skip
    if after.phase is Phase.VOID and (before is None or before.phase is not Phase.VOID):
        why = why_void(after)
        text = f"the game cannot go on: {why}" if why else "the game cannot go on; the log says why"
        told.append(Told("void", {}, text, "bad"))
    return tuple(told)


def _create(before: State, after: State, body: Create, secrets: PlayerSecrets | None) -> list[Told]:
    when = "" if body.reveal_at is None else f", from {show_when(body.reveal_at)} on"
    reveal = {
        "public": f"at the end everybody learns who gave to whom{when}",
        "private": f"at the end each learns who their own Santa was{when}",
        "never": "nobody ever learns who their Santa was",
    }[body.reveal]
    budget = f", budget {body.budget}" if body.budget else ""
    fields = {
        "game": b64(after.game), "title": body.title, "mode": body.mode, "reveal": body.reveal,
        "reveal_at": body.reveal_at, "choose_by": body.choose_by, "budget": body.budget,
        "min_players": body.min_players, "starters": body.starters,
    }  # fmt: skip
    told = [Told("game", fields, f"the game is {body.title!r}, {body.mode} mode{budget}; {reveal}", "head")]
    return [*told, *(Told("", {}, line) for line in exclusions_told(body.exclusions))]


def exclusions_told(exclusions: Exclusions) -> tuple[str, ...]:
    """Return whom a game never draws, in a line; nothing if it excludes nobody."""
    groups = [f"nobody within {and_list(group, 100)}" for group in exclusions.groups]
    pairs = [f"{giver} not for {recipient}" for giver, recipient in exclusions.pairs]
    found = groups + pairs
    if not found:
        return ()
    more = f"; and {len(found) - MAX_TOLD} more" if len(found) > MAX_TOLD else ""
    return (f"who gives to whom is limited: {'; '.join(found[:MAX_TOLD])}{more}",)


def _join(before: State, after: State, body: Join, secrets: PlayerSecrets | None) -> list[Told]:
    mine = secrets is not None and body.by == secrets.key
    who = "you are in" if mine else f"{body.name} is in"
    wish = f"; wishes: {body.wish}" if body.wish and not mine else ""
    people = f"{count_players(after)} now"
    if mine and len(after.players) > 1:
        people += f": {and_list(p.name for p in after.players)}"
    fields = {"name": body.name, "you": mine, "wish": body.wish, "players": [p.name for p in after.players]}
    return [Told("joined", fields, f"{who} ({people}){wish}", "good" if mine else "")]


def _leave(before: State, after: State, body: Leave, secrets: PlayerSecrets | None) -> list[Told]:
    name = name_of(before, body.by)
    fields: dict[str, Any] = {"name": name, "players": [p.name for p in after.players]}
    return [Told("left", fields, f"{name} has left ({count_players(after)} now)")]


def _start(before: State, after: State, body: Start, secrets: PlayerSecrets | None) -> list[Told]:
    name = name_of(before, body.by)
    fields = {"by": name, "round": after.round, "players": [p.name for p in after.players]}
    text = f"{name} said {START_WORDS!r}; {len(after.players)} play: {and_list(p.name for p in after.players)}"
    return [Told("started", fields, text, "head")]


def _deck(before: State, after: State, body: Deck, secrets: PlayerSecrets | None) -> list[Told]:
    count = body.commitments.count()
    decks = "one deck" if count == 1 else f"{count} decks"
    return [Told("decks", {"round": body.round, "decks": count},
                 f"the server has committed to {decks}; now every player adds a coin")]  # fmt: skip


def _coin(before: State, after: State, body: CoinPost, secrets: PlayerSecrets | None) -> list[Told]:
    told = [Told("coin", {"name": name_of(after, body.by), "missing": [p.name for p in after.missing_coins()]})]
    if (words := after.words) is not None:
        spoken = " ".join(words)
        told.append(Told("words", {"round": after.round, "words": list(words)},
                         f"safety words of round {after.round}:  {spoken}", "name"))  # fmt: skip
        told.append(Told("", {}, COMPARE))
    return told


def _drop(before: State, after: State, body: Drop, secrets: PlayerSecrets | None) -> list[Told]:
    names = [p.name for p in before.players if p.key in body.players]
    fields = {"names": names, "round": after.round, "players": [p.name for p in after.players]}
    verb, new = "was" if len(names) == 1 else "were", "decks" if after.mode.dealer else "coins"
    text = f"{and_list(names)} {verb} dropped, as the coin was missing; round {after.round} begins with new {new}"
    return [Told("dropped", fields, text, "head")]


def _deal(before: State, after: State, body: Deal, secrets: PlayerSecrets | None) -> list[Told]:
    passed = body.deck
    if after.deal is not body:
        text = f"all {passed} decks held a forbidden pair and were opened; round {after.round} begins"
        return [Told("all-out", {"round": body.round, "decks": passed}, text)]
    over = {0: "the first deck stands", 1: "one deck held a forbidden pair and was opened"}.get(
        passed, f"{passed} decks held a forbidden pair and were opened"
    )
    text = f"the cards are dealt: {over}; the proof was verified here, the draw is fair"
    told = [Told("deal", {"round": body.round, "passed_over": passed, "verified": True}, text, "good")]
    if secrets is not None and (recipient := knowledge(after, secrets).recipient) is not None:
        told.append(recipient_told(recipient))
    return told


def recipient_told(recipient: Player) -> Told:
    """Return how a player is told whom it gives to."""
    wish = f"  (wishes: {recipient.wish})" if recipient.wish else ""
    fields = {"name": recipient.name, "wish": recipient.wish}
    return Told("recipient", fields, f"you give to:  {recipient.name}{wish}", "name")


def _accept(before: State, after: State, body: Accept, secrets: PlayerSecrets | None) -> list[Told]:
    return [Told("accepted", {"accepted": len(after.accepted), "players": len(after.players)})]


def _gift(before: State, after: State, body: posts.Gift, secrets: PlayerSecrets | None) -> list[Told]:
    mine = secrets is not None and body.by == secrets.key
    given, count = len(after.gifts), len(after.players)
    who = "your gift is in the log" if mine else "a gift is in"
    return [Told("gift", {"you": mine, "gifts": given, "players": count}, f"{who} ({given} of {count})",
                 "good" if mine else "dim")]  # fmt: skip


def _refusal(before: State, after: State, body: Refusal, secrets: PlayerSecrets | None) -> list[Told]:
    giver = after.players[body.giver - 1]
    mine = secrets is not None and giver.key == secrets.key
    founded = body.giver not in after.gifts
    text = "the server refused your gift, and could show why" if mine and founded else ""
    return [Told("refused", {"you": mine, "founded": founded}, text, "bad")]


def _close(before: State, after: State, body: Close, secrets: PlayerSecrets | None) -> list[Told]:
    missing = len(after.players) - len(after.gifts)
    by = "server" if body.by == after.create.server else "organiser"
    text = "every gift is in; the choosing is closed"
    if missing:
        text = f"the {by} has closed the choosing; {missing} did not choose, and the house gives in their place"
    return [Told("closed", {"by": by, "missing": missing}, text)]


def _delivery(before: State, after: State, body: Delivery, secrets: PlayerSecrets | None) -> list[Told]:
    told = [Told("delivery", {"round": body.round}, "the gifts are delivered")]
    if secrets is None or (parcel := knowledge(after, secrets).parcel) is None:
        return told
    return [*told, parcel_told(after, parcel.gift, parcel.note)]


def parcel_told(state: State, gift: int | None, note: str | None) -> Told:
    """Return what is told about a gift that was delivered: its place in the catalogue, None from the house."""
    fields: dict[str, Any] = {"gift": gift_record(state, gift), "note": note}
    if gift is None and note is None and not state.mode.dealer:
        return Told("parcel", fields, "you get a box that holds no gift of the catalogue", "bad")
    if gift is None:
        silent = [p.name for p in present(state) if p.number not in given(state)]
        text = f"you get from the house:  {state.create.house}  (your Santa did not choose; that was {or_list(silent)})"
        return Told("parcel", fields, text, "name")
    text = f"you get:  {state.create.catalogue[gift].name}"
    if note is None:
        text += "; the note with it does not open: somebody sealed it wrongly, and the reveal will show who"
    return Told("parcel", fields, text, "name", note or None)


def santa_told(name: str) -> Told:
    """Return what is told about one's Santa."""
    return Told("santa", {"name": name}, f"your Santa was:  {name}", "name")


def _receipt(before: State, after: State, body: Receipt, secrets: PlayerSecrets | None) -> list[Told]:
    return [Told("receipt", {"receipts": len(after.receipts), "players": len(present(after))})]


def _call(before: State, after: State, body: Call, secrets: PlayerSecrets | None) -> list[Told]:
    what = "ended the game" if after.create.reveal == "never" else "called the reveal"
    return [Told("called", {}, f"the organiser has {what}")]


def _reveal(before: State, after: State, body: Reveal, secrets: PlayerSecrets | None) -> list[Told]:
    who = {p.number: p.name for p in after.players}
    named = [[who[g], who[r]] for g, r in pairs(after)]
    told = [Told("reveal", {"policy": after.create.reveal, "pairs": named}, "the reveal is here, and was verified")]
    if secrets is not None and (santa := knowledge(after, secrets).santa) is not None:
        told.append(santa_told(santa.name))
    if named and len(named) <= 30:
        told.append(Told("", {}, note="\n".join(f"{g} gave to {r}" for g, r in named)))
    return told


def name_of(state: State, key: bytes) -> str:
    player = state.player(key)
    if player is not None:
        return player.name
    return "the organiser" if key == state.create.by else "somebody"


_TELLERS: Final[dict[type, Callable[[State, State, Any, PlayerSecrets | None], list[Told]]]] = {
    Create: _create, Join: _join, Leave: _leave, Start: _start, Deck: _deck, CoinPost: _coin, Drop: _drop, Deal: _deal,
    Accept: _accept, posts.Gift: _gift, Refusal: _refusal, Close: _close, Delivery: _delivery, Receipt: _receipt,
    Call: _call, Reveal: _reveal,
}  # fmt: skip
