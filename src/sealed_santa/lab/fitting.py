"""A dealer that looks for decks that fit coins which it knows already (docs/protocol.md, sections 5.4 to 5.6).

It has what a real dealer has before its decks are in the log, and coins that it should not know yet.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from sealed_santa.crypto.commitments import deck_from_key
from sealed_santa.game.draw import deal_order
from sealed_santa.lab import stage
from sealed_santa.lab.simulator import Simulator
from sealed_santa.log.entry import entry_hash, sign_post
from sealed_santa.log.fields import Coin, Hash
from sealed_santa.roles import dealer
from sealed_santa.roles.secrets import DealerSecrets

WANTED: Final = {1: 2, 2: 1, 3: 4, 4: 3}  # recipient by giver, as such a dealer would have it
_SEEDS: Final = 400


def foreseen(game: Simulator, seed: bytes, coins: Mapping[bytes, Coin]) -> dict[int, int]:
    """Return the assignment if the dealer has this seed and posts its decks now, and these coins are opened then."""
    state, secrets = game.state, DealerSecrets(seed, game.server)
    body = dealer.make_deck(state, secrets)
    seq, n = len(state.chain), len(state.players)
    digest = entry_hash(seq, game.now, state.head, sign_post(body, game.server))
    later = replace(state, chain=state.chain.append(digest), deck=body, deck_seq=seq, coins=coins)
    t, _ = dealer.standing_deck(later, secrets)
    values, _ = deck_from_key(secrets.deck_key(state.game, state.round, state.roster or Hash(bytes(32)), t), n)
    order = deal_order(later.joint_seed(), t, n)
    return {p.number: values[order[p.number - 1] - 1] for p in state.players}


def seed_for(game: Simulator, coins: Mapping[bytes, Coin]) -> bytes:
    """Return the first seed with which these coins give what the dealer wants.

    Raises:
        UndecidedError: `lab.unshown`.
    """
    for k in range(_SEEDS):
        seed = k.to_bytes(32, "big")
        if foreseen(game, seed, coins) == WANTED:
            return seed
    raise stage.unshown("no seed among many gives what the dealer wants")


def dealt(game: Simulator) -> dict[int, int]:
    """Return what was dealt, or nothing before the deal."""
    return dealer.recipients(game.state, game.dealer)
