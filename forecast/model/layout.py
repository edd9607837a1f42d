"""Where the boxes of a drawn graph go: in layers from top to bottom, few arrows crossing, none through a box."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

Node = tuple[str, ...]
"""A box ``(name,)``, or the bend ``(source, target, layer)`` of an arrow that passes a layer."""

BESIDE, BETWEEN, BEND = 16.0, 46.0, 10.0
"""Room in pixels between neighbours of a layer and between layers, and how wide the place of a bend is."""
SWEEPS = 40
"""How often order and places are settled anew, from above and from below in turn."""


@dataclass(frozen=True)
class Layout:
    """``middles`` has the middle of every box and bend in pixels, ``bends`` those of a pair from its first box on."""

    middles: Mapping[Node, tuple[float, float]]
    level: Mapping[str, int]
    bends: Mapping[tuple[str, str], tuple[Node, ...]]
    width: float
    height: float


def lay_out(
    order: Sequence[str],
    pairs: Sequence[tuple[str, str]],
    loose: Sequence[tuple[str, str]],
    widths: Mapping[str, float],
    tall: float,
) -> Layout:
    """Boxes in layers: each below all that it hangs on, as close above its first reader as that allows.

    ``order`` has every name after those that it hangs on; ``pairs`` are (source, target), which decide the layers, and
    ``loose`` more of them, which do not. Whatever leads down gets its bends. Crossings are reduced by mean places of
    neighbours (Sugiyama, Tagawa and Toda 1981), and then each box stands as near to the middle of its neighbours above
    and below as those beside it allow (least squares). ``widths`` and ``tall`` are the boxes' size in pixels.
    """
    level = _levels(order, pairs)
    layers: list[list[Node]] = [[] for _ in range(1 + max(level.values()))]
    for name in order:
        layers[level[name]].append((name,))
    bends, links = {}, []
    for source, target in (*pairs, *(pair for pair in loose if level[pair[0]] < level[pair[1]])):
        passed = [(source, target, str(row)) for row in range(level[source] + 1, level[target])]
        for one in passed:
            layers[int(one[2])].append(one)
        chain: list[Node] = [(source,), *passed, (target,)]
        links += list(pairwise(chain))
        bends[source, target] = tuple(passed)
    above: dict[Node, list[Node]] = {node: [] for layer in layers for node in layer}
    below: dict[Node, list[Node]] = {node: [] for layer in layers for node in layer}
    for first, second in links:
        above[second].append(first)
        below[first].append(second)
    _untangle(layers, above, below)
    wide = {node: BEND if len(node) == 3 else widths[node[0]] for node in above}
    across = _across(layers, above, below, wide)
    left = min(across[node] - wide[node] / 2 for node in across)
    right = max(across[node] + wide[node] / 2 for node in across)
    middles = {
        node: (across[node] - left, tall / 2 + row * (tall + BETWEEN))
        for row, layer in enumerate(layers)
        for node in layer
    }
    return Layout(middles, level, bends, right - left, len(layers) * (tall + BETWEEN) - BETWEEN)


def _levels(order: Sequence[str], pairs: Sequence[tuple[str, str]]) -> dict[str, int]:
    level: dict[str, int] = {}
    for name in order:
        level[name] = 1 + max((level[source] for source, target in pairs if target == name), default=-1)
    for name in reversed(order):
        readers = [level[target] for source, target in pairs if source == name]
        if readers:
            level[name] = min(readers) - 1
    return level


def _untangle(
    layers: list[list[Node]], above: Mapping[Node, Sequence[Node]], below: Mapping[Node, Sequence[Node]]
) -> None:
    """Order each layer by the mean place of the neighbours, and keep the best order that was met."""
    best, fewest = [list(layer) for layer in layers], _crossings(layers, below)
    for sweep in range(SWEEPS):
        near = above if sweep % 2 == 0 else below
        for layer in layers if sweep % 2 == 0 else layers[::-1]:
            at = {node: (k + 0.5) / len(one) for one in layers for k, node in enumerate(one)}
            mean = {node: _mean([at[one] for one in near[node]], at[node]) for node in layer}
            layer.sort(key=lambda node, mean=mean: mean[node])  # type: ignore[misc]
        found = _crossings(layers, below)
        if found < fewest:
            best, fewest = [list(layer) for layer in layers], found
    layers[:] = best


def _crossings(layers: Sequence[Sequence[Node]], below: Mapping[Node, Sequence[Node]]) -> int:
    """How many pairs of arrows cross between one layer and the next."""
    place = {node: k for layer in layers for k, node in enumerate(layer)}
    count = 0
    for layer in layers:
        ends = [(place[node], place[one]) for node in layer for one in below[node]]
        count += sum((a - c) * (b - d) < 0 for k, (a, b) in enumerate(ends) for c, d in ends[:k])
    return count


def _across(
    layers: Sequence[Sequence[Node]],
    above: Mapping[Node, Sequence[Node]],
    below: Mapping[Node, Sequence[Node]],
    wide: Mapping[Node, float],
) -> dict[Node, float]:
    """The middle of each node from the left, in the order of its layer and with room between neighbours."""
    across: dict[Node, float] = {}
    for layer in layers:
        room = _room(layer, wide)
        across |= {node: offset - room[-1] / 2 for node, offset in zip(layer, room, strict=True)}
    for sweep in range(SWEEPS):
        for layer in layers if sweep % 2 == 0 else layers[::-1]:
            wanted = [_mean([across[one] for one in (*above[node], *below[node])], across[node]) for node in layer]
            across |= dict(zip(layer, _apart(wanted, _room(layer, wide)), strict=True))
    return across


def _room(layer: Sequence[Node], wide: Mapping[Node, float]) -> list[float]:
    """How far each middle stands at least from the first one of the layer."""
    room = [0.0]
    for first, second in pairwise(layer):
        room.append(room[-1] + (wide[first] + wide[second]) / 2 + BESIDE)
    return room


def _apart(wanted: Sequence[float], room: Sequence[float]) -> list[float]:
    """The places nearest to those wanted, in squares, that leave the room: isotonic regression by pooling."""
    pools: list[list[float]] = []  # sum, number
    for place, offset in zip(wanted, room, strict=True):
        pools.append([place - offset, 1.0])
        while len(pools) > 1 and pools[-2][0] / pools[-2][1] > pools[-1][0] / pools[-1][1]:
            total, number = pools.pop()
            pools[-1] = [pools[-1][0] + total, pools[-1][1] + number]
    free = [total / number for total, number in pools for _ in range(int(number))]
    return [place + offset for place, offset in zip(free, room, strict=True)]


def _mean(values: Sequence[float], otherwise: float) -> float:
    return sum(values) / len(values) if values else otherwise
