"""The server goes back to an earlier state of the log, and on from there another way."""

from __future__ import annotations

from sealed_santa.audit import auditor
from sealed_santa.audit.compare import since
from sealed_santa.audit.findings import Verdict
from sealed_santa.audit.own import Identity
from sealed_santa.game.replay import fold
from sealed_santa.game.state import Phase
from sealed_santa.lab import mixing, stage
from sealed_santa.lab.attack import Attack
from sealed_santa.lab.simulator import Simulator
from sealed_santa.lab.trial import Seen, Trial, both, runs, said, tag, twin
from sealed_santa.log.archive import encode_transcript
from sealed_santa.log.entry import Entry
from sealed_santa.roles.secrets import DealerSecrets

UNTIL = {"sealed": Phase.DEAL, "blind": Phase.MIXING}  # all coins are known


def _back(game: Simulator) -> list[Entry]:
    """Return the log as it was when the roster was locked."""
    locked = next(seq for seq, entry in enumerate(game.entries) if tag(entry.post) == "start")
    return game.entries[: locked + 1]


def _on(game: Simulator, start: list[Entry], mode: str) -> Simulator:
    """Go on from an earlier state: with other decks, or, where there are none, from the first coin at another time."""
    other = twin(game)
    other.entries, other.current = list(start), fold(start)
    other.dealer, other.memo = DealerSecrets(b"after the coins".ljust(32), game.server), {}
    return other.run(Phase.COINS) if mode == "sealed" else other.run(Phase.MIXING)


def _logged(mode: str, cheat: bool) -> Seen:
    game = stage.at_phase(mode, UNTIL[mode], **mixing.quick(mode))
    older = game.transcript()
    ann = game.players["Ann"]
    mine = Identity(ann.key, copy=(len(game.entries), game.entries[-1].hash))
    if not cheat:
        game.run()
        found = since(older, game.transcript()).findings
        story = f"{len(game.entries)} entries; Ann's older copy is a beginning of the newest one"
        return Seen(story=story, **said(found[0] if found else None))
    start = _back(game)
    cut = since(older, encode_transcript(start))
    own = [f for f in auditor.audit(encode_transcript(start), mine).findings if f.check == "A51"]
    later = _on(game, start, mode)
    newer = later.transcript()
    found = since(older, newer).findings
    if not found or not own or not cut.findings:
        raise stage.unshown("Ann's own copy does not differ")
    first, alone = found[0], auditor.audit(newer).verdict
    return Seen(
        story="All coins are open, and the server does not like what would come. It puts its database back to entry "
        f"{len(start) - 1}, when no coin was known, and begins the draw again from there. The new log is in order in "
        f"itself: the audit says “{alone.value}”. But Ann has kept her copy.",
        victim=f"Ann's client: {own[0].message} [{own[0].code}, A51]. Once the server goes on: {first.message}.",
        won=alone in (Verdict.SO_FAR, Verdict.VERIFIED),
        **said(first),
        figures={
            "as long as the server is silent": f"{cut.findings[0].code}, {cut.findings[0].blame}",
            "once it goes on": f"{first.code}, {first.blame}",
        },
    )  # fmt: skip


TRIALS: dict[str, Trial] = both(_logged)

ATTACK = Attack(
    id="log-rolled-back",
    title="the server goes back, and on from there another way",
    attacker="the server",
    lesson="""\
A backup is a time machine. A server that does not like what has happened can put yesterday's files back. If all
others forget as well, it never happened: the coins that were open are secret again, and yet the server knows them.

So the others must not forget. Every client keeps its own copy of the log and acts on nothing that it has not stored
first. When a server shows less than before, or something else, the client stops (docs/protocol.md, sections 8 and
9.6). An audit compares with your own copy (A51), and `--since` compares any older copy with a newer one (A60,
section 10.5).

A log that only became shorter proves nothing against anybody: perhaps the file was cut on its way. As soon as the
server goes on from the earlier state, it signs a second entry with a number that it has signed before. That is
proof. A client that was restored from a backup itself is asked to wait: it opens no coin until its owner has
confirmed.""",
    weak="Clients that keep nothing and ask the server each time can be led through the same evening twice. That is "
    "how almost all web pages work, and for most of them it is good enough.",
    threat="T10",
    tests=(
        "tests/attacks/test_fork.py::test_two_copies_are_proof",
        "tests/unit/audit/test_compare.py::test_a_newer_copy_with_less_is_a_rollback",
        "tests/attacks/test_rollback.py::test_a_restored_player_would_let_the_dealer_choose_the_draw",
        "tests/attacks/test_rollback.py::test_a_restored_player_opens_no_coin_until_its_owner_confirms",
    ),
    cases=("copies-of-a-log-that-went-back_fail",),
    course="06-two-views-of-one-log",
    runs=runs(TRIALS),
    elsewhere={"classic": "There is no log to go back in. What was said is said, and only people remember it."},
)
