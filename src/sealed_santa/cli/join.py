"""`santa join`: come in with an invite, or come back, and play live."""

from __future__ import annotations

import asyncio
import os
from dataclasses import dataclass
from typing import Any

import click

from sealed_santa.base.canon import b64
from sealed_santa.base.errors import YOU, KeyMissingError, UsageError
from sealed_santa.base.names import normalise_name, parse_line
from sealed_santa.cli.chronicle import gift_record
from sealed_santa.cli.exits import DONE, FAILED, INTERRUPTED, UNDECIDED
from sealed_santa.cli.live import Live, Quit, Wishes
from sealed_santa.cli.main import SantaCommand
from sealed_santa.cli.options import MAX_INVITE, parse_one_name, read_text
from sealed_santa.cli.participant import Participant, parse_gift_note
from sealed_santa.cli.seats import ID_DIGITS, Seat, ask_passphrase, choose_place, find_seats, passphrase_for, the_home
from sealed_santa.cli.standing import steps
from sealed_santa.cli.ui import Screen
from sealed_santa.game.lobby import MAX_WISH
from sealed_santa.game.state import Phase, State
from sealed_santa.log.posts import Leave
from sealed_santa.net.home import Home
from sealed_santa.net.identity import Identity, Keepsake, Profile, Seed
from sealed_santa.net.invite import Invite, parse_invite
from sealed_santa.net.party import keepsake_of
from sealed_santa.roles.secrets import SEED_SIZE


@dataclass(frozen=True, slots=True)
class Doors:
    """The options of `join` that say who comes in where."""

    invite: str | None
    name: str | None
    game: str | None
    passphrase: bool
    passphrase_file: str | None


@click.command(cls=SantaCommand)
@click.argument("invite", required=False)
@click.option("--name", metavar="NAME", help="The name that the others see.")
@click.option("--wish", metavar="TEXT", default="", help="What your Santa should know; all players can read it.")
@click.option("--auto", is_flag=True, help="Play by yourself: takes the first suggestion, asks nothing.")
@click.option("--start-when", type=click.IntRange(3), metavar="N", help="Start when so many players are in.")
@click.option("--no-wait", is_flag=True, help="Take your seat and go; santa sync does the rest when you look in.")
@click.option("--gift", metavar="ID", help="The gift to choose when it is time.")
@click.option("--note", metavar="TEXT", help="The note that goes with it; only your recipient can read it.")
@click.option("--game", metavar="ID", help="Come back to this game, if there are several.")
@click.option("--confirm", is_flag=True, help="This restored or copied identity is the newest and only one.")
@click.option("--passphrase", is_flag=True, help="Lock the new identity with a passphrase, which is asked for.")
@click.option("--passphrase-file", metavar="FILE", help="Where the passphrase is.")
@click.option("--json", "as_json", is_flag=True, help='Print one JSON line an event; the last is {"event": "over", …}.')
@click.pass_obj
def join(
    screen: Screen, invite: str | None, name: str | None, wish: str, auto: bool, start_when: int | None,
    no_wait: bool, gift: str | None, note: str | None,
    game: str | None, confirm: bool, passphrase: bool, passphrase_file: str | None, as_json: bool,
) -> int:  # fmt: skip
    """Come in with INVITE and play live; without one, come back to a game.

    An invite is a secret. Instead of typing it where others may read it, give - and write it to standard input,
    or @FILE, or nothing: then it is asked for. Ctrl-C is harmless: the game goes on, and `santa join` comes back.
    """
    if note is not None:
        parse_gift_note(note)
    if wish:
        wish = parse_line(normalise_name(wish), MAX_WISH)
    home = the_home()
    doors = Doors(invite, name, game, passphrase, passphrase_file)
    identity, fresh = _open_door(screen, home, doors)
    wishes = Wishes(
        name=identity.profile.name, wish=wish, auto=auto, start_when=start_when, gift=gift, note=note, confirm=confirm,
        no_wait=no_wait,
    )  # fmt: skip
    left = False
    try:
        code, left = asyncio.run(_play(screen, identity, wishes))
        return code
    except KeyboardInterrupt:
        _say_goodbye(screen, identity)
        return INTERRUPTED
    finally:
        identity.close()
        if (left and not _has_evidence(identity)) or (fresh and not _left_traces(identity)):
            home.forget(identity.folder)


def _left_traces(identity: Identity) -> bool:
    """Tell whether an identity has said or kept anything that could be needed again."""
    outbox = identity.outbox
    said = any(p.hash not in outbox.refused for p in outbox.posts)
    return said or _has_evidence(identity)


def _has_evidence(identity: Identity) -> bool:
    return (identity.folder / "evidence").exists()


async def _play(screen: Screen, identity: Identity, wishes: Wishes) -> tuple[int, bool]:
    """Play, and return the exit code, and whether the player has left so that its keys are of no more use."""
    with screen.working("reading the log"):
        live = Live(screen, identity, wishes)
    try:
        state = await live.play()
    except Quit:
        _say_goodbye(screen, identity)
        return DONE, False
    if live.gone(state) and not state.over:
        return _gone(screen, live, state)
    if not state.over:
        _say_goodbye(screen, identity)
        return DONE, False
    screen.event("over", **over_record(live.player, state))
    if state.phase is Phase.VOID:
        screen.answer("the game has ended without a result; keep the log, it shows why", style="bad")
    else:
        screen.answer("the game is over", style="head")
    for step in steps(state, live.player.party.key, organiser=False):
        screen.next_step(step.command, step.purpose)
    return (FAILED if state.faults or state.phase is Phase.VOID else DONE), False


def over_record(player: Participant, state: State) -> dict[str, Any]:
    """Return the last record of `join --json`."""
    kept = player.identity.keepsake or keepsake_of(player.party, state)
    me = state.player(player.party.key)
    return {
        "game": b64(state.game),
        "phase": state.phase.value,
        "you": None if me is None else me.name,
        "recipient": kept.recipient,
        "parcel": {"gift": gift_record(state, kept.gift), "note": kept.note} if kept.delivered else None,
        "santa": kept.santa,
        "round": state.round,
        "dropped": [list(r.dropped) for r in state.rounds],
        "faults": [{"code": f.code, "message": f.message, "blame": str(f.blame)} for f in state.faults],
        "entries": len(state.chain),
        "head": b64(state.head),
    }


def _gone(screen: Screen, live: Live, state: State) -> tuple[int, bool]:
    identity = live.player.identity
    name = identity.profile.name
    dropped = any(name in round_.dropped for round_ in state.rounds)
    screen.event("over", **over_record(live.player, state))
    if state.blind is not None and not dropped:
        return _gone_after_the_deal(screen, identity, live)
    if dropped:
        screen.answer("you were dropped: your coin was not in the log in time", style="bad")
        screen.next_step("santa sync", "look on")
        return UNDECIDED, False
    screen.answer("you have left the game; its keys are deleted here")
    screen.next_step("santa join INVITE --name NAME", "come in again")
    return DONE, True


def _gone_after_the_deal(screen: Screen, identity: Identity, live: Live) -> tuple[int, bool]:
    """Keep the log, for who wants to audit it, and delete the keys."""
    said = any(isinstance(p.body, Leave) for p in identity.outbox.posts)
    if not said:
        screen.answer("you were dropped: your gift was not in the log in time", style="bad")
        screen.next_step("santa sync", "look on")
        return UNDECIDED, False
    identity.retire(Keepsake(key=live.player.party.key))
    screen.answer("you have left the game; its keys are deleted here")
    screen.next_step("santa sync", "look on")
    return DONE, False


def _say_goodbye(screen: Screen, identity: Identity) -> None:
    profile = identity.profile
    screen.say("", "the game goes on, and your place is kept; nothing is lost")
    who = f" --name {_quoted(profile.name)} --game {_quoted(b64(profile.game)[:ID_DIGITS])}"
    screen.next_step(f"santa join{who}", "come back and stay")
    screen.next_step("santa sync", "only look in and do what is owed")


def _quoted(text: str) -> str:
    import shlex

    return shlex.quote(text)


# --- who comes in -----------------------------------------------------------------------------------


def _open_door(screen: Screen, home: Home, doors: Doors) -> tuple[Identity, bool]:
    """Return the open identity to play with, and whether it is new.

    Raises:
        UsageError, KeyMissingError, ParseError: nothing was made.
    """
    text = doors.invite
    if text is None:
        seat = _seat_to_come_back_to(home, doors)
        if seat is not None:
            return home.open(seat.folder, passphrase_for(screen, seat.folder, doors.passphrase_file)), False
        text = _ask_invite(screen)
    invite = parse_invite(read_invite(screen, text))
    name = _name(screen, home, doors, invite)
    folder = home.folder(invite.game, "player", name)
    if folder.exists():
        identity = home.open(folder, passphrase_for(screen, folder, doors.passphrase_file))
        if identity.profile.place != invite.address:
            identity.move_to(invite.address)  # the server has moved; it still signs with the key of the game
        return identity, False
    locked = doors.passphrase or doors.passphrase_file is not None
    secret = ask_passphrase(screen, doors.passphrase_file, twice=True) if locked else None
    profile = Profile(
        role="player", name=name, game=invite.game, address=str(invite.address), invite=Seed(invite.seed)
    )
    folder = home.create(profile, os.urandom(SEED_SIZE), os.urandom, passphrase=secret)
    return home.open(folder, secret), True


def _seat_to_come_back_to(home: Home, doors: Doors) -> Seat | None:
    """Return the seat that is meant when no invite was given; None if there is none and nothing says otherwise."""
    seats = [s for s in find_seats(home) if s.profile.role == "player"]
    if doors.name is not None and doors.game is None:
        seats = [s for s in seats if s.profile.name == normalise_name(doors.name)]
    if not seats:
        if doors.game is not None:
            raise KeyMissingError("game.none", f"no game here fits {doors.game!r}", blame=YOU, hint="give an invite")
        return None
    return choose_place(seats, doors.game, doors.name).player


def _ask_invite(screen: Screen) -> str:
    try:
        return screen.ask("the invite:", "INVITE, or - to read it from standard input")
    except UsageError as e:
        raise KeyMissingError(
            "invite.missing", "to come in, an invite is needed", blame=YOU,
            hint="santa join INVITE --name NAME, or - to read it from standard input, or @FILE",
        ) from e  # fmt: skip


def read_invite(screen: Screen, text: str) -> str:
    """Return the invite itself: from stdin for `-`, from a file for `@file`, else what was given.

    Raises:
        UsageError: `file.*`, `input.too-long`.
    """
    if text == "-":
        return screen.read_all(MAX_INVITE)
    return read_text(text[1:], "INVITE") if text.startswith("@") else text


def _name(screen: Screen, home: Home, doors: Doors, invite: Invite) -> str:
    if doors.name is not None:
        return parse_one_name(doors.name)
    here = [p.name for _, p in home.identities() if p.game == invite.game and p.role == "player"]
    if len(here) == 1:
        return here[0]
    return parse_one_name(screen.ask("your name:", "--name NAME"))
