"""Coins that were seen and never logged are used again in the next round, for decks that were made to fit them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from sealed_santa.game.state import Phase, coin_before
from sealed_santa.lab import cheats, dealing, fitting, stage
from sealed_santa.lab.attack import Attack
from sealed_santa.lab.simulator import FOUR, Simulator
from sealed_santa.lab.trial import Seen, Trial, in_log, runs, twin, uncheated
from sealed_santa.log.entry import sign_post
from sealed_santa.log.fields import Coin
from sealed_santa.roles import player
from sealed_santa.roles.secrets import DealerSecrets

_HELPER: Final = "Eve"  # silent, so that she can be dropped


def _second_round() -> tuple[Simulator, dict[bytes, Coin]]:
    """Return a game before its second decks, and the coins that the server saw in the first round and kept back."""
    game = stage.at_phase("sealed", Phase.COINS, (*FOUR, _HELPER))
    seen: dict[bytes, Coin] = {game.players[name].key: cheats.owes(game, name).coin for name in FOUR}
    game.now += game.state.create.patience
    game.organise(player.make_drop(game.state, game.organiser.key, (cheats.seat(game, _HELPER),)))
    return game, seen


def _with_decks(game: Simulator, seed: bytes) -> Simulator:
    other = twin(game)
    other.dealer, other.memo = DealerSecrets(seed, game.server), {}
    return other.run(Phase.COINS)


def _really(game: Simulator) -> dict[int, int]:
    """Let the players open the links that they open, and return what is dealt."""
    return fitting.dealt(twin(game).run(Phase.CHOOSING))


def _sealed(cheat: bool) -> Seen:
    game, seen = _second_round()
    if not cheat:
        game.run(Phase.CHOOSING)
        return uncheated(game, won=dict(game.state.coins) == seen)
    seed = fitting.seed_for(game, seen)
    weakly = fitting.foreseen(game, seed, seen)
    game = _with_decks(game, seed)
    really = _really(game)
    for name in FOUR:
        body = dealing.but(cheats.owes(game, name), coin=seen[game.players[name].key])
        game.force(sign_post(body, game.players[name].signing))
    names = {p.number: p.name for p in game.state.players}
    return in_log(
        game,
        f"In the first round all players but {_HELPER} show the server their coins. It orders none of them. "
        f"{_HELPER}, its helper, is dropped for being silent, and there is a second round, with new decks. Now the "
        "server knows four coins and looks for decks that fit them. If players had one coin for all rounds, they "
        "would open just these, and the draw would be the one that it wants. The lab lets weak clients do so, and a "
        "server order it.",
        won=weakly == fitting.WANTED,
        **{
            "drawn, if the coins of round 1 counted": _pairs(weakly, names),
            "drawn with the links that players open in round 2": _pairs(really, names),
            "links of round 2 whose hash is the one of round 1": _hashed(game, seen),
        },
    )


def _hashed(game: Simulator, seen: Mapping[bytes, Coin]) -> str:
    """Return how many of the links seen are the hashes of the next ones: the way back, which nobody can go forwards."""
    follow = sum(coin_before(p.game, p.key, p.coin(2), 1) == seen[p.key] for n, p in game.players.items() if n in FOUR)
    return f"{follow} of {len(FOUR)}"


def _pairs(dealt: Mapping[int, int], names: Mapping[int, str]) -> str:
    return dealing.named_pairs({names[g]: names[r] for g, r in dealt.items()})


TRIALS: Final[Mapping[str, Trial]] = {"sealed": _sealed}

ATTACK = Attack(
    id="coin-chain-one-link",
    title="coins that were seen but never logged are used again",
    attacker="the server, with a player who is dropped",
    lesson="""
A coin is worth something only as long as nobody knows it who still has a choice. In a round the dealer fixes its decks
first, and then all coins are opened. So far, so good. But rounds can fail: somebody is silent and is dropped, and the
rest draw again, with new decks.

What about the coins that the others had opened already? The server has seen them, and if it has ordered none of them,
nobody else has. If a player had one coin for the whole game it would open it again, and now the dealer would know all
coins before it makes its decks. It tries seeds until the draw is the one that it wants. With four players that takes
nine tries on average, and nothing in the log would show it.

So a player has a chain of 64 links, each the hash of the next, and the end is in its join. Round 1 opens the first
link, round 2 the second. Whoever knows a link can compute the ones before it, and never the next (docs/protocol.md,
sections 5.5 and 8). A link of another round is refused, in the log of a dishonest server as well, and the audit finds
it.
""",
    weak="One commitment to one coin, in the join. It is the textbook's way, and the textbook has one round.",
    threat="T07",
    tests=(
        "tests/attacks/test_coin_chain.py::test_coins_that_are_opened_again_let_the_dealer_choose_the_draw",
        "tests/attacks/test_coin_chain.py::test_a_chain_opened_one_link_a_round_does_not",
        "tests/attacks/test_coin_chain.py::test_the_opening_of_another_round_is_no_coin",
    ),
    cases=("coin-of-the-last-round_fail", "coin-of-the-next-round_fail"),
    course="03-commit-and-reveal",
    runs=runs(TRIALS),
    elsewhere={
        "classic": "There are no coins: the server draws as it likes.",
        "blind": "Coins decide no draw there. The chain is the same, and coin-opened-to-another-value shows it.",
    },
)
