"""TLS 1.3 with a pinned key: no authority, no name, no trust on first use (docs/protocol.md, section 9.1).

The server's certificate is a mere envelope for its public key (ECDSA, P-256: every TLS library has
it, and it is the fastest here). The pin is SHA-256 of that key's SubjectPublicKeyInfo. A client
checks it after the handshake and before it says a byte. Names and dates in the certificate mean
nothing, so a wrong clock does not keep anybody out.
"""

from __future__ import annotations

import asyncio.sslproto
import datetime
import hashlib
import ssl
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256

from sealed_santa.base.errors import YOU, Blame, Certainty, LocalDamageError, Party, UsageError, VerificationError
from sealed_santa.log.fields import Hash
from sealed_santa.net.files import create_private, read_private

KEY_FILE: Final = "tls.pem"
_READ_BUFFER: Final = 16384  # bytes a connection; asyncio's own is 262144, most of an idle client's memory
_MAX_FILE: Final = 65536

if hasattr(asyncio.sslproto, "SSLProtocol") and hasattr(asyncio.sslproto.SSLProtocol, "max_size"):
    asyncio.sslproto.SSLProtocol.max_size = _READ_BUFFER


def pin_of(certificate: bytes) -> Hash:
    """Return the pin of a certificate (DER): SHA-256 of its SubjectPublicKeyInfo, 32 bytes.

    Raises:
        VerificationError: `tls.bad-certificate`.
    """
    try:
        key = x509.load_der_x509_certificate(certificate).public_key()
        spki = key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    except Exception as e:  # the parser of certificates raises what it likes
        raise VerificationError("tls.bad-certificate", "the server's certificate cannot be read") from e
    return Hash(hashlib.sha256(spki).digest())


def check_pin(certificate: bytes | None, pin: Hash) -> None:
    """Check that the peer of a finished handshake holds the key that the invite names.

    Raises:
        VerificationError: `tls.wrong-pin`: another server, or somebody in between.
    """
    if certificate is None or pin_of(certificate) != pin:
        raise VerificationError(
            "tls.wrong-pin",
            "the server's key is not the one in the invite: another server, or somebody in between",
            blame=Blame(Party.UNKNOWN, certainty=Certainty.OBSERVED),
            hint="ask the organiser for the address over another channel; do not go on if it should be this one",
        )


def client_context() -> ssl.SSLContext:
    """Return the context of a client; who uses it must call `check_pin` before it says a byte."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def server_context(folder: Path) -> tuple[ssl.SSLContext, Hash]:
    """Return the context of the server whose data are in this folder, and its pin.

    The key is made when there is none and kept for ever, and so is the pin.

    Raises:
        LocalDamageError: `tls.damaged`, `file.*`.
    """
    path = folder / KEY_FILE
    if not path.exists():
        try:
            create_private(path, _make_key_and_certificate())
        except UsageError as e:  # another process was faster
            raise LocalDamageError("tls.damaged", f"{path} appeared while it was made", blame=YOU) from e
    pem = read_private(path, _MAX_FILE)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.num_tickets = 0  # sessions are never resumed; saves 5 to 20 % of a handshake
    try:
        context.load_cert_chain(path)
        certificate = x509.load_pem_x509_certificate(pem)
    except (ssl.SSLError, ValueError, OSError) as e:
        raise LocalDamageError(
            "tls.damaged", f"{path} is not the key of a server, or is damaged", blame=YOU, hint="restore it from a copy"
        ) from e
    return context, pin_of(certificate.public_bytes(serialization.Encoding.DER))


def _make_key_and_certificate() -> bytes:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "sealed-santa")])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(datetime.datetime(2000, 1, 1, tzinfo=datetime.UTC))
        .not_valid_after(datetime.datetime(9999, 12, 31, 23, 59, 59, tzinfo=datetime.UTC))
        .sign(key, SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return private + certificate.public_bytes(serialization.Encoding.PEM)
