"""Profit forecast from its lines against profit forecast by itself, on companies' quarters.

    python benchmarks/whole_model.py --data FOLDER > benchmarks/results/whole_model.md

Direct: the default on the profit. From lines: the default on revenue and on cost (revenue less profit), profit their
difference on each joint path, with errors independent, or shared as the past errors of the two lines are correlated
(shrunk). From the margin: the default on revenue and on profit over revenue, independent, multiplied.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import joblib
import numpy as np
import pandas as pd

from forecast.calibration.common import shrunk_correlation
from forecast.evaluation.scores import score_steps
from forecast.forecasters import Combination

PATHS = 4000
ROUTES = ("direct", "lines, independent", "lines, shared errors", "revenue and margin")


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    path = parser.parse_args().data / "fundamentals.parquet"
    print("# Profit from its lines, or by itself?\n")
    print("Made by `python benchmarks/whole_model.py --data FOLDER > benchmarks/results/whole_model.md`.")
    print(f"Profit by quarter, official windows, {PATHS:,} joint paths.\n")
    every = []
    for src, domain in (("sec", "OperatingIncome"), ("sec", "NetIncome"), ("stockpup", "NetIncome")):
        found = joblib.Parallel(n_jobs=2, batch_size=20)(
            joblib.delayed(measure)(number, *pair) for number, pair in enumerate(read(path, src, domain))
        )
        table = pd.DataFrame([row for rows in found for row in rows])
        table["series"] = f"{src} {domain} " + table["series"].astype(str)
        every.append(table)
        show(f"{domain}, {src}", table)
    table = pd.concat(every)
    show("All", table)
    show("All with a loss in the last year", table[table["loss"]])
    print("Error: mean absolute error of the median in units of the seasonal naive error of the training part; loss:")
    print(
        "twice the pinball loss over the deciles in the same units; against direct: paired bootstrap interval of 95 %."
    )


def show(name: str, some: pd.DataFrame) -> None:
    """One table: a line a route."""
    print(f"## {name}: {some['series'].nunique()} companies\n")
    print("| route | error | loss | against direct | 80 % | 95 % | totals 80 % | totals 95 % |")
    print("|---|---|---|---|---|---|---|---|")
    direct = some[some["route"] == "direct"].set_index("series")["loss_"]
    for route in ROUTES:
        one = some[some["route"] == route].set_index("series")
        low, high = ratio_interval(one["loss_"].to_numpy(), direct.loc[one.index].to_numpy())
        change = one["loss_"].mean() / direct.loc[one.index].mean() - 1
        shares = " | ".join(f"{100 * one[c].mean():.1f}" for c in ("in80", "in95", "total80", "total95"))
        against = "" if route == "direct" else f"{change:+.1%} ({low:+.1%} to {high:+.1%})"
        print(f"| {route} | {one['error'].mean():.3f} | {one['loss_'].mean():.3f} | {against} | {shares} |")
    print()


def read(path: Path, src: str, domain: str) -> list[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Revenue and profit of the training part, and the profit that came, for each company that gives both."""
    frame = pd.read_parquet(path)
    frame = frame.astype(dict.fromkeys(("ticker", "src", "domain", "freq", "split"), str))
    frame = frame[(frame["src"] == src) & (frame["freq"] == "Q")]
    found = []
    for _, one in frame.groupby("ticker"):
        profit = one[one["domain"] == domain].drop_duplicates("ds", keep=False).set_index("ds")
        revenue = one[one["domain"] == "Revenue"].drop_duplicates("ds", keep=False).set_index("ds")["y"]
        train = profit[profit["split"] == "train"].sort_index()
        test = profit[profit["split"] == "test"].sort_index()
        both = revenue.reindex(train.index)
        if train.empty or test.empty or both.isna().any() or train.index.max() > test.index.min():
            continue
        r, p = both.to_numpy(float), train["y"].to_numpy(float)
        if r.size >= 8 and np.all(r > 0) and np.all(r > p):
            found.append((r, p, test["y"].to_numpy(float)))
    return found


def measure(number: int, revenue: np.ndarray, profit: np.ndarray, actual: np.ndarray) -> list[dict[str, object]]:
    """Scores of each route on one company."""
    steps = actual.size
    errors = np.random.default_rng([7, number]).standard_normal((2, steps, PATHS))
    fit = lambda y: Combination().fit(y, horizon=steps, season=4)  # noqa: E731
    own, sales, cost, margin = fit(profit), fit(revenue), fit(revenue - profit), fit(profit / revenue)
    n = min(sales.residuals.size, cost.residuals.size)
    rho = shrunk_correlation(np.array([form.residuals[-n:] for form in (sales, cost)]))[0, 1] if n >= 2 else 0.0
    tied = rho * errors[0] + np.sqrt(1 - rho**2) * errors[1]
    routes = {
        "direct": own.paths(errors[0]),
        "lines, independent": sales.paths(errors[0]) - cost.paths(errors[1]),
        "lines, shared errors": sales.paths(errors[0]) - cost.paths(tied),
        "revenue and margin": sales.paths(errors[0]) * margin.paths(errors[1]),
    }
    lag = 4 if profit.size > 4 else 1
    scale = float(np.mean(np.abs(profit[lag:] - profit[:-lag])))
    rows = []
    for route, paths in routes.items() if scale > 0 else ():
        scores = score_steps(actual, paths)
        total, came = paths[:4].sum(axis=0), actual[:4].sum()
        held = {
            f"total{level}": np.quantile(total, 0.5 - level / 200) <= came <= np.quantile(total, 0.5 + level / 200)
            for level in (80, 95)
        }
        rows.append(
            {
                "series": number,
                "route": route,
                "loss": profit[-4:].sum() < 0,
                "error": np.mean(np.abs(scores["error"])) / scale,
                "loss_": np.mean(scores["loss"]) / scale,
                "in80": np.mean(scores["covered80"]),
                "in95": np.mean(scores["covered95"]),
                **held,
            }
        )
    return rows


def ratio_interval(one: np.ndarray, other: np.ndarray, draws: int = 2000) -> tuple[float, float]:
    """Paired bootstrap interval of 95 % for the ratio of means, less one."""
    picks = np.random.default_rng(3).integers(0, one.size, (draws, one.size))
    ratios = one[picks].mean(axis=1) / other[picks].mean(axis=1) - 1
    return float(np.quantile(ratios, 0.025)), float(np.quantile(ratios, 0.975))


if __name__ == "__main__":
    main()
