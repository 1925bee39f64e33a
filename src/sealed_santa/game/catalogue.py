"""The catalogue of gifts (docs/protocol.md, section "Catalogue").

A catalogue is a tuple of gifts and is frozen in `create`. A gift's place in it, counted from 0, is
what a sealed choice holds. Organisers write it as a TOML file of `[[gift]]` tables.

Rules: prices are whole minor units (cents) from the first reading on, never a float. What stands
in a `create` post is checked as strictly as what stands in a file, and changes nothing: one spelling
for each value. Suggestions are advice to a player and no part of the protocol.
"""

from __future__ import annotations

import hashlib
import re
import tomllib
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final

from sealed_santa.base.canon import pack
from sealed_santa.base.errors import YOU, ParseError, UsageError
from sealed_santa.base.names import normalise_name, parse_line

MAX_GIFTS: Final = 500
MAX_NAME_CHARS: Final = 80
MAX_TAGS: Final = 8
MAX_TAG_CHARS: Final = 32
MAX_PRICE: Final = 1_000_000  # cents

_ID: Final = re.compile(r"[a-z0-9-]{1,32}")
_PRICE: Final = re.compile(r"([0-9]{1,7})(?:\.([0-9]{1,2}))?")
_FIELDS: Final = ("id", "name", "price", "tags")


@dataclass(frozen=True, slots=True)
class Gift:
    """One gift; price in minor units (cents) of whatever currency the players share."""

    id: str
    name: str
    price: int
    tags: tuple[str, ...]


class _Decimal(str):
    """A TOML number with a point, as it was written."""

    __slots__ = ()


def to_jsonable(gift: Gift) -> dict[str, object]:
    """Return the gift as it stands in `create`."""
    return {"id": gift.id, "name": gift.name, "price": gift.price, "tags": list(gift.tags)}


def from_jsonable(value: object) -> Gift:
    """Parse one gift of a `create` post.

    Raises:
        ParseError: `catalogue.fields`, `catalogue.id`, `catalogue.name`, `catalogue.price` or `catalogue.tags`.
    """
    if not isinstance(value, Mapping) or set(value) != set(_FIELDS):
        raise ParseError("catalogue.fields", "a gift has exactly the fields id, name, price and tags")
    return make_gift(value["id"], value["name"], value["price"], value["tags"])


def check_catalogue(gifts: Sequence[Gift]) -> None:
    """Check what concerns all gifts together: 1 to 500 of them, no id twice.

    Raises:
        ParseError: `catalogue.size` or `catalogue.repeated-id`.
    """
    if not 1 <= len(gifts) <= MAX_GIFTS:
        raise ParseError("catalogue.size", f"a catalogue has 1 to {MAX_GIFTS} gifts, this one has {len(gifts)}")
    seen: set[str] = set()
    for gift in gifts:
        if gift.id in seen:
            raise ParseError("catalogue.repeated-id", f"two gifts have the id {gift.id}")
        seen.add(gift.id)


def make_gift(gift_id: object, name: object, price: object, tags: object) -> Gift:
    """Return the gift of these four values, checked; changes nothing.

    Raises:
        ParseError: `catalogue.id`, `catalogue.name`, `catalogue.price` or `catalogue.tags`.
    """
    if not isinstance(gift_id, str) or not _ID.fullmatch(gift_id):
        raise ParseError("catalogue.id", "an id has 1 to 32 of the characters a-z, 0-9 and -")
    if not isinstance(name, str):
        raise ParseError("catalogue.name", f"the name of {gift_id} is not a text")
    if type(price) is not int or not 0 <= price <= MAX_PRICE:
        raise ParseError("catalogue.price", f"the price of {gift_id} is not a whole number of cents up to {MAX_PRICE}")
    if not isinstance(tags, list | tuple) or len(tags) > MAX_TAGS or not all(isinstance(tag, str) for tag in tags):
        raise ParseError("catalogue.tags", f"the tags of {gift_id} are not a list of at most {MAX_TAGS} texts")
    try:
        parse_line(name, MAX_NAME_CHARS)
    except ParseError as e:
        raise ParseError("catalogue.name", f"the name of {gift_id}: {e.message}") from e
    try:
        parsed = tuple(parse_line(tag, MAX_TAG_CHARS) for tag in tags)
    except ParseError as e:
        raise ParseError("catalogue.tags", f"a tag of {gift_id}: {e.message}") from e
    if len(set(parsed)) != len(parsed):
        raise ParseError("catalogue.tags", f"{gift_id} has a tag twice")
    return Gift(gift_id, name, price, parsed)


# --- the file ---------------------------------------------------------------------------------


def parse_catalogue(text: str) -> tuple[Gift, ...]:
    """Parse a catalogue file: TOML, one `[[gift]]` table a gift, with id, name, price and perhaps tags.

    A price may be written 12, 12.5, 12.50 or as a text of that form: whole units, then cents. Blanks and
    normal forms of names and tags are put right.

    Raises:
        UsageError: `catalogue.syntax`, `catalogue.fields`, `catalogue.id`, `catalogue.name`, `catalogue.price`,
            `catalogue.tags`, `catalogue.size` or `catalogue.repeated-id`; the message names the line where it can.
    """
    try:
        document = tomllib.loads(text.removeprefix("\ufeff"), parse_float=_Decimal)
    except (tomllib.TOMLDecodeError, RecursionError, ValueError) as e:
        raise _refusal("catalogue.syntax", f"the catalogue is not TOML: {e}") from e
    tables = document.get("gift")
    if set(document) != {"gift"} or not isinstance(tables, list):
        raise _refusal("catalogue.fields", "the catalogue holds something other than [[gift]] tables, or none")
    headers = [n for n, line in enumerate(text.splitlines(), 1) if re.match(r"\s*\[\[\s*gift\s*\]\]", line)]
    lines = headers if len(headers) == len(tables) else []
    gifts: list[Gift] = []
    places: dict[str, int] = {}
    for k, table in enumerate(tables):
        where = f"gift {k + 1}" + (f" (line {lines[k]})" if lines else "")
        try:
            gift = _gift_from_table(table)
        except ParseError as e:
            raise _refusal(e.code, f"{where}: {e.message}") from e
        if gift.id in places:
            message = f"{where}: the id {gift.id} is taken by gift {places[gift.id]}"
            raise _refusal("catalogue.repeated-id", message)
        places[gift.id] = k + 1
        gifts.append(gift)
    try:
        check_catalogue(gifts)
    except ParseError as e:
        raise _refusal(e.code, e.message) from e
    return tuple(gifts)


def _refusal(code: str, message: str) -> UsageError:
    hint = 'a gift is five lines: [[gift]] id = "wool-socks" name = "Wool socks" price = 12.50 tags = ["warm"]'
    return UsageError(code, message, blame=YOU, hint=hint)


def _gift_from_table(table: object) -> Gift:
    if not isinstance(table, dict):
        raise ParseError("catalogue.fields", "not a table")
    unknown = sorted(set(table) - set(_FIELDS))
    missing = [field for field in ("id", "name", "price") if field not in table]
    if unknown:
        raise ParseError("catalogue.fields", f"unknown field {normalise_name(unknown[0])!a}")
    if missing:
        raise ParseError("catalogue.fields", f"{missing[0]} is missing")
    name, tags = table["name"], table.get("tags", [])
    if isinstance(name, str):
        name = normalise_name(name)
    if isinstance(tags, list):
        tags = [normalise_name(tag) if isinstance(tag, str) else tag for tag in tags]
    return make_gift(table["id"], name, _parse_price(table["price"]), tags)


def _parse_price(value: object) -> int:
    written = str(value).replace("_", "") if type(value) in (int, _Decimal) else value
    match = _PRICE.fullmatch(written.strip()) if isinstance(written, str) else None
    if match is None:
        message = "a price is written like 12, 12.5 or 12.50, with at most two digits after the point"
        raise ParseError("catalogue.price", message)
    units, cents = match.group(1), match.group(2) or ""
    return int(units) * 100 + int(cents.ljust(2, "0"))


@cache
def default_catalogue() -> tuple[Gift, ...]:
    """Return the catalogue that comes with the program."""
    return parse_catalogue(files("sealed_santa.game").joinpath("catalogue.toml").read_text(encoding="utf-8"))


# --- suggestions ------------------------------------------------------------------------------


def suggest(
    catalogue: Sequence[Gift], seed: bytes, count: int = 5, wish: str = "", budget_cents: int | None = None
) -> tuple[int, ...]:
    """Return the places of up to count different gifts, best first, the same for the same arguments.

    First those within the budget, those with most tags and words of the name in the wish before others;
    beyond the budget the cheapest first. Equals are shuffled by the seed, which should be used for nothing else.
    """
    wished = _words(wish)
    ranked = []
    for i, gift in enumerate(catalogue):
        excess = 0 if budget_cents is None else max(0, gift.price - budget_cents)
        luck = hashlib.sha256(pack(seed, i)).digest()
        ranked.append((excess, -_matches(gift, wished), luck, i))
    return tuple(rank[-1] for rank in sorted(ranked)[: max(0, count)])


def _words(text: str) -> frozenset[str]:
    return frozenset(re.findall(r"[^\W_]+", unicodedata.normalize("NFKC", text).casefold()))


def _matches(gift: Gift, wished: frozenset[str]) -> int:
    """Count the tags all of whose words are wished for, and the other wished words of the name."""
    tags = [words for words in map(_words, gift.tags) if words]
    counted = frozenset().union(*tags)
    by_tag = sum(all(_is_wished(word, wished) for word in words) for words in tags)
    by_name = sum(len(word) >= 4 and _is_wished(word, wished) for word in _words(gift.name) - counted)
    return by_tag + by_name


def _is_wished(word: str, wished: frozenset[str]) -> bool:
    """Tell whether a word is among the wished ones, give or take an ending (book, books)."""
    if word in wished:
        return True
    for other in wished:
        short, long = sorted((word, other), key=len)
        if len(short) >= 3 and long.startswith(short) and len(long) - len(short) <= (1 if len(short) == 3 else 2):
            return True
    return False
