"""Who a client acts for: an identity's secrets, and what its owner wants. Thin: duties are in `roles/`."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Protocol

from sealed_santa.base.errors import YOU, KeyMissingError
from sealed_santa.crypto.signing import SigningKey
from sealed_santa.game.state import State
from sealed_santa.log.entry import SignedPost, sign_post
from sealed_santa.log.fields import SignKey
from sealed_santa.log.posts import Join, Post
from sealed_santa.net.identity import Identity, Keepsake, Kept
from sealed_santa.roles.player import Intent, Owed, duties, knowledge, make_join, rank
from sealed_santa.roles.secrets import OrganiserSecrets, PlayerSecrets

Entropy = Callable[[int], bytes]


class Party(Protocol):
    """What the loop needs to know of the party it acts for."""

    @property
    def key(self) -> SignKey:
        """The party's public identity in this game."""

    def rank(self, state: State) -> int:
        """Return how many others may do before this party what it owes now; 0 for most of it."""

    def owed(self, state: State, *, hold_coins: bool) -> Owed:
        """Return what the party owes now; may take a second."""

    def sign(self, body: Post) -> SignedPost:
        """Sign a body as this party."""


@dataclass(repr=False)
class PlayerParty:
    """A player; `intent` is what its owner wants, and may be replaced at any time."""

    secrets: PlayerSecrets
    invite: SigningKey | None = None
    intent: Intent = field(default_factory=Intent)
    entropy: Entropy = os.urandom

    @property
    def key(self) -> SignKey:
        """The player's public identity in this game."""
        return self.secrets.key

    def rank(self, state: State) -> int:
        """Return how many other trustees may do before this one what it owes now."""
        return rank(state, self.secrets.key)

    def owed(self, state: State, *, hold_coins: bool) -> Owed:
        """Return what the player owes now."""
        return duties(state, self.secrets, replace(self.intent, hold_coins=hold_coins), self.entropy)

    def sign(self, body: Post) -> SignedPost:
        """Sign a body; a join is countersigned with the invite key.

        Raises:
            KeyMissingError: `invite.missing`.
        """
        if not isinstance(body, Join):
            return sign_post(body, self.secrets.signing)
        return sign_post(body, self.secrets.signing, self._invite())

    def join(self, state: State, name: str, wish: str) -> Join:
        """Return the player's join; raises as `sign`."""
        invite = SignKey(self._invite().public().raw)
        return make_join(self.secrets, invite, state.head, name, wish, state.mode)

    def _invite(self) -> SigningKey:
        if self.invite is None:
            raise KeyMissingError("invite.missing", "to join, an invite is needed", blame=YOU, hint="ask the organiser")
        return self.invite


@dataclass(repr=False)
class OrganiserParty:
    """Whoever made the game; owes nothing by itself."""

    secrets: OrganiserSecrets

    @property
    def key(self) -> SignKey:
        """The organiser's public identity in this game."""
        return self.secrets.key

    def rank(self, state: State) -> int:
        """Return 0."""
        return 0

    def owed(self, state: State, *, hold_coins: bool) -> Owed:
        """Return nothing: all that an organiser does is somebody's wish."""
        return Owed()

    def sign(self, body: Post) -> SignedPost:
        """Sign a body."""
        return sign_post(body, self.secrets.signing)


@dataclass(frozen=True)
class RetiredParty:
    """Whoever took part in a game that is over, with keys that are deleted; owes and says nothing."""

    key: SignKey

    def rank(self, state: State) -> int:
        """Return 0."""
        return 0

    def owed(self, state: State, *, hold_coins: bool) -> Owed:
        """Return nothing."""
        return Owed()

    def sign(self, body: Post) -> SignedPost:
        """Refuse to sign.

        Raises:
            KeyMissingError: `key.deleted`.
        """
        raise KeyMissingError("key.deleted", "the game is over, and its keys were deleted here", blame=YOU)


def keepsake_of(party: Party, state: State) -> Keepsake:
    """Return what the owner of a party has learned so far."""
    if not isinstance(party, PlayerParty):
        return Keepsake(key=party.key)
    known = knowledge(state, party.secrets)
    parcel = known.parcel
    return Keepsake(
        key=party.key,
        recipient=None if known.recipient is None else known.recipient.name,
        delivered=parcel is not None,
        gift=None if parcel is None else parcel.gift,
        note=None if parcel is None else parcel.note,
        santa=None if known.santa is None else known.santa.name,
        more=tuple(Kept(gift=p.gift, note=p.note) for p in known.more),
    )


def retire(identity: Identity, party: Party, state: State) -> None:
    """Delete an identity's seed after its game, and keep what its owner learned (docs/protocol.md, section 8)."""
    if not isinstance(party, RetiredParty):
        identity.retire(keepsake_of(party, state))


def party_of(identity: Identity, entropy: Entropy = os.urandom) -> PlayerParty | OrganiserParty | RetiredParty:
    """Return the party that an open identity is."""
    profile = identity.profile
    if identity.keepsake is not None:
        return RetiredParty(identity.keepsake.key)
    if profile.role == "organiser":
        return OrganiserParty(OrganiserSecrets(identity.seed))
    invitation = profile.invitation
    invite = None if invitation is None else invitation.key
    return PlayerParty(PlayerSecrets(identity.seed, profile.game), invite, entropy=entropy)
