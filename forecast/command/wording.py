"""Refusals of the library in the words of the command line: options and files in place of arguments and calls."""

from __future__ import annotations

import re

from forecast.errors import ForecastError

OPTIONS = (
    (r"\bat_least and at_most\b", "--at-least and --at-most"),
    (r"\b(over|probability) is\b", r"--\1 is"),
    (r"\bby:", "--by:"),
)
"""Arguments of a goal whose numbers were given as options."""

CALLS = (
    (r"To ask (what .*?), pass any_role=True", r"To ask \1, add --any-role"),
    (r"Give between=\{'.*?': \(low, high\)\}", "Give --between LOW HIGH"),
    (r"Give between=\(low, high\)", "Give --between LOW HIGH"),
    (r"Give calibrate\(\.\.\., opening=\{'(\w+)': \.\.\.\}\)", r"Write opening: {\1: NUMBER} into company.yaml"),
    (r"or calibrate\(\.\.\., opening=\{'(\w+)': \.\.\.\}\)", r"or write opening: {\1: NUMBER} into company.yaml"),
    (r"Calibrate it with horizon=\d+", "Choose an earlier --until"),
    (r"Goal\(\.\.\., by='2027Q4', probability=0\.8\)", "--by 2027Q4 --probability 0.8, or the same in company.yaml"),
    (r"Goal\(\.\.\., by='2027Q4'\)", "--by 2027Q4, or the same in company.yaml"),
    (r"Give until='2029Q4'|say how long to simulate, as in until='2029Q4'", "Give --until 2029Q4"),
    (
        r"A goal seek moves levers: goal_seek\(\.\.\., vary=\.\.\.\)",
        "A goal seek moves levers: forecast goal-seek --vary",
    ),
    (
        r"Put shocks that only work together into one group: groups=\{'both': \[\.\.\.\]\}",
        "Give shocks that only work together one 'event' in scenarios.yaml",
    ),
    (
        r"Convert the facts first, as in facts\.in_currency\('(\w+)'\)",
        r"Write the facts of these lines in \1 into facts.csv",
    ),
    (
        r"Say where one ends: facts\.spliced\('(.*?)', until='(\w+)'\)",
        r"Leave the rows of scope '\1' after \2 out of facts.csv",
    ),
    (r", or use model\.replacing\(driver\)", ""),
    (r"Pass the classes of your own, as in .*?\)", "Drivers and shocks of your own need Python"),
    (r"For all scenarios leave .*? out", "Leave the option out for all"),
    (r"\b[Gg]ive fc\.Scenario\('base'\)", "write one into scenarios.yaml"),
)
"""What the library tells somebody who writes Python, and what somebody does who has a folder."""

LINES = re.compile(r"\blines=\[([^\]]*)\]")
"""Names of lines as an argument."""


def in_options(text: str) -> str:
    """The words on a goal with its arguments as options.

    >>> in_options("over is 'month'; use one of quarter, trailing_year.")
    "--over is 'month'; use one of quarter, trailing_year."
    """
    for pattern, words in OPTIONS:
        text = re.sub(pattern, words, text)
    return text


def in_words(text: str) -> str:
    """The same for any refusal.

    >>> in_words("The other lines can: lines=['cash', 'fees'].")
    'The other lines can: --lines cash,fees.'
    >>> in_words("'cash' is not known. Give calibrate(..., opening={'cash': ...}).")
    "'cash' is not known. Write opening: {cash: NUMBER} into company.yaml."
    """
    for pattern, words in CALLS:
        text = re.sub(pattern, words, text)
    return LINES.sub(lambda found: "--lines " + found[1].replace("'", "").replace(", ", ","), text)


def reworded(error: ForecastError) -> ForecastError:
    """An error of the same kind, in words of the command line."""
    return type(error)(in_words(error.heading), [in_words(problem) for problem in error.problems])
