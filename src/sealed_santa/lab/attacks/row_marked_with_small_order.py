"""A trustee marks a card with a point outside the group, to know it again behind all mixes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from sealed_santa.base.errors import ParseError
from sealed_santa.crypto.elgamal import Cipher, encode_rows
from sealed_santa.crypto.group import FIELD, SIZE, Point, decode_point
from sealed_santa.game.batches import Deck
from sealed_santa.game.mixing import mix_input
from sealed_santa.game.state import Phase
from sealed_santa.game.statements import joint_key, shuffle_statement
from sealed_santa.lab import cheats, mixing, stage
from sealed_santa.lab.attack import Attack
from sealed_santa.lab.simulator import Simulator
from sealed_santa.lab.trial import Seen, Trial, at_the_door, runs, uncheated
from sealed_santa.proofs.equations import Sum, add_term, holds
from sealed_santa.proofs.shuffle.prove import mix_rows, prove_shuffle
from sealed_santa.proofs.shuffle.statements import ShuffleProof, ShuffleStatement
from sealed_santa.proofs.shuffle.verify import shuffle_equations

ORDER_TWO: Final = Point((FIELD - 1).to_bytes(SIZE, "little"))  # added twice it is the identity
_MARKED: Final = 2  # the number on the card that Ann wants to know again: Bob's


def marked(deck: Deck, row: int) -> Deck:
    """Return a deck with a mark on a row (from 0): nothing that a multiple of two would show."""
    return tuple(
        (Cipher(cipher.u, cipher.v + ORDER_TWO),) if k == row else (cipher,) for k, (cipher,) in enumerate(deck)
    )


def places(deck: Deck) -> tuple[int, ...]:
    """Return the rows (from 0) that hold a point outside the group: what anybody finds who looks."""
    found = []
    for row, (cipher,) in enumerate(deck):
        try:
            decode_point(cipher.v.raw)
        except ParseError:
            found.append(row)
    return tuple(found)


def weakly_holds(statement: ShuffleStatement, proof: ShuffleProof, row: int) -> bool:
    """Check a mix as a library does that clears the cofactor: it computes as if the mark were not there."""
    mark, clean = statement.after[row][0].v, statement.after[row][0].v + ORDER_TWO
    cleared = []
    for equation in shuffle_equations(statement, proof):
        total: Sum = {}
        for base, scalar in equation.items():
            add_term(total, scalar, clean if base == mark else base)
        cleared.append(total)
    return all(holds(total) for total in cleared)


def _mixed_on(game: Simulator, deck: Deck, row: int) -> tuple[Deck, int]:
    """Let Bob and Cem mix honestly, and return the deck and where the row went; only the lab knows their orders."""
    for _ in ("Bob", "Cem"):
        witness = mixing.witness_of(game, deck)
        deck = mix_rows(joint_key(game.state), deck, witness.permutation, witness.randomness)
        row = witness.permutation.index(row + 1)
    return deck, row


def _blind(cheat: bool) -> Seen:
    game = stage.at_phase("blind", Phase.MIXING, **mixing.quick("blind"))
    if not cheat:
        found = places(_mixed_on(game, mix_input(game.state, 1)[0], _MARKED - 1)[0])
        return uncheated(game, won=bool(found))
    state, secrets = game.state, game.players["Ann"]
    before = mix_input(state, 1)[0]
    witness = mixing.witness_of(game, before)
    row = witness.permutation.index(_MARKED)
    after = marked(mix_rows(joint_key(state), before, witness.permutation, witness.randomness), row)
    statement = shuffle_statement(state, secrets.key, 0, before, after)
    proof = prove_shuffle(statement, witness, secrets.seed, game.entropy)
    fooled = weakly_holds(statement, proof, row)
    last, true = _mixed_on(game, after, row)
    found = places(last)
    post = cheats.signed(game, "Ann", mixing.mix_post(game, "Ann", encode_rows(after), proof.encode()))
    holder = state.players[true].name
    return at_the_door(
        game, post,
        "Ann mixes first. She knows which row is Bob's card, and adds a point of order two to it: added to itself, "
        "that point is nothing. Every mix after hers adds multiples of other points, and moves the row, but nothing "
        "takes the mark away. A library that clears such parts before it compares finds the proof right. At the end "
        "Ann looks which row is outside the group, and with that she knows who gives to Bob.",
        won=fooled and found == (true,),
        **{
            "verifier that clears the cofactor": "accepts" if fooled else "refuses",
            "rows that are found again after two honest mixes": f"{len(found)}: {holder} gives to Bob",
        },
    )  # fmt: skip


TRIALS: Final[Mapping[str, Trial]] = {"blind": _blind}

ATTACK = Attack(
    id="row-marked-with-small-order",
    title="a card is marked with a point outside the group",
    attacker="a trustee who mixes first",
    lesson="""
Who shuffles cards may mark one: a scratch, and he finds it again however often others shuffle. Encrypted cards are
numbers, and the mixers change all of them so that none can be known again. Is there anything on them that is not
changed?

On the curve that is used here there is. Its points form a large group, and besides there are eight of small order. Add
one of those to a card, and the card is the same in all that counts, for a program that computes with multiples of
eight. And nothing that honest mixers do takes it off again: they add points of the large group. One look at the end,
and the marked card is found, with its holder's name beside it.

So no such point is let in. Every point from outside must lie in the group of prime order (docs/protocol.md, sections
6.1 and 11.9); for the rows of a mix that is checked by the multiplication itself, of every point, also where its
factor is zero. There are groups without such points, and they save one this care. Here the keys were on the curve
already.
""",
    weak="A check that the point is on the curve, and a library that forgives the rest. For key exchange that is just "
    "what one wants.",
    threat="T34",
    tests=(
        "tests/attacks/test_shuffle.py::test_attack_a_row_is_marked_with_a_point_of_order_two",
        "tests/attacks/test_trustee_proofs.py::test_attack_a_mark_of_order_two_in_a_share_is_found",
    ),
    cases=("blind-mix-proven-with-a-row-of-mixed-order_fail",),
    course="07-take-the-server-out",
    runs=runs(TRIALS),
    elsewhere={
        "classic": "There are no cards but in the memory of the server.",
        "sealed": "The dealer deals alone and knows every card: it needs no mark. Cards of small order are refused "
        "there, too: that is proof-of-no-kind.",
    },
)  # fmt: skip
