"""Measure what stands beside blind games: MPyC's secret-shared derangement.

`peer_mpyc.py` says what the peer does, and what it does not.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from sealed_santa.cli.bench import Table
from sealed_santa.lab.measure import Figure

PEER: Final = Path(__file__).with_name("peer_mpyc.py")
PEERS: Final = ((5, 5), (10, 10), (30, 7), (30, 30))  # players and parties
QUICK_PEERS: Final = ((5, 5),)
PEER_RUNS: Final = {5: 5, 10: 5, 7: 3}  # by parties; else one
PEER_LIMIT: Final = 120.0  # seconds for one run
TITLE: Final = "Whole blind games on loopback, and MPyC's derangement: seconds"


def peer(players: int, parties: int) -> dict[str, Any]:
    """Let MPyC deal so many players a derangement among so many parties, and return the figures.

    The dict is the JSON line of `peer_mpyc.py`: n, parties, threshold, runs, seconds, protocol_seconds, attempts (a
    list), attempt_seconds, average_seconds, mpyc. Where MPyC is not installed, or a run fails, it is n, parties and
    `missing`, the reason.
    """
    command = [sys.executable, str(PEER), "--players", str(players), "--parties", str(parties)]
    command += ["--runs", str(PEER_RUNS.get(parties, 1)), "--limit", str(PEER_LIMIT)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # it keeps its own time limit
    if done.returncode != 0:
        return {"n": players, "parties": parties, "missing": done.stderr.strip().rpartition("\n")[2]}
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def games_table(figures: Sequence[Figure], peers: Sequence[dict[str, Any]]) -> Table:
    """Return a row for each game and each peer: how long it took, and what stands for it."""
    rows: list[tuple[str, ...]] = []
    for figure in figures:
        if (figure.part, figure.group) == ("blind", "games"):
            goal = "" if figure.goal is None else f" ({figure.goal:.2g})"
            rows.append((str(figure.players), "`santa demo --mode blind`", f"{figure.value:.3g}{goal}", "", "", ""))
    for found in peers:
        row = (str(found["n"]), f"MPyC {found.get('mpyc', '')}, {found['parties']} parties".replace(" ,", ","))
        if "missing" in found:
            rows.append((*row, found["missing"], "", "", ""))
            continue
        values = (found["average_seconds"], found["attempt_seconds"])
        tries = ", ".join(map(str, found["attempts"]))
        rows.append((*row, *(f"{value:.3g}" for value in values), str(found["runs"]), tries))
    rows.sort(key=lambda row: int(row[0]))  # stable: the game first, its peers after it
    return ("players", "program", "whole run (goal)", "one shuffle", "runs", "shuffles in each run"), rows
