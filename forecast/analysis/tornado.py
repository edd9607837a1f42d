"""The tornado: how much a statistic moves with each uncertainty, one at a time, and how stable the order is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from forecast.analysis.goals import AnyGoal
from forecast.analysis.inquiry import Inquiry, inquire, read_names, read_statistic, to_move
from forecast.analysis.ranks import Ranks, ranks
from forecast.analysis.statistic import Statistic, error_of, replicas
from forecast.analysis.wording import amount, change, rounded, sentence, table
from forecast.blas import steady
from forecast.distributions import Array, Distribution, fixed
from forecast.errors import GoalError, Problems
from forecast.fingerprints import Fingerprinted
from forecast.model import CalibratedModel
from forecast.notebook import Said, answered, spoken
from forecast.pace import Pace, Tell
from forecast.scenario import Scenario, Shock, When
from forecast.simulation.streams import correlated, quantiles
from forecast.timeline import Quarter

if TYPE_CHECKING:
    import pandas as pd

SHOWN = 12
"""Bars in the printed answer; ``to_frame`` has all."""

HEADING = "the sensitivity cannot be answered as asked"


@dataclass(frozen=True, slots=True)
class Bar:
    """One uncertainty at its low and its high quantile, and the statistic at each.

    ``errors`` are the Monte Carlo standard errors of ``at_low``, ``at_high`` and ``swing``; the last is that of a
    difference on the same paths. ``ranks`` is the 90 % interval of its place. ``followed_by`` names the correlated
    parameters that move along, with their correlations.
    """

    parameter: str
    low: float
    high: float
    at_low: float
    at_high: float
    errors: tuple[float, float, float] = (float("nan"),) * 3
    ranks: tuple[int, int] = (1, 1)
    followed_by: tuple[tuple[str, float], ...] = ()

    @property
    def swing(self) -> float:
        """The statistic at the high quantile less that at the low one."""
        return self.at_high - self.at_low


@dataclass(frozen=True, slots=True)
class Sensitivity(Fingerprinted):
    """The bars, the longest first; ``base`` is the statistic with every uncertainty drawn, ``error`` its error.

    ``unit`` is ``%`` for a probability (a number from 0 to 1), else the statistic's own. ``partners`` says whether
    correlated parameters follow the one that is moved, or stay.
    """

    statistic: Statistic
    scenario: str
    base: float
    error: float
    levels: tuple[float, float]
    bars: tuple[Bar, ...]
    order: Ranks
    unit: str
    partners: str

    def to_frame(self) -> pd.DataFrame:
        """A row an uncertainty."""
        import pandas as pd

        rows = [
            (bar.parameter, bar.low, bar.high, bar.at_low, bar.at_high, bar.swing, *bar.errors, *bar.ranks)
            for bar in self.bars
        ]
        columns = ["parameter", "low", "high", "at low", "at high", "swing"]
        columns += ["error at low", "error at high", "error of swing", "rank from", "rank to"]
        return pd.DataFrame(rows, columns=columns).set_index("parameter")

    def _said(self) -> list[Said]:
        """The answer in its parts, for printing and for notebooks."""
        low, high = (f"{level:.0%}" for level in self.levels)
        swing = "swing, points" if self.unit == "%" else "swing"
        rows = [("", f"{low} quantile", f"{high} quantile", f"at {low}", f"at {high}", swing, "rank")]
        rows += [
            (
                bar.parameter,
                f"{bar.low:.4g}",
                f"{bar.high:.4g}",
                amount(bar.at_low, self.unit).split(" ")[0],
                amount(bar.at_high, self.unit).split(" ")[0],
                change(bar.swing, bar.errors[2], self.unit),
                f"{bar.ranks[0]}" if bar.ranks[0] == bar.ranks[1] else f"{bar.ranks[0]} to {bar.ranks[1]}",
            )
            for bar in self.bars[:SHOWN]
        ]
        error = f"{100 * self.error:.1f}" if self.unit == "%" else rounded(self.error)
        base = f"{amount(self.base, self.unit)} +- {error}"
        lines: list[Said] = [f"{sentence(str(self.statistic))}, scenario '{self.scenario}': {base}", table(rows)]
        rest = self.bars[SHOWN:]
        if rest:
            most = amount(max(abs(bar.swing) for bar in rest), self.unit).removesuffix("%")
            points = " points" if self.unit == "%" else ""
            lines.append(f"  and {len(rest)} more, each with a swing of at most {most}{points}")
        lines.append("Each uncertainty alone, the others as drawn; +- is one Monte Carlo standard error.")
        lines += self._told_partners()
        if self.bars:
            lines.append(str(self.order))
        return lines

    def __str__(self) -> str:
        return spoken(self._said())

    def _repr_html_(self) -> str:
        return answered(self._said())

    def _told_partners(self) -> list[str]:
        told = []
        for bar in self.bars:
            pairs = ", ".join(f"{name} ({rho:g})" for name, rho in bar.followed_by)
            if pairs and self.partners == "follow":
                told.append(f"With {bar.parameter} moves what is correlated with it: {pairs}.")
            elif pairs:
                told.append(f"{bar.parameter} is moved without what is correlated with it: {pairs}.")
        return told


@steady
def sensitivity(
    company: CalibratedModel,
    scenario: Scenario,
    *,
    goal: AnyGoal | None = None,
    statistic: Statistic | AnyGoal | None = None,
    vary: Sequence[str] | None = None,
    levels: tuple[float, float] = (0.1, 0.9),
    partners: str = "follow",
    until: str | Quarter | None = None,
    paths: int = 10_000,
    seed: int,
    progress: Tell | None = None,
) -> Sensitivity:
    """Set each uncertainty to a low and a high quantile on all paths, the others drawn as they are.

    A ``goal`` stands for its probability; any other number is asked for as ``statistic``. ``vary`` names the
    uncertainties, by default all that are not fixed and reach the statistic, and the uncertain sizes of the scenario's
    shocks (``size of Scale on revenue``). Levers are refused: a goal seek moves those. ``until`` is needed where the
    statistic has no last quarter of its own.

    With ``partners="follow"`` correlated parameters take their distribution given the one that is moved, which is what
    one would believe of them on learning it. With normal scores z and correlations r that is, on every path,

        z'[j] = z[j] + r[i, j] * (c - z[i]),        c the normal score of the level,

    for ``z[j] - r[i, j] * z[i]`` does not depend on z[i] (Gaussian copula). A bar is then ``E[Y | X = x]`` for a
    mean or a probability. With ``"stay"`` they keep their draws, as if somebody had set the one parameter by hand.

    Every end is computed on the same draws, so the error of a swing is that of a paired difference (``replicas``).
    ``progress`` is called with the share that is done and what is being done.
    """
    problems = Problems()
    asked = read_statistic(company, scenario, goal, statistic, until=until, heading=HEADING, problems=problems)
    if not isinstance(levels, tuple | list) or len(levels) != 2 or not _rising(*levels):
        problems.add(f"levels are {levels!r}; give two rising numbers in (0, 1), as in (0.1, 0.9).")
    if partners not in ("follow", "stay"):
        problems.add(f"partners is {partners!r}; correlated parameters 'follow' or 'stay'.")
    sizes = uncertain_sizes(scenario)
    names = read_names(company, vary, problems, roles=("uncertainty",), also=list(sizes))
    problems.raise_if_any(GoalError, HEADING)
    inquiry = inquire(company, scenario, asked, until=until, paths=paths, seed=seed)
    bars, swings = [], []
    base = inquiry.numbers()
    moving = to_move(inquiry, names, heading=HEADING, roles=("uncertainty",))
    pace = Pace(progress, [(f"moving {name}", 1) for name in (*moving, *sizes)])
    for name in moving:
        pace.begin(f"moving {name}")
        bar, batches = _bar(inquiry, name, levels, partners)
        bars.append(bar)
        swings.append(batches)
    for name, (place, size) in sizes.items():
        target = scenario.acting[place][0].target.split(".")[0]
        if name in names if names is not None else target in inquiry.needed:
            pace.begin(f"moving {name}")
            bar, batches = _size_bar(inquiry, name, place, size, levels)
            bars.append(bar)
            swings.append(batches)
    longest = sorted(range(len(bars)), key=lambda place: -abs(bars[place].swing))
    bars = [bars[place] for place in longest]
    order = Ranks((), 0, float("nan"))
    if bars:
        order = ranks(np.array([bar.swing for bar in bars]), np.array([swings[place] for place in longest]), seed=seed)
    return Sensitivity(
        asked,
        scenario.name,
        asked.value(base),
        error_of(replicas(asked, base)),
        (levels[0], levels[1]),
        tuple(replace(bar, ranks=places) for bar, places in zip(bars, order.intervals, strict=True)),
        order,
        inquiry.unit,
        partners,
    )


def _bar(inquiry: Inquiry, name: str, levels: Sequence[float], partners: str) -> tuple[Bar, Array]:
    """The bar of a parameter and its swing on each batch."""
    company, paths = inquiry.run.company, inquiry.run.draws.paths
    estimate = company.parameters[name].estimate
    assert estimate is not None
    linked = _partners(company, name)
    ends, numbers = [], []
    for level in levels:
        ends.append(estimate.quantile(level))
        moved = {name: np.full(paths, ends[-1])}
        if partners == "follow" and linked and not estimate.is_fixed:
            moved |= _followers(inquiry, name, level, linked)
        numbers.append(inquiry.numbers(moved))
    return _finished(inquiry, name, ends, numbers, linked)


def _size_bar(
    inquiry: Inquiry, name: str, place: int, size: Distribution, levels: Sequence[float]
) -> tuple[Bar, Array]:
    """The bar of the size of a shock and its swing on each batch."""
    ends = [size.quantile(level) for level in levels]
    numbers = [inquiry.numbers(scenario=_sized(inquiry.scenario, place, end)) for end in ends]
    return _finished(inquiry, name, ends, numbers, ())


def _finished(
    inquiry: Inquiry, name: str, ends: list[float], numbers: list[Array], linked: tuple[tuple[str, float], ...]
) -> tuple[Bar, Array]:
    statistic = inquiry.statistic
    at_low, at_high = (statistic.value(values) for values in numbers)
    low, high = (replicas(statistic, values) for values in numbers)
    errors = error_of(low), error_of(high), error_of(high - low)
    # as batches, of whose mean the ranks take the error
    batches = (high - low) * np.sqrt(len(low))
    return Bar(name, ends[0], ends[1], at_low, at_high, errors, followed_by=linked), batches


def _partners(company: CalibratedModel, name: str) -> tuple[tuple[str, float], ...]:
    """The parameters that are correlated with one and not fixed, with their correlations."""
    found: list[tuple[str, float]] = []
    for names, matrix in correlated(company):
        if name in names:
            row = matrix[names.index(name)]
            found += [(other, float(rho)) for other, rho in zip(names, row, strict=True) if other != name and rho != 0]
    return tuple((other, rho) for other, rho in found if not _estimate(company, other).is_fixed)


def _followers(inquiry: Inquiry, name: str, level: float, linked: Sequence[tuple[str, float]]) -> Mapping[str, Array]:
    """The draws of correlated parameters given that one is at a level, shape (paths,)."""
    from scipy import special

    company = inquiry.run.company
    scores = inquiry.run.draws.scores(company)
    gap = float(special.ndtri(level)) - scores[name]
    return {other: quantiles(_estimate(company, other), scores[other] + rho * gap) for other, rho in linked}


def _estimate(company: CalibratedModel, name: str) -> Distribution:
    estimate = company.parameters[name].estimate
    assert estimate is not None
    return estimate


def uncertain_sizes(scenario: Scenario) -> dict[str, tuple[int, Distribution]]:
    """The shocks of uncertain size: a name for it, the shock's place among those acting, the size's distribution."""
    found: dict[str, tuple[int, Distribution]] = {}
    for place, (shock, _) in enumerate(scenario.acting):
        if isinstance(shock.size, Distribution) and not shock.size.is_fixed:
            told = f"size of {type(shock).__name__} on {shock.target}"
            again = sum(name == told or name.startswith(f"{told} (") for name in found)
            found[f"{told} ({again + 1})" if again else told] = (place, shock.size)
    return found


def _sized(scenario: Scenario, place: int, size: float) -> Scenario:
    """The scenario with the size of one of its acting shocks known; all other draws stay, for they go by name."""
    counted = iter(range(len(scenario.acting)))

    def changed(shock: Shock) -> Shock:
        known: Any = shock
        return replace(known, size=fixed(size)) if next(counted) == place else shock

    shocks: list[Shock | When] = []
    for each in scenario.shocks:
        if isinstance(each, When):
            shocks.append(When(each.condition, *(changed(shock) for shock in each.shocks), until=each.until))
        else:
            shocks.append(changed(each))
    return Scenario(scenario.name, *shocks)


def _rising(low: object, high: object) -> bool:
    return isinstance(low, int | float) and isinstance(high, int | float) and 0 < low < high < 1
