"""The command line: a company folder in, answers out; nothing heavy is loaded before a question is asked."""

from forecast.command.running import main

__all__ = ["main"]
