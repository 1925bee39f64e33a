"""Measure everything and write the tables of docs/benchmarks.md: python benchmarks/run.py [--check] [--only PART]

Takes less than ten minutes; with --only blind, less than six. Run it on a machine that does nothing else. The page
has two lists of tables, one of sealed games and connections, one of blind games: a list is written when all of
its parts were measured. --check prints and writes nothing.
"""

from __future__ import annotations

import argparse
import datetime
from pathlib import Path
from typing import Any, Final

import blind

from sealed_santa.cli.bench import PARTS, Table, machine, measure, tables
from sealed_santa.lab.measure import Figure

PAGE: Final = Path(__file__).parent.parent / "docs" / "benchmarks.md"
LISTS: Final = {  # by name: its parts, and the command that writes it alone
    "figures": (tuple(part for part in PARTS if part != "blind"), "python benchmarks/run.py"),
    "figures of blind games": (("blind",), "python benchmarks/run.py --only blind"),
}


def markdown(table: Table) -> list[str]:
    """Return a table as lines of Markdown."""
    head, rows = table
    return ["| " + " | ".join(row) + " |" for row in (head, ("---",) * len(head), *rows)]


def figures_page(figures: list[Figure], peers: list[dict[str, Any]], command: str) -> str:
    """Return all tables, with the machine and the date."""
    today = datetime.datetime.now(tz=datetime.UTC).date().isoformat()
    lines = [f"Machine: {machine()}. Date: {today}. Command: `{command}`."]
    games = [f for f in figures if f.group == "games"]
    found = tables([f for f in figures if f.group != "games"])
    if games or peers:
        found.append((blind.TITLE, blind.games_table(games, peers)))
    for title, table in found:
        lines += ["", f"### {title}", "", *markdown(table)]
    return "\n".join(lines)


def replaced(page: str, name: str, text: str) -> str:
    """Return the page with other tables in a list.

    Raises:
        ValueError: the page has no such list.
    """
    begin, end = f"<!-- {name}: written by benchmarks/run.py -->", f"<!-- end of {name} -->"
    before, found, rest = page.partition(begin)
    _, also, after = rest.partition(end)
    if not found or not also:
        raise ValueError(f"{PAGE.name} has no list: {name}")
    return f"{before}{begin}\n\n{text}\n\n{end}{after}"


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="print the tables, write nothing")
    parser.add_argument("--quick", action="store_true", help="smaller and fewer; writes nothing")
    parser.add_argument("--only", action="append", choices=PARTS, help="measure this part alone; repeat for more")
    options = parser.parse_args()
    wanted = options.only or PARTS
    for name, (parts, command) in LISTS.items():
        here = [part for part in parts if part in wanted]
        if not here:
            continue
        figures: list[Figure] = []
        for part in here:
            print(f"measuring: {part} ...", flush=True)
            figures += measure(part, quick=options.quick)
        peers = []
        if "blind" in here:
            print("measuring: MPyC ...", flush=True)
            peers = [blind.peer(*sizes) for sizes in (blind.QUICK_PEERS if options.quick else blind.PEERS)]
        text = figures_page(figures, peers, command)
        print(text)
        if not (options.check or options.quick) and len(here) == len(parts):
            PAGE.write_text(replaced(PAGE.read_text("utf-8"), name, text), "utf-8")
            print(f"written: {PAGE}, {name}")


if __name__ == "__main__":
    main()
