"""What people type, made into values."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from sealed_santa.base.errors import SantaError, UsageError
from sealed_santa.cli.options import (
    and_list,
    or_list,
    parse_duration,
    parse_name_list,
    parse_one_name,
    parse_when,
    read_bytes,
    read_text,
    show_span,
    show_when,
    write_new,
)

NOW = 1_764_547_200_000  # 2025-12-01T00:00:00Z
EAST = timezone(timedelta(hours=2))


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-12-24", datetime(2026, 12, 24, tzinfo=EAST)),
        ("2026-12-24T18:00", datetime(2026, 12, 24, 18, tzinfo=EAST)),
        ("2026-12-24 18:00:30", datetime(2026, 12, 24, 18, 0, 30, tzinfo=EAST)),
        ("2026-12-24T18:00Z", datetime(2026, 12, 24, 18, tzinfo=UTC)),
        ("2026-12-24T18:00-05:30", datetime(2026, 12, 24, 23, 30, tzinfo=UTC)),
        (" 2026-12-24 ", datetime(2026, 12, 24, tzinfo=EAST)),
    ],
)
def test_dates(text, moment):
    assert parse_when(text, "--reveal-at", NOW, EAST) == int(moment.timestamp()) * 1000


def test_a_deadline_that_is_a_day_includes_the_day():
    last = datetime(2026, 12, 24, 23, 59, 59, tzinfo=EAST)
    assert parse_when("2026-12-24", "--choose-by", NOW, EAST, end_of_day=True) == int(last.timestamp()) * 1000
    given = parse_when("2026-12-24T10:00", "--choose-by", NOW, EAST, end_of_day=True)
    assert given == int(datetime(2026, 12, 24, 10, tzinfo=EAST).timestamp()) * 1000


@pytest.mark.parametrize(
    "text",
    ["", "24.12.2026", "2026-13-01", "2026-02-30", "2026-12-24T25:00", "2026-12-24T18", "2026-12-24T18:00+1",
     "2026-12-24T18:00+99:00", "tomorrow", "2026-12-24T18:00 Z", "20261224", "2026-W52-4", "0000-01-01",
     "2026-12-24T18:00:00.5", "٢٠٢٦-12-24"],
)  # fmt: skip
def test_no_dates(text):
    with pytest.raises(UsageError) as caught:
        parse_when(text, "--reveal-at", NOW, EAST)
    assert caught.value.code == "date.invalid"
    assert caught.value.hint


@pytest.mark.parametrize("text", ["2025-11-30", "2025-12-01T00:00Z", "1999-12-31T23:59+00:00"])
def test_dates_that_are_over(text):
    with pytest.raises(UsageError) as caught:
        parse_when(text, "--reveal-at", NOW, UTC)
    assert caught.value.code == "date.past"
    assert caught.value.hint


def test_a_moment_is_shown_with_its_offset():
    assert show_when(NOW, EAST) == "2025-12-01 02:00 +0200"


@pytest.mark.parametrize(
    ("text", "seconds"), [("90s", 90), ("10m", 600), ("10min", 600), ("12h", 43200), ("3d", 259200), (" 1 w ", 604800)]
)
def test_spans(text, seconds):
    assert parse_duration(text, "--patience") == seconds * 1000


@pytest.mark.parametrize("text", ["", "10", "m", "-1h", "1.5h", "1y", "1 hour", "1e3s", "9999999s"])
def test_no_spans(text):
    with pytest.raises(UsageError) as caught:
        parse_duration(text, "--patience")
    assert caught.value.code == "duration.invalid"


def test_spans_in_words():
    assert [show_span(s * 1000) for s in (1, 59, 120, 7200, 172800)] == [
        "1 second", "59 seconds", "2 minutes", "2 hours", "2 days",
    ]  # fmt: skip


def test_a_list_of_names():
    assert parse_name_list("# the family\nAnn\n\n  Bob   Jones \nZoe\u0308\n") == ("Ann", "Bob Jones", "Zoë")


@pytest.mark.parametrize(
    ("text", "code"),
    [("", "names.none"), ("# nobody\n", "names.none"), ("Ann\nBob\nAnn\n", "names.twice"),
     ("Ann\nann\n", "names.look-alike"), ("Ann\nB\x1bob\n", "name.character"), ("x" * 65, "name.too-long")],
)  # fmt: skip
def test_no_lists_of_names(text, code):
    with pytest.raises(UsageError) as caught:
        parse_name_list(text)
    assert caught.value.code == code
    assert "--invites" in caught.value.message


@pytest.mark.parametrize("text", ["", "   ", "A\u202en", "Ann\x00", "\x1b[31mAnn"])
def test_no_names(text):
    with pytest.raises(UsageError) as caught:
        parse_one_name(text)
    assert caught.value.code.startswith("name.")


def test_files_that_cannot_be_read(tmp_path):
    (tmp_path / "latin").write_bytes(b"Zo\xeb\n")
    cases = [(tmp_path / "none", "file.missing"), (tmp_path, "file.unreadable"), (tmp_path / "latin", "file.not-text")]
    for path, code in cases:
        with pytest.raises(SantaError) as caught:
            read_text(str(path), "--invites")
        assert caught.value.code == code
    with pytest.raises(UsageError) as caught:
        read_bytes(str(tmp_path / "latin"), "--invites", 2)
    assert caught.value.code == "file.too-large"
    with pytest.raises(UsageError) as caught:
        read_bytes("a\x00b", "--invites")
    assert caught.value.code == "file.unreadable"


def test_a_file_is_not_overwritten_unless_told(tmp_path):
    path = tmp_path / "game.santa"
    write_new(str(path), b"one", "--out")
    with pytest.raises(UsageError) as caught:
        write_new(str(path), b"two", "--out")
    assert (caught.value.code, path.read_bytes()) == ("file.exists", b"one")
    write_new(str(path), b"two", "--out", replace=True)
    assert path.read_bytes() == b"two"
    with pytest.raises(UsageError) as caught:
        write_new(str(tmp_path / "no" / "where"), b"", "--out")
    assert caught.value.code == "file.unwritable"


def test_lists_in_words():
    assert and_list([]) == "nobody"
    assert and_list(["a"]) == "a"
    assert and_list("abc") == "a, b and c"
    assert and_list(map(str, range(100)), most=4) == "0, 1, 2 and 97 more"
    assert or_list("abc") == "a, b or c"
