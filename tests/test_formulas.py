"""Formulas: arithmetic as numpy does it, identities by hand, and nothing else whatever the text."""

import ast
import functools
import math
import re

import numpy as np
import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from forecast.errors import FormulaError
from forecast.lines import Identity
from forecast.model import parse

HEADING = "may hold lines, numbers, + - * /, lags such as cash[-1] and the functions max, min, exp, log, abs, sqrt only"


def value_of(text, **lines):
    """The right-hand side with lines given as numbers; ``cash_1`` stands for ``cash[-1]``."""
    return parse(f"x = {text}").rule(lambda name, lag: np.float64(lines[f"{name}_{lag}" if lag else name]))


def refusal(formula):
    with pytest.raises(FormulaError) as caught:
        parse(formula)
    return str(caught.value)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("2 + 3 * 4", 14),
        ("(2 + 3) * 4", 20),
        ("2 - 3 - 4", -5),
        ("12 / 3 / 2", 2),
        ("12 / (3 / 2)", 8),
        ("-2 * -3", 6),
        ("- (2 - 5)", 3),
        ("+a", 7),
        ("a - b", 4),
        ("a / b * 2", 14 / 3),
        ("1.5e1 + .5", 15.5),
        ("(a +\n b)", 10),
        ("cash[-1] + a - cash[-4] / 2", 100 + 7 - 20),
        ("max(a, b)", 7),
        ("min(a, b)", 3),
        ("max(1, b, a, 2)", 7),
        ("min(b - 1, a, 2.5)", 2),
        ("max(-1, -(2))", -1),
        ("abs(b - a) * 2", 8),
        ("sqrt(a + 2)", 3),
        ("exp(0) + log(1)", 1),
        ("exp(a)", math.exp(7)),
        ("log(b / a)", math.log(3 / 7)),
        ("1 / (1 + exp(-0.42 * (a - 9)))", 1 / (1 + math.exp(0.84))),
        ("0.24 * max(a - cash[-1], 0) - min(cash[-4], b)", -3),
    ],
)
def test_arithmetic_by_hand(text, value):
    assert value_of(text, a=7, b=3, cash_1=100, cash_4=40) == pytest.approx(value, rel=1e-15)


def test_the_formula_keeps_its_line_its_text_and_what_it_reads():
    expression = parse("cash=cash[-1]+2*(flow-flow[-2])-flow")
    assert expression.line == "cash"
    assert expression.text == "cash = cash[-1] + 2 * (flow - flow[-2]) - flow"
    assert expression.reads == (("cash", 1), ("flow", 0), ("flow", 2))


@pytest.mark.parametrize(
    ("formula", "terms", "constant"),
    [
        ("x = a - b", {("a", 0): 1, ("b", 0): -1}, 0),
        ("x = x[-1] + flow", {("x", 1): 1, ("flow", 0): 1}, 0),
        ("x = a + a + a", {("a", 0): 3}, 0),
        ("x = a - a", {("a", 0): 0}, 0),
        ("x = 3", {}, 3),
        ("x = 2 * 3 - 10 / 4", {}, 3.5),
        ("x = 0.25 * (a + a[-1]) * 4 / 2", {("a", 0): 0.5, ("a", 1): 0.5}, 0),
        ("x = -(a - 2 * (b - 3)) / -4 + 1", {("a", 0): 0.25, ("b", 0): -0.5}, 2.5),
        ("x = (1 + 1) * -a - +5", {("a", 0): -2}, -5),
        ("x = a * (8 / 2)", {("a", 0): 4}, 0),
    ],
)
def test_linear_identities_by_hand(formula, terms, constant):
    identity = parse(formula).identity
    assert identity == Identity("x", tuple((name, lag, float(f)) for (name, lag), f in terms.items()), constant)


@pytest.mark.parametrize(
    "formula",
    [
        "x = a * b",
        "x = a / b",
        "x = 1 / a",
        "x = a * a",
        "x = a / 0",
        "x = a * 1e308 * 10",
        "x = max(a, b)",
        "x = a + exp(0)",
        "x = abs(a)",
    ],
)
def test_what_is_not_linear_has_no_identity(formula):
    assert parse(formula).identity is None


def test_a_division_by_zero_is_infinite_as_in_numpy():
    with np.errstate(divide="ignore", invalid="ignore"):
        assert value_of("1 / 0") == math.inf
        assert value_of("-1 / (a - a)", a=3) == -math.inf
        assert math.isnan(value_of("0 / 0"))


def test_a_name_before_a_bracket_is_a_function_and_any_other_a_line():
    expression = parse("min = max(max, min[-1]) + log")
    assert expression.reads == (("max", 0), ("min", 1), ("log", 0))
    assert expression.text == "min = max(max, min[-1]) + log"
    assert value_of("max(max, min_) + log", max=3.0, min_=4.0, log=0.5) == 4.5
    with pytest.raises(FormulaError, match="defines 'max' by itself"):
        parse("max = max(max, 0)")


names = st.sampled_from(["a", "b", "c[-1]"])
leaves = names | st.floats(0.001, 1e3).map(repr) | st.integers(0, 99).map(str)
expressions = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.builds("({} {} {})".format, inner, st.sampled_from("+-*/"), inner),
        st.builds("{} {} {}".format, inner, st.sampled_from("+-*/"), inner),
        st.builds("-{}".format, inner),
        st.builds("+({})".format, inner),
        st.builds("{}({}, {})".format, st.sampled_from(["max", "min"]), inner, inner),
        st.builds("max({}, {}, {})".format, inner, inner, inner),
        st.builds("{}({})".format, st.sampled_from(["exp", "log", "abs", "sqrt"]), inner),
    ),
    max_leaves=12,
)
steady = settings(deadline=None, derandomize=True, max_examples=200)
LINES = {"a": np.array([1.5, -2.0, 0.0]), "b": np.array([3.0, 0.25, -7.0]), "c": np.array([10.0, 1.0, 2.0])}


PYTHONS = {
    "max": lambda *of: functools.reduce(np.maximum, of),
    "min": lambda *of: functools.reduce(np.minimum, of),
    "exp": np.exp,
    "log": np.log,
    "abs": np.absolute,
    "sqrt": np.sqrt,
}


def by_numpy(text):
    """The text evaluated by Python itself on numpy numbers: the independent implementation."""
    wrapped = ast.parse(text, mode="eval")
    for node in ast.walk(wrapped):
        if isinstance(node, ast.Constant):
            node.value = np.float64(node.value)
    bare = re.sub(
        r"\[-(np\.float64\(1\.0\)|1\.0|1)\]", "", ast.unparse(wrapped)
    )  # NumPy 2 writes a number with its type
    code = compile(bare, "test", "eval")
    with np.errstate(all="ignore"):
        return eval(code, {"__builtins__": {}, "np": np, **PYTHONS, **LINES})


@steady
@given(expressions)
@example("a - b - c[-1] / a * b")
def test_any_expression_evaluates_as_numpy_does(text):
    with np.errstate(all="ignore"):
        ours = parse(f"x = {text}").rule(lambda name, lag: LINES[name])
    np.testing.assert_array_equal(np.broadcast_to(ours, 3), np.broadcast_to(by_numpy(text), 3))


@steady
@given(expressions)
def test_a_formula_leaves_the_lines_that_it_reads_as_they_are(text):
    held = {name: values.copy() for name, values in LINES.items()}
    with np.errstate(all="ignore"):
        once = parse(f"x = {text}").rule(lambda name, lag: held[name])
        again = parse(f"x = {text}").rule(lambda name, lag: held[name])
    for name, values in LINES.items():
        np.testing.assert_array_equal(held[name], values)
    np.testing.assert_array_equal(once, again)


@steady
@given(expressions, st.sampled_from(["a", "b", "c"]), st.sampled_from([np.inf, -np.inf, np.nan]))
@example("a / b", "b", np.inf)
@example("max(a, b)", "a", -np.inf)
@example("exp(a)", "a", -np.inf)
def test_what_a_formula_carries_cannot_fail_unseen(text, name, bad):
    """Wherever a carried line is not finite, the result is not finite either."""
    expression = parse(f"x = {text}")
    lines = {**LINES, name: np.array([bad, 1.0, bad])}
    with np.errstate(all="ignore"):
        found = np.broadcast_to(expression.rule(lambda line, lag: lines[line]), 3)
    if any(line == name for line, _ in expression.carries):
        assert not np.isfinite(found[[0, 2]]).any()


@steady
@given(expressions)
def test_the_text_parses_to_the_same_formula(text):
    once = parse(f"x = {text}")
    again = parse(once.text)
    assert (again.text, again.reads, again.identity) == (once.text, once.reads, once.identity)


@steady
@given(expressions)
def test_an_identity_is_the_formula(text):
    expression = parse(f"x = {text}")
    assume(expression.identity is not None)
    identity = expression.identity
    linear = identity.constant + sum(factor * LINES[name] for name, _, factor in identity.terms)
    size = abs(identity.constant) + sum(abs(factor * LINES[name]) for name, _, factor in identity.terms)
    direct = expression.rule(lambda name, lag: LINES[name])
    # Cancellation, as in 1e9 * a - 1e9 * a, is measured against the largest number that can occur in the text.
    np.testing.assert_allclose(linear, np.broadcast_to(direct, 3), rtol=1e-9, atol=1e-3 + 1e-9 * float(np.max(size)))


@pytest.mark.parametrize(
    ("right", "problems"),
    [
        ("round(a, 0)", ["'round(a, 0)' is a call."]),
        ("a.max(b, 0)", ["'a.max(b, 0)' is a call."]),
        ("max(a)(b)", ["'max(a)(b)' is a call."]),
        ("exp(a, b)", ["'exp(a, b)' is exp of 2; it takes one."]),
        ("log()", ["'log()' is log of 0; it takes one."]),
        ("max(a, **b)", ["'max(a, **b)' names or unpacks what max is of; write it as in max(a, b)."]),
        ("min(*a)", [
            "'min(*a)' names or unpacks what min is of; write it as in min(a, b).",
            "'*a' is not arithmetic.",
        ]),
        ("max(open(a), b)", ["'open(a)' is a call."]),
        ("max(a ** 2, b)", ["'a ** 2' uses an operator other than + - * /."]),
        ("max[-1](a, b)", ["'max[-1](a, b)' is a call."]),
        ("a.b", ["'a.b' is an attribute."]),
        ("lambda: 3", ["'lambda: 3' is a lambda."]),
        ("a < b", ["'a < b' is a comparison."]),
        ("a if b else c", ["'a if b else c' is a condition."]),
        ("a and b", ["'a and b' is a boolean operation."]),
        ("[a for a in b]", ["'[a for a in b]' is a comprehension."]),
        ("f'{a}'", ["\"f'{a}'\" is a string."]),
        ("(a, b)", ["'(a, b)' is not arithmetic."]),
        ("{a: b}", ["'{a: b}' is not arithmetic."]),
        ("not a", ["'not a' is not arithmetic."]),
        ("~a", ["'~a' is not arithmetic."]),
        ("'text'", ["\"'text'\" is not a finite number."]),
        ("True", ["'True' is not a finite number."]),
        ("None", ["'None' is not a finite number."]),
        ("...", ["'...' is not a finite number."]),
        ("3j", ["'3j' is not a finite number."]),
        ("1e999", ["'1e999' is not a finite number."]),
        ("1" + "0" * 400, [f"{'1' + '0' * 59!r} is not a finite number."]),
        ("a ** 2", ["'a ** 2' uses an operator other than + - * /."]),
        (
            "9**9**9",
            [
                "'9**9**9' uses an operator other than + - * /.",
                "'9**9' uses an operator other than + - * /.",
            ],
        ),
        ("a // b", ["'a // b' uses an operator other than + - * /."]),
        ("a % b", ["'a % b' uses an operator other than + - * /."]),
        ("a @ b", ["'a @ b' uses an operator other than + - * /."]),
        ("1 << 99999", ["'1 << 99999' uses an operator other than + - * /."]),
        *(
            (text, [f"{text!r} is not a lag of 1 to 40 quarters; write cash[-1] for one quarter earlier."])
            for text in (
                "cash[1]", "cash[0]", "cash[-0]", "cash[-41]", "cash[-1.0]", "cash[-True]", "cash[a]",
                "cash[-1][-1]", "cash[-1:]", "(a + b)[-1]", "'ab'[-1]", "cash[--1]",
            )
        ),
        (
            "Revenue - cost",
            [
                "'Revenue' is not a line name. Use lower-case letters, digits and underscores, "
                "as in 'advertising_revenue'."
            ],
        ),
        (
            "__builtins__[-1]",
            [
                "'__builtins__' is not a line name. Use lower-case letters, digits and underscores, "
                "as in 'advertising_revenue'."
            ],
        ),
        ("max(a) + b ** 2 + c[1]", [
            "'max(a)' is max of 1; it takes two or more.",
            "'b ** 2' uses an operator other than + - * /.",
            "'c[1]' is not a lag of 1 to 40 quarters; write cash[-1] for one quarter earlier.",
        ]),
    ],
)  # fmt: skip
def test_anything_but_arithmetic_over_lines_is_refused_by_name(right, problems):
    formula = f"x = {right}"
    assert refusal(formula) == "\n".join([f"formula {formula!r} {HEADING}", *(f"  - {each}" for each in problems)])


@pytest.mark.parametrize("right", ["import os", "a +", "", "a b", "a; b", "def f(): 1", "a +\nb", "((((", "*a", "1_"])
def test_what_is_no_expression_is_refused(right):
    formula = f"x = {right}"
    assert refusal(formula) == f"formula {formula!r}: {right!r} is not arithmetic over lines."


@pytest.mark.parametrize("formula", ["revenue", "a = b = c", "a == b", "a >= b + 1 = c", "", None, 3, ["a = b"]])
def test_what_is_no_equation_is_refused(formula):
    assert refusal(formula) == (
        f"formula {str(formula)[:80]!r} is not of the form 'line = expression' "
        "(one equals sign, at most 4000 characters)."
    )


def test_a_formula_of_any_length_is_not_read():
    formula = "x = " + "a + " * 2000 + "a"
    assert refusal(formula) == (
        f"formula {formula[:80]!r} is not of the form 'line = expression' (one equals sign, at most 4000 characters)."
    )


def test_the_left_hand_side_is_a_line_name():
    assert refusal("Gross Profit = a") == (
        "formula 'Gross Profit = a': 'Gross Profit' is not a line name. "
        "Use lower-case letters, digits and underscores, as in 'advertising_revenue'."
    )


def test_a_line_is_not_defined_by_itself():
    assert refusal("cash = cash + flow") == (
        "formula 'cash = cash + flow' defines 'cash' by itself; write cash[-1] for the quarter before."
    )


@pytest.mark.parametrize(
    "right", ["a" + " + a" * 61, "-" * 62 + "a", "a" + " * (a" * 61 + ")" * 61, "exp(" * 61 + "a" + ")" * 61]
)
def test_deep_nesting_is_refused(right):
    formula = f"x = {right}"
    assert refusal(formula) == (
        f"formula {formula!r} {HEADING}\n  - it is nested more than 60 deep; split it into lines of their own."
    )


def test_a_sum_of_sixty_lines_is_accepted():
    assert value_of(" + ".join(["a"] * 60), a=1) == 60


@pytest.mark.parametrize(
    "right", ["-" * 3900 + "a", "(" * 1900 + "a" + ")" * 1900, "f(" + "-" * 900 + "1)", "a[" * 900 + "-1" + "]" * 900]
)
def test_nesting_that_would_break_the_parser_is_refused(right):
    with pytest.raises(FormulaError):
        parse(f"x = {right}")


@pytest.mark.parametrize(
    "right",
    [
        "__import__('os').system('touch never')",
        "__import__('pathlib').Path('never').touch()",
        "open('never', 'w')",
        "print('never')",
        "exec('print(1)')",
        "(lambda: print('never'))()",
        "[print('never') for _ in (1,)]",
        "f'{print(1)}'",
        "a[print('never')]",
        "().__class__.__bases__[0].__subclasses__()",
    ],
)
def test_nothing_of_the_text_is_ever_executed(right, monkeypatch, tmp_path, capfd):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(FormulaError):
        parse(f"x = {right}")
    with pytest.raises(FormulaError):
        parse(f"{right} = x")
    assert list(tmp_path.iterdir()) == []
    assert capfd.readouterr() == ("", "")


@steady
@given(st.text(alphabet="ab_x()[]{}+-*/.,:;'\"\\ \n\t0123456789eEjλ½²#@", max_size=30))
def test_any_text_is_a_formula_or_refused(right):
    try:
        expression = parse(f"y = {right}")
    except FormulaError:
        return
    assert parse(expression.text).text == expression.text
