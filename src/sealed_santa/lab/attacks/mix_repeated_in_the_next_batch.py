"""A mixer mixes the next batch as it mixed the last one: what is known of the one is known of the other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from sealed_santa.base.labels import Label
from sealed_santa.crypto.elgamal import claimed_rows, encode_rows
from sealed_santa.game.batches import Deck
from sealed_santa.game.mixing import mix_input
from sealed_santa.game.stages import the_batch
from sealed_santa.game.state import Phase
from sealed_santa.game.statements import joint_key
from sealed_santa.lab import cheats, dealing, mixing, stage
from sealed_santa.lab.attack import Attack
from sealed_santa.lab.simulator import Simulator
from sealed_santa.lab.trial import NOTHING, Seen, Trial, runs, uncheated
from sealed_santa.log.posts import Mix
from sealed_santa.proofs.shuffle.prove import mix_rows


def _out(game: Simulator) -> bool:
    return not any(mixing.clean(game, the_batch(game.state)))


def _mixes(game: Simulator, batch: int) -> dict[str, Deck]:
    """Return the rows of the first deck that each trustee posted in a batch."""
    n, found = len(game.state.players), {}
    for entry in game.entries:
        body = entry.post.body
        author = game.state.player(body.by)
        if isinstance(body, Mix) and body.batch == batch and author is not None:
            found[author.name] = claimed_rows(body.rows[: 64 * n], n, 1)
    return found


def _same(one: Mapping[str, Deck], two: Mapping[str, Deck]) -> list[str]:
    """Return who mixed both times, and posted the same rows.

    Raises:
        UndecidedError: `lab.unshown`, nobody mixed both times.
    """
    both = [name for name in one if name in two]
    if not both:
        raise stage.unshown("nobody mixed both times, so that nothing can be compared")
    return [name for name in both if one[name] == two[name]]


def _weakly(game: Simulator, names: Sequence[str]) -> Deck:
    """Return the deck as it comes out if no label of a mix says which batch it is for."""
    deck = mix_input(game.state, 1)[0]
    for name in names:
        data = encode_rows(deck)
        order = game.players[name].shuffle(0, 0, data, len(deck))
        flat = game.players[name].scalars(Label.KEY_MIX, 0, 0, data, len(deck))
        deck = mix_rows(joint_key(game.state), deck, order, [(r,) for r in flat])
    return deck


def _posted_again(game: Simulator, batch: int) -> str:
    """Return how a mix of an old batch is refused in a new one, though it is signed anew."""
    old = next(e.post.body for e in game.entries if isinstance(e.post.body, Mix) and e.post.body.batch == batch)
    name = next(name for name, secrets in game.players.items() if secrets.key == old.by)
    return stage.refusal(lambda: game.say(name, dealing.but(old, seen=game.state.head))).code


def _next_batch(game: Simulator) -> Simulator:
    first = the_batch(game.state).number
    return cheats.play(game, lambda state: the_batch(state).number > first)


def _blind(cheat: bool) -> Seen:
    game = mixing.waiting(_out, decks=1)
    number, names = the_batch(game.state).number, tuple(game.players)
    if not cheat:
        other = stage.at_phase("blind", Phase.BLINDING, **mixing.quick("blind"))
        return uncheated(game, won=bool(_same(_mixes(game, number), _mixes(other, the_batch(other.state).number))))
    here = [(p.number, m) for p, m in zip(game.state.players, mixing.opened(game, the_batch(game.state).decks[0]),
                                          strict=True)]  # fmt: skip
    _next_batch(game)
    weak = _weakly(game, names), _weakly(game, names)
    again = _posted_again(game, number)
    cheats.play(game, lambda state: the_batch(state).number > number + 1 or state.phase is Phase.BLINDING)
    one, two = (_mixes(game, k) for k in (number, number + 1))
    same = _same(one, two)
    hits = sum(pair in game.state.forbidden for pair in here)
    return Seen(
        story="The only deck of the first batch has a forbidden pair, and everybody sees which test hit. So the "
        "trustees mix a second batch. The first of them starts again from the names in their order: the same input, "
        "under the same key. If its order came from its seed and from what it mixes alone, it would mix just so "
        "again, so the next would have the same input as before, and so on to the last. The same deck would come "
        "out, with the same forbidden pair. Whoever reads the log compares the two batches.",
        victim=NOTHING,
        won=bool(same), refused=not same,
        figures={
            "mixes that come out twice": f"{len(same)} of {len(names)}",
            "if no label named the batch": "the whole deck comes out twice" if weak[0] == weak[1] else "two decks",
            "a mix of the first batch, posted in the second": again,
            "cards of the first deck that its tests told everybody": f"{hits} of {len(here)}",
        },
    )  # fmt: skip


TRIALS: Final[Mapping[str, Trial]] = {"blind": _blind}

ATTACK = Attack(
    id="mix-repeated-in-the-next-batch",
    title="the next batch is mixed as the last one was",
    attacker="whoever reads the log",
    lesson="""
A trustee has one seed for a game, and needs a new order for each deck. So it derives the order from the seed and a
label: what it is for. Two things that have the same label get the same order. What has to be in the label?

The hash of what is mixed seems to be enough: for another input another order. But the first mixer of a batch always
has the same input, the names of the players in their order. If all decks of a batch are out, a second one is mixed,
and the first mixer would do the same again; so would, after it, all others. The game would throw away one and the same
deck until everybody gives up. And where only some of what is mixed is the same, what the tests told of the old deck
would be known of the new one.

So batches are counted, and their numbers never repeat in a game, not even after somebody was dropped. Number of batch
and deck are in the label of every secret, and in the session of every proof, besides the hash of the whole input and
the joint key (docs/protocol.md, sections 8 and 11.5). A label costs nothing. Put everything into it.
""",
    weak="A label with the hash of the input and nothing else. It is the clever choice: the same question gets the "
    "same answer. Here the same question must get another one.",
    threat="T32",
    tests=("tests/statistics/test_blind_uniform.py::test_one_honest_mixer_makes_it_uniform",),
    cases=("blind-mix-proven-for-another-batch_fail", "blind-mix-of-another-batch_fail"),
    course="07-take-the-server-out",
    runs=runs(TRIALS),
    elsewhere={
        "classic": "Each game is shuffled once, by the server.",
        "sealed": "All decks of a round are committed at once, and two equal ones are refused: that is "
        "same-permutation-twice.",
    },
)
