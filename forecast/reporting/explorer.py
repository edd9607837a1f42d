"""The explorer: sliders for the levers of a scenario in a notebook, and what each move makes of the goal."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from forecast.analysis import Goal
from forecast.analysis.levers import Lever, Range, ranges_of, reaches, read_question
from forecast.analysis.question import Question
from forecast.distributions import Array
from forecast.errors import ForecastError, GoalError, did_you_mean, expect
from forecast.model import CalibratedModel
from forecast.reporting.explorer_picture import picture
from forecast.scenario import Scenario
from forecast.simulation import Run, check_scenarios, horizon_of, quantiles_over_paths
from forecast.timeline import Quarter

LEVELS = (0.1, 0.5, 0.9)
STEPS = 100
"""Steps of a slider from one end of its lever's range to the other."""


class Explorer:
    """A scenario under sliders; put it last in a cell to show it. Changed by its sliders alone.

    ``sliders`` holds one ipywidgets slider a lever, by its full name, over the range that a goal seek searches. A lever
    is drawn path by path, as in the simulation, until its slider is moved: from then on it has that value on all paths,
    until ``reset()``. ``probability`` (quarters,) is the share of paths that reached the goal by each quarter,
    ``quantiles`` (quarters, 3) the 10 %, 50 % and 90 % of the line, both of the last move. All moves have the same
    draws, so that what differs between two of them is the sliders and not chance.
    """

    def __init__(self, question: Question, levers: Sequence[Lever], goal: Goal, line: str) -> None:
        self.question, self.levers, self.goal, self.line = question, tuple(levers), goal, line
        self.over = goal.over if line == goal.line else "quarter"
        self.moved: dict[str, float] = {}
        self.sliders: dict[str, Any] = {}
        self.probability, self.quantiles = self._simulated()
        self.at_first = self.probability
        self._build()

    @property
    def quarters(self) -> tuple[Quarter, ...]:
        """The simulated quarters."""
        return self.question.run.quarters

    def reset(self) -> None:
        """Every lever as it is drawn in the scenario, its slider back at the median."""
        for name, slider in self.sliders.items():
            slider.unobserve_all("value")
            slider.value = self._starts[name]
        self._listen()
        self.moved = {}
        self._show()

    def __str__(self) -> str:
        place = self.quarters.index(Quarter.parse(self.goal.by or self.quarters[-1]))
        now, first = float(self.probability[place]), float(self.at_first[place])
        error = float(np.sqrt(now * (1 - now) / self.question.run.draws.paths))
        moved = ", ".join(f"{name} = {value:.4g}" for name, value in self.moved.items())
        text = (
            f"{self.goal.condition} by {self.quarters[place]}: {now:.1%} of {self.question.run.draws.paths:,} paths "
            f"(standard error {100 * error:.1f} points)"
        )
        named = f"scenario '{self.question.scenario.name}'"
        return f"{text} with {moved}; {first:.1%} in {named} as it stands." if moved else f"{text} in {named}."

    def _repr_mimebundle_(self, **options: Any) -> Any:
        return self.box._repr_mimebundle_(**options)

    def _simulated(self) -> tuple[Array, Array]:
        paths, run = self.question.run.draws.paths, self.question.run
        replaced = {name: np.full(paths, value) for name, value in self.moved.items()}
        outcome = run.outcome(self.question.scenario, {self.goal.line, self.line}, replaced)
        reached = self.goal.reached(outcome.values(self.goal.line, over=self.goal.over))
        quantiles = quantiles_over_paths(outcome.values(self.line, over=self.over), LEVELS)
        return reached.mean(axis=1), quantiles

    def _build(self) -> None:
        widgets = needs()
        wide = widgets.Layout(width="30em")
        for lever in self.levers:
            inside = self.question.within(lever.full_name, lever.low, lever.high)
            if inside is None:
                raise GoalError(
                    f"no value of '{lever.full_name}' from {lever.low:g} to {lever.high:g} stays in its domain under "
                    f"the shocks of scenario '{self.question.scenario.name}'; leave it out."
                )
            low, high = inside
            self.sliders[lever.full_name] = widgets.FloatSlider(
                value=float(np.clip(lever.estimate.quantile(0.5), low, high)),
                min=low,
                max=high,
                step=(high - low) / STEPS,
                readout_format=".4g",
                layout=wide,
            )
        self._starts = {name: slider.value for name, slider in self.sliders.items()}
        self._answer, self._picture = widgets.HTML(), widgets.HTML()
        back = widgets.Button(description="as in the scenario")
        back.on_click(lambda _: self.reset())
        named = [
            widgets.VBox([widgets.HTML(html.escape(f"{lever.full_name} [{lever.unit or lever.role}]")), slider])
            for lever, slider in zip(self.levers, self.sliders.values(), strict=True)
        ]
        self.box = widgets.VBox([self._answer, widgets.HBox([widgets.VBox([*named, back]), self._picture])])
        self._listen()
        self._tell()

    def _listen(self) -> None:
        for name, slider in self.sliders.items():
            slider.observe(lambda change, name=name: self._move(name, change["new"]), names="value")

    def _move(self, name: str, value: float) -> None:
        self.moved = {**self.moved, name: float(value)}
        self._show()

    def _show(self) -> None:
        self.probability, self.quantiles = self._simulated()
        self._tell()

    def _tell(self) -> None:
        self._answer.value = f'<p role="status">{html.escape(str(self))}</p>'
        window = "" if self.over == "quarter" else f" over the {self.over.replace('_', ' ')}"
        line = self.question.run.company.model.lines[self.line]
        unit = line.amount
        titles = f"{self.line}{window} [{unit}]: 10 %, 50 %, 90 %", f"reached {self.goal.condition}"
        level = self.goal.at_most if self.goal.at_least is None else self.goal.at_least
        shown = level if self.line == self.goal.line else None
        self._picture.value = picture(self.quarters, self.quantiles, self.probability, titles, level=shown)


def explore(
    company: CalibratedModel,
    scenario: Scenario | None = None,
    *,
    goal: Goal,
    levers: Sequence[str] | None = None,
    between: Mapping[str, Range] | None = None,
    line: str | None = None,
    until: str | Quarter | None = None,
    paths: int = 2_000,
    seed: int,
) -> Explorer:
    """Sliders for the levers of a scenario in a notebook; each move simulates the goal and the fan of a line again.

    ``levers`` are parameters by full name, of any role; all levers that reach the goal where none are named.
    ``between`` narrows or sets the range of some, as in ``{"selling.target": (0.3, 0.5)}``. ``line`` is the goal's own,
    over the goal's window, where none is named. ``scenario`` is the model as it stands and ``until`` the goal's date
    where left out. Needs ipywidgets, the extra ``notebook``.
    """
    needs()
    expect(company, CalibratedModel, GoalError, "the company", "calibrate the model first: calibrate(model, history)")
    expect(goal, Goal, GoalError, "the goal", "pass one, as in Goal('net_profit', at_least=0, by='2029Q4')")
    scenario = Scenario("base") if scenario is None else scenario
    expect(scenario, Scenario, GoalError, "the scenario", "pass one, as in scenarios['base']")
    if levers is None:
        known = [parameter for parameter in company.parameters.values() if parameter.role == "lever"]
        levers = [one.full_name for one in known if reaches(company, scenario, one.line, goal.lines)]
        if not levers:
            raise GoalError(f"no lever of the model reaches '{goal.line}'; name parameters: levers=['line.parameter'].")
    end = until or goal.by
    ranges = ranges_of(levers, between)
    asked = read_question(
        company, scenario, tuple(levers), goal, between=ranges, until=end, any_role=True, asking="explorer"
    )
    line = goal.line if line is None else line
    if line not in company.model.lines:
        raise GoalError(f"there is no line '{line}'. {did_you_mean(line, company.model.lines)}")
    assert end is not None
    quarters = horizon_of(company, end, paths, seed)
    check_scenarios(company, [scenario], quarters)
    run = Run(company, quarters, paths, seed)
    return Explorer(Question(run, scenario, goal, run.scenario(scenario)), asked.levers, goal, line)


def needs() -> Any:
    """The module ipywidgets, or what to install."""
    try:
        import ipywidgets
    except ImportError:
        raise ForecastError(
            "explore needs ipywidgets. Install it: pip install 'forecast-scenarios[notebook]'."
        ) from None
    return ipywidgets
