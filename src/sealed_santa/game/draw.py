"""Decks, coins, the deal: who gives to whom (docs/protocol.md, sections 5.4 to 5.6).

The outcome is the first permitted deal of decks that were committed before any coin was open; all
of it is checked here, by everyone. See `lobby` for what a function takes and returns.
"""

from __future__ import annotations

from dataclasses import replace

from sealed_santa.base.errors import Blame, Certainty, IllegalPost, ParseError, Party, ProofError
from sealed_santa.base.labels import Label
from sealed_santa.crypto.commitments import deck_from_key, shuffle_from_stream
from sealed_santa.crypto.group import SIZE, claimed_points, decode_points
from sealed_santa.game.lobby import begin_round, refuse, without
from sealed_santa.game.state import MAX_ROUNDS, Phase, Round, State, coin_before
from sealed_santa.log.entry import SignedPost
from sealed_santa.log.fields import Hash, SealKey
from sealed_santa.log.posts import CoinPost, Deal, Deck, Drop
from sealed_santa.proofs.product.statements import (
    Context,
    ExclusionStatement,
    PermutationStatement,
    exclusion_shape,
    parse_proof,
    permutation_shape,
)
from sealed_santa.proofs.product.verify import Opening, ProvenDeal, verify_deal, verify_openings

DEALER = Blame(Party.SERVER, certainty=Certainty.PROVEN)


def check_round(state: State, round_: int) -> None:
    """Refuse a post that was made for another round.

    Raises:
        IllegalPost: `round.wrong`.
    """
    if round_ != state.round:
        raise refuse("round.wrong", f"the post is for round {round_}, this is round {state.round}")


def seal_keys(state: State, raws: tuple[bytes, ...]) -> tuple[SealKey, ...]:
    """Check that these X25519 keys are valid, new to the game and pairwise different.

    Raises:
        IllegalPost: `key.invalid` or `key.used`.
    """
    try:
        for raw in raws:
            SealKey.check(raw)
    except ParseError as e:
        raise refuse("key.invalid", "an X25519 key is not valid") from e
    if len(set(raws)) != len(raws) or state.keys.intersection(raws):
        raise refuse("key.used", "an X25519 key has been used in this game already")
    return tuple(SealKey(raw) for raw in raws)


def deck(state: State, post: SignedPost, body: Deck, at: int) -> State:
    """Take the dealer's decks of this round and its gift keys.

    Raises:
        IllegalPost: `round.wrong`, `deck.roster`, `deck.limit`, `deck.point`, `deck.twice`, `deck.keys`, `key.*`.
    """
    check_round(state, body.round)
    n = len(state.players)
    if body.roster != state.roster:
        raise refuse("deck.roster", "the decks are for another roster")
    decks = body.commitments.count()
    if not (decks >= 1 and decks * n <= state.create.deck_limit):
        raise refuse("deck.limit", f"{decks} decks for {n} players; the limit is {state.create.deck_limit} cards")
    try:
        decode_points(body.commitments, decks)
    except ParseError as e:
        raise refuse("deck.point", f"the commitment to a deck is not a valid point: {e.message}") from e
    if len(set(body.commitments.units())) != decks:
        raise refuse("deck.twice", "two decks have the same commitment: opening one would open the other")
    if body.keys.count() != 2 * n:
        raise refuse("deck.keys", f"{body.keys.count()} gift keys for {n} players; two each are needed")
    keys = seal_keys(state, body.keys.units())
    return replace(
        state,
        phase=Phase.COINS,
        deck=body,
        deck_seq=len(state.chain),
        deck_at=at,
        keys=state.keys.union(bytes(k) for k in keys),
        choice_keys={i + 1: keys[2 * i] for i in range(n)},
        note_keys={i + 1: keys[2 * i + 1] for i in range(n)},
    )


def coin(state: State, post: SignedPost, body: CoinPost) -> State:
    """Take a coin; with the last one only the deal is legal.

    Raises:
        IllegalPost: `round.wrong`, `coin.roster`, `coin.twice`, `coin.wrong`.
    """
    check_round(state, body.round)
    if body.roster != state.roster:
        raise refuse("coin.roster", "the coin is for another roster")
    if body.by in state.coins:
        raise refuse("coin.twice", "this player's coin of the round is in the log already")
    player = state.player(body.by)
    opened, link = state.heads.get(body.by, (0, player.coin_end if player else body.coin))
    if coin_before(state.game, body.by, body.coin, body.round - opened) != link:
        raise refuse("coin.wrong", "the coin is not the next link of this player's chain")
    coins = {**state.coins, body.by: body.coin}
    return replace(
        state,
        coins=coins,
        coin_seq=len(state.chain),
        heads={**state.heads, body.by: (body.round, body.coin)},
        phase=Phase.DEAL if len(coins) == len(state.players) else Phase.COINS,
    )


def drop(state: State, post: SignedPost, body: Drop, at: int) -> State:
    """Drop players whose coin is not in the log; the rest begin a new round with new decks.

    Raises:
        IllegalPost: `round.wrong`, `drop.too-early`, `drop.players`, `drop.has-coin`,
            `drop.too-few`, `round.exhausted`.
    """
    check_round(state, body.round)
    if at < state.deck_at + state.create.patience:
        raise refuse("drop.too-early", "the players still have time for their coins", hint="wait until it is over")
    gone = frozenset(body.players)
    if not gone or len(gone) != len(body.players) or any(state.player(k) is None for k in gone):
        raise refuse("drop.players", "drop names players of the roster, each once")
    if gone.intersection(state.coins):
        raise refuse("drop.has-coin", "a player whose coin is in the log cannot be dropped")
    left = without(state.players, gone)
    if len(left) < 3:
        raise refuse("drop.too-few", "fewer than three players would be left", hint="make a new game")
    if state.round >= MAX_ROUNDS:
        raise refuse("round.exhausted", f"round {MAX_ROUNDS} is the last", hint="make a new game")
    names = tuple(p.name for p in state.players if p.key in gone)
    return begin_round(replace(state, rounds=(*state.rounds, Round(state.round, names))), left)


def deal_order(seed: Hash, t: int, n: int) -> tuple[int, ...]:
    """Return σ_t: the slot of each player, in roster order, for deal t."""
    return shuffle_from_stream(Label.DEAL, n, seed, t)


def hits(forbidden: tuple[tuple[int, int], ...], values: tuple[int, ...], order: tuple[int, ...]) -> bool:
    """Whether player i would hold a forbidden `values[order[i]]` (both 1-based) for some i."""
    return any(values[order[i - 1] - 1] == j for i, j in forbidden)


def _wrong(code: str, message: str) -> IllegalPost:
    return IllegalPost(code, message, blame=DEALER)


def _check_openings(state: State, seed: Hash, body: Deal, commitments: bytes) -> tuple[Opening, ...]:
    """Recompute every deck that was passed over; each must hold a forbidden pair."""
    n = len(state.players)
    points = decode_points(commitments[: SIZE * body.deck], body.deck)
    opened = []
    for t, key in enumerate(body.openings.units()):
        values, _ = deck_from_key(key, n)
        if not hits(state.forbidden, values, deal_order(seed, t, n)):
            raise _wrong("deal.not-first", f"deck {t} was passed over, but its deal is permitted")
        opened.append(Opening(t, points[t], key))
    return tuple(opened)


def statements(state: State, seed: Hash, t: int, cards: bytes) -> tuple[PermutationStatement, ExclusionStatement]:
    """Return what the two arguments of the standing deal must show.

    The cards are `claimed_points`: whoever verifies the statements multiplies, and so checks, all of them.

    Raises:
        IllegalPost: `deal.cards`, their number is wrong or one is the identity.
    """
    n = len(state.players)
    if state.deck is None or state.roster is None:
        raise _wrong("deal.deck", "there are no decks to deal from")
    try:
        points = claimed_points(cards, n)
    except ParseError as e:
        raise _wrong("deal.cards", f"the cards are not {n} valid points: {e.message}") from e
    (deck_point,) = decode_points(state.deck.commitments.units()[t], 1)
    order = deal_order(seed, t, n)
    context = Context(state.game, state.round, state.create.server, state.roster, t, n)
    forms = tuple((order[i - 1], j) for i, j in state.forbidden)
    return PermutationStatement(context, deck_point, points), ExclusionStatement(context, points, forms)


def deal(state: State, post: SignedPost, body: Deal, at: int) -> State:
    """Check the deal that stands, or that all decks are out.

    Raises:
        IllegalPost: `round.wrong`, `deal.deck`, `deal.openings`, `deal.not-first`, `deal.cards`,
            `deal.sealed`, `deal.all-out`, `deal.opening.wrong`, `deal.permutation.wrong`,
            `deal.exclusion.wrong`; the dealer is to blame, and the log proves it.
    """
    check_round(state, body.round)
    n, seed = len(state.players), state.joint_seed()
    if state.deck is None:
        raise _wrong("deal.deck", "there are no decks to deal from")
    decks = state.deck.commitments.count()
    if body.deck > decks:
        raise _wrong("deal.deck", f"deck {body.deck} does not exist; there are {decks}")
    if body.openings.count() != body.deck:
        raise _wrong("deal.openings", f"{body.openings.count()} decks opened; deck {body.deck} needs {body.deck}")
    opened = _check_openings(state, seed, body, state.deck.commitments)
    out = body.deck == decks
    if out and (body.cards or body.permutation or body.exclusion or body.sealed):
        raise _wrong("deal.all-out", "all decks are out, and yet there are cards")
    if not out and body.sealed.count() != n:
        raise _wrong("deal.sealed", f"{body.sealed.count()} sealed cards for {n} players")
    try:
        if out:
            verify_openings(opened, n)
        else:
            permutation, exclusion = statements(state, seed, body.deck, body.cards)
            first = parse_proof(body.permutation, permutation_shape(n))
            second = parse_proof(body.exclusion, exclusion_shape(len(exclusion.forms)))
            verify_deal(ProvenDeal(permutation, first, exclusion, second), opened)
    except ProofError as e:
        raise _wrong(e.code, e.message) from e
    except ParseError as e:
        raise _wrong("deal.proof-form", f"a proof does not have its form: {e.message}") from e
    if out:
        return _all_out(state)
    return replace(
        state, phase=Phase.CHOOSING, deal=body, deal_seq=len(state.chain), deal_at=at, seed=seed, accepted=frozenset()
    )


def _all_out(state: State) -> State:
    rounds = (*state.rounds, Round(state.round, ()))
    if state.round >= MAX_ROUNDS:
        return replace(state, rounds=rounds, phase=Phase.VOID)
    return begin_round(replace(state, rounds=rounds), state.players)
