"""Lines: which names and kinds are accepted."""

import dataclasses

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forecast.errors import ModelError
from forecast.lines import Identity, Line, check_name


@pytest.mark.parametrize("name", ["revenue", "advertising_revenue", "q4", "a", "x_1_y", "r_d"])
def test_snake_case_identifiers_are_names(name):
    assert check_name(name) == name
    assert name.isidentifier()


@pytest.mark.parametrize(
    "name",
    ["", "Revenue", "1st", "_hidden", "a-b", "a b", "a.b", "umsatz_ä", "lambda", "class", "cash\n", " cash", None, 3],
)
def test_anything_else_is_refused(name):
    with pytest.raises(ModelError) as caught:
        check_name(name)
    assert str(caught.value) == (
        f"{name!r} is not a line name. Use lower-case letters, digits and underscores, as in 'advertising_revenue'."
    )


@settings(deadline=None, derandomize=True)
@given(st.text(max_size=8))
def test_an_accepted_name_is_an_identifier_and_survives_a_formula_and_a_file(name):
    try:
        check_name(name)
    except ModelError:
        return
    assert name.isidentifier()
    assert name.isascii()
    assert name == name.strip().lower()


def test_a_line_is_a_flow_in_millions_unless_said_otherwise():
    line = Line("revenue")
    assert (line.kind, line.unit, line.currency) == ("flow", "million", None)
    with pytest.raises(dataclasses.FrozenInstanceError):
        line.kind = "stock"


def test_an_unknown_kind_is_refused():
    with pytest.raises(ModelError) as caught:
        Line("revenue", kind="level")
    assert str(caught.value) == "line 'revenue' has the kind 'level'; use one of flow, stock, rate."


def test_a_line_with_a_wrong_name_is_refused():
    with pytest.raises(ModelError, match=r"^'Revenue' is not a line name"):
        Line("Revenue")


def test_identities_that_say_the_same_are_equal():
    assert Identity("a", (("b", 0, 1.0),)) == Identity("a", (("b", 0, 1.0),), 0.0)
    assert Identity("a", (("b", 0, 1.0),)) != Identity("a", (("b", 1, 1.0),))


@pytest.mark.parametrize(
    ("line", "amount"),
    [
        (Line("revenue", "flow", "ten_thousand", "CNY"), "ten thousand CNY"),
        (Line("arr", "stock", "million a year", "USD"), "million USD a year"),
        (Line("usd_cny", "rate", "CNY_per_USD"), "CNY per USD"),
        (Line("heads", "stock", "people"), "people"),
        (Line("none", "flow", ""), ""),
    ],
)
def test_an_amount_in_words(line, amount):
    assert line.amount == amount
