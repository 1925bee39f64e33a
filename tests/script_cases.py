"""What docs/cli-json.md says of the events that `--json` prints, for tests of the command line."""

from __future__ import annotations

import re
from pathlib import Path

DOC = Path(__file__).parents[1] / "docs" / "cli-json.md"


def documented():
    rows = re.findall(r"^\| `([a-z-]+)` \|([^|]*)\|", DOC.read_text(encoding="utf-8"), re.M)
    return {event: {f.strip() for f in fields.split(",")} - {""} for event, fields in rows}


def check_documented(said, extra=frozenset()):
    """Every event that was printed is in docs/cli-json.md, with exactly its fields."""
    known = documented()
    for event in said.events:
        if event["event"] != "audit":
            assert set(event) - {"event"} - extra == known[event["event"]] - extra, event["event"]
