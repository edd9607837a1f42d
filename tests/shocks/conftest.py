"""A small company whose lines are known by heart, to see what one shock does to it."""

import pandas as pd
import pytest

from forecast.calibration import calibrate
from forecast.drivers import Formula, Growth, Path
from forecast.financials import History
from forecast.model import Model
from forecast.scenario import Scenario
from forecast.simulation import simulate


@pytest.fixture
def company():
    """Sales 100, 110, 120, 130 in 2025, then 100 with 20 more in fourth quarters; wages from 40, growing by 10 %."""
    history = History.from_frame(
        pd.DataFrame({"sales": [100.0, 110.0, 120.0, 130.0]}, index=["2025Q1", "2025Q2", "2025Q3", "2025Q4"])
    )
    model = Model(
        Path("sales", value=100.0, planned={"2026Q4": 20.0, "2027Q4": 20.0}),
        Growth("wages", growth=0.1, persistence=0.0, volatility=0.0, momentum=0.1, start=40.0),
        Formula("profit = sales - wages"),
    )
    return calibrate(model, history)


@pytest.fixture
def under(company):
    """The paths of a line under some shocks, eight quarters from 2026Q1, shape (8, paths)."""

    def paths_of(line, *shocks, paths=3, seed=5, until="2027Q4"):
        return simulate(company, Scenario("shocked", *shocks), until=until, paths=paths, seed=seed).values(line)

    return paths_of


@pytest.fixture
def row(under):
    """The first path of a line under some shocks, as a list of eight numbers."""

    def numbers_of(line, *shocks, **options):
        return under(line, *shocks, **options)[:, 0].tolist()

    return numbers_of
