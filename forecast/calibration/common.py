"""One common factor behind the errors of several lines, as their past errors are correlated."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from forecast.blas import steady
from forecast.distributions import Array
from forecast.errors import CalibrationError, HistoryTooShortError, expect
from forecast.model import CalibratedModel, Model

FEWEST = 8
"""Quarters that all lines must have errors in: with fewer, a correlation of 0.6 is chance."""

STRONGEST = 0.95
"""Largest loading: a line keeps at least a tenth of its variance to itself."""


@steady
def share_errors(company: CalibratedModel, *, factor: str = "common") -> Model:
    """The model with its fitted lines tied by one common factor, so that their joint paths move together.

    Used are the drivers that give their one-step errors (``Trend``) and state no ``shared`` of their own, over the last
    quarters that all have. Loadings l minimise the sum over pairs i < j of (R[i, j] - l[i] * l[j])**2 (minimum
    residuals; Harman and Jones 1966, Psychometrika 31), within +-0.95, R being the correlation shrunk by
    ``shrunk_correlation``. Each line's own spread stays, and its stream keeps its name. The model returned has to be
    calibrated before it is simulated. Its loadings are stated numbers: a backtest of it knows them too early.
    """
    expect(
        company,
        CalibratedModel,
        CalibrationError,
        "the company",
        "calibrate the model first: calibrate(model, history)",
    )
    if not isinstance(factor, str) or not factor:
        raise CalibrationError(f"the factor is {factor!r}; give it a name, such as 'common'.")
    past = {
        driver.line: np.array(company.fits[driver.line].surprises)
        for driver in company.model.drivers
        if driver.line in company.fits and company.fits[driver.line].surprises and not getattr(driver, "shared", True)
    }
    if len(past) < 2:
        raise CalibrationError(
            f"errors can be shared by two lines and more; there is {len(past)} that has errors of its own history "
            f"and states no 'shared' ({', '.join(past) or 'none'}). Trend has them."
        )
    quarters = min(errors.size for errors in past.values())
    if quarters < FEWEST:
        shortest = min(past, key=lambda line: past[line].size)
        raise HistoryTooShortError(
            f"'{shortest}' has errors in {quarters} quarters; {FEWEST} are needed to see what lines share. "
            "State 'shared' where you know it, or leave the line out."
        )
    loadings = one_factor(shrunk_correlation(np.array([errors[-quarters:] for errors in past.values()])))
    model = company.model
    for line, loading in zip(past, loadings, strict=True):
        driver: Any = model.driver(line)
        model = model.replacing(replace(driver, shared={factor: round(float(loading), 4)}))
    return model


def shrunk_correlation(errors: Array) -> Array:
    """Correlation (k, k) of errors (k, n) around 0, its off-diagonal part shrunk towards 0.

    R[i, j] = (1 - v) * r[i, j]        r[i, j] = mean of w[t], w[t] = z[i, t] * z[j, t], z with mean square 1
    v = sum(var(r[i, j])) / sum(r[i, j]**2) over i != j, at most 1        var(r) = sum((w - r)**2) / (n * (n - 1))

    Source: Schaefer and Strimmer 2005 (Stat. Appl. Genet. Mol. Biol. 4, 32), table 2, target D with unit variances.
    """
    size = np.sqrt(np.mean(errors**2, axis=1, keepdims=True))
    z = errors / np.where(size > 0, size, 1.0)
    n = z.shape[1]
    products = z[:, None, :] * z[None, :, :]
    r = products.mean(axis=2)
    variance = np.sum((products - r[:, :, None]) ** 2, axis=2) / (n * (n - 1))
    apart = ~np.eye(len(z), dtype=bool)
    strength = float(np.sum(r[apart] ** 2))
    v = min(1.0, float(np.sum(variance[apart])) / strength) if strength > 0 else 1.0
    found = (1 - v) * r
    np.fill_diagonal(found, 1.0)
    return np.asarray(found)


def one_factor(correlation: Array) -> Array:
    """Loadings (k,) of the one-factor model nearest to a correlation off its diagonal; their sum is not below 0."""
    from scipy.optimize import least_squares

    k = len(correlation)
    pairs = np.triu_indices(k, 1)
    values, vectors = np.linalg.eigh(correlation)
    if values[-1] <= 1 + 1e-12:
        return np.zeros(k)
    start = np.clip(vectors[:, -1] * np.sqrt(values[-1] - 1), -0.9, 0.9)

    def miss(loadings: Array) -> Array:
        return np.asarray((np.outer(loadings, loadings) - correlation)[pairs])

    found = np.asarray(least_squares(miss, start, bounds=(-STRONGEST, STRONGEST), max_nfev=300).x)
    return found if found.sum() >= 0 else -found
