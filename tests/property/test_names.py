"""Any text at all: accepted or refused with one typed error, and harmless on a terminal."""

import unicodedata

from hypothesis import example, given
from hypothesis import strategies as st

from sealed_santa.base.errors import ParseError
from sealed_santa.base.names import (
    for_terminal,
    look_alike,
    normalise_name,
    normalise_note,
    parse_name,
    parse_note,
    skeleton,
)

NASTY = st.sampled_from("a Z\u00e9\u0301\u200d\u200c\ufe0f\u202e\n\r\t\u2764\u0dca\ud800\u00a0\x1b\U000e0100")
BIDI = {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}
TEXTS = st.one_of(st.text(), st.text(NASTY), st.text(st.characters(codec=None)))


def attempt(parse, *args):
    try:
        return parse(*args), None
    except ParseError as e:
        return None, e


@given(TEXTS)
def test_a_name_is_accepted_as_it_is_or_refused(text):
    name, error = attempt(parse_name, text)
    if name is None:
        assert error.code.startswith("name.")
        assert error.message.isprintable()
        return
    assert name == text == unicodedata.normalize("NFC", text) == normalise_name(text) == for_terminal(text)
    assert 1 <= len(name) <= 64
    assert name.encode("utf-8").decode("utf-8") == name
    assert skeleton(name)
    assert look_alike(name, name.upper())


@given(TEXTS, st.integers(0, 60))
def test_a_note_is_accepted_as_it_is_or_refused(text, limit):
    note, error = attempt(parse_note, text, limit)
    if note is None:
        assert error.code.startswith("note.")
        return
    assert note == text == normalise_note(text)
    assert len(note.encode("utf-8")) <= limit


@given(TEXTS)
@example("\u0301")
def test_terminal_text_has_no_controls_and_can_be_encoded(text):
    shown = for_terminal(text)
    shown.encode("utf-8")
    bad = {"Cc", "Cs", "Zl", "Zp", "Co"}
    assert not any(unicodedata.category(c) in bad for c in shown)
    assert not any(unicodedata.bidirectional(c) in BIDI for c in shown)
    assert all(c in "\u200c\u200d" for c in shown if unicodedata.category(c) == "Cf")


@given(TEXTS)
def test_normalising_is_stable(text):
    assert normalise_name(normalise_name(text)) == normalise_name(text)
    assert normalise_note(normalise_note(text)) == normalise_note(text)
