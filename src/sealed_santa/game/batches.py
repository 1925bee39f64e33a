"""What the trustees of a blind game hold and work on, as values (docs/protocol.md, section 11).

`BlindState` is the part of a game's state that only blind games have. A `Batch` is a list of
encrypted rows on its way: mixed, tested or opened, and then something else. Nothing here judges.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from sealed_santa.crypto.elgamal import Cipher, Row
from sealed_santa.crypto.group import Point

MAX_TRUSTEES: Final = 7
MAX_BATCHES: Final = 256
LEAST_DECKS: Final = 10  # in a batch of cards, if its limit of tests has room for them
GIFT_COLUMNS: Final = 8
LEAST_GIFTS: Final = 3  # envelopes; of fewer none is opened, as whoever found a gift would know from whom
PIECE: Final = 30  # bytes of a gift in one point

Deck = tuple[Row, ...]


class Kind(StrEnum):
    """What a batch is for."""

    CARDS = "cards"  # several decks; the first without a forbidden pair is dealt
    BRIDGE = "bridge"  # slots beside their holders, to find the one that holds a leaver
    ORDER = "order"  # the same with that slot replaced, to put them in order again
    SCREEN = "screen"  # the repaired deck, tested again
    GIFTS = "gifts"  # the envelopes
    REVEAL = "reveal"  # the deck that was dealt, opened


@dataclass(frozen=True, slots=True)
class Test:
    """The question whether a ciphertext holds a player: deck from 0, row from 1, the player's number."""

    deck: int
    row: int
    value: int


@dataclass(frozen=True, slots=True)
class Batch:
    """A batch as it stands: `decks` are the rows after the last mix (none yet in a batch of cards before the first)."""

    number: int
    kind: Kind
    decks: tuple[Deck, ...] = ()
    mixers: tuple[int, ...] = ()  #: indices of trustees, in their order
    tests: tuple[Test, ...] = ()
    pairs: tuple[Cipher, ...] = ()  #: the tested ciphertexts, after the last blinding
    blinders: tuple[int, ...] = ()
    openings: Mapping[int, tuple[Point, ...]] = field(default_factory=dict)
    leaver: int = 0  #: number of the player who left (bridge, order)

    @property
    def column(self) -> int:
        """The column of the rows that is tested."""
        return 1 if self.kind is Kind.BRIDGE else 0

    def opened(self) -> tuple[Cipher, ...]:
        """Return the ciphertexts that are opened, in their order."""
        if self.tests:
            return self.pairs
        if self.kind is Kind.ORDER:
            return tuple(row[0] for row in self.decks[0])
        return tuple(cipher for deck in self.decks for row in deck for cipher in row)


@dataclass(frozen=True, slots=True)
class Past:
    """A batch that is over: how many decks it had, and which one of them was dealt, if any."""

    number: int
    kind: Kind
    decks: int
    mixers: tuple[int, ...]
    dealt: int | None = None
    leaver: int = 0


@dataclass(frozen=True, slots=True)
class Standing:
    """The last envelope of a giver."""

    seq: int
    row: Row


@dataclass(frozen=True, slots=True)
class OpenComplaint:
    """A complaint without an answer."""

    seq: int
    at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BlindState:
    """Keys, batches, the deal and the gifts of a blind game. Trustees go by their index, players by their number."""

    trustees: tuple[int, ...] = ()  #: players' numbers, by index from 1; none before they are known
    threshold: int = 0
    commitments: Mapping[int, tuple[Point, ...]] = field(default_factory=dict)
    share_boxes: Mapping[int, tuple[bytes, ...]] = field(default_factory=dict)
    out: frozenset[int] = frozenset()  #: take no part any more
    found_out: frozenset[int] = frozenset()  #: and their keys do not count
    keys_seq: int = 0  #: of the entry that closed the keys
    coins_at: int = 0
    confirmed: frozenset[int] = frozenset()  #: have mixed, and so confirmed their shares
    complaints: Mapping[tuple[int, int], OpenComplaint] = field(default_factory=dict)  #: by (accuser, accused)
    complained: frozenset[tuple[int, int]] = frozenset()
    published: Mapping[tuple[int, int], int] = field(default_factory=dict)  #: right answers, by (accuser, accused)
    joint: Point | None = None  #: Y
    publics: Mapping[int, Point] = field(default_factory=dict)  #: X_j
    gone: frozenset[int] = frozenset()  #: players who left or were dropped after the deal
    batches: int = 0  #: the number of the last batch
    batch: Batch | None = None
    work_seq: int = 0  #: of the last mix or blinding
    past: tuple[Past, ...] = ()
    deck: Deck = ()  #: the deck that is being dealt or was dealt, a slot a holder
    holders: tuple[int, ...] = ()
    deal_batch: int = 0
    deals: int = 0  #: how often cards were dealt
    hands: Mapping[int, tuple[tuple[Point, Point], ...]] = field(default_factory=dict)
    dealt_seq: int = 0
    dealt_at: int = 0
    envelopes: Mapping[int, Standing] = field(default_factory=dict)
    givers: tuple[int, ...] = ()  #: whose envelopes were in the mix
    boxes: tuple[bytes, ...] = ()  #: delivered, 240 bytes each
    delivered_seq: int = 0
    pairs: tuple[tuple[int, int], ...] = ()

    def index(self, number: int) -> int | None:
        """Return the index of a player who is a trustee and takes part, or None."""
        if number not in self.trustees:
            return None
        index = self.trustees.index(number) + 1
        return None if index in self.out else index

    def active(self) -> tuple[int, ...]:
        """Return the indices of all trustees that take part."""
        return tuple(i for i in range(1, len(self.trustees) + 1) if i not in self.out)

    def qualified(self) -> tuple[int, ...]:
        """Return the indices of the trustees whose keys count."""
        return tuple(i for i in sorted(self.commitments) if i not in self.found_out)

    @property
    def undealt(self) -> bool:
        """Whether no card of this round was ever handed out, not even in part."""
        return not self.hands and not self.dealt_seq

    def slot(self, number: int) -> Cipher:
        """Return the encrypted card of a player in the deck that was dealt."""
        return self.deck[self.holders.index(number)][0]


def threshold_of(trustees: int, least: int) -> int:
    """Return t for k trustees: two thirds of them and one more at least."""
    return max(2 * trustees // 3 + 1, min(trustees, least))


def decks_allowed(rows: int, tests: int, limit: int) -> tuple[int, int]:
    """Return the least and the greatest number of decks in a batch of cards, of so many rows and tests each.

    The greatest is what the limit of tests has room for, and at most 16·3^(⌈tests/rows⌉ − 1): somewhat more than
    make a failure of all rarer than 1 %; the least is half of that, and ten. So a first mixer can neither
    multiply everybody's work nor make batches fail.
    """
    needed = 16 * 3 ** min(max(0, -(-tests // rows) - 1), 12)
    most = max(1, min(limit // max(1, tests), needed))
    return min(most, max(LEAST_DECKS, -(-most // 2))), most


def tests_of(decks: int, rows: Iterable[int], forbidden: Iterable[tuple[int, int]]) -> tuple[Test, ...]:
    """Return the tests of so many decks whose rows belong to these players, in the order of the pairs."""
    place = {number: row for row, number in enumerate(rows, 1)}
    one = [(place[i], j) for i, j in forbidden]
    return tuple(Test(deck, row, value) for deck in range(decks) for row, value in one)
