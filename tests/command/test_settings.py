"""company.yaml: what it may hold, and every problem at once."""

import datetime as dt

import pytest

import forecast as fc
from forecast.command.settings import FolderError, read_settings


def settings(tmp_path, text):
    path = tmp_path / "company.yaml"
    path.write_text(text, encoding="utf-8")
    return read_settings(path)


def test_everything_is_read(tmp_path):
    found = settings(
        tmp_path,
        "name: Acme\nuntil: 2029Q4\nseed: 0\npaths: 500\nas_of: 2025-08-31\nopening: {cash: 10}\n"
        "related: {administration: revenue}\nscenario: base\nvary: a.b\nlines: [a]\nbacktest: [2024-08-31]\n"
        "fiscal_year_end: 6\ngoal:\n- {line: profit, at_least: 0, by: 2027Q4, probability: 0.8}\n"
        "- {line: cash, at_least: 0, over: quarter, always: true}\n",
    )
    assert (found.name, found.until, found.seed, found.paths) == ("Acme", "2029Q4", 0, 500)
    assert found.as_of == dt.date(2025, 8, 31)
    assert found.backtest == (dt.date(2024, 8, 31),)
    assert (found.opening, found.related) == ({"cash": 10}, {"administration": "revenue"})
    assert (found.scenario, found.vary, found.lines, found.fiscal_year_end) == ("base", "a.b", ("a",), 6)
    assert found.goals.parts == (
        fc.Goal("profit", at_least=0, by="2027Q4", probability=0.8),
        fc.Goal("cash", at_least=0, over="quarter", always=True),
    )


def test_all_that_is_wrong_is_told_at_once(tmp_path):
    with pytest.raises(FolderError) as error:
        settings(
            tmp_path,
            "nam: Acme\nuntil: 2029-Q4\npaths: many\nas_of: 31.8.2025\nopening: {cash: much}\nrelated: [a]\n"
            "scenario: 3\nlines: revenue\nbacktest: 2024\nfiscal_year_end: 13\n"
            "goal: {line: profit, at_least: low, probabilty: 0.8, over: year}\n",
        )
    assert error.value.problems == (
        "the unknown key 'nam'. Did you mean 'name'?",
        "the key 'name' is missing; write what the company is called.",
        "until: '2029-Q4' is not a quarter. Write '2029Q4'.",
        "the key 'seed' is missing; write a whole number from 0 on; it decides which random numbers are drawn.",
        "paths is 'many'; write a whole number from 1 to 10,000,000.",
        "as_of: '31.8.2025' is not a date. Write it as in '2025-08-31'.",
        "opening of 'cash' is 'much'; write a number.",
        "related is ['a']; write line: line pairs, as in {administration: revenue}.",
        "goal has the unknown key 'probabilty'. Did you mean 'probability'?",
        "goal: the threshold is 'low'; give a finite number.",
        "goal: over is 'year'; use one of quarter, trailing_year, fiscal_year, cumulative.",
        "scenario is 3; write a text, in quotes if need be.",
        "lines is 'revenue'; write a list of names, as in [revenue, net_profit].",
        "backtest is 2024; write a list of days, as in [2024-08-31, 2025-02-28].",
        "fiscal_year_end is 13; write a whole number from 1 to 12.",
    )


def test_goals_that_state_two_probabilities_are_refused(tmp_path):
    text = "name: A\nuntil: 2029Q4\nseed: 1\ngoal:\n- {line: a, at_least: 0, probability: 0.8}\n"
    with pytest.raises(FolderError, match=r"goal: they state the probabilities 0\.7, 0\.8"):
        settings(tmp_path, text + "- {line: b, at_least: 0, probability: 0.7}\n")


def test_no_goal_says_how_to_state_one(tmp_path):
    with pytest.raises(FolderError) as error:
        _ = settings(tmp_path, "name: A\nuntil: 2029Q4\nseed: 1\n").goals
    assert str(error.value) == (
        "there is no goal. Write one into company.yaml under 'goal', "
        "or give --line net_profit --at-least 0 --by 2027Q4 --probability 0.8."
    )


def test_a_file_that_is_no_mapping_is_refused(tmp_path):
    with pytest.raises(FolderError, match=r"company.yaml has no keys; it needs at least name, until and seed\."):
        settings(tmp_path, "- a\n")
