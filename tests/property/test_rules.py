"""Random games of honest and dishonest posts: no sequence breaks what a state promises."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from game_cases import but, clone, dealt, dispute, facts, fresh_signer, game_at, gift_with, wrong_cards
from sealed_santa.base.errors import IllegalPost, VerificationError
from sealed_santa.game.replay import fold, judge
from sealed_santa.game.rules import apply
from sealed_santa.game.state import MAX_REFUSALS, Phase, State
from sealed_santa.lab.simulator import Simulator
from sealed_santa.log.entry import SignedPost, sign_post
from sealed_santa.log.fields import Coin, Hash, SignKey
from sealed_santa.log.posts import CatalogueGift
from sealed_santa.roles import dealer, player
from sealed_santa.roles.player import Intent

P = Phase
ARROWS = {  # the phases of the page, section 5, and a new round
    P.JOINING: {P.DECK}, P.DECK: {P.COINS}, P.COINS: {P.DEAL, P.DECK}, P.DEAL: {P.CHOOSING, P.DECK, P.VOID},
    P.CHOOSING: {P.CLOSED, P.VOID}, P.CLOSED: {P.DELIVERED, P.VOID}, P.DELIVERED: {P.OVER, P.VOID},
    P.OVER: set(), P.VOID: set(),
}  # fmt: skip
NAMES = ("Ann", "Bob", "Cem", "Dot", "Eve")
SMALL = (CatalogueGift(id="socks", name="Wool socks", price=900, tags=()),)


def check_state(before: State, after: State) -> None:
    """Everything that must be true after any post, whoever said it."""
    n = len(after.players)
    assert [p.number for p in after.players] == list(range(1, n + 1))
    assert len({p.key for p in after.players}) == len({p.name for p in after.players}) == n
    every = [k for p in after.players for k in (p.key, p.card_key, p.gift_key, p.reveal_key)]
    assert len(set(every)) == 4 * n
    assert {bytes(k) for k in every} <= after.keys >= before.keys
    assert after.phase is before.phase or after.phase in ARROWS[before.phase]
    assert len(after.chain) == len(after.posts) == len(before.chain) + 1
    assert before.round <= after.round <= before.round + 1
    assert len(after.rounds) == max(0, after.round - 1) or after.phase is P.VOID
    assert after.round == 0 or n >= 3
    assert (after.phase is P.JOINING) == (after.round == 0)
    assert set(after.coins) <= {p.key for p in after.players}
    if after.phase in (P.CHOOSING, P.CLOSED, P.DELIVERED, P.OVER):
        assert len(after.coins) == n
        assert after.deal is not None
        assert after.seed == after.joint_seed()
        assert before.seed in (None, after.seed)
    assert set(after.gifts) <= after.accepted <= set(range(1, n + 1))
    assert after.receipts <= set(range(1, n + 1))
    assert all(count <= MAX_REFUSALS for count in after.refusals.values())
    assert before.faults == after.faults[: len(before.faults)]
    assert all(after.last_seen[k] >= v for k, v in before.last_seen.items())
    assert all(v < len(after.chain) - 1 for v in after.last_seen.values())


Move = tuple[str, int, int]
KINDS = (
    "play", "play", "play", "play", "deal", "deal", "join", "leave", "start", "drop", "close", "call", "dispute",
    "bad gift", "gift", "bad coin", "bad deal", "old post", "other author", "old seen", "wait",
)  # fmt: skip
moves = st.lists(st.tuples(st.sampled_from(KINDS), st.integers(0, 9), st.integers(0, 9)), max_size=40)


def candidates(game: Simulator, move: Move) -> list[SignedPost]:
    """Return the posts of a move: honest or not, legal or not."""
    kind, a, b = move
    name = list(game.players)[a % len(game.players)]
    secrets, state = game.players[name], game.state
    key, me = secrets.signing, state.player(secrets.key)

    def signed(body: Any) -> list[SignedPost]:
        return [sign_post(body, key)]

    match kind:
        case "play":
            intent = Intent(gift=0, note="x", refusals=b)
            return [sign_post(p, key) for p in player.duties(state, secrets, intent, game.entropy).posts]
        case "deal":
            owed = dealer.duties(state, game.dealer, game.now, game.entropy, game.memo)
            return [sign_post(p, game.server) for p in owed[:1]]
        case "join":
            return [sign_post(game.entries[1].post.body, key, game.invite)]
        case "leave":
            return signed(player.make_leave(state, secrets.key))
        case "start":
            return signed(player.make_start(state, secrets.key))
        case "drop":
            players = state.missing_coins()[: 1 + b % 3]
            return [sign_post(player.make_drop(state, game.organiser.key, players), game.organiser.signing)]
        case "close" if state.round:
            return [sign_post(player.make_close(state, game.organiser.key), game.organiser.signing)]
        case "call" if state.round:
            return [sign_post(player.make_call(state, game.organiser.key), game.organiser.signing)]
        case "dispute" if me is not None and state.round:
            about = ("card", "delivery", "reveal")[b % 3]
            keys = {"card": ("card",), "delivery": ("gift",), "reveal": ("gift", "reveal")[b // 5 :]}[about]
            return signed(dispute(game, name, about, **{k: getattr(secrets, k).secret for k in keys}))
        case ("gift" | "bad gift") if me is not None and state.choice_keys:
            if me.number not in state.choice_keys:
                return []
            return signed(gift_with(game, name, choice=0 if kind == "gift" else 9))
        case "bad coin" if state.round:
            posts = player.duties(state, secrets, Intent(), game.entropy).posts
            return [sign_post(but(p, coin=Coin(bytes([b]) * 32)), key) for p in posts if hasattr(p, "coin")]
        case "bad deal" if state.phase is P.DEAL:
            body = dealt(game)
            return [sign_post(wrong_cards(game, body, 1) if body.sealed else body, game.server)]
        case "old post":
            return [game.entries[(a * 10 + b) % len(game.entries)].post]
        case "other author":
            body = game.entries[-1].post.body
            stranger = fresh_signer("stranger")
            return [sign_post(but(body, by=SignKey(stranger.public().raw)), stranger)]
        case "old seen":
            posts = player.duties(state, secrets, Intent(gift=0), game.entropy).posts
            return [sign_post(but(p, seen=state.chain[b % len(state.chain)]), key) for p in posts]
    return []


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(moves, st.sampled_from(["public", "private", "never"]), st.integers(0, 3))
def test_no_sequence_of_posts_breaks_a_state(steps: list[Move], reveal: str, passed: int) -> None:
    """What is refused changes nothing; what is taken keeps every promise, and the log folds to the same state."""
    start = (P.JOINING, P.COINS, P.CHOOSING, P.CLOSED)[passed]
    game = game_at(start, NAMES, f"random {passed}", reveal=reveal, catalogue=SMALL, patience=50_000)
    for move in steps:
        if move[0] == "wait":
            game.now += 60_000
        for post in candidates(game, move):
            before, then = game.state, facts(game.state)
            try:
                game.order(post)
            except VerificationError:  # and no other error
                assert game.state is before
            else:
                check_state(before, game.state)
            assert facts(before) == then
    assert fold(game.entries) == game.state


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(moves)
def test_a_game_can_be_played_on_after_anything(steps: list[Move]) -> None:
    """Honest players and an organiser bring every game that has begun to an end, whatever was tried before."""
    game = game_at(P.COINS, NAMES, "played on", catalogue=SMALL, patience=0)
    for move in steps:
        if move[0] in ("drop", "leave", "bad deal"):
            continue
        for post in candidates(game, move):
            try:
                game.order(post)
            except VerificationError:
                continue
    game.intents = {name: Intent(gift=0, refusals=99) for name in game.players}
    game.run(until=P.CHOOSING)
    game.run()
    if game.state.phase is P.CHOOSING:  # somebody spent its eight refusals
        game.organise(player.make_close(game.state, game.organiser.key))
    game.run()
    assert game.state.phase is P.OVER


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 60), st.integers(0, 60))
def test_applying_is_pure(first: int, second: int) -> None:
    """The same input, the same output; the state that went in stays as it was, also when the log forks there."""
    entries = WHOLE.entries
    at = min(first, second) % (len(entries) - 1) + 1
    state = fold(entries[:at])
    before = facts(state)
    entry = entries[at]
    one = apply(state, entry.post, entry.at, entry.hash)
    two = apply(state, entry.post, entry.at, entry.hash)
    assert one == two
    assert facts(state) == before
    other = apply(state, entry.post, entry.at + 1, Hash(bytes([second]) * 32))  # a fork: the same post, another entry
    assert facts(state) == before
    assert facts(one) == facts(two)
    assert one.chain != other.chain
    assert one.chain.find(entry.hash) == at
    assert other.chain.find(entry.hash) is None
    for later in entries[at + 1 :]:
        one = apply(one, later.post, later.at, later.hash)
    assert facts(state) == before
    assert one == WHOLE.state


WHOLE = game_at(P.OVER, NAMES, "whole", catalogue=SMALL)


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 200), st.integers(0, 200))
def test_no_post_of_the_log_is_legal_a_second_time(at: int, which: int) -> None:
    entries = WHOLE.entries
    state = fold(entries[: at % len(entries) + 1])
    old = entries[which % (at % len(entries) + 1)].post
    with pytest.raises(IllegalPost) as caught:
        judge(state, old, state.at)
    assert caught.value.code in ("post.replayed", "game.second-create")


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 200), st.integers(0, 5))
def test_a_party_may_forget_everything_but_seed_and_log(at: int, who: int) -> None:
    """From any prefix: the same state, and a clone that plays on does not disturb it."""
    count = at % (len(WHOLE.entries) - 6) + 7
    game = clone(WHOLE)
    game.entries = list(WHOLE.entries[:count])
    game.current = fold(game.entries)
    held, then = game.state, facts(game.state)
    game.now = game.entries[-1].at + 1
    game.run(silent=(NAMES[who],) if who < 5 else ())
    assert facts(held) == then
    assert facts(replace(held)) == then
