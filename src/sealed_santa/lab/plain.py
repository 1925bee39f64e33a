"""The classic game in memory: everybody at one table, and a server that may be dishonest.

It plays `classic.game` with the very lines that would cross the wire; the lab listens to who heard
what. A dishonest server deals what it likes, and whoever sits on the line may change what passes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from sealed_santa.classic.game import Came, Event, Game, Said, TimeUp, step
from sealed_santa.classic.lines import START_WORDS, Line, Say, read
from sealed_santa.game.catalogue import default_catalogue
from sealed_santa.lab.simulator import FOUR, seeded_entropy

Change = Callable[[str, str], str]  # (whose line, the line) -> what arrives


class Table:
    """A classic game, and what everybody at it has heard."""

    def __init__(self, names: Sequence[str] = FOUR, seed: str = "lab") -> None:
        self._draw = seeded_entropy(f"classic/{seed}")
        self.game = Game(default_catalogue())
        self.ids: dict[str, int] = {}
        self.heard: dict[str, list[str]] = {}
        self.to_server: Change = lambda who, line: line
        self.to_client: Change = lambda who, line: line
        for name in names:
            self.come(name)

    def chance(self, count: int) -> int:
        """Return a number below `count` from the seed."""
        return int.from_bytes(self._draw(16), "big") % count

    def feed(self, event: Event) -> None:
        """Let something happen, and everybody hear what the server says to it."""
        result = step(self.game, event, self.chance)
        self.game = result.game
        self._tell(result.lines)

    def _tell(self, lines: Sequence[Line]) -> None:
        names = {number: name for name, number in self.ids.items()}
        for line in lines:
            who = names[line.to]
            self.heard[who].append(self.to_client(who, line.text))

    def come(self, who: str, called: str = "") -> None:
        """Connect somebody, who takes a name: its own, or another."""
        self.ids[who] = len(self.ids) + 1
        self.heard[who] = []
        self.feed(Came(self.ids[who]))
        self.say(who, f"#{called or who}")

    def say(self, who: str, line: str) -> None:
        """Send somebody's line on its way to the server."""
        self.feed(Said(self.ids[who], self.to_server(who, line)))

    def start(self, dealt: Mapping[str, str] | None = None) -> Table:
        """Start; with `dealt` the server deals this (giver to recipient) and no derangement of its own."""
        result = step(self.game, Said(next(iter(self.ids.values())), START_WORDS), self.chance)
        game, lines = result.game, result.lines
        if dealt is not None:
            to = {self.ids[giver]: recipient for giver, recipient in dealt.items()}
            seats = {number: replace(seat, recipient=self.ids[to[number]]) for number, seat in game.seats.items()}
            game = replace(game, seats=seats)
            lines = tuple(
                replace(line, values={"name": to[line.to]}) if line.say is Say.GIVE else line for line in lines
            )
        self.game = game
        self._tell(lines)
        return self

    def pairs(self) -> dict[str, str]:
        """Return what the server knows: recipient by giver."""
        names = {number: name for name, number in self.ids.items()}
        return {names[number]: names[seat.recipient] for number, seat in self.game.seats.items()}

    def choose(self) -> Table:
        """Let everybody choose the first gift of the list that nobody chose before it; the game ends with that."""
        for place, name in enumerate(self.ids):
            if self.ids[name] in self.game.seats:
                self.say(name, self.game.gifts[place].id)
        return self

    def time_up(self) -> None:
        """Let the time to choose be over."""
        self.feed(TimeUp(self.game.round))

    def told(self, who: str, say: Say) -> list[str]:
        """Return the values of all lines of a kind that somebody has heard."""
        found = [read(line) for line in self.heard[who]]
        return [", ".join(each[1].values()) for each in found if each is not None and each[0] is say]


def in_words(table: Table) -> str:
    """Say in one sentence what a game at this table showed."""
    ended = all("the game has ended" in lines for lines in table.heard.values())
    state = "ended" if ended else "running" if table.game.running else "waiting"
    return f"{len(table.ids)} players in plain text; the game is {state}, and everybody heard what it should"
