"""The state: what it says of itself."""

from __future__ import annotations

from dataclasses import FrozenInstanceError, replace
from typing import Any

import pytest

from game_cases import NAMES, facts, game_at, owed
from sealed_santa.base.labels import Label
from sealed_santa.crypto.hashing import tagged_hash
from sealed_santa.crypto.words import safety_words
from sealed_santa.game.modes import MODES
from sealed_santa.game.state import Phase, roster_hash
from sealed_santa.log.fields import Hash
from sealed_santa.roles import player


def test_a_state_cannot_be_changed() -> None:
    state: Any = game_at().state
    with pytest.raises(FrozenInstanceError):
        state.phase = Phase.OVER
    with pytest.raises(FrozenInstanceError):
        state.players[0].number = 2


def test_the_roster_hash_is_that_of_the_page() -> None:
    game = game_at()
    joins = [entry.post.hash for entry in game.entries[1:]]
    expected = tagged_hash(Label.ROSTER, game.state.game, 1, 4, *joins)
    assert roster_hash(game.state.game, 1, game.state.players) == expected


def test_the_roster_hash_binds_game_round_people_and_order() -> None:
    state = game_at().state
    game, players = state.game, state.players
    variants = [
        roster_hash(game, 1, players),
        roster_hash(game, 2, players),
        roster_hash(Hash(bytes(32)), 1, players),
        roster_hash(game, 1, players[:3]),
        roster_hash(game, 1, players[::-1]),
        roster_hash(game, 1, (*players[:3], replace(players[3], join=Hash(bytes(32))))),
    ]
    assert len(set(variants)) == len(variants)


def test_the_seed_is_that_of_the_page_and_binds_every_coin() -> None:
    state = game_at(Phase.DEAL).state
    coins = [state.coins[p.key] for p in state.players]
    assert state.joint_seed() == tagged_hash(Label.SEED, state.roster or b"", state.chain[state.deck_seq], *coins)
    for p in state.players:
        other = replace(state, coins={**state.coins, p.key: Hash(bytes(32))})  # type: ignore[dict-item]
        assert other.joint_seed() != state.joint_seed()
    assert replace(state, deck_seq=state.deck_seq - 1).joint_seed() != state.joint_seed()
    assert replace(state, roster=Hash(bytes(32))).joint_seed() != state.joint_seed()


def test_the_words_come_with_the_last_coin() -> None:
    game = game_at(Phase.COINS)
    for name in NAMES:
        assert game.state.words is None
        game.say(name, owed(game, name))
    assert game.state.words == safety_words(tagged_hash(Label.WORDS, game.state.joint_seed()))
    words = game.state.words
    game.run()
    assert game.state.words == words


def test_a_new_round_has_new_words() -> None:
    game = game_at(Phase.COINS, (*NAMES, "Eve"))
    game.run(silent=("Eve",))
    game.now += 10**7
    game.organise(player.make_drop(game.state, game.organiser.key, game.state.missing_coins()))
    assert game.state.words is None
    game.run(until=Phase.DEAL)
    assert game.state.words is not None


def test_lookups() -> None:
    state = game_at().state
    assert state.named("Bob") == state.player(state.players[1].key) == state.players[1]
    assert state.named("Nobody") is None
    assert state.player(bytes(32)) is None
    assert [p.name for p in state.missing_coins()] == list(NAMES)


def test_over_is_over_and_void() -> None:
    state = game_at().state
    assert {p for p in Phase if replace(state, phase=p).over} == {Phase.OVER, Phase.VOID}


def test_the_mode_is_data() -> None:
    mode = game_at().state.mode
    assert mode is MODES["sealed"]
    assert mode.knows_pairs == "the server alone"
    assert mode.reveals == ("public", "private", "never")


def test_the_head_is_the_newest_entry() -> None:
    game = game_at()
    assert game.state.head == game.entries[-1].hash == game.state.chain[len(game.entries) - 1]


def test_what_is_recorded_of_a_whole_game() -> None:
    game = game_at(Phase.OVER)
    state, tags = game.state, [e.post.body.__struct_config__.tag for e in game.entries]
    assert (state.lock_seq, state.deck_seq, state.deal_seq) == tuple(tags.index(t) for t in ("start", "deck", "deal"))
    last = len(tags) - 1 - tags[::-1].index("coin")
    assert state.coin_seq == last
    assert (state.closed_seq, state.delivery_seq) == (tags.index("close"), tags.index("delivery"))
    assert state.reveal_seq == tags.index("reveal") == len(tags) - 1
    assert state.receipt_seq == state.reveal_seq - 1
    assert (state.accepted, state.receipts) == ({1, 2, 3, 4}, {1, 2, 3, 4})
    assert state.at == game.entries[-1].at
    assert facts(state)["chain"] == [e.hash for e in game.entries]
    assert facts(state)["posts"] == [e.post.hash for e in game.entries]
