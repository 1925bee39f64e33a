"""A blinding that is added after the first openings: with sums it reads every card, with a chain it comes too late."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from sealed_santa.crypto.elgamal import Cipher, plaintext
from sealed_santa.crypto.group import BASE, ORDER
from sealed_santa.game.stages import the_batch
from sealed_santa.game.state import Phase
from sealed_santa.lab import cheats, mixing, stage
from sealed_santa.lab.attack import Attack
from sealed_santa.lab.simulator import Simulator
from sealed_santa.lab.trial import Seen, Trial, at_the_door, runs
from sealed_santa.roles import trustee

_CHEAT: Final = "Dot"
_HONEST: Final = ("Ann", "Bob", "Cem")


def _blinded(pairs: Sequence[Cipher], factors: Sequence[int]) -> list[Cipher]:
    return [Cipher(s * c.u, s * c.v) for s, c in zip(factors, pairs, strict=True)]


def _added(*lists: Sequence[Cipher]) -> list[Cipher]:
    first, *others = lists
    total = list(first)
    for other in others:
        total = [Cipher(a.u + b.u, a.v + b.v) for a, b in zip(total, other, strict=True)]
    return total


def _cards_read(game: Simulator) -> tuple[int, int]:
    """Play the weak protocol of sums on the real tests and keys: how many cards are read, and of how many tests.

    Each trustee posts a multiple of every pair, the sum of them is opened, and a multiple that comes later is
    taken into the sum, too, which is then opened anew.
    """
    batch = the_batch(game.state)
    pairs = [Cipher(c.u, c.v - t.value * BASE) for c, t in zip(batch.pairs, batch.tests, strict=True)]
    x = {mixing.index_of(game, name): cheats.share_of(game, name) for name in _HONEST}
    summed = _added(*(_blinded(pairs, mixing.scalars(game, len(pairs))) for _ in _HONEST))
    first = [{j: share * c.u for j, share in x.items()} for c in summed]  # what the honest ones post
    own = mixing.scalars(game, len(pairs))
    later = _added(summed, _blinded(pairs, own))
    second = [{j: share * c.u for j, share in x.items()} for c in later]  # and post again, for the new sum
    names = {p.number * BASE for p in game.state.players}
    read = 0
    for place, (s, cipher) in enumerate(zip(own, batch.pairs, strict=True)):
        inverse = pow(s, -1, ORDER)
        shares = {j: inverse * (second[place][j] - first[place][j]) for j in x}  # of the card itself
        read += plaintext(cipher, shares) in names
    return read, len(pairs)


def _blind(cheat: bool) -> Seen:
    game = stage.at_phase("blind", Phase.BLINDING)
    read, tests = _cards_read(game) if cheat else (0, 0)
    game.run(Phase.OPENING)
    game.say("Ann", cheats.owes(game, "Ann"))  # the first opening
    if not cheat:
        body = cheats.owes(game, "Bob")
        return at_the_door(game, cheats.signed(game, "Bob", body), stage.in_words(stage.honest("blind")), won=False)
    late = trustee.make_blinding(game.state, game.players[_CHEAT], game.entropy)
    story = (
        "Before a test is opened, trustees multiply it by secret factors, so that it says yes or no and not what the "
        f"card is. Suppose each posted its own multiple, and the sum of them were opened. {_CHEAT} waits for the first "
        "openings and only then adds a multiple of its own. The others open the new sum, too. The difference of the "
        f"two openings is the card times a factor that {_CHEAT} knows. Here the factors are a chain, which is over "
        "before anything is opened."
    )
    return at_the_door(
        game, cheats.signed(game, _CHEAT, late), story, won=read == tests,
        **{"with sums, tested cards that one trustee reads": f"{read} of {tests}"},
    )  # fmt: skip


TRIALS: Final[Mapping[str, Trial]] = {"blind": _blind}

ATTACK = Attack(
    id="blinding-after-opening",
    title="a blinding that comes after the openings",
    attacker="a trustee",
    lesson="""
The trustees have to ask whether a deck has a forbidden pair, and must not learn anything else. They subtract the
forbidden value from the card, multiply by secret factors, and open the result. Zero stays zero; everything else
becomes a point at random.

There are two ways to bring several factors together. Each trustee can multiply the card by its own, and the results
are added: then all can work at the same time. Or each multiplies what the one before it posted: then they have to
wait for each other. The first is quicker, and has a hole. What is added after the first openings is opened beside
them, and subtracting the one from the other leaves that trustee's part alone, without any factor that it does not
know.

So the blinding is a chain here, closed by the t-th of it, and only its last link is opened, once by each. See
docs/protocol.md, sections 11.6 and 11.10.
""",
    weak="Sums of blindings that stay open for late contributions. They are all proven, and all honest in form; the "
    "order is the attack.",
    threat="T37",
    tests=(
        "tests/attacks/test_trustee_proofs.py::test_attack_another_factor_for_the_second_part",
        "tests/attacks/test_trustee_proofs.py::test_attack_the_value_is_taken_off_twice_or_never",
    ),
    cases=("blind-opening-before-the-blinding-is-over_fail",),
    course="07-take-the-server-out",
    runs=runs(TRIALS),
    elsewhere={
        "classic": "Nothing is tested in the dark: the server sees the draw.",
        "sealed": "Nothing is tested in the dark: the dealer sees the draw, and proves that no pair is forbidden.",
    },
)
