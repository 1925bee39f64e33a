"""A party that is set back must not use one secret on two inputs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from game_cases import NAMES, dealt, game_at, owed
from sealed_santa.base.labels import Label
from sealed_santa.crypto.commitments import card_commit, deck_commit, deck_from_key
from sealed_santa.crypto.derive import derive
from sealed_santa.crypto.group import ORDER, Point, scalar_from_wide
from sealed_santa.game.draw import deal_order, statements
from sealed_santa.game.state import Phase, State
from sealed_santa.lab.simulator import Simulator
from sealed_santa.log.entry import entry_hash, sign_post
from sealed_santa.log.fields import Coin
from sealed_santa.proofs.product.prove import (
    DealWitness,
    ProductWitness,
    hedged,
    prove_permutation,
    prove_product,
)
from sealed_santa.proofs.product.statements import PermutationStatement, ProductProof, begin_permutation
from sealed_santa.roles import dealer, player
from sealed_santa.roles.player import Intent
from sealed_santa.roles.secrets import DealerSecrets

# --- a player's coin ----------------------------------------------------------------------------


def set_back(game: Simulator) -> Simulator:
    """Return the same game as it was before its decks: the copy from which a player was restored."""
    return game_at(Phase.DECK, game.names, game.seed)


def coins_shown(game: Simulator) -> dict[bytes, Coin]:
    """Return the coins that the players open here, whether or not the server orders them."""
    return {game.players[name].key: owed(game, name).coin for name in game.names}


def outcome(state: State, secrets: DealerSecrets, at: int, coins: dict[bytes, Coin]) -> dict[int, int]:
    """Return the assignment if the dealer posts its decks now and these coins are opened."""
    body = dealer.make_deck(state, secrets)
    post = sign_post(body, secrets.signing)
    seq = len(state.chain)
    chain = state.chain.append(entry_hash(seq, at, state.head, post))
    later = replace(state, chain=chain, deck=body, deck_seq=seq, coins=coins)
    t, _ = dealer.standing_deck(later, secrets)
    key = secrets.deck_key(state.game, state.round, state.roster, t)  # type: ignore[arg-type]
    values, _ = deck_from_key(key, len(state.players))
    order = deal_order(later.joint_seed(), t, len(state.players))
    return {p.number: values[order[p.number - 1] - 1] for p in state.players}


def test_a_restored_player_would_let_the_dealer_choose_the_draw() -> None:
    """First the coins are seen, then the players are set back, then the decks are chosen to fit."""
    honest = game_at(Phase.COINS)
    coins = coins_shown(honest)
    back = set_back(honest)
    wanted = {1: 2, 2: 1, 3: 4, 4: 3}
    seeds = (bytes([k]) * 32 for k in range(256))
    chosen = next(
        s for s in seeds if outcome(back.state, DealerSecrets(s, back.server), back.now, coins) == wanted
    )  # fmt: skip
    back.dealer = DealerSecrets(chosen, back.server)
    back.run(until=Phase.CHOOSING)  # the weak players open the same coins for the other decks
    assert dealer.recipients(back.state, back.dealer) == wanted


def test_a_restored_player_opens_no_coin_until_its_owner_confirms() -> None:
    back = set_back(game_at(Phase.COINS))
    back.dealer = DealerSecrets(b"chosen after the coins".ljust(32), back.server)
    back.run(until=Phase.COINS)
    for name in NAMES:
        held = player.duties(back.state, back.players[name], Intent(hold_coins=True), back.entropy)
        assert (held.posts, held.held) == ((), True)
        assert player.duties(back.state, back.players[name], Intent(), back.entropy).posts  # once confirmed


def test_a_player_with_its_own_copy_has_nothing_to_open_twice() -> None:
    game = game_at(Phase.COINS)
    game.say("Ann", owed(game, "Ann"))
    assert game.owed("Ann").posts == ()


# --- a dealer's proof ---------------------------------------------------------------------------


def two_deals(game: Simulator) -> tuple[list[PermutationStatement], list[DealWitness]]:
    """Return what a dealer proves of deck 0 under two sets of coins, having been set back in between."""
    found: tuple[list[PermutationStatement], list[DealWitness]] = ([], [])
    state = game.state
    for last in (state.coins, {**state.coins, game.players["Dot"].key: Coin(b"another coin".ljust(32))}):
        there = replace(state, coins=last)
        values, blinding, blindings = dealer._cards(there, game.dealer, 0)
        cards = b"".join(card_commit(m, b).raw for m, b in zip(values, blindings, strict=True))
        found[0].append(statements(there, there.joint_seed(), 0, cards)[0])
        found[1].append(DealWitness(game.dealer.seed, values, blindings, blinding))
    return found


def prove_weakly(statement: PermutationStatement, witness: DealWitness) -> ProductProof:
    """The real prover, but for its masks: they come from the seed and from no input."""
    transcript, claim = begin_permutation(statement)
    assert claim.link is not None
    x, count = claim.link.forms[0][1], 0

    def draw() -> int:
        nonlocal count
        count += 1
        return scalar_from_wide(derive(witness.seed, Label.PROOF_NONCE, count, length=64))

    factors = tuple((value - x) % ORDER for value in witness.values)
    secret = ProductWitness(factors, witness.deck_blinding, witness.card_blindings)
    return prove_product(transcript, claim, secret, draw)


def challenges(statement: PermutationStatement, proof: ProductProof) -> tuple[int, int]:
    """Return x and e, as every verifier computes them."""
    transcript, claim = begin_permutation(statement)
    assert claim.link is not None
    transcript.challenge()
    transcript.absorb(proof.announced())
    return claim.link.forms[0][1], transcript.challenge()


def solve(
    first: tuple[PermutationStatement, ProductProof], second: tuple[PermutationStatement, ProductProof]
) -> tuple[int, ...]:
    """Return what the values of the deck would be if both proofs had the same masks: w = e·(m − x) + d, twice."""
    (x1, e1), (x2, e2) = challenges(*first), challenges(*second)
    inverse = pow(e1 - e2, -1, ORDER)
    answers = zip(first[1].factor_answers, second[1].factor_answers, strict=True)
    return tuple((a - b + e1 * x1 - e2 * x2) * inverse % ORDER for a, b in answers)


def given_away(
    prove: Callable[[PermutationStatement, DealWitness], ProductProof],
) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Return the deck that two proofs of a dealer that was set back give away, and the deck itself."""
    claims, witnesses = two_deals(game_at(Phase.DEAL))
    proofs = [prove(s, w) for s, w in zip(claims, witnesses, strict=True)]
    return solve((claims[0], proofs[0]), (claims[1], proofs[1])), witnesses[0].values


def test_masks_that_come_from_the_seed_alone_give_the_deck_away() -> None:
    solved, values = given_away(prove_weakly)
    assert solved == values


def test_masks_take_in_the_statement_even_if_the_random_source_repeats_itself() -> None:
    """The worst case: set back, and the system's source gives the same bytes again."""
    solved, values = given_away(lambda s, w: prove_permutation(s, w, lambda size: b"\x07" * size))
    assert not set(solved) & set(range(1, len(values) + 1))
    claims, witnesses = two_deals(game_at(Phase.DEAL))
    draws = [hedged(lambda size: b"\x07" * size, w, s) for s, w in zip(claims, witnesses, strict=True)]
    assert draws[0]() != draws[1]()


def test_a_dealer_that_was_set_back_has_the_same_decks_and_other_cards() -> None:
    game = game_at(Phase.DEAL)
    claims, witnesses = two_deals(game)
    assert witnesses[0].values == witnesses[1].values
    assert not set(witnesses[0].card_blindings) & set(witnesses[1].card_blindings)
    assert not set(claims[0].cards) & set(claims[1].cards)
    key = game.dealer.deck_key(game.state.game, 1, game.state.roster, 0)  # type: ignore[arg-type]
    assert deck_commit(key, 4) == claims[0].deck == Point(dealt_deck(game))


def dealt_deck(game: Simulator) -> bytes:
    assert game.state.deck is not None
    assert dealt(game).round == 1
    return game.state.deck.commitments.units()[0]
