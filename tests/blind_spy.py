"""What a server and some trustees together can find out of a blind game: a program that uses all that they hold.

`Spy` holds everything that the server has (the log, the state that follows from it, and whatever `ransack`
found in its memory, its files and its traffic) and the seeds of some players. It is one and the same program
whatever it is given: with enough seeds it opens every card, with fewer it makes the best guess that its
authors could think of. It does not look into proofs; what they tell is tested where they are made.
"""

from __future__ import annotations

import base64
import math
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from itertools import permutations
from typing import Any
from unittest.mock import patch

from sealed_santa.crypto.elgamal import Cipher, claimed_rows, encode_rows, extract, plaintext
from sealed_santa.crypto.group import BASE, ORDER, Point, decode_points
from sealed_santa.crypto.sharing import lagrange
from sealed_santa.game.batches import PIECE, Deck, Kind
from sealed_santa.game.mixing import read_hand
from sealed_santa.game.replay import step
from sealed_santa.game.rules import apply
from sealed_santa.game.stages import blind_state, fresh_decks, present, the_batch
from sealed_santa.game.state import State
from sealed_santa.game.statements import joint_key
from sealed_santa.lab.simulator import Simulator
from sealed_santa.log.entry import NO_ENTRY, Entry, SignedPost, entry_hash, verify_post
from sealed_santa.log.posts import Drop, Hand, Leave, Mix, OpeningPost
from sealed_santa.roles import trustee
from sealed_santa.roles.secrets import PlayerSecrets

History = list[tuple[State, Entry]]


# --- what lies about ----------------------------------------------------------------------------


@dataclass(frozen=True)
class Loot:
    """Secrets that were among the things seized: recognised because the log shows what belongs to them."""

    seeds: Mapping[int, PlayerSecrets] = field(default_factory=dict)  #: by player's number
    groups: Mapping[int, int] = field(default_factory=dict)  #: secrets of group keys, by player's number
    shares: Mapping[int, int] = field(default_factory=dict)  #: of the joint secret, by trustee's index
    joint: int = 0  #: the joint secret itself, 0 if it was not there
    randomness: Mapping[Point, int] = field(default_factory=dict)  #: r by r·G, of cards and envelopes

    def __bool__(self) -> bool:
        return bool(self.seeds or self.groups or self.shares or self.joint or self.randomness)


def ransack(state: State, pieces: Iterable[object]) -> Loot:
    """Try every 32 bytes among some pieces as every secret of this game: does it give what the log shows?"""
    blind = blind_state(state)
    keys = {p.key: p.number for p in state.players}
    groups = {p.group_key.raw: p.number for p in state.players if p.group_key is not None}
    shares = {point.raw: index for index, point in blind.publics.items()}
    ciphers = [c for row in (*blind.deck, *(s.row for s in blind.envelopes.values())) for c in row]
    firsts = {c.u.raw: c.u for c in ciphers}
    seeds, own, found, random, joint = {}, {}, {}, {}, 0
    for unit in units(pieces):
        secrets = PlayerSecrets(unit, state.game)
        if secrets.key in keys:
            seeds[keys[secrets.key]] = secrets
        value = int.from_bytes(unit, "little") % ORDER
        if not value:
            continue
        raw = (value * BASE).raw
        if raw in groups:
            own[groups[raw]] = value
        if raw in shares:
            found[shares[raw]] = value
        if raw in firsts:
            random[firsts[raw]] = value
        if raw == joint_key(state).raw:
            joint = value
    return Loot(seeds, own, found, joint, random)


def units(pieces: Iterable[object]) -> set[bytes]:
    """Return all strings of 32 bytes in some bytes, texts and numbers, also in what stands in them as base64url.

    In a short piece they may stand anywhere; a long one is a row of them.
    """
    found: set[bytes] = set()
    for piece in pieces:
        if isinstance(piece, int):
            if 2**128 < piece < 2**512:  # a smaller one would be no secret
                found.add((piece % ORDER).to_bytes(32, "little"))
        elif isinstance(piece, (str, bytes, bytearray)):
            raw = piece.encode() if isinstance(piece, str) else bytes(piece)
            parts = [raw]
            for text in re.findall(rb"[A-Za-z0-9_-]{43,}", raw):
                with suppress(ValueError):
                    parts.append(base64.urlsafe_b64decode(text + b"=" * (-len(text) % 4)))
            for part in parts:
                pace = 1 if len(part) <= 96 else 32
                found.update(part[start : start + 32] for start in range(0, len(part) - 31, pace))
    return found


# --- the spy ------------------------------------------------------------------------------------


@dataclass
class Spy:
    """The log as the server has it, the state at its end, the secrets of corrupt players by number, and the loot."""

    entries: list[Entry]
    state: State
    corrupt: Mapping[int, PlayerSecrets]
    loot: Loot = field(default_factory=Loot)
    history: History = field(default_factory=list)  #: each entry with the state before it; worked out if it is empty
    memo: dict[Any, Any] = field(default_factory=dict)  #: results that depend on the log and one player's seed

    def __post_init__(self) -> None:
        self.corrupt = {**self.loot.seeds, **self.corrupt}

    def _once(self, key: object, work: Callable[[], Any]) -> Any:
        if key not in self.memo:
            self.memo[key] = work()
        return self.memo[key]

    # --- what is known by right -----------------------------------------------------------------

    def cards(self, state: State | None = None) -> dict[int, int]:
        """Return what the cards say, at the end or in another state, that corrupt players' group keys read."""
        where, found = self.state if state is None else state, {}
        for number, secret in ({n: s.group for n, s in self.corrupt.items()} | dict(self.loot.groups)).items():
            to = self._once(("card", number, where.head), lambda n=number, s=secret: read_hand(where, n, s))
            if to is not None:
                found[number] = to
        return found

    def possible(self, giver: int) -> list[int]:
        """Return whom this player may give to, by the corrupt players' cards and the forbidden pairs alone."""
        own = self.cards()
        fits = assignments([p.number for p in present(self.state)], set(self.state.forbidden))
        return sorted({f[giver] for f in fits if all(f[g] == r for g, r in own.items())})

    # --- what secrets give ----------------------------------------------------------------------

    def shares(self) -> dict[int, int]:
        """Return the shares of the joint secret that corrupt trustees have or that were found, by index."""
        blind, found = blind_state(self.state), dict(self.loot.shares)
        for number, secrets in self.corrupt.items():
            if number in blind.trustees:
                index, me = blind.trustees.index(number) + 1, self.state.players[number - 1]
                share = self._once(
                    ("share", number), lambda s=secrets, m=me, i=index: trustee.own_share(self.state, s, m, i)
                )
                if share is not None:
                    found[index] = share
        return found

    def published(self, cipher: Cipher) -> dict[int, Point]:
        """Return decryption shares of this ciphertext that the log holds: whatever was opened with its u."""
        return self._once("published", self._published).get(cipher.u, {})

    def _published(self) -> dict[Point, dict[int, Point]]:
        found: dict[Point, dict[int, Point]] = {}
        for before, entry in self.steps():
            body = entry.post.body
            if isinstance(body, OpeningPost):
                opened = the_batch(before).opened()
                index = blind_state(before).index(seat(before, entry))
                for c, d in zip(opened, decode_points(body.shares, len(opened)), strict=True):
                    if index:
                        found.setdefault(c.u, {})[index] = d
        return found

    def handed(self, number: int) -> dict[int, Point]:
        """Return decryption shares of a player's card that are handed to corrupt keys, as far as they open."""
        found: dict[int, Point] = {}
        for before, entry in self.steps():
            body = entry.post.body
            secrets = self.corrupt.get(number)
            if isinstance(body, Hand) and secrets is not None and blind_state(before).deck:
                place = blind_state(before).holders.index(number)
                points = decode_points(body.cards, 2 * len(blind_state(before).deck))
                index = blind_state(before).index(seat(before, entry))
                if index:
                    found[index] = points[2 * place + 1] - secrets.group * points[2 * place]
        return found

    def decrypt(self, cipher: Cipher, more: Mapping[int, Point] | None = None) -> Point:
        """Return what comes out with all that is at hand; the plaintext if that is enough, as t shares are."""
        if self.loot.joint:
            return cipher.v - self.loot.joint * cipher.u
        if cipher.u in self.loot.randomness:
            return cipher.v - self.loot.randomness[cipher.u] * joint_key(self.state)
        shares = {index: x * cipher.u for index, x in self.shares().items()} | self.published(cipher) | dict(more or {})
        chosen = dict(sorted(shares.items())[: blind_state(self.state).threshold])
        return plaintext(cipher, chosen)

    def box_of(self, giver: int) -> int | None:
        """Return the place of a giver's box among those delivered, if its envelope can be decrypted."""
        blind = blind_state(self.state)
        if giver not in blind.envelopes:
            return None
        row = blind.envelopes[giver].row
        box = b"".join(extract(self.decrypt(cipher))[:PIECE] for cipher in row)
        return blind.boxes.index(box) if box in blind.boxes else None

    def name(self, point: Point) -> int | None:
        """Return the player that a decrypted card names."""
        return next((p.number for p in self.state.players if p.number * BASE == point), None)

    # --- what permutations give -----------------------------------------------------------------

    def steps(self) -> History:
        """Return each entry with the state before it."""
        if not self.history:
            state = step(None, self.entries[0])
            for entry in self.entries[1:]:
                self.history.append((state, entry))
                state = apply(state, entry.post, entry.at, entry.hash, lambda claims: None)  # proven long ago
        return self.history

    def orders(self, number: int, deck: int) -> list[tuple[int, ...] | None]:
        """Return the permutations of one deck of a batch, mix by mix; None where the mixer is honest."""
        found: list[tuple[int, ...] | None] = []
        for before, entry in self.steps():
            body = entry.post.body
            if isinstance(body, Mix) and body.batch == number:
                mixer = seat(before, entry)
                found.append(
                    self._once(("order", entry.seq, deck), lambda b=before, m=mixer, p=body: self._order(b, m, deck, p))
                    if mixer in self.corrupt
                    else None
                )
        return found

    def _order(self, before: State, mixer: int, deck: int, body: Mix) -> tuple[int, ...]:
        decks = the_batch(before).decks or fresh_decks(before, len(body.rows) // (64 * len(present(before))))
        return replayed(before, self.corrupt[mixer], decks[deck], deck, body)

    def traced(self) -> dict[int, int]:
        """Follow the dealt deck through its mixes; mixers that are honest are taken to have changed nothing."""
        deal = next(p for p in blind_state(self.state).past if p.dealt is not None and p.kind is Kind.CARDS)
        holders = next(blind_state(s).holders for s, _ in self.steps() if s.blind and blind_state(s).deck)
        at = list(holders)
        for order in self.orders(deal.number, deal.dealt or 0):
            if order is not None:
                at = [at[place - 1] for place in order]
        return dict(zip(holders, at, strict=True))

    # --- the guess ------------------------------------------------------------------------------

    def guess(self, giver: int) -> int:
        """Return the recipient of a player: decrypted, or the best guess."""
        possible = self.possible(giver)
        if len(possible) == 1:
            return possible[0]
        found = self.name(self.decrypt(blind_state(self.state).slot(giver), self.handed(giver)))
        if found is not None:
            return found
        trace = self.traced().get(giver, 0)
        return trace if trace in possible else possible[0]

    # --- who gave to somebody who left ----------------------------------------------------------

    def before_leaving(self) -> tuple[State, int]:
        """Return the state in which somebody left after the deal, and the leaver's number."""
        before = next(
            before
            for before, entry in self.steps()
            if isinstance(entry.post.body, (Leave, Drop)) and before.blind is not None and before.blind.dealt_seq
        )
        (leaver,) = blind_state(self.state).gone - blind_state(before).gone
        return before, leaver

    def santas(self) -> dict[int, float]:
        """Return the chance of every player to have been the leaver's Santa: what corrupt cards, old and new, leave.

        It counts the deals that fit: all were equally likely, and the repair adds nothing but that it went through.
        """
        before, leaver = self.before_leaving()
        forbidden, old, new = set(before.forbidden), self.cards(before), self.cards()
        counts: Counter[int] = Counter()
        for deal in assignments(blind_state(before).holders, forbidden):
            repaired = {g: deal[leaver] if r == leaver else r for g, r in deal.items() if g != leaver}
            permitted = not any(pair in forbidden for pair in repaired.items())
            if permitted and old.items() <= deal.items() and new.items() <= repaired.items():
                counts.update(g for g, r in deal.items() if r == leaver)
        return {g: count / counts.total() for g, count in sorted(counts.items())}

    def tracks(self) -> list[tuple[int, int]]:
        """Follow the row that held the leaver, back through the bridge's mixes and forth through those of the order.

        Return for each way how many honest mixers were on it, and at which player it ends.
        """
        before, leaver = self.before_leaving()
        bridge, order = self._batches(Kind.BRIDGE), self._batches(Kind.ORDER)
        here = [p.number for p in present(bridge[0])]
        slot = blind_state(before).slot(leaver)
        row = next(place for place, r in enumerate(the_batch(order[0]).decks[0], 1) if r[1] == slot)
        back, back_orders = row, self.orders(the_batch(bridge[0]).number, 0)
        for one in reversed(back_orders):
            back = back if one is None else one[back - 1]
        forth, forth_orders = row, self.orders(the_batch(order[0]).number, 0)
        for one in forth_orders:
            forth = forth if one is None else one.index(forth) + 1
        end = the_batch(order[-1]).decks[0][forth - 1][1]
        opened = the_batch(self._batches(Kind.SCREEN)[0]).decks[0].index((end,))
        return [(back_orders.count(None), here[back - 1]), (forth_orders.count(None), here[opened])]

    def _batches(self, kind: Kind) -> list[State]:
        return [s for s, _ in self.steps() if s.blind and s.blind.batch is not None and s.blind.batch.kind is kind]

    def guess_santa(self) -> int:
        """Return who gave to the one who left and was bridged: known, decrypted, traced, or the best guess."""
        odds, (before, leaver) = self.santas(), self.before_leaving()
        if len(odds) == 1:
            return next(iter(odds))
        for giver in odds:
            if self.name(self.decrypt(blind_state(before).slot(giver))) == leaver:
                return giver
        tracks = sorted(self.tracks())
        if tracks[0][0] == 0:
            return tracks[0][1]
        best = max(odds.values())
        likely = [giver for giver, chance in odds.items() if chance == best]
        return next((end for _, end in tracks if end in likely), likely[0])


def assignments(numbers: Iterable[int], forbidden: set[tuple[int, int]]) -> Iterator[dict[int, int]]:
    """Yield all assignments of these players without a forbidden pair."""
    here = list(numbers)
    for order in permutations(here):
        if not any(pair in forbidden for pair in zip(here, order, strict=True)):
            yield dict(zip(here, order, strict=True))


def seat(state: State, entry: Entry) -> int:
    """Return the number of an entry's author, 0 for somebody who does not play."""
    found = state.player(entry.post.body.by)
    return 0 if found is None else found.number


def replayed(state: State, secrets: PlayerSecrets, deck: Deck, number: int, body: Mix) -> tuple[int, ...]:
    """Return the permutation that a corrupt mixer used, computed anew and checked against what it posted."""
    after, witness = trustee._mixed(state, secrets, the_batch(state), number, deck)
    width = len(deck[0])
    size = 64 * len(deck) * width
    assert encode_rows(after) == body.rows[number * size : (number + 1) * size]
    assert claimed_rows(encode_rows(after), len(deck), width) == after
    return witness.permutation


def interpolated(shares: Mapping[int, int]) -> int:
    """Return f(0) of the polynomial through these shares."""
    return sum(factor * shares[index] for index, factor in lagrange(shares).items())


# --- many games for it --------------------------------------------------------------------------


@dataclass
class Tally:
    """How much oftener than by right a program guesses rightly, over many games, each seized in many ways.

    Guesses in one game depend on each other; games do not. So what counts is each game's sum D of (1 if right, else 0)
    less the chance by right. Without a leak D has mean 0, and ΣD divided by the root of ΣD² is about normally
    distributed, however D's parts hang together. `fair` allows ±3.29: an honest run fails with probability 1/1000.
    As all games are seeded, this is decided once, and not anew in each run.
    """

    guesses: int = 0
    right: int = 0
    by_right: float = 0  #: how many would be right on average
    sums: list[float] = field(default_factory=list)
    _sum: float = 0

    def add(self, right: bool, chance: float) -> None:
        """Count a guess in the present game."""
        self.guesses, self.right, self.by_right = self.guesses + 1, self.right + right, self.by_right + chance
        self._sum += right - chance

    def end_of_game(self) -> None:
        """Go on to the next game."""
        self.sums.append(self._sum)
        self._sum = 0

    @property
    def spread(self) -> float:
        """The standard deviation of `right`, as the games themselves show it."""
        return math.sqrt(sum(d * d for d in self.sums))

    @property
    def smallest(self) -> float:
        """How much of all guesses must be right beyond chance to be noticed."""
        return 3.29 * self.spread / self.guesses

    @property
    def fair(self) -> bool:
        """Whether the guesses were right as often as chance makes them, and no oftener, nor less often."""
        return self.guesses > 0 and abs(sum(self.sums)) < 3.29 * self.spread


class Quick(Simulator):
    """A simulator that checks no equation, as its trustees are honest, and remembers how the game went."""

    def __post_init__(self) -> None:
        self.history: History = []
        self.memo_of_spies: dict[Any, Any] = {}
        super().__post_init__()

    def order(self, post: SignedPost) -> Entry:
        verify_post(post)
        before = self.current
        seq, prev = (0, NO_ENTRY) if before is None else (len(before.chain), before.head)
        after = apply(before, post, self.now, entry_hash(seq, self.now, prev, post), lambda claims: None)
        entry = self.force(post)
        if before is not None:
            self.history.append((before, entry))
        self.current = after
        return entry

    def seized(self, *names: str, loot: Loot | None = None) -> Spy:
        """Return a spy with everything that the server has, the seeds of these players, and loot.

        All spies on a game share what they work out: a result stands under the name of the one whose seed it takes.
        """
        numbers = {p.name: p.number for p in self.state.players}
        corrupt = {numbers[name]: self.players[name] for name in names}
        return Spy(self.entries, self.state, corrupt, loot or Loot(), self.history, self.memo_of_spies)


_MADE: dict[Any, Any] = {}  # proofs by form, and shares of the joint secret by game and trustee


@contextmanager
def sparing() -> Iterator[None]:
    """Let trustees make one proof of each form, and use it again and again, and work out their shares once.

    For games whose equations nobody checks. Everything else in them, decks and hands above all, is what it is with
    proofs of their own, as no secret but the masks of a proof takes fresh randomness; three times as many are played.
    """
    shuffle, linear, own = trustee.prove_shuffle, trustee.prove_linear, trustee.own_share

    def once(key: object, work: Callable[[], Any]) -> Any:
        return _MADE[key] if key in _MADE else _MADE.setdefault(key, work())

    def one_shuffle(statement: Any, *secret: Any) -> Any:
        return once((statement.rows, statement.width), lambda: shuffle(statement, *secret))

    def one_linear(statement: Any, *secret: Any) -> Any:
        form = (type(statement), statement.announced, statement.witnesses)
        return once(form, lambda: linear(statement, *secret))

    def one_share(state: State, secrets: PlayerSecrets, me: Any, index: int) -> Any:
        key = (state.game, state.round, blind_state(state).keys_seq, secrets.seed)
        return once(key, lambda: own(state, secrets, me, index))

    with patch.multiple(trustee, prove_shuffle=one_shuffle, prove_linear=one_linear, own_share=one_share):
        yield
