"""What a server and some trustees together can find out of a blind game: a program that uses all that they hold.

`Spy` holds everything that the server has (the log and the state that follows from it) and the seeds of
some players. It is one and the same program whatever it is given: with enough seeds it opens every card,
with fewer it makes the best guess that its authors could think of.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import permutations

from sealed_santa.crypto.elgamal import Cipher, claimed_rows, encode_rows, extract, plaintext
from sealed_santa.crypto.group import BASE, Point, decode_points
from sealed_santa.crypto.sharing import lagrange
from sealed_santa.game.batches import PIECE, Deck, Kind
from sealed_santa.game.mixing import read_hand
from sealed_santa.game.replay import step
from sealed_santa.game.rules import apply
from sealed_santa.game.stages import blind_state, fresh_decks, present, the_batch
from sealed_santa.game.state import State
from sealed_santa.log.entry import Entry
from sealed_santa.log.posts import Hand, Mix, OpeningPost
from sealed_santa.roles import trustee
from sealed_santa.roles.secrets import PlayerSecrets


@dataclass
class Spy:
    """The log as the server has it, the state at its end, and the secrets of corrupt players by number."""

    entries: list[Entry]
    state: State
    corrupt: Mapping[int, PlayerSecrets]
    history: list[tuple[State, Entry]] = field(default_factory=list)

    # --- what is known by right -----------------------------------------------------------------

    def cards(self) -> dict[int, int]:
        """Return what corrupt players' own cards say."""
        found = {}
        for number, secrets in self.corrupt.items():
            to = read_hand(self.state, number, secrets.group)
            if to is not None:
                found[number] = to
        return found

    def possible(self, giver: int) -> list[int]:
        """Return whom this player may give to, by the corrupt players' cards and the forbidden pairs alone."""
        here = [p.number for p in present(self.state)]
        own, forbidden = self.cards(), set(self.state.forbidden)
        fits = (
            dict(zip(here, order, strict=True))
            for order in permutations(here)
            if not any(pair in forbidden for pair in zip(here, order, strict=True))
        )
        return sorted({f[giver] for f in fits if all(f[g] == r for g, r in own.items())})

    # --- what secrets give ----------------------------------------------------------------------

    def shares(self) -> dict[int, int]:
        """Return the corrupt trustees' shares of the joint secret, by index."""
        blind = blind_state(self.state)
        found = {}
        for number, secrets in self.corrupt.items():
            index = blind.trustees.index(number) + 1
            share = trustee.own_share(self.state, secrets, self.state.players[number - 1], index)
            if share is not None:
                found[index] = share
        return found

    def published(self, cipher: Cipher) -> dict[int, Point]:
        """Return decryption shares of this ciphertext that the log holds: whatever was opened with its u."""
        found: dict[int, Point] = {}
        for before, entry in self.steps():
            body = entry.post.body
            if isinstance(body, OpeningPost):
                opened = the_batch(before).opened()
                index = blind_state(before).index(seat(before, entry))
                points = decode_points(body.shares, len(opened))
                same = [d for c, d in zip(opened, points, strict=True) if c.u == cipher.u]
                if index and same:
                    found[index] = same[0]
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
        """Return what comes out with all decryption shares at hand; the plaintext if there are t of them."""
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

    def steps(self) -> list[tuple[State, Entry]]:
        """Return each entry with the state before it."""
        if not self.history:
            state = step(None, self.entries[0])
            for entry in self.entries[1:]:
                self.history.append((state, entry))
                state = apply(state, entry.post, entry.at, entry.hash, lambda claims: None)  # proven long ago
        return self.history

    def traced(self, states: Iterable[tuple[State, Entry]]) -> dict[int, int]:
        """Follow the dealt deck through its mixes; mixers that are honest are taken to have changed nothing."""
        deal = next(p for p in blind_state(self.state).past if p.dealt is not None and p.kind is Kind.CARDS)
        number, chosen = deal.number, deal.dealt or 0
        at: list[int] = []
        for before, entry in states:
            body = entry.post.body
            if not isinstance(body, Mix) or body.batch != number:
                continue
            batch, rows = the_batch(before), len(present(before))
            decks = batch.decks or fresh_decks(before, len(body.rows) // (64 * rows))
            at = at or [p.number for p in present(before)]
            corrupt = self.corrupt.get(seat(before, entry))
            if corrupt is not None:
                order = replayed(before, corrupt, decks[chosen], chosen, body)
                at = [at[place - 1] for place in order]
        return dict(zip(blind_state(self.state).holders, at, strict=True))

    # --- the guess ------------------------------------------------------------------------------

    def guess(self, giver: int) -> int:
        """Return the recipient of a player: decrypted, or the best guess."""
        possible = self.possible(giver)
        if len(possible) == 1:
            return possible[0]
        found = self.name(self.decrypt(blind_state(self.state).slot(giver), self.handed(giver)))
        if found is not None:
            return found
        trace = self.traced(self.steps()).get(giver, 0)
        return trace if trace in possible else possible[0]


def seat(state: State, entry: Entry) -> int:
    """Return the number of an entry's author, 0 for somebody who does not play."""
    found = state.player(entry.post.body.by)
    return 0 if found is None else found.number


def replayed(state: State, secrets: PlayerSecrets, deck: Deck, number: int, body: Mix) -> tuple[int, ...]:
    """Return the permutation that a corrupt mixer used, computed anew and checked against what it posted."""
    after, witness = trustee._mixed(state, secrets, the_batch(state), number, deck)
    size = 64 * len(deck)
    assert encode_rows(after) == body.rows[number * size : (number + 1) * size]
    assert claimed_rows(encode_rows(after), len(deck), 1) == after
    return witness.permutation


def interpolated(shares: Mapping[int, int]) -> int:
    """Return f(0) of the polynomial through these shares."""
    return sum(factor * shares[index] for index, factor in lagrange(shares).items())
