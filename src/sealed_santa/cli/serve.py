"""`santa serve`: a server for many games."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import click

from sealed_santa.cli.main import SantaCommand
from sealed_santa.cli.seats import the_home
from sealed_santa.cli.serving import announce, data_folder, running, until_stopped
from sealed_santa.cli.ui import Screen


def server_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options of whoever runs a server."""
    for option in (
        click.option("--data", metavar="DIR", help="Where games are kept [default: server/ in SANTA_HOME]."),
        click.option("--public", metavar="NAME", help="The name or address that others reach this computer by."),
        click.option("--port", type=click.IntRange(0, 65535), default=3000, show_default=True,
                     help="Where to listen; 0 takes a free one."),
        click.option("--host", metavar="ADDRESS", default="127.0.0.1", show_default=True,
                     help="Which interface to listen on; 0.0.0.0 for all."),
    ):  # fmt: skip
        command = option(command)
    return command


@click.command(cls=SantaCommand)
@server_options
@click.option("--json", "as_json", is_flag=True, help="Print one JSON line when the server is ready.")
@click.pass_obj
def serve(screen: Screen, host: str, port: int, public: str | None, data: str | None, as_json: bool) -> None:
    """Run a server for many games, until Ctrl-C.

    It prints its address with the pin of its key. Whoever makes a game needs that line; players get it with
    their invite. Everything that was acknowledged is kept in the data folder: stop and start as you like.
    """
    asyncio.run(_serve(screen, host, port, public, data))


async def _serve(screen: Screen, host: str, port: int, public: str | None, data: str | None) -> None:
    folder = data_folder(the_home(), data)
    async with running(screen, folder, host, port, public) as (_, address):
        announce(screen, address, folder)
        screen.next_step(f'santa new --server "{address}" --title "Our game"', "here or on another computer")
        await until_stopped()
    screen.say("stopped; start again with the same command, nothing is lost")
