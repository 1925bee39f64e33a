"""The one table from errors to exit codes."""

import inspect

import pytest

from sealed_santa.base import errors
from sealed_santa.base.errors import Blame, Certainty, Party
from sealed_santa.cli.exits import EXITS, exit_code

CODES = {
    "SantaError": 3, "UsageError": 2, "ParseError": 2, "VerificationError": 1, "ProofError": 1, "IllegalPost": 1,
    "ForkError": 1, "UndecidedError": 3, "KeyMissingError": 4, "NetworkError": 5, "LocalDamageError": 6,
}  # fmt: skip


def test_every_class_of_error_has_a_declared_code():
    kinds = [k for _, k in inspect.getmembers(errors, inspect.isclass) if issubclass(k, errors.SantaError)]
    assert {k.__name__: exit_code(k("a.b", "m")) for k in kinds} == CODES


def test_no_error_is_a_success():
    assert all(code != 0 for _, code in EXITS)


@pytest.mark.parametrize(("party", "code"), [(Party.PEER, 2), (Party.YOU, 2), (Party.SERVER, 1), (Party.PLAYER, 1)])
def test_a_refused_post_of_ours_is_a_wrong_request_and_one_in_a_log_is_evidence(party, code):
    assert exit_code(errors.IllegalPost("turn.wrong", "m", blame=Blame(party, "", Certainty.PROVEN))) == code
