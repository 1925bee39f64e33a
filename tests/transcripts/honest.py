"""Good transcripts: whole games of many kinds, and games that are not over."""

from __future__ import annotations

from sealed_santa.crypto.signing import SigningKey
from sealed_santa.game.boxes import gift_hash
from sealed_santa.game.state import Phase
from sealed_santa.lab.simulator import START
from sealed_santa.log.archive import parse_transcript
from sealed_santa.log.entry import sign_post
from sealed_santa.log.fields import SignKey
from sealed_santa.log.posts import Exclusions, Invite, Start
from sealed_santa.roles import player
from sealed_santa.roles.secrets import DealerSecrets, PlayerSecrets
from transcripts.cases import honest
from transcripts.forge import CATALOGUE, FOUR, ORGANISER, Forger, altered, changed, game, people, search

SO_FAR = "verified so far"
HOUR = 3_600_000


def bad_choice(made: Forger, name: str) -> None:
    """Let a player choose a gift that is not in the catalogue, and a good one when it is refused."""
    secrets = made.players[name]
    made.say(name, player.make_gift(made.state, secrets, 99, "not for sale", made.entropy))
    made.intents[name] = player.Intent(gift=1, note="second try", refusals=1)


def bad_hash(made: Forger, name: str) -> None:
    """Let a player bind itself to something else than it chose, and do better when it is refused."""
    body = player.make_gift(made.state, made.players[name], 1, "bound to nothing", made.entropy)
    wrong = gift_hash(made.state.game, made.state.round, 1, bytes(32), 0, bytes(560))
    made.say(name, changed(body, h=wrong))
    made.intents[name] = player.Intent(gift=2, note="second try", refusals=1)


# --- sizes --------------------------------------------------------------------------------------


@honest()
def players_3() -> bytes:
    """The smallest game."""
    return game(names=people(3)).transcript()


@honest()
def players_4() -> bytes:
    """Four players; public reveal."""
    return game().transcript()


@honest()
def players_5() -> bytes:
    """Five players."""
    return game(names=people(5)).transcript()


@honest()
def players_8() -> bytes:
    """Eight players."""
    return game(names=people(8)).transcript()


@honest()
def players_20() -> bytes:
    """Twenty players."""
    return game(names=people(20)).transcript()


@honest()
def players_50() -> bytes:
    """Fifty players."""
    return game(names=people(50)).transcript()


@honest()
def players_100() -> bytes:
    """A hundred players."""
    return game(names=people(100)).transcript()


@honest()
def players_200() -> bytes:
    """Two hundred players, private reveal."""
    return game(names=people(200), reveal="private").transcript()


@honest()
def restarted() -> bytes:
    """Everybody is killed before each phase, and goes on a week later from seed and log copy alone."""
    made = Forger("restarted", people(5), {"reveal": "private"}).fill().start()
    for phase in (Phase.COINS, Phase.CHOOSING, Phase.CLOSED, Phase.DELIVERED, Phase.OVER):
        made.run(until=phase)
        made.entries = list(parse_transcript(made.transcript()))
        made.current = made.replay()
        made.memo = {}
        made.dealer = DealerSecrets(made.dealer.seed, SigningKey(made.server.secret))
        made.players = {name: PlayerSecrets(old.seed, old.game) for name, old in made.players.items()}
        made.now += 7 * 24 * HOUR
    return made.transcript()


# --- exclusions ---------------------------------------------------------------------------------


@honest()
def couples() -> bytes:
    """Three couples, nobody gives to the own partner."""
    groups = (("Player 1", "Player 2"), ("Player 3", "Player 4"), ("Player 5", "Player 6"))
    return game(names=people(6), exclusions=Exclusions(groups=groups, pairs=())).transcript()


@honest()
def household() -> bytes:
    """A household of three among eight, and an exclusion that names somebody who never came."""
    groups = (("Player 1", "Player 4", "Player 6"), ("Player 2", "Nobody"))
    return game(names=people(8), exclusions=Exclusions(groups=groups, pairs=())).transcript()


@honest()
def last_year() -> bytes:
    """Last year's pairs must not come again."""
    pairs = tuple((f"Player {i}", f"Player {i % 6 + 1}") for i in range(1, 7))
    return game(names=people(6), exclusions=Exclusions(groups=(), pairs=pairs)).transcript()


@honest()
def decks_passed_over() -> bytes:
    """Three or more decks had a forbidden pair and were opened before the one that stands."""

    def found(made: Forger) -> bool:
        return made.state.deal is not None and made.state.deal.deck >= 3

    seed = search(found, Phase.CHOOSING).seed
    return game(seed=seed).transcript()


# --- reveals ------------------------------------------------------------------------------------


@honest()
def reveal_private() -> bytes:
    """Each recipient learns its own Santa and nothing more."""
    return game(reveal="private").transcript()


@honest()
def reveal_never() -> bytes:
    """No reveal: the last receipt ends the game."""
    return game(reveal="never").transcript()


@honest()
def reveal_never_called_off() -> bytes:
    """No reveal, one receipt missing: the organiser ends the game."""
    made = game(Phase.DELIVERED, reveal="never")
    made.say_what_is_owed("Ann", "Bob")
    made.organise(player.make_call(made.state, made.organiser.key))
    made.say_what_is_owed("Cem")
    return made.transcript()


@honest()
def reveal_called() -> bytes:
    """The organiser calls the reveal before all receipts are in; a late receipt comes after the end."""
    made = game(Phase.DELIVERED)
    made.say_what_is_owed("Ann")
    made.organise(player.make_call(made.state, made.organiser.key))
    made.run(silent=FOUR)
    made.say_what_is_owed("Dot")
    return made.transcript()


@honest()
def reveal_at() -> bytes:
    """The reveal waits for its date."""
    made = game(Phase.DELIVERED, reveal_at=START + 24 * HOUR)
    made.run()
    made.now = START + 24 * HOUR
    return made.run().transcript()


# --- draws --------------------------------------------------------------------------------------


@honest()
def coin_withheld() -> bytes:
    """A player withholds its coin, is dropped, and the others draw again."""
    made = game(Phase.COINS, names=people(5)).run(Phase.DEAL, silent=["Player 3"])
    made.now += 2 * HOUR
    made.organise(player.make_drop(made.state, made.organiser.key, made.state.missing_coins()))
    return made.run(silent=["Player 3"]).transcript()


@honest()
def coins_withheld_twice() -> bytes:
    """Two rounds end by drops, the first of two players at once."""
    made = game(Phase.COINS, names=people(7))
    for silent in (["Player 2", "Player 3"], ["Player 2", "Player 3", "Player 7"]):
        made.run(Phase.DEAL, silent=silent)
        made.now += 2 * HOUR
        made.organise(player.make_drop(made.state, made.organiser.key, made.state.missing_coins()))
        made.run(Phase.COINS, silent=silent)
    return made.run(silent=["Player 2", "Player 3", "Player 7"]).transcript()


@honest()
def decks_all_out() -> bytes:
    """One deck a round; that of the first round has a forbidden pair, so that a second round is drawn."""

    def found(made: Forger) -> bool:
        return any(not r.dropped for r in made.state.rounds)

    seed = search(found, Phase.CHOOSING, deck_limit=4, max_players=4).seed
    return game(seed=seed, deck_limit=4, max_players=4).transcript()


@honest()
def rounds_exhausted() -> bytes:
    """Almost nothing is permitted and there is one deck a round: after 64 rounds the game is void."""
    names = people(6)
    pairs = tuple((a, b) for i, a in enumerate(names) for j, b in enumerate(names) if (i + 1) % 6 != j and i != j)
    terms = {"exclusions": Exclusions(groups=(), pairs=pairs), "deck_limit": 6, "max_players": 6}
    seed = search(lambda made: made.state.phase is Phase.VOID, Phase.CHOOSING, names=names, **terms).seed
    return game(Phase.CHOOSING, names=names, seed=seed, **terms).transcript()


# --- gifts --------------------------------------------------------------------------------------


@honest()
def gift_refused_choice() -> bytes:
    """A choice outside the catalogue is refused by publishing one key; the next gift is good."""
    made = game(Phase.CHOOSING).say_what_is_owed("Ann")
    bad_choice(made, "Ann")
    return made.run().transcript()


@honest()
def gift_refused_hash() -> bytes:
    """A gift whose h binds nothing is refused by publishing both keys; the next gift is good."""
    made = game(Phase.CHOOSING).say_what_is_owed("Ann")
    bad_hash(made, "Ann")
    return made.run().transcript()


@honest()
def gift_refused_box() -> bytes:
    """A choice box that does not open is refused; its giver does not try again, and the house gives."""
    made = game(Phase.CHOOSING).say_what_is_owed("Bob")
    body = made.owed("Bob").posts[0]
    made.say("Bob", changed(body, choice=type(body.choice)(altered(body.choice, 40, b"\x00\x00\x00"))))
    made.run()
    made.organise(player.make_close(made.state, made.organiser.key))
    return made.run().transcript()


@honest()
def gift_replaced() -> bytes:
    """A giver thinks again before the close; the last gift counts."""
    made = game(Phase.CHOOSING).say_what_is_owed("Cem", "Cem")
    made.say("Cem", player.make_gift(made.state, made.players["Cem"], 0, "on second thoughts", made.entropy))
    return made.run().transcript()


@honest()
def gift_of_the_house() -> bytes:
    """One player accepts and gives nothing, another does not even accept; the organiser closes the choosing."""
    made = game(Phase.CHOOSING).say_what_is_owed("Dot")
    made.run(silent=["Cem", "Dot"])
    made.organise(player.make_close(made.state, made.organiser.key))
    return made.run().transcript()


@honest()
def closed_by_the_deadline() -> bytes:
    """The server closes the choosing when its time is over; one gift is missing."""
    made = game(Phase.CHOOSING, choose_by=START + HOUR)
    made.run(silent=["Bob"])
    made.now += 3 * HOUR
    made.run(Phase.DELIVERED, silent=["Bob"])
    return made.run().transcript()


# --- people -------------------------------------------------------------------------------------


@honest()
def left_and_joined_again() -> bytes:
    """A player leaves, and comes back with new keys."""
    made = game(Phase.JOINING)
    made.say("Bob", player.make_leave(made.state, made.players["Bob"].key))
    del made.players["Bob"]
    made.seed += " again"
    made.join("Bob", "something warm")
    return made.start().run().transcript()


@honest()
def names_of_the_world() -> bytes:
    """Names in many scripts, wishes and a title that are not ASCII."""
    terms = {"title": "Jul på kontoret", "budget": "20 €", "catalogue": CATALOGUE}
    made = Forger("corpus", ("Zoë", "Мария", "小林", "שרה", "O'Neill 🎄"), terms)
    for name in made.names:
        made.join(name, "gärna något varmt ☕")
    return made.start().run().transcript()


@honest()
def named_invites() -> bytes:
    """Each player has an invite of the own, bound to the name; only the organiser may start."""
    made = Forger("corpus", FOUR, {"starters": "organiser", "min_players": 4, "max_players": 4, "catalogue": CATALOGUE})
    keys = {name: Forger(f"corpus/invite/{name}").invite for name in FOUR}
    invites = tuple(Invite(key=SignKey(k.public().raw), name=name) for name, k in keys.items())
    create = changed(made.state.create, invites=invites)
    made.entries, made.current = [], None
    made.organise(create)
    for name in FOUR:
        made.invite = keys[name]
        made.join(name)
    body = player.make_start(made.state, made.organiser.key)
    assert isinstance(body, Start)
    made.order(sign_post(body, made.key_of(ORGANISER)))
    return made.run().transcript()


# --- not over -----------------------------------------------------------------------------------


@honest(SO_FAR)
def unfinished_created() -> bytes:
    """Nobody has joined yet."""
    return game(Phase.JOINING, names=()).transcript()


@honest(SO_FAR)
def unfinished_joining() -> bytes:
    """Two players have joined."""
    return game(Phase.JOINING, names=("Ann", "Bob")).transcript()


@honest(SO_FAR)
def unfinished_started() -> bytes:
    """The roster is locked, the decks are not there yet."""
    return game(Phase.DECK).transcript()


@honest(SO_FAR)
def unfinished_coins() -> bytes:
    """Two coins of four are in."""
    return game(Phase.COINS).say_what_is_owed("Ann", "Cem").transcript()


@honest(SO_FAR)
def unfinished_deal() -> bytes:
    """All coins are in, the deal is not there yet."""
    return game(Phase.DEAL).transcript()


@honest(SO_FAR)
def unfinished_choosing() -> bytes:
    """Two players have confirmed, one has given."""
    return game(Phase.CHOOSING).say_what_is_owed("Ann", "Ann", "Bob").transcript()


@honest(SO_FAR)
def unfinished_closed() -> bytes:
    """The choosing is closed, nothing is delivered yet."""
    return game(Phase.CLOSED).transcript()


@honest(SO_FAR)
def unfinished_delivered() -> bytes:
    """Two receipts are missing."""
    return game(Phase.DELIVERED).say_what_is_owed("Bob", "Dot").transcript()


@honest(SO_FAR)
def unfinished_second_round() -> bytes:
    """A player was dropped; the decks of the second round are there and no coin yet."""
    made = game(Phase.COINS, names=people(4)).run(Phase.DEAL, silent=["Player 1"])
    made.now += 2 * HOUR
    made.organise(player.make_drop(made.state, made.organiser.key, made.state.missing_coins()))
    return made.run(Phase.COINS).transcript()
