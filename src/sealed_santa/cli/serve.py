"""`santa serve`: a server for many games; `santa host`: a server and one game, for one evening."""

from __future__ import annotations

import asyncio
import shlex
from collections.abc import Callable
from typing import Any, Final

import click

from sealed_santa.cli.main import SantaCommand
from sealed_santa.cli.new import look_ahead, make_game, show_game
from sealed_santa.cli.seats import ask_passphrase, the_home
from sealed_santa.cli.serving import Spot, announce, data_folder, running, stopping
from sealed_santa.cli.terms import Terms, read_terms, term_options
from sealed_santa.cli.ui import Screen
from sealed_santa.game.modes import MODES
from sealed_santa.net.keyfile import Passphrase

HOST_HOLDS: Final = (
    "you run the server: this computer holds what the server holds. It knows who gives to whom, and can neither "
    "choose nor change it; every player's client checks that"
)


HOST_HOLDS_NOTHING: Final = (
    "you run the server, and it has no secret of this game: the players deal among themselves, under encryption. "
    "Nobody knows who gives to whom, unless trustees of the threshold's number put their keys together"
)


def server_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options of whoever runs a server."""
    for option in (
        click.option("--data", metavar="DIR", help="Where games are kept [default: server/ in SANTA_HOME]."),
        click.option("--public", metavar="NAME", help="The name or address that others reach this computer by."),
        click.option("--port", type=click.IntRange(0, 65535), metavar="PORT", default=3000, show_default=True,
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
    asyncio.run(_serve(screen, Spot(host, port, public, data_folder(the_home(), data))))


async def _serve(screen: Screen, spot: Spot) -> None:
    with stopping() as stop:
        async with running(screen, spot) as (address, _):
            announce(screen, address, spot.folder)
            screen.next_step(f'santa new --server "{address}" --title "Our game"', "here or on another computer")
            await stop.wait()
    screen.say("stopped; start again with the same command, nothing is lost")


@click.command(cls=SantaCommand)
@server_options
@term_options
@click.option("--json", "as_json", is_flag=True, help="Print two JSON lines: the server is ready, the game is made.")
@click.pass_obj
def host(
    screen: Screen, /, host: str, port: int, public: str | None, data: str | None, passphrase: bool,
    passphrase_file: str | None, as_json: bool, **said: Any,
) -> None:  # fmt: skip
    """Serve and make one game, for an evening among friends; Ctrl-C ends it.

    Among friends in one house, use --host 0.0.0.0: then the invites name this computer's address in the network.
    """
    terms = read_terms(screen, said, patience="2m")
    secret = ask_passphrase(screen, passphrase_file, twice=True) if passphrase or passphrase_file else None
    asyncio.run(_host(screen, Spot(host, port, public, data_folder(the_home(), data)), data, terms, secret))


def _again(spot: Spot, data: str | None, port: int) -> str:
    """Return the command that serves the same games at the same place."""
    words = ["santa", "serve", "--host", spot.host, "--port", str(port)]
    words += [] if spot.public is None else ["--public", spot.public]
    return shlex.join(words if data is None else [*words, "--data", data])


async def _host(screen: Screen, spot: Spot, data: str | None, terms: Terms, secret: Passphrase | None) -> None:
    cast = look_ahead(terms)
    with stopping() as stop:
        async with running(screen, spot) as (address, local):
            announce(screen, address, spot.folder)
            made = await make_game(the_home(), address, terms, secret, local=local)
            show_game(screen, terms, made, cast)
            screen.say(HOST_HOLDS if MODES[terms.mode].dealer else HOST_HOLDS_NOTHING)
            if not terms.names:
                screen.say("it also has the shared invite, so it could add players: look who is there first")
            screen.next_step("santa join --name NAME", "in another window, with the invite, to play yourself")
            screen.say("leave this window open; Ctrl-C stops the server, and nothing is lost")
            screen.next_step(_again(spot, data, local.port), "go on later")
            await stop.wait()
