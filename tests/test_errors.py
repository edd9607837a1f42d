"""Errors tell every problem at once, and offer the nearest name."""

import pickle

import pytest

from forecast import errors
from forecast.errors import ForecastError, ModelError, Problems, did_you_mean


def test_the_text_holds_the_heading_and_every_problem():
    error = ForecastError("it does not hold together", ["a is wrong.", "b is missing."])
    assert str(error) == "it does not hold together\n  - a is wrong.\n  - b is missing."
    assert error.heading == "it does not hold together"
    assert error.problems == ("a is wrong.", "b is missing.")


def test_without_problems_the_text_is_the_heading():
    assert str(ForecastError("a sentence.")) == "a sentence."


def test_problems_of_a_problem_are_indented_under_it():
    inner = ForecastError("the driver cannot be read", ["growth: too large.", "start: missing."])
    outer = ForecastError("the model cannot be read", [f"driver 2: {inner}", "the unit is missing."])
    assert str(outer) == (
        "the model cannot be read\n"
        "  - driver 2: the driver cannot be read\n"
        "    - growth: too large.\n"
        "    - start: missing.\n"
        "  - the unit is missing."
    )


def test_an_error_survives_the_way_from_a_worker_process():
    error = ModelError("the model does not hold together", ["one.", "two."])
    copy = pickle.loads(pickle.dumps(error))
    assert type(copy) is ModelError
    assert (copy.heading, copy.problems, str(copy)) == (error.heading, error.problems, str(error))


def test_no_problem_raises_nothing():
    Problems().raise_if_any(ModelError, "the model")


def test_problems_are_raised_once_with_all_of_them_in_order():
    problems = Problems()
    problems.add("second letter first.")
    problems.add("a later one.")
    with pytest.raises(ModelError) as caught:
        problems.raise_if_any(ModelError, "the model")
    assert caught.value.problems == ("second letter first.", "a later one.")


@pytest.mark.parametrize(
    ("name", "names", "sentence"),
    [
        ("arr.grwth", ["cash", "arr.growth"], "Did you mean 'arr.growth'?"),
        ("xyz", ["revenue", "cash"], "Known: 'cash', 'revenue'."),
        ("xyz", [], "There are none."),
        ("xyz", list("abcdefghijkl"), "Known: " + ", ".join(f"'{c}'" for c in "abcdefghijkl") + "."),
        ("xyz", list("abcdefghijklm"), "Known: " + ", ".join(f"'{c}'" for c in "abcdefghijkl") + ", ...."),
    ],
)
def test_the_nearest_name_or_the_known_ones_are_offered(name, names, sentence):
    assert did_you_mean(name, names) == sentence


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("aera", "area"),
        ("netprofit", "net_profit"),
        ("sales.grow", "sales.growth"),
        ("usd_cyn", "usd_cny"),
        ("growth", "arr.growth"),
        ("trailing", "trailing_year"),
        ("reserch_and_development", "research_and_development"),
        ("facts.cvs", "facts.csv"),
        ("costs", "cost"),
        ("lgo", "log"),
        ("ets", "ETS"),
        ("cut", "R&D cut"),
        ("arr", "arr.growth"),
    ],
)
def test_a_slip_is_told_from_another_name(name, meant):
    assert did_you_mean(name, [meant, "unlike"]) == f"Did you mean '{meant}'?"


@pytest.mark.parametrize(
    ("name", "other"),
    [
        ("push.value", "wages.value"),
        ("cost.value", "cash.value"),
        ("price.volatility", "cost.volatility"),
        ("games_revenue", "drama_revenue"),
        ("operating_cost", "operating_profit"),
        ("gross_profit", "net_profit"),
        ("sales.growth", "arr.growth"),
        ("profit", "project"),
        ("margin", "marketing"),
        ("wages", "sales"),
        ("interest", "investment"),
        ("month", "growth"),
    ],
)
def test_another_name_is_not_offered_as_what_was_meant(name, other):
    assert did_you_mean(name, [other]) == f"Known: '{other}'."


def test_a_word_that_several_names_have_tells_none_of_them():
    assert did_you_mean("value", ["cash.value", "cost.value"]) == "Known: 'cash.value', 'cost.value'."


def test_of_two_near_names_the_one_whose_words_are_alike_is_offered():
    assert did_you_mean("cots.value", ["cash.value", "cost.value"]) == "Did you mean 'cost.value'?"


def test_every_error_is_a_forecast_error_with_a_docstring():
    kinds = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, Exception)]
    assert kinds
    assert [kind.__name__ for kind in kinds if not issubclass(kind, ForecastError) or not kind.__doc__] == []


def test_narrow_errors_are_caught_by_the_wide_ones():
    assert issubclass(errors.FormulaError, errors.ModelError)
    assert issubclass(errors.CycleError, errors.ModelError)
    assert issubclass(errors.HistoryTooShortError, errors.CalibrationError)
