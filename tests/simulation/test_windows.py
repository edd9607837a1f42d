"""Windows over quarters, by hand."""

import numpy as np
import pytest

from forecast.errors import SimulationError
from forecast.lines import Line
from forecast.simulation import WINDOWS, window
from forecast.timeline import Quarter

FLOW, STOCK, RATE = Line("sales"), Line("cash", "stock"), Line("usd_cny", "rate")
NAN = np.nan
VALUES = np.array([[1.0, 10.0], [2.0, 20.0], [3.0, 30.0], [4.0, 40.0], [5.0, 50.0]])
PAST = np.array([100.0, 200.0, 300.0])


def over(name, *, line=FLOW, past=PAST, first="2026Q1", values=VALUES):
    return window(values, np.asarray(past), line, name, Quarter.parse(first))


def test_a_quarter_is_the_line_itself():
    for line in (FLOW, STOCK, RATE):
        assert over("quarter", line=line) is VALUES


def test_a_trailing_year_reaches_back_into_the_three_quarters_before():
    expected = [[601, 610], [503, 530], [306, 360], [10, 100], [14, 140]]
    assert over("trailing_year").tolist() == expected


def test_a_fiscal_year_stands_in_its_fourth_quarter_alone():
    expected = np.full((5, 2), NAN)
    expected[3] = [10, 100]
    np.testing.assert_array_equal(over("fiscal_year"), expected)


@pytest.mark.parametrize(
    ("first", "row", "total"),
    [
        ("2026Q2", 2, [300 + 1 + 2 + 3, 300 + 10 + 20 + 30]),
        ("2026Q3", 1, [200 + 300 + 1 + 2, 200 + 300 + 10 + 20]),
        ("2026Q4", 0, [100 + 200 + 300 + 1, 100 + 200 + 300 + 10]),
    ],
)
def test_the_first_fiscal_year_takes_in_its_reported_quarters(first, row, total):
    years = over("fiscal_year", first=first)
    assert years[row].tolist() == total
    assert np.flatnonzero(~np.isnan(years[:, 0])).tolist() == [row, *([row + 4] if row + 4 < 5 else [])]


def test_a_fiscal_year_ignores_missing_quarters_of_the_year_before():
    years = over("fiscal_year", first="2026Q3", past=[NAN, 200.0, 300.0])
    assert years[1].tolist() == [503, 530]


def test_cumulative_sums_from_the_first_simulated_quarter_whatever_the_past():
    expected = [[1, 10], [3, 30], [6, 60], [10, 100], [15, 150]]
    assert over("cumulative", past=[NAN] * 3).tolist() == expected


def test_a_stock_is_read_at_the_end_of_the_fiscal_year():
    expected = np.full((5, 2), NAN)
    expected[3] = [4, 40]
    np.testing.assert_array_equal(over("fiscal_year", line=STOCK), expected)


@pytest.mark.parametrize("name", ["trailing_year", "cumulative"])
def test_a_stock_is_never_summed(name):
    with pytest.raises(SimulationError) as caught:
        over(name, line=STOCK)
    words = name.replace("_", " ")
    assert str(caught.value) == f"'cash' is a stock, which is not summed over a {words}; use over='quarter'."


@pytest.mark.parametrize("name", ["trailing_year", "fiscal_year", "cumulative"])
def test_a_rate_is_never_summed(name):
    with pytest.raises(SimulationError) as caught:
        over(name, line=RATE)
    words = name.replace("_", " ")
    assert str(caught.value) == f"'usd_cny' is a rate, which is not summed over a {words}; use over='quarter'."


def test_a_trailing_year_with_unknown_quarters_names_them():
    with pytest.raises(SimulationError) as caught:
        over("trailing_year", past=[NAN, 200.0, NAN])
    assert str(caught.value) == (
        "'sales' over a trailing year needs 2025Q2, 2025Q4, which the history lacks. "
        "Use over='quarter' or 'cumulative', or give the history these quarters."
    )


def test_a_fiscal_year_with_unknown_quarters_names_only_its_own():
    with pytest.raises(SimulationError) as caught:
        over("fiscal_year", first="2026Q3", past=[NAN, NAN, 300.0])
    assert str(caught.value) == (
        "'sales' over a fiscal year needs 2026Q1, which the history lacks. "
        "Use over='quarter' or 'cumulative', or give the history these quarters."
    )


def test_a_fiscal_year_that_begins_in_the_first_quarter_needs_no_past():
    assert over("fiscal_year", past=[NAN] * 3)[3].tolist() == [10, 100]


def test_an_unknown_window_is_refused():
    with pytest.raises(SimulationError) as caught:
        over("year")
    assert str(caught.value) == f"'year' is not a window; use one of {', '.join(WINDOWS)}."


def test_a_window_is_taken_path_by_path():
    rng = np.random.default_rng(1)
    values = rng.normal(size=(9, 7))
    together = over("trailing_year", values=values)
    apart = [over("trailing_year", values=values[:, [path]]) for path in range(7)]
    assert together.tobytes() == np.hstack(apart).tobytes()
