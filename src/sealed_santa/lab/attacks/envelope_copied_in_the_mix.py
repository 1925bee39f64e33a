"""A giver copies somebody else's envelope, to see for whom it is when the boxes come out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Final

from msgspec.structs import replace as with_fields

from sealed_santa.game.envelopes import search
from sealed_santa.game.state import Phase
from sealed_santa.lab import cheats, stage
from sealed_santa.lab.attack import Attack
from sealed_santa.lab.simulator import Simulator
from sealed_santa.lab.trial import Seen, Trial, at_the_door, in_log, runs, twin
from sealed_santa.lab.trial import let_through as ordered_unproven
from sealed_santa.log.entry import SignedPost

_THIEF: Final = "Bob"  # of a sealed game


def _unproven(game: Simulator, post: SignedPost) -> dict[str, str]:
    """Go on as if nobody asked for the proof, and return what the thief learns."""
    weak = twin(game)
    ordered_unproven(weak, post)
    weak.run(Phase.DELIVERED)
    boxes = Counter(cheats.blind_of(weak).boxes)
    doubled = [p.name for p in weak.state.players if len(search(weak.state, p, weak.players[p.name].gift).gifts) > 1]
    if doubled != [cheats.recipient(weak, "Ann").name]:
        raise stage.unshown(f"the copy opens for {doubled}")
    return {
        "without the proof, boxes that come out twice": str(max(boxes.values()) - 1),
        "and who complains of two gifts": f"{doubled[0]}, to whom Ann gives",
    }


def _blind(cheat: bool) -> Seen:
    game = stage.at_phase("blind", Phase.CHOOSING)
    game.say("Ann", cheats.owes(game, "Ann"))
    friend = cheats.recipient(game, "Ann").name
    thief = next(name for name in game.players if name not in ("Ann", friend))
    if not cheat:
        own = cheats.signed(game, thief, cheats.owes(game, thief))
        return at_the_door(game, own, stage.in_words(stage.honest("blind")), won=False)
    ann = cheats.blind_of(game).envelopes[cheats.seat(game, "Ann").number].row
    row = tuple(cheats.fresh(game, cipher) for cipher in ann)
    post = cheats.signed(game, thief, cheats.forged_envelope(game, thief, row=row))
    story = (
        f"{thief} takes Ann's envelope, encrypts it again so that it looks like any other, and posts it as its own. If "
        "that went through, one box would come out of the mix twice, and whoever then has two gifts is Ann's "
        f"recipient. But a giver has to show that it knows what it has encrypted, and {thief} does not."
    )
    return at_the_door(game, post, story, won=True, **_unproven(game, post))


def _sealed(cheat: bool) -> Seen:
    game = stage.at_phase("sealed", Phase.CHOOSING)
    for name in ("Ann", _THIEF):
        game.say(name, cheats.owes(game, name))  # they confirm their cards
    game.say("Ann", cheats.owes(game, "Ann"))
    ann = game.state.gifts[cheats.seat(game, "Ann").number].body
    own = cheats.owes(game, _THIEF)
    game.say(_THIEF, with_fields(own, choice=ann.choice, note=ann.note, h=ann.h) if cheat else own)
    code = cheats.refused_because(game, _THIEF)
    if not cheat:
        return in_log(game.run(), stage.in_words(game), won=bool(code))
    stands = cheats.seat(game, _THIEF).number in game.state.gifts
    return Seen(
        story="There is no mix here, but a gift can be copied from the log: Bob posts Ann's boxes as his own. They are "
        "bound to Ann, and do not open as Bob's. The dealer refuses the gift, and that shows nothing but this.",
        victim="Nothing comes of it: Bob is asked again for a gift.", won=stands, refused=not stands, code=code,
        check="A31",
    )  # fmt: skip


TRIALS: Final[Mapping[str, Trial]] = {"sealed": _sealed, "blind": _blind}

ATTACK = Attack(
    id="envelope-copied-in-the-mix",
    title="an envelope is copied, to follow it through the mix",
    attacker="a giver",
    lesson="""
A mix hides which envelope became which box. But it hides it among boxes that are different. Whoever can put in a
copy of somebody's envelope sees one box twice at the other end, and has followed it through. The encryption itself
does not prevent that: anybody can encrypt an encrypted thing again without knowing what it is. This attack on mixes
is as old as mixes are (Pfitzmann 1994).

The defence is to ask every giver for a proof that it knows the randomness of its own encryption. Who has copied
does not know it. The proof is bound to its author, game, round and batch, so that it cannot be copied along.

In the sealed mode boxes name their author inside the lock, which does the same. See docs/protocol.md, sections 7
and 11.13.
""",
    weak="A mix that takes any well-formed ciphertext. The run lets the copy through and looks what comes out.",
    threat="T41",
    tests=(
        "tests/attacks/test_trustee_proofs.py::test_attack_an_envelope_is_copied_and_rerandomised",
        "tests/attacks/test_replay.py::test_a_copied_gift_is_refused_and_shows_nothing",
    ),
    cases=("blind-envelope-copied_fail", "blind-envelope-copied-with-other-randomness_fail"),
    course="07-take-the-server-out",
    runs=runs(TRIALS),
    elsewhere={"classic": "Nothing is encrypted, so there is nothing to follow: everybody on the way reads it."},
)
