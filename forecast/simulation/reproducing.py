"""Running a simulation again, and saying whether every number came out the same."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from forecast.distributions import Array
from forecast.errors import SimulationError
from forecast.notebook import printed
from forecast.simulation.running import simulate
from forecast.version import VERSION

if TYPE_CHECKING:
    import pandas as pd

    from forecast.simulation.paths import Simulation


@dataclass(frozen=True)
class Difference:
    """The numbers of one line that came out otherwise: how many of how many, and how far at most.

    ``relative`` is ``|again - before| / max(|again|, |before|)``, infinite where one of the two is no finite number.
    """

    scenario: str
    line: str
    numbers: int
    of: int
    relative: float


@dataclass(frozen=True)
class Reproduction:
    """What a second run gave: ``differences`` by scenario and line, none where every bit is the same.

    ``checksum`` is that of the second run, ``expected`` the one it is held against. ``made_with`` is the version of
    the library that made the first run, ``version`` that of the second.
    """

    fingerprint: str
    expected: str
    checksum: str
    differences: tuple[Difference, ...]
    numbers: int
    made_with: str
    version: str

    @property
    def identical(self) -> bool:
        """Whether every number has the same bits."""
        return self.expected == self.checksum

    @property
    def relative(self) -> float:
        """The largest relative difference of the numbers at hand; 0 where they are identical."""
        return max((one.relative for one in self.differences), default=0.0)

    def to_frame(self) -> pd.DataFrame:
        """A row a scenario and line that differ: numbers that do, of how many, the largest relative difference."""
        import pandas as pd

        rows = [(one.scenario, one.line, one.numbers, one.of, one.relative) for one in self.differences]
        return pd.DataFrame(rows, columns=["scenario", "line", "numbers", "of", "relative difference"])

    def __str__(self) -> str:
        if self.identical:
            return (
                f"Identical: all {self.numbers:,} numbers came out with the same bits (checksum {self.checksum[:12]})."
            )
        versions = (
            "" if self.made_with == self.version else f" Made with version {self.made_with}, this is {self.version}."
        )
        if not self.differences:
            return (
                f"Not identical to the checksum given: it is {self.expected[:12]}, here {self.checksum[:12]}, before "
                f"and again. Other inputs, another version of a library or another processor made it.{versions}"
            )
        rows = self.to_frame().to_string(index=False, float_format=lambda number: f"{number:.2g}")
        return f"Not identical: relative differences up to {self.relative:.2g}.{versions}\n{rows}"

    def _repr_html_(self) -> str:
        return printed(self)


def reproduce(simulation: Simulation, *, checksum: str | None = None) -> Reproduction:
    """Run a simulation again from its company, scenarios, seed and given draws, and compare every number.

    Views are taken in again too. With the ``checksum`` that another machine printed, the second run is held against
    that one instead of the numbers at hand.
    """
    if checksum is not None and not (isinstance(checksum, str) and len(checksum) == 64):
        raise SimulationError(f"checksum is {checksum!r}; give the 64 letters and digits of simulation.checksum.")
    everything = set(simulation.company.model.lines) <= set(simulation.lines)
    again = simulate(
        simulation.company,
        simulation.scenarios,
        until=simulation.quarters[-1],
        paths=simulation.paths,
        seed=simulation.seed,
        sampling=simulation.sampling,
        keep=None if everything else simulation.lines,
        draws=simulation.given or None,
    )
    if simulation.views is not None:
        again = simulation.views.retaken(again)
    elif simulation.weights is not None:
        again = replace(again, weights=simulation.weights)
    pairs = [
        (scenario, line, values, again.series[scenario][line])
        for scenario in simulation.names
        for line, values in simulation.series[scenario].items()
    ]
    if simulation.weights is not None and again.weights is not None:
        pairs.append(("every scenario", "weights", simulation.weights, again.weights))
    found = tuple(one for pair in pairs if (one := _difference(*pair)) is not None)
    return Reproduction(
        simulation.fingerprint,
        checksum_of(simulation.series, simulation.weights) if checksum is None else checksum,
        checksum_of(again.series, again.weights),
        found,
        sum(values.size for _, _, values, _ in pairs),
        simulation.version,
        VERSION,
    )


def checksum_of(series: Mapping[str, Mapping[str, Array]], weights: Array | None = None) -> str:
    """SHA-256 of the bits of every number, by scenario and line in the order of names; one NaN is like another."""
    digest = hashlib.sha256()
    for scenario in sorted(series):
        for line in sorted(series[scenario]):
            digest.update(f"{scenario}\0{line}\0".encode())
            digest.update(_bits(series[scenario][line]).data)
    if weights is not None:
        digest.update(b"weights\0")
        digest.update(_bits(weights).data)
    return digest.hexdigest()


def _bits(numbers: Array) -> Array:
    """Little-endian float64 in C order, all NaN with the same bits."""
    unknown = np.isnan(numbers)
    return np.ascontiguousarray(np.where(unknown, np.nan, numbers) if unknown.any() else numbers, dtype="<f8")


def _difference(scenario: str, line: str, before: Array, again: Array) -> Difference | None:
    """How the numbers of a line differ; None where all have the same bits."""
    first, second = (np.atleast_1d(_bits(numbers)) for numbers in (before, again))
    other = first.view(np.int64) != second.view(np.int64)
    if not other.any():
        return None
    first, second = first[other], second[other]
    with np.errstate(invalid="ignore", divide="ignore"):
        relative = np.abs(second - first) / np.maximum(np.abs(first), np.abs(second))
    # two zeros of opposite sign differ by a bit and by nothing else
    relative = np.where(first == second, 0.0, np.where(np.isfinite(first) & np.isfinite(second), relative, np.inf))
    return Difference(scenario, line, int(other.sum()), before.size, float(relative.max()))
