"""Blind games audited: every check passes for honest ones, and what is broken is found where it is broken."""

from __future__ import annotations

import json
import random
from dataclasses import replace
from typing import Any

import msgspec
import pytest

from blind_audit_cases import (
    HOUR,
    Blindfolded,
    begun,
    bridged,
    few,
    found,
    game,
    leave,
    place_of,
    spoilt,
    status,
    wait,
)
from sealed_santa.audit import following
from sealed_santa.audit.auditor import audit, follow, reachable, read
from sealed_santa.audit.checks import BLIND_CHECKS, CHECKS, checks_of
from sealed_santa.audit.findings import Report, Status, Verdict
from sealed_santa.audit.own import Identity
from sealed_santa.audit.report import to_html, to_json, to_lines
from sealed_santa.crypto.group import BASE
from sealed_santa.crypto.sealing import BoxSecret
from sealed_santa.game.state import Phase
from sealed_santa.lab.simulator import Simulator, played
from sealed_santa.log.archive import encode_transcript
from sealed_santa.log.entry import sign_post
from sealed_santa.log.fields import Coin, Points, Proof, Share, Vector
from sealed_santa.log.posts import Accept, Answer, BlindTerms, Complaint, Exclusions, OpeningPost
from sealed_santa.roles import guest
from sealed_santa.roles.player import make_call, make_close, make_drop

SERVER = "server (proven)"
OFTEN_IDLE = {"B03", "B04", "B15"}  # nobody complained, left or disputed


def blind_status(report: Report) -> dict[str, Status]:
    return {check: s for check, s in status(report).items() if check.startswith("B")}


def both_ways(data: bytes) -> None:
    """Gathered and post by post, an audit finds the same."""
    reading = read(data)
    gathered, single = follow(reading, ()), follow(reading, (), gather=False)
    assert gathered.state == single.state
    assert gathered == single


# --- honest games ---------------------------------------------------------------------------------


@pytest.mark.parametrize("n", [3, 5, 8])
def test_every_check_of_an_honest_game_passes(n: int) -> None:
    made = game(n)
    report = audit(made.transcript())
    assert (report.verdict, report.exit_code, report.findings) == (Verdict.VERIFIED, 0, ())
    assert [r.check for r in report.results] == list(checks_of("blind"))
    said = blind_status(report)
    assert {check for check, s in said.items() if s is Status.PASSED} == {c.id for c in BLIND_CHECKS} - OFTEN_IDLE
    assert {said[check] for check in OFTEN_IDLE} == {Status.NOT_APPLICABLE}
    both_ways(made.transcript())


def test_facts_of_a_finished_game() -> None:
    made = game(8)
    facts = audit(made.transcript()).summary
    assert facts.blind is not None
    assert len(facts.blind.trustees) == 7
    assert (facts.blind.threshold, facts.blind.boxes, facts.blind.left) == (5, 8, ())
    assert [b.kind for b in facts.blind.batches] == ["cards"] * (len(facts.blind.batches) - 2) + ["gifts", "reveal"]
    dealt = [b for b in facts.blind.batches if b.dealt is not None]
    assert len(dealt) == 1
    assert set(dealt[0].mixers) == set(facts.blind.trustees)
    assert facts.gave == facts.receipts == facts.players
    assert {g for g, _ in facts.pairs} == {r for _, r in facts.pairs} == set(facts.players)
    assert (facts.house, facts.confirmed, facts.passed_over) == ((), (), None)


def test_exclusions_are_kept() -> None:
    pairs = Exclusions(groups=(("P1", "P2"), ("P3", "P4")), pairs=())
    report = audit(game(5, exclusions=pairs).transcript())
    assert report.verdict is Verdict.VERIFIED
    assert not {("P1", "P2"), ("P2", "P1"), ("P3", "P4"), ("P4", "P3")}.intersection(report.summary.pairs)
    assert report.summary.forbidden == 4


def test_a_bridged_game_is_verified_and_says_who_left() -> None:
    report = audit(bridged().transcript())
    assert report.verdict is Verdict.VERIFIED
    assert report.summary.blind is not None
    assert report.summary.blind.left == (("P5", "bridged"),)
    assert {g for g, _ in report.summary.pairs} == {"P1", "P2", "P3", "P4"}
    assert any("P5 did not leave because of a card" in line for line in report.does_not_prove)
    both_ways(bridged().transcript())


def test_a_game_that_was_mixed_anew_says_so() -> None:
    made = begun(5, exclusions=Exclusions(groups=(), pairs=(("P1", "P5"), ("P5", "P2")))).run(Phase.CHOOSING)
    leave(made, "P5")
    report = audit(made.run().transcript())
    assert report.summary.blind is not None
    assert report.summary.blind.left == (("P5", "the cards were mixed anew"),)
    assert report.verdict is Verdict.VERIFIED


def test_a_player_who_was_dropped_after_the_deal_is_told_as_one_who_left() -> None:
    made = begun(4, "late").run(Phase.CHOOSING)
    made.now += HOUR
    made.organise(make_drop(made.state, made.organiser.key, made.state.players[3:]))
    report = audit(made.run().transcript())
    assert report.verdict is Verdict.VERIFIED
    assert report.summary.blind is not None
    assert [name for name, _ in report.summary.blind.left] == ["P4"]
    assert report.summary.house == ()


def test_a_game_that_became_void_is_over() -> None:
    made = begun(3).run(Phase.CHOOSING)
    leave(made, "P3")
    assert made.state.phase is Phase.VOID
    report = audit(made.transcript())
    assert report.verdict is Verdict.VERIFIED
    assert report.summary.blind is not None
    assert report.summary.blind.left == (("P3", "the game is void"),)


@pytest.mark.parametrize("phase", [Phase.COINS, Phase.MIXING, Phase.BLINDING, Phase.DEALING, Phase.CHOOSING])
def test_a_game_without_one_of_its_trustees_is_verified(phase: Phase) -> None:
    made = begun(4, "lost").run(phase)
    if phase is Phase.COINS:
        made.say("P4", next(b for b in made.owed("P4").posts if b.__struct_config__.tag == "coin"))
    made.run(silent=["P4"])
    for _ in range(3):
        wait(made, silent=["P4"])
    assert made.state.phase is Phase.CHOOSING
    made.organise(make_close(made.state, made.organiser.key))
    for _ in range(2):
        wait(made, silent=["P4"])
    assert made.state.phase is Phase.DELIVERED
    made.organise(make_call(made.state, made.organiser.key))
    made.run(silent=["P4"])
    report = audit(made.transcript())
    assert (report.verdict, report.findings) == (Verdict.VERIFIED, ())
    assert (report.summary.gave, report.summary.house) == (("P1", "P2", "P3"), ("P4",))
    assert report.summary.blind is not None
    assert report.summary.blind.idle == (("P4",) if phase is Phase.COINS else ())
    assert any("its Santa is among P4" in line for line in report.does_not_prove)


def test_a_player_who_was_dropped_for_a_coin_brings_a_new_round() -> None:
    made = begun(4, "dropped").run(silent=["P4"])
    made.now += 10 * HOUR
    made.organise(make_drop(made.state, made.organiser.key, made.state.missing_coins()))
    report = audit(made.run(silent=["P4"]).transcript())
    assert report.verdict is Verdict.VERIFIED
    assert next(r for r in report.results if r.check.id == "A21").note == "drawn 2 times; dropped: P4"
    assert any("of three players each knows all pairs" in line for line in report.does_not_prove)


@pytest.mark.parametrize("made", [lambda: game(3), bridged])
def test_every_beginning_is_verified_so_far(made: Any) -> None:
    entries = made().entries
    step = 2 if len(entries) < 50 else 25
    for length in range(1, len(entries) - 3, step):
        report = audit(encode_transcript(entries[:length]))
        assert (report.verdict, report.exit_code) == (Verdict.SO_FAR, 3), length
        undecided = {check for check, s in status(report).items() if s is Status.UNDECIDED}
        assert undecided == {"A40"}, length


@pytest.mark.parametrize(
    ("phase", "note"),
    [
        (Phase.MIXING, "the game waits for the trustees to mix"),
        (Phase.BLINDING, "the game waits for the trustees to blind the tests"),
        (Phase.OPENING, "the game waits for the trustees to open what was mixed"),
        (Phase.DEALING, "the game waits for the trustees to hand out the cards"),
        (Phase.REVEALING, "the game waits for the trustees to open the pairs"),
    ],
)
def test_an_unfinished_game_says_what_it_waits_for(phase: Phase, note: str) -> None:
    report = audit(begun(3).run(phase).transcript())
    assert next(r for r in report.results if r.check.id == "A40").note == note


def test_without_a_reveal_there_are_no_pairs() -> None:
    report = audit(game(3, reveal="never").transcript())
    assert report.verdict is Verdict.VERIFIED
    assert report.summary.pairs == ()


# --- which checks a report shows ------------------------------------------------------------------


def test_reports_show_the_checks_of_their_mode_alone() -> None:
    sealed = audit(played(("Ann", "Bob", "Cem")).transcript())
    assert [r.check for r in sealed.results] == list(CHECKS)
    assert "blind" not in to_json(sealed)["summary"]
    unread = audit(b"{}\n" + game(3).transcript().split(b"\n", 1)[1])
    assert [r.check for r in unread.results] == [*CHECKS, *BLIND_CHECKS]


def test_a_post_of_the_other_mode_is_out_of_turn() -> None:
    made = begun(3).run(Phase.CHOOSING)
    seat = made.players["P1"]
    accept = Accept(game=made.state.game, by=seat.key, seen=made.state.head, round=1)
    made.force(sign_post(accept, seat.signing))
    assert found(audit(made.transcript())) == [("A15", "mode.wrong", len(made.entries) - 1, SERVER)]
    other = Simulator("other", ("Ann", "Bob", "Cem")).fill().start()
    ann = other.players["Ann"]
    post = Complaint(game=other.state.game, by=ann.key, seen=other.state.head, round=1, accused=2)
    other.force(sign_post(post, ann.signing))
    report = audit(other.transcript())
    assert found(report) == [("A15", "mode.wrong", len(other.entries) - 1, SERVER)]
    assert [r.check for r in report.results] == list(CHECKS)


def test_a_join_without_a_group_key_is_a_matter_of_keys() -> None:
    made = Simulator("keys", ("P1",), {"mode": "blind", "blind": few(3)}).fill()
    join = made.entries[-1].post.body
    made.entries.pop()
    body = msgspec.structs.replace(join, group_key=msgspec.UNSET)
    made.force(sign_post(body, made.players["P1"].signing, made.invite))
    assert found(audit(made.transcript())) == [("A05", "join.group-key", 1, SERVER)]


# --- broken posts ---------------------------------------------------------------------------------

PROOFS = [
    ("key", "B02", "key.possession", {"B01"}),
    ("mix", "B06", "mix.proof-wrong", {"B01", "B02", "B05"}),
    ("blinding", "B08", "blinding.proof-wrong", {"B01", "B02", "B05", "B06"}),
    ("opening", "B09", "opening.proof-wrong", {"B01", "B02", "B08"}),
    ("hand", "B12", "hand.proof-wrong", {"B01", "B02"}),
    ("envelope", "B13", "envelope.proof-wrong", {"B01", "B02", "B12"}),
]
FIELD = {"key": "possession", "mix": "proofs"}


def resigned(made: Simulator, place: int, body: Any) -> bytes:
    """Return the log up to this place, where the author says something else under the server's signature."""
    keys = {secrets.key: secrets.signing for secrets in made.players.values()}
    copy = Blindfolded("copy", (), made.changes)
    copy.server, copy.entries = made.server, list(made.entries[:place])
    copy.now = made.entries[place].at
    copy.force(sign_post(body, keys[body.by]))
    return copy.transcript()


@pytest.mark.parametrize(("tag", "check", "code", "passed"), PROOFS, ids=[tag for tag, *_ in PROOFS])
def test_a_proof_that_does_not_hold_fails_its_check(tag: str, check: str, code: str, passed: set[str]) -> None:
    made = game(3)
    place = place_of(made, tag, 1)
    data = resigned(made, place, spoilt(made.entries[place].post.body, field=FIELD.get(tag, "proof")))
    report = audit(data)
    assert found(report) == [(check, code, place, SERVER)]
    said = blind_status(report)
    assert {said[each] for each in passed} == {Status.PASSED}
    assert {check for check, s in status(report).items() if s is Status.UNDECIDED} <= {"A40"}
    both_ways(data)


@pytest.mark.parametrize(
    ("tag", "change", "check", "code"),
    [
        ("key", {"shares": lambda v: v[:-80]}, "B02", "key.shares"),
        ("key", {"commitments": lambda v: v[:-32]}, "B02", "key.commitments"),
        ("key", {"round": lambda v: v + 1}, "A15", "round.wrong"),
        ("mix", {"rows": lambda v: v[:-64]}, "B05", "mix.rows"),
        ("mix", {"proofs": lambda v: v[:-32]}, "B06", "mix.proof-form"),
        ("mix", {"batch": lambda v: v + 1}, "B01", "batch.wrong"),
        ("blinding", {"pairs": lambda v: v[:-64]}, "B08", "blinding.pairs"),
        ("blinding", {"proof": lambda v: v[:-32]}, "B08", "blinding.proof-form"),
        ("opening", {"shares": lambda v: bytes(31) + b"\x01" + v[32:]}, "B09", "opening.shares"),
        ("opening", {"proof": lambda v: v[:-32]}, "B09", "opening.proof-form"),
        ("hand", {"cards": lambda v: v[32:]}, "B12", "hand.cards"),
        ("hand", {"proof": lambda v: v[32:]}, "B12", "hand.proof-form"),
        ("envelope", {"row": lambda v: v[:-64]}, "B13", "envelope.row"),
        ("envelope", {"proof": lambda v: v[:-32]}, "B13", "envelope.proof-form"),
        ("envelope", {"batch": lambda v: v + 1}, "B01", "batch.wrong"),
    ],
)
def test_a_post_without_its_form_fails_its_check(tag: str, change: dict[str, Any], check: str, code: str) -> None:
    made = game(3)
    place = place_of(made, tag, 1)
    body: Any = made.entries[place].post.body
    (name, bad), *_ = change.items()
    value = getattr(body, name)
    broken = type(value)(bad(bytes(value))) if isinstance(value, Vector) else bad(value)
    data = resigned(made, place, msgspec.structs.replace(body, **{name: broken}))
    assert found(audit(data)) == [(check, code, place, SERVER)]
    both_ways(data)


@pytest.mark.parametrize(
    ("tag", "check", "code"),
    [
        ("key", "B02", "key.twice"), ("mix", "B05", "mix.twice"), ("blinding", "B08", "blinding.twice"),
        ("opening", "B09", "opening.twice"), ("hand", "B12", "hand.twice"),
    ],
)  # fmt: skip
def test_the_same_work_twice_fails_its_check(tag: str, check: str, code: str) -> None:
    made = game(3)
    place = place_of(made, tag)
    again = msgspec.structs.replace(made.entries[place].post.body, seen=made.entries[place].hash)
    data = resigned(made, place + 1, again)
    assert found(audit(data)) == [(check, code, place + 1, SERVER)]


def test_a_close_before_enough_have_mixed_fails_its_check() -> None:
    made = begun(3).run(Phase.MIXING)
    made.force(sign_post(make_close(made.state, made.organiser.key), made.organiser.signing))
    assert found(audit(made.transcript())) == [("B07", "close.too-few", len(made.entries) - 1, SERVER)]


def complained(made: Simulator, accuser: str, accused: int) -> None:
    seat = made.players[accuser]
    state = made.state
    made.say(accuser, Complaint(game=state.game, by=seat.key, seen=state.head, round=state.round, accused=accused))


def test_a_complaint_that_is_answered_rightly_is_no_failure() -> None:
    made = begun(4, "complaint").run(Phase.MIXING)
    complained(made, "P2", 1)
    report = audit(made.run().transcript())
    assert report.verdict is Verdict.VERIFIED
    assert {blind_status(report)[check] for check in ("B03", "B04")} == {Status.PASSED}
    assert next(r.note for r in report.results if r.check.id == "B04") == "complaints: 1, answered rightly: 1"


def test_a_trustee_whose_share_is_wrong_is_found_out_by_name() -> None:
    made = begun(4, "found out").run(Phase.MIXING)
    complained(made, "P2", 1)
    seat, state = made.players["P1"], made.state
    bad = Answer(game=state.game, by=seat.key, seen=state.head, round=1, accuser=2, share=Share(bytes(31) + b"\x01"))
    place = made.say("P1", bad).seq
    report = audit(made.run().transcript())
    assert found(report) == [("B04", "share.wrong", place, "player P1 (proven)")]
    assert (report.verdict, report.summary.phase) == (Verdict.FAILED, "over")
    assert report.summary.blind is not None
    assert report.summary.blind.found_out == ("P1",)
    assert {s for check, s in blind_status(report).items() if check != "B04"} <= {Status.PASSED, Status.NOT_APPLICABLE}
    both_ways(made.transcript())


def test_a_complaint_that_nobody_answers_is_a_finding_of_the_close() -> None:
    made = begun(4, "no answer").run(Phase.MIXING)
    complained(made, "P2", 1)
    made.run(silent=["P1"])
    wait(made, silent=["P1"])
    report = audit(made.transcript())
    ((check, code, place, blame),) = found(report)
    assert (check, code, blame) == ("B04", "share.missing", "player-or-server P1 or P2 (suspected)")
    assert place == place_of(made, "close")


@pytest.mark.parametrize("phase", [Phase.BLINDING, Phase.OPENING, Phase.DEALING])
def test_a_late_complaint_that_nobody_answers_begins_the_cards_anew(phase: Phase) -> None:
    """P4 was away while the others mixed, and complains of P1 when it is back."""
    made = begun(4, "late complaint").run(Phase.MIXING)
    made.run(silent=["P4"])
    made.now += HOUR
    made.run(phase, silent=["P4"])
    assert made.state.phase is phase
    complained(made, "P4", 1)
    made.now += HOUR
    place = made.deal_with(make_close(made.state, made.dealer.key)).seq
    report = audit(made.run().transcript())
    assert found(report) == [("B04", "share.missing", place, "player-or-server P1 or P4 (suspected)")]
    assert report.summary.blind is not None
    assert report.summary.blind.found_out == ("P1",)
    begun_anew = next(batch for batch in report.summary.blind.batches if "P4" in batch.mixers)
    assert (begun_anew.number, begun_anew.kind) == (2, "cards")
    assert made.state.phase is Phase.OVER
    both_ways(made.transcript())


def test_a_late_complaint_when_the_cards_are_dealt_finds_nobody_out() -> None:
    """All know their cards: the deal stands, nobody is blamed, and a close that comes of it alone is too early."""
    made = begun(4, "late complaint").run(Phase.MIXING)
    made.run(silent=["P4"])
    made.now += HOUR
    made.run(Phase.CHOOSING, silent=["P4"])
    complained(made, "P4", 1)
    deck = made.state.blind.deck if made.state.blind else ()
    made.run(silent=["P1"])
    made.now += 2 * HOUR
    report = audit(made.run().transcript())
    assert found(report) == []
    assert report.summary.blind is not None
    assert report.summary.blind.found_out == ()
    assert [batch.kind for batch in report.summary.blind.batches].count("cards") == 1
    assert made.state.blind is not None
    assert (made.state.phase, made.state.blind.deck) == (Phase.OVER, deck)
    both_ways(made.transcript())


def test_a_late_complaint_that_cannot_expel_is_no_failure() -> None:
    """All four are needed: the complaint stays open, and nothing waits for it."""
    made = begun(4, "all needed", blind=BlindTerms(batch_tests=12, game_tests=1000, threshold=4)).run(Phase.MIXING)
    complained(made, "P2", 1)
    answered = made.owed("P1").posts[0]
    assert isinstance(answered, Answer)
    made.now += 2 * HOUR
    made.force(sign_post(make_close(made.state, made.dealer.key), made.server))
    assert found(audit(made.transcript())) == [("B07", "close.too-few", len(made.entries) - 1, SERVER)]


@pytest.mark.parametrize("accused", [2, 5])
def test_a_complaint_of_nobody_fails_its_check(accused: int) -> None:
    made = begun(4, "nobody").run(Phase.MIXING)
    seat, state = made.players["P2"], made.state
    body = Complaint(game=state.game, by=seat.key, seen=state.head, round=1, accused=accused)
    made.force(sign_post(body, seat.signing))
    assert found(audit(made.transcript())) == [("B03", "complaint.accused", len(made.entries) - 1, SERVER)]


def test_a_gift_for_nobody_is_a_fault_of_the_santa(monkeypatch: pytest.MonkeyPatch) -> None:
    made = begun(4, "missing").run(Phase.CHOOSING)
    with monkeypatch.context() as patch:
        patch.setattr(guest, "gift_info", lambda state, to: b"somewhere else")
        made.say("P1", made.owed("P1").posts[0])
    report = audit(made.run().transcript())
    assert [(check, code, blame) for check, code, _, blame in found(report)] == [
        ("B15", "gift.missing", "player P1 (proven)")
    ]
    victim = next(r for g, r in report.summary.pairs if g == "P1")
    own = audit(made.transcript(), identity_of(made, victim))
    assert status(own)["B54"] is Status.FAILED
    assert [f.code for f in own.findings if f.check == "B54"] == ["gift.missing"]


# --- lines that cannot be read --------------------------------------------------------------------


def test_phases_that_a_blind_game_can_come_to() -> None:
    cycle = {Phase.MIXING, Phase.BLINDING, Phase.OPENING, Phase.DEALING, Phase.CHOOSING}
    for phase in cycle:
        can = reachable(begun(3).run(phase).state)
        assert cycle | {Phase.DELIVERED, Phase.REVEALING, Phase.OVER, Phase.VOID} <= can
        assert not {Phase.JOINING, Phase.COINS, Phase.KEYS} & can
    coins = reachable(begun(3).state)
    assert {Phase.COINS, Phase.KEYS, *cycle} <= coins
    assert Phase.JOINING not in coins
    assert reachable(game(3).state) == {Phase.OVER, Phase.VOID}
    delivered = reachable(begun(3).run(Phase.DELIVERED).state)
    assert delivered == {Phase.DELIVERED, Phase.REVEALING, Phase.OVER, Phase.VOID}
    void = begun(3).run(Phase.CHOOSING)
    leave(void, "P3")
    assert reachable(void.state) == {Phase.VOID}


@pytest.mark.parametrize(
    ("tag", "undecided", "passed"),
    [
        ("coin", {"A20", "B01", "B02", "B06", "B13"}, {"A05", "A16", "A18"}),
        ("hand", {"B06", "B08", "B09", "B12", "B13"}, {"A20", "B02"}),
        ("envelope", {"B05", "B06", "B12", "B13"}, {"A20", "B02"}),
        ("receipt", {"A34", "B09", "B15"}, {"A20", "B02", "B05", "B06", "B08", "B12", "B13"}),
    ],
)
def test_what_an_unreadable_line_could_have_held_is_undecided(tag: str, undecided: set[str], passed: set[str]) -> None:
    made = game(3)
    lines = made.transcript().splitlines(keepends=True)
    lines[place_of(made, tag)] = b"{}\n"
    said = status(audit(b"".join(lines)))
    assert said["A01"] is Status.FAILED
    assert {check: said[check] for check in undecided} == dict.fromkeys(undecided, Status.UNDECIDED)
    assert {check: said[check] for check in passed} == dict.fromkeys(passed, Status.PASSED)


# --- gathering ------------------------------------------------------------------------------------


def test_an_honest_game_is_one_sum(monkeypatch: pytest.MonkeyPatch) -> None:
    sums: list[int] = []
    monkeypatch.setattr(following, "check", lambda equations, *a: sums.append(len(equations)))
    follow(read(game(3).transcript()), ())
    assert len(sums) == 1
    assert sums[0] > 100


def test_a_long_log_is_several_sums_and_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = follow(read(game(3).transcript()), ())
    checked, real = [], following.check
    monkeypatch.setattr(following, "MAX_TERMS", 300)
    monkeypatch.setattr(following, "check", lambda equations, *a: (checked.append(len(equations)), real(equations))[1])
    assert follow(read(game(3).transcript()), ()) == whole
    assert len(checked) > 3


def lied(tag: str, nth: int) -> tuple[Simulator, int]:
    """Return a game, played to its end by people who check no proof, in which one post proves nothing."""
    made = begun(3, "lied", Blindfolded)
    assert isinstance(made, Blindfolded)
    met = 0

    def change(body: Any) -> Any:
        nonlocal met
        if body.__struct_config__.tag != tag:
            return body
        met += 1
        return spoilt(body, field=FIELD.get(tag, "proof")) if met == nth + 1 else body

    made.change = change
    made.run()
    assert made.state.phase is Phase.OVER
    return made, place_of(made, tag, nth)


@pytest.mark.parametrize(("tag", "check", "code", "passed"), PROOFS, ids=[tag for tag, *_ in PROOFS])
@pytest.mark.parametrize("most", [300, following.MAX_TERMS])
def test_a_forged_proof_is_found_where_it_stands_though_the_game_went_on(
    tag: str, check: str, code: str, passed: set[str], most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(following, "MAX_TERMS", most)
    made, place = lied(tag, 1)
    report = audit(made.transcript())
    assert found(report) == [(check, code, place, SERVER)]
    assert (report.verdict, report.summary.followed) == (Verdict.FAILED, place)
    assert report.summary.pairs == ()  # nothing behind the forged post is told as a fact
    assert report.summary.blind is None or report.summary.blind.boxes is None


def test_an_exchanged_card_in_the_first_mix_is_found() -> None:
    made = begun(3, "exchanged", Blindfolded)
    assert isinstance(made, Blindfolded)
    first: list[Any] = []

    def change(body: Any) -> Any:
        if body.__struct_config__.tag == "mix" and not first:
            first.append(body)
            rows = bytes(body.rows)
            return msgspec.structs.replace(body, rows=Points(rows[64:128] + rows[64:]))  # one card twice, one gone
        return body

    made.change = change
    made.run()
    place = place_of(made, "mix")
    assert found(audit(made.transcript())) == [("B06", "mix.proof-wrong", place, SERVER)]


def test_points_that_are_none_lead_to_the_post_that_brought_them() -> None:
    """The pairs of the last blinding are no points; the openings after it are what breaks in a gathered fold."""
    made = begun(3, "no points", Blindfolded)
    assert isinstance(made, Blindfolded)
    blinders: list[Any] = []

    def change(body: Any) -> Any:
        if body.__struct_config__.tag == "blinding":
            blinders.append(body)
            if len(blinders) == 3:
                return msgspec.structs.replace(body, pairs=Points((b"\x02" + bytes(31)) * (len(body.pairs) // 32)))
        return body

    made.change = change
    made.run(Phase.OPENING)
    place = place_of(made, "blinding", 2)
    state = made.state
    assert state.blind is not None
    assert state.blind.batch is not None
    count = len(state.blind.batch.tests)
    for secrets in made.players.values():
        opening = OpeningPost(
            game=state.game, by=secrets.key, seen=made.state.head, round=1, batch=1,
            shares=Points(BASE.raw * count), proof=Proof(BASE.raw * 2 + b"\x01" + bytes(31)),
        )  # fmt: skip
        post = sign_post(opening, secrets.signing)
        if len(made.state.blind.batch.openings) == 2:  # type: ignore[union-attr]
            made.force(post)  # here the fold cannot go on
        else:
            made.order(post)
    for most in (1, following.MAX_TERMS):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(following, "MAX_TERMS", most)
            assert found(audit(made.transcript())) == [("B08", "blinding.proof-wrong", place, SERVER)]


@pytest.mark.parametrize("error", [RuntimeError, ValueError, KeyError, ZeroDivisionError])
def test_whatever_breaks_while_gathering_the_second_pass_decides(
    error: type[Exception], monkeypatch: pytest.MonkeyPatch
) -> None:
    expected, real = audit(game(3).transcript()), following.apply
    settled: list[object] = []

    def breaks(state: Any, post: Any, at: int, digest: Any, settle: Any) -> Any:
        if settle is not following.check and state is not None and state.phase is Phase.OPENING:
            settled.append(settle)
            raise error("unproven values")
        return real(state, post, at, digest, settle)

    monkeypatch.setattr(following, "apply", breaks)
    assert audit(game(3).transcript()) == expected
    assert len(settled) == 1


# --- what only a player can check -----------------------------------------------------------------


def identity_of(made: Simulator, name: str) -> Identity:
    secrets = made.players[name]
    mine = [e for e in made.entries if e.post.body.by == secrets.key]
    return Identity(
        secrets.key, secrets.card, secrets.gift, group=secrets.group, join=mine[0].post.raw,
        posts=frozenset(e.post.hash for e in mine), copy=(len(made.entries) - 2, made.entries[-3].hash),
    )  # fmt: skip


OWN = ("A50", "A51", "A52", "B53", "B54", "B55")


def own(made: Simulator, identity: Identity) -> dict[str, Status]:
    results = audit(made.transcript(), identity).results[-len(OWN) :]
    assert [r.check.id for r in results] == list(OWN)
    return {r.check.id: r.status for r in results}


@pytest.mark.parametrize("made", [lambda: game(5), bridged])
def test_all_own_checks_pass_in_a_good_game(made: Any) -> None:
    for name in ("P1", "P4"):
        report = audit(made().transcript(), identity_of(made(), name))
        assert set(own(made(), identity_of(made(), name)).values()) == {Status.PASSED}
        assert report.verdict is Verdict.VERIFIED
        said = " ".join(r.note for r in report.results if r.check.id in OWN)
        assert "P" not in said


def test_who_has_left_has_nothing_to_check() -> None:
    said = own(bridged(), identity_of(bridged(), "P5"))
    assert {said[check] for check in ("B53", "B54", "B55")} == {Status.NOT_APPLICABLE}


@pytest.mark.parametrize(
    ("change", "failed"),
    [
        ({"group": 7}, {"B53", "B55"}),
        ({"gift": BoxSecret(b"\x01" * 32)}, {"B54"}),
        ({"posts": frozenset()}, {"A52"}),
        ({"join": b"{}"}, {"A50"}),
    ],
)
def test_what_does_not_fit_fails_its_check(change: dict[str, Any], failed: set[str]) -> None:
    said = own(game(5), replace(identity_of(game(5), "P2"), **change))
    assert {check for check, s in said.items() if s is Status.FAILED} == failed


def test_a_key_that_is_not_that_of_the_join_blames_no_santa() -> None:
    report = audit(game(5).transcript(), replace(identity_of(game(5), "P2"), gift=BoxSecret(b"\x01" * 32)))
    assert [(f.code, f.blame.party.value) for f in report.findings] == [("own.key-wrong", "you")]


def test_keys_that_are_not_at_hand_leave_checks_undecided_and_retired_ones_do_not_apply() -> None:
    bare = Identity(game(5).players["P1"].key)
    assert {own(game(5), bare)[check] for check in ("B53", "B54", "B55")} == {Status.UNDECIDED}
    gone = own(game(5), replace(bare, retired=True))
    assert {gone[check] for check in ("B53", "B54", "B55")} == {Status.NOT_APPLICABLE}


@pytest.mark.parametrize(
    ("phase", "passed"),
    [(Phase.COINS, set()), (Phase.MIXING, set()), (Phase.CHOOSING, {"B53"}), (Phase.DELIVERED, {"B53", "B54"})],
)
def test_own_checks_apply_when_there_is_something_to_check(phase: Phase, passed: set[str]) -> None:
    made = begun(4).run(phase)
    said = own(made, identity_of(made, "P1"))
    assert {check for check in ("B53", "B54", "B55") if said[check] is Status.PASSED} == passed
    assert Status.FAILED not in said.values()


def test_a_card_does_not_count_while_the_deal_is_repaired() -> None:
    made = begun(5, "a").run(Phase.CHOOSING)
    leave(made, "P5")
    for name in ("P1", "P2", "P3", "P4"):
        assert own(made, identity_of(made, name))["B53"] is Status.NOT_APPLICABLE


# --- the report -----------------------------------------------------------------------------------


def test_the_report_tells_of_trustees_and_batches_in_all_its_forms() -> None:
    for made in (game(8), bridged()):
        report = audit(made.transcript())
        said = json.loads(json.dumps(to_json(report)))["summary"]["blind"]
        assert set(said) == {"trustees", "threshold", "idle", "found_out", "boxes", "batches", "left"}
        assert set(said["batches"][0]) == {"number", "kind", "decks", "mixers", "dealt"}
        lines = "\n".join(to_lines(report, explain=True))
        page = to_html(report)
        for text in (lines, page):
            assert f"any {said['threshold']} of them can open" in text
            assert "batch 1" in text
            assert "That a giver cannot be recognised" in text
            assert all(check.title.replace("'", "&#39;" if text is page else "'") in text for check in BLIND_CHECKS)
    assert "P5 (bridged)" in lines


def test_what_is_not_proven_names_the_numbers() -> None:
    said = audit(game(8).transcript()).does_not_prove
    assert any("any 5 of the 7 trustees" in line for line in said)
    assert any("the help of 3 trustees" in line for line in said)
    assert not any("three players" in line for line in said)
    assert any("three players" in line for line in audit(game(3).transcript()).does_not_prove)


def test_a_failed_game_proves_less() -> None:
    made = game(3)
    place = place_of(made, "mix", 1)
    report = audit(resigned(made, place, spoilt(made.entries[place].post.body, field="proofs")))
    assert not any("mixed by one trustee after the other" in line for line in report.proves)
    assert any("mixed by one trustee after the other" in line for line in audit(made.transcript()).proves)


# --- any bytes ------------------------------------------------------------------------------------


def test_every_change_of_one_byte_is_detected() -> None:
    data = game(3).transcript()
    rng, start = random.Random(4), 0
    places = []
    for line in data.splitlines(keepends=True):
        places += [start + rng.randrange(len(line)), start + len(line) - 1]
        start += len(line)
    for place in places[::3]:
        other = bytearray(data)
        other[place] ^= 1 << rng.randrange(8)
        expected = {Verdict.FAILED} if place > len(data.split(b"\n")[0]) else {Verdict.FAILED, Verdict.UNDECIDED}
        assert audit(bytes(other)).verdict in expected, place


def test_no_rightly_signed_post_makes_it_raise() -> None:
    made, rng = game(3), random.Random(5)
    for _ in range(60):
        place = rng.randrange(place_of(made, "start") + 1, len(made.entries))
        body = made.entries[place].post.body
        if body.by not in {secrets.key for secrets in made.players.values()}:
            continue
        name = rng.choice(body.__struct_fields__)
        value = getattr(body, name)
        if isinstance(value, (Vector, Coin, Share)):
            raw = bytearray(value)
            for _ in range(rng.randrange(1, 4)):
                raw[rng.randrange(len(raw))] = rng.randrange(256)
            value = type(value)(bytes(raw))
        elif isinstance(value, int):
            value = rng.choice([1, 2, 3, 64, value + 1])
        data = resigned(made, place, msgspec.structs.replace(body, **{name: value}))
        report = audit(data)
        assert report.verdict in (Verdict.FAILED, Verdict.SO_FAR, Verdict.VERIFIED)
        assert report.summary.entries == place + 1
