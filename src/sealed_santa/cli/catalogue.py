"""`santa catalogue`: the gifts that come with the program, and a check of one's own list."""

from __future__ import annotations

import click

from sealed_santa.base.errors import YOU, UsageError
from sealed_santa.cli.chronicle import price
from sealed_santa.cli.main import SantaCommand
from sealed_santa.cli.options import read_text
from sealed_santa.cli.ui import Screen
from sealed_santa.game.catalogue import Gift, default_catalogue, parse_catalogue, suggest, to_jsonable


def load_catalogue(path: str | None) -> tuple[Gift, ...]:
    """Return the catalogue in a file, or the one that comes with the program.

    Raises:
        UsageError: `catalogue.*`, `file.*`.
    """
    return default_catalogue() if path is None else parse_catalogue(read_text(path, "catalogue"))


def parse_choice(text: str, gifts: tuple[Gift, ...], offered: tuple[int, ...] = ()) -> int:
    """Return the place of the gift that was typed: its number among the offered ones, its id or its name.

    Raises:
        UsageError: `gift.unknown`, `gift.ambiguous`.
    """
    typed = " ".join(text.split()).casefold()
    if typed.isascii() and typed.isdigit() and 1 <= int(typed) <= len(offered):
        return offered[int(typed) - 1]
    exact = [k for k, g in enumerate(gifts) if typed in (g.id, g.name.casefold())]
    near = exact or [k for k, g in enumerate(gifts) if typed and (typed in g.id or typed in g.name.casefold())]
    if len(near) == 1:
        return near[0]
    if near:
        some = ", ".join(gifts[k].id for k in near[:5])
        raise UsageError("gift.ambiguous", f"{text[:60]!r} may be any of {some}", blame=YOU, hint="type the whole id")
    raise UsageError(
        "gift.unknown", f"there is no gift {text[:60]!r} in the catalogue", blame=YOU,
        hint="choose a number or an id from the list",
    )  # fmt: skip


@click.command(cls=SantaCommand)
@click.option("--check", "path", metavar="FILE", help="A catalogue of your own (TOML) to check and list.")
@click.option("--suggest", "wish", metavar="WISH", help="Show five suggestions for a wish.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.pass_obj
def catalogue(screen: Screen, path: str | None, wish: str | None, as_json: bool) -> None:
    """List the gifts, or check a catalogue of your own.

    A catalogue is a TOML file with one [[gift]] table for each gift: id, name, price and perhaps tags.
    """
    gifts = load_catalogue(path)
    if wish is not None:
        gifts = tuple(gifts[k] for k in suggest(gifts, b"catalogue", wish=wish))
    screen.event("catalogue", file=path, gifts=[to_jsonable(g) for g in gifts])
    rows = [(g.id, g.name, price(g), ", ".join(g.tags)) for g in gifts]
    screen.table(("id", "gift", "price", "tags"), rows)
    if path is not None:
        screen.say(f"{path}: {len(gifts)} gifts, nothing wrong", style="good")
        screen.next_step(f"santa new --catalogue {path} --title …", "make a game with it")
