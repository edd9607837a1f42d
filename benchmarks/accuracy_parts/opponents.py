"""Forecasts of statsforecast, which lives in an environment of its own, with a cache of what it has answered."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from accuracy_parts.answers import Answer, Answers, content_key, median_of
from accuracy_parts.cache import read_cache
from accuracy_parts.sets import Split

SCRIPT = Path(__file__).parent / "statsforecast_script.py"

MODELS = ("SeasonalNaive", "AutoETS", "LogAutoETS", "AutoTheta", "DynamicOptimizedTheta", "AutoARIMA", "AutoCES")
"""As they are called in the script, the cheap ones first."""

SCUM = ("AutoCES", "DynamicOptimizedTheta", "AutoARIMA", "AutoETS")
"""Members of the best public combination."""

SLOW_BELOW = 9
"""AutoCES takes 3 to 4 s on a series of fewer quarters than this, and is left out there."""


@dataclass(frozen=True)
class Statsforecast:
    """An interpreter that has statsforecast, its version, and the folder in which its answers are kept."""

    python: Path
    version: str
    cache: Path

    @classmethod
    def found(cls, python: Path, cache: Path | None) -> Statsforecast:
        """Ask the interpreter for its version; without ``cache`` answers are kept until this program ends."""
        asked = subprocess.run([python, SCRIPT, "--version"], capture_output=True, text=True, check=False)
        if asked.returncode:
            raise SystemExit(f"{python} cannot run statsforecast:\n{asked.stderr.strip()}")
        version = asked.stdout.strip()
        folder = Path(tempfile.mkdtemp()) if cache is None else cache
        folder = folder / f"statsforecast-{version}"
        folder.mkdir(parents=True, exist_ok=True)
        return cls(python, version, folder)

    def answers(self, splits: Iterable[Split], models: Iterable[str] = MODELS) -> dict[str, Answers]:
        """Answers by model; those that the cache does not hold are made first, with progress on stderr."""
        wanted = {content_key(split): split for split in splits}
        models = tuple(models)
        known = read_cache(self.cache)
        missing = [
            (key, model)
            for model in models
            for key, split in wanted.items()
            if (key, model) not in known and not too_slow(model, split)
        ]
        if missing:
            self._run(wanted, missing)
            known = read_cache(self.cache)
        return {
            model: {key: known[key, model] for key, split in wanted.items() if not too_slow(model, split)}
            for model in models
        }

    def _run(self, splits: Mapping[str, Split], missing: list[tuple[str, str]]) -> None:
        jobs = pd.DataFrame(
            [(key, model, splits[key].season, splits[key].horizon, splits[key].train) for key, model in missing],
            columns=["key", "model", "season", "h", "y"],
        )
        one_core = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "jobs.parquet"
            jobs.to_parquet(path, index=False)
            command = [str(self.python), str(SCRIPT), str(path), str(self.cache)]
            with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env={**os.environ, **one_core}) as run:
                assert run.stdout is not None
                for line in run.stdout:
                    print(f"  statsforecast: {line.strip()} of {len(jobs)} fits", file=sys.stderr, flush=True)
        if run.returncode:
            raise SystemExit(f"statsforecast stopped with code {run.returncode}; what it had made is in {self.cache}.")


def too_slow(model: str, split: Split) -> bool:
    """Whether a model is left out for a series, since it would take seconds."""
    return model == "AutoCES" and split.season > 1 and split.train.size < SLOW_BELOW


def scum(answers: Mapping[str, Answers]) -> dict[str, Answer]:
    """The best public combination, of those members that have an answer for the series."""
    keys = answers["AutoETS"]
    combined: dict[str, Answer] = {}
    for key in keys:
        members = [{key: answers[model][key]} for model in SCUM if key in answers[model]]
        combined |= median_of(members)
    return combined
