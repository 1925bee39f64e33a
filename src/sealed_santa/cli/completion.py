"""`santa completion`: tab completion for bash, zsh and fish."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

from sealed_santa.cli.main import PROGRAM, SantaCommand, cli
from sealed_santa.cli.ui import Screen

_WHERE = {
    "bash": 'add to ~/.bashrc:  eval "$(santa completion bash)"',
    "zsh": 'add to ~/.zshrc:  eval "$(santa completion zsh)"',
    "fish": "santa completion fish > ~/.config/fish/completions/santa.fish",
}


@click.command(cls=SantaCommand)
@click.argument("shell", type=click.Choice(sorted(_WHERE)))
@click.pass_obj
def completion(screen: Screen, shell: str) -> None:
    """Print the set-up of tab completion for a shell."""
    kind = get_completion_class(shell)
    if kind is None:
        raise click.UsageError(f"no completion for {shell}")
    screen.answer(*kind(cli, {}, PROGRAM, "_SANTA_COMPLETE").source().split("\n"))
    screen.say(_WHERE[shell], style="dim")
