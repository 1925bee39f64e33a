"""The last trustee chooses its key by the keys of the others, so that the joint key is its own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from sealed_santa.crypto.group import BASE, IDENTITY, Point, combine, encode_points
from sealed_santa.crypto.sealing import OVERHEAD
from sealed_santa.game.state import Phase
from sealed_santa.game.statements import key_statement
from sealed_santa.lab import cheats, mixing, stage
from sealed_santa.lab.attack import Attack
from sealed_santa.lab.simulator import Simulator
from sealed_santa.lab.trial import Seen, Trial, at_the_door, let_through, runs, twin
from sealed_santa.log.entry import SignedPost
from sealed_santa.log.fields import Points, Proof, ShareBoxes
from sealed_santa.log.posts import KeyPost
from sealed_santa.proofs.linear.prove import prove_linear

_ROGUE: Final = "Dot"
_SCALAR: Final = 32  # bytes


def _rogue(game: Simulator, secret: int) -> KeyPost:
    """Return the key whose first commitment is what is missing to secret·G; the proof is tried with the secret."""
    state, blind = game.state, cheats.blind_of(game)
    others = combine((1, points[0]) for points in blind.commitments.values())
    rest = mixing.scalars(game, blind.threshold - 1)
    commitments: tuple[Point, ...] = (secret * BASE - others, *(a * BASE for a in rest))
    me, index = cheats.seat(game, _ROGUE), mixing.index_of(game, _ROGUE)
    proof = prove_linear(key_statement(state, me.key, index, commitments), (secret, *rest), b"", game.entropy)
    boxes = game.entropy((_SCALAR + OVERHEAD) * len(blind.trustees))  # it could not make right shares either
    return KeyPost(
        **cheats.heads(game, _ROGUE), commitments=Points(encode_points(commitments)), possession=Proof(proof),
        shares=ShareBoxes(boxes),
    )  # fmt: skip


def _reads_alone(game: Simulator, secret: int) -> tuple[int, int]:
    """Return how many rows of a mix one secret decrypts to a player, and how many rows there are."""
    batch = cheats.blind_of(game).batch
    rows = [] if batch is None else [row[0] for deck in batch.decks for row in deck]
    names = {p.number * BASE for p in game.state.players}
    return sum(row.v - secret * row.u in names for row in rows), len(rows)


def _unproven(game: Simulator, post: SignedPost, secret: int) -> tuple[int, int]:
    """Go on as if nobody asked for the proof; return how many rows the rogue then reads, and how many there are."""
    weak = twin(game)
    let_through(weak, post)
    joint = cheats.blind_of(weak).joint
    if joint != secret * BASE or joint == IDENTITY:
        raise stage.unshown("the joint key is not the one that the last trustee chose")
    # An honest mix; that Ann would rather complain of the share that she got is another defence.
    weak.say("Ann", mixing.mix_of(weak, "Ann", lambda deck: deck))
    return _reads_alone(weak, secret)


def _blind(cheat: bool) -> Seen:
    game = stage.at_phase("blind", Phase.COINS).run(silent=(_ROGUE,))
    game.say(_ROGUE, cheats.owes(game, _ROGUE))  # its coin
    (secret,) = mixing.scalars(game, 1)
    if not cheat:
        own = game.players[_ROGUE]
        state, degree = game.state, cheats.blind_of(game).threshold - 1
        a0 = own.polynomial(state.round, state.roster or state.game, degree)[0]
        post = cheats.signed(game, _ROGUE, cheats.owes(game, _ROGUE))
        seen = at_the_door(game, post, stage.in_words(stage.honest("blind")), won=False)
        game.say("Ann", cheats.owes(game, "Ann"))
        read, rows = _reads_alone(game, a0)
        if seen.flagged:
            return seen
        return Seen(story=f"{seen.story}. Alone, {_ROGUE} reads {read} of {rows} rows of a mix.", won=read > 0)
    post = cheats.signed(game, _ROGUE, _rogue(game, secret))
    story = (
        f"{_ROGUE} waits until it has seen all other keys. It thinks of a secret x, and posts as its key what is "
        "missing from the others to x·G. The joint key is then x·G. But of the key that it posts it knows no secret, "
        "and that is what it has to prove. The shares that it owes to the others it could not compute either."
    )
    read, rows = _unproven(game, post, secret)
    return at_the_door(
        game, post, story, won=read == rows,
        **{"without the proof, rows of a mix that it reads alone": f"{read} of {rows}"},
    )  # fmt: skip


TRIALS: Final[Mapping[str, Trial]] = {"blind": _blind}

ATTACK = Attack(
    id="rogue-trustee-key",
    title="a trustee chooses the joint key",
    attacker="the trustee whose key comes last",
    lesson="""
A key that several people hold together is made by adding up one key from each. Nobody knows the sum of the secrets,
as long as one of them kept its own. It looks as if one honest trustee were enough for that.

But the last one sees the keys of all others. It subtracts them from a key of its own, and posts the difference. In
the sum the others cancel, and what remains is its own key. Nobody can see that by looking: the difference is a
point like any other.

What gives it away is that the rogue does not know the secret of what it posts. So each trustee proves that it knows
the secret of its key (Schnorr's proof, bound to author, round and roster). It also owes every other trustee a share
of that secret, which can be checked. See docs/protocol.md, sections 11.4 and 11.8.
""",
    weak="Keys that are just added up. Early threshold systems did that; so did multi-signatures, before it was "
    "noticed.",
    threat="T36",
    tests=("tests/attacks/test_trustee_proofs.py::test_attack_a_rogue_key_makes_the_joint_key_one_of_its_own",),
    cases=("blind-rogue-key_fail", "blind-key-that-undoes-another_fail"),
    course="07-take-the-server-out",
    runs=runs(TRIALS),
    elsewhere={
        "classic": "There are no keys: the server knows everything.",
        "sealed": "There is no joint key: the server alone deals, and knows the pairs.",
    },
)
