"""A summary: what very many paths of one scenario say, without ever holding them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from forecast.analysis.chunks import Chunks, counted_rows, sizes_of
from forecast.analysis.goal import Goal
from forecast.analysis.goals import Goals
from forecast.analysis.histogram import Histogram, edges_of
from forecast.analysis.sampling import share_interval
from forecast.analysis.statistic import Probability, standard_error
from forecast.blas import steady
from forecast.cautions import told
from forecast.distributions import Array
from forecast.errors import GoalError, Problems, did_you_mean, expect
from forecast.fingerprints import Fingerprinted
from forecast.model import CalibratedModel
from forecast.notebook import Laid, Said, answered, spoken
from forecast.pace import Pace, Tell
from forecast.scenario import Scenario
from forecast.simulation import WINDOWS, check_scenarios, horizon_of
from forecast.simulation.threads import available, each_in_order
from forecast.timeline import Quarter

if TYPE_CHECKING:
    import pandas as pd

LEVELS = (0.01, 0.05, 0.1, 0.5, 0.9, 0.95, 0.99)

MOST_THREADS = 4
"""Threads by default, at most: each holds a chunk."""


@dataclass(frozen=True, eq=False, slots=True)
class Spread:
    """One line over one window: ``means`` and ``variances`` (chunks, rows) of each chunk, and the histogram.

    A row is a quarter. ``drawn`` says that paths are independent of each other, as a Latin hypercube's are not.
    """

    quarters: tuple[str, ...]
    sizes: NDArray[np.int64]
    means: Array
    variances: Array
    histogram: Histogram
    drawn: bool

    def mean(self) -> Array:
        """Mean over all paths, shape (rows,)."""
        return np.asarray(np.average(self.means, axis=0, weights=self.sizes))

    def mean_error(self) -> Array:
        """Its standard error: of independent paths sqrt(variance / paths), the variance that within and between chunks.

        Of a Latin hypercube from the spread of the chunks, which are independent; NaN where there is one.
        """
        if not self.drawn:
            return np.array([standard_error(column) for column in self.means.T])
        between = (self.means - self.mean()) ** 2
        paths = self.sizes.sum()
        variance = np.average(self.variances + between, axis=0, weights=self.sizes)
        return np.asarray(np.sqrt(variance / max(paths - 1, 1)))

    def quantile_errors(self, levels: Array) -> Array:
        """Standard errors of quantiles, shape (rows, levels): half of Q(p + s) - Q(p - s), s = sqrt(p (1 - p) / n)."""
        reach = np.sqrt(levels * (1 - levels) / self.sizes.sum())
        above = self.histogram.quantiles(np.minimum(levels + reach, 1.0))
        return np.asarray((above - self.histogram.quantiles(np.maximum(levels - reach, 0.0))) / 2)


@dataclass(frozen=True, eq=False)
class Summary(Fingerprinted):
    """What was asked of ``paths`` paths of one scenario; ``spreads`` by line and window, ``shares`` by goal.

    Quantiles come from histograms with exact counts: ``bounds`` says how far they can be from the exact ones,
    ``errors`` how far those are from the truth for want of still more paths.
    """

    scenario: str
    paths: int
    seed: int
    sampling: str
    spreads: Mapping[tuple[str, str], Spread]
    shares: Mapping[str, tuple[Probability, float]]
    warnings: tuple[str, ...] = ()

    def quantiles(self, line: str, *, levels: Sequence[float] = LEVELS, over: str = "quarter") -> pd.DataFrame:
        """Quantiles of a line, a row a quarter, a column a level."""
        spread, wanted = self._spread(line, over), _as_levels(levels)
        return _table(spread.histogram.quantiles(wanted), spread, levels)

    def bounds(self, line: str, *, levels: Sequence[float] = LEVELS, over: str = "quarter") -> pd.DataFrame:
        """The most that each quantile can differ from the exact one of these very paths."""
        spread, wanted = self._spread(line, over), _as_levels(levels)
        return _table(spread.histogram.bounds(wanted), spread, levels)

    def errors(self, line: str, *, levels: Sequence[float] = LEVELS, over: str = "quarter") -> pd.DataFrame:
        """The standard error of each quantile, that of so many independent paths."""
        spread, wanted = self._spread(line, over), _as_levels(levels)
        return _table(spread.quantile_errors(wanted), spread, levels)

    def mean(self, line: str, *, over: str = "quarter") -> pd.DataFrame:
        """Mean and its standard error, a row a quarter."""
        import pandas as pd

        spread = self._spread(line, over)
        index = pd.Index(spread.quarters, name="quarter")
        return pd.DataFrame({"mean": spread.mean(), "error": spread.mean_error()}, index=index)

    def probability(self, goal: str | Goal | Goals) -> float:
        """The share of paths that reach a goal by its date."""
        return self._share(goal)

    def interval(self, goal: str | Goal | Goals, *, level: float = 0.95) -> tuple[float, float]:
        """The sampling error of that probability (Wilson)."""
        return share_interval(self._share(goal), self.paths, level)

    def to_frame(self, *, levels: Sequence[float] = LEVELS) -> pd.DataFrame:
        """Tidy: a row a line, window and quarter, with its mean and quantiles."""
        import pandas as pd

        tables = []
        for (line, over), spread in self.spreads.items():
            table = self.quantiles(line, levels=levels, over=over).reset_index()
            table.insert(0, "line", line)
            table.insert(1, "over", over)
            table.insert(3, "mean", spread.mean())
            tables.append(table)
        columns = ["line", "over", "quarter", "mean", *levels]
        return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame(columns=columns)

    def _said(self) -> list[Said]:
        """The answer in its parts, for printing and for notebooks."""
        lines: list[Said] = [f"{self.paths:,} paths of '{self.scenario}', seed {self.seed}"]
        told, rows = [], [("goal", "probability", "95 % sampling error")]
        for name, (_, share) in self.shares.items():
            low, high = share_interval(share, self.paths)
            told.append(f"  {name}: {share:.2%} (95 % sampling error {low:.2%} to {high:.2%})")
            rows.append((name, f"{share:.2%}", f"{low:.2%} to {high:.2%}"))
        if told:
            lines.append(Laid("\n".join(told), rows))
        told, quantiles = [], [("line", "window", "10 %", "50 %", "90 %", "standard errors up to")]
        for (line, over), spread in self.spreads.items():
            levels = np.array([0.1, 0.5, 0.9])
            low, middle, high = spread.histogram.quantiles(levels)[-1]
            error = spread.quantile_errors(levels)[-1].max()
            window = "in" if over == "quarter" else f"over the {over.replace('_', ' ')} to"
            told.append(
                f"  {line} {window} {spread.quarters[-1]}: {low:,.4g} to {high:,.4g} (80 %), median {middle:,.4g}; "
                f"standard errors up to {error:.2g}"
            )
            ends = (f"{low:,.4g}", f"{middle:,.4g}", f"{high:,.4g}")
            quantiles.append((line, f"{window} {spread.quarters[-1]}", *ends, f"{error:.2g}"))
        if told:
            lines.append(Laid("\n".join(told), quantiles))
        return lines

    def __str__(self) -> str:
        return spoken([*self._said(), *told(self.warnings)])

    def _repr_html_(self) -> str:
        return answered([*self._said(), *told(self.warnings)])

    def _spread(self, line: str, over: str) -> Spread:
        if (line, over) not in self.spreads:
            known = ", ".join(f"{name} over {window}" for name, window in self.spreads)
            raise GoalError(
                f"'{line}' over {over} was not summarised; ask for it beforehand: "
                f"summarise(..., lines={{'{line}': '{over}'}}). Summarised: {known or 'nothing'}."
            )
        return self.spreads[line, over]

    def _share(self, goal: str | Goal | Goals) -> float:
        wanted = str(goal) if isinstance(goal, str) else str(Probability(goal))
        same = [share for name, (told, share) in self.shares.items() if wanted in (name, str(told))]
        if not same:
            raise GoalError(f"there is no goal '{wanted}'. {did_you_mean(wanted, self.shares)}")
        return same[0]


COUNTING = "counting paths"


@steady
def summarise(
    company: CalibratedModel,
    scenario: Scenario,
    *,
    lines: Sequence[str] | Mapping[str, str | Sequence[str]] = (),
    goals: Goal | Goals | Sequence[Goal | Goals] | Mapping[str, Goal | Goals] = (),
    until: str | Quarter,
    paths: int = 1_000_000,
    seed: int,
    sampling: str = "random",
    threads: int | None = None,
    progress: Tell | None = None,
) -> Summary:
    """Means, quantiles and probabilities of very many paths of one scenario, in the memory of a few chunks.

    ``lines`` names what to summarise, each over its quarters or over the windows given: ``{"net_profit":
    ("quarter", "trailing_year"), "cash": "quarter"}``; ``goals`` the goals, or several by names of yours. Paths are
    computed in chunks of at most 10,000 (``chunks.CHUNK``): the streams of chunk k > 0 have ``chunk/k/`` before their
    names, those of the first are those of ``simulate``, which has the same paths where one chunk is enough. Each chunk
    is counted into histograms with edges from the first, and let go. With a Latin hypercube each chunk is one.
    ``threads`` (all processors, at most 4, by default) compute chunks at once; their number does not change a bit.
    ``progress`` is called with the share that is done and what is being done, after each chunk.
    """
    quarters = horizon_of(company, until, paths, seed)
    expect(scenario, Scenario, GoalError, "the scenario", "pass one, as in Scenario('base') or scenarios['base']")
    asked, wanted = _asked(lines), _wanted(goals)
    _check(company, asked, wanted, quarters, threads)
    check_scenarios(company, [scenario], quarters)
    sizes = sizes_of(paths)
    chunks = Chunks(company, scenario, quarters, tuple(asked), tuple(wanted.values()), sizes, seed, sampling)
    pace = Pace(progress, {COUNTING: len(sizes)})
    pace.begin(COUNTING)
    rows, reached = chunks.computed(0)
    edges = [edges_of(values) for values in rows]
    found = [counted_rows(rows, edges)]
    total = [histogram for _, histogram in found[0]]
    crew = min(available(), MOST_THREADS) if threads is None else threads
    moments = [[each for each, _ in found[0]]]
    pace.step()
    for more, shares in each_in_order(lambda k: chunks.counted(k, edges), range(1, len(sizes)), crew):
        reached = [before + new for before, new in zip(reached, shares, strict=True)]
        total = [before.merged(new) for before, (_, new) in zip(total, more, strict=True)]
        moments.append([each for each, _ in more])
        pace.step()
    spreads = {
        (line, over): Spread(
            _ends(over, quarters),
            sizes,
            np.array([each[place][0] for each in moments]),
            np.array([each[place][1] for each in moments]),
            total[place],
            sampling == "random",
        )
        for place, (line, over) in enumerate(asked)
    }
    counts = zip(wanted.items(), reached, strict=True)
    shared = {name: (probability, count / paths) for (name, probability), count in counts}
    return Summary(
        scenario.name,
        paths,
        seed,
        sampling,
        MappingProxyType(spreads),
        MappingProxyType(shared),
        warnings=company.warnings,
    )


def _ends(over: str, quarters: tuple[Quarter, ...]) -> tuple[str, ...]:
    """The quarters in which a window ends."""
    return tuple(str(quarter) for quarter in quarters if over != "fiscal_year" or quarter.number == 4)


def _asked(lines: Sequence[str] | Mapping[str, str | Sequence[str]]) -> list[tuple[str, str]]:
    """Lines with windows, each once, in the order given."""
    if isinstance(lines, str):
        lines = [lines]
    if not isinstance(lines, Iterable) or any(
        not isinstance(several, Iterable) for several in (lines.values() if isinstance(lines, Mapping) else ())
    ):
        raise GoalError(
            f"lines is {lines!r}; name them, as in ['net_profit'], or with windows: {{'net_profit': 'trailing_year'}}."
        )
    windows = lines if isinstance(lines, Mapping) else dict.fromkeys(lines, "quarter")
    pairs = [(line, over) for line, several in windows.items() for over in _each(several)]
    return list(dict.fromkeys(pairs))


def _each(windows: str | Sequence[str]) -> tuple[str, ...]:
    return (windows,) if isinstance(windows, str) else tuple(windows)


def _wanted(goals: Goal | Goals | Sequence[Goal | Goals] | Mapping[str, Goal | Goals]) -> dict[str, Probability]:
    """The probability of each goal by its name: the given one, else what it says of itself."""
    if isinstance(goals, Mapping):
        return {str(name): Probability(goal) for name, goal in goals.items()}
    several = [goals] if isinstance(goals, Goal | Goals) else goals
    return {str(probability): probability for probability in (Probability(goal) for goal in several)}


def _check(
    company: CalibratedModel,
    asked: list[tuple[str, str]],
    wanted: Mapping[str, Probability],
    quarters: tuple[Quarter, ...],
    threads: object,
) -> None:
    """Refuse what nobody computes, all at once."""
    problems = Problems()
    if not asked and not wanted:
        problems.add("nothing is asked; give lines=['net_profit'] or goals=fc.Goal('net_profit', at_least=0).")
    for line, over in asked:
        if line.split(".")[0] not in company.model.lines:
            problems.add(f"there is no line '{line}'. {did_you_mean(line, company.model.lines)}")
        if over not in WINDOWS:
            problems.add(f"'{line}' is asked over {over!r}; use one of {', '.join(WINDOWS)}.")
        elif not _ends(over, quarters):
            problems.add(f"'{line}' is asked over {over!r}, of which none ends by {quarters[-1]}. Simulate longer.")
    for name, probability in wanted.items():
        for line in probability.lines:
            if line not in company.model.lines:
                problems.add(f"'{name}' looks at '{line}'. {did_you_mean(line, company.model.lines)}")
        if probability.last is not None and Quarter.parse(probability.last) not in quarters:
            problems.add(f"'{name}' looks at {probability.last}, outside {quarters[0]} to {quarters[-1]}.")
    if threads is not None and (isinstance(threads, bool) or not isinstance(threads, int) or threads < 1):
        problems.add(f"threads is {threads!r}; give a whole number from 1 on, or None.")
    problems.raise_if_any(GoalError, "the summary cannot be made as asked")


def _as_levels(levels: Sequence[float]) -> Array:
    bad = [level for level in levels if not 0 < level < 1]
    if bad:
        raise GoalError(f"levels {bad} lie outside (0, 1); write 0.1 for the 10 % quantile.")
    return np.asarray(levels, dtype=float)


def _table(numbers: Array, spread: Spread, levels: Sequence[float]) -> pd.DataFrame:
    import pandas as pd

    index = pd.Index(spread.quarters, name="quarter")
    return pd.DataFrame(numbers, index=index, columns=pd.Index(list(levels), name="quantile"))
