"""A proof that is true in one place is shown in another."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

from sealed_santa.game.draw import statements
from sealed_santa.game.mixing import mix_input
from sealed_santa.game.replay import judge
from sealed_santa.game.stages import the_batch
from sealed_santa.game.state import Phase
from sealed_santa.game.statements import shuffle_statement
from sealed_santa.lab import dealing, mixing, stage, weak
from sealed_santa.lab.attack import Attack
from sealed_santa.lab.simulator import Simulator
from sealed_santa.lab.trial import Seen, at_the_door, in_log, runs, uncheated
from sealed_santa.log.entry import sign_post
from sealed_santa.log.posts import Deal, Mix
from sealed_santa.proofs.product.statements import (
    Context,
    begin_exclusion,
    begin_permutation,
    exclusion_shape,
    parse_proof,
    permutation_shape,
)
from sealed_santa.proofs.shuffle.statements import ShuffleStatement, parse_shuffle


def _first_deck_stands(game: Simulator) -> bool:
    return dealing.permitted(game)[0]


def _sealed(cheat: bool) -> Seen:
    game = dealing.waiting(_first_deck_stands)
    if not cheat:
        return uncheated(game, won=False)
    other = bytes(range(32))

    def last_year(context: Context) -> Context:
        return replace(context, game=other)

    places: dict[str, Callable[[Context], Context]] = {
        "another game": last_year,
        "another round": lambda c: replace(c, round=c.round + 1),
        "another author": lambda c: replace(c, author=other),
        "another deck": lambda c: replace(c, deck_index=c.deck_index + 1),
        "other players": lambda c: replace(c, roster=other),
    }
    refused = {}
    for place, context in places.items():
        post = sign_post(dealing.forged(game, 0, context=context), game.server)
        refused[f"proof made for {place}"] = stage.refusal(partial(judge, game.state, post, game.now)).code
    body = dealing.forged(game, 0, context=last_year)
    true = _holds_elsewhere(game, body, last_year)
    game.force(sign_post(body, game.server))
    return in_log(
        game,
        "The dealer deals the right cards, but proves nothing here: it shows proofs about just these cards that were "
        "made for a game of last year. As proofs they are flawless. It tries the same with proofs for another round, "
        "another author, another deck and other players.",
        won=true,
        **refused,
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
    statement, body = _mix_of_ann(game)
    if not cheat:
        return uncheated(game, won=False)
    true = weak.shuffle_holds(statement, parse_shuffle(body.proofs, statement.rows, statement.width))
    bobs = mixing.mix_post(game, "Bob", body.rows, body.proofs)
    return at_the_door(
        game, sign_post(bobs, game.players["Bob"].signing),
        "Ann has mixed, and her proof is right. Bob saves himself the work: he posts Ann's rows and Ann's proof once "
        "more, as his own mix. If that went through, her order would be the only secret, and all the mixes after hers "
        "would add nothing.",
        won=true,
    )  # fmt: skip


def _mix_of_ann(game: Simulator) -> tuple[ShuffleStatement, Mix]:
    """Let Ann mix, and return what her proof is about, and her post."""
    before = game.state
    (body,) = game.owed("Ann").posts
    if not isinstance(body, Mix):
        raise stage.unshown("Ann does not mix")
    old = mix_input(before, 1)[0]
    game.say("Ann", body)
    after = the_batch(game.state).decks[0]
    return shuffle_statement(before, game.players["Ann"].key, 0, old, after), body


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
