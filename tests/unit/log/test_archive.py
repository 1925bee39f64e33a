"""Transcripts: lines of entries, and nothing else."""

from __future__ import annotations

import pytest

from game_cases import game_at, raises
from sealed_santa.base.errors import ParseError, UndecidedError
from sealed_santa.log.archive import MAX_LINE, encode_transcript, parse_transcript, split_transcript

GAME = game_at()
DATA = GAME.transcript()


def test_a_transcript_is_the_log() -> None:
    assert parse_transcript(DATA) == tuple(GAME.entries)
    assert encode_transcript(parse_transcript(DATA)) == DATA
    assert encode_transcript([]) == b""


def test_every_prefix_of_whole_lines_is_a_transcript() -> None:
    lines = DATA.splitlines(keepends=True)
    for count in range(1, len(lines) + 1):
        assert len(parse_transcript(b"".join(lines[:count]))) == count


def test_an_empty_file_is_no_transcript() -> None:
    with raises(ParseError, "transcript.empty"):
        parse_transcript(b"")


@pytest.mark.parametrize("cut", [1, 2, 100])
def test_a_cut_last_line_is_told_from_a_broken_one(cut: int) -> None:
    with raises(ParseError, "transcript.truncated"):
        parse_transcript(DATA[:-cut])


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"\n", "entry.malformed"),
        (DATA + b"\n", "entry.malformed"),
        (b"\n" + DATA, "entry.malformed"),
        (DATA.replace(b"\n", b"\r\n"), "json.not-canonical"),
        (DATA.replace(b"\n", b" \n"), "json.not-canonical"),
        (b"\xef\xbb\xbf" + DATA, "entry.malformed"),
        (DATA + b"# the end\n", "entry.malformed"),
        (DATA.replace(b"\n", b"\n\n", 1), "entry.malformed"),
        (DATA.replace(b"}\n", b"}", 1), "entry.malformed"),
        (b"PK\x03\x04" + bytes(100) + b"\n", "entry.malformed"),
    ],
)
def test_nothing_else_is_in_the_file(data: bytes, code: str) -> None:
    with raises(ParseError, code):
        parse_transcript(data)


def test_a_line_has_a_largest_length() -> None:
    assert list(split_transcript(b"x" * MAX_LINE + b"\n")) == [b"x" * MAX_LINE]
    with raises(ParseError, "transcript.line-too-long"):
        list(split_transcript(b"x" * (MAX_LINE + 1) + b"\n"))


def test_another_version_is_undecided() -> None:
    with raises(UndecidedError, "version.unknown"):
        parse_transcript(DATA.replace(b"sealed-santa/1", b"sealed-santa/9"))
