"""Formula: an identity that holds on every path, its kind, and what stands for it in a file."""

import numpy as np
import pytest

from forecast.drivers import Formula
from forecast.errors import FormulaError, ModelError
from forecast.lines import Identity, Line


def test_it_holds_in_every_quarter(walk):
    lines = {"revenue": [0, 100, 110], "cost": [0, 30, 44]}
    values, _ = walk(Formula("gross_profit = revenue - cost"), 2, lines=lines)
    np.testing.assert_array_equal(values, [70, 66])


def test_lags_read_earlier_quarters(walk):
    values, _ = walk(Formula("change = cash - cash[-1]"), 3, lines={"cash": [5, 7, 4, 4]})
    np.testing.assert_array_equal(values, [2, -3, 0])


def test_a_division_by_zero_is_left_to_the_engine(walk):
    lines = {"profit": [0, 1, 0, -1], "revenue": [0, 0, 0, 2]}
    with np.errstate(divide="ignore", invalid="ignore"):
        values, _ = walk(Formula("margin = profit / revenue"), 3, lines=lines)
    np.testing.assert_array_equal(values, [np.inf, np.nan, -0.5])
    assert walk(Formula("x = 1 / 0"), 1)[0] == np.inf


def test_what_carries_a_failure_is_said_by_the_formula():
    assert Formula("x = a + b[-1] * c").carries == {("a", 0), ("b", 1), ("c", 0)}
    assert Formula("x = a / b + max(c, 0)").carries == {("a", 0)}


def test_a_line_that_reads_its_own_past_is_a_stock_unless_said_otherwise():
    assert Formula("cash = cash[-1] + flow").describe() == Line("cash", "stock")
    assert Formula("profit = revenue - cost").describe() == Line("profit", "flow")
    assert Formula("margin = profit / revenue", kind="rate").describe() == Line("margin", "rate")
    assert Formula("arr = 4 * revenue", kind="stock", currency="USD").describe() == Line("arr", "stock", currency="USD")


def test_two_spellings_of_a_formula_are_equal():
    assert Formula("a=b  -  (c)") == Formula("a = b - c")
    assert hash(Formula("a=b-c")) == hash(Formula("a = b - c"))
    assert Formula("a = b - c") != Formula("a = b + c")


def test_it_stands_as_its_text_in_a_file_when_that_says_it_all():
    assert Formula("a=b+c").spec() == "a = b + c"
    assert Formula("a = a[-1] + c", kind="stock").spec() == "a = a[-1] + c"
    assert Formula("a = b / c", kind="rate").spec() == {"Formula": {"formula": "a = b / c", "kind": "rate"}}


def test_its_identity_binds_the_history_where_it_is_linear():
    assert Formula("a = b - c").identity() == Identity("a", (("b", 0, 1.0), ("c", 0, -1.0)))
    assert Formula("a = b / c").identity() is None


def test_there_is_nothing_to_learn(past):
    assert dict(Formula("a = b").calibrate(past()).estimates) == {}
    assert Formula("a = b").parameters() == Formula("a = b").noises() == ()


def test_a_wrong_kind_is_refused(refusal):
    assert refusal(ModelError, Formula, "a = b", kind="ratio") == (
        "the formula 'a = b' has the kind 'ratio'; use one of flow, stock, rate."
    )


def test_what_is_no_formula_is_refused(refusal):
    assert refusal(FormulaError, Formula, "a = round(b, 0)") == (
        "formula 'a = round(b, 0)' may hold lines, numbers, + - * /, lags such as cash[-1] and the functions "
        "max, min, exp, log, abs, sqrt only\n"
        "  - 'round(b, 0)' is a call."
    )


def test_it_is_frozen():
    with pytest.raises(AttributeError):
        Formula("a = b").kind = "stock"
