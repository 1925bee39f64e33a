"""One faulty party in a blind game, at every step and in every way: the game ends rightly, or stops with blame.

The faulty trustee is anyone, in any place of the chain. It is silent from a step on; or sends what the rules
refuse - a proof that was changed, and false values with a proof that is formed rightly - and is silent then; or
sends what is right after that, and nothing is lost. Time is moved on, so that the server closes what is late. With
four players three of four trustees are needed, so one may be lost at every step; while a deal is repaired seven
players have two to spare.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache, partial
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
from sealed_santa.crypto.elgamal import Cipher, embed
from sealed_santa.crypto.group import BASE
from sealed_santa.game import replay
from sealed_santa.game.batches import GIFT_COLUMNS, PIECE, Kind
from sealed_santa.game.mixing import mix_input
from sealed_santa.game.replay import as_recorded, fold
from sealed_santa.game.rules import apply
from sealed_santa.game.stages import the_batch
from sealed_santa.game.state import Phase, State
from sealed_santa.lab.simulator import Simulator
from sealed_santa.log.entry import sign_entry, sign_post
from sealed_santa.log.fields import Coin, Hash, Proof, Share, ShareBoxes
from sealed_santa.log.posts import Answer
from sealed_santa.roles import player, trustee
from transcripts.blind_forge import (
    coefficients,
    commit_polynomial,
    first_deck,
    forged_blinding,
    forged_envelope,
    forged_hand,
    forged_key,
    forged_mix,
    forged_opening,
    share_of,
)
from transcripts.forge import Forger

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


def falsify(game: Simulator, name: str, kind: str) -> Any:
    """Return a post with one false value, and the proof that an honest prover makes of it."""
    made = clone(game)
    made.__class__ = Forger
    assert isinstance(made, Forger)
    moved = Cipher(BASE, BASE)
    match kind:
        case "key":  # it does not know the last coefficient of its polynomial
            *points, last = commit_polynomial(coefficients(made, name))
            return forged_key(made, name, commitments=(*points, last + BASE))
        case "mix":  # one row is another one
            wanted = 0 if the_batch(game.state).decks else trustee.decks_wanted(game.state)
            rows = first_deck(lambda deck: (tuple(add(c, moved) for c in deck[0]), *deck[1:]))
            return forged_mix(made, name, before=mix_input(game.state, wanted), rows=rows)
        case "blinding":  # one test would not hit
            factors = range(2, 2 + len(the_batch(game.state).tests))
            return forged_blinding(made, name, factors, pairs=lambda pairs: (add(pairs[0], moved), *pairs[1:]))
        case "opening":
            return forged_opening(made, name, share=share_of(made, name) + 1)
        case "hand":
            return forged_hand(made, name, share=share_of(made, name) + 1)
    return forged_envelope(made, name, row=lambda row: (add(row[0], moved), *row[1:]))


def add(one: Cipher, other: Cipher) -> Cipher:
    return Cipher(one.u + other.u, one.v + other.v)


Stop = Callable[[Simulator, Any], bool]  # asked before the faulty party posts something


def play(game: Simulator, faulty: str, stop: Stop, silent: Sequence[str] = (), end: Sequence[Phase] = ()) -> bool:
    """Play to where nobody moves any more; return whether it was stopped before.

    The faulty party is asked first each time, so that it is its turn wherever it can be.
    """
    length = -1
    while not game.state.over and len(game.entries) > length:
        length = len(game.entries)
        for late in (0, 2 * PATIENCE):
            game.now += late
            moved = True
            while moved and not game.state.over:
                moved = keep(game)
                for name in (faulty, *(n for n in game.players if n != faulty)):
                    if game.state.phase in end:
                        return False
                    posts = () if name in silent else game.owed(name).posts
                    if not posts:
                        continue
                    if name == faulty and stop(game, posts[0]):
                        return True
                    game.say(name, posts[0])
                    moved = True
        if game.state.phase is P.DELIVERED:
            game.organise(player.make_call(game.state, game.organiser.key))
    return False


@cache
def _turn(step: str, faulty: str) -> Simulator:
    if step in STEPS:
        game = blind_at("coins", choose_by=1)
    else:  # a bridge may end in new cards; this one does not
        game = leaving(blind_at("choosing", SEVEN, "repair 0", blind=FEW, choose_by=1), "Bob")
    kind, here, _ = {**STEPS, **REPAIR}[step]
    assert play(game, faulty, lambda game, body: tag(body) == kind and here(game.state))
    return game


def turn(step: str, faulty: str) -> Simulator:
    """Return a game in which it is the faulty party's turn to do a step. Cached, and cloned."""
    return clone(_turn(step, faulty))


def attempts(game: Simulator, step: str, faulty: str) -> list[str]:
    """Return the verdicts on what a faulty party may send in this step instead of what it owes."""
    kind = {**STEPS, **REPAIR}[step][0]
    posts = (spoil(game.owed(faulty).posts[0]), falsify(game, faulty, kind))
    return [by_player(game, faulty, body) for body in posts]


def inflict(game: Simulator, step: str, faulty: str, fault: str, end: Sequence[Phase] = ()) -> None:
    """Let a party fail in a step, and the others play on."""
    if fault != "silent":
        assert attempts(game, step, faulty) == [{**STEPS, **REPAIR}[step][2]] * 2
    if fault == "mended":
        game.say(faulty, game.owed(faulty).posts[0])
    play(game, faulty, lambda game, body: False, () if fault == "mended" else (faulty,), end)


def check_right(game: Simulator) -> None:
    """The game is over, and its pairs are a permitted assignment of the players who are there."""
    state, pairs = game.state, blind(game).pairs
    here = [p.number for p in state.players if p.number not in blind(game).gone]
    assert state.phase is P.OVER
    assert [g for g, _ in pairs] == sorted(r for _, r in pairs) == here
    assert not set(pairs) & set(state.forbidden)
    assert fold(game.entries, settle=as_recorded) == state  # all equations were checked when the posts were ordered


def in_turn(steps: Mapping[str, Any], who: Sequence[str], first: int = 0) -> list[tuple[str, str]]:
    """Return each step with one party, another one each time."""
    return [(step, who[(i + first) % len(who)]) for i, step in enumerate(sorted(steps))]


SEATS = ("Ann", "Gus", "Cem")  # first, last and in the middle of the six who are left
QUICK = [*in_turn(STEPS, NAMES), *in_turn(REPAIR, SEATS)]


def cases(steps: Mapping[str, Any], who: Sequence[str]) -> list[Any]:
    """Return who fails how in which step: everybody in each is refused, one in each is silent, one mends its post."""
    refused = [(step, "refused", name) for step in sorted(steps) for name in who]
    others = [(step, "silent", name) for step, name in in_turn(steps, who, 1)]
    others += [(step, "mended", name) for step, name in in_turn(steps, who, 2)]
    quick = [(step, "refused", name) for step, name in QUICK] + [("mix of cards", "mended", "Cem")]
    return [pytest.param(*case, marks=() if case in quick else pytest.mark.slow) for case in (*refused, *others)]


@pytest.mark.parametrize(("step", "fault", "faulty"), cases(STEPS, NAMES))
def test_one_party_that_fails_at_any_step_stops_nothing(step: str, fault: str, faulty: str) -> None:
    game = turn(step, faulty)
    inflict(game, step, faulty, fault)
    check_right(game)
    assert game.state.faults == ()
    gave = fault == "mended" or step in ("mix of gifts", "opening of gifts", "reveal")
    others = {1, 2, 3, 4} - {me(game, faulty).number}
    assert set(blind(game).givers) == ({1, 2, 3, 4} if gave else others)


@pytest.mark.parametrize(("step", "fault", "faulty"), cases(REPAIR, SEATS))
def test_one_trustee_that_fails_while_a_deal_is_repaired(step: str, fault: str, faulty: str) -> None:
    """Of seven one has left, and five of the other six go on: to a deal that all who are left can read."""
    game = turn(step, faulty)
    inflict(game, step, faulty, fault, end=(P.CHOOSING,))
    assert game.state.phase is P.CHOOSING
    pairs = secret_pairs(game)
    assert sorted(pairs) == sorted(pairs.values()) == [1, 3, 4, 5, 6, 7]
    assert not any(giver == to for giver, to in pairs.items())
    assert game.state.faults == ()


@pytest.mark.parametrize(
    ("step", "faulty"),
    [
        ("mix of a bridge", "Gus"),
        pytest.param("opening of an order", "Ann", marks=pytest.mark.slow),
        pytest.param("blinding of a screen", "Cem", marks=pytest.mark.slow),
    ],
)
def test_a_game_whose_repair_lost_a_trustee_is_played_to_its_end(step: str, faulty: str) -> None:
    game = turn(step, faulty)
    inflict(game, step, faulty, "refused")
    check_right(game)
    assert {g for g, _ in blind(game).pairs} == {1, 3, 4, 5, 6, 7}
    assert game.state.faults == ()


@pytest.mark.parametrize(("step", "faulty"), QUICK)
def test_what_is_refused_is_refused_for_its_equations_alone(
    monkeypatch: pytest.MonkeyPatch, step: str, faulty: str
) -> None:
    """A judge that left them out would take both posts, and the tests above would notice."""
    game = turn(step, faulty)
    monkeypatch.setattr(replay, "apply", partial(apply, settle=as_recorded))
    assert attempts(game, step, faulty) == ["ok", "ok"]


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


def wrong_coins(game: Simulator, faulty: str) -> list[str]:
    """Return the verdicts on another coin than the one that the join committed to, and on one for another roster."""
    body = game.owed(faulty).posts[0]
    assert tag(body) == "coin"
    others = (but(body, coin=Coin(bytes(32))), but(body, coin=Coin(body.coin[::-1])), but(body, roster=Hash(bytes(32))))
    return [by_player(game, faulty, other) for other in others]


@pytest.mark.parametrize(
    ("fault", "faulty"), [("silent", "Eve"), ("refused", "Ann")]
)
def test_a_coin_withheld_or_wrong_is_dropped_and_its_player_with_it(fault: str, faulty: str) -> None:
    game = blind_at("coins", (*NAMES, "Eve"), choose_by=1)
    if fault == "refused":
        assert wrong_coins(game, faulty) == ["coin.wrong", "coin.wrong", "coin.roster"]
    advance(game, lambda s: False, silent=(faulty,))
    assert game.state.phase is P.COINS
    drop = player.make_drop(game.state, game.organiser.key, (me(game, faulty),))
    assert by_organiser(game, drop) == "drop.too-early"
    game.now += 2 * PATIENCE
    game.organise(player.make_drop(game.state, game.organiser.key, (me(game, faulty),)))
    game.run(silent=(faulty,))
    check_right(game)
    assert game.state.rounds[0].dropped == (faulty,)


def test_a_wrong_coin_and_then_the_right_one_cost_nothing() -> None:
    game = blind_at("coins", (*NAMES, "Eve"), choose_by=1)
    advance(game, lambda s: False, silent=("Bob",))
    assert wrong_coins(game, "Bob") == ["coin.wrong", "coin.wrong", "coin.roster"]
    game.run()
    check_right(game)
    assert [r.dropped for r in game.state.rounds] == []
    assert len(game.state.players) == 5


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
        replay.step(forced.state, forced.entries[-1])
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
            replay.step(game.state, entry)
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
        replay.step(game.state, game.entries[-1])
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
