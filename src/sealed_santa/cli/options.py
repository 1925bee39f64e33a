"""What is typed, made into values: dates, durations, files, invites, names, exclusions, passphrases.

Pure but for the reading of the files that are named. Everything is parsed strictly, once, and an
error names the option. No secret has to stand among the arguments: an invite may come from stdin
(`-`), from a file (`@file`) or from a prompt, a passphrase from a file or a prompt.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime, time, timedelta, tzinfo
from pathlib import Path
from typing import Final

from sealed_santa.base.errors import YOU, ParseError, UsageError
from sealed_santa.base.names import look_alike, normalise_name, parse_name

MAX_TEXT_FILE: Final = 1 << 20  # bytes of a list of names, a catalogue, a file of exclusions
MAX_INVITE: Final = 4096
MAX_FILE: Final = 1 << 30  # bytes of a transcript

_DATE: Final = re.compile(r"\d{4}-\d{2}-\d{2}(?P<time>[T ]\d{2}:\d{2}(:\d{2})?(?P<zone>Z|[+-]\d{2}:\d{2})?)?")
_DURATION: Final = re.compile(r"(?P<number>[0-9]{1,6})\s*(?P<unit>s|min|m|h|d|w)")
_UNITS: Final = {"s": 1, "m": 60, "min": 60, "h": 3600, "d": 86400, "w": 7 * 86400}


def parse_when(text: str, option: str, now: int, zone: tzinfo | None = None, *, end_of_day: bool = False) -> int:
    """Return the moment that an ISO date names, in milliseconds since 1970.

    `2026-12-24`, `2026-12-24T18:00`, `2026-12-24T18:00:30+01:00`, `…Z`. Without an offset it is in `zone`, by
    default this computer's. A date alone is its first moment, or with `end_of_day` its last second.

    Raises:
        UsageError: `date.invalid`, `date.past`.
    """
    hint = "write 2026-12-24, 2026-12-24T18:00 or 2026-12-24T18:00+01:00"
    match = _DATE.fullmatch(text.strip())
    try:
        if match is None:
            raise ValueError
        moment = datetime.fromisoformat(text.strip().replace("Z", "+00:00"))
        if match["time"] is None and end_of_day:
            moment = datetime.combine(moment.date(), time(23, 59, 59))
        if match["zone"] is None:
            moment = moment.astimezone() if zone is None else moment.replace(tzinfo=zone)
        at = round(moment.timestamp() * 1000)
    except (ValueError, OverflowError, OSError) as e:
        raise UsageError("date.invalid", f"{option}: {text[:40]!r} is no date", blame=YOU, hint=hint) from e
    if at <= now:
        raise UsageError("date.past", f"{option}: {show_when(at, zone)} is over", blame=YOU, hint="choose a later date")
    return at


def show_when(at: int, zone: tzinfo | None = None) -> str:
    """Return a moment for people: date, time and offset of their zone."""
    try:
        moment = datetime.fromtimestamp(at / 1000, zone or datetime.now().astimezone().tzinfo)
        return moment.strftime("%Y-%m-%d %H:%M %z")
    except (ValueError, OverflowError, OSError):  # a date in a log may be any number
        return f"{at} ms after 1970-01-01"


def show_span(milliseconds: int) -> str:
    """Return a span of time for people, in its largest unit that is not zero."""
    seconds = milliseconds // 1000
    for unit, size in (("day", 86400), ("hour", 3600), ("minute", 60), ("second", 1)):
        if seconds >= size or size == 1:
            number = round(seconds / size)
            return f"{number} {unit}{'' if number == 1 else 's'}"
    return ""


def parse_duration(text: str, option: str) -> int:
    """Return milliseconds: a number and s, m, h, d or w.

    Raises:
        UsageError: `duration.invalid`.
    """
    match = _DURATION.fullmatch(text.strip())
    if match is None:
        message = f"{option}: {text[:40]!r} is no span of time"
        raise UsageError("duration.invalid", message, blame=YOU, hint="write 90s, 10m, 12h or 3d")
    return int(timedelta(seconds=int(match["number"]) * _UNITS[match["unit"]]).total_seconds()) * 1000


def read_bytes(path: str, what: str, limit: int = MAX_FILE) -> bytes:
    """Return the content of a file that was named.

    Raises:
        UsageError: `file.missing`, `file.unreadable`, `file.too-large`.
    """
    try:
        with Path(path).open("rb") as file:
            data = file.read(limit + 1)
    except FileNotFoundError as e:
        raise UsageError("file.missing", f"{what}: there is no file {path}", blame=YOU) from e
    except (OSError, ValueError) as e:
        reason = e.strerror if isinstance(e, OSError) else e
        raise UsageError("file.unreadable", f"{what}: cannot read {path}: {reason}", blame=YOU) from e
    if len(data) > limit:
        raise UsageError("file.too-large", f"{what}: {path} has more than {limit} bytes", blame=YOU)
    return data


def read_text(path: str, what: str) -> str:
    """Return the text of a file, UTF-8.

    Raises:
        UsageError: as `read_bytes`; `file.not-text`.
    """
    try:
        return read_bytes(path, what, MAX_TEXT_FILE).decode("utf-8-sig")
    except UnicodeDecodeError as e:
        raise UsageError("file.not-text", f"{what}: {path} is not a text in UTF-8", blame=YOU) from e


def write_new(path: str, data: bytes, what: str, *, replace: bool = False) -> None:
    """Write a file that was named; an existing one is left alone unless `replace`.

    Raises:
        UsageError: `file.exists`, `file.unwritable`.
    """
    try:
        with Path(path).open("wb" if replace else "xb") as file:
            file.write(data)
    except FileExistsError as e:
        raise UsageError(
            "file.exists", f"{what}: {path} exists already", blame=YOU, hint="choose another name, or add --force"
        ) from e
    except OSError as e:
        raise UsageError("file.unwritable", f"{what}: cannot write {path}: {e.strerror}", blame=YOU) from e


def parse_one_name(text: str, option: str = "--name") -> str:
    """Return a name as its owner meant it.

    Raises:
        UsageError: the name's own code.
    """
    try:
        return parse_name(normalise_name(text))
    except ParseError as e:
        raise UsageError(e.code, f"{option}: {e.message}", blame=YOU) from e


def parse_name_list(text: str, what: str = "--invites") -> tuple[str, ...]:
    """Return the names of a list, one a line; empty lines, and lines that begin with #, do not count.

    Raises:
        UsageError: `names.none`, `names.twice`, `names.look-alike`, or a name's own code with its line.
    """
    names: list[str] = []
    for k, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        name = parse_one_name(line, f"{what}, line {k}")
        if name in names:
            raise UsageError("names.twice", f"{what}, line {k}: {name!r} is there twice", blame=YOU)
        twin = next((other for other in names if look_alike(name, other)), None)
        if twin is not None:
            raise UsageError(
                "names.look-alike", f"{what}, line {k}: {name!r} looks like {twin!r}", blame=YOU,
                hint="add something that tells them apart",
            )  # fmt: skip
        names.append(name)
    if not names:
        raise UsageError("names.none", f"{what}: there is no name in the list", blame=YOU, hint="write one name a line")
    return tuple(names)


def or_list(words: Iterable[str]) -> str:
    """Return words as people write alternatives: a, b or c."""
    return " or ".join(and_list(words).rsplit(" and ", 1))


def and_list(words: Iterable[str], most: int = 12) -> str:
    """Return words as people write them: a, b and c; of very many only the first."""
    items = list(words)
    if len(items) > most:
        items = [*items[: most - 1], f"{len(items) - most + 1} more"]
    if len(items) < 2:
        return items[0] if items else "nobody"
    return f"{', '.join(items[:-1])} and {items[-1]}"
