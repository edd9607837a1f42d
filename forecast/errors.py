"""What the library says when it cannot go on: what is wrong, what was seen, what to do."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from itertools import islice

LONGEST_LINE = 2_000
"""Characters of one line of a message; of a longer one the middle is left out."""

UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
"""Characters that steer a terminal, turn the direction of a text or cannot be printed."""

MOST_NAMES, LONGEST_NAME = 2_000, 200
"""Among how many names the nearest one is looked for, and how long a misspelled one may be."""

ALIKE, WORDS_ALIKE = 0.75, 0.6
"""Share of characters that a name and the nearest one have in common at least, and each word of it with its own."""


class ForecastError(Exception):
    """Root of every error of this library; ``problems`` holds all of them, one sentence each."""

    def __init__(self, heading: str, problems: Iterable[str] = ()) -> None:
        self.heading = legible(heading)
        self.problems = tuple(legible(problem) for problem in problems)
        nested = (problem.replace("\n", "\n  ") for problem in self.problems)
        lines = [self.heading, *(f"  - {problem}" for problem in nested)]
        super().__init__("\n".join(lines))

    def __reduce__(self) -> tuple[type[ForecastError], tuple[str, tuple[str, ...]]]:
        """Pickled by heading and problems, so that an error of a worker process arrives whole."""
        return type(self), (self.heading, self.problems)


def visible(text: str) -> str:
    r"""A text that may be printed whatever file it quotes: control characters are written as escapes.

    >>> visible("a\x1b[31m\tb")
    'a\\x1b[31m\tb'
    """
    return UNSEEN.sub(lambda found: ascii(found[0])[1:-1], text) if UNSEEN.search(text) else text


def legible(text: str) -> str:
    """A visible text whose lines have an end: of a very long one the middle is left out."""
    text = visible(text)
    return text if len(text) <= LONGEST_LINE else "\n".join(_shortened(line) for line in text.split("\n"))


def _shortened(line: str) -> str:
    if len(line) <= LONGEST_LINE:
        return line
    head, tail = LONGEST_LINE * 2 // 3, LONGEST_LINE // 4
    return f"{line[:head]} ... ({len(line) - head - tail:,} characters) ... {line[-tail:]}"


class TimelineError(ForecastError):
    """A quarter, period or horizon that cannot be read or does not fit."""


class FactsError(ForecastError):
    """Reported figures that cannot be used as they stand."""


class ReconcileError(ForecastError):
    """Facts that do not lead to one history."""


class ModelError(ForecastError):
    """A model that does not hold together."""


class FormulaError(ModelError):
    """A formula that is not plain arithmetic over lines."""


class CycleError(ModelError):
    """Lines of one quarter that wait for each other."""


class DistributionError(ForecastError):
    """A distribution whose numbers make no sense."""


class ScenarioError(ForecastError):
    """A scenario or shock that the model cannot carry out."""


class CalibrationError(ForecastError):
    """A model whose numbers cannot be estimated from this history."""


class HistoryTooShortError(CalibrationError):
    """A series shorter than what the driver or forecaster needs."""


class SimulationError(ForecastError):
    """A simulation that was asked for wrongly or met an impossible number."""


class GoalError(ForecastError):
    """A goal or a goal seek that cannot be answered as asked."""


class SweepError(ForecastError):
    """A sweep that was asked for wrongly, or whose folder cannot be used."""


class Problems:
    """A list of problems that is raised once, with all of them."""

    def __init__(self) -> None:
        self.found: list[str] = []

    def add(self, problem: str) -> None:
        """Note one problem."""
        self.found.append(problem)

    def raise_if_any(self, error: type[ForecastError], heading: str) -> None:
        """Raise ``error`` with every noted problem, or do nothing if there is none."""
        if self.found:
            raise error(heading, self.found)


def expect(value: object, kind: type, error: type[ForecastError], what: str, cure: str) -> None:
    """Raise ``error`` when an argument is not of its kind, with what to pass instead.

    >>> expect(3, str, ForecastError, "the name", "write it in quotes")
    Traceback (most recent call last):
    forecast.errors.ForecastError: the name is an object of the type int, not str; write it in quotes.
    """
    if not isinstance(value, kind):
        raise error(f"{what} is an object of the type {type(value).__name__}, not {kind.__name__}; {cure}.")


def did_you_mean(name: object, names: Iterable[str]) -> str:
    """The sentence that offers the nearest known name, or the list of names when none is near or no name was given.

    Near is a name with ``ALIKE`` of the characters in common (``difflib``: twice those that match, over those of both,
    capital or not), of which each word has ``WORDS_ALIKE`` where both have as many: 'cost.value' is not meant by
    'cash.value'. So is one with the same letters in another order, and the only one of which the name is a word.

    >>> did_you_mean("arr.grwth", ["arr.growth", "cash"])
    "Did you mean 'arr.growth'?"
    """
    known = sorted(islice(names, MOST_NAMES))
    sought = isinstance(name, str) and len(name) <= LONGEST_NAME
    near = _nearest(str(name), known) if sought else None
    if near is not None:
        return f"Did you mean '{near}'?"
    if not known:
        return "There are none."
    shown = ", ".join(f"'{other}'" for other in known[:12])
    return f"Known: {shown}{', ...' if len(known) > 12 else ''}."


def _nearest(name: str, known: list[str]) -> str | None:
    """The known name that is meant, as far as one can tell."""
    plain = {other: other.casefold() for other in known}
    sought = name.casefold()
    close = difflib.get_close_matches(sought, list(dict.fromkeys(plain.values())), n=5, cutoff=ALIKE)
    for one in close:
        if _same_words(sought, one):
            return next(other for other in known if plain[other] == one)
    swapped = [other for other in known if len(other) == len(name) and sorted(plain[other]) == sorted(sought)]
    if swapped:
        return swapped[0]
    holding = [other for other in known if sought in re.split(r"[. ]", plain[other])]
    return holding[0] if len(holding) == 1 else None


def _same_words(name: str, other: str) -> bool:
    """Whether each word of a name resembles the one in its place; True where there are not as many."""
    pairs = [re.split(r"[._ -]", one) for one in (name, other)]
    if len(pairs[0]) != len(pairs[1]):
        return True
    alike = (difflib.SequenceMatcher(None, theirs, own).ratio() for own, theirs in zip(*pairs, strict=True))
    return all(ratio >= WORDS_ALIKE for ratio in alike)
