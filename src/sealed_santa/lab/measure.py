"""What a draw costs: decks, proofs and their verification, in seconds and in multiplications.

A figure in seconds says as much about the machine as about the program. So every piece of work stands
between two samples of the unit, one raw multiplication in the group, and its cost is also given as so
many of those. The clock is the caller's; the secrets are made up.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Final

from sealed_santa.base.errors import UsageError
from sealed_santa.crypto.commitments import card_commits, deck_commits, deck_from_key
from sealed_santa.crypto.group import encode_points, one_multiplication
from sealed_santa.game.draw import deal, statements
from sealed_santa.game.state import Phase, State
from sealed_santa.lab.simulator import Simulator
from sealed_santa.log.entry import sign_post
from sealed_santa.log.fields import Coin, Hash
from sealed_santa.proofs.product.prove import DealWitness, prove_exclusion, prove_permutation
from sealed_santa.roles import dealer

Clock = Callable[[], float]  # seconds
Work = Callable[[], object]

SECONDS: Final = "s"
A_PLAYER: Final = "multiplications/player"
GOALS: Final = {"commit": 3.0, "prove": 9.0, "verify": 2.5}  # multiplications a player, on one core
A_DECK: Final = 1.0  # more of them for each deck that is passed over
TWO_CORES: Final = 1.7  # times less on two cores
UNITS: Final = 100  # multiplications in a sample of the unit
MAX_TRIES: Final = 10_000  # joint seeds to look for one that passes over so many decks


@dataclass(frozen=True, slots=True)
class Cost:
    """The median of some runs: seconds, and the same in multiplications made just before and after."""

    seconds: float
    multiplications: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One measured number. `goal` is in the same unit, and the most that it should be."""

    part: str  #: draw, games, joins, memory, start or blind
    what: str
    value: float
    unit: str
    players: int | None = None
    cores: int | None = None
    passed: int | None = None  #: decks passed over
    decks: int | None = None
    goal: float | None = None
    group: str | None = None  #: of a blind game: mixes, screening, audits or games
    columns: int | None = None  #: ciphertexts in a row


@dataclass(frozen=True, slots=True)
class Draw:
    """The work of a draw among n players: `verify` by the number of decks that are passed over."""

    players: int
    decks: int
    commit: Work
    prove: Work
    verify: dict[int, Work]


def timed(work: Work, clock: Clock) -> float:
    """Return the seconds that something takes."""
    start = clock()
    work()
    return clock() - start


def unit_seconds(clock: Clock, count: int = UNITS) -> float:
    """Return the seconds of one multiplication, the mean of some."""
    multiply = one_multiplication()
    start = clock()
    for _ in range(count):
        multiply()
    return (clock() - start) / count


def cost(work: Work, clock: Clock, repeats: int) -> Cost:
    """Return what something costs; each run is divided by the unit as it was then."""
    seconds, ratios = [], []
    before = unit_seconds(clock)
    for _ in range(repeats):
        took = timed(work, clock)
        after = unit_seconds(clock)
        seconds.append(took)
        ratios.append(2 * took / (before + after))
        before = after
    return Cost(statistics.median(seconds), statistics.median(ratios))


def draw_figures(draw: Draw, clock: Clock, repeats: int, cores: int) -> list[Figure]:
    """Measure a draw on as many cores as the caller lets this process have; two figures for each piece of work."""
    pieces: list[tuple[str, int | None, Work]] = [("commit", None, draw.commit), ("prove", None, draw.prove)]
    pieces += [("verify", passed, work) for passed, work in draw.verify.items()]
    figures = []
    for what, passed, work in pieces:
        measured = cost(work, clock, repeats)
        goal = (GOALS[what] + A_DECK * (passed or 0)) / (TWO_CORES if cores > 1 else 1)
        both = ((measured.seconds, SECONDS, None), (measured.multiplications / draw.players, A_PLAYER, goal))
        figures += [
            Figure(part="draw", what=what, value=value, unit=unit, players=draw.players, cores=cores, passed=passed,
                   decks=draw.decks, goal=wanted)
            for value, unit, wanted in both
        ]  # fmt: skip
    return figures


def prepare(players: int, passed: Iterable[int] = (0,), seed: str = "measure") -> Draw:
    """Play a game up to its deal and return the work of its draw, no exclusions but oneself.

    For each number in `passed` there is a deal that passes over so many decks. All of it is what
    server and clients do; `verify` is the rule for a deal, without parsing and signatures of the entry.

    Raises:
        UsageError: `measure.passed`, no deal with so many decks was found.
    """
    game = Simulator(seed, [f"Player {k}" for k in range(1, players + 1)]).fill().start().run(until=Phase.DEAL)
    states = {count: _passing_over(game, count) for count in passed}
    keys = [_deck_key(game, t) for t in range(dealer.deck_count(game.state))]
    return Draw(
        players,
        len(keys),
        lambda: deck_commits(keys, players),
        _prover(game, next(iter(states.values()), game.state)),
        {count: _verifier(game, state) for count, state in states.items()},
    )


def _deck_key(game: Simulator, t: int) -> bytes:
    state = game.state
    return game.dealer.deck_key(state.game, state.round, state.roster or Hash(bytes(32)), t)


def _passing_over(game: Simulator, count: int) -> State:
    """Return the state before a deal that passes over so many decks: other coins, everything else the same."""
    for _ in range(MAX_TRIES):
        coins: dict[bytes, Coin] = {player.key: Coin(game.entropy(32)) for player in game.state.players}
        state = replace(game.state, coins=coins)
        if dealer.standing_deck(state, game.dealer)[0] == count:
            return state
    raise UsageError("measure.passed", f"no deal that passes over {count} decks was found")


def _prover(game: Simulator, state: State) -> Work:
    """Return the work of making the cards and both arguments."""
    n, secrets, seed = len(state.players), game.dealer, state.joint_seed()
    t, _ = dealer.standing_deck(state, secrets)
    values, blinding = deck_from_key(_deck_key(game, t), n)
    blindings = tuple(secrets.card_blinding(state.game, state.round, seed, t, slot) for slot in range(1, n + 1))
    witness = DealWitness(secrets.seed, values, blindings, blinding)

    def prove() -> None:
        cards = encode_points(card_commits(values, blindings))
        permutation, exclusion = statements(state, seed, t, cards)
        prove_permutation(permutation, witness, game.entropy)
        prove_exclusion(exclusion, witness, game.entropy)

    return prove


def _verifier(game: Simulator, state: State) -> Work:
    """Return the work of whoever folds the deal: decode cards and proofs, recompute opened decks, check the sums."""
    body = dealer.make_deal(state, game.dealer, game.entropy)
    post = sign_post(body, game.server)
    return lambda: deal(state, post, body, state.at)
