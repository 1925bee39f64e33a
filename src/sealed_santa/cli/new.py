"""`santa new`: make a game and print its invites."""

from __future__ import annotations

import asyncio
import os
from dataclasses import dataclass, field
from typing import Any, Final

import click
from msgspec import UNSET

from sealed_santa.base.canon import b64
from sealed_santa.base.errors import YOU, UsageError
from sealed_santa.base.labels import VERSION
from sealed_santa.cli.main import SantaCommand
from sealed_santa.cli.options import show_when
from sealed_santa.cli.seats import ID_DIGITS, ask_passphrase, the_home
from sealed_santa.cli.serving import local_address, only_here
from sealed_santa.cli.setup import Forecast, blind_in_general, forecast, size_warnings
from sealed_santa.cli.terms import Terms, read_terms, term_options
from sealed_santa.cli.ui import Screen
from sealed_santa.crypto.signing import SigningKey
from sealed_santa.game.replay import judge
from sealed_santa.log.entry import SignedPost, sign_post
from sealed_santa.log.fields import Hash, SignKey
from sealed_santa.log.posts import Create
from sealed_santa.log.posts import Invite as PublicInvite
from sealed_santa.net.client import GameClient, create_game, sync
from sealed_santa.net.clock import wall_clock
from sealed_santa.net.home import Home
from sealed_santa.net.identity import Profile
from sealed_santa.net.invite import Address, Invite, parse_address
from sealed_santa.net.keyfile import Passphrase
from sealed_santa.net.party import party_of
from sealed_santa.roles.secrets import SEED_SIZE, OrganiserSecrets

ORGANISER: Final = "organiser"  # the name of every organiser's identity


@dataclass(frozen=True, slots=True)
class NewGame:
    """A game that was made; the invites are secret."""

    game: Hash
    invites: tuple[tuple[str | None, Invite], ...] = field(repr=False)


@click.command(cls=SantaCommand)
@click.option("--server", metavar="ADDRESS", envvar="SANTA_SERVER",
              help="host:port#pin, as santa serve prints it [default: SANTA_SERVER, or who ran here].")  # fmt: skip
@term_options
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object with the game's id and the invites.")
@click.pass_obj
def new(
    screen: Screen, /, server: str | None, passphrase: bool, passphrase_file: str | None, as_json: bool, **said: Any
) -> None:
    """Make a game and print its invites.

    You become its organiser, and may play as well: join with an invite like everybody. With --invites there is one
    invite a person, which lets in that name once; otherwise one invite for all, and whoever has it can add players.
    """
    home = the_home()
    address = _server(home, server)
    terms = read_terms(screen, said)
    cast = look_ahead(terms)
    secret = ask_passphrase(screen, passphrase_file, twice=True) if passphrase or passphrase_file else None
    made = asyncio.run(make_game(home, address, terms, secret))
    show_game(screen, terms, made, cast)
    screen.next_step("santa join INVITE --name NAME", "what each player types; you too, if you play")


def _server(home: Home, server: str | None) -> Address:
    if server is not None:
        return parse_address(server)
    address = local_address(home)
    if address is None:
        raise UsageError(
            "address.none", "no server is named, and none has run on this computer", blame=YOU,
            hint="start one with santa serve, or give --server ADDRESS; or use santa host",
        )  # fmt: skip
    return address


def look_ahead(terms: Terms) -> Forecast | None:
    """Return what a draw has before it, if it is known who will play.

    Raises:
        UsageError: `exclusions.impossible`, `exclusions.too-many-decks`, `exclusions.too-many-tests`.
    """
    return forecast(terms.names, terms.exclusions, terms.deck_limit, terms.blind) if terms.names else None


async def make_game(
    home: Home, address: Address, terms: Terms, passphrase: Passphrase | None, *, local: Address | None = None
) -> NewGame:
    """Make the game on a server, keep the organiser's identity in the home.

    `address` stands in the invites; the organiser uses `local`, if it is given.

    Raises:
        SantaError: as `create_game`; the terms break a rule of `create`.
    """
    organiser = OrganiserSecrets(os.urandom(SEED_SIZE))
    keys = [(name, os.urandom(SEED_SIZE)) for name in terms.names or (None,)]
    made: list[NewGame] = []

    def build(server: SignKey) -> SignedPost:
        public = tuple(
            PublicInvite(key=SignKey(SigningKey.from_seed(seed).public().raw), name=name) for name, seed in keys
        )
        post = sign_post(_create(terms, organiser.key, server, public), organiser.signing)
        judge(None, post, wall_clock())
        invites = tuple((name, Invite(address, Hash(post.game), seed)) for name, seed in keys)
        profile = Profile(
            role="organiser", name=ORGANISER, game=Hash(post.game), address=str(local or address),
            invites=tuple((name, invite.encode()) for name, invite in invites),
        )  # fmt: skip
        home.create(profile, organiser.seed, os.urandom, passphrase=passphrase, outbox=(post,))
        made.append(NewGame(Hash(post.game), invites))
        return post

    await create_game(local or address, build)
    with home.open(home.folder(made[0].game, "organiser", ORGANISER), passphrase) as identity:
        await GameClient(identity, party_of(identity)).run(sync)  # what the server promised is in the own copy
    return made[0]


def _create(terms: Terms, by: SignKey, server: SignKey, invites: tuple[PublicInvite, ...]) -> Create:
    return Create(
        by=by, version=VERSION, mode=terms.mode, title=terms.title, server=server, invites=invites,
        catalogue=terms.catalogue, house=terms.house, budget=terms.budget, exclusions=terms.exclusions,
        reveal=terms.reveal, reveal_at=terms.reveal_at, choose_by=terms.choose_by, patience=terms.patience,
        starters=terms.starters, min_players=terms.min_players, max_players=terms.max_players,
        deck_limit=terms.deck_limit, blind=terms.blind or UNSET,
    )  # fmt: skip


def show_game(screen: Screen, terms: Terms, made: NewGame, cast: Forecast | None) -> None:
    """Print the invites, and what the organiser should know about the game."""
    warnings = list(_warnings(terms, cast))
    if only_here(made.invites[0][1].address):
        warnings.append("the invites name an address of this computer; they work on this computer only")
    screen.event(
        "new", game=b64(made.game), title=terms.title, shared=not terms.names,
        invites=[{"name": name, "invite": invite.encode()} for name, invite in made.invites],
        forecast=None if cast is None else cast.record(), warnings=warnings,
    )  # fmt: skip
    screen.say(f"the game {terms.title!r} is made; its id begins with {b64(made.game)[:ID_DIGITS]}", style="good")
    for what, when in (("choosing closes", terms.choose_by), ("reveal from", terms.reveal_at)):
        if when is not None:
            screen.say(f"{what}: {show_when(when)}")
    if cast is not None:
        screen.say(cast.deals(), *cast.work(), *cast.secrecy())
    elif terms.blind is not None:
        screen.say(*blind_in_general(terms.blind))
    else:
        screen.say("how many deals to expect depends on who comes; `start` says it")
    for warning in warnings:
        screen.warn(warning)
    for name, invite in made.invites:
        screen.answer("invite for everybody:" if name is None else f"invite for {name}:")
        screen.answer(invite.encode())
        screen.qr_code(invite.encode())


def _warnings(terms: Terms, cast: Forecast | None) -> tuple[str, ...]:
    if cast is not None:
        return cast.warnings()
    size = size_warnings(terms.min_players, blind=terms.blind is not None)
    shared: tuple[str, ...] = (
        "the invite is shared: whoever has it can add players; --invites names.txt gives each person their own",
    )
    if terms.blind is not None:
        shared = (*shared, "whoever brings in enough players of its own can be most trustees, and read all pairs")
    if terms.min_players >= 5:
        return shared
    return (*shared, *(f"if only {terms.min_players} come: {warning}" for warning in size))
