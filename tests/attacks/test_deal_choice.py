"""The dealer must take the first permitted deal of decks that were fixed before any coin."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from game_cases import but, by_dealer, by_player, dealt, game_at, owed
from sealed_santa.crypto.commitments import deck_from_key
from sealed_santa.game import draw
from sealed_santa.game.draw import deal_order, hits
from sealed_santa.game.state import Phase
from sealed_santa.lab.simulator import Simulator
from sealed_santa.log.fields import Openings, Points
from sealed_santa.log.posts import Deal
from sealed_santa.proofs.product import prove
from sealed_santa.proofs.product.verify import Opening
from sealed_santa.roles import dealer


def permitted(game: Simulator) -> list[int]:
    """Return the numbers of all decks whose deal is permitted."""
    state, roster = game.state, game.state.roster
    assert state.deck is not None
    assert roster is not None
    decks = [
        deck_from_key(game.dealer.deck_key(state.game, 1, roster, t), 4)[0]
        for t in range(state.deck.commitments.count())
    ]
    return [t for t, d in enumerate(decks) if not hits(state.forbidden, d, deal_order(state.joint_seed(), t, 4))]


def deal_of(game: Simulator, t: int) -> Deal:
    """Return a deal that stands on deck t, rightly proven, with all decks before it opened."""
    with pytest.MonkeyPatch.context() as patch:
        state, roster = game.state, game.state.roster
        assert roster is not None
        keys = tuple(game.dealer.deck_key(state.game, 1, roster, s) for s in range(t))
        patch.setattr(dealer, "standing_deck", lambda state, secrets: (t, keys))
        return dealt(game)  # type: ignore[no-any-return]


@pytest.fixture
def no_first_rule(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The rules without "the first permitted deal": decks are opened, but need not have been out."""

    def weak(state: object, seed: object, body: Deal, commitments: bytes) -> tuple[Opening, ...]:
        points = draw.decode_points(commitments, len(commitments) // 32)
        return tuple(Opening(t, points[t], key) for t, key in enumerate(body.openings.units()))

    monkeypatch.setattr(draw, "_check_openings", weak)
    return


def test_a_later_permitted_deal_can_be_chosen_without_the_rule(no_first_rule: None) -> None:
    game = game_at(Phase.DEAL)
    results = set()
    for t in permitted(game):
        twin = game_at(Phase.DEAL)
        body = deal_of(twin, t)
        assert by_dealer(twin, body) == "ok"
        twin.deal_with(body)
        results.add(tuple(sorted(dealer.recipients(twin.state, twin.dealer).items())))
    assert len(results) > 1  # the dealer picks whichever it likes


def test_a_later_permitted_deal_is_refused() -> None:
    game = game_at(Phase.DEAL)
    first, *later = permitted(game)
    assert len(later) > 1
    assert by_dealer(game, deal_of(game, first)) == "ok"
    for t in later:
        assert by_dealer(game, deal_of(game, t)) == "deal.not-first"


def test_a_permitted_deck_cannot_be_passed_off_as_another() -> None:
    """The dealer opens a key that would hit, but it is not the one that it committed to."""
    game = game_at(Phase.DEAL)
    first, second, *_ = permitted(game)
    body, state = deal_of(game, second), game.state
    order = deal_order(state.joint_seed(), first, 4)
    keys = (k.to_bytes(32, "little") for k in range(1000))
    other = next(k for k in keys if hits(state.forbidden, deck_from_key(k, 4)[0], order))
    units = list(body.openings.units())
    units[first] = other
    assert by_dealer(game, but(body, openings=Openings(b"".join(units)))) == "deal.opening.wrong"


# --- a forbidden pair ---------------------------------------------------------------------------


def forbidden_deal(game: Simulator) -> Deal:
    """Return a deal of the first deck although it holds a forbidden pair, with the best proof that there is."""
    assert permitted(game)[0] > 0
    true_product = prove.prove_exclusion

    def lie(statement, witness, nonce):  # type: ignore[no-untyped-def]
        """Prove it of other values: the exclusion argument then does not fit the cards."""
        order = [s for s, _ in statement.forms[:4]]
        shifted = {slot: i % 4 + 1 for i, slot in enumerate(order, 1)}
        values = tuple(shifted[slot] for slot in range(1, 5))
        return true_product(statement, replace(witness, values=values), nonce)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(dealer, "prove_exclusion", lie)
        return deal_of(game, 0)


def game_with_a_hit() -> Simulator:
    """Return a game whose first deck would give somebody itself."""
    return next(g for k in range(50) if permitted(g := game_at(Phase.DEAL, seed=f"fixed point {k}"))[0] > 0)


def test_without_the_exclusion_argument_somebody_draws_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    game = game_with_a_hit()
    body = forbidden_deal(game)
    monkeypatch.setattr(draw, "verify_deal", lambda deal, opened: None)
    assert by_dealer(game, body) == "ok"
    game.deal_with(body)
    drawn = dealer.recipients(game.state, game.dealer)
    assert any(giver == recipient for giver, recipient in drawn.items())


def test_a_forbidden_pair_cannot_be_dealt() -> None:
    game = game_with_a_hit()
    assert by_dealer(game, dealt(game)) == "ok"
    assert by_dealer(game, forbidden_deal(game)) == "deal.exclusion.wrong"


# --- decks after coins --------------------------------------------------------------------------


def test_decks_cannot_be_changed_after_a_coin() -> None:
    game = game_at(Phase.DECK)
    first = dealt(game)
    game.deal_with(first)
    game.say("Ann", owed(game, "Ann"))
    second = but(first, seen=game.state.head, commitments=Points(first.commitments[32:]))
    assert by_dealer(game, second) == "turn.wrong"


def test_no_coin_is_opened_before_the_decks_are_there() -> None:
    game = game_at(Phase.DECK)
    assert game.owed("Ann").posts == ()
    early = but(owed(game_at(Phase.COINS), "Ann"), seen=game.state.head)
    assert by_player(game, "Ann", early) == "turn.wrong"


def test_a_deal_is_for_the_decks_that_were_committed() -> None:
    """Cards of a deck that the dealer did not commit to: the permutation argument does not hold."""
    game = next(g for k in range(50) if permitted(g := game_at(Phase.DEAL, seed=f"committed {k}"))[0] == 0)
    state = game.state
    assert state.deck is not None
    units = list(state.deck.commitments.units())
    honest = deal_of(game, 0)
    assert by_dealer(game, honest) == "ok"
    game.current = replace(state, deck=but(state.deck, commitments=Points(b"".join(units[1:]))))
    assert by_dealer(game, honest) == "deal.permutation.wrong"
