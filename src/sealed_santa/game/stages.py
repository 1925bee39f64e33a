"""How a blind game goes from phase to phase and from batch to batch (docs/protocol.md, sections 11.3 to 11.7).

Each function takes the state before the entry that is being judged, and its time, and returns the
state in which the next phase has begun. They refuse nothing: what may be done is judged by their
callers.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

from sealed_santa.base.errors import Blame, Certainty, Party, UsageError
from sealed_santa.base.labels import Label
from sealed_santa.crypto.commitments import shuffle_from_stream
from sealed_santa.crypto.elgamal import trivial
from sealed_santa.crypto.group import IDENTITY, Point, combine
from sealed_santa.crypto.sharing import public_share
from sealed_santa.game.batches import (
    MAX_BATCHES,
    MAX_TRUSTEES,
    Batch,
    BlindState,
    Deck,
    Kind,
    Past,
    Test,
    tests_of,
    threshold_of,
)
from sealed_santa.game.odds import feasible
from sealed_santa.game.state import Phase, Player, State
from sealed_santa.log.posts import BlindTerms

_FIRST: Final = frozenset({Kind.CARDS, Kind.SCREEN})


def blind_state(state: State) -> BlindState:
    """Return what only a blind game has; the rules' tables let nobody ask in another one."""
    if state.blind is None:
        raise UsageError("mode.wrong", "this is no blind game, or its roster is not locked")
    return state.blind


def the_batch(state: State) -> Batch:
    """Return the batch that is being worked on."""
    batch = blind_state(state).batch
    if batch is None:
        raise UsageError("batch.wrong", "there is no batch to work on")
    return batch


def present(state: State) -> tuple[Player, ...]:
    """Return the players of the roster who are still there."""
    gone = frozenset() if state.blind is None else state.blind.gone
    return tuple(p for p in state.players if p.number not in gone)


def forbidden_left(state: State) -> tuple[tuple[int, int], ...]:
    """Return E without the pairs of those who are gone, in the order of docs/protocol.md, section 2.10."""
    gone = blind_state(state).gone
    return tuple((i, j) for i, j in state.forbidden if i not in gone and j not in gone)


def enter(state: State, at: int, phase: Phase, blind: BlindState, **changes: Any) -> State:
    """Begin a phase with the entry that is being judged."""
    seq = len(state.chain)
    return replace(state, phase=phase, phase_seq=seq, phase_at=at, step_seq=seq, blind=blind, **changes)


def progress(state: State, blind: BlindState, **changes: Any) -> State:
    """Take the present phase further."""
    return replace(state, blind=blind, step_seq=len(state.chain), **changes)


# --- rounds and keys ------------------------------------------------------------------------------


def open_round(state: State, at: int) -> State:
    """Begin the coins of a round whose roster `lobby.begin_round` has locked."""
    n, seq = len(state.players), len(state.chain)
    before = state.blind or BlindState()
    blind = BlindState(batches=before.batches, past=before.past)
    if n <= MAX_TRUSTEES:
        blind = name_trustees(state, blind, tuple(range(1, n + 1)))
    return enter(state, at, Phase.COINS, blind, deck_seq=seq, deck_at=at)


def name_trustees(state: State, blind: BlindState, numbers: tuple[int, ...]) -> BlindState:
    """Fix who the trustees are, and their threshold."""
    terms = state.create.blind
    least = terms.threshold if isinstance(terms, BlindTerms) else 0
    return replace(blind, trustees=tuple(sorted(numbers)), threshold=threshold_of(len(numbers), least))


def coins_complete(state: State, at: int) -> State:
    """Go on when all coins are in: name the trustees; close the keys too, if they are all there."""
    blind = replace(blind_state(state), coins_at=at)
    if not blind.trustees:
        order = shuffle_from_stream(Label.TRUSTEES, len(state.players), state.joint_seed())
        blind = name_trustees(state, blind, order[:MAX_TRUSTEES])
    if len(blind.commitments) == len(blind.trustees):
        return close_keys(replace(state, blind=blind), at)
    return enter(state, at, Phase.KEYS, blind)


def close_keys(state: State, at: int) -> State:
    """Fix the joint key by the keys that are there, and begin to mix; with too few, the game is void."""
    blind = blind_state(state)
    missing = frozenset(range(1, len(blind.trustees) + 1)).difference(blind.commitments)
    blind = replace(blind, out=blind.out | missing, keys_seq=len(state.chain))
    return begin_cards(_joint(replace(state, blind=blind)), at)


def _joint(state: State) -> State:
    """Compute Y and X_j from the keys that count; leave Y out if one of them is the identity."""
    blind = blind_state(state)
    qualified = blind.qualified()
    if len(qualified) < blind.threshold:
        return replace(state, blind=replace(blind, joint=None, publics={}))
    sums = tuple(
        combine((1, blind.commitments[i][m]) for i in qualified) for m in range(blind.threshold)
    )
    publics: dict[int, Point] = {j: public_share(sums, j) for j in qualified}
    whole = sums[0] != IDENTITY and IDENTITY not in publics.values()
    return replace(state, blind=replace(blind, joint=sums[0] if whole else None, publics=publics))


def find_out(state: State, at: int, accused: frozenset[int]) -> State:
    """Go on without trustees whose shares were wrong: their keys do not count, and mixing begins again.

    Once a card was handed out, even in part, nothing begins again, or whoever dislikes its card could have
    all of them drawn anew: they only take no part any more.
    """
    blind = blind_state(state)
    left = {pair: c for pair, c in blind.complaints.items() if not accused.intersection(pair)}
    blind = replace(blind, out=blind.out | accused, complaints=left)
    if not blind.undealt:
        return void(state, at) if len(blind.active()) < blind.threshold else progress(state, blind)
    blind = replace(blind, found_out=blind.found_out | accused)
    return begin_cards(_joint(replace(state, blind=blind)), at)


# --- batches --------------------------------------------------------------------------------------


def void(state: State, at: int) -> State:
    """End a game that cannot go on."""
    return enter(state, at, Phase.VOID, replace(blind_state(state), batch=None))


def _archive(blind: BlindState, dealt: int | None = None) -> BlindState:
    """Put the present batch among those that are over."""
    batch = blind.batch
    if batch is None:
        return blind
    past = Past(batch.number, batch.kind, len(batch.decks), batch.mixers, dealt, batch.leaver)
    return replace(blind, batch=None, past=(*blind.past, past))


def begin_cards(state: State, at: int) -> State:
    """Begin a batch of fresh decks among the players who are there."""
    return begin_batch(state, at, Batch(0, Kind.CARDS))


def begin_batch(state: State, at: int, batch: Batch) -> State:
    """Begin a batch under the next number; what is not mixed goes on to its tests or its opening."""
    blind = _archive(blind_state(state))
    number = blind.batches + 1
    dead = blind.joint is None or len(blind.active()) < blind.threshold
    if dead or number > MAX_BATCHES:
        return void(replace(state, blind=blind), at)
    batch = replace(batch, number=number)
    if batch.kind is Kind.CARDS:
        blind = replace(blind, deck=(), holders=(), hands={}, envelopes={})
    state = replace(state, blind=replace(blind, batches=number, batch=batch))
    if batch.kind in (Kind.SCREEN, Kind.REVEAL):
        return mixed(state, at)
    return enter(state, at, Phase.MIXING, blind_state(state))


def fresh_decks(state: State, count: int) -> tuple[Deck, ...]:
    """Return the input of a batch of cards: the players who are there, in order and in the clear."""
    deck = tuple((trivial(p.number),) for p in present(state))
    return (deck,) * count


def card_tests(state: State, decks: int) -> tuple[Test, ...]:
    """Return the tests of so many decks for all pairs of E that are left."""
    return tests_of(decks, (p.number for p in present(state)), forbidden_left(state))


def mixed(state: State, at: int) -> State:
    """Go on when a batch is mixed: to the blinding of its tests, or to its opening."""
    blind, batch = blind_state(state), the_batch(state)
    tests: tuple[Test, ...] = ()
    if batch.kind in _FIRST:
        tests = card_tests(state, len(batch.decks))
    elif batch.kind is Kind.BRIDGE:
        tests = tuple(Test(0, row, batch.leaver) for row in range(1, len(batch.decks[0]) + 1))
    pairs = tuple(batch.decks[test.deck][test.row - 1][batch.column] for test in tests)
    batch = replace(batch, tests=tests, pairs=pairs)
    phase = Phase.BLINDING if tests else Phase.OPENING
    if batch.kind is Kind.REVEAL:
        phase = Phase.REVEALING
    return enter(state, at, phase, replace(blind, batch=batch))


def deal_deck(state: State, at: int, deck: Deck, dealt: int) -> State:
    """Begin to hand out the cards of a deck that has no forbidden pair."""
    blind = blind_state(state)
    number = the_batch(state).number
    blind = replace(
        _archive(blind, dealt),
        deck=deck,
        holders=tuple(p.number for p in present(state)),
        deal_batch=number,
        deals=blind.deals + 1,
        hands={},
        envelopes={},
    )
    return enter(state, at, Phase.DEALING, blind)


def begin_order(state: State, at: int, row: int) -> State:
    """Put the leaver's slot in the place of the one that holds the leaver, and have the rows mixed again."""
    blind, batch = blind_state(state), the_batch(state)
    slot = blind.slot(batch.leaver)
    deck = tuple((r[0], slot) if place == row else r for place, r in enumerate(batch.decks[0], 1))
    return begin_batch(state, at, Batch(0, Kind.ORDER, (deck,), leaver=batch.leaver))


def begin_bridge(state: State, at: int, leaver: int) -> State:
    """Put the slots of those who are left beside their holders, to be mixed."""
    blind = blind_state(state)
    deck = tuple((trivial(p.number), blind.slot(p.number)) for p in present(state))
    return begin_batch(state, at, Batch(0, Kind.BRIDGE, (deck,), leaver=leaver))


def after_leaving(state: State, at: int, leaver: int) -> State:
    """Repair the deal when a player is gone after it: bridge, mix anew, or give up."""
    blind = blind_state(state)
    index = blind.index(leaver)
    out = blind.out if index is None else blind.out | {index}
    kept = blind if blind.batch is None else _archive(blind)
    left = {pair: c for pair, c in blind.complaints.items() if index not in pair}
    kept = replace(kept, gone=blind.gone | {leaver}, out=out, envelopes={}, complaints=left)
    state = replace(state, blind=kept)
    if not can_go_on(state):
        return void(state, at)
    pairs = set(state.forbidden)
    numbers = [p.number for p in present(state)]
    givers, recipients = ([g for g in numbers if (g, leaver) in pairs], [r for r in numbers if (leaver, r) in pairs])
    uniform = all(g == r or (g, r) in pairs for g in givers for r in recipients)
    return begin_bridge(state, at, leaver) if uniform else begin_cards(state, at)


def can_go_on(state: State) -> bool:
    """Whether the players who are there are enough, can be dealt to, and still have t trustees."""
    blind, numbers = blind_state(state), [p.number for p in present(state)]
    if len(numbers) < 3 or len(blind.active()) < blind.threshold:
        return False
    place = {number: row for row, number in enumerate(numbers, 1)}
    try:
        feasible(len(numbers), [(place[i], place[j]) for i, j in forbidden_left(state)])
    except UsageError:
        return False
    return True


def delivered(state: State, at: int, boxes: tuple[bytes, ...], givers: tuple[int, ...]) -> State:
    """Show the gifts to everybody; each box opens for one player."""
    blind = replace(_archive(blind_state(state)), boxes=boxes, givers=givers, delivered_seq=len(state.chain))
    return enter(state, at, Phase.DELIVERED, blind)


def reveal_now(state: State, at: int) -> State:
    """Begin the reveal, or end a game that has none."""
    if state.create.reveal == "never":
        return enter(state, at, Phase.OVER, blind_state(state))
    return begin_batch(state, at, Batch(0, Kind.REVEAL, (blind_state(state).deck,)))


def name_santas(state: State) -> State:
    """Put names to "the Santa of" somebody, now that the pairs are known."""
    giver = {recipient: g for g, recipient in blind_state(state).pairs}
    faults = []
    for fault in state.faults:
        if fault.santa_of in giver:
            name = state.players[giver[fault.santa_of] - 1].name
            fault = replace(fault, blame=Blame(Party.PLAYER, name, Certainty.PROVEN))
        faults.append(fault)
    return replace(state, faults=tuple(faults))
