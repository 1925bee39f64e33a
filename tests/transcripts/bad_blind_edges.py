"""Bad transcripts of blind games: one step beyond a limit, and what only one half of a rule refuses.

Times, numbers of decks, gifts and disputes, those who left, terms. The good games at the same limits are in
`edges`; complaints are in `bad_blind_complaints`, what an author had not seen is in `bad_blind_seen`.
"""

from __future__ import annotations

from msgspec import UNSET

from sealed_santa.game.batches import GIFT_COLUMNS, PIECE
from sealed_santa.game.envelopes import ZEROS
from sealed_santa.game.stages import blind_state
from sealed_santa.game.state import Phase
from sealed_santa.lab.simulator import START
from sealed_santa.log.entry import sign_post
from sealed_santa.log.fields import Coin, Hash, Opened, Points
from sealed_santa.log.posts import Exclusions, Receipt
from sealed_santa.roles import player
from transcripts.bad_blind_complaints import at_patience, close_of, leaves
from transcripts.bad_blind_delivery import ANNS, ANNS_PROVEN, GONE, dispute, given, left
from transcripts.bad_blind_terms import created, joining, limits
from transcripts.blind_forge import (
    PATIENCE,
    at,
    blind_game,
    forged_envelope,
    forged_mix,
    heads,
    me,
    owes,
    play,
    santa,
)
from transcripts.cases import bad
from transcripts.forge import ORGANISER, SERVER, Forger, changed, people

# --- coins ----------------------------------------------------------------------------------------


@bad("A20 coin.roster 6")
def blind_coin_for_another_roster() -> bytes:
    """A coin that says it is for other players."""
    made = at(Phase.COINS)
    return made.smuggle("Ann", changed(owes(made, "Ann"), roster=Hash(b"\x07" * 32)))


@bad("A20 coin.twice 7")
def blind_coin_twice() -> bytes:
    """Ann opens her coin again."""
    made = at(Phase.COINS, 1)
    return made.smuggle("Ann", changed(owes(at(Phase.COINS), "Ann"), seen=made.state.head))


@bad("A20 coin.wrong 6")
def blind_coin_invented() -> bytes:
    """Ann opens another coin than the one that her join committed to."""
    made = at(Phase.COINS)
    return made.smuggle("Ann", changed(owes(made, "Ann"), coin=Coin(b"\x07" * 32)))


# --- times ----------------------------------------------------------------------------------------


def deadline_over() -> Forger:
    """Return a game whose deadline was over before its cards were dealt, with entry 26."""
    return blind_game(Phase.CHOOSING, seed="corpus/blind/2", decks=1, choose_by=START)


@bad("A32 close.too-early 13")
def blind_keys_closed_a_millisecond_too_early() -> bytes:
    """A millisecond is missing from the last coin on."""
    return close_of(SERVER, at_patience(at(Phase.KEYS, 3), 9, 1))


@bad("A32 close.too-early 17")
def blind_mixing_closed_a_millisecond_too_early() -> bytes:
    """A millisecond is missing from the beginning of the mixing on."""
    return close_of(SERVER, at_patience(at(Phase.MIXING, 3), 13, 1))


@bad("A21 drop.too-early 9")
def blind_drop_of_a_coin_a_millisecond_too_early() -> bytes:
    """A millisecond is missing from the lock on."""
    made = at_patience(at(Phase.COINS, 3), 5, 1)
    return made.smuggle(ORGANISER, player.make_drop(made.state, made.organiser.key, (me(made, "Dot")[0],)))


@bad("A21 drop.too-early 27")
def blind_drop_a_millisecond_too_early() -> bytes:
    """A millisecond is missing from the deal on."""
    made = at_patience(at(Phase.CHOOSING), 26, 1)
    return made.smuggle(ORGANISER, player.make_drop(made.state, made.organiser.key, (me(made, "Dot")[0],)))


@bad("A21 drop.too-early 27")
def blind_drop_by_a_player_a_millisecond_too_early() -> bytes:
    """A millisecond is missing to the deadline."""
    made = blind_game(Phase.CHOOSING, choose_by=START + 10 * PATIENCE)
    made.now = START + 10 * PATIENCE - 1
    return made.smuggle("Ann", player.make_drop(made.state, made.id_of("Ann"), (me(made, "Dot")[0],)))


@bad("A21 drop.too-early 27")
def blind_drop_by_a_player_with_a_deadline_that_is_too_near() -> bytes:
    """The deadline is over since the cards were dealt, but everybody has a while from the last hand on."""
    made = at_patience(deadline_over(), 26, 1)
    return made.smuggle("Ann", player.make_drop(made.state, made.id_of("Ann"), (me(made, "Dot")[0],)))


@bad("A32 close.too-early 27")
def blind_choosing_closed_a_millisecond_before_the_deadline() -> bytes:
    """A millisecond is missing to the deadline."""
    made = blind_game(Phase.CHOOSING, choose_by=START + 10 * PATIENCE)
    made.now = START + 10 * PATIENCE - 1
    return close_of(SERVER, made)


@bad("A32 close.too-early 27")
def blind_choosing_closed_by_a_deadline_that_is_too_near() -> bytes:
    """The deadline is over since the cards were dealt, but everybody has a while from the last hand on."""
    return close_of(SERVER, at_patience(deadline_over(), 26, 1))


@bad("A32 close.too-early 39")
def blind_reveal_a_millisecond_before_its_date() -> bytes:
    """A millisecond is missing to the date."""
    made = blind_game(Phase.DELIVERED, reveal_at=START + 10 * PATIENCE)
    made.now = START + 10 * PATIENCE - 1
    return close_of(SERVER, made)


# --- decks ----------------------------------------------------------------------------------------


def three(decks: int, *pairs: tuple[int, int]) -> Forger:
    """Return a game of three with so many decks in a batch and these pairs excluded, that waits for the first mix."""
    names = people(3)
    named = tuple((names[i - 1], names[j - 1]) for i, j in pairs)
    return blind_game(Phase.MIXING, names, decks=decks, exclusions=Exclusions(groups=(), pairs=named))


@bad("B05 mix.rows 11")
def blind_mix_with_more_decks_than_six_tests_need() -> bytes:
    """Six tests a deck of three rows, and room for a hundred decks: 48 are allowed, not 49."""
    made = three(100, (1, 2), (2, 3), (3, 1))
    return made.smuggle("Player 1", forged_mix(made, "Player 1", decks=49))


@bad("B05 mix.rows 11")
def blind_mix_with_fewer_decks_than_half_of_an_odd_room() -> bytes:
    """There is room for 21 decks: half of that is eleven decks, and not ten."""
    made = three(21, (1, 2))
    return made.smuggle("Player 1", forged_mix(made, "Player 1", decks=10))


@bad("B05 mix.rows 14")
def blind_mix_with_a_row_too_many() -> bytes:
    """Three decks and a row of a fourth."""
    made = at(Phase.MIXING)
    body = forged_mix(made, "Ann")
    return made.smuggle("Ann", changed(body, rows=Points(body.rows + body.rows[:64])))


@bad("B05 mix.rows 14")
def blind_mix_with_half_a_ciphertext_too_many() -> bytes:
    """Three decks and a point."""
    made = at(Phase.MIXING)
    body = forged_mix(made, "Ann")
    return made.smuggle("Ann", changed(body, rows=Points(body.rows + body.rows[:32])))


# --- gifts, receipts, disputes --------------------------------------------------------------------


@bad("B15 gift.bad 40", blame=ANNS_PROVEN)
def blind_gift_directly_after_the_catalogue() -> bytes:
    """The catalogue has four gifts, and the box says 4: the first place is 0."""
    return given(ANNS, content=bytes(ZEROS) + (4).to_bytes(2, "little") + bytes(160)).run().transcript()


@bad("B15 gift.missing 40", blame=ANNS_PROVEN)
def blind_gift_for_nobody_disputed_during_the_reveal() -> bytes:
    """Ann looks for her gift when the reveal is called and the pairs are not open yet; the game goes on."""
    made = given(ANNS, box=bytes(range(GIFT_COLUMNS * PIECE))).run(Phase.DELIVERED)
    made.organise(player.make_call(made.state, made.organiser.key))
    made.say("Ann", dispute(made, "Ann"))
    return made.run().transcript()


@bad("A39 dispute.unfounded 42 by player Dot (proven)")
def blind_dispute_as_the_last_receipt() -> bytes:
    """The dispute of the last one counts as a receipt, ground or not: the reveal begins with it."""
    made = at(Phase.DELIVERED).say_what_is_owed("Ann", "Bob", "Cem")
    made.say("Dot", dispute(made, "Dot"))
    return made.run().transcript()


@bad("A39 dispute.unfounded 42 by player Dot (proven)", "A39 dispute.after-receipt 43")
def blind_dispute_in_the_reveal_after_the_receipt() -> bytes:
    """Ann disputes in the reveal what she has confirmed."""
    made = at(Phase.DELIVERED).say_what_is_owed("Ann", "Bob", "Cem")
    made.say("Dot", dispute(made, "Dot"))
    return made.smuggle("Ann", dispute(made, "Ann"))


@bad("A39 dispute.keys 39")
def blind_dispute_with_a_key_too_many() -> bytes:
    """Bob publishes his card key as well: everybody could read the shares of the joint key that he got."""
    made = at(Phase.DELIVERED)
    return made.smuggle("Bob", dispute(made, "Bob", card_secret=Opened(made.players["Bob"].card.secret)))


@bad("A39 dispute.keys 39")
def blind_dispute_with_the_reveal_key_too() -> bytes:
    """Bob publishes the key that opens nothing in this mode."""
    made = at(Phase.DELIVERED)
    return made.smuggle("Bob", dispute(made, "Bob", reveal_secret=Opened(made.players["Bob"].reveal.secret)))


@bad("A39 dispute.keys 39")
def blind_dispute_about_the_reveal() -> bytes:
    """The pairs of a blind game are opened with proofs; there is nothing to dispute."""
    made = at(Phase.DELIVERED)
    return made.smuggle("Bob", dispute(made, "Bob", "reveal"))


LEFT_SANTA = "Player 2"  # gives to Player 1 in the repaired game of five


@bad("B15 gift.missing 82", blame=f"player {LEFT_SANTA} (proven)")
def blind_gift_for_nobody_after_somebody_left() -> bytes:
    """Of five players one left, and the other four gave: that is everybody, and the Santa of Player 1 gave nothing."""
    made = at(Phase.CHOOSING, 0, game="five")
    if santa(made, "Player 1") != LEFT_SANTA:
        raise AssertionError(f"{santa(made, 'Player 1')} gives to Player 1")
    made.say(LEFT_SANTA, forged_envelope(made, LEFT_SANTA, box=bytes(range(GIFT_COLUMNS * PIECE))))
    return made.run().transcript()


@bad("A32 close.too-early 73")
def blind_choosing_closed_with_a_gift_of_the_deal_before() -> bytes:
    """Bob gave, Ann left, and when all is dealt again the other two give: Bob's gift is void, and the server closes."""
    made = leaves(at(Phase.CHOOSING).say_what_is_owed("Bob"), "Ann")
    play(made, lambda state: state.phase is Phase.CHOOSING)
    return close_of(SERVER, made.say_what_is_owed("Cem", "Dot"))


def not_all_gave() -> Forger:
    """Return a game in which the gifts of three are to be mixed, and the time for Bob's is long over."""
    made = deadline_over().say_what_is_owed("Ann", "Cem", "Dot")
    made.organise(player.make_close(made.state, made.organiser.key))
    made.now += 2 * PATIENCE
    return made


@bad("A15 turn.wrong 31")
def blind_drop_by_a_player_while_gifts_are_mixed() -> bytes:
    """A player drops another while gifts are mixed, which only the organiser may then."""
    made = not_all_gave()
    return made.smuggle("Ann", player.make_drop(made.state, made.id_of("Ann"), (me(made, "Bob")[0],)))


@bad("A21 drop.players 31")
def blind_drop_while_gifts_are_mixed_of_somebody_who_gave() -> bytes:
    """The organiser drops a player whose gift is in the mix."""
    made = not_all_gave()
    return made.smuggle(ORGANISER, player.make_drop(made.state, made.organiser.key, (me(made, "Ann")[0],)))


# --- those who left -------------------------------------------------------------------------------


@bad("A15 round.wrong 70")
def blind_envelope_of_a_player_who_left_for_another_round() -> bytes:
    """Who has left gives something for another round: the round is looked at first."""
    made = left()
    body = owes(made, "Player 2")
    return made.smuggle(GONE, changed(body, **{**heads(made, GONE), "round": 2}))


@bad("A15 author.wrong 70")
def blind_join_of_a_player_who_left() -> bytes:
    """Who has left joins again with its key: it is a player of the roster still, and no newcomer."""
    made = left()
    secrets, invite = made.players[GONE], made.state.create.invites[0].key
    body = player.make_join(secrets, invite, made.state.head, "Eve", "", made.state.mode)
    made.force(sign_post(body, secrets.signing, made.invite))
    return made.transcript()


@bad("A15 turn.wrong 70")
def blind_start_of_a_player_who_left() -> bytes:
    """Who has left starts the game again."""
    made = left()
    return made.smuggle(GONE, player.make_start(made.state, made.id_of(GONE)))


@bad("A15 author.wrong 82")
def blind_receipt_of_a_player_who_left() -> bytes:
    """Who has left confirms a gift."""
    made = at(Phase.DELIVERED, 0, game="five")
    return made.smuggle(GONE, Receipt(**heads(made, GONE)))


# --- terms and joins ------------------------------------------------------------------------------


@bad("A06 create.limits 0")
def blind_create_without_a_test_in_the_game() -> bytes:
    """The game may need no test at all, which none can do."""
    return created(blind=limits(game_tests=0))


@bad("A06 create.limits 0")
def blind_create_with_a_test_too_many() -> bytes:
    """A batch may have 8000 tests, and not 8001."""
    return created(blind=limits(batch_tests=8001))


@bad("A05 join.group-key 5")
def blind_join_without_a_group_key_and_with_a_used_key() -> bytes:
    """Two defects: the missing key is looked at before the used one."""
    made = joining()
    return made.smuggle_join(group_key=UNSET, card_key=made.state.players[0].card_key)


@bad("A16 join.name-taken 5")
def blind_join_without_a_group_key_by_a_second_ann() -> bytes:
    """Two defects: the name is looked at before the missing key."""
    return joining().smuggle_join(called="Ann", group_key=UNSET)


@bad("B02 key.commitments 10")
def blind_key_for_a_threshold_that_is_too_low() -> bytes:
    """The terms say at least one; three of four are needed all the same, and a key with one commitment is none."""
    made = blind_game(Phase.KEYS, threshold=1)
    assert blind_state(made.state).threshold == 3
    body = owes(made, "Ann")
    return made.smuggle("Ann", changed(body, commitments=Points(body.commitments[:32])))
