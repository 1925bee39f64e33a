"""Attack: two trustees that dislike their cards have all of them drawn again.

One does no work while the cards are mixed, so that it may still complain of its shares. When both have read
their cards, it complains of the other, who answers wrongly or not at all. If the one that was found out were taken out
of the joint key then, all cards would be mixed anew; at the price of one trustee the two chose which deal stands.
From the first hand on, who is found out only takes no part any more. See docs/protocol.md, 11.4.
"""

from __future__ import annotations

import pytest

from blind_cases import PATIENCE, act, at_phase, blind, blind_at, close, patiently, secret_pairs
from game_cases import NAMES, by_player
from sealed_santa.audit.auditor import audit
from sealed_santa.crypto.group import encode_scalars
from sealed_santa.game.batches import Kind
from sealed_santa.game.stages import the_batch
from sealed_santa.game.state import Phase
from sealed_santa.lab.simulator import Simulator
from sealed_santa.log.fields import Share
from sealed_santa.log.posts import Answer, Complaint

AWAY, ACCUSED = "Dot", "Bob"
CARDS = [Kind.CARDS]


def dealt(phase: Phase = Phase.CHOOSING) -> Simulator:
    """Return a game in which one trustee has done no work yet, and so has not confirmed its shares."""
    game = blind_at("mixing", choose_by=1)
    patiently(game, at_phase(phase), silent=(AWAY,))
    assert game.state.phase is phase
    return game


def complain(game: Simulator) -> None:
    state = game.state
    game.say(AWAY, Complaint(
        game=state.game, by=game.players[AWAY].key, seen=state.head, round=state.round,
        accused=1 + NAMES.index(ACCUSED),
    ))  # fmt: skip


def answer_wrongly(game: Simulator) -> None:
    state = game.state
    game.say(ACCUSED, Answer(
        game=state.game, by=game.players[ACCUSED].key, seen=state.head, round=state.round,
        accuser=1 + NAMES.index(AWAY), share=Share(encode_scalars([1])),
    ))  # fmt: skip


def decks_drawn(game: Simulator) -> list[Kind]:
    return [past.kind for past in blind(game).past if past.kind is Kind.CARDS]


def test_the_honest_run() -> None:
    """The trustee was only late; the cards that all have read are those of the reveal."""
    game = dealt()
    pairs = secret_pairs(game)
    assert len(pairs) == len(NAMES)
    game.run()
    assert (game.state.phase, dict(blind(game).pairs), decks_drawn(game)) == (Phase.OVER, pairs, CARDS)
    assert audit(game.transcript()).verdict.value == "verified"


def test_attack_a_wrong_answer_after_the_cards_were_read() -> None:
    game = dealt()
    pairs, before = secret_pairs(game), blind(game)
    complain(game)
    answer_wrongly(game)
    assert (blind(game).deck, blind(game).hands, blind(game).joint) == (before.deck, before.hands, before.joint)
    assert (game.state.phase, secret_pairs(game)) == (Phase.CHOOSING, pairs)
    game.run()
    assert (game.state.phase, dict(blind(game).pairs), decks_drawn(game)) == (Phase.OVER, pairs, CARDS)
    findings = [(f.code, str(f.blame)) for f in audit(game.transcript()).findings]
    assert findings == [("share.wrong", f"player {ACCUSED} (proven)")]


def test_attack_no_answer_after_the_cards_were_read() -> None:
    """The close that would have found the accused out closes the choosing, and no more."""
    game = dealt()
    pairs = secret_pairs(game)
    complain(game)
    for name in ("Ann", "Cem", AWAY):
        act(game, name)
    assert game.state.phase is Phase.CHOOSING
    game.now += 10 * PATIENCE
    game.deal_with(close(game, game.dealer.key))
    assert the_batch(game.state).kind is Kind.GIFTS
    assert set(blind(game).complaints) == {(4, 2)}
    assert (blind(game).out, game.state.faults) == (frozenset(), ())
    assert secret_pairs(game) == pairs
    assert decks_drawn(game) == CARDS


@pytest.mark.parametrize("count", [1, 2])
def test_attack_with_the_first_hands_in_the_log(count: int) -> None:
    """Who has a share of its own needs the others' hands only; so it is the first hand that counts."""
    game = dealt(Phase.DEALING)
    for name in ("Ann", "Cem")[:count]:
        act(game, name)
    deck = blind(game).deck
    assert (game.state.phase, len(blind(game).hands)) == (Phase.DEALING, count)
    complain(game)
    answer_wrongly(game)
    assert (game.state.phase, blind(game).deck) == (Phase.DEALING, deck)
    game.run()
    assert (game.state.phase, blind(game).deck, decks_drawn(game)) == (Phase.OVER, deck, CARDS)


def test_before_the_first_hand_nobody_knows_a_card_and_all_are_drawn_anew() -> None:
    game = dealt(Phase.DEALING)
    assert secret_pairs(game) == {}
    complain(game)
    answer_wrongly(game)
    assert (game.state.phase, blind(game).deck, blind(game).found_out) == (Phase.MIXING, (), {2})
    assert game.run().state.phase is Phase.OVER
    assert decks_drawn(game) == [Kind.CARDS] * 2


def test_the_two_have_one_complaint_and_no_second_one() -> None:
    game = dealt()
    complain(game)
    answer_wrongly(game)
    state = game.state
    again = Complaint(
        game=state.game, by=game.players[AWAY].key, seen=state.head, round=state.round,
        accused=1 + NAMES.index(ACCUSED),
    )  # fmt: skip
    assert by_player(game, AWAY, again) == "complaint.accused"
