"""The engine at scale: prints the tables of results/scale.md (about ten minutes on two processors).

Selected quantiles against ``np.quantile``, a scan of 1,000 scenarios against separate simulations, a million paths in
bounded memory against all of them held at once, and what a Latin hypercube saves. ``--scan N`` and ``--million FILE``
run one of them alone, in a process of its own whose memory is measured.
"""

from __future__ import annotations

import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
from scipy import special, stats

import forecast as fc
from forecast.analysis.chunks import sizes_of
from forecast.analysis.scan import scan
from forecast.analysis.statistic import Statistic
from forecast.analysis.summary import summarise
from forecast.model import CalibratedModel
from forecast.simulation import Run, horizon_of, quantiles_over_paths

SEED, PATHS, UNTIL, BY = 7, 10_000, "2029Q4", "2027Q4"
LEVELS = (0.01, 0.05, 0.1, 0.5, 0.9, 0.95, 0.99)
FIVE = (0.05, 0.1, 0.5, 0.9, 0.95)
MILLION, LINES = 1_000_000, ("net_profit", "revenue", "cash")
GOAL = fc.Goal("net_profit", at_least=0, over="trailing_year", by=BY)
BASE = fc.Scenario("base")
DRAWN = ("random", "latin_hypercube", "latin_hypercube_with_noises")
"""The samplings that have a variance."""
ASKED = {"breakeven": GOAL, "10 % quantile": fc.Quantile("net_profit", 0.1, at=UNTIL, over="trailing_year")}


def kunlun() -> CalibratedModel:
    folder = fc.kunlun_folder()
    model = fc.read_model(folder / "model.yaml")
    history = fc.load_kunlun().as_of("2025-08-31").reconcile(model)
    return fc.calibrate(model, history, opening={"cash": 1_500})


class Watch:
    """Seconds on the clock and of the processor since it was made."""

    def __init__(self) -> None:
        self.began = time.perf_counter(), time.process_time()

    def read(self) -> np.ndarray:
        return np.array([time.perf_counter() - self.began[0], time.process_time() - self.began[1]])


def megabytes() -> float:
    """The most memory that this process has held; getrusage would count its parent's where that was more (Linux)."""
    for line in Path("/proc/self/status").read_text(encoding="utf-8").splitlines():
        if line.startswith("VmHWM"):
            return int(line.split()[1]) / 1024
    raise SystemExit("the memory of a process is read from /proc/self/status, which has no VmHWM here")


def alone(*arguments: str) -> dict[str, Any]:
    """What a process of its own prints of itself, a line ``name value`` each."""
    root = Path(__file__).resolve().parents[1]
    environment = {**os.environ, "PYTHONPATH": str(root)}
    made = subprocess.run(
        [sys.executable, __file__, *arguments], capture_output=True, text=True, check=True, env=environment
    )
    return {name: float(value) for name, value in (line.split() for line in made.stdout.splitlines())}


# ---- quantiles


def race_quantiles(paths: int, cells: int) -> tuple[int, dict[str, np.ndarray]]:
    """Five quantiles of so many cells, a piece at a time, each piece by every side in turn."""
    sides: dict[str, Callable[[np.ndarray], np.ndarray]] = {
        "`np.quantile`": lambda rows: np.quantile(rows, FIVE, axis=1).T,
        "selected, 1 thread": lambda rows: quantiles_over_paths(rows, FIVE, threads=1),
        "selected, 2 threads": lambda rows: quantiles_over_paths(rows, FIVE, threads=2),
        "sum of the cells, for scale": lambda rows: rows.sum(axis=1),
    }
    random = np.random.default_rng(1)
    piece = max(20_000_000 // paths, 1)
    spent = {name: np.zeros(2) for name in sides}
    done = 0
    while done < cells:
        rows = random.standard_normal((piece, paths))
        made = []
        for name, side in sides.items():
            watch = Watch()
            made.append(side(rows))
            spent[name] += watch.read()
        assert made[0].tobytes() == made[1].tobytes() == made[2].tobytes()
        done += rows.size
    return done, spent


def print_quantiles() -> None:
    print("## Quantiles: selected, not sorted\n")
    print(
        "Five quantiles of rows of normal numbers, in pieces of 20 million cells, each by every side in turn. The same"
    )
    print("bits on all sides.\n")
    print("| cells | | seconds | processor seconds | times as fast (clock) | (processor) |\n|---|---|---|---|---|---|")
    for paths, cells in ((1_000_000, 600_000_000), (10_000, 100_000_000)):
        done, spent = race_quantiles(paths, cells)
        first = spent["`np.quantile`"]
        for name, taken in spent.items():
            print(
                f"| {done // paths:,} rows of {paths:,} | {name} | {taken[0]:.2f} | {taken[1]:.2f} | "
                f"{first[0] / taken[0]:.1f} | {first[1] / taken[1]:.1f} |"
            )
    print()


# ---- many scenarios


def grid(count: int) -> Iterator[fc.Scenario]:
    """Scenarios that differ in the share spent on selling and in the growth of R&D."""
    side = int(np.ceil(np.sqrt(count)))
    pairs = product(np.linspace(0.28, 0.42, side), np.linspace(-0.03, 0.04, side))
    for selling, growth in list(pairs)[:count]:
        yield fc.Scenario(
            f"selling {selling:.4f}, R&D {growth:+.4f}",
            fc.shocks.Set("selling.target", float(selling)),
            fc.shocks.Set("research_and_development.growth", float(growth)),
        )


def scan_alone(count: int) -> None:
    company = kunlun()
    watch = Watch()
    scan(company, grid(count), ASKED, until=UNTIL, paths=PATHS, seed=SEED)
    print("clock {}\nprocessor {}\nmegabytes {}".format(*watch.read(), megabytes()))


def print_scan(company: CalibratedModel) -> None:
    some = list(grid(1_000))[::50]
    apart, together = np.zeros(2), np.zeros(2)
    for half in (some[:10], some[10:]):
        watch = Watch()
        numbers = []
        for scenario in half:
            outcome = fc.simulate(company, scenario, until=UNTIL, paths=PATHS, seed=SEED).outcome()
            numbers.append([np.mean(GOAL.inside(outcome) >= 0), *_values(ASKED["10 % quantile"], outcome)])
        apart += watch.read()
        watch = Watch()
        found = scan(company, half, ASKED, until=UNTIL, paths=PATHS, seed=SEED)
        together += watch.read()
        assert np.array_equal(found.values, np.array(numbers))
    few, many = alone("--scan", "1"), alone("--scan", "1000")
    print("## 1,000 scenarios that differ in two parameters\n")
    print(f"Kunlun, {PATHS:,} paths to {UNTIL}; the probability of breakeven and a quantile of each,")
    print("with errors. Of separate simulations 20 were timed, by turns with scans of the same 20, to the same bits;")
    print("1,000 of them are taken to last 50 times as long. Memory is that of the process, calibration included.\n")
    print("| | seconds | processor seconds | memory |\n|---|---|---|---|")
    print(f"| 20 separate `simulate` | {apart[0]:.1f} | {apart[1]:.1f} | |")
    print(f"| 1,000 separate `simulate`, extrapolated | {50 * apart[0]:.0f} | {50 * apart[1]:.0f} | |")
    print(f"| `scan` of 1,000 | {many['clock']:.1f} | {many['processor']:.1f} | {many['megabytes']:.0f} MB |")
    print(f"| `scan` of 1 | {few['clock']:.1f} | {few['processor']:.1f} | {few['megabytes']:.0f} MB |")
    print(f"| times as fast | {50 * apart[0] / many['clock']:.1f} | {50 * apart[1] / many['processor']:.1f} | |\n")


def _values(statistic: Statistic, outcome: fc.simulation.Outcome) -> list[float]:
    return [statistic.value(statistic.numbers(outcome))]


# ---- a million paths


def million_alone(file: str, threads: int) -> None:
    company = kunlun()
    before, watch = megabytes(), Watch()
    found = summarise(
        company, BASE, lines=LINES, goals={"breakeven": GOAL}, until=UNTIL, paths=MILLION, seed=SEED, threads=threads
    )
    taken = watch.read()
    print("clock {}\nprocessor {}".format(*taken))
    print(f"before {before}\nmegabytes {megabytes()}\nbreakeven {found.probability('breakeven')}")
    tables = {
        line: [told(line, levels=LEVELS).to_numpy() for told in (found.quantiles, found.bounds, found.errors)]
        for line in LINES
    }
    np.savez(file, **tables)


def all_paths(company: CalibratedModel) -> dict[str, np.ndarray]:
    """The same paths as the summary's, all held at once."""
    quarters = horizon_of(company, UNTIL, MILLION, SEED)
    edges = np.concatenate([[0], np.cumsum(sizes_of(MILLION))])
    held = {line: np.empty((len(quarters), MILLION)) for line in LINES}
    for chunk in range(len(edges) - 1):
        first, last = edges[chunk], edges[chunk + 1]
        outcome = Run(company, quarters, int(last - first), SEED, chunk=chunk).outcome(BASE, LINES)
        for line, values in held.items():
            values[:, first:last] = outcome.values(line)
    return held


def print_million(company: CalibratedModel) -> None:
    with tempfile.TemporaryDirectory() as folder:
        made = []
        for threads in (1, 2):
            file = Path(folder) / f"{threads}.npz"
            told = alone("--million", str(file), str(threads))
            with np.load(file) as saved:
                made.append((threads, told, dict(saved)))
    tables = made[0][2]
    assert all(tables[line].tobytes() == made[1][2][line].tobytes() for line in LINES)
    held = all_paths(company)
    print("## 1,000,000 paths of one scenario\n")
    print(f"Kunlun's base to {UNTIL}: quantiles of {', '.join(LINES)} by quarter and the probability of breakeven, by")
    print("`summarise` in a process of its own. The same bits with one and two threads.\n")
    print("| threads | seconds | processor seconds | memory of the process | of it before |\n|---|---|---|---|---|")
    for threads, told, _ in made:
        print(
            f"| {threads} | {told['clock']:.1f} | {told['processor']:.1f} | {told['megabytes']:.0f} MB | "
            f"{told['before']:.0f} MB |"
        )
    print("\nAgainst `np.quantile` of all the same paths held at once, at the levels")
    quarters = len(next(iter(held.values())))
    print(f"{', '.join(f'{level:.0%}' for level in LEVELS)} of {quarters} quarters. Three digits agree")
    print("where the difference is at most half a unit of the third digit of the exact quantile. The last columns")
    print("compare with what a million paths leave uncertain anyway.\n")
    print(
        "| line | quantiles | three digits agree | worst difference, of the quantile | of the median absolute quantile "
        "| worst bound | worst difference in standard errors | median |\n|---|---|---|---|---|---|---|---|"
    )
    for line, values in held.items():
        exact = np.quantile(values, LEVELS, axis=1).T
        near, bounds, errors = tables[line]
        away, level = np.abs(near - exact), np.median(np.abs(exact))
        assert (away <= bounds * (1 + 1e-9)).all()
        same = away <= 0.5 * 10.0 ** (np.floor(np.log10(np.abs(exact))) - 2)
        print(
            f"| {line} | {same.size} | {same.sum()} | {np.max(away / np.abs(exact)):.1e} | {away.max() / level:.1e} | "
            f"{bounds.max() / level:.1e} | {np.max(away / errors):.2f} | {np.median(away / errors):.3f} |"
        )
    print()


# ---- Latin hypercube


def toy(formula: str) -> CalibratedModel:
    lines = [fc.drivers.Path(name, value=fc.uniform(0, 1)) for name in "abc"]
    return fc.calibrate(fc.Model(*lines, fc.drivers.Formula(formula)), first="2026Q1")


def variances(
    company: CalibratedModel, statistics: dict[str, Any], until: str, paths: int, seeds: int
) -> dict[str, np.ndarray]:
    """Of each statistic over seeds, by sampling: shape (statistics,) each."""
    found = {}
    for sampling in DRAWN:
        rows = [
            scan(company, [BASE], statistics, until=until, paths=paths, seed=seed, sampling=sampling).values[0]
            for seed in range(seeds)
        ]
        found[sampling] = np.var(rows, axis=0, ddof=1)
    return found


def explained(company: CalibratedModel, statistic: fc.Mean) -> float:
    """The part of a line's variance that sums of cubics of each parameter's normal score explain (adjusted)."""
    run = Run(company, horizon_of(company, UNTIL, PATHS, SEED), PATHS, SEED)
    free = [values for values in run.parameters.values() if values.ndim]
    scores = np.array([special.ndtri(stats.rankdata(values) / (PATHS + 1)) for values in free]).T
    terms = np.hstack([np.ones((PATHS, 1)), scores, scores**2, scores**3])
    numbers = statistic.numbers(run.outcome(BASE, statistic.lines))
    left = numbers - terms @ np.linalg.lstsq(terms, numbers, rcond=None)[0]
    return 1 - np.var(left) / np.var(numbers) * PATHS / (PATHS - terms.shape[1])


def print_latin(company: CalibratedModel, paths: int = 1_000, seeds: int = 200, toy_seeds: int = 2_000) -> None:
    total = {"mean": fc.Mean("total", at="2026Q1"), "median": fc.Quantile("total", 0.5, at="2026Q1")}
    means = {
        f"mean of {line}, {year}": fc.Mean(line, at=f"{year}Q4", over="fiscal_year")
        for line, year in (("net_profit", 2027), ("net_profit", 2029), ("revenue", 2027))
    }
    others = {
        "probability of breakeven by 2027Q4": GOAL,
        "10 % quantile of net_profit, 2027": fc.Quantile("net_profit", 0.1, at="2027Q4", over="fiscal_year"),
        "median of net_profit, 2027": fc.Quantile("net_profit", 0.5, at="2027Q4", over="fiscal_year"),
    }
    questions = [
        ("sum of three uniform numbers", toy("total = a + b + c"), total, "2026Q1"),
        ("product of two", toy("total = a * b + 0 * c"), total, "2026Q1"),
        ("Kunlun", company, {**means, **others}, UNTIL),
    ]
    theory = {("sum of three uniform numbers", "mean"): f"{paths**2:,}", ("product of two", "mean"): "7"}
    theory |= {("Kunlun", name): f"{1 / (1 - explained(company, mean)):.2f}" for name, mean in means.items()}
    print("## A Latin hypercube\n")
    print(f"Variance of estimates from {paths:,} paths over {seeds} seeds ({toy_seeds:,} of the two toys), by random")
    print(
        "sampling over by a Latin hypercube: so many times as many random paths are as precise. Intervals are those of"
    )
    print("a ratio of two such variances (F). In theory: the mean of a sum is left with what is inside its strata, n^2")
    print("times less; of a product of two uniform numbers a seventh of the variance is no sum; of Kunlun's means what")
    print("no sum of cubics of each parameter explains (Stein 1987). The toys have no noises.\n")
    print("| | estimate | `latin_hypercube` | in theory | `latin_hypercube_with_noises` |\n|---|---|---|---|---|")
    for what, asked, statistics, until in questions:
        several = seeds if asked is company else toy_seeds
        reach = stats.f.ppf([0.975, 0.025], several - 1, several - 1)
        found = variances(asked, statistics, until, paths, several)
        for i, name in enumerate(statistics):
            cells = []
            for latin in DRAWN[1:]:
                ratio = found["random"][i] / found[latin][i]
                low, high = ratio / reach
                cells.append(f"{ratio:,.3g} ({low:,.3g} to {high:,.3g})")
            print(f"| {what} | {name} | {cells[0]} | {theory.get((what, name), '')} | {cells[1]} |")
    print()
    print("| drawing and simulating Kunlun's base once | processor seconds, the least of 5 |\n|---|---|")
    for sampling in DRAWN:
        taken = []
        for _ in range(5):
            watch = Watch()
            fc.simulate(company, BASE, until=UNTIL, paths=PATHS, seed=SEED, sampling=sampling)
            taken.append(watch.read()[1])
        print(f"| `{sampling}` | {min(taken):.2f} |")


def main() -> None:
    if "--scan" in sys.argv:
        scan_alone(int(sys.argv[-1]))
        return
    if "--million" in sys.argv:
        million_alone(sys.argv[-2], int(sys.argv[-1]))
        return
    company = kunlun()
    print("# The engine at scale\n\n`python benchmarks/scale.py`\n")
    print(f"{os.cpu_count()} processors, NumPy {np.__version__}, Python {platform.python_version()}.")
    print("The machine was shared: processor seconds are not lengthened by other programs' turns, but by what those")
    print("take of the caches.\n")
    print_quantiles()
    print_scan(company)
    print_million(company)
    print_latin(company)


if __name__ == "__main__":
    main()
