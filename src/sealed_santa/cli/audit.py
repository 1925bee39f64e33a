"""`santa audit`: every check over a transcript, and comparisons of copies."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from typing import Any

import click

from sealed_santa.audit import auditor, compare, report
from sealed_santa.audit.compare import Comparison
from sealed_santa.audit.findings import Report
from sealed_santa.audit.own import Identity as OwnKeys
from sealed_santa.base.canon import b64
from sealed_santa.base.errors import YOU, KeyMissingError, SantaError, UsageError
from sealed_santa.cli.exits import DONE, FAILED, UNDECIDED
from sealed_santa.cli.main import SantaCommand
from sealed_santa.cli.options import MAX_FILE, read_bytes, write_new
from sealed_santa.cli.seats import Seat, find_seats, passphrase_for, read_title, the_home
from sealed_santa.cli.ui import Screen
from sealed_santa.log.fields import Hash
from sealed_santa.log.posts import Join
from sealed_santa.net.identity import Identity, read_profile
from sealed_santa.roles.secrets import PlayerSecrets


@click.command(cls=SantaCommand)
@click.argument("transcript")
@click.option("--as", "who", metavar="IDENTITY", help="Check your own part too: your name, or an identity's folder.")
@click.option("--since", "older", metavar="OLDER", help="Check that an older copy is a beginning of this one.")
@click.option("--with", "other", metavar="OTHER", help="Compare with another person's copy; a fork becomes proof.")
@click.option("--explain", is_flag=True, help="Say for each check what it means and what it does not prove.")
@click.option("--html", metavar="FILE", help="Write the report as a page, too.")
@click.option("--evidence", metavar="FILE", help="Where to write the proof of a fork.")
@click.option("--force", is_flag=True, help="Write over existing files.")
@click.option("--passphrase-file", metavar="FILE", help="Where the passphrase of IDENTITY is.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.pass_obj
def audit(
    screen: Screen, transcript: str, who: str | None, older: str | None, other: str | None, explain: bool,
    html: str | None, evidence: str | None, force: bool, passphrase_file: str | None, as_json: bool,
) -> int:  # fmt: skip
    """Check TRANSCRIPT (- for standard input), all of it: it needs the file and nothing else.

    Exit code 0 says that every check passed and the game is over; 1 that something is wrong; 3 that something could
    not be decided, also because the game is not over ("verified so far").
    """
    data = sys.stdin.buffer.read(MAX_FILE) if transcript == "-" else read_bytes(transcript, "TRANSCRIPT")
    copies = [(read_bytes(path, f"--{kind}"), kind) for path, kind in ((older, "since"), (other, "with")) if path]
    with screen.working("checking everything"):
        found = auditor.audit(data, None if who is None else own_keys(screen, who, data, passphrase_file))
        compared = {
            kind: compare.since(copy, data) if kind == "since" else compare.fork(data, copy) for copy, kind in copies
        }
    if html is not None:
        write_new(html, report.to_html(found).encode("utf-8"), "--html", replace=force)
    if evidence is not None and (proof := [line for c in compared.values() for line in c.evidence]):
        write_new(evidence, b"".join(line + b"\n" for line in proof), "--evidence", replace=force)
    code = worst(found.exit_code, *(c.exit_code for c in compared.values()))
    show(screen, found, compared, code, explain=explain)
    if transcript != "-" and not (who or other):
        screen.next_step(f"santa audit {shlex.quote(transcript)} --with OTHER", "compare with somebody else's copy")
    return code


def worst(*codes: int) -> int:
    """Return one exit code for several: a failure before a doubt, a doubt before success."""
    return next((code for code in (FAILED, UNDECIDED) if code in codes), DONE)


def show(screen: Screen, found: Report, compared: dict[str, Comparison], code: int, *, explain: bool = False) -> None:
    """Print a report and the comparisons."""
    if screen.json:
        said: dict[str, Any] = {"event": "audit", **report.to_json(found)}
        said |= {kind: report.comparison_json(c) for kind, c in compared.items()}
        screen.record({**said, "exit": code})
        return
    style = {DONE: "good", FAILED: "bad"}.get(code, "head")
    first, *rest = report.to_lines(found, explain=explain)
    screen.answer(first, style=style)
    screen.answer(*rest)
    for kind, comparison in compared.items():
        screen.answer("", f"--{kind}:")
        screen.answer(*report.comparison_lines(comparison), style="bad" if comparison.exit_code == FAILED else "")


def own_keys(screen: Screen, who: str, data: bytes, passphrase_file: str | None) -> OwnKeys:
    """Return the keys of the player whose part is to be checked: a folder, or a name of this computer.

    Raises:
        KeyMissingError: `identity.none`.
        UsageError: `identity.organiser`, `identity.several`, `identity.in-use`.
    """
    seat = _seat(who, data)
    if seat.profile.role != "player":
        raise UsageError("identity.organiser", "an organiser has no part of its own to check", blame=YOU)
    with Identity(seat.folder, passphrase_for(screen, seat.folder, passphrase_file)) as identity:
        return keys_of(identity)


def keys_of(identity: Identity) -> OwnKeys:
    """Return what an open identity knows of its own part."""
    outbox, entries = identity.outbox, identity.entries
    join = next((p.raw for p in outbox.posts if isinstance(p.body, Join) and p.hash not in outbox.refused), None)
    posts = frozenset(Hash(p.hash) for p in outbox.posts if p.hash not in outbox.refused)
    copy = (len(entries), entries[-1].hash) if entries else None
    if identity.keepsake is not None:
        return OwnKeys(key=identity.keepsake.key, join=join, posts=posts, copy=copy, retired=True)
    secrets = PlayerSecrets(identity.seed, identity.profile.game)
    return OwnKeys(
        key=secrets.key, card=secrets.card, gift=secrets.gift, reveal=secrets.reveal, join=join, posts=posts, copy=copy
    )


def _seat(who: str, data: bytes) -> Seat:
    folder = Path(who)
    if (folder / "identity.json").exists():
        return Seat(folder, read_profile(folder), read_title(folder))
    seats = [s for s in find_seats(the_home()) if s.profile.name == who and s.profile.role == "player"]
    game = _game_of(data)
    fitting = [s for s in seats if b64(s.profile.game) == game] or seats
    if not fitting:
        raise KeyMissingError(
            "identity.none", f"this computer has no player {who!r}", blame=YOU,
            hint="--as takes the name of a player of this computer, or the folder of an identity; see santa games",
        )  # fmt: skip
    if len(fitting) > 1:
        message = f"several identities are called {who!r}"
        raise UsageError("identity.several", message, blame=YOU, hint="give its folder")
    return fitting[0]


def _game_of(data: bytes) -> str:
    from sealed_santa.log.entry import parse_entry

    try:
        return b64(parse_entry(data.split(b"\n", 1)[0]).post.game)
    except SantaError:
        return ""
