"""A clock of few lines that runs one driver, and histories in few words."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

import forecast as fc
from forecast.model import Fit


@dataclass
class Turn:
    """What a driver sees, with everything given by the test."""

    own: dict[str, Any]
    lines: dict[str, Any]
    draws: np.ndarray
    fit: Fit
    step: int = 0
    kept: dict[str, Any] = field(default_factory=dict)

    def parameter(self, name):
        value = self.own[name]
        return np.asarray(value[self.step] if isinstance(value, list) else value, dtype=float)

    def value(self, line, lag=0):
        """Lines are given from one quarter before the first on."""
        return np.asarray(self.lines[line][self.step - lag + 1], dtype=float)

    def error(self, name="error"):
        return self.errors(name)[self.step]

    def errors(self, name="error"):
        """The same draws for every stream, unless the test gives them by name."""
        return self.draws[name] if isinstance(self.draws, dict) else self.draws

    def recall(self, name):
        return self.kept.get(name)

    def keep(self, name, value):
        self.kept[name] = value


def named(errors, steps):
    """Errors by stream; those given without a name are of all streams."""
    if isinstance(errors, dict):
        return errors
    return {"error": np.zeros((steps, 1)) if errors is None else errors}


@pytest.fixture
def walk():
    """Run a driver: values by quarter, and what it recorded; a list as a parameter has one entry a quarter."""

    def run(driver, steps, *, lines=None, errors=None, fit=None, **own):
        shaped = {name: np.asarray(e, dtype=float).reshape(steps, -1) for name, e in named(errors, steps).items()}
        draws = shaped if isinstance(errors, dict) else shaped["error"]
        turn = Turn(own, lines or {}, draws, fit or Fit())
        values, records = [], {name: [] for name in driver.records()}
        for turn.step in range(steps):
            values.append(np.squeeze(driver.step(turn)))
            for name in records:
                records[name].append(np.squeeze(turn.kept[name]))
        return np.array(values), {name: np.array(found) for name, found in records.items()}

    return run


@dataclass(frozen=True)
class Past:
    """What a driver is calibrated on."""

    history: Any = None
    first: Any = None
    horizon: int = 8

    def opening(self, line):
        if self.history is None or line not in self.history.lines:
            return None
        value, error = float(self.history.values(line)[-1]), float(self.history.errors(line)[-1])
        return None if np.isnan(value) else (value, error)


@pytest.fixture
def past():
    """A past from columns, quarter by quarter up to 2025Q4; marks, errors and wander override a clean table's."""

    def build(*, marks=None, errors=None, wander=None, **columns):
        if not columns:
            return Past(first=fc.Quarter.parse("2026Q1"))
        length = len(next(iter(columns.values())))
        index = pd.period_range(end="2025Q4", periods=length, freq="Q")
        clean = fc.History.from_frame(pd.DataFrame(columns, index=index, dtype=float))
        entries = []
        for entry in clean.entries:
            name = entry.line.name
            spread = np.asarray((errors or {}).get(name, np.zeros(length)), dtype=float)
            entries.append(
                replace(
                    entry,
                    marks=tuple((marks or {}).get(name, entry.marks)),
                    covariance=entry.covariance + np.diag(spread**2),
                    wander=(wander or {}).get(name, 0.0),
                )
            )
        return Past(replace(clean, entries=tuple(entries)), clean.last + 1)

    return build


@pytest.fixture
def refusal():
    """The whole text with which a call refuses."""

    def text(kind, call, /, *arguments, **options):
        with pytest.raises(kind) as caught:
            call(*arguments, **options)
        assert type(caught.value) is kind
        return str(caught.value)

    return text
