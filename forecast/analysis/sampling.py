"""Sampling error of shares and quantiles of simulated paths."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from forecast.distributions import Array
from forecast.errors import GoalError


def share_interval(share: float, paths: float, level: float = 0.95) -> tuple[float, float]:
    """Interval of a probability estimated as a share of paths.

    Wilson 1927: (p + z^2/2n -+ z * sqrt(p(1-p)/n + z^2/4n^2)) / (1 + z^2/n), with z the two-sided normal
    quantile; it stays inside [0, 1] and is not empty at 0 or 1. Of weighted paths n is the effective number.
    """
    from scipy import special

    _check_level(level)
    z = float(special.ndtri(0.5 + level / 2))
    centre = share + z**2 / (2 * paths)
    reach = z * np.sqrt(share * (1 - share) / paths + z**2 / (4 * paths**2))
    scale = 1 + z**2 / paths
    low, high = float((centre - reach) / scale), float((centre + reach) / scale)
    return max(0.0, min(low, share)), min(1.0, max(high, share))


@lru_cache(maxsize=256)
def interval_ranks(n: int, share: float, level: float = 0.95) -> tuple[int, int]:
    """Ranks l and u of the order statistics of n draws that enclose the quantile at ``share``.

    The number of draws below the true quantile is binomial(n, share), so the ranks l = its (1 - level)/2
    quantile and u = its (1 + level)/2 quantile + 1 enclose it with at least ``level`` (David and Nagaraja
    2003, 7.1). Rank 0 stands for -inf and rank n + 1 for +inf.
    """
    from scipy import special

    _check_level(level)
    tail = (1 - level) / 2
    below = special.bdtr(np.arange(n + 1), n, share)
    return int(np.searchsorted(below, tail)), int(np.searchsorted(below, 1 - tail)) + 1


def quantile_rank(n: int, share: float) -> int:
    """The rank of the order statistic of n draws that is their quantile at ``share``: ceil(n p)."""
    return min(max(int(np.ceil(n * share - 1e-9)), 1), n)


def quantile_interval(ordered: Array, share: float, level: float = 0.95) -> tuple[float, float, float]:
    """The quantile at ``share`` of sorted numbers and its distribution-free interval.

    The quantile is the order statistic of ``quantile_rank``, the interval has those of ``interval_ranks``. Infinite
    numbers are allowed: they are paths without a finite threshold.
    """
    n = len(ordered)
    rank = quantile_rank(n, share)
    lower, upper = interval_ranks(n, share, level)
    low = float(ordered[lower - 1]) if lower >= 1 else -np.inf
    high = float(ordered[upper - 1]) if upper <= n else np.inf
    return float(ordered[rank - 1]), low, high


def _check_level(level: float) -> None:
    if isinstance(level, bool) or not isinstance(level, int | float) or not 0 < level < 1:
        raise GoalError(f"the level of an interval is {level!r}; it must lie in (0, 1), as in 0.95.")
