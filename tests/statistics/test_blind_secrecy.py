"""Whoever seizes the server and t - 1 trustees guesses pairs as if it had seized nothing; with t it knows them all.

Games of four players, of whom Cem and Dot are corrupt: t = 3 of 4 trustees are needed. By right they know
their own two cards. In five of nine assignments these fix the other two; such games are left out. In the
other games two assignments are left, equally likely, and no program should be right more often than in
half of them. The check fails by chance with probability below 2·10⁻⁴ (Hoeffding: of m games, m/2 ± √(m·4.61)
are right; two-sided 2·exp(−2·4.61)); as the games are seeded, it always runs the same.
"""

from __future__ import annotations

import hashlib
import inspect
import math
import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from functools import cache
from typing import Any

import msgspec
import pytest

from blind_cases import THREE_DECKS, advance, blind, blind_at, joint_secret, me, secret_pairs, share
from blind_spy import Spy, interpolated
from game_cases import NAMES
from sealed_santa.base.canon import b64
from sealed_santa.crypto.elgamal import plaintext
from sealed_santa.crypto.group import BASE, IDENTITY, ORDER, encode_scalars
from sealed_santa.crypto.sharing import lagrange
from sealed_santa.game.replay import fold
from sealed_santa.game.rules import apply
from sealed_santa.game.state import Phase
from sealed_santa.lab.simulator import Simulator
from sealed_santa.log.archive import parse_transcript
from sealed_santa.log.entry import NO_ENTRY, Entry, SignedPost, entry_hash, verify_post
from sealed_santa.roles import dealer, keeper, trustee
from sealed_santa.roles.secrets import PlayerSecrets

CORRUPT, THIRD = ("Cem", "Dot"), "Bob"


class Quick(Simulator):
    """A simulator that does not check equations: its trustees are honest, and it plays many games."""

    def order(self, post: SignedPost) -> Entry:
        verify_post(post)
        state = self.current
        seq, prev = (0, NO_ENTRY) if state is None else (len(state.chain), state.head)
        after = apply(state, post, self.now, entry_hash(seq, self.now, prev, post), lambda claims: None)
        entry = self.force(post)
        self.current = after
        return entry


@cache
def dealt(k: int) -> Simulator:
    """Return a game whose cards are dealt."""
    game = Quick(f"secrecy {k}", NAMES, {"mode": "blind", "blind": THREE_DECKS, "reveal": "never"}).fill().start()
    return advance(game, lambda s: s.phase is Phase.CHOOSING)


@cache
def file_of(transcript: bytes) -> list[Entry]:
    return list(parse_transcript(transcript))


def seized(game: Simulator, *names: str) -> Spy:
    """Return everything that the server has, read from its file, and the secrets of some players."""
    entries = file_of(game.transcript())
    return Spy(entries, game.state, {me(game, name).number: game.players[name] for name in names})


def open_games(count: int) -> Iterator[Simulator]:
    """Yield games in which the corrupt players' own cards leave two assignments."""
    for k in range(count):
        game = dealt(k)
        if {secret_pairs(game)[3], secret_pairs(game)[4]} == {1, 2}:
            yield game


def score(count: int, *names: str) -> tuple[int, int]:
    """Return how many games there were and in how many Ann's recipient was guessed."""
    games = right = 0
    for game in open_games(count):
        games += 1
        right += seized(game, *names).guess(1) == secret_pairs(game)[1]
    return games, right


def check_guessing(games: int, right: int) -> None:
    assert abs(right - games / 2) < math.sqrt(4.61 * games), (games, right)


# --- guessing -----------------------------------------------------------------------------------


def test_with_one_trustee_too_few_a_guess_is_a_guess() -> None:
    games, right = score(50, *CORRUPT)
    assert games > 12
    check_guessing(games, right)
    assert 0 < right < games


def test_with_one_trustee_more_the_same_program_is_right_in_every_game() -> None:
    games, right = score(12, *CORRUPT, THIRD)
    assert games > 2
    assert right == games
    for k in range(3):  # and not only where something is left to find: Ann's, with nothing known by right
        spy = seized(dealt(k), *CORRUPT, THIRD)
        for number, to in secret_pairs(dealt(k)).items():
            assert spy.name(spy.decrypt(blind(dealt(k)).slot(number))) == to


def test_with_all_permutations_the_same_program_traces_every_card() -> None:
    """Without a single share: the last honest mixer is what the secrecy of the order rests on."""
    for k in range(4):
        spy = seized(dealt(k), *NAMES)
        assert spy.traced(spy.steps()) == secret_pairs(dealt(k))


@pytest.mark.slow
def test_with_one_trustee_too_few_a_guess_is_a_guess_in_many_games() -> None:
    games, right = score(200, *CORRUPT)
    assert games > 70
    check_guessing(games, right)


@pytest.mark.slow
def test_the_trace_through_corrupt_mixers_says_nothing() -> None:
    """With the first and the last mixer honest, and with honest ones in the middle, it is right by chance only."""
    for corrupt in (("Bob", "Cem"), ("Ann", "Dot"), ("Cem", "Dot"), ("Bob", "Cem", "Dot")):
        hits, games = 0, 0
        for k in range(100):
            spy = seized(dealt(k), *corrupt)
            honest = next(n for n in NAMES if n not in corrupt)
            number = me(dealt(k), honest).number
            hits += spy.traced(spy.steps())[number] == secret_pairs(dealt(k))[number]
            games += 1
        # a uniform order hits one of the three others, or oneself, which is never right: one in four
        assert abs(hits - games / 4) < math.sqrt(4.61 * games)


def test_whose_box_is_whose_takes_t_trustees_too() -> None:
    """The envelopes stand in the log beside their authors' names, and the boxes in a mixed order."""
    for k in range(3):
        game = blind_at("delivered", seed=f"boxes {k}", reveal="never")
        weak, strong = seized(game, *CORRUPT), seized(game, *CORRUPT, THIRD)
        places = [strong.box_of(number) for number in (1, 2)]
        assert None not in places
        assert places[0] != places[1]
        assert [weak.box_of(number) for number in (1, 2)] == [None, None]


# --- shares -------------------------------------------------------------------------------------


def test_shares_are_those_of_one_polynomial_and_t_of_them_give_the_key() -> None:
    game = dealt(0)
    shares = {i: share(game, name) for i, name in enumerate(NAMES, 1)}
    y = joint_secret(game)
    assert y * BASE == blind(game).joint
    for left_out in range(1, 5):
        assert interpolated({i: x for i, x in shares.items() if i != left_out}) % ORDER == y
    for pair in ((1, 2), (3, 4), (1, 4)):
        assert interpolated({i: shares[i] for i in pair}) % ORDER != y


def test_with_one_guessed_share_wrong_nothing_decrypts() -> None:
    game, rng = dealt(1), random.Random(7)
    shares = {3: share(game, "Cem"), 4: share(game, "Dot")}
    right = share(game, "Ann")
    guesses = [right + 1, right - 1, ORDER - right, 0, 1, *(rng.randrange(ORDER) for _ in range(60))]
    names = {(m * BASE).raw for m in range(5)} | {IDENTITY.raw}
    for number in (1, 2):
        cipher = blind(game).slot(number)
        for guess in guesses:
            points = {i: x * cipher.u for i, x in (shares | {1: guess % ORDER}).items()}
            assert plaintext(cipher, points).raw not in names
        points = {i: x * cipher.u for i, x in (shares | {1: right}).items()}
        assert plaintext(cipher, points) == secret_pairs(game)[number] * BASE


def test_t_minus_one_shares_fit_every_card_equally_well() -> None:
    """For each card that it could be there is exactly one share of the missing trustee, and nothing tells which."""
    game = dealt(2)
    shares = {3: share(game, "Cem"), 4: share(game, "Dot")}
    cipher = blind(game).slot(1)
    factors = lagrange((1, 3, 4))
    for m in range(1, 5):
        rest = cipher.v - m * BASE - factors[3] * (shares[3] * cipher.u) - factors[4] * (shares[4] * cipher.u)
        wanted = pow(factors[1], -1, ORDER) * rest
        points = {1: wanted, **{i: x * cipher.u for i, x in shares.items()}}
        assert plaintext(cipher, points) == m * BASE
        assert (wanted == share(game, "Ann") * cipher.u) == (m == secret_pairs(game)[1])


# --- one honest mixer ---------------------------------------------------------------------------


@pytest.mark.parametrize("honest", [0, 1, 2, 3])
def test_one_honest_permutation_makes_the_order_uniform(honest: int) -> None:
    """All other mixers' permutations stay what they are; the honest one's are drawn by the real function."""
    game = blind_at("mixing")
    fixed = [(2, 3, 4, 1), (1, 2, 4, 3), (4, 3, 2, 1), (3, 1, 4, 2)]
    counts: Counter[tuple[int, ...]] = Counter()
    samples = 6000
    for k in range(samples):
        secrets = PlayerSecrets(hashlib.sha256(f"mixer {honest} {k}".encode()).digest(), game.state.game)
        order = secrets.shuffle(1, 0, b"d" * 32, 4)
        at: tuple[int, ...] = (1, 2, 3, 4)
        for mixer in range(4):
            at = tuple(at[place - 1] for place in (order if mixer == honest else fixed[mixer]))
        counts[at] += 1
    expected = samples / 24
    assert len(counts) == 24
    chi = sum((c - expected) ** 2 / expected for c in counts.values())
    assert chi < 58.6  # 23 degrees, passed with probability 1e-4 (Wilson and Hilferty 1931: 58.5)


# --- the server has no secret -------------------------------------------------------------------


def values(thing: Any, seen: set[int]) -> Iterator[bytes | int]:
    """Yield every string of bytes and every number in an object, however deep."""
    if id(thing) in seen:
        return
    seen.add(id(thing))
    if isinstance(thing, (bytes, int)):
        yield thing
    elif is_dataclass(thing) and not isinstance(thing, type):
        for f in fields(thing):
            yield from values(getattr(thing, f.name), seen)
    elif isinstance(thing, msgspec.Struct):
        for name in thing.__struct_fields__:
            yield from values(getattr(thing, name), seen)
    elif hasattr(thing, "items"):
        for key, value in thing.items():
            yield from values(key, seen)
            yield from values(value, seen)
    elif isinstance(thing, (tuple, list, set, frozenset)):
        for item in thing:
            yield from values(item, seen)
    elif hasattr(thing, "__len__") and hasattr(thing, "__getitem__") and not isinstance(thing, str):
        for i in range(len(thing)):
            yield from values(thing[i], seen)


def secrets_of(game: Simulator) -> dict[str, bytes]:
    """Return everything that must not be with the server, as bytes."""
    found: dict[str, bytes] = {"the key": encode_scalars([joint_secret(game)])}
    for name, player in game.players.items():
        found |= {
            f"{name}'s seed": player.seed, f"{name}'s group key": encode_scalars([player.group]),
            f"{name}'s card key": player.card.secret, f"{name}'s gift key": player.gift.secret,
            f"{name}'s share": encode_scalars([share(game, name)]),
        }  # fmt: skip
        for m, a in enumerate(trustee._polynomial(game.state, player)):
            found[f"{name}'s a_{m}"] = encode_scalars([a])
    return found


@pytest.mark.parametrize("place", ["mixing", "opening", "choosing", "delivered"])
def test_the_server_holds_no_secret(place: str) -> None:
    game = blind_at(place)
    secrets = secrets_of(game)
    held = list(values(game.state, set()))
    raw = {bytes(v) for v in held if isinstance(v, bytes)}
    numbers = {v % ORDER for v in held if isinstance(v, int)}
    file = game.transcript()
    assert game.state.game in raw
    assert any(p.group_key.raw in raw for p in game.state.players if p.group_key is not None)
    for what, secret in secrets.items():
        assert not any(secret in blob for blob in raw), what
        assert int.from_bytes(secret, "little") not in numbers, what
        assert secret not in file, what
        assert b64(secret).encode()[:40] not in file, what


class Locked:
    """A dealer's secrets that nobody may touch; only the key with which entries are signed is there."""

    def __init__(self, game: Simulator) -> None:
        self._key = game.dealer.key

    def __getattr__(self, name: str) -> Any:
        raise AssertionError(f"a blind game's server uses {name}")


def test_the_server_of_a_blind_game_uses_no_secret() -> None:
    """It is a function of the log and the time; whatever dealer's secrets it were given, it would not look."""
    assert list(inspect.signature(keeper.duties).parameters) == ["state", "now"]
    assert list(inspect.signature(keeper.next_wake).parameters) == ["state", "now"]
    for place in ("coins", "mixing", "choosing", "gifts", "delivered"):
        game = blind_at(place, choose_by=1)
        locked: Any = Locked(game)
        for now in (game.now, game.now + 10**9):
            posts = dealer.duties(game.state, locked, now, game.entropy, {})
            assert [p.__struct_config__.tag for p in posts] in ([], ["close"])


def test_quick_games_are_whole_games() -> None:
    """What the statistics run on satisfies every equation that they did not check."""
    for k in range(2):
        assert fold(dealt(k).entries) == dealt(k).state
