"""A player of a blind game: its card, its envelope, its gift; and its gift key, which it keeps."""

from __future__ import annotations

from dataclasses import replace

from blind_cases import advance, blind, blind_at, envelope_of, leaving, me, secret_pairs
from game_cases import NAMES, owed, raises
from sealed_santa.base.errors import ParseError, UsageError
from sealed_santa.crypto.group import BASE
from sealed_santa.game.state import Phase
from sealed_santa.lab.simulator import Simulator
from sealed_santa.log.posts import Dispute, Receipt
from sealed_santa.roles import guest, player
from sealed_santa.roles.intent import Intent, asked


def test_nothing_is_known_before_the_deal() -> None:
    game = blind_at("dealing")
    for name in NAMES:
        assert player.knowledge(game.state, game.players[name]) == player.Knowledge()
    with raises(UsageError, "card.not-dealt"):
        guest.make_envelope(game.state, game.players["Ann"], 0, "", game.entropy)


def test_who_does_not_play_gives_nothing() -> None:
    game, other = blind_at("choosing"), blind_at("choosing", seed="another")
    with raises(UsageError, "player.not-seated"):
        guest.make_envelope(game.state, other.players["Ann"], 0, "", game.entropy)


def test_a_note_has_at_most_160_bytes() -> None:
    game = blind_at("choosing")
    guest.make_envelope(game.state, game.players["Ann"], 0, "x" * 160, game.entropy)
    for note in ("x" * 161, "é" * 81, "\x00"):
        try:
            guest.make_envelope(game.state, game.players["Ann"], 0, note, game.entropy)
        except ParseError:
            continue
        raise AssertionError(note)


def test_an_owner_is_asked_once_and_again_after_a_new_deal() -> None:
    game = blind_at("choosing", (*NAMES, "Eve"))
    ann = game.players["Ann"]
    assert player.duties(game.state, ann, Intent(), game.entropy).choose
    assert player.duties(game.state, ann, Intent(gift=1), game.entropy).posts
    leaving(game, "Bob")
    advance(game, lambda s: s.phase is Phase.CHOOSING)
    assert asked(game.state, 1) == blind(game).deals - 1 == 1
    assert player.duties(game.state, ann, Intent(gift=1), game.entropy) == guest.Owed(choose=True)
    assert player.duties(game.state, ann, Intent(gift=1, refusals=1), game.entropy).posts
    assert not player.duties(game.state, game.players["Bob"], Intent(gift=1, refusals=1), game.entropy).posts


def test_everybody_gets_what_its_santa_sent() -> None:
    game = blind_at("delivered")
    for giver, to in secret_pairs(game).items():
        known = player.knowledge(game.state, game.players[NAMES[to - 1]])
        assert known.parcel is not None
        assert (known.parcel.gift, known.parcel.note) == (giver - 1, f"from your Santa, with number {giver - 1}")
        assert (known.more, known.santa) == ((), None)


def test_the_santa_is_known_after_the_reveal() -> None:
    game = blind_at("over")
    for giver, to in blind(game).pairs:
        santa = player.knowledge(game.state, game.players[NAMES[to - 1]]).santa
        assert santa is not None
        assert santa.number == giver


def spoilt() -> tuple[Simulator, str]:
    """Return a delivered game in which Ann sent nothing that opens, and her recipient's name."""
    game = blind_at("choosing")
    victim = NAMES[secret_pairs(game)[1] - 1]
    game.say("Ann", envelope_of(game, "Ann", [(k + 2) * BASE for k in range(8)]))
    return advance(game, lambda s: s.phase is Phase.DELIVERED), victim


def test_a_gift_key_is_published_only_when_its_owner_says_so() -> None:
    game, victim = spoilt()
    secrets = game.players[victim]
    kept = player.duties(game.state, secrets, Intent(), game.entropy)
    assert kept.posts == ()
    assert kept.wrong is not None
    assert kept.wrong.code == "gift.missing"
    (body,) = player.duties(game.state, secrets, Intent(publish_gift_key=True), game.entropy).posts
    assert isinstance(body, Dispute)
    assert (body.gift_secret, body.card_secret, body.reveal_secret) == (secrets.gift.secret, None, None)


def test_without_fault_no_key_is_published_whatever_the_owner_says() -> None:
    game = blind_at("delivered")
    for name in NAMES:
        (body,) = player.duties(game.state, game.players[name], Intent(publish_gift_key=True), game.entropy).posts
        assert isinstance(body, Receipt)


def test_two_boxes_are_both_shown() -> None:
    game = blind_at("delivered")
    state = replace(game.state, blind=replace(blind(game), boxes=blind(game).boxes * 2))
    for name in NAMES:
        known = player.knowledge(state, game.players[name])
        assert len(known.more) == 1
        assert known.parcel == known.more[0]
    assert guest.duties(state, game.players["Ann"], me(game, "Ann"), Intent(), game.entropy).wrong is not None


def test_who_gave_nothing_and_gets_nothing_has_the_house_gift() -> None:
    game = blind_at("choosing")
    advance(game, lambda s: len(blind(game).envelopes) == 3, silent=("Dot",))
    game.organise(player.make_close(game.state, game.organiser.key))
    advance(game, lambda s: s.phase is Phase.DELIVERED)
    lonely = NAMES[secret_pairs(game)[4] - 1]
    known = player.knowledge(game.state, game.players[lonely])
    assert known.parcel is not None
    assert (known.parcel.gift, known.parcel.note) == (None, "")
    assert isinstance(owed(game, lonely), Receipt)
