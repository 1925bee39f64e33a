"""Key files: written once, for their owner's eyes, and honest about what is wrong."""

import os
import stat
from pathlib import Path

import pytest

from sealed_santa.base.errors import KeyMissingError, LocalDamageError, SantaError, UndecidedError, UsageError
from sealed_santa.crypto.keyfile_box import Cost, LockedSeed, lock_seed, open_seed
from sealed_santa.net.keyfile import FORMAT, Passphrase, needs_passphrase, read_seed, write_seed

SEED = bytes(range(32))
CHEAP = Cost(1, 8192)
WORD = Passphrase(b"correct horse", CHEAP)


def entropy(length: int) -> bytes:
    return b"\x07" * length


def test_a_seed_comes_back_from_a_plain_file(tmp_path: Path) -> None:
    path = tmp_path / "seed"
    write_seed(path, SEED, entropy)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert read_seed(path) == SEED
    assert not needs_passphrase(path)
    assert [p.name for p in tmp_path.iterdir()] == ["seed"]


def test_a_seed_comes_back_with_its_passphrase_and_is_not_in_the_file(tmp_path: Path) -> None:
    path = tmp_path / "seed"
    write_seed(path, SEED, entropy, WORD)
    assert needs_passphrase(path)
    assert read_seed(path, WORD) == SEED
    assert b"AAECAwQFBgc" not in path.read_bytes()


@pytest.mark.parametrize(
    ("given", "code"), [(None, "passphrase.missing"), (Passphrase(b"correct horsf", CHEAP), "passphrase.wrong")]
)
def test_without_the_passphrase_it_stays_shut(tmp_path: Path, given: Passphrase | None, code: str) -> None:
    write_seed(tmp_path / "seed", SEED, entropy, WORD)
    with pytest.raises(KeyMissingError) as e:
        read_seed(tmp_path / "seed", given)
    assert e.value.code == code


def test_a_key_file_is_never_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "seed"
    write_seed(path, SEED, entropy)
    with pytest.raises(UsageError) as e:
        write_seed(path, bytes(32), entropy)
    assert e.value.code == "file.exists"
    assert read_seed(path) == SEED
    assert [p.name for p in tmp_path.iterdir()] == ["seed"]


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o644])
def test_a_file_open_to_others_is_refused_with_the_remedy(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "seed"
    write_seed(path, SEED, entropy)
    path.chmod(mode)
    with pytest.raises(LocalDamageError) as e:
        read_seed(path)
    assert e.value.code == "file.open-to-others"
    assert e.value.hint == f"chmod 600 {path}"


BAD: list[tuple[bytes, type[SantaError], str]] = [
    (b"", LocalDamageError, "key.damaged"),
    (b"garbage", LocalDamageError, "key.damaged"),
    (b"\xff\xfe", LocalDamageError, "key.damaged"),
    (b"[]", LocalDamageError, "key.damaged"),
    (b'{"kind":"plain","format":"other/1","seed":""}', LocalDamageError, "key.damaged"),
    (b'{"kind":"plain","format":"sealed-santa/2/seed","seed":""}', UndecidedError, "key.newer"),
    (b'{"kind":"plain","format":"%b","seed":"AAAA"}' % FORMAT.encode(), LocalDamageError, "key.damaged"),
    (b'{"kind":"plain","format":"%b","seed":"A==="}' % FORMAT.encode(), LocalDamageError, "key.damaged"),
    (b'{"kind":"plain","format":"%b","seed":"","more":1}' % FORMAT.encode(), LocalDamageError, "key.damaged"),
    (b'{"kind":"smartcard","format":"%b"}' % FORMAT.encode(), LocalDamageError, "key.damaged"),
    (b" " * 5000, LocalDamageError, "file.too-large"),
]


@pytest.mark.parametrize(("content", "kind", "code"), BAD)
def test_what_is_no_key_file_is_called_by_its_name(
    tmp_path: Path, content: bytes, kind: type[SantaError], code: str
) -> None:
    path = tmp_path / "seed"
    path.write_bytes(content)
    path.chmod(0o600)
    with pytest.raises(kind) as e:
        read_seed(path, WORD)
    assert e.value.code == code


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(LocalDamageError) as e:
        read_seed(tmp_path / "seed")
    assert e.value.code == "file.missing"


@pytest.mark.parametrize("at", [0, 24, 40, 71])
def test_any_change_of_a_locked_seed_is_noticed(at: int) -> None:
    locked = lock_seed(SEED, b"word", bytes(16), os.urandom(24), CHEAP)
    box = bytearray(locked.box)
    box[at] ^= 1
    with pytest.raises(KeyMissingError):
        open_seed(LockedSeed(CHEAP, locked.salt, bytes(box)), b"word")


@pytest.mark.parametrize(
    "changed",
    [
        LockedSeed(Cost(0, 8192), bytes(16), bytes(72)),
        LockedSeed(Cost(1000, 8192), bytes(16), bytes(72)),
        LockedSeed(Cost(1, 1 << 40), bytes(16), bytes(72)),
        LockedSeed(CHEAP, bytes(15), bytes(72)),
        LockedSeed(CHEAP, bytes(16), bytes(71)),
    ],
)
def test_costs_and_lengths_that_nobody_writes_are_refused_before_any_work(changed: LockedSeed) -> None:
    with pytest.raises(LocalDamageError) as e:
        open_seed(changed, b"word")
    assert e.value.code == "key.damaged"


def test_a_passphrase_does_not_show() -> None:
    assert "horse" not in repr(WORD)
    assert "horse" not in str(WORD)
