"""A second verifier of the arguments, from docs/protocol.md alone: bytes in, a verdict out.

It shares no code with the package: its own curve arithmetic (slow, on Python integers), its own
framing, transcript and formulas. `Weak` leaves out one rule at a time, to show what that rule stops.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cache

P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, P) % P
ROOT = pow(2, (P - 1) // 4, P)

NEUTRAL = (0, 1, 1, 0)
Ext = tuple[int, int, int, int]  # extended coordinates X, Y, Z, T


def add(p: Ext, q: Ext) -> Ext:
    a, b = (p[1] - p[0]) * (q[1] - q[0]), (p[1] + p[0]) * (q[1] + q[0])
    c, d = 2 * p[3] * q[3] * D, 2 * p[2] * q[2]
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % P, g * h % P, f * g % P, e * h % P


def mul(s: int, p: Ext) -> Ext:
    out = NEUTRAL
    while s:
        if s & 1:
            out = add(out, p)
        p = add(p, p)
        s >>= 1
    return out


def is_neutral(p: Ext) -> bool:
    return p[0] == 0 and p[1] == p[2]


def lift(raw: bytes) -> Ext | None:
    """The curve point of an encoding, or None; y must be below the prime, and x = 0 has no sign."""
    value = int.from_bytes(raw, "little")
    y, sign = value % 2**255, value >> 255
    if y >= P:
        return None
    square = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * ROOT % P
    if (x * x - square) % P or (x == 0 and sign):
        return None
    if x % 2 != sign:
        x = P - x
    return x, y, 1, x * y % P


def decode(raw: bytes) -> Ext | None:
    """A point from outside: canonical, on the curve, of prime order."""
    point = lift(raw)
    if point is None or is_neutral(point) or not is_neutral(mul(L, point)):
        return None
    return point


def encode(p: Ext) -> bytes:
    z = pow(p[2], -1, P)
    x, y = p[0] * z % P, p[1] * z % P
    return (y | (x & 1) << 255).to_bytes(32, "little")


BASE = lift((4 * pow(5, -1, P) % P).to_bytes(32, "little")) or NEUTRAL


def frame(*parts: bytes | str | int) -> bytes:
    out = b""
    for part in parts:
        raw = part.to_bytes(8, "little") if isinstance(part, int) else part.encode() if isinstance(part, str) else part
        out += len(raw).to_bytes(4, "little") + raw
    return out


@cache
def generator(index: int) -> Ext:
    for counter in range(1000):
        digest = hashlib.sha512(frame("sealed-santa/1/generator", index, counter)).digest()
        point = lift(digest[:32])
        if point is not None and not is_neutral(mul(8, point)):
            return mul(8, point)
    raise AssertionError("no point in a thousand candidates")


def shuffled(label: str, n: int, *parts: bytes | int) -> list[int]:
    stream = hashlib.shake_256(frame(label, *parts)).digest(64 * n + 64)
    order, at = list(range(1, n + 1)), 0
    for i in range(n, 1, -1):
        while int.from_bytes(stream[at : at + 4], "little") >= 2**32 // i * i:
            at += 4
        j = int.from_bytes(stream[at : at + 4], "little") % i
        at += 4
        order[i - 1], order[j] = order[j], order[i - 1]
    return order


def deck_commitment(key: bytes, n: int) -> bytes:
    blinding = hashlib.shake_256(frame("sealed-santa/1/deck-blinding", key)).digest(64)
    total = mul(int.from_bytes(blinding, "little") % L, generator(0))
    for k, value in enumerate(shuffled("sealed-santa/1/deck-permutation", n, key), 1):
        total = add(total, mul(value, generator(k)))
    return encode(total)


class Challenges:
    def __init__(self, argument: str, game: bytes, round_: int, author: bytes, deck_index: int) -> None:
        tag = frame(
            "sealed-santa/1/proof-session", "sealed-santa/1", f"sealed-santa/1/proof/{argument}",
            game, round_, author, deck_index,
        )  # fmt: skip
        derived = hashlib.shake_128(b"irtf-cfrg-fiat-shamir/session-id" + bytes(136) + tag).digest(32)
        self.absorbed = derived + bytes(136)
        self.read = 0

    def absorb(self, raw: bytes) -> None:
        self.absorbed += raw
        self.read = 0

    def next(self) -> int:
        raw = hashlib.shake_128(self.absorbed).digest(self.read + 48)[self.read :]
        self.read += 48
        return int.from_bytes(raw, "little") % L


@dataclass(frozen=True)
class Weak:
    """Rules to leave out: the cards in the transcript, the exact count of p̂."""

    without_cards: bool = False
    any_count: bool = False


@dataclass(frozen=True)
class Public:
    """The public values of both arguments of a deal, as bytes and numbers."""

    game: bytes
    round: int
    author: bytes
    roster: bytes
    deck_index: int
    n: int
    deck: bytes
    cards: tuple[bytes, ...]
    forms: tuple[tuple[int, int], ...]


def permutation_holds(public: Public, proof: bytes, weak: Weak | None = None) -> bool:
    weak = weak or Weak()
    c = Challenges("permutation", public.game, public.round, public.author, public.deck_index)
    shown = [] if weak.without_cards else [b"".join(public.cards)]
    c.absorb(frame(public.roster, public.n, "sealed-santa/1/generator", *shown, public.deck))
    x = c.next()
    deck = decode(public.deck)
    if deck is None:
        return False
    given, target = deck, 1
    for j in range(1, public.n + 1):
        given = add(given, mul(L - x, generator(j)))
        target = target * (j - x) % L
    forms = [(s, x) for s in range(1, public.n + 1)]
    return product_holds(c, public.cards, forms, public.n, target, given, proof, weak)


def exclusion_holds(public: Public, proof: bytes, weak: Weak | None = None) -> bool:
    weak = weak or Weak()
    c = Challenges("exclusion", public.game, public.round, public.author, public.deck_index)
    shown = [] if weak.without_cards else [b"".join(public.cards)]
    flat = b"".join(s.to_bytes(8, "little") + j.to_bytes(8, "little") for s, j in public.forms)
    rest = (len(public.forms), flat, (1).to_bytes(32, "little"), 1)
    c.absorb(frame(public.roster, public.n, "sealed-santa/1/generator", *shown, *rest))
    made = decode(proof[:32])
    if made is None:
        return False
    c.absorb(proof[:32])
    return product_holds(c, public.cards, list(public.forms), len(public.forms) + 1, 1, made, proof[32:], weak)


def product_holds(
    c: Challenges,
    cards: tuple[bytes, ...],
    forms: list[tuple[int, int]],
    count: int,
    target: int,
    v: Ext,
    proof: bytes,
    weak: Weak,
) -> bool:
    size = 32 * (4 + 2 * count + 1)
    if len(proof) != size and not (weak.any_count and len(proof) > size):
        return False
    rho = c.next()
    c.absorb(proof[:128])
    e = c.next()
    points = [decode(proof[i : i + 32]) for i in range(0, 128, 32)]
    scalars = [int.from_bytes(proof[i : i + 32], "little") for i in range(128, len(proof), 32)]
    opened = [decode(card) for card in cards]
    if None in points or None in opened or any(s >= L for s in scalars):
        return False
    d, one, two, u = points
    w, p, (r, s, beta) = scalars[:count], scalars[count:-3], scalars[-3:]
    p = [w[0], *p, e * target % L]
    neg = [L - r, L - s, L - beta]
    first = add(add(mul(e, v), d), mul(neg[0], generator(0)))
    second = add(add(mul(e, two), one), mul(neg[1], generator(0)))
    third = add(u, mul(neg[2], generator(0)))
    for k in range(1, count + 1):
        first = add(first, mul(L - w[k - 1], generator(k)))
    for k in range(1, count):
        second = add(second, mul((p[k - 1] * w[k] - e * p[k]) % L, generator(k)))
    for k, (slot, constant) in enumerate(forms, 1):
        power = pow(rho, k, L)
        third = add(third, mul(e * power % L, opened[slot - 1]))
        third = add(third, mul(-power * (e * constant + w[k - 1]) % L, BASE))
    return is_neutral(first) and is_neutral(second) and is_neutral(third)
