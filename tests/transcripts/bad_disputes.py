"""Bad transcripts: what a dispute shows, about the dealer, about a Santa, or about its own author."""

from __future__ import annotations

from collections.abc import Callable

from sealed_santa.base.labels import Label
from sealed_santa.crypto.sealing import BoxKey, seal
from sealed_santa.game.boxes import HOUSE, INNER_SIZE, CardOpening, Envelope, Unveiling, box_info, gift_hash, inner_info
from sealed_santa.game.state import Phase, Player
from sealed_santa.log.fields import CardBoxes, ChoiceBox, Envelopes, GiftSecrets, NoteBox, Opened, RevealBoxes
from sealed_santa.log.posts import Deal, Delivery, Dispute, Gift, Reveal
from sealed_santa.roles import dealer, player
from transcripts.cases import bad
from transcripts.forge import Forger, altered, changed, game, honest_deal, permitted

SANTA = "player-or-server the Santa of Ann (proven)"


def seat(made: Forger, name: str) -> Player:
    """Return a player as the state has it."""
    found = made.state.named(name)
    assert found is not None
    return found


def sealed(made: Forger, label: Label, to: Player, content: bytes) -> bytes:
    """Return a box of the dealer for a player."""
    key = {Label.SEAL_CARD: to.card_key, Label.SEAL_ENVELOPE: to.gift_key, Label.SEAL_REVEAL: to.reveal_key}[label]
    info = box_info(label, made.state.game, made.state.round, to.number, key, made.state.create.server)
    return seal(BoxKey.parse(key), content, info)


def dispute(made: Forger, name: str, about: str, *keys: str) -> Dispute:
    """Return a dispute that publishes these keys: "card", "gift", "reveal"."""
    secrets = made.players[name]
    known = {"card": secrets.card, "gift": secrets.gift, "reveal": secrets.reveal}
    published = {f"{k}_secret": Opened(known[k].secret) if k in keys else None for k in known}
    return Dispute(
        game=made.state.game, by=secrets.key, seen=made.state.head, round=made.state.round, about=about, **published
    )


def santa_of(made: Forger, name: str) -> Player:
    """Return who gives to a player; known to the dealer only."""
    pairs = dealer.recipients(made.state, made.dealer)
    return made.state.players[next(g for g, r in pairs.items() if r == seat(made, name).number) - 1]


# --- about a card -------------------------------------------------------------------------------


def _dealt(change: Callable[[Forger, Deal], dict[str, object]]) -> bytes:
    """Deal with something changed, let Ann confirm nothing but dispute what she was sent."""
    made = game(Phase.DEAL)
    body = honest_deal(made)
    made.deal_with(changed(body, **change(made, body)))
    made.say_what_is_owed("Bob", "Ann")
    return made.transcript()


@bad("A37 box.does-not-open 13")
def card_box_does_not_open() -> bytes:
    """The box with Ann's card holds noise; she publishes her card key, and the game is void."""
    return _dealt(lambda made, body: {"sealed": CardBoxes(altered(body.sealed, 50, b"\x00\x00\x00"))})


@bad("A37 box.does-not-open 13")
def card_box_for_another_round() -> bytes:
    """The box was sealed for round 2: it does not open in round 1."""

    def change(made: Forger, body: Deal) -> dict[str, object]:
        ann = seat(made, "Ann")
        info = box_info(Label.SEAL_CARD, made.state.game, 2, 1, ann.card_key, made.state.create.server)
        box = seal(BoxKey.parse(ann.card_key), bytes(36), info)
        return {"sealed": CardBoxes(altered(body.sealed, 0, box))}

    return _dealt(change)


@bad("A37 card.does-not-open 13")
def card_of_another_told() -> bytes:
    """The box tells Ann another recipient than her card holds."""

    def change(made: Forger, body: Deal) -> dict[str, object]:
        t = permitted(made.state, made).index(True)
        values, _, blindings = dealer._cards(made.state, made.dealer, t)
        other = CardOpening(values[0], blindings[1].to_bytes(32, "little"))
        box = sealed(made, Label.SEAL_CARD, seat(made, "Ann"), other.encode())
        return {"sealed": CardBoxes(altered(body.sealed, 0, box))}

    return _dealt(change)


@bad("A37 card.does-not-open 13")
def card_of_nobody_told() -> bytes:
    """The box tells Ann a recipient that is not in the game."""

    def change(made: Forger, body: Deal) -> dict[str, object]:
        box = sealed(made, Label.SEAL_CARD, seat(made, "Ann"), CardOpening(5, bytes(32)).encode())
        return {"sealed": CardBoxes(altered(body.sealed, 0, box))}

    return _dealt(change)


@bad("A37 box.does-not-open 13", "A15 turn.wrong 14")
def game_goes_on_after_a_founded_dispute() -> bytes:
    """A dispute about a card was founded and the game is void; a gift comes all the same."""
    made = game(Phase.DEAL)
    body = honest_deal(made)
    made.deal_with(changed(body, sealed=CardBoxes(altered(body.sealed, 50, b"\x00\x00\x00"))))
    made.say_what_is_owed("Bob")
    late = player.make_gift(made.state, made.players["Bob"], 0, "", made.entropy)
    made.say_what_is_owed("Ann")
    return made.smuggle("Bob", changed(late, seen=made.state.head))


@bad("A37 box.does-not-open 21")
def card_dispute_after_the_end() -> bytes:
    """Ann never confirmed, and shows after the end that her card did not open; the game stays over."""
    made = game(Phase.DEAL, reveal="never")
    body = honest_deal(made)
    made.deal_with(changed(body, sealed=CardBoxes(altered(body.sealed, 50, b"\x00\x00\x00"))))
    made.run(silent=["Ann"])
    made.organise(player.make_close(made.state, made.organiser.key))
    made.run(Phase.DELIVERED)
    made.organise(player.make_call(made.state, made.organiser.key))
    made.say("Ann", dispute(made, "Ann", "card", "card"))
    return made.transcript()


# --- about a delivery ---------------------------------------------------------------------------


def _delivered(change: Callable[[Forger, Delivery], bytes], reveal: str = "public", silent: str = "") -> Forger:
    """Deliver with Ann's envelope changed."""
    made = game(Phase.CHOOSING, reveal=reveal)
    made.run(Phase.CLOSED, silent=[silent])
    if made.state.phase is Phase.CHOOSING:
        made.organise(player.make_close(made.state, made.organiser.key))
    body = dealer.make_delivery(made.state, made.dealer, {})
    made.deal_with(changed(body, envelopes=Envelopes(altered(body.envelopes, 0, change(made, body)))))
    return made


def _envelope(made: Forger, gift: int, inner: bytes) -> bytes:
    return sealed(made, Label.SEAL_ENVELOPE, seat(made, "Ann"), Envelope(gift, inner).encode())


def _note_for_ann(made: Forger, content: bytes) -> bytes:
    ann = seat(made, "Ann")
    return seal(BoxKey.parse(ann.gift_key), content, inner_info(made.state.game, 1, ann.number, ann.gift_key))


GOOD_NOTE = b"\x02\x00hi" + bytes(508)


@bad("A37 box.does-not-open 22")
def envelope_does_not_open() -> bytes:
    """Ann's envelope holds noise; she publishes her gift key."""
    return _delivered(lambda made, body: b"\x00" * 612).run().transcript()


@bad("A37 box.malformed 22")
def envelope_of_the_house_with_something_in_it() -> bytes:
    """An envelope of the house has an inner box: a gift that the dealer hides behind the house."""
    return _delivered(lambda made, body: _envelope(made, HOUSE, _note_for_ann(made, GOOD_NOTE))).run().transcript()


@bad("A37 gift.not-in-catalogue 22")
def envelope_with_a_gift_of_no_catalogue() -> bytes:
    """An envelope has a gift that is not in the catalogue."""
    return _delivered(lambda made, body: _envelope(made, 77, _note_for_ann(made, GOOD_NOTE))).run().transcript()


@bad("A37 delivery.note 22", blame=SANTA)
def envelope_with_a_note_that_does_not_open() -> bytes:
    """The note in Ann's envelope does not open: her Santa or the dealer, and before a reveal nobody can tell which."""
    return _delivered(lambda made, body: _envelope(made, 1, bytes(INNER_SIZE)), reveal="never").run().transcript()


@bad("A37 delivery.note 22", blame=SANTA)
def envelope_with_a_note_that_is_none() -> bytes:
    """The note opens to something that is no note."""
    box: Callable[[Forger], bytes] = lambda made: _note_for_ann(made, b"\xff" * 512)  # noqa: E731
    return _delivered(lambda made, body: _envelope(made, 1, box(made)), reveal="never").run().transcript()


# --- about a reveal -----------------------------------------------------------------------------


@bad("A38 delivery.exchanged 27")
def gift_exchanged() -> bytes:
    """The dealer delivered another gift and note than Ann's Santa chose; the reveal and her dispute show it."""
    made = _delivered(lambda made, body: _envelope(made, 3, _note_for_ann(made, GOOD_NOTE)))
    return made.run().say_what_is_owed("Ann").transcript()


@bad("A38 delivery.exchanged 27")
def gift_exchanged_private() -> bytes:
    """The same with a private reveal: Ann publishes reveal key and gift key."""
    made = _delivered(lambda made, body: _envelope(made, 3, _note_for_ann(made, GOOD_NOTE)), reveal="private")
    return made.run().say_what_is_owed("Ann").transcript()


@bad("A38 delivery.house-instead 27")
def gift_withheld() -> bytes:
    """The dealer delivered the house gift, although Ann's Santa had given."""
    made = _delivered(lambda made, body: _envelope(made, HOUSE, bytes(INNER_SIZE)))
    return made.run().say_what_is_owed("Ann").transcript()


@bad("A38 delivery.gift-from-nobody 25")
def gift_invented() -> bytes:
    """Ann's Santa gave nothing, and the dealer delivered something with a note all the same."""
    made = game(Phase.CHOOSING)
    silent = santa_of(made, "Ann").name
    made = _delivered(lambda made, body: _envelope(made, 1, _note_for_ann(made, GOOD_NOTE)), silent=silent)
    return made.run().say_what_is_owed("Ann").transcript()


@bad("A38 delivery.exchanged 27")
def reveal_with_a_wrong_k() -> bytes:
    """The reveal has another k for Ann's Santa than its h was made with; her dispute shows it."""
    made = game(Phase.DELIVERED).say_what_is_owed("Ann", "Bob", "Cem", "Dot")
    body = dealer.make_reveal(made.state, made.dealer, {})
    place = 32 * (santa_of(made, "Ann").number - 1)
    made.deal_with(changed(body, secrets=GiftSecrets(altered(body.secrets, place, b"\x07" * 32))))
    made.say_what_is_owed("Ann")
    return made.transcript()


def _privately(told: Callable[[Forger, Reveal], bytes], silent: str = "") -> bytes:
    """Reveal in private, with other things told to Ann; she disputes."""
    made = game(Phase.CHOOSING, reveal="private")
    made.run(Phase.DELIVERED, silent=[silent])
    if made.state.phase is Phase.CHOOSING:
        made.organise(player.make_close(made.state, made.organiser.key))
        made.run(Phase.DELIVERED)
    made.say_what_is_owed("Ann", "Bob", "Cem", "Dot")
    body = dealer.make_reveal(made.state, made.dealer, {})
    made.deal_with(changed(body, boxes=RevealBoxes(altered(body.boxes, 0, told(made, body)))))
    made.say_what_is_owed("Ann")
    return made.transcript()


def _told(made: Forger, giver: int, blinding: bytes, k: bytes | None) -> bytes:
    return sealed(made, Label.SEAL_REVEAL, seat(made, "Ann"), Unveiling(giver, blinding, k).encode())


@bad("A37 box.does-not-open 27")
def private_reveal_does_not_open() -> bytes:
    """What Ann was to be told in private does not open."""
    return _privately(lambda made, body: bytes(117))


@bad("A36 reveal.card 27")
def private_reveal_of_another_santa() -> bytes:
    """Ann is told a Santa whose card does not name her."""

    def other(made: Forger, body: Reveal) -> bytes:
        right = santa_of(made, "Ann").number
        return _told(made, next(g for g in range(2, 5) if g != right), b"\x03" + bytes(31), b"\x07" * 32)

    return _privately(other)


@bad("A36 reveal.card 27")
def private_reveal_of_nobody() -> bytes:
    """Ann is told a Santa that is not in the game."""
    return _privately(lambda made, body: _told(made, 9, bytes(32), None))


@bad("A36 reveal.secrets 27")
def private_reveal_without_k() -> bytes:
    """Ann is told her Santa and no k, so that she could not compare the gift."""

    def silent_about_k(made: Forger, body: Reveal) -> bytes:
        giver = santa_of(made, "Ann")
        assert made.state.deal is not None
        slot = dealer.deal_order(made.state.joint_seed(), made.state.deal.deck, 4)[giver.number - 1]
        blinding = dealer._cards(made.state, made.dealer, made.state.deal.deck)[2][slot - 1]
        return _told(made, giver.number, blinding.to_bytes(32, "little"), None)

    return _privately(silent_about_k)


# --- a Santa's own fault ------------------------------------------------------------------------


def bad_note(made: Forger, name: str) -> Gift:
    """Return a gift that is bound rightly, with an inner box that its recipient cannot open."""
    me, state = seat(made, name), made.state
    k, inner = made.entropy(32), bytes(INNER_SIZE)
    choice_key, note_key = state.choice_keys[me.number], state.note_keys[me.number]
    good = player.make_gift(state, made.players[name], 1, "", made.entropy)
    plain = (1).to_bytes(4, "little") + k
    choice_info = box_info(Label.SEAL_CHOICE, state.game, 1, me.number, choice_key, me.key)
    note_info = box_info(Label.SEAL_NOTE, state.game, 1, me.number, note_key, me.key)
    return changed(
        good, choice=ChoiceBox(seal(BoxKey.parse(choice_key), plain, choice_info)),
        note=NoteBox(seal(BoxKey.parse(note_key), inner, note_info)),
        h=gift_hash(state.game, 1, me.number, k, 1, inner),
    )  # fmt: skip


@bad(f"A37 delivery.note 22 by {SANTA}", "A37 gift.note 27 by player Bob (proven)")
def note_sealed_wrongly_by_its_giver() -> bytes:
    """Ann's Santa sealed a note that cannot be opened; her two disputes show first that, and then whose fault it is."""
    made = game(Phase.CHOOSING).say_what_is_owed("Ann", "Bob", "Cem", "Dot")
    santa = santa_of(made, "Ann").name
    made.say(santa, bad_note(made, santa))
    return made.run().say_what_is_owed("Ann").transcript()


# --- without ground, or out of form -------------------------------------------------------------


@bad("A39 dispute.unfounded 12 by player Ann (proven)")
def dispute_about_a_card_without_ground() -> bytes:
    """Ann says that her card is wrong; it is not. The game goes on and ends well."""
    made = game(Phase.CHOOSING)
    made.say("Ann", dispute(made, "Ann", "card", "card"))
    return made.run().transcript()


@bad("A39 dispute.unfounded 22 by player Ann (proven)")
def dispute_about_a_delivery_without_ground() -> bytes:
    """Ann says that her envelope is wrong; it is not, and now everybody can read it."""
    made = game(Phase.DELIVERED)
    made.say("Ann", dispute(made, "Ann", "delivery", "gift"))
    return made.run().transcript()


@bad("A39 dispute.unfounded 27 by player Ann (proven)")
def dispute_about_a_reveal_without_ground() -> bytes:
    """Ann says after the end that her gift was exchanged; it was not."""
    made = game()
    made.say("Ann", dispute(made, "Ann", "reveal", "gift"))
    return made.transcript()


@bad("A39 dispute.keys 12")
def dispute_without_a_key() -> bytes:
    """An accusation that shows nothing."""
    made = game(Phase.CHOOSING)
    return made.smuggle("Ann", dispute(made, "Ann", "card"))


@bad("A39 dispute.keys 12")
def dispute_with_a_key_too_many() -> bytes:
    """A dispute about a card publishes the gift key too, which proves nothing about the card."""
    made = game(Phase.CHOOSING)
    return made.smuggle("Ann", dispute(made, "Ann", "card", "card", "gift"))


@bad("A39 dispute.wrong-key 12")
def dispute_with_another_key() -> bytes:
    """The published key is not the one of Ann's join: of course her box does not open."""
    made = game(Phase.CHOOSING)
    return made.smuggle("Ann", changed(dispute(made, "Ann", "card", "card"), card_secret=Opened(b"\x07" * 32)))


@bad("A39 dispute.unfounded 27 by player Ann (proven)", "A39 dispute.twice 28")
def dispute_twice() -> bytes:
    """Ann disputes the same a second time."""
    made = game()
    made.say("Ann", dispute(made, "Ann", "reveal", "gift"))
    return made.smuggle("Ann", dispute(made, "Ann", "reveal", "gift"))


@bad("A39 dispute.after-accept 13")
def dispute_after_the_confirmation() -> bytes:
    """Ann disputes the card that she has confirmed."""
    made = game(Phase.CHOOSING).say_what_is_owed("Ann")
    return made.smuggle("Ann", dispute(made, "Ann", "card", "card"))


@bad("A39 dispute.after-receipt 23")
def dispute_after_the_receipt() -> bytes:
    """Ann disputes the envelope that she has found right."""
    made = game(Phase.DELIVERED).say_what_is_owed("Ann")
    return made.smuggle("Ann", dispute(made, "Ann", "delivery", "gift"))


@bad("A39 dispute.too-early 12")
def dispute_about_a_delivery_that_was_not() -> bytes:
    """Ann disputes an envelope before there is one."""
    made = game(Phase.CHOOSING)
    return made.smuggle("Ann", dispute(made, "Ann", "delivery", "gift"))


@bad("A39 dispute.unfounded 12 by player Ann (proven)", "A39 dispute.twice 13")
def dispute_about_a_card_twice() -> bytes:
    """Ann disputes her card in vain, and a second time."""
    made = game(Phase.CHOOSING)
    made.say("Ann", dispute(made, "Ann", "card", "card"))
    return made.smuggle("Ann", dispute(made, "Ann", "card", "card"))


@bad("A39 dispute.too-early 22")
def dispute_about_a_reveal_that_was_not() -> bytes:
    """Ann disputes a reveal before there is one."""
    made = game(Phase.DELIVERED)
    return made.smuggle("Ann", dispute(made, "Ann", "reveal", "gift"))
