"""Envelopes, the delivery, receipts and disputes, leaving and dropping: rules broken, beside posts that keep them."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import pytest

from blind_cases import (
    BAD_POINTS,
    PATIENCE,
    THREE_DECKS,
    advance,
    at_batch,
    blind,
    blind_at,
    by_close,
    close,
    envelope_of,
    leaving,
    me,
    other_point,
    other_scalar,
    receipt,
    secret_pairs,
    unit,
)
from game_cases import COUPLE, NAMES, but, by_organiser, by_player, clone, dispute, owed, raises
from sealed_santa.base.errors import Certainty, ParseError, Party, VerificationError
from sealed_santa.crypto.elgamal import claimed_rows, embed, encode_rows, rerandomise
from sealed_santa.crypto.group import BASE, ORDER, Point
from sealed_santa.crypto.sealing import BoxKey, seal
from sealed_santa.game.batches import GIFT_COLUMNS, PIECE, Kind
from sealed_santa.game.envelopes import (
    MAX_BLIND_NOTE,
    BlindGift,
    Found,
    closable,
    decode_gift,
    due,
    encode_gift,
    gift_info,
    search,
)
from sealed_santa.game.stages import the_batch
from sealed_santa.game.state import Phase
from sealed_santa.game.statements import joint_key
from sealed_santa.lab.simulator import Simulator
from sealed_santa.log.fields import Points, Proof
from sealed_santa.log.posts import EnvelopePost, Exclusions
from sealed_santa.roles import player

P = Phase
FIVE = (*NAMES, "Eve")


def gave(*names: str) -> Simulator:
    """Return a game in which these players have given."""
    game = blind_at("choosing")
    for name in names:
        game.say(name, owed(game, name))
    return game


def box_for(game: Simulator, number: int, content: bytes) -> bytes:
    to = game.state.players[number - 1]
    return seal(BoxKey.parse(to.gift_key), content, gift_info(game.state, to))


def pieces(box: bytes) -> tuple[Point, ...]:
    return tuple(embed(box[PIECE * c : PIECE * (c + 1)]) for c in range(GIFT_COLUMNS))


def envelope_to(game: Simulator, name: str, number: int, content: bytes) -> EnvelopePost:
    """Return an envelope for whomever, with whatever in it."""
    return envelope_of(game, name, pieces(box_for(game, number, content)))


GIFT = encode_gift(BlindGift(3, "a note"))


# --- what is in a box ---------------------------------------------------------------------------


@pytest.mark.parametrize("note", ["", "x", "x" * 160, "é" * 80, "\n", "a\nb"])
def test_gifts_come_out_as_they_went_in(note: str) -> None:
    state = blind_at("choosing").state
    gift = BlindGift(2, note)
    assert len(encode_gift(gift)) == 192
    assert encode_gift(gift)[:30] == bytes(30)
    assert decode_gift(state, encode_gift(gift)) == gift


@pytest.mark.parametrize("note", ["x" * 161, "é" * 81, "\x00", "a\x00b", "\u202e", "\x1b[2J"])
def test_notes_that_may_not_be_sent(note: str) -> None:
    with pytest.raises(ParseError):
        encode_gift(BlindGift(0, note))


def test_boxes_that_hold_no_gift() -> None:
    state = blind_at("choosing").state
    for wrong in (b"", GIFT[:-1], GIFT + b"\0"):
        with raises(VerificationError, "box.malformed"):
            decode_gift(state, wrong)
    count = len(state.create.catalogue)
    decode_gift(state, bytes(30) + (count - 1).to_bytes(2, "little") + bytes(160))
    for gift in (count, 0xFFFF):
        with raises(VerificationError, "gift.not-in-catalogue"):
            decode_gift(state, bytes(30) + gift.to_bytes(2, "little") + bytes(160))
    with raises(VerificationError, "box.malformed"):
        decode_gift(state, bytes(32) + b"\xff" + bytes(159))
    for text in (b"a\0b", b"\x1b[2J", b"\0a"):
        with pytest.raises(ParseError):
            decode_gift(state, bytes(32) + text.ljust(160, b"\0"))
    assert MAX_BLIND_NOTE == 160


def test_what_a_recipient_finds_has_a_name() -> None:
    good = BlindGift(0, "")
    assert Found((good,), True).code == Found((good,), False).code == Found((), False).code == ""
    assert Found((), True).code == "gift.missing"
    assert Found((good, good), True).code == Found((good, None), False).code == "gift.doubled"
    assert Found((None,), True).code == Found((None,), False).code == "gift.bad"


# --- envelopes ----------------------------------------------------------------------------------


def test_an_envelope_is_sixteen_points() -> None:
    game = blind_at("choosing")
    body: EnvelopePost = owed(game, "Ann")
    assert len(body.row) == 512
    for wrong in (b"", body.row[:-32], body.row[:-64], body.row + body.row[:64], body.row * 2):
        assert by_player(game, "Ann", but(body, row=Points(wrong))) == "envelope.row"
    for place in range(16):
        assert by_player(game, "Ann", but(body, row=Points(unit(body.row, place, BAD_POINTS["identity"])))) == (
            "envelope.row"
        )
        for bad in ("small order", "off the curve", "not canonical"):
            code = by_player(game, "Ann", but(body, row=Points(unit(body.row, place, BAD_POINTS[bad]))))
            assert code == "envelope.row", (place, bad)


def test_an_envelope_s_proof() -> None:
    game = blind_at("choosing")
    body: EnvelopePost = owed(game, "Ann")
    assert len(body.proof) == 16 * 32
    for wrong in (b"", body.proof[:-32], body.proof + bytes(32), body.proof * 2):
        assert by_player(game, "Ann", but(body, proof=Proof(wrong))) == "envelope.proof-form"
    for place, bad in ((0, BAD_POINTS["identity"]), (15, ORDER.to_bytes(32, "little"))):
        assert by_player(game, "Ann", but(body, proof=Proof(unit(body.proof, place, bad)))) == "envelope.proof-form"
    for place in range(8, 16):
        assert by_player(game, "Ann", but(body, proof=Proof(other_scalar(body.proof, place)))) == (
            "envelope.proof-wrong"
        )
    for place in range(16):
        assert by_player(game, "Ann", but(body, row=Points(other_point(body.row, place)))) == "envelope.proof-wrong"


def test_nobody_copies_an_envelope() -> None:
    """The same row, or the same gift encrypted again: its author does not know the randomness."""
    game = gave("Ann")
    body = game.entries[-1].post.body
    assert by_player(game, "Bob", but(body, by=game.players["Bob"].key)) == "envelope.proof-wrong"
    (row,) = claimed_rows(bytes(body.row), 1, GIFT_COLUMNS)  # type: ignore[union-attr]
    again = tuple(rerandomise(joint_key(game.state), cipher, 5) for cipher in row)
    bobs: EnvelopePost = owed(game, "Bob")
    assert by_player(game, "Bob", but(bobs, row=Points(encode_rows([again])))) == "envelope.proof-wrong"
    shifted = tuple(replace(cipher, v=cipher.v + BASE) for cipher in row)
    assert by_player(game, "Bob", but(bobs, row=Points(encode_rows([shifted])))) == "envelope.proof-wrong"


def test_an_envelope_replaces_the_last_one() -> None:
    game = gave("Ann")
    first = blind(game).envelopes[1]
    game.say("Ann", envelope_to(game, "Ann", 2, GIFT))
    assert list(blind(game).envelopes) == [1]
    assert blind(game).envelopes[1] != first
    assert blind(game).envelopes[1].seq == len(game.entries) - 1


def test_what_is_in_an_envelope_is_nobody_s_business() -> None:
    """To oneself, to a forbidden recipient, with nothing in it: nobody can see that, and it is delivered."""
    game = blind_at("choosing")
    for content in (GIFT, b"", b"x" * 192, b"\xff" * 100):
        for to in (1, 2, 3):
            padded = box_for(game, to, content).ljust(240, b"\0")[:240]
            assert by_player(game, "Ann", envelope_of(game, "Ann", pieces(padded))) == "ok"
    assert by_player(game, "Ann", envelope_of(game, "Ann", [(k + 2) * BASE for k in range(8)])) == "ok"


def test_who_left_gives_nothing() -> None:
    game = blind_at("choosing", FIVE, "bridge 0")
    body = owed(game, "Bob")
    game = leaving(game, "Bob")
    advance(game, lambda s: s.phase is P.CHOOSING)
    batch = blind(game).deal_batch
    assert by_player(game, "Bob", but(body, batch=batch, seen=game.state.head)) == "author.wrong"
    assert by_player(game, "Ann", but(envelope_of(game, "Ann", [BASE] * 8), batch=1)) == "batch.wrong"
    with raises(VerificationError, "author.wrong"):
        leaving(game, "Bob")
    advance(game, lambda s: s.phase is P.DELIVERED)
    assert by_player(game, "Bob", receipt(game, "Bob")) == "author.wrong"
    body = dispute(game, "Bob", "delivery", gift=game.players["Bob"].gift.secret)
    assert by_player(game, "Bob", body) == "author.wrong"


# --- the close of the choosing ------------------------------------------------------------------


def test_the_server_closes_when_all_gave() -> None:
    game = gave("Cem", "Ann", "Bob")  # the order in the batch is that of their numbers
    assert not closable(game.state, game.now)
    assert by_close(game, True) == "close.too-early"
    assert by_close(game, False) == "ok"  # the organiser may at any time
    game.say("Dot", owed(game, "Dot"))
    assert closable(game.state, game.now)
    assert by_close(game, True) == "ok"
    game.deal_with(close(game, game.dealer.key))
    assert (game.state.phase, the_batch(game.state).kind) == (P.MIXING, Kind.GIFTS)
    assert the_batch(game.state).decks[0] == tuple(blind(game).envelopes[i].row for i in range(1, 5))


def test_the_deadline_and_the_time_that_everybody_has() -> None:
    game = blind_at("choosing", choose_by=1)
    dealt = blind(game).dealt_at
    for now, code in ((dealt + PATIENCE - 1, "close.too-early"), (dealt + PATIENCE, "ok")):
        game.now = now
        assert by_close(game, True) == code
    late = blind_at("choosing", choose_by=2**50)
    for now, code in ((2**50 - 1, "close.too-early"), (2**50, "ok")):
        late.now = now
        assert by_close(late, True) == code


def test_nobody_gave() -> None:
    game = blind_at("choosing")
    game.organise(close(game, game.organiser.key))
    assert game.state.phase is P.DELIVERED
    assert (blind(game).givers, blind(game).boxes) == ((), ())
    assert [p.kind for p in blind(game).past] == [Kind.CARDS]
    for name in NAMES:
        assert owed(game, name) == receipt(game, name)
    game.run()
    assert game.state.phase is P.OVER


@pytest.mark.parametrize("givers", [("Cem",), ("Ann", "Dot")])
def test_of_fewer_than_three_envelopes_none_is_opened(givers: tuple[str, ...]) -> None:
    """Whoever found a gift would know, or nearly know, from whom it is: all get the house's."""
    game = gave(*givers)
    game.organise(close(game, game.organiser.key))
    assert (game.state.phase, blind(game).givers, blind(game).boxes) == (P.DELIVERED, (), ())
    for name in NAMES:
        found = search(game.state, me(game, name), game.players[name].gift)
        assert (found.code, found.gifts) == ("", ())
        assert by_player(game, name, receipt(game, name)) == "ok"
    assert game.run().state.phase is P.OVER


def test_three_envelopes_are_mixed() -> None:
    game = gave(*NAMES[:3])
    game.organise(close(game, game.organiser.key))
    assert (game.state.phase, the_batch(game.state).kind) == (P.MIXING, Kind.GIFTS)
    advance(game, lambda s: s.phase is P.DELIVERED)
    assert (blind(game).givers, len(blind(game).boxes)) == ((1, 2, 3), 3)


def test_boxes_are_delivered_in_an_order_that_tells_nothing() -> None:
    orders = set()
    for k in range(6):
        game = blind_at("delivered", seed=f"order {k}")
        givers = {r: g for g, r in secret_pairs(game).items()}
        order = []
        for box in blind(game).boxes:
            alone = replace(game.state, blind=replace(blind(game), boxes=(box,)))
            (reader,) = (p for n in NAMES for p in [me(game, n)] if search(alone, p, game.players[n].gift).gifts)
            order.append(givers[reader.number])
        orders.add(tuple(order))
    assert len(orders) > 3


# --- after the delivery -------------------------------------------------------------------------


def test_receipts_are_given_once_and_the_last_begins_the_reveal() -> None:
    game = blind_at("delivered")
    for name in NAMES[:3]:
        game.say(name, owed(game, name))
        assert by_player(game, name, receipt(game, name)) in ("receipt.twice", "post.replayed")
    assert by_player(game, "Ann", receipt(game, "Ann")) == "receipt.twice"
    assert game.state.phase is P.DELIVERED
    game.say("Dot", owed(game, "Dot"))
    assert game.state.phase is P.REVEALING


def test_a_fixed_time_of_the_reveal_is_waited_for() -> None:
    game = blind_at("delivered", reveal_at=2**50)
    for name in NAMES:
        game.say(name, owed(game, name))
    assert game.state.phase is P.DELIVERED
    assert not due(game.state, 2**50 - 1)
    assert due(game.state, 2**50)
    assert by_close(game, True) == "close.too-early"
    assert by_close(game, False) == "author.wrong"
    game.now = 2**50
    assert by_close(game, False) == "author.wrong"
    assert by_close(game, True) == "ok"
    game.deal_with(close(game, game.dealer.key))
    assert game.run().state.phase is P.OVER


def test_without_a_fixed_time_the_server_begins_no_reveal() -> None:
    game = blind_at("delivered")
    game.now = 2**51
    assert by_close(game, True) == "close.too-early"


def test_the_organiser_calls_the_reveal() -> None:
    game = blind_at("delivered", reveal_at=2**50)
    game.organise(player.make_call(game.state, game.organiser.key))
    assert (game.state.phase, game.state.called_seq) == (P.REVEALING, len(game.entries) - 1)
    assert by_player(game, "Ann", receipt(game, "Ann")) == "ok"  # late receipts are still taken
    advance(game, lambda s: s.over)
    game.say("Ann", receipt(game, "Ann"))
    assert game.state.phase is P.OVER


def test_with_never_nothing_is_revealed() -> None:
    game = blind_at("delivered", reveal="never", reveal_at=5)
    game.now = 2**51
    assert by_close(game, True) == "close.too-early"
    called = clone(game)
    called.organise(player.make_call(called.state, called.organiser.key))
    assert (called.state.phase, blind(called).pairs) == (P.OVER, ())
    for name in NAMES:
        game.say(name, owed(game, name))
    assert (game.state.phase, blind(game).pairs) == (P.OVER, ())


# --- disputes -----------------------------------------------------------------------------------


@cache
def spoilt(kind: str) -> tuple[Simulator, str]:
    """Return a delivered game in which Ann's recipient was sent something wrong, and that recipient's name."""
    game = blind_at("choosing")
    victim = secret_pairs(game)[1]
    wrong = {
        "missing": pieces(bytes(240)), "not for its key": pieces(box_for(game, victim, b"\1" + GIFT[1:])),
        "bad gift": pieces(box_for(game, victim, bytes(30) + b"\xff" * 162)),
        "bad note": pieces(box_for(game, victim, bytes(32) + b"\x1b[2J".ljust(160, b"\0"))),
        "doubled": pieces(box_for(game, victim, GIFT)),
    }  # fmt: skip
    sender = "Ann" if kind != "doubled" else next(n for n in NAMES[1:] if me(game, n).number != victim)
    for name in NAMES:
        points = wrong[kind] if name == sender else None
        game.say(name, owed(game, name) if points is None else envelope_of(game, name, points))
    advance(game, lambda s: s.phase is P.DELIVERED)
    return game, game.state.players[victim - 1].name


def disputed(kind: str) -> tuple[Simulator, str]:
    game, victim = spoilt(kind)
    game = clone(game)
    game.say(victim, dispute(game, victim, "delivery", gift=game.players[victim].gift.secret))
    return game, victim


@pytest.mark.parametrize("kind", ["missing", "not for its key"])
def test_a_missing_gift_is_its_santa_s_fault(kind: str) -> None:
    """A box whose content does not begin with the zeros does not open, as HPKE's cipher commits to no key."""
    game, victim = disputed(kind)
    (fault,) = game.state.faults
    assert (fault.code, fault.blame.party, fault.blame.who) == ("gift.missing", Party.PLAYER, f"the Santa of {victim}")
    assert fault.blame.certainty is Certainty.PROVEN
    advance(game, lambda s: s.over)
    (fault,) = game.state.faults
    assert (fault.blame.who, fault.blame.certainty) == ("Ann", Certainty.PROVEN)  # the reveal names it


@pytest.mark.parametrize("kind", ["bad gift", "bad note"])
def test_a_bad_gift_is_its_santa_s_fault_if_everybody_gave(kind: str) -> None:
    game, victim = disputed(kind)
    (fault,) = game.state.faults
    assert (fault.code, fault.blame.who) == ("gift.bad", f"the Santa of {victim}")
    advance(game, lambda s: s.over)
    assert game.state.faults[0].blame.who == "Ann"


def test_a_second_box_is_the_fault_of_somebody_else() -> None:
    game, victim = disputed("doubled")
    (fault,) = game.state.faults
    assert (fault.code, fault.santa_of) == ("gift.doubled", 0)
    assert fault.blame.certainty is Certainty.SUSPECTED
    assert "not the Santa" in fault.blame.who
    before = fault.blame
    robbed = next(n for n in NAMES if n != victim and not search(game.state, me(game, n), game.players[n].gift).gifts)
    assert search(game.state, me(game, robbed), game.players[robbed].gift).code == "gift.missing"
    advance(game, lambda s: s.over)
    assert game.state.faults[0].blame == before


def test_where_somebody_gave_nothing_a_bad_gift_is_suspected_and_none_is_the_house_s() -> None:
    game = blind_at("choosing")
    pairs = secret_pairs(game)
    victim = game.state.players[pairs[1] - 1].name
    silent = next(n for n in NAMES[1:] if n != victim)
    game.say("Ann", envelope_of(game, "Ann", pieces(box_for(game, pairs[1], bytes(30) + b"\xff" * 162))))
    for name in NAMES[1:]:
        if name != silent:
            game.say(name, owed(game, name))
    game.organise(close(game, game.organiser.key))
    advance(game, lambda s: s.phase is P.DELIVERED)
    twin = clone(game)
    twin.say(victim, dispute(twin, victim, "delivery", gift=twin.players[victim].gift.secret))
    (fault,) = twin.state.faults
    assert (fault.code, fault.blame.who, fault.blame.certainty) == (
        "gift.bad", "somebody who gave", Certainty.SUSPECTED
    )  # fmt: skip
    lonely = game.state.players[pairs[me(game, silent).number] - 1].name
    found = search(game.state, me(game, lonely), game.players[lonely].gift)
    assert (found.gifts, found.code) == ((), "")
    assert owed(game, lonely) == receipt(game, lonely)


def test_a_dispute_without_ground_is_its_author_s_fault() -> None:
    game = blind_at("delivered")
    game.say("Ann", dispute(game, "Ann", "delivery", gift=game.players["Ann"].gift.secret))
    (fault,) = game.state.faults
    assert (fault.code, fault.blame.who, fault.blame.certainty) == ("dispute.unfounded", "Ann", Certainty.PROVEN)
    assert 1 in game.state.receipts
    assert by_player(game, "Ann", receipt(game, "Ann")) == "receipt.twice"


def test_a_dispute_has_the_gift_key_and_no_other() -> None:
    game = blind_at("delivered")
    ann, bob = game.players["Ann"], game.players["Bob"]
    keys = {"card": ann.card.secret, "gift": ann.gift.secret, "reveal": ann.reveal.secret}
    good = dispute(game, "Ann", "delivery", gift=keys["gift"])
    assert by_player(game, "Ann", good) == "ok"
    for about in ("card", "reveal"):
        assert by_player(game, "Ann", dispute(game, "Ann", about, gift=keys["gift"])) == "dispute.keys"
        assert by_player(game, "Ann", dispute(game, "Ann", about)) == "dispute.keys"
    assert by_player(game, "Ann", dispute(game, "Ann", "delivery")) == "dispute.keys"
    for more in ("card", "reveal"):
        body = dispute(game, "Ann", "delivery", gift=keys["gift"], **{more: keys[more]})
        assert by_player(game, "Ann", body) == "dispute.keys"
        assert by_player(game, "Ann", dispute(game, "Ann", "delivery", **{more: keys[more]})) == "dispute.keys"
    for wrong in (keys["card"], bob.gift.secret, bytes(32)):
        assert by_player(game, "Ann", dispute(game, "Ann", "delivery", gift=wrong)) == "dispute.wrong-key"


def test_one_dispute_and_none_after_a_receipt() -> None:
    game = blind_at("delivered")
    body = dispute(game, "Ann", "delivery", gift=game.players["Ann"].gift.secret)
    game.say("Ann", body)
    assert by_player(game, "Ann", but(body, seen=game.state.head)) == "dispute.twice"
    game.say("Bob", owed(game, "Bob"))
    late = dispute(game, "Bob", "delivery", gift=game.players["Bob"].gift.secret)
    assert by_player(game, "Bob", late) == "dispute.after-receipt"
    assert by_player(game, "Cem", dispute(game, "Cem", "delivery", gift=game.players["Cem"].gift.secret)) == "ok"


def test_a_dispute_counts_as_a_receipt() -> None:
    game, victim = spoilt("missing")
    game = clone(game)
    for name in NAMES:
        if name != victim:
            game.say(name, owed(game, name))
    assert game.state.phase is P.DELIVERED
    game.say(victim, dispute(game, victim, "delivery", gift=game.players[victim].gift.secret))
    assert game.state.phase is P.REVEALING


# --- leaving and dropping -----------------------------------------------------------------------


def choosing(seed: str = "bridge 0", **changes: object) -> Simulator:
    return blind_at("choosing", FIVE, seed, **changes)


def drop(game: Simulator, *names: str) -> str:
    """Return the verdict on a drop of these players."""
    players = tuple(p for p in game.state.players if p.name in names)
    return by_organiser(game, player.make_drop(game.state, game.organiser.key, players))


def test_who_leaves_after_the_deal_is_bridged() -> None:
    game = choosing()
    pairs = secret_pairs(game)
    game.say("Ann", owed(game, "Ann"))
    leaving(game, "Bob")
    assert (blind(game).gone, blind(game).out) == ({2}, {2})
    assert (game.state.phase, the_batch(game.state).kind) == (P.MIXING, Kind.BRIDGE)
    advance(game, lambda s: s.phase is P.CHOOSING)
    assert blind(game).envelopes == {}
    bridge = {g: pairs[2] if r == 2 else r for g, r in pairs.items() if g != 2}
    if blind(game).past[-1].kind is Kind.SCREEN:
        assert {g: r for g, r in secret_pairs(game).items() if g != 2} == bridge
    else:  # the giver of who left would have given to itself
        assert any(g == r for g, r in bridge.items())
    game.run()
    assert game.state.phase is P.OVER
    assert {g for g, _ in blind(game).pairs} == {1, 3, 4, 5}


def test_a_drop_names_one_player_that_has_not_given() -> None:
    game = choosing()
    game.say("Ann", owed(game, "Ann"))
    game.now = blind(game).dealt_at + PATIENCE
    assert drop(game, "Bob") == "ok"
    assert drop(game, "Ann") == "drop.players"
    assert drop(game) == "drop.players"
    assert drop(game, "Bob", "Cem") == "drop.players"
    assert drop(game, "Ann", "Bob") == "drop.players"
    bob = me(game, "Bob").key
    body = player.make_drop(game.state, game.organiser.key, ())
    assert by_organiser(game, but(body, players=(bob, bob))) == "drop.players"
    assert by_organiser(game, but(body, players=(game.organiser.key,))) == "drop.players"
    game.organise(player.make_drop(game.state, game.organiser.key, (me(game, "Bob"),)))
    advance(game, lambda s: s.phase is P.CHOOSING)
    game.now += 2 * PATIENCE
    assert drop(game, "Bob") == "drop.players"  # gone already
    assert drop(game, "Cem") == "drop.too-few"  # four of five trustees are needed


def test_a_drop_waits_for_the_time_that_everybody_has() -> None:
    game = choosing()
    for now, code in ((blind(game).dealt_at + PATIENCE - 1, "drop.too-early"), (blind(game).dealt_at + PATIENCE, "ok")):
        game.now = now
        assert drop(game, "Bob") == code


def test_after_the_deadline_any_player_drops_who_has_not_given() -> None:
    """Else an organiser that sleeps could keep everybody waiting."""
    game = choosing(choose_by=2**50)
    game.say("Ann", owed(game, "Ann"))

    def by(name: str, *gone: str) -> str:
        players = tuple(p for p in game.state.players if p.name in gone)
        return by_player(game, name, player.make_drop(game.state, game.players[name].key, players))

    game.now = 2**50 - 1
    assert by("Ann", "Bob") == drop(game, "Bob") == "drop.too-early"
    game.now = 2**50
    for name in ("Ann", "Cem", "Bob"):
        assert by(name, "Bob") == "ok"
    assert by("Ann", "Ann") == by("Bob", "Ann") == by("Ann") == by("Ann", "Bob", "Cem") == "drop.players"
    body = player.make_drop(game.state, game.players["Ann"].key, (me(game, "Bob"),))
    assert by_player(game, "Ann", but(body, round=2)) == "round.wrong"
    game.say("Ann", body)
    assert blind(game).gone == {2}
    advance(game, lambda s: s.phase is P.CHOOSING)
    assert by("Bob", "Cem") == "author.wrong"  # who is gone drops nobody


def test_without_a_deadline_only_the_organiser_drops() -> None:
    game = choosing()
    game.now += 100 * PATIENCE
    body = player.make_drop(game.state, game.players["Ann"].key, (me(game, "Bob"),))
    assert by_player(game, "Ann", body) == "drop.too-early"
    assert drop(game, "Bob") == "ok"


def test_players_drop_nobody_before_the_deal() -> None:
    game = blind_at("coins", FIVE, choose_by=1)
    game.now += 2 * PATIENCE
    body = player.make_drop(game.state, game.players["Ann"].key, (me(game, "Bob"),))
    assert by_player(game, "Ann", body) == "author.wrong"
    assert drop(game, "Bob") == "ok"


def test_a_fault_that_is_found_after_the_reveal_names_the_santa_too() -> None:
    game, victim = spoilt("missing")
    game = clone(game)
    game.organise(player.make_call(game.state, game.organiser.key))
    advance(game, lambda s: s.over, silent=(victim,))
    game.say(victim, dispute(game, victim, "delivery", gift=game.players[victim].gift.secret))
    assert [(f.code, f.blame.who) for f in game.state.faults] == [("gift.missing", "Ann")]


def test_nobody_is_dropped_without_whom_the_game_could_not_go_on() -> None:
    three = blind_at("choosing", NAMES[:3])
    three.now += 2 * PATIENCE
    assert drop(three, "Ann") == "drop.too-few"
    couples = Exclusions(groups=(("Ann", "Bob"),), pairs=())
    four = blind_at("choosing", exclusions=couples)  # without Cem or Dot, the couple could give to one player only
    four.now += 2 * PATIENCE
    assert (drop(four, "Cem"), drop(four, "Ann")) == ("drop.too-few", "ok")
    trustees = blind_at("choosing", NAMES, blind=but(blind_at("choosing").state.create.blind, threshold=4))
    trustees.now += 2 * PATIENCE
    assert drop(trustees, "Ann") == "drop.too-few"  # all four are needed to decrypt


def test_who_leaves_may_make_the_game_void() -> None:
    for game, name in (
        (blind_at("choosing", NAMES[:3]), "Ann"),
        (blind_at("choosing", exclusions=COUPLE), "Cem"),
        (blind_at("choosing", blind=but(blind_at("choosing").state.create.blind, threshold=4)), "Ann"),
    ):
        assert leaving(game, name).state.phase is P.VOID


def test_leaving_while_gifts_are_mixed() -> None:
    game = choosing()
    for name in FIVE[:3]:
        game.say(name, owed(game, name))
    game.organise(close(game, game.organiser.key))
    game.say("Ann", owed(game, "Ann"))
    assert at_batch(Kind.GIFTS)(game.state)
    game.now += 2 * PATIENCE
    assert drop(game, "Eve") == "ok"
    assert drop(game, "Ann") == "drop.players"  # its envelope is in the mix
    leaving(game, "Ann")
    assert blind(game).past[-1].kind is Kind.GIFTS
    assert the_batch(game.state).kind is Kind.BRIDGE
    game.run()
    assert game.state.phase is P.OVER
    assert {g for g, _ in blind(game).pairs} == {2, 3, 4, 5}


def test_while_gifts_are_mixed_players_drop_nobody() -> None:
    """In the phase choosing they may when the deadline is over; once gifts are mixed only the organiser may."""
    game = choosing(choose_by=2**50)
    for name in FIVE[:3]:
        game.say(name, owed(game, name))

    def by(name: str) -> str:
        return by_player(game, name, player.make_drop(game.state, game.players[name].key, (me(game, "Eve"),)))

    game.now = 2**50 + 2 * PATIENCE
    assert by("Ann") == by("Dot") == drop(game, "Eve") == "ok"
    game.organise(close(game, game.organiser.key))
    assert at_batch(Kind.GIFTS)(game.state)
    game.now += 2 * PATIENCE
    assert by("Ann") == by("Dot") == by("Eve") == "turn.wrong"
    assert drop(game, "Eve") == "ok"


def test_nobody_leaves_once_the_gifts_are_opened() -> None:
    for phase in (P.OPENING, P.DELIVERED):
        game = advance(blind_at("gifts", FIVE), lambda s, phase=phase: s.phase is phase)
        assert by_player(game, "Ann", player.make_leave(game.state, game.players["Ann"].key)) == "turn.wrong"
        game.now += 2 * PATIENCE
        assert drop(game, "Ann") == "turn.wrong"


def test_nobody_leaves_while_cards_are_mixed() -> None:
    """The table lets leave and drop pass in `mixing`; only the mixing of gifts is meant."""
    game = blind_at("mixing", FIVE)
    game.now += 2 * PATIENCE
    assert by_player(game, "Ann", player.make_leave(game.state, game.players["Ann"].key)) == "turn.wrong"
    assert drop(game, "Ann") == "turn.wrong"


CHAIN = Exclusions(groups=(), pairs=(("Ann", "Bob"), ("Bob", "Cem")))
CLOSED = Exclusions(groups=(), pairs=(("Ann", "Bob"), ("Bob", "Cem"), ("Ann", "Cem")))


@pytest.mark.parametrize(
    ("exclusions", "leaver", "kind"),
    [
        (Exclusions(groups=(), pairs=()), "Bob", Kind.BRIDGE),
        (Exclusions(groups=(("Ann", "Bob"),), pairs=()), "Bob", Kind.BRIDGE),  # g and r are both Ann
        (Exclusions(groups=(("Ann", "Bob", "Cem"),), pairs=()), "Bob", Kind.BRIDGE),
        (CHAIN, "Bob", Kind.CARDS),  # Ann → Bob and Bob → Cem, and Ann may give to Cem
        (CHAIN, "Dot", Kind.BRIDGE),
        (CLOSED, "Bob", Kind.BRIDGE),
        (Exclusions(groups=(), pairs=(("Ann", "Bob"),)), "Bob", Kind.BRIDGE),
    ],
)
def test_when_a_deal_is_bridged_and_when_it_is_mixed_anew(exclusions: Exclusions, leaver: str, kind: Kind) -> None:
    names = (*FIVE, "Fay")
    game = leaving(blind_at("choosing", names, exclusions=exclusions, blind=but(THREE_DECKS, batch_tests=120)), leaver)
    assert the_batch(game.state).kind is kind


def test_two_leave_one_after_the_other() -> None:
    """Seven trustees, of whom five are needed; of six, the second to leave ends the game."""
    game = blind_at("choosing", (*FIVE, "Fay", "Gus"), blind=but(THREE_DECKS, batch_tests=28))
    leaving(game, "Bob")
    advance(game, lambda s: s.phase is P.CHOOSING)
    leaving(game, "Eve")
    advance(game, lambda s: s.over)
    assert blind(game).gone == {2, 5}
    assert sorted(g for g, _ in blind(game).pairs) == sorted(r for _, r in blind(game).pairs) == [1, 3, 4, 6, 7]
    assert game.replay() == game.state
