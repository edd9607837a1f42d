"""Replace by hand: another driver moves the line."""

import numpy as np
import pytest

from forecast.distributions import normal
from forecast.drivers import Formula, Growth, Path, Ratio
from forecast.errors import ScenarioError
from forecast.scenario import Scenario
from forecast.shocks import Add, Replace, Scale, read_scenarios, scenarios_to_yaml
from forecast.simulation import simulate

FAST = Growth("wages", growth=0.2, persistence=0.0, volatility=0.0, momentum=0.2, start=40.0)


def test_another_driver_takes_over_where_its_own_past_has_led_it(row):
    # 44 and 48.4 by the model's driver, then 40 * 1.2**n
    found = row("wages", Replace("wages", FAST, "2026Q3"), until="2026Q4")
    assert found == pytest.approx([44, 48.4, 40 * 1.2**3, 40 * 1.2**4])


def test_with_a_ramp_the_line_moves_over(row):
    found = row("wages", Replace("wages", Path("wages", value=100.0), "2026Q2", ramp=2), until="2026Q4")
    assert found == pytest.approx([44, (48.4 + 100) / 2, 100, 100])


def test_the_other_driver_may_read_other_lines(row):
    # wages become half of sales, which come first in the quarter; the profit follows
    half = Ratio("wages", of="sales", target=0.5, start=0.5, volatility=0.0)
    assert row("wages", Replace("wages", half, "2026Q2"), until="2026Q4") == pytest.approx([44, 50, 50, 60])
    assert row("profit", Replace("wages", half, "2026Q2"), until="2026Q4") == pytest.approx([56, 50, 50, 60])


def test_shocks_of_what_it_reads_reach_the_line(row):
    half = Ratio("wages", of="sales", target=0.5, start=0.5, volatility=0.0)
    shocks = (Scale("sales", 2.0, start="2026Q3"), Replace("wages", half, "2026Q2"), Add("wages", 1.0, start="2026Q4"))
    assert row("wages", *shocks, until="2026Q4") == pytest.approx([44, 50, 100, 121])


def test_the_same_noise_drives_both(company):
    # equal drivers draw alike, so replacing one by its twin changes nothing but rounding
    other = company.model.driver("wages")
    noisy = Growth("wages", growth=0.1, persistence=0.0, volatility=0.05, momentum=0.1, start=40.0)
    runs = simulate(company, Scenario("noisy", Replace("wages", noisy)), until="2027Q4", paths=500, seed=1)
    again = simulate(
        company, Scenario("noisy", Replace("wages", noisy), Add("sales", 1.0)), until="2027Q4", paths=500, seed=1
    )
    assert np.array_equal(runs.values("wages"), again.values("wages"))
    assert np.std(np.log(runs.values("wages")[0])) == pytest.approx(0.05 / 1.1, rel=0.15)
    assert other.line == "wages"


def test_its_parameters_are_drawn_once_a_path(under):
    found = under("sales", Replace("sales", Path("sales", value=normal(50, 5))), paths=300)
    assert np.ptp(found, axis=0).max() == 0
    assert abs(found[0].mean() - 50) < 6 * 5 / 300**0.5


def test_it_survives_the_way_through_a_file():
    scenario = Scenario("other", Replace("wages", FAST, "2026Q3..2026Q4", probability=0.5), Scale("sales", 2.0))
    text = scenarios_to_yaml([scenario])
    assert read_scenarios(text) == {"other": scenario}
    assert "driver:\n        Growth:\n          line: wages\n" in text


def test_a_driver_that_does_not_fit_is_refused(company):
    with pytest.raises(ScenarioError) as caught:
        Replace("wages", Path("sales"))
    assert str(caught.value) == ("the shock Replace on 'wages' has a driver of 'sales'; give one of the line itself.")
    with pytest.raises(ScenarioError) as caught:
        Replace("wages", 3)
    assert str(caught.value) == (
        "the shock Replace on 'wages' has driver 3; give one of Conversion, Formula, Growth, OneOff, Path, Rate, "
        "Ratio, SCurve, Trend, or a driver of your own."
    )
    for driver, words in (
        (Ratio("wages", of="sles", target=0.5, start=0.5, volatility=0.0), "needs 'sles', a line without a driver"),
        (Formula("wages = sales - profit"), "lines of one quarter wait for each other"),
        (Growth("wages"), "the driver Growth cannot take over 'wages'"),
    ):
        with pytest.raises(ScenarioError) as caught:
            simulate(company, Scenario("bad", Replace("wages", driver)), until="2027Q4", paths=3, seed=1)
        assert "scenario 'bad' replaces 'wages': " in str(caught.value)
        assert words in str(caught.value)
