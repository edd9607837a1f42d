"""Uncertain dates: read, refused, and drawn by their probabilities."""

import numpy as np
import pytest

from forecast.errors import ScenarioError, TimelineError
from forecast.scenario.dates import Dates, as_date


def test_a_range_makes_its_quarters_equally_likely():
    dates = as_date("2026Q3..2027Q2")
    assert dates.quarters == ("2026Q3", "2026Q4", "2027Q1", "2027Q2")
    assert dates.chances == (0.25,) * 4
    assert (str(dates), dates.spec()) == ("2026Q3..2027Q2", "2026Q3..2027Q2")


def test_probabilities_can_be_stated_and_read_back():
    dates = as_date({"2026Q1": 0.7, "2027Q1": 0.3})
    assert str(dates) == "2026Q1 (70%), 2027Q1 (30%)"
    assert as_date(dates.spec()) == dates


def test_probabilities_that_are_almost_even_are_kept_to_the_last_digit():
    dates = as_date(dict.fromkeys(("2026Q1", "2026Q2", "2026Q3"), 0.3333333333))
    assert as_date(dates.spec()) == dates
    assert as_date(dict.fromkeys(("2026Q1", "2026Q2", "2026Q3"), 1 / 3)).spec() == "2026Q1..2026Q3"


def test_a_certain_date_is_a_quarter():
    assert as_date("2026Q1") == as_date("2026Q1..2026Q1") == as_date({"2026Q1": 1}) == "2026Q1"


def test_a_date_is_drawn_by_the_inverse_of_its_distribution_function():
    dates = Dates(("2026Q1", "2026Q2", "2026Q4"), (0.2, 0.3, 0.5))
    assert dates.drawn(np.array([0.0, 0.19, 0.2, 0.49, 0.5, 0.999999])).tolist() == [0, 0, 1, 1, 2, 2]


@pytest.mark.parametrize(
    ("stated", "problems"),
    [
        ({}, ["the quarters are none; give at least one, in rising order.", "[]"]),
        ({"2026Q2": 0.5, "2026Q1": 0.5}, ["the quarters are 2026Q2, 2026Q1; give at least one, in rising order."]),
        ({"2026Q1": 0.5, "2026Q2": 0.6}, ["[0.5, 0.6]"]),
        ({"2026Q1": 0.0, "2026Q2": 1.0}, ["[0.0, 1.0]"]),
        ({"2026-Q1": 0.5, "soon": 0.5}, ["'2026-Q1' is not a quarter. Write '2026Q1'.", "'soon' is not a quarter."]),
    ],
)
def test_dates_that_make_no_sense_are_refused(stated, problems):
    with pytest.raises(ScenarioError) as caught:
        as_date(stated)
    heading, *found = str(caught.value).split("\n  - ")
    assert heading == "the dates cannot be read"
    assert len(found) == len(problems)
    for problem, seen in zip(problems, found, strict=True):
        if problem.startswith("["):
            assert seen == f"the probabilities are {problem}; give one a quarter in (0, 1], adding up to 1."
        else:
            assert seen.startswith(problem)


def test_a_range_that_runs_backwards_or_is_no_range_is_refused():
    with pytest.raises(ScenarioError, match="the quarters are none"):
        as_date("2027Q1..2026Q1")
    with pytest.raises(TimelineError, match="is not a quarter"):
        as_date("2026Q1..soon")
