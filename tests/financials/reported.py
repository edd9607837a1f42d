"""Facts for the tests, in few words."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal

from forecast.financials import Fact, Financials, Mapping
from forecast.lines import Identity, Line


@dataclass(frozen=True)
class Books:
    lines: dict[str, Line]
    identities: tuple[Identity, ...] = ()


def books(*lines: Line, identities: tuple[Identity, ...] = ()) -> Books:
    return Books({line.name: line for line in lines}, identities)


def fact(
    line: str,
    period: str,
    value: str,
    basis: str = "quarter",
    unit: str = "million",
    *,
    source: str = "S1",
    published: str = "2030-01-01",
    confidence: str = "high",
    rounding: float | None = None,
    qualifier: str = "",
    currency: str | None = None,
    scope: str = "",
) -> Fact:
    number = Decimal(value)
    if rounding is None:
        rounding = float(Decimal(5).scaleb(int(number.as_tuple().exponent) - 1))
    if currency is None:
        currency = "CNY" if unit in ("one", "thousand", "million", "billion", "million_change") else ""
    return Fact(
        period, basis, line, "", float(number), unit, currency, dt.date.fromisoformat(published), source,
        confidence, rounding, qualifier, scope=scope,
    )  # fmt: skip


def reported(*facts: Fact, mappings: tuple[Mapping, ...] = ()) -> Financials:
    return Financials(facts, mappings=mappings)
