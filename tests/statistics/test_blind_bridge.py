"""Nobody learns who had the leaver's name, not even the leaver: games in which somebody leaves and is bridged.

Five players, t = 4 of 5 trustees. The spy has the log, the leaver's seed and those of up to t - 2 others: t - 1 in
all. By right it knows their cards, before and after, and that the repair went through; mostly more than one Santa is
left then. How likely each is, is counted (`Spy.santas`), and the best guess should be right as often as that says
and no oftener. `Tally` says how that is judged.

And what the bridge's two mixes are for: without either of them the same program knows the Santa in every game, from
the log alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from itertools import combinations

import pytest

from blind_cases import advance, at_batch, blind, joint_secret, leaving, secret_pairs
from blind_spy import Loot, Quick, Tally, sparing
from sealed_santa.game import stages
from sealed_santa.game.batches import Batch, Kind
from sealed_santa.game.replay import fold
from sealed_santa.game.state import Phase, State
from sealed_santa.log.posts import BlindTerms

FIVE = ("Ann", "Bob", "Cem", "Dot", "Eve")
EIGHT = (*FIVE, "Fay", "Gus", "Hal")
FEW = BlindTerms(batch_tests=15, game_tests=100_000, threshold=0)  # three decks of five players


class Left:
    """A game in which somebody left after the deal, as far as the next deal or the next mixing of cards."""

    def __init__(self, k: int, names: tuple[str, ...] = FIVE, leaver: str = "") -> None:
        self.game = Quick(f"left {k}", names, {"mode": "blind", "blind": FEW, "reveal": "never"}).fill().start()
        advance(self.game, lambda s: s.phase is Phase.CHOOSING)
        self.pairs, self.trustees = secret_pairs(self.game), [names[n - 1] for n in blind(self.game).trustees]
        self.leaver = leaver or names[k % len(names)]
        if leaver == "no trustee":
            self.leaver = next(name for name in names if name not in self.trustees)
        self.number = names.index(self.leaver) + 1
        self.santa = next(giver for giver, to in self.pairs.items() if to == self.number)
        self.slots = {giver: blind(self.game).slot(giver) for giver in self.pairs}
        leaving(self.game, self.leaver)
        advance(self.game, lambda s: s.phase is Phase.CHOOSING or at_batch(Kind.CARDS)(s))

    @property
    def bridged(self) -> bool:
        """Whether the repair went through; it does not where the leaver and its Santa had drawn each other."""
        return self.game.state.phase is Phase.CHOOSING

    def corrupt(self, count: int) -> Iterator[tuple[str, ...]]:
        """Yield so many players, the leaver among them, in every way; of none, nobody."""
        if not count:
            yield ()
            return
        for rest in combinations([name for name in self.game.names if name != self.leaver], count - 1):
            yield (self.leaver, *rest)


def games(start: int, count: int) -> Iterator[Left]:
    """Yield those of some games in which the repair went through: four of five."""
    for k in range(start, start + count):
        with sparing():
            game = Left(k)
        if game.bridged:
            yield game


@cache
def few() -> tuple[Left, ...]:
    return tuple(games(0, 8))


@cache
def guesses(start: int, count: int, leak: int) -> tuple[Tally, Tally]:
    """Count, over some games, how often the leaver's Santa is guessed rightly, with each set of corrupt players.

    And the same once more with a leak: of one in so many games the joint key lies about among what was seized.
    """
    honest, leaky = Tally(), Tally()
    for place, left in enumerate(games(start, count)):
        key = Loot(joint=joint_secret(left.game))
        for tally, loot in ((honest, Loot()), (leaky, Loot() if place % leak else key)):
            for names in (names for many in range(4) for names in left.corrupt(many)):
                spy = left.game.seized(*names, loot=loot)
                odds = spy.santas()
                if len(odds) > 1:
                    guess = spy.guess_santa()
                    tally.add(guess == left.santa, odds[guess])
            tally.end_of_game()
    return honest, leaky


# --- guessing -----------------------------------------------------------------------------------


def test_the_leaver_and_one_trustee_too_few_guess_the_santa_no_oftener_than_by_right() -> None:
    honest, _ = guesses(0, 50, 2)
    assert honest.smallest < 0.12  # what share of all guesses would have to be right beyond chance
    assert honest.fair, honest


def test_a_key_that_lies_about_in_every_other_game_is_noticed() -> None:
    _, leaky = guesses(0, 50, 2)
    assert not leaky.fair
    assert leaky.right > leaky.by_right


@pytest.mark.slow
def test_in_many_games_the_santa_is_guessed_no_oftener_than_by_right() -> None:
    honest, leaky = guesses(1000, 200, 5)
    assert honest.smallest < 0.06
    assert honest.fair, honest
    assert not leaky.fair  # one game in five


def test_what_is_left_by_right_is_counted_rightly() -> None:
    """The Santa is among those who are left; nobody knows more with fewer cards; without any, all others are left."""
    for left in few():
        counts = []
        for many in range(5):
            odds = left.game.seized(*next(left.corrupt(many))).santas()
            assert odds[left.santa] > 0
            assert sum(odds.values()) == pytest.approx(1)
            counts.append(len(odds))
        assert counts == sorted(counts, reverse=True)
        assert counts[0] == 4
        assert counts[1] == 3  # the leaver's own recipient cannot have been its Santa, or the repair had failed
        assert counts[4] == 1


def test_with_t_seeds_the_same_program_knows_the_santa_in_every_game() -> None:
    for left in few():
        for names in left.corrupt(4):
            spy = left.game.seized(*names)
            assert spy.guess_santa() == left.santa
            assert {giver: spy.name(spy.decrypt(slot)) for giver, slot in left.slots.items()} == left.pairs
        for names in left.corrupt(3):
            spy = left.game.seized(*names)
            assert {spy.name(spy.decrypt(slot)) for slot in left.slots.values()} == {None}
            new = blind(left.game)
            assert {spy.name(spy.decrypt(new.slot(giver))) for giver in new.holders} == {None}


def test_a_leaver_who_is_no_trustee_and_t_minus_one_trustees_decrypt_nothing_either() -> None:
    """Eight players, seven trustees of whom five are needed: with the leaver five are corrupt, but one has no share."""
    with sparing():
        left = next(game for game in (Left(k, EIGHT, "no trustee") for k in range(9)) if game.bridged)
    for first in range(3):
        names = left.trustees[first : first + 4]
        weak = left.game.seized(left.leaver, *names)
        assert {weak.name(weak.decrypt(slot)) for slot in left.slots.values()} == {None}
        strong = left.game.seized(*left.trustees[first : first + 5])
        assert {giver: strong.name(strong.decrypt(slot)) for giver, slot in left.slots.items()} == left.pairs


# --- what the two mixes are for -----------------------------------------------------------------


def test_the_row_that_is_hit_is_traced_through_all_mixes_and_through_no_honest_one() -> None:
    """Back through the bridge's mixes, and forth through those of the order: each ends at the Santa."""
    for left in few():
        assert left.game.seized(*FIVE).tracks() == [(0, left.santa), (0, left.santa)]
        for names in left.corrupt(3):
            assert [honest for honest, _ in left.game.seized(*names).tracks()] == [2, 2]


def in_place(kind: Kind, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let batches of a kind be tested, or opened, as they are, with no mix before."""
    begin = stages.begin_batch

    def begun(state: State, at: int, batch: Batch) -> State:
        after = begin(state, at, batch)
        return stages.mixed(after, at) if batch.kind is kind and after.phase is Phase.MIXING else after

    monkeypatch.setattr(stages, "begin_batch", begun)


@pytest.mark.parametrize("kind", [Kind.BRIDGE, Kind.ORDER])
def test_tested_or_opened_in_place_the_santa_is_known_to_everybody(kind: Kind, monkeypatch: pytest.MonkeyPatch) -> None:
    """Anyone could leave to learn its own; in the same games as they are, the log alone is often wrong."""
    mixed = [left.game.seized().guess_santa() == left.santa for left in few()]
    assert False in mixed
    in_place(kind, monkeypatch)
    found = [
        (left.game.seized().guess_santa() == left.santa, len(left.game.seized().santas())) for left in games(0, 8)
    ]
    assert len(found) == len(mixed)  # the same deals, and the same leavers
    assert set(found) == {(True, 4)}


# --- the games ----------------------------------------------------------------------------------


def test_these_games_are_whole_games_but_for_their_proofs() -> None:
    whole, quick = Left(0), few()[0]
    assert whole.bridged
    assert fold(whole.game.entries) == whole.game.state
    assert (whole.pairs, whole.slots) == (quick.pairs, quick.slots)
    assert blind(whole.game).deck == blind(quick.game).deck
    assert blind(whole.game).hands == blind(quick.game).hands
    names = next(whole.corrupt(3))
    assert whole.game.seized(*names).tracks() == quick.game.seized(*names).tracks()
