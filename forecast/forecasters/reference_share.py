"""Reference classes of margins and cost shares: where other companies that stood at a level stood years later."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib import resources

import numpy as np

from forecast.distributions import Array
from forecast.errors import CalibrationError
from forecast.forecasters.reference import check_level, is_finite, line_through, place_of

SOURCE = "US companies' SEC filings, 1993 to 2022; large ones that survived"
"""What the table rests on; ``benchmarks/learn_shares.py`` makes it."""

LINES = ("gross margin", "operating margin", "net margin", "R&D to revenue", "selling and administration to revenue")
"""What the table knows, each a share of the revenue of the same year."""


@dataclass(frozen=True, eq=False)
class ReferenceShare:
    """The share ``line`` of revenue years later, of companies that stood at a level in ``span`` [from, to).

    share[t + years] = typical + slope * (now - typical) + rest                    [parts of revenue: 0.05 is 5 %]

    ``years`` (k,) ahead, ``counts`` (k,) of stretches, ``typical`` (k,) the median level of the class, ``slopes`` (k,)
    how much of a company's distance from it is left, by the median slope over all pairs (Theil; Sen 1968, JASA 63),
    within 0 and 1; ``levels`` (m,) and ``rests`` (k, m), quantiles of the rest. A class of losses is wide, and its
    slope says how little deep and small losses differ later. One rest for the class is too narrow for its deeper half
    and too wide for the other: the middle 80 % held 69 and 90 % of companies kept apart (operating margin), 78 % over
    all classes. Stretches of a company overlap; failed ones are missing.
    """

    line: str
    now: float
    span: tuple[float, float]
    years: Array
    counts: Array
    typical: Array
    slopes: Array
    levels: Array
    rests: Array
    source: str = SOURCE

    def quantile(self, p: float, *, years: int = 1) -> float:
        """The share that a part ``p`` of the companies did not exceed after ``years``; straight on the normal scale."""
        from scipy.special import ndtri

        at = place_of(years, self.years)
        return self._centre(at) + line_through(ndtri(check_level(p)), ndtri(self.levels), self.rests[at])

    def share_above(self, level: float, *, years: int = 1) -> float:
        """Part of the companies whose share was above ``level`` (0.1 for 10 % of revenue) after ``years``."""
        if not is_finite(level):
            raise CalibrationError(f"the level is {level!r}; give a part of revenue such as 0.1 for 10 %.")
        from scipy.special import ndtr, ndtri

        at = place_of(years, self.years)
        return float(1 - ndtr(line_through(level - self._centre(at), self.rests[at], ndtri(self.levels))))

    def describe(self, level: float = 0.0, *, years: int = 3) -> str:
        """One sentence for a report: in how many cases a share like this one was above ``level`` after ``years``."""
        share = self.share_above(level, years=years)
        shown = "under 1%" if share < 0.01 else "over 99%" if share > 0.99 else f"{share:.0%}"
        low, high = self.span
        place = f"from {low:.0%} to {high:.0%}"
        if not np.isfinite(low):
            place = "at any level" if not np.isfinite(high) else f"below {high:.0%}"
        elif not np.isfinite(high):
            place = f"from {low:.0%}"
        count = int(self.counts[place_of(years, self.years)])
        span = "a year" if years == 1 else f"{years} years"
        return (
            f"Had it moved as in {count} cases of other companies ({self.line} {place}), "
            f"{self.line} of {self.now:.0%} would be above {level:.0%} after {span} in {shown} of them ({self.source})."
        )

    def _centre(self, at: int) -> float:
        return float(self.typical[at] + self.slopes[at] * (self.now - self.typical[at]))


def reference_share(line: str, now: float) -> ReferenceShare:
    """The class of companies whose ``line`` (one of ``LINES``) stood near ``now``, a part of revenue: -0.2 for -20 %.

    Where too few companies stood there, the class is that of all levels.
    """
    if line not in LINES:
        raise CalibrationError(f"there is no table of {line!r}; it has {', '.join(map(repr, LINES))}.")
    if not is_finite(now):
        raise CalibrationError(f"now is {now!r}; give a part of revenue such as 0.1 for 10 %.")
    levels, rows = _read()
    spans = {(low, high) for name, low, high, _ in rows if name == line}
    low, high = min((span for span in spans if span[0] <= now < span[1]), key=lambda span: span[1] - span[0])
    found = np.array([numbers for name, a, b, numbers in rows if (name, a, b) == (line, low, high)])
    years, counts, typical, slopes = found[:, :4].T
    return ReferenceShare(line, float(now), (low, high), years, counts, typical, slopes, levels, found[:, 4:])


@cache
def _read() -> tuple[Array, tuple[tuple[str, float, float, tuple[float, ...]], ...]]:
    """Levels of the quantiles, and of each row the line, the span and its numbers."""
    text = resources.files("forecast.forecasters").joinpath("shares.csv").read_text(encoding="utf-8")
    rows = [line.split(",") for line in text.splitlines() if not line.startswith("#")]
    levels = np.array([int(name[1:]) / 100 for name in rows[0][7:]])
    return levels, tuple((row[0], float(row[1]), float(row[2]), tuple(map(float, row[3:]))) for row in rows[1:])
