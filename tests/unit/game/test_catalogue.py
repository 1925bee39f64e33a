"""The catalogue: what a file may hold, what a post may hold, what is suggested."""

import pytest

from sealed_santa.base.errors import ParseError, UsageError
from sealed_santa.game.catalogue import (
    Gift,
    check_catalogue,
    default_catalogue,
    from_jsonable,
    parse_catalogue,
    suggest,
    to_jsonable,
)

SOCKS = Gift("socks", "Wool socks", 1250, ("warm",))


def toml(**fields: str) -> str:
    values = {"id": '"socks"', "name": '"Wool socks"', "price": "12.50", "tags": '["warm"]'} | fields
    return "[[gift]]\n" + "".join(f"{key} = {value}\n" for key, value in values.items() if value)


@pytest.mark.parametrize(
    ("written", "cents"),
    [
        ("12.50", 1250),
        ("12.5", 1250),
        ("12", 1200),
        ('"12.50"', 1250),
        ('" 12 "', 1200),
        ("0", 0),
        ("0.01", 1),
        ("0.29", 29),
        ("4.35", 435),
        ("1_000", 100_000),
        ("10000", 1_000_000),
    ],
)
def test_prices_are_whole_cents(written, cents):
    assert parse_catalogue(toml(price=written)) == (Gift("socks", "Wool socks", cents, ("warm",)),)


@pytest.mark.parametrize(
    "written",
    ["-1", "12.505", "1e2", "nan", "inf", "true", '""', '"12,50"', '"€12"', "[12]", '"12."', '".5"', "9999999", '"١٢"'],
)
def test_bad_prices(written):
    with pytest.raises(UsageError) as error:
        parse_catalogue(toml(price=written))
    assert error.value.code == "catalogue.price"
    assert "line 1" in error.value.message


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "catalogue.fields"),
        ("[[gift]", "catalogue.syntax"),
        ("gift = 1", "catalogue.fields"),
        ("[gift]\nid = 'a'", "catalogue.fields"),
        ("gift = []", "catalogue.size"),
        ("gift = [1]", "catalogue.fields"),
        ("title = 'x'\n" + toml(), "catalogue.fields"),
        (toml(colour='"red"'), "catalogue.fields"),
        (toml(id=""), "catalogue.fields"),
        (toml(name=""), "catalogue.fields"),
        (toml(price=""), "catalogue.fields"),
        (toml(id='"Socks"'), "catalogue.id"),
        (toml(id='""'), "catalogue.id"),
        (toml(id='"a b"'), "catalogue.id"),
        (toml(id='"socks\\n"'), "catalogue.id"),
        (toml(id=f'"{"a" * 33}"'), "catalogue.id"),
        (toml(id="1"), "catalogue.id"),
        (toml(name='""'), "catalogue.name"),
        (toml(name="1"), "catalogue.name"),
        (toml(name=f'"{"x" * 81}"'), "catalogue.name"),
        (toml(name='"a\\u202eb"'), "catalogue.name"),
        (toml(tags='"warm"'), "catalogue.tags"),
        (toml(tags="[1]"), "catalogue.tags"),
        (toml(tags='[""]'), "catalogue.tags"),
        (toml(tags='["a", "a"]'), "catalogue.tags"),
        (toml(tags=f'["{"x" * 33}"]'), "catalogue.tags"),
        (toml(tags=str([str(k) for k in range(9)])), "catalogue.tags"),
        (toml() + toml(), "catalogue.repeated-id"),
        ("".join(toml(id=f'"g{k}"') for k in range(501)), "catalogue.size"),
        ("x = " + "[" * 5000, "catalogue.syntax"),
    ],
)
def test_bad_files_are_refused_with_a_code(text, code):
    with pytest.raises(UsageError) as error:
        parse_catalogue(text)
    assert error.value.code == code


def test_the_message_names_the_line_of_the_gift():
    text = "# gifts\n\n" + toml() + "\n" + toml(id='"hat"', price="free".join('""'))
    with pytest.raises(UsageError) as error:
        parse_catalogue(text)
    assert "gift 2 (line 9)" in error.value.message


def test_names_and_tags_are_put_right_and_tags_may_be_left_out():
    gifts = parse_catalogue("\ufeff" + toml(name='"  Cafe\\u0301\u00a0au  lait "', tags=""))
    assert gifts == (Gift("socks", "Caf\u00e9 au lait", 1250, ()),)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"extra": 1}, "catalogue.fields"),
        ({"price": 12.5}, "catalogue.price"),
        ({"price": True}, "catalogue.price"),
        ({"price": "12.50"}, "catalogue.price"),
        ({"price": -1}, "catalogue.price"),
        ({"price": 1_000_001}, "catalogue.price"),
        ({"name": " Wool socks"}, "catalogue.name"),
        ({"name": "Cafe\u0301"}, "catalogue.name"),
        ({"name": None}, "catalogue.name"),
        ({"id": "SOCKS"}, "catalogue.id"),
        ({"tags": None}, "catalogue.tags"),
        ({"tags": ["warm", "warm"]}, "catalogue.tags"),
        ({"tags": [" warm"]}, "catalogue.tags"),
    ],
)
def test_a_gift_of_a_post_is_taken_as_it_is_or_refused(change, code):
    value = to_jsonable(SOCKS)
    assert from_jsonable(value) == SOCKS
    with pytest.raises(ParseError) as error:
        from_jsonable(value | change)
    assert error.value.code == code


@pytest.mark.parametrize("value", [None, [], "socks", {}, {"id": "socks"}])
def test_what_is_no_gift_is_refused(value):
    with pytest.raises(ParseError) as error:
        from_jsonable(value)
    assert error.value.code == "catalogue.fields"


def test_the_catalogue_as_a_whole_is_checked():
    check_catalogue([SOCKS])
    for gifts, code in [([], "size"), ([SOCKS, SOCKS], "repeated-id"), ([SOCKS] * 501, "size")]:
        with pytest.raises(ParseError) as error:
            check_catalogue(gifts)
        assert error.value.code == f"catalogue.{code}"


def test_the_default_catalogue_has_something_for_every_purse():
    gifts = default_catalogue()
    assert 40 <= len(gifts) <= 60
    assert [from_jsonable(to_jsonable(gift)) for gift in gifts] == list(gifts)
    assert sum(gift.price <= 1000 for gift in gifts) >= 10
    assert sum(gift.price >= 2000 for gift in gifts) >= 5
    assert all(gift.tags for gift in gifts)


def test_suggestions_are_different_and_depend_on_the_seed_alone():
    gifts = default_catalogue()
    first = suggest(gifts, b"a")
    assert len(set(first)) == 5
    assert first == suggest(gifts, b"a")
    assert len({suggest(gifts, bytes([k])) for k in range(20)}) > 15
    assert {i for k in range(100) for i in suggest(gifts, bytes([k]))} == set(range(len(gifts)))


def test_suggestions_keep_to_the_budget_while_they_can():
    gifts = default_catalogue()
    assert all(gifts[i].price <= 700 for i in suggest(gifts, b"a", budget_cents=700))
    prices = [gifts[i].price for i in suggest(gifts, b"a", budget_cents=400)]
    assert prices == sorted(gift.price for gift in gifts)[:5]


def test_suggestions_hear_the_wish():
    gifts = default_catalogue()
    wished = suggest(gifts, b"a", wish="Something for my COOKING, or a nice novels!", count=3)
    assert all("cooking" in gifts[i].tags or gifts[i].id == "novel" for i in wished)
    socks = next(i for i, gift in enumerate(gifts) if gift.id == "wool-socks")
    assert suggest(gifts, b"b", wish="socks of wool", count=1) == (socks,)
    assert suggest(gifts, b"a", wish="xyzzy") == suggest(gifts, b"a")


@pytest.mark.parametrize(("count", "expected"), [(0, 0), (-1, 0), (1, 1), (2, 2), (99, 2)])
def test_never_more_suggestions_than_gifts(count, expected):
    gifts = (SOCKS, Gift("hat", "Hat", 5, ()))
    assert len(suggest(gifts, b"", count)) == expected
