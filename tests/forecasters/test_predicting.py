"""A panel predicted in one line: as each series alone, drawn apart, nothing dropped in silence."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import forecast as fc
from forecast.errors import SimulationError

PERIODS = pd.period_range("2020Q1", periods=16, freq="Q")
WIDE = pd.DataFrame(
    np.exp(np.random.default_rng(0).normal(0.02, 0.05, (16, 3)).cumsum(axis=0)), index=PERIODS, columns=["a", "b", "c"]
)


def test_each_series_is_predicted_as_alone():
    both = fc.predict(WIDE, 4)
    assert list(both) == ["a", "b", "c"]
    for name in both:
        pd.testing.assert_frame_equal(both[name].to_frame(), fc.predict(WIDE[name], 4).to_frame())


def test_a_long_frame_is_the_same_panel():
    long = WIDE.reset_index(names="ds").melt("ds", var_name="unique_id", value_name="y").sample(frac=1, random_state=1)
    frame = fc.predict(long, 4).to_frame().sort_index()
    pd.testing.assert_frame_equal(frame, fc.predict(WIDE, 4).to_frame().sort_index(), check_names=False)


@pytest.mark.parametrize(
    ("column", "values", "told"),
    [
        ("unique_id", ["a", None, "b"], "1 of 3 rows have no unique_id; give every row the name of its series."),
        ("unique_id", [["a"], "a", "b"], "its rows cannot be put in order (unhashable type: 'list'); give a text as "),
        ("ds", ["2024Q1", PERIODS[1], "2024Q2"], "its rows cannot be put in order ('<' not supported between "),
    ],
)
def test_a_long_frame_without_names_or_an_order_is_refused(column, values, told):
    long = pd.DataFrame({"unique_id": ["a"] * 3, "ds": ["2024Q1", "2024Q2", "2024Q3"], "y": [1.0, 2.0, 3.0]})
    long[column] = pd.Series(values, dtype=object)
    with pytest.raises(SimulationError) as caught:
        fc.predict(long, 2)
    assert str(caught.value).startswith(f"the series cannot be predicted:\n  - {told}")


def test_an_index_that_says_a_quarter_twice_in_disorder_is_refused():
    twice = pd.Series([1.0, 2.0, 3.0], index=["2024Q2", "2024Q1", "2024Q2"], name="sales")
    with pytest.raises(SimulationError) as caught:
        fc.predict(twice, 2)
    assert str(caught.value).startswith("the series cannot be predicted:\n  - ")
    assert "2024Q2" in str(caught.value)


@pytest.mark.parametrize("year", ["-001", "12000"])
def test_a_hole_before_or_after_a_year_that_python_has_no_date_for_is_refused(year):
    days = np.array(["2024-01-01", "2024-02-01", "2024-03-01", f"{year}-01-01"], dtype="datetime64[s]")
    with pytest.raises(SimulationError, match=f"periods are missing between .*{year}-01-01"):
        fc.predict(pd.Series([1.0, 2.0, 3.0, 4.0], index=pd.DatetimeIndex(days).sort_values()), 2)


def test_an_index_of_several_levels_is_refused():
    deep = pd.Series([1.0, 2.0], index=pd.MultiIndex.from_tuples([("2024Q1", "a"), ("2024Q2", "a")]), name="sales")
    with pytest.raises(SimulationError) as caught:
        fc.predict(deep, 2)
    assert str(caught.value) == (
        "the series cannot be predicted:\n"
        "  - the index has 2 levels; keep the one of the periods: series.droplevel(...)."
    )


def test_series_are_drawn_apart_and_do_not_depend_on_their_neighbours():
    both = fc.predict(WIDE, 4, seed=3, paths=4000)
    first, second = (np.log(both[name].paths.iloc[0]) for name in ("a", "b"))
    # 4,000 independent pairs: the correlation has a standard error of 0.016; five of them
    assert abs(np.corrcoef(first, second)[0, 1]) < 0.08
    alone = fc.predict(WIDE[["b"]], 4, seed=3, paths=4000)
    pd.testing.assert_frame_equal(alone["b"].paths, both["b"].paths)


def test_a_short_series_is_listed_and_the_others_go_on():
    wide = WIDE.copy()
    wide["b"] = np.where(np.arange(16) < 13, np.nan, -wide["b"])  # three losses
    found = fc.predict(wide, 2)
    assert list(found) == ["a", "c"]
    assert "Combination cannot be fitted to 3 values" in found.left_out["b"]
    with pytest.raises(SimulationError, match="'b' was left out: Combination cannot be fitted"):
        found["b"]
    with pytest.raises(SimulationError, match="there is no series 'd' in a, c"):
        found["d"]
    assert "left out: b" in repr(found)


def test_holes_inside_are_refused_by_name():
    wide = WIDE.copy()
    wide.iloc[5, 2] = np.nan
    with pytest.raises(SimulationError) as caught:
        fc.predict(wide, 2)
    assert str(caught.value) == (
        "the series cannot be predicted:\n"
        "  - 'c': the value is missing or infinite in 2021Q2; fill it or start after it."
    )


def test_where_nothing_can_be_predicted_every_reason_is_told():
    with pytest.raises(SimulationError, match="no series could be predicted"):
        fc.predict(-WIDE.iloc[:3], 2)
