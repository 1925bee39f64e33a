"""Whoever seizes the server and t - 1 trustees guesses pairs as if it had seized nothing; with t it knows them all.

Games of four players: t = 3 of 4 trustees are needed, so two are corrupt, each two of the four in turn. By right they
know their own two cards. In five of nine assignments these fix the other two; such a game says nothing about these
two. In the other games two assignments are left, equally likely, and no program should be right more often than in
half of them. `Tally` says how that is judged. Games in which somebody left are in test_blind_bridge.py.
"""

from __future__ import annotations

import hashlib
import inspect
import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, fields, is_dataclass, replace
from functools import cache
from itertools import combinations
from typing import Any

import msgspec
import pytest

from blind_cases import THREE_DECKS, advance, blind, blind_at, joint_secret, me, secret_pairs, share
from blind_spy import Loot, Quick, Spy, Tally, interpolated, ransack, sparing
from game_cases import NAMES
from sealed_santa.base.canon import b64
from sealed_santa.crypto.elgamal import encrypt, plaintext
from sealed_santa.crypto.group import BASE, IDENTITY, ORDER, encode_scalars
from sealed_santa.crypto.sharing import lagrange
from sealed_santa.game.replay import fold
from sealed_santa.game.state import Phase
from sealed_santa.lab.simulator import Simulator
from sealed_santa.log.archive import parse_transcript
from sealed_santa.roles import dealer, keeper, trustee
from sealed_santa.roles.secrets import PlayerSecrets

CORRUPT, THIRD = ("Cem", "Dot"), "Bob"
PAIRS = tuple(combinations(NAMES, 2))
TERMS = {"mode": "blind", "blind": THREE_DECKS, "reveal": "never"}


def draw(k: int) -> Quick:
    """Return a game whose cards are dealt."""
    game = Quick(f"secrecy {k}", NAMES, TERMS).fill().start()
    advance(game, lambda s: s.phase is Phase.CHOOSING)
    return game


@cache
def dealt(k: int) -> Quick:
    """Return such a game, with one proof for all; a few of them stay."""
    with sparing():
        return draw(k)


def seized(game: Simulator, *names: str) -> Spy:
    """Return everything that the server has, read from its file, and the secrets of some players."""
    entries = list(parse_transcript(game.transcript()))
    return Spy(entries, game.state, {me(game, name).number: game.players[name] for name in names})


@dataclass
class Score:
    """What spies on some games guessed: with t - 1 seeds, with a leak in some games, and by tracing alone."""

    honest: Tally = field(default_factory=Tally)
    leaky: Tally = field(default_factory=Tally)
    traces: Tally = field(default_factory=Tally)


@cache
def score(start: int, count: int) -> Score:
    """Let a spy with the seeds of every two players guess whom one of the others gives to, where two are possible.

    And the same with a leak: in every fifth game an honest trustee's share lies about among what was seized. And
    with any one, two or three seeds trace all honest players' cards through the mixes, without any shares.
    """
    found = Score()
    for k in range(start, start + count):
        with sparing():
            game = draw(k)
            guess_and_trace(game, k % 5 == 0, found)
    return found


def guess_and_trace(game: Quick, leak: bool, found: Score) -> None:
    """Add one game to a score."""
    truth = secret_pairs(game)
    for names in PAIRS:
        first, other = (me(game, name).number for name in NAMES if name not in names)
        left = Loot(shares={other: share(game, NAMES[other - 1])}) if leak else Loot()
        for tally, loot in ((found.honest, Loot()), (found.leaky, left)):
            spy = game.seized(*names, loot=loot)
            if len(spy.possible(first)) > 1:
                tally.add(spy.guess(first) == truth[first], 1 / 2)
    for names in (names for many in (1, 2, 3) for names in combinations(NAMES, many)):
        trace = game.seized(*names).traced()
        for number in truth:
            if NAMES[number - 1] not in names:  # one of the three others, or itself, which is never right
                found.traces.add(trace[number] == truth[number], 1 / 4)
    for tally in (found.honest, found.leaky, found.traces):
        tally.end_of_game()


# --- guessing -----------------------------------------------------------------------------------


def test_with_one_trustee_too_few_a_guess_is_a_guess() -> None:
    tally = score(0, 200).honest
    assert tally.guesses > 2 * 200  # 8/3 a game
    assert tally.smallest < 0.09  # what share of all guesses would have to be right beyond chance
    assert tally.fair, tally


def test_the_trace_through_corrupt_mixers_says_nothing() -> None:
    """With the first and the last mixer honest, and with honest ones in the middle, it is right by chance only."""
    tally = score(0, 200).traces
    assert tally.guesses == 28 * 200
    assert tally.smallest < 0.04
    assert tally.fair, tally


def test_a_share_that_lies_about_in_every_fifth_game_is_noticed() -> None:
    tally = score(0, 200).leaky
    assert tally.guesses == score(0, 200).honest.guesses
    assert not tally.fair
    assert tally.right > tally.by_right


def test_a_spy_that_is_told_the_truth_now_and_then_is_noticed() -> None:
    """Of 400 guesses at random one in four is told; and one in three games altogether."""
    rng = random.Random(4)
    tallies = Tally(), Tally(), Tally()
    for game in range(150):
        for _ in range(2 if game % 3 else 4):  # a chain of four leaves two guesses, two couples leave four
            right = rng.random() < 1 / 2
            told = (right, right or rng.random() < 1 / 4, right or game % 3 == 1)
            for tally, one in zip(tallies, told, strict=True):
                tally.add(one, 1 / 2)
        for tally in tallies:
            tally.end_of_game()
    assert [tally.fair for tally in tallies] == [True, False, False]


@pytest.mark.slow
def test_with_one_trustee_too_few_a_guess_is_a_guess_in_many_games() -> None:
    found = score(1000, 900)
    assert found.honest.smallest < 0.04
    assert found.traces.smallest < 0.02
    assert found.honest.fair, found.honest
    assert found.traces.fair, found.traces
    assert not found.leaky.fair


def test_with_one_trustee_more_the_same_program_is_right_in_every_game() -> None:
    for k in range(4):
        truth = secret_pairs(dealt(k))
        for names in combinations(NAMES, 3):
            spy = seized(dealt(k), *names)
            assert all(spy.guess(number) == to for number, to in truth.items())
            # and not only where something is left to find: all cards, with nothing known by right
            assert {n: spy.name(spy.decrypt(blind(dealt(k)).slot(n))) for n in truth} == truth
        for names in PAIRS:
            spy = seized(dealt(k), *names)
            assert {spy.name(spy.decrypt(blind(dealt(k)).slot(number))) for number in truth} == {None}


def test_with_all_permutations_the_same_program_traces_every_card() -> None:
    """Without a single share: the last honest mixer is what the secrecy of the order rests on."""
    for k in range(4):
        assert seized(dealt(k), *NAMES).traced() == secret_pairs(dealt(k))


# --- what lies about ----------------------------------------------------------------------------


def test_among_what_a_server_holds_the_spy_finds_nothing() -> None:
    game = blind_at("delivered", seed="boxes 0", reveal="never")
    for one in (game, dealt(0), dealt(1)):
        assert not ransack(one.state, [*values(one.state, set()), one.transcript()])


def test_a_secret_among_it_is_found_and_used() -> None:
    """Each of those that the program knows how to use, planted as bytes, number, text or in the middle of a record."""
    game = dealt(0)
    truth, rubbish = secret_pairs(game), [bytes(range(200)), "A" * 60, 2**255 - 1, game.transcript()]
    ann, own = game.players["Ann"], share(game, "Ann") % ORDER

    def with_loot(piece: object) -> tuple[Loot, Spy]:
        loot = ransack(game.state, [*rubbish, piece])
        return loot, game.seized(*CORRUPT, loot=loot)

    for piece in (encode_scalars([own]), own, "x: " + b64(encode_scalars([own])), b"ab" + encode_scalars([own]) + b"c"):
        loot, spy = with_loot(piece)
        assert loot == Loot(shares={1: own})
        assert {n: spy.guess(n) for n in truth} == truth
    loot, spy = with_loot(b"seed:" + ann.seed)
    assert (sorted(loot.seeds), loot.groups) == ([1], {})
    assert {n: spy.guess(n) for n in truth} == truth
    loot, spy = with_loot(joint_secret(game) + 5 * ORDER)
    assert loot == Loot(joint=joint_secret(game))
    assert {n: spy.name(spy.decrypt(blind(game).slot(n))) for n in truth} == truth
    loot, spy = with_loot(ann.group)
    assert loot == Loot(groups={1: ann.group})
    assert spy.cards() == {n: truth[n] for n in (1, 3, 4)}


def test_the_randomness_of_an_envelope_tells_whose_box_it_is() -> None:
    game = blind_at("delivered", seed="boxes 0", reveal="never")
    before, y = blind(game), joint_secret(game)
    assert before.joint is not None
    secrets = [10**70 + i for i in range(8)]
    row = tuple(
        encrypt(before.joint, c.v - y * c.u, r) for c, r in zip(before.envelopes[1].row, secrets, strict=True)
    )
    standing = {**before.envelopes, 1: replace(before.envelopes[1], row=row)}
    state = replace(game.state, blind=replace(before, envelopes=standing))
    assert Spy(game.entries, state, {}).box_of(1) is None
    loot = ransack(state, secrets)
    assert loot == Loot(randomness={c.u: r for c, r in zip(row, secrets, strict=True)})
    assert Spy(game.entries, state, {}, loot).box_of(1) == Spy(game.entries, state, {}, Loot(joint=y)).box_of(1)
    assert Spy(game.entries, state, {}, loot).box_of(1) is not None
    assert Spy(game.entries, state, {}, loot).box_of(2) is None


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


def test_quick_games_are_whole_games_but_for_their_proofs() -> None:
    """What the statistics run on; with proofs of its own such a game satisfies every equation."""
    for k in range(2):
        whole, quick = draw(k), dealt(k)
        assert fold(whole.entries) == whole.state
        assert (blind(whole).deck, blind(whole).hands) == (blind(quick).deck, blind(quick).hands)
        assert secret_pairs(whole) == secret_pairs(quick)


def test_what_the_spy_is_given_at_once_is_what_it_reads_in_the_file() -> None:
    for k in range(3):
        for names in PAIRS:
            read, given = seized(dealt(k), *names), dealt(k).seized(*names)
            assert read.steps() == given.steps()
            assert read.traced() == given.traced()
            assert [read.guess(n) for n in range(1, 5)] == [given.guess(n) for n in range(1, 5)]
