"""The players of a demo: they come in, choose, and verify everything, each with its own identity and connection.

They run in this process, or for many of them in workers: processes of this module that read one line of JSON
(home, invite, names, who starts) and print one line an event. A worker ends when its stdin does.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import sys
import threading
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from sealed_santa.base.errors import Blame, Certainty, Party, SantaError
from sealed_santa.cli.chronicle import Told
from sealed_santa.cli.participant import Participant
from sealed_santa.cli.ui import Screen, error_record
from sealed_santa.game.state import Phase, State
from sealed_santa.net.connection import ClientSettings
from sealed_santa.net.home import Home
from sealed_santa.net.identity import Profile, Seed
from sealed_santa.net.invite import Invite, parse_invite
from sealed_santa.roles.intent import asked
from sealed_santa.roles.player import Owed
from sealed_santa.roles.secrets import SEED_SIZE

Report = Callable[[str, Told], None]
NOTES: Final = (
    "Merry Christmas from somebody who thinks of you.",
    "I hope that it fits.\nIf not: I kept the receipt.",
    "You know that you deserve it.",
    "",
    "Guess who!",
)
WISHES: Final = ("something warm", "a good book", "chocolate", "", "nothing that needs dusting")
ONCE: Final = (
    "started", "decks", "dropped", "all-out", "batch", "mix", "deal", "closed", "delivery", "reveal", "fault", "void",
    "complaint", "late",
)  # fmt: skip
PATIENT: Final = ClientSettings(
    turn=5.0,  # all trustees are here, and none should do the work of another
    give_up=60.0,  # the server is here, too: if it fails, it fails for good
)
EACH: Final = ("connected", "joined", "words", "recipient", "choose", "gift", "parcel", "santa", "over")


@dataclass(frozen=True, slots=True)
class Troupe:
    """Players that are run together; the invite is secret."""

    home: str
    invite: str
    names: tuple[str, ...]
    all_names: tuple[str, ...]

    @property
    def speaker(self) -> str:
        """The one who starts, and whose log is told."""
        return self.all_names[0]


class AutoPlayer:
    """One player that plays by itself."""

    def __init__(
        self, home: Home, invite: Invite, name: str, troupe: Troupe, report: Report, shelf: ExitStack
    ) -> None:
        self._name, self._troupe, self._report = name, troupe, report
        self._number = troupe.all_names.index(name)
        self._started = False
        self._chosen = -1
        profile = Profile(
            role="player", name=name, game=invite.game, address=str(invite.address), invite=Seed(invite.seed)
        )
        folder = home.create(profile, os.urandom(SEED_SIZE), os.urandom)
        identity = shelf.enter_context(home.open(folder))
        self._player = Participant(identity, self._tell, settled=self._settled, settings=PATIENT)
        self._starting: asyncio.Task[int] | None = None

    def _tell(self, told: Told) -> None:
        mine = told.event in EACH and (told.event not in ("joined", "gift") or told.fields["you"])
        if mine or (self._name == self._troupe.speaker and told.event in ONCE):
            self._report(self._name, told)

    def _settled(self, state: State, owed: Owed) -> None:
        count = len(self._troupe.all_names)
        ready = state.phase is Phase.JOINING and len(state.players) == count
        if ready and not self._started and self._name == self._troupe.speaker:
            self._started = True
            self._starting = asyncio.ensure_future(self._player.start())
        me = state.player(self._player.party.key)
        refusals = 0 if me is None else asked(state, me.number)
        if owed.choose and self._chosen < refusals:
            self._chosen = refusals
            offer = self._player.offer()
            self._player.choose(offer.suggested[0], NOTES[self._number % len(NOTES)])

    async def play(self) -> None:
        """Come in and play to the end.

        Raises:
            SantaError: as `GameClient.run`.
        """
        loop = asyncio.ensure_future(self._player.run())
        coming = asyncio.ensure_future(self._player.join(self._name, WISHES[self._number % len(WISHES)]))
        both: set[asyncio.Future[Any]] = {loop, coming}
        try:
            await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
            if coming.done() and not coming.cancelled():
                coming.result()
            state = await loop
            self._report(self._name, Told("over", {"phase": state.phase.value, "faults": len(state.faults)}))
        finally:
            tasks = [*both] if self._starting is None else [*both, self._starting]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)


async def play(troupe: Troupe, report: Report, shelf: ExitStack) -> None:
    """Let a troupe play to the end; the first error ends it.

    Its identities are put on `shelf`, to be closed when the event loop and its threads have ended.

    Raises:
        SantaError: what went wrong for one of them.
    """
    home, invite = Home(Path(troupe.home)), parse_invite(troupe.invite)
    tasks = []
    for name in troupe.names:
        tasks.append(asyncio.ensure_future(AutoPlayer(home, invite, name, troupe, report, shelf).play()))
    await _all(tasks)


async def _all(tasks: Sequence[asyncio.Future[None]]) -> None:
    """Wait for all; the first error, or a cancellation, ends the rest, once, so that each can clean up."""
    try:
        await asyncio.gather(*tasks)
    except BaseException as e:
        if not isinstance(e, asyncio.CancelledError):  # a cancellation has reached them already
            for task in tasks:
                task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        raise


# --- workers ----------------------------------------------------------------------------------------


async def play_in_workers(troupe: Troupe, workers: int, report: Report) -> None:
    """Let a troupe play in several processes; raises as `play`."""
    shares = [troupe.names[k::workers] for k in range(workers)]
    tasks = [
        asyncio.ensure_future(_attend_worker(Troupe(troupe.home, troupe.invite, share, troupe.all_names), report))
        for share in shares
        if share
    ]
    await _all(tasks)


async def _attend_worker(troupe: Troupe, report: Report) -> None:
    worker = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "sealed_santa.cli.demo_players",
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, limit=1 << 22,
    )  # fmt: skip
    if worker.stdin is None or worker.stdout is None:
        raise SantaError("demo.worker", "a worker of the demo could not be started")
    error: SantaError | None = None
    try:
        with contextlib.suppress(OSError):  # it has ended; its exit code says more
            worker.stdin.write(json.dumps(asdict(troupe)).encode() + b"\n")
            await worker.stdin.drain()
        async for line in worker.stdout:
            said = json.loads(line)
            if said["event"] == "error":
                error = _error_of(said)
            else:
                told = said["told"]
                report(said["name"], Told(told["event"], told["fields"], told["text"], told["style"], told["note"]))
        await worker.wait()
    finally:
        if worker.returncode is None:
            worker.kill()
            await worker.wait()
    if error is not None or worker.returncode != 0:
        raise error or SantaError("demo.worker", f"a worker of the demo ended with {worker.returncode}")


def _error_of(said: dict[str, Any]) -> SantaError:
    blame = said["blame"]
    whom = Blame(Party(blame["party"]), blame["who"], Certainty(blame["certainty"]))
    return SantaError(said["code"], said["message"], blame=whom, hint=said["hint"])


async def _work(screen: Screen, troupe: Troupe, shelf: ExitStack) -> None:
    """Play, or end when stdin does: then whoever started this has gone."""
    loop = asyncio.get_running_loop()
    game = asyncio.ensure_future(
        play(troupe, lambda name, told: screen.record({"event": "told", "name": name, "told": asdict(told)}), shelf)
    )

    def watch() -> None:
        sys.stdin.read()
        with contextlib.suppress(RuntimeError):  # the loop has ended
            loop.call_soon_threadsafe(game.cancel)

    threading.Thread(target=watch, daemon=True).start()
    try:
        await game
    except SantaError as e:
        screen.record(error_record(e))
    except asyncio.CancelledError:
        pass


def work(argv: Sequence[str] = ()) -> None:
    """Be a worker; Ctrl-C is for whoever started it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    fields = json.loads(sys.stdin.readline())
    troupe = Troupe(fields["home"], fields["invite"], tuple(fields["names"]), tuple(fields["all_names"]))
    with ExitStack() as shelf:
        asyncio.run(_work(Screen(json_lines=True), troupe, shelf))


if __name__ == "__main__":
    work()
    sys.stdout.flush()
    os._exit(0)  # a thread still waits for stdin
