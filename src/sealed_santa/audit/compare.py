"""Two copies of a log: does one go on from the other, or has the server forked it (docs/protocol.md, 10.5).

A log only ever grows. So of two honest copies one is a beginning of the other. Two different entries
of one game with one number, both rightly signed by its server, are proof that it told two histories.

What it does not do: judge either copy by the rules; that is `audit`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from sealed_santa.audit.auditor import read
from sealed_santa.audit.findings import Finding
from sealed_santa.audit.sound import SERVER_PROVEN, SUSPECT
from sealed_santa.base.canon import b64
from sealed_santa.base.errors import VerificationError
from sealed_santa.crypto.signing import VerifyKey
from sealed_santa.log.entry import Entry, verify_entry
from sealed_santa.log.posts import Create


class Relation(StrEnum):
    """How the second copy stands to the first."""

    SAME = "same"
    LONGER = "goes on"
    SHORTER = "ends earlier"
    FORKED = "forked"
    DIFFERENT = "different, without proof"
    OTHER_GAME = "of another game"
    UNREADABLE = "not readable"


EXIT_CODES: Final = {Relation.SAME: 0, Relation.LONGER: 0, Relation.SHORTER: 0, Relation.FORKED: 1}


@dataclass(frozen=True, slots=True)
class Comparison:
    """How two copies stand to each other.

    `common` is the number of entries that both begin with. `evidence`, for a fork, is the create and
    the two entries as canonical lines: whoever has them needs nothing else to be convinced.
    """

    relation: Relation
    first: int  #: entries of the first copy
    second: int
    common: int
    findings: tuple[Finding, ...] = ()
    evidence: tuple[bytes, ...] = ()

    @property
    def exit_code(self) -> int:
        """0 nothing against anybody, 1 fork or rollback, 3 could not be decided."""
        if any(f.code == "copy.rollback" for f in self.findings):
            return 1
        return EXIT_CODES.get(self.relation, 3)


def since(older: bytes, newer: bytes) -> Comparison:
    """Check that an older copy is a beginning of this one (check A60)."""
    found = _compare("A60", older, newer)
    if found.relation is not Relation.SHORTER:
        return found
    message = f"the older copy has {found.first} entries, the newer one only {found.second}"
    hint = "make sure that the two files are not exchanged; else keep both: the server went back"
    finding = Finding("A60", "copy.rollback", found.common, message, SUSPECT, hint)
    return Comparison(found.relation, found.first, found.second, found.common, (finding,))


def fork(first: bytes, second: bytes) -> Comparison:
    """Check that two people's copies are of one log (check A61)."""
    return _compare("A61", first, second)


def _compare(check: str, first: bytes, second: bytes) -> Comparison:
    a, b = read(first).entries, read(second).entries
    create = a[0].post.body if a and a[0] is not None else None
    if not b or b[0] is None or not isinstance(create, Create):
        return _open(check, Relation.UNREADABLE, a, b, 0, "copy.unreadable", "a copy does not begin with a create")
    if a[0] is None or a[0].post.game != b[0].post.game:
        return _open(check, Relation.OTHER_GAME, a, b, 0, "copy.other-game", "the two copies are of different games")
    for place, (left, right) in enumerate(zip(a, b, strict=False)):
        if left is None or right is None:
            message = f"line {place + 1} of a copy could not be read"
            return _open(check, Relation.UNREADABLE, a, b, place, "copy.unreadable", message)
        if left.raw != right.raw:
            found = _differ(VerifyKey.parse(create.server), place, left, right)
            if found is not None:
                code, message, evidence = found
                if not evidence:
                    return _open(check, Relation.DIFFERENT, a, b, place, code, message)
                finding = Finding(check, code, place, message, SERVER_PROVEN)
                proof = (a[0].raw, *evidence)
                return Comparison(Relation.FORKED, len(a), len(b), place, (finding,), proof)
    if len(a) == len(b):
        return Comparison(Relation.SAME, len(a), len(b), len(a))
    relation = Relation.LONGER if len(b) > len(a) else Relation.SHORTER
    return Comparison(relation, len(a), len(b), min(len(a), len(b)))


def _open(
    check: str, relation: Relation, a: Sequence[object], b: Sequence[object], common: int, code: str, message: str
) -> Comparison:
    return Comparison(relation, len(a), len(b), common, (Finding(check, code, common, message, SUSPECT),))


def _differ(key: VerifyKey, place: int, left: Entry, right: Entry) -> tuple[str, str, tuple[bytes, ...]] | None:
    """Return code, message and evidence for two entries in one place; None if they say the same.

    One entry may have been signed twice, with signatures that differ and are both right.
    """
    signed = (_signed(left, key), _signed(right, key))
    if all(signed) and left.hash == right.hash:
        return None
    hashes = f"{b64(left.hash)} and {b64(right.hash)}"
    if all(signed) and left.seq == right.seq and left.post.game == right.post.game:
        return "copy.fork", f"the server signed two different entries {place}: {hashes}", (left.raw, right.raw)
    whose = "the first copy" if not signed[0] else "the second copy" if not signed[1] else "one of the copies"
    return "copy.differs", f"entry {place} differs ({hashes}), and {whose} was changed or is damaged", ()


def _signed(entry: Entry, key: VerifyKey) -> bool:
    try:
        verify_entry(entry, key)
    except VerificationError:
        return False
    return True
