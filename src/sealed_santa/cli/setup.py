"""What a game has before it, told to its organiser: how many deals, what stays hidden, what would go wrong.

Pure. All of it is advice; what is legal is judged by `game/rules.py` and nowhere else.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from sealed_santa.base.errors import UsageError
from sealed_santa.cli.options import and_list
from sealed_santa.game.admission import Outlook, outlook
from sealed_santa.game.batches import MAX_TRUSTEES, threshold_of
from sealed_santa.game.envelopes import MAX_BLIND_NOTE
from sealed_santa.game.exclusions import resolve, unknown_names
from sealed_santa.game.odds import Hidden, hidden
from sealed_santa.log.posts import BlindTerms, Exclusions

MAX_TESTS: Final = 1_000_000  # the greatest --max-tests
EVERYBODY_KNOWS: Final = (
    "with 3 players everybody can work out everything as soon as they know their own recipient; "
    "no cryptography mends that"
)
NOBODY_LOST: Final = (
    "with 3 players all three are needed for every step of a blind game: if one is lost after the start, it cannot end"
)
NOTES: Final = f"a note has at most {MAX_BLIND_NOTE} bytes"
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
        if (trustees := self.outlook.trustees) is not None:
            batches = "one batch" if trustees.batches < 1.05 else f"{trustees.batches:.1f} batches"
            return (
                f"a deck is permitted {about}{100 * self.outlook.chance.value:.2g} times in 100: expect {batches} of "
                f"{trustees.decks} decks, which the trustees mix and test"
            )
        return (
            f"a deal is permitted {about}{100 * self.outlook.chance.value:.0f} times in 100: "
            f"expect {self.outlook.deals:.1f} deals; the server will prepare {self.outlook.decks} decks"
        )

    def work(self) -> tuple[str, ...]:
        """Return who works on the draw of a blind game, in words; nothing for other games."""
        trustees = self.outlook.trustees
        if trustees is None:
            return ()
        if len(self.names) <= MAX_TRUSTEES:
            who = f"all {trustees.count} of you are trustees"
        else:
            who = f"{trustees.count} of you will be trustees, chosen by everybody's coins"
        return (f"{who}; every step needs {trustees.threshold} of them, so {_lost(trustees.absent)}", NOTES)

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
        found = list(size_warnings(len(self.names), blind=self.outlook.trustees is not None))
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
            "trustees": self._trustees(),
        }

    def _trustees(self) -> dict[str, Any] | None:
        found = self.outlook.trustees
        if found is None:
            return None
        return {
            "count": found.count, "threshold": found.threshold, "absent": found.absent, "batch_decks": found.decks,
            "expected_batches": found.batches, "expected_tests": found.tests,
        }  # fmt: skip


def forecast(
    names: Sequence[str], exclusions: Exclusions, deck_limit: int, blind: BlindTerms | None = None
) -> Forecast:
    """Look at a draw among people who are known; `blind` are the terms of a blind game.

    Raises:
        UsageError: `exclusions.impossible`, naming who leave each other no one; `exclusions.too-many-decks`,
            `exclusions.too-many-tests`.
    """
    roster = list(names)
    try:
        look = outlook(roster, exclusions, deck_limit, blind)
    except UsageError as e:
        if blind is not None and e.code == "exclusions.too-many-tests" and not _helps(roster, exclusions, blind):
            e.hint = f"even --max-tests {MAX_TESTS} is too little: split a group, invite more people, or play in "
            e.hint += "mode sealed"
        raise
    secrecy = hidden(len(roster), resolve(exclusions, roster), roster)
    return Forecast(tuple(roster), look, secrecy, unknown_names(exclusions, roster))


def _helps(roster: list[str], exclusions: Exclusions, blind: BlindTerms) -> bool:
    """Tell whether the greatest limit of tests that can be given is enough."""
    try:
        most = BlindTerms(batch_tests=blind.batch_tests, game_tests=MAX_TESTS, threshold=blind.threshold)
        outlook(roster, exclusions, 0, most)
    except UsageError as e:
        return "--max-tests" not in e.hint
    return True


def blind_in_general(terms: BlindTerms) -> tuple[str, ...]:
    """Return what is said about a blind game of which it is not known who will play."""
    seven = threshold_of(MAX_TRUSTEES, terms.threshold)
    return (
        (
            f"up to {MAX_TRUSTEES} players are all trustees, of more {MAX_TRUSTEES} will be; of {MAX_TRUSTEES} every "
            f"step needs {seven}, so {_lost(MAX_TRUSTEES - seven)}"
        ),
        f"how many decks to expect depends on who comes; `start` says it. {NOTES[0].upper()}{NOTES[1:]}",
    )


def _lost(count: int) -> str:
    return {0: "nobody may be lost", 1: "one may be lost"}.get(count, f"{count} may be lost")


def size_warnings(players: int, *, blind: bool = False) -> tuple[str, ...]:
    """Return what must be said about a game of so many players."""
    if players <= 3:
        return (EVERYBODY_KNOWS, NOBODY_LOST) if blind else (EVERYBODY_KNOWS,)
    return (FEW,) if players < 5 else ()
