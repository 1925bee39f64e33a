"""The dealer looks at what people give before it passes it on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from sealed_santa.base.errors import SantaError
from sealed_santa.classic.lines import Say
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


def _keys(game: Simulator) -> list[BoxSecret]:
    """Return every box key that the server has or could make of its seed in this game."""
    state, secrets = game.state, game.dealer
    roster, numbers = state.roster or Hash(bytes(32)), range(1, len(state.players) + 1)
    makers = (secrets.choice_key, secrets.note_key)
    return [make(state.game, state.round, roster, number, 0) for number in numbers for make in makers]


def _recipients_keys(game: Simulator) -> list[BoxSecret]:
    """Return the keys of those for whom gifts are; nobody in a game has more than one of them."""
    return [secrets.gift for secrets in game.players.values()]


def _opens(key: BoxSecret, box: bytes, info: bytes) -> bool:
    try:
        open_box(key, box, info)
    except SantaError:
        return False
    return True


def _opened(boxes: Sequence[tuple[bytes, bytes]], keys: Sequence[BoxSecret]) -> int:
    """Return how many boxes, each with its `info`, open with one of these keys."""
    return sum(any(_opens(key, box, info) for key in keys) for box, info in boxes)


def _all_open(game: Simulator, boxes: Sequence[tuple[bytes, bytes]]) -> str:
    """Return that the recipients can open all boxes, so that it means something if the server cannot."""
    found = _opened(boxes, _recipients_keys(game))
    if found != len(game.players):
        raise stage.unshown(f"the recipients can open {found} boxes themselves")
    return f"{found} of {len(game.players)}"


def _notes(game: Simulator) -> list[tuple[bytes, bytes]]:
    """Return the inner boxes of a sealed game, as the server finds them, each with its `info`."""
    state, pairs, boxes = game.state, dealer.recipients(game.state, game.dealer), []
    for giver in state.players:
        gift = dealer.opened_gift(state, game.dealer, giver, game.memo)
        if gift is None:
            raise stage.unshown(f"{giver.name} has not given")
        to = state.players[pairs[giver.number] - 1]
        boxes.append((gift.inner, inner_info(state.game, state.round, to.number, to.gift_key)))
    return boxes


def _choices(game: Simulator) -> int:
    """Return how many choices the server reads as their owners made them."""
    state, right = game.state, 0
    for giver in state.players:
        gift = dealer.opened_gift(state, game.dealer, giver, game.memo)
        index = list(game.players).index(giver.name)
        right += gift is not None and gift.choice.gift == index % len(state.create.catalogue)  # as simulated owners do
    return right


def _sealed(cheat: bool) -> Seen:
    game = stage.at_phase("sealed", Phase.DELIVERED)
    notes = _notes(game)
    opened = _all_open(game, notes)
    if not cheat:
        return Seen(story=f"{stage.in_words(game.run())}. The recipients open the notes that are for them: {opened}.")
    choices, read, n = _choices(game), _opened(notes, _keys(game)), len(game.players)
    if read:
        raise stage.unshown(f"the server reads {read} notes")
    return Seen(
        story="The server deals, so it knows the pairs; and choices are sealed to it, since it has to see that they "
        "are in the catalogue. The note is a box in a box: the server takes off the outer one, and finds a box for the "
        "recipient.",
        victim=NOTHING, won=choices == n,
        figures={
            "gifts that the server reads": f"{choices} of {n}", "notes that it reads": f"{read} of {n}",
            "notes that the recipients open": opened,
        },
        why="Somebody has to know the pairs to pass the gifts on, and has to see that each is in the catalogue. In "
        "this mode that is the server, and people are told so. It promises the notes alone.",
    )  # fmt: skip


def _boxes(game: Simulator) -> list[tuple[bytes, bytes]]:
    """Return what comes out of the mix of a blind game, each with the `info` of everybody that it may be for."""
    infos = [gift_info(game.state, to) for to in game.state.players]
    return [(box, info) for box in cheats.blind_of(game).boxes for info in infos]


def _blind(cheat: bool) -> Seen:
    game = stage.at_phase("blind", Phase.DELIVERED)
    boxes, n = _boxes(game), len(cheats.blind_of(game).boxes)
    read = _opened(boxes, _keys(game))
    opened = "" if read else _all_open(game, boxes)
    if not cheat:
        return Seen(story=f"{stage.in_words(game.run())}. The recipients open the boxes that are for them: {opened}.")
    return Seen(
        story="The server orders posts and has no key of the game. Envelopes are encrypted to a key that the trustees "
        "hold together; they come out mixed, as boxes that open for their recipients alone. It tries every key that it "
        "has on every box, for everybody that it may be for.",
        victim="Nothing, as there is nothing to see.", won=read > 0, refused=read == 0,
        figures={"boxes that the server opens": f"{read} of {n}", "boxes that the recipients open": f"{n} of {n}"},
    )  # fmt: skip


def _given(table: Table) -> dict[str, str]:
    """Return what the server holds: the name of the gift by its giver, of those who have chosen."""
    gifts, seats = table.game.gifts, table.game.seats
    chosen = {name: seats[number].gift for name, number in table.ids.items() if number in seats}
    return {name: gifts[place].name for name, place in chosen.items() if place is not None}


def _classic(cheat: bool) -> Seen:
    table = Table().start()
    pairs, first = table.pairs(), list(table.ids)[:-1]
    for place, name in enumerate(first):
        table.say(name, table.game.gifts[place].id)
    read = _given(table) if cheat else {}
    table.say(list(table.ids)[-1], "1")
    got = {name: table.told(pairs[name], Say.GET)[0] for name in first}
    if list(got.values()) != [gift.name for gift in table.game.gifts[: len(first)]]:
        raise stage.unshown(f"an honest game delivers {got}")
    if not cheat:
        words = table_in_words(table)
        return Seen(story=f"{words}. What {len(got)} players gave came to their recipients.", won=read == got)
    right = sum(read.get(name) == gift for name, gift in got.items())
    return Seen(
        story="The server keeps who gives what to whom in its memory, in plain sight, before anything is delivered.",
        victim=NOTHING, won=read == got, figures={"gifts that the server reads": f"{right} of {len(got)} so far"},
        why="Nothing is sealed: what is said to the server, the server hears.",
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
    threat="T50",
    tests=(
        "tests/statistics/test_blind_secrecy.py::test_the_server_holds_no_secret",
        "tests/attacks/test_spoilt_envelope.py::test_a_client_that_publishes_at_once_hands_its_note_to_the_server",
    ),
    course="07-take-the-server-out",
    runs=runs(TRIALS),
)
