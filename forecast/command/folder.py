"""A company folder: its files read, every problem of every file told at once, and the company made of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from forecast.calibration import calibrate
from forecast.command.settings import FILE, FolderError, Settings, read_settings
from forecast.drivers import read_model
from forecast.errors import ForecastError, did_you_mean
from forecast.files import inside
from forecast.financials import Financials, History, read_financials
from forecast.model import CalibratedModel, Model
from forecast.scenario import RealityCheck, Scenario, Scenarios
from forecast.shocks import read_checks, read_scenarios
from forecast.timeline import Quarter

RELATED = "lines that follow others"
"""The heading of an error about ``related``."""

KNOWN = (FILE, "facts.csv", "fx.csv", "sources.csv", "taxonomy.csv", "model.yaml", "scenarios.yaml", "checks.yaml")


@dataclass(frozen=True, slots=True)
class Trouble:
    """One thing that is wrong, and the file in which it can be put right."""

    file: str
    problem: str

    def __str__(self) -> str:
        return f"{self.file}: {self.problem}"


@dataclass(frozen=True)
class Reading:
    """What could be read of a folder; None is what could not, and ``troubles`` says why."""

    path: Path
    settings: Settings | None
    facts: Financials | None
    model: Model | None
    scenarios: Scenarios | None
    checks: tuple[RealityCheck, ...] | None
    troubles: tuple[Trouble, ...]


@dataclass(frozen=True)
class Folder:
    """A company folder that can be read; ``stated`` is its model, None where only the history is asked for."""

    path: Path
    settings: Settings
    facts: Financials
    stated: Model | None
    scenarios: Scenarios

    @property
    def model(self) -> Model:
        """The model."""
        assert self.stated is not None
        return self.stated

    def history(self) -> History:
        """What was known on the day of the settings, as one quarterly history."""
        return history_of(self.facts, self.stated, self.settings)

    def company(self, history: History) -> CalibratedModel:
        """The model with everything estimated that it leaves open."""
        return company_of(self.model, history, self.settings)

    def scenario(self, name: str | None = None) -> Scenario:
        """A scenario by name; the one of company.yaml, else the first, without one."""
        return chosen(self.scenarios, name or self.settings.scenario)


def look(path: Path) -> Reading:
    """Read every file of a folder, and note what cannot be read instead of stopping there."""
    if path.is_file():
        raise FolderError(f"'{path}' is a file; give the folder of a company.")
    if not path.is_dir():
        raise FolderError(
            f"there is no folder '{path}'. Give the folder of a company, or start one: forecast new {path.name}"
        )
    troubles: list[Trouble] = []

    def tried(file: str, read: Callable[[Path], Any], source: Path, *, needed: str = "") -> Any:
        if not (path / file).is_file():
            if needed:
                troubles.append(Trouble(file, f"there is no such file; {needed}."))
            return None
        try:
            inside(path, file, FolderError)
            return read(source)
        except ForecastError as error:
            troubles.extend(Trouble(*found) for found in told(error, file))
        except (OSError, UnicodeDecodeError) as error:
            troubles.append(Trouble(file, f"it cannot be opened: {error}."))
        return None

    settings: Settings | None = tried(
        FILE, read_settings, path / FILE, needed="'forecast new' writes one to start from"
    )
    year_end = 12 if settings is None else settings.fiscal_year_end

    def facts_of(source: Path) -> Financials:
        return read_financials(source, fiscal_year_end=year_end)

    facts = tried("facts.csv", facts_of, path, needed="put the reported figures into it, one a row")
    model = tried("model.yaml", read_model, path / "model.yaml", needed="write how each line moves")
    scenarios = tried("scenarios.yaml", read_scenarios, path / "scenarios.yaml")
    if scenarios is None and not (path / "scenarios.yaml").exists():
        scenarios = Scenarios(Scenario("base"))
    if scenarios is not None and not scenarios:
        scenarios = None
        troubles.append(Trouble("scenarios.yaml", "it holds no scenario; write one, or delete the file."))
    checks = tried("checks.yaml", read_checks, path / "checks.yaml")
    return Reading(path, settings, facts, model, scenarios, checks, tuple(troubles))


def open_folder(path: Path, *, model: bool = True) -> Folder:
    """A folder whose files can all be read, or one error with every problem of every file.

    Without ``model`` there may be no model.yaml; one that is there must be readable.
    """
    seen = look(path)
    free = {"checks.yaml"} if model or (path / "model.yaml").exists() else {"checks.yaml", "model.yaml"}
    troubles = [trouble for trouble in seen.troubles if trouble.file not in free]
    if troubles:
        raise FolderError(f"the folder '{path}' cannot be used", [str(trouble) for trouble in troubles])
    assert seen.settings is not None
    assert seen.facts is not None
    assert seen.scenarios is not None
    return Folder(path, seen.settings, seen.facts, seen.model, seen.scenarios)


def history_of(facts: Financials, model: Model | None, settings: Settings) -> History:
    """One quarterly history of what was known on the day of the settings."""
    known = facts if settings.as_of is None else facts.as_of(settings.as_of)
    if not known.facts:
        raise FolderError(unpublished(settings))
    try:
        return known.reconcile(model, related=settings.related or None)
    except ForecastError as error:
        if error.heading != RELATED:
            raise
        told = [f"related: {problem}" for problem in error.problems]
        raise FolderError(f"'related' of {FILE} cannot be carried out", told) from None


def unpublished(settings: Settings) -> str:
    """What is said where nothing was known yet."""
    return f"no fact had been published by {settings.as_of}; give a later day as --as-of or under as_of."


def company_of(model: Model, history: History, settings: Settings) -> CalibratedModel:
    """The model calibrated for as many quarters as the settings ask for."""
    ahead = Quarter.parse(settings.until) - history.last
    return calibrate(model, history, opening=settings.opening or None, horizon=min(400, max(40, ahead)))


def chosen(scenarios: Mapping[str, Scenario], name: str | None) -> Scenario:
    """A scenario by name, the first without one."""
    if name is None:
        return next(iter(scenarios.values()))
    if name not in scenarios:
        raise FolderError(f"there is no scenario '{name}'. {did_you_mean(name, scenarios)}")
    return scenarios[name]


def told(error: ForecastError, file: str) -> Iterator[tuple[str, str]]:
    """The problems of an error, each with its file: facts are read together with what stands beside them."""
    for problem in error.problems or (str(error),):
        named = next((name for name in KNOWN if problem.startswith((f"{name} ", f"{name}:"))), None)
        if named is None:
            of_settings = problem.startswith(("opening names", "the opening of", "related: "))
            yield FILE if of_settings else file, problem
        else:
            yield named, problem.removeprefix(named).lstrip(": ")
