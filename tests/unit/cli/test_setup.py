"""What an organiser is told before the invites go out."""

import json

import pytest

from sealed_santa.base.errors import UsageError
from sealed_santa.cli.setup import EVERYBODY_KNOWS, FEW, forecast, size_warnings
from sealed_santa.log.posts import Exclusions

NONE = Exclusions(groups=(), pairs=())


def test_without_exclusions_everybody_may_be_anybodys_santa():
    cast = forecast(("Ann", "Bob", "Cem", "Dot", "Eve"), NONE, 100_000)
    assert set(cast.hidden.santas) == {4}
    assert cast.secrecy() == ("for everybody each of the 4 others may be the Santa",)
    assert cast.outlook.deals == pytest.approx(120 / 44)
    assert "expect 2.7 deals" in cast.deals()
    assert cast.warnings() == ()
    json.dumps(cast.record())


def test_couples_leave_less():
    couples = Exclusions(groups=(("Ann", "Bob"), ("Cem", "Dot")), pairs=())
    cast = forecast(("Ann", "Bob", "Cem", "Dot"), couples, 100_000)
    assert set(cast.hidden.santas) == {2}
    assert any("2:  Ann, Bob, Cem and Dot" in line for line in cast.secrecy())
    assert FEW in cast.warnings()


def test_what_is_forced_is_said():
    pairs = (("Bob", "Ann"), ("Cem", "Ann"))
    cast = forecast(("Ann", "Bob", "Cem", "Dot"), Exclusions(groups=(), pairs=pairs), 100_000)
    assert any(w.startswith("only Dot can be the Santa of Ann") for w in cast.warnings())


def test_impossible_exclusions_name_the_people():
    with pytest.raises(UsageError) as caught:
        forecast(("Ann", "Bob", "Cem"), Exclusions(groups=(("Ann", "Bob"),), pairs=()), 100_000)
    assert caught.value.code == "exclusions.impossible"
    assert "Ann" in caught.value.message
    assert "Bob" in caught.value.message


def test_too_many_decks_are_refused():
    with pytest.raises(UsageError) as caught:
        forecast([f"P{k}" for k in range(10)], NONE, 20)
    assert caught.value.code == "exclusions.too-many-decks"


def test_strangers_in_exclusions_are_named():
    cast = forecast(("Ann", "Bob", "Cem", "Dot", "Eve"), Exclusions(groups=(("Ann", "Bbo"),), pairs=()), 100_000)
    assert any("Bbo" in w for w in cast.warnings())


def test_sizes():
    assert size_warnings(3) == (EVERYBODY_KNOWS,)
    assert size_warnings(4) == (FEW,)
    assert size_warnings(5) == ()
