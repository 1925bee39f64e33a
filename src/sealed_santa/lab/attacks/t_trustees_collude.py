"""Trustees put their shares together: with t − 1 of them they have nothing, with t everything."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from sealed_santa.crypto.elgamal import encrypt
from sealed_santa.crypto.group import BASE
from sealed_santa.game.state import Phase, State
from sealed_santa.game.statements import joint_key
from sealed_santa.lab import cheats, mixing, stage
from sealed_santa.lab.assignments import completions
from sealed_santa.lab.attack import Attack
from sealed_santa.lab.rates import Rate, percent
from sealed_santa.lab.simulator import Simulator
from sealed_santa.lab.trial import NOTHING, Seen, Trial, runs

_DECKS: Final = 120


def _pick(game: Simulator, count: int) -> int:
    return int.from_bytes(game.entropy(16), "big") % count


def _fresh_deck(game: Simulator, dealt: Sequence[int]) -> State:
    """Return the state with another deck under the same key of the same trustees."""
    state, joint = game.state, joint_key(game.state)
    randomness = mixing.scalars(game, len(dealt))
    deck = tuple((encrypt(joint, number * BASE, r),) for number, r in zip(dealt, randomness, strict=True))
    return replace(state, blind=replace(cheats.blind_of(game), deck=deck))


def _guessed(game: Simulator, shares: Mapping[int, int]) -> tuple[Rate, int]:
    """Return how often cards are guessed with these shares, and how many cards they decrypt to anything at all."""
    numbers = range(1, len(game.state.players) + 1)
    permitted = completions(len(numbers), ())
    right = read = 0
    for _ in range(_DECKS):
        dealt = permitted[_pick(game, len(permitted))]
        cards = cheats.read_cards(_fresh_deck(game, dealt), shares)
        for giver in numbers:
            card = cards[giver]
            read += card is not None
            others = [number for number in numbers if number != giver]
            right += dealt[giver - 1] == (card or others[_pick(game, len(others))])
    return Rate(right, _DECKS * len(numbers)), read


def _told() -> str:
    """Return what the audit says of trustees who work together."""
    said = [line for line in stage.audited(stage.honest("blind").entries).does_not_prove if "trustees" in line]
    if not said:
        raise stage.unshown("the audit does not say that trustees could work together")
    return said[0]


def _blind(cheat: bool) -> Seen:
    game = stage.at_phase("blind", Phase.CHOOSING)
    t, names, n = cheats.blind_of(game).threshold, list(game.players), len(game.players)
    truth = {cheats.seat(game, name).number: cheats.recipient(game, name).number for name in names}
    shares = {mixing.index_of(game, name): cheats.share_of(game, name) for name in names[: t if cheat else t - 1]}
    found, read = _guessed(game, shares)
    chance = 1 / (n - 1)
    won = cheats.read_cards(game.state, shares) == truth
    if not cheat:
        if read or not found.near(chance):
            raise stage.unshown(f"with {t - 1} shares {found} of the cards are guessed")
        words = stage.in_words(stage.honest("blind"))
        tried = f"With {t - 1} of {n} shares, cards are guessed in {found}; chance is {percent(chance)}"
        return Seen(story=f"{words}. {tried}.", won=won)
    fewer, nothing = _guessed(game, dict(list(shares.items())[: t - 1]))
    if nothing or not fewer.near(chance):
        raise stage.unshown(f"with {t - 1} shares {fewer} of the cards are guessed")
    return Seen(
        story=f"{t} of the {n} trustees send each other their shares of the key, and decrypt all cards at home. "
        f"Nothing of that is in the log. {t - 1} of them try the same, and get points that are nobody's number: as "
        "good as no shares.",
        victim=f"{NOTHING} What the audit does not prove: {_told()}", won=won and found.hits == found.tries,
        why="Somebody has to be able to open cards and gifts, or the game could not end: any t trustees. The promise "
        "is against fewer, and what t of them do at home nobody sees.",
        figures={
            f"{t} of {n} trustees": str(found), f"{t - 1} of {n} trustees": str(fewer), "pure chance": percent(chance),
        },
    )  # fmt: skip


TRIALS: Final[Mapping[str, Trial]] = {"blind": _blind}

ATTACK = Attack(
    id="t-trustees-collude",
    title="as many trustees as the threshold work together",
    attacker="t trustees",
    lesson="""
In blind mode nobody knows the pairs, because nobody has the key. Each trustee has a share of it: a value of a
polynomial of degree t − 1, whose value at zero is the key. With t values the polynomial is known. With t − 1 any
value at zero is still possible, and all are equally likely (Shamir, 1979).

So this mode does not take trust away. It spreads it: more than two thirds of the trustees have to be bad before
anything is lost, and in a small group all players are trustees. Still it has to be said plainly that t of them can
look, and that nobody will ever see it. A secret that several people could read together is as safe as their
friendship is weak.

A game can raise t, up to all trustees. The price: a single one who loses interest then stops the game. See
docs/protocol.md, sections 11.1 and 11.4.
""",
    weak="One party with the whole key: the sealed mode. It is faster, and has one party to trust.",
    threat="",
    tests=("tests/attacks/test_trustee_proofs.py::test_attack_a_threshold_counted_twice_or_wrong_factors_open_something_else",),
    course="07-take-the-server-out",
    runs=runs(TRIALS),
    elsewhere={
        "classic": "One party is enough: the server knows the pairs, and so does the network.",
        "sealed": "One party is enough: the server deals, and knows the pairs.",
    },
)
