"""The command `santa`: which commands there are, and the one place where errors become exit codes.

A command's module is imported when the command is used and not before: `santa --help` needs click and
nothing of ours that does cryptography. The table below therefore holds each command's one-line help.
"""

from __future__ import annotations

import difflib
import importlib
import os
import signal
import sys
import traceback
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import click

from sealed_santa import __version__
from sealed_santa.base.errors import YOU, LocalDamageError, SantaError, UsageError
from sealed_santa.cli.exits import DONE, INTERRUPTED, exit_code
from sealed_santa.cli.ui import Screen

PROGRAM: Final = "santa"
_COMPLETING: Final = "_SANTA_COMPLETE"  # set by the shell that asks for completions


@dataclass(frozen=True, slots=True)
class Entry:
    """One command: where it is, and its line in the list of commands."""

    section: str
    module: str
    help: str


COMMANDS: Final[dict[str, Entry]] = {
    "demo": Entry("Try", "demo", "Play a whole game on this computer, and audit it."),
    "classic": Entry("Try", "classic", "Serve or join the classic game, in plain text: it hides nothing."),
    "lab": Entry("Try", "lab", "Carry out attacks in every mode, and measure who learns what."),
    "host": Entry("Organise", "serve", "Serve and make one game, for an evening among friends."),
    "serve": Entry("Organise", "serve", "Run a server for many games."),
    "new": Entry("Organise", "new", "Make a game and print its invites."),
    "drop": Entry("Organise", "turns", "Drop players whose coin is late, or in a blind game their gift."),
    "close": Entry("Organise", "turns", "Close the choosing; the house gives for who has not chosen."),
    "reveal": Entry("Organise", "turns", "Call the reveal: recipients learn who their Santa was."),
    "catalogue": Entry("Organise", "catalogue", "List the gifts, or check a catalogue of your own."),
    "join": Entry("Play", "join", "Come in with an invite and play live."),
    "start": Entry("Play", "turns", 'Say "start user distribution".'),
    "give": Entry("Play", "give", "Choose the gift for your recipient."),
    "leave": Entry("Play", "turns", "Leave the game; of a blind one also after the deal."),
    "sync": Entry("Look in", "turns", "Do whatever is owed, and say what is waited for."),
    "status": Entry("Look in", "turns", "Say where the game stands, without going to the server."),
    "games": Entry("Look in", "games", "List the games that this computer takes part in."),
    "transcript": Entry("Check", "games", "Write out your own copy of the log."),
    "audit": Entry("Check", "audit", "Check a transcript, all of it, by yourself."),
    "bench": Entry("Check", "bench", "Measure proofs and games on this computer."),
    "completion": Entry("Check", "completion", "Print the set-up of tab completion for a shell."),
}


class SantaCommand(click.Command):
    """A command that also takes `--debug` and `-h`."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("context_settings", {"help_option_names": ["-h", "--help"], "max_content_width": 100})
        super().__init__(*args, **kwargs)
        self.params.append(_debug_option())


def _debug_option() -> click.Option:
    return click.Option(["--debug"], is_flag=True, expose_value=False, help="Show the traceback of an error.")


class SantaGroup(click.Group):
    """The commands of the table, imported when they are used."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names, in the order of the table."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import a command."""
        entry = COMMANDS.get(cmd_name)
        if entry is None:
            return None
        command: click.Command = getattr(importlib.import_module(f"sealed_santa.cli.{entry.module}"), cmd_name)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find a command, or say which one was meant."""
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            near = difflib.get_close_matches(args[0], COMMANDS, n=2, cutoff=0.5)
            hint = f"did you mean {' or '.join(near)}?" if near else "santa --help lists all commands"
            raise UsageError("command.unknown", f"there is no command {args[0]!r}", blame=YOU, hint=hint)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of commands from the table, by section."""
        for section in dict.fromkeys(entry.section for entry in COMMANDS.values()):
            with formatter.section(section):
                rows = [(name, entry.help) for name, entry in COMMANDS.items() if entry.section == section]
                formatter.write_dl(rows, col_max=14)

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write where to begin."""
        with formatter.section("Where to begin"):
            rows = [("santa demo", "see a whole game"), ("santa host", "play with friends this evening"),
                    ("santa join", "come in; it asks for the invite")]  # fmt: skip
            formatter.write_dl(rows, col_max=14)


def _print_version(ctx: click.Context, param: click.Parameter, value: bool) -> None:
    if value and not ctx.resilient_parsing:
        Screen().answer(f"santa {__version__}")
        ctx.exit()


@click.command(
    cls=SantaGroup,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    help="A Secret Santa in which nobody has to be trusted: the server can neither rig nor change the draw, "
    "and everybody checks that before a gift is chosen.",
    epilog="begin",
    no_args_is_help=False,
    invoke_without_command=True,
)
@click.option("--version", is_flag=True, is_eager=True, expose_value=False, callback=_print_version,
              help="Print the version.")  # fmt: skip
@click.option("--debug", is_flag=True, expose_value=False, help="Show the traceback of an error.")
@click.pass_context
def cli(ctx: click.Context) -> None:
    """Print the help if no command is given."""
    if ctx.invoked_subcommand is None:
        Screen().answer(*ctx.get_help().split("\n"))


def _translate(error: click.ClickException) -> SantaError:
    """Return click's error as one of ours, with the command's help as hint."""
    context = error.ctx if isinstance(error, click.UsageError) else None
    path = context.command_path if context is not None else PROGRAM
    if isinstance(error, click.FileError):
        return UsageError("file.unreadable", error.format_message(), blame=YOU)
    message = error.format_message().strip().rstrip(".")
    message = message[:1].lower() + message[1:]
    return UsageError("usage", " ".join(message.split()), blame=YOU, hint=f"{path} --help")


def run(args: Sequence[str]) -> int:
    """Run one command and return its exit code; prints every error and lets none out."""
    flags = list(args[: args.index("--")] if "--" in args else args)
    screen = Screen(json_lines="--json" in flags)
    try:
        if _COMPLETING in os.environ:
            cli.main(args=list(args), prog_name=PROGRAM)  # answers the shell, and ends the program
        with cli.make_context(PROGRAM, list(args), obj=screen) as context:  # `main` takes a closed pipe for exit code 1
            result = cli.invoke(context)
        return result if isinstance(result, int) else DONE
    except (KeyboardInterrupt, click.Abort):
        screen.say("")
        return INTERRUPTED
    except click.exceptions.Exit as e:
        return e.exit_code
    except click.ClickException as e:
        error: SantaError = _translate(e)
        cause: BaseException = e
    except SantaError as e:
        error, cause = e, e
    except BrokenPipeError:
        return _quiet_pipe()
    except OSError as e:
        error = LocalDamageError("system", f"{e.filename or 'the system'}: {e.strerror or e}", blame=YOU)
        cause = e
    except RecursionError as e:
        error, cause = SantaError("internal", "an internal error (recursion)"), e
    except Exception as e:
        hint = "this is a mistake in the program; santa --debug shows where"
        error, cause = SantaError("internal", f"an internal error: {type(e).__name__}: {e}", hint=hint), e
    if "--debug" in flags:
        screen.trace("".join(traceback.format_exception(cause)))
    screen.error(error)
    return exit_code(error)


def _quiet_pipe() -> int:
    """Leave without a word when whoever reads our output has gone; the code is not that of any verdict."""
    for stream in (sys.stdout, sys.stderr):
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
    return 128 + signal.SIGPIPE if hasattr(signal, "SIGPIPE") else 1


def main() -> None:
    """Run the command that was typed."""
    sys.exit(run(sys.argv[1:]))
