"""Bad peers on real sockets: each ends its own connection with a code, and the others play on."""

import asyncio
import contextlib
import sqlite3
import ssl
from pathlib import Path

import msgspec
import pytest

from net_cases import QUICK, Reports, Robot, new_game, new_player, serving
from sealed_santa.base.errors import LocalDamageError, NetworkError, SantaError, UsageError, VerificationError
from sealed_santa.base.labels import VERSION
from sealed_santa.log.entry import SignedPost
from sealed_santa.log.fields import Hash
from sealed_santa.net.connection import ClientSettings, Connection, Refusal
from sealed_santa.net.home import Home
from sealed_santa.net.invite import Address, Invite
from sealed_santa.net.limits import ServerLimits
from sealed_santa.net.party import PlayerParty, party_of
from sealed_santa.net.reader import Reader
from sealed_santa.net.server import Server
from sealed_santa.net.store import FILE
from sealed_santa.net.tls import client_context, server_context
from sealed_santa.wire.frames import TO_CLIENT, TO_SERVER, FrameDecoder, encode_frame
from sealed_santa.wire.messages import (
    Error,
    Follow,
    Hello,
    Message,
    Ping,
    Refused,
    ServerMessage,
    Submit,
    encode_message,
    parse_from_server,
)

SHORT = ServerLimits(hello=0.1, half_frame=0.05, idle=0.1)
HELLO = Hello(agent="test", protocol=VERSION)


def frame(message: Message) -> bytes:
    return encode_frame(encode_message(message), TO_SERVER)


async def dial(address: Address) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    return await asyncio.open_connection(address.host, address.port, ssl=client_context(), server_hostname="")


async def heard(reader: asyncio.StreamReader) -> list[ServerMessage]:
    """Return all that a server says until it closes the connection."""
    frames = FrameDecoder(TO_CLIENT)
    got: list[ServerMessage] = []
    with contextlib.suppress(ConnectionError, ssl.SSLError):
        while data := await reader.read(65536):
            frames.feed(data)
            while (payload := frames.take()) is not None:
                got.append(parse_from_server(payload))
    return got


async def hang_up(writer: asyncio.StreamWriter) -> None:
    writer.close()
    with contextlib.suppress(OSError):
        await writer.wait_closed()


BAD: list[tuple[bytes, str]] = [
    (b"GET / HTTP/1.1\r\n\r\n", "frame.too-large"),
    (bytes(4), "frame.empty"),
    ((TO_SERVER + 1).to_bytes(4, "big"), "frame.too-large"),
    (b"\x00\x00\x00\x04null", "message.malformed"),
    (b"\x00\x00\x00\x04\xff\xff\xff\xff", "message.malformed"),
    (encode_frame(b"[" * 50_000, TO_SERVER), "message.malformed"),
    (frame(Hello(agent="", protocol="sealed-santa/9")), "protocol.unknown"),
    (frame(Ping(id=0)), "session.out-of-turn"),
    (frame(HELLO) + frame(HELLO), "session.out-of-turn"),
    (frame(HELLO) + frame(Ping(id=1)) + frame(Ping(id=1)), "session.id"),
    (frame(HELLO) + encode_frame(b'{"id":0,"id":0,"type":"ping"}', 99), "message.not-canonical"),
    (b"", "timeout.hello"),
    (frame(HELLO)[:-1], "timeout.half-frame"),
    (frame(HELLO)[:2], "timeout.half-frame"),
    (frame(HELLO), "timeout.idle"),
    (frame(HELLO) + frame(Ping(id=0))[:7], "timeout.half-frame"),
]  # fmt: skip


@pytest.mark.parametrize(("sent", "code"), BAD)
def test_a_bad_peer_is_told_why_and_dropped(tmp_path: Path, sent: bytes, code: str) -> None:
    async def play() -> None:
        async with asyncio.timeout(10), serving(tmp_path, SHORT) as (server, address):
            reader, writer = await dial(address)
            writer.write(sent)
            got = await heard(reader)
            assert isinstance(got[-1], Error)
            assert got[-1].code == code
            await hang_up(writer)
            async with await Connection.open(address, settings=QUICK):
                assert server.connections >= 1

    asyncio.run(play())


@pytest.mark.parametrize("sent", [b"GET / HTTP/1.1\r\n\r\n", b"\x16\x03\x01\xff\xff", b""])
def test_who_does_not_speak_tls_is_dropped_soon(tmp_path: Path, sent: bytes) -> None:
    async def play() -> None:
        async with asyncio.timeout(10), serving(tmp_path, ServerLimits(handshake=0.1)) as (_, address):
            reader, writer = await asyncio.open_connection(address.host, address.port)
            writer.write(sent)
            with contextlib.suppress(ConnectionError):
                while await reader.read(4096):
                    pass
            await hang_up(writer)

    asyncio.run(play())


def test_a_wrong_pin_ends_the_connection_before_anything_is_said(tmp_path: Path) -> None:
    async def play() -> bytes:
        context, _ = server_context(tmp_path)
        said: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()

        async def listen(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            said.set_result(await reader.read())
            writer.close()

        async with asyncio.timeout(10), await asyncio.start_server(listen, "127.0.0.1", 0, ssl=context) as server:
            port = server.sockets[0].getsockname()[1]
            with pytest.raises(VerificationError) as e:
                await Connection.open(Address("127.0.0.1", port, Hash(bytes(32))), settings=QUICK)
            assert e.value.code == "tls.wrong-pin"
            return await said

    assert asyncio.run(play()) == b""


def test_connections_are_counted_by_address(tmp_path: Path) -> None:
    async def play() -> None:
        async with asyncio.timeout(10), serving(tmp_path, ServerLimits(per_address=2)) as (server, address):
            first, second = [await Connection.open(address, settings=QUICK) for _ in range(2)]
            with pytest.raises(NetworkError):
                await Connection.open(address, settings=QUICK)
            served = list(server._peers)
            await first.close()
            await asyncio.wait(served, return_when=asyncio.FIRST_COMPLETED)
            async with await Connection.open(address, settings=QUICK):
                assert server.connections == 2
            await second.close()

    asyncio.run(play())


def test_a_follower_that_does_not_read_is_dropped_and_costs_one_message(tmp_path: Path) -> None:
    async def play() -> None:
        limits = ServerLimits(write=0.1, pace=1 << 30)
        async with asyncio.timeout(20), serving(tmp_path / "server", limits) as (server, address):
            _, invite = await new_game(Home(tmp_path), address)
            assert server._hall is not None
            table = await server._hall.find(invite.game)
            assert table is not None
            table.raws.extend([b'"' + b"x" * 1_000_000 + b'"'] * 60)  # more than any socket's buffers
            _, writer = await dial(address)
            writer.transport.pause_reading()
            writer.write(frame(HELLO) + frame(Follow(id=0, game=invite.game, since=0)))
            async with await Connection.open(address, settings=QUICK) as other:
                await asyncio.wait(list(server._peers), return_when=asyncio.FIRST_COMPLETED)
                assert server.connections == 1
                assert await other.offer()  # the others are served
            await hang_up(writer)

    asyncio.run(play())


def test_large_frames_take_turns_and_all_are_answered(tmp_path: Path) -> None:
    """The tests of a large blind batch have more than a megabyte; many who send as much at once cost a bounded room."""
    limits = ServerLimits(large_frames=1, large_frames_per_address=1)
    large = frame(Submit(id=0, post=msgspec.Raw(b'"' + b"x" * 1_500_000 + b'"')))

    async def play() -> None:
        async with serving(tmp_path, limits) as (_, address):

            async def send() -> list[ServerMessage]:
                reader, writer = await dial(address)
                writer.write(frame(HELLO) + large + frame(Submit(id=1, post=msgspec.Raw(b'"y"'))))
                frames, got = FrameDecoder(TO_CLIENT), []
                while len(got) < 3:
                    frames.feed(await reader.read(65536))
                    while (payload := frames.take()) is not None:
                        got.append(parse_from_server(payload))
                await hang_up(writer)
                return got

            for said in await asyncio.gather(*(send() for _ in range(4))):
                assert [m.id for m in said if isinstance(m, Refused)] == [0, 1]

    asyncio.run(asyncio.wait_for(play(), 60))


def test_attack_a_large_frame_that_does_not_end_does_not_keep_its_place(tmp_path: Path) -> None:
    limits = ServerLimits(large_frames=1, large_frames_per_address=1, half_frame=0.3)
    large = frame(Submit(id=0, post=msgspec.Raw(b'"' + b"x" * 1_500_000 + b'"')))

    async def play() -> None:
        async with serving(tmp_path, limits) as (server, address):
            reader, writer = await dial(address)
            writer.write(frame(HELLO) + large[:-1])
            (_, said) = await heard(reader)
            assert isinstance(said, Error)
            assert said.code == "timeout.half-frame"
            await hang_up(writer)
            due = asyncio.get_running_loop().time() + 20
            (await server._lanes.enter("127.0.0.1", due)).leave()  # the place is free again

    asyncio.run(asyncio.wait_for(play(), 60))


def test_a_folder_and_a_port_belong_to_one_server(tmp_path: Path) -> None:
    async def play() -> None:
        async with serving(tmp_path / "a") as (_, address):
            with pytest.raises(UsageError) as e:
                await Server(tmp_path / "a").start("127.0.0.1", 0)
            assert e.value.code == "store.in-use"
            with pytest.raises(NetworkError) as e2:
                await Server(tmp_path / "b").start("127.0.0.1", address.port)
            assert e2.value.code == "server.port-in-use"
        async with serving(tmp_path / "b") as (_, again):
            assert again.pin != address.pin

    asyncio.run(play())


def joining(home: Home, invite: Invite, name: str, raws: list[bytes]) -> SignedPost:
    """Return the signed join of a new player for a log."""
    with home.open(new_player(home, invite, name)) as identity:
        party = party_of(identity)
        assert isinstance(party, PlayerParty)
        reader = Reader(identity, party.key, lambda: 2**52, 0)
        reader.extend(raws)
        assert reader.state is not None
        return party.sign(party.join(reader.state, name, ""))


async def log_of(connection: Connection, wake: asyncio.Event, game: Hash, length: int) -> list[bytes]:
    await connection.follow(game, 0)
    raws: list[bytes] = []
    while len(raws) < length:
        wake.clear()
        for message in connection.take():
            raws += [bytes(raw) for raw in message.entries]
        if len(raws) < length:
            await wake.wait()
    return raws


def test_posts_are_acknowledged_once_and_refused_with_a_reason(tmp_path: Path) -> None:
    async def play() -> list[str]:
        codes: list[str] = []
        home = Home(tmp_path / "home")
        async with asyncio.timeout(10), serving(tmp_path / "server") as (_, address):
            _, invite = await new_game(home, address, max_players=3)
            wake = asyncio.Event()
            async with await Connection.open(address, wake, QUICK) as connection:
                raws = await log_of(connection, wake, invite.game, 1)
                ann = joining(home, invite, "Ann", raws)
                first, second = await connection.submit(ann), await connection.submit(ann)
                assert (first.seq, first.hash) == (second.seq, second.hash) == (1, first.hash)
                broken = SignedPost(ann.raw_body, ann.body, ann.sig, None)
                changed = SignedPost(ann.raw_body.replace(b'"Ann"', b'"Ane"'), ann.body, ann.sig, ann.countersig)
                posts = [broken, changed, joining(home, invite, "Ann ", raws), joining(home, invite, "ANN", raws)]
                for post in posts:
                    with pytest.raises(Refusal) as e:
                        await connection.submit(post)
                    codes.append(e.value.code)
                with pytest.raises(Refusal) as e:
                    await connection.follow(Hash(b"?" * 32), 0)
                codes.append(e.value.code)
                assert (await connection.submit(joining(home, invite, "Bob", raws))).seq == 2
        return codes

    codes = asyncio.run(play())
    assert codes == ["post.malformed", "post.signature", "name.blank", "join.look-alike", "game.unknown"]


def test_a_create_needs_a_key_of_this_server(tmp_path: Path) -> None:
    async def play() -> None:
        home = Home(tmp_path / "home")
        async with asyncio.timeout(10), serving(tmp_path / "a") as (_, first):
            folder, _ = await new_game(home, first)
            with home.open(folder) as identity:
                create = identity.outbox.posts[0]
            async with serving(tmp_path / "b") as (_, second), await Connection.open(second, settings=QUICK) as other:
                with pytest.raises(Refusal) as e:
                    await other.submit(create)
                assert e.value.code == "create.offer-unknown"
            async with await Connection.open(first, settings=QUICK) as connection:
                assert (await connection.submit(create)).seq == 0  # known already: acknowledged again

    asyncio.run(play())


def test_limits_on_games_and_offers_are_said(tmp_path: Path) -> None:
    async def play() -> None:
        home = Home(tmp_path / "home")
        limits = ServerLimits(games=1, players=10, offers_per_connection=2)
        async with asyncio.timeout(10), serving(tmp_path / "a", limits) as (_, address):
            with pytest.raises(Refusal) as e:
                await new_game(home, address)  # for 1000 players
            assert e.value.code == "create.too-large"
            async with await Connection.open(address, settings=QUICK) as connection:
                await connection.offer()
                await connection.offer()
                with pytest.raises(Refusal) as e:
                    await connection.offer()
                assert e.value.code == "server.too-many-offers"
            home.forget(home.folders()[0])
            await new_game(home, address, max_players=10)
            async with await Connection.open(address, settings=QUICK) as connection:
                with pytest.raises(Refusal) as e:
                    await connection.offer()
                assert e.value.code == "server.too-many-games"

    asyncio.run(play())


def test_a_store_whose_log_does_not_replay_is_refused(tmp_path: Path) -> None:
    async def play() -> None:
        async with serving(tmp_path / "a") as (_, address):
            await new_game(Home(tmp_path / "home"), address)
        db = sqlite3.connect(tmp_path / "a" / FILE)
        db.execute("UPDATE entries SET raw = CAST(replace(CAST(raw AS TEXT), 'A game', 'B game') AS BLOB)")
        db.commit()
        db.close()
        with pytest.raises(LocalDamageError) as e:
            await Server(tmp_path / "a").start("127.0.0.1", 0)
        assert e.value.code == "store.damaged"

    asyncio.run(play())


def test_what_goes_wrong_inside_is_reported_here_and_called_internal_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = "/a/path/of/this/machine"
    reports = Reports()

    def fail(*_: object) -> None:
        raise RuntimeError(secret)

    async def play() -> SantaError:
        async with asyncio.timeout(10), serving(tmp_path / "a", reports=reports) as (_, address):
            _, invite = await new_game(Home(tmp_path / "home"), address)
            async with await Connection.open(address, settings=QUICK) as connection:
                wake = asyncio.Event()
                connection._wake = wake
                post = joining(Home(tmp_path / "home"), invite, "Ann", await log_of(connection, wake, invite.game, 1))
                monkeypatch.setattr("sealed_santa.net.table.judge", fail)
                with pytest.raises(Refusal) as e:
                    await connection.submit(post)
                return e.value

    error = asyncio.run(play())
    assert error.code == "internal"
    assert secret not in error.message + error.hint
    assert [str(e) for _, e in reports.all] == [secret]


def test_a_server_that_always_fails_inside_is_given_up_by_who_was_told_how_long_to_try(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reports, home = Reports(), Home(tmp_path / "home")

    def fail(*_: object) -> None:
        raise NameError("half of a file was saved")

    async def play() -> SantaError:
        async with asyncio.timeout(20), serving(tmp_path / "a", reports=reports) as (_, address):
            _, invite = await new_game(home, address)
            monkeypatch.setattr("sealed_santa.net.table.judge", fail)
            settings = ClientSettings(first_pause=0.001, longest_pause=0.002, give_up=0.05)
            with home.open(new_player(home, invite, "Ann")) as identity:
                robot = Robot(identity, settings=settings)
                coming = asyncio.create_task(robot.join())
                with pytest.raises(NetworkError) as e:
                    await robot.client.run()
                assert (await asyncio.gather(coming, return_exceptions=True))[0] is not None
                return e.value

    assert asyncio.run(play()).code == "internal"
    assert {type(e) for _, e in reports.all} == {NameError}
