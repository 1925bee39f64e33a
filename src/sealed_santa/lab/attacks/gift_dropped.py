"""A gift gets lost on its way, and not by accident."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from msgspec.structs import replace as with_fields

from sealed_santa.base.labels import Label
from sealed_santa.classic.lines import Say, read
from sealed_santa.crypto.sealing import BoxKey, seal
from sealed_santa.game.batches import Kind
from sealed_santa.game.boxes import HOUSE, INNER_SIZE, Envelope, box_info
from sealed_santa.game.envelopes import search
from sealed_santa.game.state import Phase, State
from sealed_santa.lab import cheats, mixing, stage
from sealed_santa.lab.attack import Attack
from sealed_santa.lab.plain import Table
from sealed_santa.lab.plain import in_words as table_in_words
from sealed_santa.lab.simulator import Simulator
from sealed_santa.lab.trial import Seen, Trial, at_the_door, in_log, let_through, runs, twin
from sealed_santa.log.entry import SignedPost
from sealed_santa.log.fields import Envelopes
from sealed_santa.roles import dealer
from sealed_santa.roles.player import knowledge

_VICTIM: Final = "Ann"


def _sealed(cheat: bool) -> Seen:
    game = stage.at_phase("sealed", Phase.CLOSED)
    body = dealer.make_delivery(game.state, game.dealer, game.memo)
    state, ann = game.state, cheats.seat(game, _VICTIM)
    if cheat:
        info = box_info(Label.SEAL_ENVELOPE, state.game, state.round, ann.number, ann.gift_key, state.create.server)
        house = seal(BoxKey.parse(ann.gift_key), Envelope(HOUSE, bytes(INNER_SIZE)).encode(), info)
        _, *rest = body.envelopes.units()
        body = with_fields(body, envelopes=Envelopes(b"".join((house, *rest))))
    game.deal_with(body)
    parcel = knowledge(game.state, game.players[_VICTIM]).parcel
    cheats.to_the_last_word(game)
    if not cheat:
        return in_log(game, stage.in_words(game), won=parcel is None or parcel.gift is None)
    return replace(in_log(
        game, "The server keeps the gift for Ann to itself and sends her the house gift, as if her Santa had given "
        "nothing. Until the reveal that looks like a lazy Santa. Then her Santa has a name, and the log holds that "
        "Santa's gift.",
        won=parcel is not None and parcel.gift is None,
    ), victim="She gets a box of biscuits. After the reveal her client compares, by itself, and can prove to everybody "
        "that a gift was given and not delivered.")  # fmt: skip


def _mixing_gifts(state: State) -> bool:
    batch = None if state.blind is None else state.blind.batch
    return state.phase is Phase.MIXING and batch is not None and batch.kind is Kind.GIFTS


def _without_a_gift(game: Simulator, post: SignedPost) -> list[str]:
    """Go on as if nobody asked for the proof, and return for whom no box opens."""
    weak = twin(game)
    let_through(weak, post)
    weak.run(Phase.DELIVERED)
    return [p.name for p in weak.state.players if not search(weak.state, p, weak.players[p.name].gift).gifts]


def _blind(cheat: bool) -> Seen:
    game = cheats.play(stage.at_phase("blind", Phase.CHOOSING), _mixing_gifts)
    if not cheat:
        body = mixing.mix_of(game, _VICTIM, lambda deck: deck)
        words = stage.in_words(stage.honest("blind"))
        return at_the_door(game, cheats.signed(game, _VICTIM, body), words, won=False)
    body = mixing.mix_of(game, "Bob", lambda deck: (deck[1], *deck[1:]))
    story = (
        "The server has no gift in its hands. A trustee has all of them, encrypted, when it mixes. Bob leaves one "
        "envelope out and puts another in twice, so that the number is right. He cannot prove that this is a shuffle."
    )
    post = cheats.signed(game, "Bob", body)
    without = _without_a_gift(game, post)
    return at_the_door(
        game, post, story, won=bool(without), **{"without the proof, who gets nothing": ", ".join(without) or "nobody"}
    )


def _classic(cheat: bool) -> Seen:
    table = Table().start()

    def lose(who: str, line: str) -> str:
        found = read(line)
        return "" if cheat and who == _VICTIM and found is not None and found[0] is Say.GET else line

    table.to_client = lose
    table.choose()
    won = not table.told(_VICTIM, Say.GET)
    if not cheat:
        return Seen(story=table_in_words(table), won=won)
    return Seen(
        story="The server, or somebody on the network, swallows one line.",
        victim="Ann hears that the game has ended, and got nothing. She can show that to nobody.", won=won,
        why="Nothing acknowledges a line, and nothing is written down. Neither Ann nor her Santa can show that "
        "there was a gift.",
    )  # fmt: skip


TRIALS: Final[Mapping[str, Trial]] = {"classic": _classic, "sealed": _sealed, "blind": _blind}

ATTACK = Attack(
    id="gift-dropped",
    title="a gift gets lost on its way",
    attacker="the server; in a blind game a trustee",
    lesson="""
To notice that something is missing one must know that it was there. In the sealed game a giver's post holds a
number h that binds choice and note, and shows neither. The dealer delivers to each recipient what its Santa gave;
nobody else can see whether it did. But after the reveal the recipient knows its Santa, finds that Santa's h in the
log, and compares.

So the server can steal a gift, but not in the end. Its own signature stands under both halves of the proof. With
the policy `never` there is no reveal, nobody can compare, and the program says so.

In a blind game envelopes go through a mix, and each mixer proves that it took all of them along, each once. A gift
that is lost is then no gift at all: the mix is refused. See docs/protocol.md, sections 5.10, 11.7 and 11.9.
""",
    weak="A mix without a proof. Every mixer could drop what it likes, and nobody could say who. Counting the boxes "
    "does not help, as one can be put in twice.",
    threat="T21",
    tests=(
        "tests/unit/game/test_verdicts.py::test_what_was_exchanged_is_found_at_the_reveal",
        "tests/attacks/test_shuffle.py::test_attack_a_row_is_doubled",
    ),
    cases=("gift-withheld_fail", "blind-gift-mix-that-loses-a-gift_fail"),
    course="02-seal-the-assignments",
    runs=runs(TRIALS),
)
