"""What a forecaster is, and the checks and scales that all of them share."""

from __future__ import annotations

from typing import Literal, Protocol, TypeAlias, runtime_checkable

import numpy as np
from numpy.typing import ArrayLike

from forecast.distributions import Array
from forecast.errors import CalibrationError, HistoryTooShortError, ModelError, Problems
from forecast.forecasters.form import InnovationsForm
from forecast.magnitude import CURE, cleaned, too_large

Choice: TypeAlias = bool | Literal["auto"]
"""True, False, or ``"auto"``: decided from the history by a rule that the forecaster states."""

SMALLEST_SCALE = 1e-3
"""Smallest one-step standard deviation, relative to the level: a reported figure is never known better."""


ERRATIC = 0.25
"""Median absolute deviation of log growth above which values are not modelled as logs (a factor of 1.28)."""

COLLAPSE = 1.5
"""Largest deviation of log growth from its median that is still modelled as logs (a factor of 4.5)."""


@runtime_checkable
class Forecaster(Protocol):
    """Turns a history into an innovations form. A frozen dataclass whose fields are plain values.

    Fields are numbers, strings, booleans or tuples of forecasters, so that a forecaster can be written to
    YAML as ``{ClassName: {field: value}}``. A forecaster draws no random numbers and keeps no state.
    """

    @property
    def name(self) -> str:
        """What it is called in results and errors."""
        ...

    def minimum(self, season: int) -> int:
        """Fewest observations it can be fitted to, with ``season`` periods a year."""
        ...

    def fit(self, values: Array, *, horizon: int, season: int) -> InnovationsForm:
        """Fit to ``values`` (n,), oldest first, and forecast the ``horizon`` periods that follow.

        ``season`` is the number of periods a year: 4 for quarters, 1 for years.
        """
        ...


def check_history(values: ArrayLike, *, horizon: int, season: int, name: str, minimum: int) -> Array:
    """The history as floats (n,), or one error with everything that is wrong with it.

    Refused: another shape than (n,), NaN, infinite and absurdly large values (named by position, 0 is the oldest),
    fewer than ``minimum`` values (HistoryTooShortError), a horizon or season that is not a whole number from 1. Values
    below ``magnitude.SMALLEST`` count as 0.
    """
    problems = Problems()
    y: Array = cleaned(values)
    too_short = False
    if y.ndim != 1:
        problems.add(f"the history has the shape {y.shape}; give one value a period, shape (n,).")
    else:
        wrong = np.flatnonzero(~np.isfinite(y))
        if wrong.size:
            shown = ", ".join(str(i) for i in wrong[:8]) + (", ..." if wrong.size > 8 else "")
            problems.add(
                f"{wrong.size} of {y.size} values are missing or infinite, at position {shown}; "
                "fill them or start the history after them."
            )
        if np.any(too_large(y)):
            where = int(np.argmax(too_large(y)))
            problems.add(f"the value at position {where} is {y[where]:g}; {CURE}.")
        if y.size < minimum:
            too_short = True
            problems.add(
                f"{name} needs {minimum} observations and saw {y.size}; give a longer history or another forecaster."
            )
    for word, number in (("horizon", horizon), ("season", season)):
        if isinstance(number, bool) or not isinstance(number, int | np.integer) or number < 1:
            problems.add(f"{word} is {number!r}; it must be a whole number from 1.")
    error = HistoryTooShortError if too_short else CalibrationError
    problems.raise_if_any(error, f"{name} cannot be fitted:")
    return y


def check_options(name: str, requirements: dict[str, tuple[object, bool, str]]) -> None:
    """Refuse a forecaster whose fields make no sense: ``{field: (value, is it fine, what it must be)}``."""
    problems = Problems()
    for field, (value, fine, must) in requirements.items():
        if not fine:
            problems.add(f"{field} is {value!r}; it must be {must}.")
    problems.raise_if_any(ModelError, f"{name} cannot be made:")


def is_choice(value: object) -> bool:
    """Whether ``value`` is True, False or ``"auto"``."""
    return isinstance(value, bool) or value == "auto"


def choose_log(values: Array, season: int, *, log: Choice, name: str) -> bool:
    """Whether to model logs. ``"auto"``: when all values are positive and their growth is not erratic.

    Not erratic: the growth rates g[t] = log(y[t] / y[t - lag]), with a ``lag`` of one year where there are two
    years, else one period, have absolute deviations from their median whose median is at most ``ERRATIC`` and
    whose largest is at most ``COLLAPSE``. Steady growth passes however fast it is; values that come near zero
    (profits, small items) stay on their own scale, where a walk on logs would explode. ``log=True`` with a value
    at or below 0 is refused.
    """
    positive = bool(np.all(values > 0))
    if log == "auto":
        if not positive:
            return False
        lag = season if values.size >= 2 * season else 1
        growth = np.log(values[lag:] / values[:-lag])
        deviation = np.abs(growth - np.median(growth))
        return bool(np.median(deviation) <= ERRATIC and np.max(deviation) <= COLLAPSE)
    if log and not positive:
        where = int(np.argmin(values > 0))
        raise CalibrationError(
            f"{name} was asked for logs, but the value at position {where} is {values[where]:g}. "
            "Use log='auto' or log=False."
        )
    return bool(log)


def transform(values: Array, *, log: bool) -> tuple[Array, str]:
    """The values on the scale that is modelled, and the name of the transformation."""
    return (np.log(values), "log") if log else (values, "identity")


def error_scale(residuals: Array, *, parameters: float, level: float) -> float:
    """Standard deviation of one-step errors, honest about few observations.

    scale = sqrt(sum(residuals**2) / v) * t(0.9; v) / z(0.9),        v = max(n - parameters, 1)

    The division by the degrees of freedom ``v`` removes the bias of a fit; the ratio of Student's to normal
    quantiles (1.12 at v = 6, 1.03 at v = 24) gives the central 80 % interval of *normal* errors the width of
    the t interval that an estimated variance calls for. Never below ``SMALLEST_SCALE * level`` (``level`` is
    1 on the log scale, else the root mean square of the values), so that no interval has zero width; a
    history of zeros gets 1e-12.
    """
    freedom = max(residuals.size - parameters, 1.0)
    scale = small_sample_widening(freedom) * float(np.sqrt(np.sum(residuals**2) / freedom))
    return max(scale, smallest_scale(level))


def small_sample_widening(freedom: float) -> float:
    """Student's 90 % quantile at ``freedom`` degrees of freedom, relative to the normal one: 1.12 at 6."""
    from scipy.special import ndtri, stdtrit

    return float(stdtrit(freedom, 0.9) / ndtri(0.9))


def smallest_scale(level: float) -> float:
    """The width that no forecast goes below: ``SMALLEST_SCALE * level``, at least 1e-12."""
    return max(SMALLEST_SCALE * level, 1e-12)


def level_of(values: Array, *, log: bool) -> float:
    """What ``SMALLEST_SCALE`` is relative to: 1 for logs, else the root mean square of the values."""
    return 1.0 if log else float(np.sqrt(np.mean(values**2)))
