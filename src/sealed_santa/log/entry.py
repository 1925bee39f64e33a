"""A post in its place: signatures, hash chain, acknowledgement (docs/protocol.md, section 3).

Bytes become claims (`parse_post`, `parse_entry`), claims become checked (`verify_post`,
`verify_entry`). The chain itself (`seq`, `prev`, `at`) is checked by `game/replay.py`, which knows
what came before. Outer objects are canonical by construction: they are rebuilt from their parts
and compared byte for byte.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Final

import msgspec

from sealed_santa.base.canon import b64, pack
from sealed_santa.base.errors import Blame, Certainty, ParseError, Party, VerificationError
from sealed_santa.base.labels import Label
from sealed_santa.crypto.hashing import tagged_hash
from sealed_santa.crypto.signing import SigningKey, VerifyKey, sign, verify
from sealed_santa.log.fields import Hash, Signature, decode_field
from sealed_santa.log.posts import Create, Join, Post, Time, encode_body, parse_body

NO_ENTRY: Final = Hash(bytes(32))  # `prev` of the first entry


class _RawPost(msgspec.Struct, forbid_unknown_fields=True):
    body: msgspec.Raw
    sig: Signature
    countersig: Signature | None = None


class _RawEntry(msgspec.Struct, forbid_unknown_fields=True):
    at: Time
    post: msgspec.Raw
    prev: Hash
    seq: Time
    sig: Signature


_post_decoder: Final = msgspec.json.Decoder(_RawPost, dec_hook=decode_field)
_entry_decoder: Final = msgspec.json.Decoder(_RawEntry, dec_hook=decode_field)


@dataclass(frozen=True)
class SignedPost:
    """A post as it was signed: the exact bytes of its body, what they say, the signatures."""

    raw_body: bytes
    body: Post
    sig: Signature
    countersig: Signature | None = None

    @cached_property
    def raw(self) -> bytes:
        """The canonical bytes of the whole post."""
        extra = b"" if self.countersig is None else b'"countersig":"' + b64(self.countersig).encode() + b'",'
        return b'{"body":' + self.raw_body + b"," + extra + b'"sig":"' + b64(self.sig).encode() + b'"}'

    @cached_property
    def hash(self) -> Hash:
        """The hash of the whole post, signatures included."""
        return Hash(tagged_hash(Label.POST, self.raw))

    @cached_property
    def game(self) -> Hash:
        """The game that the post belongs to; for `create` the hash of its body."""
        if isinstance(self.body, Create):
            return Hash(tagged_hash(Label.GAME, self.raw_body))
        return self.body.game


@dataclass(frozen=True)
class Entry:
    """A post with its place in the log; `sig` is the server's, over the hash of the rest."""

    seq: int
    at: int
    prev: Hash
    post: SignedPost
    sig: Signature

    @cached_property
    def hash(self) -> Hash:
        """The hash that the server signs and the next entry names as `prev`."""
        return entry_hash(self.seq, self.at, self.prev, self.post)

    @cached_property
    def raw(self) -> bytes:
        """The canonical bytes of the entry."""
        return b'{"at":%d,"post":%b,"prev":"%b","seq":%d,"sig":"%b"}' % (
            self.at,
            self.post.raw,
            b64(self.prev).encode(),
            self.seq,
            b64(self.sig).encode(),
        )


def entry_hash(seq: int, at: int, prev: Hash, post: SignedPost) -> Hash:
    """Return the hash of an entry: over game, seq, at, prev and the hash of the post."""
    return Hash(tagged_hash(Label.ENTRY, post.game, seq, at, prev, post.hash))


def parse_post(raw: bytes) -> SignedPost:
    """Decode a signed post; signatures are claims until `verify_post`.

    Raises:
        ParseError: as `parse_body`; `post.malformed` for the frame around it, `json.not-canonical`.
        UndecidedError: `version.unknown`.
    """
    try:
        frame = _post_decoder.decode(raw)
    except (msgspec.ValidationError, msgspec.DecodeError, UnicodeDecodeError, RecursionError) as e:
        raise ParseError("post.malformed", f"not a signed post: {e}") from e
    body = parse_body(bytes(frame.body))
    post = SignedPost(bytes(frame.body), body, frame.sig, frame.countersig)
    if post.raw != raw:
        raise ParseError("json.not-canonical", "the frame of the post is not canonical JSON")
    if isinstance(body, Join) != (post.countersig is not None):
        raise ParseError("post.malformed", "a join, and only a join, carries a countersignature")
    return post


def parse_entry(raw: bytes) -> Entry:
    """Decode an entry; chain and signatures are claims until they are verified.

    Raises:
        ParseError: as `parse_post`; `entry.malformed` for the frame around it.
        UndecidedError: `version.unknown`.
    """
    try:
        frame = _entry_decoder.decode(raw)
    except (msgspec.ValidationError, msgspec.DecodeError, UnicodeDecodeError, RecursionError) as e:
        raise ParseError("entry.malformed", f"not an entry: {e}") from e
    entry = Entry(frame.seq, frame.at, frame.prev, parse_post(bytes(frame.post)), frame.sig)
    if entry.raw != raw:
        raise ParseError("json.not-canonical", "the frame of the entry is not canonical JSON")
    return entry


def sign_post(body: Post, key: SigningKey, invite: SigningKey | None = None) -> SignedPost:
    """Sign a body as its author; a join is countersigned with the invite key."""
    raw = encode_body(body)
    post = SignedPost(raw, body, Signature(sign(key, Label.POST_SIGNATURE, raw)))
    if invite is None:
        return post
    counter = Signature(sign(invite, Label.COUNTERSIGNATURE, post.raw))
    return SignedPost(raw, body, post.sig, counter)


def verify_post(post: SignedPost) -> None:
    """Check the author's signature and, on a join, the invite's.

    Raises:
        VerificationError: `post.signature` or `join.countersignature`; whoever passed it on made or
            changed it, the author is not to blame.
    """
    try:
        verify(VerifyKey.parse(post.body.by), Label.POST_SIGNATURE, post.raw_body, post.sig)
    except VerificationError as e:
        raise VerificationError("post.signature", "the author's signature does not verify", blame=_PASSED_ON) from e
    if isinstance(post.body, Join):
        signed = SignedPost(post.raw_body, post.body, post.sig).raw
        try:
            verify(VerifyKey.parse(post.body.invite), Label.COUNTERSIGNATURE, signed, post.countersig or b"")
        except VerificationError as e:
            raise VerificationError(
                "join.countersignature", "the invite's signature does not verify", blame=_PASSED_ON
            ) from e


_PASSED_ON: Final = Blame(Party.SERVER, certainty=Certainty.SUSPECTED)


def sign_entry(seq: int, at: int, prev: Hash, post: SignedPost, server: SigningKey) -> Entry:
    """Put a post in its place and acknowledge it; only to be handed out once it is durable."""
    digest = entry_hash(seq, at, prev, post)
    return Entry(seq, at, prev, post, Signature(sign(server, Label.ENTRY_SIGNATURE, pack(digest))))


def verify_entry(entry: Entry, server: VerifyKey) -> None:
    """Check the server's signature on an entry.

    Raises:
        VerificationError: `entry.signature`.
    """
    try:
        verify(server, Label.ENTRY_SIGNATURE, pack(entry.hash), entry.sig)
    except VerificationError as e:
        raise VerificationError(
            "entry.signature",
            f"entry {entry.seq} is not signed by the server of this game",
            blame=Blame(Party.UNKNOWN, certainty=Certainty.SUSPECTED),
        ) from e
