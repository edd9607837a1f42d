"""Wrong calls of every command: words that somebody at a shell can act on, never a call in Python or a traceback."""

import re

import pytest

from forecast.command.wording import CALLS, LINES, in_words

from .conftest import change

PYTHON = re.compile(r"\b[a-z_]+=[\[({'\"\w]|\bfc\.|\b[a-z_]+\((?:\.\.\.|\))|Traceback|any_role|at_least|at_most")
"""What belongs to Python and not to a shell: keyword arguments, calls, names of the library."""

EVERY = ("simulate", "breakeven", "goal-seek", "sensitivity", "honesty", "report", "check")
GOALS = ("breakeven", "goal-seek", "sensitivity", "honesty", "report")
AWAY = "lies outside the simulated quarters 2026Q1 to 2029Q4; give another one as --by, or another last quarter"

WRONG = [
    *(((one, "--until", "2029-Q4"), "--until: '2029-Q4' is not a quarter. Write '2029Q4'.") for one in EVERY),
    *(((one, "--paths", "0"), "--paths is 0; write a whole number from 1 to 10,000,000.") for one in EVERY),
    *(((one, "--seed", "-1"), "--seed is -1; write a whole number from 0 on.") for one in (*EVERY, "backtest")),
    *(((one, "--as-of", "x"), "--as-of: 'x' is not a date.") for one in (*EVERY, "backtest", "reconcile")),
    *(
        ((one, "--as-of", "2020-01-01"), "no fact had been published by 2020-01-01; give a later")
        for one in ("simulate", "backtest", "reconcile", "check")
    ),
    *(((one, "--at-least", "1", "--at-most", "2"), "give one of --at-least and --at-most.") for one in GOALS),
    *(((one, "--over", "month"), "--over is 'month'; use one of quarter,") for one in GOALS),
    *(((one, "--by", "2028"), "--by: '2028' is not a quarter.") for one in GOALS),
    *(((one, "--probability", "80"), "--probability is 80.0; it must lie in (0, 1)") for one in GOALS),
    *(((one, "--by", "2050Q1"), f"the goal's date 2050Q1 {AWAY}") for one in ("breakeven", "goal-seek")),
    (("breakeven", "--by", "2020Q1"), f"the goal's date 2020Q1 {AWAY}"),
    (("simulate", "--until", "2020Q1"), "until is 2020Q1, before the first quarter to simulate, 2026Q1; give a later"),
    (("simulate", "--until", "2400Q1"), "until is 2400Q1, more than 400 quarters ahead; give an earlier"),
    (("check", "--until", "2400Q1"), "Choose an earlier --until."),
    (
        ("goal-seek", "--line", "net_profit", "--at-least", "0"),
        "it has no date. Give --by 2027Q4, or write",
    ),
    (("goal-seek", "--line", "net_profit", "--at-least", "0", "--by", "2028Q4"), "Give --probability 0.8, or write"),
    (("honesty", "--line", "net_profit", "--at-least", "0"), "it has no date. Give --by 2027Q4"),
    (("goal-seek", "--vary", "assistant_arr.ceiling"), "though nobody sets it, add --any-role."),
    (("goal-seek", "--between", "5", "1"), "Give --between LOW HIGH."),
    (("goal-seek", "--seeds", "0"), "--seeds is 0; write a whole number from 1 on."),
    (("reconcile", "--last", "0"), "--last is 0; write a whole number from 1 on."),
    (("reconcile", "--lines", ","), "--lines names nothing; leave it out"),
    (("backtest", "--dates", "x"), "--dates: 'x' is not a date."),
    (("backtest", "--dates", "2050-01-01"), "there is nothing to compare with."),
    (("backtest", "--horizon", "0"), "--horizon is 0; write a whole number from 1 to 400."),
    (("backtest", "--lines", "revenu"), "Did you mean 'revenue'?"),
    (("report", "--to", "a.pdf"), "'a.pdf' is not the name of a page. Write --to a.html."),
    (("report", "--to", "."), "'.' is a folder; give the name of a file, as in --to report.html."),
]


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    from forecast.command import main

    path = tmp_path_factory.mktemp("wrong") / "acme"
    assert main(["new", str(path)]) == 0
    change(path / "company.yaml", "paths: 10000", "paths: 200")
    return path


@pytest.mark.parametrize(("words", "said"), WRONG)
def test_a_wrong_number_or_name_is_told_in_options(whole, run, words, said):
    command, *options = words
    ran = run(command, whole, *options)
    told = ran.err + ran.out
    assert ran.code == 1
    assert said in told
    assert not PYTHON.search(told.replace(str(whole), "")), told


FILES = [
    ("company.yaml", "\nopening: {cach: 3}\n", "opening names 'cach', a line without a driver. Did you mean 'cash'?"),
    ("company.yaml", "\nrelated: {selling: nothing}\n", "related: 'nothing' is not a line of the facts."),
    ("scenarios.yaml", None, "scenarios.yaml: it holds no scenario; write one, or delete the file."),
    (
        "facts.csv",
        "cash",
        "which nobody knows. Write opening: {cash: NUMBER} into company.yaml.",
    ),
    ("model.yaml", "twice", "line 'cash' has two drivers; remove one."),
]


@pytest.mark.parametrize(("file", "what", "said"), FILES)
def test_a_wrong_file_is_told_with_what_to_write_into_it(folder, run, file, what, said):
    path = folder / file
    text = path.read_text(encoding="utf-8")
    if what is None:
        text = "scenarios: []\n"
    elif what == "cash":
        text = "\n".join(line for line in text.splitlines() if ",cash," not in line) + "\n"
    elif what == "twice":
        text += text[text.index("drivers:\n") + len("drivers:\n") :]
    else:
        text += what
    path.write_text(text, encoding="utf-8")
    ran = run("breakeven", folder)
    assert (ran.code, ran.out) == (1, "")
    assert said in ran.err
    assert not PYTHON.search(ran.err.replace(str(folder), "")), ran.err
    checked = run("check", folder, "--json").json["result"]["problems"]
    told = said.removeprefix(f"{file}: ")
    assert any(told in one["problem"] for one in checked)
    if file == "company.yaml":
        assert [one["file"] for one in checked] == ["company.yaml"]


def test_an_option_of_another_command_is_told_as_such(run):
    ran = run("backtest", ".", "--until", "2027Q1")
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith("forecast backtest: --until is an option of check, simulate, breakeven, ")
    assert ran.err.endswith(", report, not of backtest.\nSee 'forecast backtest --help'.\n")
    assert run("simulate", ".", "extra").err.startswith("forecast simulate: too many words: extra\n")


@pytest.mark.parametrize(
    ("library", "shell"),
    [
        ("Give between={'a.b': (low, high)}.", "Give --between LOW HIGH."),
        ("The others can: lines=['a', 'b'].", "The others can: --lines a,b."),
        (
            "the goal needs a date and a probability: Goal(..., by='2027Q4', probability=0.8).",
            "the goal needs a date and a probability: --by 2027Q4 --probability 0.8, or the same in company.yaml.",
        ),
        (
            "Say where one ends: facts.spliced('original', until='2023Q4').",
            "Leave the rows of scope 'original' after 2023Q4 out of facts.csv.",
        ),
        ("until='2029Q4' is fine in a sentence", "until='2029Q4' is fine in a sentence"),
    ],
)
def test_words_of_the_library_become_words_of_the_shell(library, shell):
    assert in_words(library) == shell


def test_every_rewording_still_meets_words_of_the_library():
    """A sentence that the library no longer says needs no other words here."""
    from pathlib import Path

    import forecast

    source = "\n".join(
        path.read_text(encoding="utf-8")
        for path in Path(forecast.__file__).parent.rglob("*.py")
        if path.parent.name != "command"
    )
    # a source line may break a sentence, and its braces are doubled: only the part that names Python is looked for
    for part in (
        "any_role=True",
        "between=(low, high)",
        "opening={{'",
        "horizon={",
        "probability=0.8)",
        "until='2029Q4'",
    ):
        assert part in source, part
    for part in ("goal_seek(..., vary=...)", "groups={'both': [...]}", "facts.in_currency(", "facts.spliced("):
        assert part in source, part
    for part in ("model.replacing(driver)", "fc.Scenario('base')", "lines={free}"):
        assert part in source, part
    assert len(CALLS) < 20
    assert LINES.groups == 1
