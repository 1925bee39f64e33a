"""Openings that were seen but never logged must be worth nothing in the next round."""

from __future__ import annotations

from dataclasses import replace

import pytest

from game_cases import NAMES, but, by_player, game_at, owed
from sealed_santa.crypto.commitments import deck_from_key
from sealed_santa.game.draw import deal_order, hits
from sealed_santa.game.state import Phase, State
from sealed_santa.lab.simulator import Simulator
from sealed_santa.log.entry import entry_hash, sign_post
from sealed_santa.log.fields import Coin, Hash
from sealed_santa.roles import dealer, player
from sealed_santa.roles.secrets import DealerSecrets

# Every permitted assignment of four players, as the dealer might want it.
WANTED = [
    {1: 2, 2: 1, 3: 4, 4: 3}, {1: 2, 2: 3, 3: 4, 4: 1}, {1: 2, 2: 4, 3: 1, 4: 3},
    {1: 3, 2: 1, 3: 4, 4: 2}, {1: 3, 2: 4, 3: 1, 4: 2}, {1: 3, 2: 4, 3: 2, 4: 1},
    {1: 4, 2: 1, 3: 2, 4: 3}, {1: 4, 2: 3, 3: 1, 4: 2}, {1: 4, 2: 3, 3: 2, 4: 1},
]  # fmt: skip


def second_round() -> tuple[Simulator, dict[bytes, Coin]]:
    """Return a game before its second decks, and the coins that the server saw in round 1 and did not order."""
    game = game_at(Phase.COINS, (*NAMES, "Eve"))
    seen = {game.players[name].key: owed(game, name).coin for name in NAMES}
    game.now += game.state.create.patience
    eve = game.state.named("Eve")
    assert eve is not None
    game.organise(player.make_drop(game.state, game.organiser.key, (eve,)))  # Eve and the organiser are the dealer's
    return game, seen


def outcome(game: Simulator, seed: bytes, coins: dict[bytes, Coin]) -> tuple[State, dict[int, int]]:
    """Return the state with these coins and the assignment, if the dealer has this seed."""
    state, secrets = game.state, DealerSecrets(seed, game.server)
    body = dealer.make_deck(state, secrets)
    seq = len(state.chain)
    digest = entry_hash(seq, game.now, state.head, sign_post(body, game.server))
    later = replace(state, chain=state.chain.append(digest), deck=body, deck_seq=seq, coins=coins)
    t, _ = dealer.standing_deck(later, secrets)
    values, _ = deck_from_key(secrets.deck_key(state.game, 2, state.roster or Hash(bytes(32)), t), 4)
    order = deal_order(later.joint_seed(), t, 4)
    return later, {i: values[order[i - 1] - 1] for i in range(1, 5)}


def chosen_seed(game: Simulator, coins: dict[bytes, Coin], wanted: dict[int, int]) -> bytes:
    return next(s for k in range(5000) if outcome(game, s := k.to_bytes(32, "big"), coins)[1] == wanted)


def test_coins_that_are_opened_again_let_the_dealer_choose_the_draw() -> None:
    """The variant without chains: a coin is the same in every round, so the dealer knows it before its new decks."""
    game, seen = second_round()
    for wanted in WANTED[:4]:
        later, drawn = outcome(game, chosen_seed(game, seen, wanted), seen)
        assert drawn == wanted
        assert not hits(later.forbidden, tuple(drawn.values()), (1, 2, 3, 4))


def test_a_chain_opened_one_link_a_round_does_not() -> None:
    """The same search, and then the links that the players really open."""
    hit = 0
    for wanted in WANTED:
        game, seen = second_round()
        game.dealer = DealerSecrets(chosen_seed(game, seen, wanted), game.server)
        game.run(until=Phase.CHOOSING)
        hit += dealer.recipients(game.state, game.dealer) == wanted
    assert hit <= 4  # of nine assignments, each is as likely as any other


def test_the_opening_of_another_round_is_no_coin() -> None:
    game, seen = second_round()
    game.run(until=Phase.COINS)
    ann = game.players["Ann"]
    assert by_player(game, "Ann", owed(game, "Ann")) == "ok"
    old = but(owed(game, "Ann"), coin=seen[ann.key])
    assert by_player(game, "Ann", old) == "coin.wrong"
    assert by_player(game, "Ann", but(old, round=1)) == "round.wrong"


def test_a_post_of_the_first_round_is_not_ordered_in_the_second() -> None:
    game = game_at(Phase.COINS, (*NAMES, "Eve"))
    kept = owed(game, "Ann")
    game.now += game.state.create.patience
    game.organise(player.make_drop(game.state, game.organiser.key, game.state.players[4:]))
    game.run(until=Phase.COINS)
    assert by_player(game, "Ann", kept) == "seen.too-old"


@pytest.mark.parametrize("links", [2, 3, 63])
def test_a_player_cannot_jump_ahead_in_its_chain(links: int) -> None:
    """It would be choosing among openings."""
    game = game_at(Phase.COINS)
    body = owed(game, "Ann")
    assert by_player(game, "Ann", but(body, coin=game.players["Ann"].coin(1 + links))) == "coin.wrong"


def test_who_withholds_its_coin_buys_one_more_draw_and_is_seen() -> None:
    """Cleve's limit: Eve sees what would come, and stays silent; everybody can count how often."""
    game = game_at(Phase.COINS, (*NAMES, "Eve")).run(silent=("Eve",))
    assert [p.name for p in game.state.missing_coins()] == ["Eve"]
    would = {**game.state.coins, game.players["Eve"].key: game.players["Eve"].coin(1)}
    first = replace(game.state, coins=would).joint_seed()
    game.now += game.state.create.patience
    game.organise(player.make_drop(game.state, game.organiser.key, game.state.missing_coins()))
    game.run()
    assert [(r.number, r.dropped) for r in game.state.rounds] == [(1, ("Eve",))]
    assert game.state.round == 2
    assert game.state.seed != first
