"""A trustee's duties: what is due when, in which rank, what is held back, and what is done with a bad share."""

from __future__ import annotations

from dataclasses import replace

import pytest

from blind_cases import THREE_DECKS, advance, blind, blind_at, leaving, me
from game_cases import NAMES, but, by_player, owed
from sealed_santa.base.errors import VerificationError
from sealed_santa.crypto.group import encode_scalars
from sealed_santa.crypto.sharing import evaluate
from sealed_santa.game.state import Phase
from sealed_santa.lab.simulator import Simulator
from sealed_santa.log.fields import Share, ShareBoxes
from sealed_santa.log.posts import Answer
from sealed_santa.roles import player, trustee
from sealed_santa.roles.intent import Intent

EIGHT = tuple("ABCDEFGH")
WORK = {
    "keys": "key", "mixing": "mix", "blinding": "blinding", "opening": "opening", "dealing": "hand", "gifts": "mix",
    "revealing": "opening",
}  # fmt: skip


@pytest.mark.parametrize("place", sorted(WORK))
def test_what_is_owed_is_legal_and_owed_once(place: str) -> None:
    game = blind_at(place)
    for name in NAMES[:2]:
        body = owed(game, name)
        assert body.__struct_config__.tag == WORK[place]
        assert by_player(game, name, body) == "ok"
        game.say(name, body)
        assert game.owed(name).posts == ()


@pytest.mark.parametrize("place", sorted(WORK))
def test_who_holds_back_does_no_trustee_s_work(place: str) -> None:
    """A restored identity may not be alone: two that mix would use one permutation on two inputs."""
    game = blind_at(place)
    found = player.duties(game.state, game.players["Ann"], Intent(hold_coins=True), game.entropy)
    assert (found.posts, found.held) == ((), True)
    game.say("Ann", owed(game, "Ann"))
    found = player.duties(game.state, game.players["Ann"], Intent(hold_coins=True), game.entropy)
    assert not found.held  # nothing is due


def test_the_rank_is_how_many_may_do_it_before() -> None:
    for place in ("mixing", "blinding"):
        game = blind_at(place)
        assert [game.owed(name).rank for name in NAMES] == [0, 1, 2, 3]
        game.say("Bob", owed(game, "Bob"))
        assert [game.owed(name).rank for name in ("Ann", "Cem", "Dot")] == [0, 1, 2]
    for place in ("opening", "dealing", "revealing"):  # three may work at once
        game = blind_at(place)
        assert [game.owed(name).rank for name in NAMES] == [0, 0, 0, 1]
        game.say("Dot", owed(game, "Dot"))
        assert [game.owed(name).rank for name in NAMES[:3]] == [0, 0, 1]


def test_who_is_no_trustee_or_has_left_owes_no_work() -> None:
    game = blind_at("keys", EIGHT)
    (other,) = set(range(1, 9)) - set(blind(game).trustees)
    assert game.owed(EIGHT[other - 1]).posts == ()
    game = leaving(blind_at("choosing", (*NAMES, "Eve")), "Bob")
    assert game.owed("Bob").posts == ()
    assert trustee.duties(blind_at("joining").state, game.players["Ann"], me(game, "Ann"), False, bytes).posts == ()


def spoilt(victim: int) -> Simulator:
    """Return a game that is being mixed, in which Bob's share for one trustee does not open."""
    game = blind_at("keys")
    for name in NAMES:
        body = owed(game, name)
        if name == "Bob":
            units = list(body.shares.units())
            units[victim - 1] = bytes(80)
            body = but(body, shares=ShareBoxes(b"".join(units)))
        game.say(name, body)
    return game


def test_a_bad_share_is_complained_of_before_anything_is_mixed() -> None:
    game = spoilt(3)
    assert [type(owed(game, n)).__name__ for n in NAMES] == ["Mix", "Mix", "Complaint", "Mix"]
    game.say("Cem", owed(game, "Cem"))
    assert game.owed("Cem").posts == ()  # it waits for the answer
    answer = owed(game, "Bob")
    assert isinstance(answer, Answer)
    right = evaluate(trustee._polynomial(game.state, game.players["Bob"]), 3)
    assert answer.share == Share(encode_scalars([right]))
    game.say("Bob", answer)
    assert type(owed(game, "Cem")).__name__ == "Mix"


def test_without_its_share_a_trustee_opens_nothing() -> None:
    game = advance(spoilt(3), lambda s: s.phase is Phase.OPENING)
    assert trustee.own_share(game.state, game.players["Cem"], me(game, "Cem"), 3) is not None
    game.current = replace(game.state, blind=replace(blind(game), published={}))
    assert trustee.own_share(game.state, game.players["Cem"], me(game, "Cem"), 3) is None
    assert trustee.duties(game.state, game.players["Cem"], me(game, "Cem"), False, game.entropy).posts == ()
    with pytest.raises(VerificationError) as caught:
        trustee.make_opening(game.state, game.players["Cem"], me(game, "Cem"), 3, game.entropy)
    assert caught.value.code == "share.wrong"


def test_the_first_mixer_takes_as_many_decks_as_are_needed_and_allowed() -> None:
    assert trustee.decks_wanted(blind_at("mixing").state) == 3
    wide = blind_at("mixing", blind=but(THREE_DECKS, batch_tests=400))
    assert 10 <= trustee.decks_wanted(wide.state) <= 15  # nine of twenty-four decks are clean
