"""From entries to states: signatures, chain, rules, in this order (docs/protocol.md, section 5).

`judge` is for a post that has no place yet (the server asks), `step` for an entry of a log.
"""

from __future__ import annotations

from collections.abc import Iterable

from sealed_santa.base.errors import Blame, Certainty, IllegalPost, Party, VerificationError
from sealed_santa.crypto.signing import VerifyKey
from sealed_santa.game.rules import Settle, apply
from sealed_santa.game.state import State
from sealed_santa.log.entry import NO_ENTRY, Entry, SignedPost, entry_hash, verify_entry, verify_post
from sealed_santa.log.fields import SignKey
from sealed_santa.log.posts import Create
from sealed_santa.proofs.equations import Equation, check

_SERVER = Blame(Party.SERVER, certainty=Certainty.PROVEN)


def judge(state: State | None, post: SignedPost, at: int) -> State:
    """Return the state that a log would have with this post next, at time `at`.

    Raises:
        VerificationError: `post.signature`, `join.countersignature`.
        IllegalPost: the rule that it breaks.
    """
    verify_post(post)
    seq, prev = (0, NO_ENTRY) if state is None else (len(state.chain), state.head)
    return apply(state, post, at, entry_hash(seq, at, prev, post))


def server_key(state: State | None, entry: Entry) -> SignKey | None:
    """Return the key that must have signed an entry, or None if no create names one."""
    if state is not None:
        return state.create.server
    body = entry.post.body
    return body.server if isinstance(body, Create) else None


def check_link(state: State | None, entry: Entry) -> None:
    """Check the place of an entry: number, hash of the one before, time.

    Raises:
        VerificationError: `chain.seq`, `chain.prev`, `chain.time`.
    """
    seq, prev, at = (0, NO_ENTRY, 0) if state is None else (len(state.chain), state.head, state.at)
    if entry.seq != seq:
        raise VerificationError("chain.seq", f"entry {entry.seq} stands where entry {seq} belongs")
    if entry.prev != prev:
        raise VerificationError("chain.prev", f"entry {seq} does not follow the entry before it")
    if entry.at < at:
        raise VerificationError("chain.time", f"entry {seq} is dated before the entry before it", blame=_SERVER)


def as_recorded(equations: tuple[Equation, ...]) -> None:
    """Settle nothing: for one's own record of a log, whose equations were checked before it was written down."""


def step(state: State | None, entry: Entry, settle: Settle = check) -> State:
    """Return the state after the next entry of a log; `settle` as in `rules.apply`.

    Raises:
        VerificationError: `chain.*`, `entry.signature`, `post.signature`, `join.countersignature`;
            or IllegalPost with the rule. What is wrong under the server's own signature is the
            server's, proven: it must refuse such posts.
    """
    check_link(state, entry)
    key = server_key(state, entry)
    if key is None:
        raise IllegalPost("game.no-create", "a log begins with a create")
    verify_entry(entry, VerifyKey.parse(key))
    try:
        verify_post(entry.post)
        return apply(state, entry.post, entry.at, entry.hash, settle)
    except VerificationError as e:
        raise type(e)(e.code, f"entry {entry.seq}: {e.message}", blame=_SERVER, hint=e.hint) from e


def fold(entries: Iterable[Entry], state: State | None = None, settle: Settle = check) -> State:
    """Follow a log to its end; `settle` as in `rules.apply`.

    Raises:
        SantaError: as `step`; `chain.empty` without an entry.
    """
    for entry in entries:
        state = step(state, entry, settle)
    if state is None:
        raise VerificationError("chain.empty", "the log is empty")
    return state
