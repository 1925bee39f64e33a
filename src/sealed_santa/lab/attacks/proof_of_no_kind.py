"""A proof of nothing but zeros, and points that are none."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from sealed_santa.crypto.commitments import card_commits
from sealed_santa.crypto.elgamal import Cipher, encode_ciphers, plaintext
from sealed_santa.crypto.group import (
    BASE,
    FIELD,
    IDENTITY,
    ORDER,
    SIZE,
    Point,
    blinder,
    encode_points,
    generator,
)
from sealed_santa.game.draw import statements
from sealed_santa.game.replay import judge
from sealed_santa.game.stages import the_batch
from sealed_santa.game.state import Phase
from sealed_santa.game.statements import blinding_statement
from sealed_santa.lab import cheats, dealing, mixing, stage
from sealed_santa.lab.attack import Attack
from sealed_santa.lab.simulator import Simulator
from sealed_santa.lab.trial import Seen, Trial, at_the_door, in_log, runs, uncheated
from sealed_santa.log.entry import sign_post
from sealed_santa.log.fields import Points, Proof
from sealed_santa.log.posts import Blinding, Deal
from sealed_santa.proofs.equality import BlindingStatement
from sealed_santa.proofs.equations import Sum, add_term, holds
from sealed_santa.proofs.linear.statements import begin_linear
from sealed_santa.proofs.product.prove import DealWitness
from sealed_santa.proofs.product.statements import ExclusionStatement, ProductProof, begin_exclusion, exclusion_shape
from sealed_santa.roles import dealer

_TESTS: Final = "tests/unit/proofs/test_attacks.py"
_ORDER_TWO: Final = (FIELD - 1).to_bytes(SIZE, "little")
NO_POINTS: Final = {
    "the identity": IDENTITY.raw,
    "a point of order two": _ORDER_TWO,
    "a point of order four": bytes(SIZE),
    "a point of mixed order": (BASE + Point(_ORDER_TWO)).raw,
    "a second spelling of a point": (FIELD + 3).to_bytes(SIZE, "little"),
    "no point of the curve": b"\x02" + bytes(SIZE - 1),
}
ZEROS: Final = ProductProof(IDENTITY, IDENTITY, IDENTITY, IDENTITY, IDENTITY, (), (), 0, 0, 0)


def _with_first(blob: bytes, raw: bytes) -> bytes:
    return raw + blob[SIZE:]


# --- sealed ---------------------------------------------------------------------------------------


def weakly_holds(statement: ExclusionStatement, proof: ProductProof) -> bool:
    """Check an exclusion argument as a verifier does that believes a proof how long it is, and takes any point.

    The three sums are those of the argument. With no factors nothing of the statement is left in them.
    """
    transcript, claim = begin_exclusion(statement)
    transcript.absorb(b"" if proof.commitment is None else proof.commitment.raw)
    rho = transcript.challenge()
    transcript.absorb(proof.announced())
    e, answers = transcript.challenge(), proof.factor_answers
    steps = (*answers[:1], *proof.partial_answers, e * claim.target % ORDER)
    opening = _sum(e, proof.commitment, proof.masks, -proof.blinding_answer)
    chain = _sum(e, proof.delta_two, proof.delta_one, -proof.delta_answer)
    link = _sum(0, None, proof.link_mask, -(proof.link_answer or 0))
    for k, answer in enumerate(answers):
        add_term(opening, -answer, generator(k + 1))
        if k:
            add_term(chain, steps[k - 1] * answer - e * steps[k], generator(k))
    for k, ((slot, value), answer) in enumerate(zip(statement.forms, answers, strict=False), 1):
        add_term(link, e * pow(rho, k, ORDER), statement.cards[slot - 1])
        add_term(link, -pow(rho, k, ORDER) * (e * value + answer), BASE)
    return all(holds(each) for each in (opening, chain, link))


def _sum(scalar: int, first: Point | None, second: Point | None, blinding: int) -> Sum:
    total: Sum = {}
    add_term(total, scalar, first or IDENTITY)
    add_term(total, 1, second or IDENTITY)
    add_term(total, blinding, blinder())
    return total


def _as_a_card(game: Simulator, deal: Deal, raw: bytes) -> str:
    post = sign_post(dealing.but(deal, cards=Points(_with_first(deal.cards, raw))), game.server)
    return stage.refusal(lambda: judge(game.state, post, game.now)).code


def _as_a_deck(raw: bytes) -> str:
    game = stage.at_phase("sealed", Phase.DECK)
    body = dealer.make_deck(game.state, game.dealer)
    spoilt = dealing.but(body, commitments=Points(_with_first(body.commitments, raw)))
    return stage.refusal(lambda: game.deal_with(spoilt)).code


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
    proven = dealing.prove_any_permutation(game, permutation, witness)
    fooled = weakly_holds(exclusion, ZEROS)
    honest = dealer.make_deal(game.state, game.dealer, game.entropy)
    kinds = {f"a card that is {kind}": _as_a_card(game, honest, raw) for kind, raw in NO_POINTS.items()}
    full = dealing.but(honest, exclusion=Proof(_as_long(honest.exclusion, len(exclusion.forms))))
    long = stage.refusal(lambda: judge(game.state, sign_post(full, game.server), game.now)).code
    game.force(sign_post(dealing.put_together(game, 0, values, cards, proven, ZEROS), game.server))
    return in_log(
        game,
        f"Deck 0 deals somebody to themselves: {dealing.named_pairs(pairs)}. There is no proof that it does not. So "
        "the dealer sends none: every point is the identity, every scalar is zero, and of the answers, one for each "
        "card, there is not one. A verifier that asks the proof how long it is adds up nothing, and gets zero, which "
        "is right.",
        won=fooled and any(giver == to for giver, to in pairs.items()),
        **{
            "verifier that takes proofs as they come": "accepts" if fooled else "refuses",
            "zeros, as many as belong there": long,
            **{f"a deck that is {kind}": _as_a_deck(raw) for kind, raw in NO_POINTS.items()},
            **kinds,
        },
    )


def _as_long(blob: bytes, forms: int) -> bytes:
    """Return identities and zeros, as many as an exclusion argument has points and scalars."""
    points = exclusion_shape(forms).points
    return IDENTITY.raw * points + bytes(len(blob) - SIZE * points)


# --- blind ----------------------------------------------------------------------------------------


def _zero_holds(statement: BlindingStatement) -> bool:
    """Check the proof of zeros as a verifier does that takes the identity for a point like any other."""
    _, relations = begin_linear(statement)
    sums = []
    for relation in relations:
        total: Sum = {}
        for _, coefficient, base in relation.terms:
            add_term(total, 0 * coefficient, base)
        for scalar, base in relation.target:
            add_term(total, -scalar, base)
        sums.append(total)
    return all(holds(total) for total in sums)


def _zeros(game: Simulator) -> tuple[Blinding, BlindingStatement]:
    """Return Dot's blinding with the factor zero for every test: nothing but identities, and a proof of zeros."""
    batch = the_batch(game.state)
    pairs = (Cipher(IDENTITY, IDENTITY),) * len(batch.tests)
    statement = blinding_statement(game.state, game.players["Dot"].key, pairs)
    proof = IDENTITY.raw * statement.announced + bytes(SIZE * statement.witnesses)
    body = Blinding(
        **cheats.heads(game, "Dot"), batch=batch.number, pairs=Points(encode_ciphers(pairs)), proof=Proof(proof)
    )
    return body, statement


def _hits(game: Simulator) -> int:
    """Return how many tests are hits, if these identities are opened with the real shares."""
    blind = cheats.blind_of(game)
    names = list(game.players)[: blind.threshold]
    shares = {mixing.index_of(game, name): cheats.share_of(game, name) for name in names}
    nothing = Cipher(IDENTITY, IDENTITY)
    opened = plaintext(nothing, {index: x * nothing.u for index, x in shares.items()})
    return len(the_batch(game.state).tests) if opened == IDENTITY else 0


def _as_a_row(raw: bytes) -> str:
    game = stage.at_phase("blind", Phase.MIXING, **mixing.quick("blind"))
    body = mixing.mix_of(game, "Ann")
    post = cheats.signed(game, "Ann", dealing.but(body, rows=Points(_with_first(body.rows, raw))))
    return stage.refusal(lambda: judge(game.state, post, game.now)).code


def _for_a_key() -> str:
    game = stage.at_phase("blind", Phase.COINS, **mixing.quick("blind"))
    game.say("Ann", cheats.owes(game, "Ann"))  # her coin
    body = cheats.owes(game, "Ann")
    half = len(body.possession) // 2
    zeros = Proof(IDENTITY.raw * (half // SIZE) + bytes(half))
    return stage.refusal(lambda: game.say("Ann", dealing.but(body, possession=zeros))).code


def _some_deck_is_clean(game: Simulator) -> bool:
    return any(mixing.clean(game, the_batch(game.state)))


def _blind(cheat: bool) -> Seen:
    game = mixing.work(mixing.waiting(_some_deck_is_clean), Phase.BLINDING, but_for="Dot")
    number = the_batch(game.state).number
    if not cheat:
        cheats.play(game, lambda state: state.phase is Phase.CHOOSING)
        return uncheated(game, won=cheats.blind_of(game).deal_batch != number)
    body, statement = _zeros(game)
    fooled, hits, tests = _zero_holds(statement), _hits(game), len(the_batch(game.state).tests)
    return at_the_door(
        game, cheats.signed(game, "Dot", body),
        "Dot blinds last, and multiplies every test by zero. It even knows the factor, so a proof is at hand: "
        "nothing but identities and zeros, and each equation says that zero is zero. What is opened then is zero "
        "everywhere, and zero means a hit. Every deck would be thrown away, batch after batch, for as long as Dot "
        "likes; and nobody would see more than bad luck.",
        won=fooled and hits == tests,
        **{
            "verifier that takes the identity for a point": "accepts" if fooled else "refuses",
            "tests that would be hits": f"{hits} of {tests}, though a deck is clean",
            "a proof of zeros for a key": _for_a_key(),
            **{f"a row with {kind}": _as_a_row(raw) for kind, raw in NO_POINTS.items()},
        },
    )  # fmt: skip


TRIALS: Final[Mapping[str, Trial]] = {"sealed": _sealed, "blind": _blind}

ATTACK = Attack(
    id="proof-of-no-kind",
    title="a proof of nothing but zeros, and points that are none",
    attacker="the dealer (sealed), a trustee (blind)",
    lesson="""
Zero times anything is zero, and an equation in which everything is zero holds. So a proof of nothing but zeros has a
good chance with a verifier that only computes. Signatures of zeros were accepted for any message by a library that
half the world used, and a proof of zeros by a verifier that was in use.

The same goes for points. A curve has more points than the group that one computes in: the identity, a few of small
order, sums of those with good points. Some bytes spell a point in a second way, and most spell none at all. Each of
them makes some formula say what it should not: a product that is always zero, a mark that can be found again, two
different logs with the same meaning.

So before anything is computed, everything from outside is decoded, once, in one place. A point must be canonical, on
the curve, in the group of prime order, and not the identity; a scalar must be below the order; and there must be
exactly as many of both as the statement says (docs/protocol.md, sections 2.5, 6.1 and 6.4). Inside formulas the
identity is a value like any other. From outside it never comes.
""",
    weak="Decoding that trusts: the library would say if something were wrong. It says so for some functions, and "
    "not for others.",
    threat="T27",
    tests=(
        f"{_TESTS}::test_attack_one_partial_product_too_many_pushes_the_target_out_of_its_equation",
        "tests/attacks/test_trustee_proofs.py::test_attack_all_zero_proofs",
        "tests/attacks/test_trustee_proofs.py::test_attack_public_values_that_are_no_points",
        "tests/attacks/test_shuffle.py::test_attack_rows_that_are_no_points",
    ),
    cases=(
        "proof-of-zeros_fail", "proof-of-identities_fail", "proof-with-a-large-scalar_fail", "card-identity_fail",
        "card-of-small-order_fail", "card-of-mixed-order_fail", "card-not-canonical_fail", "deck-of-small-order_fail",
        "deck-identity_fail", "deck-not-canonical_fail", "blind-blinding-with-zero_fail",
        "blind-mix-with-the-identity_fail", "blind-mix-proven-with-a-row-of-mixed-order_fail",
        "blind-mix-with-a-row-off-the-curve_fail", "blind-key-with-a-proof-of-zeros_fail",
    ),
    course="04-prove-a-derangement",
    runs=runs(TRIALS),
    elsewhere={"classic": "No points and no proofs: names in plain text."},
)  # fmt: skip
