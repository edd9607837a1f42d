"""The frontier: pairs of two levers with which a goal has the same probability."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from forecast.analysis.goal import Goal
from forecast.analysis.goals import AnyGoal, Goals, as_goals
from forecast.analysis.levers import Lever, Vary, ranges_of, read_question
from forecast.analysis.question import Question
from forecast.analysis.sampling import share_interval
from forecast.analysis.thresholds import Thresholds, lever_grid
from forecast.blas import steady
from forecast.distributions import Array
from forecast.errors import GoalError, Problems
from forecast.fingerprints import Fingerprinted
from forecast.model import CalibratedModel
from forecast.notebook import Laid, Said, answered, spoken
from forecast.pace import Pace, Tell
from forecast.scenario import Scenario
from forecast.simulation import Run, check_scenarios, horizon_of
from forecast.timeline import Quarter, quarters_between

if TYPE_CHECKING:
    import pandas as pd

LEVELS = (0.5, 0.6, 0.7, 0.8, 0.9)
STEPS = 10
"""Bisections of the second lever: to a thousandth of a grid step, far below its sampling error."""

FEWEST, MOST = 3, 101
SHOWN = 9
"""Columns that are printed."""


@dataclass(frozen=True, eq=False)
class Frontier(Fingerprinted):
    """For each value of the first lever, the least demanding value of the second that reaches the goal.

    ``grid`` (columns,) are the values of the first lever. ``answers``, ``low`` and ``high`` (levels, columns) hold the
    second lever's values for each probability of ``levels`` and their 95 % intervals (order statistics, as in a goal
    seek); NaN where no value reaches it, infinite where an end of the interval leaves the range searched.
    ``effortless`` marks where every value does; the answer is then the hardest. ``best`` (columns,) is the largest
    probability on the grid of the second lever, at ``best_at``; ``easier`` is +1 where more of the second lever helps,
    else -1; ``turning`` is the share of paths on which it is not monotone, and ``lost`` (levels, columns) the last
    value that still reaches the probability where going further loses it, else NaN. ``today`` are the medians of both.
    """

    goal: Goal | Goals
    scenario: str
    first: Lever
    second: Lever
    grid: Array
    levels: tuple[float, ...]
    answers: Array
    low: Array
    high: Array
    effortless: Array
    best: Array
    best_at: Array
    easier: Array
    turning: Array
    lost: Array
    today: tuple[float, float]
    paths: int
    seed: int

    @property
    def wanted(self) -> int:
        """The row of the goal's own probability."""
        return self.levels.index(float(self.goal.probability or 0.0))

    @property
    def feasible(self) -> bool:
        """Whether some pair of values reaches the goal."""
        return bool(np.isfinite(self.answers[self.wanted]).any())

    def to_frame(self) -> pd.DataFrame:
        """A row a probability and a value of the first lever."""
        import pandas as pd

        bounds = np.array([share_interval(float(share), self.paths) for share in self.best])
        tables = []
        for row, level in enumerate(self.levels):
            columns: dict[str, Any] = {
                "probability": level,
                self.first.full_name: self.grid,
                self.second.full_name: self.answers[row],
                "low": self.low[row],
                "high": self.high[row],
                "lost beyond": self.lost[row],
                "anywhere": self.effortless[row],
                "best probability": self.best,
                "best low": bounds[:, 0],
                "best high": bounds[:, 1],
                "best at": self.best_at,
            }
            tables.append(pd.DataFrame(columns))
        return pd.concat(tables, ignore_index=True)

    def _said(self) -> list[Said]:
        """The answer in its parts, for printing and for notebooks."""
        first, second, wanted = self.first, self.second, self.wanted
        lines: list[Said] = [
            f"Goal: {self.goal}, scenario '{self.scenario}', by moving {_told(first)} and {_told(second)}",
            f"Today's medians: {self.today[0]:.4g} and {self.today[1]:.4g}.",
        ]
        place = int(np.argmax(self.best))
        most, bounds = self.best[place], share_interval(float(self.best[place]), self.paths)
        where = f"{self.grid[place]:.4g} and {self.best_at[place]:.4g}"
        reached = np.isfinite(self.answers[wanted])
        if not reached.any():
            lines.append(
                f"Cannot be reached by any pair: the best probability on the grid is {most:.1%} ({bounds[0]:.1%} to "
                f"{bounds[1]:.1%}), at {where}."
            )
        elif self.effortless[wanted].all():
            lines.append("Reached by every pair.")
        elif not reached.all():
            lines.append(
                f"Reached with {first.full_name} at {_ranges(self.grid, reached)}; elsewhere no value of "
                f"{second.full_name} from {second.low:g} to {second.high:g} does."
            )
        side = "Largest" if np.median(self.easier) < 0 else "Smallest"
        lines.append(f"{side} {second.full_name} with which the goal has the probability (95 % interval at the goal's)")
        return [*lines, self._table(), *self._notes()]

    def __str__(self) -> str:
        return spoken(self._said())

    def _repr_html_(self) -> str:
        return answered(self._said())

    def _table(self) -> Laid:
        heads = [self.first.full_name, *(f"{level:.0%}" for level in self.levels), "interval", "best"]
        rows = [heads]
        chosen = np.unique(np.linspace(0, len(self.grid) - 1, SHOWN).round().astype(int))
        for column in chosen:
            cells = [f"{self.grid[column]:.4g}"]
            for row in range(len(self.levels)):
                value = self.answers[row, column]
                cells.append("any" if self.effortless[row, column] else "none" if np.isnan(value) else f"{value:.4g}")
            known = np.isfinite(self.answers[self.wanted, column]) and not self.effortless[self.wanted, column]
            ends = (self.low[self.wanted, column], self.high[self.wanted, column])
            cells.append(" to ".join("beyond" if np.isinf(end) else f"{end:.4g}" for end in ends) if known else "")
            cells.append(f"{self.best[column]:.0%}")
            rows.append(cells)
        widths = [max(len(row[column]) for row in rows) for column in range(len(heads))]
        lines = ["  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True)) for row in rows]
        return Laid("\n".join(lines), rows)

    def _notes(self) -> list[str]:
        notes = []
        if np.isnan(self.answers).any():
            notes.append("'none': no value of the second lever reaches that probability; 'best' is what can be had.")
        if self.turning.max() > 0:
            notes.append(
                f"{self.second.full_name} is not monotone on up to {self.turning.max():.1%} of the paths: going "
                "further may lose the goal."
            )
        loose = [lever for lever in (self.first, self.second) if not lever.controlled]
        return notes + [f"{lever.full_name} is no lever ({lever.role}): nobody sets it." for lever in loose]


@steady
def frontier(
    company: CalibratedModel,
    scenario: Scenario,
    *,
    vary: tuple[Vary, Vary],
    goal: AnyGoal,
    points: int = 13,
    levels: Sequence[float] = LEVELS,
    between: Mapping[Any, tuple[float, float]] | None = None,
    until: str | Quarter | None = None,
    paths: int = 10_000,
    seed: int,
    any_role: bool = False,
    progress: Tell | None = None,
) -> Frontier:
    """Curves of equal probability of a goal over two levers, under a scenario.

    The first lever is put to ``points`` even values, on the log scale where its range is positive and wide; at
    each, the second one's threshold is found on every path as in ``goal_seek``. The value at probability p is the
    p-quantile of these thresholds, so all ``levels``, to which the goal's own is added, come from one search. A lever
    is a parameter's name or a shock whose size is moved; ``between`` narrows or gives its range, as in
    ``{"selling.target": (0.3, 0.45)}``. Both levers stand in place of their own uncertainty, on all paths alike.
    ``progress`` is called with the share that is done and what is being done.
    """
    chosen = _check(vary, points, levels)
    asked = read_question(
        company,
        scenario,
        vary,
        goal,
        between=ranges_of(vary, between),
        until=until,
        any_role=any_role,
        asking="frontier",
    )
    goals, scenario, (first, second) = as_goals(asked.goal), asked.scenario, asked.levers
    wanted = tuple(sorted({*chosen, float(goals.probability or 0.0)}))
    quarters = horizon_of(company, Quarter.parse(goals.by or ""), paths, seed, name="the goal's date")
    last = company.first + (company.horizon - 1) if until is None else Quarter.parse(until)
    check_scenarios(company, [scenario], quarters_between(company.first, last))
    run = Run(company, quarters, paths, seed)
    question = Question(run, scenario, asked.goal, run.scenario(scenario), asked.numbers)
    grid = _grid(question, first, points)
    pace = Pace(progress, [(f"with {first.full_name} at {value:.4g}", 1) for value in grid])
    columns = []
    for value in grid:
        pace.begin(f"with {first.full_name} at {value:.4g}")
        columns.append(_column(question, first.full_name, float(value), second, wanted))
    found = [column.found for column in columns]
    return Frontier(
        goal=asked.goal,
        scenario=scenario.name,
        first=first,
        second=second,
        grid=grid,
        levels=wanted,
        answers=np.array([column.answers for column in columns]).T,
        low=np.array([[low for low, _ in column.intervals] for column in columns]).T,
        high=np.array([[high for _, high in column.intervals] for column in columns]).T,
        effortless=np.array([[np.min(one.shares) >= level for one in found] for level in wanted]),
        best=np.array([one.best[0] for one in found]),
        best_at=np.array([one.best[1] for one in found]),
        easier=np.array([one.easier for one in found]),
        turning=np.array([one.turning for one in found]),
        lost=np.array([column.lost for column in columns], dtype=float).T,
        today=(first.estimate.median, second.estimate.median),
        paths=paths,
        seed=seed,
    )


@dataclass(frozen=True, slots=True)
class _Column:
    """The second lever's answers with the first one at a value, one a probability."""

    found: Thresholds
    answers: list[float]
    intervals: list[tuple[float, float]]
    lost: list[float | None]


def _column(question: Question, first: str, value: float, second: Lever, levels: Sequence[float]) -> _Column:
    held, name = question.holding({first: value}), second.full_name
    inside = held.within(name, second.low, second.high)
    if inside is None:
        raise GoalError(
            f"with {first} at {value:.4g} no value of {name} from {second.low:g} to {second.high:g} stays in its "
            f"domain under the shocks of scenario '{question.scenario.name}'. Give between={{'{name}': (low, high)}}."
        )
    found = held.thresholds(name, *inside, steps=STEPS)
    solved = [held.answer(name, found, chance=level, steps=STEPS) for level in levels]
    lost = [
        held.lost_beyond(name, found, answer, chance=level, steps=STEPS)
        if answer is not None and found.turning
        else None
        for level, (answer, _) in zip(levels, solved, strict=True)
    ]
    answers = [np.nan if answer is None else answer for answer, _ in solved]
    return _Column(found, answers, [interval for _, interval in solved], lost)


def _grid(question: Question, first: Lever, points: int) -> Array:
    inside = question.within(first.full_name, first.low, first.high)
    if inside is None:
        raise GoalError(
            f"no value of '{first.full_name}' from {first.low:g} to {first.high:g} stays in its domain under the "
            f"shocks of scenario '{question.scenario.name}'. Give between={{'{first.full_name}': (low, high)}}."
        )
    return lever_grid(*inside, points)


def _check(vary: Any, points: int, levels: Sequence[float]) -> tuple[float, ...]:
    problems = Problems()
    if isinstance(vary, str) or not isinstance(vary, Sequence) or len(vary) != 2:
        problems.add(f"vary is {vary!r}; name two levers, as in ('selling.target', 'research_and_development.growth').")
    if isinstance(points, bool) or not isinstance(points, int | np.integer) or not FEWEST <= points <= MOST:
        problems.add(f"points is {points!r}; give a whole number from {FEWEST} to {MOST}.")
    try:
        chosen = tuple(float(level) for level in levels)
    except (TypeError, ValueError):
        chosen = (np.nan,)
    if not all(0 < level < 1 for level in chosen):
        problems.add(f"levels are {levels!r}; give probabilities in (0, 1), as in (0.5, 0.8).")
    problems.raise_if_any(GoalError, "the frontier cannot be drawn as asked")
    return chosen


def _told(lever: Lever) -> str:
    return f"{lever.full_name} [{lever.unit or 'number'}]"


def _ranges(grid: Array, reached: Array) -> str:
    """The values of the grid that are marked, run by run: "0.1 to 0.3 and 0.7"."""
    runs = np.split(np.flatnonzero(reached), np.flatnonzero(np.diff(np.flatnonzero(reached)) > 1) + 1)
    return " and ".join(
        f"{grid[run[0]]:.4g}" if len(run) == 1 else f"{grid[run[0]]:.4g} to {grid[run[-1]]:.4g}" for run in runs
    )
