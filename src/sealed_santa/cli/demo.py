"""`santa demo`: a whole game on this computer, told act by act, and audited at its end.

Server, players and organiser are the ones of a real game: TLS on loopback, an identity and a durable log for each,
everything verified by everybody. Only that they sit in one computer is put on.
"""

from __future__ import annotations

import asyncio
import os
import shlex
import tempfile
import time
from collections import Counter
from collections.abc import Coroutine
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Final

import click

from sealed_santa.audit import auditor
from sealed_santa.base.errors import YOU, UsageError
from sealed_santa.cli.audit import show
from sealed_santa.cli.chronicle import START_WORDS, Told
from sealed_santa.cli.demo_players import ONCE, Troupe, play, play_in_workers
from sealed_santa.cli.main import SantaCommand
from sealed_santa.cli.new import NewGame, make_game
from sealed_santa.cli.options import and_list, write_new
from sealed_santa.cli.seats import read_entries
from sealed_santa.cli.serving import Spot, running, stopping
from sealed_santa.cli.setup import size_warnings
from sealed_santa.cli.terms import Terms
from sealed_santa.cli.ui import Screen
from sealed_santa.game.batches import Kind
from sealed_santa.game.catalogue import default_catalogue
from sealed_santa.game.modes import MODES, Mode
from sealed_santa.log.archive import encode_transcript
from sealed_santa.log.posts import CatalogueGift
from sealed_santa.net.home import Home
from sealed_santa.net.limits import ServerLimits

IN_ONE_PROCESS: Final = 16  # players; more of them, and those of blind games, go to workers, one a core
MAX_WORKERS: Final = 4
TERMINATED: Final = 143
_GIFTS: Final = 4  # the act in which they are chosen
_DELIVERY: Final = 5
_NAMES: Final = (
    "Ada", "Bruno", "Chloe", "Dmitri", "Esra", "Farid", "Greta", "Hugo", "Ines", "Jonas", "Kaito", "Leila", "Mateo",
    "Nora", "Oskar", "Priya", "Quentin", "Rosa", "Samir", "Tilda", "Umar", "Vera", "Wanda", "Xavier", "Yara", "Zoltan",
    "Alma", "Björn", "Carmen", "Dario", "Elif", "Fiona", "Gianni", "Hana", "Igor", "Jasmin", "Kofi", "Lucia", "Malik",
    "Nadia", "Olga", "Pablo", "Ruth", "Stefan", "Tariq", "Ursula", "Viktor", "Wei", "Ximena", "Yusuf",
)  # fmt: skip


SEALED_SAYS: Final = {
    "server": "it keeps the log and deals; it can neither choose the draw nor change it",
    "draw": "decks first, then a coin from everybody: who wants to cheat is too late",
    "gifts": "each chooses for one person; the note is sealed for that person alone",
    "gift": "what, only the server can read, and the note not even the server",
    "closed": "what, only the server can read, and no note",
    "delivery": "the server hands everything on, and cannot have changed it unnoticed",
    "reveal": "everybody compares what they got with what was given",
    "over": "everybody has compared: nothing was exchanged; the game is over",
}
BLIND_SAYS: Final = {
    "server": "it keeps the log, and has no secret of the game: nobody will know the pairs",
    "draw": "a coin and a part of the joint key from each; then they shuffle encrypted cards, one after the other",
    "gifts": "each chooses for one person, seals gift and note for that person, and encrypts both to the joint key",
    "gift": "what and for whom, nobody else can read",
    "closed": "what and for whom, nobody else can read",
    "delivery": "the shuffled gifts were opened together: each finds its own, and nobody knows whose is whose",
    "reveal": "together they open the deck that was dealt",
    "over": "everybody has verified every step; the game is over",
}


def player_names(count: int) -> tuple[str, ...]:
    """Return so many different names."""
    again = ["" if k == 0 else f" {k + 1}" for k in range(count // len(_NAMES) + 1)]
    return tuple(f"{name}{more}" for more in again for name in _NAMES)[:count]


@click.command(cls=SantaCommand)
@click.option("--players", type=click.IntRange(3, 1000), default=5, show_default=True, metavar="N",
              help="How many play.")  # fmt: skip
@click.option("--mode", type=click.Choice(list(MODES)), default="sealed", show_default=True, help="Which game.")
@click.option("--out", metavar="FILE", help="Keep the transcript.")
@click.option("--force", is_flag=True, help="Write over an existing file.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON line an event; the last is the audit.")
@click.pass_obj
def demo(screen: Screen, players: int, mode: str, out: str | None, force: bool, as_json: bool) -> int:
    """Play a whole game on this computer, and audit it.

    A server, N players, real sockets and TLS; what is written is deleted afterwards. The exit code is the audit's.
    """
    if out is not None and not force and Path(out).exists():
        raise UsageError("file.exists", f"--out: {out} exists already", blame=YOU, hint="another name, or --force")
    begun = time.monotonic()
    temporary = tempfile.TemporaryDirectory(prefix="santa-demo-", ignore_cleanup_errors=True)
    with temporary as folder, ExitStack() as shelf:
        stage = Stage(screen, player_names(players), shelf, MODES[mode])
        transcript = asyncio.run(_unless_stopped(stage.play(Path(folder))))
    if transcript is None:
        return TERMINATED
    stage.act("The audit", "anybody can do this with the transcript alone")
    found = auditor.audit(transcript)
    if out is not None:
        write_new(out, transcript, "--out", replace=force)
    seconds = time.monotonic() - begun
    screen.event("played", players=players, seconds=round(seconds, 2), transcript=out)
    show(screen, found, {}, found.exit_code)
    screen.answer("", f"{players} players, {seconds:.1f} s", style="dim")
    if out is not None:
        screen.next_step(f"santa audit {shlex.quote(out)} --explain", "look at it again")
    screen.next_step("santa host" if MODES[mode].dealer else f"santa host --mode {mode}", "play with friends")
    return found.exit_code


async def _unless_stopped(game: Coroutine[Any, Any, bytes]) -> bytes | None:
    """Play to the end and return the transcript; None if SIGTERM came, so that what was written is deleted."""
    with stopping() as stop:
        playing, stopped = asyncio.ensure_future(game), asyncio.ensure_future(stop.wait())
        try:
            both: set[asyncio.Future[Any]] = {playing, stopped}
            await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
            return playing.result() if playing.done() else None
        finally:
            playing.cancel()
            stopped.cancel()
            await asyncio.gather(playing, stopped, return_exceptions=True)


class Stage:
    """Where the demo is played, and who tells it."""

    def __init__(self, screen: Screen, names: tuple[str, ...], shelf: ExitStack, mode: Mode) -> None:
        self._screen, self._names, self._shelf, self._mode = screen, names, shelf, mode
        self._says = SEALED_SAYS if mode.dealer else BLIND_SAYS
        self._acts = 0
        self._count: Counter[str] = Counter()
        self._words: set[str] = set()
        self._chosen = 0
        self._early: list[tuple[str, Told, bool]] = []  # told by fast players before their act has begun

    def act(self, title: str, line: str) -> None:
        """Begin an act."""
        self._acts += 1
        self._screen.event("act", number=self._acts, title=title)
        self._screen.answer("", f"{self._acts}. {title}", style="head")
        self._screen.answer(f"   {line}", style="dim")

    def line(self, text: str, style: str = "") -> None:
        """Tell something."""
        self._screen.answer(f"   {text}", style=style)

    async def play(self, folder: Path) -> bytes:
        """Play the whole game and return its transcript.

        Raises:
            SantaError: what went wrong; nothing should.
        """
        count = len(self._names)
        self.act("The server", self._says["server"])
        limits = ServerLimits(per_address=4 * count + 64, connections=4 * count + 64)
        async with running(self._screen, Spot("127.0.0.1", 0, None, folder / "server"), limits) as (address, _):
            self._screen.event("ready", address=str(address))
            self.line(f"listens at {address.host}:{address.port}, TLS 1.3, its key pinned in every invite")
            made = await make_game(Home(folder / "organiser"), address, _terms(count, self._mode.name), None)
            self.line("the organiser has made a game and handed out the invite")
            for warning in size_warnings(count):
                self.line(f"note: {warning}")
            await self._players(folder / "players", made)
        return encode_transcript(read_entries(Home(folder / "players").folder(made.game, "player", self._names[0])))

    async def _players(self, folder: Path, made: NewGame) -> None:
        count = len(self._names)
        self.act("The players", f"{count} people come in, each with keys and a log of their own")
        troupe = Troupe(str(folder), made.invites[0][1].encode(), self._names, self._names)
        if count <= IN_ONE_PROCESS and self._mode.dealer:
            await play(troupe, self._hear, self._shelf)
        else:
            workers = max(2, min(os.cpu_count() or 2, MAX_WORKERS))
            self.line(f"in {workers} processes, to use all cores")
            await play_in_workers(troupe, workers, self._hear)

    # --- telling --------------------------------------------------------------------------------

    def _hear(self, name: str, told: Told) -> None:
        self._count[told.event] += 1
        self._screen.event(told.event, player=name, **{k: v for k, v in told.fields.items() if k != "you"})
        last = self._count[told.event] == len(self._names)
        waiting = [*self._early, (name, told, last)]
        told_one = True
        while told_one:  # what is told may be what others wait for
            self._early, told_one = [], False
            for one in waiting:
                if self._due(one[1]):
                    self._tell(*one)
                    told_one = True
                else:
                    self._early.append(one)
            waiting = self._early

    def _due(self, told: Told) -> bool:
        """Tell whether it is time: fast players are told when their act has begun, the log in its own order."""
        match told.event:
            case "gift":
                return self._acts >= _GIFTS
            case "parcel":
                return self._acts >= _DELIVERY
            case "batch" | "mix" if told.fields["kind"] == Kind.GIFTS.value:
                return self._chosen == len(self._names)
        return told.event not in ONCE or not any(early.event in ONCE for _, early, _ in self._early)

    def _tell(self, name: str, told: Told, last: bool) -> None:
        match told.event:
            case "joined":
                self._tell_join(name, last)
            case "started":
                self.act("The draw", self._says["draw"])
                self.line(f"{told.fields['by']} said {START_WORDS!r}")
            case "words":
                self._words.add(told.text)
                if last:
                    self._tell_words()
            case "recipient" if last:
                self.line(f"all {len(self._names)} players verified the proofs, and that their own card opens")
                self.act("The gifts", self._says["gifts"])
            case "gift":
                self._chosen += 1
                if len(self._names) <= 8:
                    self.line(f"{name} has chosen; {self._says['gift']}")
            case "closed" if len(self._names) > 8:
                self.line(f"all {len(self._names)} have chosen; {self._says['closed']}")
            case "parcel":
                self._tell_parcel(name, told, last)
            case "delivery":
                self.act("The delivery", self._says["delivery"])
            case "reveal":
                self.act("The reveal", self._says["reveal"])
                self._tell_pairs(told)
            case "over" if last:
                self.line(self._says["over"], "good")
            case "mix" if len(self._names) > 8:
                pass
            case "decks" | "batch" | "mix" | "late" | "complaint" | "deal" | "dropped" | "all-out" | "fault" | "void":
                self.line(told.text, told.style)

    def _tell_join(self, name: str, last: bool) -> None:
        if len(self._names) <= 8:
            self.line(f"{name} is connected and in")
        elif last:
            self.line(f"all are in: {and_list(self._names, 8)}")

    def _tell_words(self) -> None:
        for text in self._words:
            self.line(text, "name")
        if len(self._words) == 1:
            self.line(f"all {len(self._names)} players see the same words; in real life they compare them by voice")

    def _tell_parcel(self, name: str, told: Told, last: bool) -> None:
        if len(self._names) <= 8:
            note = told.fields["note"] or ""
            gift = told.fields["gift"]["name"]
            self.line(f"{name} gets: {gift}" + (f'  "{" ".join(note.split())}"' if note else ""))
        elif last:
            self.line(f"all {len(self._names)} have opened their envelopes")

    def _tell_pairs(self, told: Told) -> None:
        if len(self._names) <= 20:
            for giver, recipient in told.fields["pairs"]:
                self.line(f"{giver} gave to {recipient}")


def _terms(count: int, mode: str) -> Terms:
    gifts = tuple(CatalogueGift(id=g.id, name=g.name, price=g.price, tags=g.tags) for g in default_catalogue())
    return Terms(mode=mode, title="The demo", catalogue=gifts, budget="20", min_players=3, max_players=count)
