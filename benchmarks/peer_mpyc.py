"""Measure MPyC as the peer of a blind game: python benchmarks/peer_mpyc.py --players N [--parties M] [--runs R]

MPyC (pip install 'sealed-santa[bench]') computes on values that its parties share after Shamir. This program lets it
do what its Secret Santa demo does: shuffle 0 .. n-1 under sharing, say publicly whether the product of (p[i] - i) is
zero, begin anew if so. What the demo then shows to everybody is opened here to each player's own party alone.

What it measures, and what not:

- Every party is a process of its own; they are joined by plain TCP on loopback, and listen on loopback alone. With as
  many parties as players (the default) each player is a party; with fewer, a party stands in for several players.
- At most (m - 1) // 2 of m parties may pool what they see, and every one of them has to follow the protocol to its
  end: nothing is proved, nothing can be checked afterwards, and nobody may be absent. There are no exclusions but
  oneself, no identities, no log, no encryption of the lines, no gifts, no reveal.
- The number of shuffles is chance: n! / D_n on average, about e. So the time for one shuffle is given as well, and
  the time that a run takes with the average number of them.

It prints one JSON line; times are seconds, medians of the runs. Exit code 1: a run failed or passed its time limit;
2: MPyC is not installed. It ends the processes that it started, and no others; should it be killed itself, they end
at the time limit.
"""

from __future__ import annotations

import argparse
import asyncio
import importlib.util
import json
import math
import os
import socket
import statistics
import sys
import time
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any, Final

LOOPBACK: Final = "127.0.0.1"
PORTS: Final = range(20_000, 32_000)  # below those that systems hand out to the connecting side
PORT_STARTS: Final = 10_000  # where two runs begin to look for ports differs by their process ids
MOST_SEED_SETS: Final = 1_000  # pseudorandom sharing has C(m, t) seeds: 210 for m = 10, 145 million for m = 30
LEAST_PARTIES: Final = 3  # two share nothing: each would hold every value
LIMIT: Final = 300.0  # seconds for one run
NOT_INSTALLED: Final = "MPyC is not installed: pip install 'sealed-santa[bench]'"


class PeerError(Exception):
    """MPyC is missing, or a run of it did not end well; the text says which."""


@dataclass(frozen=True, slots=True)
class Run:
    """One derangement: seconds from the first process to the end of the last, and of the protocol in between."""

    seconds: float
    protocol: float
    attempts: int
    version: str


# --- a party: one process ---------------------------------------------------------------------------


class LoopbackLoop(asyncio.SelectorEventLoop):
    """An event loop whose servers listen on loopback: MPyC names no address, which would mean all of them."""

    async def create_server(self, protocol_factory: Any, host: Any = None, port: Any = None, **options: Any) -> Any:
        """Listen on loopback where no address is named."""
        return await super().create_server(protocol_factory, host or LOOPBACK, port, **options)


def party(index: int, players: int, ports: list[int], limit: float) -> None:
    """Be one of len(ports) parties; print one JSON line with what this party has learnt and how long it took."""
    asyncio.set_event_loop(LoopbackLoop())
    # MPyC reads the command line, and makes its runtime, when it is imported.
    arguments = [word for port in ports for word in ("-P", f"{LOOPBACK}:{port}")]
    arguments += ["-I", str(index), "--no-log", "--no-uvloop", "--no-numpy"]
    if math.comb(len(ports), (len(ports) - 1) // 2) > MOST_SEED_SETS:
        arguments.append("--no-prss")
    sys.argv[1:] = arguments
    from mpyc.runtime import mpc

    # A party whose starter is gone, or whose peers are, ends by itself.
    print(json.dumps(mpc.run(asyncio.wait_for(protocol(mpc, players), limit))))


async def protocol(mpc: Any, players: int) -> dict[str, Any]:
    """Deal a uniformly random derangement of `players` with MPyC's runtime, each recipient to its giver's party only.

    A shuffle that is turned down says of itself that somebody drew themselves, and no more. All permutations are
    equally likely, so those that pass are, too.
    """
    await mpc.start()
    begun = time.perf_counter()
    parties = len(mpc.parties)
    field = mpc.SecFld(min_order=max(players, parties + 1))
    attempts, refused = 0, True
    while refused:
        attempts += 1
        dealt = mpc.random.random_permutation(field, players)
        refused = await mpc.is_zero_public(mpc.prod([recipient - giver for giver, recipient in enumerate(dealt)]))
    opened = [mpc.output(recipient, receivers=giver % parties) for giver, recipient in enumerate(dealt)]
    mine = {giver: int(await value) for giver, value in enumerate(opened) if giver % parties == mpc.pid}
    seconds = time.perf_counter() - begun
    await mpc.shutdown()
    return {"mine": mine, "seconds": seconds, "attempts": attempts, "version": mpc.version}


# --- the starter of all parties ---------------------------------------------------------------------


def free_ports(count: int) -> list[int]:
    """Return so many ports that nobody listens on.

    Raises:
        PeerError: there are none left.
    """
    first = os.getpid() % PORT_STARTS
    found: list[int] = []
    with ExitStack() as held:
        for port in (*PORTS[first:], *PORTS[:first]):
            probe = held.enter_context(socket.socket())
            try:
                probe.bind((LOOPBACK, port))
            except OSError:
                continue
            found.append(port)
            if len(found) == count:
                return found
    raise PeerError(f"no {count} free ports in {PORTS.start} to {PORTS.stop - 1}")


async def party_process(index: int, players: int, ports: list[int], limit: float) -> dict[str, Any]:
    """Run one party in a process of its own and return what it printed; ends it if this task is cancelled.

    Raises:
        PeerError: the party failed.
    """
    process = await asyncio.create_subprocess_exec(
        sys.executable, __file__, "--players", str(players), "--limit", str(limit),
        "--party", str(index), "--ports", *map(str, ports),
        stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    try:
        out, err = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    try:
        answer: dict[str, Any] = json.loads(out)
    except ValueError:
        last = err.decode(errors="replace").strip().rpartition("\n")[2] or "it said nothing"
        raise PeerError(f"party {index} ended with exit code {process.returncode}: {last}") from None
    return answer


async def one_run(players: int, parties: int, limit: float) -> Run:
    """Start all parties, wait for the last, and see that they were dealt a derangement.

    Raises:
        PeerError: a party failed, the time limit was passed, or it is no derangement.
    """
    ports = free_ports(parties)
    begun = time.perf_counter()
    try:
        async with asyncio.timeout(limit), asyncio.TaskGroup() as group:
            tasks = [group.create_task(party_process(i, players, ports, limit)) for i in range(parties)]
    except TimeoutError:
        raise PeerError(f"a run with {players} players and {parties} parties did not end in {limit:g} s") from None
    except ExceptionGroup as failed:  # the others are ended when one fails
        raise PeerError(str(failed.exceptions[0])) from None
    seconds = time.perf_counter() - begun
    answers = [task.result() for task in tasks]
    dealt = {int(giver): recipient for answer in answers for giver, recipient in answer["mine"].items()}
    if sorted(dealt) != sorted(dealt.values()) or len(dealt) != players or any(i == j for i, j in dealt.items()):
        raise PeerError(f"not a derangement: {dealt}")
    slowest = max(answer["seconds"] for answer in answers)
    return Run(seconds, slowest, answers[0]["attempts"], answers[0]["version"])


def measure(players: int, parties: int, runs: int, limit: float) -> dict[str, Any]:
    """Run MPyC some times and return the figures that the JSON line has.

    Raises:
        PeerError: MPyC is not installed, or a run failed.
    """
    if importlib.util.find_spec("mpyc") is None:
        raise PeerError(NOT_INSTALLED)
    done = [asyncio.run(one_run(players, parties, limit)) for _ in range(runs)]
    shuffle = statistics.median(run.protocol / run.attempts for run in done)
    around = statistics.median(run.seconds - run.protocol for run in done)
    return {
        "n": players,
        "parties": parties,
        "threshold": (parties - 1) // 2,
        "runs": runs,
        "seconds": round(statistics.median(run.seconds for run in done), 3),
        "protocol_seconds": round(statistics.median(run.protocol for run in done), 3),
        "attempts": [run.attempts for run in done],
        "attempt_seconds": round(shuffle, 4),
        "average_seconds": round(around + shuffle * mean_attempts(players), 3),
        "mpyc": done[0].version,
    }


def mean_attempts(players: int) -> float:
    """Return n! / D_n, the average number of permutations until one is a derangement."""
    return 1 / math.fsum((-1) ** k / math.factorial(k) for k in range(players + 1))


def main() -> int:
    """Be a party, or measure and print one JSON line; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--players", type=int, required=True, help="how many, at least 3")
    parser.add_argument("--parties", type=int, help="how many processes, at least 3; as many as players if not said")
    parser.add_argument("--runs", type=int, default=1)
    parser.add_argument("--limit", type=float, default=LIMIT, help="seconds for one run")
    parser.add_argument("--party", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--ports", type=int, nargs="+", help=argparse.SUPPRESS)
    options = parser.parse_args()
    parties = options.players if options.parties is None else options.parties
    if options.party is not None:
        party(options.party, options.players, options.ports, options.limit)
        return 0
    if not LEAST_PARTIES <= parties <= options.players or options.runs < 1:
        parser.error(f"at least {LEAST_PARTIES} players, {LEAST_PARTIES} to as many parties as players, and 1 run")
    try:
        print(json.dumps(measure(options.players, parties, options.runs, options.limit)))
    except PeerError as e:
        print(e, file=sys.stderr)
        return 2 if str(e) == NOT_INSTALLED else 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
