"""After a game a party's seed is gone for good, and what its owner learned is kept."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from sealed_santa.base.canon import b64
from sealed_santa.base.errors import KeyMissingError, LocalDamageError
from sealed_santa.lab.simulator import Simulator, played
from sealed_santa.log.fields import SignKey
from sealed_santa.net.home import Home
from sealed_santa.net.identity import KEEPSAKE_FILE, SEED_FILE, Identity, Keepsake, Profile, read_keepsake
from sealed_santa.net.keyfile import Passphrase
from sealed_santa.net.party import RetiredParty, keepsake_of, party_of, retire
from sealed_santa.roles.player import make_call


def made(tmp_path: Path, passphrase: Passphrase | None = None) -> tuple[Simulator, Identity]:
    game = played(seed="retire")
    profile = Profile(role="player", name="Ann", game=game.state.game, address=f"localhost:3000#{b64(bytes(32))}")
    seed = game.players["Ann"].seed
    folder = Home(tmp_path).create(profile, seed, os.urandom, passphrase=passphrase)
    identity = Identity(folder, passphrase)
    assert identity.seed == seed
    return game, identity


def everything(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file())


def test_the_seed_is_deleted_and_what_was_learned_is_kept(tmp_path: Path) -> None:
    game, identity = made(tmp_path)
    seed, party = identity.seed, party_of(identity)
    assert b64(seed).encode() in everything(identity.folder)
    retire(identity, party, game.state)
    assert not (identity.folder / SEED_FILE).exists()
    assert b64(seed).encode() not in everything(identity.folder)
    identity.close()
    with Identity(identity.folder) as again:
        kept = again.keepsake
        assert kept == keepsake_of(party, game.state)
        assert kept is not None
        assert kept.recipient in game.players
        assert kept.santa in game.players
        assert kept.delivered
        with pytest.raises(KeyMissingError) as e:
            _ = again.seed
        assert e.value.code == "key.deleted"


def test_a_retired_party_owes_and_says_nothing(tmp_path: Path) -> None:
    game, identity = made(tmp_path)
    retire(identity, party_of(identity), game.state)
    party = party_of(identity)
    assert isinstance(party, RetiredParty)
    assert party.key == game.players["Ann"].key
    assert party.owed(game.state, hold_coins=False).posts == ()
    with pytest.raises(KeyMissingError):
        party.sign(make_call(game.state, party.key))
    retire(identity, party, game.state)  # the second time without effect
    identity.close()


def test_a_locked_identity_keeps_nothing_but_its_public_key(tmp_path: Path) -> None:
    game, identity = made(tmp_path, Passphrase(b"correct horse"))
    retire(identity, party_of(identity), game.state)
    identity.close()
    assert read_keepsake(identity.folder) == Keepsake(key=game.players["Ann"].key)
    with Identity(identity.folder) as again:  # there is nothing left to unlock
        assert again.keepsake is not None


@pytest.mark.parametrize("left", ["whole", "zeroed"])
def test_a_retirement_that_was_killed_half_way_is_finished(tmp_path: Path, left: str) -> None:
    """The keepsake is written first; whatever is left of the seed then goes at the next visit."""
    game, identity = made(tmp_path)
    party = party_of(identity)
    seed_file = identity.folder / SEED_FILE
    before = seed_file.read_bytes()
    retire(identity, party, game.state)
    identity.close()
    seed_file.write_bytes(before if left == "whole" else bytes(len(before)))
    os.chmod(seed_file, 0o600)
    with Identity(identity.folder) as again:
        assert again.keepsake == keepsake_of(party, game.state)
    assert not seed_file.exists()


@pytest.mark.parametrize("raw", [b"", b"{}", b'{"key":1}', b'{"key":"' + b64(bytes(32)).encode() + b'"}'])
def test_a_damaged_keepsake_is_refused(tmp_path: Path, raw: bytes) -> None:
    game, identity = made(tmp_path)
    retire(identity, party_of(identity), game.state)
    identity.close()
    (identity.folder / KEEPSAKE_FILE).write_bytes(raw)
    with pytest.raises(LocalDamageError) as e:
        Identity(identity.folder)
    assert e.value.code == "identity.damaged"


def test_a_keepsake_shows_nothing() -> None:
    assert repr(Keepsake(key=SignKey(bytes(32)), note="secret note")) == "Keepsake(<secret>)"
