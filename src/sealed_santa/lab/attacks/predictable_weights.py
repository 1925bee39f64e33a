"""Many equations are checked as one sum, and whoever proves them knows with which weights."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from sealed_santa.base.errors import ProofError
from sealed_santa.base.labels import Label
from sealed_santa.crypto.commitments import card_commits, commit
from sealed_santa.crypto.group import BASE, ORDER, Point, combine, encode_points, encode_scalars
from sealed_santa.crypto.hashing import tagged_hash
from sealed_santa.crypto.sealing import OVERHEAD
from sealed_santa.game.draw import statements
from sealed_santa.game.state import Phase
from sealed_santa.game.statements import key_statement
from sealed_santa.lab import cheats, dealing, mixing, stage
from sealed_santa.lab.attack import Attack
from sealed_santa.lab.simulator import Simulator
from sealed_santa.lab.trial import Seen, Trial, at_the_door, in_log, let_through, runs, twin, uncheated
from sealed_santa.log.entry import sign_post
from sealed_santa.log.fields import Points, Proof, ShareBoxes
from sealed_santa.log.posts import Deal, KeyPost
from sealed_santa.proofs.equations import Equation, Weights, holds, weighted_sum, weights_from
from sealed_santa.proofs.linear.statements import begin_linear
from sealed_santa.proofs.linear.verify import linear_equations
from sealed_santa.proofs.product.prove import DealWitness, ProductWitness, hedged, prove_product
from sealed_santa.proofs.product.statements import (
    ExclusionStatement,
    PermutationStatement,
    ProductProof,
    begin_exclusion,
    begin_permutation,
)
from sealed_santa.proofs.product.verify import ProvenDeal, verify_deal

_ROGUE: Final = "Dot"
_PRETENDED: Final = 2  # how much more the false argument says Ann's card holds
_ANNOUNCED: Final = 4  # points of a permutation argument


def foreseen(permutation: PermutationStatement, exclusion: ExclusionStatement) -> Weights:
    """Return the weights of the weak verifier of a deal: a hash over the statements, and nothing of the proofs."""
    return weights_from(tagged_hash(Label.PROOF_WEIGHTS, permutation.instance(), exclusion.instance()))


def equal(length: int) -> bytes:
    """Return the weights of the weak verifier of a key: each is 1, so the sum is a plain one."""
    return (b"\x01" + bytes(15)) * (length // 16)


# --- sealed: a fixed point ------------------------------------------------------------------------


class _Moved:
    """A transcript in which the last announced point has shift·G more than its prover thinks."""

    def __init__(self, transcript: Any, shift: int) -> None:
        self.inner, self.shift = transcript, shift

    def absorb(self, data: bytes) -> None:
        """Absorb, moving the last of four points."""
        if len(data) == 32 * _ANNOUNCED:
            data = data[:-32] + (Point(data[-32:]) + self.shift * BASE).raw
        self.inner.absorb(data)

    def challenge(self) -> int:
        """Return the next challenge."""
        challenge: int = self.inner.challenge()
        return challenge


def _ann_alone_hits(game: Simulator) -> bool:
    """Whether deck 0 deals Ann to herself, and everybody else rightly."""
    pairs = dealing.drawn(game, 0, dealing.deck(game, 0)[0])
    return [giver for giver, to in pairs.items() if giver == to] == ["Ann"]


def _pretended(game: Simulator, exclusion: ExclusionStatement, witness: DealWitness) -> tuple[ProductProof, int]:
    """Return an exclusion argument about another card for Ann, and by how much of G its third equation is wrong."""
    slot = dealing.order(game, 0)[0]
    small = [witness.values[s - 1] - j + (_PRETENDED if s == slot else 0) for s, j in exclusion.forms]
    factors = (*(factor % ORDER for factor in small), dealing.inverse_of_product(small))
    hidden = mixing.scalar(game)
    own = tuple(witness.card_blindings[s - 1] for s, _ in exclusion.forms)
    made = ProductWitness(factors, hidden, own, commit(factors, hidden))
    proof = prove_product(*begin_exclusion(exclusion), made, hedged(game.entropy, witness, exclusion))
    transcript, _ = begin_exclusion(exclusion)
    transcript.absorb(b"" if proof.commitment is None else proof.commitment.raw)
    rho = transcript.challenge()
    transcript.absorb(proof.announced())
    powers = sum(pow(rho, k, ORDER) for k, (s, _) in enumerate(exclusion.forms, 1) if s == slot)
    return proof, -transcript.challenge() * powers * _PRETENDED % ORDER


def _moved(game: Simulator, permutation: PermutationStatement, witness: DealWitness, shift: int) -> ProductProof:
    """Return a permutation argument that is right, but for shift·G more in the point that links the cards."""
    transcript, claim = begin_permutation(permutation)
    x = 0 if claim.link is None else claim.link.forms[0][1]
    factors = tuple((value - x) % ORDER for value in witness.values)
    secret = ProductWitness(factors, witness.deck_blinding, witness.card_blindings)
    moved: Any = _Moved(transcript, shift)
    proof = prove_product(moved, claim, secret, hedged(game.entropy, witness, permutation))
    return replace(proof, link_mask=None if proof.link_mask is None else proof.link_mask + shift * BASE)


def _forged(game: Simulator) -> tuple[Deal, bool, dict[str, str]]:
    """Return the deal, whether the weak verifier takes it, and what the real one says of its two halves."""
    values, hidden = dealing.deck(game, 0)
    blindings = dealing.card_blindings(game, 0)
    cards = encode_points(card_commits(values, blindings))
    permutation, exclusion = statements(game.state, game.state.joint_seed(), 0, cards)
    witness = DealWitness(game.dealer.seed, values, blindings, hidden)
    false, off = _pretended(game, exclusion, witness)
    raw = foreseen(permutation, exclusion)(6 * 16)
    weights = [int.from_bytes(raw[k : k + 16], "little") for k in range(0, len(raw), 16)]
    first = _moved(game, permutation, witness, -weights[5] * off * pow(weights[2], -1, ORDER) % ORDER)
    deal = ProvenDeal(permutation, first, exclusion, false)
    plain = replace(deal, permutation_proof=dealing.prove_any_permutation(game, permutation, witness))
    said = {
        "verifier whose weights are foreseen": _verdict(deal, foreseen(permutation, exclusion)),
        "the real one": _verdict(deal, None),
        "foreseen, without the second error": _verdict(plain, foreseen(permutation, exclusion)),
    }
    fooled = said["verifier whose weights are foreseen"] == "accepts"
    return dealing.put_together(game, 0, values, cards, first, false), fooled, said


def _verdict(deal: ProvenDeal, weights: Weights | None) -> str:
    try:
        verify_deal(deal, weights=weights)
    except ProofError as e:
        return e.code
    return "accepts"


def _sealed(cheat: bool) -> Seen:
    game = dealing.waiting(_ann_alone_hits)
    if not cheat:
        game.run(Phase.CHOOSING)
        deal = game.state.deal
        return uncheated(game, won=deal is None or deal.deck == 0)
    deal, fooled, figures = _forged(game)
    game.force(sign_post(deal, game.server))
    return in_log(
        game,
        "Deck 0 deals Ann to herself. The dealer proves that no card is forbidden for another card than hers, so "
        "that one of its equations is wrong by a number that it can compute. A verifier that adds up all equations, "
        "each with its weight, looks at the sum alone. So the dealer makes a second error, in another proof, just as "
        "large with the other weight and of the other sign. The lab has a verifier whose weights are a hash of the "
        "cards and the commitments. They are known before the proofs are.",
        won=fooled and dealing.drawn(game, 0, dealing.deck(game, 0)[0])["Ann"] == "Ann",
        **figures,
    )


# --- blind: a rogue key ---------------------------------------------------------------------------


def _rogue(game: Simulator, secret: int) -> tuple[KeyPost, bool]:
    """Return a key that makes the joint key secret·G, and whether its proof holds in a plain sum.

    Nobody knows the logarithm of A_0, nor that of A_1 = b·G − A_0. That of their sum is b.
    """
    state, blind = game.state, cheats.blind_of(game)
    others = combine((1, points[0]) for points in blind.commitments.values())
    b, *rest = mixing.scalars(game, blind.threshold - 1)
    first = secret * BASE - others
    commitments = (first, b * BASE - first, *(a * BASE for a in rest))
    me, index = cheats.seat(game, _ROGUE), mixing.index_of(game, _ROGUE)
    statement = key_statement(state, me.key, index, commitments)
    masks = mixing.scalars(game, blind.threshold)
    announced = encode_points(mask * BASE for mask in masks)
    transcript, _ = begin_linear(statement)
    transcript.absorb(announced)
    e = transcript.challenge()
    known = (0, b, *rest)
    proof = announced + encode_scalars((mask + e * a) % ORDER for mask, a in zip(masks, known, strict=True))
    sums = tuple(Equation(s, "key.possession", "") for s in linear_equations(statement, proof))
    body = KeyPost(
        **cheats.heads(game, _ROGUE), commitments=Points(encode_points(commitments)), possession=Proof(proof),
        shares=ShareBoxes(game.entropy((32 + OVERHEAD) * len(blind.trustees))),
    )  # fmt: skip
    return body, holds(weighted_sum(sums, equal))


def _blind(cheat: bool) -> Seen:
    game = stage.at_phase("blind", Phase.COINS, **mixing.quick("blind")).run(silent=(_ROGUE,))
    game.say(_ROGUE, cheats.owes(game, _ROGUE))  # its coin
    (secret,) = mixing.scalars(game, 1)
    if not cheat:
        game.run(Phase.MIXING)
        return uncheated(game, won=cheats.blind_of(game).joint == secret * BASE)
    body, fooled = _rogue(game, secret)
    post = cheats.signed(game, _ROGUE, body)
    weak = twin(game)
    let_through(weak, post)
    own = cheats.blind_of(weak).joint == secret * BASE
    return at_the_door(
        game, post,
        f"{_ROGUE} waits for all other keys and posts what is missing from them to a key of its own. It cannot show "
        "that it knows the secret of that; but a key has several parts, each with an equation of its own. So it "
        "makes the second part such that the two together have a secret that it knows. A verifier that adds the "
        "equations up as they are sees nothing wrong: what one is short of, the other has too much.",
        won=fooled and own,
        **{
            "verifier that adds them up as they are": "accepts" if fooled else "refuses",
            "the joint key would be": f"{_ROGUE}'s own" if own else "nobody's",
        },
    )  # fmt: skip


TRIALS: Final[Mapping[str, Trial]] = {"sealed": _sealed, "blind": _blind}

ATTACK = Attack(
    id="predictable-weights",
    title="two errors cancel, because the weights of a sum were known",
    attacker="the dealer (sealed), a trustee (blind)",
    lesson="""
To check a proof is to check that some sums are zero. There are many, and each costs time; to check one sum of all of
them is much cheaper. But a sum can be zero though its parts are not: one is wrong by five, another by minus five. So
each part is multiplied by a random weight first. Who does not know the weights cannot make errors that cancel.

Who knows them can. Where do they come from? A program that must say the same each time cannot throw dice. It takes a
hash. A hash of the statements alone is known before the proofs are made, and then the dealer of this run computes its
second error from the first. Two equations are wrong, and the sum is right. A weight of one for all is worse
still.

So the weights are a hash over everything: the statements and all bytes of the proofs, the last answers included
(docs/protocol.md, section 6.5). Change an answer, and all weights change. When the sum is wrong, the equations are
looked at one by one, so that the message can say which proof is false, and of whom.
""",
    weak="Weights from a hash over the statements, or from a generator with a fixed seed. It can be run again, which "
    "is good for tests.",
    threat="T26",
    tests=(
        "tests/unit/proofs/test_attacks.py::test_attack_a_predictable_weight_forges_a_fixed_point",
        "tests/attacks/test_blind_weights.py::test_errors_that_cancel_in_a_plain_sum_are_found",
        "tests/attacks/test_blind_weights.py::test_an_audit_with_equal_weights_would_be_fooled",
    ),
    cases=("fixed-point-dealt_fail", "blind-rogue-key_fail"),
    course="04-prove-a-derangement",
    runs=runs(TRIALS),
    elsewhere={"classic": "Nothing is ever proven, so there is nothing to add up."},
)  # fmt: skip
