"""Exponential smoothing with additive errors, on levels or logs, estimated by statsmodels."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np

from forecast.distributions import Array
from forecast.forecasters.adjusted import adjust, scale_options
from forecast.forecasters.contract import Choice, check_options
from forecast.forecasters.form import InnovationsForm, cumulative_response
from forecast.forecasters.state_space import unconverged

TRENDS = ("damped", "none", "auto")
"""Trends that may be asked for. An undamped trend is not offered: it is the classic error on company series."""

FREEDOM = 5
FREEDOM_OF_TREND = 9
"""Observations that must be left over after the parameters of a candidate without, with a trend are counted."""


@dataclass(frozen=True)
class Smoothing:
    """One exponential smoothing model with its parameters: z[t] = w'x[t-1] + e[t], x[t] = F x[t-1] + g e[t].

    State x = (level, trend, season now, one period ago, ...). ``trend`` and ``seasonal`` say which parts it has.
    With alpha, beta, gamma, phi the parameters of statsmodels (beta and gamma act on e itself):
    level' = level + phi * trend + alpha * e; trend' = phi * trend + beta * e; season' = season + gamma * e.
    """

    alpha: float
    beta: float = 0.0
    gamma: float = 0.0
    phi: float = 1.0
    trend: bool = False
    season: int = 1

    @property
    def name(self) -> str:
        """In the usual notation: ``ETS(A,Ad,A)``."""
        return f"ETS(A,{'Ad' if self.trend else 'N'},{'A' if self.season > 1 else 'N'})"

    def matrices(self) -> tuple[Array, Array, Array]:
        """W (k,), F (k, k) and g (k,) of the state space form; k = 1 + trend + season (if seasonal).

        Source: Hyndman, Koehler, Ord and Snyder 2008, chapter 3.4, with the seasonal state ordered so that the
        first entry is that of the next period.
        """
        k_trend, k_season = int(self.trend), self.season if self.season > 1 else 0
        size = 1 + k_trend + k_season
        w, f, g = np.zeros(size), np.zeros((size, size)), np.zeros(size)
        w[0] = f[0, 0] = 1.0
        g[0] = self.alpha
        if self.trend:
            w[1] = f[0, 1] = f[1, 1] = self.phi
            g[1] = self.beta
        if k_season:
            first = 1 + k_trend
            w[first] = 1.0
            f[first : size - 1, first + 1 : size] = np.eye(k_season - 1)
            f[size - 1, first] = 1.0
            g[size - 1] = self.gamma
        return w, f, g

    def weights(self, horizon: int) -> Array:
        """c_0 = 1 and c_j = w' F**(j-1) g, (horizon,). Source: Hyndman et al. 2008, eq. 6.1 and Table 6.1."""
        w, f, g = self.matrices()
        c = np.ones(horizon)
        state = g
        for j in range(1, horizon):
            c[j] = w @ state
            state = f @ state
        return c

    def forecast(self, state: Array, horizon: int) -> Array:
        """Means w' F**(h-1) x for h = 1, ..., horizon from the last state x, (horizon,)."""
        w, f, _ = self.matrices()
        means = np.empty(horizon)
        for h in range(horizon):
            means[h] = w @ state
            state = f @ state
        return means


@dataclass(frozen=True)
class Fitted:
    """A smoothing model with its last state, residuals and number of estimated parameters."""

    model: Smoothing
    state: Array
    residuals: Array
    parameters: int

    @property
    def criterion(self) -> float:
        """AICc = n log(SSE / n) + 2k + 2k(k+1) / (n-k-1), with k counting the error variance."""
        n, k = self.residuals.size, self.parameters + 1
        sse = max(float(np.sum(self.residuals**2)), 1e-12)
        return float(n * np.log(sse / n) + 2 * k + 2 * k * (k + 1) / max(n - k - 1, 1))


@dataclass(frozen=True)
class ETS:
    """Exponential smoothing, additive error, damped or no trend, additive or no season, on levels or logs.

    Point forecasts are w' F**(h-1) x[n], the response has the weights c_j = w' F**(j-1) g (``Smoothing``).

    - ``trend``: ``damped``, ``none``, or ``auto`` (both are fitted, the lower AICc wins).
    - ``seasonal``: ``auto`` takes out the shrunk pattern of ``seasonal_pattern`` and smooths what is left; True
      makes the season part of the model, with first effects and a gamma of its own, so that it can change; False
      is for series without one. On histories of 8 to 20 quarters, ``auto`` was more accurate and three times
      faster than choosing between the other two.
    - ``log``: see ``choose_log``.

    The damped trend is fitted only where ``FREEDOM_OF_TREND`` observations are left over after its parameters
    (from 14 observations on, with a quarterly season in the model from 18); before that, the model without trend
    stands in for it, and ``name`` says so. A candidate whose optimiser does not converge is left out; when none is
    left, ETS(A,N,N) is fitted on a grid of alpha, which cannot fail. A constant history also takes that way.

    Parameters are bounded: alpha, beta / alpha and alpha + gamma in (0, 1), phi in (0.8, 0.98). Their estimation
    error enters only through the degrees of freedom of the scale. Needs 7 observations.
    """

    trend: str = "damped"
    seasonal: Choice = "auto"
    log: Choice = "auto"

    def __post_init__(self) -> None:
        check_options(
            "ETS",
            {
                "trend": (self.trend, self.trend in TRENDS, "'damped', 'none' or 'auto'"),
                **scale_options(self.log, self.seasonal),
            },
        )

    @property
    def name(self) -> str:
        """``ETS``."""
        return "ETS"

    def minimum(self, season: int) -> int:
        """7; where ``seasonal`` is True, what the model without trend needs (quarters: 11)."""
        needs_season = self.seasonal is True and season > 1
        return _points_needed(False, season if needs_season else 1)

    def fit(self, values: Array, *, horizon: int, season: int) -> InnovationsForm:
        """See the class. One residual an observation."""
        own_season = self.seasonal is True
        seasonal: Choice = False if own_season else self.seasonal
        past = adjust(values, self, horizon=horizon, season=season, seasonal=seasonal)
        z = past.values
        centre, size = float(np.mean(z)), float(np.std(z))
        flat = size <= 1e-9 * max(past.level, float(np.max(np.abs(z))))
        unit = np.zeros(z.size) if flat else (z - centre) / size
        candidates = [] if flat else self._candidates(z.size, season if own_season else 1)
        found = [fitted for fitted in (_estimate(unit, *c) for c in candidates) if fitted is not None]
        best = min(found, key=lambda fitted: fitted.criterion) if found else _smooth_on_grid(unit)
        name = best.model.name if found else f"{best.model.name} on a grid"
        return past.form(
            centre + size * best.model.forecast(best.state, horizon),
            response=cumulative_response(best.model.weights(horizon)),
            residuals=size * best.residuals,
            parameters=best.parameters,
            name=f"{name} seasonally adjusted" if past.pattern.weight > 0 else name,
            warnings=unconverged("ETS", len(candidates) - len(found), len(candidates), name),
        )

    def _candidates(self, n: int, season: int) -> list[tuple[bool, int]]:
        """Pairs (damped trend, season or 1) that the history is long enough for, by the rule of the class."""
        damped = self.trend != "none" and n >= _points_needed(True, season)
        plain = self.trend != "damped" or not damped
        return [(True, season)] * damped + [(False, season)] * plain


def _count_parameters(trend: bool, season: int) -> int:
    """Smoothing parameters and first states: alpha, l; beta, phi, b; gamma and season - 1 effects."""
    return 2 + 3 * trend + (season if season > 1 else 0)


def _points_needed(trend: bool, season: int) -> int:
    """Fewest observations for a candidate, by the rule of ``ETS``."""
    fewest = _count_parameters(trend, season) + (FREEDOM_OF_TREND if trend else FREEDOM)
    return max(fewest, 2 * season + 1) if season > 1 else fewest


def _estimate(z: Array, trend: bool, season: int) -> Fitted | None:
    """Maximum likelihood by statsmodels; None where the optimiser does not converge."""
    from statsmodels.tsa.exponential_smoothing.ets import ETSModel

    options: dict[str, Any] = {"seasonal": "add", "seasonal_periods": season} if season > 1 else {}
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        try:
            result = ETSModel(z, error="add", trend="add" if trend else None, damped_trend=trend, **options).fit(
                disp=False, maxiter=500
            )
        except (ValueError, np.linalg.LinAlgError):
            return None
        converged = bool((result.mle_retvals or {}).get("converged", False))
        parameters = dict(zip(result.model.param_names, np.asarray(result.params, dtype=float), strict=True))
        residuals = np.asarray(result.resid, dtype=float)
        state = _last_state(result, trend, season)
    if not converged or not np.all(np.isfinite(residuals)) or not np.all(np.isfinite(state)):
        return None
    model = Smoothing(
        alpha=parameters["smoothing_level"],
        beta=parameters.get("smoothing_trend", 0.0),
        gamma=parameters.get("smoothing_seasonal", 0.0),
        phi=parameters.get("damping_trend", 1.0),
        trend=trend,
        season=season,
    )
    return Fitted(model, state, residuals, _count_parameters(trend, season))


def _last_state(result: Any, trend: bool, season: int) -> Array:
    """The state after the last value in the order of ``Smoothing``: level, trend, season of the next period, ..."""
    state = [float(np.asarray(result.level)[-1])]
    if trend:
        state.append(float(np.asarray(result.slope)[-1]))
    if season > 1:
        state.extend(float(effect) for effect in np.asarray(result.season)[-season:])
    return np.asarray(state)


def _smooth_on_grid(z: Array) -> Fitted:
    """ETS(A,N,N) with the alpha of 0.05, 0.10, ..., 1 and the first level that leave the least squared error.

    Errors are linear in the first level l: e[t] = u[t] - (1-alpha)**(t-1) * l, with u those for l = 0.
    """
    alpha = np.linspace(0.05, 1.0, 20)
    level = np.zeros(alpha.size)
    errors = np.empty((z.size, alpha.size))
    for t, value in enumerate(z):
        errors[t] = value - level
        level = level + alpha * errors[t]
    weight = (1 - alpha) ** np.arange(z.size)[:, None]
    first = np.sum(weight * errors, axis=0) / np.sum(weight**2, axis=0)
    errors = errors - weight * first
    best = int(np.argmin(np.sum(errors**2, axis=0)))
    last = level[best] + (1 - alpha[best]) ** z.size * first[best]
    return Fitted(Smoothing(float(alpha[best])), np.array([last]), errors[:, best], 2)
