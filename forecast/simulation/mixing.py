"""Mixing scenarios: each path of a mixture is a path of one of its scenarios."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from forecast.distributions import Array
from forecast.scenario import Mixture
from forecast.simulation.streams import Draws, locked


def which_part(mixture: Mixture, draws: Draws) -> NDArray[np.intp]:
    """The part that each path belongs to, shape (paths,).

    Paths are put in the order of one normal draw each, and cut where the weights add up to: part k gets its share of
    the paths to the nearest one.
    """
    ranks = np.empty(draws.paths)
    ranks[np.argsort(draws.normal("mixture"), kind="stable")] = np.arange(draws.paths)
    edges = np.cumsum([weight for _, weight in mixture.parts])[:-1] * draws.paths
    return np.searchsorted(edges, ranks + 0.5, side="right")


def mixed(mixture: Mixture, made: Mapping[str, Mapping[str, Array]], draws: Draws) -> dict[str, Array]:
    """Every line of a mixture, shape (quarters, paths); a line that its parts share is the very array."""
    which = which_part(mixture, draws)
    parts = [made[scenario.name] for scenario, _ in mixture.parts]
    series = {}
    for line, values in parts[0].items():
        if all(part[line] is values for part in parts):
            series[line] = values
            continue
        chosen = np.empty_like(values)
        for place, part in enumerate(parts):
            there = which == place
            chosen[:, there] = part[line][:, there]
        series[line] = locked(chosen)
    return series
