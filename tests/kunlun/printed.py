"""What the Kunlun tests share: the data files as printed, arithmetic on printed numbers, and sums of a history."""

import ast
import csv
import math
import re
from decimal import Decimal
from functools import cache
from pathlib import Path

import forecast as fc
from forecast.financials.periods import parse_period

DATA = Path(__file__).parents[2] / "data" / "kunlun"
NUMBER = re.compile(r"(?<![\w.])(\d+(?:\.\d+)?)(?:~(\d+(?:\.\d+)?))?(%?)")
"""A number as printed: its digits, the half-width of its rounding where they do not show it, a percent sign."""


def table(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


FACTS = table(DATA / "facts.csv")


def line(fact):
    return "_".join(part for part in (fact["segment"], fact["item"], fact["scope"]) if part)


def name(fact):
    return " ".join((fact["period"], fact["basis"], line(fact), fact["unit"], fact["value"], fact["source"]))


def half_width(digits, stated=""):
    """Half of a printed number's last digit, or what is stated; the number 1 in a formula is exact."""
    return Decimal(stated) if stated else Decimal(5).scaleb(Decimal(digits).as_tuple().exponent - 1)


def numbers(formula):
    """The numbers of a formula, as printed, without the exact one."""
    return [digits for digits, _, _ in NUMBER.findall(formula) if digits != "1"]


def worked(formula):
    """The value of a formula of printed numbers, and how far their roundings together can move it.

    Each number is moved by its half-width, and the sizes of what that does are added.
    """
    found = NUMBER.findall(formula)
    exact = [float(digits) / (100 if percent else 1) for digits, _, percent in found]
    widths = [
        0.0 if digits == "1" else float(half_width(digits, stated)) / (100 if percent else 1)
        for digits, stated, percent in found
    ]
    places = iter(range(len(found)))
    tree = ast.parse(NUMBER.sub(lambda _: f"x[{next(places)}]", formula), mode="eval")

    def value(moved):
        return eval(compile(tree, formula, "eval"), {"__builtins__": {}}, {"x": moved})

    centre = value(exact)
    steps = [abs(value([*exact[:i], exact[i] + width, *exact[i + 1 :]]) - centre) for i, width in enumerate(widths)]
    return centre, sum(steps)


@cache
def facts():
    return fc.load_kunlun()


@cache
def model():
    return fc.read_model(fc.kunlun_folder() / "model.yaml")


@cache
def history(kind="model"):
    """All the facts, disputed ones included: the lines of the model, every line, or with the first scope joined."""
    if kind == "model":
        return facts().reconcile(model())
    if kind == "spliced":
        return facts().spliced("original", until="2020Q4").reconcile(model())
    return facts().reconcile()


def measured(known, formula, period, basis):
    """Value and standard error of a sum, difference or ratio of lines over a period.

    ``formula`` is ``a + b - c`` or ``(a + b) / c``; the error is that of its first-order expansion under the joint
    covariance of all cells.
    """
    above, _, below = formula.partition(" / ")
    quarters = parse_period(period, basis).quarters
    top, top_row = _sum(known, above.strip("()"), quarters)
    if not below:
        return top, _error(known, top_row)
    bottom, bottom_row = _sum(known, below, quarters)
    row = [(cell, factor / bottom) for cell, factor in top_row]
    row += [(cell, -factor * top / bottom**2) for cell, factor in bottom_row]
    return top / bottom, _error(known, row)


def _sum(known, formula, quarters):
    value, row = 0.0, []
    for sign, line_name in re.findall(r"([+-]?) ?([a-z]\w*)", formula):
        factor = -1.0 if sign == "-" else 1.0
        for quarter in quarters:
            value += factor * float(known.values(line_name)[quarter - known.quarters[0]])
            row.append(((line_name, quarter), factor))
    return value, row


def _error(known, row):
    balance = known.trail.balance
    scaled = [(balance.place[cell], factor * balance.scale[balance.place[cell]]) for cell, factor in row]
    return math.sqrt(known.trail.solved.variance_of(scaled))
