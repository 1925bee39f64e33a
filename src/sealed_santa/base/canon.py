"""The one way between values and bytes (docs/protocol.md, section 2).

Three codecs, each injective: canonical JSON (RFC 8785, through the library `rfc8785`), unpadded
base64url (RFC 4648, section 5; one spelling a value), and `pack`, the length-framed concatenation
that every hash, signature and HPKE `info` is taken over.
"""

from __future__ import annotations

import base64
import binascii
from typing import Final

import msgspec
import rfc8785

from sealed_santa.base.errors import ParseError

MAX_INT: Final = 2**53 - 1  # the largest integer that RFC 8785 (I-JSON) carries exactly


def _no_fraction(text: str) -> float:
    """Refuse a fraction where it stands: no record has one, and canonical forms of fractions are dear."""
    raise ParseError("json.not-canonical", f"a number that is no integer: {text[:40]}")


_decoder: Final = msgspec.json.Decoder(float_hook=_no_fraction)


def encode_json(value: object) -> bytes:
    """Return the canonical JSON of builtins (dict, list, str, int, bool, None)."""
    return rfc8785.dumps(value)  # type: ignore[arg-type]


def check_canonical(raw: bytes) -> None:
    """Refuse bytes that are not the canonical form of what they decode to.

    Catches duplicate keys, other key orders, white space, other escapes and other spellings of
    numbers at once, as all of them change the bytes.

    Raises:
        ParseError: `json.invalid` (no JSON at all) or `json.not-canonical`; so is every number that is no integer.
    """
    try:
        value = _decoder.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as e:
        raise ParseError("json.invalid", f"not JSON: {e}") from e
    try:
        same = encode_json(value) == raw
    except (rfc8785.CanonicalizationError, RecursionError) as e:
        raise ParseError("json.not-canonical", f"has no canonical form: {e}") from e
    if not same:
        raise ParseError("json.not-canonical", "the bytes are not canonical JSON (RFC 8785)")


def b64(raw: bytes) -> str:
    """Return unpadded base64url."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode("ascii")


def unb64(text: str) -> bytes:
    """Decode unpadded base64url; exactly one text is accepted for each value.

    Raises:
        ParseError: `base64.invalid`, also for padding and for stray bits in the last character.
    """
    try:
        raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError) as e:
        raise ParseError("base64.invalid", "not base64url") from e
    if b64(raw) != text:
        raise ParseError("base64.invalid", "not the one base64url spelling of its bytes")
    return raw


def pack(*parts: bytes | str | int) -> bytes:
    """Return the parts one after the other, each behind its length (4 bytes, little-endian).

    Text is UTF-8, an integer 8 bytes little-endian. Injective for a fixed sequence of kinds, which
    the label that stands first determines.
    """
    out = bytearray()
    for part in parts:
        if isinstance(part, int):
            raw = part.to_bytes(8, "little")
        elif isinstance(part, str):
            raw = part.encode("utf-8")
        else:
            raw = part
        out += len(raw).to_bytes(4, "little")
        out += raw
    return bytes(out)
