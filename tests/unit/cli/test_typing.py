"""What somebody types at the live client, line by line: a gift, another one in its place, the end of a game."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Callable
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest

from sealed_santa.base.errors import SantaError
from sealed_santa.cli.choosing import Choosing, Wanted
from sealed_santa.cli.chronicle import Told
from sealed_santa.cli.live import Live, Quit, Wishes
from sealed_santa.cli.options import show_when
from sealed_santa.cli.participant import Offer, Participant, offer_for
from sealed_santa.cli.standing import afterwards, given, not_in, seat_of, standing, time_ends
from sealed_santa.cli.ui import Screen
from sealed_santa.game.state import Phase, State
from sealed_santa.lab.simulator import Simulator
from sealed_santa.log.posts import BlindTerms, Complaint, Invite, Post
from sealed_santa.roles.player import Intent, knowledge

NAMES = ("Ann", "Bob", "Cem", "Dot", "Eve")
BLIND = BlindTerms(batch_tests=60, game_tests=100_000, threshold=0)
MODES: dict[str, dict[str, Any]] = {"sealed": {}, "blind": {"mode": "blind", "blind": BLIND}}


class Seat(Participant):
    """A player of a game in memory: what it asks for is in the log at once, what it chose with its next visit."""

    def __init__(self, game: Simulator, name: str) -> None:
        self.game, self.name = game, name
        self.party: Any = SimpleNamespace(key=game.players[name].key)  # type: ignore[misc]
        self.identity: Any = SimpleNamespace(profile=SimpleNamespace(name=name))  # type: ignore[misc]
        self.chosen: list[tuple[int, str]] = []

    @property
    def state(self) -> State:
        return self.game.state

    @property
    def secrets(self) -> Any:
        return self.game.players[self.name]

    def offer(self) -> Offer:
        return offer_for(self.state, self.secrets)

    @property
    def choice_pending(self) -> bool:
        me = self.state.player(self.party.key)
        return bool(self.chosen) and me is not None and me.number not in given(self.state)

    def choose(self, gift: int, note: str) -> None:
        self.chosen.append((gift, note))

    async def ask(self, make: Callable[[State], Post]) -> int:
        return self.game.say(self.name, make(self.state)).seq


def at_table(mode: str, phase: Phase = Phase.CHOOSING, **changes: Any) -> tuple[Live, Seat, io.StringIO]:
    """Return Ann's live client in a game of five, her seat, and what is on her screen."""
    game = Simulator("typing", NAMES, {**MODES[mode], **changes}).fill()
    if phase is not Phase.JOINING:
        game.start().run(phase)
    out = io.StringIO()
    screen = Screen(stdout=out, stderr=out, stdin=io.StringIO(), environ={})
    live = Live.__new__(Live)
    live.screen, live.wishes, live.player = screen, Wishes("Ann"), Seat(game, "Ann")
    live.choosing, live._confirming, live._leaving = Choosing(screen, live.player), False, False
    return live, live.player, out


def types(live: Live, *lines: str) -> None:
    for line in lines:
        asyncio.run(live._obey(" ".join(line.split()), line))


def given_by_ann(seat: Seat) -> None:
    """Let Ann post what she has chosen last."""
    gift, note = seat.chosen[-1]
    seat.game.intents["Ann"] = Intent(gift=gift, note=note)
    while posts := seat.game.owed("Ann").posts:
        seat.game.say("Ann", posts[0])


def received(seat: Seat) -> tuple[str, str]:
    """Play on; return id and note of what Ann's recipient gets."""
    recipient = knowledge(seat.state, seat.secrets).recipient
    assert recipient is not None
    seat.game.run(Phase.DELIVERED)
    parcel = knowledge(seat.state, seat.game.players[recipient.name]).parcel
    assert parcel is not None
    assert parcel.gift is not None
    return seat.state.create.catalogue[parcel.gift].id, parcel.note or ""


@pytest.mark.parametrize("mode", MODES)
def test_a_gift_is_chosen_and_another_takes_its_place(mode: str) -> None:
    live, seat, out = at_table(mode)
    first, second = (seat.offer().gifts[k].id for k in seat.offer().suggested[:2])
    live.choosing.begin(seat.state, seat.offer())
    types(live, "1", "the first")
    assert [note for _, note in seat.chosen] == ["the first"]
    given_by_ann(seat)
    types(live, "change", "2", "the second")
    assert len(seat.chosen) == 1  # the second one went straight into the log
    assert "stands until you have chosen another one" in out.getvalue()
    assert received(seat) == (second, "the second")
    assert first != second


def test_what_is_not_in_the_log_yet_is_not_changed() -> None:
    live, seat, _ = at_table("blind")
    live.choosing.begin(seat.state, seat.offer())
    types(live, "1", "the first")
    with pytest.raises(SantaError) as e:
        types(live, "change")
    assert e.value.code == "gift.on-its-way"
    assert not live.choosing.open
    given_by_ann(seat)
    types(live, "change", "2", "the second")
    assert received(seat)[1] == "the second"


def test_without_another_choice_the_first_one_stands() -> None:
    live, seat, _ = at_table("blind")
    live.choosing.begin(seat.state, seat.offer())
    types(live, "1", "")
    given_by_ann(seat)
    types(live, "change", "who", "list")
    assert live.choosing.wanted is Wanted.GIFT
    assert received(seat) == (seat.offer().gifts[seat.offer().suggested[0]].id, "")


@pytest.mark.parametrize("line", ["77777", "no such gift", "-1", "0", "\x1b[2J"])
def test_what_is_no_gift_is_asked_again(line: str) -> None:
    live, seat, out = at_table("sealed")
    live.choosing.begin(seat.state, seat.offer())
    with pytest.raises(SantaError) as e:
        types(live, line)
    assert e.value.code == "gift.unknown"
    assert live.choosing.wanted is Wanted.GIFT
    live.choosing.repeat()
    assert out.getvalue().rstrip().endswith("which gift?")
    types(live, "1", "")
    assert len(seat.chosen) == 1


@pytest.mark.parametrize(("mode", "size"), [("blind", 161), ("sealed", 2001)])
def test_a_note_that_is_too_long_is_asked_again_and_nothing_is_given(mode: str, size: int) -> None:
    live, seat, _ = at_table(mode)
    live.choosing.begin(seat.state, seat.offer())
    types(live, "1")
    with pytest.raises(SantaError) as e:
        types(live, "x" * size)
    assert e.value.code == "note.too-long"
    assert (live.choosing.wanted, seat.chosen) == (Wanted.NOTE, [])


def test_at_the_prompt_for_the_note_one_can_think_again() -> None:
    live, seat, _ = at_table("sealed")
    live.choosing.begin(seat.state, seat.offer())
    types(live, "1", "change", "2", "a note")
    assert seat.chosen == [(seat.offer().suggested[1], "a note")]


@pytest.mark.parametrize(
    ("phase", "code"),
    [(Phase.JOINING, "gift.too-early"), (Phase.COINS, "gift.too-early"), (Phase.DELIVERED, "gift.too-late")],
)
@pytest.mark.parametrize("mode", MODES)
def test_nothing_is_changed_before_the_deal_or_after_the_close(mode: str, phase: Phase, code: str) -> None:
    live, seat, _ = at_table(mode, phase)
    before = len(seat.state.chain)
    with pytest.raises(SantaError) as e:
        types(live, "change")
    assert e.value.code == code
    assert (live.choosing.open, len(seat.state.chain)) == (False, before)


def test_a_question_that_is_open_when_the_choosing_closes_is_taken_back() -> None:
    live, seat, out = at_table("sealed")
    live.choosing.begin(seat.state, seat.offer())
    live.choosing.close()
    live.choosing.close()
    assert out.getvalue().count("nothing more can be chosen") == 1
    assert not live.choosing.open


def test_the_game_ends_only_for_who_types_that_it_shall() -> None:
    live, seat, out = at_table("blind", blind=BlindTerms(batch_tests=60, game_tests=100_000, threshold=5))
    types(live, "leave", "leave", "leave")
    assert seat.state.phase is Phase.CHOOSING
    assert "type  end the game  if that is what you want" in out.getvalue()
    types(live, "End  the game")
    assert seat.state.phase is Phase.VOID


def test_a_game_that_would_go_on_is_not_ended_by_those_words() -> None:
    live, seat, out = at_table("blind")
    types(live, "end the game")
    assert seat.state.phase is Phase.CHOOSING
    assert "would not end without you" in out.getvalue()
    types(live, "leave")
    assert seat.state.phase is Phase.CHOOSING
    types(live, "leave")
    assert seat.state.phase is Phase.MIXING
    assert seat_of(seat.state, seat.party.key) is None


@pytest.mark.parametrize("open_question", ["gift", "confirm", ""])
def test_a_new_page_wipes_no_question(open_question: str, monkeypatch: pytest.MonkeyPatch) -> None:
    live, seat, _ = at_table("blind")
    pages: list[int] = []
    monkeypatch.setattr(live.screen, "page", lambda: pages.append(1))
    if open_question == "gift":
        live.choosing.begin(seat.state, seat.offer())
    live._confirming = open_question == "confirm"
    live._told(Told("deal", {"round": 1, "passed_over": 0, "verified": True}, "the cards are dealt"))
    assert bool(pages) is (open_question == "")


def test_quit_gives_nothing_and_leaves_nothing() -> None:
    live, seat, _ = at_table("sealed")
    before = len(seat.state.chain)
    live.choosing.begin(seat.state, seat.offer())
    with pytest.raises(Quit):
        types(live, "1", "quit")
    assert (seat.chosen, len(seat.state.chain)) == ([], before)


# --- until when, and who is missing -----------------------------------------------------------------


@pytest.mark.parametrize("phase", [Phase.COINS, Phase.KEYS, Phase.MIXING, Phase.CHOOSING])
def test_until_when_others_are_waited_for_is_said_and_right(phase: Phase) -> None:
    names = (*NAMES, "Fay", "Gus", "Hal")  # one more than there can be trustees: their keys have a time of their own
    game = Simulator("time", names, MODES["blind"]).fill().start().run(phase)
    assert game.state.phase is phase
    end = time_ends(game.state)
    assert end is not None
    assert end == game.state.at + game.state.create.patience  # the phase has begun with the newest entry
    assert afterwards(game.state).startswith(f"they have until {show_when(end)}; then ")
    late = standing(game.state).people[0]
    assert f"{late} (you)" in standing(game.state).sentence(late)
    assert "(you)" not in standing(game.state).sentence("somebody else")


def test_an_accused_trustee_has_its_own_time() -> None:
    game = Simulator("time", NAMES, MODES["blind"]).fill().start().run(Phase.MIXING)
    begun = time_ends(game.state)
    game.now += 60_000
    me = game.players["Bob"]
    head = game.state.head
    game.say("Bob", Complaint(game=game.state.game, by=me.key, seen=head, round=game.state.round, accused=1))
    assert time_ends(game.state) == game.state.at + game.state.create.patience
    assert time_ends(game.state) != begun
    assert "takes no part any more" in afterwards(game.state)


def test_a_sealed_choosing_is_open_until_both_its_times_are_over() -> None:
    soon = Simulator("time", NAMES, {"choose_by": 1}).fill().start().run(Phase.CHOOSING).state
    assert time_ends(soon) == soon.deal_at + soon.create.patience
    assert "the house gives" in afterwards(soon)
    late = Simulator("time", NAMES, {"choose_by": soon.at * 2}).fill().start().run(Phase.CHOOSING).state
    assert time_ends(late) == late.create.choose_by
    assert time_ends(Simulator("time", NAMES).fill().start().run(Phase.CHOOSING).state) is None


@pytest.mark.parametrize("phase", [Phase.JOINING, Phase.DELIVERED, Phase.OVER])
def test_where_nobody_can_be_late_no_time_is_said(phase: Phase) -> None:
    game = Simulator("time", NAMES, MODES["blind"]).fill()
    if phase is not Phase.JOINING:
        game.start().run(phase)
    assert time_ends(game.state) is None
    assert afterwards(game.state) == ""


def test_who_was_invited_by_name_and_is_not_in_is_named() -> None:
    game = Simulator("invited", NAMES).fill()
    assert not_in(game.state) == ()
    key = game.state.create.invites[0].key
    invites = tuple(Invite(key=key, name=name) for name in (None, "Ann", "Zoe", "Yan"))
    create = msgspec.structs.replace(game.state.create, invites=invites)
    assert not_in(replace(game.state, create=create)) == ("Zoe", "Yan")
