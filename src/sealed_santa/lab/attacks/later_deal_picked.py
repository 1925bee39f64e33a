"""The dealer does not take the first permitted deal, but one that it likes better."""

from __future__ import annotations

from sealed_santa.crypto.group import IDENTITY, Point
from sealed_santa.game.stages import the_batch
from sealed_santa.game.state import Phase
from sealed_santa.lab import dealing, mixing, plain, stage
from sealed_santa.lab.attack import Attack
from sealed_santa.lab.simulator import Simulator
from sealed_santa.lab.trial import Seen, at_the_door, in_log, let_through, runs, twin, uncheated
from sealed_santa.log.entry import sign_post
from sealed_santa.roles import dealer


def _wanted(pairs: dict[str, str]) -> bool:
    return pairs["Ann"] == "Bob" and pairs["Bob"] == "Ann"


def _classic(cheat: bool) -> Seen:
    draws, table = 1, plain.Table(seed="draw 1").start()
    while cheat and not _wanted(table.pairs()):
        draws += 1
        table = plain.Table(seed=f"draw {draws}").start()
    won = _wanted(table.pairs())
    if not cheat:
        return Seen(story=plain.in_words(table.choose()), won=won)
    table.choose()
    return Seen(
        story="The server wants Ann and Bob to give to each other. It draws, looks, throws the draw away, and draws "
        f"again until it is so. Only draw {draws} is told to anybody; each of them was fair, and the choice among "
        "them is not.",
        won=won,
        why="The server draws as often as it likes before it says a word, and nothing fixes which of its draws counts.",
        figures={"draws until it fits": str(draws)},
    )


def _choice(game: Simulator) -> bool:
    deals = dealing.permitted(game)
    fine = [t for t, good in enumerate(deals) if good]
    first = bool(fine) and _wanted(dealing.drawn(game, fine[0], dealing.deck(game, fine[0])[0]))
    return not first and any(_wanted(dealing.drawn(game, t, dealing.deck(game, t)[0])) for t in fine)


def _sealed(cheat: bool) -> Seen:
    game = dealing.waiting(_choice)
    first, _ = dealer.standing_deck(game.state, game.dealer)
    if not cheat:
        won = _wanted(dealing.drawn(game, first, dealing.deck(game, first)[0]))
        return uncheated(game, won=won)
    t = next(
        t for t, good in enumerate(dealing.permitted(game))
        if good and _wanted(dealing.drawn(game, t, dealing.deck(game, t)[0]))
    )  # fmt: skip
    game.force(sign_post(dealing.forged(game, t), game.server))
    return in_log(
        game,
        f"Deck {first} is the first whose deal is permitted. In deck {t} Ann and Bob give to each other, which the "
        f"dealer likes better. It opens the decks before it as if they were out, and deals deck {t} with proofs that "
        "are true: the cards are the committed ones, and none is forbidden.",
        won=t != first and _wanted(dealing.drawn(game, t, dealing.deck(game, t)[0])),
        **{"first permitted deck": str(first), "deck that was dealt": str(t)},
    )


def _two_clean(game: Simulator) -> bool:
    return mixing.clean(game, the_batch(game.state))[:2] == (True, True)


def _blind(cheat: bool) -> Seen:
    game = mixing.waiting(_two_clean, 1).run(Phase.OPENING)
    mixing.work(game, Phase.OPENING, but_for="Dot")

    def lie(shares: list[Point]) -> list[Point]:
        return [mixing.share_for(game, "Dot", 0, IDENTITY), *shares[1:]] if cheat else shares

    post = sign_post(mixing.opening_of(game, "Dot", lie), game.players["Dot"].signing)
    if not cheat:
        game.order(post)
        game.run()
        return uncheated(game, won=_dealt(game) != 0)
    weak = twin(game)
    let_through(weak, post)
    weak.run(Phase.CHOOSING)
    return at_the_door(
        game, post,
        "The first deck is clean and would be dealt. Dot, who opens last, sees the shares of the others and works out "
        "the one share of her own that makes the first test come out as zero: a hit, and the next deck would be dealt. "
        "She could not even know what she would gain, as she knows neither deck.",
        won=_dealt(weak) != 0,
        **{"deck dealt without the proof of the opening": str(_dealt(weak)), "deck dealt by the rules": "0"},
    )  # fmt: skip


def _dealt(game: Simulator) -> int:
    """Return which deck of its batch was dealt."""
    blind = game.state.blind
    found = [] if blind is None else [past.dealt for past in blind.past if past.dealt is not None]
    if not found:
        raise stage.unshown("nothing was dealt")
    return found[0]


TRIALS = {"classic": _classic, "sealed": _sealed, "blind": _blind}

ATTACK = Attack(
    id="later-deal-picked",
    title="the dealer picks a later deal that it likes better",
    attacker="the server (classic), the dealer (sealed), a trustee (blind)",
    lesson="""\
A random draw that somebody may repeat in secret is no random draw. Who draws until the result is pleasant has
chosen it, with dice as a decoration. Each single draw can be perfectly fair; what is missing is a rule that says
which counts.

The rule here is: the first permitted deal of decks that were fixed before (docs/protocol.md, section 5.6). The
dealer commits to many decks. Then everybody's coins decide which card of each deck goes to whom. Then deck 0
counts, and only if it holds a forbidden pair deck 1 counts, and so on. The dealer has to open every deck that it
passes over, and everybody recomputes that it was indeed out. A deck that was passed over without need shows at
once: check A24.

In a blind game the rule is the same, the first deck of its batch without a hit (section 11.6). To pass over a clean
deck somebody would have to make a hit where there is none, with a share of a decryption that cannot be proven.""",
    weak="Without the rule the proofs are all still true: the deck was committed, the deal has no forbidden pair. It "
    "is the freedom to choose among good deals that has to go, and that is easy to forget when one looks at proofs.",
    threat="T01",
    tests=(
        "tests/attacks/test_deal_choice.py::test_a_later_permitted_deal_can_be_chosen_without_the_rule",
        "tests/attacks/test_deal_choice.py::test_a_later_permitted_deal_is_refused",
        "tests/attacks/test_trustee_proofs.py::test_attack_shares_made_with_another_key",
    ),
    cases=(
        "deal-of-a-later-deck_fail", "deal-says-all-decks-are-out_fail", "blind-opening-with-one-share-changed_fail",
    ),
    course="05-who-shuffled",
    runs=runs(TRIALS),
)  # fmt: skip
