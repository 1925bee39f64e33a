"""What is said of a blind game: who is waited for at each step, what happened, and what comes next."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace

import pytest

from sealed_santa.base.errors import UsageError
from sealed_santa.cli.choosing import Choosing, Wanted
from sealed_santa.cli.chronicle import parcel_told
from sealed_santa.cli.chronicle_blind import passed_over, tell
from sealed_santa.cli.endings import ends_without, why_void
from sealed_santa.cli.live import Live, Quit
from sealed_santa.cli.setup import NOBODY_LOST, NOTES, blind_in_general, forecast, size_warnings
from sealed_santa.cli.standing import absence, dealt, given, seat_of, standing, status_record, steps
from sealed_santa.game.replay import as_recorded, step
from sealed_santa.game.state import Phase, State
from sealed_santa.lab.simulator import Simulator
from sealed_santa.log.posts import BlindTerms, Exclusions
from sealed_santa.net.party import PlayerParty, keepsake_of
from sealed_santa.roles import guest, player

NAMES = ("Ann", "Bob", "Cem", "Dot", "Eve")
TERMS = BlindTerms(batch_tests=60, game_tests=100_000, threshold=0)


def begun(**changes: object) -> Simulator:
    return Simulator("words", NAMES, {"mode": "blind", "blind": TERMS, **changes}).fill().start()


def states(game: Simulator) -> list[State]:
    found: list[State] = []
    for entry in game.entries:
        found.append(step(found[-1] if found else None, entry, as_recorded))
    return found


@pytest.fixture(scope="module")
def whole() -> Simulator:
    return begun().run()


@pytest.fixture(scope="module")
def left() -> Simulator:
    game = begun().run(Phase.CHOOSING)
    game.say("Eve", player.make_leave(game.state, game.players["Eve"].key))
    return game.run()


def test_each_step_says_who_is_waited_for(whole: Simulator) -> None:
    said = {(s.phase, standing(s).waits): standing(s).people for s in states(whole)}
    waits = "\n".join(wait for _, wait in said)
    for part in (
        "waiting for 5 of 5 to shuffle the cards", "waiting for 2 of 5 to shuffle the cards",
        "waiting for any 4 of these 5 to test the cards", "waiting for any 1 of these 2 to test the cards",
        "waiting for any 4 of these 5 to show which decks pass", "waiting for any 4 of these 5 to hand out the cards",
        "waiting for gifts", "waiting for 5 of 5 to shuffle the gifts", "to open the gifts", "waits for receipts",
        "to open the pairs", "the game is over",
    ):  # fmt: skip
        assert part in waits, part
    for (phase, wait), people in said.items():
        if wait.startswith("waiting for any"):
            assert f"these {len(people)} " in wait
        elif phase is Phase.MIXING:
            assert wait.startswith(f"waiting for {len(people)} of 5 ")


def test_who_is_waited_for_is_told_to_sync_and_others_are_not(whole: Simulator) -> None:
    for state in states(whole):
        for name, secrets in whole.players.items():
            first = steps(state, secrets.key, organiser=False)[0]
            if state.phase in (Phase.MIXING, Phase.BLINDING, Phase.OPENING, Phase.DEALING, Phase.REVEALING):
                assert first.mine is (name in standing(state).people)
                assert first.command == "santa sync"


def test_a_whole_game_is_told_once_each(whole: Simulator) -> None:
    ann, before, events, texts = whole.players["Ann"], None, [], []
    for entry, state in zip(whole.entries, states(whole), strict=True):
        for told in tell(before, state, entry, ann):
            events.append(told.event)
            texts.append(told.text)
            json.dumps(told.fields)
        before = state
    for event in ("game", "started", "words", "deal", "recipient", "closed", "delivery", "parcel", "reveal", "santa"):
        assert events.count(event) == 1, event
    assert events.count("mix") == 10
    assert events.count("blinding") == events.count("hand") == 4
    assert events.count("key") == events.count("gift") == 5
    assert sum(text.startswith("your gift is in the log") for text in texts) == 1
    assert not any(name in text for text in texts for name in ("trustee 1", "None"))


def test_before_the_deal_and_after_it(whole: Simulator) -> None:
    for state in states(whole):
        early = state.phase in (Phase.JOINING, Phase.COINS, Phase.KEYS, Phase.BLINDING, Phase.DEALING)
        assert dealt(state) is not early or state.phase in (Phase.MIXING, Phase.OPENING)
    last = states(whole)[-1]
    assert given(last) == frozenset(range(1, 6))
    assert passed_over(last) == last.blind.past[0].dealt  # type: ignore[union-attr]
    record = status_record(last, None, organiser=False)
    assert (record["gifts"], record["trustees"]["threshold"], record["trustees"]["gone"]) == (5, 4, [])
    json.dumps(record)


def test_who_has_left_after_the_deal_is_named_and_all_are_asked_again(left: Simulator) -> None:
    told = [t for e, b, s in zip(left.entries[1:], states(left), states(left)[1:], strict=False)
            for t in tell(b, s, e, left.players["Ann"])]  # fmt: skip
    (gone,) = [t for t in told if t.event == "left"]
    assert gone.fields["players"] == list(NAMES[:4])
    assert any("nobody learns who that is" in t.text for t in told)
    assert [t.event for t in told].count("recipient") == 2
    assert any("look whom you give to now" in t.text for t in told)
    key = left.players["Eve"].key
    assert seat_of(left.state, key) is None
    assert left.state.player(key) is not None
    assert absence(left.state, "Eve").startswith("you left this game")
    assert absence(left.state, "Ann") == ""
    for state in states(left):
        if state.blind is not None and state.blind.gone and state.phase is Phase.MIXING:
            assert "Eve" not in standing(state).people
            assert dealt(state) is (state.blind.deals == 2)


def test_who_has_left_is_not_told_to_look_whom_it_gives_to(left: Simulator) -> None:
    found = states(left)
    texts = [t.text for e, b, s in zip(left.entries[1:], found, found[1:], strict=False)
             for t in tell(b, s, e, left.players["Eve"])]  # fmt: skip
    assert any(text.startswith("the cards are dealt again") for text in texts)
    assert not any("look whom you give to" in text for text in texts)


def test_the_shuffle_after_somebody_has_left_is_a_sentence(left: Simulator) -> None:
    said = [standing(s).sentence() for s in states(left)]
    assert any(text.startswith("waiting for 4 of 4 to shuffle the cards again, as somebody has left: ")
               for text in said)  # fmt: skip
    assert not any(",:" in text for text in said)


@pytest.mark.parametrize(
    ("names", "changes", "why"),
    [
        (NAMES[:3], {}, "fewer than three players are left"),
        (NAMES, {"blind": BlindTerms(batch_tests=60, game_tests=100_000, threshold=5)},
         "fewer than 5 trustees are left"),
        (NAMES[:4], {"exclusions": Exclusions(groups=(("Ann", "Bob"),), pairs=())}, "no permitted draw is left"),
    ],
)  # fmt: skip
def test_why_a_game_would_end_and_why_it_has(names: tuple[str, ...], changes: dict[str, object], why: str) -> None:
    terms = {"mode": "blind", "blind": TERMS, **changes}
    game = Simulator("words", names, terms).fill().start()
    last = names[-1]
    assert ends_without(game.state, last) == ""  # nobody can go at this moment
    game.run(Phase.CHOOSING)
    assert ends_without(game.state, "nobody") == ""
    assert ends_without(game.state, last) == why
    assert why_void(game.state) == ""
    game.say(last, player.make_leave(game.state, game.players[last].key))
    assert game.state.phase is Phase.VOID
    assert why_void(game.state) == f"{last} has left, and {why}"
    assert standing(game.state).waits == f"the game cannot go on: {last} has left, and {why}"
    found = states(game)
    (void,) = [t for t in tell(found[-2], found[-1], game.entries[-1], None) if t.event == "void"]
    assert why in void.text


def test_a_game_that_goes_on_is_not_said_to_end(whole: Simulator) -> None:
    for state in states(whole):
        assert ends_without(state, "Ann") == ""
        assert why_void(state) == ""


def test_too_few_keys_are_the_reason() -> None:
    game = begun()
    found = [s for s in states(game.run()) if s.phase is Phase.MIXING]
    blind = found[0].blind
    assert blind is not None
    few = dict(list(blind.commitments.items())[:2])
    void = replace(found[0], phase=Phase.VOID, blind=replace(blind, commitments=few))
    assert why_void(void) == "2 of the 4 keys came that are needed"


def test_a_gift_from_the_house_names_who_did_not_give() -> None:
    game = begun().run(Phase.CHOOSING)
    for name in NAMES[:4]:
        for body in game.owed(name).posts:
            game.say(name, body)
    game.organise(player.make_close(game.state, game.organiser.key))
    game.run(Phase.DELIVERED)
    state = next(s for s in states(game) if s.phase is Phase.DELIVERED)
    known = [player.knowledge(state, secrets).parcel for secrets in game.players.values()]
    (house,) = [p for p in known if p is not None and p.gift is None]
    text = parcel_told(state, house.gift, house.note).text
    assert text.startswith("you get from the house")
    assert "that was Eve" in text
    assert "no gift of the catalogue" in parcel_told(state, None, None).text


def test_when_two_gifts_open_for_somebody_both_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    game = begun().run(Phase.CHOOSING)
    honest = guest.recipient
    victim = player.knowledge(game.state, game.players["Ann"]).recipient
    assert victim is not None
    for name in NAMES:
        if name == next(n for n in NAMES[1:] if n != victim.name):  # seals its gift for the recipient of another
            monkeypatch.setattr(guest, "recipient", lambda *_: victim)
        for body in game.owed(name).posts:
            game.say(name, body)
        monkeypatch.setattr(guest, "recipient", honest)
    game.run(Phase.DELIVERED)
    found = states(game)
    place = next(k for k, s in enumerate(found) if s.phase is Phase.DELIVERED)
    told = tell(found[place - 1], found[place], game.entries[place], game.players[victim.name])
    assert sum(t.event == "parcel" for t in told) == 2
    assert any(t.text.startswith("2 boxes open for you") for t in told)
    kept = keepsake_of(PlayerParty(game.players[victim.name]), found[place])
    assert kept.delivered
    assert len(kept.more) == 1


def test_no_limit_is_advised_that_the_option_does_not_take() -> None:
    names = [f"P{k}" for k in range(24)]
    few = BlindTerms(batch_tests=60, game_tests=10, threshold=0)

    def hint(size: int) -> str:
        groups = tuple(tuple(names[k : k + size]) for k in range(0, 24, size))
        with pytest.raises(UsageError) as e:
            forecast(names, Exclusions(groups=groups, pairs=()), 100_000, few)
        assert e.value.code == "exclusions.too-many-tests"
        return e.value.hint

    assert "raise the limit of 10 tests with --max-tests" in hint(2)
    assert "even --max-tests 1000000 is too little" in hint(12)


@pytest.mark.parametrize("word", ["quit", "QUIT", " quit "])
def test_a_command_at_the_prompt_for_a_note_is_no_note(word: str) -> None:
    live = Live.__new__(Live)
    live.choosing = Choosing.__new__(Choosing)
    for wanted in (Wanted.GIFT, Wanted.NOTE):
        live.choosing.wanted = wanted
        with pytest.raises(Quit):
            asyncio.run(live._obey(" ".join(word.split()), word))


def test_what_the_organiser_is_told() -> None:
    cast = forecast(NAMES, Exclusions(groups=(("Ann", "Bob"),), pairs=()), 100_000, TERMS)
    assert cast.work() == ("all 5 of you are trustees; every step needs 4 of them, so one may be lost", NOTES)
    assert "which the trustees mix and test" in cast.deals()
    assert cast.record()["trustees"]["absent"] == 1
    many = forecast([f"P{k}" for k in range(9)], Exclusions(groups=(), pairs=()), 100_000, TERMS)
    assert many.work()[0] == (
        "7 of you will be trustees, chosen by everybody's coins; every step needs 5 of them, so 2 may be lost"
    )
    assert NOBODY_LOST in size_warnings(3, blind=True)
    assert NOBODY_LOST not in size_warnings(3)
    assert "160 bytes" in " ".join(blind_in_general(TERMS))
    assert forecast(NAMES, Exclusions(groups=(), pairs=()), 100_000).work() == ()
