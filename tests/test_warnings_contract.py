"""Every public answer has ``warnings``, those of what it was made from included, prints them and shows them escaped."""

import dataclasses
import html
import inspect

import numpy as np
import pandas as pd
import pytest

import forecast as fc
from forecast import drivers as D
from forecast.analysis.surface import Surface, surface
from forecast.financials.coverage import Coverage

pytest.importorskip("ipywidgets")
EVIL = "<script>alert('x')</script> & \"so\": look again."

NO_ANSWERS = {
    "Financials": "facts as they were read; what is wrong with them is an error or a warning of the history",
    "Model": "a statement of the user",
    "Scenario": "a statement of the user",
    "Scenarios": "statements of the user",
    "Reproduction": "whether two runs have the same bits; the runs carry their own warnings",
    "Sweep": "a folder of statistics of many companies, kept on disk; each company carries its own warnings",
}
"""Public classes that are shown or tabled and carry no warnings, each with the reason."""

OWN = {"Disaggregation", "Prediction", "Predictions", "Backtest", "History", "Coverage"}
"""Answers that are not made from a company."""


def answers():
    """The public classes that notebooks show or that give a table, and no others."""
    classes = {name: getattr(fc, name) for name in fc.__all__}
    shown = ("_repr_html_", "to_frame", "_repr_mimebundle_")
    return {
        name: one
        for name, one in classes.items()
        if inspect.isclass(one) and any(hasattr(one, method) for method in shown)
    }


@pytest.fixture(scope="module")
def company():
    """A company of which a line never changed, which its driver warns about."""
    index = pd.period_range("2023Q1", periods=12, freq="Q")
    history = fc.History.from_frame(pd.DataFrame({"sales": np.full(12, 100.0), "rent": np.full(12, 9.0)}, index=index))
    model = fc.Model(
        D.Growth("sales"),
        D.Growth("rent"),
        D.Path("cost", fc.assume(fc.normal(95, 2), role="lever", low=80, high=110)),
        D.Path("push", fc.assume(fc.normal(0, 1), role="lever", low=-5, high=5)),
        D.Formula("profit = sales + push - cost"),
        D.Formula("cash = cash[-1] + profit"),
    )
    made = fc.calibrate(model, history, opening={"cash": 10.0})
    assert made.warnings
    return made


@pytest.fixture(scope="module")
def made(company):
    """One of every answer, by the name of its class."""
    base = fc.Scenario("base")
    worse = base.but("worse", fc.shocks.Scale("sales", 0.97, start="2026Q2"))
    goal = fc.Goal("profit", at_least=6, over="quarter", by="2026Q4", probability=0.8)
    asked = {"paths": 400, "seed": 7}
    until = {"until": "2026Q4", **asked}
    runs = fc.simulate(company, [base, worse], **until)
    view = fc.View("profit", at="2026Q4", at_least=6, probability=0.7)
    series = company.history.series("sales")
    check = fc.RealityCheck("sales are positive", always="sales > 0")
    levers = ("cost.value", "push.value")
    found = [
        company.history,
        company.history.coverage(),
        company,
        runs,
        fc.breakeven(runs, goal),
        fc.bridge(company, base, worse, goal, **asked),
        fc.elasticities(company, base, goal=goal, **asked),
        fc.frontier(company, base, vary=levers, goal=goal, points=3, **asked),
        fc.goal_seek(company, base, vary="cost.value", goal=goal, **asked),
        fc.condition(runs, view).views,
        fc.honesty(runs, goal, joint=False),
        fc.value_of_information(company, [base, worse], payoff=goal, **asked),
        fc.least_change(company, base, goal=goal, **asked),
        fc.plausibility(runs),
        fc.check_reality(company, check, until="2026Q4", paths=50, seed=7),
        fc.discover(runs, goal),
        fc.runway(runs),
        fc.scan(company, [base, worse], goal, **until),
        fc.sensitivity(company, base, goal=goal, **asked),
        fc.stress(company, base, below=0.3, goal=goal, **asked),
        fc.summarise(company, base, lines="profit", until="2026Q4", paths=2_000, seed=7),
        fc.variance_shares(company, base, goal=goal, **asked),
        surface(company, base, levers=levers[:1], goal=goal, lines=["profit"], points=(3,), **until),
        fc.explore(company, base, goal=goal, levers=levers[:1], paths=50),
        fc.report(runs, goal, leave_out=("goal_seek", "frontier", "live", "bridge", "tornado")),
        fc.predict(series, 2),
        fc.predict(series.to_frame(), 2),
        fc.disaggregate([10.0, 12.0, 13.0], per=4, method="fernandez"),
        fc.backtest(series, fc.forecasters.RandomWalk(), horizon=1, seed=7, origins=2, paths=20),
    ]
    return {type(one).__name__: one for one in found}


def names():
    return [*sorted(set(answers()) - set(NO_ANSWERS)), "Coverage", "Surface"]


def test_every_public_answer_is_looked_at_here(made):
    known = {*made, *NO_ANSWERS} - {Coverage.__name__, Surface.__name__}
    assert set(answers()) == known, "make one in 'made', or say in NO_ANSWERS why it carries no warnings"


@pytest.mark.parametrize("name", names())
def test_an_answer_has_the_warnings_of_what_it_was_made_from(made, company, name):
    found = made[name].warnings
    assert isinstance(found, tuple)
    assert all(isinstance(one, str) and one.endswith(".") for one in found)
    assert len(set(found)) == len(found)
    if name not in OWN:
        assert set(company.warnings) <= set(found)


def saying(answer, warnings):
    """The same answer with other warnings, however its class comes by them."""
    kind = type(answer)
    stated = {"warnings": warnings}
    if kind is fc.GoalSeek:  # its own doubts stand among its sentences, those of the company below
        stated |= {"inherited": warnings, "_doubts": lambda self: []}
    other = object.__new__(type(kind.__name__, (kind,), stated))
    kept = [field.name for field in dataclasses.fields(answer)] if dataclasses.is_dataclass(answer) else vars(answer)
    for name in kept:
        if name not in stated:
            object.__setattr__(other, name, getattr(answer, name))
    return other


def page(answer):
    if isinstance(answer, fc.Explorer):
        answer._tell()
        return answer._answer.value
    return answer._repr_html_()


@pytest.mark.parametrize("name", names())
def test_an_answer_prints_its_warnings_last_and_once_and_shows_them_as_text(made, name):
    told = saying(made[name], (EVIL, "A second one."))
    assert str(told).endswith(f"Warnings:\n  - {EVIL}\n  - A second one.")
    assert str(told).count(EVIL) == 1
    assert html.escape(EVIL) in page(told)
    assert EVIL not in page(told)
    quiet = saying(made[name], ())
    assert "Warnings:" not in str(quiet)
    assert "Warnings:" not in page(quiet)
