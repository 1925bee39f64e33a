"""Somebody chose the generators, and knows what nobody should know about them."""

from __future__ import annotations

from sealed_santa.crypto.commitments import card_commits, commit
from sealed_santa.crypto.elgamal import encode_rows, encrypt
from sealed_santa.crypto.group import BASE, ORDER, encode_points
from sealed_santa.game.draw import hits, statements
from sealed_santa.game.mixing import mix_input
from sealed_santa.game.state import Phase
from sealed_santa.game.statements import joint_key, shuffle_statement
from sealed_santa.lab import dealing, mixing, stage, weak
from sealed_santa.lab.attack import Attack
from sealed_santa.lab.simulator import Simulator
from sealed_santa.lab.trial import Seen, at_the_door, in_log, runs, uncheated
from sealed_santa.log.entry import sign_post
from sealed_santa.log.fields import Points
from sealed_santa.log.posts import Deal
from sealed_santa.proofs.product.prove import DealWitness, ProductWitness, hedged
from sealed_santa.proofs.product.statements import begin_exclusion, begin_permutation
from sealed_santa.proofs.product.verify import product_equations
from sealed_santa.proofs.shuffle.verify import shuffle_equations
from sealed_santa.roles import dealer

WANTED = {"Ann": "Bob", "Bob": "Ann", "Cem": "Dot", "Dot": "Cem"}
FALSE = (1, 2, 2, 4)  # a deck with Bob twice and without Cem


def _values(game: Simulator) -> tuple[int, ...]:
    """Return the cards by slot that give everybody whom the dealer wants, now that the coins are known."""
    number = {p.name: p.number for p in game.state.players}
    by_slot = {
        slot: number[WANTED[p.name]] for p, slot in zip(game.state.players, dealing.order(game, 0), strict=True)
    }
    return tuple(by_slot[slot] for slot in sorted(by_slot))


def _forged(game: Simulator, values: tuple[int, ...], hidden: int) -> tuple[Deal, bool]:
    """Return a deal of these values, proven under planted generators, and what a verifier says who trusts those."""
    blindings, state = dealing.card_blindings(game, 0), game.state
    cards = encode_points(card_commits(values, blindings))
    permutation, exclusion = statements(state, state.joint_seed(), 0, cards)
    draw = hedged(game.entropy, DealWitness(game.dealer.seed, values, blindings, hidden), permutation)
    begun = begin_permutation(permutation)
    x = 0 if begun[1].link is None else begun[1].link.forms[0][1]
    factors = tuple((value - x) % ORDER for value in values)
    first = weak.planted_product(*begun, ProductWitness(factors, hidden, blindings), draw)
    small = [values[slot - 1] - value for slot, value in exclusion.forms]
    factors = (*(factor % ORDER for factor in small), dealing.inverse_of_product(small))
    tail = mixing.scalar(game)
    own = tuple(blindings[slot - 1] for slot, _ in exclusion.forms)
    witness = ProductWitness(factors, tail, own, weak.planted_commit(factors, tail))
    second = weak.planted_product(*begin_exclusion(exclusion), witness, draw)
    fooled = weak.planted_holds(
        (*product_equations(*begin_permutation(permutation), first),
         *product_equations(*begin_exclusion(exclusion), second))
    )  # fmt: skip
    return dealing.put_together(game, 0, values, cards, first, second), fooled


def _sealed(cheat: bool) -> Seen:
    game = stage.at_phase("sealed", Phase.DECK)
    committed, hidden = dealing.deck(game, 0)
    if not cheat:
        game.run(Phase.DEAL)
        t, _ = dealer.standing_deck(game.state, game.dealer)
        return uncheated(game, won=dealing.drawn(game, t, dealing.deck(game, t)[0]) == WANTED)
    body = dealer.make_deck(game.state, game.dealer)
    planted = weak.planted_commit(committed, hidden)
    game.deal_with(dealing.but(body, commitments=Points(planted.raw + body.commitments[len(planted.raw) :])))
    game.run(Phase.DEAL)
    values = _values(game)
    other = weak.other_blinding(committed, hidden, values)
    equal = weak.planted_commit(values, other) == planted
    really = commit(values, other) == commit(committed, hidden)
    forged, fooled = _forged(game, values, other)
    game.force(sign_post(forged, game.server))
    return in_log(
        game,
        "Suppose that the dealer had chosen the generators, and each were a multiple of H that only it knows. It "
        f"commits to the deck {committed}, waits for all coins, and works out another blinding with which the same "
        f"commitment opens to {values}, the draw that it wants. A verifier that trusts these generators accepts deal "
        "and proofs. Then the dealer shows them to the real one, whose generators come out of a hash.",
        won=fooled and equal and not hits(game.state.forbidden, values, dealing.order(game, 0)),
        **{
            "planted commitment opens to both decks": "yes" if equal else "no",
            "verifier with planted generators": "accepts" if fooled else "refuses",
            "the same sum with the real generators": "opens to both decks" if really else "does not come out",
            "drawn, if it were believed": dealing.named_pairs(dealing.drawn(game, 0, values)),
        },
    )


def _blind(cheat: bool) -> Seen:
    game = stage.at_phase("blind", Phase.MIXING, **mixing.quick("blind"))
    if not cheat:
        return uncheated(game, won=False)
    state, secrets = game.state, game.players["Ann"]
    randomness = mixing.scalars(game, len(FALSE))
    after = tuple((encrypt(joint_key(state), v * BASE, r),) for v, r in zip(FALSE, randomness, strict=True))
    statement = shuffle_statement(state, secrets.key, 0, mix_input(state, 1)[0], after)
    proof = weak.planted_shuffle(statement, FALSE, randomness, lambda: mixing.scalar(game))
    fooled = weak.planted_holds(shuffle_equations(statement, proof))
    post = sign_post(mixing.mix_post(game, "Ann", encode_rows(after), proof.encode()), secrets.signing)
    return at_the_door(
        game, post,
        "Suppose that Ann had chosen the generators, and each were a multiple of H that only she knows. She mixes "
        "first and posts cards of her own, with Bob on two and Cem on none. Her proof commits to an honest order; "
        "when the last question has come she opens that commitment to other numbers, which fit her cards. A verifier "
        "that trusts these generators accepts. Then she sends it to the real one.",
        won=fooled and mixing.opened(game, after) == FALSE,
        **{"verifier with planted generators": "accepts" if fooled else "refuses"},
    )  # fmt: skip


TRIALS = {"sealed": _sealed, "blind": _blind}

ATTACK = Attack(
    id="trapdoor-generator",
    title="somebody knows a logarithm between the generators",
    attacker="whoever chose the generators",
    lesson="""\
A commitment here is a sum: value 1 times G_1, value 2 times G_2, and so on, plus a random multiple of H. It binds
because nobody knows how the generators G_1, G_2, … and H belong together. Who knew that one is 5 times another
could take 1 away here and put 5 there, and the sum would be the same: one commitment, two openings.

So it matters where generators come from. If somebody sends a file with “random” generators, they may have made each
as a multiple of H and kept the list. The file looks perfectly random; nobody can see it. The lab plants such a
list. Its owner commits to one deck, waits for everybody's coins, and opens another deck, with a proof that
satisfies every equation.

Here the generators come out of a hash of their own names (docs/protocol.md, section 6.1): G_k is the first point
that the hash of “generator k” leads to. Nobody chose it, so nobody can know its logarithm, and everybody computes
it anew. Numbers like that are called nothing-up-my-sleeve numbers.""",
    weak="“We generated the parameters at random and deleted the secret” may be true. A protocol in which it has to be "
    "believed has a trapdoor for whoever said so.",
    threat="T45",
    tests=(
        "tests/unit/crypto/test_group.py::test_generators_agree_with_the_reference_and_are_pairwise_different",
        "tests/unit/crypto/test_group.py::test_generators_are_fixed",
    ),
    cases=("proof-for-another-commitment_fail", "blind-mix-by-no-permutation_fail"),
    course="03-commit-and-reveal",
    runs=runs(TRIALS),
    elsewhere={"classic": "Nothing is ever committed to, so there are no generators."},
)
