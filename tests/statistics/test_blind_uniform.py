"""Blind draws are uniform over the permitted assignments, also given the log, after a bridge, and whoever mixes.

Draws are made by the trustees' real duties and judged by the real rules, from the first mix until somebody
has a clean deck, or until the deal of somebody who left is repaired. Two things are left out, as they cannot
change a draw: proofs with what checks them; and, so that there are enough draws, the curve (see `cheaply`). On
the curve there are fewer, slow ones, and whole games with every proof.

Everything is seeded; a limit is passed by chance in one run of ten thousand. If a share f of m draws is one of
c assignments, put in place of honest draws, chi-square is about m·f²·(c − 1) above its mean c − 1. So the
500 draws of four players show f = 0.12 nearly always, 200 show f = 0.19.
"""

from __future__ import annotations

import hashlib
import math
from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from itertools import permutations

import pytest

from blind_cases import (
    THREE_DECKS,
    advance,
    at_batch,
    at_phase,
    blind,
    blind_game,
    joint_secret,
    leaving,
    secret_pairs,
)
from game_cases import NAMES, clone
from sealed_santa.base.labels import Label
from sealed_santa.crypto import group
from sealed_santa.crypto.group import BASE, IDENTITY, ORDER, SIZE
from sealed_santa.game import mixing, trustees
from sealed_santa.game.batches import Deck, Kind
from sealed_santa.game.rules import apply
from sealed_santa.game.stages import the_batch
from sealed_santa.game.state import Phase, Player, State
from sealed_santa.lab.simulator import Simulator
from sealed_santa.log.entry import NO_ENTRY, SignedPost, encode_body, entry_hash
from sealed_santa.log.fields import Hash, Signature
from sealed_santa.log.posts import BlindTerms, Exclusions, Post
from sealed_santa.proofs.shuffle.statements import shuffle_size
from sealed_santa.roles import trustee
from sealed_santa.roles.secrets import PlayerSecrets
from sealed_santa.roles.trustee import own_share

GAME = Hash(bytes(32))
Pairs = frozenset[tuple[int, int]]
Assignment = tuple[tuple[int, int], ...]
NOBODY: Pairs = frozenset()


def limit(degrees: int) -> float:
    """Return the value that chi-square passes with probability 1e-4 (Wilson and Hilferty 1931)."""
    spread = 2 / (9 * degrees)
    return degrees * (1 - spread + 3.719 * math.sqrt(spread)) ** 3


def chi_square(seen: Iterable[Assignment], cells: Sequence[Assignment]) -> float:
    counts = Counter(seen)
    assert set(counts) <= set(cells)
    expected = sum(counts.values()) / len(cells)
    return sum((counts[c] - expected) ** 2 / expected for c in cells)


def permitted(numbers: Sequence[int], forbidden: Pairs) -> list[Assignment]:
    """Return all assignments of these players without a forbidden pair, as sorted pairs."""
    found = (tuple(zip(numbers, order, strict=True)) for order in permutations(numbers))
    return [f for f in found if not any(g == r or (g, r) in forbidden for g, r in f)]


def orders(text: str, k: int, batch: int, rows: int) -> tuple[int, ...]:
    """Return the composition of two trustees' permutations, one of them the same in all games."""
    at = tuple(range(1, rows + 1))
    for name in ("fixed", f"{text} {k}"):
        secrets = PlayerSecrets(hashlib.sha256(name.encode()).digest(), GAME)
        at = tuple(at[place - 1] for place in secrets.shuffle(batch, 0, b"d" * 32, rows))
    return at


def cards(text: str, k: int, numbers: Sequence[int], forbidden: Pairs, first: int = 0) -> Assignment:
    """Draw as the trustees do: decks one after the other until one is clean."""
    for batch in range(first, first + 500):
        at = orders(text, k, batch, len(numbers))
        deal = tuple(zip(numbers, (numbers[place - 1] for place in at), strict=True))
        if not any(g == r or (g, r) in forbidden for g, r in deal):
            return deal
    raise LookupError("no clean deck")


def condition(numbers: Sequence[int], forbidden: Pairs, leaver: int) -> bool:
    """The condition of docs/protocol.md, section 11.7, spelt out a second time."""
    left = [n for n in numbers if n != leaver]
    return all(
        (g, r) in forbidden
        for g in left for r in left
        if g != r and (g, leaver) in forbidden and (leaver, r) in forbidden
    )  # fmt: skip


def after_leaving(text: str, k: int, numbers: Sequence[int], forbidden: Pairs, leaver: int, always: bool) -> Assignment:
    """Draw, let somebody leave, and repair: bridge where the condition holds (or always), and screen."""
    deal = dict(cards(text, k, numbers, forbidden))
    left = [n for n in numbers if n != leaver]
    if always or condition(numbers, forbidden, leaver):
        bridge = tuple((g, deal[leaver] if deal[g] == leaver else deal[g]) for g in left)
        if not any(g == r or (g, r) in forbidden for g, r in bridge):
            return bridge
    return cards(text, k, left, forbidden, 1000)


@pytest.mark.parametrize(
    ("count", "forbidden"),
    [(3, NOBODY), (4, NOBODY), (4, frozenset({(1, 2), (2, 1)})), (4, frozenset({(1, 2)})), (5, frozenset({(1, 2)}))],
)
def test_draws_are_uniform(count: int, forbidden: Pairs) -> None:
    numbers = range(1, count + 1)
    cells = permitted(numbers, forbidden)
    sample = [cards(f"draw {count} {sorted(forbidden)}", k, numbers, forbidden) for k in range(100 * len(cells))]
    assert chi_square(sample, cells) < limit(len(cells) - 1)


RULES: dict[str, Pairs] = {
    "nobody": NOBODY,
    "a couple with the leaver": frozenset({(1, 5), (5, 1)}),
    "a couple without the leaver": frozenset({(1, 2), (2, 1)}),
    "somebody may not give to the leaver": frozenset({(1, 5)}),
    "the leaver may not give to somebody": frozenset({(5, 1)}),
    "a chain that is closed": frozenset({(1, 5), (5, 2), (1, 2)}),
}


CHAIN: Pairs = frozenset({(1, 5), (5, 2)})  # 1 may not give to 5 nor 5 to 2, and 1 may give to 2


def test_without_the_condition_a_bridge_would_be_biased() -> None:
    """Who gives to 2 in the end: fewer draws lead to 1 → 2 than to anybody else's giving, or more."""
    assert not condition(range(1, 6), CHAIN, 5)
    cells = permitted(range(1, 5), CHAIN)
    biased = [after_leaving("chain", k, range(1, 6), CHAIN, 5, True) for k in range(2000)]
    assert chi_square(biased, cells) > 2 * limit(len(cells) - 1)
    rules = [after_leaving("chain", k, range(1, 6), CHAIN, 5, False) for k in range(2000)]
    assert chi_square(rules, cells) < limit(len(cells) - 1)


def test_the_bias_of_the_chain_counted_exactly() -> None:
    """Each assignment that is left comes from as many draws as there are places for the leaver: not equally many."""
    for forbidden, equal in ((CHAIN, False), *((rule, True) for rule in RULES.values())):
        draws = permitted(range(1, 6), forbidden)
        ends: Counter[Assignment] = Counter()
        for draw in draws:
            deal = dict(draw)
            ends[tuple((g, deal[5] if deal[g] == 5 else deal[g]) for g in range(1, 5))] += 1
        counts = {ends[cell] for cell in permitted(range(1, 5), forbidden)}
        assert (len(counts) == 1) is equal, forbidden


@cache
def chain_rules(closed: bool) -> Exclusions:
    pairs = [("Ann", "Eve"), ("Eve", "Bob")]
    return Exclusions(groups=(), pairs=(*pairs, ("Ann", "Bob")) if closed else tuple(pairs))


@pytest.mark.parametrize(("closed", "kind"), [(False, Kind.CARDS), (True, Kind.BRIDGE)])
def test_the_rules_keep_to_the_condition(closed: bool, kind: Kind) -> None:
    names = ("Ann", "Bob", "Cem", "Dot", "Eve")
    game = blind_game(names, "chain", exclusions=chain_rules(closed)).start()
    advance(game, lambda s: s.phase is Phase.CHOOSING)
    leaving(game, "Eve")
    assert at_batch(kind)(game.state)


def test_the_limit_is_that_of_the_tables() -> None:
    for degrees, value in ((3, 21.11), (8, 31.83), (100, 161.3)):
        assert limit(degrees) == pytest.approx(value, rel=0.04)


def test_the_check_would_notice_a_small_bias() -> None:
    cells = permitted(range(1, 5), NOBODY)
    sample = [cells[0] if k % 12 == 0 else cards("bias", k, range(1, 5), NOBODY) for k in range(4000)]
    assert chi_square(sample, cells) > limit(len(cells) - 1)


# --- draws by duties and rules --------------------------------------------------------------------


class Swift(Simulator):
    """A simulator that signs little and checks no equation, for parties that prove nothing; all else is as in games."""

    def order(self, post: SignedPost) -> None:  # type: ignore[override]
        state = self.current
        seq, prev = (0, NO_ENTRY) if state is None else (len(state.chain), state.head)
        self.current = apply(state, post, self.now, entry_hash(seq, self.now, prev, post), lambda claims: None)
        self.now += 1000

    def say(self, name: str, body: Post) -> None:  # type: ignore[override]
        self.order(SignedPost(encode_body(body), body, Signature(bytes(64))))


@dataclass(frozen=True)
class Nothing:
    """In place of the proof of a shuffle: its length, and nothing else."""

    size: int

    def encode(self) -> bytes:
        return bytes(self.size)


@contextmanager
def without_proofs() -> Iterator[pytest.MonkeyPatch]:
    """Let trustees prove nothing, and the rules not ask for it; and let each work out its share of the key once."""
    shares: dict[bytes, int | None] = {}

    def share(state: State, secrets: PlayerSecrets, me: Player, index: int) -> int | None:
        if secrets.seed not in shares:
            shares[secrets.seed] = own_share(state, secrets, me, index)
        return shares[secrets.seed]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(trustee, "own_share", share)
        patch.setattr(trustee, "prove_linear", lambda *_: b"")
        patch.setattr(trustee, "prove_shuffle", lambda s, *_: Nothing(shuffle_size(s.rows, s.width)))
        patch.setattr(mixing, "parse_shuffle", lambda *_: None)
        patch.setattr(mixing, "shuffle_equations", lambda *_: ())
        for module in (mixing, trustees):
            patch.setattr(module, "shown", lambda *_, **__: ())
        yield patch


def logarithm(raw: bytes) -> int:
    return 0 if raw == IDENTITY.raw else 1 if raw == BASE.raw else int.from_bytes(raw, "little")


def element(value: int) -> bytes:
    value %= ORDER
    return IDENTITY.raw if value == 0 else BASE.raw if value == 1 else value.to_bytes(SIZE, "little")


def times(scalar: bytes, point: bytes = BASE.raw) -> bytes:
    return element(int.from_bytes(scalar, "little") * logarithm(point))


@contextmanager
def cheaply() -> Iterator[None]:
    """Put the integers modulo ℓ in place of the curve, each point its own logarithm, and leave proofs out.

    Nothing is secret in that group. But neither duties nor rules look into it: they mix, blind, open and pass
    decks over as on the curve, and six times as fast.
    """
    known = group.generator.cache_info().currsize
    with without_proofs() as patch:
        patch.setattr(group, "crypto_core_ed25519_add", lambda a, b: element(logarithm(a) + logarithm(b)))
        patch.setattr(group, "crypto_core_ed25519_sub", lambda a, b: element(logarithm(a) - logarithm(b)))
        patch.setattr(group, "crypto_core_ed25519_is_valid_point", lambda a: a != IDENTITY.raw)
        patch.setattr(group, "crypto_scalarmult_ed25519_noclamp", times)
        patch.setattr(group, "crypto_scalarmult_ed25519_base_noclamp", times)
        patch.setattr(mixing, "base_multiples", group.base_multiples.__wrapped__)  # no such point may stay in a cache
        yield
    assert group.generator.cache_info().currsize == known


FIVE = (*NAMES, "Eve")
TABLES: dict[str, Pairs] = {"four": NOBODY, "a couple of four": frozenset({(1, 2), (2, 1)}), **RULES}
Way = Callable[[PlayerSecrets, int, int, bytes, int], tuple[int, ...]]
WISHES = {"Ann": (2, 3, 4, 1), "Bob": (1, 2, 4, 3), "Cem": (4, 3, 2, 1), "Dot": (3, 1, 4, 2)}


def honest(seed: PlayerSecrets, batch: int, deck: int, data: bytes, rows: int) -> tuple[int, ...]:
    return seed.shuffle(batch, deck, data, rows)


def careless(seed: PlayerSecrets, batch: int, deck: int, data: bytes, rows: int) -> tuple[int, ...]:
    """Draw a permutation for the first deck of a batch alone, and go on from it by one place with each deck."""
    return tuple((place + deck - 1) % rows + 1 for place in seed.shuffle(batch, 0, bytes(32), rows))


def biased(seed: PlayerSecrets, batch: int, deck: int, data: bytes, rows: int) -> tuple[int, ...]:
    """Use the same permutation again and again, in one deck of sixteen."""
    return WISHES["Dot"] if data[0] < 16 else seed.shuffle(batch, deck, data, rows)


def in_place(seed: PlayerSecrets, batch: int, deck: int, data: bytes, rows: int) -> tuple[int, ...]:
    """Leave the rows of a bridge where they are: when one of five has left, the first deck of four."""
    return seed.shuffle(batch, deck, data, rows) if deck or rows == 5 else (1, 2, 3, 4)


def hostile(*names: str) -> dict[str, Way]:
    """Mixers who agreed on a permutation for each, long before, and use it in every deck of every draw."""
    return {name: lambda *_, name=name: WISHES[name] for name in names}


@dataclass(frozen=True, repr=False)
class Mixer(PlayerSecrets):
    """A player with the keys that it has in all draws, who mixes, blinds and hands out by another seed in each."""

    now: PlayerSecrets
    way: Way

    def shuffle(self, batch: int, deck: int, data: bytes, rows: int) -> tuple[int, ...]:
        return self.way(self.now, batch, deck, data, rows)

    def scalars(self, label: Label, batch: int, deck: int, data: bytes, count: int) -> tuple[int, ...]:
        return self.now.scalars(label, batch, deck, data, count)


@cache
def table(rule: str, curve: bool = False) -> tuple[Simulator, int]:
    """Return a game that has its joint key and nothing else yet, and the secret of that key."""
    people = FIVE if rule in RULES else NAMES
    three = BlindTerms(batch_tests=3 * (len(people) + len(TABLES[rule])), game_tests=100_000, threshold=0)
    exclusions = Exclusions(groups=(), pairs=tuple((FIVE[g - 1], FIVE[r - 1]) for g, r in sorted(TABLES[rule])))
    game = Swift(f"table {rule}", people, {"mode": "blind", "blind": three, "exclusions": exclusions}).fill().start()
    advance(game, at_phase(Phase.MIXING))
    return game, joint_secret(game)


def seated(rule: str, k: int, ways: Mapping[str, Way], curve: bool) -> Simulator:
    """Return the game of a table, with new seeds for the k-th draw."""
    game = clone(table(rule, curve)[0])
    game.players = {
        name: Mixer(p.seed, p.game, PlayerSecrets(hashlib.sha256(f"{rule} {name} {k}".encode()).digest(), p.game),
                    ways.get(name, honest))
        for name, p in game.players.items()
    }  # fmt: skip
    return game


@dataclass(frozen=True)
class Draw:
    """All decks that were mixed, batch after batch: who would give to whom; and the place of the one that was dealt."""

    decks: tuple[Assignment, ...]
    place: int

    @property
    def assignment(self) -> Assignment:
        return self.decks[self.place]


def hits(deck: Assignment, forbidden: Pairs) -> Assignment:
    """Return what the tests of a deck show to everybody: which pairs are forbidden, themselves included."""
    return tuple((g, r) for g, r in deck if g == r or (g, r) in forbidden)


def draw(rule: str, k: int, ways: Mapping[str, Way], curve: bool = False) -> Draw:
    """Make the k-th draw."""
    return watched(rule, seated(rule, k, ways, curve), table(rule, curve)[1])


def watched(rule: str, game: Simulator, y: int) -> Draw:
    """Play from the first mix until a deck is dealt, and read all decks with the key that nobody has."""
    names = {(number * BASE).raw: number for number in range(1, len(game.players) + 1)}
    batches: dict[int, tuple[Deck, ...]] = {}

    def over(state: State) -> bool:
        if state.phase is Phase.BLINDING:
            batches[the_batch(state).number] = the_batch(state).decks
        return state.phase is Phase.DEALING

    advance(game, over)
    decks = [
        tuple((row, names[(c.v - y * c.u).raw]) for row, (c,) in enumerate(deck, 1))
        for batch in sorted(batches) for deck in batches[batch]
    ]  # fmt: skip
    last = blind(game).past[-1]
    place = len(decks) - last.decks + (last.dealt or 0)
    assert [bool(hits(deck, TABLES[rule])) for deck in decks[: place + 1]] == [True] * place + [False]
    return Draw(tuple(decks), place)


@cache
def draws(rule: str, count: int) -> tuple[Draw, ...]:
    with cheaply():
        return tuple(draw(rule, k, {}) for k in range(count))


def fits(sample: Iterable[Hashable], cells: Sequence[Hashable]) -> bool:
    return chi_square(sample, cells) < limit(len(cells) - 1)


def fits_given(sample: Iterable[tuple[Hashable, Hashable]], cells: Sequence[Hashable]) -> bool:
    """Whether within each class of draws that look alike everything is equally likely; small classes are left out."""
    classes = defaultdict(list)
    for seen, value in sample:
        classes[seen].append(value)
    large = [members for members in classes.values() if len(members) >= 4 * len(cells)]
    assert len(large) > 1
    return sum(chi_square(members, cells) for members in large) < limit(len(large) * (len(cells) - 1))


DRAWS = {"four": 500, "a couple of four": 200}


@pytest.mark.parametrize("rule", DRAWS)
def test_what_trustees_draw_is_uniform(rule: str) -> None:
    """Of four players; without exclusions there are nine assignments, with a couple four."""
    assert fits((d.assignment for d in draws(rule, DRAWS[rule])), permitted(range(1, 5), TABLES[rule]))


def uniform_given_the_log(rule: str, sample: Sequence[Draw]) -> dict[str, bool]:
    """Tell for each thing that everybody sees of the other decks whether draws are uniform given it.

    Where there is much to tell apart, only to whom the first player gives is looked at.
    """
    cells = permitted(range(1, 5), TABLES[rule])
    firsts = sorted({cell[0] for cell in cells})

    def seen(d: Draw, step: int) -> Assignment:
        return hits(d.decks[d.place + step], TABLES[rule]) if 0 <= d.place + step < len(d.decks) else ()

    def given(view: Callable[[Draw], Hashable], whole: bool = True) -> bool:
        if whole:
            return fits_given(((view(d), d.assignment) for d in sample), cells)
        return fits_given(((view(d), d.assignment[0]) for d in sample), firsts)

    return {
        "how many were passed over": given(lambda d: d.place),
        "how many hits the one before had": given(lambda d: len(seen(d, -1))),
        "how many hits the next one had": given(lambda d: len(seen(d, 1))),
        "how many both had": given(lambda d: (len(seen(d, -1)), len(seen(d, 1))), False),
        "the hits of the one before": given(lambda d: seen(d, -1), False),
        "the hits of the next one": given(lambda d: seen(d, 1), False),
    }


@pytest.mark.parametrize("rule", DRAWS)
def test_it_is_uniform_given_the_decks_that_were_passed_over(rule: str) -> None:
    """What the tests show of a deck says nothing about the next one, nor about the one before."""
    assert False not in uniform_given_the_log(rule, draws(rule, DRAWS[rule])).values()


HOSTILE = {
    "the first and the last": ("Ann", "Dot"),
    "all but the first": ("Bob", "Cem", "Dot"),
    "all but the last": ("Ann", "Bob", "Cem"),
}


def against(rule: str, count: int, ways: Mapping[str, Way]) -> list[Draw]:
    with cheaply():
        return [draw(rule, k, ways) for k in range(count)]


@pytest.mark.parametrize("who", HOSTILE)
def test_one_honest_mixer_makes_it_uniform(who: str) -> None:
    sample = against("four", 200, hostile(*HOSTILE[who]))
    assert fits((d.assignment for d in sample), permitted(range(1, 5), NOBODY))
    assert False not in uniform_given_the_log("four", sample).values()


def test_without_an_honest_mixer_a_small_bias_is_noticed() -> None:
    """The last one uses one permutation for one deck in sixteen; so one draw in seven is what it wishes."""
    sample = against("four", 250, {**hostile("Ann", "Bob", "Cem"), "Dot": biased})
    assert not fits((d.assignment for d in sample), permitted(range(1, 5), NOBODY))


def test_a_mixer_that_uses_one_permutation_for_all_decks_is_noticed() -> None:
    """Where it is the only one that is not hostile; one honest mixer mends it."""
    sample = against("four", 200, {**hostile("Ann", "Bob", "Cem"), "Dot": careless})
    assert not all(uniform_given_the_log("four", sample).values())
    sample = against("four", 200, {**hostile("Ann", "Bob"), "Dot": careless})
    assert all(uniform_given_the_log("four", sample).values())


# --- after somebody left ----------------------------------------------------------------------------


@dataclass(frozen=True)
class Repair:
    """Who gave to whom before and after Eve left; in which row her card was found, and whether the bridge held."""

    before: dict[int, int]
    after: Assignment
    row: int
    held: bool


def repaired(rule: str, k: int, ways: Mapping[str, Way], curve: bool = False) -> Repair:
    """Deal to five, let Eve leave, play until the others have cards again, and read them with their own keys."""
    game, rows = seated(rule, k, ways, curve), []
    advance(game, at_phase(Phase.CHOOSING))
    before = secret_pairs(game)
    leaving(game, "Eve")
    assert at_batch(Kind.BRIDGE)(game.state)

    def over(state: State) -> bool:
        if at_batch(Kind.ORDER)(state) and not the_batch(state).mixers:
            rows.append([row[1] for row in the_batch(state).decks[0]].index(blind(game).slot(5)) + 1)
        return state.phase is Phase.CHOOSING

    advance(game, over)
    after = {g: r for g, r in secret_pairs(game).items() if g != 5}
    past = blind(game).past
    held = past[-1].kind is Kind.SCREEN
    bridge = {g: before[5] if r == 5 else r for g, r in before.items() if g != 5}
    assert held != bool(hits(tuple(bridge.items()), TABLES[rule]))
    assert not held or after == bridge
    return Repair(before, tuple(sorted(after.items())), rows[0], held)


def where(sample: Iterable[Repair]) -> list[tuple[int, int]]:
    """Return who gave to Eve, and the row in which her card was found."""
    return [(next(g for g, r in one.before.items() if r == 5), one.row) for one in sample]


def check_repairs(rule: str, sample: Sequence[Repair]) -> None:
    """Check that cards are uniform, also given the log; and that the row of Eve's card is, given her Santa."""
    cells = permitted(range(1, 5), RULES[rule])
    assert fits((r.after for r in sample), cells)
    firsts = sorted({cell[0] for cell in cells})
    for view in (lambda r: r.held, lambda r: r.row):
        assert fits_given(((view(r), r.after[0]) for r in sample), firsts)
    assert fits_given(where(sample), (1, 2, 3, 4))
    if not RULES[rule]:  # then it says nothing either that Eve knows whom she was to give to
        assert fits_given(((r.before[5], r.after[0]) for r in sample), firsts)


REPAIRS = {"nobody": 150, "a couple without the leaver": 100}
SLOW = [pytest.param(rule, 150, marks=pytest.mark.slow) for rule in sorted(RULES) if rule not in REPAIRS]


@pytest.mark.parametrize(("rule", "count"), [*REPAIRS.items(), *SLOW])
def test_cards_are_uniform_after_trustees_bridged(rule: str, count: int) -> None:
    with cheaply():
        check_repairs(rule, [repaired(rule, k, {}) for k in range(count)])


def test_a_bridge_whose_rows_stay_in_place_is_noticed() -> None:
    """Then the row in which the leaver's card is found names its Santa, and does so in every game."""
    with cheaply():
        sample = [repaired("nobody", k, dict.fromkeys(FIVE, in_place)) for k in range(60)]
        mended = [repaired("nobody", k, dict.fromkeys(FIVE[1:], in_place)) for k in range(60)]
    assert all(santa == row for santa, row in where(sample))
    assert not fits_given(where(sample), (1, 2, 3, 4))
    assert fits_given(where(mended), (1, 2, 3, 4))  # by one mixer that keeps to the rules


# --- on the curve -----------------------------------------------------------------------------------


def test_proofs_change_no_draw() -> None:
    """The same seeds, once without proofs and once with all of them made and checked."""
    with without_proofs():
        without = draw("four", 0, {}, curve=True)
    game = Simulator.__new__(Simulator)
    vars(game).update(vars(seated("four", 0, {}, curve=True)))
    assert watched("four", game, table("four", curve=True)[1]) == without


@pytest.mark.slow
def test_draws_and_bridges_on_the_curve_are_uniform() -> None:
    """Fewer, as each takes a tenth of a second and more: four assignments with a couple, nine after a bridge."""
    with without_proofs():
        sample = [draw("a couple of four", k, {}, curve=True) for k in range(100)]
        assert fits((d.assignment for d in sample), permitted(range(1, 5), TABLES["a couple of four"]))
        check_repairs("nobody", [repaired("nobody", k, {}, curve=True) for k in range(130)])


@pytest.mark.slow
def test_whole_games_are_uniform() -> None:
    """With real mixes and proofs; three players have two assignments, four have nine."""
    for names, games in ((("Ann", "Bob", "Cem"), 80), (("Ann", "Bob", "Cem", "Dot"), 180)):
        cells, sample = permitted(range(1, len(names) + 1), NOBODY), []
        for k in range(games):
            game = blind_game(names, f"whole {k}", blind=THREE_DECKS).start()
            advance(game, lambda s: s.phase is Phase.CHOOSING)
            sample.append(tuple(sorted(secret_pairs(game).items())))
        assert chi_square(sample, cells) < limit(len(cells) - 1)
        assert blind(game).deals == 1
