"""The judge itself: the table, `seen`, replays, the chain; and that the page names every code."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import Any

import pytest

from game_cases import (
    NAMES,
    but,
    by_dealer,
    by_organiser,
    by_player,
    dealt,
    dispute,
    facts,
    follow,
    fresh_signer,
    game_at,
    gift_with,
    oldest,
    owed,
    raises,
    stranger_to,
)
from sealed_santa.base.errors import Certainty, IllegalPost, Party, UndecidedError, VerificationError
from sealed_santa.crypto.signing import SigningKey
from sealed_santa.game import rules
from sealed_santa.game.replay import fold, judge
from sealed_santa.game.rules import SEALED, Role, roles_of
from sealed_santa.game.state import Phase
from sealed_santa.lab.simulator import Simulator, played
from sealed_santa.log.archive import parse_transcript
from sealed_santa.log.entry import NO_ENTRY, Entry, sign_entry, sign_post
from sealed_santa.log.fields import Hash, SignKey
from sealed_santa.log.posts import Create, Post
from sealed_santa.roles import dealer, player

ROOT = Path(rules.__file__).parents[3]
P = Phase


# --- the table ----------------------------------------------------------------------------------


def samples() -> dict[str, Post]:
    """Return one honest body of every type, all of one game and author-neutral: only their types matter."""
    game = played(reveal="public")
    found: dict[str, Post] = {}
    for entry in game.entries[1:]:
        found.setdefault(entry.post.body.__struct_config__.tag, entry.post.body)
    state, organiser = game.state, game.organiser.key
    found["leave"] = player.make_leave(state, organiser)
    found["drop"] = player.make_drop(state, organiser, state.players[:1])
    found["call"] = player.make_call(state, organiser)
    found["dispute"] = dispute(game, "Ann", "card", card=game.players["Ann"].card.secret)
    choosing = game_at(P.CHOOSING)
    for name in NAMES:
        choosing.say(name, owed(choosing, name))
    choosing.say("Ann", gift_with(choosing, "Ann", choice=0xFFFF))
    found["refusal"] = dealt(choosing)
    return found


SAMPLES = samples()
PAGE = {  # docs/protocol.md, section 5, spelt out a second time on purpose
    "join": ("newcomer", {P.JOINING}),
    "leave": ("player", {P.JOINING}),
    "start": ("player organiser", {P.JOINING}),
    "deck": ("server", {P.DECK}),
    "coin": ("player", {P.COINS}),
    "drop": ("organiser", {P.COINS}),
    "deal": ("server", {P.DEAL}),
    "accept": ("player", {P.CHOOSING}),
    "gift": ("player", {P.CHOOSING}),
    "refusal": ("server", {P.CHOOSING, P.CLOSED}),
    "close": ("organiser server", {P.CHOOSING}),
    "delivery": ("server", {P.CLOSED}),
    "receipt": ("player", {P.DELIVERED, P.OVER}),
    "call": ("organiser", {P.DELIVERED}),
    "reveal": ("server", {P.DELIVERED}),
    "dispute": ("player", {P.CHOOSING, P.CLOSED, P.DELIVERED, P.OVER}),
}


def test_the_table_has_every_type() -> None:
    assert {kind.__struct_config__.tag for kind in SEALED} == set(PAGE)
    assert set(SAMPLES) == set(PAGE)


@pytest.mark.parametrize("phase", [P.JOINING, P.DECK, P.COINS, P.DEAL, P.CHOOSING, P.CLOSED, P.DELIVERED, P.OVER])
@pytest.mark.parametrize("kind", sorted(PAGE))
def test_who_may_say_what_when(kind: str, phase: Phase) -> None:
    """Every type, phase and author; what the table lets pass is then judged by other rules."""
    game = game_at(phase)
    roles, phases = PAGE[kind]
    stranger = fresh_signer("stranger")
    authors: dict[str, SigningKey] = {
        "newcomer": stranger, "player": game.players["Ann"].signing, "organiser": game.organiser.signing,
        "server": game.server,
    }  # fmt: skip
    for role, key in authors.items():
        body = but(SAMPLES[kind], game=game.state.game, by=SignKey(key.public().raw), seen=game.state.head)
        post = sign_post(body, key, game.invite if kind == "join" else None)
        try:
            judge(game.state, post, game.now)
            code = "ok"
        except IllegalPost as e:
            code = e.code
        if role not in roles.split():
            assert code == "author.wrong", role
        elif phase not in phases:
            assert code == "turn.wrong", role
        else:
            assert code not in ("author.wrong", "turn.wrong"), role


def test_a_key_may_speak_in_no_two_roles_but_the_keys_differ_anyway() -> None:
    state = game_at().state
    assert roles_of(state, state.create.by) == {Role.ORGANISER}
    assert roles_of(state, state.create.server) == {Role.SERVER}
    assert roles_of(state, state.players[0].key) == {Role.PLAYER}
    assert roles_of(state, bytes(32)) == {Role.NEWCOMER}


# --- what every post must be --------------------------------------------------------------------


def test_a_log_begins_with_its_only_create() -> None:
    game = game_at()
    create = game.entries[0].post
    assert judge(None, create, 0).phase is P.JOINING
    with raises(IllegalPost, "game.no-create"):
        judge(None, game.entries[1].post, 0)
    with raises(IllegalPost, "game.second-create"):
        judge(game.state, create, game.now)
    with raises(IllegalPost, "game.second-create"):
        judge(game.state, sign_post(but(create.body, title="Another"), game.organiser.signing), game.now)


def test_a_post_belongs_to_one_game() -> None:
    game, other = game_at(), game_at(title="Another game")
    body = player.make_start(game.state, game.players["Ann"].key)
    assert by_player(game, "Ann", body) == "ok"
    assert by_player(game, "Ann", but(body, game=other.state.game)) == "game.wrong"
    with raises(IllegalPost, "game.wrong"):
        judge(game.state, other.entries[1].post, game.now)


def test_no_post_stands_twice() -> None:
    game = played()
    for entry in game.entries[1:]:
        with raises(IllegalPost, "post.replayed"):
            judge(game.state, entry.post, game.now)


def test_bad_signatures_come_before_the_rules() -> None:
    game = game_at()
    body = player.make_start(game.state, game.players["Ann"].key)
    with raises(VerificationError, "post.signature"):
        judge(game.state, sign_post(body, game.players["Bob"].signing), game.now)
    join = game.entries[1].post.body
    with raises(VerificationError, "join.countersignature"):
        judge(game.state, sign_post(join, game.players["Ann"].signing, game.server), game.now)


# --- seen ---------------------------------------------------------------------------------------


def test_seen_is_an_entry_of_this_log() -> None:
    game = game_at()
    body = player.make_start(game.state, game.players["Ann"].key)
    other = game_at(title="Another").state
    for wrong in (Hash(bytes(32)), other.head, game.state.game, game.entries[-1].post.hash):
        assert by_player(game, "Ann", but(body, seen=wrong)) == "seen.unknown"
    for entry in game.entries[1:]:
        assert by_player(game, "Ann", but(body, seen=entry.hash)) == "ok"


def test_seen_never_goes_back() -> None:
    game = game_at(P.COINS)
    assert game.state.last_seen[game.players["Ann"].key] == 4  # her start
    game.say("Ann", owed(game, "Ann"))
    game.run(until=P.CHOOSING)
    accept = owed(game, "Ann")
    game.say("Ann", accept)
    for entry in game.entries:
        seq = entry.seq
        expected = "seen.backwards" if seq < game.entries[-1].seq - 1 else "ok"
        assert by_player(game, "Ann", gift_with(game, "Ann", seen=entry.hash)) == expected
    assert by_player(game, "Ann", gift_with(game, "Ann", seen=game.state.head)) == "ok"


def test_every_step_has_seen_what_it_answers() -> None:
    """The table of section 3.3 of the page."""
    game = game_at()
    assert oldest(game, lambda b: by_player(game, "Dot", b), player.make_leave(game.state, game.players["Dot"].key)) > 0
    game.start()
    stranger_to(game)
    assert oldest(game, lambda b: by_dealer(game, b), dealt(game)) == game.state.lock_seq
    game.run(until=P.COINS)
    stranger_to(game, *NAMES)
    assert oldest(game, lambda b: by_player(game, "Ann", b), owed(game, "Ann")) == game.state.deck_seq
    game.now += 10**8
    drop = player.make_drop(game.state, game.organiser.key, game.state.players[:1])
    assert oldest(game, lambda b: by_organiser(game, b), drop) == game.state.deck_seq
    game.run(until=P.DEAL)
    stranger_to(game, *NAMES)
    assert oldest(game, lambda b: by_dealer(game, b), dealt(game)) == game.state.coin_seq == len(game.entries) - 1
    game.run(until=P.CHOOSING)
    stranger_to(game, *NAMES)
    deal_seq = game.state.deal_seq
    assert oldest(game, lambda b: by_player(game, "Ann", b), owed(game, "Ann")) == deal_seq
    card = dispute(game, "Ann", "card", card=game.players["Ann"].card.secret)
    assert oldest(game, lambda b: by_player(game, "Ann", b), card) == deal_seq
    close = player.make_close(game.state, game.organiser.key)
    assert oldest(game, lambda b: by_organiser(game, b), close) == deal_seq
    for name in NAMES:
        game.say(name, owed(game, name))
    stranger_to(game, *NAMES)
    assert oldest(game, lambda b: by_player(game, "Ann", b), gift_with(game, "Ann")) == deal_seq
    game.say("Ann", gift_with(game, "Ann", choice=0xFFFF))
    stranger_to(game, *NAMES)
    first = game.state.gift_seqs[1]
    assert oldest(game, lambda b: by_player(game, "Ann", b), gift_with(game, "Ann")) == first
    assert oldest(game, lambda b: by_dealer(game, b), dealt(game)) == first
    game.deal_with(dealt(game))
    stranger_to(game, *NAMES)
    assert oldest(game, lambda b: by_player(game, "Ann", b), gift_with(game, "Ann")) == first + 1
    assert oldest(game, lambda b: by_player(game, "Bob", b), gift_with(game, "Bob")) == deal_seq  # not Bob's refusal


def test_every_later_step_has_seen_what_it_answers() -> None:
    game = game_at(P.CHOOSING)
    for name in (*NAMES, *NAMES):
        game.say(name, owed(game, name))
    stranger_to(game, *NAMES)
    assert oldest(game, lambda b: by_dealer(game, b), dealt(game)) == game.state.choosing_seq
    game.run(until=P.CLOSED)
    stranger_to(game, *NAMES)
    assert oldest(game, lambda b: by_dealer(game, b), dealt(game)) == game.state.closed_seq
    game.run(until=P.DELIVERED)
    stranger_to(game, *NAMES)
    seq = game.state.delivery_seq
    game.say("Ann", owed(game, "Ann"))
    game.say("Bob", owed(game, "Bob"))
    stranger_to(game, *NAMES)
    assert oldest(game, lambda b: by_player(game, "Cem", b), owed(game, "Cem")) == seq
    delivery = dispute(game, "Cem", "delivery", gift=game.players["Cem"].gift.secret)
    assert oldest(game, lambda b: by_player(game, "Cem", b), delivery) == seq
    assert oldest(game, lambda b: by_organiser(game, b), player.make_call(game.state, game.organiser.key)) == seq
    game.say("Cem", owed(game, "Cem"))
    game.say("Dot", owed(game, "Dot"))
    stranger_to(game, *NAMES)
    assert oldest(game, lambda b: by_dealer(game, b), dealt(game)) == game.state.receipt_seq
    game.organise(player.make_call(game.state, game.organiser.key))
    stranger_to(game, *NAMES)
    assert oldest(game, lambda b: by_dealer(game, b), dealt(game)) == game.state.called_seq
    game.run()
    stranger_to(game, *NAMES)
    body = dispute(game, "Ann", "reveal", gift=game.players["Ann"].gift.secret)
    assert oldest(game, lambda b: by_player(game, "Ann", b), body) == game.state.reveal_seq


# --- the chain ----------------------------------------------------------------------------------


def rebuilt(game: Simulator, place: int, **changes: Any) -> list[Entry]:
    """Return the log with one entry signed anew, with another place, time or predecessor."""
    old = game.entries[place]
    parts = {"seq": old.seq, "at": old.at, "prev": old.prev, "post": old.post} | changes
    return [*game.entries[:place], sign_entry(server=game.server, **parts), *game.entries[place + 1 :]]


def test_a_log_folds_to_the_state_of_who_was_there() -> None:
    game = played()
    assert fold(game.entries) == game.state
    assert fold(game.entries[9:], fold(game.entries[:9])) == game.state


def test_the_chain_is_checked() -> None:
    game = game_at()
    for entries, code in (
        (rebuilt(game, 2, seq=3), "chain.seq"),
        (rebuilt(game, 0, seq=1), "chain.seq"),
        ([*game.entries[:2], *game.entries[3:]], "chain.seq"),
        ([*game.entries[:2], game.entries[1]], "chain.seq"),
        (game.entries[1:], "chain.seq"),
        (rebuilt(game, 2, prev=game.entries[0].hash), "chain.prev"),
        (rebuilt(game, 2, prev=NO_ENTRY), "chain.prev"),
        (rebuilt(game, 0, prev=game.entries[0].hash), "chain.prev"),
        (rebuilt(game, 2, at=game.entries[1].at - 1), "chain.time"),
        (rebuilt(game, 2, at=0), "chain.time"),
        ([], "chain.empty"),
        (rebuilt(game, 0, post=game.entries[1].post), "game.no-create"),
    ):
        with raises(VerificationError, code) if code != "game.no-create" else raises(IllegalPost, code):
            fold(entries)


def test_two_entries_may_have_one_time() -> None:
    game = game_at()
    entries = rebuilt(game, 5 - 1, at=game.entries[3].at)
    assert fold(entries).at == game.entries[3].at


def test_an_entry_of_another_server_is_refused() -> None:
    game, other = game_at(), fresh_signer("other")
    last = game.entries[-1]
    alien = sign_entry(last.seq, last.at, last.prev, last.post, other)
    with raises(VerificationError, "entry.signature"):
        fold([*game.entries[:-1], alien])
    first = game.entries[0]
    with raises(VerificationError, "entry.signature"):
        fold([sign_entry(0, first.at, NO_ENTRY, first.post, other)])


def test_what_stands_in_a_log_against_the_rules_is_the_server_s_proven() -> None:
    game = game_at(P.COINS)
    body = but(owed(game, "Ann"), round=2)
    game.force(sign_post(body, game.players["Ann"].signing))
    with pytest.raises(IllegalPost) as caught:
        fold(game.entries)
    assert caught.value.code == "round.wrong"
    assert (caught.value.blame.party, caught.value.blame.certainty) == (Party.SERVER, Certainty.PROVEN)
    with pytest.raises(IllegalPost) as early:
        judge(game.state, sign_post(body, game.players["Ann"].signing), game.now)
    assert early.value.blame.party is Party.PEER  # not ordered yet: the author's


def test_a_forged_post_under_the_server_s_signature_is_the_server_s() -> None:
    game = game_at()
    body = player.make_leave(game.state, game.players["Ann"].key)
    game.force(sign_post(body, game.players["Bob"].signing))
    with pytest.raises(VerificationError) as caught:
        fold(game.entries)
    assert (caught.value.code, caught.value.blame.party) == ("post.signature", Party.SERVER)


def test_following_stops_where_the_log_is_wrong_and_never_raises() -> None:
    game = game_at(P.COINS)
    good = len(game.entries)
    game.force(sign_post(but(owed(game, "Ann"), round=2), game.players["Ann"].signing))
    game.force(sign_post(owed(game, "Bob"), game.players["Bob"].signing))
    result = follow(game.entries)
    assert (result.states, result.error.code if result.error else "") == (good, "round.wrong")
    assert result.state == game.state
    whole = follow(played().entries)
    assert whole.error is None
    assert whole.state is not None
    assert whole.state.phase is P.OVER
    nothing = follow([])
    assert (nothing.states, nothing.state, nothing.error) == (0, None, None)


def test_an_unknown_mode_is_undecided_in_a_log_too() -> None:
    game = Simulator()
    create = but(game.state.create, mode="open")
    entry = sign_entry(0, 0, NO_ENTRY, sign_post(create, game.organiser.signing), game.server)
    with raises(UndecidedError, "mode.unknown"):
        parse_transcript(entry.raw + b"\n")


def test_judging_changes_nothing() -> None:
    game = game_at(P.CHOOSING)
    before = facts(game.state)
    body = owed(game, "Ann")
    for _ in range(2):
        assert by_player(game, "Ann", body) == "ok"
        assert by_player(game, "Ann", but(body, round=2)) == "round.wrong"
        assert facts(game.state) == before
    game.say("Ann", body)


def test_the_dealer_s_duties_are_legal_wherever_it_is_asked() -> None:
    game = game_at(P.DECK)
    while game.state.phase is not P.OVER:
        for body in dealer.duties(game.state, game.dealer, game.now, game.entropy, game.memo):
            assert by_dealer(game, body) == "ok"
        if not (game._dealer_moves(P.OVER) or game._players_move((), P.OVER)):
            break
    assert game.state.phase is P.OVER


# --- the page -----------------------------------------------------------------------------------


def rule_codes() -> set[str]:
    """Return every code that this room raises as a rule of the log."""
    found = set()
    for name in ("draw", "giving", "lobby", "replay", "rules", "verdicts", "boxes", "trustees", "mixing", "envelopes"):
        path = ROOT / "src" / "sealed_santa" / "game" / f"{name}.py"
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and node.args:
                called = node.func.id if isinstance(node.func, ast.Name) else ""
                first = node.args[0]
                kinds = ("refuse", "_wrong", "IllegalPost", "VerificationError", "UndecidedError")
                if called in kinds and isinstance(first, ast.Constant):
                    found.add(str(first.value))
                second = node.args[1] if len(node.args) > 1 else None
                if called in ("Fault", "Equation", "_proven") and isinstance(second, ast.Constant):
                    found.add(str(second.value))
    return found


def test_every_code_has_a_test() -> None:
    here = Path(__file__).parent
    tests = "".join(path.read_text("utf-8") for path in here.glob("test_*.py"))
    untested = sorted(code for code in rule_codes() if f'"{code}"' not in tests)
    assert len(rule_codes()) > 110
    assert untested == []


def test_the_page_names_every_code() -> None:
    page = (ROOT / "docs" / "protocol.md").read_text("utf-8")
    missing = sorted(code for code in rule_codes() if f"`{code}`" not in page)
    assert missing == []


def test_the_page_names_no_code_that_nothing_raises() -> None:
    page = (ROOT / "docs" / "protocol.md").read_text("utf-8")
    section = page[page.index("## 5. Rules") : page.index("## 7. Boxes")] + page[page.index("## 11. Blind mode") :]
    named = set(re.findall(r"`([a-z]+\.[a-z-]+(?:\.[a-z-]+)?)`", section))
    code = "".join(path.read_text("utf-8") for path in (ROOT / "src").rglob("*.py"))
    unknown = sorted(n for n in named if f'"{n}"' not in code)
    assert [n for n in unknown if n.rpartition(".")[0] not in ("deal.permutation", "deal.exclusion")] == []


def test_create_is_no_later_post() -> None:
    assert not any(Create in table for table in rules.TABLES.values())
