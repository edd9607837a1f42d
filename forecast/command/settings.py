"""company.yaml: the company and what is asked of it, every problem told at once."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from forecast.analysis import Goal, Goals
from forecast.errors import ForecastError, Problems, did_you_mean
from forecast.specification import read_yaml
from forecast.timeline import Quarter, parse_date

FILE = "company.yaml"


class FolderError(ForecastError):
    """A company folder that cannot be used as it stands."""


@dataclass(frozen=True)
class Settings:
    """What company.yaml says; the fields are its keys, of which ``name``, ``until`` and ``seed`` are needed.

    - ``as_of``: only what was published by this day is used; all facts without it
    - ``until``: the last quarter to simulate; ``paths`` and ``seed``: how many draws, and which
    - ``opening``: values of the last quarter that the history lacks or only estimates, ``{cash: 1500}``
    - ``related``: lines that follow the quarters of another one, ``{administration: revenue}``
    - ``goal``: the fields of ``Goal``, or a list of such: all met on the same path
    - ``scenario``: the scenario that a goal seek and a sensitivity ask about; the first one without it
    - ``vary``: the lever that a goal seek moves
    - ``lines``: what tables show; every line without it
    - ``backtest``: the days on which the model is put to the test
    - ``fiscal_year_end``: the month in which the fiscal year ends
    """

    name: str
    until: str
    seed: int
    paths: int = 10_000
    as_of: dt.date | None = None
    opening: Mapping[str, float] = field(default_factory=dict)
    related: Mapping[str, str] = field(default_factory=dict)
    goal: tuple[Goal, ...] = ()
    scenario: str | None = None
    vary: str | None = None
    lines: tuple[str, ...] = ()
    backtest: tuple[dt.date, ...] = ()
    fiscal_year_end: int = 12

    @property
    def goals(self) -> Goals:
        """What is to be reached, or a refusal that says how to state it."""
        if not self.goal:
            raise FolderError(
                f"there is no goal. Write one into {FILE} under 'goal', "
                "or give --line net_profit --at-least 0 --by 2027Q4 --probability 0.8."
            )
        return Goals(self.goal)

    def but(self, **changes: Any) -> Settings:
        """The same with the changes that are not None."""
        return replace(self, **{name: value for name, value in changes.items() if value is not None})


KEYS = tuple(one.name for one in fields(Settings))
GOAL_KEYS = tuple(one.name for one in fields(Goal))


def read_settings(path: Path) -> Settings:
    """The settings of a company folder, or one error with everything that is wrong with its company.yaml."""
    content = read_yaml(path, FolderError)
    if not isinstance(content, Mapping):
        raise FolderError(f"{FILE} has no keys; it needs at least name, until and seed.")
    problems = Problems()
    for key in content:
        if key not in KEYS:
            problems.add(f"the unknown key '{key}'. {did_you_mean(str(key), KEYS)}")
    read: dict[str, Any] = {}
    for name, reading in _READINGS.items():
        given = content.get(name)
        if given is not None:
            read[name] = reading(name, given, problems)
        elif name in ("name", "until", "seed"):
            problems.add(f"the key '{name}' is missing; {_NEEDED[name]}.")
    if not problems.found:
        try:
            Goals(read["goal"]) if read.get("goal") else None
        except ForecastError as error:
            for each in error.problems:
                problems.add(f"goal: {each}")
    problems.raise_if_any(FolderError, f"{FILE} cannot be used")
    return Settings(**read)


_NEEDED = {
    "name": "write what the company is called",
    "until": "write the last quarter to simulate, as in 2029Q4",
    "seed": "write a whole number from 0 on; it decides which random numbers are drawn",
}


def _text(name: str, given: Any, problems: Problems) -> str | None:
    if not isinstance(given, str) or not given.strip():
        problems.add(f"{name} is {given!r}; write a text, in quotes if need be.")
        return None
    return given


def read_quarter(name: str, given: Any, problems: Problems) -> str | None:
    """A quarter as text; None, and the problem noted, where it is none."""
    try:
        return str(Quarter.parse(given if isinstance(given, str) else repr(given)))
    except ForecastError as error:
        problems.add(f"{name}: {error}")
        return None


def whole(low: int, high: int | None = None) -> Any:
    """What reads a whole number within bounds."""

    def read(name: str, given: Any, problems: Problems) -> int | None:
        if isinstance(given, bool) or not isinstance(given, int) or given < low or (high is not None and given > high):
            problems.add(
                f"{name} is {given!r}; write a whole number from {low} {'on' if high is None else f'to {high:,}'}."
            )
            return None
        return given

    return read


def read_date(name: str, given: Any, problems: Problems) -> dt.date | None:
    """A day; None, and the problem noted, where it is none."""
    try:
        return parse_date(given)
    except ForecastError as error:
        problems.add(f"{name}: {error}")
        return None


def _numbers(name: str, given: Any, problems: Problems) -> dict[str, float]:
    if not isinstance(given, Mapping):
        problems.add(f"{name} is {given!r}; write line: number pairs, as in {{cash: 1500}}.")
        return {}
    for line, value in given.items():
        if isinstance(value, bool) or not isinstance(value, int | float):
            problems.add(f"{name} of '{line}' is {value!r}; write a number.")
    return dict(given)


def _pairs(name: str, given: Any, problems: Problems) -> dict[str, str]:
    if not isinstance(given, Mapping) or not all(isinstance(value, str) for value in given.values()):
        problems.add(f"{name} is {given!r}; write line: line pairs, as in {{administration: revenue}}.")
        return {}
    return dict(given)


def _texts(name: str, given: Any, problems: Problems) -> tuple[str, ...]:
    if not isinstance(given, list) or not all(isinstance(each, str) for each in given):
        problems.add(f"{name} is {given!r}; write a list of names, as in [revenue, net_profit].")
        return ()
    return tuple(given)


def _dates(name: str, given: Any, problems: Problems) -> tuple[dt.date, ...]:
    if not isinstance(given, list):
        problems.add(f"{name} is {given!r}; write a list of days, as in [2024-08-31, 2025-02-28].")
        return ()
    found = [read_date(name, each, problems) for each in given]
    return tuple(each for each in found if each is not None)


def _goals(name: str, given: Any, problems: Problems) -> tuple[Goal, ...]:
    listed = given if isinstance(given, list) else [given]
    found = []
    for number, entry in enumerate(listed, start=1):
        what = name if len(listed) == 1 else f"{name} {number}"
        if not isinstance(entry, Mapping) or "line" not in entry:
            problems.add(f"{what} is {entry!r}; write its line and threshold, as in {{line: net_profit, at_least: 0}}.")
            continue
        strangers = [str(key) for key in entry if key not in GOAL_KEYS]
        for key in strangers:
            problems.add(f"{what} has the unknown key '{key}'. {did_you_mean(key, GOAL_KEYS)}")
        try:
            found.append(Goal(**{key: value for key, value in entry.items() if key in GOAL_KEYS}))
        except ForecastError as error:
            for each in error.problems or (str(error),):
                problems.add(f"{what}: {each}")
    return tuple(found)


_READINGS: Mapping[str, Any] = {
    "name": _text,
    "until": read_quarter,
    "seed": whole(0),
    "paths": whole(1, 10_000_000),
    "as_of": read_date,
    "opening": _numbers,
    "related": _pairs,
    "goal": _goals,
    "scenario": _text,
    "vary": _text,
    "lines": _texts,
    "backtest": _dates,
    "fiscal_year_end": whole(1, 12),
}
