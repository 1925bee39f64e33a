"""Entries as bytes and back: the transcript (docs/protocol.md, section 3.4).

A transcript is the log: the canonical bytes of each entry, each followed by one line feed. Nothing
else is in the file, and re-encoding it gives the same bytes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from sealed_santa.base.errors import ParseError
from sealed_santa.log.entry import Entry, parse_entry
from sealed_santa.log.posts import MAX_BODY

MAX_LINE: Final = MAX_BODY + 4096


def encode_transcript(entries: Iterable[Entry]) -> bytes:
    """Return the transcript of these entries."""
    return b"".join(entry.raw + b"\n" for entry in entries)


def split_transcript(data: bytes) -> Iterator[bytes]:
    """Yield the lines of a transcript without their line feeds.

    Raises:
        ParseError: `transcript.empty`, `transcript.truncated` (no line feed at the end),
            `transcript.line-too-long`.
    """
    if not data:
        raise ParseError("transcript.empty", "the transcript is empty")
    start = 0
    while start < len(data):
        end = data.find(b"\n", start)
        if end < 0:
            raise ParseError("transcript.truncated", "the last line of the transcript is cut off")
        if end - start > MAX_LINE:
            raise ParseError("transcript.line-too-long", f"a line of {end - start} bytes; at most {MAX_LINE}")
        yield data[start:end]
        start = end + 1


def parse_transcript(data: bytes) -> tuple[Entry, ...]:
    """Decode a whole transcript; stops at the first line that is not an entry.

    Raises:
        ParseError: as `split_transcript` and `parse_entry`.
        UndecidedError: `version.unknown`.
    """
    return tuple(parse_entry(line) for line in split_transcript(data))
