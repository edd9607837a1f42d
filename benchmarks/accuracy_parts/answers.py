"""What a forecaster answers for one series, whichever side it is on, and how answers are combined."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from accuracy_parts.sets import Array, Split

QUANTILES = (0.025, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.975)
"""The deciles, and the ends of the central 95 % interval."""


@dataclass(frozen=True, eq=False)
class Answer:
    """Forecast of one series.

    - ``point`` (h,) and ``quantiles`` (len(QUANTILES), h), in the unit of the series.
    - ``seconds`` of processor time on one core, with fitting.
    - ``failure``: what went wrong, or nothing.
    - ``totals`` (len(QUANTILES), years): quantiles of the sums over whole years from joint paths, where there are.
    """

    point: Array
    quantiles: Array
    seconds: float
    failure: str = ""
    totals: Array | None = None


Answers: TypeAlias = Mapping[str, Answer]
"""One answer a series, by the ``content_key`` of the split."""


def content_key(split: Split) -> str:
    """What an answer depends on, as 32 hexadecimal digits: the training part, the season and the horizon."""
    header = f"{split.season} {split.horizon} ".encode()
    return hashlib.sha256(header + split.train.astype("<f8").tobytes()).hexdigest()[:32]


def failed(horizon: int, seconds: float, failure: str) -> Answer:
    """An answer without numbers."""
    return Answer(np.full(horizon, np.nan), np.full((len(QUANTILES), horizon), np.nan), seconds, failure)


def finite(answer: Answer) -> bool:
    """Whether all its numbers are there."""
    return bool(np.all(np.isfinite(answer.point)) and np.all(np.isfinite(answer.quantiles)))


def replaced(answers: Answers, stand_in: Answers) -> tuple[dict[str, Answer], int]:
    """The answers, with those of ``stand_in`` where one failed; and how many did. Seconds stay the failed one's."""
    filled: dict[str, Answer] = {}
    count = 0
    for key, answer in answers.items():
        if finite(answer):
            filled[key] = answer
            continue
        other = stand_in[key]
        filled[key] = Answer(other.point, other.quantiles, answer.seconds, answer.failure or "not finite")
        count += 1
    return filled, count


def median_of(members: Sequence[Answers]) -> dict[str, Answer]:
    """Median of the point forecasts and mean of the quantiles of those members that did not fail; seconds summed.

    Source: Petropoulos and Svetunkov 2020, "A simple combination of univariate models", IJF 36 (SCUM), whose
    median is that of the point forecasts; quantiles are averaged as the folder's README says.
    """
    combined: dict[str, Answer] = {}
    for key in members[0]:
        every = [member[key] for member in members]
        good = [answer for answer in every if finite(answer)]
        seconds = sum(answer.seconds for answer in every)
        if not good:
            combined[key] = failed(every[0].point.size, seconds, "all members failed")
            continue
        point = np.median([answer.point for answer in good], axis=0)
        quantiles = np.mean([answer.quantiles for answer in good], axis=0)
        combined[key] = Answer(point, quantiles, seconds)
    return combined
