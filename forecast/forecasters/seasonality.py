"""The seasonal pattern of a short series, estimated from its changes and shrunk as far as it is doubtful."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from forecast.distributions import Array
from forecast.forecasters.contract import Choice

FADING = 0.8
"""What a change counts, relative to the same season's a year later."""


@dataclass(frozen=True)
class Pattern:
    """A seasonal pattern: ``effects`` (season,) sum to 0, entry i belongs to periods t with t % season == i.

    ``weight`` in [0, 1] is how much of the raw estimate was kept; 0 means no seasonality.
    """

    effects: tuple[float, ...]
    weight: float

    @property
    def parameters(self) -> float:
        """Degrees of freedom the pattern costs: ``weight * (season - 1)``."""
        return self.weight * (len(self.effects) - 1)

    def over(self, start: int, length: int) -> Array:
        """Effects of the periods ``start, ..., start + length - 1``, counted from the oldest, (length,)."""
        return np.asarray(self.effects)[np.arange(start, start + length) % len(self.effects)]


def seasonal_pattern(values: Array, season: int, *, seasonal: Choice = "auto") -> Pattern:
    """The additive pattern of ``values`` (n,), on the scale that is modelled; none where n < 2 * season.

    The changes d[t] = z[t] - z[t-1] get one mean per season, each year's change counting ``FADING`` times as much as
    that of the year after it, since seasons change; with F the variance ratio of a one-way analysis of variance of
    ``d`` over the seasons, with these weights,

        weight = max(0, 1 - 1 / F)   for ``"auto"``,     1 for True,     0 for False
        change[s] = weight * (mean of d in season s - mean over seasons)

    and the effects are the running sum of ``change``, centred. With weights v, a season has the mean m = sum(v d) /
    sum(v) and counts as N = sum(v)**2 / sum(v**2) observations; within it, sum(v (d - m)**2) / sum(v) expects
    (1 - 1/N) times the variance. Where all weights are 1 this is the plain ratio, but for the pooling of variances,
    which is by sum(v), and F has the F distribution for independent normal changes; with fading weights roughly so.
    1 - 1/F is the empirical Bayes (positive-part James-Stein) weight: a pattern that is no
    larger than chance would make it is left out, one that is certain is kept whole.

    Source: Miller and Williams 2003, "Shrinkage estimators of time series seasonal factors", IJF 19.
    """
    none = Pattern((0.0,) * season, 0.0)
    changes = np.diff(values)
    if season == 1 or seasonal is False or values.size < 2 * season:
        return none
    group = np.arange(1, values.size) % season
    faded = FADING ** (np.arange(changes.size)[::-1] / season)
    total = np.bincount(group, weights=faded, minlength=season)
    counts = total**2 / np.bincount(group, weights=faded**2, minlength=season)
    means = np.bincount(group, weights=faded * changes, minlength=season) / total
    within = float(np.sum(faded * (changes - means[group]) ** 2))
    between = float(np.sum(counts * (means - np.average(means, weights=counts)) ** 2))
    if between <= 1e-20 * float(np.sum(values**2)):
        return none
    inverse_ratio = (within / float(np.sum(total * (1 - 1 / counts)))) / (between / (season - 1))
    weight = 1.0 if seasonal is True else max(0.0, 1.0 - inverse_ratio)
    running = np.cumsum(weight * (means - np.mean(means)))
    return Pattern(tuple(float(effect) for effect in running - np.mean(running)), weight)
