"""What one stranger may take: of a game's log, of this server's offers and games (docs/protocol.md, section 9.5).

Courtesies of this server and no rules. A `Tally` counts the posts of one log and is made again from it; an `Origins`
counts what came from which address, and forgets when the server stops.

The last room of a log is kept for what the rules themselves bound: coins, confirmations, receipts, disputes,
and what opens or ends a turn. So nobody can fill a log in such a way that the game does not end.
"""

from __future__ import annotations

import asyncio
import ipaddress
from collections import Counter
from typing import Final
from weakref import WeakValueDictionary

from sealed_santa.base.errors import NOBODY, YOU, NetworkError, UsageError
from sealed_santa.game.state import State
from sealed_santa.log.fields import SignKey
from sealed_santa.log.posts import EnvelopePost, Gift, Join, Leave, Post
from sealed_santa.net.limits import ServerLimits

HOUR: Final = 3_600_000  # milliseconds
_FREE: Final = (Join, Leave, Gift, EnvelopePost)  # no rule says how often
_OWED_SIZE: Final = 1024  # bytes of room for each post that is owed; few have more than 500


class Tally:
    """The posts of one log that no rule bounds, by author."""

    def __init__(self, posts: Counter[bytes] | None = None, joins: int = 0) -> None:
        self._posts: Counter[bytes] = Counter() if posts is None else posts
        self._joins = joins

    def copy(self) -> Tally:
        """Return a tally that goes on by itself."""
        return Tally(self._posts.copy(), self._joins)

    def add(self, body: Post) -> None:
        """Count a post of the log."""
        if isinstance(body, _FREE):
            self._posts[bytes(body.by)] += 1
            self._joins += isinstance(body, Join)

    def check(self, limits: ServerLimits, state: State, body: Post, size: int) -> None:
        """Refuse a post for which the log has no room; `size` is the bytes of the log with it.

        Raises:
            UsageError: `game.too-many-posts`, `game.too-many-joins`, `game.log-full`. Not `server.*`: to a client
                that means that the same post may be taken later.
        """
        if bytes(body.by) == bytes(state.create.server):
            return  # the dealer's own posts always find room
        most, owed = state.create.max_players, 0
        if isinstance(body, _FREE):
            owed = 4 * most + 64
            if self._posts[bytes(body.by)] >= limits.posts_per_author:
                raise UsageError(
                    "game.too-many-posts", f"this server takes {limits.posts_per_author} posts of one author in a game",
                    blame=YOU,
                )  # fmt: skip
            if isinstance(body, Join) and self._joins >= limits.joins_per_player * most + 64:
                raise UsageError(
                    "game.too-many-joins", "people have joined and left this game too often", blame=NOBODY,
                    hint="ask the organiser to make a new game",
                )  # fmt: skip
        entries = limits.entries - min(owed, limits.entries // 2)
        whole = limits.log_bytes if state.mode.dealer else limits.blind_log_bytes
        room = whole - min(owed * _OWED_SIZE, whole // 2)
        if len(state.chain) >= entries or size > room:
            raise UsageError("game.log-full", "the log of this game has reached the server's limit", blame=NOBODY)


class Origins:
    """Who has asked for keys that still wait for their `create`, and who has sent how many of these."""

    def __init__(self, limits: ServerLimits) -> None:
        self._limits = limits
        self._asked: dict[SignKey, tuple[str, int]] = {}
        self._created: dict[str, list[int]] = {}

    def check_offer(self, origin: str, now: int) -> None:
        """Refuse one more key to an address that has many unused ones.

        Raises:
            UsageError: `server.too-many-offers`.
        """
        since = now - int(self._limits.offer_life * 1000)
        self._asked = {key: (who, at) for key, (who, at) in self._asked.items() if at >= since}
        if sum(who == origin for who, _ in self._asked.values()) >= self._limits.offers_per_address:
            raise UsageError(
                "server.too-many-offers", "too many keys of your address wait for their game", blame=YOU,
                hint="try again in an hour",
            )  # fmt: skip

    def offered(self, key: SignKey, origin: str, now: int) -> None:
        """Note that a key was offered to an address."""
        self._asked[key] = (origin, now)

    def used(self, key: SignKey) -> None:
        """Note that a key waits no more."""
        self._asked.pop(key, None)

    def create(self, origin: str, now: int) -> None:
        """Note that an address sends a `create`, or refuse it; one that is refused later counts as well.

        Raises:
            UsageError: `server.too-many-games`.
        """
        recent = {who: [at for at in times if at > now - HOUR] for who, times in self._created.items()}
        self._created = {who: times for who, times in recent.items() if times}
        if len(self._created.get(origin, ())) >= self._limits.creates_per_hour:
            raise UsageError(
                "server.too-many-games", "your address has made many games in this hour", blame=YOU,
                hint="try again in an hour",
            )  # fmt: skip
        self._created.setdefault(origin, []).append(now)


class Lanes:
    """Places for large frames: so many at once, and of one address so many; the others are not read meanwhile."""

    def __init__(self, limits: ServerLimits) -> None:
        self._all = asyncio.Semaphore(limits.large_frames)
        self._each = limits.large_frames_per_address
        self._of: WeakValueDictionary[str, asyncio.Semaphore] = WeakValueDictionary()

    async def enter(self, origin: str, due: float) -> Lane:
        """Wait for a place, first among those of the same address; `due` as the loop's time.

        Raises:
            NetworkError: `timeout.half-frame`.
        """
        own = self._of.setdefault(origin, asyncio.Semaphore(self._each))
        try:
            async with asyncio.timeout_at(due):
                await own.acquire()
                try:
                    await self._all.acquire()
                except BaseException:
                    own.release()
                    raise
        except TimeoutError as e:
            raise NetworkError("timeout.half-frame", "too many send as much at once") from e
        return Lane(own, self._all)


class Lane:
    """A place for one large frame; to be left once."""

    def __init__(self, own: asyncio.Semaphore, everybody: asyncio.Semaphore) -> None:
        self._held = (own, everybody)

    def leave(self) -> None:
        """Let the next one in."""
        for semaphore in self._held:
            semaphore.release()


def origin_of(host: str) -> str:
    """Return what counts as one address: an IPv4 address, or the 64 bits of an IPv6 address that one customer has."""
    try:
        address = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return host
    if isinstance(address, ipaddress.IPv4Address):
        return str(address)
    if address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return str(ipaddress.ip_network((address, 64), strict=False))
