"""The dynamic optimised Theta model: exponential smoothing pulled along by half a slope that is updated."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from forecast.distributions import Array
from forecast.forecasters.adjusted import adjust, scale_options
from forecast.forecasters.contract import Choice, check_options
from forecast.forecasters.form import InnovationsForm

SMOOTHING = np.linspace(0.1, 1.0, 19)
"""Smoothing parameters tried."""

SLOPES = (1.0, 1.25, 1.5, 2.0, 2.5, 3.0)
"""Theta coefficients tried: the share 1 - 1/theta of the slope is extrapolated, at most two thirds."""


@dataclass(frozen=True)
class Theta:
    """Dynamic optimised Theta model, fitted on a grid, on logs where ``log`` allows.

    z[t] = mu[t] + e[t]
    mu[t] = l[t-1] + (1 - 1/theta) * ((1-alpha)**(t-1) * A[t-1] + (1 - (1-alpha)**t) / alpha * B[t-1])
    l[t] = alpha * z[t] + (1-alpha) * l[t-1]
    A[t], B[t]: intercept and slope of the least squares line through z[1..t], updated with each value

    alpha is one of ``SMOOTHING``, theta one of ``SLOPES`` (or ``theta`` where it is given), l[0] the least
    squares value, all by the sum of squared errors from t = 3 on; the grid replaces an optimiser that can fail
    to converge, and its upper end keeps a short history from extrapolating its whole trend. Everything is
    linear in z, so the response is found by running the recursion on unit errors. Seasonal adjustment as in
    ``seasonal_pattern``. Needs 6 observations.

    Source: Fiorucci, Pellegrini, Louzada, Petropoulos, Koehler 2016, IJF 32, eq. 12 to 18 (DOTM).
    """

    theta: float | None = None
    log: Choice = "auto"
    seasonal: Choice = "auto"

    def __post_init__(self) -> None:
        check_options(
            "Theta",
            {
                "theta": (self.theta, self.theta is None or self.theta >= 1, "None or a number from 1"),
                **scale_options(self.log, self.seasonal),
            },
        )

    @property
    def name(self) -> str:
        """``Theta``."""
        return "Theta"

    def minimum(self, season: int) -> int:
        """6, or two years where ``seasonal`` is True."""
        return max(6, 2 * season) if self.seasonal is True else 6

    def fit(self, values: Array, *, horizon: int, season: int) -> InnovationsForm:
        """See the class. Residuals are those from the third observation on."""
        past = adjust(values, self, horizon=horizon, season=season, seasonal=self.seasonal)
        first, points = past.values[0], past.values.size
        thetas = SLOPES if self.theta is None else (self.theta,)
        alpha, theta, residuals, state = _fit_grid(past.values - first, thetas)
        future = _Recursion(alpha, theta, n=points, state=state).run(np.zeros((horizon, 1)))
        unit = _Recursion(alpha, theta, n=points, state=np.zeros((3, 1))).run(np.eye(horizon))
        return past.form(
            first + future[:, 0], response=np.tril(unit), residuals=residuals, parameters=3, name=self.name
        )


def _one_step(alpha: Array, share: Array, t: int, level: Array, centre: Array, slope: Array) -> Array:
    """mu[t] from the state after t - 1 values; ``centre`` is their mean, so A = centre - t / 2 * slope."""
    intercept = centre - t / 2 * slope
    return level + share * ((1 - alpha) ** (t - 1) * intercept + (1 - (1 - alpha) ** t) / alpha * slope)


def _update_line(t: int, value: Array, centre: Array, slope: Array) -> tuple[Array, Array]:
    """Mean and least squares slope after the t-th value (Fiorucci et al. 2016, eq. 16 and 17)."""
    if t > 1:
        slope = ((t - 2) * slope + 6 * (value - centre) / t) / (t + 1)
    return ((t - 1) * centre + value) / t, slope


def _fit_grid(z: Array, thetas: tuple[float, ...]) -> tuple[float, float, Array, Array]:
    """Best alpha and theta, residuals from t = 3, and the state (level, mean, slope), (3, 1), after the last value.

    Errors are linear in the first level, e[t] = u[t] - (1-alpha)**(t-1) * l0, so that l0 is a regression.
    """
    alpha, theta = (grid.ravel() for grid in np.meshgrid(SMOOTHING, np.asarray(thetas)))
    share = 1 - 1 / theta
    level, centre, slope = (np.zeros(alpha.size) for _ in range(3))
    errors = np.empty((z.size, alpha.size))
    for t, value in enumerate(z, start=1):
        errors[t - 1] = value - _one_step(alpha, share, t, level, centre, slope)
        level = alpha * value + (1 - alpha) * level
        centre, slope = _update_line(t, np.full(alpha.size, value), centre, slope)
    weight = (1 - alpha) ** np.arange(z.size)[:, None]
    used = slice(2, None)
    denominator = np.sum(weight[used] ** 2, axis=0)
    known = denominator > 1e-12
    first = np.where(known, np.sum(weight[used] * errors[used], axis=0) / np.where(known, denominator, 1.0), 0.0)
    errors = errors - weight * first
    best = int(np.argmin(np.round(np.sum(errors[used] ** 2, axis=0) / max(float(np.sum(z**2)), 1e-300), 12)))
    level = level + (1 - alpha) ** z.size * first
    state = np.array([[level[best]], [centre[best]], [slope[best]]])
    return float(alpha[best]), float(theta[best]), errors[used, best], state


@dataclass(frozen=True)
class _Recursion:
    """The model after ``n`` values, in the state (3, columns): level, mean and slope."""

    alpha: float
    theta: float
    n: int
    state: Array

    def run(self, errors: Array) -> Array:
        """Values that follow, (H, columns), when the errors are ``errors`` (H, columns)."""
        alpha, share = np.asarray(self.alpha), np.asarray(1 - 1 / self.theta)
        level, centre, slope = (row + np.zeros(errors.shape[1]) for row in self.state)
        out = np.empty_like(errors)
        for step, error in enumerate(errors):
            t = self.n + step + 1
            value = _one_step(alpha, share, t, level, centre, slope) + error
            level = alpha * value + (1 - alpha) * level
            centre, slope = _update_line(t, value, centre, slope)
            out[step] = value
        return out
