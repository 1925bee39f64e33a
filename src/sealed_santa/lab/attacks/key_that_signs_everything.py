"""A key under which one signature fits every message: the identity of the group."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from functools import partial
from typing import Final

from sealed_santa.base.canon import b64
from sealed_santa.base.labels import Label
from sealed_santa.crypto.group import BASE, IDENTITY, ORDER, SIZE, Point
from sealed_santa.crypto.signing import sign
from sealed_santa.game.state import Phase
from sealed_santa.lab import stage
from sealed_santa.lab.attack import Attack
from sealed_santa.lab.plain import Table
from sealed_santa.lab.plain import in_words as table_in_words
from sealed_santa.lab.simulator import Simulator
from sealed_santa.lab.trial import Seen, Trial, at_the_door, runs
from sealed_santa.log.entry import SignedPost, parse_post, sign_post
from sealed_santa.log.fields import Signature, SignKey
from sealed_santa.log.posts import encode_body, parse_body
from sealed_santa.roles import player
from sealed_santa.roles.secrets import PlayerSecrets

_S: Final = 12345
_SIGNATURE: Final = Signature((_S * BASE).raw + _S.to_bytes(SIZE, "little"))  # R = S·B, and then S
_MESSAGES: Final = (b"I owe you a goose", b"I owe you nothing", b"start user distribution")


def weak_verifies(key: bytes, message: bytes, signature: bytes) -> bool:
    """Check S·B = R + h·A as Ed25519 does, without looking at what A is: a deliberately weak verifier."""
    r, s = signature[:SIZE], int.from_bytes(signature[SIZE:], "little")
    h = int.from_bytes(hashlib.sha512(r + key + message).digest(), "little") % ORDER
    return s * BASE == Point(r) + h * Point(key)


def _join(game: Simulator, cheat: bool) -> SignedPost:
    """Return Eve's join; her key is the identity if she cheats."""
    secrets = PlayerSecrets(b"a key for everybody".ljust(32), game.state.game)
    invite = SignKey(game.invite.public().raw)
    body = player.make_join(secrets, invite, game.state.head, "Eve", "", game.state.mode)
    if not cheat:
        return sign_post(body, secrets.signing, game.invite)
    raw = encode_body(body).replace(b64(secrets.key).encode(), b64(IDENTITY.raw).encode())
    post = SignedPost(raw, body, _SIGNATURE)
    counter = Signature(sign(game.invite, Label.COUNTERSIGNATURE, post.raw))
    return SignedPost(raw, body, _SIGNATURE, counter)


def _trial(mode: str, cheat: bool) -> Seen:
    game = Simulator("key-that-signs-everything", changes=stage.small(mode)).fill()
    if game.state.phase is not Phase.JOINING:
        raise stage.unshown("the game has begun")

    def receive(post: SignedPost) -> object:
        return game.order(parse_post(post.raw))  # a server has nothing but the bytes

    post = _join(game, cheat)
    if not cheat:
        parse_body(post.raw_body)
        return at_the_door(game, post, stage.in_words(stage.honest(mode)), won=False, order=receive)
    weak = sum(weak_verifies(IDENTITY.raw, message, _SIGNATURE) for message in _MESSAGES)
    story = (
        "Eve joins with a key that is the neutral element of the group. In the equation S·B = R + h·A the message "
        "stands in h, and h times nothing is nothing: one signature fits whatever anybody says in Eve's name. "
        "She could deny all of it later."
    )
    figures = {"messages that one signature fits, for a weak verifier": f"{weak} of {len(_MESSAGES)}"}
    return at_the_door(game, post, story, won=weak == len(_MESSAGES), order=receive, **figures)


def _classic(cheat: bool) -> Seen:
    table = Table().start()
    typed, other = table.game.gifts[3].id, table.game.gifts[7].id
    if cheat:
        table.to_server = lambda who, line: other if who == "Bob" else line
    table.say("Bob", typed)
    chosen = table.game.seats[table.ids["Bob"]].gift
    table.choose()
    if not cheat:
        return Seen(story=table_in_words(table), won=chosen != 3)
    return Seen(
        story="Nothing is signed at all. Somebody on the network puts another gift into Bob's line, and the server has "
        "no way to tell: a line belongs to the connection on which it comes.",
        victim="Bob is told that he chose another gift. He may think that he mistyped.", won=chosen == 7,
        why="Nobody signs anything in this mode. A line is whoever's it seems to be, and nobody can show who typed it.",
    )  # fmt: skip


TRIALS: Final[Mapping[str, Trial]] = {
    "classic": _classic,
    "sealed": partial(_trial, "sealed"),
    "blind": partial(_trial, "blind"),
}

ATTACK = Attack(
    id="key-that-signs-everything",
    title="a key under which every message is signed",
    attacker="a player, or the server for it",
    lesson="""
A signature says: whoever holds this key said that. It says so only if the key is a proper one. The curve has a
neutral element, and a few points of small order beside it, that look like keys and are none. Under the neutral
element the equation that is checked does not depend on the message any more.

Who has such a key can have said everything, and can deny everything. Libraries differ on whether they let it in,
and an auditor with another library would come to another verdict about the same file. So this protocol has one rule
for all: a key is the canonical encoding of a point of prime order, or the post that holds it cannot even be read.

The same care is taken with every point of a proof and every key of a box. See docs/protocol.md, sections 2.5 and
6.1.
""",
    weak="A verifier that checks the equation and nothing else, as the first papers wrote it down. One library in wide "
    "use still does. It is faster, and honest people never notice.",
    threat="T11",
    tests=(
        "tests/attacks/test_registration.py::test_under_the_identity_key_anybody_signs_anything",
        "tests/attacks/test_registration.py::test_the_identity_is_no_key",
    ),
    cases=(
        "key-identity_fail",
        "key-of-small-order_fail",
        "key-of-mixed-order_fail",
        "blind-join-with-the-identity_fail",
    ),
    course="06-two-views-of-one-log",
    runs=runs(TRIALS),
)
