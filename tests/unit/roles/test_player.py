"""What a player owes: a pure function of secrets, wishes and log."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from game_cases import (
    NAMES,
    but,
    by_player,
    dealt,
    dispute,
    facts,
    game_at,
    gift_with,
    house,
    owed,
    raises,
    swap_envelope,
    wrong_cards,
)
from sealed_santa.base.errors import ParseError, UsageError, VerificationError
from sealed_santa.game.state import Phase
from sealed_santa.lab.simulator import seeded_entropy
from sealed_santa.log.fields import SignKey
from sealed_santa.log.posts import Accept, CoinPost, Dispute, Gift, Receipt
from sealed_santa.roles import player
from sealed_santa.roles.player import Intent, Knowledge, Owed
from sealed_santa.roles.secrets import PlayerSecrets

WISH = Intent(gift=2, note="a note")


def duties(game: Any, name: str, intent: Intent = WISH) -> Owed:
    return player.duties(game.state, game.players[name], intent, seeded_entropy("duties"))


def kinds(owed_now: Owed) -> list[type]:
    return [type(post) for post in owed_now.posts]


def test_what_is_owed_in_each_phase() -> None:
    expected = {
        Phase.JOINING: [], Phase.DECK: [], Phase.COINS: [CoinPost], Phase.DEAL: [], Phase.CHOOSING: [Accept],
        Phase.CLOSED: [], Phase.DELIVERED: [Receipt], Phase.OVER: [],
    }  # fmt: skip
    for phase, posts in expected.items():
        assert kinds(duties(game_at(phase), "Bob")) == posts, phase


def test_what_is_owed_is_legal_and_is_owed_until_it_is_in_the_log() -> None:
    game = game_at(Phase.COINS)
    while game.state.phase is not Phase.OVER:
        for name in NAMES:
            before = facts(game.state)
            for body in duties(game, name).posts:
                assert by_player(game, name, body) == "ok"
            assert [type(p) for p in duties(game, name).posts] == kinds(duties(game, name))
            assert facts(game.state) == before
        if not (game._dealer_moves(Phase.OVER) or game._players_move((), Phase.OVER)):
            break
    assert game.state.phase is Phase.OVER


def test_what_is_owed_without_randomness_is_the_same_bytes() -> None:
    for phase in (Phase.COINS, Phase.CHOOSING, Phase.DELIVERED):
        game = game_at(phase)
        assert duties(game, "Ann") == duties(game, "Ann")


def test_a_coin_is_held_back_when_a_player_was_restored() -> None:
    game = game_at(Phase.COINS)
    held = duties(game, "Ann", Intent(hold_coins=True))
    assert held == Owed(posts=(), held=True)
    assert kinds(duties(game, "Ann", Intent(hold_coins=False))) == [CoinPost]
    game.say("Ann", owed(game, "Ann"))
    assert duties(game, "Ann", Intent(hold_coins=True)) == Owed()  # it is in the log; there is nothing to hold


def test_a_player_waits_for_its_owner_to_choose() -> None:
    game = game_at(Phase.CHOOSING)
    assert kinds(duties(game, "Ann", Intent())) == [Accept]
    game.say("Ann", owed(game, "Ann"))
    assert duties(game, "Ann", Intent()) == Owed(choose=True)
    assert kinds(duties(game, "Ann")) == [Gift]
    game.say("Ann", duties(game, "Ann").posts[0])
    assert duties(game, "Ann", Intent()) == duties(game, "Ann") == Owed()


def test_after_a_refusal_the_owner_chooses_again() -> None:
    """Otherwise the same bad gift would be sent until there is no try left."""
    game = game_at(Phase.CHOOSING)
    game.say("Ann", owed(game, "Ann"))
    game.say("Ann", gift_with(game, "Ann", choice=0xFFFF))
    game.deal_with(dealt(game))
    assert duties(game, "Ann") == Owed(choose=True)
    assert kinds(duties(game, "Ann", Intent(gift=2, refusals=1))) == [Gift]


def test_who_is_not_in_the_game_owes_nothing() -> None:
    for phase in (Phase.JOINING, Phase.COINS, Phase.CHOOSING, Phase.OVER):
        game = game_at(phase)
        stranger = PlayerSecrets(b"stranger".ljust(32), game.state.game)
        assert player.duties(game.state, stranger, WISH, game.entropy) == Owed()
        assert player.knowledge(game.state, stranger) == Knowledge()
        with raises(UsageError, "player.not-seated"):
            player.own(game.state, stranger)


def test_who_was_dropped_owes_nothing() -> None:
    game = game_at(Phase.COINS).run(silent=("Dot",))
    game.now += 10**7
    game.organise(player.make_drop(game.state, game.organiser.key, game.state.missing_coins()))
    game.run(until=Phase.COINS)
    assert duties(game, "Dot") == Owed()
    assert kinds(duties(game, "Ann")) == [CoinPost]
    assert duties(game, "Ann").posts[0].coin == game.players["Ann"].coin(2)  # type: ignore[union-attr]


def test_a_card_that_does_not_open_is_disputed_and_never_accepted() -> None:
    game = game_at(Phase.DEAL)
    game.deal_with(wrong_cards(game, dealt(game), 1))
    (body,) = duties(game, "Ann").posts
    assert isinstance(body, Dispute)
    assert (body.about, body.gift_secret, body.reveal_secret) == ("card", None, None)
    assert body.card_secret == game.players["Ann"].card.secret
    assert kinds(duties(game, "Bob")) == [Accept]
    with raises(VerificationError, "box.does-not-open"):
        player.make_gift(game.state, game.players["Ann"], 0, "", game.entropy)


def test_an_honest_player_publishes_no_key_in_an_honest_game() -> None:
    for reveal in ("public", "private", "never"):
        game = game_at(Phase.OVER, reveal=reveal)
        assert not any(isinstance(entry.post.body, Dispute) for entry in game.entries)
        assert not any(duties(game, name).posts for name in NAMES)


def test_late_receipts_and_disputes_are_owed_after_the_end() -> None:
    game = game_at(Phase.CLOSED)
    game.deal_with(swap_envelope(game, dealt(game), 1, house()))
    game.run(until=Phase.OVER, silent=("Ann", "Bob"))
    game.organise(player.make_call(game.state, game.organiser.key))
    game.run(until=Phase.OVER, silent=("Ann", "Bob"))
    assert kinds(duties(game, "Bob")) == [Receipt]
    willing = replace(WISH, publish_gift_key=True)
    assert kinds(duties(game, "Ann", willing)) == [Receipt, Dispute]  # the house gift looks fine, the reveal shows it
    for body in duties(game, "Ann", willing).posts:
        game.say("Ann", but(body, seen=game.state.head))
    assert [f.code for f in game.state.faults] == ["delivery.house-instead"]


def test_a_note_that_may_not_be_sent_is_refused_before_anything_is_sealed() -> None:
    game = game_at(Phase.CHOOSING)
    for note, code in (("x" * 511, "note.too-long"), ("\x1b", "note.character")):
        with raises(ParseError, code):
            player.make_gift(game.state, game.players["Ann"], 0, note, game.entropy)


def test_k_is_fresh_for_every_gift() -> None:
    game = game_at(Phase.CHOOSING)
    first = player.make_gift(game.state, game.players["Ann"], 0, "", game.entropy)
    second = player.make_gift(game.state, game.players["Ann"], 0, "", game.entropy)
    assert len({first.h, second.h, first.choice, second.choice, first.note, second.note}) == 6


def test_knowledge_grows_with_the_log() -> None:
    expected = {
        Phase.COINS: (False, False, False), Phase.CHOOSING: (True, False, False), Phase.CLOSED: (True, False, False),
        Phase.DELIVERED: (True, True, False), Phase.OVER: (True, True, True),
    }  # fmt: skip
    for phase, known in expected.items():
        game = game_at(phase)
        k = player.knowledge(game.state, game.players["Ann"])
        assert (k.recipient is not None, k.parcel is not None, k.santa is not None) == known, phase


def test_what_does_not_open_is_not_known() -> None:
    game = game_at(Phase.DEAL)
    game.deal_with(wrong_cards(game, dealt(game), 1))
    assert player.knowledge(game.state, game.players["Ann"]) == Knowledge()
    game = game_at(Phase.CLOSED)
    game.deal_with(swap_envelope(game, dealt(game), 1, bytes(612)))
    assert player.knowledge(game.state, game.players["Ann"]).parcel is None


def test_gifts_reach_who_they_are_for() -> None:
    game = game_at(Phase.OVER, reveal="private")
    for name in NAMES:
        mine = player.knowledge(game.state, game.players[name])
        assert mine.santa is not None
        assert mine.parcel is not None
        theirs = player.knowledge(game.state, game.players[mine.santa.name])
        assert theirs.recipient is not None
        assert theirs.recipient.name == name
        index = NAMES.index(mine.santa.name)
        assert (mine.parcel.gift, mine.parcel.note) == (index, f"from your Santa, with number {index}")


def test_notes_and_wishes_are_not_shown_by_accident() -> None:
    assert "a note" not in repr(WISH)


@pytest.mark.parametrize("make", [player.make_leave, player.make_start, player.make_close, player.make_call])
def test_simple_posts_have_seen_the_head(make: Any) -> None:
    game = game_at()
    body = make(game.state, SignKey(game.organiser.key))
    assert (body.seen, body.game, body.by) == (game.state.head, game.state.game, game.organiser.key)


def test_a_dispute_without_ground_is_never_owed() -> None:
    game = game_at(Phase.CHOOSING)
    game.say("Ann", dispute(game, "Ann", "card", card=game.players["Ann"].card.secret))
    assert kinds(duties(game, "Ann")) == [Gift]  # it counts as accept
