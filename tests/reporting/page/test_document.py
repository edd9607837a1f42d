"""The report as a file: its story, its numbers, and that names stay text."""

import json
import re

import numpy as np
import pandas as pd
import pytest

import forecast as fc
from forecast.reporting.page import report
from forecast.reporting.page.blocks import Table, Text
from forecast.reporting.page.document import to_json
from forecast.reporting.page.past import remembered_lines
from forecast.reporting.page.records import remembered
from forecast.reporting.page.words import shock_in_words
from tests.reporting.page.conftest import EVIL, IMAGE


def table(section, start: str) -> Table:
    return next(one for one in section.blocks if isinstance(one, Table) and one.caption.startswith(start))


class TestStory:
    def test_it_is_told_in_order(self, told):
        keys = ["picture", "scenarios", "demands", "bridge", "tornado", "history", "assumptions", "made"]
        assert [section.key for section in told.sections if section.key != "live"] == keys

    def test_the_answer_is_the_share_of_paths_with_its_interval(self, runs, told):
        reached = np.maximum.accumulate(runs.values("profit", "base") >= 0, axis=0).mean(axis=1)
        share, never = reached[5], 1 - reached[-1]
        # Wilson's interval by hand
        z, n = 1.959964, 1_000
        middle = (share + z * z / 2 / n) / (1 + z * z / n)
        reach = z / (1 + z * z / n) * np.sqrt(share * (1 - share) / n + z * z / 4 / n / n)
        start = (
            f"Under scenario 'base' the probability that profit over the quarter is at least 0 by 2027Q2 is "
            f"{share:.1%} ({middle - reach:.1%} to {middle + reach:.1%} with 95 % sampling error), "
            "below the 80% wanted; "
        )
        assert told.answer.startswith(start)
        assert told.answer.endswith(f"and on {never:.1%} not by 2027Q4.")

    def test_the_answer_gives_no_date_after_the_last_quarter(self, runs):
        above = float(runs.values("profit", "base").max()) + 1
        never = fc.Goal("profit", at_least=above, over="quarter", by="2027Q2", probability=0.8)
        answer = report(runs, never, leave_out=("goal_seek", "live", "bridge", "tornado")).answer
        assert answer.endswith("below the 80% wanted; it is not reached by 2027Q4 on 100.0% of the paths.")

    def test_warnings_of_the_simulation_stand_in_the_page(self, told):
        index = pd.period_range("2024Q1", periods=8, freq="Q")
        flat = fc.History.from_frame(pd.DataFrame({"sales": [5.0] * 8}, index=index))
        company = fc.calibrate(fc.Model(fc.drivers.Growth("sales")), flat)
        runs = fc.simulate(company, fc.Scenario("base"), until="2026Q4", paths=100, seed=7)
        goal = fc.Goal("sales", at_least=5, over="quarter")
        page = report(runs, goal, leave_out=("goal_seek", "live", "bridge", "tornado"))
        assert runs.warnings
        shown = table(page.section("picture"), f"Warnings: {len(runs.warnings)} that go")
        assert shown.rows == tuple((one,) for one in runs.warnings)
        assert page.warnings == runs.warnings
        assert str(page).endswith("Warnings:\n" + "\n".join(f"  - {one}" for one in runs.warnings))
        assert repr(page) == str(page)
        assert not any(isinstance(one, Table) for one in told.section("picture").blocks)

    def test_the_model_says_what_the_year_of_a_figure_from_a_table_is(self):
        index = pd.period_range("2024Q1", periods=4, freq="Q")
        frame = pd.DataFrame({"sales": [1.0, 2, 3, 4], "cash": [10.0, 12, 15, 19], "ratio": [0.5] * 4}, index=index)
        model = fc.Model(
            fc.drivers.Path("sales", 5.0),
            fc.drivers.Formula("cash = cash[-1] + sales"),
            fc.drivers.Formula("ratio = sales / sales"),
        )
        company = fc.calibrate(model, fc.History.from_frame(frame))
        known = {one["name"]: one for one in remembered_lines(company)}
        assert known["sales"]["past_years"]["values"] == [10.0]  # 1 + 2 + 3 + 4
        assert known["cash"]["past_years"]["values"] == [19.0]  # the balance at the end of the year
        assert known["ratio"]["past_years"]["values"] == []
        assert known["cash"]["unit"] == "million CNY"
        units = {row[0]: row[1] for row in table(remembered(company), "The last quarters").rows}
        assert units == {"sales": "million CNY a quarter", "cash": "million CNY", "ratio": "ratio"}

    def test_warnings_of_what_was_asked_beyond_it_stand_there_too(self, runs, goal, monkeypatch):
        monkeypatch.setattr(fc.GoalSeek, "_doubts", lambda self: ["<it> turns."])
        monkeypatch.setattr("forecast.analysis.surface.doubts", lambda surface: ("the grid is rough.",))
        page = report(runs, goal, levers=("wages.value", "rent.value"), leave_out=("frontier", "bridge", "tornado"))
        assert page.warnings == (
            *runs.warnings,
            "goal seek by wages.value: <it> turns.",
            "goal seek by rent.value: <it> turns.",
            "the grid is rough.",
        )
        assert "&lt;it&gt; turns." in page.html()
        assert "<it>" not in page.html()
        assert "goal seek by rent.value: &lt;it&gt; turns." in page._repr_html_()
        assert str(page).endswith("\n  - the grid is rough.")

    def test_scenarios_are_compared_on_the_same_paths(self, runs, told):
        met = {name: (runs.values("profit", name)[:6] >= 0).any(axis=0) for name in runs.names}
        change = met["lean"].astype(float) - met["base"]
        rows = {row[0]: row for row in table(told.section("scenarios"), "Scenarios compared").rows}
        assert rows["lean"][2] == f"{100 * change.mean():+.1f} ± {100 * change.std() / np.sqrt(1_000):.1f}"
        low, middle, high = np.quantile(runs.values("profit", "lean")[5], [0.1, 0.5, 0.9])
        assert rows["lean"][5] == f"{middle:,.0f} ({low:,.0f} to {high:,.0f})"

    def test_the_goal_seek_is_that_of_the_library(self, runs, goal, told):
        found = fc.goal_seek(runs.company, runs.scenarios[0], vary="wages.value", goal=goal, paths=1_000, seed=7)
        rows = {row[0]: row for row in table(told.section("demands"), "Goal seeks").rows}
        assert rows["wages.value"][3] == f"at most {found.answer:.4g}"
        assert rows["wages.value"][5] == f"{found.achieved:.1%}"

    def test_grounds_are_counted(self, told):
        assert told.section("assumptions").blocks[0].text == (
            "Of 3 parameters 0 are fitted to the history (data), 2 rest on a fact or source that is named, and 1 on "
            "judgement."
        )

    def test_what_made_it_is_in_it(self, runs, told):
        rows = dict(table(told.section("made"), "Made from").rows)
        assert rows["seed"] == "7"
        assert rows["version of forecast"] == fc.__version__
        assert rows["fingerprint of the simulation"] == runs.fingerprint

    def test_printed_it_says_the_answer_first(self, told):
        assert str(told).splitlines()[:2] == [told.title, told.answer]

    def test_a_history_is_shown_with_its_marks(self, remembered):
        goal = fc.Goal("net_profit", at_least=0, over="quarter")
        found = report(remembered, goal, leave_out="bridge")
        assert found.section("history").blocks[0].text == (
            "2 lines over 6 quarters, 2024Q3 to 2025Q4: of the quarterly figures 8 are reported, 2 derived from other "
            "figures, 1 estimated and 1 missing. 0 figures are contradicted by the others, 0 figures are set aside as "
            "unusable."
        )
        rows = table(found.section("history"), "The last quarters").rows
        assert rows[0][2:] == ("90.0", "-", "96.0 ~ ± 8.0", "98.0 *", "101 *", "100")
        past = found.data["fan"]["past"][found.data["fan"]["shown"]]
        assert past["labels"] == []  # net_profit has no history
        assert "This needs a goal with a date and a probability" in found.section("demands").blocks[0].text


class TestData:
    def test_a_fan_holds_the_quantiles_of_the_simulation(self, runs, told):
        fan = told.data["fan"]
        line, scenario = 3, fan["scenarios"].index("lean")
        assert fan["lines"][line]["name"] == "profit"
        wanted = np.quantile(runs.values("profit", "lean"), fan["levels"], axis=1).T
        np.testing.assert_allclose(fan["quarterly"][scenario][line], wanted, rtol=1e-5, atol=1e-9)
        years = runs.values("profit", "lean").reshape(2, 4, -1).sum(axis=1)
        assert fan["years"] == [2026, 2027]
        np.testing.assert_allclose(
            fan["yearly"][scenario][line], np.quantile(years, fan["levels"], axis=1).T, rtol=1e-5
        )

    def test_a_stock_of_a_year_is_that_of_its_last_quarter(self, runs, told):
        fan = told.data["fan"]
        assert fan["lines"][4]["name"] == "cash"
        assert fan["yearly"][0][4][1] == fan["quarterly"][0][4][7]


class TestFile:
    def test_names_stay_text(self, told):
        text = told.html()
        assert EVIL not in text
        assert IMAGE not in text
        assert "&lt;img src=x onerror=" in text
        assert text.count("<script") == 2
        assert text.count("</script>") == 2

    def test_the_data_reads_back(self, told):
        block = re.search(r'<script id="data" type="application/json">(.*?)</script>', told.html(), flags=re.DOTALL)
        data = json.loads(block[1])
        assert data["fan"]["scenarios"] == ["base", EVIL, "lean"]
        assert not set("<>&\u2028\u2029") & set(block[1])

    def test_json_escapes_what_a_script_element_cannot_hold(self):
        assert to_json({"a": "</script>&\u2028", "b": float("nan"), "c": np.float64(1.5), "d": True}) == (
            '{"a":"\\u003c/script\\u003e\\u0026\\u2028","b":null,"c":1.5,"d":true}'
        )

    def test_it_names_nothing_outside_itself(self, told):
        text = re.sub(r'<a href="https?://[^"]*"', "", told.html()).replace("http://www.w3.org/2000/svg", "")
        assert not re.search(r"https?://|//[a-z]+\.[a-z]+/|@import|url\(|fetch\(|XMLHttpRequest", text)
        assert "default-src &#x27;none&#x27;" in text

    def test_the_same_question_gives_the_same_bytes(self, runs, goal, told):
        assert report(runs, goal, title=told.title).html() == told.html()

    def test_it_is_refused_where_it_cannot_be_saved(self, told, tmp_path):
        with pytest.raises(fc.ForecastError) as problem:
            told.save(tmp_path / "none" / "report.pdf")
        assert str(problem.value) == (
            "the report cannot be saved\n"
            "  - 'report.pdf' is not the name of a page. Write 'report.html'.\n"
            f"  - the folder '{tmp_path / 'none'}' does not exist. Create it first."
        )

    def test_a_file_that_exists_is_replaced_and_nothing_else_is_left(self, told, tmp_path):
        (tmp_path / "report.html").write_text("old")
        told.save(tmp_path / "report.html")
        assert [one.name for one in tmp_path.iterdir()] == ["report.html"]
        assert (tmp_path / "report.html").read_text(encoding="utf-8") == told.html()


class TestRefusals:
    def test_all_problems_at_once(self, runs, goal):
        with pytest.raises(fc.ForecastError) as problem:
            report(runs, goal, scenario="leen", levers=["wage.value"], lines=["profits"], leave_out="tornados")
        assert str(problem.value) == (
            "the report cannot be made\n"
            "  - there is no scenario 'leen'. Did you mean 'lean'?\n"
            "  - there is no line 'profits'. Did you mean 'profit'?\n"
            "  - leave_out names 'tornados'. Did you mean 'tornado'?\n"
            "  - there is no parameter 'wage.value'. Did you mean 'wages.value'?"
        )

    def test_a_date_outside_the_simulation(self, runs):
        late = fc.Goal("profit", at_least=0, over="quarter", by="2029Q4", probability=0.8)
        with pytest.raises(fc.ForecastError) as problem:
            report(runs, late)
        assert str(problem.value) == (
            "the report cannot be made\n"
            "  - the goal's date 2029Q4 lies outside the simulated quarters 2026Q1 to 2027Q4; simulate until then."
        )

    def test_what_is_left_out_is_not_there(self, runs, goal):
        found = report(runs, goal, leave_out=("goal_seek", "frontier", "bridge", "tornado", "live"))
        assert [section.key for section in found.sections] == ["picture", "scenarios", "history", "assumptions", "made"]

    def test_a_mixture_is_compared_but_not_asked_about(self, runs, goal):
        base, _, lean = runs.scenarios
        both = fc.Mixture("expected", ((base, 0.5), (lean, 0.5)))
        mixed = fc.simulate(runs.company, [base, both], until="2027Q2", paths=200, seed=7)
        found = report(mixed, goal, leave_out=("goal_seek", "tornado", "live"))
        assert found.section("bridge").blocks == (Text("No bridge to 'expected': it is a mixture of scenarios."),)


def test_other_scenarios_in_words(stated):
    goal = fc.Goal("net_profit", at_least=0, over="quarter", by="2027Q4")
    found = report(stated, goal, leave_out=("goal_seek", "bridge", "live"))
    share = fc.breakeven(stated, goal).probability("R&D cut", "2027Q4")
    assert (
        found.section("picture").blocks[0].text.startswith(f"The other scenario puts it at {share:.1%} ('R&D cut'). ")
    )
    assert found.section("tornado").blocks == (Text("No uncertain parameter that nobody controls reaches the goal."),)


def test_what_the_questions_do_not_know_is_said(runs, goal):
    seen = fc.condition(runs, fc.View("sales", at="2026Q4", at_least=100, probability=0.7))
    found = report(seen, goal, leave_out=("goal_seek", "bridge", "tornado", "live"))
    told = found.section("picture").blocks[0].text
    weighted = "views about the future, by which the paths are weighted"
    assert told.endswith(f" The goal seeks, bridges, tornado and the live part do not know {weighted}.")
    share = fc.breakeven(seen, goal).probability("base", "2027Q2")
    assert f"by 2027Q2 is {share:.1%} (" in found.answer


def test_a_shock_in_words():
    assert (
        shock_in_words(fc.shocks.Scale("rent", 0.9, start="2026Q2", ramp=2))
        == "Scale rent: size 0.9, start 2026Q2, ramp 2"
    )
    rule = fc.When("cash < 20", fc.shocks.Hold("wages"))
    assert shock_in_words(rule) == "when cash < 20: Hold wages"


def test_a_lever_that_just_misses_within_sampling_error_is_named():
    company = fc.calibrate(
        fc.Model(
            fc.drivers.Path("sales", value=fc.normal(0, 1)),
            fc.drivers.Path("rent", value=fc.assume(0.5, role="lever", low=0.0, high=1.0, because="a lease")),
            fc.drivers.Path("wages", value=fc.assume(0.5, role="lever", low=0.5, high=1.0, because="a contract")),
            fc.drivers.Formula("profit = sales - rent - wages"),
        ),
        first="2026Q1",
    )
    runs = fc.simulate(company, fc.Scenario("base"), until="2026Q4", paths=1_000, seed=7)
    # at the best rent, 0, the probability of sales >= 0.5; what is wanted lies one point above it
    best = float((runs.values("sales", "base")[3] >= 0.5).mean())
    goal = fc.Goal("profit", at_least=0, over="quarter", by="2026Q4", probability=best + 0.01)
    page = report(runs, goal, levers=("rent.value", "wages.value"), leave_out=("frontier", "live", "bridge", "tornado"))
    texts = [one.text for one in page.section("demands").blocks if isinstance(one, Text)]
    assert "Within sampling error of reaching it: rent.value. More paths would tell." in texts
