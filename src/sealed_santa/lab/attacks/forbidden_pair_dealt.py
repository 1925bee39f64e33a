"""A couple is dealt each other, against the terms."""

from __future__ import annotations

from sealed_santa.crypto.group import Point
from sealed_santa.game.stages import the_batch
from sealed_santa.game.state import Phase
from sealed_santa.lab import dealing, mixing, plain, stage
from sealed_santa.lab.attack import Attack
from sealed_santa.lab.simulator import FOUR, Simulator
from sealed_santa.lab.trial import Seen, at_the_door, in_log, let_through, runs, twin, uncheated
from sealed_santa.log.entry import sign_post
from sealed_santa.roles import dealer

COUPLE = stage.coupled("Ann", "Bob")
GAMES = 200


def _together(pairs: dict[str, str]) -> bool:
    return pairs["Ann"] == "Bob" or pairs["Bob"] == "Ann"


def _classic(cheat: bool) -> Seen:
    table = plain.Table(seed="lab 2")
    table.start({"Ann": "Bob", "Bob": "Cem", "Cem": "Dot", "Dot": "Ann"} if cheat else None)
    won = _together(table.pairs())
    if not cheat:
        return Seen(story=plain.in_words(table.choose()), won=won)
    times = sum(_together(plain.Table(seed=f"couple {k}").start().pairs()) for k in range(GAMES))
    return Seen(
        story="Ann and Bob are a couple and asked not to draw each other. The classic game has no word for that. The "
        "server deals Bob to Ann; it need not even cheat, as honest draws do the same again and again.",
        victim="“you give to: Bob”, as if nothing had been agreed.",
        won=won,
        why="This mode has no exclusions at all: nobody can say what must not be drawn, so nothing forbids it.",
        figures={"honest draws of four in which the couple is drawn": f"{times} of {GAMES} ({times / GAMES:.0%})"},
    )


def _only_the_couple(game: Simulator) -> bool:
    pairs = dealing.drawn(game, 0, dealing.deck(game, 0)[0])
    return _together(pairs) and all(giver != to for giver, to in pairs.items())


def _sealed(cheat: bool) -> Seen:
    game = dealing.waiting(_only_the_couple, (*FOUR, "Eve"), COUPLE)
    pairs = dealing.drawn(game, 0, dealing.deck(game, 0)[0])
    if not cheat:
        t, _ = dealer.standing_deck(game.state, game.dealer)
        won = _together(dealing.drawn(game, t, dealing.deck(game, t)[0]))
        return uncheated(game, won=won)
    game.force(sign_post(dealing.forged(game, 0), game.server))
    return in_log(
        game,
        "The terms say that Ann and Bob must not draw each other. The coins fall so that deck 0 is a fine derangement, "
        f"but for them: {dealing.named_pairs(pairs)}. The dealer deals it, and proves what it can.",
        won=_together(pairs),
    )


def _first_mixed_deck_couples(game: Simulator) -> bool:
    batch = the_batch(game.state)
    numbers = mixing.opened(game, batch.decks[0])
    coupled = numbers[0] == 2 or numbers[1] == 1
    return coupled and all(n != k for k, n in enumerate(numbers, 1)) and mixing.clean(game, batch)[1]


def _blind(cheat: bool) -> Seen:
    game = mixing.waiting(_first_mixed_deck_couples, 16, COUPLE).run(Phase.OPENING)
    mixing.work(game, Phase.OPENING, but_for="Dot")

    def lie(shares: list[Point]) -> list[Point]:
        return [share + mixing.scalar(game) * share for share in shares] if cheat else shares

    post = sign_post(mixing.opening_of(game, "Dot", lie), game.players["Dot"].signing)
    if not cheat:
        game.order(post)
        won = _together(mixing.known(game.run(Phase.CHOOSING)))
        return uncheated(game, won=won)
    weak = twin(game)
    let_through(weak, post)
    dealt = mixing.known(weak.run(Phase.CHOOSING))
    return at_the_door(
        game, post,
        "Ann and Bob must not draw each other, and the first mixed deck lets them. Nobody knows that before the tests "
        "are opened. Dot opens last and gives wrong shares: what they open is noise, so no test shows a hit.",
        won=_together(dealt),
        **{"without the proof of the opening": dealing.named_pairs(dealt)},
    )  # fmt: skip


TRIALS = {"classic": _classic, "sealed": _sealed, "blind": _blind}

ATTACK = Attack(
    id="forbidden-pair-dealt",
    title="a couple is dealt each other, against the terms",
    attacker="the server (classic), the dealer (sealed), a trustee (blind)",
    lesson="""\
Couples, flatmates, last year's pairs: many rounds have somebody who must not draw somebody else. Such exclusions
stand in the terms, which the organiser signs before anybody joins, and nobody can change them afterwards.

To give to yourself is just one more forbidden pair. So there is one list E of forbidden pairs (docs/protocol.md,
section 2.10), and one proof for all of them: for each pair in E the difference “card of the giver, minus number of
the recipient” is not zero (section 6.4, check A28). The proof says nothing about the other pairs.

A blind game tests E pair by pair (section 11.6). A test is opened by t trustees together. Each gives a share of the
decryption and proves that it used the very secret that its public key commits to (section 11.11). Without that
proof a single trustee could turn a hit into a miss by handing in rubbish.""",
    weak="A game without exclusions, as the classic one, draws couples all the time. A program that knows exclusions "
    "but proves only “no fixed point” would keep its promise to nobody but itself.",
    threat="T02",
    tests=(
        "tests/attacks/test_deal_choice.py::test_a_forbidden_pair_cannot_be_dealt",
        "tests/attacks/test_trustee_proofs.py::test_attack_shares_made_with_another_key",
    ),
    cases=("couple-dealt_fail", "blind-opening-with-one-share-changed_fail"),
    course="04-prove-a-derangement",
    runs=runs(TRIALS),
)
