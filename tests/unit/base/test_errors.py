"""The tree of errors: kinds, codes, blame."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from sealed_santa.base import errors
from sealed_santa.base.errors import NOBODY, PEER, UNKNOWN, YOU, Blame, Certainty, Party, SantaError

SRC = Path(errors.__file__).parents[1]
KINDS = {name: kind for name, kind in vars(errors).items() if isinstance(kind, type) and issubclass(kind, SantaError)}


def test_an_error_is_data() -> None:
    error = errors.IllegalPost("coin.twice", "there is one", blame=PEER, hint="wait")
    assert (error.code, error.message, error.blame, error.hint) == ("coin.twice", "there is one", PEER, "wait")
    assert str(error) == "there is one [coin.twice]"


def test_blame_says_who_and_how_sure() -> None:
    assert str(Blame(Party.PLAYER, "Ann", Certainty.PROVEN)) == "player Ann (proven)"
    assert str(NOBODY) == "nobody (observed)"
    assert UNKNOWN.certainty is Certainty.SUSPECTED
    assert YOU.party is Party.YOU


def test_nothing_is_known_about_an_error_that_blames_nobody() -> None:
    assert SantaError("x.y", "").blame == UNKNOWN
    assert SantaError("x.y", "").hint == ""


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_every_kind_is_a_santa_error(kind: str) -> None:
    assert KINDS[kind]("x.y", "text").code == "x.y"


def test_not_decided_is_not_wrong() -> None:
    """Exit codes hang on it: what could not be checked must never be caught as a failed check."""
    wrong = (errors.VerificationError, errors.ParseError, errors.UsageError)
    assert not issubclass(errors.UndecidedError, wrong)
    assert not issubclass(errors.ParseError, errors.VerificationError)
    for kind in (errors.ProofError, errors.IllegalPost, errors.ForkError):
        assert issubclass(kind, errors.VerificationError)


def codes_in(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
            name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
            if name in KINDS or (name in {"refuse", "_wrong"} and path.parent.name == "game"):
                found.add(str(node.args[0].value))
    return found


def test_codes_have_one_form() -> None:
    codes = set().union(*(codes_in(path) for path in SRC.rglob("*.py")))
    assert len(codes) > 80
    odd = sorted(c for c in codes if not re.fullmatch(r"[a-z0-9-]+(\.[a-z0-9-]+)*", c))
    assert odd == []
