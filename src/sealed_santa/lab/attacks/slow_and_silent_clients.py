"""Clients that say nothing, or say it without end: what they can hold up, and for how long."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from sealed_santa.base.errors import PEER, Blame, Certainty, ParseError, Party
from sealed_santa.classic.game import Gone
from sealed_santa.classic.lines import LineBuffer, Say
from sealed_santa.game.state import Phase
from sealed_santa.lab import cheats, stage
from sealed_santa.lab.attack import Attack
from sealed_santa.lab.plain import Table
from sealed_santa.lab.plain import in_words as table_in_words
from sealed_santa.lab.simulator import Simulator
from sealed_santa.lab.trial import Seen, Trial, in_log, runs
from sealed_santa.roles.player import make_call, make_close, make_drop
from sealed_santa.wire.frames import TO_SERVER, FrameDecoder

_SILENT: Final = "Dot"
_FIVE: Final = ("Ann", "Bob", "Cem", "Dot", "Eve")
_PIECES: Final = 4096  # of 256 bytes each: a line of a megabyte
_ROUNDS: Final = 8  # deadlines that pass


def _endless_line() -> str:
    """Send a line of a megabyte without an end, piece by piece, then a short one; return what becomes of them."""
    buffer = LineBuffer(1024)
    for _ in range(_PIECES):
        if buffer.feed(b"x" * 256):
            raise stage.unshown("a line without an end is one")
    heard = buffer.feed(b"\n#Eve\n")
    if heard != [Say.NO_TOO_LONG, "#Eve"]:
        raise stage.unshown(f"after an endless line the server hears {heard}")
    return "refused as too long, and the next line is heard"


def _endless_frame() -> tuple[str, str]:
    """Announce a frame of 4 GB, and send one byte by byte. Return the code, and what became of the slow one."""
    decoder = FrameDecoder(TO_SERVER)
    decoder.feed(b"\xff\xff\xff\xff")
    try:
        decoder.take()
    except ParseError as e:
        code = e.code
        if e.blame != PEER:
            raise stage.unshown("nobody is blamed for a frame without an end") from e
    else:
        raise stage.unshown("a frame of 4 GB is taken")
    slow, whole = FrameDecoder(TO_SERVER), []
    for byte in b"\x00\x00\x00\x05slow.":
        slow.feed(bytes([byte]))
        whole.append(slow.take())
    return code, f"taken when it is whole, after {len(whole)} bytes" if whole[-1] == b"slow." else "lost"


# --- classic --------------------------------------------------------------------------------------


def _classic(cheat: bool) -> Seen:
    table = Table(_FIVE)
    if cheat:
        table.feed(Gone(table.ids["Eve"], Say.BYE_SILENT))  # the server's clock says so, before the start
    table.start()
    for place, name in enumerate(name for name in _FIVE if table.ids[name] in table.game.seats):
        if not (cheat and name == _SILENT):
            table.say(name, table.game.gifts[place].id)
    held = table.game.running
    if not cheat:
        return Seen(story=table_in_words(table), won=held)
    line = _endless_line()
    table.time_up()
    over = not table.game.running
    return Seen(
        story="Eve connects and says nothing: when her time is over she is sent away. Dot takes a name and then never "
        "chooses: when the time to choose is over, the server takes the first gift that it suggested to Dot. Somebody "
        "sends a line without an end: the server forgets what is too long as it comes, and waits for the next line.",
        victim="The others wait for some minutes, and then get their gifts.", won=not over, refused=held and over,
        figures={"a line of a megabyte": line, "chosen for Dot": ", ".join(table.told(_SILENT, Say.CHOSEN_FOR_YOU))},
    )  # fmt: skip


# --- sealed and blind -------------------------------------------------------------------------------


def _wait(game: Simulator, silent: Sequence[str]) -> Simulator:
    """Let deadlines pass, and let server and organiser close what they may, until the game is over or nothing helps."""
    game.run(silent=silent)
    for _ in range(_ROUNDS):
        if game.state.over:
            break
        game.now += game.state.create.patience
        if game.state.phase is Phase.COINS:
            game.organise(make_drop(game.state, game.organiser.key, game.state.missing_coins()))
        elif game.state.phase is Phase.CHOOSING:
            game.organise(make_close(game.state, game.organiser.key))
        elif game.state.phase is Phase.DELIVERED:
            game.organise(make_call(game.state, game.organiser.key))
        game.run(silent=silent)
    return game


def _silent_blame() -> Blame:
    return Blame(Party.PLAYER_OR_SERVER, _SILENT, Certainty.SUSPECTED)


def _note(game: Simulator, number: str) -> str:
    return next(result.note for result in stage.audited(game.entries).results if result.check.id == number)


def _missing(game: Simulator) -> str:
    """Return who has not mixed, as the log says."""
    blind = cheats.blind_of(game)
    mixed = () if blind.batch is None else blind.batch.mixers
    left = [number for index, number in enumerate(blind.trustees, 1) if index not in mixed]
    return ", ".join(game.state.players[number - 1].name for number in left)


def _sealed(cheat: bool) -> Seen:
    if not cheat:
        return in_log(stage.honest("sealed", _FIVE), stage.in_words(stage.honest("sealed", _FIVE)), won=False)
    early = stage.at_phase("sealed", Phase.COINS, _FIVE).run(silent=(_SILENT,))
    code = stage.refusal(
        lambda: early.organise(make_drop(early.state, early.organiser.key, early.state.missing_coins()))
    ).code
    first = _wait(early, (_SILENT,))  # no coin
    second = _wait(stage.at_phase("sealed", Phase.CHOOSING, _FIVE), (_SILENT,))  # a coin, and then nothing
    over = first.state.phase is Phase.OVER and second.state.phase is Phase.OVER
    frame, slow = _endless_frame()
    return Seen(
        story="Dot opens no coin: nobody can drop it at once, but after an hour the organiser can, and all is drawn "
        "again. In another game Dot is dealt a card and then says nothing more: the organiser closes the choosing, and "
        "the house gives in Dot's place. Somebody announces a frame of 4 GB: the length is judged before a byte of it "
        "is kept.",
        victim=f"The others wait. The audit says: {_note(first, 'A21')}; or: {_note(second, 'A30')}.",
        won=not over, refused=over, check="A21", blame=_silent_blame(),
        figures={
            "drop at once": code, "hours until the drop": str(first.state.create.patience // 3_600_000),
            "a frame of 4 GB": frame, "a frame byte by byte": slow,
        },
    )  # fmt: skip


def _blind(cheat: bool) -> Seen:
    if not cheat:
        return in_log(stage.honest("blind"), stage.in_words(stage.honest("blind")), won=False)
    one = _wait(stage.at_phase("blind", Phase.MIXING), (_SILENT,))
    two = _wait(stage.at_phase("blind", Phase.MIXING), (_SILENT, "Cem"))
    blind = cheats.blind_of(one)
    over, stuck = one.state.phase is Phase.OVER, not two.state.over
    if not stuck:
        raise stage.unshown("with fewer trustees than the threshold the game goes on")
    k, t = len(blind.trustees), blind.threshold
    return Seen(
        story=f"Here the game needs its players' work. Dot is one of {k} trustees and stops after its key. Each mixing "
        f"waits for an hour and is then closed with the {t} who are there; they test, open and deal without Dot. If "
        f"two of them fall silent, fewer than {t} are left, and the game stands still: nobody can go on without them, "
        "and nobody ought to be able to.",
        victim="The others wait for an hour at every mix. With too few trustees they wait for good, and see whose work "
        f"is missing: {_missing(two)}.",
        won=not over, refused=over, check="B07", blame=_silent_blame(),
        figures={
            f"1 of {k} trustees silent": f"the game is {one.state.phase}",
            f"2 of {k} silent": f"still {two.state.phase} after {_ROUNDS} hours", "threshold": str(t),
        },
    )  # fmt: skip


TRIALS: Final[Mapping[str, Trial]] = {"classic": _classic, "sealed": _sealed, "blind": _blind}

ATTACK = Attack(
    id="slow-and-silent-clients",
    title="clients that are slow, silent or endless",
    attacker="a player, or anybody who can connect",
    lesson="""
The simplest attack needs no mathematics: do nothing. If a game waits for everybody, one person who goes to bed
stops it. The classic game of old hung for ever when somebody left in the middle.

There are three remedies, and each has a price. A limit on what a server keeps for you: then nobody can fill its
memory, and long lines are lost. A limit on how long it waits: then slow people are taken for absent. And a rule for
going on without you: then somebody has to decide that you are gone, and that decision can be abused. In the sealed
mode a missing coin means another draw, which is why dropping takes a patience that everybody agreed to, and is
written into the log for all to see.

The blind mode pays most. It has given the server's work to the players, and so it needs them: t trustees must come
by. That is the same number that could look into the cards. One can raise secrecy or make the game easier to finish,
not both at once. See docs/protocol.md, sections 5.5, 9.2 and 11.5.
""",
    weak="A server that reads until the end of a line, and a game that waits until everybody has answered. Both work "
    "as long as nobody tries.",
    threat="",
    tests=("tests/attacks/test_coin_chain.py::test_who_withholds_its_coin_buys_one_more_draw_and_is_seen",),
    cases=("drop-too-early_fail", "close-too-early_fail", "blind-mixing-closed-too-early_fail"),
    course="01-sniff-the-classic-game",
    runs=runs(TRIALS),
)
