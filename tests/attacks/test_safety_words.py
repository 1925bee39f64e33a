"""Safety words over the roster alone can be ground; bound to coins opened after the lock they cannot."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from game_cases import NAMES, but, by_player, game_at, owed
from sealed_santa.base.labels import Label
from sealed_santa.crypto.hashing import tagged_hash
from sealed_santa.game.state import Phase, Player, State, roster_hash
from sealed_santa.lab.simulator import Simulator
from sealed_santa.log.entry import sign_post
from sealed_santa.log.fields import Coin, Hash, SignKey
from sealed_santa.roles.player import make_join
from sealed_santa.roles.secrets import PlayerSecrets

BITS = 20  # of words, here; 33 in the protocol. The search below costs 2^(BITS/2), so 44 bits took ten seconds.


def shortened(digest: bytes) -> int:
    return int.from_bytes(digest[:5], "big") >> (40 - BITS)


def weak_words(roster: bytes) -> int:
    """Words of the variant: over the roster and nothing else."""
    return shortened(tagged_hash(Label.WORDS, roster))


def real_words(state: State) -> int:
    """The first bits of what the real words are made of."""
    return shortened(tagged_hash(Label.WORDS, state.joint_seed()))


def rosters(state: State, swapped: str) -> Iterator[tuple[bytes, tuple[Player, ...]]]:
    """Yield rosters in which one player has the server's keys and a join of the server's own player varies.

    A wish, a key, a coin: anything in a join of the server's own changes the hash of that join.
    """
    for k in range(2**BITS):
        players = tuple(
            replace(p, join=Hash(tagged_hash(Label.POST, swapped, p.name, k if p.name == "Dot" else 0)))
            if p.name in (swapped, "Dot") else p
            for p in state.players
        )  # fmt: skip
        yield roster_hash(state.game, 1, players), players


def collision(state: State) -> tuple[bytes, bytes]:
    """Return a roster for Ann's fork and one for Bob's that have the same weak words."""
    ann, bob = rosters(state, "Bob"), rosters(state, "Ann")
    left: dict[int, bytes] = {}
    right: dict[int, bytes] = {}
    while True:
        one, two = next(ann)[0], next(bob)[0]
        left.setdefault(weak_words(one), one)
        right.setdefault(weak_words(two), two)
        for words in (weak_words(one), weak_words(two)):
            if words in left and words in right:
                return left[words], right[words]


def test_words_over_the_roster_alone_can_be_ground() -> None:
    state = game_at(Phase.DEAL).state
    one, two = collision(state)
    assert one != two
    assert weak_words(one) == weak_words(two)  # Ann and Bob compare, and find nothing


def test_the_same_grinding_does_not_help_against_words_over_coins() -> None:
    """The rosters are locked before a coin is open; each round is one try of 2^-33, here of 2^-20."""
    game = game_at(Phase.DEAL)
    one, two = collision(game.state)
    equal = 0
    for k in range(500):
        coins = [tagged_hash(Label.COIN, "honest", side, k) for side in range(2)]
        ann = {**game.state.coins, game.players["Ann"].key: Coin(coins[0])}
        bob = {**game.state.coins, game.players["Bob"].key: Coin(coins[1])}
        equal += real_words(replace(game.state, roster=Hash(one), coins=ann)) == real_words(
            replace(game.state, roster=Hash(two), coins=bob)
        )
    assert equal == 0


def test_the_server_s_own_coins_leave_it_nothing_to_grind_with() -> None:
    """Once an honest coin is known, a coin of its own players that made the words agree would be no link."""
    game = game_at(Phase.COINS)
    for name in NAMES[:3]:
        game.say(name, owed(game, name))
    body = owed(game, "Dot")
    assert by_player(game, "Dot", body) == "ok"
    for k in range(50):
        assert by_player(game, "Dot", but(body, coin=Coin(tagged_hash(Label.COIN, "ground", k)))) == "coin.wrong"


def test_a_key_swapped_at_registration_changes_the_words() -> None:
    """The server gives Bob keys of its own; Ann sees other words than Bob, whose join is his own."""
    honest = game_at(Phase.DEAL)
    forged = Simulator("simulator", NAMES)
    forged.join("Ann")
    mine = PlayerSecrets(b"the server's Bob".ljust(32), forged.state.game)
    join = make_join(mine, SignKey(forged.invite.public().raw), forged.state.head, "Bob", "")
    forged.order(sign_post(join, mine.signing, forged.invite))
    forged.players["Bob"], forged.intents["Bob"] = mine, honest.intents["Bob"]
    forged.fill().start().run(until=Phase.DEAL)
    assert [p.name for p in forged.state.players] == list(NAMES)  # the rosters look alike
    assert forged.state.roster != honest.state.roster
    assert forged.state.words != honest.state.words
    bob = forged.state.named("Bob")
    assert bob is not None
    assert bob.join != honest.entries[2].post.hash  # what Bob's own client compares with what it signed


def test_every_public_value_of_the_round_is_in_the_words() -> None:
    state = game_at(Phase.DEAL).state
    words = {
        state.words,
        replace(state, roster=Hash(bytes(32))).words,
        replace(state, deck_seq=state.deck_seq - 1).words,
        *(replace(state, coins={**state.coins, p.key: Coin(bytes(32))}).words for p in state.players),
    }
    assert len(words) == 7
