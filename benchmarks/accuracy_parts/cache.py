"""Answers kept on disk, so that opponents that take long are asked once for each series."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from accuracy_parts.answers import QUANTILES, Answer

COLUMNS = tuple(f"q{round(1000 * q):04d}" for q in QUANTILES)
"""Names of the columns of quantiles."""


def read_cache(folder: Path) -> dict[tuple[str, str], Answer]:
    """Every answer in a folder by (content key, model); none where there is no folder.

    The files hold one row a step: ``key, model, step, point``, ``COLUMNS``, ``seconds, failure``.
    """
    parts = sorted(folder.glob("*.parquet"))
    if not parts:
        return {}
    frame = pd.concat([pd.read_parquet(part) for part in parts], ignore_index=True)
    numbers = frame[["point", *COLUMNS]].to_numpy(float)
    starts = np.flatnonzero(frame["step"].to_numpy() == 1)
    ends = np.append(starts[1:], len(frame))
    keys, models = frame["key"].to_numpy()[starts], frame["model"].to_numpy()[starts]
    seconds, failures = frame["seconds"].to_numpy()[starts], frame["failure"].to_numpy()[starts]
    known = {}
    for i, (start, end) in enumerate(zip(starts, ends, strict=True)):
        block = numbers[start:end]
        known[str(keys[i]), str(models[i])] = Answer(block[:, 0], block[:, 1:].T, float(seconds[i]), str(failures[i]))
    return known


def add_to_cache(folder: Path, model: str, answers: Mapping[str, Answer]) -> None:
    """Write the answers of one model as a file of their own, complete or not at all."""
    frames = []
    for key, answer in answers.items():
        columns = dict(zip(COLUMNS, answer.quantiles, strict=True))
        frame = pd.DataFrame({"step": np.arange(1, answer.point.size + 1), "point": answer.point, **columns})
        frames.append(frame.assign(key=key, model=model, seconds=answer.seconds, failure=answer.failure))
    folder.mkdir(parents=True, exist_ok=True)
    part = folder / f"{uuid.uuid4().hex}.parquet"
    pd.concat(frames, ignore_index=True).to_parquet(part.with_suffix(".part"), index=False)
    part.with_suffix(".part").rename(part)
