"""Somebody is dealt themselves."""

from __future__ import annotations

from sealed_santa.classic.lines import Say
from sealed_santa.crypto.elgamal import Cipher
from sealed_santa.crypto.group import BASE
from sealed_santa.game.draw import hits
from sealed_santa.game.stages import blind_state, the_batch
from sealed_santa.game.state import Phase
from sealed_santa.lab import dealing, mixing, plain
from sealed_santa.lab.attack import Attack
from sealed_santa.lab.simulator import Simulator
from sealed_santa.lab.trial import Seen, at_the_door, in_log, let_through, runs, twin, uncheated
from sealed_santa.log.entry import sign_post
from sealed_santa.roles import dealer


def _classic(cheat: bool) -> Seen:
    table = plain.Table()
    table.start({"Ann": "Ann", "Bob": "Cem", "Cem": "Dot", "Dot": "Bob"} if cheat else None)
    own = [name for name, to in table.pairs().items() if name == to]
    heard = table.told("Ann", Say.GIVE)
    table.choose()
    if not cheat:
        return Seen(story=plain.in_words(table), won=bool(own))
    return Seen(
        story="The server does not shuffle. It tells Ann that she gives to Ann, and it keeps Bob, Cem and Dot among "
        "themselves. The game goes on to its end, and nobody but Ann has seen anything odd.",
        victim=f"“you give to: {heard[0]}”. She can tell the others, but she has nothing that she could show.",
        won="Ann" in own,
        why="The server draws alone, and says the result to each player alone. There is nothing that it would have to "
        "show to anybody.",
    )


def _sealed(cheat: bool) -> Seen:
    game = dealing.waiting(dealing.first_deck_hits)
    if not cheat:
        t, _ = dealer.standing_deck(game.state, game.dealer)
        own = hits(game.state.forbidden, dealing.deck(game, t)[0], dealing.order(game, t))
        return uncheated(game, won=own)
    pairs = dealing.drawn(game, 0, dealing.deck(game, 0)[0])
    game.force(sign_post(dealing.forged(game, 0), game.server))
    return in_log(
        game,
        f"The coins fall so that deck 0 gives somebody themselves: {dealing.named_pairs(pairs)}. An honest dealer "
        "opens that deck and goes on to the next. This one deals it. There is no honest proof that no card is "
        "forbidden, so it runs the prover on what is false, signs the result and puts it in the log.",
        won=any(giver == to for giver, to in pairs.items()),
    )


def _first_mixed_deck_hits(game: Simulator) -> bool:
    return mixing.clean(game, the_batch(game.state)) == (False, True)


def _blind(cheat: bool) -> Seen:
    game = mixing.work(mixing.waiting(_first_mixed_deck_hits), Phase.BLINDING, but_for="Dot")
    name = "Dot"
    if not cheat:
        game.say(name, mixing.blinding_of(game, name))
        game.run()
        return uncheated(game, won=any(g == r for g, r in _pairs(game)))
    post = sign_post(mixing.blinding_of(game, name, lambda pair: _noise(game, pair)), game.players[name].signing)
    weak = twin(game)
    let_through(weak, post)
    weak.run(Phase.CHOOSING)
    dealt = mixing.known(weak)
    return at_the_door(
        game, post,
        "The trustees test every deck for forbidden pairs: each multiplies the tested pairs by a secret factor, and a "
        "pair that opens to zero is a hit. Dot blinds last. She replaces every pair by noise, which never opens to "
        "zero, so that each deck looks clean, and sends it with the best proof that she can make.",
        won=any(giver == to for giver, to in dealt.items()),
        **{"without the proof of blinding": dealing.named_pairs(dealt)},
    )  # fmt: skip


def _noise(game: Simulator, pair: Cipher) -> Cipher:
    return Cipher(pair.u, pair.v + mixing.scalar(game) * BASE)


def _pairs(game: Simulator) -> tuple[tuple[int, int], ...]:
    return blind_state(game.state).pairs


TRIALS = {"classic": _classic, "sealed": _sealed, "blind": _blind}

ATTACK = Attack(
    id="fixed-point-dealt",
    title="somebody is dealt themselves",
    attacker="the server (classic), the dealer (sealed), a trustee (blind)",
    lesson="""\
A Secret Santa draw must be a derangement: a shuffle in which nobody stays in their own place. About two shuffles
out of three are none, so whoever deals has to throw shuffles away. How do the others know that it did?

In a classic game they do not. In a sealed game the dealer shows it without showing a card. Every card is a
commitment, a closed envelope with a number in it. Take the number on each player's card, subtract the player's own
number, and multiply all the differences. The product is zero exactly if somebody drew themselves. The dealer proves
that it has an inverse, and zero has none. That is the exclusion argument (docs/protocol.md, section 6.4); the audit
calls it A28. A dealer with a bad deck can still run the prover, but what comes out does not satisfy the equations.

In a blind game nobody knows the cards, so nobody could make that proof. The trustees test instead. For each
forbidden pair they subtract, multiply by secret factors, and open together: zero means a hit, anything else says
nothing. Each must prove that it only multiplied (sections 11.6 and 11.10).""",
    weak="Leave the proof out, and the draw is as good as the word of whoever deals. Small home-made servers all work "
    "like that: the shuffle is a line of code, and nobody outside can see whether that line was run.",
    threat="T02",
    tests=(
        "tests/attacks/test_deal_choice.py::test_without_the_exclusion_argument_somebody_draws_itself",
        "tests/attacks/test_deal_choice.py::test_a_forbidden_pair_cannot_be_dealt",
        "tests/attacks/test_trustee_proofs.py::test_attack_another_factor_for_the_second_part",
    ),
    cases=("fixed-point-dealt_fail", "blind-blinding-that-hides-a-hit_fail"),
    course="04-prove-a-derangement",
    runs=runs(TRIALS),
)

