"""The plausibility chart against distances that are written down."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from forecast.errors import GoalError
from forecast.reporting import plot_plausibility

from .artists import drawn, legend, reaches, title
from .invented import plausibility


def test_bars_are_heads_in_a_row_the_nearest_on_top():
    ax = plot_plausibility(plausibility())
    assert [label.get_text() for label in ax.get_yticklabels()] == ["near_$1$", "far", "beyond"]
    assert drawn(ax, "distance near_$1$").get_width() == pytest.approx(1)
    assert drawn(ax, "distance far").get_width() == pytest.approx(4)
    assert drawn(ax, "distance beyond").get_width() == ax.get_xlim()[1]
    assert [bool(drawn(ax, f"distance {name}").get_hatch()) for name in ("near_$1$", "far", "beyond")] == [
        False,
        True,
        True,
    ]
    assert reaches(drawn(ax, "errors"), 0) == pytest.approx(np.array([[0.9, 1.1], [3.5, 4.5]]))
    assert [text.get_text() for text in ax.texts] == [
        "cost 2027 above 25% of paths",
        "cost 2027 above 99% of paths",
    ]
    assert title(ax) == "How far scenarios lie from 'base'"
    assert legend(ax) == [
        "distance",
        "an order of magnitude only",
        "beyond every path of 'base'",
        "± one standard error",
    ]


def test_without_a_second_scenario_there_is_nothing_to_draw():
    with pytest.raises(GoalError) as caught:
        plot_plausibility(replace(plausibility(), distances={}, standings={}))
    assert str(caught.value) == "there is no scenario beside the base 'base': there is nothing to draw."
