"""What exclusions leave: whether a draw is possible, how likely a deal is permitted, how much stays hidden.

All of it is advice, given before the draw; no log is judged by it and no section of docs/protocol.md
depends on it. Persons are numbered 1..n, and `forbidden` is E as `exclusions.resolve` makes it.

The theory: an assignment is a perfect matching between givers and recipients that uses no forbidden pair.
`rooks.py` counts them for nearly every real game of any size; a board that is too interwoven is estimated by
sampling. Terms are made by strangers, so all of it is bounded: about half a second for 1000 people.
"""

from __future__ import annotations

import hashlib
import math
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sealed_santa.base.canon import pack
from sealed_santa.base.errors import YOU, UsageError
from sealed_santa.game.exclusions import NO_EXCLUSIONS, NamedRules
from sealed_santa.game.rooks import Pairs, board_of, permitted_assignments

MAX_TURNS: Final = 250_000  # choices that sampling makes, over all samples; each takes about a microsecond
MAX_SHRINK: Final = 40  # people among whom a smaller reason is looked for


# --- is a draw possible -------------------------------------------------------------------------


def feasible(n: int, forbidden: Pairs, names: Sequence[str] = ()) -> None:
    """Return if some assignment is permitted.

    Raises:
        UsageError: `exclusions.impossible`; the message names people who leave each other no one (Hall 1935:
            a set of people whose permitted partners are fewer than they are; none smaller lies inside it).
    """
    unlucky_givers, allowed = _unlucky(n, forbidden)
    unlucky_recipients, givers_of = _unlucky(n, [(j, i) for i, j in forbidden])
    if not unlucky_givers and not unlucky_recipients:
        return
    if not unlucky_givers or 0 < len(unlucky_recipients) < len(unlucky_givers):
        people, partners = unlucky_recipients, _partners(unlucky_recipients, givers_of)
        verb, nobody = "can only receive from", "nobody may give to {}"
    else:
        people, partners = unlucky_givers, _partners(unlucky_givers, allowed)
        verb, nobody = "can only give to", "{} may give to nobody"
    who = _list_names(people, names)
    message = f"{who} {verb} {_list_names(partners, names)}" if partners else nobody.replace("{}", who)
    hint = "take one of them out of a group or pair, or invite more people"
    raise UsageError("exclusions.impossible", f"no draw is possible: {message}", blame=YOU, hint=hint)


def _list_names(people: Iterable[int], names: Sequence[str]) -> str:
    words = [names[i - 1] if i <= len(names) else f"player {i}" for i in sorted(people)]
    if len(words) > 12:
        words = [*words[:10], f"{len(words) - 10} others"]
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def _unlucky(n: int, forbidden: Pairs) -> tuple[set[int], dict[int, set[int]]]:
    """Return givers with fewer permitted partners than they are, as few as we can, and who is permitted to whom.

    Only givers with more than n/2 forbidden partners are looked at. Let S be people with too few partners, and T the
    recipients that nobody in S may give to. If a giver of S has at most n/2 forbidden partners, T is among
    these; then T has too few givers, and each of T more than n/2 forbidden ones. So S is found here, or T is found
    where givers and recipients change places.
    """
    columns_of, _ = board_of(forbidden)
    everybody = frozenset(range(1, n + 1))
    allowed = {i: set(everybody.difference(js)) for i, js in sorted(columns_of.items()) if 2 * len(js) > n}
    return (_shrink(_hall_violator(allowed), allowed) if allowed else set()), allowed


def _is_sparse(n: int, forbidden: Pairs) -> bool:
    """Tell whether any permitted pair can be fixed: nobody among the others has more than half of them forbidden."""
    rows, columns = Counter(i for i, _ in forbidden), Counter(j for _, j in forbidden)
    return n > 0 and 2 * max((*rows.values(), *columns.values()), default=0) <= n - 1


def _allowed(n: int, forbidden: Pairs) -> dict[int, set[int]]:
    allowed = {i: set(range(1, n + 1)) for i in range(1, n + 1)}
    for i, j in forbidden:
        allowed[i].discard(j)
    return allowed


def _transpose(allowed: dict[int, set[int]]) -> dict[int, set[int]]:
    return {j: {i for i in allowed if j in allowed[i]} for j in allowed}


def _partners(people: Iterable[int], allowed: dict[int, set[int]]) -> set[int]:
    return set().union(*(allowed[i] for i in people))


def _matching(allowed: dict[int, set[int]], people: Iterable[int]) -> dict[int, int]:
    """Return a largest matching of these people (giver -> recipient), by Hopcroft and Karp."""
    import networkx as nx  # a quarter of a second, not needed for most games

    graph: Any = nx.Graph()
    givers = [(i, 0) for i in people]
    graph.add_nodes_from(givers)
    graph.add_edges_from((giver, (j, 1)) for giver in givers for j in allowed[giver[0]])
    matched = nx.bipartite.hopcroft_karp_matching(graph, givers)
    return {node[0]: other[0] for node, other in matched.items() if node[1] == 0}


def _hall_violator(allowed: dict[int, set[int]], people: Iterable[int] | None = None) -> set[int]:
    """Return people with fewer permitted partners than they are, or none if all can be matched."""
    among = list(allowed if people is None else people)
    matching = _matching(allowed, among)
    unmatched = next((i for i in among if i not in matching), None)
    if unmatched is None:
        return set()
    giver_of = {j: i for i, j in matching.items()}
    reached, stack = {unmatched}, [unmatched]
    while stack:  # alternating paths; each partner met is matched, or the matching could grow
        for j in allowed[stack.pop()]:
            if giver_of[j] not in reached:
                reached.add(giver_of[j])
                stack.append(giver_of[j])
    return reached


def _shrink(violator: set[int], allowed: dict[int, set[int]]) -> set[int]:
    """Return a smallest-by-inclusion violator inside the given one (as it is, if it is very large)."""
    if len(violator) > MAX_SHRINK:
        return violator
    for i in sorted(violator, reverse=True):
        if i in violator and len(violator) > 1:
            violator = _hall_violator(allowed, sorted(violator - {i})) or violator
    return violator


# --- how likely is a permitted deal -------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Chance:
    """The probability that a uniform deal is permitted; margin is three standard errors, 0.0 if it is exact."""

    value: float
    exact: bool
    margin: float


def chance(n: int, forbidden: Pairs, *, samples: int = 2000, seed: bytes = b"") -> Chance:
    """Return the probability that a uniform permutation of 1..n avoids E.

    Exact where permitted_assignments is; else an estimate, the same for the same seed (which may be public), by
    Rasmussen's method (1994): people choose in turn among what is left, and the product of what was left, over n!,
    is unbiased. Its spread is far below that of counting hits, and it can be small without being lost. There
    are as many samples as are wished for, or fewer, as MAX_TURNS has room for; the margin says what that is worth.
    """
    count = permitted_assignments(n, forbidden)
    if count is not None:
        return Chance(count / math.factorial(n), True, 0.0)
    weights = list(_sampled_weights(n, forbidden, samples, seed))
    mean = math.fsum(weights) / len(weights)
    variance = math.fsum((w - mean) ** 2 for w in weights) / max(1, len(weights) - 1)
    return Chance(min(1.0, mean), False, 3 * math.sqrt(variance / len(weights)))


def _sampled_weights(n: int, forbidden: Pairs, samples: int, seed: bytes) -> Iterator[float]:
    """Yield unbiased estimates of the chance, at least two and as many as MAX_TURNS allows.

    Whoever has least choice chooses first, which keeps the spread low.
    """
    barred = [0] * n
    for i, j in forbidden:
        barred[i - 1] |= 1 << (j - 1)
    order = sorted(range(n), key=lambda i: -barred[i].bit_count())
    turns = 0
    for sample in range(samples):
        if turns > MAX_TURNS and sample > 1:
            return
        stream = hashlib.shake_256(pack(seed, sample)).digest(8 * n)
        left, mask, weight = list(range(n)), (1 << n) - 1, 1.0
        for turn, i in enumerate(order):
            choices = (mask & ~barred[i]).bit_count()
            weight *= choices / (n - turn)
            turns += 1
            if not choices:
                break
            draw = int.from_bytes(stream[8 * turn : 8 * turn + 8], "little")
            place = draw % len(left)
            if barred[i] >> left[place] & 1:  # most draws are accepted at once; else again, among the permitted
                place = _pick(left, barred[i], draw // len(left))
                turns += len(left) // 20
            mask ^= 1 << left[place]
            left[place] = left[-1]
            left.pop()
        yield weight


def _pick(left: list[int], barred: int, draw: int) -> int:
    """Return the place of a permitted recipient among those left; 54 bits of draw leave no bias that could matter."""
    permitted = [k for k, j in enumerate(left) if not barred >> j & 1]
    return permitted[draw % len(permitted)]


# --- decks --------------------------------------------------------------------------------------


def expected_deals(p: float) -> float:
    """Return how many deals a draw takes on average if each is permitted with probability p."""
    return 1 / p if p > 0 else math.inf


def decks_needed(p: float, risk: float = 0.01) -> int:
    """Return the smallest K with (1 − p)^K < risk: so many decks are all forbidden in fewer games than that.

    Raises:
        UsageError: `exclusions.too-many-decks`; no number is enough, as p is 0 or too near to it.
    """
    if p >= 1:
        return 1
    if p < 1e-12:
        raise UsageError("exclusions.too-many-decks", "hardly any deal would be permitted", blame=YOU, hint=_FEWER)
    return math.floor(math.log(risk) / math.log1p(-p)) + 1


_FEWER: Final = "take somebody out of an exclusion, or invite more people"


def largest_group(groups: Iterable[Sequence[str]]) -> str:
    """Say which group is the largest, for a hint; nothing if there is none."""
    largest = max(groups, key=len, default=())
    if not largest:
        return ""
    shown = ", ".join(largest[:5]) + (", …" if len(largest) > 5 else "")
    return f" (the largest group has {len(largest)}: {shown})"


def check_deck_limit(n: int, p: float, limit: int, exclusions: NamedRules = NO_EXCLUSIONS) -> int:
    """Return the number of decks to draw, if decks times players stay within the limit of the game.

    Raises:
        UsageError: `exclusions.too-many-decks`; the hint says what would help.
    """
    decks = decks_needed(p)
    if decks * n <= limit:
        return decks
    household = largest_group(exclusions.groups)
    message = f"one deal in {expected_deals(p):.0f} would be permitted; that takes {decks} decks of {n} cards each"
    hint = f"{_FEWER}{household}; or raise the limit of {limit} cards to {decks * n}"
    raise UsageError("exclusions.too-many-decks", message, blame=YOU, hint=hint)


# --- how much stays hidden ----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Hidden:
    """How much the exclusions alone tell, which everybody knows.

    santas: for each person, in order, how many could be its Santa in some permitted assignment. forced: (recipient,
    Santa) where only one can. assignments: how many there are, None if that was not counted.
    """

    santas: tuple[int, ...]
    forced: tuple[tuple[int, int], ...]
    assignments: int | None


def hidden(n: int, forbidden: Pairs, names: Sequence[str] = ()) -> Hidden:
    """Return what the set-up report says of E, after Liberti and Raimondi 2008.

    A pair lies in some permitted assignment if and only if it is in a given one, or on a cycle that alternates
    with it: giver and the recipient's giver are in one strongly connected component (Berge).

    Raises:
        UsageError: `exclusions.impossible`, as feasible.
    """
    feasible(n, forbidden, names)
    allowed = _allowed(n, forbidden)
    givers_of = _transpose(allowed) if _is_sparse(n, forbidden) else _possible_givers(allowed)
    forced = tuple((j, next(iter(givers_of[j]))) for j in sorted(givers_of) if len(givers_of[j]) == 1)
    return Hidden(tuple(len(givers_of[j]) for j in sorted(givers_of)), forced, permitted_assignments(n, forbidden))


def _possible_givers(allowed: dict[int, set[int]]) -> dict[int, set[int]]:
    import networkx as nx  # see _matching

    matching = _matching(allowed, allowed)
    giver_of = {j: i for i, j in matching.items()}
    graph: Any = nx.DiGraph()
    graph.add_nodes_from(allowed)
    graph.add_edges_from((i, giver_of[j]) for i in allowed for j in allowed[i])
    part = {i: k for k, people in enumerate(nx.strongly_connected_components(graph)) for i in people}
    return {j: {i for i in allowed if j in allowed[i] and part[i] == part[giver_of[j]]} for j in allowed}
