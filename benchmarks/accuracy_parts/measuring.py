"""One set measured: every method on the same splits, failed answers stood in for and counted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from accuracy_parts.answers import Answer, Answers, content_key, replaced
from accuracy_parts.comparing import Duel
from accuracy_parts.library import library_answers
from accuracy_parts.measures import Scores, owa, score
from accuracy_parts.opponents import Statsforecast, scum
from accuracy_parts.others import OTHERS, other_answers
from accuracy_parts.sets import SeriesSet, Split, draw
from accuracy_parts.yardsticks import log_drift_answer, naive2_answer, seasonal_naive_answer
from forecast.forecasters import Forecaster

COMBINED = "SCUM"
"""What the opponents' combination is called."""


@dataclass(frozen=True, eq=False)
class Measured:
    """Scores by method on the splits of a set, and those of Naive2.

    ``ours`` and ``singles`` name the library's forecasters, the default first, and the single opponents; ``length``
    is where histories were cut. ``splits`` are those of the scores, in their order.
    """

    title: str
    length: int | None
    splits: Sequence[Split]
    naive2: Scores
    scores: Mapping[str, Scores]
    ours: tuple[str, ...]
    singles: tuple[str, ...]

    def owa(self, method: str) -> float:
        """OWA of a method on the set."""
        return float(owa(self.scores[method], self.naive2)[0])

    def best_single(self) -> str | None:
        """The single opponent of smallest OWA; None where there is none."""
        return min(self.singles, key=self.owa) if self.singles else None

    def duel(self, other: str) -> Duel:
        """The default against another method."""
        return Duel(self.splits, self.scores[self.ours[0]], self.scores[other], self.naive2)


def measure(
    title: str,
    splits: Sequence[Split],
    forecasters: Mapping[str, Forecaster],
    statsforecast: Statsforecast | None,
    *,
    length: int | None = None,
) -> Measured:
    """Every forecaster, the half log drift and, where there is an interpreter for it, statsforecast, on all splits."""
    found: dict[str, Answers] = {
        name: library_answers(name, forecaster, splits) for name, forecaster in forecasters.items()
    }
    singles: dict[str, Answers] = {"log drift": {content_key(split): log_drift_answer(split) for split in splits}}
    if statsforecast is not None:
        answers = statsforecast.answers(splits)
        singles |= {name: each for name, each in answers.items() if len(each) == len(singles["log drift"])}
        found[COMBINED] = scum(answers)
    return _scored(title, splits, found | singles, tuple(forecasters), tuple(singles), length)


def measure_slow(measured: Measured, ours: Forecaster, count: int, cache: Path | None) -> Measured:
    """The opponents that take long, and the default, on ``count`` series of the set."""
    names = set(draw(sorted(split.name for split in measured.splits), count))
    splits = [split for split in measured.splits if split.name in names]
    default = measured.ours[0]
    found = {name: other_answers(name, splits, cache) for name in OTHERS}
    found = {name: answers for name, answers in found.items() if answers}
    every = {default: library_answers(default, ours, splits), **found}
    return _scored(measured.title, splits, every, (default,), tuple(found), measured.length)


def _scored(
    title: str,
    splits: Sequence[Split],
    found: Mapping[str, Answers],
    ours: tuple[str, ...],
    singles: tuple[str, ...],
    length: int | None,
) -> Measured:
    stand_in: dict[str, Answer] = {content_key(split): seasonal_naive_answer(split) for split in splits}
    scores = {}
    for name, answers in found.items():
        filled, failures = replaced(answers, stand_in)
        scores[name] = score(splits, [filled[content_key(split)] for split in splits], failures)
    naive2 = score(splits, [naive2_answer(split) for split in splits])
    return Measured(title, length, splits, naive2, scores, ours, singles)


def cut(splits: Sequence[Split], length: int) -> list[Split]:
    """The splits with only the last ``length`` points to learn from, those that have more; all that is left of them.

    None where the median history is not at least a year longer than that: it would be the same set again.
    """
    if np.median([split.train.size for split in splits]) < length + splits[0].season:
        return []
    return [split.last(length) for split in splits if split.train.size > length]


def titled(chosen: SeriesSet, length: int | None) -> str:
    """The title of a set whose histories were cut to ``length``."""
    return chosen.title if length is None else f"{chosen.title.split(', last')[0]}, cut to {length}"
