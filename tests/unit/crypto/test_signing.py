"""Signatures: one accepted form, for one label, key and body."""

from __future__ import annotations

import pytest

from sealed_santa.base.canon import pack
from sealed_santa.base.errors import ParseError, VerificationError
from sealed_santa.base.labels import Label
from sealed_santa.crypto import signing
from sealed_santa.crypto.group import BASE, IDENTITY, ORDER, Point
from sealed_santa.crypto.signing import SigningKey, VerifyKey, sign, verify, verify_bytes

KEY = SigningKey.from_seed(b"s" * 32)
ORDER_EIGHT = Point(bytes.fromhex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"))


def refused(key: VerifyKey, label: Label, body: bytes, signature: bytes) -> None:
    with pytest.raises(VerificationError) as caught:
        verify(key, label, body, signature)
    assert caught.value.code == "signature.wrong"


def test_a_signature_verifies_under_its_key_label_and_body_only() -> None:
    signature = sign(KEY, Label.POST_SIGNATURE, b"body")
    assert len(signature) == 64
    verify(VerifyKey.parse(KEY.public().raw), Label.POST_SIGNATURE, b"body", signature)
    refused(KEY.public(), Label.ENTRY_SIGNATURE, b"body", signature)
    refused(KEY.public(), Label.POST_SIGNATURE, b"Body", signature)
    refused(KEY.public(), Label.POST_SIGNATURE, b"", signature)
    refused(SigningKey.from_seed(b"t" * 32).public(), Label.POST_SIGNATURE, b"body", signature)


def test_what_is_signed_is_the_framed_label_and_body() -> None:
    signature = sign(KEY, Label.POST_SIGNATURE, b"body")
    verify_bytes(KEY.public(), pack("sealed-santa/1/post-signature", b"body"), signature)
    with pytest.raises(VerificationError):
        verify_bytes(KEY.public(), b"body", signature)


def test_every_byte_of_a_signature_counts() -> None:
    signature = sign(KEY, Label.POST_SIGNATURE, b"body")
    for k in range(64):
        changed = signature[:k] + bytes([signature[k] ^ 1]) + signature[k + 1 :]
        refused(KEY.public(), Label.POST_SIGNATURE, b"body", changed)


@pytest.mark.parametrize("length", [0, 32, 63, 65, 128])
def test_a_signature_has_64_bytes(length: int) -> None:
    signature = sign(KEY, Label.POST_SIGNATURE, b"body")
    refused(KEY.public(), Label.POST_SIGNATURE, b"body", (signature * 2)[:length])


def test_a_second_signature_with_s_plus_the_order_is_refused() -> None:
    signature = sign(KEY, Label.POST_SIGNATURE, b"body")
    s = int.from_bytes(signature[32:], "little") + ORDER
    refused(KEY.public(), Label.POST_SIGNATURE, b"body", signature[:32] + s.to_bytes(32, "little"))


def test_an_r_outside_the_subgroup_is_refused() -> None:
    signature = sign(KEY, Label.POST_SIGNATURE, b"body")
    for r in (IDENTITY, ORDER_EIGHT, Point(signature[:32]) + ORDER_EIGHT):
        refused(KEY.public(), Label.POST_SIGNATURE, b"body", r.raw + signature[32:])


def test_the_rule_for_r_does_not_hang_on_the_library(monkeypatch: pytest.MonkeyPatch) -> None:
    """Libraries that multiply by the cofactor take an R with torsion; one that takes everything stands for them."""
    signature = sign(KEY, Label.POST_SIGNATURE, b"body")
    assert signing.library_compares_r()
    monkeypatch.setattr(signing, "crypto_sign_open", lambda signed, key: signed[64:])
    signing.library_compares_r.cache_clear()
    verify(KEY.public(), Label.POST_SIGNATURE, b"body", signature)
    for r in (IDENTITY, ORDER_EIGHT, Point(signature[:32]) + ORDER_EIGHT):
        refused(KEY.public(), Label.POST_SIGNATURE, b"body", r.raw + signature[32:])
    assert not signing.library_compares_r()
    signing.library_compares_r.cache_clear()


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        bytes(31),
        bytes(32),
        bytes(33),
        IDENTITY.raw,
        ORDER_EIGHT.raw,
        (BASE + ORDER_EIGHT).raw,
        b"\xff" * 32,
        (2**255 - 19 + 1).to_bytes(32, "little"),
        KEY.public().raw + b"\0",
    ],
    ids=bytes.hex,
)
def test_bad_keys_are_refused_each_time(raw: bytes) -> None:
    for _ in range(2):  # parsed keys are remembered, refusals must not be forgotten
        with pytest.raises(ParseError) as caught:
            VerifyKey.parse(raw)
        assert caught.value.code == "key.invalid"


def test_the_secret_is_not_shown_and_a_seed_has_32_bytes() -> None:
    shown = repr(KEY) + str(KEY)
    assert (b"s" * 32).hex() not in shown
    assert repr(KEY.secret) not in shown
    assert KEY.public().raw.hex() in shown
    with pytest.raises(ParseError) as caught:
        SigningKey.from_seed(bytes(31))
    assert caught.value.code == "key.invalid"
