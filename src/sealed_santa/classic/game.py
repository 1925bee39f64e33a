"""The classic game as a state machine: events in, lines out, randomness as an argument (docs/classic.md, "Rules").

`step(game, event, chance)` is the whole of it. The state is a value; clock and sockets are elsewhere. Guests are
those who are connected. Before the start some of them have names; while a game runs, those with a seat are its
players and the others watch. A game runs as long as there are seats: delivery, reveal and end are one step, in
which the last choice is made, so nobody can go between them.

What this module does not do: hide anything. The state holds who gives to whom, and so does every copy of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Final, assert_never

from sealed_santa.base.errors import YOU, ParseError, UsageError
from sealed_santa.base.names import normalise_name, parse_name, skeleton
from sealed_santa.classic.draw import Chance, derangement
from sealed_santa.classic.lines import LIST_WORD, NAME_SIGN, QUIT_WORD, START_WORDS, Line, Say
from sealed_santa.game.catalogue import Gift, suggest

FEWEST: Final = 3
OFFERED: Final = 5  # suggestions, at most; their numbers are words of the game
_SEED: Final = 16  # bytes, for suggestions


@dataclass(frozen=True, slots=True)
class Seat:
    """A player's part: the id of whom it gives to, the places of the suggested gifts, and of the chosen one."""

    recipient: int
    offered: tuple[int, ...]
    gift: int | None = None


@dataclass(frozen=True, slots=True)
class Game:
    """All that the server holds."""

    gifts: tuple[Gift, ...]
    seconds: int = 300  #: to choose, as players are told
    idle: int = 1800  #: seconds of silence after which a guest is sent away, as it is told
    nameless: int = 120  #: seconds without a name, likewise
    limit: int = 1024  #: bytes of a line, as guests are told
    guests: Mapping[int, str] = field(default_factory=dict)  #: id -> name, empty if it has none
    seats: Mapping[int, Seat] = field(default_factory=dict)  #: id -> part in the game that runs, if one does
    round: int = 0  #: games that have started

    @property
    def running(self) -> bool:
        """Whether a game has started and not ended."""
        return bool(self.seats)

    @property
    def named(self) -> tuple[int, ...]:
        """The ids of the guests who have a name."""
        return tuple(guest for guest, name in self.guests.items() if name)

    @property
    def missing(self) -> int:
        """How many players have not chosen."""
        return sum(seat.gift is None for seat in self.seats.values())


@dataclass(frozen=True, slots=True)
class Came:
    """Somebody has connected; the id was never used before."""

    guest: int


@dataclass(frozen=True, slots=True)
class Said:
    """A guest sent a line; or one that cannot be read, for which stands what it is told."""

    guest: int
    line: str | Say


@dataclass(frozen=True, slots=True)
class Gone:
    """A guest has gone or is sent away, and may be told a last line; of one who is not there it means nothing."""

    guest: int
    farewell: Say | None = None


@dataclass(frozen=True, slots=True)
class TimeUp:
    """The time to choose is over in the game of this number; after that game it means nothing."""

    round: int


Event = Came | Said | Gone | TimeUp


@dataclass(frozen=True, slots=True)
class Step:
    """What became of an event: the state, and who is told what, in this order."""

    game: Game
    lines: tuple[Line, ...]


def step(game: Game, event: Event, chance: Chance) -> Step:
    """Return what follows from an event; `chance(n)` has to be uniform in 0 … n - 1 and unknown to the players."""
    out: list[Line] = []
    match event:
        case Came():
            game = _come(game, event.guest, out)
        case Said():
            if event.guest in game.guests:
                game = _hear(game, event.guest, event.line, chance, out)
        case Gone():
            if event.guest in game.guests:
                game = _leave(game, event.guest, event.farewell, chance, out)
        case TimeUp():
            if game.running and event.round == game.round:
                game = _choose_for_the_late(game, out)
        case _:
            assert_never(event)
    return Step(game, tuple(out))


def _tell(out: list[Line], guests: int | Iterable[int], say: Say, **values: str | int) -> None:
    out.extend(Line(to, say, values) for to in ([guests] if isinstance(guests, int) else guests))


def _next(game: Game, guest: int, out: list[Line]) -> None:
    """Tell a guest what it can do now."""
    seat = game.seats.get(guest)
    if seat is not None:
        _tell(out, guest, Say.NEXT_CHOOSE if seat.gift is None else Say.NEXT_WAIT, seconds=game.seconds)
    elif game.running:
        _tell(out, guest, Say.NEXT_WATCH)
    else:
        _tell(out, guest, Say.NEXT_START if game.guests[guest] else Say.NEXT_NAME)


# --- coming, names ------------------------------------------------------------------------------


def _come(game: Game, guest: int, out: list[Line]) -> Game:
    if guest in game.guests:
        raise ValueError(f"the id {guest} is in use")
    _tell(out, guest, Say.HELLO)
    _tell(out, guest, Say.WARNING)
    _tell(out, guest, Say.ID, id=guest)
    for other in game.named:
        _tell(out, guest, Say.HERE, name=game.guests[other])
    game = replace(game, guests={**game.guests, guest: ""})
    _next(game, guest, out)
    return game


def _hear(game: Game, guest: int, line: str | Say, chance: Chance, out: list[Line]) -> Game:
    if isinstance(line, Say):
        return _refuse(game, guest, line, out, limit=game.limit)
    words = normalise_name(line)
    if not words:
        return game  # a sign of life
    if words.startswith(NAME_SIGN):
        return _name(game, guest, words.removeprefix(NAME_SIGN), out)
    command = words.casefold()
    if command == START_WORDS:
        return _start(game, guest, chance, out)
    if command == LIST_WORD:
        for gift in game.gifts:
            _tell(out, guest, Say.ENTRY, id=gift.id, name=gift.name)
        return game
    if command == QUIT_WORD:
        return _leave(game, guest, Say.BYE, chance, out)
    if guest in game.seats:
        return _choose(game, guest, words, out)
    return _refuse(game, guest, Say.NO_OUTSIDE if game.running else Say.NO_SENSE, out)


def _refuse(game: Game, guest: int, say: Say, out: list[Line], **values: str | int) -> Game:
    _tell(out, guest, say, **values)
    _next(game, guest, out)
    return game


def _name(game: Game, guest: int, typed: str, out: list[Line]) -> Game:
    if game.guests[guest]:
        return _refuse(game, guest, Say.NO_NAME_CHANGE, out)
    if game.running:
        return _refuse(game, guest, Say.NO_OUTSIDE, out)
    try:
        name = parse_name(normalise_name(typed))
    except ParseError as e:
        return _refuse(game, guest, Say.NO_GOOD_NAME, out, reason=e.message)
    if skeleton(name) in {skeleton(game.guests[other]) for other in game.named}:
        return _refuse(game, guest, Say.NO_NAME_FREE, out)
    _tell(out, (other for other in game.guests if other != guest), Say.HERE, name=name)
    game = replace(game, guests={**game.guests, guest: name})
    _tell(out, guest, Say.NAME, name=name)
    _next(game, guest, out)
    return game


# --- the draw -----------------------------------------------------------------------------------


def _start(game: Game, guest: int, chance: Chance, out: list[Line]) -> Game:
    if game.running:
        return _refuse(game, guest, Say.NO_STARTED if guest in game.seats else Say.NO_OUTSIDE, out)
    if not game.guests[guest]:
        return _refuse(game, guest, Say.NO_NAME_YET, out)
    players = game.named
    if len(players) < FEWEST:
        return _refuse(game, guest, Say.NO_TOO_FEW, out, count=len(players))
    recipients = [players[k] for k in derangement(len(players), chance)]
    seats = {
        player: Seat(recipient, suggest(game.gifts, bytes(chance(256) for _ in range(_SEED)), OFFERED))
        for player, recipient in zip(players, recipients, strict=True)
    }
    game = replace(game, seats=seats, round=game.round + 1)
    _tell(out, game.guests, Say.START, name=game.guests[guest], count=len(players))
    for player, seat in seats.items():
        _tell(out, player, Say.GIVE, name=game.guests[seat.recipient])
        for k, place in enumerate(seat.offered, 1):
            _tell(out, player, Say.OFFER, number=k, id=game.gifts[place].id, name=game.gifts[place].name)
    for each in game.guests:
        _next(game, each, out)
    return game


# --- gifts --------------------------------------------------------------------------------------


def check_gifts(gifts: Iterable[Gift]) -> None:
    """Check that no gift has an id or a name that means something else when a player types it.

    Raises:
        UsageError: `gifts.word`; a gift that is called `quit` would send away whoever wants to give it.
    """
    words = {START_WORDS, LIST_WORD, QUIT_WORD, *(str(number) for number in range(1, OFFERED + 1))}
    for gift in gifts:
        for what, typed in (("id", gift.id), ("name", gift.name)):
            read_as = normalise_name(typed)
            if read_as.startswith(NAME_SIGN) or read_as.casefold() in words:
                message = f"nobody could choose the gift {gift.id} by its {what}: {typed!r} is a word of the game"
                hint = f"give it another {what}; words of the game are {', '.join(sorted(words))} and {NAME_SIGN}NAME"
                raise UsageError("gifts.word", message, blame=YOU, hint=hint)


# --- choosing, and the end ----------------------------------------------------------------------


def _choose(game: Game, player: int, words: str, out: list[Line]) -> Game:
    place = find_gift(game.gifts, game.seats[player].offered, words)
    if place is None:
        return _refuse(game, player, Say.NO_GIFT, out)
    first = game.seats[player].gift is None
    game = _seated(game, player, gift=place)
    _tell(out, player, Say.CHOSEN, gift=game.gifts[place].name)
    if not game.missing:
        return _deliver(game, out)
    if first:
        _tell(out, game.seats, Say.WAITING, count=game.missing)
    _next(game, player, out)
    return game


def find_gift(gifts: tuple[Gift, ...], offered: tuple[int, ...], words: str) -> int | None:
    """Return the place of the gift that is meant: its number among the offered ones, its id, or its name if no
    other gift has that name; capitals do not count."""
    typed = words.casefold()
    numbers = {str(k): place for k, place in enumerate(offered, 1)}
    if typed in numbers:
        return numbers[typed]
    by_id = [k for k, gift in enumerate(gifts) if gift.id == typed]
    found = by_id or [k for k, gift in enumerate(gifts) if gift.name.casefold() == typed]
    return found[0] if len(found) == 1 else None


def _seated(game: Game, player: int, *, recipient: int | None = None, gift: int | None = None) -> Game:
    """Return the game with another recipient or another gift for a player."""
    seat = game.seats[player]
    seat = replace(
        seat, recipient=seat.recipient if recipient is None else recipient, gift=seat.gift if gift is None else gift
    )
    return replace(game, seats={**game.seats, player: seat})


def _choose_for_the_late(game: Game, out: list[Line]) -> Game:
    for player, seat in game.seats.items():
        if seat.gift is None:
            place = seat.offered[0]
            game = _seated(game, player, gift=place)
            _tell(out, player, Say.CHOSEN_FOR_YOU, gift=game.gifts[place].name)
    return _deliver(game, out)


def _deliver(game: Game, out: list[Line]) -> Game:
    """Deliver all gifts; then say who gave them; then end."""
    for seat in game.seats.values():
        if seat.gift is not None:
            _tell(out, seat.recipient, Say.GET, gift=game.gifts[seat.gift].name)
    for player, seat in game.seats.items():
        _tell(out, seat.recipient, Say.SANTA, name=game.guests[player])
    return _end(game, out)


def _end(game: Game, out: list[Line]) -> Game:
    """Start over: everybody stays, and whoever wants to play again takes a name again."""
    game = replace(game, seats={}, guests=dict.fromkeys(game.guests, ""))
    for guest in game.guests:
        _tell(out, guest, Say.ENDED)
        _next(game, guest, out)
    return game


# --- going --------------------------------------------------------------------------------------


def _leave(game: Game, guest: int, farewell: Say | None, chance: Chance, out: list[Line]) -> Game:
    if farewell is not None:
        _tell(out, guest, farewell, seconds=game.nameless if farewell is Say.BYE_NAMELESS else game.idle)
    name, seat = game.guests[guest], game.seats.get(guest)
    game = replace(
        game,
        guests={g: n for g, n in game.guests.items() if g != guest},
        seats={p: s for p, s in game.seats.items() if p != guest},
    )
    if name:
        _tell(out, game.guests, Say.GONE, name=name)
    return game if seat is None else _close_gap(game, guest, seat.recipient, chance, out)


def _close_gap(game: Game, left: int, recipient: int, chance: Chance, out: list[Line]) -> Game:
    """Give the recipient of one who left to its giver; where that would be the giver itself, to somebody else."""
    if len(game.seats) < 2:
        _tell(out, game.seats, Say.ALONE)
        return _end(game, out)
    giver = next(player for player, seat in game.seats.items() if seat.recipient == left)
    moved = {giver: recipient}
    if giver == recipient:  # those two gave to each other: the giver comes in between two others
        others = [player for player in game.seats if player != giver]
        other = others[chance(len(others))]
        moved = {giver: game.seats[other].recipient, other: giver}
    for player, new in moved.items():
        game = _seated(game, player, recipient=new)
        _tell(out, player, Say.GIVE, name=game.guests[new])
        if (gift := game.seats[player].gift) is not None:
            _tell(out, player, Say.CHOSEN, gift=game.gifts[gift].name)
    if len(game.seats) == 2:
        _tell(out, game.seats, Say.TWO_LEFT)
    if not game.missing:
        return _deliver(game, out)
    _tell(out, game.seats, Say.WAITING, count=game.missing)
    for player in moved:
        _next(game, player, out)
    return game
