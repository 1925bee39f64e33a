"""Keys, complaints and answers of trustees: every rule broken, beside posts that keep it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from blind_cases import (
    BAD_POINTS,
    PATIENCE,
    THREE_DECKS,
    act,
    advance,
    at_batch,
    at_phase,
    blind,
    blind_at,
    blind_game,
    by_close,
    close,
    leaving,
    me,
    other_point,
    other_scalar,
    patiently,
    secret_pairs,
    share,
    unit,
)
from game_cases import NAMES, but, by_dealer, by_organiser, by_player, clone, owed
from sealed_santa.base.errors import Certainty, Party
from sealed_santa.base.labels import Label
from sealed_santa.crypto.group import BASE, IDENTITY, ORDER, Point, encode_points, encode_scalars
from sealed_santa.crypto.sealing import BoxKey, seal
from sealed_santa.crypto.sharing import commit_polynomial, evaluate, public_share
from sealed_santa.game.batches import Kind
from sealed_santa.game.boxes import box_info
from sealed_santa.game.stages import the_batch
from sealed_santa.game.state import Phase
from sealed_santa.game.statements import key_statement
from sealed_santa.game.trustees import overdue
from sealed_santa.lab.simulator import Simulator
from sealed_santa.log.fields import Points, Proof, Share, ShareBoxes
from sealed_santa.log.posts import Answer, Complaint, KeyPost
from sealed_santa.proofs.linear.prove import prove_linear
from sealed_santa.roles import player, trustee

EIGHT = tuple("ABCDEFGH")


def ready(names: tuple[str, ...] = NAMES) -> Simulator:
    """Return a game in which all coins are in and no key."""
    return blind_at("keys", names)


def polynomial(game: Simulator, name: str) -> tuple[int, ...]:
    return trustee._polynomial(game.state, game.players[name])


def sealed_share(game: Simulator, sender: str, index: int, raw: bytes) -> bytes:
    """Seal a share of whatever content to a trustee."""
    state = game.state
    reader = state.players[blind(game).trustees[index - 1] - 1]
    info = box_info(Label.SEAL_SHARE, state.game, state.round, index, reader.card_key, game.players[sender].key)
    return seal(BoxKey.parse(reader.card_key), raw, info)


def key_of(game: Simulator, name: str, coefficients: tuple[int, ...], secret: int | None = None) -> KeyPost:
    """Return a key with this polynomial, sealed and proven rightly; or proven with another secret."""
    state, secrets = game.state, game.players[name]
    index = blind(game).trustees.index(me(game, name).number) + 1
    commitments = commit_polynomial(coefficients)
    statement = key_statement(state, secrets.key, index, commitments)
    witness = coefficients if secret is None else (secret, *coefficients[1:])
    proof = prove_linear(statement, witness, secrets.seed, game.entropy)
    boxes = [
        sealed_share(game, name, j, encode_scalars([evaluate(coefficients, j)]))
        for j in range(1, len(blind(game).trustees) + 1)
    ]
    return KeyPost(
        game=state.game, by=secrets.key, seen=state.head, round=state.round,
        commitments=Points(encode_points(commitments)), possession=Proof(proof), shares=ShareBoxes(b"".join(boxes)),
    )  # fmt: skip


def spoilt(game: Simulator, sender: str, victims: tuple[int, ...], raw: bytes | None = None) -> KeyPost:
    """Return the honest key of a trustee with other boxes for some indices: broken, or with this content."""
    body: KeyPost = owed(game, sender)
    units = list(body.shares.units())
    for victim in victims:
        units[victim - 1] = bytes(80) if raw is None else sealed_share(game, sender, victim, raw)
    return but(body, shares=ShareBoxes(b"".join(units)))


def mixing(sender: str = "Bob", victims: tuple[int, ...] = (), **changes: Any) -> Simulator:
    """Return a game that has begun to mix, in which this trustee has sent bad shares to some others."""
    game = clone(ready())
    for name in NAMES:
        game.say(name, spoilt(game, name, victims, **changes) if name == sender else owed(game, name))
    assert game.state.phase is Phase.MIXING
    return game


def complaint(game: Simulator, name: str, accused: int) -> Complaint:
    state = game.state
    return Complaint(game=state.game, by=game.players[name].key, seen=state.head, round=state.round, accused=accused)


def answer(game: Simulator, name: str, accuser: int, value: int | bytes | None = None) -> Answer:
    state = game.state
    if value is None:
        value = evaluate(polynomial(game, name), accuser)
    raw = value if isinstance(value, bytes) else encode_scalars([value])
    return Answer(
        game=state.game, by=game.players[name].key, seen=state.head, round=state.round, accuser=accuser,
        share=Share(raw),
    )  # fmt: skip


# --- who the trustees are -----------------------------------------------------------------------


def test_up_to_seven_players_are_all_trustees_from_the_lock_on() -> None:
    for count in (3, 5, 7):
        game = blind_game(EIGHT[:count]).start()
        assert blind(game).trustees == tuple(range(1, count + 1))
        assert blind(game).threshold == {3: 3, 5: 4, 7: 5}[count]


def test_of_eight_players_the_coins_choose_seven() -> None:
    game = blind_at("coins", EIGHT)
    assert blind(game).trustees == ()
    assert by_player(game, "A", but(key_sample(), game=game.state.game, by=game.players["A"].key,
                                    seen=game.state.head)) == "turn.wrong"  # fmt: skip
    advance(game, lambda s: s.phase is Phase.KEYS)
    trustees = blind(game).trustees
    assert len(set(trustees)) == 7
    assert list(trustees) == sorted(trustees)
    assert blind(game).threshold == 5
    (left,) = set(range(1, 9)) - set(trustees)
    assert by_player(game, EIGHT[left - 1], but(key_sample(), game=game.state.game, seen=game.state.head,
                                                by=game.players[EIGHT[left - 1]].key)) == "trustee.not"  # fmt: skip
    others = {blind(blind_at("keys", EIGHT, seed=f"other {k}")).trustees for k in range(12)}
    assert len(others) > 3  # other coins, other trustees


def key_sample() -> KeyPost:
    game = ready()
    return key_of(game, "Ann", polynomial(game, "Ann"))


def test_a_threshold_can_be_raised_and_holds_for_commitments() -> None:
    game = blind_at("keys", blind=but(THREE_DECKS, threshold=7))
    assert blind(game).threshold == 4
    assert by_player(game, "Ann", owed(game, "Ann")) == "ok"
    assert by_player(game, "Ann", of_degree(game, polynomial(game, "Ann")[:3])) == "key.commitments"


def of_degree(game: Simulator, coefficients: tuple[int, ...]) -> KeyPost:
    """Return Ann's key with another number of commitments."""
    return but(owed(game, "Ann"), commitments=Points(encode_points(commit_polynomial(coefficients))))


# --- keys ---------------------------------------------------------------------------------------


def test_a_key_is_posted_once() -> None:
    game = ready()
    body = owed(game, "Ann")
    game.say("Ann", body)
    assert by_player(game, "Ann", key_of(game, "Ann", polynomial(game, "Ann"))) == "key.twice"
    assert by_player(game, "Ann", but(body, seen=game.state.head)) == "key.twice"
    assert by_player(game, "Bob", owed(game, "Bob")) == "ok"


@pytest.mark.parametrize("coefficients", [(5,), (5, 6), (5, 6, 7, 8), (5, 6, 7, 8, 9)])
def test_a_polynomial_has_the_degree_of_the_threshold(coefficients: tuple[int, ...]) -> None:
    game = ready()
    assert by_player(game, "Ann", key_of(game, "Ann", (5, 6, 7))) == "ok"
    assert by_player(game, "Ann", of_degree(game, coefficients)) == "key.commitments"


@pytest.mark.parametrize("bad", sorted(BAD_POINTS))
@pytest.mark.parametrize("place", [0, 1, 2])
def test_commitments_are_valid_points(place: int, bad: str) -> None:
    game = ready()
    body: KeyPost = owed(game, "Ann")
    wrong = Points(unit(body.commitments, place, BAD_POINTS[bad]))
    assert by_player(game, "Ann", but(body, commitments=wrong)) == "key.commitments"


def test_a_share_for_every_trustee_and_no_more() -> None:
    game = ready()
    body: KeyPost = owed(game, "Ann")
    for wrong in (b"", body.shares[:-80], body.shares[80:], body.shares + body.shares[:80], body.shares * 2):
        assert by_player(game, "Ann", but(body, shares=ShareBoxes(wrong))) == "key.shares"
    assert by_player(game, "Ann", but(body, shares=ShareBoxes(bytes(320)))) == "ok"  # whether they open is not public


def test_whoever_posts_a_key_knows_its_secret() -> None:
    game = ready()
    body: KeyPost = owed(game, "Ann")
    assert len(body.possession) == 3 * 64
    for wrong in (b"", body.possession[:64], body.possession[:-32], body.possession + bytes(32), body.possession * 2):
        assert by_player(game, "Ann", but(body, possession=Proof(wrong))) == "key.possession"
    for place in range(3):
        for bad in BAD_POINTS.values():
            wrong = unit(body.possession, place, bad)
            assert by_player(game, "Ann", but(body, possession=Proof(wrong))) == "key.possession"
        for scalar in (ORDER, 2**256 - 1):
            wrong = unit(body.possession, 3 + place, scalar.to_bytes(32, "little"))
            assert by_player(game, "Ann", but(body, possession=Proof(wrong))) == "key.possession"
        for wrong in (other_scalar(body.possession, 3 + place), other_point(body.possession, place)):
            assert by_player(game, "Ann", but(body, possession=Proof(wrong))) == "key.possession"
    assert by_player(game, "Ann", key_of(game, "Ann", (5, 6, 7), secret=4)) == "key.possession"


def test_a_proof_of_possession_cannot_be_moved() -> None:
    """To another trustee, to other commitments, to another game."""
    game = ready()
    body: KeyPost = owed(game, "Ann")
    game.say("Ann", body)
    assert by_player(game, "Bob", but(body, by=game.players["Bob"].key)) == "key.possession"
    bobs: KeyPost = owed(game, "Bob")
    for place in (1, 2):  # the proof binds all commitments, not the first one alone
        other = Points(other_point(bobs.commitments, place))
        assert by_player(game, "Bob", but(bobs, commitments=other)) == "key.possession"
    elsewhere = blind_at("keys", title="Another game")
    alien = but(owed(elsewhere, "Bob"), game=game.state.game, by=game.players["Bob"].key, seen=game.state.head)
    assert by_player(game, "Bob", alien) == "key.possession"


def test_a_rogue_key_is_refused() -> None:
    """A last trustee whose A_0 is X − Σ others would know the joint key alone."""
    game = clone(ready())
    for name in NAMES[:3]:
        game.say(name, owed(game, name))
    wanted, body = 1234 * BASE, owed(game, "Dot")
    others = [Point(bytes(c[0].raw)) for c in blind(game).commitments.values()]
    rogue = wanted - others[0] - others[1] - others[2]
    forged = but(body, commitments=Points(unit(body.commitments, 0, rogue.raw)))
    assert by_player(game, "Dot", forged) == "key.possession"
    statement = key_statement(game.state, game.players["Dot"].key, 4, (rogue, *blind(game).commitments[1][1:]))
    proof = prove_linear(statement, (1234, 5, 6), b"s" * 32, game.entropy)
    again = but(forged, commitments=Points(encode_points(statement.commitments)), possession=Proof(proof))
    assert by_player(game, "Dot", again) == "key.possession"


def test_the_joint_key_is_what_the_shares_open() -> None:
    game = blind_at("mixing")
    state = blind(game)
    secrets = [polynomial(game, name)[0] for name in NAMES]
    assert state.joint == sum(secrets) % ORDER * BASE
    assert [state.publics[j] for j in range(1, 5)] == [share(game, name) * BASE for name in NAMES]


def test_a_joint_key_that_is_the_identity_makes_the_game_void() -> None:
    """Nobody can bring it about alone; the rules say it all the same."""
    game = clone(ready())
    for name in NAMES[:3]:
        game.say(name, owed(game, name))
    total = sum(polynomial(game, name)[0] for name in NAMES[:3]) % ORDER
    game.say("Dot", key_of(game, "Dot", (ORDER - total, 5, 6)))
    assert game.state.phase is Phase.VOID


def test_a_public_share_that_is_the_identity_makes_the_game_void() -> None:
    game = clone(ready())
    for name in NAMES[:3]:
        game.say(name, owed(game, name))
    others = sum(evaluate(polynomial(game, name), 2) for name in NAMES[:3]) % ORDER
    game.say("Dot", key_of(game, "Dot", ((ORDER - others - 2 * 5 - 4 * 6) % ORDER, 5, 6)))
    assert game.state.phase is Phase.VOID


# --- closing the keys ---------------------------------------------------------------------------


def test_commitments_that_are_not_proven_would_end_the_game() -> None:
    """The last to give its key picks A_2 so that Bob's public share is the identity, and cannot prove it."""
    game = clone(ready())
    for name in NAMES[:3]:
        game.say(name, owed(game, name))
    body = key_of(game, "Dot", (5, 6, 7))
    others = sum((public_share(c, 2) for c in blind(game).commitments.values()), IDENTITY)
    rogue = pow(4, -1, ORDER) * (IDENTITY - others - (5 + 2 * 6) * BASE)
    forged = but(body, commitments=Points(unit(body.commitments, 2, rogue.raw)))
    assert by_player(game, "Dot", body) == "ok"
    assert by_player(game, "Dot", forged) == "key.possession"
    statement = key_statement(game.state, game.players["Dot"].key, 4, (5 * BASE, 6 * BASE, rogue))
    proof = prove_linear(statement, (5, 6, 7), b"s" * 32, game.entropy)
    assert by_player(game, "Dot", but(forged, possession=Proof(proof))) == "key.possession"


@pytest.mark.parametrize("server", [True, False])
def test_keys_are_closed_early_when_the_time_is_over(server: bool) -> None:
    game = clone(ready())
    coins_at = blind(game).coins_at
    for name in NAMES[:3]:
        game.say(name, owed(game, name))
    game.now = coins_at + PATIENCE - 1
    assert by_close(game, server) == "close.too-early"
    game.now += 1
    assert by_close(game, server) == "ok"
    game.deal_with(close(game, game.dealer.key))
    state = blind(game)
    assert (game.state.phase, state.out, state.active()) == (Phase.MIXING, {4}, (1, 2, 3))
    assert state.qualified() == (1, 2, 3)
    assert by_player(game, "Dot", but(owed(game, "Ann"), by=game.players["Dot"].key)) == "trustee.not"
    assert game.run().state.phase is Phase.OVER


def test_with_too_few_keys_the_organiser_s_close_makes_the_game_void() -> None:
    game = clone(ready())
    for name in NAMES[:2]:
        game.say(name, owed(game, name))
    assert by_close(game, False) == "close.too-early"
    game.now += 2 * PATIENCE
    assert by_close(game, True) == "close.too-few"  # a server whose clock runs ahead must not end the game
    game.organise(close(game, game.organiser.key))
    assert game.state.phase is Phase.VOID
    assert game.state.over


def test_a_new_round_asks_for_new_keys() -> None:
    game = clone(blind_at("coins", (*NAMES, "Eve")))
    for name in NAMES:
        game.say(name, owed(game, name))
        game.say(name, owed(game, name))
    assert set(blind(game).commitments) == {1, 2, 3, 4}
    old = blind(game).commitments
    game.now += 2 * PATIENCE
    eve = me(game, "Eve")
    game.organise(player.make_drop(game.state, game.organiser.key, (eve,)))
    assert (game.state.round, game.state.phase, blind(game).commitments) == (2, Phase.COINS, {})
    assert (blind(game).trustees, blind(game).threshold) == ((1, 2, 3, 4), 3)
    advance(game, lambda s: s.phase is Phase.MIXING)
    assert all(blind(game).commitments[i][0] != old[i][0] for i in range(1, 5))
    assert game.run().state.phase is Phase.OVER


def test_who_leaves_before_the_start_is_no_trustee() -> None:
    game = leaving(blind_at("joining", (*NAMES, "Eve")), "Bob").start()
    assert blind(game).trustees == (1, 2, 3, 4)
    assert [p.name for p in game.state.players] == ["Ann", "Cem", "Dot", "Eve"]


# --- complaints ---------------------------------------------------------------------------------


def test_a_trustee_complains_of_a_share_that_does_not_fit() -> None:
    game = mixing("Bob", (3,))
    assert owed(game, "Cem") == complaint(game, "Cem", 2)
    assert by_player(game, "Cem", owed(game, "Cem")) == "ok"
    game.say("Cem", owed(game, "Cem"))
    assert set(blind(game).complaints) == {(3, 2)}
    assert owed(game, "Bob") == answer(game, "Bob", 3)


@pytest.mark.parametrize("accused", [1, 5, 6, 7, 1000])
def test_a_complaint_is_about_another_trustee(accused: int) -> None:
    game = mixing()
    assert by_player(game, "Ann", complaint(game, "Ann", 2)) == "ok"
    assert by_player(game, "Ann", complaint(game, "Ann", accused)) == "complaint.accused"


def test_nobody_complains_of_who_has_no_key_or_was_found_out() -> None:
    game = clone(ready())
    for name in NAMES[:3]:
        game.say(name, owed(game, name))
    game.now += 2 * PATIENCE
    game.deal_with(close(game, game.dealer.key))
    assert by_player(game, "Ann", complaint(game, "Ann", 4)) == "complaint.accused"
    assert by_player(game, "Dot", complaint(game, "Dot", 1)) == "trustee.not"
    game = mixing("Bob", (3,))
    game.say("Cem", complaint(game, "Cem", 2))
    game.say("Bob", answer(game, "Bob", 3, 1))
    assert by_player(game, "Ann", complaint(game, "Ann", 2)) == "complaint.accused"
    assert by_player(game, "Bob", complaint(game, "Bob", 1)) == "trustee.not"


def test_a_complaint_is_made_once_and_before_one_s_mix() -> None:
    game = mixing("Bob", (3,))
    first = complaint(game, "Cem", 2)
    game.say("Cem", first)
    assert by_player(game, "Cem", first) == "post.replayed"
    assert by_player(game, "Cem", complaint(game, "Cem", 2)) == "complaint.twice"
    game.say("Dot", owed(game, "Dot"))
    assert by_player(game, "Cem", complaint(game, "Cem", 2)) == "complaint.twice"
    assert by_player(game, "Cem", complaint(game, "Cem", 1)) == "ok"
    assert by_player(game, "Dot", complaint(game, "Dot", 2)) == "complaint.after-mix"
    game.say("Bob", owed(game, "Bob"))
    assert by_player(game, "Cem", complaint(game, "Cem", 2)) == "complaint.twice"  # answered is answered


@pytest.mark.parametrize("place", ["coins", "keys", "delivered", "over"])
def test_nobody_complains_before_the_keys_are_closed_or_while_nothing_is_decrypted(place: str) -> None:
    game = blind_at(place)
    assert by_player(game, "Ann", complaint(game, "Ann", 2)) == "turn.wrong"


@pytest.mark.parametrize("place", ["blinding", "opening", "dealing", "choosing", "gifts", "revealing"])
def test_who_has_not_mixed_may_complain_later_too(place: str) -> None:
    """Dot was late for the mix, and finds its share from Bob wrong when it comes back."""
    game = late(place)
    assert by_player(game, "Ann", complaint(game, "Ann", 2)) == "complaint.after-mix"
    game.say("Dot", complaint(game, "Dot", 2))
    assert set(blind(game).complaints) == {(4, 2)}
    assert by_player(game, "Dot", complaint(game, "Dot", 2)) == "complaint.twice"
    twin = clone(game)
    twin.say("Bob", answer(twin, "Bob", 4))
    assert blind(twin).published == {(4, 2): evaluate(polynomial(twin, "Bob"), 4)}
    assert twin.state.phase is game.state.phase
    twin = clone(game)
    twin.say("Bob", answer(twin, "Bob", 4, 1))
    assert [f.code for f in twin.state.faults] == ["share.wrong"]
    if place in ("choosing", "gifts", "revealing"):  # nothing begins anew, all keys go on to count
        assert (twin.state.phase, blind(twin).out, blind(twin).found_out) == (game.state.phase, {2}, frozenset())
        assert (blind(twin).joint, blind(twin).publics) == (blind(game).joint, blind(game).publics)
        assert (blind(twin).deck, blind(twin).hands) == (blind(game).deck, blind(game).hands)
        assert (blind(twin).envelopes, blind(twin).batches) == (blind(game).envelopes, blind(game).batches)
        pairs = secret_pairs(twin)
        twin.run()
        assert (twin.state.phase, dict(blind(twin).pairs)) == (Phase.OVER, pairs)
    else:
        assert (twin.state.phase, the_batch(twin.state).kind) == (Phase.MIXING, Kind.CARDS)
        assert (blind(twin).deck, blind(twin).envelopes, blind(twin).hands) == ((), {}, {})
        assert blind(twin).joint != blind(game).joint
        assert twin.run().state.phase is Phase.OVER


def late(place: str) -> Simulator:
    """Return a game in which Dot did no work and is back at this place."""
    game = blind_at("mixing", choose_by=1)
    done = at_batch(Kind.GIFTS) if place == "gifts" else at_phase(Phase(place))
    patiently(game, lambda s: done(s) or s.phase is Phase.DELIVERED, silent=("Dot",))
    if place == "revealing":
        game.organise(player.make_call(game.state, game.organiser.key))
    assert done(game.state)
    return game


@pytest.mark.parametrize("place", ["blinding", "opening", "dealing"])
def test_an_answer_that_is_overdue_is_closed_until_a_card_is_handed_out(place: str) -> None:
    game = late(place)
    game.say("Dot", complaint(game, "Dot", 2))
    at = blind(game).complaints[4, 2].at
    game.now = at + PATIENCE - 1
    assert by_close(game, True) == by_close(game, False) == "close.too-early"
    game.now = at + PATIENCE
    assert by_close(game, True) == by_close(game, False) == "ok"
    game.deal_with(close(game, game.dealer.key))
    assert (blind(game).found_out, the_batch(game.state).kind) == ({2}, Kind.CARDS)
    assert [f.code for f in game.state.faults] == ["share.missing"]


def with_a_hand() -> Simulator:
    """Return a game in which Dot did no work, and one of three hands is in the log."""
    game = late("dealing")
    act(game, "Ann")
    assert (game.state.phase, set(blind(game).hands)) == (Phase.DEALING, {1})
    return game


def test_from_the_first_hand_on_a_wrong_answer_only_puts_its_author_out() -> None:
    game = with_a_hand()
    deck = blind(game).deck
    game.say("Dot", complaint(game, "Dot", 2))
    game.say("Bob", answer(game, "Bob", 4, 1))
    assert [f.code for f in game.state.faults] == ["share.wrong"]
    assert (game.state.phase, blind(game).deck, set(blind(game).hands)) == (Phase.DEALING, deck, {1})
    assert (blind(game).out, blind(game).found_out, blind(game).complaints) == ({2}, frozenset(), {})
    assert by_player(game, "Dot", complaint(game, "Dot", 2)) == "complaint.accused"
    assert game.run().state.phase is Phase.OVER
    assert blind(game).deck == deck


def test_from_the_first_hand_on_a_late_answer_finds_nobody_out() -> None:
    game = with_a_hand()
    game.say("Dot", complaint(game, "Dot", 2))
    game.now += 10 * PATIENCE
    assert by_close(game, True) == by_close(game, False) == "close.too-early"
    for name in ("Cem", "Dot"):
        act(game, name)
    assert game.state.phase is Phase.CHOOSING
    for name in ("Ann", "Cem", "Dot"):
        act(game, name)
    game.now += 10 * PATIENCE
    assert by_player(game, "Bob", answer(game, "Bob", 4)) == "ok"  # late is better than never
    game.deal_with(close(game, game.dealer.key))
    assert (the_batch(game.state).kind, blind(game).out, game.state.faults) == (Kind.GIFTS, frozenset(), ())
    assert set(blind(game).complaints) == {(4, 2)}


def test_two_wrong_answers_after_the_deal_leave_too_few() -> None:
    game = late("choosing")
    for index, name in ((1, "Ann"), (2, "Bob")):
        assert game.state.phase is Phase.CHOOSING
        game.say("Dot", complaint(game, "Dot", index))
        game.say(name, answer(game, name, 4, 1))
    assert game.state.phase is Phase.VOID


def test_nobody_complains_of_who_is_gone() -> None:
    """Bob's key still counts, but he takes no part any more, and could not answer."""
    game = leaving(late("choosing"), "Bob")
    assert 2 in blind(game).qualified()
    assert by_player(game, "Dot", complaint(game, "Dot", 2)) == "complaint.accused"
    assert by_player(game, "Dot", complaint(game, "Dot", 1)) == "ok"


def test_who_takes_no_part_does_not_count_among_those_who_are_left() -> None:
    game = accused()
    at = blind(game).complaints[3, 2].at + PATIENCE
    assert overdue(game.state, at) == {2}
    fewer = replace(game.state, blind=replace(blind(game), out=frozenset({4})))
    assert len(blind(game).qualified()) - 1 == blind(game).threshold
    assert overdue(fewer, at) == frozenset()


@pytest.mark.parametrize("place", ["blinding", "opening", "dealing"])
def test_without_an_overdue_complaint_nothing_is_closed_there(place: str) -> None:
    game = blind_at(place)
    game.now += 10 * PATIENCE
    assert by_close(game, True) == by_close(game, False) == "close.too-early"


def test_who_complains_of_everybody_that_sleeps_does_not_end_the_game() -> None:
    """With two accused of four, three would not be left: then neither is found out, and nothing waits for them."""
    game = mixing()
    for index in (1, 2):
        game.say("Dot", complaint(game, "Dot", index))
    for name in ("Cem", "Ann", "Bob"):
        game.say(name, trustee.make_mix(game.state, game.players[name], me(game, name), game.entropy))
    game.now = min(c.at for c in blind(game).complaints.values()) + PATIENCE - 1
    assert by_close(game, False) == "close.too-early"
    game.now += 2 * PATIENCE
    game.deal_with(close(game, game.dealer.key))
    assert (game.state.phase, blind(game).found_out, game.state.faults) == (Phase.BLINDING, frozenset(), ())
    assert set(blind(game).complaints) == {(4, 1), (4, 2)}
    assert by_player(game, "Ann", answer(game, "Ann", 4)) == "ok"  # late is better than never
    advance(game, lambda s: s.phase is Phase.CHOOSING)
    assert game.state.phase is Phase.CHOOSING


def test_every_overdue_complaint_is_a_fault_of_its_own() -> None:
    game = mixing("Bob", (3, 4))
    for name in ("Dot", "Cem"):
        game.say(name, owed(game, name))
    game.now += 2 * PATIENCE
    game.deal_with(close(game, game.dealer.key))
    assert [(f.code, f.blame.who) for f in game.state.faults] == [
        ("share.missing", "Bob or Cem"), ("share.missing", "Bob or Dot")
    ]  # fmt: skip


def test_in_a_second_batch_of_cards_all_have_confirmed_their_shares() -> None:
    for k in range(60):
        game = advance(blind_at("mixing", seed=f"all out {k}", blind=but(THREE_DECKS, batch_tests=4)),
                       lambda s: s.phase is Phase.DEALING or (s.blind is not None and s.blind.batches == 2))
        if blind(game).batches == 2:
            break
    assert the_batch(game.state).kind is Kind.CARDS
    assert by_player(game, "Ann", complaint(game, "Ann", 2)) == "complaint.after-mix"


# --- answers ------------------------------------------------------------------------------------


def accused(victims: tuple[int, ...] = (3,)) -> Simulator:
    """Return a game in which Cem has complained of Bob."""
    game = mixing("Bob", victims)
    game.say("Cem", owed(game, "Cem"))
    return game


def test_a_right_answer_is_the_share() -> None:
    game = accused()
    game.say("Bob", answer(game, "Bob", 3))
    assert blind(game).published == {(3, 2): evaluate(polynomial(game, "Bob"), 3)}
    assert (blind(game).complaints, blind(game).out, game.state.faults) == ({}, frozenset(), ())
    assert share(game, "Cem") * BASE == blind(game).publics[3]
    assert game.run().state.phase is Phase.OVER
    assert game.state.faults == ()


def test_only_who_is_accused_answers_and_only_that_complaint() -> None:
    game = accused()
    assert by_player(game, "Bob", answer(game, "Bob", 3)) == "ok"
    for accuser in (1, 2, 4, 5, 1000):
        assert by_player(game, "Bob", answer(game, "Bob", accuser, 1)) == "answer.no-complaint"
    for name in ("Ann", "Cem", "Dot"):
        assert by_player(game, name, answer(game, name, 3, 1)) == "answer.no-complaint"
    game.say("Bob", answer(game, "Bob", 3))
    assert by_player(game, "Bob", answer(game, "Bob", 3, 1)) == "answer.no-complaint"
    none = mixing()
    assert by_player(none, "Bob", answer(none, "Bob", 3)) == "answer.no-complaint"


@pytest.mark.parametrize("wrong", ["zero", "other index", "one more", "not canonical", "all bits"])
def test_a_wrong_answer_finds_its_author_out(wrong: str) -> None:
    game = accused()
    right = evaluate(polynomial(game, "Bob"), 3)
    value: int | bytes = {
        "zero": 0, "other index": evaluate(polynomial(game, "Bob"), 4), "one more": right + 1,
        "not canonical": (right + ORDER).to_bytes(32, "little"), "all bits": b"\xff" * 32,
    }[wrong]  # fmt: skip
    game.say("Dot", owed(game, "Dot"))
    before = blind(game)
    game.say("Bob", answer(game, "Bob", 3, value))
    state = blind(game)
    (fault,) = game.state.faults
    assert (fault.code, fault.blame.party, fault.blame.who) == ("share.wrong", Party.PLAYER, "Bob")
    assert fault.blame.certainty is Certainty.PROVEN
    assert (state.out, state.found_out, state.qualified(), state.complaints) == ({2}, {2}, (1, 3, 4), {})
    assert state.joint != before.joint
    assert (game.state.phase, the_batch(game.state).number, the_batch(game.state).mixers) == (Phase.MIXING, 2, ())
    assert by_player(game, "Bob", but(owed(game, "Ann"), by=game.players["Bob"].key)) == "trustee.not"
    assert by_player(game, "Dot", complaint(game, "Dot", 1)) == "complaint.after-mix"  # it has confirmed its shares
    assert by_player(game, "Ann", complaint(game, "Ann", 3)) == "ok"
    assert game.run().state.phase is Phase.OVER


def test_a_share_that_is_zero_is_right_if_it_fits() -> None:
    game = clone(ready())
    for name in NAMES:
        game.say(name, key_of(game, "Bob", (ORDER - 15, 2, 1)) if name == "Bob" else owed(game, name))
    assert evaluate((ORDER - 15, 2, 1), 3) == 0
    game.say("Cem", complaint(game, "Cem", 2))
    game.say("Bob", answer(game, "Bob", 3, 0))
    assert blind(game).published == {(3, 2): 0}
    assert game.state.faults == ()


def test_two_found_out_of_four_make_the_game_void() -> None:
    game = clone(ready())
    for name in NAMES:
        game.say(name, spoilt(game, name, (3, 4)) if name in ("Ann", "Bob") else owed(game, name))
    game.say("Cem", complaint(game, "Cem", 1))
    game.say("Cem", complaint(game, "Cem", 2))
    game.say("Ann", answer(game, "Ann", 3, 1))
    assert game.state.phase is Phase.MIXING
    assert set(blind(game).complaints) == {(3, 2)}
    game.say("Bob", answer(game, "Bob", 3, 1))
    assert game.state.phase is Phase.VOID
    assert [f.code for f in game.state.faults] == ["share.wrong", "share.wrong"]


def test_an_answer_that_is_overdue_finds_the_accused_out() -> None:
    game = accused()
    at = blind(game).complaints[3, 2].at
    for name in ("Ann", "Dot"):
        game.say(name, owed(game, name))
    game.say("Bob", trustee.make_mix(game.state, game.players["Bob"], me(game, "Bob"), game.entropy))
    for server in (True, False):
        game.now = at + PATIENCE - 1
        assert by_close(game, server) == "close.too-early"
        game.now = at + PATIENCE
        assert by_close(game, server) == "ok"
    assert by_player(game, "Bob", answer(game, "Bob", 3)) == "ok"  # late, and still before the close
    game.deal_with(close(game, game.dealer.key))
    (fault,) = game.state.faults
    assert (fault.code, fault.blame.who) == ("share.missing", "Bob or Cem")  # or Cem, whose complaint may be false
    assert fault.blame.party is Party.PLAYER_OR_SERVER
    assert fault.blame.certainty is Certainty.SUSPECTED
    assert (blind(game).found_out, the_batch(game.state).number) == ({2}, 2)
    assert game.run().state.phase is Phase.OVER


def test_a_close_with_an_overdue_complaint_closes_no_mixing() -> None:
    """With no mix at all it is no `close.too-few`: it finds out."""
    game = accused()
    game.now += 2 * PATIENCE
    assert by_close(game, True) == "ok"
    game.organise(close(game, game.organiser.key))
    assert (game.state.phase, blind(game).found_out) == (Phase.MIXING, {2})


def test_a_batch_waits_for_the_last_answer() -> None:
    game = accused()
    for name in ("Ann", "Dot", "Bob", "Cem"):
        game.say(name, trustee.make_mix(game.state, game.players[name], me(game, name), game.entropy))
    assert game.state.phase is Phase.MIXING
    game.say("Bob", answer(game, "Bob", 3))
    assert game.state.phase is Phase.BLINDING


def test_who_complains_falsely_stops_nothing() -> None:
    """A corrupt accuser learns what it has already; the accused publishes that one share and nothing else."""
    game = mixing()
    for accused_index in (1, 2, 3):
        game.say("Dot", complaint(game, "Dot", accused_index))
    game.run(silent=("Dot",))
    assert blind(game).complaints == {}
    assert blind(game).published == {(4, i): evaluate(polynomial(game, NAMES[i - 1]), 4) for i in (1, 2, 3)}
    patiently(game, lambda s: s.phase is Phase.CHOOSING, silent=("Dot",))
    assert (game.state.phase, game.state.faults) == (Phase.CHOOSING, ())


def test_complaints_about_who_is_found_out_are_settled() -> None:
    game = mixing("Bob", (1, 3, 4))
    for name in ("Ann", "Cem", "Dot"):
        game.say(name, owed(game, name))
    assert set(blind(game).complaints) == {(1, 2), (3, 2), (4, 2)}
    game.say("Bob", answer(game, "Bob", 1))
    game.say("Bob", answer(game, "Bob", 3, 5))
    assert blind(game).complaints == {}
    assert game.run().state.phase is Phase.OVER


def test_the_key_of_who_leaves_still_counts() -> None:
    """Only who is found out is taken out of the joint key: other shares were made with it."""
    game = blind_at("choosing")
    joint = blind(game).joint
    leaving(game, "Dot")
    assert (blind(game).joint, blind(game).out, blind(game).qualified()) == (joint, {4}, (1, 2, 3, 4))


def test_the_author_of_a_key_is_a_player() -> None:
    game = ready()
    body = owed(game, "Ann")
    for by, judged in ((game.dealer.key, by_dealer), (game.organiser.key, by_organiser)):
        assert judged(game, but(body, by=by)) == "author.wrong"


def test_nobody_s_public_share_is_the_identity_in_an_honest_game() -> None:
    state = blind(blind_at("mixing"))
    assert IDENTITY not in state.publics.values()
    assert replace(state, out=frozenset({1})).qualified() == (1, 2, 3, 4)
