"""Whether one method is better than another: paired intervals by resampling series, per set and over all sets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from accuracy_parts.measures import Scores, mean_loss, owa
from accuracy_parts.sets import Array, Split

REPLICATIONS = 2000
SEED = 11


@dataclass(frozen=True)
class Difference:
    """Relative difference in percent, ours over the other less 1, with the ends of a central 95 % interval."""

    estimate: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.estimate:+.1f} % ({self.low:+.1f} to {self.high:+.1f})"


@dataclass(frozen=True, eq=False)
class Duel:
    """The scores of two methods and of Naive2 on the same series of one set."""

    splits: Sequence[Split]
    ours: Scores
    other: Scores
    naive2: Scores

    def ratios(self, measure: str, weights: Array) -> Array:
        """Ours over the other, of ``owa`` or ``loss``, one for each row of ``weights`` (r, series): (r,)."""
        if measure == "owa":
            return owa(self.ours, self.naive2, weights) / owa(self.other, self.naive2, weights)
        return mean_loss(self.ours, weights) / mean_loss(self.other, weights)


def draw_weights(duels: Sequence[Duel], replications: int, seed: int) -> list[Array]:
    """How often each series counts in each replication: one array (replications, series) a set.

    Every unit (a company, or a series that belongs to none) gets independent exponential weights, the Bayesian
    bootstrap; its series in all sets share them, since the lines of a company are not independent.

    Source: Rubin 1981, "The Bayesian bootstrap", Annals of Statistics 9, section 2.
    """
    units = sorted({split.unit for duel in duels for split in duel.splits})
    column = {unit: i for i, unit in enumerate(units)}
    drawn = np.random.default_rng(seed).exponential(size=(replications, len(units)))
    return [drawn[:, [column[split.unit] for split in duel.splits]] for duel in duels]


def compare(duels: Sequence[Duel], measure: str, *, replications: int = REPLICATIONS, seed: int = SEED) -> Difference:
    """Ours against the other over the sets together: the geometric mean of the sets' ratios, each set counting once.

    With one duel it is the ratio of that set. The interval holds 95 % of the replications.
    """
    at = _pooled([duel.ratios(measure, np.ones((1, len(duel.splits)))) for duel in duels])[0]
    weights = draw_weights(duels, replications, seed)
    drawn = _pooled([duel.ratios(measure, rows) for duel, rows in zip(duels, weights, strict=True)])
    low, high = np.quantile(drawn, (0.025, 0.975))
    return Difference(*(100 * (float(ratio) - 1) for ratio in (at, low, high)))


def _pooled(ratios: Sequence[Array]) -> Array:
    return np.asarray(np.exp(np.mean(np.log(ratios), axis=0)), dtype=float)
