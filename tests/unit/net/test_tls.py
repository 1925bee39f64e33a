"""The server's key: made once, kept, private, and what the pin names."""

import hashlib
import ssl
import stat
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization

from sealed_santa.base.errors import LocalDamageError, VerificationError
from sealed_santa.log.fields import Hash
from sealed_santa.net.tls import KEY_FILE, check_pin, client_context, pin_of, server_context


def certificate(folder: Path) -> bytes:
    pem = (folder / KEY_FILE).read_bytes()
    return x509.load_pem_x509_certificate(pem).public_bytes(serialization.Encoding.DER)


def test_the_key_and_so_the_pin_stay_over_restarts(tmp_path: Path) -> None:
    _, pin = server_context(tmp_path)
    before = (tmp_path / KEY_FILE).read_bytes()
    context, again = server_context(tmp_path)
    assert again == pin
    assert (tmp_path / KEY_FILE).read_bytes() == before
    assert stat.S_IMODE((tmp_path / KEY_FILE).stat().st_mode) == 0o600
    assert context.minimum_version is ssl.TLSVersion.TLSv1_3
    assert context.num_tickets == 0


def test_the_pin_is_the_hash_of_the_public_key_info(tmp_path: Path) -> None:
    _, pin = server_context(tmp_path)
    key = x509.load_der_x509_certificate(certificate(tmp_path)).public_key()
    info = key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    assert pin == hashlib.sha256(info).digest()
    check_pin(certificate(tmp_path), pin)


def test_another_servers_key_is_not_taken(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    _, pin = server_context(tmp_path / "a")
    server_context(tmp_path / "b")
    with pytest.raises(VerificationError) as e:
        check_pin(certificate(tmp_path / "b"), pin)
    assert e.value.code == "tls.wrong-pin"


def test_no_certificate_is_no_pin() -> None:
    with pytest.raises(VerificationError) as e:
        check_pin(None, Hash(bytes(32)))
    assert e.value.code == "tls.wrong-pin"


@pytest.mark.parametrize("der", [b"", b"\x30\x03\x02\x01\x01", b"x" * 1000])
def test_garbage_for_a_certificate_is_refused(der: bytes) -> None:
    with pytest.raises(VerificationError) as e:
        pin_of(der)
    assert e.value.code == "tls.bad-certificate"


@pytest.mark.parametrize(
    "content", [b"", b"garbage", b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"]
)
def test_a_damaged_key_is_refused_and_not_replaced(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / KEY_FILE
    path.write_bytes(content)
    path.chmod(0o600)
    with pytest.raises(LocalDamageError) as e:
        server_context(tmp_path)
    assert e.value.code == "tls.damaged"
    assert path.read_bytes() == content


def test_a_key_that_others_may_read_is_refused(tmp_path: Path) -> None:
    server_context(tmp_path)
    (tmp_path / KEY_FILE).chmod(0o644)
    with pytest.raises(LocalDamageError) as e:
        server_context(tmp_path)
    assert e.value.code == "file.open-to-others"


def test_a_client_speaks_nothing_older() -> None:
    assert client_context().minimum_version is ssl.TLSVersion.TLSv1_3
