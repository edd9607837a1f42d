"""From the words typed to an answer printed: what is answered goes to stdout, everything else to stderr."""

from __future__ import annotations

import os
import sys
from argparse import Namespace
from collections.abc import Callable, Sequence
from typing import Any

from forecast.command.answer import FAULT, INTERRUPTED, SCHEMA, WRONG, Answer, plain
from forecast.command.parser import read_words
from forecast.command.progress import Progress
from forecast.errors import ForecastError, visible
from forecast.escapes import as_json
from forecast.version import VERSION

BROKEN_PIPE = 141
"""Whoever read the answer closed the pipe, as ``head`` does (128 and the number of SIGPIPE)."""


def main(words: Sequence[str] | None = None) -> int:
    """Carry out one command; the exit code."""
    given = sys.argv[1:] if words is None else list(words)
    if words is None:
        for stream in (sys.stdout, sys.stderr):
            stream.reconfigure(encoding="utf-8")  # type: ignore[union-attr]
    if given[:1] == ["__complete"]:
        from forecast.command.completion import candidates

        print("\n".join(candidates(given[1:])))
        return 0
    try:
        asked = read_words(given)
    except SystemExit as left:  # argparse has said why: 0 after --help, 2 after a wrong call
        return int(left.code or 0)
    try:
        with Progress(sys.stderr) as progress:
            answer = _question(asked.command)(asked, progress)
        _print(asked, {**answer.about, "result": answer.result}, answer.text)
        return answer.code
    except KeyboardInterrupt:
        print("\ninterrupted", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # else Python complains again on leaving
        return BROKEN_PIPE
    except ForecastError as error:
        if asked.debug:
            raise
        from forecast.command.wording import reworded

        told = reworded(error)
        _print(asked, {"error": _plain_error(told)}, "")
        print(told, file=sys.stderr)
        return WRONG
    except (OSError, MemoryError) as error:
        if asked.debug:
            raise
        what = "there is not enough memory; use fewer --paths" if isinstance(error, MemoryError) else str(error)
        _print(asked, {"error": {"kind": type(error).__name__, "heading": what, "problems": []}}, "")
        print(f"forecast {asked.command}: {what}", file=sys.stderr)
        return WRONG
    except Exception as error:
        if asked.debug:
            raise
        what = f"{type(error).__name__}: {error}"
        _print(asked, {"error": {"kind": type(error).__name__, "heading": str(error), "problems": []}}, "")
        print(f"forecast {asked.command} failed: {what}", file=sys.stderr)
        print("This is a fault of the program. Run it again with --debug and report what it prints.", file=sys.stderr)
        return FAULT


def _question(command: str) -> Callable[[Namespace, Progress], Answer]:
    """The function that answers a command; only what it needs is loaded."""
    if command == "new":
        from forecast.command.starting import start

        return start
    if command == "check":
        from forecast.command.checking import check

        return check
    if command == "backtest":
        from forecast.command.backtesting import backtest

        return backtest
    if command == "completion":
        from forecast.command.completion import script

        return script
    from forecast.command.questions import QUESTIONS

    return QUESTIONS[command]


def _print(asked: Namespace, content: dict[str, Any], text: str) -> None:
    if asked.json:
        whole = {"schema": SCHEMA, "command": asked.command, "version": VERSION, **content}
        print(as_json(plain(whole), indent=2))
    elif text:
        print(visible(text))
    sys.stdout.flush()


def _plain_error(error: ForecastError) -> dict[str, Any]:
    return {"kind": type(error).__name__, "heading": error.heading, "problems": list(error.problems)}
