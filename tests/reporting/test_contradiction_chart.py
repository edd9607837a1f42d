"""The chart of contradictions against what the history says of them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from forecast.errors import ReconcileError
from forecast.reporting import plot_contradictions

from .artists import drawn, legend, title
from .invented import history


def test_bars_are_distances_and_the_text_is_what_was_printed_and_implied():
    ax = plot_contradictions(history())
    assert [drawn(ax, f"fact {row}").get_width() for row in range(3)] == [94.0, 10.4, 8.7]
    assert [drawn(ax, f"fact {row}").get_hatch() for row in range(3)] == ["", "////", "////"]
    assert drawn(ax, "threshold").get_xdata()[0] == 3.5
    assert ax.get_xscale() == "log"
    assert [label.get_text() for label in ax.get_yticklabels()] == [
        "cost 2024 (annual)\n440 million CNY, S1",
        "profit 2025Q1 (quarter)\n−9 million CNY, S_2 $2$",
        "revenue 2024Q4 (quarter)\n97 million CNY, S_3",
    ]
    assert [text.get_text() for text in ax.texts] == [
        "the history says 393\nit would fit as the figure of a year before",
        "the history says −6",
        "the history says 102",
    ]
    assert title(ax) == "Facts that the others contradict, as known on 2025-08-31"
    assert legend(ax) == [
        "printed higher than the others say",
        "printed lower",
        "set aside from 3.5 standard errors on",
    ]


def test_only_the_furthest_are_drawn_and_an_infinite_distance_ends_the_axis():
    far, *others = history().contradictions
    many = (replace(far, standard_errors=float("inf")), *others * 6)
    ax = plot_contradictions(replace(history(), contradictions=many))
    assert len(ax.get_yticks()) == 10
    assert title(ax).endswith("; 3 nearer ones not shown")
    assert drawn(ax, "fact 0").get_width() == pytest.approx(2 * 10.4)


def test_without_contradictions_there_is_nothing_to_draw():
    with pytest.raises(ReconcileError) as caught:
        plot_contradictions(replace(history(), contradictions=()))
    assert str(caught.value) == "the history has no contradictions: there is nothing to draw."
