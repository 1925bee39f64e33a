"""How a blind game goes from batch to batch, where no entry of an honest log leads: limits, and what is refused."""

from __future__ import annotations

from dataclasses import replace

import pytest

from blind_cases import blind, blind_at, bridged
from game_cases import COUPLE, NAMES, game_at, raises
from sealed_santa.base.errors import Blame, Certainty, Party, UsageError
from sealed_santa.crypto.elgamal import trivial
from sealed_santa.game import stages
from sealed_santa.game.batches import Batch, Kind
from sealed_santa.game.state import Fault, Phase
from sealed_santa.game.statements import group_keys, joint_key

P = Phase


def test_a_sealed_game_and_one_that_has_not_begun_have_nothing_of_this() -> None:
    for game in (game_at(P.CHOOSING), blind_at("joining")):
        with raises(UsageError, "mode.wrong"):
            stages.blind_state(game.state)
    with raises(UsageError, "mode.wrong"):
        group_keys(game_at(P.CHOOSING).state.players)
    with raises(UsageError, "batch.wrong"):
        stages.the_batch(blind_at("choosing").state)
    with raises(UsageError, "game.no-key"):
        joint_key(blind_at("keys").state)


@pytest.mark.parametrize("kind", list(Kind))
def test_there_are_256_batches_and_no_more(kind: Kind) -> None:
    state = blind_at("choosing").state
    deck = tuple((trivial(i),) for i in range(1, 5))
    for before, phase in ((254, None), (255, None), (256, P.VOID), (300, P.VOID)):
        held = replace(state, blind=replace(stages.blind_state(state), batches=before))
        after = stages.begin_batch(held, state.at, Batch(0, kind, (deck,)))
        assert (after.phase is P.VOID) == (phase is P.VOID)
        assert after.blind is not None
        assert after.blind.batches == (before if phase else before + 1)
        assert (after.blind.batch is None) == (phase is P.VOID)


def test_without_enough_trustees_no_batch_begins() -> None:
    state = blind_at("choosing").state
    for out, phase in ((frozenset({1}), P.MIXING), (frozenset({1, 2}), P.VOID)):
        held = replace(state, blind=replace(stages.blind_state(state), out=out))
        assert stages.begin_cards(held, state.at).phase is phase
    dead = replace(state, blind=replace(stages.blind_state(state), joint=None))
    assert stages.begin_cards(dead, state.at).phase is P.VOID


def test_a_new_batch_of_cards_forgets_the_old_deal_and_a_bridge_keeps_it() -> None:
    game = blind_at("choosing", (*NAMES, "Eve"))
    cards = stages.blind_state(stages.begin_cards(game.state, game.now))
    assert (cards.deck, cards.holders, cards.hands, cards.envelopes) == ((), (), {}, {})
    assert cards.joint == blind(game).joint
    kept = blind(bridged(Kind.BRIDGE))
    assert len(kept.deck) == 5


def test_what_is_mixed_and_what_goes_on_to_be_tested_or_opened() -> None:
    state = blind_at("choosing").state
    phases = {
        Kind.CARDS: P.MIXING, Kind.BRIDGE: P.MIXING, Kind.ORDER: P.MIXING, Kind.GIFTS: P.MIXING,
        Kind.SCREEN: P.BLINDING, Kind.REVEAL: P.REVEALING,
    }  # fmt: skip
    deck = stages.blind_state(state).deck
    for kind, phase in phases.items():
        assert stages.begin_batch(state, state.at, Batch(0, kind, (deck,))).phase is phase


def test_who_is_found_out_after_the_first_hand_only_takes_no_part() -> None:
    for place in ("choosing", "gifts", "revealing"):
        state = blind_at(place).state
        after = stages.find_out(state, state.at, frozenset({1}))
        held, before = stages.blind_state(after), stages.blind_state(state)
        assert (after.phase, held.out, held.found_out) == (state.phase, {1}, frozenset())
        assert (held.joint, held.deck, held.batch) == (before.joint, before.deck, before.batch)
        assert stages.find_out(state, state.at, frozenset({1, 2})).phase is P.VOID
    dealing = blind_at("dealing").state
    again = stages.blind_state(stages.find_out(dealing, dealing.at, frozenset({1})))
    assert (again.found_out, again.deck) == ({1}, ())


def test_a_game_can_go_on_with_three_players_enough_trustees_and_something_to_deal() -> None:
    state = blind_at("choosing").state

    def without(gone: set[int], out: set[int]) -> bool:
        changed = replace(stages.blind_state(state), gone=frozenset(gone), out=frozenset(out))
        return stages.can_go_on(replace(state, blind=changed))

    assert without(set(), set())
    assert without({1}, {1})
    assert not without({1}, {1, 2})
    assert not without({1, 2}, {1})
    couple = blind_at("choosing", exclusions=COUPLE).state  # Ann and Bob
    for gone, ok in (({1}, True), ({2}, True), ({3}, False), ({4}, False)):
        left = replace(couple, blind=replace(stages.blind_state(couple), gone=frozenset(gone)))
        assert stages.can_go_on(left) is ok


def test_forbidden_pairs_and_tests_leave_out_who_is_gone() -> None:
    state = blind_at("choosing", (*NAMES, "Eve"), exclusions=COUPLE).state
    left = replace(state, blind=replace(stages.blind_state(state), gone=frozenset({2})))
    assert stages.forbidden_left(state) == state.forbidden
    assert stages.forbidden_left(left) == ((1, 1), (3, 3), (4, 4), (5, 5))
    assert [(t.row, t.value) for t in stages.card_tests(left, 1)] == [(1, 1), (2, 3), (3, 4), (4, 5)]
    assert [p.number for p in stages.present(left)] == [1, 3, 4, 5]


def test_a_reveal_names_the_santas_of_faults() -> None:
    state = blind_at("over").state
    giver = {r: g for g, r in stages.blind_state(state).pairs}
    somebody = Blame(Party.PLAYER, "the Santa of Bob", Certainty.PROVEN)
    other = Blame(Party.PLAYER, "somebody", Certainty.SUSPECTED)
    faults = (Fault(9, "gift.missing", "m", somebody, 2), Fault(9, "gift.doubled", "m", other))
    named = stages.name_santas(replace(state, faults=faults)).faults
    assert named[0].blame == Blame(Party.PLAYER, state.players[giver[2] - 1].name, Certainty.PROVEN)
    assert named[1] == faults[1]
