"""Real draws are uniform over the permitted assignments; also given the log; and nobody alone can shift them.

The draws are made by the functions that the dealer uses (`roles.dealer.standing_deck`), without the
proofs, which cannot change them. Everything is seeded; a threshold is passed by chance in one run of
ten thousand, and these runs are always the same.
"""

from __future__ import annotations

import hashlib
import math
from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass, replace
from functools import cache
from itertools import permutations

import pytest

from game_cases import COUPLE, NAMES, game_at
from sealed_santa.crypto.commitments import deck_from_key
from sealed_santa.game.draw import deal_order, hits
from sealed_santa.game.state import Phase
from sealed_santa.game.verdicts import pairs
from sealed_santa.lab.simulator import Simulator, played
from sealed_santa.log.fields import Coin, Hash
from sealed_santa.log.posts import Exclusions
from sealed_santa.roles import dealer
from sealed_santa.roles.secrets import DealerSecrets

DRAWS = 12_000
FEWER = 6_000  # where only one margin is looked at
PERSON = Exclusions(groups=(), pairs=(("Ann", "Bob"),))
RULES = {"nothing": Exclusions(groups=(), pairs=()), "a couple": COUPLE, "one way": PERSON}


@dataclass(frozen=True)
class Draw:
    """One draw: what everybody sees of it, and what it is."""

    passed: int
    opened: tuple[tuple[int, ...], ...]  # the permutations of the decks that were passed over
    order: tuple[int, ...]  # who holds which slot
    assignment: tuple[int, ...]  # recipient of 1, 2, …
    decks: int


Source = Callable[[int], bytes]


def bytes_of(purpose: str, k: int) -> bytes:
    return hashlib.sha256(f"{purpose}/{k}".encode()).digest()


def coins(game: Simulator, values: Iterable[bytes]) -> dict[bytes, Coin]:
    return {p.key: Coin(v) for p, v in zip(game.state.players, values, strict=True)}


def draw(game: Simulator, seed: bytes, values: Iterable[bytes]) -> Draw:
    """Return the draw of this dealer's decks by these coins."""
    state, secrets = replace(game.state, coins=coins(game, values)), DealerSecrets(seed, game.server)
    n = len(state.players)
    t, keys = dealer.standing_deck(state, secrets)
    count = state.deck.commitments.count() if state.deck else 0
    order = deal_order(state.joint_seed(), t, n)
    key = secrets.deck_key(state.game, state.round, state.roster or Hash(bytes(32)), t)
    deck, _ = deck_from_key(key, n)
    assignment = tuple(deck[slot - 1] for slot in order)
    return Draw(t, tuple(deck_from_key(k, n)[0] for k in keys), order, assignment, count)


@cache
def table(rule: str) -> Simulator:
    return game_at(Phase.DEAL, exclusions=RULES[rule])


@cache
def draws(rule: str, dealer_source: str = "vary", coin_source: str = "vary") -> tuple[Draw, ...]:
    """Return many draws in which the dealer's seed and the coins vary, or one of them stays as it is."""
    game, found = table(rule), []
    count = DRAWS if (dealer_source, coin_source) == ("vary", "vary") else FEWER
    for k in range(count):
        seed = bytes_of(f"{rule} dealer", k if dealer_source == "vary" else 0)
        values = [bytes_of(f"{rule} coin {name}", k if coin_source in ("vary", name) else 0) for name in NAMES]
        one = draw(game, seed, values)
        if one.passed < one.decks:
            found.append(one)
    assert len(found) > count * 0.98
    return tuple(found)


def permitted(rule: str) -> list[tuple[int, ...]]:
    forbidden = set(table(rule).state.forbidden)
    return [p for p in permutations(range(1, 5)) if not any((i, j) in forbidden for i, j in enumerate(p, 1))]


def limit(degrees: int) -> float:
    """Return the value that chi-square passes with probability 1e-4 (Wilson and Hilferty 1931)."""
    spread = 2 / (9 * degrees)
    return degrees * (1 - spread + 3.719 * math.sqrt(spread)) ** 3


def test_the_limit_is_that_of_the_tables() -> None:
    for degrees, value in ((3, 21.11), (8, 31.83), (100, 161.3)):
        assert limit(degrees) == pytest.approx(value, rel=0.04)


def chi_square(seen: Iterable[Hashable], cells: list[tuple[int, ...]]) -> float:
    counts = Counter(seen)
    assert set(counts) <= set(cells)
    expected = sum(counts.values()) / len(cells)
    return sum((counts[c] - expected) ** 2 / expected for c in cells)


def check_uniform(sample: Iterable[Draw], rule: str) -> None:
    cells = permitted(rule)
    assert chi_square((d.assignment for d in sample), cells) < limit(len(cells) - 1)


def check_uniform_given(sample: Iterable[Draw], rule: str, public: Callable[[Draw], Hashable], least: int = 60) -> None:
    """Check that within each class of draws that look alike to everybody all assignments are equally likely."""
    cells, classes = permitted(rule), defaultdict(list)
    for d in sample:
        classes[public(d)].append(d.assignment)
    large = [members for members in classes.values() if len(members) >= least]
    assert len(large) > 1
    total = sum(chi_square(members, cells) for members in large)
    assert total < limit(len(large) * (len(cells) - 1))


def test_the_check_would_notice_a_small_bias() -> None:
    """One draw in fifteen replaced by one assignment."""
    cells = permitted("nothing")
    biased = [cells[0] if k % 15 == 0 else d.assignment for k, d in enumerate(draws("nothing", coin_source="fixed"))]
    assert chi_square(biased, cells) > limit(len(cells) - 1)


def test_how_many_assignments_are_permitted() -> None:
    assert {rule: len(permitted(rule)) for rule in RULES} == {"nothing": 9, "a couple": 4, "one way": 6}




def test_decks_are_passed_over_as_often_as_they_must_be() -> None:
    """9 of 24 deals of four are permitted; the first permitted one stands."""
    counts = Counter(d.passed for d in draws("nothing", coin_source="fixed"))
    for t in range(5):
        expected = FEWER * (15 / 24) ** t * 9 / 24
        assert abs(counts[t] - expected) < 4 * math.sqrt(expected)


# --- given everything in the log ----------------------------------------------------------------


PUBLIC: dict[str, Callable[[Draw], Hashable]] = {
    "the number of decks passed over": lambda d: d.passed,
    "who holds which slot": lambda d: d.order,
    "the first deck opened": lambda d: d.opened[:1],
    "the last deck opened": lambda d: d.opened[-1:],
    "the number, and one holder": lambda d: (d.passed, d.order[0]),
    "a deck opened, and who holds its first card": lambda d: (d.opened[0].index(1) if d.opened else None, d.order[0]),
}


@pytest.mark.parametrize("rule", list(RULES))
def test_draws_are_uniform_also_given_the_log(rule: str) -> None:
    """What the public log leaves possible is still every permitted assignment, and equally likely."""
    check_uniform(draws(rule), rule)
    for public in PUBLIC.values():
        check_uniform_given(draws(rule), rule, public)


def test_the_conditional_check_notices_one_deck_for_all() -> None:
    """The variant with one deck: the orders of the deals that were out tell something about the one that stands."""
    game, found = table("nothing"), []
    forbidden = game.state.forbidden
    for k in range(DRAWS):
        deck, _ = deck_from_key(bytes_of("one deck", k), 4)
        seed = Hash(bytes_of("one deck seed", k))
        orders = [deal_order(seed, t, 4) for t in range(12)]
        t = next((t for t, order in enumerate(orders) if not hits(forbidden, deck, order)), None)
        if t is not None and t > 0:
            relative = tuple(orders[t - 1].index(slot) for slot in orders[t])  # public: how the last two deals differ
            assignment = tuple(deck[slot - 1] for slot in orders[t])
            found.append(Draw(t, (relative,), orders[t], assignment, 12))
    with pytest.raises(AssertionError):
        check_uniform_given(found, "nothing", lambda d: d.opened)


# --- nobody alone -------------------------------------------------------------------------------


def test_the_coins_alone_make_it_uniform() -> None:
    """Whatever decks the dealer has: fixed before the coins, they do not matter."""
    check_uniform(draws("nothing", dealer_source="fixed"), "nothing")
    check_uniform(draws("a couple", dealer_source="fixed"), "a couple")


def test_the_decks_alone_make_it_uniform() -> None:
    """Whatever coins the players have: they do not know the decks."""
    check_uniform(draws("nothing", coin_source="fixed"), "nothing")
    check_uniform(draws("a couple", coin_source="fixed"), "a couple")


@pytest.mark.parametrize("name", NAMES)
def test_one_honest_coin_is_enough(name: str) -> None:
    """The dealer and all other players stay as they are."""
    check_uniform(draws("nothing", dealer_source="fixed", coin_source=name), "nothing")


@pytest.mark.parametrize("wish", [(1, 2, 3, 4), (2, 1, 4, 3)])
def test_decks_made_on_purpose_shift_nothing(wish: tuple[int, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    """A dealer whose decks are all the permutation that it would like."""
    mine = [k for k in (bytes_of("deck", k) for k in range(2000)) if deck_from_key(k, 4)[0] == wish][:20]
    monkeypatch.setattr(DealerSecrets, "deck_key", lambda self, game, round_, roster, t: mine[t])
    game = table("nothing")
    sample = [draw(game, bytes(32), [bytes_of(f"on purpose {name}", k) for name in NAMES]) for k in range(FEWER)]
    check_uniform([d for d in sample if d.passed < d.decks], "nothing")


def test_coins_made_on_purpose_shift_nothing() -> None:
    """Three players that agreed on coins, and choose theirs by what they see: not the decks."""
    game = table("nothing")
    sample = [draw(game, bytes_of("honest dealer", k), [bytes([k % 3]) * 32] * 4) for k in range(FEWER)]
    check_uniform([d for d in sample if d.passed < d.decks], "nothing")
    for coin in range(3):
        check_uniform([d for k, d in enumerate(sample) if k % 3 == coin and d.passed < d.decks], "nothing")


# --- whole games --------------------------------------------------------------------------------


@pytest.mark.slow
def test_whole_games_are_uniform() -> None:
    """With real chains, proofs, boxes and reveals; what the log says at its end is what was drawn."""
    cells, seen = permitted("nothing"), []
    for k in range(450):
        game = played(seed=f"whole {k}")
        seen.append(tuple(r for _, r in sorted(pairs(game.state))))
    assert chi_square(seen, cells) < limit(len(cells) - 1)
