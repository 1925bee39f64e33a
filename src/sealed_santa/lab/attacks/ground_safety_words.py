"""A server that swaps keys looks for two rosters that have the same safety words."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Final

from sealed_santa.base.labels import Label
from sealed_santa.crypto.hashing import tagged_hash
from sealed_santa.game.state import Phase, Player, State, roster_hash
from sealed_santa.lab import cheats, dealing, mixing, stage
from sealed_santa.lab.attack import Attack
from sealed_santa.lab.trial import Seen, Trial, both, runs, uncheated
from sealed_santa.log.fields import Coin, Hash

BITS: Final = 16  # of the words of the lab; real ones have 33
_REAL: Final = 33
_ROUNDS: Final = 200  # tries that the server has with the real words: one a round
_HELPER: Final = "Dot"  # a player of the server's own, whose join it may write as it likes


def shortened(digest: bytes) -> int:
    """Return the first bits of a digest: the words of the lab."""
    return int.from_bytes(digest[:5], "big") >> (40 - BITS)


def weak_words(state: State) -> int:
    """Return words over the roster and nothing else."""
    return shortened(tagged_hash(Label.WORDS, state.roster or b""))


def real_words(state: State) -> int:
    """Return the first bits of what the real words are made of: roster, decks and all coins."""
    return shortened(tagged_hash(Label.WORDS, state.joint_seed()))


def _rosters(state: State, swapped: str) -> Iterator[State]:
    """Yield the game with other keys for one player, and a join of the server's own player that is new each time.

    Only the hash of a join goes into the roster's; a wish that nobody reads is enough to change it.
    """
    for k in range(2**BITS):
        players = tuple(_other(p, swapped, k) for p in state.players)
        yield replace(state, roster=roster_hash(state.game, 1, players))


def _other(player: Player, swapped: str, k: int) -> Player:
    if player.name not in (swapped, _HELPER):
        return player
    return replace(player, join=Hash(tagged_hash(Label.POST, swapped, player.name, k if player.name == _HELPER else 0)))


def _ground(state: State) -> tuple[State, State, int]:
    """Return a roster for Ann, in which Bob's keys are the server's, one for Bob, with Ann's, and how many were tried.

    Both have the same weak words: a collision, which costs only the root of what a second try at given words would.
    """
    left: dict[int, State] = {}
    right: dict[int, State] = {}
    for tried, (anns, bobs) in enumerate(zip(_rosters(state, "Bob"), _rosters(state, "Ann"), strict=True), 1):
        left.setdefault(weak_words(anns), anns)
        right.setdefault(weak_words(bobs), bobs)
        for words in (weak_words(anns), weak_words(bobs)):
            if words in left and words in right:
                return left[words], right[words], 2 * tried
    raise stage.unshown("no two rosters have the same words")


def _agree(anns: State, bobs: State, words: Callable[[State], int]) -> int:
    """Return in how many rounds Ann and Bob read the same words, each with its own coin, opened after the lock."""
    equal = 0
    for k in range(_ROUNDS):
        sides = (_opened(state, name, k) for state, name in ((anns, "Ann"), (bobs, "Bob")))
        one, two = (words(side) for side in sides)
        equal += one == two
    return equal


def _opened(state: State, name: str, round_: int) -> State:
    """Return the state with a new coin of a player, as if it were that of another round."""
    own = next(p for p in state.players if p.name == name)
    return replace(state, coins={**state.coins, own.key: Coin(tagged_hash(Label.COIN, own.key, round_))})


def _ground_coin(mode: str) -> str:
    """Return how a coin is refused that the server chose when it knew all others: only the next link is one."""
    game = stage.seated(mode, **mixing.quick(mode)).run(Phase.COINS)
    for name in game.players:
        if name != _HELPER:
            game.say(name, cheats.owes(game, name))
    body = dealing.but(cheats.owes(game, _HELPER), coin=Coin(tagged_hash(Label.COIN, "ground")))
    return stage.refusal(lambda: game.say(_HELPER, body)).code


def _logged(mode: str, cheat: bool) -> Seen:
    game = stage.at_phase(mode, Phase.DEAL if mode == "sealed" else Phase.MIXING, **mixing.quick(mode))
    state = game.state
    if not cheat:
        return uncheated(game, won=state.words != game.replay().words)
    anns, bobs, tried = _ground(state)
    if anns.roster == bobs.roster:
        raise stage.unshown("the two rosters are one")
    equal, weakly = (_agree(anns, bobs, words) for words in (real_words, weak_words))
    return Seen(
        story="The server shows Ann a roster in which Bob's keys are its own, and Bob one in which Ann's are. If "
        f"they compare words, it is found out; unless both rosters have the same. {_HELPER} is its own player, so it "
        f"writes {_HELPER}'s join again and again, in both rosters, until words over the rosters agree. To be quick, "
        f"the lab does that with words of {BITS} bits. Then the rosters are locked, and the coins are opened.",
        victim="Ann reads other words than Bob. They talk, and know that the server shows them two rosters.",
        won=equal > 0, refused=not equal,
        figures={
            f"joins tried until words over the roster agree, {BITS} bits": str(tried),
            "then they agree": f"in {weakly} of {_ROUNDS} rounds",
            "words over roster, decks and coins agree": f"in {equal} of {_ROUNDS} rounds",
            f"a coin of {_HELPER}'s that was made when all others were known": _ground_coin(mode),
            f"the same search, {_REAL} bits": f"about 2^{(_REAL + 1) // 2}; one try at words over coins: 2^−{_REAL}",
        },
    )  # fmt: skip


TRIALS: Final[Mapping[str, Trial]] = both(_logged)

ATTACK = Attack(
    id="ground-safety-words",
    title="the server looks for rosters that have the same words",
    attacker="the server, with a player of its own",
    lesson="""
Three words are short, so that people read them out. With 33 bits a wrong roster has the right words once in eight
thousand million times. But that is the chance of one try. Who may try in silence, on its own machine, as often as it
likes, has other odds.

And it needs no roster with given words. It needs any two that agree, one for Ann and one for Bob, and may change both.
That is a birthday problem: not 2^33 tries, but the root of it, a moment's work. Against a protocol that made
them over the roster alone, 44 bits were ground in ten seconds. Longer words help less than one would think, and people
stop reading them out.

So the words wait. They are over the roster, the decks, and all coins of the round; and the coins were committed before
the roster was locked, and are opened after it (docs/protocol.md, sections 2.11 and 5.5). When the server can still
choose the roster it does not know the coins, and when it knows the coins there is nothing left to choose. One try a
round, in the open.
""",
    weak="Words over the list of players. They can be shown at once, while people still arrive.",
    threat="T17",
    tests=(
        "tests/attacks/test_safety_words.py::test_the_same_grinding_does_not_help_against_words_over_coins",
        "tests/attacks/test_safety_words.py::test_words_over_the_roster_alone_can_be_ground",
    ),
    cases=("coin-invented_fail", "coin-committed-at-the-join_fail"),
    course="03-commit-and-reveal",
    runs=runs(TRIALS),
    elsewhere={"classic": "There are no keys to swap, and no words."},
)
