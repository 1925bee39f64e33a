"""Bad transcripts: terms and keys."""

from __future__ import annotations

from sealed_santa.game.state import Phase
from sealed_santa.log.entry import sign_post
from sealed_santa.log.fields import SealKey, SealKeys, SignKey
from sealed_santa.log.posts import CatalogueGift, Exclusions, Invite
from sealed_santa.roles import dealer, player
from transcripts.cases import UNKNOWN, bad
from transcripts.forge import (
    HIGH_BIT,
    IDENTITY,
    LOW_ORDER_BOX,
    NO_POINT,
    NOT_CANONICAL,
    ORDER_EIGHT,
    ORGANISER,
    SERVER,
    Forger,
    changed,
    game,
    joined,
    mixed_order,
)


def created(**terms: object) -> bytes:
    """Return a log with nothing but a create with these terms."""
    made = Forger("corpus", (), {})
    create = changed(made.state.create, catalogue=made.state.create.catalogue[:3], **terms)
    made.entries = []
    made.force(sign_post(create, made.organiser.signing))
    return made.transcript()


def other_key(name: str = "somebody else") -> SignKey:
    """Return a valid key of nobody in the game."""
    return Forger(f"corpus/{name}").organiser.key


# --- terms -------------------------------------------------------------------------------------------


@bad("A06 create.text 0")
def create_title_with_direction_marks() -> bytes:
    """The title turns the reading direction, so that people read something else than what is there."""
    return created(title="Office\u202egame")


@bad("A06 create.text 0")
def create_without_title() -> bytes:
    """A game needs a title."""
    return created(title="")


@bad("A06 create.text 0")
def create_budget_too_long() -> bytes:
    """A budget has at most 40 characters."""
    return created(budget="2" * 41)


@bad("A06 create.invites 0")
def create_without_invites() -> bytes:
    """Nobody could ever join."""
    return created(invites=())


@bad("A06 create.invites 0")
def create_two_invites_for_one_name() -> bytes:
    """Two invites are for Ann: two people could come as her."""
    return created(invites=(Invite(key=other_key("a"), name="Ann"), Invite(key=other_key("b"), name="Ann")))


@bad("A16 name.too-long 0")
def create_invite_for_a_long_name() -> bytes:
    """An invite is for a name that nobody may have."""
    return created(invites=(Invite(key=other_key("a"), name="A" * 65),))


@bad("A06 create.exclusions 0")
def create_group_of_one() -> bytes:
    """A household of one person excludes nothing, and is a slip."""
    return created(exclusions=Exclusions(groups=(("Ann",),), pairs=()))


@bad("A06 create.exclusions 0")
def create_pair_of_one() -> bytes:
    """A pair needs two different people."""
    return created(exclusions=Exclusions(groups=(), pairs=(("Ann", "Ann"),)))


@bad("A06 create.limits 0")
def create_for_two() -> bytes:
    """A game of two has no secret; at least three must be asked for."""
    return created(min_players=2)


@bad("A06 create.limits 0")
def create_maximum_below_minimum() -> bytes:
    """No number of players would do."""
    return created(min_players=5, max_players=4)


@bad("A06 create.limits 0")
def create_without_room_for_a_deck() -> bytes:
    """Up to a thousand players may come, and not one deck of a thousand cards is allowed."""
    return created(deck_limit=999, max_players=1000)


@bad("A06 create.limits 0")
def create_too_many_decks() -> bytes:
    """A limit of decks that would let a dealer make everybody work for days."""
    return created(deck_limit=100_001)


@bad("A06 create.catalogue 0")
def create_one_gift_twice() -> bytes:
    """Two gifts have the same id."""
    gift = CatalogueGift(id="tea", name="Tea", price=100, tags=())
    made = Forger("corpus", (), {})
    create = changed(made.state.create, catalogue=(gift, gift))
    made.entries = []
    return made.smuggle(ORGANISER, create)


@bad("A05 create.keys 0")
def create_server_is_organiser() -> bytes:
    """One key for the server and the organiser: nobody could tell who spoke."""
    made = Forger("corpus", (), {})
    create = changed(made.state.create, by=SignKey(made.server.public().raw))
    made.entries = []
    return made.smuggle(SERVER, create)


# --- keys --------------------------------------------------------------------------------------------


@bad("A05 key.invalid 5", blame=UNKNOWN)
def key_identity() -> bytes:
    """The author's key is the identity: every signature would fit it in some libraries."""
    return joined().smuggle_join(by=SignKey(IDENTITY))


@bad("A05 key.invalid 5", blame=UNKNOWN)
def key_of_small_order() -> bytes:
    """The author's key has order eight."""
    return joined().smuggle_join(by=SignKey(ORDER_EIGHT))


@bad("A05 key.invalid 5", blame=UNKNOWN)
def key_of_mixed_order() -> bytes:
    """The author's key is a good one with a part of order eight: some libraries take its signatures, some not."""
    return joined().smuggle_join(by=SignKey(mixed_order(bytes(other_key()))))


@bad("A05 key.invalid 5", blame=UNKNOWN)
def key_not_canonical() -> bytes:
    """The author's key is written with a coordinate that is not below the field's prime."""
    return joined().smuggle_join(by=SignKey(NOT_CANONICAL))


@bad("A05 key.invalid 5", blame=UNKNOWN)
def key_off_the_curve() -> bytes:
    """The author's key is no point of the curve."""
    return joined().smuggle_join(by=SignKey(NO_POINT))


@bad("A05 key.invalid 5", blame=UNKNOWN)
def box_key_of_low_order() -> bytes:
    """A card key of low order: everybody could open what is sealed to it."""
    return joined().smuggle_join(card_key=SealKey(LOW_ORDER_BOX))


@bad("A05 key.invalid 5", blame=UNKNOWN)
def box_key_not_canonical() -> bytes:
    """A gift key with its highest bit set: a second spelling of another key."""
    made = joined()
    body, _ = made.next_join("Eve")
    high = (int.from_bytes(body.gift_key, "little") + HIGH_BIT).to_bytes(32, "little")
    return made.smuggle_join(gift_key=SealKey(high))


@bad("A05 join.key-used 5")
def join_with_one_key_for_two_purposes() -> bytes:
    """Card key and gift key are the same, so that a dispute about one would expose the other."""
    made = joined()
    body, _ = made.next_join("Eve")
    return made.smuggle_join(card_key=body.gift_key)


@bad("A05 join.key-used 5")
def join_with_the_key_of_another() -> bytes:
    """A newcomer takes Ann's card key: Ann's card would be sealed to a key of both."""
    made = joined()
    return made.smuggle_join(card_key=made.state.players[0].card_key)


@bad("A05 join.key-used 6")
def join_with_a_key_that_left() -> bytes:
    """Somebody left; the same keys come again under another name."""
    made = joined()
    made.say("Bob", player.make_leave(made.state, made.players["Bob"].key))
    body, _ = made.next_join("Eve")
    old = made.players["Bob"]
    fields = {"by": old.key, "card_key": SealKey(old.card.public().raw), "gift_key": SealKey(old.gift.public().raw)}
    made.force(sign_post(changed(body, **fields), old.signing, made.invite))
    return made.transcript()


@bad("A05 key.invalid 6")
def deck_key_of_low_order() -> bytes:
    """The dealer hands out a gift key of low order: everybody could read that gift."""
    made = game(Phase.DECK)
    body = dealer.make_deck(made.state, made.dealer)
    return made.smuggle(SERVER, changed(body, keys=SealKeys(LOW_ORDER_BOX + body.keys[32:])))


@bad("A05 key.used 6")
def deck_key_used_twice() -> bytes:
    """Two givers get the same gift key: a refusal of one would open the gift of the other."""
    made = game(Phase.DECK)
    body = dealer.make_deck(made.state, made.dealer)
    return made.smuggle(SERVER, changed(body, keys=SealKeys(body.keys[:64] + body.keys[:32] + body.keys[96:])))
