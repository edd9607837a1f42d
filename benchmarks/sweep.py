"""Load held by a sweep: scenarios a minute and memory of the driver by backend, against a plain loop of ``fc.scan``.

``python benchmarks/sweep.py > benchmarks/results/sweep.md``; ``--alone BACKEND`` runs one side in a process of its own.
"""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
import tempfile
import time
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
COMPANIES = 8
GOAL = fc.Goal("net_profit", at_least=0, over="trailing_year", by="2027Q4")
ASKED = {"breakeven": GOAL, "10 % quantile": fc.Quantile("net_profit", 0.1, at=UNTIL, over="trailing_year")}
LEVERS = {"selling.target": [0.30, 0.35, 0.40], "drama_revenue.half_life": [2.0, 4.0, 8.0]}
SIDES = ("plain loop", "threads", "processes", "dask", "ray")


def companies() -> dict[str, CalibratedModel]:
    """As many companies with the model and history of Kunlun, each with a cash of its own."""
    folder = fc.kunlun_folder()
    model = fc.read_model(folder / "model.yaml")
    history = fc.load_kunlun().as_of("2025-08-31").reconcile(model)
    company = fc.calibrate(model, history, opening={"cash": 1_500})
    openings = ({**company.openings, "cash": 1_000.0 + 50 * number} for number in range(COMPANIES))
    return {f"firm {number}": replace(company, openings=opening) for number, opening in enumerate(openings)}


def by_hand(chosen: dict[str, CalibratedModel], scenarios: Any) -> np.ndarray:
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
        found.append(scan(company, grid, ASKED, until=UNTIL, paths=PATHS, seed=SEED).values)
    return np.concatenate(found).ravel()


def megabytes() -> float:
    """The most memory that this process has held (Linux)."""
    lines = Path("/proc/self/status").read_text(encoding="utf-8").splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM"))


def alone(side: str) -> None:
    """One side: seconds of the work and of a second call, memory before and after, and a digest of the numbers."""
    chosen = companies()
    scenarios = [one for one in fc.read_scenarios(fc.kunlun_folder() / "scenarios.yaml").values() if one.name in KEPT]
    started = time.perf_counter()
    if side == "dask":
        import distributed

        cluster = distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None)
        distributed.Client(cluster)
    if side == "ray":
        import ray

        ray.init(num_cpus=2, include_dashboard=False, logging_level="ERROR", log_to_driver=False)
    start, before = time.perf_counter() - started, megabytes()
    again = None
    with tempfile.TemporaryDirectory() as folder:
        began = time.perf_counter()
        if side == "plain loop":
            numbers = by_hand(chosen, scenarios)
        else:
            options: dict[str, Any] = {"until": UNTIL, "paths": PATHS, "seed": SEED, "levers": LEVERS, "folder": folder}
            found = sweep(chosen, scenarios, ASKED, backend=side, workers=2, **options)
        taken = time.perf_counter() - began
        after = megabytes()
        if side != "plain loop":
            began = time.perf_counter()
            sweep(chosen, scenarios, ASKED, backend=side, workers=2, **options)
            again = time.perf_counter() - began
            numbers = found.to_frame()["value"].to_numpy()
    said = {"seconds": taken, "again": again, "start": start, "before": before, "after": after}
    print(json.dumps({**said, "settings": numbers.size // len(ASKED), "sum": numbers.sum().hex()}))


KEPT = ("base", "talent leaves", "legacy fades", "launch week")
"""Scenarios that do not shock the levers, so that the loop's ``Set`` has the same numbers."""


def main() -> None:
    """Print the page."""
    made = {}
    for side in SIDES:
        print(side, file=sys.stderr, flush=True)
        run = subprocess.run([sys.executable, __file__, "--alone", side], capture_output=True, text=True, check=True)
        made[side] = json.loads(next(line for line in run.stdout.splitlines() if line.startswith("{")))
    assert len({one["sum"] for one in made.values()}) == 1, made
    base = made["plain loop"]["seconds"]
    print(
        "# Sweeps: load held\n\nMade by `python benchmarks/sweep.py`, "
        f"version {fc.__version__}, Python {platform.python_version()}, {os.cpu_count()} processors.\n"
    )
    settings = made["threads"]["settings"]
    print(f"{COMPANIES} companies with Kunlun's model (35 lines), {len(KEPT)} scenarios, 9 values of two levers:")
    print(f"{settings} settings, {PATHS:,} paths to {UNTIL}, two statistics with errors. Two workers; each side in a")
    print("process of its own,", end=" ")
    print("one after the other. The plain loop is `fc.scan` company by company in one process, its results in memory.")
    print("All sides have the same numbers to the bit. The first task of a process imports the library there, which is")
    print("counted; starting the cluster is not, and stands beside. The machine was shared with other programs.\n")
    print(
        "| | settings a minute | of the plain loop | cluster's start, s | the same call again, s | driver's memory "
        "before, MB | most, MB |\n|---|---|---|---|---|---|---|"
    )
    for side, one in made.items():
        again = "" if one["again"] is None else f"{one['again']:.1f}"
        start = f"{one['start']:.0f}" if side in ("dask", "ray") else ""
        print(
            f"| {side} | {60 * settings / one['seconds']:,.0f} | {base / one['seconds']:.2f} | {start} | {again} | "
            f"{one['before']:.0f} | {one['after']:.0f} |"
        )
    print(f"\nLoad averages of the machine while this ran: {', '.join(f'{load:.1f}' for load in os.getloadavg())}.")


if __name__ == "__main__":
    alone(sys.argv[-1]) if "--alone" in sys.argv else main()
