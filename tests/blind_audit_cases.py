"""Blind games for tests of the audit: honest ones, and ones whose server and clients look away from proofs.

In a `Blindfolded` game nobody checks an equation, so that the log goes on behind a post that proves
nothing, as a server and all others who conspire could write it. Decks are few, so that games are quick.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

import msgspec

from sealed_santa.audit.findings import Report, Status
from sealed_santa.crypto.group import ORDER
from sealed_santa.game.rules import apply
from sealed_santa.game.state import Phase
from sealed_santa.lab.simulator import Simulator
from sealed_santa.log.entry import Entry, SignedPost, sign_post
from sealed_santa.log.fields import Proof
from sealed_santa.log.posts import BlindTerms, Post

HOUR = 3_600_000

Names = tuple[str, ...]


def few(n: int) -> BlindTerms:
    """Return terms that leave room for three decks of n players in a batch."""
    return BlindTerms(batch_tests=3 * n, game_tests=1000, threshold=0)


def names(n: int) -> Names:
    return tuple(f"P{i}" for i in range(1, n + 1))


class Blindfolded(Simulator):
    """A simulator in which equations do not count, and a post may be changed before it is signed."""

    change: Callable[[Post], Post] | None = None

    def order(self, post: SignedPost) -> Entry:
        state = self.current
        entry = self.force(post)
        self.current = apply(state, post, entry.at, entry.hash, lambda equations: None)
        return entry

    def say(self, name: str, body: Post) -> Entry:
        changed = body if self.change is None else self.change(body)
        return self.order(sign_post(changed, self.players[name].signing))


def begun(n: int, seed: str = "audit", kind: type[Simulator] = Simulator, **changes: object) -> Simulator:
    """Return a blind game of n players whose coins are being awaited."""
    return kind(seed, names(n), {"mode": "blind", "blind": few(n), **changes}).fill().start()


@cache
def game(n: int = 3, seed: str = "audit", **changes: object) -> Simulator:
    """Return an honest blind game, played to its end; nobody may change it."""
    return begun(n, seed, **changes).run()


def wait(made: Simulator, silent: Sequence[str] = ()) -> Simulator:
    """Let patience run out, and everybody else go on."""
    made.now += HOUR
    return made.run(silent=silent)


def leave(made: Simulator, name: str) -> None:
    from sealed_santa.roles.player import make_leave

    made.say(name, make_leave(made.state, made.players[name].key))


@cache
def bridged(n: int = 5) -> Simulator:
    """Return a game that a player left after the deal, and whose deal was bridged."""
    for seed in "abcdef":
        made = begun(n, seed).run(Phase.CHOOSING)
        made.say("P1", made.owed("P1").posts[0])
        leave(made, f"P{n}")
        made.run()
        blind = made.state.blind
        if blind is not None and any(past.kind == "screen" and past.dealt is not None for past in blind.past):
            return made
    raise LookupError("no bridge held")


def place_of(made: Simulator, tag: str, nth: int = 0) -> int:
    """Return the number of the n-th post of a type."""
    return [e.seq for e in made.entries if e.post.body.__struct_config__.tag == tag][nth]


def spoilt(body: Any, by: int = 1, field: str = "proof") -> Any:
    """Return a post whose last answer is another scalar: its proof has its form, and does not hold."""
    raw = bytes(getattr(body, field))
    answer = (int.from_bytes(raw[-32:], "little") + by) % ORDER
    return msgspec.structs.replace(body, **{field: Proof(raw[:-32] + answer.to_bytes(32, "little"))})


def status(report: Report) -> dict[str, Status]:
    return {result.check.id: result.status for result in report.results}


def found(report: Report) -> list[tuple[str, str, int | None, str]]:
    """Return check, code, place and blame of all findings."""
    return [(f.check, f.code, f.seq, str(f.blame)) for f in report.findings]
