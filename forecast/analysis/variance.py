"""Variance shares: how much of a number's spread comes from each random input (Sobol' indices), noises included."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from forecast.analysis.goals import AnyGoal
from forecast.analysis.inquiry import Inquiry, inquire, read_names, read_statistic, to_move
from forecast.analysis.ranks import Ranks, ranks
from forecast.analysis.statistic import BATCHES, Statistic, standard_error
from forecast.analysis.wording import amount, sentence, subject, table
from forecast.blas import steady
from forecast.cautions import told
from forecast.distributions import Array
from forecast.errors import GoalError, Problems
from forecast.fingerprints import Fingerprinted
from forecast.model import CalibratedModel
from forecast.notebook import Said, answered, spoken
from forecast.scenario import Scenario
from forecast.simulation import Run
from forecast.simulation.streams import correlated
from forecast.simulation.wiring import other_driver
from forecast.timeline import Quarter

if TYPE_CHECKING:
    import pandas as pd

SHOWN = 12
"""Inputs in the printed answer; ``to_frame`` has all."""

HEADING = "the variance shares cannot be answered as asked"
REST = "everything else"


@dataclass(frozen=True, slots=True)
class Share:
    """An input's shares of the variance, each a number and its Monte Carlo standard error.

    ``alone`` is the first-order Sobol' index ``Var(E[Y | X]) / Var(Y)``: by how much the variance would fall, on
    average, if the input were known. ``total`` is ``E[Var(Y | all other inputs)] / Var(Y)``: what would be left if all
    else were known, interactions included. ``kind`` is parameter, noise, shock or rest; ``ranks`` is the 90 % interval
    of its place by ``total``.
    """

    input: str
    kind: str
    alone: tuple[float, float]
    total: tuple[float, float]
    ranks: tuple[int, int] = (1, 1)


@dataclass(frozen=True, slots=True)
class VarianceShares(Fingerprinted):
    """The shares of all inputs, the largest total first; ``kinds`` has those of all inputs of a kind moved together.

    ``spread`` is the standard deviation of the number itself. ``joint`` is the share of interactions, with its error:
    between the kinds where there are several, else between the inputs; one less what they do alone.
    """

    statistic: Statistic
    scenario: str
    spread: float
    shares: tuple[Share, ...]
    kinds: tuple[Share, ...]
    joint: tuple[float, float]
    order: Ranks
    unit: str
    warnings: tuple[str, ...] = ()

    def to_frame(self) -> pd.DataFrame:
        """A row an input; every share is a fraction of one, followed by its standard error."""
        import pandas as pd

        rows = [(one.input, one.kind, *one.alone, *one.total, *one.ranks) for one in self.shares]
        columns = ["input", "kind", "alone", "error alone", "total", "error of total", "rank from", "rank to"]
        return pd.DataFrame(rows, columns=columns).set_index("input")

    def _said(self) -> list[Said]:
        """The answer in its parts, for printing and for notebooks."""
        spread = "" if self.unit == "%" else f", standard deviation {amount(self.spread, self.unit)}"
        rows = [("", "alone, %", "with interactions, %", "rank")]
        for one in self.shares[:SHOWN]:
            place = " to ".join(str(rank) for rank in dict.fromkeys(one.ranks))
            rows.append((one.input, _told(one.alone), _told(one.total), place))
        lines: list[Said] = [f"Variance of {subject(self.statistic)}, scenario '{self.scenario}'{spread}", table(rows)]
        rest = self.shares[SHOWN:]
        if rest:
            lines.append(f"  and {len(rest)} more, each at most {100 * max(one.total[0] for one in rest):.1f}")
        parts = [f"{one.input} together {_told(one.alone)}" for one in self.kinds]
        lines.append(sentence(f"{', '.join([*parts, f'interactions {_told(self.joint)}'])}."))
        lines.append(
            "Sobol' indices by drawing one input anew with all others frozen; correlated parameters are one input; "
            "+- is one Monte Carlo standard error."
        )
        lines.append(str(self.order))
        return lines

    def __str__(self) -> str:
        return spoken([*self._said(), *told(self.warnings)])

    def _repr_html_(self) -> str:
        return answered([*self._said(), *told(self.warnings)])


def _told(pair: tuple[float, float]) -> str:
    return f"{100 * pair[0]:.1f} +- {100 * pair[1]:.1f}".replace("-0.0 ", "0.0 ")


@steady
def variance_shares(
    company: CalibratedModel,
    scenario: Scenario,
    *,
    goal: AnyGoal | None = None,
    statistic: Statistic | AnyGoal | None = None,
    vary: Sequence[str] | None = None,
    until: str | Quarter | None = None,
    paths: int = 10_000,
    seed: int,
) -> VarianceShares:
    """Share out the variance of a statistic's number Y over the random inputs of the scenario.

    Y is the number on each path: of a mean or a quantile the line over its window, of a goal whether it is reached (0
    or 1), of a date its quarter. A quantile itself has no variance to share; its line's is shared instead.

    The inputs are all that is random, in independent pieces that together are everything: every parameter that is not
    fixed, levers included; the noise of every line; common factors; sizes, events and dates of shocks. Parameters
    that correlations link are one input, moved together, for which the indices below are right whatever the correlation
    (Jacques, Lavergne and Devictor 2006). ``vary`` names parameters; their inputs are shown, and all others together
    as ``everything else``.

    Pick-freeze: A is the simulation as it stands, B one with every stream drawn a second time, and A_i is A with
    only input i taken from B. With y = Y less its mean, V the variance over A and B, and means over the paths:

        alone[i] = mean(y[B] * (y[A_i] - y[A])) / V          Saltelli et al. 2010, Table 2 (b)
                or 1 - mean((y[B] - y[A_i])**2) / (2 V)      Jansen 1999; there (c)
        total[i] = mean((y[A] - y[A_i])**2) / (2 V)          Jansen 1999; there (f)

    one further simulation an input; of the two for ``alone``, that with the smaller error: the first for small shares,
    the second for large ones. Errors are those of the ratios, linearised path by path, V's own included. A share
    may come out below zero by its error.
    """
    problems = Problems()
    asked = read_statistic(company, scenario, goal, statistic, until=until, heading=HEADING, problems=problems)
    names = read_names(company, vary, problems)
    for name in names or ():
        if name in company.parameters and _is_fixed(company, name):
            problems.add(f"'{name}' is a single number and has no variance. State it with a distribution.")
    problems.raise_if_any(GoalError, HEADING)
    inquiry = inquire(company, scenario, asked, until=until, paths=paths, seed=seed)
    first = inquiry.numbers()
    inputs = _inputs(inquiry)
    if names is not None:
        inputs = _singled(inputs, to_move(inquiry, names, heading=HEADING), company)
    other = inquiry.run.redrawn(inquiry.run.draws.names)
    second = replace(inquiry, run=other).numbers()
    if np.ptp(first) == 0 and np.ptp(second) == 0:
        raise GoalError(
            f"{HEADING}: {subject(asked)} is the same on all {paths:,} paths, {first[0]:g}, so there is no variance to "
            "share. Ask about another date or threshold, or use more paths."
        )

    def indices(streams: Collection[str]) -> Indices:
        return _indices(first, second, _crossed(inquiry, other, streams))

    found = [indices(streams) for _, streams in inputs.values()]
    longest = sorted(range(len(found)), key=lambda place: -found[place].total)
    labels = list(inputs)
    totals = np.array([found[place].total for place in longest])
    order = ranks(totals, np.array([_batched(found[place].total_by_path) for place in longest]), seed=seed)
    shares = tuple(
        replace(_share(labels[place], inputs[labels[place]][0], found[place]), ranks=ends)
        for place, ends in zip(longest, order.intervals, strict=True)
    )
    kinds = {
        told: frozenset().union(*(streams for each, streams in inputs.values() if each == kind))
        for kind, told in (("parameter", "parameters"), ("noise", "noise"), ("shock", "shocks"))
        if names is None and any(each == kind for each, _ in inputs.values())
    }
    together = {told: indices(streams) for told, streams in kinds.items()}
    apart = list(together.values()) if len(together) > 1 else found
    joint = 1.0 - sum(one.alone for one in apart), standard_error(np.sum([one.alone_by_path for one in apart], axis=0))
    spread = float(np.std(np.concatenate([first, second])))
    return VarianceShares(
        asked,
        scenario.name,
        spread,
        shares,
        tuple(_share(told, told, one) for told, one in together.items()),
        joint,
        order,
        inquiry.unit,
        warnings=company.warnings,
    )


@dataclass(frozen=True, slots=True)
class Indices:
    """The two indices of one input, and each path's part in their error, shape (paths,)."""

    alone: float
    total: float
    alone_by_path: Array
    total_by_path: Array


def _indices(first: Array, second: Array, crossed: Array) -> Indices:
    """The indices from Y in A, in B and in A with one input from B, shape (paths,) each; B's order is A's."""
    middle = 0.5 * (first.mean() + second.mean())
    square = 0.5 * ((first - middle) ** 2 + (second - middle) ** 2)
    variance = square.mean()
    left = 0.5 * (first - crossed) ** 2
    total = float(left.mean() / variance)
    found = []
    for known in ((second - middle) * (crossed - first), square - 0.5 * (second - crossed) ** 2):
        alone = float(known.mean() / variance)
        found.append((alone, (known - alone * square) / variance))
    alone, by_path = min(found, key=lambda pair: float(np.var(pair[1])))
    return Indices(alone, total, by_path, (left - total * square) / variance)


def _share(label: str, kind: str, found: Indices) -> Share:
    return Share(
        label,
        kind,
        (found.alone, standard_error(found.alone_by_path)),
        (found.total, standard_error(found.total_by_path)),
    )


def _batched(by_path: Array) -> Array:
    """Means of equal parts of the paths, shape (batches,)."""
    return np.array([part.mean() for part in np.array_split(by_path, min(BATCHES, len(by_path)))])


def _crossed(inquiry: Inquiry, other: Run, streams: Collection[str]) -> Array:
    """The statistic's numbers with some streams drawn as in ``other``, where all are drawn anew; shape (paths,).

    Parameters are replaced by their draws there, which computes only what they reach, unless another driver of the
    scenario draws parameters of its own.
    """
    names = [stream.removeprefix("parameter/") for stream in streams if stream.startswith("parameter/")]
    rivals = any(other_driver(shock) for shock, _ in inquiry.scenario.acting)
    if len(names) < len(streams) or rivals:
        return replace(inquiry, run=inquiry.run.redrawn(streams)).numbers()
    company = inquiry.run.company
    return inquiry.numbers({name: other.parameters[name] for name in names if not _is_fixed(company, name)})


Inputs = dict[str, tuple[str, frozenset[str]]]


def _inputs(inquiry: Inquiry) -> Inputs:
    """Each independent input that may reach the statistic: its kind and its streams."""
    company, needed = inquiry.run.company, inquiry.needed
    groups = {name: names for names, _ in correlated(company) for name in names}
    found: dict[str, tuple[str, set[str]]] = {}
    for stream in inquiry.run.draws.names:
        sort, _, rest = stream.partition("/")
        line = rest.split(".")[0]
        if sort == "parameter" and line in needed:
            members = groups.get(rest, [rest])
            moving = [name for name in members if not _is_fixed(company, name)]
            if moving:
                found[" with ".join(moving)] = "parameter", {f"parameter/{name}" for name in members}
        elif sort in ("noise", "shared"):
            if sort == "shared" or line in needed:
                label = f"noise of {line}" if sort == "noise" else f"noise of the common factor {rest}"
                found.setdefault(label, ("noise", set()))[1].add(stream)
        elif sort in ("shock", "event"):
            found.setdefault(_shock_label(sort, rest), ("shock", set()))[1].add(stream)
    return {label: (kind, frozenset(streams)) for label, (kind, streams) in found.items()}


def _shock_label(sort: str, rest: str) -> str:
    """The words for a stream of a shock or an event; those of one shock and kind share a label."""
    if sort == "event":
        return f"event {rest.removesuffix('/date')!r}"
    kind, target, start = rest.split("/")[:3]
    told = f"{kind} on {target}" + ("" if start == "None" else f" from {start}")
    chance = rest.endswith(("/happens", "/date"))
    return f"whether and when {told}" if chance else f"size of {told}"


def _singled(inputs: Inputs, names: Iterable[str], company: CalibratedModel) -> Inputs:
    """The inputs of the named parameters, and all others as one."""
    streams = {f"parameter/{name}" for name in names}
    chosen = {label: each for label, each in inputs.items() if each[1] & streams}
    others = [each[1] for label, each in inputs.items() if label not in chosen]
    return chosen | ({REST: ("rest", frozenset().union(*others))} if others else {})


def _is_fixed(company: CalibratedModel, name: str) -> bool:
    """Whether a parameter is a single number; that of another driver of the scenario was drawn, so it is not."""
    known = company.parameters.get(name)
    return known is not None and known.estimate is not None and known.estimate.is_fixed
