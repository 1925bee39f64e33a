"""The stored corpus: every case has the declared outcome, in the audit and where two copies are compared."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from game_cases import Replay, follow
from sealed_santa.audit.auditor import audit
from sealed_santa.audit.checks import CHECKS, COPY_CHECKS
from sealed_santa.audit.compare import fork, since
from sealed_santa.audit.findings import Status
from sealed_santa.base.errors import SantaError
from sealed_santa.log.archive import parse_transcript
from transcripts.cases import CASES
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
    "create.reveal": "each policy that a create can name is one of the mode's",
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


@pytest.mark.parametrize("name", NAMES)
def test_the_audit_says_what_the_case_declares(name: str) -> None:
    report = audit(get(HERE / name))
    said = expected(name)
    found = [{"check": f.check, "code": f.code, "seq": f.seq, "blame": str(f.blame)} for f in report.findings]
    assert sorted(map(key, found)) == sorted(map(key, said["findings"]))
    assert (report.verdict.value, report.exit_code) == (said["verdict"], said["exit"])


@pytest.mark.parametrize("name", NAMES)
def test_only_the_declared_checks_fail(name: str) -> None:
    report = audit(get(HERE / name))
    declared = {f["check"] for f in expected(name)["findings"]}
    assert {r.check.id for r in report.failed()} == declared - {"A03"}
    if not name.endswith("_fail"):
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
    report = audit(made[0] if isinstance(made, tuple) else made)
    assert report.verdict.value == case.verdict
    assert sorted((f.check, f.code, f.seq, str(f.blame)) for f in report.findings) == sorted(
        (f.check, f.code, f.seq, f.blame) for f in case.findings
    )


def test_no_two_bad_cases_are_the_same_file() -> None:
    files = [(HERE / name, get(HERE / name)) for name in BAD if "copies" not in expected(name)]
    assert len({data for _, data in files}) == len(files)


def test_there_are_at_least_eighty_bad_cases() -> None:
    assert len(BAD) >= 80


@pytest.mark.parametrize("name", [name for name in NAMES if (HERE / name / "other.santa").exists()])
def test_two_copies_compare_as_declared(name: str) -> None:
    first, second = get(HERE / name), get(HERE / name, "other.santa")
    said = expected(name)["copies"]
    found = since(first, second) if said["code"] == "copy.rollback" else fork(first, second)
    assert (found.relation.value, found.exit_code, found.common) == (said["relation"], said["exit"], said["common"])
    assert [f.code for f in found.findings] == [said["code"]]


def parsed_and_followed(data: bytes) -> Replay | SantaError:
    try:
        return follow(parse_transcript(data))
    except SantaError as e:
        return e


@pytest.mark.parametrize("name", NAMES)
def test_the_audit_and_the_fold_agree_on_the_first_defect(name: str) -> None:
    """Signatures, chain and rules are judged in one pass by every client; the audit must stop at the same place."""
    data = get(HERE / name)
    report = audit(data)
    faults = sum(1 for f in report.findings if f.seq is not None and f.seq < report.summary.followed)
    replayed = parsed_and_followed(data)
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
    assert {check.id for check in CHECKS} - failed == {"A40"}
    assert set(NEVER_FAIL) == {"A03", "A40"}
    compared = {expected(name)["copies"]["code"] for name in BAD if "copies" in expected(name)}
    assert compared | {"copy.unreadable"} == {code for check in COPY_CHECKS for code in check.codes}


def test_every_code_that_a_log_can_cause_is_caused_by_a_case() -> None:
    caused = {f["code"] for name in BAD for f in expected(name)["findings"]}
    assert {code for check in CHECKS for code in check.codes} - caused == set(UNREACHABLE)
