"""A large balance against one dense solution by hand: prints the table of results/large_balance.md.

40 lines by 60 quarters with about 3,000 facts, made from random walks: year-to-date figures, quarters, shares of the
total and growth rates, as companies print them. The opponent states the least squares of the same observations and
identities in dense NumPy and inverts them once, for the values and their covariance; ``reconcile`` solves them a dozen
times (screening, habits, two priors) and gives every line's covariance.
"""

from __future__ import annotations

import datetime as dt
import time
from statistics import median
from types import SimpleNamespace

import numpy as np

from forecast.financials import Fact, Financials
from forecast.financials.prior import WEAKER
from forecast.financials.trail import Trail
from forecast.lines import Identity, Line

RUNS = 5
LINES, QUARTERS = 40, 60


def company(seed: int) -> tuple[Financials, SimpleNamespace]:
    """Facts of a made company, and the accounts that they belong to."""
    random = np.random.default_rng(seed)
    names = [f"line_{number}" for number in range(LINES - 1)]
    truth = {name: 500 + np.cumsum(random.normal(0, 10, QUARTERS)) for name in names}
    truth["total"] = sum(truth.values())
    facts = []
    for name, values in truth.items():
        for q in range(QUARTERS):
            year, k = 2005 + q // 4, q % 4 + 1
            published, period = dt.date(year + 1, 12, 31), f"{year}Q{k}"

            def add(basis, value, unit, currency, confidence, rounding, *, period=period, day=published, line=name):
                facts.append(Fact(period, basis, line, "", value, unit, currency, day, "S1", confidence, rounding))

            if random.random() < 0.7:
                add("ytd", round(values[q - k + 1 : q + 1].sum(), 1), "million", "CNY", "high", 0.05)
            if random.random() < 0.35:
                add("quarter", round(values[q], 1), "million", "CNY", "medium", 0.05)
            if random.random() < 0.1 and name != "total":
                share = round(100 * values[q] / truth["total"][q], 2)
                add("quarter", share, "percent_of:total", "", "medium", 0.005)
            if random.random() < 0.1 and q > 3:
                add("quarter", round(100 * (values[q] / values[q - 4] - 1), 2), "percent_growth", "", "medium", 0.005)
    identity = Identity("total", tuple((name, 0, 1.0) for name in names))
    accounts = SimpleNamespace(lines={name: Line(name, currency="CNY") for name in truth}, identities=(identity,))
    return Financials(tuple(facts)), accounts


def by_hand(trail: Trail) -> tuple[np.ndarray, np.ndarray]:
    """Values and covariance of the same equations: one dense inverse of the normal equations with their identities."""
    balance = trail.balance
    matrix, identities = trail.matrix.toarray(), balance.constraints.toarray()
    size, count = balance.scale.size, balance.constants.size
    whole = np.zeros((size + count, size + count))
    whole[:size, :size] = (matrix.T / trail.variance) @ matrix + balance.precision.toarray() / WEAKER
    whole[size:, :size], whole[:size, size:] = identities, identities.T
    inverse = np.linalg.inv(whole)
    solution = inverse @ np.concatenate([matrix.T @ (trail.target / trail.variance), balance.constants])
    return solution[:size], inverse[:size, :size]


def main() -> None:
    financials, accounts = company(0)
    history = financials.reconcile(accounts)
    values, _ = by_hand(history.trail)
    away = np.abs(values - history.trail.values / history.trail.balance.scale).max()
    ours, theirs = [], []
    for _ in range(RUNS):
        start = time.perf_counter()
        financials.reconcile(accounts)
        middle = time.perf_counter()
        by_hand(history.trail)
        ours.append(middle - start)
        theirs.append(time.perf_counter() - middle)
    ratios = [one / other for one, other in zip(ours, theirs, strict=True)]
    print("# A large balance\n")
    print("`python benchmarks/large_balance.py`\n")
    print(f"{LINES} lines by {QUARTERS} quarters, {len(financials.facts):,} facts; {RUNS} runs by turns.\n")
    print("| | fastest | median |\n|---|---|---|")
    print(f"| `reconcile`, everything | {min(ours):.2f} s | {median(ours):.2f} s |")
    print(f"| by hand: one dense solution with covariance | {min(theirs):.2f} s | {median(theirs):.2f} s |")
    print(f"| ratio | {min(ratios):.2f} | {median(ratios):.2f} |\n")
    print(f"The values of the two differ by at most {away:.0e} of a line's typical level.")


if __name__ == "__main__":
    main()
