"""Bad transcripts: confirmations, gifts, refusals, the close, the delivery, receipts, the reveal."""

from __future__ import annotations

from sealed_santa.crypto.group import ORDER
from sealed_santa.crypto.sealing import BoxSecret
from sealed_santa.game.state import Phase
from sealed_santa.log.fields import CardOpenings, Envelopes, GiftSecrets, Opened, RevealBoxes, SealKey
from sealed_santa.log.posts import Accept, Receipt, Refusal
from sealed_santa.roles import dealer, player
from transcripts.cases import bad
from transcripts.forge import (
    HIGH_BIT,
    ORGANISER,
    SERVER,
    Forger,
    altered,
    changed,
    game,
)


def choosing() -> Forger:
    """Return a game in which all players but Dot have confirmed, and Ann has given."""
    return game(Phase.CHOOSING).say_what_is_owed("Ann", "Bob", "Cem", "Ann")


def refusal_of(made: Forger, name: str, both: bool = False) -> Refusal:
    """Return the dealer's refusal of a player's standing gift, good or not."""
    giver = made.state.player(made.id_of(name))
    assert giver is not None
    standing = made.state.gifts[giver.number]
    choice, note, next_choice, next_note = dealer._gift_keys(made.state, made.dealer, giver, standing)
    state, roster = made.state, made.state.roster
    assert roster is not None
    fresh = made.dealer.choice_key(state.game, state.round, roster, giver.number, next_choice).public().raw
    fresh_note = made.dealer.note_key(state.game, state.round, roster, giver.number, next_note).public().raw
    return Refusal(
        game=state.game, by=made.dealer.key, seen=state.head, round=state.round, giver=giver.number,
        gift=standing.post, choice_secret=Opened(choice.secret), note_secret=Opened(note.secret) if both else None,
        next_choice=SealKey(fresh), next_note=SealKey(fresh_note) if both else None,
    )  # fmt: skip


def refused() -> Forger:
    """Return a game in which Ann's gift is not in the catalogue."""
    made = game(Phase.CHOOSING).say_what_is_owed("Ann")
    made.say("Ann", player.make_gift(made.state, made.players["Ann"], 99, "", made.entropy))
    return made


# --- confirmations and gifts --------------------------------------------------------------------


@bad("A29 accept.twice 16")
def confirmation_twice() -> bytes:
    """A player confirms its card a second time."""
    made = choosing()
    body = Accept(game=made.state.game, by=made.id_of("Bob"), seen=made.state.head, round=1)
    return made.smuggle("Bob", body)


@bad("A30 gift.before-accept 16")
def gift_before_the_confirmation() -> bytes:
    """A gift of a player that has not confirmed its card."""
    made = choosing()
    return made.smuggle("Dot", player.make_gift(made.state, made.players["Dot"], 0, "", made.entropy))


@bad("A30 gift.refused-too-often 29")
def gift_after_eight_refusals() -> bytes:
    """A ninth gift of a player whose eight gifts were refused with reason."""
    made = refused()
    for _ in range(7):
        made.deal_with(refusal_of(made, "Ann"))
        made.say("Ann", player.make_gift(made.state, made.players["Ann"], 99, "", made.entropy))
    made.deal_with(refusal_of(made, "Ann"))
    return made.smuggle("Ann", player.make_gift(made.state, made.players["Ann"], 0, "", made.entropy))


# --- refusals -----------------------------------------------------------------------------------


@bad("A31 refusal.unfounded 16")
def refusal_without_reason() -> bytes:
    """The dealer refuses a good gift, and with that makes its choice public. The game goes on and ends well."""
    made = choosing()
    made.deal_with(refusal_of(made, "Ann"))
    return made.run().transcript()


@bad("A31 refusal.unfounded 16")
def refusal_without_reason_of_both_boxes() -> bytes:
    """The dealer refuses a good gift and publishes both keys: the recipient learns its Santa from the inner box."""
    made = choosing()
    made.deal_with(refusal_of(made, "Ann", both=True))
    return made.run().transcript()


@bad("A31 refusal.no-gift 17")
def refusal_of_a_replaced_gift() -> bytes:
    """The dealer refuses a gift that its giver has replaced meanwhile."""
    made = choosing()
    body = refusal_of(made, "Ann")
    made.say("Ann", player.make_gift(made.state, made.players["Ann"], 1, "", made.entropy))
    return made.smuggle(SERVER, changed(body, seen=made.state.head))


@bad("A31 refusal.no-gift 16")
def refusal_of_no_gift() -> bytes:
    """The dealer refuses a gift of Bob, who has given nothing."""
    made = choosing()
    return made.smuggle(SERVER, changed(refusal_of(made, "Ann"), giver=2))


@bad("A31 refusal.unfounded 16", "A31 refusal.again 17")
def refusal_again() -> bytes:
    """The dealer refuses a gift a second time that it refused without reason."""
    made = choosing()
    made.deal_with(refusal_of(made, "Ann"))
    body = refusal_of(made, "Ann")
    return made.smuggle(SERVER, changed(body, next_choice=SealKey(BoxSecret(b"\x05" * 32).public().raw)))


@bad("A31 refusal.wrong-key 14")
def refusal_with_another_key() -> bytes:
    """The published key is not the one that the gift was sealed to: of course the box does not open."""
    made = refused()
    return made.smuggle(SERVER, changed(refusal_of(made, "Ann"), choice_secret=Opened(b"\x07" * 32)))


@bad("A31 refusal.wrong-key 14")
def refusal_without_a_next_key() -> bytes:
    """Both keys are published, and only one is replaced: the next note could be read by all."""
    made = refused()
    return made.smuggle(SERVER, changed(refusal_of(made, "Ann", both=True), next_note=None))


@bad("A05 key.used 14")
def refusal_with_a_used_key() -> bytes:
    """The next key is the one that was just published."""
    made = refused()
    return made.smuggle(SERVER, changed(refusal_of(made, "Ann"), next_choice=made.state.choice_keys[1]))


@bad("A05 key.invalid 14", blame="unknown (suspected)")
def refusal_with_an_invalid_key() -> bytes:
    """The next key is not canonical."""
    made = refused()
    body = refusal_of(made, "Ann")
    high = (int.from_bytes(body.next_choice, "little") + HIGH_BIT).to_bytes(32, "little")
    return made.smuggle(SERVER, changed(body, next_choice=SealKey(high)))


# --- the close, the delivery, receipts ----------------------------------------------------------


@bad("A32 close.too-early 16")
def close_too_early() -> bytes:
    """The server closes the choosing while gifts are missing and no deadline is set."""
    made = choosing()
    return made.smuggle(SERVER, player.make_close(made.state, made.dealer.key))


@bad("A32 close.too-early 16")
def close_before_the_deadline() -> bytes:
    """The deadline was a minute after the create, but everyone was promised an hour from the deal."""
    made = game(Phase.CHOOSING, choose_by=1_764_547_260_000).say_what_is_owed("Ann", "Bob", "Cem", "Ann")
    made.now += 600_000
    return made.smuggle(SERVER, player.make_close(made.state, made.dealer.key))


@bad("A33 delivery.count 21")
def envelope_missing() -> bytes:
    """Three envelopes for four recipients."""
    made = game(Phase.CLOSED)
    body = dealer.make_delivery(made.state, made.dealer, {})
    return made.smuggle(SERVER, changed(body, envelopes=Envelopes(body.envelopes[:-612])))


@bad("A33 delivery.count 21")
def envelope_too_many() -> bytes:
    """Five envelopes for four recipients."""
    made = game(Phase.CLOSED)
    body = dealer.make_delivery(made.state, made.dealer, {})
    return made.smuggle(SERVER, changed(body, envelopes=Envelopes(body.envelopes + body.envelopes[:612])))


@bad("A34 receipt.twice 23")
def receipt_twice() -> bytes:
    """A recipient says a second time that its envelope is fine."""
    made = game(Phase.DELIVERED).say_what_is_owed("Ann")
    return made.smuggle("Ann", Receipt(game=made.state.game, by=made.id_of("Ann"), seen=made.state.head, round=1))


# --- the reveal ---------------------------------------------------------------------------------


def revealing(**terms: object) -> Forger:
    """Return a game in which only the reveal is missing."""
    return game(Phase.DELIVERED, **terms).say_what_is_owed("Ann", "Bob", "Cem", "Dot")


@bad("A35 call.twice 23")
def reveal_called_twice() -> bytes:
    """The organiser calls the reveal a second time."""
    made = game(Phase.DELIVERED)
    made.organise(player.make_call(made.state, made.organiser.key))
    return made.smuggle(ORGANISER, player.make_call(made.state, made.organiser.key))


@bad("A35 reveal.not-yet 23")
def reveal_too_early() -> bytes:
    """The server reveals the pairs while receipts are missing and nobody has called it."""
    made = game(Phase.DELIVERED).say_what_is_owed("Ann")
    return made.smuggle(SERVER, dealer.make_reveal(made.state, made.dealer, {}))


@bad("A35 reveal.not-yet 26")
def reveal_before_its_date() -> bytes:
    """All receipts are in, but the reveal was promised for another day."""
    made = revealing(reveal_at=1_764_633_600_000)
    return made.smuggle(SERVER, dealer.make_reveal(made.state, made.dealer, {}))


@bad("A35 reveal.not-yet 23")
def reveal_where_there_is_none() -> bytes:
    """The server reveals the pairs of a game in which they were to stay secret."""
    made = game(Phase.DELIVERED, reveal="never").say_what_is_owed("Ann")
    return made.smuggle(SERVER, dealer.make_reveal(made.state, made.dealer, {}))


@bad("A35 reveal.form 26")
def reveal_in_public() -> bytes:
    """The server reveals to all what it was to tell each recipient alone."""
    made = revealing(reveal="private")
    body = dealer.make_reveal(made.state, made.dealer, {})
    public = {"openings": CardOpenings(bytes(144)), "secrets": GiftSecrets(bytes(128)), "boxes": RevealBoxes(b"")}
    return made.smuggle(SERVER, changed(body, **public))


@bad("A35 reveal.form 26")
def reveal_of_three_cards() -> bytes:
    """One card stays closed."""
    made = revealing()
    body = dealer.make_reveal(made.state, made.dealer, {})
    return made.smuggle(SERVER, changed(body, openings=CardOpenings(body.openings[:-36])))


@bad("A36 reveal.card 26")
def reveal_of_another_pair() -> bytes:
    """Two openings changed places: the reveal tells another story than the deal."""
    made = revealing()
    body = dealer.make_reveal(made.state, made.dealer, {})
    swapped = body.openings[36:72] + body.openings[:36] + body.openings[72:]
    return made.smuggle(SERVER, changed(body, openings=CardOpenings(swapped)))


@bad("A36 reveal.card 26")
def reveal_with_an_invented_blinding() -> bytes:
    """An opening has the right recipient and another blinding."""
    made = revealing()
    body = dealer.make_reveal(made.state, made.dealer, {})
    return made.smuggle(SERVER, changed(body, openings=CardOpenings(altered(body.openings, 10, b"\x00\x01\x02"))))


@bad("A36 reveal.card 26")
def reveal_with_a_large_blinding() -> bytes:
    """A blinding is written with the group's order added: a second spelling of the right one."""
    made = revealing()
    body = dealer.make_reveal(made.state, made.dealer, {})
    large = (int.from_bytes(body.openings[4:36], "little") + ORDER).to_bytes(32, "little")
    return made.smuggle(SERVER, changed(body, openings=CardOpenings(altered(body.openings, 4, large))))


@bad("A38 delivery.exchanged 27")
def reveal_without_a_k() -> bytes:
    """The k of Bob is missing: his recipient cannot compare, and says so."""
    made = revealing()
    body = dealer.make_reveal(made.state, made.dealer, {})
    made.deal_with(changed(body, secrets=GiftSecrets(altered(body.secrets, 32, bytes(32)))))
    recipient = dealer.recipients(made.state, made.dealer)[2]
    return made.say_what_is_owed(made.state.players[recipient - 1].name).transcript()


@bad("A36 reveal.secrets 24")
def reveal_with_a_k_of_nobody() -> bytes:
    """There is a k for a giver that gave nothing."""
    made = game(Phase.CHOOSING)
    made.run(silent=["Dot"])
    made.organise(player.make_close(made.state, made.organiser.key))
    made.run(Phase.DELIVERED).say_what_is_owed("Ann", "Bob", "Cem", "Dot")
    body = dealer.make_reveal(made.state, made.dealer, {})
    secrets = altered(body.secrets, 96, b"\x07" * 32)
    return made.smuggle(SERVER, changed(body, secrets=GiftSecrets(secrets)))
