"""The last player opens its coin to a value that suits it: with chains it cannot, without them it always could."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Final

from msgspec.structs import replace as with_fields

from sealed_santa.base.labels import Label
from sealed_santa.crypto.commitments import deck_from_key, shuffle_from_stream
from sealed_santa.game.draw import deal_order
from sealed_santa.game.state import Phase, State, coin_before
from sealed_santa.lab import cheats, mixing, stage
from sealed_santa.lab.attack import Attack
from sealed_santa.lab.simulator import FOUR, Simulator
from sealed_santa.lab.trial import Seen, Trial, at_the_door, runs, twin
from sealed_santa.log.entry import SignedPost
from sealed_santa.log.fields import Coin, Hash
from sealed_santa.roles import dealer

_EIGHT: Final = (*FOUR, "Eve", "Fay", "Gus", "Hal")
_TRIES: Final = 400


def _recipient_of_last(game: Simulator, state: State) -> int:
    """Return whom the last player would give to: the dealer tells it, as it knows its decks."""
    n, roster = len(state.players), state.roster or Hash(bytes(32))
    t, _ = dealer.standing_deck(state, game.dealer)
    values, _ = deck_from_key(game.dealer.deck_key(state.game, state.round, roster, t), n)
    return values[deal_order(state.joint_seed(), t, n)[n - 1] - 1]


def _left_out(game: Simulator, state: State) -> int:
    """Return who of eight players would be no trustee: anybody can compute that."""
    return shuffle_from_stream(Label.TRUSTEES, len(state.players), state.joint_seed())[-1]


def _gives_to(weak: Simulator, last: str) -> int:
    """Play on to the deal, and return whom the last player gives to."""
    return cheats.seat(weak, mixing.known(weak.run(Phase.CHOOSING))[last]).number


def _is_left_out(weak: Simulator, last: str) -> int:
    """Return who is no trustee, now that the coins are in."""
    chosen = cheats.blind_of(weak).trustees
    return next(p.number for p in weak.state.players if p.number not in chosen)


def _unchecked(game: Simulator, post: SignedPost, coin: Coin, last: str) -> Simulator:
    """Go on as if nobody compared the coin with what was committed: as if this one had been."""
    weak, state = twin(game), game.state
    key = game.players[last].key
    end = coin_before(state.game, key, coin, state.round)
    players = tuple(replace(p, coin_end=end) if p.key == key else p for p in state.players)
    weak.current = replace(state, players=players)
    weak.order(post)
    return weak


def _trial(
    mode: str, names: tuple[str, ...], outcome: Callable[[Simulator, State], int],
    came: Callable[[Simulator, str], int], aim: str, cheat: bool,
) -> Seen:  # fmt: skip
    last = names[-1]
    game = stage.at_phase(mode, Phase.COINS, names).run(silent=(last,))
    state, key, own = game.state, game.players[last].key, cheats.owes(game, last)

    def with_coin(coin: Coin) -> int:
        return outcome(game, replace(state, coins={**state.coins, key: coin}))

    honest = with_coin(own.coin)
    wanted = next(number for number in range(1, len(names)) if number != honest)
    name = game.state.players[wanted - 1].name
    if not cheat:
        return at_the_door(game, cheats.signed(game, last, own), stage.in_words(stage.honest(mode)), won=False)
    tries = (Coin(game.entropy(32)) for _ in range(_TRIES))
    count, coin = next((k, c) for k, c in enumerate(tries, 1) if with_coin(c) == wanted)
    story = (
        f"{last} has seen all other coins and opens last. It looks for a coin with which {aim.format(name)}, finds one "
        "at once, and opens its own to that. Its coin was fixed when it joined, as the end of a hash chain."
    )
    post = cheats.signed(game, last, with_fields(own, coin=coin))
    return at_the_door(
        game, post, story, won=came(_unchecked(game, post, coin, last), last) == wanted,
        **{"coins tried until one fitted": str(count)},
    )  # fmt: skip


TRIALS: Final[Mapping[str, Trial]] = {
    "sealed": partial(_trial, "sealed", FOUR, _recipient_of_last, _gives_to, "it gives to {}"),
    "blind": partial(_trial, "blind", _EIGHT, _left_out, _is_left_out, "{} is no trustee"),
}

ATTACK = Attack(
    id="coin-opened-to-another-value",
    title="the last player opens its coin to another value",
    attacker="a player, with the server",
    lesson="""
To commit is to put a number into an envelope and hand it over closed. To reveal is to open it. Both halves matter:
if nobody compares what is opened with what was committed, the last one simply says a number that suits it.

In this protocol a player commits when it joins, to all its coins at once: each coin is the hash of the next one,
and the join holds the first. To open a coin is to show a value whose hash is the value before it. Nobody can find a
second one with that hash. Anybody can check it, and everybody's client does.

The run shows how little it takes without that check. A handful of tries are enough to choose one's own recipient.
See docs/protocol.md, sections 5.2 and 5.5.
""",
    weak="A draw in which each player just sends a random number. It looks fair, as everybody's number goes into it. "
    "Whoever sends last has chosen the outcome.",
    threat="T07",
    tests=(
        "tests/attacks/test_coin_chain.py::test_a_chain_opened_one_link_a_round_does_not",
        "tests/attacks/test_coin_chain.py::test_coins_that_are_opened_again_let_the_dealer_choose_the_draw",
        "tests/attacks/test_coin_chain.py::test_a_player_cannot_jump_ahead_in_its_chain",
    ),
    cases=("coin-invented_fail", "coin-of-the-next-round_fail", "coin-of-another-player_fail"),
    course="03-commit-and-reveal",
    runs=runs(TRIALS),
    elsewhere={"classic": "There are no coins: the server's own numbers decide, and nobody has seen them before."},
)
