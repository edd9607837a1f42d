"""A call of every chart on invented numbers."""

from __future__ import annotations

import forecast as fc
from forecast import reporting

from .invented import backtest, history, plausibility, simulation, variance_shares
from .test_bridge_chart import SHARES
from .test_tornado_chart import HUMP, TURNED, WIDE, result

DOLLARS = "costs_$cut$"
GOAL = fc.Goal("profit", at_least=0, over="quarter", by="2027Q4", probability=0.8)


def levers():
    """profit = sales - wages, with nothing by chance."""
    sales = fc.drivers.Path("sales", value=fc.assume(5.0, role="lever", low=0.0, high=10.0))
    wages = fc.drivers.Path("wages", value=fc.assume(6.0, role="lever", low=1.0, high=7.0))
    return fc.calibrate(fc.Model(sales, wages, fc.drivers.Formula("profit = sales - wages")), first="2026Q1")


def seek(**options):
    goal = fc.Goal("profit", at_least=0, over="quarter", by="2026Q1", probability=0.8)
    return fc.goal_seek(levers(), fc.Scenario(DOLLARS), vary="sales.value", goal=goal, paths=20, seed=1)


def trade():
    goal = fc.Goal("profit", at_least=0, over="quarter", by="2026Q1", probability=0.8)
    pair = ("sales.value", "wages.value")
    return fc.frontier(levers(), fc.Scenario(DOLLARS), vary=pair, goal=goal, points=11, paths=20, seed=1)


CHARTS = {
    "plot_arr": lambda **to: reporting.plot_arr(simulation(), "assistant", DOLLARS, **to),
    "plot_breakeven": lambda **to: reporting.plot_breakeven(fc.breakeven(simulation(), GOAL), **to),
    "plot_bridge": lambda **to: reporting.plot_bridge(SHARES, **to),
    "plot_calibration": lambda **to: reporting.plot_calibration(backtest(), **to),
    "plot_contradictions": lambda **to: reporting.plot_contradictions(history(), **to),
    "plot_fan": lambda **to: reporting.plot_fan(simulation(), "revenue", DOLLARS, **to),
    "plot_frontier": lambda **to: reporting.plot_frontier(trade(), **to),
    "plot_goal_seek": lambda **to: reporting.plot_goal_seek(seek(), **to),
    "plot_history": lambda **to: reporting.plot_history(history(), "subscriptions", **to),
    "plot_overview": lambda **to: reporting.plot_overview(
        simulation(), fc.breakeven(simulation(), GOAL), lines=["revenue"], scenario=DOLLARS, **to
    ),
    "plot_plausibility": lambda **to: reporting.plot_plausibility(plausibility(), **to),
    "plot_runway": lambda **to: reporting.plot_runway(fc.runway(simulation(), floor=35), **to),
    "plot_segments": lambda **to: reporting.plot_segments(simulation(), "revenue", DOLLARS, **to),
    "plot_tornado": lambda **to: reporting.plot_tornado(result(WIDE, TURNED, HUMP), **to),
    "plot_variance_shares": lambda **to: reporting.plot_variance_shares(variance_shares(), **to),
}
"""A call of every chart, with a dollar in a name wherever it takes one."""
