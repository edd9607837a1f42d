"""Runs the simulation study of reconciliation and prints its results as Markdown."""

from __future__ import annotations

import argparse
import math
import os
import platform
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from interpolating import interpolated
from invented_company import BOOKS, FIRST, LINES, PROCESSES, SEGMENTS, STOCK, true_values
from publishing import Published, Truth, publish

import forecast as fc
from forecast.financials import Fact, Financials, History
from forecast.timeline import Quarter

COMMAND = "python benchmarks/reconcile_study.py > benchmarks/results/reconcile_study.md"
REPLICATIONS = 10
WITHIN = 1.645
"""Standard errors on either side that hold 90 % of a normal distribution."""

TELLING = 4.0
"""Standard errors at which a figure is beyond doubt another than the good facts imply."""


@dataclass(frozen=True)
class Replication:
    """One company: a table of its cells, one of its wrong facts, one of its good facts, and the seconds taken."""

    cells: pd.DataFrame
    plants: pd.DataFrame
    goods: pd.DataFrame
    seconds: float


def replicate(process: str, number: int) -> Replication:
    """One company of this kind, published, reconciled and compared with the truth."""
    chance = np.random.default_rng([list(PROCESSES).index(process), number])
    truth = true_values(PROCESSES[process], chance)
    published = publish(truth, chance)
    good = [fact for fact in published.facts if fact not in published.wrong]
    start = time.process_time()
    history = Financials(published.facts).reconcile(BOOKS)
    seconds = time.process_time() - start
    without = Financials(tuple(good)).reconcile(BOOKS)
    cells = cells_of(truth, history, good)
    same = cells_of(truth, history, list(published.facts)).opponent
    clean = cells_of(truth, without, good).set_index(["line", "quarter"]).error
    keys = pd.MultiIndex.from_frame(cells[["line", "quarter"]])
    cells = cells.assign(opponent_same=same.to_numpy(), error_clean=clean.reindex(keys).to_numpy())
    tables = (cells, plants_of(history, without, published, good), goods_of(history, good))
    return Replication(*(table.assign(process=process, number=number) for table in tables), seconds)


def cells_of(truth: Truth, history: History, good: list[Fact]) -> pd.DataFrame:
    """One row a line and quarter: its mark, our error, its standard error and the opponent's error.

    Errors are relative to the line's mean true level; ``printed`` says whether a good fact gives that figure.
    """
    rows = []
    for name in LINES:
        size = float(np.abs(truth[name]).mean())
        opponent, given = interpolated(good, name)
        printed = {
            fact.covers().quarters[0] - FIRST
            for fact in good
            if fact.line == name and fact.measure.relation == "value" and len(fact.covers().quarters) == 1
        }
        entry = history.entry(name)
        for place, quarter in enumerate(history.quarters):
            number = quarter - FIRST
            error, other = entry.values[place] - truth[name][number], opponent[number] - truth[name][number]
            rows.append(
                (
                    name,
                    number,
                    entry.marks[place],
                    number in printed,
                    bool(given[number]),
                    error / size,
                    entry.errors[place] / size,
                    other / size,
                )
            )
    names = ["line", "quarter", "mark", "printed", "given", "error", "standard_error", "opponent"]
    return pd.DataFrame(rows, columns=names)


def plants_of(history: History, without: History, published: Published, good: list[Fact]) -> pd.DataFrame:
    """One row a mislabelled fact: its kind, whether it is named, and how far from the good facts it is."""
    named = {one.fact for one in history.contradictions}
    aside = {one.fact for one in history.set_aside}
    rows = []
    for plant in published.plants:
        cells = cells_in(plant.fact)
        company = any(
            cells & cells_in(fact)
            for fact in good
            if fact.line == plant.fact.line and _figure(fact) != _figure(plant.true)
        )
        same = (plant.fact.basis, plant.fact.unit) == (plant.true.basis, plant.true.unit)
        slight = same and abs(plant.fact.value - plant.true.value) < TELLING * standard_error(plant.fact)
        telling = distance(without, plant.fact) > TELLING
        rows.append((plant.kind, plant.fact.line, plant.fact in named, plant.fact in aside, company, slight, telling))
    columns = ["kind", "line", "named", "aside", "company", "slight", "telling"]
    return pd.DataFrame(rows, columns=columns).astype(dict.fromkeys(columns[2:], bool))


def standard_error(fact: Fact) -> float:
    """The standard error of a figure printed with confidence, in its unit: that of its rounding."""
    return fact.rounding / math.sqrt(3.0)


def _figure(fact: Fact) -> tuple[str, str, str, str, float]:
    return (fact.line, fact.period, fact.basis, fact.unit, fact.value)


def cells_in(fact: Fact) -> set[Quarter]:
    """The quarters of its own line on which a fact bears."""
    quarters = fact.covers().quarters
    yearly = fact.measure.relation in ("growth", "points", "change")
    return {*quarters, *(quarter + -4 for quarter in quarters if yearly)}


def distance(history: History, fact: Fact) -> float:
    """How many standard errors of both together a fact is from a history; lines are taken as independent."""

    def parts(line: str, lag: int) -> tuple[float, np.ndarray]:
        row = np.zeros(len(history.quarters))
        for quarter in fact.covers().quarters:
            if quarter + -lag < history.quarters[0] or quarter > history.last:
                return math.nan, row
            row[(quarter + -lag) - history.quarters[0]] = 1.0
        return float(row @ np.nan_to_num(history.values(line))), row

    unit = fact.measure
    base = fact.base
    now, row = parts(fact.line, 0)
    error = standard_error(fact) * unit.factor
    if unit.relation == "value":
        return _away(fact.value * unit.factor - now, error, [(history, fact.line, row)])
    if unit.relation == "share" and base is not None:
        below, under = parts(base, 0)
        share = now / below
        pulls = [(history, fact.line, row / below), (history, base, -share / below * under)]
        return _away(fact.value * unit.factor - share, error, pulls)
    ago, before = parts(fact.line, 4)
    if unit.relation == "growth":
        pulls = [(history, fact.line, row / ago - now / ago**2 * before)]
        return _away(fact.value * unit.factor - (now / ago - 1), error, pulls)
    assert base is not None
    (b1, r1), (b0, r0) = parts(base, 0), parts(base, 4)
    pulls = [
        (history, fact.line, row / b1 - before / b0),
        (history, base, -now / b1**2 * r1 + ago / b0**2 * r0),
    ]
    return _away(fact.value * unit.factor - (now / b1 - ago / b0), error, pulls)


def _away(difference: float, error: float, pulls: Iterable[tuple[History, str, np.ndarray]]) -> float:
    variance = error**2
    for history, line, row in pulls:
        variance += float(row @ np.nan_to_num(history.covariance(line)) @ row)
    return abs(difference) / math.sqrt(variance) if math.isfinite(difference) else 0.0


def goods_of(history: History, good: list[Fact]) -> pd.DataFrame:
    """One row a good fact: whether it is accused, and for amounts by how many half-widths the sum misses it."""
    named = {one.fact for one in history.contradictions}
    rows = []
    for fact in good:
        missed = math.nan
        if fact.measure.relation == "value":
            places = [quarter - history.quarters[0] for quarter in fact.covers().quarters]
            total = float(history.values(fact.line)[places].sum())
            missed = abs(total - fact.value * fact.measure.factor) / (fact.rounding * fact.measure.factor)
        rows.append((fact.line, fact.measure.relation, fact in named, missed))
    return pd.DataFrame(rows, columns=["line", "relation", "accused", "missed"])


def sort_of(line: str) -> str:
    """Which kind of line it is."""
    if line in SEGMENTS:
        return "segments"
    return "stock" if line == STOCK else "totals, costs and profits"


def covered(cells: pd.DataFrame) -> str:
    """The part of the true values inside the 90 % intervals, and how many there are."""
    inside = cells.error.abs() <= WITHIN * cells.standard_error
    return f"{100 * inside.mean():.1f} % of {len(inside):,}" if len(inside) else "-"


def rmse(errors: pd.Series[float]) -> float:
    """The root of the mean square, in percent of a line's mean level."""
    return float(100 * np.sqrt((errors**2).mean()))


def versus(cells: pd.DataFrame) -> str:
    """Our error, the opponent's, and by how much ours is smaller."""
    if not len(cells):
        return "-"
    return _against(cells.error, cells.opponent)


def _against(error: pd.Series[float], opponent: pd.Series[float]) -> str:
    """Two errors, and by how much the first is smaller."""
    both = error.notna() & opponent.notna()
    ours, theirs = rmse(error[both]), rmse(opponent[both])
    return f"{ours:.2f} against {theirs:.2f}: {100 * (1 - ours / theirs):+.0f} %"


def part(flags: pd.Series[bool]) -> str:
    """How many of how many."""
    return f"{100 * flags.mean():.1f} % ({int(flags.sum()):,} of {len(flags):,})" if len(flags) else "-"


def table(head: str, rows: Iterable[tuple[str, Callable[[pd.DataFrame], str]]], data: pd.DataFrame) -> str:
    """Markdown: one row a measure, one column a process and one for all of them."""
    kinds = list(PROCESSES)
    lines = [f"| {head} | {' | '.join(kinds)} | all |", "|---" * (len(kinds) + 2) + "|"]
    for label, measure in rows:
        entries = [measure(data[data.process == kind]) for kind in kinds] + [measure(data)]
        lines.append(f"| {label} | {' | '.join(entries)} |")
    return "\n".join(lines)


def report(runs: list[Replication]) -> str:
    """All tables."""
    cells = pd.concat([run.cells for run in runs], ignore_index=True)
    plants = pd.concat([run.plants for run in runs], ignore_index=True)
    goods = pd.concat([run.goods for run in runs], ignore_index=True)
    cells = cells.assign(sort=cells.line.map(sort_of))
    hidden = cells[~cells.printed & (cells["mark"] != "missing")]
    estimated = hidden[hidden["mark"] == "estimated"]
    coverage: list[tuple[str, Callable[[pd.DataFrame], str]]] = [("**not printed**", covered)]
    for mark in ("derived", "estimated", "reported"):
        coverage.append(
            (
                mark + (" by a wrong fact only" if mark == "reported" else ""),
                lambda d, m=mark: covered(d[d["mark"] == m]),
            )
        )
        if mark != "reported":
            for sort in ("segments", "totals, costs and profits", "stock"):
                coverage += [
                    (f"{mark}, {sort}", lambda d, m=mark, s=sort: covered(d[(d["mark"] == m) & (d.sort == s)]))
                ]
    named: list[tuple[str, Callable[[pd.DataFrame], str]]] = [
        ("**all**", lambda d: part(d.named)),
        ("**telling**: over 4 s.e. from what the good facts alone imply", lambda d: part(d[d.telling].named)),
        ("not telling", lambda d: part(d[~d.telling].named)),
        ("another fact bears on the same quarters of the line", lambda d: part(d[d.company].named)),
        ("no other fact does", lambda d: part(d[~d.company].named)),
        ("the change is within 4 s.e. of its rounding", lambda d: part(d[d.slight].named)),
        ("set aside as unreadable", lambda d: part(d.aside)),
        *((f"kind: {kind}", lambda d, k=kind: part(d[d.kind == k].named)) for kind in sorted(plants.kind.unique())),
    ]
    accused: list[tuple[str, Callable[[pd.DataFrame], str]]] = [
        ("**good facts accused**", lambda d: part(d.accused)),
        *(
            (f"of relation {name}", lambda d, r=name: part(d[d.relation == r].accused))
            for name in sorted(goods.relation.unique())
        ),
        (
            "amounts that the sum of the history meets within half a printed digit",
            lambda d: part(d[d.missed.notna()].missed <= 1),
        ),
        ("within one printed digit", lambda d: part(d[d.missed.notna()].missed <= 2)),
    ]
    errors: list[tuple[str, Callable[[pd.DataFrame], str]]] = [
        ("**estimated, from the same facts**, the wrong ones included", lambda d: _against(d.error, d.opponent_same)),
        ("estimated, the opponent spared the wrong facts", versus),
        ("estimated, both spared the wrong facts", lambda d: _against(d.error_clean, d.opponent)),
        *(
            (f"estimated, {sort}", lambda d, s=sort: versus(d[d.sort == s]))
            for sort in ("segments", "totals, costs and profits", "stock")
        ),
        *((f"estimated, {name}", lambda d, n=name: versus(d[d.line == n])) for name in LINES),
    ]
    loose = hidden[~hidden.given]
    seconds = np.array([run.seconds for run in runs])
    return "\n\n".join(
        [
            table("true values inside the 90 % intervals", coverage, hidden),
            table("mislabelled facts that are named", named, plants),
            table("good facts", accused, goods),
            table("error, % of the line's level, against interpolation", errors, estimated),
            table("the same where the line's own figures do not give the quarter", [("not printed", versus)], loose),
            f"Seconds of processor time a reconciliation: median {np.median(seconds):.2f}, most {seconds.max():.2f}.",
        ]
    )


def main() -> None:
    """Print the report; progress goes to the other stream."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--replications", type=int, default=REPLICATIONS, help="companies of each kind")
    count = parser.parse_args().replications
    runs: list[Replication] = []
    for process in PROCESSES:
        runs += [replicate(process, number) for number in range(count)]
        print(process, file=sys.stderr)
    versions = f"Python {platform.python_version()}, NumPy {np.__version__}, pandas {pd.__version__}"
    machine = f"{os.cpu_count()} cores of a shared {platform.machine()} {platform.system()} machine, {versions}"
    facts = np.mean([len(run.goods) + len(run.plants) for run in runs])
    print(f"# Reconciliation: what it finds again\n\nMade by `{COMMAND}`, version {fc.__version__}, on {machine}.\n")
    print(f"{count} companies of each kind, 12 lines by 40 quarters, {facts:.0f} facts each.\n")
    print(report(runs))


if __name__ == "__main__":
    main()
