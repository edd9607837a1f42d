"""The answer in one sentence with its uncertainty, and the scenarios beside each other."""

from __future__ import annotations

from typing import Any

import numpy as np

from forecast.analysis import Goal, Goals
from forecast.analysis.sampling import share_interval
from forecast.reporting.canvas import unit_of
from forecast.reporting.page.attainment import Attainment
from forecast.reporting.page.blocks import Chart, Section, Table, Text
from forecast.reporting.page.past import rounded
from forecast.reporting.page.words import alone, due, percent, points, shock_in_words, wanted, wish
from forecast.scenario import Mixture
from forecast.simulation import Simulation, quantiles_over_paths
from forecast.timeline import Quarter


def answer(found: Attainment, scenario: str) -> str:
    """One sentence: the probability with its sampling interval, against what is wanted, and how it comes about."""
    goals = found.goals
    low, high = found.interval(scenario)
    told = (
        f"Under scenario '{scenario}' the probability that {due(goals, found.by)} is "
        f"{percent(found.probability(scenario))} ({percent(low)} to {percent(high)} with 95 % sampling error)"
    )
    if goals.probability is not None:
        side = "at least" if low >= goals.probability else "below" if high < goals.probability else "not told from"
        told += f", {side} the {wanted(goals.probability)} wanted"
    if len(goals.parts) > 1:
        return f"{told}; alone, {_each(found, scenario)}."
    end, last = found.quarters[-1], found.last(scenario)
    dates = _dates(found, scenario)
    if found.held:
        fails = f"it fails {dates}, and holds" if dates else "it holds"
        return f"{told}; {fails} to {end} on {percent(last)}."
    if dates:
        return f"{told}; it is first reached {dates}, and on {percent(1 - last)} not by {end}."
    return f"{told}; it is not reached by {end} on {percent(1 - last)} of the paths."


def _each(found: Attainment, scenario: str) -> str:
    each = zip(found.goals.parts, found.alone[scenario], strict=True)
    return " and ".join(f"{alone(goal, found.by)} on {percent(share)}" for goal, share in each) + " of the paths"


def _dates(found: Attainment, scenario: str) -> str:
    """By when on one path in ten and on half of them; what does not happen before the end is left out."""
    shares = {0.1: "on one path in ten", 0.5: "on half of them"}
    dates = {level: found.date(scenario, level) for level in shares}
    known = [f"by {dates[level]} {share}" for level, share in shares.items() if dates[level] is not None]
    return ", ".join(known)


def _date(found: Attainment, scenario: str, level: float) -> str:
    date = found.date(scenario, level)
    return f"after {found.quarters[-1]}" if date is None else f"by {date}"


def meaning(simulation: Simulation, found: Attainment, scenario: str) -> Text:
    """How far the scenarios spread, and what the interval does not hold."""
    others = {name: found.probability(name) for name in simulation.names if name != scenario}
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


def comparison(simulation: Simulation, found: Attainment, scenario: str) -> Section:
    """A row a scenario: probability, difference on the same paths, dates, and the goal's line at its date.

    Several goals have a table each, so that none is too wide for a screen.
    """
    goals, by = found.goals, found.by
    single = goals.parts if len(goals.parts) == 1 else ()
    rows, probabilities = [], []
    for name in simulation.names:
        (low, high), worth = found.interval(name), found.effective_paths
        change = found.at_date[name] - found.at_date[scenario]
        shift = float(np.average(change, weights=simulation.weights))
        spread = float(np.average((change - shift) ** 2, weights=simulation.weights))
        told = [
            name,
            f"{percent(found.probability(name))} ({percent(low)} to {percent(high)})",
            "" if name == scenario else f"{points(shift)} ± {100 * np.sqrt(spread / worth):.1f}",
        ]
        if found.held or found.reached:
            told.append(_date(found, name, 0.5).removeprefix("by "))
        told.append(percent(1 - found.last(name)))
        rows.append((*told, *(_values(simulation, goal, by, name) for goal in single)))
        ends = [share_interval(float(one), worth) for one in found.by_quarter[name]]
        probabilities.append(
            {
                "name": name,
                "values": rounded(found.by_quarter[name]),
                "low": rounded(np.array([one[0] for one in ends])),
                "high": rounded(np.array([one[1] for one in ends])),
            }
        )
    dates = (f"half of the paths {'fail ' if found.held else ''}by",) if found.held or found.reached else ()
    columns = (
        "scenario",
        f"probability {'up to' if found.held else 'by'} {by} (95 % sampling)",
        f"points against '{scenario}' (± one standard error)",
        *dates,
        f"{'not to' if found.held else 'not by'} {simulation.quarters[-1]}",
        *(_named(simulation, goal, by) for goal in single),
    )
    because = tuple((one.name, *_told(one)) for one in simulation.scenarios)
    the = "the goals" if len(goals.parts) > 1 else "the goal"
    met = f"holding {the} so far" if found.held else f"having reached {the}" if found.reached else f"meeting {the}"
    blocks = (
        Text(
            f"The probability of {met}, {wish(goals)}, {'up to' if found.held else 'by'} each quarter. All scenarios "
            "have the same draws, so a difference is known better than the level."
        ),
        *((Text(_mixed(goals), small=True),) if len(goals.parts) > 1 else ()),
        Chart("probability", f"Probability that {wish(goals)}, {_how(found)} each quarter"),
        Table(f"Scenarios compared, {simulation.paths:,} paths", columns, tuple(rows)),
        *(() if single else _goals_alone(simulation, found)),
        Table("What each scenario changes, and why", ("scenario", "because", "shocks"), because, (0, 1, 2), True),
    )
    data = {
        "probability": {
            "quarters": [str(quarter) for quarter in simulation.quarters],
            "scenarios": probabilities,
            "wanted": goals.probability,
            "by": str(by),
            "word": "up to" if found.held else "by",
        }
    }
    return Section("scenarios", "Scenarios compared", blocks, data)


def _goals_alone(simulation: Simulation, found: Attainment) -> tuple[Table, ...]:
    """A table a goal, a row a scenario: how often it is met by itself, and its line at its date."""
    tables = []
    for place, goal in enumerate(found.goals.parts):
        rows = tuple(
            (name, percent(found.alone[name][place]), _values(simulation, goal, found.by, name))
            for name in simulation.names
        )
        columns = ("scenario", "probability alone", _named(simulation, goal, found.by))
        tables.append(Table(f"Alone: {alone(goal, found.by)}", columns, rows))
    return tuple(tables)


def _how(found: Attainment) -> str:
    return "held up to" if found.held else "reached by" if found.reached else "met by"


def _mixed(goals: Goals) -> str:
    told = "All goals must be met on the same path: the probability is not the product of those alone."
    if any(goal.always for goal in goals.parts) and not all(goal.always for goal in goals.parts):
        told += " Some must be reached once and others must always hold, so the curve may rise and fall again."
    return told


def _window(simulation: Simulation, goal: Goal, by: Quarter) -> tuple[int, Quarter]:
    """The row in which the goal's last window ends, and its quarter."""
    row = (by if goal.by is None else Quarter.parse(goal.by)) - simulation.quarters[0]
    fits = goal.over != "fiscal_year"
    end = next((step for step in range(row, -1, -1) if fits or simulation.quarters[step].number == 4), row)
    return end, simulation.quarters[end]


def _named(simulation: Simulation, goal: Goal, by: Quarter) -> str:
    unit = unit_of(simulation.line(goal.line))
    unit = unit if goal.over == "quarter" else unit.replace(" a quarter", "")
    _, end = _window(simulation, goal, by)
    window = goal.over.replace("_", " ")
    worst = (
        f"the {'lowest' if goal.at_least is not None else 'highest'} {window} up to" if goal.always else f"{window} to"
    )
    return f"{goal.line}, {worst} {end}, {unit}: median (10 to 90 %)"


def _values(simulation: Simulation, goal: Goal, by: Quarter, name: str) -> str:
    """The line in its last window, of a goal that must always hold the worst window so far."""
    end, _ = _window(simulation, goal, by)
    values = simulation.values(goal.line, name, over=goal.over)[: end + 1]
    if goal.always:
        values = (np.nanmin if goal.at_least is not None else np.nanmax)(values, axis=0, keepdims=True)
    low, middle, high = quantiles_over_paths(values[-1:], (0.1, 0.5, 0.9), simulation.weights)[0]
    form = ",.0f" if max(abs(low), abs(high)) >= 10 else ",.3f"
    return f"{middle:{form}} ({low:{form}} to {high:{form}})"


def _told(scenario: Any) -> tuple[str, str]:
    """Its reason and its shocks in words."""
    if isinstance(scenario, Mixture):
        return "", "mixture of " + ", ".join(f"{part.name} {weight:.0%}" for part, weight in scenario.parts)
    return scenario.because, "; ".join(shock_in_words(one) for one in scenario.shocks) or "none"
