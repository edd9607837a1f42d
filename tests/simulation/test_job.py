"""A small Monte Carlo job as one would write it path by path in plain Python: same draws, same probabilities."""

import math

import numpy as np
import pytest

from forecast.analysis import Goal, breakeven
from forecast.calibration import calibrate
from forecast.distributions import beta, lognormal, normal
from forecast.drivers import Formula, Growth, Path
from forecast.model import Model
from forecast.scenario import Scenario
from forecast.shocks import Add, Scale, Set
from forecast.simulation import simulate

PATHS, QUARTERS, UNTIL = 400, 8, "2027Q4"
SCENARIOS = {
    "base": {"growth": 0.02, "market": 1.0, "churn": 1.0, "shift": 0.0},
    "upside": {"growth": 0.04, "market": 1.5, "churn": 0.8, "shift": -2.0},
    "downside": {"growth": -0.02, "market": 0.7, "churn": 1.5, "shift": 2.0},
}


def draws():
    """Numbers from anywhere: these do not come from the library's own streams."""
    random = np.random.default_rng(2026)
    return {
        "sales": random.standard_normal((QUARTERS, PATHS)),
        "arr": random.standard_normal((QUARTERS, PATHS)),
        "market": 300.0 * np.exp(0.25 * random.standard_normal(PATHS)),
        "midpoint": 4.0 + random.standard_normal(PATHS),
        "churn": random.beta(8.0, 192.0, PATHS),
    }


def one_path(p, d, i):
    """Net profit and cash of path i, quarter by quarter, in scalars of the math module."""
    rate, sales, arr, cash, losses = p["growth"], 100.0, 20.0, 50.0, 30.0
    found = []
    for t in range(QUARTERS):
        rate = p["growth"] + 0.5 * (rate - p["growth"]) + 0.03 * d["sales"][t, i]
        sales *= 1 + rate
        logistic = [1 / (1 + math.exp(-0.6 * (x - 4))) for x in (t, t + 1)]
        new = p["market"] * d["market"][i] * (logistic[1] - logistic[0]) * math.exp(0.2 * d["arr"][t, i] - 0.02)
        before, arr = arr, arr + new - p["churn"] * d["churn"][i] * arr
        ai = (before + arr) / 8 * 0.95 / (1 + math.exp(-0.5 * (t - d["midpoint"][i] - p["shift"])))
        selling = 0.3 * (sales + ai) if 0.3 * (sales + ai) > 40 else 40.0
        ebit = 0.65 * sales + 0.5 * ai - selling - 46
        pretax = ebit + (0.01 * cash if cash > 0 else 0.03 * cash)
        tax = 0.25 * (pretax - losses if pretax > losses else 0.0)
        losses = losses - pretax if losses > pretax else 0.0
        cash += pretax - tax
        found.append((pretax - tax, cash))
    return found


@pytest.fixture(scope="module")
def company():
    model = Model(
        Growth("sales", growth=0.02, momentum=0.02, persistence=0.5, volatility=0.03, start=100.0),
        Formula("quarter = quarter[-1] + 1"),
        Path("market", value=lognormal(300, 0.25), kind="stock"),
        Path("midpoint", value=normal(4, 1), kind="rate"),
        Path("churn", value=beta(8, 192), kind="rate"),
        Path("surprise", noise=normal(0, 0.2), kind="rate"),
        Formula("adopted = 1 / (1 + exp(-0.6 * (quarter - 3))) - 1 / (1 + exp(-0.6 * (quarter - 4)))", kind="rate"),
        Formula("arr_new = market * adopted * exp(surprise - 0.02)"),
        Formula("arr = arr[-1] + arr_new - churn * arr[-1]"),
        Formula("ai = (arr[-1] + arr) / 8 * 0.95 / (1 + exp(-0.5 * (quarter - midpoint)))", kind="flow"),
        Formula("selling = max(0.3 * (sales + ai), 40)"),
        Formula("ebit = 0.65 * sales + 0.5 * ai - selling - 46"),
        Formula("pretax = ebit + 0.01 * max(cash[-1], 0) + 0.03 * min(cash[-1], 0)"),
        Formula("tax = 0.25 * max(pretax - losses[-1], 0)"),
        Formula("losses = max(losses[-1] - pretax, 0)"),
        Formula("net_profit = pretax - tax"),
        Formula("cash = cash[-1] + net_profit"),
    )
    return calibrate(model, opening={"quarter": -1, "arr": 20, "cash": 50, "losses": 30}, first="2026Q1")


@pytest.fixture(scope="module")
def runs(company):
    """Of 17 lines two are kept."""
    d = draws()
    given = {"noise/sales.error": d["sales"], "noise/surprise.error": d["arr"]}
    given |= {f"{line}.value": d[line] for line in ("market", "midpoint", "churn")}

    def shocks(p):
        yield Set("sales.growth", p["growth"])
        yield Set("sales.momentum", p["growth"])
        yield Scale("market.value", p["market"])
        yield Scale("churn.value", p["churn"])
        yield Add("midpoint.value", p["shift"])

    scenarios = [Scenario(name, *(shocks(p) if name != "base" else ())) for name, p in SCENARIOS.items()]
    keep = ["net_profit", "cash"]
    return simulate(company, scenarios, until=UNTIL, paths=PATHS, seed=1, draws=given, keep=keep)


@pytest.mark.parametrize("name", SCENARIOS)
def test_every_path_is_that_of_plain_python(runs, name):
    d = draws()
    expected = np.array([one_path(SCENARIOS[name], d, i) for i in range(PATHS)])
    np.testing.assert_allclose(runs.values("net_profit", name), expected[:, :, 0].T, rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(runs.values("cash", name), expected[:, :, 1].T, rtol=1e-9, atol=1e-9)


def test_the_probabilities_are_counts_of_paths_in_plain_python(runs):
    d = draws()
    curves = breakeven(runs, Goal("net_profit", at_least=0, over="quarter", by=UNTIL)).by_quarter
    for name, p in SCENARIOS.items():
        paths = [[net >= 0 for net, _ in one_path(p, d, i)] for i in range(PATHS)]
        counts = [sum(any(path[: t + 1]) for path in paths) for t in range(QUARTERS)]
        assert [round(float(share) * PATHS) for share in curves[name]] == counts
        assert counts[-1] > 0
    ends = [curves[name][-1] for name in ("downside", "base", "upside")]
    assert ends == sorted(ends)
    assert ends[0] < ends[-1] < 1
