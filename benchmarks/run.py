"""Measure everything and write the table of docs/benchmarks.md: python benchmarks/run.py [--check] [--only PART]

Takes a few minutes. Run it on a machine that does nothing else; --check prints the table and writes nothing.
"""

from __future__ import annotations

import argparse
import datetime
from pathlib import Path

from sealed_santa.cli.bench import PARTS, Table, machine, measure, tables
from sealed_santa.lab.measure import Figure

PAGE = Path(__file__).parent.parent / "docs" / "benchmarks.md"
BEGIN, END = "<!-- figures: written by benchmarks/run.py -->", "<!-- end of figures -->"


def markdown(table: Table) -> list[str]:
    """Return a table as lines of Markdown."""
    head, rows = table
    return ["| " + " | ".join(row) + " |" for row in (head, ("---",) * len(head), *rows)]


def figures_page(figures: list[Figure]) -> str:
    """Return all tables, with the machine and the date."""
    today = datetime.datetime.now(tz=datetime.UTC).date().isoformat()
    lines = [f"Machine: {machine()}. Date: {today}. Command: `python benchmarks/run.py`."]
    for title, table in tables(figures):
        lines += ["", f"### {title}", "", *markdown(table)]
    return "\n".join(lines)


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="print the table, write nothing")
    parser.add_argument("--quick", action="store_true", help="smaller and fewer; writes nothing")
    parser.add_argument("--only", action="append", choices=PARTS, help="this part alone; writes nothing")
    options = parser.parse_args()
    figures: list[Figure] = []
    for part in options.only or PARTS:
        print(f"measuring: {part} ...", flush=True)
        figures += measure(part, quick=options.quick)
    text = figures_page(figures)
    print(text)
    if not (options.check or options.quick or options.only):
        page = PAGE.read_text("utf-8")
        before, _, rest = page.partition(BEGIN)
        PAGE.write_text(f"{before}{BEGIN}\n\n{text}\n\n{END}{rest.partition(END)[2]}", "utf-8")
        print(f"written: {PAGE}")


if __name__ == "__main__":
    main()
