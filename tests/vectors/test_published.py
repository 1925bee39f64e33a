"""Published test vectors: RFC 9180, Wycheproof, the 914 Ed25519 edge cases, draft-irtf-cfrg-fiat-shamir.

The files lie in the folder that SANTA_VECTORS names, by default shared/vectors beside the
repository; the HPKE vectors come with the package cryptography_vectors. Without them a test is
skipped, but fails where CI or SANTA_REQUIRE_VECTORS=1 is set.

HPKE: every published encryption has associated data, which our boxes do not have. So the published
key schedule (skRm, enc, info -> key, base_nonce) is tested: a box is put together with the
published key and nonce and must open through `open_box`. The X25519 vectors go the same way, with
the key schedule of RFC 9180 written out below, from their shared secrets.

Fiat-Shamir: the vectors of functions that this project has. Not applicable: other fields' elements,
and the sum-check example.
"""

from __future__ import annotations

import hmac
import json
import os
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any, NoReturn

import pytest
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from sealed_santa.base.canon import pack
from sealed_santa.base.errors import ParseError, VerificationError
from sealed_santa.crypto.challenge import Transcript, decode_uint, derive_session_id
from sealed_santa.crypto.sealing import BoxKey, BoxSecret, open_box
from sealed_santa.crypto.signing import SigningKey, VerifyKey, verify_bytes

ROOT = Path(__file__).resolve().parents[2]
FOLDER = Path(os.environ.get("SANTA_VECTORS") or ROOT.parent / "shared" / "vectors")
REQUIRED = bool(os.environ.get("CI")) or os.environ.get("SANTA_REQUIRE_VECTORS") == "1"


def missing(what: str) -> NoReturn:
    if REQUIRED:
        pytest.fail(f"published vectors are required here and missing: {what}")
    pytest.skip(f"published vectors not found: {what}; set SANTA_VECTORS to their folder")


@cache
def read(name: str) -> Any:
    return json.loads((FOLDER / name).read_text("utf-8"))


def load(name: str) -> Any:
    if not (FOLDER / name).is_file():
        missing(name)
    return read(name)


def unhex(text: str) -> bytes:
    return bytes.fromhex(text)


# --- Ed25519 ------------------------------------------------------------------------------------


def accepted(key: bytes, message: bytes, signature: bytes) -> bool:
    try:
        verify_bytes(VerifyKey.parse(key), message, signature)
    except (ParseError, VerificationError) as e:
        assert e.code in {"key.invalid", "signature.wrong"}  # noqa: PT017
        return False
    return True


def test_ed25519_edge_cases() -> None:
    """Of 914 cases exactly those without any flag are accepted: all others have a part of low order."""
    cases = load("ed25519-edge-cases/ed25519vectors.json")
    assert len(cases) == 914
    proper = {c["number"] for c in cases if not c["flags"]}
    taken = {c["number"] for c in cases if accepted(unhex(c["key"]), c["msg"].encode(), unhex(c["sig"]))}
    assert taken == proper
    assert len(proper) == 1


def test_ed25519_wycheproof() -> None:
    groups = load("wycheproof/ed25519_test.json")["testGroups"]
    seen = {"valid": 0, "invalid": 0}
    for group in groups:
        key = unhex(group["publicKey"]["pk"])
        for case in group["tests"]:
            got = accepted(key, unhex(case["msg"]), unhex(case["sig"]))
            assert got == (case["result"] == "valid"), case["tcId"]
            seen[case["result"]] += 1
    assert sum(seen.values()) == 151
    assert min(seen.values()) > 50


def test_ed25519_rfc_8032_first_key() -> None:
    """RFC 8032, 7.1, test 1: the public half of a seed."""
    seed = unhex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60")
    public = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"
    assert SigningKey.from_seed(seed).public().raw.hex() == public


# --- HPKE and X25519 ----------------------------------------------------------------------------

KEM_SUITE = b"KEM\x00\x20"
HPKE_SUITE = b"HPKE\x00\x20\x00\x01\x00\x03"


def extract(suite: bytes, salt: bytes, label: bytes, ikm: bytes) -> bytes:
    return hmac.digest(salt or bytes(32), b"HPKE-v1" + suite + label + ikm, "sha256")


def expand(suite: bytes, prk: bytes, label: bytes, info: bytes, length: int) -> bytes:
    assert length <= 32
    labelled = length.to_bytes(2, "big") + b"HPKE-v1" + suite + label + info
    return hmac.digest(prk, labelled + b"\x01", "sha256")[:length]


def schedule(dh: bytes, enc: bytes, recipient: bytes, info: bytes) -> tuple[bytes, bytes]:
    """RFC 9180, 4.1 and 5.1: key and base nonce in base mode, from the X25519 shared secret."""
    shared = expand(KEM_SUITE, extract(KEM_SUITE, b"", b"eae_prk", dh), b"shared_secret", enc + recipient, 32)
    ids = extract(HPKE_SUITE, b"", b"psk_id_hash", b"") + extract(HPKE_SUITE, b"", b"info_hash", info)
    secret = extract(HPKE_SUITE, shared, b"secret", b"")
    context = b"\x00" + ids
    return expand(HPKE_SUITE, secret, b"key", context, 32), expand(HPKE_SUITE, secret, b"base_nonce", context, 12)


def hpke_vectors() -> list[dict[str, Any]]:
    try:
        file = resources.files("cryptography_vectors") / "HPKE" / "test-vectors.json"
    except ModuleNotFoundError:
        missing("the package cryptography_vectors")
    suite = {"mode": 0, "kem_id": 0x20, "kdf_id": 1, "aead_id": 3}
    found = [v for v in json.loads(file.read_text("utf-8")) if all(v[name] == n for name, n in suite.items())]
    assert found
    return found


def test_hpke_rfc_9180() -> None:
    for v in hpke_vectors():
        secret, info, enc = BoxSecret(unhex(v["skRm"])), unhex(v["info"]), unhex(v["enc"])
        assert secret.public() == BoxKey.parse(unhex(v["pkRm"]))
        assert BoxSecret(unhex(v["skEm"])).public().raw == enc
        cipher, nonce = ChaCha20Poly1305(unhex(v["key"])), unhex(v["base_nonce"])
        first = v["encryptions"][0]
        assert all(e["aad"] for e in v["encryptions"]), "one without associated data could be opened as it is"
        assert cipher.decrypt(nonce, unhex(first["ct"]), unhex(first["aad"])) == unhex(first["pt"])
        box = enc + cipher.encrypt(nonce, unhex(first["pt"]), b"")
        assert open_box(secret, box, info) == unhex(first["pt"])
        with pytest.raises(VerificationError):
            open_box(secret, enc + unhex(first["ct"]), info)
        with pytest.raises(VerificationError):
            open_box(secret, box, info + b"\0")


def test_the_written_out_key_schedule_is_the_one_of_rfc_9180() -> None:
    for v in hpke_vectors():
        shared = extract(HPKE_SUITE, unhex(v["shared_secret"]), b"secret", b"")
        context = unhex(v["key_schedule_context"])
        assert expand(HPKE_SUITE, shared, b"key", context, 32) == unhex(v["key"])
        assert expand(HPKE_SUITE, shared, b"base_nonce", context, 12) == unhex(v["base_nonce"])
        assert shared == unhex(v["secret"])


def test_x25519_wycheproof() -> None:
    """A box under each public value as ephemeral key opens, unless the shared secret is zero; as a key of
    somebody's the value is let in if and only if it is canonical and not of low order."""
    cases = [case for group in load("wycheproof/x25519_test.json")["testGroups"] for case in group["tests"]]
    assert len(cases) == 518
    for case in cases:
        enc, flags = unhex(case["public"]), set(case["flags"])
        secret, dh = BoxSecret(unhex(case["private"])), unhex(case["shared"])
        key, nonce = schedule(dh, enc, secret.public().raw, b"info")
        box = enc + ChaCha20Poly1305(key).encrypt(nonce, b"wool socks", b"")
        zero = dh == bytes(32)
        assert zero == ("ZeroSharedSecret" in flags), case["tcId"]
        if zero:
            with pytest.raises(VerificationError):
                open_box(secret, box, b"info")
        else:
            assert open_box(secret, box, b"info") == b"wool socks", case["tcId"]
        canonical = int.from_bytes(enc, "little") < 2**255 - 19
        assert not (canonical and "NonCanonicalPublic" in flags), case["tcId"]
        if zero or not canonical:
            with pytest.raises(ParseError) as caught:
                BoxKey.parse(enc)
            assert caught.value.code == "key.invalid"
        else:
            assert BoxKey.parse(enc).raw == enc


# --- Fiat-Shamir --------------------------------------------------------------------------------

SHAKE = "fiat-shamir/fiatShamirShake128Vectors.json"
CODEC = "fiat-shamir/fiatShamirCodecVectors.json"
NOT_OURS = {"Sumcheck", "SerializeUint", "DeserializeUint", "SerializeField", "DeserializeField"}
NOT_OURS |= {"DeserializeVarLenString"}


def number(text: str) -> int:
    return int(text, 16)


def run(operations: list[dict[str, Any]], session: bytes) -> bytes:
    transcript, out = Transcript(session), b""
    for operation in operations:
        if operation["type"] == "absorb":
            transcript.absorb(unhex(operation["data"]))
        else:
            assert operation["type"] == "squeeze"
            out += transcript.squeeze(operation["length"])
    return out


def test_fiat_shamir_shake128() -> None:
    ran = []
    for v in load(SHAKE):
        function = v["Function"]
        if function == "DuplexSponge":
            assert run(v["Operations"], unhex(v["SessionId"])) == unhex(v["Output"]), v["Name"]
        elif function == "DeriveSessionID":
            assert derive_session_id(unhex(v["Tag"])) == unhex(v["Output"])
        elif function == "DecodeUint":
            squeezed = run(v["Operations"], unhex(v["SessionId"]))
            assert decode_uint(squeezed, number(v["Modulus"])) == number(v["Challenge"])
        else:
            assert function in NOT_OURS, function
            continue
        ran.append(function)
    assert (ran.count("DuplexSponge"), ran.count("DeriveSessionID"), ran.count("DecodeUint")) == (9, 1, 1)


def test_fiat_shamir_codec() -> None:
    ran = []
    for v in load(CODEC):
        function = v["Function"]
        if function == "SerializeVarLenString":
            assert pack(unhex(v["Input"])) == unhex(v["Output"]), v["Name"]
        elif function == "DecodeUint":
            assert decode_uint(unhex(v["Input"]), number(v["Modulus"])) == number(v["Challenge"])
        else:
            assert function in NOT_OURS, function
            continue
        ran.append(function)
    assert sorted(ran) == ["DecodeUint", "SerializeVarLenString", "SerializeVarLenString"]
