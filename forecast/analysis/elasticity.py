"""Elasticities: how much a statistic changes with a little more of each parameter, levers included."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from forecast.analysis.goals import AnyGoal
from forecast.analysis.inquiry import Inquiry, inquire, read_names, read_statistic, to_move
from forecast.analysis.ranks import Ranks, ranks
from forecast.analysis.statistic import BreakevenDate, Probability, Statistic, batch_edges, in_batches, standard_error
from forecast.analysis.wording import amount, change, rounded, sentence, table
from forecast.blas import steady
from forecast.cautions import told
from forecast.distributions import Array, Distribution
from forecast.errors import GoalError, Problems
from forecast.fingerprints import Fingerprinted
from forecast.model import CalibratedModel, Parameter
from forecast.notebook import Said, answered, spoken
from forecast.scenario import Scenario
from forecast.simulation.streams import quantiles
from forecast.timeline import Quarter

if TYPE_CHECKING:
    import pandas as pd

SHOWN = 15
"""Parameters in the printed answer; ``to_frame`` has all."""

PART = 0.05
"""By which part of itself a parameter that is a single number is moved."""

HEADING = "the elasticities cannot be answered as asked"
NONE = (float("nan"), float("nan"))


@dataclass(frozen=True, slots=True)
class Response:
    """What a little more of one parameter does; each a number and its Monte Carlo standard error, NaN without meaning.

    ``per_sd``: change of the statistic for one standard deviation more of the parameter; NaN for a single number.
    ``per_percent``: change for 1 % more of it; NaN where its draws are not all on one side of zero.
    ``elasticity``: per cent of the statistic for 1 % of the parameter; also NaN for a probability, and where the
    statistic is not positive beyond its Monte Carlo error. ``ranks`` is the 90 % interval of its place by ``per_sd``.
    """

    parameter: str
    role: str
    per_sd: tuple[float, float]
    per_percent: tuple[float, float]
    elasticity: tuple[float, float]
    ranks: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class Elasticities(Fingerprinted):
    """The responses, the largest per standard deviation first, parameters that are single numbers after them.

    ``base`` is the statistic as it stands and ``error`` its standard error; ``unit`` is ``%`` for a probability.
    """

    statistic: Statistic
    scenario: str
    base: float
    error: float
    step: float
    responses: tuple[Response, ...]
    order: Ranks
    unit: str
    warnings: tuple[str, ...] = ()

    def to_frame(self) -> pd.DataFrame:
        """A row a parameter; every number is followed by its standard error."""
        import pandas as pd

        rows = [
            (one.parameter, one.role, *one.per_sd, *one.per_percent, *one.elasticity, *(one.ranks or (None, None)))
            for one in self.responses
        ]
        columns = ["parameter", "role", "per sd", "error per sd", "per percent", "error per percent"]
        columns += ["elasticity", "error of elasticity", "rank from", "rank to"]
        return pd.DataFrame(rows, columns=columns).set_index("parameter")

    def _said(self) -> list[Said]:
        """The answer in its parts, for printing and for notebooks."""
        scale, points = (100.0, ", points") if self.unit == "%" else (1.0, "")
        rows = [["", "role", f"per +1 sd{points}", f"per +1%{points}", "elasticity", "rank"]]
        for one in self.responses[:SHOWN]:
            numbers = [_told(one.per_sd, scale), _told(one.per_percent, scale), _told(one.elasticity, 1.0)]
            place = "-" if one.ranks is None else " to ".join(str(rank) for rank in dict.fromkeys(one.ranks))
            rows.append([one.parameter, one.role, *numbers, place])
        if all(row[4] == "-" for row in rows[1:]):
            rows = [[*row[:4], row[5]] for row in rows]
        error = f"{100 * self.error:.1f}" if self.unit == "%" else rounded(self.error)
        base = f"{amount(self.base, self.unit)} +- {error}"
        lines: list[Said] = [
            f"{sentence(str(self.statistic))}, scenario '{self.scenario}': {base}",
            table(rows, left=2),
        ]
        if len(self.responses) > SHOWN:
            lines.append(f"  and {len(self.responses) - SHOWN} more")
        lines.append("A little more of each parameter alone; +- is one Monte Carlo standard error.")
        if any(np.isnan(one.per_percent[0]) for one in self.responses[:SHOWN]):
            lines.append("No change per 1% of a parameter that lies on both sides of zero.")
        if self.order.intervals:
            lines.append(str(self.order))
        return lines

    def __str__(self) -> str:
        return spoken([*self._said(), *told(self.warnings)])

    def _repr_html_(self) -> str:
        return answered([*self._said(), *told(self.warnings)])


def _told(pair: tuple[float, float], scale: float) -> str:
    return "-" if np.isnan(pair[0]) else change(scale * pair[0], scale * pair[1], "")


@steady
def elasticities(
    company: CalibratedModel,
    scenario: Scenario,
    *,
    goal: AnyGoal | None = None,
    statistic: Statistic | AnyGoal | None = None,
    vary: Sequence[str] | None = None,
    step: float = 0.25,
    until: str | Quarter | None = None,
    paths: int = 10_000,
    seed: int,
) -> Elasticities:
    """Move each parameter up and down a little on all paths, the others and all other draws as they are.

    ``vary`` names the parameters, of any role; by default all that are not single numbers and reach the statistic. The
    draws of a parameter move together by h = ``step`` in its normal score z: a normal one by h standard deviations, a
    lognormal one by the factor ``exp(h sigma)``; none leaves its domain. Correlated ones stay. With Q the parameter's
    quantile function, x = Q(Phi(z)), and F the statistic:

        x+-         = Q(Phi(z +- h))
        per_sd      = (F(x+) - F(x-)) / (2 h)
        per_percent = 0.01 (F(x+) - F(x-)) / (log mean x+ - log mean x-)
        elasticity  = (log F(x+) - log F(x-)) / (log mean x+ - log mean x-)

    so ``per_sd`` is exact for a linear statistic of a normal parameter, and the elasticity of a power of a
    lognormal one is its exponent for every h. A parameter that is a single number moves by +- 5 % of itself, to one
    side only where the other lies outside its domain.

    Central differences with common random numbers (Glasserman 2003, section 7.1): their bias is h**2 / 6 times the
    third derivative. For a mean the error hardly depends on h; a probability moves by the few paths that cross the
    goal's threshold, a share of about ``2 h |per_sd|``, so that its error is about ``sqrt(|per_sd| / (2 h paths))`` and
    grows as h shrinks. With third derivatives as large as the first, 0.1 to 0.4, and 10,000 paths the mean square of
    both is smallest at ``h**5 = 9 / (2 paths |per_sd|)``, 0.26 to 0.34.
    """
    problems = Problems()
    asked = read_statistic(company, scenario, goal, statistic, until=until, heading=HEADING, problems=problems)
    if isinstance(asked, BreakevenDate):
        problems.add(
            "a date moves in whole quarters and has no slope; ask how its probability moves: "
            "goal=Goal('net_profit', at_least=0, by='2027Q4')."
        )
    if isinstance(step, bool) or not isinstance(step, int | float) or not 0 < step <= 1:
        problems.add(f"step is {step!r}; give a number of standard deviations in (0, 1], as in 0.25.")
    names = read_names(company, vary, problems)
    for name in names or ():
        known = company.parameters.get(name)
        if known is not None and _estimate(known).is_fixed and _estimate(known).median == 0:
            problems.add(f"'{name}' is exactly 0, of which there is no per cent. State it with a distribution.")
    problems.raise_if_any(GoalError, HEADING)
    inquiry = inquire(company, scenario, asked, until=until, paths=paths, seed=seed)
    base = inquiry.numbers()
    found: list[tuple[Response, Array]] = [
        _response(inquiry, company.parameters[name], base, step) for name in to_move(inquiry, names, heading=HEADING)
    ]
    uncertain = [pair for pair in found if not np.isnan(pair[0].per_sd[0])]
    uncertain.sort(key=lambda pair: -abs(pair[0].per_sd[0]))
    single = [response for response, _ in found if np.isnan(response.per_sd[0])]
    single.sort(key=lambda response: -abs(np.nan_to_num(response.per_percent[0])))
    order = Ranks((), 0, float("nan"))
    if uncertain:
        values = np.array([response.per_sd[0] for response, _ in uncertain])
        order = ranks(values, np.array([batches for _, batches in uncertain]), seed=seed)
    ranked = [
        Response(one.parameter, one.role, one.per_sd, one.per_percent, one.elasticity, places)
        for (one, _), places in zip(uncertain, order.intervals, strict=True)
    ]
    return Elasticities(
        asked,
        scenario.name,
        asked.value(base),
        standard_error(in_batches(asked, base)),
        float(step),
        (*ranked, *single),
        order,
        inquiry.unit,
        warnings=company.warnings,
    )


def _response(inquiry: Inquiry, parameter: Parameter, base: Array, step: float) -> tuple[Response, Array]:
    """The response to one parameter, and its change per standard deviation on each batch."""
    statistic, name = inquiry.statistic, parameter.full_name
    down, up = _moved(inquiry, parameter, step)
    lower, upper = inquiry.numbers({name: down}), inquiry.numbers({name: up})
    low, high = statistic.value(lower), statistic.value(upper)
    low_batches, high_batches = in_batches(statistic, lower), in_batches(statistic, upper)
    gap, gaps = high - low, high_batches - low_batches
    fixed = _estimate(parameter).is_fixed
    per_sd = NONE if fixed else (gap / (2 * step), standard_error(gaps) / (2 * step))
    one_side = min(down.min(), up.min()) > 0 or max(down.max(), up.max()) < 0
    growth = float(np.log(up.mean() / down.mean())) if one_side else 0.0
    per_percent = elasticity = NONE
    if growth != 0:
        # the change of the parameter is that of these draws, and varies with them
        moved = _batched(up) / up.mean() - _batched(down) / down.mean()
        per_percent = 0.01 * gap / growth, 0.01 * standard_error(gaps - gap / growth * moved) / abs(growth)
        ends = (low, low_batches), (high, high_batches)
        positive = all(value > 2 * standard_error(batches) and value > 0 for value, batches in ends)
        if positive and not isinstance(statistic, Probability):
            # log F(x+) - log F(x-) varies with the batches as F+ / F(x+) - F- / F(x-) does
            value = float(np.log(high / low)) / growth
            relative = high_batches / high - low_batches / low
            elasticity = value, standard_error(relative - value * moved) / abs(growth)
    return Response(name, parameter.role, per_sd, per_percent, elasticity), gaps / (2 * step)


def _batched(draws: Array) -> Array:
    """Their mean on each batch of the paths, shape (batches,)."""
    edges = batch_edges(len(draws))
    return np.asarray(np.add.reduceat(draws, edges[:-1]) / np.diff(edges))


def _moved(inquiry: Inquiry, parameter: Parameter, step: float) -> tuple[Array, Array]:
    """The parameter's draws a little lower and a little higher, shape (paths,) each."""
    estimate, paths = _estimate(parameter), inquiry.run.draws.paths
    if not estimate.is_fixed:
        scores = inquiry.run.draws.scores(inquiry.run.company)[parameter.full_name]
        return quantiles(estimate, scores - step), quantiles(estimate, scores + step)
    value = estimate.median
    ends = sorted((value * (1 - PART), value * (1 + PART)))
    low, high = (end if parameter.low <= end <= parameter.high else value for end in ends)
    return np.full(paths, low), np.full(paths, high)


def _estimate(parameter: Parameter) -> Distribution:
    assert parameter.estimate is not None
    return parameter.estimate
