"""What the documents name exists: checks, tests, files, commands and sections."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from sealed_santa.audit.checks import BY_ID

ROOT = Path(__file__).parent.parent
PAGES = sorted([ROOT / "README.md", ROOT / "THREAT_MODEL.md", *(ROOT / "docs").rglob("*.md")])


def test_the_threat_model_names_tests_and_checks_that_exist() -> None:
    rows = re.findall(r"^\| (T\d\d) \|(.*)\|$", (ROOT / "THREAT_MODEL.md").read_text("utf-8"), re.M)
    assert [number for number, _ in rows] == [f"T{i:02}" for i in range(1, len(rows) + 1)]
    assert len(rows) >= 30
    for _, row in rows:
        cells = [cell.strip() for cell in row.split("|")]
        checks, test = cells[-2], cells[-1]
        assert checks == "–" or all(check in BY_ID for check in checks.split(", "))
        path, _, name = test.partition("::")
        text = (ROOT / path).read_text("utf-8")
        assert not name or re.search(rf"^(async )?def {name}\b", text, re.M), test


@pytest.mark.parametrize("room", ["attacks", "statistics"])
def test_every_test_that_attacks_stands_in_the_threat_model(room: str) -> None:
    page = (ROOT / "THREAT_MODEL.md").read_text("utf-8")
    files = sorted(path.name for path in (ROOT / "tests" / room).glob("test_*.py"))
    assert files
    assert [name for name in files if name not in page] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda p: str(p.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    text = page.read_text("utf-8")
    for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", text):
        if not target.startswith(("http://", "https://")):
            assert (page.parent / target).exists(), target


def test_the_readme_is_short_and_its_test_command_is_what_ci_runs() -> None:
    readme = (ROOT / "README.md").read_text("utf-8")
    assert len(readme.splitlines()) <= 90
    (command,) = re.findall(r"^    (python3 -m venv .*pytest.*)$", readme, re.M)
    assert f"\n{command}\n" in (ROOT / ".ci" / "run").read_text("utf-8")
