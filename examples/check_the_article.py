"""Is a press article on Kunlun Tech right? Its figures against what was public in its month, with standard errors."""

import csv
import math
from dataclasses import replace

import forecast as fc

public = fc.load_kunlun().as_of("2025-08-31").spliced("original", until="2020Q4")  # two scopes joined
history = replace(public, facts=[fact for fact in public.facts if fact.source != "S01"]).reconcile()  # no own witness


def total(lines, span, back=0):
    """The weights of a sum of lines over a span of quarters, or over the one `back` quarters before."""
    first, last = (fc.Quarter.parse(quarter) + -back for quarter in span.split(" to "))
    return {(line, q): 1.0 for line in lines.split(" + ") for q in history.quarters if first <= q <= last}


def value(weights):
    return sum(weight * history.series(line)[str(quarter)] for (line, quarter), weight in weights.items())


def error(weights):
    """The standard error of a weighted sum of cells, under the joint covariance of all of them."""
    balance = history.trail.balance
    row = [(balance.place[cell], weight * balance.scale[balance.place[cell]]) for cell, weight in weights.items()]
    return math.sqrt(history.trail.solved.variance_of(row))


def ratio(top, bottom):
    """100 a / b in percent, and the weights of its first-order error: 100 (da - a / b db) / b."""
    a, b = value(top), value(bottom)
    return 100 * a / b, {cell: 100 * (top.get(cell, 0) - a / b * bottom.get(cell, 0)) / b for cell in top | bottom}


def value_and_error(kind, lines, span, of, of_span):
    own = total(lines, span)
    if kind == "value":
        return value(own), error(own)
    if kind == "losses":  # quarters below zero by more than two standard errors
        return sum(value({cell: 1.0}) < -2 * error({cell: 1.0}) for cell in own), 0.0
    result, weights = ratio(own, total(of, of_span or span) if kind == "share" else total(lines, span, back=4))
    if kind == "gap":  # between the growth of two lines
        other, more = ratio(total(of, span), total(of, span, back=4))
        return result - other, error(weights | {cell: -weight for cell, weight in more.items()})
    return result - 100 * (kind == "growth"), error(weights)


print(f"{'claim of the article':<88}{'the history says':>18}  verdict")
for claim in csv.DictReader((fc.kunlun_folder() / "claims.csv").read_text(encoding="utf-8").splitlines()):
    said, verdict = "", "cannot be decided"
    if claim["kind"]:
        number, sd = value_and_error(*(claim[name] for name in ("kind", "lines", "span", "of", "of_span")))
        claimed, rounding = float(claim["claimed"]), float(claim["rounding"])
        away = {"over": claimed - number, "under": number - claimed}.get(claim["limit"], abs(number - claimed)) - 2 * sd
        said = f"{number:.6g} +- {sd:.2g}"  # "rounded": true only in coarser words than whole millions or percent
        verdict = "contradicted" if away > rounding else "rounded" if away > min(rounding, 0.5) else "confirmed"
    words = " ".join(claim[name] for name in ("claim", "words", "limit", "claimed", "unit") if claim[name])
    verdict += f", by hand {claim['by_hand']}" if claim["by_hand"] != verdict else ""
    print(f"{words:<88}{said:>18}  {verdict}", *([f"\n    {claim['note']}"] if claim["note"] else []), sep="")
