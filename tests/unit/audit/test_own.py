"""What one player can check with its own keys, and that it gives nothing away."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import msgspec
import pytest

from sealed_santa.audit.auditor import audit
from sealed_santa.audit.findings import Finding, Status, Verdict
from sealed_santa.audit.own import Identity
from sealed_santa.base.labels import Label
from sealed_santa.crypto.sealing import BoxSecret
from sealed_santa.game.boxes import HOUSE, INNER_SIZE, Envelope
from sealed_santa.game.state import Phase
from sealed_santa.lab.simulator import Simulator, played
from sealed_santa.log.entry import sign_post
from sealed_santa.log.fields import CardBoxes, Envelopes, Hash
from sealed_santa.roles import dealer

OWN = ("A50", "A51", "A52", "A53", "A54", "A55")


@cache
def game(reveal: str = "public") -> Simulator:
    return played(reveal=reveal)


def identity_of(made: Simulator, name: str) -> Identity:
    secrets = made.players[name]
    mine = [e for e in made.entries if e.post.body.by == secrets.key]
    return Identity(
        secrets.key, secrets.card, secrets.gift, secrets.reveal, join=mine[0].post.raw,
        posts=frozenset(e.post.hash for e in mine), copy=(len(made.entries) - 2, made.entries[-3].hash),
    )  # fmt: skip


def own(data: bytes, identity: Identity) -> tuple[dict[str, Status], list[Finding]]:
    report = audit(data, identity)
    results = [r for r in report.results if r.check.id in OWN]
    assert [r.check.id for r in results] == list(OWN)
    return {r.check.id: r.status for r in results}, [f for r in results for f in r.findings]


@pytest.mark.parametrize("reveal", ["public", "private"])
def test_all_own_checks_pass_in_a_good_game(reveal: str) -> None:
    made = game(reveal)
    for name in made.players:
        status, findings = own(made.transcript(), identity_of(made, name))
        assert set(status.values()) == {Status.PASSED}
        assert findings == []


def test_without_a_reveal_the_santa_does_not_apply() -> None:
    made = game("never")
    status, _ = own(made.transcript(), identity_of(made, "Ann"))
    assert status["A55"] is Status.NOT_APPLICABLE


def test_a_report_names_no_recipient_and_no_key() -> None:
    made = game("private")
    ann = made.players["Ann"]
    report = audit(made.transcript(), identity_of(made, "Ann"))
    said = " ".join(r.note for r in report.results if r.check.id in OWN)
    assert not any(name in said for name in made.players)
    assert ann.card.secret.hex() not in repr(identity_of(made, "Ann"))


def test_keys_that_are_not_at_hand_leave_checks_undecided() -> None:
    made = game("private")
    status, _ = own(made.transcript(), Identity(made.players["Ann"].key))
    assert {status[k] for k in ("A50", "A53", "A54", "A55")} == {Status.UNDECIDED}
    assert {status[k] for k in ("A51", "A52")} == {Status.NOT_APPLICABLE}
    partial = replace(identity_of(made, "Ann"), reveal=None)
    assert own(made.transcript(), partial)[0]["A55"] is Status.UNDECIDED


@pytest.mark.parametrize(
    ("change", "check", "code"),
    [
        ({"join": b"{}"}, "A50", "own.join-changed"),
        ({"key": Simulator("nobody").organiser.key}, "A50", "own.join-missing"),
        ({"copy": (3, Hash(b"\x01" * 32))}, "A51", "own.copy-differs"),
        ({"copy": (999, Hash(b"\x01" * 32))}, "A51", "own.copy-longer"),
        ({"posts": frozenset()}, "A52", "own.post-foreign"),
        ({"card": BoxSecret(b"\x01" * 32)}, "A53", "box.does-not-open"),
        ({"gift": BoxSecret(b"\x01" * 32)}, "A54", "box.does-not-open"),
    ],
)
def test_what_does_not_fit_fails_its_check(change: dict[str, object], check: str, code: str) -> None:
    made = game()
    status, findings = own(made.transcript(), replace(identity_of(made, "Ann"), **change))  # type: ignore[arg-type]
    assert status[check] is Status.FAILED
    assert code in {f.code for f in findings if f.check == check}


def test_a_card_that_was_sealed_wrongly_shows_before_any_dispute() -> None:
    made = Simulator("own").fill().start().run(Phase.DEAL)
    body = dealer.make_deal(made.state, made.dealer, made.entropy)
    made.deal_with(msgspec.structs.replace(body, sealed=CardBoxes(bytes(84) + body.sealed[84:])))
    assert audit(made.transcript()).verdict is Verdict.SO_FAR
    status, findings = own(made.transcript(), identity_of(made, "Ann"))
    assert status["A53"] is Status.FAILED
    assert [(f.code, str(f.blame)) for f in findings] == [("box.does-not-open", "server (observed)")]
    assert own(made.transcript(), identity_of(made, "Bob"))[0]["A53"] is Status.PASSED


def test_an_exchanged_gift_shows_at_the_reveal() -> None:
    made = Simulator("own").fill().start().run(Phase.CLOSED)
    body = dealer.make_delivery(made.state, made.dealer, {})
    ann, house = made.state.players[0], Envelope(HOUSE, bytes(INNER_SIZE)).encode()
    box = dealer._seal_to(made.state, Label.SEAL_ENVELOPE, ann, ann.gift_key, house)
    made.deal_with(msgspec.structs.replace(body, envelopes=Envelopes(box + body.envelopes[612:])))
    made.run()
    status, findings = own(made.transcript(), identity_of(made, "Ann"))
    assert (status["A54"], status["A55"]) == (Status.PASSED, Status.FAILED)
    assert [f.code for f in findings] == ["delivery.house-instead"]


def test_a_post_that_somebody_else_made_under_my_key_is_found() -> None:
    made = Simulator("own").fill().start().run(Phase.COINS)
    known = identity_of(made, "Bob")
    made.order(sign_post(made.owed("Bob").posts[0], made.players["Bob"].signing))
    status, findings = own(made.transcript(), replace(known, copy=None))
    assert status["A52"] is Status.FAILED
    assert [f.seq for f in findings] == [len(made.entries) - 1]
