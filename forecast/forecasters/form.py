"""The innovations form: what every forecaster reduces to, and the paths and quantiles that follow from it."""

from __future__ import annotations

from dataclasses import dataclass, fields
from dataclasses import replace as replace_field

import numpy as np
from numpy.typing import ArrayLike

from forecast.distributions import Array
from forecast.errors import CalibrationError, Problems, SimulationError
from forecast.forecasters.tails import HEAVIEST, REACH, stretch, unstretch
from forecast.magnitude import OVERFLOW

LOG_OVERFLOW = float(np.log(OVERFLOW))

TRANSFORMATIONS = ("identity", "log")
"""The scales on which a form may be linear."""


@dataclass(frozen=True, eq=False)
class InnovationsForm:
    """A forecast that is linear in its future one-step errors, on a transformed scale.

    x[h] = sum(response[h, j] * scale * e[j], j <= h) / spread[h]
    z[h] = mean[h] + spread[h] * stretch(x[h], tail)                    y[h] = inverse(z[h])

    with independent errors ``e`` of mean 0 and variance 1. ``h`` counts from 0, one step ahead. Without a tail this is
    z = mean + response @ (scale * e).

    - ``mean`` (H,): point forecast on the transformed scale; for ``log`` the log of the median.
    - ``response`` (H, H): lower triangular; ``response[h, j]`` says how much an error at step ``j`` moves
      step ``h``. The diagonal is 1 unless it was estimated from multi-step errors or scaled.
    - ``scale``: standard deviation of one-step errors on the transformed scale, already widened for the
      parameters estimated; above 0.
    - ``residuals`` (n,): one-step errors on the transformed scale. The last one belongs to the last
      observation; the first observations may have none, so that ``n <= points``.
    - ``transformation``: ``identity`` (y = z, same unit as the data) or ``log`` (y = exp(z)).
    - ``name``: the forecaster as fitted; ``points``: observations used.
    - ``warnings``: what went wrong in the fit and what was done about it, as sentences.
    - ``tail``: how much heavier than normal the tails of each step are (``stretch``), 0 (normal) to ``HEAVIEST``.

    Source: Hyndman, Koehler, Ord and Snyder 2008, eq. 3.4 and 6.1 (linear innovations state space models).
    """

    mean: Array
    response: Array
    scale: float
    residuals: Array
    transformation: str
    name: str
    points: int
    tail: float = 0.0
    warnings: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for name in ("mean", "response", "residuals"):
            array = np.array(getattr(self, name), dtype=float)
            array.setflags(write=False)
            object.__setattr__(self, name, array)
        object.__setattr__(self, "scale", float(self.scale))
        self._check()

    def _check(self) -> None:
        problems = Problems()
        steps = self.mean.size
        if self.mean.ndim != 1 or steps < 1:
            problems.add(f"mean has the shape {self.mean.shape}; it must be (horizon,) with horizon >= 1.")
        if self.response.shape != (steps, steps):
            problems.add(f"response has the shape {self.response.shape}; it must be ({steps}, {steps}).")
        elif np.any(np.triu(self.response, 1)):
            problems.add("response has numbers above its diagonal; an error cannot move an earlier step.")
        if self.residuals.ndim != 1 or self.residuals.size > self.points:
            problems.add(
                f"residuals have the shape {self.residuals.shape}; "
                f"there can be at most one for each of the {self.points} points."
            )
        for name in ("mean", "response", "residuals"):
            if not np.all(np.isfinite(getattr(self, name))):
                problems.add(f"{name} holds NaN or infinite numbers.")
        if not (np.isfinite(self.scale) and self.scale > 0):
            problems.add(f"scale is {self.scale!r}; it must be a finite number above 0.")
        if not 0 <= self.tail <= HEAVIEST:
            problems.add(f"tail is {self.tail!r}; it must be a number from 0 to {HEAVIEST:g}.")
        if self.transformation not in TRANSFORMATIONS:
            problems.add(f"transformation is {self.transformation!r}; use 'identity' or 'log'.")
        problems.raise_if_any(CalibrationError, f"the innovations form of {self.name} does not hold together:")

    @property
    def horizon(self) -> int:
        """Steps ahead, H."""
        return int(self.mean.size)

    @property
    def standardised_residuals(self) -> Array:
        """Residuals divided by their root mean square, so that their mean square is 1; zeros stay zeros. (n,)."""
        size = float(np.sqrt(np.mean(self.residuals**2))) if self.residuals.size else 0.0
        return self.residuals / size if size > 0 else np.zeros_like(self.residuals)

    def paths(self, errors: ArrayLike) -> Array:
        """Sample paths in the unit of the data, by the formula of the class.

        ``errors`` has the shape (H, n) and is standard normal; the result has its shape. Column i of the result
        is one path. Errors of 0 give the point forecast (the median).
        """
        e = np.asarray(errors, dtype=float)
        if e.ndim != 2 or e.shape[0] != self.horizon:
            raise CalibrationError(
                f"paths of {self.name} were asked for errors of the shape {e.shape}; "
                f"give one row for each of the {self.horizon} steps ahead and one column a path."
            )
        noise = self.response @ (self.scale * e)
        if self.tail > 0:
            spread = self.spread()[:, None]
            noise = spread * stretch(noise / spread, self.tail)
        return self.inverse(self.mean[:, None] + noise)

    def inverse(self, transformed: Array) -> Array:
        """From the transformed scale to the unit of the data, elementwise, steps first; beyond ``OVERFLOW`` refused."""
        if self.transformation == "log":
            self._check_growth(transformed)
            return np.asarray(np.exp(transformed), dtype=float)
        return transformed

    def _check_growth(self, transformed: Array) -> None:
        """Refuse logs that no figure of a company has."""
        highest = float(np.max(transformed, initial=-np.inf))
        if highest <= LOG_OVERFLOW:
            return
        beyond = np.asarray(transformed > LOG_OVERFLOW)
        step = int(np.argmax(beyond.reshape(beyond.shape[0], -1).any(axis=1))) + 1
        raise SimulationError(
            f"the forecast of {self.name} grows beyond {OVERFLOW:g} {step} steps ahead: {self.points} values that grow "
            "or jump this fast say nothing about growth so far ahead. Use log=False, ask for fewer steps, or leave out "
            "the values before the jump."
        )

    def spread(self) -> Array:
        """Standard deviation at each step before the tail: ``scale * sqrt(sum_j response[h, j]**2)``."""
        return np.asarray(self.scale * np.sqrt(np.sum(self.response**2, axis=1)), dtype=float)

    def quantile(self, p: float) -> Array:
        """Quantile of each step, (H,), in the unit of the data: ``inverse(mean + spread * stretch(z_p))``.

        Exact for normal errors, since both transformations are increasing. ``0 < p < 1``.
        """
        if not 0 < p < 1:
            raise CalibrationError(f"the quantile at {p!r} was asked for; give a probability between 0 and 1.")
        from scipy.special import ndtri

        return self.inverse(self.mean + stretch(ndtri(p), self.tail) * self.spread())

    def expectation(self) -> Array:
        """The mean of each step, (H,), in the unit of the data.

        identity: mean[h]; log: the integral of exp(mean[h] + spread[h] * stretch(x)) over the normal density of x, in
        closed form exp(mean[h] + spread[h]**2 / 2) without a tail, else by the trapezoidal rule.
        """
        if self.transformation == "identity":
            return np.array(self.mean)
        spread = self.spread()
        if self.tail == 0:
            return self.inverse(self.mean + spread**2 / 2)
        from scipy.integrate import trapezoid

        centre = spread * np.exp(0.5 * self.tail * REACH**2)  # where the integrand of a straight stretch peaks
        x = np.linspace(np.full(self.horizon, -12.0), centre + 12.0, 6001, axis=1)
        exponent = self.mean[:, None] + spread[:, None] * stretch(x, self.tail) - 0.5 * x * x
        self._check_growth(exponent)
        return np.asarray(trapezoid(np.exp(exponent), x, axis=1) / np.sqrt(2 * np.pi), dtype=float)

    def exceedance(self, threshold: float) -> Array:
        """P(y[h] >= threshold) of each step, (H,); on logs a threshold at or below 0 is reached with certainty."""
        from scipy.special import ndtr

        if self.transformation == "log":
            if threshold <= 0:
                return np.ones(self.horizon)
            threshold = float(np.log(threshold))
        return np.asarray(ndtr(unstretch((self.mean - threshold) / self.spread(), self.tail)), dtype=float)

    def until(self, horizon: int) -> InnovationsForm:
        """The first ``horizon`` steps."""
        return replace_field(self, mean=self.mean[:horizon], response=self.response[:horizon, :horizon])

    def scaled(self, factor: ArrayLike) -> InnovationsForm:
        """The same form with its width multiplied by ``factor``, a number or one a step (H,), above 0.

        Rows of ``response`` are multiplied, ``response[h, :] * factor[h]``, so that ``mean``, ``scale`` and
        the residuals stay those of the fit, and the correlation between steps stays as it is.
        """
        given = np.asarray(factor, dtype=float)
        if given.shape not in {(), (self.horizon,)} or not np.all(np.isfinite(given)) or np.any(given <= 0):
            raise CalibrationError(
                f"the width of {self.name} cannot be multiplied by {np.array2string(given, threshold=12)}; "
                f"give one number above 0, or {self.horizon} of them."
            )
        rows = np.broadcast_to(given, (self.horizon,))
        return replace_field(self, response=self.response * rows[:, None])

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, InnovationsForm):
            return NotImplemented
        pairs = ((getattr(self, f.name), getattr(other, f.name)) for f in fields(self))
        return all(np.array_equal(a, b) if isinstance(a, np.ndarray) else a == b for a, b in pairs)

    def __hash__(self) -> int:
        return hash((self.name, self.transformation, self.points, self.scale, self.mean.tobytes()))


def cumulative_response(weights: ArrayLike) -> Array:
    """The (H, H) response of a time-invariant model from its weights c_0 = 1, c_1, ..., c_{H-1}.

    response[h, j] = c_{h-j} for j <= h, else 0. Source: Hyndman et al. 2008, eq. 6.1.
    """
    c = np.asarray(weights, dtype=float)
    lag = np.subtract.outer(np.arange(c.size), np.arange(c.size))
    return np.where(lag >= 0, c[np.abs(lag)], 0.0)
