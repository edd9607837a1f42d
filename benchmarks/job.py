"""The shared speed job: the library against the hand-written NumPy of the job's own file, and other libraries.

``--job PATH`` is the file with the job's definition (``draws``, ``step``, ``summarise``, ``reference``). Numbers are
compared before anything is timed. ``--peers PYTHON`` is an interpreter with modelx and pyproforma.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from job_model import NAMES, UNTIL, job_company, job_draws, job_scenarios
from job_peers import by_hand, by_hand_keeping_all, job_of, peak_memory
from race import Race, raced

import forecast as fc

PEERS = ("pyproforma, lines over arrays", "modelx, cells over arrays", "modelx, exported to plain Python")
TWO, ALL, EVERY = "two of 27 lines kept", "all 27 lines kept", "everything kept (33 lines, 4 rates)"


class Sides:
    """The job on both sides, with its draws made beforehand."""

    def __init__(self, path: str) -> None:
        self.job = job_of(path)
        self.company = job_company(self.job.BASE)
        self.scenarios = job_scenarios(self.job.SCENARIOS)
        self.draws = self.job.draws()
        for numbers in self.draws.values():
            numbers.flags.writeable = False
        self.given = job_draws(self.draws)

    def simulated(self, keep: Any) -> fc.Simulation:
        """The library's paths; ``keep`` None keeps everything."""
        return fc.simulate(
            self.company, self.scenarios, until=UNTIL, paths=self.job.N, seed=1, draws=self.given, keep=keep
        )

    def library(self, keep: Any) -> dict[str, Any]:
        """What the job asks for."""
        runs = self.simulated(keep)
        return {
            name: self.job.summarise(runs.values("net_profit", name), runs.values("cash", name)) for name in runs.names
        }

    @property
    def pairs(self) -> dict[str, tuple[Callable[[], Any], Callable[[], Any]]]:
        """What is raced: the library and the side by hand."""
        items = [NAMES.get(item, item) for item in self.job.ITEMS]

        def all_by_hand() -> Any:
            return by_hand_keeping_all(self.job, self.draws)

        return {
            TWO: (lambda: self.library(["net_profit", "cash"]), lambda: by_hand(self.job, self.draws)),
            ALL: (lambda: self.library(items), all_by_hand),
            EVERY: (lambda: self.library(None), all_by_hand),
        }

    def compared(self) -> str:
        """Both sides' summaries and the library's own breakeven, refused where a printed digit differs."""
        reference = self.job.reference()
        for what, (library, _) in self.pairs.items():
            assert library() == reference, what
        runs = self.simulated(["net_profit"])
        goal = fc.Goal("net_profit", at_least=0, over="quarter", by=UNTIL)
        curves = fc.breakeven(runs, goal).by_quarter
        for name, expected in reference.items():
            assert [round(float(p), 4) for p in curves[name]] == expected["p_breakeven"], name
        count = sum(len(expected["p_breakeven"]) + 2 for expected in reference.values())
        return f"all {count} numbers of `reference()` to the last printed digit, of `fc.breakeven` as well"


def peak(path: str, what: str, side: str) -> float:
    """MB at the peak of a fresh process that does it once."""
    command = [sys.executable, __file__, "--job", path, "--once", what, "--side", side]
    done = subprocess.run(command, check=True, capture_output=True, text=True, env=os.environ)
    return float(done.stdout)


def row(race: Race, name: str, memory: str) -> str:
    """One line of the table."""
    ours, processor = statistics.median(race.library), statistics.median(race.library_processor)
    return (
        f"| {name} | {ours:.3f} (fastest {min(race.library):.3f}) | {processor:.3f} "
        f"| **{race.ratio:.2f}** ({min(race.ratios):.2f} to {max(race.ratios):.2f}) | **{race.processor_ratio:.2f}** "
        f"| {memory} |"
    )


def hand_row(race: Race, name: str, memory: str) -> str:
    """The side by hand, to which the ratios refer."""
    ours, processor = statistics.median(race.other), statistics.median(race.other_processor)
    return f"| {name} | {ours:.3f} (fastest {min(race.other):.3f}) | {processor:.3f} | 1 | 1 | {memory} |"


def peer(python: str, path: str, what: str, rounds: int) -> str:
    """The line of another library, timed in an interpreter of its own against the same side by hand."""
    with tempfile.TemporaryDirectory() as folder:
        script = str(Path(__file__).parent / "job_peers.py")
        command = [python, "-W", "ignore", script, path, what]
        timed = json.loads(_last_line([*command, str(rounds), folder]))
        once = json.loads(_last_line([*command, "0", folder]))
    assert timed["equal"] is True, what
    seconds = [tuple(timed[key]) for key in ("library", "other", "library_processor", "other_processor")]
    return row(Race(what, *seconds), timed["what"], f"{once['peak']:.0f}")


def _last_line(command: list[str]) -> str:
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return done.stdout.strip().splitlines()[-1]


def main() -> None:
    """Print the report, or do one side once for its peak of memory."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--job", required=True, help="the file that defines the job")
    options.add_argument("--peers", help="an interpreter with modelx and pyproforma")
    options.add_argument("--rounds", type=int, default=41)
    options.add_argument("--once", help=argparse.SUPPRESS)
    options.add_argument("--side", choices=("library", "hand"), help=argparse.SUPPRESS)
    asked = options.parse_args()
    sides = Sides(asked.job)
    if asked.once:
        sides.pairs[asked.once][asked.side == "hand"]()
        print(peak_memory())
        return
    from run import machine

    size = f"{sides.job.N:,} paths, {sides.job.Q} quarters, {len(sides.job.ITEMS)} line items, "
    command = f"python benchmarks/job.py --job job.py{' --peers PYTHON' if asked.peers else ''}"
    print(f"# The shared speed job\n\nMade by `{command}`, version {fc.__version__}, on {machine()}.\n")
    print(f"{size}{len(sides.scenarios)} scenarios; the job's own random numbers are given to every side.\n")
    print(f"Compared before timing: {sides.compared()}.\n")
    print(
        "| | seconds | processor s | ratio to NumPy by hand | of processor time | peak MB |\n|---|---|---|---|---|---|"
    )
    races = {}
    for what, (library, other) in sides.pairs.items():
        print(what, file=sys.stderr)
        races[what] = race = raced(what, library, other, asked.rounds)
        memory = {side: f"{peak(asked.job, what, side):.0f}" for side in ("library", "hand")}
        if what != EVERY:
            print(hand_row(race, f"NumPy by hand, {what}", memory["hand"]), flush=True)
        print(row(race, f"`forecast`, {what}", memory["library"]), flush=True)
    for what in PEERS if asked.peers else ():
        print(what, file=sys.stderr)
        print(peer(asked.peers, asked.job, what, asked.rounds), flush=True)
    shares = [
        statistics.median(getattr(races[TWO], side)) / statistics.median(getattr(races[ALL], side))
        for side in ("library_processor", "other_processor")
    ]
    print(
        f"\nKeeping two of the 27 lines takes {shares[0]:.2f} of the processor time of keeping all of them, by hand "
        f"{shares[1]:.2f}.\n\n"
        "Ratios are medians of the ratios of interleaved runs, with their range; those of other libraries, which keep "
        "every line, are to the job by hand with two lines kept, by turns in their own process. Drawing and importing "
        "are outside all timings; the peak of memory is that of a fresh process that does it once, imports included."
    )


if __name__ == "__main__":
    main()
