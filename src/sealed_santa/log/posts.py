"""What a party can say: the closed union of posts (docs/protocol.md, section 4).

A post is judged in three steps, each in one place: its form here (`parse_body`), its signatures in
`log/entry.py`, whether it is allowed now in `game/rules.py`. A body that exists has known fields of
the right types, and nothing else. What depends on the state of the game (how many units a vector
must have, whether a point is valid) is not known yet.
"""

from __future__ import annotations

from typing import Annotated, Final, Literal

import msgspec

from sealed_santa.base.canon import MAX_INT, check_canonical, encode_json
from sealed_santa.base.errors import ParseError, UndecidedError
from sealed_santa.base.labels import MODE_NAMES, VERSION
from sealed_santa.log.fields import (
    CardBoxes,
    CardOpenings,
    ChoiceBox,
    Coin,
    Envelopes,
    GiftSecrets,
    GroupKey,
    Hash,
    NoteBox,
    Opened,
    Openings,
    Points,
    Proof,
    RevealBoxes,
    SealKey,
    SealKeys,
    Share,
    ShareBoxes,
    SignKey,
    decode_field,
    encode_field,
)

MAX_BODY: Final = 4 * 1024 * 1024  # bytes; a delivery to 1000 players has 0.8 MB

Time = Annotated[int, msgspec.Meta(ge=0, le=MAX_INT)]  # milliseconds since 1970-01-01T00:00:00Z
Number = Annotated[int, msgspec.Meta(ge=1, le=1000)]  # of a player, in joining order
Round = Annotated[int, msgspec.Meta(ge=1, le=64)]
Count = Annotated[int, msgspec.Meta(ge=0, le=1_000_000)]


class Struct(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """An object inside a post: immutable, no field more and none less."""


class CatalogueGift(Struct, frozen=True):
    """One gift of the catalogue; `price` in hundredths of the currency."""

    id: str
    name: str
    price: Count
    tags: tuple[str, ...]


class Invite(Struct, frozen=True):
    """The public half of an invite key; with a name it lets in one person, of that name."""

    key: SignKey
    name: str | None


class Exclusions(Struct, frozen=True):
    """Who must not be drawn: nobody gives inside a group; a pair forbids giver -> recipient."""

    groups: tuple[tuple[str, ...], ...]
    pairs: tuple[tuple[str, str], ...]


class BlindTerms(Struct, frozen=True):
    """What only a blind game has: bounds on its tests, and the least threshold of its trustees."""

    batch_tests: Count
    game_tests: Count
    threshold: Annotated[int, msgspec.Meta(ge=0, le=7)]


class Create(Struct, frozen=True, tag_field="type", tag="create"):
    """Opens a game and freezes its terms; its author is the organiser."""

    by: SignKey
    version: str
    mode: str
    title: str
    server: SignKey
    invites: tuple[Invite, ...]
    catalogue: tuple[CatalogueGift, ...]
    house: str
    budget: str
    exclusions: Exclusions
    reveal: Literal["public", "private", "never"]
    reveal_at: Time | None
    choose_by: Time | None
    patience: Time
    starters: Literal["anyone", "organiser"]
    min_players: Number
    max_players: Number
    deck_limit: Count
    blind: BlindTerms | msgspec.UnsetType = msgspec.UNSET  #: in games of mode blind, and only there


class Body(Struct, frozen=True, tag_field="type"):
    """What all later posts carry: the game, the author, the newest entry that the author has."""

    game: Hash
    by: SignKey
    seen: Hash


class Join(Body, frozen=True, tag="join"):
    """A player comes in; countersigned with the invite key."""

    name: str
    wish: str
    card_key: SealKey
    gift_key: SealKey
    reveal_key: SealKey
    coin: Coin
    invite: SignKey
    group_key: GroupKey | msgspec.UnsetType = msgspec.UNSET  #: in games of mode blind, and only there


class Leave(Body, frozen=True, tag="leave"):
    """A player goes: before the start, in a blind game also after the deal."""


class Start(Body, frozen=True, tag="start"):
    """ "Start user distribution": locks the roster whose hash it names."""

    roster: Hash


class Deck(Body, frozen=True, tag="deck"):
    """The dealer's decks, committed before any coin is open; two gift keys a giver."""

    round: Round
    roster: Hash
    commitments: Points
    keys: SealKeys


class CoinPost(Body, frozen=True, tag="coin"):
    """A player opens the next link of its coin chain."""

    round: Round
    roster: Hash
    coin: Coin


class Drop(Body, frozen=True, tag="drop"):
    """The organiser drops players whose coin is not in the log; a new round begins."""

    round: Round
    players: tuple[SignKey, ...]


class Deal(Body, frozen=True, tag="deal"):
    """The first permitted deal: decks passed over opened, the standing one proven; or all out."""

    round: Round
    deck: Count
    openings: Openings
    cards: Points
    permutation: Proof
    exclusion: Proof
    sealed: CardBoxes


class Accept(Body, frozen=True, tag="accept"):
    """A player has verified the deal and opened its card."""

    round: Round


class Gift(Body, frozen=True, tag="gift"):
    """A choice and a note, sealed; `h` binds both."""

    round: Round
    choice: ChoiceBox
    note: NoteBox
    h: Hash


class Refusal(Body, frozen=True, tag="refusal"):
    """The dealer refuses a gift by publishing the key(s) it was sealed to."""

    round: Round
    giver: Number
    gift: Hash
    choice_secret: Opened
    note_secret: Opened | None
    next_choice: SealKey
    next_note: SealKey | None


class Close(Body, frozen=True, tag="close"):
    """The choosing is closed."""

    round: Round


class Delivery(Body, frozen=True, tag="delivery"):
    """An envelope for each recipient, in roster order."""

    round: Round
    envelopes: Envelopes


class Receipt(Body, frozen=True, tag="receipt"):
    """A recipient has opened its envelope and found nothing wrong."""

    round: Round


class Call(Body, frozen=True, tag="call"):
    """The organiser calls the reveal, or with `never` the end of the game."""

    round: Round


class Reveal(Body, frozen=True, tag="reveal"):
    """Who gave to whom: openings for all (public) or a box for each recipient (private)."""

    round: Round
    openings: CardOpenings
    secrets: GiftSecrets
    boxes: RevealBoxes


class Dispute(Body, frozen=True, tag="dispute"):
    """A player says that what it was sent is wrong, and publishes the key(s) that show it."""

    round: Round
    about: Literal["card", "delivery", "reveal"]
    card_secret: Opened | None
    gift_secret: Opened | None
    reveal_secret: Opened | None


class KeyPost(Body, frozen=True, tag="key"):
    """A trustee's part of the joint key: commitments to a polynomial, and a share of it for each trustee."""

    round: Round
    commitments: Points
    possession: Proof
    shares: ShareBoxes


class Complaint(Body, frozen=True, tag="complaint"):
    """A trustee says that the share which another sealed to it is wrong."""

    round: Round
    accused: Number


class Answer(Body, frozen=True, tag="answer"):
    """The accused trustee publishes that one share."""

    round: Round
    accuser: Number
    share: Share


class Mix(Body, frozen=True, tag="mix"):
    """A trustee has shuffled and re-encrypted the rows of a batch, and proves it."""

    round: Round
    batch: Count
    rows: Points
    proofs: Proof


class Blinding(Body, frozen=True, tag="blinding"):
    """A trustee has multiplied every tested pair by a factor of its own."""

    round: Round
    batch: Count
    pairs: Points
    proof: Proof


class OpeningPost(Body, frozen=True, tag="opening"):
    """A trustee's decryption shares of what a batch opens."""

    round: Round
    batch: Count
    shares: Points
    proof: Proof


class Hand(Body, frozen=True, tag="hand"):
    """A trustee's decryption shares of the cards, each so that only its player can use it."""

    round: Round
    batch: Count
    cards: Points
    proof: Proof


class EnvelopePost(Body, frozen=True, tag="envelope"):
    """A gift of a blind game, sealed to its recipient and encrypted to the joint key."""

    round: Round
    batch: Count
    row: Points
    proof: Proof


Post = (
    Create | Join | Leave | Start | Deck | CoinPost | Drop | Deal | Accept | Gift | Refusal | Close | Delivery
    | Receipt | Call | Reveal | Dispute | KeyPost | Complaint | Answer | Mix | Blinding | OpeningPost | Hand
    | EnvelopePost
)  # fmt: skip

TYPES: Final = frozenset(t.__struct_config__.tag for t in Post.__args__)

_decoder: Final = msgspec.json.Decoder(Post, dec_hook=decode_field)


class _Peek(msgspec.Struct):
    """Just enough of a body to tell an unknown version, mode or type from a broken one."""

    type: str
    version: str = VERSION
    mode: str | None = None


_peek: Final = msgspec.json.Decoder(_Peek)


def parse_body(raw: bytes) -> Post:
    """Decode the body of a post from its canonical bytes.

    Raises:
        UndecidedError: `version.unknown`, `mode.unknown`; it may be a fine game that we cannot judge.
        ParseError: `json.invalid`, `json.not-canonical`, `post.too-large`, `post.unknown-type`,
            `post.malformed` (unknown, missing or wrong field), `base64.invalid`, `length.wrong`,
            `key.invalid`.
    """
    if len(raw) > MAX_BODY:
        raise ParseError("post.too-large", f"a post of {len(raw)} bytes; at most {MAX_BODY} are allowed")
    check_canonical(raw)
    try:
        head = _peek.decode(raw)
    except (msgspec.ValidationError, msgspec.DecodeError) as e:
        raise ParseError("post.malformed", f"not a post: {e}") from e
    if head.type == "create" and head.version != VERSION:
        raise UndecidedError(
            "version.unknown",
            f"the game is of version {head.version[:40]!r}; this program knows {VERSION}",
            hint="use the version of sealed-santa that the game was made with",
        )
    if head.type == "create" and head.mode is not None and head.mode not in MODE_NAMES:
        raise UndecidedError("mode.unknown", f"games of mode {head.mode[:40]!r} are not known to this program")
    if head.type not in TYPES:
        raise ParseError("post.unknown-type", f"no post has the type {head.type[:40]!r}")
    try:
        body: Post = _decoder.decode(raw)
    except msgspec.ValidationError as e:
        raise ParseError("post.malformed", f"{head.type}: {e}") from e
    if isinstance(body, Create) and (body.mode == "blind") is (body.blind is msgspec.UNSET):
        raise ParseError("post.malformed", "create: the field blind belongs to blind games, and to no others")
    return body


def encode_body(body: Post) -> bytes:
    """Return the canonical bytes of a body; `parse_body` is its inverse."""
    return encode_json(msgspec.to_builtins(body, enc_hook=encode_field))
