"""Bad transcripts: the deal, its cards and its proofs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import permutations

from sealed_santa.crypto.commitments import deck_from_key
from sealed_santa.crypto.group import ORDER
from sealed_santa.game.draw import deal_order, hits
from sealed_santa.game.state import Phase
from sealed_santa.log.fields import CardBoxes, Openings, Points, Proof
from sealed_santa.log.posts import Deal, Exclusions
from sealed_santa.proofs.product.statements import Context
from sealed_santa.roles import dealer
from transcripts.cases import bad
from transcripts.forge import (
    IDENTITY,
    NOT_CANONICAL,
    ORDER_EIGHT,
    SERVER,
    Forger,
    altered,
    changed,
    deck_keys,
    false_deck,
    forged_deal,
    game,
    honest_deal,
    mixed_order,
    people,
    permitted,
    search,
)


def dealing(found: Callable[[list[bool]], bool] = lambda deals: True) -> Forger:
    """Return a game that waits for the deal, with decks of which something is so."""
    return search(lambda made: found(permitted(made.state, made)), Phase.DEAL)


def passing_over(count: int) -> Forger:
    """Return a game in which this many decks are passed over, and a permitted one stands."""
    return dealing(lambda deals: deals.index(True) == count if any(deals) else False)


# --- the deal: which deck -----------------------------------------------------------------------


@bad("A22 deal.deck 11")
def deal_of_a_deck_that_is_not_there() -> bytes:
    """The deal names a deck beyond the last."""
    made = dealing()
    return made.smuggle(SERVER, changed(honest_deal(made), deck=999))


@bad("A22 deal.openings 11")
def deal_with_an_opening_missing() -> bytes:
    """Two decks were passed over, one is opened: the other was perhaps permitted."""
    made = passing_over(2)
    body = honest_deal(made)
    return made.smuggle(SERVER, changed(body, openings=Openings(body.openings[:32])))


@bad("A22 deal.openings 11")
def deal_with_an_opening_too_many() -> bytes:
    """The key of the standing deck is published with the others: everybody could read all cards."""
    made = passing_over(1)
    body = honest_deal(made)
    return made.smuggle(SERVER, changed(body, openings=Openings(b"".join(deck_keys(made, 2)))))


@bad("A24 deal.not-first 11")
def deal_of_a_later_deck() -> bytes:
    """The first deal was permitted, and the dealer took the second permitted one."""
    made = dealing(lambda deals: deals[0] and True in deals[1:])
    t = permitted(made.state, made).index(True, 1)
    return made.smuggle(SERVER, forged_deal(made, t))


@bad("A24 deal.not-first 11")
def deal_says_all_decks_are_out() -> bytes:
    """The dealer says that all decks are out, to draw again; one was permitted."""
    made = dealing(any)
    count = len(permitted(made.state, made))
    empty = changed(
        honest_deal(made), deck=count, openings=Openings(b"".join(deck_keys(made, count))), cards=Points(b""),
        permutation=Proof(b""), exclusion=Proof(b""), sealed=CardBoxes(b""),
    )  # fmt: skip
    return made.smuggle(SERVER, empty)


@bad("A22 deal.all-out 11")
def deal_with_cards_when_all_decks_are_out() -> bytes:
    """All decks are out, and yet there are cards: of no deck that anybody committed to."""
    made = search(lambda made: not any(permitted(made.state, made)), Phase.DEAL, deck_limit=4, max_players=4)
    body = honest_deal(made)
    return made.smuggle(SERVER, changed(body, cards=made.state.deck.commitments))


def _wrong_key(made: Forger, t: int) -> bytes:
    """Return a key that is not that of deck t, and whose deck would have a forbidden pair all the same."""
    state, n = made.state, len(made.state.players)
    order = deal_order(state.joint_seed(), t, n)
    return next(
        key for i in range(1000)
        if hits(state.forbidden, deck_from_key(key := i.to_bytes(32, "little"), n)[0], order)
    )  # fmt: skip


@bad("A23 deal.opening.wrong 11")
def deal_with_an_invented_opening() -> bytes:
    """A deck that was passed over is opened with another key, whose deck has a forbidden pair too."""
    made = passing_over(2)
    body = honest_deal(made)
    return made.smuggle(SERVER, changed(body, openings=Openings(altered(body.openings, 32, _wrong_key(made, 1)))))


@bad("A23 deal.opening.wrong 11")
def deal_with_openings_exchanged() -> bytes:
    """The keys of two decks that were passed over stand in each other's place."""

    def both(made: Forger) -> bool:
        state = made.state
        if permitted(state, made).index(True) != 2:
            return False
        keys, n = deck_keys(made, 2)[::-1], len(state.players)
        seed = state.joint_seed()
        return all(hits(state.forbidden, deck_from_key(k, n)[0], deal_order(seed, t, n)) for t, k in enumerate(keys))

    made = search(lambda made: any(permitted(made.state, made)) and both(made), Phase.DEAL)
    body = honest_deal(made)
    return made.smuggle(SERVER, changed(body, openings=Openings(body.openings[32:64] + body.openings[:32])))


@bad("A23 deal.opening.wrong 11")
def all_out_with_an_invented_opening() -> bytes:
    """All decks are said to be out; the last was not, and is opened with a key that hides it."""
    made = search(lambda made: permitted(made.state, made) == [True], Phase.DEAL, deck_limit=4, max_players=4)
    empty = changed(
        honest_deal(made), deck=1, openings=Openings(_wrong_key(made, 0)), cards=Points(b""), permutation=Proof(b""),
        exclusion=Proof(b""), sealed=CardBoxes(b""),
    )  # fmt: skip
    return made.smuggle(SERVER, empty)


# --- the deal: cards and forms ------------------------------------------------------------------


def _with(change: Callable[[Deal], dict[str, object]]) -> bytes:
    made = dealing()
    body = honest_deal(made)
    return made.smuggle(SERVER, changed(body, **change(body)))


@bad("A25 deal.cards 11")
def cards_missing() -> bytes:
    """Three cards for four players."""
    return _with(lambda b: {"cards": Points(b.cards[:-32])})


@bad("A25 deal.cards 11")
def card_identity() -> bytes:
    """A card is the identity: it commits to nothing."""
    return _with(lambda b: {"cards": Points(altered(b.cards, 32, IDENTITY))})


@bad("A25 deal.cards 11")
def card_of_small_order() -> bytes:
    """A card has order eight."""
    return _with(lambda b: {"cards": Points(altered(b.cards, 64, ORDER_EIGHT))})


@bad("A25 deal.cards 11")
def card_of_mixed_order() -> bytes:
    """A card with a part of order eight: eight times it is the right one."""
    return _with(lambda b: {"cards": Points(altered(b.cards, 64, mixed_order(b.cards[64:96])))})


@bad("A25 deal.cards 11")
def card_not_canonical() -> bytes:
    """A card is written in a form that is not canonical."""
    return _with(lambda b: {"cards": Points(altered(b.cards, 0, NOT_CANONICAL))})


@bad("A25 deal.sealed 11")
def sealed_card_missing() -> bytes:
    """One player gets no card."""
    return _with(lambda b: {"sealed": CardBoxes(b.sealed[:-84])})


@bad("A26 deal.proof-form 11")
def proof_of_zeros() -> bytes:
    """The permutation argument is nothing but zeros."""
    return _with(lambda b: {"permutation": Proof(bytes(len(b.permutation)))})


@bad("A26 deal.proof-form 11")
def proof_of_identities() -> bytes:
    """All points of the permutation argument are the identity and all scalars zero: every equation is 0 = 0."""
    return _with(lambda b: {"permutation": Proof(IDENTITY * 4 + bytes(len(b.permutation) - 128))})


@bad("A26 deal.proof-form 11")
def proof_with_a_scalar_too_many() -> bytes:
    """One scalar more could push the target out of its equation."""
    return _with(lambda b: {"permutation": Proof(b.permutation + bytes(32))})


@bad("A26 deal.proof-form 11")
def proof_with_a_scalar_too_few() -> bytes:
    """One scalar of the exclusion argument is missing."""
    return _with(lambda b: {"exclusion": Proof(b.exclusion[:-32])})


@bad("A26 deal.proof-form 11")
def proof_with_a_large_scalar() -> bytes:
    """A scalar is written with the group's order added: a second spelling of the same proof."""

    def large(b: Deal) -> dict[str, object]:
        last = int.from_bytes(b.permutation[-32:], "little") + ORDER
        return {"permutation": Proof(b.permutation[:-32] + last.to_bytes(32, "little"))}

    return _with(large)


@bad("A26 deal.proof-form 11")
def proof_missing() -> bytes:
    """There is no exclusion argument."""
    return _with(lambda b: {"exclusion": Proof(b"")})


# --- the deal: the arguments --------------------------------------------------------------------


@bad("A27 deal.permutation.wrong 11")
def permutation_answer_changed() -> bytes:
    """One bit of one answer is another."""
    return _with(lambda b: {"permutation": Proof(altered(b.permutation, 200, bytes([b.permutation[200] ^ 1])))})


@bad("A28 deal.exclusion.wrong 11")
def exclusion_answer_changed() -> bytes:
    """One bit of one answer is another."""
    return _with(lambda b: {"exclusion": Proof(altered(b.exclusion, 200, bytes([b.exclusion[200] ^ 1])))})


@bad("A27 deal.permutation.wrong 11")
def other_cards_than_committed() -> bytes:
    """The dealer deals a permitted permutation of its own choice instead of the committed one."""
    made = dealing()
    t = permitted(made.state, made).index(True)
    order, n = deal_order(made.state.joint_seed(), t, 4), 4
    committed = dealer._cards(made.state, made.dealer, t)[0]
    values = next(v for v in _permutations(n) if v != committed and not hits(made.state.forbidden, v, order))
    return made.smuggle(SERVER, forged_deal(made, t, values))


def _permutations(n: int) -> list[tuple[int, ...]]:
    return list(permutations(range(1, n + 1)))


@bad("A27 deal.permutation.wrong 11")
def one_recipient_twice() -> bytes:
    """Two cards name the same player, and one player is named by none."""
    made = dealing()
    t = permitted(made.state, made).index(True)
    order = deal_order(made.state.joint_seed(), t, 4)
    committed = dealer._cards(made.state, made.dealer, t)[0]
    tries = (tuple(a if v == b else v for v in committed) for a in range(1, 5) for b in range(1, 5) if a != b)
    values = next(v for v in tries if not hits(made.state.forbidden, v, order))
    return made.smuggle(SERVER, forged_deal(made, t, values))


@bad("A27 deal.permutation.wrong 11")
def deck_that_is_no_permutation() -> bytes:
    """The dealer commits to a deck in which one player is twice and another not at all, and deals it."""
    for number in range(100):
        made = game(Phase.DECK, seed=f"corpus/{number}")
        body = dealer.make_deck(made.state, made.dealer)
        values = (1, 2, 2, 4)
        point = false_deck(made, values, 0)
        made.deal_with(changed(body, commitments=Points(point + body.commitments[32:])))
        made.run(Phase.DEAL)
        order = deal_order(made.state.joint_seed(), 0, 4)
        if not hits(made.state.forbidden, values, order):
            return made.smuggle(SERVER, forged_deal(made, 0, values))
    raise LookupError("no seed fits")


@bad("A28 deal.exclusion.wrong 11")
def fixed_point_dealt() -> bytes:
    """The first deck gives somebody themselves; the dealer deals it and runs the prover all the same."""
    made = dealing(lambda deals: not deals[0])
    return made.smuggle(SERVER, forged_deal(made, 0))


@bad("A28 deal.exclusion.wrong 13")
def couple_dealt() -> bytes:
    """The first deck gives Ann her partner, against the exclusions."""
    groups = (("Player 1", "Player 2"),)
    terms = {"names": people(5), "exclusions": Exclusions(groups=groups, pairs=())}

    def found(made: Forger) -> bool:
        values = dealer._cards(made.state, made.dealer, 0)[0]
        order = deal_order(made.state.joint_seed(), 0, 5)
        own = tuple((i, i) for i in range(1, 6))
        return not hits(own, values, order) and hits(((1, 2), (2, 1)), values, order)

    made = search(found, Phase.DEAL, **terms)
    return made.smuggle(SERVER, forged_deal(made, 0))


@bad("A27 deal.permutation.wrong 11", "A28 deal.exclusion.wrong 11")
def cards_changed_after_the_proofs() -> bytes:
    """Two cards changed places after the proofs were made."""
    return _with(lambda b: {"cards": Points(b.cards[32:64] + b.cards[:32] + b.cards[64:])})


def _replayed(context: Callable[[Context], Context]) -> bytes:
    made = dealing()
    t = permitted(made.state, made).index(True)
    return made.smuggle(SERVER, forged_deal(made, t, context=context))


BOTH = ("A27 deal.permutation.wrong 11", "A28 deal.exclusion.wrong 11")


@bad(*BOTH)
def proofs_for_another_game() -> bytes:
    """Proofs for the same cards, made for another game."""
    return _replayed(lambda c: replace(c, game=b"\x07" * 32))


@bad(*BOTH)
def proofs_for_another_round() -> bytes:
    """Proofs for the same cards, made for another round."""
    return _replayed(lambda c: replace(c, round=2))


@bad(*BOTH)
def proofs_by_another_author() -> bytes:
    """Proofs for the same cards, made by another author."""
    return _replayed(lambda c: replace(c, author=b"\x07" * 32))


@bad(*BOTH)
def proofs_for_another_deck() -> bytes:
    """Proofs for the same cards, made for another deck's number."""
    return _replayed(lambda c: replace(c, deck_index=c.deck_index + 1))


@bad(*BOTH)
def proofs_for_another_roster() -> bytes:
    """Proofs for the same cards, made for other players."""
    return _replayed(lambda c: replace(c, roster=b"\x07" * 32))


@bad("A27 deal.permutation.wrong 11")
def proof_for_another_commitment() -> bytes:
    """The deck was committed with another blinding than the dealer proves for."""
    for number in range(100):
        made = game(Phase.DECK, seed=f"corpus/{number}")
        body = dealer.make_deck(made.state, made.dealer)
        point = false_deck(made, deck_values(made), 1)
        made.deal_with(changed(body, commitments=Points(point + body.commitments[32:])))
        made.run(Phase.DEAL)
        if permitted(made.state, made)[0]:
            return made.smuggle(SERVER, forged_deal(made, 0))
    raise LookupError("no seed fits")


def deck_values(made: Forger) -> tuple[int, ...]:
    """Return the permutation of deck 0, before any coin."""
    return deck_from_key(deck_keys(made, 1)[0], len(made.state.players))[0]
