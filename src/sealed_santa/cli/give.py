"""`santa give`: choose the gift for one's recipient, or another one in its place."""

from __future__ import annotations

import click

from sealed_santa.base.errors import YOU, UsageError
from sealed_santa.cli.catalogue import parse_choice
from sealed_santa.cli.choosing import show_gifts
from sealed_santa.cli.chronicle import gift_record
from sealed_santa.cli.main import SantaCommand
from sealed_santa.cli.options import read_text
from sealed_santa.cli.participant import Offer, check_gift_note, parse_gift_note
from sealed_santa.cli.seats import Place, Seat, place_options
from sealed_santa.cli.standing import dealt, given, seat_of, standing
from sealed_santa.cli.ui import Screen
from sealed_santa.cli.visiting import Visit, finish, json_option, player_seat, visit
from sealed_santa.game.state import Phase
from sealed_santa.roles.player import knowledge


@click.command(cls=SantaCommand)
@click.option("--gift", metavar="ID", help="The gift: its id, its name, or its number among the suggestions.")
@click.option("--note", metavar="TEXT", help="A note that only your recipient can read; @FILE for several lines.")
@click.option("--list", "show", is_flag=True, help="Show the suggestions and the whole catalogue, and choose nothing.")
@json_option
@place_options
def give(
    screen: Screen, place: Place, passphrase_file: str | None, gift: str | None, note: str | None, show: bool,
    as_json: bool,
) -> None:  # fmt: skip
    """Choose the gift for your recipient. Until the choosing closes, a later gift takes the place of an earlier one."""
    seat = player_seat(place)
    text = "" if note is None else _note(note)
    found = visit(screen, place, seat, passphrase_file)
    state, me = found.state, found.participant.party.key
    player = seat_of(state, me)
    if state.phase is not Phase.CHOOSING or player is None:
        late = dealt(state)
        raise UsageError(
            "gift.too-late" if late else "gift.too-early",
            f"no gift can be chosen {'any more' if late else 'yet'}: {standing(state).sentence()}",
            blame=YOU, hint=f"santa status{place.flag}",
        )  # fmt: skip
    check_gift_note(text, state.mode)
    offer = found.participant.offer()
    if show or gift is None:
        _show_offer(screen, found, offer, whole=show)
    if show:
        screen.next_step(f"santa give{place.flag} --gift ID", "choose one")
        return
    choice = _ask_gift(screen, offer) if gift is None else parse_choice(gift, offer.gifts, offer.suggested)
    if note is None and gift is None:
        text = parse_gift_note(screen.ask("a note with it (Enter for none):", "--note TEXT", empty=True))
    _give(screen, place, seat, passphrase_file, choice, text, again=player.number in given(state))


def _note(text: str) -> str:
    return parse_gift_note(read_text(text[1:], "--note").rstrip("\n") if text.startswith("@") else text)


def _ask_gift(screen: Screen, offer: Offer) -> int:
    while True:
        typed = screen.ask("your choice (number, id, or list):", "--gift ID")
        if typed.casefold() == "list":
            show_gifts(screen, offer, tuple(range(len(offer.gifts))))
            continue
        try:
            return parse_choice(typed, offer.gifts, offer.suggested)
        except UsageError as e:
            screen.error(e)


def _show_offer(screen: Screen, found: Visit, offer: Offer, *, whole: bool) -> None:
    state, secrets = found.state, found.participant.secrets
    recipient = None if secrets is None else knowledge(state, secrets).recipient
    screen.event(
        "choose", suggested=[gift_record(state, k) for k in offer.suggested], gifts=len(offer.gifts),
        budget=state.create.budget,
    )  # fmt: skip
    if recipient is not None:
        wish = f"  (wishes: {recipient.wish})" if recipient.wish else ""
        screen.answer(f"you give to:  {recipient.name}{wish}", style="name")
    screen.answer("suggestions" + (f" (budget {state.create.budget}):" if state.create.budget else ":"))
    show_gifts(screen, offer, offer.suggested)
    if whole:
        screen.answer("all gifts:")
        show_gifts(screen, offer, tuple(range(len(offer.gifts))))


def _give(
    screen: Screen, place: Place, seat: Seat, passphrase_file: str | None, choice: int, note: str, *, again: bool
) -> None:
    if again:
        screen.say("this gift takes the place of the one that you chose before")
        found = visit(
            screen, place, seat, passphrase_file,
            lambda p: lambda state: p.gift_post(state, choice, note),
        )  # fmt: skip
    else:
        found = visit(screen, place, seat, passphrase_file, then=lambda v: v.participant.choose(choice, note))
    finish(found)
