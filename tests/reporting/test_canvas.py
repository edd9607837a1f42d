"""What every chart does alike: names as they are, Chinese where a font has it, a file where a path is given."""

from __future__ import annotations

import warnings
from dataclasses import replace

import numpy as np
import pytest
from matplotlib.figure import Figure
from matplotlib.text import Text

import forecast as fc
from forecast import reporting
from forecast.reporting.canvas import COLOURS, HATCHES, TINTS, chinese_font, finish, new_axes

from .invented import backtest, history, simulation, variance_shares
from .test_bridge_chart import SHARES
from .test_tornado_chart import HUMP, TURNED, WIDE, result

DOLLARS = "costs_$cut$"
GOAL = fc.Goal("profit", at_least=0, over="quarter", by="2027Q4", probability=0.8)


def levers():
    """profit = sales - wages, with nothing by chance."""
    sales = fc.drivers.Path("sales", value=fc.assume(5.0, role="lever", low=0.0, high=10.0))
    wages = fc.drivers.Path("wages", value=fc.assume(6.0, role="lever", low=1.0, high=7.0))
    return fc.calibrate(fc.Model(sales, wages, fc.drivers.Formula("profit = sales - wages")), first="2026Q1")


def seek(**options):
    goal = fc.Goal("profit", at_least=0, over="quarter", by="2026Q1", probability=0.8)
    return fc.goal_seek(levers(), fc.Scenario(DOLLARS), vary="sales.value", goal=goal, paths=20, seed=1)


def trade():
    goal = fc.Goal("profit", at_least=0, over="quarter", by="2026Q1", probability=0.8)
    pair = ("sales.value", "wages.value")
    return fc.frontier(levers(), fc.Scenario(DOLLARS), vary=pair, goal=goal, points=11, paths=20, seed=1)


CHARTS = {
    "plot_arr": lambda **to: reporting.plot_arr(simulation(), "assistant", DOLLARS, **to),
    "plot_breakeven": lambda **to: reporting.plot_breakeven(fc.breakeven(simulation(), GOAL), **to),
    "plot_bridge": lambda **to: reporting.plot_bridge(SHARES, **to),
    "plot_calibration": lambda **to: reporting.plot_calibration(backtest(), **to),
    "plot_contradictions": lambda **to: reporting.plot_contradictions(history(), **to),
    "plot_fan": lambda **to: reporting.plot_fan(simulation(), "revenue", DOLLARS, **to),
    "plot_frontier": lambda **to: reporting.plot_frontier(trade(), **to),
    "plot_goal_seek": lambda **to: reporting.plot_goal_seek(seek(), **to),
    "plot_history": lambda **to: reporting.plot_history(history(), "subscriptions", **to),
    "plot_overview": lambda **to: reporting.plot_overview(
        simulation(), fc.breakeven(simulation(), GOAL), lines=["revenue"], scenario=DOLLARS, **to
    ),
    "plot_runway": lambda **to: reporting.plot_runway(fc.runway(simulation(), floor=35), **to),
    "plot_segments": lambda **to: reporting.plot_segments(simulation(), "revenue", DOLLARS, **to),
    "plot_tornado": lambda **to: reporting.plot_tornado(result(WIDE, TURNED, HUMP), **to),
    "plot_variance_shares": lambda **to: reporting.plot_variance_shares(variance_shares(), **to),
}
"""A call of every chart, with a dollar in a name wherever it takes one."""


def axes_of(drawn):
    return list(drawn) if isinstance(drawn, tuple) else drawn.axes if isinstance(drawn, Figure) else [drawn]


def test_no_chart_is_left_out():
    assert set(CHARTS) == {name for name in reporting.__all__ if name.startswith("plot_")}


@pytest.mark.parametrize("name", CHARTS)
def test_every_chart_saves_itself_and_prints_names_as_they_are(name, tmp_path):
    panels = axes_of(CHARTS[name](path=tmp_path / "chart.png"))
    assert (tmp_path / "chart.png").read_bytes().startswith(b"\x89PNG")
    texts = [text for ax in panels for text in ax.findobj(Text)]
    assert [text.get_text() for text in texts if "$" in text.get_text() and text.get_parse_math()] == []
    for ax in panels:
        assert ax.get_title(loc="left")
        assert ax.get_xlabel() or any("20" in label.get_text() for label in ax.get_xticklabels())
    figure = panels[0].figure
    reach = figure.get_tightbbox()
    assert (reach.x0 >= -0.05, reach.x1 <= figure.get_figwidth() + 0.05) == (True, True), "text runs out of the picture"


@pytest.mark.parametrize("name", sorted(set(CHARTS) - {"plot_overview", "plot_calibration"}))
def test_every_chart_draws_on_given_axes(name):
    ax = Figure(layout="constrained").subplots()
    assert CHARTS[name](ax=ax) is ax


def test_a_format_by_its_ending(tmp_path):
    reporting.plot_fan(simulation(), "revenue", path=tmp_path / "fan.svg")
    assert "<svg" in (tmp_path / "fan.svg").read_text(encoding="utf-8")


def test_tints_are_told_apart_with_their_hatches_and_are_pale():
    assert len(TINTS) == len(HATCHES) == len(COLOURS) == len(set(HATCHES))
    for tint in TINTS:
        red, green, blue = (int(tint[place : place + 2], 16) for place in (1, 3, 5))
        assert 0.2126 * red + 0.7152 * green + 0.0722 * blue > 160


CHINESE = "巨头入场"


def test_chinese_text_falls_back_to_a_font_that_has_it(monkeypatch):
    monkeypatch.setattr("forecast.reporting.canvas.chinese_font", lambda: "Noto Sans CJK SC")
    base = fc.Scenario("base")
    runs = simulation()
    named = replace(
        runs, scenarios=(base, fc.Scenario(CHINESE)), series={"base": runs.series["base"], CHINESE: runs.series["base"]}
    )
    ax = reporting.plot_breakeven(fc.breakeven(named, GOAL))
    families = {text.get_text(): text.get_fontfamily() for text in ax.get_legend().get_texts()}
    assert {name.split(":")[0]: family[1:] for name, family in families.items()} == {
        "base": [],
        CHINESE: ["Noto Sans CJK SC"],
    }


@pytest.mark.skipif(chinese_font() is None, reason="no font with Chinese characters is installed")
def test_no_glyph_is_missing_where_a_font_has_them(tmp_path):
    ax = new_axes()
    ax.set_title(CHINESE)
    ax.set_xticks([0, 1], [CHINESE, "base"])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        finish(ax, tmp_path / "chinese.png")


def test_the_first_known_font_is_taken(monkeypatch):
    from matplotlib.font_manager import FontEntry, fontManager

    monkeypatch.setattr(fontManager, "ttflist", [FontEntry(name=name) for name in ("SimHei", "Heiti TC", "Arial")])
    assert chinese_font() == "Heiti TC"
    monkeypatch.setattr(fontManager, "ttflist", [FontEntry(name="Arial")])
    assert chinese_font() is None


def test_greys_of_the_lines_differ_from_white():
    for colour in COLOURS:
        red, green, blue = (int(colour[place : place + 2], 16) for place in (1, 3, 5))
        assert 0.2126 * red + 0.7152 * green + 0.0722 * blue < 185, colour
    assert np.unique(COLOURS).size == len(COLOURS)
