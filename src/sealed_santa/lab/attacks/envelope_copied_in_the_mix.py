"""A giver copies somebody else's envelope, to see for whom it is when the boxes come out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from functools import partial
from typing import Final

from msgspec.structs import replace as with_fields

from sealed_santa.base.labels import Label
from sealed_santa.crypto.sealing import BoxKey, seal
from sealed_santa.game.boxes import box_info, gift_hash
from sealed_santa.game.envelopes import search
from sealed_santa.game.state import Phase
from sealed_santa.lab import cheats, stage
from sealed_santa.lab.attack import Attack
from sealed_santa.lab.simulator import Simulator
from sealed_santa.lab.trial import TAKEN, Seen, Trial, answer, at_the_door, in_log, refused_gift, runs, twin
from sealed_santa.lab.trial import let_through as ordered_unproven
from sealed_santa.log.entry import SignedPost
from sealed_santa.log.fields import ChoiceBox, NoteBox
from sealed_santa.log.posts import Gift
from sealed_santa.roles import dealer
from sealed_santa.roles.player import knowledge

_KEY, _LOCK, _H = "bound by a key of her own alone", "by the giver in the lock alone", "by the giver in h alone"
_NOTHING: Final = "by nothing"
_THIEF: Final = "Bob"  # of a sealed game


def _followed(game: Simulator, post: SignedPost) -> tuple[bool, dict[str, str]]:
    """Go on as if nobody asked for the proof; return whether the thief learns for whom Ann's is, and from what."""
    weak = twin(game)
    ordered_unproven(weak, post)
    weak.run(Phase.DELIVERED)
    boxes = Counter(cheats.blind_of(weak).boxes)
    doubled = [p.name for p in weak.state.players if len(search(weak.state, p, weak.players[p.name].gift).gifts) > 1]
    return doubled == [cheats.recipient(weak, "Ann").name], {
        "without the proof, boxes that come out twice": str(max(boxes.values()) - 1),
        "and who complains of two gifts": f"{', '.join(doubled) or 'nobody'}, to whom Ann gives",
    }


def _blind(cheat: bool) -> Seen:
    game = stage.at_phase("blind", Phase.CHOOSING)
    anns = cheats.owes(game, "Ann")
    game.say("Ann", anns)
    friend = cheats.recipient(game, "Ann").name
    thief = next(name for name in game.players if name not in ("Ann", friend))
    if not cheat:
        own = cheats.signed(game, thief, cheats.owes(game, thief))
        return at_the_door(game, own, stage.in_words(stage.honest("blind")), won=False)
    as_it_is = cheats.signed(game, thief, with_fields(anns, by=game.players[thief].key, seen=game.state.head))
    code = answer(partial(twin(game).order, as_it_is))
    ann = cheats.blind_of(game).envelopes[cheats.seat(game, "Ann").number].row
    row = tuple(cheats.fresh(game, cipher) for cipher in ann)
    encrypted_again = cheats.signed(game, thief, cheats.forged_envelope(game, thief, row=row))
    post = as_it_is if code == TAKEN else encrypted_again
    won, figures = _followed(game, post)
    story = (
        f"{thief} posts Ann's envelope as its own, with the proof that she has made; and, when that is refused, her "
        "envelope encrypted again, so that it looks like any other. If either went through, one box would come out of "
        "the mix twice, and whoever then has two gifts is Ann's recipient. But a giver has to show that it knows what "
        f"it has encrypted, in a proof with its own name and number in it: Ann's does not fit, and {thief} has none."
    )
    return at_the_door(game, post, story, won=won, **{"her envelope with her proof, as it is": code}, **figures)


# --- sealed: there is no mix, and a gift can be copied all the same ---------------------------------


def _bound_by(game: Simulator, own: Gift, what: str) -> Gift:
    """Return Ann's gift as it could be copied if only one thing bound it to her: a key of hers, the lock, h; or none.

    Only the dealer could make this: it shows what each of the three does alone.
    """
    state, ann, thief = game.state, cheats.seat(game, "Ann"), cheats.seat(game, _THIEF)
    gift = dealer.opened_gift(state, game.dealer, ann, game.memo)
    if gift is None:
        raise stage.unshown("Ann has not given")
    keyed, locked, named = (ann if what == each else thief for each in (_KEY, _LOCK, _H))
    boxes = []
    for label, keys, content in (
        (Label.SEAL_CHOICE, state.choice_keys, gift.choice.encode()), (Label.SEAL_NOTE, state.note_keys, gift.inner),
    ):  # fmt: skip
        info = box_info(label, state.game, state.round, locked.number, keys[thief.number], locked.key)
        boxes.append(seal(BoxKey.parse(keys[keyed.number]), content, info))
    binding = gift_hash(state.game, state.round, named.number, gift.choice.k, gift.choice.gift, gift.inner)
    return with_fields(own, choice=ChoiceBox(boxes[0]), note=NoteBox(boxes[1]), h=binding)


def _judged(game: Simulator, body: Gift) -> str:
    """Post a gift of the thief's, let the dealer look, and return why it refuses it, or that it is taken."""
    game.say(_THIEF, body)
    return cheats.refused_because(game, _THIEF) or TAKEN


def _learnt(game: Simulator, choice: int) -> bool:
    """Whether the thief's own recipient, once all is delivered, can tell it what Ann chose."""
    friend = knowledge(game.state, game.players[_THIEF]).recipient
    game.run(Phase.DELIVERED)
    parcel = None if friend is None else knowledge(game.state, game.players[friend.name]).parcel
    return parcel is not None and parcel.gift == choice


def _sealed(cheat: bool) -> Seen:
    game = stage.at_phase("sealed", Phase.CHOOSING)
    for name in ("Ann", _THIEF):
        game.say(name, cheats.owes(game, name))  # they confirm their cards
    game.say("Ann", cheats.owes(game, "Ann"))
    anns, own = game.state.gifts[cheats.seat(game, "Ann").number].body, cheats.owes(game, _THIEF)
    if not cheat:
        code = _judged(game, own)
        return in_log(game.run(), stage.in_words(game), won=code != TAKEN)
    choice = list(game.players).index("Ann")  # as the simulated owners choose
    alone = {what: _judged(twin(game), _bound_by(game, own, what)) for what in (_KEY, _LOCK, _H)}
    unbound = twin(game)
    alone[_NOTHING] = _judged(unbound, _bound_by(game, own, _NOTHING))
    code = _judged(game, with_fields(own, choice=anns.choice, note=anns.note, h=anns.h))
    story = (
        f"There is no mix here, but a gift can be copied from the log: {_THIEF} posts Ann's boxes as his own, to hear "
        "from his recipient what she gives. The dealer has made keys for every giver to seal to, and with "
        f"{_THIEF}'s her boxes do not open. It refuses the gift, and that shows nothing but this. The giver in the "
        "lock of the boxes would do the same, and so would the giver in h: each of the three is tried alone."
    )
    if code == TAKEN:
        return Seen(story=story, won=_learnt(game, choice), figures=alone)
    if TAKEN in (alone[_KEY], alone[_LOCK], alone[_H]):
        raise stage.unshown(f"alone they do not keep a copy out: {alone}")
    if alone[_NOTHING] != TAKEN or not _learnt(unbound, choice):
        raise stage.unshown(f"even a gift that is bound to nobody is of no use to {_THIEF}")
    return Seen(
        story=story, victim=f"Nothing comes of it: {_THIEF} is asked again for a gift.", refused=True, figures=alone,
        **refused_gift(game, _THIEF, code),
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

In the sealed mode every giver seals to keys that the dealer has made for it alone, names itself inside the lock, and
is named again in a hash that binds what it gives. Each of the three is enough. See docs/protocol.md, sections 7
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
