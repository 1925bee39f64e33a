"""What blind games cost is measured on their real work. Nothing here says how fast anything is."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import replace
from functools import cache

import pytest

from sealed_santa.audit.auditor import audit
from sealed_santa.base.errors import IllegalPost, ProofError, UsageError
from sealed_santa.crypto.group import decode_points
from sealed_santa.game.batches import GIFT_COLUMNS, Kind
from sealed_santa.game.stages import the_batch
from sealed_santa.lab import measure_blind
from sealed_santa.lab.measure import SECONDS, UNITS
from sealed_santa.lab.measure_blind import (
    A_CARD,
    A_MIX,
    A_ROW,
    A_TEST,
    BlindGame,
    Piece,
    Turn,
    audit_figures,
    gathered,
    mix_pieces,
    piece_figures,
    play_blind,
    screening_pieces,
)
from sealed_santa.log.posts import Blinding, Deal, Hand, KeyPost, Mix, OpeningPost


@cache
def game() -> BlindGame:
    return play_blind(4)


def ticks() -> Callable[[], float]:
    return itertools.count(0.0, 0.5).__next__


def spoilt(turn: Turn, **fields: object) -> Turn:
    """The same turn with another body; signatures are not looked at."""
    post = turn.entry.post
    return replace(turn, entry=replace(turn.entry, post=replace(post, body=_but(post.body, **fields))))


def _but(body: object, **fields: object) -> object:
    kept = {name: getattr(body, name) for name in type(body).__struct_fields__}
    return type(body)(**{**kept, **fields})


def proof_off_by_one(blob: bytes) -> bytes:
    """A proof whose last scalar is another one."""
    return blob[:-32] + bytes([blob[-32] ^ 1]) + blob[-31:]


def works(pieces: list[Piece]) -> dict[tuple[str, int | None], Piece]:
    return {(piece.what, piece.columns): piece for piece in pieces}


# --- the game that is measured ----------------------------------------------------------------------


def test_the_game_is_whole_and_right():
    report = audit(game().transcript)
    assert report.exit_code == 0
    assert len(game().turns) == report.summary.entries - 1
    assert set(game().secrets) == {bytes(p.key) for p in game().turns[-1].before.players}


def test_turns_are_those_of_one_batch():
    mixes = game().said(Mix, Kind.CARDS)
    assert [len(the_batch(turn.before).mixers) for turn in mixes] == [0, 1, 2, 3]
    assert len({the_batch(turn.before).number for turn in mixes}) == 1
    assert len(game().said(Mix)) >= 2 * len(mixes)  # those of the gifts as well
    assert game().said(Deal) == ()


# --- mixes ------------------------------------------------------------------------------------------


def test_costs_are_shared_by_rows_decks_and_mixes():
    pieces = works(mix_pieces(game()))
    decks = pieces["mix, one deck", 1].decks
    assert decks == len(the_batch(game().said(Mix, Kind.CARDS)[1].before).decks) > 1
    assert pieces["mix, one deck", 1].count == pieces["verify, one deck", 1].count == 4
    assert pieces["mix, as posted", 1].count == pieces["verify, as posted", 1].count == 4 * decks
    assert pieces["verify, 3 together", 1].count == 4 * decks * 3
    assert pieces["verify, 3 together", GIFT_COLUMNS].count == 4 * 3
    assert {p.unit for p in pieces.values()} == {A_ROW, A_MIX}
    assert ("verify, 5 together", 1) not in pieces  # four trustees mix four times
    assert all(p.goal is None for p in pieces.values())  # goals are for a hundred players


def test_goals_are_for_rows_of_one_ciphertext(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(measure_blind, "GOAL_AT", 4)
    pieces = works(mix_pieces(game()))
    assert [pieces[what, 1].goal for what in ("mix, one deck", "verify, one deck", "verify, 3 together")] == [11, 6, 3]
    assert all(p.goal is None for (_, columns), p in pieces.items() if columns == GIFT_COLUMNS)


def test_mixes_are_made_and_judged_for_real():
    for (what, columns), piece in works(mix_pieces(game())).items():
        made = piece.work()
        if what == "mix, one deck":
            assert len(made) % 32 == 0
            assert len(made) > 4 * columns * 64
        elif what == "mix, as posted":
            turn = game().said(Mix, Kind.CARDS if columns == 1 else Kind.GIFTS)[1]
            assert bytes(made.rows) == bytes(turn.entry.post.body.rows)  # the same secrets on the same input
            judged = spoilt(turn, rows=made.rows, proofs=made.proofs)
            assert the_batch(measure_blind._judging(judged)()).mixers == (1, 2)


@pytest.mark.parametrize("kind", [Kind.CARDS, Kind.GIFTS])
def test_a_wrong_mix_is_found_by_whatever_is_measured(kind: Kind):
    turns = game().said(Mix, kind)
    body = turns[1].entry.post.body
    proof = len(body.proofs) // len(the_batch(turns[1].before).decks)
    wrong = spoilt(turns[1], proofs=proof_off_by_one(body.proofs[:proof]) + body.proofs[proof:])
    with pytest.raises(ProofError):
        measure_blind._verifying_one(wrong)()
    with pytest.raises(IllegalPost) as caught:
        measure_blind._judging(wrong)()
    assert caught.value.code == "mix.proof-wrong"
    with pytest.raises(ProofError):
        measure_blind._together((turns[0], wrong, turns[2]))()


# --- tests, cards, audit ----------------------------------------------------------------------------


def test_tests_and_cards_have_their_units():
    pieces = screening_pieces(game())
    tests = len(the_batch(game().said(OpeningPost, Kind.CARDS)[0].before).tests)
    assert [(p.unit, p.count) for p in pieces] == [(A_TEST, tests)] * 5 + [(A_CARD, 4)] * 2
    made = {p.what: p.work() for p in pieces}
    assert (type(made["blind"]), type(made["open"]), type(made["deal"])) == (Blinding, OpeningPost, Hand)
    assert made["check the last opening, find the deck"].blind.deck


@pytest.mark.parametrize(("tag", "kind"), [(Blinding, Kind.CARDS), (OpeningPost, Kind.CARDS), (Hand, None)])
def test_a_wrong_proof_is_not_measured_as_a_right_one(tag: type, kind: Kind | None):
    turn = game().said(tag, kind)[1]
    with pytest.raises(IllegalPost) as caught:
        measure_blind._judging(spoilt(turn, proof=proof_off_by_one(turn.entry.post.body.proof)))()
    assert caught.value.code.endswith(".proof-wrong")


def test_what_is_not_measured_is_refused():
    turn = game().said(KeyPost)[0]
    for ask in (lambda: measure_blind._making(game(), turn), lambda: measure_blind._verifying_one(turn)):
        with pytest.raises(UsageError) as caught:
            ask()
        assert caught.value.code == "measure.post"


def test_both_units_of_a_piece_agree():
    figures = piece_figures(game(), screening_pieces(game())[:1], ticks(), repeats=1, cores=2)
    (seconds, units) = figures
    assert (seconds.unit, units.unit, seconds.group, units.cores) == (SECONDS, A_TEST, "screening", 2)
    tests = len(the_batch(game().said(Blinding)[0].before).tests)
    assert units.value == pytest.approx(seconds.value / (0.5 / UNITS) / tests)


def test_goals_are_given_on_one_core_only():
    piece = Piece("mixes", "mix", lambda: None, 1, A_ROW, 1, 11, 11.0)
    for cores, goal in ((1, 11.0), (2, None)):
        assert [f.goal for f in piece_figures(game(), [piece], ticks(), 1, cores)] == [None, goal]


def test_one_sum_has_fewer_terms_than_many():
    found = {f.what: f for f in audit_figures(game(), ticks(), repeats=1, cores=1)}
    assert found["bytes"].value == len(game().transcript)
    assert found["entries"].value == len(game().turns) + 1
    assert found["equations"].value == len(gathered(game().turns))
    assert 0 < found["terms, one sum"].value < found["terms, post by post"].value
    points = {p.raw for turn in game().said(Mix) for p in decode_points(
        turn.entry.post.body.rows, len(turn.entry.post.body.rows) // 32)}  # fmt: skip
    assert found["terms, one sum"].value > len(points)  # every row is among them
    assert [found[what].unit for what in ("one sum", "post by post")] == [SECONDS, SECONDS]
