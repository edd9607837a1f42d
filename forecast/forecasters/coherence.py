"""Paths that add up: forecasts of several lines made coherent, path by path."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from forecast.blas import steady
from forecast.distributions import Array
from forecast.errors import Problems, SimulationError
from forecast.lines import Identity
from forecast.magnitude import CURE, too_large

ROUNDING = 1e-14
"""Spread over paths, relative to the number, that is rounding."""

SHRUNK = 1e-9
"""Part of the mean variance that every number keeps, so that the covariance of few paths can be inverted."""


@steady
def reconcile_paths(
    paths: Mapping[str, Array],
    identities: Sequence[Identity],
    *,
    known: Mapping[str, Array] | None = None,
    totals: Mapping[str, float] | None = None,
    at_least: Mapping[str, float] | None = None,
    weights: str = "covariance",
) -> dict[str, Array]:
    """Every path changed as little as possible until every identity holds on it.

    y' = y + W A' (A W A')^-1 (b - A y)             y: all lines and steps of a path, (m,)

    - A y = b: the ``identities`` at every step (signs as written, lags within the horizon only), ``known`` values by
      line, (H,), NaN where not known (actuals, guidance of a quarter), ``totals`` over the horizon by line (guidance of
      a year).
    - W: ``"covariance"``, that of the paths themselves over lines and steps (minimum trace; known values move the
      unknown ones as their regression says), ``"variance"``, its diagonal, ``"structural"`` (1 for lines that no
      identity gives, else the sum over the terms, each by the size of its factor), or ``"equal"``.
    - ``at_least``: lower bounds by line. Where a path breaks one, the number is set to its bound and the others follow.

    ``paths`` are (H, n) by line. The result has the same lines. Refused: a line that is not there, shapes that differ,
    constraints that contradict each other (no path can hold them), all at once.

    Source: Wickramasuriya, Athanasopoulos and Hyndman 2019, JASA 114, in the projection form of Di Fonzo and
    Girolimetto 2023; the covariance and the projection are those of Stone, Champernowne and Meade 1942.
    """
    names = list(paths)
    values = {name: np.asarray(paths[name], dtype=float) for name in names}
    known, totals, at_least = dict(known or {}), dict(totals or {}), dict(at_least or {})
    steps = _check(values, identities, known, totals, at_least, weights)
    place = {name: i * steps for i, name in enumerate(names)}
    stacked = np.vstack([values[name] for name in names])
    rows, right = _constraints(place, steps, identities, known, totals)
    covariance = _covariance(stacked, weights, [size for size in _sizes(names, identities) for _ in range(steps)])
    result = _project(stacked, covariance, rows, right)
    floor = np.full(stacked.shape[0], -np.inf)
    for name, least in at_least.items():
        floor[place[name] : place[name] + steps] = least
    result = _hold_bounds(stacked, result, covariance, rows, right, floor)
    return {name: result[place[name] : place[name] + steps] for name in names}


def _check(
    values: Mapping[str, Array],
    identities: Sequence[Identity],
    known: Mapping[str, Array],
    totals: Mapping[str, float],
    at_least: Mapping[str, float],
    weights: str,
) -> int:
    """The number of steps, or one error with everything that is wrong."""
    problems = Problems()
    shapes = {name: block.shape for name, block in values.items()}
    if not shapes:
        raise SimulationError("there are no paths to reconcile; give {line: array of (steps, paths)}.")
    first = next(iter(shapes.values()))
    if len(set(shapes.values())) > 1 or len(first) != 2:
        problems.add(f"the paths have the shapes {shapes}; give every line (steps, paths), the same for all.")
    for identity in identities:
        missing = [name for name in (identity.line, *(name for name, _, _ in identity.terms)) if name not in values]
        if missing:
            problems.add(f"'{identity.text}' speaks of {', '.join(map(repr, missing))}, which has no paths.")
    for word, given in (("known", known), ("totals", totals), ("at_least", at_least)):
        for name in given:
            if name not in values:
                problems.add(f"{word} names '{name}', which has no paths.")
    for name, numbers in known.items():
        if name in values and np.shape(numbers) != first[:1]:
            problems.add(
                f"known['{name}'] has the shape {np.shape(numbers)}; give one number a step, NaN where unknown."
            )
    if weights not in ("covariance", "variance", "structural", "equal"):
        problems.add(f"weights is {weights!r}; use 'covariance', 'variance', 'structural' or 'equal'.")
    if any(not np.all(np.isfinite(block)) for block in values.values()):
        problems.add("the paths hold NaN or infinite numbers.")
    for name, block in values.items():
        if np.any(too_large(block)):
            problems.add(f"the paths of '{name}' reach {block[too_large(block)][0]:g}; {CURE}.")
    problems.raise_if_any(SimulationError, "the paths cannot be reconciled:")
    return int(first[0])


def _constraints(
    place: Mapping[str, int],
    steps: int,
    identities: Sequence[Identity],
    known: Mapping[str, Array],
    totals: Mapping[str, float],
) -> tuple[Array, Array]:
    """A (k, m) and b (k,)."""
    rows, right = [], []
    size = len(place) * steps

    def add(entries: Sequence[tuple[int, float]], value: float) -> None:
        row = np.zeros(size)
        for at, factor in entries:
            row[at] += factor
        rows.append(row)
        right.append(value)

    for identity in identities:
        longest = max((lag for _, lag, _ in identity.terms), default=0)
        for h in range(longest, steps):
            parts = [(place[name] + h - lag, -factor) for name, lag, factor in identity.terms]
            add([(place[identity.line] + h, 1.0), *parts], identity.constant)
    for name, numbers in known.items():
        for step, number in enumerate(numbers):
            if np.isfinite(number):
                add([(place[name] + step, 1.0)], float(number))
    for name, total in totals.items():
        add([(place[name] + h, 1.0) for h in range(steps)], float(total))
    return np.array(rows).reshape(-1, size), np.asarray(right, dtype=float)


def _sizes(names: Sequence[str], identities: Sequence[Identity]) -> list[float]:
    """The structural variance of each line."""
    given = {identity.line: identity for identity in identities}

    def size(name: str, above: tuple[str, ...] = ()) -> float:
        if name not in given or name in above:
            return 1.0
        return sum(abs(factor) * size(term, (*above, name)) for term, _, factor in given[name].terms) or 1.0

    return [size(name) for name in names]


def _covariance(stacked: Array, weights: str, sizes: Sequence[float]) -> Array:
    """W (m, m), positive definite."""
    size = stacked.shape[0]
    if weights == "structural":
        return np.diag(sizes)
    if weights == "equal" or stacked.shape[1] < 2:
        return np.eye(size)
    largest = np.max(np.abs(stacked), axis=1, keepdims=True)
    # a number that is the same on all paths has no spread; what rounding leaves of one would decide everything
    stacked = np.where(np.ptp(stacked, axis=1, keepdims=True) <= ROUNDING * largest, 0.0, stacked)
    variances = np.var(stacked, axis=1)
    typical = float(variances.mean()) or 1.0
    full = np.cov(stacked, bias=True).reshape(size, size) if weights == "covariance" else np.diag(variances)
    return np.asarray(full + SHRUNK * typical * np.eye(size), dtype=float)


def _project(stacked: Array, covariance: Array, rows: Array, right: Array) -> Array:
    """The nearest vectors that hold A y = b, a column a path."""
    if not right.size:
        return stacked.copy()
    from scipy.linalg import lstsq

    # rows of size one in the metric of W, so that small lines count as much as large ones in what is independent
    root = np.linalg.cholesky(covariance)
    scaled = rows @ root
    length = np.linalg.norm(scaled, axis=1)
    scaled /= length[:, None]
    miss = (right[:, None] - rows @ stacked) / length[:, None]
    step, _, _, _ = lstsq(scaled, miss, cond=1e-10)
    result = stacked + root @ step
    size = np.abs(rows) @ np.maximum(np.abs(result), np.abs(stacked)) + np.abs(right)[:, None] + 1e-300
    if np.any(np.abs(rows @ result - right[:, None]) > 1e-6 * size):
        raise SimulationError(
            "no path can hold all identities, known values and totals at once: they contradict each other. "
            "Leave one of them out."
        )
    return np.asarray(result, dtype=float)


def _hold_bounds(stacked: Array, result: Array, covariance: Array, rows: Array, right: Array, floor: Array) -> Array:
    """Paths that break a bound are projected again with those numbers at it, until none breaks one.

    A number once held at its bound stays there: the result keeps everything asked for, but where several bounds bind it
    need not be the nearest such path, which a quadratic programme a path would find at many times the cost.
    """
    slack = 1e-9 * (np.abs(floor, where=np.isfinite(floor), out=np.zeros_like(floor)) + np.std(stacked) + 1e-300)
    held = np.zeros(result.shape, dtype=bool)
    for _ in range(result.shape[0]):
        broken = result < (floor - slack)[:, None]
        touched = np.flatnonzero(broken.any(axis=0))
        if not touched.size:
            break
        held |= broken
        patterns, which = np.unique(held[:, touched], axis=1, return_inverse=True)
        for i, pattern in enumerate(patterns.T):
            columns = touched[np.ravel(which) == i]
            extra = np.eye(result.shape[0])[pattern]
            result[:, columns] = _project(
                stacked[:, columns], covariance, np.vstack([rows, extra]), np.concatenate([right, floor[pattern]])
            )
    return np.maximum(result, floor[:, None])
