"""Learn how companies' revenue grew, by size and starting growth, and print the table that ships with the library.

    python benchmarks/learn_reference.py --data FOLDER > forecast/forecasters/growth.csv

Fiscal years (SEC, to fiscal 2022) and trailing years of quarters (SEC by stockpup, to 2015), training parts only.
"""

from __future__ import annotations

import argparse
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd

QUANTILES = (0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95)
SIZES = (0.0, 1_000.0, 5_000.0, 20_000.0, np.inf)  # USD million a year
GROWTHS = (-np.inf, 0.0, 0.10, 0.25, np.inf)  # of the year before, as a rate
YEARS = (1, 2, 3)
FEWEST = 40


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    folder = parser.parse_args().data
    frames = {name: pd.read_parquet(folder / f"{name}.parquet") for name in ("fundamentals_annual", "fundamentals")}
    for name, frame in frames.items():
        text = frame.astype({column: str for column in ("unique_id", "domain", "split", "src") if column in frame})
        frames[name] = text[(text["split"] == "train") & (text["domain"] == "Revenue")].sort_values("step")
    years = frames["fundamentals_annual"].groupby("unique_id")
    rows = [row for _, one in years for row in growths(one["y"].to_numpy(float))]
    quarters = frames["fundamentals"]
    old = quarters[quarters["src"] == "stockpup"]
    for _, one in old.groupby("unique_id"):
        trailing = one["y"].rolling(4).sum().to_numpy(float)[3:]
        rows += growths(trailing[(trailing.size - 1) % 4 :: 4])
    series = [one["y"].to_numpy(float) for _, one in quarters.groupby("unique_id")]
    steps = [np.diff(np.log(values)) for values in series if np.all(values > 0)]
    table = pd.DataFrame(rows, columns=["size", "growth", "years", "later"])
    print(f"# Made by benchmarks/learn_reference.py from {len(rows)} stretches of revenue of US companies, 1993-2022.")
    print("# SEC filings; logarithmic growth a year after a year of growth; large survivors only.")
    print("size_from,size_to,growth_from,growth_to,years,count," + ",".join(f"q{100 * p:02.0f}" for p in QUANTILES))
    spans = [(SIZES[0], SIZES[-1]), *pairwise(SIZES)]
    paces = [(GROWTHS[0], GROWTHS[-1]), *pairwise(GROWTHS)]
    for low, high in spans:
        for slow, fast in paces:
            for years in YEARS:
                inside = table[
                    table["size"].between(low, high, inclusive="left")
                    & table["growth"].between(slow, fast, inclusive="left")
                    & (table["years"] == years)
                ]
                if len(inside) >= FEWEST:
                    found = inside["later"].quantile(list(QUANTILES))
                    numbers = ",".join(f"{value:.4f}" for value in found)
                    print(f"{low:g},{high:g},{slow:g},{fast:g},{years},{len(inside)},{numbers}")
    pooled = np.concatenate(steps)
    numbers = ",".join(f"{value:.4f}" for value in np.quantile(pooled, QUANTILES))
    print(f"0,inf,-inf,inf,0.25,{pooled.size},{numbers}")


def growths(values: np.ndarray) -> list[tuple[float, float, int, float]]:
    """Size, growth of the year before and growth a year over the years after, for each year that has them."""
    return [
        (values[t], values[t] / values[t - 1] - 1, years, float(np.log(values[t + years] / values[t])) / years)
        for t in range(1, values.size)
        for years in YEARS
        if t + years < values.size and min(values[t - 1], values[t], values[t + years]) > 0
    ]


if __name__ == "__main__":
    main()
