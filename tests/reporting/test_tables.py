"""The text table against figures worked by hand, and against the simulation's own fiscal years."""

from __future__ import annotations

import pandas as pd
import pytest

import forecast as fc
from forecast.errors import SimulationError
from forecast.reporting import fiscal_year_table
from forecast.reporting.tables import year_of


def small(history: fc.History | None = None, *, until: str = "2027Q4") -> fc.Simulation:
    """``fee`` is 250 a quarter exactly; ``cash`` rises by it from 1000."""
    model = fc.Model(
        fc.drivers.Path("fee", 250),
        fc.drivers.Formula("cash = cash[-1] + fee"),
        fc.drivers.Path("rate", 7.5, kind="rate"),
    )
    company = fc.calibrate(model, history, opening={"cash": 1000}, first=None if history else "2025Q3")
    return fc.simulate(company, fc.Scenario("base"), until=until, paths=10, seed=0)


def test_the_text_worked_by_hand():
    """2025 has two reported quarters, 100 and 200, and two simulated ones, 250 each."""
    frame = pd.DataFrame({"fee": [100.0, 200.0]}, index=["2025Q1", "2025Q2"])
    assert fiscal_year_table(small(fc.History.from_frame(frame)), ["fee", "cash"]) == (
        "Scenario 'base' by fiscal year: median (10% to 90% quantile), 10 paths\n"
        "      unit                                  2025                    2026                    2027\n"
        "fee   million CNY a year        800 (800 to 800)  1,000 (1,000 to 1,000)  1,000 (1,000 to 1,000)\n"
        "cash  million CNY         1,500 (1,500 to 1,500)  2,500 (2,500 to 2,500)  3,500 (3,500 to 3,500)"
    )


def test_a_year_whose_reported_quarters_are_unknown_is_not_made_up():
    table = fiscal_year_table(small(), ["fee", "rate"]).splitlines()
    assert table[2].split() == ["fee", "million", "CNY", "a", "year", "-", *(["1,000", "(1,000", "to", "1,000)"] * 2)]
    assert table[3].split()[-4:] == ["7.500", "(7.500", "to", "7.500)"]


def test_years_are_those_of_the_simulation(remembered):
    years = remembered.fiscal_years("revenue")
    for end, year in ((3, 2026), (7, 2027)):
        assert year_of(remembered, "revenue", "base", end) == pytest.approx(years.loc[year].to_numpy())


def test_every_problem_is_told_at_once():
    with pytest.raises(SimulationError) as told:
        fiscal_year_table(small(until="2025Q3"), ["fees"], "bas", range_of=(0.9, 0.1))
    assert str(told.value) == (
        "the table cannot be made\n"
        "  - there is no scenario 'bas'. Did you mean 'base'?\n"
        "  - there is no line 'fees'. Did you mean 'fee'?\n"
        "  - range_of is (0.9, 0.1); give two rising levels in (0, 1), as in (0.1, 0.9).\n"
        "  - no fiscal year ends by 2025Q3; simulate longer."
    )
