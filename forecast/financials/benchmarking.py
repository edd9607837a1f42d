"""Benchmarking: the algebra that makes quarters out of sums, by regression or by least movement."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from forecast.errors import FactsError, did_you_mean

Array: TypeAlias = NDArray[np.float64]
Row: TypeAlias = tuple[tuple[int, float], ...]

DISTURBANCES = ("chow_lin", "fernandez", "litterman")
"""What the disturbances of a regression may be."""
GRID = 60
"""Values of rho, denser towards the bounds, that are tried before the best of them is refined: a likelihood may
have several peaks, and where rho is near 1 they are narrow."""
EXACT = 1e-11
"""Residuals below this part of the benchmarks are rounding, and the regression has no error to estimate."""


@dataclass(frozen=True, eq=False)
class Fit:
    """Quarters with what was estimated for them; ``nan`` where a method does not say.

    Shapes: ``estimates``, ``standard_errors`` (quarters,); ``coefficients``, ``coefficient_errors``
    (indicators,); ``residuals`` (known periods,), what the regression leaves of each benchmark.
    ``sigma`` is the standard deviation of a quarter's innovation, in the unit of the benchmarks.
    """

    estimates: Array
    standard_errors: Array
    coefficients: Array
    coefficient_errors: Array
    residuals: Array
    rho: float = math.nan
    rho_at_bound: bool = False
    sigma: float = math.nan
    log_likelihood: float = math.nan
    degrees: int = 0
    adjusted_r_squared: float = math.nan

    def __post_init__(self) -> None:
        for array in (self.estimates, self.standard_errors, self.coefficients, self.coefficient_errors, self.residuals):
            array.flags.writeable = False


def prior_rows(count: int, method: str, rho: float = 0.0) -> list[Row]:
    """Rows H with H u = e, where e has unit variance: the square root of the disturbances' information.

    chow_lin    sqrt(1 - rho**2) u[0] = e[0],  u[t] - rho u[t-1] = e[t]
    fernandez   u[0] = e[0],  u[t] - u[t-1] = e[t]
    litterman   u[0] = e[0],  u[1] - (1 + rho) u[0] = e[1],  u[t] - (1 + rho) u[t-1] + rho u[t-2] = e[t]

    H'H is the inverse of the covariance of u in units of the innovation's variance. As a prior on a line x
    with the indicators X, each row reads ``row @ x = row @ (X beta)`` with the standard error sigma. Without
    the first row of ``fernandez`` the start is free, which is Cholette's (1984) form of Denton's criterion.
    Each row is ((index, weight), ...), indexes rising; there are ``count`` of them, at least one.

    Source: the first-order autoregression of Chow and Lin (1971); the random walk of Fernandez (1981) and the
    random walk with autocorrelated steps of Litterman (1983), both of which start from zero before the first
    quarter.

    >>> prior_rows(3, "litterman", 0.5)
    [((0, 1.0),), ((0, -1.5), (1, 1.0)), ((0, 0.5), (1, -1.5), (2, 1.0))]
    """
    if not -1.0 < rho < 1.0:
        raise FactsError(f"rho is {rho!r}. Give a number between -1 and 1; the walk with rho 1 is 'fernandez'.")
    first, lags = 1.0, [-1.0]
    if method == "chow_lin":
        first, lags = math.sqrt(1.0 - rho * rho), [-rho]
    elif method == "litterman":
        lags = [-1.0 - rho, rho]
    elif method != "fernandez":
        raise FactsError(f"the method {method!r} has no disturbances. {did_you_mean(method, DISTURBANCES)}")
    rows: list[Row] = [((0, first),)]
    for quarter in range(1, count):
        before = [(quarter - lag, weight) for lag, weight in enumerate(lags, 1) if lag <= quarter and weight]
        rows.append((*reversed(before), (quarter, 1.0)))
    return rows[:count]


@dataclass(frozen=True, eq=False)
class _Whitened:
    """A generalised least-squares regression at one rho, after both sides are divided by the root of V.

    With H from ``prior_rows``, A = H**-T C' = basis @ root, so that V = C H**-1 H**-T C' = root' root: the
    Cholesky factor of the aggregated covariance without forming it. ``errors`` are root**-T (y - C X beta).
    """

    factor: Array
    basis: Array
    root: Array
    design: Array
    beta: Array
    errors: Array

    @property
    def squares(self) -> float:
        return float(self.errors @ self.errors)

    @property
    def log_likelihood(self) -> float:
        """-m/2 (1 + log 2 pi + log(squares / m)) - log|V| / 2: concentrated over beta and sigma."""
        count = len(self.errors)
        spread = 2.0 * float(np.log(np.abs(np.diag(self.root))).sum())
        return -0.5 * (count * (1.0 + math.log(2.0 * math.pi) + math.log(self.squares / count)) + spread)


def regress(
    benchmarks: Array,
    aggregates: Array,
    indicators: Array,
    *,
    method: str,
    rho: float | None,
    estimation: str,
    bounds: tuple[float, float],
) -> Fit:
    """Best linear unbiased quarters of y = C x, x = X beta + u, where H u = e has variance sigma**2.

    beta = (X'C' V^-1 C X)^-1 X'C' V^-1 y,  V = C Q C',  Q = (H'H)^-1,  H from ``prior_rows``
    x    = X beta + L (y - C X beta),  L = Q C' V^-1
    cov  = sigma^2 [(I - L C) Q + D (X'C' V^-1 C X)^-1 D'],  D = X - L C X

    which is the best linear unbiased estimator of Chow and Lin (1971) and the covariance of its error.
    ``benchmarks`` (m,) in the unit of the line, ``aggregates`` C (m, n), ``indicators`` X (n, k), m > k.
    rho maximises the likelihood concentrated over beta and sigma (Bournay and Laroque 1979), or with
    ``estimation`` "min_rss" minimises the sum of squared innovations (Barbone, Bodo and Visco 1981), within
    ``bounds``. sigma^2 is squares / (m - k). The errors do not hold the uncertainty of rho. No covariance is
    inverted or even formed: with A = H^-T C' = basis root, Q C' V^-1 = H^-1 basis root^-T and (I - L C) Q =
    H^-1 (I - basis basis') H^-T. Where the indicators explain every benchmark, sigma is 0 and rho is the
    given one or the lower bound.
    """
    count, used = len(benchmarks), indicators.shape[1]

    def at(value: float) -> _Whitened:
        return _whitened(benchmarks, aggregates, indicators, method, value)

    exact = _is_exact(benchmarks, aggregates @ indicators)
    estimated = rho is None and method != "fernandez"
    if rho is not None or not estimated:
        best = 0.0 if rho is None else rho
    elif exact:
        best = bounds[0]
    else:
        worse: Callable[[float], float] = (
            (lambda value: at(value).squares) if estimation == "min_rss" else (lambda value: -at(value).log_likelihood)
        )
        best = _minimum(worse, bounds)
    fitted = at(best)
    degrees = count - used
    sigma = 0.0 if exact else math.sqrt(fitted.squares / degrees)
    deviations, coefficient_roots = _spreads(fitted, indicators)
    return Fit(
        estimates=indicators @ fitted.beta + _solve(fitted.factor, fitted.basis @ fitted.errors),
        standard_errors=sigma * deviations,
        coefficients=fitted.beta,
        coefficient_errors=sigma * np.sqrt((coefficient_roots**2).sum(axis=1)),
        residuals=benchmarks - aggregates @ indicators @ fitted.beta,
        rho=math.nan if method == "fernandez" else best,
        rho_at_bound=estimated and not exact and best in bounds,
        sigma=sigma,
        log_likelihood=math.inf if exact else fitted.log_likelihood,
        degrees=degrees,
        adjusted_r_squared=_adjusted(fitted, benchmarks, aggregates.sum(axis=1), degrees),
    )


def _whitened(benchmarks: Array, aggregates: Array, indicators: Array, method: str, rho: float) -> _Whitened:
    factor = _banded(prior_rows(len(indicators), method, rho), 2)
    basis, root = np.linalg.qr(_solve(factor, aggregates.T, transposed=True))
    both = _divided(root, np.column_stack((aggregates @ indicators, benchmarks)))
    design, target = both[:, :-1], both[:, -1]
    scale = np.sqrt((design**2).sum(axis=0))
    rotation, triangle = np.linalg.qr(design / scale)
    beta: Array = np.linalg.solve(triangle, rotation.T @ target) / scale
    return _Whitened(factor, basis, root, design, beta, target - rotation @ (rotation.T @ target))


def _spreads(fitted: _Whitened, indicators: Array) -> tuple[Array, Array]:
    """Standard deviation of each quarter in units of sigma, and a root of the covariance of beta."""
    scale = np.sqrt((fitted.design**2).sum(axis=0))
    triangle = np.linalg.qr(fitted.design / scale)[1]
    roots: Array = np.linalg.solve(triangle, np.eye(len(scale))) / scale[:, None]
    # I - basis basis' is a projection, hence its own root; H^-1 of it is the root of (I - L C) Q
    within = _solve(fitted.factor, np.eye(len(indicators)) - fitted.basis @ fitted.basis.T)
    beyond = (indicators - _solve(fitted.factor, fitted.basis @ fitted.design)) @ roots
    return np.sqrt((within**2).sum(axis=1) + (beyond**2).sum(axis=1)), roots


def _adjusted(fitted: _Whitened, benchmarks: Array, even: Array, degrees: int) -> float:
    """1 - (squares / (m - k)) / (total / (m - 1)), the total about the best multiple of ``even``, all quarters alike.

    ``even`` (m,) is what a constant comes to in each period, 2 in a half and 4 in a year of a sum: a year is no larger
    than a half for any reason that an indicator explains. It is nothing where periods cancel.
    """
    flat, target = _divided(fitted.root, even), _divided(fitted.root, benchmarks)
    length = float(flat @ flat)
    about = target - flat * (flat @ target) / length if length > 0 else target
    total = float(about @ about)
    return 1.0 - fitted.squares / degrees / (total / (len(benchmarks) - 1)) if total > 0 else math.nan


def _is_exact(benchmarks: Array, design: Array) -> bool:
    """Whether the indicators give every benchmark, up to rounding."""
    beta = np.linalg.lstsq(design, benchmarks, rcond=None)[0]
    left = np.linalg.norm(benchmarks - design @ beta)
    return bool(left <= EXACT * np.sqrt(((design * beta) ** 2).sum() + benchmarks @ benchmarks))


def _minimum(worse: Callable[[float], float], bounds: tuple[float, float]) -> float:
    """Where a function of rho is lowest: the best of a grid, refined between its neighbours; bounds count."""
    from scipy.optimize import minimize_scalar

    low, high = bounds
    grid = low + (high - low) * (1.0 - np.cos(np.linspace(0.0, np.pi, GRID))) / 2.0
    grid[-1] = high
    values = [worse(float(value)) for value in grid]
    place = int(np.argmin(values))
    around = (float(grid[max(place - 1, 0)]), float(grid[min(place + 1, GRID - 1)]))
    inside = minimize_scalar(worse, bounds=around, method="bounded", options={"xatol": 1e-8})
    return float(inside.x) if inside.fun < values[place] else float(grid[place])


def _banded(rows: list[Row], width: int) -> Array:
    """Lower-triangular rows as the diagonals that a banded solver takes: (width + 1, count)."""
    bands = np.zeros((width + 1, len(rows)))
    for number, row in enumerate(rows):
        for index, weight in row:
            bands[number - index, index] = weight
    return bands


def _solve(bands: Array, right: Array, *, transposed: bool = False) -> Array:
    """H**-1 right, or H**-T right, for the banded lower-triangular H."""
    from scipy.linalg import solve_banded

    width, count = len(bands) - 1, bands.shape[1]
    if not transposed:
        forwards: Array = solve_banded((width, 0), bands, right, check_finite=False)
        return forwards
    upper = np.zeros_like(bands)
    for lag in range(width + 1):
        upper[width - lag, lag:] = bands[lag, : count - lag]
    backwards: Array = solve_banded((0, width), upper, right, check_finite=False)
    return backwards


def _divided(root: Array, right: Array) -> Array:
    """root**-T right, for the upper-triangular root."""
    return np.asarray(np.linalg.solve(root.T, right), dtype=np.float64)


def least_movement(
    benchmarks: Array, aggregates: Array, indicator: Array, *, differences: int, criterion: str
) -> Array | None:
    """Quarters x with C x = y whose movement departs least from the indicator's p; None if not unique.

    proportional   min sum over t of (diff**h (x / p)[t])**2
    additive       min sum over t of (diff**h (x - p)[t])**2

    the criteria of Denton (1971) with h = ``differences``, summed over the quarters whose differences exist:
    Denton also charged the first quarter against an imagined value before it, which Cholette (1984) left out;
    so does this. Solved in the null space of C by one orthogonal factorisation. Shapes: (m,), (m, n), (n,) ->
    (n,), unit of the benchmarks; proportional needs p without zeros. Quarters after the last benchmark keep
    the last ratio (or distance) to the indicator with one difference, its slope with two.
    """
    proportional = criterion == "proportional"
    constraint = aggregates * indicator if proportional else aggregates
    target = benchmarks if proportional else benchmarks - aggregates @ indicator
    count, known = len(indicator), len(benchmarks)
    basis, root = np.linalg.qr(constraint.T, mode="complete")
    movement = np.diff(np.eye(count), n=differences, axis=0)
    fixed = basis[:, :known] @ _divided(root[:known], target)
    free = basis[:, known:]
    weights, _, rank, _ = np.linalg.lstsq(movement @ free, -(movement @ fixed), rcond=None)
    if rank < free.shape[1]:
        return None
    path: Array = fixed + free @ weights
    return path * indicator if proportional else path + indicator
