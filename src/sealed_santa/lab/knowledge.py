"""Who learns what: every party of a real game tries to guess every pair from what it holds.

A *view* is what a party has when it looks; `view` cuts it out of a recording, and `guessing` guesses from it. How
often guesses are right is measured over many games, and stands beside pure chance: what somebody would get to whom
the rules alone tell something (a player its own recipient, and at the end its own Santa). Pairs whose giver is of the
party are not asked.

Every reveal that a mode has is played in an equal part of its games. Parties only look, but for two things: the
player that opens last waits for that, and a server that forks the log plays its second branch.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from sealed_santa.game.modes import MODES
from sealed_santa.lab import branching
from sealed_santa.lab.assignments import CONFIDENCE, Chance, Pairs, pure_chance, wilson
from sealed_santa.lab.guessing import Memo, View, guess
from sealed_santa.lab.recorder import COUPLE, NAMES, Held, Moment, Recording, record

TITLE: Final = "who learns what: every party tries to guess every pair"
COURSE: Final = "08-what-no-mode-can-hide"
LESSON: Final = """
Real games were played for this, with a recorder on the wire and a copy of all that the server holds. Programs then
took the place of each party and guessed. Where a program can read or decrypt a pair, it does. Where it cannot, it
makes the best guess that the rules allow.

In classic mode the network is enough. In sealed mode the network has sizes and times, which say nothing, and the
server alone knows the pairs, from the last coin on. Its friend who opens that last coin knows what it will be, so the
two know the pairs before the coin is posted, and can still keep it back. In the games of the table it is decided by lot
who opens last: one player is last in one game of seven, four are in four of seven, and that is how much more than
chance they have before the deal. A player that waits is always last.

In blind mode the server has no more than anybody with the log: t trustees together know all pairs, but t − 1 of them,
with the server's help, know no more than as many players know in any mode. A server that shows people two logs needs
fewer: 2t − k of the k trustees, and the organiser, have the reveal opened in one branch while the game goes on in the
other. With one trustee fewer, one of the branches stands still. Where nothing is ever revealed nobody opens the pairs
in any branch, and this fork gains nothing. See docs/protocol.md, sections 1 and 11.

What is revealed at the end is the organiser's choice: to everybody, to each recipient its own Santa, or nothing. With
the last two, those who know everything are those who knew it before.

Some cells are high for a reason that no mode can mend. People who tell each other their own recipients leave fewer
for the rest, and n − 1 of them know everything. What the rules themselves give away so stands behind each share, as
pure chance: only what lies above it was learned from somewhere else.
"""

GAMES: Final = {"classic": 200, "sealed": 120, "blind": 18}
LOGGED: Final = ("sealed", "blind")  # the modes that keep a log; in a classic game nobody is its organiser
_ROUNDING: Final = 1e-9
_PORTIONS: Final = {"classic": 50, "sealed": 15, "blind": 2}  # games that are played in one go


class Column(StrEnum):
    """When a party looks, and after what reveal."""

    BEFORE = Moment.BEFORE.value
    DEALT = Moment.DEALT.value
    DELIVERED = Moment.DELIVERED.value
    PUBLIC = "after a public reveal"  # every pair, to everybody
    PRIVATE = "after a private reveal"  # to each recipient its own Santa
    NEVER = "after the end, never revealed"


_LAST: Final = {"public": Column.PUBLIC, "private": Column.PRIVATE, "never": Column.NEVER}
_FORKS: Final = {
    Column.DEALT: Moment.DEALT, Column.DELIVERED: Moment.DELIVERED,
    Column.NEVER: Moment.DELIVERED,  # of a game that is over nothing more is taken
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Party:
    """Somebody who looks: what it holds. `players` are the numbers of those who tell each other everything."""

    id: str
    title: str
    wire: bool = False  #: everything that crosses the wire
    log: bool = False  #: the log
    server: bool = False  #: all that the server holds
    players: tuple[int, ...] = ()
    waits: bool = False  #: its player, the one of the highest number, opens its coin when all others have
    forks: bool = False  #: shows others a second log, which the organiser hurries to its reveal
    modes: tuple[str, ...] = ("classic", "sealed", "blind")


PARTIES: Final = (
    Party(id="eavesdropper", title="eavesdropper", wire=True),
    Party(id="organiser", title="organiser, with the log", log=True, modes=LOGGED),
    Party(id="database", title="organiser with the database", log=True, server=True, modes=LOGGED),
    Party(id="server", title="curious server", wire=True, log=True, server=True),
    Party(id="player", title="another player", log=True, players=(7,)),
    Party(id="server-and-player", title="server and a player", wire=True, log=True, server=True, players=(7,)),
    Party(
        id="server-and-last", title="server and the player who opens last", wire=True, log=True, server=True,
        players=(7,), waits=True, modes=LOGGED,
    ),
    Party(
        id="server-and-t-1", title="server and 4 players", wire=True, log=True, server=True, players=(4, 5, 6, 7)
    ),
    Party(
        id="fork-2t-k-1", title="server and organiser fork the log, 2 players (2t − k − 1 trustees)", wire=True,
        log=True, server=True, players=(6, 7), forks=True, modes=("blind",),
    ),
    Party(
        id="fork-2t-k", title="server and organiser fork the log, 3 players (2t − k trustees)", wire=True,
        log=True, server=True, players=(5, 6, 7), forks=True, modes=("blind",),
    ),
    Party(id="t-1", title="4 players (t − 1 trustees)", log=True, players=(4, 5, 6, 7)),
    Party(id="t", title="5 players (t trustees)", log=True, players=(3, 4, 5, 6, 7)),
    Party(id="n-1", title="6 players (n − 1)", log=True, players=(2, 3, 4, 5, 6, 7)),
)  # fmt: skip


def view(recording: Recording, column: Column, party: Party, memo: Memo | None = None) -> View:
    """Cut out of a recording what a party has when it looks; let it play its second branch, if it forks the log.

    `memo` is shared by views of one game.
    """
    held = _held(recording, column, party)
    own = tuple(p for p in held.packets if party.wire or (p.plain is not None and p.connection in party.players))
    seats = {} if held.memory is None or not party.server else held.memory.seats
    state = held.state
    if party.forks and column in _FORKS:
        corrupt = tuple(recording.names[k - 1] for k in party.players)
        fork = branching.split(recording.games[_FORKS[column]], corrupt, f"{recording.seed}/{party.id}")
        state = branching.press(fork.pressed, (*corrupt, *fork.shown)).state
    return View(
        names=recording.names, forbidden=recording.forbidden, numbers=party.players, packets=own,
        state=state if party.log else None, memory={giver: seat.recipient for giver, seat in seats.items()},
        dealer=recording.dealer if party.server else None,
        players=tuple(recording.players[k - 1] for k in party.players) if recording.players else (),
        lot=f"{recording.seed}/{recording.mode}/{column.value}/{party.id}", memo=Memo() if memo is None else memo,
    )  # fmt: skip


def _held(recording: Recording, column: Column, party: Party) -> Held:
    if column in _LAST.values():
        return recording.held[Moment.REVEALED]
    if column is Column.BEFORE and party.waits and recording.waited is not None:
        return recording.waited
    return recording.held[Moment(column.value)]


# --- measuring ------------------------------------------------------------------------------------


def reveals(mode: str) -> tuple[str, ...]:
    """Return the reveals that a mode has; the classic game tells each player its own Santa."""
    return MODES[mode].reveals if mode in MODES else ("private",)


def reveal_of(mode: str, number: int) -> str:
    """Return the reveal of the game of this number, from 0: each in its turn."""
    return reveals(mode)[number % len(reveals(mode))]


def looks(party: Party, column: Column, reveal: str) -> bool:
    """Whether a party looks then in games with this reveal. What is the same with each, all games tell.

    A fork before the reveal is played where the reveal is public, as there is nothing to call where there is none.
    """
    if column in _LAST.values():
        return column is _LAST[reveal]
    return reveal == "public" or not party.forks


def games_of(mode: str, party: Party, column: Column, games: int) -> int:
    """Return in how many of the first so many games a party looks then."""
    return sum(looks(party, column, reveal_of(mode, number)) for number in range(games))


@dataclass(frozen=True, slots=True)
class Cell:
    """How often one party was right in one mode when it looked, and what pure chance would give."""

    mode: str
    party: str
    column: Column
    games: int
    asked: int
    right: int
    chance: float
    low: float
    high: float

    @property
    def share(self) -> float:
        """The share of right guesses."""
        return self.right / self.asked

    @property
    def is_chance(self) -> bool:
        """Whether the interval holds pure chance."""
        return self.low - _ROUNDING <= self.chance <= self.high + _ROUNDING


Score = dict[tuple[str, Column], tuple[int, int, int]]
"""How many guesses were right, how many were asked, and the squares of the first, added up over games."""


def asked_of(party: Party, n: int = len(NAMES)) -> tuple[int, ...]:
    """Return the givers about whom a party is asked."""
    return tuple(g for g in range(1, n + 1) if g not in party.players)


def score(recording: Recording, guesser: Callable[[View], Mapping[int, int]] = guess) -> Score:
    """Let every party guess whenever it looks at one game."""
    found: Score = {}
    memo = Memo()
    for party in PARTIES:
        givers = asked_of(party, len(recording.names))
        for column in Column:
            if recording.mode in party.modes and looks(party, column, recording.reveal):
                said = guesser(view(recording, column, party, memo))
                right = sum(said[g] == recording.truth[g] for g in givers)
                found[party.id, column] = right, len(givers), right * right
    return found


def chance_of(mode: str, party: Party, column: Column, n: int = len(NAMES)) -> Chance:
    """Return the chance of somebody who knows of a game only what the rules tell the players of a party."""
    own = () if column is Column.BEFORE else party.players
    santas = party.players if column in (Column.PUBLIC, Column.PRIVATE) else ()
    return pure_chance(n, forbidden_in(mode, n), own, santas, asked_of(party, n))


def forbidden_in(mode: str, n: int = len(NAMES)) -> Pairs:
    """Return the pairs that the games of a mode exclude, beside giving to oneself."""
    one, other = (NAMES.index(name) + 1 for name in COUPLE)
    return () if mode == "classic" else ((one, other), (other, one))


def play(mode: str, first: int, count: int) -> Score:
    """Play so many games, from this number on, and add up the scores."""
    numbers = range(first, first + count)
    return total(score(record(mode, f"knowledge {number}", reveal=reveal_of(mode, number))) for number in numbers)


def total(scores: Iterable[Score]) -> Score:
    """Add up scores."""
    sums: Score = {}
    for part in scores:
        for key, (right, asked, squares) in part.items():
            before = sums.get(key, (0, 0, 0))
            sums[key] = before[0] + right, before[1] + asked, before[2] + squares
    return sums


def jobs(modes: Iterable[str], games: Mapping[str, int] = GAMES) -> tuple[tuple[str, int, int], ...]:
    """Return the games of these modes in portions: the arguments of `play`. The longest come first."""
    found = [
        (mode, first, min(_PORTIONS[mode], games[mode] - first))
        for mode in modes
        for first in range(0, games[mode], _PORTIONS[mode])
    ]
    return tuple(sorted(found, key=lambda job: (job[0], job[1])))


def worth(chance: Chance, games: int, right: int, asked: int, squares: int) -> float:
    """Return how many independent guesses so many games are worth.

    At most as many as they are to somebody who guesses by chance, whose guesses in one game hang together as the
    rules make them. Somebody who knows all of one game and nothing of the next has fewer: as many as the spread
    from game to game says.
    """
    share, each = right / asked, asked / games
    spread = (squares - right * right / games) / max(1, games - 1) / each**2
    measured = share * (1 - share) / spread if spread > _ROUNDING else chance.trials
    return games * min(chance.trials, measured)


def cells(mode: str, sums: Score, games: int) -> tuple[Cell, ...]:
    """Return the cells of a mode from the added scores of so many games; none where no game has that reveal."""
    found = []
    for party in PARTIES:
        for column in Column if mode in party.modes else ():
            played = games_of(mode, party, column, games)
            if played:
                right, asked, squares = sums[party.id, column]
                chance = chance_of(mode, party, column)
                low, high = wilson(right / asked, worth(chance, played, right, asked, squares))
                found.append(Cell(mode, party.id, column, played, asked, right, chance.share, low, high))
    return tuple(found)


# --- tables ---------------------------------------------------------------------------------------

HEAD: Final = ("who", *(column.value for column in Column))
LEGEND: Final = (
    f"Share of others' pairs that a party guesses right, in brackets its {CONFIDENCE} interval, and then pure chance.",
    "≈ chance lies in the interval: beyond what the rules tell, nothing was learned. > it is more than chance.",
    "Before the deal: all coins but one are in the log; classic: nobody has said start. Lots decide who opens last.",
    "A party knows the coins of its own players, open or not; only the player who opens last waits for that.",
    "Each reveal that a mode has is played in an equal part of its games. – the mode does not have it.",
    "What comes before the reveal is measured in all games; a fork of the log in those with a public reveal alone.",
)
_NOT_HERE: Final = "–"


def in_words(cell: Cell) -> str:
    """Return what a table says of a cell."""
    sign = "≈" if cell.is_chance else ">" if cell.share > cell.chance else "<"
    share, low, high, chance = (_percent(x) for x in (cell.share, cell.low, cell.high, cell.chance))
    return f"{share} % ({low}–{high}) {sign} {chance} %"


def _percent(share: float) -> int:
    """Return a share in per cent; only certainty is 100, and only nothing is 0."""
    return round(100 * share) if share < _ROUNDING or share > 1 - _ROUNDING else min(99, max(1, round(100 * share)))


def rows(found: Sequence[Cell]) -> list[tuple[str, ...]]:
    """Return one row a party that there is in the mode, with the columns of `HEAD`.

    A row says in how many games its party took part, if that is fewer than all.
    """
    by = {(cell.party, cell.column): cell for cell in found}
    most = max(cell.games for cell in found)
    told = []
    for party in PARTIES:
        here = {column: by[party.id, column] for column in Column if (party.id, column) in by}
        if here:
            games = here[Column.BEFORE].games
            title = party.title if games == most else f"{party.title}, {games} games"
            told.append((title, *(in_words(here[c]) if c in here else _NOT_HERE for c in Column)))
    return told


def cell_json(cell: Cell) -> dict[str, object]:
    """Return what scripts are told of a cell; shares are from 0 to 1."""
    return {
        "mode": cell.mode, "party": cell.party, "moment": cell.column.name.lower(), "games": cell.games,
        "asked": cell.asked, "right": cell.right, "share": cell.right / cell.asked, "low": cell.low,
        "high": cell.high, "chance": cell.chance, "is_chance": cell.is_chance,
    }  # fmt: skip
