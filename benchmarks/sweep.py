"""Load held by a sweep: settings a minute and memory of the driver by backend, against a plain loop of ``fc.scan``.

``python benchmarks/sweep.py > benchmarks/results/sweep.md``; ``--companies 200`` for a larger job, ``--sides`` for some
backends only. ``--alone BACKEND`` runs one side in a process of its own. The start of a cluster, and that of the
workers (each imports the library), are told apart from the work: a small sweep is made first.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np

import forecast as fc
from forecast.analysis.scan import scan
from forecast.analysis.sweep import sweep
from forecast.model import CalibratedModel

SEED, PATHS, UNTIL = 7, 2_000, "2029Q4"
WARM = 8
"""Companies of the small sweep that starts the workers, with 100 paths."""

GOAL = fc.Goal("net_profit", at_least=0, over="trailing_year", by="2027Q4")
ASKED = {"breakeven": GOAL, "10 % quantile": fc.Quantile("net_profit", 0.1, at=UNTIL, over="trailing_year")}
LEVERS = {"selling.target": [0.30, 0.35, 0.40], "drama_revenue.half_life": [2.0, 4.0, 8.0]}
SIDES = ("plain loop", "threads", "processes", "dask", "ray")


def companies(count: int) -> dict[str, CalibratedModel]:
    """As many companies with the model and history of Kunlun, each with a cash of its own."""
    folder = fc.kunlun_folder()
    model = fc.read_model(folder / "model.yaml")
    history = fc.load_kunlun().as_of("2025-08-31").reconcile(model)
    company = fc.calibrate(model, history, opening={"cash": 1_500})
    openings = ({**company.openings, "cash": 1_000.0 + 50 * number} for number in range(count))
    return {f"firm {number}": replace(company, openings=opening) for number, opening in enumerate(openings)}


def by_hand(chosen: dict[str, CalibratedModel], scenarios: Any, paths: int) -> np.ndarray:
    """The same in a loop: a lever by ``Set`` on top of the scenario, which no scenario here shocks besides."""
    found = []
    for company in chosen.values():
        grid = [
            scenario.but(
                f"{scenario.name} {values}", *(fc.shocks.Set(*pair) for pair in zip(LEVERS, values, strict=True))
            )
            for scenario in scenarios
            for values in product(*LEVERS.values())
        ]
        found.append(scan(company, grid, ASKED, until=UNTIL, paths=paths, seed=SEED).values)
    return np.concatenate(found).ravel()


def megabytes() -> float:
    """The most memory that this process has held (Linux)."""
    lines = Path("/proc/self/status").read_text(encoding="utf-8").splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM"))


def alone(side: str, count: int, workers: int) -> None:
    """One side: seconds to start, to work and of a second call, memory before and after, a digest of the numbers."""
    chosen = companies(count)
    few = companies(WARM)
    scenarios = [one for one in fc.read_scenarios(fc.kunlun_folder() / "scenarios.yaml").values() if one.name in KEPT]

    def swept(asked: dict[str, CalibratedModel], folder: str, paths: int) -> Any:
        options: dict[str, Any] = {"until": UNTIL, "paths": paths, "seed": SEED, "levers": LEVERS, "folder": folder}
        return sweep(asked, scenarios, ASKED, backend=side, workers=workers, **options)

    cluster = timed(lambda: start(side, workers))
    with tempfile.TemporaryDirectory() as folder:
        if side == "plain loop":
            warm = timed(lambda: by_hand(few, scenarios, 100))
            before, again, tasks = megabytes(), None, count
            began = time.perf_counter()
            numbers = by_hand(chosen, scenarios, PATHS)
            taken, after = time.perf_counter() - began, megabytes()
        else:
            warm = timed(lambda: swept(few, f"{folder}/warm", 100))
            before = megabytes()
            taken = timed(lambda: swept(chosen, f"{folder}/work", PATHS))
            after = megabytes()
            again = timed(lambda: swept(chosen, f"{folder}/work", PATHS))
            found = fc.open_sweep(f"{folder}/work")
            tasks, numbers = found.tasks, found.to_frame()["value"].to_numpy()
    said = {"cluster": cluster, "warm": warm, "seconds": taken, "again": again, "before": before, "after": after}
    digest = hashlib.sha256(numbers.tobytes()).hexdigest()
    print(json.dumps({**said, "tasks": tasks, "settings": numbers.size // len(ASKED), "digest": digest}))


def start(side: str, workers: int) -> None:
    """Start a cluster on this machine, where the side needs one."""
    if side == "dask":
        import distributed

        distributed.Client(distributed.LocalCluster(n_workers=workers, threads_per_worker=1, dashboard_address=None))
    if side == "ray":
        import ray

        ray.init(num_cpus=workers, include_dashboard=False, logging_level="ERROR", log_to_driver=False)


def timed(work: Callable[[], Any]) -> float:
    """The seconds that some work takes."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


KEPT = ("base", "talent leaves", "legacy fades", "launch week")
"""Scenarios that do not shock the levers, so that the loop's ``Set`` has the same numbers."""


def main() -> None:
    """Print the page."""
    reading = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    reading.add_argument("--companies", type=int, default=8)
    reading.add_argument("--workers", type=int, default=2)
    reading.add_argument("--sides", nargs="+", choices=SIDES, default=SIDES)
    reading.add_argument("--alone", choices=SIDES, help="run this side here, and print what it took as JSON")
    said = reading.parse_args()
    if said.alone:
        alone(said.alone, said.companies, said.workers)
        return
    made = {}
    for side in said.sides:
        print(side, file=sys.stderr, flush=True)
        command = [sys.executable, __file__, "--alone", side, "--companies", said.companies, "--workers", said.workers]
        run = subprocess.run([str(word) for word in command], capture_output=True, text=True, check=True)
        made[side] = json.loads(next(line for line in run.stdout.splitlines() if line.startswith("{")))
    assert len({one["digest"] for one in made.values()}) == 1, made
    first = next(iter(made.values()))
    options = "" if said.companies == 8 else f" --companies {said.companies}"
    print(
        f"# Sweeps: load held\n\nMade by `python benchmarks/sweep.py{options}`, "
        f"version {fc.__version__}, Python {platform.python_version()}, {os.cpu_count()} processors.\n"
    )
    print(
        f"{said.companies} companies with Kunlun's model (35 lines), {len(KEPT)} scenarios, 9 values of two levers:\n"
        f"{first['settings']:,} settings, {PATHS:,} paths to {UNTIL}, two statistics with errors and intervals.\n"
        f"{said.workers} workers; each side in a process of its own, one after the other. The plain loop is `fc.scan`\n"
        "company by company in one process, its results in memory. All sides have the same numbers to the bit. Not in\n"
        "the rates: starting the cluster, and starting the workers with their imports (a sweep of "
        f"{WARM} companies, 100 paths).\n"
    )
    columns = (
        "",
        "cluster's start, s",
        "workers' start, s",
        "settings a minute",
        "tasks a minute",
        "of the plain loop",
    )
    columns += ("the same call again, s", "driver's memory before, MB", "most, MB")
    print(f"| {' | '.join(columns)} |\n|---{'|---:' * (len(columns) - 1)}|")
    for side, one in made.items():
        again = "" if one["again"] is None else f"{one['again']:.1f}"
        cluster = f"{one['cluster']:.0f}" if side in ("dask", "ray") else ""
        plain = f"{made['plain loop']['seconds'] / one['seconds']:.2f}" if "plain loop" in made else ""
        minutes = one["seconds"] / 60
        print(
            f"| {side} | {cluster} | {one['warm']:.1f} | {one['settings'] / minutes:,.0f} | "
            f"{one['tasks'] / minutes:,.0f} | {plain} | {again} | {one['before']:.0f} | {one['after']:.0f} |"
        )
    print(f"\nLoad averages of the machine while this ran: {', '.join(f'{load:.1f}' for load in os.getloadavg())}.")


if __name__ == "__main__":
    main()
