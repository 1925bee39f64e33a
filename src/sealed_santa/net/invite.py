"""Invites and addresses as text: one line to paste or to scan (docs/protocol.md, section 9.7).

    invite    SANTA1: and base32 without padding of: length, version, port, pin, game, seed, host, checksum
    address   host:port#pin

Upper case and base32 suit the dense mode of QR codes and survive chats that read _ and * as markup.
An invite is a secret: whoever has it can take a seat. Its length and checksum tell a cut-off or
mistyped invite from a wrong one; they protect from nobody.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import ipaddress
import re
from dataclasses import dataclass, field
from typing import Final

from sealed_santa.base.canon import b64, unb64
from sealed_santa.base.errors import YOU, ParseError, UndecidedError
from sealed_santa.crypto.signing import SigningKey
from sealed_santa.log.fields import Hash

PREFIX: Final = "SANTA1:"
VERSION: Final = 1
DEFAULT_PORT: Final = 3000
_CHECK: Final = 4  # bytes of SHA-256
_FIXED: Final = 1 + 1 + 2 + 32 + 32 + 32 + _CHECK  # everything but the host
_MAX_HOST: Final = 150  # so that the length is one byte
_HOST: Final = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)(\.(?!-)[a-z0-9_-]{1,63}(?<!-))*\.?")


def parse_host(text: str) -> str:
    """Return a host in its one spelling: an IP address (no brackets), or a name in lower case (ASCII).

    Raises:
        ParseError: `address.host`.
    """
    try:
        return ipaddress.ip_address(text).compressed
    except ValueError:
        pass
    name = text.lower()
    if len(name) > _MAX_HOST or not _HOST.fullmatch(name) or re.fullmatch(r"[0-9.]+", name):
        raise ParseError("address.host", f"{text[:60]!r} is neither a host name nor an IP address", blame=YOU)
    return name


@dataclass(frozen=True, slots=True)
class Address:
    """Where a server is, and which key it must have."""

    host: str
    port: int
    pin: Hash

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}#{b64(self.pin)}"


def parse_address(text: str) -> Address:
    """Decode `host:port#pin`; an IPv6 address stands in brackets, the port may be left out (3000).

    Raises:
        ParseError: `address.pin`, `address.port`, `address.host`.
    """
    place, hash_sign, pin_text = text.strip().partition("#")
    if not hash_sign:
        raise ParseError(
            "address.pin", "the address has no pin", blame=YOU, hint="copy the whole line, host:port#pin"
        )
    try:
        pin = unb64(pin_text)
    except ParseError as e:
        raise ParseError("address.pin", "the pin after # is not base64url", blame=YOU) from e
    if len(pin) != Hash.SIZE:
        raise ParseError("address.pin", f"the pin after # has {len(pin)} bytes, not {Hash.SIZE}", blame=YOU)
    if place.startswith("["):
        host, closed, port_text = place[1:].partition("]")
        if not closed or ":" not in host:
            raise ParseError("address.host", "brackets are for IPv6 addresses: [::1]:3000", blame=YOU)
        if port_text and not port_text.startswith(":"):
            raise ParseError("address.port", "after the brackets comes a colon and the port", blame=YOU)
        port_text = port_text[1:] if port_text else str(DEFAULT_PORT)
    else:
        host, colon, port_text = place.partition(":")
        port_text = port_text if colon else str(DEFAULT_PORT)
    return Address(parse_host(host), parse_port(port_text), Hash(pin))


def parse_port(text: str) -> int:
    """Return a port from 1 to 65535.

    Raises:
        ParseError: `address.port`.
    """
    if not re.fullmatch(r"[0-9]{1,5}", text) or not 1 <= int(text) <= 65535:
        raise ParseError("address.port", f"{text[:20]!r} is no port; it must be from 1 to 65535", blame=YOU)
    return int(text)


@dataclass(frozen=True, slots=True)
class Invite:
    """What lets one come in: the server, the game, and the seed of the invite key (secret)."""

    address: Address
    game: Hash
    seed: bytes = field(repr=False)

    def __repr__(self) -> str:
        return f"Invite({self.address}, game={self.game.hex()[:16]}, <secret>)"

    __str__ = __repr__

    @property
    def key(self) -> SigningKey:
        """The key that countersigns the join; secret."""
        return SigningKey.from_seed(self.seed)

    def encode(self) -> str:
        """Return the text of the invite; secret."""
        address, host = self.address, self.address.host.encode("ascii")
        body = bytes([_FIXED + len(host), VERSION]) + address.port.to_bytes(2, "big")
        body += address.pin + self.game + self.seed + host
        return PREFIX + base64.b32encode(body + _checksum(body)).rstrip(b"=").decode("ascii")


def parse_invite(text: str) -> Invite:
    """Decode an invite; blanks, line breaks and lower case do no harm.

    Raises:
        ParseError: `invite.prefix` (no invite at all), `invite.characters`, `invite.cut-off`,
            `invite.too-long`, `invite.mistyped` (checksum), `invite.malformed`.
        UndecidedError: `invite.newer`.
    """
    compact = "".join(text.split()).upper()
    if not compact.startswith(PREFIX):
        if re.match(r"SANTA[0-9]+:", compact):
            raise UndecidedError("invite.newer", "the invite is of another version of sealed-santa", blame=YOU)
        raise ParseError("invite.prefix", f"an invite begins with {PREFIX}", blame=YOU, hint="copy the whole line")
    digits = compact[len(PREFIX) :]
    if not re.fullmatch(r"[A-Z2-7]*", digits):
        raise ParseError("invite.characters", "the invite has characters that no invite has", blame=YOU)
    raw = _whole(digits)
    body = raw[:-_CHECK]
    if _checksum(body) != raw[-_CHECK:]:
        raise ParseError("invite.mistyped", "the invite was changed on its way: its checksum is wrong", blame=YOU)
    if body[1] != VERSION:
        raise UndecidedError("invite.newer", "the invite is of another version of sealed-santa", blame=YOU)
    port, pin, game, seed = int.from_bytes(body[2:4], "big"), body[4:36], body[36:68], body[68:100]
    try:
        host = parse_host(body[100:].decode("ascii"))
    except (UnicodeDecodeError, ParseError) as e:
        raise ParseError("invite.malformed", "the host in the invite is none", blame=YOU) from e
    if port == 0:
        raise ParseError("invite.malformed", "the port in the invite is none", blame=YOU)
    return Invite(Address(host, port, Hash(pin)), Hash(game), seed)


def _whole(digits: str) -> bytes:
    """Return the bytes of all digits, having compared their number with the length that comes first."""
    length = _decode(digits[:8])[0] if len(digits) >= 8 else _FIXED + 1
    due = (8 * length + 4) // 5
    if length <= _FIXED:
        raise ParseError("invite.malformed", "the invite says that it is shorter than any invite", blame=YOU)
    if len(digits) < due:
        raise ParseError(
            "invite.cut-off", f"the invite is cut off: {len(digits)} of {due} characters", blame=YOU,
            hint="copy the whole line",
        )  # fmt: skip
    if len(digits) > due:
        raise ParseError(
            "invite.too-long", "something was added to the invite", blame=YOU, hint="copy that line and nothing else"
        )
    return _decode(digits)


def _decode(digits: str) -> bytes:
    try:
        return base64.b32decode(digits + "=" * (-len(digits) % 8))
    except binascii.Error as e:
        raise ParseError("invite.mistyped", "the invite was changed on its way", blame=YOU) from e


def _checksum(body: bytes) -> bytes:
    return hashlib.sha256(body).digest()[:_CHECK]
