"""`santa games` and `santa transcript`: what this computer has."""

from __future__ import annotations

import shlex

import click

from sealed_santa.base.canon import b64
from sealed_santa.base.errors import YOU, UsageError
from sealed_santa.cli.main import SantaCommand
from sealed_santa.cli.options import write_new
from sealed_santa.cli.seats import Place, Seat, find_seats, no_game, place_options, read_copy, read_entries, the_home
from sealed_santa.cli.standing import standing
from sealed_santa.cli.ui import Screen
from sealed_santa.game.state import State
from sealed_santa.log.archive import encode_transcript


@click.command(cls=SantaCommand)
@click.option("--invites", is_flag=True, help="Print again the invites of your own games. They are secret.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON line a game.")
@click.pass_obj
def games(screen: Screen, invites: bool, as_json: bool) -> None:
    """List the games that this computer takes part in."""
    seats = find_seats(the_home())
    if not seats:
        raise no_game()
    rows = []
    with screen.working("reading the logs"):
        for seat in seats:
            state = read_copy(seat.folder)
            now = "not fetched yet" if state is None else standing(state).sentence()
            who = "organiser" if seat.profile.role == "organiser" else seat.profile.name
            rows.append((seat.short_id, seat.title, who, now))
            screen.event("seat", **_record(seat, state, invites=invites))
    screen.table(("id", "title", "you", "standing"), rows)
    if invites:
        for seat in seats:
            for name, invite in seat.profile.invites:
                screen.answer(f"{seat.title}, invite for {name or 'everybody'}:", invite)
    screen.next_step("santa sync --game=ID", "fetch what is new, and do what is owed")


def _record(seat: Seat, state: State | None, *, invites: bool) -> dict[str, object]:
    record: dict[str, object] = {
        "game": b64(seat.profile.game),
        "title": seat.title,
        "role": seat.profile.role,
        "name": seat.profile.name,
        "phase": None if state is None else state.phase.value,
        "restored": seat.profile.restored,
        "folder": str(seat.folder),
    }
    if invites:
        record["invites"] = [{"name": name, "invite": invite} for name, invite in seat.profile.invites]
    return record


@click.command(cls=SantaCommand)
@click.option("--out", metavar="FILE", help="Where to write it [default: standard output].")
@click.option("--force", is_flag=True, help="Write over an existing file.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object about what was written.")
@place_options
def transcript(
    screen: Screen, place: Place, passphrase_file: str | None, out: str | None, force: bool, as_json: bool
) -> None:
    """Write out your own copy of the log: the transcript that anybody can audit. It holds no secret of yours."""
    entries = read_entries(place.any.folder)
    if not entries:
        raise UsageError(
            "log.empty", "nothing of the game has been fetched yet", blame=YOU, hint=f"santa sync{place.flag}"
        )
    if out is None:
        if as_json:
            raise UsageError("output.missing", "--json tells of a written file", blame=YOU, hint="add --out FILE")
        screen.raw(encode_transcript(entries))
        return
    write_new(out, encode_transcript(entries), "--out", replace=force)
    head = b64(entries[-1].hash)
    screen.event("transcript", game=b64(place.any.profile.game), file=out, entries=len(entries), head=head)
    screen.answer(f"{out}: {len(entries)} entries")
    screen.next_step(f"santa audit {shlex.quote(out)}", "check all of it")
