"""Guessing every pair from what a party has: read, decrypt or work out what can be, and guess the rest.

A guesser takes what it can read or decrypt, then what the log says, then a hint from sizes on the wire; whatever is
left it guesses as well as the rules allow, and breaks ties by lot. It has its view and nothing else.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache

from sealed_santa.classic import lines as classic_lines
from sealed_santa.classic.lines import Say
from sealed_santa.crypto.commitments import deck_from_key
from sealed_santa.crypto.elgamal import plaintext
from sealed_santa.crypto.group import BASE
from sealed_santa.game.draw import deal_order
from sealed_santa.game.state import Phase, Player, State
from sealed_santa.game.verdicts import pairs as revealed_pairs
from sealed_santa.lab.assignments import Pairs, as_pairs, completions, likeliest
from sealed_santa.lab.recorder import Packet
from sealed_santa.roles import dealer
from sealed_santa.roles.player import Knowledge, knowledge
from sealed_santa.roles.secrets import DealerSecrets, PlayerSecrets
from sealed_santa.roles.trustee import own_share


@dataclass(frozen=True, slots=True, repr=False)
class Memo:
    """What players have opened, by the head of their log: it saves opening it again for another party."""

    told: dict[tuple[bytes, bytes], Knowledge] = field(default_factory=dict)
    shares: dict[tuple[bytes, bytes], int | None] = field(default_factory=dict)  #: by joint key and player


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class View:
    """What a party has at a moment. `lot` decides ties, and is nobody's secret."""

    names: tuple[str, ...]
    forbidden: Pairs
    numbers: tuple[int, ...] = ()  #: of the players that the party consists of
    packets: tuple[Packet, ...] = ()
    state: State | None = None
    memory: Mapping[int, int] = field(default_factory=dict)  #: what a classic server has in memory
    dealer: DealerSecrets | None = None
    players: tuple[PlayerSecrets, ...] = ()
    lot: str = ""
    memo: Memo = field(default_factory=Memo)

    @property
    def n(self) -> int:
        """The number of players."""
        return len(self.names)


def certain(view: View) -> dict[int, int]:
    """Return the pairs that a party can read, decrypt or look up: recipient by giver."""
    known: dict[int, int] = {}
    for read in (read_lines, read_memory, read_cards, read_decks, read_with_shares, read_log):
        known |= read(view)
    return known


def guess(view: View) -> dict[int, int]:
    """Return a recipient for every giver: what is certain, and the best guess for the rest."""
    known = certain(view)
    if any(r not in range(1, view.n + 1) for r in known.values()) or not fits(view, known):
        raise ValueError("what a view says contradicts itself")
    hints = hints_of_traffic(view.packets, view.n)
    best = likeliest(view.n, view.forbidden, as_pairs(known))
    rest = {g: _among(choices, hints.get(g), f"{view.lot}/{g}") for g, choices in enumerate(best, 1) if g not in known}
    return known | rest


def fits(view: View, known: Mapping[int, int]) -> bool:
    """Tell whether some permitted assignment has these pairs."""
    return bool(completions(view.n, view.forbidden, as_pairs(known)))


def _among(choices: Sequence[int], hint: int | None, lot: str) -> int:
    if hint is not None and hint in choices:
        return hint
    digest = hashlib.sha256(lot.encode()).digest()
    return choices[int.from_bytes(digest[:16], "little") % len(choices)]


def read_lines(view: View) -> dict[int, int]:
    """Read plain text off the wire: who took which name, and who was told what."""
    found, names = {}, {name: number for number, name in enumerate(view.names, 1)}
    for packet in view.packets:
        line = None if packet.up or packet.plain is None else _line(packet.plain)
        if line is None:
            continue
        said, fields = line
        if said is Say.GIVE:
            found[packet.connection] = names[fields["name"]]
        elif said is Say.SANTA:
            found[names[fields["name"]]] = packet.connection
    return found


@lru_cache(maxsize=4096)  # the same few lines come in every game
def _line(raw: bytes) -> tuple[Say, dict[str, str]] | None:
    return classic_lines.read(raw.decode().rstrip("\n"))


def read_memory(view: View) -> dict[int, int]:
    """Look into the memory of a classic server."""
    return dict(view.memory)


def read_cards(view: View) -> dict[int, int]:
    """Open what was sealed to the players of a coalition: their recipients, and at the end their Santas."""
    found: dict[int, int] = {}
    if view.state is None:
        return found
    for number, secrets in zip(view.numbers, view.players, strict=True):
        told = view.memo.told.get((view.state.head, secrets.key))
        if told is None:
            told = view.memo.told[view.state.head, secrets.key] = knowledge(view.state, secrets)
        if told.recipient is not None:
            found[number] = told.recipient.number
        if told.santa is not None:
            found[told.santa.number] = number
    return found


def read_decks(view: View) -> dict[int, int]:
    """Work out the deal from the dealer's seed, as the dealer does, as soon as all coins are open or of this party."""
    if view.dealer is None or view.state is None or not view.state.mode.dealer:
        return {}
    if view.state.phase is Phase.COINS:
        return deal_to_come(view.state, view.dealer, view.players)
    return dealer.recipients(view.state, view.dealer)


def deal_to_come(state: State, secrets: DealerSecrets, players: Iterable[PlayerSecrets]) -> dict[int, int]:
    """Return what will be dealt when these players open their coins: recipient by giver.

    The coin of a player is fixed since its join, so it knows its own before it opens it. Nothing is returned while
    another coin is missing, or if all decks will be out.
    """
    coins = dict(state.coins)
    coins.update({p.key: p.coin(state.round) for p in players if p.key not in coins})
    state = replace(state, coins=coins)
    if state.missing_coins() or state.deck is None or state.roster is None:
        return {}
    t, _ = dealer.standing_deck(state, secrets)
    if t == state.deck.commitments.count():
        return {}
    values, _ = deck_from_key(secrets.deck_key(state.game, state.round, state.roster, t), len(state.players))
    order = deal_order(state.joint_seed(), t, len(state.players))
    return {p.number: values[order[p.number - 1] - 1] for p in state.players}


def read_with_shares(view: View) -> dict[int, int]:
    """Decrypt all cards of a blind game with the shares of t trustees; with fewer there is nothing to be had."""
    blind = None if view.state is None else view.state.blind
    if blind is None or view.state is None or not blind.deck:
        return {}
    shares = {}
    for number, secrets in zip(view.numbers, view.players, strict=True):
        index, me = blind.index(number), view.state.player(secrets.key)
        x = None if index is None or me is None else _share(view, secrets, me, index)
        if index is not None and x is not None:
            shares[index] = x
    if len(shares) < blind.threshold:
        return {}
    least = dict(sorted(shares.items())[: blind.threshold])
    names = {number * BASE: number for number in blind.holders}
    cards = {holder: blind.slot(holder) for holder in blind.holders}
    return {g: names[plaintext(card, {i: x * card.u for i, x in least.items()})] for g, card in cards.items()}


def _share(view: View, secrets: PlayerSecrets, me: Player, index: int) -> int | None:
    state = view.state
    if state is None or state.blind is None or state.blind.joint is None:
        return None
    key = state.blind.joint.raw, bytes(secrets.key)
    if key not in view.memo.shares:
        view.memo.shares[key] = own_share(state, secrets, me, index)
    return view.memo.shares[key]


def read_log(view: View) -> dict[int, int]:
    """Take from the log what it says to everybody."""
    if view.state is None:
        return {}
    blind = view.state.blind
    return dict(revealed_pairs(view.state) if blind is None else blind.pairs)


def hints_of_traffic(packets: Iterable[Packet], n: int) -> dict[int, int]:
    """Guess from sizes who sent what somebody else received: recipient by giver, where the wire singles out two people.

    Since the last player came in, what a player sent beyond all others is compared with what each was sent beyond
    all others. Where things are padded and sent to everybody, nothing is beyond the others and there is no hint.
    """
    packets = tuple(packets)
    start = max((p.at for p in _first_of_each(packets)), default=0)
    sizes: dict[tuple[int, bool], Counter[int]] = {(k, up): Counter() for k in range(1, n + 1) for up in (False, True)}
    for p in packets:
        if p.at > start and p.connection:
            sizes[p.connection, p.up][p.size] += 1
    odd = {key: frozenset(_beyond(sizes, *key, n).elements()) for key in sizes}
    found = {}
    for giver in range(1, n + 1):
        like = [r for r in range(1, n + 1) if r != giver and odd[giver, True] and odd[giver, True] == odd[r, False]]
        if len(like) == 1:
            found[giver] = like[0]
    return found


def _first_of_each(packets: Iterable[Packet]) -> Iterable[Packet]:
    seen: dict[int, Packet] = {}
    for p in packets:
        seen.setdefault(p.connection, p)
    return seen.values()


def _beyond(sizes: Mapping[tuple[int, bool], Counter[int]], number: int, up: bool, n: int) -> Counter[int]:
    others = [sizes[k, up] for k in range(1, n + 1) if k != number]
    return Counter({
        size: times - most
        for size, times in sizes[number, up].items()
        if times > (most := max(other[size] for other in others))
    })  # fmt: skip
