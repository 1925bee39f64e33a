"""A recipient tries all names on what it was sent; the one that opens the box is its Santa."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from sealed_santa.base.canon import pack
from sealed_santa.base.errors import SantaError
from sealed_santa.base.labels import Label
from sealed_santa.crypto.sealing import BoxKey, open_box, seal
from sealed_santa.game.boxes import Envelope, box_info, inner_info, pad_note
from sealed_santa.game.envelopes import BlindGift, encode_gift, gift_info
from sealed_santa.game.state import Phase, Player, State
from sealed_santa.lab import cheats, mixing, stage
from sealed_santa.lab.attack import Attack
from sealed_santa.lab.simulator import Simulator
from sealed_santa.lab.trial import NOTHING, Seen, Trial, runs, twin, uncheated
from sealed_santa.roles import dealer

Info = Callable[[State, Player, Player], bytes]  # (state, reader, author)


def note_info(state: State, reader: Player, author: Player) -> bytes:
    """Return the `info` of a note that is bound to its author: the weak variant of a sealed game."""
    return box_info(Label.SEAL_INNER, state.game, state.round, reader.number, reader.gift_key, author.key)


def box_of(state: State, reader: Player, author: Player) -> bytes:
    """Return the `info` of a gift that is bound to its author: the weak variant of a blind game."""
    return pack(gift_info(state, reader), author.key)


def _fit(game: Simulator, reader: Player, boxes: Sequence[bytes], info: Info) -> tuple[str, ...]:
    """Return the names with which some box opens for a reader."""
    secret, found = game.players[reader.name].gift, []
    for author in game.state.players:
        for box in boxes:
            try:
                open_box(secret, box, info(game.state, reader, author))
            except SantaError:
                continue
            found.append(author.name)
            break
    return tuple(found)


def _inner(game: Simulator, reader: Player) -> tuple[bytes, ...]:
    """Return the inner box that a reader of a sealed game finds in its envelope."""
    state = game.state
    info = box_info(
        Label.SEAL_ENVELOPE, state.game, state.round, reader.number, reader.gift_key, state.create.server
    )
    units = () if state.delivery is None else state.delivery.envelopes.units()
    raw = open_box(game.players[reader.name].gift, units[reader.number - 1], info)
    return (Envelope.decode(raw).inner,)


def _boxes(game: Simulator, reader: Player) -> tuple[bytes, ...]:
    return cheats.blind_of(game).boxes


def _found(game: Simulator, boxes: Callable[[Simulator, Player], tuple[bytes, ...]], info: Info,
           santas: Mapping[str, str]) -> int:  # fmt: skip
    """Return how many recipients find one name alone, and it is that of their Santa."""
    return sum(_fit(game, p, boxes(game, p), info) == (santas[p.name],) for p in game.state.players)


def _open(game: Simulator, boxes: Callable[[Simulator, Player], tuple[bytes, ...]], info: Info) -> int:
    """Return how many recipients open their box with the real `info`, in which there is no name."""
    return sum(bool(_fit(game, p, boxes(game, p), info)) for p in game.state.players)


def _sealed(cheat: bool) -> Seen:
    game = stage.at_phase("sealed", Phase.DELIVERED)
    names = {p.number: p.name for p in game.state.players}
    santas = {names[to]: names[giver] for giver, to in dealer.recipients(game.state, game.dealer).items()}
    opened = _open(game, _inner, lambda state, p, _: inner_info(state.game, state.round, p.number, p.gift_key))
    found = _found(game, _inner, note_info, santas)
    if not cheat:
        return uncheated(game, won=opened != len(names))

    def bound(other: Simulator, reader: Player) -> tuple[bytes, ...]:
        author = cheats.seat(other, santas[reader.name])
        return (seal(BoxKey.parse(reader.gift_key), pad_note("hello"), note_info(other.state, reader, author)),)

    return _told(found, opened, _found(game, bound, note_info, santas), len(names), "note")


def _blind(cheat: bool) -> Seen:
    before = stage.at_phase("blind", Phase.CHOOSING, **mixing.quick("blind"))
    game = twin(before).run(Phase.DELIVERED)
    to = {name: cheats.recipient(before, name) for name in before.players}
    santas = {reader.name: name for name, reader in to.items()}
    opened = _open(game, _boxes, lambda state, p, _: gift_info(state, p))
    found = _found(game, _boxes, box_of, santas)
    if not cheat:
        return uncheated(game, won=opened != len(santas))
    weak = twin(before)
    for name, reader in to.items():
        info = box_of(weak.state, reader, cheats.seat(weak, name))
        box = seal(BoxKey.parse(reader.gift_key), encode_gift(BlindGift(0, "hello")), info)
        weak.say(name, cheats.forged_envelope(weak, name, box))
    weak.run(Phase.DELIVERED)
    return _told(found, opened, _found(weak, _boxes, box_of, santas), len(santas), "box")


def _told(found: int, opened: int, weakly: int, n: int, what: str) -> Seen:
    return Seen(
        story=f"Every recipient has a {what} that its own key opens. It tries to open it once more, with each of the "
        f"{n} names as that of the author. If the author's name were bound into the box, as it is into all others, "
        "one of them would open it, and the others would not. It is bound into none of these.",
        victim=NOTHING,
        won=found > 0, refused=not found and opened == n,
        figures={
            "recipients who find their Santa": f"{found} of {n}",
            f"whose {what} opens without any name": f"{opened} of {n}",
            "if the author's name were bound into it": f"{weakly} of {n}",
        },
    )  # fmt: skip


TRIALS: Final[Mapping[str, Trial]] = {"sealed": _sealed, "blind": _blind}

ATTACK = Attack(
    id="santa-found-by-trying-authors",
    title="the recipient finds its Santa by trying all names",
    attacker="a recipient",
    lesson="""
It is good practice to bind everything into a box: what it is for, which game, which round, who reads it, and who wrote
it. Then no box can be taken for another. All boxes of a sealed game are made like that, but for one.

The note from your Santa is sealed to you, and you open it. If its author were bound into it, you would have to name
the author to open it. You do not know the name. But there are only a few, and your computer tries them all in no time:
the one that works is your Santa. What was meant to protect you has told you the secret.

So the note, and the whole gift box of a blind game, bind nothing about their author (docs/protocol.md, sections 7.4
and 11.7). That it was no stranger who wrote it is shown in another way: the giver's signed post holds a hash of it,
which nobody can open before the reveal, or stands as an encrypted envelope in the log that a mix makes anonymous. Ask
of each box not only who must be able to open it, but also what its reader learns by opening it.
""",
    weak="One function that seals everything, with the author in it, used for the note as well. It is the tidier code.",
    threat="T19",
    tests=(
        "tests/attacks/test_hidden_author.py::test_the_real_inner_box_opens_whoever_wrote_it",
        "tests/attacks/test_hidden_author.py::test_an_author_in_the_info_of_the_inner_box_is_found_by_trying",
    ),
    course="02-seal-the-assignments",
    runs=runs(TRIALS),
    elsewhere={"classic": "Nothing is sealed. At the end the server tells everybody who its Santa was."},
)
