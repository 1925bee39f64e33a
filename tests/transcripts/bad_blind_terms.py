"""Bad transcripts of blind games: terms, joins, posts of the other mode."""

from __future__ import annotations

from msgspec import UNSET

from sealed_santa.base.canon import b64
from sealed_santa.game.batches import Kind
from sealed_santa.game.state import Phase
from sealed_santa.lab.simulator import BLIND
from sealed_santa.log.entry import sign_post
from sealed_santa.log.fields import ChoiceBox, Envelopes, GroupKey, Hash, NoteBox, Points, Proof, SealKeys
from sealed_santa.log.posts import Accept, BlindTerms, Deck, Delivery, Gift, KeyPost, Mix
from sealed_santa.log.posts import encode_body as encoded
from sealed_santa.roles import player
from transcripts.blind_forge import at, blind_game, heads, owes
from transcripts.cases import bad
from transcripts.forge import (
    IDENTITY,
    NO_POINT,
    NOT_CANONICAL,
    ORDER_EIGHT,
    ORGANISER,
    SERVER,
    Forger,
    changed,
    countersigned,
    game,
    mixed_order,
)

# --- terms ----------------------------------------------------------------------------------------


def created(**terms: object) -> bytes:
    """Return a log with nothing but a create with these terms."""
    made = Forger("corpus", (), {"mode": "blind"})
    create = changed(made.state.create, catalogue=made.state.create.catalogue[:3], **terms)
    made.entries = []
    made.force(sign_post(create, made.organiser.signing))
    return made.transcript()


def limits(batch_tests: int = 100, game_tests: int = 100) -> BlindTerms:
    return BlindTerms(batch_tests=batch_tests, game_tests=game_tests, threshold=0)


@bad("A06 create.limits 0")
def blind_create_without_a_test() -> bytes:
    """No deck could ever be tested."""
    return created(blind=limits(batch_tests=0))


@bad("A06 create.limits 0")
def blind_create_with_too_many_tests() -> bytes:
    """The blindings of so many tests would not fit into a post."""
    return created(blind=limits(batch_tests=15_001))


@bad("A06 create.reveal 0")
def blind_create_with_a_private_reveal() -> bytes:
    """A private reveal needs somebody who knows the pairs and tells each recipient; here is nobody."""
    return created(reveal="private")


@bad("A04 post.malformed 0", blame="unknown (suspected)")
def blind_create_without_its_terms() -> bytes:
    """A blind game does not say how many tests there may be."""
    return created(blind=UNSET)


@bad("A04 post.malformed 0", blame="unknown (suspected)")
def sealed_create_with_blind_terms() -> bytes:
    """A sealed game has terms of a blind one: people could take it for one."""
    return created(mode="sealed", blind=BLIND)


def with_threshold(text: bytes) -> bytes:
    """Return a create whose threshold is written so."""
    made = Forger("corpus", (), {"mode": "blind"})
    made.entries = []
    create = changed(made.state.create, catalogue=made.state.create.catalogue[:3])
    return made.bend(ORGANISER, create, b'"threshold":0', b'"threshold":' + text)


@bad("A04 post.malformed 0", blame="unknown (suspected)")
def blind_create_with_a_threshold_of_eight() -> bytes:
    """Eight of at most seven trustees would be needed."""
    return with_threshold(b"8")


# --- joins ----------------------------------------------------------------------------------------


def joining() -> Forger:
    return blind_game(Phase.JOINING)


def group_key(raw: bytes) -> bytes:
    """Return a game that somebody new joins with these bytes as a group key."""
    made = joining()
    secrets = player.PlayerSecrets(b"e" * 32, made.state.game)
    invite = made.state.create.invites[0].key
    body = player.make_join(secrets, invite, made.state.head, "Eve", "", made.state.mode)
    assert isinstance(body.group_key, GroupKey)
    bent = encoded(body).replace(b64(body.group_key).encode(), b64(raw).encode())
    made.force(countersigned(made, body, secrets.signing, bent))
    return made.transcript()


@bad("A05 join.group-key 5")
def blind_join_without_a_group_key() -> bytes:
    """A player without a group key could never read a card."""
    return joining().smuggle_join(group_key=UNSET)


@bad("A05 join.group-key 5")
def sealed_join_with_a_group_key() -> bytes:
    """A player of a sealed game has a key that nobody needs."""
    made = game(Phase.JOINING)
    secrets = player.PlayerSecrets(b"e" * 32, made.state.game)
    return made.smuggle_join(group_key=secrets.group_key)


@bad("A05 join.key-used 5")
def blind_join_with_the_group_key_of_another() -> bytes:
    """Eve takes Ann's group key: what is dealt to Ann would be readable for whoever knows that one."""
    made = joining()
    return made.smuggle_join(group_key=made.players["Ann"].group_key)


@bad("A05 key.invalid 5", blame="unknown (suspected)")
def blind_join_with_the_identity() -> bytes:
    """The group key is the identity: everybody could read the card that is dealt to it."""
    return group_key(IDENTITY)


@bad("A05 key.invalid 5", blame="unknown (suspected)")
def blind_join_with_a_key_of_small_order() -> bytes:
    """The group key has eight multiples: the card could be read by trying them."""
    return group_key(ORDER_EIGHT)


@bad("A05 key.invalid 5", blame="unknown (suspected)")
def blind_join_with_a_key_of_mixed_order() -> bytes:
    """The group key is a good one with a part of order eight."""
    return group_key(mixed_order(joining().players["Ann"].group_key))


@bad("A05 key.invalid 5", blame="unknown (suspected)")
def blind_join_with_a_key_off_the_curve() -> bytes:
    """The group key is no point: no share could be hidden by it."""
    return group_key(NO_POINT)


@bad("A05 key.invalid 5", blame="unknown (suspected)")
def blind_join_with_a_key_not_canonical() -> bytes:
    """The group key is written as no point is written: one point would be two keys."""
    return group_key(NOT_CANONICAL)


# --- posts of the other mode ----------------------------------------------------------------------


@bad("A15 mode.wrong 6")
def blind_game_with_a_deck() -> bytes:
    """The server commits decks, as if it dealt."""
    made = at(Phase.COINS)
    state = made.state
    assert state.roster is not None
    body = Deck(
        game=state.game, by=state.create.server, seen=state.head, round=1, roster=state.roster,
        commitments=Points(b""), keys=SealKeys(b""),
    )  # fmt: skip
    return made.smuggle(SERVER, body)


@bad("A15 mode.wrong 27")
def blind_game_with_a_confirmation() -> bytes:
    """A player confirms a card as in a sealed game."""
    made = at(Phase.CHOOSING)
    return made.smuggle("Ann", Accept(**heads(made, "Ann")))


@bad("A15 mode.wrong 27")
def blind_game_with_a_gift_for_the_server() -> bytes:
    """A player sends its choice to the server, which has no business with it."""
    made = at(Phase.CHOOSING)
    body = Gift(**heads(made, "Ann"), choice=ChoiceBox(bytes(84)), note=NoteBox(bytes(608)), h=Hash(bytes(32)))
    return made.smuggle("Ann", body)


@bad("A15 mode.wrong 32")
def blind_game_with_a_delivery() -> bytes:
    """The server delivers envelopes of its own."""
    made = at(Phase.MIXING, 0, Kind.GIFTS)
    body = Delivery(
        game=made.state.game, by=made.state.create.server, seen=made.state.head, round=1,
        envelopes=Envelopes(bytes(4 * 612)),
    )  # fmt: skip
    return made.smuggle(SERVER, body)


@bad("A15 mode.wrong 7")
def sealed_game_with_a_key() -> bytes:
    """A player of a sealed game posts a trustee's key."""
    made, other = game(Phase.COINS), at(Phase.KEYS)
    body: KeyPost = owes(other, "Ann")
    return made.smuggle("Ann", changed(body, **heads(made, "Ann")))


@bad("A15 mode.wrong 12")
def sealed_game_with_a_mix() -> bytes:
    """A player of a sealed game mixes."""
    made = game(Phase.CHOOSING)
    return made.smuggle("Ann", Mix(**heads(made, "Ann"), batch=1, rows=Points(b""), proofs=Proof(b"")))
