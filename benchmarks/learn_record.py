"""Measure how far a series' own record of errors says how wide its next intervals must be.

    python benchmarks/learn_record.py --data FOLDER > benchmarks/results/record.md

The last values of each training part are held out (``learn_widths.parts``, whole histories); the default without its
own record is fitted to what comes before, and again at earlier origins. Test parts are never read.
"""

from __future__ import annotations

import argparse
from itertools import pairwise
from pathlib import Path

import joblib
import numpy as np
import pandas as pd
from learn_widths import Z80, parts

from forecast.forecasters.combination import Combination
from forecast.forecasters.record import ENOUGH, ORIGINS, USUAL, record
from forecast.forecasters.tails import stretch

CLASSES = (10, ENOUGH, 24, 40, 80, 10_000)
TRIED = (2, ORIGINS, 8)
DEFAULT = Combination(own_record=False)


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    tasks = [task for part in parts(parser.parse_args().data) for task in part if task[0].size >= CLASSES[0]]
    whole = {(history.tobytes(), after.tobytes()): (history, after, season) for history, after, season in tasks}
    longest: dict[tuple[bytes, int], tuple[np.ndarray, np.ndarray, int]] = {}
    for history, after, season in whole.values():
        key = (after.tobytes(), season)
        if key not in longest or longest[key][0].size < history.size:
            longest[key] = (history, after, season)
    found = joblib.Parallel(n_jobs=2, batch_size=50)(joblib.delayed(measure)(*task) for task in longest.values())
    table = pd.DataFrame([row for row in found if row])
    print("# The own record: does it say how wide the next intervals must be?\n")
    print(
        "Made by `python benchmarks/learn_record.py --data FOLDER > benchmarks/results/record.md` from "
        f"{len(table):,} hold-outs of training parts.\n"
    )
    print("Slope: of the log of the next errors' mean size on the log of the record. Score: the interval score of 80 %")
    print("in units of the spread, against no record; coverage of nominal 80 % without and with it.\n")
    for origins in TRIED:
        print(f"## {origins} origins\n\n| values | hold-outs | slope | weight | mean log record | score | 80 % |")
        print("|---|---|---|---|---|---|---|")
        for low, high in pairwise(CLASSES):
            row(table[table["points"].between(low, high, inclusive="left")], f"{low} to {high - 1}", origins)
        row(table[table["points"] >= ENOUGH], f"from {ENOUGH}", origins)
        print()


def measure(history: np.ndarray, after: np.ndarray, season: int) -> dict[str, float] | None:
    """Records of one hold-out, and what its intervals held."""
    form = DEFAULT.fit(history, horizon=after.size, season=season)
    if form.transformation == "log" and np.any(after <= 0):
        return None
    seen = np.log(after) if form.transformation == "log" else after
    ratio = np.abs(seen - form.mean) / form.spread()

    def fit(values: np.ndarray, steps: int):
        return DEFAULT.fit(values, horizon=steps, season=season)

    row = {"points": history.size, "half": float(stretch(Z80, form.tail)), "size": float(np.mean(np.minimum(ratio, 4)))}
    return row | {"ratio": ratio} | {f"record{k}": record(history, fit, origins=k) for k in TRIED}


def row(table: pd.DataFrame, name: str, origins: int) -> None:
    """One line of the table."""
    if len(table) < 50:
        return
    table = table[np.isfinite(table[f"record{origins}"])]
    own = np.log(np.maximum(table[f"record{origins}"].to_numpy(float), 1e-3))
    n = table["points"].to_numpy(float)
    weight = (n - 8) / (n + 32)
    factor = np.exp(np.clip(weight * (own - USUAL), -1, 1))
    slope = np.polyfit(own, np.log(np.maximum(table["size"], 0.05)), 1)[0]
    plain, with_record = (scores(table, f) for f in (np.ones(len(table)), factor))
    print(
        f"| {name} | {len(table):,} | {slope:.2f} | {weight.mean():.2f} | {own.mean():.2f} "
        f"| {with_record[0] / plain[0] - 1:+.1%} | {plain[1]:.1%} to {with_record[1]:.1%} |"
    )


def scores(table: pd.DataFrame, factor: np.ndarray) -> tuple[float, float]:
    """Mean interval score of 80 % in units of the spread, and coverage."""
    score, held = [], []
    for ratio, half in zip(table["ratio"], table["half"] * factor, strict=True):
        score.append(np.mean(2 * half + 10 * np.maximum(ratio - half, 0)))
        held.append(np.mean(ratio <= half))
    return float(np.mean(score)), float(np.mean(held))


if __name__ == "__main__":
    main()
