"""The history chart against the figures it stands for."""

from __future__ import annotations

import numpy as np
import pytest

import forecast as fc
from forecast.errors import ReconcileError
from forecast.reporting import plot_history

from .artists import drawn, every, extent, legend, names, reaches, title
from .invented import NONE, QUARTERS, history

START = QUARTERS[0].ordinal


def test_figures_by_mark_with_errors_and_strips_behind_what_is_estimated():
    ax = plot_history(history(), "subscriptions")
    for mark, places, values in (
        ("reported", [0, 4], [80, 90]),
        ("derived", [7], [98]),
        ("estimated", [1, 2, 3, 5, 6], [82, 84, 86, 93, 96]),
    ):
        points = drawn(ax, mark)
        assert list(points.get_xdata()) == [START + place for place in places]
        assert list(points.get_ydata()) == values
    assert drawn(ax, "derived").get_markerfacecolor() == "white"
    assert drawn(ax, "estimated").get_marker() == "x"
    strips = [extent(strip)[:2] for strip in every(ax, "estimated quarter")]
    assert strips == [(START + place - 0.5, START + place + 0.5) for place in (1, 2, 3, 5, 6)]
    assert reaches(drawn(ax, "errors"), 1).tolist() == [[v - 5, v + 5] for v in (82, 84, 86, 93, 96, 98)]
    assert ax.get_ylabel() == "million CNY a quarter"
    assert title(ax) == "subscriptions, as known on 2025-08-31"
    assert legend(ax) == ["reported", "derived", "estimated", "one standard error", "quarter estimated"]


def test_several_lines_differ_in_colour_and_dashes():
    ax = plot_history(history(), ["revenue", "cost", "profit"])
    assert list(drawn(ax, "cost reported").get_ydata()) == [90, 91, 92, 93, 100, 108, 115, 118]
    assert list(drawn(ax, "profit derived").get_ydata()) == [-8, -7, -6, -5, -5, -6, -6, -5]
    first = [every(ax, f"{name} history")[0] for name in ("revenue", "cost", "profit")]
    assert len({line.get_color() for line in first}) == 3
    assert len({line._unscaled_dash_pattern for line in first}) == 3
    assert "zero" in names(ax)
    assert legend(ax)[:3] == ["revenue", "cost", "profit"]
    assert not every(ax, "estimated quarter")


def test_it_begins_where_something_is_known_and_since_leaves_out_more():
    assert plot_history(history(), "assistant").get_xlim()[0] == START + 3 - 0.6
    assert plot_history(history(), ["assistant", "revenue"]).get_xlim()[0] == START - 0.6
    ax = plot_history(history(), "assistant", since="2025Q1")
    assert list(drawn(ax, "derived").get_xdata()) == [START + 6]
    assert not every(ax, "estimated")
    assert plot_history(history(), "assistant", since="2010Q1").get_xlim()[0] == START + 3 - 0.6


def test_a_missing_figure_leaves_a_gap():
    frame = history().series("revenue").to_frame()
    frame.iloc[3] = NONE
    ax = plot_history(fc.History.from_frame(frame), "revenue")
    pieces = [line.get_xdata().tolist() for line in every(ax, "history")]
    assert pieces == [[START + a, START + a + 1] for a in (0, 1, 4, 5, 6)]
    assert np.isfinite(drawn(ax, "reported").get_ydata()).all()


def test_what_cannot_be_drawn_is_refused_at_once():
    with pytest.raises(ReconcileError) as caught:
        plot_history(history(), ["revenu", "arr", "cash", "revenue"], since="2026Q1")
    assert str(caught.value) == (
        "the history cannot be drawn\n"
        "  - 'revenu' is not a line of this history. Did you mean 'revenue'?\n"
        "  - the lines have several units: arr in million USD, cash in million CNY, revenue in million CNY a quarter. "
        "Draw those of one unit together.\n"
        "  - since is 2026Q1, after the last quarter 2025Q2; start earlier."
    )
    with pytest.raises(ReconcileError) as caught:
        plot_history(history(), [])
    assert caught.value.problems == ("no line is named; name at least one.",)
    with pytest.raises(ReconcileError) as caught:
        plot_history("revenue", "revenue")
    assert str(caught.value) == (
        "the history is an object of the type str, not History; make one: facts.reconcile(model)."
    )
