"""``check`` tells everything that is wrong with a folder, each with its file, and goes on after the first."""

import shutil

import forecast as fc

from .conftest import change


def test_a_new_folder_has_no_problems(folder, run):
    ran = run("check", folder)
    assert (ran.code, ran.out, ran.err) == (0, "Lanternfish (invented): no problems, no warnings\n", "")


def test_kunlun_has_warnings_only(run):
    ran = run("check", fc.kunlun_folder(), "--json")
    assert ran.code == 0
    found = ran.json["result"]
    assert found["problems"] == []
    assert len(found["warnings"]) == 9
    assert found["warnings"][0]["file"] == "facts.csv"
    assert found["warnings"][0]["problem"].startswith("contradicted: administration 2023H1 (half) 33.5")


def test_every_file_is_looked_at_though_others_cannot_be_read(folder, run):
    change(folder / "facts.csv", "2023Q1,quarter,cost,,63.0", "2023Q1,quarter,cost,,sixty")
    change(folder / "facts.csv", ",R25Q4,high", ",R25Q9,high")
    change(folder / "scenarios.yaml", "Hold: {target: selling", "Hold: {target: seling")
    change(folder / "scenarios.yaml", "Scale: {target: assistant_arr.ceiling", "Scale: {target: assistant_arr.cieling")
    change(folder / "checks.yaml", "  always: cash", "  allways: cash")
    change(folder / "company.yaml", "  line: net_profit", "  line: net_proft")
    change(folder / "company.yaml", "vary: research_and_development.growth", "vary: research_and_development.grwth")
    ran = run("check", folder)
    assert ran.code == 1
    assert ran.out.count("facts.csv\n") == 1
    lines = ran.out.splitlines()
    assert lines[0] == "Lanternfish (invented): 16 problems, no warnings"
    assert lines[1:4] == [
        "checks.yaml",
        "  - check 'cash moves by the profit' has the unknown key 'allways'. Did you mean 'always'?",
        "  - check 'cash moves by the profit' needs an 'always', the condition that must hold.",
    ]
    assert "  - the goal is on 'net_proft'. Did you mean 'net_profit'?" in lines
    assert "  - vary names 'research_and_development.grwth'. Did you mean 'research_and_development.growth'?" in lines
    assert "  - row 6: the value 'sixty' is not a number. Write digits and a point only, as in '1543.5'." in lines
    assert "  - row 101: the source 'R25Q9' is not in the sources. Did you mean 'R25Q4'?" in lines
    known = "which the model does not have. Did you mean"
    assert f"  - scenario 'frugal' shocks 'seling', {known} 'selling'?" in lines
    assert f"  - scenario 'rival enters' shocks 'assistant_arr.cieling', {known} 'assistant_arr.ceiling'?" in lines


def test_a_command_refuses_with_every_problem_of_every_file(folder, run):
    change(folder / "facts.csv", "2023Q1,quarter,cost,,63.0", "2023Q1,quarter,cost,,sixty")
    change(folder / "company.yaml", "seed: 7", "sead: 7")
    change(folder / "model.yaml", "currency: USD", "curency: USD")
    (folder / "scenarios.yaml").write_text("scenarios: [", encoding="utf-8")
    ran = run("breakeven", folder)
    assert ran.code == 1
    assert ran.err == (
        f"the folder '{folder}' cannot be used\n"
        "  - company.yaml: the unknown key 'sead'. Did you mean 'seed'?\n"
        "  - company.yaml: the key 'seed' is missing; write a whole number from 0 on; it decides which random "
        "numbers are drawn.\n"
        "  - facts.csv: row 6: the value 'sixty' is not a number. Write digits and a point only, as in '1543.5'.\n"
        "  - model.yaml: the unknown key 'curency'. Did you mean 'currency'?\n"
        "  - scenarios.yaml: is not readable YAML: line 1, column 13: expected the node content, but found "
        "'<stream end>'.\n"
    )


def test_scenarios_are_held_against_the_calibrated_model(folder, run):
    change(folder / "scenarios.yaml", "Hold: {target: selling, start: 2026Q3}", "Hold: {target: net_profit}")
    change(folder / "scenarios.yaml", "start: 2026Q3, ramp: 4", "start: 2035Q1, ramp: 4")
    found = run("check", folder, "--json").json["result"]["problems"]
    assert found == [
        {
            "file": "scenarios.yaml",
            "problem": "scenario 'rival enters' shocks 'subscriptions_revenue' from 2035Q1, after the last simulated "
            "quarter 2029Q4.",
        },
        {
            "file": "scenarios.yaml",
            "problem": "scenario 'frugal' shocks 'net_profit', which is computed from 'revenue', 'cost', "
            "'research_and_development', 'selling'; shock one of those, so that the sum still holds.",
        },
    ]


def test_the_scenario_asked_about_is_looked_up_though_the_model_cannot_be_read(folder, run):
    change(folder / "model.yaml", "- net_profit = revenue", "- net_profit = revenu")
    change(folder / "company.yaml", "seed: 7", "seed: 7\nscenario: frugl")
    problems = run("check", folder, "--json").json["result"]["problems"]
    assert [each["file"] for each in problems] == ["model.yaml", "company.yaml"]
    assert problems[1]["problem"] == "there is no scenario 'frugl'. Did you mean 'frugal'?"


def test_goal_lever_and_scenarios_are_held_against_a_file_that_is_no_model(folder, run):
    change(folder / "model.yaml", "half_life: {value", "half_lif: {value")
    change(folder / "checks.yaml", "and selling >= 0", "and sellin >= 0")
    change(folder / "company.yaml", "  line: net_profit", "  line: net_proft")
    change(folder / "company.yaml", "by: 2028Q4", "by: 2031Q4")
    change(folder / "company.yaml", "vary: research_and_development.growth", "vary: research_and_development.grwth")
    change(folder / "company.yaml", "lines: [revenue", "lines: [revenu")
    change(folder / "scenarios.yaml", "Scale: {target: assistant_arr.ceiling", "Scale: {target: assistant_arr.cieling")
    problems = run("check", folder, "--json").json["result"]["problems"]
    assert [(each["file"], each["problem"]) for each in problems][1:] == [
        ("company.yaml", "the goal's date 2031Q4 lies outside the simulated quarters 2026Q1 to 2029Q4."),
        ("company.yaml", "the goal is on 'net_proft'. Did you mean 'net_profit'?"),
        ("company.yaml", "lines names 'revenu'. Did you mean 'revenue'?"),
        (
            "company.yaml",
            "vary names 'research_and_development.grwth'. Did you mean 'research_and_development.growth'?",
        ),
        (
            "scenarios.yaml",
            "scenario 'rival enters' shocks 'assistant_arr.cieling', which the model does not have. "
            "Did you mean 'assistant_arr.ceiling'?",
        ),
        (
            "checks.yaml",
            "check 'what comes in and what is spent is not negative' looks at 'sellin', which is no line. "
            "Did you mean 'selling'?",
        ),
    ]


def test_what_a_driver_that_cannot_be_read_may_have_is_no_problem(folder, run):
    change(
        folder / "model.yaml", "    line: research_and_development\n", "    line: research_and_development\n    x: 1\n"
    )
    problems = run("check", folder, "--json").json["result"]["problems"]
    assert [each["file"] for each in problems] == ["model.yaml"]  # not the lever, a parameter of that very driver


def test_nothing_is_held_against_a_file_of_which_a_line_cannot_be_made_out(folder, run):
    change(folder / "model.yaml", "- net_profit = revenue", "- [net_profit]\n- net_profit = revenue")
    change(folder / "company.yaml", "  line: net_profit", "  line: net_proft")
    problems = run("check", folder, "--json").json["result"]["problems"]
    assert {each["file"] for each in problems} == {"model.yaml"}


def test_no_name_is_taken_from_a_link_that_leads_out_of_the_folder(folder, run, tmp_path):
    (folder / "model.yaml").rename(tmp_path / "secret.yaml")
    (folder / "model.yaml").symlink_to(tmp_path / "secret.yaml")
    change(folder / "company.yaml", "  line: net_profit", "  line: net_proft")
    ran = run("check", folder, "--json")
    assert {each["file"] for each in ran.json["result"]["problems"]} == {"model.yaml"}
    assert "Did you mean" not in ran.out


def test_a_model_that_is_missing_or_no_yaml_is_the_only_problem(folder, run):
    change(folder / "company.yaml", "  line: net_profit", "  line: net_proft")
    (folder / "model.yaml").write_text("drivers: [", encoding="utf-8")
    for _ in range(2):
        problems = run("check", folder, "--json").json["result"]["problems"]
        assert {each["file"] for each in problems} == {"model.yaml"}
        (folder / "model.yaml").unlink(missing_ok=True)


def test_reality_checks_are_held_against_the_model_though_a_scenario_does_not_fit(folder, run):
    change(folder / "scenarios.yaml", "Hold: {target: selling, start", "Hold: {target: seling, start")
    change(folder / "checks.yaml", "and selling >= 0", "and sellin >= 0")
    problems = run("check", folder, "--json").json["result"]["problems"]
    assert [each["file"] for each in problems] == ["scenarios.yaml", "checks.yaml"]
    assert problems[1]["problem"].endswith("looks at 'sellin', which is no line. Did you mean 'selling'?")


def test_a_shock_that_changes_nothing_is_found_by_trying(folder, run):
    change(folder / "scenarios.yaml", "size: 0.97", "size: 1.0")
    problems = run("check", folder, "--json").json["result"]["problems"]
    assert [each["file"] for each in problems] == ["scenarios.yaml"]
    assert "rival enters" in problems[0]["problem"]


def test_a_shock_that_is_rare_is_no_problem(folder, run):
    text = "scenarios:\n- name: capped\n  shocks:\n  - Cap: {target: assistant_arr, size: SIZE}\n"
    change(folder / "company.yaml", "paths: 400", "paths: 10000")
    for size, code in (("1700", 0), ("17000", 1)):  # above all of 200 paths and some of 10,000; above all of these, too
        (folder / "scenarios.yaml").write_text(text.replace("SIZE", size), encoding="utf-8")
        assert run("check", folder).code == code, size
    few = fc.simulate(_company(folder), fc.Scenario("base"), until="2029Q4", paths=200, seed=7)
    assert few.values("assistant_arr").max() < 1700


def _company(folder):
    model = fc.read_model(folder / "model.yaml")
    return fc.calibrate(model, fc.read_financials(folder).reconcile(model))


def test_a_model_that_cannot_be_calibrated_is_a_problem_of_the_model(folder, run):
    change(
        folder / "model.yaml",
        "- cash = cash[-1] + net_profit",
        "- cash = cash[-1] + net_profit + loans[-1]\n- Path: {line: loans, start: 5, kind: flow}",
    )
    problems = run("check", folder, "--json").json["result"]["problems"]
    assert problems
    assert {each["file"] for each in problems} == {"model.yaml"}


def test_the_goal_and_its_lever_are_held_against_model_and_dates(folder, run):
    change(folder / "company.yaml", "by: 2028Q4", "by: 2031Q4")
    change(folder / "company.yaml", "vary: research_and_development.growth", "vary: cost.target")
    problems = run("check", folder, "--json").json["result"]["problems"]
    assert [each["file"] for each in problems] == ["company.yaml"] * 2
    assert problems[0]["problem"] == "the goal's date 2031Q4 lies outside the simulated quarters 2026Q1 to 2029Q4."
    assert problems[1]["problem"].startswith("'cost.target' is an uncertainty; a goal seek moves levers only: ")


def test_a_reality_check_that_fails_is_a_problem(folder, run):
    (folder / "checks.yaml").write_text("checks:\n- name: never short\n  always: cash >= 0\n", encoding="utf-8")
    ran = run("check", folder)
    assert ran.code == 1
    assert "checks.yaml\n  - never short: FAILS in " in ran.out


def test_a_reality_check_that_tests_nothing_is_a_warning(folder, run):
    text = "checks:\n- name: rich\n  when: cash >= 1000000\n  always: cash >= 0\n"
    (folder / "checks.yaml").write_text(text, encoding="utf-8")
    ran = run("check", folder)
    assert ran.code == 0
    assert ran.out == (
        "Lanternfish (invented): no problems, 1 warning\nchecks.yaml\n"
        "  - warning: 'rich' was put to no test: there is no quarter in which it had to hold.\n"
    )


def test_extreme_settings_are_tried_when_asked_for(folder, run):
    assert run("check", folder, "--extremes").code == 0


def test_a_contradiction_is_a_warning(folder, run):
    change(folder / "facts.csv", "2025Q3,quarter,revenue,,", "2025Q3,quarter,revenue,,9")
    ran = run("check", folder)
    assert ran.code == 0
    assert (
        "warning: contradicted: revenue 2025Q3 (quarter) 9278.2 million USD from R25Q3: the history says 278."
        in ran.out
    )
    assert "history.contradictions" not in ran.out  # which counts what stands here one by one


def test_what_a_fit_says_against_itself_is_a_warning(folder, run):
    rows = (folder / "facts.csv").read_text(encoding="utf-8").splitlines(keepends=True)
    kept = [row for row in rows if not row.startswith(("2023", "2024Q1", "2024Q2"))]
    (folder / "facts.csv").write_text("".join(kept), encoding="utf-8")
    ran = run("check", folder)
    assert ran.code == 0
    assert "model.yaml\n  - warning: 'subscriptions_revenue': its spread rests on only 5 quarterly growth" in ran.out


def test_a_file_under_nearly_the_right_name_is_a_warning(folder, run):
    shutil.move(folder / "scenarios.yaml", folder / "scenario.yaml")
    ran = run("check", folder)
    assert "scenario.yaml\n  - warning: it is not read. Did you mean 'scenarios.yaml'?" in ran.out


def test_an_empty_folder_lacks_what_is_needed(tmp_path, run):
    ran = run("check", tmp_path)
    assert ran.code == 1
    assert ran.out == (
        f"{tmp_path}: 3 problems, no warnings\n"
        "company.yaml\n  - there is no such file; 'forecast new' writes one to start from.\n"
        "facts.csv\n  - there is no such file; put the reported figures into it, one a row.\n"
        "model.yaml\n  - there is no such file; write how each line moves.\n"
    )


def test_a_day_before_every_fact_is_told(folder, run):
    ran = run("check", folder, "--as-of", "2020-01-01")
    assert "  - no fact had been published by 2020-01-01; give a later day as --as-of or under as_of." in ran.out
    wrong = run("check", folder, "--as-of", "31.8.2025")
    assert wrong.code == 1
    assert "options\n  - --as-of: '31.8.2025' is not a date. Write it as in '2025-08-31'." in wrong.out
