"""The calibration chart against PIT values and hits that are written down."""

from __future__ import annotations

import pytest
from matplotlib.figure import Figure

from forecast.errors import SimulationError
from forecast.reporting import plot_calibration

from .artists import drawn, extent, legend, reaches, title
from .invented import backtest

WIDE = "Wide_$1$"


def test_the_histogram_counts_the_pit_values():
    left, _ = plot_calibration(backtest())
    heights = [drawn(left, f"pit {place}").get_height() for place in range(10)]
    assert heights == pytest.approx([0, 0, 10, 20, 20, 20, 20, 10, 0, 0])
    assert drawn(left, "calibrated").get_ydata()[0] == 10
    # binomial(40, 0.1): P(X <= 0) = 0.0148 and P(X <= 1) = 0.0805; P(X <= 7) = 0.9581 and P(X <= 8) = 0.9845
    assert extent(drawn(left, "chance"))[2:] == pytest.approx((100 * 1 / 40, 100 * 8 / 40))
    assert title(left) == "Wide_$1$: 40 forecasts"
    other, _ = plot_calibration(backtest(), "Level")
    assert [drawn(other, f"pit {place}").get_height() for place in range(10)] == pytest.approx([10] * 10)


def test_coverage_by_steps_ahead_with_wilson_intervals():
    _, right = plot_calibration(backtest(), "Level")
    assert drawn(right, "Level 80").get_ydata() == pytest.approx([80, 70, 60, 50])
    assert drawn(right, "Level 95").get_ydata() == pytest.approx([100, 100, 90, 90])
    assert drawn(right, f"{WIDE} 80").get_ydata() == pytest.approx([100] * 4)
    assert [drawn(right, f"nominal {level}").get_ydata()[0] for level in (80, 95)] == [80, 95]
    # Wilson for 5 of 10: 0.5 -+ 1.96 * sqrt(0.25 / 10 + 1.96^2 / 400) / (1 + 1.96^2 / 10)
    assert reaches(drawn(right, "whiskers 80"), 1)[3] == pytest.approx([23.66, 76.34], abs=0.01)
    assert legend(right) == [WIDE, "Level", "80% interval", "95% interval"]
    assert list(right.get_xticks()) == [1, 2, 3, 4]
    lines = [drawn(right, name) for name in (f"{WIDE} 80", "Level 80")]
    assert lines[0].get_marker() != lines[1].get_marker()


def test_two_axes_are_used_and_the_figure_is_saved(tmp_path):
    pair = tuple(Figure().subplots(1, 2))
    assert plot_calibration(backtest(), ax=pair, path=tmp_path / "calibration.png") == pair
    assert (tmp_path / "calibration.png").stat().st_size > 5000


def test_an_unknown_forecaster_is_refused():
    with pytest.raises(SimulationError) as caught:
        plot_calibration(backtest(), "Levl")
    assert str(caught.value) == "'Levl' was not backtested. Did you mean 'Level'?"
