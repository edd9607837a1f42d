"""The ARR chart against the run-rates and revenues it stands for."""

from __future__ import annotations

import numpy as np
import pytest

import forecast as fc
from forecast.errors import SimulationError
from forecast.reporting import plot_arr

from .artists import drawn, edges, every, legend, names, reaches, title
from .invented import FIRST, PATHS, SHARE, simulation

ENDS = [1, 5, 9]
"""Steps that end a fiscal year."""


def test_medians_go_on_from_the_last_figures():
    ax = plot_arr(simulation(), "assistant")
    quarters = [FIRST.ordinal + step for step in range(-1, 10)]
    rates = [7 * (20 + 4 * t) for t in range(10)]
    for name, before, values in (
        ("ARR", 18 * 7, rates),
        ("recognised", 15 * 4, [share * rate for share, rate in zip(SHARE, rates, strict=True)]),
    ):
        median = drawn(ax, f"{name} median")
        assert list(median.get_xdata()) == quarters
        assert median.get_ydata() == pytest.approx([before, *values])
    places, below, above = edges(drawn(ax, "gap"))
    assert list(places) == quarters[1:]
    assert above == pytest.approx(rates)
    assert below == pytest.approx(SHARE * rates)
    assert title(ax) == "ARR against recognised revenue, scenario 'base'"
    assert ax.get_ylabel() == "million CNY a year"
    assert legend(ax) == [
        "arr at the quarter's end",
        "assistant, annualised",
        "gap",
        "80% of the paths",
        "above: recognised / ARR, median",
        "reported",
        "derived",
        "estimated",
        "one standard error",
    ]


def test_ranges_and_shares_at_the_years_ends():
    runs = simulation()
    ax = plot_arr(runs, "assistant")
    for name, values in (("ARR", 7 * runs.values("arr")), ("recognised", 4 * runs.values("assistant"))):
        ordered = np.sort(values[ENDS], axis=1)
        assert reaches(drawn(ax, f"{name} range"), 1) == pytest.approx(ordered[:, [PATHS // 10, 9 * PATHS // 10]])
    shares = [drawn(ax, f"share {FIRST + step}").get_text() for step in ENDS]
    assert shares == ["53%", "65%", "77%"]


def test_figures_of_the_history_in_one_currency_and_a_year():
    ax = plot_arr(simulation(), "assistant")
    assert list(drawn(ax, "ARR reported").get_ydata()) == [28, 56, 84, 112]
    assert list(drawn(ax, "ARR derived").get_ydata()) == [126]
    assert list(drawn(ax, "recognised estimated").get_ydata()) == [8, 20, 36]
    assert reaches(drawn(ax, "ARR errors"), 1).tolist() == [[126 - 14, 126 + 14]]
    assert ax.get_xlim()[0] == FIRST.ordinal - 5 - 0.6
    later = plot_arr(simulation(), "assistant", since="2025Q3")
    assert not {name for name in names(later) if name.endswith(("reported", "derived", "history"))}
    assert drawn(later, "ARR median").get_xdata()[0] == FIRST.ordinal


def test_without_exchange_rate_history_or_year_end():
    model = fc.Model(
        fc.drivers.SCurve("arr", ceiling=400, rate=0.2, start=100, volatility=0.0),
        fc.drivers.Conversion("sold", of="arr", start=0.5, half_life=4, ceiling=0.9),
    )
    runs = fc.simulate(fc.calibrate(model, first="2026Q1"), fc.Scenario("base"), until="2026Q3", paths=3, seed=1)
    ax = plot_arr(runs, "sold")
    assert drawn(ax, "ARR median").get_ydata() == pytest.approx(runs.values("arr")[:, 0])
    assert drawn(ax, "recognised median").get_ydata() == pytest.approx(4 * runs.values("sold")[:, 0])
    assert not every(ax, "ARR range")


def test_what_cannot_be_drawn_is_refused_at_once():
    with pytest.raises(SimulationError) as caught:
        plot_arr(simulation(), "revenue", "bas", since="2030Q1")
    assert str(caught.value) == (
        "the ARR chart cannot be drawn\n"
        "  - there is no scenario 'bas'. Did you mean 'base'?\n"
        "  - since is 2030Q1, after the first simulated quarter 2025Q3; start earlier.\n"
        "  - 'revenue' is not recognised from an ARR. Lines that are: 'assistant'."
    )
    with pytest.raises(SimulationError) as caught:
        plot_arr(simulation(), "asistant")
    assert caught.value.problems == ("there is no line 'asistant'. Did you mean 'assistant'?",)
