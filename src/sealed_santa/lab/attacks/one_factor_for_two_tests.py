"""A card is tested for two players with one factor, and what was opened of the tests reads the card."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from typing import Final

from sealed_santa.crypto.elgamal import Cipher, encode_ciphers, plaintext
from sealed_santa.crypto.group import BASE, IDENTITY, ORDER, Point, decode_points
from sealed_santa.game.batches import Batch, Test
from sealed_santa.game.stages import the_batch
from sealed_santa.game.state import Phase
from sealed_santa.game.statements import blinding_statement
from sealed_santa.lab import cheats, mixing, stage
from sealed_santa.lab.attack import Attack
from sealed_santa.lab.simulator import Simulator
from sealed_santa.lab.trial import NOTHING, Seen, Trial, runs, twin, uncheated
from sealed_santa.log.fields import Points, Proof
from sealed_santa.log.posts import Blinding, OpeningPost
from sealed_santa.proofs.linear.prove import prove_linear

_COUPLE: Final = stage.coupled("Ann", "Bob")  # so Ann's card is tested for two players, and Bob's is
Factors = Callable[[Simulator, Sequence[Test]], tuple[int, ...]]


def one_a_card(game: Simulator, tests: Sequence[Test]) -> tuple[int, ...]:
    """Return the factors of the weak variant: the same for all tests of one card."""
    made = {(test.deck, test.row): factor for test, factor in zip(tests, mixing.scalars(game, len(tests)), strict=True)}
    return tuple(made[test.deck, test.row] for test in tests)


def _blinding(game: Simulator, name: str, factors: Factors) -> Blinding:
    """Return a blinding with these factors; its proof is right."""
    state, secrets, batch = game.state, game.players[name], the_batch(game.state)
    first = not batch.blinders
    chosen = factors(game, batch.tests)
    pairs = tuple(
        Cipher(s * pair.u, s * (pair.v - test.value * BASE if first else pair.v))
        for s, test, pair in zip(chosen, batch.tests, batch.pairs, strict=True)
    )
    proof = prove_linear(blinding_statement(state, secrets.key, pairs), chosen, secrets.seed, game.entropy)
    return Blinding(
        **cheats.heads(game, name), batch=batch.number, pairs=Points(encode_ciphers(pairs)), proof=Proof(proof)
    )


def _blinded(game: Simulator, weak: Sequence[str] = ()) -> Simulator:
    """Let the trustees blind; the weak ones take one factor a card, and the rules have nothing against it."""
    for name in game.players:
        if game.state.phase is Phase.BLINDING:
            game.say(name, _blinding(game, name, one_a_card) if name in weak else cheats.owes(game, name))
    return game


def _opened(game: Simulator) -> tuple[Batch, tuple[Point, ...]]:
    """Let the trustees open, and return what everybody computes from it."""
    batch = the_batch(game.state)
    found: dict[int, tuple[Point, ...]] = {}
    for name in game.players:
        body = cheats.owes(game, name)
        if not isinstance(body, OpeningPost) or len(found) == cheats.blind_of(game).threshold:
            break
        found[mixing.index_of(game, name)] = decode_points(body.shares, len(batch.pairs))
        if len(found) < cheats.blind_of(game).threshold:
            game.say(name, body)
    points = enumerate(batch.pairs)
    return batch, tuple(plaintext(pair, {i: shares[k] for i, shares in found.items()}) for k, pair in points)


def read_from_tests(batch: Batch, opened: Sequence[Point], players: int) -> dict[tuple[int, int], int]:
    """Return the cards, by deck and row, that two tests of one card give away if they had one factor.

    The tests open to s·(m − j)·G and s·(m − k)·G. Their difference is s·(k − j)·G, so s·G is known; then try every m.
    """
    of_card = defaultdict(list)
    for test, point in zip(batch.tests, opened, strict=True):
        of_card[test.deck, test.row].append((test.value, point))
    found = {}
    for card, tests in of_card.items():
        for (j, one), (k, two) in pairwise(tests):
            if IDENTITY in (one, two):  # a hit, which shall say which card it is
                continue
            factor = pow(k - j, -1, ORDER) * (one - two)
            for m in range(1, players + 1):
                if (m - j) * factor == one and (m - k) * factor == two:
                    found[card] = m
    return found


def _read(game: Simulator) -> tuple[int, int]:
    """Return how many cards are read rightly, and how many were tested twice without a hit."""
    decks = the_batch(game.state).decks
    batch, opened = _opened(game)
    truth = {(d, row): m for d, deck in enumerate(decks) for row, m in enumerate(mixing.opened(game, deck), 1)}
    read = read_from_tests(batch, opened, len(game.players))
    asked = {card: [t.value for t in batch.tests if (t.deck, t.row) == card] for card in truth}
    twice = [card for card, values in asked.items() if len(values) > 1 and truth[card] not in values]
    return sum(read.get(card) == truth[card] for card in twice), len(twice)


def _blind(cheat: bool) -> Seen:
    start = mixing.waiting(lambda game: True, exclusions=_COUPLE, decks=2)
    if not cheat:
        _blinded(start)
        cards = {(test.deck, test.row) for test in the_batch(start.state).tests}
        return uncheated(start, won=len(cards) == len(the_batch(start.state).tests))  # none is tested twice
    weakly, weaker = (_read(_blinded(twin(start), names)) for names in (tuple(start.players), ("Ann", "Bob")))
    read, tested = _read(_blinded(start))
    return Seen(
        story="Ann and Bob are a couple, so each of their cards is tested for two players: for themselves, and for "
        "each other. What a test opens to is public, and says no more than yes or no, as it is multiplied by a "
        "factor that nobody knows. With one factor for both tests of a card everybody could divide it out. Whoever "
        "reads the log tries that on all cards that were tested twice.",
        victim=NOTHING,
        won=read > 0, refused=not read,
        figures={
            "cards read": f"{read} of {tested}",
            "if all took one factor a card": f"{weakly[0]} of {weakly[1]}",
            "if two of three did": f"{weaker[0]} of {weaker[1]}",
        },
    )  # fmt: skip


TRIALS: Final[Mapping[str, Trial]] = {"blind": _blind}

ATTACK = Attack(
    id="one-factor-for-two-tests",
    title="one factor for two tests of a card reads it",
    attacker="whoever reads the log",
    lesson="""
In a blind game nobody knows a card, and yet all must know that it is not a forbidden one. So the trustees subtract the
forbidden number, multiply what is left by secret factors, and open that. Zero stays zero, and that is a hit. Anything
else becomes a random point, which says nothing.

It says nothing alone. A card that must not be Ann and must not be Bob is tested twice. With one factor s the tests
open to s times the distance from Ann, and s times the distance from Bob. The difference of the two is s times the
distance between Ann and Bob, which everybody knows. So s is known as a point, and the card is found by trying.

So each test has a factor of its own, one after the other from a stream that comes of the trustee's seed, the batch and
the hash of all that is tested (docs/protocol.md, sections 8 and 11.6). It is enough that one trustee in the chain
keeps to it. Nothing in the log shows whether it did, and no proof asks for it: this is a duty of the honest to
themselves, and a mistake in a client would show in nothing but in such a run.
""",
    weak="One factor for each card, drawn once and used for all tests of it. It is less work, and every proof holds.",
    threat="T37",
    tests=("tests/attacks/test_trustee_proofs.py::test_attack_another_factor_for_the_second_part",),
    cases=("blind-blinding-with-two-factors_fail",),
    course="07-take-the-server-out",
    runs=runs(TRIALS),
    elsewhere={
        "classic": "Nothing is tested: the server says that the draw is permitted.",
        "sealed": "The dealer proves that no card is forbidden, and no test is opened.",
    },
)
