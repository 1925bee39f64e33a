"""One permutation is used for two things: two decks of a dealer, or two inputs of one mixer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from sealed_santa.audit.compare import Relation, fork
from sealed_santa.base.labels import Label
from sealed_santa.crypto.commitments import deck_from_key
from sealed_santa.crypto.elgamal import claimed_rows
from sealed_santa.crypto.hashing import tagged_hash
from sealed_santa.game.batches import Deck
from sealed_santa.game.draw import deal_order, hits
from sealed_santa.game.state import Phase
from sealed_santa.game.statements import joint_key
from sealed_santa.lab import cheats, mixing, stage
from sealed_santa.lab.attack import Attack
from sealed_santa.lab.simulator import Simulator
from sealed_santa.lab.trial import Seen, Trial, in_log, runs, twin
from sealed_santa.log.entry import sign_post
from sealed_santa.log.fields import Hash
from sealed_santa.log.posts import Mix
from sealed_santa.proofs.shuffle.prove import mix_rows
from sealed_santa.roles import dealer
from sealed_santa.roles.secrets import DealerSecrets

_MIXER: Final = "Bob"


class _OneDeck(DealerSecrets):
    """A dealer that shuffles once and commits to that deck over and over."""

    def deck_key(self, game: Hash, round_: int, roster: Hash, t: int) -> bytes:
        return super().deck_key(game, round_, roster, 0)


# --- sealed ---------------------------------------------------------------------------------------


def _read_from_the_log(game: Simulator) -> int:
    """Draw as the rules would with one deck many times, and count the pairs that everybody can then compute."""
    n, state = len(game.state.players), game.state
    values, _ = deck_from_key(game.dealer.deck_key(state.game, 1, state.roster or Hash(bytes(32)), 0), n)
    for k in range(100):
        seed = Hash(tagged_hash(Label.SEED, k.to_bytes(4, "big")))
        permitted = [not hits(state.forbidden, values, deal_order(seed, t, n)) for t in range(40)]
        if not permitted[0] and any(permitted):
            standing = deal_order(seed, permitted.index(True), n)  # public, and so is the deck that was opened
            dealt = [values[standing[i] - 1] for i in range(n)]
            if hits(state.forbidden, tuple(dealt), tuple(range(1, n + 1))):
                raise stage.unshown("the standing deal is not a permitted one")
            return len(dealt)
    raise stage.unshown("no deck was passed over")


def _sealed(cheat: bool) -> Seen:
    game = stage.at_phase("sealed", Phase.DECK)
    if not cheat:
        return in_log(game.run(), stage.in_words(game), won=False)
    weak = _OneDeck(game.dealer.seed, game.server)
    game.force(sign_post(dealer.make_deck(game.state, weak), game.server))
    n, read = len(game.state.players), _read_from_the_log(game)
    seen = in_log(
        game, "The dealer commits to one deck many times. When the first deal has a forbidden pair, its deck is opened "
        "to show that; and with that the deck which stands is open, too. Two equal commitments are refused.",
        won=read == n,
    )  # fmt: skip
    return replace(seen, figures={"without the rule, pairs that anybody computes": f"{read} of {n}"})


# --- blind ----------------------------------------------------------------------------------------


def _rows(game: Simulator, body: Mix) -> tuple[Deck, ...]:
    n = len(game.state.players)
    size = 64 * n
    return tuple(claimed_rows(body.rows[k : k + size], n, 1) for k in range(0, len(body.rows), size))


def _followed(before: tuple[Deck, Deck], after: tuple[Deck, Deck]) -> tuple[int, ...]:
    """Return, by row after, the row before that it comes from, as far as differences tell; 0 for unknown."""
    known = {(a[0].u - b[0].u).raw: row for row, (a, b) in enumerate(zip(*before, strict=True), 1)}
    return tuple(known.get((a[0].u - b[0].u).raw, 0) for a, b in zip(*after, strict=True))


def _weak_mix(game: Simulator, deck: Deck) -> tuple[Deck, tuple[int, ...]]:
    """Mix with a permutation and randomness that depend on seed and batch, and not on what is mixed."""
    secrets = game.players[_MIXER]
    order = secrets.shuffle(1, 0, b"", len(deck))
    flat = secrets.scalars(Label.KEY_MIX, 1, 0, b"", len(deck))
    return mix_rows(joint_key(game.state), deck, order, [(r,) for r in flat]), order


def _branches(cheat: bool) -> tuple[Simulator, Simulator]:
    """Return two histories that a server shows to Bob, in which its accomplice Ann mixed differently; or one twice."""
    one = stage.at_phase("blind", Phase.MIXING)
    other = twin(one)
    first = cheats.owes(one, "Ann")
    one.say("Ann", first)
    other.say("Ann", mixing.mix_of(other, "Ann", lambda deck: deck) if cheat else first)
    return one, other


def _deck(game: Simulator) -> Deck:
    batch = cheats.blind_of(game).batch
    if batch is None:
        raise stage.unshown("nothing is being mixed")
    return batch.decks[0]


def _compared(one: Simulator, other: Simulator) -> str:
    """Return what comes of comparing two copies of the log."""
    found = fork(one.transcript(), other.transcript())
    if found.relation is not Relation.FORKED:
        raise stage.unshown("two histories are not told from one")
    said, _, _ = found.findings[0].message.partition(":")
    return f"{said} [{found.findings[0].code}]"


def _blind(cheat: bool) -> Seen:
    games = one, other = _branches(cheat)
    before = _deck(one), _deck(other)
    first, second = (_rows(game, cheats.owes(game, _MIXER))[0] for game in games)
    if not cheat:
        same = first == second
        return Seen(
            story=f"{stage.in_words(stage.honest('blind'))}. Asked twice for the same input, Bob makes the same mix.",
            won=not same,
        )
    n, found = len(before[0]), _followed(before, (first, second))
    (weak_one, order), (weak_other, _) = (_weak_mix(game, deck) for game, deck in zip(games, before, strict=True))
    weak = _followed(before, (weak_one, weak_other))
    if weak != order:
        raise stage.unshown("the weak mixer gave nothing away")
    hidden = not any(found)
    return Seen(
        story="The server shows Bob two histories, one after the other, perhaps after his laptop was restored from a "
        "backup. In each of them he mixes. If he used one permutation and one randomness for both, then the difference "
        "of his two outputs would be the difference of the two inputs, only in his secret order. But his secrets are "
        "derived from the hash of what he mixes: for another input they are others.",
        victim=f"If he has kept both histories, he can show them: {_compared(one, other)}.",
        won=not hidden, refused=hidden,
        figures={
            "rows followed through the real mixer": f"{sum(bool(row) for row in found)} of {n}",
            "through one that ignores its input": f"{sum(bool(row) for row in weak)} of {n}",
        },
    )  # fmt: skip


TRIALS: Final[Mapping[str, Trial]] = {"sealed": _sealed, "blind": _blind}

ATTACK = Attack(
    id="same-permutation-twice",
    title="one permutation is used twice",
    attacker="the dealer; in a blind game the server, with a trustee",
    lesson="""
A secret that is used once can be safe, and used twice give itself away. That is true of the numbers in signatures,
of the masks in proofs, and of permutations.

In a sealed game decks are passed over until one has no forbidden pair. Each deck that is passed over is opened, so
that everybody sees the reason. If the next deck had the same permutation, opening one would open the other. So two
equal commitments are refused, and the decks come from independent keys.

In a blind game a mixer can be asked twice, by a server that shows two histories or after a disk was set back. If
only its seed decided how it mixes, the two answers could be subtracted, and its order read off. So everything
secret that a trustee applies to public data is derived from its seed and from the hash of that data. The same
question gets the same answer, and another question gets an answer that has nothing to do with it. See
docs/protocol.md, sections 5.4 and 8.
""",
    weak="Secrets that come from a seed and a counter. It is tidy, survives restarts, and works in every test that "
    "asks only once.",
    threat="T08",
    tests=(
        "tests/attacks/test_one_deck.py::test_with_independent_decks_nobody_ever_does",
        "tests/attacks/test_one_deck.py::test_equal_decks_would_open_the_one_that_stands",
        "tests/attacks/test_rollback.py::test_masks_take_in_the_statement_even_if_the_random_source_repeats_itself",
    ),
    cases=("one-deck-twice_fail",),
    course="05-who-shuffled",
    runs=runs(TRIALS),
    elsewhere={"classic": "Nothing is shown of the shuffle, so there is nothing to compare."},
)
