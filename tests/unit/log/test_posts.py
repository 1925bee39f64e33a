"""The form of bodies: exactly the fields of the page, in their one spelling."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest

from game_cases import game_at, raises
from sealed_santa.base.canon import b64, encode_json
from sealed_santa.base.errors import ParseError, UndecidedError
from sealed_santa.lab.simulator import played
from sealed_santa.log.posts import (
    MAX_BODY,
    TYPES,
    BlindTerms,
    Body,
    Create,
    Join,
    Post,
    encode_body,
    parse_body,
)

GAME = played(reveal="private")
BLIND_GAME = played(("Ann", "Bob", "Cem"), mode="blind", blind=BlindTerms(batch_tests=30, game_tests=1000, threshold=0))
BODIES: dict[str, bytes] = {}
for entry in (*GAME.entries, *BLIND_GAME.entries):
    BODIES.setdefault(json.loads(entry.post.raw_body)["type"], entry.post.raw_body)
BLIND_CREATE = json.loads(BLIND_GAME.entries[0].post.raw_body)
BLIND_JOIN = json.loads(BLIND_GAME.entries[1].post.raw_body)


def changed(kind: str, **changes: Any) -> bytes:
    return encode_json(json.loads(BODIES[kind]) | changes)


@pytest.mark.parametrize("kind", sorted(BODIES))
def test_parsing_undoes_encoding(kind: str) -> None:
    body = parse_body(BODIES[kind])
    assert body.__struct_config__.tag == kind
    assert encode_body(body) == BODIES[kind]


def test_a_game_shows_most_types() -> None:
    assert TYPES - set(BODIES) == {"leave", "drop", "refusal", "call", "dispute", "complaint", "answer"}


@pytest.mark.parametrize("kind", sorted(BODIES))
def test_no_field_is_missing(kind: str) -> None:
    whole = json.loads(BODIES[kind])
    for name in whole:
        with pytest.raises(ParseError) as caught:
            parse_body(encode_json({k: v for k, v in whole.items() if k != name}))
        # without `version` a create is still a create, and broken
        assert caught.value.code == "post.malformed", name


@pytest.mark.parametrize("kind", sorted(BODIES))
@pytest.mark.parametrize("extra", ["zzz", "Type", "countersig", ""])
def test_no_field_is_added(kind: str, extra: str) -> None:
    with raises(ParseError, "post.malformed"):
        parse_body(changed(kind, **{extra: None}))


@pytest.mark.parametrize("kind", sorted(BODIES))
def test_every_field_has_its_type(kind: str) -> None:
    for name, value in json.loads(BODIES[kind]).items():
        for wrong in (None, True, {}, [0], -1, {"x": 1}):
            if wrong is None and name in ("reveal_at", "choose_by"):
                continue
            with pytest.raises(ParseError) as caught:
                parse_body(changed(kind, **{name: wrong}))
            assert caught.value.code == "post.malformed", (name, wrong)
        with raises(ParseError, "json.not-canonical"):
            parse_body(changed(kind, **{name: 1.5}))
        if isinstance(value, int):
            with raises(ParseError, "post.malformed"):
                parse_body(changed(kind, **{name: str(value)}))


@pytest.mark.parametrize("kind", sorted(BODIES))
def test_other_spellings_are_refused(kind: str) -> None:
    raw, value = BODIES[kind], json.loads(BODIES[kind])
    backwards = json.dumps(dict(reversed(value.items())), separators=(",", ":"), ensure_ascii=False).encode()
    spaced = json.dumps(value, sort_keys=True, ensure_ascii=False).encode()
    twice = raw.replace(b'"type":', b'"type":"%s","type":' % kind.encode())
    escaped = raw.replace(b'"type"', b'"\\u0074ype"')
    for other in (backwards, spaced, twice, escaped, raw + b"\n", b" " + raw):
        with raises(ParseError, "json.not-canonical"):
            parse_body(other)
    with raises(ParseError, "json.invalid"):
        parse_body(raw[:-1])


@pytest.mark.parametrize(
    ("kind", "field", "value", "code"),
    [
        ("coin", "coin", "A" * 43 + "=", "base64.invalid"),
        ("coin", "coin", "A" * 42 + "B", "base64.invalid"),
        ("coin", "coin", "A" * 42, "length.wrong"),
        ("coin", "coin", "", "length.wrong"),
        ("coin", "game", b64(bytes(33)), "length.wrong"),
        ("coin", "by", b64(bytes(32)), "key.invalid"),
        ("coin", "by", b64(b"\x01" + bytes(31)), "key.invalid"),
        ("coin", "by", b64(b"\xff" * 32), "key.invalid"),
        ("join", "card_key", b64(bytes(32)), "key.invalid"),
        ("join", "gift_key", b64(b"\x01" + bytes(31)), "key.invalid"),
        ("join", "reveal_key", b64(b"\xee" + b"\xff" * 30 + b"\x7f"), "key.invalid"),
        ("join", "invite", b64(bytes(32)), "key.invalid"),
        ("create", "server", b64(bytes(32)), "key.invalid"),
        ("deck", "commitments", b64(bytes(33)), "length.wrong"),
        ("deal", "sealed", b64(bytes(83)), "length.wrong"),
        ("gift", "choice", b64(bytes(83)), "length.wrong"),
        ("gift", "choice", b64(bytes(168)), "length.wrong"),
        ("gift", "note", b64(bytes(607)), "length.wrong"),
        ("delivery", "envelopes", b64(bytes(613)), "length.wrong"),
        ("reveal", "boxes", b64(bytes(118)), "length.wrong"),
        ("coin", "round", 0, "post.malformed"),
        ("coin", "round", 65, "post.malformed"),
        ("deal", "deck", -1, "post.malformed"),
        ("deal", "deck", 1_000_001, "post.malformed"),
        ("create", "reveal", "later", "post.malformed"),
        ("create", "starters", "nobody", "post.malformed"),
        ("create", "min_players", 0, "post.malformed"),
        ("create", "max_players", 1001, "post.malformed"),
        ("create", "patience", -1, "post.malformed"),
        ("create", "exclusions", {"groups": [], "pairs": [["Ann"]]}, "post.malformed"),
        ("create", "exclusions", {"groups": [], "pairs": [["Ann", "Bob", "Cem"]]}, "post.malformed"),
        ("create", "exclusions", {"groups": []}, "post.malformed"),
        ("create", "invites", [{"key": b64(bytes(32)), "name": None}], "key.invalid"),
        ("create", "invites", [{"name": None}], "post.malformed"),
        ("create", "catalogue", [{"id": "a", "name": "a", "price": -1, "tags": []}], "post.malformed"),
        ("key", "shares", b64(bytes(79)), "length.wrong"),
        ("key", "commitments", b64(bytes(31)), "length.wrong"),
        ("key", "possession", b64(bytes(65)), "length.wrong"),
        ("key", "round", 0, "post.malformed"),
        ("mix", "rows", b64(bytes(63)), "length.wrong"),
        ("mix", "batch", -1, "post.malformed"),
        ("mix", "batch", 1_000_001, "post.malformed"),
        ("mix", "proofs", "", "ok"),  # how long it must be is for the rules to say
        ("blinding", "pairs", b64(bytes(33)), "length.wrong"),
        ("opening", "shares", b64(bytes(31)), "length.wrong"),
        ("hand", "cards", b64(bytes(1)), "length.wrong"),
        ("envelope", "row", b64(bytes(450)), "length.wrong"),
        ("join", "type", "joint", "post.unknown-type"),
        ("join", "type", "", "post.unknown-type"),
        ("join", "type", "Join", "post.unknown-type"),
        ("join", "type", 1, "post.malformed"),
        ("create", "version", 1, "post.malformed"),
    ],
)
def test_one_wrong_value(kind: str, field: str, value: object, code: str) -> None:
    parse_body(BODIES[kind])
    if code == "ok":
        parse_body(changed(kind, **{field: value}))
        return
    with raises(ParseError, code):
        parse_body(changed(kind, **{field: value}))


def test_a_type_is_not_another_type() -> None:
    with raises(ParseError, "post.malformed"):
        parse_body(changed("accept", type="coin"))
    assert isinstance(parse_body(changed("accept", type="receipt")), Body)  # same form; the signature differs


@pytest.mark.parametrize("version", ["sealed-santa/2", "", "sealed-santa/1 ", "SEALED-SANTA/1"])
def test_an_unknown_version_is_undecided_and_not_wrong(version: str) -> None:
    with raises(UndecidedError, "version.unknown"):
        parse_body(changed("create", version=version))


@pytest.mark.parametrize("mode", ["open", "classic", "", "Sealed", "sealed ", "Blind"])
def test_an_unknown_mode_is_undecided_and_not_wrong(mode: str) -> None:
    with raises(UndecidedError, "mode.unknown"):
        parse_body(changed("create", mode=mode))
    with raises(UndecidedError, "mode.unknown"):
        parse_body(changed("create", mode=mode, whatever=1))
    with raises(ParseError, "post.malformed"):
        parse_body(changed("join", mode=mode))  # of a create only


def test_a_blind_game_has_terms_of_its_own_and_no_other_game_has() -> None:
    assert parse_body(encode_json(BLIND_CREATE)) == BLIND_GAME.state.create
    without = {k: v for k, v in BLIND_CREATE.items() if k != "blind"}
    parse_body(encode_json(without | {"mode": "sealed"}))
    terms = BLIND_CREATE["blind"]
    for wrong in (
        without, BLIND_CREATE | {"mode": "sealed"}, json.loads(BODIES["create"]) | {"blind": terms},
        json.loads(BODIES["create"]) | {"mode": "blind"}, BLIND_CREATE | {"blind": None}, BLIND_CREATE | {"blind": {}},
        BLIND_CREATE | {"blind": terms | {"threshold": 8}}, BLIND_CREATE | {"blind": terms | {"threshold": -1}},
        BLIND_CREATE | {"blind": terms | {"batch_tests": -1}}, BLIND_CREATE | {"blind": terms | {"game_tests": 1.5}},
        BLIND_CREATE | {"blind": terms | {"game_tests": 1_000_001}}, BLIND_CREATE | {"blind": terms | {"more": 1}},
        BLIND_CREATE | {"blind": {k: terms[k] for k in ("batch_tests", "game_tests")}},
        BLIND_CREATE | {"blind": [1, 2, 3]}, BLIND_CREATE | {"blind": terms | {"threshold": "3"}},
    ):  # fmt: skip
        with pytest.raises(ParseError) as caught:
            parse_body(encode_json(wrong))
        assert caught.value.code in ("post.malformed", "json.not-canonical")


def test_a_group_key_is_a_point() -> None:
    """Whether a join must have one depends on the game, and is for the rules to say."""
    parse_body(encode_json(BLIND_JOIN))
    parse_body(encode_json({k: v for k, v in BLIND_JOIN.items() if k != "group_key"}))
    small = (bytes([1]) + bytes(31), bytes(32), (2**255 - 20).to_bytes(32, "little"))
    for wrong in (*small, bytes([2]) + bytes(31), (2**255 - 16).to_bytes(32, "little"), b"\xff" * 32):
        with raises(ParseError, "key.invalid"):
            parse_body(encode_json(BLIND_JOIN | {"group_key": b64(wrong)}))
    with raises(ParseError, "length.wrong"):
        parse_body(encode_json(BLIND_JOIN | {"group_key": b64(bytes(31))}))
    for wrong in (None, 1, [], ""):
        with pytest.raises(ParseError):
            parse_body(encode_json(BLIND_JOIN | {"group_key": wrong}))


def test_of_an_unknown_version_nothing_else_is_judged() -> None:
    with raises(UndecidedError, "version.unknown"):
        parse_body(encode_json({"type": "create", "version": "sealed-santa/2", "whatever": [1]}))


@pytest.mark.parametrize("raw", [b"[]", b"1", b'"create"', b"null", b"{}", b'{"version":"sealed-santa/1"}'])
def test_what_is_no_post_at_all(raw: bytes) -> None:
    with raises(ParseError, "post.malformed"):
        parse_body(raw)


def test_a_body_has_a_largest_size() -> None:
    create = json.loads(BODIES["create"])
    room = MAX_BODY - len(encode_json(create | {"title": ""}))
    assert isinstance(parse_body(encode_json(create | {"title": "x" * room})), Create)
    with raises(ParseError, "post.too-large"):
        parse_body(encode_json(create | {"title": "x" * (room + 1)}))


def test_bodies_cannot_be_changed() -> None:
    body: Any = game_at().state.create
    with pytest.raises(AttributeError):
        body.title = "another"


def test_every_type_refuses_unknown_fields() -> None:
    for kind in Post.__args__:
        assert kind.__struct_config__.forbid_unknown_fields
        assert kind.__struct_config__.frozen
        left_out = {f.name for f in msgspec.structs.fields(kind) if not f.required}
        assert left_out == {Create: {"blind"}, Join: {"group_key"}}.get(kind, set()), kind  # fields of blind games
