"""What entries show by themselves, without the rules: signatures, chain, game, `seen` (docs/protocol.md, 3 and 5).

Every entry is looked at, also behind one that is wrong, so that an audit can name all that is. What
an unreadable or unlinked entry makes doubtful about the next is left open, not held against it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from sealed_santa.audit.checks import BY_CODE
from sealed_santa.audit.findings import Finding
from sealed_santa.base.errors import Blame, Certainty, Party, SantaError, VerificationError
from sealed_santa.crypto.signing import VerifyKey
from sealed_santa.log.entry import NO_ENTRY, Entry, verify_entry, verify_post
from sealed_santa.log.fields import Hash
from sealed_santa.log.posts import Create

SERVER_PROVEN: Final = Blame(Party.SERVER, certainty=Certainty.PROVEN)
SUSPECT: Final = Blame(Party.UNKNOWN, certainty=Certainty.SUSPECTED)


def finding_of(error: SantaError, seq: int, blame: Blame, message: str = "") -> Finding:
    """Return the finding for an error that a line caused; its code says to which check it belongs."""
    return Finding(BY_CODE[error.code].id, error.code, seq, message or error.message, blame, error.hint)


@dataclass(frozen=True)
class _Game:
    """Whose log this is, and what of it has been read; the sets grow, line by line."""

    key: VerifyKey | None
    id: Hash | None
    hashes: set[Hash] = field(default_factory=set)
    posts: set[Hash] = field(default_factory=set)


def examine(entries: Sequence[Entry | None]) -> tuple[Finding, ...]:
    """Check of every entry its signatures, its link to the one before, its game, and its `seen`."""
    first = entries[0] if entries else None
    create = first.post.body if first is not None and isinstance(first.post.body, Create) else None
    findings: list[Finding] = []
    if first is None or create is None:
        game = _Game(None, None)
        if first is not None:
            findings.append(Finding("A06", "game.no-create", 0, "the log does not begin with a create", SUSPECT))
    else:
        game = _Game(VerifyKey.parse(create.server), first.post.game)
    before: Entry | None = None
    intact = create is not None  # nothing is missing so far, so that `seen` can be judged
    attested = False  # whether the entry before is rightly signed
    for place, entry in enumerate(entries):
        if entry is None:
            intact, attested, before = False, False, None
            continue
        unsigned = _unsigned(entry, game.key)
        proven = game.key is not None and unsigned is None
        broken = _broken_link(place, entry, before)
        intact = intact and broken is None
        for error, is_proof in (
            (broken, proven and attested and entry.post.game == game.id and _is_proof(broken, entry, before)),
            (unsigned, False),
            (_forged(entry), proven),
            (_stranger(place, entry, game, intact), proven and broken is None),
        ):
            if error is not None:
                findings.append(finding_of(error, place, SERVER_PROVEN if is_proof else SUSPECT))
        game.hashes.add(entry.hash)
        game.posts.add(entry.post.hash)
        before, attested = entry, proven and entry.post.game == game.id
    return tuple(findings)


def _broken_link(place: int, entry: Entry, before: Entry | None) -> VerificationError | None:
    """Return how an entry does not follow the one before; nothing is said after an unreadable line."""
    if place and before is None:
        return None
    seq, prev, at = (0, NO_ENTRY, 0) if before is None else (before.seq + 1, before.hash, before.at)
    if entry.seq != seq:
        return VerificationError("chain.seq", f"entry {entry.seq} stands where entry {seq} belongs")
    if entry.prev != prev:
        return VerificationError("chain.prev", f"entry {entry.seq} does not follow the entry before it")
    if entry.at < at:
        return VerificationError("chain.time", f"entry {entry.seq} is dated before the entry before it")
    return None


def _is_proof(broken: VerificationError | None, entry: Entry, before: Entry | None) -> bool:
    """Whether two rightly signed entries of one game convict the server, or may have been put together by anyone.

    A wrong number on the right hash, a date that goes back, and two neighbours by number of which the
    second names another first, are the server's own contradictions. A gap in the numbers is not.
    """
    if broken is None or before is None:
        return False
    return broken.code != "chain.seq" or entry.prev == before.hash


def _unsigned(entry: Entry, key: VerifyKey | None) -> VerificationError | None:
    if key is None:
        return None
    try:
        verify_entry(entry, key)
    except VerificationError as e:
        return e
    return None


def _forged(entry: Entry) -> VerificationError | None:
    try:
        verify_post(entry.post)
    except VerificationError as e:
        return VerificationError(e.code, f"entry {entry.seq}: {e.message}")
    return None


def _stranger(place: int, entry: Entry, game: _Game, intact: bool) -> VerificationError | None:
    """Return the first reason why a post does not belong in this log; the order is that of section 5."""
    body = entry.post.body
    if place == 0 or game.id is None:
        return None
    if isinstance(body, Create):
        return VerificationError("game.second-create", f"entry {entry.seq} begins a game in the middle of another")
    if body.game != game.id:
        return VerificationError("game.wrong", f"the post of entry {entry.seq} belongs to another game")
    if entry.post.hash in game.posts:
        return VerificationError("post.replayed", f"the post of entry {entry.seq} is in the log already")
    if intact and body.seen not in game.hashes:
        message = f"the author of entry {entry.seq} has seen an entry that this log does not have"
        return VerificationError("seen.unknown", message)
    return None
