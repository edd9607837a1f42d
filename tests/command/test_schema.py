"""What ``--json`` prints is what docs/schemas/answers.schema.json says."""

import json
from pathlib import Path

import jsonschema
import pytest

import forecast as fc
from forecast.command.parser import COMMANDS

from .conftest import change

SCHEMA = json.loads((Path(__file__).parents[2] / "docs/schemas/answers.schema.json").read_text(encoding="utf-8"))
ASKED = {
    "check": (),
    "reconcile": (),
    "simulate": ("--paths", "50"),
    "breakeven": (),
    "goal-seek": (),
    "sensitivity": ("--paths", "100"),
    "bridge": ("--to", "frugal"),
    "honesty": ("--quick", "--paths", "100"),
    "backtest": ("--dates", "2023-06-30,2025-02-28", "--paths", "50"),
}


def test_the_schema_is_one_and_names_every_command():
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    assert SCHEMA["properties"]["command"]["enum"] == list(COMMANDS)
    assert [one["if"]["properties"]["command"]["const"] for one in SCHEMA["allOf"]] == list(COMMANDS)


@pytest.mark.parametrize("command", ASKED)
def test_the_answers_fit_it(folder, run, command):
    ran = run(command, folder, *ASKED[command], "--json")
    assert ran.code == 0, ran.err
    jsonschema.validate(ran.json, SCHEMA)
    assert "NaN" not in ran.out
    assert "Infinity" not in ran.out


def test_other_answers_fit_it(folder, tmp_path, run, monkeypatch):
    class Report:
        def __init__(self, *_):
            pass

        warnings = ()

        def save(self, path):
            pass

    monkeypatch.setattr(fc, "report", Report, raising=False)
    change(folder / "facts.csv", "2025Q3,quarter,revenue,,", "2025Q3,quarter,revenue,,9")
    assert run("reconcile", folder, "--json").json["result"]["contradictions"]
    for words in (
        ("new", tmp_path / "other"),
        ("reconcile", folder, "--explain", "cash", "2025Q4"),
        ("reconcile", folder),
        ("report", folder, "--paths", "50"),
        ("completion", "bash"),
        ("breakeven", folder, "--line", "nothing", "--at-least", "1"),
        ("goal-seek", folder, "--between", "0.04", "0.05", "--paths", "100"),
    ):
        jsonschema.validate(run(*words, "--json").json, SCHEMA)


def test_another_type_does_not_fit_it(folder, run):
    found = run("goal-seek", folder, "--json", "--paths", "100").json
    found["result"]["answer"] = "0.01"
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(found, SCHEMA)
