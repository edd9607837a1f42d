"""``forecast backtest``: what the model would have said on earlier days, against what came."""

from __future__ import annotations

import datetime as dt
from argparse import Namespace

from forecast.command.answer import Answer
from forecast.command.folder import unpublished
from forecast.command.progress import Progress
from forecast.command.questions import READING, Case, records
from forecast.command.settings import FolderError
from forecast.evaluation import backtest_model
from forecast.timeline import parse_date


def backtest(asked: Namespace, progress: Progress) -> Answer:
    """What the model would have said on earlier days, against what came."""
    case = Case(asked, progress, size=20)
    settings, folder = case.settings, case.folder
    facts = folder.facts if settings.as_of is None else folder.facts.as_of(settings.as_of)
    if not facts.facts:
        raise FolderError(unpublished(settings))
    stated = asked.dates or settings.backtest or earlier(max(fact.published for fact in facts.facts))
    days = [parse_date(day) for day in stated]
    progress.expect(READING + 20)
    progress.step("forecasting from earlier days", 20)
    paths = min(settings.paths, 1_000) if asked.paths is None else asked.paths
    found = backtest_model(
        facts,
        folder.model,
        dates=days,
        horizon=asked.horizon,
        lines=list(settings.lines) or None,
        paths=paths,
        seed=settings.seed,
        related=settings.related or None,
        progress=progress.inside,
    )
    text = [f"{settings.name}, forecast from {', '.join(map(str, days))}", repr(found)]
    aside = records(found.left_out)
    text += [f"- left out: {row['origin']} {row['series'] or 'every line'}: {row['reason']}" for row in aside]
    result = {
        "dates": days,
        "horizon": asked.horizon,
        "paths": paths,
        "seed": settings.seed,
        "reference": found.reference,
        "leaderboard": records(found.leaderboard().reset_index()),
        "coverage": records(found.coverage().reset_index()),
        "left_out": aside,
    }
    return case.answer("\n".join(text), result, warned=[found])


def earlier(last: dt.date) -> list[dt.date]:
    """Four days, half a year apart, of which the latest is a year before the last publication: outcomes are known."""
    return [last - dt.timedelta(days=365 + 182 * back) for back in (3, 2, 1, 0)]
