"""Bad transcripts: signatures, and the chain of entries."""

from __future__ import annotations

from dataclasses import replace

from sealed_santa.base.labels import Label
from sealed_santa.crypto.group import ORDER
from sealed_santa.crypto.signing import sign
from sealed_santa.game.rules import apply
from sealed_santa.game.state import Phase
from sealed_santa.log.entry import sign_entry, sign_post
from sealed_santa.log.fields import Hash, Signature
from sealed_santa.roles import player
from transcripts.cases import UNKNOWN, bad
from transcripts.forge import ORDER_EIGHT, ORGANISER, Forger, changed, game, go_on, honest_deal, joined, lines

# --- signatures --------------------------------------------------------------------------------------


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


# --- the chain ---------------------------------------------------------------------------------------


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
