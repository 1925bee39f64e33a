"""One visit to the server: connect, post what is wanted, do what is owed, say what comes next, and go.

Shared by the commands of people who look in. The game goes on meanwhile; weeks may lie between two visits.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Final

import click

from sealed_santa.base.errors import YOU, KeyMissingError, SantaError, UsageError
from sealed_santa.cli.exits import DONE, FAILED
from sealed_santa.cli.participant import Participant
from sealed_santa.cli.seats import Place, Seat, passphrase_for, the_home
from sealed_santa.cli.standing import absence, afterwards, standing, status_record, steps
from sealed_santa.cli.ui import Screen
from sealed_santa.crypto.words import safety_words
from sealed_santa.game.modes import Mode
from sealed_santa.game.state import Phase, State
from sealed_santa.log.fields import SignKey
from sealed_santa.log.posts import Post
from sealed_santa.net.clock import wall_clock
from sealed_santa.net.connection import ClientSettings
from sealed_santa.net.identity import Identity
from sealed_santa.net.party import PlayerParty
from sealed_santa.roles import keeper
from sealed_santa.roles.player import Owed

GRACE: Final = 5.0  # seconds to wait for the server if it is the server's turn
_BRIEF: Final = ClientSettings(give_up=0.0, turn=0.0)
Want = Callable[[Participant], Callable[[State], Post]]
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON lines; the last one is the status.")


@dataclass(slots=True)
class Visit:
    """One visit to the server with one identity."""

    screen: Screen
    place: Place
    participant: Participant
    choose: bool = False
    held: bool = False
    wrong: SantaError | None = None

    @property
    def state(self) -> State:
        """The state at the end of the visit."""
        state = self.participant.state
        if state is None:
            raise UsageError("log.empty", "nothing of the game has been fetched yet", blame=YOU, hint="santa sync")
        return state


def servers_turn(state: State) -> bool:
    """Tell whether the game waits for nothing but its server, which answers at once."""
    if not state.mode.dealer:
        return bool(keeper.duties(state, wall_clock()))
    if state.phase is Phase.CHOOSING:
        return len(state.gifts) == len(state.players)
    return state.phase in (Phase.DECK, Phase.DEAL, Phase.CLOSED) or state.revealable(wall_clock())


def visit(
    screen: Screen, place: Place, seat: Seat, passphrase_file: str | None,
    want: Want | None = None, *, confirm: bool = False, publish_gift_key: bool = False,
    then: Callable[[Visit], None] | None = None, last: Callable[[Visit], None] | None = None,
) -> Visit:  # fmt: skip
    """Go to the server with an identity: post what is wanted, do what is owed, wait for a prompt server.

    `then` is called before, and `last` after it, while the identity is open.

    Raises:
        SantaError: as `GameClient.run` and `GameClient.act`.
    """
    home = the_home()
    with home.open(seat.folder, passphrase_for(screen, seat.folder, passphrase_file)) as identity:
        if confirm and identity.restored:
            identity.confirm()
        found = asyncio.run(_visit(screen, place, identity, want, then, publish_gift_key))
        if last is not None:
            last(found)
        return found


async def _visit(
    screen: Screen, place: Place, identity: Identity, want: Want | None,
    then: Callable[[Visit], None] | None, publish_gift_key: bool,
) -> Visit:  # fmt: skip
    def settled(state: State, owed: Owed) -> None:
        found.choose, found.held, found.wrong = owed.choose, owed.held, owed.wrong

    with screen.working("reading the log"):
        participant = Participant(identity, screen.tell, settings=_BRIEF, settled=settled)
    if publish_gift_key and isinstance(participant.party, PlayerParty):
        participant.party.intent = replace(participant.party.intent, publish_gift_key=True)
    found = Visit(screen, place, participant)
    if then is not None:
        then(found)
    until = time.monotonic() + GRACE
    asked = None
    if want is not None:
        asked = asyncio.ensure_future(participant.ask(want(participant)))
        await asyncio.sleep(0)

    def done(state: State, owed: Owed) -> bool:
        return not servers_turn(state) or time.monotonic() >= until

    loop = asyncio.ensure_future(participant.run(done, hasty=True))
    waker = asyncio.get_running_loop().call_later(GRACE + 0.1, participant.client.poke)
    try:
        if asked is not None:
            both: set[asyncio.Future[Any]] = {asked, loop}
            await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
            if asked.done() and not asked.cancelled() and asked.exception() is not None:
                await participant.stop()
                asked.result()  # raises what the rules or the server say
        await loop
    except SantaError as e:
        if e.code == "turn.wrong" and participant.state is not None:
            e.message = "it is not the time for this"
            e.hint = standing(participant.state).sentence()
        raise
    finally:
        waker.cancel()
        for task in (asked, loop):
            if task is not None:
                task.cancel()
        await asyncio.gather(*(t for t in (asked, loop) if t is not None), return_exceptions=True)
    return found


def finish(found: Visit) -> int:
    """Say where the game stands now, and what comes next; return the exit code."""
    screen, state, place = found.screen, found.state, found.place
    me = found.participant.party.key if place.player is not None else None
    if found.held:
        words = " ".join(safety_words(state.head))
        screen.answer("this folder is a copy, or an older state, of your identity: nothing is opened with it yet")
        screen.answer(f"words of the newest entry that you have:  {words}", style="name")
        screen.next_step(f"santa sync{place.flag} --confirm", "if others have the same words, and only you play as you")
    show_standing(screen, state, me, place)
    if found.wrong is not None:
        show_wrong(screen, found.wrong, place.flag, state.mode)
        return FAILED
    return DONE


def show_wrong(screen: Screen, wrong: SantaError, flag: str, mode: Mode) -> None:
    """Say what is wrong with what was sent to this player, and what it costs to show it."""
    boxes = " and the server's boxes" if mode.dealer else ""
    screen.event("wrong", code=wrong.code, message=wrong.message, blame=str(wrong.blame))
    screen.answer(f"wrong: {wrong.message} [{wrong.code}]; to blame: {wrong.blame}", style="bad")
    screen.answer(
        "to show it to everybody, your gift key must be published; then the note to you, and which gift it is, can be "
        f"read by whoever has the log{boxes}. Without that, only you know."
    )
    screen.next_step(f"santa sync{flag} --publish-gift-key", "show it, at that price")


def show_standing(screen: Screen, state: State, me: SignKey | None, place: Place) -> None:
    """Print the standing of a game and the next steps."""
    organiser = place.organiser is not None
    if screen.json:
        screen.record(status_record(state, me, organiser=organiser))
    if place.player is not None and (why := absence(state, place.player.profile.name)):
        screen.answer(why, style="bad")
    you = "" if place.player is None else place.player.profile.name
    screen.answer(standing(state).sentence(you), style="head")
    if then := afterwards(state):
        screen.answer(then, style="dim")
    for step in steps(state, me, organiser=organiser):
        screen.next_step(_with_flag(step.command, place.flag), step.purpose)


def _with_flag(command: str, flag: str) -> str:
    needs = command.split()[:2][-1] not in ("audit", "games")
    return command + flag if needs else command


def organiser_seat(place: Place) -> Seat:
    """Return the organiser's seat.

    Raises:
        KeyMissingError: `organiser.none`.
    """
    if place.organiser is None:
        raise KeyMissingError(
            "organiser.none", "only the organiser can do this, and that is not you", blame=YOU,
            hint="the organiser is whoever made the game with santa new or santa host",
        )  # fmt: skip
    return place.organiser


def player_seat(place: Place) -> Seat:
    """Return the player's seat.

    Raises:
        KeyMissingError: `player.none`.
    """
    if place.player is None:
        raise KeyMissingError(
            "player.none", "you organise this game, and do not play in it", blame=YOU,
            hint="santa join INVITE --name NAME, before it starts",
        )  # fmt: skip
    return place.player
