"""Clients that say nothing, or say it without end: what they can hold up, and for how long."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Final

from sealed_santa.base.errors import PEER, ParseError, SantaError
from sealed_santa.classic.client import Client
from sealed_santa.classic.lines import NAME_SIGN, START_WORDS, LineBuffer, Say
from sealed_santa.classic.loopback import Loopback
from sealed_santa.classic.server import Limits
from sealed_santa.game.catalogue import default_catalogue
from sealed_santa.game.state import Phase
from sealed_santa.lab import cheats, stage
from sealed_santa.lab.attack import Attack
from sealed_santa.lab.plain import Table
from sealed_santa.lab.simulator import Simulator
from sealed_santa.lab.trial import Seen, Trial, in_log, runs, twin
from sealed_santa.log.entry import SignedPost, sign_post
from sealed_santa.log.posts import Post
from sealed_santa.roles.player import make_call, make_close, make_drop
from sealed_santa.wire.frames import TO_SERVER, FrameDecoder

_SILENT: Final = "Dot"
_FIVE: Final = ("Ann", "Bob", "Cem", "Dot", "Eve")
_LATE: Final = "Ann"  # comes to a classic game when others are there
_LINE: Final = 1024  # bytes
_PIECES: Final = 4096  # of 256 bytes each: a line of a megabyte
_PAUSE: Final = 10  # seconds between two bytes, and before a deadline: a busy computer may take some of them
_MINUTE: Final = 60
_ROUNDS: Final = 8  # deadlines that pass


def _endless_line() -> str:
    """Send a line of a megabyte without an end, piece by piece, then a short one; return what becomes of them."""
    buffer, held = LineBuffer(_LINE), 0
    for _ in range(_PIECES):
        if buffer.feed(b"x" * 256):
            raise stage.unshown("a line without an end is one")
        held = max(held, buffer.held)
    if held > _LINE + 1:
        raise stage.unshown(f"a server holds {held} bytes of a line")
    heard = buffer.feed(b"\n#Eve\n")
    if heard != [Say.NO_TOO_LONG, "#Eve"]:
        raise stage.unshown(f"after an endless line the server hears {heard}")
    return f"at most {held} bytes are held, and the next line is heard"


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


# --- classic: on sockets, with the limits of the program and a clock that is put forward --------------


def _place() -> Loopback:
    return Loopback(default_catalogue(), Table((), "slow").chance)


def _named(place: Loopback, guest: Client, name: str) -> None:
    place.write(guest, f"{NAME_SIGN}{name}\n".encode())
    place.hear(guest, Say.NAME)


def _started(place: Loopback, guests: Sequence[Client]) -> None:
    for number, guest in enumerate(guests):
        _named(place, guest, f"Z{number}")
    place.write(guests[0], f"{START_WORDS}\n".encode())
    for guest in guests:
        place.hear(guest, Say.NEXT_CHOOSE)


def _in() -> str:
    return Say.NAME.value.format(name=_LATE)


def _silent_table() -> dict[str, str]:
    """Fill the table with connections that say nothing; return what somebody hears who comes then, and later."""
    with _place() as place:
        crowd = [place.connect()[0] for _ in range(place.limits.connections)]
        full = place.newcomer(_LATE)
        place.wait(place.limits.name + 1)
        later = place.newcomer(_LATE)
    if full != Say.BYE_FULL.value or later != _in():
        raise stage.unshown(f"beside silent connections somebody hears {full!r}, and later {later!r}")
    return {f"{len(crowd)} who are silent": full, f"{Limits().name / _MINUTE:.0f} minutes later": later}


def _named_table() -> tuple[bool, dict[str, str]]:
    """Fill it with connections that take names and give a sign of life; return whether others are kept out for good."""
    heard = []
    with _place() as place:
        crowd = [place.connect()[0] for _ in range(place.limits.connections)]
        for number, guest in enumerate(crowd):
            _named(place, guest, f"Z{number}")
        for _ in range(3):
            place.wait(place.limits.idle - _MINUTE)
            for guest in crowd:
                place.write(guest, b"\n")
            heard.append(place.newcomer(_LATE))
    hours = 3 * (Limits().idle - _MINUTE) / _MINUTE
    return set(heard) == {Say.BYE_FULL.value}, {f"{len(crowd)} with names, {hours:.0f} minutes later": heard[-1]}


def _three_who_wait() -> dict[str, str]:
    """Let three start and never choose, twice; return what somebody hears who wants to play."""
    heard = []
    with _place() as place:
        three = [place.connect()[0] for _ in range(3)]
        for _ in range(2):
            _started(place, three)
            place.wait(place.limits.choose - _PAUSE)
            heard.append(place.newcomer(_LATE))
            place.wait(_PAUSE)
            heard.append(place.newcomer(_LATE))
            if heard[-2:] != [Say.NO_OUTSIDE.value, _in()]:
                raise stage.unshown(f"beside three who never choose somebody hears {heard}")
            for guest in three:
                place.hear(guest, Say.ENDED)
    return {
        f"three who never choose, after {Limits().choose - _PAUSE:.0f} seconds": heard[0],
        f"{_PAUSE} seconds later": heard[1],
        "when they have started at once again": heard[2],
    }  # fmt: skip


def _byte_by_byte() -> dict[str, str]:
    """Send a line byte by byte, and another that never ends; return what the server says to them."""
    with _place() as place:
        slow, endless = place.connect()[0], place.connect()[0]
        for byte in b"#Slow\n":
            place.write(slow, bytes([byte]))
            place.write(endless, b"x")
            place.wait(_PAUSE)
        taken = place.hear(slow, Say.NAME)[-1]
        for _ in range(round(place.limits.name / _PAUSE) - len("#Slow\n") - 1):
            place.write(endless, b"x")
            place.wait(_PAUSE)
        place.wait(_PAUSE + 1)
        sent_away = place.hear(endless, Say.BYE)[-1]
    return {"a name, a byte every ten seconds": taken, "a byte every ten seconds, without an end": sent_away}


def _classic(cheat: bool) -> Seen:
    if not cheat:
        with _place() as place:
            guests = [place.connect()[0] for _ in range(3)]
            lobby = place.newcomer(_LATE)
            _started(place, guests)
            for guest in guests:
                place.write(guest, b"1\n")
            for guest in guests:
                place.hear(guest, Say.ENDED)
            after = place.newcomer(_LATE)
        words = f"{len(guests)} players on sockets, and for all of them the game is ended"
        return Seen(story=f"{words}; before and after it {_LATE} comes in: {lobby}; {after}", won=after != _in())
    silent, waiting, slow, line = _silent_table(), _three_who_wait(), _byte_by_byte(), _endless_line()
    full, named = _named_table()
    return Seen(
        story="All on real sockets, with the limits of the program; only the clock is put forward. A table of silent "
        "connections is full for two minutes: whoever takes no name is sent away then. But whoever takes a name and "
        "sends an empty line now and then keeps its place, and with all places taken nobody else gets in. Three who "
        "start and never choose keep everybody else out until the time to choose is over and the server has chosen for "
        "them; then they can start again at once. A slow line is heard when it is whole. Of one without an end the "
        "server keeps no more than a line may have.",
        victim=f"It connects, and reads one line: {next(iter(named.values()))}.",
        won=full, figures={**silent, **named, **waiting, **slow, "a line of a megabyte": line},
        why="Nobody is invited to a classic game, and a name costs nothing: one person with many connections looks "
        "like many people. Limits keep the server alive and every game finite; whom to keep out they cannot say.",
    )  # fmt: skip


# --- sealed and blind -------------------------------------------------------------------------------


def _wait(game: Simulator, silent: Sequence[str]) -> Simulator:
    """Let deadlines pass, and let server and organiser close what they may, until the game is over or nothing helps."""
    game.run(silent=silent)
    for _ in range(_ROUNDS):
        if game.state.over:
            break
        game.now += game.state.create.patience
        remedy = _remedy(game)
        if remedy is not None:
            with suppress(SantaError):  # then the game stands still, which shows
                game.organise(remedy)
        game.run(silent=silent)
    return game


def _remedy(game: Simulator) -> Post | None:
    """Return what the organiser can do to go on without those who are missing."""
    state, key = game.state, game.organiser.key
    match state.phase:
        case Phase.COINS:
            return make_drop(state, key, state.missing_coins())
        case Phase.CHOOSING:
            return make_close(state, key)
        case Phase.DELIVERED:
            return make_call(state, key)
    return None


def _note(game: Simulator) -> str:
    """Return what the audit of a whole game notes about the silent one; it accuses nobody."""
    report = stage.audited(game.entries)
    notes = [f"{result.check.id}, {result.note}" for result in report.results if _SILENT in result.note]
    if stage.findings(report):
        raise stage.unshown("the audit finds something wrong with a game in which somebody was silent")
    return "; ".join(notes)


def _too_early(game: Simulator, post: SignedPost) -> tuple[str, str]:
    """Try to go on without somebody who still has time; return the code, and the check that would show it."""
    code = stage.refusal(lambda: twin(game).order(post)).code
    beside = twin(game)
    beside.force(post)
    return code, next(f.check for f in stage.findings(stage.audited(beside.entries)) if f.code == code)


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
    drop = make_drop(early.state, early.organiser.key, early.state.missing_coins())
    code, check = _too_early(early, sign_post(drop, early.organiser.signing))
    first = _wait(early, (_SILENT,))  # no coin
    second = _wait(stage.at_phase("sealed", Phase.CHOOSING, _FIVE), (_SILENT,))  # a coin, and then nothing
    over = first.state.phase is Phase.OVER and second.state.phase is Phase.OVER
    frame, slow = _endless_frame()
    return Seen(
        story="Dot opens no coin: nobody can drop it at once, but after an hour the organiser can, and all is drawn "
        "again. In another game Dot is dealt a card and then says nothing more: the organiser closes the choosing, and "
        "the house gives in Dot's place. Somebody announces a frame of 4 GB: the length is judged before a byte of it "
        "is kept.",
        victim=f"The others wait. The audit accuses nobody, and says: {_note(first)}; or: {_note(second)}."
        if over else f"The others wait for good; the games are {first.state.phase} and {second.state.phase}.",
        won=not over, refused=over, check=check,
        figures={
            "drop at once": code, "hours until the drop": str(first.state.create.patience // 3_600_000),
            "a frame of 4 GB": frame, "a frame byte by byte": slow,
        },
    )  # fmt: skip


def _blind(cheat: bool) -> Seen:
    if not cheat:
        return in_log(stage.honest("blind"), stage.in_words(stage.honest("blind")), won=False)
    one = stage.at_phase("blind", Phase.MIXING).run(silent=(_SILENT,))
    closing = make_close(one.state, one.dealer.key)
    code, check = _too_early(one, sign_post(closing, one.server))
    _wait(one, (_SILENT,))
    two = _wait(stage.at_phase("blind", Phase.MIXING), (_SILENT, "Cem"))
    few = stage.refusal(lambda: two.deal_with(make_close(two.state, two.dealer.key))).code
    blind = cheats.blind_of(one)
    over, stuck = one.state.phase is Phase.OVER, not two.state.over
    if not stuck:
        raise stage.unshown("with fewer trustees than the threshold the game goes on")
    mixed = {name for fact in _facts(one) for name in fact}
    if over and _SILENT in mixed:
        raise stage.unshown(f"{_SILENT} has mixed")
    k, t = len(blind.trustees), blind.threshold
    return Seen(
        story=f"Here the game needs its players' work. Dot is one of {k} trustees and stops after its key. Each mixing "
        f"waits for an hour, which the server cannot cut short, and is then closed with the {t} who are there; they "
        "test, open and deal without Dot. If two of them fall silent, fewer than "
        f"{t} are left, and the game stands still: nobody can go on without them, and nobody ought to be able to.",
        victim="The others wait for an hour at every mix. With too few trustees they wait for good, and see whose work "
        f"is missing: {_missing(two)}.",
        won=not over, refused=over, check=check,
        figures={
            f"1 of {k} trustees silent": f"the game is {one.state.phase}", "the mixing closed at once": code,
            f"2 of {k} silent": f"still {two.state.phase} after {_ROUNDS} hours", "and closed by then": few,
            "threshold": str(t),
        },
    )  # fmt: skip


def _facts(game: Simulator) -> tuple[tuple[str, ...], ...]:
    """Return who has mixed each batch, as the audit says."""
    facts = stage.audited(game.entries).summary.blind
    return () if facts is None else tuple(batch.mixers for batch in facts.batches)


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
written into the log for all to see. Who plays along, as slowly as the limits let it, is stopped by none of them: the
classic game invites nobody, and can be kept full for as long as somebody likes.

The blind mode pays most. It has given the server's work to the players, and so it needs them: t trustees must come
by. That is the same number that could look into the cards. One can raise secrecy or make the game easier to finish,
not both at once. See docs/protocol.md, sections 5.5, 9.2 and 11.5.
""",
    weak="A server that reads until the end of a line, and a game that waits until everybody has answered. Both work "
    "as long as nobody tries.",
    threat="T49",
    tests=("tests/attacks/test_coin_chain.py::test_who_withholds_its_coin_buys_one_more_draw_and_is_seen",),
    cases=("drop-too-early_fail", "close-too-early_fail", "blind-mixing-closed-too-early_fail"),
    course="01-sniff-the-classic-game",
    runs=runs(TRIALS),
)
