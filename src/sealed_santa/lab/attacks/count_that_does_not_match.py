"""There is one thing less than there are people, and whoever pairs them off does not notice."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from sealed_santa.base.errors import SantaError
from sealed_santa.base.labels import Label
from sealed_santa.crypto.elgamal import claimed_rows, encode_rows
from sealed_santa.crypto.sealing import OVERHEAD, open_box
from sealed_santa.game.boxes import box_info
from sealed_santa.game.mixing import mix_input
from sealed_santa.game.replay import judge
from sealed_santa.game.state import Phase
from sealed_santa.game.statements import joint_key, shuffle_statement
from sealed_santa.lab import cheats, dealing, mixing, stage
from sealed_santa.lab.attack import Attack
from sealed_santa.lab.simulator import Simulator
from sealed_santa.lab.trial import Seen, Trial, at_the_door, in_log, runs, uncheated
from sealed_santa.log.entry import sign_post
from sealed_santa.log.fields import Envelopes
from sealed_santa.log.posts import Delivery
from sealed_santa.proofs.shuffle.prove import mix_rows, prove_shuffle
from sealed_santa.roles import dealer


def _paired(game: Simulator, body: Delivery) -> tuple[str, ...]:
    """Return who finds an envelope that opens, if players and envelopes are paired off as long as there are both."""
    state, found = game.state, []
    for p, envelope in zip(state.players, body.envelopes.units(), strict=False):
        info = box_info(Label.SEAL_ENVELOPE, state.game, state.round, p.number, p.gift_key, state.create.server)
        try:
            open_box(game.players[p.name].gift, envelope, info)
        except SantaError:
            continue
        found.append(p.name)
    return tuple(found)


def _more(game: Simulator, body: Delivery, count: int) -> str:
    """Return how a delivery with more or fewer envelopes is refused."""
    units = (body.envelopes.units() * 2)[:count]
    post = sign_post(dealing.but(body, envelopes=Envelopes(b"".join(units))), game.server)
    return stage.refusal(lambda: judge(game.state, post, game.now)).code


def _less(body: Any, **fields: int) -> Any:
    """Return a body with so many bytes less in a field, or more."""
    cut = {}
    for name, size in fields.items():
        raw: Any = getattr(body, name)
        cut[name] = type(raw)(raw[:-size] if size > 0 else raw + bytes(-size))
    return dealing.but(body, **cut)


def _elsewhere() -> dict[str, str]:
    """Return what is said where a sealed game counts other things."""
    game = stage.at_phase("sealed", Phase.DECK)
    said = {}

    def ask(what: str, body: Any, **fields: int) -> None:
        said[what] = stage.refusal(lambda: game.deal_with(_less(body, **fields))).code

    ask("a key for gifts is missing", dealer.make_deck(game.state, game.dealer), keys=32)
    game.run(Phase.DEAL)
    body = dealer.make_deal(game.state, game.dealer, game.entropy)
    ask("a card is missing", body, cards=32)
    ask("a sealed card is missing", body, sealed=len(body.sealed) // 4)
    ask("an opening is too many", body, openings=-32)
    game.run(Phase.DELIVERED)
    for name in game.players:
        game.say(name, cheats.owes(game, name))
    ask("an opening of the reveal is missing", dealer.make_reveal(game.state, game.dealer, game.memo), openings=36)
    return said


def _of_trustees() -> dict[str, str]:
    """Return what is said where a blind game counts other things."""
    game = stage.at_phase("blind", Phase.COINS, **mixing.quick("blind"))
    said = {}

    def ask(what: str, **fields: int) -> None:
        said[what] = stage.refusal(lambda: game.say("Ann", _less(cheats.owes(game, "Ann"), **fields))).code

    game.say("Ann", cheats.owes(game, "Ann"))  # her coin
    ask("a share of a key is missing", shares=32 + OVERHEAD)
    game.run(Phase.OPENING)
    ask("a share of an opening is missing", shares=32)
    game.run(Phase.DEALING)
    ask("a hand is missing", cards=64)
    return said


def _sealed(cheat: bool) -> Seen:
    game = stage.at_phase("sealed", Phase.CLOSED)
    body = dealer.make_delivery(game.state, game.dealer, game.memo)
    names = tuple(p.name for p in game.state.players)
    if not cheat:
        return uncheated(game, won=_paired(game, body) != names)
    short = dealing.but(body, envelopes=Envelopes(b"".join(body.envelopes.units()[:-1])))
    found = _paired(game, short)
    figures = {f"{count} envelopes for {len(names)}": _more(game, body, count) for count in (0, 3, 5, 8)}
    game.force(sign_post(short, game.server))
    return in_log(
        game,
        f"The server delivers one envelope less than there are players. Everybody but {names[-1]} finds its own in "
        "its place, and all is well with them. A program that pairs players and envelopes off, and stops where one "
        f"list ends, never looks for {names[-1]}'s.",
        won=found == names[:-1],
        **{"who finds an envelope that opens": ", ".join(found), **figures, **_elsewhere()},
    )


def _blind(cheat: bool) -> Seen:
    game = stage.at_phase("blind", Phase.MIXING, **mixing.quick("blind"))
    if not cheat:
        rows = claimed_rows(cheats.owes(game, "Ann").rows, len(game.players), 1)
        return uncheated(game, won=len(set(mixing.opened(game, rows))) != len(game.players))
    state, secrets = game.state, game.players["Ann"]
    before = mix_input(state, 1)[0]
    rows = before[:1] + before[2:]  # without Bob
    witness = mixing.witness_of(game, rows)
    after = mix_rows(joint_key(state), rows, witness.permutation, witness.randomness)
    statement = shuffle_statement(state, secrets.key, 0, rows, after)  # true, of three rows
    proof = prove_shuffle(statement, witness, secrets.seed, game.entropy)
    post = cheats.signed(game, "Ann", mixing.mix_post(game, "Ann", encode_rows(after), proof.encode()))
    held = mixing.opened(game, after)
    return at_the_door(
        game, post,
        "Ann mixes first. She leaves Bob's card out and mixes the other three, and proves of these that they are "
        "three cards well mixed. That is even true. A program that asks the rows how many there are has nothing to "
        "object; and whoever is last in the list has no card, and nobody gives to Bob.",
        won=sorted(held) == [1, 3, 4],
        **{"the deck holds": ", ".join(str(number) for number in sorted(held)), **_of_trustees()},
    )  # fmt: skip


TRIALS: Final[Mapping[str, Trial]] = {"sealed": _sealed, "blind": _blind}

ATTACK = Attack(
    id="count-that-does-not-match",
    title="one thing less than there are people",
    attacker="the server (sealed), a trustee (blind)",
    lesson="""
Each player has a card, each recipient an envelope, each slot a commitment. What belongs together stands in two lists,
in the same place. So a program goes through both lists at once. What does it do where one list is longer?

The usual way to write that stops without a word where the shorter list ends. Everything that was looked at was right.
What was missing was not looked at. A server can leave out somebody's envelope so, a dealer one opening, a trustee one
row; and the proof of a mix of three rows is a good proof, of three rows.

So before anything is paired off, it is counted, against a number that comes from the game and from nothing in the
post: so many players, so many decks, so many tests (docs/protocol.md, sections 5 and 11.5). Strings of points, boxes
and keys have the length that follows from it to the byte. In the code of this project no two lists are walked together
without saying what shall happen if they differ.
""",
    weak="A loop over two lists at once, in a language where that is short to write. It is in every tutorial.",
    threat="T33",
    tests=(
        "tests/attacks/test_unchecked.py::test_counts_must_match",
        "tests/attacks/test_shuffle.py::test_attack_a_row_is_doubled",
    ),
    cases=(
        "envelope-missing_fail", "envelope-too-many_fail", "cards-missing_fail", "sealed-card-missing_fail",
        "reveal-of-three-cards_fail", "deal-with-an-opening-too-many_fail", "deck-keys-missing_fail",
        "blind-mix-with-a-row-missing_fail", "blind-key-with-a-share-missing_fail",
        "blind-hand-with-a-card-missing_fail", "blind-opening-with-a-share-missing_fail",
    ),
    course="02-seal-the-assignments",
    runs=runs(TRIALS),
    elsewhere={"classic": "The server tells each player its lines. What it leaves out nobody can count."},
)  # fmt: skip
