"""Messages: one spelling each, nothing unknown, posts kept to the byte."""

import msgspec
import pytest

from sealed_santa.base.canon import b64, check_canonical
from sealed_santa.base.errors import Certainty, ParseError, Party
from sealed_santa.base.labels import VERSION
from sealed_santa.crypto.signing import SigningKey
from sealed_santa.log.fields import Hash, SignKey
from sealed_santa.wire import messages as m

KEY = SignKey(SigningKey.from_seed(bytes(32)).public().raw)
GAME = Hash(b"g" * 32)
RAW = msgspec.Raw(b'{"any":"\xc3\xa9 \\u0001 thing"}')

FROM_CLIENT = [
    m.Hello(agent="é\x01/\\\"\x7f\u2028", protocol=VERSION),
    m.Offer(id=0),
    m.Submit(id=1, post=RAW),
    m.Follow(id=2, game=GAME, since=0),
    m.Ping(id=2**53 - 1),
]
FROM_SERVER = [
    m.Welcome(limits=m.Limits(frame=1, idle=2), now=3, protocol=VERSION),
    m.Offered(id=0, key=KEY),
    m.Accepted(hash=GAME, id=1, seq=7),
    m.Followed(id=2, length=0),
    m.Pong(id=3),
    m.Refused(
        blame=m.Blamed(certainty=Certainty.PROVEN, party=Party.PLAYER, who="Ann"),
        code="a.b-c",
        hint="",
        id=1,
        length=3,
        message="no",
    ),
    m.Entries(entries=(RAW, RAW), game=GAME, since=4),
    m.Error(code="frame.too-large", message="x"),
]


@pytest.mark.parametrize("message", FROM_CLIENT, ids=lambda v: type(v).__name__)
def test_what_a_client_says_comes_back_and_is_canonical(message: m.ClientMessage) -> None:
    payload = m.encode_message(message)
    check_canonical(payload)
    assert m.encode_message(m.parse_from_client(payload)) == payload


@pytest.mark.parametrize("message", FROM_SERVER, ids=lambda v: type(v).__name__)
def test_what_a_server_says_comes_back_and_is_canonical(message: m.ServerMessage) -> None:
    payload = m.encode_message(message)
    check_canonical(payload)
    assert m.encode_message(m.parse_from_server(payload)) == payload


def test_a_post_keeps_its_bytes_even_where_they_are_not_canonical() -> None:
    got = m.parse_from_client(b'{"id":0,"post":{"b":1, "a" : 2},"type":"submit"}')
    assert isinstance(got, m.Submit)
    assert bytes(got.post) == b'{"b":1, "a" : 2}'


G = b64(GAME).encode()
BAD = [
    (b"", "message.malformed"),
    (b"null", "message.malformed"),
    (b"[]", "message.malformed"),
    (b"{}", "message.malformed"),
    (b"\xff", "message.malformed"),
    (b"[" * 100_000, "message.malformed"),
    (b'{"type":1}', "message.malformed"),
    (b'{"type":"nonsense"}', "message.unknown-type"),
    (b'{"id":0,"type":"pong"}', "message.unknown-type"),  # only a server says it
    (b'{"agent":"","protocol":"sealed-santa/2","type":"hello"}', "protocol.unknown"),
    (b'{"new":1,"protocol":"sealed-santa/2","type":"hello"}', "protocol.unknown"),
    (b'{"id":0,"type":"offer","x":1}', "message.malformed"),
    (b'{"type":"offer"}', "message.malformed"),
    (b'{"id":-1,"type":"offer"}', "message.malformed"),
    (b'{"id":9007199254740992,"type":"offer"}', "message.malformed"),
    (b'{"id":0.5,"type":"offer"}', "message.malformed"),
    (b'{"id":"0","type":"offer"}', "message.malformed"),
    (b'{"id":true,"type":"offer"}', "message.malformed"),
    (b'{"id":null,"type":"offer"}', "message.malformed"),
    (b'{"id":0,"id":0,"type":"offer"}', "message.not-canonical"),
    (b'{"id":0, "type":"offer"}', "message.not-canonical"),
    (b'{"id":0,"type":"offer"}\n', "message.not-canonical"),
    (b'{"type":"offer","id":0}', "message.not-canonical"),
    (b'{"id":0.0,"type":"offer"}', "message.malformed"),
    (b'{"id":-0,"type":"offer"}', "message.not-canonical"),
    (b'{"id":0,"type":"off\\u0065r"}', "message.not-canonical"),
    (b'{"id":0,"post": 1,"type":"submit"}', "message.not-canonical"),
    (b'{"id":0,"type":"submit"}', "message.malformed"),
    (b'{"game":"%b","id":0,"since":-1,"type":"follow"}' % G, "message.malformed"),
    (b'{"game":"%b=","id":0,"since":0,"type":"follow"}' % G, "base64.invalid"),
    (b'{"game":"%b","id":0,"since":0,"type":"follow"}' % G[:-3], "length.wrong"),
    (b'{"game":7,"id":0,"since":0,"type":"follow"}', "message.malformed"),
    (b'{"agent":"%b","protocol":"sealed-santa/1","type":"hello"}' % (b"x" * 65), "message.malformed"),
]


@pytest.mark.parametrize(("payload", "code"), BAD)
def test_a_bad_payload_gets_one_typed_error(payload: bytes, code: str) -> None:
    with pytest.raises(ParseError) as e:
        m.parse_from_client(payload)
    assert e.value.code == code


BAD_REPLIES = [
    (b'{"id":0,"type":"ping"}', "message.unknown-type"),
    (b'{"code":"","message":"","type":"error"}', "message.malformed"),
    (b'{"code":"A","message":"","type":"error"}', "message.malformed"),
    (b'{"code":"a\\n","message":"","type":"error"}', "message.malformed"),
    (b'{"code":"a..b","message":"","type":"error"}', "message.malformed"),
    (b'{"code":"a","message":"%b","type":"error"}' % (b"x" * 501), "message.malformed"),
    (b'{"entries":[],"game":"%b","since":0,"type":"entries"}' % G, "message.malformed"),
    (b'{"entries":[%b],"game":"%b","since":0,"type":"entries"}' % (b",".join([b"1"] * 1001), G), "message.malformed"),
    (b'{"id":0,"key":"%b","type":"offered"}' % b64(bytes(32)).encode(), "key.invalid"),
]


@pytest.mark.parametrize(("payload", "code"), BAD_REPLIES)
def test_a_bad_reply_gets_one_typed_error(payload: bytes, code: str) -> None:
    with pytest.raises(ParseError) as e:
        m.parse_from_server(payload)
    assert e.value.code == code


def test_texts_are_cut_to_what_fits() -> None:
    assert m.cut("x" * 500) == "x" * 500
    assert len(m.cut("x" * 501)) == 500
    assert m.cut("a\ud800b") == "a?b"
