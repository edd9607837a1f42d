"""Habits learned: how far each line moves and how strong its seasons are, from the facts that agree."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import product

import numpy as np

from forecast.financials.fitting import Balance, Fit
from forecast.financials.observations import Observation
from forecast.financials.prior import Habits, components, prior_precision
from forecast.financials.system import Array

STEPS = (0.01, 0.02, 0.04, 0.08, 0.16, 0.32)
SEASONS = (0.0, 0.03, 0.06, 0.12, 0.24)
NOISES = (0.0, 0.02, 0.06)
"""Standard deviations tried for the step of the level, the season and a single quarter, in typical levels."""

ENOUGH = 12
"""Facts from which a line's habits are learned."""

POOLINGS = 5
VAGUE = 100.0
"""Variance of the level before any fact, in squared typical levels."""


def learn(balance: Balance, fit: Fit, observations: Sequence[Observation]) -> dict[str, Habits]:
    """The habits of every line, from the facts that agree; empty when no line has ENOUGH of them.

    The likelihood of a line's own facts (amounts, growth, changes, and shares of a base taken as known) is
    computed for every combination of STEPS, SEASONS and NOISES. Lines of one company resemble each other: the
    prior of a combination is the mean of the lines' posteriors, with one line that knows nothing (empirical
    Bayes: Laird 1978, "Nonparametric maximum likelihood estimation of a mixing distribution"). A line's
    variances are their posterior means; a line with too few facts has those of the prior.
    """
    own: dict[str, list[int]] = {name: [] for name in balance.layout.levels}
    for number, one in enumerate(observations):
        if fit.apart[number] == 0.0 and one.facts and one.relation in ("value", "growth", "change", "share"):
            own[one.line].append(number)
    grid = np.array(list(product(STEPS, SEASONS, NOISES)))
    enough = {name: numbers for name, numbers in own.items() if len(numbers) >= ENOUGH}
    if not enough:
        return {}
    with ThreadPoolExecutor() as pool:
        found = pool.map(lambda name: _log_likelihood(balance, fit, name, enough[name], grid), enough)
        known = dict(zip(enough, found, strict=True))
    likelihoods = np.exp(np.stack([entry - entry.max() for entry in known.values()]))
    prior = np.full(len(grid), 1.0 / len(grid))
    for _ in range(POOLINGS):
        posteriors = likelihoods * prior
        posteriors /= posteriors.sum(axis=1, keepdims=True)
        prior = (posteriors.sum(axis=0) + 1.0 / len(grid)) / (len(known) + 1.0)
    weights = dict(zip(known, posteriors, strict=True))
    return {name: Habits(*(weights.get(name, prior) @ grid**2).tolist()) for name in own}


def _log_likelihood(balance: Balance, fit: Fit, name: str, numbers: Sequence[int], grid: Array) -> Array:
    """The log likelihood of some observations of one line for every combination, shape (len(grid),)."""
    places = {place: number for number, place in enumerate(_places(balance, name))}
    times = np.array([balance.layout.cells[place][1].ordinal for place in places], dtype=np.float64)
    matrix, target = np.zeros((len(numbers), times.size)), fit.target[list(numbers)].copy()
    for row, number in enumerate(numbers):
        for place, factor in fit.row(number):
            if place in places:
                matrix[row, places[place]] += factor
            else:
                target[row] -= factor * fit.values[place] / balance.scale[place]
    errors = np.maximum(fit.errors[list(numbers)], 1e-3)
    matrix, target = matrix / errors[:, None], (target - matrix.sum(axis=1)) / errors
    parts = np.stack([matrix @ part @ matrix.T for part in components(times)])
    flat = matrix.sum(axis=1)
    covariance = np.einsum("gk,kij->gij", grid**2, parts) + VAGUE * np.outer(flat, flat) + np.eye(len(numbers))
    # Factorised with the target as one more row, whose factor is the target in units of the factors of the rest.
    whole = np.empty((len(grid), len(numbers) + 1, len(numbers) + 1))
    whole[:, :-1, :-1] = covariance
    whole[:, -1, :-1] = target
    whole[:, -1, -1] = 1.0 + target @ target
    factors = np.linalg.cholesky(whole)
    lower, scaled = factors[:, :-1, :-1], factors[:, -1, :-1]
    log_root = np.log(np.diagonal(lower, axis1=1, axis2=2)).sum(axis=1)
    likelihood: Array = -log_root - 0.5 * (scaled**2).sum(axis=1)
    return likelihood


def _places(balance: Balance, name: str) -> list[int]:
    """The places of a line's cells, in the order of time."""
    return [place for place, (line, _) in enumerate(balance.layout.cells) if line == name]


def with_habits(balance: Balance, habits: Mapping[str, Habits]) -> Balance:
    """The balance in whose prior these lines have these habits; the others keep their random walk."""
    changes = {**balance.layout.changes, **{name: one.change for name, one in habits.items()}}
    layout = replace(balance.layout, changes=changes, habits=habits)
    return replace(balance, layout=layout, precision=prior_precision(layout))
