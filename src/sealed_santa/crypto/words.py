"""Safety words: a digest as three words that people compare by voice (docs/protocol.md, section "Safety words").

The list is the English one of BIP-39: 2048 words, told apart by their first four letters. It comes
from the package `mnemonic`, and its hash is pinned: two people with different lists would be told of
an attack where there is none.
"""

from __future__ import annotations

import hashlib
from functools import cache
from typing import Final

from sealed_santa.base.errors import LocalDamageError

WORD_BITS: Final = 11
WORDS: Final = 3
WORD_LIST_SHA256: Final = "2f5eed53a4727b4bf8880d8f3f199efc90e58503646d9ff8eff3a2ed3b24dbda"


def safety_words(digest: bytes) -> tuple[str, str, str]:
    """Return the words of the first 33 bits of a digest: most significant bit first, 11 bits a word.

    Raises:
        ValueError: the digest has fewer than 32 bytes.
        LocalDamageError: `words.list-damaged`, see word_list.
    """
    if len(digest) < 32:
        raise ValueError("safety words are made of a digest of at least 32 bytes")
    bits = int.from_bytes(digest[:5], "big") >> (40 - WORDS * WORD_BITS)
    words = word_list()
    mask = len(words) - 1
    return words[bits >> 2 * WORD_BITS], words[bits >> WORD_BITS & mask], words[bits & mask]


@cache
def word_list() -> tuple[str, ...]:
    """Return the 2048 words.

    Raises:
        LocalDamageError: `words.list-damaged`; the installed list is not the one that the protocol names.
    """
    from mnemonic import Mnemonic  # 20 ms, needed once a game

    words: list[str] = Mnemonic("english").wordlist
    return check_word_list(words)


def check_word_list(words: list[str]) -> tuple[str, ...]:
    """Return the words if the SHA-256 of each word with a newline behind it is the pinned one.

    Raises:
        LocalDamageError: `words.list-damaged`.
    """
    if hashlib.sha256("".join(f"{word}\n" for word in words).encode("utf-8")).hexdigest() != WORD_LIST_SHA256:
        raise LocalDamageError(
            "words.list-damaged",
            "the list of safety words is not the one that the protocol names",
            hint="install the package mnemonic again",
        )
    return tuple(words)
