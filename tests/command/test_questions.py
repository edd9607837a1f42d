"""Every command on the folder of ``forecast new`` and on Kunlun's: the same numbers as the library gives."""

import math
import re
from functools import cache

import pytest

import forecast as fc
from forecast.command import folder as folder_module
from forecast.command.backtesting import earlier
from forecast.timeline import parse_date

from .conftest import change

KUNLUN = fc.kunlun_folder()


@pytest.fixture
def company(folder):
    model = fc.read_model(folder / "model.yaml")
    history = fc.read_financials(folder).as_of("2026-02-28").reconcile(model)
    return fc.calibrate(model, history)


@pytest.fixture
def scenarios(folder):
    return fc.read_scenarios(folder / "scenarios.yaml")


@pytest.fixture
def kunlun_history(monkeypatch):
    """Kunlun's facts are reconciled once for all tests that need no more than the history."""
    monkeypatch.setattr(folder_module, "history_of", _once)


@cache
def _history():
    return fc.load_kunlun().as_of("2025-08-31").reconcile(fc.read_model(KUNLUN / "model.yaml"))


def _once(facts, model, settings):
    assert str(settings.as_of) == "2025-08-31"
    assert facts == fc.load_kunlun()
    return _history()


GOAL = fc.Goal("net_profit", at_least=0, over="trailing_year", by="2028Q4", probability=0.8)
CHANCE = {"paths": 400, "seed": 7}


def test_reconcile_prints_the_table_and_gives_every_figure(folder, run, company):
    said = run("reconcile", folder)
    assert said.code == 0
    assert said.out.startswith("Lanternfish (invented); * derived from other figures, ~ estimated, - missing\n\n")
    assert company.history.table(8, ["revenue", "research_and_development", "net_profit", "cash"]) in said.out
    found = run("reconcile", folder, "--json").json
    assert found["schema"] == 1
    assert (found["command"], found["company"], found["as_of"]) == ("reconcile", "Lanternfish (invented)", "2026-02-28")
    rows = {(row["line"], row["quarter"]): row for row in found["result"]["history"]}
    assert rows["cash", "2025Q4"]["value"] == company.history.values("cash")[-1]
    assert rows["selling", "2024Q3"]["mark"] == "derived"
    assert found["result"]["contradictions"] == found["result"]["set_aside"] == []


def test_reconcile_as_of_an_earlier_day_ends_earlier(folder, run):
    found = run("reconcile", folder, "--as-of", "2025-08-31", "--json").json
    assert found["as_of"] == "2025-08-31"
    assert max(row["quarter"] for row in found["result"]["history"]) == "2025Q2"


def test_reconcile_needs_no_model(folder, run):
    (folder / "model.yaml").unlink()
    found = run("reconcile", folder, "--json").json["result"]["history"]
    assert {"subscriptions_revenue", "cash"} <= {row["line"] for row in found}
    ran = run("breakeven", folder)
    assert ran.code == 1
    assert ran.err == (
        f"the folder '{folder}' cannot be used\n  - model.yaml: there is no such file; write how each line moves.\n"
    )
    (folder / "model.yaml").write_text("drivers: 3\n", encoding="utf-8")
    assert run("reconcile", folder).code == 1


def test_reconcile_explains_one_figure(folder, run, company):
    said = run("reconcile", folder, "--explain", "research_and_development", "2024Q3")
    assert said.out.strip() == str(company.history.explain("research_and_development", "2024Q3"))


def test_reconcile_lists_what_is_contradicted_and_what_is_not_used(run, kunlun_history):
    said = run("reconcile", KUNLUN, "--lines", "revenue,net_profit", "--last", "2")
    assert "What the other figures contradict:\n- administration 2023H1 (half) 33.5" in said.out
    assert "What could not be used:\n- net_profit 2021 (annual) 1766" in said.out
    first = run("reconcile", KUNLUN, "--json").json["result"]["contradictions"][0]
    assert (first["line"], first["value"], first["published"]) == ("administration", 33.5, "2023-09-03")


def test_simulate_gives_the_quantiles_of_every_scenario(folder, run, company, scenarios):
    runs = fc.simulate(company, scenarios, until="2029Q4", **CHANCE)
    said = run("simulate", folder)
    tables, _, warnings = said.out.strip().partition("\nWarnings:\n")
    assert tables == "\n\n".join(
        fc.fiscal_year_table(runs, ["revenue", "research_and_development", "net_profit", "cash"], name)
        for name in runs.names
    )
    assert warnings == "\n".join(f"  - {one}" for one in runs.warnings)
    found = run("simulate", folder, "--json").json
    assert (found["paths"], found["seed"], found["until"], found["currency"]) == (400, 7, "2029Q4", "USD")
    row = next(
        row
        for row in found["result"]["quantiles"]
        if (row["scenario"], row["line"], row["quarter"]) == ("frugal", "cash", "2027Q2")
    )
    assert (row["low"], row["median"], row["high"]) == tuple(runs.quantiles("cash", "frugal").loc["2027Q2"])


def test_simulate_takes_scenarios_lines_paths_and_seed(folder, run):
    words = ("--scenario", "frugal", "--lines", "cash", "--paths", "50", "--seed", "3", "--until", "2026Q4", "--json")
    found = run("simulate", folder, *words).json
    assert {(row["scenario"], row["line"]) for row in found["result"]["quantiles"]} == {("frugal", "cash")}
    assert (found["paths"], found["seed"], found["until"]) == (50, 3, "2026Q4")


def test_breakeven_is_that_of_the_library(folder, run, company, scenarios):
    expected = fc.breakeven(fc.simulate(company, scenarios, until="2029Q4", **CHANCE), GOAL)
    said = run("breakeven", folder)
    assert (said.code, said.out.strip(), said.err) == (0, str(expected), "")
    found = run("breakeven", folder, "--json").json["result"]
    frugal = next(each for each in found["scenarios"] if each["scenario"] == "frugal")
    last = frugal["by_quarter"][-1]
    assert (last["quarter"], last["probability"]) == ("2029Q4", expected.probability("frugal", "2029Q4"))
    assert (last["low"], last["high"]) == expected.interval("frugal", "2029Q4")
    assert last["met_in"] == expected.holding["frugal"][-1]
    assert frugal["never"] == 1 - last["probability"]
    assert frugal["dates"][1] == {"level": 0.5, "quarter": str(expected.date("frugal", 0.5))}
    assert found["goal"][0]["line"] == "net_profit"


def test_another_goal_may_be_asked_for(folder, run):
    found = run("breakeven", folder, "--line", "cash", "--at-most", "0", "--over", "quarter", "--json").json["result"]
    goal = found["goal"][0]
    assert (goal["line"], goal["at_most"], goal["at_least"], goal["over"], goal["by"]) == (
        *("cash", 0.0, None, "quarter"),
        None,
    )
    kept = run("breakeven", folder, "--at-least", "20", "--json").json["result"]["goal"][0]
    assert (kept["line"], kept["at_least"], kept["by"], kept["probability"]) == ("net_profit", 20.0, "2028Q4", 0.8)


def test_goal_seek_is_that_of_the_library(folder, run, company, scenarios):
    expected = fc.goal_seek(company, scenarios["base"], vary="research_and_development.growth", goal=GOAL, **CHANCE)
    said = run("goal-seek", folder)
    assert (said.code, said.out.strip()) == (0, str(expected))
    found = run("goal-seek", folder, "--json").json["result"]
    assert (found["answer"], found["feasible"], found["side"]) == (expected.answer, True, "at most")
    assert found["curve"][0]["lever"] == -0.05


def test_goal_seek_on_kunlun_finds_no_answer_and_says_so_in_its_exit_code(run, kunlun_history):
    said = run("goal-seek", KUNLUN, "--paths", "1000", "--json")
    assert said.code == 3
    found = said.json["result"]
    assert (found["lever"], found["feasible"], found["answer"], found["interval"]) == (
        *("drama_revenue.half_life", False, None, None),
    )
    assert found["alternatives"][0]["lever"] == "selling.target"


def test_goal_seek_takes_lever_range_scenario_and_role(folder, run, company, scenarios):
    expected = fc.goal_seek(
        *(company, scenarios["frugal"]),
        vary="assistant_arr.ceiling",
        goal=GOAL,
        between=(200.0, 900.0),
        any_role=True,
        seeds=2,
        **CHANCE,
    )
    words = ("--vary", "assistant_arr.ceiling", "--between", "200", "900", "--scenario", "frugal", "--any-role")
    assert run("goal-seek", folder, *words, "--seeds", "2").out.strip() == str(expected)


def test_sensitivity_is_that_of_the_library(folder, run, company, scenarios):
    expected = fc.sensitivity(company, scenarios["base"], goal=GOAL, **CHANCE)
    assert run("sensitivity", folder).out.strip() == str(expected)
    found = run("sensitivity", folder, "--json").json["result"]
    assert found["base"] == expected.base
    assert [bar["swing"] for bar in found["bars"]] == [bar.swing for bar in expected.bars]


def test_bridge_is_that_of_the_library_and_adds_up(folder, run, company, scenarios):
    expected = fc.bridge(company, scenarios["base"], scenarios["frugal"], GOAL, until="2029Q4", **CHANCE)
    assert run("bridge", folder, "--to", "frugal").out.strip() == str(expected)
    found = run("bridge", folder, "--to", "frugal", "--json").json["result"]
    total = sum(step["value"] for step in found["steps"])
    assert math.isclose(total, found["to"]["value"] - found["from"]["value"], abs_tol=1e-12)
    back = run("bridge", folder, "--from", "frugal", "--to", "base", "--json").json["result"]
    assert back["from"]["scenario"] == "frugal"


def test_honesty_is_that_of_the_library(folder, run, company, scenarios):
    runs = fc.simulate(company, scenarios, until="2029Q4", **CHANCE)
    expected = fc.honesty(runs, GOAL, scenario="frugal", joint=False)
    assert run("honesty", folder, "--scenario", "frugal", "--quick").out.strip() == str(expected)
    found = run("honesty", folder, "--quick", "--json").json["result"]
    assert found["holds"] is False
    assert {"parameter", "ground", "flips_at", "probability_there"} <= set(found["parameters"][0])


def test_backtest_scores_the_days_of_the_folder(folder, run):
    found = run("backtest", folder, "--paths", "100", "--json").json["result"]
    assert found["dates"] == ["2024-08-31", "2024-11-30", "2025-02-28"]
    assert {row["forecaster"] for row in found["leaderboard"]} == {"model", "Combination", "SeasonalNaive"}
    assert found["left_out"] == []
    said = run("backtest", folder, "--paths", "100", "--dates", "2023-06-30,2025-02-28", "--lines", "cash")
    assert said.out.startswith("Lanternfish (invented), forecast from 2023-06-30, 2025-02-28\nBacktest of 1 series")
    assert "- left out: 2023-06-30 every line: the model cannot be calibrated on this history" in said.out


def test_days_without_a_word_are_half_a_year_apart_and_their_outcomes_known():
    days = earlier(parse_date("2026-02-26"))
    assert [str(day) for day in days] == ["2023-08-30", "2024-02-28", "2024-08-28", "2025-02-26"]


def test_report_calls_the_report_of_the_library(folder, run, monkeypatch):
    saved = []

    class Report:
        def __init__(self, runs, goals, *, scenario, title, progress):
            self.made = (runs.names, goals.parts, scenario, title)

        warnings = ()

        def save(self, path):
            saved.append((*self.made, path))

    monkeypatch.setattr("forecast.command.questions.write", Report)
    change(folder / "facts.csv", "2025Q3,quarter,revenue,,", "2025Q3,quarter,revenue,,9")
    said = run("report", folder)
    told = "1 figure is contradicted by the others; history.contradictions names them."
    assert said.out == f"Report: {folder / 'report.html'}\nWarnings:\n  - {told}\n"
    title = "Lanternfish (invented): when, and how likely: net_profit over the trailing year is at least 0"
    assert saved == [(("base", "rival enters", "frugal"), (GOAL,), "base", title, folder / "report.html")]
    assert run("report", folder, "--scenario", "frugal").code == 0
    change(folder / "company.yaml", "seed: 7", "seed: 7\nscenario: rival enters")
    assert run("report", folder).code == 0
    assert [made[2] for made in saved] == ["base", "frugal", "rival enters"]
    assert "Did you mean 'frugal'?" in run("report", folder, "--scenario", "frugl").err
    assert run("report", folder, "--to", folder / "nowhere" / "a.html").err == (
        f"there is no folder '{folder / 'nowhere'}' to write the report into.\n"
    )


@pytest.mark.parametrize(
    "words",
    [
        ("simulate",),
        ("breakeven",),
        ("sensitivity",),
        ("bridge", "--to", "discipline"),
        ("honesty", "--quick"),
    ],
)
def test_every_command_answers_on_kunlun(run, kunlun_history, words):
    command, *rest = words
    said = run(command, KUNLUN, *rest, "--paths", "300")
    assert said.code == 0, said.err
    assert said.out


def test_the_model_of_kunlun_cannot_be_backtested_and_it_says_why_and_which_lines_can(run):
    said = run("backtest", KUNLUN, "--dates", "2025-05-31", "--paths", "300")
    assert said.code == 1
    head, reason, nested, free, advice = said.err.strip().split("\n")
    assert head == "there is no date from which the model can be backtested"
    assert reason == "  - 2025-05-31: the model cannot be calibrated on this history"
    assert nested == (
        "    - 'drama_revenue' (Conversion) cannot estimate its start: in no quarter are the revenue and 'drama_arr' "
        "at both ends known. State 'start', the recognised share of ARR today."
    )
    start = "  - From 2025-05-31 only lines that depend on none of these can be forecast and compared: --lines "
    assert free.startswith(start)
    lines = free.removeprefix(start).rstrip(".").split(",")
    assert "research_and_development" in lines
    assert not {"drama_revenue", "revenue", "net_profit", "cost", "cash"} & set(lines)
    assert advice == "  - Give later dates, or state in the model what cannot be estimated."
    some = run("backtest", KUNLUN, "--dates", "2025-05-31", "--paths", "300", "--lines", ",".join(lines))
    assert (some.code, some.err) == (0, "")
    scored = int(re.search(r"Backtest of (\d+) series", some.out)[1])
    # a line on which a rival cannot be fitted is not scored, and is named
    assert scored >= 1
    assert scored + some.out.count("- left out: 2025-05-31 ") == len(lines)


def test_the_report_takes_several_goals(folder, run, monkeypatch):
    text = (folder / "company.yaml").read_text(encoding="utf-8")
    start, end = text.index("goal:"), text.index("vary:")
    goals = (
        "goal:\n  - {line: net_profit, at_least: 0, over: trailing_year, by: 2028Q4, probability: 0.8}\n"
        "  - {line: cash, at_least: 0, over: quarter, always: true}\n"
    )
    (folder / "company.yaml").write_text(text[:start] + goals + text[end:], encoding="utf-8")
    asked = []

    class Report:
        def __init__(self, runs, goals, *, scenario, title, progress):
            asked.append((goals.parts, title))

        warnings = ()

        def save(self, path):
            path.write_text("", encoding="utf-8")

    monkeypatch.setattr("forecast.command.questions.write", Report)
    dated = run("breakeven", folder, "--paths", "200").out
    assert dated.startswith("Probability that net_profit over the trailing year >= 0 is first reached by\n")
    assert dated.endswith("\nAnother goal is left aside: cash over the quarter is always at least 0.\n")
    assert run("report", folder).code == 0
    ((parts, title),) = asked
    assert [goal.line for goal in parts] == ["net_profit", "cash"]
    assert title.endswith("at least 0 and cash over the quarter is always at least 0")
