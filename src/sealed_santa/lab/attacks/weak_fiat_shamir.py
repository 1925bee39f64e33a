"""A proof is forged against a verifier whose challenges leave out what the proof is about."""

from __future__ import annotations

from dataclasses import replace

from sealed_santa.crypto.commitments import card_commit, card_commits, commit
from sealed_santa.crypto.elgamal import Cipher, encode_rows
from sealed_santa.crypto.group import BASE, ORDER, decode_points, encode_points
from sealed_santa.game.draw import statements
from sealed_santa.game.mixing import mix_input
from sealed_santa.game.replay import judge
from sealed_santa.game.state import Phase
from sealed_santa.game.statements import joint_key, shuffle_statement
from sealed_santa.lab import dealing, mixing, stage, weak
from sealed_santa.lab.attack import Attack
from sealed_santa.lab.simulator import Simulator
from sealed_santa.lab.trial import Seen, at_the_door, in_log, runs, uncheated
from sealed_santa.log.entry import sign_post
from sealed_santa.log.posts import Deal
from sealed_santa.proofs.product.prove import DealWitness, ProductWitness, hedged, prove_product
from sealed_santa.proofs.product.statements import (
    ExclusionStatement,
    PermutationStatement,
    begin_exclusion,
    begin_permutation,
)
from sealed_santa.proofs.shuffle.prove import mix_rows, prove_shuffle


def _first_deck_stands(game: Simulator) -> bool:
    return dealing.permitted(game)[0]


def _believed(
    game: Simulator, exclusion: ExclusionStatement, values: tuple[int, ...], blindings: tuple[int, ...]
) -> ProductWitness:
    """Return the witness of an honest exclusion argument for these values."""
    small = [values[slot - 1] - value for slot, value in exclusion.forms]
    factors = (*(factor % ORDER for factor in small), dealing.inverse_of_product(small))
    hidden = mixing.scalar(game)
    own = tuple(blindings[slot - 1] for slot, _ in exclusion.forms)
    return ProductWitness(factors, hidden, own, commit(factors, hidden))


def _solved(game: Simulator, permutation: PermutationStatement, exclusion: ExclusionStatement,
            believed: ProductWitness, values: tuple[int, ...]) -> tuple[int, ...]:  # fmt: skip
    """Return cards that agree with the honest ones in both sums, and of which Ann's is her own.

    The challenges ρ and σ are known before the cards: they depend on nothing that the dealer has still to choose. Bob's
    and Cem's cards make up for Ann's: two linear equations with two unknowns.
    """
    transcript, _ = weak.weak_permutation(permutation)
    rho = transcript.challenge()
    transcript, _ = weak.weak_exclusion(exclusion)
    transcript.absorb(b"" if believed.commitment is None else believed.commitment.raw)
    sigma = transcript.challenge()
    slots = dealing.order(game, 0)
    form = {slot: k for k, (slot, _) in enumerate(exclusion.forms, 1)}
    ann, bob, cem = slots[:3]
    p = {slot: pow(rho, slot, ORDER) for slot in slots}
    x = {slot: pow(sigma, form[slot], ORDER) for slot in slots}
    a = (1 - values[ann - 1]) % ORDER
    inverse = pow(p[bob] * x[cem] - p[cem] * x[bob], -1, ORDER)
    b = (x[ann] * p[cem] - p[ann] * x[cem]) * a * inverse % ORDER
    c = (p[ann] * x[bob] - x[ann] * p[bob]) * a * inverse % ORDER
    moved = {ann: a, bob: b, cem: c}
    return tuple((value + moved.get(slot, 0)) % ORDER for slot, value in enumerate(values, 1))


def _forged(game: Simulator) -> tuple[Deal, Deal, bool]:
    """Return a deal forged for the weak verifier, the same attempt for the real one, and what the weak one says."""
    values, hidden = dealing.deck(game, 0)
    blindings, seed = dealing.card_blindings(game, 0), game.state.joint_seed()
    honest = statements(game.state, seed, 0, encode_points(card_commits(values, blindings)))
    believed = _believed(game, honest[1], values, blindings)
    false = _solved(game, *honest, believed, values)
    cards = encode_points(card_commit(value, b) for value, b in zip(false, blindings, strict=True))
    permutation, exclusion = statements(game.state, seed, 0, cards)
    made = []
    for p, x in (
        (weak.weak_permutation(permutation), weak.weak_exclusion(exclusion)),
        (begin_permutation(permutation), begin_exclusion(exclusion)),
    ):
        draw = hedged(game.entropy, DealWitness(game.dealer.seed, values, blindings, hidden), permutation)
        point = 0 if p[1].link is None else p[1].link.forms[0][1]
        factors = tuple((value - point) % ORDER for value in values)
        made.append((prove_product(*p, ProductWitness(factors, hidden, blindings), draw),
                     prove_product(*x, believed, draw)))  # fmt: skip
    (first, second), _ = made
    fooled = weak.weakly_holds(weak.weak_permutation(permutation), first) and weak.weakly_holds(
        weak.weak_exclusion(exclusion), second
    )
    weakly, really = (dealing.put_together(game, 0, false, cards, *proofs) for proofs in made)
    return weakly, really, fooled


def _sealed(cheat: bool) -> Seen:
    game = dealing.waiting(_first_deck_stands)
    if not cheat:
        return uncheated(game, won=False)
    weakly, really, fooled = _forged(game)
    slot = dealing.order(game, 0)[0]
    opened = card_commit(1, dealing.card_blindings(game, 0)[slot - 1])
    own = decode_points(weakly.cards.units()[slot - 1], 1)[0] == opened
    post = sign_post(really, game.server)
    again = stage.refusal(lambda: judge(game.state, post, game.now)).code
    game.force(sign_post(weakly, game.server))
    return in_log(
        game,
        "The lab has a verifier that is weak on purpose: the cards do not go into the hash that asks the questions. "
        "So the dealer knows the questions before it makes the cards. It writes “Ann” on Ann's own card, and gives "
        "Bob and Cem, who are in league with it, cards with numbers that make both sums come out right. The weak "
        "verifier accepts. Then the dealer shows the same deal to the real one.",
        won=fooled and own,
        **{
            "weak verifier": "accepts" if fooled else "refuses",
            "Ann's card opens to": "Ann" if own else "somebody else",
            "the same forgery, with the real questions": again,
        },
    )


def _blind(cheat: bool) -> Seen:
    game = stage.at_phase("blind", Phase.MIXING, **mixing.quick("blind"))
    if not cheat:
        return uncheated(game, won=False)
    state, secrets = game.state, game.players["Ann"]
    before = mix_input(state, 1)[0]
    witness = mixing.witness_of(game, before)
    after = mix_rows(joint_key(state), before, witness.permutation, witness.randomness)
    statement = shuffle_statement(state, secrets.key, 0, before, after)
    proof = prove_shuffle(weak.forgetful(statement), witness, secrets.seed, game.entropy)
    own, other = witness.permutation.index(2), witness.permutation.index(3)  # Bob's row becomes another Ann
    taken = proof.power_answers[own] * pow(proof.power_answers[other], -1, ORDER) % ORDER
    moved = {own: -1 * BASE, other: taken * BASE}
    false = tuple(
        (Cipher(row[0].u, row[0].v + moved[k]),) if k in moved else row for k, row in enumerate(after)
    )
    fooled = weak.shuffle_holds(weak.forgetful(replace(statement, after=false)), proof)
    post = sign_post(mixing.mix_post(game, "Ann", encode_rows(false), proof.encode()), secrets.signing)
    return at_the_door(
        game, post,
        "The lab has a verifier that is weak on purpose: the rows do not go into the hash that asks the questions. "
        "Ann mixes first. She makes an honest proof, and only then changes the rows: Bob's becomes a second Ann, and "
        "what that adds to the sum, weighted with the known answers, she takes from Cem's row. The weak verifier "
        "accepts. Then she sends it to the real one.",
        won=fooled and mixing.opened(game, false).count(1) == 2,
        **{"weak verifier": "accepts" if fooled else "refuses"},
    )  # fmt: skip


TRIALS = {"sealed": _sealed, "blind": _blind}

ATTACK = Attack(
    id="weak-fiat-shamir",
    title="a proof is forged because the questions leave something out",
    attacker="the dealer (sealed), a trustee (blind)",
    lesson="""\
A proof of this kind is a conversation: the prover fixes something, the verifier asks a random question, the prover
answers. Who knows the question before fixing anything can prepare an answer for any lie. Fiat and Shamir replaced
the verifier by a hash: the question is the hash of everything that was fixed. Everything, or else the order of the
conversation is lost.

The lab carries a verifier that forgets one thing: the cards. Its question no longer depends on them. So the prover
asks for the question first and makes the cards afterwards. Two sums have to come out right; with three cards to
choose that is two linear equations, and the rest is school algebra. The forged deal gives Ann to herself and
passes.

The real verifier absorbs all public values before the first question (docs/protocol.md, sections 6.3, 6.4 and
11.9). Change a card and all questions change. Mistakes of the weak kind were found in voting systems and in proof
libraries that many had read: in honest runs they look exactly like the right thing.""",
    weak="Everything in the proof is right but for one value that is missing in one hash. Somebody left it out "
    "because it was “already known to both”, or to save a line.",
    threat="T03",
    tests=(
        "tests/unit/proofs/test_attacks.py::test_attack_cards_left_out_before_rho_forge_a_fixed_point",
        "tests/attacks/test_shuffle.py::test_attack_lists_left_out_of_the_challenges_replace_two_rows",
        "tests/attacks/test_trustee_proofs.py::test_attack_pairs_left_out_of_the_challenge_turn_a_hit_into_a_miss",
    ),
    cases=("cards-changed-after-the-proofs_fail", "blind-mix-with-two-errors-that-cancel_fail"),
    course="04-prove-a-derangement",
    runs=runs(TRIALS),
    elsewhere={"classic": "Nothing is ever proven, so there is nothing to forge."},
)
