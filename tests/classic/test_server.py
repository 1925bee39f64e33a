"""The classic game over loopback sockets: what clients do to a connection, and that the others play on."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct

import pytest

from classic.cases import GIFTS, START, chance
from sealed_santa.base.errors import NetworkError, UsageError
from sealed_santa.classic.client import MAX_LINE, NOT_UTF8, TOO_LONG, Client
from sealed_santa.classic.lines import Say
from sealed_santa.classic.server import Limits, Server
from sealed_santa.game.catalogue import default_catalogue, make_gift

WAIT = 5  # seconds, after which a test has failed
LAST = {"lobby": "next: wait for", "choose": "next: choose", "over": "next: take"}


class Peer:
    """A bare socket that speaks lines, as netcat does."""

    def __init__(self, reader, writer):
        self.reader, self.writer = reader, writer

    async def line(self):
        """The next line; empty at the end."""
        async with asyncio.timeout(WAIT):
            return (await self.reader.readline()).decode("utf-8").removesuffix("\n")

    async def until(self, beginning):
        """The lines up to one that begins so."""
        lines = []
        while not (lines and lines[-1].startswith(beginning)):
            line = await self.line()
            assert line, (beginning, lines)
            lines.append(line)
        return lines

    async def rest(self):
        """All that comes until the end."""
        async with asyncio.timeout(WAIT):
            return (await self.reader.read()).decode("utf-8").splitlines()

    def send(self, *lines, end=b"\n"):
        for line in lines:
            self.writer.write((line if isinstance(line, bytes) else line.encode()) + end)

    async def ask(self, line, beginning, end=b"\n"):
        self.send(line, end=end)
        return await self.until(beginning)

    def reset(self):
        """Cut the connection, without a goodbye."""
        linger = struct.pack("ii", 1, 0)
        self.writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        self.writer.transport.abort()


class Room:
    """A server, and the peers that connect to it."""

    def __init__(self, server, port):
        self.server, self.port = server, port
        self.peers = []

    async def connect(self, name=None, **options):
        peer = Peer(*await asyncio.open_connection("127.0.0.1", self.port, **options))
        self.peers.append(peer)
        await peer.until("next: ") if name is None else await self.named(peer, name)
        return peer

    async def named(self, peer, name):
        await peer.until("next: ")
        await peer.ask(f"#{name}", LAST["lobby"])

    async def started(self, names="abc"):
        peers = [await self.connect(name) for name in names]
        peers[0].send(START)
        for peer in peers:
            await peer.until(LAST["choose"])
        return peers


@contextlib.asynccontextmanager
async def room(gifts=GIFTS, **limits):
    server = Server(gifts, limits=Limits(**limits), chance=chance("room"))
    _, port = await server.start("127.0.0.1", 0)
    made = Room(server, port)
    try:
        yield made
    finally:
        await server.close()
        for peer in made.peers:
            peer.writer.transport.abort()


def loop(test):
    """Run an asynchronous test in a loop of its own, bounded."""

    def run(*args, **kwargs):
        async def bounded():
            async with asyncio.timeout(4 * WAIT):
                await test(*args, **kwargs)

        asyncio.run(bounded())

    run.__name__, run.__doc__ = test.__name__, test.__doc__
    return run


# --- games ----------------------------------------------------------------------------------------


@loop
async def test_two_games_one_after_the_other_on_the_same_connections():
    async with room() as here:
        peers = await here.started("abcd")
        for game in (1, 2):
            for peer in peers:
                peer.send("1")
            ends = [await peer.until(LAST["over"]) for peer in peers]
            santas = [next(t for t in lines if t.startswith("your santa was: ")) for lines in ends]
            assert sorted(santas) == [f"your santa was: {name}" for name in "abcd"]
            assert all(santa != f"your santa was: {name}" for santa, name in zip(santas, "abcd", strict=True))
            assert all("the game has ended" in lines for lines in ends)
            if game == 1:
                for peer, name in zip(peers, "abcd", strict=True):
                    await peer.ask(f"#{name}", LAST["lobby"])
                peers[3].send(START)
                for peer in peers:
                    await peer.until(LAST["choose"])
        assert here.server.game.round == 2


@loop
async def test_telnet_ends_its_lines_with_two_characters():
    async with room() as here:
        peer = await here.connect()
        assert (await peer.ask("#Zoë", "next: ", end=b"\r\n"))[0] == "name: Zoë"


@loop
async def test_lines_that_come_in_pieces_or_all_at_once():
    async with room() as here:
        peer = await here.connect()
        for byte in b"#Al":
            peer.writer.write(bytes([byte]))
            await peer.writer.drain()
        assert (await peer.ask("ice\nhello\nlist", "gift: other-book"))[0] == "name: Alice"


# --- what cannot be read --------------------------------------------------------------------------


@loop
async def test_lines_that_are_too_long_or_no_text_get_an_answer_and_cost_nothing():
    async with room(line=64) as here:
        peer = await here.connect()
        assert (await peer.ask(b"x" * 1_000_000, "next: "))[0] == "no: a line has at most 64 bytes"
        assert (await peer.ask(b"#\xff\xfb\x01", "next: "))[0] == "no: that line is not UTF-8"
        first = (await peer.ask("#\x1b[2J", "next: "))[0]
        assert first.startswith("no: U+001B")
        assert "\x1b" not in first
        assert (await peer.ask("#ok", "next: "))[0] == "name: ok"


@loop
async def test_a_line_without_end_is_silence():
    async with room(idle=0.2) as here:
        peer = await here.connect()
        feeding = asyncio.create_task(dribble(peer))
        assert (await peer.rest())[-1] == "bye: nothing was heard from you for 0 seconds"
        feeding.cancel()
        await asyncio.gather(feeding, return_exceptions=True)


async def dribble(peer):
    with contextlib.suppress(OSError):
        while True:
            peer.writer.write(b"x")
            await peer.writer.drain()
            await asyncio.sleep(0.01)


# --- who goes, or says nothing --------------------------------------------------------------------


@loop
async def test_a_half_closed_socket_has_left_and_still_hears_so():
    async with room() as here:
        peer, other = await here.connect(), await here.connect("Bob")
        peer.send("#Alice", "hello")
        peer.writer.write(b"list")  # the last line needs no end
        peer.writer.write_eof()
        said = await peer.rest()
        assert "name: Alice" in said
        assert "gift: tea, Tea from Assam" in said
        assert said[-1] == "bye: you have left"
        assert await other.until("gone: ") == ["here: Alice", "gone: Alice"]


@pytest.mark.parametrize("how", ["close", "reset", "quit", "half-close"])
@pytest.mark.parametrize("chosen", [False, True])
def test_a_player_who_goes_in_the_middle_does_not_stop_the_game(how, chosen):
    @loop
    async def play():
        async with room() as here:
            peers = await here.started("abcd")
            if chosen:
                await peers[1].ask("tea", "next: ")
            match how:
                case "close":
                    peers[1].writer.close()
                case "reset":
                    peers[1].reset()
                case "quit":
                    peers[1].send("quit")
                case "half-close":
                    peers[1].writer.write_eof()
            rest = [peers[0], *peers[2:]]
            for peer in rest:
                await peer.until("gone: b")
            for peer in rest:
                peer.send("jam")
            for peer in rest:
                assert "you get: Plum jam" in await peer.until(LAST["over"])

    play()


@loop
async def test_a_silent_player_does_not_stop_the_others():
    async with room(choose=0.1) as here:
        peers = await here.started("abc")
        ends = [await peer.until(LAST["over"]) for peer in peers]
        for lines in ends:
            assert lines[0].startswith("chosen for you: ")
            assert sum(t.startswith("you get: ") for t in lines) == 1
        for peer, name in zip(peers, "abc", strict=True):
            await peer.ask(f"#{name}", LAST["lobby"])
        peers[0].send(START)  # the next game has a time of its own
        assert any(t.startswith("chosen for you: ") for t in await peers[1].until(LAST["over"]))


@loop
async def test_who_is_silent_too_long_is_told_and_sent_away():
    async with room(idle=0.2) as here:
        peer = await here.connect("Ann")
        assert await peer.rest() == ["bye: nothing was heard from you for 0 seconds"]
        assert here.server.game.guests == {}


@loop
async def test_an_empty_line_is_a_sign_of_life():
    """Whoever sends one now and then outlives whoever does not."""
    async with room(idle=0.6) as here:
        living, silent = await here.connect(), await here.connect("Bob")
        signs = asyncio.create_task(knock(living))
        assert (await silent.rest())[-1].startswith("bye: ")
        assert (await living.until("gone: Bob"))[-1] == "gone: Bob"
        signs.cancel()
        await asyncio.gather(signs, return_exceptions=True)
        assert (await living.ask("#Ann", "next: "))[0] == "name: Ann"


@loop
async def test_who_takes_no_name_is_told_and_sent_away_whatever_it_says():
    async with room(name=0.2) as here:
        silent, talking, named = await here.connect(), await here.connect(), await here.connect("Ann")
        signs = asyncio.create_task(knock(talking, "list"))
        farewell = "bye: you took no name within 0 seconds"
        assert (await silent.rest())[-1] == farewell
        assert (await talking.rest())[-1] == farewell
        signs.cancel()
        await asyncio.gather(signs, return_exceptions=True)
        assert list(here.server.game.guests.values()) == ["Ann"]
        assert (await named.ask("hello", "next: "))[0] == Say.NO_SENSE.value


@loop
async def test_who_takes_no_name_and_does_not_read_is_sent_away_as_soon():
    async with room(default_catalogue(), name=0.2, goodbye=0.1) as here:
        greedy = await here.connect()
        greedy.writer.transport.pause_reading()
        greedy.send(*["list"] * 20_000)
        while here.server.game.guests:
            await asyncio.sleep(0.01)


@loop
async def test_who_has_left_and_does_not_read_keeps_no_place():
    async with room(default_catalogue(), connections=1, goodbye=0.1) as here:
        greedy = await here.connect("greedy")
        greedy.writer.transport.pause_reading()
        inside = here.server._clients[1].transport
        while inside.get_write_buffer_size() < 65536:  # the system's own buffers are large; fill them
            inside.write(b"x" * 65536)
        greedy.send("quit")
        while here.server._clients:
            await asyncio.sleep(0.01)
        assert (await here.connect("Ann")).writer is not None


@loop
async def test_while_a_game_runs_nobody_can_take_a_name_and_nobody_has_to():
    async with room(name=0.4, choose=0.8) as here:
        peers = await here.started("abc")
        watcher = await here.connect()
        said = await watcher.until(LAST["over"])
        assert "the game has ended" in said  # after twice the time to take a name
        assert (await watcher.ask("#late", "next: "))[0] == "name: late"
        assert (await peers[0].rest())[-1] == "bye: you took no name within 0 seconds"  # names are forgotten at the end
        assert (await watcher.ask("hello", "next: "))[-2:] == [Say.NO_SENSE.value, Say.NEXT_START.value]


@pytest.mark.parametrize("gift", ["list", "quit", "1", "5"])
def test_a_dictionary_with_a_word_of_the_game_as_an_id_is_refused(gift):
    with pytest.raises(UsageError) as caught:
        Server((*GIFTS, make_gift(gift, "Something", 0, ())))
    assert (caught.value.code, gift in caught.value.message) == ("gifts.word", True)


@pytest.mark.parametrize("name", ["List", "QUIT", "3", "Start user distribution", "#Ann", "# 1"])
def test_a_dictionary_with_a_word_of_the_game_as_a_name_is_refused(name):
    with pytest.raises(UsageError) as caught:
        Server((*GIFTS, make_gift("kind", name, 0, ())))
    assert caught.value.code == "gifts.word"


@pytest.mark.parametrize(("gift", "name"), [("0", "6"), ("quit-smoking", "List of lists"), ("11", "Ann #1")])
def test_words_that_only_look_like_those_of_the_game_are_fine(gift, name):
    assert Server((make_gift(gift, name, 0, ()),)).game.gifts[0].name == name


async def knock(peer, sign=""):
    while True:
        peer.send(sign)
        await asyncio.sleep(0.02)


# --- too much -------------------------------------------------------------------------------------


@loop
async def test_more_connections_than_there_may_be_are_told_so():
    async with room(connections=2) as here:
        first, second = await here.connect(), await here.connect()
        third = Peer(*await asyncio.open_connection("127.0.0.1", here.port))
        here.peers.append(third)
        assert await third.rest() == [Say.BYE_FULL.value]
        await second.ask("quit", "bye: ")
        await second.rest()
        fourth = await here.connect("Zoe")
        assert await first.until("here: ") == ["here: Zoe"]
        assert (await fourth.ask("hello", "next: "))[0] == Say.NO_SENSE.value


@loop
async def test_who_asks_without_reading_waits_and_the_others_play_on():
    async with room(default_catalogue()) as here:
        greedy = await here.connect()
        greedy.writer.transport.pause_reading()
        greedy.send(*["list"] * 20_000)  # tens of megabytes of answers
        peers = await here.started("abc")
        for peer in peers:
            peer.send("1")
        for peer in peers:
            await peer.until(LAST["over"])
        assert here.server._clients[1].transport.get_write_buffer_size() < Limits().buffer


@loop
async def test_who_does_not_read_the_answers_is_silent():
    async with room(default_catalogue(), idle=0.2, goodbye=0.1) as here:
        greedy = await here.connect()
        greedy.writer.transport.pause_reading()
        greedy.send(*["list"] * 20_000)
        while here.server.game.guests:
            await asyncio.sleep(0.01)


@loop
async def test_who_does_not_read_what_others_bring_is_cut_off():
    async with room(buffer=1000) as here:
        deaf, other = await here.connect("deaf"), await here.connect()
        deaf.writer.transport.pause_reading()
        inside = here.server._clients[1].transport
        while inside.get_write_buffer_size() == 0:
            inside.write(b"x" * 65536)  # the system's own buffers are large; fill them
        assert 1 in here.server.game.guests
        await other.ask("#other", "next: ")
        assert 1 not in here.server.game.guests
        assert await other.until("gone: ") == ["gone: deaf"]


# --- the server -----------------------------------------------------------------------------------


@loop
async def test_a_server_that_stops_says_so():
    async with room() as here:
        peers = await here.started("abc")
        await here.server.close()
        for peer in peers:
            assert await peer.rest() == [Say.BYE_STOP.value]
        with pytest.raises(OSError):  # noqa: PT011
            await asyncio.open_connection("127.0.0.1", here.port)


@loop
async def test_a_port_that_is_taken():
    async with room() as here:
        other = Server(GIFTS)
        with pytest.raises(NetworkError) as caught:
            await other.start("127.0.0.1", here.port)
        assert caught.value.code == "server.port-in-use"


@pytest.mark.parametrize("host", ["203.0.113.1", "256.256.256.256", "no such host", "a" * 70 + ".example"])
def test_a_place_where_nobody_can_listen(host):
    @loop
    async def listen():
        server = Server(GIFTS)
        with pytest.raises(NetworkError) as caught:
            await server.start(host, 0)
        assert caught.value.code == "server.cannot-listen"

    listen()


@loop
async def test_localhost_is_every_address_that_it_has():
    server = Server(GIFTS)
    _, port = await server.start("localhost", 0)
    try:
        reader, writer = await asyncio.open_connection("localhost", port)
        assert (await reader.readline()).startswith(b"hello: ")
        writer.close()
        await writer.wait_closed()
    finally:
        await server.close()


@pytest.mark.parametrize("first", ["203.0.113.1", "127.0.0.1"])
def test_an_address_that_this_computer_has_not_is_left_out(first):
    @loop
    async def listen():
        server = Server(GIFTS)
        await server._listen_on([first, "198.51.100.1", "127.0.0.1"], 0)
        assert [s.sockets[0].getsockname()[0] for s in server._listeners] == ["127.0.0.1"]
        await server.close()

    listen()


@loop
async def test_the_tap_hears_every_byte_both_ways():
    heard = []
    server = Server(GIFTS, chance=chance("tap"), tap=lambda *what: heard.append(what))
    _, port = await server.start("127.0.0.1", 0)
    client = await Client.open("127.0.0.1", port)
    await client.say("#Ann\r\nquit")  # one call, one line
    await client.say("quit")
    lines = []
    while (line := await client.next()) is not None:
        lines.append(line)
    await client.close()
    await server.close()
    assert b"".join(data for _, way, data in heard if way == "in") == b"#Ann quit\nquit\n"
    out = b"".join(data for guest, way, data in heard if (guest, way) == (1, "out"))
    assert out.decode().splitlines() == lines
    assert "name: Ann quit" in lines


@loop
async def test_a_client_bounds_what_a_server_sends():
    async def serve(reader, writer):
        writer.write(b"x" * (MAX_LINE + 1) + b"\n\xff\nhello: \x1b\nlast")
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    client = await Client.open("127.0.0.1", server.sockets[0].getsockname()[1])
    assert [await client.next() for _ in range(5)] == [TOO_LONG, NOT_UTF8, "hello: \x1b", "last", None]
    assert await client.next() is None
    await client.close()
    server.close()


@loop
async def test_a_client_finds_nobody():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        with pytest.raises(NetworkError) as caught:
            await Client.open("127.0.0.1", taken.getsockname()[1])
    assert caught.value.code == "connect.failed"
    assert "santa classic serve" in caught.value.hint
