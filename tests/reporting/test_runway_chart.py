"""The runway chart against shares and amounts counted by hand."""

from __future__ import annotations

import numpy as np
import pytest

import forecast as fc
from forecast.errors import GoalError
from forecast.reporting import plot_runway

from .artists import drawn, legend, title
from .invented import FIRST, PATHS, simulation


def test_shares_that_have_been_below_and_the_money_that_is_enough():
    runs = simulation()
    ax = plot_runway(fc.runway(runs, floor=35))
    told = []
    for scenario in runs.names:
        cash = runs.values("cash", scenario)
        below = [100 * sum(path[: step + 1].min() < 35 for path in cash.T) / PATHS for step in range(10)]
        line = drawn(ax, f"scenario {scenario}")
        assert list(line.get_xdata()) == [FIRST.ordinal + step for step in range(10)]
        assert line.get_ydata() == pytest.approx(below)
        need = sorted(max(0.0, 35 - path.min()) for path in cash.T)[int(np.ceil(0.9 * PATHS)) - 1]
        told.append((below[-1], f"{scenario}: {below[-1]:.0f}%; {need:.3g}"))
    assert told[0][0] > 10
    assert legend(ax) == [text for _, text in sorted(told, reverse=True)]
    assert title(ax) == "Probability that cash has been below 35 million CNY by"
    assert ax.get_legend().get_title().get_text() == (
        "at the end; million CNY that would be enough on 90% of the paths"
    )


def test_another_result_is_refused():
    with pytest.raises(GoalError) as caught:
        plot_runway(simulation())
    assert str(caught.value) == (
        "the result is an object of the type Simulation, not Runway; make one: runway(simulation, line)."
    )
