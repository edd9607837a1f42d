"""The explorer: each move of a slider is the simulation with that lever fixed; driven without a browser."""

import builtins
import html
import re

import numpy as np
import pytest

import forecast as fc
from forecast.drivers import Formula, Path
from forecast.errors import ForecastError, GoalError
from forecast.model import assume
from forecast.reporting.explorer import explore
from forecast.reporting.explorer_picture import picture
from forecast.shocks import Add

pytest.importorskip("ipywidgets")
GOAL = fc.Goal("profit", at_least=0, by="2026Q4", probability=0.5, over="quarter")
PATHS = 2_000


@pytest.fixture(scope="module")
def company():
    model = fc.Model(
        Path("push", value=assume(fc.normal(0, 1), role="lever", low=-5, high=5)),
        Path("pull", value=assume(0.0, role="lever", low=-1, high=1)),
        Path("aside", value=assume(0.0, role="lever", low=-1, high=1)),
        Path("luck", value=fc.normal(0, 1)),
        Formula("profit = luck + push - pull"),
    )
    return fc.calibrate(model, first="2026Q1")


@pytest.fixture
def explorer(company):
    return explore(company, goal=GOAL, seed=3)


def simulated(company, *shocks, **stated):
    """The goal's probabilities and the line's quantiles by the long way: a simulation with the levers stated."""
    for name, value in stated.items():
        company = company.stating(f"{name}.value", value)
    runs = fc.simulate(company, [fc.Scenario("base", *shocks)], until="2026Q4", paths=PATHS, seed=3)
    return fc.breakeven(runs, GOAL).by_quarter["base"], np.quantile(runs.values("profit"), [0.1, 0.5, 0.9], axis=1).T


def agrees(explorer, expected):
    probability, quantiles = expected
    return np.array_equal(explorer.probability, probability) and np.allclose(explorer.quantiles, quantiles, rtol=1e-12)


def test_there_is_a_slider_for_each_lever_that_reaches_the_goal(explorer):
    assert list(explorer.sliders) == ["push.value", "pull.value"]
    push = explorer.sliders["push.value"]
    assert (push.min, push.max, push.value) == (-5.0, 5.0, 0.0)


def test_before_any_move_it_is_the_simulation_of_the_scenario(company, explorer):
    assert agrees(explorer, simulated(company))


def test_a_move_is_the_simulation_with_that_lever_fixed_and_the_others_as_drawn(company, explorer):
    explorer.sliders["pull.value"].value = 0.4
    assert agrees(explorer, simulated(company, pull=0.4))
    explorer.sliders["push.value"].value = 1.25
    assert agrees(explorer, simulated(company, pull=0.4, push=1.25))
    explorer.sliders["pull.value"].value = -1.0
    assert agrees(explorer, simulated(company, pull=-1.0, push=1.25))


def test_the_probability_is_the_one_of_the_normal_distribution(explorer):
    """P(luck >= -1) = 0.8413; 4.9 standard errors of 2,000 paths are passed by chance once in a million seeds."""
    explorer.sliders["push.value"].value = 1.0
    assert explorer.probability[-1] == pytest.approx(0.841345, abs=4.9 * np.sqrt(0.8413 * 0.1587 / PATHS))


def test_the_words_and_the_picture_follow_the_slider(explorer):
    before = explorer._picture.value
    assert str(explorer).endswith("in scenario 'base'.")
    explorer.sliders["push.value"].value = 5.0
    chance, first = explorer.probability[-1], explorer.at_first[-1]
    error = 100 * np.sqrt(chance * (1 - chance) / PATHS)
    assert str(explorer) == (
        f"profit over the quarter >= 0 by 2026Q4: {chance:.1%} of 2,000 paths (seed 3, "
        f"standard error {error:.1f} points) with push.value = 5; {first:.1%} in scenario 'base' as it stands."
    )
    assert explorer._answer.value == f'<p role="status">{html.escape(str(explorer))}</p>'
    assert explorer._picture.value != before


def test_what_a_browser_reports_back_is_no_move(company, explorer):
    """A browser puts a slider on the step nearest to its value and reports that, with rounding of its own."""
    for slider in explorer.sliders.values():
        place = (slider.value - slider.min) / slider.step
        assert place == pytest.approx(round(place), abs=1e-9)
        slider.value += 1e-3 * slider.step
    assert explorer.moved == {}
    assert agrees(explorer, simulated(company))
    explorer.sliders["push.value"].value = 0.1  # the next step
    assert list(explorer.moved) == ["push.value"]


def test_a_slider_starts_on_the_step_nearest_to_the_median(company):
    """Steps of 0.03 from -1: the median 0 lies between -0.01 and 0.02."""
    found = explore(company, goal=GOAL, levers=["push.value"], between={"push.value": (-1, 2)}, seed=3)
    assert found.sliders["push.value"].value == pytest.approx(-0.01)
    far = explore(company, goal=GOAL, levers=["push.value"], between={"push.value": (1, 2)}, seed=3)
    assert far.sliders["push.value"].value == 1.0


def test_the_company_alone_is_enough():
    """Breakeven of the net profit by the last year end of its horizon, with the seed that is shown."""
    model = fc.Model(Path("sales", value=assume(fc.normal(0, 1), role="lever", low=-5, high=5)),
                     Formula("net_profit = sales - 0.5"))  # fmt: skip
    company = fc.calibrate(model, first="2026Q1", horizon=9)
    found = explore(company)
    runs = fc.simulate(company, fc.Scenario("base"), until="2027Q4", paths=PATHS, seed=7)
    chance = fc.breakeven(runs, fc.Goal("net_profit", at_least=0, over="fiscal_year")).by_quarter["base"]
    assert np.array_equal(found.probability, chance)
    assert str(found).startswith(f"net_profit over the fiscal year >= 0 by 2027Q4: {chance[-1]:.1%} of 2,000 paths")
    assert "(seed 7, " in str(found)
    assert "(seed 7, " in found._answer.value


def test_several_goals_are_reached_on_the_same_path(company):
    """profit and -pull cannot be told apart from luck alone: P(luck >= -1 and luck <= 1) = 0.6827, not 0.8413 ** 2."""
    goals = [
        fc.Goal("profit", at_least=-1, by="2026Q4", over="quarter"),
        fc.Goal("luck", at_most=1, by="2026Q2", over="quarter"),
    ]
    found = explore(company, goal=goals, seed=3)
    found.sliders["push.value"].value = 0.1
    found.sliders["push.value"].value = 0.0
    found.sliders["pull.value"].value = 0.02
    found.sliders["pull.value"].value = 0.0
    assert found.probability[-1] == pytest.approx(0.682689, abs=4.9 * np.sqrt(0.6827 * 0.3173 / PATHS))
    assert str(found).startswith("profit over the quarter >= -1 and luck over the quarter <= 1 by 2026Q2 by 2026Q4: ")
    assert ">reached all 2 goals</text>" in found._picture.value
    assert found.line == "profit"
    on_luck = explore(company, goal=goals, line="luck", seed=3)
    assert on_luck.shown == on_luck.goal.parts[1]


def test_reset_brings_back_the_draws_and_the_sliders_work_on(company, explorer):
    explorer.sliders["push.value"].value = 2.0
    explorer.reset()
    assert explorer.sliders["push.value"].value == 0.0
    assert explorer.moved == {}
    assert agrees(explorer, simulated(company))
    explorer.sliders["push.value"].value = 1.0
    assert agrees(explorer, simulated(company, push=1.0))


def test_shocks_of_the_scenario_act_on_what_the_sliders_say(company):
    shock = Add("pull", 0.25, start="2026Q3")
    found = explore(company, fc.Scenario("base", shock), goal=GOAL, levers=["push.value"], seed=3)
    found.sliders["push.value"].value = 0.5
    assert agrees(found, simulated(company, shock, push=0.5))


def test_it_shows_another_line_and_parameters_nobody_sets(company):
    found = explore(company, goal=GOAL, levers=["luck.value"], between={"luck.value": (-2, 2)}, line="luck", seed=3)
    found.sliders["luck.value"].value = 0.5
    assert found.quantiles == pytest.approx(np.full((4, 3), 0.5))


def test_names_stay_text(company):
    found = explore(company, fc.Scenario("<script>"), goal=GOAL, seed=3)
    shown = found._answer.value + found._picture.value
    assert "<script" not in shown
    assert "&lt;script&gt;" in shown


def test_what_cannot_be_explored_is_refused(company, monkeypatch):
    with pytest.raises(GoalError, match=r"^there is no line 'profits'\. Did you mean 'profit'\?$"):
        explore(company, goal=GOAL, line="profits", seed=3)
    on_luck = fc.Goal("luck", at_least=0, by="2026Q4", probability=0.5, over="quarter")
    with pytest.raises(GoalError, match=r"^no lever of the model reaches 'luck'; name parameters: levers="):
        explore(company, goal=on_luck, seed=3)
    real = builtins.__import__

    def without(name, *rest, **more):
        if name == "ipywidgets":
            raise ImportError(name)
        return real(name, *rest, **more)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(ForecastError, match=r"^explore needs ipywidgets\. Install it: pip install 'forecast-"):
        explore(company, goal=GOAL, seed=3)


def test_the_picture_places_its_points_by_the_numbers():
    """Three quarters, the first without a window: points stand at 70, 260 and 450, 0 % at 164 and 100 % at 26."""
    quarters = [fc.Quarter.parse("2026Q1") + step for step in range(3)]
    quantiles = np.array([[np.nan] * 3, [-1.0, 0.0, 1.0], [1.0, 2.0, 3.0]])
    drawn = picture(quarters, quantiles, np.array([0.0, 0.5, 1.0]), ("a < b", "c"), level=0.0)
    fan, share = re.findall(r'<polyline points="([^"]*)"', drawn)
    assert share == "70.0,164.0 260.0,95.0 450.0,26.0"
    assert fan == "260.0,129.5 450.0,60.5"
    assert "M70 129.5H450" in drawn
    assert ">a &lt; b</text>" in drawn


def test_a_flat_fan_is_drawn():
    drawn = picture([fc.Quarter.parse("2026Q1")], np.zeros((1, 3)), np.ones(1), ("a", "b"), level=None)
    assert "nan" not in drawn


def test_a_notebook_shows_the_widget(explorer):
    shown = explorer._repr_mimebundle_()
    assert "application/vnd.jupyter.widget-view+json" in shown
