"""A server that shows two histories, with enough trustees who act in both, opens in one what is closed in the other."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from sealed_santa.audit.compare import fork
from sealed_santa.game.batches import MAX_TRUSTEES, threshold_of
from sealed_santa.game.state import Phase, State
from sealed_santa.lab import cheats, forking, mixing, stage
from sealed_santa.lab.attack import Attack
from sealed_santa.lab.simulator import Simulator
from sealed_santa.lab.trial import NOTHING, Seen, Trial, runs, said, twin, uncheated
from sealed_santa.roles import player

_TESTS: Final = "tests/attacks/test_blind_fork.py"


def _delivered() -> Simulator:
    """Return a delivered game whose reveal is years away, unless the organiser calls it."""
    return stage.at_phase("blind", Phase.DELIVERED, reveal_at=2**50, **mixing.quick("blind"))


def _revealed(state: State) -> bool:
    return bool(state.blind is not None and state.blind.pairs)


def _called(game: Simulator, shown: Mapping[str, int], corrupt: tuple[str, ...]) -> forking.Fork:
    """Fork a game right before its reveal: the organiser, who is corrupt, calls it in one branch alone."""
    made = forking.fork(game, shown, corrupt)
    left = made.branches[0]
    left.organise(player.make_call(left.state, left.organiser.key))
    return made


def _read(made: forking.Fork) -> int:
    """Return how many pairs stand open in the first branch while the second knows of no reveal."""
    forking.play(made, _revealed)
    left, right = made.branches
    return 0 if _revealed(right.state) else len(cheats.blind_of(left).pairs)


def _needed(trustees: int, threshold: int) -> int:
    """Return how many corrupt trustees are enough for t in both of two halves of the honest ones: 2t − k."""
    return 2 * threshold - trustees


def _told(made: forking.Fork) -> Simulator:
    """Return the first branch with a post of somebody who sees the second, as only the server could order it there."""
    left = twin(made.branches[0])
    if not made.carried:
        raise stage.unshown("nobody says anything in the second branch")
    left.force(made.carried[0])
    return left


def _blind(cheat: bool) -> Seen:
    game = _delivered()
    if not cheat:
        early = _revealed(game.state)
        game.organise(player.make_call(game.state, game.organiser.key))
        return uncheated(game, won=early)
    k, t, n = len(game.players), cheats.blind_of(game).threshold, len(game.state.players)
    made = _called(twin(game), {"Ann": 0, "Bob": 1}, ("Cem", "Dot"))
    read = _read(made)
    fewer = _read(_called(twin(game), {"Ann": 0, "Bob": 1}, ("Dot",)))
    if len(made.corrupt) != _needed(k, t):
        raise stage.unshown("the number of corrupt trustees is not the one that is enough")
    left, right = made.branches
    compared = fork(left.transcript(), right.transcript())
    found = compared.findings[0] if compared.findings else None
    ordered = stage.finding(_told(made).entries)
    majority, here = MAX_TRUSTEES // 2 + 1, threshold_of(MAX_TRUSTEES, 0)
    return Seen(
        story="All gifts are delivered, and the reveal is years away. The organiser, the server, Cem and Dot are in "
        "league. The organiser calls the reveal, and the server shows that to Ann alone. She helps to open the "
        f"cards, as she should; with Cem and Dot that makes {t}. In Bob's history nobody has called anything. So the "
        "four know all pairs, and Bob's log will be in order whenever it ends. Then Ann and Bob compare their copies.",
        victim=NOTHING if found is None else f"{NOTHING} After comparing: {found.message.partition(':')[0]}.",
        won=read == n,
        **said(found),
        figures={
            f"with {_needed(k, t)} of {k} trustees, pairs open in one history alone": f"{read} of {n}",
            f"with {_needed(k, t) - 1} of {k}": f"{fewer} of {n}",
            f"corrupt trustees that are enough, of {MAX_TRUSTEES}": str(_needed(MAX_TRUSTEES, here)),
            f"of {MAX_TRUSTEES}, if a bare majority could open": str(_needed(MAX_TRUSTEES, majority)),
            "entries in common": str(compared.common), "evidence": f"{len(compared.evidence)} signed entries",
            "if the server ordered a post of Bob's in Ann's log": f"{ordered.code}, {ordered.check}, {ordered.blame}",
        },
    )  # fmt: skip


TRIALS: Final[Mapping[str, Trial]] = {"blind": _blind}

ATTACK = Attack(
    id="fork-with-trustees",
    title="two histories, and trustees who work in both",
    attacker="the server, with 2t − k trustees and the organiser",
    lesson="""
Trustees open what the rules say is to be opened. But what do the rules say? That depends on the log; and the server
shows the log. It can show one history to some, in which the reveal was called, and another to the rest. An honest
trustee helps in the history that it sees.

Let t of k be needed. A server with c corrupt trustees splits the k − c honest ones into two halves, and both halves,
each with all the corrupt, must have t. With a bare majority of seven, four, one corrupt trustee is enough: three and
three, and one in both. That was carried out against a protocol with a bare majority. With two thirds and one more,
five of seven, it takes three. In general it takes 2t − k (docs/protocol.md, sections 3.3 and 11.1).

With fewer at most one history goes on, and the other stalls. With as many both go on, and THREAT_MODEL.md says so: it
is the limit of the mode. It leaves traces. The server has signed two different entries with one number, so two copies
of the log side by side are proof against it (check A61). Nor can it join the two again: every post names the newest
entry that its author has seen, and is out of place in the other history.
""",
    weak="More than half. It sounds like a majority, and it is one, as long as all see the same.",
    threat="T52",
    tests=(
        f"{_TESTS}::test_at_most_one_branch_goes_on_and_nothing_is_learnt",
        f"{_TESTS}::test_with_two_corrupt_of_four_both_branches_go_on",
        f"{_TESTS}::test_the_attack_learns_all_pairs_while_the_victim_s_branch_knows_of_no_reveal",
    ),
    cases=("blind-mix-that-saw-a-fork_fail", "seen-of-a-fork_fail"),
    course="06-two-views-of-one-log",
    runs=runs(TRIALS),
    elsewhere={
        "classic": "There is no log, and the server knows all pairs: that is split-view.",
        "sealed": "There are no trustees, and the server knows all pairs. What two histories are good for there is "
        "split-view.",
    },
)
