"""The lines of the classic game, both ways (docs/classic.md, "What the server says" and "What a client says").

Every line that the server can say is a member of `Say`; there are no others. A line is a key, or a key, a colon,
a blank and a value: `split` takes it apart at the first colon, and `read` finds out which line it was. What
clients send comes through `LineBuffer`, which holds no more than one line however much they send.

What this module does not do: decide what is said to whom.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from functools import cache
from typing import Final

START_WORDS: Final = "start user distribution"
LIST_WORD: Final = "list"
QUIT_WORD: Final = "quit"
NAME_SIGN: Final = "#"


class Say(Enum):
    """Every line of the server, with its fields in braces."""

    HELLO = "hello: this is the classic game of sealed-santa, in plain text"
    WARNING = "warning: nothing is hidden: the server, and whoever listens on the network, sees who gives to whom"
    ID = "id: {id}"
    NAME = "name: {name}"
    HERE = "here: {name}"
    GONE = "gone: {name}"
    START = "start: {name} has started a game of {count}"
    GIVE = "you give to: {name}"
    OFFER = "gift {number}: {id}, {name}"
    ENTRY = "gift: {id}, {name}"
    CHOSEN = "chosen: {gift}"
    CHOSEN_FOR_YOU = "chosen for you: {gift}"
    WAITING = "waiting for: {count}"
    TWO_LEFT = "two left: each of you gives to the other"
    ALONE = "alone: the others have gone, and there is nobody to give to"
    GET = "you get: {gift}"
    SANTA = "your santa was: {name}"
    ENDED = "the game has ended"
    NEXT_NAME = "next: take a name with #NAME, for example #Alice"
    NEXT_START = "next: wait for others, or say: start user distribution"
    NEXT_CHOOSE = "next: choose within {seconds} seconds: the number, id or name of a gift; say list to see all gifts"
    NEXT_WAIT = "next: wait until all have chosen; until then you may choose again"
    NEXT_WATCH = "next: wait for the end of this game, then take a name"
    NO_NAME_YET = "no: you have no name yet"
    NO_NAME_FREE = "no: that name is taken, or looks like one that is"
    NO_NAME_CHANGE = "no: you have a name, and it stands until the game has ended"
    NO_TOO_FEW = "no: a game needs 3 who have a name; so many have one now: {count}"
    NO_STARTED = "no: the game has started already"
    NO_OUTSIDE = "no: a game is going on, and you are not in it"
    NO_GIFT = "no: there is no such gift in the dictionary"
    NO_SENSE = "no: that line means nothing here"
    NO_TOO_LONG = "no: a line has at most {limit} bytes"
    NO_UTF8 = "no: that line is not UTF-8"
    NO_GOOD_NAME = "no: {reason}"
    BYE = "bye: you have left"
    BYE_SILENT = "bye: nothing was heard from you for {seconds} seconds"
    BYE_NAMELESS = "bye: you took no name within {seconds} seconds"
    BYE_FULL = "bye: too many are connected; come again later"
    BYE_STOP = "bye: the server stops"


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the server to one client."""

    to: int
    say: Say
    values: Mapping[str, str | int]

    @property
    def text(self) -> str:
        """The line as it is sent, without its end."""
        return self.say.value.format(**self.values)


def split(text: str) -> tuple[str, str | None]:
    """Return key and value of a line of the server; the value is None if there is none."""
    key, colon, value = text.partition(": ")
    return key, value if colon else None


def read(text: str) -> tuple[Say, dict[str, str]] | None:
    """Return which line of the server a text is, and its fields; None if it is none."""
    for say, form in _forms():
        if match := form.fullmatch(text):
            return say, match.groupdict()
    return None


@cache
def _forms() -> tuple[tuple[Say, re.Pattern[str]], ...]:
    """Return the lines as patterns; those with fixed words come before `no: {reason}`, as they do above."""
    return tuple((say, re.compile(re.sub(r"\\\{(\w+)\\\}", _field, re.escape(say.value)))) for say in Say)


def _field(match: re.Match[str]) -> str:
    kinds = {"number": "[0-9]+", "count": "[0-9]+", "seconds": "[0-9]+", "limit": "[0-9]+"}
    return f"(?P<{match[1]}>{kinds.get(match[1], '[a-z0-9-]+' if match[1] == 'id' else '.+')})"


class LineBuffer:
    """Bytes in, lines out: ends are LF or CR LF, and a line has at most `limit` bytes before its end."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._rest = b""
        self._skipping = False  #: inside a line that is too long: its bytes are forgotten

    @property
    def held(self) -> int:
        """How many bytes are kept of a line whose end has not come."""
        return len(self._rest)

    def feed(self, data: bytes) -> list[str | Say]:
        """Return the lines that are whole now; in the place of one that cannot be read stands what is wrong with it."""
        *whole, rest = (self._rest + data).split(b"\n")
        lines = [self._parse(line) for line in whole]
        if self._skipping or len(rest) > self._limit + 1:  # one more, for a CR
            rest, self._skipping = b"", True
        self._rest = rest
        return lines

    def finish(self) -> list[str | Say]:
        """Return the last line if it had no end."""
        return self.feed(b"\n") if self._rest or self._skipping else []

    def _parse(self, line: bytes) -> str | Say:
        line = line.removesuffix(b"\r")
        skipped, self._skipping = self._skipping, False
        if skipped or len(line) > self._limit:
            return Say.NO_TOO_LONG
        try:
            return line.decode("utf-8")
        except UnicodeDecodeError:
            return Say.NO_UTF8
