"""Bad transcripts of sealed games: one step beyond a limit, and what only one half of a rule refuses.

The good games at the same limits are in `edges`.
"""

from __future__ import annotations

from sealed_santa.crypto.sealing import BoxSecret
from sealed_santa.game.state import Phase
from sealed_santa.lab.simulator import START
from sealed_santa.log.fields import GiftSecrets, Opened, RevealBoxes, SealKey, SealKeys, SignKey
from sealed_santa.log.posts import CatalogueGift, Exclusions, Invite
from sealed_santa.roles import dealer, player
from transcripts.bad_giving import refusal_of, refused, revealing
from transcripts.bad_terms import created, other_key
from transcripts.blind_forge import PATIENCE
from transcripts.cases import bad, copies
from transcripts.forge import ORGANISER, SERVER, Forger, changed, game, joined, lines

SO_FAR = "verified so far"

# --- terms ----------------------------------------------------------------------------------------


def gifts(count: int) -> tuple[CatalogueGift, ...]:
    """Return a catalogue of so many gifts."""
    return tuple(CatalogueGift(id=f"g{i}", name="Tea", price=900, tags=()) for i in range(count))


def invites(count: int) -> tuple[Invite, ...]:
    """Return so many invites for anybody."""
    return tuple(Invite(key=other_key(f"invite {i}"), name=None) for i in range(count))


def excluded(groups: int, pairs: int) -> Exclusions:
    """Return so many groups and pairs; they may repeat."""
    return Exclusions(groups=(("A", "B"),) * groups, pairs=(("A", "B"),) * pairs)


def with_catalogue(count: int) -> bytes:
    """Return a log with nothing but a create with so many gifts."""
    made = Forger("corpus", (), {})
    create = changed(made.state.create, catalogue=gifts(count))
    made.entries = []
    return made.smuggle(ORGANISER, create)


@bad("A06 create.text 0")
def create_title_too_long() -> bytes:
    """A title has at most 80 characters."""
    return created(title="T" * 81)


@bad("A06 create.text 0")
def create_house_too_long() -> bytes:
    """The gift of the house has at most 120 characters."""
    return created(house="h" * 121)


@bad("A06 create.text 0")
def create_house_empty() -> bytes:
    """The house gives nothing."""
    return created(house="")


@bad("A06 create.text 0")
def create_house_with_control_character() -> bytes:
    """The gift of the house rings the bell of a terminal."""
    return created(house="tea\x07")


@bad("A06 create.invites 0")
def create_with_an_invite_too_many() -> bytes:
    """There are at most 1000 invites."""
    return created(invites=invites(1001))


@bad("A06 create.exclusions 0")
def create_with_an_exclusion_too_many() -> bytes:
    """Groups and pairs together are at most 5000; here neither alone is more."""
    return created(exclusions=excluded(2501, 2500))


@bad("A06 create.exclusions 0")
def create_group_with_a_name_twice() -> bytes:
    """A household has one person twice."""
    return created(exclusions=Exclusions(groups=(("Ann", "Bob", "Ann"),), pairs=()))


@bad("A06 create.limits 0")
def create_with_too_much_patience() -> bytes:
    """A game that would wait for more than a year."""
    return created(patience=31_622_400_001)


@bad("A06 create.limits 0")
def create_with_room_for_two_cards() -> bytes:
    """No deck of three cards is allowed."""
    return created(min_players=3, max_players=3, deck_limit=2)


@bad("A06 create.catalogue 0")
def create_without_gifts() -> bytes:
    """There is nothing to give."""
    return with_catalogue(0)


@bad("A06 create.catalogue 0")
def create_with_a_gift_too_many() -> bytes:
    """A catalogue has at most 500 gifts."""
    return with_catalogue(501)


# --- joins and keys -------------------------------------------------------------------------------


def for_bob_and_anybody() -> Forger:
    """Return a game with an invite for Bob and one for anybody."""
    made = Forger("corpus", (), {})
    anybody = Invite(key=SignKey(made.invite.public().raw), name=None)
    bob = Invite(key=other_key("invite for Bob"), name="Bob")
    create = changed(made.state.create, invites=(anybody, bob), catalogue=gifts(1))
    made.entries, made.current = [], None
    made.organise(create)
    return made


@bad("A17 join.invite-name 1")
def join_under_an_invited_name() -> bytes:
    """Somebody comes with the invite for anybody, under the name that an invite keeps for Bob."""
    return for_bob_and_anybody().smuggle_join(called="Bob")


@bad("A05 join.key-used 5")
def join_with_the_key_of_the_organiser_as_card_key() -> bytes:
    """The card key of a newcomer is the bytes of the organiser's signing key: what a key is for makes no difference."""
    made = joined()
    return made.smuggle_join(card_key=SealKey(bytes(made.state.create.by)))


@bad("A05 key.used 6")
def deck_key_of_a_player() -> bytes:
    """The dealer hands out Ann's card key as a gift key: Ann could read that gift."""
    made = game(Phase.DECK)
    body = dealer.make_deck(made.state, made.dealer)
    return made.smuggle(SERVER, changed(body, keys=SealKeys(made.state.players[0].card_key + body.keys[32:])))


@bad("A05 key.used 11")
def deck_key_of_the_round_before() -> bytes:
    """A player was dropped, and the new round has a gift key of the old one."""
    made = game(Phase.COINS)
    old = made.entries[6].post.body
    made.say_what_is_owed("Ann", "Bob", "Cem")
    made.now += 2 * PATIENCE
    made.organise(player.make_drop(made.state, made.organiser.key, made.state.players[3:]))
    body = dealer.make_deck(made.state, made.dealer)
    return made.smuggle(SERVER, changed(body, keys=SealKeys(old.keys[:32] + body.keys[32:])))  # type: ignore[union-attr]


@bad("A05 key.used 14")
def refusal_with_one_key_for_both_boxes() -> bytes:
    """The next choice key and the next note key are the same: to refuse a choice would open the note."""
    made = refused()
    body = refusal_of(made, "Ann", both=True)
    return made.smuggle(SERVER, changed(body, next_note=body.next_choice))


@bad("A05 key.used 14")
def refusal_with_a_used_note_key() -> bytes:
    """The next note key is the one that was just published."""
    made = refused()
    body = refusal_of(made, "Ann", both=True)
    return made.smuggle(SERVER, changed(body, next_note=made.state.note_keys[1]))


@bad("A31 refusal.wrong-key 14")
def refusal_with_another_note_key() -> bytes:
    """The published note key is not the one that the gift was sealed to."""
    made = refused()
    return made.smuggle(SERVER, changed(refusal_of(made, "Ann", both=True), note_secret=Opened(b"\x07" * 32)))


@bad("A31 refusal.wrong-key 14")
def refusal_with_a_next_note_key_for_nothing() -> bytes:
    """The note key is replaced and was not published."""
    made = refused()
    fresh = SealKey(BoxSecret(b"\x05" * 32).public().raw)
    return made.smuggle(SERVER, changed(refusal_of(made, "Ann"), next_note=fresh))


# --- times ----------------------------------------------------------------------------------------


@bad("A11 chain.time 5")
def entry_a_millisecond_before_the_last_one() -> bytes:
    """Time goes back by a millisecond."""
    made = joined()
    made.now = made.entries[-1].at - 1
    return made.smuggle_join()


@bad("A21 drop.too-early 10")
def drop_a_millisecond_too_early() -> bytes:
    """A millisecond is missing from the decks on."""
    made = game(Phase.COINS).say_what_is_owed("Ann", "Bob", "Cem")
    made.now = made.entries[6].at + PATIENCE - 1
    return made.smuggle(ORGANISER, player.make_drop(made.state, made.organiser.key, made.state.players[3:]))


@bad("A32 close.too-early 12")
def close_a_millisecond_before_the_deadline() -> bytes:
    """A millisecond is missing to the deadline."""
    made = game(Phase.CHOOSING, choose_by=START + 10 * PATIENCE)
    made.now = START + 10 * PATIENCE - 1
    return made.smuggle(SERVER, player.make_close(made.state, made.dealer.key))


@bad("A32 close.too-early 12")
def close_a_millisecond_too_early_after_the_deal() -> bytes:
    """The deadline is long over, and a millisecond is missing from the deal on."""
    made = game(Phase.CHOOSING, choose_by=START)
    made.now = made.entries[11].at + PATIENCE - 1
    return made.smuggle(SERVER, player.make_close(made.state, made.dealer.key))


@bad("A35 reveal.not-yet 26")
def reveal_a_millisecond_before_its_date() -> bytes:
    """A millisecond is missing to the date."""
    made = revealing(reveal_at=START + 10 * PATIENCE)
    made.now = START + 10 * PATIENCE - 1
    return made.smuggle(SERVER, dealer.make_reveal(made.state, made.dealer, {}))


# --- the reveal -----------------------------------------------------------------------------------


@bad("A35 reveal.not-yet 23")
def reveal_where_there_is_none_at_its_date() -> bytes:
    """The terms say never, and have a date, too: there is no reveal on it either."""
    made = game(Phase.DELIVERED, reveal="never", reveal_at=START).say_what_is_owed("Ann")
    return made.smuggle(SERVER, dealer.make_reveal(made.state, made.dealer, {}))


@bad("A35 reveal.form 26")
def reveal_of_three_secrets() -> bytes:
    """The k of the last giver is missing."""
    made = revealing()
    body = dealer.make_reveal(made.state, made.dealer, {})
    return made.smuggle(SERVER, changed(body, secrets=GiftSecrets(body.secrets[:-32])))


@bad("A35 reveal.form 26")
def reveal_in_public_with_a_box() -> bytes:
    """There is a box for somebody beside what all can read."""
    made = revealing()
    body = dealer.make_reveal(made.state, made.dealer, {})
    return made.smuggle(SERVER, changed(body, boxes=RevealBoxes(bytes(117))))


@bad("A35 reveal.form 26")
def reveal_in_private_with_a_secret() -> bytes:
    """There is a k for all to read beside the boxes."""
    made = revealing(reveal="private")
    body = dealer.make_reveal(made.state, made.dealer, {})
    return made.smuggle(SERVER, changed(body, secrets=GiftSecrets(bytes(32))))


@bad("A35 reveal.form 26")
def reveal_in_private_with_a_box_missing() -> bytes:
    """Three boxes for four recipients."""
    made = revealing(reveal="private")
    body = dealer.make_reveal(made.state, made.dealer, {})
    return made.smuggle(SERVER, changed(body, boxes=RevealBoxes(body.boxes[:-117])))


# --- copies ---------------------------------------------------------------------------------------


@copies("not readable", 3, "copy.unreadable", 8, SO_FAR)
def copies_of_which_one_cannot_be_read() -> tuple[bytes, bytes]:
    """A line of one copy is no entry: nothing is said about who told what."""
    data = game(Phase.COINS).say_what_is_owed("Ann", "Bob", "Cem").transcript()
    good = lines(data)
    return data, b"".join([*good[:8], b"{}\n", *good[9:]])


@copies("not readable", 3, "copy.unreadable", 0, SO_FAR)
def copies_of_which_one_is_empty() -> tuple[bytes, bytes]:
    """One copy has no entry at all, so that nobody knows of which game it is."""
    return game(Phase.JOINING).transcript(), b""
