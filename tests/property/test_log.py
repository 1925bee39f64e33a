"""Any bytes, any change: a value or one typed error, and never an honest log."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from sealed_santa.base.canon import MAX_INT, b64, check_canonical, encode_json, unb64
from sealed_santa.base.errors import ParseError, SantaError, UndecidedError
from sealed_santa.game.replay import fold
from sealed_santa.lab.simulator import Simulator, played
from sealed_santa.log.archive import encode_transcript, parse_transcript
from sealed_santa.log.chain import Chain
from sealed_santa.log.entry import Entry, SignedPost, parse_entry, parse_post
from sealed_santa.log.fields import Hash
from sealed_santa.log.posts import CatalogueGift, encode_body, parse_body
from sealed_santa.roles import player
from sealed_santa.roles.secrets import PlayerSecrets

# A small create, so that the bytes of posts are not lost among those of the catalogue.
SMALL = {"catalogue": (CatalogueGift(id="socks", name="Wool socks", price=900, tags=()),), "reveal": "private"}
GAMES = [played(("Ann", "Bob", "Cem"), seed="property", **(SMALL | {"reveal": r})) for r in ("public", "private")]
ENTRIES = [entry for game in GAMES for entry in game.entries]
DATA = GAMES[0].transcript()

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


def parsed(parse: Any, raw: bytes) -> Any:
    """Return what was parsed, or the code; anything else that is raised fails the test."""
    try:
        return parse(raw)
    except (ParseError, UndecidedError) as e:
        return e.code


@given(st.binary(max_size=300))
@example(b'{"body":' * 3000)
@example(b"[" * 3000)
@example(b'"\\ud83d"')
@example(b'{"type":"create","version":"\xff"}')
def test_any_bytes_are_a_value_or_one_typed_error(raw: bytes) -> None:
    for parse in (parse_body, parse_post, parse_entry, parse_transcript):
        assert isinstance(parsed(parse, raw), str)  # these are no honest posts


@given(json_values)
def test_any_json_is_a_value_or_one_typed_error(value: Any) -> None:
    raw = json.dumps(value, allow_nan=True).encode()
    for parse in (parse_body, parse_post, parse_entry):
        assert isinstance(parsed(parse, raw), str)


@given(st.sampled_from(ENTRIES), st.dictionaries(st.text(max_size=10), json_values, max_size=2), st.data())
def test_any_field_of_any_value_is_a_value_or_one_typed_error(entry: Entry, extra: Any, data: Any) -> None:
    body = json.loads(entry.post.raw_body)
    name = data.draw(st.sampled_from(sorted(body)))
    body[name] = data.draw(json_values)
    try:
        raw = encode_json(body | extra)
    except Exception:  # a value without canonical form cannot be sent at all
        raw = json.dumps(body | extra).encode()
    result = parsed(parse_body, raw)
    assert isinstance(result, str) or encode_body(result) == raw


@given(st.sampled_from(ENTRIES))
def test_decoding_and_encoding_are_inverse_on_honest_posts(entry: Entry) -> None:
    assert encode_body(parse_body(entry.post.raw_body)) == entry.post.raw_body
    assert parse_post(entry.post.raw).raw == entry.post.raw
    assert parse_entry(entry.raw).raw == entry.raw
    assert parse_entry(entry.raw) == entry


@given(st.sampled_from(ENTRIES), st.data())
def test_what_is_taken_is_canonical_and_encodes_to_its_bytes(entry: Entry, data: Any) -> None:
    """A change of a body either is refused or is the one spelling of another body."""
    raw = bytearray(entry.post.raw_body)
    place = data.draw(st.integers(0, len(raw) - 1))
    raw[place] = data.draw(st.integers(0, 255))
    result = parsed(parse_body, bytes(raw))
    if not isinstance(result, str):
        check_canonical(bytes(raw))
        assert encode_body(result) == bytes(raw)


@settings(max_examples=250, deadline=None)
@given(st.integers(0, len(DATA) - 1), st.integers(1, 255))
def test_no_byte_of_an_honest_transcript_can_be_changed(place: int, change: int) -> None:
    raw = bytearray(DATA)
    raw[place] ^= change
    with pytest.raises(SantaError):
        fold(parse_transcript(bytes(raw)))


@settings(max_examples=120, deadline=None)
@given(st.integers(0, len(DATA)), st.binary(min_size=1, max_size=4))
def test_nothing_can_be_put_into_an_honest_transcript(place: int, extra: bytes) -> None:
    with pytest.raises(SantaError):
        fold(parse_transcript(DATA[:place] + extra + DATA[place:]))


@settings(max_examples=120, deadline=None)
@given(st.integers(0, len(DATA) - 1), st.integers(1, 60))
def test_nothing_but_whole_entries_at_the_end_can_be_taken_out(place: int, length: int) -> None:
    end = min(place + length, len(DATA))
    left = DATA[:place] + DATA[end:]
    if end == len(DATA) and (not left or left.endswith(b"\n")):
        return
    with pytest.raises(SantaError):
        fold(parse_transcript(left))


@settings(max_examples=60, deadline=None)
@given(st.permutations(range(len(GAMES[0].entries))), st.integers(2, 30))
def test_entries_have_one_order(order: list[int], count: int) -> None:
    entries = [GAMES[0].entries[i] for i in order[:count]]
    if order[:count] == list(range(len(order[:count]))):
        return
    with pytest.raises(SantaError):
        fold(parse_transcript(encode_transcript(entries)))


@given(st.text())
def test_base64_has_one_spelling(text: str) -> None:
    result = parsed(unb64, text)  # type: ignore[arg-type]
    assert isinstance(result, str) or b64(result) == text


whole = st.integers(-MAX_INT, MAX_INT)
whole_values = st.recursive(
    st.none() | st.booleans() | whole | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


@given(whole_values)
def test_what_has_a_canonical_form_has_one(value: Any) -> None:
    raw = encode_json(value)
    check_canonical(raw)
    for other in (json.dumps(value), json.dumps(value, ensure_ascii=False, indent=1)):
        if other.encode() != raw:
            with pytest.raises(ParseError):
                check_canonical(other.encode())


@given(st.text(max_size=40), st.text(max_size=40))  # hypothesis makes no lone surrogates here
def test_names_and_wishes_survive_the_way_through_the_log(name: str, wish: str) -> None:
    """Whatever text a body holds, its bytes decode to it again; whether it may be said is for the rules."""
    game = Simulator("texts", ())
    body = player.make_join(game_secrets(game), game.state.create.by, game.state.head, name, wish)
    assert parse_body(encode_body(body)) == body


def game_secrets(game: Simulator) -> Any:
    return PlayerSecrets(b"p" * 32, game.state.game)


@given(st.lists(st.tuples(st.integers(0, 8), st.integers(0, 5)), max_size=30))
def test_chains_are_values(steps: list[tuple[int, int]]) -> None:
    """Append to any snapshot in any order, and compare with plain lists."""
    chains, models = [Chain()], [list[Hash]()]
    for base, digit in steps:
        digest = Hash(bytes([digit]) * 32)
        k = base % len(chains)
        chains.append(chains[k].append(digest))
        models.append([*models[k], digest])
        for made, model in zip(chains, models, strict=True):
            assert [made[i] for i in range(len(made))] == model
            assert made.head() == (model[-1] if model else None)
            for d in range(6):
                h = Hash(bytes([d]) * 32)
                assert made.find(h) == (model.index(h) if h in model else None)


def test_a_signed_post_is_its_bytes() -> None:
    assert all(isinstance(e.post, SignedPost) for e in ENTRIES)
