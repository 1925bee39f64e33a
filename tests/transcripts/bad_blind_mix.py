"""Bad transcripts of blind games: mixes that drop, double or replace a card, and mixes of the wrong size."""

from __future__ import annotations

from sealed_santa.crypto.elgamal import Cipher
from sealed_santa.crypto.group import BASE
from sealed_santa.game.batches import Deck, Kind
from sealed_santa.game.mixing import mix_input
from sealed_santa.game.state import Phase
from sealed_santa.log.fields import Points, Proof
from sealed_santa.log.posts import Exclusions
from sealed_santa.proofs.shuffle.statements import shuffle_size
from transcripts.blind_forge import (
    Change,
    at,
    blind_game,
    first_deck,
    forged_mix,
    fresh,
    of_player,
    owes,
    put,
)
from transcripts.cases import bad
from transcripts.forge import (
    IDENTITY,
    NO_POINT,
    NOT_CANONICAL,
    Forger,
    changed,
    mixed_order,
    people,
)


def mixing(count: int = 1) -> Forger:
    """Return a game in which the cards have been mixed so often."""
    return at(Phase.MIXING, count, Kind.CARDS)


def second(change: Change) -> bytes:
    """Let Bob post a second mix that was changed after it was proven."""
    made = mixing()
    return made.smuggle("Bob", change(owes(made, "Bob")))


def false(rows: Change, who: str = "Bob", count: int = 1) -> bytes:
    """Let Bob end his mix of deck 0 in other rows, and prove it as well as he can."""
    made = mixing(count)
    return made.smuggle(who, forged_mix(made, who, rows=first_deck(lambda deck: rows(made, deck))))


# --- rows -----------------------------------------------------------------------------------------


@bad("B06 mix.proof-wrong 15")
def blind_mix_that_drops_a_player() -> bytes:
    """Bob puts an encryption of himself in place of a row: somebody is nobody's recipient, and he is two people's."""
    return false(lambda made, deck: (of_player(made, 2), *deck[1:]))


@bad("B06 mix.proof-wrong 14")
def blind_first_mix_that_drops_a_player() -> bytes:
    """The same by the first mixer, who starts from the open deck."""
    return false(lambda made, deck: (of_player(made, 1), *deck[1:]), "Ann", 0)


@bad("B06 mix.proof-wrong 15")
def blind_mix_that_doubles_a_row() -> bytes:
    """Row 2 is row 1 with other randomness."""
    return false(lambda made, deck: (deck[0], (fresh(made, deck[0][0]),), *deck[2:]))


@bad("B06 mix.proof-wrong 15")
def blind_mix_by_no_permutation() -> bytes:
    """Bob takes the first row twice and the second never; the linear part of his proof is right, the product is not."""
    made = mixing()
    return made.smuggle("Bob", forged_mix(made, "Bob", order=(1, 1, 3, 4)))


@bad("B06 mix.proof-wrong 15")
def blind_mix_with_two_errors_that_cancel() -> bytes:
    """One row gets one more and another one less: the sum of all rows is right."""

    def shifted(made: Forger, deck: Deck) -> Deck:
        (one,), (other,) = deck[0], deck[1]
        return ((Cipher(one.u, one.v + BASE),), (Cipher(other.u, other.v - BASE),), *deck[2:])

    return false(shifted)


@bad("B06 mix.proof-wrong 16")
def blind_mix_of_the_one_before_the_last() -> bytes:
    """Cem goes on from Ann's mix, as if Bob's were not there."""
    made = mixing(2)
    start = mix_input(mixing(1).state, 3)
    return made.smuggle("Cem", forged_mix(made, "Cem", before=start))


@bad("B06 mix.proof-wrong 15")
def blind_mix_with_the_proof_of_another_deck() -> bytes:
    """The proof of deck 1 stands for deck 0, too."""
    size = shuffle_size(4, 1)
    return second(lambda body: changed(body, proofs=Proof(body.proofs[size : 2 * size] + body.proofs[size:])))


@bad("B06 mix.proof-wrong 15")
def blind_mix_wrong_in_the_last_deck() -> bytes:
    """All decks but the last are right."""
    made = mixing()
    body = forged_mix(made, "Bob", rows=lambda number, deck: deck if number < 2 else (of_player(made, 2), *deck[1:]))
    return made.smuggle("Bob", body)


def with_unit(place: int, unit: bytes) -> bytes:
    """Let Bob post a mix with a unit of its rows changed."""
    return second(lambda body: changed(body, rows=put(body.rows, place, unit)))


@bad("B05 mix.rows 15")
def blind_mix_with_the_identity() -> bytes:
    """A half of a row is the identity."""
    return with_unit(4, IDENTITY)


@bad("B06 mix.proof-wrong 15")
def blind_mix_with_a_row_off_the_curve() -> bytes:
    """A half of a row is no point."""
    return with_unit(5, NO_POINT)


@bad("B06 mix.proof-wrong 15")
def blind_mix_with_a_row_not_canonical() -> bytes:
    """A half of a row is written as no point is written."""
    return with_unit(5, NOT_CANONICAL)


@bad("B06 mix.proof-wrong 15")
def blind_mix_proven_with_a_row_of_mixed_order() -> bytes:
    """The same, and the proof was made for the marked row."""

    def marked(made: Forger, deck: Deck) -> Deck:
        cipher = deck[0][0]
        return ((Cipher(type(cipher.u)(mixed_order(cipher.u.raw)), cipher.v),), *deck[1:])

    return false(marked)


# --- numbers --------------------------------------------------------------------------------------


@bad("B05 mix.rows 14")
def blind_mix_with_a_deck_too_few() -> bytes:
    """The first mixer makes two decks where the terms ask for three."""
    made = mixing(0)
    return made.smuggle("Ann", forged_mix(made, "Ann", decks=2))


@bad("B05 mix.rows 14")
def blind_mix_with_a_deck_too_many() -> bytes:
    """The first mixer makes four decks: more tests than the terms allow."""
    made = mixing(0)
    return made.smuggle("Ann", forged_mix(made, "Ann", decks=4))


@bad("B05 mix.rows 11")
def blind_mix_with_more_decks_than_needed() -> bytes:
    """The terms have room for twenty decks, and sixteen are enough: the first mixer multiplies everybody's work."""
    made = blind_game(Phase.MIXING, people(3), decks=20)
    return made.smuggle("Player 1", forged_mix(made, "Player 1", decks=17))


@bad("B05 mix.rows 11")
def blind_mix_with_fewer_decks_than_ten() -> bytes:
    """There is room for sixteen decks, and ten have to be there: nine need the next batch more often."""
    made = blind_game(Phase.MIXING, people(3), decks=16)
    return made.smuggle("Player 1", forged_mix(made, "Player 1", decks=9))


@bad("B05 mix.rows 14")
def blind_mix_with_fewer_decks_than_half_the_room() -> bytes:
    """A group makes clean decks rare: of the room for forty, twenty have to be there; the first mixer makes 19."""
    group = Exclusions(groups=(("Ann", "Bob"),), pairs=())
    made = blind_game(Phase.MIXING, decks=40, exclusions=group)
    return made.smuggle("Ann", forged_mix(made, "Ann", decks=19))


@bad("B05 mix.rows 15")
def blind_mix_that_leaves_a_deck_out() -> bytes:
    """The second mixer drops the first deck: perhaps it knows by now that it was no good for it."""
    made = mixing()
    return made.smuggle("Bob", forged_mix(made, "Bob", before=mix_input(made.state, 3)[1:]))


@bad("B05 mix.rows 15")
def blind_mix_with_a_row_missing() -> bytes:
    """Three of four rows in the last deck."""
    return second(lambda body: changed(body, rows=Points(body.rows[:-64])))


@bad("B05 mix.rows 15")
def blind_mix_of_nothing() -> bytes:
    """No rows at all."""
    return second(lambda body: changed(body, rows=Points(b""), proofs=Proof(b"")))


@bad("B05 mix.twice 16")
def blind_mix_twice() -> bytes:
    """Ann mixes a second time, in place of somebody else."""
    made = mixing(2)
    return made.smuggle("Ann", forged_mix(made, "Ann"))
