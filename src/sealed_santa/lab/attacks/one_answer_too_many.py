"""A proof has one number more than it should, and with that what it must come to is no longer asked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from sealed_santa.crypto.challenge import Transcript
from sealed_santa.crypto.commitments import card_commits, commit
from sealed_santa.crypto.elgamal import Cipher, claimed_rows, encode_rows, encrypt
from sealed_santa.crypto.group import BASE, ORDER, combine, encode_points
from sealed_santa.game.draw import statements
from sealed_santa.game.mixing import mix_input
from sealed_santa.game.state import Phase
from sealed_santa.game.statements import joint_key, shuffle_statement
from sealed_santa.lab import cheats, dealing, mixing, stage
from sealed_santa.lab.attack import Attack
from sealed_santa.lab.simulator import Simulator
from sealed_santa.lab.trial import Seen, Trial, at_the_door, in_log, runs, uncheated
from sealed_santa.log.entry import sign_post
from sealed_santa.proofs.equations import holds
from sealed_santa.proofs.masks import hedged_masks
from sealed_santa.proofs.product.prove import DealWitness, ProductWitness, hedged, prove_product
from sealed_santa.proofs.product.statements import Claim, ProductProof, begin_exclusion
from sealed_santa.proofs.product.verify import product_equations
from sealed_santa.proofs.shuffle.statements import (
    ShuffleProof,
    ShuffleStatement,
    begin_shuffle,
    powers,
    shuffle_claim,
)
from sealed_santa.proofs.shuffle.verify import shuffle_equations

DOUBLED: Final = (1, 1, 3, 4)  # a deck with Ann twice and without Bob
_TESTS: Final = "tests/unit/proofs/test_attacks.py"
Begun = tuple[Transcript, Claim]


def _last_challenge(begun: Begun, proof: ProductProof) -> int:
    transcript, claim = begun
    if proof.commitment is not None:
        transcript.absorb(proof.commitment.raw)
    if claim.link is not None:
        transcript.challenge()
    transcript.absorb(proof.announced())
    return transcript.challenge()


def weakly_holds(begun: Begun, again: Begun, proof: ProductProof) -> bool:
    """Check an argument as a verifier does that counts nothing: it reads p̂_2, p̂_3, ... for as long as there are some.

    The last of them stands then where e·target belongs, and the target is in no equation any more. `begun` and `again`
    are the same beginning twice, as a transcript is used up.
    """
    *partial, last = proof.partial_answers
    e = _last_challenge(begun, proof)
    transcript, claim = again
    fitting = replace(claim, target=last * pow(e, -1, ORDER) % ORDER)
    return all(holds(s) for s in product_equations(transcript, fitting, replace(proof, partial_answers=tuple(partial))))


def _longer(begun: Begun, proof: ProductProof, product: int) -> ProductProof:
    """Return the proof with one answer more: e times what the factors really come to."""
    more = _last_challenge(begun, proof) * product % ORDER
    return replace(proof, partial_answers=(*proof.partial_answers, more))


def _product(factors: Sequence[int]) -> int:
    product = 1
    for factor in factors:
        product = product * factor % ORDER
    return product


# --- sealed ---------------------------------------------------------------------------------------


def _sealed(cheat: bool) -> Seen:
    game = dealing.waiting(dealing.first_deck_hits)
    pairs = dealing.drawn(game, 0, dealing.deck(game, 0)[0])
    if not cheat:
        game.run(Phase.CHOOSING)
        deal = game.state.deal
        return uncheated(game, won=deal is None or deal.deck == 0)
    values, hidden = dealing.deck(game, 0)
    blindings = dealing.card_blindings(game, 0)
    cards = encode_points(card_commits(values, blindings))
    permutation, exclusion = statements(game.state, game.state.joint_seed(), 0, cards)
    witness = DealWitness(game.dealer.seed, values, blindings, hidden)
    factors = (*((values[slot - 1] - value) % ORDER for slot, value in exclusion.forms), 1)
    own, blinding = tuple(blindings[slot - 1] for slot, _ in exclusion.forms), mixing.scalar(game)
    secret = ProductWitness(factors, blinding, own, commit(factors, blinding))
    plain = prove_product(*begin_exclusion(exclusion), secret, hedged(game.entropy, witness, exclusion))
    longer = _longer(begin_exclusion(exclusion), plain, _product(factors))
    fooled = weakly_holds(begin_exclusion(exclusion), begin_exclusion(exclusion), longer)
    proven = dealing.prove_any_permutation(game, permutation, witness)
    game.force(sign_post(dealing.put_together(game, 0, values, cards, proven, longer), game.server))
    return in_log(
        game,
        f"Deck 0 deals somebody to themselves: {dealing.named_pairs(pairs)}. So one factor is zero, and the product "
        "of all is zero, which has no inverse. The prover shows the product growing, factor by factor, and the last "
        "step must come to one. The dealer adds one answer more: what the product really is. A verifier that reads "
        "as many answers as there are compares the last step with that, and never gets to the one that it should "
        "come to.",
        won=fooled and any(giver == to for giver, to in pairs.items()),
        **{
            "verifier that does not count": "accepts" if fooled else "refuses",
            "answers": f"{len(longer.partial_answers)}, where {len(plain.partial_answers)} belong",
        },
    )


# --- blind ----------------------------------------------------------------------------------------


def _shuffle(
    game: Simulator, statement: ShuffleStatement, values: Sequence[int], randomness: Sequence[int]
) -> tuple[ShuffleProof, bool]:
    """Return a proof that rows of any values are a shuffle, with one answer too many, and what the weak verifier says.

    Row i after is (r_i·G, value_i·G + r_i·Y). A commits to 1, ..., N; B, once x is known, to powers of x but for the
    first number, which makes the sum over the rows come out. So the product of the factors is not what it must be.
    """
    n, joint, secrets = statement.rows, statement.joint, game.players["Ann"]
    draw = hedged_masks(game.entropy, secrets.seed, statement, b"")
    transcript, r_a, r_b = begin_shuffle(statement), draw(), draw()
    a = commit(range(1, n + 1), r_a)
    transcript.absorb(a.raw)
    x = powers(transcript.challenge(), n)
    wrong = sum(power * (place - value) for place, (power, value) in enumerate(zip(x, values, strict=True), 1))
    beta = [(x[0] + wrong * pow(values[0], -1, ORDER)) % ORDER, *x[1:]]
    b = commit(beta, r_b)
    transcript.absorb(b.raw)
    y, z = transcript.challenge(), transcript.challenge()
    factors = tuple((y * place + power - z) % ORDER for place, power in enumerate(beta, 1))
    claim = shuffle_claim(a, b, x, (y, z))
    product = prove_product(transcript, claim, ProductWitness(factors, (y * r_a + r_b) % ORDER), draw)
    d, r_d, s = [draw() for _ in range(n)], draw(), draw()
    mask = commit(d, r_d)
    rest = (sum(k * r for k, r in zip(d, randomness, strict=True)) - s) % ORDER
    column = Cipher(
        rest * BASE, combine([(sum(k * v for k, v in zip(d, values, strict=True)), BASE), (rest, joint)])
    )
    transcript.absorb(mask.raw + column.u.raw + column.v.raw)
    f = transcript.challenge()
    proof = ShuffleProof(
        commitment=a, power_commitment=b, product=product, power_mask=mask, column_masks=(column,),
        power_answers=tuple((f * k + m) % ORDER for k, m in zip(beta, d, strict=True)),
        power_blinding=(f * r_b + r_d) % ORDER,
        column_answers=((f * sum(k * r for k, r in zip(beta, randomness, strict=True)) + s) % ORDER,),
    )  # fmt: skip

    def begun() -> Begun:
        started = begin_shuffle(statement)
        started.absorb(a.raw)
        started.challenge()
        started.absorb(b.raw)
        started.challenge(), started.challenge()
        return started, claim

    longer = _longer(begun(), product, _product(factors))
    linear = all(holds(equation) for equation in shuffle_equations(statement, proof)[2:])
    return replace(proof, product=longer), linear and weakly_holds(begun(), begun(), longer)


def _blind(cheat: bool) -> Seen:
    game = stage.at_phase("blind", Phase.MIXING, **mixing.quick("blind"))
    if not cheat:
        rows = claimed_rows(cheats.owes(game, "Ann").rows, len(DOUBLED), 1)
        return uncheated(game, won=mixing.opened(game, rows).count(1) != 1)
    state, secrets, joint = game.state, game.players["Ann"], joint_key(game.state)
    before, randomness = mix_input(state, 1)[0], mixing.scalars(game, len(DOUBLED))
    after = tuple((encrypt(joint, value * BASE, r),) for value, r in zip(DOUBLED, randomness, strict=True))
    statement = shuffle_statement(state, secrets.key, 0, before, after)
    proof, fooled = _shuffle(game, statement, DOUBLED, randomness)
    held = mixing.opened(game, after)
    post = sign_post(mixing.mix_post(game, "Ann", encode_rows(after), proof.encode()), secrets.signing)
    return at_the_door(
        game, post,
        "Ann mixes first. She posts a deck with her own name twice and without Bob's. The proof of a shuffle holds two "
        "products against each other, and hers differ. So she adds one answer more, which says what her product "
        "really is. A verifier that reads as many answers as there are compares it with itself.",
        won=fooled and held.count(1) == 2,
        **{
            "verifier that does not count": "accepts" if fooled else "refuses",
            "the deck holds": ", ".join(str(number) for number in held),
        },
    )  # fmt: skip


TRIALS: Final[Mapping[str, Trial]] = {"sealed": _sealed, "blind": _blind}

ATTACK = Attack(
    id="one-answer-too-many",
    title="one number too many pushes what matters out of its equation",
    attacker="the dealer (sealed), a trustee (blind)",
    lesson="""
The product argument shows that many secret numbers, multiplied, come to a public one. It goes step by step: the first
number, the first two, the first three, and so on. Of each step but the first and the last the prover sends an answer.
The last has none, as everybody knows what it must come to.

A program that reads a proof meets a list of answers. It could ask how long the list is and go on from there; many do,
as it makes one function fit for all sizes. Then a prover who sends one answer more also writes the last step itself.
What everybody knows is then in no equation. Each equation holds, and the argument shows that the product is what it
is.

So the numbers of points and scalars follow from the statement, which the verifier knows by itself, and from nothing in
the proof. A proof of another length is not looked at (docs/protocol.md, sections 6.4 and 11.9). That was found by
attacking a protocol that read as many as came, and it is one line.
""",
    weak="A function that reads whatever list it is given. In tests with honest provers it is always the right one.",
    threat="T27",
    tests=(
        f"{_TESTS}::test_attack_one_partial_product_too_many_pushes_the_target_out_of_its_equation",
    ),
    cases=(
        "proof-with-a-scalar-too-many_fail", "proof-with-a-scalar-too-few_fail", "proof-missing_fail",
        "blind-mix-with-the-proof-of-another-deck_fail",
    ),
    course="04-prove-a-derangement",
    runs=runs(TRIALS),
    elsewhere={"classic": "Nothing is ever proven, so there is nothing to count."},
)  # fmt: skip
