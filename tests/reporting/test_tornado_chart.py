"""Every artist of a tornado against the numbers it stands for."""

from __future__ import annotations

import numpy as np
import pytest
from matplotlib.figure import Figure

import forecast as fc
from forecast.analysis.ranks import Ranks
from forecast.analysis.statistic import Mean, Probability
from forecast.analysis.tornado import Bar, Sensitivity
from forecast.errors import ForecastError
from forecast.reporting.tornado_chart import plot_tornado

CHANCE = Probability(fc.Goal("net_profit", at_least=0, by="2027Q4"))


def result(*bars, statistic=CHANCE, base=0.5, unit="%"):
    order = Ranks(tuple(bar.ranks for bar in bars), 1, 1.0)
    return Sensitivity(statistic, "base", base, 0.005, (0.1, 0.9), bars, order, unit, "follow")


def drawn(ax, name):
    (found,) = [artist for artist in ax.get_children() if artist.get_gid() == name]
    return found


WIDE = Bar("arr.ceiling", 300, 1200, 0.4, 0.62, (0.01, 0.02, 0.01))
TURNED = Bar("$cost.target", 0.27, 0.33, 0.56, 0.45, (0.01, 0.01, 0.01))
HUMP = Bar("rate.value", 1, 3, 0.45, 0.47, (0.01, 0.01, 0.01))


def test_bars_go_from_the_base_to_the_ends_in_per_cent():
    ax = plot_tornado(result(WIDE, TURNED))
    for place, bar in enumerate((WIDE, TURNED)):
        for half, end, error in (("low", bar.at_low, bar.errors[0]), ("high", bar.at_high, bar.errors[1])):
            body = drawn(ax, f"{bar.parameter} {half}")
            reach = sorted((body.get_x(), body.get_x() + body.get_width()))
            assert reach == pytest.approx(sorted((50, 100 * end)))
            assert body.get_y() + body.get_height() / 2 == pytest.approx(place)
            assert bool(body.get_hatch()) == (half == "low")
            whisker = drawn(ax, f"{bar.parameter} {half} error")
            assert list(whisker.get_xdata()) == pytest.approx([100 * (end - error), 100 * (end + error)])
    assert set(drawn(ax, "base").get_xdata()) == {50}
    values = [
        drawn(ax, f"{bar.parameter} {half} value").get_text() for bar in (WIDE, TURNED) for half in ("low", "high")
    ]
    assert values == ["40.0%", "62.0%", "56.0%", "45.0%"]
    assert [drawn(ax, f"$cost.target {half} value").get_ha() for half in ("low", "high")] == ["left", "right"]


def test_labels_title_and_legend():
    ax = plot_tornado(result(WIDE, TURNED))
    labels = [label.get_text() for label in ax.get_yticklabels()]
    assert labels == ["arr.ceiling\n300 to 1200", "$cost.target\n0.27 to 0.33"]
    assert ax.get_xlabel() == "probability [%]"
    assert ax.get_title(loc="left").replace("\n", " ") == (
        "Probability of net_profit over the trailing year >= 0 by 2027Q4, scenario 'base': 50.0%"
    )
    told = [text.get_text().replace("\n", " ") for text in ax.get_legend().get_texts()]
    assert told == ["at its 10% quantile", "at its 90% quantile", "± one Monte Carlo standard error"]


def test_money_is_in_its_unit_and_shorter_bars_are_counted():
    bars = [Bar(f"p{place}.value", 0, 1, -1500.0, -500.0 - place, (5.0, 5.0, 1.0)) for place in range(14)]
    ax = plot_tornado(result(*bars, statistic=Mean("net_profit", at="2027Q4"), base=-1000.0, unit="million CNY"))
    assert ax.get_xlabel() == "million CNY"
    assert len(ax.get_yticks()) == 12
    assert drawn(ax, "p0.value low value").get_text() == "\N{MINUS SIGN}1,500"
    assert ax.get_title(loc="left").replace("\n", " ") == (
        "Mean of net_profit in 2027Q4, scenario 'base': -1,000 million CNY; 2 shorter bars not shown"
    )


def test_of_two_ends_on_one_side_the_shorter_bar_is_in_front_and_one_value_is_printed():
    ax = plot_tornado(result(HUMP))
    assert drawn(ax, "rate.value high").get_zorder() > drawn(ax, "rate.value low").get_zorder()
    names = {artist.get_gid() for artist in ax.get_children()}
    assert "rate.value low value" in names
    assert "rate.value high value" not in names


@pytest.mark.parametrize(("other", "side"), [(0.4, "left"), (0.6, "right")])
def test_an_end_at_the_base_is_told_on_the_side_without_a_bar(other, side):
    ax = plot_tornado(result(Bar("rate.value", 1, 3, other, 0.5, (0.01, 0.01, 0.01))))
    assert drawn(ax, "rate.value high value").get_ha() == side


def test_values_stay_inside_the_axes_and_off_each_other():
    ax = plot_tornado(result(WIDE, TURNED, HUMP))
    ax.figure.draw_without_rendering()
    frame = ax.get_window_extent()
    boxes = [text.get_window_extent() for text in ax.texts]
    assert all(frame.x0 <= box.x0 and box.x1 <= frame.x1 for box in boxes)
    assert not any(one.overlaps(other) for place, one in enumerate(boxes) for other in boxes[place + 1 :])


def test_it_draws_into_the_axes_given_and_saves(tmp_path):
    ax = Figure().subplots()
    assert plot_tornado(result(WIDE), ax=ax, path=tmp_path / "tornado.png") is ax
    assert (tmp_path / "tornado.png").read_bytes().startswith(b"\x89PNG\r\n\x1a\n")
    flat = Bar("a.value", 0, 1, 0.5, 0.5, (0.0, 0.0, 0.0))
    assert np.isfinite(plot_tornado(result(flat)).get_xlim()).all()


def test_what_is_no_tornado_is_refused():
    with pytest.raises(ForecastError) as caught:
        plot_tornado("tornado")
    assert str(caught.value) == (
        "the result is an object of the type str, not Sensitivity; "
        "make one: sensitivity(company, scenario, goal=goal, ...)."
    )
    with pytest.raises(ForecastError) as caught:
        plot_tornado(result())
    assert str(caught.value) == "the tornado has no bars: nothing that is uncertain reaches the statistic."
