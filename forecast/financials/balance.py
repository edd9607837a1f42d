"""Balancing: all facts at once, by weighted least squares, into one consistent quarterly history."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numpy.typing import NDArray

from forecast.blas import one_thread
from forecast.errors import Problems, ReconcileError, expect
from forecast.financials.accounts import Accounts
from forecast.financials.cells import lay_out
from forecast.financials.contradictions import contradictions
from forecast.financials.currency import currency_problems
from forecast.financials.facts import Financials, SetAside
from forecast.financials.fitting import LEARNED, UNHEARD, Balance, Fit, balance_of
from forecast.financials.habits import learn, with_habits
from forecast.financials.history import History, LineHistory
from forecast.financials.observations import Observation, observe
from forecast.financials.prior import WEAKER
from forecast.financials.related import Related, Relation, relate, stated, with_relations
from forecast.financials.system import Array
from forecast.financials.trail import Trail
from forecast.limits import how_to_raise, limits
from forecast.lines import Line
from forecast.timeline import Quarter

DERIVED_RATIO = 2.0
"""A cell is derived when its variance grows by less than this factor under the weakened prior ..."""

DERIVED_ERROR = 0.1
"""... and its standard error is below this part of its own value or of the line's typical level."""

UNDECIDED = 1e3
"""A standard error beyond this many typical levels means that nothing decides the cell: it is missing."""

INCONSISTENT = 1e-9
"""An identity that stays violated by more than this part of its terms cannot hold."""

NEGLIGIBLE = 1e-3
"""An estimate below zero by less than this part of its line's typical level counts as zero."""

OPEN = 0.25
"""The facts leave a negative cell open when its standard error exceeds this part of its distance from zero."""

BOUND = 1e-4
"""Standard error of a bound at zero, relative to its line's typical level."""

SURE = 2.0
"""A figure is positive beyond doubt when it exceeds this many of its standard errors."""


def reconcile(
    financials: Financials,
    accounts: Accounts | None = None,
    *,
    related: Mapping[str, str | Related] | None = None,
) -> History:
    """The quarterly history that fits all facts best, with identities exact and errors stated.

    Unknowns x are the cells (line, quarter). With facts ``a_i x = b_i`` of standard error ``s_i``,
    identities ``C x = d`` and the random-walk prior of precision Q::

        minimise  sum_i w_i ((b_i - a_i x) / s_i)**2 + x' Q x    subject to  C x = d

    This is the balancing of Stone, Champernowne & Meade (1942), "The precision of national income
    estimates", over time, with the disaggregation of Denton (1971) and Fernandez (1981) for what no fact
    decides. Ratios and growth rates enter at the levels of the solution (a few passes); the robust
    weights w_i are one unless facts contradict each other. Values are those for Q / WEAKER, so that the
    prior yields to every fact; standard errors are those of the posterior with Q itself.

    With ``accounts`` only its lines are used, and its identities hold wherever their cells exist; without,
    every line with its kind inferred (a point fact makes a stock, an exchange rate a rate, else a flow).

    ``related`` names, for lines of which only halves or years are printed, a line whose quarters theirs follow
    (``{"administration": "revenue"}``, or a ``Related`` with another method than Chow-Lin): see ``related``.

    Marks: ``reported`` when a fact gives that very figure; ``derived`` when facts and identities decide
    it without the prior; ``estimated`` else; ``missing`` outside the span of a line's facts.
    """
    if accounts is not None:
        expect(accounts, Accounts, ReconcileError, "the model", "read it with read_model(path) or build it: Model(...)")
        _check_unit(accounts)
        _check_currencies(accounts)
    with one_thread():
        return _reconciled(financials, accounts, related)


def _reconciled(
    financials: Financials, accounts: Accounts | None, related: Mapping[str, str | Related] | None
) -> History:
    """The history of accounts that have been checked."""
    lines, observations, aside, mappings = observe(financials, accounts)
    _check_span(observations)
    identities = () if accounts is None else tuple(accounts.identities)
    doubtful: list[SetAside] = [SetAside(financials.facts[0], "")] if observations else []
    while doubtful:
        layout, observations, loose = lay_out(lines, observations, identities, mappings)
        aside = aside + loose
        if layout is None:
            break
        balance = balance_of(layout)
        losses = _with_losses(observations)
        clear = [one for one in observations if not _needs_sign(one, losses)]
        first = balance.fit(clear, balance.scale, screenings=1)
        doubtful, observations = _doubtful(balance, first, observations, losses)
        aside = aside + doubtful
    if not observations or layout is None:
        raise ReconcileError(_nothing_left(financials, lines), [str(one) for one in aside])
    habits = {name: one for name, one in learn(balance, first, clear).items() if name not in (related or {})}
    balance, doubt = (with_habits(balance, habits), LEARNED) if habits else (balance, WEAKER)
    fit = balance.fit(observations, first.values, doubt=doubt)
    relations: dict[str, Relation] = {}
    if related:
        relations = relate(balance, fit, observations, stated(related, list(balance.layout.levels)))
        balance = with_relations(balance, fit, relations)
        fit = balance.fit(observations, fit.values, doubt=doubt)
    _check_identities(balance, fit)
    values = _held_positive(balance, fit, observations)
    trail = Trail(balance, tuple(observations), fit.matrix, fit.target, fit.variance, fit.values)
    entries = _line_histories(trail, fit, values, lines)
    return History(
        balance.layout.quarters,
        entries,
        as_of=financials.hidden_after,
        fiscal_year_end=financials.fiscal_year_end,
        contradictions=contradictions(balance, fit, observations, lines, financials.facts),
        set_aside=tuple(aside),
        relations=tuple(relations.values()),
        trail=trail,
        sources=financials.sources,
    )


def _check_span(observations: Sequence[Observation]) -> None:
    """Refuse facts that reach over more quarters than any company has existed for: a year is mistyped."""
    touched = [(quarter, one) for one in observations if one.facts for _, quarter in one.cells]
    if not touched:
        return
    (first, early), (last, late) = (end(touched, key=lambda found: found[0]) for end in (min, max))
    span, most = last - first + 1, limits()
    lines = len({name for one in observations for name, _ in one.cells})
    for seen, limit, what in (
        (span, "quarters", f"{span:,} quarters"),
        (span * lines, "history_cells", f"{span:,} quarters of {lines:,} lines"),
    ):
        if seen > getattr(most, limit):
            raise ReconcileError(
                f"the facts reach from {first} ({early.facts[0]}) to {last} ({late.facts[0]}): {what}, and at most "
                f"{getattr(most, limit):,} {'quarters' if limit == 'quarters' else 'together'} are reconciled. "
                f"Correct the years. {how_to_raise(limit, seen)}"
            )


def _check_currencies(accounts: Accounts) -> None:
    """Refuse identities that add amounts of two currencies."""
    problems = Problems()
    for problem in currency_problems(accounts.lines, accounts.identities):
        problems.add(problem)
    problems.raise_if_any(ReconcileError, "the model adds two currencies")


def _check_unit(accounts: Accounts) -> None:
    """Facts are read in millions; a model that counts in something else would be off by the factor."""
    units = sorted({line.unit for line in accounts.lines.values() if line.currency is not None} - {"million"})
    if units:
        raise ReconcileError(
            f"the model counts in {', '.join(units)}, but facts are read in million. State unit='million' in the model."
        )


def _held_positive(balance: Balance, fit: Fit, observations: Sequence[Observation]) -> Array:
    """The values, shape (n,), with no estimate below zero in a line of which only positive figures are reported.

    A cell is held at zero when it is negative though the facts leave it open, that is when its standard
    error under the weakened prior exceeds a quarter of its distance from zero; the others move with it, so
    that every sum still holds. Repeated, because that may push a neighbour below zero (an active set that
    only grows). Marks and errors stay those of the balance without bounds: a bound is not a fact.
    """
    positive = {one.line for one in observations if one.relation == "value"} - _with_losses(observations)
    held = list(observations)
    for _ in range(len(balance.layout.cells)):
        bounds = _bounds(balance, fit, positive)
        if not bounds:
            break
        held += bounds
        fit = balance.refit(held, fit)
    return fit.values


def _bounds(balance: Balance, fit: Fit, positive: set[str]) -> list[Observation]:
    """A statement that it is zero for every open cell below zero."""
    cells = balance.layout.cells
    below = [
        place
        for place, (name, _) in enumerate(cells)
        if name in positive and fit.values[place] < -NEGLIGIBLE * balance.scale[place]
    ]
    if not below:
        return []
    spread = np.diag(fit.solved.covariance(below)[below])
    bounds = []
    for place, variance in zip(below, spread, strict=True):
        error = balance.scale[place] * max(variance, 0.0) ** 0.5
        if error > OPEN * abs(fit.values[place]):
            name, quarter = cells[place]
            bounds.append(Observation("value", name, ((quarter, 1.0),), 0.0, BOUND * balance.scale[place], ()))
    return bounds


def _nothing_left(financials: Financials, lines: Mapping[str, Line]) -> str:
    """The heading when no fact can be used."""
    if not financials.facts:
        day = financials.hidden_after
        return "there are no facts" + (f" on {day}. Choose a later date." if day else ". Read some first.")
    shown = ", ".join(f"'{name}'" for name in list(lines)[:12])
    return f"no fact decides any of the lines {shown}. Add figures for them, or name them as the facts do."


def _with_losses(observations: Sequence[Observation]) -> set[str]:
    """The lines of which a negative figure is reported."""
    return {one.line for one in observations if one.relation == "value" and one.value < 0}


def _needs_sign(one: Observation, losses: set[str]) -> bool:
    """Whether it can be read only where a figure is positive: a growth rate of a line that has been negative.

    Companies print growth on a loss relative to its absolute value, relative to the loss, or not at all.
    """
    return one.relation == "points" or (one.relation == "growth" and one.line in losses)


def _doubtful(
    balance: Balance, fit: Fit, observations: Sequence[Observation], losses: set[str]
) -> tuple[list[SetAside], list[Observation]]:
    """Split observations into facts whose reading depends on an unknown sign, and those to keep."""
    aside: list[SetAside] = []
    kept: list[Observation] = []
    for one in observations:
        reason = _doubt(balance, fit, one, losses)
        if reason:
            aside += [SetAside(fact, reason) for fact in one.facts]
        else:
            kept.append(one)
    return aside, kept


def _doubt(balance: Balance, fit: Fit, one: Observation, losses: set[str]) -> str | None:
    """Why an observation cannot be read, if it cannot.

    A growth rate between -100 % and +100 % to a positive figure starts from a positive one under every
    convention; otherwise the figure a year ago must be positive beyond doubt.
    """

    def positive(line: str, weights: tuple[tuple[Quarter, float], ...]) -> bool:
        total = balance.total(fit.values, line, weights)
        if total > 0 and line not in losses:
            return True
        return total > SURE * balance.total_error(fit, line, weights)

    if not _needs_sign(one, losses):
        return None
    if one.relation == "growth":
        if positive(one.line, one.ago) or (abs(one.value) <= 1.0 and positive(one.line, one.now)):
            return None
        return "growth on a figure that is not positive beyond doubt can be read in several ways"
    if one.base is not None and positive(one.base, one.now) and positive(one.base, one.ago):
        return None
    return f"a share in '{one.base}' is read only where that is positive beyond doubt"


def _check_identities(balance: Balance, fit: Fit) -> None:
    """Refuse identities that cannot all hold."""
    problems = Problems()
    for constraint, violation in zip(balance.layout.constraints, fit.solved.violation, strict=True):
        if violation > INCONSISTENT:
            problems.add(f"{constraint.identity.text} at {constraint.quarter}")
    problems.raise_if_any(ReconcileError, "identities that cannot all hold; leave one of them out")


def _line_histories(trail: Trail, fit: Fit, values: Array, lines: Mapping[str, Line]) -> tuple[LineHistory, ...]:
    """``values`` (n,) with the covariances and marks of the fit, for every line that has cells; lines in parallel."""
    balance = trail.balance
    heard = [one for one, variance in zip(trail.observations, trail.variance, strict=True) if variance < UNHEARD]
    reported = {(one.line, one.reports) for one in heard if one.reports is not None}
    quarters = balance.layout.quarters
    held: dict[str, list[Quarter]] = {}
    for name, quarter in balance.layout.cells:
        held.setdefault(name, []).append(quarter)
    columns = {name: [balance.place[name, quarter] for quarter in own] for name, own in held.items()}
    with ThreadPoolExecutor() as pool:
        covariances = dict(zip(columns, pool.map(trail.covariances, columns.values()), strict=True))
    entries = []
    for name, (own, weak) in covariances.items():
        spread, weaker = (np.sqrt(np.maximum(variances, 0.0)) for variances in (np.diag(own), weak))
        given = np.array([(name, quarter) in reported for quarter in held[name]])
        marks = _marks(fit.solved.values[columns[name]], spread, weaker, given)
        level = balance.layout.levels[name]
        wander = level * balance.layout.changes[name]
        line_values = values[columns[name]]
        entries.append(_spread_out(lines[name], quarters, held[name], level, line_values, own, marks, wander))
    return tuple(entries)


def _marks(values: Array, spread: Array, weaker: Array, reported: NDArray[np.bool_]) -> list[str]:
    """The mark of each cell; all arrays are in typical levels, shape (n,)."""
    marks = []
    for value, error, weak, given in zip(values, spread, weaker, reported, strict=True):
        decided = weak**2 < DERIVED_RATIO * error**2 or weak < 1e-5
        if error > UNDECIDED:
            marks.append("missing")
        elif given:
            marks.append("reported")
        else:
            precise = error <= DERIVED_ERROR * max(1.0, abs(value))
            marks.append("derived" if decided and precise else "estimated")
    return marks


def _spread_out(
    line: Line,
    quarters: tuple[Quarter, ...],
    held: Sequence[Quarter],
    level: float,
    values: Array,
    covariance: Array,
    marks: Sequence[str],
    wander: float,
) -> LineHistory:
    """One line's cells, placed among all quarters; the others are missing."""
    count = len(quarters)
    places = np.array([quarter - quarters[0] for quarter in held])
    known = np.array([mark != "missing" for mark in marks])
    all_values = np.full(count, np.nan)
    all_values[places[known]] = values[known]
    all_covariance = np.full((count, count), np.nan)
    symmetric = level**2 * (covariance + covariance.T) / 2.0
    np.fill_diagonal(symmetric, np.maximum(np.diag(symmetric), 0.0))
    all_covariance[np.ix_(places[known], places[known])] = symmetric[np.ix_(known, known)]
    all_marks = ["missing"] * count
    for place, mark in zip(places, marks, strict=True):
        all_marks[place] = mark
    return LineHistory(line, all_values, all_covariance, tuple(all_marks), wander)
