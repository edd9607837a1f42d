"""Every warning that an answer carries is told with and without ``--json``, once."""

import re

import pytest

import forecast as fc

from .conftest import change

ASKED = {
    "reconcile": (),
    "simulate": (),
    "breakeven": (),
    "goal-seek": (),
    "sensitivity": (),
    "bridge": ("--to", "frugal"),
    "honesty": ("--quick",),
    "backtest": ("--dates", "2024-11-30,2025-02-28"),
    "report": (),
}


def told(out):
    """The sentences below the heading."""
    assert out.count("Warnings:") <= 1
    return re.findall(r"^  - (.*)$", out.partition("Warnings:\n")[2], re.MULTILINE)


@pytest.mark.parametrize("command", ASKED)
def test_json_has_the_warnings_of_the_text(folder, run, command):
    # a figure that the others contradict
    change(folder / "facts.csv", "2025Q3,quarter,revenue,,", "2025Q3,quarter,revenue,,9")
    words = (*ASKED[command], *(() if command == "reconcile" else ("--paths", "60")))
    said, found = run(command, folder, *words), run(command, folder, *words, "--json")
    assert said.code == found.code
    warnings = found.json["warnings"]
    assert told(said.out) == warnings
    assert len(set(warnings)) == len(warnings)
    assert any(one.endswith("contradicted by the others; history.contradictions names them.") for one in warnings)


def test_those_of_the_company_of_the_paths_and_of_the_answer_are_there(folder, run, monkeypatch):
    from forecast.simulation import paths

    monkeypatch.setattr(paths.Simulation, "warnings", ("of the paths.",))
    monkeypatch.setattr(fc.GoalSeek, "warnings", ("of the goal seek.",))
    monkeypatch.setattr(fc.CalibratedModel, "warnings", ("of the company.",))
    assert run("simulate", folder, "--paths", "60", "--json").json["warnings"] == ["of the paths."]
    assert run("goal-seek", folder, "--paths", "60", "--json").json["warnings"] == [
        "of the company.",
        "of the goal seek.",
    ]
    assert told(run("simulate", folder, "--paths", "60").out) == ["of the paths."]


def test_a_figure_that_is_explained_comes_with_the_warnings_of_its_history(folder, run):
    change(folder / "facts.csv", "2025Q3,quarter,revenue,,", "2025Q3,quarter,revenue,,9")
    words = ("reconcile", folder, "--explain", "revenue", "2025Q3")
    assert told(run(*words).out) == run(*words, "--json").json["warnings"] != []
