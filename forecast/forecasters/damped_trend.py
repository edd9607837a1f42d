"""The state space of a level, a damped slope and a changing season, for statsmodels' filter.

statsmodels' ``UnobservedComponents`` has no damped slope, hence this small model on its ``MLEModel``.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from statsmodels.tsa.statespace.mlemodel import MLEModel

from forecast.distributions import Array


class DampedTrend(MLEModel):  # type: ignore[misc]
    """State (level, slope, season now and before); parameters are the variances of e, u, v and w, in that order.

    Source: Harvey 1989, section 2.3.2, with the slope damped.
    """

    def __init__(self, endog: Array, *, trend: bool, season: int, damping: float) -> None:
        self.trend, self.season, self.damping = trend, season, damping
        seasons = season - 1
        states = 1 + int(trend) + seasons
        shocks = 1 + int(trend) + int(seasons > 0)
        super().__init__(endog, k_states=states, k_posdef=shocks, loglikelihood_burn=states)
        transition, selection = np.zeros((states, states)), np.zeros((states, shocks))
        design = np.zeros((1, states))
        transition[0, 0] = selection[0, 0] = design[0, 0] = 1.0
        if trend:
            transition[0, 1] = transition[1, 1] = damping
            selection[1, 1] = 1.0
        if seasons:
            at = 1 + int(trend)
            transition[at, at:] = -1.0
            transition[at + 1 :, at:-1] = np.eye(seasons - 1)
            selection[at, -1] = design[0, at] = 1.0
        self["design"], self["transition"], self["selection"] = design, transition, selection
        self.ssm.initialize_approximate_diffuse(1e4)

    @property
    def param_names(self) -> list[str]:
        """The variances."""
        return ["irregular", "level", *(["slope"] if self.trend else []), *(["season"] if self.season > 1 else [])]

    @property
    def start_params(self) -> Array:
        """Half of the variance of the changes to the level, a quarter to the irregular, little to the rest."""
        size = float(np.var(np.diff(np.asarray(self.endog).ravel()))) or 1.0
        shares = {"irregular": 0.25, "level": 0.5, "slope": 0.02, "season": 0.05}
        return np.array([shares[name] * size for name in self.param_names])

    def transform_params(self, unconstrained: Array) -> Array:
        """Squares, so that variances are not negative."""
        return np.asarray(unconstrained) ** 2

    def untransform_params(self, constrained: Array) -> Array:
        """Square roots."""
        return np.sqrt(np.asarray(constrained))

    def update(self, params: Array, **options: Any) -> None:
        """Put the variances in place."""
        variances = super().update(params, **options)
        self["obs_cov", 0, 0] = variances[0]
        for i, variance in enumerate(variances[1:]):
            self["state_cov", i, i] = variance
