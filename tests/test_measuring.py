"""The dimension of a formula, part by part, and comparisons of two sides."""

import pytest

from forecast.dimensions import UNKNOWN, dimension_of
from forecast.formulas import parse
from forecast.lines import Line
from forecast.measuring import compared, measured, rolls

LINES = {
    "revenue": dimension_of(Line("revenue", "flow", "million", "CNY")),
    "licences": dimension_of(Line("licences", "flow", "million", "USD")),
    "cash": dimension_of(Line("cash", "stock", "million", "CNY")),
    "arr": dimension_of(Line("arr", "stock", "million a year", "CNY")),
    "share": dimension_of(Line("share", "rate", "share")),
}


def of(name, lag):
    return LINES.get(name, UNKNOWN)


def told(right):
    return str(measured(parse(f"x = {right}"), of).what)


@pytest.mark.parametrize(
    ("right", "what"),
    [
        ("revenue - 100", "million CNY a quarter"),
        ("2 + 3", "the number 5"),
        ("2 - (3 - 4) * 2", "the number 4"),
        ("-revenue", "million CNY a quarter"),
        ("-(2)", "the number -2"),
        ("cash - cash[-1] + revenue", "million CNY a quarter"),
        ("abs(arr)", "million CNY annualised"),
        ("abs(2)", "of unknown unit"),
        ("max(1, 2)", "of unknown unit"),
        ("max(share, 0)", "a ratio"),
        ("1 - share", "a ratio"),
        ("share + unknown", "a ratio"),
        ("revenue + unknown", "million CNY a quarter"),
        ("sqrt(revenue)", "of unknown unit"),
    ],
)
def test_what_a_formula_comes_to(right, what):
    found = measured(parse(f"x = {right}"), of)
    assert (str(found.what), found.problems) == (what, ())


def test_one_pair_is_told_for_each_side_that_does_not_fit():
    found = measured(parse("x = revenue + licences + share + arr"), of)
    assert [problem.split(";")[0] for problem in found.problems] == [
        "'revenue' is million CNY a quarter, 'share' is a ratio",
        "'revenue' is million CNY a quarter, 'licences' is million USD a quarter",
        "'revenue' is million CNY a quarter, 'arr' is million CNY annualised",
    ]


def test_parts_within_brackets_are_told_as_well():
    found = measured(parse("x = 2 * (revenue + licences) + max(cash, licences)"), of)
    assert len(found.problems) == 2
    assert "'cash' is million CNY at a quarter's end, 'licences' is million USD a quarter" in found.problems[1]


@pytest.mark.parametrize(
    ("formula", "found"),
    [
        ("x = x[-1] + revenue", True),
        ("x = revenue - -x[-2]", True),
        ("x = max(x[-1] - revenue, 0)", True),
        ("x = 1.02 * x[-1]", False),
        ("x = cash[-1] + revenue", False),
        ("x = exp(x[-1])", False),
    ],
)
def test_what_is_brought_forward(formula, found):
    assert rolls(parse(formula)) is found


@pytest.mark.parametrize(
    ("left", "right", "problems"),
    [
        ("cash", "revenue", 0),
        ("cash - revenue", "0", 0),
        ("cash + revenue", "4 * revenue", 0),
        ("arr", "cash", 0),
        ("share", "0.5", 0),
        ("arr", "revenue", 1),
        ("licences", "revenue", 1),
        ("share", "revenue", 1),
        ("revenue + licences", "0", 1),
    ],
)
def test_comparisons(left, right, problems):
    assert len(compared(parse(f"c = {left}"), parse(f"c = {right}"), of)) == problems
