"""What the options of a command say instead of company.yaml, every one that cannot be used told at once."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from forecast.analysis import Goal
from forecast.command.settings import FolderError, Settings, read_date, read_quarter, whole
from forecast.command.wording import in_options
from forecast.errors import ForecastError, Problems

GOAL = ("line", "at_least", "at_most", "over", "by", "probability")

READINGS: Mapping[str, Any] = {
    "as_of": read_date,
    "until": read_quarter,
    "paths": whole(1, 10_000_000),
    "seed": whole(0),
    "last": whole(1),
    "seeds": whole(1),
    "horizon": whole(1, 400),
}
"""How an option is read, by its name in the parser."""


def overridden(settings: Settings, asked: Namespace) -> Settings:
    """The settings with what the options of a command say instead."""
    given, problems = vars(asked), Problems()
    read: dict[str, Any] = {}
    for name, reading in READINGS.items():
        if given.get(name) is not None:
            read[name] = reading(f"--{name.replace('_', '-')}", given[name], problems)
    for name in ("lines", "dates"):
        if given.get(name) == ():
            problems.add(f"--{name} names nothing; leave it out, or write names with commas between.")
    for day in given.get("dates") or ():
        read_date("--dates", day, problems)
    stated = {name: given[name] for name in GOAL if given.get(name) is not None}
    goal = _goal(settings, stated, problems) if stated else None
    problems.raise_if_any(FolderError, "the options cannot be used")
    kept = {name: read.get(name) for name in ("as_of", "until", "paths", "seed")}
    return settings.but(lines=given.get("lines"), goal=goal, **kept)


def _goal(settings: Settings, stated: Mapping[str, Any], problems: Problems) -> tuple[Goal, ...] | None:
    """The goal of the settings with other numbers; another goal altogether where a line is named."""
    kept: dict[str, Any] = {}
    if "line" not in stated:
        if len(settings.goals.parts) > 1:
            problems.add("company.yaml has several goals; change them there, or name the one you mean with --line.")
            return None
        kept = {one.name: getattr(settings.goals.parts[0], one.name) for one in fields(Goal)}
        if {"at_least", "at_most"} & set(stated):
            kept |= {"at_least": None, "at_most": None}
    try:
        return (Goal(**{**kept, **stated}),)
    except ForecastError as error:
        for problem in error.problems or (str(error),):
            problems.add(in_options(problem))
        return None
