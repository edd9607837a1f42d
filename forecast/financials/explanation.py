"""Explanations: which facts decide a figure, with what weight, from which source."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from forecast.errors import ReconcileError
from forecast.escapes import as_json
from forecast.financials.facts import Fact, Source
from forecast.financials.precision import standard_error, steepness
from forecast.financials.trail import Pull
from forecast.fingerprints import Fingerprinted
from forecast.lines import Line
from forecast.notebook import printed
from forecast.timeline import Quarter

if TYPE_CHECKING:
    import pandas as pd

    from forecast.financials.history import History

SHOWN = 8
"""How many printed figures the words name; the table and the JSON hold all with a part that counts."""

NEGLIGIBLE = 0.005
"""Facts with less than this part of both the weight and the error are counted, not listed."""


@dataclass(frozen=True, slots=True)
class Ground:
    """One printed figure behind a value, with every fact that prints it.

    ``weight`` is its part of all that the facts carry (the sum is 1); ``gain`` is by how much the value moves, in
    the line's unit, when the fact moves by one of its own printed units; ``error_share`` is the part of the
    value's variance that comes from the fact's error.
    """

    facts: tuple[Fact, ...]
    sources: tuple[Source, ...]
    weight: float
    gain: float
    error_share: float

    @property
    def fact(self) -> Fact:
        """The most precise of its facts."""
        return min(self.facts, key=_comparable_error)

    def __str__(self) -> str:
        names = list(dict.fromkeys(_named(fact, self.sources) for fact in self.facts))
        shown = ", ".join(names[:2]) + (f" and {len(names) - 2} more" if len(names) > 2 else "")
        fact = self.fact
        unit = f"{fact.unit} {fact.currency}".strip()
        printed = " ".join(part for part in (fact.qualifier, f"{fact.value:.12g}") if part)
        return (
            f"{self.weight:4.0%}  {fact.line} {fact.period} ({fact.basis}) {printed} +- {standard_error(fact):.2g} "
            f"{unit}, moves it by {self.gain:+.3g} per unit, {self.error_share:.0%} of the error; "
            f"published {fact.published} by {shown}"
        )


def _comparable_error(fact: Fact) -> float:
    """The standard error in millions, or as a plain ratio."""
    return standard_error(fact) * fact.measure.factor


def _named(fact: Fact, sources: Sequence[Source]) -> str:
    """A source by its id and title."""
    title = next((source.title for source in sources if source.id == fact.source), "")
    return f"{fact.source} ({title})" if title else fact.source


@dataclass(frozen=True)
class Explanation(Fingerprinted):
    """Where one figure of a history comes from; print it, or take ``to_frame()`` or ``to_json()``.

    ``prior_share`` is the part of the variance that the assumption of smooth quarters brings, ``mappings`` the
    same for uncertain splits between taxonomies. ``identities`` lists the equations that carry facts of other
    lines or quarters over. ``unlisted`` counts printed figures with a negligible part.
    """

    line: Line
    quarter: Quarter
    value: float
    error: float
    mark: str
    grounds: tuple[Ground, ...]
    prior_share: float
    mapping_share: float
    identities: tuple[str, ...]
    unlisted: int
    assumed: str = "quarters follow each other smoothly"

    def __str__(self) -> str:
        unit = f"{self.line.unit} {self.line.currency or ''}".strip()
        head = f"{self.line.name} {self.quarter}: {self.value:.6g} +- {self.error:.2g} {unit}, {self.mark}"
        if self.mark == "missing":
            return f"{self.line.name} {self.quarter}: missing. No fact decides it."
        rows = [head, *(f"  {ground}" for ground in self.grounds[:SHOWN])]
        rest = len(self.grounds[SHOWN:]) + self.unlisted
        if rest:
            carried = sum(ground.weight for ground in self.grounds[:SHOWN])
            rows.append(f"  and {rest} more with {1 - carried:.0%} of the weight together")
        if self.identities:
            rows.append(f"  through {'; '.join(self.identities)}")
        if self.prior_share >= NEGLIGIBLE:
            rows.append(f"  {self.prior_share:.0%} of the error is the assumption that {self.assumed}")
        if self.mapping_share >= NEGLIGIBLE:
            rows.append(f"  {self.mapping_share:.0%} of the error is the uncertain split between taxonomies")
        return "\n".join(rows)

    def _repr_html_(self) -> str:
        return printed(self)

    def to_frame(self) -> pd.DataFrame:
        """One row a fact: weight, gain, error share, and the fact's own columns, its source's title included."""
        import pandas as pd

        columns = [
            "weight", "gain", "error_share", "line", "period", "basis", "value", "standard_error", "unit", "currency",
            "published", "source", "title", "confidence", "qualifier",
        ]  # fmt: skip
        return pd.DataFrame([[row[name] for name in columns] for row in self._rows()], columns=columns)

    def to_json(self) -> str:
        """Everything as JSON, with dates as text and no number that JSON lacks (NaN is null)."""
        document = {
            "line": self.line.name,
            "quarter": str(self.quarter),
            "value": _number(self.value),
            "standard_error": _number(self.error),
            "unit": self.line.unit,
            "currency": self.line.currency,
            "mark": self.mark,
            "prior_share": _number(self.prior_share),
            "mapping_share": _number(self.mapping_share),
            "identities": list(self.identities),
            "unlisted": self.unlisted,
            "facts": [{**row, "published": str(row["published"])} for row in self._rows()],
        }
        return as_json(document)

    def _rows(self) -> list[dict[str, Any]]:
        """One record a fact."""
        return [
            {
                "weight": ground.weight,
                "gain": ground.gain * fact.measure.factor / ground.fact.measure.factor,
                "error_share": ground.error_share,
                "line": fact.line,
                "period": fact.period,
                "basis": fact.basis,
                "value": fact.value,
                "standard_error": standard_error(fact),
                "unit": fact.unit,
                "currency": fact.currency,
                "published": fact.published,
                "source": fact.source,
                "title": next((source.title for source in ground.sources if source.id == fact.source), ""),
                "confidence": fact.confidence,
                "qualifier": fact.qualifier,
            }
            for ground in self.grounds
            for fact in ground.facts
        ]


def _number(value: float) -> float | None:
    """A number that JSON has, or None."""
    return value if math.isfinite(value) else None


def explain(history: History, line: str, quarter: Quarter | str) -> Explanation:
    """See ``History.explain``."""
    entry, when = history.entry(line), Quarter.parse(quarter)
    if not history.quarters[0] <= when <= history.quarters[-1]:
        raise ReconcileError(
            f"{when} is not a quarter of this history, which runs from {history.quarters[0]} to {history.last}."
        )
    if history.trail is None:
        raise ReconcileError(
            "this history was not reconciled from facts, so it has no trail. "
            "Make it with read_financials(...).reconcile()."
        )
    place = when - history.quarters[0]
    value, error, mark = float(entry.values[place]), float(entry.errors[place]), entry.marks[place]
    if mark == "missing":
        return Explanation(entry.line, when, value, error, mark, (), math.nan, math.nan, (), 0)
    pulls, prior, identities = history.trail.pulls((line, when))
    printed = [pull for pull in pulls if pull.observation.facts]
    total = sum(abs(pull.pull) for pull in printed) or 1.0
    shown = [pull for pull in printed if abs(pull.pull) / total >= NEGLIGIBLE or pull.error_share >= NEGLIGIBLE]
    shown.sort(key=lambda pull: (-abs(pull.pull), pull.observation.facts[0].period))
    grounds = tuple(_ground(pull, total, history.sources) for pull in shown)
    mapped = sum(pull.error_share for pull in pulls if not pull.observation.facts)
    unlisted = len(printed) - len(shown)
    found = Explanation(entry.line, when, value, error, mark, grounds, prior, mapped, identities, unlisted)
    followed = next((relation for relation in history.relations if relation.line == line), None)
    return replace(found, assumed=f"its quarters follow '{followed.to}'") if followed else found


def _ground(pull: Pull, total: float, sources: Sequence[Source]) -> Ground:
    """What one observation brings, in the printed unit of its facts."""
    facts = pull.observation.facts
    best = min(facts, key=_comparable_error)
    names = {fact.source for fact in facts}
    known = tuple(source for source in sources if source.id in names)
    return Ground(
        facts, known, abs(pull.pull) / total, pull.gain * best.measure.factor * steepness(best), pull.error_share
    )
