"""What was fixed before the coins is changed after them."""

from __future__ import annotations

from dataclasses import replace

from sealed_santa.game.replay import fold, judge
from sealed_santa.game.stages import blind_state, the_batch
from sealed_santa.game.state import Phase, State
from sealed_santa.lab import dealing, mixing, stage
from sealed_santa.lab.attack import Attack
from sealed_santa.lab.simulator import Simulator
from sealed_santa.lab.trial import Seen, at_the_door, in_log, runs, tag, twin, uncheated, written_anew
from sealed_santa.log.entry import SignedPost, sign_post
from sealed_santa.roles import dealer
from sealed_santa.roles.secrets import DealerSecrets

SEEDS = 300


def _wanted(pairs: dict[str, str]) -> bool:
    return pairs["Ann"] == "Bob" and pairs["Bob"] == "Ann"


def _standing(game: Simulator) -> dict[str, str]:
    t, _ = dealer.standing_deck(game.state, game.dealer)
    return dealing.drawn(game, t, dealing.deck(game, t)[0])


def _not_wanted(game: Simulator) -> bool:
    return not _wanted(_standing(game))


def _rewritten(game: Simulator, seed: bytes) -> Simulator:
    """Return the game with its log written anew: other decks in the place of the first ones, the coins after them."""
    state = game.state
    other = twin(game)
    other.dealer, other.memo = DealerSecrets(seed, game.server), {}
    before = fold(game.entries[: state.deck_seq])
    old = game.entries[state.deck_seq]
    decks = sign_post(dealer.make_deck(before, other.dealer), game.server)
    after = judge(before, decks, old.at)
    coins = [(e.at, e.post) for e in game.entries[state.deck_seq + 1 :]]
    other.entries = written_anew(game.entries[: state.deck_seq], [(old.at, decks), *coins], game.server)
    chain = after.chain
    for entry in other.entries[state.deck_seq + 1 :]:
        chain = chain.append(entry.hash)
    # what the rules would say if they did not ask what the coins had seen
    other.current = replace(after, chain=chain, coins=state.coins, phase=Phase.DEAL, coin_seq=len(chain) - 1)
    return other


def _sealed(cheat: bool) -> Seen:
    game = dealing.waiting(_not_wanted)
    first = _standing(game)
    if not cheat:
        return uncheated(game, won=_wanted(first))
    for tries in range(1, SEEDS):
        forged = _rewritten(game, tries.to_bytes(32, "big"))
        if _wanted(_standing(forged)):
            break
    else:
        raise stage.unshown("no decks give the wanted draw")
    state: State = forged.state
    forged.force(sign_post(dealer.make_deal(state, forged.dealer, forged.entropy), forged.server))
    return in_log(
        forged,
        f"All coins are in, and by the decks that were committed {dealing.named_pairs(first)}. The dealer wants "
        f"something else. It tries other decks until the same coins give it: the {tries}th try does, as {tries} draws "
        "are made in a moment. Then it writes the log anew with these decks, puts the signed coins behind them, and "
        "signs it all.",
        won=_wanted(_standing(forged)),
        **{"decks tried": str(tries)},
    )


def _twice(game: Simulator, post: SignedPost) -> Simulator:
    """Go on as if nobody remembered that Ann has mixed."""
    weak, blind, batch = twin(game), blind_state(game.state), the_batch(game.state)
    index = mixing.index_of(game, "Ann")
    batch = replace(batch, mixers=tuple(0 if other == index else other for other in batch.mixers))
    weak.current = replace(game.state, blind=replace(blind, batch=batch))
    weak.order(post)
    return weak


def _cards(game: Simulator) -> tuple[int, ...]:
    return mixing.opened(game, the_batch(game.state).decks[0])


def _blind(cheat: bool) -> Seen:
    game = stage.at_phase("blind", Phase.MIXING, **mixing.quick("blind"))
    for name in ("Ann", "Bob", "Cem"):
        for body in game.owed(name).posts:
            game.say(name, body)
    if not cheat:
        return uncheated(game, won=False)
    post = sign_post(mixing.mix_of(game, "Ann"), game.players["Ann"].signing)
    mixes = [entry for entry in game.entries if tag(entry.post) == "mix"]
    return at_the_door(
        game, post,
        "A blind game has no decks to commit to. What a trustee fixes is the secret order of its mix, with the mix "
        f"itself. Ann has mixed, and {len(mixes) - 1} others after her. Now she would like another order, and mixes "
        "once more, rightly proven.",
        won=_cards(_twice(game, post)) != _cards(game),
    )  # fmt: skip


TRIALS = {"sealed": _sealed, "blind": _blind}

ATTACK = Attack(
    id="commitment-changed-after-coins",
    title="what was fixed before the coins is changed after them",
    attacker="the dealer (sealed), a trustee (blind)",
    lesson="""\
“I am thinking of a number; now you say one; the sum decides.” This is fair only if the first number cannot change
once the second is known. So the first number is committed to: put into an envelope that nobody can exchange.

In a sealed game the dealer's decks are the first number, and everybody's coins are the second. The decks stand in
the log before any coin, and their entry goes into the seed with all coins (docs/protocol.md, sections 5.4 to 5.6).
But the server writes the log. Could it not write another one, with other decks, and put the coins behind them?

The coins themselves prevent that. Every post names the newest entry that its author had seen, and signs it with the
rest (section 3.3). A coin says: “I saw these decks.” Behind other decks it names an entry that is not there, and
check A14 fails, with the server's own signature as proof. In a blind game there is nothing to choose: an order
counts once it is posted, each trustee mixes once, and nobody sees what a mix does to the cards.""",
    weak="Let posts name only the round and not what their author has seen, and a server can search for decks to fit "
    "the coins: one try in nine gives a certain pair of a game of four to each other, and a try takes milliseconds.",
    threat="T04",
    tests=(
        "tests/attacks/test_deal_choice.py::test_decks_cannot_be_changed_after_a_coin",
        "tests/attacks/test_rollback.py::test_a_restored_player_would_let_the_dealer_choose_the_draw",
        "tests/attacks/test_fork.py::test_without_seen_both_branches_are_drawn",
    ),
    cases=("seen-of-a-fork_fail", "blind-mix-twice_fail"),
    course="03-commit-and-reveal",
    runs=runs(TRIALS),
    elsewhere={
        "classic": "Nothing is fixed before anything: there are no coins, and what the server does before it speaks "
        "nobody sees. later-deal-picked shows what follows from that."
    },
)
