"""What one stranger may take: of a log, of offers, of games."""

from __future__ import annotations

import pytest

from game_cases import NAMES, game_at, owed, raises
from sealed_santa.base.errors import UsageError
from sealed_santa.game.state import Phase
from sealed_santa.lab.simulator import Simulator
from sealed_santa.log.fields import SignKey
from sealed_santa.log.posts import Gift, Post
from sealed_santa.net.limits import ServerLimits
from sealed_santa.net.quotas import HOUR, Origins, Tally, origin_of
from sealed_santa.roles import player
from sealed_santa.roles.secrets import PlayerSecrets

SMALL = ServerLimits(posts_per_author=3, joins_per_player=0, entries=100, log_bytes=10**6)


def tally_of(game: Simulator) -> Tally:
    tally = Tally()
    for entry in game.entries:
        tally.add(entry.post.body)
    return tally


def newcomer(game: Simulator) -> Post:
    secrets = PlayerSecrets(b"newcomer".ljust(32), game.state.game)
    return player.make_join(secrets, SignKey(game.invite.public().raw), game.state.head, "Eve", "")


def gift(game: Simulator, name: str) -> Gift:
    return player.make_gift(game.state, game.players[name], 0, "", lambda n: bytes(n))


def test_attack_gifts_without_end_are_refused_and_nobody_else_s() -> None:
    game = game_at(Phase.CHOOSING).run(until=Phase.CHOOSING)
    tally = tally_of(game)
    for _ in range(2):  # with the join that makes three
        tally.check(SMALL, game.state, gift(game, "Ann"), 0)
        tally.add(gift(game, "Ann"))
    with raises(UsageError, "game.too-many-posts"):
        tally.check(SMALL, game.state, gift(game, "Ann"), 0)
    tally.check(SMALL, game.state, gift(game, "Bob"), 0)


def test_what_an_author_owes_is_taken_beyond_the_quota() -> None:
    game = game_at(Phase.CHOOSING)
    tally = tally_of(game)
    for _ in range(9):
        tally.add(gift(game, "Ann"))
    confirmation = owed(game, "Ann")
    for _ in range(9):
        tally.check(SMALL, game.state, confirmation, 0)
        tally.add(confirmation)
    tally.check(SMALL, game.state, gift(game, "Bob"), 0)


def test_attack_joining_and_leaving_without_end_is_refused() -> None:
    game = game_at()
    tally, limits = tally_of(game), ServerLimits(joins_per_player=0, posts_per_author=1000)
    for _ in range(64 - len(NAMES)):
        tally.check(limits, game.state, newcomer(game), 0)
        tally.add(newcomer(game))
        tally.add(player.make_leave(game.state, game.players["Ann"].key))
    other = PlayerSecrets(b"another".ljust(32), game.state.game)
    fresh = player.make_join(other, SignKey(game.invite.public().raw), game.state.head, "Fay", "")
    with raises(UsageError, "game.too-many-joins"):
        tally.check(limits, game.state, fresh, 0)
    tally.check(ServerLimits(joins_per_player=4), game.state, fresh, 0)


@pytest.mark.parametrize("what", ["entries", "log_bytes"])
def test_attack_a_full_log_keeps_room_for_what_ends_the_game(what: str) -> None:
    game, tally = game_at(Phase.CHOOSING), Tally()
    taken = len(game.state.chain)
    tight = ServerLimits(entries=taken + 1) if what == "entries" else ServerLimits(log_bytes=taken * 1000 + 1)
    with raises(UsageError, "game.log-full"):
        tally.check(tight, game.state, gift(game, "Ann"), taken * 1000)
    for body in (owed(game, "Ann"), player.make_close(game.state, game.organiser.key)):
        tally.check(tight, game.state, body, taken * 1000)
        with raises(UsageError, "game.log-full"):
            tally.check(ServerLimits(entries=taken), game.state, body, 0)
        with raises(UsageError, "game.log-full"):
            tally.check(tight, game.state, body, 1 << 30)


def test_the_dealer_always_finds_room() -> None:
    game = game_at(Phase.DECK)
    game.run(until=Phase.COINS)
    deck = game.entries[-1].post.body
    Tally().check(ServerLimits(entries=1, log_bytes=1, posts_per_author=0), game.state, deck, 10**9)


def test_a_tally_and_its_copy_go_their_own_ways() -> None:
    game = game_at()
    tally = tally_of(game)
    twin = tally.copy()
    for _ in range(9):
        twin.add(newcomer(game))
    tally.check(SMALL, game.state, newcomer(game), 0)
    with raises(UsageError, "game.too-many-posts"):
        twin.check(SMALL, game.state, newcomer(game), 0)


def key(number: int) -> SignKey:
    return SignKey(number.to_bytes(32, "big"))


def test_attack_one_address_does_not_take_all_offers() -> None:
    origins = Origins(ServerLimits(offers_per_address=2, offer_life=10))
    for number in range(2):
        origins.check_offer("a", 1000)
        origins.offered(key(number), "a", 1000)
    with raises(UsageError, "server.too-many-offers"):
        origins.check_offer("a", 1000)
    origins.check_offer("b", 1000)
    origins.used(key(0))
    origins.used(key(77))  # of an earlier run of the server
    origins.check_offer("a", 1000)
    origins.offered(key(2), "a", 5000)
    with raises(UsageError, "server.too-many-offers"):
        origins.check_offer("a", 11_000)
    origins.check_offer("a", 11_001)  # the first has expired


def test_attack_one_address_does_not_make_games_without_end() -> None:
    origins = Origins(ServerLimits(creates_per_hour=2))
    for now in (0, 10):
        origins.create("a", now)
    for now in (11, HOUR - 1):
        with raises(UsageError, "server.too-many-games"):
            origins.create("a", now)
    origins.create("b", 11)
    origins.create("a", HOUR)
    with raises(UsageError, "server.too-many-games"):
        origins.create("a", HOUR + 1)
    origins.create("c", 3 * HOUR)
    assert list(origins._created) == ["c"]  # nobody is remembered longer than that


@pytest.mark.parametrize(("host", "origin"), [
    ("192.0.2.7", "192.0.2.7"),
    ("::ffff:192.0.2.7", "192.0.2.7"),
    ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
    ("2001:db8:1:2::1", "2001:db8:1:2::/64"),
    ("2001:db8:1:3::1", "2001:db8:1:3::/64"),
    ("fe80::1%eth0", "fe80::/64"),
    ("somewhere", "somewhere"),
])  # fmt: skip
def test_an_address_is_what_one_customer_has(host: str, origin: str) -> None:
    assert origin_of(host) == origin
