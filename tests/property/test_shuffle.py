"""Properties of the proofs of blind mode: honest ones hold for both verifiers, nothing can be changed."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from blind_proof_cases import (
    KINDS,
    Linear,
    Mixed,
    accept,
    encrypted_rows,
    equations,
    linear,
    mixed,
    moved,
    nonce,
    reference_holds,
    refusal,
    trivial_rows,
    with_part,
)
from sealed_santa.base.errors import ParseError
from sealed_santa.crypto.elgamal import Cipher
from sealed_santa.crypto.group import BASE, ORDER, SIZE
from sealed_santa.proofs.equations import check
from sealed_santa.proofs.shuffle.statements import parse_shuffle, shuffle_size

REFUSALS = {"point.invalid", "scalar.not-canonical", "proof-wrong"}


@lru_cache(maxsize=64)
def shuffled(n: int, width: int, seed: int, plain: bool) -> Mixed:
    rows = trivial_rows(n, width) if plain else encrypted_rows(n, width, seed)
    return mixed(n, width, seed, before=rows)


@lru_cache(maxsize=64)
def proven(kind: str, n: int, seed: int) -> Linear:
    return linear(kind, n, seed)


@settings(max_examples=20, deadline=None)
@given(st.integers(2, 6), st.integers(1, 3), st.integers(0, 30), st.booleans())
def test_honest_shuffles_verify(n: int, width: int, seed: int, plain: bool) -> None:
    case = shuffled(n, width, seed, plain)
    accept(case.statement, case.proof)
    check(equations(case.statement, case.proof), nonce(seed))
    if n * width <= 4:
        assert reference_holds(case.statement, case.proof)


@settings(max_examples=20, deadline=None)
@given(st.sampled_from(KINDS), st.integers(1, 4), st.integers(0, 30))
def test_honest_linear_proofs_verify(kind: str, n: int, seed: int) -> None:
    case = proven(kind, n, seed)
    accept(case.statement, case.proof)
    assert reference_holds(case.statement, case.proof)


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_a_proof_with_any_change_is_refused_by_both_verifiers(data: st.DataObject) -> None:
    kind = data.draw(st.sampled_from([*KINDS, "shuffle"]))
    case: Any = shuffled(2, 1, 1, False) if kind == "shuffle" else proven(kind, 2, 1)
    bit = data.draw(st.integers(0, 8 * len(case.proof) - 1))
    changed = bytearray(case.proof)
    changed[bit // 8] ^= 1 << bit % 8
    assert refusal(case.statement, bytes(changed)) in REFUSALS
    assert not reference_holds(case.statement, bytes(changed))


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_parts_of_a_proof_cannot_be_exchanged_or_shifted(data: st.DataObject) -> None:
    kind = data.draw(st.sampled_from([*KINDS, "shuffle"]))
    case: Any = shuffled(3, 1, 1, False) if kind == "shuffle" else proven(kind, 3, 1)
    count = len(case.proof) // SIZE
    i, j = data.draw(st.integers(0, count - 1)), data.draw(st.integers(0, count - 1))
    one, other = (case.proof[SIZE * k : SIZE * (k + 1)] for k in (i, j))
    changed = with_part(with_part(case.proof, i, other), j, one)
    if changed != case.proof:
        assert refusal(case.statement, changed) in REFUSALS


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_every_public_value_of_a_shuffle_counts(data: st.DataObject) -> None:
    case = shuffled(3, 2, 1, False)
    s = case.statement
    name = data.draw(st.sampled_from(["place", "roster", "joint", "step", "before", "after", "swap"]))
    if name == "place":
        field = data.draw(st.sampled_from(["round", "batch", "position"]))
        number = data.draw(st.integers(0, 2**53 - 1).filter(lambda v: v != getattr(s.session, field)))
        other = moved(s, **{field: number})
    elif name == "roster":
        other = replace(s, roster=data.draw(st.binary(min_size=32, max_size=32).filter(lambda v: v != s.roster)))
    elif name == "joint":
        other = replace(s, joint=s.joint + data.draw(st.integers(1, ORDER - 1)) * BASE)
    elif name == "step":
        other = replace(s, step=data.draw(st.integers(1, 2**53 - 1)))
    elif name == "swap":
        a, b, c = s.after
        other = replace(s, after=data.draw(st.sampled_from([(b, a, c), (a, c, b), (c, b, a), (b, c, a)])))
    else:
        rows = [list(row) for row in getattr(s, name)]
        r, c = data.draw(st.integers(0, 2)), data.draw(st.integers(0, 1))
        shift = data.draw(st.integers(1, ORDER - 1)) * BASE
        old = rows[r][c]
        rows[r][c] = Cipher(old.u + shift, old.v) if data.draw(st.booleans()) else Cipher(old.u, old.v + shift)
        other = replace(s, **{name: tuple(tuple(row) for row in rows)})
    assert refusal(other, case.proof) == "proof-wrong"


@settings(max_examples=30, deadline=None)
@given(st.integers(2, 4), st.integers(1, 2), st.binary(max_size=900))
def test_bytes_of_any_other_length_are_a_parse_error(n: int, width: int, blob: bytes) -> None:
    assume(len(blob) != shuffle_size(n, width))
    with pytest.raises(ParseError) as caught:
        parse_shuffle(blob, n, width)
    assert caught.value.code == "length.wrong"


@settings(max_examples=15, deadline=None)
@given(st.integers(2, 4), st.binary(min_size=1, max_size=32), st.integers(0, 9))
def test_any_bytes_of_the_right_length_are_refused(n: int, pattern: bytes, seed: int) -> None:
    case = shuffled(n, 1, seed, True)
    blob = (pattern * len(case.proof))[: len(case.proof)]
    assert refusal(case.statement, blob) in REFUSALS
