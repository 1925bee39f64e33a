"""Bad transcripts: files, bytes, forms, versions."""

from __future__ import annotations

from sealed_santa.base.canon import b64
from sealed_santa.game.state import Phase
from sealed_santa.log.entry import sign_post
from sealed_santa.log.fields import Coin
from sealed_santa.log.posts import encode_body
from sealed_santa.roles import player
from transcripts.cases import UNKNOWN, bad
from transcripts.forge import SERVER, Forger, changed, countersigned, game, joined, lines, some_coin

# --- the file ----------------------------------------------------------------------------------------


@bad("A01 transcript.empty 0", blame=UNKNOWN)
def file_empty() -> bytes:
    """The file has no byte: not even a game that nobody joined is that short."""
    return b""


@bad("A01 transcript.truncated 26", blame=UNKNOWN)
def file_cut_off() -> bytes:
    """The last line has no line feed and lacks its end, as after a broken copy."""
    return game().transcript()[:-40]


@bad("A01 transcript.truncated 26", blame=UNKNOWN)
def file_without_last_line_feed() -> bytes:
    """Only the last line feed is missing; a line without one may be cut off, so that it is not read."""
    return game().transcript()[:-1]


@bad("A01 entry.malformed 0", blame=UNKNOWN)
def file_foreign() -> bytes:
    """The file is something else: one line of JSON that is no entry."""
    return b'{"players":["Ann","Bob"],"budget":20}\n'


@bad("A01 transcript.line-too-long 1", blame=UNKNOWN)
def file_line_too_long() -> bytes:
    """A line of more than 4 198 400 bytes; no reader has to take it in."""
    return lines(joined().transcript())[0] + b" " * 4_198_401 + b"\n"


@bad("A01 entry.malformed 5", blame=UNKNOWN)
def file_blank_line() -> bytes:
    """An empty line at the end: nothing but entries may be in the file."""
    return joined().transcript() + b"\n"


@bad("A02 json.not-canonical 0", blame=UNKNOWN)
def file_with_carriage_returns() -> bytes:
    """The first line ends with carriage return and line feed, as after a text transfer."""
    return joined().transcript().replace(b"\n", b"\r\n", 1)


@bad("A01 entry.malformed 0", blame=UNKNOWN)
def file_with_byte_order_mark() -> bytes:
    """A byte order mark stands before the first entry."""
    return b"\xef\xbb\xbf" + joined().transcript()


@bad("A10 chain.seq 5", "A07 entry.signature 5", "A12 game.second-create 5", blame=UNKNOWN)
def file_of_two_games() -> bytes:
    """Two transcripts were joined to one file: the second begins another game, of another server."""
    other = lines(Forger("corpus of another server", (), {"title": "Another"}).transcript())[0]
    return joined().transcript() + other


# --- frames and bodies -------------------------------------------------------------------------------


@bad("A01 entry.malformed 4", blame=UNKNOWN)
def entry_with_another_field() -> bytes:
    """The last entry has a field that no entry has."""
    data = joined().transcript()
    return data[:-2] + b',"zeal":1}\n'


@bad("A01 entry.malformed 4", blame=UNKNOWN)
def entry_without_number() -> bytes:
    """The last entry lacks its `seq`."""
    return joined().transcript().replace(b'"seq":4,', b"")


@bad("A01 entry.malformed 4", blame=UNKNOWN)
def entry_with_negative_number() -> bytes:
    """`seq` is below zero."""
    return joined().transcript().replace(b'"seq":4,', b'"seq":-4,')


@bad("A02 json.not-canonical 4", blame=UNKNOWN)
def entry_with_white_space() -> bytes:
    """A blank stands after a comma of the frame: the same values, other bytes."""
    return joined().transcript().replace(b',"seq":4,', b', "seq":4,')


@bad("A02 json.not-canonical 4", blame=UNKNOWN)
def entry_with_a_field_twice() -> bytes:
    """`seq` stands twice in an entry; readers could choose different ones."""
    return joined().transcript().replace(b',"seq":4,', b',"seq":3,"seq":4,')


@bad("A02 json.not-canonical 4", blame=UNKNOWN)
def entry_with_other_order() -> bytes:
    """The fields of an entry are not in the canonical order."""
    line = lines(joined().transcript())
    at = line[4].index(b',"post"')
    return b"".join(line[:4]) + b"{" + line[4][at + 1 : -2] + b"," + line[4][1:at] + b"}\n"


@bad("A04 post.malformed 5", blame=UNKNOWN)
def post_with_another_field() -> bytes:
    """A player signs a body with a field more; what it says would be for nobody to judge."""
    made = joined()
    body = player.make_leave(made.state, made.players["Ann"].key)
    return made.bend("Ann", body, b',"type"', b',"tip":"20","type"')


@bad("A04 post.malformed 5", blame=UNKNOWN)
def post_without_a_field() -> bytes:
    """A body lacks its roster."""
    made = joined()
    body = player.make_start(made.state, made.players["Ann"].key)
    return made.bend("Ann", body, b'"roster":"%b",' % b64(body.roster).encode(), b"")


@bad("A02 json.not-canonical 5", blame=UNKNOWN)
def post_with_a_field_twice() -> bytes:
    """A body has `type` twice: start for one reader, leave for another."""
    made = joined()
    body = player.make_leave(made.state, made.players["Ann"].key)
    return made.bend("Ann", body, b',"type":"leave"', b',"type":"start","type":"leave"')


@bad("A02 json.not-canonical 6", blame=UNKNOWN)
def post_with_a_fraction() -> bytes:
    """The round is written 1.0: the same number for many readers, other bytes."""
    made = game(Phase.DECK)
    body = some_coin(made)
    return made.bend("Ann", body, b'"round":1,', b'"round":1.0,')


@bad("A02 json.not-canonical 5", blame=UNKNOWN)
def post_with_an_escape() -> bytes:
    """A letter of a name is written as an escape."""
    made = joined()
    body, key = made.next_join("Eve")
    raw = encode_body(body).replace(b'"Eve"', b'"\\u0045ve"')
    made.force(countersigned(made, body, key, raw))
    return made.transcript()


@bad("A02 json.invalid 5", blame=UNKNOWN)
def post_with_invalid_utf8() -> bytes:
    """A name holds a byte that is no UTF-8."""
    made = joined()
    body, key = made.next_join("Eve")
    made.force(countersigned(made, body, key, encode_body(body).replace(b'"Eve"', b'"\xe9ve"')))
    return made.transcript()


@bad("A02 base64.invalid 6", blame=UNKNOWN)
def post_with_padding() -> bytes:
    """The coin is base64url with its padding: a second spelling of the same bytes."""
    made = game(Phase.DECK)
    body = some_coin(made)
    coin = b64(body.coin).encode()
    return made.bend("Ann", body, coin, coin + b"=")


@bad("A02 base64.invalid 6", blame=UNKNOWN)
def post_with_stray_bits() -> bytes:
    """The unused bits of the last character of a coin are not zero."""
    made = game(Phase.DECK)
    body = changed(some_coin(made), coin=Coin(bytes(32)))
    return made.bend("Ann", body, b'"coin":"' + b"A" * 43, b'"coin":"' + b"A" * 42 + b"B")


@bad("A02 base64.invalid 6", blame=UNKNOWN)
def post_with_the_other_base64() -> bytes:
    """A coin is written with the characters + and /."""
    made = game(Phase.DECK)
    body = changed(some_coin(made), coin=Coin(b"\xff" * 30 + b"\x00\x00"))
    return made.bend("Ann", body, b64(body.coin).encode(), b64(body.coin).encode().replace(b"_", b"/"))


@bad("A04 length.wrong 6", blame=UNKNOWN)
def post_with_a_short_coin() -> bytes:
    """A coin has 31 bytes."""
    made = game(Phase.DECK)
    body = some_coin(made)
    return made.bend("Ann", body, b64(body.coin).encode(), b64(body.coin[:31]).encode())


@bad("A04 length.wrong 6", blame=UNKNOWN)
def post_with_half_a_point() -> bytes:
    """The commitments are not a whole number of points."""
    made = game(Phase.COINS)
    body = made.state.deck
    assert body is not None
    made.entries.pop()
    short = b64(body.commitments[:-5]).encode()
    return made.bend(SERVER, body, b64(body.commitments).encode(), short)


@bad("A04 post.malformed 6", blame=UNKNOWN)
def post_with_text_for_a_number() -> bytes:
    """The round is a text."""
    made = game(Phase.DECK)
    return made.bend("Ann", some_coin(made), b'"round":1,', b'"round":"1",')


@bad("A04 post.malformed 6", blame=UNKNOWN)
def post_with_round_zero() -> bytes:
    """There is no round 0."""
    made = game(Phase.DECK)
    return made.bend("Ann", some_coin(made), b'"round":1,', b'"round":0,')


@bad("A04 post.malformed 6", blame=UNKNOWN)
def post_with_round_sixty_five() -> bytes:
    """There is no round 65: a coin chain has 64 links."""
    made = game(Phase.DECK)
    return made.bend("Ann", some_coin(made), b'"round":1,', b'"round":65,')


@bad("A04 post.malformed 6", blame=UNKNOWN)
def post_with_null() -> bytes:
    """A coin is null, where null is not allowed."""
    made = game(Phase.DECK)
    body = some_coin(made)
    return made.bend("Ann", body, b'"' + b64(body.coin).encode() + b'"', b"null")


@bad("A04 post.unknown-type 5", blame=UNKNOWN)
def post_of_unknown_type() -> bytes:
    """No rule knows what a `bribe` is."""
    made = joined()
    body = player.make_leave(made.state, made.players["Ann"].key)
    return made.bend("Ann", body, b'"type":"leave"', b'"type":"bribe"')


@bad("A04 post.too-large 5", blame=UNKNOWN)
def post_too_large() -> bytes:
    """A body of more than 4 194 304 bytes: a wish that never ends."""
    made = joined()
    body, key = made.next_join("Eve")
    made.force(sign_post(changed(body, wish="more " * 838_861), key, made.invite))
    return made.transcript()


@bad("A04 post.malformed 5", blame=UNKNOWN)
def post_countersigned_for_nothing() -> bytes:
    """A leave carries a countersignature; only a join has one."""
    made = joined()
    body = player.make_leave(made.state, made.players["Ann"].key)
    made.force(sign_post(body, made.key_of("Ann"), made.invite))
    return made.transcript()


@bad("A04 post.malformed 5", blame=UNKNOWN)
def join_without_countersignature() -> bytes:
    """A join without the invite's signature: anybody could add players."""
    made = joined()
    body, key = made.next_join("Eve")
    made.force(sign_post(body, key))
    return made.transcript()


# --- version and mode --------------------------------------------------------------------------------


@bad("A03 version.unknown 0", blame=UNKNOWN, verdict="undecided")
def version_unknown() -> bytes:
    """A game of a later version: it may be good or bad, and this program cannot tell."""
    return joined().transcript().replace(b'"version":"sealed-santa/1"', b'"version":"sealed-santa/2"', 1)


@bad("A03 mode.unknown 0", blame=UNKNOWN, verdict="undecided")
def mode_unknown() -> bytes:
    """A game of a mode whose rules this page does not hold."""
    made = Forger("corpus", (), {})
    made.entries = []
    made.force(sign_post(changed(made.state.create, mode="moonlight"), made.organiser.signing))
    return made.transcript()
