"""The dealer looks at what people give before it passes it on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from sealed_santa.base.errors import SantaError
from sealed_santa.crypto.sealing import BoxSecret, open_box
from sealed_santa.game.boxes import inner_info
from sealed_santa.game.envelopes import gift_info
from sealed_santa.game.state import Phase
from sealed_santa.lab import cheats, stage
from sealed_santa.lab.attack import Attack
from sealed_santa.lab.plain import Table
from sealed_santa.lab.plain import in_words as table_in_words
from sealed_santa.lab.simulator import Simulator
from sealed_santa.lab.trial import NOTHING, Seen, Trial, runs
from sealed_santa.log.fields import Hash
from sealed_santa.roles import dealer


def _keys(game: Simulator) -> Iterator[BoxSecret]:
    """Yield every box key that the server has or could make of its seed in this game."""
    state, secrets = game.state, game.dealer
    roster = state.roster or Hash(bytes(32))
    for number in range(1, len(state.players) + 1):
        yield secrets.choice_key(state.game, state.round, roster, number, 0)
        yield secrets.note_key(state.game, state.round, roster, number, 0)


def _opens(key: BoxSecret, box: bytes, info: bytes) -> bool:
    try:
        open_box(key, box, info)
    except SantaError:
        return False
    return True


def _sealed(cheat: bool) -> Seen:
    if not cheat:
        return Seen(story=stage.in_words(stage.honest("sealed")))
    game = stage.at_phase("sealed", Phase.DELIVERED)
    state, pairs = game.state, dealer.recipients(game.state, game.dealer)
    choices = notes = 0
    for giver in state.players:
        gift = dealer.opened_gift(state, game.dealer, giver, game.memo)
        if gift is None:
            continue
        index = list(game.players).index(giver.name)
        choices += gift.choice.gift == index % len(state.create.catalogue)  # as the simulated owners choose
        to = state.players[pairs[giver.number] - 1]
        info = inner_info(state.game, state.round, to.number, to.gift_key)
        notes += any(_opens(key, gift.inner, info) for key in _keys(game))
    n = len(state.players)
    return Seen(
        story="The server deals, so it knows the pairs; and choices are sealed to it, since it has to see that they "
        "are in the catalogue. The note is a box in a box: the server takes off the outer one, and finds a box for the "
        "recipient.",
        victim=NOTHING, won=choices == n and notes == 0,
        figures={"gifts that the server reads": f"{choices} of {n}", "notes that it reads": f"{notes} of {n}"},
    )  # fmt: skip


def _blind(cheat: bool) -> Seen:
    if not cheat:
        return Seen(story=stage.in_words(stage.honest("blind")))
    game = stage.honest("blind")
    blind = cheats.blind_of(game)
    read = sum(
        any(_opens(key, box, gift_info(game.state, to)) for key in _keys(game) for to in game.state.players)
        for box in blind.boxes
    )
    return Seen(
        story="The server orders posts and has no key of the game. Envelopes are encrypted to a key that the trustees "
        "hold together; they come out mixed, as boxes that open for their recipients alone. It tries every key that it "
        "has.",
        victim="Nothing, as there is nothing to see.", won=read > 0, refused=read == 0,
        figures={"boxes that the server opens": f"{read} of {len(blind.boxes)}"},
    )  # fmt: skip


def _classic(cheat: bool) -> Seen:
    table = Table().start()
    words = table_in_words(Table().start().choose())
    if not cheat:
        return Seen(story=words)
    for place, name in enumerate(list(table.ids)[:-1]):
        table.say(name, table.game.gifts[place].id)
    read = {name: table.game.seats[table.ids[name]].gift for name in list(table.ids)[:-1]}
    right = sum(read[name] == place for place, name in enumerate(read))
    return Seen(
        story="The server keeps who gives what to whom in its memory, in plain sight, before anything is delivered.",
        victim=NOTHING, won=right == len(read),
        figures={"gifts that the server reads": f"{right} of {len(read)} so far"},
    )  # fmt: skip


TRIALS: Final[Mapping[str, Trial]] = {"classic": _classic, "sealed": _sealed, "blind": _blind}

ATTACK = Attack(
    id="gift-opened-by-the-dealer",
    title="the dealer looks into the presents",
    attacker="the server",
    lesson="""
Who passes something on can look at it, unless it is closed for somebody else. That is not an attack that anybody
could detect: a server that looks behaves like a server that does not. It can only be made impossible, or admitted.

The sealed mode admits a part of it. The server deals, and knows the pairs. It checks that a choice is in the
catalogue, so it sees the choice. The note it does not see: that is sealed to the recipient before it is sealed to
the dealer.

The blind mode makes it impossible. There is no dealer. What the server holds opens nothing, and this run tries. The
price is the work of the trustees, and that a bad gift shows only when it is opened. See docs/protocol.md, sections
7 and 11.
""",
    weak="A server that promises not to look. Most gift exchanges on the web are that, and say nothing about it.",
    threat="",
    tests=("tests/attacks/test_spoilt_envelope.py::test_a_client_that_publishes_at_once_hands_its_note_to_the_server",),
    course="07-take-the-server-out",
    runs=runs(TRIALS),
)
