"""A proof that is true in one place is shown in another."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Final

from sealed_santa.crypto.elgamal import claimed_rows, encode_rows
from sealed_santa.game.draw import statements
from sealed_santa.game.mixing import mix_input
from sealed_santa.game.replay import judge
from sealed_santa.game.stages import the_batch
from sealed_santa.game.state import Phase
from sealed_santa.game.statements import joint_key, shuffle_statement
from sealed_santa.lab import dealing, mixing, stage, weak
from sealed_santa.lab.attack import Attack
from sealed_santa.lab.simulator import FOUR, Simulator
from sealed_santa.lab.trial import TAKEN, Seen, answer, at_the_door, in_log, let_through, runs, twin, uncheated
from sealed_santa.log.entry import SignedPost, sign_post
from sealed_santa.log.posts import Deal, Mix
from sealed_santa.proofs.product.statements import (
    Context,
    begin_exclusion,
    begin_permutation,
    exclusion_shape,
    parse_proof,
    permutation_shape,
)
from sealed_santa.proofs.session import Session
from sealed_santa.proofs.shuffle.prove import mix_rows, prove_shuffle
from sealed_santa.proofs.shuffle.statements import parse_shuffle

_OTHER: Final = bytes(range(32))  # a game, an author or a roster that is not the one here

_SEALED: Final[Mapping[str, Callable[[Context], Context]]] = {
    "another game": lambda c: replace(c, game=_OTHER),
    "another round": lambda c: replace(c, round=c.round + 1),
    "another author": lambda c: replace(c, author=_OTHER),
    "another deck": lambda c: replace(c, deck_index=c.deck_index + 1),
    "other players": lambda c: replace(c, roster=_OTHER),
}
_BLIND: Final[Mapping[str, Callable[[Session], Session]]] = {
    "another game": lambda s: replace(s, game=_OTHER),
    "another round": lambda s: replace(s, round=s.round + 1),
    "another author": lambda s: replace(s, author=_OTHER),
    "another batch": lambda s: replace(s, batch=s.batch + 1),
    "another deck": lambda s: replace(s, position=s.position + 1),
}


def _first_deck_stands(game: Simulator) -> bool:
    return dealing.permitted(game)[0]


def _chosen(codes: Mapping[str, str], first: str) -> str:
    """Return the place that the cheat comes from: one for which nobody looks, if there is one."""
    return next((place for place, code in codes.items() if code == TAKEN), first)


def _figures(codes: Mapping[str, str]) -> dict[str, str]:
    return {f"proof made for {place}": code for place, code in codes.items()}


def _sealed(cheat: bool) -> Seen:
    game = dealing.waiting(_first_deck_stands)
    if not cheat:
        return uncheated(game, won=False)
    bodies = {place: dealing.forged(game, 0, context=context) for place, context in _SEALED.items()}
    codes = {
        place: answer(partial(judge, game.state, sign_post(body, game.server), game.now))
        for place, body in bodies.items()
    }
    place = _chosen(codes, "another game")
    true = _holds_elsewhere(game, bodies[place], _SEALED[place])
    game.force(sign_post(bodies[place], game.server))
    return in_log(
        game,
        f"The dealer deals the right cards, but proves nothing here: it shows proofs about just these cards that were "
        f"made for {place}. As proofs they are flawless. It tries the same with proofs that were made for any other "
        "place.",
        won=true,
        **_figures(codes),
    )


def _holds_elsewhere(game: Simulator, body: Deal, context: Callable[[Context], Context]) -> bool:
    """Whether the proofs of a deal are good in the place that they were made for."""
    permutation, exclusion = statements(game.state, game.state.joint_seed(), body.deck, body.cards)
    permutation = replace(permutation, context=context(permutation.context))
    exclusion = replace(exclusion, context=context(exclusion.context))
    first = parse_proof(body.permutation, permutation_shape(len(game.state.players)))
    second = parse_proof(body.exclusion, exclusion_shape(len(exclusion.forms)))
    return weak.weakly_holds(begin_permutation(permutation), first) and weak.weakly_holds(
        begin_exclusion(exclusion), second
    )


def _blind(cheat: bool) -> Seen:
    game = stage.at_phase("blind", Phase.MIXING, **mixing.quick("blind"))
    if not cheat:
        return uncheated(game, won=False)
    ann = game.owed("Ann").posts[0]
    if not isinstance(ann, Mix):
        raise stage.unshown("Ann does not mix")
    codes = {place: answer(partial(twin(game).order, _made_for(game, session))) for place, session in _BLIND.items()}
    copied = sign_post(mixing.mix_post(game, "Bob", ann.rows, ann.proofs), game.players["Bob"].signing)
    place = "" if answer(partial(twin(game).order, copied)) == TAKEN else _chosen(codes, "")
    return at_the_door(
        game, _made_for(game, _BLIND[place]) if place else copied,
        "Ann mixes first, and her proof is right. The server keeps her post back. Bob saves himself the work: he posts "
        "her rows and her proof in her place, as his own mix of just what she mixed. If that went through, he would "
        "count as one who has mixed, though he has put nothing in any order: where all the others work together, a "
        "mix of his would protect nobody. He also tries proofs of his own that were made for other places.",
        won=_mixed(game, ann, copied), **_figures(codes),
    )  # fmt: skip


def _made_for(game: Simulator, place: Callable[[Session], Session]) -> SignedPost:
    """Return a mix of Bob's with a proof that is true, but not here."""
    secrets, (before,) = game.players["Bob"], mix_input(game.state, 1)
    witness = mixing.witness_of(game, before)
    after = mix_rows(joint_key(game.state), before, witness.permutation, witness.randomness)
    statement = shuffle_statement(game.state, secrets.key, 0, before, after)
    elsewhere = replace(statement, session=place(statement.session))
    proof = prove_shuffle(elsewhere, witness, secrets.seed, game.entropy)
    if not weak.shuffle_holds(elsewhere, proof):
        raise stage.unshown("the proof is not even true in its place")
    return sign_post(mixing.mix_post(game, "Bob", encode_rows(after), proof.encode()), secrets.signing)


def _mixed(game: Simulator, ann: Mix, copied: SignedPost) -> bool:
    """Whether Bob would count as a mixer, with rows that only Ann has put in order, if nobody looked at the proof."""
    statement = shuffle_statement(
        game.state, game.players["Ann"].key, 0, mix_input(game.state, 1)[0], claimed_rows(ann.rows, len(FOUR), 1)
    )
    beside = twin(game)
    let_through(beside, copied)
    batch = the_batch(beside.state)
    hers = weak.shuffle_holds(statement, parse_shuffle(ann.proofs, statement.rows, statement.width))
    return hers and batch.mixers == (mixing.index_of(game, "Bob"),) and batch.decks == (statement.after,)


TRIALS = {"sealed": _sealed, "blind": _blind}

ATTACK = Attack(
    id="proof-moved-to-another-place",
    title="a proof that is true in one place is shown in another",
    attacker="the dealer (sealed), a trustee (blind)",
    lesson="""\
A proof is a few kilobytes that anybody can copy. If it convinces in one place, why not in another? Somebody who has
no proof of their own could borrow one.

It works only if the place is part of what is proven. Our proofs are made non-interactive after Fiat and Shamir: in
place of a verifier who asks questions, the questions come out of a hash. Into this hash goes, before anything else,
where the proof belongs: version, argument, game, round, author, position (docs/protocol.md, sections 6.3, 6.4 and
11.8). In another place the same hash asks other questions, and answers to the old ones are worth nothing there.

For the mixes of a blind game this is vital. Who could copy another trustee's mix with its proof would take part
without having mixed, and the secret of the order would rest on fewer people than it seems.""",
    weak="Hash only the statement, and every proof can be shown again by anybody, anywhere. Voting systems have been "
    "caught by that: a copied ballot with its copied proof tells, from the count, how its author voted.",
    threat="T14",
    tests=(
        "tests/attacks/test_replay.py::test_parts_of_a_deal_do_not_fit_another_game",
        "tests/attacks/test_replay.py::test_a_proof_of_one_round_is_none_in_the_next",
        "tests/attacks/test_shuffle.py::test_attack_a_mix_is_copied_by_the_next_mixer",
        "tests/attacks/test_trustee_proofs.py::test_attack_a_proof_is_moved_to_another_place",
    ),
    cases=(
        "proofs-for-another-game_fail", "proofs-for-another-round_fail", "proofs-by-another-author_fail",
        "proofs-for-another-deck_fail", "proofs-for-another-roster_fail",
    ),
    course="04-prove-a-derangement",
    runs=runs(TRIALS),
    elsewhere={"classic": "Nothing is ever proven, so there is no proof to move."},
)  # fmt: skip
