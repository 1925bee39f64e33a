"""Reveals and disputes: what a published key shows, and about whom."""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest

from game_cases import (
    NAMES,
    but,
    by_dealer,
    by_organiser,
    by_player,
    dealt,
    dispute,
    game_at,
    gift_with,
    house,
    owed,
    raises,
    swap_envelope,
    wrong_cards,
)
from sealed_santa.base.errors import Certainty, IllegalPost, Party, VerificationError
from sealed_santa.base.labels import Label
from sealed_santa.crypto.group import encode_scalars
from sealed_santa.crypto.sealing import BoxKey, seal
from sealed_santa.game import verdicts
from sealed_santa.game.boxes import CardOpening, Envelope, Unveiling, box_info, inner_info
from sealed_santa.game.draw import deal_order
from sealed_santa.game.state import Phase, Player
from sealed_santa.lab.simulator import Simulator
from sealed_santa.log.fields import CardBoxes, CardOpenings, GiftSecrets, Opened, RevealBoxes
from sealed_santa.log.posts import Dispute, Reveal
from sealed_santa.roles import dealer, player

ORDER = 2**252 + 27742317777372353535851937790883648493


def last_fault(game: Simulator) -> tuple[str, Party, str]:
    fault = game.state.faults[-1]
    assert fault.seq == len(game.state.chain) - 1
    assert fault.blame.certainty is Certainty.PROVEN
    return fault.code, fault.blame.party, fault.blame.who


def seat(game: Simulator, name: str) -> Player:
    return player.own(game.state, game.players[name])


def santa_of(game: Simulator, name: str) -> str:
    """Return the name of a player's Santa, as the dealer knows it."""
    number = seat(game, name).number
    giver = next(g for g, r in dealer.recipients(game.state, game.dealer).items() if r == number)
    return game.state.players[giver - 1].name


# --- the reveal ---------------------------------------------------------------------------------


def ready(reveal: str = "public", **changes: object) -> Simulator:
    """Return a game in which only the reveal is missing."""
    game = game_at(Phase.DELIVERED, reveal=reveal, **changes)
    for name in NAMES:
        game.say(name, owed(game, name))
    return game


def test_a_public_reveal_opens_every_card() -> None:
    game = ready()
    body = dealt(game)
    assert by_dealer(game, body) == "ok"
    pairs = dealer.recipients(game.state, game.dealer)
    game.deal_with(body)
    assert game.state.phase is Phase.OVER
    assert dict(verdicts.pairs(game.state)) == pairs


def units(vector: Any) -> list[bytes]:
    return list(vector.units())


def public_lies(body: Reveal) -> dict[str, tuple[Reveal, str]]:
    cards, ks = units(body.openings), units(body.secrets)
    value, blinding = int.from_bytes(cards[0][:4], "little"), int.from_bytes(cards[0][4:], "little")
    other = value % 4 + 1

    def opened(first: bytes) -> Reveal:
        return but(body, openings=CardOpenings(first + b"".join(cards[1:])))

    return {
        "another value": (opened(other.to_bytes(4, "little") + cards[0][4:]), "reveal.card"),
        "value 0": (opened(bytes(4) + cards[0][4:]), "reveal.card"),
        "value n + 1": (opened((5).to_bytes(4, "little") + cards[0][4:]), "reveal.card"),
        "value plus the order": (opened((value + 2**31).to_bytes(4, "little") + cards[0][4:]), "reveal.card"),
        "blinding changed": (opened(cards[0][:-1] + bytes([cards[0][-1] ^ 1])), "reveal.card"),
        "blinding not canonical": (opened(cards[0][:4] + (blinding + ORDER).to_bytes(32, "little")), "reveal.card"),
        "two exchanged": (but(body, openings=CardOpenings(b"".join([cards[1], cards[0], *cards[2:]]))), "reveal.card"),
        "one too few": (but(body, openings=CardOpenings(b"".join(cards[:-1]))), "reveal.form"),
        "one too many": (but(body, openings=CardOpenings(b"".join([*cards, cards[0]]))), "reveal.form"),
        "no k": (but(body, secrets=GiftSecrets(b"")), "reveal.form"),
        "a k too few": (but(body, secrets=GiftSecrets(b"".join(ks[:-1]))), "reveal.form"),
        "a box too": (but(body, boxes=RevealBoxes(bytes(117))), "reveal.form"),
        "nothing": (but(body, openings=CardOpenings(b""), secrets=GiftSecrets(b"")), "reveal.form"),
        "another round": (but(body, round=2), "round.wrong"),
    }


@cache
def ready_reveal() -> tuple[Simulator, Reveal]:
    game = ready()
    return game, dealt(game)


@pytest.mark.parametrize("what", list(public_lies(ready_reveal()[1])))
def test_a_public_reveal_cannot_lie(what: str) -> None:
    game, body = ready_reveal()
    lie, code = public_lies(body)[what]
    assert by_dealer(game, body) == "ok"
    assert by_dealer(game, lie) == code


def test_there_is_no_k_without_a_gift() -> None:
    game = game_at(Phase.CHOOSING)
    game.run(silent=("Dot",))
    game.organise(player.make_close(game.state, game.organiser.key))
    game.run(until=Phase.OVER, silent=("Dot",))
    game.say("Dot", owed(game, "Dot"))
    body = dealt(game)
    assert body.secrets.units()[3] == bytes(32)
    assert by_dealer(game, body) == "ok"
    assert by_dealer(game, but(body, secrets=GiftSecrets(body.secrets[:-32] + b"k" * 32))) == "reveal.secrets"


def test_a_giver_whose_k_is_zero_does_not_stop_the_reveal() -> None:
    """k is the giver's own choice; were zeros refused in a reveal, one player could make it impossible."""
    game = game_at(Phase.CHOOSING)
    for name in NAMES:
        game.say(name, owed(game, name))
    secrets = game.players["Ann"]
    honest = player.make_gift(game.state, secrets, 3, "hello", lambda size: bytes(size))
    game.say("Ann", honest)
    game.run()
    assert game.state.phase is Phase.OVER
    assert game.state.reveal is not None
    assert game.state.reveal.secrets.units()[0] == bytes(32)
    assert game.state.faults == ()


@pytest.mark.parametrize("reveal", ["public", "private"])
def test_a_reveal_waits_for_receipts_the_date_or_the_call(reveal: str) -> None:
    game = game_at(Phase.DELIVERED, reveal=reveal)
    body = dealer.make_reveal(game.state, game.dealer, game.memo)
    assert by_dealer(game, body) == "reveal.not-yet"
    for name in NAMES:
        assert by_dealer(game, but(body, seen=game.state.head)) == "reveal.not-yet"
        game.say(name, owed(game, name))
    assert by_dealer(game, but(body, seen=game.state.head)) == "ok"


def test_a_reveal_has_a_date() -> None:
    date = game_at().now + 10**9
    game = ready(reveal_at=date)
    body = dealer.make_reveal(game.state, game.dealer, game.memo)
    assert by_dealer(game, body) == "reveal.not-yet"
    game.now = date - 1
    assert by_dealer(game, body) == "reveal.not-yet"
    game.now = date
    assert by_dealer(game, body) == "ok"


def test_a_call_comes_before_date_and_receipts() -> None:
    game = game_at(Phase.DELIVERED, reveal_at=game_at().now + 10**9)
    game.organise(player.make_call(game.state, game.organiser.key))
    assert by_dealer(game, dealt(game)) == "ok"
    assert by_organiser(game, but(dealt(game), by=game.organiser.key)) == "author.wrong"


def test_with_never_nothing_is_revealed() -> None:
    game = game_at(Phase.DELIVERED, reveal="never")
    body = dealer.make_reveal(game.state, game.dealer, game.memo)
    assert by_dealer(game, body) == "reveal.not-yet"
    game.run()
    assert by_dealer(game, but(body, seen=game.state.head)) == "turn.wrong"


def test_a_private_reveal_has_a_box_for_everyone_and_nothing_else() -> None:
    game = ready("private")
    body = dealt(game)
    assert by_dealer(game, body) == "ok"
    other = ready("public")
    open_ = dealt(other)
    for lie in (
        but(body, boxes=RevealBoxes(body.boxes[:-117])),
        but(body, boxes=RevealBoxes(body.boxes + bytes(117))),
        but(body, openings=open_.openings, secrets=open_.secrets),
        but(body, openings=open_.openings, secrets=open_.secrets, boxes=RevealBoxes(b"")),
    ):
        assert by_dealer(game, lie) == "reveal.form"
    game.deal_with(body)
    assert verdicts.pairs(game.state) == ()
    for name in NAMES:
        santa = player.knowledge(game.state, game.players[name]).santa
        assert santa is not None
        assert santa.name == santa_of(game, name)


# --- disputes about cards -----------------------------------------------------------------------


def card_of_another(game: Simulator) -> Any:
    """Return a deal that seals to Ann, rightly, the opening of another slot's card."""
    body, state, ann = dealt(game), game.state, game.state.players[0]
    pairs_by_slot, _, blindings = dealer._cards(state, game.dealer, body.deck)
    slot = deal_order(state.joint_seed(), body.deck, 4)[1]  # Bob's
    opening = CardOpening(pairs_by_slot[slot - 1], encode_scalars([blindings[slot - 1]]))
    return seal_card(game, body, ann, opening.encode())


def seal_card(game: Simulator, body: Any, to: Player, content: bytes) -> Any:
    state = game.state
    info = box_info(Label.SEAL_CARD, state.game, state.round, to.number, to.card_key, state.create.server)
    boxes = units(body.sealed)
    boxes[to.number - 1] = seal(BoxKey.parse(to.card_key), content, info)
    return but(body, sealed=CardBoxes(b"".join(boxes)))


def bad_card(game: Simulator, what: str) -> Any:
    body, ann = dealt(game), game.state.players[0]
    return {
        "noise": wrong_cards(game, body, 1),
        "another slot": card_of_another(game),
        "value 0": seal_card(game, body, ann, bytes(36)),
        "value beyond": seal_card(game, body, ann, CardOpening(9, bytes(32)).encode()),
        "no scalar": seal_card(game, body, ann, CardOpening(2, b"\xff" * 32).encode()),
    }[what]


@pytest.mark.parametrize(
    ("what", "code"),
    [
        ("noise", "box.does-not-open"),
        ("another slot", "card.does-not-open"),
        ("value 0", "card.does-not-open"),
        ("value beyond", "card.does-not-open"),
        ("no scalar", "card.does-not-open"),
    ],
)
def test_a_bad_card_ends_the_game_and_proves_who(what: str, code: str) -> None:
    game = game_at(Phase.DEAL)
    game.deal_with(bad_card(game, what))
    body = owed(game, "Ann")
    assert isinstance(body, Dispute)
    assert by_player(game, "Ann", body) == "ok"
    assert all(not isinstance(owed(game, name), Dispute) for name in NAMES[1:])
    game.say("Ann", body)
    assert game.state.phase is Phase.VOID
    assert last_fault(game) == (code, Party.SERVER, "")
    assert all(game.owed(name).posts == () for name in NAMES)
    assert game.replay() == game.state


def test_a_dispute_without_ground_counts_as_accept_and_blames_its_author() -> None:
    game = game_at(Phase.CHOOSING)
    body = dispute(game, "Ann", "card", card=game.players["Ann"].card.secret)
    assert by_player(game, "Ann", body) == "ok"
    game.say("Ann", body)
    assert game.state.phase is Phase.CHOOSING
    assert game.state.accepted == {1}
    assert last_fault(game) == ("dispute.unfounded", Party.PLAYER, "Ann")
    again = dispute(game, "Ann", "card", card=game.players["Ann"].card.secret)
    assert by_player(game, "Ann", again) == "dispute.twice"
    game.run()
    assert game.state.phase is Phase.OVER


def test_who_has_accepted_cannot_dispute_its_card() -> None:
    game = game_at(Phase.CHOOSING)
    game.say("Ann", owed(game, "Ann"))
    body = dispute(game, "Ann", "card", card=game.players["Ann"].card.secret)
    assert by_player(game, "Ann", body) == "dispute.after-accept"


def test_a_card_may_be_disputed_late_by_who_never_confirmed_it() -> None:
    game = game_at(Phase.DEAL)
    game.deal_with(bad_card(game, "noise"))
    game.organise(player.make_close(game.state, game.organiser.key))
    body = owed(game, "Ann")
    assert by_player(game, "Ann", body) == "ok"
    game.deal_with(dealt(game))
    late = dispute(game, "Ann", "card", card=game.players["Ann"].card.secret)
    game.say("Ann", late)
    assert game.state.phase is Phase.VOID


def test_nobody_undoes_a_game_that_is_over() -> None:
    game = game_at(Phase.DEAL, reveal="never")
    game.deal_with(bad_card(game, "noise"))
    game.organise(player.make_close(game.state, game.organiser.key))
    game.deal_with(dealt(game))
    game.organise(player.make_call(game.state, game.organiser.key))
    assert game.state.phase is Phase.OVER
    game.say("Ann", dispute(game, "Ann", "card", card=game.players["Ann"].card.secret))
    assert game.state.phase is Phase.OVER
    assert last_fault(game) == ("box.does-not-open", Party.SERVER, "")


# --- forms of disputes --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("phase", "reveal", "about", "good", "bad"),
    [
        (Phase.CHOOSING, "public", "card", ["card"], [[], ["gift"], ["reveal"], ["card", "gift"], ["card", "reveal"]]),
        (Phase.DELIVERED, "public", "delivery", ["gift"], [[], ["card"], ["reveal"], ["card", "gift"]]),
        (Phase.OVER, "public", "reveal", ["gift"], [[], ["card"], ["reveal"], ["gift", "reveal"]]),
        (Phase.OVER, "private", "reveal", ["reveal"], [[], ["gift"], ["card"], ["card", "reveal"]]),
        (Phase.OVER, "private", "reveal", ["gift", "reveal"], [["card", "gift", "reveal"]]),
    ],
)
def test_a_dispute_publishes_the_keys_that_show_it_and_no_others(
    phase: Phase, reveal: str, about: str, good: list[str], bad: list[list[str]]
) -> None:
    game = game_at(phase, reveal=reveal)
    secrets = game.players["Ann"]
    keys = {"card": secrets.card.secret, "gift": secrets.gift.secret, "reveal": secrets.reveal.secret}
    right = dispute(game, "Ann", about, **{k: keys[k] for k in good})
    assert by_player(game, "Ann", right) == "ok"
    assert by_player(game, "Ann", but(right, round=2)) == "round.wrong"
    for kinds in bad:
        assert by_player(game, "Ann", dispute(game, "Ann", about, **{k: keys[k] for k in kinds})) == "dispute.keys"
    for kind in good:
        wrong = but(right, **{f"{kind}_secret": Opened(b"x" * 32)})
        assert by_player(game, "Ann", wrong) == "dispute.wrong-key"
        bobs = but(right, **{f"{kind}_secret": Opened(getattr(game.players["Bob"], kind).secret)})
        assert by_player(game, "Ann", bobs) == "dispute.wrong-key"


def test_a_dispute_comes_when_there_is_something_to_dispute() -> None:
    game = game_at(Phase.CHOOSING)
    gift = game.players["Ann"].gift.secret
    assert by_player(game, "Ann", dispute(game, "Ann", "delivery", gift=gift)) == "dispute.too-early"
    assert by_player(game, "Ann", dispute(game, "Ann", "reveal", gift=gift)) == "dispute.too-early"
    game.run(until=Phase.DELIVERED)
    assert by_player(game, "Ann", dispute(game, "Ann", "delivery", gift=gift)) == "ok"
    game.say("Ann", owed(game, "Ann"))
    assert by_player(game, "Ann", dispute(game, "Ann", "delivery", gift=gift)) == "dispute.after-receipt"
    assert by_player(game, "Ann", dispute(game, "Ann", "reveal", gift=gift)) == "dispute.too-early"
    game.run()
    assert by_player(game, "Ann", dispute(game, "Ann", "reveal", gift=gift)) == "ok"


def test_with_never_there_is_no_reveal_to_dispute() -> None:
    game = game_at(Phase.OVER, reveal="never")
    body = dispute(game, "Ann", "reveal", gift=game.players["Ann"].gift.secret)
    assert by_player(game, "Ann", body) == "dispute.too-early"


def test_only_players_dispute() -> None:
    game = game_at(Phase.CHOOSING)
    body = dispute(game, "Ann", "card", card=game.players["Ann"].card.secret)
    assert by_organiser(game, but(body, by=game.organiser.key)) == "author.wrong"
    assert by_dealer(game, but(body, by=game.dealer.key)) == "author.wrong"


# --- disputes about deliveries ------------------------------------------------------------------


def bad_envelope(game: Simulator, what: str) -> Any:
    content: Envelope | bytes = {
        "noise": bytes(612),
        "not in the catalogue": Envelope(len(game.state.create.catalogue), bytes(560)),
        "a house gift with content": Envelope(0xFFFFFFFF, b"\x01" + bytes(559)),
        "a note that does not open": Envelope(0, bytes(560)),
    }[what]
    return swap_envelope(game, dealt(game), 1, content)


@pytest.mark.parametrize(
    ("what", "code", "party", "who"),
    [
        ("noise", "box.does-not-open", Party.SERVER, ""),
        ("not in the catalogue", "gift.not-in-catalogue", Party.SERVER, ""),
        ("a house gift with content", "box.malformed", Party.SERVER, ""),
        ("a note that does not open", "delivery.note", Party.PLAYER_OR_SERVER, "the Santa of Ann"),
    ],
)
def test_a_bad_envelope(what: str, code: str, party: Party, who: str) -> None:
    game = game_at(Phase.CLOSED)
    game.deal_with(bad_envelope(game, what))
    body = owed(game, "Ann")
    assert isinstance(body, Dispute)
    game.say("Ann", body)
    assert last_fault(game) == (code, party, who)
    assert game.state.receipts == {1}
    assert game.state.phase is Phase.DELIVERED
    assert game.owed("Ann").posts == ()
    again = dispute(game, "Ann", "delivery", gift=game.players["Ann"].gift.secret)
    assert by_player(game, "Ann", again) == "dispute.twice"
    receipt = but(owed(game, "Bob"), by=game.players["Ann"].key, seen=game.state.head)
    assert by_player(game, "Ann", receipt) == "receipt.twice"
    game.run()  # the reveal then shows who it was
    assert game.state.phase is Phase.OVER


def test_a_delivery_disputed_without_ground_counts_as_a_receipt() -> None:
    game = game_at(Phase.DELIVERED)
    game.say("Ann", dispute(game, "Ann", "delivery", gift=game.players["Ann"].gift.secret))
    assert last_fault(game) == ("dispute.unfounded", Party.PLAYER, "Ann")
    assert game.state.receipts == {1}


# --- disputes about reveals ---------------------------------------------------------------------


def delivered_with(content: Any, reveal: str = "public", bad_gift: Any = None, silent: str = "") -> Simulator:
    """Return a finished game in which Ann's envelope held `content(game)`; `bad_gift(game, santa)` was posted first."""
    game = game_at(Phase.CHOOSING, reveal=reveal)
    santa = santa_of(game, "Ann")
    if bad_gift:
        game.say(santa, owed(game, santa))
        game.say(santa, bad_gift(game, santa))
    game.run(until=Phase.CLOSED, silent=(santa,) if silent else ())
    if game.state.phase is Phase.CHOOSING:
        game.organise(player.make_close(game.state, game.organiser.key))
    body = dealt(game)
    game.deal_with(body if content is None else swap_envelope(game, body, 1, content(game)))
    for name in NAMES:
        game.say(name, owed(game, name))
    game.deal_with(dealt(game))
    return game


def inner_for_ann(game: Simulator, padded: bytes) -> bytes:
    ann = game.state.players[0]
    return seal(BoxKey.parse(ann.gift_key), padded, inner_info(game.state.game, 1, 1, ann.gift_key))


def forged(game: Simulator) -> Envelope:
    return Envelope(5, inner_for_ann(game, b"\x02\x00hi" + bytes(508)))


@pytest.mark.parametrize("reveal", ["public", "private"])
def test_an_honest_reveal_leaves_nothing_to_dispute(reveal: str) -> None:
    game = delivered_with(None, reveal)
    assert [game.owed(name).posts for name in NAMES] == [()] * 4
    assert game.state.faults == ()


@pytest.mark.parametrize("reveal", ["public", "private"])
@pytest.mark.parametrize(
    ("content", "silent", "code"),
    [
        (forged, "", "delivery.exchanged"),
        (lambda game: house(), "", "delivery.house-instead"),
        (forged, "Ann's Santa", "delivery.gift-from-nobody"),
    ],
)
def test_what_was_exchanged_is_found_at_the_reveal(content: Any, silent: str, code: str, reveal: str) -> None:
    game = delivered_with(content, reveal, silent=silent)
    body = owed(game, "Ann")
    assert isinstance(body, Dispute)
    assert (body.reveal_secret is not None) is (reveal == "private")
    game.say("Ann", body)
    assert last_fault(game) == (code, Party.SERVER, "")
    assert game.owed("Ann").posts == ()
    assert game.state.phase is Phase.OVER
    assert [game.owed(name).posts for name in NAMES[1:]] == [()] * 3


@pytest.mark.parametrize("reveal", ["public", "private"])
def test_a_note_that_was_sealed_wrongly_is_its_giver_s(reveal: str) -> None:
    game = delivered_with(None, reveal, bad_gift=lambda game, santa: gift_with(game, santa, inner=b"\x07" * 560))
    assert game.state.faults[0].code == "delivery.note"  # Ann disputed the delivery; it could be either
    body = owed(game, "Ann")
    game.say("Ann", body)
    assert last_fault(game) == ("gift.note", Party.PLAYER, santa_of(game, "Ann"))


def test_the_dealer_is_not_blamed_for_what_a_giver_sealed() -> None:
    """The same delivery, h right: the blame moves from "either" to the giver, and nowhere else."""
    game = delivered_with(None, bad_gift=lambda game, santa: gift_with(game, santa, inner=bytes(560)))
    game.say("Ann", owed(game, "Ann"))
    assert [f.blame.party for f in game.state.faults] == [Party.PLAYER_OR_SERVER, Party.PLAYER]


def private_reveal(what: str) -> Simulator:
    """Return a game whose private reveal tells Ann something wrong."""
    game = ready("private")
    body, state, ann = dealt(game), game.state, game.state.players[0]
    pairs = dealer.recipients(state, game.dealer)
    giver = next(g for g, r in pairs.items() if r == 1)
    other = next(g for g, r in pairs.items() if r == 2)
    _, blinding, k = unveiling(game, giver)
    _, other_blinding, _ = unveiling(game, other)
    content = {
        "another giver": Unveiling(other, blinding, k).encode(),
        "another card": Unveiling(other, other_blinding, k).encode(),
        "giver 0": Unveiling(0, blinding, k).encode(),
        "giver n + 1": Unveiling(5, blinding, k).encode(),
        "no k": Unveiling(giver, blinding, None).encode(),
        "another k": Unveiling(giver, blinding, b"j" * 32).encode(),
        "flag 2": giver.to_bytes(4, "little") + blinding + b"\x02" + (k or b""),
        "k without flag": giver.to_bytes(4, "little") + blinding + b"\x00" + (k or b""),
    }.get(what)
    boxes = units(body.boxes)
    info = box_info(Label.SEAL_REVEAL, state.game, 1, 1, ann.reveal_key, state.create.server)
    boxes[0] = bytes(117) if content is None else seal(BoxKey.parse(ann.reveal_key), content, info)
    game.deal_with(but(body, boxes=RevealBoxes(b"".join(boxes))))
    return game


def unveiling(game: Simulator, giver: int) -> tuple[int, bytes, bytes | None]:
    deck = game.state.deal.deck if game.state.deal else 0
    _, _, blindings = dealer._cards(game.state, game.dealer, deck)
    slot = verdicts.slot_of(game.state, giver)
    opened = dealer.opened_gift(game.state, game.dealer, game.state.players[giver - 1], game.memo)
    return giver, encode_scalars([blindings[slot - 1]]), opened.choice.k if opened else None


@pytest.mark.parametrize(
    ("what", "code"),
    [
        ("noise", "box.does-not-open"),
        ("another giver", "reveal.card"),
        ("another card", "reveal.card"),
        ("giver 0", "reveal.card"),
        ("giver n + 1", "reveal.card"),
        ("no k", "reveal.secrets"),
        ("another k", "delivery.exchanged"),
        ("flag 2", "box.malformed"),
        ("k without flag", "box.malformed"),
    ],
)
def test_a_private_reveal_that_lies_is_shown(what: str, code: str) -> None:
    game = private_reveal(what)
    body = owed(game, "Ann")
    assert isinstance(body, Dispute)
    assert (body.gift_secret is not None) is (code == "delivery.exchanged")  # as few keys as show it
    game.say("Ann", body)
    assert last_fault(game) == (code, Party.SERVER, "")


def test_a_public_reveal_with_another_k_is_shown() -> None:
    game = ready()
    body = dealt(game)
    ks = units(body.secrets)
    giver = next(g for g, r in dealer.recipients(game.state, game.dealer).items() if r == 1)
    for wrong in (b"j" * 32, bytes(32)):
        ks[giver - 1] = wrong
        twin = ready()
        twin.deal_with(but(body, secrets=GiftSecrets(b"".join(ks)), seen=twin.state.head))
        twin.say("Ann", owed(twin, "Ann"))
        assert last_fault(twin) == ("delivery.exchanged", Party.SERVER, "")


def test_a_reveal_disputed_without_ground_blames_its_author() -> None:
    game = game_at(Phase.OVER)
    game.say("Ann", dispute(game, "Ann", "reveal", gift=game.players["Ann"].gift.secret))
    assert last_fault(game) == ("dispute.unfounded", Party.PLAYER, "Ann")
    assert game.state.phase is Phase.OVER
    again = dispute(game, "Ann", "reveal", gift=game.players["Ann"].gift.secret)
    assert by_player(game, "Ann", again) == "dispute.twice"


# --- readers ------------------------------------------------------------------------------------


def test_nothing_is_read_before_it_is_there() -> None:
    game = game_at(Phase.COINS)
    ann, secrets = game.state.players[0], game.players["Ann"]
    with raises(IllegalPost, "deal.missing"):
        verdicts.slot_of(game.state, 1)
    with raises(IllegalPost, "deal.missing"):
        verdicts.read_card(game.state, ann, secrets.card)
    with raises(IllegalPost, "delivery.missing"):
        verdicts.read_parcel(game.state, ann, secrets.gift)
    with raises(IllegalPost, "reveal.missing"):
        verdicts.read_unveiling(game.state, ann, secrets.reveal)
    assert verdicts.pairs(game.state) == ()
    assert not verdicts.opens_card(game.state, 1, CardOpening(1, bytes(32)))


def test_a_private_reveal_needs_the_key() -> None:
    game = game_at(Phase.OVER, reveal="private")
    with raises(IllegalPost, "dispute.keys"):
        verdicts.unveiled(game.state, game.state.players[0], None)


def test_a_card_is_opened_by_its_holder_alone() -> None:
    game = game_at(Phase.CHOOSING)
    pairs = dealer.recipients(game.state, game.dealer)
    for p in game.state.players:
        assert verdicts.read_card(game.state, p, game.players[p.name].card) == pairs[p.number]
        for name in NAMES:
            if name != p.name:
                with raises(VerificationError, "box.does-not-open"):
                    verdicts.read_card(game.state, p, game.players[name].card)
