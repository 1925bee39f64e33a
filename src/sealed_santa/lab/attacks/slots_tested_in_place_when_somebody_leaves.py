"""Somebody leaves, and the one card that names it must be found: in place, that names its Santa to everybody."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import permutations
from typing import Final

from sealed_santa.game.batches import Kind
from sealed_santa.game.stages import present, the_batch
from sealed_santa.game.state import Phase
from sealed_santa.lab import cheats, mixing, stage
from sealed_santa.lab.attack import Attack
from sealed_santa.lab.rates import Rate, percent, rate
from sealed_santa.lab.simulator import Simulator
from sealed_santa.lab.trial import NOTHING, Seen, Trial, runs, twin, uncheated
from sealed_santa.roles import player

_TESTS: Final = "tests/statistics"


def _left(dealt: Simulator, leaver: str) -> Simulator:
    game = twin(dealt)
    game.say(leaver, player.make_leave(game.state, game.players[leaver].key))
    if the_batch(game.state).kind is not Kind.BRIDGE:
        raise stage.unshown("the deal is not repaired")
    return game


def _place(game: Simulator, leaver: str) -> int:
    """Return the row, from 0, that will be hit: whose second column is the leaver; only the lab can look so early."""
    rows = tuple((row[1],) for row in the_batch(game.state).decks[0])
    return mixing.opened(game, rows).index(cheats.seat(game, leaver).number)


def _mixed_by(game: Simulator, order: Sequence[str]) -> Simulator:
    for name in order:
        game.say(name, cheats.owes(game, name))
    return game


def _guess(game: Simulator, place: int) -> str:
    """Return whom a reader of the log takes for the Santa, if rows stand in the order of the players."""
    return present(game.state)[place].name


def _games(dealt: Simulator, santas: Mapping[str, str]) -> tuple[Rate, Rate]:
    """Let each player leave once, and the others mix in every order; return how often the guess is right, and in place.

    Rows that nobody has mixed stand in the order of the players, and so the place of the hit is the giver's.
    """
    after, before = [], []
    for leaver, santa in santas.items():
        start = _left(dealt, leaver)
        before.append(_guess(start, _place(start, leaver)) == santa)
        names = [name for name in dealt.players if name != leaver]
        for order in permutations(names):
            game = _mixed_by(twin(start), order)
            after.append(_guess(game, _place(game, leaver)) == santa)
    return rate(after), rate(before)


def _hit(dealt: Simulator, leaver: str) -> int:
    """Repair a deal to the moment when everybody sees which row was hit, and return that row, from 0."""
    game = _left(dealt, leaver)
    cheats.play(game, lambda state: state.phase is Phase.OPENING)
    rows = the_batch(game.state).decks[0]
    cheats.play(game, lambda state: the_batch(state).kind is not Kind.BRIDGE)
    after = the_batch(game.state).decks[0]  # as it was, but for the second column of the row that was hit
    return next(place for place, (one, two) in enumerate(zip(rows, after, strict=True)) if one != two)


def _blind(cheat: bool) -> Seen:
    dealt = stage.at_phase("blind", Phase.CHOOSING, **mixing.quick("blind"))
    if not cheat:
        return uncheated(dealt, won=dealt.state.phase is not Phase.CHOOSING)
    santas = {cheats.recipient(dealt, name).name: name for name in dealt.players}
    found, in_place = _games(dealt, santas)
    leaver = "Bob"
    here = _left(dealt, leaver)
    names = [p.name for p in present(here.state)]
    chance = 1 / len(names)
    return Seen(
        story=f"{leaver} leaves after the deal, perhaps in order to learn who would have given to it. Its Santa must "
        f"be given {leaver}'s recipient, and nobody knows who that is. The trustees test all cards for {leaver}. If "
        "they did so where the cards lie, the one that hits would have its holder's name on it. So each card lies "
        "beside the encrypted number of its holder, the rows are mixed first, and which row is hit says nothing. The "
        "lab lets every player leave once, and all others mix in every order.",
        victim=NOTHING,
        won=found.above(chance), refused=found.near(chance),
        figures={
            "Santas found by the place of the hit": f"{found}; by chance {percent(chance)}",
            "tested in place": str(in_place),
            f"the row that was hit when {leaver} left": f"{_hit(dealt, leaver) + 1} of {len(names)}",
        },
    )  # fmt: skip


TRIALS: Final[Mapping[str, Trial]] = {"blind": _blind}

ATTACK = Attack(
    id="slots-tested-in-place-when-somebody-leaves",
    title="somebody leaves to learn who its Santa was",
    attacker="a player who leaves after the deal, and everybody who reads the log",
    lesson="""
When a player leaves after the deal, its Santa has nobody to give to, and its recipient no Santa. The repair is simple
to say: let the one give to the other. In a blind game nobody knows who the one is, and that should stay so.

The trustees can test an encrypted card for a name without opening it. So test all cards for the name of the one who
left: one will hit. But the cards lie in the order of the players. Whose card hit is the Santa, for everybody to see.
And as everybody may leave, everybody could learn its own Santa that way, at the price of the game.

So nothing is tested where it lies. Beside each card is put the encrypted number of its holder, and these rows are
mixed by all trustees before any test. One row hits, and nobody knows whose it is. Its card is replaced by the card of
the one who left, the rows are mixed again, and only then are the holders' numbers opened, to put the cards back in
their order (docs/protocol.md, section 11.7). What remains to be seen is that the repaired pair was permitted.
""",
    weak="Test the cards where they are. It takes a third of the work, and every single step of it is proven.",
    threat="T54",
    tests=(
        f"{_TESTS}/test_blind_bridge.py::test_the_leaver_and_one_trustee_too_few_guess_the_santa_no_oftener_than_by_right",
        "tests/attacks/test_trustee_proofs.py::test_attack_tests_are_exchanged_or_made_for_other_values",
        "tests/attacks/test_trustee_proofs.py::test_attack_another_factor_for_the_second_part",
    ),
    cases=("blind-blinding-of-another-column_fail",),
    course="07-take-the-server-out",
    runs=runs(TRIALS),
    elsewhere={
        "classic": "The server knows all pairs and tells the giver its new recipient.",
        "sealed": "Nobody can leave after the lock: whoever is gone gets its gift, and the house gives in its place.",
    },
)
