"""The attacks on draw, log and registration: each is seen for what it is, and is not without its cheating step."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from importlib import import_module

import pytest

from sealed_santa.base.errors import UndecidedError
from sealed_santa.classic.lines import Say
from sealed_santa.crypto.commitments import card_commits
from sealed_santa.crypto.elgamal import Cipher
from sealed_santa.crypto.group import BASE, encode_points
from sealed_santa.crypto.signing import SigningKey
from sealed_santa.game.draw import statements
from sealed_santa.game.mixing import mix_input
from sealed_santa.game.state import Phase
from sealed_santa.game.statements import joint_key, shuffle_statement
from sealed_santa.lab import dealing, mixing, plain, stage, trial, weak
from sealed_santa.lab.attack import MODES, Attack, Effect, Outcome
from sealed_santa.lab.simulator import FOUR, Simulator
from sealed_santa.lab.trial import Seen, Trial
from sealed_santa.log.entry import SignedPost, sign_post
from sealed_santa.log.fields import Coin, Hash
from sealed_santa.proofs.product.prove import DealWitness, ProductWitness, hedged
from sealed_santa.proofs.product.statements import begin_permutation
from sealed_santa.proofs.product.verify import product_equations
from sealed_santa.proofs.shuffle.prove import mix_rows, prove_shuffle
from sealed_santa.proofs.shuffle.verify import shuffle_equations
from sealed_santa.roles import player

WORKS, DETECTED, PREVENTED = Effect.WORKS, Effect.DETECTED, Effect.PREVENTED
SERVER, PEER, NOBODY = "server (proven)", "peer (observed)", "unknown (suspected)"
ANN, DOT, EVE = (f"player {name} (proven)" for name in ("Ann", "Dot", "Eve"))
LOOKS_SO, PAINTS = "player \u0410nn (observed)", "player Eve\x1b[2J\x1b[32mverified (proven)"
WIDELY = (WORKS, "", "", NOBODY)

EXPECTED: dict[str, dict[str, tuple[Effect, str, str, str]]] = {
    "fixed-point-dealt": {
        "classic": WIDELY,
        "sealed": (DETECTED, "deal.exclusion.wrong", "A28", SERVER),
        "blind": (PREVENTED, "blinding.proof-wrong", "B08", DOT),
    },
    "two-givers-one-person": {
        "classic": WIDELY,
        "sealed": (DETECTED, "deal.permutation.wrong", "A27", SERVER),
        "blind": (PREVENTED, "mix.proof-wrong", "B06", DOT),
    },
    "forbidden-pair-dealt": {
        "classic": WIDELY,
        "sealed": (DETECTED, "deal.exclusion.wrong", "A28", SERVER),
        "blind": (PREVENTED, "opening.proof-wrong", "B09", DOT),
    },
    "later-deal-picked": {
        "classic": WIDELY,
        "sealed": (DETECTED, "deal.not-first", "A24", SERVER),
        "blind": (PREVENTED, "opening.proof-wrong", "B09", DOT),
    },
    "deck-no-permutation": {
        "sealed": (DETECTED, "deal.permutation.wrong", "A27", SERVER),
        "blind": (PREVENTED, "mix.proof-wrong", "B06", ANN),
    },
    "commitment-changed-after-coins": {
        "sealed": (DETECTED, "seen.unknown", "A14", SERVER),
        "blind": (PREVENTED, "mix.twice", "B05", ANN),
    },
    "opening-does-not-match": {
        "sealed": (DETECTED, "deal.opening.wrong", "A23", SERVER),
        "blind": (DETECTED, "share.wrong", "B04", EVE),
    },
    "split-view": {
        "classic": WIDELY,
        "sealed": (DETECTED, "copy.fork", "A61", SERVER),
        "blind": (DETECTED, "copy.fork", "A61", SERVER),
    },
    "log-rolled-back": {
        "sealed": (DETECTED, "copy.fork", "A60", SERVER),
        "blind": (DETECTED, "copy.fork", "A60", SERVER),
    },
    "entry-dropped": {
        "classic": WIDELY,
        "sealed": (DETECTED, "seen.unknown", "A14", SERVER),
        "blind": (DETECTED, "seen.unknown", "A14", SERVER),
    },
    "post-replayed-from-another-game": {
        "classic": WIDELY,
        "sealed": (DETECTED, "game.wrong", "A12", SERVER),
        "blind": (DETECTED, "game.wrong", "A12", SERVER),
    },
    "proof-moved-to-another-place": {
        "sealed": (DETECTED, "deal.permutation.wrong", "A27", SERVER),
        "blind": (PREVENTED, "mix.proof-wrong", "B06", "player Bob (proven)"),
    },
    "weak-fiat-shamir": {
        "sealed": (DETECTED, "deal.permutation.wrong", "A27", SERVER),
        "blind": (PREVENTED, "mix.proof-wrong", "B06", ANN),
    },
    "trapdoor-generator": {
        "sealed": (DETECTED, "deal.permutation.wrong", "A27", SERVER),
        "blind": (PREVENTED, "mix.proof-wrong", "B06", ANN),
    },
    "key-swapped-at-registration": {
        "classic": WIDELY,
        "sealed": (DETECTED, "copy.fork", "A61", SERVER),
        "blind": (DETECTED, "copy.fork", "A61", SERVER),
    },
    "player-added-by-server": {
        "classic": WIDELY,
        "sealed": (DETECTED, "join.countersignature", "A09", SERVER),
        "blind": (DETECTED, "join.countersignature", "A09", SERVER),
    },
    "look-alike-name": {
        "classic": (PREVENTED, "", "", NOBODY),
        "sealed": (PREVENTED, "join.look-alike", "", LOOKS_SO),
        "blind": (PREVENTED, "join.look-alike", "", LOOKS_SO),
    },
    "name-paints-the-terminal": {
        "classic": (PREVENTED, "", "", NOBODY),
        "sealed": (PREVENTED, "name.character", "A16", PAINTS),
        "blind": (PREVENTED, "name.character", "A16", PAINTS),
    },
}
RUNS = [(attack, mode) for attack, modes in EXPECTED.items() for mode in modes]


def trials(attack_id: str) -> Mapping[str, Trial]:
    return import_module(f"sealed_santa.lab.attacks.{attack_id.replace('-', '_')}").TRIALS  # type: ignore[no-any-return]


def attack(attack_id: str) -> Attack:
    return import_module(f"sealed_santa.lab.attacks.{attack_id.replace('-', '_')}").ATTACK  # type: ignore[no-any-return]


@cache
def seen(attack_id: str, mode: str, cheat: bool) -> Seen:
    return trials(attack_id)[mode](cheat)


@cache
def outcome(attack_id: str, mode: str) -> Outcome:
    return trial.run(lambda cheat: seen(attack_id, mode, cheat))


# --- each attack in each mode -------------------------------------------------------------------


@pytest.mark.parametrize(("attack_id", "mode"), RUNS)
def test_the_cheat_is_seen_for_what_it_is(attack_id: str, mode: str) -> None:
    found = outcome(attack_id, mode)
    assert (found.effect, found.code, found.check, str(found.blame)) == EXPECTED[attack_id][mode]


@pytest.mark.parametrize(("attack_id", "mode"), RUNS)
def test_without_the_cheating_step_nothing_is_flagged(attack_id: str, mode: str) -> None:
    honest = seen(attack_id, mode, False)
    assert not honest.flagged
    assert not honest.won
    assert (honest.code, honest.check) == ("", "")
    if mode != "classic":
        assert "verified" in honest.story or "same copy" in honest.story or "beginning of the newest" in honest.story


@pytest.mark.parametrize(("attack_id", "mode"), RUNS)
def test_what_is_told_was_seen(attack_id: str, mode: str) -> None:
    """A code stands in what the victim reads; and who cheats must have something to win, or nothing was shown."""
    cheat = seen(attack_id, mode, True)
    assert cheat.refused or cheat.won or cheat.harm
    assert cheat.story
    assert cheat.victim
    if cheat.code and not cheat.code.startswith("copy.") and cheat.code != "share.wrong":
        assert f"[{cheat.code}]" in cheat.victim


@pytest.mark.parametrize("attack_id", EXPECTED)
def test_every_mode_is_run_or_it_is_said_why_not(attack_id: str) -> None:
    made = attack(attack_id)
    assert made.id == attack_id
    assert set(made.runs) == set(trials(attack_id)) == set(EXPECTED[attack_id])
    assert set(made.elsewhere) == set(MODES) - set(EXPECTED[attack_id])
    assert "docs/protocol.md" in made.lesson
    assert 2 <= len(made.lesson.split("\n\n")) <= 4


@pytest.mark.parametrize("attack_id", ["fixed-point-dealt", "split-view", "weak-fiat-shamir"])
def test_a_run_shows_the_same_every_time(attack_id: str) -> None:
    assert attack(attack_id).runs["sealed"]() == outcome(attack_id, "sealed")


# --- figures ------------------------------------------------------------------------------------


def test_without_its_proof_each_cheat_of_a_trustee_would_have_come_off() -> None:
    """Not only refused: what was refused does what it is said to do."""
    dealt = seen("fixed-point-dealt", "blind", True).figures["without the proof of blinding"]
    assert any(f"{name} gives to {name}" in dealt for name in FOUR)
    dealt = seen("two-givers-one-person", "blind", True).figures["without the proof of the mix"]
    assert len({pair.split()[-1] for pair in dealt.split(", ")}) == 3
    dealt = seen("forbidden-pair-dealt", "blind", True).figures["without the proof of the opening"]
    assert "Ann gives to Bob" in dealt or "Bob gives to Ann" in dealt
    assert seen("later-deal-picked", "blind", True).figures["deck dealt without the proof of the opening"] == "1"


@pytest.mark.parametrize(("mode", "code"), [("sealed", "deal.permutation.wrong"), ("blind", "mix.proof-wrong")])
def test_a_proof_fits_no_other_place(mode: str, code: str) -> None:
    figures = seen("proof-moved-to-another-place", mode, True).figures
    codes = [v for k, v in figures.items() if k.startswith("proof made for")]
    assert codes == [code] * 5


def test_a_rollback_is_proven_only_when_the_server_goes_on() -> None:
    figures = seen("log-rolled-back", "sealed", True).figures
    assert figures["as long as the server is silent"] == "copy.rollback, unknown (suspected)"
    assert figures["once it goes on"] == "copy.fork, server (proven)"


@pytest.mark.parametrize("mode", ["sealed", "blind"])
def test_swapped_keys_make_other_words(mode: str) -> None:
    figures = seen("key-swapped-at-registration", mode, True).figures
    assert figures["Ann's words"] != figures["Bob's words"]
    assert len(figures["Bob's words"].split()) == 3


# --- the weak verifiers are weak in one thing alone ---------------------------------------------


def test_the_verifier_without_cards_refuses_other_lies() -> None:
    """Other cards than those that the forger solves for are nothing to it."""
    game = dealing.waiting(lambda game: dealing.permitted(game)[0])
    values, hidden = dealing.deck(game, 0)
    blindings = dealing.card_blindings(game, 0)
    holds = []
    for shown in (values, (values[1], values[0], *values[2:])):
        cards = encode_points(card_commits(shown, blindings))
        permutation, _ = statements(game.state, game.state.joint_seed(), 0, cards)
        transcript, claim = weak.weak_permutation(permutation)
        assert claim.link is not None
        factors = tuple(value - claim.link.forms[0][1] for value in values)
        draw = hedged(game.entropy, DealWitness(game.dealer.seed, values, blindings, hidden), permutation)
        proof = weak.planted_product(transcript, claim, ProductWitness(factors, hidden, blindings), draw)
        holds.append(weak.planted_holds(product_equations(*weak.weak_permutation(permutation), proof)[2:]))
    assert holds == [True, False]  # the third equation is the one that links cards


def test_the_forgetful_shuffle_refuses_other_lies() -> None:
    game = stage.at_phase("blind", Phase.MIXING, blind=mixing.few_decks(1))
    before = mix_input(game.state, 1)[0]
    witness = mixing.witness_of(game, before)
    after = mix_rows(joint_key(game.state), before, witness.permutation, witness.randomness)
    secrets = game.players["Ann"]
    statement = weak.forgetful(shuffle_statement(game.state, secrets.key, 0, before, after))
    proof = prove_shuffle(statement, witness, secrets.seed, game.entropy)
    assert weak.shuffle_holds(statement, proof)
    first, *rest = after
    marked = (Cipher(first[0].u, first[0].v + BASE),)
    assert not weak.shuffle_holds(replace(statement, after=(marked, *rest)), proof)


def test_a_planted_commitment_opens_twice_and_a_proof_for_it_is_not_for_free() -> None:
    one, other = (1, 2, 3, 4), (2, 1, 4, 3)
    blinding = weak.other_blinding(one, 17, other)
    assert weak.planted_commit(one, 17) == weak.planted_commit(other, blinding)
    assert weak.planted_commit(one, 17) != weak.planted_commit(other, 17)


@pytest.mark.parametrize(("values", "honest"), [((3, 1, 4, 2), True), ((1, 2, 2, 4), False)])
def test_planted_generators_let_a_false_shuffle_through_and_hashed_ones_do_not(
    values: tuple[int, ...], honest: bool
) -> None:
    game = stage.at_phase("blind", Phase.MIXING, blind=mixing.few_decks(1))
    key, randomness = joint_key(game.state), mixing.scalars(game, 4)
    after = tuple((Cipher(r * BASE, v * BASE + r * key),) for v, r in zip(values, randomness, strict=True))
    ann = game.players["Ann"].key
    statement = shuffle_statement(game.state, ann, 0, mix_input(game.state, 1)[0], after)
    proof = weak.planted_shuffle(statement, values, randomness, lambda: mixing.scalar(game))
    equations = shuffle_equations(statement, proof)
    assert weak.planted_holds(equations)
    assert not weak.shuffle_holds(statement, proof)
    spoilt = replace(proof, column_answers=(proof.column_answers[0] + 1,))
    assert not weak.planted_holds(shuffle_equations(statement, spoilt))
    assert (len(set(values)) == 4) is honest


def test_a_planted_product_is_proven_for_what_is_committed_only() -> None:
    game = dealing.waiting(lambda game: dealing.permitted(game)[0])
    values, hidden = dealing.deck(game, 0)
    blindings = dealing.card_blindings(game, 0)
    cards = encode_points(card_commits(values, blindings))
    real, _ = statements(game.state, game.state.joint_seed(), 0, cards)
    for deck, right in ((weak.planted_commit(values, hidden), True), (weak.planted_commit(values, hidden + 1), False)):
        statement = replace(real, deck=deck)
        transcript, claim = begin_permutation(statement)
        assert claim.link is not None
        factors = tuple(value - claim.link.forms[0][1] for value in values)
        draw = hedged(game.entropy, DealWitness(game.dealer.seed, values, blindings, hidden), statement)
        proof = weak.planted_product(transcript, claim, ProductWitness(factors, hidden, blindings), draw)
        assert weak.planted_holds(product_equations(*begin_permutation(statement), proof)) is right
        assert not weak.weakly_holds(begin_permutation(statement), proof)


# --- a trial that shows nothing is no outcome ---------------------------------------------------


def test_a_cheat_that_comes_to_nothing_is_not_passed_off_as_a_defence() -> None:
    with pytest.raises(UndecidedError) as caught:
        trial.effect_of(Seen(story="nothing happened"))
    assert caught.value.code == "lab.unshown"


@pytest.mark.parametrize("honest", [Seen(story="", won=True), Seen(story="", code="c"), Seen(story="", refused=True)])
def test_a_defence_that_flags_an_honest_run_shows(honest: Seen) -> None:
    with pytest.raises(UndecidedError) as caught:
        trial.run(lambda cheat: Seen(story="y", won=True) if cheat else honest)
    assert caught.value.code == "lab.unshown"


def test_what_is_found_and_neither_gained_nor_harmed_anybody_shows() -> None:
    with pytest.raises(UndecidedError) as caught:
        trial.effect_of(Seen(story="a cheat that cheats nobody", code="a.b"))
    assert caught.value.code == "lab.unshown"
    assert trial.effect_of(Seen(story="y", code="a.b", won=True)) is DETECTED
    assert trial.effect_of(Seen(story="y", code="a.b", harm=True)) is DETECTED


def test_what_works_says_why_nothing_is_promised() -> None:
    def came_off(cheat: bool, why: str) -> Seen:
        return Seen(story="y", won=cheat, why=why)

    with pytest.raises(UndecidedError) as caught:
        trial.run(lambda cheat: came_off(cheat, ""))
    assert caught.value.code == "lab.unshown"
    assert trial.run(lambda cheat: came_off(cheat, "no promise")).why == "no promise"


def blamed(game: Simulator, post: SignedPost) -> str:
    return str(trial.to_blame(game, post, stage.refusal(lambda: game.order(post))))


def test_whoever_signed_a_refused_post_is_to_blame_as_far_as_that_can_be_shown() -> None:
    game = stage.at_phase("sealed", Phase.COINS).run(silent=("Dot",))
    dot, body = game.players["Dot"], game.owed("Dot").posts[0]
    proven, maybe = "player Dot (proven)", "player-or-server Dot (suspected)"

    def said(key: SigningKey = dot.signing, **changes: object) -> str:
        return blamed(game, sign_post(dealing.but(body, **changes), key))

    assert said(coin=Coin(bytes(32))) == proven
    assert said(round=2) == proven
    assert said(seen=Hash(bytes(32))) == maybe  # perhaps the server has shown another log
    assert said(seen=game.entries[0].hash) == maybe  # perhaps the server has ordered it late
    assert said(game.players["Ann"].signing) == PEER  # whoever that is, Dot has not said it
    assert said(game=Hash(bytes(32))) == PEER  # she has, but not here
    assert blamed(game, game.entries[-1].post) == PEER


def test_a_refusal_that_rests_on_the_clock_of_the_server_proves_nothing() -> None:
    game = stage.at_phase("sealed", Phase.COINS).run(silent=("Dot",))
    early = player.make_drop(game.state, game.organiser.key, game.state.missing_coins())
    assert blamed(game, sign_post(early, game.organiser.signing)) == "player-or-server (suspected)"
    wrong = dealing.but(early, players=(game.players["Ann"].key,))
    assert blamed(game, sign_post(wrong, game.organiser.signing)) == "player-or-server (suspected)"
    game.now += game.state.create.patience
    assert blamed(game, sign_post(wrong, game.organiser.signing)) == "organiser (proven)"


def test_a_gift_that_was_not_refused_is_nobody_s_fault() -> None:
    with pytest.raises(UndecidedError) as caught:
        trial.refused_gift(stage.honest("sealed"), "Ann", "gift.not-in-catalogue")
    assert caught.value.code == "lab.unshown"


def test_a_refused_post_that_would_have_won_nothing_shows() -> None:
    game = stage.at_phase("sealed", Phase.CHOOSING)
    post = sign_post(game.owed("Ann").posts[0], game.players["Bob"].signing)
    with pytest.raises(UndecidedError) as caught:
        trial.at_the_door(game, post, "a post under another's key", won=False)
    assert caught.value.code == "lab.unshown"
    seen_ = trial.at_the_door(game, post, "a post under another's key", won=True)
    assert (seen_.refused, seen_.code, seen_.check) == (True, "post.signature", "A08")
    assert game.state.phase is Phase.CHOOSING
    assert len(game.entries) == game.state.deal_seq + 1  # trying it at the door has left no trace


def test_going_on_without_proofs_checks_all_the_rest() -> None:
    game = stage.at_phase("blind", Phase.MIXING, blind=mixing.few_decks(1))
    post = sign_post(mixing.mix_of(game, "Ann"), game.players["Ann"].signing)
    game.order(post)
    again = sign_post(mixing.mix_of(game, "Ann"), game.players["Ann"].signing)
    assert stage.refusal(lambda: trial.let_through(game, again)).code == "mix.twice"


def test_a_log_that_is_only_signed_anew_is_the_same_log() -> None:
    game = stage.honest("sealed")
    posts = [(e.at, e.post) for e in game.entries]
    assert [e.hash for e in trial.written_anew((), posts, game.server)] == [e.hash for e in game.entries]


# --- the classic table --------------------------------------------------------------------------


def test_an_honest_table_deals_a_derangement_and_says_what_it_holds() -> None:
    for k in range(20):
        table = plain.Table(seed=f"honest {k}").start()
        pairs = table.pairs()
        assert sorted(pairs.values()) == sorted(FOUR)
        assert all(giver != to for giver, to in pairs.items())
        assert {name: table.told(name, Say.GIVE)[0] for name in FOUR} == pairs
        table.choose()
        assert {name: table.told(name, Say.SANTA)[0] for name in FOUR} == {to: giver for giver, to in pairs.items()}
        assert all(len(table.told(name, Say.GET)) == 1 for name in FOUR)


def test_a_dishonest_table_deals_what_it_is_told() -> None:
    dealt = {"Ann": "Ann", "Bob": "Cem", "Cem": "Cem", "Dot": "Bob"}
    table = plain.Table().start(dealt)
    assert table.pairs() == dealt
    assert {name: table.told(name, Say.GIVE)[0] for name in FOUR} == dealt
