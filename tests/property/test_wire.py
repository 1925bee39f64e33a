"""Any bytes on the wire lead to messages or to one typed error; whole and byte by byte are the same."""

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from sealed_santa.base.canon import check_canonical
from sealed_santa.base.errors import SantaError
from sealed_santa.base.labels import VERSION
from sealed_santa.log.fields import Hash
from sealed_santa.wire import messages as m
from sealed_santa.wire.frames import TO_CLIENT, encode_frame
from sealed_santa.wire.session import ClientSession, Phase, ServerSession

LIMIT = 1 << 16
Outcome = tuple[list[bytes], str | None]

hello = m.Hello(agent="", protocol=VERSION)
welcome = m.Welcome(limits=m.Limits(frame=1, idle=1), now=0, protocol=VERSION)
texts = st.text(st.characters(codec="utf-8"), max_size=64)
raws = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=6,
).map(lambda v: msgspec.Raw(msgspec.json.encode(v)))
ids = st.integers(0, 2**53 - 1)
games = st.sampled_from([Hash(b"a" * 32), Hash(b"b" * 32)])
requests = st.one_of(
    st.builds(m.Hello, agent=texts, protocol=st.just(VERSION)),
    st.builds(m.Offer, id=ids),
    st.builds(m.Submit, id=ids, post=raws),
    st.builds(m.Follow, id=ids, game=games, since=ids),
    st.builds(m.Ping, id=ids),
)
replies = st.one_of(
    st.just(welcome),
    st.builds(m.Accepted, id=ids, seq=ids, hash=games),
    st.builds(m.Followed, id=st.integers(0, 3), length=ids),
    st.builds(m.Pong, id=st.integers(0, 3)),
    st.builds(
        m.Entries, entries=st.lists(raws, min_size=1, max_size=3).map(tuple), game=games, since=st.integers(0, 3)
    ),
    st.builds(m.Error, code=st.just("internal"), message=texts),
)
frames = st.one_of(
    (requests | replies).map(lambda x: encode_frame(m.encode_message(x), TO_CLIENT)),
    st.binary(min_size=1, max_size=40).map(lambda p: encode_frame(p, LIMIT)),
)


@st.composite
def streams(draw: st.DrawFn) -> bytes:
    """Frames, good and bad, with some bytes changed, cut out or put in."""
    stream = bytearray(b"".join(draw(st.lists(frames, max_size=6))))
    for _ in range(draw(st.integers(0, 2))):
        at = draw(st.integers(0, len(stream)))
        stream[at : at + draw(st.integers(0, 3))] = draw(st.binary(max_size=3))
    return bytes(stream)


def feed(session: ServerSession | ClientSession, pieces: list[bytes]) -> Outcome:
    got: list[bytes] = []
    for piece in pieces:
        try:
            for message in session.receive(piece):
                got.append(m.encode_message(message))
        except SantaError as e:
            assert session.phase is Phase.CLOSED
            return got, e.code
    return got, None


def server_end() -> ServerSession:
    session = ServerSession(LIMIT)
    list(session.receive(encode_frame(m.encode_message(hello), LIMIT)))
    session.send(welcome)
    return session


def client_end() -> ClientSession:
    session = ClientSession()
    session.send(hello)
    list(session.receive(encode_frame(m.encode_message(welcome), LIMIT)))
    for i in range(2):
        session.send(m.Ping(id=i))
    session.send(m.Follow(id=2, game=Hash(b"a" * 32), since=1))
    return session


@given(st.binary(max_size=200) | streams())
@settings(max_examples=300, deadline=None)
def test_any_bytes_are_messages_or_one_typed_error_however_they_are_cut(data: bytes) -> None:
    for make in (server_end, client_end, ServerSession, ClientSession):
        whole = feed(make(), [data])
        single = feed(make(), [data[i : i + 1] for i in range(len(data))])
        assert whole == single


@given(requests | replies)
@settings(deadline=None)
def test_every_message_has_one_spelling_and_it_is_the_canonical_one(message: m.Message) -> None:
    payload = m.encode_message(message)
    parse = m.parse_from_client if isinstance(message, m.ClientMessage) else m.parse_from_server
    assert m.encode_message(parse(payload)) == payload
    if not isinstance(message, (m.Submit, m.Entries)):
        check_canonical(payload)
