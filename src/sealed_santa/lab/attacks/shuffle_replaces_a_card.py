"""A card is replaced while the deck is shuffled."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Final

from msgspec.structs import replace as with_fields

from sealed_santa.crypto.commitments import card_commit
from sealed_santa.crypto.elgamal import trivial
from sealed_santa.crypto.group import encode_points
from sealed_santa.game.batches import Deck
from sealed_santa.game.state import Phase
from sealed_santa.lab import cheats, dealing, mixing, stage
from sealed_santa.lab.attack import Attack
from sealed_santa.lab.plain import Table
from sealed_santa.lab.plain import in_words as table_in_words
from sealed_santa.lab.simulator import Simulator
from sealed_santa.lab.trial import NOTHING, Seen, Trial, at_the_door, in_log, let_through, runs, twin
from sealed_santa.log.entry import SignedPost, sign_post
from sealed_santa.log.fields import Points
from sealed_santa.roles import dealer

_DECKS: Final = 6
_SEED: Final = "lab/replaced"  # a game in which a deck with the replaced card would be dealt
_DEALT: Final = {"Ann": "Bob", "Bob": "Cem", "Cem": "Bob", "Dot": "Ann"}  # nobody gives to Dot


def _unproven(game: Simulator, post: SignedPost) -> Mapping[str, int]:
    """Go on as if nobody asked for the proof, and count who is given to how often."""
    weak = twin(game)
    let_through(weak, post)
    weak.run(Phase.DEALING)
    shares = {mixing.index_of(weak, name): cheats.share_of(weak, name) for name in weak.players}
    cards = cheats.read_cards(weak.state, shares)
    names = Counter(weak.state.players[number - 1].name for number in cards.values() if number)
    return {p.name: names[p.name] for p in weak.state.players}


def _blind(cheat: bool) -> Seen:
    game = stage.at_phase("blind", Phase.MIXING, seed=_SEED, blind=stage.small("blind", decks=_DECKS)["blind"])
    for name in ("Ann", "Bob", "Cem"):
        game.say(name, cheats.owes(game, name))
    bob = cheats.seat(game, "Bob").number

    def with_bob(deck: Deck) -> Deck:
        return ((cheats.fresh(game, trivial(bob)),), *deck[1:]) if cheat else deck

    post = cheats.signed(game, "Dot", mixing.mix_of(game, "Dot", with_bob))
    if not cheat:
        return at_the_door(game, post, stage.in_words(stage.honest("blind")), won=False)
    story = (
        "Dot mixes last. It takes the first row out of every deck and puts in a card with Bob's name, encrypted as all "
        "others are, so that nobody can tell it from them. But each row after a mix must be one before it, and that "
        "cannot be proven of this one."
    )
    times = _unproven(game, post)
    return at_the_door(
        game, post, story, won=0 in times.values(),
        **{"without the proof, how often each is given to": ", ".join(f"{name} {k}" for name, k in times.items())},
    )  # fmt: skip


def _sealed(cheat: bool) -> Seen:
    game = stage.at_phase("sealed", Phase.DEAL)
    body = dealer.make_deal(game.state, game.dealer, game.entropy)
    if not cheat:
        game.deal_with(body)
        return in_log(game.run(), stage.in_words(game), won=False)
    dealt, _ = dealing.deck(game, body.deck)
    cards, bob = list(body.cards.units()), 2
    cards[0] = encode_points([card_commit(bob, *mixing.scalars(game, 1))])
    game.force(sign_post(with_fields(body, cards=Points(b"".join(cards))), game.server))
    return in_log(
        game, "Here one party shuffles: the dealer, before the coins. After it has seen the coins it puts another card "
        "in the place of the first one: Bob's. The proof that the cards are the committed deck does not hold any "
        "more.", won=(bob, *dealt[1:]).count(bob) == 2,
    )  # fmt: skip


def _classic(cheat: bool) -> Seen:
    table = Table().start(_DEALT if cheat else None).choose()
    gifts = {name: sum("you get" in line for line in table.heard[name]) for name in table.ids}
    if not cheat:
        return Seen(story=table_in_words(table), won=gifts["Dot"] == 0)
    return Seen(
        story="The server deals Bob twice and Dot not at all.",
        victim=f"{NOTHING} Dot gets nothing, and Bob gets two. Only if they talk do they see that something is odd.",
        won=gifts["Dot"] == 0,
        why="The server shuffles where nobody sees it, and gives each player one name. No player has two names to "
        "compare.",
        figures={"gifts": ", ".join(f"{name} {count}" for name, count in gifts.items())},
    )  # fmt: skip


TRIALS: Final[Mapping[str, Trial]] = {"classic": _classic, "sealed": _sealed, "blind": _blind}

ATTACK = Attack(
    id="shuffle-replaces-a-card",
    title="a card is replaced while the deck is shuffled",
    attacker="a trustee; in a sealed game the dealer",
    lesson="""
To shuffle in the dark, each trustee takes the encrypted cards, encrypts them once more, and puts them into another
order. Afterwards nobody can say which card is which: that is the point. But then nobody can say either whether they
are still the same cards.

So each mixer proves that there is some order in which the new rows are the old ones, without saying which. The
argument compares two sums: one over the old rows with powers of a number that nobody could foresee, one over the
new rows with the same powers in the secret order. If only one row differs the sums differ, except by an accident
that is rarer than guessing a key. It is the shuffle argument of Bayer and Groth (EUROCRYPT 2012).

In a sealed game the dealer's deck is committed before the coins, and a proof of the same kind says that the cards
are that deck. See docs/protocol.md, sections 6.4 and 11.9.
""",
    weak="Mixers that are trusted, or watched by opening a few cards afterwards. A watched mixer gets away with one "
    "card in some of the games, and what was opened is not secret any more.",
    threat="T33",
    tests=(
        "tests/attacks/test_shuffle.py::test_attack_a_row_is_doubled",
        "tests/attacks/test_shuffle.py::test_attack_a_row_is_dropped_for_another_one",
        "tests/unit/proofs/test_attacks.py::test_attack_cards_left_out_before_rho_forge_a_fixed_point",
    ),
    cases=(
        "other-cards-than-committed_fail",
        "cards-changed-after-the-proofs_fail",
        "blind-mix-that-drops-a-player_fail",
        "blind-mix-that-doubles-a-row_fail",
    ),
    course="07-take-the-server-out",
    runs=runs(TRIALS),
)
