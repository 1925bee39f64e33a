"""A player that takes part: one client, what it tells, and what its owner can ask of it.

The live client, the commands for people who look in, and the demo drive players through this class. It prints
nothing: what happens goes to `tell`, as `chronicle.Told`.
"""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from sealed_santa.base.canon import b64
from sealed_santa.base.errors import YOU, ParseError, Party, SantaError, UsageError
from sealed_santa.base.names import normalise_note, parse_note
from sealed_santa.cli.chronicle import Told
from sealed_santa.cli.chronicle_blind import tell
from sealed_santa.cli.standing import dealt, given, seat_of
from sealed_santa.game.boxes import MAX_NOTE
from sealed_santa.game.catalogue import Gift, suggest
from sealed_santa.game.envelopes import MAX_BLIND_NOTE
from sealed_santa.game.modes import Mode
from sealed_santa.game.state import State
from sealed_santa.log.posts import Join, Post
from sealed_santa.net.client import Connected, Done, Entered, Event, GameClient, Lost, Restored, Settled, live
from sealed_santa.net.connection import ClientSettings
from sealed_santa.net.identity import Identity
from sealed_santa.net.party import PlayerParty, party_of
from sealed_santa.roles.guest import make_envelope
from sealed_santa.roles.intent import asked
from sealed_santa.roles.player import Intent, Owed, knowledge, make_gift, make_start
from sealed_santa.roles.secrets import PlayerSecrets

Teller = Callable[[Told], None]
SUGGESTIONS: Final = 5
GOODBYE: Final = 3.0  # seconds
_NUMBER: Final = re.compile(r"[0-9]{1,6}(?:[.,][0-9]{1,2})?")


@dataclass(frozen=True, slots=True)
class Offer:
    """The catalogue of a game as one player is shown it: all gifts, and the places of the suggested ones."""

    gifts: tuple[Gift, ...]
    suggested: tuple[int, ...]


def _ours(error: SantaError) -> SantaError:
    """Return the refusal of a post of ours; the peer that it blames is this computer."""
    if error.blame.party is Party.PEER:
        error.blame = YOU
    return error


def budget_cents(text: str) -> int | None:
    """Return the first number of a budget such as "about 20 €", in cents."""
    match = _NUMBER.search(text)
    return None if match is None else round(float(match.group().replace(",", ".")) * 100)


def parse_gift_note(text: str, option: str = "--note") -> str:
    """Return a note as its author meant it.

    Raises:
        UsageError: `note.*`.
    """
    try:
        return parse_note(normalise_note(text), MAX_NOTE)
    except ParseError as e:
        raise UsageError(e.code, f"{option}: {e.message}", blame=YOU) from e


def check_gift_note(note: str, mode: Mode, option: str = "--note") -> None:
    """Refuse a note that is longer than games of this mode carry.

    Raises:
        UsageError: `note.too-long`.
    """
    size = len(note.encode("utf-8"))
    if not mode.dealer and size > MAX_BLIND_NOTE:
        message = f"{option}: the note has {size} bytes; in a blind game {MAX_BLIND_NOTE} go with a gift"
        hint = "make it shorter; letters with accents count double"
        raise UsageError("note.too-long", message, blame=YOU, hint=hint)


def offer_for(state: State, secrets: PlayerSecrets) -> Offer:
    """Return what a player is offered: suggestions fit its recipient's wish, and only it knows them."""
    gifts = tuple(Gift(g.id, g.name, g.price, g.tags) for g in state.create.catalogue)
    recipient = knowledge(state, secrets).recipient
    wish = "" if recipient is None else recipient.wish
    return Offer(gifts, suggest(gifts, secrets.luck, SUGGESTIONS, wish, budget_cents(state.create.budget)))


class Participant:
    """One party of one game, running."""

    def __init__(
        self,
        identity: Identity,
        tell: Teller,
        *,
        settings: ClientSettings | None = None,
        settled: Callable[[State, Owed], None] | None = None,
        entered: Callable[[State], None] | None = None,
    ) -> None:
        """Replay the identity's copy; `entered` is called after each new entry, `settled` when nothing is owed.

        Raises:
            LocalDamageError, UndecidedError: as `GameClient`.
        """
        self.identity: Final = identity
        self.party: Final = party_of(identity)
        self._tell, self._settled, self._entered = tell, settled, entered
        self.connected = False
        self._unreachable: SantaError | None = None
        self._hasty = False
        self._stopping = False
        self._loop: asyncio.Task[State] | None = None
        self.client: Final = GameClient(identity, self.party, on_event=self._hear, settings=settings)

    @property
    def state(self) -> State | None:
        """The newest checked state."""
        return self.client.state

    @property
    def secrets(self) -> PlayerSecrets | None:
        """The player's secrets; None for an organiser."""
        return self.party.secrets if isinstance(self.party, PlayerParty) else None

    def _hear(self, event: Event) -> None:
        match event:
            case Connected(address):
                self.connected = True
                where = f"{address.host}:{address.port}"
                self._tell(Told("connected", {"host": address.host, "port": address.port},
                                f"connected to {where}; its key is the one in the invite", "dim"))  # fmt: skip
            case Lost(error, pause):
                self._lose(error, pause)
            case Entered(step):
                for told in tell(step.before, step.state, step.entry, self.secrets):
                    self._tell(told)
                if self._entered is not None:
                    self._entered(step.state)
            case Restored(head):
                self._tell(Told("restored", {"head": b64(head)}))
            case Settled(state, owed):
                if self._settled is not None:
                    self._settled(state, owed)

    def _lose(self, error: SantaError, pause: float) -> None:
        if self._hasty and not self.connected and self._loop is not None:
            self._unreachable = error
            self._loop.cancel()
            return
        self._tell(Told("lost", {"code": error.code, "message": error.message, "pause": round(pause, 1)},
                        f"no connection: {error.message}; trying again in {pause:.0f} s", "dim"))  # fmt: skip

    async def run(self, done: Done = live, *, hasty: bool = False) -> State:
        """Take part until `done`; with `hasty` a server that cannot be reached at first is an error.

        Raises:
            SantaError: as `GameClient.run`.
        """
        self._hasty = hasty
        self._loop = asyncio.create_task(self.client.run(lambda state, owed: self._stopping or done(state, owed)))
        try:
            return await self._loop
        except UsageError as e:
            raise _ours(e) from e.__cause__
        except asyncio.CancelledError:
            if self._unreachable is not None:
                raise self._unreachable from None
            self._loop.cancel()
            await asyncio.gather(self._loop, return_exceptions=True)
            raise

    async def stop(self) -> None:
        """End `run` with a goodbye to the server if it answers, or without."""
        self._stopping = True
        self.client.poke()
        if self._loop is not None:
            await asyncio.wait({self._loop}, timeout=GOODBYE)
            self._loop.cancel()

    async def ask(self, make: Callable[[State], Post]) -> int:
        """Post something that the owner wants, while `run` runs; raises as `GameClient.act`."""
        try:
            return await self.client.act(make)
        except SantaError as e:
            raise _ours(e) from e.__cause__

    @property
    def seated(self) -> bool:
        """Whether the player is in the roster, as far as its copy says."""
        return self.state is not None and seat_of(self.state, self.party.key) is not None

    @property
    def has_joined(self) -> bool:
        """Whether a join was ever ready to be sent and was not refused."""
        outbox = self.identity.outbox
        return any(isinstance(p.body, Join) and p.hash not in outbox.refused for p in outbox.posts)

    @property
    def had_seat(self) -> bool:
        """Whether the player ever was in the roster, as far as its copy says."""
        key = self.party.key
        return any(isinstance(e.post.body, Join) and e.post.body.by == key for e in self.identity.entries)

    @property
    def recipient(self) -> str | None:
        """The name of whom the player gives to, once that is known."""
        if self.state is None or self.secrets is None or not dealt(self.state):
            return None
        player = knowledge(self.state, self.secrets).recipient
        return None if player is None else player.name

    async def join(self, name: str, wish: str) -> int:
        """Take a seat; raises as `ask`."""
        party = self.party
        if not isinstance(party, PlayerParty):
            raise UsageError("player.none", "an organiser takes no seat with this identity", blame=YOU)
        return await self.ask(lambda state: party.join(state, name, wish))

    async def start(self) -> int:
        """Say "start user distribution"; raises as `ask`."""
        return await self.ask(lambda state: make_start(state, self.party.key))

    def choose(self, gift: int, note: str) -> None:
        """Choose a gift (its place in the catalogue); the client posts it when it is time."""
        party, state = self.party, self.state
        if not isinstance(party, PlayerParty):
            raise UsageError("player.none", "an organiser gives nothing with this identity", blame=YOU)
        if state is not None:
            check_gift_note(note, state.mode)
        me = None if state is None else state.player(party.key)
        refusals = 0 if state is None or me is None else asked(state, me.number)
        party.intent = Intent(gift=gift, note=note, refusals=refusals)
        self.client.poke()

    @property
    def choice_pending(self) -> bool:
        """Whether a gift was chosen that is not in the log yet."""
        party, state = self.party, self.state
        me = None if state is None else state.player(party.key)
        if state is None or me is None or not isinstance(party, PlayerParty):
            return False
        chosen = party.intent.gift is not None and party.intent.refusals == asked(state, me.number)
        return chosen and me.number not in given(state)

    def gift_post(self, state: State, gift: int, note: str) -> Post:
        """Return the post that puts another gift in the place of the one that stands.

        Raises:
            VerificationError: the player's card does not open.
        """
        if self.secrets is None:
            raise UsageError("player.none", "an organiser gives nothing with this identity", blame=YOU)
        check_gift_note(note, state.mode)
        make = make_gift if state.mode.dealer else make_envelope
        return make(state, self.secrets, gift, note, os.urandom)

    def confirm(self) -> None:
        """Take this folder for the only, newest one of the identity."""
        self.identity.confirm()
        self.client.poke()

    def offer(self) -> Offer:
        """Return the gifts to choose from.

        Raises:
            UsageError: `gift.too-early`.
        """
        state, secrets = self.state, self.secrets
        if state is None or secrets is None or not dealt(state):
            raise UsageError("gift.too-early", "nothing has been dealt yet", blame=YOU, hint="santa status")
        return offer_for(state, secrets)
