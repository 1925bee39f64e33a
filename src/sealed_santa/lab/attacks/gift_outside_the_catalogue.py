"""A giver chooses what is not in the catalogue."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from sealed_santa.classic.lines import Say
from sealed_santa.game.envelopes import search
from sealed_santa.game.state import Phase
from sealed_santa.lab import cheats, stage
from sealed_santa.lab.attack import Attack
from sealed_santa.lab.plain import Table
from sealed_santa.lab.plain import in_words as table_in_words
from sealed_santa.lab.simulator import Simulator
from sealed_santa.lab.trial import Seen, Trial, in_log, refused_gift, runs
from sealed_santa.roles import player

_WISH: Final = "a pony"


def _note(game: Simulator, check: str) -> str:
    return next(result.note for result in stage.audited(game.entries).results if result.check.id == check)


def _sealed(cheat: bool) -> Seen:
    game = stage.at_phase("sealed", Phase.CHOOSING)
    if not cheat:
        return in_log(game.run(), stage.in_words(game), won=False)
    secrets = game.players["Ann"]
    game.say("Ann", cheats.owes(game, "Ann"))  # her confirmation
    game.say("Ann", player.make_gift(game.state, secrets, cheats.NO_SUCH_GIFT, "for you", game.entropy))
    code = cheats.refused_because(game, "Ann")
    stands = cheats.seat(game, "Ann").number in game.state.gifts
    said = refused_gift(game, "Ann", code)
    game.intents["Ann"] = replace(game.intents["Ann"], refusals=1)  # asked anew, she chooses something lawful
    game.run()
    return Seen(
        story=f"Ann seals gift number {cheats.NO_SUCH_GIFT} to the dealer. It opens the box, finds no such gift, and "
        "refuses it: it publishes the one key that this choice was sealed to, so that everybody can see why. Ann "
        "chooses again.",
        victim=f"Her recipient gets a lawful gift. The audit notes: {_note(game, said['check'])}.",
        won=stands, refused=not stands, **said,
    )  # fmt: skip


def _blind(cheat: bool) -> Seen:
    game = stage.at_phase("blind", Phase.CHOOSING)
    if not cheat:
        return in_log(game.run(), stage.in_words(game), won=False)
    to = cheats.recipient(game, "Ann")
    box = cheats.sealed_gift(game, to, cheats.NO_SUCH_GIFT, "for you")
    game.say("Ann", cheats.forged_envelope(game, "Ann", box))
    game.run(Phase.DELIVERED)
    wrong = game.owed(to.name).wrong
    lawful = [gift for gift in search(game.state, to, game.players[to.name].gift).gifts if gift is not None]
    seen = in_log(
        game.run(), f"Nobody sees what Ann seals: she writes gift number {cheats.NO_SUCH_GIFT} into her envelope, and "
        f"it is mixed and delivered with the others. Only {to.name} can open it, and has no gift then.",
        won=wrong is None,
    )  # fmt: skip
    said = f"{to.name}'s client says: {wrong.message}." if wrong is not None else ""
    return replace(
        seen, harm=not lawful, victim=f"{said} If {to.name} agrees, its gift key is published: everybody sees what is "
        "in the box, and after the reveal from whom.",
    )  # fmt: skip


def _classic(cheat: bool) -> Seen:
    table = Table().start()
    if not cheat:
        return Seen(story=table_in_words(table.choose()))
    table.say("Ann", _WISH)
    refused = Say.NO_GIFT.value in table.heard["Ann"]
    chosen = table.game.seats[table.ids["Ann"]].gift is not None
    table.choose()
    return Seen(
        story=f"Ann types {_WISH!r}. The server looks it up in its dictionary, and says no. The server itself could "
        "deliver a pony to whom it likes.",
        victim="Its Santa chooses again, and it gets a gift of the dictionary.", won=chosen, refused=refused,
    )  # fmt: skip


TRIALS: Final[Mapping[str, Trial]] = {"classic": _classic, "sealed": _sealed, "blind": _blind}

ATTACK = Attack(
    id="gift-outside-the-catalogue",
    title="a giver chooses what is not in the catalogue",
    attacker="a giver",
    lesson="""
The catalogue is part of the terms: everybody agreed to it when they joined. In the classic game the server reads
what people type, and so it can say no. When choices are sealed, somebody has to open them before anybody can
object.

In a sealed game that is the dealer. But a dealer that refuses a gift could lie. So a refusal publishes the key to
that one choice, and everybody opens the box and looks. A refusal without a reason is a fault of the dealer, on
record. The note has a key of its own, and stays closed.

In a blind game nobody opens the box before the recipient. The fault shows later, and only if the recipient wants it
to show, as with its key its note becomes public too. See docs/protocol.md, sections 5.7 and 11.7.
""",
    weak="A dealer that just throws bad gifts away and says so. It sounds fair, and lets the dealer throw away good "
    "ones.",
    threat="T46",
    tests=(
        "tests/unit/game/test_envelopes.py::test_a_bad_gift_is_its_santa_s_fault_if_everybody_gave",
        "tests/attacks/test_hidden_author.py::test_a_refusal_publishes_only_the_key_of_the_choice",
    ),
    cases=(
        "envelope-with-a-gift-of-no-catalogue_fail",
        "refusal-without-reason_fail",
        "blind-gift-of-no-catalogue_fail",
    ),
    course="02-seal-the-assignments",
    runs=runs(TRIALS),
)
