"""Attack: the server spoils an envelope so that its recipient publishes the key to the note.

The server holds every inner box, as givers sealed them. Whoever complains about an envelope by publishing its gift
key hands over the note with it. So a client says what is wrong, and publishes that key only when its owner wants to.
"""

from __future__ import annotations

from dataclasses import replace

import pytest

from sealed_santa.base.canon import b64
from sealed_santa.crypto.sealing import open_box
from sealed_santa.game.boxes import inner_info, unpad_note
from sealed_santa.game.state import Phase
from sealed_santa.lab.simulator import Simulator
from sealed_santa.log.fields import Envelopes
from sealed_santa.log.posts import Dispute
from sealed_santa.roles import dealer, player
from sealed_santa.roles.player import Intent

NAMES = ("Ann", "Bob", "Cem", "Dot")


def spoilt(reveal: str = "public") -> Simulator:
    """Return a game whose dealer flips a byte of Ann's envelope, and where Ann has looked at it."""
    game = Simulator("spoilt", NAMES, {"reveal": reveal}).fill().start().run(until=Phase.CLOSED)
    honest = dealer.make_delivery(game.state, game.dealer, game.memo)
    raw = bytearray(honest.envelopes)
    raw[100] ^= 1
    game.deal_with(type(honest)(game=honest.game, by=honest.by, seen=honest.seen, round=1, envelopes=Envelopes(raw)))
    return game


def owed(game: Simulator, name: str, intent: Intent) -> player.Owed:
    return player.duties(game.state, game.players[name], intent, game.entropy)


def test_an_honest_delivery_leads_to_a_receipt() -> None:
    game = Simulator("honest", NAMES).fill().start().run(until=Phase.DELIVERED)
    found = owed(game, "Ann", Intent())
    assert [type(post).__name__ for post in found.posts] == ["Receipt"]
    assert found.wrong is None


def test_a_client_that_publishes_at_once_hands_its_note_to_the_server() -> None:
    game = spoilt()
    (dispute,) = owed(game, "Ann", Intent(publish_gift_key=True)).posts
    assert isinstance(dispute, Dispute)
    assert dispute.gift_secret is not None
    ann = game.state.named("Ann")
    assert ann is not None
    givers = {recipient: giver for giver, recipient in dealer.recipients(game.state, game.dealer).items()}
    giver = game.state.players[givers[ann.number] - 1]
    gift = dealer.opened_gift(game.state, game.dealer, giver, game.memo)
    assert gift is not None
    info = inner_info(game.state.game, 1, ann.number, ann.gift_key)
    note = unpad_note(open_box(type(game.players["Ann"].gift)(bytes(dispute.gift_secret)), gift.inner, info))
    assert note.startswith("from your Santa")


@pytest.mark.parametrize("reveal", ["public", "private", "never"])
def test_the_key_is_published_only_when_its_owner_says_so(reveal: str) -> None:
    game = spoilt(reveal)
    found = owed(game, "Ann", Intent())
    assert found.posts == ()
    assert found.wrong is not None
    assert found.wrong.code == "box.does-not-open"
    game.intents = {name: replace(intent, publish_gift_key=False) for name, intent in game.intents.items()}
    game.run()
    if reveal != "never":
        game.organise(player.make_call(game.state, game.organiser.key))
        game.run()
    secret = b64(game.players["Ann"].gift.secret)
    assert not any(secret.encode() in entry.raw for entry in game.entries)
