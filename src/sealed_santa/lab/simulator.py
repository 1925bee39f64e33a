"""All parties of a game in one place, in memory: server, dealer, organiser and players.

The tests, the transcripts and the lab run on it. It uses the very functions that server and clients
use (`judge`, `duties`), and adds a clock and randomness that are the caller's, so that a game can
be run again. Any party can be told to do something else: every step is a method that takes a body.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from sealed_santa.base.labels import VERSION, Label
from sealed_santa.crypto.derive import derive
from sealed_santa.crypto.signing import SigningKey
from sealed_santa.game.catalogue import default_catalogue
from sealed_santa.game.replay import fold, judge
from sealed_santa.game.state import Phase, State
from sealed_santa.log.archive import encode_transcript
from sealed_santa.log.entry import NO_ENTRY, Entry, SignedPost, sign_entry, sign_post
from sealed_santa.log.fields import SignKey
from sealed_santa.log.posts import BlindTerms, CatalogueGift, Create, Exclusions, Invite, Post
from sealed_santa.roles import dealer, player
from sealed_santa.roles.intent import asked
from sealed_santa.roles.secrets import DealerSecrets, OrganiserSecrets, PlayerSecrets

START: int = 1_764_547_200_000  # 2025-12-01T00:00:00Z, in milliseconds


def seeded_entropy(seed: str) -> Callable[[int], bytes]:
    """Return a stream of bytes that is the same for the same seed; for simulations only."""
    count = 0

    def draw(length: int) -> bytes:
        nonlocal count
        count += 1
        return hashlib.shake_256(f"{seed}/{count}".encode()).digest(length)

    return draw


BLIND = BlindTerms(batch_tests=5000, game_tests=100_000, threshold=0)


def terms(server: SignKey, organiser: SignKey, invites: Sequence[Invite], **changes: object) -> Create:
    """Return a create with ordinary terms, some of them changed; `mode="blind"` brings its own terms with it."""
    if changes.get("mode") == "blind":
        changes = {"blind": BLIND, **changes}
    gifts = tuple(CatalogueGift(id=g.id, name=g.name, price=g.price, tags=g.tags) for g in default_catalogue())
    fields: dict[str, object] = {
        "by": organiser, "version": VERSION, "mode": "sealed", "title": "A game", "server": server,
        "invites": tuple(invites), "catalogue": gifts, "house": "a box of biscuits from the house", "budget": "20",
        "exclusions": Exclusions(groups=(), pairs=()), "reveal": "public", "reveal_at": None, "choose_by": None,
        "patience": 3_600_000, "starters": "anyone", "min_players": 3, "max_players": 1000, "deck_limit": 100_000,
        **changes,
    }  # fmt: skip
    return Create(**fields)  # type: ignore[arg-type]


@dataclass
class Simulator:
    """A game in memory; `state` and `entries` are what everybody sees."""

    seed: str = "simulator"
    names: Sequence[str] = ("Ann", "Bob", "Cem", "Dot")
    changes: dict[str, object] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.entropy = seeded_entropy(self.seed)
        self.now = START
        self.entries: list[Entry] = []
        self.server = SigningKey.from_seed(self.entropy(32))
        self.organiser = OrganiserSecrets(self.entropy(32))
        self.invite = SigningKey.from_seed(self.entropy(32))
        invite = Invite(key=SignKey(self.invite.public().raw), name=None)
        changes: dict[str, Any] = {"invites": (invite,), **self.changes}
        create = terms(SignKey(self.server.public().raw), self.organiser.key, **changes)
        self.dealer = DealerSecrets(self.entropy(32), self.server)
        self.memo: dealer.Memo = {}
        self.current: State | None = None
        self.order(sign_post(create, self.organiser.signing))
        self.players: dict[str, PlayerSecrets] = {}
        self.intents: dict[str, player.Intent] = {}

    @property
    def state(self) -> State:
        """The state after everything that was ordered."""
        if self.current is None:
            raise LookupError("nothing was ordered yet")
        return self.current

    def order(self, post: SignedPost) -> Entry:
        """Be an honest server: judge a post, order it, sign the entry."""
        after = judge(self.current, post, self.now)
        entry = self.force(post)
        self.current = after
        return entry

    def force(self, post: SignedPost) -> Entry:
        """Be a dishonest server: put a post in the log unjudged; the state stays where it was."""
        seq = len(self.entries)
        prev = self.entries[-1].hash if self.entries else NO_ENTRY
        entry = sign_entry(seq, self.now, prev, post, self.server)
        self.entries.append(entry)
        self.now += 1000
        return entry

    def say(self, name: str, body: Post) -> Entry:
        """Sign a body as this player and order it."""
        return self.order(sign_post(body, self.players[name].signing))

    def organise(self, body: Post) -> Entry:
        """Sign a body as the organiser and order it."""
        return self.order(sign_post(body, self.organiser.signing))

    def deal_with(self, body: Post) -> Entry:
        """Sign a body as the dealer and order it."""
        return self.order(sign_post(body, self.server))

    def join(self, name: str, wish: str = "") -> PlayerSecrets:
        """Let somebody in with the shared invite."""
        seed = derive(self.seed.encode(), Label.KEY_SIGN, "simulated player", name)
        secrets = PlayerSecrets(seed, self.state.game)
        invite = SignKey(self.invite.public().raw)
        body = player.make_join(secrets, invite, self.state.head, name, wish, self.state.mode)
        self.order(sign_post(body, secrets.signing, self.invite))
        self.players[name] = secrets
        self.intents[name] = player.Intent(publish_gift_key=True)
        return secrets

    def fill(self) -> Simulator:
        """Let everybody in whose name was given."""
        for name in self.names:
            if name not in self.players:
                self.join(name)
        return self

    def start(self) -> Simulator:
        """Let the first player say "start user distribution"."""
        name = next(iter(self.players))
        self.say(name, player.make_start(self.state, self.players[name].key))
        return self

    def owed(self, name: str) -> player.Owed:
        """Return what a player owes; without a wish of its own it gives the n-th gift of the catalogue."""
        intent = self.intents[name]
        me = self.state.player(self.players[name].key)
        if me is not None and self.state.blind is not None:  # a simulated owner answers when it is asked anew
            intent = replace(intent, refusals=asked(self.state, me.number))
        if intent.gift is None:
            index = list(self.players).index(name) % len(self.state.create.catalogue)
            intent = replace(intent, gift=index, note=f"from your Santa, with number {index}")
        return player.duties(self.state, self.players[name], intent, self.entropy)

    def run(self, until: Phase = Phase.OVER, silent: Sequence[str] = ()) -> Simulator:
        """Let everybody who is not silent do what is owed, until a phase is reached or nobody moves."""
        moved = True
        while moved and self.state.phase is not until:
            moved = self._dealer_moves(until) or self._players_move(silent, until)
        return self

    def _dealer_moves(self, until: Phase) -> bool:
        posts = dealer.duties(self.state, self.dealer, self.now, self.entropy, self.memo)
        for body in posts:
            self.deal_with(body)
        return bool(posts)

    def _players_move(self, silent: Sequence[str], until: Phase) -> bool:
        moved = False
        for name in list(self.players):
            if name in silent or self.state.phase is until:
                continue
            for body in self.owed(name).posts:
                self.say(name, body)
                moved = True
        return moved

    def transcript(self) -> bytes:
        """Return the log as a file."""
        return encode_transcript(self.entries)

    def replay(self) -> State:
        """Follow the log from its first entry, as anybody would who is given the file."""
        return fold(self.entries)


FOUR: tuple[str, ...] = ("Ann", "Bob", "Cem", "Dot")


def played(names: Sequence[str] = FOUR, seed: str = "simulator", **changes: object) -> Simulator:
    """Return a whole game, played to its end."""
    return Simulator(seed, names, changes).fill().start().run()
