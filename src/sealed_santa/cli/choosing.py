"""Choosing a gift while a game goes on: which one, then a note with it; and another one in its place.

Lines are handed in one by one, checked, and asked for again if they cannot be used. Nothing here waits.
"""

from __future__ import annotations

from enum import Enum, auto
from typing import Final

from sealed_santa.base.errors import YOU, UsageError
from sealed_santa.cli.catalogue import parse_choice
from sealed_santa.cli.chronicle import gift_record, price
from sealed_santa.cli.options import and_list
from sealed_santa.cli.participant import Offer, Participant, check_gift_note, parse_gift_note
from sealed_santa.cli.standing import dealt, given, seat_of, standing
from sealed_santa.cli.ui import Screen
from sealed_santa.game.state import Phase, State


class Wanted(Enum):
    """What the next line answers."""

    NOTHING = auto()
    GIFT = auto()
    NOTE = auto()


NO_NOTES: Final = frozenset({"quit", "who", "change", "leave", "list", "words", "end the game"})
_AGAIN: Final = {Wanted.GIFT: "once more: which gift?", Wanted.NOTE: "once more: the note?"}


def show_gifts(screen: Screen, offer: Offer, places: tuple[int, ...]) -> None:
    """Show some gifts of the catalogue, with the numbers of those that are suggested."""
    for k in places:
        gift = offer.gifts[k]
        number = f"{offer.suggested.index(k) + 1}." if k in offer.suggested else ""
        screen.answer(f"  {number:>3} {gift.id:<18} {gift.name}  ({price(gift)})")


class Choosing:
    """The choice of one player, from the question to the post."""

    def __init__(self, screen: Screen, player: Participant) -> None:
        self._screen, self._player = screen, player
        self._gift = -1
        self.wanted = Wanted.NOTHING

    @property
    def open(self) -> bool:
        """Whether a line is waited for."""
        return self.wanted is not Wanted.NOTHING

    def announce(self, state: State) -> Offer:
        """Tell scripts what there is to choose from; return it."""
        offer = self._player.offer()
        suggested = [gift_record(state, k) for k in offer.suggested]
        self._screen.event("choose", suggested=suggested, gifts=len(offer.gifts), budget=state.create.budget)
        return offer

    def by_flags(self, offer: Offer, gift: str | None, note: str | None) -> None:
        """Choose what the flags say, or else the first suggestion.

        Raises:
            UsageError: `gift.unknown`, `note.*`.
        """
        wanted = offer.gifts[offer.suggested[0]].id if gift is None else gift
        text = "" if note is None else parse_gift_note(note)
        self._player.choose(parse_choice(wanted, offer.gifts, offer.suggested), text)

    def begin(self, state: State, offer: Offer) -> None:
        """Ask for a gift."""
        budget = f" (budget {state.create.budget})" if state.create.budget else ""
        self._screen.answer(f"choose a gift{budget}:", style="head")
        show_gifts(self._screen, offer, offer.suggested)
        self._screen.answer("type a number or an id; `list` shows the whole catalogue")
        self.wanted = Wanted.GIFT

    def change(self, state: State | None) -> None:
        """Ask for another gift in the place of the one that stands.

        Raises:
            UsageError: `gift.too-early`, `gift.too-late`, `gift.on-its-way`.
        """
        me = None if state is None else seat_of(state, self._player.party.key)
        if state is None or me is None or state.phase is not Phase.CHOOSING:
            late = state is not None and dealt(state)
            code, when = ("gift.too-late", "any more") if late else ("gift.too-early", "yet")
            why = "" if state is None else f": {standing(state).sentence()}"
            raise UsageError(code, f"no gift can be chosen {when}{why}", blame=YOU)
        if self._player.choice_pending:
            raise UsageError("gift.on-its-way", "what you chose is not in the log yet", blame=YOU, hint="wait a moment")
        self.begin(state, self._player.offer())
        if me.number in given(state):
            self._screen.answer("the gift that you chose before stands until you have chosen another one", style="dim")

    def close(self) -> None:
        """Say that nothing is asked any more, if something was."""
        if self.open:
            self.wanted = Wanted.NOTHING
            self._screen.answer("the choosing is closed; nothing more can be chosen")

    def show_all(self, state: State) -> None:
        """Show the whole catalogue, with the numbers of what is suggested once that is known."""
        if dealt(state):
            offer = self._player.offer()
            show_gifts(self._screen, offer, tuple(range(len(offer.gifts))))
            return
        for gift in state.create.catalogue:
            self._screen.answer(f"  {gift.id:<18} {gift.name}")

    def repeat(self) -> None:
        """Ask again for what is waited for."""
        if self.open:
            self._screen.answer(_AGAIN[self.wanted])

    def take_gift(self, typed: str) -> None:
        """Take which gift it is, and ask for the note.

        Raises:
            UsageError: `gift.unknown`.
        """
        offer = self._player.offer()
        self._gift = parse_choice(typed, offer.gifts, offer.suggested)
        self.wanted = Wanted.NOTE
        self._screen.answer(f"you give: {offer.gifts[self._gift].name}")
        self._screen.answer("a note with it? only your recipient can read it; Enter for none")
        self._screen.answer(f"({and_list(sorted(NO_NOTES))} are commands here, too)", style="dim")

    async def take_note(self, line: str) -> None:
        """Take the note, and give.

        Raises:
            UsageError: `note.*`; as `Participant.ask`.
        """
        note = parse_gift_note(line.strip(), "note")
        state = self._player.state
        if state is not None:
            check_gift_note(note, state.mode, "note")
        self.wanted = Wanted.NOTHING
        gift = self._gift
        me = None if state is None else seat_of(state, self._player.party.key)
        if state is not None and me is not None and state.phase is Phase.CHOOSING and me.number in given(state):
            await self._player.ask(lambda now: self._player.gift_post(now, gift, note))
        else:
            self._player.choose(gift, note)
