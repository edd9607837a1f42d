"""The bridge chart against the numbers it stands for."""

from __future__ import annotations

import numpy as np
import pytest
from matplotlib.figure import Figure

import forecast as fc
from forecast.analysis.bridge import Bridge, Step
from forecast.errors import GoalError
from forecast.reporting.bridge_chart import plot_bridge
from forecast.timeline import Quarter

GOAL = fc.Goal("profit", at_least=0, by="2027Q4")
FIRST, LAST = Quarter.parse("2025Q3"), Quarter.parse("2029Q4")


def made(statistic, unit, start, end, *steps):
    told = tuple(Step(name, value, error, value, error, value, error) for name, value, error in steps)
    return Bridge(statistic, "base", "R&D $cut$", start, 0.01, end, 0.02, 0.02, told, unit, FIRST, LAST, 100, None)


SHARES = made(fc.Probability(GOAL), "points", 0.5, 0.7, ("selling", 0.3, 0.004), ("research", -0.1, 0.002))
MONEY = made(fc.Mean("profit", "2027Q4"), "million CNY", -340.0, 1687.0, ("one", 2000.0, 5.0), ("two", 27.0, 3.0))
DATES = made(fc.BreakevenDate(GOAL), "quarters", 11.0, 10.0, ("one", -2.0, 0.1), ("two", 1.0, 0.1))


def bars(ax):
    """Left and right edge of every bar by its name."""
    return {
        patch.get_gid() or f"end {patch.get_y():.0f}": (patch.get_x(), patch.get_x() + patch.get_width())
        for patch in ax.patches
    }


def whiskers(ax):
    (found,) = [one for one in ax.collections if one.get_gid() == "whiskers"]
    return np.array([segment[:, 0] for segment in found.get_segments()])


def texts(ax):
    return [text.get_text() for text in ax.texts]


def test_shares():
    ax = plot_bridge(SHARES)
    found = bars(ax)
    assert found["step selling"] == pytest.approx((50, 80))
    assert found["step research"] == pytest.approx((80, 70))
    assert [edges for name, edges in found.items() if "step" not in name] == [
        pytest.approx((0, 50)),
        pytest.approx((0, 70)),
    ]
    ends = np.array([50.0, 80.0, 70.0, 70.0])
    reach = 196 * np.array([0.01, 0.004, 0.002, 0.02])
    assert whiskers(ax) == pytest.approx(np.stack([ends - reach, ends + reach], axis=1))
    assert texts(ax) == ["50.0%", "+30.0", "−10.0", "70.0%"]
    assert [label.get_text() for label in ax.get_yticklabels()] == ["base", "selling", "research", "R&D $cut$"]
    assert ax.get_ylim() == (3.5, -0.5)
    assert ax.get_title(loc="left").replace("\n", " ") == (
        "probability of profit over the trailing year >= 0 by 2027Q4: base → R&D $cut$"
    )
    assert max(ax.get_xticks()) <= 100


def test_rising_and_falling_are_told_apart_without_colour():
    ax = plot_bridge(SHARES)
    patches = {patch.get_gid(): patch for patch in ax.patches}
    assert patches["step selling"].get_hatch() is None
    assert patches["step research"].get_hatch() == "////"
    legend = [text.get_text().replace("\n", " ") for text in ax.get_legend().get_texts()]
    assert legend == ["raises it", "lowers it", "95% interval (simulation error)"]


def test_money_that_changes_sign():
    ax = plot_bridge(MONEY)
    assert bars(ax)["step one"] == pytest.approx((-340, 1660))
    assert texts(ax) == ["−340", "+2,000", "+27", "1,687"]
    assert ax.get_xlabel() == "million CNY"
    assert [line for line in ax.lines if line.get_gid() == "zero"]
    low, high = ax.get_xlim()
    assert low < -340.1
    assert high > 1687.1


def test_dates_are_points_between_quarters():
    ax = plot_bridge(DATES)
    assert not [name for name in bars(ax) if "step" not in name]
    at = {line.get_gid(): line.get_xdata()[0] for line in ax.lines if line.get_gid() in ("start", "end")}
    assert at == {"start": FIRST.ordinal + 10, "end": FIRST.ordinal + 9}
    assert bars(ax)["step one"] == pytest.approx((FIRST.ordinal + 10, FIRST.ordinal + 8))
    assert texts(ax) == ["2028Q1", "−2.00", "+1.00", "2027Q4"]
    ticks = dict(zip(ax.get_xticks(), [label.get_text() for label in ax.get_xticklabels()], strict=True))
    assert all(str(Quarter(int(tick))) == text for tick, text in ticks.items())
    legend = [text.get_text() for text in ax.get_legend().get_texts()]
    assert legend[:2] == ["earlier", "later"]


def test_given_axes_and_a_saved_file(tmp_path):
    ax = Figure().subplots()
    assert plot_bridge(MONEY, ax=ax, path=tmp_path / "bridge.png") is ax
    assert (tmp_path / "bridge.png").stat().st_size > 5000


def test_nothing_moves():
    still = made(fc.Mean("profit", "2027Q4"), "", 0.0, 0.0, ("one", 0.0, 0.0))
    assert texts(plot_bridge(still)) == ["0.000"] * 3


def test_another_result_is_refused():
    with pytest.raises(GoalError) as caught:
        plot_bridge("bridge")
    assert str(caught.value) == (
        "the result is an object of the type str, not Bridge; make one: bridge(company, start, end, statistic, ...)."
    )
