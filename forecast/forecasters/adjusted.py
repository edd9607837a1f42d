"""A history made ready for a forecaster: checked, on the scale that is modelled, without its seasonal pattern."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from numpy.typing import ArrayLike

from forecast.distributions import Array
from forecast.forecasters.contract import (
    Choice,
    Forecaster,
    check_history,
    choose_log,
    error_scale,
    is_choice,
    level_of,
    transform,
)
from forecast.forecasters.form import InnovationsForm
from forecast.forecasters.seasonality import Pattern, seasonal_pattern


class Scaled(Forecaster, Protocol):
    """A forecaster that lets its user choose the scale."""

    @property
    def log(self) -> Choice:
        """See ``choose_log``."""
        ...


@dataclass(frozen=True, eq=False)
class Adjusted:
    """What a forecaster sees: ``values`` (n,) are transformed and seasonally adjusted, the rest is how to go back.

    values[t] = z[t] - pattern[t % season]        z: the history or its logs
    ``level``: what the smallest width is relative to (``level_of``).
    """

    values: Array
    pattern: Pattern
    transformation: str
    level: float

    def form(
        self,
        mean: Array,
        *,
        response: Array,
        residuals: Array,
        parameters: float,
        name: str,
        widening: float = 1.0,
        warnings: tuple[str, ...] = (),
    ) -> InnovationsForm:
        """The form of a forecast of the adjusted values: the pattern goes on, the scale is that of ``error_scale``.

        ``parameters`` are those of the forecaster; the pattern's own are added. ``widening`` multiplies the scale.
        """
        parameters = parameters + self.pattern.parameters
        return InnovationsForm(
            mean=mean + self.pattern.over(self.values.size, mean.size),
            response=response,
            scale=widening * error_scale(residuals, parameters=parameters, level=self.level),
            residuals=residuals,
            transformation=self.transformation,
            name=name,
            points=self.values.size,
            warnings=warnings,
        )


def adjust(values: ArrayLike, forecaster: Scaled, *, horizon: int, season: int, seasonal: Choice = False) -> Adjusted:
    """The history as ``forecaster`` wants it: see ``check_history``, ``choose_log`` and ``seasonal_pattern``.

    ``seasonal`` is False for a forecaster that models the season itself.
    """
    name = forecaster.name
    y = check_history(values, horizon=horizon, season=season, name=name, minimum=forecaster.minimum(season))
    log = choose_log(y, season, log=forecaster.log, name=name)
    z, transformation = transform(y, log=log)
    pattern = seasonal_pattern(z, season, seasonal=seasonal)
    return Adjusted(z - pattern.over(0, z.size), pattern, transformation, level_of(y, log=log))


def scale_options(log: Choice, seasonal: Choice) -> dict[str, tuple[object, bool, str]]:
    """What ``check_options`` asks of the two fields ``log`` and ``seasonal`` of a forecaster."""
    must = "True, False or 'auto'"
    return {"log": (log, is_choice(log), must), "seasonal": (seasonal, is_choice(seasonal), must)}
