"""The segment chart: bars, totals and what is not known, against sums and medians made by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import forecast as fc
from forecast.errors import SimulationError
from forecast.reporting import plot_segments

from .artists import drawn, every, legend, reaches, tick_labels, title
from .invented import FIRST, PATHS, RISING, simulation


def bars(ax, name):
    """Bottom and height of each bar of a part."""
    return [(patch.get_y(), patch.get_height()) for patch in every(ax, name)]


def test_years_of_history_and_medians_of_each_parts_own_paths():
    runs = simulation()
    ax = plot_segments(runs, "revenue")
    assert tick_labels(ax) == ["2024", "2025", "2026", "2027"]
    heights = [height for _, height in bars(ax, "part subscriptions")]
    assert heights == pytest.approx([353, 96 + 98 + 100 + 102, 104 + 106 + 108 + 110, 112 + 114 + 116 + 118])
    quarters = runs.values("assistant", "base")
    sums = [13 + 15 + quarters[:2].sum(axis=0), quarters[2:6].sum(axis=0), quarters[6:].sum(axis=0)]
    medians = [np.sort(one)[PATHS // 2] for one in sums]
    assert bars(ax, "part assistant")[1:] == [
        (pytest.approx(below), pytest.approx(above)) for below, above in zip(heights[1:], medians, strict=True)
    ]
    revenue = runs.values("revenue")
    totals = np.stack([109 + 113 + revenue[:2].sum(axis=0), revenue[2:6].sum(axis=0), revenue[6:].sum(axis=0)], axis=1)
    ordered = np.sort(totals, axis=0)
    assert drawn(ax, "total").get_ydata() == pytest.approx([371, *ordered[50]])
    ends = reaches(drawn(ax, "range of the total"), 1)
    assert ends[0].tolist() == [371, 371]
    assert ends[1:] == pytest.approx(ordered[[10, 90]].T)
    assert ax.get_ylabel() == "million CNY a year"
    assert title(ax) == "revenue by fiscal year: history, then medians of scenario 'base'"


def test_what_is_known_of_the_total_alone_is_an_empty_box():
    ax = plot_segments(simulation(), "revenue")
    (box,) = every(ax, "not split")
    assert (box.get_y(), box.get_height()) == (353, 371 - 353)
    assert not box.get_fill()
    assert bars(ax, "part assistant")[0] == (353, 0)
    assert [text.xy[0] for text in every(ax, "estimated")] == [2024]
    assert drawn(ax, "simulated from").get_xdata()[0] == 2024.5
    assert legend(ax) == [
        "assistant",
        "subscriptions",
        "known of the total alone",
        "the total, with 80% of its paths",
        "~ holds estimated figures",
    ]


def test_quarters_with_a_part_that_is_subtracted():
    ax = plot_segments(simulation(), "profit", "costs_$cut$", over="quarter", since="2025Q2")
    assert bars(ax, "part less cost") == [(0, -118)] + [(0, -(120 + 3 * t)) for t in range(10)]
    assert every(ax, "part revenue")[0].get_height() == 113
    assert every(ax, "part less cost")[0].get_hatch() != every(ax, "part revenue")[0].get_hatch()
    assert [patch.get_x() + patch.get_width() / 2 for patch in every(ax, "part revenue")] == [
        FIRST.ordinal + step for step in range(-1, 10)
    ]
    assert ax.get_ylabel() == "million CNY a quarter"
    assert not every(ax, "estimated")


def test_weights_move_the_medians():
    weights = np.where(RISING > 0.98, 1.0, 0.0)
    ax = plot_segments(replace(simulation(), weights=weights), "revenue", since="2027Q4")
    assert bars(ax, "part subscriptions")[0][1] == pytest.approx(460 + 7 + 8 + 9 + 10)
    assert title(ax).endswith("scenario 'base', weighted by views")


def test_without_a_history():
    model = fc.Model(fc.drivers.Path("a", value=3.0), fc.drivers.Path("b", value=4.0), fc.drivers.Formula("c = a + b"))
    runs = fc.simulate(fc.calibrate(model, first="2026Q1"), fc.Scenario("base"), until="2027Q3", paths=3, seed=1)
    ax = plot_segments(runs, "c")
    assert bars(ax, "part a") == [(0, 12)]
    assert bars(ax, "part b") == [(12, 16)]
    assert not every(ax, "simulated from")


def test_what_cannot_be_drawn_is_refused_at_once():
    with pytest.raises(SimulationError) as caught:
        plot_segments(simulation(), "cash", "bas", over="year")
    assert str(caught.value) == (
        "the segments cannot be drawn\n"
        "  - there is no scenario 'bas'. Did you mean 'base'?\n"
        "  - over is 'year'; use 'fiscal_year' or 'quarter'.\n"
        "  - 'cash' is no sum of lines of the same quarter. Those that are: 'revenue', 'profit'."
    )
    with pytest.raises(SimulationError) as caught:
        plot_segments(simulation(), "revenu")
    assert caught.value.problems == ("there is no line 'revenu'. Did you mean 'revenue'?",)
    with pytest.raises(SimulationError) as caught:
        plot_segments(simulation(), "revenue", since="2028Q1")
    assert str(caught.value) == (
        "the segments cannot be drawn: no window of 'revenue' ends from 2028Q1 on in which anything is known."
    )
