"""The audit as a whole: verdicts, statuses, and that no bytes make it raise or pass."""

from __future__ import annotations

import random
from collections.abc import Callable
from functools import cache

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sealed_santa.audit.auditor import MAX_LISTED, audit
from sealed_santa.audit.checks import CHECKS
from sealed_santa.audit.findings import Report, Status, Verdict
from sealed_santa.game.state import Phase
from sealed_santa.lab.simulator import Simulator, played
from sealed_santa.log.archive import encode_transcript
from sealed_santa.log.entry import Entry, sign_entry, sign_post
from sealed_santa.log.fields import Fixed, Vector
from sealed_santa.log.posts import Join
from sealed_santa.roles.player import make_drop


@cache
def game(**terms: object) -> Simulator:
    return played(("Ann", "Bob", "Cem"), **terms)


def status(report: Report) -> dict[str, Status]:
    return {result.check.id: result.status for result in report.results}


def test_all_checks_report_in_order() -> None:
    report = audit(game().transcript())
    assert [r.check for r in report.results] == list(CHECKS)
    assert (report.verdict, report.exit_code) == (Verdict.VERIFIED, 0)
    assert report.findings == ()


def test_facts_of_a_finished_game() -> None:
    made = game()
    facts = audit(made.transcript()).summary
    assert facts.players == ("Ann", "Bob", "Cem")
    assert (facts.entries, facts.followed) == (len(made.entries), len(made.entries))
    assert facts.words == made.state.words
    assert {giver for giver, _ in facts.pairs} == {recipient for _, recipient in facts.pairs} == set(facts.players)
    assert all(giver != recipient for giver, recipient in facts.pairs)


def test_an_unfinished_game_is_verified_so_far_and_says_what_it_waits_for() -> None:
    report = audit(Simulator("unfinished", ("Ann", "Bob", "Cem")).fill().start().run(Phase.CHOOSING).transcript())
    assert (report.verdict, report.exit_code) == (Verdict.SO_FAR, 3)
    last = next(r for r in report.results if r.check.id == "A40")
    assert (last.status, last.note) == (Status.UNDECIDED, "the game waits for gifts")
    assert status(report)["A30"] is Status.NOT_APPLICABLE


def test_dropped_players_are_said() -> None:
    made = Simulator("drop", ("Ann", "Bob", "Cem", "Dot")).fill().start().run(silent=["Dot"])
    made.now += 10**8
    made.organise(make_drop(made.state, made.organiser.key, made.state.missing_coins()))
    report = audit(made.run(silent=["Dot"]).transcript())
    assert report.verdict is Verdict.VERIFIED
    assert next(r for r in report.results if r.check.id == "A21").note == "drawn 2 times; dropped: Dot"
    assert any("Dot withheld a coin" in line for line in report.does_not_prove)


def test_several_defects_are_all_reported() -> None:
    made = Simulator("several", ("Ann", "Bob", "Cem")).fill().start().run()
    lines = made.transcript().splitlines(keepends=True)
    stranger = Simulator("stranger").server
    for place in (3, 9):
        e = made.entries[place]
        lines[place] = sign_entry(e.seq, e.at, e.prev, e.post, stranger).raw + b"\n"
    del lines[15]
    report = audit(b"".join(lines))
    assert [(f.code, f.seq) for f in report.findings] == [
        ("entry.signature", 3), ("entry.signature", 9), ("chain.seq", 15),
    ]  # fmt: skip


def test_findings_of_one_check_are_capped() -> None:
    report = audit(b"\n" * 1000)
    (result,) = report.failed()
    assert (len(result.findings), result.more) == (MAX_LISTED, 1000 - MAX_LISTED)


def test_what_lies_behind_a_defect_is_undecided_and_what_lies_before_is_not() -> None:
    lines = game().transcript().splitlines(keepends=True)
    deal = next(i for i, e in enumerate(game().entries) if e.post.body.__struct_config__.tag == "deal")
    report = audit(b"".join([*lines[:deal], b"{}\n", *lines[deal + 1 :]]))
    said = status(report)
    assert said["A01"] is Status.FAILED
    assert {said[k] for k in ("A03", "A06", "A16", "A17", "A18")} == {Status.PASSED}
    assert {said[k] for k in ("A27", "A28", "A30", "A33", "A36", "A40")} == {Status.UNDECIDED}


# --- any bytes ------------------------------------------------------------------------------------


@given(st.binary(max_size=400))
def test_no_bytes_make_it_raise_or_pass(data: bytes) -> None:
    assert audit(data).exit_code in (1, 3)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_no_patchwork_of_lines_makes_it_raise_or_pass(data: st.DataObject) -> None:
    lines = game().transcript().splitlines(keepends=True)
    order = data.draw(st.lists(st.integers(0, len(lines) - 1), max_size=len(lines)))
    report = audit(b"".join(lines[i] for i in order))
    whole = order == list(range(len(lines)))
    assert (report.verdict is Verdict.VERIFIED) == whole
    if order != list(range(len(order))):
        assert report.verdict is Verdict.FAILED


def positions(data: bytes, count: int) -> list[int]:
    """Return places in every line, and some at random."""
    rng, places, start = random.Random(1), [], 0
    for line in data.splitlines(keepends=True):
        places.append(start + rng.randrange(len(line)))
        places.append(start + len(line) - 1)
        start += len(line)
    return places + [rng.randrange(len(data)) for _ in range(count)]


@pytest.mark.parametrize("reveal", ["public", "private", "never"])
def test_every_change_of_one_byte_is_detected(reveal: str) -> None:
    data = game(reveal=reveal).transcript()
    assert audit(data).verdict is Verdict.VERIFIED
    rng = random.Random(2)
    for place in positions(data, 120):
        other = bytearray(data)
        other[place] ^= 1 << rng.randrange(8)
        # only the version makes a game that may be right by rules of a later day
        expected = {Verdict.FAILED} if place > len(data.split(b"\n")[0]) else {Verdict.FAILED, Verdict.UNDECIDED}
        assert audit(bytes(other)).verdict in expected, place


@pytest.mark.parametrize("place", [0, 1, 700, -1])
def test_every_byte_taken_out_or_put_in_is_detected(place: int) -> None:
    data = game().transcript()
    at = place % len(data)
    assert audit(data[:at] + data[at + 1 :]).verdict is Verdict.FAILED
    assert audit(data[:at] + b"0" + data[at:]).verdict is Verdict.FAILED


# --- any post, by parties that sign anything --------------------------------------------------------


def fresh(value: object, rng: random.Random) -> object:
    """Return another value of the kind of this one, mostly of the same length."""
    if isinstance(value, (Fixed, Vector)):
        size = len(value) if isinstance(value, Fixed) or rng.random() < 0.7 else rng.randrange(4) * value.UNIT
        raw = bytearray(value[:size].ljust(size, b"\x01"))
        for _ in range(rng.randrange(4)):
            if raw:
                raw[rng.randrange(len(raw))] = rng.randrange(256)
        return type(value)(bytes(raw))
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, int):
        return rng.choice([0, 1, 2, 3, 64, value + 1, max(0, value - 1), 2**53 - 1])
    if isinstance(value, str):
        return rng.choice(["", "Ann", "never", "private", "x" * 300, "\u202e", value + "a"])
    if isinstance(value, tuple):
        return rng.choice([(), value[:1], value + value, tuple(reversed(value))])
    return value


def signer_of(made: Simulator) -> Callable[[Entry, object], Entry]:
    keys = {made.dealer.key: made.server, made.organiser.key: made.organiser.signing}
    keys |= {secrets.key: secrets.signing for secrets in made.players.values()}

    def signed(entry: Entry, body: object) -> Entry:
        key = keys.get(body.by, made.server)  # type: ignore[attr-defined]
        post = sign_post(body, key, made.invite if isinstance(body, Join) else None)  # type: ignore[arg-type]
        return sign_entry(entry.seq, entry.at, entry.prev, post, made.server)

    return signed


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.integers(0, 2**32), st.sampled_from(["public", "private", "never"]))
def test_no_rightly_signed_post_makes_it_raise(number: int, reveal: str) -> None:
    made, rng = game(reveal=reveal), random.Random(number)
    place = rng.randrange(1, len(made.entries))
    entry, signed = made.entries[place], signer_of(made)
    body = entry.post.body
    if rng.random() < 0.3:  # somebody else's post, here
        body = made.entries[rng.randrange(1, len(made.entries))].post.body
    name = rng.choice(body.__struct_fields__)
    body = msgspec.structs.replace(body, **{name: fresh(getattr(body, name), rng)})
    report = audit(encode_transcript([*made.entries[:place], signed(entry, body)]))
    assert report.verdict in (Verdict.FAILED, Verdict.SO_FAR, Verdict.VERIFIED)
    assert report.summary.entries == place + 1
