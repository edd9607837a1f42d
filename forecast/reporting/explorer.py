"""The explorer: sliders for the levers of a scenario in a notebook, and what each move makes of the goal."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from forecast.analysis import Goal
from forecast.analysis.goals import AnyGoal, as_goals
from forecast.analysis.levers import Lever, Range, ranges_of, reaches, read_question
from forecast.analysis.question import Question
from forecast.cautions import warned
from forecast.distributions import Array
from forecast.errors import ForecastError, GoalError, did_you_mean, expect
from forecast.model import CalibratedModel
from forecast.reporting.explorer_goal import settled_goals
from forecast.reporting.explorer_picture import picture
from forecast.scenario import Scenario
from forecast.simulation import Run, check_scenarios, horizon_of, quantiles_over_paths
from forecast.timeline import Quarter

LEVELS = (0.1, 0.5, 0.9)
STEPS = 100
"""Steps of a slider from one end of its lever's range to the other."""
STILL = 0.01
"""Of a step: a change of a slider that was never moved by less is the browser's rounding and nobody's move."""
SEED = 7
"""Of the draws where none is named; the explorer shows which it is."""


class Explorer:
    """A scenario under sliders; put it last in a cell to show it. Changed by its sliders alone.

    ``sliders`` holds one ipywidgets slider a lever, by its full name, over the range that a goal seek searches. A lever
    is drawn path by path, as in the simulation, until its slider is moved: from then on it has that value on all paths,
    until ``reset()``. ``probability`` (quarters,) is the share of paths that reached the goal by each quarter,
    ``quantiles`` (quarters, 3) the 10 %, 50 % and 90 % of the line, both of the last move. All moves have the same
    draws, so that what differs between two of them is the sliders and not chance. Several goals are reached on a path
    where each is.
    """

    def __init__(self, question: Question, levers: Sequence[Lever], line: str) -> None:
        self.question, self.levers, self.line = question, tuple(levers), line
        self.goal = as_goals(question.goal)
        of_line = [part for part in self.goal.parts if part.line == line]
        self.shown: Goal | None = of_line[0] if of_line else None
        self.over = "quarter" if self.shown is None else self.shown.over
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

    @property
    def warnings(self) -> tuple[str, ...]:
        """Those of the company."""
        return self.question.run.company.warnings

    def __str__(self) -> str:
        return warned(self._sentence(), self.warnings)

    def _sentence(self) -> str:
        place, draws = self.quarters.index(Quarter.parse(self.goal.by or self.quarters[-1])), self.question.run.draws
        now, first = float(self.probability[place]), float(self.at_first[place])
        error = float(np.sqrt(now * (1 - now) / draws.paths))
        moved = ", ".join(f"{name} = {value:.4g}" for name, value in self.moved.items())
        text = (
            f"{self.goal.condition} by {self.quarters[place]}: {now:.1%} of {draws.paths:,} paths "
            f"(seed {draws.seed}, standard error {100 * error:.1f} points)"
        )
        named = f"scenario '{self.question.scenario.name}'"
        return f"{text} with {moved}; {first:.1%} in {named} as it stands." if moved else f"{text} in {named}."

    def _repr_mimebundle_(self, **options: Any) -> Any:
        return self.box._repr_mimebundle_(**options)

    def _simulated(self) -> tuple[Array, Array]:
        paths, run = self.question.run.draws.paths, self.question.run
        replaced = {name: np.full(paths, value) for name, value in self.moved.items()}
        outcome = run.outcome(self.question.scenario, {*self.goal.lines, self.line}, replaced)
        reached = self.goal.reached(outcome)
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
            step = (high - low) / STEPS
            self.sliders[lever.full_name] = widgets.FloatSlider(
                value=_on_a_step(lever.estimate.quantile(0.5), low, step),
                min=low,
                max=high,
                step=step,
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
        """A browser that shows the sliders reports their values back, rounded its own way: that is no move."""
        if name not in self.moved and abs(value - self._starts[name]) < STILL * self.sliders[name].step:
            return
        self.moved = {**self.moved, name: float(value)}
        self._show()

    def _show(self) -> None:
        self.probability, self.quantiles = self._simulated()
        self._tell()

    def _tell(self) -> None:
        items = "".join(f"<li>{html.escape(one)}</li>" for one in self.warnings)
        self._answer.value = f'<p role="status">{html.escape(self._sentence())}</p>' + (
            f"<p>Warnings:</p><ul>{items}</ul>" if items else ""
        )
        window = "" if self.over == "quarter" else f" over the {self.over.replace('_', ' ')}"
        line = self.question.run.company.model.lines[self.line]
        unit = line.amount
        reached = self.goal.condition if len(self.goal.parts) == 1 else f"all {len(self.goal.parts)} goals"
        titles = f"{self.line}{window} [{unit}]: 10 %, 50 %, 90 %", f"reached {reached}"
        shown = self.shown
        level = None if shown is None else shown.at_most if shown.at_least is None else shown.at_least
        self._picture.value = picture(self.quarters, self.quantiles, self.probability, titles, level=level)


def explore(
    company: CalibratedModel,
    scenario: Scenario | None = None,
    *,
    goal: AnyGoal | None = None,
    levers: Sequence[str] | None = None,
    between: Mapping[str, Range] | None = None,
    line: str | None = None,
    until: str | Quarter | None = None,
    paths: int = 2_000,
    seed: int = SEED,
) -> Explorer:
    """Sliders for the levers of a scenario in a notebook; each move simulates the goal and the fan of a line again.

    ``goal`` is one goal or several, to be reached on the same path; left out it is the breakeven of ``net_profit`` over
    the trailing year (the fiscal year or the quarter where the history is too short), and one without a date has the
    last year end up to ``until``, or for which the company can be simulated. A probability that it states is not used.
    ``levers`` are parameters by full name, of any role; all levers that reach the goal where none are named.
    ``between`` narrows or sets the range of some, as in ``{"selling.target": (0.3, 0.5)}``. ``line`` is the first
    goal's, over its window, where none is named. ``scenario`` is the model as it stands and ``until`` the goal's date
    where left out; ``seed`` is 7, shown beside the answer. Needs ipywidgets, the extra ``notebook``.
    """
    needs()
    expect(company, CalibratedModel, GoalError, "the company", "calibrate the model first: calibrate(model, history)")
    scenario = Scenario("base") if scenario is None else scenario
    expect(scenario, Scenario, GoalError, "the scenario", "pass one, as in scenarios['base']")
    goals = settled_goals(company, goal, until)
    if levers is None:
        known = [parameter for parameter in company.parameters.values() if parameter.role == "lever"]
        levers = [one.full_name for one in known if reaches(company, scenario, one.line, goals.lines)]
        if not levers:
            lines = " or ".join(f"'{one}'" for one in goals.lines)
            raise GoalError(f"no lever of the model reaches {lines}; name parameters: levers=['line.parameter'].")
    end = until or goals.by
    ranges = ranges_of(levers, between)
    asked = read_question(
        company, scenario, tuple(levers), goals, between=ranges, until=end, any_role=True, asking="explorer"
    )
    line = goals.lines[0] if line is None else line
    if line not in company.model.lines:
        raise GoalError(f"there is no line '{line}'. {did_you_mean(line, company.model.lines)}")
    assert end is not None
    quarters = horizon_of(company, end, paths, seed)
    check_scenarios(company, [scenario], quarters)
    run = Run(company, quarters, paths, seed)
    return Explorer(Question(run, scenario, asked.goal, run.scenario(scenario)), asked.levers, line)


def _on_a_step(value: float, low: float, step: float) -> float:
    """The place nearest to a value at which a slider can stand; a browser would move it to one by itself."""
    return low + step * float(np.clip(round((value - low) / step), 0, STEPS))


def needs() -> Any:
    """The module ipywidgets, or what to install."""
    try:
        import ipywidgets
    except ImportError:
        raise ForecastError(
            "explore needs ipywidgets. Install it: pip install 'forecast-scenarios[notebook]'."
        ) from None
    return ipywidgets
