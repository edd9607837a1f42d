"""Composing the report: which questions are asked for it, in which order they are told."""

from __future__ import annotations

import math
import sys
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from forecast.analysis import Goal, Goals, bridge, frontier, goal_seek, sensitivity
from forecast.analysis.goals import AnyGoal, as_goals
from forecast.analysis.surface import POINTS, TRIALS, surface
from forecast.cautions import gathered
from forecast.errors import ForecastError, GoalError, Problems, did_you_mean, expect
from forecast.pace import Pace, Tell
from forecast.reporting.page.attainment import Attainment, attain
from forecast.reporting.page.blocks import Block, Chart, Section, Table, Text
from forecast.reporting.page.demands import MOST, demands, strongest
from forecast.reporting.page.document import Report
from forecast.reporting.page.headline import answer, comparison, meaning
from forecast.reporting.page.living import PATHS, live_lines, living
from forecast.reporting.page.pictures import fans
from forecast.reporting.page.reasons import bridged, mattering
from forecast.reporting.page.records import assumed, made, remembered
from forecast.reporting.page.words import percent, wish
from forecast.scenario import Scenario
from forecast.simulation import Simulation
from forecast.timeline import Quarter

PARTS = ("goal_seek", "frontier", "bridge", "tornado", "live")
"""What takes time and may be left out."""


def report(
    simulation: Simulation,
    goal: AnyGoal,
    *,
    scenario: str | None = None,
    levers: str | Sequence[str] | None = None,
    lines: str | Sequence[str] | None = None,
    leave_out: str | Collection[str] = (),
    title: str | None = None,
    progress: bool | Tell | None = None,
) -> Report:
    """Everything about a goal in one page: ``report(runs, goal).save("company.html")``.

    The page tells the answer with its uncertainty, the picture, the scenarios beside each other, what must be true,
    why the scenarios differ, what matters, the history, the assumptions, and how the numbers were made. It is one file
    that needs no network. Several goals (``Goals``) are all to be met on the same path, each by its own date; one that
    must ``always`` hold is met as long as it has not failed. What must be true and what matters is asked of
    ``scenario``, the first unless named; bridges lead from it to every other one. ``levers`` are up to four parameters,
    by default those that move the probability most. ``lines`` are those of the fan, by default all. ``leave_out`` names
    parts that are not computed: "goal_seek", "frontier", "bridge", "tornado", "live". Parts that need a date and a
    probability are left out, and say so, where the goal has none. ``progress`` prints each step to the terminal; by
    default where there is one. Given a function, it is called with the share that is done and what is being done.

    The questions beyond the simulation are asked with its number of paths and its seed; they do not know views,
    given draws and other sampling.
    """
    expect(simulation, Simulation, GoalError, "the simulation", "simulate first: simulate(company, scenarios, ...)")
    goals = as_goals(goal)
    left_out = (leave_out,) if isinstance(leave_out, str) else tuple(leave_out)
    every = tuple(name for name in simulation.lines if "." not in name)
    names = every if lines is None else (lines,) if isinstance(lines, str) else tuple(lines)
    levers = (levers,) if isinstance(levers, str) else levers
    chosen = _chosen(simulation, goals, scenario, levers, names, left_out)
    pace = Pace(_teller(progress), [])
    pace.begin("reading the simulation")
    found = attain(simulation, goals)
    shown = next((line for line in goals.lines if line in names), names[0])
    sections = [comparison(simulation, found, chosen)]
    asking = Asking(simulation, goals, chosen, pace)
    pulled = asking.levers(levers) if {"goal_seek", "live"} - set(left_out) else ()
    pace.plan(_plan(simulation, chosen, pulled, left_out))
    if "goal_seek" not in left_out:
        sections.append(asking.demands(pulled, trade="frontier" not in left_out))
    if "live" not in left_out and pulled:
        sections.append(asking.live(pulled, names, percent(found.probability(chosen))))
    if "bridge" not in left_out and len(simulation.names) > 1:
        sections.append(asking.bridges())
    if "tornado" not in left_out:
        sections.append(asking.tornado())
    sections += [remembered(simulation.company), assumed(simulation.company), made(simulation, goals)]
    doubted = (_doubts(simulation, goal) for goal in goals.parts)
    warnings = gathered(simulation.warnings, *doubted, asking.warnings)
    sections.insert(0, _picture(simulation, found, chosen, names, shown, warnings))
    pace.finish()
    heading = title if title is not None else f"When, and how likely: {wish(goals)}"
    return Report(heading, answer(found, chosen), tuple(sections), warnings)


@dataclass(frozen=True, slots=True)
class Asking:
    """The questions that are asked beyond the simulation, each of which becomes a section.

    ``warnings`` gathers those of the answers.
    """

    simulation: Simulation
    goal: Goals
    scenario: str
    pace: Pace
    warnings: list[str] = field(default_factory=list)

    @property
    def _options(self) -> dict[str, Any]:
        return {"paths": self.simulation.paths, "seed": self.simulation.seed}

    @property
    def _asked(self) -> Scenario | None:
        """The scenario asked about; None where it is a mixture, which no question beyond the simulation knows."""
        found = next(one for one in self.simulation.scenarios if one.name == self.scenario)
        return found if isinstance(found, Scenario) else None

    def _missing(self, *, probability: bool) -> str:
        """Why the question cannot be asked; empty where it can."""
        if self._asked is None:
            return f"'{self.scenario}' is a mixture of scenarios; ask about one of its parts."
        by = self.goal.by
        if by is None or (probability and self.goal.probability is None):
            needs = "a date and a probability" if probability else "a date"
            return (
                f"This needs a goal with {needs}, as in Goal('net_profit', at_least=0, by='2027Q4', probability=0.8)."
            )
        return ""

    def levers(self, named: Sequence[str] | None) -> tuple[str, ...]:
        """The levers that are asked about; none where nothing can be asked."""
        scenario = self._asked
        if scenario is None or self._missing(probability=True):
            return ()
        if named is not None:
            return tuple(named)
        self.pace.begin("choosing levers")
        return strongest(self.simulation.company, scenario, self.goal, **self._options)

    def demands(self, levers: tuple[str, ...], *, trade: bool) -> Section:
        """What must be true."""
        company, scenario = self.simulation.company, self._asked
        missing = self._missing(probability=True)
        if missing or scenario is None or not levers:
            told = missing or "No lever of the model moves the goal."
            return Section("demands", "What must be true", (Text(told),))
        asking = {"alternatives": False, "any_role": True, **self._options}
        sought = []
        for name in levers:
            self.pace.begin(f"goal seek by {name}")
            sought.append(goal_seek(company, scenario, vary=name, goal=self.goal, progress=self.pace.within, **asking))
        traded = None
        if trade and len(levers) > 1:
            self.pace.begin("frontier")
            pair = (levers[1], levers[0])
            options = {**self._options, "any_role": True, "progress": self.pace.within}
            traded = frontier(company, scenario, vary=pair, goal=self.goal, **options)
            self.warnings.extend(traded.warnings)
        for name, one in zip(levers, sought, strict=True):
            self.warnings.extend(f"goal seek by {name}: {told}" for told in one.warnings if told not in one.inherited)
        return demands(tuple(sought), traded, self.goal, self.scenario)

    def live(self, levers: tuple[str, ...], names: tuple[str, ...], share: str) -> Section:
        """The part with sliders; ``share`` is the probability with the levers drawn."""
        company, scenario = self.simulation.company, self._asked
        assert scenario is not None
        self.pace.begin("grid of levers")
        found = surface(
            company,
            scenario,
            levers=levers,
            goal=self.goal,
            lines=live_lines(self.simulation, self.goal.lines, levers, names),
            until=self.simulation.quarters[-1],
            paths=min(self.simulation.paths, PATHS),
            seed=self.simulation.seed,
            progress=self.pace.within,
        )
        self.warnings.extend(found.warnings)
        return living(found, self.simulation, share)

    def bridges(self) -> Section:
        """Why each other scenario differs."""
        company, start = self.simulation.company, self._asked
        missing = self._missing(probability=False)
        if missing or start is None:
            return Section("bridge", "Why scenarios differ", (Text(missing),))
        found, without = {}, {}
        for other in self.simulation.scenarios:
            if other.name == self.scenario:
                continue
            if not isinstance(other, Scenario):
                without[other.name] = "it is a mixture of scenarios."
                continue
            self.pace.begin(f"bridge to '{other.name}'")
            options = {**self._options, "progress": self.pace.within}
            try:
                found[other.name] = bridge(company, start, other, self.goal, **options)
            except GoalError as problem:
                without[other.name] = str(problem)
            else:
                self.warnings.extend(found[other.name].warnings)
        if not found:
            told = tuple(Text(f"No bridge to '{name}': {why}") for name, why in without.items())
            return Section("bridge", "Why scenarios differ", told)
        return bridged(found, without, self.scenario)

    def tornado(self) -> Section:
        """What matters."""
        missing = self._missing(probability=False)
        scenario = self._asked
        if missing or scenario is None:
            return Section("tornado", "What matters", (Text(missing),))
        self.pace.begin("tornado")
        options = {**self._options, "progress": self.pace.within}
        found = sensitivity(self.simulation.company, scenario, goal=self.goal, **options)
        self.warnings.extend(found.warnings)
        return mattering(found)


def _picture(
    simulation: Simulation,
    found: Attainment,
    scenario: str,
    lines: tuple[str, ...],
    shown: str,
    warnings: tuple[str, ...],
) -> Section:
    judged = "The goals are judged" if len(found.goals.parts) > 1 else "The goal is judged"
    blocks: tuple[Block, ...] = (
        meaning(simulation, found, scenario),
        *_warned(warnings),
        Chart("fan", "History and simulated quantiles of a line: the median and the bands of 50 and 80 % of the paths"),
        Text(
            "Reported figures are solid, derived ones hollow, estimated ones crosses. The bands hold what the model "
            f"draws, not what it leaves out. {judged} by {found.by}.",
            small=True,
        ),
    )
    data = {"fan": {**fans(simulation, lines, shown), "scenario": simulation.names.index(scenario)}}
    return Section("picture", "The picture", blocks, data)


def _warned(told: tuple[str, ...]) -> tuple[Table, ...]:
    """What the answers say against their own numbers, one row a warning; more than three are folded."""
    caption = f"Warnings: {len(told)} that {'goes' if len(told) == 1 else 'go'} with these numbers"
    return (Table(caption, ("warning",), tuple((one,) for one in told), folded=len(told) > 3),) if told else ()


def _doubts(simulation: Simulation, goal: Goal) -> tuple[str, ...]:
    windows = [simulation.values(goal.line, name, over=goal.over) for name in simulation.names]
    return goal.doubts(np.array(windows), simulation.line(goal.line))


def _chosen(
    simulation: Simulation,
    goals: Goals,
    scenario: str | None,
    levers: Sequence[str] | None,
    lines: tuple[str, ...],
    left_out: tuple[str, ...],
) -> str:
    """The scenario to report on, or one error with everything that is wrong."""
    problems = Problems()
    if scenario is not None and scenario not in simulation.names:
        problems.add(f"there is no scenario '{scenario}'. {did_you_mean(scenario, simulation.names)}")
    for line in (*goals.lines, *lines):
        if line not in simulation.lines:
            problems.add(f"there is no line '{line}'. {did_you_mean(line, simulation.lines)}")
    for by in dict.fromkeys(goal.by for goal in goals.parts if goal.by is not None):
        if Quarter.parse(by) in simulation.quarters:
            continue
        span = f"{simulation.quarters[0]} to {simulation.quarters[-1]}"
        problems.add(f"the goal's date {by} lies outside the simulated quarters {span}; simulate until then.")
    if not lines:
        problems.add("lines names nothing; leave it out for all lines.")
    for part in left_out:
        if part not in PARTS:
            problems.add(f"leave_out names '{part}'. {did_you_mean(part, PARTS)}")
    known = simulation.company.parameters
    for name in levers or ():
        if name not in known:
            problems.add(f"there is no parameter '{name}'. {did_you_mean(name, known)}")
    if levers is not None and not 1 <= len(levers) <= MOST:
        problems.add(f"levers names {len(levers)}; give one to {MOST}, or leave it out.")
    problems.raise_if_any(ForecastError, "the report cannot be made")
    return simulation.names[0] if scenario is None else scenario


def _plan(
    simulation: Simulation, chosen: str, levers: Sequence[str], left_out: Collection[str]
) -> list[tuple[str, float]]:
    """The parts that take time, in simulations of all paths: rough sizes, of the right order."""
    found: list[tuple[str, float]] = []
    if "goal_seek" not in left_out:
        found += [(f"goal seek by {name}", 40) for name in levers]
        found += [("frontier", 450)] if len(levers) > 1 and "frontier" not in left_out else []
    if "live" not in left_out and levers:
        # a point of the grid also takes the quantiles of every line, as long as its simulation
        points = math.prod(POINTS[len(levers)]) + TRIALS
        found.append(("grid of levers", 2.5 * points * min(1.0, PATHS / simulation.paths)))
    if "bridge" not in left_out:
        found += [(f"bridge to '{name}'", 20) for name in simulation.names if name != chosen]
    return found if "tornado" in left_out else [*found, ("tornado", 60)]


def _teller(progress: bool | Tell | None) -> Tell | None:
    """Says on one line of the terminal what is being done; nobody where there is none."""
    if callable(progress):
        return progress
    if not (sys.stderr.isatty() if progress is None else progress):
        return None

    def tell(share: float, what: str) -> None:
        sys.stderr.write(f"\r\x1b[K{f'report: {what}, {share:.0%} ...' if what else ''}")
        sys.stderr.flush()

    return tell
