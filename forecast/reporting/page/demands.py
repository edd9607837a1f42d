"""What must be true: the value of each lever that reaches the goal, and what two levers can be traded for."""

from __future__ import annotations

from typing import Any

import numpy as np

from forecast.analysis import Frontier, Goals, GoalSeek
from forecast.analysis.levers import parameter_lever, reaches
from forecast.analysis.question import Question
from forecast.model import CalibratedModel
from forecast.reporting.page.blocks import Block, Chart, Section, Table, Text
from forecast.reporting.page.past import rounded
from forecast.reporting.page.words import alone, number, percent, wanted
from forecast.scenario import Scenario
from forecast.simulation import Run, horizon_of

MOST = 4
"""Levers of a report."""

TRIAL = 2_000
"""Paths with which levers are ranked."""

MOVES = 0.005
"""A lever that moves the probability by less over its whole range is not chosen by itself."""


def strongest(company: CalibratedModel, scenario: Scenario, goal: Goals, *, paths: int, seed: int) -> tuple[str, ...]:
    """The levers whose two ends of the range move the goal's probability most, at most four, the strongest first."""
    quarters = horizon_of(company, goal.by or "", min(paths, TRIAL), seed)
    run = Run(company, quarters, min(paths, TRIAL), seed)
    question = Question(run, scenario, goal, run.scenario(scenario))
    found = []
    for name, parameter in company.parameters.items():
        if parameter.role != "lever" or not reaches(company, scenario, parameter.line, goal.lines):
            continue
        lever = parameter_lever(parameter, parameter.lever_low, parameter.lever_high)
        if not (np.isfinite(lever.low) and np.isfinite(lever.high)):
            continue
        inside = question.within(name, lever.low, lever.high)
        if inside is None:
            continue
        swing = abs(question.share(name, inside[1]) - question.share(name, inside[0]))
        if swing >= MOVES:
            found.append((-swing, name))
    return tuple(name for _, name in sorted(found)[:MOST])


def demands(sought: tuple[GoalSeek, ...], trade: Frontier | None, goal: Goals, scenario: str) -> Section:
    """The section: a sentence and a row a lever, the curves, and the frontier."""
    blocks: list[Block] = [
        Text(
            f"One lever at a time, all else drawn as in '{scenario}': the least demanding value, the same on every "
            f"path from the first simulated quarter on, with "
            f"which the goal has the probability {wanted(goal.probability or 0)}."
        ),
        *(Text(one) for one in sentences(sought)),
        Chart("goal_seek", "Probability of the goal by lever with its 95 % interval, the answer and the target"),
        Table(
            f"Goal seeks, {sought[0].paths:,} paths",
            (
                *("lever", "unit", "today's median", "needed", "95 % interval", "probability there"),
                *(f"alone there: {alone(one, goal.by)}" for one in goal.parts if len(goal.parts) > 1),
                "searched",
            ),
            tuple(_row(one) for one in sought),
            (0, 1),
        ),
    ]
    data: dict[str, Any] = {"goal_seek": [_curve(one) for one in sought]}
    if trade is not None:
        blocks += [
            Text(_traded(trade)),
            Chart(
                "frontier", f"Pairs of {trade.first.full_name} and {trade.second.full_name} with one probability each"
            ),
        ]
        data["frontier"] = _frontier(trade)
    return Section("demands", "What must be true", tuple(blocks), data)


def sentences(sought: tuple[GoalSeek, ...]) -> tuple[str, ...]:
    """A sentence for each lever that reaches the goal, and one for all that do not."""
    told = [sentence(one) for one in sought if one.feasible]
    short = [one for one in sought if not one.feasible]
    if len(short) > 1:
        best = "; ".join(f"{one.lever.full_name} {percent(one.best)} at {number(one.best_at)}" for one in short)
        told.append(f"{len(short)} levers do not reach it alone. Their best probabilities: {best}.")
    else:
        told += [sentence(one) for one in short]
    near = [one.lever.full_name for one in short if (one.goal.probability or 0.0) <= one.best_interval[1]]
    if near:
        told.append(f"Within sampling error of reaching it: {', '.join(near)}. More paths would tell.")
    return tuple(told)


def sentence(found: GoalSeek) -> str:
    """The answer of a goal seek in one sentence."""
    name, unit = found.lever.full_name, found.lever.unit
    of = f" {unit}" if unit else ""
    if found.answer is None:
        return (
            f"{name} alone does not reach it: the best probability is {percent(found.best)}, at "
            f"{number(found.best_at)}{of}."
        )
    if found.effortless:
        return f"{name} may be anything from {number(found.low)} to {number(found.high)}{of}: the goal is reached."
    side = "at most" if found.easier < 0 else "at least"
    low, high = (number(end) for end in found.interval)
    today = number(found.lever.estimate.quantile(0.5))
    needed = f"{side} {number(found.answer)}{of} (95 % interval {low} to {high})"
    told = f"{name} would have to be {needed}; today's median is {today}."
    if found.lost_beyond is not None:
        told += f" Beyond {number(found.lost_beyond)} the goal is lost again."
    return told


def _row(found: GoalSeek) -> tuple[str, ...]:
    side = "at most " if found.easier < 0 else "at least "
    needed = "cannot be reached" if found.answer is None else "any" if found.effortless else side + number(found.answer)
    told = "" if found.answer is None or found.effortless else " to ".join(number(end) for end in found.interval)
    lever = found.lever
    there = f"{percent(found.achieved)}" + ("" if found.answer is not None else f" at {number(found.best_at)}")
    searched = f"{number(found.low)} to {number(found.high)}"
    each = [percent(share) for share in found.achieved_alone if len(found.achieved_alone) > 1]
    return (lever.full_name, lever.unit, number(lever.estimate.quantile(0.5)), needed, told, there, *each, searched)


def _curve(found: GoalSeek) -> dict[str, Any]:
    curve = found.curve
    return {
        "lever": found.lever.full_name,
        "unit": found.lever.unit,
        "today": found.lever.estimate.quantile(0.5),
        "values": rounded(curve["lever"].to_numpy(dtype=float)),
        "probability": rounded(curve["probability"].to_numpy(dtype=float)),
        "low": rounded(curve["low"].to_numpy(dtype=float)),
        "high": rounded(curve["high"].to_numpy(dtype=float)),
        "answer": found.answer,
        "interval": found.interval,
        "wanted": found.goal.probability,
    }


def _traded(trade: Frontier) -> str:
    """What the frontier says at the goal's own probability."""
    first, second = trade.first.full_name, trade.second.full_name
    reached = np.isfinite(trade.answers[trade.wanted])
    if not reached.any():
        best = percent(float(trade.best.max()))
        return f"No pair of {first} and {second} reaches the goal; the best probability is {best}."
    places = np.flatnonzero(reached)
    answers = trade.answers[trade.wanted]
    ends = [
        f"with {first} at {number(float(trade.grid[place]))}, {second} at {number(float(answers[place]))}"
        for place in dict.fromkeys((int(places[0]), int(places[-1])))
    ]
    side = "largest" if np.median(trade.easier) < 0 else "smallest"
    return f"Two levers together: the {side} value that reaches the goal is, " + ", and ".join(ends) + "."


def _frontier(trade: Frontier) -> dict[str, Any]:
    return {
        "first": {"name": trade.first.full_name, "unit": trade.first.unit},
        "second": {"name": trade.second.full_name, "unit": trade.second.unit},
        "grid": rounded(trade.grid),
        "levels": trade.levels,
        "wanted": trade.wanted,
        "answers": rounded(np.where(np.isfinite(trade.answers), trade.answers, np.nan)),
        "today": trade.today,
    }
