"""Real games with a recorder on the wire, and a copy of everything that anybody holds, at four moments.

In the classic game a packet is a line in plain text. In sealed and blind games the frames of `wire/` are made
by the sessions of both ends, and then cross TLS 1.3: what is left of them for a listener is the connection, the
direction, the time and the sizes of the records. Handshakes and pings are the same for everybody and left out.

Lots decide in each game who opens its coin last. A second copy is made of the moment before the deal, in which it
is the player of the highest number: somebody who waits on purpose can always be last.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

import msgspec

from sealed_santa.base.labels import VERSION
from sealed_santa.classic import game as classic
from sealed_santa.game.catalogue import default_catalogue
from sealed_santa.game.state import Phase, State
from sealed_santa.lab.simulator import START, Simulator, seeded_entropy
from sealed_santa.lab.trial import twin
from sealed_santa.log.entry import Entry
from sealed_santa.log.posts import BlindTerms, Exclusions
from sealed_santa.roles.player import Intent, knowledge
from sealed_santa.roles.secrets import DealerSecrets, PlayerSecrets
from sealed_santa.wire.messages import Accepted, Entries, Follow, Followed, Hello, Limits, Submit, Welcome
from sealed_santa.wire.session import ClientSession, ServerSession

NAMES: Final = ("Ann", "Bob", "Cem", "Dot", "Eve", "Fay", "Gus")
COUPLE: Final = ("Ann", "Bob")  # excluded in sealed and blind games; the classic game has no exclusions
RECORD: Final = 16_384  # bytes of plain text in a TLS record, at most
RECORD_COST: Final = 22  # bytes that TLS 1.3 adds to each: header 5, type 1, tag 16
_TESTS: Final = 18  # in a batch of a blind game: two decks


class Moment(StrEnum):
    """When a party looks at what it has."""

    BEFORE = "before the deal"  # all coins but one are in the log; classic: nobody has said start
    DEALT = "after the deal"  # nobody has chosen; blind: every card was handed out
    DELIVERED = "after delivery"  # everybody has its gift, and nothing is revealed
    REVEALED = "after the reveal"  # as the game has it; with `never` the game is over


@dataclass(frozen=True, slots=True)
class Packet:
    """Something that crossed the wire; `plain` is what it said where nothing encrypts it."""

    at: int
    connection: int  #: the player's number; 0 is the organiser
    up: bool  #: to the server
    size: int  #: bytes, of all records
    plain: bytes | None = None


@dataclass(frozen=True, slots=True)
class Held:
    """What there is at one moment: everything that crossed the wire so far, the log, the memory of a classic server."""

    packets: tuple[Packet, ...]
    state: State | None = None
    memory: classic.Game | None = None


@dataclass(frozen=True, slots=True, repr=False)
class Recording:
    """A game that was played, and all secrets of all parties in it."""

    mode: str
    reveal: str  #: public, private or never
    seed: str
    names: tuple[str, ...]
    forbidden: tuple[tuple[int, int], ...]
    truth: Mapping[int, int]  #: recipient by giver
    held: Mapping[Moment, Held]
    players: tuple[PlayerSecrets, ...] = ()
    dealer: DealerSecrets | None = field(default=None)
    waited: Held | None = None  #: before the deal, had the player of the highest number waited to open last
    games: Mapping[Moment, Simulator] = field(default_factory=dict)  #: to play on from there; to be copied before


def record(mode: str, seed: str, names: Sequence[str] = NAMES, reveal: str = "public") -> Recording:
    """Play a game of this mode to its end, and record it; everything follows from the seed and the reveal.

    The classic game has one reveal, `private`, whatever is asked for.
    """
    return _classic(seed, tuple(names)) if mode == "classic" else _logged(mode, seed, tuple(names), reveal)


def shuffled(seed: str, what: Iterable[str]) -> list[str]:
    """Return names in an order that the seed decides: who happens to be quick says nothing about the pairs."""
    return sorted(what, key=lambda name: hashlib.sha256(f"{seed}/{name}".encode()).digest())


def _note(seed: str, name: str) -> str:
    """Return a note whose length differs from giver to giver: a wire that does not pad it would show who it is for."""
    length = hashlib.sha256(f"{seed}/note/{name}".encode()).digest()[0] % 120
    return "x" * length


# --- the classic game -----------------------------------------------------------------------------


def _classic(seed: str, names: tuple[str, ...]) -> Recording:
    stream = _Stream(f"{seed}/classic")
    game = classic.Game(tuple(default_catalogue()))
    packets: list[Packet] = []
    held: dict[Moment, Held] = {}

    def hear(event: classic.Event) -> None:
        nonlocal game
        after = classic.step(game, event, stream.below)
        for line in after.lines:
            raw = line.text.encode() + b"\n"
            packets.append(Packet(START + 1000 * len(packets), line.to, False, len(raw), raw))
        game = after.game

    def say(number: int, text: str) -> None:
        raw = text.encode() + b"\n"
        packets.append(Packet(START + 1000 * len(packets), number, True, len(raw), raw))
        hear(classic.Said(number, text))

    for number, name in enumerate(names, 1):
        hear(classic.Came(number))
        say(number, f"#{name}")
    held[Moment.BEFORE] = Held(tuple(packets), memory=game)
    say(1, "start user distribution")
    held[Moment.DEALT] = Held(tuple(packets), memory=game)
    truth = {number: seat.recipient for number, seat in game.seats.items()}
    for name in shuffled(seed, names):
        memory, number = game, names.index(name) + 1
        say(number, str(1 + stream.below(5)))
    delivered = next(k for k, p in enumerate(packets) if (p.plain or b"").startswith(b"your santa was"))
    held[Moment.DELIVERED] = Held(tuple(packets[:delivered]), memory=memory)
    held[Moment.REVEALED] = Held(tuple(packets), memory=memory)
    return Recording("classic", "private", seed, names, (), truth, held)


class _Stream:
    """Uniform numbers that the seed decides."""

    def __init__(self, seed: str) -> None:
        self._seed, self._count = seed, 0

    def below(self, limit: int) -> int:
        """Return a number in 0 … limit − 1; 2^128 leaves no bias that could be measured."""
        self._count += 1
        digest = hashlib.sha256(f"{self._seed}/{self._count}".encode()).digest()
        return int.from_bytes(digest[:16], "little") % limit


# --- games with a log -----------------------------------------------------------------------------


def _logged(mode: str, seed: str, names: tuple[str, ...], reveal: str) -> Recording:
    exclusions = Exclusions(groups=(COUPLE,), pairs=())
    changes: dict[str, object] = {"mode": mode, "exclusions": exclusions, "reveal": reveal}
    if mode == "blind":
        changes["blind"] = BlindTerms(batch_tests=_TESTS, game_tests=100_000, threshold=0)
    game = Simulator(seed, names, changes).fill()
    numbers: dict[bytes, int] = {game.players[name].key: number for number, name in enumerate(names, 1)}
    order = shuffled(seed, names)
    game.players = {name: game.players[name] for name in order}
    for name in names:
        gift = len(_note(f"{seed}/gift", name)) % len(game.state.create.catalogue)
        game.intents[name] = Intent(gift=gift, note=_note(seed, name))
    before, waiting = _to_the_deal(game.start(), order[-1], names[-1])
    games = {Moment.BEFORE: before}
    for moment, until, silent in (
        (Moment.DEALT, Phase.CHOOSING, []),
        (Moment.DELIVERED, Phase.OVER, order[-1:]),  # without its receipt there is no reveal
        (Moment.REVEALED, Phase.OVER, []),
    ):
        if moment is Moment.DELIVERED:
            game.run(Phase.DELIVERED)
        games[moment] = twin(game.run(until, silent))
    packets = tuple(_wire(game.entries, numbers))
    held = {
        moment: Held(tuple(p for place, p in packets if place < len(then.entries)), then.state)
        for moment, then in games.items()
    }
    return Recording(
        mode, reveal, seed, names, game.state.forbidden, _truth(game, names), held,
        tuple(game.players[name] for name in names), game.dealer,
        Held(tuple(p for _, p in _wire(waiting.entries, numbers)), waiting.state), games,
    )  # fmt: skip


def _to_the_deal(game: Simulator, last: str, waits: str) -> tuple[Simulator, Simulator]:
    """Play until all coins are open that lead to a deal; return the game as it was without that of `last`.

    Then return it as it would have been had `waits` opened its coin last. The draw would have been the same.
    """
    while True:
        game.run(Phase.COINS)
        waiting = apart(game, f"{game.seed}/waiting").run(Phase.CHOOSING, [waits])
        before = twin(game.run(Phase.CHOOSING, [last]))
        for body in game.owed(last).posts:
            game.say(last, body)
        game.run(Phase.CHOOSING, game.names)  # the server alone: it deals, or makes decks anew if all are out
        if game.state.phase is not Phase.COINS:
            return before, waiting


def apart(game: Simulator, seed: str) -> Simulator:
    """Return a game with the same log and parties that goes its own way, and uses nothing up in the other."""
    other = twin(game)
    other.entropy = seeded_entropy(seed)
    return other


def _truth(game: Simulator, names: Sequence[str]) -> dict[int, int]:
    """Return recipient by giver, as each giver's own client reads it."""
    found = {number: knowledge(game.state, game.players[name]).recipient for number, name in enumerate(names, 1)}
    return {number: recipient.number for number, recipient in found.items() if recipient is not None}


def record_size(frame: int) -> int:
    """Return how many bytes cross the wire for a frame of so many bytes."""
    return frame + RECORD_COST * -(-frame // RECORD)


def _wire(entries: Sequence[Entry], numbers: Mapping[bytes, int]) -> Iterator[tuple[int, Packet]]:
    """Yield what crosses the wire for these entries, each packet with the number of the entry that it is about."""
    ends: dict[int, tuple[ClientSession, ServerSession]] = {}
    for entry in entries:
        by = entry.post.body.by
        if by in numbers or entry.seq == 0:  # what the server says itself nobody sends to it
            author = numbers.get(by, 0)
            if author not in ends:
                ends[author] = ClientSession(), ServerSession()
                for up, frame in _greet(*ends[author], entries[: entry.seq], entry):
                    yield entry.seq, Packet(entry.at, author, up, record_size(len(frame)))
            for up, frame in _submit(*ends[author], entry):
                yield entry.seq, Packet(entry.at, author, up, record_size(len(frame)))
        for connection, (_, server) in ends.items():
            frame = server.send(Entries(entries=(msgspec.Raw(entry.raw),), game=entry.post.game, since=entry.seq))
            yield entry.seq, Packet(entry.at, connection, False, record_size(len(frame)))


def _submit(client: ClientSession, server: ServerSession, entry: Entry) -> Iterator[tuple[bool, bytes]]:
    """Yield the frames with which a post comes to the log."""
    number = client.next_id
    asked = client.send(Submit(id=number, post=msgspec.Raw(entry.post.raw)))
    list(server.receive(asked))
    yield True, asked
    told = server.send(Accepted(hash=entry.hash, id=number, seq=entry.seq))
    list(client.receive(told))
    yield False, told


def _greet(
    client: ClientSession, server: ServerSession, before: Sequence[Entry], entry: Entry
) -> Iterator[tuple[bool, bytes]]:
    """Yield the frames with which a client comes in and is told the log so far; `entry` is the one that comes next."""
    hello = client.send(Hello(agent="sealed-santa", protocol=VERSION))
    list(server.receive(hello))
    yield True, hello
    welcome = server.send(Welcome(limits=Limits(frame=1, idle=1), now=entry.at, protocol=VERSION))
    list(client.receive(welcome))
    yield False, welcome
    follow = client.send(Follow(id=client.next_id, game=entry.post.game, since=0))
    list(server.receive(follow))
    yield True, follow
    followed = server.send(Followed(id=0, length=len(before)))
    list(client.receive(followed))
    yield False, followed
    if before:
        raws = tuple(msgspec.Raw(e.raw) for e in before)
        yield False, server.send(Entries(entries=raws, game=entry.post.game, since=0))
