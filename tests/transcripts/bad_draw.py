"""Bad transcripts: decks, coins, drops, the deal and its proofs."""

from __future__ import annotations

from sealed_santa.game.state import Phase
from sealed_santa.log.fields import Coin, Hash, Points, SealKeys, SignKey
from sealed_santa.log.posts import Deck, Exclusions
from sealed_santa.roles import dealer, player
from transcripts.cases import bad
from transcripts.forge import (
    IDENTITY,
    NOT_CANONICAL,
    ORDER_EIGHT,
    ORGANISER,
    SERVER,
    Forger,
    altered,
    changed,
    game,
    mixed_order,
    people,
    search,
    some_coin,
)

LONG = 10_000_000  # milliseconds; more than any patience here


def decks() -> tuple[Forger, Deck]:
    """Return a game that waits for the decks, and the honest ones."""
    made = game(Phase.DECK)
    return made, dealer.make_deck(made.state, made.dealer)


# --- decks --------------------------------------------------------------------------------------


@bad("A19 deck.roster 6")
def decks_for_another_roster() -> bytes:
    """The decks were made for other players."""
    made, body = decks()
    return made.smuggle(SERVER, changed(body, roster=Hash(b"\x07" * 32)))


@bad("A19 deck.limit 6")
def decks_none() -> bytes:
    """The dealer commits to nothing."""
    made, body = decks()
    return made.smuggle(SERVER, changed(body, commitments=Points(b"")))


@bad("A19 deck.limit 6")
def decks_over_the_limit() -> bytes:
    """Three decks of four cards, where the terms allow eleven cards."""
    made = game(Phase.DECK, deck_limit=11, max_players=4)
    body = dealer.make_deck(made.state, made.dealer)
    return made.smuggle(SERVER, changed(body, commitments=Points(body.commitments + body.commitments[:32])))


def _with_commitment(raw: bytes) -> bytes:
    made, body = decks()
    return made.smuggle(SERVER, changed(body, commitments=Points(altered(body.commitments, 32, raw))))


@bad("A19 deck.point 6")
def deck_identity() -> bytes:
    """The commitment to a deck is the identity."""
    return _with_commitment(IDENTITY)


@bad("A19 deck.point 6")
def deck_of_small_order() -> bytes:
    """The commitment to a deck has order eight."""
    return _with_commitment(ORDER_EIGHT)


@bad("A19 deck.point 6")
def deck_of_mixed_order() -> bytes:
    """The commitment to a deck has a part of order eight."""
    _, body = decks()
    return _with_commitment(mixed_order(body.commitments[32:64]))


@bad("A19 deck.point 6")
def deck_not_canonical() -> bytes:
    """The commitment to a deck is written in a form that is not canonical."""
    return _with_commitment(NOT_CANONICAL)


@bad("A19 deck.twice 6")
def one_deck_twice() -> bytes:
    """Two decks have one commitment: when the first is passed over and opened, everybody knows the second."""
    made, body = decks()
    return made.smuggle(SERVER, changed(body, commitments=Points(altered(body.commitments, 32, body.commitments[:32]))))


@bad("A19 deck.keys 6")
def deck_keys_missing() -> bytes:
    """One giver gets no key for the note."""
    made, body = decks()
    return made.smuggle(SERVER, changed(body, keys=SealKeys(body.keys[:-32])))


# --- coins --------------------------------------------------------------------------------------


@bad("A20 coin.roster 7")
def coin_for_another_roster() -> bytes:
    """A coin that was opened for other players."""
    made = game(Phase.COINS)
    return made.smuggle("Ann", changed(some_coin(made), roster=Hash(b"\x07" * 32)))


@bad("A20 coin.wrong 7")
def coin_invented() -> bytes:
    """A coin that is no link of the chain: its player chose it after all."""
    made = game(Phase.COINS)
    return made.smuggle("Ann", changed(some_coin(made), coin=Coin(b"\x11" * 32)))


@bad("A20 coin.wrong 7")
def coin_of_the_next_round() -> bytes:
    """The second link is opened in round 1: a player would have two coins to choose from."""
    made = game(Phase.COINS)
    return made.smuggle("Ann", changed(some_coin(made), coin=made.players["Ann"].coin(2)))


@bad("A20 coin.wrong 7")
def coin_committed_at_the_join() -> bytes:
    """The end of the chain, known to all since the join, is shown as a coin."""
    made = game(Phase.COINS)
    return made.smuggle("Ann", changed(some_coin(made), coin=made.players["Ann"].coin(0)))


@bad("A20 coin.wrong 8")
def coin_of_another_player() -> bytes:
    """Bob shows Ann's coin as his own."""
    made = game(Phase.COINS).say_what_is_owed("Ann")
    return made.smuggle("Bob", changed(some_coin(made), by=made.id_of("Bob")))


@bad("A20 coin.wrong 12")
def coin_of_the_last_round() -> bytes:
    """In round 2 the server shows the coin of round 1 again, in a body that its player signed."""
    made = second_round()
    return made.smuggle("Ann", changed(some_coin(made), round=2))


def second_round() -> Forger:
    """Return a game in whose first round Dot was dropped, with the decks of the second."""
    made = game(Phase.COINS).run(Phase.DEAL, silent=["Dot"])
    made.now += LONG
    made.organise(player.make_drop(made.state, made.organiser.key, made.state.missing_coins()))
    return made.run(Phase.COINS)


@bad("A20 coin.twice 8")
def coin_twice() -> bytes:
    """A player opens its coin a second time."""
    made = game(Phase.COINS).say_what_is_owed("Ann")
    return made.smuggle("Ann", some_coin(made))


# --- drops --------------------------------------------------------------------------------------


def _drop(names: tuple[str, ...], waited: int = LONG, of: Forger | None = None) -> bytes:
    made = of or game(Phase.COINS, names=people(5)).say_what_is_owed("Player 1", "Player 2")
    made.now += waited
    body = player.make_drop(made.state, made.organiser.key, ())
    return made.smuggle(ORGANISER, changed(body, players=tuple(made.id_of(name) for name in names)))


@bad("A21 drop.too-early 10")
def drop_too_early() -> bytes:
    """A player is dropped a minute after the decks, where everyone was given an hour."""
    return _drop(("Player 5",), waited=60_000)


@bad("A21 drop.players 10")
def drop_of_nobody() -> bytes:
    """A drop that names nobody would be another draw for nothing."""
    return _drop(())


@bad("A21 drop.players 10")
def drop_of_a_stranger() -> bytes:
    """A drop names a key that is not in the roster."""
    made = game(Phase.COINS, names=people(5)).say_what_is_owed("Player 1", "Player 2")
    made.now += LONG
    body = player.make_drop(made.state, made.organiser.key, ())
    return made.smuggle(ORGANISER, changed(body, players=(SignKey(Forger("a stranger").organiser.key),)))


@bad("A21 drop.players 10")
def drop_of_one_twice() -> bytes:
    """A drop names a player twice."""
    return _drop(("Player 5", "Player 5"))


@bad("A21 drop.has-coin 10")
def drop_of_a_player_with_a_coin() -> bytes:
    """The organiser drops a player whose coin is there, to draw again."""
    return _drop(("Player 1",))


@bad("A21 drop.too-few 9")
def drop_leaves_two() -> bytes:
    """After the drop two players would be left."""
    return _drop(("Cem", "Dot"), of=game(Phase.COINS).say_what_is_owed("Ann", "Bob"))


@bad("A21 round.exhausted 514")
def drop_in_the_last_round() -> bytes:
    """Round 64 is the last: there are no coins for another."""
    names = people(6)
    pairs = tuple((a, b) for i, a in enumerate(names) for j, b in enumerate(names) if (i + 1) % 6 != j and i != j)
    terms = {"exclusions": Exclusions(groups=(), pairs=pairs), "deck_limit": 6, "max_players": 6}
    seed = search(lambda made: made.state.phase is Phase.VOID, Phase.CHOOSING, names=names, **terms).seed
    made = game(Phase.DECK, names=names, seed=seed, **terms)
    while made.state.round < 64:
        made.run(Phase.DECK)
        made.run(Phase.COINS)
    made.run(Phase.COINS)
    made.say_what_is_owed("Player 1")
    made.now += LONG
    return made.smuggle(ORGANISER, player.make_drop(made.state, made.organiser.key, made.state.players[1:2]))
