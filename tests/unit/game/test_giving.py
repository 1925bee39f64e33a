"""Accepting, giving, refusing, closing, delivering, receiving, calling: every rule broken once."""

from __future__ import annotations

from typing import Any

import pytest

from game_cases import (
    NAMES,
    but,
    by_dealer,
    by_organiser,
    by_player,
    dealt,
    fresh_signer,
    game_at,
    gift_with,
    owed,
    raises,
    verdict,
)
from sealed_santa.base.errors import IllegalPost, Party, VerificationError
from sealed_santa.crypto.sealing import BoxKey, seal
from sealed_santa.game import giving
from sealed_santa.game.state import MAX_REFUSALS, Phase
from sealed_santa.lab.simulator import Simulator
from sealed_santa.log.fields import ChoiceBox, Envelopes, Hash, NoteBox, Opened, SealKey, SignKey
from sealed_santa.log.posts import Accept, Close, Refusal
from sealed_santa.roles import dealer, player

FRESH = SealKey(bytes.fromhex("8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a"))
FRESH_TOO = SealKey(bytes.fromhex("de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f"))


def accepted(**changes: object) -> Simulator:
    """Return a game in which everybody has confirmed its card and nobody has given."""
    game = game_at(Phase.CHOOSING, **changes)
    for name in NAMES:
        game.say(name, owed(game, name))
    return game


def given(**changes: object) -> Simulator:
    """Return a game in which everybody has given and the choosing is open."""
    game = accepted(**changes)
    for name in NAMES:
        game.say(name, owed(game, name))
    return game


# --- accept and gift ----------------------------------------------------------------------------


def test_a_card_is_confirmed_once() -> None:
    game = game_at(Phase.CHOOSING)
    body = owed(game, "Ann")
    assert isinstance(body, Accept)
    assert by_player(game, "Ann", body) == "ok"
    assert by_player(game, "Ann", but(body, round=2)) == "round.wrong"
    game.say("Ann", body)
    assert by_player(game, "Ann", but(body, seen=game.state.head)) == "accept.twice"


def test_a_gift_comes_after_its_giver_s_own_accept() -> None:
    game = game_at(Phase.CHOOSING)
    body = gift_with(game, "Ann")
    assert by_player(game, "Ann", body) == "gift.before-accept"
    game.say("Bob", owed(game, "Bob"))
    assert by_player(game, "Ann", body) == "gift.before-accept"  # somebody else's does not count
    game.say("Ann", owed(game, "Ann"))
    assert by_player(game, "Ann", body) == "seen.backwards"  # it was made before the accept
    body = gift_with(game, "Ann")
    assert by_player(game, "Ann", body) == "ok"
    assert by_player(game, "Ann", but(body, round=64)) == "round.wrong"


def test_the_last_gift_stands() -> None:
    game = accepted()
    game.say("Ann", owed(game, "Ann"))
    first = game.state.gifts[1]
    body = player.make_gift(game.state, game.players["Ann"], 7, "another", game.entropy)
    game.say("Ann", body)
    assert game.state.gifts[1].body == body
    assert game.state.gifts[1].seq > first.seq
    game.run()
    ann = dealer.recipients(game.state, game.dealer)[1]
    name = game.state.players[ann - 1].name
    parcel = player.knowledge(game.state, game.players[name]).parcel
    assert parcel is not None
    assert (parcel.gift, parcel.note) == (7, "another")


@pytest.mark.parametrize("phase", [Phase.CLOSED, Phase.DELIVERED, Phase.OVER])
def test_after_the_close_nothing_is_given_or_confirmed(phase: Phase) -> None:
    game = game_at(phase)
    accept = Accept(game=game.state.game, by=game.players["Ann"].key, seen=game.state.head, round=1)
    assert by_player(game, "Ann", accept) == "turn.wrong"
    assert by_player(game, "Ann", gift_with(game, "Ann")) == "turn.wrong"


def test_strangers_do_not_sit_at_the_table() -> None:
    game = accepted()
    stranger = fresh_signer("stranger")
    key = SignKey(stranger.public().raw)
    assert verdict(game, but(gift_with(game, "Ann"), by=key), stranger) == "author.wrong"
    with raises(IllegalPost, "author.not-a-player"):
        giving.seated(game.state, key)


# --- refusal ------------------------------------------------------------------------------------


def refusal(game: Simulator, name: str, *, note: bool = False, **changes: Any) -> Refusal:
    """Return a refusal of a player's standing gift with the dealer's true keys."""
    state = game.state
    number = player.own(state, game.players[name]).number
    standing = state.gifts[number]
    choice, opened, next_choice, next_note = dealer._gift_keys(state, game.dealer, state.players[number - 1], standing)
    roster = state.roster or Hash(bytes(32))
    fresh = game.dealer.choice_key(state.game, 1, roster, number, next_choice).public().raw
    fresh_note = game.dealer.note_key(state.game, 1, roster, number, next_note).public().raw
    body = Refusal(
        game=state.game, by=game.dealer.key, seen=state.head, round=1, giver=number, gift=standing.post,
        choice_secret=Opened(choice.secret), note_secret=Opened(opened.secret) if note else None,
        next_choice=SealKey(fresh), next_note=SealKey(fresh_note) if note else None,
    )  # fmt: skip
    return but(body, **changes)


def bad_gifts(game: Simulator) -> dict[str, tuple[Any, bool]]:
    """Return gifts of Ann that may be refused, and whether the second key is needed to see it."""
    good = gift_with(game, "Ann")
    return {
        "choice box of noise": (but(good, choice=ChoiceBox(bytes(84))), False),
        "choice box for another giver": (but(good, choice=gift_with(game, "Bob").choice), False),
        "choice beyond the catalogue": (gift_with(game, "Ann", choice=len(game.state.create.catalogue)), False),
        "choice of the house": (gift_with(game, "Ann", choice=0xFFFFFFFF), False),
        "note box of noise": (but(good, note=NoteBox(bytes(608))), True),
        "note box for another giver": (but(good, note=gift_with(game, "Bob").note), True),
        "h of another choice": (but(good, h=gift_with(game, "Ann", choice=1).h), True),
        "h of another giver": (but(good, h=gift_with(game, "Bob").h), True),
        "h of nothing": (but(good, h=Hash(bytes(32))), True),
    }


@pytest.mark.parametrize("what", list(bad_gifts(accepted())))
def test_a_bad_gift_is_refused_with_as_few_keys_as_show_it(what: str) -> None:
    game = accepted()
    body, both = bad_gifts(game)[what]
    game.say("Ann", body)
    (mine,) = dealer.duties(game.state, game.dealer, game.now, game.entropy, game.memo)
    assert isinstance(mine, Refusal)
    assert (mine.note_secret is not None) is both
    game.deal_with(mine)
    state = game.state
    assert (state.gifts, state.refusals, state.faults) == ({}, {1: 1}, ())
    assert state.choice_keys[1] == mine.next_choice
    assert (state.note_keys[1] == mine.next_note) is both
    assert by_player(game, "Ann", but(body, seen=state.head)) == "ok"  # the rules take it; the dealer will refuse it
    assert game.owed("Ann") == player.Owed(choose=True)  # its owner must choose again
    game.intents["Ann"] = player.Intent(gift=1, refusals=1)
    game.run()
    assert game.state.phase is Phase.OVER
    assert game.state.faults == ()


def test_an_unfounded_refusal_leaves_the_gift_and_blames_the_dealer() -> None:
    for note in (False, True):
        game = given()
        standing = game.state.gifts[1]
        body = refusal(game, "Ann", note=note)
        assert by_dealer(game, body) == "ok"
        game.deal_with(body)
        state = game.state
        assert (state.gifts[1].body, state.gifts[1].contested) == (standing.body, True)
        assert state.refusals == {}
        (fault,) = state.faults
        assert (fault.code, fault.blame.party, fault.seq) == ("refusal.unfounded", Party.SERVER, len(state.chain) - 1)
        again = refusal(game, "Ann", note=note)
        assert by_dealer(game, but(again, next_choice=FRESH, next_note=FRESH_TOO if note else None)) == "refusal.again"
        game.run()
        assert game.state.phase is Phase.OVER


def test_h_cannot_be_refused_with_the_first_key_alone() -> None:
    game = accepted()
    game.say("Ann", gift_with(game, "Ann", h=Hash(bytes(32))))
    game.deal_with(refusal(game, "Ann"))
    assert [f.code for f in game.state.faults] == ["refusal.unfounded"]


def test_a_refusal_names_the_standing_gift() -> None:
    game = given()
    body = refusal(game, "Ann")
    assert by_dealer(game, body) == "ok"
    assert by_dealer(game, but(body, round=2)) == "round.wrong"
    assert by_dealer(game, but(body, giver=2)) == "refusal.no-gift"
    assert by_dealer(game, but(body, giver=5)) == "refusal.no-gift"
    assert by_dealer(game, but(body, giver=1000)) == "refusal.no-gift"
    assert by_dealer(game, but(body, gift=Hash(bytes(32)))) == "refusal.no-gift"
    old = game.state.gifts[1].post
    game.say("Ann", player.make_gift(game.state, game.players["Ann"], 3, "", game.entropy))
    assert by_dealer(game, but(refusal(game, "Ann"), gift=old)) == "refusal.no-gift"
    assert by_dealer(game, body) == "seen.too-old"


def test_a_refusal_publishes_the_keys_of_that_gift() -> None:
    game = given()
    one, two = refusal(game, "Ann"), refusal(game, "Ann", note=True)
    assert by_dealer(game, one) == by_dealer(game, two) == "ok"
    for body in (
        but(one, choice_secret=Opened(b"x" * 32)),
        but(one, choice_secret=refusal(game, "Bob").choice_secret),
        but(one, choice_secret=two.note_secret),
        but(one, next_note=FRESH),
        but(two, next_note=None),
        but(two, note_secret=Opened(b"x" * 32)),
        but(two, note_secret=two.choice_secret),
        but(two, choice_secret=Opened(b"x" * 32)),
    ):
        assert by_dealer(game, body) == "refusal.wrong-key"


def test_the_next_keys_are_new() -> None:
    game = given()
    one, two = refusal(game, "Ann"), refusal(game, "Ann", note=True)
    assert by_dealer(game, but(one, next_choice=FRESH)) == "ok"
    assert by_dealer(game, but(one, next_choice=game.state.choice_keys[1])) == "key.used"
    assert by_dealer(game, but(one, next_choice=game.state.players[3].gift_key)) == "key.used"
    assert by_dealer(game, but(two, next_note=two.next_choice)) == "key.used"
    assert by_dealer(game, but(two, next_note=game.state.note_keys[2])) == "key.used"
    game.deal_with(but(one, next_choice=FRESH))
    assert by_dealer(game, but(refusal_of_bob := refusal(game, "Bob"), next_choice=FRESH)) == "key.used"
    assert by_dealer(game, refusal_of_bob) == "ok"


def test_only_the_dealer_refuses() -> None:
    game = given()
    body = refusal(game, "Ann")
    assert by_organiser(game, but(body, by=game.organiser.key)) == "author.wrong"
    assert by_player(game, "Bob", but(body, by=game.players["Bob"].key)) == "author.wrong"


def test_a_gift_to_a_published_key_is_not_taken() -> None:
    """Sealed before the refusal was seen, its choice would be public at once."""
    game = accepted()
    game.say("Ann", gift_with(game, "Ann", choice=0xFFFF))
    before = game.state
    game.deal_with(dealt(game))
    late = but(gift_with(game, "Ann"), seen=before.head)
    assert by_player(game, "Ann", late) == "seen.too-old"
    assert by_player(game, "Ann", gift_with(game, "Ann")) == "ok"


def test_eight_refusals_are_enough() -> None:
    game = accepted()
    for _ in range(MAX_REFUSALS):
        body = gift_with(game, "Ann", choice=0xFFFF)
        assert by_player(game, "Ann", body) == "ok"
        game.say("Ann", body)
        game.deal_with(dealt(game))
    assert by_player(game, "Ann", gift_with(game, "Ann")) == "gift.refused-too-often"
    assert not game.owed("Ann").posts
    assert not game.owed("Ann").choose
    assert by_player(game, "Bob", owed(game, "Bob")) == "ok"


def test_a_refusal_may_come_after_the_close() -> None:
    game = given()
    game.memo[game.state.gifts[1].post] = dealer.OpenedGift(*giving.read_gift(*keys_of(game, 1)))
    game.say("Ann", gift_with(game, "Ann", choice=0xFFFF))
    game.organise(player.make_close(game.state, game.organiser.key))
    refused = dealt(game)
    assert isinstance(refused, Refusal)
    game.deal_with(refused)
    assert 1 not in game.state.gifts
    game.run()
    ann = dealer.recipients(game.state, game.dealer)[1]
    parcel = player.knowledge(game.state, game.players[game.state.players[ann - 1].name]).parcel
    assert parcel is not None
    assert parcel.gift is None  # the house gives


def keys_of(game: Simulator, number: int) -> Any:
    state = game.state
    giver, standing = state.players[number - 1], state.gifts[number]
    choice, note, _, _ = dealer._gift_keys(state, game.dealer, giver, standing)
    return state, giver, standing, choice, note


def test_reading_a_gift_says_what_is_wrong() -> None:
    game = given()
    state, giver, standing, choice, note = keys_of(game, 1)
    assert giving.read_gift(state, giver, standing, choice, note)[0].gift == 0
    with raises(VerificationError, "box.does-not-open"):
        giving.read_gift(state, giver, standing, note, choice)
    with raises(VerificationError, "box.does-not-open"):
        giving.read_choice(state, state.players[1], standing, choice)
    with raises(VerificationError, "gift.not-in-catalogue"):
        game.say("Ann", gift_with(game, "Ann", choice=len(state.create.catalogue)))
        giving.read_gift(*keys_of(game, 1))
    with raises(VerificationError, "gift.hash-wrong"):
        game.say("Ann", gift_with(game, "Ann", h=Hash(bytes(32))))
        giving.read_gift(*keys_of(game, 1))


# --- close --------------------------------------------------------------------------------------


def close(game: Simulator) -> Close:
    return Close(game=game.state.game, by=game.dealer.key, seen=game.state.head, round=1)


def test_the_server_closes_when_every_gift_is_in() -> None:
    game = accepted()
    for name in NAMES:
        assert by_dealer(game, close(game)) == "close.too-early"
        game.say(name, owed(game, name))
    assert by_dealer(game, close(game)) == "ok"
    assert by_dealer(game, but(close(game), round=2)) == "round.wrong"


@pytest.mark.parametrize(("choose_by", "limit"), [(0, 3_600_000), (10_000_000, 10_000_000)])
def test_the_server_closes_when_the_deadline_is_over(choose_by: int, limit: int) -> None:
    """Patience is the least time after the deal, however early the deadline was set."""
    start = game_at(Phase.CHOOSING).state.deal_at
    game = game_at(Phase.CHOOSING, choose_by=start + choose_by)
    game.now = start + limit - 1
    assert by_dealer(game, close(game)) == "close.too-early"
    game.now += 1
    assert by_dealer(game, close(game)) == "ok"


def test_without_a_deadline_the_server_waits_for_ever() -> None:
    game = accepted()
    game.now += 10**12
    assert by_dealer(game, close(game)) == "close.too-early"


def test_the_organiser_closes_at_any_time() -> None:
    game = game_at(Phase.CHOOSING)
    body = player.make_close(game.state, game.organiser.key)
    assert by_organiser(game, body) == "ok"
    assert by_player(game, "Ann", but(body, by=game.players["Ann"].key)) == "author.wrong"
    game.organise(body)
    assert by_organiser(game, player.make_close(game.state, game.organiser.key)) == "turn.wrong"


# --- delivery, receipt, call --------------------------------------------------------------------


def test_an_envelope_for_every_recipient() -> None:
    game = game_at(Phase.CLOSED)
    body = dealt(game)
    assert by_dealer(game, body) == "ok"
    for wrong in (b"", body.envelopes[:-612], body.envelopes + bytes(612)):
        assert by_dealer(game, but(body, envelopes=Envelopes(wrong))) == "delivery.count"
    assert by_dealer(game, but(body, round=2)) == "round.wrong"
    assert by_organiser(game, but(body, by=game.organiser.key)) == "author.wrong"


def test_nothing_is_delivered_before_the_close() -> None:
    game = given()
    body = dealer.make_delivery(game.state, game.dealer, game.memo)
    assert by_dealer(game, body) == "turn.wrong"


def test_a_receipt_is_given_once() -> None:
    game = game_at(Phase.DELIVERED)
    body = owed(game, "Ann")
    assert by_player(game, "Ann", body) == "ok"
    assert by_player(game, "Ann", but(body, round=2)) == "round.wrong"
    game.say("Ann", body)
    assert by_player(game, "Ann", but(body, seen=game.state.head)) == "receipt.twice"


def test_a_receipt_may_come_late() -> None:
    game = game_at(Phase.DELIVERED)
    game.organise(player.make_call(game.state, game.organiser.key))
    game.deal_with(dealt(game))
    assert game.state.phase is Phase.OVER
    assert by_player(game, "Ann", game.owed("Ann").posts[0]) == "ok"
    game.say("Ann", game.owed("Ann").posts[0])
    assert game.state.phase is Phase.OVER


def test_the_reveal_is_called_once_and_by_the_organiser() -> None:
    game = game_at(Phase.DELIVERED)
    body = player.make_call(game.state, game.organiser.key)
    assert by_organiser(game, body) == "ok"
    assert by_organiser(game, but(body, round=2)) == "round.wrong"
    assert by_player(game, "Ann", but(body, by=game.players["Ann"].key)) == "author.wrong"
    assert by_dealer(game, but(body, by=game.dealer.key)) == "author.wrong"
    game.organise(body)
    assert by_organiser(game, player.make_call(game.state, game.organiser.key)) == "call.twice"


def test_with_never_a_call_or_the_last_receipt_ends_the_game() -> None:
    called = game_at(Phase.DELIVERED, reveal="never")
    called.organise(player.make_call(called.state, called.organiser.key))
    assert called.state.phase is Phase.OVER
    waited = game_at(Phase.DELIVERED, reveal="never")
    for name in NAMES:
        assert waited.state.phase is Phase.DELIVERED
        waited.say(name, owed(waited, name))
    assert waited.state.phase is Phase.OVER
    assert dealer.duties(waited.state, waited.dealer, waited.now, waited.entropy) == ()


def test_the_fault_of_a_delivery_is_told_from_h_alone() -> None:
    one, two = Hash(b"1" * 32), Hash(b"2" * 32)
    assert giving.gift_fault(None, None) == giving.gift_fault(one, one) == ""
    assert giving.gift_fault(None, one) == "delivery.gift-from-nobody"
    assert giving.gift_fault(one, None) == "delivery.house-instead"
    assert giving.gift_fault(one, two) == "delivery.exchanged"


def test_a_note_box_for_the_dealer_holds_an_inner_box_of_any_content() -> None:
    """The dealer cannot read a note; a giver that seals noise is found by its recipient, not by the dealer."""
    game = accepted()
    game.say("Ann", gift_with(game, "Ann", inner=b"\x07" * 560))
    assert dealer.examine(game.state, game.dealer, game.state.players[0], {}) is None
    key = game.state.note_keys[1]
    assert len(seal(BoxKey.parse(key), bytes(560), b"")) == 608
