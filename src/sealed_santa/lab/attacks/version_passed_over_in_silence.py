"""A game says that it follows rules which the reader does not know, and hides a cheat behind that."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Final

from msgspec.structs import replace as with_fields

from sealed_santa.audit.findings import Report, Verdict
from sealed_santa.base.errors import UndecidedError
from sealed_santa.base.labels import VERSION
from sealed_santa.game.state import Phase
from sealed_santa.lab import cheats, stage
from sealed_santa.lab.attack import Attack
from sealed_santa.lab.simulator import Simulator
from sealed_santa.lab.trial import Seen, Trial, in_log, runs
from sealed_santa.log.entry import Entry, parse_entry
from sealed_santa.log.fields import Coin

_NEXT: Final = "sealed-santa/2"


def _spoilt(mode: str, version: str = VERSION) -> Simulator:
    """Return a game in which the server orders a coin that somebody invented."""
    game = stage.at_phase(mode, Phase.COINS, version=version)
    own = cheats.owes(game, "Ann")
    game.force(cheats.signed(game, "Ann", with_fields(own, coin=Coin(bytes(32)))))
    return game


def _client(entries: list[Entry]) -> str:
    """Return what a client says of the first bytes that it gets."""
    try:
        parse_entry(entries[0].raw)
    except UndecidedError as e:
        return f"Its client does not join: {e.message}; {e.hint}."
    raise stage.unshown("a client reads a version that it does not know")


def _weak_verdict(report: Report) -> str:
    """Say what a program would that reports failures and nothing else."""
    return "nothing is wrong" if not report.failed() else "failed"


def _trial(mode: str, cheat: bool) -> Seen:
    if not cheat:
        return in_log(stage.honest(mode), stage.in_words(stage.honest(mode)), won=False)
    known = stage.findings(stage.audited(_spoilt(mode).entries))
    if "coin.wrong" not in {f.code for f in known}:
        raise stage.unshown("in a version that is known the cheat is not found")
    game = _spoilt(mode, version=_NEXT)
    report = stage.audited(game.entries)
    first = stage.findings(report)[0]
    stopped = report.verdict is Verdict.UNDECIDED
    return Seen(
        story=f"The organiser makes a game of version {_NEXT}, which does not exist, and the server then orders an "
        "invented coin. None of the checks of this version can be applied to it. So none of them fails; but the audit "
        f"does not say that it is in order, either. It says: {report.verdict}, with exit code {report.exit_code}.",
        victim=_client(game.entries), won=report.verdict is Verdict.VERIFIED, refused=stopped,
        code=first.code, check=first.check, blame=first.blame,
        figures={
            "the audit": str(report.verdict), "a program that looks for failures only": _weak_verdict(report),
            "the same cheat in a version that is known": known[0].code,
        },
    )  # fmt: skip


TRIALS: Final[Mapping[str, Trial]] = {"sealed": partial(_trial, "sealed"), "blind": partial(_trial, "blind")}

ATTACK = Attack(
    id="version-passed-over-in-silence",
    title="a version that nobody knows",
    attacker="the organiser, with the server",
    lesson="""
A verifier can answer in three ways: this is right, this is wrong, and I cannot tell. The third is the one that
programs tend to forget. They have a list of checks; if none of them fails, they are content. Then the best way past
them is to be something that the checks are not about.

In this program "could not be decided" is a verdict of its own, with an exit code of its own, and never looks like
"verified". It is not an accusation either: perhaps the file is a fine game of a later version, and a later program
will say so.

The same holds for every single check. One that could not look at what it is about says that it could not, and the
whole is not verified then. See docs/protocol.md, sections 1 and 10.1.
""",
    weak="A reader that skips what it does not know, to be friendly to the future. For pictures on a web page that is "
    "right.",
    threat="T29",
    tests=("tests/attacks/test_unchecked.py::test_a_version_that_is_not_known_is_never_passed_over_in_silence",),
    cases=("version-unknown_fail", "mode-unknown_fail"),
    course="06-two-views-of-one-log",
    runs=runs(TRIALS),
    elsewhere={"classic": "There is no log, and nobody audits anything."},
)
