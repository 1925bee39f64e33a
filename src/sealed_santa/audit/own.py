"""What only one player can check: the own part in a transcript (docs/protocol.md, section 10.3).

Made of that player's secrets, which stay here: no finding and no note holds a key, and none says
who the recipient is.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sealed_santa.audit.checks import BY_ID
from sealed_santa.audit.findings import Finding, Result, Status
from sealed_santa.base.errors import UNKNOWN, YOU, Blame, Certainty, ParseError, Party, VerificationError
from sealed_santa.crypto.group import BASE
from sealed_santa.crypto.sealing import BoxSecret
from sealed_santa.game.batches import BlindState
from sealed_santa.game.envelopes import search
from sealed_santa.game.mixing import read_hand
from sealed_santa.game.stages import present
from sealed_santa.game.state import Player, State
from sealed_santa.game.verdicts import compare_gift, read_card, read_parcel, unveiled
from sealed_santa.log.entry import Entry
from sealed_santa.log.fields import Hash, SignKey
from sealed_santa.log.posts import Join

_SERVER = Blame(Party.SERVER, certainty=Certainty.OBSERVED)
_NOT_SEATED = "you are not in the roster (not joined, gone or dropped)"
_RETIRED = "its key is deleted; your client checked it before the game was over for you"
_NO_KEY = "the key for it is not at hand"
_DISPUTE = "let your client publish it: santa sync; then everybody can see whose fault it is"


@dataclass(frozen=True, slots=True, repr=False)
class Identity:
    """One player's keys, and what it knows of its own posts; None where that is not known.

    `join` is the canonical bytes of the signed join; `posts` the hashes of all own posts; `copy` the
    number of entries in the own copy of the log, and the hash of the last of them.
    """

    key: SignKey
    card: BoxSecret | None = None
    gift: BoxSecret | None = None
    reveal: BoxSecret | None = None
    group: int | None = None  #: the secret of the group key, in blind games
    join: bytes | None = None
    posts: frozenset[Hash] | None = None
    copy: tuple[int, Hash] | None = None
    retired: bool = False  #: the game is over for this player, and its client has deleted the keys

    def __repr__(self) -> str:
        return f"Identity(<secret> of {self.key.hex()[:8]})"


def _passed(number: str, note: str = "") -> Result:
    return Result(BY_ID[number], Status.PASSED, note=note)


def _skipped(number: str, why: str, status: Status = Status.NOT_APPLICABLE) -> Result:
    return Result(BY_ID[number], status, note=why)


def _failed(number: str, findings: Sequence[Finding]) -> Result:
    return Result(BY_ID[number], Status.FAILED, tuple(findings))


def _wrong(number: str, code: str, seq: int | None, message: str, blame: Blame = _SERVER, hint: str = "") -> Finding:
    return Finding(number, code, seq, message, blame, hint)


def own_results(identity: Identity, entries: Sequence[Entry | None], state: State | None, whole: bool) -> list[Result]:
    """Return the results of A50 to A55, or in a blind game of A50 to A52 and B53 to B55.

    `entries` has None where a line could not be read; `state` is the last state that could be reached,
    and `whole` says whether that is the state after the last entry.
    """
    blind = state is not None and not state.mode.dealer
    return [
        _own_join(identity, entries),
        _own_copy(identity, entries),
        _own_posts(identity, entries),
        *(_own_blind if blind else _own_boxes)(identity, state, whole),
    ]


def _own_join(identity: Identity, entries: Sequence[Entry | None]) -> Result:
    joins = [
        (place, e.post.raw)
        for place, e in enumerate(entries)
        if e is not None and isinstance(e.post.body, Join) and e.post.body.by == identity.key
    ]
    if not joins:
        message = "no join in this log is under your key"
        return _failed("A50", [_wrong("A50", "own.join-missing", None, message, hint="is this the right game?")])
    if identity.join is None:
        return _skipped("A50", "your own copy of your join is not at hand", Status.UNDECIDED)
    place, raw = joins[0]
    if raw != identity.join:
        return _failed("A50", [_wrong("A50", "own.join-changed", place, "your join is not the one that you sent")])
    return _passed("A50")


def _own_copy(identity: Identity, entries: Sequence[Entry | None]) -> Result:
    if identity.copy is None or identity.copy[0] < 1:
        return _skipped("A51", "you have no copy of this log of your own")
    count, head = identity.copy
    hint = "keep both files and compare them: santa audit FILE --with OTHER"
    if count > len(entries):
        message = f"your own copy has {count} entries, this file only {len(entries)}"
        return _failed("A51", [_wrong("A51", "own.copy-longer", None, message, hint=hint)])
    entry = entries[count - 1]
    if entry is None:
        return _skipped("A51", f"entry {count - 1} could not be read", Status.UNDECIDED)
    if entry.hash != head:
        message = f"entry {count - 1} is not the one that ends your own copy"
        return _failed("A51", [_wrong("A51", "own.copy-differs", count - 1, message, hint=hint)])
    return _passed("A51", f"your copy has {count} of {len(entries)} entries")


def _own_posts(identity: Identity, entries: Sequence[Entry | None]) -> Result:
    if identity.posts is None:
        return _skipped("A52", "no list of your own posts is at hand")
    foreign = [
        _wrong("A52", "own.post-foreign", place, f"entry {place} is under your key, and not among your posts")
        for place, e in enumerate(entries)
        if e is not None and e.post.body.by == identity.key and e.post.hash not in identity.posts
    ]
    return _failed("A52", foreign) if foreign else _passed("A52")


def _own_boxes(identity: Identity, state: State | None, whole: bool) -> list[Result]:
    missing = Status.NOT_APPLICABLE if whole else Status.UNDECIDED
    player = None if state is None else state.player(identity.key)
    if state is None or player is None:
        return [_skipped(number, _NOT_SEATED, missing) for number in ("A53", "A54", "A55")]
    if identity.retired:
        return [_skipped(number, _RETIRED) for number in ("A53", "A54", "A55")]
    enough = None if state.create.reveal == "private" and identity.reveal is None else identity.gift
    return [
        _box("A53", state.deal_seq, identity.card, missing, "nothing has been dealt", _card(state, player)),
        _box("A54", state.delivery_seq, identity.gift, missing, "nothing has been delivered", _parcel(state, player)),
        _box("A55", state.reveal_seq, enough, missing, "nothing has been revealed",
             _santa(state, player, identity)),
    ]  # fmt: skip


Opener = Callable[[BoxSecret], str]


def _box(number: str, seq: int, secret: BoxSecret | None, missing: Status, why: str, opener: Opener) -> Result:
    if not seq:
        return _skipped(number, why, missing)
    if secret is None:
        return _skipped(number, _NO_KEY, Status.UNDECIDED)
    try:
        return _passed(number, opener(secret))
    except VerificationError as e:
        blame = e.blame if e.blame.party in (Party.PLAYER, Party.PLAYER_OR_SERVER) else _SERVER
        return _failed(number, [_wrong(number, e.code, seq, e.message, blame, _DISPUTE)])


def _card(state: State, player: Player) -> Opener:
    def opener(secret: BoxSecret) -> str:
        read_card(state, player, secret)
        return "it opens"

    return opener


def _parcel(state: State, player: Player) -> Opener:
    def opener(secret: BoxSecret) -> str:
        parcel = read_parcel(state, player, secret)
        if parcel.note is None:
            blame = Blame(Party.PLAYER_OR_SERVER, "your Santa", Certainty.OBSERVED)
            raise VerificationError("delivery.note", "the note in your envelope does not open", blame=blame)
        return "it is the house gift" if parcel.gift is None else "it opens"

    return opener


def _santa(state: State, player: Player, identity: Identity) -> Opener:
    def opener(secret: BoxSecret) -> str:
        giver, k = unveiled(state, player, identity.reveal)
        compare_gift(state, player, read_parcel(state, player, secret), giver, k)
        return "it is"

    return opener


# --- a player of a blind game ---------------------------------------------------------------------

_BLIND_BOXES = ("B53", "B54", "B55")
_MESSAGES = {
    "gift.missing": "none of the boxes opens for you, and everybody gave",
    "gift.doubled": "more than one box opens for you, and only one is from your Santa",
    "gift.bad": "the gift for you is not in the catalogue, or its note is none",
}


def _own_blind(identity: Identity, state: State | None, whole: bool) -> list[Result]:
    missing = Status.NOT_APPLICABLE if whole else Status.UNDECIDED
    player = None if state is None else state.player(identity.key)
    blind = None if state is None else state.blind
    if state is None or player is None or (blind is not None and player.number in blind.gone):
        return [_skipped(number, _NOT_SEATED, missing) for number in _BLIND_BOXES]
    if identity.retired:
        return [_skipped(number, _RETIRED) for number in _BLIND_BOXES]
    if blind is None:
        return [_skipped(number, "nothing has been dealt", missing) for number in _BLIND_BOXES]
    return [
        _own_hand(identity, state, blind, player, missing),
        _own_gift(identity, state, blind, player, missing),
        _own_pair(identity, state, blind, player, missing),
    ]


def _foreign_key(number: str, seq: int, key: str) -> Result:
    message = f"the {key} key at hand is not that of your join"
    return _failed(number, [_wrong(number, "own.key-wrong", seq, message, YOU)])


def _is_dealt(state: State, blind: BlindState) -> bool:
    """Whether the cards that stand are dealt, and nobody has left since."""
    return len(blind.hands) >= blind.threshold > 0 and blind.holders == tuple(p.number for p in present(state))


def _own_hand(identity: Identity, state: State, blind: BlindState, player: Player, missing: Status) -> Result:
    if not _is_dealt(state, blind):
        return _skipped("B53", "nothing has been dealt, or the deal is being repaired", missing)
    if identity.group is None:
        return _skipped("B53", _NO_KEY, Status.UNDECIDED)
    seq = blind.dealt_seq
    if identity.group * BASE != player.group_key:
        return _foreign_key("B53", seq, "group")
    if _recipient(state, player, identity.group) is None:
        message = "your card names nobody who is there"
        return _failed("B53", [_wrong("B53", "own.card-unreadable", seq, message, UNKNOWN)])
    return _passed("B53", "it opens")


def _recipient(state: State, player: Player, secret: int) -> int | None:
    try:
        return read_hand(state, player.number, secret)
    except ParseError:
        return None


def _own_gift(identity: Identity, state: State, blind: BlindState, player: Player, missing: Status) -> Result:
    if not blind.delivered_seq:
        return _skipped("B54", "nothing has been delivered", missing)
    if identity.gift is None:
        return _skipped("B54", _NO_KEY, Status.UNDECIDED)
    seq = blind.delivered_seq
    if identity.gift.public().raw != bytes(player.gift_key):
        return _foreign_key("B54", seq, "gift")
    found = search(state, player, identity.gift)
    if found.code:
        who = {"gift.missing": "your Santa", "gift.doubled": "somebody who is not your Santa"}.get(found.code, "")
        blame = Blame(Party.PLAYER, who, Certainty.OBSERVED)
        return _failed("B54", [_wrong("B54", found.code, seq, _MESSAGES[found.code], blame, _DISPUTE)])
    return _passed("B54", "it opens" if found.gifts else "it is the house gift")


def _own_pair(identity: Identity, state: State, blind: BlindState, player: Player, missing: Status) -> Result:
    if not blind.pairs:
        return _skipped("B55", "nothing has been revealed", missing)
    if identity.group is None:
        return _skipped("B55", _NO_KEY, Status.UNDECIDED)
    mine = _recipient(state, player, identity.group)
    santas = [giver for giver, recipient in blind.pairs if recipient == player.number]
    if (player.number, mine) not in blind.pairs or len(santas) != 1 or player.number in santas:
        message = "the revealed pairs are not what your card says"
        return _failed("B55", [_wrong("B55", "own.reveal-differs", state.reveal_seq, message, UNKNOWN)])
    return _passed("B55", "it does")
