"""What a recipient gets must not say who sent it: the inner box, h, and what a refusal publishes."""

from __future__ import annotations

from typing import Any

import pytest

from game_cases import NAMES, dealt, game_at, gift_with, owed
from sealed_santa.base.canon import pack
from sealed_santa.base.errors import VerificationError
from sealed_santa.base.labels import Label
from sealed_santa.crypto.hashing import tagged_hash
from sealed_santa.crypto.sealing import BoxKey, BoxSecret, open_box, seal
from sealed_santa.game.boxes import box_info, inner_info, pad_note
from sealed_santa.game.state import Phase, Player
from sealed_santa.game.verdicts import read_parcel
from sealed_santa.lab.simulator import Simulator
from sealed_santa.log.fields import Hash, NoteBox
from sealed_santa.log.posts import Refusal
from sealed_santa.roles import dealer, player


def santa(game: Simulator, number: int) -> Player:
    giver = next(g for g, r in dealer.recipients(game.state, game.dealer).items() if r == number)
    return game.state.players[giver - 1]


# --- the inner box ------------------------------------------------------------------------------


def authors_that_fit(game: Simulator, reader: Player, inner: bytes, info: Any) -> list[str]:
    """Return the players whose name in `info` opens the box: what a curious recipient tries."""
    secret, found = game.players[reader.name].gift, []
    for candidate in game.state.players:
        try:
            open_box(secret, inner, info(candidate))
        except VerificationError:
            continue
        found.append(candidate.name)
    return found


def test_an_author_in_the_info_of_the_inner_box_is_found_by_trying() -> None:
    game = game_at(Phase.CHOOSING)
    for reader in game.state.players:

        def info(author: Player, reader: Player = reader) -> bytes:
            return box_info(Label.SEAL_INNER, game.state.game, 1, reader.number, reader.gift_key, author.key)

        giver = santa(game, reader.number)
        inner = seal(BoxKey.parse(reader.gift_key), pad_note("hello"), info(giver))
        assert authors_that_fit(game, reader, inner, info) == [giver.name]


def test_the_real_inner_box_opens_whoever_wrote_it() -> None:
    game = game_at(Phase.DELIVERED)
    for reader in game.state.players:
        parcel = read_parcel(game.state, reader, game.players[reader.name].gift)
        assert parcel.note is not None

        def info(author: Player, reader: Player = reader) -> bytes:
            return inner_info(game.state.game, 1, reader.number, reader.gift_key)

        assert authors_that_fit(game, reader, parcel.inner, info) == list(NAMES)

        def bound(author: Player, reader: Player = reader) -> bytes:
            return box_info(Label.SEAL_INNER, game.state.game, 1, reader.number, reader.gift_key, author.key)

        assert authors_that_fit(game, reader, parcel.inner, bound) == []


# --- h ------------------------------------------------------------------------------------------


def test_an_h_without_k_is_found_by_trying() -> None:
    """The recipient knows choice and inner box; with nothing secret in it, h of its giver stands in the log."""
    game = game_at(Phase.DELIVERED)
    for reader in game.state.players:
        parcel = read_parcel(game.state, reader, game.players[reader.name].gift)
        weak = {
            p.number: tagged_hash(Label.GIFT, game.state.game, 1, p.number, *content(game, p))
            for p in game.state.players
        }
        tried = {
            p.number: tagged_hash(Label.GIFT, game.state.game, 1, p.number, parcel.gift or 0, parcel.inner)
            for p in game.state.players
        }
        assert [n for n in weak if weak[n] == tried[n]] == [santa(game, reader.number).number]


def content(game: Simulator, giver: Player) -> tuple[int, bytes]:
    opened = dealer.opened_gift(game.state, game.dealer, giver, game.memo)
    assert opened is not None
    return opened.choice.gift, opened.inner


def test_the_real_h_is_not_found_without_k() -> None:
    game = game_at(Phase.DELIVERED)
    for reader in game.state.players:
        parcel = read_parcel(game.state, reader, game.players[reader.name].gift)
        logged = {g.body.h for g in game.state.gifts.values()}
        for p in game.state.players:
            for k in (b"", bytes(32), bytes(p.key)):
                parts = (game.state.game, 1, p.number, k, parcel.gift or 0, parcel.inner)
                assert tagged_hash(Label.GIFT, *parts) not in logged
    assert len({g.body.h for g in game.state.gifts.values()}) == 4


# --- a refusal ----------------------------------------------------------------------------------


def one_box_gift(game: Simulator, giver: str) -> tuple[bytes, BoxSecret, bytes]:
    """The variant: choice and inner box in one box, to one key. Returns box, key and info."""
    me = player.own(game.state, game.players[giver])
    to = game.state.players[dealer.recipients(game.state, game.dealer)[me.number] - 1]
    inner = seal(BoxKey.parse(to.gift_key), pad_note(""), inner_info(game.state.game, 1, to.number, to.gift_key))
    secret = BoxSecret(b"the dealer's key for this giver".ljust(32))
    info = pack(Label.SEAL_CHOICE.value, game.state.game, 1, me.number, secret.public().raw, me.key)
    return seal(secret.public(), (0xFFFF).to_bytes(4, "little") + bytes(32) + inner, info), secret, info


def who_can_open(game: Simulator, inner: bytes) -> list[str]:
    """Return the players who find a note in an inner box that everybody can see."""
    found = []
    for p in game.state.players:
        try:
            open_box(game.players[p.name].gift, inner, inner_info(game.state.game, 1, p.number, p.gift_key))
        except VerificationError:
            continue
        found.append(p.name)
    return found


def test_a_refusal_of_a_gift_in_one_box_tells_its_recipient_who_its_santa_is() -> None:
    game = game_at(Phase.CHOOSING)
    for giver in game.state.players:
        box, published, info = one_box_gift(game, giver.name)
        inner = open_box(published, box, info)[36:]  # the refusal makes it public
        (knows,) = who_can_open(game, inner)
        assert santa(game, player.own(game.state, game.players[knows]).number) == giver


def test_a_refusal_publishes_only_the_key_of_the_choice() -> None:
    game = game_at(Phase.CHOOSING)
    for name in NAMES:
        game.say(name, owed(game, name))
    recipient = dealer.recipients(game.state, game.dealer)[1]
    to = game.state.players[recipient - 1]
    inner = seal(BoxKey.parse(to.gift_key), pad_note("x"), inner_info(game.state.game, 1, to.number, to.gift_key))
    assert who_can_open(game, inner) == [to.name]
    game.say("Ann", gift_with(game, "Ann", choice=0xFFFF, inner=inner))
    standing = game.state.gifts[1]
    body = dealt(game)
    assert isinstance(body, Refusal)
    assert body.note_secret is None
    info = box_info(Label.SEAL_NOTE, game.state.game, 1, 1, standing.note_key, game.state.players[0].key)
    with pytest.raises(VerificationError):
        open_box(BoxSecret(bytes(body.choice_secret)), standing.body.note, info)


def test_the_key_of_the_note_is_published_only_where_h_or_the_note_box_is_wrong() -> None:
    for changes, both in (({"h": Hash(bytes(32))}, True), ({"note": NoteBox(bytes(608))}, True), ({}, False)):
        game = game_at(Phase.CHOOSING)
        game.say("Ann", owed(game, "Ann"))
        game.say("Ann", gift_with(game, "Ann", choice=0 if both else 0xFFFF, **changes))
        assert (dealt(game).note_secret is not None) is both


# --- a private reveal ---------------------------------------------------------------------------


def test_a_private_reveal_tells_each_recipient_its_own_santa_only() -> None:
    """Box j opens with the reveal key of j alone; nothing in the log pairs anybody."""
    game = game_at(Phase.OVER, reveal="private")
    state = game.state
    assert state.reveal is not None
    for reader in state.players:
        for j, box in enumerate(state.reveal.boxes.units(), 1):
            owner = state.players[j - 1]
            info = box_info(Label.SEAL_REVEAL, state.game, 1, j, owner.reveal_key, state.create.server)
            if owner is reader:
                open_box(game.players[reader.name].reveal, box, info)
                continue
            for secret in (game.players[reader.name].reveal, game.players[reader.name].gift):
                with pytest.raises(VerificationError):
                    open_box(secret, box, info)
