"""Players are set back to an older copy, and do again, with the same secrets, what they did before."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from sealed_santa.game.state import Phase
from sealed_santa.lab import cheats, fitting, forking, mixing, stage
from sealed_santa.lab.attack import Attack
from sealed_santa.lab.simulator import Simulator
from sealed_santa.lab.trial import Seen, Trial, runs, twin, uncheated
from sealed_santa.log.fields import Coin
from sealed_santa.roles.player import Intent
from sealed_santa.roles.secrets import DealerSecrets

RESTORED: Final = Intent(hold_coins=True)  # what a client does by itself that sees that its folder is an older copy
_HELD: Final = (
    "The client says that its folder is a copy or an older state, and shows its head words for comparison. Until its "
    "owner confirms it opens no coin and does no trustee's work."
)


# --- sealed: coins --------------------------------------------------------------------------------


def _set_back(intent: Intent) -> Simulator:
    """Return the game as it was before its decks, with players who are restored from there."""
    game = stage.at_phase("sealed", Phase.DECK)
    game.intents = dict.fromkeys(game.players, intent)
    return game


def _drawn(game: Simulator, seed: bytes) -> tuple[dict[int, int], int]:
    """Return what is dealt from the decks of this seed, and how many players hold their coin back."""
    other = twin(game)
    other.dealer, other.memo = DealerSecrets(seed, game.server), {}
    other.run(Phase.COINS)
    held = sum(other.owed(name).held for name in other.players)
    other.run(Phase.CHOOSING)
    return fitting.dealt(other), held


def _sealed(cheat: bool) -> Seen:
    before = stage.at_phase("sealed", Phase.COINS)
    coins: dict[bytes, Coin] = {secrets.key: cheats.owes(before, name).coin for name, secrets in before.players.items()}
    if not cheat:
        before.run(Phase.CHOOSING)
        return uncheated(before, won=fitting.dealt(before) == fitting.WANTED)
    game = _set_back(RESTORED)
    seed = fitting.seed_for(game, coins)
    drawn, held = _drawn(game, seed)
    weakly, _ = _drawn(_set_back(Intent()), seed)
    return Seen(
        story="All players open their coins. The server does not like what would come, and puts its database back to "
        "the lock; and so are the players, all of them, perhaps because their machines are restored from the same "
        "night's backup. Their coins are what they were, and the server knows them. It looks for decks that fit.",
        victim=_HELD,
        won=drawn == fitting.WANTED, refused=held == len(coins) and not drawn,
        figures={
            "players who hold their coin back": f"{held} of {len(coins)}",
            "if they did not know that they were restored": _as_wanted(weakly),
        },
    )  # fmt: skip


def _as_wanted(drawn: Mapping[int, int]) -> str:
    return "drawn as the dealer wants" if drawn == fitting.WANTED else "drawn by chance"


# --- blind: a trustee's work in two branches --------------------------------------------------------


def _forked(intent: Intent) -> forking.Fork:
    """Fork a game before its mixing: Ann sees one branch, Cem the other, Bob both, as his copies; Dot is corrupt."""
    game = stage.at_phase("blind", Phase.MIXING, choose_by=1, **mixing.quick("blind"))
    fork = forking.fork(game, {"Ann": 0, "Cem": 1, "Bob": 0}, corrupt=("Dot",))
    right = fork.branches[1]
    right.intents["Bob"] = replace(intent, gift=1)
    return replace(fork, sides=(fork.sides[0], (*fork.sides[1], "Bob")))


def _blind(cheat: bool) -> Seen:
    if not cheat:
        game = stage.at_phase("blind", Phase.MIXING, **mixing.quick("blind"))
        return uncheated(game, won=any(game.owed(name).held for name in game.players))
    fork = _forked(RESTORED)
    held = fork.branches[1].owed("Bob").held
    alive = forking.play(fork)
    weakly = forking.play(_forked(Intent()))
    return Seen(
        story="Bob's laptop was restored, and his old one is still in use. The server shows one history to the old "
        "one, and another to the new one; Ann sees the first, Cem the second, and Dot, who is corrupt, works in "
        "both. Three trustees of four are needed to go on. If both of Bob's worked, both histories would have three.",
        victim=_HELD,
        won=all(alive), refused=held and not all(alive),
        figures={
            "branches that get as far as cards": f"{sum(alive)} of 2",
            "if the restored one worked as well": f"{sum(weakly)} of 2",
        },
    )  # fmt: skip


TRIALS: Final[Mapping[str, Trial]] = {"sealed": _sealed, "blind": _blind}

ATTACK = Attack(
    id="restored-player-acts-twice",
    title="a restored player does again what it did before",
    attacker="the server, and whatever restored a backup",
    lesson="""
A promise is about one party with one memory. Restore a machine from a backup, and the party is there twice: one that
knows what it has done, and one that does not. The second will do it again, with the same secrets, and perhaps on
something else. Whoever controls what it is shown can choose on what.

For a player of a sealed game that is its coin. It was opened for decks that were fixed before; set back, the player
would open the same coin for decks that were made to fit it. For a trustee it is its place in the count: three of four
must agree that this is the history, and whoever is there twice agrees with two.

Nothing in the cryptography can prevent that, as both copies are the same person to everybody. So a client looks for
signs: a folder that was copied or put back, a log that knows more of it than it does itself. Then it says so, shows
its head words, and opens no coin and does no trustee's work until its owner confirms (docs/protocol.md, section 8).
All other secrets are derived from what they are applied to, so that a second answer to another question gives nothing
away; that is same-permutation-twice. A snapshot of a whole disk it cannot notice, and the threat model says so.
""",
    weak="A client that finds its key, and goes on. That is how nearly everything behaves after a restore.",
    threat="T23",
    tests=(
        "tests/attacks/test_rollback.py::test_a_restored_player_opens_no_coin_until_its_owner_confirms",
        "tests/attacks/test_rollback.py::test_a_restored_player_would_let_the_dealer_choose_the_draw",
    ),
    cases=("coin-twice_fail",),
    course="06-two-views-of-one-log",
    runs=runs(TRIALS),
    elsewhere={"classic": "Clients keep nothing: a connection that is gone is forgotten, and no secret with it."},
)
