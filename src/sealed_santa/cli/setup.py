"""What a game has before it, told to its organiser: how many deals, what stays hidden, what would go wrong.

Pure. All of it is advice; what is legal is judged by `game/rules.py` and nowhere else.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from sealed_santa.cli.options import and_list
from sealed_santa.game.admission import Outlook, outlook
from sealed_santa.game.exclusions import resolve, unknown_names
from sealed_santa.game.odds import Hidden, hidden
from sealed_santa.log.posts import Exclusions

EVERYBODY_KNOWS: Final = (
    "with 3 players everybody can work out everything as soon as they know their own recipient; "
    "no cryptography mends that"
)
FEW: Final = "with fewer than 5 players much can be guessed; invite more people if you can"


@dataclass(frozen=True, slots=True)
class Forecast:
    """What a draw among these people has before it."""

    names: tuple[str, ...]
    outlook: Outlook
    hidden: Hidden
    strangers: tuple[str, ...]  #: named in exclusions, and in no invite

    def deals(self) -> str:
        """Return how many deals to expect, in words."""
        about = "" if self.outlook.chance.exact else "about "
        return (
            f"a deal is permitted {about}{100 * self.outlook.chance.value:.0f} times in 100: "
            f"expect {self.outlook.deals:.1f} deals; the server will prepare {self.outlook.decks} decks"
        )

    def secrecy(self) -> tuple[str, ...]:
        """Return how much each person's Santa is still hidden, in words; the exclusions are public."""
        n, santas = len(self.names), self.hidden.santas
        if min(santas) == n - 1:
            return (f"for everybody each of the {n - 1} others may be the Santa",)
        lines = [f"how many may be whose Santa, for all who know the exclusions ({n - 1} would be best):"]
        for count in sorted(set(santas)):
            people = [name for name, c in zip(self.names, santas, strict=True) if c == count]
            lines.append(f"  {count}:  {and_list(people)}")
        return tuple(lines)

    def warnings(self) -> tuple[str, ...]:
        """Return what the organiser should know before the invites go out."""
        found = list(size_warnings(len(self.names)))
        for recipient, giver in self.hidden.forced:
            found.append(f"only {self.names[giver - 1]} can be the Santa of {self.names[recipient - 1]}; all will know")
        if self.strangers:
            found.append(f"no invite is for {and_list(self.strangers)}, though an exclusion names them")
        return tuple(found)

    def record(self) -> dict[str, Any]:
        """Return the forecast as `new --json` prints it."""
        return {
            "chance": self.outlook.chance.value,
            "exact": self.outlook.chance.exact,
            "expected_deals": self.outlook.deals,
            "decks": self.outlook.decks,
            "possible_santas": dict(zip(self.names, self.hidden.santas, strict=True)),
        }


def forecast(names: Sequence[str], exclusions: Exclusions, deck_limit: int) -> Forecast:
    """Look at a draw among people who are known.

    Raises:
        UsageError: `exclusions.impossible`, naming who leave each other no one; `exclusions.too-many-decks`.
    """
    roster = list(names)
    look = outlook(roster, exclusions, deck_limit)
    secrecy = hidden(len(roster), resolve(exclusions, roster), roster)
    return Forecast(tuple(roster), look, secrecy, unknown_names(exclusions, roster))


def size_warnings(players: int) -> tuple[str, ...]:
    """Return what must be said about a game of so many players."""
    if players <= 3:
        return (EVERYBODY_KNOWS,)
    return (FEW,) if players < 5 else ()
