"""Typed fields: exact lengths, one spelling, valid keys."""

from __future__ import annotations

import pytest
from nacl.bindings import crypto_core_ed25519_add

from game_cases import raises
from sealed_santa.base.canon import b64
from sealed_santa.base.errors import ParseError
from sealed_santa.log import fields
from sealed_santa.log.fields import (
    CardBoxes,
    ChoiceBox,
    Coin,
    Envelopes,
    Fixed,
    Hash,
    NoteBox,
    Opened,
    Points,
    RevealBoxes,
    SealKey,
    Signature,
    SignKey,
    Vector,
    decode_field,
    encode_field,
)

P = 2**255 - 19
ORDER_EIGHT = 325606250916557431795983626356110631294008115727848805560023387167927233504
ORDER_EIGHT_TOO = 39382357235489614581723060781553021112529911719440698176882885853963445705823
GOOD_SIGN_KEY = bytes.fromhex("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a")  # RFC 8032, 7.1
GOOD_SEAL_KEY = bytes.fromhex("8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a")  # RFC 7748, 6.1

FIXED = {Hash: 32, Coin: 32, Opened: 32, Signature: 64, ChoiceBox: 84, NoteBox: 608}
VECTORS = {
    Points: 32, fields.SealKeys: 32, fields.Openings: 32, fields.GiftSecrets: 32, fields.Proof: 32, CardBoxes: 84,
    Envelopes: 612, fields.CardOpenings: 36, RevealBoxes: 117,
}  # fmt: skip


def le(number: int) -> bytes:
    return number.to_bytes(32, "little")


@pytest.mark.parametrize(("kind", "size"), FIXED.items())
def test_a_fixed_field_has_its_length(kind: type[Fixed], size: int) -> None:
    assert kind.parse(b64(b"x" * size)) == b"x" * size
    for wrong in (0, 1, size - 1, size + 1, 2 * size):
        with raises(ParseError, "length.wrong"):
            kind.parse(b64(b"x" * wrong))


@pytest.mark.parametrize(("kind", "unit"), VECTORS.items())
def test_a_vector_is_whole_units(kind: type[Vector], unit: int) -> None:
    value = kind.parse(b64(b"x" * unit + b"y" * unit))
    assert value.units() == (b"x" * unit, b"y" * unit)
    assert value.count() == 2
    assert kind.parse("").units() == ()
    for wrong in (1, unit - 1, unit + 1, 2 * unit - 1):
        with raises(ParseError, "length.wrong"):
            kind.parse(b64(b"x" * wrong))


@pytest.mark.parametrize("text", ["A" * 42 + "B", "A" * 43 + "=", "A" * 42 + "+A", " " + "A" * 43])
def test_another_spelling_of_a_field_is_refused(text: str) -> None:
    assert Hash.parse("A" * 43) == bytes(32)
    with raises(ParseError, "base64.invalid"):
        Hash.parse(text)


def test_good_keys_are_taken() -> None:
    assert SignKey.parse(b64(GOOD_SIGN_KEY)) == GOOD_SIGN_KEY
    assert SealKey.parse(b64(GOOD_SEAL_KEY)) == GOOD_SEAL_KEY


@pytest.mark.parametrize(
    "raw",
    [
        le(1),  # the identity
        le(0),  # order 4
        le(P - 1),  # order 2
        bytes.fromhex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"),  # order 8
        bytes.fromhex("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a"),  # order 8
        le(P),  # non-canonical spellings
        le(P + 1),
        le(2**255 - 1),
        b"\xff" * 32,
        le(2**255 + 1),  # the identity with the sign of its zero x
        le(2),  # on no curve point
        bytes.fromhex("a0" * 32),
    ],
    ids=lambda raw: raw.hex()[:8],
)
def test_a_bad_signing_key_is_refused(raw: bytes) -> None:
    with raises(ParseError, "key.invalid"):
        SignKey.parse(b64(raw))


def test_a_signing_key_with_a_part_of_small_order_is_refused() -> None:
    """A point of order 8·ℓ: on the curve, canonical, and yet several keys fit one signature."""
    order_two = le(P - 1)
    mixed = crypto_core_ed25519_add(GOOD_SIGN_KEY, order_two)
    with raises(ParseError, "key.invalid"):
        SignKey.parse(b64(mixed))


@pytest.mark.parametrize(
    "number",
    [0, 1, P - 1, ORDER_EIGHT, ORDER_EIGHT_TOO, P, P + 1, P + ORDER_EIGHT, 2**255 - 1, 2**255, 2**255 + 9, 2**256 - 1],
)
def test_a_low_order_or_second_spelling_of_a_sealing_key_is_refused(number: int) -> None:
    with raises(ParseError, "key.invalid"):
        SealKey.parse(b64(le(number)))


def test_the_high_bit_gives_no_second_spelling_of_a_good_key() -> None:
    twin = bytearray(GOOD_SEAL_KEY)
    twin[31] |= 0x80
    with raises(ParseError, "key.invalid"):
        SealKey.parse(b64(bytes(twin)))


@pytest.mark.parametrize("kind", [SignKey, SealKey])
def test_keys_have_32_bytes(kind: type[Fixed]) -> None:
    with raises(ParseError, "length.wrong"):
        kind.parse(b64(GOOD_SIGN_KEY[:31]))


@pytest.mark.parametrize("value", [None, 1, True, ["A" * 43], {"raw": "A" * 43}, b"A" * 43])
def test_a_field_is_a_text(value: object) -> None:
    assert decode_field(Hash, "A" * 43) == bytes(32)
    with pytest.raises(TypeError):  # msgspec makes of it the error of the object around it
        decode_field(Hash, value)


def test_no_other_type_is_known() -> None:
    assert encode_field(Hash(bytes(32))) == "A" * 43
    with raises(ParseError, "field.type"):
        decode_field(complex, "1")
    with raises(ParseError, "field.type"):
        encode_field(1j)
