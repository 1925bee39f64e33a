"""What kind of game it is to be: the options of `new` and `host`, and what they mean.

Reads the files that the options name; asks for nothing but a title.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, Literal

import click

from sealed_santa.base.errors import YOU, ParseError, UsageError
from sealed_santa.base.names import normalise_name, parse_line
from sealed_santa.cli.catalogue import load_catalogue
from sealed_santa.cli.lastyear import last_year
from sealed_santa.cli.options import parse_duration, parse_name_list, parse_when, read_text
from sealed_santa.cli.setup import MAX_TESTS
from sealed_santa.cli.ui import Screen
from sealed_santa.game import exclusions as rules
from sealed_santa.game.batches import MAX_TRUSTEES
from sealed_santa.game.exclusions import parse_exclusion_file, parse_exclusion_option
from sealed_santa.game.lobby import MAX_BATCH_TESTS, MAX_BUDGET, MAX_DECK_POINTS, MAX_HOUSE, MAX_PATIENCE, MAX_TITLE
from sealed_santa.game.modes import MODES
from sealed_santa.log.posts import BlindTerms, CatalogueGift, Exclusions
from sealed_santa.net.clock import wall_clock

BATCH_TESTS: Final = 5000
GAME_TESTS: Final = 100_000
HOUSE: Final = "a box of biscuits from the house"
NO_EXCLUSIONS: Final = Exclusions(groups=(), pairs=())


@dataclass(frozen=True, slots=True)
class Terms:
    """Everything of a `create` that its organiser chooses."""

    title: str
    mode: str = "sealed"
    exclusions: Exclusions = NO_EXCLUSIONS
    catalogue: tuple[CatalogueGift, ...] = ()
    house: str = HOUSE
    budget: str = ""
    reveal: Literal["public", "private", "never"] = "public"
    reveal_at: int | None = None
    choose_by: int | None = None
    patience: int = 3_600_000
    starters: Literal["anyone", "organiser"] = "anyone"
    min_players: int = 3
    max_players: int = 1000
    deck_limit: int = MAX_DECK_POINTS
    threshold: int = 0  #: this and the next two: of a blind game
    batch_tests: int = BATCH_TESTS
    game_tests: int = GAME_TESTS
    names: tuple[str, ...] = ()  #: of the invites; none for one shared invite

    @property
    def blind(self) -> BlindTerms | None:
        """What only a blind game has."""
        if MODES[self.mode].dealer:
            return None
        return BlindTerms(batch_tests=self.batch_tests, game_tests=self.game_tests, threshold=self.threshold)


def term_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options that say what kind of game it is to be."""
    for option in reversed((
        click.option("--title", metavar="TEXT", help="What the game is called."),
        click.option("--mode", type=click.Choice(list(MODES)), default="sealed", show_default=True,
                     help="Who is trusted for what: in sealed the server knows the pairs, in blind nobody does."),
        click.option("--exclude", multiple=True, metavar='"ANN,BOB"',
                     help="A couple or household: none of them draws another. Repeat for more."),
        click.option("--exclude-file", metavar="FILE", help="Exclusions, one rule a line: Ann, Bob or Ann > Bob."),
        click.option("--last-year", multiple=True, metavar="TRANSCRIPT",
                     help="Forbid the pairs of a publicly revealed game. Repeat for more."),
        click.option("--catalogue", metavar="FILE", help="Your own gifts (TOML) instead of the built-in ones."),
        click.option("--budget", metavar="TEXT", default="", help="What a gift may cost, for people."),
        click.option("--house", metavar="TEXT", default=HOUSE, show_default=True,
                     help="What somebody gets whose Santa does not choose."),
        click.option("--reveal", type=click.Choice(["public", "private", "never"]), default="public", show_default=True,
                     help="Who learns at the end who gave to whom: all, each recipient alone, nobody."),
        click.option("--reveal-at", metavar="DATE",
                     help="Not before this date, unless you call it [default: when all have their gifts]."),
        click.option("--choose-by", metavar="DATE", help="When the choosing closes without the missing gifts."),
        click.option("--patience", metavar="SPAN",
                     help="How long to wait for a coin before a drop [default: 1h, blind 2d; with host 2m]."),
        click.option("--organiser-starts", is_flag=True, help="Only you start the distribution, not any player."),
        click.option("--min-players", type=click.IntRange(3, 1000), default=3, show_default=True, metavar="K",
                     help="How many there must be."),
        click.option("--max-players", type=click.IntRange(3, 1000), default=1000, show_default=True, metavar="K",
                     help="How many there may be."),
        click.option("--deck-limit", type=click.IntRange(3, MAX_DECK_POINTS), default=MAX_DECK_POINTS,
                     show_default=True, metavar="K", help="Cards in all decks of a draw together."),
        click.option("--threshold", type=click.IntRange(2, MAX_TRUSTEES), metavar="K",
                     help="Blind: how many trustees at least are needed for everything [default: over two thirds]."),
        click.option("--batch-tests", type=click.IntRange(1, MAX_BATCH_TESTS), metavar="K",
                     help=f"Blind: tests for forbidden pairs in one batch of decks [default: {BATCH_TESTS}]."),
        click.option("--max-tests", type=click.IntRange(1, MAX_TESTS), metavar="K",
                     help=f"Blind: tests that a game may be expected to need [default: {GAME_TESTS}]."),
        click.option("--invites", metavar="FILE", help="Names, one a line: an invite for each instead of one for all."),
        click.option("--passphrase", is_flag=True, help="Lock the organiser's key with a passphrase (asked for)."),
        click.option("--passphrase-file", metavar="FILE", help="Where that passphrase is."),
    )):  # fmt: skip
        command = option(command)
    return command


def read_terms(screen: Screen, said: dict[str, Any], *, patience: str | None = None) -> Terms:
    """Return the terms that the options say; asks for a title if there is none.

    Raises:
        UsageError, ParseError: which option is wrong, and why.
        VerificationError, UndecidedError: last year's transcript does not verify.
    """
    now = wall_clock()
    title = said["title"] or screen.ask("title of the game:", "--title TEXT")
    reveal_at = None if said["reveal_at"] is None else parse_when(said["reveal_at"], "--reveal-at", now)
    choose_by = said["choose_by"]
    if choose_by is not None:
        choose_by = parse_when(choose_by, "--choose-by", now, end_of_day=True)
    if reveal_at is not None and said["reveal"] == "never":
        raise UsageError("reveal.never", "--reveal-at goes with a reveal, and there is none", blame=YOU)
    if reveal_at is not None and choose_by is not None and reveal_at < choose_by:
        raise UsageError("reveal.before-choice", "--reveal-at is before --choose-by", blame=YOU)
    usual = "1h" if MODES[said["mode"]].dealer else "2d"  # trustees look in when they can, and several times
    span = parse_duration(said["patience"] or patience or usual, "--patience")
    if span > MAX_PATIENCE:
        raise UsageError("duration.too-long", "--patience: more than a year", blame=YOU)
    if said["min_players"] > said["max_players"]:
        raise UsageError("limits", "--min-players is more than --max-players", blame=YOU)
    gifts = load_catalogue(said["catalogue"])
    names = () if said["invites"] is None else parse_name_list(read_text(said["invites"], "--invites"))
    if 0 < len(names) < said["min_players"]:
        message = f"--invites: {len(names)} names, and at least {said['min_players']} must play"
        raise UsageError("names.too-few", message, blame=YOU)
    if said["reveal"] not in MODES[said["mode"]].reveals:
        message = f"a game of mode {said['mode']} has no reveal {said['reveal']}"
        if not MODES[said["mode"]].dealer:
            message += ": what its players open together, all of them see"
        raise UsageError("reveal.mode", message, blame=YOU, hint=f"one of {', '.join(MODES[said['mode']].reveals)}")
    for option in ("threshold", "batch_tests", "max_tests"):
        if said[option] is not None and MODES[said["mode"]].dealer:
            message = f"--{option.replace('_', '-')} is for blind games"
            raise UsageError("mode.option", message, blame=YOU, hint="add --mode blind")
    return Terms(
        mode=said["mode"], title=_line(title, "--title", MAX_TITLE),
        budget=_line(said["budget"], "--budget", MAX_BUDGET, empty=True),
        house=_line(said["house"], "--house", MAX_HOUSE), exclusions=read_exclusions(said), names=names,
        catalogue=tuple(CatalogueGift(id=g.id, name=g.name, price=g.price, tags=g.tags) for g in gifts),
        reveal=said["reveal"], reveal_at=reveal_at, choose_by=choose_by, patience=span,
        starters="organiser" if said["organiser_starts"] else "anyone", min_players=said["min_players"],
        max_players=said["max_players"], deck_limit=said["deck_limit"], threshold=said["threshold"] or 0,
        batch_tests=said["batch_tests"] or BATCH_TESTS, game_tests=said["max_tests"] or GAME_TESTS,
    )  # fmt: skip


def _line(text: str, option: str, limit: int, *, empty: bool = False) -> str:
    text = normalise_name(text)
    if empty and not text:
        return text
    try:
        return parse_line(text, limit)
    except ParseError as e:
        raise UsageError(e.code, f"{option}: {e.message}", blame=YOU) from e


def read_exclusions(said: dict[str, Any]) -> Exclusions:
    """Return all exclusions that the options say, each once."""
    groups = tuple(parse_exclusion_option(text) for text in said["exclude"])
    parts = [rules.Exclusions(groups=groups)]
    if said["exclude_file"] is not None:
        parts.append(parse_exclusion_file(read_text(said["exclude_file"], "--exclude-file")))
    parts += [last_year(path) for path in said["last_year"]]
    merged = rules.merge(*parts)
    return Exclusions(groups=merged.groups, pairs=merged.pairs)
