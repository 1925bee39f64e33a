"""The live client at a terminal: what it shows, what can be typed, and how it plays by itself with `--auto`.

Lines are read one by one; what a line means depends on what is being asked (`choosing`). Everything typed is
checked, and what cannot be is asked again. Without anybody to type, flags answer.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any, Final

from sealed_santa.base.canon import b64
from sealed_santa.base.errors import YOU, SantaError, UsageError
from sealed_santa.cli.choosing import NO_NOTES, Choosing, Wanted
from sealed_santa.cli.chronicle import COMPARE, START_WORDS, Told
from sealed_santa.cli.endings import ENDS, ends_without, leaving
from sealed_santa.cli.lines import HELP, Lines
from sealed_santa.cli.options import and_list
from sealed_santa.cli.participant import Participant, check_gift_note
from sealed_santa.cli.seats import ID_DIGITS
from sealed_santa.cli.setup import EVERYBODY_KNOWS, NOBODY_LOST
from sealed_santa.cli.standing import LEAVING, counted, seat_of, standing
from sealed_santa.cli.ui import Screen
from sealed_santa.cli.visiting import show_wrong
from sealed_santa.crypto.words import safety_words
from sealed_santa.game.stages import present
from sealed_santa.game.state import Phase, State
from sealed_santa.net.client import live
from sealed_santa.net.connection import ClientSettings
from sealed_santa.net.identity import Identity
from sealed_santa.roles.intent import asked
from sealed_santa.roles.player import Owed

PATIENCE: Final = 5.0  # seconds without news until it is said what is waited for
_STARTS: Final = (START_WORDS, "start", "start distribution")


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the flags of `join` say."""

    name: str
    wish: str = ""
    auto: bool = False
    start_when: int | None = None
    gift: str | None = None
    note: str | None = None
    confirm: bool = False
    no_wait: bool = False  #: take the seat and go


class Quit(Exception):
    """The person closes the window; the game goes on."""


class Live:
    """One evening of one player."""

    def __init__(
        self, screen: Screen, identity: Identity, wishes: Wishes, settings: ClientSettings | None = None
    ) -> None:
        self.screen, self.wishes = screen, wishes
        self.player = Participant(
            identity, self._told, settings=settings, settled=self._on_settled, entered=self._on_entered
        )
        self.choosing = Choosing(screen, self.player)
        self._confirming = False
        self._phase = Phase.JOINING if self.player.state is None else self.player.state.phase
        self._asked_refusals = -1
        self._tasks: set[asyncio.Task[None]] = set()
        self._failed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._known = asyncio.Event()  # the terms of the game
        self._leaving = False  # it was said what it means to leave now
        self._starting = False
        self._wrong_told = ""
        self._typed_end = False
        self._was_seated = self.player.had_seat
        self._reminder: asyncio.TimerHandle | None = None
        self._reminded = -1  # entries that the log had when it was said what is waited for

    # --- the run --------------------------------------------------------------------------------

    async def play(self) -> State:
        """Take part until the game is over, the player is gone, or somebody types quit.

        Raises:
            Quit: somebody typed it.
            SantaError: as `Participant.run`; what was asked for and cannot be had.
        """
        fresh = not self.player.has_joined
        loop = asyncio.create_task(self.player.run(self._done, hasty=fresh))
        if not (self.wishes.auto or self.wishes.no_wait):
            self._spawn(self._listen(Lines(self.screen.stdin)))
        if fresh:
            self._spawn(self._come_in())
        elif self.player.seated or not self._was_seated:
            self._welcome_back()
        try:
            both: set[asyncio.Future[Any]] = {loop, self._failed}
            await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
            if self._failed.done() and not loop.done():
                await self.player.stop()
                self._failed.result()
            return await loop
        finally:
            for task in (*self._tasks, loop):
                task.cancel()
            await asyncio.gather(*self._tasks, loop, return_exceptions=True)
            self._failed.cancel()

    def _done(self, state: State, owed: Owed) -> bool:
        return live(state, owed) or self.gone(state) or (self.wishes.no_wait and self._was_seated)

    def gone(self, state: State) -> bool:
        """Tell whether the player had a seat and has it no longer."""
        return self._was_seated and seat_of(state, self.player.party.key) is None

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        """Do something beside the loop; if it fails, the run does."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._finished)

    def _finished(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None and not self._failed.done():
            self._failed.set_exception(error)

    async def _come_in(self) -> None:
        try:
            if self.wishes.note is not None and (state := await self._terms()) is not None:
                check_gift_note(self.wishes.note, state.mode)
            await self.player.join(self.wishes.name, self.wishes.wish)
        except SantaError as e:
            if e.code == "turn.wrong" and (state := self.player.state) is not None:
                e.hint = f"too late to come in: {standing(state).sentence()}"
            raise
        if not (self.wishes.auto or self.wishes.no_wait):
            self.screen.answer(*HELP, style="dim")

    async def _terms(self) -> State | None:
        """Return the state when its first entry, with the terms of the game, is there."""
        await self._known.wait()
        return self.player.state

    def _welcome_back(self) -> None:
        state = self.player.state
        if state is None:
            return
        now = counted(state, self.player.identity.profile.name)
        self.screen.answer(f"welcome back to {state.create.title!r}: {now}", style="head")
        self._show_words(state)
        if state.phase is Phase.CHOOSING and (recipient := self.player.recipient) is not None:
            self.screen.answer(f"you give to:  {recipient}", style="name")

    # --- what the client says -------------------------------------------------------------------

    def _told(self, told: Told) -> None:
        if told.event == "restored":
            self._ask_confirmation(told)
            return
        if told.event in ("joined", "left") and not self._was_seated and not told.fields.get("you"):
            self.screen.event(told.event, **told.fields)  # who was there before is told once, with the own seat
            return
        if told.event == "deal" and not (self.choosing.open or self._confirming):
            self._new_page()
        self.screen.tell(told)

    def _new_page(self) -> None:
        """Let only the recipient's name be on the screen when it is told."""
        if not self.wishes.auto and (state := self.player.state) is not None:
            self.screen.page()
            if self._show_words(state):
                self.screen.answer(COMPARE)

    def _on_entered(self, state: State) -> None:
        self._known.set()
        if seat_of(state, self.player.party.key) is not None:
            self._was_seated = True
        if state.phase is not Phase.JOINING and self._phase is Phase.JOINING and len(state.players) == 3:
            self.screen.say(f"note: {EVERYBODY_KNOWS}")
            if not state.mode.dealer:
                self.screen.say(f"note: {NOBODY_LOST}")
        self._phase = state.phase
        wanted = self.wishes.start_when
        if wanted is not None and state.phase is Phase.JOINING and len(state.players) >= wanted and self._was_seated:
            self._start_by_itself()

    def _start_by_itself(self) -> None:
        if not self._starting:
            self._starting = True
            self._spawn(self._start_quietly())

    async def _start_quietly(self) -> None:
        """Start; if another was faster, or the roster moved meanwhile, the next entry brings the next try."""
        try:
            await self.player.start()
        except SantaError as e:
            if e.code not in ("turn.wrong", "start.roster-moved", "start.too-few", "post.replayed"):
                raise
        finally:
            self._starting = False

    def _on_settled(self, state: State, owed: Owed) -> None:
        if owed.wrong is not None and owed.wrong.code != self._wrong_told:
            self._wrong_told = owed.wrong.code
            show_wrong(self.screen, owed.wrong, f" --game {b64(state.game)[:ID_DIGITS]}", state.mode)
        self._say_what_is_waited_for(state)
        wanted = self.wishes.start_when
        if wanted is not None and state.phase is Phase.JOINING and len(state.players) >= wanted and self._was_seated:
            self._start_by_itself()
        if state.phase is not Phase.CHOOSING:
            self.choosing.close()
        me = state.player(self.player.party.key)
        refusals = 0 if me is None else asked(state, me.number)
        if owed.choose and self._asked_refusals < refusals:
            self._asked_refusals = refusals
            self._begin_choice(state)

    def _say_what_is_waited_for(self, state: State) -> None:
        """Say so if nothing happens for a while; names only where no recipient stands on the screen."""
        if self._reminder is not None:
            self._reminder.cancel()
        if state.over or state.phase is Phase.JOINING or len(state.chain) == self._reminded:
            return
        text = counted(state, self.player.identity.profile.name)

        def remind() -> None:
            if not (self.choosing.open or self._confirming):
                self._reminded = len(state.chain)
                self.screen.answer(text, style="dim")

        self._reminder = asyncio.get_running_loop().call_later(PATIENCE, remind)

    # --- choosing -------------------------------------------------------------------------------

    def _begin_choice(self, state: State) -> None:
        offer = self.choosing.announce(state)
        if self.wishes.gift is not None or self.wishes.auto:
            self.choosing.by_flags(offer, self.wishes.gift, self.wishes.note)
        elif self._typed_end:
            self._nobody_types()
        else:
            self.choosing.begin(state, offer)

    def _nobody_types(self) -> None:
        error = UsageError(
            "input.missing", "it is your turn to choose a gift, and nobody can be asked", blame=YOU,
            hint="santa give --gift ID; or join with --gift ID or --auto",
        )  # fmt: skip
        if not self._failed.done():
            self._failed.set_exception(error)

    def _ask_confirmation(self, told: Told) -> None:
        state = self.player.state
        words = "" if state is None else " ".join(safety_words(state.head))
        self.screen.event("restored", **told.fields, words=words.split())
        if self.wishes.confirm:
            self.player.confirm()
            return
        self.screen.answer("this folder is a copy, or an older state, of your identity: nothing is opened with it yet")
        self.screen.answer(f"words of the newest entry that you have:  {words}", style="name")
        self.screen.answer("ask others whether `santa status` shows them the same, and make sure that no other")
        self.screen.answer("computer plays as you; then type `confirm` (or come with --confirm)")
        self._confirming = True

    # --- what is typed --------------------------------------------------------------------------

    async def _listen(self, lines: Lines) -> None:
        while (line := await lines.next()) is not None:
            try:
                await self._obey(" ".join(line.split()), line)
            except SantaError as e:  # what cannot be had is no reason to stop; the loop has its own errors
                self.screen.error(e)
                self.choosing.repeat()
        self._typed_end = True
        if self.choosing.open:
            self._nobody_types()

    async def _obey(self, typed: str, line: str) -> None:
        word = typed.casefold()
        if self.choosing.wanted is Wanted.NOTE and word not in NO_NOTES:
            await self.choosing.take_note(line)
        elif word in _COMMANDS:
            await _COMMANDS[word](self)
            if self.choosing.wanted is Wanted.NOTE:
                self.screen.answer("and the note? Enter for none")
        elif self.choosing.wanted is Wanted.GIFT and word:
            self.choosing.take_gift(typed)
        elif word:
            self.screen.answer(f"{typed[:60]!r} means nothing now", *HELP)

    async def _do_start(self) -> None:
        state = self.player.state
        if state is not None and state.phase is not Phase.JOINING:
            raise UsageError("turn.wrong", f"too late: {standing(state).sentence()}", blame=YOU)
        await self.player.start()

    async def _do_who(self) -> None:
        if (state := self.player.state) is not None:
            names = and_list((p.name for p in present(state)), 100)
            self.screen.answer(f"players: {names}", standing(state).sentence(self.player.identity.profile.name))

    async def _do_words(self) -> None:
        state = self.player.state
        if state is None or not self._show_words(state):
            self.screen.answer("there are no safety words yet; they come when all coins are in")

    def _show_words(self, state: State) -> bool:
        if state.words is None:
            return False
        self.screen.answer(f"safety words of round {state.round}:  {' '.join(state.words)}", style="name")
        return True

    async def _do_list(self) -> None:
        if (state := self.player.state) is not None:
            self.choosing.show_all(state)

    async def _do_change(self) -> None:
        self.choosing.change(self.player.state)

    async def _do_leave(self) -> None:
        state = self.player.state
        if state is not None and (why := self._ends(state)):
            self.screen.answer(f"{ENDS}: {why}", "type  end the game  if that is what you want")
            return
        if state is not None and state.blind is not None and not self._leaving:
            self._leaving = True
            self.screen.answer(*LEAVING, "type leave once more to go")
            return
        await self._go(end=False)

    async def _do_end(self) -> None:
        state = self.player.state
        if state is None or not self._ends(state):
            self.screen.answer("the game would not end without you; type leave to go")
            return
        await self._go(end=True)

    async def _go(self, *, end: bool) -> None:
        key, name = self.player.party.key, self.player.identity.profile.name
        await self.player.ask(lambda state: leaving(state, key, name, end=end))

    def _ends(self, state: State) -> str:
        return ends_without(state, self.player.identity.profile.name)

    async def _do_confirm(self) -> None:
        if self._confirming:
            self._confirming = False
            self.player.confirm()
            self.screen.answer("confirmed")

    async def _do_help(self) -> None:
        self.screen.answer(*HELP)

    async def _do_quit(self) -> None:
        raise Quit


_COMMANDS: Final[dict[str, Callable[[Live], Coroutine[Any, Any, None]]]] = {
    **dict.fromkeys(_STARTS, Live._do_start),
    "who": Live._do_who,
    "roster": Live._do_who,
    "status": Live._do_who,
    "words": Live._do_words,
    "list": Live._do_list,
    "change": Live._do_change,
    "leave": Live._do_leave,
    "end the game": Live._do_end,
    "confirm": Live._do_confirm,
    "help": Live._do_help,
    "?": Live._do_help,
    "quit": Live._do_quit,
    "exit": Live._do_quit,
}
