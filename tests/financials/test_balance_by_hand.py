"""Balances small enough to work on paper, and larger ones against independent solutions."""

from __future__ import annotations

import math

import numpy as np
import pytest

from forecast.financials import Financials
from forecast.lines import Identity, Line

from .reported import books, fact, reported

ROUNDED = 0.5 / math.sqrt(3)
"""Standard error of a figure printed in whole millions."""


def at(history, line, quarter):
    return history.values(line)[[str(one) for one in history.quarters].index(quarter)]


def error_at(history, line, quarter):
    return history.errors(line)[[str(one) for one in history.quarters].index(quarter)]


def mark_at(history, line, quarter):
    return history.marks(line)[[str(one) for one in history.quarters].index(quarter)]


def test_two_by_two_table_with_a_total():
    # a + b = total, one quarter. Figures 10, 20, 33 with standard errors 1, 2, 2 (half-width sqrt(3) * se).
    # Lagrange: a = 10 + 1*m, b = 20 + 4*m, total = 33 - 4*m with 10 + 20 + 5m = 33 - 4m, so m = 1/3.
    # var(a) = 1 - 1*1/9 = 8/9, var(b) = 4 - 16/9 = 20/9, var(total) = 20/9.
    half = math.sqrt(3)
    facts = reported(
        fact("a", "2024Q1", "10", rounding=half),
        fact("b", "2024Q1", "20", rounding=2 * half),
        fact("total", "2024Q1", "33", rounding=2 * half),
    )
    accounts = books(
        Line("a"), Line("b"), Line("total"), identities=(Identity("total", (("a", 0, 1.0), ("b", 0, 1.0))),)
    )
    history = facts.reconcile(accounts)
    found = [at(history, name, "2024Q1") for name in ("a", "b", "total")]
    assert found == pytest.approx([10 + 1 / 3, 20 + 4 / 3, 33 - 4 / 3], rel=1e-8)
    errors = [error_at(history, name, "2024Q1") for name in ("a", "b", "total")]
    assert errors == pytest.approx([math.sqrt(8 / 9), math.sqrt(20 / 9), math.sqrt(20 / 9)], rel=1e-6)
    assert history.contradictions == ()


def test_two_by_two_table_with_margins():
    # Cells x11..x22 and their row and column totals, all read with the same error: the weighted least
    # squares solution is the projection onto the null space of the four identities.
    names = ["x11", "x12", "x21", "x22", "r1", "r2", "c1", "c2"]
    seen = np.array([10.0, 21.0, 29.0, 41.0, 30.0, 71.0, 40.0, 60.0])
    sums = {"r1": ("x11", "x12"), "r2": ("x21", "x22"), "c1": ("x11", "x21"), "c2": ("x12", "x22")}
    c = np.zeros((4, 8))
    for row, (total, parts) in enumerate(sums.items()):
        c[row, names.index(total)] = 1
        for part in parts:
            c[row, names.index(part)] = -1
    expected = seen - c.T @ np.linalg.solve(c @ c.T, c @ seen)
    facts = reported(*[fact(n, "2024Q1", f"{v:.0f}", rounding=1) for n, v in zip(names, seen, strict=True)])
    identities = tuple(Identity(t, tuple((p, 0, 1.0) for p in parts)) for t, parts in sums.items())
    history = facts.reconcile(books(*[Line(n) for n in names], identities=identities))
    assert [at(history, n, "2024Q1") for n in names] == pytest.approx(expected, rel=1e-8)
    projected = np.eye(8) - c.T @ np.linalg.solve(c @ c.T, c)
    assert [error_at(history, n, "2024Q1") for n in names] == pytest.approx(np.sqrt(np.diag(projected) / 3), rel=1e-6)


def test_year_to_date_figures_become_quarters():
    # 100, 100 + 120, 100 + 120 + 90: a difference of two rounded figures has sqrt(2) times their error.
    history = reported(
        fact("revenue", "2024Q1", "100", "ytd"),
        fact("revenue", "2024Q2", "220", "ytd"),
        fact("revenue", "2024Q3", "310", "ytd"),
    ).reconcile()
    assert history.values("revenue") == pytest.approx([100, 120, 90], rel=1e-4)
    assert history.errors("revenue") == pytest.approx([ROUNDED, ROUNDED * 2**0.5, ROUNDED * 2**0.5], rel=5e-3)
    assert history.marks("revenue") == ("reported", "derived", "derived")
    # q2 = y2 - y1 and q3 = y3 - y2 share y2 with opposite signs.
    assert history.covariance("revenue")[1, 2] == pytest.approx(-(ROUNDED**2), rel=5e-3)


def test_annual_less_three_quarters():
    history = reported(
        *[fact("cost", f"2024Q{q}", v) for q, v in ((1, "10"), (2, "20"), (3, "30"))],
        fact("cost", "2024", "100", "annual"),
    ).reconcile()
    assert at(history, "cost", "2024Q4") == pytest.approx(40, rel=1e-3)
    assert error_at(history, "cost", "2024Q4") == pytest.approx(2 * ROUNDED, rel=1e-2)
    assert history.marks("cost") == ("reported", "reported", "reported", "derived")


def test_halves():
    history = reported(
        fact("cost", "2024H1", "30", "half"),
        fact("cost", "2024Q1", "10"),
        fact("cost", "2024H2", "90", "half"),
        fact("cost", "2024Q4", "50"),
    ).reconcile()
    assert history.values("cost") == pytest.approx([10, 20, 40, 50], rel=1e-4)


@pytest.mark.parametrize(("unit", "value"), [("percent_of:revenue", "28.87"), ("ratio_of:revenue", "0.2887")])
def test_share_of_another_line(unit, value):
    # 28.87 % of 1208 is 348.7496; the error is 0.005 % / sqrt(3) of 1208, and 28.87 % of revenue's own.
    history = reported(fact("revenue", "2024Q1", "1208"), fact("research", "2024Q1", value, unit=unit)).reconcile()
    assert at(history, "research", "2024Q1") == pytest.approx(348.7496, rel=1e-9)
    expected = math.hypot(0.00005 / math.sqrt(3) * 1208, 0.2887 * ROUNDED)
    assert error_at(history, "research", "2024Q1") == pytest.approx(expected, rel=1e-5)
    assert mark_at(history, "research", "2024Q1") == "derived"


def test_share_of_a_year_to_date():
    # 25 % of 200 in two quarters, of which 20 in the first: 30 in the second.
    history = reported(
        fact("revenue", "2024Q1", "90"),
        fact("revenue", "2024Q2", "110"),
        fact("research", "2024Q1", "20"),
        fact("research", "2024Q2", "25.000", "ytd", "percent_of:revenue"),
    ).reconcile()
    assert at(history, "research", "2024Q2") == pytest.approx(30, rel=1e-4)


def test_base_of_a_share_is_derived_from_the_share():
    history = reported(
        fact("revenue", "2024Q2", "210"),
        fact("research", "2024Q1", "50"),
        fact("research", "2024Q1", "25.00", unit="percent_of:revenue"),
    ).reconcile()
    assert at(history, "revenue", "2024Q1") == pytest.approx(200, rel=1e-6)
    assert mark_at(history, "revenue", "2024Q1") == "derived"


def test_growth_gives_the_year_before():
    # Research 2025Q1 430, +23.43 %: 430 / 1.2343 = 348.3756 a year earlier.
    history = reported(
        fact("research", "2025Q1", "430"), fact("research", "2025Q1", "23.43", unit="percent_growth")
    ).reconcile()
    assert [str(q) for q in history.quarters] == ["2024Q1", "2024Q2", "2024Q3", "2024Q4", "2025Q1"]
    assert at(history, "research", "2024Q1") == pytest.approx(430 / 1.2343, rel=1e-6)
    assert error_at(history, "research", "2024Q1") == pytest.approx(
        math.hypot(ROUNDED, 348.3756 * 0.00005 / math.sqrt(3)) / 1.2343, rel=1e-3
    )
    assert history.marks("research") == ("derived", "estimated", "estimated", "estimated", "reported")


def test_difference_from_a_year_ago():
    history = reported(
        fact("research", "2024Q3", "387"), fact("research", "2024Q3", "118", unit="million_change")
    ).reconcile()
    assert at(history, "research", "2023Q3") == pytest.approx(269, rel=1e-6)
    assert error_at(history, "research", "2023Q3") == pytest.approx(ROUNDED * 2**0.5, rel=1e-3)


def test_points_are_the_change_of_a_share():
    # 28.87 % of 1208 now, 14.86 points more than a year ago: 14.01 % of 1217 then, 170.5017.
    history = reported(
        fact("revenue", "2023Q1", "1217"),
        fact("revenue", "2024Q1", "1208"),
        fact("research", "2024Q1", "28.87", unit="percent_of:revenue"),
        fact("research", "2024Q1", "14.86", unit="points_growth_of:revenue"),
    ).reconcile()
    assert at(history, "research", "2023Q1") == pytest.approx(0.1401 * 1217, rel=1e-6)
    # var = 1217**2 * (two rounded shares) + (0.1401 * error of 1217)**2
    expected = math.hypot(1217 * 0.00005 / math.sqrt(3) * 2**0.5, 0.1401 * ROUNDED)
    assert error_at(history, "research", "2023Q1") == pytest.approx(expected, rel=1e-3)
    assert mark_at(history, "research", "2023Q1") == "derived"


def test_identity_with_a_lag_runs_both_ways():
    # cash = cash[-1] + cash_flow. Cash is 100 at the end of Q2; flows are 10, -30, 25, 5 in Q1 to Q4.
    accounts = books(
        Line("cash", "stock"),
        Line("cash_flow"),
        identities=(Identity("cash", (("cash", 1, 1.0), ("cash_flow", 0, 1.0))),),
    )
    flows = zip(range(1, 5), ("10", "-30", "25", "5"), strict=True)
    history = reported(
        fact("cash", "2024Q2", "100", "point"), *[fact("cash_flow", f"2024Q{q}", v) for q, v in flows]
    ).reconcile(accounts)
    assert [str(q) for q in history.quarters] == ["2023Q4", "2024Q1", "2024Q2", "2024Q3", "2024Q4"]
    assert history.values("cash") == pytest.approx([120, 130, 100, 125, 130], rel=1e-5)
    assert history.marks("cash") == ("derived", "derived", "reported", "derived", "derived")
    assert history.marks("cash_flow")[0] == "missing"
    assert math.isnan(history.values("cash_flow")[0])
    expected = [ROUNDED * math.sqrt(n) for n in (3, 2, 1, 2, 3)]
    assert history.errors("cash") == pytest.approx(expected, rel=1e-3)


def test_identity_with_a_constant():
    accounts = books(Line("a"), Line("b"), identities=(Identity("a", (("b", 0, 2.0),), 7.0),))
    history = reported(fact("b", "2024Q1", "10")).reconcile(accounts)
    assert at(history, "a", "2024Q1") == pytest.approx(27, rel=1e-12)
    assert mark_at(history, "a", "2024Q1") == "derived"


def test_annual_figures_follow_denton():
    # Smallest sum of squared first differences with given annual sums: its first-order conditions.
    annual = [400.0, 520.0, 460.0]
    d = np.diff(np.eye(12), axis=0)
    sums = np.kron(np.eye(3), np.ones((1, 4)))
    kkt = np.block([[2 * d.T @ d, sums.T], [sums, np.zeros((3, 3))]])
    expected = np.linalg.solve(kkt, np.concatenate([np.zeros(12), annual]))[:12]
    facts = reported(*[fact("cost", str(2022 + n), f"{v:.0f}", "annual", rounding=0) for n, v in enumerate(annual)])
    history = facts.reconcile()
    assert history.values("cost") == pytest.approx(expected, rel=1e-7)
    assert set(history.marks("cost")) == {"estimated"}


def test_errors_of_annual_figures_follow_fernandez():
    # One exact annual figure 400: a random walk with change s has conditional covariance
    # V - V 1 (1'V1)^-1 1'V in the limit of a diffuse start; s = 0.15 * 100 with a single figure.
    history = reported(fact("cost", "2024", "400", "annual", rounding=0)).reconcile()
    start = 1e10 * np.ones((4, 4))
    walk = start + 15.0**2 * np.minimum.outer(np.arange(4), np.arange(4))
    ones = np.ones(4)
    expected = walk - np.outer(walk @ ones, ones @ walk) / (ones @ walk @ ones)
    assert history.covariance("cost") == pytest.approx(expected, abs=1e-3)


def test_interior_gap_is_a_bridge():
    # Between exact figures m = 4 quarters apart the walk's bridge has variance s**2 * i * (m - i) / m and
    # runs straight; the typical level is 100 and the observed change 80 / sqrt(4) / 0.6745 sets s.
    history = reported(fact("cost", "2024Q1", "60", rounding=0), fact("cost", "2025Q1", "140", rounding=0)).reconcile()
    step = 80 / 2 / 0.6745
    assert history.values("cost") == pytest.approx([60, 80, 100, 120, 140], rel=1e-7)
    bridge = [step * math.sqrt(i * (4 - i) / 4) for i in (1, 2, 3)]
    assert history.errors("cost")[1:4] == pytest.approx(bridge, rel=1e-5)


def test_dense_least_squares_agrees():
    # The same rows stacked and weighted by hand: revenue, research over six quarters, no identities.
    # Prior rows are weakened by sqrt(100).
    facts = [
        ("revenue", [0], "100", "2024Q1", "quarter"),
        ("revenue", [0, 1], "215", "2024Q2", "ytd"),
        ("revenue", [0, 1, 2, 3], "460", "2024", "annual"),
        ("revenue", [4], "130", "2025Q1", "quarter"),
        ("revenue", [4, 5], "270", "2025H1", "half"),
        ("revenue", [2], "116", "2024Q3", "quarter"),
        ("revenue", [3], "129", "2024Q4", "quarter"),
    ]
    history = reported(*[fact(n, p, v, b, confidence="medium") for n, _, v, p, b in facts]).reconcile()
    level = 116.0  # the median of 100, 107.5, 115, 116, 129, 130, 135
    change = max(0.15, _median_step() / 0.6745 / level)
    rows, target = [], []
    for _, quarters, value, _, _ in facts:
        error = math.hypot(ROUNDED, 0.001 * float(value))
        rows.append(np.isin(np.arange(6), quarters) / error)
        target.append(float(value) / error)
    for q in range(5):
        rows.append((np.eye(6)[q + 1] - np.eye(6)[q]) / (10 * change * level))
        target.append(0.0)
    expected = np.linalg.lstsq(np.array(rows), np.array(target), rcond=None)[0]
    assert history.values("revenue") == pytest.approx(expected, rel=1e-9)
    # The estimate is linear in the rows' right sides; those of the prior err by a tenth of their weakened unit.
    operator = np.linalg.pinv(np.array(rows))
    noise = np.concatenate([np.ones(len(facts)), np.full(5, 0.01)])
    covariance = operator * noise @ operator.T
    assert history.covariance("revenue") == pytest.approx(covariance, rel=1e-6, abs=1e-9)


def _median_step() -> float:
    # Figures that do not overlap, shortest first: 100 at 0, 116 at 2, 129 at 3, 130 at 4.
    steps = sorted([16 / math.sqrt(2), 13.0, 1.0])
    return steps[1]


def test_date_inside_a_quarter_is_read_on_the_straight_line():
    # 2024-05-16 is day 46 of the 91 of 2024Q2. Ends 100 and 191 give 100 + 91 * 46 / 91 = 146.
    history = reported(
        fact("staff", "2024Q1", "100", "point", "count"),
        fact("staff", "2024-05-16", "146", "point", "count"),
        fact("staff", "2024Q2", "191", "point", "count"),
    ).reconcile()
    assert history.values("staff") == pytest.approx([100, 191], rel=1e-6)
    assert history.marks("staff") == ("reported", "reported")
    assert history.contradictions == ()
    alone = reported(fact("staff", "2024-06-30", "146", "point", "count")).reconcile()
    assert alone.values("staff") == pytest.approx([146])
    assert alone.marks("staff") == ("reported",)


def test_rate_of_a_year_is_the_mean_of_its_quarters():
    rates = [fact("usd_cny", f"2024Q{q}", v, unit="CNY_per_USD") for q, v in ((1, "7.1"), (2, "7.2"), (3, "7.3"))]
    history = reported(*rates, fact("usd_cny", "2024", "7.25", "annual", "CNY_per_USD")).reconcile()
    assert at(history, "usd_cny", "2024Q4") == pytest.approx(7.4, rel=1e-4)
    assert history.line("usd_cny") == Line("usd_cny", "rate", "CNY_per_USD", None)


def test_medium_confidence_and_qualifiers_widen_the_error():
    for confidence, qualifier, relative in (
        ("medium", "", 0.001),
        ("low", "", 0.005),
        ("high", "about", 0.02),
        ("high", "more than", 0.05),
    ):
        one = fact("cost", "2024Q1", "1000", confidence=confidence, qualifier=qualifier)
        history = Financials((one,)).reconcile()
        assert history.errors("cost") == pytest.approx([math.hypot(ROUNDED, 1000 * relative)], rel=1e-9)


def test_same_figure_from_several_sources_is_one_observation():
    copies = [fact("cost", "2024Q1", "1000", source=f"S{n}", confidence="medium") for n in range(5)]
    best = fact("cost", "2024Q1", "1.000", unit="billion", source="S9")
    history = reported(*copies, best).reconcile()
    assert history.values("cost") == pytest.approx([1000])
    assert history.errors("cost") == pytest.approx([ROUNDED])
    other = fact("cost", "2024Q1", "1001", source="S8")
    both = reported(best, other).reconcile()
    assert both.values("cost") == pytest.approx([1000.5])
    assert both.errors("cost") == pytest.approx([ROUNDED / 2**0.5])
