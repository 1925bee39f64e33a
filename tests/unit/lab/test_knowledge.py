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
from sealed_santa.game.state import Phase
from sealed_santa.lab import branching, guessing, knowledge
from sealed_santa.lab.assignments import Chance, completions, likeliest, pure_chance, wilson
from sealed_santa.lab.guessing import View, certain, guess, hints_of_traffic
from sealed_santa.lab.knowledge import GAMES, LOGGED, PARTIES, Cell, Column, score, view
from sealed_santa.lab.recorder import COUPLE, NAMES, RECORD, Moment, Packet, record, record_size
from sealed_santa.lab.runner import KNOWLEDGE, table_in

PAGE = Path(__file__).parents[3] / "THREAT_MODEL.md"
MODES = ("classic", "sealed", "blind")
REVEALS = [("classic", "private"), *((m, r) for m in LOGGED for r in knowledge.reveals(m))]
LAST = {"public": Column.PUBLIC, "private": Column.PRIVATE, "never": Column.NEVER}
BY_ID = {party.id: party for party in PARTIES}
EVERYBODY = replace(BY_ID["n-1"], players=tuple(range(1, 8)))


@cache
def game(mode, reveal="public"):
    return record(mode, "a game of the tests", reveal=reveal)


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


@pytest.mark.parametrize(("mode", "reveal"), [x for x in REVEALS if x[0] != "classic"])
def test_a_game_ends_as_its_reveal_says(mode, reveal):
    """The pairs are in the log after a public reveal, nobody's are after none, a private one has boxes."""
    recording = game(mode, reveal)
    over = recording.held[Moment.REVEALED].state
    assert (over.phase, over.create.reveal, recording.reveal) == ("over", reveal, reveal)
    pairs = guessing.read_log(View(names=NAMES, forbidden=(), state=over))
    assert pairs == (recording.truth if reveal == "public" else {})
    assert bool(over.reveal is not None and over.reveal.boxes) is (reveal == "private")


def test_lots_decide_who_opens_last_and_a_player_that_waits_is_last():
    last = set()
    for k in range(12):
        recording = record("sealed", f"lot {k}")
        before, waited = recording.held[Moment.BEFORE].state, recording.waited.state
        (missing,), (waits,) = before.missing_coins(), waited.missing_coins()
        assert waits.number == 7
        assert (before.round, before.roster, before.deck) == (waited.round, waited.roster, waited.deck)
        assert recording.held[Moment.DEALT].state.coins.keys() - before.coins.keys() == {missing.key}
        last.add(missing.number)
    assert len(last) > 3


def test_before_the_deal_is_before_the_last_coin_of_the_draw_that_stands(monkeypatch):
    """With too few decks a draw is made again and again; what was drawn before is nobody's pairs."""
    monkeypatch.setattr("sealed_santa.roles.dealer.deck_count", lambda state: 1)
    rounds = set()
    for k in range(6):
        recording = record("sealed", f"anew {k}")
        held = [recording.held[moment].state for moment in (Moment.BEFORE, Moment.DEALT)]
        assert held[0].round == held[1].round == recording.waited.state.round
        assert certain(view(recording, Column.BEFORE, BY_ID["server-and-last"])) == recording.truth
        rounds.add(held[1].round)
    assert max(rounds) > 1


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


@pytest.mark.parametrize(("mode", "reveal"), [x for x in REVEALS if x[0] != "classic"])
@pytest.mark.parametrize("column", [Column.DEALT, Column.DELIVERED, None])
def test_with_all_secrets_a_guesser_is_always_right(mode, reveal, column):
    recording = game(mode, reveal)
    assert certain(view(recording, column or LAST[reveal], EVERYBODY)) == recording.truth


def test_from_the_wire_of_a_classic_game_everything_is_read():
    for column in (Column.DEALT, Column.DELIVERED, Column.PRIVATE):
        assert guessing.read_lines(view(game("classic"), column, BY_ID["eavesdropper"])) == game("classic").truth


def test_from_the_memory_of_a_classic_server_everything_is_read():
    for column in (Column.DEALT, Column.DELIVERED):
        assert guessing.read_memory(view(game("classic"), column, BY_ID["server"])) == game("classic").truth


def test_from_the_seed_of_the_dealer_everything_is_worked_out():
    assert guessing.read_decks(view(game("sealed"), Column.DEALT, BY_ID["database"])) == game("sealed").truth


def test_what_is_foreseen_from_all_coins_is_what_is_dealt():
    recording = game("sealed")
    before, dealt = (recording.held[moment].state for moment in (Moment.BEFORE, Moment.DEALT))
    assert guessing.deal_to_come(before, recording.dealer, recording.players) == recording.truth
    assert guessing.deal_to_come(dealt, recording.dealer, ()) == recording.truth
    assert guessing.deal_to_come(before, recording.dealer, ()) == {}
    none = replace(before, forbidden=tuple(itertools.product(range(1, 8), repeat=2)))
    assert guessing.deal_to_come(none, recording.dealer, recording.players) == {}


@pytest.mark.parametrize("party", ["server-and-player", "server-and-t-1"])
def test_the_server_and_whoever_opens_last_know_the_pairs_before_the_coin_is_posted(party):
    """Who holds the one coin that is missing knows all pairs; who does not knows none."""
    told = {True: 0, False: 0}
    for k in range(12):
        recording = record("sealed", f"last {k}")
        (missing,) = recording.held[Moment.BEFORE].state.missing_coins()
        held = missing.number in BY_ID[party].players
        found = certain(view(recording, Column.BEFORE, BY_ID[party]))
        assert found == (recording.truth if held else {})
        assert certain(view(recording, Column.BEFORE, replace(BY_ID[party], server=False))) == {}
        assert certain(view(recording, Column.BEFORE, BY_ID["server"])) == {}
        told[held] += 1
    assert all(told.values())


def test_a_player_that_waits_with_its_coin_is_the_last_in_every_game():
    for k in range(4):
        recording = record("sealed", f"last {k}")
        assert certain(view(recording, Column.BEFORE, BY_ID["server-and-last"])) == recording.truth
    assert certain(view(game("blind"), Column.BEFORE, BY_ID["server-and-last"])) == {}


def test_with_t_shares_every_card_is_decrypted_and_with_one_fewer_none():
    blind = game("blind")
    assert blind.held[Moment.DEALT].state.blind.threshold == len(BY_ID["t"].players) == 5
    for column in (Column.DEALT, Column.DELIVERED):
        assert guessing.read_with_shares(view(blind, column, BY_ID["t"])) == blind.truth
        assert guessing.read_with_shares(view(blind, column, BY_ID["t-1"])) == {}
    assert guessing.read_with_shares(view(blind, Column.BEFORE, BY_ID["t"])) == {}


@pytest.mark.parametrize("mode", LOGGED)
def test_the_log_says_everything_after_a_public_reveal_and_nothing_before(mode):
    assert certain(view(game(mode), Column.PUBLIC, BY_ID["organiser"])) == game(mode).truth
    for column in (Column.BEFORE, Column.DEALT, Column.DELIVERED):
        assert certain(view(game(mode), column, BY_ID["organiser"])) == {}


@pytest.mark.parametrize(("mode", "reveal"), [x for x in REVEALS if x[1] != "public"])
def test_after_any_other_end_the_log_says_nothing_and_a_player_is_told_its_santa_at_most(mode, reveal):
    recording, column = game(mode, reveal), LAST[reveal]
    truth = recording.truth
    santa = next(g for g, r in truth.items() if r == 7)
    told = {7: truth[7], santa: 7} if reveal == "private" else {7: truth[7]}
    assert certain(view(recording, column, BY_ID["player"])) == told
    if mode != "classic":
        assert certain(view(recording, column, BY_ID["organiser"])) == {}


@pytest.mark.parametrize("mode", MODES)
def test_a_player_knows_its_own_recipient_and_no_other(mode):
    truth = game(mode).truth
    assert certain(view(game(mode), Column.BEFORE, BY_ID["player"])) == {}
    assert certain(view(game(mode), Column.DEALT, BY_ID["player"])) == {7: truth[7]}


@pytest.mark.parametrize(("mode", "reveal"), REVEALS)
def test_a_guess_is_always_about_everybody_and_possible(mode, reveal):
    for party in (p for p in PARTIES if mode in p.modes):
        for column in (c for c in Column if knowledge.looks(party, c, reveal)):
            said = guess(view(game(mode, reveal), column, party))
            assert set(said) == set(range(1, 8))
            assert all(g != r and (g, r) not in game(mode).forbidden for g, r in said.items())


def test_what_one_party_has_opened_does_not_help_another():
    """Views of a game share what was opened before, to save time; each says the same with and without."""
    for mode in LOGGED:
        recording, memo = game(mode), guessing.Memo()
        for party in (p for p in reversed(PARTIES) if mode in p.modes):
            for column in (c for c in Column if knowledge.looks(party, c, "public")):
                assert certain(view(recording, column, party, memo)) == certain(view(recording, column, party))


# --- a forked log ---------------------------------------------------------------------------------


def names_of(party):
    return tuple(NAMES[k - 1] for k in BY_ID[party].players)


def test_the_forks_have_as_many_trustees_as_they_say():
    blind = game("blind").held[Moment.DEALT].state.blind
    k, t = len(blind.trustees), blind.threshold
    assert (k, t) == (7, 5)
    assert (len(names_of("fork-2t-k")), len(names_of("fork-2t-k-1"))) == (2 * t - k, 2 * t - k - 1)


@pytest.mark.parametrize("moment", [Moment.DEALT, Moment.DELIVERED])
def test_with_2t_k_trustees_the_pairs_are_opened_in_one_branch_while_the_game_goes_on_in_the_other(moment):
    recording, corrupt = game("blind"), names_of("fork-2t-k")
    length = len(recording.games[moment].entries)
    fork = branching.split(recording.games[moment], corrupt, "both")
    assert (len(fork.shown), len(fork.kept)) == (2, 2)
    branching.press(fork.pressed, (*corrupt, *fork.shown))
    assert dict(fork.pressed.state.blind.pairs) == recording.truth
    assert fork.other.state.blind.pairs == ()
    going_on(fork, corrupt)
    assert dict(fork.other.state.blind.pairs) == recording.truth
    assert fork.pressed.replay() == fork.pressed.state
    assert fork.other.replay() == fork.other.state
    assert fork.pressed.entries[length].hash != fork.other.entries[length].hash
    assert len(recording.games[moment].entries) == length  # the recorded game stays as it was


@pytest.mark.parametrize("moment", [Moment.DEALT, Moment.DELIVERED])
def test_with_one_trustee_fewer_one_branch_stands_still(moment):
    recording, corrupt = game("blind"), names_of("fork-2t-k-1")
    fork = branching.split(recording.games[moment], corrupt, "one")
    assert (len(fork.shown), len(fork.kept)) == (2, 3)
    branching.press(fork.pressed, (*corrupt, *fork.shown))
    assert (fork.pressed.state.phase, fork.pressed.state.blind.pairs) == (Phase.REVEALING, ())
    party = BY_ID["fork-2t-k-1"]
    assert certain(view(recording, Column(moment.value), party)) == {k: recording.truth[k] for k in party.players}
    going_on(fork, corrupt)
    assert dict(fork.other.state.blind.pairs) == recording.truth
    assert fork.pressed.state.phase is Phase.REVEALING


def going_on(fork, corrupt):
    """Play the branch of the game itself with those who are left in it; time passes, and the organiser calls."""
    active = (*corrupt, *fork.kept)
    silent = [name for name in NAMES if name not in active]
    for _ in range(6):
        fork.other.run(silent=silent)
        if fork.other.state.over:
            break
        fork.other.now += 2 * fork.other.state.create.patience
        branching.hurry(fork.other)


def test_a_fork_gains_nothing_where_nothing_is_ever_revealed():
    recording, corrupt = game("blind", "never"), names_of("fork-2t-k")
    for moment in (Moment.DEALT, Moment.DELIVERED):
        fork = branching.split(recording.games[moment], corrupt, "never")
        branching.press(fork.pressed, (*corrupt, *fork.shown))
        assert (fork.pressed.state.phase, fork.pressed.state.blind.pairs) == (Phase.OVER, ())
    told = certain(view(recording, Column.NEVER, BY_ID["fork-2t-k"]))
    assert told == {k: recording.truth[k] for k in (5, 6, 7)}


# --- guesses --------------------------------------------------------------------------------------


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

ALMOST = 0.9
WITH_SERVER = ("database", "server", "server-and-player", "server-and-last", "server-and-t-1")
PUBLIC = {(party.id, Column.PUBLIC) for party in PARTIES if party.log}
MORE = {
    "classic": {
        (party, column)
        for party in ("eavesdropper", "server", "server-and-player", "server-and-t-1")
        for column in (Column.DEALT, Column.DELIVERED, Column.PRIVATE)
    },
    "sealed": {
        *itertools.product(WITH_SERVER, (Column.DEALT, Column.DELIVERED, Column.PRIVATE, Column.NEVER)),
        ("server-and-last", Column.BEFORE),
        *PUBLIC,
    },
    "blind": {
        *itertools.product(("t", "fork-2t-k"), (Column.DEALT, Column.DELIVERED)),
        ("t", Column.NEVER),
        *PUBLIC,
    },
}
"""Who knows everything that it is asked, beyond what the rules tell it."""
SOME = {"sealed": {("server-and-player", Column.BEFORE): 1, ("server-and-t-1", Column.BEFORE): 4}}
"""Who knows everything in some games: in so many of seven it has the player who opens last. Otherwise it guesses.

Everywhere else a mode promises that nobody knows more than the rules tell it.
"""


@cache
def measured(mode):
    sums = knowledge.total(knowledge.play(*job) for job in knowledge.jobs([mode], GAMES))
    return knowledge.cells(mode, sums, GAMES[mode])


SLOW = ["classic", "sealed", pytest.param("blind", marks=pytest.mark.slow)]


@pytest.mark.parametrize("mode", SLOW)
def test_who_knows_more_than_chance(mode):
    more, some = told_more(mode), SOME.get(mode, {})
    wrong = {(c.party, c.column): knowledge.in_words(c) for c in measured(mode)
             if (not c.is_chance) != ((c.party, c.column) in {*more, *some})}  # fmt: skip
    assert wrong == {}
    for cell in measured(mode):
        key = cell.party, cell.column
        if key in MORE[mode] or cell.chance > 1 - 1e-9:
            assert cell.right == cell.asked, cell
        elif key in some:
            last = some[key] / 7
            assert cell.low < last + (1 - last) * cell.chance < cell.high, cell
            assert cell.right < cell.asked


@pytest.mark.parametrize("mode", SLOW)
def test_the_page_says_what_is_measured(mode):
    table = table_in(PAGE.read_text("utf-8"), KNOWLEDGE).splitlines()
    assert [line for line in table if line.startswith(f"| {mode}")] == [
        f"| {' | '.join(row)} |" for row in knowledge_rows(mode, measured(mode))
    ]


def told_more(mode):
    """Without the cells in which the rules alone tell everything, or very nearly, and those that there are not."""
    return {
        (party, column)
        for party, column in MORE[mode]
        if mode in BY_ID[party].modes and knowledge.games_of(mode, BY_ID[party], column, GAMES[mode])
        and knowledge.chance_of(mode, BY_ID[party], column).share < ALMOST
    }  # fmt: skip


@pytest.mark.parametrize(("mode", "reveal"), REVEALS)
def test_a_single_game_is_scored_for_every_party_whenever_it_looks(mode, reveal):
    scores = score(game(mode, reveal))
    here = {(p.id, c) for p in PARTIES if mode in p.modes for c in Column if knowledge.looks(p, c, reveal)}
    assert set(scores) == here
    for (party, _), (right, asked, squares) in scores.items():
        assert 0 <= right <= asked == 7 - len(BY_ID[party].players)
        assert squares == right**2
    for key in told_more(mode) & here:
        assert scores[key][0] == scores[key][1]


def test_every_column_has_the_games_of_its_reveal():
    for mode in MODES:
        for party in (p for p in PARTIES if mode in p.modes):
            games = [knowledge.games_of(mode, party, column, 12) for column in Column]
            before = 6 if party.forks else 12
            assert games[:3] == [before] * 3
            assert sum(games[3:]) == 12
            assert {r for r, g in zip(LAST, games[3:], strict=True) if g} == set(knowledge.reveals(mode))


def test_a_column_of_a_reveal_that_was_not_played_is_empty():
    scores = score(record("sealed", "knowledge 0", reveal="public"))
    cells = knowledge.cells("sealed", scores, 1)
    assert {cell.column for cell in cells} == set(Column) - {Column.PRIVATE, Column.NEVER}
    assert all(row[-2:] == ("–", "–") and row[4] != "–" for row in knowledge.rows(cells))


def test_a_row_says_in_how_many_games_its_party_took_part():
    chance = (0, 0.2, 0.1, 0.3)
    cells = [Cell("blind", "server", Column.BEFORE, 18, 18, *chance),
             Cell("blind", "fork-2t-k", Column.BEFORE, 9, 9, *chance)]  # fmt: skip
    titles = [row[0] for row in knowledge.rows(cells)]
    assert titles[0] == BY_ID["server"].title
    assert titles[1] == f"{BY_ID['fork-2t-k'].title}, 9 games"


def test_all_or_nothing_is_worth_one_guess_a_game():
    """Half of 40 games all right and half all wrong say as much as 40 guesses, not as 40 times five."""
    chance = Chance(0.2, 5.0)
    assert knowledge.worth(chance, 40, 20 * 5, 40 * 5, 20 * 25) == pytest.approx(39, abs=0.1)
    assert knowledge.worth(chance, 40, 40 * 5, 40 * 5, 40 * 25) == 200
    assert knowledge.worth(chance, 40, 40 * 1, 40 * 5, 40 * 1) == 200  # less spread than chance has is no gain
    assert knowledge.worth(chance, 1, 2, 5, 4) == 5


def test_somebody_who_knows_is_not_taken_for_chance():
    """The interval is narrow enough, with as many games as are played, to tell knowing from guessing."""
    for mode in MODES:
        for party, column in told_more(mode):
            chance = knowledge.chance_of(mode, BY_ID[party], column)
            games = knowledge.games_of(mode, BY_ID[party], column, GAMES[mode])
            low, _ = wilson(1.0, games * chance.trials)
            assert low > chance.share, (mode, party, column)


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
