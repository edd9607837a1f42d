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

from .calls import CHARTS, GOAL
from .invented import simulation


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
