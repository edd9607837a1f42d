"""Random numbers that the user gives instead of having them drawn."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

import numpy as np

from forecast.distributions import Array
from forecast.errors import Problems, SimulationError, did_you_mean, expect
from forecast.model import CalibratedModel


def check_given(company: CalibratedModel, draws: Any, quarters: int, paths: int) -> dict[str, Array]:
    """The given numbers as read-only arrays of floats by name, or one error with everything that is wrong with them.

    noise/line.error      (quarters, paths)  standard normal scores of the stream, before its ``shape`` and ``shared``
    shared/factor         (quarters, paths)  standard normal scores of the common factor
    parameter/line.name   (paths,)           standard normal scores, before correlations and its distribution
    line.name             (paths,)           the parameter's own values, inside its domain

    The first three are names of streams: what is given stands where the draws would. The last one takes the place of
    whatever distribution the parameter has, also of a fixed number. Arrays that may be written to, also through what
    they are a view of, are copied.
    """
    if draws is None:
        return {}
    expect(draws, Mapping, SimulationError, "draws", "pass arrays by name, as in {'sales.growth': growth}")
    shapes = _shapes(company, quarters, paths)
    problems = Problems()
    found: dict[str, Array] = {}
    for name, numbers in draws.items():
        if name not in shapes:
            problems.add(f"there are no draws called {name!r}. {did_you_mean(str(name), shapes)}")
            continue
        array = _read(name, numbers, shapes[name], problems)
        if array is not None:
            found[name] = array
    for name in found:
        if f"parameter/{name}" in found:
            problems.add(f"both '{name}' and 'parameter/{name}' are given, values and scores; give one of them.")
        if name in company.parameters:
            low, high = company.parameters[name].low, company.parameters[name].high
            least, most = float(np.min(found[name])), float(np.max(found[name]))
            if least < low or most > high:
                seen = least if least < low else most
                problems.add(f"'{name}' holds {seen:g}, outside the parameter's domain [{low:g}, {high:g}].")
    problems.raise_if_any(SimulationError, "the draws given do not fit the simulation")
    return found


def digest_of(given: Mapping[str, Array]) -> str:
    """A digest of the given numbers, whatever their order."""
    digest = hashlib.sha256()
    for name in sorted(given):
        digest.update(name.encode())
        digest.update(np.ascontiguousarray(given[name]).data)
    return digest.hexdigest()


def _shapes(company: CalibratedModel, quarters: int, paths: int) -> dict[str, tuple[int, ...]]:
    """The shape of everything that may be given, by name."""
    shapes: dict[str, tuple[int, ...]] = {}
    for driver in company.model.drivers:
        for noise in driver.noises():
            shapes[f"noise/{driver.line}.{noise.name}"] = (quarters, paths)
            shapes.update({f"shared/{factor}": (quarters, paths) for factor, _ in noise.shared})
    for name, parameter in company.parameters.items():
        shapes[name] = (paths,)
        if parameter.estimate is not None and not parameter.estimate.is_fixed:
            shapes[f"parameter/{name}"] = (paths,)
    return shapes


def _read(name: str, numbers: Any, shape: tuple[int, ...], problems: Problems) -> Array | None:
    try:
        array = np.asarray(numbers, dtype=float)
    except (TypeError, ValueError):
        problems.add(f"'{name}' is {str(repr(numbers))[:40]}, which cannot be read as numbers; give an array.")
        return None
    if array.shape != shape:
        wanted = "(quarters, paths)" if len(shape) == 2 else "(paths,)"
        problems.add(f"'{name}' has the shape {array.shape}; give {shape}, which is {wanted}.")
        return None
    if not np.isfinite(array).all():
        place = tuple(int(i) for i in np.argwhere(~np.isfinite(array))[0])
        problems.add(f"'{name}' is {array[place]} at {place}; every number must be finite.")
        return None
    if _open(array):
        array = array.copy()
        array.flags.writeable = False
    return array


def _open(array: Array) -> bool:
    """Whether its numbers may still change: it, or an array that it is a view of, may be written to."""
    seen: Any = array
    while isinstance(seen, np.ndarray):
        if seen.flags.writeable:
            return True
        seen = seen.base
    return seen is not None and not isinstance(seen, bytes)
