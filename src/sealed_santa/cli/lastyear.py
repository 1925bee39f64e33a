"""`--last-year`: the pairs of a game that was publicly revealed, from a transcript that must verify."""

from __future__ import annotations

from sealed_santa.audit.auditor import audit
from sealed_santa.audit.findings import Verdict
from sealed_santa.base.errors import YOU, UndecidedError, UsageError, VerificationError
from sealed_santa.cli.options import read_bytes
from sealed_santa.game.exclusions import Exclusions, last_year_pairs


def last_year(path: str) -> Exclusions:
    """Return the exclusions that keep last year's pairs from coming again.

    Raises:
        UsageError: `file.*`, `last-year.no-pairs`: the game was not publicly revealed.
        VerificationError: `last-year.failed`.
        UndecidedError: `last-year.undecided`.
    """
    report = audit(read_bytes(path, "--last-year"))
    if report.verdict is Verdict.FAILED:
        finding = report.findings[0]
        raise VerificationError(
            "last-year.failed", f"--last-year: {path} does not verify: {finding.message}", blame=finding.blame,
            hint=f"santa audit {path}",
        )  # fmt: skip
    if report.verdict is Verdict.UNDECIDED:
        message = f"--last-year: {path} could not be checked"
        raise UndecidedError("last-year.undecided", message, hint=f"santa audit {path}")
    pairs = report.summary.pairs
    if not pairs:
        raise UsageError(
            "last-year.no-pairs", f"--last-year: {path} does not say who gave to whom", blame=YOU,
            hint="only a public reveal does; write the pairs that you know into --exclude-file",
        )  # fmt: skip
    return last_year_pairs(pairs)
