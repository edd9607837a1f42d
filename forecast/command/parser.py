"""What may be typed: the commands and their options."""

from __future__ import annotations

import argparse
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NoReturn

from forecast.command.answer import MISUSED
from forecast.errors import did_you_mean
from forecast.version import VERSION

DESCRIPTION = """\
Where a company's revenue, R&D and losses are going, and what would have to be true for it to break even.

Start with:   forecast new acme && forecast breakeven acme"""

EPILOG = """\
exit codes: 0 fine, 1 something is wrong with the folder or the question, 2 wrong call, 3 goal-seek found no answer,
4 a fault of the program, 130 interrupted.
'forecast COMMAND --help' shows the options of a command; docs/command_line.md tells the rest."""

COMMANDS = {
    "new": "start a company folder: facts, model, scenarios, checks, README",
    "check": "tell everything that is wrong with a folder, at once",
    "reconcile": "one quarterly history of what was published, and what contradicts it",
    "simulate": "what each scenario leads to, by fiscal year",
    "breakeven": "when the goal is first reached, scenario by scenario",
    "goal-seek": "which value of a lever reaches the goal",
    "sensitivity": "which uncertainties move the probability of the goal most",
    "bridge": "what each change between two scenarios contributes",
    "honesty": "how far the answers can be trusted",
    "backtest": "what the model would have said at earlier dates, against what came",
    "report": "all of it in one HTML file",
    "completion": "print the script that completes commands in your shell",
}


class Parser(argparse.ArgumentParser):
    """Says what is wrong and where to read on, with the exit code of a wrong call."""

    @property
    def commands(self) -> dict[str, argparse.ArgumentParser]:
        """The parser of each command, by its name."""
        made = [one for one in self._actions if isinstance(one, argparse._SubParsersAction)]
        return dict(made[0].choices) if made else {}

    @property
    def options(self) -> set[str]:
        """The long options of this command."""
        return {word for one in self._actions for word in one.option_strings if word[:2] == "--"}

    def error(self, message: str) -> NoReturn:
        """One line on what is wrong, one on what to do."""
        strange = re.match(r"argument COMMAND: invalid choice: '(.*?)' \(", message)
        if strange:
            message = f"there is no command '{strange[1]}'. {did_you_mean(strange[1], COMMANDS)}"
        self.exit(MISUSED, f"{self.prog}: {message}\nSee '{self.prog} --help'.\n")


def parser() -> Parser:
    """The parser of the whole command line."""
    style: dict[str, Any] = {"formatter_class": argparse.RawDescriptionHelpFormatter, "allow_abbrev": False}
    whole = Parser(prog="forecast", description=DESCRIPTION, epilog=EPILOG, **style)
    whole.add_argument("--version", action="version", version=f"forecast {VERSION}")
    commands = whole.add_subparsers(dest="command", metavar="COMMAND", required=True)
    made = {
        name: commands.add_parser(name, help=what, description=f"{what[0].upper()}{what[1:]}.", **style)
        for name, what in COMMANDS.items()
    }
    for name, one in made.items():
        if name == "completion":
            one.add_argument("shell", choices=("bash", "zsh", "fish"), help="the shell you use")
        elif name == "new":
            one.add_argument(
                "folder", type=Path, metavar="FOLDER", help="a folder that does not exist yet, or is empty"
            )
            one.add_argument("--name", metavar="TEXT", help="what the company is called")
        else:
            one.add_argument(
                "folder", type=Path, nargs="?", default=Path("."), metavar="FOLDER", help="default: this folder"
            )
            _overriding(one, name)
        one.add_argument("--json", action="store_true", help="print the answer as JSON")
        one.add_argument("--debug", action="store_true", help="on an error, print where in the code it arose")
    for name in ("breakeven", "goal-seek", "sensitivity", "bridge", "honesty", "report"):
        _goal(made[name])
    _own(made)
    return whole


def read_words(words: Sequence[str]) -> argparse.Namespace:
    """What was typed, read; words that the command does not know are told by itself, with the commands that do."""
    whole = parser()
    asked, strange = whole.parse_known_args(list(words))
    if not strange:
        return asked
    command = whole.commands[asked.command]
    assert isinstance(command, Parser)
    option = next((word.partition("=")[0] for word in strange if word.startswith("-")), None)
    if option is None:
        command.error(f"too many words: {' '.join(strange)}")
    elsewhere = [name for name, one in whole.commands.items() if isinstance(one, Parser) and option in one.options]
    if elsewhere:
        command.error(f"{option} is an option of {', '.join(elsewhere)}, not of {asked.command}.")
    return command.error(f"there is no option {option}. {did_you_mean(option, command.options)}")


def _overriding(one: argparse.ArgumentParser, name: str) -> None:
    """Options that stand for a key of company.yaml."""
    own = one.add_argument_group("instead of what company.yaml says")
    own.add_argument("--as-of", metavar="DAY", help="use only what was published by this day, as in 2025-08-31")
    if name == "reconcile":
        return
    own.add_argument("--paths", metavar="N", type=int, help="how many paths")
    own.add_argument("--seed", metavar="N", type=int, help="which random numbers")
    if name != "backtest":
        own.add_argument("--until", metavar="QUARTER", help="the last quarter to simulate, as in 2029Q4")


def _goal(one: argparse.ArgumentParser) -> None:
    goal = one.add_argument_group("the goal, where it is another one than in company.yaml")
    goal.add_argument("--line", metavar="LINE", help="the line that it is about; then nothing else of it is kept")
    goal.add_argument("--at-least", metavar="X", type=float)
    goal.add_argument("--at-most", metavar="X", type=float)
    goal.add_argument("--over", metavar="WINDOW", help="quarter, trailing_year, fiscal_year or cumulative")
    goal.add_argument("--by", metavar="QUARTER", help="the quarter by which it is to be reached")
    goal.add_argument("--probability", metavar="P", type=float, help="with which probability, as in 0.8")


def _own(made: Mapping[str, argparse.ArgumentParser]) -> None:
    """The options that one command or a few have."""
    for name in ("reconcile", "simulate", "backtest"):
        made[name].add_argument("--lines", metavar="A,B", type=_listed, help="only these lines, with commas between")
    made["reconcile"].add_argument("--last", metavar="N", type=int, default=8, help="quarters to print (default: 8)")
    made["reconcile"].add_argument(
        "--explain", nargs=2, metavar=("LINE", "QUARTER"), help="the facts behind one figure, instead of the table"
    )
    for name in ("simulate", "breakeven"):
        made[name].add_argument("--scenario", metavar="NAME", action="append", help="only this one; may be repeated")
    for name in ("goal-seek", "sensitivity", "honesty", "report"):
        made[name].add_argument("--scenario", metavar="NAME", help="default: that of company.yaml, else the first")
    seek = made["goal-seek"]
    seek.add_argument("--vary", metavar="LEVER", help="the lever, as in selling.target (default: that of company.yaml)")
    seek.add_argument("--between", metavar=("LOW", "HIGH"), nargs=2, type=float, help="the range to search")
    seek.add_argument("--seeds", metavar="N", type=int, default=1, help="ask with so many seeds (default: 1)")
    seek.add_argument("--any-role", action="store_true", help="allow a parameter that nobody sets")
    made["bridge"].add_argument(
        "--from", dest="start", metavar="NAME", help="default: that of company.yaml, or the first"
    )
    made["bridge"].add_argument("--to", dest="end", metavar="NAME", required=True, help="the scenario to arrive at")
    made["honesty"].add_argument("--quick", action="store_true", help="leave out the smallest joint change")
    back = made["backtest"]
    back.add_argument(
        "--dates", metavar="DAY,DAY", type=_listed, help="days to forecast from (default: four, half a year apart)"
    )
    back.add_argument("--horizon", metavar="N", type=int, default=4, help="quarters ahead (default: 4)")
    made["report"].add_argument("--to", type=Path, metavar="FILE", help="default: report.html in the folder")
    made["check"].add_argument(
        "--extremes", action="store_true", help="put the reality checks to extreme settings as well (takes longer)"
    )


def _listed(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())
