"""The demo tells things in the order in which they make sense, however fast its players are."""

from __future__ import annotations

import io
from contextlib import ExitStack

from sealed_santa.cli.chronicle import Told
from sealed_santa.cli.demo import Stage
from sealed_santa.cli.ui import Screen
from sealed_santa.game.modes import MODES

NAMES = ("Ann", "Bob", "Cem")


def heard(*events: tuple[str, Told]) -> list[str]:
    """Return what the demo of a blind game prints of events that come in this order, from the fourth act on."""
    out = io.StringIO()
    stage = Stage(Screen(stdout=out, stderr=out, environ={}), NAMES, ExitStack(), MODES["blind"])
    stage._acts = 4
    for name, told in events:
        stage._hear(name, told)
    return [line.strip() for line in out.getvalue().splitlines() if line.strip()]


def chosen(name: str) -> tuple[str, Told]:
    return name, Told("gift", {"you": True, "gifts": 1, "players": 3}, "your gift is in the log")


BATCH = ("Ann", Told("batch", {"kind": "gifts"}, "now all shuffle the gifts"))
MIX = ("Ann", Told("mix", {"kind": "gifts", "name": "Bob"}, "Bob has shuffled the gifts (1 of 3)"))
DELIVERY = ("Ann", Told("delivery", {"round": 1}, "the gifts are delivered"))


def test_an_orderly_game_is_told_as_it_comes() -> None:
    lines = heard(chosen("Ann"), chosen("Bob"), chosen("Cem"), BATCH, MIX, DELIVERY)
    assert [line.split()[0] for line in lines[:5]] == ["Ann", "Bob", "Cem", "now", "Bob"]
    assert lines[5] == "5. The delivery"


def test_the_log_of_a_fast_player_waits_for_the_last_who_has_chosen() -> None:
    late = heard(chosen("Ann"), BATCH, chosen("Bob"), MIX, DELIVERY, chosen("Cem"))
    assert late == heard(chosen("Ann"), chosen("Bob"), chosen("Cem"), BATCH, MIX, DELIVERY)


def test_cards_that_are_shuffled_wait_for_nobody() -> None:
    lines = heard(("Ann", Told("batch", {"kind": "cards"}, "the cards are shuffled again")), chosen("Ann"))
    assert lines[0] == "the cards are shuffled again"
