"""What the numbers rest on: history with sources and contradictions, assumptions with their ground, how it was made."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from forecast.analysis import Goals
from forecast.financials import History
from forecast.lines import Line
from forecast.model import CalibratedModel, Parameter
from forecast.reporting.canvas import unit_of
from forecast.reporting.page.blocks import Block, Chart, Section, Table, Text
from forecast.reporting.page.past import remembered_lines
from forecast.reporting.page.words import number
from forecast.simulation import Simulation

QUARTERS = 8
"""Quarters of the history's table; the fan shows all."""

TRACED = 4
"""Quarters whose figures are traced to what was printed."""

GROUNDS, LEAST = 3, 0.05
"""Printed figures that are named for a value, at most, and the least weight of one that is."""

SIGNS = {"reported": "", "derived": " *", "estimated": " ~", "missing": ""}


def remembered(company: CalibratedModel) -> Section:
    """The history: figures with their marks, what contradicts it, what was not used, and every source."""
    history = company.history
    heading = "The history"
    if history is None:
        text = Text("The company was calibrated without a history: every number is stated, see the assumptions.")
        return Section("history", heading, (text,))
    counts = {mark: sum(entry.marks.count(mark) for entry in history.entries) for mark in SIGNS}
    known = "" if history.as_of is None else f", from what was public on {history.as_of}"
    blocks: list[Block] = [
        Text(
            f"{len(history.lines)} lines over {len(history.quarters)} quarters, {history.quarters[0]} to {history.last}"
            f"{known}: of the quarterly figures {counts['reported']} are reported, {counts['derived']} derived from "
            f"other figures, {counts['estimated']} estimated and {counts['missing']} missing. "
            f"{_count(len(history.contradictions), 'figure')} contradicted by the others, "
            f"{_count(len(history.set_aside), 'figure')} set aside as unusable."
        ),
        Chart("history", "The figures of a line with their marks; a bar is one standard error to each side"),
        _figures(history, company.model.lines),
        *_origins(history),
        _marks(history),
    ]
    if history.contradictions:
        blocks.append(_contradictions(history))
    if history.set_aside:
        rows = tuple((str(one.fact), one.reason) for one in history.set_aside)
        blocks.append(Table("Figures that could not be used", ("figure", "why"), rows, (0, 1), folded=True))
    if history.sources:
        sources = tuple((one.id, one.title, one.published, one.kind, one.url) for one in history.sources)
        columns = ("source", "title", "published", "kind", "address")
        blocks.append(Table(f"Sources ({len(sources)})", columns, sources, (0, 1, 2, 3, 4), folded=True, links=(4,)))
    return Section("history", heading, tuple(blocks), {"history": remembered_lines(company)})


def _count(count: int, noun: str) -> str:
    return f"{count} {noun} is" if count == 1 else f"{count} {noun}s are"


def _figures(history: History, lines: Mapping[str, Line]) -> Table:
    quarters = history.quarters[-QUARTERS:]
    rows = []
    for entry in history.entries:
        figures = list(zip(entry.values[-QUARTERS:], entry.errors[-QUARTERS:], entry.marks[-QUARTERS:], strict=True))
        cells = [_figure(float(value), float(error), mark) for value, error, mark in figures]
        line = lines.get(entry.line.name, entry.line)  # a table without kinds notes every line as a flow
        rows.append((line.name, unit_of(line), *cells))
    return Table(
        "The last quarters; * derived, ~ estimated (± one standard error), - missing",
        ("line", "unit", *map(str, quarters)),
        tuple(rows),
        (0, 1),
        folded=len(rows) > 12,
    )


def _figure(value: float, error: float, mark: str) -> str:
    if np.isnan(value):
        return "-"
    digits = 0 if abs(value) >= 100 else 1 if abs(value) >= 10 else 3
    told = f"{value:,.{digits}f}{SIGNS.get(mark, '')}"
    return f"{told} ± {error:,.{digits}f}" if mark == "estimated" else told


def _origins(history: History) -> tuple[Table, ...]:
    """For the last quarters: which printed figures decide each value, with what weight, and who printed them."""
    if history.trail is None:
        return ()
    rows = []
    for line in history.lines:
        marks = history.marks(line)
        for place in range(max(0, len(history.quarters) - TRACED), len(history.quarters)):
            if marks[place] == "missing":
                continue
            found = history.explain(line, history.quarters[place])
            grounds = sorted(found.grounds, key=lambda one: -one.weight)[:GROUNDS]
            told = [
                f"{one.weight:.0%} {one.fact} "
                + " ".join(sorted({fact.source for fact in one.facts} - {one.fact.source}))
                for one in grounds
                if one.weight >= LEAST
            ]
            figure = _figure(float(history.values(line)[place]), float(history.errors(line)[place]), marks[place])
            rows.append((line, str(history.quarters[place]), figure, "; ".join(one.strip() for one in told)))
    columns = ("line", "quarter", "figure", "printed figures that decide it, with their weight and source")
    return (Table("Where the last figures come from", columns, tuple(rows), (0, 1, 3), folded=True),)


def _marks(history: History) -> Table:
    rows = []
    for entry in history.entries:
        cells = [str(entry.marks.count(mark)) for mark in SIGNS]
        places = [i for i, mark in enumerate(entry.marks) if mark == "estimated"]
        told = ", ".join(str(history.quarters[i]) for i in places[-6:])
        rows.append((entry.line.name, *cells, told + (f" and {len(places) - 6} before" if len(places) > 6 else "")))
    columns = ("line", "reported", "derived", "estimated", "missing", "estimated cells, the last ones")
    return Table("How each line is known, in quarters", columns, tuple(rows), (0, 5), folded=True)


def _contradictions(history: History) -> Table:
    titles = {one.id: one.title for one in history.sources}
    rows = tuple(
        (
            f"{one.fact.line} {one.fact.period} ({one.fact.basis})",
            f"{one.fact.value:g} {one.fact.unit} {one.fact.currency}".strip(),
            f"{one.implied:.6g}",
            f"{one.standard_errors:.1f}",
            one.reading,
            f"{one.fact.source} {titles.get(one.fact.source, '')}".strip(),
        )
        for one in history.contradictions
    )
    columns = ("figure", "printed", "the others say", "standard errors away", "would fit as", "source")
    return Table("Contradictions: figures that the others refuse", columns, rows, (0, 1, 4, 5))


def assumed(company: CalibratedModel) -> Section:
    """Every parameter with its quantiles, its role and what it rests on: data, a source, or judgement."""
    grounds = [ground(one) for one in company.parameters.values()]
    told = {word: grounds.count(word) for word in ("data", "source", "judgement")}
    rows = []
    for (name, one), word in zip(company.parameters.items(), grounds, strict=True):
        assert one.estimate is not None
        low, middle, high = (number(one.estimate.quantile(level)) for level in (0.1, 0.5, 0.9))
        value = middle if one.estimate.is_fixed else f"{middle} ({low} to {high})"
        rows.append((name, f"{value} {one.unit}".strip(), one.role, word, one.basis))
    rows.sort(key=lambda row: ("judgement", "source", "data").index(row[3]))
    columns = ("parameter", "median (10 to 90 %)", "role", "ground", "because")
    blocks: tuple[Block, ...] = (
        Text(
            f"Of {len(rows)} parameters {told['data']} are fitted to the history (data), {told['source']} rest on a "
            f"fact or source that is named, and {told['judgement']} on judgement."
        ),
        Table("Assumptions and their ground", columns, tuple(rows), (0, 1, 2, 3, 4)),
    )
    return Section("assumptions", "Assumptions and their ground", blocks)


def ground(parameter: Parameter) -> str:
    """``data`` where fitted, ``judgement`` where it says so, else the ``source`` that it names."""
    if parameter.basis == "fitted":
        return "data"
    return "judgement" if parameter.basis.strip().lower().startswith("judgement") else "source"


def made(simulation: Simulation, goal: Goals) -> Section:
    """Seed, version, fingerprints: with the same inputs they give the same numbers again."""
    company = simulation.company
    rows = [
        ("goal", str(goal)),
        ("quarters simulated", f"{simulation.quarters[0]} to {simulation.quarters[-1]}"),
        ("paths", f"{simulation.paths:,}"),
        ("seed", str(simulation.seed)),
        ("sampling", simulation.sampling.replace("_", " ")),
        ("version of forecast", simulation.version),
        ("known as of", "-" if company.as_of is None else str(company.as_of)),
        ("fingerprint of the simulation", simulation.fingerprint),
        ("checksum of its numbers", simulation.checksum),
        ("fingerprint of the company", company.fingerprint),
    ]
    if company.history is not None:
        rows.append(("fingerprint of the history", company.history.fingerprint))
    if simulation.given:
        rows.append(("draws given", ", ".join(simulation.given)))
    if simulation.weights is not None:
        rows.append(("weighted paths are worth", f"{simulation.effective_paths:,.0f} equal ones"))
    text = Text(
        "The same inputs, seed and version give the same numbers to the last bit; a fingerprint changes with any "
        "input. runs.reproduce(checksum=...) runs it again and says whether every number is identical."
    )
    return Section(
        "made", "How the numbers were made", (text, Table("Made from", ("what", "value"), tuple(rows), (0, 1)))
    )
