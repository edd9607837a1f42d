"""What a worker does: the statistics of some settings of one company, each setting on its own."""

from __future__ import annotations

import traceback
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from forecast.analysis.interval import MEASURES
from forecast.analysis.scan import check_statistics, measured
from forecast.analysis.sweeping.origin import versions
from forecast.analysis.sweeping.plan import Asked, Setting
from forecast.blas import one_thread
from forecast.distributions import Array
from forecast.errors import ForecastError, Problems, SweepError, did_you_mean
from forecast.model import CalibratedModel
from forecast.simulation import Run, check_scenarios, horizon_of

DEEPEST = 20_000
"""Characters of a traceback that are kept: its end."""


@dataclass(frozen=True, slots=True)
class Failure:
    """What went wrong with one setting of one company; ``levers`` is empty where the scenario alone is to blame."""

    company: str
    scenario: str
    levers: Mapping[str, float]
    error: str
    traceback: str

    def __str__(self) -> str:
        values = ", ".join(f"{name} = {value:g}" for name, value in self.levers.items())
        return f"{self.company}, scenario '{self.scenario}'{', ' + values if values else ''}: {self.error}"


@dataclass(frozen=True, eq=False, slots=True)
class Job:
    """What is sent to a worker: a task with the company it needs, and no other."""

    id: str
    name: str
    company: CalibratedModel
    asked: Asked
    settings: tuple[Setting, ...]


@dataclass(frozen=True, eq=False, slots=True)
class Done:
    """What comes back: the places of the settings that were computed, and what is told of their statistics.

    ``measures`` has shape (rows, statistics, 4), the last as ``interval.MEASURES`` says. Every other setting is
    accounted for by one of the ``failures``.
    """

    id: str
    rows: tuple[int, ...]
    measures: Array
    failures: tuple[Failure, ...]


@dataclass(frozen=True, slots=True)
class Dead:
    """A task of which nothing came back, mostly since its worker died; ``problem`` says what was seen."""

    id: str
    problem: BaseException


def work_all(jobs: tuple[Job, ...]) -> list[Done]:
    """The jobs one after the other; what one of them raises is its own failure."""
    return [work(job) for job in jobs]


def work(job: Job) -> Done:
    """Values, errors and intervals of a job's settings, to the same bits wherever and next to whatever it runs.

    Levers are moved as a goal seek moves them: each is the same number on all paths in place of its draws, and the
    scenario's shocks act on it.
    """
    rows, measures, failures = [], [], []
    asked, named = job.asked, tuple(job.asked.statistics.values())
    lines = tuple(dict.fromkeys(line for statistic in named for line in statistic.lines))
    with one_thread():
        try:
            run = _prepared(job)
        except (Exception, SystemExit) as problem:
            return failed(job.id, job.name, job.settings, len(named), *_told(problem))
        broken: dict[str, Failure] = {}
        for place, setting in enumerate(job.settings):
            scenario = setting.scenario
            if scenario.name in broken:
                continue
            levers = dict(zip(asked.levers, setting.values, strict=True))
            try:
                check_scenarios(job.company, [scenario], run.quarters)
            except (Exception, SystemExit) as problem:
                broken[scenario.name] = Failure(job.name, scenario.name, {}, *_told(problem))
                continue
            try:
                for name, value in levers.items():
                    if not run.allows(scenario, name, value):
                        raise SweepError(_outside(job.company, scenario.name, name, value))
                replaced = {name: np.full(asked.paths, value) for name, value in levers.items()}
                row = measured(run.outcome(scenario, lines, replaced), named)
            except (Exception, SystemExit) as problem:
                failures.append(Failure(job.name, scenario.name, levers, *_told(problem)))
                continue
            rows.append(place)
            measures.append(row)
    told = np.array(measures, dtype=float).reshape(len(rows), len(named), len(MEASURES))
    return Done(job.id, tuple(rows), told, (*broken.values(), *failures))


def failed(identity: str, company: str, settings: tuple[Setting, ...], statistics: int, error: str, trace: str) -> Done:
    """A task of which nothing was computed, for one reason: a failure for each scenario."""
    names = dict.fromkeys(setting.scenario.name for setting in settings)
    failures = tuple(Failure(company, name, {}, error, trace) for name in names)
    return Done(identity, (), np.empty((0, statistics, len(MEASURES))), failures)


def _prepared(job: Job) -> Run:
    """The company's draws, after what is asked was compared with the company."""
    asked, company = job.asked, job.company
    if versions() != asked.versions:
        raise SweepError(
            f"this worker has {_listed(versions())}, and the sweep is made with {_listed(asked.versions)}; only the "
            "same versions have the same bits. Install them there, and call again."
        )
    quarters = horizon_of(company, asked.until, asked.paths, asked.seed)
    check_statistics(company, asked.statistics, quarters)
    problems = Problems()
    for name in asked.levers:
        if name not in company.parameters:
            problems.add(f"there is no parameter '{name}'. {did_you_mean(name, company.parameters)}")
    problems.raise_if_any(SweepError, "the levers cannot be moved")
    return Run(company, quarters, asked.paths, asked.seed, sampling=asked.sampling)


def _listed(several: Mapping[str, str]) -> str:
    return ", ".join(f"{name} {version}" for name, version in several.items())


def _outside(company: CalibratedModel, scenario: str, name: str, value: float) -> str:
    parameter = company.parameters[name]
    return (
        f"'{name}' cannot be {value:g} in scenario '{scenario}': with the shocks on it, it leaves its domain "
        f"[{parameter.low:g}, {parameter.high:g}]."
    )


def _told(problem: BaseException) -> tuple[str, str]:
    """The error in one sentence, and where it came from."""
    trace = "".join(traceback.format_exception(problem))
    kind = type(problem).__name__
    text = str(problem) if isinstance(problem, ForecastError) else f"{kind}: {problem}" if str(problem) else kind
    return text, trace[-DEEPEST:]
