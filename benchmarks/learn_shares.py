"""Learn how companies' margins and cost shares moved, by level, and print the table that ships with the library.

    python benchmarks/learn_shares.py --data FOLDER > forecast/forecasters/shares.csv

Fiscal years (SEC, to fiscal 2022) and, for the net margin, trailing years of quarters (stockpup, to 2015), training
parts only.
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
from learn_reference import FEWEST, QUANTILES, YEARS
from scipy.stats import theilslopes

from forecast.forecasters.reference_share import LINES

DOMAINS = dict(zip(LINES, ("GrossProfit", "OperatingIncome", "NetIncome", "RnD", "SGA"), strict=True))
EDGES = {
    "gross margin": (0.3, 0.45, 0.6),
    "operating margin": (0.0, 0.05, 0.1, 0.2),
    "net margin": (-0.1, 0.0, 0.05, 0.1, 0.2),
    "R&D to revenue": (0.03, 0.08, 0.15),
    "selling and administration to revenue": (0.1, 0.2, 0.35),
}


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    folder = parser.parse_args().data
    annual = read(folder / "fundamentals_annual.parquet", "Y")
    quarters = read(folder / "fundamentals.parquet", "Q")
    quarters = quarters[quarters["src"] == "stockpup"]
    found = {line: shares(annual, domain) for line, domain in DOMAINS.items()}
    found["net margin"] += [one[::-4][::-1] for one in shares(quarters, "NetIncome", over=4)]
    table = {line: moves(some) for line, some in found.items()}
    count = sum(map(len, table.values()))
    print(f"# Made by benchmarks/learn_shares.py from {count} stretches of US companies, 1993-2022.")
    print("# SEC filings; a share of revenue years later, by where it stood: typical + slope * (now - typical) + rest.")
    print("line,from,to,years,count,typical,slope," + ",".join(f"q{100 * p:02.0f}" for p in QUANTILES))
    for line, some in table.items():
        for row in rows(line, some):
            print(row)


def read(path: Path, freq: str) -> pd.DataFrame:
    """The training part of one frequency, with text columns."""
    frame = pd.read_parquet(path)
    frame = frame.astype(dict.fromkeys(("unique_id", "ticker", "src", "domain", "freq", "split"), str))
    return frame[(frame["split"] == "train") & (frame["freq"] == freq)]


def shares(frame: pd.DataFrame, domain: str, over: int = 1) -> list[pd.Series]:
    """One series a company: the figures over the revenue of the same dates, both summed ``over`` periods.

    With ``over`` 4 the ratio is that of trailing years; sums with a quarter missing are left out, as are dates that
    stand twice, revenue of nothing, and gross or operating profit above revenue, which is revenue read in part.
    """
    keys = ["src", "ticker"]
    frame = frame.drop_duplicates([*keys, "ds", "domain"], keep=False)
    money = frame[frame["domain"] == domain].set_index([*keys, "ds"])["y"]
    revenue = frame[frame["domain"] == "Revenue"].set_index([*keys, "ds"])["y"]
    both = pd.concat({"money": money, "revenue": revenue}, axis=1, join="inner").sort_index()
    found = []
    for _, one in both.groupby(level=keys):
        sums = one.droplevel(keys).rolling(over).sum()
        dates = pd.Series(sums.index, sums.index)
        whole = (dates - dates.shift(over - 1)).dt.days < 92 * (over - 1) + 15
        sums = sums[whole & (sums["revenue"] > 0)]
        share = sums["money"] / sums["revenue"]
        found.append(share[share <= 1] if domain in ("GrossProfit", "OperatingIncome") else share)
    return found


def moves(some: list[pd.Series]) -> pd.DataFrame:
    """Level now, years ahead and level then, for each pair of dates of a company that are whole years apart."""
    pairs: dict[str, list[float]] = defaultdict(list)
    for one in some:
        dates, values = pd.DatetimeIndex(one.index), one.to_numpy(float)
        for i, start in enumerate(dates):
            for j in range(i + 1, len(dates)):
                years = (dates[j] - start).days / 365.25
                if round(years) in YEARS and abs(years - round(years)) < 0.06:
                    for word, number in (("now", values[i]), ("years", round(years)), ("then", values[j])):
                        pairs[word].append(number)
    return pd.DataFrame(pairs, columns=["now", "years", "then"])


def rows(line: str, table: pd.DataFrame) -> list[str]:
    """The lines of the table of one share: all levels, then each that has ``FEWEST`` stretches over every span."""
    found = []
    edges = (-np.inf, *EDGES[line], np.inf)
    for low, high in [(-np.inf, np.inf), *pairwise(edges)]:
        inside = table[table["now"].between(low, high, inclusive="left")]
        if min((inside["years"] == years).sum() for years in YEARS) < FEWEST:
            continue
        for years in YEARS:
            some = inside[inside["years"] == years]
            typical, slope = some["now"].median(), reversion(some)
            rest = (some["then"] - typical - slope * (some["now"] - typical)).quantile(list(QUANTILES))
            numbers = ",".join(f"{value:.4f}" for value in rest)
            found.append(f"{line},{low:g},{high:g},{years},{len(some)},{typical:.4f},{slope:.3f},{numbers}")
    return found


def reversion(table: pd.DataFrame) -> float:
    """Theil and Sen's slope of then on now (median over all pairs), kept within 0 and 1."""
    return float(np.clip(theilslopes(table["then"], table["now"]).slope, 0.0, 1.0))


if __name__ == "__main__":
    main()
