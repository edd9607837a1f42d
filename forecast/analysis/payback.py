"""Payback: the goal that what was lost since a quarter of the history has been earned back."""

from __future__ import annotations

from forecast.analysis.goal import Goal
from forecast.blas import steady
from forecast.errors import GoalError, Problems, TimelineError, did_you_mean, expect
from forecast.model import CalibratedModel
from forecast.timeline import Quarter, quarters_between


@steady
def payback(
    company: CalibratedModel,
    line: str = "net_profit",
    *,
    since: str | Quarter,
    by: str | None = None,
    probability: float | None = None,
) -> Goal:
    """The goal that a flow adds up to at least zero, counted from the quarter ``since`` of the history on.

    sum(history[since .. last]) + sum(line[first .. t]) >= 0

    The history is the same on all paths, so that this is ``Goal(line, at_least=-sum(history), over="cumulative")``: a
    cumulative window counts from the first simulated quarter. The history is taken at its reconciled values; their
    standard errors do not count. Counted from the first simulated quarter itself, payback is the plain
    ``Goal(line, at_least=0, over="cumulative")``, which a first quarter in profit already reaches.
    """
    cure = "calibrate the model first: calibrate(model, history)"
    expect(company, CalibratedModel, GoalError, "the company", cure)
    problems = Problems()
    lines = company.model.lines
    if line not in lines:
        problems.add(f"there is no line '{line}'. {did_you_mean(str(line), lines)}")
    elif lines[line].kind != "flow":
        problems.add(f"'{line}' is a {lines[line].kind}; only a flow adds up.")
    begin = None
    try:
        begin = Quarter.parse(since)
    except TimelineError as problem:
        problems.add(f"since: {problem}")
    if begin is not None and begin >= company.first:
        problems.add(
            f"since is {begin}, but the history ends before {company.first}. "
            f"Write Goal('{line}', at_least=0, over='cumulative') to count from there."
        )
    past: dict[Quarter, float] = {}
    if not problems.found and begin is not None:
        quarters = quarters_between(begin, company.first + -1)
        past = {quarter: company.past(line, company.first - quarter) for quarter in quarters}
        missing = [str(quarter) for quarter, value in past.items() if value != value]
        if missing:
            problems.add(f"the history lacks '{line}' in {', '.join(missing)}. Count from a later quarter.")
    problems.raise_if_any(GoalError, f"the payback of {line!r} cannot be counted")
    return Goal(line, at_least=-sum(past.values()), over="cumulative", by=by, probability=probability)
