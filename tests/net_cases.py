"""A server and clients on loopback, small enough for tests: settings are short, nothing waits by the clock."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from sealed_santa.crypto.signing import SigningKey
from sealed_santa.game.state import State
from sealed_santa.lab.simulator import terms
from sealed_santa.log.entry import SignedPost, sign_post
from sealed_santa.log.fields import SignKey
from sealed_santa.log.posts import Invite as PublicInvite
from sealed_santa.net.client import ClientSettings, Event, GameClient, Settled, create_game
from sealed_santa.net.clock import wall_clock
from sealed_santa.net.home import Home
from sealed_santa.net.identity import Identity, Profile, Seed
from sealed_santa.net.invite import Address, Invite
from sealed_santa.net.limits import ServerLimits
from sealed_santa.net.party import PlayerParty, party_of
from sealed_santa.net.server import Server
from sealed_santa.roles.intent import Intent, asked
from sealed_santa.roles.secrets import OrganiserSecrets

QUICK = ClientSettings(connect=5, reply=20, first_pause=0.01, longest_pause=0.05)


def seed(text: str) -> bytes:
    """Return 32 bytes that are the same for the same text."""
    return hashlib.sha256(text.encode()).digest()


class Reports:
    """Collects what a server reports; a test that expects nothing asserts that it is empty."""

    def __init__(self) -> None:
        self.all: list[tuple[str, BaseException | None]] = []

    def __call__(self, what: str, error: BaseException | None) -> None:
        self.all.append((what, error))


@asynccontextmanager
async def serving(
    folder: Path, limits: ServerLimits | None = None, port: int = 0, reports: Reports | None = None,
    clock: Callable[[], int] = wall_clock,
) -> AsyncIterator[tuple[Server, Address]]:
    """Run a server; what it reports makes the test fail, unless the test collects it."""
    own = reports or Reports()
    server = Server(folder, limits=limits, report=own, clock=clock)
    address = await server.start("127.0.0.1", port)
    try:
        yield server, address
    finally:
        await server.close()
        if reports is None:
            assert own.all == []


async def new_game(home: Home, address: Address, **changes: object) -> tuple[Path, Invite]:
    """Make a game with one shared invite; return the organiser's folder and the invite."""
    organiser = OrganiserSecrets(seed("organiser"))
    invite_seed = seed("invite")
    made: list[tuple[Path, SignedPost]] = []

    def build(server: SignKey) -> SignedPost:
        invite = PublicInvite(key=SignKey(SigningKey.from_seed(invite_seed).public().raw), name=None)
        post = sign_post(terms(server, organiser.key, [invite], **changes), organiser.signing)
        profile = Profile(role="organiser", name="", game=post.game, address=str(address))
        made.append((home.create(profile, seed("organiser"), seed_entropy, outbox=(post,)), post))
        return post

    await create_game(address, build, QUICK)
    folder, post = made[0]
    return folder, Invite(address, post.game, invite_seed)


def seed_entropy(length: int) -> bytes:
    """Return bytes for salts and nonces of key files in tests."""
    return seed("entropy")[:length].ljust(length, b"\0")


def new_player(home: Home, invite: Invite, name: str) -> Path:
    """Make the identity of a player."""
    profile = Profile(
        role="player", name=name, game=invite.game, address=str(invite.address), invite=Seed(invite.seed)
    )
    return home.create(profile, seed(f"player {name}"), seed_entropy)


@dataclass
class Robot:
    """A player that joins, and chooses a gift when it is asked."""

    identity: Identity
    events: list[Event] = field(default_factory=list)
    settings: ClientSettings = QUICK
    clock: Callable[[], int] = wall_clock
    shy: bool = False  #: does not choose

    def __post_init__(self) -> None:
        party = party_of(self.identity)
        assert isinstance(party, PlayerParty)
        self.party = party
        self.client = GameClient(
            self.identity, party, on_event=self.on_event, settings=self.settings, clock=self.clock
        )
        self.watchers: list[tuple[Callable[[State], bool], asyncio.Future[State]]] = []

    def on_event(self, event: Event) -> None:
        """Choose when it is time, and tell whoever waits for a state."""
        self.events.append(event)
        if isinstance(event, Settled):
            me = event.state.player(self.party.key)
            times = 0 if me is None else asked(event.state, me.number)
            fresh = self.party.intent.gift is None or self.party.intent.refusals < times
            if event.owed.choose and fresh and not self.shy:
                name = self.identity.profile.name
                self.party.intent = Intent(gift=len(name), note=f"from {name}", refusals=times)
                self.client.poke()
            for wanted, future in self.watchers:
                if not future.done() and wanted(event.state):
                    future.set_result(event.state)

    async def until(self, wanted: Callable[[State], bool]) -> State:
        """Return the first settled state for which this holds."""
        if self.client.state is not None and wanted(self.client.state):
            return self.client.state
        future: asyncio.Future[State] = asyncio.get_running_loop().create_future()
        self.watchers.append((wanted, future))
        return await future

    async def join(self) -> int:
        """Join under the identity's name."""
        return await self.client.act(lambda state: self.party.join(state, self.identity.profile.name, ""))
