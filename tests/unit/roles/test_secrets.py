"""Secrets: all from one seed, none twice for two uses, none in a repr."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest

from game_cases import fresh_signer
from sealed_santa.crypto.signing import SigningKey
from sealed_santa.game.state import MAX_ROUNDS, coin_before
from sealed_santa.log.fields import Hash
from sealed_santa.roles.secrets import DealerSecrets, OrganiserSecrets, PlayerSecrets

SEED, OTHER_SEED = b"s" * 32, b"t" * 32
GAME, OTHER_GAME = Hash(b"g" * 32), Hash(b"h" * 32)


def all_of(secrets: PlayerSecrets) -> list[bytes]:
    return [
        secrets.signing.secret[:32], secrets.key, secrets.card.secret, secrets.gift.secret, secrets.reveal.secret,
        *(secrets.coin(r) for r in range(MAX_ROUNDS + 1)),
    ]  # fmt: skip


def test_a_party_is_its_seed() -> None:
    assert all_of(PlayerSecrets(SEED, GAME)) == all_of(PlayerSecrets(SEED, GAME))


def test_no_secret_comes_twice() -> None:
    """Not for another purpose, another game, another person."""
    parties = [PlayerSecrets(*parts) for parts in product((SEED, OTHER_SEED), (GAME, OTHER_GAME))]
    drawn = [x for party in parties for x in all_of(party)]
    assert len(set(drawn)) == len(drawn) == 4 * 70


def test_coins_are_a_chain_that_goes_one_way() -> None:
    secrets = PlayerSecrets(SEED, GAME)
    for r in range(1, MAX_ROUNDS + 1):
        assert coin_before(GAME, secrets.key, secrets.coin(r), 1) == secrets.coin(r - 1)
    assert coin_before(GAME, secrets.key, secrets.coin(MAX_ROUNDS), MAX_ROUNDS) == secrets.coin(0)


def test_an_organiser_is_its_seed() -> None:
    assert OrganiserSecrets(SEED).key == OrganiserSecrets(SEED).key
    assert OrganiserSecrets(SEED).key != OrganiserSecrets(OTHER_SEED).key
    assert OrganiserSecrets(SEED).key != PlayerSecrets(SEED, GAME).key  # one seed for both would still not mix them


def dealer(seed: bytes = SEED) -> DealerSecrets:
    return DealerSecrets(seed, fresh_signer("server"))


ROSTERS = (Hash(b"r" * 32), Hash(b"q" * 32))


def every_dealer_secret(secrets: DealerSecrets) -> list[Any]:
    games, rounds, places = (GAME, OTHER_GAME), (1, 2), (1, 2, 3)
    keys: list[Any] = [secrets.deck_key(g, r, h, t) for g, r, h, t in product(games, rounds, ROSTERS, places)]
    keys += [secrets.choice_key(*x).secret for x in product(games, rounds, ROSTERS, places, places)]
    keys += [secrets.note_key(*x).secret for x in product(games, rounds, ROSTERS, places, places)]
    keys += [secrets.card_blinding(*x) for x in product(games, rounds, ROSTERS, places, places)]
    return keys


def test_every_secret_of_a_dealer_is_bound_to_its_place() -> None:
    drawn = every_dealer_secret(dealer())
    assert len(set(drawn)) == len(drawn) == 24 + 3 * 72
    assert drawn == every_dealer_secret(dealer())
    assert not set(drawn) & set(every_dealer_secret(dealer(OTHER_SEED)))


def test_a_blinding_is_bound_to_everything_public_that_it_is_applied_to() -> None:
    """The joint seed holds roster, deck entry and all coins: set back, a dealer blinds other cards anew."""
    secrets = dealer()
    assert secrets.card_blinding(GAME, 1, ROSTERS[0], 0, 1) != secrets.card_blinding(GAME, 1, ROSTERS[1], 0, 1)


@pytest.mark.parametrize("secrets", [PlayerSecrets(SEED, GAME), OrganiserSecrets(SEED), dealer()], ids=repr)
def test_no_secret_is_shown(secrets: Any) -> None:
    for shown in (repr(secrets), str(secrets), f"{secrets}", repr([secrets])):
        assert "sss" not in shown
        assert SEED.hex() not in shown
        assert "secret" in shown.lower()
    assert "ssss" not in repr(SigningKey.from_seed(SEED))
