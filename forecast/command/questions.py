"""The questions that are asked of a company folder, one function a command."""

from __future__ import annotations

import datetime as dt
from argparse import Namespace
from collections.abc import Callable, Mapping
from dataclasses import fields, replace
from typing import Any

from forecast import analysis
from forecast.analysis import Goal, Goals
from forecast.command.answer import NOT_REACHED, Answer
from forecast.command.folder import open_folder
from forecast.command.progress import Counted, Progress
from forecast.command.settings import FolderError, Settings
from forecast.evaluation import backtest_model
from forecast.financials import History
from forecast.model import CalibratedModel
from forecast.reporting import fiscal_year_table
from forecast.simulation import Simulation
from forecast.simulation import simulate as run_scenarios
from forecast.timeline import parse_date

GOAL = ("line", "at_least", "at_most", "over", "by", "probability")
LEVELS = (0.1, 0.5, 0.9)


def overridden(settings: Settings, asked: Namespace) -> Settings:
    """The settings with what the options of a command say instead."""
    given = vars(asked)
    as_of = given.get("as_of")
    changed = settings.but(
        as_of=None if as_of is None else parse_date(as_of),
        until=given.get("until"),
        paths=given.get("paths"),
        seed=given.get("seed"),
        lines=given.get("lines"),
    )
    stated = {name: given[name] for name in GOAL if given.get(name) is not None}
    return changed.but(goal=_goal(settings, stated)) if stated else changed


def _goal(settings: Settings, stated: Mapping[str, Any]) -> tuple[Goal, ...]:
    """The goal of the settings with other numbers; another goal altogether where a line is named."""
    if "line" in stated:
        return (Goal(**stated),)
    if len(settings.goals.parts) > 1:
        raise FolderError("company.yaml has several goals; change them there, or name the one you mean with --line.")
    old = settings.goals.parts[0]
    kept = {one.name: getattr(old, one.name) for one in fields(Goal)}
    if {"at_least", "at_most"} & set(stated):
        kept |= {"at_least": None, "at_most": None}
    return (Goal(**{**kept, **stated}),)


class Case:
    """A folder opened for one question: history, company and simulation, each made when it is asked for."""

    def __init__(self, asked: Namespace, progress: Progress, *, steps: int, model: bool = True) -> None:
        progress.expect(steps)
        progress.step("reading the folder")
        opened = open_folder(asked.folder, model=model)
        self.progress = progress
        self.settings = overridden(opened.settings, asked)
        self.folder = replace(opened, settings=self.settings)

    def history(self) -> History:
        """The reconciled history."""
        self.progress.step("reconciling the facts")
        return self.folder.history()

    def company(self) -> CalibratedModel:
        """The calibrated model."""
        self.progress.step("calibrating the model")
        return self.folder.company()

    def simulation(self, company: CalibratedModel, names: list[str] | None = None) -> Simulation:
        """The scenarios named, or all, simulated."""
        every = self.folder.scenarios
        wanted = [self.folder.scenario(name) for name in names] if names else list(every.values())
        self.progress.step("simulating")
        return run_scenarios(company, wanted, **self.chance)

    @property
    def chance(self) -> dict[str, Any]:
        """Paths, seed and the last quarter, as the questions take them."""
        return {"until": self.settings.until, "paths": self.settings.paths, "seed": self.settings.seed}

    def answer(self, text: object, result: Mapping[str, Any], *, code: int = 0, company: Any = None) -> Answer:
        """The answer with what it is about."""
        about: dict[str, Any] = {"company": self.settings.name, "as_of": self.settings.as_of}
        if company is not None:
            about |= {
                "currency": company.model.currency,
                "unit": company.model.unit,
                "fingerprint": company.fingerprint,
                "warnings": company.warnings,
                **self.chance,
            }
        return Answer(str(text), result, about, code)


def reconcile(asked: Namespace, progress: Progress) -> Answer:
    """The history, what contradicts it, and what could not be used; or the facts behind one figure."""
    case = Case(asked, progress, steps=2, model=False)
    history = case.history()
    if asked.explain:
        found = history.explain(*asked.explain)
        return case.answer(found, {"explanation": _records(found.to_frame())})
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
        "history": _records(history.to_frame()),
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
    return case.answer("\n".join(text), result)


def simulate(asked: Namespace, progress: Progress) -> Answer:
    """What each scenario leads to: by fiscal year for people, by quarter for programs."""
    case = Case(asked, progress, steps=3)
    company = case.company()
    runs = case.simulation(company, asked.scenario)
    lines = list(case.settings.lines) or None
    text = "\n\n".join(fiscal_year_table(runs, lines, name) for name in runs.names)
    table = runs.to_frame(lines, levels=LEVELS)
    rows = [
        {"scenario": row[0], "line": row[1], "quarter": row[2], "low": row[3], "median": row[4], "high": row[5]}
        for row in table.itertuples(index=False, name=None)
    ]
    return case.answer(text, {"levels": list(LEVELS), "quantiles": rows}, company=company)


def breakeven(asked: Namespace, progress: Progress) -> Answer:
    """When the goal is first reached; of several goals the first that has such a date."""
    case = Case(asked, progress, steps=4)
    goal = next((goal for goal in case.settings.goals.parts if not goal.always), case.settings.goals.parts[0])
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
    return case.answer(found, result, company=company)


def goal_seek(asked: Namespace, progress: Progress) -> Answer:
    """Which value of the lever reaches the goal; its own exit code where none does."""
    case = Case(asked, progress, steps=3)
    goals = case.settings.goals
    company = case.company()
    vary = asked.vary or case.settings.vary
    if vary is None:
        levers = ", ".join(name for name, one in company.parameters.items() if one.role == "lever")
        raise FolderError(f"no lever is named. Give --vary with one of them: {levers or 'the model has none'}.")
    progress.step(f"moving {vary}")
    found = analysis.goal_seek(
        company,
        case.folder.scenario(asked.scenario),
        vary=vary,
        goal=goals,
        between=None if asked.between is None else tuple(asked.between),
        seeds=asked.seeds,
        any_role=asked.any_role,
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
        "curve": _records(found.curve),
        "alternatives": [
            {"lever": each.lever, "unit": each.unit, "answer": each.answer, "best": each.best, "best_at": each.best_at}
            for each in found.alternatives
        ],
    }
    return case.answer(found, result, company=company, code=0 if found.feasible else NOT_REACHED)


def sensitivity(asked: Namespace, progress: Progress) -> Answer:
    """Which uncertainties move the probability of the goal most."""
    case = Case(asked, progress, steps=3)
    goals = case.settings.goals
    company = case.company()
    progress.step("moving every uncertainty")
    found = analysis.sensitivity(company, case.folder.scenario(asked.scenario), goal=goals, **case.chance)
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
    return case.answer(found, result, company=company)


def bridge(asked: Namespace, progress: Progress) -> Answer:
    """What each change between two scenarios contributes to the probability of the goal."""
    case = Case(asked, progress, steps=3)
    goals = case.settings.goals
    start, end = case.folder.scenario(asked.start), case.folder.scenario(asked.end)
    if start.name == end.name:
        raise FolderError(f"the bridge starts and ends in '{end.name}'; choose another scenario with --from or --to.")
    company = case.company()
    progress.step("valuing every change")
    found = analysis.bridge(company, start, end, goals, **case.chance)
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
    return case.answer(found, result, company=company)


def honesty(asked: Namespace, progress: Progress) -> Answer:
    """How far the answers can be trusted."""
    case = Case(asked, progress, steps=4)
    goals = case.settings.goals
    chosen = case.folder.scenario(asked.scenario)
    company = case.company()
    runs = case.simulation(company)
    progress.step("moving every parameter")
    found = analysis.honesty(runs, goals, scenario=chosen.name, joint=not asked.quick)
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
        "parameters": _records(table.reset_index()),
    }
    return case.answer(found, result, company=company)


def backtest(asked: Namespace, progress: Progress) -> Answer:
    """What the model would have said on earlier days, against what came."""
    case = Case(asked, progress, steps=1)
    settings, folder = case.settings, case.folder
    facts = folder.facts if settings.as_of is None else folder.facts.as_of(settings.as_of)
    stated = asked.dates or settings.backtest or earlier(max(fact.published for fact in facts.facts))
    days = [parse_date(day) for day in stated]
    progress.expect(len(days) + 2)
    paths = min(settings.paths, 1_000) if asked.paths is None else asked.paths
    found = backtest_model(
        facts,
        folder.model,
        dates=Counted(days, progress, "forecasting from"),
        horizon=asked.horizon,
        lines=list(settings.lines) or None,
        paths=paths,
        seed=settings.seed,
    )
    progress.step("scoring")
    text = [f"{settings.name}, forecast from {', '.join(map(str, days))}", repr(found)]
    aside = _records(found.left_out)
    text += [f"- left out: {row['origin']} {row['series'] or 'every line'}: {row['reason']}" for row in aside]
    result = {
        "dates": days,
        "horizon": asked.horizon,
        "paths": paths,
        "seed": settings.seed,
        "reference": found.reference,
        "leaderboard": _records(found.leaderboard().reset_index()),
        "coverage": _records(found.coverage().reset_index()),
        "left_out": aside,
    }
    return case.answer("\n".join(text), result)


def earlier(last: dt.date) -> list[dt.date]:
    """Four days, half a year apart, of which the latest is a year before the last publication: outcomes are known."""
    return [last - dt.timedelta(days=365 + 182 * back) for back in (3, 2, 1, 0)]


def report(asked: Namespace, progress: Progress) -> Answer:
    """Everything in one HTML file."""
    import forecast

    write = getattr(forecast, "report", None)
    if write is None:
        raise FolderError("this version of forecast cannot write reports yet; ask 'breakeven' and 'honesty' instead.")
    case = Case(asked, progress, steps=4)
    goals = case.settings.goals
    company = case.company()
    runs = case.simulation(company)
    progress.step("writing the report")
    path = asked.to or case.folder.path / "report.html"
    if not path.parent.is_dir():
        raise FolderError(f"there is no folder '{path.parent}' to write the report into.")
    write(runs, goals.parts[0] if len(goals.parts) == 1 else goals).save(path)
    return case.answer(f"Report: {path}", {"path": str(path)}, company=company)


def _records(table: Any) -> list[dict[str, Any]]:
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
    "backtest": backtest,
    "report": report,
}
