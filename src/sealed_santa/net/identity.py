"""One party's own folder, open: its seed, its copy of the log, its outbox, its evidence.

The rules of a party that can be killed at any moment:

1. An entry is in the log copy, durably, before anything is posted because of it.
2. A post is in the outbox, durably, before it is sent, and is only ever sent again as it is.
3. The copy only grows. What does not extend it is kept as evidence and refused by `net/client.py`.

A last line without its line feed is what a crash leaves; nobody acted on it, and it is cut off. All
other damage is refused. A seed file with another inode or another time of change than was noted is a
copy or was put back: the identity counts as restored until its owner confirms. So does a player that has
said something by a log that is gone or was cut. (A snapshot of the whole disk that is put back shows nothing here; only
the server's log does.)

When the game is over and nothing is owed any more, the seed is deleted (`retire`) and what its owner
learned by it is kept: the recipient, the gift, the Santa. Then old transcripts and boxes stay closed
whatever happens to this computer later.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Final, Literal

import msgspec

from sealed_santa.base.canon import b64, encode_json
from sealed_santa.base.errors import YOU, KeyMissingError, LocalDamageError, ParseError, UndecidedError, UsageError
from sealed_santa.log.archive import parse_transcript
from sealed_santa.log.entry import Entry, SignedPost, parse_post
from sealed_santa.log.fields import Fixed, Hash, SignKey, decode_field, encode_field
from sealed_santa.net.files import (
    Appender,
    Lock,
    create_private,
    file_mark,
    make_private_folder,
    read_private,
    replace_private,
)
from sealed_santa.net.invite import Address, Invite, parse_address
from sealed_santa.net.keyfile import Passphrase, needs_passphrase, read_seed, shred_seed

FORMAT: Final = "sealed-santa/1/identity"
SEED_FILE: Final = "seed"
PROFILE_FILE: Final = "identity.json"
LOG_FILE: Final = "log.jsonl"
OUTBOX_FILE: Final = "outbox.jsonl"
EVIDENCE: Final = "evidence"
LOCK_FILE: Final = "lock"
KEEPSAKE_FILE: Final = "keepsake.json"
_MAX_PROFILE: Final = 1 << 20
_MAX_FILE: Final = 1 << 30


class Seed(Fixed):
    """The seed of an invite key; secret."""


class Profile(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Who this is, in which game, on which server. Holds secrets: the invite's seed, and those given out."""

    format: str = FORMAT
    role: Literal["player", "organiser"]
    name: Annotated[str, msgspec.Meta(max_length=64)]
    game: Hash
    address: str
    invite: Seed | None = None
    invites: tuple[tuple[str | None, str], ...] = ()
    seed_mark: str = ""  #: what `file_mark` says of the seed file; another one is a copy, or was put back
    restored: bool = False

    def __repr__(self) -> str:
        return f"Profile({self.role} {self.name!r} in {self.game.hex()[:16]}, <secret>)"

    @property
    def place(self) -> Address:
        """The server."""
        return parse_address(self.address)

    @property
    def invitation(self) -> Invite | None:
        """The invite that this player came with."""
        return None if self.invite is None else Invite(self.place, self.game, bytes(self.invite))


_profile_decoder: Final = msgspec.json.Decoder(Profile, dec_hook=decode_field)


class Kept(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A further gift that was delivered, in a blind game where somebody sent one too many."""

    gift: int | None
    note: str | None


class Keepsake(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What is left of a game when its seed is gone. With a passphrase, nothing but the public key."""

    key: SignKey
    recipient: str | None = None
    delivered: bool = False
    gift: int | None = None  #: place in the catalogue; None from the house
    note: str | None = None
    santa: str | None = None
    more: tuple[Kept, ...] = ()

    def __repr__(self) -> str:
        return "Keepsake(<secret>)"


_keepsake_decoder: Final = msgspec.json.Decoder(Keepsake, dec_hook=decode_field)


def read_keepsake(folder: Path) -> Keepsake | None:
    """Return what was kept of a game that is over, or None as long as the seed is needed.

    Raises:
        LocalDamageError: `identity.damaged`, `file.*`.
    """
    path = folder / KEEPSAKE_FILE
    if not path.exists():
        return None
    try:
        return _keepsake_decoder.decode(read_private(path, _MAX_PROFILE))
    except (msgspec.MsgspecError, UnicodeDecodeError, ParseError) as e:
        raise _damaged(path) from e


def encode_profile(profile: Profile) -> bytes:
    """Return the bytes of `identity.json`."""
    return encode_json(msgspec.to_builtins(profile, enc_hook=encode_field)) + b"\n"


def read_profile(folder: Path) -> Profile:
    """Return who the identity in a folder is.

    Raises:
        LocalDamageError: `identity.damaged`, `file.*`.
        UndecidedError: `identity.newer`.
    """
    path = folder / PROFILE_FILE
    raw = read_private(path, _MAX_PROFILE)
    try:
        head = msgspec.json.decode(raw)
        form = head.get("format") if isinstance(head, dict) else None
        if isinstance(form, str) and form != FORMAT and form.startswith("sealed-santa/"):
            raise UndecidedError("identity.newer", f"{path} was written by another version of sealed-santa", blame=YOU)
        profile = _profile_decoder.decode(raw)
        parse_address(profile.address)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError, ParseError) as e:
        raise _damaged(path) from e
    if profile.format != FORMAT:
        raise _damaged(path)
    return profile


class _Sent(msgspec.Struct, forbid_unknown_fields=True):
    """A line of the outbox: a post."""

    post: msgspec.Raw


class _Turned(msgspec.Struct, forbid_unknown_fields=True):
    """A line of the outbox: the server refused the post with this hash."""

    code: str
    refused: Hash


_sent_decoder: Final = msgspec.json.Decoder(_Sent)
_turned_decoder: Final = msgspec.json.Decoder(_Turned, dec_hook=decode_field)


@dataclass(frozen=True, slots=True)
class Outbox:
    """All posts that were ever ready to be sent, in order, and those of them that were refused."""

    posts: tuple[SignedPost, ...] = ()
    refused: frozenset[Hash] = frozenset()

    def holds(self, post: Hash) -> bool:
        """Tell whether a post of this hash was ever ready to be sent."""
        return any(p.hash == post for p in self.posts)


class Identity:
    """An open identity; no other process has it open at the same time."""

    def __init__(self, folder: Path, passphrase: Passphrase | None = None, *, wait: float = 0.0) -> None:
        """Open a folder that `Home.create` made; tries for `wait` seconds if it is in use.

        Raises:
            UsageError: `identity.in-use`.
            KeyMissingError: `passphrase.*`.
            LocalDamageError: `identity.damaged`, `log.damaged`, `outbox.damaged`, `key.damaged`, `file.*`.
            UndecidedError: `identity.newer`, `key.newer`, `version.unknown`.
        """
        self.folder = folder
        self._profile = read_profile(folder)
        self._lock = Lock(folder / LOCK_FILE, lambda: in_use(folder), wait=wait)
        try:
            self._profile = read_profile(folder)  # another process may have changed it until now
            self.keepsake = read_keepsake(folder)
            if self.keepsake is not None:
                shred_seed(folder / SEED_FILE)  # of a retirement that was killed half-way
            self._seed = None if self.keepsake else read_seed(folder / SEED_FILE, passphrase)
            moved = self._seed is not None and file_mark(folder / SEED_FILE) != self._profile.seed_mark
            if moved and not self._profile.restored:
                self.mark_restored()
            self._log = Appender(folder / LOG_FILE)
            self._out = Appender(folder / OUTBOX_FILE)
            self.entries: tuple[Entry, ...] = _read_log(folder / LOG_FILE, self._log)
            self.outbox = _read_outbox(folder / OUTBOX_FILE, self._out)
            if not self._profile.restored and self._profile.role == "player" and self._has_lost_entries():
                self.mark_restored()  # what it did by the log that it had, it must not do again by another one
        except BaseException:
            self._lock.close()
            raise

    def _has_lost_entries(self) -> bool:
        """Whether a post of the outbox has seen an entry that the log copy does not have (rule 1: it had it)."""
        known = {bytes(entry.hash) for entry in self.entries}
        return any(bytes(getattr(post.body, "seen", b"")) not in known for post in self.outbox.posts)

    def __repr__(self) -> str:
        return f"Identity({self.folder}, {self._profile!r})"

    @property
    def profile(self) -> Profile:
        """Who this is."""
        return self._profile

    @property
    def seed(self) -> bytes:
        """The seed of all secrets of this party.

        Raises:
            KeyMissingError: `key.deleted`; the game is over.
        """
        if self._seed is None:
            raise KeyMissingError(
                "key.deleted", "the game is over, and its keys were deleted here", blame=YOU,
                hint="santa status --parcel shows what was kept",
            )  # fmt: skip
        return self._seed

    def retire(self, keepsake: Keepsake) -> None:
        """Keep what the owner learned, then delete the seed for good; without effect the second time."""
        if self._seed is None:
            return
        if needs_passphrase(self.folder / SEED_FILE):  # what a passphrase guarded is not left lying about
            keepsake = Keepsake(key=keepsake.key)
        self.sync()
        raw = encode_json(msgspec.to_builtins(keepsake, enc_hook=encode_field)) + b"\n"
        replace_private(self.folder / KEEPSAKE_FILE, raw)
        shred_seed(self.folder / SEED_FILE)
        self._seed, self.keepsake = None, keepsake

    @property
    def restored(self) -> bool:
        """Whether this may be a copy or an older state of an identity, and nobody has confirmed it."""
        return self._profile.restored

    def mark_restored(self) -> None:
        """Note durably that this may be a copy or an older state."""
        self._change(restored=True)

    def confirm(self) -> None:
        """Note that the owner has compared the head and takes this folder for the only, newest one."""
        self._change(restored=False, seed_mark=file_mark(self.folder / SEED_FILE))

    def move_to(self, address: Address) -> None:
        """Note that the server is now found at another address."""
        self._change(address=str(address))

    def _change(self, **fields: object) -> None:
        changed = msgspec.structs.replace(self._profile, **fields)
        replace_private(self.folder / PROFILE_FILE, encode_profile(changed))
        self._profile = changed

    def append(self, entries: Iterable[Entry]) -> None:
        """Write entries at the end of the log copy; `sync` or `put` makes them durable."""
        new = tuple(entries)
        self._log.append(b"".join(entry.raw + b"\n" for entry in new))
        self.entries += new

    def sync(self) -> None:
        """Return once the log copy is on the disk."""
        self._log.sync()

    def put(self, post: SignedPost) -> None:
        """Make the log copy durable, then a post; only then may it be sent."""
        self._log.sync()
        self._out.append(b'{"post":' + post.raw + b"}\n")
        self._out.sync()
        self.outbox = Outbox((*self.outbox.posts, post), self.outbox.refused)

    def turn_down(self, post: SignedPost, code: str) -> None:
        """Note that the server refused a post, so that it is not sent again."""
        self._out.append(encode_json({"code": code, "refused": b64(post.hash)}) + b"\n")
        self._out.sync()
        self.outbox = Outbox(self.outbox.posts, self.outbox.refused | {post.hash})

    def keep_evidence(self, code: str, files: Mapping[str, bytes]) -> Path:
        """Keep files that show what somebody did, in a new folder, and return it."""
        shelf = self.folder / EVIDENCE
        number = sum(1 for _ in shelf.iterdir()) + 1 if shelf.exists() else 1
        stamp = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
        place = shelf / f"{number:03d}-{stamp}-{code}"
        make_private_folder(place)
        for name, data in files.items():
            create_private(place / name, data)
        return place

    def close(self) -> None:
        """Make everything durable and let others in."""
        try:
            self._log.close()
            self._out.close()
        finally:
            self._lock.close()

    def __enter__(self) -> Identity:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _whole_lines(path: Path, file: Appender) -> bytes:
    """Return the file without a torn last line, which is cut off on the disk too."""
    data = read_private(path, _MAX_FILE)
    whole = data.rfind(b"\n") + 1
    if whole < len(data):
        file.cut(whole)
    return data[:whole]


def _read_log(path: Path, file: Appender) -> tuple[Entry, ...]:
    data = _whole_lines(path, file)
    try:
        return parse_transcript(data) if data else ()
    except ParseError as e:
        raise LocalDamageError(
            "log.damaged", f"{path} is damaged: {e.message}", blame=YOU,
            hint="move the file away; the log is fetched anew, and its head has to be confirmed",
        ) from e  # fmt: skip


def _read_outbox(path: Path, file: Appender) -> Outbox:
    posts: list[SignedPost] = []
    refused: set[Hash] = set()
    for line in _whole_lines(path, file).splitlines():
        try:
            if line.startswith(b'{"post":'):
                posts.append(parse_post(bytes(_sent_decoder.decode(line).post)))
            else:
                refused.add(_turned_decoder.decode(line).refused)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError, ParseError) as e:
            raise LocalDamageError("outbox.damaged", f"{path} is damaged", blame=YOU) from e
    return Outbox(tuple(posts), frozenset(refused))


def in_use(folder: Path) -> UsageError:
    """Return the error for an identity that another process has open."""
    return UsageError(
        "identity.in-use", f"another santa is running for {folder.name}", blame=YOU, hint="stop it, or wait for it"
    )


def _damaged(path: Path) -> LocalDamageError:
    return LocalDamageError("identity.damaged", f"{path} is damaged", blame=YOU)
