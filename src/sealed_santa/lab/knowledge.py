"""Who learns what: every party of a real game tries to guess every pair from what it holds.

A *view* is what a party has at a moment; `view` cuts it out of a recording. A *guesser* is a program that takes
a view and returns a recipient for every giver. It takes what it can read or decrypt, then what the log says, then a
hint from sizes on the wire; whatever is left it guesses as well as the rules allow, and breaks ties by lot.

How often guesses are right is measured over many games, and stands beside pure chance: what somebody would get
to whom the rules alone tell something (a player its own recipient, and at the end its own Santa). Pairs whose
giver is of the party are not asked.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

from sealed_santa.classic import lines as classic_lines
from sealed_santa.classic.lines import Say
from sealed_santa.crypto.elgamal import plaintext
from sealed_santa.crypto.group import BASE
from sealed_santa.game.state import State
from sealed_santa.game.verdicts import pairs as revealed_pairs
from sealed_santa.lab.assignments import (
    CONFIDENCE,
    Chance,
    Pairs,
    as_pairs,
    completions,
    likeliest,
    pure_chance,
    wilson,
)
from sealed_santa.lab.recorder import COUPLE, NAMES, Moment, Packet, Recording, record
from sealed_santa.roles import dealer
from sealed_santa.roles.player import knowledge
from sealed_santa.roles.secrets import DealerSecrets, PlayerSecrets
from sealed_santa.roles.trustee import own_share

TITLE: Final = "who learns what: every party tries to guess every pair"
COURSE: Final = "08-what-no-mode-can-hide"
LESSON: Final = """
Real games were played for this, with a recorder on the wire and a copy of all that the server holds. Programs then
took the place of each party and guessed. Where a program can read or decrypt a pair, it does. Where it cannot, it
makes the best guess that the rules allow.

In classic mode the network is enough. In sealed mode the network has sizes and times, which say nothing, and the
server alone knows the pairs, from the last coin on. In blind mode the server has no more than anybody with the log: t
trustees together know all pairs, but t − 1 of them, with the server's help, know no more than as many players know in
any mode. See docs/protocol.md, sections 1 and 11.

Some cells are high for a reason that no mode can mend. People who tell each other their own recipients leave fewer
for the rest, and n − 1 of them know everything. What the rules themselves give away so stands behind each share, as
pure chance: only what lies above it was learned from somewhere else.
"""

GAMES: Final = {"classic": 200, "sealed": 120, "blind": 30}
LOGGED: Final = ("sealed", "blind")  # the modes that keep a log; in a classic game nobody is its organiser
_ROUNDING: Final = 1e-9
_PORTIONS: Final = {"classic": 50, "sealed": 20, "blind": 2}  # games that are played in one go


@dataclass(frozen=True, slots=True, kw_only=True)
class Party:
    """Somebody who looks: what it holds. `players` are the numbers of those who tell each other everything."""

    id: str
    title: str
    wire: bool = False  #: everything that crosses the wire
    log: bool = False  #: the log
    server: bool = False  #: all that the server holds
    players: tuple[int, ...] = ()
    modes: tuple[str, ...] = ("classic", "sealed", "blind")


PARTIES: Final = (
    Party(id="eavesdropper", title="eavesdropper", wire=True),
    Party(id="organiser", title="organiser, with the log", log=True, modes=LOGGED),
    Party(id="database", title="organiser with the database", log=True, server=True, modes=LOGGED),
    Party(id="server", title="curious server", wire=True, log=True, server=True),
    Party(id="player", title="another player", log=True, players=(7,)),
    Party(id="server-and-player", title="server and a player", wire=True, log=True, server=True, players=(7,)),
    Party(
        id="server-and-t-1", title="server and 4 players", wire=True, log=True, server=True, players=(4, 5, 6, 7)
    ),
    Party(id="t-1", title="4 players (t − 1 trustees)", log=True, players=(4, 5, 6, 7)),
    Party(id="t", title="5 players (t trustees)", log=True, players=(3, 4, 5, 6, 7)),
    Party(id="n-1", title="6 players (n − 1)", log=True, players=(2, 3, 4, 5, 6, 7)),
)


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class View:
    """What a party has at a moment. `lot` decides ties, and is nobody's secret."""

    names: tuple[str, ...]
    forbidden: Pairs
    numbers: tuple[int, ...] = ()  #: of the players that the party consists of
    packets: tuple[Packet, ...] = ()
    state: State | None = None
    memory: Mapping[int, int] = field(default_factory=dict)  #: what a classic server has in memory
    dealer: DealerSecrets | None = None
    players: tuple[PlayerSecrets, ...] = ()
    lot: str = ""

    @property
    def n(self) -> int:
        """The number of players."""
        return len(self.names)


def view(recording: Recording, moment: Moment, party: Party) -> View:
    """Cut out of a recording what a party has at a moment."""
    held = recording.held[moment]
    own = tuple(p for p in held.packets if party.wire or (p.plain is not None and p.connection in party.players))
    seats = {} if held.memory is None or not party.server else held.memory.seats
    return View(
        names=recording.names, forbidden=recording.forbidden, numbers=party.players, packets=own,
        state=held.state if party.log else None, memory={giver: seat.recipient for giver, seat in seats.items()},
        dealer=recording.dealer if party.server else None,
        players=tuple(recording.players[k - 1] for k in party.players) if recording.players else (),
        lot=f"{recording.seed}/{recording.mode}/{moment.value}/{party.id}",
    )  # fmt: skip


# --- guessing -------------------------------------------------------------------------------------


def certain(view: View) -> dict[int, int]:
    """Return the pairs that a party can read, decrypt or look up: recipient by giver."""
    known: dict[int, int] = {}
    for read in (read_lines, read_memory, read_cards, read_decks, read_with_shares, read_log):
        known |= read(view)
    return known


def guess(view: View) -> dict[int, int]:
    """Return a recipient for every giver: what is certain, and the best guess for the rest."""
    known = certain(view)
    if any(r not in range(1, view.n + 1) for r in known.values()) or not fits(view, known):
        raise ValueError("what a view says contradicts itself")
    hints = hints_of_traffic(view.packets, view.n)
    best = likeliest(view.n, view.forbidden, as_pairs(known))
    rest = {g: _among(choices, hints.get(g), f"{view.lot}/{g}") for g, choices in enumerate(best, 1) if g not in known}
    return known | rest


def fits(view: View, known: Mapping[int, int]) -> bool:
    """Tell whether some permitted assignment has these pairs."""
    return bool(completions(view.n, view.forbidden, as_pairs(known)))


def _among(choices: Sequence[int], hint: int | None, lot: str) -> int:
    if hint is not None and hint in choices:
        return hint
    digest = hashlib.sha256(lot.encode()).digest()
    return choices[int.from_bytes(digest[:16], "little") % len(choices)]


def read_lines(view: View) -> dict[int, int]:
    """Read plain text off the wire: who took which name, and who was told what."""
    found, names = {}, {name: number for number, name in enumerate(view.names, 1)}
    for packet in view.packets:
        line = None if packet.up or packet.plain is None else _line(packet.plain)
        if line is None:
            continue
        said, fields = line
        if said is Say.GIVE:
            found[packet.connection] = names[fields["name"]]
        elif said is Say.SANTA:
            found[names[fields["name"]]] = packet.connection
    return found


@lru_cache(maxsize=4096)  # the same few lines come in every game
def _line(raw: bytes) -> tuple[Say, dict[str, str]] | None:
    return classic_lines.read(raw.decode().rstrip("\n"))


def read_memory(view: View) -> dict[int, int]:
    """Look into the memory of a classic server."""
    return dict(view.memory)


def read_cards(view: View) -> dict[int, int]:
    """Open what was sealed to the players of a coalition: their recipients, and at the end their Santas."""
    found: dict[int, int] = {}
    if view.state is None:
        return found
    for number, secrets in zip(view.numbers, view.players, strict=True):
        told = knowledge(view.state, secrets)
        if told.recipient is not None:
            found[number] = told.recipient.number
        if told.santa is not None:
            found[told.santa.number] = number
    return found


def read_decks(view: View) -> dict[int, int]:
    """Work out the deal from the dealer's seed, as the dealer does."""
    if view.dealer is None or view.state is None or not view.state.mode.dealer:
        return {}
    return dealer.recipients(view.state, view.dealer)


def read_with_shares(view: View) -> dict[int, int]:
    """Decrypt all cards of a blind game with the shares of t trustees; with fewer there is nothing to be had."""
    blind = None if view.state is None else view.state.blind
    if blind is None or view.state is None or not blind.deck:
        return {}
    shares = {}
    for number, secrets in zip(view.numbers, view.players, strict=True):
        index, me = blind.index(number), view.state.player(secrets.key)
        x = None if index is None or me is None else own_share(view.state, secrets, me, index)
        if index is not None and x is not None:
            shares[index] = x
    if len(shares) < blind.threshold:
        return {}
    least = dict(sorted(shares.items())[: blind.threshold])
    names = {number * BASE: number for number in blind.holders}
    cards = {holder: blind.slot(holder) for holder in blind.holders}
    return {g: names[plaintext(card, {i: x * card.u for i, x in least.items()})] for g, card in cards.items()}


def read_log(view: View) -> dict[int, int]:
    """Take from the log what it says to everybody."""
    if view.state is None:
        return {}
    blind = view.state.blind
    return dict(revealed_pairs(view.state) if blind is None else blind.pairs)


def hints_of_traffic(packets: Iterable[Packet], n: int) -> dict[int, int]:
    """Guess from sizes who sent what somebody else received: recipient by giver, where the wire singles out two people.

    Since the last player came in, what a player sent beyond all others is compared with what each was sent beyond
    all others. Where things are padded and sent to everybody, nothing is beyond the others and there is no hint.
    """
    packets = tuple(packets)
    start = max((p.at for p in _first_of_each(packets)), default=0)
    sizes: dict[tuple[int, bool], Counter[int]] = {(k, up): Counter() for k in range(1, n + 1) for up in (False, True)}
    for p in packets:
        if p.at > start and p.connection:
            sizes[p.connection, p.up][p.size] += 1
    odd = {key: frozenset(_beyond(sizes, *key, n).elements()) for key in sizes}
    found = {}
    for giver in range(1, n + 1):
        like = [r for r in range(1, n + 1) if r != giver and odd[giver, True] and odd[giver, True] == odd[r, False]]
        if len(like) == 1:
            found[giver] = like[0]
    return found


def _first_of_each(packets: Iterable[Packet]) -> Iterable[Packet]:
    seen: dict[int, Packet] = {}
    for p in packets:
        seen.setdefault(p.connection, p)
    return seen.values()


def _beyond(sizes: Mapping[tuple[int, bool], Counter[int]], number: int, up: bool, n: int) -> Counter[int]:
    others = [sizes[k, up] for k in range(1, n + 1) if k != number]
    return Counter({
        size: times - most
        for size, times in sizes[number, up].items()
        if times > (most := max(other[size] for other in others))
    })  # fmt: skip


# --- measuring ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Cell:
    """How often one party was right in one mode at one moment, and what pure chance would give."""

    mode: str
    party: str
    moment: Moment
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


Score = dict[tuple[str, Moment], tuple[int, int]]
"""How many guesses were right, and how many were asked, by party and moment."""


def asked_of(party: Party, n: int = len(NAMES)) -> tuple[int, ...]:
    """Return the givers about whom a party is asked."""
    return tuple(g for g in range(1, n + 1) if g not in party.players)


def score(recording: Recording, guesser: Callable[[View], Mapping[int, int]] = guess) -> Score:
    """Let every party guess at every moment of one game."""
    found: Score = {}
    for party in PARTIES:
        if recording.mode not in party.modes:
            continue
        givers = asked_of(party, len(recording.names))
        for moment in Moment:
            said = guesser(view(recording, moment, party))
            found[party.id, moment] = sum(said[g] == recording.truth[g] for g in givers), len(givers)
    return found


def chance_of(mode: str, party: Party, moment: Moment, n: int = len(NAMES)) -> Chance:
    """Return the chance of somebody who knows of a game only what the rules tell the players of a party."""
    own = () if moment is Moment.BEFORE else party.players
    santas = party.players if moment is Moment.REVEALED else ()
    return pure_chance(n, forbidden_in(mode, n), own, santas, asked_of(party, n))


def forbidden_in(mode: str, n: int = len(NAMES)) -> Pairs:
    """Return the pairs that the games of a mode exclude, beside giving to oneself."""
    one, other = (NAMES.index(name) + 1 for name in COUPLE)
    return () if mode == "classic" else ((one, other), (other, one))


def play(mode: str, first: int, count: int) -> Score:
    """Play so many games, from this number on, and add up the scores."""
    return total(score(record(mode, f"knowledge {number}")) for number in range(first, first + count))


def total(scores: Iterable[Score]) -> Score:
    """Add up scores."""
    sums: dict[tuple[str, Moment], tuple[int, int]] = {}
    for part in scores:
        for key, (right, asked) in part.items():
            before = sums.get(key, (0, 0))
            sums[key] = before[0] + right, before[1] + asked
    return sums


def jobs(modes: Iterable[str], games: Mapping[str, int] = GAMES) -> tuple[tuple[str, int, int], ...]:
    """Return the games of these modes in portions: the arguments of `play`. The longest come first."""
    found = [
        (mode, first, min(_PORTIONS[mode], games[mode] - first))
        for mode in modes
        for first in range(0, games[mode], _PORTIONS[mode])
    ]
    return tuple(sorted(found, key=lambda job: (job[0], job[1])))


def cells(mode: str, sums: Score, games: int) -> tuple[Cell, ...]:
    """Return the cells of a mode from the added scores of so many games."""
    found = []
    for party in PARTIES:
        for moment in Moment if mode in party.modes else ():
            right, asked = sums[party.id, moment]
            chance = chance_of(mode, party, moment)
            low, high = wilson(right / asked, games * chance.trials)
            found.append(Cell(mode, party.id, moment, games, asked, right, chance.share, low, high))
    return tuple(found)


# --- tables ---------------------------------------------------------------------------------------

HEAD: Final = ("who", *(moment.value for moment in Moment))
LEGEND: Final = (
    f"Share of others' pairs that a party guesses right, in brackets its {CONFIDENCE} interval, and then pure chance.",
    "≈ chance lies in the interval: beyond what the rules tell, nothing was learned. > it is more than chance.",
)


def in_words(cell: Cell) -> str:
    """Return what a table says of a cell."""
    sign = "≈" if cell.is_chance else ">" if cell.share > cell.chance else "<"
    share, low, high, chance = (_percent(x) for x in (cell.share, cell.low, cell.high, cell.chance))
    return f"{share} % ({low}–{high}) {sign} {chance} %"


def _percent(share: float) -> int:
    """Return a share in per cent; only certainty is 100, and only nothing is 0."""
    return round(100 * share) if share < _ROUNDING or share > 1 - _ROUNDING else min(99, max(1, round(100 * share)))


def rows(found: Sequence[Cell]) -> list[tuple[str, ...]]:
    """Return one row a party that there is in the mode, with the columns of `HEAD`."""
    by = {(cell.party, cell.moment): cell for cell in found}
    here = [party for party in PARTIES if any(cell.party == party.id for cell in found)]
    return [(party.title, *(in_words(by[party.id, moment]) for moment in Moment)) for party in here]


def cell_json(cell: Cell) -> dict[str, object]:
    """Return what scripts are told of a cell; shares are from 0 to 1."""
    return {
        "mode": cell.mode, "party": cell.party, "moment": cell.moment.name.lower(), "games": cell.games,
        "asked": cell.asked, "right": cell.right, "share": cell.right / cell.asked, "low": cell.low,
        "high": cell.high, "chance": cell.chance, "is_chance": cell.is_chance,
    }  # fmt: skip
