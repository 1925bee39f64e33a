"""The stored corpus: every case has the declared outcome, in the audit and where two copies are compared."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from game_cases import Replay, by_player
from sealed_santa.audit.auditor import audit
from sealed_santa.audit.checks import BY_CODE, CHECKS, COPY_CHECKS
from sealed_santa.audit.checks_blind import BLIND_CHECKS
from sealed_santa.audit.compare import fork, since
from sealed_santa.audit.findings import Report, Status
from sealed_santa.base.errors import SantaError
from sealed_santa.game.batches import Kind
from sealed_santa.game.replay import step
from sealed_santa.game.state import Phase, State
from sealed_santa.log.archive import parse_transcript
from sealed_santa.log.entry import Entry
from sealed_santa.log.posts import Post
from transcripts.blind_forge import (
    at,
    forged_blinding,
    forged_envelope,
    forged_hand,
    forged_key,
    forged_mix,
    forged_opening,
)
from transcripts.cases import CASES, SERVER
from transcripts.forge import Forger
from transcripts.generate import TABLES, get

HERE = Path(__file__).parent
NAMES = sorted(path.parent.name for path in HERE.glob("*/expect.json"))
BAD = [name for name in NAMES if name.endswith("_fail")]

# No transcript can fail these: what they say is so by construction, or is no failure.
NEVER_FAIL = {
    "A03": "an unknown version or mode is undecided",
    "A40": "an unfinished game is no failure",
}
# Codes that no transcript can cause: they guard functions that a log reaches only when the rules allowed it.
UNREACHABLE = {
    "chain.empty": "an empty file is transcript.empty",
    "field.type": "what is no string is post.malformed or entry.malformed",
    "signature.wrong": "posts and entries have codes of their own",
    "author.not-a-player": "author.wrong comes before it",
    "deal.missing": "no card can be disputed before the deal",
    "delivery.missing": "no delivery can be disputed before there is one",
    "reveal.missing": "no reveal can be disputed before there is one",
    "point.invalid": "points of a deal are deal.cards or deal.proof-form, those of decks deck.point",
    "scalar.not-canonical": "scalars of proofs are deal.proof-form, those of openings reveal.card",
    "proof.shape.wrong": "deal.proof-form comes before it",
    "statement.malformed": "statements are built from a state",
    "deal.statements.differ": "both statements are built from one deal",
    "gift.hash-wrong": "it is the reason of a refusal that is right",
    "note.too-long": "a note that is none is delivery.note or gift.note",
    "note.character": "a note that is none is delivery.note or gift.note",
    "note.not-nfc": "a note that is none is delivery.note or gift.note",
}


def expected(name: str) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((HERE / name / "expect.json").read_text(encoding="utf-8"))
    return loaded


def key(finding: dict[str, Any]) -> tuple[str, str, int, str]:
    seq = finding["seq"]
    return finding["check"], finding["code"], -1 if seq is None else seq, finding["blame"]


@dataclass(frozen=True)
class Stored:
    """A stored case and what the audit says about it."""

    name: str
    data: bytes
    report: Report


@pytest.fixture(scope="module", params=NAMES)
def stored(request: pytest.FixtureRequest) -> Stored:
    """Give one case to all tests that ask for it before the next: each is audited once."""
    data = get(HERE / request.param)
    return Stored(request.param, data, audit(data))


def test_the_audit_says_what_the_case_declares(stored: Stored) -> None:
    report = stored.report
    said = expected(stored.name)
    found = [{"check": f.check, "code": f.code, "seq": f.seq, "blame": str(f.blame)} for f in report.findings]
    assert sorted(map(key, found)) == sorted(map(key, said["findings"]))
    assert (report.verdict.value, report.exit_code) == (said["verdict"], said["exit"])


def test_only_the_declared_checks_fail(stored: Stored) -> None:
    report = stored.report
    declared = {f["check"] for f in expected(stored.name)["findings"]}
    assert {r.check.id for r in report.failed()} == declared - {"A03"}
    if not stored.name.endswith("_fail"):
        undecided = {r.check.id for r in report.results if r.status is Status.UNDECIDED}
        assert undecided <= {"A40"}


def test_the_tables_and_the_stored_cases_agree() -> None:
    assert TABLES
    assert sorted(CASES) == NAMES
    assert {name: expected(name) for name in NAMES} == {name: case.expectation() for name, case in CASES.items()}
    assert {name: (HERE / name / "README.md").read_text(encoding="utf-8") for name in BAD} == {
        name: case.readme() for name, case in CASES.items() if name.endswith("_fail")
    }


@pytest.mark.parametrize("name", sorted(CASES))
def test_a_case_made_anew_has_the_declared_outcome(name: str) -> None:
    """The stored files and today's simulator, dealer and rules may not drift apart."""
    case = CASES[name]
    made = case.build()
    data = made[0] if isinstance(made, tuple) else made
    if name.startswith("blind-") and name.endswith("_fail") and (found := told_by_the_rules(data)) is not None:
        assert case.verdict == "failed"
        assert sorted(found) == sorted((f.check, f.code, f.seq, f.blame) for f in case.findings)
        return
    report = audit(data)
    assert report.verdict.value == case.verdict
    assert sorted((f.check, f.code, f.seq, str(f.blame)) for f in report.findings) == sorted(
        (f.check, f.code, f.seq, f.blame) for f in case.findings
    )


def test_no_two_bad_cases_are_the_same_file() -> None:
    files = [(HERE / name, get(HERE / name)) for name in BAD if "copies" not in expected(name)]
    assert len({data for _, data in files}) == len(files)


def test_there_are_at_least_eighty_bad_cases_of_each_mode() -> None:
    blind = [name for name in BAD if name.startswith("blind-")]
    assert len(blind) >= 80
    assert len(BAD) - len(blind) >= 80


Forge = Callable[[Forger], Post]
FORGES: dict[str, tuple[Callable[[], Forger], Forge]] = {
    "key": (lambda: at(Phase.KEYS, 1), lambda made: forged_key(made, "Bob")),
    "first mix": (lambda: at(Phase.MIXING, 0), lambda made: forged_mix(made, "Bob")),
    "mix": (lambda: at(Phase.MIXING, 1), lambda made: forged_mix(made, "Bob")),
    "mix by an order": (lambda: at(Phase.MIXING, 1), lambda made: forged_mix(made, "Bob", order=(3, 1, 2, 4))),
    "mix of gifts": (lambda: at(Phase.MIXING, 1, Kind.GIFTS), lambda made: forged_mix(made, "Bob")),
    "first blinding": (lambda: at(Phase.BLINDING, 0), lambda made: forged_blinding(made, "Bob")),
    "blinding": (lambda: at(Phase.BLINDING, 1), lambda made: forged_blinding(made, "Bob")),
    "opening": (lambda: at(Phase.OPENING, 1), lambda made: forged_opening(made, "Bob")),
    "opening of gifts": (lambda: at(Phase.OPENING, 1, Kind.GIFTS), lambda made: forged_opening(made, "Bob")),
    "reveal": (lambda: at(Phase.REVEALING, 1), lambda made: forged_opening(made, "Bob")),
    "hand": (lambda: at(Phase.DEALING, 1), lambda made: forged_hand(made, "Bob")),
    "envelope": (lambda: at(Phase.CHOOSING), lambda made: forged_envelope(made, "Bob")),
}


@pytest.mark.parametrize("name", FORGES)
def test_what_a_forger_makes_without_a_defect_is_allowed(name: str) -> None:
    """So a bad case that is made with the same tool is refused for its one defect."""
    begin, forge = FORGES[name]
    made = begin()
    assert by_player(made, "Bob", forge(made)) == "ok"


@pytest.mark.parametrize("name", [name for name in NAMES if (HERE / name / "other.santa").exists()])
def test_two_copies_compare_as_declared(name: str) -> None:
    first, second = get(HERE / name), get(HERE / name, "other.santa")
    said = expected(name)["copies"]
    found = since(first, second) if said["code"] == "copy.rollback" else fork(first, second)
    assert (found.relation.value, found.exit_code, found.common) == (said["relation"], said["exit"], said["common"])
    assert [f.code for f in found.findings] == [said["code"]]


def parsed_and_followed(data: bytes) -> Replay | SantaError:
    try:
        return followed(data, parse_transcript(data))
    except SantaError as e:
        return e


FOLLOWED: dict[bytes, State] = {}  # by a hash over all lines: bad blind games share long honest beginnings


def followed(data: bytes, entries: Sequence[Entry]) -> Replay:
    """Follow a log as `game_cases.follow` does, from the longest beginning on that was followed before."""
    digest, digests = hashlib.sha256(), []
    for line in data.splitlines(keepends=True):
        digest.update(line)
        digests.append(digest.digest())
    known = next((n for n in range(len(entries), 0, -1) if digests[n - 1] in FOLLOWED), 0)
    state = FOLLOWED[digests[known - 1]] if known else None
    for count, entry in enumerate(entries[known:], known):
        try:
            state = step(state, entry)
        except SantaError as e:
            return Replay(count, state, e)
        if state.blind is not None:
            FOLLOWED[digests[count]] = state
    return Replay(len(entries), state, None)


def told_by_the_rules(data: bytes) -> list[tuple[str, str, int | None, str]] | None:
    """Return what an audit finds of a log that can be read, as its last entry is judged; None if it must read more."""
    replayed = parsed_and_followed(data)
    if not isinstance(replayed, Replay):
        return None
    faults = () if replayed.state is None else replayed.state.faults
    found = [(BY_CODE[f.code].id, f.code, f.seq, str(f.blame)) for f in faults]
    if (error := replayed.error) is not None:
        found.append((BY_CODE[error.code].id, error.code, replayed.states, SERVER))
    return found


def test_the_audit_and_the_fold_agree_on_the_first_defect(stored: Stored) -> None:
    """Signatures, chain and rules are judged in one pass by every client; the audit must stop at the same place."""
    report = stored.report
    faults = sum(1 for f in report.findings if f.seq is not None and f.seq < report.summary.followed)
    if stored.name.startswith("blind-") and not stored.name.endswith("_fail"):
        assert report.summary.followed == report.summary.entries  # the same fold, with equations in one sum
        return
    replayed = parsed_and_followed(stored.data)
    if isinstance(replayed, SantaError):
        assert replayed.code in {f.code for f in report.findings if f.seq == report.summary.followed}
        return
    assert report.summary.followed == replayed.states
    if replayed.error is None:
        assert faults == len(report.findings)
        assert replayed.state is not None
        assert faults == len(replayed.state.faults)
    else:
        assert replayed.error.code in {f.code for f in report.findings if f.seq == replayed.states}


def test_every_check_is_failed_by_a_case() -> None:
    failed = {f["check"] for name in BAD for f in expected(name)["findings"]}
    assert {check.id for check in (*CHECKS, *BLIND_CHECKS)} - failed == set(NEVER_FAIL) - {"A03"}
    compared = {expected(name)["copies"]["code"] for name in BAD if "copies" in expected(name)}
    assert compared | {"copy.unreadable"} == {code for check in COPY_CHECKS for code in check.codes}


def test_every_code_that_a_log_can_cause_is_caused_by_a_case() -> None:
    caused = {f["code"] for name in BAD for f in expected(name)["findings"]}
    codes = {code for check in (*CHECKS, *BLIND_CHECKS) for code in check.codes}
    assert codes - caused == set(UNREACHABLE)
