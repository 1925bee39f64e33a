"""The rules of the classic game, one by one; coming, going and saying the wrong thing at every moment."""

import pytest

from classic.cases import GIFTS, START, Table, chance, table
from sealed_santa.classic.game import Game, find_gift
from sealed_santa.classic.lines import Say

# --- coming and names ---------------------------------------------------------------------------


def test_the_greeting_says_plainly_that_nothing_is_hidden():
    made = Table()
    made.come(1)
    assert [line.say for line in made.heard[1]] == [Say.HELLO, Say.WARNING, Say.ID, Say.NEXT_NAME]
    assert "nothing is hidden" in made.heard[1][1].text
    assert made.heard[1][2].text == "id: 1"


def test_an_id_is_given_once():
    made = Table()
    made.come(1)
    with pytest.raises(ValueError, match="in use"):
        made.come(1)


def test_a_name_is_told_to_all_and_to_those_who_come_later():
    made = Table()
    made.come(1, 2)
    made.say(1, "#Alice")
    assert made.told(1) == ["name: Alice", "next: wait for others, or say: start user distribution"]
    assert made.told(2) == ["here: Alice"]
    made.come(3)
    assert "here: Alice" in made.told(3)


@pytest.mark.parametrize("typed", ["# Alice ", "#Alice", "  #  Alice", "#\tAlice", "#Alice\t "])
def test_blanks_around_a_name_do_not_count(typed):
    made = Table()
    made.come(1)
    made.say(1, typed)
    assert made.game.guests[1] == "Alice"


@pytest.mark.parametrize("other", ["Alice", "alice", "A1ice", "Аlice", "A l i c e", "Älice", "alice."])
def test_a_name_that_is_taken_or_looks_so_is_asked_for_again(other):
    made = Table()
    made.come(1, 2)
    made.say(1, "#Alice")
    made.say(2, f"#{other}")
    assert made.told(2) == [Say.NO_NAME_FREE.value, Say.NEXT_NAME.value]
    assert made.told(1) == []
    assert made.game.guests[2] == ""


@pytest.mark.parametrize(
    "name",
    ["", " ", "a" * 65, "\x1b[31mred", "a\x07b", "a\x00", "\u202ebob", "a\u200bb", "\u0301a", "\ud800", "\x9b"],
)  # fmt: skip
def test_a_name_that_could_disturb_somebody_is_asked_for_again(name):
    made = Table()
    made.come(1, 2)
    made.say(1, f"#{name}")
    first, second = made.told(1)
    assert first.startswith("no: ")
    assert second == Say.NEXT_NAME.value
    assert first.isprintable()
    assert made.told(2) == []
    assert made.game.guests[1] == ""


def test_a_name_stands_until_the_end():
    made = table("ab", started=False)
    made.say(1, "#Zoe")
    assert made.told(1) == [Say.NO_NAME_CHANGE.value, Say.NEXT_START.value]
    assert made.told(2) == []
    assert made.game.guests[1] == "a"


def test_who_goes_before_the_start_is_forgotten():
    made = table("abc", started=False)
    made.come(4)
    made.go(2)
    assert made.told(1) == made.told(3) == made.told(4) == ["gone: b"]
    assert made.told(2) == []
    made.say(4, "#b")
    assert made.game.guests[4] == "b"


def test_who_had_no_name_goes_in_silence():
    made = table("ab", started=False)
    made.come(3)
    assert made.go(3) == []


# --- the start ----------------------------------------------------------------------------------


@pytest.mark.parametrize("words", [START, "Start User Distribution", "  start  user\tdistribution "])
def test_any_with_a_name_starts_and_each_is_told_one_recipient(words):
    made = table("abc", started=False)
    made.say(2, words)
    assert made.arrows == {1: 2, 2: 3, 3: 1}
    for player, recipient in zip((1, 2, 3), "bca", strict=True):
        told = made.told(player)
        assert told[0] == "start: b has started a game of 3"
        assert told[1] == f"you give to: {recipient}"
        assert told[-1] == Say.NEXT_CHOOSE.value.format(seconds=300)
        assert len(made.told(player, Say.OFFER)) == 5


def test_nobody_is_told_who_gives_to_him():
    made = table("abcde", source=chance("secret"))
    for player, recipient in made.arrows.items():
        mine = [line.text for line in made.last if line.to == player]
        santa = next(made.game.guests[p] for p, r in made.arrows.items() if r == player)
        assert [t for t in mine if t.startswith("you give to: ")] == [f"you give to: {made.game.guests[recipient]}"]
        assert made.arrows[recipient] == player or not any(t.endswith(f": {santa}") for t in mine[1:])


@pytest.mark.parametrize("names", ["", "a", "ab"])
def test_fewer_than_three_names_are_too_few(names):
    made = table(names, started=False)
    made.come(8, 9)
    made.say(9, "#i")
    if len(names) == 2:
        made.go(1)
    made.say(9, START)
    assert made.told(9) == [Say.NO_TOO_FEW.value.format(count=len(made.game.named)), Say.NEXT_START.value]
    assert not made.game.running


def test_who_has_no_name_cannot_start():
    made = table("abc", started=False)
    made.come(4)
    made.say(4, START)
    assert made.told(4) == [Say.NO_NAME_YET.value, Say.NEXT_NAME.value]
    assert not made.game.running


def test_a_second_start_is_refused_and_changes_nothing():
    made = table("abc")
    before = made.game
    made.say(2, START)
    assert made.told(2)[0] == Say.NO_STARTED.value
    assert made.game == before


def test_who_has_no_name_at_the_start_watches():
    made = Table()
    made.come(9)
    for k, name in enumerate("abc", 1):
        made.come(k)
        made.say(k, f"#{name}")
    made.say(1, START)
    assert made.told(9) == ["start: a has started a game of 3", Say.NEXT_WATCH.value]
    for typed in ("#Zoe", START, "1", "nonsense"):
        made.say(9, typed)
        assert made.told(9) == [Say.NO_OUTSIDE.value, Say.NEXT_WATCH.value]
    made.come(10)
    assert made.told(10)[-1] == Say.NEXT_WATCH.value
    made.go(10)
    assert made.last == []


def test_names_cannot_be_taken_or_changed_in_a_game():
    made = table("abc")
    made.say(1, "#Zoe")
    assert made.told(1)[0] == Say.NO_NAME_CHANGE.value


def test_suggestions_are_different_gifts_of_the_dictionary():
    made = table("abcd", source=chance("suggest"))
    for seat in made.game.seats.values():
        assert len(set(seat.offered)) == 5
        assert all(0 <= place < len(GIFTS) for place in seat.offered)
    assert len({seat.offered for seat in made.game.seats.values()}) > 1


# --- choosing -----------------------------------------------------------------------------------


@pytest.mark.parametrize("typed", ["wool-socks", "WOOL-SOCKS", "Wool socks", " wool   SOCKS "])
def test_a_gift_is_chosen_by_id_or_name(typed):
    made = table("abc")
    made.say(1, typed)
    assert made.told(1) == ["chosen: Wool socks", "waiting for: 2", Say.NEXT_WAIT.value]
    assert made.told(2) == made.told(3) == ["waiting for: 2"]


def test_a_number_is_a_place_in_the_suggestions():
    made = table("abc")
    offered = made.game.seats[1].offered
    for k, place in enumerate(offered, 1):
        assert find_gift(GIFTS, offered, str(k)) == place
    assert find_gift(GIFTS, (), "20") == 4  # what is no number of a suggestion may be an id


@pytest.mark.parametrize("typed", ["0", "6", "-1", "01", "1.0", "sock", "A book", "²", "١", "tea tea", "9" * 5000, "?"])
def test_what_is_no_gift_is_asked_for_again(typed):
    made = table("abc")
    made.say(1, typed)
    assert made.told(1) == [Say.NO_GIFT.value, Say.NEXT_CHOOSE.value.format(seconds=300)]
    assert made.told(2) == []
    assert made.game.missing == 3


def test_until_all_have_chosen_a_choice_may_be_changed():
    made = table("abc")
    made.say(1, "tea")
    made.say(1, "kite")
    assert made.told(1) == ["chosen: Kite", Say.NEXT_WAIT.value]
    assert made.told(2) == []
    made.say(1, "nothing")
    assert made.told(1) == [Say.NO_GIFT.value, Say.NEXT_WAIT.value]
    made.say(2, "jam")
    made.say(3, "jam")
    assert made.told(2, Say.GET) == ["you get: Kite"]


@pytest.mark.parametrize("started", [False, True])
def test_list_shows_the_whole_dictionary_to_whoever_asks(started):
    made = table("abc", started=started)
    made.come(4)
    for guest in (1, 4):
        made.say(guest, "List")
        assert made.told(guest) == [f"gift: {gift.id}, {gift.name}" for gift in GIFTS]


def test_when_all_have_chosen_gifts_are_delivered_then_santas_told_then_it_ends():
    made = table("abc")
    made.come(9)
    made.say(1, "tea")
    made.say(3, "kite")
    made.say(2, "jam")
    for player, gift, santa in ((1, "Kite", "c"), (2, "Tea from Assam", "a"), (3, "Plum jam", "b")):
        told = [t for t in made.told(player) if not t.startswith("chosen")]
        assert told == [f"you get: {gift}", f"your santa was: {santa}", "the game has ended", Say.NEXT_NAME.value]
    assert made.told(9) == ["the game has ended", Say.NEXT_NAME.value]
    kinds = [line.say for line in made.last if line.say in (Say.GET, Say.SANTA, Say.ENDED)]
    assert kinds == [Say.GET] * 3 + [Say.SANTA] * 3 + [Say.ENDED] * 4


def test_the_server_starts_over_with_everybody_and_no_names():
    made = table("abc")
    for player in (1, 2, 3):
        made.say(player, "tea")
    assert not made.game.running
    assert made.game.guests == {1: "", 2: "", 3: ""}
    made.say(1, START)
    assert made.told(1) == [Say.NO_NAME_YET.value, Say.NEXT_NAME.value]
    for player, name in ((3, "a"), (1, "b"), (2, "c")):
        made.say(player, f"#{name}")
    made.say(2, START)
    assert made.game.round == 2
    assert sorted(made.arrows) == [1, 2, 3]


# --- time, and lines that cannot be read --------------------------------------------------------


def test_for_the_late_the_server_chooses_and_the_game_ends():
    made = table("abc")
    made.say(2, "jam")
    first = {p: GIFTS[made.game.seats[p].offered[0]].name for p in (1, 3)}
    made.late()
    assert made.told(1)[0] == f"chosen for you: {first[1]}"
    assert made.told(2, Say.CHOSEN_FOR_YOU) == []
    assert made.told(2, Say.GET) == [f"you get: {first[1]}"]
    assert made.told(3, Say.GET) == ["you get: Plum jam"]
    assert not made.game.running


def test_the_time_of_an_earlier_game_means_nothing():
    made = table("abc")
    made.late()
    assert made.late() == []  # no game is on
    for player, name in ((1, "a"), (2, "b"), (3, "c")):
        made.say(player, f"#{name}")
    made.say(1, START)
    assert made.late(1) == []
    assert made.game.running
    made.late(2)
    assert not made.game.running


@pytest.mark.parametrize("fault", [Say.NO_TOO_LONG, Say.NO_UTF8])
@pytest.mark.parametrize("started", [False, True])
def test_a_line_that_cannot_be_read_is_answered(fault, started):
    made = table("abc", started=started)
    before = made.game
    made.say(1, fault)
    assert made.told(1)[0] == fault.value.format(limit=1024)
    assert made.told(1)[1].startswith("next: ")
    assert made.told(2) == []
    assert made.game == before


@pytest.mark.parametrize("typed", ["hello", "name", "\x1b[2J", "start", "user distribution", "lists", "Alice"])
def test_a_line_that_means_nothing_is_answered(typed):
    made = table("abc", started=False)
    made.say(1, typed)
    assert made.told(1) == [Say.NO_SENSE.value, Say.NEXT_START.value]
    assert made.told(2) == []


@pytest.mark.parametrize("typed", ["", " ", "\t", "\u00a0"])
def test_an_empty_line_is_a_sign_of_life(typed):
    made = table("abc")
    assert made.say(1, typed) == []


def test_nobody_hears_of_who_is_not_there():
    made = table("abc")
    before = made.game
    assert made.say(77, "#Zoe") == made.go(77) == []
    assert made.game is before


# --- going in the middle ------------------------------------------------------------------------


def test_quit_is_answered_and_is_going():
    made = table("abc", started=False)
    made.say(2, "Quit")
    assert made.told(2) == ["bye: you have left"]
    assert made.told(1) == ["gone: b"]
    assert 2 not in made.game.guests


def test_who_is_sent_away_is_told_why():
    made = table("abc", started=False)
    made.go(2, Say.BYE_SILENT)
    assert made.told(2) == ["bye: nothing was heard from you for 1800 seconds"]


def test_the_giver_of_one_who_goes_is_given_his_recipient():
    made = table("abcd")
    made.go(2)
    assert made.arrows == {1: 3, 3: 4, 4: 1}
    assert made.told(1) == ["gone: b", "you give to: c", "waiting for: 3", Say.NEXT_CHOOSE.value.format(seconds=300)]
    assert made.told(3) == made.told(4) == ["gone: b", "waiting for: 3"]


def test_a_choice_stands_and_goes_to_the_new_recipient():
    made = table("abcd")
    made.say(1, "tea")
    made.go(2)
    assert made.told(1)[:3] == ["gone: b", "you give to: c", "chosen: Tea from Assam"]
    assert made.told(1)[3:] == ["waiting for: 2", Say.NEXT_WAIT.value]
    made.say(3, "jam")
    made.say(4, "kite")
    assert made.told(3, Say.GET) == ["you get: Tea from Assam"]
    assert made.told(3, Say.SANTA) == ["your santa was: a"]


def test_the_gift_of_one_who_goes_goes_with_him():
    made = table("abcd")
    made.say(2, "tea")
    made.go(2)
    for player in (1, 3, 4):
        made.say(player, "jam")
    assert all(len(made.told(p, Say.GET)) == 1 for p in (1, 3, 4))
    assert made.told(3, Say.GET) == ["you get: Plum jam"]


def test_when_the_last_who_has_not_chosen_goes_the_others_get_their_gifts():
    made = table("abcd")
    for player in (1, 3, 4):
        made.say(player, "jam")
    made.go(2)
    assert made.told(1) == [
        "gone: b", "you give to: c", "chosen: Plum jam", "you get: Plum jam", "your santa was: d",
        "the game has ended", Say.NEXT_NAME.value,
    ]  # fmt: skip
    assert not made.game.running


def pairs_of_two(extra=""):
    """1 and 2 give to each other, and so do 3 and 4 (or 3, 4, 5 in a ring)."""
    for seed in range(1000):
        made = table("abcd" + extra, source=chance(seed))
        if made.arrows[1] == 2 and made.arrows[2] == 1:
            return made
    raise AssertionError


@pytest.mark.parametrize("extra", ["", "e", "ef"])
def test_where_the_giver_would_get_himself_he_comes_in_between_two_others(extra):
    made = pairs_of_two(extra)
    before = dict(made.arrows)
    made.say(1, "tea")
    made.go(2)
    (changed,) = [p for p in before if p not in (1, 2) and made.arrows[p] != before[p]]
    assert made.arrows[changed] == 1
    assert made.arrows[1] == before[changed]
    assert all(p != r for p, r in made.arrows.items())
    assert sorted(made.arrows.values()) == sorted(made.arrows)
    assert made.told(1, Say.GIVE) == [f"you give to: {made.game.guests[before[changed]]}"]
    assert made.told(1, Say.CHOSEN) == ["chosen: Tea from Assam"]
    assert made.told(changed, Say.GIVE) == ["you give to: a"]
    others = set(made.arrows) - {1, changed}
    assert all(made.told(p) == ["gone: b", f"waiting for: {made.game.missing}"] for p in others)


def test_two_who_are_left_give_to_each_other_and_are_told():
    made = table("abc")
    made.go(3)
    assert made.arrows == {1: 2, 2: 1}
    assert made.told(1, Say.TWO_LEFT) == made.told(2, Say.TWO_LEFT) == [Say.TWO_LEFT.value]
    made.say(1, "tea")
    made.say(2, "jam")
    assert made.told(1, Say.GET) == ["you get: Plum jam"]
    assert made.told(2, Say.SANTA) == ["your santa was: a"]


@pytest.mark.parametrize("chosen", [False, True])
def test_one_who_is_left_is_told_and_the_game_ends(chosen):
    made = table("abc")
    made.come(9)
    if chosen:
        made.say(1, "tea")
    made.go(3)
    made.go(2)
    assert made.told(1) == ["gone: b", Say.ALONE.value, "the game has ended", Say.NEXT_NAME.value]
    assert made.told(9) == ["gone: b", "the game has ended", Say.NEXT_NAME.value]
    assert made.game == Game(GIFTS, guests={1: "", 9: ""}, round=1)


def test_when_all_have_gone_there_is_nothing_left_of_the_game():
    made = table("abc")
    for player in (1, 2, 3):
        made.go(player)
    assert made.game == Game(GIFTS, round=1)


def test_who_quits_in_a_game_is_told_goodbye_first():
    made = table("abc")
    made.say(1, "quit")
    assert made.told(1) == ["bye: you have left"]
    assert made.arrows == {2: 3, 3: 2}
