"""The report in Markdown: the default against the best public combination, coverage, speed, every method."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from accuracy_parts.comparing import compare
from accuracy_parts.measures import Scores, coverage, mean_loss
from accuracy_parts.measuring import COMBINED, Measured

CLASSES = ((1, 9), (10, 15), (16, 24), (25, 40), (41, 10_000))
"""Length classes: shortest and longest history, in points."""

NOMINAL = {0.80: (0.77, 0.83), 0.95: (0.93, 0.97)}
"""Where the coverage of an interval has to be."""


def rows(head: Sequence[str], lines: Iterable[Sequence[str]]) -> str:
    """A Markdown table; text in the first column, numbers in the others."""
    ruler = "|".join(["---", *["---:"] * (len(head) - 1)])
    return "\n".join([f"| {' | '.join(head)} |", f"|{ruler}|", *(f"| {' | '.join(line)} |" for line in lines)])


def report(measured: Sequence[Measured], slow: Sequence[Measured]) -> str:
    """All sections; those that need statsforecast are left out where it was not run."""
    full = [each for each in measured if each.length is None]
    short = [each for each in measured if each.length is not None]
    sections: list[tuple[str, str]] = []
    if all(COMBINED in each.scores for each in measured):
        sections.append((f"The default against {COMBINED}", duels(full)))
        if short:
            sections.append(("Short histories, against the best single opponent", short_duels(short)))
        sections.append(("Where the default is worse, or an interval misses", worse(measured)))
    sections.append(("Coverage and speed of the default", intervals(measured)))
    sections.append(("Coverage of the default by length of the history", length_classes(measured)))
    sections += [(f"{each.title}: every method", methods(each)) for each in measured]
    if slow:
        sections.append(("Opponents that take long, on a sample of each set", slow_methods(slow)))
    return "\n\n".join(f"## {title}\n\n{text}" for title, text in sections)


def duels(measured: Sequence[Measured]) -> str:
    """OWA and loss of both sides with the paired interval, each set and all together."""
    head = ["set", "series", "OWA", COMBINED, "best single", "OWA difference", "loss", COMBINED, "loss difference"]
    lines = []
    for each in measured:
        default, best = each.ours[0], each.best_single()
        duel = each.duel(COMBINED)
        losses = (f"{mean_loss(each.scores[name])[0]:.3f}" for name in (default, COMBINED))
        ours, theirs = losses
        single = "" if best is None else f"{best} {each.owa(best):.3f}"
        lines.append(
            [
                *(each.title, str(len(each.splits)), f"{each.owa(default):.3f}", f"{each.owa(COMBINED):.3f}", single),
                *(str(compare([duel], "owa")), ours, theirs, str(compare([duel], "loss"))),
            ]
        )
    every = [each.duel(COMBINED) for each in measured]
    count = str(sum(len(each.splits) for each in measured))
    pooled = [
        "**all sets**",
        count,
        "",
        "",
        "",
        f"**{compare(every, 'owa')}**",
        "",
        "",
        f"**{compare(every, 'loss')}**",
    ]
    return rows(head, [*lines, pooled])


def short_duels(measured: Sequence[Measured]) -> str:
    """The default against the best single opponent at that length, and against the combination."""
    head = ["set", "series", "OWA", "best single", "difference", COMBINED, "difference", "loss difference"]
    lines = []
    for each in measured:
        best = each.best_single()
        assert best is not None
        lines.append(
            [
                *(each.title, str(len(each.splits)), f"{each.owa(each.ours[0]):.3f}", f"{best} {each.owa(best):.3f}"),
                *(str(compare([each.duel(best)], "owa")), f"{each.owa(COMBINED):.3f}"),
                *(str(compare([each.duel(COMBINED)], measure)) for measure in ("owa", "loss")),
            ]
        )
    for length in sorted({each.length for each in measured if each.length is not None}):
        every = [each.duel(COMBINED) for each in measured if each.length == length]
        count = str(sum(len(duel.splits) for duel in every))
        ends = [f"**{compare(every, measure)}**" for measure in ("owa", "loss")]
        lines.append([f"**all cut to {length}**", count, "", "", "", "", *ends])
    return rows(head, lines)


def worse(measured: Sequence[Measured]) -> str:
    """In words: sets on which the default loses to the combination, fails, or covers too much or too little."""
    found = []
    for each in measured:
        default, duel = each.ours[0], each.duel(COMBINED)
        scores = each.scores[default]
        for measure, word in (("owa", "OWA"), ("loss", "quantile loss")):
            difference = compare([duel], measure)
            if difference.estimate > 0:
                found.append(f"- {each.title}: {word} above {COMBINED}'s, {difference}.")
        for level, (low, high) in NOMINAL.items():
            for kind, hits, points in _hits(scores, level):
                covered = coverage(hits, points)
                if np.isfinite(covered) and not low <= covered <= high:
                    found.append(f"- {each.title}: the {level:.0%} interval of {kind} covers {covered:.1%}.")
        if scores.failures:
            found.append(f"- {each.title}: {scores.failures} series were refused; a seasonal naive stood in.")
    return "\n".join(found) if found else "Nowhere."


def _hits(scores: Scores, level: float) -> list[tuple[str, np.ndarray, np.ndarray]]:
    if level == 0.80:
        return [("steps", scores.inside80, scores.points), ("annual totals", scores.totals80, scores.totals)]
    return [("steps", scores.inside95, scores.points), ("annual totals", scores.totals95, scores.totals)]


def percent(hits: np.ndarray, points: np.ndarray) -> str:
    """Coverage in percent, or a dash where there is nothing to cover."""
    share = coverage(hits, points)
    return f"{100 * share:.1f}" if np.isfinite(share) else "-"


def covered(scores: Scores, chosen: np.ndarray | slice = slice(None)) -> list[str]:
    """Coverage of steps at 80 and 95 %, then of annual totals, over the chosen series."""
    return [
        percent(hits[chosen], points[chosen])
        for kind in (0, 1)
        for _, hits, points in (_hits(scores, level)[kind] for level in NOMINAL)
    ]


def intervals(measured: Sequence[Measured]) -> str:
    """Coverage of steps and of annual totals, the combination's beside it; milliseconds of one core a series."""
    together = COMBINED if all(COMBINED in each.scores for each in measured) else None
    head = ["set", "80 %", "95 %", "totals 80 %", "totals 95 %"]
    head += [f"{COMBINED} 80 %", f"{COMBINED} 95 %"] if together else []
    head += ["ms", f"{COMBINED} ms", "ratio"] if together else ["ms"]
    lines = []
    for each in measured:
        ours = each.scores[each.ours[0]]
        line = [each.title, *covered(ours)]
        speed = [f"{milliseconds(ours):.1f}"]
        if together:
            theirs = each.scores[together]
            line += covered(theirs)[:2]
            ratio = milliseconds(ours) / milliseconds(theirs) if milliseconds(theirs) else np.nan
            speed += [f"{milliseconds(theirs):.0f}", f"{ratio:.2f}"]
        lines.append(line + speed)
    return rows(head, lines)


def milliseconds(scores: Scores) -> float:
    """Processor time a series."""
    return 1000 * float(np.mean(scores.seconds))


def length_classes(measured: Sequence[Measured]) -> str:
    """Coverage pooled over all sets, cut ones included, by how many points the forecaster saw."""
    head = ["points", "series", "80 %", "95 %", "totals 80 %", "totals 95 %"]
    lines = []
    for low, high in CLASSES:
        parts = []
        for each in measured:
            sizes = np.array([split.train.size for split in each.splits])
            parts.append((each.scores[each.ours[0]], (low <= sizes) & (sizes <= high)))
        count = sum(int(chosen.sum()) for _, chosen in parts)
        if not count:
            continue
        line = [f"{low} to {high}" if high < 10_000 else f"{low} and more", str(count)]
        for kind in (0, 1):
            for level in NOMINAL:
                hits, points = (np.concatenate([_hits(s, level)[kind][i][c] for s, c in parts]) for i in (1, 2))
                line.append(percent(hits, points))
        lines.append(line)
    return rows(head, lines)


def methods(measured: Measured) -> str:
    """Every method on the set, the best OWA first; the library's own in bold."""
    head = ["method", "OWA", "sMAPE", "MASE", "loss", "80 %", "95 %", "ms", "failed"]
    lines = []
    for name in sorted(measured.scores, key=measured.owa):
        scores = measured.scores[name]
        shown = f"**{name}**" if name in measured.ours else name
        lines.append(
            [
                *(shown, f"{measured.owa(name):.3f}", f"{np.mean(scores.smape):.2f}"),
                *(f"{np.nanmean(scores.mase):.3f}", f"{mean_loss(scores)[0]:.3f}", *covered(scores)[:2]),
                *(f"{milliseconds(scores):.1f}", str(scores.failures or "")),
            ]
        )
    return rows(head, lines)


def slow_methods(measured: Sequence[Measured]) -> str:
    """Opponents that take long, and the default on the same series."""
    head = ["set", "series", "method", "OWA", "loss", "80 %", "95 %", "ms", "failed"]
    lines = []
    for each in measured:
        for name, scores in each.scores.items():
            shown = f"**{name}**" if name in each.ours else name
            lines.append(
                [
                    *(each.title, str(len(each.splits)), shown, f"{each.owa(name):.3f}"),
                    *(f"{mean_loss(scores)[0]:.3f}", *covered(scores)[:2]),
                    *(f"{milliseconds(scores):.1f}", str(scores.failures or "")),
                ]
            )
    return rows(head, lines)
