"""Reading a model from a file: what is built, and every problem in one error."""

from dataclasses import dataclass

import pytest

import forecast as fc
from forecast.drivers import Formula, Growth, Path, SCurve, read_model
from forecast.errors import ModelError

MODEL = """
currency: EUR
unit: thousand
correlations:
- [arr.ceiling, staff.growth, -0.5]
drivers:
- SCurve:
    line: arr
    ceiling: {lognormal: {median: 900, sigma: 0.5}}
- Growth: {line: staff, growth: {value: 0.02, role: lever, because: the plan, low: -0.05, high: 0.1}}
- Path: {line: gain, planned: {2026Q1: 5}}
- profit = arr / 4 - staff + gain
"""


@dataclass(frozen=True)
class Constant(Path):
    """A driver of a user's own."""


def test_a_file_and_the_same_model_in_python_are_equal(tmp_path):
    expected = fc.Model(
        SCurve("arr", ceiling=fc.lognormal(900, 0.5)),
        Growth("staff", growth=fc.assume(0.02, role="lever", because="the plan", low=-0.05, high=0.1)),
        Path("gain", planned={"2026Q1": 5}),
        Formula("profit = arr / 4 - staff + gain"),
        currency="EUR",
        unit="thousand",
        correlations={("staff.growth", "arr.ceiling"): -0.5},
    )
    assert read_model(MODEL) == expected
    path = tmp_path / "model.yaml"
    path.write_text(MODEL, encoding="utf-8")
    assert read_model(path) == read_model(str(path)) == expected


def test_plain_data_are_read_like_their_text():
    plain = {"currency": "EUR", "drivers": [{"Path": {"line": "rent", "value": 12}}, "paid = rent"]}
    assert read_model(plain) == fc.Model(Path("rent", 12), Formula("paid = rent"), currency="EUR")


def test_currency_and_unit_have_defaults():
    model = read_model("drivers:\n- a = 3\n")
    assert (model.currency, model.unit) == ("CNY", "million")


def test_a_users_own_driver_may_be_named():
    model = read_model("drivers:\n- Constant: {line: gain, value: 3}\n", drivers=[Constant])
    assert model.driver("gain") == Constant("gain", 3)


def test_every_problem_of_a_file_is_told_at_once(refusal):
    text = refusal(
        ModelError,
        read_model,
        """
curency: CNY
unit: 3
correlations: [[a.growth, b.growth], [a.growth, b.growth, much]]
drivers:
- Grwth: {line: a}
- Growth: {line: b, grwth: 0.1}
- Ratio: {line: c}
- profit = round(a, 0)
- Growth: {line: Staff, growth: fast}
- [1, 2]
- SCurve: {line: d, ceiling: 5, form: logstic}
""",
    )
    assert text == (
        "the model cannot be read\n"
        "  - the unknown key 'curency'. Did you mean 'currency'?\n"
        "  - unit is 3; write a word, in quotes if need be.\n"
        "  - driver 1: 'Grwth' is unknown. Did you mean 'Growth'?\n"
        "  - driver 2: Growth has no field 'grwth'. Did you mean 'growth'?\n"
        "  - driver 3: Ratio needs of.\n"
        "  - driver 4: formula 'profit = round(a, 0)' may hold lines, numbers, + - * /, lags such as cash[-1] and the "
        "functions max, min, exp, log, abs, sqrt only\n"
        "    - 'round(a, 0)' is a call.\n"
        "  - driver 5: the driver Growth of 'Staff' cannot be read\n"
        "    - 'Staff' is not a line name. "
        "Use lower-case letters, digits and underscores, as in 'advertising_revenue'.\n"
        "    - growth: 'fast' is neither a number nor a distribution. Write 0.3 or {normal: {mean: 0.3, sd: 0.1}}.\n"
        "  - driver 6: seen '[1, 2]'; write one name with its fields, as in 'Name: {...}'.\n"
        "  - driver 7: the SCurve 'd' has the form 'logstic'. Did you mean 'logistic'?\n"
        "  - a correlation is ['a.growth', 'b.growth']; write [line.parameter, line.parameter, number].\n"
        "  - a correlation is ['a.growth', 'b.growth', 'much']; write [line.parameter, line.parameter, number]."
    )


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("- a\n- b\n", "the model cannot be read: it has no keys. Write a key 'drivers' with a list under it."),
        ("# nothing\n", "the model cannot be read: it has no keys. Write a key 'drivers' with a list under it."),
        (
            "driver:\n- a = 3\n",
            "the model cannot be read\n"
            "  - the unknown key 'driver'. Did you mean 'drivers'?\n"
            "  - it has no key 'drivers' with a list under it.",
        ),
        ("drivers: {a: 3}\n", "the model cannot be read\n  - it has no key 'drivers' with a list under it."),
        ("drivers: []\n", "the model does not hold together\n  - it has no drivers; give at least one."),
        (
            "currency:\ndrivers:\n- a = 3\n",
            "the model cannot be read\n  - currency is None; write a word, in quotes if need be.",
        ),
        (
            "drivers:\n- Growth: {line: a, line: b}\n",
            "the text is not readable YAML: line 2, column 21: the key 'line' is given twice; keep one.",
        ),
        (
            "drivers:\n- Growth: &g {line: a}\n- Growth: *g\n",
            "the text is not readable YAML: line 3, column 11: aliases are not allowed; write it out.",
        ),
    ],
)
def test_a_file_that_is_no_model_is_refused(refusal, text, problem):
    assert refusal(ModelError, read_model, text) == problem


def test_a_file_that_is_not_there_is_refused(refusal, tmp_path):
    path = str(tmp_path / "model.yml")
    assert refusal(ModelError, read_model, path) == f"there is no file {path!r}. Give the path of a YAML file."
