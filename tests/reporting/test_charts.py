"""Every artist against the numbers it stands for."""

from __future__ import annotations

import subprocess
import sys
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.figure import Figure

import forecast as fc
from forecast.errors import ForecastError, SimulationError
from forecast.lines import Line
from forecast.picture import new_axes
from forecast.reporting import plot_breakeven, plot_fan, plot_goal_seek, plot_overview
from forecast.reporting.canvas import MARKERS, STYLES, quarter_axis, unit_of
from forecast.reporting.fan import bands

from .artists import drawn, edges, extent, legend, names, tick_labels

GOAL = fc.Goal("net_profit", at_least=0, over="quarter", by="2027Q4", probability=0.8)


class TestFan:
    def test_bands_and_median_are_the_quantiles_and_start_at_the_last_reported_figure(self, remembered):
        ax = plot_fan(remembered, "revenue")
        table = remembered.quantiles("revenue", levels=(0.1, 0.25, 0.5, 0.75, 0.9))
        ordinals = [fc.Quarter.parse("2025Q4").ordinal, *(q.ordinal for q in remembered.quarters)]
        for low, high in ((0.1, 0.9), (0.25, 0.75)):
            places, below, above = edges(drawn(ax, f"band {low} {high}"))
            assert list(places) == ordinals
            assert below == pytest.approx([100.0, *table[low]])
            assert above == pytest.approx([100.0, *table[high]])
        median = drawn(ax, "median")
        assert list(median.get_xdata()) == ordinals
        assert median.get_ydata() == pytest.approx([100.0, *table[0.5]])

    def test_without_a_history_the_fan_starts_in_the_first_simulated_quarter(self, stated):
        ax = plot_fan(stated, "revenue", "R&D cut", levels=(0.05, 0.95))
        table = stated.quantiles("revenue", "R&D cut", levels=(0.05, 0.95))
        places, below, above = edges(drawn(ax, "band 0.05 0.95"))
        assert list(places) == [quarter.ordinal for quarter in stated.quarters]
        assert below == pytest.approx(table[0.05].to_numpy())
        assert above == pytest.approx(table[0.95].to_numpy())
        assert names(ax) == {"median", "band 0.05 0.95"}
        assert legend(ax) == ["median", "5 to 95%"]

    def test_a_single_quarter_without_a_history_is_a_bar(self, stated):
        runs = fc.simulate(stated.company, fc.Scenario("base"), until="2026Q1", paths=50, seed=0)
        table = runs.quantiles("revenue", levels=(0.1, 0.9))
        places, below, above = edges(drawn(plot_fan(runs, "revenue"), "band 0.1 0.9"))
        first = runs.quarters[0].ordinal
        assert list(places) == [first - 0.2, first + 0.2]
        assert list(below) == pytest.approx([table[0.1].iloc[0]] * 2)
        assert list(above) == pytest.approx([table[0.9].iloc[0]] * 2)

    def test_a_scenario_shows_its_own_numbers(self, stated):
        ax = plot_fan(stated, "research_and_development", "R&D cut")
        assert drawn(ax, "median").get_ydata() == pytest.approx(
            np.median(stated.values("research_and_development", "R&D cut"), axis=1)
        )
        assert ax.get_title(loc="left") == "research_and_development, scenario 'R&D cut'"

    def test_history_is_marked_by_how_it_is_known(self, remembered):
        ax = plot_fan(remembered, "revenue")
        first = fc.Quarter.parse("2024Q3").ordinal
        for mark, places, values in (
            ("reported", [0, 5], [90.0, 100.0]),
            ("derived", [3, 4], [98.0, 101.0]),
            ("estimated", [2], [96.0]),
        ):
            points = drawn(ax, mark)
            assert list(points.get_xdata()) == [first + place for place in places]
            assert list(points.get_ydata()) == values
        assert drawn(ax, "reported").get_markerfacecolor() == "#303030"
        assert drawn(ax, "derived").get_markerfacecolor() == "white"
        assert drawn(ax, "derived").get_marker() == drawn(ax, "reported").get_marker() == "o"
        assert drawn(ax, "estimated").get_marker() == "x"
        assert legend(ax) == [
            "median",
            "10 to 90%",
            "25 to 75%",
            "reported",
            "derived",
            "estimated",
            "one standard error",
        ]

    def test_a_missing_quarter_leaves_a_gap_in_the_line(self, remembered):
        ax = plot_fan(remembered, "revenue")
        first = fc.Quarter.parse("2024Q3").ordinal
        pieces = [line.get_xydata().tolist() for line in ax.lines if line.get_gid() == "history"]
        assert pieces == [
            [[first + 2, 96.0], [first + 3, 98.0]],
            [[first + 3, 98.0], [first + 4, 101.0]],
            [[first + 4, 101.0], [first + 5, 100.0]],
        ]

    def test_error_bars_are_one_standard_error_where_it_can_be_seen(self, remembered):
        ax = plot_fan(remembered, "revenue")
        first = fc.Quarter.parse("2024Q3").ordinal
        bars = [segment.tolist() for segment in drawn(ax, "errors").get_segments()]
        assert bars == [[[first + 2, 88.0], [first + 2, 104.0]], [[first + 3, 94.0], [first + 3, 102.0]]]
        assert "errors" not in names(plot_fan(remembered, "research_and_development"))

    def test_since_leaves_out_older_quarters(self, remembered):
        ax = plot_fan(remembered, "revenue", since="2025Q3")
        assert list(drawn(ax, "reported").get_ydata()) == [100.0]
        assert list(drawn(ax, "derived").get_ydata()) == [101.0]
        assert "estimated" not in names(ax)
        assert ax.get_xlim()[0] == fc.Quarter.parse("2025Q3").ordinal - 0.6

    def test_since_the_first_simulated_quarter_shows_no_history(self, remembered):
        ax = plot_fan(remembered, "revenue", since="2026Q1")
        assert names(ax) == {"median", "band 0.1 0.9", "band 0.25 0.75"}
        assert ax.get_xlim()[0] == fc.Quarter.parse("2026Q1").ordinal - 0.6

    def test_a_stated_opening_is_marked_and_joined(self, stated):
        ax = plot_fan(stated, "cash")
        opening = drawn(ax, "stated")
        assert opening.get_xydata().tolist() == [[fc.Quarter.parse("2025Q4").ordinal, 500.0]]
        assert drawn(ax, "median").get_ydata()[0] == 500.0
        assert "opening, stated" in legend(ax)

    def test_a_line_at_zero_stands_where_the_values_straddle_it(self, stated):
        assert list(drawn(plot_fan(stated, "net_profit"), "zero").get_ydata()) == [0, 0]
        assert "zero" not in names(plot_fan(stated, "revenue"))

    @pytest.mark.parametrize(
        ("line", "unit"),
        [
            ("revenue", "million CNY a quarter"),
            ("arr", "million USD"),
            ("cash", "million CNY"),
            ("usd_cny", "CNY per USD"),
        ],
    )
    def test_the_axis_names_unit_and_currency(self, stated, line, unit):
        assert plot_fan(stated, line).get_ylabel() == unit

    def test_recorded_numbers_can_be_drawn(self, stated):
        rate = drawn(plot_fan(stated, "revenue.rate"), "median").get_ydata()
        assert rate == pytest.approx(np.median(stated.values("revenue.rate"), axis=1))

    def test_it_draws_into_the_axes_given_and_returns_them(self, stated):
        ax = Figure().subplots()
        assert plot_fan(stated, "revenue", ax=ax) is ax

    def test_every_problem_is_told_at_once(self, stated):
        with pytest.raises(SimulationError) as told:
            plot_fan(stated, "revenu", "bse", since="2027Q1", levels=(0.1, 0.9, 0.95))
        assert str(told.value) == (
            "the fan cannot be drawn\n"
            "  - there is no scenario 'bse'. Did you mean 'base'?\n"
            "  - there is no line 'revenu'. Did you mean 'revenue'?\n"
            "  - since is 2027Q1, after the first simulated quarter 2026Q1; start earlier.\n"
            "  - levels [0.1, 0.9, 0.95] do not make pairs; give as many below 0.5 as above, each once."
        )

    def test_levels_outside_zero_and_one_are_refused(self, stated):
        with pytest.raises(SimulationError) as told:
            plot_fan(stated, "revenue", levels=(10, 90))
        assert str(told.value) == (
            "the fan cannot be drawn\n  - levels [10, 90] lie outside (0, 1); write 0.1 for the 10 % quantile."
        )

    @settings(deadline=None)
    @given(st.sets(st.integers(1, 499), min_size=1, max_size=5), st.randoms())
    def test_bands_are_nested_whatever_the_order_of_the_levels(self, thousandths, random):
        below = [thousandth / 1000 for thousandth in thousandths]
        levels = [*below, *(1 - level for level in below)]
        random.shuffle(levels)
        pairs = bands(levels)
        assert len(pairs) == len(below)
        assert all(outer[0] < inner[0] and outer[1] > inner[1] for outer, inner in pairwise(pairs))


class TestQuarterAxis:
    @settings(deadline=None, max_examples=30)
    @given(st.integers(7_000, 9_000), st.integers(0, 120))
    def test_labels_are_few_and_on_their_quarters(self, first, span):
        ax = new_axes()
        begin, end = fc.Quarter(first), fc.Quarter(first + span)
        quarter_axis(ax, begin, end)
        assert [fc.Quarter.parse(text).ordinal for text in tick_labels(ax)] == list(ax.get_xticks())
        assert 1 <= len(tick_labels(ax)) <= 9
        if span > 17:
            assert {text[-2:] for text in tick_labels(ax)} == {"Q4"}
        assert ax.get_xlim() == (first - 0.6, first + span + 0.6)

    def test_labels_of_two_years(self):
        ax = new_axes()
        quarter_axis(ax, fc.Quarter.parse("2025Q1"), fc.Quarter.parse("2027Q3"))
        assert tick_labels(ax) == ["2025Q2", "2025Q4", "2026Q2", "2026Q4", "2027Q2"]

    def test_units(self):
        assert unit_of(Line("headcount", "stock", "count")) == "count"
        assert unit_of(Line("share", "rate", "share")) == "share"


class TestBreakeven:
    def test_lines_are_the_probabilities_in_per_cent(self, stated):
        result = fc.breakeven(stated, GOAL)
        ax = plot_breakeven(result)
        for scenario in ("base", "R&D cut"):
            line = drawn(ax, f"scenario {scenario}")
            assert list(line.get_xdata()) == [quarter.ordinal for quarter in stated.quarters]
            assert line.get_ydata() == pytest.approx(100 * result.by_quarter[scenario])
        assert ax.get_ylim() == (0, 100)
        assert [text.get_text() for text in ax.get_yticklabels()] == ["0%", "20%", "40%", "60%", "80%", "100%"]
        assert ax.get_title(loc="left") == "Probability of net_profit over the quarter >= 0, reached by"

    def test_the_goal_is_marked(self, stated):
        ax = plot_breakeven(fc.breakeven(stated, GOAL))
        assert list(drawn(ax, "probability").get_ydata()) == [80, 80]
        assert set(drawn(ax, "date").get_xdata()) == {fc.Quarter.parse("2027Q4").ordinal}
        ax = plot_breakeven(fc.breakeven(stated, fc.Goal("net_profit", at_least=0, over="quarter", by="2040Q1")))
        assert names(ax) == {"scenario base", "scenario R&D cut"}

    def test_the_legend_is_in_the_order_in_which_lines_end_and_below_the_axes(self, stated):
        result = fc.breakeven(stated, GOAL)
        ax = plot_breakeven(result)
        last = {scenario: shares[-1] for scenario, shares in result.by_quarter.items()}
        assert last["R&D cut"] > last["base"]
        assert legend(ax) == [f"R&D cut: {last['R&D cut']:.0%}", f"base: {last['base']:.0%}"]
        ax.figure.draw_without_rendering()
        inside, under = ax.get_window_extent(), ax.get_legend().get_window_extent()
        labels = [text.get_window_extent() for text in ax.get_xticklabels()]
        assert under.y1 < min(label.y0 for label in labels) < inside.y0
        assert under.y0 >= 0

    def test_lines_are_told_apart_without_colour(self):
        looks = {(STYLES[place % len(STYLES)], MARKERS[place % len(MARKERS)]) for place in range(36)}
        assert len(looks) == 36

    def test_a_name_with_dollar_signs_or_an_underscore_is_printed_as_it_is(self, stated):
        company = stated.company
        names_of = ["_hidden", "$5 down and $4 up"]
        runs = fc.simulate(company, [fc.Scenario(name) for name in names_of], until="2026Q4", paths=50, seed=1)
        ax = plot_breakeven(fc.breakeven(runs, GOAL))
        ax.figure.draw_without_rendering()
        assert sorted(text.rpartition(":")[0] for text in legend(ax)) == sorted(names_of)
        assert not any(text.get_parse_math() for text in ax.get_legend().get_texts())

    def test_it_draws_into_the_axes_given_and_returns_them(self, stated):
        ax = Figure().subplots()
        assert plot_breakeven(fc.breakeven(stated, GOAL), ax=ax) is ax


class TestGoalSeek:
    @pytest.fixture(scope="class")
    @classmethod
    def certain(cls) -> fc.CalibratedModel:
        """Revenue is 100 * (1 + growth)**t exactly."""
        growth = fc.assume(0.0, role="lever", low=-0.1, high=0.2)
        driver = fc.drivers.Growth("revenue", growth=growth, persistence=0, volatility=0, momentum=0, start=100)
        return fc.calibrate(fc.Model(driver), first="2026Q1")

    def seek(self, company: fc.CalibratedModel, at_least: float, **more: Any) -> fc.GoalSeek:
        goal = fc.Goal("revenue", at_least=at_least, over="quarter", by="2026Q4", probability=0.8)
        return fc.goal_seek(company, fc.Scenario("base"), vary="revenue.growth", goal=goal, seed=1, **more)

    def test_the_answer_stands_at_the_growth_that_reaches_the_goal(self, certain):
        """100 * (1 + g)**4 = 110."""
        ax = plot_goal_seek(self.seek(certain, 110, paths=100))
        assert drawn(ax, "answer").get_xdata()[0] == pytest.approx(1.1**0.25 - 1, abs=1e-8)
        assert list(drawn(ax, "target").get_ydata()) == [80, 80]
        assert ax.get_xlabel() == "revenue.growth [a quarter]"
        assert ax.get_xlim() == (-0.1, 0.2)
        assert ax.get_title(loc="left").replace("\n", " ") == (
            "revenue over the quarter >= 110 by 2026Q4 with probability 80%, scenario 'base'"
        )
        assert legend(ax)[:4] == [
            "probability",
            "95% interval of the probability",
            "wanted: 80%",
            "answer: at least 0.02411 a quarter",
        ]

    def test_curve_and_intervals_are_those_of_the_result(self, stated):
        result = self.seek(stated.company.stating("revenue.growth", 0.0), 105, paths=500)
        ax = plot_goal_seek(result)
        curve = drawn(ax, "curve")
        assert list(curve.get_xdata()) == list(result.curve["lever"])
        assert curve.get_ydata() == pytest.approx(100 * result.curve["probability"].to_numpy())
        places, below, above = edges(drawn(ax, "interval"))
        assert list(places) == list(result.curve["lever"])
        assert below == pytest.approx(100 * result.curve["low"].to_numpy())
        assert above == pytest.approx(100 * result.curve["high"].to_numpy())
        zone = drawn(ax, "answer interval")
        assert extent(zone)[:2] == pytest.approx(result.interval)

    def test_an_unreachable_goal_shows_the_best_and_no_answer(self, certain):
        """100 * 1.2**4 = 207.36 is the most that a growth of at most 0.2 gives."""
        ax = plot_goal_seek(self.seek(certain, 208, paths=100))
        assert "answer" not in names(ax)
        assert drawn(ax, "best").get_ydata()[0] == 0
        assert legend(ax)[-1].startswith("cannot be reached; best: 0% at")

    def test_an_effortless_goal_says_so(self, certain):
        ax = plot_goal_seek(self.seek(certain, 60, paths=100))
        assert drawn(ax, "answer").get_xdata()[0] == -0.1
        assert legend(ax)[-1] == "reached anywhere, even at -0.1 a quarter"

    def test_a_wide_positive_range_is_logarithmic(self, certain):
        ax = plot_goal_seek(self.seek(certain, 101, paths=100, between=(0.001, 0.2)))
        assert ax.get_xscale() == "log"
        ax.figure.draw_without_rendering()
        assert plot_goal_seek(self.seek(certain, 101, paths=100, between=(0.01, 0.2))).get_xscale() == "linear"


class TestOverview:
    def test_it_holds_three_fans_and_the_breakeven_chart(self, remembered, tmp_path):
        result = fc.breakeven(remembered, GOAL)
        figure = plot_overview(remembered, result, path=tmp_path / "kunlun.png")[0].figure
        titles = [ax.get_title(loc="left") for ax in figure.axes]
        assert titles == [
            "revenue",
            "research_and_development",
            "net_profit",
            "Probability of net_profit over the quarter >= 0, reached by",
        ]
        median = drawn(figure.axes[0], "median").get_ydata()
        assert median == pytest.approx([100.0, *np.median(remembered.values("revenue"), axis=1)])
        assert len({ax.get_xlim() for ax in figure.axes[:3]}) == 1
        data = (tmp_path / "kunlun.png").read_bytes()
        assert data.startswith(b"\x89PNG\r\n\x1a\n")
        assert figure.get_suptitle() == (
            f"Scenario 'base'  |  history to 2025Q4  |  300 paths  |  seed 0  |  version {fc.__version__}"
        )

    def test_the_title_of_a_company_without_history(self, stated):
        axes = plot_overview(stated, fc.breakeven(stated, GOAL), lines=["arr", "cash"], scenario="R&D cut")
        figure = axes[0].figure
        assert list(axes) == figure.axes
        assert figure.get_suptitle() == (
            f"Scenario 'R&D cut'  |  no history  |  400 paths  |  seed 3  |  version {fc.__version__}"
        )
        assert len(figure.axes) == 3

    def test_axes_may_be_given_one_a_line_and_one_more(self, stated, tmp_path):
        figure = Figure(layout="constrained")
        given = figure.subplots(3, 1)
        result = fc.breakeven(stated, GOAL)
        axes = plot_overview(stated, result, lines=["arr", "cash"], ax=given, path=tmp_path / "three.png")
        assert axes == tuple(given)
        assert figure.get_suptitle() == ""
        assert drawn(given[1], "median").get_ydata()[-1] == pytest.approx(np.median(stated.values("cash")[-1]))
        assert (tmp_path / "three.png").read_bytes().startswith(b"\x89PNG")
        with pytest.raises(ForecastError) as told:
            plot_overview(stated, result, lines=["arr"], ax=given)
        assert str(told.value) == "ax holds 3 axes; this chart needs 2: give as many, or leave it out."

    def test_nothing_overlaps(self, stated, remembered):
        for runs in (stated, remembered):
            figure = plot_overview(runs, fc.breakeven(runs, GOAL))[0].figure
            figure.draw_without_rendering()
            boxes = [ax.get_tightbbox() for ax in figure.axes]
            pairs = [(a, b) for i, a in enumerate(boxes) for b in boxes[i + 1 :]]
            assert not any(a.overlaps(b) for a, b in pairs)

    def test_unknown_names_are_told_at_once(self, stated):
        with pytest.raises(SimulationError) as told:
            plot_overview(stated, fc.breakeven(stated, GOAL), lines=("revenues", "net_profits"), scenario="cut")
        assert str(told.value) == (
            "the fan cannot be drawn\n"
            "  - there is no scenario 'cut'. Did you mean 'R&D cut'?\n"
            "  - there is no line 'revenues'. Did you mean 'revenue'?\n"
            "  - there is no line 'net_profits'. Did you mean 'net_profit'?"
        )

    def test_a_path_that_cannot_be_written_is_refused(self, stated, tmp_path):
        with pytest.raises(ForecastError) as told:
            plot_overview(stated, fc.breakeven(stated, GOAL), path=tmp_path / "none" / "kunlun.pdf")
        assert str(told.value) == (
            "the overview cannot be saved\n"
            "  - 'kunlun.pdf' is not the name of a PNG file. Write 'kunlun.png', or save the returned figure "
            "with its own savefig.\n"
            f"  - the folder '{tmp_path / 'none'}' does not exist. Create it first."
        )

    def test_a_result_of_another_simulation_is_refused(self, stated, remembered):
        with pytest.raises(ForecastError) as told:
            plot_overview(stated, fc.breakeven(remembered, GOAL))
        assert str(told.value) == (
            "the breakeven result is of another simulation; make it with breakeven(simulation, goal)\n"
            "  - the simulation has the quarters 2026Q1 to 2028Q4, the breakeven result 2026Q1 to 2027Q4.\n"
            "  - the simulation has the paths 400, the breakeven result 300.\n"
            "  - the simulation has the scenarios base, R&D cut, the breakeven result base."
        )

    def test_no_display_and_no_global_state(self, tmp_path):
        """A back end that needs a display is asked for; pyplot, which would load it, never is."""
        code = (
            "import sys, forecast as fc\n"
            "driver = fc.drivers.Path('net_profit', fc.normal(1, 1))\n"
            "company = fc.calibrate(fc.Model(driver), first='2026Q1')\n"
            "runs = fc.simulate(company, fc.Scenario('base'), until='2026Q4', paths=50, seed=0)\n"
            "assert 'matplotlib' not in sys.modules\n"
            "result = fc.breakeven(runs, fc.Goal('net_profit', at_least=0, over='quarter'))\n"
            f"fc.plot_overview(runs, result, lines=['net_profit'], path={str(tmp_path / 'a.png')!r})\n"
            "assert 'matplotlib.pyplot' not in sys.modules\n"
        )
        environment = {"MPLBACKEND": "tkagg", "PYTHONPATH": ":".join(sys.path), "MPLCONFIGDIR": str(tmp_path)}
        done = subprocess.run([sys.executable, "-W", "error", "-c", code], env=environment, capture_output=True)
        assert done.stderr.decode() == ""
        assert (tmp_path / "a.png").stat().st_size > 10_000
