"""A box that was meant for one recipient is handed to another."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from msgspec.structs import replace as with_fields

from sealed_santa.base.errors import Certainty
from sealed_santa.classic.lines import Say, read
from sealed_santa.game.stages import present
from sealed_santa.game.state import Phase
from sealed_santa.lab import cheats, stage
from sealed_santa.lab.attack import Attack
from sealed_santa.lab.plain import Table
from sealed_santa.lab.plain import in_words as table_in_words
from sealed_santa.lab.simulator import Simulator
from sealed_santa.lab.trial import NOTHING, Seen, Trial, in_log, runs
from sealed_santa.log.fields import Envelopes
from sealed_santa.roles import dealer
from sealed_santa.roles.player import knowledge

_CHEAT: Final = "Dot"


def _sealed(cheat: bool) -> Seen:
    game = stage.at_phase("sealed", Phase.CLOSED)
    body = dealer.make_delivery(game.state, game.dealer, game.memo)
    if cheat:
        first, second, *rest = body.envelopes.units()
        body = with_fields(body, envelopes=Envelopes(b"".join((second, first, *rest))))
    game.deal_with(body)
    ann = knowledge(game.state, game.players["Ann"]).parcel
    wrong = game.owed("Ann").wrong
    game.run()
    if not cheat:
        return in_log(game, stage.in_words(game), won=False)
    seen = in_log(
        game, "The server exchanges the envelopes of Ann and Bob. Each is sealed to one key, for one number, in one "
        "game and round: with any other it does not open.", won=ann is not None,
    )  # fmt: skip
    shown = f"Ann's client says: {wrong.message}." if wrong is not None else NOTHING
    return Seen(
        story=seen.story, victim=f"{shown} If she agrees it publishes her gift key, and everybody sees that it is so.",
        won=seen.won, code=seen.code, check=seen.check, blame=seen.blame,
    )  # fmt: skip


def _not_theirs(game: Simulator) -> str:
    """Return the name of somebody that the cheat does not give to."""
    theirs = cheats.recipient(game, _CHEAT).name
    return next(p.name for p in present(game.state) if p.name not in (theirs, _CHEAT))


def _blind(cheat: bool) -> Seen:
    game = stage.at_phase("blind", Phase.CHOOSING)
    if not cheat:
        return in_log(game.run(), stage.in_words(game), won=False)
    friend, due = _not_theirs(game), cheats.recipient(game, _CHEAT).name
    box = cheats.sealed_gift(game, cheats.seat(game, friend), 1, "from somebody who is not your Santa")
    game.say(_CHEAT, cheats.forged_envelope(game, _CHEAT, box))
    game.run(Phase.DELIVERED)
    got = {name: game.owed(name).wrong for name in (friend, due)}
    won = got[friend] is None
    game.run()
    found = [f for f in stage.findings(stage.audited(game.entries)) if f.blame.certainty is Certainty.PROVEN]
    said = "; ".join(f"{name}'s client says: {e.message}" for name, e in got.items() if e is not None)
    return Seen(
        story=f"Nobody but {_CHEAT} can seal in {_CHEAT}'s place, and boxes cannot be moved in the mix. So it is the "
        f"giver who cheats: its card says {due}, and it seals its gift to {friend}. No proof forbids that, as nobody "
        f"may know for whom an envelope is. But then two boxes open for {friend}, and none for {due}.",
        victim=f"{said}. With their gift keys published everybody can see it, and the reveal says who it was.",
        won=won, code=found[0].code if found else "", check=found[0].check if found else "",
        blame=found[0].blame if found else Seen(story="").blame,
    )  # fmt: skip


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
    return Seen(story="The server hands Bob's gift to Ann and Ann's to Bob.", victim=NOTHING, won=won)


TRIALS: Final[Mapping[str, Trial]] = {"classic": _classic, "sealed": _sealed, "blind": _blind}

ATTACK = Attack(
    id="box-moved-to-another-recipient",
    title="a box is handed to somebody else",
    attacker="the server; in a blind game a giver",
    lesson="""
A sealed box hides what is in it. It does not say by itself whom it is for, in which game, and for what. Somebody
who cannot open a box may still carry it to another place, and let the wrong person act on it.

So every box of this protocol is bound to its purpose: game, round, the number and the key of the reader, and where
it may be known the author, go into the key with which it is closed. In another place it does not open. The reader's
client notices, and can show it: it publishes that one key, and everybody tries the box for themselves.

A blind game goes one step further. The server never holds a box that it could hand to anybody, and the mix proves
that all boxes come out that went in. What is left is a giver who seals to the wrong person. That cannot be
forbidden without looking into the box, but it shows: one player has two gifts and another none. See
docs/protocol.md, sections 7 and 11.7.
""",
    weak="Boxes that are closed with the reader's key and nothing else. If one key serves several games, or several "
    "purposes, then boxes travel between them. It is what most examples of sealing look like.",
    threat="T18",
    tests=(
        "tests/attacks/test_replay.py::test_sealed_cards_cannot_be_exchanged",
        "tests/unit/game/test_verdicts.py::test_a_bad_envelope",
    ),
    cases=("envelope-does-not-open_fail", "card-box-for-another-round_fail", "blind-gift-for-another_fail"),
    course="02-seal-the-assignments",
    runs=runs(TRIALS),
)
