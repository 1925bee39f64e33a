"""Classic games in memory: a seeded source, a table that remembers what everybody was told, and gifts."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from itertools import count

from sealed_santa.classic.game import Came, Game, Gone, Said, TimeUp, step
from sealed_santa.classic.lines import Line, Say
from sealed_santa.game.catalogue import make_gift

START = "start user distribution"
GIFTS = (
    make_gift("wool-socks", "Wool socks", 1000, ()),
    make_gift("tea", "Tea from Assam", 700, ()),
    make_gift("kite", "Kite", 1500, ()),
    make_gift("jam", "Plum jam", 500, ()),
    make_gift("20", "Twenty questions", 500, ()),
    make_gift("book", "A book", 500, ()),
    make_gift("other-book", "A book", 500, ()),
)


def chance(seed: object):
    """A source of numbers below n, the same for the same seed."""
    numbers = count()

    def below(n: int) -> int:
        return int.from_bytes(hashlib.sha256(f"{seed}/{next(numbers)}".encode()).digest()) % n

    return below


def wheel(n: int) -> int:
    """A source that always says 0: of players a, b, c, d it makes a give to b, b to c, c to d, d to a."""
    return 0


class Table:
    """A game and all that was said; `new` hands out the lines since the last call."""

    def __init__(self, source=wheel, gifts=GIFTS) -> None:
        self.game = Game(gifts)
        self.source = source
        self.heard: dict[int, list[Line]] = defaultdict(list)
        self.last: list[Line] = []

    def feed(self, event) -> list[Line]:
        done = step(self.game, event, self.source)
        self.game = done.game
        for line in done.lines:
            self.heard[line.to].append(line)
        self.last = list(done.lines)
        return self.last

    def come(self, *guests: int) -> None:
        for guest in guests:
            self.feed(Came(guest))

    def say(self, guest: int, line: str | Say) -> list[Line]:
        return self.feed(Said(guest, line))

    def go(self, guest: int, farewell: Say | None = None) -> list[Line]:
        return self.feed(Gone(guest, farewell))

    def late(self, number: int | None = None) -> list[Line]:
        return self.feed(TimeUp(self.game.round if number is None else number))

    def told(self, guest: int, say: Say | None = None) -> list[str]:
        """What a guest was told by the last event."""
        return [line.text for line in self.last if line.to == guest and say in (None, line.say)]

    def ever(self, guest: int, say: Say) -> list[Line]:
        return [line for line in self.heard[guest] if line.say is say]

    @property
    def arrows(self) -> dict[int, int]:
        return {player: seat.recipient for player, seat in self.game.seats.items()}


def table(names: str = "abc", *, started: bool = True, source=wheel) -> Table:
    """Guests 1, 2, … with these names; by default the game has started."""
    made = Table(source)
    for k, name in enumerate(names, 1):
        made.come(k)
        made.say(k, f"#{name}")
    if started:
        made.say(1, START)
    return made
