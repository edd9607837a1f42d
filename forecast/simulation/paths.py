"""The simulation: labelled sample paths by scenario and line, with what made them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from forecast.cautions import gathered, warned
from forecast.distributions import Array
from forecast.errors import SimulationError, did_you_mean, expect
from forecast.lines import Line
from forecast.model import CalibratedModel
from forecast.notebook import listed, tabled
from forecast.scenario import Mixture, Scenario
from forecast.simulation.given import digest_of
from forecast.simulation.outcome import Outcome
from forecast.simulation.quantiles import quantiles_over_paths
from forecast.simulation.weights import effective_paths
from forecast.timeline import Quarter

if TYPE_CHECKING:
    import pandas as pd

    from forecast.simulation.reproducing import Reproduction

LEVELS = (0.1, 0.5, 0.9)


@dataclass(frozen=True, eq=False)
class Simulation:
    """Sample paths of every line under every scenario; path i of two scenarios has the same draws.

    ``series[scenario][line]`` has shape (quarters, paths) and is read-only. Lines that a scenario does not
    reach are the very arrays of the base. ``weights`` (paths,) are the paths' probabilities where views about the
    future were taken in (``condition``); None where all paths count alike. ``views`` says which views, and prints what
    they changed. Quantiles and probabilities use the weights; ``values`` and ``fiscal_years`` give the paths as they
    are, to be averaged with ``weights``. ``given`` holds the
    draws that the user gave.
    """

    company: CalibratedModel
    scenarios: tuple[Scenario | Mixture, ...]
    quarters: tuple[Quarter, ...]
    paths: int
    seed: int
    version: str
    series: Mapping[str, Mapping[str, Array]]
    weights: Array | None = None
    views: Any = None
    sampling: str = "random"
    given: Mapping[str, Array] = field(default_factory=dict)

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the scenarios."""
        return tuple(scenario.name for scenario in self.scenarios)

    @property
    def lines(self) -> tuple[str, ...]:
        """The names of the lines, and of what drivers record as ``line.name``."""
        return tuple(self.series[self.names[0]])

    @property
    def effective_paths(self) -> float:
        """The number of equally weighted paths that the weighted ones are worth, for sampling errors."""
        return effective_paths(self.weights, self.paths)

    @cached_property
    def warnings(self) -> tuple[str, ...]:
        """Those of the company, then what to doubt about the paths (``doubts.doubts``) and about views taken in."""
        from forecast.simulation.doubts import doubts

        of_views = () if self.views is None else self.views.warnings
        return gathered(self.company.warnings, doubts(self), of_views)

    @property
    def fingerprint(self) -> str:
        """A digest of everything that decided the numbers, views included."""
        made: tuple[object, ...] = (
            self.company.fingerprint,
            self.scenarios,
            self.paths,
            self.seed,
            str(self.quarters[-1]),
            self.version,
            *(() if self.sampling == "random" else (self.sampling,)),
        )
        if self.given:
            made += (digest_of(self.given),)
        if self.views is not None:
            made += (self.views.fingerprint,)
        elif self.weights is not None:
            made += (hashlib.sha256(self.weights.tobytes()).hexdigest(),)
        return hashlib.sha256(repr(made).encode()).hexdigest()

    @property
    def checksum(self) -> str:
        """SHA-256 of every number held and of the weights: equal checksums, equal bits."""
        from forecast.simulation.reproducing import checksum_of

        return checksum_of(self.series, self.weights)

    def reproduce(self, *, checksum: str | None = None) -> Reproduction:
        """Run it again and say whether every number is identical; with a ``checksum``, to the run that printed it."""
        from forecast.simulation.reproducing import reproduce

        return reproduce(self, checksum=checksum)

    def line(self, name: str) -> Line:
        """What a line is; recorded numbers are rates."""
        return self.outcome().line(name)

    def outcome(self, scenario: str | None = None) -> Outcome:
        """The paths of one scenario; the first where none is named."""
        scenario = self.names[0] if scenario is None else scenario
        expect(scenario, str, SimulationError, "the scenario", "give its name, as in 'base'")
        if scenario not in self.names:
            raise SimulationError(f"there is no scenario '{scenario}'. {did_you_mean(scenario, self.names)}")
        return Outcome(self.company, self.quarters, self.series[scenario], self.weights)

    def values(self, line: str, scenario: str | None = None, *, over: str = "quarter") -> Array:
        """Paths of a line over a window that ends in each quarter, shape (quarters, paths)."""
        return self.outcome(scenario).values(line, over=over)

    def quantiles(
        self,
        line: str,
        scenario: str | None = None,
        *,
        levels: float | Sequence[float] = LEVELS,
        over: str = "quarter",
    ) -> pd.DataFrame:
        """Quantiles over paths, a row a quarter; of a window, the quantiles of each path's own sum."""
        import pandas as pd

        given: Any = [levels] if isinstance(levels, int | float) else levels
        if isinstance(given, str) or not isinstance(given, Iterable):
            raise SimulationError(f"levels is {given!r}; give a list of numbers, as in [0.1, 0.5, 0.9].")
        levels = list(given)
        bad = [level for level in levels if not (_is_number(level) and 0 < level < 1)]
        if bad:
            raise SimulationError(f"levels {bad} lie outside (0, 1); write 0.1 for the 10 % quantile.")
        values = self.values(line, scenario, over=over)
        kept = [i for i in range(len(values)) if not np.isnan(values[i, 0])]
        table = quantiles_over_paths(values[kept], levels, self.weights) if kept else np.empty((0, len(levels)))
        index = pd.Index([str(self.quarters[i]) for i in kept], name="quarter")
        return pd.DataFrame(table, index=index, columns=pd.Index(list(levels), name="quantile"))

    def probability(
        self,
        line: str,
        scenario: str | None = None,
        *,
        at_least: float | None = None,
        at_most: float | None = None,
        over: str = "quarter",
    ) -> pd.Series[float]:
        """Share of paths on which a line is at least, or at most, a number, a row a quarter."""
        import pandas as pd

        values = self.values(line, scenario, over=over)
        for name, bound in (("at_least", at_least), ("at_most", at_most)):
            if bound is not None and not _is_number(bound):
                raise SimulationError(f"{name} is {bound!r}; give a number.")
        if at_least is not None and at_most is None:
            met = values >= at_least
        elif at_most is not None and at_least is None:
            met = values <= at_most
        else:
            raise SimulationError("give one of at_least and at_most.")
        share = np.where(np.isnan(values[:, 0]), np.nan, np.average(met, axis=1, weights=self.weights))
        index = pd.Index([str(quarter) for quarter in self.quarters], name="quarter")
        return pd.Series(share, index=index, name=line).dropna()

    def fiscal_years(self, line: str, scenario: str | None = None) -> pd.DataFrame:
        """Paths by fiscal year, a row a complete year: a flow summed (with the reported quarters of the
        first year), a stock at its end. The paths as they are: where there are ``weights``, average with them.
        """
        import pandas as pd

        values = self.values(line, scenario, over="fiscal_year")
        kept = [i for i, quarter in enumerate(self.quarters) if quarter.number == 4]
        index = pd.Index([self.quarters[i].year for i in kept], name="fiscal_year")
        return pd.DataFrame(values[kept], index=index, columns=pd.RangeIndex(self.paths, name="path"))

    def to_frame(self, lines: Iterable[str] | None = None, *, levels: Sequence[float] = LEVELS) -> pd.DataFrame:
        """Tidy quantiles: a row a scenario, line and quarter."""
        import pandas as pd

        lines = [lines] if isinstance(lines, str) else lines
        tables = []
        for scenario in self.names:
            for line in [line for line in self.lines if "." not in line] if lines is None else lines:
                table = self.quantiles(line, scenario, levels=levels)
                tables.append(table.assign(scenario=scenario, line=line).reset_index())
        columns = ["scenario", "line", "quarter", *levels]
        return pd.concat(tables, ignore_index=True)[columns] if tables else pd.DataFrame(columns=columns)

    def to_xarray(self, lines: Iterable[str] | None = None) -> Any:
        """An xarray Dataset with dimensions scenario, quarter and path (needs xarray, extra 'frames').

        Where paths are weighted, ``weight`` is a coordinate by path: ``data.weighted(data.weight).mean("path")``.
        """
        try:
            import xarray
        except ImportError:
            raise SimulationError(
                "to_xarray needs xarray. Install it: pip install 'forecast-scenarios[frames]'."
            ) from None
        chosen = self.lines if lines is None else tuple(lines)
        for line in chosen:
            self.line(line)
        data = {
            line: (
                ("scenario", "quarter", "path"),
                np.stack([self.series[name][line] for name in self.names]),
            )
            for line in chosen
        }
        coordinates: dict[str, Any] = {
            "scenario": list(self.names),
            "quarter": [str(quarter) for quarter in self.quarters],
        }
        if self.weights is not None:
            coordinates["weight"] = ("path", self.weights)
        made = {"seed": self.seed, "version": self.version}
        attributes = {**made, "fingerprint": self.fingerprint, "checksum": self.checksum}
        return xarray.Dataset(data, coords=coordinates, attrs=attributes)

    def to_excel(self, path: str | Path, lines: Iterable[str] | None = None) -> Path:
        """Write the quantiles of every scenario as a workbook of numbers; the same as ``write_results``."""
        write_results: Any
        if not TYPE_CHECKING:  # the one import upwards (pyproject.toml); type checkers go round in circles
            from forecast.reporting.workbook import write_results

        written: Path = write_results(path, self, lines)
        return written

    def __repr__(self) -> str:
        worth = "" if self.weights is None else f" worth {self.effective_paths:.0f}"
        lines = sum("." not in line for line in self.lines)
        what = f"{len(self.names)} scenarios, {lines} lines, {self.paths} paths{worth}"
        return f"Simulation({what}, {self.quarters[0]} to {self.quarters[-1]}, seed {self.seed})"

    def __str__(self) -> str:
        return warned(repr(self), self.warnings)

    def _repr_html_(self) -> str:
        """The median and the 80 % interval of every line in the last quarter, a column a scenario."""
        lines = [line for line in self.lines if "." not in line] or self.lines
        rows = ((line, *(self._at_the_end(line, name) for name in self.names)) for line in lines)
        heading = f"{self!r}. In {self.quarters[-1]}: the median, and 10 % to 90 % below it"
        table = tabled(heading, ["line", *self.names], rows, words=False)
        return table + (listed("Warnings:", self.warnings) if self.warnings else "")

    def _at_the_end(self, line: str, scenario: str) -> str:
        """Quantiles of the last quarter in words; '-' where the scenario has no such number."""
        values = self.series[scenario].get(line)
        if values is None or np.isnan(values[-1]).any():
            return "-"
        low, middle, high = quantiles_over_paths(values[-1:], LEVELS, self.weights)[0]
        return f"{middle:,.4g}\n{low:,.4g} to {high:,.4g}"


def _is_number(value: object) -> bool:
    """A number that is one: neither NaN nor a truth value."""
    return isinstance(value, int | float | np.integer | np.floating) and not isinstance(value, bool) and value == value
