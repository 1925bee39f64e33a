"""Which of this computer's identities a command is about: `--game`, `--as`, and clear errors if that is open.

A seat is one identity: a player, or the organiser of a game. Who organises and plays has two. Reads the
home, writes nothing.
"""

from __future__ import annotations

import functools
import os
import shlex
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import click

from sealed_santa.base.canon import b64
from sealed_santa.base.errors import (
    YOU,
    KeyMissingError,
    LocalDamageError,
    ParseError,
    SantaError,
    UndecidedError,
    UsageError,
    VerificationError,
)
from sealed_santa.cli.options import MAX_FILE, MAX_TEXT_FILE, read_bytes
from sealed_santa.cli.ui import Screen
from sealed_santa.game.replay import as_recorded, fold
from sealed_santa.game.state import State
from sealed_santa.log.archive import parse_transcript
from sealed_santa.log.entry import Entry, parse_entry
from sealed_santa.log.posts import Create
from sealed_santa.net.files import read_private
from sealed_santa.net.home import Home, home_folder
from sealed_santa.net.identity import LOG_FILE, SEED_FILE, Profile, read_keepsake
from sealed_santa.net.keyfile import Passphrase, needs_passphrase

ID_DIGITS: Final = 8  # of a game's id, as lists show it
_MIN_DIGITS: Final = 4  # of an id that is typed
_MAX_CREATE: Final = 1 << 22


@dataclass(frozen=True, slots=True)
class Seat:
    """One identity of this home."""

    folder: Path
    profile: Profile
    title: str  #: empty if the log has not been fetched yet

    @property
    def short_id(self) -> str:
        """The first digits of the game's id."""
        return b64(self.profile.game)[:ID_DIGITS]

    def label(self) -> str:
        """Return how lists show the seat."""
        who = "organiser" if self.profile.role == "organiser" else self.profile.name
        return f"{self.short_id}  {self.title or '(not fetched yet)'}  ({who})"


@dataclass(frozen=True, slots=True)
class Place:
    """The seats of one game that a command is about."""

    player: Seat | None
    organiser: Seat | None
    flag: str  #: ` --game=…` where more than one game could be meant, for next steps

    @property
    def any(self) -> Seat:
        """The player's seat, or else the organiser's."""
        seat = self.player or self.organiser
        if seat is None:
            raise no_game()
        return seat


def the_home() -> Home:
    """Return the home that SANTA_HOME names, or this user's."""
    return Home(home_folder(os.environ))


def read_title(folder: Path) -> str:
    """Return the title in the first entry of a log copy, or nothing if it is not there or not to be read."""
    try:
        with (folder / LOG_FILE).open("rb") as file:
            body = parse_entry(file.readline(_MAX_CREATE).rstrip(b"\n")).post.body
    except (OSError, ParseError, UndecidedError):
        return ""
    return body.title if isinstance(body, Create) else ""


def find_seats(home: Home) -> tuple[Seat, ...]:
    """Return all seats of a home."""
    return tuple(Seat(folder, profile, read_title(folder)) for folder, profile in home.identities())


def read_copy(folder: Path) -> State | None:
    """Return the state of a log copy, read without opening the identity; None if it is empty.

    Raises:
        LocalDamageError: `log.damaged`, `file.*`.
        UndecidedError: `mode.unknown`, `version.unknown`.
    """
    entries = read_entries(folder)
    try:
        return fold(entries, settle=as_recorded) if entries else None
    except VerificationError as e:
        raise _damaged(folder, e) from e


def read_entries(folder: Path) -> tuple[Entry, ...]:
    """Return the entries of a log copy, without a line that is just being written; raises as `read_copy`."""
    raw = read_private(folder / LOG_FILE, MAX_FILE)
    whole = raw[: raw.rfind(b"\n") + 1]
    try:
        return parse_transcript(whole) if whole else ()
    except ParseError as e:
        raise _damaged(folder, e) from e


def _damaged(folder: Path, error: SantaError) -> LocalDamageError:
    return LocalDamageError("log.damaged", f"the copy of the log in {folder} is damaged: {error.message}", blame=YOU)


def no_game() -> KeyMissingError:
    """Return the error for a home without a game."""
    return KeyMissingError(
        "game.none", "this computer takes part in no game", blame=YOU,
        hint="santa join INVITE --name NAME, or SANTA_HOME=FOLDER if your identity is elsewhere",
    )  # fmt: skip


def choose_place(seats: Sequence[Seat], game: str | None, name: str | None) -> Place:
    """Return the seats that are meant: `game` is the beginning of an id, or a title; `name` a player.

    Raises:
        KeyMissingError: `game.none`, `player.none`.
        UsageError: `game.unknown`, `game.several`, `player.several`; the hint lists them.
    """
    if not seats:
        raise no_game()
    games = {s.profile.game for s in seats}
    fitting = [s for s in seats if game is None or _fits(s, game)]
    meant = {s.profile.game for s in fitting}
    if not meant:
        raise UsageError("game.unknown", f"no game here fits {game!r}", blame=YOU, hint=_listing(seats))
    if len(meant) > 1:
        raise UsageError("game.several", "more than one game could be meant", blame=YOU, hint=_listing(fitting))
    players = [s for s in fitting if s.profile.role == "player"]
    organisers = [s for s in fitting if s.profile.role == "organiser"]
    if name is not None:
        players = [s for s in players if s.profile.name == name]
        if not players:
            raise KeyMissingError("player.none", f"this computer has no player {name!r} in this game", blame=YOU)
    if len(players) > 1:
        names = ", ".join(s.profile.name for s in players)
        raise UsageError("player.several", f"several play from here: {names}", blame=YOU, hint="add --as NAME")
    flag = f" --game={fitting[0].short_id}" if len(games) > 1 else ""
    if len([s for s in seats if s.profile.game in meant and s.profile.role == "player"]) > 1 and players:
        flag += f" --as={shlex.quote(players[0].profile.name)}"
    return Place(players[0] if players else None, organisers[0] if organisers else None, flag)


def _fits(seat: Seat, text: str) -> bool:
    wanted = " ".join(text.split())
    by_id = len(wanted) >= _MIN_DIGITS and b64(seat.profile.game).startswith(wanted)
    return by_id or seat.title.casefold() == wanted.casefold()


def _listing(seats: Sequence[Seat]) -> str:
    return "add --game ID, one of: " + "; ".join(s.label() for s in seats[:10])


def passphrase_for(screen: Screen, folder: Path, path: str | None) -> Passphrase | None:
    """Return the passphrase of an identity, from a file or a prompt, if it has one.

    Raises:
        KeyMissingError: `passphrase.missing`; there is nobody to ask.
    """
    if read_keepsake(folder) is not None or (path is None and not needs_passphrase(folder / SEED_FILE)):
        return None
    if path is None and not screen.interactive():
        raise KeyMissingError(
            "passphrase.missing", f"{folder.name} is locked with a passphrase", blame=YOU, hint="give --passphrase-file"
        )
    return ask_passphrase(screen, path)


def ask_passphrase(screen: Screen, path: str | None, *, twice: bool = False) -> Passphrase:
    """Read a passphrase from a file (its first line) or a prompt.

    Raises:
        UsageError: `passphrase.empty`, `passphrase.differ`.
    """
    if path is not None:
        raw = read_bytes(path, "--passphrase-file", MAX_TEXT_FILE).split(b"\n", 1)[0].rstrip(b"\r")
    else:
        raw = screen.ask("passphrase:", "--passphrase-file", secret=True).encode()
        if twice and screen.ask("the same again:", "--passphrase-file", secret=True).encode() != raw:
            raise UsageError("passphrase.differ", "the two passphrases differ", blame=YOU)
    if not raw:
        raise UsageError("passphrase.empty", "the passphrase is empty", blame=YOU)
    return Passphrase(raw)


def place_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add `--game`, `--as` and `--passphrase-file` to a command, which gets a `Place` and a path of a passphrase."""

    @click.option("--game", metavar="ID", help="If there are several games: the beginning of its id, or its title.")
    @click.option("--as", "as_name", metavar="NAME", help="The player, if several play from this computer.")
    @click.option("--passphrase-file", metavar="FILE", help="Where the passphrase is; otherwise it is asked for.")
    @functools.wraps(command)
    def wrapped(game: str | None, as_name: str | None, passphrase_file: str | None, **rest: Any) -> Any:
        screen: Screen = click.get_current_context().obj
        place = choose_place(find_seats(the_home()), game, as_name)
        return command(screen, place, passphrase_file, **rest)

    return wrapped
