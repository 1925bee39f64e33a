"""The judge of blind games: the table of the page, the order of refusals, `seen`, posts of the other mode."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any

import pytest

from blind_cases import PATIENCE, advance, blind, blind_at, bridged, close, receipt
from game_cases import (
    NAMES,
    but,
    by_dealer,
    by_organiser,
    by_player,
    clone,
    dispute,
    facts,
    fresh_signer,
    game_at,
    oldest,
    owed,
    raises,
    stranger_to,
    verdict,
)
from sealed_santa.base.errors import IllegalPost, ProofError
from sealed_santa.crypto.signing import SigningKey
from sealed_santa.game.batches import Kind
from sealed_santa.game.replay import fold, judge
from sealed_santa.game.rules import BLIND, SEALED, TABLES, apply
from sealed_santa.game.state import Phase
from sealed_santa.lab.simulator import Simulator, played
from sealed_santa.log.entry import sign_post
from sealed_santa.log.fields import Proof, Share, SignKey
from sealed_santa.log.posts import Answer, Complaint, Create, Post
from sealed_santa.roles import player

P = Phase
EIGHT = tuple("ABCDEFGH")
PLACES = (
    "joining", "coins", "keys", "mixing", "blinding", "opening", "dealing", "choosing", "gifts", "delivered",
    "revealing", "over",
)  # fmt: skip
LATE = "delivered revealing over"
PAGE = {  # docs/protocol.md, section 11.3, spelt out a second time on purpose; "gifts" is the mixing of gifts
    "join": [("newcomer", "joining")],
    "start": [("player organiser", "joining")],
    "leave": [("player", "joining choosing gifts")],
    "coin": [("player", "coins")],
    "drop": [("organiser", "coins choosing gifts"), ("player", "choosing gifts")],
    "key": [("player", "coins keys")],
    "complaint": [("player", "mixing blinding opening dealing choosing gifts revealing")],
    "answer": [("player", "mixing blinding opening dealing choosing gifts revealing")],
    "mix": [("player", "mixing gifts")],
    "blinding": [("player", "blinding")],
    "opening": [("player", "opening revealing")],
    "hand": [("player", "dealing")],
    "envelope": [("player", "choosing")],
    "close": [("organiser server", "keys mixing blinding opening dealing choosing gifts"), ("server", "delivered")],
    "receipt": [("player", LATE)],
    "call": [("organiser", "delivered")],
    "dispute": [("player", LATE)],
}
REFUSED_LATER = {("drop", "player", "gifts")}  # the table lets it pass, and the rules of 11.7 say turn.wrong


@cache
def samples() -> dict[str, Any]:
    """Return one honest body of every type of a blind game; only the types matter."""
    found: dict[str, Any] = {}
    for entry in blind_at("over").entries[1:]:
        found.setdefault(entry.post.body.__struct_config__.tag, entry.post.body)
    game = blind_at("choosing")
    state, by = game.state, game.organiser.key
    found["leave"] = player.make_leave(state, by)
    found["drop"] = player.make_drop(state, by, state.players[:1])
    found["call"] = player.make_call(state, by)
    found["dispute"] = dispute(game, "Ann", "delivery", gift=game.players["Ann"].gift.secret)
    found["complaint"] = complaint(game, "Ann", 2)
    found["answer"] = answer(game, "Ann", 2)
    return found


def complaint(game: Simulator, name: str, accused: int) -> Complaint:
    state = game.state
    return Complaint(
        game=state.game, by=game.players[name].key, seen=state.head, round=max(1, state.round), accused=accused
    )


def answer(game: Simulator, name: str, accuser: int, share: bytes = bytes(32)) -> Answer:
    state = game.state
    return Answer(
        game=state.game, by=game.players[name].key, seen=state.head, round=max(1, state.round), accuser=accuser,
        share=Share(share),
    )  # fmt: skip


# --- the table ----------------------------------------------------------------------------------


def test_the_table_has_every_type_of_the_page() -> None:
    assert {kind.__struct_config__.tag for kind in BLIND} == set(PAGE) == set(samples())
    assert set(SEALED) | set(BLIND) == set(Post.__args__) - {Create}
    assert set(TABLES) == {"sealed", "blind"}


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("kind", sorted(PAGE))
def test_who_may_say_what_when(kind: str, place: str) -> None:
    """Every type, phase and author; what the table lets pass is then judged by other rules."""
    game = blind_at(place)
    authors: dict[str, SigningKey] = {
        "newcomer": fresh_signer("stranger"), "player": game.players["Ann"].signing,
        "organiser": game.organiser.signing, "server": game.server,
    }  # fmt: skip
    rows = [(roles.split(), places.split()) for roles, places in PAGE[kind]]
    for role, key in authors.items():
        body = but(samples()[kind], game=game.state.game, by=SignKey(key.public().raw), seen=game.state.head)
        code = verdict(game, body, key, game.invite if kind == "join" else None)
        if (kind, role, place) in REFUSED_LATER:
            assert code == "turn.wrong", role
        elif any(role in roles and place in places for roles, places in rows):
            assert code not in ("author.wrong", "turn.wrong"), role
        elif not any(role in roles for roles, _ in rows) or any(place in places for _, places in rows):
            assert code == "author.wrong", role
        else:
            assert code == "turn.wrong", role


@pytest.mark.parametrize("kind", [Kind.BRIDGE, Kind.ORDER])
def test_while_a_deal_is_repaired_trustees_work_and_nobody_else_goes(kind: Kind) -> None:
    game = bridged(kind)
    assert by_player(game, "Ann", player.make_leave(game.state, game.players["Ann"].key)) == "turn.wrong"
    drop = player.make_drop(game.state, game.organiser.key, game.state.players[:1])
    assert by_organiser(game, drop) == "turn.wrong"
    assert by_player(game, "Ann", owed(game, "Ann")) == "ok"


@pytest.mark.parametrize("kind", sorted(PAGE))
def test_a_void_game_takes_nothing(kind: str) -> None:
    game = blind_at("keys")
    game.now += 2 * PATIENCE
    game.organise(close(game, game.organiser.key))
    assert game.state.phase is P.VOID
    for key in (game.players["Ann"].signing, game.organiser.signing, game.server, fresh_signer("stranger")):
        body = but(samples()[kind], game=game.state.game, by=SignKey(key.public().raw), seen=game.state.head)
        assert verdict(game, body, key, game.invite if kind == "join" else None) in ("author.wrong", "turn.wrong")


# --- posts of the other mode --------------------------------------------------------------------


def test_posts_of_sealed_games_are_none_of_a_blind_one_and_the_reverse() -> None:
    for own, other in ((blind_at("choosing"), game_at(P.OVER)), (game_at(P.CHOOSING), blind_at("over"))):
        table = TABLES[own.state.create.mode]
        kinds = set()
        for entry in other.entries[1:]:
            body: Any = entry.post.body
            if type(body) not in table:
                kinds.add(body.__struct_config__.tag)
                for key in (own.players["Ann"].signing, own.server, fresh_signer("a stranger")):
                    alien = but(body, game=own.state.game, by=SignKey(key.public().raw), seen=own.state.head)
                    assert verdict(own, alien, key) == "mode.wrong"
        sealed = own.state.create.mode == "sealed"
        assert kinds == (
            {"key", "mix", "blinding", "opening", "hand", "envelope"} if sealed
            else {"deck", "deal", "accept", "gift", "delivery", "reveal"}
        )  # fmt: skip


def test_the_mode_is_judged_after_game_and_replay_and_before_anything_else() -> None:
    game = game_at(P.CHOOSING)
    body = but(samples()["mix"], by=game.players["Ann"].key, seen=game.state.head)
    assert by_player(game, "Ann", body) == "game.wrong"
    assert by_player(game, "Ann", but(body, game=game.state.game, round=60, batch=9)) == "mode.wrong"
    with raises(IllegalPost, "post.replayed"):
        judge(game.state, game.entries[-1].post, game.now)


# --- the order of refusals ----------------------------------------------------------------------


@pytest.mark.parametrize("place", ["coins", "mixing", "blinding", "opening", "dealing", "choosing", "gifts"])
def test_round_then_trustee_then_batch(place: str) -> None:
    game = blind_at(place)
    if place == "coins":
        advance(game, lambda s: len(s.coins) == 2)
    name = next(n for n in NAMES if game.owed(n).posts and not hasattr(game.owed(n).posts[0], "coin"))
    body = owed(game, name)
    assert by_player(game, name, body) == "ok"
    spoilt = {f: v for f, v in (("batch", 99), ("proof", Proof(b"")), ("proofs", Proof(b""))) if hasattr(body, f)}
    assert by_player(game, name, but(body, round=2, **spoilt)) == "round.wrong"
    if "batch" in spoilt:
        for wrong in (0, body.batch + 1, body.batch - 1, 256, 1_000_000):
            assert by_player(game, name, but(body, **(spoilt | {"batch": wrong}))) == "batch.wrong"
    game.current = replace(game.state, blind=replace(blind(game), out=frozenset({1, 2, 3, 4})))
    expected = "batch.wrong" if place == "choosing" and "batch" in spoilt else "trustee.not"
    assert by_player(game, name, but(body, **spoilt)) == expected
    assert by_player(game, name, but(body, round=2, **spoilt)) == "round.wrong"


def test_every_post_of_another_round_is_refused() -> None:
    for place in PLACES:
        game = blind_at(place)
        for name in NAMES:
            for body in game.owed(name).posts:
                if hasattr(body, "round"):
                    assert by_player(game, name, but(body, round=64)) == "round.wrong"
    game = blind_at("delivered")
    assert by_organiser(game, but(player.make_call(game.state, game.organiser.key), round=2)) == "round.wrong"
    assert by_dealer(game, but(close(game, game.dealer.key), round=2)) == "round.wrong"
    assert by_player(game, "Ann", but(receipt(game, "Ann"), round=2)) == "round.wrong"
    body = dispute(game, "Ann", "delivery", gift=game.players["Ann"].gift.secret)
    assert by_player(game, "Ann", but(body, round=2)) == "round.wrong"
    game = blind_at("choosing")
    drop = player.make_drop(game.state, game.organiser.key, game.state.players[:1])
    assert by_organiser(game, but(drop, round=2)) == "round.wrong"
    game = blind_at("mixing")
    assert by_player(game, "Ann", but(complaint(game, "Ann", 2), round=2)) == "round.wrong"
    assert by_player(game, "Ann", but(answer(game, "Ann", 2), round=2)) == "round.wrong"


def test_no_post_of_the_log_is_legal_again() -> None:
    game = blind_at("over")
    for entry in game.entries[1:]:
        with raises(IllegalPost, "post.replayed"):
            judge(game.state, entry.post, game.now)


# --- seen ---------------------------------------------------------------------------------------


def check(game: Simulator, name: str, body: Any, least: int) -> None:
    """Check that a player may have seen this entry and none before it; and that unknown ones are refused."""
    stranger_to(game, *NAMES)
    assert oldest(game, lambda b: by_player(game, name, b), body) == least
    for unknown in (game.state.game, game.entries[-1].post.hash, blind_at("joining", seed="another").state.head):
        assert by_player(game, name, but(body, seen=unknown)) == "seen.unknown"


def test_coins_and_keys_have_seen_the_lock() -> None:
    game = blind_at("coins")
    lock = game.state.lock_seq
    check(game, "Ann", owed(game, "Ann"), lock)
    game.say("Ann", owed(game, "Ann"))
    check(game, "Ann", owed(game, "Ann"), lock)
    game.say("Ann", owed(game, "Ann"))
    game.now += 2 * PATIENCE
    stranger_to(game)
    drop = player.make_drop(game.state, game.organiser.key, game.state.players[1:2])
    assert oldest(game, lambda b: by_organiser(game, b), drop) == lock
    advance(game, lambda s: s.phase is P.KEYS)
    name = next(n for n in NAMES if game.owed(n).posts)
    check(game, name, owed(game, name), lock)


def test_keys_of_chosen_trustees_have_seen_the_last_coin() -> None:
    game = blind_at("keys", EIGHT)
    name = next(n for n in EIGHT if game.owed(n).posts)
    stranger_to(game, *EIGHT)
    assert oldest(game, lambda b: by_player(game, name, b), owed(game, name)) == game.state.phase_seq
    assert game.state.phase_seq > game.state.lock_seq
    game.now += 2 * PATIENCE
    advance(game, lambda s: s.blind is not None and len(s.blind.commitments) == 5, server=False)
    stranger_to(game)
    assert oldest(game, lambda b: by_organiser(game, b), close(game, game.organiser.key)) == game.state.phase_seq
    assert oldest(game, lambda b: by_dealer(game, b), close(game, game.dealer.key)) == len(game.entries) - 1


def test_complaints_have_seen_the_keys_and_answers_the_complaint() -> None:
    game = blind_at("mixing")
    check(game, "Ann", complaint(game, "Ann", 2), blind(game).keys_seq)
    game.say("Cem", owed(game, "Cem"))
    check(game, "Ann", complaint(game, "Ann", 2), blind(game).keys_seq)
    game.say("Ann", complaint(game, "Ann", 2))
    game.say("Dot", owed(game, "Dot"))
    check(game, "Bob", owed(game, "Bob"), blind(game).complaints[1, 2].seq)


@pytest.mark.parametrize("place", ["mixing", "blinding", "gifts"])
def test_who_mixes_or_blinds_has_seen_what_it_starts_from(place: str) -> None:
    game = blind_at(place)
    check(game, "Ann", owed(game, "Ann"), game.state.phase_seq)
    game.say("Ann", owed(game, "Ann"))
    check(game, "Cem", owed(game, "Cem"), len(game.entries) - 1)
    if place == "mixing":  # a complaint is no mix
        game.say("Bob", complaint(game, "Bob", 1))
        check(game, "Cem", owed(game, "Cem"), len(game.entries) - 2)


@pytest.mark.parametrize("place", ["opening", "dealing", "revealing"])
def test_who_opens_has_seen_that_the_phase_began(place: str) -> None:
    game = blind_at(place)
    begun = game.state.phase_seq
    check(game, "Ann", owed(game, "Ann"), begun)
    game.say("Bob", owed(game, "Bob"))
    check(game, "Ann", owed(game, "Ann"), begun)


def test_who_gives_has_seen_the_deal_and_its_last_envelope() -> None:
    game = blind_at("choosing")
    begun = game.state.phase_seq
    game.say("Bob", owed(game, "Bob"))
    check(game, "Ann", owed(game, "Ann"), begun)
    check(game, "Ann", player.make_leave(game.state, game.players["Ann"].key), begun)
    body = owed(game, "Ann")
    game.say("Ann", body)
    check(game, "Ann", but(body, seen=game.state.head), len(game.entries) - 1)
    game.now += 2 * PATIENCE
    stranger_to(game)
    drop = player.make_drop(game.state, game.organiser.key, game.state.players[3:])
    assert oldest(game, lambda b: by_organiser(game, b), drop) == begun
    assert oldest(game, lambda b: by_organiser(game, b), close(game, game.organiser.key)) == begun
    game.say("Cem", owed(game, "Cem"))
    game.say("Dot", owed(game, "Dot"))
    stranger_to(game)
    assert oldest(game, lambda b: by_organiser(game, b), close(game, game.organiser.key)) == begun
    assert oldest(game, lambda b: by_dealer(game, b), close(game, game.dealer.key)) == len(game.entries) - 1


def test_a_close_of_a_mixing_has_seen_the_last_mix() -> None:
    game = blind_at("mixing")
    begun = game.state.phase_seq
    for name in NAMES[:3]:
        game.say(name, owed(game, name))
    game.now += 2 * PATIENCE
    stranger_to(game)
    assert oldest(game, lambda b: by_dealer(game, b), close(game, game.dealer.key)) == len(game.entries) - 1
    assert oldest(game, lambda b: by_organiser(game, b), close(game, game.organiser.key)) == begun


def test_in_the_mixing_of_gifts_who_goes_has_seen_the_close() -> None:
    game = blind_at("choosing")
    for name in NAMES[:3]:
        game.say(name, owed(game, name))
    game.organise(close(game, game.organiser.key))
    game.say("Cem", owed(game, "Cem"))
    check(game, "Ann", player.make_leave(game.state, game.players["Ann"].key), game.state.phase_seq)
    game.now += 2 * PATIENCE
    stranger_to(game)
    drop = player.make_drop(game.state, game.organiser.key, game.state.players[3:])
    assert oldest(game, lambda b: by_organiser(game, b), drop) == game.state.phase_seq == len(game.entries) - 2


def test_what_follows_the_delivery_has_seen_it() -> None:
    game = blind_at("delivered", reveal_at=2**50)
    seq = blind(game).delivered_seq
    game.say("Bob", owed(game, "Bob"))
    check(game, "Ann", owed(game, "Ann"), seq)
    check(game, "Ann", dispute(game, "Ann", "delivery", gift=game.players["Ann"].gift.secret), seq)
    stranger_to(game)
    assert oldest(game, lambda b: by_organiser(game, b), player.make_call(game.state, game.organiser.key)) == seq
    game.now = 2**50
    assert oldest(game, lambda b: by_dealer(game, b), close(game, game.dealer.key)) == len(game.entries) - 1


def test_seen_never_goes_back() -> None:
    game = blind_at("opening")
    body = owed(game, "Ann")
    last = game.state.last_seen[game.players["Ann"].key]
    for entry in game.entries[:last]:
        assert by_player(game, "Ann", but(body, seen=entry.hash)) == "seen.backwards"
    assert by_player(game, "Ann", body) == "ok"


# --- equations ----------------------------------------------------------------------------------


def test_equations_are_settled_with_the_post_or_gathered() -> None:
    """The same states come out; who gathers has all equations, and a state has none left in it."""
    entries, gathered = blind_at("over").entries, []
    state = fold(entries[:1])
    for entry in entries[1:]:
        state = apply(state, entry.post, entry.at, entry.hash, lambda claims: gathered.extend(claims))
        assert state.claims == ()
    assert facts(state) == facts(fold(entries))
    assert {e.code for e in gathered} == {
        "key.possession", "mix.proof-wrong", "blinding.proof-wrong", "opening.proof-wrong", "hand.proof-wrong",
        "envelope.proof-wrong",
    }  # fmt: skip


def test_an_equation_that_does_not_hold_refuses_the_post_with_its_code() -> None:
    def refuse(claims: Any) -> None:
        raise ProofError(claims[0].code, "no")

    for place, code in (
        ("mixing", "mix.proof-wrong"), ("blinding", "blinding.proof-wrong"), ("opening", "opening.proof-wrong"),
        ("dealing", "hand.proof-wrong"), ("choosing", "envelope.proof-wrong"),
    ):  # fmt: skip
        game = blind_at(place)
        before = facts(game.state)
        post = sign_post(owed(game, "Ann"), game.players["Ann"].signing)
        with raises(IllegalPost, code):
            apply(game.state, post, game.now, post.hash, refuse)
        assert facts(game.state) == before


# --- whole games --------------------------------------------------------------------------------


@pytest.mark.parametrize("count", [3, 5, 8])
def test_a_log_folds_to_the_state_of_who_was_there(count: int) -> None:
    game = played(EIGHT[:count], mode="blind")
    assert game.state.phase is P.OVER
    assert fold(game.entries) == game.state
    assert fold(game.entries[9:], fold(game.entries[:9])) == game.state
    santas = dict(blind(game).pairs)
    assert sorted(santas) == sorted(santas.values()) == list(range(1, count + 1))
    assert not any((g, r) in game.state.forbidden for g, r in santas.items())


def test_judging_changes_nothing() -> None:
    for place in ("coins", "mixing", "blinding", "opening", "dealing", "choosing"):
        game = blind_at(place)
        before, body = facts(game.state), owed(game, "Ann")
        for _ in range(2):
            assert by_player(game, "Ann", body) == "ok"
            assert by_player(game, "Ann", but(body, round=2)) == "round.wrong"
            assert facts(game.state) == before
        twin = clone(game)
        twin.say("Ann", body)
        assert facts(game.state) == before
