"""The same goal seek with other seeds: how far apart the answers are."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from forecast.analysis.question import Question
from forecast.analysis.thresholds import Thresholds
from forecast.errors import GoalError

BISECTIONS = 10
"""Each seed's answer is found to a thousandth of the first answer's interval."""


@dataclass(frozen=True, slots=True)
class Reseeded:
    """What each of several seeds gives: the answers, or where there is none the probability at the best value.

    ``values`` holds one number a seed, NaN where that seed's draws do not reach the goal at all. Their standard
    deviation estimates the standard error of one seed's number.
    """

    seeds: tuple[int, ...]
    values: tuple[float, ...]
    of: str

    @property
    def reached(self) -> tuple[float, ...]:
        """The numbers that there are."""
        return tuple(value for value in self.values if not np.isnan(value))

    @property
    def mean(self) -> float:
        """Of the numbers that there are; NaN without one."""
        return float(np.mean(self.reached)) if self.reached else float("nan")

    @property
    def sd(self) -> float:
        """Their standard deviation (n - 1); NaN with less than two."""
        return float(np.std(self.reached, ddof=1)) if len(self.reached) > 1 else float("nan")

    def __str__(self) -> str:
        count, missing = len(self.seeds), len(self.values) - len(self.reached)
        if not self.reached:
            return f"Over {count} seeds: none reaches it."
        form = ".1%" if self.of == "probability" else ".4g"
        ends = f"{min(self.reached):{form}} to {max(self.reached):{form}}"
        spread = ""
        if len(self.reached) > 1:
            sd = f"{self.sd:{'.2%' if self.of == 'probability' else '.2g'}}"
            spread = f" (mean {self.mean:{form}}, standard deviation {sd})"
        lost = f"; {missing} of them cannot reach it" if missing else ""
        what = {"probability": "best attainable probability ", "distance": "distance "}.get(self.of, "")
        return f"Over {count} seeds: {what}{ends}{spread}{lost}."


def check_seeds(seeds: int) -> None:
    """Refuse a number of seeds that is none."""
    if isinstance(seeds, bool) or not isinstance(seeds, int | np.integer) or seeds < 1:
        raise GoalError(f"seeds is {seeds!r}; give a whole number from 1 on, as in 5.")


def reseeded(
    question: Question,
    lever: str,
    found: Thresholds,
    answer: float | None,
    interval: tuple[float, float],
    seeds: int,
) -> Reseeded:
    """The answer of the seeds seed, seed + 1, ..., ``seeds`` in all, by bisection about the first one's.

    It is the value nearest to the first answer from which the wanted share of paths succeed. Without an answer: the
    probability at the best value of the first seed.
    """
    first = question.run.draws.seed
    others = [question.seeded(first + step) for step in range(1, seeds)]
    numbers = tuple(range(first, first + seeds))
    share, at = found.best
    if answer is None:
        return Reseeded(numbers, (share, *(other.share(lever, at) for other in others)), "probability")
    width = interval[1] - interval[0]
    grid_step = float(np.max(np.abs(np.diff(found.grid))))
    step = min(width / 2, grid_step) if np.isfinite(width) and width > 0 else grid_step / 4
    return Reseeded(numbers, (answer, *(_about(other, lever, found, answer, step) for other in others)), "answer")


def _about(question: Question, lever: str, found: Thresholds, start: float, step: float) -> float:
    """The least demanding value near ``start`` that reaches the goal, by steps that double and then bisection."""
    chance = question.goal.probability or 0.0
    allowed = question.within(lever, float(found.grid[0]), float(found.grid[-1]))
    if allowed is None:
        return float("nan")
    low, high = allowed
    start = min(max(start, low), high)
    works = fails = start
    good = question.share(lever, start) >= chance
    towards = -found.easier if good else found.easier
    while (question.share(lever, start) >= chance) == good:
        works, fails = (start, fails) if good else (works, start)
        further = min(max(start + towards * step, low), high)
        if further == start:
            return start if good else float("nan")
        start, step = further, 2 * step
    works, fails = (works, start) if good else (start, fails)
    for _ in range(BISECTIONS):
        middle = 0.5 * (works + fails)
        if question.share(lever, middle) >= chance:
            works = middle
        else:
            fails = middle
    return works
