"""The contract of a driver: what it declares, what it learns from history, and how it takes one step."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Protocol, runtime_checkable

import numpy as np

from forecast.distributions import Array, Distribution
from forecast.errors import ModelError
from forecast.financials import History
from forecast.lines import Identity, Line
from forecast.model.assumption import Parameter
from forecast.timeline import Quarter


@dataclass(frozen=True, slots=True)
class Noise:
    """One random stream of a driver, drawn afresh each quarter.

    Standard normal unless ``shape`` is given. ``shared`` maps the name of a common factor to the
    correlation with it: the error is ``sum(rho * factor) + sqrt(1 - sum(rho**2)) * own``.
    """

    name: str = "error"
    shape: Distribution | None = None
    shared: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True, slots=True)
class Fit:
    """What a driver learned: distributions of its open parameters, and whatever its steps need.

    ``judged`` names those that no history decided: the driver's own default, a judgement.
    ``surprises`` are the one-step errors of the last quarters, oldest first, with mean square 1, where there are any.
    ``warnings`` say what to doubt about the fit, one sentence each.
    """

    estimates: Mapping[str, Distribution] = field(default_factory=dict)
    payload: Any = None
    note: str = ""
    judged: tuple[str, ...] = ()
    surprises: tuple[float, ...] = ()
    warnings: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "estimates", MappingProxyType(dict(self.estimates)))


class Past(Protocol):
    """What a driver sees when it is calibrated."""

    @property
    def history(self) -> History | None:
        """What was reported, or None for a model whose parameters are all stated."""

    @property
    def first(self) -> Quarter:
        """The first quarter to be simulated."""

    @property
    def horizon(self) -> int:
        """How many quarters may be simulated."""

    def opening(self, line: str) -> tuple[float, float] | None:
        """Value and standard error at the last quarter of the history, or None when nobody knows."""


class Now(Protocol):
    """What a driver sees when it takes the step to one quarter.

    Arrays have shape (paths,), or () where a number is the same on all paths.
    """

    @property
    def step(self) -> int:
        """0 in the first simulated quarter."""

    @property
    def fit(self) -> Fit:
        """What the driver learned."""

    def parameter(self, name: str) -> Array:
        """The driver's own parameter in this quarter, shocks included."""

    def value(self, line: str, lag: int = 0) -> Array:
        """Another line in this quarter, or ``lag`` quarters ago."""

    def error(self, name: str = "error") -> Array:
        """The quarter's draw of a stream."""

    def errors(self, name: str = "error") -> Array:
        """All draws of a stream, shape (quarters, paths); row t belongs to step t."""

    def recall(self, name: str) -> Array | None:
        """What this driver kept in the last quarter; None in the first."""

    def keep(self, name: str, value: Array) -> None:
        """Keep a number for the next quarter; it is also recorded as ``line.name`` where declared."""


@runtime_checkable
class Driver(Protocol):
    """How one line moves. A frozen dataclass whose fields are its specification."""

    @property
    def line(self) -> str:
        """Name of the line that it drives."""

    def describe(self) -> Line:
        """The line with kind, unit and currency (None: the model's)."""

    def parameters(self) -> tuple[Parameter, ...]:
        """Its parameters, in a fixed order."""

    def reads(self) -> tuple[tuple[str, int], ...]:
        """The other lines that it needs, each with the lag in quarters (0: the same quarter)."""

    def noises(self) -> tuple[Noise, ...]:
        """Its random streams."""

    def records(self) -> tuple[str, ...]:
        """Names it keeps that are worth showing, recorded as ``line.name``."""

    def last(self, own: Mapping[str, Array]) -> Array | None:
        """The line in the quarter before the first, where the driver's own parameters say it; else None."""

    def identity(self) -> Identity | None:
        """The linear identity that it states, which holds in the history too; None for most."""

    def calibrate(self, past: Past) -> Fit:
        """Learn from the history; raise CalibrationError when it cannot."""

    def step(self, now: Now) -> Array:
        """The line in this quarter, shape (paths,)."""


def check_shared(
    shared: Mapping[str, float] | tuple[tuple[str, float], ...],
) -> tuple[tuple[str, float], ...]:
    """Loadings on common factors as sorted pairs; their squares may add up to at most one."""
    pairs = tuple(sorted((str(name), float(rho)) for name, rho in dict(shared).items()))
    total = float(np.sum([rho**2 for _, rho in pairs])) if pairs else 0.0
    if not total <= 1.0 + 1e-12:
        raise ModelError(f"loadings {dict(pairs)} on common factors have squares adding up to {total:.3g}; at most 1.")
    return pairs
