"""A server in this process: started, announced, stopped. Shared by `serve`, `host` and `demo`."""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import signal
import socket
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from sealed_santa.base.errors import SantaError
from sealed_santa.cli.ui import Screen
from sealed_santa.net.files import make_private_folder, replace_private
from sealed_santa.net.home import Home
from sealed_santa.net.invite import Address, parse_address, parse_host
from sealed_santa.net.limits import ServerLimits
from sealed_santa.net.server import Server

ADDRESS_FILE: Final = "address"
_ELSEWHERE: Final = "192.0.2.1"  # an address for documentation (RFC 5737); nothing is sent there


def data_folder(home: Home, named: str | None) -> Path:
    """Return the server's folder: the named one, or `server` in this user's home."""
    return home.root / "server" if named is None else Path(named)


def local_address(home: Home) -> Address | None:
    """Return the address that a server of this user wrote down when it was last ready, if any."""
    try:
        return parse_address((data_folder(home, None) / ADDRESS_FILE).read_text(encoding="ascii"))
    except (OSError, UnicodeDecodeError, SantaError):
        return None


def advertised(address: Address, public: str | None) -> Address:
    """Return the address as others can use it: the public name, or for a server on all interfaces this machine's."""
    if public is not None:
        return replace(address, host=parse_host(public))
    if not ipaddress.ip_address(address.host).is_unspecified:
        return address
    return replace(address, host=_own_address())


def _own_address() -> str:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect((_ELSEWHERE, 9))
            return str(probe.getsockname()[0])
        except OSError:
            return "127.0.0.1"


def only_here(address: Address) -> bool:
    """Tell whether nobody but this computer can reach an address."""
    try:
        return ipaddress.ip_address(address.host).is_loopback
    except ValueError:
        return address.host == "localhost"


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a server listens, what others call it, where it keeps its games."""

    host: str
    port: int
    public: str | None
    folder: Path


@contextlib.asynccontextmanager
async def running(
    screen: Screen, spot: Spot, limits: ServerLimits | None = None
) -> AsyncIterator[tuple[Address, Address]]:
    """Serve while the block runs; yields the address for others, and the one that always works from here.

    Raises:
        NetworkError: `server.port-in-use`, `server.cannot-listen`.
        LocalDamageError, UndecidedError, UsageError: as `Server.start`.
    """

    def report(what: str, error: BaseException | None) -> None:
        screen.warn(what if error is None else f"{what}: {type(error).__name__}: {error}")

    make_private_folder(spot.folder)
    server = Server(spot.folder, limits=limits, report=report)
    bound = await server.start(spot.host, spot.port)
    local = replace(bound, host="127.0.0.1") if bound.host == "0.0.0.0" else bound  # noqa: S104
    local = replace(local, host="::1") if bound.host == "::" else local
    try:
        replace_private(spot.folder / ADDRESS_FILE, str(local).encode("ascii"))
        yield advertised(bound, spot.public), local
    finally:
        await server.close()


def announce(screen: Screen, address: Address, folder: Path) -> None:
    """Say where the server is; the one line of `serve --json` before it waits."""
    screen.event("ready", address=str(address), host=address.host, port=address.port,
                 pin=str(address).rsplit("#", 1)[1], data=str(folder))  # fmt: skip
    screen.answer(f"serving at  {address}", style="head")
    screen.say(f"the part after # is the server's pin; games are kept in {folder}")
    if only_here(address):
        screen.say("only this computer can reach it; for others: --host 0.0.0.0, and perhaps --public NAME")


@contextlib.contextmanager
def stopping() -> Iterator[asyncio.Event]:
    """Yield the event that SIGTERM sets; Ctrl-C raises as always."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    with contextlib.suppress(NotImplementedError, RuntimeError, ValueError):
        loop.add_signal_handler(signal.SIGTERM, stop.set)
    try:
        yield stop
    finally:
        with contextlib.suppress(NotImplementedError, RuntimeError, ValueError):
            loop.remove_signal_handler(signal.SIGTERM)
