"""An invented company whose history and paths are written down, so that charts show no chance at all."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from functools import cache

import numpy as np
import pandas as pd

import forecast as fc
from forecast.analysis.distance import Distance, Plausibility, Standing
from forecast.analysis.ranks import Ranks
from forecast.analysis.variance import Share, VarianceShares
from forecast.evaluation import Backtest
from forecast.financials import LineHistory
from forecast.financials.facts import Fact
from forecast.financials.history import Contradiction
from forecast.lines import Line

PATHS = 101
FIRST = fc.Quarter.parse("2025Q3")
STEPS = 10
RISING = 2 * np.arange(PATHS) / (PATHS - 1) - 1
"""-1 to 1 over the paths; its median is 0 and its 10 and 90 % quantiles are -0.8 and 0.8."""

MIXED = RISING[np.arange(PATHS) * 7 % PATHS]
"""The same numbers in another order."""

SHARE = 0.5 + 0.03 * np.arange(STEPS)
"""Recognised revenue over ARR in the simulated quarters."""

NONE = np.nan
QUARTERS = tuple(fc.Quarter.parse("2023Q3") + step for step in range(8))
PAST = {
    "subscriptions": (("flow", "million", "CNY"), [80, 82, 84, 86, 90, 93, 96, 98], "reeereed", 5.0),
    "arr": (("stock", "million", "USD"), [NONE, NONE, NONE, 4, 8, 12, 16, 18], "---rrrrd", 2.0),
    "usd_cny": (("rate", "CNY_per_USD", None), [7.0] * 8, "rrrrrrrr", 0.0),
    "assistant": (("flow", "million", "CNY"), [NONE, NONE, NONE, 2, 5, 9, 13, 15], "---eeedr", 1.5),
    "revenue": (("flow", "million", "CNY"), [82, 84, 86, 88, 95, 102, 109, 113], "rrrrrrrr", 0.0),
    "cost": (("flow", "million", "CNY"), [90, 91, 92, 93, 100, 108, 115, 118], "rrrrrrrr", 0.0),
    "profit": (("flow", "million", "CNY"), [-8, -7, -6, -5, -5, -6, -6, -5], "dddddddd", 0.0),
    "cash": (("stock", "million", "CNY"), [80, 73, 67, 62, 57, 51, 45, 40], "rrrrrrrr", 0.0),
}
WORDS = {"r": "reported", "d": "derived", "e": "estimated", "-": "missing"}


def printed(period: str, basis: str, line: str, value: float, source: str) -> Fact:
    return Fact(period, basis, line, "", value, "million", "CNY", dt.date(2025, 5, 1), source, "high", 0.5)


FACTS = (
    (printed("2024", "annual", "cost", 440.0, "S1"), 393.0, 94.0),
    (printed("2025Q1", "quarter", "profit", -9.0, "S_2 $2$"), -6.0, 10.4),
    (printed("2024Q4", "quarter", "revenue", 97.0, "S_3"), 102.0, 8.7),
)


def history() -> fc.History:
    """Figures of every mark, and three contradictions."""
    entries = []
    for name, ((kind, unit, currency), values, marks, error) in PAST.items():
        errors = np.array([error if mark in "ed" else 0.0 for mark in marks])
        known = np.isfinite(np.array(values, dtype=float))
        covariance = np.where(np.outer(known, known), np.diag(errors**2), np.nan)
        line = Line(name, kind, unit, currency)
        entries.append(LineHistory(line, np.array(values, dtype=float), covariance, tuple(WORDS[m] for m in marks)))
    found = tuple(
        Contradiction(fact, implied, distance, "the figure of a year before" if distance > 90 else "")
        for fact, implied, distance in FACTS
    )
    return fc.History(QUARTERS, tuple(entries), as_of=dt.date(2025, 8, 31), contradictions=found)


@cache
def simulation() -> fc.Simulation:
    """Ten quarters of two scenarios over 101 paths."""
    model = fc.Model(
        fc.drivers.Path("subscriptions", value=100.0),
        fc.drivers.SCurve("arr", ceiling=400, rate=0.2, volatility=0.0, currency="USD"),
        fc.drivers.Rate("usd_cny", unit="CNY_per_USD", volatility=0.0),
        fc.drivers.Conversion("assistant", of="arr", fx="usd_cny", start=0.5, half_life=4, ceiling=0.9),
        fc.drivers.Formula("revenue = subscriptions + assistant"),
        fc.drivers.Path("cost", value=120.0),
        fc.drivers.Formula("profit = revenue - cost"),
        fc.drivers.Formula("cash = cash[-1] + profit"),
        currency="CNY",
    )
    company = fc.calibrate(model, history())
    base = fc.Scenario("base")
    other = base.but("costs_$cut$", fc.shocks.Scale("cost", 0.9, start="2025Q4"))
    runs = fc.simulate(company, [base, other], until=FIRST + (STEPS - 1), paths=PATHS, seed=1)
    t = np.arange(STEPS)[:, None]
    lines = {
        "subscriptions": 100 + 2 * t + (t + 1) * RISING,
        "arr": (20 + 4 * t) * np.exp(0.1 * (t + 1) * MIXED),
        "usd_cny": np.full((STEPS, PATHS), 7.0),
    }
    lines["assistant"] = SHARE[:, None] * 7 * lines["arr"] / 4
    lines["revenue"] = lines["subscriptions"] + lines["assistant"]
    series = {}
    for scenario, cost in (("base", 120 + 6 * t + 0 * RISING), ("costs_$cut$", 120 + 3 * t + 0 * RISING)):
        own = {**lines, "cost": cost, "profit": lines["revenue"] - cost}
        series[scenario] = {**own, "cash": 40 + np.cumsum(own["profit"], axis=0)}
    return replace(runs, series=series)


def backtest() -> Backtest:
    """Two forecasters, four steps, ten origins; PIT values and hits written down."""
    rows = []
    for origin in range(10):
        for step in range(1, 5):
            for name, pit in (("Wide_$1$", (origin + 0.5) / 20 + 0.25), ("Level", (origin + 0.5) / 10)):
                rows.append(
                    {
                        "series": "s",
                        "forecaster": name,
                        "origin": f"p{origin}",
                        "place": origin,
                        "step": step,
                        "period": f"p{origin + step}",
                        "scale": 1.0,
                        "pit": pit,
                        "covered80": float(origin < (10 if name != "Level" else 9 - step)),
                        "covered95": float(origin < (10 if name != "Level" else 10 - step // 3)),
                        **dict.fromkeys(("error", "smape", "crps", "loss", "interval80", "interval95"), 1.0),
                    }
                )
    nothing = pd.DataFrame(columns=["series", "origin", "forecaster", "energy"])
    left = pd.DataFrame(columns=["series", "origin", "forecaster", "reason"])
    return Backtest(pd.DataFrame(rows), nothing, left, ("Wide_$1$", "Level"), "Level", 4)


def variance_shares(count: int = 3) -> VarianceShares:
    """Shares that fall by halves; the last one alone is below zero by its error."""
    shares = tuple(
        Share(f"$x$_{k}.growth", "parameter", (0.4 / 2**k - 0.11, 0.02), (0.5 / 2**k, 0.01)) for k in range(count)
    )
    order = Ranks(tuple((k + 1, k + 1) for k in range(count)), count, 1.0)
    statistic = fc.Mean("profit", at="2027Q4")
    return VarianceShares(statistic, "base", 12.5, shares, (), (0.2, 0.03), order, "million CNY a quarter")


def plausibility() -> Plausibility:
    """Three scenarios: near, so far that few paths are left, and beyond all paths; 0.693147 nats are one head."""
    two = np.log(2)
    distances = {
        "far": Distance(("cost",), 4 * two, 0.5 * two, 40.0),
        "near_$1$": Distance(("cost",), 1 * two, 0.1 * two, 900.0),
        "beyond": Distance(("cost",), np.inf, np.nan, 0.0),
    }
    standings = {
        name: (
            Standing("cost", 2026, 500.0, 480.0, 0.4, 0.01, 0.02),
            Standing("cost", 2027, 500.0, 450.0, percentile, 0.01, entropy),
        )
        for name, percentile, entropy in (("far", 0.99, 1.6), ("near_$1$", 0.25, 0.14), ("beyond", 1.0, np.inf))
    }
    return Plausibility("base", (2026, 2027), 1000, 1000.0, distances, standings)
