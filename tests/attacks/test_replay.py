"""Posts said again: in the same game, in another, in another round, in another order."""

from __future__ import annotations

import pytest

from game_cases import NAMES, but, by_player, dealt, dispute, game_at, gift_with, owed, raises
from sealed_santa.base.errors import IllegalPost, VerificationError
from sealed_santa.game import rules
from sealed_santa.game.replay import fold, judge
from sealed_santa.game.state import Phase
from sealed_santa.lab.simulator import Simulator, played
from sealed_santa.log.entry import SignedPost, sign_entry, sign_post
from sealed_santa.log.fields import CardBoxes, Hash
from sealed_santa.log.posts import Receipt
from sealed_santa.roles import dealer, player


def code(game: Simulator, post: SignedPost) -> str:
    try:
        judge(game.state, post, game.now)
    except IllegalPost as e:
        return e.code
    return "ok"


def test_no_post_of_a_game_is_taken_twice_or_elsewhere() -> None:
    game, other = played(seed="one"), played(seed="two")
    for entry in game.entries[1:]:
        assert code(game, entry.post) == "post.replayed"
        assert code(other, entry.post) == "game.wrong"


@pytest.mark.parametrize("field", ["permutation", "exclusion", "sealed", "cards"])
def test_parts_of_a_deal_do_not_fit_another_game(field: str) -> None:
    """The same players, exclusions and dealer; another game id in every session and every info."""
    one, two = game_at(Phase.DEAL), game_at(Phase.DEAL, title="Another")
    two.dealer = one.dealer
    mine, theirs = dealt(one), dealer.make_deal(two.state, two.dealer, two.entropy)
    assert len(getattr(mine, field)) == len(getattr(theirs, field))
    mixed = but(mine, **{field: getattr(theirs, field)})
    post = sign_post(mixed, one.server)
    if field == "sealed":
        one.order(post)  # what is sealed only its readers can judge, and they do
        assert all(owed(one, name).__struct_config__.tag == "dispute" for name in NAMES)
    else:
        assert code(one, post) in ("deal.permutation.wrong", "deal.exclusion.wrong")


def test_a_proof_of_one_round_is_none_in_the_next() -> None:
    game = game_at(Phase.COINS, (*NAMES, "Eve", "Fay"))
    game.run(until=Phase.DEAL)
    first = dealt(game)
    other = game_at(Phase.COINS, (*NAMES, "Eve", "Fay")).run(silent=("Fay",))
    other.now += 10**7
    other.organise(player.make_drop(other.state, other.organiser.key, other.state.missing_coins()))
    other.run(until=Phase.DEAL)
    assert code(other, sign_post(but(first, seen=other.state.head), other.server)) == "round.wrong"
    again = but(dealt(other), permutation=first.permutation)
    assert code(other, sign_post(again, other.server)) in ("deal.proof-form", "deal.permutation.wrong")


# --- another's post as one's own ----------------------------------------------------------------


def test_a_copied_gift_is_refused_and_shows_nothing() -> None:
    """Bob posts Ann's boxes and h as his own, to give what she gives or to have the dealer tell him what it is."""
    game = game_at(Phase.CHOOSING)
    for name in NAMES:
        game.say(name, owed(game, name))
    game.say("Ann", owed(game, "Ann"))
    anns = game.state.gifts[1].body
    copied = but(gift_with(game, "Bob"), choice=anns.choice, note=anns.note, h=anns.h)
    game.say("Bob", copied)
    refused = dealt(game)
    assert (refused.giver, refused.note_secret) == (2, None)
    game.deal_with(refused)
    assert game.state.faults == ()  # founded: the box does not open for Bob
    kept, _, _, _ = dealer._gift_keys(game.state, game.dealer, game.state.players[0], game.state.gifts[1])
    assert refused.choice_secret != kept.secret  # what Ann's box opens with stays secret


def test_a_copied_h_is_refused() -> None:
    """h names its giver: Ann's is none of Bob's, even if he could open her boxes."""
    game = game_at(Phase.CHOOSING)
    for name in NAMES:
        game.say(name, owed(game, name))
    game.say("Ann", gift_with(game, "Ann", choice=3, k=b"k" * 32))
    game.say("Bob", gift_with(game, "Bob", choice=3, k=b"k" * 32, h=game.state.gifts[1].body.h))
    assert dealt(game).giver == 2


def test_sealed_cards_cannot_be_exchanged() -> None:
    """The server gives Ann what was sealed to Bob, and the reverse: neither opens, both dispute."""
    game = game_at(Phase.DEAL)
    body = dealt(game)
    a, b, *rest = body.sealed.units()
    game.deal_with(but(body, sealed=CardBoxes(b"".join([b, a, *rest]))))
    assert [owed(game, name).__struct_config__.tag for name in NAMES] == ["dispute", "dispute", "accept", "accept"]


# --- order --------------------------------------------------------------------------------------


def two_gifts(game: Simulator) -> tuple[SignedPost, SignedPost]:
    """Return a first and a second thought of Ann, both signed before either is in the log."""
    game.say("Ann", owed(game, "Ann"))
    ann = game.players["Ann"]
    first = player.make_gift(game.state, ann, 1, "first", game.entropy)
    second = player.make_gift(game.state, ann, 2, "second", game.entropy)
    return sign_post(first, ann.signing), sign_post(second, ann.signing)


def test_without_seen_the_server_orders_gifts_as_it_likes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rules, "_least_seen", lambda state, body: 0)
    game = game_at(Phase.CHOOSING)
    first, second = two_gifts(game)
    game.order(second)
    game.order(first)  # the first thought stands
    assert game.state.gifts[1].post == first.hash


def test_a_gift_answers_the_last_one_of_its_giver() -> None:
    """A second gift must have seen the first in the log; the first then has not seen the second."""
    game = game_at(Phase.CHOOSING)
    first, second = two_gifts(game)
    assert code(game, first) == code(game, second) == "ok"
    game.order(first)
    assert code(game, second) == "seen.too-old"  # an honest client waits, and signs anew
    ann = game.players["Ann"]
    third = sign_post(player.make_gift(game.state, ann, 3, "third", game.entropy), ann.signing)
    game.order(third)
    for old in (first, second):
        assert code(game, old) in ("post.replayed", "seen.backwards", "seen.too-old")
    assert game.state.gifts[1].post == third.hash


def test_an_old_gift_cannot_come_back_after_a_refusal() -> None:
    game = game_at(Phase.CHOOSING)
    first, second = two_gifts(game)
    assert code(game, second) == "ok"
    game.order(sign_post(gift_with(game, "Ann", choice=0xFFFF), game.players["Ann"].signing))
    game.deal_with(dealt(game))
    for old in (first, second):
        assert code(game, old) == "seen.too-old"


# --- counting -----------------------------------------------------------------------------------


def test_nothing_is_counted_twice() -> None:
    """One player's second gift, coin or receipt never stands in for another player's."""
    game = game_at(Phase.CHOOSING)
    for name in NAMES:
        game.say(name, owed(game, name))
    for k in range(4):
        game.say("Ann", gift_with(game, "Ann", choice=k))
    posts = sum(e.post.body.__struct_config__.tag == "gift" for e in game.entries)
    assert posts == len(game.state.players)  # a rule that counted posts would close now
    assert not game.state.closable(game.now)
    assert dealer.duties(game.state, game.dealer, game.now, game.entropy, game.memo) == ()


def test_a_receipt_and_a_dispute_are_one() -> None:
    game = game_at(Phase.DELIVERED)
    gift = game.players["Ann"].gift.secret
    game.say("Ann", dispute(game, "Ann", "delivery", gift=gift))
    receipt = Receipt(game=game.state.game, by=game.players["Ann"].key, seen=game.state.head, round=1)
    assert by_player(game, "Ann", receipt) == "receipt.twice"
    assert game.state.receipts == {1}


def test_an_entry_cannot_be_moved_or_left_out() -> None:
    game = played()
    entries = list(game.entries)
    fold(entries)
    entries[7], entries[8] = entries[8], entries[7]
    with raises(VerificationError, "chain.seq"):
        fold(entries)
    moved = []
    for seq, entry in enumerate(entries):  # signed anew in the other order, as only the server can
        prev = moved[-1].hash if moved else Hash(bytes(32))
        moved.append(sign_entry(seq, entries[0].at + seq, prev, entry.post, game.server))
    with raises(IllegalPost, "seen.unknown"):
        fold(moved)
