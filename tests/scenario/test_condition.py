"""Conditions: read, refused, and judged path by path."""

import numpy as np
import pytest

from forecast.errors import ScenarioError
from forecast.scenario import Condition

CASH = {("cash", 0): np.array([400.0, 600.0, np.nan, 500.0]), ("cash", 1): np.array([500.0, 500.0, 500.0, 500.0])}


def met(text):
    return Condition(text).met(lambda line, lag: CASH[line, lag]).tolist()


def test_each_comparison_is_what_it_says():
    assert met("cash < 500") == [True, False, False, False]
    assert met("cash <= 500") == [True, False, False, True]
    assert met("cash > 500") == [False, True, False, False]
    assert met("cash >= 500") == [False, True, False, True]


def test_parts_hold_together_and_sides_are_arithmetic():
    assert met("cash > 300 and cash < cash[-1]") == [True, False, False, False]
    assert met("(cash + cash[-1]) / 2 >= 2*250") == [False, True, False, True]


def test_the_lines_that_it_reads():
    assert Condition("cash - cash[-4] < revenue and 0 < cash").reads == (("cash", 0), ("cash", 4), ("revenue", 0))


def test_it_may_look_at_what_drivers_record():
    condition = Condition("revenue.conversion[-2] * 2 <= 1 and revenue.conversion > 0.5")
    assert condition.reads == (("revenue.conversion", 2), ("revenue.conversion", 0))
    assert str(condition) == "revenue.conversion[-2] * 2 <= 1 and revenue.conversion > 0.5"
    recorded = {("revenue.conversion", 0): np.array([0.6, 0.5]), ("revenue.conversion", 2): np.array([0.5, 0.5])}
    assert condition.met(lambda line, lag: recorded[line, lag]).tolist() == [True, False]


def test_it_has_one_spelling():
    assert Condition(" cash<500   and  a*2 >=b ") == Condition("cash < 500 and a * 2 >= b")
    assert str(Condition("cash<500")) == "cash < 500"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "the condition is ''; write one, as in 'cash < 500'."),
        (None, "the condition is None; write one, as in 'cash < 500'."),
        ("cash", "has a part 'cash', which is not one comparison"),
        ("cash == 5", "has a part 'cash == 5', which is not one comparison"),
        ("1 < cash < 3", "has a part '1 < cash < 3', which is not one comparison"),
        ("cash < 5 or cash > 9", "which is not one comparison"),
        ("cash < 5 or cash", "cannot be read: formula"),
        ("cash < open('x')", "is a call"),
        ("a.b.c < 1", "'a.b.c' is an attribute."),
        ("a.B < 1", "'B' is not a line name."),
        ("a.__class__ < 1", "'__class__' is not a line name."),
        ("a[-1].b < 1", "'a[-1].b' is an attribute."),
        ("3 < 5", "the condition '3 < 5' names no line."),
    ],
)
def test_what_is_no_condition_is_refused(text, words):
    with pytest.raises(ScenarioError) as caught:
        Condition(text)
    assert words in str(caught.value)
