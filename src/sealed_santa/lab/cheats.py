"""What dishonest trustees and players of blind games post: the honest posts, with one thing changed in them.

Nobody knows a witness for what is false. So the forger proves it as well as it can, with the provers that
everybody uses, and posts that. Honest posts come from `roles`; nothing here is used by them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from sealed_santa.base.errors import SantaError, UsageError
from sealed_santa.crypto.elgamal import Cipher, Row, embed, encode_rows, encrypt, plaintext
from sealed_santa.crypto.group import BASE
from sealed_santa.crypto.sealing import BoxKey, BoxSecret, seal
from sealed_santa.game.batches import GIFT_COLUMNS, PIECE, BlindState
from sealed_santa.game.envelopes import BlindGift, encode_gift, gift_info
from sealed_santa.game.giving import read_choice, read_gift
from sealed_santa.game.stages import blind_state, present
from sealed_santa.game.state import Player, State
from sealed_santa.game.statements import envelope_statement, joint_key
from sealed_santa.lab.mixing import index_of, scalars
from sealed_santa.lab.simulator import Simulator
from sealed_santa.log.entry import SignedPost, sign_post
from sealed_santa.log.fields import Points, Proof
from sealed_santa.log.posts import EnvelopePost, Post
from sealed_santa.proofs.linear.prove import prove_linear
from sealed_santa.roles import dealer, guest, trustee

NO_SUCH_GIFT: Final = 9999  # a place in the catalogue that it does not have


def play(game: Simulator, found: Callable[[State], bool], silent: Sequence[str] = ()) -> Simulator:
    """Let those who are not silent do what they owe, one post after the other, until something is so."""
    moved = True
    while moved and not found(game.state):
        moved = False
        for body in dealer.duties(game.state, game.dealer, game.now, game.entropy, game.memo):
            game.deal_with(body)
            moved = True
        for name in list(game.players):
            if found(game.state):
                break
            posts = () if name in silent else game.owed(name).posts
            if posts:
                game.say(name, posts[0])
                moved = True
    return game


def to_the_last_word(game: Simulator) -> Simulator:
    """Play to the end, and let everybody say what is to be said after it."""
    game.run()
    for name in list(game.players):
        for body in game.owed(name).posts:
            game.say(name, body)
    return game


def seat(game: Simulator, name: str) -> Player:
    """Return the player of a name.

    Raises:
        UsageError: `player.not-seated`.
    """
    found = game.state.named(name)
    if found is None:
        raise UsageError("player.not-seated", f"{name} is not in the game")
    return found


def blind_of(game: Simulator) -> BlindState:
    """Return what only a blind game has."""
    return blind_state(game.state)


def owes(game: Simulator, name: str) -> Any:
    """Return the first body that a player owes."""
    return game.owed(name).posts[0]


def heads(game: Simulator, name: str) -> dict[str, Any]:
    """Return the fields that all posts of a round have."""
    state = game.state
    return {"game": state.game, "by": game.players[name].key, "seen": state.head, "round": state.round}


def signed(game: Simulator, name: str, body: Post) -> SignedPost:
    """Sign a body as a player; nobody else has seen it yet."""
    return sign_post(body, game.players[name].signing)


def recipient(game: Simulator, name: str) -> Player:
    """Return whom a player gives to, as it reads its own card; a player of either mode knows that.

    Raises:
        UsageError: `card.not-dealt`.
    """
    found = guest.recipient(game.state, game.players[name], seat(game, name))
    if found is None:
        raise UsageError("card.not-dealt", "the cards are not dealt")
    return found


def share_of(game: Simulator, name: str) -> int:
    """Return what a trustee holds of the joint secret; nobody else knows it.

    Raises:
        UsageError: `share.wrong`, it has no share.
    """
    share = trustee.own_share(game.state, game.players[name], seat(game, name), index_of(game, name))
    if share is None:
        raise UsageError("share.wrong", f"{name} has no share of the joint key")
    return share


def read_cards(state: State, shares: Mapping[int, int]) -> dict[int, int | None]:
    """Decrypt all cards with these shares of the joint secret, by index: recipient by giver, None for nonsense."""
    blind = blind_state(state)
    names = {p.number * BASE: p.number for p in present(state)}
    found: dict[int, int | None] = {}
    for holder, (card,) in zip(blind.holders, blind.deck, strict=True):
        point = plaintext(card, {j: x * card.u for j, x in shares.items()})
        found[holder] = names.get(point)
    return found


# --- posts with something changed -----------------------------------------------------------------


def sealed_gift(game: Simulator, to: Player, gift: int, note: str) -> bytes:
    """Return the box of a blind game's gift, for anybody, with any place in the catalogue."""
    return seal(BoxKey.parse(to.gift_key), encode_gift(BlindGift(gift, note)), gift_info(game.state, to))


def forged_envelope(game: Simulator, name: str, box: bytes = b"", row: Row = ()) -> EnvelopePost:
    """Return an envelope with this box in it; or with this row, whose randomness its author does not know."""
    state, secrets = game.state, game.players[name]
    known = scalars(game, GIFT_COLUMNS)
    if not row:
        points = (embed(box[PIECE * c : PIECE * (c + 1)]) for c in range(GIFT_COLUMNS))
        row = tuple(encrypt(joint_key(state), point, r) for point, r in zip(points, known, strict=True))
    statement = envelope_statement(state, seat(game, name), row)
    return EnvelopePost(
        **heads(game, name), batch=blind_state(state).deal_batch, row=Points(encode_rows([row])),
        proof=Proof(prove_linear(statement, known, secrets.seed, game.entropy)),
    )  # fmt: skip


def fresh(game: Simulator, cipher: Cipher) -> Cipher:
    """Return a ciphertext of the same content that nobody can tell from any other."""
    joint, (r,) = joint_key(game.state), scalars(game, 1)
    return Cipher(cipher.u + r * BASE, cipher.v + r * joint)


# --- gifts of sealed games ------------------------------------------------------------------------


def refused_because(game: Simulator, name: str) -> str:
    """Let the dealer look at a standing gift, and return why it refuses it, as everybody can see then; or nothing."""
    giver = seat(game, name)
    standing = game.state.gifts[giver.number]
    body = dealer.examine(game.state, game.dealer, giver, game.memo)
    if body is None:
        return ""
    before = game.state
    game.deal_with(body)
    choice_secret = BoxSecret(bytes(body.choice_secret))
    try:
        if body.note_secret is None:
            read_choice(before, giver, standing, choice_secret)
        else:
            read_gift(before, giver, standing, choice_secret, BoxSecret(bytes(body.note_secret)))
    except SantaError as e:
        return e.code
    return ""
