"""When does a small company break even, and how many seats a quarter does that take?"""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

import forecast as fc
from forecast_downstream_example.driver import Seats
from forecast_downstream_example.forecaster import MedianStep
from forecast_downstream_example.shock import Toward

QUARTERS = ["2025Q1", "2025Q2", "2025Q3", "2025Q4", "2026Q1"]


@dataclass(frozen=True)
class Answer:
    """What was asked of the company."""

    dates: pd.DataFrame
    needed: float | None
    seats: pd.DataFrame


def answer(*, seed: int, paths: int = 1_000) -> Answer:
    """Breakeven dates by scenario, the seats a quarter that reach the goal, and the quantiles of the seats."""
    rent = pd.Series([3.0, 3.1, 3.1, 3.2, 3.3], index=QUARTERS, name="rent")
    model = fc.Model(
        Seats("seats", start=100.0, added=fc.normal(30.0, 5.0), churn=0.1),
        fc.drivers.Path("price", 0.02, kind="rate"),
        fc.drivers.Formula("revenue = seats * price"),
        fc.drivers.Trend("rent", forecaster=MedianStep()),
        fc.drivers.Formula("profit = revenue - rent"),
    )
    company = fc.calibrate(model, fc.History.from_frame(rent.to_frame()))
    base = fc.Scenario("base")
    dear = base.but("dearer", Toward("price", 0.03, start="2026Q4", ramp=2))
    goal = fc.Goal("profit", at_least=0.0, over="quarter", by="2027Q4", probability=0.8)
    runs = fc.simulate(company, [base, dear], until="2027Q4", paths=paths, seed=seed)
    sought = fc.goal_seek(company, base, vary="seats.added", goal=goal, paths=paths, seed=seed)
    return Answer(fc.breakeven(runs, goal).to_frame(), sought.answer, runs.quantiles("seats", "base"))
