"""A box that was meant for one recipient is handed to another."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Final

from msgspec.structs import replace as with_fields

from sealed_santa.base.errors import Certainty
from sealed_santa.base.labels import Label
from sealed_santa.classic.lines import Say, read
from sealed_santa.crypto.sealing import BoxKey, open_box, seal
from sealed_santa.game.boxes import box_info
from sealed_santa.game.stages import present
from sealed_santa.game.state import Phase
from sealed_santa.game.verdicts import Parcel
from sealed_santa.lab import cheats, stage
from sealed_santa.lab.attack import Attack
from sealed_santa.lab.plain import Table
from sealed_santa.lab.plain import in_words as table_in_words
from sealed_santa.lab.simulator import Simulator
from sealed_santa.lab.trial import NOTHING, Seen, Trial, in_log, runs, said, twin
from sealed_santa.log.fields import Envelopes, Hash
from sealed_santa.log.posts import Delivery
from sealed_santa.roles import dealer
from sealed_santa.roles.player import knowledge

_NOTE: Final = "from somebody who is not your Santa"
_CHEAT: Final = "Dot"


def _sealed(cheat: bool) -> Seen:
    game = stage.at_phase("sealed", Phase.CLOSED)
    body = dealer.make_delivery(game.state, game.dealer, game.memo)
    honest = twin(game)
    honest.deal_with(body)
    if not cheat:
        return in_log(honest.run(), stage.in_words(honest), won=False)
    due, bobs = (knowledge(honest.state, honest.players[name]).parcel for name in ("Ann", "Bob"))
    places, anew = _elsewhere(game), _sealed_anew(game, body)
    first, second, *rest = body.envelopes.units()
    game.deal_with(with_fields(body, envelopes=Envelopes(b"".join((second, first, *rest)))))
    got = knowledge(game.state, game.players["Ann"]).parcel
    wrong = game.owed("Ann").wrong
    cheats.to_the_last_word(game)
    seen = in_log(
        game, "The server exchanges the envelopes of Ann and Bob. Each is sealed to its reader's own key, and with "
        "another it does not open. A box for Ann's key that was made for another place does not open here either. So "
        "the server seals Bob's gift anew, for Ann: that opens, but the note in it is still Bob's, and the reveal "
        "shows that it was exchanged.",
        won=got is not None and bobs is not None and got.gift == bobs.gift,
        **{"Bob's gift, sealed anew for Ann": anew}, **places,
    )  # fmt: skip
    shown = f"Ann's client says: {wrong.message}." if wrong is not None else NOTHING
    return replace(
        seen, harm=got != due,
        victim=f"{shown} If she agrees it publishes her gift key, and everybody sees that it is so.",
    )  # fmt: skip


def _elsewhere(game: Simulator) -> dict[str, str]:
    """Show Ann's client boxes that are closed with her own key, but for another place; return what it says to each.

    Raises:
        UndecidedError: `lab.unshown`, one of them opens.
    """
    state, ann, bob = game.state, cheats.seat(game, "Ann"), cheats.seat(game, "Bob")
    here = (Label.SEAL_ENVELOPE, state.game, state.round, ann.number, ann.gift_key, state.create.server)
    boxes = {
        "purpose": (Label.SEAL_REVEAL, *here[1:]),
        "game": (here[0], Hash(bytes(32)), *here[2:]),
        "round": (*here[:2], state.round + 1, *here[3:]),
        "reader": (*here[:3], bob.number, *here[4:]),
        "author": (*here[:5], bob.key),
    }
    said = {}
    for other, there in boxes.items():
        box = seal(BoxKey.parse(ann.gift_key), b"a gift", box_info(*there))
        said[f"a box for Ann's key and another {other}"] = stage.refusal(
            partial(open_box, game.players["Ann"].gift, box, box_info(*here))
        ).code
    return said


def _sealed_anew(game: Simulator, body: Delivery) -> str:
    """Let the server, which can open choices, seal to Ann what is for Bob; return what the audit finds, in a twin."""
    beside = twin(game)
    state, ann, bob = game.state, cheats.seat(game, "Ann"), cheats.seat(game, "Bob")
    theirs, mine = (
        box_info(Label.SEAL_ENVELOPE, state.game, state.round, p.number, p.gift_key, state.create.server)
        for p in (bob, ann)
    )
    _, second, *rest = body.envelopes.units()
    content = open_box(game.players["Bob"].gift, second, theirs)  # the server has it from his Santa
    moved = seal(BoxKey.parse(ann.gift_key), content, mine)
    beside.deal_with(with_fields(body, envelopes=Envelopes(b"".join((moved, second, *rest)))))
    cheats.to_the_last_word(beside)
    return ", ".join(dict.fromkeys(f"{f.code} ({f.check})" for f in stage.findings(stage.audited(beside.entries))))


def _not_theirs(game: Simulator) -> str:
    """Return the name of somebody that the cheat does not give to."""
    theirs = cheats.recipient(game, _CHEAT).name
    return next(p.name for p in present(game.state) if p.name not in (theirs, _CHEAT))


def _blind(cheat: bool) -> Seen:
    game = stage.at_phase("blind", Phase.CHOOSING)
    if not cheat:
        return in_log(game.run(), stage.in_words(game), won=False)
    friend, due = _not_theirs(game), cheats.recipient(game, _CHEAT).name
    box = cheats.sealed_gift(game, cheats.seat(game, friend), 1, _NOTE)
    game.say(_CHEAT, cheats.forged_envelope(game, _CHEAT, box))
    game.run(Phase.DELIVERED)
    got = {name: game.owed(name).wrong for name in (friend, due)}
    notes = {name: [parcel.note for parcel in _parcels(game, name)] for name in got}
    game.run()
    found = stage.findings(stage.audited(game.entries))
    proven = [f for f in found if f.blame.certainty is Certainty.PROVEN]
    told = "; ".join(f"{name}'s client says: {e.message}" for name, e in got.items() if e is not None)
    return Seen(
        story=f"Nobody but {_CHEAT} can seal in {_CHEAT}'s place, and boxes cannot be moved in the mix. So it is the "
        f"giver who cheats: its card says {due}, and it seals its gift to {friend}. No proof forbids that, as nobody "
        f"may know for whom an envelope is. But then two boxes open for {friend}, and none for {due}.",
        victim=f"{told}. With their gift keys published everybody can see it, and the reveal says who it was."
        if told else NOTHING,
        won=_NOTE in notes[friend] and not found, harm=not notes[due],
        figures={"boxes that open": "; ".join(f"for {name} {len(opened)}" for name, opened in notes.items())},
        **said(next(iter(proven or found), None)),
    )  # fmt: skip


def _parcels(game: Simulator, name: str) -> list[Parcel]:
    """Return what a player of a blind game finds among the boxes."""
    known = knowledge(game.state, game.players[name])
    return [] if known.parcel is None else [known.parcel, *known.more]


def _classic(cheat: bool) -> Seen:
    table = Table().start()
    truth = {table.pairs()[giver]: giver for giver in table.ids}
    exchanged = {"Ann": "Bob", "Bob": "Ann"} if cheat else {}
    gifts = {giver: table.game.gifts[place].name for place, giver in enumerate(table.ids)}

    def deliver(who: str, line: str) -> str:
        found = read(line)
        if found is None or found[0] is not Say.GET:
            return line
        return Say.GET.value.format(gift=gifts[truth[exchanged.get(who, who)]])

    table.to_client = deliver
    table.choose()
    won = table.told("Ann", Say.GET) == [gifts[truth["Bob"]]]
    if not cheat:
        return Seen(story=table_in_words(table), won=won)
    return Seen(
        story="The server hands Bob's gift to Ann and Ann's to Bob.", victim=NOTHING, won=won,
        why="Gifts pass through the server in plain text, and nothing binds them to those who gave them.",
    )  # fmt: skip


TRIALS: Final[Mapping[str, Trial]] = {"classic": _classic, "sealed": _sealed, "blind": _blind}

ATTACK = Attack(
    id="box-moved-to-another-recipient",
    title="a box is handed to somebody else",
    attacker="the server; in a blind game a giver",
    lesson="""
A sealed box hides what is in it. It does not say by itself whom it is for, in which game, and for what. Somebody
who cannot open a box may still carry it to another place, and let the wrong person act on it.

So every reader has a key of its own, in every game another, and in one game several: for cards, for gifts, for the
reveal. That alone keeps a box from being read by somebody else. And every box is bound to its purpose: game, round,
the number and the key of the reader, and where it may be known the author, go into the lock with which it is closed.
So even boxes for one key cannot change places. The reader's client notices, and can show it: it publishes that one
key, and everybody tries the box for themselves. Who deals can still seal something else from the start. Against that
the giver's hash in the log helps: the reveal compares.

A blind game goes one step further. The server never holds a box that it could hand to anybody, and the mix proves
that all boxes come out that went in. What is left is a giver who seals to the wrong person. That cannot be
forbidden without looking into the box, but it shows: one player has two gifts and another none. See
docs/protocol.md, sections 7 and 11.7.
""",
    weak="One key for everything that somebody reads, and boxes that are closed with it and with nothing else: then a "
    "box of one game, one purpose or one household opens in another. It is what most examples of sealing look like. "
    "With keys of their own, as here, an exchange of two boxes shows even without more in the lock.",
    threat="T48",
    tests=(
        "tests/attacks/test_replay.py::test_sealed_cards_cannot_be_exchanged",
        "tests/unit/game/test_verdicts.py::test_a_bad_envelope",
    ),
    cases=("envelope-does-not-open_fail", "card-box-for-another-round_fail", "blind-gift-for-another_fail"),
    course="02-seal-the-assignments",
    runs=runs(TRIALS),
)
