"""Every domain-separation label, in one registry (docs/protocol.md, section 2.3).

A label is used for one purpose only. Each is written out whole, so that a search for the bytes
finds the one place that uses them; a test shows that they are pairwise different.
"""

from __future__ import annotations

from enum import StrEnum

VERSION = "sealed-santa/1"
MODE_NAMES = frozenset({"sealed", "blind"})  # the modes that this version knows; `game/modes.py` says what they are


class Label(StrEnum):
    """Domain-separation labels; hashed and signed as their ASCII bytes."""

    # log
    GAME = "sealed-santa/1/game"
    POST = "sealed-santa/1/post"
    POST_SIGNATURE = "sealed-santa/1/post-signature"
    COUNTERSIGNATURE = "sealed-santa/1/countersignature"
    ENTRY = "sealed-santa/1/entry"
    ENTRY_SIGNATURE = "sealed-santa/1/entry-signature"
    # game
    ROSTER = "sealed-santa/1/roster"
    COIN = "sealed-santa/1/coin"
    SEED = "sealed-santa/1/seed"
    DEAL = "sealed-santa/1/deal"
    WORDS = "sealed-santa/1/words"
    GIFT = "sealed-santa/1/gift"
    TRUSTEES = "sealed-santa/1/trustees"
    # decks and cards
    DECK_PERMUTATION = "sealed-santa/1/deck-permutation"
    DECK_BLINDING = "sealed-santa/1/deck-blinding"
    # proofs
    GENERATOR = "sealed-santa/1/generator"
    PROOF_SESSION = "sealed-santa/1/proof-session"
    PROOF_PERMUTATION = "sealed-santa/1/proof/permutation"
    PROOF_EXCLUSION = "sealed-santa/1/proof/exclusion"
    PROOF_POSSESSION = "sealed-santa/1/proof/possession"
    PROOF_SHUFFLE = "sealed-santa/1/proof/shuffle"
    PROOF_BLINDING = "sealed-santa/1/proof/blinding"
    PROOF_DECRYPTION = "sealed-santa/1/proof/decryption"
    PROOF_HAND = "sealed-santa/1/proof/hand"
    PROOF_ENVELOPE = "sealed-santa/1/proof/envelope"
    PROOF_NONCE = "sealed-santa/1/proof-nonce"
    PROOF_WEIGHTS = "sealed-santa/1/proof-weights"
    # sealing (HPKE info)
    SEAL_CARD = "sealed-santa/1/seal/card"
    SEAL_CHOICE = "sealed-santa/1/seal/choice"
    SEAL_NOTE = "sealed-santa/1/seal/note"
    SEAL_INNER = "sealed-santa/1/seal/inner"
    SEAL_ENVELOPE = "sealed-santa/1/seal/envelope"
    SEAL_REVEAL = "sealed-santa/1/seal/reveal"
    SEAL_SHARE = "sealed-santa/1/seal/share"
    SEAL_GIFT = "sealed-santa/1/seal/gift"
    # secrets of a party, derived from its seed; never leave it, so not part of the protocol
    KEY_SIGN = "sealed-santa/1/key/sign"
    KEY_CARD = "sealed-santa/1/key/card"
    KEY_GIFT = "sealed-santa/1/key/gift"
    KEY_REVEAL = "sealed-santa/1/key/reveal"
    KEY_COIN = "sealed-santa/1/key/coin"
    KEY_DECK = "sealed-santa/1/key/deck"
    KEY_CARD_BLINDING = "sealed-santa/1/key/card-blinding"
    KEY_GIFT_CHOICE = "sealed-santa/1/key/gift-choice"
    KEY_GIFT_NOTE = "sealed-santa/1/key/gift-note"
    KEY_SUGGESTIONS = "sealed-santa/1/key/suggestions"
    KEY_GROUP = "sealed-santa/1/key/group"
    KEY_POLYNOMIAL = "sealed-santa/1/key/polynomial"
    KEY_MIX = "sealed-santa/1/key/mix"
    KEY_BLINDING = "sealed-santa/1/key/blinding"
    KEY_HAND = "sealed-santa/1/key/hand"
    KEY_ENVELOPE = "sealed-santa/1/key/envelope"
