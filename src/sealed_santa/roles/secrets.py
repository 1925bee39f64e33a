"""What a party keeps to itself: all of it derives from one seed, drawn fresh for every game.

Every label takes in what makes the use unique: game, round, roster, position, and the hash of the
public data that a secret is applied to (docs/protocol.md, section 8). None of these types shows its
content in a repr.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Final

from sealed_santa.base.labels import Label
from sealed_santa.crypto.commitments import shuffle_from_stream
from sealed_santa.crypto.derive import derive
from sealed_santa.crypto.group import BASE, ORDER, scalar_from_wide
from sealed_santa.crypto.hashing import expand
from sealed_santa.crypto.sealing import BoxSecret
from sealed_santa.crypto.signing import SigningKey
from sealed_santa.game.state import MAX_ROUNDS, coin_before
from sealed_santa.log.fields import Coin, GroupKey, Hash, SignKey

SEED_SIZE: Final = 32


@dataclass(frozen=True, repr=False)
class PlayerSecrets:
    """Everything of one player in one game."""

    seed: bytes
    game: Hash

    def __repr__(self) -> str:
        return f"PlayerSecrets(<secret> of {self.key.hex()[:8]})"

    @cached_property
    def signing(self) -> SigningKey:
        """The key that signs the player's posts."""
        return SigningKey.from_seed(derive(self.seed, Label.KEY_SIGN, self.game))

    @cached_property
    def key(self) -> SignKey:
        """The player's public identity in this game."""
        return SignKey(self.signing.public().raw)

    @cached_property
    def card(self) -> BoxSecret:
        """Opens the player's card."""
        return BoxSecret(derive(self.seed, Label.KEY_CARD, self.game))

    @cached_property
    def gift(self) -> BoxSecret:
        """Opens the player's envelope and the note in it."""
        return BoxSecret(derive(self.seed, Label.KEY_GIFT, self.game))

    @cached_property
    def reveal(self) -> BoxSecret:
        """Opens what a private reveal tells the player."""
        return BoxSecret(derive(self.seed, Label.KEY_REVEAL, self.game))

    @cached_property
    def group(self) -> int:
        """The secret scalar of the player's group key, which reads its card in a blind game."""
        return 1 + scalar_from_wide(derive(self.seed, Label.KEY_GROUP, self.game, length=64)) % (ORDER - 1)

    @cached_property
    def group_key(self) -> GroupKey:
        """The player's group key."""
        return GroupKey((self.group * BASE).raw)

    def polynomial(self, round_: int, roster: Hash, degree: int) -> tuple[int, ...]:
        """Return the coefficients a_0..a_degree of a trustee in a round, none of them zero."""
        wide = (
            derive(self.seed, Label.KEY_POLYNOMIAL, self.game, round_, roster, degree, m, length=64)
            for m in range(degree + 1)
        )
        return tuple(1 + scalar_from_wide(raw) % (ORDER - 1) for raw in wide)

    def shuffle(self, batch: int, deck: int, data: bytes, rows: int) -> tuple[int, ...]:
        """Return the permutation of a mix; `data` is the hash of its whole input, the joint key included."""
        key = derive(self.seed, Label.KEY_MIX, self.game, batch, deck, data)
        return shuffle_from_stream(Label.KEY_MIX, rows, key)

    def scalars(self, label: Label, batch: int, deck: int, data: bytes, count: int) -> tuple[int, ...]:
        """Return secret scalars, none of them zero, for one use: its label, batch, deck and the hash of its input."""
        stream = expand(label, 64 * count, derive(self.seed, label, self.game, batch, deck, data), "scalars")
        wide = (stream[64 * i : 64 * i + 64] for i in range(count))
        return tuple(1 + scalar_from_wide(raw) % (ORDER - 1) for raw in wide)

    @cached_property
    def luck(self) -> bytes:
        """Decides which gifts are suggested to the player, so that nobody else knows which."""
        return derive(self.seed, Label.KEY_SUGGESTIONS, self.game)

    def coin(self, round_: int) -> Coin:
        """Return link c_round of the coin chain; c_0 is public from the join on, c_64 the last."""
        last = Coin(derive(self.seed, Label.KEY_COIN, self.game, self.key))
        return coin_before(self.game, self.key, last, MAX_ROUNDS - round_)


@dataclass(frozen=True, repr=False)
class OrganiserSecrets:
    """The key of whoever made the game; it exists before the game has an id."""

    seed: bytes

    def __repr__(self) -> str:
        return "OrganiserSecrets(<secret>)"

    @cached_property
    def signing(self) -> SigningKey:
        """The key that signs `create` and the organiser's later posts."""
        return SigningKey.from_seed(derive(self.seed, Label.KEY_SIGN, "organiser"))

    @cached_property
    def key(self) -> SignKey:
        """The organiser's public identity in this game."""
        return SignKey(self.signing.public().raw)


@dataclass(frozen=True, repr=False)
class DealerSecrets:
    """Everything of the server in one sealed game; the seed goes when the game is over, the key stays."""

    seed: bytes
    signing: SigningKey

    def __repr__(self) -> str:
        return "DealerSecrets(<secret>)"

    @cached_property
    def key(self) -> SignKey:
        """The server's public identity in this game."""
        return SignKey(self.signing.public().raw)

    def deck_key(self, game: Hash, round_: int, roster: Hash, t: int) -> bytes:
        """Return k_t, from which deck t is computed and with which it is opened."""
        return derive(self.seed, Label.KEY_DECK, game, round_, roster, t)

    def card_blinding(self, game: Hash, round_: int, joint_seed: Hash, t: int, slot: int) -> int:
        """Return b_s; bound to the joint seed, so to roster, decks and every coin."""
        return scalar_from_wide(
            derive(self.seed, Label.KEY_CARD_BLINDING, game, round_, joint_seed, t, slot, length=64)
        )

    def choice_key(self, game: Hash, round_: int, roster: Hash, giver: int, refusals: int) -> BoxSecret:
        """Return the key for a giver's choice box after so many refusals."""
        return BoxSecret(derive(self.seed, Label.KEY_GIFT_CHOICE, game, round_, roster, giver, refusals))

    def note_key(self, game: Hash, round_: int, roster: Hash, giver: int, refusals: int) -> BoxSecret:
        """Return the key for a giver's note box after so many refusals that published one."""
        return BoxSecret(derive(self.seed, Label.KEY_GIFT_NOTE, game, round_, roster, giver, refusals))
