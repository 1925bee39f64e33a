"""The lines, both ways: bytes into lines within bounds, and lines of the server that can be read again."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sealed_santa.classic.lines import Line, LineBuffer, Say, read, split

LIMIT = 8
NASTY = ("Bob", "a: b", "x has started a game of 4", "no: a", "{name}", "{", "ü", "gift 1: a, b", "the game has ended")
VALUES = {"id": ("7", "wool-socks"), "number": ("3",), "count": ("12",), "seconds": ("300",), "limit": ("1024",)}


def fed(data, *cuts):
    buffer = LineBuffer(LIMIT)
    ends = [*cuts, len(data)]
    lines = [line for a, b in zip([0, *ends], ends, strict=False) for line in buffer.feed(data[a:b])]
    return lines + buffer.finish()


@pytest.mark.parametrize(
    ("data", "lines"),
    [
        (b"", []),
        (b"a\n", ["a"]),
        (b"a", ["a"]),
        (b"a\r\nb\n", ["a", "b"]),
        (b"\n\r\n", ["", ""]),
        (b"a\rb\n", ["a\rb"]),
        (b"\r", [""]),
        (b"a\r\r\n", ["a\r"]),
        (b"12345678\n", ["12345678"]),
        (b"12345678\r\n", ["12345678"]),
        (b"12345678", ["12345678"]),
        (b"123456789\n", [Say.NO_TOO_LONG]),
        (b"123456789", [Say.NO_TOO_LONG]),
        (b"123456789\r\n", [Say.NO_TOO_LONG]),
        (b"x" * 999 + b"\nb\n", [Say.NO_TOO_LONG, "b"]),
        (b"\xff\xf4\n", [Say.NO_UTF8]),
        (b"\xc3\n\xa4\n", [Say.NO_UTF8, Say.NO_UTF8]),
        (b"\xed\xa0\x80\n", [Say.NO_UTF8]),
        (b"\xc0\x80\n", [Say.NO_UTF8]),
        (b"\x00\n", ["\x00"]),
        ("ü\n".encode(), ["ü"]),
    ],
)
def test_bytes_become_lines_however_they_are_cut(data, lines):
    assert fed(data) == lines
    assert fed(data, *range(1, len(data))) == lines
    for cut in range(len(data)):
        assert fed(data, cut) == lines


@given(st.lists(st.binary(max_size=20)))
def test_any_bytes_give_lines_or_one_of_two_faults(chunks):
    whole, parts = LineBuffer(LIMIT), LineBuffer(LIMIT)
    together = whole.feed(b"".join(chunks)) + whole.finish()
    lines = [line for chunk in chunks for line in parts.feed(chunk)] + parts.finish()
    assert lines == together
    for line in lines:
        assert line in (Say.NO_TOO_LONG, Say.NO_UTF8) or (len(line.encode()) <= LIMIT and "\n" not in line)


def test_a_line_without_end_costs_no_memory():
    buffer = LineBuffer(LIMIT)
    for _ in range(1000):
        assert buffer.feed(b"x" * 100) == []
        assert len(buffer._rest) <= LIMIT + 1
    assert buffer.feed(b"\nok\n") == [Say.NO_TOO_LONG, "ok"]


@pytest.mark.parametrize("say", Say, ids=lambda say: say.name)
def test_what_the_server_says_can_be_read_again(say):
    for name in NASTY:
        values = {"name": name, "gift": name, "reason": name}
        fields = [f.split("}")[0] for f in say.value.split("{")[1:]]
        for number in VALUES["id"]:
            filled = {f: values.get(f) or (number if f == "id" else VALUES[f][0]) for f in fields}
            line = Line(1, say, filled)
            assert "\n" not in line.text
            assert read(line.text) == (say, filled)
            key, value = split(line.text)
            assert key == say.value.format(**filled).split(":")[0]
            assert (value is None) == (say is Say.ENDED)


@pytest.mark.parametrize("text", ["", "id:", "id: ", "hello", "you give to Bob", "gift x: a, b", "the game has ended."])
def test_what_it_never_says_is_none_of_its_lines(text):
    assert read(text) is None


def test_no_two_lines_are_alike():
    assert len(Say) == len({say.value for say in Say})
