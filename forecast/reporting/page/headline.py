"""The answer in one sentence with its uncertainty, and the scenarios beside each other."""

from __future__ import annotations

from typing import Any

import numpy as np

from forecast.analysis import Breakeven, Goal
from forecast.analysis.sampling import share_interval
from forecast.reporting.canvas import unit_of
from forecast.reporting.page.blocks import Chart, Section, Table, Text
from forecast.reporting.page.pictures import rounded
from forecast.reporting.page.words import percent, points, shock_in_words, wanted, wish
from forecast.scenario import Mixture
from forecast.simulation import Simulation, quantiles_over_paths
from forecast.timeline import Quarter


def judged_by(goal: Goal, simulation: Simulation) -> Quarter:
    """The goal's date, or the last quarter where it has none."""
    return simulation.quarters[-1] if goal.by is None else Quarter.parse(goal.by)


def answer(simulation: Simulation, goal: Goal, result: Breakeven, scenario: str) -> str:
    """One sentence: the probability with its sampling interval, against what is wanted, and when it is reached."""
    by = judged_by(goal, simulation)
    share = result.probability(scenario, by)
    low, high = result.interval(scenario, by)
    told = (
        f"Under scenario '{scenario}' the probability that {wish(goal)} by {by} is {percent(share)} "
        f"({percent(low)} to {percent(high)} with 95 % sampling error)"
    )
    if goal.probability is not None:
        side = "at least" if low >= goal.probability else "below" if high < goal.probability else "not told from"
        told += f", {side} the {wanted(goal.probability)} wanted"
    early, middle = (_date(result, scenario, level) for level in (0.1, 0.5))
    never = result.never(scenario)
    dates = f"it is first reached {early} on one path in ten, {middle} on half of them"
    return f"{told}; {dates}, and {_never(never, simulation)}."


def _date(result: Breakeven, scenario: str, level: float) -> str:
    date = result.date(scenario, level)
    return f"after {result.quarters[-1]}" if date is None else f"by {date}"


def _never(share: float, simulation: Simulation) -> str:
    return f"on {percent(share)} not by {simulation.quarters[-1]}"


def meaning(simulation: Simulation, result: Breakeven, goal: Goal, scenario: str) -> Text:
    """How far the scenarios spread, and what the interval does not hold."""
    by = judged_by(goal, simulation)
    others = {name: result.probability(name, by) for name in simulation.names if name != scenario}
    told = ""
    if others:
        low, high = min(others, key=others.__getitem__), max(others, key=others.__getitem__)
        ends = [f"{percent(others[name])} ('{name}')" for name in dict.fromkeys((low, high))]
        told = (
            f"The other scenarios put it between {' and '.join(ends)}. "
            if len(ends) > 1
            else f"The other scenario puts it at {ends[0]}. "
            if len(others) == 1
            else f"The other scenarios all put it at {percent(others[low])}. "
        )
    told += (
        "The sampling error is what more paths would narrow, nothing else: judgement and what the model leaves out "
        "decide more."
    )
    unknown = [
        *(["views about the future, by which the paths are weighted"] if simulation.weights is not None else []),
        *(["draws that were given"] if simulation.given else []),
        *(["the sampling chosen"] if simulation.sampling != "random" else []),
    ]
    if unknown:
        told += f" The goal seeks, bridges, tornado and the live part do not know {' and '.join(unknown)}."
    return Text(told)


def comparison(simulation: Simulation, goal: Goal, result: Breakeven, scenario: str) -> Section:
    """A row a scenario: probability, difference on the same paths, dates, and the line in the goal's year."""
    by = judged_by(goal, simulation)
    row = by - simulation.quarters[0]
    met = {name: goal.reached(simulation.values(goal.line, name, over=goal.over))[row] for name in simulation.names}
    unit = unit_of(simulation.line(goal.line)) if goal.over == "quarter" else _unit(simulation, goal)
    window = goal.over.replace("_", " ")
    end = next((step for step in range(row, -1, -1) if _ends(simulation, goal, step)), row)
    rows, probabilities = [], []
    for name in simulation.names:
        share, (low, high) = result.probability(name, by), result.interval(name, by)
        change = met[name] - met[scenario]
        shift = float(np.average(change, weights=simulation.weights))
        spread = float(np.average((change - shift) ** 2, weights=simulation.weights))
        error = np.sqrt(spread / simulation.effective_paths)
        values = simulation.values(goal.line, name, over=goal.over)[end : end + 1]
        quantiles = quantiles_over_paths(values, (0.1, 0.5, 0.9), simulation.weights)[0]
        rows.append(
            (
                name,
                f"{percent(share)} ({percent(low)} to {percent(high)})",
                "" if name == scenario else f"{points(shift)} ± {100 * error:.1f}",
                _date(result, name, 0.5).removeprefix("by "),
                percent(result.never(name)),
                f"{quantiles[1]:,.0f} ({quantiles[0]:,.0f} to {quantiles[2]:,.0f})",
            )
        )
        worth = simulation.effective_paths
        ends = [share_interval(float(one), worth) for one in result.by_quarter[name]]
        probabilities.append(
            {
                "name": name,
                "values": rounded(result.by_quarter[name]),
                "low": rounded(np.array([one[0] for one in ends])),
                "high": rounded(np.array([one[1] for one in ends])),
            }
        )
    columns = (
        "scenario",
        f"probability by {by} (95 % sampling)",
        f"points against '{scenario}' (± one standard error)",
        "half of the paths by",
        f"not by {simulation.quarters[-1]}",
        f"{goal.line}, {window} to {simulation.quarters[end]}, {unit}: median (10 to 90 %)",
    )
    because = tuple((one.name, *_told(one)) for one in simulation.scenarios)
    blocks = (
        Text(
            f"The probability of having reached the goal, {wish(goal)}, by each quarter. All scenarios have the same "
            "draws, so a difference is known better than the level."
        ),
        Chart("probability", f"Probability that {wish(goal)}, reached by each quarter"),
        Table(f"Scenarios compared, {simulation.paths:,} paths", columns, tuple(rows)),
        Table("What each scenario changes, and why", ("scenario", "because", "shocks"), because, (0, 1, 2), True),
    )
    data = {
        "probability": {
            "quarters": [str(quarter) for quarter in simulation.quarters],
            "scenarios": probabilities,
            "wanted": goal.probability,
            "by": str(by),
        }
    }
    return Section("scenarios", "Scenarios compared", blocks, data)


def _ends(simulation: Simulation, goal: Goal, step: int) -> bool:
    return goal.over != "fiscal_year" or simulation.quarters[step].number == 4


def _unit(simulation: Simulation, goal: Goal) -> str:
    return unit_of(simulation.line(goal.line)).replace(" a quarter", "")


def _told(scenario: Any) -> tuple[str, str]:
    """Its reason and its shocks in words."""
    if isinstance(scenario, Mixture):
        return "", "mixture of " + ", ".join(f"{part.name} {weight:.0%}" for part, weight in scenario.parts)
    return scenario.because, "; ".join(shock_in_words(one) for one in scenario.shocks) or "none"
