"""Kunlun, all scenarios and a goal seek: the library's time over that of the same arithmetic by hand in NumPy."""

from __future__ import annotations

import copy
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any
from unittest.mock import patch

import numpy as np
import pytest
from goal_seek_by_hand import margins, thresholds
from kunlun_assumed import check_assumed
from kunlun_by_hand import Given, Lines, all_by_hand, drawn
from race import Race, raced

import forecast as fc
from forecast.analysis.inverse import ROUGH
from forecast.analysis.thresholds import STEPS
from forecast.distributions import Array
from forecast.model import CalibratedModel
from forecast.scenario import Scenario
from forecast.simulation import Run
from forecast.simulation.streams import Draws
from forecast.timeline import Quarter, quarters_between

PATHS, SEED, UNTIL, BY = 10_000, 7, "2029Q4", "2027Q4"
LEVER = "drama_revenue.half_life"
AT_MOST_TIMES, AT_MOST_SECONDS = 2.0, 3.0


@cache
def kunlun() -> tuple[CalibratedModel, dict[str, Scenario]]:
    """The company as the example calibrates it, and every scenario of the file."""
    folder = fc.kunlun_folder()
    model = fc.read_model(folder / "model.yaml")
    scenarios = fc.read_scenarios(folder / "scenarios.yaml")
    history = fc.load_kunlun().as_of("2025-08-31").reconcile(model)
    company = fc.calibrate(model, history, opening={"cash": 1_500})
    check_assumed(company, scenarios)
    return company, scenarios


def quarters_until(last: str) -> tuple[Quarter, ...]:
    company, _ = kunlun()
    return quarters_between(company.first, Quarter.parse(last))


# ---- simulation


def simulated() -> fc.Simulation:
    company, scenarios = kunlun()
    return fc.simulate(company, scenarios, until=UNTIL, paths=PATHS, seed=SEED)


def simulated_by_hand() -> dict[str, Lines]:
    company, scenarios = kunlun()
    quarters = quarters_until(UNTIL)
    return all_by_hand(drawn(company, scenarios.values(), quarters, Draws(SEED, PATHS, len(quarters))))


@dataclass(frozen=True)
class Comparison:
    """Lines and recorded numbers compared over all scenarios, how many are the same bits, the largest difference."""

    lines: int
    same: int
    worst: float

    def __str__(self) -> str:
        return f"{self.lines} lines, {self.same} the same bits, largest relative difference {self.worst:.1e}"


def compared() -> Comparison:
    """Both sides' numbers; refused where one has a line that the other lacks."""
    ours, theirs = simulated(), simulated_by_hand()
    assert set(ours.names) == set(theirs)
    pairs: list[tuple[Array, Array]] = []
    for name in ours.names:
        assert set(ours.series[name]) == set(theirs[name]), name
        pairs += [(ours.series[name][line], theirs[name][line]) for line in ours.series[name]]
    same = sum(np.array_equal(first, second) for first, second in pairs)
    apart = [np.max(np.abs(first - second) / np.maximum(np.abs(first), 1e-300)) for first, second in pairs]
    return Comparison(len(pairs), same, float(np.max(apart)))


def race_simulation(rounds: int = 15) -> Race:
    """Drawing and arithmetic."""
    return raced("simulate, drawing included", simulated, simulated_by_hand, rounds)


def race_arithmetic(rounds: int = 15) -> Race:
    """The same with parameters and errors drawn beforehand on both sides."""
    company, scenarios = kunlun()
    quarters = quarters_until(UNTIL)
    ready = Run(company, quarters, PATHS, SEED)
    given = drawn(company, scenarios.values(), quarters, ready.draws)

    def library() -> object:
        run = copy.copy(ready)
        return {name: run.scenario(scenario) for name, scenario in scenarios.items()}

    return raced("simulate, draws given", library, lambda: all_by_hand(given), rounds)


# ---- goal seek


def sought() -> fc.GoalSeek:
    company, scenarios = kunlun()
    goal = fc.Goal("net_profit", at_least=0, over="trailing_year", by=BY, probability=0.8)
    return fc.goal_seek(company, scenarios["base"], vary=LEVER, goal=goal, paths=PATHS, seed=SEED, alternatives=True)


@cache
def evaluations() -> Counter[str]:
    """How often the library evaluates the company for each lever."""
    counted: Counter[str] = Counter()
    original = Run.variant

    def counting(run: Run, scenario: Scenario, replaced: Any, *others: Any, **options: Any) -> Any:
        counted.update(list(replaced))
        return original(run, scenario, replaced, *others, **options)

    with patch.object(Run, "variant", counting):
        sought()
    return counted


def given_and_base() -> tuple[Given, Lines]:
    company, scenarios = kunlun()
    quarters = quarters_until(BY)
    given = drawn(company, [scenarios["base"]], quarters, Draws(SEED, PATHS, len(quarters)))
    return given, all_by_hand(given)["base"]


def sought_by_hand() -> dict[str, Array]:
    """Every lever's thresholds, with as many evaluations as the library makes."""
    company, _ = kunlun()
    given, base = given_and_base()
    found = {}
    for lever, times in evaluations().items():
        known, steps = company.parameters[lever], STEPS if lever == LEVER else ROUGH
        found[lever] = thresholds(given, base, lever, (known.lever_low, known.lever_high), steps, times)
    return found


def race_goal_seek(rounds: int = 7) -> Race:
    """The lever and its alternatives, drawing included."""
    others = len(evaluations()) - 1
    what = f"goal_seek, {LEVER} and {others} alternatives, {evaluations().total()} evaluations"
    return raced(what, sought, sought_by_hand, rounds)


# ---- the benchmarks


def test_both_sides_simulate_the_same_numbers() -> None:
    found = compared()
    print(f"\n{found}")
    assert found.worst <= 1e-9, found


def test_both_sides_find_the_same_thresholds() -> None:
    ours, (given, base) = sought(), given_and_base()
    np.testing.assert_allclose(ours.thresholds, sought_by_hand()[LEVER], rtol=1e-9)
    for reach in ours.alternatives:
        share = np.mean(margins(given, base, reach.lever, np.full(PATHS, reach.best_at)) >= 0)
        assert share == reach.best, reach
        if reach.answer is not None:
            assert np.mean(margins(given, base, reach.lever, np.full(PATHS, reach.answer)) >= 0) >= 0.8, reach


@pytest.mark.parametrize("race", [race_simulation, race_arithmetic])
def test_simulation(benchmark: Any, race: Callable[[], Race]) -> None:
    found = benchmark.pedantic(race, rounds=1)
    benchmark.extra_info["ratio"] = found.ratio
    print(f"\n{found}")
    assert found.ratio <= AT_MOST_TIMES, found


def test_goal_seek(benchmark: Any) -> None:
    found = benchmark.pedantic(race_goal_seek, rounds=1)
    seconds = min(found.library)
    benchmark.extra_info.update(ratio=found.ratio, seconds=seconds)
    print(f"\n{found}; fastest {seconds:.2f} s")
    assert seconds < AT_MOST_SECONDS, found
