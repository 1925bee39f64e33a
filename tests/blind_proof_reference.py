"""A second verifier of the proofs of blind mode, from docs/protocol.md, section 11, alone: bytes in, a verdict out.

It shares no code with the package, only curve and framing with the other reference verifier. Points
inside statements may be the identity; points in proofs may not.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from proof_reference import BASE, NEUTRAL, Challenges, Ext, L, add, decode, frame, generator, is_neutral, mul

IDENTITY = bytes([1]) + bytes(31)


@dataclass(frozen=True)
class Place:
    """What the session id of a proof is derived from, but for the argument."""

    game: bytes
    round: int
    author: bytes
    batch: int
    position: int


class Session(Challenges):
    def __init__(self, argument: str, place: Place) -> None:
        numbers = (place.game, place.round, place.author, place.batch, place.position)
        tag = frame("sealed-santa/1/proof-session", "sealed-santa/1", f"sealed-santa/1/proof/{argument}", *numbers)
        derived = hashlib.shake_128(b"irtf-cfrg-fiat-shamir/session-id" + bytes(136) + tag).digest(32)
        self.absorbed = derived + bytes(136)
        self.read = 0

    def squeeze(self, length: int) -> bytes:
        raw = hashlib.shake_128(self.absorbed).digest(self.read + length)[self.read :]
        self.read += length
        return raw


def point(raw: bytes) -> Ext:
    """A point of a statement."""
    found = NEUTRAL if raw == IDENTITY else decode(raw)
    assert found is not None
    return found


def total(*terms: tuple[int, Ext]) -> Ext:
    out = NEUTRAL
    for scalar, base in terms:
        out = add(out, mul(scalar % L, base))
    return out


def same(left: Ext, right: Ext) -> bool:
    return is_neutral(add(left, mul(L - 1, right)))


def parts(proof: bytes, points: int, scalars: int) -> tuple[list[Ext], list[int]] | None:
    """Points and scalars of a proof, or None when it has not the form."""
    if len(proof) != 32 * (points + scalars):
        return None
    cut = [proof[i : i + 32] for i in range(0, len(proof), 32)]
    found = [decode(raw) for raw in cut[:points]]
    numbers = [int.from_bytes(raw, "little") for raw in cut[points:]]
    if None in found or any(number >= L for number in numbers):
        return None
    return [p for p in found if p is not None], numbers


def cut(blob: bytes) -> list[Ext]:
    return [point(blob[i : i + 32]) for i in range(0, len(blob), 32)]


# --- 11.8, 11.10 to 11.13 -----------------------------------------------------------------------


def possession_holds(place: Place, roster: bytes, k: int, t: int, commitments: bytes, proof: bytes) -> bool:
    c = Session("possession", place)
    c.absorb(frame(roster, k, t, commitments))
    form = parts(proof, t, t)
    if form is None or len(commitments) != 32 * t:
        return False
    announced, z = form
    c.absorb(proof[: 32 * t])
    e = c.next()
    keys = cut(commitments)
    return all(same(mul(z[m], BASE), total((1, announced[m]), (e, keys[m]))) for m in range(t))


def envelope_holds(place: Place, roster: bytes, joint: bytes, row: bytes, proof: bytes) -> bool:
    c = Session("envelope", place)
    c.absorb(frame(roster, joint, 8, row))
    form = parts(proof, 8, 8)
    if form is None:
        return False
    announced, z = form
    c.absorb(proof[: 8 * 32])
    e = c.next()
    return all(same(mul(z[i], BASE), total((1, announced[i]), (e, point(row[64 * i :][:32])))) for i in range(8))


def blinding_holds(
    place: Place, roster: bytes, joint: bytes, tests: list[tuple[int, int, int]], *pairs_and_proof: bytes
) -> bool:
    m, (before, after, proof) = len(tests), pairs_and_proof
    c = Session("blinding", place)
    c.absorb(frame(roster, joint, m, b"".join(x.to_bytes(8, "little") for t in tests for x in t), before, after))
    form = parts(proof, 2 * m, m)
    if form is None:
        return False
    announced, z = form
    c.absorb(proof[: 64 * m])
    e = c.next()
    old, new = cut(before), cut(after)
    for i, (_, _, value) in enumerate(tests):
        j = value if place.position == 0 else 0
        second = total((1, old[2 * i + 1]), (-j, BASE))
        if not same(mul(z[i], old[2 * i]), total((1, announced[2 * i]), (e, new[2 * i]))):
            return False
        if not same(mul(z[i], second), total((1, announced[2 * i + 1]), (e, new[2 * i + 1]))):
            return False
    return True


def decryption_holds(
    place: Place, roster: bytes, joint: bytes, public: bytes, firsts: bytes, shares: bytes, proof: bytes
) -> bool:
    m = len(firsts) // 32
    c = Session("decryption", place)
    c.absorb(frame(roster, joint, public, m, firsts, shares))
    raw = c.squeeze(16 * m)
    mu = [int.from_bytes(raw[16 * i : 16 * i + 16], "little") for i in range(m)]
    form = parts(proof, 2, 1)
    if form is None:
        return False
    (t, w), (z,) = form
    c.absorb(proof[:64])
    e = c.next()
    left = mul(z, total(*zip(mu, cut(firsts), strict=True)))
    right = total((1, w), (e, total(*zip(mu, cut(shares), strict=True))))
    return same(mul(z, BASE), total((1, t), (e, point(public)))) and same(left, right)


def hand_holds(
    place: Place, roster: bytes, joint: bytes, public: bytes, keys: bytes, firsts: bytes, hands: bytes, proof: bytes
) -> bool:
    n = len(keys) // 32
    c = Session("hand", place)
    c.absorb(frame(roster, joint, public, n, keys, firsts, hands))
    form = parts(proof, 1 + 2 * n, 1 + n)
    if form is None:
        return False
    announced, z = form
    c.absorb(proof[: 32 * (1 + 2 * n)])
    e = c.next()
    if not same(mul(z[0], BASE), total((1, announced[0]), (e, point(public)))):
        return False
    p, u, rs = cut(keys), cut(firsts), cut(hands)
    for i in range(n):
        t, w = announced[1 + 2 * i], announced[2 + 2 * i]
        if not same(mul(z[1 + i], BASE), total((1, t), (e, rs[2 * i]))):
            return False
        if not same(total((z[0], u[i]), (z[1 + i], p[i])), total((1, w), (e, rs[2 * i + 1]))):
            return False
    return True


# --- 11.9 ---------------------------------------------------------------------------------------


def shuffle_holds(
    place: Place, roster: bytes, joint: bytes, q: int, n: int, w: int, before: bytes, after: bytes, proof: bytes
) -> bool:
    c = Session("shuffle", place)
    c.absorb(frame(roster, joint, q, n, w, "sealed-santa/1/generator", before, after))
    form = parts(proof, 6 + 2 * w, 3 * n + 1 + w)
    if form is None:
        return False
    (a, b, d, one, two, mask, *columns), scalars = form
    factors, partial = scalars[:n], scalars[n : 2 * n - 2]
    r, s = scalars[2 * n - 2 : 2 * n]
    answers, r_powers, rho = scalars[2 * n : 3 * n], scalars[3 * n], scalars[3 * n + 1 :]
    c.absorb(proof[:32])
    x = c.next()
    c.absorb(proof[32:64])
    y, z = c.next(), c.next()
    c.absorb(proof[64:160])
    e = c.next()
    c.absorb(proof[160 : 32 * (6 + 2 * w)])
    f = c.next()
    bases = [generator(k) for k in range(1, n + 1)]
    v = total((y, a), (1, b), *((-z, base) for base in bases))
    target = 1
    for i in range(1, n + 1):
        target = target * (y * i + pow(x, i, L) - z) % L
    p = [factors[0], *partial, e * target % L]
    chain = [e * p[k] - p[k - 1] * factors[k] for k in range(1, n)]
    committed = (
        (total((e, v), (1, d)), [*factors, r]),
        (total((e, two), (1, one)), [*chain, 0, s]),
        (total((f, b), (1, mask)), [*answers, r_powers]),
    )
    for left, values in committed:
        if not same(left, total(*zip(values, [*bases, generator(0)], strict=True))):
            return False
    old, new = cut(before), cut(after)
    for column in range(w):
        for part, base in ((0, BASE), (1, point(joint))):
            at = [2 * (w * i + column) + part for i in range(n)]
            carried = [(f * pow(x, i, L), old[at[i - 1]]) for i in range(1, n + 1)]
            left = total(*carried, (1, columns[2 * column + part]))
            right = total(*((answers[i], new[at[i]]) for i in range(n)), (-rho[column], base))
            if not same(left, right):
                return False
    return True
