"""What the dealer owes: a pure function of secrets, log and time."""

from __future__ import annotations

from typing import Any

from game_cases import (
    COUPLE,
    FEW_DECKS,
    IMPOSSIBLE,
    NAMES,
    but,
    by_dealer,
    dealt,
    facts,
    game_at,
    gift_with,
    owed,
    raises,
)
from sealed_santa.base.errors import UsageError
from sealed_santa.game.state import Phase
from sealed_santa.log.fields import Hash, Opened, SealKey
from sealed_santa.log.posts import Close, Deal, Deck, Delivery, Exclusions, Refusal, Reveal
from sealed_santa.roles import dealer, player
from sealed_santa.roles.secrets import DealerSecrets


def duties(game: Any, now: int | None = None) -> list[type]:
    posts = dealer.duties(game.state, game.dealer, game.now if now is None else now, game.entropy, {})
    return [type(post) for post in posts]


def test_what_is_owed_in_each_phase() -> None:
    expected = {
        Phase.JOINING: [], Phase.DECK: [Deck], Phase.COINS: [], Phase.DEAL: [Deal], Phase.CHOOSING: [],
        Phase.CLOSED: [Delivery], Phase.DELIVERED: [], Phase.OVER: [],
    }  # fmt: skip
    for phase, posts in expected.items():
        game = game_at(phase)
        before = facts(game.state)
        assert duties(game) == posts, phase
        assert facts(game.state) == before


def test_asked_again_the_same_decks_and_cards_come_out() -> None:
    game = game_at(Phase.DECK)
    assert dealt(game) == dealt(game)
    game.run(until=Phase.DEAL)
    one, two = dealt(game), dealt(game)
    assert (one.deck, one.openings, one.cards) == (two.deck, two.openings, two.cards)
    assert one.sealed != two.sealed  # the ephemeral keys of boxes are fresh
    assert by_dealer(game, one) == by_dealer(game, two) == "ok"


def test_another_seed_has_other_decks() -> None:
    game = game_at(Phase.DECK)
    other = DealerSecrets(b"another seed".ljust(32), game.server)
    mine, theirs = dealt(game), dealer.make_deck(game.state, other)
    assert not set(mine.commitments.units()) & set(theirs.commitments.units())
    assert not set(mine.keys.units()) & set(theirs.keys.units())


def test_the_memo_holds_no_decision() -> None:
    """With it or without it, filled or empty: the same gifts are found good, the same are refused."""
    game = game_at(Phase.CHOOSING)
    for name in NAMES:
        game.say(name, owed(game, name))
    game.say("Ann", gift_with(game, "Ann"))
    game.say("Bob", gift_with(game, "Bob", choice=0xFFFF))
    memo: dealer.Memo = {}
    first = dealer.duties(game.state, game.dealer, game.now, game.entropy, memo)
    assert len(memo) == 1
    assert first == dealer.duties(game.state, game.dealer, game.now, game.entropy, memo)
    assert first == dealer.duties(game.state, game.dealer, game.now, game.entropy)
    (body,) = first
    assert isinstance(body, Refusal)
    assert body.giver == 2


def test_bad_gifts_are_refused_one_after_the_other_and_before_the_close() -> None:
    game = game_at(Phase.CHOOSING)
    for name in NAMES:
        game.say(name, owed(game, name))
    for name in NAMES:
        game.say(name, gift_with(game, name, choice=0xFFFF))
    for k in range(4):
        assert duties(game) == [Refusal], k
        game.deal_with(dealt(game))
    assert duties(game) == []


def test_the_close_comes_with_the_last_gift_or_the_deadline() -> None:
    game = game_at(Phase.CHOOSING, choose_by=0)
    limit = game.state.deal_at + game.state.create.patience
    assert dealer.next_wake(game.state) == limit
    assert duties(game, limit - 1) == []
    assert duties(game, limit) == [Close]
    late = game_at(Phase.CHOOSING, choose_by=limit + 10**6)
    assert dealer.next_wake(late.state) == limit + 10**6
    assert duties(late, limit) == []


def test_without_a_deadline_nothing_wakes_the_dealer() -> None:
    game = game_at(Phase.CHOOSING)
    assert dealer.next_wake(game.state) is None
    assert duties(game, 10**15) == []


def test_the_reveal_comes_when_it_is_due() -> None:
    date = game_at().now + 10**9
    game = game_at(Phase.DELIVERED, reveal_at=date)
    assert dealer.next_wake(game.state) == date
    assert duties(game, date - 1) == []
    assert duties(game, date) == [Reveal]
    never = game_at(Phase.DELIVERED, reveal="never", reveal_at=date)
    assert dealer.next_wake(never.state) is None
    assert duties(never, date) == []


def test_enough_decks_and_no_more_than_the_limit() -> None:
    assert dealer.deck_count(game_at(Phase.DECK).state) == 10
    assert dealer.deck_count(game_at(Phase.DECK, names=NAMES[:3]).state) == 12
    assert dealer.deck_count(game_at(Phase.DECK, deck_limit=20, max_players=4).state) == 5
    assert dealer.deck_count(game_at(Phase.DECK, **FEW_DECKS).state) == 1
    assert dealer.deck_count(game_at(Phase.DECK, exclusions=COUPLE).state) > 10
    assert dealer.deck_count(game_at(Phase.DECK, exclusions=IMPOSSIBLE, deck_limit=8, max_players=4).state) == 2


def test_the_first_permitted_deck_stands_and_the_keys_before_it_are_opened() -> None:
    for k in range(20):
        game = game_at(Phase.DEAL, seed=f"dealer {k}")
        t, keys = dealer.standing_deck(game.state, game.dealer)
        roster = game.state.roster
        assert roster is not None
        expected = tuple(game.dealer.deck_key(game.state.game, 1, roster, s) for s in range(t))
        assert keys == expected
        assert dealt(game).openings == b"".join(keys)


def test_the_recipients_are_a_permitted_assignment() -> None:
    pairs = Exclusions(groups=(("Ann", "Bob"),), pairs=(("Cem", "Dot"),))
    for k in range(10):
        game = game_at(Phase.CHOOSING, seed=f"recipients {k}", exclusions=pairs)
        drawn = dealer.recipients(game.state, game.dealer)
        assert sorted(drawn.values()) == [1, 2, 3, 4]
        assert not set(drawn.items()) & set(game.state.forbidden)
        seen = {
            p.number: knowledge.recipient.number
            for p in game.state.players
            if (knowledge := player.knowledge(game.state, game.players[p.name])).recipient
        }
        assert seen == drawn


def test_before_the_deal_there_are_no_recipients() -> None:
    game = game_at(Phase.DEAL)
    assert dealer.recipients(game.state, game.dealer) == {}


def test_there_are_no_decks_without_a_roster() -> None:
    game = game_at()
    with raises(UsageError, "dealer.no-roster"):
        dealer.make_deck(game.state, game.dealer)


def test_a_gift_of_somebody_who_gave_nothing_is_none() -> None:
    game = game_at(Phase.CHOOSING)
    assert dealer.opened_gift(game.state, game.dealer, game.state.players[0], {}) is None
    assert dealer.examine(game.state, game.dealer, game.state.players[0], {}) is None


def test_envelopes_have_one_size_whoever_gave() -> None:
    game = game_at(Phase.CHOOSING).run(silent=("Dot",))
    game.organise(player.make_close(game.state, game.organiser.key))
    body = dealt(game)
    assert isinstance(body, Delivery)
    assert {len(u) for u in body.envelopes.units()} == {612}
    assert len(set(body.envelopes.units())) == 4


def test_opened_gifts_are_not_shown() -> None:
    memo = game_at(Phase.CLOSED).memo
    assert len(memo) == 4
    for gift in memo.values():
        assert str(gift.choice.k) not in repr(memo)
        assert str(gift.inner)[:40] not in repr(memo)


def test_a_contested_gift_is_not_refused_again() -> None:
    """It would be illegal, even where a refusal with both keys would have been founded."""
    game = game_at(Phase.CHOOSING)
    game.say("Ann", owed(game, "Ann"))
    game.say("Ann", gift_with(game, "Ann", h=Hash(bytes(32))))
    refused = dealt(game)
    assert refused.note_secret is not None
    game.deal_with(but(refused, note_secret=None, next_note=None))  # a slip: one key does not show it
    assert game.state.gifts[1].contested
    assert dealer.examine(game.state, game.dealer, game.state.players[0], {}) is None


def test_a_contested_gift_is_delivered() -> None:
    """The dealer refused it without reason; it stands, and is delivered as it is."""
    game = game_at(Phase.CHOOSING)
    for name in (*NAMES, *NAMES):
        game.say(name, owed(game, name))
    state, ann = game.state, game.state.players[0]
    choice, _, count, _ = dealer._gift_keys(state, game.dealer, ann, state.gifts[1])
    roster = state.roster
    assert roster is not None
    body = Refusal(
        game=state.game, by=game.dealer.key, seen=state.head, round=1, giver=1, gift=state.gifts[1].post,
        choice_secret=Opened(choice.secret), note_secret=None,
        next_choice=SealKey(game.dealer.choice_key(state.game, 1, roster, 1, count).public().raw), next_note=None,
    )  # fmt: skip
    assert by_dealer(game, but(body)) == "ok"
    game.deal_with(body)
    game.memo.clear()  # as after a restart
    game.run()
    assert game.state.phase is Phase.OVER
    assert [f.code for f in game.state.faults] == ["refusal.unfounded"]
    to = dealer.recipients(game.state, game.dealer)[1]
    parcel = player.knowledge(game.state, game.players[game.state.players[to - 1].name]).parcel
    assert parcel is not None
    assert parcel.gift == 0
