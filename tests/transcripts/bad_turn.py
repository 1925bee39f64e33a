"""Bad transcripts: who spoke when, and what they had seen."""

from __future__ import annotations

from sealed_santa.game.state import Phase
from sealed_santa.log.entry import sign_post
from sealed_santa.log.fields import Hash
from sealed_santa.log.posts import Accept
from sealed_santa.roles import dealer, player
from transcripts.cases import UNKNOWN, bad
from transcripts.forge import ORGANISER, SERVER, Forger, changed, game, honest_deal, joined, some_coin

# --- who and when ------------------------------------------------------------------------------------


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


# --- seen --------------------------------------------------------------------------------------------


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
