"""A server that forks the log of a blind game, with corrupt trustees that act in both branches.

An honest trustee acts in the branch that it is shown and in no other: its copy is one log. With up to
2t - k - 1 corrupt trustees at most one branch goes on, and what can be decrypted with everything that was
said in both is what the rules open: blinded tests, mixed gifts, the corrupt players' own cards, and the deck whose
reveal was called. The corrupt try something wrong in each branch, too, and the server orders it. With one more of
them both branches go on; the attack that this allows is shown, too.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import pytest

from blind_cases import (
    PATIENCE,
    THREE_DECKS,
    act,
    advance,
    at_batch,
    blind,
    blind_at,
    close,
    joint_secret,
    keep,
    me,
    other_point,
    other_scalar,
    secret_pairs,
    share,
)
from game_cases import NAMES, but, by_player, clone, owed
from sealed_santa.base.errors import IllegalPost, Party, VerificationError
from sealed_santa.crypto.elgamal import Cipher, plaintext
from sealed_santa.crypto.group import BASE, Point, decode_points
from sealed_santa.game.batches import Kind
from sealed_santa.game.replay import as_recorded, step
from sealed_santa.game.rules import apply
from sealed_santa.game.stages import the_batch
from sealed_santa.game.state import Phase, State
from sealed_santa.lab.simulator import Simulator
from sealed_santa.log.entry import Entry, SignedPost, sign_post
from sealed_santa.log.fields import Points, Proof
from sealed_santa.log.posts import Hand, OpeningPost
from sealed_santa.roles import player

P = Phase
SEVEN = (*NAMES, "Eve", "Fay", "Gus")
WORK = ("keys", "mixing", "blinding", "opening", "dealing", "gifts", "revealing")
PARTS = {  # where a post has its values and its proof
    "key": ("commitments", "possession"),
    "mix": ("rows", "proofs"),
    "blinding": ("pairs", "proof"),
    "opening": ("shares", "proof"),
    "hand": ("cards", "proof"),
}


FOLLOWED: dict[bytes, State] = {}


@dataclass
class Fork:
    """Two branches of one log: who is shown which; the corrupt act in both, and time passes as they like."""

    branches: tuple[Simulator, Simulator]
    honest: tuple[tuple[str, ...], tuple[str, ...]]
    corrupt: tuple[str, ...]
    start: int
    refused: set[str] = field(default_factory=set)
    tried: dict[tuple[int, str], str] = field(default_factory=dict)  # verdicts on something wrong, by branch and author

    def play(self, turns: int = 14) -> Fork:
        """Let all do what they owe where they are; carry every honest post over to the other branch."""
        for _ in range(turns):
            for here, there, mine in zip(self.branches, self.branches[::-1], self.honest, strict=True):
                self.turn(here, there, mine)
                here.now += 2 * PATIENCE
        return self

    def turn(self, here: Simulator, there: Simulator, mine: Sequence[str]) -> None:
        moved = True
        while moved and not here.state.over:
            moved = keep(here)
            for name in (*self.corrupt, *mine):  # the corrupt first: the honest see at once that the branches differ
                length = len(here.entries)
                if name in self.corrupt:
                    self.cheat(here, name)
                moved = act(here, name) or moved
                for entry in here.entries[length:]:
                    if name in mine:
                        self.carry(entry.post, there)

    def cheat(self, here: Simulator, name: str) -> None:
        """Let a corrupt trustee try one wrong post in a branch, and the server order it: whoever is there sees that."""
        branch = 0 if here is self.branches[0] else 1
        posts = here.owed(name).posts
        if (branch, name) in self.tried or not posts or tag(posts[0]) not in PARTS:
            return
        values, proof = PARTS[tag(posts[0])]
        if branch:
            body = but(posts[0], **{values: Points(other_point(getattr(posts[0], values), -1))})
        else:
            body = but(posts[0], **{proof: Proof(other_scalar(getattr(posts[0], proof), -1))})
        self.tried[branch, name] = by_player(here, name, body)
        forced = clone(here)
        with pytest.raises(IllegalPost) as caught:
            step(here.state, forced.force(sign_post(body, here.players[name].signing)))
        assert caught.value.blame.party is Party.SERVER

    def carry(self, post: SignedPost, there: Simulator) -> None:
        try:
            there.order(post)
        except VerificationError as e:
            self.refused.add(e.code)
        else:
            raise AssertionError("a post of one branch was taken in the other")

    def went_on(self) -> list[bool]:
        """Return for each branch whether it reached an opening, a deal, a delivery or a reveal after the fork."""
        return [bool(openings(game, self.start)) for game in self.branches]

    def decryptable(self) -> list[tuple[Cipher, Point]]:
        """Return all that t decryption shares are known of, from both branches and the corrupt, with its plaintext."""
        ciphers: dict[bytes, Cipher] = {}
        shares: dict[bytes, dict[int, Point]] = {}
        for branch in self.branches:
            for cipher, index, point in [*published(branch), *dealt_to(branch, self.corrupt)]:
                ciphers[cipher.u.raw + cipher.v.raw] = cipher
                shares.setdefault(cipher.u.raw, {})[index] = point
            for cipher in [*cards(branch), *gifts(branch)]:
                ciphers[cipher.u.raw + cipher.v.raw] = cipher
        found = []
        for game in self.branches:  # forked at the keys, each has its own
            own = {index_of(game, name): share(game, name) for name in self.corrupt}
            for cipher in ciphers.values():
                known = shares.get(cipher.u.raw, {}) | {i: x * cipher.u for i, x in own.items()}
                if len(known) >= blind(game).threshold:
                    chosen = dict(sorted(known.items())[: blind(game).threshold])
                    found.append((cipher, plaintext(cipher, chosen)))
        return found

    def cards_known(self) -> set[tuple[bytes, int]]:
        """Return the cards of both branches that can be read, by slot."""
        names = {(m * BASE).raw: m for m in range(1, 9)}
        slots = {slot for branch in self.branches for slot in cards(branch)}
        return {(c.u.raw, names[p.raw]) for c, p in self.decryptable() if c in slots and p.raw in names}


    def own_cards(self) -> set[bytes]:
        """Return the slots that hold the corrupt players' own cards."""
        dealt = [(game, me(game, name).number) for game in self.branches for name in self.corrupt if blind(game).deck]
        return {blind(game).slot(number).u.raw for game, number in dealt}

    def gifts_known(self) -> set[bytes]:
        """Return the pieces of gifts that can be read while it is known, at least in part, whose they are."""
        secret = {c.u.raw for branch in self.branches for c in gifts(branch)}
        return secret & {c.u.raw for c, _ in self.decryptable()}


def tag(body: Any) -> str:
    return str(body.__struct_config__.tag)


def index_of(game: Simulator, name: str) -> int:
    return blind(game).trustees.index(me(game, name).number) + 1


def history(game: Simulator) -> list[tuple[Entry, State]]:
    """Return each entry with the state after it; the equations were settled when it was ordered."""
    state = None
    for entry in game.entries:
        if entry.hash not in FOLLOWED:  # a hash says what came before it
            FOLLOWED[entry.hash] = apply(state, entry.post, entry.at, entry.hash, as_recorded)
        state = FOLLOWED[entry.hash]
    return [(entry, FOLLOWED[entry.hash]) for entry in game.entries]


def openings(game: Simulator, start: int) -> list[str]:
    """Return the phases that a log has reached after the fork by t trustees' work."""
    found = []
    for entry, state in history(game)[1:]:
        if entry.seq >= start and state.phase_seq == entry.seq:
            tag = entry.post.body.__struct_config__.tag
            if tag in ("opening", "hand"):
                found.append(str(state.phase))
    return found


def published(game: Simulator) -> list[tuple[Cipher, int, Point]]:
    """Return every decryption share that a log has for everybody."""
    found = []
    states = history(game)
    for (_, state), (entry, _) in pairwise(states):
        body = entry.post.body
        if isinstance(body, OpeningPost):
            opened = the_batch(state).opened()
            author = state.player(body.by)
            index = blind(game).trustees.index(author.number) + 1 if author is not None else 0
            found += [(c, index, d) for c, d in zip(opened, decode_points(body.shares, len(opened)), strict=True)]
    return found


def dealt_to(game: Simulator, corrupt: Sequence[str]) -> list[tuple[Cipher, int, Point]]:
    """Return every decryption share that a log has for some players."""
    found = []
    for entry, state in history(game):
        if not isinstance(entry.post.body, Hand) or state.blind is None:
            continue
        for name in corrupt:
            place = state.blind.holders.index(me(game, name).number)
            for index, hands in state.blind.hands.items():
                masked = hands[place][1] - game.players[name].group * hands[place][0]
                found.append((state.blind.deck[place][0], index, masked))
    return found


def gifts(game: Simulator) -> list[Cipher]:
    """Return the pieces of all envelopes, and those of decks of gifts that others mixed on: nobody may open these."""
    found: dict[Cipher, None] = {}
    opened: set[Cipher] = set()
    for _, state in history(game):
        if state.blind is None:
            continue
        found.update(dict.fromkeys(c for standing in state.blind.envelopes.values() for c in standing.row))
        if state.blind.batch is not None and state.blind.batch.kind is Kind.GIFTS:
            pieces = [c for deck in state.blind.batch.decks for row in deck for c in row]
            if state.phase is P.OPENING:
                opened.update(pieces)
            else:
                found.update(dict.fromkeys(pieces))
    return [c for c in found if c not in opened]


def cards(game: Simulator) -> list[Cipher]:
    """Return the slots of all decks that a log has dealt or mixed to their end."""
    found = []
    for _, state in history(game):
        if state.blind is not None and state.blind.deck:
            found += [row[0] for row in state.blind.deck]
        if state.blind is not None and state.blind.batch is not None and state.blind.batch.kind is Kind.CARDS:
            found += [row[0] for deck in state.blind.batch.decks for row in deck]
    return list(dict.fromkeys(found))


def forked(
    place: str, left: tuple[str, ...], right: tuple[str, ...], corrupt: tuple[str, ...],
    names: tuple[str, ...] = NAMES, seed: str = "fork",
) -> Fork:
    """Return a game that was forked where a phase has just begun; whoever is in no branch is shown nothing more."""
    few = but(THREE_DECKS, batch_tests=3 * len(names))
    one = blind_at(place, names, seed, choose_by=1, blind=few)
    two = clone(one)
    start = len(one.entries)
    two.now += 1  # the first entry after the fork differs, be it only in its time
    for game in (one, two):
        if place == "keys":
            assert not blind(game).commitments
    return Fork((one, two), (left, right), corrupt, start)


# --- the promise --------------------------------------------------------------------------------


SIZES = {4: 1, 5: 2, 6: 3, 7: 2}  # trustees: 2t - k - 1 of them are corrupt
QUICK = {4: WORK, 5: ("gifts", "dealing"), 6: ("keys", "revealing"), 7: ("dealing", "gifts")}
CASES = [
    pytest.param(k, place, both, marks=() if place in QUICK[k] and (both or k == 4) else pytest.mark.slow)
    for k in SIZES
    for place in WORK
    for both in (False, True)
]


@pytest.mark.parametrize(("k", "place", "both"), CASES)
def test_at_most_one_branch_goes_on_and_nothing_is_learnt(k: int, place: str, both: bool) -> None:
    """One branch has one honest trustee too few. If `both`, the other has, too, and somebody is shown nothing more."""
    names, threshold = SEVEN[:k], 2 * k // 3 + 1
    corrupt, honest = names[k - SIZES[k] :], names[: k - SIZES[k]]
    few = threshold - len(corrupt) - 1
    shown = (honest[:few], honest[few : 2 * few] if both else honest[few:])
    fork = forked(place, *shown, corrupt, names).play(4 if k == 4 else 2)
    assert blind(fork.branches[0]).threshold == threshold
    assert len(corrupt) == 2 * threshold - k - 1
    assert fork.went_on() == [False, not both]
    assert fork.refused <= {"seen.unknown", "turn.wrong"}  # nothing of one branch was taken in the other
    check_wrong_posts(fork)
    if place == "revealing":
        check_the_called_deck(fork)
    else:
        check_nothing_known(fork)


def check_wrong_posts(fork: Fork) -> None:
    """Each corrupt trustee has tried something wrong in each branch, and none of it was taken."""
    assert set(fork.tried) == {(branch, name) for branch in (0, 1) for name in fork.corrupt}
    assert all(code.endswith((".proof-wrong", ".possession")) for code in fork.tried.values())


def check_nothing_known(fork: Fork) -> None:
    """Nothing is known but blinded tests, mixed gifts and the corrupt players' own cards, and these once t dealt."""
    own = fork.own_cards()
    known = {slot for slot, _ in fork.cards_known()}
    assert known <= own
    assert known == own or not any(blind(game).dealt_seq for game in fork.branches)
    names = {(m * BASE).raw for m in range(1, 9)}
    assert not any(p.raw in names and c.u.raw not in own for c, p in fork.decryptable())
    assert fork.gifts_known() == set()


def check_the_called_deck(fork: Fork) -> None:
    """Where the reveal was called before the fork, the dealt deck may be read, and no other card and no envelope."""
    (game, _) = fork.branches
    truth = secret_pairs(game)
    assert fork.cards_known() == {(blind(game).slot(giver).u.raw, to) for giver, to in truth.items()}
    assert fork.gifts_known() == set()
    revealed = {blind(branch).pairs for branch in fork.branches} - {()}
    assert revealed <= {tuple(sorted(truth.items()))}


@pytest.mark.parametrize("place", ["blinding", "choosing", "gifts", "revealing"])
def test_with_t_corrupt_the_checks_would_fail(place: str) -> None:
    """They are no empty checks: with one trustee more than the promise allows, and one more, all is read."""
    fork = forked(place, (), (), ("Bob", "Cem", "Dot"))
    with pytest.raises(AssertionError):
        (check_the_called_deck if place == "revealing" else check_nothing_known)(fork)
    if place in ("gifts", "revealing"):
        envelopes = [standing.row for standing in blind(fork.branches[0]).envelopes.values()]
        assert fork.gifts_known() >= {c.u.raw for row in envelopes for c in row}


def test_one_share_too_many_of_an_envelope_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two honest trustees open Ann's envelope beside what they owe: with the corrupt one's share it is read."""
    fork = forked("gifts", (), (), ("Dot",))
    check_nothing_known(fork)
    (game, _) = fork.branches
    piece = blind(game).envelopes[1].row[0]
    leak = [(piece, index_of(game, name), share(game, name) * piece.u) for name in ("Ann", "Bob")]
    for shares, known in ((leak[:1], set()), (leak, {piece.u.raw})):
        monkeypatch.setitem(globals(), "published", lambda game, shares=shares: shares)
        assert fork.gifts_known() == known


def test_what_is_said_before_the_branches_are_seen_to_differ_counts_in_both() -> None:
    """The first openings after the fork are of what was to be opened before it; what follows stalls."""
    fork = forked("opening", ("Ann",), ("Bob",), ("Dot",))
    for here, there, (name,) in zip(fork.branches, fork.branches[::-1], fork.honest, strict=True):
        body = but(owed(here, name), seen=here.state.chain[fork.start - 1])
        for game in (here, there):
            game.order(sign_post(body, game.players[name].signing))
    fork.play(4)
    assert fork.went_on() == [True, True]  # both see the same tests, which the rules had opened anyway
    assert len({game.state.phase for game in fork.branches}) == 1
    assert not any(blind(game).deals and blind(game).dealt_seq for game in fork.branches)
    check_nothing_known(fork)


def test_shares_of_two_branches_do_not_add_up_to_a_card() -> None:
    """Ann opens tests in one branch and Bob in the other, of different mixes of the same decks: t shares of nothing."""
    fork = forked("mixing", ("Ann",), ("Bob",), ("Dot",))
    fork.play(4)
    assert fork.went_on() == [False, False]
    assert all(game.state.phase is P.MIXING for game in fork.branches)
    y = joint_secret(fork.branches[0])
    left, right = (the_batch(game.state).decks for game in fork.branches)
    assert left != right
    held = [sorted((c.v - y * c.u).raw for deck in decks for (c,) in deck) for decks in (left, right)]
    assert held[0] == held[1]  # the same cards under one key, and no ciphertext is in both
    assert not {c.u.raw for deck in left for (c,) in deck} & {c.u.raw for deck in right for (c,) in deck}
    check_nothing_known(fork)


def test_a_fork_right_before_the_reveal_reveals_nothing_with_too_few() -> None:
    """The organiser, corrupt, calls in one branch; the other knows of no call."""
    fork = called(("Dot",))
    fork.play(4)
    assert fork.branches[0].state.phase is P.REVEALING
    assert fork.branches[1].state.phase is P.DELIVERED
    assert blind(fork.branches[0]).pairs == ()
    check_nothing_known(fork)


def called(corrupt: tuple[str, ...]) -> Fork:
    one = blind_at("delivered", NAMES, "fork", choose_by=1, reveal_at=2**50)
    two = clone(one)
    start = len(one.entries)
    one.organise(player.make_call(one.state, one.organiser.key))
    return Fork((one, two), (("Ann",), ("Bob",)), corrupt, start)


# --- the limit ----------------------------------------------------------------------------------


@pytest.mark.parametrize("place", WORK)
def test_with_two_corrupt_of_four_both_branches_go_on(place: str) -> None:
    """2t - k = 2 of t = 3: each branch has one honest trustee, and that is enough."""
    fork = forked(place, ("Ann",), ("Bob",), ("Cem", "Dot")).play(4)
    assert fork.went_on() == [True, True]


def test_the_attack_learns_all_pairs_while_the_victim_s_branch_knows_of_no_reveal() -> None:
    """In one branch the corrupt organiser calls; with Ann and two corrupt trustees it is opened there.

    Bob's branch was never revealed and still waits for its time; the two branches have one deal.
    """
    fork = called(("Cem", "Dot"))
    truth = secret_pairs(fork.branches[1])
    fork.play(2)
    left, right = fork.branches
    assert dict(blind(left).pairs) == truth
    assert (right.state.phase, blind(right).pairs, right.state.called_seq) == (P.DELIVERED, (), 0)
    assert {m for _, m in fork.cards_known()} == {1, 2, 3, 4}


def test_the_attack_draws_twice() -> None:
    """Ann plays one draw to its end and Bob another, and each log is complete and right."""
    fork = forked("mixing", ("Ann",), ("Bob",), ("Cem", "Dot"), seed="fork 3").play(6)
    drawn = []
    for game, (name,) in zip(fork.branches, fork.honest, strict=True):
        assert game.replay() == game.state
        game.now += 10 * PATIENCE
        assert game.state.phase in (P.DELIVERED, P.REVEALING, P.OVER, P.CHOOSING)
        drawn.append((name, secret_pairs(game)))
    assert drawn[0][1] != drawn[1][1]
    assert "seen.unknown" in fork.refused


# --- reordering, withholding --------------------------------------------------------------------


def test_posts_cannot_be_reordered() -> None:
    """A mix or blinding made for one place in the chain is none in another."""
    for place in ("mixing", "blinding", "gifts"):
        game = blind_at(place)
        anns, bobs = owed(game, "Ann"), owed(game, "Bob")
        game.say("Bob", bobs)
        assert by_player(game, "Ann", anns) == "seen.too-old"
    game = blind_at("opening")
    anns, bobs = owed(game, "Ann"), owed(game, "Bob")
    game.say("Bob", bobs)
    assert by_player(game, "Ann", anns) == "ok"  # openings are no chain; in any order they open the same


def test_withheld_posts_are_too_old_when_they_come() -> None:
    """The server keeps Dot's mix back, closes without it, and has it ready for the next batch."""
    for k in range(60):
        game = blind_at("mixing", seed=f"withheld {k}", blind=but(THREE_DECKS, batch_tests=4))
        advance(game, lambda s: False, silent=("Dot",))
        kept = sign_post(owed(game, "Dot"), game.players["Dot"].signing)
        game.now += 2 * PATIENCE
        game.deal_with(close(game, game.dealer.key))
        assert by_player(game, "Dot", kept.body) == "turn.wrong"
        advance(game, lambda s: s.phase is P.DEALING or at_batch(Kind.CARDS)(s), silent=("Dot",))
        if game.state.phase is P.MIXING:
            break
    assert the_batch(game.state).number == 2
    assert by_player(game, "Dot", kept.body) == "seen.too-old"
    assert by_player(game, "Dot", but(kept.body, seen=game.state.head)) == "batch.wrong"


def test_a_trustee_s_opening_in_one_branch_is_none_in_the_other() -> None:
    fork = forked("opening", ("Ann",), ("Bob",), ("Dot",))
    left, right = fork.branches
    act(left, "Dot")
    right.now += 5
    act(right, "Dot")
    body = owed(left, "Ann")
    with pytest.raises(VerificationError) as caught:
        right.order(sign_post(body, left.players["Ann"].signing))
    assert caught.value.code == "seen.unknown"
