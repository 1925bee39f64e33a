"""The deck that is dealt from does not hold everybody."""

from __future__ import annotations

from sealed_santa.crypto.commitments import commit
from sealed_santa.crypto.elgamal import encrypt
from sealed_santa.crypto.group import BASE
from sealed_santa.game.batches import Deck
from sealed_santa.game.draw import hits
from sealed_santa.game.state import Phase
from sealed_santa.game.statements import joint_key
from sealed_santa.lab import dealing, mixing, stage
from sealed_santa.lab.attack import Attack
from sealed_santa.lab.simulator import Simulator
from sealed_santa.lab.trial import Seen, at_the_door, in_log, let_through, runs, twin, uncheated
from sealed_santa.log.entry import sign_post
from sealed_santa.log.fields import Points
from sealed_santa.roles import dealer

VALUES = (1, 2, 2, 4)  # Bob twice, Cem never
SEEDS = 60


def _left_out(pairs: dict[str, str]) -> list[str]:
    return [name for name in pairs if name not in pairs.values()]


def _committed(seed: str) -> Simulator:
    """Return a game whose dealer has committed to a first deck that is none, with all coins in."""
    game = stage.at_phase("sealed", Phase.DECK, seed=seed)
    body = dealer.make_deck(game.state, game.dealer)
    false = commit(VALUES, dealing.deck(game, 0)[1]).raw
    game.deal_with(dealing.but(body, commitments=Points(false + body.commitments[len(false) :])))
    return game.run(Phase.DEAL)


def _sealed(cheat: bool) -> Seen:
    if not cheat:
        game = stage.at_phase("sealed", Phase.DEAL)
        t, _ = dealer.standing_deck(game.state, game.dealer)
        return uncheated(game, won=bool(_left_out(dealing.drawn(game, t, dealing.deck(game, t)[0]))))
    games = (_committed(f"lab/{k}") for k in range(SEEDS))
    game = next(g for g in games if not hits(g.state.forbidden, VALUES, dealing.order(g, 0)))
    pairs = dealing.drawn(game, 0, VALUES)
    game.force(sign_post(dealing.forged(game, 0, VALUES), game.server))
    return in_log(
        game,
        "Before any coin is open the dealer commits to a first deck with Bob on two cards and Cem on none. Nobody can "
        f"see that, as a commitment shows nothing. Then it deals from it: {dealing.named_pairs(pairs)}.",
        won=bool(_left_out(pairs)),
    )


def _own_rows(game: Simulator, deck: Deck) -> Deck:
    joint = joint_key(game.state)
    return tuple((encrypt(joint, value * BASE, mixing.scalar(game)),) for value, _ in zip(VALUES, deck, strict=True))


def _blind(cheat: bool) -> Seen:
    game = stage.at_phase("blind", Phase.MIXING, seed="lab/3", blind=mixing.few_decks(2))
    post = sign_post(
        mixing.mix_of(game, "Ann", (lambda deck: _own_rows(game, deck)) if cheat else (lambda deck: deck)),
        game.players["Ann"].signing,
    )
    if not cheat:
        game.order(post)
        dealt = mixing.known(game.run(Phase.CHOOSING))
        return uncheated(game, won=bool(_left_out(dealt)))
    weak = twin(game)
    let_through(weak, post)
    dealt = mixing.known(weak.run(Phase.CHOOSING))
    return at_the_door(
        game, post,
        "The mix begins with a deck that everybody knows: player 1, player 2, and so on, in the clear. Ann mixes "
        "first. She throws the public deck away and encrypts cards of her own, with Bob on two and Cem on none. All "
        "others mix honestly after her, and none of them could tell.",
        won=bool(_left_out(dealt)),
        **{"without the proof of the mix": dealing.named_pairs(dealt)},
    )  # fmt: skip


TRIALS = {"sealed": _sealed, "blind": _blind}

ATTACK = Attack(
    id="deck-no-permutation",
    title="the deck does not hold everybody",
    attacker="the dealer (sealed), a trustee (blind)",
    lesson="""\
Before the coins fall, the dealer commits to its decks. A commitment is a closed envelope that cannot be exchanged
any more. But what if it never held a proper deck? Somebody could be missing from it before the game has begun.

The envelopes stay closed, so nobody can look. It is enough to check one deck: the one that is dealt. The
permutation argument (docs/protocol.md, sections 6.2 and 6.4) shows two things at once, that the cards are what the
deck commits to, and that these are the numbers 1 to n, each once. If a false deck is committed and then dealt, no
proof fits, and A27 fails. If it is passed over, it must be opened, and everybody sees what was in it.

In a blind game the first mixer starts from a list that the rules write down themselves (section 11.5): every
present player once, in the clear. Her proof begins at that list, so she cannot begin with another one.""",
    weak="A protocol that only compares the cards with the commitment proves that the dealer is consistent, not that "
    "it is honest. A mix network whose first input is not fixed by the rules has the same hole: everything after it "
    "is proven, and nothing before it.",
    threat="T03",
    tests=(
        "tests/unit/proofs/test_attacks.py::test_attack_cards_left_out_before_rho_forge_a_fixed_point",
        "tests/attacks/test_deal_choice.py::test_a_deal_is_for_the_decks_that_were_committed",
        "tests/attacks/test_shuffle.py::test_attack_a_mixer_commits_to_what_is_no_permutation",
    ),
    cases=("deck-that-is-no-permutation_fail", "blind-first-mix-that-drops-a-player_fail"),
    course="04-prove-a-derangement",
    runs=runs(TRIALS),
    elsewhere={
        "classic": "There is no deck: the server tells each player one name. What it can do with that is shown by "
        "two-givers-one-person."
    },
)
