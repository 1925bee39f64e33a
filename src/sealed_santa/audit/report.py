"""An audit for people and for programs: lines of text, JSON, one page of HTML (docs/protocol.md, 10.6).

Every name and every message may hold what a stranger typed. In text and HTML all of it goes through
`names.for_terminal`, and HTML is escaped besides; JSON holds it as it is. Nothing here uses colour.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from importlib.resources import files
from itertools import groupby, zip_longest
from typing import Any, Final

from sealed_santa.audit.compare import Comparison
from sealed_santa.audit.facts import draw_history
from sealed_santa.audit.facts_blind import blind_lines
from sealed_santa.audit.findings import BlindFacts, Finding, Report, Result, Status, Summary, Verdict
from sealed_santa.base.names import for_terminal

FORMAT: Final = "sealed-santa/audit/1"
MANY: Final = 4  # so many findings of a check are told, and so many checks without an answer are summed up

HEADLINES: Final = {
    Verdict.VERIFIED: "verified: every check that applies passed, and the game is over",
    Verdict.SO_FAR: "verified so far: every check that applies passed; the game is not over",
    Verdict.FAILED: "failed: something in this transcript is wrong",
    Verdict.UNDECIDED: "undecided: this transcript could not be judged",
}


def facts(summary: Summary) -> list[tuple[str, str]]:
    """Return the facts about the game as pairs of a heading and a safe line of text; empty ones are left out."""
    people = ", ".join
    dealt = summary.passed_over is not None
    shown = [
        ("game", summary.game),
        ("title", summary.title),
        ("mode", summary.mode and f"{summary.mode}, reveal {summary.reveal}"),
        ("phase", summary.phase),
        ("players", summary.players and f"{len(summary.players)}: {people(summary.players)}"),
        ("draw", summary.mode and draw_history(summary)),
        ("safety words", summary.words and f"{' '.join(summary.words)} (round {summary.words_round})"),
        *blind_lines(summary.blind),
        ("decks passed over", str(summary.passed_over) if dealt else ""),
        ("forbidden pairs", str(summary.forbidden) if summary.draws else ""),
        ("confirmed", (people(summary.confirmed) or "nobody") if dealt else ""),
        ("not confirmed", people(summary.unconfirmed)),
        ("gave", people(summary.gave)),
        ("the house gives for", people(summary.house)),
        ("receipts", people(summary.receipts)),
        ("pairs", people(f"{giver} -> {recipient}" for giver, recipient in summary.pairs)),
        ("entries", f"{summary.entries}, of which {summary.followed} were followed"),
        ("last entry", summary.head and f"{summary.entries - 1}, hash {summary.head}"),
    ]
    return [(heading, for_terminal(str(value))) for heading, value in shown if value]


def to_lines(report: Report, *, explain: bool = False) -> list[str]:
    """Return the report as plain lines of text; with explain=True also what each check means.

    The last line of a failed report is the next step.
    """
    out = [HEADLINES[report.verdict]]
    out += [f"  {result.check.id}  {result.check.title}: no" for result in report.failed()]
    out.append("")
    out += [f"  {heading + ':':<22}{value}" for heading, value in facts(report.summary)]
    out += ["", "checks:"]
    for results in _runs(report.results):
        if len(results) < MANY or explain:
            out += [line for result in results for line in _result_lines(result, explain)]
        else:
            first, last = results[0], results[-1]
            out.append(f"  {first.check.id} to {last.check.id}  {_status(first)}: {len(results)} checks{_note(first)}")
    for title, lines in (("this proves:", report.proves), ("this does not prove:", report.does_not_prove)):
        if lines and report.verdict is not Verdict.UNDECIDED:
            out += ["", title, *(f"  - {for_terminal(line)}" for line in lines)]
    if report.findings:
        out += ["", f"next: {for_terminal(report.findings[0].next_step)}"]
    return out


def _runs(results: Sequence[Result]) -> Iterator[tuple[Result, ...]]:
    """Yield the results in order: those that could not be decided for one reason together, each other one alone."""
    for _, run in groupby(enumerate(results), lambda at: _reason(*at)):
        yield tuple(result for _, result in run)


def _reason(place: int, result: Result) -> tuple[int, str]:
    return (-1, result.note) if result.status is Status.UNDECIDED and not result.findings else (place, "")


def _status(result: Result) -> str:
    return result.status.value.upper() if result.status is Status.FAILED else result.status.value


def _note(result: Result) -> str:
    return f" ({for_terminal(result.note)})" if result.note else ""


def _result_lines(result: Result, explain: bool) -> Iterator[str]:
    check = result.check
    yield f"  {check.id}  {_status(result):<20}  {check.title}{_note(result)}"
    told = result.findings if explain else result.findings[:MANY]
    for finding, after in zip_longest(told, told[1:]):
        place = "" if finding.seq is None else f"entry {finding.seq}, "
        yield f"         {place}{finding.code}: {for_terminal(finding.message)}"
        if after is None or after.blame != finding.blame:  # once for all in a row that have the same
            yield f"         to blame: {for_terminal(str(finding.blame))}"
    if more := result.more + len(result.findings) - len(told):
        yield f"         and {more} more"
    if explain or result.status is Status.FAILED:
        yield f"         means: {check.meaning}"
        if check.does_not_prove:
            yield f"         does not prove: {check.does_not_prove}"


def comparison_lines(comparison: Comparison) -> list[str]:
    """Return a comparison of two copies as plain lines of text."""
    out = [f"the second copy: {comparison.relation.value}"]
    out.append(f"  entries: {comparison.first} and {comparison.second}, {comparison.common} in common")
    for finding in comparison.findings:
        out.append(f"  {finding.check}  {finding.code}: {for_terminal(finding.message)}")
        out.append(f"       to blame: {for_terminal(str(finding.blame))}")
        out.append(f"       next: {for_terminal(finding.next_step)}")
    return out


def to_json(report: Report) -> dict[str, Any]:
    """Return the report as builtins, ready for a JSON encoder.

    format          "sealed-santa/audit/1"
    verdict, exit   "verified" 0, "failed" 1, "verified so far" 3, "undecided" 3
    summary         the fields of `findings.Summary`; hashes and ids are base64url; absent: "", [] or null;
                    `blind` is there in blind games alone
    checks          one for each check: id, title, section, status ("passed", "failed", "could not be decided",
                    "does not apply"), note, means, does_not_prove, more (findings not listed), findings
    findings        check, code, seq (or null), message, blame {party, who, certainty}, next
    proves, does_not_prove    lines of text
    """
    s = report.summary
    plain = {name: getattr(s, name) for name in Summary.__slots__ if name not in ("rounds", "pairs", "blind")}
    summary = {name: list(value) if isinstance(value, tuple) else value for name, value in plain.items()}
    summary["rounds"] = [{"number": r.number, "dropped": list(r.dropped)} for r in s.rounds]
    summary["pairs"] = [{"giver": g, "recipient": r} for g, r in s.pairs]
    if s.blind is not None:
        summary["blind"] = _blind_json(s.blind)
    return {
        "format": FORMAT,
        "verdict": report.verdict.value,
        "exit": report.exit_code,
        "summary": summary,
        "checks": [_result_json(result) for result in report.results],
        "proves": list(report.proves),
        "does_not_prove": list(report.does_not_prove),
    }


def _blind_json(blind: BlindFacts) -> dict[str, Any]:
    return {
        "trustees": list(blind.trustees), "threshold": blind.threshold, "idle": list(blind.idle),
        "found_out": list(blind.found_out), "boxes": blind.boxes,
        "batches": [
            {"number": b.number, "kind": b.kind, "decks": b.decks, "mixers": list(b.mixers), "dealt": b.dealt}
            for b in blind.batches
        ],
        "left": [{"name": name, "became": became} for name, became in blind.left],
    }  # fmt: skip


def _result_json(result: Result) -> dict[str, Any]:
    check = result.check
    return {
        "id": check.id, "title": check.title, "section": check.section, "status": result.status.value,
        "note": result.note, "means": check.meaning, "does_not_prove": check.does_not_prove, "more": result.more,
        "findings": [_finding_json(finding) for finding in result.findings],
    }  # fmt: skip


def _finding_json(finding: Finding) -> dict[str, Any]:
    blame = finding.blame
    return {
        "check": finding.check, "code": finding.code, "seq": finding.seq, "message": finding.message,
        "blame": {"party": blame.party.value, "who": blame.who, "certainty": blame.certainty.value},
        "next": finding.next_step,
    }  # fmt: skip


def comparison_json(comparison: Comparison) -> dict[str, Any]:
    """Return a comparison as builtins: format, relation, exit, first, second, common, findings, evidence.

    `evidence` are canonical lines as text: the create and two entries, for a proven fork; else empty.
    """
    return {
        "format": FORMAT, "relation": comparison.relation.value, "exit": comparison.exit_code,
        "first": comparison.first, "second": comparison.second, "common": comparison.common,
        "findings": [_finding_json(finding) for finding in comparison.findings],
        "evidence": [line.decode("utf-8") for line in comparison.evidence],
    }  # fmt: skip


def to_html(report: Report) -> str:
    """Return the report as one page that needs no other file."""
    from jinja2 import Environment  # 60 ms, needed for this form only

    template = files("sealed_santa.audit").joinpath("report.html.jinja").read_text(encoding="utf-8")
    environment = Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True)
    environment.filters["safe_text"] = for_terminal
    return environment.from_string(template).render(
        headline=HEADLINES[report.verdict], report=report, facts=facts(report.summary), Status=Status
    )
