"""Runs every benchmark and prints its results as Markdown."""

from __future__ import annotations

import os
import platform
import statistics
import sys

import numpy as np
import pandas as pd
from race import Race
from test_import_speed import import_times
from test_kunlun_speed import (
    BY,
    PATHS,
    UNTIL,
    compared,
    kunlun,
    quarters_until,
    race_arithmetic,
    race_goal_seek,
    race_simulation,
)

import forecast as fc

COMMAND = "python benchmarks/run.py > benchmarks/results/kunlun_speed.md"


def row(race: Race, target: str) -> str:
    """One line of the table: medians, the median ratio with its range, and the ratio of processor time."""
    ours, theirs = statistics.median(race.library), statistics.median(race.other)
    return (
        f"| {race.what} | {ours:.3f} (fastest {min(race.library):.3f}) | {theirs:.3f} (fastest {min(race.other):.3f}) "
        f"| **{race.ratio:.2f}** ({min(race.ratios):.2f} to {max(race.ratios):.2f}) | {race.processor_ratio:.2f} "
        f"| {len(race.ratios)} | {target} |"
    )


def machine() -> str:
    """What the numbers were measured on, without its name."""
    versions = f"Python {platform.python_version()}, NumPy {np.__version__}, pandas {pd.__version__}"
    return f"{os.cpu_count()} cores of a shared {platform.machine()} {platform.system()} machine, {versions}"


def main() -> None:
    """Print the report; progress goes to the other stream."""
    company, scenarios = kunlun()
    counts = (f"{len(company.model.lines)} lines", f"{len(scenarios)} scenarios", f"{PATHS:,} paths")
    size = ", ".join((*counts, f"{len(quarters_until(UNTIL))} quarters"))
    print(f"# Kunlun: how fast\n\nMade by `{COMMAND}`, version {fc.__version__}, on {machine()}.\n")
    print(f"Kunlun, simulated until {UNTIL}: {size}. The goal seek simulates until its date, {BY}.\n")
    print(f"Both sides' numbers, compared before timing: {compared()}.\n")
    print("| what | library, s | by hand, s | ratio | of processor time | runs | target |")
    print("|---|---|---|---|---|---|---|")
    for race, target in (
        (race_simulation, "ratio at most 2"),
        (race_arithmetic, "ratio at most 2"),
        (race_goal_seek, "under 3 s"),
    ):
        print(race.__name__, file=sys.stderr)
        print(row(race(), target), flush=True)
    print(
        "\nSeconds are medians of interleaved runs; the ratio is the median of the runs' own ratios, with its range.\n"
    )
    print("| import, in a fresh interpreter | median, s | fastest, s | target |\n|---|---|---|---|")
    for name, seconds in import_times().items():
        target = "under 0.3 s" if name == "import forecast after pandas" else ""
        print(f"| `{name}` | {statistics.median(seconds):.3f} | {min(seconds):.3f} | {target} |")


if __name__ == "__main__":
    main()
