"""Mixtures: each path is a path of one part, as many as its weight says."""

import numpy as np
import pytest

from forecast.errors import ScenarioError
from forecast.scenario import Mixture, Scenario, Scenarios
from forecast.shocks import Add, Scale
from forecast.simulation import simulate
from forecast.simulation.mixing import which_part
from forecast.simulation.streams import Draws

BASE, HIGH, LOW = Scenario("base"), Scenario("high", Scale("sales", 2.0)), Scenario("low", Scale("sales", 0.5))


def run(company, *scenarios, paths=1_000):
    return simulate(company, scenarios, until="2027Q4", paths=paths, seed=3)


def test_every_path_is_that_of_one_part_and_the_shares_are_exact(company):
    mixture = Mixture("expected", ((BASE, 0.5), (HIGH, 0.3), (LOW, 0.2)))
    runs = run(company, BASE, HIGH, LOW, mixture)
    which = which_part(mixture, Draws(3, 1_000, 8))
    assert np.bincount(which).tolist() == [500, 300, 200]
    for line in runs.lines:
        parts = np.stack([runs.values(line, name) for name in ("base", "high", "low")])
        assert np.array_equal(runs.values(line, "expected"), parts[which, :, np.arange(1_000)].T)


def test_it_can_stand_alone_and_keeps_what_its_parts_share(company):
    mixture = Scenarios(BASE, HIGH, weights={"base": 0.5, "high": 0.5}).mixture()
    alone = run(company, mixture)
    both = run(company, BASE, mixture)
    assert alone.names == ("mixture",)
    assert np.array_equal(alone.values("sales"), both.values("sales", "mixture"))
    assert both.series["mixture"]["wages"] is both.series["base"]["wages"]
    assert alone.fingerprint != both.fingerprint


def test_a_probability_of_the_mixture_is_the_weighted_one(company):
    # the parts are drawn at random, so the difference is sampling error: 6 standard deviations of 4,000 paths
    mixture = Mixture("expected", ((BASE, 0.6), (HIGH, 0.4)))
    runs = run(company, BASE, HIGH, mixture, paths=4_000)
    level = float(np.quantile(runs.values("cash")[-1], 0.7))
    share = {name: float((runs.values("cash", name)[-1] > level).mean()) for name in runs.names}
    assert share["expected"] == pytest.approx(0.6 * share["base"] + 0.4 * share["high"], abs=6 * 0.5 / 4_000**0.5)


def test_more_weight_for_the_first_part_moves_as_few_paths_as_can_be():
    draws = Draws(1, 1_000, 4)
    before = which_part(Mixture("m", ((BASE, 0.5), (HIGH, 0.5))), draws)
    after = which_part(Mixture("m", ((BASE, 0.6), (HIGH, 0.4))), draws)
    assert (before != after).sum() == 100


def test_its_parts_are_checked_against_the_model_and_for_their_names(company):
    with pytest.raises(ScenarioError) as caught:
        run(company, Mixture("m", ((BASE, 0.5), (Scenario("bad", Add("sle", 1.0)), 0.5))))
    assert "scenario 'bad' shocks 'sle'" in str(caught.value)
    with pytest.raises(ScenarioError) as caught:
        run(company, Scenario("high"), Mixture("m", ((BASE, 0.5), (HIGH, 0.5))))
    assert "two scenarios are called 'high'" in str(caught.value)
