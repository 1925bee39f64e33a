"""Write the corpus: one directory a case, from the tables in honest.py and bad_*.py.

    python tests/transcripts/generate.py            write the cases that are missing
    python tests/transcripts/generate.py --all      write all of them anew
    python tests/transcripts/generate.py NAME ...   write these anew

Everything is seeded but the boxes, whose ephemeral keys the HPKE library draws itself. So a case that
is written anew has other bytes and the same outcome, and what is there is left alone by default.
"""

from __future__ import annotations

import gzip
import json
import sys
from pathlib import Path

HERE = Path(__file__).parent
if __name__ == "__main__":
    sys.path.insert(0, str(HERE.parent))

from transcripts import (  # noqa: E402
    bad_blind_complaints,
    bad_blind_delivery,
    bad_blind_edges,
    bad_blind_gifts,
    bad_blind_hands,
    bad_blind_keys,
    bad_blind_mix,
    bad_blind_openings,
    bad_blind_seen,
    bad_blind_shares,
    bad_blind_shuffle,
    bad_blind_terms,
    bad_blind_tests,
    bad_blind_turn,
    bad_chain,
    bad_copies,
    bad_deal,
    bad_disputes,
    bad_draw,
    bad_edges,
    bad_form,
    bad_giving,
    bad_lobby,
    bad_terms,
    bad_turn,
    blind_honest,
    blind_honest_ends,
    edges,
    honest,
)
from transcripts.cases import CASES, Case  # noqa: E402

TABLES = (
    honest, bad_form, bad_chain, bad_terms, bad_lobby, bad_turn, bad_draw, bad_deal, bad_giving, bad_disputes,
    bad_copies, blind_honest, blind_honest_ends, bad_blind_terms, bad_blind_turn, bad_blind_keys, bad_blind_shares,
    bad_blind_mix, bad_blind_shuffle, bad_blind_tests, bad_blind_openings, bad_blind_hands, bad_blind_gifts,
    bad_blind_delivery, bad_blind_complaints, bad_blind_edges, bad_blind_seen, bad_edges, edges,
)  # fmt: skip
"""The modules whose import fills `CASES`."""

PACKED_FROM = 100_000  # bytes; larger transcripts are stored packed


def put(folder: Path, name: str, data: bytes) -> None:
    """Store a transcript, packed if it is large."""
    if len(data) >= PACKED_FROM:
        (folder / f"{name}.gz").write_bytes(gzip.compress(data, 9, mtime=0))
    else:
        (folder / name).write_bytes(data)


def get(folder: Path, name: str = "game.santa") -> bytes:
    """Read a stored transcript."""
    packed = folder / f"{name}.gz"
    return gzip.decompress(packed.read_bytes()) if packed.exists() else (folder / name).read_bytes()


def write(case: Case) -> None:
    """Make a case and store it, in place of what was there."""
    folder = HERE / case.name
    folder.mkdir(exist_ok=True)
    for old in folder.iterdir():
        old.unlink()
    made = case.build()
    first, *second = made if isinstance(made, tuple) else (made,)
    put(folder, "game.santa", first)
    for other in second:
        put(folder, "other.santa", other)
    (folder / "expect.json").write_text(json.dumps(case.expectation(), indent=2) + "\n", encoding="utf-8")
    if case.name.endswith("_fail"):
        (folder / "README.md").write_text(case.readme(), encoding="utf-8")


def main(arguments: list[str]) -> None:
    """Write what is asked for."""
    wanted = [name for name in arguments if name != "--all"]
    for case in CASES.values():
        missing = not (HERE / case.name / "expect.json").exists()
        if "--all" in arguments or case.name in wanted or (missing and not wanted):
            write(case)
            sys.stdout.write(f"{case.name}\n")


if __name__ == "__main__":
    main(sys.argv[1:])
