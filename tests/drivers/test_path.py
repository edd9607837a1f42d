"""Path: what the user gives, plus what is planned, plus noise."""

import numpy as np
import pytest

import forecast as fc
from forecast.distributions import normal, student_t
from forecast.drivers import Path
from forecast.errors import ModelError
from forecast.model import Noise


def test_a_value_with_planned_amounts_and_noise_by_hand(walk, past):
    driver = Path("gain", 10, planned={"2026Q2": 500, "2026Q4": -20}, noise=normal(0, 5))
    fit = driver.calibrate(past())
    values, _ = walk(driver, 4, errors=[1, 2, 3, 4], fit=fit, value=10)
    np.testing.assert_array_equal(values, [11, 512, 13, -6])


def test_a_value_is_drawn_once_a_path_and_kept():
    model = fc.Model(Path("gain", normal(10, 3)))
    values = fc.simulate(fc.calibrate(model, first="2026Q1"), fc.Scenario("base"), until="2026Q4", paths=50, seed=1)
    gain = values.values("gain")
    assert gain.shape == (4, 50)
    assert np.all(gain == gain[0])
    assert len(np.unique(gain[0])) == 50


def test_noise_is_drawn_from_its_distribution_every_quarter():
    """Quantiles of the given distribution: 80,000 draws within 5 standard errors, sqrt(p q / n): below 1e-6 each."""
    noise = student_t(3, 1, 2)
    model = fc.Model(Path("gain", 100, noise=noise))
    runs = fc.simulate(fc.calibrate(model, first="2026Q1"), fc.Scenario("base"), until="2027Q4", paths=10_000, seed=2)
    drawn = runs.values("gain") - 100
    assert abs(np.corrcoef(drawn[0], drawn[1])[0, 1]) < 0.1
    for level in (0.05, 0.5, 0.95):
        share = np.mean(drawn <= noise.quantile(level))
        assert abs(share - level) < 5 * np.sqrt(level * (1 - level) / drawn.size)


def test_it_has_no_stream_without_noise():
    assert Path("gain").noises() == ()
    shape = normal(0, 5)
    assert Path("gain", noise=shape, shared={"f": 0.5}).noises() == (Noise("error", shape, (("f", 0.5),)),)


def test_the_plan_is_sorted_and_may_name_quarters_as_objects():
    first = Path("gain", planned={"2027Q1": 2, fc.Quarter.parse("2026Q1"): 1})
    assert first.planned == (("2026Q1", 1.0), ("2027Q1", 2.0))
    assert first == Path("gain", planned=(("2026Q1", 1), ("2027Q1", 2)))


def test_a_plan_stands_as_quarters_and_amounts_in_a_file():
    assert Path("gain", 5, planned={"2026Q1": 1}).spec() == {
        "Path": {"line": "gain", "value": 5.0, "planned": {"2026Q1": 1.0}}
    }
    assert Path("gain").spec() == {"Path": {"line": "gain"}}


def test_a_plan_before_the_first_quarter_is_refused(past, refusal):
    driver = Path("gain", planned={"2025Q3": 1, "2025Q4": 1, "2026Q1": 1})
    assert refusal(ModelError, driver.calibrate, past()) == (
        "the Path 'gain' plans 2025Q3, 2025Q4, before the first simulated quarter 2026Q1."
    )


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"kind": "level"}, "the Path 'gain' has the kind 'level'; use one of flow, stock, rate."),
        (
            {"planned": {"2026-Q1": 5}},
            "the Path 'gain' cannot be read: '2026-Q1' is not a quarter. Write '2026Q1'.",
        ),
        (
            {"planned": {"2026Q1": "much"}},
            "the Path 'gain' cannot be read: could not convert string to float: 'much'",
        ),
        (
            {"planned": {"2026Q1": float("inf")}},
            "the Path 'gain' plans {'2026Q1': inf}; every amount must be a finite number.",
        ),
        (
            {"noise": "some"},
            "the Path 'gain' cannot be read: 'some' is neither a number nor a distribution. "
            "Write 0.3 or {normal: {mean: 0.3, sd: 0.1}}.",
        ),
        ({"shared": {"f": 0.5}}, "the Path 'gain' shares factors but has no noise to share. Give 'noise'."),
    ],
)
def test_a_badly_stated_path_is_refused(refusal, options, text):
    assert refusal(ModelError, Path, "gain", **options) == text
