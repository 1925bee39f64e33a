"""Names, notes, lines: what is refused, what looks alike, what a terminal gets to see."""

import hashlib
import unicodedata

import pytest

from sealed_santa.base.characters import REFUSED, is_refused
from sealed_santa.base.errors import ParseError
from sealed_santa.base.names import (
    for_terminal,
    look_alike,
    normalise_name,
    normalise_note,
    parse_line,
    parse_name,
    parse_note,
    skeleton,
)

GOOD_NAMES = [
    "A",
    "Ann",
    "O'Brien-Łukasiewicz, Jr. #2",
    "x" * 64,
    "\U0001f385" * 64,
    "Zo\u00eb",
    "王小明",
    "ශ\u0dca\u200dර\u0dd3",  # a Sinhala conjunct needs its joiner
    "می\u200cخواهم",
    "\U0001f469\u200d\U0001f467",
    "\u2764\ufe0f",
    "葛\U000e0100城",
    "\U0001fae8",  # younger than the list, in a block of emoji
    "שלום",
]


@pytest.mark.parametrize("name", GOOD_NAMES)
def test_names_of_people_are_accepted_unchanged(name):
    assert parse_name(name) == name


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("", "name.empty"),
        ("x" * 65, "name.too-long"),
        (" Ann", "name.blank"),
        ("Ann ", "name.blank"),
        (" ", "name.blank"),
        ("Ann  B", "name.blank"),
        ("Zoe\u0308", "name.not-nfc"),
        ("\u212b", "name.not-nfc"),  # angstrom sign
        ("\uf900", "name.not-nfc"),  # a compatibility ideograph
        ("\u0301nn", "name.mark-first"),
        ("\u20ddA", "name.mark-first"),
        ("Ann\u00a0B", "name.character"),
        ("Ann\u3000B", "name.character"),
        ("Ann\tB", "name.character"),
        ("Ann\nB", "name.character"),
        ("Ann\x00", "name.character"),
        ("Ann\x1b[2J", "name.character"),
        ("Ann\x7f", "name.character"),
        ("Ann\x9b", "name.character"),
        ("A\u00adnn", "name.character"),
        ("A\u034fnn", "name.character"),
        ("A\u061cnn", "name.character"),
        ("A\u115fn", "name.character"),
        ("A\u180en", "name.character"),
        ("A\u200bnn", "name.character"),
        ("A\u200cnn", "name.character"),
        ("A\u200dnn", "name.character"),
        ("A\u200enn", "name.character"),
        ("A\u2028n", "name.character"),
        ("A\u202en", "name.character"),
        ("A\u2060n", "name.character"),
        ("A\u2066n", "name.character"),
        ("A\u206fn", "name.character"),
        ("A\u2800n", "name.character"),
        ("A\u3164n", "name.character"),
        ("A\ufeffn", "name.character"),
        ("A\ufffbn", "name.character"),
        ("A\ufffe", "name.character"),
        ("A\uffff", "name.character"),
        ("A\ufdd0", "name.character"),
        ("A\ud800", "name.character"),
        ("A\ue000", "name.character"),
        ("A\U000e0041", "name.character"),
        ("A\U000f0000", "name.character"),
        ("A\U0010ffff", "name.character"),
        ("\u0378", "name.character"),  # not assigned
        ("\U00011f02", "name.character"),  # assigned after 14.0
        ("A\ufe0f", "name.character"),  # a selector after what has no variants
        ("\ufe0f", "name.character"),
        ("\u2764\ufe0f\ufe0f", "name.character"),
        ("\u200d\u2764", "name.character"),
        ("\u2764\u200d", "name.character"),
        ("\u2764\u200d\u200d\u2764", "name.character"),
        ("\u0430\u200d\u0430", "name.character"),  # no joiner in Cyrillic
        ("\u1ea1\u200d\u1ea1", "name.character"),  # nor in Vietnamese
    ],
)
def test_names_that_deceive_or_disturb_are_refused(name, code):
    with pytest.raises(ParseError) as error:
        parse_name(name)
    assert error.value.code == code
    assert error.value.message.isprintable()


def test_the_table_is_the_one_of_the_protocol():
    digest = hashlib.sha256(" ".join(REFUSED.split()).encode()).hexdigest()
    assert digest == "51c00f6019410f4f2b629a8930bb222fd6827f434b467c6a0a006c6b4dc0f310"


def test_the_table_is_ascending_and_covers_the_named_ranges():
    flat = [int(end, 16) for item in REFUSED.split() for end in (item.split("-") * 2)[:2]]
    assert flat == sorted(flat)
    ends = list(zip(flat[1::2], flat[2::2], strict=False))
    assert all(first - last > 1 for last, first in ends)
    for first, last in [(0, 0x1F), (0x7F, 0xA0), (0x2028, 0x202E), (0x2060, 0x206F), (0xD800, 0xF8FF)]:
        assert all(is_refused(chr(c)) for c in range(first, last + 1))


def test_no_character_that_is_accepted_is_invisible_or_unassigned():
    # A newer Python knows more characters, never fewer, so this holds for every version.
    accepted = (chr(c) for c in range(0x110000) if not is_refused(chr(c)) and not 0x1F300 <= c <= 0x1FAFF)
    kinds = {unicodedata.category(c) for c in accepted if c not in " \u200c\u200d"}
    assert not kinds & {"Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp", "Zs"}


@pytest.mark.skipif(unicodedata.unidata_version != "14.0.0", reason="only a Python with Unicode 14.0 can tell")
def test_every_visible_character_of_unicode_14_is_accepted():
    kinds = {unicodedata.category(chr(c)) for c in range(0x110000) if is_refused(chr(c))}
    letters = [c for c in map(chr, range(0x110000)) if is_refused(c) and unicodedata.category(c)[0] in "LN"]
    assert kinds <= {"Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp", "Zs", "Mn", "Lo", "So"}
    assert letters == list("\u115f\u1160\u3164\uffa0")


def test_line_has_the_rules_of_a_name_and_a_length_of_its_own():
    assert parse_line("A title", 7) == "A title"
    assert parse_line("", 7, min_chars=0) == ""
    bad = {"A title!": "too-long", "": "empty", "a\nb": "character", "a ": "blank", "e\u0301": "not-nfc"}
    for text, code in bad.items():
        with pytest.raises(ParseError) as error:
            parse_line(text, 7)
        assert error.value.code == f"line.{code}"


def test_note_may_have_lines_and_blanks_and_is_measured_in_bytes():
    note = "  Dear Zoë,\n\n  merry  Christmas \U0001f385\n"
    assert parse_note(note, len(note.encode())) == note
    assert parse_note("", 0) == ""
    with pytest.raises(ParseError) as error:
        parse_note(note, len(note.encode()) - 1)
    assert error.value.code == "note.too-long"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("a\rb", "note.character"),
        ("a\tb", "note.character"),
        ("a\u2028b", "note.character"),
        ("a\u202eb", "note.character"),
        ("\ud800", "note.character"),
        ("\x1b]0;x\x07", "note.character"),
        ("e\u0301", "note.not-nfc"),
        ("x" * 511, "note.too-long"),
        ("é" * 256, "note.too-long"),
    ],
)
def test_bad_notes(text, code):
    with pytest.raises(ParseError) as error:
        parse_note(text, 510)
    assert error.value.code == code


def test_normalising_makes_usual_input_valid():
    assert parse_name(normalise_name("\u3000Zoe\u0308 \t van\u00a0 Dam\r\n")) == "Zo\u00eb van Dam"
    assert parse_note(normalise_note("a\r\nb\rc\td\u202f!"), 100) == "a\nb\nc d !"
    with pytest.raises(ParseError):
        parse_name(normalise_name("A\u202en"))


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("Ann", "ANN"),
        ("Ian", "lan"),
        ("Ian", "1an"),
        ("J0hn", "John"),
        ("Zoë", "Zoe"),
        ("Anne Marie", "anne-marie"),
        ("Ann", "Ann."),
        ("\u0410\u043d\u043d\u0430", "\u0430\u043d\u043d\u0430"),
        ("\u0410nn", "Ann"),  # Cyrillic A
        ("Ni\u0441k", "Nick"),
        ("\u039dick", "Nick"),  # Greek capital nu
        ("Da\u03bdid", "David"),  # Greek small nu
        ("ΝΙΚΟΣ", "νικος"),
        ("Bern", "Bem"),
        ("VVill", "Will"),
        ("\uff21nn", "Ann"),
        ("\U0001d400nn", "Ann"),
        ("ﬁona", "Fiona"),
        ("Łukasz", "Lukasz"),
        ("Strauß", "STRAUSS"),
        ("می\u200cخواهم", "میخواهم"),
        ("\u2764\ufe0f", "\u2764"),
        ("İlker", "ilker"),
    ],
)
def test_look_alikes(a, b):
    assert look_alike(a, b)
    assert look_alike(b, a)


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("Ann", "Anna"),
        ("Ann", "Ana"),
        ("Bob", "Rob"),
        ("Player 1", "Player 11"),
        ("Player 2", "Player 3"),
        ("\u0dbb\u0dc0\u0dd2", "\u0dbb\u0dc0"),  # a vowel sign is no accent
        ("かな", "がな"),
        ("!", "?"),
        ("\U0001f385", "\U0001f384"),
    ],
)
def test_different_names_stay_different(a, b):
    assert not look_alike(a, b)
    assert skeleton(a)


def test_terminal_shows_what_would_deceive():
    assert for_terminal("a\x1b[31m\u202eb\u200b\ud800\n") == r"a\u{1B}[31m\u{202E}b\u{200B}\u{D800}\u{A}"
    assert for_terminal("a\nb\r", newlines=True) == "a\nb\\u{D}"
    assert for_terminal("\u0301a\u00a0b") == r"\u{301}a b"
    for name in GOOD_NAMES:
        assert for_terminal(name) == name
