"""Who learns what: the guessers can see, the chance is exact, and the page says what is measured."""

from __future__ import annotations

import itertools
import math
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

from sealed_santa.base.errors import UsageError
from sealed_santa.cli.lab import knowledge_rows
from sealed_santa.game.rooks import permitted_assignments
from sealed_santa.lab import knowledge
from sealed_santa.lab.assignments import completions, likeliest, pure_chance, wilson
from sealed_santa.lab.knowledge import GAMES, PARTIES, View, certain, guess, hints_of_traffic, score, view
from sealed_santa.lab.recorder import COUPLE, NAMES, RECORD, Moment, Packet, record, record_size
from sealed_santa.lab.runner import KNOWLEDGE, table_in

PAGE = Path(__file__).parents[3] / "THREAT_MODEL.md"
MODES = ("classic", "sealed", "blind")
LOGGED = ("sealed", "blind")
BY_ID = {party.id: party for party in PARTIES}
EVERYBODY = replace(BY_ID["n-1"], players=tuple(range(1, 8)))


@cache
def game(mode):
    return record(mode, "a game of the tests")


# --- assignments and chance -----------------------------------------------------------------------


@pytest.mark.parametrize(("n", "count"), [(2, 1), (3, 2), (4, 9), (5, 44), (6, 265), (7, 1854)])
def test_without_exclusions_the_assignments_are_the_derangements(n, count):
    found = completions(n, ())
    assert len(found) == len(set(found)) == count
    assert all(sorted(a) == list(range(1, n + 1)) and all(r != g for g, r in enumerate(a, 1)) for a in found)


@pytest.mark.parametrize("forbidden", [((1, 2), (2, 1)), ((1, 2), (1, 3), (4, 1)), ((1, 2), (2, 3), (3, 4), (4, 1))])
def test_with_exclusions_they_are_as_many_as_the_odds_say(forbidden):
    everything = [*forbidden, *((k, k) for k in range(1, 7))]
    assert len(completions(6, forbidden)) == permitted_assignments(6, everything)


def test_known_pairs_leave_the_assignments_that_have_them():
    left = completions(5, (), ((2, 1), (4, 5)))
    assert left == tuple(a for a in completions(5, ()) if a[1] == 1 and a[3] == 5)
    assert 0 < len(left) < 44
    assert completions(4, (), ((1, 1),)) == ()


def test_the_likeliest_recipients_are_those_of_most_assignments():
    best = likeliest(4, ((1, 2), (2, 1)), ())
    counts = [[sum(a[g] == r for a in completions(4, ((1, 2), (2, 1)))) for r in range(1, 5)] for g in range(4)]
    assert best == tuple(tuple(r for r in range(1, 5) if c[r - 1] == max(c)) for c in counts)


@pytest.mark.parametrize("n", [3, 4, 5, 6])
def test_who_knows_nothing_is_right_once_in_n_minus_1(n):
    chance = pure_chance(n, (), (), (), tuple(range(1, n + 1)))
    assert math.isclose(chance.share, 1 / (n - 1))
    assert 0 < chance.trials <= n


def test_with_three_players_one_card_says_everything():
    assert pure_chance(3, (), (1,), (), (2, 3)).share == 1.0
    assert pure_chance(4, (), (1,), (), (2, 3, 4)).share < 1.0


@pytest.mark.parametrize("n", [4, 5, 7])
def test_with_n_minus_1_players_the_last_pair_is_known(n):
    assert pure_chance(n, ((1, 2),), tuple(range(2, n + 1)), (), (1,)).share == 1.0


def test_chance_and_its_spread_are_what_all_truths_and_all_lots_give():
    """Every truth of four players with every way to break every tie, one by one."""
    n, forbidden = 4, ((1, 2), (2, 1))
    shares, weights = [], []
    for truth in completions(n, forbidden):
        ties = likeliest(n, forbidden, ((1, truth[0]),))
        for said in itertools.product(*ties[1:]):
            shares.append(sum(s == t for s, t in zip(said, truth[1:], strict=True)) / 3)
            weights.append(1 / math.prod(len(t) for t in ties[1:]))
    whole = sum(weights)
    mean = sum(s * w for s, w in zip(shares, weights, strict=True)) / whole
    variance = sum(w * (s - mean) ** 2 for s, w in zip(shares, weights, strict=True)) / whole
    chance = pure_chance(n, forbidden, (1,), (), (2, 3, 4))
    assert math.isclose(chance.share, mean)
    assert math.isclose(chance.trials, min(3.0, mean * (1 - mean) / variance))


def test_knowing_more_is_never_worse():
    asked = (1, 2)
    shares = [pure_chance(6, ((1, 2), (2, 1)), tuple(range(k, 7)), (), asked).share for k in (7, 6, 5, 4, 3)]
    assert shares == sorted(shares)
    assert shares[0] < shares[-1]


@pytest.mark.parametrize(
    ("share", "trials", "low", "high"),
    [(0.5, 100, 0.40383, 0.59617), (0.0, 10, 0.0, 0.27753), (1.0, 10, 0.72247, 1.0), (0.2, 50, 0.11244, 0.33037)],
)
def test_wilson(share, trials, low, high):
    assert wilson(share, trials, 1.95996) == pytest.approx((low, high), abs=1e-4)


# --- the recorder ---------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", MODES)
def test_a_recording_is_the_same_again_and_a_permitted_draw(mode):
    first, again = game(mode), record(mode, "a game of the tests")
    assert first.truth == again.truth
    assert tuple(first.truth[g] for g in range(1, 8)) in completions(7, knowledge.forbidden_in(mode))
    assert record(mode, "another game").truth != first.truth or record(mode, "a third").truth != first.truth


@pytest.mark.parametrize("mode", MODES)
def test_every_moment_has_more_on_the_wire_than_the_one_before(mode):
    held = [game(mode).held[moment] for moment in Moment]
    for before, after in itertools.pairwise(held):
        assert after.packets[: len(before.packets)] == before.packets
        assert len(after.packets) > len(before.packets)


@pytest.mark.parametrize("mode", LOGGED)
def test_nothing_of_a_game_with_a_log_can_be_read_off_the_wire(mode):
    packets = game(mode).held[Moment.REVEALED].packets
    assert all(p.plain is None for p in packets)
    assert {p.connection for p in packets} == set(range(8))


@pytest.mark.parametrize("mode", LOGGED)
def test_the_moments_are_what_they_are_called(mode):
    before, dealt, delivered, revealed = (game(mode).held[moment].state for moment in Moment)
    assert len(before.coins) == len(NAMES) - 1
    assert (dealt.phase, delivered.phase, revealed.phase) == ("choosing", "delivered", "over")
    given = [s.gifts if s.blind is None else s.blind.envelopes for s in (dealt, delivered)]
    assert [len(gifts) for gifts in given] == [0, len(NAMES)]
    assert delivered.reveal is None
    assert delivered.blind is None or delivered.blind.pairs == ()


@pytest.mark.parametrize("mode", LOGGED)
def test_gifts_of_all_sizes_are_of_one_size_on_the_wire(mode):
    """The notes have different lengths; what carries them has one."""
    recording = game(mode)
    dealt, delivered = (recording.held[m] for m in (Moment.DEALT, Moment.DELIVERED))
    seqs = [s.seq for s in (delivered.state.gifts or delivered.state.blind.envelopes).values()]
    assert len(seqs) == len(NAMES)
    ups = {k: {p.size for p in delivered.packets[len(dealt.packets) :] if p.up and p.connection == k}
           for k in range(1, 8)}  # fmt: skip
    largest = {max(sizes) for sizes in ups.values()}
    assert max(largest) - min(largest) <= 2  # digits of a request's number


@pytest.mark.parametrize(("frame", "size"), [(1, 23), (RECORD, RECORD + 22), (RECORD + 1, RECORD + 45)])
def test_records_of_tls(frame, size):
    assert record_size(frame) == size


# --- the guessers can see -------------------------------------------------------------------------


@pytest.mark.parametrize("mode", LOGGED)
@pytest.mark.parametrize("moment", [Moment.DEALT, Moment.DELIVERED, Moment.REVEALED])
def test_with_all_secrets_a_guesser_is_always_right(mode, moment):
    assert certain(view(game(mode), moment, EVERYBODY)) == game(mode).truth


def test_from_the_wire_of_a_classic_game_everything_is_read():
    for moment in (Moment.DEALT, Moment.DELIVERED, Moment.REVEALED):
        assert knowledge.read_lines(view(game("classic"), moment, BY_ID["eavesdropper"])) == game("classic").truth


def test_from_the_memory_of_a_classic_server_everything_is_read():
    for moment in (Moment.DEALT, Moment.DELIVERED):
        assert knowledge.read_memory(view(game("classic"), moment, BY_ID["server"])) == game("classic").truth


def test_from_the_seed_of_the_dealer_everything_is_worked_out():
    assert knowledge.read_decks(view(game("sealed"), Moment.DEALT, BY_ID["database"])) == game("sealed").truth


def test_with_t_shares_every_card_is_decrypted_and_with_one_fewer_none():
    blind = game("blind")
    assert blind.held[Moment.DEALT].state.blind.threshold == len(BY_ID["t"].players) == 5
    for moment in (Moment.DEALT, Moment.DELIVERED):
        assert knowledge.read_with_shares(view(blind, moment, BY_ID["t"])) == blind.truth
        assert knowledge.read_with_shares(view(blind, moment, BY_ID["t-1"])) == {}
    assert knowledge.read_with_shares(view(blind, Moment.BEFORE, BY_ID["t"])) == {}


@pytest.mark.parametrize("mode", LOGGED)
def test_the_log_says_everything_after_a_public_reveal_and_nothing_before(mode):
    assert certain(view(game(mode), Moment.REVEALED, BY_ID["organiser"])) == game(mode).truth
    for moment in (Moment.BEFORE, Moment.DEALT, Moment.DELIVERED):
        assert certain(view(game(mode), moment, BY_ID["organiser"])) == {}


@pytest.mark.parametrize("mode", MODES)
def test_a_player_knows_its_own_recipient_and_no_other(mode):
    truth = game(mode).truth
    assert certain(view(game(mode), Moment.BEFORE, BY_ID["player"])) == {}
    assert certain(view(game(mode), Moment.DEALT, BY_ID["player"])) == {7: truth[7]}


def test_a_classic_player_is_told_its_santa_and_no_other():
    truth = game("classic").truth
    told = certain(view(game("classic"), Moment.REVEALED, BY_ID["player"]))
    assert told == {7: truth[7], next(g for g, r in truth.items() if r == 7): 7}


@pytest.mark.parametrize("mode", MODES)
def test_a_guess_is_always_about_everybody_and_possible(mode):
    for party in (p for p in PARTIES if mode in p.modes):
        for moment in Moment:
            said = guess(view(game(mode), moment, party))
            assert set(said) == set(range(1, 8))
            assert all(g != r and (g, r) not in game(mode).forbidden for g, r in said.items())


def test_a_view_that_contradicts_itself_is_no_view():
    with pytest.raises(ValueError, match="contradicts"):
        guess(View(names=NAMES, forbidden=(), memory={1: 2, 3: 2}))
    with pytest.raises(ValueError, match="contradicts"):
        guess(View(names=NAMES, forbidden=((1, 2),), memory={1: 2}))
    with pytest.raises(ValueError, match="contradicts"):
        guess(View(names=NAMES, forbidden=(), memory={1: 8}))


def test_a_lot_decides_ties_and_nothing_else():
    views = [View(names=NAMES, forbidden=(), lot=str(k)) for k in range(400)]
    said = [guess(v)[1] for v in views]
    assert guess(views[0]) == guess(views[0])
    assert set(said) == set(range(2, 8))
    assert max(said.count(r) for r in said) < 110  # 67 on average


# --- a wire that does not pad ---------------------------------------------------------------------


def unpadded(truth):
    """What a wire would look like on which a gift is sent as long as it is, to its recipient alone."""
    packets = [Packet(k, k, True, 100) for k in range(1, 8)]
    for giver, recipient in truth.items():
        at = 10 * giver
        packets += [Packet(at, giver, True, 200 + giver), Packet(at + 1, recipient, False, 200 + giver)]
        packets += [Packet(at + 2, k, False, 90) for k in range(1, 8)]
    return tuple(packets)


def test_sizes_give_everything_away_where_nothing_is_padded():
    truth = game("sealed").truth
    assert hints_of_traffic(unpadded(truth), 7) == truth
    said = guess(View(names=NAMES, forbidden=(), packets=unpadded(truth)))
    assert said == truth


def test_sizes_give_nothing_away_where_everybody_gets_everything():
    truth = game("sealed").truth
    broadcast = [Packet(p.at, k, p.up, p.size) for p in unpadded(truth) for k in (range(1, 8) if not p.up else [1])]
    assert hints_of_traffic(broadcast, 7) == {}


# --- the measured table ---------------------------------------------------------------------------

ALL = 0.99
REVEALED = {"organiser", "database", "server", "player", "server-and-player"}
MORE = {
    "classic": {
        (party, moment)
        for party in ("eavesdropper", "server", "server-and-player", "server-and-t-1")
        for moment in (Moment.DEALT, Moment.DELIVERED, Moment.REVEALED)
    },
    "sealed": {
        *((party, moment) for party in ("database", "server", "server-and-player", "server-and-t-1")
          for moment in (Moment.DEALT, Moment.DELIVERED)),
        *((party, Moment.REVEALED) for party in REVEALED),
    },
    "blind": {
        *(("t", moment) for moment in (Moment.DEALT, Moment.DELIVERED)),
        *((party, Moment.REVEALED) for party in REVEALED),
    },
}  # fmt: skip
"""Who knows more than the rules tell it; everywhere else a mode promises that nobody does."""


@pytest.mark.parametrize("mode", ["classic", "sealed", pytest.param("blind", marks=pytest.mark.slow)])
def test_who_knows_more_than_chance_and_that_the_page_says_what_is_measured(mode):
    sums = knowledge.total(knowledge.play(*job) for job in knowledge.jobs([mode], GAMES))
    cells = knowledge.cells(mode, sums, GAMES[mode])
    wrong = {(c.party, c.moment): knowledge.in_words(c) for c in cells
             if (not c.is_chance) != ((c.party, c.moment) in told_more(mode))}  # fmt: skip
    assert wrong == {}
    for cell in cells:
        if (cell.party, cell.moment) in told_more(mode) or cell.chance > 1 - 1e-9:
            assert cell.right == cell.asked, cell
    table = table_in(PAGE.read_text("utf-8"), KNOWLEDGE).splitlines()
    assert [line for line in table if line.startswith(f"| {mode}")] == [
        f"| {' | '.join(row)} |" for row in knowledge_rows(mode, cells)
    ]


def told_more(mode):
    """Without the cells in which the rules alone tell everything, or very nearly."""
    return {key for key in MORE[mode] if knowledge.chance_of(mode, BY_ID[key[0]], key[1]).share < ALL}


@pytest.mark.parametrize("mode", MODES)
def test_a_single_game_is_scored_for_every_party_and_moment(mode):
    scores = score(game(mode))
    parties = [p for p in PARTIES if mode in p.modes]
    assert set(scores) == {(p.id, m) for p in parties for m in Moment}
    assert all(0 <= right <= asked == 7 - len(BY_ID[p].players) for (p, _), (right, asked) in scores.items())
    for party, moment in told_more(mode):
        right, asked = scores[party, moment]
        assert right == asked


def test_somebody_who_knows_is_not_taken_for_chance():
    """The interval is narrow enough, with as many games as are played, to tell knowing from guessing."""
    for mode in MODES:
        for party, moment in told_more(mode):
            chance = knowledge.chance_of(mode, BY_ID[party], moment)
            low, _ = wilson(1.0, GAMES[mode] * chance.trials)
            assert low > chance.share, (mode, party, moment)


def test_portions_are_all_games_once():
    for mode in MODES:
        played = [k for m, first, count in knowledge.jobs(MODES) if m == mode for k in range(first, first + count)]
        assert sorted(played) == list(range(GAMES[mode]))


def test_the_page_has_a_line_for_every_party_of_every_mode():
    table = table_in(PAGE.read_text("utf-8"), KNOWLEDGE).splitlines()
    assert len(table) - 2 == sum(len(p.modes) for p in PARTIES)


def test_a_page_without_a_place_for_the_table_is_refused():
    with pytest.raises(UsageError) as refused:
        table_in("# nothing\n", KNOWLEDGE)
    assert refused.value.code == "lab.page"


def test_the_couple_is_excluded_and_not_in_the_classic_game():
    one, other = (NAMES.index(name) + 1 for name in COUPLE)
    assert {(one, other), (other, one)} <= set(game("sealed").forbidden)
    assert game("classic").forbidden == ()
