"""Plausibility: percentiles and relative entropies by closed forms, and what they are asked of by default."""

import numpy as np
import pandas as pd
import pytest
from scipy import special

from forecast.analysis.distance import median_entropy, plausibility
from forecast.analysis.guidance import condition
from forecast.analysis.view import View
from forecast.calibration import calibrate
from forecast.distributions import normal
from forecast.drivers import Formula, Path
from forecast.errors import GoalError
from forecast.model import Model
from forecast.scenario import Mixture, Scenario
from forecast.shocks import Add, Scale
from forecast.simulation import simulate

RANKS = special.ndtri((np.arange(10_000) + 0.5) / 10_000)
"""Standard normal numbers at equal ranks: no chance in them."""

GRID = special.ndtri((np.arange(100) + 0.5) / 100)


def of_median(share):
    """The relative entropy of a median at a percentile."""
    return 0.5 * np.log(0.5 / share) + 0.5 * np.log(0.5 / (1 - share))


def years(*numbers):
    """Each year's number in four equal quarters."""
    return np.repeat(np.array(numbers) / 4, 4, axis=0)


def test_a_shift_of_normal_paths(paths_of):
    found = plausibility(paths_of(base=years(RANKS), up=years(RANKS + 1), down=years(RANKS - 2)))
    assert list(found.distances) == ["up", "down"]
    for scenario, share in (("up", special.ndtr(1)), ("down", special.ndtr(-2))):
        (standing,) = found.standings[scenario]
        assert (standing.line, standing.year) == ("profit", 2026)
        assert standing.percentile == pytest.approx(share, abs=1e-4)
        # half a rank of 10,000 moves it by 0.1 % at 2.3 %
        assert standing.relative_entropy == pytest.approx(of_median(share), rel=2e-3)
        assert found.distances[scenario].relative_entropy == pytest.approx(standing.relative_entropy, abs=1e-8)
    assert standing.base == pytest.approx(0)
    assert standing.median == pytest.approx(-2)


def test_independent_years_add_up_and_dependent_ones_do_not(paths_of):
    first, second = np.repeat(GRID, 100), np.tile(GRID, 100)
    apart = plausibility(paths_of(base=years(first, second), up=years(first + 1, second + 1)))
    one = of_median(0.84)  # of 100 ranks, 84 lie below 1
    assert apart.distances["up"].relative_entropy == pytest.approx(2 * one, abs=1e-8)
    together = plausibility(paths_of(base=years(RANKS, RANKS), up=years(RANKS + 1, RANKS + 1)))
    (single, _) = together.standings["up"]
    assert together.distances["up"].relative_entropy == pytest.approx(single.relative_entropy, abs=1e-6)


def test_it_is_the_entropy_of_views_on_the_medians(paths_of):
    rng = np.random.default_rng(4)
    first = rng.standard_normal(2000)
    second = 0.6 * first + 0.8 * rng.standard_normal(2000)
    runs = paths_of(base=years(first, second), up=years(first + 0.5, second - 0.3))
    found = plausibility(runs)
    views = [
        View("profit", at=f"{s.year}Q4", over="fiscal_year", at_most=s.median, probability=0.5)
        for s in found.standings["up"]
    ]
    seen = condition(runs, views)
    assert found.distances["up"].relative_entropy == pytest.approx(seen.views.relative_entropy, abs=1e-8)
    assert found.distances["up"].effective_paths == pytest.approx(seen.effective_paths, rel=1e-6)
    # on the conditioned paths the scenario's medians are those of the base
    again = plausibility(seen)
    own = again.standings["up"]
    assert [s.base for s in own] == pytest.approx([s.median for s in found.standings["up"]], abs=5e-3)


def test_beyond_all_paths_is_infinite(paths_of):
    found = plausibility(paths_of(base=years(RANKS), up=years(RANKS + 9)))
    assert found.distances["up"].relative_entropy == np.inf
    assert found.furthest("up").relative_entropy == np.inf
    assert "beyond all paths" in str(found)
    assert "profit 2026: above all paths" in str(found)


def test_years_that_exclude_each_other(paths_of):
    found = plausibility(paths_of(base=years(RANKS, -RANKS), up=years(RANKS + 1, -RANKS + 1)))
    # half of the weight at 1 or more in the first year and half at 1 or more in the second, never both on a path
    assert found.distances["up"].relative_entropy == pytest.approx(np.log(0.5 / special.ndtr(-1)), abs=2e-3)
    (single, _) = found.standings["up"]
    assert single.relative_entropy == pytest.approx(of_median(special.ndtr(1)), abs=1e-3)


def test_ties_cost_nothing_where_the_median_may_stay():
    assert median_entropy(0.5, 0.5) == 0
    assert median_entropy(0.3, 0.4) == 0
    assert median_entropy(0.0, 0.0) == 0
    assert median_entropy(0.6, 0.0) == pytest.approx(of_median(0.6))
    assert median_entropy(0.1, 0.9) == pytest.approx(of_median(0.1))
    assert median_entropy(0.0, 1.0) == np.inf


def test_ties_and_lines_that_do_not_vary(paths_of):
    base = np.repeat([0.0, 1.0], [60, 40])
    found = plausibility(paths_of(base=years(base), up=years(np.repeat([0.0, 1.0], [40, 60])), same=years(base + 0)))
    # a median of 1 needs half of the paths there, which 40 % are
    assert found.distances["up"].relative_entropy == pytest.approx(of_median(0.4), abs=1e-9)
    assert found.standings["up"][0].percentile == pytest.approx(0.6 + 0.4 / 2)
    assert found.standings["same"] == ()
    assert found.distances["same"].relative_entropy == 0
    named = plausibility(paths_of(base=years(base), same=years(base + 0)), lines="profit")
    assert named.distances["same"].relative_entropy == 0
    assert named.standings["same"][0].percentile == pytest.approx(0.3)
    fixed = plausibility(paths_of(base=years(np.ones(50)), up=years(np.full(50, 2.0))))
    assert fixed.distances["up"].relative_entropy == np.inf


def test_standard_errors_are_those_of_the_delta_method(paths_of):
    # the percentile of m + 1 moves with [x <= m + 1] - phi(1) / phi(0) [x <= m] on each path; 40 means of variances
    # with 49 and 9 degrees of freedom have relative standard errors of 3 and 7 %: beyond 5 of them once in a million
    share, slope = special.ndtr(1), np.exp(-0.5)
    variance = share * (1 - share) + slope**2 / 4 - 2 * slope * (0.5 - 0.5 * share)
    steep = (2 * share - 1) / (2 * share * (1 - share))
    rng = np.random.default_rng(12)
    errors, distances = [], []
    for _ in range(40):
        numbers = rng.standard_normal(5000)
        found = plausibility(paths_of(base=years(numbers), up=years(numbers + 1)))
        errors.append(found.standings["up"][0].error ** 2)
        distances.append(found.distances["up"].error ** 2)
    assert np.mean(errors) == pytest.approx(variance / 5000, rel=0.2)
    assert np.mean(distances) == pytest.approx(steep**2 * variance / 5000, rel=0.37)


@pytest.fixture(scope="module")
def company():
    model = Model(
        Path("sales", value=normal(10, 1)),
        Path("cost", value=normal(5, 1)),
        Path("fx", value=normal(7, 0.5), kind="rate"),
        Formula("profit = sales - cost"),
        Formula("cash = cash[-1] + profit"),
        Path("aside", value=normal(0, 1)),
    )
    return calibrate(model, opening={"cash": 0.0}, first="2026Q1")


@pytest.fixture(scope="module")
def runs(company):
    base = Scenario("base")
    dear = base.but("dear", Add("cost", 0.5))
    weak = base.but("weak", Scale("fx", 1.1), Scale("sales", 0.9, start="2027Q1"))
    return simulate(
        company, [base, dear, weak, Mixture("mixed", ((dear, 0.5), (weak, 0.5)))], until="2027Q4", paths=999, seed=1
    )


def test_a_scenario_is_judged_by_the_lines_that_its_shocks_act_on(runs):
    found = plausibility(runs)
    assert {name: distance.lines for name, distance in found.distances.items()} == {
        "dear": ("cost",),
        "weak": ("sales", "fx"),
        "mixed": ("sales", "cost", "fx"),
    }
    assert sorted({s.line for s in found.standings["dear"]}) == ["cash", "cost", "profit"]
    assert [s.year for s in found.standings["dear"] if s.line == "cost"] == [2026, 2027]
    (rate,) = [s for s in found.standings["weak"] if (s.line, s.year) == ("fx", 2026)]
    assert rate.median == pytest.approx(np.median(runs.values("fx", "weak")[3]))
    (stock,) = [s for s in found.standings["dear"] if (s.line, s.year) == ("cash", 2027)]
    assert stock.median == pytest.approx(np.median(runs.values("cash", "dear")[7]))
    (flow,) = [s for s in found.standings["dear"] if (s.line, s.year) == ("profit", 2026)]
    assert flow.median == pytest.approx(np.median(runs.values("profit", "dear")[:4].sum(axis=0)))
    assert flow.percentile == pytest.approx(np.mean(runs.values("profit")[:4].sum(axis=0) < flow.median), abs=1e-3)


def test_named_lines_are_one_yardstick(runs):
    found = plausibility(runs, base="weak", lines=["profit", "aside"])
    assert list(found.distances) == ["base", "dear", "mixed"]
    for scenario in found.distances:
        assert found.distances[scenario].lines == ("profit", "aside")
        assert [(s.line, s.year) for s in found.standings[scenario]] == [
            ("profit", 2026),
            ("profit", 2027),
            ("aside", 2026),
            ("aside", 2027),
        ]
        assert found.standings[scenario][2].relative_entropy == 0


def test_years_whose_reported_quarters_are_missing_are_left_out(company):
    late = calibrate(company.model, opening={"cash": 0.0}, first="2026Q3")
    runs = simulate(late, [Scenario("base"), Scenario("dear", Add("cost", 0.5))], until="2027Q4", paths=50, seed=1)
    found = plausibility(runs)
    assert [s.year for s in found.standings["dear"] if s.line == "cost"] == [2027]
    assert [s.year for s in found.standings["dear"] if s.line == "cash"] == [2026, 2027]
    assert np.isfinite(found.distances["dear"].error)


def test_weights_count(runs):
    seen = condition(runs, View("cost.value", mean=5.5, at_least=None))
    before, after = plausibility(runs), plausibility(seen)
    # costs that are likely to be higher anyway make dear costs less surprising
    assert before.distances["dear"].relative_entropy > 0.1
    assert after.distances["dear"].relative_entropy < before.distances["dear"].relative_entropy
    assert after.effective_paths == seen.effective_paths
    assert "(999 paths worth " in str(after)


def test_it_says_itself(runs):
    found = plausibility(runs)
    lines = str(found).splitlines()
    assert lines[0] == "How far scenarios lie from 'base' (999 paths, fiscal years 2026 to 2027)"
    assert lines[1].split() == [
        *["heads", "in", "a", "row", "effective", "paths"],
        *["by", "its", "medians", "of", "furthest", "median"],
    ]
    assert lines[2].startswith("dear ")
    distance = found.distances["dear"]
    assert f"{distance.heads:.2f} +- {distance.error / np.log(2):.2f}" in lines[2]
    worst = found.furthest("dear")
    assert (
        lines[2]
        .rstrip()
        .endswith(
            f"{worst.line} {worst.year}: {100 * worst.percentile:.1f} % of paths below, +- {100 * worst.error:.1f}"
        )
    )
    assert lines[5].startswith("As surprising as so many heads in a row")
    assert lines[6] == "A single median at the 25 % or 75 % percentile is 0.2 heads, at 10 % 0.7, at 1 % 2.3."
    assert [round(of_median(p) / np.log(2), 1) for p in (0.25, 0.1, 0.01)] == [0.2, 0.7, 2.3]
    frame = found.to_frame()
    assert isinstance(frame, pd.DataFrame)
    assert frame.columns.tolist() == [
        "scenario",
        "line",
        "year",
        "median of base",
        "median",
        "percentile",
        "standard error",
        "relative entropy",
    ]
    assert len(frame) == sum(len(each) for each in found.standings.values())


def test_few_effective_paths_are_marked(paths_of):
    found = plausibility(paths_of(base=years(RANKS), up=years(RANKS + 3.2)))
    assert found.distances["up"].effective_paths < 100
    assert "* fewer than 100 effective paths: an order of magnitude only." in str(found)


def test_what_cannot_be_told_is_refused(runs, paths_of):
    with pytest.raises(GoalError) as caught:
        plausibility(runs, base="bse", lines=["prfit", "cash"])
    assert str(caught.value) == (
        "the plausibility of scenarios cannot be told\n"
        "  - there is no scenario 'bse'. Did you mean 'base'?\n"
        "  - there is no line 'prfit'. Did you mean 'profit'?"
    )
    with pytest.raises(GoalError) as caught:
        plausibility(paths_of(base=[[1.0, 2.0]]), lines=[])
    assert str(caught.value) == (
        "the plausibility of scenarios cannot be told\n"
        "  - 'base' is the only scenario; simulate others with it.\n"
        "  - lines is empty; leave it out, or name at least one.\n"
        "  - no fiscal year ends by 2026Q1; simulate longer."
    )
    with pytest.raises(GoalError, match=r"there is no scenario 'dare'\. Did you mean 'dear'"):
        plausibility(runs).furthest("dare")
