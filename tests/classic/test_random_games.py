"""Games in which anybody may come, go, or say anything at any time: they end, and rightly."""

from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as st

from classic.cases import START, Table, chance
from sealed_santa.classic.lines import Say, read

GUESTS = st.integers(1, 8)
TYPED = st.one_of(
    st.sampled_from([START, START, "1", "2", "tea", "kite", "?", "list", "#", "#\x1b", Say.NO_UTF8, Say.NO_TOO_LONG]),
    st.integers(1, 12).map(lambda k: f"#guest {'abcdefghijkl'[k - 1]}"),
    st.text(max_size=12),
)
MOVES = st.one_of(
    st.tuples(st.just("come"), GUESTS, st.just("")),
    st.tuples(st.just("say"), GUESTS, TYPED),
    st.tuples(st.just("go"), GUESTS, st.just("")),
    st.tuples(st.just("late"), st.integers(0, 2), st.just("")),
)
ACTS = st.lists(st.tuples(GUESTS, st.sampled_from(["go", "say"])), max_size=16)


def opening(count: int) -> list[tuple[str, int, str]]:
    """So many come, and each takes a name."""
    guests = range(1, count + 1)
    return [("come", k, "") for k in guests] + [("say", k, f"#guest {'abcdefgh'[k - 1]}") for k in guests]


def check(made: Table, players: set[int]) -> None:
    """What holds at every moment."""
    game, arrows = made.game, made.arrows
    assert sorted(arrows) == sorted(arrows.values())
    assert all(player != recipient for player, recipient in arrows.items())
    assert len(arrows) != 1
    assert set(arrows) <= players
    assert set(arrows) <= set(game.guests)
    assert not game.running or game.missing
    names = [name for name in game.guests.values() if name]
    assert len(names) == len(set(names))
    assert not game.running or set(game.named) == set(arrows)
    assert all(read(line.text) for line in made.last)


def check_end(made: Table, names: dict[int, str], before: dict[int, int]) -> None:
    """What holds when a game has ended: each of those left got one gift, and hears truly who gave it."""
    left = {line.to for line in made.last if line.say is Say.GET}
    got = Counter(line.to for line in made.last if line.say is Say.GET)
    santas = {line.to: line.values["name"] for line in made.last if line.say is Say.SANTA}
    assert set(got.values()) <= {1}
    assert set(santas) == left
    assert all(names[player] != santa for player, santa in santas.items())
    assert sorted(santas.values()) == sorted(names[player] for player in left)
    alone = {line.to for line in made.last if line.say is Say.ALONE}
    assert left | alone == set(before) & set(made.game.guests)
    assert {line.to for line in made.last if line.say is Say.ENDED} == set(made.game.guests)


def play(made: Table, moves) -> None:
    players: set[int] = set()
    fresh = 100
    ids: dict[int, int] = {}
    for kind, who, typed in moves:
        names, before = dict(made.game.guests), made.arrows
        match kind:
            case "come":
                if ids.get(who) not in made.game.guests:
                    fresh += 1
                    ids[who] = fresh
                    made.come(fresh)
            case "say":
                made.say(ids.get(who, 0), typed)
            case "go":
                made.go(ids.get(who, 0))
            case "late":
                made.late(who)
        if made.arrows and not before:
            players = set(made.arrows)
        check(made, players)
        if before and not made.arrows:
            check_end(made, names, before)


@settings(max_examples=150)
@given(st.integers(0, 8), st.lists(MOVES, max_size=60), st.integers(0, 1000))
def test_whatever_happens_the_rules_hold(count, moves, seed):
    play(Table(chance(seed)), [*opening(count), ("say", 1, START), *moves])


@settings(max_examples=150)
@given(st.integers(3, 8), ACTS, st.integers(0, 10**6))
def test_a_game_in_which_some_go_and_some_choose_ends_for_those_left(count, acts, seed):
    made = Table(chance(seed))
    play(made, [*opening(count), ("say", 1, START), *((kind, who, "jam") for who, kind in acts), ("late", 1, "")])
    assert made.game.round == 1
    assert not made.game.running
