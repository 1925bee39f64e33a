"""Bad transcripts: terms, keys, names, invites, the lock, turns, `seen`."""

from __future__ import annotations

from sealed_santa.game.state import Phase
from sealed_santa.log.entry import sign_post
from sealed_santa.log.fields import Hash, SealKey, SealKeys, SignKey
from sealed_santa.log.posts import Accept, CatalogueGift, Exclusions, Invite
from sealed_santa.roles import dealer, player
from transcripts.bad_form import joined, some_coin
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
    honest_deal,
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


# --- terms --------------------------------------------------------------------------------------


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


# --- keys ---------------------------------------------------------------------------------------


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


# --- names and invites --------------------------------------------------------------------------


@bad("A16 name.empty 5")
def name_empty() -> bytes:
    """A player without a name."""
    return joined().smuggle_join(called="")


@bad("A16 name.too-long 5")
def name_too_long() -> bytes:
    """A name of 65 characters."""
    return joined().smuggle_join(called="E" * 65)


@bad("A16 name.character 5")
def name_with_direction_mark() -> bytes:
    """A name that turns the reading direction."""
    return joined().smuggle_join(called="E\u202ev\u202ce")


@bad("A16 name.character 5")
def name_with_control_character() -> bytes:
    """A name with the beginning of a terminal command."""
    return joined().smuggle_join(called="Eve\x1b[2J")


@bad("A16 name.blank 5")
def name_with_two_blanks() -> bytes:
    """A name that looks like another on most screens."""
    return joined().smuggle_join(called="Eve  Smith")


@bad("A16 name.mark-first 5")
def name_with_mark_first() -> bytes:
    """A name that begins with a combining accent, which would fall on what stands before it."""
    return joined().smuggle_join(called="\u0301Eve")


@bad("A16 name.not-nfc 5")
def name_not_nfc() -> bytes:
    """A name in another normal form: the same letters as another, other bytes."""
    return joined().smuggle_join(called="Zoe\u0308")


@bad("A16 join.name-taken 5")
def name_taken() -> bytes:
    """A second Ann."""
    return joined().smuggle_join(called="Ann")


@bad("A16 join.wish 5")
def wish_with_control_character() -> bytes:
    """A wish that rings the bell of a terminal."""
    return joined().smuggle_join(wish="tea\x07")


@bad("A17 join.full 5")
def join_of_a_full_game() -> bytes:
    """A fifth player in a game of at most four."""
    return game(Phase.JOINING, max_players=4).smuggle_join()


@bad("A17 join.invite-unknown 5")
def join_with_foreign_invite() -> bytes:
    """The join is countersigned with a good signature, by an invite that this game does not have."""
    made = joined()
    return made.smuggle_join(invite=Forger("a stranger").invite)


def invited(names: tuple[str, ...]) -> Forger:
    """Return a game with an invite each for these names; Ann has joined with hers."""
    keys = {name: Forger(f"corpus/invite/{name}").invite for name in names}
    made = Forger("corpus", (), {})
    invites = tuple(Invite(key=SignKey(k.public().raw), name=name) for name, k in keys.items())
    create = changed(made.state.create, invites=invites, catalogue=made.state.create.catalogue[:3])
    made.entries, made.current = [], None
    made.organise(create)
    made.invite = keys["Ann"]
    made.join("Ann")
    return made


@bad("A17 join.invite-name 2")
def join_with_the_invite_of_another() -> bytes:
    """Eve comes in with the invite for Bob."""
    made = invited(("Ann", "Bob"))
    made.invite = Forger("corpus/invite/Bob").invite
    return made.smuggle_join()


@bad("A17 join.invite-used 2")
def join_with_a_used_invite() -> bytes:
    """A second person comes with Ann's invite, under her name."""
    return invited(("Ann", "Bob")).smuggle_join(called="Ann")


# --- the lock -----------------------------------------------------------------------------------


@bad("A18 start.not-allowed 5")
def start_by_a_player() -> bytes:
    """A player starts a game that only its organiser may start."""
    made = game(Phase.JOINING, starters="organiser")
    return made.smuggle("Ann", player.make_start(made.state, made.players["Ann"].key))


@bad("A18 start.too-few 3")
def start_with_two() -> bytes:
    """Two players: each would give to the other."""
    made = game(Phase.JOINING, names=("Ann", "Bob"))
    return made.smuggle("Ann", player.make_start(made.state, made.players["Ann"].key))


@bad("A18 start.roster-moved 6")
def start_of_another_roster() -> bytes:
    """Somebody left after the roster that the start names."""
    made = joined()
    body = player.make_start(made.state, made.players["Ann"].key)
    made.say("Dot", player.make_leave(made.state, made.players["Dot"].key))
    return made.smuggle("Ann", changed(body, seen=made.state.head))


# --- who and when -------------------------------------------------------------------------------


@bad("A15 author.wrong 6")
def decks_by_a_player() -> bytes:
    """A player commits decks that it knows."""
    made = game(Phase.DECK)
    body = dealer.make_deck(made.state, made.dealer)
    return made.smuggle("Ann", changed(body, by=made.id_of("Ann")))


@bad("A15 author.wrong 12")
def confirmation_by_a_stranger() -> bytes:
    """Somebody who never joined confirms a card."""
    made = game(Phase.CHOOSING)
    stranger = Forger("a stranger").organiser
    body = Accept(game=made.state.game, by=stranger.key, seen=made.state.head, round=1)
    made.force(sign_post(body, stranger.signing))
    return made.transcript()


@bad("A15 author.wrong 5")
def join_twice() -> bytes:
    """A player joins a second time under another name, with the same key."""
    made = joined()
    body, _ = made.next_join("Eve")
    made.force(sign_post(changed(body, by=made.id_of("Ann")), made.key_of("Ann"), made.invite))
    return made.transcript()


@bad("A15 author.wrong 8")
def drop_by_a_player() -> bytes:
    """A player drops others whose coins are late."""
    made = game(Phase.COINS).say_what_is_owed("Ann")
    made.now += 10_000_000
    return made.smuggle("Ann", player.make_drop(made.state, made.id_of("Ann"), made.state.missing_coins()[:1]))


@bad("A15 turn.wrong 6")
def join_after_the_lock() -> bytes:
    """The server adds a player after the roster is locked."""
    return game(Phase.DECK).smuggle_join()


@bad("A15 turn.wrong 7")
def leave_after_the_lock() -> bytes:
    """A player leaves between decks and coins: it could have another draw by that, unseen."""
    made = game(Phase.COINS)
    return made.smuggle("Bob", player.make_leave(made.state, made.id_of("Bob")))


@bad("A15 turn.wrong 6")
def coin_before_the_decks() -> bytes:
    """A coin is open before the dealer committed: it could choose its decks by it."""
    made = game(Phase.DECK)
    return made.smuggle("Ann", some_coin(made))


@bad("A15 turn.wrong 8")
def decks_after_a_coin() -> bytes:
    """The dealer commits to other decks after it has seen a coin."""
    made = game(Phase.COINS)
    other = changed(made.state.deck, commitments=type(made.state.deck.commitments)(made.state.deck.commitments[32:]))
    made.say_what_is_owed("Ann")
    return made.smuggle(SERVER, changed(other, seen=made.state.head))


@bad("A15 turn.wrong 10")
def deal_before_the_last_coin() -> bytes:
    """The dealer deals while a coin is missing, by a seed of its own."""
    made = game(Phase.DEAL)
    deal = honest_deal(made)
    made.entries.pop()
    return made.smuggle(SERVER, changed(deal, seen=made.entries[-1].hash))


@bad("A15 turn.wrong 11")
def drop_after_the_last_coin() -> bytes:
    """All coins are in and the outcome is fixed; a drop would draw again."""
    made = game(Phase.DEAL)
    made.now += 10_000_000
    return made.smuggle(ORGANISER, player.make_drop(made.state, made.organiser.key, made.state.players[:1]))


@bad("A15 turn.wrong 12")
def second_deal() -> bytes:
    """The dealer deals a second time."""
    made = game(Phase.DEAL)
    deal = honest_deal(made)
    made.deal_with(deal)
    return made.smuggle(SERVER, changed(deal, seen=made.state.head))


@bad("A15 turn.wrong 17")
def gift_after_the_close() -> bytes:
    """A gift comes after the choosing was closed."""
    made = game(Phase.CHOOSING).say_what_is_owed("Ann", "Bob", "Cem", "Dot")
    body = player.make_gift(made.state, made.players["Ann"], 0, "late", made.entropy)
    made.organise(player.make_close(made.state, made.organiser.key))
    return made.smuggle("Ann", changed(body, seen=made.state.head))


@bad("A15 turn.wrong 20")
def delivery_before_the_close() -> bytes:
    """The server delivers while gifts can still come."""
    made = game(Phase.CLOSED)
    delivery = dealer.make_delivery(made.state, made.dealer, {})
    made.entries.pop()
    return made.smuggle(SERVER, changed(delivery, seen=made.entries[-1].hash))


@bad("A15 turn.wrong 12")
def reveal_before_the_delivery() -> bytes:
    """The server tells everybody the pairs right after the deal."""
    made = game(Phase.CHOOSING)
    return made.smuggle(SERVER, dealer.make_reveal(made.state, made.dealer, {}))


@bad("A15 round.wrong 7")
def coin_of_another_round() -> bytes:
    """A coin says that it is for round 2 in round 1."""
    made = game(Phase.COINS)
    return made.smuggle("Ann", changed(some_coin(made), round=2))


@bad("A15 round.wrong 16")
def gift_of_another_round() -> bytes:
    """The server shows in round 2 the gift that was made for round 1."""
    made = game(Phase.CHOOSING).say_what_is_owed("Ann", "Bob", "Cem", "Dot")
    body = player.make_gift(made.state, made.players["Ann"], 0, "", made.entropy)
    return made.smuggle("Ann", changed(body, round=2))


# --- seen ---------------------------------------------------------------------------------------


@bad("A14 seen.unknown 12")
def seen_of_a_fork() -> bytes:
    """A player has seen an entry that this log does not have: the server shows it another one."""
    made = game(Phase.CHOOSING)
    return made.smuggle("Ann", changed(made.owed("Ann").posts[0], seen=Hash(b"\x5a" * 32)))


@bad("A14 seen.too-old 14")
def gift_without_seeing_the_last_one() -> bytes:
    """A second gift of a giver that does not know of its first: one of them was made on another device."""
    made = game(Phase.CHOOSING).say_what_is_owed("Ann")
    body = player.make_gift(made.state, made.players["Ann"], 0, "", made.entropy)
    made.say("Ann", body)
    again = player.make_gift(made.state, made.players["Ann"], 1, "", made.entropy)
    return made.smuggle("Ann", changed(again, seen=body.seen))


@bad("A14 seen.backwards 14")
def seen_going_back() -> bytes:
    """A player names an older entry than in its last post: it was put back to an older copy."""
    made = game(Phase.CHOOSING).say_what_is_owed("Bob", "Ann")
    body = player.make_gift(made.state, made.players["Ann"], 0, "", made.entropy)
    return made.smuggle("Ann", changed(body, seen=made.state.chain[11]))


@bad("A14 seen.too-old 7")
def coin_without_seeing_the_decks() -> bytes:
    """A coin of a player that has not seen the decks: the dealer could have made them after it."""
    made = game(Phase.COINS)
    return made.smuggle("Ann", changed(some_coin(made), seen=made.state.chain[5]))


@bad("A14 seen.too-old 11")
def deal_without_seeing_the_last_coin() -> bytes:
    """A deal that says it was made before the last coin."""
    made = game(Phase.DEAL)
    return made.smuggle(SERVER, changed(honest_deal(made), seen=made.state.chain[9]))


@bad("A14 seen.too-old 12")
def confirmation_without_seeing_the_deal() -> bytes:
    """A card is confirmed by somebody who has not seen the deal."""
    made = game(Phase.CHOOSING)
    return made.smuggle("Ann", changed(made.owed("Ann").posts[0], seen=made.state.chain[10]))


@bad("A14 seen.too-old 21")
def delivery_without_seeing_the_close() -> bytes:
    """A delivery that was made before the choosing was closed."""
    made = game(Phase.CLOSED)
    body = dealer.make_delivery(made.state, made.dealer, {})
    return made.smuggle(SERVER, changed(body, seen=made.state.chain[19]))


@bad("A14 seen.too-old 22")
def receipt_without_seeing_the_delivery() -> bytes:
    """A receipt of somebody who has not seen the delivery."""
    made = game(Phase.DELIVERED)
    return made.smuggle("Ann", changed(made.owed("Ann").posts[0], seen=made.state.chain[20]))


@bad("A14 seen.too-old 26")
def reveal_without_seeing_the_receipts() -> bytes:
    """A reveal that was made before the last receipt."""
    made = game(Phase.DELIVERED).say_what_is_owed("Ann", "Bob", "Cem", "Dot")
    body = dealer.make_reveal(made.state, made.dealer, {})
    return made.smuggle(SERVER, changed(body, seen=made.state.chain[23]))


@bad("A06 game.no-create 0", blame=UNKNOWN)
def log_begins_with_a_join() -> bytes:
    """Entry 0 is a join: there are no terms, and no key that says who may sign the entries."""
    made = joined()
    post = made.entries[1].post
    made.entries = []
    made.force(post)
    return made.transcript()
