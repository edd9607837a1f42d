"""Two small companies: one with every parameter stated, one with a history of marked figures."""

from __future__ import annotations

import numpy as np
import pytest

import forecast as fc
from forecast.financials import LineHistory
from forecast.lines import Line

QUARTERS = tuple(fc.Quarter.parse("2024Q3") + step for step in range(6))
MARKED = {
    "revenue": (
        [90.0, np.nan, 96.0, 98.0, 101.0, 100.0],
        [0.0, np.nan, 8.0, 4.0, 0.01, 0.0],
        ("reported", "missing", "estimated", "derived", "derived", "reported"),
    ),
    "research_and_development": ([100.0, 102.0, 104.0, 106.0, 108.0, 110.0], [0.0] * 6, ("reported",) * 6),
}


@pytest.fixture(scope="session")
def stated() -> fc.Simulation:
    """Twelve quarters of a company without a history, under two scenarios."""
    model = fc.Model(
        fc.drivers.Growth("revenue", growth=0.02, persistence=0, volatility=0.05, momentum=0.02, start=100),
        fc.drivers.Growth(
            "research_and_development", growth=0.0, persistence=0, volatility=0.02, momentum=0.0, start=110
        ),
        fc.drivers.Formula("net_profit = revenue - research_and_development"),
        fc.drivers.SCurve("arr", ceiling=900, rate=0.25, start=100, volatility=0.1, currency="USD"),
        fc.drivers.Rate("usd_cny", start=7, volatility=0.02, unit="CNY_per_USD"),
        fc.drivers.Formula("cash = cash[-1] + net_profit"),
    )
    company = fc.calibrate(model, first="2026Q1", opening={"cash": 500.0})
    base = fc.Scenario("base")
    cut = base.but("R&D cut", fc.shocks.Scale("research_and_development", 0.9, start="2026Q3"))
    return fc.simulate(company, [base, cut], until="2028Q4", paths=400, seed=3)


@pytest.fixture(scope="session")
def remembered() -> fc.Simulation:
    """Eight quarters of a company whose history has reported, derived, estimated and missing figures."""
    entries = []
    for name, (values, errors, marks) in MARKED.items():
        known = np.isfinite(values)
        covariance = np.where(np.outer(known, known), np.diag(np.nan_to_num(np.square(errors))), np.nan)
        entries.append(LineHistory(Line(name, currency="CNY"), np.array(values), covariance, marks))
    history = fc.History(QUARTERS, tuple(entries))
    model = fc.Model(
        fc.drivers.Growth("revenue", growth=0.02, persistence=0, volatility=0.05, momentum=0.02),
        fc.drivers.Growth("research_and_development", growth=0.0, persistence=0, volatility=0.02, momentum=0.0),
        fc.drivers.Formula("net_profit = revenue - research_and_development"),
    )
    return fc.simulate(fc.calibrate(model, history), fc.Scenario("base"), until="2027Q4", paths=300, seed=0)
