"""The machine of a connection: what may be said when, on both ends."""

import msgspec
import pytest

from sealed_santa.base.errors import Certainty, NetworkError, ParseError, Party, SantaError, UsageError
from sealed_santa.base.labels import VERSION
from sealed_santa.crypto.signing import SigningKey
from sealed_santa.log.fields import Hash, SignKey
from sealed_santa.wire import messages as m
from sealed_santa.wire.frames import TO_CLIENT, TO_SERVER, encode_frame
from sealed_santa.wire.session import MAX_FOLLOWED, MAX_OPEN, TRANSITIONS, ClientSession, Phase, ServerSession

HELLO = m.Hello(agent="test", protocol=VERSION)
WELCOME = m.Welcome(limits=m.Limits(frame=TO_SERVER, idle=1), now=0, protocol=VERSION)
GAME = Hash(b"g" * 32)
RAW = msgspec.Raw(b"1")
KEY = SignKey(SigningKey.from_seed(bytes(32)).public().raw)


def refused(id_: int) -> m.Refused:
    return m.Refused(
        blame=m.Blamed(certainty=Certainty.OBSERVED, party=Party.YOU, who=""),
        code="no",
        hint="",
        id=id_,
        length=0,
        message="",
    )


def greet() -> tuple[ClientSession, ServerSession]:
    client, server = ClientSession(), ServerSession()
    assert list(server.receive(client.send(HELLO))) == [HELLO]
    assert list(client.receive(server.send(WELCOME))) == [WELCOME]
    assert client.phase is server.phase is Phase.OPEN
    return client, server


def ask(client: ClientSession, server: ServerSession, *requests: m.ClientMessage) -> None:
    for request in requests:
        assert [type(x) for x in server.receive(client.send(request))] == [type(request)]


def said(message: m.Message) -> bytes:
    return encode_frame(m.encode_message(message), TO_CLIENT)


def test_every_kind_of_request_gets_its_reply() -> None:
    client, server = greet()
    ask(client, server, m.Offer(id=0), m.Submit(id=1, post=RAW), m.Follow(id=2, game=GAME, since=5), m.Ping(id=9))
    replies = [
        m.Pong(id=9),
        m.Offered(id=0, key=KEY),
        m.Followed(id=2, length=7),
        m.Entries(entries=(RAW, RAW), game=GAME, since=5),
        refused(1),
        m.Entries(entries=(RAW,), game=GAME, since=7),
    ]
    stream = b"".join(server.send(reply) for reply in replies)
    assert [type(x) for x in client.receive(stream)] == [type(x) for x in replies]
    assert client.waiting == server.waiting == 0


def test_the_table_names_every_phase_and_leads_out_of_all_but_the_last() -> None:
    assert {before for before, _ in TRANSITIONS} == set(Phase) - {Phase.CLOSED}


@pytest.mark.parametrize("first", [m.Offer(id=0), m.Submit(id=0, post=RAW), m.Ping(id=0)])
def test_a_server_wants_a_hello_first(first: m.ClientMessage) -> None:
    server = ServerSession()
    with pytest.raises(NetworkError) as e:
        list(server.receive(said(first)))
    assert e.value.code == "session.out-of-turn"
    assert server.phase is Phase.CLOSED


@pytest.mark.parametrize("first", [WELCOME, m.Pong(id=0), m.Entries(entries=(RAW,), game=GAME, since=0)])
def test_a_client_that_has_said_nothing_takes_nothing(first: m.ServerMessage) -> None:
    with pytest.raises(NetworkError) as e:
        list(ClientSession().receive(said(first)))
    assert e.value.code == "session.out-of-turn"


def bad_for_server() -> list[tuple[list[m.ClientMessage], str]]:
    games = [m.Follow(id=i, game=Hash(bytes([i]) * 32), since=0) for i in range(MAX_FOLLOWED + 1)]
    return [
        ([HELLO], "session.out-of-turn"),
        ([m.Ping(id=3), m.Ping(id=3)], "session.id"),
        ([m.Ping(id=3), m.Offer(id=2)], "session.id"),
        ([m.Ping(id=i) for i in range(MAX_OPEN + 1)], "session.too-many-requests"),
        ([m.Follow(id=0, game=GAME, since=0), m.Follow(id=1, game=GAME, since=9)], "session.follows-already"),
        (games, "session.too-many-games"),
    ]  # fmt: skip


@pytest.mark.parametrize(("messages", "code"), bad_for_server())
def test_a_client_that_breaks_a_rule_is_told_which(messages: list[m.ClientMessage], code: str) -> None:
    _, server = greet()
    stream = b"".join(said(x) for x in messages)
    got = []
    with pytest.raises(NetworkError) as e:
        got.extend(server.receive(stream))
    assert e.value.code == code
    assert server.phase is Phase.CLOSED


@pytest.mark.parametrize(
    ("reply", "code"),
    [
        (m.Pong(id=1), "session.no-such-request"),  # nobody asked 1
        (m.Accepted(hash=GAME, id=0, seq=0), "session.no-such-request"),  # 0 was a ping
        (refused(0), "session.no-such-request"),  # a ping is not refused
        (m.Followed(id=0, length=0), "session.no-such-request"),
        (m.Entries(entries=(RAW,), game=GAME, since=0), "session.not-followed"),
        (WELCOME, "session.out-of-turn"),
    ],
)
def test_a_server_that_breaks_a_rule_is_caught(reply: m.ServerMessage, code: str) -> None:
    client, server = greet()
    ask(client, server, m.Ping(id=0))
    with pytest.raises(NetworkError) as e:
        list(client.receive(said(reply)))
    assert e.value.code == code


@pytest.mark.parametrize("since", [0, 4, 6])
def test_entries_with_a_gap_or_twice_are_refused(since: int) -> None:
    client, server = greet()
    ask(client, server, m.Follow(id=0, game=GAME, since=3))
    list(client.receive(server.send(m.Followed(id=0, length=9))))
    list(client.receive(server.send(m.Entries(entries=(RAW, RAW), game=GAME, since=3))))
    with pytest.raises(NetworkError) as e:
        list(client.receive(said(m.Entries(entries=(RAW,), game=GAME, since=since))))
    assert e.value.code == "session.gap"


def test_a_refused_follow_can_be_asked_again_and_brings_no_entries() -> None:
    client, server = greet()
    ask(client, server, m.Follow(id=0, game=GAME, since=0))
    list(client.receive(server.send(refused(0))))
    with pytest.raises(UsageError) as e:
        server.send(m.Entries(entries=(RAW,), game=GAME, since=0))
    assert e.value.code == "session.not-followed"
    ask(client, server, m.Follow(id=1, game=GAME, since=0))


def test_our_own_mistake_is_refused_and_changes_nothing() -> None:
    client, server = greet()
    client.send(m.Ping(id=5))
    with pytest.raises(UsageError) as e:
        client.send(m.Ping(id=5))
    assert e.value.code == "session.id"
    assert client.next_id == 6
    assert [x.id for x in server.receive(client.send(m.Ping(id=6)))] == [6]  # type: ignore[union-attr]


def test_after_an_error_message_nothing_more_is_taken() -> None:
    client, server = greet()
    list(client.receive(server.send(m.Error(code="server.closing", message=""))))
    assert client.phase is server.phase is Phase.CLOSED
    with pytest.raises(NetworkError) as e:
        list(client.receive(b"\x00"))
    assert e.value.code == "session.closed"


@pytest.mark.parametrize("rest", [b"\x00", said(m.Pong(id=0)), b"\xff\xff\xff\xff"])
def test_bytes_behind_an_error_message_are_refused_however_they_are_cut(rest: bytes) -> None:
    stream = said(m.Error(code="server.closing", message="")) + rest
    for step in (1, len(stream)):
        client, _ = greet()
        codes = []
        got: list[m.ServerMessage] = []
        for i in range(0, len(stream), step):
            try:
                got.extend(client.receive(stream[i : i + step]))
            except SantaError as e:
                codes.append(e.code)
                break
        assert codes == ["session.closed"]
        assert len(got) == 1


def test_a_session_stays_closed_after_a_bad_frame() -> None:
    _, server = greet()
    with pytest.raises(ParseError) as e:
        list(server.receive(bytes(4)))
    assert e.value.code == "frame.empty"
    with pytest.raises(NetworkError) as e2:
        list(server.receive(said(m.Ping(id=0))))
    assert e2.value.code == "session.closed"


def test_a_message_above_the_limit_is_not_sent() -> None:
    client, _ = greet()
    with pytest.raises(ParseError) as e:
        client.send(m.Submit(id=0, post=msgspec.Raw(b'"' + b"x" * TO_SERVER + b'"')))
    assert e.value.code == "frame.too-large"
    assert client.next_id == 0
