"""What the tests of charts read off the axes."""

from __future__ import annotations

from typing import Any

import numpy as np


def drawn(ax: Any, name: str) -> Any:
    """The one artist of the axes with this name."""
    (found,) = every(ax, name)
    return found


def every(ax: Any, name: str) -> list[Any]:
    return [artist for artist in ax.get_children() if artist.get_gid() == name]


def names(ax: Any) -> set[str]:
    return {artist.get_gid() for artist in ax.get_children() if artist.get_gid()}


def edges(band: Any) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Places along x, lower and upper edge of a band, each shape (quarters,)."""
    vertices = band.get_paths()[0].vertices
    places = np.unique(vertices[:, 0])
    at = [vertices[vertices[:, 0] == place, 1] for place in places]
    return places, np.array([y.min() for y in at]), np.array([y.max() for y in at])


def reaches(whiskers: Any, axis: int) -> np.ndarray:
    """Both ends of each whisker along an axis, shape (whiskers, 2)."""
    return np.array([segment[:, axis] for segment in whiskers.get_segments()])


def extent(patch: Any) -> tuple[float, float, float, float]:
    """Left, right, bottom and top of a bar or span, in the versions of matplotlib in which a span is a polygon too."""
    x, y = patch.get_patch_transform().transform(patch.get_path().vertices).T
    return float(x.min()), float(x.max()), float(y.min()), float(y.max())


def legend(ax: Any) -> list[str]:
    return [text.get_text().replace("\n", " ") for text in ax.get_legend().get_texts()]


def title(ax: Any) -> str:
    return ax.get_title(loc="left").replace("\n", " ")


def tick_labels(ax: Any) -> list[str]:
    return [text.get_text() for text in ax.get_xticklabels()]
