"""Related lines: quarters that follow another line's, where only halves or years of the own line are printed."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from forecast.errors import Problems, ReconcileError, did_you_mean
from forecast.financials.benchmarking import prior_rows, regress
from forecast.financials.fitting import Balance, Fit
from forecast.financials.observations import Observation
from forecast.financials.prior import prior_steps
from forecast.financials.system import Row, sparse_rows
from forecast.timeline import Quarter

if TYPE_CHECKING:
    from scipy.sparse import csc_array

METHODS = ("chow_lin", "fernandez", "litterman")
FEWEST = 4
"""Printed figures that a regression on a related line needs at least: two coefficients, and two to judge them."""

SMALLEST = 1e-3
"""Smallest spread of the disturbance, relative to the line's typical level: no relation is believed to be exact."""

RHO_BOUNDS = (0.0, 0.999)


@dataclass(frozen=True, slots=True)
class Related:
    """The quarters of a line follow those of the line ``to``: ``x = constant + beta * z + u``.

    u follows the method: ``chow_lin`` an AR(1) whose rho is found by maximum likelihood, ``fernandez`` a random
    walk, ``litterman`` a random walk with autocorrelated steps.
    """

    to: str
    method: str = "chow_lin"


@dataclass(frozen=True, slots=True)
class Relation:
    """A fitted ``Related``: coefficients in the lines' own units, sigma the innovation of a quarter in the line's."""

    line: str
    to: str
    method: str
    constant: float
    beta: float
    beta_error: float
    rho: float
    sigma: float
    figures: int

    def __str__(self) -> str:
        return (
            f"'{self.line}' follows '{self.to}' ({self.method}, {self.figures} printed figures): "
            f"{self.constant:.4g} + {self.beta:.4g} (+- {self.beta_error:.2g}) * {self.to}, rho {self.rho:.2f}, "
            f"innovation of a quarter {self.sigma:.3g}"
        )


def stated(related: Mapping[str, str | Related], known: Sequence[str]) -> dict[str, Related]:
    """The user's statements as ``Related``; unknown lines and methods are refused, all at once."""
    problems = Problems()
    found: dict[str, Related] = {}
    for line, entry in related.items():
        one = entry if isinstance(entry, Related) else Related(str(entry))
        for name in (line, one.to):
            if name not in known:
                problems.add(f"'{name}' is not a line of the facts. {did_you_mean(name, known)}")
        if one.to == line:
            problems.add(f"'{line}' cannot be related to itself.")
        if one.to in related:
            problems.add(f"'{line}' follows '{one.to}', which follows another line itself. Name the first of them.")
        if one.method not in METHODS:
            problems.add(f"the method {one.method!r} of '{line}' is not known. {did_you_mean(one.method, METHODS)}")
        found[line] = one
    problems.raise_if_any(ReconcileError, "lines that follow others")
    return found


def relate(
    balance: Balance, fit: Fit, observations: Sequence[Observation], related: Mapping[str, Related]
) -> dict[str, Relation]:
    """Estimate every relation from the line's printed figures and the related line's reconciled quarters.

    Generalised least squares of the disjoint printed figures (the shortest first) on the sums of z over the same
    quarters, with the covariance that the method gives those sums: Chow and Lin (1971). z comes from a first
    reconciliation, and its own error is not counted in beta's.
    """
    problems = Problems()
    found: dict[str, Relation] = {}
    for line, one in related.items():
        quarters = [
            quarter for name, quarter in balance.layout.cells if name == line and (one.to, quarter) in balance.place
        ]
        figures = _disjoint(line, quarters, observations)
        if len(figures) < FEWEST:
            problems.add(
                f"'{line}' has {len(figures)} printed figures in quarters that '{one.to}' covers; following another "
                f"line needs {FEWEST}. Leave it out of related."
            )
            continue
        found[line] = _relation(balance, fit, line, one, quarters, figures)
    problems.raise_if_any(ReconcileError, "lines that follow others")
    return found


def _disjoint(line: str, quarters: Sequence[Quarter], observations: Sequence[Observation]) -> list[Observation]:
    """The printed figures of a line within these quarters, the shortest periods first, none overlapping another."""
    inside, taken = set(quarters), set[Quarter]()
    found: list[Observation] = []
    for one in sorted(observations, key=lambda one: (len(one.now), one.now)):
        span = {quarter for quarter, _ in one.now}
        if one.line == line and one.relation == "value" and one.facts and span <= inside and not span & taken:
            taken |= span
            found.append(one)
    return sorted(found, key=lambda one: one.now)


def _relation(
    balance: Balance, fit: Fit, line: str, one: Related, quarters: Sequence[Quarter], figures: Sequence[Observation]
) -> Relation:
    """One regression."""
    first = quarters[0]
    aggregates = np.zeros((len(figures), quarters[-1] - first + 1))
    for number, figure in enumerate(figures):
        for quarter, weight in figure.now:
            aggregates[number, quarter - first] = weight
    held = np.array([fit.values[balance.place[one.to, quarter]] for quarter in quarters])
    # A gap in the related line is bridged; no figure lies in one.
    places = np.array([quarter - first for quarter in quarters])
    z = np.interp(np.arange(aggregates.shape[1]), places, held)
    result = regress(
        np.array([figure.value for figure in figures]),
        aggregates,
        np.column_stack((np.ones(z.size), z)),
        method=one.method,
        rho=None,
        estimation="max_likelihood",
        bounds=RHO_BOUNDS,
    )
    constant, beta = map(float, result.coefficients)
    error, rho = float(result.coefficient_errors[1]), 0.0 if one.method == "fernandez" else float(result.rho)
    return Relation(line, one.to, one.method, constant, beta, error, rho, float(result.sigma), len(figures))


def with_relations(balance: Balance, fit: Fit, relations: Mapping[str, Relation]) -> Balance:
    """The balance whose prior lets these lines follow their related ones; the others keep their random walk.

    With u[t] = x[t] - constant - beta z[t] and H from ``prior_rows``, the prior is ``H u ~ N(0, s**2)``, in cells
    of both lines: x is drawn to z's course, and z to x's. ``s**2 = sigma**2 + (error of beta)**2 * mean((H z)**2)``,
    so that the uncertain coefficient widens the quarters as much, on average, as it should.
    """
    layout = balance.layout
    own = [name for name in layout.levels if name not in relations]
    rows = prior_steps(layout, own)
    targets = [0.0] * len(rows)
    runs: list[list[int]] = []
    for number, (name, quarter) in enumerate(layout.cells):
        relation = relations.get(name)
        if relation is None:
            continue
        before = layout.cells[number - 1] if number else None
        adjoining = before is not None and before[0] == name and quarter - before[1] == 1
        follows = (relation.to, quarter) in balance.place
        if follows and runs and adjoining and runs[-1][-1] == number - 1:
            runs[-1].append(number)
            continue
        if follows:
            runs.append([number])
        if before is not None and before[0] == name:
            # outside the related line's span, and from one stretch to the next, it walks as others do
            weight = 1.0 / (layout.changes[name] * math.sqrt(quarter - before[1]))
            rows.append([(number - 1, -weight), (number, weight)])
            targets.append(0.0)
    for run in runs:
        relation = relations[layout.cells[run[0]][0]]
        z = np.array([fit.values[balance.place[relation.to, layout.cells[number][1]]] for number in run])
        lines = prior_rows(len(run), relation.method, relation.rho)
        filtered = [sum(weight * z[index] for index, weight in row) for row in lines[1:]]
        moves = float(np.sqrt(np.mean(np.square(filtered)))) if filtered else 0.0
        _add_run(balance, relation, moves, run, rows, targets)
    matrix: csc_array = sparse_rows(rows, len(layout.cells))
    precision = (matrix.T @ matrix).tocsc()
    return replace(balance, precision=precision, pull=matrix.T @ np.array(targets))


def _add_run(
    balance: Balance, relation: Relation, moves: float, run: Sequence[int], rows: list[Row], targets: list[float]
) -> None:
    """The prior rows of one stretch of quarters in which both lines have cells, in scaled unknowns."""
    cells = balance.layout.cells
    spread = max(math.hypot(relation.sigma, relation.beta_error * moves), SMALLEST * float(balance.scale[run[0]]))
    partners = [balance.place[relation.to, cells[number][1]] for number in run]
    lines = prior_rows(len(run), relation.method, relation.rho)
    for place, row in enumerate(lines):
        if place == 0 and relation.method != "chow_lin":
            continue  # a walk starts anywhere
        entries: list[tuple[int, float]] = []
        for index, weight in row:
            entries.append((run[index], weight * float(balance.scale[run[index]]) / spread))
            entries.append((partners[index], -relation.beta * weight * float(balance.scale[partners[index]]) / spread))
        rows.append(entries)
        targets.append(relation.constant * sum(weight for _, weight in row) / spread)
