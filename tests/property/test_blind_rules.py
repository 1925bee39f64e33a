"""Random blind games of honest and dishonest posts: no sequence breaks what a state promises."""

from __future__ import annotations

from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from blind_cases import PATIENCE, blind_at, close, patiently
from game_cases import NAMES, but, dispute, facts, fresh_signer
from sealed_santa.base.errors import VerificationError
from sealed_santa.game import batches
from sealed_santa.game.batches import MAX_BATCHES, Batch, decks_allowed, threshold_of
from sealed_santa.game.replay import fold
from sealed_santa.game.state import Phase, State
from sealed_santa.lab.simulator import Simulator
from sealed_santa.log.entry import SignedPost, sign_post
from sealed_santa.log.fields import Share, SignKey
from sealed_santa.log.posts import Answer, Complaint, Receipt
from sealed_santa.roles import player

P = Phase
PLAYERS = (*NAMES, "Eve")
STARTS = ("coins", "mixing", "opening", "choosing", "gifts", "delivered")
BEFORE_THE_CARDS = (P.COINS, P.KEYS)
Move = tuple[str, int, int]
KINDS = (
    "play", "play", "play", "play", "play", "close", "organiser closes", "call", "leave", "drop", "complain",
    "answer", "receipt", "dispute", "old post", "other author", "old seen", "other batch", "wait",
)  # fmt: skip
moves = st.lists(st.tuples(st.sampled_from(KINDS), st.integers(0, 9), st.integers(0, 9)), max_size=25)


def check_state(before: State, after: State) -> None:
    """Everything that must be true after any post, whoever said it."""
    blind, old = after.blind, before.blind
    assert blind is not None
    assert old is not None
    assert len(after.chain) == len(before.chain) + 1
    assert after.claims == ()
    assert blind.batches in (old.batches, old.batches + 1, old.batches + 2)  # a close may skip to a screen
    assert blind.batches <= MAX_BATCHES
    numbers = [p.number for p in blind.past]
    assert numbers == sorted(set(numbers))
    assert all(n <= blind.batches for n in numbers)
    assert blind.past[: len(old.past)] == old.past
    assert after.round == before.round or before.phase is P.COINS
    if after.round == before.round:
        assert blind.out >= old.out
        assert blind.gone >= old.gone
    assert blind.found_out <= blind.out
    assert before.faults == after.faults[: len(before.faults)]
    assert after.phase is not before.phase or after.phase_seq >= before.phase_seq
    assert after.phase_seq <= after.step_seq < len(after.chain)
    working = after.phase in (P.MIXING, P.BLINDING, P.OPENING, P.REVEALING)
    assert (blind.batch is not None) == working
    if blind.trustees:
        assert blind.threshold == threshold_of(len(blind.trustees), 0)
    if after.phase not in (*BEFORE_THE_CARDS, P.VOID):
        assert blind.joint is not None
        assert len(blind.active()) >= blind.threshold
        assert len(after.players) - len(blind.gone) >= 3
    if blind.batch is not None:
        check_batch(blind.batch, blind.threshold)
    if after.phase in (P.DEALING, P.CHOOSING):
        assert len(blind.deck) == len(blind.holders) == len(after.players) - len(blind.gone)
        assert (len(blind.hands) >= blind.threshold) == (after.phase is P.CHOOSING)
    assert not set(blind.envelopes) & blind.gone
    if blind.pairs:
        assert after.phase is P.OVER
        givers = [g for g, _ in blind.pairs]
        assert givers == sorted(r for _, r in blind.pairs)
        assert not set(blind.pairs) & set(after.forbidden)


def check_batch(batch: Batch, threshold: int) -> None:
    assert len(set(batch.mixers)) == len(batch.mixers)
    assert len(set(batch.blinders)) == len(batch.blinders) <= threshold
    assert len(batch.openings) < threshold
    assert len(batch.pairs) == len(batch.tests)


def candidates(game: Simulator, move: Move) -> list[SignedPost]:
    """Return the posts of a move: honest or not, legal or not."""
    kind, a, b = move
    name = list(game.players)[a % len(game.players)]
    secrets, state = game.players[name], game.state
    common: dict[str, Any] = {"game": state.game, "by": secrets.key, "seen": state.head, "round": state.round}
    match kind:
        case "play":
            return [sign_post(p, secrets.signing) for p in game.owed(name).posts]
        case "close":
            return [sign_post(close(game, game.dealer.key), game.server)]
        case "organiser closes":
            return [sign_post(close(game, game.organiser.key), game.organiser.signing)]
        case "call":
            return [sign_post(player.make_call(state, game.organiser.key), game.organiser.signing)]
        case "leave":
            return [sign_post(player.make_leave(state, secrets.key), secrets.signing)]
        case "drop":
            dropped = tuple(p for p in state.players if p.name == name)
            return [sign_post(player.make_drop(state, game.organiser.key, dropped), game.organiser.signing)]
        case "complain":
            return [sign_post(Complaint(accused=1 + b % 6, **common), secrets.signing)]
        case "answer":
            return [sign_post(Answer(accuser=1 + b % 6, share=Share(bytes([b]) * 32), **common), secrets.signing)]
        case "receipt":
            return [sign_post(Receipt(**common), secrets.signing)]
        case "dispute":
            return [sign_post(dispute(game, name, "delivery", gift=secrets.gift.secret), secrets.signing)]
        case "old post":
            return [game.entries[(a * 10 + b) % len(game.entries)].post]
        case "other author":
            stranger = fresh_signer("stranger")
            body: Any = game.entries[-1].post.body
            return [sign_post(but(body, by=SignKey(stranger.public().raw)), stranger)]
        case "old seen":
            seen = state.chain[b % len(state.chain)]
            return [sign_post(but(p, seen=seen), secrets.signing) for p in game.owed(name).posts]
        case "other batch":
            return [
                sign_post(but(p, batch=b), secrets.signing) for p in game.owed(name).posts if hasattr(p, "batch")
            ]
    game.now += PATIENCE
    return []


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(moves, st.sampled_from(["public", "never"]), st.sampled_from(STARTS))
def test_no_sequence_of_posts_breaks_a_state(steps: list[Move], reveal: str, place: str) -> None:
    """What is refused changes nothing; what is taken keeps every promise, and the log folds to the same state."""
    game = blind_at(place, PLAYERS, "random", reveal=reveal, choose_by=1)
    for move in steps:
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


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(moves, st.sampled_from(STARTS))
def test_a_game_can_be_played_on_after_anything(steps: list[Move], place: str) -> None:
    """Honest players, a server and an organiser bring every game to an end, whatever was tried before."""
    game = blind_at(place, PLAYERS, "played on", choose_by=1)
    for move in steps:
        for post in candidates(game, move):
            try:
                game.order(post)
            except VerificationError:
                continue
    patiently(game, lambda s: s.over or s.phase is P.DELIVERED)
    if game.state.phase is P.DELIVERED:
        game.organise(player.make_call(game.state, game.organiser.key))
        patiently(game, lambda s: s.over)
    assert game.state.over
    if game.state.phase is P.VOID and game.state.blind is not None:
        blind = game.state.blind
        assert len(blind.active()) < blind.threshold or len(PLAYERS) - len(blind.gone) < 3 or blind.joint is None


@given(st.integers(3, 200), st.integers(0, 2000), st.integers(1, 8000))
def test_how_many_decks_a_batch_may_have(rows: int, tests: int, limit: int) -> None:
    least, most = decks_allowed(rows, tests, limit)
    assert 1 <= least <= most
    assert most == 1 or most * tests <= limit
    assert least >= min(10, most)
    assert 2 * least >= most
    assert least <= 10 or 2 * (least - 1) < most


@given(st.lists(st.integers(1, 50), min_size=3, max_size=8, unique=True), st.integers(1, 4), st.data())
def test_tests_are_all_pairs_of_all_decks(numbers: list[int], decks: int, data: Any) -> None:
    rows = sorted(numbers)
    pairs = data.draw(st.lists(st.tuples(st.sampled_from(rows), st.sampled_from(rows)), unique=True))
    found = batches.tests_of(decks, rows, sorted(pairs))
    assert len(found) == decks * len(pairs)
    assert sorted((t.deck, rows[t.row - 1], t.value) for t in found) == [
        (t.deck, rows[t.row - 1], t.value) for t in found
    ]
    assert {(rows[t.row - 1], t.value) for t in found} == set(pairs)
