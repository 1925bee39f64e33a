"""What is in the boxes, and what their `info` binds."""

from __future__ import annotations

import inspect
from itertools import product
from typing import Any

import pytest

from game_cases import raises
from sealed_santa.base.canon import pack
from sealed_santa.base.errors import ParseError, VerificationError
from sealed_santa.base.labels import Label
from sealed_santa.game import boxes
from sealed_santa.game.boxes import (
    HOUSE,
    INNER_SIZE,
    MAX_NOTE,
    CardOpening,
    Choice,
    Envelope,
    Unveiling,
    box_info,
    gift_hash,
    inner_info,
    pad_note,
    unpad_note,
)
from sealed_santa.log.fields import (
    CardBoxes,
    CardOpenings,
    ChoiceBox,
    Envelopes,
    Hash,
    NoteBox,
    RevealBoxes,
    SealKey,
    SignKey,
)

GAME, KEY, AUTHOR = Hash(b"g" * 32), SealKey(b"k" * 32), SignKey(b"a" * 32)
ALL = [CardOpening(3, b"b" * 32), Choice(7, b"k" * 32), Envelope(7, b"i" * 560), Unveiling(2, b"b" * 32, b"k" * 32)]


@pytest.mark.parametrize("content", ALL, ids=lambda c: type(c).__name__)
def test_decoding_undoes_encoding(content: Any) -> None:
    assert type(content).decode(content.encode()) == content


@pytest.mark.parametrize("content", ALL, ids=lambda c: type(c).__name__)
def test_contents_have_one_length(content: Any) -> None:
    raw = content.encode()
    for wrong in (b"", raw[:-1], raw + b"\x00", raw * 2):
        with raises(VerificationError, "box.malformed"):
            type(content).decode(wrong)


def test_boxes_are_as_long_as_their_fields_say() -> None:
    sizes = [len(c.encode()) + 48 for c in ALL]
    assert sizes == [CardBoxes.UNIT, ChoiceBox.SIZE, Envelopes.UNIT, RevealBoxes.UNIT]
    assert len(ALL[0].encode()) == CardOpenings.UNIT
    assert INNER_SIZE + 48 == NoteBox.SIZE
    assert len(pad_note("")) + 48 == INNER_SIZE


def test_numbers_are_little_endian() -> None:
    assert CardOpening(1, bytes(32)).encode()[:4] == b"\x01\x00\x00\x00"
    assert Choice(258, bytes(32)).encode()[:4] == b"\x02\x01\x00\x00"


@pytest.mark.parametrize("place", [0, 1, 559])
def test_a_house_gift_has_no_content(place: int) -> None:
    empty = HOUSE.to_bytes(4, "little") + bytes(560)
    assert Envelope.decode(empty) == Envelope(HOUSE, bytes(560))
    bad = bytearray(empty)
    bad[4 + place] = 1
    with raises(VerificationError, "box.malformed"):
        Envelope.decode(bytes(bad))


def test_a_private_reveal_says_whether_there_is_k() -> None:
    without = Unveiling(2, b"b" * 32, None)
    assert Unveiling.decode(without.encode()) == without
    assert Unveiling.decode(Unveiling(2, b"b" * 32, bytes(32)).encode()).k == bytes(32)
    raw = without.encode()
    for flag, k in ((0, b"\x01" + bytes(31)), (2, bytes(32)), (255, b"k" * 32)):
        with raises(VerificationError, "box.malformed"):
            Unveiling.decode(raw[:36] + bytes([flag]) + k)


def test_secrets_are_not_shown() -> None:
    shown = repr(ALL)
    assert "bbbb" not in shown
    assert "kkkk" not in shown


# --- notes --------------------------------------------------------------------------------------


@pytest.mark.parametrize("note", ["", "x", "Zoë 😀\nsecond line", "x" * 510, "ë" * 255])
def test_a_note_comes_back(note: str) -> None:
    raw = pad_note(note)
    assert len(raw) == 512
    assert unpad_note(raw) == note


@pytest.mark.parametrize(
    ("note", "code"),
    [
        ("x" * 511, "note.too-long"),
        ("ë" * 256, "note.too-long"),
        ("a\x00b", "note.character"),
        ("\u202e", "note.character"),
        ("\x1b[31m", "note.character"),
        ("e\u0301", "note.not-nfc"),
        ("\ud800", "note.character"),
    ],
)
def test_a_note_that_may_not_be_sent(note: str, code: str) -> None:
    with raises(ParseError, code):
        pad_note(note)


@pytest.mark.parametrize(
    ("raw", "kind", "code"),
    [
        (b"", VerificationError, "box.malformed"),
        (bytes(511), VerificationError, "box.malformed"),
        (bytes(513), VerificationError, "box.malformed"),
        ((511).to_bytes(2, "little") + b"x" * 510, VerificationError, "box.malformed"),
        (b"\xff\xff" + b"x" * 510, VerificationError, "box.malformed"),
        (b"\x02\x00hi!" + bytes(507), VerificationError, "box.malformed"),  # something hidden behind the text
        (b"\x02\x00hi" + bytes(507) + b"\x01", VerificationError, "box.malformed"),
        (b"\x01\x00\xff" + bytes(509), VerificationError, "box.malformed"),  # no UTF-8
        (b"\x03\x00\xed\xa0\x80" + bytes(507), VerificationError, "box.malformed"),  # a surrogate
        (b"\x02\x00\xc0\x80" + bytes(508), VerificationError, "box.malformed"),  # overlong
        (b"\x01\x00\x00" + bytes(509), ParseError, "note.character"),
        (b"\x01\x00\x1b" + bytes(509), ParseError, "note.character"),
        (b"\x03\x00e\xcc\x81" + bytes(507), ParseError, "note.not-nfc"),
    ],
)
def test_what_is_no_note(raw: bytes, kind: Any, code: str) -> None:
    with raises(kind, code):
        unpad_note(raw)


def test_notes_of_all_lengths_are_sealed_to_one_length() -> None:
    assert {len(pad_note("x" * k)) for k in range(MAX_NOTE + 1)} == {512}


# --- what is bound ------------------------------------------------------------------------------


def test_info_is_that_of_the_page() -> None:
    assert box_info(Label.SEAL_CARD, GAME, 2, 3, KEY, AUTHOR) == pack(Label.SEAL_CARD.value, GAME, 2, 3, KEY, AUTHOR)
    assert inner_info(GAME, 2, 3, KEY) == pack(Label.SEAL_INNER.value, GAME, 2, 3, KEY)


def test_info_binds_purpose_game_round_number_key_and_author() -> None:
    labels = [label for label in Label if label.name.startswith("SEAL_")]
    games, keys, authors = (Hash(bytes(32)), GAME), (SealKey(bytes(32)), KEY), (SignKey(bytes(32)), AUTHOR)
    infos = [box_info(*parts) for parts in product(labels, games, (1, 2), (1, 2), keys, authors)]
    infos += [inner_info(*parts) for parts in product(games, (1, 2), (1, 2), keys)]
    assert len(set(infos)) == len(infos) == len(labels) * 32 + 16


def test_the_inner_box_knows_no_author() -> None:
    assert list(inspect.signature(inner_info).parameters) == ["game", "round_", "number", "key"]
    functions = inspect.getmembers(boxes, inspect.isfunction)
    sealers = [name for name, f in functions if "author" in inspect.signature(f).parameters]
    assert sealers == ["box_info"]


def test_h_binds_everything_of_a_gift() -> None:
    base: dict[str, Any] = {
        "game": GAME, "round_": 1, "giver": 2, "k": b"k" * 32, "choice": 3, "inner": b"i" * 560,
    }  # fmt: skip
    other = {
        "game": Hash(bytes(32)), "round_": 2, "giver": 3, "k": bytes(32), "choice": 4, "inner": bytes(560),
    }  # fmt: skip
    hashes = {gift_hash(**base), *(gift_hash(**(base | {name: value})) for name, value in other.items())}
    assert len(hashes) == 7
