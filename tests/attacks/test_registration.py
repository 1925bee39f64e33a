"""Players that nobody invited, keys that are not their own, keys that anybody can sign with."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from nacl.bindings import crypto_scalarmult_ed25519_base_noclamp

from game_cases import NAMES, but, fresh_signer, game_at, raises, verdict
from sealed_santa.base.canon import b64, encode_json, pack
from sealed_santa.base.errors import IllegalPost, ParseError, VerificationError
from sealed_santa.base.labels import Label
from sealed_santa.crypto.sealing import BoxKey
from sealed_santa.game import lobby, replay
from sealed_santa.game.replay import judge
from sealed_santa.game.state import Phase
from sealed_santa.game.verdicts import read_card
from sealed_santa.lab.simulator import Simulator
from sealed_santa.log.entry import sign_post
from sealed_santa.log.fields import SealKey, SignKey
from sealed_santa.log.posts import encode_body, parse_body
from sealed_santa.roles import player
from sealed_santa.roles.secrets import PlayerSecrets

IDENTITY = b"\x01" + bytes(31)


def puppet(game: Simulator, name: str = "Eve") -> tuple[PlayerSecrets, player.Join]:
    secrets = PlayerSecrets(b"a puppet".ljust(32), game.state.game)
    return secrets, player.make_join(secrets, SignKey(game.invite.public().raw), game.state.head, name, "")


# --- a player added by the server ---------------------------------------------------------------


def test_without_countersignatures_the_server_fills_the_roster(monkeypatch: pytest.MonkeyPatch) -> None:
    """With all but one of the players its own, it knows the draw and everybody's gift."""
    monkeypatch.setattr(replay, "verify_post", lambda post: None)
    game = game_at()
    secrets, body = puppet(game)
    game.order(sign_post(body, secrets.signing, game.server))
    assert game.state.named("Eve") is not None


def test_a_player_added_by_the_server_is_refused() -> None:
    game = game_at()
    secrets, body = puppet(game)
    assert verdict(game, body, secrets.signing, game.invite) == "ok"
    for forger in (game.server, secrets.signing, game.organiser.signing):
        with raises(VerificationError, "join.countersignature"):
            judge(game.state, sign_post(body, secrets.signing, forger), game.now)
    own = fresh_signer("an invite of the server's")
    other = but(body, invite=SignKey(own.public().raw))
    with raises(IllegalPost, "join.invite-unknown"):
        judge(game.state, sign_post(other, secrets.signing, own), game.now)


def test_a_countersignature_cannot_be_moved_to_other_keys() -> None:
    """The server keeps Bob's countersignature and puts keys of its own under it."""
    game = game_at()
    bobs = game.entries[2].post
    secrets, body = puppet(game, "Bob's twin")
    forged = replace(sign_post(body, secrets.signing), countersig=bobs.countersig)
    with raises(VerificationError, "join.countersignature"):
        judge(game.state, forged, game.now)


def test_an_invite_is_frozen_with_the_game() -> None:
    """Another invite makes another game: the id, which every invite carries, is the hash of the create."""
    game, own = game_at(), fresh_signer("own")
    create = game.entries[0].post
    extra = but(game.state.create.invites[0], key=SignKey(own.public().raw))
    more = but(create.body, invites=(*game.state.create.invites, extra))
    assert sign_post(more, game.organiser.signing).game != create.game


# --- rogue keys ---------------------------------------------------------------------------------


def test_without_the_rule_a_player_reads_what_is_sealed_to_another(monkeypatch: pytest.MonkeyPatch) -> None:
    """The server gives a puppet Bob's own card key: whoever has Bob's key has two cards."""
    monkeypatch.setattr(lobby, "_distinct", lambda values: True)
    game = game_at()
    game.current = replace(game.state, keys=frozenset())
    secrets, body = puppet(game)
    bob = game.players["Bob"]
    body = but(body, card_key=SealKey(bob.card.public().raw))
    game.order(sign_post(body, secrets.signing, game.invite))
    game.players["Eve"], game.intents["Eve"] = secrets, player.Intent()
    monkeypatch.undo()
    game.start().run(until=Phase.CHOOSING)
    eve = game.state.named("Eve")
    assert eve is not None
    assert 1 <= read_card(game.state, eve, bob.card) <= 5


def test_a_key_of_another_player_is_refused() -> None:
    game = game_at()
    secrets, body = puppet(game)
    bob = game.state.players[1]
    for changes in ({"card_key": bob.card_key}, {"gift_key": bob.card_key}, {"reveal_key": bob.gift_key}):
        assert verdict(game, but(body, **changes), secrets.signing, game.invite) == "join.key-used"


def test_one_key_for_two_purposes_is_refused() -> None:
    """A dispute about a card would publish what opens the gift as well."""
    game = game_at()
    secrets, body = puppet(game)
    assert verdict(game, but(body, gift_key=body.card_key), secrets.signing, game.invite) == "join.key-used"


# --- keys that anybody can sign with ------------------------------------------------------------


def test_under_the_identity_key_anybody_signs_anything() -> None:
    """S·B = R + k·A with A the identity: R = S·B fits every message. One library in wide use takes it."""
    s = (12345).to_bytes(32, "little")
    signature = crypto_scalarmult_ed25519_base_noclamp(s) + s
    weak = Ed25519PublicKey.from_public_bytes(IDENTITY)
    for message in (b"a", pack(Label.POST_SIGNATURE.value, b"whatever")):
        weak.verify(signature, message)  # raises if it does not verify


@pytest.mark.parametrize("field", ["by", "invite"])
def test_the_identity_is_no_key(field: str) -> None:
    game = game_at()
    _, body = puppet(game)
    raw = json.loads(encode_body(body))
    assert parse_body(encode_json(raw)) == body
    with raises(ParseError, "key.invalid"):
        parse_body(encode_json(raw | {field: b64(IDENTITY)}))


@pytest.mark.parametrize("low", [0, 1, 2**255 - 20])
def test_a_key_of_small_order_is_no_key(low: int) -> None:
    """What is sealed to it has a shared secret that everybody knows."""
    game = game_at()
    _, body = puppet(game)
    raw = json.loads(encode_body(body))
    with raises(ParseError, "key.invalid"):
        parse_body(encode_json(raw | {"card_key": b64(low.to_bytes(32, "little"))}))
    with raises(ParseError, "key.invalid"):
        BoxKey.parse(low.to_bytes(32, "little"))


# --- a name -------------------------------------------------------------------------------------


def test_the_name_of_somebody_who_plays_cannot_be_taken() -> None:
    game = game_at()
    for name in NAMES:
        secrets, body = puppet(game, name)
        assert verdict(game, body, secrets.signing, game.invite) == "join.name-taken"
