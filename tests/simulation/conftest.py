"""A company with every kind of line, stated in full, without a history."""

import pytest

from forecast.calibration import calibrate
from forecast.distributions import lognormal, normal, triangular
from forecast.drivers import Conversion, Formula, Growth, Path, Rate, Ratio, SCurve
from forecast.model import Model

DRIVERS = (
    Rate("usd_cny", start=7.0, volatility=0.05),
    Growth(
        "sales",
        growth=normal(0.02, 0.01),
        persistence=0.3,
        volatility=0.05,
        momentum=0.02,
        start=100.0,
        shared={"demand": 0.6},
    ),
    SCurve("arr", ceiling=lognormal(400, 0.3), rate=0.3, start=50.0, volatility=0.1, currency="USD"),
    Conversion("product", of="arr", fx="usd_cny", half_life=triangular(2, 5, 12), start=0.8, ceiling=0.95),
    Formula("revenue = sales + product"),
    Ratio("cost", of="revenue", target=normal(0.6, 0.05), half_life=4.0, volatility=0.02, start=0.7),
    Growth("wages", growth=0.01, persistence=0.3, volatility=0.03, momentum=0.01, start=60.0, shared={"demand": 0.5}),
    Path("luck", value=normal(0, 1), noise={"student_t": {"degrees": 3, "centre": 0, "scale": 5}}),
    Formula("profit = revenue - cost - wages + luck"),
    Formula("cash = cash[-1] + profit"),
)


@pytest.fixture(scope="session")
def drivers():
    """Its drivers."""
    return DRIVERS


@pytest.fixture(scope="session")
def company():
    """Cash opens at 500; the first simulated quarter is 2026Q1."""
    return calibrate(Model(*DRIVERS), opening={"cash": 500.0}, first="2026Q1")
