"""Bad transcripts of blind games: proofs of mixes, mixes of gifts and of a repair, closes that come too early."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from unittest import mock

from sealed_santa.crypto.elgamal import Cipher
from sealed_santa.crypto.group import BASE, Point
from sealed_santa.game.batches import Deck, Kind
from sealed_santa.game.state import Phase
from sealed_santa.log.fields import Points, Proof
from sealed_santa.proofs.shuffle import prove as shuffle_prover
from sealed_santa.roles import player
from transcripts.bad_blind_mix import mixing, second
from transcripts.blind_forge import (
    PATIENCE,
    Change,
    at,
    first_deck,
    forged_mix,
    in_session,
    large,
    owes,
    put,
    same,
)
from transcripts.cases import bad
from transcripts.forge import (
    IDENTITY,
    NO_POINT,
    ORGANISER,
    SERVER,
    changed,
    mixed_order,
)

# --- proofs ---------------------------------------------------------------------------------------


def elsewhere(statement: Change) -> bytes:
    """Let Bob prove his mix for another place."""
    made = mixing()
    return made.smuggle("Bob", forged_mix(made, "Bob", statement=lambda number, claim: statement(claim)))


@bad("B06 mix.proof-wrong 15")
def blind_mix_proven_by_another_trustee() -> bytes:
    """The proof is Cem's: Bob posts what he was given."""
    return elsewhere(in_session(author=mixing().id_of("Cem")))


@bad("B06 mix.proof-wrong 15")
def blind_mix_proven_for_another_batch() -> bytes:
    """The proof was made for batch 2."""
    return elsewhere(in_session(batch=2))


@bad("B06 mix.proof-wrong 15")
def blind_mix_proven_for_another_round() -> bytes:
    """The proof was made for round 2."""
    return elsewhere(in_session(round=2))


@bad("B06 mix.proof-wrong 15")
def blind_mix_proven_for_another_game() -> bytes:
    """The proof was made in another game."""
    return elsewhere(in_session(game=b"\x07" * 32))


@bad("B06 mix.proof-wrong 15")
def blind_mix_proven_for_another_step() -> bytes:
    """The proof was made for a third mix, and this is the second."""
    return elsewhere(lambda claim: replace(claim, step=2))


@bad("B06 mix.proof-wrong 15")
def blind_mix_proven_under_another_key() -> bytes:
    """The proof was made for another joint key."""
    return elsewhere(lambda claim: replace(claim, joint=BASE))


@bad("B06 mix.proof-form 15")
def blind_mix_without_proofs() -> bytes:
    """No proofs at all."""
    return second(lambda body: changed(body, proofs=Proof(b"")))


@bad("B06 mix.proof-form 15")
def blind_mix_with_a_large_scalar() -> bytes:
    """A scalar of the last proof is written as itself plus the group's order."""
    return second(lambda body: changed(body, proofs=large(body.proofs)))


@bad("B06 mix.proof-form 15")
def blind_mix_with_an_identity_in_its_proof() -> bytes:
    """The commitment to the permutation is the identity."""
    return second(lambda body: changed(body, proofs=put(body.proofs, 0, IDENTITY)))


@bad("B06 mix.proof-wrong 15")
def blind_mix_with_a_proof_off_the_curve() -> bytes:
    """The mask of a column is no point."""
    return second(lambda body: changed(body, proofs=put(body.proofs, 6, NO_POINT)))


@bad("B06 mix.proof-wrong 15")
def blind_mix_with_a_proof_of_mixed_order() -> bytes:
    """The masks of the columns have a part of order eight, and the answers were made for them."""
    real = shuffle_prover._column_mask

    def marked(*arguments: Any) -> Cipher:
        mask = real(*arguments)
        return Cipher(mask.u, Point(mixed_order(mask.v.raw)))

    made = mixing()
    with mock.patch.object(shuffle_prover, "_column_mask", marked):
        return made.smuggle("Bob", forged_mix(made, "Bob"))


# --- gifts ----------------------------------------------------------------------------------------


def gifts(rows: Change = same, order: tuple[int, ...] = ()) -> bytes:
    """Let Bob mix the gifts wrongly."""
    made = at(Phase.MIXING, 1, Kind.GIFTS)
    return made.smuggle("Bob", forged_mix(made, "Bob", order=order, rows=first_deck(rows)))


@bad("B06 mix.proof-wrong 33")
def blind_gift_mix_with_a_column_exchanged() -> bytes:
    """The third pieces of two gifts are exchanged: neither opens any more."""

    def crossed(deck: Deck) -> Deck:
        one, other = list(deck[0]), list(deck[1])
        one[2], other[2] = other[2], one[2]
        return (tuple(one), tuple(other), *deck[2:])

    return gifts(crossed)


@bad("B06 mix.proof-wrong 33")
def blind_gift_mix_that_loses_a_gift() -> bytes:
    """One gift is there twice and another is lost."""
    return gifts(order=(1, 2, 3, 3))


@bad("B06 mix.proof-wrong 33")
def blind_gift_mix_that_spoils_a_gift() -> bytes:
    """The last piece of a gift becomes another point."""

    def spoilt(deck: Deck) -> Deck:
        last = deck[0][-1]
        return ((*deck[0][:-1], Cipher(last.u, last.v + BASE)), *deck[1:])

    return gifts(spoilt)


@bad("B05 mix.rows 33")
def blind_gift_mix_of_two_decks() -> bytes:
    """The gifts stand twice in a mix."""
    made = at(Phase.MIXING, 1, Kind.GIFTS)
    body = owes(made, "Bob")
    return made.smuggle("Bob", changed(body, rows=Points(body.rows * 2), proofs=Proof(body.proofs * 2)))


# --- the repair of a deal -------------------------------------------------------------------------


@bad("B06 mix.proof-wrong 38")
def blind_bridge_with_a_column_exchanged() -> bytes:
    """After somebody left: the slots of two holders are exchanged in the bridge."""
    made = at(Phase.MIXING, 1, Kind.BRIDGE, "five")

    def crossed(deck: Deck) -> Deck:
        return ((deck[0][0], deck[1][1]), (deck[1][0], deck[0][1]), *deck[2:])

    return made.smuggle("Player 2", forged_mix(made, "Player 2", rows=first_deck(crossed)))


@bad("B06 mix.proof-wrong 49")
def blind_order_from_the_bridge() -> bytes:
    """A trustee mixes the rows of the bridge again, in which the slot of the leaver is not replaced."""
    made = at(Phase.MIXING, 0, Kind.ORDER, "five")
    last = at(Phase.BLINDING, 0, Kind.BRIDGE, "five")
    assert last.state.blind is not None
    assert last.state.blind.batch is not None
    return made.smuggle("Player 1", forged_mix(made, "Player 1", before=last.state.blind.batch.decks))


# --- closes ---------------------------------------------------------------------------------------


@bad("B07 close.too-few 16")
def blind_mixing_closed_after_two() -> bytes:
    """Two trustees have mixed, and three are needed."""
    made = mixing(2)
    made.now += 2 * PATIENCE
    return made.smuggle(SERVER, player.make_close(made.state, made.state.create.server))


@bad("A32 close.too-early 17")
def blind_mixing_closed_too_early() -> bytes:
    """The server goes on without the fourth trustee, which still has time."""
    made = mixing(3)
    return made.smuggle(SERVER, player.make_close(made.state, made.state.create.server))


@bad("A32 close.too-early 35")
def blind_gift_mixing_closed_too_early() -> bytes:
    """The server goes on without the fourth mix of the gifts."""
    made = at(Phase.MIXING, 3, Kind.GIFTS)
    return made.smuggle(SERVER, player.make_close(made.state, made.state.create.server))


@bad("A32 close.too-early 19")
def blind_close_while_tests_are_blinded() -> bytes:
    """The organiser closes what goes on by itself, and no complaint is overdue."""
    made = at(Phase.BLINDING, 1)
    return made.smuggle(ORGANISER, player.make_close(made.state, made.organiser.key))
