"""The attacks on coins, gifts and trustees, and what people learn: each is seen for what it is, or is not flagged."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from importlib import import_module
from typing import Any
from unittest import mock

import pytest

from sealed_santa.base.errors import UndecidedError
from sealed_santa.game import draw, mixing, rules, statements, verdicts
from sealed_santa.game.state import Phase
from sealed_santa.lab import cheats, stage, trial
from sealed_santa.lab.attack import MODES, Attack, Effect, Outcome
from sealed_santa.lab.attacks.key_that_signs_everything import weak_verifies
from sealed_santa.lab.attacks.posts_linked_by_time_and_size import Linker, Sight, Watched
from sealed_santa.lab.rates import Rate, rate
from sealed_santa.lab.simulator import FOUR, seeded_entropy
from sealed_santa.lab.trial import Seen, Trial, effect_of
from sealed_santa.log.posts import Blinding

WORKS, DETECTED, PREVENTED = Effect.WORKS, Effect.DETECTED, Effect.PREVENTED
SERVER, PEER, NOBODY = "server (proven)", "peer (observed)", "unknown (suspected)"
ANN, BOB, CEM, DOT, HAL = (f"player {name} (proven)" for name in ("Ann", "Bob", "Cem", "Dot", "Hal"))
WIDELY = (WORKS, "", "", NOBODY)
IN_VAIN = (PREVENTED, "", "", NOBODY)

EXPECTED: dict[str, dict[str, tuple[Effect, str, str, str]]] = {
    "coin-withheld": {
        "classic": WIDELY,
        "sealed": (WORKS, "", "A21", NOBODY),
        "blind": (WORKS, "", "A21", NOBODY),
    },
    "coin-opened-to-another-value": {
        "sealed": (PREVENTED, "coin.wrong", "A20", DOT),
        "blind": (PREVENTED, "coin.wrong", "A20", HAL),
    },
    "key-that-signs-everything": {
        "classic": WIDELY,
        "sealed": (PREVENTED, "key.invalid", "A05", PEER),
        "blind": (PREVENTED, "key.invalid", "A05", PEER),
    },
    "box-moved-to-another-recipient": {
        "classic": WIDELY,
        "sealed": (DETECTED, "box.does-not-open", "A37", SERVER),
        "blind": (DETECTED, "gift.missing", "B15", DOT),
    },
    "gift-outside-the-catalogue": {
        "classic": IN_VAIN,
        "sealed": (PREVENTED, "gift.not-in-catalogue", "A31", ANN),
        "blind": (DETECTED, "gift.bad", "B15", ANN),
    },
    "gift-dropped": {
        "classic": WIDELY,
        "sealed": (DETECTED, "delivery.house-instead", "A38", SERVER),
        "blind": (PREVENTED, "mix.proof-wrong", "B06", BOB),
    },
    "gift-opened-by-the-dealer": {"classic": WIDELY, "sealed": WIDELY, "blind": IN_VAIN},
    "envelope-copied-in-the-mix": {
        "sealed": (PREVENTED, "box.does-not-open", "A31", BOB),
        "blind": (PREVENTED, "envelope.proof-wrong", "B13", CEM),
    },
    "shuffle-replaces-a-card": {
        "classic": WIDELY,
        "sealed": (DETECTED, "deal.permutation.wrong", "A27", SERVER),
        "blind": (PREVENTED, "mix.proof-wrong", "B06", DOT),
    },
    "rogue-trustee-key": {"blind": (PREVENTED, "key.possession", "B02", DOT)},
    "t-trustees-collude": {"blind": WIDELY},
    "posts-linked-by-time-and-size": {"classic": WIDELY, "sealed": IN_VAIN, "blind": IN_VAIN},
    "three-players": {"classic": WIDELY, "sealed": WIDELY, "blind": WIDELY},
    "n-minus-one-collude": {"classic": WIDELY, "sealed": WIDELY, "blind": WIDELY},
    "slow-and-silent-clients": {
        "classic": WIDELY,
        "sealed": (PREVENTED, "", "A21", NOBODY),
        "blind": (PREVENTED, "", "A32", NOBODY),
    },
    "same-permutation-twice": {"sealed": (DETECTED, "deck.twice", "A19", SERVER), "blind": IN_VAIN},
    "threshold-counted-twice": {"blind": (PREVENTED, "opening.twice", "B09", BOB)},
    "decryption-share-for-another-ciphertext": {"blind": (PREVENTED, "opening.proof-wrong", "B09", CEM)},
    "complaint-that-extorts-a-key": {"blind": (PREVENTED, "share.wrong", "B04", NOBODY)},
    "blinding-after-opening": {"blind": (PREVENTED, "turn.wrong", "A15", DOT)},
    "reveal-of-other-pairs": {
        "classic": WIDELY,
        "sealed": (DETECTED, "reveal.card", "A36", SERVER),
        "blind": (PREVENTED, "opening.proof-wrong", "B09", CEM),
    },
    "version-passed-over-in-silence": {
        "sealed": (PREVENTED, "version.unknown", "A03", NOBODY),
        "blind": (PREVENTED, "version.unknown", "A03", NOBODY),
    },
}
RUNS = [(attack_id, mode) for attack_id, modes in EXPECTED.items() for mode in modes]


def module(attack_id: str) -> Any:
    return import_module(f"sealed_santa.lab.attacks.{attack_id.replace('-', '_')}")


def trials(attack_id: str) -> Mapping[str, Trial]:
    return module(attack_id).TRIALS  # type: ignore[no-any-return]


@cache
def seen(attack_id: str, mode: str, cheat: bool) -> Seen:
    return trials(attack_id)[mode](cheat)


@cache
def outcome(attack_id: str, mode: str) -> Outcome:
    return trial.run(lambda cheat: seen(attack_id, mode, cheat))


def figure(attack_id: str, mode: str, name: str) -> str:
    return seen(attack_id, mode, True).figures[name]


# --- each attack in each mode -------------------------------------------------------------------


@pytest.mark.parametrize(("attack_id", "mode"), RUNS)
def test_the_cheat_is_seen_for_what_it_is(attack_id: str, mode: str) -> None:
    found = outcome(attack_id, mode)
    assert (found.effect, found.code, found.check, str(found.blame)) == EXPECTED[attack_id][mode]
    assert found.story
    assert found.victim


@pytest.mark.parametrize(("attack_id", "mode"), RUNS)
def test_without_the_cheating_step_nothing_is_flagged(attack_id: str, mode: str) -> None:
    honest = seen(attack_id, mode, False)
    assert not honest.flagged
    assert not honest.won
    assert (honest.code, honest.check) == ("", "")
    assert ("the game is ended" if mode == "classic" else "verified") in honest.story


@pytest.mark.parametrize("attack_id", EXPECTED)
def test_every_mode_is_run_or_it_is_said_why_not(attack_id: str) -> None:
    made: Attack = module(attack_id).ATTACK
    assert made.id == attack_id
    assert set(made.runs) == set(trials(attack_id)) == set(EXPECTED[attack_id])
    assert set(made.elsewhere) == set(MODES) - set(EXPECTED[attack_id])
    assert "docs/protocol.md" in made.lesson
    assert 2 <= len(made.lesson.strip().split("\n\n")) <= 4


@pytest.mark.parametrize(
    ("attack_id", "mode"),
    [("coin-withheld", "sealed"), ("three-players", "classic"), ("threshold-counted-twice", "blind")],
)
def test_a_run_shows_the_same_every_time(attack_id: str, mode: str) -> None:
    assert module(attack_id).ATTACK.runs[mode]() == outcome(attack_id, mode)


# --- where the defence is taken away the cheat works: nothing is said that was not seen -----------


def nothing(*_: object) -> tuple[()]:
    return ()


@pytest.mark.parametrize(
    ("attack_id", "mode", "room", "name", "instead"),
    [
        ("gift-dropped", "blind", mixing, "shuffle_equations", nothing),
        ("shuffle-replaces-a-card", "blind", mixing, "shuffle_equations", nothing),
        ("rogue-trustee-key", "blind", statements, "linear_equations", nothing),
        ("envelope-copied-in-the-mix", "blind", statements, "linear_equations", nothing),
        ("decryption-share-for-another-ciphertext", "blind", statements, "linear_equations", nothing),
        ("reveal-of-other-pairs", "blind", statements, "linear_equations", nothing),
        ("reveal-of-other-pairs", "sealed", verdicts, "opens_card", lambda *_: True),
        ("coin-opened-to-another-value", "sealed", draw, "coin_before", lambda *_: mock.ANY),
        ("coin-opened-to-another-value", "blind", draw, "coin_before", lambda *_: mock.ANY),
    ],
)  # fmt: skip
def test_without_its_defence_the_cheat_works(
    attack_id: str, mode: str, room: Any, name: str, instead: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(room, name, instead)
    assert effect_of(trials(attack_id)[mode](True)) is WORKS


def test_where_blindings_may_come_late_one_does(monkeypatch: pytest.MonkeyPatch) -> None:
    rule = rules.BLIND[Blinding]
    monkeypatch.setitem(rules.BLIND, Blinding, replace(rule, phases=(*rule.phases, Phase.OPENING)))
    assert effect_of(trials("blinding-after-opening")["blind"](True)) is WORKS


# --- figures ------------------------------------------------------------------------------------


def test_a_withheld_coin_gains_what_can_be_computed_and_no_more() -> None:
    one, two = (figure("coin-withheld", "sealed", f"{m} withheld") for m in (1, 2))
    assert "1 − (1 − p)^2 = 21.0 %, exactly 22.2 %" in one
    assert "1 − (1 − p)^3 = 29.8 %, exactly 33.3 %" in two
    assert float(one.split(" %")[0]) < float(two.split(" %")[0])
    assert float(figure("coin-withheld", "sealed", "nobody withholds").split(" %")[0]) < float(one.split(" %")[0])


@pytest.mark.parametrize(
    ("attack_id", "mode", "name", "value"),
    [
        ("key-that-signs-everything", "sealed", "messages that one signature fits, for a weak verifier", "3 of 3"),
        ("gift-opened-by-the-dealer", "sealed", "gifts that the server reads", "4 of 4"),
        ("gift-opened-by-the-dealer", "sealed", "notes that it reads", "0 of 4"),
        ("gift-opened-by-the-dealer", "sealed", "notes that the recipients open", "4 of 4"),
        ("gift-opened-by-the-dealer", "blind", "boxes that the server opens", "0 of 4"),
        ("gift-opened-by-the-dealer", "blind", "boxes that the recipients open", "4 of 4"),
        ("box-moved-to-another-recipient", "sealed", "a box for Ann's key and another round", "box.does-not-open"),
        ("box-moved-to-another-recipient", "blind", "boxes that open", "for Bob 2; for Ann 0"),
        ("envelope-copied-in-the-mix", "blind", "her envelope with her proof, as it is", "envelope.proof-wrong"),
        ("envelope-copied-in-the-mix", "sealed", "bound by a key of her own alone", "box.does-not-open"),
        ("envelope-copied-in-the-mix", "sealed", "by the giver in the lock alone", "box.does-not-open"),
        ("envelope-copied-in-the-mix", "sealed", "by the giver in h alone", "gift.hash-wrong"),
        ("envelope-copied-in-the-mix", "sealed", "by nothing", "taken"),
        ("rogue-trustee-key", "blind", "without the proof, rows of a mix that it reads alone", "12 of 12"),
        ("same-permutation-twice", "sealed", "without the rule, pairs that anybody computes", "4 of 4"),
        ("same-permutation-twice", "blind", "rows followed through the real mixer", "0 of 4"),
        ("same-permutation-twice", "blind", "through one that ignores its input", "4 of 4"),
        ("threshold-counted-twice", "blind", "if Bob counted twice", "0"),
        ("complaint-that-extorts-a-key", "blind", "cards that they read", "0 of 4"),
        ("complaint-that-extorts-a-key", "blind", "if complaints published a key", "4 of 4"),
        ("complaint-that-extorts-a-key", "blind", "who is to blame, had she answered wrongly", ANN),
        ("blinding-after-opening", "blind", "with sums, tested cards that one trustee reads", "12 of 12"),
        ("reveal-of-other-pairs", "sealed", "unchecked, givers whom a reader takes for others", "2 of 4"),
        ("reveal-of-other-pairs", "blind", "unchecked, givers whom a reader takes for others", "2 of 4"),
        ("version-passed-over-in-silence", "sealed", "a program that looks for failures only", "nothing is wrong"),
        ("version-passed-over-in-silence", "blind", "the same cheat in a version that is known", "coin.wrong"),
        ("slow-and-silent-clients", "sealed", "drop at once", "drop.too-early"),
        ("slow-and-silent-clients", "sealed", "a frame of 4 GB", "frame.too-large"),
        ("slow-and-silent-clients", "classic", "64 who are silent", "bye: too many are connected; come again later"),
        ("slow-and-silent-clients", "classic", "2 minutes later", "name: Ann"),
        ("slow-and-silent-clients", "classic", "a name, a byte every ten seconds", "name: Slow"),
        ("slow-and-silent-clients", "blind", "the mixing closed at once", "close.too-early"),
        ("slow-and-silent-clients", "blind", "and closed by then", "close.too-few"),
        ("slow-and-silent-clients", "blind", "2 of 4 silent", "still mixing after 8 hours"),
    ],
)  # fmt: skip
def test_what_the_weak_variant_would_let_through(attack_id: str, mode: str, name: str, value: str) -> None:
    assert figure(attack_id, mode, name) == value


def test_a_card_that_is_replaced_is_somebody_s_second() -> None:
    times = figure("shuffle-replaces-a-card", "blind", "without the proof, how often each is given to")
    assert "Bob 2" in times
    assert times.count(" 0") == 1


def test_a_test_that_is_opened_wrongly_would_deal_somebody_itself() -> None:
    name = "without the proof, players who are dealt themselves"
    assert int(figure("decryption-share-for-another-ciphertext", "blind", name).split()[0]) > 0


def test_t_trustees_are_certain_and_fewer_guess() -> None:
    figures = seen("t-trustees-collude", "blind", True).figures
    assert figures["3 of 4 trustees"].startswith("100.0 %")
    assert float(figures["2 of 4 trustees"].split(" %")[0]) < 50


@pytest.mark.parametrize("mode", MODES)
def test_what_is_certain_is_measured_to_be_certain(mode: str) -> None:
    assert figure("three-players", mode, "pairs of others, three players").startswith("100.0 %")
    assert figure("n-minus-one-collude", mode, "3 players, the pair of the last one").startswith("100.0 %")


# --- the parts that the attacks are made of -----------------------------------------------------


def watched(number: int, leak: bool) -> Watched:
    """Return a made-up game whose sizes give the pairs away, or say nothing."""
    draw_, truth = seeded_entropy(f"watched/{number}"), ((2, 3, 4, 1), (3, 4, 1, 2), (4, 1, 2, 3))[number % 3]
    sizes = [100 + draw_(1)[0] for _ in truth]
    got = [sizes[truth.index(r)] + 7 if leak else 100 for r in range(1, 5)]
    return Watched(tuple(Sight(s, 0) for s in sizes), tuple(Sight(g, 0) for g in got), truth)


@pytest.mark.parametrize("leak", [True, False])
def test_the_classifier_finds_what_is_there_and_nothing_else(leak: bool) -> None:
    linker, lots = Linker([watched(k, leak) for k in range(60)]), seeded_entropy("lots")
    games = [watched(k, leak) for k in range(60, 160)]
    found = rate(a == b for game in games for a, b in zip(linker.guess(game, lots), game.truth, strict=True))
    assert found.share > 0.95 if leak else found.near(1 / 3)


def test_a_rate_knows_what_goes_with_it() -> None:
    assert rate([True, False, True, True]) == Rate(3, 4)
    assert Rate(50, 100).near(0.5)
    assert not Rate(50, 100).above(0.5)
    assert not Rate(50, 100).near(0.9)
    assert Rate(90, 100).above(0.5)
    assert Rate(0, 0).interval == (0.0, 1.0)
    assert Rate(0, 0).share == 0.0
    assert Rate(100, 100).interval[1] == 1.0
    assert str(Rate(1, 4)).startswith("25.0 % (1 of 4; ")


def test_the_weak_verifier_is_fooled_by_one_key_alone() -> None:
    made = module("key-that-signs-everything")
    assert weak_verifies(made.IDENTITY.raw, b"anything", made._SIGNATURE)
    assert not weak_verifies(made.BASE.raw, b"anything", made._SIGNATURE)


def test_an_envelope_of_the_lab_is_as_good_as_any_if_it_is_honest() -> None:
    """So what is refused of a forged one is what was forged."""
    game = stage.at_phase("blind", Phase.CHOOSING)
    to = cheats.recipient(game, "Ann")
    game.say("Ann", cheats.forged_envelope(game, "Ann", cheats.sealed_gift(game, to, 1, "a note")))
    game.run()
    assert stage.findings(stage.audited(game.entries)) == ()


def test_a_good_gift_is_not_refused() -> None:
    game = stage.at_phase("sealed", Phase.CHOOSING)
    for _ in range(2):  # the confirmation, the gift
        game.say("Ann", cheats.owes(game, "Ann"))
    assert cheats.refused_because(game, "Ann") == ""


def test_cards_are_read_with_enough_shares_and_with_no_fewer() -> None:
    game = stage.at_phase("blind", Phase.CHOOSING)
    shares = {k: cheats.share_of(game, name) for k, name in enumerate(FOUR, 1)}
    truth = {cheats.seat(game, name).number: cheats.recipient(game, name).number for name in FOUR}
    for left_out in shares:
        assert cheats.read_cards(game.state, {k: x for k, x in shares.items() if k != left_out}) == truth
    assert set(cheats.read_cards(game.state, {1: shares[1], 2: shares[2]}).values()) == {None}


def test_what_shows_nothing_is_no_outcome() -> None:
    with pytest.raises(UndecidedError) as caught:
        trial.run(lambda cheat: Seen(story="nothing happened"))
    assert caught.value.code == "lab.unshown"
