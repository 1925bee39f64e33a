"""At the end somebody says that other people gave to each other than really did."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from msgspec.structs import replace as with_fields

from sealed_santa.classic.lines import Say, read
from sealed_santa.crypto.group import BASE, ORDER, Point
from sealed_santa.crypto.sharing import lagrange
from sealed_santa.game.state import Phase
from sealed_santa.game.verdicts import pairs
from sealed_santa.lab import cheats, mixing, stage
from sealed_santa.lab.attack import Attack
from sealed_santa.lab.attacks.threshold_counted_twice import before_the_last
from sealed_santa.lab.plain import Table
from sealed_santa.lab.plain import in_words as table_in_words
from sealed_santa.lab.simulator import Simulator
from sealed_santa.lab.trial import NOTHING, Seen, Trial, at_the_door, in_log, let_through, runs, twin
from sealed_santa.log.entry import SignedPost, sign_post
from sealed_santa.log.fields import CardOpenings
from sealed_santa.roles import dealer

_LAST: Final = "Cem"
_FIGURE: Final = "unchecked, givers whom a reader takes for others"


def _sealed(cheat: bool) -> Seen:
    game = stage.at_phase("sealed", Phase.DELIVERED)
    for name in list(game.players):
        for body in game.owed(name).posts:
            game.say(name, body)
    reveal = dealer.make_reveal(game.state, game.dealer, game.memo)
    if cheat:
        first, second, *rest = reveal.openings.units()
        # Two cards are said to hold each other's names, each with the blinding that is its own.
        lied = (second[:4] + first[4:], first[:4] + second[4:], *rest)
        reveal = with_fields(reveal, openings=CardOpenings(b"".join(lied)))
    game.force(sign_post(reveal, game.server))
    if not cheat:
        return in_log(game, stage.in_words(stage.honest("sealed")), won=False)
    weak = replace(game.state, reveal=reveal)
    told, truth = dict(pairs(weak)), dealer.recipients(game.state, game.dealer)
    changed = sum(told[giver] != truth[giver] for giver in truth)
    seen = in_log(
        game, "The server reveals that two people gave to each other's recipients. A card is a commitment: it was in "
        "the log before anybody chose a gift, and opens to one name only.", won=changed > 0,
    )  # fmt: skip
    return replace(seen, figures={_FIGURE: f"{changed} of {len(truth)}"})


def _exchanged(game: Simulator, a: int, b: int) -> tuple[SignedPost, tuple[int, ...]]:
    """Return the last opening, changed so that two cards come out exchanged, and whom the cards really name."""
    truth = [cheats.recipient(game, p.name).number for p in game.state.players]
    index = mixing.index_of(game, _LAST)
    factor = pow(lagrange((1, 2, 3))[index], -1, ORDER)
    shift = factor * ((truth[a] - truth[b]) * BASE)

    def change(shares: list[Point]) -> list[Point]:
        moved = {a: shares[a] + shift, b: shares[b] - shift}
        return [moved.get(place, share) for place, share in enumerate(shares)]

    return cheats.signed(game, _LAST, mixing.opening_of(game, _LAST, change)), tuple(truth)


def _blind(cheat: bool) -> Seen:
    game = before_the_last(Phase.REVEALING)
    if not cheat:
        body = cheats.owes(game, _LAST)
        return at_the_door(game, cheats.signed(game, _LAST, body), stage.in_words(stage.honest("blind")), won=False)
    post, truth = _exchanged(game, 0, 1)
    weak = twin(game)
    let_through(weak, post)
    told = dict(cheats.blind_of(weak).pairs)
    changed = sum(told[giver] != to for giver, to in enumerate(truth, 1))
    story = (
        "Three trustees open the pairs at the end. Cem is the third, and knows what the sum will be. It adds to one "
        "share what it takes from another, so that two names change places. Its shares have to fit its part of the "
        "key, and these do not."
    )
    return at_the_door(
        game, post, story, won=changed > 0,
        **{_FIGURE: f"{changed} of {len(truth)}"},
    )  # fmt: skip


def _classic(cheat: bool) -> Seen:
    table = Table().start()
    truth = {to: giver for giver, to in table.pairs().items()}

    def lie(who: str, line: str) -> str:
        found = read(line)
        if not cheat or found is None or found[0] is not Say.SANTA or who not in ("Ann", "Bob"):
            return line
        return Say.SANTA.value.format(name=truth["Bob" if who == "Ann" else "Ann"])

    table.to_client = lie
    table.choose()
    won = table.told("Ann", Say.SANTA) != [truth["Ann"]]
    if not cheat:
        return Seen(story=table_in_words(table), won=won)
    return Seen(
        story="The server tells Ann the name of Bob's Santa, and Bob that of Ann's.",
        victim=f"{NOTHING} They thank the wrong people.", won=won,
        why="Nothing of the draw was ever shown or fixed, so what the server says at the end can be compared with "
        "nothing.",
    )  # fmt: skip


TRIALS: Final[Mapping[str, Trial]] = {"classic": _classic, "sealed": _sealed, "blind": _blind}

ATTACK = Attack(
    id="reveal-of-other-pairs",
    title="the reveal names other pairs than were dealt",
    attacker="the server; in a blind game the trustee who opens last",
    lesson="""
At the end everybody learns who gave to whom. That is the moment at which nobody can check anything by feeling: each
knows two names of its own, and takes the others on trust. It is also the moment for a small lie, that somebody
forgot a present, say.

A commitment has two duties. It hides what is in it until it is opened, and it binds whoever made it to one opening.
The draw needed the first. The reveal needs the second: the cards that everybody has seen in the log, and that were
proven to be a proper draw, can be opened to the true names and to no others.

In a blind game there is nobody who could open. Trustees decrypt the deck in public, and each proves
its share. See docs/protocol.md, sections 5.9 and 11.11.
""",
    weak="A reveal that is a list of names, signed by the server. A signature says who said it, and not that it is "
    "true.",
    threat="T22",
    tests=(
        "tests/attacks/test_unchecked.py::test_without_the_check_the_reveal_says_what_the_dealer_likes",
        "tests/attacks/test_unchecked.py::test_a_reveal_that_opens_a_card_to_another_name_is_refused",
    ),
    cases=(
        "reveal-of-another-pair_fail",
        "reveal-with-an-invented-blinding_fail",
        "blind-reveal-of-another-pair_fail",
    ),
    course="03-commit-and-reveal",
    runs=runs(TRIALS),
)
