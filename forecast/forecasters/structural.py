"""The structural model: a level that walks, a slope that fades, quarters that change, estimated by statsmodels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from forecast.distributions import Array
from forecast.forecasters.adjusted import adjust, scale_options
from forecast.forecasters.contract import Choice, check_options
from forecast.forecasters.form import InnovationsForm
from forecast.forecasters.random_walk import RandomWalk
from forecast.forecasters.state_space import estimate, innovations, response_of, unconverged

DAMPING = 0.9
"""Damping of the slope a period; estimated from 8 to 40 values it is mostly noise."""


@dataclass(frozen=True)
class Structural:
    """Unobserved components: a[t] = l[t] + e[t], a level with or without a damped slope, the lower AICc wins.

    l[t] = l[t-1] + phi * b[t-1] + u[t]          b[t] = phi * b[t-1] + v[t]          phi = ``DAMPING``

    with independent e, u and v whose variances are estimated by maximum likelihood (Kalman filter, diffuse start).
    Without the slope it is the local level model, ETS(A,N,N) with alpha at most 1. ``seasonal``: see
    ``seasonal_pattern`` for ``"auto"``; True makes the season a component of its own, s[t] = -(s[t-1] + ... +
    s[t-m+1]) + w[t], that can change. Where no candidate converges, a random walk without drift stands in, and
    ``name`` says so. ``log``: see ``choose_log``. Needs 8 observations, with a season of its own two years and 5.

    Source: Harvey 1989, "Forecasting, structural time series models and the Kalman filter", section 2.3.
    """

    log: Choice = "auto"
    seasonal: Choice = "auto"

    def __post_init__(self) -> None:
        check_options("Structural", scale_options(self.log, self.seasonal))

    @property
    def name(self) -> str:
        """``Structural``."""
        return "Structural"

    def minimum(self, season: int) -> int:
        """8; where ``seasonal`` is True, two years and 5."""
        return 2 * season + 5 if self.seasonal is True and season > 1 else 8

    def fit(self, values: Array, *, horizon: int, season: int) -> InnovationsForm:
        """See the class. Residuals are the one-step errors after the diffuse start."""
        own = season if self.seasonal is True and season > 1 else 1
        seasonal: Choice = False if own > 1 else self.seasonal
        past = adjust(values, self, horizon=horizon, season=season, seasonal=seasonal)
        a = past.values
        centre, size = float(np.mean(a)), float(np.std(a))
        flat = size <= 1e-9 * max(past.level, float(np.max(np.abs(a))))
        results = [] if flat else [_estimate((a - centre) / size, slope, own) for slope in (False, True)]
        found = [result for result in results if result is not None]
        if not found:
            walk = RandomWalk(drift=0.0, log=past.transformation == "log", seasonal=seasonal)
            form = walk.fit(values, horizon=horizon, season=season)
            return past.form(
                form.mean - past.pattern.over(a.size, horizon),
                response=form.response,
                residuals=form.residuals,
                parameters=0.0,
                name="RandomWalk in place of Structural",
                warnings=unconverged("Structural", len(results), len(results), "a random walk without drift"),
            )
        best = min(found, key=lambda result: float(result.aicc))
        errors = size * innovations(best)
        parts = ["level", *(["slope"] if best.model.trend else []), *(["season"] if own > 1 else [])]
        return past.form(
            centre + size * np.asarray(best.forecast(horizon)),
            response=response_of(best, horizon),
            residuals=errors,
            parameters=float(min(len(best.params) - 1, errors.size - 2)),
            name=f"Structural({', '.join(parts)})",
            warnings=unconverged(
                "Structural", len(results) - len(found), len(results), f"Structural({', '.join(parts)})"
            ),
        )


def _estimate(z: Array, slope: bool, season: int) -> Any | None:
    """The model with its variances; None where it does not converge."""
    from forecast.forecasters.damped_trend import DampedTrend

    return estimate(lambda: DampedTrend(z, trend=slope, season=season, damping=DAMPING))
