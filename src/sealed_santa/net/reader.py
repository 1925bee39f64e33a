"""From what a server sends to the own copy of the log: nothing gets in unchecked, nothing is forgotten.

A `Reader` holds the newest state and the identity's copy, which agree. It takes raw entries in
order. Each must be the next of this log, legal (`game/replay.step`), not dated far ahead of our
clock, and at the place and of the hash that the server promised for a post of ours. The first that
is not ends the reading: entry and own head are kept as evidence, and the error says who is to blame.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from sealed_santa.base.errors import (
    YOU,
    Blame,
    Certainty,
    ForkError,
    LocalDamageError,
    ParseError,
    Party,
    SantaError,
    UndecidedError,
    VerificationError,
)
from sealed_santa.crypto.signing import VerifyKey
from sealed_santa.game.replay import as_recorded, fold, step
from sealed_santa.game.state import State
from sealed_santa.log.entry import Entry, parse_entry, verify_entry
from sealed_santa.log.fields import Hash, SignKey
from sealed_santa.net.identity import Identity

PROVEN: Final = Blame(Party.SERVER, certainty=Certainty.PROVEN)
OBSERVED: Final = Blame(Party.SERVER, certainty=Certainty.OBSERVED)
_FORKS: Final = ("chain.seq", "chain.prev")


@dataclass(frozen=True, slots=True)
class Step:
    """A new entry of the copy, and the states around it."""

    entry: Entry
    before: State | None
    state: State


class Reader:
    """The checked copy of a log, and the only way to make it longer."""

    def __init__(self, identity: Identity, key: SignKey, clock: Callable[[], int], ahead: int) -> None:
        """Replay the copy; `ahead` is how many milliseconds an entry may be dated ahead of the clock.

        Raises:
            LocalDamageError: `log.damaged`: the copy was checked when it was written, so it changed since.
            UndecidedError: `mode.unknown`.
        """
        self._identity, self._key, self._clock, self._ahead = identity, key, clock, ahead
        self._promised: dict[int, Hash] = {}
        self._news: list[Step] = []
        self._newest = identity.entries[-1] if identity.entries else None
        self.state: State | None = None
        if identity.entries:
            try:
                self.state = fold(identity.entries, settle=as_recorded)
            except UndecidedError:
                raise
            except SantaError as e:
                raise LocalDamageError(
                    "log.damaged", f"the copy of the log in {identity.folder} is damaged: {e}", blame=YOU,
                    hint="move the file away; the log is fetched anew, and its head has to be confirmed",
                ) from e  # fmt: skip
            if self.state.game != identity.profile.game:
                raise LocalDamageError(
                    "log.damaged", f"the copy of the log in {identity.folder} is of another game", blame=YOU
                )

    def __len__(self) -> int:
        return len(self._identity.entries)

    def promise(self, seq: int, digest: Hash) -> None:
        """Note that the server says that a post of ours stands in this entry.

        Raises:
            ForkError: `fork.promise`: our copy has another entry there.
        """
        if seq < len(self) and self.state is not None:
            self._check_promise(self._identity.entries[seq], digest)
        else:
            self._promised[seq] = digest

    def check_length(self, length: int) -> None:
        """Check that the server's log is not shorter than ours.

        Raises:
            ForkError: `fork.shorter`: it has lost entries, or shows us another log.
        """
        if length >= len(self):
            return
        newest = self._identity.entries[-1]
        error = ForkError(
            "fork.shorter", f"the server's log has {length} entries and ours {len(self)}, all signed by it",
            blame=OBSERVED, hint="the server was set back to an older state, or hides entries; compare head words",
        )  # fmt: skip
        raise self._keep(error, {"ours.json": newest.raw})

    def overlap(self, raw: bytes) -> None:
        """Check that the server's entry at the end of our copy is the one that we have.

        Raises:
            ForkError: `fork.head`.
        """
        ours = self._identity.entries[-1]
        if raw != ours.raw:
            error = ForkError(
                "fork.head", f"the server's entry {ours.seq} is not the one that we have",
                blame=self._blame_for(raw), hint=_FORK_HINT,
            )  # fmt: skip
            raise self._keep(error, {"ours.json": ours.raw, "theirs.json": raw})

    def extend(self, raws: Iterable[bytes]) -> None:
        """Check entries and append them to the copy (not yet durably); `news` has what is new.

        Raises:
            ForkError: `fork.history`, `fork.promise`.
            VerificationError, ParseError: an entry is wrong or illegal, or `clock.ahead`; those before it are in.
            UndecidedError: `version.unknown`, `mode.unknown`.
        """
        steps: list[Step] = []
        state = self.state
        try:
            for raw in raws:
                before, entry = state, self._check(state, raw)
                state = self._step(before, entry)
                steps.append(Step(entry, before, state))
                self._newest = entry
        finally:
            if steps:
                self._identity.append(s.entry for s in steps)
                self.state = steps[-1].state
                self._news += steps

    def news(self) -> tuple[Step, ...]:
        """Return what is new since the last call."""
        steps, self._news = tuple(self._news), []
        return steps

    def _check(self, state: State | None, raw: bytes) -> Entry:
        try:
            entry = parse_entry(raw)
        except ParseError as e:
            raise self._keep(e, {"theirs.json": raw}) from e
        if state is None and entry.post.game != self._identity.profile.game:
            raise self._keep(
                VerificationError("game.wrong", "the server shows the log of another game", blame=OBSERVED),
                {"theirs.json": raw},
            )
        if entry.at > self._clock() + self._ahead:
            minutes = (entry.at - self._clock()) // 60_000
            error = VerificationError(
                "clock.ahead", f"entry {entry.seq} is dated {minutes} minutes ahead of this machine's clock",
                blame=Blame(Party.SERVER, certainty=Certainty.SUSPECTED), hint="check the clock of this machine",
            )  # fmt: skip
            raise self._keep(error, {"theirs.json": raw})
        return entry

    def _step(self, before: State | None, entry: Entry) -> State:
        try:
            state = step(before, entry)
        except UndecidedError:
            raise
        except SantaError as e:
            files = {"theirs.json": entry.raw}
            if self._newest is not None:
                files["ours.json"] = self._newest.raw
            if e.code in _FORKS:
                e = ForkError(
                    "fork.history", f"entry {entry.seq} of the server does not extend our copy",
                    blame=self._blame_for(entry.raw, before), hint=_FORK_HINT,
                )  # fmt: skip
            raise self._keep(e, files) from e
        promised = self._promised.pop(entry.seq, None)
        if promised is not None:
            self._check_promise(entry, promised)
        if bytes(entry.post.body.by) == bytes(self._key) and not self._identity.outbox.holds(entry.post.hash):
            self._identity.mark_restored()  # somebody else has our seed, or this is an older state of it
        return state

    def _check_promise(self, entry: Entry, digest: Hash) -> None:
        if entry.hash != digest:
            error = ForkError(
                "fork.promise", f"the server acknowledged a post with another entry {entry.seq} than it shows",
                blame=OBSERVED, hint=_FORK_HINT,
            )  # fmt: skip
            raise self._keep(error, {"theirs.json": entry.raw})

    def _blame_for(self, raw: bytes, state: State | None = None) -> Blame:
        """Return how sure it is that the server made an entry that contradicts our copy."""
        state = state or self.state
        if state is None:
            return OBSERVED
        try:
            entry = parse_entry(raw)
            verify_entry(entry, VerifyKey.parse(state.create.server))
        except SantaError:
            return OBSERVED
        return PROVEN

    def _keep(self, error: SantaError, files: dict[str, bytes]) -> SantaError:
        """Keep evidence and return the error with the place in its hint."""
        why = f"{error.code}\n{error.message}\nblame: {error.blame}\nclock: {self._clock()}\n"
        place = self._identity.keep_evidence(error.code, {**files, "why.txt": why.encode()})
        error.hint = f"{error.hint}; evidence is in {place}" if error.hint else f"evidence is in {place}"
        return error


_FORK_HINT: Final = "the server shows different logs to different people; compare copies with `santa audit --with`"
