"""The questions that are asked of a company folder, one function a command."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields, replace
from typing import Any

from forecast import analysis
from forecast.analysis import Goal, Goals
from forecast.cautions import gathered, told
from forecast.command.answer import NOT_REACHED, Answer
from forecast.command.folder import open_folder
from forecast.command.options import GOAL, overridden
from forecast.command.progress import Progress
from forecast.command.settings import FILE, FolderError
from forecast.errors import Problems
from forecast.financials import History
from forecast.model import CalibratedModel
from forecast.reporting import fiscal_year_table
from forecast.reporting import report as write
from forecast.reporting.page.words import wish
from forecast.simulation import Simulation
from forecast.simulation import simulate as run_scenarios
from forecast.timeline import Quarter

LEVELS = (0.1, 0.5, 0.9)

READING, RECONCILING, CALIBRATING, SIMULATING = 1, 5, 6, 3
"""Sizes of steps for the bar, in half seconds of the reference company with 10,000 paths."""


class Case:
    """A folder opened for one question: history, company and simulation, each made when it is asked for."""

    def __init__(self, asked: Namespace, progress: Progress, *, size: float = 0, model: bool = True) -> None:
        progress.expect(READING + RECONCILING + (CALIBRATING if model else 0) + size)
        progress.step("reading the folder", READING)
        opened = open_folder(asked.folder, model=model)
        self.progress = progress
        self.settings = overridden(opened.settings, asked)
        self.folder = replace(opened, settings=self.settings)
        self._aims = GOAL[0] in vars(asked)

    def history(self) -> History:
        """The reconciled history."""
        self.progress.step("reconciling the facts", RECONCILING)
        return self.folder.history()

    def company(self) -> CalibratedModel:
        """The calibrated model."""
        history = self.history()
        self.progress.step("calibrating the model", CALIBRATING)
        company = self.folder.company(history)
        self._check_dates(company)
        return company

    def _check_dates(self, company: CalibratedModel) -> None:
        """The last quarter, and the dates of the goal where the command has one, must be simulated."""
        problems, first, until = Problems(), company.first, Quarter.parse(self.settings.until)
        if until < first:
            problems.add(f"until is {until}, before the first quarter to simulate, {first}; give a later --until.")
        elif until - first >= company.horizon:
            problems.add(f"until is {until}, more than {company.horizon} quarters ahead; give an earlier --until.")
        elif self._aims:
            for by in dict.fromkeys(goal.by for goal in self.settings.goal if goal.by is not None):
                if not first <= Quarter.parse(by) <= until:
                    problems.add(
                        f"the goal's date {by} lies outside the simulated quarters {first} to {until}; "
                        "give another one as --by, or another last quarter as --until."
                    )
        problems.raise_if_any(FolderError, "the simulation cannot run")

    def goals(self, *, date: bool = False, probability: bool = False) -> Goals:
        """What is to be reached; refused where it lacks what the question needs."""
        goals, problems = self.settings.goals, Problems()
        if date and goals.by is None:
            problems.add(f"it has no date. Give --by 2027Q4, or write 'by: 2027Q4' into {FILE}.")
        if probability and goals.probability is None:
            problems.add(f"it has no probability. Give --probability 0.8, or write 'probability: 0.8' into {FILE}.")
        problems.raise_if_any(FolderError, "the goal does not suffice for this question")
        return goals

    def simulation(self, company: CalibratedModel, names: list[str] | None = None) -> Simulation:
        """The scenarios named, or all, simulated."""
        every = self.folder.scenarios
        wanted = [self.folder.scenario(name) for name in dict.fromkeys(names)] if names else list(every.values())
        self.progress.step("simulating", SIMULATING)
        return run_scenarios(company, wanted, **self.chance, progress=self.progress.inside)

    @property
    def chance(self) -> dict[str, Any]:
        """Paths, seed and the last quarter, as the questions take them."""
        return {"until": self.settings.until, "paths": self.settings.paths, "seed": self.settings.seed}

    def answer(
        self, text: object, result: Mapping[str, Any], *, code: int = 0, company: Any = None, warned: Sequence[Any]
    ) -> Answer:
        """The answer with what it is about, and the warnings of everything that it was made from.

        ``warned`` are the results with ``warnings``; those that the text does not tell already are told below it.
        """
        about: dict[str, Any] = {"company": self.settings.name, "as_of": self.settings.as_of}
        if company is not None:
            about |= {
                "currency": company.model.currency,
                "unit": company.model.unit,
                "fingerprint": company.fingerprint,
                **self.chance,
            }
        about["warnings"] = warnings = gathered(*(one.warnings for one in warned))
        said = str(text)
        untold = [one for one in warnings if one not in said]
        return Answer("\n".join([said, *told(untold)]), result, about, code)


def reconcile(asked: Namespace, progress: Progress) -> Answer:
    """The history, what contradicts it, and what could not be used; or the facts behind one figure."""
    case = Case(asked, progress, model=False)
    history = case.history()
    if asked.explain:
        found = history.explain(*asked.explain)
        return case.answer(found, {"explanation": records(found.to_frame())}, warned=[history])
    lines = [line for line in case.settings.lines if line in history.lines] or None
    if asked.lines:
        lines = [history.line(line).name for line in asked.lines]
    text = [f"{case.settings.name}; * derived from other figures, ~ estimated, - missing\n"]
    text.append(history.table(last=asked.last, lines=lines))
    for heading, listed in (
        ("What the other figures contradict", history.contradictions),
        ("What could not be used", history.set_aside),
    ):
        text += [f"\n{heading}:", *(f"- {each}" for each in listed)] if listed else []
    result = {
        "history": records(history.to_frame()),
        "contradictions": [
            {
                **_fact(each.fact),
                "implied": each.implied,
                "standard_errors": each.standard_errors,
                "reading": each.reading,
            }
            for each in history.contradictions
        ],
        "set_aside": [{**_fact(each.fact), "reason": each.reason} for each in history.set_aside],
    }
    return case.answer("\n".join(text), result, warned=[history])


def simulate(asked: Namespace, progress: Progress) -> Answer:
    """What each scenario leads to: by fiscal year for people, by quarter for programs."""
    case = Case(asked, progress, size=2 * SIMULATING)
    company = case.company()
    runs = case.simulation(company, asked.scenario)
    lines = list(case.settings.lines) or None
    progress.step("sorting the paths", SIMULATING)
    tables, rows = [], []
    for place, name in enumerate(runs.names):
        progress.inside(place / len(runs.names), f"sorting the paths of '{name}'")
        if asked.json:
            rows += _quantiles(runs, lines, name)
        else:
            tables.append(fiscal_year_table(runs, lines, name))
    text = "\n\n".join(tables)
    return case.answer(text, {"levels": list(LEVELS), "quantiles": rows}, company=company, warned=[runs])


def _quantiles(runs: Simulation, lines: list[str] | None, scenario: str) -> list[dict[str, Any]]:
    """A row a line and quarter of one scenario."""
    rows = []
    for line in [line for line in runs.lines if "." not in line] if lines is None else lines:
        table = runs.quantiles(line, scenario, levels=LEVELS)
        for quarter, low, median, high in table.itertuples(name=None):
            known = {"low": low, "median": median, "high": high}
            rows.append({"scenario": scenario, "line": line, "quarter": quarter, **known})
    return rows


def breakeven(asked: Namespace, progress: Progress) -> Answer:
    """When the goal is first reached; of several goals the first that has such a date."""
    case = Case(asked, progress, size=SIMULATING + 1)
    goals = case.goals().parts
    goal = next((goal for goal in goals if not goal.always), goals[0])
    company = case.company()
    runs = case.simulation(company, asked.scenario)
    progress.step("looking for the dates")
    found = analysis.breakeven(runs, goal)
    result = {
        "goal": _goals(Goals((goal,))),
        "scenarios": [
            {
                "scenario": name,
                "by_quarter": [
                    {
                        "quarter": quarter,
                        "probability": found.probability(name, quarter),
                        "low": found.interval(name, quarter)[0],
                        "high": found.interval(name, quarter)[1],
                        "met_in": found.holding[name][place],
                    }
                    for place, quarter in enumerate(found.quarters)
                ],
                "dates": [{"level": level, "quarter": found.date(name, level)} for level in LEVELS],
                "never": found.never(name),
            }
            for name in runs.names
        ],
    }
    aside = [f"Another goal is left aside: {wish(Goals((one,)))}." for one in goals if one is not goal]
    return case.answer("\n".join([str(found), *aside]), result, company=company, warned=[runs, found])


def goal_seek(asked: Namespace, progress: Progress) -> Answer:
    """Which value of the lever reaches the goal; its own exit code where none does."""
    case = Case(asked, progress, size=8)
    goals = case.goals(date=True, probability=True)
    company = case.company()
    vary = asked.vary or case.settings.vary
    if vary is None:
        levers = ", ".join(name for name, one in company.parameters.items() if one.role == "lever")
        raise FolderError(f"no lever is named. Give --vary with one of them: {levers or 'the model has none'}.")
    progress.step(f"moving {vary}", 8)
    found = analysis.goal_seek(
        company,
        case.folder.scenario(asked.scenario),
        vary=vary,
        goal=goals,
        between=None if asked.between is None else tuple(asked.between),
        seeds=asked.seeds,
        any_role=asked.any_role,
        progress=progress.inside,
        **case.chance,
    )
    result = {
        "goal": _goals(goals),
        "scenario": found.scenario,
        "lever": found.lever.full_name,
        "lever_unit": found.lever.unit,
        "searched": [found.low, found.high],
        "feasible": found.feasible,
        "answer": found.answer,
        "interval": list(found.interval) if found.feasible else None,
        "side": "at most" if found.easier < 0 else "at least",
        "achieved": found.achieved,
        "best": found.best,
        "best_at": found.best_at,
        "curve": records(found.curve),
        "alternatives": [
            {"lever": each.lever, "unit": each.unit, "answer": each.answer, "best": each.best, "best_at": each.best_at}
            for each in found.alternatives
        ],
    }
    return case.answer(
        found, result, company=company, warned=[company, found], code=0 if found.feasible else NOT_REACHED
    )


def sensitivity(asked: Namespace, progress: Progress) -> Answer:
    """Which uncertainties move the probability of the goal most."""
    case = Case(asked, progress, size=4)
    goals = case.goals()
    company = case.company()
    progress.step("moving every uncertainty", 4)
    chosen = case.folder.scenario(asked.scenario)
    found = analysis.sensitivity(company, chosen, goal=goals, progress=progress.inside, **case.chance)
    bars = [
        {
            "parameter": bar.parameter,
            "low": bar.low,
            "high": bar.high,
            "at_low": bar.at_low,
            "at_high": bar.at_high,
            "swing": bar.swing,
            "swing_error": bar.errors[2],
        }
        for bar in found.bars
    ]
    result = {"goal": _goals(goals), "scenario": found.scenario, "base": found.base, "error": found.error, "bars": bars}
    return case.answer(found, result, company=company, warned=[company, found])


def bridge(asked: Namespace, progress: Progress) -> Answer:
    """What each change between two scenarios contributes to the probability of the goal."""
    case = Case(asked, progress, size=4)
    goals = case.goals()
    start, end = case.folder.scenario(asked.start), case.folder.scenario(asked.end)
    if start.name == end.name:
        raise FolderError(f"the bridge starts and ends in '{end.name}'; choose another scenario with --from or --to.")
    company = case.company()
    progress.step("valuing every change", 4)
    found = analysis.bridge(company, start, end, goals, progress=progress.inside, **case.chance)
    steps = [
        {"step": step.name, "value": step.value, "error": step.error, "alone": step.alone, "last": step.last}
        for step in found.steps
    ]
    result = {
        "goal": _goals(goals),
        "from": {"scenario": found.start, "value": found.start_value, "error": found.start_error},
        "to": {"scenario": found.end, "value": found.end_value, "error": found.end_error},
        "steps": steps,
    }
    return case.answer(found, result, company=company, warned=[company, found])


def honesty(asked: Namespace, progress: Progress) -> Answer:
    """How far the answers can be trusted."""
    case = Case(asked, progress, size=SIMULATING + 40)
    goals = case.goals(date=True)
    chosen = case.folder.scenario(asked.scenario)
    company = case.company()
    runs = case.simulation(company)
    progress.step("moving every parameter", 40)
    found = analysis.honesty(runs, goals, scenario=chosen.name, joint=not asked.quick, progress=progress.inside)
    table = found.to_frame().rename(columns={"flips at": "flips_at", "probability there": "probability_there"})
    result = {
        "goal": _goals(goals),
        "scenario": found.scenario,
        "holds": found.holds,
        "scenarios": [
            {
                "scenario": one.scenario,
                "probability": one.share,
                "low": one.low,
                "high": one.high,
                "difference": one.difference,
                "difference_error": one.difference_error,
            }
            for one in found.headlines
        ],
        "parameters": records(table.reset_index()),
    }
    return case.answer(found, result, company=company, warned=[runs, found])


def report(asked: Namespace, progress: Progress) -> Answer:
    """Everything in one HTML file."""
    case = Case(asked, progress, size=SIMULATING + 100)
    path = asked.to or case.folder.path / "report.html"
    if path.is_dir():
        raise FolderError(f"'{path}' is a folder; give the name of a file, as in --to {path / 'report.html'}.")
    if not path.parent.is_dir():
        raise FolderError(f"there is no folder '{path.parent}' to write the report into.")
    if path.suffix.lower() not in (".html", ".htm"):
        raise FolderError(f"'{path.name}' is not the name of a page. Write --to {path.with_suffix('.html')}.")
    goals = case.goals()
    chosen = case.folder.scenario(asked.scenario)
    company = case.company()
    runs = case.simulation(company)
    progress.step("writing the report", 100)
    title = f"{case.settings.name}: when, and how likely: {wish(goals)}"
    found = write(runs, goals, scenario=chosen.name, title=title, progress=progress.inside)
    found.save(path)
    return case.answer(f"Report: {path}", {"path": str(path)}, company=company, warned=[runs, found])


def records(table: Any) -> list[dict[str, Any]]:
    """The rows of a table, without its index."""
    return [dict(zip(map(str, table.columns), row, strict=True)) for row in table.itertuples(index=False, name=None)]


def _fact(fact: Any) -> dict[str, Any]:
    names = ("line", "period", "basis", "value", "unit", "currency", "source", "published")
    return {name: getattr(fact, name) for name in names}


def _goals(goals: Goals) -> list[dict[str, Any]]:
    return [{one.name: getattr(goal, one.name) for one in fields(Goal)} for goal in goals.parts]


QUESTIONS: Mapping[str, Callable[[Namespace, Progress], Answer]] = {
    "reconcile": reconcile,
    "simulate": simulate,
    "breakeven": breakeven,
    "goal-seek": goal_seek,
    "sensitivity": sensitivity,
    "bridge": bridge,
    "honesty": honesty,
    "report": report,
}
