"""What is no point, in every field of a blind game that holds points, and in each of its places.

The code is that of docs/protocol.md, section 11.8: the identity and, in four fields, every invalid point are a
matter of form; in rows, pairs and proofs the others are found with the equations.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from blind_cases import blind_at, unit
from game_cases import but, by_player, owed, verdict
from sealed_santa.base.canon import b64
from sealed_santa.base.errors import ParseError
from sealed_santa.crypto import group
from sealed_santa.crypto.group import SIZE
from sealed_santa.game import replay
from sealed_santa.game.rules import apply
from sealed_santa.lab.simulator import Simulator
from sealed_santa.log.fields import GroupKey, Points, Proof
from sealed_santa.log.posts import encode_body, parse_body
from sealed_santa.proofs.shuffle.statements import shuffle_size
from sealed_santa.roles import player
from sealed_santa.roles.secrets import PlayerSecrets
from transcripts.forge import ORDER_EIGHT, mixed_order

PRIME = 2**255 - 19


def encoded(y: int, sign: int = 0) -> bytes:
    """Return 32 bytes as they would encode a point with this y and this sign of x, be there one or not."""
    return (y | sign << 255).to_bytes(SIZE, "little")


NO_POINTS: dict[str, Callable[[bytes], bytes]] = {  # from the point that belongs in the place
    "the identity": lambda good: encoded(1),
    "the identity, not canonical": lambda good: encoded(PRIME + 1),
    "the identity with a sign": lambda good: encoded(1, 1),
    "of order two": lambda good: encoded(PRIME - 1),
    "of order four": lambda good: encoded(0),
    "of order four, not canonical": lambda good: encoded(PRIME),
    "of order eight": lambda good: ORDER_EIGHT,
    "of mixed order": mixed_order,
    "off the curve": lambda good: encoded(2),
    "all ones": lambda good: b"\xff" * SIZE,
}


def layout(field: str, body: Any) -> list[int]:
    """Return the places of the points of a field, in units of 32 bytes."""
    count = len(getattr(body, field)) // SIZE
    match field:
        case "possession":  # t announced points, then t answers
            return list(range(count // 2))
        case "proofs":  # a shuffle proof for each deck: 6 points and 2 of each column, then scalars
            rows, width = 4, 8 if len(body.rows) == 4 * 8 * 64 else 1
            size = shuffle_size(rows, width) // SIZE
            return [start + i for start in range(0, count, size) for i in range(6 + 2 * width)]
        case "proof":  # of M announced points and their answers
            hand = (count - 2) * 2 // 3 + 1
            points = {"blinding": count * 2 // 3, "opening": 2, "hand": hand, "envelope": count // 2}
            return list(range(points[body.__struct_config__.tag]))
    return list(range(count))


FORM = {  # field -> code of the identity, code of every other invalid point
    ("key", "commitments"): ("key.commitments", "key.commitments"),
    ("key", "possession"): ("key.possession", "key.possession"),
    ("mix", "rows"): ("mix.rows", "mix.proof-wrong"),
    ("mix", "proofs"): ("mix.proof-form", "mix.proof-wrong"),
    ("blinding", "pairs"): ("blinding.pairs", "blinding.proof-wrong"),
    ("blinding", "proof"): ("blinding.proof-form", "blinding.proof-wrong"),
    ("opening", "shares"): ("opening.shares", "opening.shares"),
    ("opening", "proof"): ("opening.proof-form", "opening.proof-wrong"),
    ("hand", "cards"): ("hand.cards", "hand.cards"),
    ("hand", "proof"): ("hand.proof-form", "hand.proof-wrong"),
    ("envelope", "row"): ("envelope.row", "envelope.row"),
    ("envelope", "proof"): ("envelope.proof-form", "envelope.proof-wrong"),
}
PLACES = {
    "keys": "key", "mixing": "mix", "blinding": "blinding", "opening": "opening", "dealing": "hand",
    "choosing": "envelope", "gifts": "mix", "revealing": "opening",
}  # fmt: skip
FIELDS = [(place, tag, field) for place, tag in PLACES.items() for of, field in FORM if of == tag]
FORMAL = [(place, tag, field) for place, tag, field in FIELDS if field in ("commitments", "shares", "cards", "row")]


def sample(places: list[int]) -> list[int]:
    """Return all of a few places; of many the first four, the last four and some between."""
    return places if len(places) <= 12 else [*places[:4], *places[4:-4:7], *places[-4:]]


def check_refused(game: Simulator, body: Any, tag: str, field: str) -> int:
    """Check every invalid point in the places of a field of Ann's post; return how many posts were judged."""
    assert body.__struct_config__.tag == tag
    assert by_player(game, "Ann", body) == "ok"  # so each of the others is refused for its one unit
    raw, judged = bytes(getattr(body, field)), 0
    for place in sample(layout(field, body)):
        good = raw[place * SIZE : (place + 1) * SIZE]
        for name, bad in NO_POINTS.items():
            spoilt = unit(raw, place, bad(good))
            code = by_player(game, "Ann", but(body, **{field: type(getattr(body, field))(spoilt)}))
            assert code == FORM[tag, field][name != "the identity"], (field, place, name)
            judged += 1
    return judged


@pytest.mark.parametrize(("place", "tag", "field"), FIELDS)
def test_what_is_no_point_is_refused_in_every_place(place: str, tag: str, field: str) -> None:
    game = blind_at(place)
    assert check_refused(game, owed(game, "Ann"), tag, field) >= 2 * len(NO_POINTS)


def test_every_field_with_points_is_among_them() -> None:
    """A field that a post gets later must come into the table."""
    for place, tag in PLACES.items():
        body = owed(blind_at(place), "Ann")
        fields = {f for f in body.__struct_fields__ if isinstance(getattr(body, f), Points | Proof)}
        assert fields == {field for of, field in FORM if of == tag}


def test_the_places_hold_points_and_what_follows_in_a_proof_does_not() -> None:
    """The layout above is that of honest posts: whatever it names is a point of the group."""
    for place, _, field in FIELDS:
        body = owed(blind_at(place), "Ann")
        raw = bytes(getattr(body, field))
        units = [raw[i : i + SIZE] for i in range(0, len(raw), SIZE)]
        points = layout(field, body)
        for i in points:
            group.decode_point(units[i])
        for i in set(range(len(units))) - set(points):
            group.decode_scalar(units[i])


# --- the key of a join --------------------------------------------------------------------------


def newcomer(game: Simulator) -> Any:
    secrets = PlayerSecrets(b"e" * 32, game.state.game)
    return player.make_join(secrets, game.state.create.invites[0].key, game.state.head, "Eve", "", game.state.mode)


@pytest.mark.parametrize("name", NO_POINTS)
def test_a_group_key_that_is_no_point_is_not_even_read(name: str) -> None:
    game = blind_at("joining")
    raw = encode_body(body := newcomer(game))
    assert parse_body(raw) == body
    bad = NO_POINTS[name](bytes(body.group_key))
    with pytest.raises(ParseError) as caught:
        parse_body(raw.replace(b64(body.group_key).encode(), b64(bad).encode()))
    assert caught.value.code == "key.invalid"
    with pytest.raises(ParseError) as caught:
        GroupKey.check(bad)
    assert caught.value.code == "key.invalid"


def test_a_group_key_that_is_a_point_is_taken() -> None:
    game = blind_at("joining")
    body = newcomer(game)
    signer = PlayerSecrets(b"e" * 32, game.state.game).signing
    assert verdict(game, body, signer, game.invite) == "ok"


# --- that this can fail -------------------------------------------------------------------------


@pytest.mark.parametrize(("place", "tag", "field"), FIELDS)
def test_a_judge_without_the_equations_is_noticed(
    monkeypatch: pytest.MonkeyPatch, place: str, tag: str, field: str
) -> None:
    """Where the equations find an invalid point, nothing else does; elsewhere the form is enough."""
    game = blind_at(place)
    body = owed(game, "Ann")
    monkeypatch.setattr(replay, "apply", partial(apply, settle=lambda equations: None))
    if (place, tag, field) in FORMAL:
        check_refused(game, body, tag, field)
        return
    with pytest.raises(AssertionError):
        check_refused(game, body, tag, field)


@pytest.mark.parametrize(("place", "tag", "field"), FORMAL)
def test_a_decoder_that_takes_any_bytes_is_noticed(
    monkeypatch: pytest.MonkeyPatch, place: str, tag: str, field: str
) -> None:
    game = blind_at(place)
    body = owed(game, "Ann")
    monkeypatch.setattr(group, "crypto_core_ed25519_is_valid_point", lambda raw: True)
    with pytest.raises(AssertionError):
        check_refused(game, body, tag, field)
