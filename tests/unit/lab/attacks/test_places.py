"""Attacks on the place of a proof, a box or a client: each defence that a story names is taken away, and it shows.

A row is a cell of the table of attacks with its defence off. Then the cheat comes off; or a second check,
which is named here, still finds it; or the run says that it does not show what it is there to show.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from sealed_santa.base.errors import UndecidedError, VerificationError
from sealed_santa.base.labels import Label
from sealed_santa.classic import game as classic
from sealed_santa.classic import loopback
from sealed_santa.classic.lines import LineBuffer, Say
from sealed_santa.classic.loopback import Loopback
from sealed_santa.classic.server import Server
from sealed_santa.crypto import sealing
from sealed_santa.game import boxes, envelopes, giving, mixing, rules, statements, verdicts
from sealed_santa.game.catalogue import default_catalogue
from sealed_santa.game.lobby import refuse
from sealed_santa.lab.attack import Effect
from sealed_santa.lab.attacks import (
    box_moved_to_another_recipient,
    envelope_copied_in_the_mix,
    gift_opened_by_the_dealer,
    proof_moved_to_another_place,
    slow_and_silent_clients,
)
from sealed_santa.lab.trial import YEARS, Seen, effect_of
from sealed_santa.log.posts import Close, Drop
from sealed_santa.proofs.product.statements import Context, ExclusionStatement, PermutationStatement
from sealed_santa.proofs.session import Session
from sealed_santa.roles import dealer, keeper, player
from sealed_santa.wire import frames

Patch = pytest.MonkeyPatch
WORKS, DETECTED, PREVENTED = Effect.WORKS, Effect.DETECTED, Effect.PREVENTED
ZEROS = bytes(32)


def shown(module: Any, mode: str) -> tuple[Effect, str, str]:
    """What became of the cheat: the effect, the code, the check; no honest run is needed for that."""
    seen: Seen = module.TRIALS[mode](True)
    return effect_of(seen), seen.code, seen.check


def unshown(module: Any, mode: str) -> str:
    with pytest.raises(UndecidedError) as caught:
        module.TRIALS[mode](True)
    assert caught.value.code == "lab.unshown"
    return caught.value.message


# --- proofs: what is left out of the place ---------------------------------------------------------


def blank(patch: Patch, kind: type, method: str, change: Callable[[Any], Any]) -> None:
    """Let a method of a value answer as if something in it were always the same."""
    real = getattr(kind, method)
    patch.setattr(kind, method, lambda self, *args: real(change(self), *args))


@pytest.mark.parametrize("field", ["game", "round", "author", "deck_index"])
def test_a_deal_whose_proofs_may_come_from_elsewhere(field: str, monkeypatch: Patch) -> None:
    value: Any = ZEROS if field in ("game", "author") else 0
    blank(monkeypatch, Context, "tag", lambda context: replace(context, **{field: value}))
    assert shown(proof_moved_to_another_place, "sealed") == (WORKS, "", "")


def test_a_deal_whose_proofs_may_be_about_other_players(monkeypatch: Patch) -> None:
    for kind in (PermutationStatement, ExclusionStatement):
        blank(monkeypatch, kind, "instance", lambda s: replace(s, context=replace(s.context, roster=ZEROS)))
    assert shown(proof_moved_to_another_place, "sealed") == (WORKS, "", "")


@pytest.mark.parametrize("field", ["game", "round", "author", "batch", "position"])
def test_a_mix_whose_proof_may_come_from_elsewhere(field: str, monkeypatch: Patch) -> None:
    value: Any = ZEROS if field in ("game", "author") else 0
    blank(monkeypatch, Session, "tag", lambda session: replace(session, **{field: value}))
    assert shown(proof_moved_to_another_place, "blind") == (WORKS, "", "")


# --- envelopes that are copied ---------------------------------------------------------------------


def test_an_envelope_whose_proof_names_nobody_is_copied_as_it_is(monkeypatch: Patch) -> None:
    blank(monkeypatch, Session, "tag", lambda session: replace(session, author=ZEROS, position=0))
    assert shown(envelope_copied_in_the_mix, "blind") == (WORKS, "", "")


@pytest.mark.parametrize("field", [{"author": ZEROS}, {"position": 0}])
def test_of_author_and_number_one_is_enough(field: dict[str, Any], monkeypatch: Patch) -> None:
    blank(monkeypatch, Session, "tag", lambda session: replace(session, **field))
    assert shown(envelope_copied_in_the_mix, "blind") == (PREVENTED, "envelope.proof-wrong", "B13")


def test_without_a_proof_any_envelope_is_copied(monkeypatch: Patch) -> None:
    monkeypatch.setattr(statements, "linear_equations", lambda *_: ())
    assert shown(envelope_copied_in_the_mix, "blind") == (WORKS, "", "")


ONE = sealing.BoxSecret(b"k" * 32)


def open_locks(patch: Patch) -> None:
    """Let gifts be sealed in boxes that anybody can open."""
    for room in (player, envelope_copied_in_the_mix):
        patch.setattr(room, "seal", lambda key, content, info: bytes(sealing.OVERHEAD) + content)
    patch.setattr(giving, "open_box", lambda secret, box, info: box[sealing.OVERHEAD :])


def test_a_gift_in_open_boxes_is_refused_because_of_its_hash(monkeypatch: Patch) -> None:
    """The last of the things that the story names, of which each alone has to keep copies out."""
    open_locks(monkeypatch)
    assert "gift.hash-wrong" in unshown(envelope_copied_in_the_mix, "sealed")


def test_where_all_givers_seal_to_one_key_it_shows(monkeypatch: Patch) -> None:
    def one(*_: Any) -> sealing.BoxKey:
        return ONE.public()

    real = sealing.open_box
    monkeypatch.setattr(envelope_copied_in_the_mix, "BoxKey", SimpleNamespace(parse=one))
    monkeypatch.setattr(giving, "open_box", lambda secret, box, info: either(real, secret, box, info))
    assert "alone they do not keep a copy out" in unshown(envelope_copied_in_the_mix, "sealed")


def either(real: Callable[..., bytes], secret: sealing.BoxSecret, box: bytes, info: bytes) -> bytes:
    """Open a box with the key that it is for, or with the one of all givers."""
    try:
        return real(secret, box, info)
    except VerificationError:
        return real(ONE, box, info)


def test_a_gift_that_nothing_binds_to_its_giver_is_copied(monkeypatch: Patch) -> None:
    open_locks(monkeypatch)
    for room in (player, giving, envelope_copied_in_the_mix):
        monkeypatch.setattr(room, "gift_hash", lambda game, r, giver, *rest: boxes.gift_hash(game, r, 0, *rest))
    assert shown(envelope_copied_in_the_mix, "sealed") == (WORKS, "", "")


ALWAYS: tuple[Any, ...] = (Label.SEAL_ENVELOPE, ZEROS, 0, 0, ZEROS, ZEROS)


# --- boxes that are moved --------------------------------------------------------------------------


def remember(patch: Patch, *rooms: Any) -> None:
    """Let boxes that are sealed in these rooms be opened by anybody who has any key."""
    held: dict[bytes, bytes] = {}

    def seal(key: sealing.BoxKey, content: bytes, info: bytes) -> bytes:
        box = sealing.seal(key, content, info)
        held[box] = content
        return box

    def open_box(secret: sealing.BoxSecret, box: bytes, info: bytes) -> bytes:
        return held[box] if box in held else sealing.open_box(secret, box, info)

    for room in rooms:
        patch.setattr(room, "seal", seal)
    patch.setattr(verdicts, "open_box", open_box)


def test_an_exchanged_envelope_that_opens_holds_a_note_that_does_not(monkeypatch: Patch) -> None:
    remember(monkeypatch, dealer)
    assert shown(box_moved_to_another_recipient, "sealed") == (DETECTED, "delivery.note", "A37")


def test_an_exchanged_envelope_of_which_all_opens_shows_in_the_reveal(monkeypatch: Patch) -> None:
    remember(monkeypatch, dealer, player)
    assert shown(box_moved_to_another_recipient, "sealed") == (DETECTED, "delivery.exchanged", "A38")


def test_an_exchanged_envelope_that_nothing_binds_is_taken(monkeypatch: Patch) -> None:
    remember(monkeypatch, dealer, player)
    monkeypatch.setattr(verdicts, "gift_fault", lambda *_: "")
    assert shown(box_moved_to_another_recipient, "sealed") == (WORKS, "", "")


@pytest.mark.parametrize("place", [0, 1, 2, 3, 5])
def test_a_lock_that_leaves_something_out_shows(place: int, monkeypatch: Patch) -> None:
    """Purpose, game, round, number and author each keep out a box for the same key."""

    def forgetful(*values: Any) -> bytes:
        return boxes.box_info(*(ALWAYS[place] if k == place else value for k, value in enumerate(values)))

    monkeypatch.setattr(box_moved_to_another_recipient, "box_info", forgetful)
    assert "nobody refused" in unshown(box_moved_to_another_recipient, "sealed")


def test_a_gift_for_another_is_taken_where_nobody_counts_what_opens(monkeypatch: Patch) -> None:
    monkeypatch.setattr(envelopes.Found, "code", "")
    assert shown(box_moved_to_another_recipient, "blind") == (WORKS, "", "")


# --- a server that has the keys of its players -----------------------------------------------------


@pytest.mark.parametrize(("mode", "works"), [("sealed", False), ("blind", True)])
def test_a_server_that_makes_its_players_keys_reads_their_notes(mode: str, works: bool, monkeypatch: Patch) -> None:
    room = gift_opened_by_the_dealer
    monkeypatch.setattr(room, "_keys", room._recipients_keys)
    if works:
        assert shown(room, mode) == (WORKS, "", "")
    else:
        assert "reads 4 notes" in unshown(room, mode)


@pytest.mark.parametrize("mode", ["sealed", "blind"])
def test_a_server_that_opens_nothing_because_nothing_opens_shows(mode: str, monkeypatch: Patch) -> None:
    def never(*_: object) -> bool:
        return False

    monkeypatch.setattr(gift_opened_by_the_dealer, "_opens", never)
    for cheat in (True, False):
        with pytest.raises(UndecidedError) as caught:
            gift_opened_by_the_dealer.TRIALS[mode](cheat)
        assert caught.value.code == "lab.unshown"


# --- clients that are slow or silent ---------------------------------------------------------------

SLOW = slow_and_silent_clients


@pytest.mark.parametrize("post", [Drop, Close])
def test_where_nobody_can_be_passed_over_one_silent_player_stops_a_game(post: type, monkeypatch: Patch) -> None:
    rule = rules.SEALED[post]

    def apply(state: Any, signed: Any, body: Any, at: int) -> Any:
        if body.by == state.create.by:
            raise refuse("drop.too-early", "the organiser can do nothing")
        return rule.apply(state, signed, body, at)

    monkeypatch.setitem(rules.SEALED, post, replace(rule, apply=apply))
    assert shown(SLOW, "sealed")[0] is WORKS


def test_where_a_player_can_be_dropped_at_once_it_shows(monkeypatch: Patch) -> None:
    rule = rules.SEALED[Drop]
    monkeypatch.setitem(rules.SEALED, Drop, replace(rule, apply=lambda s, p, b, at: rule.apply(s, p, b, at + YEARS)))
    assert "nobody refused" in unshown(SLOW, "sealed")


def test_where_a_frame_may_have_any_length_it_shows(monkeypatch: Patch) -> None:
    monkeypatch.setattr(frames, "_check_length", lambda *_: None)
    assert "4 GB" in unshown(SLOW, "sealed")


def test_where_the_server_never_closes_a_mixing_one_silent_trustee_stops_a_game(monkeypatch: Patch) -> None:
    monkeypatch.setattr(keeper, "duties", lambda *_: ())
    assert shown(SLOW, "blind")[0] is WORKS


def test_where_a_mixing_can_be_closed_at_once_it_shows(monkeypatch: Patch) -> None:
    monkeypatch.setattr(envelopes, "close_mixing", lambda s, b, at: mixing.close_mixing(s, b, at + YEARS))
    assert "nobody refused" in unshown(SLOW, "blind")


def test_where_silent_connections_keep_their_places_it_shows(monkeypatch: Patch) -> None:
    def patient(server: Server, guest: int) -> tuple[float, Say]:
        return server._heard[guest] + server._limits.idle, Say.BYE_SILENT

    monkeypatch.setattr(Server, "_patience", patient)
    assert "beside silent connections" in unshown(SLOW, "classic")


def test_where_nobody_chooses_for_the_late_it_shows(monkeypatch: Patch) -> None:
    monkeypatch.setattr(classic, "_choose_for_the_late", lambda game, out: game)
    assert "beside three who never choose" in unshown(SLOW, "classic")


def test_where_a_line_is_kept_however_long_it_is_it_shows(monkeypatch: Patch) -> None:
    def feed(self: LineBuffer, data: bytes) -> list[str | Say]:
        *whole, self._rest = (self._rest + data).split(b"\n")
        return [self._parse(line) for line in whole]

    monkeypatch.setattr(LineBuffer, "feed", feed)
    assert "holds 1048576 bytes" in unshown(SLOW, "classic")


# --- the clock that is put forward -----------------------------------------------------------------


def test_on_loopback_time_passes_as_it_is_told_and_nobody_hangs(monkeypatch: Patch) -> None:
    monkeypatch.setattr(loopback, "_PATIENCE", 0.2)
    with Loopback(default_catalogue(), lambda n: 0) as place:
        guest, greeting = place.connect()
        assert greeting[-1] == Say.NEXT_NAME.value
        place.wait(place.limits.name - 10)
        assert place.ask(guest, "#Ann")[0] == "name: Ann"
        place.wait(place.limits.idle - 10)
        assert place.newcomer("Bob") == "name: Bob"
        with pytest.raises(loopback.NetworkError) as caught:
            place.hear(guest, Say.BYE)
        assert caught.value.code == "connect.timeout"
        place.wait(11)
        assert place.hear(guest, Say.BYE) == ["bye: nothing was heard from you for 1800 seconds"]
        assert place.newcomer("\x1b[2J").startswith("no: U+001B")
