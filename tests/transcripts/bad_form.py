"""Bad transcripts: files, bytes, forms, signatures, chains."""

from __future__ import annotations

from dataclasses import replace

from sealed_santa.base.canon import b64
from sealed_santa.base.labels import Label
from sealed_santa.crypto.group import ORDER
from sealed_santa.crypto.signing import SigningKey, sign
from sealed_santa.game.rules import apply
from sealed_santa.game.state import Phase
from sealed_santa.log.entry import SignedPost, sign_entry, sign_post
from sealed_santa.log.fields import Coin, Hash, Signature
from sealed_santa.log.posts import CoinPost, Join, encode_body
from sealed_santa.roles import player
from transcripts.cases import UNKNOWN, bad
from transcripts.forge import (
    ORDER_EIGHT,
    ORGANISER,
    SERVER,
    Forger,
    changed,
    game,
    honest_deal,
    lines,
)


def joined(title: str = "A game of the corpus") -> Forger:
    """Return a game that four players have joined."""
    return game(Phase.JOINING, title=title)


def go_on(made: Forger, until: Phase = Phase.OVER) -> bytes:
    """Play on after an entry that was slipped in."""
    return made.run(until).transcript()


# --- pieces -------------------------------------------------------------------------------------


def some_coin(made: Forger) -> CoinPost:
    """Return Ann's coin of round 1, deck or no deck."""
    secrets = made.players["Ann"]
    return CoinPost(
        game=made.state.game, by=secrets.key, seen=made.state.head, round=1, roster=made.state.roster or Hash(bytes(32)),
        coin=secrets.coin(1),
    )  # fmt: skip


def countersigned(made: Forger, body: Join, key: SigningKey, raw: bytes) -> SignedPost:
    """Return bytes as a join, rightly signed and countersigned."""
    post = SignedPost(raw, body, Signature(sign(key, Label.POST_SIGNATURE, raw)))
    return replace(post, countersig=Signature(sign(made.invite, Label.COUNTERSIGNATURE, post.raw)))


# --- the file -----------------------------------------------------------------------------------


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


# --- frames and bodies --------------------------------------------------------------------------


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


# --- version and mode ---------------------------------------------------------------------------


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


# --- signatures ---------------------------------------------------------------------------------


@bad("A07 entry.signature 3", blame=UNKNOWN)
def entry_signed_by_another() -> bytes:
    """Somebody who is not the server signed an entry; the posts around it go on as if nothing had happened."""
    made = game()
    stranger = Forger("a stranger").server
    old = made.entries[3]
    made.entries[3] = sign_entry(old.seq, old.at, old.prev, old.post, stranger)
    return made.transcript()


@bad("A08 post.signature 12")
def post_forged_by_the_server() -> bytes:
    """The server confirms a card in a player's name, signed with its own key, and goes on with it."""
    made = game(Phase.CHOOSING)
    body = made.owed("Ann").posts[0]
    made.slip(sign_post(body, made.server))
    return go_on(made)


@bad("A08 post.signature 12")
def post_signature_of_zeros() -> bytes:
    """A signature of 64 zero bytes."""
    made = game(Phase.CHOOSING)
    post = sign_post(made.owed("Ann").posts[0], made.key_of("Ann"))
    made.slip(replace(post, sig=Signature(bytes(64))))
    return go_on(made)


@bad("A08 post.signature 12")
def post_signature_with_large_scalar() -> bytes:
    """The right signature, its S written with the group's order added: a second signature for one post."""
    made = game(Phase.CHOOSING)
    post = sign_post(made.owed("Ann").posts[0], made.key_of("Ann"))
    large = (int.from_bytes(post.sig[32:], "little") + ORDER).to_bytes(32, "little")
    made.slip(replace(post, sig=Signature(post.sig[:32] + large)))
    return go_on(made)


@bad("A08 post.signature 12")
def post_signature_of_small_order() -> bytes:
    """The R of a signature is a point of order eight; libraries disagree about such signatures."""
    made = game(Phase.CHOOSING)
    post = sign_post(made.owed("Ann").posts[0], made.key_of("Ann"))
    made.slip(replace(post, sig=Signature(ORDER_EIGHT + post.sig[32:])))
    return go_on(made)


@bad("A08 post.signature 12")
def post_signature_under_another_label() -> bytes:
    """A signature over the right bytes for another purpose: as a countersignature."""
    made = game(Phase.CHOOSING)
    post = sign_post(made.owed("Ann").posts[0], made.key_of("Ann"))
    made.slip(replace(post, sig=Signature(sign(made.key_of("Ann"), Label.COUNTERSIGNATURE, post.raw_body))))
    return go_on(made)


@bad("A08 post.signature 0")
def create_not_signed_by_the_organiser() -> bytes:
    """The terms are signed by the server, not by the organiser that they name."""
    made = Forger("corpus", (), {})
    create = made.state.create
    made.entries = []
    made.force(sign_post(create, made.server))
    return made.transcript()


@bad("A09 join.countersignature 5")
def join_countersigned_by_a_stranger() -> bytes:
    """The server adds a player without having the invite."""
    made = joined()
    body, key = made.next_join("Eve")
    made.slip(sign_post(body, key, Forger("a stranger").invite))
    return made.transcript()


@bad("A09 join.countersignature 5")
def join_countersigned_without_its_signature() -> bytes:
    """The invite signed the body of a join alone, so that anybody's signature could be put beside it."""
    made = joined()
    body, key = made.next_join("Eve")
    post = sign_post(body, key, made.invite)
    made.slip(replace(post, countersig=Signature(sign(made.invite, Label.COUNTERSIGNATURE, post.raw_body))))
    return made.transcript()


@bad("A07 entry.signature 2", "A08 post.signature 2", "A10 chain.prev 3", blame=UNKNOWN)
def entry_changed_afterwards() -> bytes:
    """A letter of a name was changed in the file: every signature over it is void, and the next entry names another."""
    return game().transcript().replace(b'"name":"Bob"', b'"name":"Rob"', 1)


# --- the chain ----------------------------------------------------------------------------------


@bad("A10 chain.seq 10", blame=UNKNOWN)
def entry_dropped() -> bytes:
    """An entry was taken out of the file."""
    line = lines(game().transcript())
    return b"".join(line[:10] + line[11:])


@bad("A10 chain.seq 12", "A10 chain.seq 13", "A10 chain.seq 14", blame=UNKNOWN)
def entries_exchanged() -> bytes:
    """Two neighbours have changed places in the file."""
    line = lines(game().transcript())
    return b"".join([*line[:12], line[13], line[12], *line[14:]])


@bad("A10 chain.seq 9", "A13 post.replayed 9", blame=UNKNOWN)
def entry_repeated() -> bytes:
    """A line stands twice in the file."""
    line = lines(game().transcript())
    return b"".join([*line[:9], line[8], *line[9:]])


@bad("A10 chain.seq 0", "A06 game.no-create 0", blame=UNKNOWN)
def log_without_its_beginning() -> bytes:
    """The first entry is missing, and with it the terms and the server's key."""
    return b"".join(lines(game().transcript())[1:])


@bad("A10 chain.seq 12")
def number_skipped() -> bytes:
    """The server leaves out a number, on the right hash: perhaps it has shown that entry to somebody else."""
    made = game(Phase.CHOOSING)
    post = sign_post(made.owed("Ann").posts[0], made.key_of("Ann"))
    made.entries.append(sign_entry(13, made.now, made.state.head, post, made.server))
    return made.transcript()


@bad("A10 chain.prev 12")
def two_histories_joined() -> bytes:
    """The server goes on from another entry 11 than it shows here: both are signed, one of them is a lie."""
    made = game(Phase.DEAL)
    deal = sign_post(honest_deal(made), made.server)
    shown = sign_entry(11, made.now, made.state.head, deal, made.server)
    hidden = sign_entry(11, made.now + 1, made.state.head, deal, made.server)
    made.entries.append(shown)
    made.current = apply(made.state, deal, made.now + 1, hidden.hash)
    post = sign_post(made.owed("Ann").posts[0], made.key_of("Ann"))
    made.entries.append(sign_entry(12, made.now + 2, hidden.hash, post, made.server))
    return made.transcript()


@bad("A10 chain.prev 0", blame=UNKNOWN)
def first_entry_with_a_predecessor() -> bytes:
    """Entry 0 names an entry before it."""
    made = Forger("corpus", (), {})
    post = made.entries[0].post
    return sign_entry(0, made.now, Hash(b"\x01" * 32), post, made.server).raw + b"\n"


@bad("A11 chain.time 12")
def time_goes_back() -> bytes:
    """The server dates an entry before the one before it."""
    made = game(Phase.CHOOSING)
    made.now -= 3_600_000
    return made.smuggle("Ann", made.owed("Ann").posts[0])


@bad("A12 game.wrong 5")
def post_of_another_game() -> bytes:
    """A post that the same player made for another game of the same server."""
    made = joined()
    other = joined("Another game")
    made.players["Ann"] = other.players["Ann"]
    return made.smuggle("Ann", player.make_leave(other.state, other.players["Ann"].key))


@bad("A12 game.second-create 5")
def second_create() -> bytes:
    """New terms in the middle of a game."""
    made = joined()
    return made.smuggle(ORGANISER, changed(made.state.create, title="Other terms"))


@bad("A13 post.replayed 20")
def post_replayed() -> bytes:
    """The server puts a giver's first gift in the log again, after the giver has thought again."""
    made = game(Phase.CHOOSING)
    made.say_what_is_owed("Ann", "Ann", "Bob", "Bob", "Cem", "Cem", "Dot")
    first = next(e.post for e in made.entries if e.seq == 13)
    made.say("Ann", player.make_gift(made.state, made.players["Ann"], 3, "better", made.entropy))
    made.force(first)
    return made.transcript()


@bad("A10 chain.prev 9")
def log_of_two_branches() -> bytes:
    """A file that begins with one branch of a forked log and goes on with the other; both are signed."""
    made = game(Phase.COINS).say_what_is_owed("Ann", "Bob")
    other = game(Phase.COINS)
    other.now += 5
    other.say_what_is_owed("Ann", "Bob", "Cem")
    return b"".join(lines(made.transcript())[:9] + lines(other.transcript())[9:])
