"""Trend: a line that goes on as its own history suggests, by a forecaster."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from forecast import forecasters
from forecast.dimensions import Dimension
from forecast.distributions import Array
from forecast.drivers.stating import history_of, line_of, settle, unbroken, widening
from forecast.errors import CalibrationError, HistoryTooShortError, ModelError, Problems
from forecast.forecasters import Combination, Forecaster, InnovationsForm
from forecast.lines import Identity, Line
from forecast.model import Fit, Noise, Now, Parameter, Past, Units, check_shared
from forecast.specification import from_spec
from forecast.timeline import Quarter

FORECASTERS = (
    "ARIMA",
    "AveragedSmoothing",
    "Combination",
    "ETS",
    "MovingAverage",
    "ProphetForecaster",
    "RandomWalk",
    "ReferenceGrowth",
    "Regression",
    "SeasonalNaive",
    "Structural",
    "Theta",
)
"""The forecasters that a file may name."""

FEWEST = 4
"""Quarters that the default forecaster gets here: with fewer, a line's season and size are guesses; state them."""


@dataclass(frozen=True, slots=True)
class Trend:
    """Joint sample paths of a forecaster fitted to the line's own history.

    line = paths of the innovations form, driven by the errors                         [unit of the line]

    with the form of the forecaster (forecast/forecasters/form.py), widened twice: quarters that
    the history only estimates look smoother than they were (``widening``), and the last one, from which the
    paths start, has a standard error e of its own: ``spread**2 + e**2`` at every horizon. ``since`` leaves out
    older quarters.

    With ``of``, another line that has been above 0, the forecaster is fitted to their ratio:

    line = of * paths of the form of (line / of)

    as for a profit by its margin, which on companies' quarters was better than profit by itself
    (benchmarks/results/whole_model.md). Quarters that either line lacks end the history. With the ``unit``
    "million a year" the line is a stock: an annualised figure; any other may be named as well ("people").
    """

    line: str
    forecaster: Any = None
    since: str | None = None
    of: str | None = None
    currency: str | None = None
    shared: Mapping[str, float] | tuple[tuple[str, float], ...] = ()
    unit: str | None = None

    def __post_init__(self) -> None:
        settle(self)
        if self.since is not None:
            object.__setattr__(self, "since", str(Quarter.parse(self.since)))
        chosen = self.forecaster
        if isinstance(chosen, Mapping):
            problems = Problems()
            chosen = _read_forecaster(chosen, "forecaster", problems)
            problems.raise_if_any(ModelError, f"the forecaster of the Trend '{self.line}' cannot be read")
            object.__setattr__(self, "forecaster", chosen)
        usable = hasattr(chosen, "fit") and hasattr(chosen, "minimum") and not isinstance(chosen, type)
        if chosen is not None and not usable:
            raise ModelError(f"the Trend '{self.line}' has {chosen!r} as forecaster; pass an object such as ETS().")

    def describe(self) -> Line:
        """A flow; a stock where the unit is "a year"."""
        return line_of(self, "flow")

    def parameters(self) -> tuple[Parameter, ...]:
        """None: shock the line itself."""
        return ()

    def reads(self) -> tuple[tuple[str, int], ...]:
        """Nothing but its history, and the line that it is a share of."""
        return () if self.of is None else ((self.of, 0),)

    def noises(self) -> tuple[Noise, ...]:
        """The one-step errors."""
        return (Noise("error", shared=check_shared(self.shared)),)

    def records(self) -> tuple[str, ...]:
        """Nothing."""
        return ()

    def last(self, own: Mapping[str, Array]) -> Array | None:
        """What the history says."""
        return None

    def identity(self) -> Identity | None:
        """None."""
        return None

    def measures(self, units: Units) -> Dimension:
        """As described; with ``of`` a share of a line in the same currency and unit."""
        return units.described if self.of is None else units.share("Trend", self.of)

    def calibrate(self, past: Past) -> Fit:
        """Fit the forecaster, and widen it by what the history could not see."""
        chosen: Forecaster = self.forecaster or Combination()
        fewest = FEWEST if self.forecaster is None else chosen.minimum(4)
        values = history_of(self, past, fewest)
        history = past.history
        assert history is not None
        if self.since is not None:
            values = values[-max(history.last - Quarter.parse(self.since) + 1, 1) :]
        if len(values) < fewest:
            raise HistoryTooShortError(
                f"'{self.line}' (Trend) needs {fewest} quarters in a row up to {history.last}; since "
                f"{self.since} there are {len(values)}. Let 'since' begin earlier, or use another driver."
            )
        base = np.ones(1) if self.of is None else self._base(past, values.size, fewest)
        values = values[-base.size :] / base if self.of is not None else values
        form = chosen.fit(values, horizon=past.horizon, season=4)
        form = form.scaled(widening(history, self.line, len(values)))
        origin = history.errors(self.line)[-1] / base[-1] / (values[-1] if form.transformation == "log" else 1.0)
        form = form.scaled(np.sqrt(1 + (origin / form.spread()) ** 2))
        surprises = tuple(map(float, form.standardised_residuals))
        return Fit(payload=form, surprises=surprises, note=f"{form.name}, {form.points} quarters")

    def _base(self, past: Past, quarters: int, fewest: int) -> Array:
        """The last known values of ``of``, at most ``quarters``; refused where they are too few or not above 0."""
        assert past.history is not None
        assert self.of is not None
        base = unbroken(past.history, self.of)[-quarters:]
        if base.size < fewest:
            raise HistoryTooShortError(
                f"'{self.line}' (Trend) needs {fewest} quarters in a row of '{self.of}' up to {past.history.last}; "
                f"there are {base.size}. Add facts for it, or leave 'of' out."
            )
        if not np.all(base > 0):
            raise CalibrationError(
                f"'{self.line}' (Trend) is a share of '{self.of}', which was {base.min():g}; "
                "a share needs a line above 0."
            )
        return base

    def step(self, now: Now) -> Array:
        """One quarter on; the paths are one matrix product, made in the first quarter."""
        paths = now.recall("paths")
        if paths is None:
            form: InnovationsForm = now.fit.payload
            errors = now.errors()
            paths = form.until(len(errors)).paths(errors)
        now.keep("paths", paths)
        row: Array = paths[now.step]
        return row if self.of is None else row * now.value(self.of)


def _read_forecaster(spec: Any, what: str, problems: Problems) -> Any:
    """A forecaster from ``{Name: {field: value}}``; the members of a combination are read in turn."""
    catalogue = {name: getattr(forecasters, name) for name in FORECASTERS}
    if isinstance(spec, Mapping) and isinstance(spec.get("Combination"), Mapping):
        fields = dict(spec["Combination"])
        members = fields.get("members")
        if isinstance(members, list):
            fields["members"] = tuple(_read_forecaster(member, what, problems) for member in members)
        if problems.found:
            return None
        spec = {"Combination": fields}
    return from_spec(spec, catalogue, what, problems)
