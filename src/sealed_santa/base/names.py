"""Names, notes and lines: the texts that people type (docs/protocol.md, section 2.8).

Rules: `parse_*` are rules of validity. They depend on nothing but the text, need no table of a Unicode
version other than NFC, and change nothing: what is not exactly right is refused. `normalise_*` help
a person at the keyboard before that. `skeleton` and `look_alike` are a courtesy when somebody wants
to come in; they use this Python's Unicode tables and no log is judged by them.

`for_terminal` is the last step before a screen and takes any text. It does not know the markup of
a terminal library or of HTML; who prints through one escapes for it as well.
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache
from typing import Final

from sealed_santa.base.characters import BLANKS, is_allowed_at, is_generic_mark, is_selector
from sealed_santa.base.errors import ParseError

MAX_NAME_CHARS: Final = 64


def parse_name(text: str) -> str:
    """Accept a display name: a line of 1 to 64 characters (code points).

    Raises:
        ParseError: `name.empty`, `name.too-long`, `name.character`, `name.blank`, `name.mark-first`
            or `name.not-nfc`.
    """
    return _parse_line(text, "name", 1, MAX_NAME_CHARS)


def parse_line(text: str, max_chars: int, *, min_chars: int = 1) -> str:
    """Accept one line of text (title, wish, name of a gift) of min_chars to max_chars code points.

    Raises:
        ParseError: `line.empty`, `line.too-long`, `line.character`, `line.blank`, `line.mark-first`
            or `line.not-nfc`.
    """
    return _parse_line(text, "line", min_chars, max_chars)


def parse_note(text: str, max_bytes: int) -> str:
    """Accept a note of 0 to max_bytes bytes of UTF-8; newlines (U+000A) and blanks may stand anywhere.

    Raises:
        ParseError: `note.too-long`, `note.character` or `note.not-nfc`.
    """
    if len(text) > max_bytes:  # a character has at least one byte; spares the work on huge texts
        raise ParseError("note.too-long", f"the note is longer than {max_bytes} bytes")
    _check_characters(text, "note", newlines=True)
    if len(text.encode("utf-8")) > max_bytes:
        raise ParseError("note.too-long", f"the note is longer than {max_bytes} bytes")
    return text


def _parse_line(text: str, kind: str, min_chars: int, max_chars: int) -> str:
    if len(text) < min_chars:
        raise ParseError(f"{kind}.empty", f"the {kind} has fewer than {min_chars} characters")
    if len(text) > max_chars:
        raise ParseError(f"{kind}.too-long", f"the {kind} has more than {max_chars} characters")
    _check_characters(text, kind, newlines=False)
    if text[:1] == " " or text[-1:] == " " or "  " in text:
        raise ParseError(f"{kind}.blank", f"the {kind} has a blank at its start or end, or two in a row")
    if text and is_generic_mark(text[0]):
        raise ParseError(f"{kind}.mark-first", f"the {kind} starts with a combining mark")
    return text


def _check_characters(text: str, kind: str, *, newlines: bool) -> None:
    for i, char in enumerate(text):
        if not (is_allowed_at(text, i) or (newlines and char == "\n")):
            raise ParseError(
                f"{kind}.character", f"U+{ord(char):04X} is not allowed in a {kind} at place {i + 1}"
            )
    if not unicodedata.is_normalized("NFC", text):
        raise ParseError(f"{kind}.not-nfc", f"the {kind} is not in Unicode's normal form C")


def normalise_name(text: str) -> str:
    """Return what somebody meant who typed a name or a line: NFC, every run of blanks one plain space, none outside."""
    return unicodedata.normalize("NFC", " ".join(text.split()))


def normalise_note(text: str) -> str:
    """Return what somebody meant who typed a note: NFC, newlines as U+000A, other blanks and tabs as plain spaces."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\u2028", "\n").replace("\u2029", "\n\n")
    return unicodedata.normalize("NFC", "".join(" " if c == "\t" or c in BLANKS else c for c in text))


def for_terminal(text: str, *, newlines: bool = False) -> str:
    """Return any text with all that could disturb a terminal or deceive its reader made visible.

    What is_allowed_at refuses becomes its code point in the form \\u{202E}, other blanks become a plain
    space. With newlines=True U+000A stays. The result can be printed and encoded, whatever came in;
    it is for eyes only, as an escaped form may also have been typed.
    """
    out: list[str] = []
    for i, char in enumerate(text):
        if (newlines and char == "\n") or (is_allowed_at(text, i) and not (i == 0 and is_generic_mark(char))):
            out.append(char)
        elif char in BLANKS:
            out.append(" ")
        else:
            out.append(f"\\u{{{ord(char):X}}}")
    return "".join(out)


# Pairs "character, what it is drawn like", after case folding. Where the capital and the small letter
# resemble different Latin letters, the capital decides (_SMALL_GREEK has the others).
_PAIRS: Final = """
    0o 1l |l il
    ıl łl øo đd ħh ɑa ɡg ɩl ʟl ʀr ᴏo ᴄc ᴠv ᴡw ᴢz æae œoe þp ðd ŋn
    аa вb гr еe кk мm нh оo рp сc тt уy хx ѓr єe ѕs іl јj ќk ћh ђh ѵv ѡw ьb ғf һh ҫc ҽe ԁd ԛq ԝw үy ӏl
    αa βb γy εe ζz ηh ιl κk μm νn οo ρp σo τt υy χx ωw
"""
_CONFUSABLE: Final = str.maketrans({pair[0]: pair[1:] for pair in _PAIRS.split()})
_SMALL_GREEK: Final = str.maketrans("ηνυ", "nvu")
_POINTS: Final = frozenset(map(chr, (*range(0x591, 0x5C8), *range(0x64B, 0x660), 0x670)))


@lru_cache(maxsize=4096)
def skeleton(name: str) -> str:
    """Return a key that is equal for names which people could take for each other.

    Case, accents of European scripts, points of Hebrew and Arabic, blanks, punctuation and invisible
    characters do not count; the usual doubles among Latin, Cyrillic, Greek and digits are one, and so
    are rn and m, vv and w. Marks of other scripts are vowels and count. After the idea of Unicode
    Technical Standard 39 (skeletons), with a short table of our own. Not for judging a log.
    """
    text = unicodedata.normalize("NFKD", name)
    if any("a" <= c <= "z" or "A" <= c <= "Z" for c in text):
        text = text.translate(_SMALL_GREEK)  # among Latin letters a small nu is there to be read as v
    folded = unicodedata.normalize("NFKD", text.casefold())
    kept = "".join(c for c in folded if not _counts_for_nothing(c))
    key = kept.translate(_CONFUSABLE).replace("rn", "m").replace("vv", "w")
    return key or folded


def _counts_for_nothing(char: str) -> bool:
    if is_generic_mark(char) or is_selector(char) or char in _POINTS or "\u02b0" <= char <= "\u02ff":
        return True
    return unicodedata.category(char)[0] in "PZC"


def look_alike(a: str, b: str) -> bool:
    """Tell whether two names differ by nothing that people see or hear at once (equal skeletons)."""
    return skeleton(a) == skeleton(b)
