"""Learn the widths of the default forecast from the training parts of a folder of series, and print the table.

    python benchmarks/learn_widths.py --data FOLDER > forecast/forecasters/widths.csv

The last values of each training part are held out, the default is fitted to what comes before, whole and cut to its
last 1 to 8, 12 and 20 points, and its errors are divided by the spread it gave. Test parts are never read.
"""

from __future__ import annotations

import argparse
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import joblib
import numpy as np
import pandas as pd

from forecast.forecasters.combination import SHORT, Combination
from forecast.forecasters.widths import STEPS

SEASONS = {"Q": 4, "Y": 1}
CUTS = (None, 1, 2, 3, 4, 5, 6, 7, 8, 12, 20)
EDGES = (2, 3, 4, 5, 6, 7, 8, 10, 16, 25, 41)  # first number of points of the next class
NODES = (1, 2, 3, 4, 5, 6, 7, 8, 12, 20, 32, 60)  # what a class stands for
MOST = 600  # hold-outs of a file, line and cut
ENOUGH = 150  # hold-outs of a class; with fewer, it takes the factors of all classes on its side of a short history
Z80, Z95 = 1.2815515655446004, 1.959963984540054


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    folder = parser.parse_args().data
    tasks = [task for part in parts(folder) for task in part]
    print(f"{len(tasks)} hold-outs", file=sys.stderr)
    found = joblib.Parallel(n_jobs=2, batch_size=200)(joblib.delayed(errors)(*task) for task in tasks)
    kinds: dict[tuple[str, str], list[tuple[int, np.ndarray]]] = defaultdict(list)
    for kind, points, ratio in found:
        kinds[kind].append((points, ratio))
    print(f"# Made by benchmarks/learn_widths.py from {len(tasks)} hold-outs inside the training parts of M1, M3,")
    print("# M4 yearly (finance, micro), tourism and company figures, quarters and years. See widths.py.")
    print("transformation,period," + "points," + ",".join(f"step_{h}" for h in STEPS) + ",tail,holdouts")
    for kind, some in sorted(kinds.items()):
        for row in rows(some):
            print(",".join([*kind, *row]))


def parts(folder: Path) -> Iterator[list[tuple[np.ndarray, np.ndarray, int]]]:
    """Hold-outs, at most ``MOST`` of each file, frequency, line and cut: history, what came after, season."""
    chance = np.random.default_rng(1)
    for name in ("m1", "m3", "m4_yearly", "tourism", "fundamentals", "fundamentals_annual"):
        frame = pd.read_parquet(folder / f"{name}.parquet")
        frame = frame[(frame["split"].astype(str) == "train") & frame["freq"].astype(str).isin(list(SEASONS))]
        keys = ["freq"]
        if name == "m4_yearly":
            frame = frame[frame["domain"].astype(str).isin(["Finance", "Micro"])]
        if name.startswith("fundamentals"):
            keys += ["domain", "src"] if "src" in frame else ["domain"]
        for key, part in frame.astype(dict.fromkeys(keys, str)).groupby(keys):
            season = SEASONS[key[0]]
            by_cut: dict[int | None, list[tuple[np.ndarray, np.ndarray, int]]] = defaultdict(list)
            for _, one in part.groupby(part["unique_id"].astype(str)):
                one = one.sort_values("step")
                for cut, history, after in holdouts(one["y"].to_numpy(float), int(one["h"].iloc[0])):
                    by_cut[cut].append((history, after, season))
            for cut in CUTS:
                some = by_cut[cut]
                yield [some[i] for i in chance.permutation(len(some))[:MOST]]


def holdouts(values: np.ndarray, horizon: int) -> Iterator[tuple[int | None, np.ndarray, np.ndarray]]:
    """The last ``horizon`` values, and those up to 5 periods earlier, with what comes before them."""
    for end in (values.size - horizon, values.size - horizon - 5):
        for cut in CUTS:
            history = values[max(0, end - (cut or end)) : max(end, 0)]
            enough = history.size >= 6 if cut is None else end > cut
            if enough and fits(history):
                yield cut, history, values[end : end + horizon]


def fits(history: np.ndarray) -> bool:
    """Whether the default takes the history: below 4 values it must be positive, from 4 on it must move."""
    return bool(np.all(history > 0)) if history.size < 4 else bool(np.ptp(history) > 0)


def errors(history: np.ndarray, after: np.ndarray, season: int) -> tuple[tuple[str, str], int, np.ndarray]:
    """Absolute errors over the spread that the default had without calibration, NaN beyond the horizon."""
    form = Combination(calibrated=False).fit(history, horizon=after.size, season=season)
    seen = after
    if form.transformation == "log":
        seen = np.log(np.maximum(after, 1e-9 * np.max(history)))
    ratio = np.full(max(STEPS), np.nan)
    steps = min(after.size, ratio.size)
    ratio[:steps] = (np.abs(seen - form.mean) / form.spread())[:steps]
    return (form.transformation, "year" if season == 1 else "quarter"), history.size, ratio


def rows(some: list[tuple[int, np.ndarray]]) -> Iterator[list[str]]:
    """The lines of one kind, one a class of length."""
    classes = np.digitize([points for points, _ in some], EDGES)
    for i, node in enumerate(NODES):
        own = [ratio for (_, ratio), c in zip(some, classes, strict=True) if c == i]
        side = [ratio for points, ratio in some if (points < SHORT) == (node < SHORT)]
        if not own and node < SHORT:
            continue
        ratios = np.array(own if len(own) >= ENOUGH else side)
        ratios = ratios[:, ~np.all(np.isnan(ratios), axis=0)]
        f80, f95 = (smooth(np.nanquantile(ratios, p, axis=0) / z) for p, z in ((0.8, Z80), (0.95, Z95)))
        tail = float(np.clip(2 * np.log(np.median(f95 / f80)) / (Z95**2 - Z80**2), 0, 0.45))
        factors = f80 / np.exp(0.5 * tail * Z80**2)
        yield [str(node), *(f"{factors[h - 1]:.3f}" for h in STEPS), f"{tail:.3f}", str(len(ratios))]


def smooth(factors: np.ndarray) -> np.ndarray:
    """Geometric means with the neighbours; steps that no hold-out reaches take the last."""
    means = pd.Series(np.log(factors)).rolling(3, center=True, min_periods=2).mean()
    return np.exp(means.reindex(range(max(STEPS))).ffill().to_numpy())


if __name__ == "__main__":
    main()
