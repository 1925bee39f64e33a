"""Decks, coins, drops, deals: every rule broken once, beside a post that keeps it."""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest
from nacl.bindings import crypto_core_ed25519_add

from game_cases import (
    COUPLE,
    FEW_DECKS,
    IMPOSSIBLE,
    NAMES,
    but,
    by_dealer,
    by_organiser,
    by_player,
    dealt,
    fresh_signer,
    game_at,
    owed,
    verdict,
)
from sealed_santa.base.errors import Certainty, IllegalPost, Party
from sealed_santa.crypto.commitments import deck_from_key
from sealed_santa.game.draw import deal_order, hits
from sealed_santa.game.replay import judge
from sealed_santa.game.state import MAX_ROUNDS, Phase, coin_before
from sealed_santa.lab.simulator import Simulator
from sealed_santa.log.entry import sign_post
from sealed_santa.log.fields import CardBoxes, Coin, Hash, Openings, Points, Proof, SealKeys, SignKey
from sealed_santa.log.posts import CoinPost
from sealed_santa.roles import dealer, player

BAD_POINTS = [
    b"\x01" + bytes(31),  # the identity
    bytes(32),  # order 4
    (2**255 - 20).to_bytes(32, "little"),  # order 2
    bytes.fromhex("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a"),  # order 8
    (2**255 - 18).to_bytes(32, "little"),  # the identity, not canonical
    b"\xff" * 32,
    (2).to_bytes(32, "little"),  # off the curve
]


@cache
def passed_over(count: int) -> str:
    """Return the seed of a game in which so many decks are passed over."""
    for k in range(300):
        game = game_at(Phase.DEAL, seed=f"passed {k}")
        if dealer.standing_deck(game.state, game.dealer)[0] == count:
            return f"passed {k}"
    raise LookupError(count)


def game_with_passed(count: int) -> Simulator:
    return game_at(Phase.DEAL, seed=passed_over(count))


# --- deck ---------------------------------------------------------------------------------------


def test_the_decks_open_the_coins() -> None:
    game = game_at(Phase.DECK)
    body = dealt(game)
    assert by_dealer(game, body) == "ok"
    game.deal_with(body)
    state = game.state
    assert (state.phase, state.deck_seq, state.deck) == (Phase.COINS, 6, body)
    assert list(state.choice_keys.values()) == list(body.keys.units()[0::2])
    assert list(state.note_keys.values()) == list(body.keys.units()[1::2])


@pytest.mark.parametrize("author", ["player", "organiser"])
def test_only_the_server_has_decks(author: str) -> None:
    game = game_at(Phase.DECK)
    body = dealt(game)
    if author == "player":
        assert by_player(game, "Ann", but(body, by=game.players["Ann"].key)) == "author.wrong"
    else:
        assert by_organiser(game, but(body, by=game.organiser.key)) == "author.wrong"


def test_decks_of_another_roster_or_round() -> None:
    game = game_at(Phase.DECK)
    body = dealt(game)
    assert by_dealer(game, but(body, roster=Hash(bytes(32)))) == "deck.roster"
    assert by_dealer(game, but(body, round=2)) == "round.wrong"


def test_the_number_of_decks_is_limited() -> None:
    game = game_at(Phase.DECK, deck_limit=12, max_players=4)
    body = dealt(game)
    assert body.commitments.count() == 3
    unit = body.commitments[:32]
    assert by_dealer(game, but(body, commitments=Points(unit))) == "ok"
    assert by_dealer(game, but(body, commitments=Points(b""))) == "deck.limit"
    assert by_dealer(game, but(body, commitments=Points(unit * 4))) == "deck.limit"


@pytest.mark.parametrize("twice", [(0, 1), (0, 9), (4, 5)])
def test_no_two_decks_are_the_same(twice: tuple[int, int]) -> None:
    """Opening the one that is passed over would open the one that stands."""
    game = game_at(Phase.DECK)
    body = dealt(game)
    units = list(body.commitments.units())
    units[twice[1]] = units[twice[0]]
    assert by_dealer(game, but(body, commitments=Points(b"".join(units)))) == "deck.twice"


@pytest.mark.parametrize("bad", BAD_POINTS, ids=lambda raw: raw.hex()[:8])
def test_a_commitment_is_a_valid_point(bad: bytes) -> None:
    game = game_at(Phase.DECK)
    body = dealt(game)
    assert by_dealer(game, but(body, commitments=Points(body.commitments[:-32] + bad))) == "deck.point"


def test_two_gift_keys_a_giver() -> None:
    game = game_at(Phase.DECK)
    body = dealt(game)
    assert by_dealer(game, but(body, keys=SealKeys(body.keys[:-32]))) == "deck.keys"
    assert by_dealer(game, but(body, keys=SealKeys(b""))) == "deck.keys"
    extra = SealKeys(body.keys + game.players["Ann"].card.public().raw)
    assert by_dealer(game, but(body, keys=extra)) == "deck.keys"


@pytest.mark.parametrize("bad", [bytes(32), b"\x01" + bytes(31), b"\xff" * 32], ids=["zero", "one", "ones"])
def test_gift_keys_are_valid(bad: bytes) -> None:
    game = game_at(Phase.DECK)
    body = dealt(game)
    assert by_dealer(game, but(body, keys=SealKeys(body.keys[:-32] + bad))) == "key.invalid"


def test_gift_keys_are_new_and_different() -> None:
    """A dealer that gave a player's own gift key would let that player open what is sealed to the dealer."""
    game = game_at(Phase.DECK)
    body = dealt(game)
    for used in (body.keys[:32], game.state.players[2].gift_key, game.state.create.by):
        assert by_dealer(game, but(body, keys=SealKeys(body.keys[:-32] + used))) == "key.used"


# --- coin ---------------------------------------------------------------------------------------


def test_the_last_coin_ends_the_phase() -> None:
    game = game_at(Phase.COINS)
    for k, name in enumerate(NAMES):
        assert game.state.words is None
        body = owed(game, name)
        assert by_player(game, name, body) == "ok"
        game.say(name, body)
        assert game.state.phase is (Phase.DEAL if k == 3 else Phase.COINS)
    assert game.state.words is not None


def coin(game: Simulator, name: str, **changes: Any) -> CoinPost:
    return but(owed(game, name), **changes)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"round": 2}, "round.wrong"),
        ({"roster": Hash(bytes(32))}, "coin.roster"),
        ({"coin": Coin(bytes(32))}, "coin.wrong"),
    ],
)
def test_a_coin_is_for_this_round_and_roster(changes: dict[str, Any], code: str) -> None:
    game = game_at(Phase.COINS)
    assert by_player(game, "Ann", coin(game, "Ann")) == "ok"
    assert by_player(game, "Ann", coin(game, "Ann", **changes)) == code


def test_a_coin_is_the_next_link_and_no_other() -> None:
    game = game_at(Phase.COINS)
    ann, bob = game.players["Ann"], game.players["Bob"]
    assert by_player(game, "Ann", coin(game, "Ann", coin=ann.coin(1))) == "ok"
    for other in (ann.coin(0), ann.coin(2), ann.coin(64), bob.coin(1)):
        assert by_player(game, "Ann", coin(game, "Ann", coin=other)) == "coin.wrong"


def test_a_coin_is_opened_once() -> None:
    game = game_at(Phase.COINS)
    first = owed(game, "Ann")
    game.say("Ann", first)
    assert by_player(game, "Ann", first) == "post.replayed"
    assert by_player(game, "Ann", but(first, seen=game.state.head)) == "coin.twice"
    assert by_player(game, "Ann", but(first, seen=game.state.head, coin=Coin(bytes(32)))) == "coin.twice"


def test_only_players_have_coins() -> None:
    game = game_at(Phase.COINS)
    body = owed(game, "Ann")
    stranger = fresh_signer("stranger")
    assert by_dealer(game, but(body, by=game.dealer.key)) == "author.wrong"
    assert by_organiser(game, but(body, by=game.organiser.key)) == "author.wrong"
    assert verdict(game, but(body, by=SignKey(stranger.public().raw)), stranger) == "author.wrong"


def test_with_all_coins_in_only_the_deal_is_legal() -> None:
    game = game_at(Phase.DEAL)
    ann = game.players["Ann"]
    late = CoinPost(
        game=game.state.game, by=ann.key, seen=game.state.head, round=1, roster=game.state.roster, coin=ann.coin(1)
    )
    assert by_player(game, "Ann", late) == "turn.wrong"
    drop = player.make_drop(game.state, game.organiser.key, game.state.players[:1])
    assert by_organiser(game, drop) == "turn.wrong"
    assert by_dealer(game, dealt(game)) == "ok"


def test_a_coin_chain_is_bound_to_game_and_player() -> None:
    game, key = Hash(b"g" * 32), SignKey(b"k" * 32)
    start = Coin(b"c" * 32)
    assert coin_before(game, key, start, 0) == start
    assert coin_before(game, key, coin_before(game, key, start, 3), 4) == coin_before(game, key, start, 7)
    assert len({coin_before(g, k, start, 1) for g in (game, key) for k in (game, key)}) == 4


# --- drop ---------------------------------------------------------------------------------------


def waiting(names: tuple[str, ...] = (*NAMES, "Eve"), silent: tuple[str, ...] = ("Dot", "Eve")) -> Simulator:
    """Return a game in which some have not opened their coins, and the time for it is over."""
    game = game_at(Phase.COINS, names)
    game.run(silent=silent)
    game.now += 3_600_000
    return game


def test_a_drop_begins_a_new_round() -> None:
    game = waiting()
    body = player.make_drop(game.state, game.organiser.key, game.state.missing_coins())
    assert by_organiser(game, body) == "ok"
    before = game.state.roster
    game.organise(body)
    state = game.state
    assert [(p.number, p.name) for p in state.players] == [(1, "Ann"), (2, "Bob"), (3, "Cem")]
    assert (state.phase, state.round, state.coins, state.deck) == (Phase.DECK, 2, {}, None)
    assert state.rounds[0].dropped == ("Dot", "Eve")
    assert state.roster != before
    assert by_player(game, "Dot", coin(waiting(), "Dot", seen=state.head)) == "author.wrong"


def test_who_is_not_named_stays_and_opens_two_links_later() -> None:
    game = waiting()
    dot = game.state.named("Dot")
    assert dot is not None
    game.organise(player.make_drop(game.state, game.organiser.key, (dot,)))
    game.run(until=Phase.COINS)
    assert by_player(game, "Eve", coin(game, "Eve", coin=game.players["Eve"].coin(1))) == "coin.wrong"
    assert by_player(game, "Eve", owed(game, "Eve")) == "ok"
    game.run()
    assert game.state.phase is Phase.OVER


@pytest.mark.parametrize(
    ("names", "code"),
    [
        ((), "drop.players"),
        (("Dot", "Dot"), "drop.players"),
        (("Ann",), "drop.has-coin"),
        (("Ann", "Dot"), "drop.has-coin"),
        (("Dot",), "ok"),
    ],
)
def test_a_drop_names_players_without_a_coin(names: tuple[str, ...], code: str) -> None:
    game = waiting()
    body = player.make_drop(game.state, game.organiser.key, ())
    keys = tuple(game.players[name].key for name in names)
    assert by_organiser(game, but(body, players=keys)) == code


def test_a_drop_names_nobody_from_outside() -> None:
    game = waiting()
    body = player.make_drop(game.state, game.organiser.key, game.state.missing_coins())
    assert by_organiser(game, but(body, players=(*body.players, game.organiser.key))) == "drop.players"
    assert by_organiser(game, but(body, round=2)) == "round.wrong"


def test_three_must_be_left() -> None:
    game = waiting(NAMES, ("Dot",))
    assert by_organiser(game, player.make_drop(game.state, game.organiser.key, game.state.missing_coins())) == "ok"
    game = waiting(NAMES, ("Cem", "Dot"))
    body = player.make_drop(game.state, game.organiser.key, game.state.missing_coins())
    assert by_organiser(game, body) == "drop.too-few"


def test_nobody_is_dropped_before_the_deadline() -> None:
    game = waiting()
    body = player.make_drop(game.state, game.organiser.key, game.state.missing_coins())
    game.now = game.state.deck_at + game.state.create.patience
    assert by_organiser(game, body) == "ok"
    game.now -= 1
    assert by_organiser(game, body) == "drop.too-early"


def test_only_the_organiser_drops() -> None:
    game = waiting()
    body = player.make_drop(game.state, game.organiser.key, game.state.missing_coins())
    assert by_dealer(game, but(body, by=game.dealer.key)) == "author.wrong"
    assert by_player(game, "Ann", but(body, by=game.players["Ann"].key)) == "author.wrong"


# --- deal ---------------------------------------------------------------------------------------


def test_the_deal_stands_on_the_first_permitted_deck() -> None:
    for count in (0, 1, 3):
        game = game_with_passed(count)
        body = dealt(game)
        assert by_dealer(game, body) == "ok"
        assert (body.deck, body.openings.count()) == (count, count)
        game.deal_with(body)
        assert (game.state.phase, game.state.deal) == (Phase.CHOOSING, body)
        assert game.state.seed is not None


def test_a_deal_is_counted_exactly() -> None:
    game = game_with_passed(1)
    body = dealt(game)
    decks = game.state.deck.commitments.count() if game.state.deck else 0
    for changes, code in (
        ({"round": 2}, "round.wrong"),
        ({"deck": decks + 1}, "deal.deck"),
        ({"deck": 1_000_000}, "deal.deck"),
        ({"deck": 0}, "deal.openings"),
        ({"deck": 2}, "deal.openings"),
        ({"openings": Openings(b"")}, "deal.openings"),
        ({"openings": Openings(body.openings * 2)}, "deal.openings"),
        ({"sealed": CardBoxes(body.sealed[:-84])}, "deal.sealed"),
        ({"sealed": CardBoxes(body.sealed + bytes(84))}, "deal.sealed"),
        ({"cards": Points(body.cards[:-32])}, "deal.cards"),
        ({"cards": Points(body.cards + body.cards[:32])}, "deal.cards"),
        ({"permutation": Proof(body.permutation[:-32])}, "deal.proof-form"),
        ({"permutation": Proof(body.permutation + bytes(32))}, "deal.proof-form"),
        ({"exclusion": Proof(b"")}, "deal.proof-form"),
        ({"permutation": body.exclusion, "exclusion": body.permutation}, "deal.proof-form"),
        ({"permutation": Proof(bytes(len(body.permutation)))}, "deal.proof-form"),  # points must be points
    ):
        assert by_dealer(game, but(body, **changes)) == code, changes


@pytest.mark.parametrize("bad", BAD_POINTS, ids=lambda raw: raw.hex()[:8])
def test_cards_are_valid_points(bad: bytes) -> None:
    game = game_at(Phase.DEAL)
    body = dealt(game)
    assert by_dealer(game, but(body, cards=Points(body.cards[:-32] + bad))) == "deal.cards"


def test_a_card_with_a_part_of_small_order_is_no_card() -> None:
    """Canonical, on the curve, and opening as before to whoever multiplies by 8."""
    game = game_at(Phase.DEAL)
    body = dealt(game)
    for torsion in BAD_POINTS[1:4]:
        mixed = crypto_core_ed25519_add(body.cards[-32:], torsion)
        assert by_dealer(game, but(body, cards=Points(body.cards[:-32] + mixed))) == "deal.cards"
        mixed = crypto_core_ed25519_add(body.cards[:32], torsion)
        assert by_dealer(game, but(body, cards=Points(mixed + body.cards[32:]))) == "deal.cards"


def test_an_opening_must_open_its_deck() -> None:
    """A key whose deal hits as well, but which is not the one that the deck commits to."""
    game = game_with_passed(1)
    body, state = dealt(game), game.state
    order = deal_order(state.joint_seed(), 0, 4)
    keys = (k.to_bytes(32, "little") for k in range(1000))
    other = next(k for k in keys if hits(state.forbidden, deck_from_key(k, 4)[0], order))
    assert by_dealer(game, but(body, openings=Openings(other))) == "deal.opening.wrong"


def test_a_passed_over_deck_must_hold_a_forbidden_pair() -> None:
    game = game_with_passed(1)
    body, state = dealt(game), game.state
    order = deal_order(state.joint_seed(), 0, 4)
    keys = (k.to_bytes(32, "little") for k in range(1000))
    fine = next(k for k in keys if not hits(state.forbidden, deck_from_key(k, 4)[0], order))
    assert by_dealer(game, but(body, openings=Openings(fine))) == "deal.not-first"


def test_the_arguments_must_hold() -> None:
    game = game_at(Phase.DEAL)
    body = dealt(game)
    first = body.cards[32:64] + body.cards[:32] + body.cards[64:]  # two cards exchanged
    assert by_dealer(game, but(body, cards=Points(first))) == "deal.permutation.wrong"
    proof = body.permutation
    assert by_dealer(game, but(body, permutation=Proof(proof[:-32] + bytes(32)))) == "deal.permutation.wrong"
    proof = body.exclusion
    assert by_dealer(game, but(body, exclusion=Proof(proof[:-32] + bytes(32)))) == "deal.exclusion.wrong"


def test_a_scalar_of_a_proof_has_one_spelling() -> None:
    game = game_at(Phase.DEAL)
    body = dealt(game)
    order = 2**252 + 27742317777372353535851937790883648493
    twin = (int.from_bytes(body.exclusion[-32:], "little") + order).to_bytes(32, "little")
    assert by_dealer(game, but(body, exclusion=Proof(body.exclusion[:-32] + twin))) == "deal.proof-form"


def test_the_dealer_is_to_blame_for_its_deal_and_the_log_proves_it() -> None:
    game = game_at(Phase.DEAL)
    with pytest.raises(IllegalPost) as caught:
        judge(game.state, sign_post(but(dealt(game), sealed=CardBoxes(b"")), game.server), game.now)
    assert (caught.value.blame.party, caught.value.blame.certainty) == (Party.SERVER, Certainty.PROVEN)


# --- all decks out ------------------------------------------------------------------------------


@cache
def all_out() -> str:
    for k in range(50):
        game = game_at(Phase.DEAL, seed=f"out {k}", **FEW_DECKS)
        if dealt(game).deck == 1:
            return f"out {k}"
    raise LookupError


def test_when_all_decks_are_out_the_next_round_begins_with_the_same_players() -> None:
    game = game_at(Phase.DEAL, seed=all_out(), **FEW_DECKS)
    body = dealt(game)
    assert (body.cards, body.permutation, body.exclusion, body.sealed) == (b"", b"", b"", b"")
    assert by_dealer(game, body) == "ok"
    before = game.state
    game.deal_with(body)
    state = game.state
    assert (state.phase, state.round, state.deal, state.coins) == (Phase.DECK, 2, None, {})
    assert [p.name for p in state.players] == list(NAMES)
    assert state.roster != before.roster  # the round is in it
    assert state.rounds[0].dropped == ()
    game.run()
    assert game.state.phase is Phase.OVER


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("cards", Points(b"\x58" + b"\x66" * 31)),
        ("permutation", Proof(bytes(32))),
        ("exclusion", Proof(bytes(32))),
        ("sealed", CardBoxes(bytes(84))),
    ],
)
def test_when_all_decks_are_out_there_are_no_cards(field: str, value: bytes) -> None:
    game = game_at(Phase.DEAL, seed=all_out(), **FEW_DECKS)
    body = dealt(game)
    assert by_dealer(game, but(body, **{field: value})) == "deal.all-out"


def test_when_all_decks_are_out_the_openings_are_checked_too() -> None:
    game = game_at(Phase.DEAL, seed=all_out(), **FEW_DECKS)
    body, state = dealt(game), game.state
    order = deal_order(state.joint_seed(), 0, 4)
    keys = (k.to_bytes(32, "little") for k in range(1000))
    other = next(k for k in keys if hits(state.forbidden, deck_from_key(k, 4)[0], order))
    assert by_dealer(game, body) == "ok"
    assert by_dealer(game, but(body, openings=Openings(other))) == "deal.opening.wrong"


def test_a_dealer_cannot_say_that_all_are_out_while_one_stands() -> None:
    for k in range(50):
        game = game_at(Phase.DEAL, seed=f"stands {k}", **FEW_DECKS)
        if dealt(game).deck == 0:
            break
    roster = game.state.roster
    assert roster is not None
    key = game.dealer.deck_key(game.state.game, 1, roster, 0)
    empty = {"cards": Points(b""), "permutation": Proof(b""), "exclusion": Proof(b""), "sealed": CardBoxes(b"")}
    lie = but(dealt(game), deck=1, openings=Openings(key), **empty)
    assert by_dealer(game, lie) == "deal.not-first"


def test_after_round_64_there_is_no_other() -> None:
    """A roster with no permitted assignment: every deck of every round is out."""
    game = game_at(exclusions=IMPOSSIBLE, patience=0, **FEW_DECKS).start()
    for _ in range(MAX_ROUNDS - 1):
        game.run(until=Phase.DEAL)
        game.deal_with(dealt(game))
    assert (game.state.phase, game.state.round) == (Phase.DECK, 64)
    game.run(until=Phase.COINS)
    last = player.make_drop(game.state, game.organiser.key, game.state.players[:1])
    assert by_organiser(game, last) == "round.exhausted"
    game.run(until=Phase.VOID)
    assert (game.state.phase, len(game.state.rounds)) == (Phase.VOID, 64)
    assert dealer.duties(game.state, game.dealer, game.now, game.entropy) == ()
    assert all(not game.owed(name).posts for name in NAMES)
    late = but(owed(game_at(Phase.COINS), "Ann"), game=game.state.game, by=game.players["Ann"].key)
    assert by_player(game, "Ann", late) == "turn.wrong"
    assert game.replay() == game.state


def test_a_couple_never_draws_each_other() -> None:
    for k in range(12):
        game = game_at(Phase.CHOOSING, seed=f"couple {k}", exclusions=COUPLE)
        pairs = dealer.recipients(game.state, game.dealer)
        assert sorted(pairs) == sorted(pairs.values()) == [1, 2, 3, 4]
        assert not any(pairs[i] == j for i, j in game.state.forbidden)
        assert (pairs[1], pairs[2]) not in ((2, 1),)
