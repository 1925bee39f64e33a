"""Safety words: which bits make which word, and that the list is the one the protocol names."""

import pytest

from sealed_santa.base.errors import LocalDamageError
from sealed_santa.crypto.words import check_word_list, safety_words, word_list


def digest(bits: str) -> bytes:
    return int(bits.ljust(256, "0"), 2).to_bytes(32, "big")


def test_the_list_has_2048_words_told_apart_by_four_letters():
    words = word_list()
    assert len(words) == 2048
    assert len({word[:4] for word in words}) == 2048
    assert (words[0], words[1], words[2047]) == ("abandon", "ability", "zoo")


@pytest.mark.parametrize(
    ("bits", "words"),
    [
        ("", ("abandon", "abandon", "abandon")),
        ("1" * 33, ("zoo", "zoo", "zoo")),
        ("0" * 33 + "1" * 223, ("abandon", "abandon", "abandon")),  # later bits do not count
        ("0" * 10 + "1", ("ability", "abandon", "abandon")),
        ("0" * 21 + "1", ("abandon", "ability", "abandon")),
        ("0" * 32 + "1", ("abandon", "abandon", "ability")),
        ("1" * 11, ("zoo", "abandon", "abandon")),
        ("0" * 11 + "1" * 11, ("abandon", "zoo", "abandon")),
    ],
)
def test_the_first_33_bits_make_the_words(bits, words):
    assert safety_words(digest(bits)) == words


def test_every_one_of_the_first_33_bits_changes_the_words():
    plain = safety_words(digest(""))
    seen = {safety_words(digest("0" * k + "1")) for k in range(33)}
    assert len(seen) == 33
    assert plain not in seen


@pytest.mark.parametrize("length", [0, 4, 5, 31])
def test_a_short_digest_is_a_mistake(length):
    with pytest.raises(ValueError, match="32 bytes"):
        safety_words(bytes(length))


@pytest.mark.parametrize(
    "spoil",
    [
        lambda words: words[:-1],
        lambda words: [*words, "zoom"],
        lambda words: words[::-1],
        lambda words: [words[1], words[0], *words[2:]],
        lambda words: ["abandoned", *words[1:]],
        lambda words: [],
    ],
)
def test_another_list_is_refused(spoil):
    words = list(word_list())
    assert check_word_list(words) == tuple(words)
    with pytest.raises(LocalDamageError) as error:
        check_word_list(spoil(words))
    assert error.value.code == "words.list-damaged"
