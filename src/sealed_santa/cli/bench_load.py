"""Whole programs under the clock: games, joins, idle clients, start-up. The measuring part of `santa bench`.

Servers and games run in processes of their own, as they do in earnest. Run as a module, this is the
bare TLS server that joins are compared with: it shakes hands, waits for the other end to go, and no more.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sealed_santa.base.errors import UndecidedError
from sealed_santa.cli.new import make_game
from sealed_santa.cli.terms import Terms
from sealed_santa.game.catalogue import default_catalogue
from sealed_santa.game.replay import step
from sealed_santa.game.state import State
from sealed_santa.lab.measure import SECONDS, Figure
from sealed_santa.log.entry import SignedPost, parse_entry, sign_post
from sealed_santa.log.fields import Hash, SignKey
from sealed_santa.log.posts import CatalogueGift
from sealed_santa.net.connection import Connection
from sealed_santa.net.home import VARIABLE, Home
from sealed_santa.net.invite import Address, Invite, parse_address
from sealed_santa.net.tls import client_context, server_context
from sealed_santa.roles.player import make_join
from sealed_santa.roles.secrets import SEED_SIZE, PlayerSecrets

GAME_GOALS: Final = {"sealed": {5: 3.0, 100: 40.0}, "blind": {5: 8.0, 10: 30.0}}  # seconds, by mode and players
START_GOAL: Final = 150.0  # milliseconds
AT_ONCE: Final = 16  # connections in their handshake
LIMIT: Final = 600.0  # seconds for a game
WARM_UP: Final = 20  # clients that come and go before memory is measured

_SANTA: Final = (sys.executable, "-m", "sealed_santa")


# --- games and start-up -------------------------------------------------------------------------


def game_figures(players: int, repeats: int = 1, mode: str = "sealed") -> list[Figure]:
    """Play whole games of a mode with `santa demo` and return the median of the time from its start to its end.

    Raises:
        UndecidedError: `bench.game`, a game did not end well.
    """
    took = []
    for _ in range(repeats):
        begun = time.perf_counter()
        try:
            done = subprocess.run(
                [*_SANTA, "demo", "--mode", mode, "--players", str(players), "--json"],
                capture_output=True, timeout=LIMIT, check=False,
            )  # fmt: skip
        except subprocess.TimeoutExpired as e:
            raise UndecidedError("bench.game", f"a game of {players} did not end within {LIMIT:.0f} s") from e
        if done.returncode != 0:
            raise UndecidedError("bench.game", f"a game of {players} ended with exit code {done.returncode}")
        took.append(time.perf_counter() - begun)
    part, group = ("blind", "games") if mode == "blind" else ("games", None)
    return [Figure(part=part, group=group, what="whole game", value=statistics.median(took), unit=SECONDS,
                   players=players, cores=os.cpu_count(), goal=GAME_GOALS[mode].get(players))]  # fmt: skip


def start_figures(repeats: int = 20) -> list[Figure]:
    """Return the median time of `santa --help`."""
    took = []
    for _ in range(repeats):
        begun = time.perf_counter()
        subprocess.run([*_SANTA, "--help"], capture_output=True, check=True)
        took.append(1000 * (time.perf_counter() - begun))
    return [Figure(part="start", what="santa --help", value=statistics.median(took), unit="ms", goal=START_GOAL)]


# --- processes ----------------------------------------------------------------------------------


def cpu_seconds(process: int) -> float | None:
    """Return the processor time that a process has used, where the system tells (Linux)."""
    try:
        fields = Path(f"/proc/{process}/stat").read_text("utf-8").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    except (OSError, ValueError):
        return None


def resident_bytes(process: int) -> int | None:
    """Return the memory that a process holds, where the system tells (Linux)."""
    try:
        return int(Path(f"/proc/{process}/statm").read_text("utf-8").split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError):
        return None


@contextlib.asynccontextmanager
async def _process(*command: str, home: Path) -> AsyncIterator[tuple[int, str]]:
    """Run a program while the block runs; yields its process id and its first line."""
    process = await asyncio.create_subprocess_exec(
        *command, stdout=asyncio.subprocess.PIPE, stdin=asyncio.subprocess.DEVNULL,
        env={**os.environ, VARIABLE: str(home)},
    )  # fmt: skip
    try:
        if process.stdout is None or not (line := await process.stdout.readline()):
            raise UndecidedError("bench.server", "a server for the benchmark did not start")
        yield process.pid, line.decode()
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


@dataclass(frozen=True, slots=True)
class Hosted:
    """A server in a process of its own, with one game."""

    process: int
    address: Address
    game: Hash
    invite: Invite
    state: State


@contextlib.asynccontextmanager
async def hosted() -> AsyncIterator[Hosted]:
    """Run `santa serve` in a temporary folder, with a game that anybody may join, while the block runs."""
    with tempfile.TemporaryDirectory(prefix="santa-bench-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        serve = (*_SANTA, "serve", "--port", "0", "--data", str(folder / "server"), "--json")
        async with _process(*serve, home=folder) as (process, line):
            address = parse_address(json.loads(line)["address"])
            gifts = tuple(CatalogueGift(id=g.id, name=g.name, price=g.price, tags=g.tags) for g in default_catalogue())
            made = await make_game(Home(folder), address, Terms(title="Benchmark", catalogue=gifts), None)
            yield Hosted(process, address, made.game, made.invites[0][1], await _read_log(address, made.game))


async def _read_log(address: Address, game: Hash) -> State:
    wake = asyncio.Event()
    state: State | None = None
    async with await Connection.open(address, wake) as connection:
        length = await connection.follow(game, 0)
        while state is None or len(state.chain) < length:
            for message in connection.take():
                for raw in message.entries:
                    state = step(state, parse_entry(bytes(raw)))
            if state is None:
                await wake.wait()
                wake.clear()
    return state


# --- joins --------------------------------------------------------------------------------------


async def join_figures(batch: int, rounds: int) -> list[Figure]:
    """Compare joins with bare handshakes, batch by batch in turn; medians of the batches.

    A join: TCP, TLS, hello, a signed and countersigned post, its durable entry, goodbye. The posts are made
    before. One process asks for all of them, so that rates are those of server and client together; the
    server's own time stands beside.
    """
    async with hosted() as server:
        bare = (sys.executable, "-m", "sealed_santa.cli.bench_load")
        with tempfile.TemporaryDirectory(prefix="santa-bench-", ignore_cleanup_errors=True) as name:
            async with _process(*bare, name, home=Path(name)) as (bare_process, line):
                port = int(line)

                async def greet(_: object) -> None:
                    await _shake_hands(port)

                async def join(post: SignedPost) -> None:
                    async with await Connection.open(server.address) as connection:
                        await connection.submit(post)

                rates: dict[str, list[tuple[float, float | None]]] = {"TLS handshakes": [], "joins": []}
                for number in range(rounds):
                    posts = [_join_post(server, f"Player {number}-{k}") for k in range(batch)]
                    rates["TLS handshakes"].append(await _rate(greet, posts, bare_process))
                    rates["joins"].append(await _rate(join, posts, server.process))
    return [figure for what, measured in rates.items() for figure in _rate_figures(what, measured)]


def _join_post(server: Hosted, name: str) -> SignedPost:
    secrets = PlayerSecrets(os.urandom(SEED_SIZE), server.game)
    invite = server.invite.key
    body = make_join(secrets, SignKey(invite.public().raw), server.state.head, name, "")
    return sign_post(body, secrets.signing, invite)


async def _rate(
    work: Callable[[SignedPost], Awaitable[None]], posts: list[SignedPost], process: int
) -> tuple[float, float | None]:
    """Return how many a second, and the processor time of the other process for each in milliseconds."""
    gate = asyncio.Semaphore(AT_ONCE)

    async def one(post: SignedPost) -> None:
        async with gate:
            await work(post)

    used = cpu_seconds(process)
    begun = time.perf_counter()
    await asyncio.gather(*(one(post) for post in posts))
    rate = len(posts) / (time.perf_counter() - begun)
    now = cpu_seconds(process)
    return rate, None if used is None or now is None else 1000 * (now - used) / len(posts)


def _rate_figures(what: str, measured: list[tuple[float, float | None]]) -> list[Figure]:
    rate = statistics.median(rate for rate, _ in measured)
    figures = [Figure(part="joins", what=what, value=rate, unit="/s")]
    times = [spent for _, spent in measured if spent is not None]
    if times:
        spent = statistics.mean(times)  # the system counts in steps of 10 ms
        figures.append(Figure(part="joins", what=f"{what}, time of the server for one", value=spent, unit="ms"))
    return figures


async def _shake_hands(port: int) -> None:
    _, writer = await asyncio.open_connection("127.0.0.1", port, ssl=client_context(), server_hostname="")
    writer.close()
    await writer.wait_closed()


async def _serve_bare(folder: Path) -> None:
    async def attend(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            await reader.read()
            writer.close()
            await writer.wait_closed()

    context, _ = server_context(folder)
    server = await asyncio.start_server(attend, "127.0.0.1", 0, ssl=context, backlog=1024)
    sys.stdout.write(f"{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    await server.serve_forever()


# --- memory -------------------------------------------------------------------------------------


async def memory_figures(clients: int) -> list[Figure]:
    """Return the server's memory for one client that follows a game and says nothing; none where it cannot be read."""
    async with hosted() as server, contextlib.AsyncExitStack() as stack:
        for _ in range(WARM_UP):
            await (await _follower(server)).close()
        before = resident_bytes(server.process)
        for _ in range(clients):
            stack.push_async_callback((await _follower(server)).close)
        after = resident_bytes(server.process)
    if before is None or after is None:
        return []
    each = (after - before) / clients / 1000
    return [Figure(part="memory", what="server, for one idle client", value=each, unit="kB")]


async def _follower(server: Hosted) -> Connection:
    wake = asyncio.Event()
    connection = await Connection.open(server.address, wake)
    length = await connection.follow(server.game, 0)
    while sum(len(message.entries) for message in connection.take()) < length:
        await wake.wait()
        wake.clear()
    return connection


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_serve_bare(Path(sys.argv[1])))
