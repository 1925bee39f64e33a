"""Signed posts and entries: frames, hashes, signatures."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from game_cases import fresh_signer, game_at, raises
from sealed_santa.base.canon import b64, encode_json
from sealed_santa.base.errors import ParseError, Party, UndecidedError, VerificationError
from sealed_santa.base.labels import Label
from sealed_santa.crypto.hashing import tagged_hash
from sealed_santa.crypto.signing import VerifyKey, sign
from sealed_santa.log.entry import (
    NO_ENTRY,
    Entry,
    SignedPost,
    entry_hash,
    parse_entry,
    parse_post,
    sign_entry,
    sign_post,
    verify_entry,
    verify_post,
)
from sealed_santa.log.fields import Hash, Signature
from sealed_santa.log.posts import Create, Join
from sealed_santa.roles import player

GAME = game_at()
CREATE, JOIN = GAME.entries[0], GAME.entries[1]
SERVER = VerifyKey.parse(GAME.state.create.server)
START = sign_post(player.make_start(GAME.state, GAME.players["Ann"].key), GAME.players["Ann"].signing)


def frame(raw: bytes, **changes: Any) -> bytes:
    return encode_json(json.loads(raw) | changes)


def test_parsing_undoes_encoding() -> None:
    for entry in GAME.entries:
        again = parse_entry(entry.raw)
        assert again == entry
        assert (again.raw, again.hash, again.post.hash) == (entry.raw, entry.hash, entry.post.hash)
        assert parse_post(entry.post.raw) == entry.post


def test_hashes_are_those_of_the_page() -> None:
    game = tagged_hash(Label.GAME, CREATE.post.raw_body)
    assert CREATE.post.game == JOIN.post.game == game == GAME.state.game
    assert JOIN.post.hash == tagged_hash(Label.POST, JOIN.post.raw)
    assert JOIN.hash == tagged_hash(Label.ENTRY, game, 1, JOIN.at, CREATE.hash, JOIN.post.hash)
    assert CREATE.prev == NO_ENTRY == bytes(32)


def test_the_hash_of_an_entry_binds_everything_but_its_own_signature() -> None:
    base = entry_hash(1, 2, NO_ENTRY, JOIN.post)
    others = [
        entry_hash(2, 2, NO_ENTRY, JOIN.post),
        entry_hash(1, 3, NO_ENTRY, JOIN.post),
        entry_hash(1, 2, Hash(b"1" * 32), JOIN.post),
        entry_hash(1, 2, NO_ENTRY, START),
        entry_hash(1, 2, NO_ENTRY, replace(JOIN.post, countersig=Signature(bytes(64)))),
        entry_hash(1, 2, NO_ENTRY, replace(JOIN.post, sig=Signature(bytes(64)))),
    ]
    assert len({base, *others}) == 7


def test_the_id_of_a_game_does_not_depend_on_the_signature() -> None:
    assert replace(CREATE.post, sig=Signature(bytes(64))).game == CREATE.post.game


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"sig": "AA"}, "length.wrong"),
        ({"sig": b64(bytes(64)) + "="}, "base64.invalid"),
        ({"sig": 1}, "post.malformed"),
        ({"sig": None}, "post.malformed"),
        ({"body": []}, "post.malformed"),
        ({"body": None}, "post.malformed"),
        ({"body": "x"}, "post.malformed"),
        ({"zzz": 1}, "post.malformed"),
        ({"countersig": None}, "json.not-canonical"),  # left out, never null
        ({"countersig": "AA"}, "length.wrong"),
        ({"countersig": b64(bytes(64))}, "post.malformed"),  # only a join has one
    ],
)
def test_the_frame_of_a_post_is_exact(change: dict[str, Any], code: str) -> None:
    parse_post(START.raw)
    with raises(ParseError, code):
        parse_post(frame(START.raw, **change))


@pytest.mark.parametrize("missing", ["body", "sig"])
def test_no_part_of_a_post_is_missing(missing: str) -> None:
    value = json.loads(START.raw)
    del value[missing]
    with raises(ParseError, "post.malformed"):
        parse_post(encode_json(value))


def test_a_join_has_a_countersignature() -> None:
    value = json.loads(JOIN.post.raw)
    del value["countersig"]
    with raises(ParseError, "post.malformed"):
        parse_post(encode_json(value))


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"seq": -1}, "entry.malformed"),
        ({"seq": 1.5}, "entry.malformed"),
        ({"seq": "1"}, "entry.malformed"),
        ({"seq": True}, "entry.malformed"),
        ({"at": -1}, "entry.malformed"),
        ({"at": None}, "entry.malformed"),
        ({"prev": None}, "entry.malformed"),
        ({"prev": b64(bytes(31))}, "length.wrong"),
        ({"prev": "A" * 42 + "B"}, "base64.invalid"),
        ({"post": None}, "post.malformed"),
        ({"post": []}, "post.malformed"),
        ({"sig": b64(bytes(63))}, "length.wrong"),
        ({"game": "x"}, "entry.malformed"),
        ({"hash": "x"}, "entry.malformed"),
    ],
)
def test_the_frame_of_an_entry_is_exact(change: dict[str, Any], code: str) -> None:
    parse_entry(JOIN.raw)
    with raises(ParseError, code):
        parse_entry(frame(JOIN.raw, **change))


@pytest.mark.parametrize("missing", ["at", "post", "prev", "seq", "sig"])
def test_no_part_of_an_entry_is_missing(missing: str) -> None:
    value = json.loads(JOIN.raw)
    del value[missing]
    with raises(ParseError, "entry.malformed"):
        parse_entry(encode_json(value))


@pytest.mark.parametrize(
    "raw", [b"", b"[]", b"null", b"\xff", b'{"at":', b"[" * 100_000, b'{"post":' * 100_000, b'"\xed\xa0\x80"']
)
def test_what_is_no_record_at_all(raw: bytes) -> None:
    with raises(ParseError, "entry.malformed"):
        parse_entry(raw)
    with raises(ParseError, "post.malformed"):
        parse_post(raw)


def spellings(raw: bytes, first: bytes) -> list[bytes]:
    value = json.loads(raw)
    return [
        raw + b"\n",
        b" " + raw,
        raw.replace(first, first + b" ", 1),
        json.dumps(dict(reversed(value.items())), separators=(",", ":"), ensure_ascii=False).encode(),
        raw[:-1] + b',"sig":"%s"}' % value["sig"].encode(),
        raw.replace(b'"sig"', b'"\\u0073ig"', 1),
    ]


@pytest.mark.parametrize("k", range(6))
def test_other_spellings_of_the_frames_are_refused(k: int) -> None:
    with raises(ParseError, "json.not-canonical"):
        parse_post(spellings(START.raw, b'{"body":')[k])
    with raises(ParseError, "json.not-canonical"):
        parse_entry(spellings(JOIN.raw, b'{"at":')[k])


def test_an_unknown_version_inside_an_entry_is_undecided() -> None:
    raw = CREATE.raw.replace(b"sealed-santa/1", b"sealed-santa/2")
    with raises(UndecidedError, "version.unknown"):
        parse_entry(raw)


def test_signatures_verify() -> None:
    for entry in GAME.entries:
        verify_entry(entry, SERVER)
        verify_post(entry.post)


def resigned(post: SignedPost, label: Label, message: bytes, key: Any) -> SignedPost:
    return replace(post, sig=Signature(sign(key, label, message)))


def test_a_post_must_be_signed_by_its_author() -> None:
    ann = GAME.players["Ann"].signing
    bad = [
        replace(START, sig=Signature(bytes(64))),
        replace(START, sig=Signature(START.sig[:63] + bytes([START.sig[63] ^ 1]))),
        replace(START, raw_body=START.raw_body.replace(b'"start"', b'"leave"')),
        resigned(START, Label.POST_SIGNATURE, START.raw_body, GAME.players["Bob"].signing),
        resigned(START, Label.ENTRY_SIGNATURE, START.raw_body, ann),  # under another label
        resigned(START, Label.COUNTERSIGNATURE, START.raw_body, ann),
        resigned(START, Label.POST_SIGNATURE, START.raw, ann),  # over the whole post, not the body
    ]
    verify_post(resigned(START, Label.POST_SIGNATURE, START.raw_body, ann))
    for post in bad:
        with raises(VerificationError, "post.signature"):
            verify_post(post)


def test_a_wrong_signature_is_not_the_author_s_fault() -> None:
    with pytest.raises(VerificationError) as caught:
        verify_post(replace(START, sig=Signature(bytes(64))))
    assert caught.value.blame.party is Party.SERVER


def test_a_signature_has_one_form() -> None:
    """S + ℓ satisfies the equation as well; whoever passes a post on could make a second one of it."""
    order = 2**252 + 27742317777372353535851937790883648493
    s = int.from_bytes(START.sig[32:], "little") + order
    with raises(VerificationError, "post.signature"):
        verify_post(replace(START, sig=Signature(START.sig[:32] + s.to_bytes(32, "little"))))


def test_a_join_must_be_countersigned_over_the_whole_post() -> None:
    post = JOIN.post
    signed = SignedPost(post.raw_body, post.body, post.sig).raw
    verify_post(replace(post, countersig=Signature(sign(GAME.invite, Label.COUNTERSIGNATURE, signed))))
    bad = [
        bytes(64),
        sign(fresh_signer("server"), Label.COUNTERSIGNATURE, signed),  # a player added by the server
        sign(GAME.server, Label.COUNTERSIGNATURE, signed),
        sign(GAME.invite, Label.POST_SIGNATURE, signed),
        sign(GAME.invite, Label.COUNTERSIGNATURE, post.raw_body),  # over the body alone
        GAME.entries[2].post.countersig or b"",  # of another join
    ]
    for countersig in bad:
        with raises(VerificationError, "join.countersignature"):
            verify_post(replace(post, countersig=Signature(countersig)))


def test_a_join_without_a_countersignature_does_not_verify() -> None:
    """It is not parsed either; whoever builds one is told no."""
    with raises(VerificationError, "join.countersignature"):
        verify_post(replace(JOIN.post, countersig=None))


def test_a_countersignature_does_not_stand_in_for_the_author_s() -> None:
    assert isinstance(JOIN.post.body, Join)
    with raises(VerificationError, "post.signature"):
        verify_post(replace(JOIN.post, sig=Signature(JOIN.post.countersig or b"")))


def test_an_entry_must_be_signed_by_the_server_over_all_of_it() -> None:
    bad: list[Entry] = [
        replace(JOIN, seq=2),
        replace(JOIN, at=JOIN.at + 1),
        replace(JOIN, prev=NO_ENTRY),
        replace(JOIN, post=START),
        replace(JOIN, sig=Signature(bytes(64))),
        replace(JOIN, sig=CREATE.sig),
        replace(JOIN, sig=Signature(sign(GAME.organiser.signing, Label.ENTRY_SIGNATURE, JOIN.hash))),
        replace(JOIN, sig=Signature(sign(GAME.server, Label.ENTRY_SIGNATURE, JOIN.hash))),  # not packed
        replace(JOIN, sig=Signature(sign(GAME.server, Label.POST_SIGNATURE, JOIN.hash))),
        sign_entry(JOIN.seq, JOIN.at, JOIN.prev, JOIN.post, fresh_signer("another server")),
    ]
    verify_entry(sign_entry(JOIN.seq, JOIN.at, JOIN.prev, JOIN.post, GAME.server), SERVER)
    for entry in bad:
        with raises(VerificationError, "entry.signature"):
            verify_entry(entry, SERVER)


def test_the_same_post_in_two_games_is_two_entries() -> None:
    other = game_at(seed="another").entries[0]
    assert isinstance(other.post.body, Create)
    assert entry_hash(0, 0, NO_ENTRY, other.post) != entry_hash(0, 0, NO_ENTRY, CREATE.post)
