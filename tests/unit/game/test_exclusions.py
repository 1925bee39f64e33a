"""Exclusions as people write them, E as the proofs use it, and the odds that are told before a draw."""

import math
import time

import pytest

from sealed_santa.base.errors import ParseError, UsageError
from sealed_santa.game.exclusions import (
    NO_EXCLUSIONS,
    Exclusions,
    check_exclusions,
    last_year_pairs,
    merge,
    parse_exclusion_file,
    parse_exclusion_option,
    resolve,
    unknown_names,
)
from sealed_santa.game.odds import (
    chance,
    check_deck_limit,
    decks_needed,
    expected_deals,
    feasible,
    hidden,
    permitted_assignments,
)


def people(n: int) -> list[str]:
    return [f"p{k}" for k in range(1, n + 1)]


def households(*sizes: int) -> Exclusions:
    names = iter(people(sum(sizes)))
    return Exclusions(tuple(tuple(next(names) for _ in range(size)) for size in sizes))


# --- reading ------------------------------------------------------------------------------------


def test_an_option_is_a_group():
    assert parse_exclusion_option("Ann,Bob") == ("Ann", "Bob")
    assert parse_exclusion_option(' Zoe\u0308 ,  Bob  B , "Cy, Jr." ') == ("Zo\u00eb", "Bob B", "Cy, Jr.")


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "exclusions.syntax"),
        ("Ann", "exclusions.syntax"),
        ("Ann,", "exclusions.syntax"),
        (",Ann", "exclusions.syntax"),
        ("Ann,,Bob", "exclusions.syntax"),
        ("Ann,Ann", "exclusions.syntax"),
        ("Ann, Ann ", "exclusions.syntax"),
        ("Ann > Bob", "exclusions.syntax"),
        ('"Ann, Bob', "exclusions.syntax"),
        ('Ann "B", Cy', "exclusions.syntax"),
        ('Ann, ""', "exclusions.name"),
        ("Ann, B\u202eob", "exclusions.name"),
        ("Ann, " + "x" * 65, "exclusions.name"),
    ],
)
def test_bad_options(text, code):
    with pytest.raises(UsageError) as error:
        parse_exclusion_option(text)
    assert error.value.code == code
    assert error.value.hint


def test_a_file_has_groups_pairs_and_comments():
    text = '\ufeff# us\nAnn, Bob\n\n  Cy > Dee , Eve # last year\r\n"#1 fan", C#\nAnn, Bob\n"a > b" > Ann\n'
    assert parse_exclusion_file(text) == Exclusions(
        (("Ann", "Bob"), ("#1 fan", "C#")), (("Cy", "Dee"), ("Cy", "Eve"), ("a > b", "Ann"))
    )
    assert parse_exclusion_file("") == NO_EXCLUSIONS


@pytest.mark.parametrize(
    "line",
    ["Ann", "Ann >", "> Ann", ">", "A > A", "A > B > C", "A, B > C", "A > B, B", 'A, "B', 'A, "', '"', "A <> B > C"],
)
def test_bad_lines_are_named(line):
    with pytest.raises(UsageError) as error:
        parse_exclusion_file(f"Ann, Bob\n# comment\n{line}\n")
    assert error.value.code == "exclusions.syntax"
    assert "line 3" in error.value.message


def test_too_many_rules():
    with pytest.raises(UsageError) as error:
        parse_exclusion_file("Ann > Bob\n" * 5001)
    assert error.value.code == "exclusions.too-many"


@pytest.mark.parametrize(
    ("groups", "pairs", "code"),
    [
        ([["Ann"]], [], "exclusions.group"),
        ([[]], [], "exclusions.group"),
        ([["Ann", "Bob", "Ann"]], [], "exclusions.group"),
        ([], [["Ann", "Ann"]], "exclusions.pair"),
        ([], [["Ann"]], "exclusions.pair"),
        ([], [["Ann", "Bob", "Cy"]], "exclusions.pair"),
        ([["Ann", " Bob"]], [], "name.blank"),
        ([], [["Ann", ""]], "name.empty"),
        ([["Ann", "Bob"]] * 5001, [], "exclusions.too-many"),
    ],
)
def test_exclusions_of_a_post_are_checked(groups, pairs, code):
    assert check_exclusions([["Ann", "Bob"]], [["Bob", "Cy"]]) == Exclusions((("Ann", "Bob"),), (("Bob", "Cy"),))
    with pytest.raises(ParseError) as error:
        check_exclusions(groups, pairs)
    assert error.value.code == code


# --- resolving ----------------------------------------------------------------------------------


def test_e_is_sorted_by_giver_and_holds_the_diagonal():
    exclusions = Exclusions((("Cy", "Ann"),), (("Bob", "Ann"), ("Bob", "Ann"), ("Ann", "Cy")))
    assert resolve(exclusions, ["Ann", "Bob", "Cy"]) == ((1, 1), (1, 3), (2, 1), (2, 2), (3, 1), (3, 3))
    assert resolve(exclusions, ["Cy", "Bob", "Ann"]) == ((1, 1), (1, 3), (2, 2), (2, 3), (3, 1), (3, 3))
    assert resolve(NO_EXCLUSIONS, ["Ann", "Bob"]) == ((1, 1), (2, 2))
    assert resolve(households(3), people(3)) == tuple((i, j) for i in (1, 2, 3) for j in (1, 2, 3))


def test_names_that_nobody_has_are_passed_over_but_told():
    exclusions = Exclusions((("Ann", "Zed", "Bob"),), (("Zed", "Ann"), ("Ann", "Yan")))
    assert resolve(exclusions, ["Ann", "Bob"]) == ((1, 1), (1, 2), (2, 1), (2, 2))
    assert unknown_names(exclusions, ["Ann", "Bob"]) == ("Zed", "Yan")
    assert resolve(Exclusions((("ann", "Bob"),)), ["Ann", "Bob"]) == ((1, 1), (2, 2))  # exactly that name


def test_pairs_go_one_way_and_merge_keeps_each_rule_once():
    last = last_year_pairs([("Ann", "Bob"), ("Bob", "Cy"), ("Ann", "Bob")])
    assert last == Exclusions((), (("Ann", "Bob"), ("Bob", "Cy")))
    both = merge(last, Exclusions((("Ann", "Cy"),), (("Bob", "Cy"), ("Cy", "Ann"))))
    assert both == Exclusions((("Ann", "Cy"),), (("Ann", "Bob"), ("Bob", "Cy"), ("Cy", "Ann")))


# --- is it possible -----------------------------------------------------------------------------


def reason(exclusions: Exclusions, names: list[str]) -> str:
    with pytest.raises(UsageError) as error:
        feasible(len(names), resolve(exclusions, names), names)
    assert error.value.code == "exclusions.impossible"
    return error.value.message


def test_the_reason_names_the_people():
    names = ["Ann", "Bob", "Cy", "Dee", "Eve"]
    to_dee = Exclusions(pairs=tuple((a, b) for a in names[:3] for b in names if b not in (a, "Dee")))
    assert "Ann and Bob can only give to Dee" in reason(to_dee, names)
    household = Exclusions((("Ann", "Bob", "Cy"),))
    assert "Ann, Bob and Cy can only give to Dee and Eve" in reason(household, names)
    lonely = Exclusions(pairs=tuple(("Eve", name) for name in names[:4]))
    assert "Eve may give to nobody" in reason(lonely, names)
    shunned = Exclusions(pairs=tuple((name, "Eve") for name in names[:4]))
    assert "nobody may give to Eve" in reason(shunned, names)
    by_ann = Exclusions(pairs=tuple((g, r) for g in names[1:] for r in ("Dee", "Eve") if g != r))
    assert "Dee and Eve can only receive from Ann" in reason(by_ann, names)
    assert "Ann may give to nobody" in reason(NO_EXCLUSIONS, ["Ann"])


def test_a_long_list_of_names_is_cut():
    message = reason(households(14), people(27))
    assert "p9, p10 and 4 others can only give to p15, p16" in message
    assert message.endswith("p24 and 3 others")


@pytest.mark.parametrize(
    ("sizes", "possible"),
    [((2, 2), True), ((3, 1), False), ((5, 5), True), ((6, 5), False), ((100, 100), True), ((101, 100), False)],
)
def test_a_household_must_not_be_the_majority(sizes, possible):
    names = people(sum(sizes))
    if possible:
        feasible(len(names), resolve(households(*sizes), names))
    else:
        reason(households(*sizes), names)


# --- how likely ---------------------------------------------------------------------------------


def test_known_counts():
    derangements = [1, 0, 1, 2, 9, 44, 265, 1854, 14833, 133496]
    for n, count in enumerate(derangements):
        assert permitted_assignments(n, resolve(NO_EXCLUSIONS, people(n))) == count
    menage = [1, 2, 13, 80, 579, 4738, 43387, 439792]  # no one next to their own partner, from 3 on
    for n, count in enumerate(menage, 3):
        chain = Exclusions(pairs=tuple(zip(people(n), [*people(n)[1:], "p1"], strict=True)))
        assert permitted_assignments(n, resolve(chain, people(n))) == count
    couples = [0, 4, 80, 4752, 440192]
    for k, count in enumerate(couples, 1):
        assert permitted_assignments(2 * k, resolve(households(*[2] * k), people(2 * k))) == count


def test_chance_is_exact_for_structured_games_of_any_size():
    for exclusions, n, expected in [
        (NO_EXCLUSIONS, 3, 1 / 3),
        (NO_EXCLUSIONS, 1000, math.exp(-1)),
        (households(*[2] * 500), 1000, math.exp(-2)),
    ]:
        found = chance(n, resolve(exclusions, people(n)))
        assert found.exact
        assert found.margin == 0
        assert found.value == pytest.approx(expected, rel=2e-3)


def test_chance_of_the_impossible_is_zero():
    assert chance(5, resolve(households(3, 2), people(5))).value == 0


def tangled(n: int, size: int) -> Exclusions:
    """Households that overlap pairwise: too interwoven for the exact count."""
    names = people(n)
    return Exclusions((tuple(names[:size]), tuple(names[size - 1 : 2 * size - 1])))


def test_sampling_agrees_with_the_exact_count():
    n = 60
    found = chance(n, resolve(tangled(n, 12), people(n)), samples=4000, seed=b"seed")
    assert not found.exact
    assert 0 < found.margin < 0.1 * found.value
    # The shared person's row and column, then two disjoint blocks, by inclusion and exclusion over rooks.
    exact = exact_chance_of_two_blocks(n, 12)
    assert abs(found.value - exact) <= found.margin
    assert found == chance(n, resolve(tangled(n, 12), people(n)), samples=4000, seed=b"seed")
    assert found != chance(n, resolve(tangled(n, 12), people(n)), samples=4000, seed=b"other")


def exact_chance_of_two_blocks(n: int, size: int) -> float:
    """Two full blocks of `size` that share one person c; all others only the diagonal."""

    def times(a, b):
        out = [0] * (len(a) + len(b) - 1)
        for i, x in enumerate(a):
            for j, y in enumerate(b):
                out[i + j] += x * y
        return out

    def block(rows, columns):
        return [math.comb(rows, k) * math.comb(columns, k) * math.factorial(k) for k in range(min(rows, columns) + 1)]

    m = size - 1  # of each block without c
    square, flat = block(m, m), block(m, m - 1)
    rooks = times(square, square)  # c neither gives nor receives
    terms = [
        (1, 1, times(square, square)),  # c to itself
        (1, 2 * m, times(flat, square)),  # c gives into one block, receives from none
        (1, 2 * m, times(flat, square)),  # the other way round
    ]
    # c gives and receives: in one block, or in two different ones
    inner = block(m - 1, m - 1)
    terms.append((2, 2 * m * m, times(inner, square)))
    terms.append((2, 2 * m * m, times(flat, flat)))
    for shift, factor, polynomial in terms:
        for k, r in enumerate(polynomial):
            while len(rooks) <= k + shift:
                rooks.append(0)
            rooks[k + shift] += factor * r
    others = n - 2 * size + 1
    rooks = times(rooks, [math.comb(others, k) for k in range(others + 1)])
    return sum((-1) ** k * r * math.factorial(n - k) for k, r in enumerate(rooks)) / math.factorial(n)


def test_odds_for_200_people_take_no_time():
    names = people(200)
    ring = tuple(zip(names, names[7:] + names[:7], strict=True))
    forbidden = resolve(merge(households(*[4] * 50), last_year_pairs(ring)), names)
    start = time.process_time()
    feasible(200, forbidden, names)
    chance(200, forbidden)
    hidden(200, forbidden)
    assert time.process_time() - start < 5  # about 0.4 s; wide, for busy machines


# --- decks --------------------------------------------------------------------------------------


def test_decks_for_the_usual_games():
    assert decks_needed(1 / 3) == 12
    assert decks_needed(math.exp(-1)) == 11
    assert decks_needed(1) == 1
    assert expected_deals(0.25) == 4
    assert expected_deals(0) == math.inf


@pytest.mark.parametrize("p", [0.9, 0.5, 0.3, 0.1, 0.01, 0.001])
@pytest.mark.parametrize("risk", [0.02, 0.003])
def test_decks_are_the_smallest_number_that_is_enough(p, risk):
    decks = decks_needed(p, risk)
    assert (1 - p) ** decks < risk <= (1 - p) ** (decks - 1)


@pytest.mark.parametrize("p", [0.0, 1e-15])
def test_no_number_of_decks_helps_against_no_chance(p):
    with pytest.raises(UsageError) as error:
        decks_needed(p)
    assert error.value.code == "exclusions.too-many-decks"


def test_the_deck_limit_is_met_exactly_and_the_hint_names_the_household():
    assert check_deck_limit(3, 1 / 3, 36) == 12
    with pytest.raises(UsageError) as error:
        check_deck_limit(3, 1 / 3, 35, households(2, 3))
    assert error.value.code == "exclusions.too-many-decks"
    assert "p3, p4, p5" in error.value.hint
    assert "36" in error.value.hint


# --- hidden -------------------------------------------------------------------------------------


def test_the_report_of_small_games():
    three = hidden(3, resolve(NO_EXCLUSIONS, people(3)))
    assert (three.santas, three.forced, three.assignments) == ((2, 2, 2), (), 2)
    couples = hidden(4, resolve(households(2, 2), people(4)))
    assert (couples.santas, couples.assignments) == ((2, 2, 2, 2), 4)


def test_forced_pairs_are_found():
    names = ["Ann", "Bob", "Cy", "Dee"]
    found = hidden(4, resolve(Exclusions(pairs=(("Ann", "Bob"), ("Ann", "Cy"))), names))
    assert found.forced == ((4, 1),)  # Ann can only give to Dee
    assert found.santas[3] == 1
    # Nothing forbids Bob -> Dee by itself; it is ruled out because Ann needs Dee.
    assert all(count < 4 for count in found.santas)


def test_the_report_of_an_impossible_game_is_its_reason():
    with pytest.raises(UsageError) as error:
        hidden(3, resolve(households(2), people(3)), ["Ann", "Bob", "Cy"])
    assert error.value.code == "exclusions.impossible"
    assert "Ann and Bob can only give to Cy" in error.value.message


def test_large_sparse_games_hide_everybody():
    found = hidden(200, resolve(households(*[2] * 100), people(200)))
    assert found.santas == (198,) * 200
