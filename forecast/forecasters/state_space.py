"""The innovations form of a state space model that statsmodels has estimated."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from forecast.distributions import Array
from forecast.forecasters.form import cumulative_response


def estimate(make: Callable[[], Any]) -> Any | None:
    """Maximum likelihood of the model that ``make`` builds; None where it fails, does not converge or is not finite."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        try:
            result = make().fit(disp=False, maxiter=200)
        except (ValueError, np.linalg.LinAlgError, IndexError):
            return None
        fine = bool((result.mle_retvals or {}).get("converged", False)) and np.isfinite(result.aicc)
        return result if fine and np.all(np.isfinite(innovations(result))) else None


def unconverged(name: str, failed: int, tried: int, instead: str) -> tuple[str, ...]:
    """The warning that some candidates could not be estimated, and what was taken; none where all could.

    >>> unconverged("ETS", 1, 2, "ETS(A,N,N)")
    ('ETS: the optimiser did not converge for 1 of 2 candidates; ETS(A,N,N) was taken.',)
    """
    if not failed:
        return ()
    return (f"{name}: the optimiser did not converge for {failed} of {tried} candidates; {instead} was taken.",)


def innovations(result: Any) -> Array:
    """One-step errors (n,) of the filter, without those of its diffuse beginning."""
    errors = np.asarray(result.filter_results.forecasts_error[0], dtype=float)
    return errors[int(result.loglikelihood_burn) :]


def response_of(result: Any, horizon: int) -> Array:
    """The response (horizon, horizon): c_0 = 1, c_j = Z T**(j-1) K with the gain K of the last update.

    In the innovations form of the Kalman filter, y[t] = Z a[t] + e[t], a[t+1] = T a[t] + K e[t] (Durbin and Koopman
    2012, section 4.3.3 with K = T P Z' / F), so that an error moves the forecast j steps later by Z T**(j-1) K. The
    gain is that of the last observation: with 8 to 40 of them it is close to its limit, and the first ones are past.
    """
    filtered = result.filter_results
    design = _last(filtered.design)[0]
    transition = _last(filtered.transition)
    state = np.asarray(filtered.kalman_gain, dtype=float)[:, 0, -1]
    weights = np.ones(horizon)
    for j in range(1, horizon):
        weights[j] = design @ state
        state = transition @ state
    return cumulative_response(weights)


def _last(matrix: Any) -> Array:
    """A system matrix at the last period, (rows, columns)."""
    found = np.asarray(matrix, dtype=float)
    return np.asarray(found[:, :, -1] if found.ndim == 3 else found, dtype=float)
