"""A number that belongs to nobody stands where a player or a trustee should be."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from sealed_santa.crypto.group import BASE
from sealed_santa.crypto.sharing import public_share
from sealed_santa.game.state import Phase
from sealed_santa.lab import cheats, dealing, mixing, stage
from sealed_santa.lab.attack import Attack
from sealed_santa.lab.attacks.hand_holds_another_card import (
    LAST,
    VICTIM,
    all_but_one_hand,
    disputed,
    in_the_box,
    opening_of,
    read_by,
    shifted,
    told,
)
from sealed_santa.lab.simulator import Simulator
from sealed_santa.lab.trial import Seen, Trial, at_the_door, in_log, let_through, runs, twin, uncheated
from sealed_santa.log.fields import Hash
from sealed_santa.log.posts import Complaint
from sealed_santa.roles import dealer

_NUMBERS: Final = (5, 1000, 2**32 - 1)  # of players, in a game of four


def _naively(game: Simulator, number: int) -> str:
    """Return whom a client takes for a player that looks into its list at number − 1, as Python does."""
    try:
        return game.state.players[number - 1].name
    except IndexError:
        return "nobody: it crashes"


def _said(number: int) -> str:
    """Return what comes of telling the victim this number, in a game of its own."""
    game = stage.at_phase("sealed", Phase.DEAL)
    told(game, number, opening_of(game, VICTIM)[1])
    return f"{stage.finding(game.entries).code}; naively: {_naively(game, number)}"


def _no_deck() -> str:
    """Return how a deal of a deck beyond the last is refused."""
    game = stage.at_phase("sealed", Phase.DEAL)
    body = dealer.make_deal(game.state, game.dealer, game.entropy)
    decks = 0 if game.state.deck is None else game.state.deck.commitments.count()
    return stage.refusal(lambda: game.deal_with(dealing.but(body, deck=decks + 1))).code


def _sealed(cheat: bool) -> Seen:
    game = stage.at_phase("sealed", Phase.DEAL)
    true, blinding = opening_of(game, VICTIM)
    if not cheat:
        game.run()
        return uncheated(game, won=in_the_box(game, VICTIM) != true)
    told(game, 0, blinding)
    read = _naively(game, in_the_box(game, VICTIM))
    seen = in_log(
        game,
        f"The deal is right, and its proofs are. But the box that the dealer seals to {VICTIM} says: player number "
        "0. There is none. Players count from 1, and lists in most languages from 0, so that a client has to take "
        "one off; and in Python the place before the first is the last.",
        won=read != _naively(game, true),
        **{
            f"{VICTIM}'s card": _naively(game, true),
            "number 0, looked up without asking": read,
            **{f"number {number}": _said(number) for number in _NUMBERS},
            "a deal of a deck that there is not": _no_deck(),
        },
    )
    return disputed(game, seen)


def _complaint(accused: int) -> str:
    """Return how a complaint about a trustee of this index is refused."""
    other = stage.at_phase("blind", Phase.MIXING, **mixing.quick("blind"))
    body = Complaint(**cheats.heads(other, LAST), accused=accused)
    return stage.refusal(lambda: other.say(LAST, body)).code


def _share_of_nobody(game: Simulator) -> str:
    """Return what a trustee would give away that computed a share for index 0, and what the real code does."""
    roster, blind = game.state.roster or Hash(bytes(32)), cheats.blind_of(game)
    own = game.players[VICTIM].polynomial(1, roster, blind.threshold - 1)
    share = sum(a * 0**m for m, a in enumerate(own))
    commitments = blind.commitments[mixing.index_of(game, VICTIM)]
    if share * BASE != commitments[0]:
        raise stage.unshown("the polynomial at 0 is not its secret")
    try:
        public_share(commitments, 0)
    except ValueError:
        return "the whole secret; the real code computes none"
    return "the whole secret, and the real code computes it"


def _blind(cheat: bool) -> Seen:
    game = all_but_one_hand()
    if not cheat:
        game.say(LAST, cheats.owes(game, LAST))
        return uncheated(game, won=read_by(game) not in game.players)
    post = cheats.signed(game, LAST, shifted(game, len(game.players)))
    weak = twin(game)
    let_through(weak, post)
    return at_the_door(
        game, post,
        f"{LAST} hands out last, and adds as many to {VICTIM}'s card as there are players: whoever it is, the number "
        f"is nobody's then. {VICTIM} could give to nobody, and the one that was drawn for it would get nothing.",
        won=read_by(weak) == "nobody",
        **{
            "without the proof of the hand, its card names": read_by(weak),
            "a complaint about trustee 0": _complaint(0),
            "a complaint about trustee 5 of 4": _complaint(5),
            "a share for index 0": _share_of_nobody(game),
        },
    )  # fmt: skip


TRIALS: Final[Mapping[str, Trial]] = {"sealed": _sealed, "blind": _blind}

ATTACK = Attack(
    id="index-out-of-range",
    title="a number that belongs to nobody",
    attacker="the dealer (sealed), a trustee (blind)",
    lesson="""
People have names, and protocols have numbers for them. Each number that comes from outside can be one that belongs to
nobody: zero, one too many, four billion. What a program does with it is decided by the language that it is written in.
Python looks up the last place of a list for the one before the first; others read what lies beside it in memory.

Zero is the worst of them. In a shared secret each trustee has its share under its index, and the share under index 0
is the secret itself. Whoever can have a share computed for trustee 0 needs no threshold. Real libraries had this
mistake.

So each number is checked where it comes in, before it is used for anything (docs/protocol.md, sections 5.10, 11.4 and
11.6). A card must be opened by a number of the roster, a complaint must name a trustee that has a key, and the
author's own index is never said at all: it follows from its key. The functions that share secrets refuse index 0 even
from the program itself.
""",
    weak="A list that is looked into with whatever number comes along. In all honest games it is right.",
    threat="T40",
    tests=(
        "tests/attacks/test_unchecked.py::test_a_card_has_a_player_on_it",
        "tests/attacks/test_unchecked.py::test_a_refusal_names_somebody_who_plays",
        "tests/attacks/test_trustee_proofs.py::test_attack_a_hand_hides_something_else",
    ),
    cases=("card-of-nobody-told_fail", "deal-of-a-deck-that-is-not-there_fail", "blind-complaint-about-nobody_fail"),
    course="07-take-the-server-out",
    runs=runs(TRIALS),
    elsewhere={"classic": "The server tells names, and keeps its numbers to itself."},
)  # fmt: skip
