"""Two people give to the same person, and somebody gets nothing."""

from __future__ import annotations

from collections import Counter

from sealed_santa.classic.lines import Say
from sealed_santa.crypto.elgamal import rerandomise
from sealed_santa.game.batches import Deck
from sealed_santa.game.draw import hits
from sealed_santa.game.state import Phase
from sealed_santa.game.statements import joint_key
from sealed_santa.lab import dealing, mixing, plain, stage
from sealed_santa.lab.attack import Attack
from sealed_santa.lab.simulator import Simulator
from sealed_santa.lab.trial import Seen, at_the_door, in_log, let_through, runs, twin, uncheated
from sealed_santa.log.entry import sign_post


def _twice(pairs: dict[str, str]) -> bool:
    """Whether somebody is given to by two."""
    return max(Counter(pairs.values()).values()) > 1


def _classic(cheat: bool) -> Seen:
    table = plain.Table()
    table.start({"Ann": "Cem", "Bob": "Cem", "Cem": "Ann", "Dot": "Bob"} if cheat else None)
    won = _twice(table.pairs())
    table.choose()
    if not cheat:
        return Seen(story=plain.in_words(table), won=won)
    gifts = {name: len(table.told(name, Say.GET)) for name in table.ids}
    return Seen(
        story="The server tells both Ann and Bob to give to Cem. Nobody is told to give to Dot.",
        victim=f"Dot gets {gifts['Dot']} gifts, Cem gets {gifts['Cem']}. Until the delivery neither of them sees "
        "anything, and afterwards nobody can say whether it was a mistake.",
        won=won and not gifts["Dot"],
        why="Each player is told one name and sees no other, and the server shows nothing by which the names could be "
        "compared.",
    )


def _values(game: Simulator, t: int) -> tuple[int, ...]:
    """Return the cards of deck t with one name in the place of another, and nobody dealt what is forbidden."""
    held = dealing.deck(game, t)[0]
    numbers = sorted(held)
    for one in numbers:
        for other in numbers:
            values = tuple(one if value == other else value for value in held)
            if one != other and not hits(game.state.forbidden, values, dealing.order(game, t)):
                return values
    raise stage.unshown("no card can be doubled without a forbidden pair")


def _first_deck_stands(game: Simulator) -> bool:
    return dealing.permitted(game)[0]


def _sealed(cheat: bool) -> Seen:
    game = dealing.waiting(_first_deck_stands)
    if not cheat:
        return uncheated(game, won=_twice(dealing.drawn(game, 0, dealing.deck(game, 0)[0])))
    values = _values(game, 0)
    pairs = dealing.drawn(game, 0, values)
    game.force(sign_post(dealing.forged(game, 0, values), game.server))
    return in_log(
        game,
        f"The dealer writes one name on two cards: {dealing.named_pairs(pairs)}. No pair is forbidden, so the "
        "exclusion argument is true and honest. The permutation argument is not, and the dealer runs its prover all "
        "the same.",
        won=_twice(pairs),
    )


def _doubled(game: Simulator, deck: Deck) -> Deck:
    first, _, *rest = deck
    again = tuple(rerandomise(joint_key(game.state), cipher, mixing.scalar(game)) for cipher in first)
    return (first, again, *rest)


def _blind(cheat: bool) -> Seen:
    game = stage.at_phase("blind", Phase.MIXING, seed="lab/0", blind=mixing.few_decks(2))
    mixing.work(game, Phase.MIXING, but_for="Dot")
    post = sign_post(
        mixing.mix_of(game, "Dot", (lambda deck: _doubled(game, deck)) if cheat else (lambda deck: deck)),
        game.players["Dot"].signing,
    )
    if not cheat:
        game.order(post)
        dealt = mixing.known(game.run(Phase.CHOOSING))
        return uncheated(game, won=_twice(dealt))
    weak = twin(game)
    let_through(weak, post)
    dealt = mixing.known(weak.run(Phase.CHOOSING))
    return at_the_door(
        game, post,
        "Dot mixes last. In every deck she puts the first row also into the place of the second, encrypted anew so "
        "that the two look different. One card is there twice, another is gone, and she does not even know which.",
        won=_twice(dealt),
        **{"without the proof of the mix": dealing.named_pairs(dealt)},
    )  # fmt: skip


TRIALS = {"classic": _classic, "sealed": _sealed, "blind": _blind}

ATTACK = Attack(
    id="two-givers-one-person",
    title="two people give to one, and somebody gets nothing",
    attacker="the server (classic), the dealer (sealed), a trustee (blind)",
    lesson="""\
Everybody must be given to by exactly one person. The cards together have to be a permutation: every name once. A
mistake here hurts only on the day of the delivery, when somebody sits there without a gift.

How do you show that closed envelopes hold every name exactly once, without opening one? Take a random number x,
drawn after the envelopes were closed. If the cards are 1 to n in some order, then the product of all (card − x)
equals (1 − x)(2 − x)…(n − x). Two polynomials that differ agree at almost no x, so a single random x is enough.
That is the permutation argument of docs/protocol.md, section 6.4: it ties the cards to a deck that was committed
before the coins. The audit calls it A27.

In a blind game the same idea proves that a mix is a shuffle (section 11.9): every row of before is there
afterwards, each once, in another order and another encryption. A mixer that doubles a row has no such proof.""",
    weak="Checking that no pair is forbidden is not enough: two cards with one name break no exclusion. And checking a "
    "mix by its sum alone is not enough either, as what is added to one row can be taken from another.",
    threat="T03",
    tests=(
        "tests/unit/proofs/test_attacks.py::test_attack_cards_left_out_before_rho_forge_a_fixed_point",
        "tests/attacks/test_shuffle.py::test_attack_a_row_is_dropped_for_another_one",
        "tests/attacks/test_shuffle.py::test_attack_a_row_is_doubled",
    ),
    cases=("one-recipient-twice_fail", "blind-mix-that-doubles-a-row_fail"),
    course="04-prove-a-derangement",
    runs=runs(TRIALS),
)
