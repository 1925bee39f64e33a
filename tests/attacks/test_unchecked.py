"""Openings that are not checked, counts that do not match, numbers out of range, versions passed over."""

from __future__ import annotations

import pytest

from game_cases import NAMES, but, by_dealer, dealt, game_at, gift_with, owed, raises, swap_envelope
from sealed_santa.base.errors import IllegalPost, UndecidedError, VerificationError
from sealed_santa.game import verdicts
from sealed_santa.game.boxes import CardOpening, Envelope
from sealed_santa.game.replay import fold
from sealed_santa.game.state import Phase
from sealed_santa.lab.simulator import Simulator, played
from sealed_santa.log.archive import parse_transcript
from sealed_santa.log.fields import CardBoxes, CardOpenings, Coin, Envelopes, GiftSecrets, Points, SealKeys
from sealed_santa.roles import dealer, player


def ready() -> Simulator:
    game = game_at(Phase.DELIVERED)
    for name in NAMES:
        game.say(name, owed(game, name))
    return game


# --- an opening that is not checked -------------------------------------------------------------


def test_without_the_check_the_reveal_says_what_the_dealer_likes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verdicts, "opens_card", lambda state, slot, opening: True)
    game = ready()
    true = dealer.recipients(game.state, game.dealer)
    body = dealt(game)
    units = list(body.openings.units())
    lie = but(body, openings=CardOpenings(b"".join([units[1], units[0], *units[2:]])))
    game.deal_with(lie)
    assert dict(verdicts.pairs(game.state)) != true


def test_a_reveal_that_opens_a_card_to_another_name_is_refused() -> None:
    game = ready()
    body = dealt(game)
    units = list(body.openings.units())
    for i in range(4):
        for j in range(4):
            moved = list(units)
            moved[i] = units[j][:4] + units[i][4:]
            code = by_dealer(game, but(body, openings=CardOpenings(b"".join(moved))))
            assert code == ("ok" if i == j else "reveal.card")


def test_a_coin_opened_to_another_value_is_refused() -> None:
    game = game_at(Phase.COINS)
    body = owed(game, "Ann")
    for k in range(256):
        flipped = bytearray(body.coin)
        flipped[k // 8] ^= 1 << k % 8
        with raises(IllegalPost, "coin.wrong"):
            game.say("Ann", but(body, coin=Coin(bytes(flipped))))
    game.say("Ann", body)


def test_a_giver_that_chose_k_badly_cannot_stop_the_reveal() -> None:
    """If a public reveal had to show another k than zeros, a giver whose k is zeros would make it impossible."""
    weak = lambda state, ks: all((p.number in state.gifts) == any(ks[p.number - 1]) for p in state.players)  # noqa: E731
    game = game_at(Phase.CHOOSING)
    for name in NAMES:
        game.say(name, owed(game, name))
    game.say("Ann", player.make_gift(game.state, game.players["Ann"], 1, "", lambda size: bytes(size)))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(verdicts, "expected_secrets", weak)
        with raises(IllegalPost, "reveal.secrets"):
            game.run()  # the honest dealer's own reveal
    assert game.state.phase is Phase.DELIVERED
    game.run()
    assert game.state.phase is Phase.OVER


# --- counts -------------------------------------------------------------------------------------


@pytest.mark.parametrize("change", [-1, 1, 4])
def test_counts_must_match(change: int) -> None:
    def grown(vector: bytes, unit: int) -> bytes:
        return vector[:unit * change] if change < 0 else vector + vector[:unit] * change

    game = game_at(Phase.DECK)
    body = dealt(game)
    assert by_dealer(game, but(body, keys=SealKeys(grown(body.keys, 32)))) == "deck.keys"
    game.run(until=Phase.DEAL)
    body = dealt(game)
    assert by_dealer(game, but(body, cards=Points(grown(body.cards, 32)))) == "deal.cards"
    assert by_dealer(game, but(body, sealed=CardBoxes(grown(body.sealed, 84)))) == "deal.sealed"
    game.run(until=Phase.CLOSED)
    body = dealt(game)
    assert by_dealer(game, but(body, envelopes=Envelopes(grown(body.envelopes, 612)))) == "delivery.count"
    game.run(until=Phase.DELIVERED)
    for name in NAMES:
        game.say(name, owed(game, name))
    body = dealt(game)
    assert by_dealer(game, but(body, openings=CardOpenings(grown(body.openings, 36)))) == "reveal.form"
    assert by_dealer(game, but(body, secrets=GiftSecrets(grown(body.secrets, 32)))) == "reveal.form"


# --- numbers out of range -----------------------------------------------------------------------


@pytest.mark.parametrize("value", [0, 5, 2**31, 2**32 - 1])
def test_a_card_has_a_player_on_it(value: int) -> None:
    game = game_at(Phase.CHOOSING)
    assert not verdicts.opens_card(game.state, 1, CardOpening(value, bytes(32)))


@pytest.mark.parametrize("gift", [40, 1000, 2**32 - 2])
def test_a_delivered_gift_is_in_the_catalogue(gift: int) -> None:
    game = game_at(Phase.CLOSED)
    count = len(game.state.create.catalogue)
    game.deal_with(swap_envelope(game, dealt(game), 1, Envelope(max(gift, count), bytes(560))))
    with raises(VerificationError, "gift.not-in-catalogue"):
        verdicts.read_parcel(game.state, game.state.players[0], game.players["Ann"].gift)


def test_a_chosen_gift_is_in_the_catalogue() -> None:
    game = game_at(Phase.CHOOSING)
    for name in NAMES:
        game.say(name, owed(game, name))
    count = len(game.state.create.catalogue)
    for choice, refused in ((count - 1, False), (count, True), (2**32 - 1, True)):
        game.say("Ann", gift_with(game, "Ann", choice=choice))
        assert (dealer.examine(game.state, game.dealer, game.state.players[0], {}) is not None) is refused


@pytest.mark.parametrize("giver", [5, 6, 999, 1000])
def test_a_refusal_names_somebody_who_plays(giver: int) -> None:
    game = game_at(Phase.CHOOSING)
    for name in NAMES:
        game.say(name, owed(game, name))
    game.say("Ann", gift_with(game, "Ann", choice=0xFFFF))
    body = dealt(game)
    assert by_dealer(game, body) == "ok"
    assert by_dealer(game, but(body, giver=giver)) == "refusal.no-gift"


# --- versions -----------------------------------------------------------------------------------


def test_a_version_that_is_not_known_is_never_passed_over_in_silence() -> None:
    data = played().transcript()
    assert fold(parse_transcript(data)).phase is Phase.OVER
    with raises(UndecidedError, "version.unknown"):
        parse_transcript(data.replace(b'"version":"sealed-santa/1"', b'"version":"sealed-santa/2"'))
    with raises(UndecidedError, "mode.unknown"):
        parse_transcript(data.replace(b'"mode":"sealed"', b'"mode":"open"'))
    create, rest = data.split(b"\n", 1)
    with raises(UndecidedError, "version.unknown"):  # in whatever line
        parse_transcript(create + b"\n" + create.replace(b"sealed-santa/1", b"sealed-santa/2") + b"\n" + rest)
