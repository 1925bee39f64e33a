"""The server spoils an envelope, so that its recipient complains, and hands over the key to the note."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from sealed_santa.base.canon import b64
from sealed_santa.base.errors import SantaError
from sealed_santa.crypto.sealing import BoxSecret, open_box
from sealed_santa.game.boxes import inner_info, unpad_note
from sealed_santa.game.state import Phase
from sealed_santa.lab import cheats, dealing, stage
from sealed_santa.lab.attack import Attack
from sealed_santa.lab.simulator import Simulator
from sealed_santa.lab.trial import Seen, Trial, runs, twin
from sealed_santa.log.fields import Envelopes
from sealed_santa.log.posts import Delivery, Dispute
from sealed_santa.roles import dealer, player

VICTIM: Final = "Ann"


def _closed() -> Simulator:
    """Return a game before its delivery, whose players have said nothing about keys: they are asked first."""
    game = stage.at_phase("sealed", Phase.CLOSED)
    game.intents = dict.fromkeys(game.players, player.Intent())
    return game


def _spoilt(game: Simulator) -> Delivery:
    """Return the delivery with one byte of the victim's envelope changed."""
    body = dealer.make_delivery(game.state, game.dealer, game.memo)
    envelopes = [bytearray(unit) for unit in body.envelopes.units()]
    envelopes[cheats.seat(game, VICTIM).number - 1][100] ^= 1
    return dealing.but(body, envelopes=Envelopes(b"".join(envelopes)))


def _notes_read(game: Simulator) -> tuple[str, ...]:
    """Return the notes that the server reads: it has all inner boxes, and the keys that stand in the log."""
    state, published = game.state, [e.post.body for e in game.entries if isinstance(e.post.body, Dispute)]
    givers = {to: giver for giver, to in dealer.recipients(state, game.dealer).items()}
    found = []
    for body in published:
        reader = state.player(body.by)
        if reader is None or body.gift_secret is None:
            continue
        gift = dealer.opened_gift(state, game.dealer, state.players[givers[reader.number] - 1], game.memo)
        info = inner_info(state.game, state.round, reader.number, reader.gift_key)
        inner = b"" if gift is None else gift.inner
        found.append(unpad_note(open_box(BoxSecret(bytes(body.gift_secret)), inner, info)))
    return tuple(found)


def _in_the_log(game: Simulator) -> bool:
    return any(b64(game.players[VICTIM].gift.secret).encode() in entry.raw for entry in game.entries)


def _at_once(game: Simulator) -> str:
    """Return what the server reads if the client publishes its key as soon as something is wrong."""
    weak = twin(game)
    weak.intents = {name: replace(intent, publish_gift_key=True) for name, intent in game.intents.items()}
    weak.run()
    return "; ".join(_notes_read(weak)) or "nothing"


def _sealed(cheat: bool) -> Seen:
    game = _closed()
    if not cheat:
        game.run()
        read, words = _notes_read(game), stage.in_words(game)
        return Seen(story=f"{words}; the server reads {len(read)} notes", won=bool(read))
    game.deal_with(_spoilt(game))
    wrong: SantaError | None = game.owed(VICTIM).wrong
    if wrong is None:
        raise stage.unshown(f"{VICTIM}'s client finds nothing wrong")
    weakly = _at_once(game)
    game.run()
    read = _notes_read(game)
    return Seen(
        story=f"The server has all notes in boxes that it cannot open. It changes one byte of {VICTIM}'s envelope and "
        f"waits. To show everybody that it does not open, {VICTIM} would have to publish its key; and that is the "
        f"key of the note, too. Its client says what is wrong, and publishes nothing by itself.",
        victim=f"“{wrong.message}” [{wrong.code}]. Its client asks whether {VICTIM} wants that shown, and says that "
        "the note becomes public with it.",
        won=bool(read), refused=not read and not _in_the_log(game),
        figures={
            "notes that the server reads": f"{len(read)} of {len(game.players)}",
            "if the client published its key at once": weakly,
        },
    )  # fmt: skip


TRIALS: Final[Mapping[str, Trial]] = {"sealed": _sealed}

ATTACK = Attack(
    id="spoilt-envelope-extorts-a-key",
    title="a spoilt envelope, to get the key of the note",
    attacker="the server",
    lesson="""
Whoever can be made to defend itself can be made to show something. In a sealed game the note from your Santa lies in a
box that only your key opens. The server hands the box on and cannot read it. But it can spoil what is around it.

Then your envelope does not open, and you are right to complain. So that everybody sees that you are right, you publish
the key of the envelope. It is the key of the note as well, and the server, which has kept the inner box, reads what
your Santa wrote to you. It pays for that with its good name. Some notes may be worth it.

No rule can take this away: a fault that everybody shall see must be shown. What can be chosen is who decides. A client
says what is wrong, and asks; it publishes that key only when its owner says so, knowing what goes with it
(docs/protocol.md, sections 5.10 and 8). The card, the gift and the reveal have keys of their own, so that one
complaint does not open everything.
""",
    weak="A client that complains by itself, as soon as something does not open. It looks like good service.",
    threat="T30",
    tests=(
        "tests/attacks/test_spoilt_envelope.py::test_the_key_is_published_only_when_its_owner_says_so",
        "tests/attacks/test_spoilt_envelope.py::test_a_client_that_publishes_at_once_hands_its_note_to_the_server",
    ),
    cases=("envelope-does-not-open_fail",),
    course="02-seal-the-assignments",
    runs=runs(TRIALS),
    elsewhere={
        "classic": "There are no keys, and the server reads everything.",
        "blind": "The server holds no box of anybody. What is delivered stands in the log, opened by the trustees, and "
        "none of them can spoil it.",
    },
)
