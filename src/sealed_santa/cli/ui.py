"""The terminal: the only module of the project that writes to one.

The rules of output:

1. stdout is the answer. stderr is for people: notes, errors, hints, progress, prompts.
2. With `--json` stdout holds JSON and nothing else, one object a line; notes are left out, and an
   error is an object too.
3. Every text passes `for_terminal` here, whoever wrote it: no name, note, title or message of a
   server can move a cursor, change a colour or turn the direction of writing. A line that is given to be
   written is one line; only a note may have more, and each of them gets a margin.
4. Colour says nothing that the words do not say. NO_COLOR, TERM=dumb and whatever is no terminal get
   plain lines.
5. No question is ever needed: what is asked for has a flag, and without a terminal a missing answer is
   an error whose hint names the flag.

What this module does not do: decide what to say.
"""

from __future__ import annotations

import json
import os
import sys
import textwrap
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Final, Protocol, TextIO

from sealed_santa.base.errors import YOU, Blame, Certainty, Party, SantaError, UsageError, VerificationError
from sealed_santa.base.names import for_terminal

STYLES: Final = {"head": "bold", "good": "green", "bad": "bold red", "dim": "dim", "name": "bold cyan"}
MARGIN: Final = "    | "
NARROWEST: Final = 20  # columns; lines of narrower terminals are not folded
SLOW: Final = 1.0  # seconds; work that takes longer shows progress

_WHO: Final = {
    Party.NOBODY: "nobody",
    Party.YOU: "this computer or what was typed",
    Party.PEER: "the other end of the connection",
    Party.PLAYER: "the player",
    Party.ORGANISER: "the organiser",
    Party.SERVER: "the server",
    Party.PLAYER_OR_SERVER: "a player or the server",
    Party.UNKNOWN: "not known",
}
_HOW_SURE: Final = {
    Certainty.PROVEN: "proven by signed evidence",
    Certainty.OBSERVED: "as seen from here",
    Certainty.SUSPECTED: "suspected; damage would look the same",
}


def blame_in_words(blame: Blame) -> str:
    """Return who is to blame and how sure that is, or an empty string if there is nothing to say."""
    if blame.party in (Party.NOBODY, Party.YOU):
        return ""
    who = f"{_WHO[blame.party]} {blame.who}".rstrip()
    return who if blame.party is Party.UNKNOWN else f"{who} ({_HOW_SURE[blame.certainty]})"


def error_record(error: SantaError) -> dict[str, Any]:
    """Return an error as the JSON object that `--json` prints."""
    blame = {"party": error.blame.party.value, "who": error.blame.who, "certainty": error.blame.certainty.value}
    return {"event": "error", "code": error.code, "message": error.message, "blame": blame, "hint": error.hint}


class Told(Protocol):
    """Something that happened; see `cli/chronicle.py`."""

    @property
    def event(self) -> str:
        """Name for scripts; empty if they need not be told."""

    @property
    def fields(self) -> dict[str, Any]:
        """What scripts are told."""

    @property
    def text(self) -> str:
        """Sentence for people; empty if they need not be told."""

    @property
    def style(self) -> str:
        """One of STYLES, or nothing."""

    @property
    def note(self) -> str | None:
        """A text of several lines that belongs to it."""


class Screen:
    """Where one run of the command reads and writes."""

    def __init__(
        self,
        *,
        json_lines: bool = False,
        stdin: TextIO | None = None,
        stdout: TextIO | None = None,
        stderr: TextIO | None = None,
        environ: Mapping[str, str] | None = None,
    ) -> None:
        self.json = json_lines
        self.stdin = sys.stdin if stdin is None else stdin
        self._out = sys.stdout if stdout is None else stdout
        self._err = sys.stderr if stderr is None else stderr
        self._environ = os.environ if environ is None else environ
        self._lock = threading.Lock()

    # --- writing --------------------------------------------------------------------------------

    def answer(self, *lines: str, style: str = "") -> None:
        """Write lines of the answer to stdout; nothing with `--json`."""
        if not self.json:
            self._write(self._out, lines, style)

    def say(self, *lines: str, style: str = "") -> None:
        """Write lines for people to stderr; nothing with `--json`."""
        if not self.json:
            self._write(self._err, lines, style)

    def event(self, event: str, **fields: Any) -> None:
        """Write one JSON object to stdout; nothing without `--json`."""
        if self.json:
            self.record({"event": event, **fields})

    def record(self, value: Mapping[str, Any]) -> None:
        """Write one JSON object to stdout, as one line of ASCII."""
        with self._lock:
            self._out.write(json.dumps(value, ensure_ascii=True) + "\n")
            self._out.flush()

    def tell(self, told: Told) -> None:
        """Write something that happened in a game: its event, its sentence, its note."""
        if told.event:
            self.event(told.event, **told.fields)
        if told.text:
            self.answer(told.text, style=told.style)
        if told.note is not None:
            self.quote(told.note)

    def page(self) -> None:
        """Begin a new page where the terminal can: what stood on it is out of sight."""
        if not self.json and self._out.isatty() and not self._dumb():
            self._out.write("\x1b[2J\x1b[H")
            self._out.flush()

    def quote(self, text: str) -> None:
        """Write a note: the one text that may have several lines, each behind a margin."""
        if not self.json:
            self._write(self._out, [f"{MARGIN}{line}" for line in text.split("\n")], "", MARGIN)

    def next_step(self, command: str, purpose: str = "") -> None:
        """Say which command comes next; the line can be copied as it is, so it is never folded."""
        if self.json:
            return
        line = f"next:  {for_terminal(command)}"
        why = f"    # {for_terminal(purpose)}" if purpose else ""
        width = self._width(self._err)
        lines = [line + why] if width is None or len(line + why) <= width else [line, f"   {why}"]
        self._write(self._err, lines if why else [line], "dim", None)

    def warn(self, message: str) -> None:
        """Write a warning to stderr, also with `--json`."""
        self._write(self._err, (f"santa: warning: {message}",), "bad")

    def error(self, error: SantaError) -> None:
        """Write an error: message, code, blame and how sure it is, hint."""
        if self.json:
            self.record(error_record(error))
        self._write(self._err, (f"santa: error: {error.message} [{error.code}]",), "bad")
        blame = blame_in_words(error.blame)
        if blame and (error.blame.party is not Party.UNKNOWN or isinstance(error, VerificationError)):
            self._write(self._err, (f"santa: blame: {blame}",), "")
        if error.hint:
            self._write(self._err, (f"santa: hint: {error.hint}",), "")

    def trace(self, text: str) -> None:
        """Write a traceback to stderr."""
        self._write(self._err, text.rstrip("\n").split("\n"))

    def raw(self, data: bytes) -> None:
        """Write bytes to stdout as they are: a transcript that goes to a file or a pipe.

        Raises:
            UsageError: `output.terminal`; bytes from elsewhere never go to a terminal.
        """
        if self._out.isatty():
            raise UsageError(
                "output.terminal", "a transcript is not for the screen", blame=YOU, hint="add --out game.santa"
            )
        self._out.flush()
        self._out.buffer.write(data)
        self._out.buffer.flush()

    def table(self, head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        """Write a table to stdout: plain columns, or with rules on a terminal."""
        if self.json:
            return
        if self.colour(self._out):
            from rich import box
            from rich.table import Table
            from rich.text import Text

            table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
            for title in head:
                table.add_column(Text(title))
            for row in rows:
                table.add_row(*(Text(for_terminal(cell)) for cell in row))
            self._console(self._out).print(table)
            return
        cells = [list(head), *[[for_terminal(cell) for cell in row] for row in rows]]
        widths = [max(len(row[k]) for row in cells) for k in range(len(head))]
        self._write(self._out, ["  ".join(c.ljust(w) for c, w in zip(r, widths, strict=True)).rstrip() for r in cells])

    def qr_code(self, text: str) -> None:
        """Draw a QR code; only on a terminal."""
        if self.json or not self._out.isatty() or self._dumb():
            return
        import segno

        segno.make_qr(text, error="l").terminal(out=self._out, compact=True, border=2)
        self._out.flush()

    def _write(self, file: TextIO, lines: Sequence[str], style: str = "", indent: str | None = "  ") -> None:
        """Write lines; on a terminal long ones are folded between words, with `indent`, unless it is None."""
        lines = [part for line in lines for part in self._fold(for_terminal(line), file, indent)]
        with self._lock:
            if style and self.colour(file):
                from rich.text import Text

                console = self._console(file)
                for line in lines:
                    console.print(Text(line, style=STYLES[style]), soft_wrap=True)
            else:
                for line in lines:
                    file.write(_encodable(line, file) + "\n")
            file.flush()

    def _fold(self, line: str, file: TextIO, indent: str | None) -> list[str]:
        width = None if indent is None else self._width(file)
        if indent is None or width is None or len(line) <= width:
            return [line]
        own = "" if indent == MARGIN else " " * (len(line) - len(line.lstrip(" ")))
        return textwrap.wrap(
            line, width, subsequent_indent=own + indent, break_long_words=False, break_on_hyphens=False,
            replace_whitespace=False, drop_whitespace=True,
        )  # fmt: skip

    def _width(self, file: TextIO) -> int | None:
        """Return the columns of a terminal; None if it has none to speak of."""
        if not file.isatty():
            return None
        try:
            width = os.get_terminal_size(file.fileno()).columns
        except (OSError, ValueError, AttributeError):
            return None
        return width if width >= NARROWEST else None

    # --- what kind of terminal ------------------------------------------------------------------

    def colour(self, file: TextIO) -> bool:
        """Tell whether a file is a terminal that may be coloured."""
        return file.isatty() and not self._dumb() and not self._environ.get("NO_COLOR")

    def interactive(self) -> bool:
        """Tell whether somebody can be asked: stdin is a terminal, and so is stderr."""
        return self.stdin.isatty() and self._err.isatty()

    def _dumb(self) -> bool:
        return self._environ.get("TERM", "") in ("", "dumb")

    def _console(self, file: TextIO) -> Any:
        from rich.console import Console

        return Console(file=file, markup=False, highlight=False, emoji=False)

    # --- asking ---------------------------------------------------------------------------------

    def ask(self, question: str, flag: str, *, secret: bool = False, empty: bool = False) -> str:
        """Ask for one line on stderr; with `empty` a bare Enter is an answer.

        Raises:
            UsageError: `input.missing`; there is no terminal, and the flag was not given.
        """
        if not self.interactive() or self.json:
            what = question.rstrip(": ?")
            raise UsageError("input.missing", f"missing: {what}", blame=YOU, hint=f"give {flag}")
        import click

        default = "" if empty else None
        text: str = click.prompt(
            for_terminal(question), prompt_suffix=" ", hide_input=secret, err=True, default=default, show_default=False
        )
        return text.strip()

    def read_all(self, limit: int) -> str:
        """Return what comes on stdin until its end, at most `limit` characters.

        Raises:
            UsageError: `input.too-long`.
        """
        text = self.stdin.read(limit + 1)
        if len(text) > limit:
            raise UsageError("input.too-long", f"more than {limit} characters on standard input", blame=YOU)
        return text

    # --- progress -------------------------------------------------------------------------------

    @contextmanager
    def working(self, what: str) -> Iterator[None]:
        """Say that something is worked on, if it takes longer than a second."""
        if self.json:
            yield
            return
        done = threading.Event()
        watcher = threading.Thread(target=self._watch, args=(what, done), daemon=True)
        watcher.start()
        try:
            yield
        finally:
            done.set()
            watcher.join()

    def _watch(self, what: str, done: threading.Event) -> None:
        if done.wait(SLOW):
            return
        if not self.colour(self._err):
            self._write(self._err, (f"{what} …",))
            return
        from rich.text import Text

        with self._console(self._err).status(Text(for_terminal(what))):
            done.wait()


def _encodable(line: str, file: TextIO) -> str:
    """Return a line that the file's encoding can carry; what it cannot carry is escaped."""
    encoding = getattr(file, "encoding", None) or "utf-8"
    return line.encode(encoding, "backslashreplace").decode(encoding)
