"""The attacks that earlier protocols fell to, and those found in real implementations: none is left out."""

from __future__ import annotations

import re
from collections.abc import Mapping
from copy import copy
from dataclasses import replace
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any
from unittest import mock

import pytest

from sealed_santa.audit import compare
from sealed_santa.base.labels import Label
from sealed_santa.cli.chronicle import parcel_told
from sealed_santa.crypto.group import ORDER, Point, decode_points
from sealed_santa.game import draw, mixing, rules, statements, verdicts
from sealed_santa.game.draw import statements as deal_statements
from sealed_santa.game.envelopes import Found
from sealed_santa.game.state import Phase, State
from sealed_santa.lab import dealing, fitting, forking, stage, trial
from sealed_santa.lab import mixing as decks
from sealed_santa.lab.attack import MODES, Attack, Effect, Outcome, ids
from sealed_santa.lab.simulator import FOUR
from sealed_santa.lab.trial import Seen, Trial
from sealed_santa.log.fields import Envelopes
from sealed_santa.proofs import equations
from sealed_santa.proofs.linear import verify as linear_verify
from sealed_santa.proofs.product import verify as product_verify
from sealed_santa.proofs.product.statements import parse_proof
from sealed_santa.proofs.shuffle import verify as shuffle_verify
from sealed_santa.proofs.shuffle.statements import parse_shuffle, shuffle_size
from sealed_santa.roles import dealer, guest, player
from sealed_santa.roles.secrets import PlayerSecrets

DETECTED, PREVENTED = Effect.DETECTED, Effect.PREVENTED
SERVER, NOBODY = "server (proven)", "unknown (suspected)"
ANN, DOT = "player Ann (proven)", "player Dot (proven)"
IN_VAIN = (PREVENTED, "", "", NOBODY)

EXPECTED: dict[str, dict[str, tuple[Effect, str, str, str]]] = {
    "coin-chain-one-link": {"sealed": (DETECTED, "coin.wrong", "A20", SERVER)},
    "count-that-does-not-match": {
        "sealed": (DETECTED, "delivery.count", "A33", SERVER),
        "blind": (PREVENTED, "mix.rows", "B05", ANN),
    },
    "fork-with-trustees": {"blind": (DETECTED, "copy.fork", "A61", SERVER)},
    "gift-missing-key-published": {"blind": IN_VAIN},
    "ground-safety-words": {"sealed": IN_VAIN, "blind": IN_VAIN},
    "hand-holds-another-card": {
        "sealed": (DETECTED, "card.does-not-open", "A37", SERVER),
        "blind": (PREVENTED, "hand.proof-wrong", "B12", DOT),
    },
    "index-out-of-range": {
        "sealed": (DETECTED, "card.does-not-open", "A37", SERVER),
        "blind": (PREVENTED, "hand.proof-wrong", "B12", DOT),
    },
    "mix-repeated-in-the-next-batch": {"blind": IN_VAIN},
    "one-answer-too-many": {
        "sealed": (DETECTED, "deal.proof-form", "A26", SERVER),
        "blind": (PREVENTED, "mix.proof-form", "B06", ANN),
    },
    "one-factor-for-two-tests": {"blind": IN_VAIN},
    "predictable-weights": {
        "sealed": (DETECTED, "deal.permutation.wrong", "A27", SERVER),
        "blind": (PREVENTED, "key.possession", "B02", DOT),
    },
    "proof-of-no-kind": {
        "sealed": (DETECTED, "deal.proof-form", "A26", SERVER),
        "blind": (PREVENTED, "blinding.pairs", "B08", DOT),
    },
    "restored-player-acts-twice": {"sealed": IN_VAIN, "blind": IN_VAIN},
    "row-marked-with-small-order": {"blind": (PREVENTED, "mix.proof-wrong", "B06", ANN)},
    "santa-found-by-trying-authors": {"sealed": IN_VAIN, "blind": IN_VAIN},
    "slots-tested-in-place-when-somebody-leaves": {"blind": IN_VAIN},
    "spoilt-envelope-extorts-a-key": {"sealed": IN_VAIN},
}
RUNS = [(attack_id, mode) for attack_id, modes in EXPECTED.items() for mode in modes]

#: What is found there is found by trying, at home: a transcript of it is a good one.
SHOWS_IN_NO_LOG = {"santa-found-by-trying-authors"}

#: Every rule that stops an attack which was carried out against an earlier protocol, and the attacks that show it.
RULES: dict[str, tuple[str, ...]] = {
    "a rollback makes a party use one secret on two inputs": (
        "restored-player-acts-twice", "same-permutation-twice", "log-rolled-back",
    ),
    "words over the roster alone are ground by a server that owns bits in two forks": ("ground-safety-words",),
    "cards left out before the first challenge: a fixed point is forged": ("weak-fiat-shamir",),
    "lists left out of the challenges: two rows are replaced": ("weak-fiat-shamir",),
    "one partial product too many pushes the target out of its equation": ("one-answer-too-many",),
    "a predictable weight forges a fixed point": ("predictable-weights",),
    "with one deck, a deal that is passed over tells of the one that stands": ("same-permutation-twice",),
    "openings seen but never logged, used again in the next round": ("coin-chain-one-link",),
    "a chain is opened one link a round": ("coin-chain-one-link", "coin-opened-to-another-value"),
    "the recipient tries all authors on the inner note and the blind gift box": ("santa-found-by-trying-authors",),
    "with a bare majority one corrupt trustee and a fork are enough": ("fork-with-trustees",),
    "a complainer that publishes a key turns t - 1 corrupt trustees into t": ("complaint-that-extorts-a-key",),
    "a second attempt under the same label repeats its permutation": (
        "mix-repeated-in-the-next-batch", "same-permutation-twice",
    ),
    "with sums, who adds its blinding after the first openings reads every card": ("blinding-after-opening",),
    "one factor for two tests of a card gives the card": ("one-factor-for-two-tests",),
    "an envelope is copied or related, or the mix is used to decrypt": ("envelope-copied-in-the-mix",),
    "who publishes its key where a gift was not given names the pair": ("gift-missing-key-published",),
    "testing the slots in place names the leaver's Santa": ("slots-tested-in-place-when-somebody-leaves",),
}  # fmt: skip

#: Every class of attack that was found in real implementations elsewhere.
CLASSES: dict[str, tuple[str, ...]] = {
    "generators whose discrete logarithm somebody knows": ("trapdoor-generator",),
    "non-canonical points": ("proof-of-no-kind",),
    "points of small order": ("proof-of-no-kind", "row-marked-with-small-order"),
    "the identity": ("proof-of-no-kind", "key-that-signs-everything"),
    "all-zero proofs": ("proof-of-no-kind",),
    "proofs replayed into another game": ("proof-moved-to-another-place", "post-replayed-from-another-game"),
    "proofs replayed into another slot": ("proof-moved-to-another-place",),
    "proofs replayed into another round": ("proof-moved-to-another-place",),
    "proofs replayed under another author": ("proof-moved-to-another-place",),
    "rogue keys": ("rogue-trustee-key", "predictable-weights"),
    "a threshold counted twice": ("threshold-counted-twice",),
    "duplicated or related ciphertexts": ("envelope-copied-in-the-mix", "box-moved-to-another-recipient"),
    "two views of the log": ("split-view", "fork-with-trustees", "entry-dropped"),
    "an opening that is not checked": (
        "opening-does-not-match", "reveal-of-other-pairs", "hand-holds-another-card",
        "decryption-share-for-another-ciphertext",
    ),
    "counts that do not match": ("count-that-does-not-match", "one-answer-too-many"),
    "a coin opened to another value": ("coin-opened-to-another-value",),
    "a player added by the server": ("player-added-by-server",),
    "a last player that withholds its coin": ("coin-withheld",),
    "index out of range": ("index-out-of-range",),
    "unknown versions passed over in silence": ("version-passed-over-in-silence",),
}  # fmt: skip


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


def figures(attack_id: str, mode: str) -> Mapping[str, str]:
    return seen(attack_id, mode, True).figures


# --- nothing is left out ------------------------------------------------------------------------


@pytest.mark.parametrize("what", [*RULES, *CLASSES])
def test_every_rule_and_every_class_has_its_attack(what: str) -> None:
    named = {**RULES, **CLASSES}[what]
    assert named
    assert set(named) <= set(ids())


def test_every_attack_here_stands_for_something_in_the_tables_or_for_a_promise() -> None:
    shown = {attack_id for named in (*RULES.values(), *CLASSES.values()) for attack_id in named}
    assert set(EXPECTED) - shown == {"spoilt-envelope-extorts-a-key"}
    assert module("spoilt-envelope-extorts-a-key").ATTACK.threat == "T30"


def test_the_tables_have_as_many_rows_as_there_are_rules_and_classes() -> None:
    """A row that is taken out is missed."""
    assert (len(RULES), len(CLASSES)) == (18, 20)


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
    assert "verified" in honest.story


@pytest.mark.parametrize("attack_id", EXPECTED)
def test_every_mode_is_run_or_it_is_said_why_not(attack_id: str) -> None:
    made: Attack = module(attack_id).ATTACK
    assert made.id == attack_id
    assert set(made.runs) == set(trials(attack_id)) == set(EXPECTED[attack_id])
    assert set(made.elsewhere) == set(MODES) - set(EXPECTED[attack_id])
    assert "docs/protocol.md" in made.lesson
    assert 2 <= len(made.lesson.strip().split("\n\n")) <= 4
    assert made.threat
    assert bool(made.cases) is (attack_id not in SHOWS_IN_NO_LOG)


@pytest.mark.parametrize("attack_id", EXPECTED)
def test_the_tests_and_transcripts_that_it_names_are_there(attack_id: str) -> None:
    root = Path(__file__).parents[4]
    made: Attack = module(attack_id).ATTACK
    for name in made.tests:
        file, _, function = name.partition("::")
        assert re.search(rf"^def {function}\(", (root / file).read_text("utf-8"), re.MULTILINE), name
    for case in made.cases:
        assert (root / "tests/transcripts" / case / "expect.json").is_file(), case


@pytest.mark.parametrize(("attack_id", "mode"), [
    ("predictable-weights", "sealed"), ("row-marked-with-small-order", "blind"), ("fork-with-trustees", "blind"),
])  # fmt: skip
def test_a_run_shows_the_same_every_time(attack_id: str, mode: str) -> None:
    assert module(attack_id).ATTACK.runs[mode]() == outcome(attack_id, mode)


# --- where the defence is taken away the cheat comes off ------------------------------------------


def came_off(attack_id: str, mode: str) -> bool:
    """Whether the cheat has what it wanted, and nobody saw anything wrong."""
    found = trials(attack_id)[mode](True)
    return found.won and not found.flagged


def nothing(*_: object) -> tuple[()]:
    return ()


def always(*_: object) -> bool:
    return True


@pytest.mark.parametrize(
    ("attack_id", "mode", "room", "name", "instead"),
    [
        ("coin-chain-one-link", "sealed", draw, "coin_before", lambda *_: mock.ANY),
        ("hand-holds-another-card", "blind", statements, "linear_equations", nothing),
        ("index-out-of-range", "blind", statements, "linear_equations", nothing),
        ("row-marked-with-small-order", "blind", mixing, "shuffle_equations", nothing),
        ("ground-safety-words", "sealed", State, "joint_seed", lambda state: state.roster),
        ("ground-safety-words", "blind", State, "joint_seed", lambda state: state.roster),
        ("predictable-weights", "blind", equations, "derived_weights",
         lambda _: module("predictable-weights").equal),
        ("predictable-weights", "sealed", product_verify, "derived_weights",
         lambda _, deal: module("predictable-weights").foreseen(deal.permutation, deal.exclusion)),
        ("fork-with-trustees", "blind", compare, "_differ", lambda *_: None),
        ("gift-missing-key-published", "blind", Found, "code",
         property(lambda found: "" if found.gifts else "gift.missing")),
    ],
)  # fmt: skip
def test_without_its_defence_the_cheat_comes_off(
    attack_id: str, mode: str, room: Any, name: str, instead: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert not came_off(attack_id, mode)
    monkeypatch.setattr(room, name, instead)
    assert came_off(attack_id, mode)


@pytest.mark.parametrize(
    ("attack_id", "code", "check"),
    [("hand-holds-another-card", "delivery.note", "A37"), ("index-out-of-range", "delivery.note", "A37")],
)
def test_a_card_that_is_not_checked_is_found_by_whom_the_note_does_not_reach(
    attack_id: str, code: str, check: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A second check: the gift goes where the card says in truth, sealed for somebody else."""
    monkeypatch.setattr(module("index-out-of-range"), "_said", nothing)  # with other numbers a client crashes then
    monkeypatch.setattr(verdicts, "opens_card", always)
    found = trials(attack_id)["sealed"](True)
    assert (found.won, found.code, found.check) == (True, code, check)


def test_envelopes_that_are_not_counted_are_missed_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    attack = module("count-that-does-not-match")
    monkeypatch.setattr(attack, "_more", nothing)  # other numbers, which are to be refused
    monkeypatch.setattr(attack, "_elsewhere", dict)
    monkeypatch.setattr(Envelopes, "count", lambda _: len(FOUR))
    assert came_off("count-that-does-not-match", "sealed")


def test_rows_that_are_not_counted_make_no_statement(monkeypatch: pytest.MonkeyPatch) -> None:
    """A second check: a shuffle has as many rows after as before."""

    def as_they_come(state: State, body: Any) -> Any:
        return (mixing.claimed_rows(body.rows, len(body.rows) // 64, 1),)

    monkeypatch.setattr(mixing, "_rows", as_they_come)
    found = trials("count-that-does-not-match")["blind"](True)
    assert (found.refused, found.code) == (True, "statement.malformed")


def test_what_the_rules_pass_over_of_seen_is_found_in_the_entries(monkeypatch: pytest.MonkeyPatch) -> None:
    """A second check: the audit looks at `seen` of every entry before it follows the rules."""

    def keep(made: forking.Fork, post: Any, there: Any) -> None:
        """Carry nothing over yet: the rules, as they are here, would take it."""

    monkeypatch.setattr(forking, "_carry", keep)
    monkeypatch.setattr(rules, "_check_seen", lambda state, body: state.chain.find(body.seen) or 0)
    found = trials("fork-with-trustees")["blind"](True)
    assert found.figures["if the server ordered a post of Bob's in Ann's log"] == f"seen.unknown, A14, {SERVER}"


def test_where_a_restored_client_goes_on_it_acts_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    real = player.duties
    monkeypatch.setattr(player, "duties", lambda s, own, intent, e: real(s, own, replace(intent, hold_coins=False), e))
    assert came_off("restored-player-acts-twice", "sealed")
    assert came_off("restored-player-acts-twice", "blind")


def test_where_a_client_publishes_its_key_by_itself_the_note_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    real = player.duties

    def published(state: State, own: PlayerSecrets, intent: player.Intent, entropy: Any) -> player.Owed:
        return real(state, own, replace(intent, publish_gift_key=True), entropy)

    monkeypatch.setattr(player, "duties", published)
    assert came_off("spoilt-envelope-extorts-a-key", "sealed")


def test_where_the_author_is_bound_into_the_note_its_reader_finds_it(monkeypatch: pytest.MonkeyPatch) -> None:
    attack, real = module("santa-found-by-trying-authors"), player.make_gift

    def bound(state: State, secrets: PlayerSecrets, *rest: Any) -> Any:
        def info(game: Any, round_: int, number: int, key: Any) -> bytes:
            return attack.note_info(state, state.players[number - 1], player.own(state, secrets))  # type: ignore[no-any-return]

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(player, "inner_info", info)
            return real(state, secrets, *rest)

    monkeypatch.setattr(player, "make_gift", bound)
    assert came_off("santa-found-by-trying-authors", "sealed")


def test_where_the_author_is_bound_into_the_box_its_reader_finds_it(monkeypatch: pytest.MonkeyPatch) -> None:
    attack, real = module("santa-found-by-trying-authors"), guest.make_envelope

    def bound(state: State, secrets: PlayerSecrets, *rest: Any) -> Any:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(guest, "gift_info", lambda s, to: attack.box_of(s, to, player.own(s, secrets)))
            return real(state, secrets, *rest)

    monkeypatch.setattr(guest, "make_envelope", bound)
    assert came_off("santa-found-by-trying-authors", "blind")


def test_where_a_trustee_takes_one_factor_the_tests_read_the_cards(monkeypatch: pytest.MonkeyPatch) -> None:
    real = PlayerSecrets.scalars

    def one(self: PlayerSecrets, label: Label, batch: int, deck: int, data: bytes, count: int) -> tuple[int, ...]:
        made = real(self, label, batch, deck, data, count)
        return made[:1] * count if label is Label.KEY_BLINDING else made

    monkeypatch.setattr(PlayerSecrets, "scalars", one)
    assert came_off("one-factor-for-two-tests", "blind")


def test_where_no_label_names_the_batch_all_mixes_come_out_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    shuffle, scalars = PlayerSecrets.shuffle, PlayerSecrets.scalars

    def same_order(self: PlayerSecrets, batch: int, *rest: Any) -> tuple[int, ...]:
        return shuffle(self, 0, *rest)

    def same_scalars(self: PlayerSecrets, label: Label, batch: int, *rest: Any) -> tuple[int, ...]:
        return scalars(self, label, 0, *rest)

    monkeypatch.setattr(PlayerSecrets, "shuffle", same_order)
    monkeypatch.setattr(PlayerSecrets, "scalars", same_scalars)
    decks._seed.cache_clear()  # which game is looked for depends on how its trustees mix
    try:
        assert came_off("mix-repeated-in-the-next-batch", "blind")
    finally:
        decks._seed.cache_clear()


def test_where_the_rows_of_a_repair_stay_in_their_places_the_hit_names_the_santa(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    real = PlayerSecrets.shuffle

    def in_place(self: PlayerSecrets, batch: int, deck: int, data: bytes, rows: int) -> tuple[int, ...]:
        return tuple(range(1, rows + 1)) if rows < len(FOUR) else real(self, batch, deck, data, rows)

    monkeypatch.setattr(PlayerSecrets, "shuffle", in_place)
    assert came_off("slots-tested-in-place-when-somebody-leaves", "blind")


# --- verifiers that count nothing -----------------------------------------------------------------


def uncounted(transcript: Any, claim: Any, proof: Any, real: Any = product_verify.product_equations) -> Any:
    """The real equations, but that a p̂ too many stands where e·target belongs."""
    if len(proof.partial_answers) != claim.factors - 1:
        return real(transcript, claim, proof)
    aside = copy(transcript)
    aside._sponge = transcript._sponge.copy()
    e = module("one-answer-too-many")._last_challenge((aside, claim), proof)
    *partial, last = proof.partial_answers
    fitted = replace(claim, target=last * pow(e, -1, ORDER) % ORDER)
    return real(transcript, fitted, replace(proof, partial_answers=tuple(partial)))


def test_where_nobody_counts_answers_a_fixed_point_is_dealt(monkeypatch: pytest.MonkeyPatch) -> None:
    def any_length(blob: bytes, shape: Any) -> Any:
        if len(blob) == shape.size:
            return parse_proof(blob, shape)
        at = 32 * (shape.points + 2 * shape.factors - 2)
        last = int.from_bytes(blob[at : at + 32], "little")
        proof = parse_proof(blob[:at] + blob[at + 32 :], shape)
        return replace(proof, partial_answers=(*proof.partial_answers, last))

    monkeypatch.setattr(draw, "parse_proof", any_length)
    monkeypatch.setattr(product_verify, "product_equations", uncounted)
    assert came_off("one-answer-too-many", "sealed")


def test_where_nobody_counts_answers_a_deck_without_bob_is_mixed(monkeypatch: pytest.MonkeyPatch) -> None:
    def any_length(blob: bytes, rows: int, width: int) -> Any:
        at = 32 * (6 + 2 * width + 2 * rows - 2)
        last = int.from_bytes(blob[at : at + 32], "little")
        proof = parse_shuffle(blob[:at] + blob[at + 32 :], rows, width)
        return replace(proof, product=replace(proof.product, partial_answers=(*proof.product.partial_answers, last)))

    game = stage.at_phase("blind", Phase.MIXING, **decks.quick("blind"))  # whose proofs have the right length
    monkeypatch.setattr(mixing, "shuffle_size", lambda rows, width: shuffle_size(rows, width) + 32)
    monkeypatch.setattr(mixing, "parse_shuffle", any_length)
    monkeypatch.setattr(shuffle_verify, "product_equations", uncounted)
    monkeypatch.setattr(module("one-answer-too-many").stage, "at_phase", lambda *a, **k: game)
    assert came_off("one-answer-too-many", "blind")


def test_where_a_proof_says_how_long_it_is_nothing_is_a_proof(monkeypatch: pytest.MonkeyPatch) -> None:
    zeros = module("proof-of-no-kind").ZEROS
    real = product_verify.product_equations
    monkeypatch.setattr(draw, "parse_proof", lambda blob, shape: zeros if blob == zeros.encode() else parse_proof(
        blob, shape
    ))  # fmt: skip
    monkeypatch.setattr(product_verify, "product_equations", lambda *a: () if a[2] is zeros else real(*a))
    assert came_off("proof-of-no-kind", "sealed")


def test_where_the_identity_is_a_point_a_factor_of_zero_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    def claimed(blob: bytes, count: int) -> tuple[Point, ...]:
        return tuple(Point(blob[k : k + 32]) for k in range(0, 32 * count, 32))

    def rows(blob: bytes, count: int, width: int) -> Any:
        points = claimed(blob, 2 * count)
        return tuple((decks.Cipher(u, v),) for u, v in zip(points[::2], points[1::2], strict=True))

    real = mixing.claimed_rows
    monkeypatch.setattr(
        mixing, "claimed_rows", lambda *a: rows(*a) if a[0][:32] == b"\x01" + bytes(31) else real(*a)
    )
    monkeypatch.setattr(linear_verify, "claimed_points", claimed)
    attack = module("proof-of-no-kind")
    monkeypatch.setattr(attack, "_as_a_row", lambda raw: "")  # rows of a mix are another matter
    assert came_off("proof-of-no-kind", "blind")


# --- figures ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("attack_id", "mode", "name", "value"),
    [
        ("coin-chain-one-link", "sealed", "drawn, if the coins of round 1 counted",
         "Ann gives to Bob, Bob gives to Ann, Cem gives to Dot, Dot gives to Cem"),
        ("coin-chain-one-link", "sealed", "links of round 2 whose hash is the one of round 1", "4 of 4"),
        ("count-that-does-not-match", "sealed", "who finds an envelope that opens", "Ann, Bob, Cem"),
        ("count-that-does-not-match", "sealed", "5 envelopes for 4", "delivery.count"),
        ("count-that-does-not-match", "sealed", "a key for gifts is missing", "deck.keys"),
        ("count-that-does-not-match", "sealed", "a card is missing", "deal.cards"),
        ("count-that-does-not-match", "sealed", "a sealed card is missing", "deal.sealed"),
        ("count-that-does-not-match", "sealed", "an opening is too many", "deal.openings"),
        ("count-that-does-not-match", "sealed", "an opening of the reveal is missing", "reveal.form"),
        ("count-that-does-not-match", "blind", "the deck holds", "1, 3, 4"),
        ("count-that-does-not-match", "blind", "a share of a key is missing", "key.shares"),
        ("count-that-does-not-match", "blind", "a share of an opening is missing", "opening.shares"),
        ("count-that-does-not-match", "blind", "a hand is missing", "hand.cards"),
        ("fork-with-trustees", "blind", "with 2 of 4 trustees, pairs open in one history alone", "4 of 4"),
        ("fork-with-trustees", "blind", "with 1 of 4", "0 of 4"),
        ("fork-with-trustees", "blind", "corrupt trustees that are enough, of 7", "3"),
        ("fork-with-trustees", "blind", "of 7, if a bare majority could open", "1"),
        ("fork-with-trustees", "blind", "evidence", "3 signed entries"),
        ("fork-with-trustees", "blind", "if the server ordered a post of Bob's in Ann's log",
         f"seen.unknown, A14, {SERVER}"),
        ("gift-missing-key-published", "blind", "keys published", "0"),
        ("gift-missing-key-published", "blind", "pairs that everybody reads", "none"),
        ("ground-safety-words", "sealed", "then they agree", "in 200 of 200 rounds"),
        ("ground-safety-words", "sealed", "words over roster, decks and coins agree", "in 0 of 200 rounds"),
        ("ground-safety-words", "blind", "words over roster, decks and coins agree", "in 0 of 200 rounds"),
        ("ground-safety-words", "blind", "a coin of Dot's that was made when all others were known", "coin.wrong"),
        ("index-out-of-range", "sealed", "number 0, looked up without asking", "Dot"),
        ("index-out-of-range", "sealed", "number 5", "card.does-not-open; naively: nobody: it crashes"),
        ("index-out-of-range", "sealed", "a deal of a deck that there is not", "deal.deck"),
        ("index-out-of-range", "blind", "a complaint about trustee 0", "complaint.accused"),
        ("index-out-of-range", "blind", "a complaint about trustee 5 of 4", "complaint.accused"),
        ("index-out-of-range", "blind", "a share for index 0", "the whole secret; the real code computes none"),
        ("mix-repeated-in-the-next-batch", "blind", "mixes that come out twice", "0 of 4"),
        ("mix-repeated-in-the-next-batch", "blind", "a mix of the first batch, posted in the second", "batch.wrong"),
        ("mix-repeated-in-the-next-batch", "blind", "if no label named the batch", "the whole deck comes out twice"),
        ("one-answer-too-many", "sealed", "verifier that does not count", "accepts"),
        ("one-answer-too-many", "blind", "verifier that does not count", "accepts"),
        ("one-answer-too-many", "blind", "the deck holds", "1, 1, 3, 4"),
        ("one-factor-for-two-tests", "blind", "cards read", "0 of 3"),
        ("one-factor-for-two-tests", "blind", "if all took one factor a card", "3 of 3"),
        ("one-factor-for-two-tests", "blind", "if two of three did", "0 of 3"),
        ("predictable-weights", "sealed", "verifier whose weights are foreseen", "accepts"),
        ("predictable-weights", "sealed", "the real one", "deal.permutation.wrong"),
        ("predictable-weights", "sealed", "foreseen, without the second error", "deal.exclusion.wrong"),
        ("predictable-weights", "blind", "the joint key would be", "Dot's own"),
        ("proof-of-no-kind", "sealed", "verifier that takes proofs as they come", "accepts"),
        ("proof-of-no-kind", "sealed", "zeros, as many as belong there", "deal.proof-form"),
        ("proof-of-no-kind", "blind", "a proof of zeros for a key", "key.possession"),
        ("restored-player-acts-twice", "sealed", "if they did not know that they were restored",
         "drawn as the dealer wants"),
        ("restored-player-acts-twice", "blind", "branches that get as far as cards", "1 of 2"),
        ("restored-player-acts-twice", "blind", "if the restored one worked as well", "2 of 2"),
        ("santa-found-by-trying-authors", "sealed", "if the author's name were bound into it", "4 of 4"),
        ("santa-found-by-trying-authors", "blind", "if the author's name were bound into it", "4 of 4"),
        ("santa-found-by-trying-authors", "blind", "whose box opens without any name", "4 of 4"),
        ("spoilt-envelope-extorts-a-key", "sealed", "notes that the server reads", "0 of 4"),
    ],
)  # fmt: skip
def test_what_the_weak_variant_would_let_through(attack_id: str, mode: str, name: str, value: str) -> None:
    assert figures(attack_id, mode)[name] == value


@pytest.mark.parametrize(
    ("mode", "what", "codes"),
    [
        ("sealed", "a card that is", {"deal.cards"}), ("sealed", "a deck that is", {"deck.point"}),
        ("blind", "a row with", {"mix.rows", "mix.proof-wrong"}),
    ],
)  # fmt: skip
def test_no_point_that_is_none_is_taken(mode: str, what: str, codes: set[str]) -> None:
    said = {name: code for name, code in figures("proof-of-no-kind", mode).items() if name.startswith(what)}
    assert set(said) == {f"{what} {kind}" for kind in module("proof-of-no-kind").NO_POINTS}
    assert set(said.values()) == codes


def test_a_complaint_where_a_gift_is_missing_would_name_a_pair_and_has_no_ground() -> None:
    said = figures("gift-missing-key-published", "blind")
    (name,) = re.fullmatch(r"Dot gives to (\w+)", said["if the key were published"]).groups()  # type: ignore[union-attr]
    assert said["what the rules say to that"] == f"dispute.unfounded, player {name} (proven)"


def test_whose_santa_gave_nothing_is_told_so_in_the_words_of_its_client() -> None:
    state = module("gift-missing-key-published")._delivered(False).state
    told = parcel_told(state, None, "").text
    assert told.endswith("that was Dot)")
    assert f"“{told}”" in seen("gift-missing-key-published", "blind", True).victim


def test_tested_in_place_every_santa_is_found_and_in_a_mix_as_many_as_by_chance() -> None:
    said = figures("slots-tested-in-place-when-somebody-leaves", "blind")
    assert said["tested in place"].startswith("100.0 %")
    assert float(said["Santas found by the place of the hit"].split(" %")[0]) < 60


def test_half_of_the_words_bits_are_enough_to_grind_them() -> None:
    bits = module("ground-safety-words").BITS
    for mode in ("sealed", "blind"):
        tried = int(figures("ground-safety-words", mode)[f"joins tried until words over the roster agree, {bits} bits"])
        assert tried < 8 * 2 ** (bits / 2)


def test_a_marked_row_is_found_again() -> None:
    said = figures("row-marked-with-small-order", "blind")
    assert re.fullmatch(r"1: \w+ gives to Bob", said["rows that are found again after two honest mixes"])


# --- the weak verifiers are weak in one thing alone ---------------------------------------------


def test_the_verifier_that_believes_lengths_takes_honest_proofs_and_no_false_ones() -> None:
    game = dealing.waiting(lambda game: dealing.permitted(game)[0])
    deal = dealer.make_deal(game.state, game.dealer, game.entropy)
    _, exclusion = deal_statements(game.state, game.state.joint_seed(), deal.deck, deal.cards)
    proof = parse_proof(deal.exclusion, draw.exclusion_shape(len(exclusion.forms)))
    weakly = module("proof-of-no-kind").weakly_holds
    assert weakly(exclusion, proof)
    for answer in range(len(proof.factor_answers)):
        wrong = [*proof.factor_answers]
        wrong[answer] += 1
        assert not weakly(exclusion, replace(proof, factor_answers=tuple(wrong)))
    assert not weakly(replace(exclusion, forms=exclusion.forms[::-1]), proof)


def test_the_verifier_that_clears_marks_refuses_other_changes() -> None:
    attack = module("row-marked-with-small-order")
    game = stage.at_phase("blind", Phase.MIXING, **decks.quick("blind"))
    body = decks.mix_of(game, "Ann")
    after = mixing.claimed_rows(body.rows, len(FOUR), 1)
    assert attack.places(after) == ()
    for row in range(len(FOUR)):
        assert attack.places(attack.marked(after, row)) == (row,)
    before = mixing.mix_input(game.state, 1)[0]
    other = attack.marked(after, 0)
    statement = statements.shuffle_statement(game.state, game.players["Ann"].key, 0, before, other)
    assert not attack.weakly_holds(statement, parse_shuffle(body.proofs, len(FOUR), 1), 0)  # made for rows without it


def test_the_reader_of_tests_reads_nothing_where_factors_differ() -> None:
    attack = module("one-factor-for-two-tests")
    game = attack._blinded(decks.waiting(lambda game: True, exclusions=stage.coupled("Ann", "Bob"), decks=2))
    batch, opened = attack._opened(game)
    assert len(opened) == len(batch.tests)
    assert attack.read_from_tests(batch, opened, len(FOUR)) == {}


def test_a_dealer_that_foresees_coins_foresees_the_deal() -> None:
    game = stage.at_phase("sealed", Phase.COINS)
    coins = {own.key: own.coin(1) for own in game.players.values()}
    before = stage.at_phase("sealed", Phase.DECK)
    foreseen = fitting.foreseen(before, before.dealer.seed, coins)
    assert fitting.dealt(before) == {}
    assert fitting.dealt(before.run(Phase.CHOOSING)) == foreseen


def test_posts_of_one_branch_are_none_in_the_other() -> None:
    game = stage.at_phase("blind", Phase.MIXING, choose_by=1, **decks.quick("blind"))
    made = forking.fork(game, {"Ann": 0, "Bob": 1}, corrupt=("Dot",))
    assert forking.play(made, turns=2) == (False, False)
    assert set(made.refused) <= {"seen.unknown", "turn.wrong"}
    assert "seen.unknown" in made.refused
    assert all(len(decode_points(post.body.rows, 8)) == 8 for post in made.carried)  # type: ignore[union-attr]
