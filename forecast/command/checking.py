"""``forecast check``: everything that is wrong with a company folder, at once."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from forecast.analysis import breakeven, check_reality
from forecast.analysis.levers import read_question
from forecast.command.answer import FINE, WRONG, Answer
from forecast.command.folder import KNOWN, Reading, Trouble, chosen, company_of, history_of, look, told
from forecast.command.options import overridden
from forecast.command.progress import Progress
from forecast.command.questions import CALIBRATING, READING, RECONCILING, SIMULATING
from forecast.command.settings import FILE, FolderError, Settings
from forecast.command.wording import in_words
from forecast.drivers.reading import named_in
from forecast.errors import ForecastError, did_you_mean
from forecast.files import inside
from forecast.financials import History
from forecast.financials.doubts import counted
from forecast.model import CalibratedModel, Model
from forecast.scenario import Scenario, Scenarios
from forecast.simulation import Simulation, check_scenarios, horizon_of, simulate
from forecast.timeline import Quarter, quarters_between

PATHS = 200
"""Paths of the trial runs: enough to meet what goes wrong, quick enough to be run after every change."""


@dataclass(frozen=True, slots=True)
class Known:
    """Names of a model's lines and parameters; ``open`` are lines whose driver cannot be read, with unknown ones."""

    lines: tuple[str, ...]
    parameters: tuple[str, ...]
    open: frozenset[str] = frozenset()

    def holds(self, target: str) -> bool:
        """Whether it is a line or a parameter, or may be one."""
        return target in self.lines or target in self.parameters or target.partition(".")[0] in self.open

    def nearest(self, target: str) -> str:
        """What may have been meant."""
        return did_you_mean(target, self.parameters if "." in target else self.lines)


def _known(model: Model | None, folder: Path) -> Known | None:
    """The names of the model, or those of a file that is no model as far as they can be made out."""
    if model is not None:
        lines, drivers = tuple(model.lines), model.drivers
    else:
        try:
            inside(folder, "model.yaml", FolderError)
            found = named_in(folder / "model.yaml")
        except (ForecastError, OSError, UnicodeDecodeError):
            return None
        if found is None:
            return None
        lines, drivers = found
    parameters = tuple(one.full_name for driver in drivers for one in driver.parameters())
    return Known(lines, parameters, frozenset(lines) - {driver.line for driver in drivers})


class Checking:
    """The troubles and warnings found so far; each check goes as far as what could be read lets it."""

    def __init__(self, seen: Reading, settings: Settings | None) -> None:
        self.seen = seen
        self.settings = settings
        self.troubles = list(seen.troubles)
        self.warnings: list[Trouble] = []
        self.history: History | None = None
        self.company: CalibratedModel | None = None

    def tried(self, file: str, attempt: Callable[[], Any]) -> Any:
        """What the attempt gives; None, and its problems noted, where it refuses."""
        try:
            return attempt()
        except ForecastError as error:
            for found in told(error, file):
                if Trouble(*found) not in self.troubles:
                    self.troubles.append(Trouble(*found))
            return None

    def passes(self, file: str, attempt: Callable[[], None]) -> bool:
        """Whether the attempt refuses nothing; its problems are noted."""

        def done() -> bool:
            attempt()
            return True

        return bool(self.tried(file, done))

    def files(self) -> None:
        """Names of files that look like one that is missing."""
        there = {path.name for path in self.seen.path.iterdir()}
        for name in sorted(there - set(KNOWN)):
            hint = did_you_mean(name, set(KNOWN) - there)
            if hint.startswith("Did you mean"):
                self.warnings.append(Trouble(name, f"it is not read. {hint}"))

    def facts(self) -> None:
        """The history, with contradictions as warnings."""
        facts, model, settings = self.seen.facts, self.seen.model, self.settings
        if facts is None or settings is None:
            return
        history: History | None = self.tried("facts.csv", lambda: history_of(facts, model, settings))
        self.history = history
        if history is not None:
            for one in history.contradictions:
                self.warnings.append(Trouble("facts.csv", f"contradicted: {one}"))
            for aside in history.set_aside:
                self.warnings.append(Trouble("facts.csv", f"not used: {aside}"))
            rest = [one for one in history.warnings if one not in counted(history)]
            self.warnings.extend(Trouble("facts.csv", one) for one in rest)
            if model is not None:
                self.company = self.tried("model.yaml", lambda: company_of(model, history, settings))
            if self.company is not None:
                fits = [one for one in self.company.warnings if one not in history.warnings]
                self.warnings.extend(Trouble("model.yaml", one) for one in fits)

    def names(self) -> None:
        """Lines and parameters that company.yaml and the scenarios name, against the model."""
        model, settings, scenarios = self.seen.model, self.settings, self.seen.scenarios
        if settings is not None and settings.scenario is not None and scenarios is not None:
            self.tried(FILE, lambda: chosen(scenarios, settings.scenario))
        known = _known(model, self.seen.path)
        if settings is not None and self.company is None and self.history is not None:
            for goal in settings.goal:
                self._date(self.history.last + 1, goal.by, settings.until)
        if known is None:
            return
        if settings is not None:
            self._settings(settings, known)
        if self.company is None and self.seen.scenarios is not None:
            for scenario in self.seen.scenarios.values():
                for shock, _ in scenario.acting:
                    if not known.holds(shock.target):
                        problem = f"scenario '{scenario.name}' shocks '{shock.target}', which the model does not have."
                        self._note("scenarios.yaml", f"{problem} {known.nearest(shock.target)}")
        for check in (self.seen.checks or ()) if self.company is None else ():
            for line in check.lines:
                if "." not in line and line not in known.lines:
                    problem = f"check '{check.name}' looks at '{line}', which is no line."
                    self._note("checks.yaml", f"{problem} {did_you_mean(line, known.lines)}")

    def _settings(self, settings: Settings, known: Known) -> None:
        lines = known.lines
        for goal in settings.goal:
            if goal.line not in lines:
                self._note(FILE, f"the goal is on '{goal.line}'. {did_you_mean(goal.line, lines)}")
        for line in settings.lines:
            if line not in lines:
                self._note(FILE, f"lines names '{line}'. {did_you_mean(line, lines)}")
        for line in settings.opening:
            if line not in lines and (self.history is None or self.seen.model is None):
                self._note(FILE, f"opening names '{line}', a line without a driver. {did_you_mean(line, lines)}")
        if settings.vary is not None and ("." not in settings.vary or not known.holds(settings.vary)):
            self._note(FILE, f"vary names '{settings.vary}'. {did_you_mean(settings.vary, known.parameters)}")

    def trials(self, progress: Progress, *, extremes: bool) -> None:
        """A few paths of every scenario, the goal, the lever, and the reality checks."""
        company, settings, scenarios = self.company, self.settings, self.seen.scenarios
        if company is None or settings is None:
            return
        until, seed = settings.until, settings.seed
        if self.tried(FILE, lambda: horizon_of(company, until, PATHS, seed)) is None:
            return
        quarters = quarters_between(company.first, Quarter.parse(until))
        if scenarios is None:
            return
        progress.step("trying the scenarios", SIMULATING)
        fit = self.passes("scenarios.yaml", lambda: check_scenarios(company, scenarios.values(), quarters))
        runs = [self._run(company, one, settings) for one in scenarios.values()] if fit else [None]
        known = [goal for goal in settings.goal if goal.line in company.model.lines]
        dated = next((goal for goal in known if not goal.always), None)
        first = runs[0]
        if first is not None and dated is not None:
            self.tried(FILE, lambda: breakeven(first, dated))
        asked = None if settings.scenario not in (None, *scenarios) else chosen(scenarios, settings.scenario)
        if settings.goal and len(known) == len(settings.goal) and asked is not None:
            for goal in settings.goal:
                self._date(company.first, goal.by, until)
            if settings.vary in company.parameters:
                vary = str(settings.vary)
                self.tried(FILE, lambda: read_question(company, asked, [vary], settings.goals, between=[None]))
        checks = self.seen.checks
        if checks:
            against = scenarios if fit else Scenarios(Scenario("without shocks"))
            progress.step("trying the reality checks", 20)
            common: dict[str, Any] = {"until": until, "paths": PATHS, "seed": seed, "extremes": extremes}
            common["progress"] = progress.inside
            found = self.tried("checks.yaml", lambda: check_reality(company, checks, against, **common))
            if found is not None:
                self.tried("checks.yaml", found.raise_if_failed)
                for name in found.untested:
                    self.warnings.append(
                        Trouble(
                            "checks.yaml", f"'{name}' was put to no test: there is no quarter in which it had to hold."
                        )
                    )

    def _run(self, company: CalibratedModel, scenario: Scenario, settings: Settings) -> Simulation | None:
        """A few paths; all of them where these refuse, since what is rare may need more paths to happen."""

        def trial(paths: int) -> Simulation:
            return simulate(company, scenario, until=settings.until, paths=paths, seed=settings.seed)

        try:
            return trial(PATHS)
        except ForecastError:
            found: Simulation | None = self.tried("scenarios.yaml", lambda: trial(settings.paths))
            return found

    def _date(self, first: Quarter, by: str | None, until: str) -> None:
        if by is not None and not first <= Quarter.parse(by) <= Quarter.parse(until):
            self._note(FILE, f"the goal's date {by} lies outside the simulated quarters {first} to {until}.")

    def _note(self, file: str, problem: str) -> None:
        self.troubles.append(Trouble(file, problem))


def check(asked: Namespace, progress: Progress) -> Answer:
    """Everything that is wrong, and what is worth knowing; the exit code says whether anything is wrong."""
    progress.expect(READING + RECONCILING + CALIBRATING + SIMULATING + 20)
    progress.step("reading the folder", READING)
    seen = look(asked.folder)
    settings = seen.settings
    checking = Checking(seen, settings)
    if settings is not None:
        checking.settings = checking.tried("options", lambda: overridden(settings, asked))
    checking.files()
    progress.step("reconciling and calibrating", RECONCILING + CALIBRATING)
    checking.facts()
    checking.names()
    checking.trials(progress, extremes=asked.extremes)
    name = str(asked.folder) if settings is None else settings.name
    troubles, warnings = checking.troubles, checking.warnings
    lines = [f"{name}: {_count(troubles, 'problem')}, {_count(warnings, 'warning')}"]
    lines += _listed(troubles, "")
    lines += _listed(warnings, "warning: ")
    result = {
        "problems": [{"file": one.file, "problem": in_words(one.problem)} for one in troubles],
        "warnings": [{"file": one.file, "problem": in_words(one.problem)} for one in warnings],
    }
    return Answer("\n".join(lines), result, {"company": name}, WRONG if troubles else FINE)


def _count(found: list[Trouble], what: str) -> str:
    return f"{len(found) or 'no'} {what}{'' if len(found) == 1 else 's'}"


def _listed(found: list[Trouble], mark: str) -> Iterator[str]:
    """By file."""
    for file in dict.fromkeys(sorted((one.file for one in found), key=lambda one: (one not in KNOWN, one))):
        yield file
        for one in found:
            if one.file == file:
                nested = in_words(one.problem).replace("\n", "\n    ")
                yield f"  - {mark}{nested}"
