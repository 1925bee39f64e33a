"""A dealer of a sealed game that does as it likes (docs/protocol.md, sections 5.4 to 5.6 and 6.4).

It deals whichever deck and whichever cards it is told to, and runs the provers on what is false. It
has what a real dealer has, and no more: its own seed and the log.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache
from typing import TypeVar

import msgspec

from sealed_santa.base.labels import Label
from sealed_santa.crypto.commitments import card_commits, commit_small, deck_from_key
from sealed_santa.crypto.group import ORDER, encode_points, encode_scalars, generator
from sealed_santa.crypto.sealing import BoxKey, seal
from sealed_santa.game.boxes import CardOpening, box_info
from sealed_santa.game.draw import deal_order, hits, statements
from sealed_santa.game.state import Phase
from sealed_santa.lab import stage
from sealed_santa.lab.simulator import FOUR, Simulator
from sealed_santa.log.fields import CardBoxes, Hash, Openings, Points, Proof
from sealed_santa.log.posts import Deal, Exclusions
from sealed_santa.proofs.product.prove import DealWitness, ProductWitness, hedged, prove_product
from sealed_santa.proofs.product.statements import (
    Context,
    ExclusionStatement,
    PermutationStatement,
    ProductProof,
    begin_exclusion,
    begin_permutation,
)

TRIES = 400
Values = tuple[int, ...]
Body = TypeVar("Body", bound=msgspec.Struct)


def but(body: Body, **changes: object) -> Body:
    """Return the body of a post with some fields changed."""
    return msgspec.structs.replace(body, **changes)


def keys(game: Simulator, many: int) -> tuple[bytes, ...]:
    """Return the keys of the dealer's first decks of this round."""
    state, roster = game.state, game.state.roster or Hash(bytes(32))
    return tuple(game.dealer.deck_key(state.game, state.round, roster, t) for t in range(many))


def deck(game: Simulator, t: int) -> tuple[Values, int]:
    """Return values by slot and blinding of the dealer's deck t."""
    return deck_from_key(keys(game, t + 1)[t], len(game.state.players))


def order(game: Simulator, t: int) -> Values:
    """Return the slot of each player in deal t; the coins decide it."""
    return deal_order(game.state.joint_seed(), t, len(game.state.players))


def permitted(game: Simulator) -> tuple[bool, ...]:
    """Return, for each deck of the round, whether its deal is permitted; the coins must be in."""
    decks = 0 if game.state.deck is None else game.state.deck.commitments.count()
    return tuple(not hits(game.state.forbidden, deck(game, t)[0], order(game, t)) for t in range(decks))


def drawn(game: Simulator, t: int, values: Values) -> dict[str, str]:
    """Return whom each player gives to, if the cards of deal t have these values; "nobody" if there is no such one."""
    players = game.state.players
    names = {p.number: p.name for p in players}
    return {p.name: names.get(values[order(game, t)[p.number - 1] - 1], "nobody") for p in players}


def named_pairs(pairs: dict[str, str]) -> str:
    """Return pairs as a person would say them."""
    return ", ".join(f"{giver} gives to {recipient}" for giver, recipient in pairs.items())


@cache
def _seed(fits: Callable[[Simulator], bool], names: tuple[str, ...], exclusions: Exclusions) -> str:
    for number in range(TRIES):
        seed = f"lab/{number}"
        if fits(stage.at_phase("sealed", Phase.DEAL, names, seed, exclusions=exclusions)):
            return seed
    raise stage.unshown("no game among many in which the cheat would be needed")


def waiting(
    fits: Callable[[Simulator], bool],
    names: tuple[str, ...] = FOUR,
    exclusions: Exclusions = Exclusions(groups=(), pairs=()),  # noqa: B008  # a frozen value
) -> Simulator:
    """Return a new game that waits for its deal, the first by its seed in which the decks are so."""
    seed = _seed(fits, names, exclusions)
    return stage.at_phase("sealed", Phase.DEAL, names, seed, exclusions=exclusions)


def first_deck_hits(game: Simulator) -> bool:
    """Tell whether the first deck has a forbidden pair, so that an honest dealer has to pass it over."""
    return not permitted(game)[0]


# --- a deal of its own --------------------------------------------------------------------------


def forged(
    game: Simulator,
    t: int,
    values: Values | None = None,
    *,
    blinding: int | None = None,
    context: Callable[[Context], Context] = lambda c: c,
) -> Deal:
    """Return a deal of deck t whose prover does its best, whatever is true.

    `values` are the cards by slot, if not those of the deck, `blinding` is the deck's, if not its own;
    `context` says what the proofs are made for.
    """
    held, honest = deck(game, t)
    held, hidden = values or held, honest if blinding is None else blinding
    blindings = card_blindings(game, t)
    cards = encode_points(card_commits(held, blindings))
    permutation, exclusion = statements(game.state, game.state.joint_seed(), t, cards)
    permutation = replace(permutation, context=context(permutation.context))
    exclusion = replace(exclusion, context=context(exclusion.context))
    witness = DealWitness(game.dealer.seed, held, blindings, hidden)
    return put_together(
        game, t, held, cards, prove_any_permutation(game, permutation, witness),
        prove_any_exclusion(game, exclusion, witness),
    )  # fmt: skip


def put_together(
    game: Simulator, t: int, values: Values, cards: bytes, permutation: ProductProof, exclusion: ProductProof
) -> Deal:
    """Return a deal of these parts, with every card sealed to its player."""
    state = game.state
    return Deal(
        game=state.game, by=game.dealer.key, seen=state.head, round=state.round, deck=t,
        openings=Openings(b"".join(keys(game, t))), cards=Points(cards), permutation=Proof(permutation.encode()),
        exclusion=Proof(exclusion.encode()), sealed=CardBoxes(_sealed(game, t, values)),
    )  # fmt: skip


def card_blindings(game: Simulator, t: int) -> tuple[int, ...]:
    """Return the blindings of the cards of deal t, by slot."""
    state, seed = game.state, game.state.joint_seed()
    slots = range(1, len(state.players) + 1)
    return tuple(game.dealer.card_blinding(state.game, state.round, seed, t, slot) for slot in slots)


def _sealed(game: Simulator, t: int, values: Values) -> bytes:
    state, boxes, blindings = game.state, [], card_blindings(game, t)
    for player, slot in zip(state.players, order(game, t), strict=True):
        small = values[slot - 1] if values[slot - 1] < 2**32 else 0  # a box has room for a player's number
        content = CardOpening(small, encode_scalars([blindings[slot - 1]])).encode()
        info = box_info(
            Label.SEAL_CARD, state.game, state.round, player.number, player.card_key, state.create.server
        )
        boxes.append(seal(BoxKey.parse(player.card_key), content, info))
    return b"".join(boxes)


def prove_any_permutation(game: Simulator, statement: PermutationStatement, witness: DealWitness) -> ProductProof:
    """Run the prover of the permutation argument, true or not."""
    transcript, claim = begin_permutation(statement)
    x = 0 if claim.link is None else claim.link.forms[0][1]
    factors = tuple((value - x) % ORDER for value in witness.values)
    product = ProductWitness(factors, witness.deck_blinding, witness.card_blindings)
    return prove_product(transcript, claim, product, hedged(game.entropy, witness, statement))


def prove_any_exclusion(game: Simulator, statement: ExclusionStatement, witness: DealWitness) -> ProductProof:
    """Run the prover of the exclusion argument, true or not; a product of zero has no inverse, and gets the tail 1."""
    transcript, claim = begin_exclusion(statement)
    draw = hedged(game.entropy, witness, statement)
    small = [witness.values[slot - 1] - value for slot, value in statement.forms]
    tail, blinding = inverse_of_product(small), draw()
    made = commit_small(small, blinding) + tail * generator(claim.factors)
    factors = (*(factor % ORDER for factor in small), tail)
    blindings = tuple(witness.card_blindings[slot - 1] for slot, _ in statement.forms)
    return prove_product(transcript, claim, ProductWitness(factors, blinding, blindings, made), draw)


def inverse_of_product(factors: Sequence[int]) -> int:
    """Return the inverse of a product, or 1 if it has none."""
    product = 1
    for factor in factors:
        product = product * factor % ORDER
    return pow(product, -1, ORDER) if product else 1
