"""What every chart does alike: names as they are, Chinese where a font has it, a file where a path is given."""

from __future__ import annotations

import ast
import warnings
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.text import Text

import forecast as fc
from forecast import reporting
from forecast.lines import Line
from forecast.picture import chinese_font, finish, new_axes
from forecast.reporting.canvas import COLOURS, HATCHES, TINTS, unit_of

from .calls import CHARTS, GOAL
from .invented import backtest, simulation

SEVERAL = {"plot_calibration": 2, "plot_overview": 2}
"""Charts of more than one axes: how many of them the call in ``CHARTS`` draws."""

METHODS = {
    "Backtest.plot": lambda **to: backtest().plot(**to),
    "Prediction.plot": lambda **to: prediction().plot(**to),
}
"""A call of every chart that is a method of its result."""

DRAWING = {**CHARTS, **METHODS}
SOURCES = sorted(Path(fc.__file__).parent.rglob("*.py"))


def prediction():
    values = [98.0, 100, 104, 103, 108, 110, 115, 113, 118, 121, 127, 124]
    index = [f"{2022 + place // 4}Q{place % 4 + 1}" for place in range(12)]
    return fc.predict(pd.Series(values, index=index, name="costs_$cut$"), 4)


def axes_of(drawn):
    return list(drawn) if isinstance(drawn, tuple) else [drawn]


def plots_in(path):
    """Functions ``plot_...`` and methods ``plot`` of a module, by name."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    found = {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name[:5] == "plot_"}
    for each in tree.body:
        for node in each.body if isinstance(each, ast.ClassDef) else ():
            if isinstance(node, ast.FunctionDef) and node.name.startswith("plot"):
                found[f"{each.name}.{node.name}"] = node
    return found


def test_no_chart_is_left_out():
    assert set(CHARTS) == {name for name in reporting.__all__ if name.startswith("plot_")}
    assert set(DRAWING) == {name for path in SOURCES for name in plots_in(path)}


def test_every_chart_takes_ax_and_path_and_none_goes_through_pyplot():
    for path in SOURCES:
        nodes = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        assert "pyplot" not in {name for one in nodes for name in imports(one)}, path
        for name, node in plots_in(path).items():
            taken = [*node.args.args, *node.args.kwonlyargs]
            known = (
                [None] * (len(node.args.args) - len(node.args.defaults)) + node.args.defaults + node.args.kw_defaults
            )
            without = {one.arg: default for one, default in zip(taken, known, strict=True)}
            for option in ("ax", "path"):
                assert ast.unparse(without[option]) == "None", name
            assert ast.unparse(node.returns) in ("Axes", "tuple[Axes, Axes]", "tuple[Axes, ...]"), name


def imports(node):
    """The names that an import brings, part by part."""
    if not isinstance(node, ast.Import | ast.ImportFrom):
        return set()
    names = [alias.name for alias in node.names] + [getattr(node, "module", None) or ""]
    return {part for name in names for part in name.split(".")}


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


@pytest.mark.parametrize("name", DRAWING)
def test_every_chart_draws_on_given_axes_and_returns_them(name):
    figure = Figure(layout="constrained")
    panels = list(np.ravel(figure.subplots(1, SEVERAL.get(name, 1))))
    found = DRAWING[name](ax=panels if name in SEVERAL else panels[0])
    assert axes_of(found) == panels == figure.axes
    assert all(ax.has_data() for ax in panels)


@pytest.mark.parametrize("name", DRAWING)
def test_every_chart_makes_axes_that_pyplot_does_not_know(name):
    from matplotlib import pyplot

    before = pyplot.get_fignums()
    found = axes_of(DRAWING[name]())
    assert all(isinstance(ax, Axes) and ax.has_data() for ax in found)
    assert len(found) == SEVERAL.get(name, 1)
    assert pyplot.get_fignums() == before


@pytest.mark.parametrize("name", DRAWING)
def test_every_chart_refuses_what_is_no_axes(name):
    figure = Figure()
    said = r"ax is an object of the type Figure, not Axes; pass axes|ax holds 1 axes"
    with pytest.raises(fc.ForecastError, match=said):
        DRAWING[name](ax=figure)


@pytest.mark.parametrize("name", METHODS)
def test_a_method_saves_its_chart_and_prints_names_as_they_are(name, tmp_path):
    ax = METHODS[name](path=tmp_path / "chart.png")
    assert (tmp_path / "chart.png").read_bytes().startswith(b"\x89PNG")
    assert not any(text.get_parse_math() for text in ax.findobj(Text))


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
    monkeypatch.setattr("forecast.picture.chinese_font", lambda: "Noto Sans CJK SC")
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


@pytest.mark.parametrize(
    ("line", "told"),
    [
        (Line("margin", "rate"), ""),  # not "million"
        (Line("margin", "rate", "share"), "share"),
        (Line("revenue", "flow", "million", "CNY"), "million CNY a quarter"),
        (Line("usd_cny", "rate", "CNY_per_USD"), "CNY per USD"),
        (Line("margin", "flow", "ratio"), "ratio"),  # not "ratio a quarter"
        (Line("won", "flow", "customers"), "customers a quarter"),
    ],
)
def test_a_ratio_without_a_unit_is_no_million(line, told):
    assert unit_of(line) == told
