"""What the server allows: settings, in one frozen value each (docs/protocol.md, section 9.5)."""

from __future__ import annotations

from dataclasses import dataclass

from sealed_santa.wire.frames import TO_SERVER


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerLimits:
    """Bounds on strangers; times in seconds, sizes in bytes. None of them is a rule of the game."""

    connections: int = 4096  #: at once
    per_address: int = 256  #: connections at once from one IP address
    games: int = 10_000  #: that are not over
    players: int = 1000  #: `max_players` of a new game
    entries: int = 100_000  #: in the log of one game
    log_bytes: int = 64 * 1024 * 1024  #: of the log of one game
    blind_log_bytes: int = 256 * 1024 * 1024  #: the same for a blind game, whose trustees write more
    posts_per_author: int = 64  #: in one game; what an author owes does not count
    joins_per_player: int = 4  #: in one game, times `max_players`, and 64 more
    idle_bytes: int = 16 * 1024 * 1024  #: of games that nobody has joined yet, in memory; the others are on the disk
    offers: int = 1000  #: keys that wait for their `create`
    offers_per_address: int = 32
    offers_per_connection: int = 8
    creates_per_hour: int = 64  #: from one address, refused ones included
    offer_life: float = 3600.0
    frame: int = TO_SERVER  #: payload from a client
    small_frame: int = 512 * 1024  #: what of a frame is taken in without waiting for a place among the large ones
    large_frames: int = 32  #: that are taken in at once
    large_frames_per_address: int = 4
    handshake: float = 10.0  #: for TLS
    hello: float = 10.0  #: for the first message, from the end of the handshake
    half_frame: float = 60.0  #: from a frame's first byte to its last
    idle: float = 180.0  #: between two messages of a client
    write: float = 30.0  #: for a client to read what it is sent, and a second more for each `pace` bytes
    pace: int = 8192  #: bytes a second
    batch: int = 256 * 1024  #: entries in one message, if there is more than one
    group: int = 64  #: posts in one commit of a game
