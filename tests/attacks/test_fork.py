"""Two histories for two people: after a fork neither branch finishes a step that needs everybody."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from game_cases import NAMES, clone, game_at, raises
from sealed_santa.base.errors import IllegalPost
from sealed_santa.crypto.signing import VerifyKey
from sealed_santa.game import rules
from sealed_santa.game.replay import fold
from sealed_santa.game.state import Phase
from sealed_santa.lab.simulator import Simulator
from sealed_santa.log.entry import Entry, SignedPost, sign_post, verify_entry
from sealed_santa.roles import dealer
from sealed_santa.roles.secrets import DealerSecrets

LEFT, RIGHT = NAMES[:2], NAMES[2:]


@dataclass
class Fork:
    """A server that shows Ann and Bob one branch, Cem and Dot another, and carries over what it can."""

    left: Simulator
    right: Simulator

    def branches(self) -> tuple[tuple[Simulator, tuple[str, ...]], ...]:
        return (self.left, LEFT), (self.right, RIGHT)

    def play(self) -> list[str]:
        """Let everybody play in the branch it sees, carry every post over; return why posts were refused there."""
        refused: list[str] = []
        for _ in range(60):
            moved = False
            for (here, mine), (there, _) in (self.branches(), self.branches()[::-1]):
                for name in mine:
                    for body in here.owed(name).posts:
                        post = sign_post(body, here.players[name].signing)
                        here.order(post)
                        moved = True
                        refused += self.carry(post, there)
                moved = here._dealer_moves(Phase.OVER) or moved
            if not moved:
                break
        return refused

    @staticmethod
    def carry(post: SignedPost, there: Simulator) -> list[str]:
        try:
            there.order(post)
        except IllegalPost as e:
            return [e.code]
        return []


def forked(at: Phase, *, two_dealers: bool = False) -> Fork:
    """Return a game that was forked right before the dealer's step in this phase."""
    left = game_at(at)
    right = clone(left)
    if two_dealers:
        right.dealer = DealerSecrets(b"another deck".ljust(32), right.server)
    right.now += 1  # the first entry after the fork differs, be it only in its time
    return Fork(left, right)


@pytest.fixture
def no_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """The rules without `seen`."""
    monkeypatch.setattr(rules, "_check_seen", lambda state, body: 0)


def test_without_seen_both_branches_are_drawn(no_seen: None) -> None:
    """Other decks, the same coins: Ann and Bob play one draw, Cem and Dot another, and each log is complete."""
    fork = forked(Phase.DECK, two_dealers=True)
    for game, _ in fork.branches():
        game._dealer_moves(Phase.OVER)
    for name in NAMES:
        here = fork.left if name in LEFT else fork.right
        (body,) = here.owed(name).posts
        post = sign_post(body, here.players[name].signing)
        fork.left.order(post)
        fork.right.order(post)
    drawn = []
    for game, _ in fork.branches():
        game._dealer_moves(Phase.OVER)
        assert game.state.phase is Phase.CHOOSING
        assert fold(game.entries) == game.state
        drawn.append(dealer.recipients(game.state, game.dealer))
    mixed = {**{i: drawn[0][i] for i in (1, 2)}, **{i: drawn[1][i] for i in (3, 4)}}
    assert drawn[0] != drawn[1]
    assert sorted(mixed.values()) != [1, 2, 3, 4]  # somebody is given nothing, and nobody can see it


def test_a_game_that_is_not_forked_is_played_to_its_end() -> None:
    game = game_at(Phase.DECK)
    game.run()
    assert game.state.phase is Phase.OVER


@pytest.mark.parametrize("phase", [Phase.DECK, Phase.DEAL])
def test_after_a_fork_neither_branch_can_finish(phase: Phase) -> None:
    fork = forked(phase, two_dealers=phase is Phase.DECK)
    refused = fork.play()
    assert set(refused) == {"seen.unknown"}
    stalled = {Phase.DECK: Phase.COINS, Phase.DEAL: Phase.CHOOSING}[phase]
    assert fork.left.state.phase is fork.right.state.phase is stalled
    for game, mine in fork.branches():
        if phase is Phase.DECK:
            assert {p.name for p in game.state.missing_coins()} == set(NAMES) - set(mine)
        else:
            assert len(game.state.gifts) == len(game.state.accepted) == 2


def test_a_fork_after_the_close_stalls_the_receipts() -> None:
    fork = forked(Phase.CLOSED)
    refused = fork.play()
    assert set(refused) == {"seen.unknown"}
    assert fork.left.state.phase is fork.right.state.phase is Phase.DELIVERED
    assert fork.left.state.receipts == {1, 2}
    assert fork.right.state.receipts == {3, 4}


def proof_of_a_fork(one: Entry, two: Entry, server: VerifyKey) -> bool:
    """Two entries of one game with one number, both signed by the server, that are not the same."""
    verify_entry(one, server)
    verify_entry(two, server)
    return one.seq == two.seq and one.post.game == two.post.game and one.hash != two.hash


def test_two_copies_are_proof() -> None:
    fork = forked(Phase.DECK, two_dealers=True)
    fork.play()
    server = VerifyKey.parse(fork.left.state.create.server)
    pairs = list(zip(fork.left.entries, fork.right.entries, strict=False))
    differing = [(a, b) for a, b in pairs if a.hash != b.hash]
    assert differing[0][0].seq == 6  # the decks
    assert all(proof_of_a_fork(a, b, server) for a, b in differing)
    assert not any(proof_of_a_fork(a, b, server) for a, b in pairs if a.hash == b.hash)


def test_one_post_with_an_unknown_seen_is_a_sign_that_the_author_signed() -> None:
    """Its `seen` is the head of a branch that this log does not have; the author had it from the server."""
    fork = forked(Phase.DECK, two_dealers=True)
    fork.play()
    (body,) = (e.post.body for e in fork.right.entries if e.post.body.__struct_config__.tag == "coin" and e.seq == 7)
    seen = body.seen  # type: ignore[union-attr]
    assert fork.left.state.chain.find(seen) is None
    assert fork.right.state.chain.find(seen) == 6
    post = fork.right.entries[7].post
    with raises(IllegalPost, "seen.unknown"):
        fork.left.order(post)


def test_the_words_of_two_branches_differ_if_the_decks_do() -> None:
    """Before any gift: the coins of a stalled branch never complete, so there are no words at all."""
    fork = forked(Phase.DECK, two_dealers=True)
    fork.play()
    assert fork.left.state.words is fork.right.state.words is None
