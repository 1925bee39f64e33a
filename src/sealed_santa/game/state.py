"""The state of a game: what its log says so far (docs/protocol.md, section 5).

A value, made by `rules.apply` and by nothing else. It holds no secret and no clock; what it does not
hold cannot matter to the rules.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from sealed_santa.base.errors import Blame
from sealed_santa.base.labels import Label
from sealed_santa.crypto.group import Point
from sealed_santa.crypto.hashing import tagged_hash
from sealed_santa.crypto.words import safety_words
from sealed_santa.game.batches import BlindState
from sealed_santa.game.modes import MODES, Mode
from sealed_santa.log.chain import Chain
from sealed_santa.log.fields import Coin, Hash, SealKey, SignKey
from sealed_santa.log.posts import Create, Deal, Deck, Delivery, Gift, Reveal
from sealed_santa.proofs.equations import Equation

MAX_ROUNDS: Final = 64
MAX_REFUSALS: Final = 8


class Phase(StrEnum):
    """Where a game stands; each name says what is waited for."""

    JOINING = "joining"  # players, and somebody to say "start user distribution"
    DECK = "deck"  # the dealer's decks
    COINS = "coins"  # every player's coin
    DEAL = "deal"  # the deal, and nothing else
    KEYS = "keys"  # the trustees' keys (this and the next four: blind games)
    MIXING = "mixing"  # mixes of a batch
    BLINDING = "blinding"  # blindings of its tests
    OPENING = "opening"  # decryption shares of the tests, or of what else the batch opens
    DEALING = "dealing"  # decryption shares of the cards
    CHOOSING = "choosing"  # confirmations of cards, and gifts
    CLOSED = "closed"  # the delivery
    DELIVERED = "delivered"  # receipts, and the reveal
    REVEALING = "revealing"  # decryption shares of all pairs (blind games)
    OVER = "over"  # nothing; late receipts and disputes are still taken
    VOID = "void"  # nothing; the game cannot go on


@dataclass(frozen=True, slots=True)
class Player:
    """One player as its `join` says; `number` is 1..n in joining order, and changes with the round."""

    number: int
    key: SignKey
    name: str
    wish: str
    card_key: SealKey
    gift_key: SealKey
    reveal_key: SealKey
    coin_end: Coin
    invite: SignKey
    join: Hash
    seq: int
    group_key: Point | None = None  #: in blind games


@dataclass(frozen=True, slots=True)
class Round:
    """How a draw ended without a deal: who was dropped, or nobody because all decks were out."""

    number: int
    dropped: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class StandingGift:
    """The last gift of a giver, with the keys that it is sealed to."""

    seq: int
    post: Hash
    body: Gift
    choice_key: SealKey
    note_key: SealKey
    contested: bool = False  #: a refusal of it was unfounded; it stands and cannot be refused again


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that the log itself shows to be wrong, without ending the game."""

    seq: int
    code: str
    message: str
    blame: Blame
    santa_of: int = 0  #: in blind games: it is the Santa of the player with this number, whoever that is


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """Everything that a log says; field names follow docs/protocol.md."""

    game: Hash
    create: Create
    chain: Chain
    posts: Chain
    at: int
    phase: Phase = Phase.JOINING
    players: tuple[Player, ...] = ()
    keys: frozenset[bytes] = frozenset()  #: every public key that was ever used in this game
    last_seen: Mapping[bytes, int] = field(default_factory=dict)
    round: int = 0  #: 0 before the lock
    roster: Hash | None = None
    forbidden: tuple[tuple[int, int], ...] = ()
    lock_seq: int = 0
    rounds: tuple[Round, ...] = ()
    heads: Mapping[bytes, tuple[int, Coin]] = field(default_factory=dict)  #: round and link last opened
    deck: Deck | None = None
    deck_seq: int = 0
    deck_at: int = 0
    coins: Mapping[bytes, Coin] = field(default_factory=dict)
    coin_seq: int = 0
    deal: Deal | None = None
    deal_seq: int = 0
    deal_at: int = 0
    seed: Hash | None = None
    accepted: frozenset[int] = frozenset()
    choice_keys: Mapping[int, SealKey] = field(default_factory=dict)
    note_keys: Mapping[int, SealKey] = field(default_factory=dict)
    gifts: Mapping[int, StandingGift] = field(default_factory=dict)
    refusals: Mapping[int, int] = field(default_factory=dict)
    refusal_seqs: Mapping[int, int] = field(default_factory=dict)
    gift_seqs: Mapping[int, int] = field(default_factory=dict)  #: of the last gift post, standing or not
    choosing_seq: int = 0  #: of the last gift or refusal
    closed_seq: int = 0
    delivery: Delivery | None = None
    delivery_seq: int = 0
    receipts: frozenset[int] = frozenset()
    receipt_seq: int = 0  #: of the last receipt or dispute about the delivery
    called_seq: int = 0
    reveal: Reveal | None = None
    reveal_seq: int = 0
    disputed: frozenset[tuple[str, int]] = frozenset()
    faults: tuple[Fault, ...] = ()
    phase_seq: int = 0  #: of the entry with which the present phase began
    phase_at: int = 0
    step_seq: int = 0  #: of the last entry that took the present phase further
    blind: BlindState | None = None  #: what only a blind game has; from the lock on
    claims: tuple[Equation, ...] = ()  #: what the newest post must prove; `rules.apply` settles and empties it

    @property
    def mode(self) -> Mode:
        """The mode's record."""
        return MODES[self.create.mode]

    @property
    def head(self) -> Hash:
        """The hash of the newest entry."""
        digest = self.chain.head()
        return self.game if digest is None else digest

    @property
    def over(self) -> bool:
        """Whether nothing more is waited for."""
        return self.phase in (Phase.OVER, Phase.VOID)

    @property
    def words(self) -> tuple[str, str, str] | None:
        """The safety words of this round, once all coins are in."""
        if self.roster is None or (self.deck is None and self.blind is None) or len(self.coins) < len(self.players):
            return None
        return safety_words(tagged_hash(Label.WORDS, self.joint_seed()))

    def joint_seed(self) -> Hash:
        """Return the seed of this round's deals: over roster, deck entry and all coins in order."""
        coins = [self.coins[p.key] for p in self.players]
        return Hash(tagged_hash(Label.SEED, self.roster or b"", self.chain[self.deck_seq], *coins))

    def player(self, key: bytes) -> Player | None:
        """Return the player with this Ed25519 key, if it is in the roster."""
        return next((p for p in self.players if p.key == key), None)

    def named(self, name: str) -> Player | None:
        """Return the player of this name, if it is in the roster."""
        return next((p for p in self.players if p.name == name), None)

    def missing_coins(self) -> tuple[Player, ...]:
        """Return the players whose coin of this round is not in the log."""
        return tuple(p for p in self.players if p.key not in self.coins)

    def closable(self, at: int) -> bool:
        """Whether the server may close the choosing: every gift is in, or the deadline is over."""
        if len(self.gifts) == len(self.players):
            return True
        limit = self.create.choose_by
        return limit is not None and at >= max(limit, self.deal_at + self.create.patience)

    def revealable(self, at: int) -> bool:
        """Whether a reveal may come now (docs/protocol.md, section 5.9)."""
        if self.phase is not Phase.DELIVERED or self.create.reveal == "never":
            return False
        if self.called_seq:
            return True
        if self.create.reveal_at is not None:
            return at >= self.create.reveal_at
        return len(self.receipts) == len(self.players)


def roster_hash(game: Hash, number: int, players: tuple[Player, ...]) -> Hash:
    """Return the hash of a roster: over game, round, n and the hash of each player's join post."""
    return Hash(tagged_hash(Label.ROSTER, game, number, len(players), *(p.join for p in players)))


def coin_before(game: Hash, key: SignKey, coin: Coin, links: int) -> Coin:
    """Return the link of a coin chain that lies `links` rounds before this one."""
    for _ in range(links):
        coin = Coin(tagged_hash(Label.COIN, game, key, coin))
    return coin
