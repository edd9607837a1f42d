"""Reading a model from a YAML file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path as FilePath
from typing import Any

from forecast.drivers.conversion import Conversion
from forecast.drivers.formula import Formula
from forecast.drivers.growth import Growth
from forecast.drivers.oneoff import OneOff
from forecast.drivers.path import Path
from forecast.drivers.rate import Rate
from forecast.drivers.ratio import Ratio
from forecast.drivers.scurve import SCurve
from forecast.drivers.trend import Trend
from forecast.errors import ForecastError, ModelError, Problems, did_you_mean
from forecast.model import Driver, Model
from forecast.specification import from_spec, read_yaml

DRIVERS: tuple[type, ...] = (Conversion, Formula, Growth, OneOff, Path, Rate, Ratio, SCurve, Trend)
KEYS = ("currency", "unit", "correlations", "drivers")


def read_model(source: str | FilePath | Mapping[str, Any], *, drivers: Iterable[type] = ()) -> Model:
    """The model of a YAML file, a YAML text or the same as plain data; what ``model.to_yaml()`` wrote reads back equal.

    Under ``drivers`` stands a list of ``Name: {field: value}``; a plain text is a formula. ``drivers`` adds
    classes of a user's own to the names known.
    """
    content = read_yaml(source, ModelError)
    if not isinstance(content, Mapping):
        raise ModelError("the model cannot be read: it has no keys. Write a key 'drivers' with a list under it.")
    problems = Problems()
    for key in content:
        if key not in KEYS:
            problems.add(f"the unknown key '{key}'. {did_you_mean(str(key), KEYS)}")
    words = {key: content.get(key, usual) for key, usual in (("currency", "CNY"), ("unit", "million"))}
    for key, word in words.items():
        if not isinstance(word, str):
            problems.add(f"{key} is {word!r}; write a word, in quotes if need be.")
    listed = content.get("drivers")
    if not isinstance(listed, list):
        problems.add("it has no key 'drivers' with a list under it.")
        listed = []
    catalogue = {kind.__name__: kind for kind in (*DRIVERS, *drivers)}
    read = [_read_one(spec, n, catalogue, problems) for n, spec in enumerate(listed, start=1)]
    correlations = _correlations(content.get("correlations") or [], problems)
    problems.raise_if_any(ModelError, "the model cannot be read")
    return Model(*(driver for driver in read if driver is not None), correlations=correlations, **words)


def named_in(source: FilePath) -> tuple[tuple[str, ...], tuple[Driver, ...]] | None:
    """What a file that is no model still names: its lines, and those of its drivers that can be read alone.

    None where some line cannot be made out, so that a name which is not found may yet be there.
    """
    content = read_yaml(source, ModelError)
    listed = content.get("drivers") if isinstance(content, Mapping) else None
    lines = [_line_of(spec) for spec in listed] if isinstance(listed, list) else [None]
    if None in lines:
        return None
    catalogue = {kind.__name__: kind for kind in DRIVERS}
    read = [_read_one(spec, 1, catalogue, Problems()) for spec in listed or ()]
    return tuple(str(line) for line in lines), tuple(driver for driver in read if driver is not None)


def _line_of(spec: Any) -> str | None:
    """The line that a driver's specification is about, whether or not it can be read."""
    if isinstance(spec, str):
        return spec.partition("=")[0].strip() or None
    fields = next(iter(spec.values()), None) if isinstance(spec, Mapping) and len(spec) == 1 else None
    stated = fields.get("line", fields.get("formula")) if isinstance(fields, Mapping) else None
    return stated.partition("=")[0].strip() or None if isinstance(stated, str) else None


def as_driver(spec: Any, *, drivers: Iterable[type] = ()) -> Driver:
    """One driver from its specification: a formula as a text, or ``{Name: {field: value}}``."""
    problems = Problems()
    driver = _read_one(spec, 1, {kind.__name__: kind for kind in (*DRIVERS, *drivers)}, problems)
    problems.raise_if_any(ModelError, "the driver cannot be read")
    assert driver is not None
    return driver


def _read_one(spec: Any, number: int, catalogue: Mapping[str, type], problems: Problems) -> Driver | None:
    if isinstance(spec, str):
        try:
            return Formula(spec)
        except ForecastError as problem:
            problems.add(f"driver {number}: {problem}")
            return None
    driver: Driver | None = from_spec(spec, catalogue, f"driver {number}", problems)
    return driver


def _correlations(stated: Any, problems: Problems) -> tuple[tuple[str, str, float], ...]:
    pairs = []
    for entry in stated if isinstance(stated, list) else [stated]:
        try:
            first, second, rho = entry
            pairs.append((str(first), str(second), float(rho)))
        except (TypeError, ValueError):
            problems.add(f"a correlation is {entry!r}; write [line.parameter, line.parameter, number].")
    return tuple(pairs)
