"""One faulty party in a blind game, at every step and in every way: the game ends rightly, or stops with blame.

The faulty trustee sends something wrong, which the rules refuse, and is silent from then on; or is silent
at once. Time is moved on, so that the server closes what is late. With four players three of four trustees
are needed, so one may be lost at every step; while a deal is repaired seven players have two to spare.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from blind_cases import (
    PATIENCE,
    THREE_DECKS,
    advance,
    at_batch,
    blind,
    blind_at,
    by_close,
    close,
    envelope_of,
    keep,
    leaving,
    me,
    other_scalar,
    secret_pairs,
)
from game_cases import NAMES, but, by_organiser, by_player, clone, dispute, raises
from sealed_santa.base.errors import Certainty, IllegalPost, Party, SantaError, VerificationError
from sealed_santa.crypto.elgamal import embed
from sealed_santa.crypto.group import BASE
from sealed_santa.game.batches import GIFT_COLUMNS, PIECE, Kind
from sealed_santa.game.replay import fold
from sealed_santa.game.state import Phase, State
from sealed_santa.lab.simulator import Simulator
from sealed_santa.log.entry import sign_entry, sign_post
from sealed_santa.log.fields import Proof, Share, ShareBoxes
from sealed_santa.log.posts import Answer
from sealed_santa.roles import player

P = Phase
SEVEN = (*NAMES, "Eve", "Fay", "Gus")
FEW = but(THREE_DECKS, batch_tests=28)
FAULTY = "Cem"

STEPS: dict[str, tuple[str, Callable[[State], bool], str]] = {  # the post, when it is this step, the code of a bad one
    "key": ("key", lambda s: True, "key.possession"),
    "mix of cards": ("mix", at_batch(Kind.CARDS), "mix.proof-wrong"),
    "blinding": ("blinding", at_batch(Kind.CARDS, P.BLINDING), "blinding.proof-wrong"),
    "opening": ("opening", at_batch(Kind.CARDS, P.OPENING), "opening.proof-wrong"),
    "hand": ("hand", lambda s: True, "hand.proof-wrong"),
    "envelope": ("envelope", lambda s: True, "envelope.proof-wrong"),
    "mix of gifts": ("mix", at_batch(Kind.GIFTS), "mix.proof-wrong"),
    "opening of gifts": ("opening", at_batch(Kind.GIFTS, P.OPENING), "opening.proof-wrong"),
    "reveal": ("opening", at_batch(Kind.REVEAL, P.REVEALING), "opening.proof-wrong"),
}
REPAIR: dict[str, tuple[str, Callable[[State], bool], str]] = {
    "mix of a bridge": ("mix", at_batch(Kind.BRIDGE), "mix.proof-wrong"),
    "blinding of a bridge": ("blinding", at_batch(Kind.BRIDGE, P.BLINDING), "blinding.proof-wrong"),
    "opening of a bridge": ("opening", at_batch(Kind.BRIDGE, P.OPENING), "opening.proof-wrong"),
    "mix of an order": ("mix", at_batch(Kind.ORDER), "mix.proof-wrong"),
    "opening of an order": ("opening", at_batch(Kind.ORDER, P.OPENING), "opening.proof-wrong"),
    "blinding of a screen": ("blinding", at_batch(Kind.SCREEN, P.BLINDING), "blinding.proof-wrong"),
    "opening of a screen": ("opening", at_batch(Kind.SCREEN, P.OPENING), "opening.proof-wrong"),
}


def tag(body: Any) -> str:
    return str(body.__struct_config__.tag)


def spoil(body: Any) -> Any:
    """Return the post with one scalar of its proof changed."""
    name = {"key": "possession", "mix": "proofs"}.get(tag(body), "proof")
    return but(body, **{name: Proof(other_scalar(getattr(body, name), -1))})


def play(game: Simulator, step: str, fault: str, faulty: str = FAULTY, steps: Any = STEPS) -> list[str] | None:
    """Play a game to where nobody moves any more; return with which codes the faulty party's posts were refused.

    The faulty party is asked first each time, so that it is its turn wherever it can be; None if it never was.
    """
    kind, here, _ = steps[step]
    refused: list[str] = []
    silent: list[str] = []
    length = -1
    while not game.state.over and len(game.entries) > length:
        length = len(game.entries)
        for late in (0, 2 * PATIENCE):
            game.now += late
            moved = True
            while moved and not game.state.over:
                moved = keep(game)
                for name in (faulty, *(n for n in game.players if n != faulty)):
                    posts = game.owed(name).posts
                    if not posts or name in silent:
                        continue
                    if name == faulty and tag(posts[0]) == kind and here(game.state):
                        if fault == "wrong":
                            refused.append(by_player(game, name, spoil(posts[0])))
                        silent.append(name)
                        continue
                    game.say(name, posts[0])
                    moved = True
        if game.state.phase is P.DELIVERED:
            game.organise(player.make_call(game.state, game.organiser.key))
    return refused if silent else None


def check_right(game: Simulator) -> None:
    """The game is over, and its pairs are a permitted assignment of the players who are there."""
    state, pairs = game.state, blind(game).pairs
    here = [p.number for p in state.players if p.number not in blind(game).gone]
    assert state.phase is P.OVER
    assert [g for g, _ in pairs] == sorted(r for _, r in pairs) == here
    assert not set(pairs) & set(state.forbidden)
    assert game.replay() == state


@pytest.mark.parametrize("fault", ["silent", "wrong"])
@pytest.mark.parametrize("step", sorted(STEPS))
def test_one_trustee_lost_at_any_step_stops_nothing(step: str, fault: str) -> None:
    game = blind_at("coins", choose_by=1)
    refused = play(game, step, fault)
    assert refused == ([STEPS[step][2]] if fault == "wrong" else [])
    check_right(game)
    assert game.state.faults == ()
    assert (3 in blind(game).givers) == (step in ("mix of gifts", "opening of gifts", "reveal"))


@pytest.mark.parametrize("step", sorted(REPAIR))
def test_one_trustee_lost_while_a_deal_is_repaired(step: str) -> None:
    """Of seven one has left, and five of the other six go on."""
    for k in range(12):  # until there is a repair with this step: a bridge may end in new cards
        game = leaving(blind_at("choosing", SEVEN, f"repair {k}", blind=FEW, choose_by=1), "Bob")
        refused = play(game, step, "wrong", steps=REPAIR)
        if refused is not None:
            break
    assert refused == [REPAIR[step][2]]
    check_right(game)
    assert {g for g, _ in blind(game).pairs} == {1, 3, 4, 5, 6, 7}
    assert game.state.faults == ()


def test_two_lost_of_four_stop_the_game_and_nothing_is_opened() -> None:
    for phase in ("mixing", "blinding", "opening", "dealing", "gifts", "revealing"):
        game = blind_at(phase, choose_by=1)
        before = (len(blind(game).past), blind(game).pairs, blind(game).boxes)
        for _ in range(3):
            game.now += 2 * PATIENCE
            advance(game, lambda s: False, silent=("Cem", "Dot"))
        assert game.state.phase is P(phase if phase != "gifts" else "mixing")
        assert (len(blind(game).past), blind(game).pairs, blind(game).boxes) == before
        assert not game.state.over


# --- keys ---------------------------------------------------------------------------------------


def bad_shares(game: Simulator, victims: tuple[int, ...]) -> None:
    """Let all post their keys, the faulty one with boxes that do not open for some."""
    for name in NAMES:
        (body,) = game.owed(name).posts
        if name == FAULTY:
            boxes = [bytes(80) if j in victims else box for j, box in enumerate(body.shares.units(), 1)]
            body = but(body, shares=ShareBoxes(b"".join(boxes)))
        game.say(name, body)


@pytest.mark.parametrize("victims", [(1,), (1, 2), (1, 2, 4)])
def test_bad_shares_that_are_answered_rightly_cost_nothing(victims: tuple[int, ...]) -> None:
    game = blind_at("keys", choose_by=1)
    bad_shares(game, victims)
    game.run()
    check_right(game)
    assert set(blind(game).published) == {(j, 3) for j in victims}
    assert game.state.faults == ()


@pytest.mark.parametrize("victims", [(1,), (1, 2, 4)])
def test_bad_shares_that_are_answered_wrongly_are_proven(victims: tuple[int, ...]) -> None:
    game = blind_at("keys", choose_by=1)
    bad_shares(game, victims)
    while (FAULTY not in [n for n in NAMES if any(isinstance(b, Answer) for b in game.owed(n).posts)]):
        for name in NAMES:
            if name != FAULTY and game.owed(name).posts:
                game.say(name, game.owed(name).posts[0])
    body = game.owed(FAULTY).posts[0]
    assert isinstance(body, Answer)
    game.say(FAULTY, but(body, share=Share((1).to_bytes(32, "little"))))
    while not game.state.over:
        game.now += 2 * PATIENCE
        advance(game, lambda s: s.phase is P.DELIVERED, silent=(FAULTY,))
        if game.state.phase is P.DELIVERED:
            game.organise(player.make_call(game.state, game.organiser.key))
            advance(game, lambda s: s.over, silent=(FAULTY,))
    check_right(game)
    (fault,) = game.state.faults
    assert (fault.code, fault.blame.party, fault.blame.who, fault.blame.certainty) == (
        "share.wrong", Party.PLAYER, FAULTY, Certainty.PROVEN
    )  # fmt: skip


@pytest.mark.parametrize("victims", [(1,), (1, 2, 4)])
def test_bad_shares_that_are_not_answered_are_somebody_s_fault(victims: tuple[int, ...]) -> None:
    """The faulty trustee is silent, or the server withholds its answer, or the complaint is false: nobody can tell."""
    game = blind_at("keys", choose_by=1)
    bad_shares(game, victims)
    while not game.state.over:
        game.now += 2 * PATIENCE
        advance(game, lambda s: s.phase is P.DELIVERED, silent=(FAULTY,))
        if game.state.phase is P.DELIVERED:
            game.organise(player.make_call(game.state, game.organiser.key))
            advance(game, lambda s: s.over, silent=(FAULTY,))
    check_right(game)
    assert blind(game).found_out == {3}
    assert [f.blame.who for f in game.state.faults] == [f"{FAULTY} or {NAMES[j - 1]}" for j in victims]
    assert {(f.code, f.blame.party, f.blame.certainty) for f in game.state.faults} == {
        ("share.missing", Party.PLAYER_OR_SERVER, Certainty.SUSPECTED)
    }


def test_a_coin_withheld_is_dropped_and_its_player_with_it() -> None:
    game = blind_at("coins", (*NAMES, "Eve"), choose_by=1)
    advance(game, lambda s: False, silent=("Eve",))
    assert game.state.phase is P.COINS
    drop = player.make_drop(game.state, game.organiser.key, (me(game, "Eve"),))
    assert by_organiser(game, drop) == "drop.too-early"
    game.now += 2 * PATIENCE
    game.organise(player.make_drop(game.state, game.organiser.key, (me(game, "Eve"),)))
    game.run(silent=("Eve",))
    check_right(game)
    assert game.state.rounds[0].dropped == ("Eve",)


# --- equivocation -------------------------------------------------------------------------------


@pytest.mark.parametrize("step", sorted({**STEPS, "receipt": None}))
def test_who_says_two_things_is_heard_once(step: str) -> None:
    """Two posts of one kind with honest proofs and signatures: the second is refused, or replaces an envelope."""
    place = {
        "key": "keys", "mix of cards": "mixing", "blinding": "blinding", "opening": "opening", "hand": "dealing",
        "envelope": "choosing", "mix of gifts": "gifts", "reveal": "revealing", "receipt": "delivered",
        "opening of gifts": "gifts",
    }[step]  # fmt: skip
    game = blind_at(place)
    if step == "opening of gifts":
        advance(game, at_batch(Kind.GIFTS, P.OPENING))
    first = game.owed(FAULTY).posts[0]
    game.entropy = lambda size: b"e" * size  # other masks: another post, as honest as the first
    second = but(game.owed(FAULTY).posts[0], seen=game.state.head)
    game.say(FAULTY, first)
    later = but(second, seen=game.state.head)
    code = by_player(game, FAULTY, later)
    assert code == {"key": "key.twice", "receipt": "receipt.twice", "envelope": "ok"}.get(step, f"{tag(first)}.twice")
    game.run()
    check_right(game)


# --- gifts --------------------------------------------------------------------------------------


def pieces(box: bytes) -> list[Any]:
    return [embed(box[PIECE * c : PIECE * (c + 1)]) for c in range(GIFT_COLUMNS)]


@pytest.mark.parametrize("content", ["nothing that opens", "points that carry nothing"])
def test_a_giver_that_sends_nothing_is_named_by_the_reveal(content: str) -> None:
    game = blind_at("choosing")
    victim = game.state.players[secret_pairs(game)[3] - 1].name
    wrong = pieces(b"\x07" * 240) if content == "nothing that opens" else [(k + 2) * BASE for k in range(8)]
    game.say(FAULTY, envelope_of(game, FAULTY, wrong))
    advance(game, lambda s: s.phase is P.DELIVERED)
    assert game.owed(victim).wrong is not None
    game.run()
    check_right(game)
    (fault,) = game.state.faults
    assert (fault.code, fault.blame.party, fault.blame.who, fault.blame.certainty) == (
        "gift.missing", Party.PLAYER, FAULTY, Certainty.PROVEN
    )  # fmt: skip


def test_a_false_dispute_is_its_author_s_fault_and_stops_nothing() -> None:
    game = blind_at("delivered")
    game.say(FAULTY, dispute(game, FAULTY, "delivery", gift=game.players[FAULTY].gift.secret))
    game.run()
    check_right(game)
    (fault,) = game.state.faults
    assert (fault.code, fault.blame.who, fault.blame.certainty) == ("dispute.unfounded", FAULTY, Certainty.PROVEN)


def test_who_withholds_its_receipt_is_called_over() -> None:
    game = blind_at("delivered")
    advance(game, lambda s: False, silent=(FAULTY,))
    assert game.state.phase is P.DELIVERED
    game.organise(player.make_call(game.state, game.organiser.key))
    advance(game, lambda s: s.over, silent=(FAULTY,))
    check_right(game)


# --- the server ---------------------------------------------------------------------------------

EVERYWHERE = (
    "coins", "keys", "mixing", "blinding", "opening", "dealing", "choosing", "gifts", "delivered", "revealing",
)  # fmt: skip


@pytest.mark.parametrize("place", EVERYWHERE)
def test_the_server_closes_nothing_early(place: str) -> None:
    """As soon as a phase has begun; t mixes or all envelopes but one change nothing."""
    game = blind_at(place, choose_by=2**50, reveal_at=None if place == "revealing" else 2**50)
    early = ("close.too-early", "close.too-few", "turn.wrong")
    for name in NAMES[:3]:
        assert by_close(game, True) in early
        if game.owed(name).posts and game.state.phase in (P.KEYS, P.MIXING, P.CHOOSING, P.DELIVERED):
            game.say(name, game.owed(name).posts[0])
    assert by_close(game, True) in early
    forced = clone(game)
    forced.force(sign_post(close(forced, forced.dealer.key), forced.server))
    with pytest.raises(IllegalPost) as caught:
        fold(forced.entries)
    assert (caught.value.blame.party, caught.value.blame.certainty) == (Party.SERVER, Certainty.PROVEN)


@pytest.mark.parametrize("place", EVERYWHERE)
def test_entries_are_not_dated_back(place: str) -> None:
    """An early date would make a deadline look as if it were not over, or an answer as if it were in time."""
    game = blind_at(place)
    post = sign_post(game.owed("Ann").posts[0], game.players["Ann"].signing)
    last = game.entries[-1]
    for at in (last.at - 1, 0):
        entry = sign_entry(last.seq + 1, at, last.hash, post, game.server)
        with pytest.raises(VerificationError) as caught:
            fold([*game.entries, entry])
        assert (caught.value.code, caught.value.blame.party) == ("chain.time", Party.SERVER)


@pytest.mark.parametrize("place", EVERYWHERE)
def test_a_server_that_lies_about_the_time_only_shortens_waiting(place: str) -> None:
    """With a clock that runs ahead it closes without who was slow, and never with fewer than the rules ask for."""
    game = blind_at(place, choose_by=1)
    for _ in range(12):
        game.now += 2 * PATIENCE
        keep(game)
        advance(game, lambda s: s.over, silent=("Dot",))
    if game.state.phase is P.DELIVERED:
        game.organise(player.make_call(game.state, game.organiser.key))
        advance(game, lambda s: s.over, silent=("Dot",))
    if place == "coins":  # nobody is dropped but by the organiser
        assert game.state.phase is P.COINS
        return
    check_right(game)


@pytest.mark.parametrize("place", EVERYWHERE)
def test_what_the_server_puts_in_against_the_rules_is_its_own_fault(place: str) -> None:
    game = blind_at(place)
    body = but(game.owed("Ann").posts[0], round=2)
    game.force(sign_post(body, game.players["Ann"].signing))
    with pytest.raises(SantaError) as caught:
        fold(game.entries)
    assert (caught.value.code, caught.value.blame.party) == ("round.wrong", Party.SERVER)


# --- the organiser ------------------------------------------------------------------------------


@pytest.mark.parametrize("place", EVERYWHERE)
def test_the_organiser_drops_nobody_early(place: str) -> None:
    game = blind_at(place)
    for p in game.state.players:
        drop = player.make_drop(game.state, game.organiser.key, (p,))
        assert by_organiser(game, drop) in ("drop.too-early", "drop.players", "turn.wrong")
    game.now += 10 * PATIENCE
    drop = player.make_drop(game.state, game.organiser.key, game.state.players[2:3])
    code = by_organiser(game, drop)
    assert code == {"coins": "ok", "choosing": "ok", "gifts": "drop.players"}.get(place, "turn.wrong")


def test_an_organiser_that_closes_at_once_gets_a_game_of_house_gifts() -> None:
    game = blind_at("choosing")
    with raises(IllegalPost, "author.wrong"):
        game.say("Ann", close(game, game.players["Ann"].key))
    game.organise(close(game, game.organiser.key))
    game.run()
    check_right(game)
    assert blind(game).boxes == ()
