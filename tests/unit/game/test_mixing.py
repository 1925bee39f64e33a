"""Mixes, blindings, openings and hands: every rule broken, beside posts that keep it."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any

import pytest

from blind_cases import (
    BAD_POINTS,
    PATIENCE,
    SMALL_ORDER,
    THREE_DECKS,
    act,
    advance,
    at_batch,
    blind,
    blind_at,
    bridged,
    by_close,
    close,
    joint_secret,
    me,
    other_point,
    other_scalar,
    patiently,
    secret_pairs,
    share,
    unit,
)
from game_cases import COUPLE, NAMES, but, by_player, clone, owed
from sealed_santa.crypto.elgamal import Cipher, encode_ciphers, encode_rows, rerandomise, trivial
from sealed_santa.crypto.group import BASE, IDENTITY, ORDER, Point, encode_points
from sealed_santa.game import stages
from sealed_santa.game.batches import Batch, Deck, Kind
from sealed_santa.game.mixing import deck_bounds, mix_input, read_hand, width
from sealed_santa.game.stages import present, the_batch
from sealed_santa.game.state import Phase
from sealed_santa.game.statements import (
    blinding_statement,
    decryption_statement,
    group_keys,
    hand_statement,
    joint_key,
    shuffle_statement,
)
from sealed_santa.lab.simulator import Simulator
from sealed_santa.log.fields import Points, Proof
from sealed_santa.log.posts import Blinding, Hand, Mix, OpeningPost
from sealed_santa.proofs.linear.prove import prove_linear
from sealed_santa.proofs.shuffle.prove import ShuffleWitness, mix_rows, prove_shuffle

P = Phase


def raw(value: int) -> bytes:
    return (value % 2**256).to_bytes(32, "little")


def mix_of(
    game: Simulator, name: str, before: tuple[Deck, ...], orders: list[tuple[int, ...]], after: Any = None
) -> Mix:
    """Return a mix with these permutations, proven rightly; or with other rows put in after the proof was made."""
    state, secrets = game.state, game.players[name]
    rows, proofs = [], []
    for number, (deck, order) in enumerate(zip(before, orders, strict=True)):
        randomness = tuple(tuple(3 + i + c for c in range(len(deck[0]))) for i in range(len(deck)))
        mixed = mix_rows(joint_key(state), deck, order, randomness)
        if after is not None:
            mixed = after(number, mixed)
        statement = shuffle_statement(state, secrets.key, number, deck, mixed)
        proof = prove_shuffle(statement, ShuffleWitness(order, randomness), secrets.seed, game.entropy)
        rows.append(encode_rows(mixed))
        proofs.append(proof.encode())
    return Mix(
        game=state.game, by=secrets.key, seen=state.head, round=state.round, batch=the_batch(state).number,
        rows=Points(b"".join(rows)), proofs=Proof(b"".join(proofs)),
    )  # fmt: skip


SAME = (1, 2, 3, 4)


@cache
def mixed_once() -> Simulator:
    game = blind_at("mixing")
    game.say("Ann", owed(game, "Ann"))
    return game


# --- mixes --------------------------------------------------------------------------------------


def test_a_batch_begins_in_the_clear() -> None:
    state = blind_at("mixing").state
    assert the_batch(state) == Batch(1, Kind.CARDS)
    assert mix_input(state, 2) == (tuple((trivial(r),) for r in range(1, 5)),) * 2
    assert deck_bounds(state) == (3, 3)


def test_a_trustee_mixes_once() -> None:
    game = clone(mixed_once())
    body = mix_of(game, "Ann", the_batch(game.state).decks, [SAME] * 3)
    assert by_player(game, "Ann", body) == "mix.twice"
    assert by_player(game, "Bob", mix_of(game, "Bob", the_batch(game.state).decks, [SAME] * 3)) == "ok"


def test_with_couples_the_first_mix_has_at_least_half_of_the_decks_there_is_room_for() -> None:
    """Six tests a deck; with ten decks of 22 a first mixer would have made all of them fail far more often."""
    game = blind_at("mixing", exclusions=COUPLE, blind=but(THREE_DECKS, batch_tests=132))
    for count, code in ((9, "mix.rows"), (10, "mix.rows"), (11, "ok"), (22, "ok"), (23, "mix.rows")):
        body = mix_of(game, "Ann", mix_input(game.state, count), [SAME] * count)
        assert by_player(game, "Ann", body) == code


def test_a_mix_has_as_many_decks_as_the_first_and_that_one_keeps_to_the_terms() -> None:
    game = blind_at("mixing", blind=but(THREE_DECKS, batch_tests=44))
    for count, code in ((0, "mix.rows"), (1, "mix.rows"), (9, "mix.rows"), (10, "ok"), (11, "ok"), (12, "mix.rows")):
        body = mix_of(game, "Ann", mix_input(game.state, count), [SAME] * count)
        assert by_player(game, "Ann", body) == code
    game.say("Ann", mix_of(game, "Ann", mix_input(game.state, 11), [SAME] * 11))
    decks = the_batch(game.state).decks
    assert by_player(game, "Bob", mix_of(game, "Bob", decks, [SAME] * 11)) == "ok"
    assert by_player(game, "Bob", mix_of(game, "Bob", decks[:10], [SAME] * 10)) == "mix.rows"


@pytest.mark.parametrize("length", [0, 1, 32, 63, 64, 256, 704, 767, 769, 832, 1024, 1536])
def test_rows_have_one_length(length: int) -> None:
    game = clone(mixed_once())
    body: Mix = owed(game, "Bob")
    assert len(body.rows) == 3 * 4 * 64
    wrong = (body.rows * 2)[:length]
    assert by_player(game, "Bob", but(body, rows=Points(wrong))) == "mix.rows"


@pytest.mark.parametrize("bad", sorted(BAD_POINTS))
@pytest.mark.parametrize("place", [0, 1, 11, 23])
def test_a_row_that_holds_no_point(place: int, bad: str) -> None:
    """The identity is seen at once, everything else by the equations."""
    game = clone(mixed_once())
    body: Mix = owed(game, "Bob")
    code = by_player(game, "Bob", but(body, rows=Points(unit(body.rows, place, BAD_POINTS[bad]))))
    assert code == ("mix.rows" if bad == "identity" else "mix.proof-wrong")


def test_a_proof_of_another_form() -> None:
    game = clone(mixed_once())
    body: Mix = owed(game, "Bob")
    size = len(body.proofs) // 3
    for wrong in (b"", body.proofs[:size], body.proofs[:-32], body.proofs + body.proofs[:32], body.proofs * 2):
        assert by_player(game, "Bob", but(body, proofs=Proof(wrong))) == "mix.proof-form"
    for deck in range(3):
        last = deck * size // 32 + size // 32 - 1
        for bad in (raw(ORDER), raw(2**256 - 1)):
            assert by_player(game, "Bob", but(body, proofs=Proof(unit(body.proofs, last, bad)))) == "mix.proof-form"
        first = unit(body.proofs, deck * size // 32, BAD_POINTS["identity"])
        assert by_player(game, "Bob", but(body, proofs=Proof(first))) == "mix.proof-form"


@pytest.mark.parametrize("deck", [0, 1, 2])
def test_every_scalar_of_every_deck_s_proof_counts(deck: int) -> None:
    game = clone(mixed_once())
    body: Mix = owed(game, "Bob")
    units = len(body.proofs) // 3 // 32
    for place in range(8, units):  # 6 + 2 points before
        wrong = other_scalar(body.proofs, deck * units + place)
        assert by_player(game, "Bob", but(body, proofs=Proof(wrong))) == "mix.proof-wrong"
    for place in range(8):
        wrong = other_point(body.proofs, deck * units + place)
        assert by_player(game, "Bob", but(body, proofs=Proof(wrong))) == "mix.proof-wrong"


def swapped(number: int, deck: Deck) -> Deck:
    return (deck[1], deck[0], *deck[2:])


CHEATS: dict[str, Any] = {
    "a row twice": lambda number, deck: (deck[0], deck[0], *deck[2:]),
    "a row replaced": lambda number, deck: (*deck[:3], (rerandomise(BASE, trivial(1), 5),)),
    "rows exchanged after the proof": swapped,
    "a row not re-encrypted with the key": lambda number, deck: (
        (Cipher(deck[0][0].u + BASE, deck[0][0].v),), *deck[1:]
    ),
    "a card shifted": lambda number, deck: ((Cipher(deck[0][0].u, deck[0][0].v + BASE),), *deck[1:]),
    "two cards shifted": lambda number, deck: (
        (Cipher(deck[0][0].u, deck[0][0].v + BASE),), (Cipher(deck[1][0].u, deck[1][0].v - BASE),), *deck[2:]
    ),
    "columns exchanged": lambda number, deck: ((Cipher(deck[0][0].v, deck[0][0].u),), *deck[1:]),
    "only the last deck": lambda number, deck: swapped(number, deck) if number == 2 else deck,
}  # fmt: skip


@pytest.mark.parametrize("cheat", sorted(CHEATS))
def test_a_mix_that_is_no_shuffle_is_refused(cheat: str) -> None:
    game = clone(mixed_once())
    before = the_batch(game.state).decks
    assert by_player(game, "Bob", mix_of(game, "Bob", before, [(2, 1, 4, 3)] * 3)) == "ok"
    body = mix_of(game, "Bob", before, [(2, 1, 4, 3)] * 3, CHEATS[cheat])
    assert by_player(game, "Bob", body) == "mix.proof-wrong"


def test_a_mix_starts_from_the_last_one() -> None:
    """Not from the input, not from an older mix: whoever could skip the others would know the order."""
    game = clone(mixed_once())
    first = the_batch(game.state).decks
    fresh = stages.fresh_decks(game.state, 3)
    assert by_player(game, "Bob", mix_of(game, "Bob", fresh, [SAME] * 3)) == "mix.proof-wrong"
    game.say("Bob", owed(game, "Bob"))
    assert by_player(game, "Cem", mix_of(game, "Cem", first, [SAME] * 3)) == "mix.proof-wrong"
    assert by_player(game, "Cem", mix_of(game, "Cem", the_batch(game.state).decks, [SAME] * 3)) == "ok"


def test_decks_are_mixed_each_for_itself() -> None:
    game = clone(mixed_once())
    a, b, c = the_batch(game.state).decks
    assert by_player(game, "Bob", mix_of(game, "Bob", (b, a, c), [SAME] * 3)) == "mix.proof-wrong"
    body: Mix = owed(game, "Bob")
    size, proof = 256, len(body.proofs) // 3
    moved = but(
        body, rows=Points(body.rows[size:] + body.rows[:size]), proofs=Proof(body.proofs[proof:] + body.proofs[:proof])
    )
    assert by_player(game, "Bob", moved) == "mix.proof-wrong"


def test_a_mix_of_another_cannot_be_given_as_one_s_own() -> None:
    game = clone(mixed_once())
    body: Mix = owed(game, "Bob")
    assert by_player(game, "Cem", but(body, by=game.players["Cem"].key)) == "mix.proof-wrong"
    game.say("Bob", body)
    assert by_player(game, "Cem", but(body, by=game.players["Cem"].key, seen=game.state.head)) == "mix.proof-wrong"


def test_a_mix_of_another_batch_or_step_is_refused() -> None:
    """The same rows, but the proof was made for another number of mixes before."""
    game = clone(mixed_once())
    body = mix_of(game, "Bob", the_batch(game.state).decks, [SAME] * 3)
    late = clone(game)
    blind_ = blind(late)
    batch = the_batch(late.state)
    for changed in (replace(batch, mixers=(1, 3)), replace(batch, mixers=())):
        late.current = replace(game.state, blind=replace(blind_, batch=changed))
        assert by_player(late, "Bob", body) == "mix.proof-wrong"
    late.current = replace(game.state, blind=replace(blind_, batch=replace(batch, number=2)))
    assert by_player(late, "Bob", but(body, batch=2)) == "mix.proof-wrong"


def test_all_have_to_mix_before_it_goes_on() -> None:
    game = blind_at("mixing")
    for count, name in enumerate(NAMES, 1):
        game.say(name, owed(game, name))
        assert (game.state.phase is P.BLINDING) == (count == 4)
    assert the_batch(game.state).mixers == (1, 2, 3, 4)
    assert len(the_batch(game.state).tests) == len(the_batch(game.state).pairs) == 12


# --- closing a mixing ---------------------------------------------------------------------------


def test_a_mixing_is_closed_with_t_mixes_and_no_fewer() -> None:
    game = clone(mixed_once())
    game.now = game.state.phase_at + PATIENCE
    assert by_close(game, True) == by_close(game, False) == "close.too-few"
    game.say("Cem", owed(game, "Cem"))
    assert by_close(game, True) == by_close(game, False) == "close.too-few"
    game.say("Bob", owed(game, "Bob"))
    assert by_close(game, True) == by_close(game, False) == "ok"
    game.deal_with(close(game, game.dealer.key))
    assert (game.state.phase, the_batch(game.state).mixers) == (P.BLINDING, (1, 3, 2))


def test_the_server_waits_and_the_organiser_need_not() -> None:
    game = clone(mixed_once())
    for name in ("Bob", "Cem"):
        game.say(name, owed(game, name))
    game.now = game.state.phase_at + PATIENCE - 1
    assert by_close(game, True) == "close.too-early"
    assert by_close(game, False) == "ok"
    game.now += 1
    assert by_close(game, True) == "ok"


def test_without_a_trustee_everything_else_goes_on() -> None:
    game = patiently(blind_at("mixing", choose_by=1), lambda s: s.over, silent=("Dot",))
    assert game.state.phase is P.DELIVERED  # a receipt is missing, and so is the organiser's call
    assert blind(game).givers == (1, 2, 3)
    assert game.state.receipts == {1, 2, 3}


# --- blindings ----------------------------------------------------------------------------------


def blinding_of(game: Simulator, name: str, factors: list[int], change: Any = None, **changes: Any) -> Blinding:
    """Return a blinding with these factors, proven rightly; or of pairs changed before the proof was made."""
    state, batch, secrets = game.state, the_batch(game.state), game.players[name]
    first = not batch.blinders
    pairs = tuple(
        Cipher(s * c.u, s * (c.v - t.value * BASE if first else c.v))
        for s, c, t in zip(factors, batch.pairs, batch.tests, strict=True)
    )
    pairs = change(pairs) if change else pairs
    statement = blinding_statement(state, secrets.key, pairs)
    body = Blinding(
        game=state.game, by=secrets.key, seen=state.head, round=state.round, batch=batch.number,
        pairs=Points(encode_ciphers(pairs)),
        proof=Proof(prove_linear(statement, factors, secrets.seed, game.entropy)),
    )  # fmt: skip
    return but(body, **changes)


@pytest.mark.parametrize("before", [0, 1])
def test_a_blinding_multiplies_every_pair_by_its_factor(before: int) -> None:
    game = blind_at("blinding")
    for name in NAMES[:before]:
        game.say(name, owed(game, name))
    assert by_player(game, "Dot", blinding_of(game, "Dot", list(range(2, 14)))) == "ok"
    changes: dict[str, Any] = {
        "another second part": lambda p: (Cipher(p[0].u, p[0].v + BASE), *p[1:]),
        "another first part": lambda p: (*p[:5], Cipher(p[5].u + BASE, p[5].v), *p[6:]),
        "two factors in one pair": lambda p: (*p[:11], Cipher(p[11].u, 2 * p[11].v)),
        "exchanged": lambda p: (p[1], p[0], *p[2:]),
        "one for two": lambda p: (p[0], p[0], *p[2:]),
    }
    for change in changes.values():
        assert by_player(game, "Dot", blinding_of(game, "Dot", list(range(2, 14)), change)) == "blinding.proof-wrong"


def test_a_factor_of_zero_gives_the_identity_and_is_refused() -> None:
    game = blind_at("blinding")
    body = blinding_of(game, "Ann", list(range(2, 14)))
    for place in (0, 1, 22, 23):
        wrong = Points(unit(body.pairs, place, BAD_POINTS["identity"]))
        assert by_player(game, "Ann", but(body, pairs=wrong)) == "blinding.pairs"
    for place in (0, 23):
        for bad in (SMALL_ORDER, BAD_POINTS["off the curve"], BAD_POINTS["not canonical"]):
            code = by_player(game, "Ann", but(body, pairs=Points(unit(body.pairs, place, bad))))
            assert code == "blinding.proof-wrong"


def test_there_are_as_many_pairs_as_tests() -> None:
    game = blind_at("blinding")
    body: Blinding = owed(game, "Ann")
    for wrong in (b"", body.pairs[:-64], body.pairs[64:], body.pairs[:-32], body.pairs + body.pairs[:64]):
        assert by_player(game, "Ann", but(body, pairs=Points(wrong))) == "blinding.pairs"


def test_a_blinding_s_proof() -> None:
    game = blind_at("blinding")
    body: Blinding = owed(game, "Ann")
    for wrong in (b"", body.proof[:-32], body.proof[32:], body.proof + bytes(32)):
        assert by_player(game, "Ann", but(body, proof=Proof(wrong))) == "blinding.proof-form"
    for wrong in (unit(body.proof, -1, raw(ORDER)), unit(body.proof, 0, BAD_POINTS["identity"])):
        assert by_player(game, "Ann", but(body, proof=Proof(wrong))) == "blinding.proof-form"
    for place in range(24, 36):
        assert by_player(game, "Ann", but(body, proof=Proof(other_scalar(body.proof, place)))) == "blinding.proof-wrong"
    for place in range(24):
        assert by_player(game, "Ann", but(body, proof=Proof(other_point(body.proof, place)))) == "blinding.proof-wrong"
    assert by_player(game, "Bob", but(body, by=game.players["Bob"].key)) == "blinding.proof-wrong"


def test_a_trustee_blinds_once_and_starts_from_the_last_blinding() -> None:
    game = blind_at("blinding")
    stale = blinding_of(game, "Bob", [3] * 12)
    game.say("Ann", owed(game, "Ann"))
    assert by_player(game, "Ann", blinding_of(game, "Ann", [3] * 12)) == "blinding.twice"
    assert by_player(game, "Bob", stale) == "seen.too-old"
    assert by_player(game, "Bob", but(stale, seen=game.state.head)) == "blinding.proof-wrong"


def test_after_the_t_th_blinding_the_tests_are_opened() -> None:
    game = blind_at("blinding")
    for count, name in enumerate(("Dot", "Bob", "Ann"), 1):
        game.say(name, owed(game, name))
        assert (game.state.phase is P.OPENING) == (count == 3)
    assert the_batch(game.state).blinders == (4, 2, 1)
    assert by_player(game, "Cem", blinding_sample(game)) == "turn.wrong"


def blinding_sample(game: Simulator) -> Blinding:
    other = blind_at("blinding")
    return but(owed(other, "Cem"), seen=game.state.head)


# --- openings -----------------------------------------------------------------------------------


def opening_of(game: Simulator, name: str, x: int | None = None, change: Any = None) -> OpeningPost:
    """Return an opening with this share, proven as well as it can be."""
    state, secrets = game.state, game.players[name]
    x = share(game, name) if x is None else x
    index = blind(game).trustees.index(me(game, name).number) + 1
    points = tuple(x * c.u for c in the_batch(state).opened())
    points = change(points) if change else points
    statement = decryption_statement(state, secrets.key, index, points)
    return OpeningPost(
        game=state.game, by=secrets.key, seen=state.head, round=state.round, batch=the_batch(state).number,
        shares=Points(encode_points(points)),
        proof=Proof(prove_linear(statement, (x,), secrets.seed, game.entropy)),
    )  # fmt: skip


@pytest.mark.parametrize("place", ["opening", "revealing", "gifts"])
def test_decryption_shares_are_made_with_the_author_s_share(place: str) -> None:
    game = blind_at(place)
    if place == "gifts":
        advance(game, at_batch(Kind.GIFTS, P.OPENING))
    assert by_player(game, "Ann", opening_of(game, "Ann")) == "ok"
    for x in (share(game, "Bob"), share(game, "Ann") + 1, 1):
        assert by_player(game, "Ann", opening_of(game, "Ann", x)) == "opening.proof-wrong"
    changes: list[Any] = [
        lambda p: (p[0] + BASE, *p[1:]),
        lambda p: (*p[:-1], p[-1] + BASE),
        lambda p: (p[1], p[0], *p[2:]),
        lambda p: (p[0] + BASE, p[1] - BASE, *p[2:]),  # errors that would cancel with equal weights
    ]
    for change in changes:
        assert by_player(game, "Ann", opening_of(game, "Ann", change=change)) == "opening.proof-wrong"


def test_an_opening_has_a_share_for_everything_that_is_opened() -> None:
    game = blind_at("opening")
    body: OpeningPost = owed(game, "Ann")
    for wrong in (b"", body.shares[:-32], body.shares[32:], body.shares + body.shares[:32], body.shares * 2):
        assert by_player(game, "Ann", but(body, shares=Points(wrong))) == "opening.shares"
    for place in (0, 11):
        for bad in BAD_POINTS.values():
            wrong = Points(unit(body.shares, place, bad))
            assert by_player(game, "Ann", but(body, shares=wrong)) == "opening.shares"


def test_an_opening_s_proof() -> None:
    game = blind_at("opening")
    body: OpeningPost = owed(game, "Ann")
    assert len(body.proof) == 96
    for wrong in (b"", body.proof[:64], body.proof + bytes(32), body.proof * 2):
        assert by_player(game, "Ann", but(body, proof=Proof(wrong))) == "opening.proof-form"
    for wrong in (unit(body.proof, 2, raw(ORDER)), unit(body.proof, 0, BAD_POINTS["identity"])):
        assert by_player(game, "Ann", but(body, proof=Proof(wrong))) == "opening.proof-form"
    for wrong in (other_scalar(body.proof, 2), other_point(body.proof, 0), other_point(body.proof, 1)):
        assert by_player(game, "Ann", but(body, proof=Proof(wrong))) == "opening.proof-wrong"
    assert by_player(game, "Bob", but(body, by=game.players["Bob"].key)) == "opening.proof-wrong"


def test_the_threshold_counts_trustees_and_not_posts() -> None:
    game = blind_at("opening")
    game.say("Ann", owed(game, "Ann"))
    assert by_player(game, "Ann", opening_of(game, "Ann")) == "opening.twice"
    game.say("Dot", owed(game, "Dot"))
    assert game.state.phase is P.OPENING
    game.say("Cem", owed(game, "Cem"))
    assert game.state.phase is not P.OPENING


def test_tests_tell_forbidden_pairs_and_nothing_else() -> None:
    """What is opened is the identity for a hit and a point that says nothing for anything else."""
    game = blind_at("opening", seed="hits")
    batch = the_batch(game.state)
    y = joint_secret(game)
    cards = [[named(row[0], y) for row in deck] for deck in batch.decks]
    multiples = {(m * BASE).raw for m in range(-8, 9) if m}
    for test, pair in zip(batch.tests, batch.pairs, strict=True):
        opened = pair.v - y * pair.u
        assert (opened == IDENTITY) == (cards[test.deck][test.row - 1] == test.value)
        assert opened.raw not in multiples
    advance(game, lambda s: s.phase is not P.OPENING)
    clean = next((d for d, deck in enumerate(cards) if not any(c == r for r, c in enumerate(deck, 1))), None)
    assert blind(game).past[0].dealt == clean
    if clean is not None:
        assert {n: named(blind(game).slot(n), y) for n in (1, 2, 3, 4)} == dict(enumerate(cards[clean], 1))


def named(cipher: Cipher, y: int) -> int:
    point = cipher.v - y * cipher.u
    return next(m for m in range(1, 9) if m * BASE == point)


@pytest.mark.parametrize("seed", [f"first clean {k}" for k in range(6)])
def test_the_first_clean_deck_is_dealt(seed: str) -> None:
    game = blind_at("opening", seed=seed, exclusions=COUPLE)
    y, batch, forbidden = joint_secret(game), the_batch(game.state), set(game.state.forbidden)
    cards = [[named(row[0], y) for row in deck] for deck in batch.decks]
    clean = [d for d, deck in enumerate(cards) if not any((i, j) in forbidden for i, j in enumerate(deck, 1))]
    advance(game, lambda s: s.phase is not P.OPENING)
    state = blind(game)
    if clean:
        assert (game.state.phase, state.past[0].dealt, state.deck) == (P.DEALING, clean[0], batch.decks[clean[0]])
    else:
        assert (game.state.phase, state.past[0].dealt, state.batches) == (P.MIXING, None, 2)
        assert the_batch(game.state) == Batch(2, Kind.CARDS)


def test_after_the_last_batch_the_game_is_void() -> None:
    game = advance(blind_at("mixing", seed="all out 0", blind=but(THREE_DECKS, batch_tests=4)),
                   lambda s: s.phase is P.OPENING)  # fmt: skip
    game.current = replace(game.state, blind=replace(blind(game), batches=256))
    rows = [named(row[0], joint_secret(game)) for row in the_batch(game.state).decks[0]]
    advance(game, lambda s: s.phase is not P.OPENING)
    assert (game.state.phase is P.VOID) == any(c == r for r, c in enumerate(rows, 1))


# --- the repair ---------------------------------------------------------------------------------


def test_a_bridge_puts_the_leaver_s_slot_beside_whoever_held_the_leaver() -> None:
    """That nobody can see who that is, is shown in statistics/test_blind_bridge.py."""
    game = bridged(Kind.BRIDGE)
    batch = the_batch(game.state)
    assert (width(batch), batch.leaver, len(batch.decks[0])) == (2, 2, 4)
    assert [row[0] for row in batch.decks[0]] == [trivial(r) for r in (1, 3, 4, 5)]
    assert [row[1] for row in batch.decks[0]] == [blind(game).slot(r) for r in (1, 3, 4, 5)]
    advance(game, at_batch(Kind.BRIDGE, P.BLINDING))
    assert [(t.deck, t.row, t.value) for t in the_batch(game.state).tests] == [(0, r, 2) for r in range(1, 5)]
    advance(game, at_batch(Kind.ORDER))
    y = joint_secret(game)
    rows = [(named(a, y), named(b, y)) for a, b in the_batch(game.state).decks[0]]
    old = dict(enumerate((named(c[0], y) for c in blind(game).deck), 1))
    assert sorted(rows) == sorted((g, old[2] if r == 2 else r) for g, r in old.items() if g != 2)


@pytest.mark.parametrize(("hits", "kind"), [((), Kind.CARDS), ((2,), Kind.ORDER), ((0, 3), Kind.CARDS)])
def test_a_bridge_goes_on_if_exactly_one_row_hits(hits: tuple[int, ...], kind: Kind) -> None:
    """In a valid log it is always one; the rules say what follows all the same."""
    game = bridged(Kind.BRIDGE, P.OPENING)
    batch, y = the_batch(game.state), joint_secret(game)
    pairs = tuple(Cipher(BASE, (y + (row not in hits)) * BASE) for row in range(4))
    game.current = replace(game.state, blind=replace(blind(game), batch=replace(batch, pairs=pairs)))
    for name in ("Ann", "Cem", "Dot", "Eve"):
        game.say(name, owed(game, name))
    assert at_batch(kind)(game.state)


def test_an_order_is_mixed_before_it_is_opened_and_gives_a_screen() -> None:
    game = bridged(Kind.ORDER)
    advance(game, at_batch(Kind.ORDER, P.OPENING))
    assert len(the_batch(game.state).mixers) == 4  # the leaver does not mix any more
    assert len(the_batch(game.state).opened()) == 4
    y = joint_secret(game)
    wanted = {named(a, y): b for a, b in the_batch(game.state).decks[0]}
    advance(game, lambda s: s.phase is P.BLINDING)
    batch = the_batch(game.state)
    assert (batch.kind, batch.mixers) == (Kind.SCREEN, ())
    assert batch.decks == (tuple((wanted[n],) for n in (1, 3, 4, 5)),)
    assert {(t.row, t.value) for t in batch.tests} == {(1, 1), (2, 3), (3, 4), (4, 5)}


def test_a_screen_without_a_hit_is_dealt() -> None:
    game = bridged(Kind.SCREEN, P.OPENING)
    y, deck = joint_secret(game), the_batch(game.state).decks[0]
    new = dict(zip((1, 3, 4, 5), (named(row[0], y) for row in deck), strict=True))
    advance(game, lambda s: s.phase is not P.OPENING)
    hit = any(g == r for g, r in new.items())
    assert game.state.phase is (P.MIXING if hit else P.DEALING)
    if not hit:
        assert blind(game).holders == (1, 3, 4, 5)
        advance(game, lambda s: s.phase is P.CHOOSING)
        assert {g: r for g, r in secret_pairs(game).items() if g != 2} == new


def test_nobody_complains_or_gives_while_it_is_repaired() -> None:
    game = bridged(Kind.BRIDGE)
    assert not any(game.owed(name).choose for name in NAMES)
    assert game.owed("Bob").posts == ()  # gone


# --- hands --------------------------------------------------------------------------------------


def hand_of(game: Simulator, name: str, x: int | None = None, change: Any = None, keys: Any = None) -> Hand:
    """Return hands made with this share, proven as well as they can be."""
    state, secrets = game.state, game.players[name]
    x = share(game, name) if x is None else x
    index = blind(game).trustees.index(me(game, name).number) + 1
    keys = group_keys(present(state)) if keys is None else keys
    masks = tuple(11 + i for i in range(len(keys)))
    pairs = tuple(
        (rho * BASE, x * row[0].u + rho * key) for rho, row, key in zip(masks, blind(game).deck, keys, strict=True)
    )
    pairs = change(pairs) if change else pairs
    statement = hand_statement(state, secrets.key, index, pairs)
    return Hand(
        game=state.game, by=secrets.key, seen=state.head, round=state.round, batch=blind(game).deal_batch,
        cards=Points(encode_points(p for pair in pairs for p in pair)),
        proof=Proof(prove_linear(statement, (x, *masks), secrets.seed, game.entropy)),
    )  # fmt: skip


def test_hands_hold_the_author_s_share_for_each_player() -> None:
    game = blind_at("dealing")
    keys = group_keys(present(game.state))
    assert by_player(game, "Ann", hand_of(game, "Ann")) == "ok"
    assert by_player(game, "Ann", hand_of(game, "Ann", share(game, "Bob"))) == "hand.proof-wrong"
    assert by_player(game, "Ann", hand_of(game, "Ann", 1)) == "hand.proof-wrong"
    # cards for another player's key: for one's own, it would be one's own to read
    assert by_player(game, "Ann", hand_of(game, "Ann", keys=(keys[0],) * 4)) == "hand.proof-wrong"
    assert by_player(game, "Ann", hand_of(game, "Ann", keys=keys[::-1])) == "hand.proof-wrong"
    changes: list[Any] = [
        lambda p: ((p[0][0], p[0][1] + BASE), *p[1:]),
        lambda p: ((p[0][0] + BASE, p[0][1]), *p[1:]),
        lambda p: (p[1], p[0], *p[2:]),
        lambda p: ((p[1][0], p[0][1]), (p[0][0], p[1][1]), *p[2:]),
        lambda p: ((p[0][1], p[0][0]), *p[1:]),
    ]
    for change in changes:
        assert by_player(game, "Ann", hand_of(game, "Ann", change=change)) == "hand.proof-wrong"


def test_hands_are_as_many_as_players() -> None:
    game = blind_at("dealing")
    body: Hand = owed(game, "Ann")
    for wrong in (b"", body.cards[:-64], body.cards[:-32], body.cards + body.cards[:64]):
        assert by_player(game, "Ann", but(body, cards=Points(wrong))) == "hand.cards"
    for place in (0, 1, 7):
        for bad in BAD_POINTS.values():
            assert by_player(game, "Ann", but(body, cards=Points(unit(body.cards, place, bad)))) == "hand.cards"


def test_a_hand_s_proof() -> None:
    game = blind_at("dealing")
    body: Hand = owed(game, "Ann")
    for wrong in (b"", body.proof[:-32], body.proof + bytes(32)):
        assert by_player(game, "Ann", but(body, proof=Proof(wrong))) == "hand.proof-form"
    for wrong in (unit(body.proof, -1, raw(ORDER)), unit(body.proof, 0, BAD_POINTS["identity"])):
        assert by_player(game, "Ann", but(body, proof=Proof(wrong))) == "hand.proof-form"
    for place in range(9, 14):
        assert by_player(game, "Ann", but(body, proof=Proof(other_scalar(body.proof, place)))) == "hand.proof-wrong"
    for place in range(9):
        assert by_player(game, "Ann", but(body, proof=Proof(other_point(body.proof, place)))) == "hand.proof-wrong"
    assert by_player(game, "Bob", but(body, by=game.players["Bob"].key)) == "hand.proof-wrong"


def test_a_trustee_hands_out_once_and_t_of_them_deal() -> None:
    game = blind_at("dealing")
    game.say("Ann", owed(game, "Ann"))
    assert by_player(game, "Ann", hand_of(game, "Ann")) == "hand.twice"
    assert read_hand(game.state, 1, game.players["Ann"].group) is None
    game.say("Cem", owed(game, "Cem"))
    game.say("Dot", owed(game, "Dot"))
    assert game.state.phase is P.CHOOSING
    assert (blind(game).dealt_seq, blind(game).dealt_at) == (len(game.entries) - 1, game.entries[-1].at)


def test_a_card_is_read_by_its_player_alone() -> None:
    game = blind_at("choosing")
    pairs = secret_pairs(game)
    assert sorted(pairs) == sorted(pairs.values()) == [1, 2, 3, 4]
    assert not any((g, r) in game.state.forbidden for g, r in pairs.items())
    y = joint_secret(game)
    assert pairs == {n: named(blind(game).slot(n), y) for n in pairs}
    for reader in NAMES:
        for holder in NAMES:
            found = read_hand(game.state, me(game, holder).number, game.players[reader].group)
            assert (found is None) == (reader != holder)
    assert read_hand(game.state, 5, 1) is None


@pytest.mark.parametrize("names", [("Ann", "Bob", "Cem"), ("Bob", "Cem", "Dot"), ("Dot", "Ann", "Bob")])
def test_any_t_trustees_deal_the_same_cards(names: tuple[str, ...]) -> None:
    game = blind_at("dealing")
    for name in names:
        game.say(name, owed(game, name))
    assert secret_pairs(game) == secret_pairs(blind_at("choosing"))


# --- the reveal ---------------------------------------------------------------------------------


def test_the_reveal_tells_what_was_dealt() -> None:
    game = blind_at("revealing")
    pairs = secret_pairs(game)
    assert blind(game).pairs == ()
    advance(game, lambda s: s.over)
    assert dict(blind(game).pairs) == pairs


def test_a_reveal_that_names_nobody_makes_the_game_void() -> None:
    """No valid log comes there; a state that has a card of nobody in its deck does."""
    for value in (0, 5, 6):
        game = blind_at("revealing")
        batch, y = the_batch(game.state), joint_secret(game)
        deck = (*batch.decks[0][:3], (Cipher(BASE, value * BASE + y * BASE),))
        game.current = replace(game.state, blind=replace(blind(game), batch=replace(batch, decks=(deck,))))
        while act(game, next(n for n in NAMES if game.owed(n).posts)) and not game.state.over:
            pass
        assert game.state.phase is P.VOID


def test_what_is_opened_must_be_points() -> None:
    """Points in a batch have been multiplied when it was taken; were they none, no opening would go through."""
    game = blind_at("opening")
    for name in ("Ann", "Bob"):
        game.say(name, owed(game, name))
    batch = the_batch(game.state)
    pairs = (Cipher(batch.pairs[0].u, Point(BAD_POINTS["off the curve"])), *batch.pairs[1:])
    body = owed(game, "Cem")
    game.current = replace(game.state, blind=replace(blind(game), batch=replace(batch, pairs=pairs)))
    assert by_player(game, "Cem", body) == "opening.shares"
